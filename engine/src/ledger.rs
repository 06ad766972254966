//! The orders of a hotline and their callers, by id. One that nobody has asked for stays on the shelf. Grows page by page:
//! no order waits until all orders before it have been copied to a larger place.
#![expect(
    clippy::disallowed_types,
    reason = "cells inside a state, filled from its shelf: nothing is shared"
)]

use std::hash::{Hash, Hasher};
use std::ops::{Index, IndexMut};
use std::sync::{Arc, OnceLock};

use crate::digest::{Digest, dossier_digest};
use crate::order::{Caller, Order, OrderId};
use crate::shelf::{Dossier, Shelf};

/// Orders of one page.
const PAGE_ROWS: usize = 4_096;

/// An order that is in memory. Readers share it: who changes it changes a copy if one of them still has it.
#[derive(Clone, Debug)]
struct Row {
    order: Arc<Order>,
    caller: Option<Box<Caller>>,
    /// The record that changed it last; 0 as long as it is as it was on a shelf.
    changed_by: u64,
}

impl Row {
    fn of(dossier: Dossier) -> Row {
        let Dossier { order, caller } = dossier;
        Row { order: Arc::new(order), caller: caller.map(Box::new), changed_by: 0 }
    }
}

/// Filled when somebody asks for the order.
type Slot = OnceLock<Row>;
/// Made when somebody asks for one of its orders.
type Page = OnceLock<Vec<Slot>>;

/// Orders by slot, from 0.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    shelf: Option<Arc<dyn Shelf>>,
    pages: Vec<Page>,
    len: usize,
    /// The record that is being applied.
    record: u64,
}

impl Ledger {
    /// All orders of a shelf, and none of them in memory.
    pub(crate) fn on(shelf: Arc<dyn Shelf>) -> Ledger {
        let (len, record) = (shelf.orders_count(), shelf.records_count());
        let pages = std::iter::repeat_with(Page::new).take(len.div_ceil(PAGE_ROWS)).collect();
        Ledger { shelf: Some(shelf), pages, len, record }
    }

    /// How many orders there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Every order, by id; what is on the shelf is read and not kept.
    pub fn iter(&self) -> impl Iterator<Item = Arc<Order>> {
        (0..self.len).map(|at| self.look_at(at).order)
    }

    /// The orders that are in memory, by id.
    pub fn in_memory(&self) -> impl Iterator<Item = &Arc<Order>> {
        let slots = self.pages.iter().filter_map(OnceLock::get).flatten();
        slots.filter_map(|slot| Some(&slot.get()?.order))
    }

    /// Whether an order is as it is on the shelf that all was opened with.
    pub fn is_as_shelved(&self, id: OrderId) -> bool {
        self.shelved(id.slot()).is_some()
    }

    /// An order with its caller, to be written down.
    pub fn dossier(&self, id: OrderId) -> Option<Dossier> {
        let Row { order, caller, .. } = (id.slot() < self.len).then(|| self.look_at(id.slot()))?;
        Some(Dossier { order: Arc::unwrap_or_clone(order), caller: caller.map(|caller| *caller) })
    }

    /// What two ledgers with the same orders agree on.
    pub fn digest(&self, id: OrderId) -> Digest {
        match self.shelved(id.slot()) {
            Some(shelf) => shelf.digest(id),
            None => {
                let Row { order, caller, .. } = self.row(id.slot()).expect("the order is there");
                dossier_digest(order, caller.as_deref())
            }
        }
    }

    pub(crate) fn get(&self, at: usize) -> Option<&Order> {
        self.row(at).map(|row| &*row.order)
    }

    /// An order to be shown to readers, as it stands.
    pub(crate) fn shared(&self, at: usize) -> Option<Arc<Order>> {
        self.row(at).map(|row| Arc::clone(&row.order))
    }

    pub(crate) fn caller(&self, at: usize) -> Option<&Caller> {
        self.row(at)?.caller.as_deref()
    }

    pub(crate) fn set_caller(&mut self, at: usize, caller: Caller) {
        self.row_mut(at).caller = Some(Box::new(caller));
    }

    /// Whatever is changed from now on is changed by this record.
    pub(crate) fn begin(&mut self, record: u64) {
        self.record = record;
    }

    /// Adds an order behind all others.
    pub(crate) fn push(&mut self, order: Order) {
        let row = Row { order: Arc::new(order), caller: None, changed_by: self.record };
        if self.len.is_multiple_of(PAGE_ROWS) {
            // The first grows as it is used: most hotlines of tests are small.
            let rows = if self.len == 0 { 1 } else { PAGE_ROWS };
            self.pages.push(Page::from(Vec::with_capacity(rows)));
        }
        self.page(self.len / PAGE_ROWS);
        let page = self.pages.last_mut().and_then(OnceLock::get_mut);
        page.expect("the last page has just been asked for").push(Slot::from(row));
        self.len += 1;
    }

    /// Takes a newer shelf, on which every order is as it was here after the shelf's last record.
    pub(crate) fn move_to(&mut self, shelf: Arc<dyn Shelf>) {
        self.shelf = Some(shelf);
    }

    /// Lets go of the orders of a page that have ended and are on the shelf as they are; gives their ids.
    pub(crate) fn let_go(&mut self, page: usize) -> Vec<OrderId> {
        let Some(shelf) = &self.shelf else { return Vec::new() };
        let (on_shelf, until) = (shelf.orders_count(), shelf.records_count());
        let Some(slots) = self.pages.get_mut(page).and_then(OnceLock::get_mut) else {
            return Vec::new();
        };
        let mut gone = Vec::new();
        for slot in slots.iter_mut().take(on_shelf.saturating_sub(page * PAGE_ROWS)) {
            let is_over = |row: &Row| row.changed_by <= until && row.order.times.closed.is_some();
            if slot.get().is_some_and(is_over) {
                gone.extend(slot.take().map(|row| row.order.id));
            }
        }
        let on_shelf_whole = (page + 1) * PAGE_ROWS <= on_shelf;
        if on_shelf_whole && slots.iter().all(|slot| slot.get().is_none()) {
            self.pages[page].take();
        }
        gone
    }

    /// How many pages there are.
    pub(crate) fn pages_count(&self) -> usize {
        self.pages.len()
    }

    fn page(&self, page: usize) -> &[Slot] {
        let rows = (self.len - page * PAGE_ROWS).min(PAGE_ROWS);
        self.pages[page].get_or_init(|| std::iter::repeat_with(Slot::new).take(rows).collect())
    }

    fn row(&self, at: usize) -> Option<&Row> {
        if at >= self.len {
            return None;
        }
        let slot = &self.page(at / PAGE_ROWS)[at % PAGE_ROWS];
        Some(slot.get_or_init(|| self.taken_down(at)))
    }

    fn row_mut(&mut self, at: usize) -> &mut Row {
        self.row(at);
        let page = self.pages[at / PAGE_ROWS].get_mut().expect("its page has just been asked for");
        let row = page[at % PAGE_ROWS].get_mut().expect("the order has just been asked for");
        row.changed_by = self.record;
        row
    }

    /// As [`Ledger::row`]; what is on the shelf stays there.
    fn look_at(&self, at: usize) -> Row {
        let page = self.pages[at / PAGE_ROWS].get();
        let row = page.and_then(|page| page[at % PAGE_ROWS].get());
        row.map_or_else(|| self.taken_down(at), Row::clone)
    }

    fn taken_down(&self, at: usize) -> Row {
        let shelf = self.shelf.as_ref().expect("what is not in memory is on a shelf");
        Row::of(shelf.take_down(OrderId::in_slot(at)))
    }

    /// The shelf, if it has the order as it is.
    fn shelved(&self, at: usize) -> Option<&dyn Shelf> {
        let shelf = self.shelf.as_deref().filter(|shelf| at < shelf.orders_count())?;
        let page = self.pages[at / PAGE_ROWS].get();
        let row = page.and_then(|page| page[at % PAGE_ROWS].get());
        row.is_none_or(|row| row.changed_by <= shelf.records_count()).then_some(shelf)
    }
}

impl Index<usize> for Ledger {
    type Output = Order;

    fn index(&self, at: usize) -> &Order {
        self.get(at).expect("an order that is named is there")
    }
}

impl IndexMut<usize> for Ledger {
    fn index_mut(&mut self, at: usize) -> &mut Order {
        Arc::make_mut(&mut self.row_mut(at).order)
    }
}

/// By the digest of each order: whether it is in memory or on a shelf makes no difference.
impl Hash for Ledger {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_usize(self.len);
        for at in 0..self.len {
            hasher.write_u128(self.digest(OrderId::in_slot(at)).0);
        }
    }
}

impl PartialEq for Ledger {
    fn eq(&self, other: &Ledger) -> bool {
        let same = |at| {
            let (own, its) = (self.look_at(at), other.look_at(at));
            own.order == its.order && own.caller == its.caller
        };
        self.len == other.len && (0..self.len).all(same)
    }
}

impl Eq for Ledger {}
