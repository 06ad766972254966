//! What happened, for those who watch: the last records in order, each with who may hear of it.
//!
//! A ring of bounded length behind a watch on its head. A watcher reads at his own pace; one who falls behind the
//! ring is told to start over. Nobody who watches can slow the writer down.

use std::collections::VecDeque;
use std::sync::{Arc, RwLock};

use hotline_engine::actor::{Actor, Role};
use hotline_engine::directory::UnitId;
use hotline_engine::order::{Order, OrderId};
use hotline_engine::{Event, Record};
use tokio::sync::watch;

/// Notices kept for those who come back: several minutes of a city's busiest hour.
pub const RETAINED_MAX: usize = 65_536;

/// One thing that happened to one order.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The journal sequence of its record.
    pub sequence: u64,
    /// What happened, as a word.
    pub what: &'static str,
    /// To which order, as it stood then.
    pub order: Arc<Order>,
    /// Units that may hear of it, beyond those who may hear of everything.
    units: Vec<UnitId>,
}

impl Notice {
    /// The notice of a record, if it concerns an order.
    pub fn of(
        sequence: u64,
        record: &Record,
        order: impl Fn(OrderId) -> Option<Order>,
    ) -> Option<Notice> {
        let event = record.events.iter().find_map(|event| Some((word(event)?, event)))?;
        let (what, event) = event;
        let order = order(event.order()?)?;
        let mut units: Vec<UnitId> = order
            .dispatch
            .iter()
            .flat_map(|dispatch| std::iter::once(dispatch.lead).chain(dispatch.co_units.clone()))
            .collect();
        // Those who lost it must hear that too.
        for event in &record.events {
            match event {
                Event::Returned { refusal, .. } => units.push(refusal.unit),
                Event::Dispatched { withdrawn_from, .. } => units.extend(withdrawn_from),
                _ => {}
            }
        }
        Some(Notice { sequence, what, order: Arc::new(order), units })
    }

    /// Whether this actor may hear of it.
    pub fn is_for(&self, actor: &Actor) -> bool {
        match actor.role {
            Role::Handler | Role::Supervisor => {
                self.units.iter().any(|&unit| actor.may_see_unit(unit))
            }
            Role::CallTaker
            | Role::Dispatcher
            | Role::Auditor
            | Role::Admin
            | Role::Integration
            | Role::System => actor.may_see(&self.order),
        }
    }
}

/// What an event is called, if it matters to a watcher; the first of a record that does names the notice.
fn word(event: &Event) -> Option<&'static str> {
    match event {
        Event::Dispatched { .. } => Some("dispatched"),
        Event::SentToTriage { .. } => Some("triage"),
        Event::Signed { .. } => Some("signed"),
        Event::Returned { .. } => Some("returned"),
        Event::Replied { .. } => Some("replied"),
        Event::CalledBack { .. } => Some("called-back"),
        Event::Closed { .. } | Event::PraisePassedOn { .. } => Some("closed"),
        Event::DuePassed { .. } => Some("due-passed"),
        Event::Accepted { .. }
        | Event::CallerRecorded { .. }
        | Event::ArticlePut(_)
        | Event::ArticleRemoved { .. }
        | Event::DirectoryAdopted(_) => None,
    }
}

/// The ring.
#[derive(Debug)]
pub struct Notices {
    ring: RwLock<Ring>,
    head: watch::Sender<u64>,
}

#[derive(Debug)]
struct Ring {
    /// Every record after this sequence that has a notice is in `notices`.
    complete_after: u64,
    notices: VecDeque<Notice>,
}

/// What a watcher gets.
#[derive(Debug)]
pub enum Tail {
    /// Everything after his position, up to `head`.
    Notices {
        /// In order.
        notices: Vec<Notice>,
        /// Where to go on.
        head: u64,
    },
    /// His position is no longer retained: read the lists again and go on from `head`.
    Lost {
        /// Where to go on.
        head: u64,
    },
}

/// Notices handed out at once.
const TAIL_MAX: usize = 256;

impl Notices {
    /// An empty ring behind a state of `sequence` records.
    pub fn after(sequence: u64) -> Notices {
        let ring = Ring { complete_after: sequence, notices: VecDeque::new() };
        Notices { ring: RwLock::new(ring), head: watch::Sender::new(sequence) }
    }

    /// Adds what a batch brought, up to the record `head`. Called by the writer alone, after the commit.
    pub fn publish(&self, notices: impl IntoIterator<Item = Notice>, head: u64) {
        {
            let mut ring = self.ring.write().expect("nothing panics while it holds the ring");
            ring.notices.extend(notices);
            while ring.notices.len() > RETAINED_MAX {
                if let Some(oldest) = ring.notices.pop_front() {
                    ring.complete_after = oldest.sequence;
                }
            }
        }
        self.head.send_replace(head);
    }

    /// The last record published.
    pub fn head(&self) -> u64 {
        *self.head.borrow()
    }

    /// Wakes when the head moves.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }

    /// What came after `position`.
    pub fn tail(&self, position: u64) -> Tail {
        let ring = self.ring.read().expect("nothing panics while it holds the ring");
        // The head is read inside the lock, so that no notice up to it can be missing.
        let head = self.head();
        if position < ring.complete_after || position > head {
            return Tail::Lost { head };
        }
        let from = ring.notices.partition_point(|notice| notice.sequence <= position);
        let notices: Vec<Notice> = ring.notices.range(from..).take(TAIL_MAX).cloned().collect();
        let head = match notices.last() {
            Some(last) if notices.len() == TAIL_MAX => last.sequence,
            Some(last) => head.max(last.sequence),
            None => head,
        };
        Tail::Notices { notices, head }
    }
}
