//! What an order counts for as it stands, and what a cycle counts for that a rework has ended. Sums up nothing.

use super::{Measure, Place};
use crate::handling::{EndedCycle, Rework};
use crate::order::{Kind, Order, ReworkReason, Stage, Status};
use crate::time::{Day, Timestamp};

/// A count of one, and where it belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) day: Day,
    pub(crate) place: Place,
    pub(crate) measure: Measure,
}

/// What an order counts for as it stands: nothing in it is summed up twice.
pub(crate) type Contribution = [Option<Tally>; 11];

/// Of an order that is not there yet.
pub(crate) const NOTHING: Contribution = [None; 11];

/// What an order counts for as it stands.
pub(crate) fn contribution(order: &Order) -> Contribution {
    if order.is_struck_out() {
        // A grade that counts no more was never an order.
        return NOTHING;
    }
    let unit = order.dispatch.as_ref().map(|dispatch| dispatch.lead);
    let place = Place { unit, kind: Some(order.kind), matter: order.matter };
    let tally = |at: Timestamp, measure| Some(Tally { day: at.day(), place, measure });
    let praise = order.kind == Kind::Praise;
    // Not what somebody had told already.
    let is_one = order.status != Status::Repeat;
    let first = |measure| {
        let first = order.first.filter(|_| is_one && !praise)?;
        let place = Place { unit: Some(first.unit), ..place };
        Some(Tally { day: first.at.day(), place, measure })
    };
    // What the desk answered and no unit had.
    let answered = order.answer.is_some() && order.dispatch.is_none();
    let ended = order.times.closed.and_then(|at| match order.status {
        Status::Closed if praise => tally(at, Measure::Praise),
        Status::Closed if answered => tally(at, Measure::Answered),
        Status::Closed => tally(at, Measure::Closed),
        Status::Withdrawn => tally(at, Measure::Withdrawn),
        Status::Transferred => tally(at, Measure::Transferred),
        _ => None,
    });
    let limited = order.dues[Stage::Handle].is_some();
    let closed_by_unit = order.status == Status::Closed && !praise && !answered;
    let closed = order.times.closed.filter(|_| closed_by_unit);
    let dissatisfied = |it: &Rework| it.reason == ReworkReason::Dissatisfied;
    let sent_back = closed.filter(|_| order.reworks.iter().any(dissatisfied));
    let came_in = match order.status {
        Status::Repeat => tally(order.times.accepted, Measure::Repeated),
        _ if praise => None,
        _ => tally(order.times.accepted, Measure::Accepted),
    };
    let joined = order.merge.as_ref().filter(|_| order.status != Status::Repeat);
    [
        came_in,
        joined.and_then(|merge| tally(merge.at, Measure::Merged)),
        first(Measure::Dispatched),
        first(Measure::DispatchedClosed).filter(|_| order.status == Status::Closed),
        first(Measure::DispatchedMet).filter(|_| is_met(order)),
        first(Measure::Misdispatched).filter(|_| order.reassigned),
        due_outcome(order).map(|(day, measure)| {
            // What was late is the lateness of who had it then, whoever has it now.
            let late = matches!(measure, Measure::DueMissed | Measure::DueOverdue);
            let unit = if late { order.late_with } else { unit };
            Tally { day, place: Place { unit, ..place }, measure }
        }),
        ended,
        closed.filter(|_| !limited).and_then(|at| tally(at, Measure::ClosedWithoutLimit)),
        closed.filter(|_| order.called).and_then(|at| tally(at, Measure::ClosedAfterCallback)),
        sent_back.and_then(|at| tally(at, Measure::ClosedAfterRework)),
    ]
}

/// How the handling due of the present cycle came out, once it has. What was taken back, handed over or joined as a repeat
/// before its due does not count; after it, the due counts as it came out by then.
fn due_outcome(order: &Order) -> Option<(Day, Measure)> {
    let due = order.dues[Stage::Handle]?.current;
    if matches!(order.status, Status::Withdrawn | Status::Transferred | Status::Repeat) {
        let is_over = order.times.closed.is_some_and(|ended| ended > due);
        let measure = match order.times.replied {
            Some(replied) if replied <= due => is_over.then_some(Measure::DueMet),
            _ if order.overdue.contains(&Stage::Handle) => Some(Measure::DueMissed),
            _ => None,
        };
        return Some((due.day(), measure?));
    }
    let measure = match order.times.replied {
        Some(replied) if replied <= due => Measure::DueMet,
        Some(_) => Measure::DueMissed,
        None if order.clocks.owed && !order.clocks.runs(Stage::Handle) => Measure::DueOverdue,
        None if order.status.is_open() => Measure::DueOpen,
        None => return None,
    };
    Some((due.day(), measure))
}

/// Whether an order is replied to, and was in time in every cycle; whatever becomes of it then.
fn is_met(order: &Order) -> bool {
    let in_time = |rework: &Rework| {
        let was_late = rework.ended.is_some_and(|ended| ended.replied > ended.due);
        rework.reason != ReworkReason::PoorReply && !was_late
    };
    let before = order.reworks.iter().all(in_time);
    let due = order.dues[Stage::Handle];
    before && due.is_some_and(|due| order.times.replied.is_some_and(|at| at <= due.current))
}

/// How a cycle came out that a rework has ended. A reply that the desk found poor was none: its due was missed, unless it lies
/// ahead and another takes its place.
pub(super) fn ended_cycle(kind: Kind, rework: &Rework) -> Option<Tally> {
    let EndedCycle { due, replied, unit, matter } = rework.ended?;
    let was_poor = rework.reason == ReworkReason::PoorReply;
    if was_poor && rework.at <= due {
        return None;
    }
    let place = Place { unit, kind: Some(kind), matter };
    let is_met = replied <= due && !was_poor;
    let measure = if is_met { Measure::DueMet } else { Measure::DueMissed };
    Some(Tally { day: due.day(), place, measure })
}
