//! Decides on new orders: bounds, repeated requests, the handling due, and who gets it.

use crate::command::Acceptance;
use crate::directory::Directory;
use crate::dues::{self, Facts};
use crate::event::Event;
use crate::order::{
    Candidate, Confidence, Dispatch, Dues, Kind, Mode, NUMBERS_PER_SECOND, OrderId, TriageReason,
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
    let directory = state.directory();
    let choice = choose(directory, rules, at, acceptance);
    let facts = facts(acceptance, choice.as_ref().ok());
    let (dues, ladder) = dues::at_acceptance(rules, directory, &facts, at);
    let mut stored = acceptance.clone();
    let caller = stored.caller.take();
    events.push(Event::Accepted {
        order,
        number: at.order_stamp() * NUMBERS_PER_SECOND + order.0 % NUMBERS_PER_SECOND,
        acceptance: Box::new(stored),
        dues,
        ladder,
    });
    events.extend(caller.map(|caller| Event::CallerRecorded { order, caller }));
    match choice {
        Ok(choice) => {
            let dues = dues::at_dispatch(rules, directory, &facts, at);
            let dues = dues.without_help_if(choice.co_units.is_empty());
            events.push(dispatched(at, order, choice, directory.version, dues));
            if acceptance.kind == Kind::Praise {
                events.push(Event::PraisePassedOn { order });
            }
        }
        Err(reason) => events.push(Event::SentToTriage { order, reason, dispatch_due: None }),
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

/// What the dues of an acceptance depend on, with what was chosen for it.
pub fn facts<'a>(acceptance: &'a Acceptance, choice: Option<&Choice>) -> Facts<'a> {
    let matter = choice.map(|choice| choice.matter).or(acceptance.matter);
    Facts::coming(acceptance, matter, choice.map(|choice| choice.lead))
}

fn dispatched(
    at: Timestamp,
    order: OrderId,
    choice: Choice,
    directory_version: u32,
    dues: Dues,
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
    Event::Dispatched { order, matter, dispatch, dues, withdrawn_from: None }
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
