//! The twin on what the desk does: decide, review, call back, rework, hurry, end; and the hotline's own articles and
//! directory.

use hotline_engine::actor::Role;
use hotline_engine::article::Backing;
use hotline_engine::command::Action;
use hotline_engine::draft::DraftError;
use hotline_engine::escalation::Rung;
use hotline_engine::handling::{
    Answer as Said, Decision, EndedCycle, Held, Merge, Nudge, Review, Rework,
};
use hotline_engine::order::{
    Callback, Dispatch, Due, Dues, FirstDispatch, Mode, ReworkReason, Stage, Status, TriageReason,
};
use hotline_engine::time::Timestamp;
use hotline_engine::{Event, Rejection};

use super::given::Given;
use super::limits::all_help_is_in;
use super::staff::Past;
use super::{Answer, Ask, Row, Twin, at_most, not_enough_yet, says};

/// Granted before expiry, or refused with a reason.
pub(super) fn decide_extension(twin: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let Action::DecideExtension { granted, note, .. } = ask.action else { unreachable!() };
    let (at, order, granted) = (ask.at, row.id, *granted);
    at_most(20_000, "note", note)?;
    if !row.extension_open {
        return Err(Rejection::NothingOpen { what: "extension" });
    }
    if granted {
        row.before_expiry(at)?;
        let days = row.extensions.last().map_or(0, |asked| asked.working_days);
        twin.limits.not_longer_than_the_limit(row, days)?;
        twin.limits.not_behind_the_city(row, days)?;
    } else {
        says("note", note)?;
    }
    let decision = Decision { at, by: ask.actor.name.clone(), granted, note: note.clone() };
    let due = row.dues[Stage::Handle].filter(|_| granted);
    let asked = row.extensions.last_mut().expect("an open one was asked for");
    asked.decision = Some(decision.clone());
    let days = asked.working_days;
    let handling = due.map(|due| twin.limits.extended(row, due, days));
    row.move_handling(handling);
    row.extension_open = false;
    Ok(vec![Event::ExtensionDecided { order, decision, handling }])
}

/// A reply that does not pass is owed still, by the same due.
pub(super) fn review(twin: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let Action::Review { passed, note, .. } = ask.action else { unreachable!() };
    let passed = *passed;
    if passed {
        at_most(20_000, "note", note)?;
    } else {
        says("note", note)?;
    }
    not_enough_yet("reviews", &row.reviews)?;
    let review = Review { at: ask.at, by: ask.actor.name.clone(), passed, note: note.clone() };
    if passed {
        row.reviews.push(review.clone());
    } else {
        row.sent_back(review.clone());
    }
    let mut events = vec![Event::Reviewed { order: row.id, review }];
    if let Some(before) = row.dispatch.clone().filter(|it| !passed && it.mode == Mode::Joined) {
        events.push(its_own(twin, row, ask.at, before));
    }
    Ok(events)
}

/// What it got with another, and does not pass for it alone, its unit has as its own: it may refuse it for a while, if it has not
/// done so before.
fn its_own(twin: &Twin, row: &mut Row, at: Timestamp, before: Dispatch) -> Event {
    let own = row.merge.as_ref().and_then(|merge| merge.before.clone());
    let own = own.filter(|own| own.dispatch.lead == before.lead);
    if let Some(own) = own.filter(|own| twin.may_have_it(row, own.owner(), at)) {
        let Merge { into, at: since, .. } = *row.merge.as_ref().expect("it was joined");
        let other = twin.known(into).clone();
        let named = twin.is_named(row, before.lead);
        let Some(Event::GivenBack { order, mut held }) =
            twin.goes_on(row, at, Some(own), Some((&other, since, named))).pop()
        else {
            unreachable!("it may have it");
        };
        if held.signed.is_none() {
            (held.signed, held.dues[Stage::Sign]) = (Some(at), None);
            row.set_due(Stage::Sign, None);
        }
        held.running.retain(|stage| *stage == Stage::CoHandle);
        row.answered = true;
        (row.status, row.times.signed) = (Status::Signed, held.signed);
        return Event::GivenBack { order, held };
    }
    let named = twin.is_named(row, before.lead);
    let mut dues = Dues::default();
    if !named {
        dues[Stage::Return] = twin.limits.unit_due_within(row, Stage::Return, at);
    }
    row.set_due(Stage::Return, dues[Stage::Return]);
    let mode = if named { Mode::Arbitration } else { Mode::Triage };
    let dispatch = Dispatch { at, mode, ..before };
    if !row.reassigned && row.reworks.is_empty() {
        row.first = None;
    }
    row.first = row.first.or(Some(FirstDispatch { at, unit: dispatch.lead }));
    row.dispatch = Some(dispatch.clone());
    (row.times.dispatched, row.times.signed) = (Some(at), Some(at));
    row.helped.clear();
    (row.answered, row.extension_open) = (false, false);
    let running = dues[Stage::Return].map(|_| Stage::Return).into_iter().collect();
    let held = Held { dispatch, signed: Some(at), contacted: row.times.contacted, dues, running };
    Event::GivenBack { order: row.id, held: Box::new(held) }
}

/// The first caller who is not satisfied sends the order back to its unit; the second brings supervision.
pub(super) fn call_back(twin: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let &Action::CallBack { callback, .. } = ask.action else { unreachable!() };
    not_enough_yet("callbacks", &row.callbacks)?;
    let order = row.id;
    if matches!(callback, Callback::Reached(_)) {
        // He has one opinion of a reply; who was not reached has none yet.
        if row.judged && !twin.limits.numbers.judges_twice {
            return Err(Rejection::AlreadyDone { what: "the caller has judged this reply" });
        }
        row.judged = true;
    }
    row.callbacks.push(callback);
    row.called_back = true;
    let mut events = vec![Event::CalledBack { order, callback }];
    let unhappy = |it: &&Callback| matches!(it, Callback::Reached(said) if !said.satisfied);
    if !unhappy(&&callback) {
        return Ok(events);
    }
    // Whoever wrote down no call, and a rework for it, has heard him too.
    let for_that = row.reworks.iter().filter(|it| it.reason == ReworkReason::Dissatisfied).count();
    let so_often = row.callbacks.iter().filter(unhappy).count().max(for_that + 1);
    let once = row.climbed.contains(&Rung::Supervision);
    if so_often >= twin.limits.numbers.dissatisfied_before_supervision {
        if once {
            return Ok(events);
        }
        let (by, note) = ("system".to_owned(), "两次回访不满意".to_owned());
        let nudge = Nudge { at: ask.at, by, note };
        row.watch(&nudge);
        events.push(Event::Supervised { order, nudge });
    } else {
        let reason = ReworkReason::Dissatisfied;
        events.extend(again(twin, row, ask.at, reason, "回访不满意")?);
    }
    Ok(events)
}

pub(super) fn rework(twin: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let Action::Rework { reason, note, .. } = ask.action else { unreachable!() };
    let was_watched = row.climbed.contains(&Rung::Supervision);
    let mut events = again(twin, row, ask.at, *reason, note)?;
    let unhappy = row.reworks.iter().filter(|it| it.reason == ReworkReason::Dissatisfied).count();
    if *reason == ReworkReason::Dissatisfied && unhappy > 1 && !was_watched {
        let note = "再次因不满意重办".to_owned();
        let nudge = Nudge { at: ask.at, by: "system".to_owned(), note };
        row.watch(&nudge);
        events.push(Event::Supervised { order: row.id, nudge });
    }
    Ok(events)
}

/// A new cycle at the unit that replied, with those who helped, as far as they still are; everything begins anew but
/// the memory. What the desk had answered goes to a dispatcher, and what a unit had that is none any more.
pub(super) fn again(
    twin: &Twin,
    row: &mut Row,
    at: Timestamp,
    reason: ReworkReason,
    note: &str,
) -> Answer {
    says("note", note)?;
    not_enough_yet("reworks", &row.reworks)?;
    if row.is_praise() {
        return Err(Rejection::NotProvided { what: "reworks of praise" });
    }
    if row.is_struck() {
        return Err(Rejection::NotProvided { what: "reworks of a grade that was struck out" });
    }
    let before = row.dispatch.clone();
    let ended = row.dues[Stage::Handle].map(|Due { current: due, .. }| {
        let replied = row.times.replied.expect("a unit or the desk has replied");
        // Whoever had it when it became late was late.
        let unit = if replied > due { row.late_with } else { row.lead() };
        EndedCycle { due, replied, unit, matter: row.matter }
    });
    let rework = Rework { at, reason, note: note.to_owned(), ended };
    row.reworks.push(rework.clone());
    row.leave_worker(Past::Had);
    (row.times.replied, row.times.closed) = (None, None);
    row.set_due(Stage::Callback, None);
    row.overdue.clear();
    row.climbed.clear();
    let handling = twin.limits.handle(row);
    row.move_handling(handling);
    let (due, ladder) = handling.expect("a rework has a limit");
    let (order, handle_due) = (row.id, Some(due));
    let mut events = vec![Event::Reworked { order, rework, handle_due, ladder }];
    let Some(before) = before else {
        events.extend(twin.unowned(row, at, TriageReason::Answered));
        return Ok(events);
    };
    if !twin.duties.is_active(before.lead) {
        row.leave_unit();
        events.extend(twin.unowned(row, at, TriageReason::UnitDissolved));
        return Ok(events);
    }
    // Where it had been by itself, it is again as it was there.
    let own = row.merge.as_ref().and_then(|merge| merge.before.as_ref()).map(|own| &own.dispatch);
    let is_shared = before.mode == Mode::Joined && !twin.limits.numbers.shared_replies_forget;
    let own = own.filter(|own| is_shared && own.lead == before.lead);
    let is_named = before.mode == Mode::Joined && twin.is_named(row, before.lead);
    let before = own.cloned().unwrap_or(before);
    let co_units = before.co_units.into_iter().map(|helper| helper.unit);
    let by_arbiter = before.mode == Mode::Arbitration;
    let may = |unit| by_arbiter || !row.was_refused_by(unit);
    let co_units = co_units.filter(|&unit| twin.duties.is_active(unit) && may(unit));
    // Whom an arbiter named stays the final owner: in a new cycle he does not argue either.
    let named = before.mode == Mode::Arbitration || is_named;
    let mode = if named { Mode::Arbitration } else { Mode::Rework };
    let (lead, matter) = (before.lead, row.matter);
    let given = Given { lead, co_units: co_units.collect(), matter, mode };
    events.extend(twin.give(row, at, given));
    Ok(events)
}

/// What is watched is closed by who watches.
pub(super) fn close(twin: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    if ask.actor.role != Role::Supervisor && !twin.limits.numbers.desk_closes_what_is_watched {
        row.is_not_watched()?;
    }
    row.end(ask.at, Status::Closed);
    let working_minutes = twin.limits.took(row);
    Ok(vec![Event::Closed { order: row.id, working_minutes }])
}

/// The desk answers by itself: no unit has the order, and nothing is due but what was overdue.
pub(super) fn answer(twin: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let Action::Answer { answer, .. } = ask.action else { unreachable!() };
    may_be_said(twin, ask.at, (["text", "article"], answer))?;
    row.is_not_watched()?;
    let missed = row.dues[Stage::Handle].filter(|_| row.overdue.contains(&Stage::Handle));
    let answered = answered(row, ask.at, answer);
    row.dues[Stage::Handle] = missed;
    Ok(vec![answered])
}

pub(super) fn answered(row: &mut Row, at: Timestamp, answer: &Said) -> Event {
    row.end(at, Status::Closed);
    let missed = row.dues[Stage::Handle].filter(|_| row.overdue.contains(&Stage::Handle));
    row.dues = Dues::default();
    row.dues[Stage::Handle] = missed;
    row.times.replied = Some(at);
    row.answer = Some(answer.clone());
    Event::Answered { order: row.id, answer: answer.clone() }
}

/// An answer says something; an article that it rests on is there, and answers today.
pub(super) fn may_be_said(
    twin: &Twin,
    at: Timestamp,
    ([text, field], answer): ([&'static str; 2], &Said),
) -> Result<(), Rejection> {
    says(text, &answer.text)?;
    let Some(id) = &answer.article else { return Ok(()) };
    let article = twin.articles.iter().find(|article| article.id == *id);
    let article = article.ok_or(Rejection::NoSuchArticle { field })?;
    let today = at.day();
    let too_early = article.valid_from.is_some_and(|from| today < from);
    let too_late = article.valid_to.is_some_and(|to| today > to);
    if too_early || too_late {
        return Err(Rejection::ArticleNotInForce { field });
    }
    Ok(())
}

pub(super) fn remind(_: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let Action::Remind { note, .. } = ask.action else { unreachable!() };
    not_enough_yet("reminders", &row.reminders)?;
    let nudge = nudge(ask, note)?;
    row.reminders.push(nudge.clone());
    Ok(vec![Event::Reminded { order: row.id, nudge }])
}

pub(super) fn supervise(_: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let Action::Supervise { note, .. } = ask.action else { unreachable!() };
    if row.climbed.contains(&Rung::Supervision) {
        return Err(Rejection::AlreadyDone {
            what: "the order is under supervision in this cycle",
        });
    }
    not_enough_yet("supervisions", &row.supervisions)?;
    let nudge = nudge(ask, note)?;
    row.watch(&nudge);
    Ok(vec![Event::Supervised { order: row.id, nudge }])
}

fn nudge(ask: Ask<'_>, note: &str) -> Result<Nudge, Rejection> {
    says("note", note)?;
    Ok(Nudge { at: ask.at, by: ask.actor.name.clone(), note: note.to_owned() })
}

/// What is watched is taken back by who watches.
pub(super) fn withdraw(twin: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let Action::Withdraw { note, .. } = ask.action else { unreachable!() };
    if ask.actor.role != Role::Supervisor && !twin.limits.numbers.desk_withdraws_what_is_watched {
        row.is_not_watched()?;
    }
    says("note", note)?;
    row.end(ask.at, Status::Withdrawn);
    Ok(vec![Event::Withdrawn { order: row.id, note: note.clone() }])
}

/// The police, the fire brigade, the doctors, the traffic police.
pub(super) fn transfer(_: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let &Action::Transfer { number, .. } = ask.action else { unreachable!() };
    if !matches!(number, 110 | 119 | 120 | 122) {
        return Err(Rejection::NoEmergency { field: "number" });
    }
    row.end(ask.at, Status::Transferred);
    row.transfer = Some(number);
    Ok(vec![Event::Transferred { order: row.id, number }])
}

pub(super) fn put_article(twin: &mut Twin, ask: Ask<'_>) -> Answer {
    let Action::PutArticle(draft) = ask.action else { unreachable!() };
    let article = &draft.article;
    for (field, text) in [("id", &article.id), ("title", &article.title)] {
        if text.trim().is_empty() {
            return Err(Rejection::Empty { field });
        }
    }
    at_most(64, "id", &article.id)?;
    at_most(200, "title", &article.title)?;
    says("body", &article.body)?;
    if let (Some(from), Some(to)) = (article.valid_from, article.valid_to)
        && to < from
    {
        return Err(Rejection::ValidityBackwards);
    }
    if article.matter.as_ref().is_some_and(|path| !twin.duties.lists(path)) {
        return Err(Rejection::UnknownMatter { field: "matter" });
    }
    if article.unit.as_ref().is_some_and(|code| !twin.duties.names(code)) {
        return Err(Rejection::UnknownUnit { field: "unit" });
    }
    if twin.articles.contains(article) && draft.backing == Backing::default() {
        return Ok(Vec::new());
    }
    twin.articles.retain(|old| old.id != article.id);
    twin.articles.push(article.clone());
    Ok(vec![Event::ArticlePut(article.clone())])
}

pub(super) fn remove_article(twin: &mut Twin, ask: Ask<'_>) -> Answer {
    let Action::RemoveArticle { id } = ask.action else { unreachable!() };
    let slot = twin.articles.iter().position(|article| article.id == *id);
    let slot = slot.ok_or_else(|| Rejection::UnknownArticle { id: id.clone() })?;
    twin.articles.remove(slot);
    Ok(vec![Event::ArticleRemoved { id: id.clone() }])
}

/// Of all that can be wrong with a directory only the unit that is listed twice comes up here.
pub(super) fn adopt_directory(twin: &mut Twin, ask: Ask<'_>) -> Answer {
    let Action::AdoptDirectory(draft) = ask.action else { unreachable!() };
    for (at, unit) in draft.units.iter().enumerate() {
        if draft.units[..at].iter().any(|before| before.code == unit.code) {
            return Err(Rejection::Draft(DraftError::UnitTwice { code: unit.code.clone() }));
        }
    }
    twin.duties.adopt(draft);
    let Twin { duties, rows, .. } = twin;
    for row in rows.iter_mut().filter(|row| row.status.is_open()) {
        let Some(dispatch) = &mut row.dispatch else { continue };
        let helpers = dispatch.co_units.len();
        dispatch.co_units.retain(|helper| duties.is_active(helper.unit));
        if dispatch.co_units.len() < helpers {
            row.dues[Stage::CoHandle] = all_help_is_in(&dispatch.co_units);
            row.version += 1;
        }
    }
    Ok(vec![Event::DirectoryAdopted(draft.clone())])
}
