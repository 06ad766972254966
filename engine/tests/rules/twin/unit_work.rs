//! The twin on what a unit may do with an order: sign it, refuse it, ask for time, help, reply.

use hotline_engine::command::Action;
use hotline_engine::handling::{CoReply, Extension, Pause};
use hotline_engine::order::{Mode, Reply, Return, ReturnReason, Stage, Status, TriageReason};
use hotline_engine::time::Timestamp;
use hotline_engine::{Event, Rejection};

use super::staff::Past;
use super::vault::is_of;
use super::{Answer, Ask, Row, Twin, at_most, not_enough_yet, says};

pub(super) fn sign(_: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    row.status = Status::Signed;
    row.times.signed = Some(ask.at);
    Ok(vec![Event::Signed { order: row.id }])
}

/// The first word with the caller counts, and there is one first word.
pub(super) fn contact(_: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let Action::Contact { note, .. } = ask.action else { unreachable!() };
    if row.times.contacted.is_some() {
        return Err(Rejection::AlreadyDone { what: "the caller was contacted" });
    }
    says("note", note)?;
    row.times.contacted = Some(ask.at);
    Ok(vec![Event::Contacted { order: row.id, note: note.clone() }])
}

/// A refusal needs a reason and comes within its limit; whom an arbiter named does not refuse. It may name another unit,
/// but none that has refused. From the second on an arbiter has the order.
pub(super) fn return_order(twin: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let Action::Return { reason, suggested, evidence, .. } = ask.action else { unreachable!() };
    let (at, order, unit) = (ask.at, row.id, row.lead().expect("a unit that acts has it"));
    if row.dispatch.as_ref().is_some_and(|dispatch| dispatch.mode == Mode::Arbitration) {
        return Err(Rejection::FinalOwner { order });
    }
    says("evidence", evidence)?;
    not_enough_yet("returns", &row.returns)?;
    let field = "suggested_unit";
    // Who says that it is not his duty says whose it is.
    if suggested.is_none() && *reason != ReturnReason::NotEnoughFacts {
        return Err(Rejection::Empty { field });
    }
    if let &Some(suggested) = suggested {
        if !twin.duties.is_active(suggested) {
            return Err(Rejection::UnknownUnit { field });
        }
        if suggested == unit {
            return Err(Rejection::AlreadyThere { field });
        }
    }
    if let Some(until) = row.dues[Stage::Return].map(|due| due.current).filter(|due| at > *due) {
        return Err(Rejection::ReturnTooLate { order, until });
    }
    let (reason, suggested, evidence) = (*reason, *suggested, evidence.clone());
    let refusal = Return { at, unit, reason, suggested, evidence };
    row.returns.push(refusal.clone());
    // The first unit was the wrong one; what comes of a rework, or of another order's unit, says nothing about that.
    let was_first = row.first.is_some_and(|first| first.unit == unit);
    row.reassigned |= was_first && row.reworks.is_empty();
    row.leave_unit();
    let disputed = row.returns.len() >= twin.limits.numbers.returns_before_arbitration;
    let reason = if disputed { TriageReason::Arbitration } else { TriageReason::Returned };
    let returned = Event::Returned { order, refusal };
    let mut events = vec![returned, twin.to_triage(row, at, reason)];
    if disputed {
        let arbitration = twin.limits.before_arbiter(0, at);
        row.arbitration = Some(arbitration);
        events.push(Event::Arbitrated { order, arbitration });
    }
    Ok(events)
}

/// One request at a time, one granted in a cycle, of ten working days at most, and before expiry.
pub(super) fn request_extension(twin: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let Action::RequestExtension { working_days, reason, .. } = ask.action else { unreachable!() };
    let (at, order, working_days) = (ask.at, row.id, *working_days);
    says("reason", reason)?;
    not_enough_yet("extensions", &row.extensions)?;
    if row.extension_open {
        return Err(Rejection::AlreadyDone {
            what: "an extension was asked for and is not decided",
        });
    }
    let granted = row.extensions.iter().filter(|extension| {
        let decision = extension.decision.as_ref();
        extension.at >= row.cycle_start() && decision.is_some_and(|decision| decision.granted)
    });
    let numbers = twin.limits.numbers;
    if granted.count() >= numbers.extensions {
        return Err(Rejection::Enough { what: "extensions", max: numbers.extensions });
    }
    let longest = twin.limits.longest_extension(row);
    if !(1..=longest).contains(&working_days) {
        let (field, max) = ("working_days", longest.into());
        return Err(Rejection::OutOfRange { field, max });
    }
    row.before_expiry(at)?;
    twin.limits.not_longer_than_the_limit(row, working_days)?;
    twin.limits.not_behind_the_city(row, working_days)?;
    let extension = Extension { at, working_days, reason: reason.clone(), decision: None };
    row.extensions.push(extension.clone());
    row.extension_open = true;
    Ok(vec![Event::ExtensionRequested { order, extension }])
}

/// Once in a cycle, before expiry, for ten working days at most.
pub(super) fn pause(twin: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let Action::Pause { reason, note, .. } = ask.action else { unreachable!() };
    let (at, order, numbers) = (ask.at, row.id, twin.limits.numbers);
    says("note", note)?;
    let so_far = row.pauses.iter().filter(|pause| pause.from >= row.cycle_start());
    if so_far.count() >= numbers.pauses {
        return Err(Rejection::Enough { what: "pauses", max: numbers.pauses });
    }
    row.before_expiry(at)?;
    twin.limits.stands_still(row)?;
    let end = twin.limits.pause_end(row, at);
    let (until, assumed) = (end.current, end.assumed);
    let pause =
        Pause { from: at, until, assumed, ended: None, reason: *reason, note: note.clone() };
    row.pauses.push(pause.clone());
    row.status = Status::Paused;
    Ok(vec![Event::Paused { order, pause }])
}

pub(super) fn resume(twin: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    Ok(vec![resumed(twin, row, ask.at)])
}

/// The clock goes on. However late somebody notices: a pause is over when it is over.
pub(super) fn resumed(twin: &Twin, row: &mut Row, at: Timestamp) -> Event {
    let pause = row.pauses.last_mut().expect("a paused order has a pause");
    let ended = at.min(pause.until);
    pause.ended = Some(ended);
    let from = pause.from;
    row.status = Status::Signed;
    row.leave_worker(Past::Had);
    let due = row.dues[Stage::Handle];
    let handling = due.map(|due| twin.limits.resumed(row, due, (from, ended)));
    row.move_handling(handling);
    Event::Resumed { order: row.id, handling }
}

/// Each co-unit speaks once; who acts for several speaks for the first that has not.
pub(super) fn co_reply(_: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let Action::CoReply { text, .. } = ask.action else { unreachable!() };
    says("text", text)?;
    let mut own = row.co_units();
    own.retain(|&unit| is_of(ask.actor, unit));
    if own.is_empty() {
        return Err(Rejection::NotCoUnit { order: row.id });
    }
    let unit = own.into_iter().find(|unit| !row.helped.contains(unit));
    let unit = unit.ok_or(Rejection::AlreadyDone { what: "the unit has contributed" })?;
    let reply = CoReply { at: ask.at, unit, text: text.clone() };
    row.helped.push(unit);
    row.co_replies.push(reply.clone());
    Ok(vec![Event::CoReplied { order: row.id, reply }])
}

/// What the caller hears must say something; who left a number is called within a day.
pub(super) fn reply(twin: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let Action::Reply { public_text, internal_text, .. } = ask.action else { unreachable!() };
    says("public_text", public_text)?;
    at_most(20_000, "internal_text", internal_text)?;
    not_enough_yet("replies", &row.replies)?;
    let (at, unit) = (ask.at, row.lead().expect("a unit that acts has it"));
    let (public_text, internal_text) = (public_text.clone(), internal_text.clone());
    let reply = Reply { at, unit, public_text, internal_text };
    row.replied(reply.clone());
    let callback_due = twin.call_due(row, at);
    row.set_due(Stage::Callback, callback_due);
    Ok(vec![Event::Replied { order: row.id, reply, callback_due }])
}
