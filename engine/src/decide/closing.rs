//! Decides on what the desk does with an order: review, call back, rework, supervision, and the ends other than closing.

use super::dispatching::{Given, given, without_owner};
use super::{Case, Decided, full, parting, room};
use crate::accept::{CONTENT_CHARS_MAX, within};
use crate::actor::Role;
use crate::deadline;
use crate::dues::{self, Facts};
use crate::escalation::Rung;
use crate::event::Event;
use crate::handling::{Answer, EndedCycle, Nudge, Reveal, Review, Rework};
use crate::order::{Callback, Kind, Mode, Order, ReworkReason, Stage, TriageReason};
use crate::rejection::Rejection;
use crate::state::State;
use crate::time::Timestamp;

/// Emergency numbers that an order may be handed to.
const EMERGENCY: [u16; 4] = [110, 119, 120, 122];
/// Callers who were not satisfied before the order goes up instead of back.
const DISSATISFIED_MAX: usize = 2;

/// A reply that does not pass is owed still, by the same due.
pub(super) fn review(case: Case<'_>, passed: bool, note: &str) -> Decided {
    let Case { at, order, by, .. } = case;
    if passed {
        within("note", note, CONTENT_CHARS_MAX)?;
    } else {
        full("note", note)?;
    }
    room("reviews", &order.reviews)?;
    let review = Review { at, by: by.name.clone(), passed, note: note.to_owned() };
    let mut facts = vec![Event::Reviewed { order: order.id, review }];
    facts.extend(parting::on_its_own_with_its_unit(case).filter(|_| !passed));
    Ok(facts)
}

/// The first caller who is not satisfied sends the order back to its unit, where the profile says so; the second brings
/// supervision, and no third silent rework (深圳民意速办: 再不满意的督办).
pub(super) fn call_back(case: Case<'_>, callback: Callback) -> Decided {
    let Case { rules, at, order, .. } = case;
    room("callbacks", &order.callbacks)?;
    if order.judged && matches!(callback, Callback::Reached(_)) {
        return Err(Rejection::AlreadyDone { what: "the caller has judged this reply" });
    }
    let mut facts = vec![Event::CalledBack { order: order.id, callback }];
    let Callback::Reached(verdict) = callback else { return Ok(facts) };
    if verdict.satisfied {
        return Ok(facts);
    }
    let dissatisfied = order.dissatisfied_count() + 1;
    let automatic = rules.profile(at).rework.as_ref().is_some_and(|rule| rule.automatic);
    if dissatisfied >= DISSATISFIED_MAX && order.clocks.has_reached(Rung::Supervision) {
        // One each per order and cycle.
    } else if dissatisfied >= DISSATISFIED_MAX {
        let nudge = Nudge { at, by: "system".to_owned(), note: "两次回访不满意".to_owned() };
        facts.push(Event::Supervised { order: order.id, nudge });
    } else if automatic {
        facts.append(&mut rework(case, ReworkReason::Dissatisfied, "回访不满意")?);
    }
    Ok(facts)
}

/// Ordered by the desk. The second rework for a caller who is not satisfied is watched, also where no call was written down.
pub(super) fn order_rework(case: Case<'_>, reason: ReworkReason, note: &str) -> Decided {
    let Case { at, order, .. } = case;
    let mut facts = rework(case, reason, note)?;
    let is_again = order.reworks.iter().any(|it| it.reason == ReworkReason::Dissatisfied);
    // A call may have brought it in this cycle.
    let has_come = order.clocks.has_reached(Rung::Supervision);
    if reason == ReworkReason::Dissatisfied && is_again && !has_come {
        let nudge =
            Nudge { at, by: "system".to_owned(), note: "再次因不满意重办".to_owned() };
        facts.push(Event::Supervised { order: order.id, nudge });
    }
    Ok(facts)
}

/// A new cycle at the unit that replied, with its own shorter limits. What the desk had answered, and what a unit had that is
/// no more, goes to a dispatcher.
pub(super) fn rework(case: Case<'_>, reason: ReworkReason, note: &str) -> Decided {
    let Case { state, rules, at, order, .. } = case;
    full("note", note)?;
    room("reworks", &order.reworks)?;
    if order.kind == Kind::Praise {
        return Err(Rejection::NotProvided { what: "reworks of praise" });
    }
    if order.is_struck_out() {
        return Err(Rejection::NotProvided { what: "reworks of a grade that was struck out" });
    }
    let directory = state.directory();
    let (handle_due, ladder) = dues::at_rework(rules, directory, order, at);
    let due = order.dues[Stage::Handle].map(|due| due.current);
    let unit = order.dispatch.as_ref().map(|before| before.lead);
    let ended = due.zip(order.times.replied).map(|(due, replied)| {
        // What was late is the lateness of who had it then.
        let unit = if replied <= due { unit } else { order.late_with };
        EndedCycle { due, replied, unit, matter: order.matter }
    });
    let rework = Rework { at, reason, note: note.to_owned(), ended };
    let mut facts = vec![Event::Reworked { order: order.id, rework, handle_due, ladder }];
    let before = order.dispatch.as_ref().filter(|before| directory.is_active(before.lead));
    let Some(before) = before else {
        let why = unit.map_or(TriageReason::Answered, |_| TriageReason::UnitDissolved);
        facts.append(&mut without_owner(case, order, &Facts::of(order).reworked(at), why));
        return Ok(facts);
    };
    // What got the reply to another where it had been by itself is with its own helpers there, and his whom an arbiter named.
    let own = parting::own(order).map(|own| &own.dispatch);
    let is_shared = before.mode == Mode::Joined;
    let before = own.filter(|own| is_shared && own.lead == before.lead).unwrap_or(before);
    let is_final = before.mode == Mode::Arbitration;
    let co_units = before.co_units.iter().map(|helper| helper.unit);
    let may_help = |unit| is_final || !order.has_refused(unit);
    let co_units = co_units.filter(|&unit| directory.is_active(unit) && may_help(unit));
    // Whom an arbiter named stays the final owner: who handles first and argues later does not argue in between.
    let named = is_final || (is_shared && parting::is_named(order, before.lead));
    let mode = if named { Mode::Arbitration } else { Mode::Rework };
    let (lead, matter) = (before.lead, order.matter);
    let (reworked, co_units) = (Facts::of(order).reworked(at), co_units.collect());
    let again = Given { facts: reworked, lead, co_units, matter, mode, handling: handle_due };
    facts.append(&mut given(rules, directory, at, order, again));
    Ok(facts)
}

/// The desk closes what was replied to; what is under supervision, a supervisor alone.
pub(super) fn close(case: Case<'_>) -> Decided {
    let Case { rules, order, by, .. } = case;
    if by.role != Role::Supervisor {
        not_supervised(order)?;
    }
    let replied = order.times.replied.expect("what is closed was replied to");
    let working_minutes = deadline::working_minutes(&rules.calendar, order.times.accepted, replied);
    Ok(vec![Event::Closed { order: order.id, working_minutes }])
}

/// Whoever is watched does not end what is watched.
pub(super) fn not_supervised(order: &Order) -> Result<(), Rejection> {
    if order.is_supervised() {
        return Err(Rejection::UnderSupervision { order: order.id });
    }
    Ok(())
}

/// The desk answers by itself, from an article or from what it knows.
pub(super) fn answer(case: Case<'_>, answer: &Answer) -> Decided {
    check_answer(case.state, case.at, answer, ["text", "article"])?;
    not_supervised(case.order)?;
    Ok(vec![Event::Answered { order: case.order.id, answer: answer.clone() }])
}

/// Refuses an answer that says nothing, by the `field` in which it would, or that rests on an article that there is not or that
/// is not in force.
pub(crate) fn check_answer(
    state: &State,
    at: Timestamp,
    answer: &Answer,
    [text, article]: [&'static str; 2],
) -> Result<(), Rejection> {
    full(text, &answer.text)?;
    let Some(id) = &answer.article else { return Ok(()) };
    match state.articles().get(id) {
        None => Err(Rejection::NoSuchArticle { field: article }),
        Some(known) if !known.is_in_force(at.day()) => {
            Err(Rejection::ArticleNotInForce { field: article })
        }
        Some(_) => Ok(()),
    }
}

/// The caller, or somebody for him, asks the unit to hurry.
pub(super) fn remind(case: Case<'_>, note: &str) -> Decided {
    room("reminders", &case.order.reminders)?;
    Ok(vec![Event::Reminded { order: case.order.id, nudge: nudge(case, note)? }])
}

/// By a person's word, once a cycle, as the ladder does it: a second one would count the order twice.
pub(super) fn supervise(case: Case<'_>, note: &str) -> Decided {
    if case.order.clocks.has_reached(Rung::Supervision) {
        return Err(Rejection::AlreadyDone {
            what: "the order is under supervision in this cycle",
        });
    }
    room("supervisions", &case.order.supervisions)?;
    Ok(vec![Event::Supervised { order: case.order.id, nudge: nudge(case, note)? }])
}

fn nudge(case: Case<'_>, note: &str) -> Result<Nudge, Rejection> {
    full("note", note)?;
    Ok(Nudge { at: case.at, by: case.by.name.clone(), note: note.to_owned() })
}

/// What the caller takes back is over; what is under supervision, by a supervisor's word alone.
pub(super) fn withdraw(case: Case<'_>, note: &str) -> Decided {
    if case.by.role != Role::Supervisor {
        not_supervised(case.order)?;
    }
    full("note", note)?;
    Ok(vec![Event::Withdrawn { order: case.order.id, note: note.to_owned() }])
}

/// No danger waits for a supervisor; what was late by then stays counted as late.
pub(super) fn transfer(case: Case<'_>, number: u16) -> Decided {
    if !EMERGENCY.contains(&number) {
        return Err(Rejection::NoEmergency { field: "number" });
    }
    Ok(vec![Event::Transferred { order: case.order.id, number }])
}

/// A look into the vault. The rights are `authorise`'s; here the purpose is asked for.
pub(super) fn reveal(case: Case<'_>, purpose: &str) -> Decided {
    full("purpose", purpose)?;
    room("reveals", &case.order.reveals)?;
    if case.state.caller(case.order.id).is_none() {
        return Err(Rejection::NothingOpen { what: "caller" });
    }
    let (by, purpose) = (case.by.name.clone(), purpose.to_owned());
    Ok(vec![Event::Revealed { order: case.order.id, reveal: Reveal { at: case.at, by, purpose } }])
}
