//! Commands in, events out. Reads the state, never writes it.

mod articles;
mod closing;
mod dispatching;
mod handling;
mod joining;
mod parting;
mod rating;
mod staffing;
mod ticking;

use crate::accept;
use crate::actor::{Actor, authorise};
use crate::command::{Action, Command};
use crate::directory::UnitId;
use crate::event::{Event, Record};
use crate::figures::Calls;
use crate::order::{Caller, Order};
use crate::rejection::Rejection;
use crate::rules::Rules;
use crate::state::State;
use crate::text::is_blank;
use crate::time::{Day, Timestamp};
use crate::transitions;

pub use articles::{ARTICLE_ID_CHARS_MAX, ARTICLES_EVER_MAX, ARTICLES_MAX, article_faults};
pub(crate) use closing::check_answer;
pub use dispatching::CO_UNITS_MAX;
pub use joining::MERGED_MAX;
pub(crate) use joining::{again, said};
pub use rating::SERVICES_MAX;
pub use staffing::ASSIGNMENTS_MAX;
pub use ticking::TICK_EVENTS_MAX;
pub(crate) use ticking::late;

/// Calls back, reminders and the like on one order: more is somebody's mistake.
pub const FACTS_MAX: usize = 100;
/// How many days ago calls may have been that are counted now: ten years, for who brings his figures along.
pub const CALLS_DAYS_BACK_MAX: i32 = 3_660;

/// Decides what follows from `command` at time `at`; appends facts to `events`, or refuses and leaves `events` as it was.
///
/// A repeated request (same idempotency key, same body) is granted and causes nothing.
///
/// # Errors
/// The rejection names the field or the fact that stands against the command.
pub fn decide(
    state: &State,
    rules: &Rules,
    at: Timestamp,
    command: &Command,
    events: &mut Vec<Event>,
) -> Result<(), Rejection> {
    authorise(state, &command.actor, &command.action)?;
    if let Some(id) = command.action.order() {
        let order = state.order(id).ok_or(Rejection::UnknownOrder { order: id })?;
        if command.seen.is_some_and(|seen| seen != order.version) {
            return Err(Rejection::Stale { order: id, current: order.version });
        }
        transitions::check(order, command.action.name())?;
        let case = Case { state, rules, at, order, by: &command.actor };
        return decide_on(case, &command.action, events);
    }
    match &command.action {
        Action::Accept(acceptance) => {
            accept::accept(state, rules, at, &command.actor.name, acceptance, events)
        }
        Action::ReportService(report) => rating::report(state, rules, at, report, events),
        Action::CountCalls { day, calls } => count_calls(at, *day, *calls, events),
        Action::PutArticle(_)
        | Action::RemoveArticle { .. }
        | Action::DraftArticle(_)
        | Action::BackArticle { .. }
        | Action::ReviewArticle { .. }
        | Action::PublishArticle { .. }
        | Action::ExpireArticle { .. }
        | Action::RateArticle { .. } => articles::decide(state, at, command, events),
        Action::AdoptDirectory(draft) => {
            draft.check()?;
            draft.check_room(state.directory())?;
            events.push(Event::DirectoryAdopted(draft.clone()));
            Ok(())
        }
        Action::Tick => {
            ticking::tick(state, rules, at, events);
            staffing::hand_out(state, at, events);
            Ok(())
        }
        _ => unreachable!("an action with an order is decided above"),
    }
}

/// One order at one moment, and who asks.
#[derive(Clone, Copy)]
struct Case<'a> {
    state: &'a State,
    rules: &'a Rules,
    at: Timestamp,
    order: &'a Order,
    by: &'a Actor,
}

/// Who called about an order, and about those that are handled with it; under each name that somebody gave.
fn callers<'a>(state: &'a State, order: &'a Order) -> Vec<&'a Caller> {
    let leading = order.merge.as_ref().and_then(|merge| state.order(merge.into));
    let orders = std::iter::once(order).chain(leading);
    let with_joined = orders.flat_map(|order| {
        std::iter::once(order)
            .chain(order.merged.iter().filter_map(|joined| state.order(joined.order)))
    });
    let ids = with_joined
        .flat_map(|order| std::iter::once(order.id).chain(order.repeats.iter().copied()));
    ids.filter_map(|id| state.caller(id)).collect()
}

/// What a caller says about his older order, as its unit may read it: without the names that others gave there.
pub(crate) fn unnamed(state: &State, order: &Order, text: &str) -> String {
    let mut text = text.to_owned();
    callers(state, order).into_iter().for_each(|caller| caller.hide_in(&mut text));
    text
}

/// What an action gives: facts, or the reason why not.
type Decided = Result<Vec<Event>, Rejection>;

fn decide_on(case: Case<'_>, action: &Action, events: &mut Vec<Event>) -> Result<(), Rejection> {
    let action = action.naming_none(|| callers(case.state, case.order));
    let facts = match &*action {
        Action::Dispatch { lead, co_units, matter, .. } => {
            dispatching::dispatch(case, *lead, co_units, *matter)
        }
        Action::Return { reason, suggested, evidence, .. } => {
            dispatching::return_order(case, *reason, *suggested, evidence)
        }
        Action::Sign { .. } => Ok(vec![Event::Signed { order: case.order.id }]),
        Action::Contact { note, .. } => handling::contact(case, note),
        Action::RequestExtension { working_days, reason, .. } => {
            handling::request_extension(case, *working_days, reason)
        }
        Action::DecideExtension { granted, note, .. } => {
            handling::decide_extension(case, *granted, note)
        }
        Action::Pause { reason, note, .. } => handling::pause(case, *reason, note),
        Action::Resume { .. } => {
            Ok(vec![handling::resumed(case.state, case.rules, case.at, case.order)])
        }
        Action::CoReply { text, .. } => handling::co_reply(case, text),
        Action::Reply { public_text, internal_text, .. } => {
            handling::reply(case, public_text, internal_text)
        }
        Action::Review { passed, note, .. } => closing::review(case, *passed, note),
        Action::CallBack { callback, .. } => closing::call_back(case, *callback),
        Action::Rework { reason, note, .. } => closing::order_rework(case, *reason, note),
        Action::Close { .. } => closing::close(case),
        Action::Merge { into, .. } => joining::merge(case, *into),
        Action::Unmerge { note, .. } => joining::unmerge(case, note),
        Action::Answer { answer, .. } => closing::answer(case, answer),
        Action::Appeal { reason, .. } => rating::appeal(case, reason),
        Action::DecideAppeal { upheld, note, .. } => rating::decide_appeal(case, *upheld, note),
        Action::Remind { note, .. } => closing::remind(case, note),
        Action::Supervise { note, .. } => closing::supervise(case, note),
        Action::Withdraw { note, .. } => closing::withdraw(case, note),
        Action::Transfer { number, .. } => closing::transfer(case, *number),
        Action::Reveal { purpose, .. } => closing::reveal(case, purpose),
        Action::Assign { handler, .. } => staffing::assign(case, handler.as_deref()),
        Action::Accept(_)
        | Action::ReportService(_)
        | Action::CountCalls { .. }
        | Action::PutArticle(_)
        | Action::RemoveArticle { .. }
        | Action::DraftArticle(_)
        | Action::BackArticle { .. }
        | Action::ReviewArticle { .. }
        | Action::PublishArticle { .. }
        | Action::ExpireArticle { .. }
        | Action::RateArticle { .. }
        | Action::AdoptDirectory(_)
        | Action::Tick => unreachable!("an action without an order is decided above"),
    };
    let mut facts = facts?;
    facts.extend(staffing::back_to_handler(case, &facts));
    facts.append(&mut joining::follow_up(case, &facts));
    outrun_no_due(case, &facts, events);
    match events.is_empty() {
        // Facts are large: these stay where they are.
        true => *events = facts,
        false => events.append(&mut facts),
    }
    Ok(())
}

/// What has passed since the last tick on the orders that the facts are about comes first: nobody outruns a due.
fn outrun_no_due(case: Case<'_>, facts: &[Event], events: &mut Vec<Event>) {
    for (at, id) in facts.iter().enumerate().filter_map(|(at, fact)| Some((at, fact.order()?))) {
        if facts[..at].iter().all(|earlier| earlier.order() != Some(id)) {
            events
                .extend(case.state.order(id).into_iter().flat_map(|it| ticking::late(it, case.at)));
        }
    }
}

/// What the telephone platform counted: parts of a whole, on a day that has begun.
fn count_calls(
    at: Timestamp,
    day: Day,
    calls: Calls,
    events: &mut Vec<Event>,
) -> Result<(), Rejection> {
    if day > at.day() {
        return Err(Rejection::InFuture { field: "day" });
    }
    if day.0 < at.day().0 - CALLS_DAYS_BACK_MAX {
        return Err(Rejection::LongAgo { field: "day", days_max: CALLS_DAYS_BACK_MAX });
    }
    let parts = [
        ("answered", calls.answered, "offered", calls.offered),
        ("in_30s", calls.in_30s, "answered", calls.answered),
        ("in_15s", calls.in_15s, "in_30s", calls.in_30s),
    ];
    if let Some((field, _, whole, _)) = parts.into_iter().find(|(_, part, _, all)| part > all) {
        return Err(Rejection::MoreThan { field, whole });
    }
    events.push(Event::CallsCounted { day, calls });
    Ok(())
}

/// The unit that has the order: whoever handles one acts for it.
fn lead_of(order: &Order) -> UnitId {
    order.dispatch.as_ref().expect("an order outside triage has an owner").lead
}

/// Refuses a text that says nothing or more than can be meant.
fn full(field: &'static str, text: &str) -> Result<(), Rejection> {
    if is_blank(text) {
        return Err(Rejection::Empty { field });
    }
    accept::within(field, text, accept::CONTENT_CHARS_MAX)
}

/// Refuses one more of what an order has enough of.
fn room<T>(what: &'static str, so_far: &[T]) -> Result<(), Rejection> {
    if so_far.len() >= FACTS_MAX {
        return Err(Rejection::Enough { what, max: FACTS_MAX });
    }
    Ok(())
}

/// Runs one command to its record and applies it: what the writer does, without the disk.
///
/// # Errors
/// As [`decide`].
pub fn step(
    state: &mut State,
    rules: &Rules,
    at: Timestamp,
    command: &Command,
) -> Result<Option<Record>, Rejection> {
    let mut events = Vec::new();
    decide(state, rules, at, command, &mut events)?;
    if events.is_empty() {
        return Ok(None);
    }
    let record = Record { at, actor: command.actor.clone(), events };
    state.apply(&record);
    Ok(Some(record))
}
