//! Decides which unit has an order: dispatchers, returns, and the arbitration of what nobody wants.

use super::{Case, Decided, full, lead_of, room};
use crate::actor::Role;
use crate::conduct::ArbitrationRule;
use crate::deadline;
use crate::directory::{Directory, MatterId, UnitId};
use crate::dues::{self, Facts};
use crate::event::Event;
use crate::handling::Arbitration;
use crate::order::{
    Confidence, Dispatch, Due, Kind, Mode, Order, Return, ReturnReason, Stage, TriageReason,
};
use crate::rejection::Rejection;
use crate::routing;
use crate::rules::Rules;
use crate::time::Timestamp;

/// Units that may help with one order.
pub const CO_UNITS_MAX: usize = 20;

/// A dispatcher's choice. While the order is in arbitration it is the arbiter's: a refuser may be named, and is final. From a
/// final owner only a supervisor takes it: he handles first, and the desk does not argue for him.
pub(super) fn dispatch(
    case: Case<'_>,
    lead: UnitId,
    co_units: &[UnitId],
    matter: Option<MatterId>,
) -> Decided {
    let Case { state, rules, at, order, by } = case;
    let directory = state.directory();
    let matter = matter.or(order.matter);
    if order.has_final_owner() && by.role != Role::Supervisor {
        return Err(Rejection::FinalOwnerKeeps { order: order.id });
    }
    if !directory.is_active(lead) {
        return Err(Rejection::UnknownUnit { field: "lead" });
    }
    let final_owner = order.arbitration.is_some();
    if order.has_refused(lead) && !final_owner {
        return Err(Rejection::Refuser { field: "lead" });
    }
    if order.dispatch.as_ref().is_some_and(|dispatch| dispatch.lead == lead) {
        return Err(Rejection::AlreadyThere { field: "lead" });
    }
    let co_units = co_units_of(directory, lead, co_units)?;
    if co_units.iter().any(|&unit| order.has_refused(unit)) && !final_owner {
        return Err(Rejection::Refuser { field: "co_units" });
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
    let mode = if final_owner { Mode::Arbitration } else { Mode::Triage };
    let handling = order.dues[Stage::Handle];
    let facts = Facts::of(order);
    Ok(given(rules, directory, at, order, Given { facts, lead, co_units, matter, mode, handling }))
}

/// What is given to a unit, how, and by when it must be handled.
pub(super) struct Given<'a> {
    /// What its dues depend on beside unit and matter.
    pub(super) facts: Facts<'a>,
    pub(super) lead: UnitId,
    pub(super) co_units: Vec<UnitId>,
    pub(super) matter: Option<MatterId>,
    pub(super) mode: Mode,
    pub(super) handling: Option<Due>,
}

/// The facts of an order that a unit gets now.
pub(super) fn given(
    rules: &Rules,
    directory: &Directory,
    at: Timestamp,
    order: &Order,
    given: Given<'_>,
) -> Vec<Event> {
    let Given { facts, lead, co_units, matter, mode, handling } = given;
    let facts = facts.at(lead, matter);
    let (mut dues, co_units) =
        dues::at_dispatch(rules, directory, &facts, (&co_units, handling), at);
    if mode == Mode::Arbitration {
        // Whom an arbiter names may not return it.
        dues[Stage::Return] = None;
    }
    let dispatch = Dispatch {
        at,
        lead,
        co_units,
        mode,
        confidence: Confidence::CERTAIN,
        row: None,
        directory_version: directory.version,
    };
    let withdrawn_from = order.dispatch.as_ref().map(|before| before.lead);
    let withdrawn_from = withdrawn_from.filter(|before| *before != lead);
    let order_id = order.id;
    let mut facts =
        vec![Event::Dispatched { order: order_id, matter, dispatch, dues, withdrawn_from }];
    if order.kind == Kind::Praise {
        facts.push(Event::PraisePassedOn { order: order_id });
    }
    facts
}

/// Each helper once, and never the lead.
fn co_units_of(
    directory: &Directory,
    lead: UnitId,
    co_units: &[UnitId],
) -> Result<Vec<UnitId>, Rejection> {
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
    Ok(helpers)
}

/// A unit's refusal: within its limit, with a reason, and not by a unit that was named by arbitration.
pub(super) fn return_order(
    case: Case<'_>,
    reason: ReturnReason,
    suggested: Option<UnitId>,
    evidence: &str,
) -> Decided {
    let Case { state, rules, at, order, .. } = case;
    let (directory, unit) = (state.directory(), lead_of(order));
    if order.has_final_owner() {
        return Err(Rejection::FinalOwner { order: order.id });
    }
    full("evidence", evidence)?;
    room("returns", &order.returns)?;
    // Who says that it is not his duty says whose it is (山东省政务服务热线管理办法: 说明理由).
    if suggested.is_none() && reason != ReturnReason::NotEnoughFacts {
        return Err(Rejection::Empty { field: "suggested_unit" });
    }
    if let Some(suggested) = suggested {
        if !directory.is_active(suggested) {
            return Err(Rejection::UnknownUnit { field: "suggested_unit" });
        }
        // Another that has refused may be named: that is what arbitration is for.
        if suggested == unit {
            return Err(Rejection::AlreadyThere { field: "suggested_unit" });
        }
    }
    if let Some(until) = order.dues[Stage::Return].map(|due| due.current)
        && at > until
    {
        return Err(Rejection::ReturnTooLate { order: order.id, until });
    }
    let dispatch_due = dues::at_triage(rules, directory, &Facts::of(order), at);
    let (id, evidence) = (order.id, evidence.to_owned());
    let refusal = Return { at, unit, reason, suggested, evidence };
    let returned = Event::Returned { order: id, refusal };
    let rule = rules.profile(at).arbitration.as_ref();
    let Some(rule) = rule.filter(|rule| order.returns.len() + 1 >= rule.after_returns.into())
    else {
        let reason = TriageReason::Returned;
        return Ok(vec![returned, Event::SentToTriage { order: id, reason, dispatch_due }]);
    };
    let reason = TriageReason::Arbitration;
    let triage = Event::SentToTriage { order: id, reason, dispatch_due };
    let arbitration = rung(rules, rule, at, 0);
    Ok(vec![returned, triage, Event::Arbitrated { order: id, arbitration }])
}

/// The facts of an order that nobody has any more, though a unit had: a dispatcher must find one, or an arbiter where it was
/// returned so often before.
pub(super) fn without_owner(
    case: Case<'_>,
    order: &Order,
    facts: &Facts<'_>,
    reason: TriageReason,
) -> Vec<Event> {
    let Case { state, rules, at, .. } = case;
    let dispatch_due = dues::at_triage(rules, state.directory(), facts, at);
    let rule = rules.profile(at).arbitration.as_ref();
    let Some(rule) = rule.filter(|rule| order.returns.len() >= rule.after_returns.into()) else {
        return vec![Event::SentToTriage { order: order.id, reason, dispatch_due }];
    };
    let (order, reason) = (order.id, TriageReason::Arbitration);
    let arbitration = rung(rules, rule, at, 0);
    vec![
        Event::SentToTriage { order, reason, dispatch_due },
        Event::Arbitrated { order, arbitration },
    ]
}

/// A rung and the end of its limit.
fn rung(rules: &Rules, rule: &ArbitrationRule, at: Timestamp, rung: u16) -> Arbitration {
    let limit = rule.rungs.get(usize::from(rung)).and_then(|rung| rung.working_days);
    let due =
        limit.map(|days| deadline::rung_due(rules.profile(at), &rules.calendar, (rung, days), at));
    let (due, assumed) = (due.map(|due| due.current), due.is_some_and(|due| due.assumed));
    Arbitration { rung, since: at, due, assumed }
}

/// The same rung by the notices that are known now. A rule that is gone leaves it as it is.
pub(super) fn rung_again(rules: &Rules, before: Arbitration) -> Arbitration {
    let rule = rules.profile(before.since).arbitration.as_ref();
    let known = rule.filter(|rule| usize::from(before.rung) < rule.rungs.len());
    let again = known.map(|rule| rung(rules, rule, before.since, before.rung));
    let kept = Arbitration { assumed: false, ..before };
    again.filter(|again| again.due.is_some()).unwrap_or(kept)
}

/// A rung that has not decided in time: the next has it from then on, whenever the tick came, and after the last the backstop
/// gets the order.
pub(super) fn rise(
    rules: &Rules,
    directory: &Directory,
    at: Timestamp,
    order: &Order,
) -> Vec<Event> {
    let Some(before) = order.arbitration else { return Vec::new() };
    let rule = rules.profile(at).arbitration.as_ref();
    let next = before.rung.saturating_add(1);
    if let Some(rule) = rule.filter(|rule| usize::from(next) < rule.rungs.len()) {
        let arbitration = rung(rules, rule, before.due.unwrap_or(at), next);
        return vec![Event::Arbitrated { order: order.id, arbitration }];
    }
    let backstop = rule.and_then(|rule| directory.unit_id(rule.backstop.as_deref()?));
    // A street is nobody's backstop: what a department must do is not handed down (国办函〔2025〕66号, art. 5).
    let may = |&unit: &UnitId| directory.is_active(unit) && !directory.is_grassroots(unit);
    match backstop.filter(may) {
        Some(lead) => {
            let (co_units, matter, mode) = (Vec::new(), order.matter, Mode::Arbitration);
            let (facts, handling) = (Facts::of(order), order.dues[Stage::Handle]);
            let given_now = Given { facts, lead, co_units, matter, mode, handling };
            given(rules, directory, at, order, given_now)
        }
        // The last rung goes on without a limit: there is nobody behind it.
        None => {
            let arbitration = Arbitration { due: None, assumed: false, ..before };
            vec![Event::Arbitrated { order: order.id, arbitration }]
        }
    }
}
