//! Decides on services that citizens may grade (好差评): what a bad grade becomes, when the default counts, and objections.

use super::{Case, Decided, full};
use crate::accept::{self, CONTENT_CHARS_MAX, SHORT_CHARS_MAX, within};
use crate::command::Acceptance;
use crate::event::Event;
use crate::handling::{Appeal, Decision};
use crate::order::Channel;
use crate::rating::{Grade, RatedCase, Rating, ServiceReport};
use crate::rejection::Rejection;
use crate::rules::Rules;
use crate::state::State;
use crate::text::is_blank;
use crate::time::Timestamp;

/// Services that one hotline remembers: as many as orders.
pub const SERVICES_MAX: usize = accept::ORDERS_MAX as usize;

/// A service was done or graded. Told twice in the same words, nothing happens; a grade comes once.
pub(super) fn report(
    state: &State,
    rules: &Rules,
    at: Timestamp,
    report: &ServiceReport,
    events: &mut Vec<Event>,
) -> Result<(), Rejection> {
    let ServiceReport { case, item, unit, grade, remark, complaint } = report;
    if is_blank(case) {
        return Err(Rejection::Empty { field: "case" });
    }
    within("case", case, SHORT_CHARS_MAX)?;
    within("item", item, SHORT_CHARS_MAX)?;
    within("remark", remark, CONTENT_CHARS_MAX)?;
    if !state.directory().is_active(*unit) {
        return Err(Rejection::UnknownUnit { field: "unit" });
    }
    let known = state.service(case);
    if known.is_some_and(|service| service.unit != *unit) {
        return Err(Rejection::ServiceOfAnother);
    }
    let rating = known.and_then(|service| service.rating.as_ref());
    if rating.is_some_and(|rating| is_told_again(state, rating, report)) {
        return Ok(());
    }
    let over = |service: &RatedCase| {
        service.rating.is_some() || service.default_at.is_some_and(|default_at| at > default_at)
    };
    if grade.is_some() && known.is_some_and(over) {
        return Err(Rejection::AlreadyDone { what: "the service is rated" });
    }
    if known.is_none() && state.services_count() >= SERVICES_MAX {
        return Err(Rejection::Full { what: "services", max: SERVICES_MAX as u64 });
    }
    let order = match (grade, complaint) {
        (Some(grade), None) if grade.is_bad() => {
            return Err(Rejection::Empty { field: "complaint" });
        }
        (Some(grade), Some(complaint)) if grade.is_bad() => {
            let complaint = Acceptance { channel: Channel::Rating, ..Acceptance::clone(complaint) };
            Some(accept::accept_for(state, rules, at, &complaint, *unit, events)?)
        }
        _ => None,
    };
    if known.is_none() {
        let rule = rules.profile(at).rating.as_ref().filter(|_| grade.is_none());
        let default_at = rule.map(|rule| at.plus_days(rule.days.into()));
        let (item, unit) = (item.clone(), *unit);
        let service = RatedCase { item, unit, at, default_at, rating: None };
        events.push(Event::ServiceReported { case: case.clone(), service });
    }
    let Some(grade) = *grade else { return Ok(()) };
    // The words of a bad grade are the order's.
    let remark = if order.is_some() { String::new() } else { remark.clone() };
    let rating = Rating { at, grade, remark, by_default: false, order, struck: false };
    events.push(Event::Rated { case: case.clone(), rating });
    Ok(())
}

/// Whether a report says what the citizen's own rating said: its sender did not hear the answer.
fn is_told_again(state: &State, rating: &Rating, report: &ServiceReport) -> bool {
    let order = rating.order.and_then(|id| state.order(id));
    let is_worded_alike = match (order, &report.complaint) {
        (Some(order), Some(complaint)) => order.content == complaint.content,
        (None, _) => rating.remark == report.remark,
        (Some(_), None) => false,
    };
    report.grade == Some(rating.grade) && !rating.by_default && is_worded_alike
}

/// Nobody has rated in time: the default counts, and no order comes of it.
pub(super) fn by_default(at: Timestamp, case: &str) -> Event {
    let (grade, remark, order) = (Grade::DEFAULT, String::new(), None);
    let rating = Rating { at, grade, remark, by_default: true, order, struck: false };
    Event::Rated { case: case.to_owned(), rating }
}

/// The unit says that the grade is wrong; once.
pub(super) fn appeal(case: Case<'_>, reason: &str) -> Decided {
    let Case { at, order, .. } = case;
    if order.rated_case.is_none() {
        return Err(Rejection::NothingOpen { what: "bad grade" });
    }
    if order.appeal.is_some() {
        return Err(Rejection::AlreadyDone { what: "the grade was appealed against" });
    }
    full("reason", reason)?;
    let appeal = Appeal { at, reason: reason.to_owned(), decision: None };
    Ok(vec![Event::Appealed { order: order.id, appeal }])
}

/// Upheld, the grade is struck out and the order is over; dismissed, the order goes on.
pub(super) fn decide_appeal(case: Case<'_>, upheld: bool, note: &str) -> Decided {
    let Case { at, order, by, .. } = case;
    if order.appeal.as_ref().is_none_or(|appeal| appeal.decision.is_some()) {
        return Err(Rejection::NothingOpen { what: "appeal" });
    }
    if upheld {
        within("note", note, CONTENT_CHARS_MAX)?;
    } else {
        full("note", note)?;
    }
    let decision = Decision { at, by: by.name.clone(), granted: upheld, note: note.to_owned() };
    Ok(vec![Event::AppealDecided { order: order.id, decision }])
}
