//! Decides where an order goes that is joined to another no more: to its own unit as it was, to the unit of the other, or to a
//! dispatcher.
//!
//! Undone, a joining has given nobody time: what was to be done by then is late. Where the other ends, or the shared reply does
//! not pass, the order goes on: what its unit did about the other it has done about this one too (decision 16).

use std::cmp::Reverse;

use super::Case;
use super::dispatching::{Given, given, without_owner};
use super::joining::{is_below, moved, parted};
use crate::directory::UnitId;
use crate::dues::{self, Facts};
use crate::event::Event;
use crate::handling::{Held, Owner};
use crate::order::{CoUnit, Dispatch, Due, Dues, Mode, Order, OrderId, Stage, TriageReason};
use crate::time::Timestamp;

/// By somebody's word: with the unit that had it, or waiting for what it waited for by the same due.
pub(super) fn undone(case: Case<'_>, order: &Order) -> Vec<Event> {
    let given_back = own(order).and_then(|own| given_back(case, order, own));
    given_back.map_or_else(|| waits_on(case, order), |held| vec![back(order, held)])
}

/// A joined order that does not follow the other is on its own again.
pub(super) fn alone(case: Case<'_>, child: &Order, from: OrderId, why: &str) -> Vec<Event> {
    let note = why.to_owned();
    let mut facts = vec![Event::Unmerged { order: child.id, note }, parted(from, child.id)];
    let given_back = own(child).and_then(|own| given_back(case, child, own));
    facts.extend(given_back.map_or_else(|| waits(case, child), |held| vec![back(child, held)]));
    facts
}

/// The order is over, and those of others are not: the most urgent of them, of those the oldest, is handled for the rest, where
/// this one was.
pub(super) fn inherited(case: Case<'_>) -> Vec<Event> {
    let Case { state, order, .. } = case;
    let most = state.followers(order).min_by_key(|child| (Reverse(child.urgency), child.id));
    let Some(heir) = most else { return Vec::new() };
    let rest: Vec<&Order> = state.followers(order).filter(|child| child.id != heir.id).collect();
    let note = "原主单已结束".to_owned();
    let mut facts = vec![Event::Unmerged { order: heir.id, note }, parted(order.id, heir.id)];
    let gets = inherits(case, heir);
    let lead = gets.iter().find_map(|fact| match fact {
        Event::Dispatched { dispatch, .. } => Some(dispatch.lead),
        Event::GivenBack { held, .. } => Some(held.dispatch.lead),
        _ => None,
    });
    facts.extend(gets);
    facts.extend(moved(case, &rest, heir.id, lead));
    facts
}

/// An arbiter's word binds whom he named for those that were joined by then, and so for the one that is handled for them, and for
/// an order that had it by itself. With the unit that had it by itself it goes on as it was there.
fn inherits(case: Case<'_>, heir: &Order) -> Vec<Event> {
    let is_bound = |unit| case.state.followers(case.order).any(|child| is_named(child, unit));
    let here = case.order.owner().map(|it| Owner { is_final: is_bound(it.unit), ..it });
    let is_there = |own: &Held| here.is_some_and(|here| own.dispatch.lead == here.unit);
    let held = match own(heir) {
        Some(own) if is_there(own) => {
            goes_on(case, heir, own, (case.order, is_bound(own.dispatch.lead)))
        }
        Some(own) if own.owner().is_final => given_back(case, heir, own),
        _ => return in_its_place(case, heir, here),
    };
    held.map_or_else(|| waits(case, heir), |held| vec![back(heir, held)])
}

/// An order that got the reply to another, where that does not pass for it alone: the unit has it as its own from now on, with its
/// own limit to refuse it, or none where it has it by an arbiter's word. Where the unit had had it by itself nothing begins anew:
/// that it replied is a signature, and a word with the caller.
pub(super) fn on_its_own_with_its_unit(case: Case<'_>) -> Option<Event> {
    let Case { state, at, order, .. } = case;
    let before = order.dispatch.as_ref().filter(|before| before.mode == Mode::Joined)?;
    let leading = order.merge.as_ref().and_then(|merge| state.order(merge.into));
    let own = own(order).filter(|own| own.dispatch.lead == before.lead);
    let named = is_named(order, before.lead);
    let goes_on = |(own, leading)| goes_on(case, order, own, (leading, named));
    if let Some(mut held) = own.zip(leading).and_then(goes_on) {
        if held.signed.is_none() {
            (held.signed, held.dues[Stage::Sign]) = (Some(at), None);
        }
        held.running.retain(|stage| *stage == Stage::CoHandle);
        return Some(back(order, held));
    }
    let mode = if named { Mode::Arbitration } else { Mode::Triage };
    let facts = Facts::of(order).at(before.lead, order.matter);
    let given = (&[][..], order.dues[Stage::Handle]);
    let (made, _) = dues::at_dispatch(case.rules, state.directory(), &facts, given, at);
    let mut dues = Dues::default();
    dues[Stage::Return] = made[Stage::Return].filter(|_| !named);
    let running = dues[Stage::Return].map(|_| Stage::Return).into_iter().collect();
    let dispatch = Dispatch { at, mode, ..before.clone() };
    let (signed, contacted) = (Some(at), order.times.contacted);
    Some(back(order, Held { dispatch, signed, contacted, dues, running }))
}

/// How a unit had it by itself.
pub(super) fn own(order: &Order) -> Option<&Held> {
    order.merge.as_ref().and_then(|merge| merge.before.as_ref())
}

/// Whether a unit has a joined order by the word of an arbiter: he named it for this one too, or it had refused it before and was
/// named for the other.
pub(super) fn is_named(order: &Order, unit: UnitId) -> bool {
    let named = order.unjoined.as_ref().and_then(|unjoined| unjoined.named);
    named == Some(unit) || order.has_refused(unit)
}

fn back(order: &Order, held: Held) -> Event {
    Event::GivenBack { order: order.id, held: Box::new(held) }
}

/// Whether a unit may have an order that is on its own again. Whom an arbiter has named stays the final owner.
fn may_have(case: Case<'_>, order: &Order, owner: Owner) -> bool {
    let may = case.state.directory().is_active(owner.unit) && !is_below(case, order, owner.unit);
    may && (owner.is_final || !order.has_refused(owner.unit))
}

/// As the unit had it, with the helpers that there still are; none where it may not have it any more.
fn given_back(case: Case<'_>, order: &Order, own: &Held) -> Option<Held> {
    if !may_have(case, order, own.owner()) {
        return None;
    }
    let (directory, is_final) = (case.state.directory(), own.owner().is_final);
    let mut held = own.clone();
    let may_help = |unit| directory.is_active(unit) && (is_final || !order.has_refused(unit));
    held.dispatch.co_units.retain(|helper| may_help(helper.unit));
    Some(with_help(order, held))
}

/// The clock of help runs as long as a helper owes it.
fn with_help(order: &Order, mut held: Held) -> Held {
    let (co_units, since) = (&held.dispatch.co_units, held.dispatch.at);
    if !co_units.iter().any(|helper| owes_help(order, helper, since)) {
        held.running.retain(|stage| *stage != Stage::CoHandle);
    }
    held.dues[Stage::CoHandle] = CoUnit::last_due(co_units);
    held
}

/// Whether a helper of a unit that has an order since then owes it a word, and is not late with it.
fn owes_help(order: &Order, helper: &CoUnit, since: Timestamp) -> bool {
    helper.due.is_some() && !helper.late && !order.has_helped(helper.unit, since)
}

/// The same where the unit has had the order that was handled: who signed for that one, spoke with its caller or helped with it
/// has done so for this one, and owes it no more; nor does whoever's limit for it ended meanwhile, when he could not.
fn goes_on(
    case: Case<'_>,
    order: &Order,
    own: &Held,
    (leading, is_bound): (&Order, bool),
) -> Option<Held> {
    let mut held = given_back(case, order, own)?;
    let joined = order.merge.as_ref()?.at;
    let done = [
        (Stage::Sign, &mut held.signed, leading.times.signed),
        (Stage::Contact, &mut held.contacted, leading.times.contacted),
    ];
    for (stage, own, other) in done {
        let runs = held.running.contains(&stage);
        let is_over = runs && held.dues[stage].is_some_and(|due| due.current < case.at);
        if own.is_none() && (other.is_some() || is_over) {
            *own = other.map(|then| then.max(joined));
            held.dues[stage] = None;
            held.running.retain(|running| *running != stage);
        }
    }
    let (co_units, since) = (&mut held.dispatch.co_units, held.dispatch.at);
    for helper in co_units.iter_mut().filter(|it| owes_help(order, it, since)) {
        let lasts = |due: &Due| due.current >= case.at;
        helper.due = helper.due.filter(lasts).filter(|_| !leading.has_helped(helper.unit, joined));
    }
    if is_bound {
        held.dispatch.mode = Mode::Arbitration;
        held.dues[Stage::Return] = None;
        held.running.retain(|stage| *stage != Stage::Return);
    }
    Some(with_help(order, held))
}

/// Gives an order that is joined no more to the units that had the one that was handled for it, or to a dispatcher.
fn in_its_place(case: Case<'_>, order: &Order, owner: Option<Owner>) -> Vec<Event> {
    let Case { state, rules, at, order: ended, .. } = case;
    let Some(owner) = owner.filter(|it| may_have(case, order, *it)) else {
        return waits(case, order);
    };
    let directory = state.directory();
    let helps = |&unit: &UnitId| directory.is_active(unit) && !order.has_refused(unit);
    let co_units = ended.co_units().iter().map(|helper| helper.unit).filter(helps).collect();
    let mode = if owner.is_final { Mode::Arbitration } else { Mode::Triage };
    let (lead, matter) = (owner.unit, order.matter);
    let (facts, handling) = (Facts::of(order), order.dues[Stage::Handle]);
    given(rules, directory, at, order, Given { facts, lead, co_units, matter, mode, handling })
}

/// Before a dispatcher or an arbiter: what a unit has had, by itself or with the other, by a new due.
fn waits(case: Case<'_>, order: &Order) -> Vec<Event> {
    match order.dispatch {
        Some(_) => without_owner(case, order, &Facts::of(order), TriageReason::Unmerged),
        None => waits_on(case, order),
    }
}

/// The same, but what waited when it was joined waits for the same, by the same due.
fn waits_on(case: Case<'_>, order: &Order) -> Vec<Event> {
    let mut facts = without_owner(case, order, &Facts::of(order), TriageReason::Unmerged);
    if own(order).is_some() {
        return facts;
    }
    let rung = order.unjoined.as_ref().and_then(|unjoined| unjoined.arbitration);
    for fact in &mut facts {
        match fact {
            Event::SentToTriage { dispatch_due, .. } => *dispatch_due = None,
            Event::Arbitrated { arbitration, .. } => *arbitration = rung.unwrap_or(*arbitration),
            _ => {}
        }
    }
    facts
}
