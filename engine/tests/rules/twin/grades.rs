//! The twin on services that citizens grade, on objections to a grade, and on calls that others counted.

use hotline_engine::command::{Acceptance, Action};
use hotline_engine::handling::{Appeal, Decision};
use hotline_engine::order::{Channel, Confidence, Mode, OrderId, Status};
use hotline_engine::rating::{Grade, RatedCase, Rating, ServiceReport};
use hotline_engine::time::Timestamp;
use hotline_engine::{Event, Rejection};

use super::given::{Given, begun, makes_sense};
use super::{Answer, Ask, Row, Twin, at_most, says};

/// A service is told of once and graded once, within seven days; a bad grade is an order for the unit that did it.
pub(super) fn report_service(twin: &mut Twin, ask: Ask<'_>) -> Answer {
    let Action::ReportService(report) = ask.action else { unreachable!() };
    let ServiceReport { case, item, unit, grade, remark, complaint } = &**report;
    let at = ask.at;
    if case.trim().is_empty() {
        return Err(Rejection::Empty { field: "case" });
    }
    at_most(200, "case", case)?;
    at_most(200, "item", item)?;
    at_most(20_000, "remark", remark)?;
    if !twin.duties.is_active(*unit) {
        return Err(Rejection::UnknownUnit { field: "unit" });
    }
    let known = twin.service(case).cloned();
    if known.as_ref().is_some_and(|service| service.unit != *unit) {
        return Err(Rejection::ServiceOfAnother);
    }
    if known.as_ref().is_some_and(|it| twin.heard_already(it, report)) {
        return Ok(Vec::new());
    }
    let over = |service: &RatedCase| {
        service.rating.is_some() || service.default_at.is_some_and(|until| at > until)
    };
    if grade.is_some() && known.as_ref().is_some_and(over) {
        return Err(Rejection::AlreadyDone { what: "the service is rated" });
    }
    let bad = grade.is_some_and(|grade| matches!(grade, Grade::VeryBad | Grade::Bad));
    let mut events = Vec::new();
    let mut order = None;
    if bad {
        let complaint = complaint.as_ref().ok_or(Rejection::Empty { field: "complaint" })?;
        let complaint = Acceptance { channel: Channel::Rating, ..Acceptance::clone(complaint) };
        makes_sense(&twin.duties, &complaint)?;
        let mut row = twin.comes_in(at, &complaint, complaint.matter);
        (order, row.rated_case) = (Some(row.id), Some(case.clone()));
        events.extend(begun(&row));
        let (co_units, matter) = (Vec::new(), complaint.matter);
        let given = Given { lead: *unit, co_units, matter, mode: Mode::Known };
        events.extend(twin.give_as(&mut row, at, given, Confidence::CERTAIN, None));
        events.extend(row.let_pass(at));
        twin.rows.push(row);
    }
    if known.is_none() {
        let days = twin.limits.numbers.rating_days;
        let default_at = grade.is_none().then(|| at.plus_days(days));
        let service = RatedCase { item: item.clone(), unit: *unit, at, default_at, rating: None };
        twin.services.push((case.clone(), service.clone()));
        events.push(Event::ServiceReported { case: case.clone(), service });
    }
    if let Some(grade) = *grade {
        // What a bad grade says stands in the order.
        let remark = if bad { String::new() } else { remark.clone() };
        let rating = Rating { at, grade, remark, by_default: false, order, struck: false };
        events.push(twin.rated(case, rating));
    }
    Ok(events)
}

impl Twin {
    pub(crate) fn service(&self, case: &str) -> Option<&RatedCase> {
        self.services.iter().find(|(known, _)| known == case).map(|(_, service)| service)
    }

    /// Who heard no answer sends his grade once more.
    fn heard_already(&self, service: &RatedCase, report: &ServiceReport) -> bool {
        let Some(rating) = &service.rating else { return false };
        let complaint = report.complaint.as_ref().map(|complaint| &complaint.content);
        let same_words = match rating.order {
            Some(order) => complaint == Some(&self.known(order).acceptance.content),
            None => report.remark == rating.remark,
        };
        report.grade == Some(rating.grade) && !rating.by_default && same_words
    }

    fn rated(&mut self, case: &str, rating: Rating) -> Event {
        let service = self.services.iter_mut().find(|(known, _)| known == case);
        let (_, service) = service.expect("it was told of");
        service.default_at = None;
        service.rating = Some(rating.clone());
        Event::Rated { case: case.to_owned(), rating }
    }

    /// Nobody graded in seven days: three stars, and no order.
    pub(super) fn default_grades(&mut self, at: Timestamp, most: usize) -> Vec<Event> {
        let over = |(case, service): &(String, RatedCase)| {
            let until = service.default_at.filter(|until| *until < at);
            until.map(|until| (until, case.clone()))
        };
        let mut over: Vec<_> = self.services.iter().filter_map(over).collect();
        over.sort();
        over.truncate(most);
        let (grade, order) = (Grade::Fair, None);
        let rating = || {
            let remark = String::new();
            Rating { at, grade, remark, by_default: true, order, struck: false }
        };
        over.into_iter().map(|(_, case)| self.rated(&case, rating())).collect()
    }

    /// A wrong grade counts no more.
    pub(super) fn strike(&mut self, order: OrderId) {
        let ratings = self.services.iter_mut().filter_map(|(_, service)| service.rating.as_mut());
        ratings.filter(|rating| rating.order == Some(order)).for_each(|it| it.struck = true);
    }
}

/// The unit says once that a grade is wrong.
pub(super) fn appeal(_: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let Action::Appeal { reason, .. } = ask.action else { unreachable!() };
    if row.rated_case.is_none() {
        return Err(Rejection::NothingOpen { what: "bad grade" });
    }
    if row.appeal.is_some() {
        return Err(Rejection::AlreadyDone { what: "the grade was appealed against" });
    }
    says("reason", reason)?;
    let appeal = Appeal { at: ask.at, reason: reason.clone(), decision: None };
    row.appeal = Some(appeal.clone());
    Ok(vec![Event::Appealed { order: row.id, appeal }])
}

/// Upheld, the order is over; dismissed, with a reason, it goes on.
pub(super) fn decide_appeal(_: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let &Action::DecideAppeal { upheld, ref note, .. } = ask.action else { unreachable!() };
    let open = row.appeal.as_mut().filter(|appeal| appeal.decision.is_none());
    let appeal = open.ok_or(Rejection::NothingOpen { what: "appeal" })?;
    if upheld {
        at_most(20_000, "note", note)?;
    } else {
        says("note", note)?;
    }
    let (at, by) = (ask.at, ask.actor.name.clone());
    let decision = Decision { at, by, granted: upheld, note: note.clone() };
    appeal.decision = Some(decision.clone());
    // What has ended by then stays as it ended.
    if upheld && row.is_open() {
        row.end(at, Status::Withdrawn);
    }
    Ok(vec![Event::AppealDecided { order: row.id, decision }])
}

/// Of a day that has come; a part is never more than its whole.
pub(super) fn count_calls(_: &mut Twin, ask: Ask<'_>) -> Answer {
    let &Action::CountCalls { day, calls } = ask.action else { unreachable!() };
    if day > ask.at.day() {
        return Err(Rejection::InFuture { field: "day" });
    }
    if day.0 < ask.at.day().0 - 3_660 {
        return Err(Rejection::LongAgo { field: "day", days_max: 3_660 });
    }
    if calls.answered > calls.offered {
        return Err(Rejection::MoreThan { field: "answered", whole: "offered" });
    }
    if calls.in_30s > calls.answered {
        return Err(Rejection::MoreThan { field: "in_30s", whole: "answered" });
    }
    if calls.in_15s > calls.in_30s {
        return Err(Rejection::MoreThan { field: "in_15s", whole: "in_30s" });
    }
    Ok(vec![Event::CallsCounted { day, calls }])
}
