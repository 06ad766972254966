//! Decides on new orders: bounds, repeated requests, the handling due, and who gets it.

use crate::command::Acceptance;
use crate::deadline::{self, Subject};
use crate::directory::Directory;
use crate::event::Event;
use crate::order::{
    Candidate, Confidence, Dispatch, Due, Kind, Mode, NUMBERS_PER_SECOND, OrderId, Stage,
    TriageReason, Urgency,
};
use crate::rejection::Rejection;
use crate::routing::{self, Choice, Question};
use crate::rules::Rules;
use crate::state::State;
use crate::text::is_blank;
use crate::time::Timestamp;

/// A title longer than this is a story in the wrong field.
pub const TITLE_CHARS_MAX: usize = 200;
/// Five pages: longer than any message seen, short enough to read out.
pub const CONTENT_CHARS_MAX: usize = 20_000;
/// Names, numbers, places and tags.
pub const SHORT_CHARS_MAX: usize = 200;
/// Tags on one order.
pub const TAGS_MAX: usize = 20;
/// Candidates the classifier may hand in.
pub const CANDIDATES_MAX: usize = 5;
/// Orders that dense ids and snapshots are made for: three years of the largest city.
pub const ORDERS_MAX: u64 = 100_000_000;

pub(crate) fn accept(
    state: &State,
    rules: &Rules,
    at: Timestamp,
    acceptance: &Acceptance,
    events: &mut Vec<Event>,
) -> Result<(), Rejection> {
    if let Some(key) = acceptance.idempotency
        && let Some(used) = state.used_key(key, at)
    {
        // The same request again: it has been answered, nothing new happens.
        return if used.body == key.body { Ok(()) } else { Err(Rejection::KeyReused) };
    }
    check(state.directory(), acceptance)?;
    let order = OrderId(state.orders().len() as u64 + 1);
    if order.0 > ORDERS_MAX {
        return Err(Rejection::Full { what: "orders", max: ORDERS_MAX });
    }
    let handle_due = handle_due(rules, at, acceptance);
    let mut stored = acceptance.clone();
    let caller = stored.caller.take();
    events.push(Event::Accepted {
        order,
        number: at.order_stamp() * NUMBERS_PER_SECOND + order.0 % NUMBERS_PER_SECOND,
        acceptance: Box::new(stored),
        handle_due,
    });
    events.extend(caller.map(|caller| Event::CallerRecorded { order, caller }));
    match choose(state.directory(), rules, at, acceptance) {
        Ok(choice) => {
            let directory_version = state.directory().version;
            let sign_due = sign_due(rules, at, acceptance.kind, acceptance.urgency);
            events.push(dispatched(at, order, choice, directory_version, sign_due));
            if acceptance.kind == Kind::Praise {
                events.push(Event::PraisePassedOn { order });
            }
        }
        Err(reason) => events.push(Event::SentToTriage { order, reason }),
    }
    Ok(())
}

/// Who would get this order, at the confidence that the district wants; or why a dispatcher must decide.
///
/// Also the answer to a call-taker who is still typing.
pub fn choose(
    directory: &Directory,
    rules: &Rules,
    at: Timestamp,
    acceptance: &Acceptance,
) -> Result<Choice, TriageReason> {
    let given =
        acceptance.matter.map(|matter| [Candidate { matter, confidence: Confidence::CERTAIN }]);
    let candidates = match &given {
        Some(given) => given.as_slice(),
        None => &acceptance.classification.candidates,
    };
    let region = acceptance.region;
    let choice =
        routing::route(directory, Question { candidates, region, returns: &[], on: at.day() })?;
    if choice.confidence < rules.confidence_min {
        return Err(TriageReason::LowConfidence);
    }
    Ok(choice)
}

/// When the unit must have replied: never after the upstream due of an order that was passed down.
pub fn handle_due(rules: &Rules, at: Timestamp, acceptance: &Acceptance) -> Option<Due> {
    let Acceptance { kind, urgency, ref upstream, .. } = *acceptance;
    let subject = Subject { stage: Stage::Handle, kind, urgency, from: at };
    let own = deadline::due(rules.profile(at), &rules.calendar, subject)?;
    match upstream.as_ref().and_then(|upstream| upstream.due) {
        Some(outer) if outer < own.current => {
            Some(Due { original: outer, current: outer, assumed: false })
        }
        Some(_) | None => Some(own),
    }
}

/// When the unit must have signed, if it gets the order at `at`.
pub fn sign_due(rules: &Rules, at: Timestamp, kind: Kind, urgency: Urgency) -> Option<Due> {
    let subject = Subject { stage: Stage::Sign, kind, urgency, from: at };
    deadline::due(rules.profile(at), &rules.calendar, subject)
}

fn dispatched(
    at: Timestamp,
    order: OrderId,
    choice: Choice,
    directory_version: u32,
    sign_due: Option<Due>,
) -> Event {
    let dispatch = Dispatch {
        at,
        lead: choice.lead,
        co_units: choice.co_units,
        mode: Mode::Auto,
        confidence: choice.confidence,
        row: Some(choice.row),
        directory_version,
    };
    let matter = Some(choice.matter);
    Event::Dispatched { order, matter, dispatch, sign_due, withdrawn_from: None }
}

fn check(directory: &Directory, acceptance: &Acceptance) -> Result<(), Rejection> {
    if is_blank(&acceptance.content) {
        return Err(Rejection::Empty { field: "content" });
    }
    let caller = acceptance.caller.as_ref();
    let texts = [
        ("title", Some(&acceptance.title), TITLE_CHARS_MAX),
        ("content", Some(&acceptance.content), CONTENT_CHARS_MAX),
        ("place", acceptance.place.as_ref(), SHORT_CHARS_MAX),
        ("upstream.number", acceptance.upstream.as_ref().map(|it| &it.number), SHORT_CHARS_MAX),
        ("caller.name", caller.map(|caller| &caller.name), SHORT_CHARS_MAX),
        ("caller.phone", caller.map(|caller| &caller.phone), SHORT_CHARS_MAX),
    ];
    for (field, text, max) in texts {
        within(field, text.map_or("", String::as_str), max)?;
    }
    if acceptance.tags.len() > TAGS_MAX {
        return Err(Rejection::TooLong { field: "tags", max: TAGS_MAX });
    }
    for tag in &acceptance.tags {
        if is_blank(tag) {
            return Err(Rejection::Empty { field: "tags" });
        }
        within("tags", tag, SHORT_CHARS_MAX)?;
    }
    if acceptance.classification.candidates.len() > CANDIDATES_MAX {
        return Err(Rejection::TooLong { field: "classification", max: CANDIDATES_MAX });
    }
    let candidates = acceptance.classification.candidates.iter().map(|candidate| candidate.matter);
    if !acceptance.matter.into_iter().chain(candidates).all(|matter| directory.knows_matter(matter))
    {
        return Err(Rejection::UnknownMatter { field: "matter" });
    }
    let is_region = |region| directory.is_active(region) && directory.is_grassroots(region);
    if !acceptance.region.is_none_or(is_region) {
        return Err(Rejection::UnknownUnit { field: "region" });
    }
    Ok(())
}

/// Refuses a text of more than `max` characters.
pub(crate) fn within(field: &'static str, text: &str, max: usize) -> Result<(), Rejection> {
    // Bytes bound characters from above, so most texts are not counted.
    if text.len() > max && text.chars().count() > max {
        return Err(Rejection::TooLong { field, max });
    }
    Ok(())
}
