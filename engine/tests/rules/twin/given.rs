//! The twin on how an order comes to a unit: accepted and routed, or given by a dispatcher or an arbiter.

use hotline_engine::actor::Role;
use hotline_engine::command::{Acceptance, Action};
use hotline_engine::directory::{MatterId, UnitId};
use hotline_engine::handling::Merge;
use hotline_engine::order::{
    Candidate, CoUnit, Confidence, Dispatch, Dues, FirstDispatch, Kind, Mode, OrderId, Stage,
    StageTimes, Status, TriageReason,
};
use hotline_engine::time::Timestamp;
use hotline_engine::{Event, Rejection};

use super::alike;
use super::desk_work::{answered, may_be_said};
use super::joining::comes_again;
use super::limits::all_help_is_in;
use super::{Answer, Ask, DutyList, Row, Told, Twin, at_most};

/// The city tells of one order twice: what it has said already is no news, all else is for people.
fn known_above(twin: &Twin, acceptance: &Acceptance) -> Option<Answer> {
    let above = acceptance.upstream.as_ref()?;
    let number = |row: &Row| row.acceptance.upstream.as_ref().map(|it| it.number.clone());
    let row = twin.rows.iter().find(|row| number(row).as_ref() == Some(&above.number))?;
    let known = &row.acceptance;
    let mut news = known.upstream.as_ref() != Some(above)
        || known.title != acceptance.title
        || known.content != acceptance.content
        || known.kind != acceptance.kind
        || known.urgency != acceptance.urgency;
    news |= acceptance.place.is_some() && acceptance.place != known.place;
    news |= acceptance.region.is_some() && acceptance.region != known.region;
    news |= acceptance.matter.is_some() && acceptance.matter != row.matter;
    news |= acceptance.answer.is_some() && acceptance.answer != row.answer;
    news |= acceptance.caller.is_some() && acceptance.caller != row.caller;
    for tag in &acceptance.tags {
        news |= !known.tags.contains(tag);
    }
    let same = !news;
    Some(if same { Ok(Vec::new()) } else { Err(Rejection::UpstreamKnown { order: row.id }) })
}

/// A new order gets a number, its dues, and a unit, where the desk is sure enough of one. The same request within three
/// days makes no second order.
pub(super) fn accept(twin: &mut Twin, ask: Ask<'_>) -> Answer {
    let Action::Accept(acceptance) = ask.action else { unreachable!() };
    let at = ask.at;
    let desk = matches!(ask.actor.role, Role::CallTaker | Role::Dispatcher | Role::Admin);
    if acceptance.answer.is_some() && !desk {
        return Err(Rejection::NotAllowed { role: ask.actor.role, action: "answer" });
    }
    if let Some(key) = acceptance.idempotency {
        let kept_since = at.plus_seconds(-3_600 * twin.limits.numbers.key_hours);
        let used = twin
            .keys
            .iter()
            .rev()
            .find(|(since, used, _)| *used == key.key && *since >= kept_since);
        if let Some((.., body)) = used {
            return if *body == key.body { Ok(Vec::new()) } else { Err(Rejection::KeyReused) };
        }
    }
    if let Some(known) = known_above(twin, acceptance) {
        return known;
    }
    makes_sense(&twin.duties, acceptance)?;
    if let Some(answer) = &acceptance.answer {
        may_be_said(twin, at, (["answer.text", "answer.article"], answer))?;
    }
    twin.keys.extend(acceptance.idempotency.map(|key| (at, key.key, key.body)));
    let praise = acceptance.kind == Kind::Praise;
    let similar = if praise { Vec::new() } else { alike::similar(twin, at, acceptance) };
    let repeats = alike::repeated(twin, acceptance, &similar).is_some();
    let given = choose(twin, at, acceptance).ok().filter(|_| !repeats);
    let matter = given.and_then(|(given, ..)| given.matter).or(acceptance.matter);
    let mut row = twin.comes_in(at, acceptance, matter);
    row.similar = similar;
    let mut told = Told { facts: begun(&row), ..Told::default() };
    if let Some(answer) = &acceptance.answer {
        told.facts.push(answered(&mut row, at, answer));
        twin.rows.push(row);
        return Ok(told.all());
    }
    if let Some(standing) = alike::repeated(twin, acceptance, &row.similar).cloned() {
        let by = ask.actor.name.as_str();
        let nudge = comes_again(at, by, row.number, acceptance);
        let merge = Merge { at, by: by.to_owned(), into: standing.id, before: None };
        told.facts.push(row.repeats(at, merge));
        twin.rows.push(row);
        // His order is hurried, and if it is joined to another, that one too.
        let with = standing.merge.filter(|_| standing.status == Status::Merged);
        for id in [Some(standing.id), with.map(|merge| merge.into)].into_iter().flatten() {
            twin.change(at, id, &mut told, |_, row| Ok(vec![row.hurried(nudge.clone())]))?;
        }
        return Ok(told.all());
    }
    told.facts.extend(match choose(twin, at, acceptance) {
        Ok((given, confidence, number)) => twin.give_as(&mut row, at, given, confidence, number),
        Err(reason) => {
            row.triage = Some(reason);
            vec![Event::SentToTriage { order: row.id, reason, dispatch_due: None }]
        }
    });
    // What the city passes down too late is late when it comes, with whoever has it.
    told.facts.extend(row.let_pass(at));
    twin.rows.push(row);
    Ok(told.all())
}

/// What is told of every order that comes in: who called stands apart.
pub(super) fn begun(row: &Row) -> Vec<Event> {
    let (order, number, dues, ladder) = (row.id, row.number, row.dues, row.ladder);
    let (acceptance, similar) = (Box::new(row.acceptance.clone()), row.similar.clone());
    let mut events = vec![Event::Accepted { order, number, acceptance, dues, ladder, similar }];
    events.extend(row.caller.clone().map(|caller| Event::CallerRecorded { order, caller }));
    events
}

/// What no order can start with.
pub(super) fn makes_sense(duties: &DutyList, acceptance: &Acceptance) -> Result<(), Rejection> {
    if acceptance.content.trim().is_empty() {
        return Err(Rejection::Empty { field: "content" });
    }
    at_most(200, "title", &acceptance.title)?;
    at_most(20_000, "content", &acceptance.content)?;
    at_most(200, "place", acceptance.place.as_deref().unwrap_or_default())?;
    if acceptance.tags.len() > 20 {
        return Err(Rejection::TooLong { field: "tags", max: 20 });
    }
    if acceptance.tags.iter().any(|tag| tag.trim().is_empty()) {
        return Err(Rejection::Empty { field: "tags" });
    }
    let candidates = &acceptance.classification.candidates;
    if candidates.len() > 5 {
        return Err(Rejection::TooLong { field: "classification", max: 5 });
    }
    let mut matters = acceptance.matter.into_iter().chain(candidates.iter().map(|it| it.matter));
    if matters.any(|matter| !duties.knows(matter)) {
        return Err(Rejection::UnknownMatter { field: "matter" });
    }
    let no_region = |unit| !duties.is_active(unit) || !duties.is_grassroots(unit);
    if acceptance.region.is_some_and(no_region) {
        return Err(Rejection::UnknownUnit { field: "region" });
    }
    Ok(())
}

fn empty(id: OrderId, number: u64, acceptance: &Acceptance, at: Timestamp) -> Row {
    let mut acceptance = acceptance.clone();
    let caller = acceptance.caller.take();
    let (matter, transfer) = (acceptance.matter, acceptance.transfer);
    let times = StageTimes { accepted: at, waiting: at, ..StageTimes::default() };
    Row {
        id,
        number,
        acceptance,
        number_called: caller.as_ref().and_then(alike::number_called),
        caller,
        matter,
        began_urban: false,
        transfer,
        status: Status::Triage,
        triage: None,
        dispatch: None,
        first: None,
        reassigned: false,
        unjoined: Default::default(),
        times,
        dues: Dues::default(),
        passed: Vec::new(),
        overdue: Vec::new(),
        late_with: None,
        ladder: Default::default(),
        climbed: Vec::new(),
        escalations: Vec::new(),
        handler: None,
        past: None,
        answered: false,
        called_back: false,
        judged: false,
        helped: Vec::new(),
        returns: Vec::new(),
        replies: Vec::new(),
        callbacks: Vec::new(),
        extensions: Vec::new(),
        extension_open: false,
        pauses: Vec::new(),
        reviews: Vec::new(),
        reworks: Vec::new(),
        co_replies: Vec::new(),
        reminders: Vec::new(),
        supervisions: Vec::new(),
        reveals: Vec::new(),
        arbitration: None,
        similar: Vec::new(),
        merge: None,
        kept: None,
        merged: Vec::new(),
        answer: None,
        rated_case: None,
        appeal: None,
        version: 0,
        told_to_press: Default::default(),
    }
}

/// A call-taker who names the matter is sure of it; else the classifier must be sure of the unit to 80 %.
fn choose(
    twin: &Twin,
    at: Timestamp,
    acceptance: &Acceptance,
) -> Result<(Given, Confidence, Option<u32>), TriageReason> {
    let (region, on) = (acceptance.region, at.day());
    let sure = |matter| vec![Candidate { matter, confidence: Confidence::CERTAIN }];
    let candidates =
        acceptance.matter.map_or_else(|| acceptance.classification.candidates.clone(), sure);
    let (given, confidence, row) = twin.duties.route(&twin.past, &candidates, region, on)?;
    if confidence < Confidence(8_000) {
        return Err(TriageReason::LowConfidence);
    }
    Ok((given, confidence, row))
}

/// A dispatcher names a unit that has not refused, or an arbiter any; never the one that has it. A street or community
/// gets only what it may lead.
pub(super) fn dispatch(twin: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let &Action::Dispatch { lead, ref co_units, matter, .. } = ask.action else { unreachable!() };
    let duties = &twin.duties;
    let arbiter = row.arbitration.is_some();
    let refused = |unit| row.was_refused_by(unit) && !arbiter;
    let kept = row.owner().is_some_and(|owner| owner.is_final);
    let taken =
        ask.actor.role == Role::Supervisor || twin.limits.numbers.desk_takes_from_final_owners;
    if kept && !taken {
        return Err(Rejection::FinalOwnerKeeps { order: row.id });
    }
    if !duties.is_active(lead) {
        return Err(Rejection::UnknownUnit { field: "lead" });
    }
    if refused(lead) {
        return Err(Rejection::Refuser { field: "lead" });
    }
    if row.lead() == Some(lead) {
        return Err(Rejection::AlreadyThere { field: "lead" });
    }
    if co_units.len() > 20 {
        return Err(Rejection::TooLong { field: "co_units", max: 20 });
    }
    let mut each_once: Vec<UnitId> = Vec::new();
    for &unit in co_units.iter().filter(|unit| **unit != lead) {
        if !duties.is_active(unit) {
            return Err(Rejection::UnknownUnit { field: "co_units" });
        }
        if !each_once.contains(&unit) {
            each_once.push(unit);
        }
    }
    if each_once.iter().any(|&unit| refused(unit)) {
        return Err(Rejection::Refuser { field: "co_units" });
    }
    let matter = matter.or(row.matter);
    if matter.is_some_and(|matter| !duties.knows(matter)) {
        return Err(Rejection::UnknownMatter { field: "matter" });
    }
    if duties.is_grassroots(lead) {
        let matter = matter.ok_or(Rejection::Empty { field: "matter" })?;
        if duties.is_functional(matter, row.acceptance.region, ask.at.day()) {
            return Err(Rejection::FunctionalToGrassroots);
        }
    }
    let mode = if arbiter { Mode::Arbitration } else { Mode::Triage };
    Ok(twin.give(row, ask.at, Given { lead, co_units: each_once, matter, mode }))
}

/// What a unit gets, and how.
pub(super) struct Given {
    pub(super) lead: UnitId,
    pub(super) co_units: Vec<UnitId>,
    pub(super) matter: Option<MatterId>,
    pub(super) mode: Mode,
}

impl Twin {
    /// The next order, with the dues that it starts with, by the matter that it is taken for: what the desk answers by itself
    /// has none.
    pub(super) fn comes_in(
        &self,
        at: Timestamp,
        acceptance: &Acceptance,
        matter: Option<MatterId>,
    ) -> Row {
        let order = OrderId(self.rows.len() as u64 + 1);
        let number = at.order_stamp() * 1_000_000 + order.0 % 1_000_000;
        let mut row = empty(order, number, acceptance, at);
        row.began_urban = matter.is_some_and(|matter| self.duties.is_below(matter, "城市管理"));
        if acceptance.answer.is_none() {
            row.move_handling(self.limits.handle(&row));
            row.set_due(Stage::Dispatch, self.limits.dispatch_due(&row, at));
        }
        row
    }

    /// Somebody must find a unit for it; where that is urgent, from now on.
    pub(super) fn to_triage(&self, row: &mut Row, at: Timestamp, reason: TriageReason) -> Event {
        let dispatch_due = self.limits.dispatch_due(row, at);
        if dispatch_due.is_some() {
            row.set_due(Stage::Dispatch, dispatch_due);
            row.times.waiting = at;
        }
        row.status = Status::Triage;
        row.triage = Some(reason);
        row.dispatch = None;
        Event::SentToTriage { order: row.id, reason, dispatch_due }
    }

    /// Gives an order to a unit by somebody's word.
    pub(super) fn give(&self, row: &mut Row, at: Timestamp, given: Given) -> Vec<Event> {
        self.give_as(row, at, given, Confidence::CERTAIN, None)
    }

    /// The clocks of the unit begin; those of the unit before end. Praise is passed on and done.
    pub(super) fn give_as(
        &self,
        row: &mut Row,
        at: Timestamp,
        given: Given,
        confidence: Confidence,
        number: Option<u32>,
    ) -> Vec<Event> {
        let Given { lead, co_units, matter, mode } = given;
        let mut dues = self.limits.unit_dues(row, at);
        let helps = |unit| CoUnit { unit, due: self.help_due(row, unit, at), late: false };
        let co_units: Vec<CoUnit> = co_units.into_iter().map(helps).collect();
        dues[Stage::CoHandle] = all_help_is_in(&co_units);
        if mode == Mode::Arbitration {
            // He may not return it, so it is no use to know until when.
            dues[Stage::Return] = None;
        }
        for stage in [Stage::Sign, Stage::Contact, Stage::CoHandle, Stage::Return] {
            row.set_due(stage, dues[stage]);
            row.overdue.retain(|late| *late != stage);
        }
        let (order, directory_version) = (row.id, self.duties.version);
        let withdrawn_from = row.lead().filter(|before| *before != lead);
        let dispatch =
            Dispatch { at, lead, co_units, mode, confidence, row: number, directory_version };
        row.status = Status::Dispatched;
        row.triage = None;
        row.arbitration = None;
        row.matter = matter.or(row.matter);
        row.leave_dissolved(&self.duties);
        row.reassigned |= row.first.is_some_and(|it| it.unit != lead) && row.reworks.is_empty();
        row.first = row.first.or(Some(FirstDispatch { at, unit: lead }));
        row.dispatch = Some(dispatch.clone());
        row.handler = None;
        row.times.dispatched = Some(at);
        (row.times.signed, row.times.contacted) = (None, None);
        (row.answered, row.extension_open) = (false, false);
        row.helped.clear();
        let mut events = vec![Event::Dispatched { order, matter, dispatch, dues, withdrawn_from }];
        if row.acceptance.kind == Kind::Praise {
            row.end(at, Status::Closed);
            events.push(Event::PraisePassedOn { order });
        }
        events
    }
}
