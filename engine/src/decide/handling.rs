//! Decides on what the unit does with an order that it has: contact, extension, pause, help and reply.

use super::{Case, Decided, full, lead_of, room};
use crate::accept::{CONTENT_CHARS_MAX, within};
use crate::conduct::PauseRule;
use crate::deadline;
use crate::directory::Directory;
use crate::dues;
use crate::duplicates::caller_number;
use crate::event::Event;
use crate::handling::{CoReply, Decision, Extension, Pause};
use crate::limit::Limit;
use crate::order::{Due, Order, PauseReason, Reply, Stage, Status};
use crate::rejection::Rejection;
use crate::rules::Rules;
use crate::state::State;
use crate::time::Timestamp;

pub(super) fn contact(case: Case<'_>, note: &str) -> Decided {
    if case.order.times.contacted.is_some() {
        return Err(Rejection::AlreadyDone { what: "the caller was contacted" });
    }
    full("note", note)?;
    Ok(vec![Event::Contacted { order: case.order.id, note: note.to_owned() }])
}

/// Asked before expiry, with a reason, within what the profile allows; one request at a time.
pub(super) fn request_extension(case: Case<'_>, working_days: u16, reason: &str) -> Decided {
    let Case { state, rules, at, order, .. } = case;
    let rule = rules.profile(order.cycle_start()).extension.as_ref();
    let rule = rule.ok_or(Rejection::NotProvided { what: "extensions" })?;
    full("reason", reason)?;
    room("extensions", &order.extensions)?;
    if order.open_extension().is_some() {
        return Err(Rejection::AlreadyDone {
            what: "an extension was asked for and is not decided",
        });
    }
    let granted = order.extensions.iter().filter(|extension| {
        let decision = extension.decision.as_ref();
        extension.at >= order.cycle_start() && decision.is_some_and(|decision| decision.granted)
    });
    if granted.count() >= usize::from(rule.times) {
        return Err(Rejection::Enough { what: "extensions", max: rule.times.into() });
    }
    let limit = rule.within_limit.then(|| dues::limit_of_cycle(rules, state.directory(), order));
    let max = rule.working_days.min(limit.flatten().and_then(Limit::days).unwrap_or(u16::MAX));
    if working_days == 0 || working_days > max {
        let (field, max) = ("working_days", max.into());
        return Err(Rejection::OutOfRange { field, max });
    }
    before_expiry(order, at)?;
    within_limit(case, working_days)?;
    before_the_city(case, working_days)?;
    let extension = Extension { at, working_days, reason: reason.to_owned(), decision: None };
    Ok(vec![Event::ExtensionRequested { order: order.id, extension }])
}

/// Decided before expiry by somebody else than the unit: a due that has passed has passed.
pub(super) fn decide_extension(case: Case<'_>, granted: bool, note: &str) -> Decided {
    let Case { state, rules, at, order, by } = case;
    within("note", note, CONTENT_CHARS_MAX)?;
    let extension = order.open_extension().ok_or(Rejection::NothingOpen { what: "extension" })?;
    let handling = if granted {
        before_expiry(order, at)?;
        within_limit(case, extension.working_days)?;
        before_the_city(case, extension.working_days)?;
        dues::extended(rules, state.directory(), order, extension.working_days)
    } else {
        full("note", note)?;
        None
    };
    let decision = Decision { at, by: by.name.clone(), granted, note: note.to_owned() };
    Ok(vec![Event::ExtensionDecided { order: order.id, decision, handling }])
}

/// Before expiry, for a reason that the list knows, within what the profile allows; it ends by itself.
pub(super) fn pause(case: Case<'_>, reason: PauseReason, note: &str) -> Decided {
    let Case { state, rules, at, order, .. } = case;
    let profile = rules.profile(order.cycle_start());
    let rule = profile.pause.as_ref().ok_or(Rejection::NotProvided { what: "pauses" })?;
    full("note", note)?;
    let so_far = order.pauses.iter().filter(|pause| pause.from >= order.cycle_start()).count();
    if so_far >= usize::from(rule.times) {
        return Err(Rejection::Enough { what: "pauses", max: rule.times.into() });
    }
    before_expiry(order, at)?;
    let inner = dues::inner_due(profile, &rules.calendar, order).map(|inner| inner.current);
    let due = order.dues[Stage::Handle].map(|due| due.current);
    if let Some(until) = inner.filter(|inner| due.is_some_and(|due| due >= *inner)) {
        return Err(Rejection::BehindUpstream { order: order.id, until });
    }
    let (until, assumed) = pause_end(rules, state.directory(), order, rule, at);
    let pause = Pause { from: at, until, assumed, ended: None, reason, note: note.to_owned() };
    Ok(vec![Event::Paused { order: order.id, pause }])
}

/// When a pause ends by itself, by the notices that are known now. A rule that is gone leaves it as it is.
pub(super) fn pause_again(
    rules: &Rules,
    directory: &Directory,
    order: &Order,
    pause: &Pause,
) -> (Timestamp, bool) {
    let Some(rule) = &rules.profile(order.cycle_start()).pause else { return (pause.until, false) };
    pause_end(rules, directory, order, rule, pause.from)
}

/// After the days that the rule allows, or after as long as the limit is, where that ends first and the rule says so; and after
/// as long as its due may still move before the city's, since that does not.
fn pause_end(
    rules: &Rules,
    directory: &Directory,
    order: &Order,
    rule: &PauseRule,
    from: Timestamp,
) -> (Timestamp, bool) {
    let profile = rules.profile(order.cycle_start());
    let end = deadline::working_days(profile, &rules.calendar, from, rule.working_days);
    let limit = rule.within_limit.then(|| dues::limit_from(rules, directory, order, from));
    let city = dues::pause_before_the_city(rules, directory, order, from);
    let by_city = city.is_some_and(|city| city.assumed);
    let ends = [limit.flatten(), city].into_iter().flatten();
    let first = ends.fold(end, |first, end| deadline::earlier(&rules.calendar, first, end));
    (first.current.max(from), first.assumed || by_city)
}

/// The clock goes on, with as much of the limit left as there was when it stopped.
pub(super) fn resumed(state: &State, rules: &Rules, at: Timestamp, order: &Order) -> Event {
    let handling = dues::resumed(rules, state.directory(), order, at);
    Event::Resumed { order: order.id, handling }
}

/// Of each co-unit once; the unit that speaks is the one the actor acts for.
pub(super) fn co_reply(case: Case<'_>, text: &str) -> Decided {
    let Case { at, order, by, .. } = case;
    full("text", text)?;
    let since = order.times.dispatched.unwrap_or(order.times.accepted);
    let spoke = |unit| order.has_helped(unit, since);
    let units = order.co_units().iter().map(|helper| helper.unit);
    let mut own = units.filter(|&unit| by.acts_for(unit)).peekable();
    if own.peek().is_none() {
        return Err(Rejection::NotCoUnit { order: order.id });
    }
    let unit = own.find(|&unit| !spoke(unit));
    let unit = unit.ok_or(Rejection::AlreadyDone { what: "the unit has contributed" })?;
    let reply = CoReply { at, unit, text: text.to_owned() };
    Ok(vec![Event::CoReplied { order: order.id, reply }])
}

/// When the caller must have been called back about a reply of now. Who left no number is owed no call.
pub(super) fn call_due(state: &State, rules: &Rules, order: &Order, at: Timestamp) -> Option<Due> {
    state.caller(order.id).and_then(caller_number)?;
    dues::at_reply(rules, state.directory(), order, at)
}

/// The public text and what stays inside are apart.
pub(super) fn reply(case: Case<'_>, public_text: &str, internal_text: &str) -> Decided {
    let Case { state, rules, at, order, .. } = case;
    full("public_text", public_text)?;
    within("internal_text", internal_text, CONTENT_CHARS_MAX)?;
    room("replies", &order.replies)?;
    let reply = Reply {
        at,
        unit: lead_of(order),
        public_text: public_text.to_owned(),
        internal_text: internal_text.to_owned(),
    };
    let callback_due = call_due(state, rules, order, at);
    Ok(vec![Event::Replied { order: order.id, reply, callback_due }])
}

/// While the clock stands still it cannot run out.
fn before_expiry(order: &Order, at: Timestamp) -> Result<(), Rejection> {
    match order.dues[Stage::Handle].map(|due| due.current) {
        Some(due) if at > due && order.status != Status::Paused => {
            Err(Rejection::AfterDue { order: order.id, due })
        }
        Some(_) | None => Ok(()),
    }
}

/// A unit gets no more time than the limit was, where the rules say so: working days over a holiday are longer than hours.
fn within_limit(case: Case<'_>, working_days: u16) -> Result<(), Rejection> {
    let Case { state, rules, order, .. } = case;
    let rule = rules.profile(order.cycle_start()).extension.as_ref();
    if rule.is_none_or(|rule| !rule.within_limit) {
        return Ok(());
    }
    match dues::longest_extension(rules, state.directory(), order, working_days) {
        Some(until) => Err(Rejection::LongerThanLimit { order: order.id, until }),
        None => Ok(()),
    }
}

/// What the city passed down is due there too: more time inside is the city's to give first.
fn before_the_city(case: Case<'_>, working_days: u16) -> Result<(), Rejection> {
    let Case { state, rules, order, .. } = case;
    let bound = |due| dues::bound_of_extension(rules, state.directory(), order, due, working_days);
    match order.dues[Stage::Handle].and_then(bound) {
        Some(until) => Err(Rejection::BehindUpstream { order: order.id, until }),
        None => Ok(()),
    }
}
