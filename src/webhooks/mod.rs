//! Tells other systems what happens: each from its own place in the journal, at its own pace.
//!
//! The journal is the queue: nothing is kept for a target but a number, so one that is slow, broken or gone costs a lag.
//! All of it runs on one thread beside the hotline, with a runtime of its own: neither the writer nor HTTP waits for it.

mod addresses;
mod course;
mod feed;
mod position;
mod post;
mod signature;
mod standing;
mod targets;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use hotline_engine::directory::Directory;
use tokio::runtime;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinSet, LocalSet, spawn_blocking};
use tokio_rustls::TlsConnector;
use tracing::{error, info};

use self::course::{Course, PATIENCE};
use self::feed::Feed;
use self::position::Position;
use self::post::Poster;
use self::standing::Standing;
use self::targets::{TARGETS_MAX, Target};
use crate::clock::Clock;
use crate::district::DistrictError;
use crate::partition::{Partition, Published, give_way};
use crate::recovery::DataFolder;

pub(crate) use self::position::PositionError;
pub(crate) use self::standing::Standings;

/// Threads that wait for disks and names: for each target one that reads, and names that nobody answers for.
const BLOCKED_THREADS_MAX: usize = 4 * TARGETS_MAX;

/// Why nobody is told anything.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WebhookError {
    /// The file of targets.
    #[error(transparent)]
    Targets(#[from] DistrictError),
    /// How far a target has been told.
    #[error(transparent)]
    Position(#[from] PositionError),
    /// Certificates, or a thread.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// Targets that are ready to be told.
pub(crate) struct Round {
    targets: Vec<Arc<Target>>,
    tls: Option<TlsConnector>,
}

impl Round {
    /// Reads the operator's file.
    pub(crate) fn load(
        path: &std::path::Path,
        directory: &Directory,
    ) -> Result<Round, WebhookError> {
        let targets = targets::load(path, directory)?;
        let tls = targets.iter().any(|target| target.url.is_tls).then(post::tls).transpose()?;
        Ok(Round { targets: targets.into_iter().map(Arc::new).collect(), tls })
    }
}

/// Where the targets read from.
#[derive(Clone)]
struct Source {
    folder: PathBuf,
    reader: hotline_journal::Reader,
    published: Arc<Published>,
    clock: Arc<Clock>,
    standings: Arc<Standings>,
}

/// The thread that tells them.
pub(crate) struct Webhooks {
    rounds: mpsc::Sender<Round>,
    thread: JoinHandle<()>,
    /// How each target stands.
    pub(crate) standings: Arc<Standings>,
}

impl Webhooks {
    /// Begins with these targets.
    pub(crate) fn start(
        folder: &DataFolder,
        partition: &Partition,
        round: Round,
    ) -> Result<Webhooks, WebhookError> {
        let source = Source {
            folder: folder.webhooks(),
            reader: partition.journal.clone(),
            published: Arc::clone(&partition.published),
            clock: Arc::clone(&partition.clock),
            standings: Arc::default(),
        };
        // Here an operator looks on, and can mend what he is told.
        for target in &round.targets {
            source.position(&Standing::new(&target.name))?;
        }
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(BLOCKED_THREADS_MAX)
            .on_thread_start(give_way)
            .build()?;
        let (rounds, next) = mpsc::channel(1);
        let standings = Arc::clone(&source.standings);
        let thread = std::thread::Builder::new().name("webhooks".into()).spawn(move || {
            give_way();
            LocalSet::new().block_on(&runtime, run(source, round, next));
            // A name that is still looked up is nobody's any more.
            runtime.shutdown_background();
        })?;
        Ok(Webhooks { rounds, thread, standings })
    }

    /// A way to put other targets in force.
    pub(crate) fn rounds(&self) -> mpsc::Sender<Round> {
        self.rounds.clone()
    }

    /// Ends when what is under way has been answered, or has had its time. No way to other targets may be left.
    pub(crate) fn stop(self) {
        drop(self.rounds);
        if self.thread.join().is_err() {
            error!("the thread that tells webhook targets has panicked; the hotline has not");
        }
    }
}

/// One round of targets after the other.
async fn run(source: Source, first: Round, mut rounds: mpsc::Receiver<Round>) {
    let mut next = Some(first);
    while let Some(round) = next {
        let (stop, stopped) = watch::channel(false);
        let mut courses = begin(&source, round, &stopped);
        next = rounds.recv().await;
        stop.send_replace(true);
        while let Some(ended) = courses.join_next().await {
            if let Err(panicked) = ended {
                error!(%panicked, "a webhook target was not told to the end");
            }
        }
    }
}

/// Starts each target on its way.
fn begin(source: &Source, round: Round, stop: &watch::Receiver<bool>) -> JoinSet<()> {
    let (mut courses, mut standings) = (JoinSet::new(), Vec::new());
    for target in round.targets {
        let standing = Standing::new(&target.name);
        standings.push(Arc::clone(&standing));
        match source.position(&standing) {
            Ok(position) => {
                let name = &target.name;
                info!(target = name, after = position.sequence(), "it is told what happens");
                let tls = round.tls.clone();
                courses.spawn_local(course(
                    source.clone(),
                    target,
                    tls,
                    position,
                    standing,
                    stop.clone(),
                ));
            }
            Err(error) => {
                standing.park();
                error!(target = target.name, %error, "it is not told anything");
            }
        }
    }
    source.standings.replace(standings);
    courses
}

impl Source {
    fn position(&self, standing: &Arc<Standing>) -> Result<Position, PositionError> {
        Position::open(&self.folder, self.published.notices.head(), Arc::clone(standing))
    }
}

async fn course(
    source: Source,
    target: Arc<Target>,
    tls: Option<TlsConnector>,
    position: Position,
    standing: Arc<Standing>,
    stop: watch::Receiver<bool>,
) {
    let mut poster = Poster::new(Arc::clone(&target), tls, Arc::clone(&source.clock));
    let head = source.published.notices.subscribe();
    let mut feed = Some(Feed::new(target, source.reader, source.published, source.clock));
    let read = async |position| {
        let mut reading = feed.take().expect("it is given back below");
        let read = spawn_blocking(move || (reading.next(position), reading)).await;
        let (batch, reading) =
            read.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic()));
        feed = Some(reading);
        batch
    };
    let send = async |message: &feed::Message| poster.post(message).await;
    let patience = Some(PATIENCE);
    Course { feed: read, send, position, standing, head, stop, patience }.run().await;
}
