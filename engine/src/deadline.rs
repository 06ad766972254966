//! Computes when a stage is due, and explains it day by day. Rules come from `profile`, days from `calendar`.

mod walk;

use self::walk::{Walk, Walked, minutes_of};
use crate::calendar::{Calendar, DayStatus};
use crate::limit::{Clock, Limit};
use crate::order::Due;
use crate::profile::{LimitRow, Profile};
use crate::time::{Day, Timestamp};

pub use crate::profile::Subject;

/// One day on the way to a due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The day.
    pub day: Day,
    /// How much of the limit is used up at its end: days or minutes, as the clock counts.
    pub counted: u32,
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
    /// Each day from the start to the due.
    pub steps: Vec<Step>,
}

/// When the stage is due; `None` where the profile sets no limit.
pub fn due(profile: &Profile, calendar: &Calendar, subject: &Subject<'_>) -> Option<Due> {
    Some(due_by(profile, calendar, subject)?.0)
}

/// The row that counts, with its number in the profile from 1.
pub fn limit<'a>(
    profile: &'a Profile,
    calendar: &Calendar,
    subject: &Subject<'_>,
) -> Option<(usize, &'a LimitRow)> {
    match subject.rework {
        true => Some(due_by(profile, calendar, subject)?.1),
        false => profile.limit(subject),
    }
}

/// A due, and the row that made it with its number in the profile from 1. A new cycle never gets more time than a first one
/// would get now: of the row for new cycles and the one for first cycles, the one that ends earlier.
pub(crate) fn due_by<'a>(
    profile: &'a Profile,
    calendar: &Calendar,
    subject: &Subject<'_>,
) -> Option<(Due, (usize, &'a LimitRow))> {
    let own = profile.limit(subject)?;
    let due = of_row(profile, calendar, subject, own.1);
    let first = || profile.limit(&Subject { rework: false, ..*subject });
    let first = subject.rework.then(first).flatten().filter(|first| first.0 != own.0);
    let Some(first) = first else { return Some((due, own)) };
    let other = of_row(profile, calendar, subject, first.1);
    let row = if other.current < due.current { first } else { own };
    Some((earlier(calendar, due, other), row))
}

/// The earlier of two dues. It rests on what the later one rests on, too, where a notice may bring that to before it: no notice
/// brings one to before the days that it names.
pub(crate) fn earlier(calendar: &Calendar, one: Due, other: Due) -> Due {
    let (first, later) = if other.current < one.current { (other, one) } else { (one, other) };
    let may_change = |at: Timestamp| calendar.status(at.day()).assumed;
    Due { assumed: first.assumed || (later.assumed && may_change(first.current)), ..first }
}

fn of_row(profile: &Profile, calendar: &Calendar, subject: &Subject<'_>, row: &LimitRow) -> Due {
    Walk::new(profile, calendar, subject.unit).run(row.limit, subject.from, |_| {})
}

/// The same due as [`due`], with every day on the way.
pub fn explain<'a>(
    profile: &'a Profile,
    calendar: &Calendar,
    subject: &Subject<'_>,
) -> Option<Explained<'a>> {
    let (due, (number, row)) = due_by(profile, calendar, subject)?;
    let walk = Walk::new(profile, calendar, subject.unit);
    let (_, steps) = walk.told(row.limit, subject.from);
    Some(Explained { due, row: number, limit: row, steps })
}

/// How each limit of the subject's stage would make its due, whether it fits the subject or not.
pub fn by_every_limit<'a>(
    profile: &'a Profile,
    calendar: &'a Calendar,
    subject: &'a Subject<'_>,
) -> impl Iterator<Item = Explained<'a>> {
    let walk = Walk::new(profile, calendar, subject.unit);
    let rows = profile.limits.iter().enumerate().filter(|(_, row)| row.stage == subject.stage);
    rows.map(move |(at, row)| {
        let (due, steps) = walk.told(row.limit, subject.from);
        Explained { due, row: at + 1, limit: row, steps }
    })
}

/// Each day from one instant to a later one, and how far a clock runs on it: the way of a due that was moved.
pub fn way(
    profile: &Profile,
    calendar: &Calendar,
    (clock, unit): (Clock, Option<&str>),
    from: Timestamp,
    until: Timestamp,
) -> Vec<Step> {
    let walk = Walk::new(profile, calendar, unit);
    let by_days = matches!(clock, Clock::WorkingDays | Clock::CalendarDays);
    let (mut counted, mut ran_ms) = (0, 0);
    let days = (from.day().0..=until.day().0).map(Day);
    let steps = days.map(|day| {
        let status = calendar.status(day);
        let first = by_days && day == from.day();
        let before = counted;
        counted = match clock {
            Clock::CalendarDays => before + u32::from(!first),
            Clock::WorkingDays => before + u32::from(!first && status.working),
            Clock::Minutes | Clock::WorkingHours | Clock::EmergencyHours => {
                let (begin, end) = (from.max(day.start()), until.min(day.next().start()));
                ran_ms += walk.open_ms(clock, begin, end);
                minutes_of(ran_ms)
            }
        };
        let walked = Walked { day, counted, added: counted - before, first, status };
        Step { day, counted, reason: walk.reason(clock, &walked) }
    });
    steps.collect()
}

/// The end of the `count`-th working day after or from the start, by the profile's conventions.
pub fn working_days(profile: &Profile, calendar: &Calendar, from: Timestamp, count: u16) -> Due {
    Walk::new(profile, calendar, None).run(Limit::WorkingDays(count), from, |_| {})
}

/// When a rung of arbitration, the first by the number 0, must have decided that began at `since`. One that another rung left
/// its order to begins behind the due of that: the day is used up.
pub fn rung_due(
    profile: &Profile,
    calendar: &Calendar,
    (rung, working_days): (u16, u16),
    since: Timestamp,
) -> Due {
    let limit = Limit::WorkingDays(working_days);
    Walk::of_rung(profile, calendar, rung).run(limit, since, |_| {})
}

/// The same, with every day on the way.
pub fn rung_due_told(
    profile: &Profile,
    calendar: &Calendar,
    (rung, working_days): (u16, u16),
    since: Timestamp,
) -> (Due, Vec<Step>) {
    Walk::of_rung(profile, calendar, rung).told(Limit::WorkingDays(working_days), since)
}

/// When a limit ends that begins on the day of `from`, which does not count on the clocks of days.
pub fn after(
    profile: &Profile,
    calendar: &Calendar,
    limit: Limit,
    from: Timestamp,
    unit: Option<&str>,
) -> Due {
    Walk::behind(profile, calendar, unit).run(limit, from, |_| {})
}

/// How many minutes of working days lie between two instants, nights included: what handling took, by the days that count.
pub fn working_minutes(calendar: &Calendar, from: Timestamp, until: Timestamp) -> u32 {
    let days = (from.day().0..=until.day().0).map(Day);
    let spans = days.filter(|day| calendar.status(*day).working).map(|day| {
        let (open, close) = (from.max(day.start()), until.min(day.next().start()));
        (close.ms() - open.ms()).max(0)
    });
    minutes_of(spans.sum())
}

/// A due that was extended: to the end of the `count`-th working day after the day it fell on, by the hours of its unit.
pub fn extended(
    profile: &Profile,
    calendar: &Calendar,
    due: Due,
    count: u16,
    unit: Option<&str>,
) -> Due {
    let walk = Walk::behind(profile, calendar, unit);
    let later = walk.run(Limit::WorkingDays(count), due.current, |_| {});
    Due { original: due.original, current: later.current, assumed: due.assumed || later.assumed }
}

/// A due whose clock stood still: as much of the limit is left after the pause as was left when it began.
///
/// On a clock of days the whole days that went by come back, and no part of one: a pause over midnight is no day. Of a pause that
/// began on the day of the due and ends on another, what was left of the day is left behind it. No due comes nearer.
pub fn resumed(
    profile: &Profile,
    calendar: &Calendar,
    clock: Clock,
    due: Due,
    (from, until): (Timestamp, Timestamp),
    unit: Option<&str>,
) -> Due {
    let walk = Walk::new(profile, calendar, unit);
    let (current, assumed) = match clock {
        Clock::WorkingDays | Clock::CalendarDays => {
            walk.days_after(clock, (from, until), due.current)
        }
        Clock::Minutes | Clock::WorkingHours | Clock::EmergencyHours => {
            walk.minutes_after(clock, from, until, due.current)
        }
    };
    Due { original: due.original, current, assumed: due.assumed || assumed }
}

/// When a pause that begins at `from` has lasted as long as the clock runs between two dues.
pub fn as_long(
    profile: &Profile,
    calendar: &Calendar,
    (clock, unit): (Clock, Option<&str>),
    (due, later): (Timestamp, Timestamp),
    from: Timestamp,
) -> Due {
    Walk::new(profile, calendar, unit).as_long(clock, (due, later), from)
}

/// When an order must be done inside that is due above at `outer`: as many working days earlier as the profile says.
///
/// Never before the start: an order that came down too late is due inside when it is due above.
pub fn inner_due(profile: &Profile, calendar: &Calendar, outer: Timestamp, from: Timestamp) -> Due {
    backward(profile, calendar, outer, from, |_, _, _| {})
}

/// The same, with every day on the way back from when it is due above.
pub fn inner_due_told(
    profile: &Profile,
    calendar: &Calendar,
    outer: Timestamp,
    from: Timestamp,
) -> (Due, Vec<Step>) {
    let walk = Walk::new(profile, calendar, None);
    let mut steps = Vec::new();
    let due = backward(profile, calendar, outer, from, |day, counted, status| {
        let (first, added) = (day == outer.day(), u32::from(status.working));
        let walked = Walked { day, counted, added, first, status };
        steps.push(Step { day, counted, reason: walk.reason(Clock::WorkingDays, &walked) });
    });
    (due, steps)
}

fn backward<'a>(
    profile: &Profile,
    calendar: &'a Calendar,
    outer: Timestamp,
    from: Timestamp,
    mut visit: impl FnMut(Day, u32, DayStatus<'a>),
) -> Due {
    let (mut day, mut assumed) = (outer.day(), false);
    let earlier = profile.upstream.as_ref().map_or(0, |margin| margin.working_days_earlier);
    let mut left = earlier;
    visit(day, 0, calendar.status(day));
    while left > 0 && day >= from.day() {
        day = Day(day.0 - 1);
        let status = calendar.status(day);
        // A day before the start may be what it wants: the due inside would lie before it in any case.
        assumed |= status.assumed && day >= from.day();
        left -= u16::from(status.working);
        visit(day, u32::from(earlier - left), status);
    }
    let inner = Walk::new(profile, calendar, None).end_of(day);
    let at = if inner < outer && inner > from { inner } else { outer };
    Due { original: at, current: at, assumed }
}
