//! Counts that honest figures are made of, kept up with every fact and never scanned for. Names no rate: that is
//! `report`'s.
//!
//! A count belongs to the day on which it can be judged: an order to the day it came in, a due to the day it fell on.
//! What moves (a due that is extended, an order that changes its unit) leaves one place and enters another, so that
//! the sums always say what the orders say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::directory::{MatterId, UnitId};
use crate::glossary::words;
use crate::handling::{EndedCycle, Rework};
use crate::order::{Kind, Order, Stage, Status};
use crate::time::{Day, Timestamp};

words! {
    /// What is counted.
    Measure {
        /// Orders accepted, praise apart.
        Accepted = "accepted" "受理",
        /// Orders given to a unit for the first time.
        Dispatched = "dispatched" "转办",
        /// Of these, orders that came back or were given to another unit.
        Misdispatched = "misdispatched" "首次分拨不成功",
        /// Refusals.
        Returned = "returned" "退单",
        /// Signatures within the limit.
        SignedInTime = "signed-in-time" "及时签收",
        /// Signatures after it.
        SignedLate = "signed-late" "逾期签收",
        /// Dues that were met by a reply.
        DueMet = "due-met" "按时办结",
        /// Dues after which the reply came.
        DueMissed = "due-missed" "逾期办结",
        /// Dues that passed and are not replied to yet.
        DueOverdue = "due-overdue" "逾期未办结",
        /// Orders closed, praise apart.
        Closed = "closed" "办结",
        /// Of these, orders that never had a limit.
        ClosedWithoutLimit = "closed-without-limit" "无时限办结",
        /// Praise passed on: in no rate.
        Praise = "praise" "表扬",
        /// Orders that the caller took back.
        Withdrawn = "withdrawn" "撤回",
        /// Orders handed to an emergency number.
        Transferred = "transferred" "转接",
        /// Calls back.
        CalledBack = "called-back" "回访",
        /// Of these, callers who were reached: the valid ratings.
        Reached = "reached" "回访接通",
        /// Callers who were satisfied.
        Satisfied = "satisfied" "满意",
        /// Callers whose matter is solved.
        Solved = "solved" "解决",
        /// Handling cycles after the first.
        Reworked = "reworked" "重办",
        /// Extensions that were granted.
        Extended = "extended" "延期",
        /// Orders put under supervision.
        Supervised = "supervised" "督办",
    }
}

/// One number a measure.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Counts([u32; Measure::ALL.len()]);

impl Counts {
    /// How many.
    pub fn of(&self, measure: Measure) -> u64 {
        u64::from(self.0[measure as usize])
    }

    /// Adds what another place counted.
    pub fn add(&mut self, other: &Counts) {
        for (own, more) in self.0.iter_mut().zip(other.0) {
            *own = own.saturating_add(more);
        }
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|count| *count == 0)
    }
}

/// Whose a count is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
#[rkyv(derive(PartialEq, Eq, PartialOrd, Ord))]
pub struct Place {
    /// The unit; none while no unit has the order.
    pub unit: Option<UnitId>,
    /// The kind of the order.
    pub kind: Kind,
    /// Its matter, once known.
    pub matter: Option<MatterId>,
}

/// The counts of one day.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Hash, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize,
)]
pub struct DayFigures {
    /// The record that changed it last, so that a reader need not look at days that stand still.
    pub changed_by: u64,
    /// By unit, kind and matter.
    pub counts: BTreeMap<Place, Counts>,
}

/// The counts of every day.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Hash, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize,
)]
pub struct Figures {
    days: BTreeMap<Day, DayFigures>,
}

/// A count of one, and where it belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    day: Day,
    place: Place,
    measure: Measure,
}

/// What an order counts for as it stands: nothing in it is summed up twice.
pub(crate) type Contribution = [Option<Tally>; 6];

/// Of an order that is not there yet.
pub(crate) const NOTHING: Contribution = [None; 6];

/// What an order counts for as it stands.
pub(crate) fn contribution(order: &Order) -> Contribution {
    let unit = order.dispatch.as_ref().map(|dispatch| dispatch.lead);
    let place = Place { unit, kind: order.kind, matter: order.matter };
    let tally = |at: Timestamp, measure| Some(Tally { day: at.day(), place, measure });
    let praise = order.kind == Kind::Praise;
    let first = |measure| {
        let first = order.first.filter(|_| !praise)?;
        let place = Place { unit: Some(first.unit), ..place };
        Some(Tally { day: first.at.day(), place, measure })
    };
    let ended = order.times.closed.and_then(|at| match order.status {
        Status::Closed if praise => tally(at, Measure::Praise),
        Status::Closed => tally(at, Measure::Closed),
        Status::Withdrawn => tally(at, Measure::Withdrawn),
        Status::Transferred => tally(at, Measure::Transferred),
        _ => None,
    });
    let limited = order.dues[Stage::Handle].is_some();
    let unlimited =
        order.times.closed.filter(|_| order.status == Status::Closed && !praise && !limited);
    [
        if praise { None } else { tally(order.times.accepted, Measure::Accepted) },
        first(Measure::Dispatched),
        first(Measure::Misdispatched).filter(|_| order.reassigned),
        due_outcome(order).map(|(day, measure)| Tally { day, place, measure }),
        ended,
        unlimited.and_then(|at| tally(at, Measure::ClosedWithoutLimit)),
    ]
}

/// How the handling due of the present cycle came out, once it has: taken back and handed over, it does not count.
fn due_outcome(order: &Order) -> Option<(Day, Measure)> {
    let due = order.dues[Stage::Handle]?.current;
    if matches!(order.status, Status::Withdrawn | Status::Transferred) {
        return None;
    }
    let measure = match order.times.replied {
        Some(replied) if replied <= due => Measure::DueMet,
        Some(_) => Measure::DueMissed,
        None if order.clocks.owed && !order.clocks.runs(Stage::Handle) => Measure::DueOverdue,
        None => return None,
    };
    Some((due.day(), measure))
}

/// How a cycle came out that a rework has ended.
fn ended_cycle(kind: Kind, rework: &Rework) -> Option<Tally> {
    let EndedCycle { due, replied, unit, matter } = rework.ended?;
    let place = Place { unit: Some(unit), kind, matter };
    let measure = if replied <= due { Measure::DueMet } else { Measure::DueMissed };
    Some(Tally { day: due.day(), place, measure })
}

impl Figures {
    /// The counts of the days of a span, both ends included.
    pub fn days(&self, from: Day, to: Day) -> impl Iterator<Item = (&Day, &DayFigures)> {
        self.days.range(from..=to)
    }

    /// Every day on which something was counted.
    pub fn all_days(&self) -> impl Iterator<Item = (&Day, &DayFigures)> {
        self.days.iter()
    }

    /// Counts one more at a place.
    pub(crate) fn count(&mut self, order: &Order, at: Timestamp, measure: Measure, record: u64) {
        let unit = order.dispatch.as_ref().map(|dispatch| dispatch.lead);
        let place = Place { unit, kind: order.kind, matter: order.matter };
        self.shift(Tally { day: at.day(), place, measure }, record, 1);
    }

    /// Counts a refusal of a unit that has the order no more.
    pub(crate) fn count_at(&mut self, order: &Order, unit: UnitId, at: Timestamp, record: u64) {
        let place = Place { unit: Some(unit), kind: order.kind, matter: order.matter };
        self.shift(Tally { day: at.day(), place, measure: Measure::Returned }, record, 1);
    }

    /// Keeps the outcome of a cycle that a rework has ended: a new cycle makes no late reply good.
    pub(crate) fn keep(&mut self, order: &Order, rework: &Rework, record: u64) {
        if let Some(tally) = ended_cycle(order.kind, rework) {
            self.shift(tally, record, 1);
        }
    }

    /// An order counted for the one and counts for the other now.
    pub(crate) fn replace(&mut self, before: &Contribution, now: &Contribution, record: u64) {
        for (before, now) in before.iter().zip(now).filter(|(before, now)| before != now) {
            if let Some(tally) = before {
                self.shift(*tally, record, -1);
            }
            if let Some(tally) = now {
                self.shift(*tally, record, 1);
            }
        }
    }

    fn shift(&mut self, tally: Tally, record: u64, by: i32) {
        let day = self.days.entry(tally.day).or_default();
        day.changed_by = record;
        let counts = day.counts.entry(tally.place).or_default();
        let count = &mut counts.0[tally.measure as usize];
        *count = count.saturating_add_signed(by);
        if counts.is_empty() {
            day.counts.remove(&tally.place);
        }
    }

    /// What all orders count for, counted afresh: the incremental sums must agree with it. Facts that only add up
    /// (returns, calls back) are left out of both.
    pub(crate) fn agrees_with(&self, orders: &[Order]) -> bool {
        let mut fresh = Figures::default();
        for order in orders {
            fresh.replace(&NOTHING, &contribution(order), 0);
            order.reworks.iter().for_each(|rework| fresh.keep(order, rework, 0));
        }
        let moving = |figures: &Figures| {
            let mut sums: BTreeMap<(Day, Place, Measure), u32> = BTreeMap::new();
            for (&day, of_day) in &figures.days {
                for (&place, counts) in &of_day.counts {
                    for &measure in Measure::ALL.iter().filter(|measure| measure.is_moving()) {
                        let count = counts.0[measure as usize];
                        if count > 0 {
                            sums.insert((day, place, measure), count);
                        }
                    }
                }
            }
            sums
        };
        moving(self) == moving(&fresh)
    }
}

impl Measure {
    /// Whether it follows from how orders stand, and not from a fact that only adds up.
    fn is_moving(self) -> bool {
        use Measure::{
            Accepted, Closed, ClosedWithoutLimit, Dispatched, DueMet, DueMissed, DueOverdue,
            Misdispatched, Praise, Transferred, Withdrawn,
        };
        matches!(
            self,
            Accepted
                | Closed
                | ClosedWithoutLimit
                | Dispatched
                | DueMet
                | DueMissed
                | DueOverdue
                | Misdispatched
                | Praise
                | Transferred
                | Withdrawn
        )
    }
}
