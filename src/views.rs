//! What readers see: orders by id and in lists, published after the commit. Readers never wait for the writer.

mod ended;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use arc_swap::ArcSwap;
use crossbeam_skiplist::SkipSet;
use dashmap::DashMap;
use hotline_engine::article::Article;
use hotline_engine::command::Acceptance;
use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::duplicates::{DuplicateRule, Recent, similar_among};
use hotline_engine::ended::{EndedList, Numbers};
use hotline_engine::handling::Similar;
use hotline_engine::library::{Changes, Life, Uses, Version};
use hotline_engine::order::{Order, OrderId, Status};
use hotline_engine::precedents::Precedents;
use hotline_engine::shelf::Shelf;
use hotline_engine::staff::HandlerId;
use hotline_engine::time::{Day, Timestamp};
use hotline_engine::{Event, State};
use itertools::Itertools;
use rustc_hash::FxBuildHasher;

use crate::bulletin::{Horizon, OWING};
use crate::listing::{Entry, List, NEVER, entries};
use crate::shelf::Shelves;

pub use crate::listing::Position;

/// Orders looked at for one page: a filter that fits few must not hold a reader for long.
const SCAN_MAX: usize = 20_000;

/// Pages of [`SCAN_MAX`] of one list looked at for a bulletin: more late orders than that are no list any more.
const BULLETIN_PAGES_MAX: usize = 10;

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
    /// Open ones by what is due first, then those that have ended, the newest first.
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
    /// Orders that have changed since the shelves were made, and some that have not.
    orders: DashMap<OrderId, Arc<Order>, FxBuildHasher>,
    /// Their entries, as far as they are open.
    lists: SkipSet<Entry>,
    /// Where all others are, and their entries: as they are, unless `orders` has a newer one.
    shelves: ArcSwap<Shelves>,
    /// Those that have ended.
    ended: DashMap<EndedList, Numbers>,
    /// The newest order's id.
    last: AtomicU64,
    articles: DashMap<String, Arc<Article>>,
    /// How they came to be, with those that answer no more.
    lives: DashMap<String, Arc<Lived>>,
    /// What they were good for, as far as they were used.
    uses: DashMap<String, Arc<Uses>>,
    /// How many changed, by day and unit.
    changes: DashMap<(Day, String), Changes>,
    directory: ArcSwap<Directory>,
    precedents: ArcSwap<Precedents>,
    /// By which orders about the same are found. Each holds its lock while it looks at a few places, and no longer.
    recent: RwLock<Recent>,
}

/// How an article came to be, with the text that answered then: both of one moment.
#[derive(Debug)]
pub struct Lived {
    /// The versions.
    pub life: Arc<Life>,
    /// None where nothing of it answers.
    pub text: Option<Arc<Article>>,
}

impl std::ops::Deref for Lived {
    type Target = Life;

    fn deref(&self) -> &Life {
        &self.life
    }
}

impl Lived {
    /// The text of one of its versions; none of the one that answers where it does so no more.
    pub fn text_of<'a>(&'a self, version: &'a Version) -> Option<&'a Article> {
        version.text.as_ref().or(self.text.as_deref())
    }
}

/// Nothing that could panic is done under the lock.
const UNBROKEN: &str = "nothing panics while it holds the table";

impl Views {
    /// Views of a recovered state, most of whose orders are on shelves.
    pub fn of(state: &State, shelves: Shelves) -> Views {
        let views = Views {
            orders: DashMap::with_hasher(FxBuildHasher),
            lists: SkipSet::new(),
            shelves: ArcSwap::from_pointee(shelves),
            ended: state.ended().lists().map(|(list, of)| (list, of.clone())).collect(),
            last: AtomicU64::new(state.orders().len() as u64),
            articles: DashMap::new(),
            lives: DashMap::new(),
            uses: DashMap::new(),
            changes: state.library().changes().iter().map(|(row, it)| (row.clone(), *it)).collect(),
            directory: ArcSwap::from_pointee(state.directory().clone()),
            precedents: ArcSwap::from_pointee(state.precedents().clone()),
            recent: RwLock::new(state.recent().clone()),
        };
        state.orders().in_memory().for_each(|order| views.show(order));
        for article in state.articles().values() {
            views.put_article(article);
        }
        for id in state.library().lives().keys() {
            views.put_life(state, id);
        }
        for id in state.library().uses().keys() {
            views.put_uses(state, id);
        }
        views
    }

    /// Shows an order as it stands now. Called by the writer alone, after the commit.
    pub fn publish(&self, new: &Arc<Order>) {
        self.list_ended(new);
        self.show(new);
        self.last.fetch_max(new.id.0, Ordering::Release);
    }

    /// Lets orders be found by what is new in an event. Called by the writer alone, after the commit, in the order of events.
    pub fn note_recent(&self, at: Timestamp, event: &Event) {
        let recent = || self.recent.write().expect(UNBROKEN);
        match event {
            Event::Accepted { order, acceptance, .. } => {
                recent().insert(at, *order, acceptance);
            }
            Event::CallerRecorded { order, caller } => recent().insert_caller(*order, caller),
            _ => {}
        }
    }

    /// Orders that a contact may be about the same as, as the engine would find them if it came in now. A caller is known by a hash
    /// of his number here: the number itself is the vault's.
    pub fn similar(
        &self,
        rule: &DuplicateRule,
        at: Timestamp,
        acceptance: &Acceptance,
    ) -> Vec<Similar> {
        let candidates = self.recent.read().expect(UNBROKEN).candidates(acceptance);
        let is_same_caller = |id| candidates.is_of_caller(id);
        similar_among(&candidates, rule, at, acceptance, |id| self.order(id), is_same_caller)
    }

    fn show(&self, new: &Arc<Order>) {
        let old = self.orders.insert(new.id, Arc::clone(new));
        let entries = entries(new);
        for entry in &entries {
            self.lists.insert(*entry);
        }
        // Added before removed, so that a reader may see an order twice but never miss it.
        for entry in old.iter().flat_map(|old| crate::listing::entries(old)) {
            if !entries.contains(&entry) {
                self.lists.remove(&entry);
            }
        }
    }

    /// The orders that need no disk to be shown.
    pub fn in_memory(&self) -> Vec<Arc<Order>> {
        self.orders.iter().map(|order| Arc::clone(&order)).collect()
    }

    /// Looks for orders on newer shelves from now on. The writer may still have them in memory.
    pub fn put_shelves(&self, shelves: Shelves) {
        self.shelves.store(Arc::new(shelves));
    }

    /// Where orders are looked for that nobody has changed.
    pub fn shelves(&self) -> Arc<Shelves> {
        self.shelves.load_full()
    }

    /// Lets go of orders that have ended and are on the shelf as they are. Called by the writer alone.
    pub fn let_go(&self, orders: &[OrderId]) {
        for id in orders {
            self.orders.remove(id);
        }
    }

    /// Shows an article.
    pub fn put_article(&self, article: &Article) {
        let shown = self.lives.get(&article.id).and_then(|lived| lived.text.clone());
        let shown = shown.filter(|shown| **shown == *article);
        let shown = shown.unwrap_or_else(|| Arc::new(article.clone()));
        self.articles.insert(article.id.clone(), shown);
    }

    /// Takes an article away.
    pub fn remove_article(&self, id: &str) {
        self.articles.remove(id);
    }

    /// Shows how an article came to be.
    pub fn put_life(&self, state: &State, id: &str) {
        let Some(life) = state.library().life(id) else { return };
        let text = state.articles().get(id).map(|article| {
            let shown = self.article(id).filter(|shown| **shown == *article);
            shown.unwrap_or_else(|| Arc::new(article.clone()))
        });
        self.lives.insert(id.to_owned(), Arc::new(Lived { life: Arc::new(life.clone()), text }));
    }

    /// Shows what an article was good for.
    pub fn put_uses(&self, state: &State, id: &str) {
        if let Some(uses) = state.library().uses().get(id) {
            self.uses.insert(id.to_owned(), Arc::new(uses.clone()));
        }
    }

    /// Shows how many articles changed on a day.
    pub fn put_changes(&self, state: &State, day: Day) {
        for (unit, changes) in state.library().changes_on(day) {
            self.changes.insert((day, unit.to_owned()), changes);
        }
    }

    /// Shows the directory in force.
    pub fn put_directory(&self, directory: &Directory) {
        self.directory.store(Arc::new(directory.clone()));
    }

    /// The directory in force.
    pub fn directory(&self) -> Arc<Directory> {
        self.directory.load_full()
    }

    /// Shows the precedents of now, if they have changed. Called by the writer alone, once a second.
    pub fn put_precedents(&self, precedents: &Precedents) {
        if self.precedents.load().changed_by != precedents.changed_by {
            self.precedents.store(Arc::new(precedents.clone()));
        }
    }

    /// The precedents of the last second.
    pub fn precedents(&self) -> Arc<Precedents> {
        self.precedents.load_full()
    }

    /// An article.
    pub fn article(&self, id: &str) -> Option<Arc<Article>> {
        self.articles.get(id).map(|article| Arc::clone(&article))
    }

    /// How an article came to be.
    pub fn life(&self, id: &str) -> Option<Arc<Lived>> {
        self.lives.get(id).map(|life| Arc::clone(&life))
    }

    /// What an article was good for.
    pub fn uses(&self, id: &str) -> Option<Arc<Uses>> {
        self.uses.get(id).map(|uses| Arc::clone(&uses))
    }

    /// How many articles changed, by day and unit.
    pub fn changes(&self) -> BTreeMap<(Day, String), Changes> {
        self.changes.iter().map(|it| (it.key().clone(), *it.value())).collect()
    }

    /// Every article that was ever written, by its id, with its life.
    pub fn lives(&self) -> Vec<(String, Arc<Lived>)> {
        let lives = self.lives.iter().map(|it| (it.key().clone(), Arc::clone(it.value())));
        let mut lives: Vec<_> = lives.collect();
        lives.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        lives
    }

    /// The ids of the articles there are, in no order.
    pub fn article_ids(&self) -> Vec<String> {
        self.articles.iter().map(|article| article.key().clone()).collect()
    }

    /// How many articles there are.
    pub fn articles_count(&self) -> usize {
        self.articles.len()
    }

    /// An order.
    ///
    /// # Panics
    /// When it is on disk and cannot be had.
    pub fn order(&self, id: OrderId) -> Option<Arc<Order>> {
        let in_memory = || self.orders.get(&id).map(|order| Arc::clone(&order));
        in_memory().or_else(|| self.on_shelf(id)).or_else(in_memory)
    }

    fn on_shelf(&self, id: OrderId) -> Option<Arc<Order>> {
        let shelves = self.shelves.load();
        let shelf = shelves.orders.as_ref()?;
        let has_it = id.0 > 0 && id.0 <= shelf.orders_count() as u64;
        has_it.then(|| Arc::new(shelf.take_down(id).order))
    }

    /// The order with this eighteen-digit number.
    pub fn order_numbered(&self, number: u64) -> Option<Arc<Order>> {
        OrderId::numbered(number, self.last.load(Ordering::Acquire))
            .filter_map(|id| self.order(id))
            .find(|order| order.number == number)
    }

    /// How many orders there are.
    pub fn orders_count(&self) -> u64 {
        self.last.load(Ordering::Acquire)
    }

    /// Orders that fit `filter` and `may_see`: those that are open, soonest reply due first, then those that have ended, the
    /// newest first.
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
        let mut page = Page::default();
        let is_open = filter.status.is_none_or(Status::is_open);
        if is_open && after.is_none_or(|it| it.as_ended().is_none()) {
            page = self.page(list, after, filter.due_before.unwrap_or(NEVER), limit, fits);
        }
        let is_over = filter.status.is_none_or(|status| !status.is_open());
        if is_over && page.next.is_none() {
            self.add_ended(&mut page, filter, after, limit, may_see);
        }
        page
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
            let position = Position::of(&order);
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

    /// Open orders that a unit leads or helps with, or did a moment ago.
    pub(crate) fn open_of(&self, unit: UnitId) -> Vec<OrderId> {
        let first = (List::Unit(unit), Position::FIRST);
        let last = (List::Unit(unit), Position { due: NEVER, order: OrderId(u64::MAX) });
        let shelves = self.shelves.load();
        let shelved = within(&shelves.entries, first, last).iter().copied();
        let changed = self.lists.range(first..=last).map(|entry| *entry.value());
        shelved.merge(changed).dedup().map(|(_, position)| position.order).collect()
    }

    /// What waits for a unit, or for one handler of it: what must be signed, called about or replied to first comes first.
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
        let owing = OWING.into_iter().map(|status| (List::Status(status), horizon.handle));
        let directory = self.directory();
        // An inbox holds what is not signed yet by the due of the signature, or sooner.
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
        // Nothing stands at the first position.
        let after = (list, after.unwrap_or(Position::FIRST));
        let until = (list, Position { due: until, order: OrderId(u64::MAX) });
        let shelves = self.shelves.load();
        let shelved = within(&shelves.entries, after, until).iter().copied();
        let changed = self.lists.range((Bound::Excluded(after), Bound::Included(until)));
        let changed = changed.map(|entry| *entry.value());
        let mut page = Page::default();
        let mut last = None;
        for (seen, (list, position)) in shelved.merge(changed).dedup().enumerate() {
            if page.orders.len() == limit || seen == SCAN_MAX {
                page.next = last;
                break;
            }
            last = Some(position);
            // Gone from this list since it was written down or opened, or due elsewhere: it stands there.
            let order = self.order(position.order);
            if let Some(order) =
                order.filter(|order| entries(order).contains(&(list, position)) && fits(order))
            {
                page.orders.push(order);
            }
        }
        page
    }
}

/// The part of a sorted list behind one entry, up to and with another.
fn within(entries: &[Entry], after: Entry, until: Entry) -> &[Entry] {
    let rest = &entries[entries.partition_point(|entry| *entry <= after)..];
    &rest[..rest.partition_point(|entry| *entry <= until)]
}
