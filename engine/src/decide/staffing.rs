//! Decides which handler of its unit has an order: at every tick for those that wait, at once where somebody says so or an
//! order comes back to the one who had it.

use std::collections::BTreeMap;

use super::{Case, Decided, lead_of};
use crate::directory::{Directory, MatterId, UnitId};
use crate::event::Event;
use crate::order::Order;
use crate::rejection::Rejection;
use crate::staff::{Handler, HandlerId, PastHandler};
use crate::staffing::Queues;
use crate::state::State;
use crate::time::Timestamp;

/// Orders that one tick gives or takes: the next tick goes on at once, so nobody waits behind a long list.
pub const ASSIGNMENTS_MAX: usize = 1_000;

/// Takes orders from handlers who have left, and gives what waits to whoever is free; in a unit that one has left at the next
/// tick, since what he had waits only then.
pub(super) fn hand_out(state: &State, at: Timestamp, events: &mut Vec<Event>) {
    let staff = state.directory().staff();
    let left = state.staffing().held().filter(|(id, _)| !staff.handler(*id).active);
    let left: Vec<_> = left.map(|(id, orders)| (staff.handler(id).unit, orders)).collect();
    let orders = left.iter().flat_map(|(_, orders)| *orders);
    let mut facts: Vec<Event> =
        orders.take(ASSIGNMENTS_MAX).map(|&order| Event::Unassigned { order }).collect();
    for (unit, queues) in state.staffing().waiting() {
        if facts.len() >= ASSIGNMENTS_MAX {
            break;
        }
        if left.iter().any(|(of, _)| *of == unit) {
            continue;
        }
        hand_out_in(state, at, unit, queues, &mut facts);
    }
    events.append(&mut facts);
}

/// In one unit: always what presses most of all that somebody free can handle.
fn hand_out_in(
    state: &State,
    at: Timestamp,
    unit: UnitId,
    queues: &Queues,
    facts: &mut Vec<Event>,
) {
    let mut free = Free::in_unit(state, at, unit);
    if free.handlers.is_empty() {
        return;
    }
    let mut heads = BTreeMap::new();
    for (matter, turns) in queues.iter().filter(|(matter, _)| free.any_for(**matter)) {
        let mut turns = turns.iter();
        heads.extend(turns.next().map(|first| (first, (*matter, turns))));
    }
    while facts.len() < ASSIGNMENTS_MAX
        && let Some((turn, (matter, mut behind))) = heads.pop_first()
    {
        let order = state.order(turn.order).expect("what waits is an order");
        // Nobody left for this matter: none of what waits behind it finds anybody either.
        let Some(handler) = free.take_for(matter, order) else { continue };
        facts.push(Event::Assigned { order: order.id, handler });
        heads.extend(behind.next().map(|next| (next, (matter, behind))));
    }
}

/// The handlers of a unit who can take an order, by account, with how many more.
struct Free<'a> {
    directory: &'a Directory,
    handlers: Vec<(HandlerId, &'a Handler, usize)>,
}

impl<'a> Free<'a> {
    fn in_unit(state: &'a State, at: Timestamp, unit: UnitId) -> Free<'a> {
        let directory = state.directory();
        let room = |&id: &HandlerId| {
            let handler = directory.staff().handler(id);
            let room = room(state, id, handler);
            (room > 0 && handler.is_present(at.day())).then_some((id, handler, room))
        };
        let handlers = directory.staff().of(unit).iter().filter_map(room).collect();
        Free { directory, handlers }
    }

    fn any_for(&self, matter: Option<MatterId>) -> bool {
        self.handlers.iter().any(|(_, handler, _)| self.directory.has_skill(handler, matter))
    }

    /// Who gets the order, and has room for one less: whoever had it before; else the one with the most room, of those the
    /// one with the fewest skills, of those the first by account; and last the one it was taken from.
    fn take_for(&mut self, matter: Option<MatterId>, order: &Order) -> Option<HandlerId> {
        let directory = self.directory;
        let rank = |id| match order.past_handler {
            Some(PastHandler::Had(past)) if past == id => 0,
            Some(PastHandler::TakenFrom(past)) if past == id => 2,
            _ => 1,
        };
        let fitting = self
            .handlers
            .iter_mut()
            .filter(|(_, handler, room)| *room > 0 && directory.has_skill(handler, matter));
        // Of equals the first counts, and they stand by account.
        let best = fitting
            .min_by_key(|(id, handler, room)| (rank(*id), usize::MAX - *room, handler.breadth))?;
        best.2 -= 1;
        Some(best.0)
    }
}

/// How many more orders a handler can have.
fn room(state: &State, id: HandlerId, handler: &Handler) -> usize {
    usize::from(handler.capacity).saturating_sub(state.staffing().open_count(id))
}

/// An order that is worked on again after a pause, a review or a rework goes to the one who had it, if he is there and
/// free. If not, it waits like others, and asks for him first.
pub(super) fn back_to_handler(case: Case<'_>, facts: &[Event]) -> Option<Event> {
    let Case { state, at, order, .. } = case;
    let comes_back = |fact: &Event| match fact {
        Event::Resumed { .. } | Event::Reworked { .. } => true,
        Event::Reviewed { review, .. } => !review.passed,
        _ => false,
    };
    let mut own = facts.iter().filter(|fact| fact.order() == Some(order.id));
    let had = order.handler.filter(|_| own.any(comes_back))?;
    may_have(state, at, order, had).ok()?;
    Some(Event::Assigned { order: order.id, handler: had })
}

/// By somebody of the unit, or by the desk: to a handler, or to nobody for now.
pub(super) fn assign(case: Case<'_>, account: Option<&str>) -> Decided {
    let Case { state, at, order, .. } = case;
    let Some(account) = account else {
        order.handler.ok_or(Rejection::NothingOpen { what: "handler" })?;
        return Ok(vec![Event::Unassigned { order: order.id }]);
    };
    let staff = state.directory().staff();
    let unknown = Rejection::UnknownHandler { field: "handler" };
    let handler = staff.find(lead_of(order), account).ok_or(unknown)?;
    if order.handler == Some(handler) {
        return Err(Rejection::AlreadyHis { field: "handler" });
    }
    may_have(state, at, order, handler)?;
    Ok(vec![Event::Assigned { order: order.id, handler }])
}

/// Refuses a handler who has left, is away, lacks the skill, or has as many orders as he can.
fn may_have(state: &State, at: Timestamp, order: &Order, id: HandlerId) -> Result<(), Rejection> {
    let (directory, field) = (state.directory(), "handler");
    let handler = directory.staff().handler(id);
    if !handler.active || handler.unit != lead_of(order) {
        return Err(Rejection::UnknownHandler { field });
    }
    if !handler.is_present(at.day()) {
        return Err(Rejection::HandlerAbsent { field });
    }
    if !directory.has_skill(handler, order.matter) {
        return Err(Rejection::HandlerUnskilled { field });
    }
    if room(state, id, handler) == 0 {
        return Err(Rejection::HandlerFull { field, capacity: handler.capacity });
    }
    Ok(())
}
