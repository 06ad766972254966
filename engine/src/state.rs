//! The hotline as it stands: a pure fold of records. Only [`State::apply`] changes it.

mod accepting;
mod apply;
mod articles;
mod assuming;
mod counting;
mod helping;
mod joining;
mod preceding;
mod rating;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::alarms::{Alarms, AsSet};
use crate::article::Article;
use crate::command::{Acceptance, IdempotencyKey};
use crate::directory::Directory;
use crate::duplicates::Recent;
use crate::ended::Ended;
use crate::figures::Figures;
use crate::ledger::Ledger;
use crate::library::Library;
use crate::order::{Alarm, Caller, Mode, Order, OrderId, Status, Upstream};
use crate::precedents::Precedents;
use crate::rating::RatedCase;
use crate::shelf::Shelf;
use crate::staffing::Staffing;
use crate::time::{Day, Timestamp};

use xxhash_rust::xxh3::xxh3_64;

/// How long a repeated request is recognised, in seconds: three days, as webhooks are retried.
const KEY_KEPT_SECONDS: i64 = 72 * 3600;

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
    /// With their callers. Where they are kept is nothing that a snapshot of the rest knows.
    #[rkyv(with = rkyv::with::Skip)]
    orders: Ledger,
    /// Those that have ended, in lists.
    ended: Ended,
    /// When each order that waits for time wakes; one entry an order. What for, the order itself says.
    #[rkyv(with = AsSet)]
    alarms: Alarms,
    /// What rests on a notice that is not out, by the last day that has a part in it.
    assumed: BTreeSet<(Day, OrderId, Alarm)>,
    /// Orders of the last weeks, for finding duplicates.
    recent: Recent,
    /// Services that were or may be rated, by the number of the case.
    services: BTreeMap<String, RatedCase>,
    /// Services that wait for a rating, by when the default counts.
    unrated: BTreeSet<(Timestamp, String)>,
    /// The texts that answer, in their days.
    articles: BTreeMap<String, Article>,
    /// How they came to be, and what they were good for.
    library: Library,
    /// What reports are made of.
    figures: Figures,
    /// What became of orders of a matter at a place.
    precedents: Precedents,
    /// Who waits for a handler, and who has what.
    staffing: Staffing,
    /// Orders that were passed down, by a hash of their number above.
    passed_down: BTreeSet<(u64, OrderId)>,
    keys: BTreeMap<u128, UsedKey>,
    /// Keys in the order they came, to forget the oldest.
    key_times: VecDeque<(Timestamp, u128)>,
    /// Time of the last record.
    at: Timestamp,
    /// How many records made this state.
    records_count: u64,
}

impl State {
    /// The directory in force.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// An order, without its caller.
    pub fn order(&self, id: OrderId) -> Option<&Order> {
        self.orders.get(id.slot())
    }

    /// The same, for readers: as it stands now, whatever becomes of it.
    pub fn shared_order(&self, id: OrderId) -> Option<Arc<Order>> {
        self.orders.shared(id.slot())
    }

    /// Every order, by id.
    pub fn orders(&self) -> &Ledger {
        &self.orders
    }

    /// Those that have ended, in lists.
    pub fn ended(&self) -> &Ended {
        &self.ended
    }

    /// The orders that have not ended, by id.
    pub fn open_orders(&self) -> impl Iterator<Item = &Order> {
        self.ended.open(self.orders.len()).map(|id| &self.orders[id.slot()])
    }

    /// The order with this number.
    pub fn order_numbered(&self, number: u64) -> Option<&Order> {
        OrderId::numbered(number, self.orders.len() as u64)
            .filter_map(|id| self.order(id))
            .find(|order| order.number == number)
    }

    /// The citizen behind an order: for the vault's door alone.
    pub fn caller(&self, id: OrderId) -> Option<&Caller> {
        self.orders.caller(id.slot())
    }

    /// What reports are made of.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// What became of orders of a matter at a place.
    pub fn precedents(&self) -> &Precedents {
        &self.precedents
    }

    /// Who waits for a handler, and who has what.
    pub(crate) fn staffing(&self) -> &Staffing {
        &self.staffing
    }

    /// A service that was or may be rated.
    pub fn service(&self, case: &str) -> Option<&RatedCase> {
        self.services.get(case)
    }

    /// How many services were told of.
    pub(crate) fn services_count(&self) -> usize {
        self.services.len()
    }

    /// Services that nobody has rated until before `at`, the oldest first.
    pub(crate) fn unrated_before(&self, at: Timestamp) -> impl Iterator<Item = &str> {
        let over = self.unrated.iter().take_while(move |(default_at, _)| *default_at < at);
        over.map(|(_, case)| case.as_str())
    }

    /// Orders of the last weeks.
    pub fn recent(&self) -> &Recent {
        &self.recent
    }

    /// The same state with its orders on a shelf, as they stood after its last record.
    ///
    /// # Panics
    /// When the shelf is of another record.
    #[must_use]
    pub fn on_shelf(mut self, shelf: Arc<dyn Shelf>) -> State {
        assert_eq!(shelf.records_count(), self.records_count, "state and shelf are of one record");
        self.orders = Ledger::on(shelf);
        self
    }

    /// Takes a newer shelf, on which every order is as it was here after the shelf's last record.
    pub fn move_to(&mut self, shelf: Arc<dyn Shelf>) {
        self.orders.move_to(shelf);
    }

    /// Lets go of the orders of a page that have ended and are on the shelf as they are; gives their ids, and `None` behind
    /// the last page. Changes nothing that can be asked.
    pub fn let_go(&mut self, page: usize) -> Option<Vec<OrderId>> {
        (page < self.orders.pages_count()).then(|| self.orders.let_go(page))
    }

    /// Orders of others that are handled with this one and have no reply yet.
    pub(crate) fn followers(&self, order: &Order) -> impl Iterator<Item = &Order> {
        let orders = order.merged.iter().filter_map(|joined| self.order(joined.order));
        orders.filter(|child| child.status == Status::Merged)
    }

    /// The texts that answer, by the article's id.
    pub fn articles(&self) -> &BTreeMap<String, Article> {
        &self.articles
    }

    /// How the articles came to be, and what they were good for.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// The order that the same contact has made before, by its key or by its number above.
    pub fn accepted_before(&self, acceptance: &Acceptance) -> Option<OrderId> {
        let key = acceptance.idempotency.and_then(|key| self.keys.get(&key.key));
        let above = || self.passed_down(acceptance.upstream.as_ref()?);
        key.map(|used| used.order).or_else(above)
    }

    /// The order that has this number above.
    pub(crate) fn passed_down(&self, upstream: &Upstream) -> Option<OrderId> {
        let hash = hash_of(&upstream.number);
        let under = self.passed_down.range((hash, OrderId(0))..=(hash, OrderId(u64::MAX)));
        let has_it = |id: &OrderId| {
            let its = self.order(*id).and_then(|order| order.upstream.as_ref());
            its.is_some_and(|its| its.number == upstream.number)
        };
        under.map(|(_, id)| *id).find(has_it)
    }

    /// What a key was used for, unless that is so long ago that it counts as forgotten at `at`.
    pub(crate) fn used_key(&self, key: IdempotencyKey, at: Timestamp) -> Option<UsedKey> {
        let used = self.keys.get(&key.key).copied()?;
        let since = self.orders[used.order.slot()].times.accepted;
        (since >= at.plus_seconds(-KEY_KEPT_SECONDS)).then_some(used)
    }

    /// Orders whose next alarm lies before `at`, oldest first.
    pub(crate) fn woken_before(&self, at: Timestamp) -> impl Iterator<Item = &Order> {
        let woken = self.alarms.iter().take_while(move |(due, _)| *due < at);
        woken.map(|(_, id)| &self.orders[id.slot()])
    }

    /// What rests on a notice that is not out, or was not, as far as no day behind `day` has a part in it.
    pub(crate) fn assumed_until(&self, day: Day) -> impl Iterator<Item = (&Order, Alarm)> {
        let found = self.assumed.iter().take_while(move |(due, ..)| *due <= day);
        found.map(|&(_, id, what)| (&self.orders[id.slot()], what))
    }

    /// Time of the last record; no record may be earlier.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// How many records made this state: the journal sequence of the last one.
    pub fn records_count(&self) -> u64 {
        self.records_count
    }

    /// The relations between the parts; for tests and `verify`.
    ///
    /// # Panics
    /// When one does not hold.
    pub fn assert_consistent(&self) {
        assert_eq!(self.ended, Ended::of(self.orders.iter()), "the lists of what has ended");
        let alarms = self.orders.iter().filter_map(|it| Some((it.next_alarm()?.0, it.id)));
        assert!(self.figures.agrees_with(&self.orders), "the figures say what the orders say");
        assert_eq!(self.alarms, alarms.collect(), "one alarm an order that waits");
        let assumed = self.orders.iter().flat_map(|order| {
            let of_order = |(day, what)| (day, order.id, what);
            order.assumptions().map(of_order).collect::<Vec<_>>()
        });
        assert_eq!(self.assumed, assumed.collect(), "all that is assumed is known as such");
        let staffing = Staffing::of(&self.directory, self.open_orders());
        assert_eq!(self.staffing, staffing, "who waits and who has what is what the orders say");
        self.assert_answering();
        for order in self.orders.iter() {
            let open = order.status.is_open();
            assert!(open || order.next_alarm().is_none(), "an order that ended waits for nothing");
            let owned = order.status.is_open() && order.status != Status::Triage;
            let led = order.status == Status::Merged || order.dispatch.is_some();
            assert!(!owned || led, "order {} has an owner", order.id.0);
            self.assert_joined(&order);
            assert_eq!(
                order.status == Status::Triage,
                order.triage.is_some(),
                "triage has a reason"
            );
            assert_eq!(open, order.times.closed.is_none());
            let refused =
                order.dispatch.as_ref().is_some_and(|dispatch| order.has_refused(dispatch.lead));
            let named = order.has_final_owner() || self.is_where_an_arbiter_said(&order);
            assert!(!open || !refused || named, "order {} went back to a refuser", order.id.0);
        }
    }
}

impl State {
    /// Whether it follows another by an arbiter's word about that, or got the reply of one that did.
    fn is_where_an_arbiter_said(&self, order: &Order) -> bool {
        let joined = order.dispatch.as_ref().is_some_and(|it| it.mode == Mode::Joined);
        let leading = order.merge.as_ref().map(|merge| &self.orders[merge.into.slot()]);
        let is_led = leading.is_some_and(|leading| leading.has_final_owner());
        joined && (is_led || order.status == Status::Replied)
    }
}

/// Of an order's number above: by this it is found, and compared with the number itself.
fn hash_of(number: &str) -> u64 {
    xxh3_64(number.as_bytes())
}
