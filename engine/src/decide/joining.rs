//! Decides which orders are handled as one (并单), and what then happens to all of them when one moves.
//!
//! Three cases (国办函〔2025〕66号, art. 5: 重复诉求并单): the same caller and his older open order: that order is hurried; other
//! callers: one is handled for all, and each keeps his clock, his reply and his call back; the same caller and a closed
//! order: that order is handled once more. Nothing is dropped, and a joining can be undone.

use super::{Case, Decided, FACTS_MAX, closing, full, handling, parting, room, unnamed};
use crate::accept::CONTENT_CHARS_MAX;
use crate::actor::is_guarded;
use crate::directory::UnitId;
use crate::dues::OF_THE_UNIT;
use crate::duplicates::caller_number;
use crate::event::Event;
use crate::handling::{Held, Merge, Nudge};
use crate::order::{Dispatch, Due, Dues, Kind, Mode, Order, OrderId, ReworkReason, Stage, Status};
use crate::rejection::Rejection;
use crate::routing;
use crate::state::State;
use crate::text::is_blank;
use crate::time::Timestamp;

/// Orders that may be handled with one: its record must hold a fact for each.
pub const MERGED_MAX: usize = 200;

/// Joins an order to another; the two orders say which of the three cases it is.
pub(super) fn merge(case: Case<'_>, into: OrderId) -> Decided {
    let Case { state, at, order, by, .. } = case;
    let unknown = Rejection::UnknownOrder { order: into };
    let leading = state.order(into).filter(|leading| by.may_see(leading)).ok_or(unknown)?;
    let refuse = |why| Err(Rejection::NotJoinable { why });
    if leading.id == order.id {
        return refuse("is the order itself");
    }
    if order.kind == Kind::Praise || leading.kind == Kind::Praise {
        return refuse("praise is passed on, not joined");
    }
    if order.is_struck_out() || leading.is_struck_out() {
        return refuse("is a struck grade, or this order is one");
    }
    let lead = leading.dispatch.as_ref().map(|dispatch| dispatch.lead);
    if lead.is_some_and(|lead| order.has_refused(lead)) {
        return refuse("is with a unit that has returned this order");
    }
    let own = same_caller(state, order.id, into);
    if own && is_guarded(state, order) && !is_guarded(state, leading) {
        return refuse("asks to stay unnamed, and the caller's other order does not");
    }
    if !own && lead.is_some_and(|lead| is_below(case, order, lead)) {
        return refuse("is with a street or community, and this matter is a department's");
    }
    // The older clock is the one that counts: nobody gets more time by a second contact.
    if own && into > order.id {
        return refuse("is the caller's newer order; join that one to this");
    }
    if own && order.outer_due().is_some() {
        return refuse("has not the due that this order has above, which would be lost to sight");
    }
    if order.urgency > leading.urgency {
        return refuse("is less urgent than this order, whose clock would be lost to sight");
    }
    let merge = Merge { at, by: by.name.clone(), into, before: held(order, at) };
    let order_id = order.id;
    let mut facts = match (own, leading.status) {
        (true, Status::Triage | Status::Dispatched | Status::Signed | Status::Paused) => {
            // It ends as a repeat.
            closing::not_supervised(order)?;
            room("reminders", &leading.reminders)?;
            let nudge = again(at, &by.name, order.number, &retold(state, leading, order));
            vec![Event::Repeated { order: order_id, merge }, Event::Reminded { order: into, nudge }]
        }
        (true, Status::Replied | Status::Closed) => {
            closing::not_supervised(order)?;
            let note = again(at, &by.name, order.number, &retold(state, leading, order)).note;
            let reopened = Case { order: leading, ..case };
            let mut facts = vec![Event::Repeated { order: order_id, merge }];
            facts.append(&mut closing::rework(reopened, ReworkReason::NewFacts, &note)?);
            facts
        }
        (false, Status::Triage | Status::Dispatched | Status::Signed | Status::Paused) => {
            vec![Event::Merged { order: order_id, merge }, joined(into, order_id)]
        }
        (false, Status::Replied | Status::Closed) => {
            return refuse("has been replied to; only its own caller's new facts open it again");
        }
        (_, Status::Merged | Status::Repeat) => return refuse("is joined to another order itself"),
        (_, Status::Withdrawn | Status::Transferred) => return refuse("has ended"),
    };
    // What was joined before and got its reply there is so no more.
    let before = order.merge.as_ref().map(|before| parted(before.into, order_id));
    facts.splice(1..1, before);
    if leading.merged.len() + state.followers(order).count() >= MERGED_MAX {
        return Err(Rejection::Enough { what: "joined orders", max: MERGED_MAX });
    }
    let children: Vec<&Order> = state.followers(order).collect();
    facts.extend(moved(case, &children, into, lead));
    Ok(facts)
}

/// The orders that were handled with this one are handled with another, whose unit is `lead`.
pub(super) fn moved<'a>(
    case: Case<'a>,
    children: &'a [&'a Order],
    into: OrderId,
    lead: Option<UnitId>,
) -> impl Iterator<Item = Event> + 'a {
    let from = case.order.id;
    children.iter().flat_map(move |&child| {
        if let Some(why) = lead.and_then(|lead| stays_behind(case, child, lead)) {
            return parting::alone(case, child, from, why);
        }
        let before = child.merge.as_ref().and_then(|merge| merge.before.clone());
        let (merge, child) =
            (Merge { at: case.at, by: case.by.name.clone(), into, before }, child.id);
        vec![parted(from, child), joined(into, child), Event::Merged { order: child, merge }]
    })
}

/// Whether the unit may not have the order because it is a street or below: so much no joining and no arbiter changes.
pub(super) fn is_below(case: Case<'_>, order: &Order, lead: UnitId) -> bool {
    routing::is_below(case.state.directory(), order, lead, case.at.day())
}

/// Why a joined order does not follow to a unit, if it does not.
fn stays_behind(case: Case<'_>, child: &Order, lead: UnitId) -> Option<&'static str> {
    let refused = child.has_refused(lead).then_some("主单的承办单位曾退回本单");
    refused.or(is_below(case, child, lead).then_some("本单事项须由职能部门承办"))
}

fn joined(order: OrderId, child: OrderId) -> Event {
    Event::Joined { order, child }
}

pub(super) fn parted(order: OrderId, child: OrderId) -> Event {
    Event::Parted { order, child }
}

/// Whether the same citizen is behind both orders, by his number.
fn same_caller(state: &State, one: OrderId, other: OrderId) -> bool {
    let number = |id| state.caller(id).and_then(caller_number);
    number(one).is_some_and(|own| number(other) == Some(own))
}

/// All that a contact said, with what stands beside its story: the order that it is told in says none of it.
pub(crate) fn said(title: &str, place: Option<&str>, tags: &[String], content: &str) -> String {
    let place = place.map_or(String::new(), |place| format!("地点:{place}"));
    let tags = if tags.is_empty() { String::new() } else { format!("标签:{}", tags.join("、")) };
    let parts = [title, &place, &tags, content];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !is_blank(part)).collect();
    parts.join(";")
}

/// The same of an order, for the unit of another of his.
fn retold(state: &State, leading: &Order, order: &Order) -> String {
    let Order { title, place, tags, content, .. } = order;
    unnamed(state, leading, &said(title, place.as_deref(), tags, content))
}

/// What the unit is told when a caller comes again about his open order.
pub(crate) fn again(at: Timestamp, by: &str, number: u64, content: &str) -> Nudge {
    let note = format!("同一诉求人再次来电(工单 {number:018}):{content}");
    let note = note.chars().take(CONTENT_CHARS_MAX).collect();
    Nudge { at, by: by.to_owned(), note }
}

/// Undoes a joining: the order is with its own unit again, as it was, or waits for a dispatcher. Its clocks have run on all the
/// time. What the other order got by it stands: reminders, and the rework of one that was closed, since its unit works on it
/// by now and the caller did come with more.
pub(super) fn unmerge(case: Case<'_>, note: &str) -> Decided {
    let Case { order, .. } = case;
    full("note", note)?;
    let merge = order.merge.as_ref().filter(|_| !order.is_struck_out());
    let merge = merge.ok_or(Rejection::NothingOpen { what: "joining" })?;
    let mut facts = vec![Event::Unmerged { order: order.id, note: note.to_owned() }];
    if order.status == Status::Merged {
        facts.push(parted(merge.into, order.id));
    }
    facts.extend(parting::undone(case, order));
    Ok(facts)
}

/// How a unit has the order, as it is to have it again if a joining is undone. A due that passes now has passed.
fn held(order: &Order, at: Timestamp) -> Option<Held> {
    let mut dispatch = order.dispatch.clone()?;
    let passes = |unit| order.owed_help().any(|(owes, due)| owes == unit && due.current < at);
    dispatch.co_units.iter_mut().for_each(|helper| helper.late |= passes(helper.unit));
    let mut dues = Dues::default();
    OF_THE_UNIT.into_iter().for_each(|stage| dues[stage] = order.dues[stage]);
    let lasts = |due: Due| due.current >= at;
    let runs = |stage: &Stage| match stage {
        Stage::CoHandle => order.owed_help().any(|(_, due)| lasts(due)),
        stage => {
            let lasts = !stage.can_be_late() || dues[*stage].is_some_and(lasts);
            order.clocks.runs(*stage) && lasts
        }
    };
    let running = OF_THE_UNIT.into_iter().filter(runs).collect();
    let (signed, contacted) = (order.times.signed, order.times.contacted);
    Some(Held { dispatch, signed, contacted, dues, running })
}

/// What the facts about one order bring to the orders that are handled with it, and to the one that it is handled with.
pub(super) fn follow_up(case: Case<'_>, facts: &[Event]) -> Vec<Event> {
    let Case { state, rules, at, order, .. } = case;
    let mut more = Vec::new();
    if let (Status::Merged, Some(merge)) = (order.status, &order.merge) {
        more.extend(facts.iter().filter_map(|fact| to_leading(state, order, merge.into, fact)));
    }
    if order.merged.is_empty() {
        return more;
    }
    let children = || state.followers(order);
    for fact in facts.iter().filter(|fact| fact.order() == Some(order.id)) {
        match fact {
            Event::Dispatched { dispatch, .. } => {
                more.extend(children().flat_map(|child| followed(case, child, dispatch)));
            }
            Event::Returned { .. } => {
                more.extend(children().map(|child| Event::Followed { order: child.id }));
            }
            Event::Replied { .. } => more.extend(children().map(|child| {
                let callback_due = handling::call_due(state, rules, child, at);
                Event::RepliedWith { order: child.id, callback_due }
            })),
            Event::Reviewed { review, .. } if !review.passed => {
                more.extend(
                    sharing(state, order).map(|child| Event::ReviewedWith {
                        order: child.id,
                        review: review.clone(),
                    }),
                );
            }
            Event::Withdrawn { .. } | Event::Transferred { .. } | Event::Answered { .. } => {
                more.extend(parting::inherited(case));
            }
            Event::AppealDecided { decision, .. } if decision.granted => {
                more.extend(parting::inherited(case));
            }
            _ => {}
        }
    }
    more
}

/// An arbiter decides for all of them: whoever has refused one has it too.
fn followed(case: Case<'_>, child: &Order, dispatch: &Dispatch) -> Vec<Event> {
    let by_arbiter = dispatch.mode == Mode::Arbitration;
    let why = stays_behind(case, child, dispatch.lead);
    match why.filter(|_| !by_arbiter || is_below(case, child, dispatch.lead)) {
        Some(why) => parting::alone(case, child, case.order.id, why),
        None => vec![Event::Followed { order: child.id }],
    }
}

/// What a fact about a joined order means for the one that is handled for it.
fn to_leading(state: &State, order: &Order, into: OrderId, fact: &Event) -> Option<Event> {
    let room = state.order(into).is_some_and(|leading| leading.reminders.len() < FACTS_MAX);
    match fact {
        Event::Withdrawn { .. } | Event::Transferred { .. } => Some(parted(into, order.id)),
        Event::AppealDecided { decision, .. } if decision.granted => Some(parted(into, order.id)),
        Event::Reminded { nudge, .. } if room => {
            Some(Event::Reminded { order: into, nudge: nudge.clone() })
        }
        _ => None,
    }
}

/// Joined orders that got this very reply and are not closed.
fn sharing<'a>(state: &'a State, order: &'a Order) -> impl Iterator<Item = &'a Order> {
    let orders = order.merged.iter().filter_map(|joined| state.order(joined.order));
    let replied = order.times.replied;
    orders.filter(move |it| it.status == Status::Replied && it.times.replied == replied)
}
