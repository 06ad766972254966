//! The hotline as it stands: a pure fold of records. Only [`State::apply`] changes it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::article::Article;
use crate::command::IdempotencyKey;
use crate::directory::Directory;
use crate::event::{Event, Record};
use crate::order::{Caller, Dues, Mode, Order, OrderId, Stage, StageTimes, Status};
use crate::time::Timestamp;

/// How long a repeated request is recognised, in seconds: three days, as webhooks are retried.
const KEY_KEPT_SECONDS: i64 = 72 * 3600;

/// A due that has not passed and whose stage is not done.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
#[rkyv(derive(PartialEq, Eq, PartialOrd, Ord))]
pub(crate) struct Timer {
    pub(crate) due: Timestamp,
    pub(crate) order: OrderId,
    pub(crate) stage: Stage,
}

/// What a key was used for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize,
)]
pub(crate) struct UsedKey {
    pub(crate) body: u64,
    pub(crate) order: OrderId,
}

/// Everything the hotline knows.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Hash, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize,
)]
pub struct State {
    directory: Directory,
    /// By id; the slot of an order is its id less one.
    orders: Vec<Order>,
    /// The vault, parallel to `orders`.
    callers: Vec<Option<Caller>>,
    /// Invariant: one timer a stage that has a due, is not done and has not passed.
    timers: BTreeSet<Timer>,
    articles: BTreeMap<String, Article>,
    keys: BTreeMap<u128, UsedKey>,
    /// Keys in the order they came, to forget the oldest.
    key_times: VecDeque<(Timestamp, u128)>,
    /// Time of the last record.
    at: Timestamp,
    /// How many records made this state.
    records_count: u64,
}

impl State {
    /// Records what one command caused. Infallible: `decide` has already refused what cannot happen.
    ///
    /// # Panics
    /// When a record does not follow from this state: the journal belongs to another one.
    pub fn apply(&mut self, record: &Record) {
        assert!(record.at >= self.at, "a record from {} after {}", record.at, self.at);
        self.at = record.at;
        self.records_count += 1;
        self.forget_old_keys();
        for event in &record.events {
            self.apply_event(record.at, event);
        }
        let mut last = None;
        for id in record.events.iter().filter_map(Event::order) {
            if last != Some(id) {
                self.orders[id.slot()].version += 1;
                last = Some(id);
            }
        }
    }

    fn apply_event(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::Accepted { order, number, .. } => self.accepted(at, *order, *number, event),
            Event::CallerRecorded { order, caller } => {
                self.callers[order.slot()] = Some(caller.clone());
            }
            Event::Dispatched { order, matter, dispatch, sign_due, .. } => {
                self.stop(*order, Stage::Sign);
                let entry = self.entry(*order);
                entry.status = Status::Dispatched;
                entry.triage = None;
                entry.matter = matter.or(entry.matter);
                entry.times.dispatched = Some(at);
                entry.times.signed = None;
                entry.dues.sign = *sign_due;
                entry.dispatch = Some(dispatch.clone());
                if let Some(due) = sign_due {
                    self.start(due.current, *order, Stage::Sign);
                }
            }
            Event::SentToTriage { order, reason } => {
                let entry = self.entry(*order);
                entry.status = Status::Triage;
                entry.triage = Some(*reason);
            }
            Event::Signed { order } => {
                self.stop(*order, Stage::Sign);
                let entry = self.entry(*order);
                entry.status = Status::Signed;
                entry.times.signed = Some(at);
            }
            Event::Returned { order, refusal } => {
                self.stop(*order, Stage::Sign);
                let entry = self.entry(*order);
                entry.returns.push(refusal.clone());
                entry.dispatch = None;
                entry.times.dispatched = None;
                entry.times.signed = None;
                entry.dues.sign = None;
            }
            Event::Replied { order, reply } => {
                self.stop(*order, Stage::Handle);
                let entry = self.entry(*order);
                entry.status = Status::Replied;
                entry.times.replied = Some(at);
                entry.replies.push(reply.clone());
            }
            Event::CalledBack { order, callback } => self.entry(*order).callbacks.push(*callback),
            Event::Closed { order } | Event::PraisePassedOn { order } => {
                let entry = self.entry(*order);
                entry.status = Status::Closed;
                entry.times.closed = Some(at);
            }
            Event::DuePassed { order, stage } => {
                self.stop(*order, *stage);
                self.entry(*order).overdue.push(*stage);
            }
            Event::ArticlePut(article) => {
                self.articles.insert(article.id.clone(), article.clone());
            }
            Event::ArticleRemoved { id } => {
                self.articles.remove(id);
            }
            Event::DirectoryAdopted(draft) => draft.adopt(&mut self.directory),
        }
    }

    fn accepted(&mut self, at: Timestamp, id: OrderId, number: u64, event: &Event) {
        let Event::Accepted { acceptance, handle_due, .. } = event else {
            unreachable!("called for an acceptance")
        };
        assert_eq!(id.slot(), self.orders.len(), "order {} out of its place", id.0);
        if let Some(IdempotencyKey { key, body }) = acceptance.idempotency {
            self.keys.insert(key, UsedKey { body, order: id });
            self.key_times.push_back((at, key));
        }
        if let Some(due) = handle_due {
            self.start(due.current, id, Stage::Handle);
        }
        self.callers.push(None);
        self.orders.push(Order {
            id,
            number,
            kind: acceptance.kind,
            matter: acceptance.matter,
            tags: acceptance.tags.clone(),
            urgency: acceptance.urgency,
            channel: acceptance.channel,
            title: acceptance.title.clone(),
            content: acceptance.content.clone(),
            place: acceptance.place.clone(),
            region: acceptance.region,
            upstream: acceptance.upstream.clone(),
            transfer: acceptance.transfer,
            classification: acceptance.classification.clone(),
            status: Status::Triage,
            triage: None,
            dispatch: None,
            times: StageTimes { accepted: at, ..StageTimes::default() },
            dues: Dues { sign: None, handle: *handle_due },
            overdue: Vec::new(),
            returns: Vec::new(),
            replies: Vec::new(),
            callbacks: Vec::new(),
            version: 0,
        });
    }

    fn entry(&mut self, order: OrderId) -> &mut Order {
        &mut self.orders[order.slot()]
    }

    fn start(&mut self, due: Timestamp, order: OrderId, stage: Stage) {
        self.timers.insert(Timer { due, order, stage });
    }

    /// Ends a stage's timer, if it still runs.
    fn stop(&mut self, order: OrderId, stage: Stage) {
        let dues = &self.orders[order.slot()].dues;
        let due = match stage {
            Stage::Sign => dues.sign,
            Stage::Handle => dues.handle,
        };
        if let Some(due) = due {
            self.timers.remove(&Timer { due: due.current, order, stage });
        }
    }

    fn forget_old_keys(&mut self) {
        let horizon = self.at.plus_seconds(-KEY_KEPT_SECONDS);
        while let Some(&(used, key)) = self.key_times.front() {
            if used >= horizon {
                break;
            }
            self.key_times.pop_front();
            self.keys.remove(&key);
        }
    }

    /// The directory in force.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// An order, without its caller.
    pub fn order(&self, id: OrderId) -> Option<&Order> {
        self.orders.get(id.slot())
    }

    /// Every order, by id.
    pub fn orders(&self) -> &[Order] {
        &self.orders
    }

    /// The order with this number.
    pub fn order_numbered(&self, number: u64) -> Option<&Order> {
        OrderId::numbered(number, self.orders.len() as u64)
            .filter_map(|id| self.order(id))
            .find(|order| order.number == number)
    }

    /// The citizen behind an order: for the vault's door alone.
    pub fn caller(&self, id: OrderId) -> Option<&Caller> {
        self.callers.get(id.slot())?.as_ref()
    }

    /// The articles, by id.
    pub fn articles(&self) -> &BTreeMap<String, Article> {
        &self.articles
    }

    /// The order that a request with this key made.
    pub fn accepted_under(&self, key: IdempotencyKey) -> Option<OrderId> {
        self.keys.get(&key.key).map(|used| used.order)
    }

    /// What a key was used for, unless that is so long ago that it counts as forgotten at `at`.
    pub(crate) fn used_key(&self, key: IdempotencyKey, at: Timestamp) -> Option<UsedKey> {
        let used = self.keys.get(&key.key).copied()?;
        let since = self.orders[used.order.slot()].times.accepted;
        (since >= at.plus_seconds(-KEY_KEPT_SECONDS)).then_some(used)
    }

    pub(crate) fn timers_before(&self, at: Timestamp) -> impl Iterator<Item = &Timer> {
        self.timers.iter().take_while(move |timer| timer.due < at)
    }

    /// Time of the last record; no record may be earlier.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// How many records made this state: the journal sequence of the last one.
    pub fn records_count(&self) -> u64 {
        self.records_count
    }

    /// How an order stands in a status count, for gauges.
    pub fn counts(&self) -> BTreeMap<Status, u64> {
        let mut counts = BTreeMap::new();
        for order in &self.orders {
            *counts.entry(order.status).or_insert(0) += 1;
        }
        counts
    }

    /// The relations between the parts; for tests and `verify`.
    ///
    /// # Panics
    /// When one does not hold.
    pub fn assert_consistent(&self) {
        assert_eq!(self.orders.len(), self.callers.len(), "one vault slot an order");
        for timer in &self.timers {
            let order = &self.orders[timer.order.slot()];
            let due = match timer.stage {
                Stage::Sign => order.dues.sign,
                Stage::Handle => order.dues.handle,
            };
            assert_eq!(due.map(|due| due.current), Some(timer.due), "a timer without its due");
            assert!(order.status != Status::Closed, "a closed order has no timers");
        }
        for order in &self.orders {
            let owned =
                matches!(order.status, Status::Dispatched | Status::Signed | Status::Replied);
            assert!(!owned || order.dispatch.is_some(), "order {} has an owner", order.id.0);
            assert_eq!(
                order.status == Status::Triage,
                order.triage.is_some(),
                "triage has a reason"
            );
            assert_eq!(order.status == Status::Closed, order.times.closed.is_some());
            let lead = order.dispatch.as_ref().map(|dispatch| (dispatch.lead, dispatch.mode));
            let refused =
                lead.is_some_and(|(lead, mode)| mode == Mode::Auto && order.has_refused(lead));
            assert!(!refused, "order {} went back to a refuser", order.id.0);
        }
    }
}
