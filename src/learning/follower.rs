//! Follows what happens in a running hotline, on a thread of its own: a candidate predicts beside the serving model, and
//! what the engine chose is held against what became of it. Counts for `/metrics`; decides nothing and keeps no text.
//!
//! It reads notices as watchers do, so that neither the writer nor a request waits for it. What it misses (it fell
//! behind, the process stopped) is not counted here: `hotline model list` counts again from the orders.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use hotline_engine::directory::Directory;
use hotline_engine::learning::{First, Judged, first, judged, lesson};
use hotline_engine::order::{Order, OrderId};
use metrics::{counter, gauge};
use tracing::{info, warn};

use crate::intake::{MatterReader, Workspace};
use crate::model_cards::Cards;
use crate::notices::Tail;
use crate::partition::{Published, give_way};
use crate::recovery::DataFolder;

/// How often it looks for news.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Orders that wait to be judged; of more the oldest are let go of. A year of a large district.
const WAITING_MAX: usize = 500_000;

/// The candidate that predicts beside the serving model, if there is one.
pub type Beside = Arc<ArcSwapOption<MatterReader>>;

/// A thread that follows.
#[derive(Debug)]
pub struct Follower {
    thread: JoinHandle<()>,
    stop: Sender<()>,
}

/// Opens the candidate that stands in the folder; none where there is none, or it cannot be used.
pub fn beside(folder: &DataFolder) -> Option<Arc<MatterReader>> {
    let open = || -> anyhow::Result<Option<MatterReader>> {
        let cards = Cards::of(folder);
        let Some(id) = cards.standing()?.candidate else { return Ok(None) };
        Ok(Some(MatterReader::open(&cards.checked(&id)?)?))
    };
    match open() {
        Ok(None) => None,
        Ok(Some(reader)) => {
            info!(candidate = reader.id(), "predicts beside the serving model");
            Some(Arc::new(reader))
        }
        Err(error) => {
            warn!(
                error = crate::cli::in_one_line(&error),
                "no candidate predicts beside the serving model"
            );
            None
        }
    }
}

impl Follower {
    /// Follows from now on.
    pub fn start(published: Arc<Published>, candidate: Beside) -> Follower {
        let (stop, stopped) = crossbeam_channel::bounded(0);
        let thread = std::thread::Builder::new()
            .name("learning".into())
            .spawn(move || {
                give_way();
                follow(&published, &candidate, &stopped);
            })
            .expect("the system can start a thread");
        Follower { thread, stop }
    }

    /// Stops, and waits for the end.
    pub fn stop(self) {
        drop(self.stop);
        if let Err(panic) = self.thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

fn follow(published: &Published, candidate: &Beside, stop: &Receiver<()>) {
    let mut position = published.notices.head();
    let mut tally = Tally::default();
    while stop.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
        loop {
            let (notices, head) = match published.notices.tail(position, |_| true) {
                Tail::Notices { notices, head } => (notices, head),
                Tail::Lost { head } => {
                    counter!("hotline_learning_lost_total").increment(1);
                    (Vec::new(), head)
                }
            };
            let directory = published.views.directory();
            let beside = candidate.load();
            for notice in &notices {
                tally.hear(&directory, beside.as_deref(), &notice.order).tell();
            }
            if head == position {
                break;
            }
            position = head;
        }
        gauge!("hotline_learning_waiting").set(tally.waiting.len() as f64);
    }
}

/// What is known of orders that are not judged yet.
#[derive(Debug, Default)]
struct Tally {
    waiting: BTreeMap<OrderId, Waiting>,
    workspace: Workspace,
}

/// An order that is not judged yet.
#[derive(Debug, Default)]
struct Waiting {
    /// What the candidate of that time said, and its name; gone once it was compared.
    said: Option<(String, String)>,
    /// The engine's first dispatch waits to be judged.
    unjudged: bool,
}

/// What one notice added.
#[derive(Debug, Default, PartialEq)]
struct Heard {
    first: Option<First>,
    judged: Option<Judged>,
    /// Name of the candidate; whether it and the serving model were right.
    compared: Option<(String, bool, bool)>,
}

impl Tally {
    /// Takes in an order as it stands after something happened to it.
    fn hear(
        &mut self,
        directory: &Directory,
        beside: Option<&MatterReader>,
        order: &Order,
    ) -> Heard {
        let mut heard = Heard::default();
        if order.version == 1 {
            heard.first = first(order);
            let said = beside.map(|reader| {
                let words = reader.masked(&order.title, &order.content);
                (reader.id().to_owned(), reader.read(&words, &mut self.workspace).to_owned())
            });
            let waiting = Waiting { said, unjudged: heard.first == Some(First::Chosen) };
            self.waiting.insert(order.id, waiting);
            if self.waiting.len() > WAITING_MAX {
                self.waiting.pop_first();
            }
        }
        let Some(waiting) = self.waiting.get_mut(&order.id) else { return heard };
        if waiting.unjudged {
            heard.judged = judged(directory, order);
            waiting.unjudged = heard.judged.is_none();
        }
        if let Some(lesson) = lesson(directory, order)
            && let Some((candidate, said)) = waiting.said.take()
        {
            let served = order.classification.candidates.first().map(|it| it.matter);
            let right = directory.matter(lesson.matter) == said;
            heard.compared = Some((candidate, right, served == Some(lesson.matter)));
        }
        if !order.status.is_open() || (waiting.said.is_none() && !waiting.unjudged) {
            self.waiting.remove(&order.id);
        }
        heard
    }
}

impl Heard {
    fn tell(self) {
        if let Some(first) = self.first {
            let by = match first {
                First::Chosen => "engine",
                First::Abstained => "people",
            };
            counter!("hotline_first_choice_total", "by" => by).increment(1);
        }
        if let Some(judged) = self.judged {
            let bin = format!("{:.1}", judged.bin() as f64 / 10.0);
            counter!("hotline_calibration_orders_total", "bin" => bin.clone()).increment(1);
            counter!("hotline_calibration_right_total", "bin" => bin.clone())
                .increment(u64::from(judged.right));
            counter!("hotline_calibration_confidence_ten_thousandths_total", "bin" => bin)
                .increment(judged.confidence.0.into());
        }
        if let Some((candidate, right, served)) = self.compared {
            let outcome = match (right, served) {
                (true, true) => "both",
                (true, false) => "candidate",
                (false, true) => "serving",
                (false, false) => "neither",
            };
            counter!("hotline_candidate_orders_total", "candidate" => candidate, "right" => outcome)
                .increment(1);
        }
    }
}
