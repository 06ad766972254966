//! Commands in, events out. Reads the state, never writes it.

use crate::accept::{self, CONTENT_CHARS_MAX, TITLE_CHARS_MAX, within};
use crate::actor::{Actor, authorise};
use crate::article::Article;
use crate::command::{Action, Command};
use crate::directory::{Directory, MatterId, UnitId};
use crate::dues::{self, Facts};
use crate::event::Event;
use crate::order::{
    Alarm, Confidence, Dispatch, Due, Kind, Mode, Order, OrderId, Reply, Return, Stage, Status,
    TriageReason,
};
use crate::rejection::Rejection;
use crate::routing;
use crate::rules::Rules;
use crate::state::State;
use crate::time::Timestamp;

/// Dues that one tick may let pass: the next tick goes on, oldest first.
pub const TICK_EVENTS_MAX: usize = 1_000;
/// Units that may help with one order.
pub const CO_UNITS_MAX: usize = 20;
/// Articles one hotline may hold: as many as the knowledge base is made for.
pub const ARTICLES_MAX: u64 = 100_000;
/// An article's id is a short word; the knowledge base holds it in 128 bytes.
pub const ARTICLE_ID_CHARS_MAX: usize = 32;

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
        return decide_on(state, rules, at, order, command, events);
    }
    match &command.action {
        Action::Accept(acceptance) => accept::accept(state, rules, at, acceptance, events),
        Action::PutArticle(article) => put_article(state, article, events),
        Action::RemoveArticle { id } => remove_article(state, id, events),
        Action::AdoptDirectory(draft) => {
            draft.check()?;
            draft.check_room(state.directory())?;
            events.push(Event::DirectoryAdopted(draft.clone()));
            Ok(())
        }
        Action::Tick => {
            tick(state, rules, at, events);
            Ok(())
        }
        Action::Dispatch { .. }
        | Action::Sign { .. }
        | Action::Return { .. }
        | Action::Reply { .. }
        | Action::CallBack { .. }
        | Action::Close { .. } => unreachable!("an action with an order is decided above"),
    }
}

/// What time alone brings on, and before that what a new notice makes certain.
fn tick(state: &State, rules: &Rules, at: Timestamp, events: &mut Vec<Event>) {
    let (directory, before) = (state.directory(), events.len());
    if let Some(day) = rules.calendar.certain_until() {
        let certain = state.assumed_until(day).take(TICK_EVENTS_MAX);
        events.extend(certain.filter_map(|(order, stage)| {
            let again = dues::again(rules, directory, order, stage);
            // A rule that is gone leaves the due as it is.
            let kept = || order.dues[stage].map(|due| (Due { assumed: false, ..due }, None));
            let (due, ladder) = again.or_else(kept).filter(|(due, _)| !due.assumed)?;
            Some(Event::DueRecomputed { order: order.id, stage, due, ladder })
        }));
    }
    if events.len() > before {
        // The alarms follow from the dues: first these.
        return;
    }
    events.extend(passed(state, at).into_iter().map(|(_, order, alarm)| match alarm {
        Alarm::Due(stage) => Event::DuePassed { order, stage },
        Alarm::Rung(rung) => Event::Escalated { order, rung },
    }));
}

/// The alarms that passed before `at`, oldest first; of many the oldest.
fn passed(state: &State, at: Timestamp) -> Vec<(Timestamp, OrderId, Alarm)> {
    let woken: Vec<&Order> = state.woken_before(at).take(TICK_EVENTS_MAX).collect();
    // Behind a full measure of orders others may wait: nothing that is younger than they are.
    let youngest = woken.get(TICK_EVENTS_MAX - 1).and_then(|order| order.alarm);
    let until = youngest.map_or(at, |youngest| at.min(Timestamp(youngest.0 + 1)));
    let of = |order: &&Order| {
        let id = order.id;
        let passed = order.alarms().filter(move |(due, _)| *due < until);
        passed.map(move |(due, alarm)| (due, id, alarm)).collect::<Vec<_>>()
    };
    let mut passed: Vec<_> = woken.iter().flat_map(of).collect();
    passed.sort_unstable();
    passed.truncate(TICK_EVENTS_MAX);
    passed
}

fn decide_on(
    state: &State,
    rules: &Rules,
    at: Timestamp,
    order: &Order,
    command: &Command,
    events: &mut Vec<Event>,
) -> Result<(), Rejection> {
    let id = order.id;
    match &command.action {
        Action::Dispatch { lead, co_units, matter, .. } => {
            let wanted = Wanted { lead: *lead, co_units, matter: matter.or(order.matter) };
            dispatch(state.directory(), rules, at, order, wanted, events)
        }
        Action::Sign { .. } => {
            stands(order, &[Status::Dispatched], "signed")?;
            events.push(Event::Signed { order: id });
            Ok(())
        }
        Action::Return { reason, suggested, evidence, .. } => {
            stands(order, &[Status::Dispatched, Status::Signed], "returned")?;
            let unit = lead_of(order);
            let refusal = Return {
                at,
                unit,
                reason: *reason,
                suggested: *suggested,
                evidence: evidence.clone(),
            };
            return_order(state.directory(), rules, order, refusal, events)
        }
        Action::Reply { public_text, internal_text, .. } => {
            stands(order, &[Status::Signed], "replied to")?;
            full("public_text", public_text)?;
            within("internal_text", internal_text, CONTENT_CHARS_MAX)?;
            let reply = Reply {
                at,
                unit: lead_of(order),
                public_text: public_text.clone(),
                internal_text: internal_text.clone(),
            };
            let callback_due = dues::at_reply(rules, state.directory(), order, at);
            events.push(Event::Replied { order: id, reply, callback_due });
            Ok(())
        }
        Action::CallBack { callback, .. } => {
            stands(order, &[Status::Replied], "called back")?;
            events.push(Event::CalledBack { order: id, callback: *callback });
            Ok(())
        }
        Action::Close { .. } => {
            stands(order, &[Status::Replied], "closed")?;
            events.push(Event::Closed { order: id });
            Ok(())
        }
        Action::Accept(_)
        | Action::PutArticle(_)
        | Action::RemoveArticle { .. }
        | Action::AdoptDirectory(_)
        | Action::Tick => unreachable!("an action without an order is decided above"),
    }
}

/// What a dispatcher wants.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    lead: UnitId,
    co_units: &'a [UnitId],
    matter: Option<MatterId>,
}

fn dispatch(
    directory: &Directory,
    rules: &Rules,
    at: Timestamp,
    order: &Order,
    wanted: Wanted<'_>,
    events: &mut Vec<Event>,
) -> Result<(), Rejection> {
    stands(order, &[Status::Triage, Status::Dispatched], "dispatched")?;
    let Wanted { lead, co_units, matter } = wanted;
    if !directory.is_active(lead) {
        return Err(Rejection::UnknownUnit { field: "lead" });
    }
    if order.has_refused(lead) {
        return Err(Rejection::Refuser { field: "lead" });
    }
    if order.dispatch.as_ref().is_some_and(|dispatch| dispatch.lead == lead) {
        return Err(Rejection::AlreadyThere { field: "lead" });
    }
    if co_units.len() > CO_UNITS_MAX {
        return Err(Rejection::TooLong { field: "co_units", max: CO_UNITS_MAX });
    }
    let mut helpers = Vec::new();
    for &unit in co_units.iter().filter(|&&unit| unit != lead) {
        if !directory.is_active(unit) {
            return Err(Rejection::UnknownUnit { field: "co_units" });
        }
        if !helpers.contains(&unit) {
            helpers.push(unit);
        }
    }
    if matter.is_some_and(|matter| !directory.knows_matter(matter)) {
        return Err(Rejection::UnknownMatter { field: "matter" });
    }
    if directory.is_grassroots(lead) {
        // A matter that only departments may hold never goes there (国办函〔2025〕66号, art. 5): it must be known which it is.
        let matter = matter.ok_or(Rejection::Empty { field: "matter" })?;
        if routing::is_functional(directory, matter, order.region, at.day()) {
            return Err(Rejection::FunctionalToGrassroots);
        }
    }
    let dispatch = Dispatch {
        at,
        lead,
        co_units: helpers,
        mode: Mode::Triage,
        confidence: Confidence::CERTAIN,
        row: None,
        directory_version: directory.version,
    };
    let dues = dues::at_dispatch(rules, directory, &Facts::of(order).at(lead, matter), at);
    let withdrawn_from = order.dispatch.as_ref().map(|before| before.lead);
    events.push(Event::Dispatched { order: order.id, matter, dispatch, dues, withdrawn_from });
    if order.kind == Kind::Praise {
        events.push(Event::PraisePassedOn { order: order.id });
    }
    Ok(())
}

fn return_order(
    directory: &Directory,
    rules: &Rules,
    order: &Order,
    refusal: Return,
    events: &mut Vec<Event>,
) -> Result<(), Rejection> {
    full("evidence", &refusal.evidence)?;
    if let Some(suggested) = refusal.suggested {
        if !directory.is_active(suggested) {
            return Err(Rejection::UnknownUnit { field: "suggested_unit" });
        }
        if suggested == refusal.unit || order.has_refused(suggested) {
            return Err(Rejection::Refuser { field: "suggested_unit" });
        }
    }
    if let Some(until) = order.dues[Stage::Return].map(|due| due.current)
        && refusal.at > until
    {
        return Err(Rejection::ReturnTooLate { order: order.id, until });
    }
    let dispatch_due = dues::at_return(rules, directory, order, refusal.at);
    let (order, reason) = (order.id, TriageReason::Returned);
    events.push(Event::Returned { order, refusal });
    events.push(Event::SentToTriage { order, reason, dispatch_due });
    Ok(())
}

fn stands(order: &Order, wanted: &[Status], action: &'static str) -> Result<(), Rejection> {
    if wanted.contains(&order.status) {
        return Ok(());
    }
    Err(Rejection::WrongStatus { order: order.id, status: order.status, action })
}

fn lead_of(order: &Order) -> UnitId {
    order.dispatch.as_ref().expect("an order outside triage has an owner").lead
}

fn full(field: &'static str, text: &str) -> Result<(), Rejection> {
    if text.trim().is_empty() {
        return Err(Rejection::Empty { field });
    }
    within(field, text, CONTENT_CHARS_MAX)
}

fn put_article(state: &State, article: &Article, events: &mut Vec<Event>) -> Result<(), Rejection> {
    for (field, text) in [("id", &article.id), ("title", &article.title)] {
        if text.trim().is_empty() {
            return Err(Rejection::Empty { field });
        }
    }
    within("id", &article.id, ARTICLE_ID_CHARS_MAX)?;
    within("title", &article.title, TITLE_CHARS_MAX)?;
    full("body", &article.body)?;
    if !article.is_forwards() {
        return Err(Rejection::ValidityBackwards);
    }
    let known = |matter: &String| state.directory().matter_id(matter).is_some();
    if !article.matter.as_ref().is_none_or(known) {
        return Err(Rejection::UnknownMatter { field: "matter" });
    }
    let known = |unit: &String| state.directory().unit_id(unit).is_some();
    if !article.unit.as_ref().is_none_or(known) {
        return Err(Rejection::UnknownUnit { field: "unit" });
    }
    let is_new = !state.articles().contains_key(&article.id);
    if is_new && state.articles().len() as u64 >= ARTICLES_MAX {
        return Err(Rejection::Full { what: "articles", max: ARTICLES_MAX });
    }
    events.push(Event::ArticlePut(article.clone()));
    Ok(())
}

fn remove_article(state: &State, id: &str, events: &mut Vec<Event>) -> Result<(), Rejection> {
    if !state.articles().contains_key(id) {
        return Err(Rejection::UnknownArticle { id: id.to_owned() });
    }
    events.push(Event::ArticleRemoved { id: id.to_owned() });
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
) -> Result<Option<crate::event::Record>, Rejection> {
    let mut events = Vec::new();
    decide(state, rules, at, command, &mut events)?;
    if events.is_empty() {
        return Ok(None);
    }
    let actor: Actor = command.actor.clone();
    let record = crate::event::Record { at, actor, events };
    state.apply(&record);
    Ok(Some(record))
}
