//! Orders on disk: where each lies among the pieces of a snapshot, and the digest by which it is known again. Gives none out
//! that is not the one that was put there.

#[cfg(test)]
mod bits;

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use hotline_engine::digest::dossier_digest;
use hotline_engine::order::OrderId;
use hotline_engine::shelf::{Dossier, Shelf};
use hotline_engine::{Digest, State};
use hotline_journal::{Lasts, PieceWriter, Pieces, Place, SnapshotError};
use tracing::error;

use crate::codec::{self, CodecError};
use crate::listing::{self, Entry};

/// Where an order lies, and its digest. Two halves, so that it takes 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
pub struct Slot {
    file: u32,
    step: u32,
    bytes: u32,
    digest: [u64; 2],
}

impl Slot {
    fn of(place: Place, digest: Digest) -> Slot {
        let Place { file, step, bytes } = place;
        // The low half, then the high one.
        Slot { file, step, bytes, digest: [digest.0 as u64, (digest.0 >> 64) as u64] }
    }

    fn place(&self) -> Place {
        Place { file: self.file, step: self.step, bytes: self.bytes }
    }

    fn digest(&self) -> Digest {
        Digest(u128::from(self.digest[0]) | u128::from(self.digest[1]) << 64)
    }
}

/// The orders of one snapshot.
#[derive(Debug)]
pub struct OrderShelf {
    slots: Vec<Slot>,
    pieces: Pieces,
    instead: Instead,
    is_at_fault: AtomicBool,
}

/// What there is instead of orders that are damaged on disk.
#[derive(Debug)]
pub(crate) enum Instead {
    /// Nothing is known of: who only reads puts nothing out of use.
    Nothing,
    /// The snapshot before, if it is there, for those that were open.
    SnapshotBefore,
    /// The journal, for all, if it has every record; otherwise as if it had let go of some.
    Journal(JournalBehind),
}

/// The journal that orders were made of.
pub(crate) struct JournalBehind {
    /// Whether it has every record up to one.
    has_all: Box<dyn Fn(u64) -> bool + Send + Sync>,
    /// The answer, since it reads all of it.
    answer: OnceLock<bool>,
}

impl JournalBehind {
    pub(crate) fn asked_by(has_all: impl Fn(u64) -> bool + Send + Sync + 'static) -> JournalBehind {
        JournalBehind { has_all: Box::new(has_all), answer: OnceLock::new() }
    }

    fn has_all(&self, last: u64) -> bool {
        *self.answer.get_or_init(|| (self.has_all)(last))
    }
}

impl std::fmt::Debug for JournalBehind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("JournalBehind").field(&self.answer).finish()
    }
}

/// The orders of one snapshot, and the lists in which the open ones stand. Without a snapshot there are none.
#[derive(Clone, Debug, Default)]
pub struct Shelves {
    /// The orders.
    pub(crate) orders: Option<Arc<OrderShelf>>,
    /// In order.
    pub(crate) entries: Arc<Vec<Entry>>,
}

impl Shelves {
    /// Has a state look for its orders here: they must be as it had them after the last record that is here.
    pub fn put_under(&self, state: &mut State) {
        if let Some(orders) = &self.orders {
            state.move_to(Arc::clone(orders) as Arc<dyn Shelf>);
        }
    }
}

/// An order that lies on disk and cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ShelfFault {
    /// The disk.
    #[error("order {order}: {source}")]
    Disk {
        /// Its id.
        order: u64,
        /// What the disk said.
        source: SnapshotError,
    },
    /// The bytes are no order.
    #[error("order {order} in {} is damaged: {source}; a start has it from the journal or the snapshot before, where one is left that has it", path.display())]
    Undecodable {
        /// Its id.
        order: u64,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: CodecError,
    },
    /// The bytes are another order, or this one changed.
    #[error("order {order} in {} is damaged: its digest is another; a start has it from the journal or the snapshot before, where one is left that has it", path.display())]
    Changed {
        /// Its id.
        order: u64,
        /// The file.
        path: PathBuf,
    },
}

impl ShelfFault {
    /// Whether the file is to blame, and not the disk for this moment.
    pub(crate) fn is_damage(&self) -> bool {
        let damaged = |source: &SnapshotError| matches!(source, SnapshotError::Damaged { .. });
        !matches!(self, ShelfFault::Disk { source, .. } if !damaged(source))
    }

    /// Which order it is.
    pub(crate) fn order(&self) -> OrderId {
        let (ShelfFault::Disk { order, .. }
        | ShelfFault::Undecodable { order, .. }
        | ShelfFault::Changed { order, .. }) = self;
        OrderId(*order)
    }
}

impl OrderShelf {
    /// Of slots whose pieces are there; and what there is `instead` of those that turn out to be damaged.
    pub(crate) fn open(
        slots: Vec<Slot>,
        pieces: Pieces,
        instead: Instead,
    ) -> Result<OrderShelf, SnapshotError> {
        pieces.prove_own(slots.iter().map(Slot::place))?;
        let mut last = None;
        for slot in &slots {
            if last.replace(slot.file) != Some(slot.file) {
                pieces.open(slot.file)?;
            }
        }
        Ok(OrderShelf { slots, pieces, instead, is_at_fault: AtomicBool::new(false) })
    }

    /// The order with its caller, or why it cannot be had.
    pub(crate) fn take(&self, id: OrderId) -> Result<Dossier, ShelfFault> {
        let (order, slot) = (id.0, self.slot(id));
        let mut bytes = Vec::new();
        let read = self.pieces.read(slot.place(), &mut bytes);
        read.map_err(|source| ShelfFault::Disk { order, source })?;
        let path = || self.pieces.path(slot.file);
        let dossier = codec::decode_dossier(&bytes).map_err(|source| ShelfFault::Undecodable {
            order,
            path: path(),
            source,
        })?;
        let found = dossier_digest(&dossier.order, dossier.caller.as_ref());
        if found != slot.digest() || dossier.order.id != id {
            return Err(ShelfFault::Changed { order, path: path() });
        }
        Ok(dossier)
    }

    /// Has no start and no snapshot take the file any more that an order was damaged in; but for the only one that has the others.
    pub(crate) fn blame(&self, fault: &ShelfFault) {
        error!(%fault, "an order on disk cannot be had");
        self.is_at_fault.store(true, Ordering::Relaxed);
        let file = self.slot(fault.order()).file;
        match &self.instead {
            Instead::Nothing => {}
            _ if !fault.is_damage() => {}
            Instead::Journal(journal) if journal.has_all(self.records_count()) => {
                self.pieces.put_out_of_use(file);
            }
            Instead::Journal(_) | Instead::SnapshotBefore if file == 0 => self.pieces.give_way(),
            Instead::Journal(_) | Instead::SnapshotBefore => {}
        }
    }

    /// Whether an order could not be had since it was opened.
    pub(crate) fn is_at_fault(&self) -> bool {
        self.is_at_fault.load(Ordering::Relaxed)
    }

    /// Of the orders that were open, and that no other snapshot has where this one has them.
    pub(crate) fn ids_of_its_own(&self) -> impl Iterator<Item = OrderId> {
        self.ids().filter(|id| self.slot(*id).file == 0)
    }

    /// Of every order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = OrderId> {
        (1..=self.slots.len() as u64).map(OrderId)
    }

    fn slot(&self, id: OrderId) -> &Slot {
        &self.slots[id.0 as usize - 1]
    }
}

impl Shelf for OrderShelf {
    fn records_count(&self) -> u64 {
        self.pieces.sequence()
    }

    fn orders_count(&self) -> usize {
        self.slots.len()
    }

    fn digest(&self, id: OrderId) -> Digest {
        self.slot(id).digest()
    }

    fn take_down(&self, id: OrderId) -> Dossier {
        self.take(id).unwrap_or_else(|fault| {
            self.blame(&fault);
            // As a panic, but without its own line in the log.
            std::panic::resume_unwind(Box::new(fault))
        })
    }
}

/// Runs what needs a state. One that lacks an order cannot go on, and has no other way to say so than a panic: here that
/// becomes an error again.
pub(crate) fn guarded<T, E: From<ShelfFault>>(run: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    std::panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let fault: Box<ShelfFault> =
            panic.downcast().unwrap_or_else(|other| std::panic::resume_unwind(other));
        Err((*fault).into())
    })
}

/// What is written down of the orders of a snapshot.
#[derive(Debug, Default)]
pub(crate) struct Shelved {
    pub(crate) slots: Vec<Slot>,
    /// Where the open ones stand in lists, in order.
    pub(crate) entries: Vec<Entry>,
}

/// Writes down every order that has changed since `before` was written, and every open one.
pub(crate) fn put_away(
    state: &State,
    before: Option<&Arc<OrderShelf>>,
    writer: &mut PieceWriter,
) -> Result<Shelved, PutAwayError> {
    let orders = state.orders();
    let mut shelved = Shelved::default();
    let mut bytes = Vec::new();
    for id in (1..=orders.len() as u64).map(OrderId) {
        if let Some(slot) = before.and_then(|shelf| shelf.lasting(state, id)) {
            shelved.slots.push(slot);
            continue;
        }
        let Dossier { order, caller } = orders.dossier(id).expect("ids run from 1 to their count");
        codec::encode_dossier(&order, caller.as_ref(), &mut bytes)?;
        let lasts = if order.status.is_open() { Lasts::UntilTheNext } else { Lasts::Long };
        let digest = dossier_digest(&order, caller.as_ref());
        shelved.slots.push(Slot::of(writer.put(&bytes, lasts)?, digest));
        shelved.entries.extend(listing::entries(&order));
    }
    shelved.entries.sort_unstable();
    Ok(shelved)
}

impl OrderShelf {
    /// Where an order lies, if it is as it was and stays there.
    fn lasting(&self, state: &State, id: OrderId) -> Option<Slot> {
        let slot = *self.slots.get(id.0 as usize - 1)?;
        (slot.file > 0 && state.orders().is_as_shelved(id)).then_some(slot)
    }

    /// The least number of a file that lasts.
    pub(crate) fn oldest_file(slots: &[Slot]) -> u32 {
        slots.iter().map(|slot| slot.file).filter(|file| *file > 0).min().unwrap_or(0)
    }
}

/// Why orders could not be written down.
#[derive(Debug, thiserror::Error)]
pub enum PutAwayError {
    /// The disk.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// An order that cannot be encoded.
    #[error(transparent)]
    Codec(#[from] CodecError),
}
