//! Computes when a stage is due, and explains it day by day. Rules come from `profile`, days from `calendar`.

use std::borrow::Cow;

use crate::calendar::{Calendar, DayStatus};
use crate::hours::Hours;
use crate::limit::{Clock, Limit};
use crate::order::Due;
use crate::profile::{Counting, DayEnds, HoursRow, LimitRow, Profile};
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
    let (_, row) = limit(profile, calendar, subject)?;
    Some(of_row(profile, calendar, subject, row))
}

/// The row that counts, with its number in the profile from 1. A new cycle never gets more time than a first one would
/// get now: of the row for new cycles and the one for first cycles, the one that ends earlier.
pub fn limit<'a>(
    profile: &'a Profile,
    calendar: &Calendar,
    subject: &Subject<'_>,
) -> Option<(usize, &'a LimitRow)> {
    let own = profile.limit(subject)?;
    let first = || profile.limit(&Subject { rework: false, ..*subject });
    let first = subject.rework.then(first).flatten();
    let ends = |(_, row): (usize, &LimitRow)| of_row(profile, calendar, subject, row).current;
    first.filter(|first| first.0 != own.0 && ends(*first) < ends(own)).or(Some(own))
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
    let (number, row) = limit(profile, calendar, subject)?;
    let walk = Walk::new(profile, calendar, subject.unit);
    let (due, steps) = walk.told(row.limit, subject.from);
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
    let walk = Walk { counting: Counting::DayAfter, ..Walk::new(profile, calendar, unit) };
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

/// The same, with every day on the way.
pub fn working_days_told(
    profile: &Profile,
    calendar: &Calendar,
    from: Timestamp,
    count: u16,
) -> (Due, Vec<Step>) {
    Walk::new(profile, calendar, None).told(Limit::WorkingDays(count), from)
}

/// When a limit ends that begins on the day of `from`, which does not count on the clocks of days.
pub fn after(
    profile: &Profile,
    calendar: &Calendar,
    limit: Limit,
    from: Timestamp,
    unit: Option<&str>,
) -> Due {
    let walk = Walk { counting: Counting::DayAfter, ..Walk::new(profile, calendar, unit) };
    walk.run(limit, from, |_| {})
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

/// A due that was extended: to the end of the `count`-th working day after the day it fell on.
pub fn extended(profile: &Profile, calendar: &Calendar, due: Due, count: u16) -> Due {
    let walk = Walk { counting: Counting::DayAfter, ..Walk::new(profile, calendar, None) };
    let later = walk.run(Limit::WorkingDays(count), due.current, |_| {});
    Due { original: due.original, current: later.current, assumed: due.assumed || later.assumed }
}

/// A due whose clock stood still: as much of the limit is left after the pause as was left when it began.
///
/// On a clock of days the whole days that went by come back, and no part of one: a pause over midnight is no day. A due
/// never lies before the end of the pause.
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
        assumed |= status.assumed;
        left -= u16::from(status.working);
        visit(day, u32::from(earlier - left), status);
    }
    let inner = Walk::new(profile, calendar, None).end_of(day);
    let at = if inner < outer && inner > from { inner } else { outer };
    Due { original: at, current: at, assumed: assumed && at == inner }
}

/// A day as the walk saw it: words are made of it only where somebody wants an explanation.
struct Walked<'a> {
    day: Day,
    /// Used up at the end of the day.
    counted: u32,
    /// Used up on this day alone.
    added: u32,
    /// The day of the start, which does not count.
    first: bool,
    status: DayStatus<'a>,
}

/// What a clock runs by.
struct Walk<'a> {
    counting: Counting,
    calendar: &'a Calendar,
    day_ends: DayEnds,
    hours: Option<&'a HoursRow>,
}

impl<'a> Walk<'a> {
    fn new(profile: &'a Profile, calendar: &'a Calendar, unit: Option<&str>) -> Walk<'a> {
        let (counting, day_ends) = (profile.counting, profile.day_ends);
        Walk { counting, calendar, day_ends, hours: profile.hours_of(unit) }
    }

    fn run(&self, limit: Limit, from: Timestamp, visit: impl FnMut(Walked<'_>)) -> Due {
        let (at, assumed) = match limit.clock() {
            Clock::WorkingDays | Clock::CalendarDays => {
                let start = match self.counting {
                    Counting::DayAfter => from.day(),
                    Counting::Inclusive => self.first_day(limit, from),
                };
                self.days(limit, start, visit)
            }
            Clock::Minutes | Clock::WorkingHours | Clock::EmergencyHours => {
                let whole = i64::from(limit.length()) * MS_A_MINUTE;
                self.spend(limit.clock(), whole, from, visit)
            }
        };
        Due { original: at, current: at, assumed }
    }

    /// The day that counts itself. One day alone that was over before the start is the next one: nothing is due before it starts.
    #[cold]
    fn first_day(&self, limit: Limit, from: Timestamp) -> Day {
        let is_over = limit.length() == 1 && from > self.end_of(from.day());
        if is_over { from.day().next() } else { from.day() }
    }

    /// Runs, and tells of every day.
    fn told(&self, limit: Limit, from: Timestamp) -> (Due, Vec<Step>) {
        let mut steps = Vec::new();
        let due = self.run(limit, from, |walked| {
            let Walked { day, counted, .. } = walked;
            steps.push(Step { day, counted, reason: self.reason(limit.clock(), &walked) });
        });
        (due, steps)
    }

    /// Goes from day to day until as many days are used up as the limit has.
    ///
    /// Ends: outside the notices every week has working days, and a notice names only a few days of a year.
    fn days(
        &self,
        limit: Limit,
        start: Day,
        mut visit: impl FnMut(Walked<'_>),
    ) -> (Timestamp, bool) {
        let all = limit.clock() == Clock::CalendarDays;
        let (mut counted, mut assumed, mut day) = (0, false, start);
        loop {
            let status = self.calendar.status(day);
            let first = day == start && self.counting == Counting::DayAfter;
            let added = u32::from(!first && (all || status.working));
            if !first {
                assumed |= status.assumed && !all;
                counted += added;
            }
            visit(Walked { day, counted, added, first, status });
            if counted >= limit.length() {
                return (self.end_of(day), assumed);
            }
            day = day.next();
        }
    }

    /// Goes through the spans of each day that counts until that many milliseconds are used up.
    fn spend(
        &self,
        clock: Clock,
        whole: i64,
        from: Timestamp,
        mut visit: impl FnMut(Walked<'_>),
    ) -> (Timestamp, bool) {
        let only_working = clock == Clock::WorkingHours;
        let hours = self.hours_on(clock);
        let (mut left, mut assumed, mut day) = (whole, false, from.day());
        loop {
            let status = self.calendar.status(day);
            assumed |= status.assumed && only_working;
            let before = left;
            let mut end = None;
            for (open, close) in hours.on(day).filter(|_| status.working || !only_working) {
                let open = open.max(from);
                let span = (close.ms() - open.ms()).max(0);
                if end.is_none() && span >= left {
                    end = Some(Timestamp::of_ms(open.ms() + left));
                    left = 0;
                } else if end.is_none() {
                    left -= span;
                }
            }
            let (counted, added) = (minutes_of(whole - left), minutes_of(before - left));
            visit(Walked { day, counted, added, first: false, status });
            if let Some(end) = end {
                return (end, assumed);
            }
            day = day.next();
        }
    }

    fn days_after(
        &self,
        clock: Clock,
        (from, until): (Timestamp, Timestamp),
        due: Timestamp,
    ) -> (Timestamp, bool) {
        let counts = |day: Day| clock == Clock::CalendarDays || self.calendar.status(day).working;
        // What falls on a day that does not count falls on the beginning of the next that does.
        let counting = |at: Timestamp| {
            let days = (at.day().0..).map(Day);
            days.into_iter().find(|day| counts(*day)).map_or(at, |day| at.max(day.start()))
        };
        let (from, until) = (counting(from), counting(until));
        let begun = (from.day().0 + 1..=until.day().0).filter(|&day| counts(Day(day))).count();
        let in_day = |at: Timestamp| at.ms() - at.day().start().ms();
        let whole = begun.saturating_sub(usize::from(in_day(until) < in_day(from)));
        let (later, assumed) = match u16::try_from(whole).unwrap_or(u16::MAX) {
            0 => (due, false),
            whole => {
                let walk = Walk { counting: Counting::DayAfter, ..*self };
                let limit = match clock {
                    Clock::CalendarDays => Limit::CalendarDays(whole),
                    _ => Limit::WorkingDays(whole),
                };
                walk.days(limit, due.day(), |_| {})
            }
        };
        // Behind the end of the office day it is the next one that counts.
        let ends = [until, counting(until.day().next().start())].map(|at| self.end_of(at.day()));
        let end = if ends[0] < until { ends[1] } else { ends[0] };
        if later < until { (end, assumed) } else { (later, assumed) }
    }

    fn minutes_after(
        &self,
        clock: Clock,
        from: Timestamp,
        until: Timestamp,
        due: Timestamp,
    ) -> (Timestamp, bool) {
        let left = self.open_ms(clock, from, due);
        self.spend(clock, left, until, |_| {})
    }

    /// How long a clock of hours runs between two instants, in milliseconds.
    fn open_ms(&self, clock: Clock, from: Timestamp, until: Timestamp) -> i64 {
        let hours = self.hours_on(clock);
        let days = (from.day().0..=until.day().0).map(Day);
        let counts = |day: &Day| clock != Clock::WorkingHours || self.calendar.status(*day).working;
        let spans = days.filter(counts).flat_map(|day| hours.on(day).collect::<Vec<_>>());
        spans.map(|(open, close)| (close.min(until).ms() - open.max(from).ms()).max(0)).sum()
    }

    fn hours_on(&self, clock: Clock) -> Cow<'a, Hours> {
        match (clock, self.hours) {
            (Clock::WorkingHours, Some(row)) => Cow::Borrowed(&row.work),
            (Clock::EmergencyHours, Some(row)) => Cow::Borrowed(&row.emergency),
            // `Profile::check` asks for hours where a clock needs them; the wall clock never stops.
            _ => Cow::Owned(Hours::whole_day()),
        }
    }

    fn end_of(&self, day: Day) -> Timestamp {
        match (self.day_ends, self.hours) {
            (DayEnds::Office, Some(row)) => row.work.close(day),
            (DayEnds::Office, None) | (DayEnds::Midnight, _) => day.end(),
        }
    }

    fn reason(&self, clock: Clock, walked: &Walked<'_>) -> String {
        let Walked { day, added, first, status, .. } = walked;
        let weekday = day.weekday_zh();
        let by_calendar = matches!(clock, Clock::WorkingDays | Clock::WorkingHours);
        let year = match self.calendar.lacks(day.year()) {
            _ if !status.assumed || !by_calendar => String::new(),
            [] if self.calendar.has_notice(day.year()) => ",次年放假通知未发布,按推定".to_owned(),
            [] => ",该年放假通知未发布,按推定".to_owned(),
            lacks => format!(",该年放假通知不全(缺{}),按推定", lacks.join("、")),
        };
        let what = match clock {
            _ if *first => "起算日,不计入".to_owned(),
            Clock::CalendarDays => "自然日,计入".to_owned(),
            Clock::Minutes => format!("自然时间,计入 {added} 分钟"),
            Clock::EmergencyHours => {
                format!("应急时段 {},计入 {added} 分钟", self.hours_on(clock))
            }
            Clock::WorkingHours if status.working => {
                format!("{},工作时段 {},计入 {added} 分钟", kind_of(status), self.hours_on(clock))
            }
            Clock::WorkingDays if status.working => format!("{},计入", kind_of(status)),
            Clock::WorkingDays | Clock::WorkingHours => format!("{},不计入", kind_of(status)),
        };
        format!("{weekday} {what}{year}")
    }
}

fn kind_of(status: &DayStatus<'_>) -> String {
    match (status.working, status.holiday) {
        (true, Some(holiday)) => format!("{holiday}调休上班"),
        (true, None) => "工作日".to_owned(),
        (false, Some(holiday)) => format!("{holiday}放假"),
        (false, None) => "周末".to_owned(),
    }
}

const MS_A_MINUTE: i64 = 60_000;

/// Whole minutes; a limit has at most a year of them.
fn minutes_of(ms: i64) -> u32 {
    u32::try_from(ms / MS_A_MINUTE).unwrap_or(u32::MAX)
}
