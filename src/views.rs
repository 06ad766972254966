//! What readers see: orders by id and in lists, published after the commit. Readers never wait for the writer.

use std::ops::Bound;
use std::sync::Arc;

use arc_swap::ArcSwap;
use crossbeam_skiplist::SkipSet;
use dashmap::DashMap;
use hotline_engine::State;
use hotline_engine::article::Article;
use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::order::{Order, OrderId, Stage, Status};
use hotline_engine::staff::HandlerId;
use hotline_engine::time::Timestamp;
use rustc_hash::FxBuildHasher;

use crate::bulletin::Horizon;

/// Orders looked at for one page: a filter that fits few must not hold a reader for long.
const SCAN_MAX: usize = 20_000;

/// Pages of [`SCAN_MAX`] of one list looked at for a bulletin: more late orders than that are no list any more.
const BULLETIN_PAGES_MAX: usize = 10;

/// Sorts after every due: orders without one come last.
const NEVER: Timestamp = Timestamp(i64::MAX);

/// A place in a list: the due and the id of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// When the order is due in this list.
    pub due: Timestamp,
    /// Which order.
    pub order: OrderId,
}

/// Which list a position is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum List {
    All,
    Status(Status),
    /// Every order the unit leads or helps with.
    Unit(UnitId),
    /// Of these, what waits for the unit: by the due of the stage it stands in.
    Inbox(UnitId),
    /// Of these, what one of its handlers has.
    Handler(HandlerId),
}

/// What a list is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Only orders with this status.
    pub status: Option<Status>,
    /// Only orders that this unit leads or helps with.
    pub unit: Option<UnitId>,
    /// Only orders whose reply is due at or before this.
    pub due_before: Option<Timestamp>,
}

/// A part of a list, and where to go on.
#[derive(Debug, Default)]
pub struct Page {
    /// Soonest due first.
    pub orders: Vec<Arc<Order>>,
    /// Pass it to get the next part; `None` at the end.
    pub next: Option<Position>,
}

/// Orders that wait for somebody.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// Each once, in no order that means anything.
    pub(crate) orders: Vec<Arc<Order>>,
    /// Whether every list was read to its end.
    pub(crate) is_whole: bool,
}

/// Everything that can be read.
#[derive(Debug)]
pub struct Views {
    orders: DashMap<OrderId, Arc<Order>, FxBuildHasher>,
    lists: SkipSet<(List, Position)>,
    articles: DashMap<String, Arc<Article>>,
    directory: ArcSwap<Directory>,
}

impl Views {
    /// Views of a recovered state.
    pub fn of(state: &State) -> Views {
        let views = Views {
            orders: DashMap::with_capacity_and_hasher(state.orders().len(), FxBuildHasher),
            lists: SkipSet::new(),
            articles: DashMap::new(),
            directory: ArcSwap::from_pointee(state.directory().clone()),
        };
        state.orders().iter().for_each(|order| views.publish(&Arc::new(order.clone())));
        for article in state.articles().values() {
            views.put_article(article);
        }
        views
    }

    /// Shows an order as it stands now. Called by the writer alone, after the commit.
    pub fn publish(&self, new: &Arc<Order>) {
        let old = self.orders.insert(new.id, Arc::clone(new));
        let entries = entries(new);
        for entry in &entries {
            self.lists.insert(*entry);
        }
        // Added before removed, so that a reader may see an order twice but never miss it.
        for entry in old.iter().flat_map(|old| self::entries(old)) {
            if !entries.contains(&entry) {
                self.lists.remove(&entry);
            }
        }
    }

    /// Shows an article.
    pub fn put_article(&self, article: &Article) {
        self.articles.insert(article.id.clone(), Arc::new(article.clone()));
    }

    /// Takes an article away.
    pub fn remove_article(&self, id: &str) {
        self.articles.remove(id);
    }

    /// Shows the directory in force.
    pub fn put_directory(&self, directory: &Directory) {
        self.directory.store(Arc::new(directory.clone()));
    }

    /// The directory in force.
    pub fn directory(&self) -> Arc<Directory> {
        self.directory.load_full()
    }

    /// An article.
    pub fn article(&self, id: &str) -> Option<Arc<Article>> {
        self.articles.get(id).map(|article| Arc::clone(&article))
    }

    /// How many articles there are.
    pub fn articles_count(&self) -> usize {
        self.articles.len()
    }

    /// An order.
    pub fn order(&self, id: OrderId) -> Option<Arc<Order>> {
        self.orders.get(&id).map(|order| Arc::clone(&order))
    }

    /// The order with this eighteen-digit number.
    pub fn order_numbered(&self, number: u64) -> Option<Arc<Order>> {
        OrderId::numbered(number, self.orders.len() as u64)
            .filter_map(|id| self.order(id))
            .find(|order| order.number == number)
    }

    /// How many orders there are.
    pub fn orders_count(&self) -> usize {
        self.orders.len()
    }

    /// Orders that fit `filter` and `may_see`, soonest reply due first.
    pub fn list(
        &self,
        filter: Filter,
        after: Option<Position>,
        limit: usize,
        may_see: impl Fn(&Order) -> bool,
    ) -> Page {
        let list = match (filter.unit, filter.status) {
            (Some(unit), _) => List::Unit(unit),
            (None, Some(status)) => List::Status(status),
            (None, None) => List::All,
        };
        let fits = |order: &Order| {
            filter.status.is_none_or(|status| order.status == status) && may_see(order)
        };
        self.page(list, after, filter.due_before.unwrap_or(NEVER), limit, fits)
    }

    /// As [`Views::list`], of the orders of some units: each unit's list is read, not everybody's.
    pub fn list_of(
        &self,
        units: &[UnitId],
        filter: Filter,
        after: Option<Position>,
        limit: usize,
        may_see: impl Fn(&Order) -> bool,
    ) -> Page {
        let of = |&unit: &UnitId| {
            self.list(Filter { unit: Some(unit), ..filter }, after, limit, &may_see)
        };
        let pages: Vec<Page> = units.iter().map(of).collect();
        // Where one unit's page ends early, what lies behind is not known yet.
        let known_until = pages.iter().filter_map(|page| page.next).min();
        let mut orders: Vec<(Position, Arc<Order>)> = Vec::new();
        for order in pages.into_iter().flat_map(|page| page.orders) {
            let position = handling_position(&order);
            if known_until.is_none_or(|until| position <= until) {
                orders.push((position, order));
            }
        }
        orders.sort_by_key(|(position, _)| *position);
        orders.dedup_by_key(|(position, _)| *position);
        let cut = orders.len() > limit;
        orders.truncate(limit);
        let last = orders.last().map(|(position, _)| *position);
        let next = if cut { last } else { known_until };
        Page { orders: orders.into_iter().map(|(_, order)| order).collect(), next }
    }

    /// What waits for a unit, or for one handler of it, soonest due first.
    pub fn inbox(
        &self,
        unit: UnitId,
        handler: Option<HandlerId>,
        after: Option<Position>,
        limit: usize,
    ) -> Page {
        let list = handler.map_or(List::Inbox(unit), List::Handler);
        self.page(list, after, NEVER, limit, |_| true)
    }

    /// Orders that fit and still owe a reply by the horizon's end, or a signature that was due by its own: the heads of
    /// the lists by due, and not all orders.
    pub(crate) fn waiting(&self, horizon: Horizon, fits: impl Fn(&Order) -> bool) -> Waiting {
        let owing = [Status::Triage, Status::Dispatched, Status::Signed].map(List::Status);
        let owing = owing.into_iter().map(|list| (list, horizon.handle));
        let directory = self.directory();
        // An inbox holds what is not signed yet by the due of the signature.
        let unsigned = directory.units().map(|(unit, _)| (List::Inbox(unit), horizon.sign));
        let mut waiting = Waiting { orders: Vec::new(), is_whole: true };
        for (list, until) in owing.chain(unsigned) {
            let mut after = None;
            for _ in 0..BULLETIN_PAGES_MAX {
                let page = self.page(list, after, until, SCAN_MAX, &fits);
                waiting.orders.extend(page.orders);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            waiting.is_whole &= after.is_none();
        }
        waiting.orders.sort_unstable_by_key(|order| order.id);
        // One that stands in two lists, or moved to another while they were read.
        waiting.orders.dedup_by_key(|order| order.id);
        waiting
    }

    fn page(
        &self,
        list: List,
        after: Option<Position>,
        until: Timestamp,
        limit: usize,
        fits: impl Fn(&Order) -> bool,
    ) -> Page {
        let start = match after {
            Some(position) => Bound::Excluded((list, position)),
            None => {
                Bound::Included((list, Position { due: Timestamp(i64::MIN), order: OrderId(0) }))
            }
        };
        let end = Bound::Included((list, Position { due: until, order: OrderId(u64::MAX) }));
        let mut page = Page::default();
        let mut last = None;
        for (seen, entry) in self.lists.range((start, end)).enumerate() {
            if page.orders.len() == limit || seen == SCAN_MAX {
                page.next = last;
                break;
            }
            let (_, position) = *entry.value();
            last = Some(position);
            // Gone from this list since the range was opened, or due elsewhere: it stands there.
            let order = self.order(position.order);
            if let Some(order) =
                order.filter(|order| entries(order).contains(entry.value()) && fits(order))
            {
                page.orders.push(order);
            }
        }
        page
    }
}

/// Where an order stands in lists by the due of its reply.
fn handling_position(order: &Order) -> Position {
    let due = order.dues[Stage::Handle].map_or(NEVER, |due| due.current);
    Position { due, order: order.id }
}

/// Every list entry of an order.
fn entries(order: &Order) -> Vec<(List, Position)> {
    let due = |due: Option<hotline_engine::order::Due>| due.map_or(NEVER, |due| due.current);
    let handle = handling_position(order);
    let mut entries = vec![(List::All, handle), (List::Status(order.status), handle)];
    let Some(dispatch) = &order.dispatch else { return entries };
    let waits = match order.status {
        Status::Dispatched => Some(due(order.dues[Stage::Sign])),
        Status::Signed | Status::Paused => Some(due(order.dues[Stage::Handle])),
        Status::Triage
        | Status::Replied
        | Status::Closed
        | Status::Withdrawn
        | Status::Transferred
        | Status::Merged
        | Status::Repeat => None,
    };
    for &unit in std::iter::once(&dispatch.lead).chain(&dispatch.co_units) {
        entries.push((List::Unit(unit), handle));
        entries.extend(waits.map(|due| (List::Inbox(unit), Position { due, order: order.id })));
    }
    let own = order.handler.map(List::Handler).zip(waits);
    entries.extend(own.map(|(list, due)| (list, Position { due, order: order.id })));
    entries
}
