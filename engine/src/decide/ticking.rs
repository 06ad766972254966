//! Decides on what time alone brings on: dues that pass, rungs of the ladder, pauses and arbitrations that end.

use super::{Case, dispatching, handling, joining, rating};
use crate::actor::Actor;
use crate::directory::UnitId;
use crate::dues::{self, Facts};
use crate::event::Event;
use crate::order::{Alarm, Due, Order, OrderId, Stage, Status, TriageReason};
use crate::rules::Rules;
use crate::state::State;
use crate::time::Timestamp;

/// Alarms that one tick may bring on: the next tick goes on, oldest first.
pub const TICK_EVENTS_MAX: usize = 1_000;

/// What has passed before `at`; and before that what a new notice makes certain, since alarms follow from dues, and what a
/// new list leaves without a unit.
pub(super) fn tick(state: &State, rules: &Rules, at: Timestamp, events: &mut Vec<Event>) {
    let before = events.len();
    events.extend(certain(state, rules));
    if events.len() == before {
        events.append(&mut taken_from_dissolved_units(state, rules, at));
    }
    if events.len() == before {
        let passed = passed(state, at);
        events.extend(
            passed.into_iter().flat_map(|(_, order, alarm)| rung(state, rules, at, order, alarm)),
        );
    }
    let room = TICK_EVENTS_MAX.saturating_sub(events.len() - before);
    events.extend(state.unrated_before(at).take(room).map(|case| rating::by_default(at, case)));
}

/// What is with a unit that is no more goes to a dispatcher, and what is joined to it too. What had passed by then, the ladder's
/// rungs too, is told first. Its clock of handling runs on.
fn taken_from_dissolved_units(state: &State, rules: &Rules, at: Timestamp) -> Vec<Event> {
    let (by, mut events) = (&Actor::system(), Vec::new());
    for order in state.staffing().ownerless().filter_map(|id| state.order(id)) {
        if events.len() >= TICK_EVENTS_MAX {
            break;
        }
        let case = Case { state, rules, at, order, by };
        let resumed = || handling::resumed(state, rules, at, order);
        let mut facts = Vec::from_iter((order.status == Status::Paused).then(resumed));
        let why = TriageReason::UnitDissolved;
        facts.append(&mut dispatching::without_owner(case, order, &Facts::of(order), why));
        events.extend(passed_on(order, at));
        for child in state.followers(order) {
            events.extend(passed_on(child, at));
            facts.push(Event::Followed { order: child.id });
        }
        events.append(&mut facts);
    }
    events
}

fn rung(state: &State, rules: &Rules, at: Timestamp, order: &Order, alarm: Alarm) -> Vec<Event> {
    match alarm {
        Alarm::Due(_) | Alarm::Help(_) | Alarm::Rung(_) => {
            passing(order.id, alarm).into_iter().collect()
        }
        Alarm::PauseEnd => vec![handling::resumed(state, rules, at, order)],
        Alarm::Arbitration => {
            let mut facts = dispatching::rise(rules, state.directory(), at, order);
            let case = Case { state, rules, at, order, by: &Actor::system() };
            facts.append(&mut joining::follow_up(case, &facts));
            facts
        }
    }
}

/// The dues of one order that passed before `at`, oldest first. A rung that nobody was told of in time tells nobody now.
pub(crate) fn late(order: &Order, at: Timestamp) -> Vec<Event> {
    let mut passed = passed_on(order, at);
    passed.retain(|event| matches!(event, Event::DuePassed { .. }));
    passed
}

/// The dues and the rungs of one order that passed before `at`, oldest first.
fn passed_on(order: &Order, at: Timestamp) -> Vec<Event> {
    if order.alarm.is_none_or(|alarm| alarm >= at) {
        return Vec::new();
    }
    let mut passed: Vec<_> = order.alarms().filter(|(due, _)| *due < at).collect();
    passed.sort_unstable();
    passed.into_iter().filter_map(|(_, alarm)| passing(order.id, alarm)).collect()
}

/// What passes by itself, with nothing to be decided.
fn passing(order: OrderId, alarm: Alarm) -> Option<Event> {
    match alarm {
        Alarm::Due(stage) => Some(Event::DuePassed { order, stage, co_unit: None }),
        Alarm::Help(unit) => {
            Some(Event::DuePassed { order, stage: Stage::CoHandle, co_unit: Some(unit) })
        }
        Alarm::Rung(rung) => Some(Event::Escalated { order, rung }),
        Alarm::PauseEnd | Alarm::Arbitration => None,
    }
}

/// What rested on a notice that was not out, computed again now that it is. What comes out as it was, and is assumed still,
/// is passed over: it takes no place from others.
fn certain(state: &State, rules: &Rules) -> Vec<Event> {
    let Some(day) = rules.calendar.certain_until() else { return Vec::new() };
    let again = state.assumed_until(day).filter_map(|(order, what)| {
        let id = order.id;
        match what {
            Alarm::Due(stage) => due_again(state, rules, order, stage),
            Alarm::Help(unit) => help_again(state, rules, order, unit),
            Alarm::PauseEnd => {
                let pause = order.pauses.last()?;
                let (until, assumed) =
                    handling::pause_again(rules, state.directory(), order, pause);
                let news = !assumed || until != pause.until;
                news.then_some(Event::PauseRecomputed { order: id, until, assumed })
            }
            Alarm::Arbitration => {
                let before = order.arbitration?;
                let arbitration = dispatching::rung_again(rules, before);
                let news = arbitration != before;
                news.then_some(Event::ArbitrationRecomputed { order: id, arbitration })
            }
            Alarm::Rung(_) => ladder_again(state, rules, order),
        }
    });
    again.take(TICK_EVENTS_MAX).collect()
}

fn due_again(state: &State, rules: &Rules, order: &Order, stage: Stage) -> Option<Event> {
    let before = order.dues[stage]?;
    // A rule that is gone leaves the due as it is.
    let kept = (Due { assumed: false, ..before }, None);
    let (due, ladder) = dues::again(rules, state.directory(), order, stage).unwrap_or(kept);
    let event = Event::DueRecomputed { order: order.id, stage, due, ladder, co_unit: None };
    (due != before).then_some(event)
}

/// The ladder of a due that is certain, or was made again: its rungs may rest on days that the due does not.
fn ladder_again(state: &State, rules: &Rules, order: &Order) -> Option<Event> {
    let due = order.dues[Stage::Handle].filter(|due| !due.assumed)?;
    let ladder = dues::ladder_again(rules, state.directory(), order, due);
    let (order_id, stage, before) = (order.id, Stage::Handle, order.clocks.ladder);
    let event =
        Event::DueRecomputed { order: order_id, stage, due, ladder: Some(ladder), co_unit: None };
    (ladder != before).then_some(event)
}

fn help_again(state: &State, rules: &Rules, order: &Order, unit: UnitId) -> Option<Event> {
    let before = order.silent().find(|helper| helper.unit == unit)?.due?;
    let kept = Due { assumed: false, ..before };
    let due = dues::help_again(rules, state.directory(), order, unit).unwrap_or(kept);
    let (order, stage, co_unit) = (order.id, Stage::CoHandle, Some(unit));
    let event = Event::DueRecomputed { order, stage, due, ladder: None, co_unit };
    (due != before).then_some(event)
}

/// The alarms that passed before `at`, oldest first; of many the oldest.
fn passed(state: &State, at: Timestamp) -> Vec<(Timestamp, &Order, Alarm)> {
    let woken: Vec<&Order> = state.woken_before(at).take(TICK_EVENTS_MAX).collect();
    // Behind a full measure of orders others may wait: nothing that is younger than they are.
    let youngest = woken.get(TICK_EVENTS_MAX - 1).and_then(|order| order.alarm);
    let until = youngest.map_or(at, |youngest| at.min(Timestamp::of_ms(youngest.ms() + 1)));
    let mut passed = Vec::new();
    for order in woken {
        let alarms = order.alarms().filter(|(due, _)| *due < until);
        passed.extend(alarms.map(|(due, alarm)| (due, order, alarm)));
    }
    passed.sort_unstable_by_key(|(due, order, alarm)| (*due, order.id, *alarm));
    passed.truncate(TICK_EVENTS_MAX);
    passed
}
