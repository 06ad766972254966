//! Rates with numerator and denominator, each with the definition that hotlines use. Counts nothing itself.
//!
//! Three denominators of the closure rate are in official use (domain of the figures: 连云港 应结案, 淮北 转办, 连平 受理): all
//! three are given and named. Checked against published counts in `engine/tests/rules/figures.rs`.

use serde::{Deserialize, Serialize};

use crate::figures::{Counts, Measure};
use crate::glossary::words;

words! {
    /// A rate that is reported.
    Figure {
        /// Closed in time ÷ due to be closed, what is open and overdue included.
        OnTimeClosure = "on-time-closure" "按时办结率",
        /// Closed ÷ due to be closed (应结案口径).
        ClosureOfDue = "closure-of-due" "办结率(应办结口径)",
        /// Closed ÷ given to units (转办口径).
        ClosureOfDispatched = "closure-of-dispatched" "办结率(转办口径)",
        /// Closed ÷ accepted, what is still in time included (受理口径).
        ClosureOfAccepted = "closure-of-accepted" "办结率(受理口径)",
        /// Of the orders given to units, those that are replied to, each time in time.
        OnTimeOfDispatched = "on-time-of-dispatched" "按时办结率(转办口径)",
        /// Signed in time ÷ signed in time and unsigned at the limit.
        SigningInTime = "signing-in-time" "及时签收率",
        /// The first word with the caller in time ÷ due to be said. Beijing's rate of this name asks the caller, at the call back,
        /// whether somebody was in touch: that answer is not kept here.
        Response = "response" "响应率",
        /// Words of units that help in time ÷ due to be said.
        HelpInTime = "help-in-time" "协办按时反馈率",
        /// Never returned or given to another unit ÷ given to units for the first time.
        FirstDispatch = "first-dispatch" "一次分拨成功率",
        /// Refusals ÷ orders that came to units, for the first time or anew.
        ReturnRate = "return-rate" "退单率",
        /// Closed after a dissatisfied caller had sent it back ÷ closed.
        ReworkRate = "rework-rate" "重办率",
        /// Closed after a call back ÷ closed.
        CallbackRate = "callback-rate" "回访率",
        /// Reached ÷ called back.
        ReachedRate = "reached-rate" "有效回访率",
        /// Satisfied ÷ reached, and not ÷ closed.
        Satisfaction = "satisfaction" "满意率",
        /// Solved ÷ reached.
        SolvedRate = "solved-rate" "解决率",
        /// Closed at the desk ÷ accepted.
        DirectAnswer = "direct-answer" "直接解答率",
        /// Dispatched in time ÷ due to be dispatched.
        DispatchInTime = "dispatch-in-time" "按时转出率",
        /// Called back in time ÷ due to be called back.
        CallbackInTime = "callback-in-time" "按时反馈率",
        /// Repeats and joined orders ÷ all that came in.
        RepeatRate = "repeat-rate" "重复诉求率",
        /// Upper grades ÷ grades that citizens gave; defaults and what was struck out apart.
        GoodRating = "good-rating" "好评率",
        /// Calls answered ÷ calls that came in, by calendar days: the standard speaks of any 24 hours (GB/T 33358-2016).
        Connection = "connection" "接通率(自然日)",
        /// Within 15 seconds ÷ calls that came in.
        ConnectionIn15s = "connection-in-15s" "15秒接通率(自然日)",
        /// Within 30 seconds ÷ calls that came in.
        ConnectionIn30s = "connection-in-30s" "30秒接通率(自然日)",
    }
}

/// A share with both its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many of them.
    pub numerator: u64,
    /// Of how many.
    pub denominator: u64,
}

impl Rate {
    /// In hundredths of a percent, halves up; `None` of nothing: a unit without a due order is not at 100 %.
    pub fn hundredths(self) -> Option<u64> {
        let Rate { numerator, denominator } = self;
        let twice = u128::from(denominator) * 2;
        let share =
            (u128::from(numerator) * 20_000 + u128::from(denominator)).checked_div(twice)?;
        u64::try_from(share).ok()
    }
}

impl std::fmt::Display for Rate {
    /// `99.98 %`, or a dash of nothing.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.hundredths() {
            Some(share) => write!(f, "{}.{:02} %", share / 100, share % 100),
            None => write!(f, "—"),
        }
    }
}

words! {
    /// A mean that is reported.
    Average {
        /// Working days from receipt to the last reply, of orders that were closed, each of 24 hours (江苏 2024: 工作日).
        HandlingWorkingDays = "handling-working-days" "平均办理时长(工作日)",
        /// Calendar days from receipt to the last reply, of orders that were closed.
        HandlingDays = "handling-days" "平均办理时长(自然日)",
        /// Seconds that an answered caller waited.
        WaitSeconds = "wait-seconds" "平均等待(秒)",
    }
}

/// A sum over how many it is the sum of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mean {
    /// The sum, in the unit of the average times `per`.
    pub sum: u64,
    /// What the sum is divided by to be in the unit of the average.
    pub per: u64,
    /// Over how many.
    pub count: u64,
}

impl Average {
    /// The mean that these counts give.
    pub fn of(self, counts: &Counts) -> Mean {
        match self {
            Average::HandlingWorkingDays => Mean {
                sum: counts.of(Measure::ConcludedWorkingMinutes),
                per: 24 * 60,
                count: counts.of(Measure::Concluded),
            },
            Average::HandlingDays => Mean {
                sum: counts.of(Measure::ConcludedMinutes),
                per: 24 * 60,
                count: counts.of(Measure::Concluded),
            },
            Average::WaitSeconds => Mean {
                sum: counts.of(Measure::WaitedSeconds),
                per: 1,
                count: counts.of(Measure::CallsAnswered),
            },
        }
    }
}

impl Average {
    /// What is summed up over what, in Chinese.
    pub fn definition(self) -> &'static str {
        match self {
            Average::HandlingWorkingDays => {
                "办结件自受理至最后一次答复的用时之和 ÷ 办结件次,只计法定工作日(每日 24 小时)"
            }
            Average::HandlingDays => {
                "办结件自受理至最后一次答复的用时之和 ÷ 办结件次,自然日,含夜间与节假日"
            }
            Average::WaitSeconds => "接通电话的等待秒数之和 ÷ 接通",
        }
    }
}

impl std::fmt::Display for Mean {
    /// `4.60`, or a dash of nothing.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let twice = u128::from(self.per) * u128::from(self.count) * 2;
        // Halves up.
        match (u128::from(self.sum) * 200 + twice / 2).checked_div(twice) {
            Some(hundredths) => write!(f, "{}.{:02}", hundredths / 100, hundredths % 100),
            None => write!(f, "—"),
        }
    }
}

impl Figure {
    /// The rate that these counts give.
    pub fn of(self, counts: &Counts) -> Rate {
        use Measure::{
            Accepted, Answered, CallbackMissed, CalledBack, CalledBackInTime, CallsAnswered,
            CallsIn15s, CallsIn30s, CallsOffered, Closed, ClosedAfterCallback, ClosedAfterRework,
            ContactMissed, ContactedInTime, DispatchMissed, Dispatched, DispatchedClosed,
            DispatchedInTime, DispatchedMet, DueMet, DueMissed, DueOverdue, HelpMissed,
            HelpedInTime, Merged, Misdispatched, RatedBadly, RatedWell, Reached, Received,
            Repeated, Returned, Satisfied, SignedInTime, SigningMissed, Solved,
        };
        let sum = |measures: &[Measure]| measures.iter().map(|&one| counts.of(one)).sum::<u64>();
        let due = [DueMet, DueMissed, DueOverdue];
        let (numerator, denominator) = match self {
            Figure::OnTimeClosure => (sum(&[DueMet]), sum(&due)),
            Figure::ClosureOfDue => (sum(&[DueMet, DueMissed]), sum(&due)),
            Figure::ClosureOfDispatched => (sum(&[DispatchedClosed]), sum(&[Dispatched])),
            Figure::ClosureOfAccepted => (sum(&[Closed, Answered]), sum(&[Accepted])),
            Figure::OnTimeOfDispatched => (sum(&[DispatchedMet]), sum(&[Dispatched])),
            Figure::SigningInTime => (sum(&[SignedInTime]), sum(&[SignedInTime, SigningMissed])),
            Figure::Response => (sum(&[ContactedInTime]), sum(&[ContactedInTime, ContactMissed])),
            Figure::HelpInTime => (sum(&[HelpedInTime]), sum(&[HelpedInTime, HelpMissed])),
            Figure::FirstDispatch => {
                let all = sum(&[Dispatched]);
                (all.saturating_sub(sum(&[Misdispatched])), all)
            }
            Figure::ReturnRate => (sum(&[Returned]), sum(&[Received])),
            Figure::ReworkRate => (sum(&[ClosedAfterRework]), sum(&[Closed])),
            Figure::CallbackRate => (sum(&[ClosedAfterCallback]), sum(&[Closed])),
            Figure::ReachedRate => (sum(&[Reached]), sum(&[CalledBack])),
            Figure::Satisfaction => (sum(&[Satisfied]), sum(&[Reached])),
            Figure::SolvedRate => (sum(&[Solved]), sum(&[Reached])),
            Figure::DirectAnswer => (sum(&[Answered]), sum(&[Accepted])),
            Figure::DispatchInTime => {
                (sum(&[DispatchedInTime]), sum(&[DispatchedInTime, DispatchMissed]))
            }
            Figure::CallbackInTime => {
                (sum(&[CalledBackInTime]), sum(&[CalledBackInTime, CallbackMissed]))
            }
            Figure::RepeatRate => (sum(&[Repeated, Merged]), sum(&[Accepted, Repeated])),
            Figure::GoodRating => (sum(&[RatedWell]), sum(&[RatedWell, RatedBadly])),
            Figure::Connection => (sum(&[CallsAnswered]), sum(&[CallsOffered])),
            Figure::ConnectionIn15s => (sum(&[CallsIn15s]), sum(&[CallsOffered])),
            Figure::ConnectionIn30s => (sum(&[CallsIn30s]), sum(&[CallsOffered])),
        };
        Rate { numerator, denominator }
    }

    /// What is divided by what, in Chinese.
    pub fn definition(self) -> &'static str {
        match self {
            Figure::OnTimeClosure => {
                "按时答复(因答复不规范重办的那一次不计)÷ 应办结(按到期日归属,以单位答复为准,含逾期未办结及到期后撤回、转接、并入重复件的;不含无时限、表扬及到期前撤回、转接、并入重复件的)"
            }
            Figure::ClosureOfDue => {
                "已答复(含到期后撤回、转接、并入重复件的)÷ 应办结(按到期日归属,以单位答复为准,含逾期未办结)"
            }
            Figure::ClosureOfDispatched => {
                "转办件中已办结的(含退回后热线直接解答的) ÷ 转办(重复来电不计,撤回和转接的仍计),按首次转办的日期和单位归属"
            }
            Figure::ClosureOfAccepted => {
                "当期办结(含直接解答和此前受理的)÷ 当期受理(含未到期),两边各按发生日计,可超过 100 %"
            }
            Figure::OnTimeOfDispatched => {
                "转办件中已按时答复的(重办过的,各次均按时)÷ 转办,按首次转办的日期和单位归属"
            }
            Figure::SigningInTime => "时限内签收 ÷ 应签收(含逾期未签收)",
            Figure::Response => "时限内首次联系 ÷ 应联系(含逾期未联系)",
            Figure::HelpInTime => "时限内协办反馈 ÷ 应反馈(含逾期未反馈),按协办单位归属",
            Figure::FirstDispatch => "首次派单后首轮办理中未退单、未改派 ÷ 转办",
            Figure::ReturnRate => "退单次数 ÷ 派入次数(含改派)",
            Figure::ReworkRate => "办结件中因回访不满意重办过的 ÷ 办结",
            Figure::CallbackRate => "办结件中就末次答复已回访的 ÷ 办结",
            Figure::ReachedRate => "回访接通 ÷ 回访",
            Figure::Satisfaction => "满意 ÷ 有效评价(回访接通),不除以办结",
            Figure::SolvedRate => "解决 ÷ 有效评价(回访接通)",
            Figure::DirectAnswer => "当期热线直接解答办结 ÷ 当期受理,两边各按发生日计",
            Figure::DispatchInTime => "时限内派单 ÷ 应派单(含逾期未派)",
            Figure::CallbackInTime => "时限内回访(接通与否均计)÷ 应回访(含逾期未访、未访即结)",
            Figure::RepeatRate => {
                "当期重复来电与并单 ÷ 当期全部来件(受理与重复来电),两边各按发生日计"
            }
            Figure::GoodRating => "好评 ÷ 实际评价(不含默认评价与更正的误评)",
            Figure::Connection => {
                "接通 ÷ 呼入,按自然日合计;GB/T 33358-2016 要求任意连续 24 小时不低于 95%,此处不作滚动统计"
            }
            Figure::ConnectionIn15s => "15 秒内接通 ÷ 呼入,按自然日合计",
            Figure::ConnectionIn30s => "30 秒内接通 ÷ 呼入,按自然日合计",
        }
    }
}
