//! Decides on new orders: bounds, repeated requests, the handling due, and who gets it.

use crate::actor::{guards, is_guarded};
use crate::command::Acceptance;
use crate::decide::{FACTS_MAX, again, check_answer, late, said, unnamed};
use crate::directory::{Directory, MatterId, UnitId};
use crate::dues::{self, Facts};
use crate::duplicates::{self, DuplicateRule};
use crate::escalation::Ladder;
use crate::event::Event;
use crate::handling::{Merge, Similar};
use crate::order::{
    Candidate, Confidence, Dispatch, Due, Dues, Kind, Mode, NUMBERS_PER_SECOND, Order, OrderId,
    Stage, Status, TriageReason,
};
use crate::precedents::Precedents;
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

/// Accepts a contact as an order, or answers a repeated request with nothing new.
pub(crate) fn accept(
    state: &State,
    rules: &Rules,
    at: Timestamp,
    by: &str,
    acceptance: &Acceptance,
    events: &mut Vec<Event>,
) -> Result<(), Rejection> {
    if let Some(key) = acceptance.idempotency
        && let Some(used) = state.used_key(key, at)
    {
        // The same request again: it has been answered, nothing new happens.
        return if used.body == key.body { Ok(()) } else { Err(Rejection::KeyReused) };
    }
    if is_known_above(state, acceptance)? {
        return Ok(());
    }
    check(state.directory(), acceptance)?;
    let coming = Coming { state, rules, at, acceptance, order: next_order(state)? };
    let rule = rules.profile(at).duplicates.as_ref();
    let rule = rule.filter(|_| acceptance.kind != Kind::Praise);
    let similar = rule.map_or(Vec::new(), |rule| duplicates::similar(state, rule, at, acceptance));
    if let Some(answer) = &acceptance.answer {
        check_answer(state, at, answer, ["answer.text", "answer.article"])?;
        let (order, answer) = (coming.order, answer.clone());
        coming.begin(None, None, similar, events);
        events.push(Event::Answered { order, answer });
        return Ok(());
    }
    let standing = rule.and_then(|rule| repeated(state, rule, acceptance, &similar));
    if let Some(standing) = standing {
        coming.repeat(by, standing, similar, events);
        return Ok(());
    }
    match choose(state.directory(), state.precedents(), rules, at, acceptance) {
        Ok(choice) => {
            let (matter, lead) = (Some(choice.matter), choice.lead);
            let handling = coming.begin(matter, Some(lead), similar, events);
            let way = Way {
                lead,
                matter,
                co_units: choice.co_units,
                mode: Mode::Auto,
                confidence: choice.confidence,
                row: choice.ground.row(),
                handling,
            };
            coming.dispatch(way, events);
        }
        Err(reason) => {
            coming.begin(acceptance.matter, None, similar, events);
            let order = coming.order;
            events.push(Event::SentToTriage { order, reason, dispatch_due: None });
        }
    }
    coming.note_late(events);
    Ok(())
}

/// Accepts an order for a unit that it names itself; gives its id.
pub(crate) fn accept_for(
    state: &State,
    rules: &Rules,
    at: Timestamp,
    acceptance: &Acceptance,
    lead: UnitId,
    events: &mut Vec<Event>,
) -> Result<OrderId, Rejection> {
    check(state.directory(), acceptance)?;
    let coming = Coming { state, rules, at, acceptance, order: next_order(state)? };
    let handling = coming.begin(acceptance.matter, Some(lead), Vec::new(), events);
    let (matter, co_units, mode) = (acceptance.matter, Vec::new(), Mode::Known);
    let (confidence, row) = (Confidence::CERTAIN, None);
    coming.dispatch(Way { lead, matter, co_units, mode, confidence, row, handling }, events);
    coming.note_late(events);
    Ok(coming.order)
}

fn next_order(state: &State) -> Result<OrderId, Rejection> {
    let order = OrderId(state.orders().len() as u64 + 1);
    if order.0 > ORDERS_MAX {
        return Err(Rejection::Full { what: "orders", max: ORDERS_MAX });
    }
    Ok(order)
}

/// Whether the order from above is here already: passing down is idempotent. Its number with whatever else is no repetition.
fn is_known_above(state: &State, acceptance: &Acceptance) -> Result<bool, Rejection> {
    let Some(upstream) = &acceptance.upstream else { return Ok(false) };
    let known = state.passed_down(upstream).and_then(|id| state.order(id));
    let Some(known) = known else { return Ok(false) };
    let same =
        known.upstream.as_deref() == Some(upstream) && adds_nothing(state, known, acceptance);
    if same { Ok(true) } else { Err(Rejection::UpstreamKnown { order: known.id }) }
}

/// Whether all that a contact says stands in an order; what it leaves out says nothing.
fn adds_nothing(state: &State, known: &Order, acceptance: &Acceptance) -> bool {
    let Acceptance { title, content, place, kind, urgency, .. } = acceptance;
    let same_words = (&known.title, &known.content) == (title, content);
    let same_kind = (known.kind, known.urgency) == (*kind, *urgency);
    let knows = |matter| known.matter == Some(matter);
    let was_told_by = |caller| state.caller(known.id) == Some(caller);
    same_words
        && same_kind
        && (place.is_none() || known.place == *place)
        && (acceptance.region.is_none() || known.region == acceptance.region)
        && acceptance.tags.iter().all(|tag| known.tags.contains(tag))
        && acceptance.matter.is_none_or(knows)
        && acceptance.answer.as_ref().is_none_or(|said| known.answer.as_deref() == Some(said))
        && acceptance.caller.as_ref().is_none_or(was_told_by)
}

/// The caller's own open order that this contact repeats, where the rules let the engine say so by itself; what was passed
/// down from above is never only a reminder.
fn repeated<'a>(
    state: &'a State,
    rule: &DuplicateRule,
    acceptance: &Acceptance,
    similar: &[Similar],
) -> Option<&'a Order> {
    if !rule.remind || acceptance.upstream.is_some() {
        return None;
    }
    let own = similar.iter().filter(|it| it.same_caller && it.percent >= rule.similar_percent);
    own.filter_map(|it| state.order(it.order)).find(|standing| repeats(state, acceptance, standing))
}

/// Whether a contact in the same words says nothing but what its caller's order says. What is about another matter or another
/// place, has become more urgent, is of another kind and so has other limits or was told of too often says more; and who
/// wants to stay unnamed this time is not told of in an order whose unit may ask who he is.
fn repeats(state: &State, acceptance: &Acceptance, standing: &Order) -> bool {
    let worked_on = standing.status.is_open() && standing.status != Status::Replied;
    let room = standing.reminders.len() < FACTS_MAX;
    let guarded = guards(acceptance.kind, acceptance.caller.as_ref());
    let as_guarded = !guarded || is_guarded(state, standing);
    let calm = acceptance.urgency <= standing.urgency && acceptance.kind == standing.kind;
    let same = duplicates::is_same_matter(acceptance, standing)
        && !duplicates::is_elsewhere(acceptance, standing);
    worked_on && room && calm && as_guarded && same
}

/// A contact that becomes an order.
#[derive(Clone, Copy)]
struct Coming<'a> {
    state: &'a State,
    rules: &'a Rules,
    at: Timestamp,
    acceptance: &'a Acceptance,
    order: OrderId,
}

/// To whom an order goes, and how that came.
struct Way {
    lead: UnitId,
    matter: Option<MatterId>,
    co_units: Vec<UnitId>,
    mode: Mode,
    confidence: Confidence,
    row: Option<u32>,
    handling: Option<Due>,
}

impl Coming<'_> {
    /// The order itself, and the caller apart from it; gives when it must be handled. What the desk answers is never due.
    fn begin(
        self,
        matter: Option<MatterId>,
        lead: Option<UnitId>,
        similar: Vec<Similar>,
        events: &mut Vec<Event>,
    ) -> Option<Due> {
        let Coming { state, rules, at, acceptance, order } = self;
        let facts = Facts::coming(acceptance, matter, lead);
        let (dues, ladder) = match acceptance.answer {
            Some(_) => (Dues::default(), Ladder::default()),
            None => dues::at_acceptance(rules, state.directory(), &facts, at),
        };
        let mut stored = acceptance.clone();
        let caller = stored.caller.take();
        events.push(Event::Accepted {
            order,
            number: number(at, order),
            acceptance: Box::new(stored),
            dues,
            ladder,
            similar,
        });
        events.extend(caller.map(|caller| Event::CallerRecorded { order, caller }));
        dues[Stage::Handle]
    }

    /// Passed down too late: it is taken, since a citizen waits for it, and is overdue from the first, with the unit that got it.
    fn note_late(self, events: &mut Vec<Event>) {
        let (own, stage) = (self.order, Stage::Handle);
        let late = events.iter().any(|event| match event {
            Event::Accepted { order, dues, .. } => {
                *order == own && dues[stage].is_some_and(|due| due.current < self.at)
            }
            _ => false,
        });
        let passed = Event::DuePassed { order: own, stage, co_unit: None };
        events.extend(late.then_some(passed));
    }

    fn dispatch(self, way: Way, events: &mut Vec<Event>) {
        let Coming { state, rules, at, acceptance, order } = self;
        let (directory, Way { lead, matter, co_units, mode, confidence, row, handling }) =
            (state.directory(), way);
        let facts = Facts::coming(acceptance, matter, Some(lead));
        let given = (co_units.as_slice(), handling);
        let (dues, co_units) = dues::at_dispatch(rules, directory, &facts, given, at);
        let directory_version = directory.version;
        let dispatch = Dispatch { at, lead, co_units, mode, confidence, row, directory_version };
        events.push(Event::Dispatched { order, matter, dispatch, dues, withdrawn_from: None });
        if acceptance.kind == Kind::Praise {
            events.push(Event::PraisePassedOn { order });
        }
    }

    /// The same caller's order stands: it is hurried, and this one ends.
    fn repeat(self, by: &str, standing: &Order, similar: Vec<Similar>, events: &mut Vec<Event>) {
        let Coming { state, at, acceptance, order, .. } = self;
        let Acceptance { title, place, tags, content, .. } = acceptance;
        let told = unnamed(state, standing, &said(title, place.as_deref(), tags, content));
        let nudge = again(at, by, number(at, order), &told);
        let merge = Merge { at, by: by.to_owned(), into: standing.id, before: None };
        let leading = standing.merge.as_ref().filter(|_| standing.status == Status::Merged);
        let leading = leading.and_then(|merge| state.order(merge.into));
        let hurried: Vec<&Order> = std::iter::once(standing).chain(leading).collect();
        // What has passed on them comes first: nobody outruns a due.
        events.extend(hurried.iter().flat_map(|order| late(order, at)));
        self.begin(acceptance.matter, None, similar, events);
        events.push(Event::Repeated { order, merge });
        events.extend(
            hurried.iter().map(|it| Event::Reminded { order: it.id, nudge: nudge.clone() }),
        );
    }
}

/// The number that people use: the second, and the order's place among a million.
fn number(at: Timestamp, order: OrderId) -> u64 {
    at.order_stamp() * NUMBERS_PER_SECOND + order.0 % NUMBERS_PER_SECOND
}

/// Who would get this order, at the confidence that the district wants; or why a dispatcher must decide.
///
/// Also the answer to a call-taker who is still typing.
pub fn choose(
    directory: &Directory,
    precedents: &Precedents,
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
    let question = Question { candidates, region, returns: &[], on: at.day(), precedents };
    let choice = routing::route(directory, question)?;
    if choice.confidence < rules.wanted_of(directory.unit(choice.lead)) {
        return Err(TriageReason::LowConfidence);
    }
    Ok(choice)
}

/// What the dues of an acceptance depend on, with what was chosen for it.
pub fn facts<'a>(acceptance: &'a Acceptance, choice: Option<&Choice>) -> Facts<'a> {
    let matter = choice.map(|choice| choice.matter).or(acceptance.matter);
    Facts::coming(acceptance, matter, choice.map(|choice| choice.lead))
}

fn check(directory: &Directory, acceptance: &Acceptance) -> Result<(), Rejection> {
    if is_blank(&acceptance.content) {
        return Err(Rejection::Empty { field: "content" });
    }
    if acceptance.upstream.as_ref().is_some_and(|it| is_blank(&it.number)) {
        return Err(Rejection::Empty { field: "upstream.number" });
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
