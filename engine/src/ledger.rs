//! The orders of a hotline and their callers, by id. One that nobody has asked for stays on the shelf. Grows page by page:
//! no order waits until all orders before it have been copied to a larger place. Readers may share an order as it stands:
//! it is copied when it changes while one of them still has it.
#![expect(
    clippy::disallowed_types,
    reason = "cells inside a state, filled from its shelf; what is shared does not change"
)]

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::ops::{Index, IndexMut};
use std::sync::{Arc, OnceLock};

use crate::digest::{Digest, dossier_digest};
use crate::order::{Caller, Order, OrderId};
use crate::shelf::{Dossier, Shelf};

/// Orders of one page.
const PAGE_ROWS: usize = 4_096;

/// An order that is in memory.
#[derive(Clone, Debug)]
struct Row {
    order: Arc<Order>,
    caller: Option<Caller>,
    /// The record that changed it last; 0 as long as it is as it was on a shelf.
    changed_by: u64,
}

impl Row {
    fn of(dossier: Dossier) -> Row {
        let Dossier { order, caller } = dossier;
        Row { order: Arc::new(order), caller, changed_by: 0 }
    }
}

/// Filled when somebody asks for the order.
type Cell = OnceLock<Box<Row>>;

/// Orders that came one after the other.
#[derive(Clone, Debug)]
enum Page {
    /// All are in memory, side by side: they came since the start, and few are over.
    Dense(Vec<Row>),
    /// Each is in memory or on the shelf; made when somebody asks for one of them.
    Sparse(OnceLock<Vec<Cell>>),
}

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
        let empty = || Page::Sparse(OnceLock::new());
        let pages = std::iter::repeat_with(empty).take(len.div_ceil(PAGE_ROWS)).collect();
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
    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, Order>> {
        (0..self.len).map(|at| match self.in_memory_at(at) {
            Some(row) => Cow::Borrowed(&*row.order),
            None => Cow::Owned(self.taken_down(at).order),
        })
    }

    /// The orders that are in memory, by id.
    pub fn in_memory(&self) -> impl Iterator<Item = &Arc<Order>> {
        (0..self.len).filter_map(|at| Some(&self.in_memory_at(at)?.order))
    }

    /// Whether an order is as it is on the shelf that all was opened with.
    pub fn is_as_shelved(&self, id: OrderId) -> bool {
        self.shelved(id.slot()).is_some()
    }

    /// An order with its caller, to be written down.
    pub fn dossier(&self, id: OrderId) -> Option<Dossier> {
        let at = Some(id.slot()).filter(|at| *at < self.len)?;
        Some(match self.in_memory_at(at) {
            Some(Row { order, caller, .. }) => {
                Dossier { order: Order::clone(order), caller: caller.clone() }
            }
            None => self.taken_down(at),
        })
    }

    /// What two ledgers with the same orders agree on.
    pub fn digest(&self, id: OrderId) -> Digest {
        match self.shelved(id.slot()) {
            Some(shelf) => shelf.digest(id),
            None => {
                let Row { order, caller, .. } = self.row(id.slot()).expect("the order is there");
                dossier_digest(order, caller.as_ref())
            }
        }
    }

    pub(crate) fn get(&self, at: usize) -> Option<&Order> {
        self.row(at).map(|row| &*row.order)
    }

    /// The same, to be kept as it stands now.
    pub(crate) fn shared(&self, at: usize) -> Option<Arc<Order>> {
        self.row(at).map(|row| Arc::clone(&row.order))
    }

    pub(crate) fn caller(&self, at: usize) -> Option<&Caller> {
        self.row(at)?.caller.as_ref()
    }

    pub(crate) fn set_caller(&mut self, at: usize, caller: Caller) {
        self.row_mut(at).caller = Some(caller);
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
            self.pages.push(Page::Dense(Vec::with_capacity(rows)));
        }
        let before = self.len % PAGE_ROWS;
        match self.pages.last_mut().expect("there is a last page") {
            Page::Dense(rows) => rows.push(row),
            Page::Sparse(cells) => {
                cells.get_or_init(|| empty_cells(before));
                let cells = cells.get_mut().expect("it has just been asked for");
                cells.push(Cell::from(Box::new(row)));
            }
        }
        self.len += 1;
    }

    /// Takes a newer shelf, on which every order is as it was here after the shelf's last record.
    pub(crate) fn move_to(&mut self, shelf: Arc<dyn Shelf>) {
        self.shelf = Some(shelf);
    }

    /// Lets go of the orders of a page that have ended and are on the shelf as they are; gives their ids.
    pub(crate) fn let_go(&mut self, page: usize) -> Vec<OrderId> {
        let Some(shelf) = &self.shelf else { return Vec::new() };
        let until = shelf.records_count();
        // What has not changed since then was there then.
        let is_over = |row: &Row| row.changed_by <= until && row.order.times.closed.is_some();
        let mut gone = Vec::new();
        match &mut self.pages[page] {
            Page::Dense(rows) => {
                if !rows.iter().any(is_over) {
                    return gone;
                }
                let mut thin = |row: Row| match is_over(&row) {
                    true => {
                        gone.push(row.order.id);
                        Cell::new()
                    }
                    false => Cell::from(Box::new(row)),
                };
                let cells = std::mem::take(rows).into_iter().map(&mut thin).collect::<Vec<_>>();
                self.pages[page] = Page::Sparse(OnceLock::from(cells));
            }
            Page::Sparse(cells) => {
                for cell in cells.get_mut().into_iter().flatten() {
                    if cell.get().is_some_and(|row| is_over(row)) {
                        gone.extend(cell.take().map(|row| row.order.id));
                    }
                }
                if cells.get().is_some_and(|cells| cells.iter().all(|cell| cell.get().is_none())) {
                    cells.take();
                }
            }
        }
        gone
    }

    /// How many pages there are.
    pub(crate) fn pages_count(&self) -> usize {
        self.pages.len()
    }

    fn row(&self, at: usize) -> Option<&Row> {
        if at >= self.len {
            return None;
        }
        match &self.pages[at / PAGE_ROWS] {
            Page::Dense(rows) => rows.get(at % PAGE_ROWS),
            Page::Sparse(cells) => {
                let rows = (self.len - at / PAGE_ROWS * PAGE_ROWS).min(PAGE_ROWS);
                let cells = cells.get_or_init(|| empty_cells(rows));
                let row =
                    cells[at % PAGE_ROWS].get_or_init(|| Box::new(Row::of(self.taken_down(at))));
                Some(row)
            }
        }
    }

    fn row_mut(&mut self, at: usize) -> &mut Row {
        if let Page::Sparse(_) = self.pages[at / PAGE_ROWS] {
            self.row(at);
        }
        let row = match &mut self.pages[at / PAGE_ROWS] {
            Page::Dense(rows) => &mut rows[at % PAGE_ROWS],
            Page::Sparse(cells) => {
                let cells = cells.get_mut().expect("its page has just been asked for");
                cells[at % PAGE_ROWS].get_mut().expect("it has just been asked for")
            }
        };
        row.changed_by = self.record;
        row
    }

    fn in_memory_at(&self, at: usize) -> Option<&Row> {
        match &self.pages[at / PAGE_ROWS] {
            Page::Dense(rows) => rows.get(at % PAGE_ROWS),
            Page::Sparse(cells) => Some(cells.get()?[at % PAGE_ROWS].get()?),
        }
    }

    fn taken_down(&self, at: usize) -> Dossier {
        let shelf = self.shelf.as_ref().expect("what is not in memory is on a shelf");
        shelf.take_down(OrderId::in_slot(at))
    }

    /// The shelf, if it has the order as it is.
    fn shelved(&self, at: usize) -> Option<&dyn Shelf> {
        let shelf = self.shelf.as_deref().filter(|shelf| at < shelf.orders_count())?;
        let row = self.in_memory_at(at);
        row.is_none_or(|row| row.changed_by <= shelf.records_count()).then_some(shelf)
    }
}

fn empty_cells(count: usize) -> Vec<Cell> {
    std::iter::repeat_with(Cell::new).take(count).collect()
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
        let ids = (0..self.len).map(OrderId::in_slot);
        self.len == other.len && ids.into_iter().all(|id| self.dossier(id) == other.dossier(id))
    }
}

impl Eq for Ledger {}
