//! What happened, for those who watch: the last records in order, each with who may hear of it.
//!
//! A ring of bounded length behind a watch on its head. A watcher reads at his own pace; one who falls behind the
//! ring is told to start over. The writer waits for watchers only while one looks at a few hundred notices.

use std::collections::VecDeque;
use std::sync::{Arc, RwLock};

use hotline_engine::actor::{Actor, Role};
use hotline_engine::directory::UnitId;
use hotline_engine::order::{Order, OrderId};
use hotline_engine::{Event, Record, State};
use tokio::sync::watch;

/// Notices kept for those who come back: several minutes of a city's busiest hour.
pub const RETAINED_MAX: usize = 65_536;

/// Bytes that they may take, roughly: each holds its order as it stood, and texts may be long.
pub const RETAINED_BYTES_MAX: usize = 256 << 20;

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
    /// Applies a record, the next one of the state, and gives a notice for each order that it changes, as far as its facts
    /// matter to a watcher.
    pub fn applying(state: &mut State, record: &Record) -> Vec<Notice> {
        // Those who lose an order must hear that too.
        let losing: Vec<_> =
            named(record).into_iter().map(|(id, what)| (id, what, holders(state, id))).collect();
        state.apply(record);
        let sequence = state.records_count();
        let notice = |(id, what, mut units): (OrderId, &'static str, Vec<UnitId>)| {
            units.extend(holders(state, id));
            let order = state.shared_order(id)?;
            Some(Notice { sequence, what, order, units })
        };
        losing.into_iter().filter_map(notice).collect()
    }

    /// What it takes, roughly: the order with its long texts.
    fn bytes(&self) -> usize {
        let order = &*self.order;
        let replies = order.replies.iter().map(|it| it.public_text.len() + it.internal_text.len());
        let co_replies = order.co_replies.iter().map(|it| it.text.len());
        let returns = order.returns.iter().map(|it| it.evidence.len());
        let texts: usize = replies.chain(co_replies).chain(returns).sum();
        size_of::<Order>() + order.title.len() + order.content.len() + texts
    }

    /// Whether this actor may hear of it.
    pub fn is_for(&self, actor: &Actor) -> bool {
        match actor.role {
            Role::Handler | Role::Supervisor => {
                actor.may_see(&self.order)
                    || self.units.iter().any(|&unit| actor.may_see_unit(unit))
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

/// Every word that a notice can have.
pub(crate) const WORDS: [&str; 36] = [
    "dispatched",
    "triage",
    "signed",
    "returned",
    "replied",
    "called-back",
    "closed",
    "due-passed",
    "escalated",
    "due-recomputed",
    "contacted",
    "extension-requested",
    "extension-decided",
    "paused",
    "resumed",
    "co-replied",
    "reviewed",
    "reworked",
    "reminded",
    "supervised",
    "revealed",
    "withdrawn",
    "transferred",
    "arbitration",
    "assigned",
    "unassigned",
    "merged",
    "repeated",
    "unmerged",
    "given-back",
    "joined",
    "parted",
    "followed",
    "answered",
    "appealed",
    "appeal-decided",
];

/// The orders of a record, each with the first word for it that somebody's doing has; that time passed says less.
pub(crate) fn named(record: &Record) -> Vec<(OrderId, &'static str)> {
    let mut named: Vec<(OrderId, &'static str)> = Vec::new();
    for (id, what) in record.events.iter().filter_map(|event| Some((event.order()?, word(event)?)))
    {
        match named.iter_mut().find(|(known, _)| *known == id) {
            None => named.push((id, what)),
            Some((_, first)) if by_time(first) && !by_time(what) => *first = what,
            Some(_) => {}
        }
    }
    named
}

/// Units that lead or help with an order as it stands.
fn holders(state: &State, id: OrderId) -> Vec<UnitId> {
    let dispatch = state.order(id).and_then(|order| order.dispatch.as_ref());
    dispatch.map_or(Vec::new(), |it| it.units().collect())
}

fn by_time(word: &str) -> bool {
    ["due-passed", "escalated"].contains(&word)
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
        Event::Escalated { .. } => Some("escalated"),
        Event::DueRecomputed { .. }
        | Event::PauseRecomputed { .. }
        | Event::ArbitrationRecomputed { .. } => Some("due-recomputed"),
        Event::Contacted { .. } => Some("contacted"),
        Event::ExtensionRequested { .. } => Some("extension-requested"),
        Event::ExtensionDecided { .. } => Some("extension-decided"),
        Event::Paused { .. } => Some("paused"),
        Event::Resumed { .. } => Some("resumed"),
        Event::CoReplied { .. } => Some("co-replied"),
        Event::Reviewed { .. } => Some("reviewed"),
        Event::Reworked { .. } => Some("reworked"),
        Event::Reminded { .. } => Some("reminded"),
        Event::Supervised { .. } => Some("supervised"),
        Event::Revealed { .. } => Some("revealed"),
        Event::Withdrawn { .. } => Some("withdrawn"),
        Event::Transferred { .. } => Some("transferred"),
        Event::Arbitrated { .. } => Some("arbitration"),
        Event::Assigned { .. } => Some("assigned"),
        Event::Unassigned { .. } => Some("unassigned"),
        Event::Merged { .. } => Some("merged"),
        Event::Repeated { .. } => Some("repeated"),
        Event::Unmerged { .. } => Some("unmerged"),
        Event::GivenBack { .. } => Some("given-back"),
        Event::Joined { .. } => Some("joined"),
        Event::Parted { .. } => Some("parted"),
        Event::Followed { .. } => Some("followed"),
        Event::RepliedWith { .. } => Some("replied"),
        Event::ReviewedWith { .. } => Some("reviewed"),
        Event::Answered { .. } => Some("answered"),
        Event::Appealed { .. } => Some("appealed"),
        Event::AppealDecided { .. } => Some("appeal-decided"),
        Event::Accepted { .. }
        | Event::CallerRecorded { .. }
        | Event::ServiceReported { .. }
        | Event::Rated { .. }
        | Event::CallsCounted { .. }
        | Event::ArticlePut(_)
        | Event::ArticleRemoved { .. }
        | Event::ArticleMoved { .. }
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
    /// Of all of them.
    bytes: usize,
}

/// What a watcher gets.
#[derive(Debug)]
pub enum Tail {
    /// Everything after his position, up to `head`.
    Notices {
        /// In order.
        notices: Vec<Notice>,
        /// Where to go on: before the ring's head when it holds more.
        head: u64,
    },
    /// His position is no longer retained: read the lists again and go on from `head`.
    Lost {
        /// Where to go on.
        head: u64,
    },
}

/// Notices looked at at once.
const TAIL_MAX: usize = 256;

impl Notices {
    /// An empty ring behind a state of `sequence` records.
    pub fn after(sequence: u64) -> Notices {
        let ring = Ring { complete_after: sequence, notices: VecDeque::new(), bytes: 0 };
        Notices { ring: RwLock::new(ring), head: watch::Sender::new(sequence) }
    }

    /// Adds what a batch brought, up to the record `head`. Called by the writer alone, after the commit.
    pub fn publish(&self, notices: impl IntoIterator<Item = Notice>, head: u64) {
        let mut ring = self.ring.write().expect("nothing panics while it holds the ring");
        for notice in notices {
            ring.bytes += notice.bytes();
            ring.notices.push_back(notice);
        }
        while ring.notices.len() > RETAINED_MAX || ring.bytes > RETAINED_BYTES_MAX {
            let Some(oldest) = ring.notices.pop_front() else { break };
            ring.bytes -= oldest.bytes();
            ring.complete_after = oldest.sequence;
        }
        // Inside the lock: who reads the ring finds the head that goes with it.
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

    /// What came after `position` and is for whoever asks.
    pub fn tail(&self, position: u64, is_mine: impl Fn(&Notice) -> bool) -> Tail {
        let ring = self.ring.read().expect("nothing panics while it holds the ring");
        let head = self.head();
        if position < ring.complete_after || position > head {
            return Tail::Lost { head };
        }
        let from = ring.notices.partition_point(|notice| notice.sequence <= position);
        let mut until = ring.notices.len().min(from + TAIL_MAX);
        let mut looked_at = head;
        if until < ring.notices.len() {
            // A record's notices are handed out together: positions name records.
            looked_at = ring.notices[until - 1].sequence;
            let rest = ring.notices.range(until..);
            until += rest.take_while(|notice| notice.sequence == looked_at).count();
        }
        let mine = ring.notices.range(from..until).filter(|notice| is_mine(notice));
        Tail::Notices { notices: mine.cloned().collect(), head: looked_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::district::District;
    use hotline_engine::command::{Acceptance, Action, Command};
    use hotline_engine::decide;
    use hotline_engine::order::{Channel, Kind, ReturnReason};
    use hotline_engine::time::Timestamp;

    /// A state with one order, and the notice of its dispatch; the duty row gives it co-units.
    fn dispatched() -> (State, Notice) {
        let district = District::sample().expect("the sample is right");
        let mut state = district.adopted(Timestamp::of_ms(0)).expect("the sample is adopted");
        let matter = state.directory().matter_id("城市管理/园林绿化/树木倒伏险情");
        let acceptance = Acceptance {
            matter: Some(matter.expect("the sample lists it")),
            ..Acceptance::plain(Kind::Help, Channel::Phone, "树倒了".into())
        };
        let accept = Action::Accept(Box::new(acceptance));
        let notice = carried_out(&mut state, Role::CallTaker, None, accept);
        (state, notice)
    }

    fn carried_out(
        state: &mut State,
        role: Role,
        units: Option<Vec<UnitId>>,
        action: Action,
    ) -> Notice {
        let rules = District::sample().and_then(|it| it.rules()).expect("the sample is right");
        let at = Timestamp::parse("2026-03-02T09:00:00+08:00").expect("a time");
        let command =
            Command { actor: Actor { name: "t".into(), role, units }, seen: None, action };
        let mut events = Vec::new();
        decide(state, &rules, at, &command, &mut events).expect("it may be done");
        let record = Record { at, actor: command.actor, events };
        Notice::applying(state, &record).pop().expect("it concerns an order")
    }

    #[test]
    fn all_who_lose_an_order_hear_of_it() {
        let (mut state, notice) = dispatched();
        assert!(notice.units.len() > 1, "a lead and co-units");
        let returned = Action::Return {
            order: notice.order.id,
            reason: ReturnReason::NotOurDuty,
            suggested: state.directory().unit_id("civil-affairs"),
            evidence: "不属于本单位".into(),
        };
        let lead = notice.order.dispatch.as_ref().map(|dispatch| vec![dispatch.lead]);
        let told = carried_out(&mut state, Role::Handler, lead, returned).units;
        assert_eq!(told, notice.units);
    }

    #[test]
    fn every_word_of_an_event_is_listed_once() {
        let source = include_str!("notices.rs");
        let (_, after) = source.split_once("fn word(event: &Event)").expect("it stands above");
        let (words, _) = after.split_once("/// The ring.").expect("it stands behind");
        let mut found: Vec<&str> =
            words.split("Some(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        found.sort_unstable();
        found.dedup();
        let mut listed = WORDS;
        listed.sort_unstable();
        assert_eq!(found, listed);
    }

    fn all(_: &Notice) -> bool {
        true
    }

    fn ring_of(notice: &Notice, count: u64) -> Notices {
        let notices = Notices::after(0);
        let numbered = (1..=count).map(|sequence| Notice { sequence, ..notice.clone() });
        notices.publish(numbered, count);
        notices
    }

    #[test]
    fn a_ring_that_has_forgotten_says_so() {
        let max = RETAINED_MAX as u64;
        let notices = ring_of(&dispatched().1, max + 10);
        assert!(matches!(notices.tail(9, all), Tail::Lost { head } if head == max + 10));
        assert!(matches!(notices.tail(10, all), Tail::Notices { .. }));
        assert!(matches!(notices.tail(max + 11, all), Tail::Lost { .. }), "from another journal");
    }

    #[test]
    fn long_texts_are_forgotten_before_they_fill_the_memory() {
        let (_, notice) = dispatched();
        let mut order = (*notice.order).clone();
        order.content = "长".repeat(1 << 20);
        let long = Notice { order: Arc::new(order), ..notice.clone() };
        let fit = (RETAINED_BYTES_MAX / long.bytes()) as u64;
        let notices = ring_of(&long, fit + 10);
        assert!(matches!(notices.tail(9, all), Tail::Lost { .. }));
        let Tail::Notices { notices, .. } = notices.tail(10, all) else { panic!("lost") };
        assert_eq!(notices.len() as u64, fit);
        // The control: as many short ones are all kept.
        assert!(matches!(ring_of(&notice, fit + 10).tail(0, all), Tail::Notices { .. }));
    }

    #[test]
    fn what_is_too_much_at_once_is_read_page_by_page() {
        let notices = ring_of(&dispatched().1, 600);
        let (mut position, mut heard) = (0, Vec::new());
        for _ in 0..3 {
            let Tail::Notices { notices, head } = notices.tail(position, all) else {
                panic!("lost")
            };
            heard.extend(notices.iter().map(|notice| notice.sequence));
            position = head;
        }
        assert_eq!((heard, position), ((1..=600).collect(), 600));
    }
    #[test]
    fn what_is_for_others_is_passed_over_page_by_page() {
        let notices = ring_of(&dispatched().1, 600);
        let mut position = 0;
        for read_up_to in [256, 512, 600] {
            let last = |notice: &Notice| notice.sequence == 600;
            let Tail::Notices { notices, head } = notices.tail(position, last) else {
                panic!("lost")
            };
            assert_eq!((notices.len(), head), (usize::from(read_up_to == 600), read_up_to));
            position = head;
        }
    }
}
