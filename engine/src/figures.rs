//! Counts that honest figures are made of, kept up with every fact and never scanned for. Names no rate: that is
//! `report`'s.
//!
//! A count belongs to the day on which it can be judged: an order to the day it came in, a due to the day it fell on.
//! What moves (a due that is extended, an order that changes its unit) leaves one place and enters another, so that
//! the sums always say what the orders say.

mod place;
mod standing;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::directory::UnitId;
use crate::glossary::words;
use crate::handling::Rework;
use crate::ledger::Ledger;
use crate::order::Order;
use crate::time::{Day, Timestamp};

pub use self::place::Place;
use self::standing::ended_cycle;
pub(crate) use self::standing::{Contribution, NOTHING, Tally, contribution};

words! {
    /// What is counted.
    Measure {
        /// Orders accepted, praise apart.
        Accepted = "accepted" "受理",
        /// Orders given to a unit for the first time.
        Dispatched = "dispatched" "转办",
        /// Of these, orders that are closed.
        DispatchedClosed = "dispatched-closed" "转办件办结",
        /// Of these, orders that are replied to, each time in time.
        DispatchedMet = "dispatched-met" "转办件按时办结",
        /// Of these, orders that came back or were given to another unit.
        Misdispatched = "misdispatched" "首次分拨不成功",
        /// Orders that came to a unit, for the first time or anew.
        Received = "received" "派入",
        /// Refusals.
        Returned = "returned" "退单",
        /// Signatures within the limit.
        SignedInTime = "signed-in-time" "及时签收",
        /// Signing dues that passed unmet.
        SigningMissed = "signing-missed" "逾期未签收",
        /// Of these, orders that were signed for after it.
        SignedLate = "signed-late" "逾期签收",
        /// First words with callers within the limit.
        ContactedInTime = "contacted-in-time" "按时联系",
        /// Contact dues that passed unmet.
        ContactMissed = "contact-missed" "逾期未联系",
        /// Words of units that help, within the limit.
        HelpedInTime = "helped-in-time" "按时协办反馈",
        /// Dues of units that help that passed unmet.
        HelpMissed = "help-missed" "逾期未协办反馈",
        /// Dues that were met by a reply.
        DueMet = "due-met" "按时办结",
        /// Dues after which the reply came, or after which the order ended without one.
        DueMissed = "due-missed" "逾期办结",
        /// Dues that passed and are not replied to yet.
        DueOverdue = "due-overdue" "逾期未办结",
        /// Dues that have not passed, of orders that are not replied to yet.
        DueOpen = "due-open" "未到期在办",
        /// Orders closed, praise apart.
        Closed = "closed" "办结",
        /// Of these, orders that never had a limit.
        ClosedWithoutLimit = "closed-without-limit" "无时限办结",
        /// Of the orders closed, those about which the caller was called back.
        ClosedAfterCallback = "closed-after-callback" "回访后办结",
        /// Of the orders closed, those that a dissatisfied caller had sent back.
        ClosedAfterRework = "closed-after-rework" "不满意重办后办结",
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
        /// How often orders were put under supervision, by somebody or by the ladder.
        Supervised = "supervised" "督办",
        /// Orders that the desk answered and closed itself.
        Answered = "answered" "直接解答",
        /// Contacts about an order that the same caller has already: no orders of their own.
        Repeated = "repeated" "重复来电",
        /// Orders joined to another caller's, each on its own clock.
        Merged = "merged" "并单",
        /// Dispatches within the limit.
        DispatchedInTime = "dispatched-in-time" "按时转出",
        /// Dispatch dues that passed unmet.
        DispatchMissed = "dispatch-missed" "逾期未转出",
        /// Calls back within the limit.
        CalledBackInTime = "called-back-in-time" "按时回访",
        /// Callback dues that passed unmet.
        CallbackMissed = "callback-missed" "逾期未回访",
        /// Replies of units.
        Replied = "replied" "答复",
        /// Closings of replied orders.
        Concluded = "concluded" "办结件次",
        /// Minutes from receipt to the last reply of these, nights and weekends included.
        ConcludedMinutes = "concluded-minutes" "办理用时(分钟)",
        /// Of these, minutes of working days.
        ConcludedWorkingMinutes = "concluded-working-minutes" "工作日办理用时(分钟)",
        /// Services with one of the three upper grades.
        RatedWell = "rated-well" "好评",
        /// Services with one of the two lower grades, less those struck out.
        RatedBadly = "rated-badly" "差评",
        /// Services that nobody rated in time.
        RatedByDefault = "rated-by-default" "默认评价",
        /// Bad grades that were struck out after an appeal.
        RatingStruck = "rating-struck" "误评更正",
        /// Calls that came in at the telephone platform.
        CallsOffered = "calls-offered" "呼入",
        /// Of these, calls that were answered.
        CallsAnswered = "calls-answered" "接通",
        /// Of these, within 15 seconds.
        CallsIn15s = "calls-in-15s" "15秒内接通",
        /// Within 30 seconds.
        CallsIn30s = "calls-in-30s" "30秒内接通",
        /// Seconds that callers waited before they were answered.
        WaitedSeconds = "waited-seconds" "等待(秒)",
    }
}

/// What the telephone platform counted on a day.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Calls {
    /// Calls that came in.
    pub offered: u32,
    /// Of these, answered.
    pub answered: u32,
    /// Of these, within 15 seconds.
    pub in_15s: u32,
    /// Of these, within 30 seconds.
    pub in_30s: u32,
    /// What those who were answered had waited, in seconds together.
    pub waited_seconds: u32,
}

impl Calls {
    fn measures(self) -> [(Measure, u32); 5] {
        let Calls { offered, answered, in_15s, in_30s, waited_seconds } = self;
        [
            (Measure::CallsOffered, offered),
            (Measure::CallsAnswered, answered),
            (Measure::CallsIn15s, in_15s),
            (Measure::CallsIn30s, in_30s),
            (Measure::WaitedSeconds, waited_seconds),
        ]
    }
}

/// One number a measure.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize,
)]
pub struct Counts([u32; Measure::ALL.len()]);

impl Default for Counts {
    fn default() -> Counts {
        Counts([0; Measure::ALL.len()])
    }
}

impl FromIterator<(Measure, u32)> for Counts {
    /// What somebody else counted; what is named twice is summed.
    fn from_iter<I: IntoIterator<Item = (Measure, u32)>>(counted: I) -> Counts {
        let mut counts = Counts::default();
        for (measure, many) in counted {
            counts.0[measure as usize] = counts.0[measure as usize].saturating_add(many);
        }
        counts
    }
}

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
        self.count_many(order, at, measure, 1, record);
    }

    /// Counts many more at a place.
    pub(crate) fn count_many(
        &mut self,
        order: &Order,
        at: Timestamp,
        measure: Measure,
        many: u32,
        record: u64,
    ) {
        let unit = order.dispatch.as_ref().map(|dispatch| dispatch.lead);
        let place = Place { unit, kind: Some(order.kind), matter: order.matter };
        let many = i32::try_from(many).unwrap_or(i32::MAX);
        self.shift(Tally { day: at.day(), place, measure }, record, many);
    }

    /// Counts one more, or one less, of a unit's grades.
    pub(crate) fn count_grade(
        &mut self,
        unit: UnitId,
        day: Day,
        measure: Measure,
        by: i32,
        record: u64,
    ) {
        let place = Place { unit: Some(unit), kind: None, matter: None };
        self.shift(Tally { day, place, measure }, record, by);
    }

    /// Puts what was counted of a day's calls in the place of what was counted before.
    pub(crate) fn count_calls(&mut self, day: Day, calls: Calls, record: u64) {
        let place = Place { unit: None, kind: None, matter: None };
        let of_day = self.days.entry(day).or_default();
        of_day.changed_by = record;
        let counts = of_day.counts.entry(place).or_default();
        for (measure, count) in calls.measures() {
            counts.0[measure as usize] = count;
        }
        if counts.is_empty() {
            of_day.counts.remove(&place);
        }
    }

    /// Keeps the outcome of a cycle that a rework has ended, since a new one makes no late reply good; or lets go of it, of a
    /// grade that is struck out.
    pub(crate) fn keep(&mut self, order: &Order, rework: &Rework, by: i32, record: u64) {
        if let Some(tally) = ended_cycle(order.kind, rework) {
            self.shift(tally, record, by);
        }
    }

    /// An order counted for the one and counts for the other now.
    pub(crate) fn replace(&mut self, before: &Contribution, now: &Contribution, record: u64) {
        let mut shifts = [None; 2 * NOTHING.len()];
        let mut count = 0;
        for (before, now) in before.iter().zip(now).filter(|(before, now)| before != now) {
            for (tally, by) in [(before, -1), (now, 1)] {
                if let &Some(tally) = tally {
                    shifts[count] = Some((tally, by));
                    count += 1;
                }
            }
        }
        self.shift_all(&mut shifts[..count], record);
    }

    pub(crate) fn shift(&mut self, tally: Tally, record: u64, by: i32) {
        self.shift_all(&mut [Some((tally, by))], record);
    }

    /// Looks up each place once: most of what one fact shifts is at one.
    fn shift_all(&mut self, shifts: &mut [Option<(Tally, i32)>], record: u64) {
        for at in 0..shifts.len() {
            let Some((Tally { day, place, .. }, _)) = shifts[at] else { continue };
            let of_day = self.days.entry(day).or_default();
            of_day.changed_by = record;
            let counts = of_day.counts.entry(place).or_default();
            let is_here = |it: &mut (Tally, i32)| it.0.day == day && it.0.place == place;
            let mut has_none = false;
            for (tally, by) in shifts[at..].iter_mut().filter_map(|it| it.take_if(is_here)) {
                let count = &mut counts.0[tally.measure as usize];
                *count = count.saturating_add_signed(by);
                has_none |= *count == 0;
            }
            if has_none && counts.is_empty() {
                of_day.counts.remove(&place);
            }
        }
    }

    /// What all orders count for, counted afresh: the incremental sums must agree with it. Facts that only add up
    /// (returns, calls back) are left out of both.
    pub(crate) fn agrees_with(&self, orders: &Ledger) -> bool {
        let mut fresh = Figures::default();
        for order in orders.iter() {
            fresh.replace(&NOTHING, &contribution(&order), 0);
            let cycles = order.reworks.iter().filter(|_| !order.is_struck_out());
            cycles.for_each(|rework| fresh.keep(&order, rework, 1, 0));
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
        use Measure as M;
        matches!(
            self,
            M::Accepted
                | M::Answered
                | M::Merged
                | M::Repeated
                | M::Closed
                | M::ClosedAfterCallback
                | M::ClosedAfterRework
                | M::ClosedWithoutLimit
                | M::Dispatched
                | M::DispatchedClosed
                | M::DispatchedMet
                | M::DueMet
                | M::DueMissed
                | M::DueOpen
                | M::DueOverdue
                | M::Misdispatched
                | M::Praise
                | M::Transferred
                | M::Withdrawn
        )
    }
}
