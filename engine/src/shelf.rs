//! Orders that were put aside (归档): where a state finds those that nobody has asked for since they were written down. Knows
//! no files: what keeps them is given.

use std::fmt::Debug;

use crate::digest::Digest;
use crate::order::{Caller, Order, OrderId};

/// An order and the citizen behind it: what is put aside, and taken down again, as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dossier {
    /// The order.
    pub order: Order,
    /// Who is behind it, if anybody said.
    pub caller: Option<Caller>,
}

/// Every order of a hotline as it stood after one record.
pub trait Shelf: Debug + Send + Sync {
    /// After how many records.
    fn records_count(&self) -> u64;

    /// How many orders: those with the ids from 1 to this.
    fn orders_count(&self) -> usize;

    /// What [`dossier_digest`](crate::digest::dossier_digest) gives for an order that is on it.
    fn digest(&self, id: OrderId) -> Digest;

    /// An order that is on it.
    ///
    /// # Panics
    /// When it cannot be read, or is not the one that its digest names: nothing that is decided without it could be right.
    fn take_down(&self, id: OrderId) -> Dossier;
}
