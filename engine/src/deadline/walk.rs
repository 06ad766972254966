//! Walks along the days and hours of a calendar as a clock runs through them. Knows no rules: how long a limit is and when it
//! begins is told.

use std::borrow::Cow;

use super::Step;
use crate::calendar::{Calendar, DayStatus};
use crate::hours::Hours;
use crate::limit::{Clock, Limit};
use crate::order::Due;
use crate::profile::{Counting, DayEnds, HoursRow, Profile};
use crate::time::{Day, Timestamp};

/// A day as the walk saw it: words are made of it only where somebody wants an explanation.
pub(super) struct Walked<'a> {
    pub(super) day: Day,
    /// Used up at the end of the day.
    pub(super) counted: u32,
    /// Used up on this day alone.
    pub(super) added: u32,
    /// The day of the start, which does not count.
    pub(super) first: bool,
    pub(super) status: DayStatus<'a>,
}

/// What a clock runs by.
pub(super) struct Walk<'a> {
    pub(super) counting: Counting,
    calendar: &'a Calendar,
    day_ends: DayEnds,
    hours: Option<&'a HoursRow>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        profile: &'a Profile,
        calendar: &'a Calendar,
        unit: Option<&str>,
    ) -> Walk<'a> {
        let (counting, day_ends) = (profile.counting, profile.day_ends);
        Walk { counting, calendar, day_ends, hours: profile.hours_of(unit) }
    }

    /// The day it starts from is used up, whatever the profile says of first days.
    pub(super) fn behind(
        profile: &'a Profile,
        calendar: &'a Calendar,
        unit: Option<&str>,
    ) -> Walk<'a> {
        Walk { counting: Counting::DayAfter, ..Walk::new(profile, calendar, unit) }
    }

    pub(super) fn of_rung(profile: &'a Profile, calendar: &'a Calendar, rung: u16) -> Walk<'a> {
        let of = if rung == 0 { Walk::new } else { Walk::behind };
        of(profile, calendar, None)
    }

    pub(super) fn run(&self, limit: Limit, from: Timestamp, visit: impl FnMut(Walked<'_>)) -> Due {
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
    pub(super) fn told(&self, limit: Limit, from: Timestamp) -> (Due, Vec<Step>) {
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
        let only_working = clock.skips_days_off();
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

    /// Where a due on a clock of days stands after a pause.
    pub(super) fn days_after(
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
        if due.day() == from.day() && until.day() > from.day() {
            // No whole day was left to be moved.
            return self.minutes_after(clock, from, until, due);
        }
        let begun: Vec<Day> =
            (from.day().0 + 1..=until.day().0).map(Day).filter(|day| counts(*day)).collect();
        let in_day = |at: Timestamp| at.ms() - at.day().start().ms();
        let whole = begun.len().saturating_sub(usize::from(in_day(until) < in_day(from)));
        let (later, assumed) = match u16::try_from(whole).unwrap_or(u16::MAX) {
            0 => (due, false),
            whole => {
                let walk = Walk { counting: Counting::DayAfter, ..*self };
                let limit = match clock {
                    Clock::CalendarDays => Limit::CalendarDays(whole),
                    _ => Limit::WorkingDays(whole),
                };
                let (end, assumed) = walk.days(limit, due.day(), |_| {});
                // A due at another time of day than its end has been moved on a last day before.
                let is_end = due == self.end_of(due.day());
                let same = Timestamp::of_ms(end.day().start().ms() + in_day(due));
                (if is_end { end } else { same }, assumed)
            }
        };
        if later >= until {
            return (later, assumed);
        }
        let last = whole.checked_sub(1).map_or(from.day(), |last| begun[last]);
        let since = Timestamp::of_ms(last.start().ms() + in_day(from));
        let (end, more) = self.minutes_after(clock, since, until, later);
        (end, assumed || more)
    }

    /// Where a due stands after a pause, with exactly as much left as there was.
    pub(super) fn minutes_after(
        &self,
        clock: Clock,
        from: Timestamp,
        until: Timestamp,
        due: Timestamp,
    ) -> (Timestamp, bool) {
        let left = self.open_ms(clock, from, due);
        let (end, assumed) = self.spend(clock, left, until, |_| {});
        (end.max(due), assumed)
    }

    pub(super) fn as_long(
        &self,
        clock: Clock,
        (due, later): (Timestamp, Timestamp),
        from: Timestamp,
    ) -> Due {
        let (at, assumed) = self.spend(clock, self.open_ms(clock, due, later), from, |_| {});
        Due { original: at, current: at, assumed }
    }

    /// How long a clock runs between two instants, in milliseconds: one of days, for all of each that counts.
    pub(super) fn open_ms(&self, clock: Clock, from: Timestamp, until: Timestamp) -> i64 {
        let hours = self.hours_on(clock);
        let days = (from.day().0..=until.day().0).map(Day);
        let only_working = clock.skips_days_off();
        let counts = |day: &Day| !only_working || self.calendar.status(*day).working;
        let spans = days.filter(counts).flat_map(|day| hours.on(day).collect::<Vec<_>>());
        spans.map(|(open, close)| (close.min(until).ms() - open.max(from).ms()).max(0)).sum()
    }

    fn hours_on(&self, clock: Clock) -> Cow<'a, Hours> {
        match (clock, self.hours) {
            (Clock::WorkingHours, Some(row)) => Cow::Borrowed(&row.work),
            (Clock::EmergencyHours, Some(row)) => Cow::Borrowed(&row.emergency),
            // A part of a day, where that ends with the office.
            (Clock::WorkingDays | Clock::CalendarDays, Some(row))
                if self.day_ends == DayEnds::Office =>
            {
                Cow::Borrowed(&row.work)
            }
            // `Profile::check` asks for hours where a clock needs them; the wall clock never stops.
            _ => Cow::Owned(Hours::whole_day()),
        }
    }

    pub(super) fn end_of(&self, day: Day) -> Timestamp {
        match (self.day_ends, self.hours) {
            (DayEnds::Office, Some(row)) => row.work.close(day),
            (DayEnds::Office, None) | (DayEnds::Midnight, _) => day.end(),
        }
    }

    pub(super) fn reason(&self, clock: Clock, walked: &Walked<'_>) -> String {
        let Walked { day, added, first, status, .. } = walked;
        let weekday = day.weekday_zh();
        let by_calendar = clock.skips_days_off();
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
pub(super) fn minutes_of(ms: i64) -> u32 {
    u32::try_from(ms / MS_A_MINUTE).unwrap_or(u32::MAX)
}
