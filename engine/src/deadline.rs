//! Computes when a stage is due, and explains it day by day. Rules come from `profile`, days from `calendar`.

use crate::calendar::{Calendar, DayStatus};
use crate::order::{Due, Kind, Stage, Urgency};
use crate::profile::{Counting, Limit, LimitRow, Profile};
use crate::time::{Day, Timestamp};

/// What a due depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The stage that is limited.
    pub stage: Stage,
    /// The kind of the order.
    pub kind: Kind,
    /// The urgency of the order.
    pub urgency: Urgency,
    /// When the clock starts.
    pub from: Timestamp,
}

/// One day on the way to a due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The day.
    pub day: Day,
    /// How many working days are used up at its end.
    pub counted: u16,
    /// Why it counts or not, in Chinese.
    pub reason: String,
}

/// A due with the rule that made it and the days it passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained<'a> {
    /// The due.
    pub due: Due,
    /// Number of the limit row in the profile, from 1.
    pub row: usize,
    /// The limit row.
    pub limit: &'a LimitRow,
    /// Each day from the start to the due; none for limits in minutes.
    pub steps: Vec<Step>,
}

/// When the stage is due; `None` where the profile sets no limit (praise).
pub fn due(profile: &Profile, calendar: &Calendar, subject: Subject) -> Option<Due> {
    let (_, row) = profile.limit(subject.stage, subject.kind, subject.urgency)?;
    Some(compute(profile.counting, calendar, row.limit, subject.from, |_| {}))
}

/// The same due as [`due`], with every day on the way.
pub fn explain<'a>(
    profile: &'a Profile,
    calendar: &Calendar,
    subject: Subject,
) -> Option<Explained<'a>> {
    let (number, row) = profile.limit(subject.stage, subject.kind, subject.urgency)?;
    let mut steps = Vec::new();
    let visit = |Walked { day, counted, first, status }: Walked<'_>| {
        steps.push(Step { day, counted, reason: reason(day, first, &status) });
    };
    let due = compute(profile.counting, calendar, row.limit, subject.from, visit);
    Some(Explained { due, row: number, limit: row, steps })
}

/// The end of the `count`-th working day; also the last instant at which a unit may return an order.
pub fn working_days(counting: Counting, calendar: &Calendar, from: Timestamp, count: u16) -> Due {
    compute(counting, calendar, Limit::WorkingDays(count), from, |_| {})
}

/// A day as the walk saw it: words are made of it only where somebody wants an explanation.
struct Walked<'a> {
    day: Day,
    counted: u16,
    /// The day of the start, which does not count.
    first: bool,
    status: DayStatus<'a>,
}

fn compute(
    counting: Counting,
    calendar: &Calendar,
    limit: Limit,
    from: Timestamp,
    visit: impl FnMut(Walked<'_>),
) -> Due {
    let (at, assumed) = match limit {
        Limit::Minutes(minutes) => (from.plus_seconds(i64::from(minutes) * 60), false),
        Limit::WorkingDays(count) => walk(counting, calendar, from.day(), count, visit),
    };
    Due { original: at, current: at, assumed }
}

/// Goes from day to day until `count` working days are used up.
///
/// Ends: outside the notices every week has working days, and a notice names only a few days of a year.
fn walk(
    counting: Counting,
    calendar: &Calendar,
    start: Day,
    count: u16,
    mut visit: impl FnMut(Walked<'_>),
) -> (Timestamp, bool) {
    let (mut counted, mut assumed, mut day) = (0, false, start);
    loop {
        let status = calendar.status(day);
        let first = day == start && counting == Counting::DayAfter;
        if !first {
            assumed |= status.assumed;
            counted += u16::from(status.working);
        }
        visit(Walked { day, counted, first, status });
        if counted >= count && !first {
            return (day.end(), assumed);
        }
        day = day.next();
    }
}

fn reason(day: Day, first: bool, status: &DayStatus<'_>) -> String {
    let weekday = day.weekday_zh();
    let year = if status.assumed { ",该年放假通知未发布,按推定" } else { "" };
    let what = match (first, status.working, status.holiday) {
        (true, _, _) => "起算日,不计入".to_owned(),
        (_, true, Some(holiday)) => format!("{holiday}调休上班,计入"),
        (_, true, None) => "工作日,计入".to_owned(),
        (_, false, Some(holiday)) => format!("{holiday}放假,不计入"),
        (_, false, None) => "周末,不计入".to_owned(),
    };
    format!("{weekday} {what}{year}")
}
