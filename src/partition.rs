//! One hotline at work: the writer, what it publishes, and the threads beside it, started and stopped together.

mod snapshots;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use hotline_engine::{Rules, State};
use hotline_knowledge_base as knowledge;
use tokio::sync::oneshot;
use tracing::info;

use crate::clock::Clock;
use crate::indexer::{self, Indexer};
use crate::lanes::Desk;
use crate::notices::Notices;
use crate::recovery::{self, DataFolder, Recovered, RecoveryError};
use crate::reporting::PublishedFigures;
use crate::room::Room;
use crate::sequencer::{Moving, Sequencer, WriterError};
use crate::shelf::Shelves;
use crate::views::Views;

/// What the writer lets be seen after each commit.
#[derive(Debug)]
pub struct Published {
    /// Orders, lists, articles, directory.
    pub views: Views,
    /// What reports are made of.
    pub figures: PublishedFigures,
    /// What happened last.
    pub notices: Notices,
    /// What the knowledge index must look at again.
    pub indexer: Indexer,
    /// Whether the disk has no room but what was set aside, or not even that.
    pub disk_full: AtomicBool,
    /// Whether the last snapshot could not be made.
    pub(crate) lacks_snapshot: AtomicBool,
    /// The last record that a snapshot holds.
    snapshot_holds: AtomicU64,
    /// Microseconds that the last commit took.
    commit_micros: AtomicU64,
}

impl Published {
    /// What is seen of a recovered state before anything more happens.
    pub(crate) fn of(
        state: &State,
        shelves: Shelves,
        notices: Notices,
        indexer: Indexer,
        room: &Room,
    ) -> Published {
        let figures = PublishedFigures::default();
        figures.publish(state.figures());
        let disk_full = AtomicBool::new(room.is_scarce());
        Published {
            views: Views::of(state, shelves),
            figures,
            notices,
            indexer,
            disk_full,
            lacks_snapshot: AtomicBool::new(false),
            snapshot_holds: AtomicU64::new(0),
            commit_micros: AtomicU64::new(0),
        }
    }

    /// Whether so much lies behind the last snapshot that a start would take seconds: nothing more may come in bulk until the
    /// next one is made.
    pub(crate) fn is_far_behind(&self) -> bool {
        self.notices.head() >= self.snapshot_holds.load(Ordering::Relaxed) + snapshots::BULK_RECORDS
    }

    /// How long the disk took for the last commit.
    pub(crate) fn commit_took(&self) -> Duration {
        Duration::from_micros(self.commit_micros.load(Ordering::Relaxed))
    }

    /// Notes how long it took for one.
    pub(crate) fn note_commit(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.commit_micros.store(micros, Ordering::Relaxed);
    }
}

/// A running hotline.
#[derive(Debug)]
pub struct Partition {
    /// The way in.
    pub desk: Desk,
    /// The way out.
    pub published: Arc<Published>,
    /// Searches the articles.
    pub knowledge: knowledge::Reader,
    /// The rules in force; swap them and the next command is decided by the new ones.
    pub rules: Arc<ArcSwap<Rules>>,
    /// The hotline's time.
    pub clock: Arc<Clock>,
    /// Reads the journal.
    pub journal: hotline_journal::Reader,
    threads: Threads,
    ended: Option<oneshot::Receiver<()>>,
}

#[derive(Debug)]
struct Threads {
    writer: JoinHandle<Result<State, WriterError>>,
    others: Vec<JoinHandle<()>>,
    /// Dropped to stop the others.
    stop: crossbeam_channel::Sender<()>,
}

/// Why a hotline could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    /// The knowledge base.
    #[error("the knowledge base could not be built: {0}")]
    Knowledge(#[from] knowledge::Error),
}

impl Partition {
    /// Recovers the data folder and starts the writer on it.
    pub fn start(folder: &DataFolder, rules: Rules) -> Result<Partition, StartError> {
        let recovered = recovery::recover(folder)?;
        let Recovered { state, mut journal, snapshot_sequence, notices, shelves } = recovered;
        let last = (state.records_count() > 0).then(|| state.at());
        let clock = Arc::new(Clock::of_system(last));
        let (mut index, knowledge) = knowledge::open()?;
        indexer::fill(&mut index, indexer::entries_of(&state))?;
        let (indexer, wakes) = Indexer::new();
        let batch_bytes = folder.sizes().batch_bytes;
        let room = Room::new(folder.set_aside(), &mut journal, batch_bytes);
        let room = room.map_err(RecoveryError::from)?;
        let published = Arc::new(Published::of(&state, shelves, notices, indexer, &room));
        published.snapshot_holds.store(snapshot_sequence, Ordering::Relaxed);
        let rules = Arc::new(ArcSwap::from_pointee(rules));
        let (stop, stopped) = crossbeam_channel::bounded(0);
        let reader = journal.reader();
        let others = vec![
            indexer::start(Arc::clone(&published), index, wakes, stopped.clone()),
            snapshots::start(
                folder.clone(),
                Arc::clone(&published),
                reader.clone(),
                snapshot_sequence,
                stopped,
            ),
        ];
        let moving = Moving::of(&published.views);
        let sequencer = Sequencer {
            state,
            rules: Arc::clone(&rules),
            journal,
            published: Arc::clone(&published),
            room,
            batch_bytes,
            clock: Arc::clone(&clock),
            moving,
        };
        let (desk, writer, ended) = sequencer.start();
        let threads = Threads { writer, others, stop };
        let ended = Some(ended);
        Ok(Partition { desk, published, knowledge, rules, clock, journal: reader, threads, ended })
    }

    /// Resolves when the writer has ended, for whatever reason: nothing may be granted any more. Given out once.
    pub fn take_ended(&mut self) -> Option<oneshot::Receiver<()>> {
        self.ended.take()
    }

    /// Stops: what is queued is decided and committed first. Gives the last state back.
    ///
    /// Every clone of the desk must be gone, or the writer waits for it.
    pub fn stop(self) -> Result<State, WriterError> {
        let Partition { desk, threads, .. } = self;
        drop(desk);
        let state = joined(threads.writer);
        drop(threads.stop);
        threads.others.into_iter().for_each(joined);
        state
    }
}

/// The thread's result; a panic in it goes on here.
fn joined<T>(thread: JoinHandle<T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Has this thread take only the time that no other wants: for what nobody waits for.
pub(crate) fn give_way() {
    const LEAST: i32 = 19;
    let asked = rustix::process::setpriority_process(Some(rustix::thread::gettid()), LEAST);
    if let Err(error) = asked {
        info!(%error, "what nobody waits for takes its full share of the processors");
    }
}
