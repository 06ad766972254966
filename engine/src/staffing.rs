//! Which orders wait for a handler, in which order, which each handler has, and which are with a unit that is no more: kept
//! up with every record, never counted anew but for a new directory. Chooses nobody.

use std::collections::{BTreeMap, BTreeSet};

use crate::directory::{Directory, MatterId, UnitId};
use crate::order::{Order, OrderId, Status};
use crate::staff::HandlerId;
use crate::time::Timestamp;

/// The place of an order among those that wait, as [`Directory::turn_of`] gives it; of equals the older is first.
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
pub(crate) struct Turn {
    calm: u8,
    begin_by: Timestamp,
    pub(crate) order: OrderId,
}

/// Orders that wait in one unit, by matter: whom a matter finds nobody free for, it holds up nobody else.
pub(crate) type Queues = BTreeMap<Option<MatterId>, BTreeSet<Turn>>;

/// What an order is to the handlers of its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It waits for one.
    Waits(UnitId, Option<MatterId>, Turn),
    /// One has it, and it fills a place of his capacity.
    Occupies(HandlerId, OrderId),
    /// Its unit is no more: it waits for another.
    Ownerless(OrderId),
    /// None of these: others must act first, it has ended, or its unit lists no handlers.
    Elsewhere,
}

/// The handlers' side of all open orders.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Hash, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize,
)]
pub(crate) struct Staffing {
    waiting: BTreeMap<UnitId, Queues>,
    held: BTreeMap<HandlerId, BTreeSet<OrderId>>,
    ownerless: BTreeSet<OrderId>,
}

impl Standing {
    /// Of an order as it is. A paused one waits for others and occupies nobody; a reply sets its handler free.
    pub(crate) fn of(directory: &Directory, order: &Order) -> Standing {
        let is_owed = matches!(order.status, Status::Dispatched | Status::Signed | Status::Paused);
        let Some(dispatch) = order.dispatch.as_ref().filter(|_| is_owed) else {
            return Standing::Elsewhere;
        };
        if !directory.is_active(dispatch.lead) {
            return Standing::Ownerless(order.id);
        }
        match order.handler {
            _ if order.status == Status::Paused => Standing::Elsewhere,
            Some(handler) => Standing::Occupies(handler, order.id),
            None if directory.staff().of(dispatch.lead).is_empty() => Standing::Elsewhere,
            None => Standing::Waits(dispatch.lead, order.matter, turn(directory, order)),
        }
    }
}

fn turn(directory: &Directory, order: &Order) -> Turn {
    let (calm, begin_by) = directory.turn_of(order);
    Turn { calm, begin_by, order: order.id }
}

impl Staffing {
    /// Of the open orders, under a directory that has just come into force.
    pub(crate) fn of<'a>(
        directory: &Directory,
        orders: impl Iterator<Item = &'a Order>,
    ) -> Staffing {
        let mut staffing = Staffing::default();
        for order in orders {
            staffing.enter(Standing::of(directory, order));
        }
        staffing
    }

    /// An order that stood `before` stands `now`.
    pub(crate) fn replace(&mut self, before: Standing, now: Standing) {
        if before != now {
            self.leave(before);
            self.enter(now);
        }
    }

    fn enter(&mut self, standing: Standing) {
        match standing {
            Standing::Waits(unit, matter, turn) => {
                let queues = self.waiting.entry(unit).or_default();
                queues.entry(matter).or_default().insert(turn);
            }
            Standing::Occupies(handler, order) => {
                self.held.entry(handler).or_default().insert(order);
            }
            Standing::Ownerless(order) => {
                self.ownerless.insert(order);
            }
            Standing::Elsewhere => {}
        }
    }

    /// What is empty is removed, so that equal states are equal.
    fn leave(&mut self, standing: Standing) {
        match standing {
            Standing::Waits(unit, matter, turn) => {
                let Some(queues) = self.waiting.get_mut(&unit) else { return };
                if queues
                    .get_mut(&matter)
                    .is_some_and(|turns| turns.remove(&turn) && turns.is_empty())
                {
                    queues.remove(&matter);
                }
                if queues.is_empty() {
                    self.waiting.remove(&unit);
                }
            }
            Standing::Occupies(handler, order) => {
                let held = self.held.get_mut(&handler);
                if held.is_some_and(|orders| orders.remove(&order) && orders.is_empty()) {
                    self.held.remove(&handler);
                }
            }
            Standing::Ownerless(order) => {
                self.ownerless.remove(&order);
            }
            Standing::Elsewhere => {}
        }
    }

    /// Units in which orders wait, with what waits there.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (UnitId, &Queues)> {
        self.waiting.iter().map(|(unit, queues)| (*unit, queues))
    }

    /// Handlers who have orders, with what they have.
    pub(crate) fn held(&self) -> impl Iterator<Item = (HandlerId, &BTreeSet<OrderId>)> {
        self.held.iter().map(|(handler, orders)| (*handler, orders))
    }

    /// Orders whose unit is no more, the oldest first.
    pub(crate) fn ownerless(&self) -> impl Iterator<Item = OrderId> {
        self.ownerless.iter().copied()
    }

    /// How many open orders a handler has.
    pub(crate) fn open_count(&self, handler: HandlerId) -> usize {
        self.held.get(&handler).map_or(0, BTreeSet::len)
    }
}
