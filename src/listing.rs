//! In which lists an order stands, and where: open orders by what is due first, those that have ended by which is newest.

use hotline_engine::directory::UnitId;
use hotline_engine::order::{Due, Order, OrderId, Stage, Status};
use hotline_engine::staff::HandlerId;
use hotline_engine::time::Timestamp;

/// Sorts after every due: orders without one come last of those that are open.
pub(crate) const NEVER: Timestamp = Timestamp::of_ms(i64::MAX - 1);
/// Sorts behind all that are open.
const ENDED: Timestamp = Timestamp::of_ms(i64::MAX);

/// A place in a list.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Position {
    /// When the order is due in this list.
    pub due: Timestamp,
    /// Which order; of those that have ended, how far it is from the last one there can be.
    pub order: OrderId,
}

impl Position {
    /// Before all orders.
    pub(crate) const FIRST: Position =
        Position { due: Timestamp::of_ms(i64::MIN), order: OrderId(0) };

    /// Of an order that has ended: behind all that are open, the newest first.
    pub(crate) fn ended(order: OrderId) -> Position {
        Position { due: ENDED, order: OrderId(u64::MAX - order.0) }
    }

    /// The order that has ended and stands here; none among those that are open.
    pub(crate) fn as_ended(self) -> Option<OrderId> {
        (self.due == ENDED).then(|| OrderId(u64::MAX - self.order.0))
    }

    /// Of an order in the lists that have all of a kind.
    pub(crate) fn of(order: &Order) -> Position {
        match order.status.is_open() {
            true => Position { due: instant(order.dues[Stage::Handle]), order: order.id },
            false => Position::ended(order.id),
        }
    }
}

/// A list of open orders.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub(crate) enum List {
    All,
    Status(Status),
    /// Every order the unit leads or helps with.
    Unit(UnitId),
    /// Of these, what waits for the unit: by what it must do next, or, where it helps, by when it must have helped.
    Inbox(UnitId),
    /// Of these, what one of its handlers has.
    Handler(HandlerId),
}

/// An order's place in a list of open ones.
pub(crate) type Entry = (List, Position);

/// Every entry of an order; none once it has ended.
pub(crate) fn entries(order: &Order) -> Vec<Entry> {
    if !order.status.is_open() {
        return Vec::new();
    }
    let handle = Position::of(order);
    // Orders that are handled as one are due together, when the first of them is.
    let reply = order.first_due().unwrap_or(NEVER);
    let mut entries = vec![(List::All, handle), (List::Status(order.status), handle)];
    let Some(dispatch) = &order.dispatch else { return entries };
    let waits = match order.status {
        Status::Dispatched | Status::Signed => Some(next(order, reply)),
        Status::Paused => Some(reply),
        Status::Triage
        | Status::Replied
        | Status::Closed
        | Status::Withdrawn
        | Status::Transferred
        | Status::Merged
        | Status::Repeat => None,
    };
    entries.extend(dispatch.units().map(|unit| (List::Unit(unit), handle)));
    let inbox = |unit, due| (List::Inbox(unit), Position { due, order: order.id });
    entries.extend(waits.map(|due| inbox(dispatch.lead, due)));
    // Who helps has it until he has said his word, however it stands with the lead.
    let helps = dispatch.co_units.iter().filter(|helper| helper.unit != dispatch.lead);
    let is_own = order.status != Status::Merged;
    let owed = helps.filter(|it| is_own && !order.has_helped(it.unit, dispatch.at));
    entries.extend(owed.map(|it| inbox(it.unit, it.due.map_or(handle.due, |due| due.current))));
    let own = order.handler.map(List::Handler).zip(waits);
    entries.extend(own.map(|(list, due)| (list, Position { due, order: order.id })));
    entries
}

/// When the unit must have done the next thing with it: signed, called, replied. An urgent order stands by its call.
fn next(order: &Order, reply: Timestamp) -> Timestamp {
    let times = &order.times;
    let open = [
        (instant(order.dues[Stage::Sign]), times.signed),
        (instant(order.dues[Stage::Contact]), times.contacted),
        (reply, times.replied),
    ];
    open.into_iter().filter(|(_, done)| done.is_none()).map(|(due, _)| due).min().unwrap_or(NEVER)
}

fn instant(due: Option<Due>) -> Timestamp {
    due.map_or(NEVER, |due| due.current)
}
