//! Office hours as one long line of milliseconds, so that work can be added to them: the calendar and the hours of a profile,
//! laid out once for a run.

use hotline_engine::calendar::Calendar;
use hotline_engine::profile::Profile;
use hotline_engine::time::{Day, Timestamp};

/// The office hours of a run.
#[derive(Clone, Debug)]
pub(super) struct Office {
    /// Opening and closing, and the office time that has passed before; ascending.
    spans: Vec<(Timestamp, Timestamp, i64)>,
    /// The first of `spans` that does not end before each day, from `first` on.
    of_day: Vec<usize>,
    first: Day,
}

impl Office {
    /// Of the days `first` to `last`.
    pub(super) fn of(profile: &Profile, calendar: &Calendar, first: Day, last: Day) -> Office {
        let (mut spans, mut of_day, mut passed) = (Vec::new(), Vec::new(), 0);
        for day in (first.0..=last.0).map(Day) {
            of_day.push(spans.len());
            let hours = profile.hours_of(None).filter(|_| calendar.status(day).working);
            for (open, close) in hours.into_iter().flat_map(|row| row.work.on(day)) {
                spans.push((open, close, passed));
                passed += close.ms() - open.ms();
            }
        }
        Office { spans, of_day, first }
    }

    /// The first span that has not ended at `at`.
    fn span(&self, at: Timestamp) -> usize {
        let day = usize::try_from(at.day().0 - self.first.0).unwrap_or(0);
        let mut span = self.of_day.get(day).copied().unwrap_or(self.spans.len());
        while self.spans.get(span).is_some_and(|(_, close, _)| *close <= at) {
            span += 1;
        }
        span
    }

    /// Whether offices are open.
    pub(super) fn is_open(&self, at: Timestamp) -> bool {
        self.spans.get(self.span(at)).is_some_and(|(open, ..)| *open <= at)
    }

    /// The office time that has passed until `at`, in milliseconds.
    pub(super) fn passed(&self, at: Timestamp) -> i64 {
        match self.spans.get(self.span(at)) {
            Some(&(open, _, passed)) => passed + (at.ms() - open.ms()).max(0),
            None => {
                self.spans.last().map_or(0, |(open, close, passed)| passed + close.ms() - open.ms())
            }
        }
    }

    /// When so much office time has passed after `at`; at the end of the line, its end.
    pub(super) fn after(&self, at: Timestamp, work_ms: i64) -> Timestamp {
        let wanted = self.passed(at) + work_ms;
        let first = self.span(at);
        let behind = self.spans[first..]
            .partition_point(|(open, close, passed)| passed + (close.ms() - open.ms()) < wanted);
        match self.spans.get(first + behind) {
            Some(&(open, _, passed)) => {
                Timestamp::of_ms(open.ms() + (wanted - passed).max(at.ms() - open.ms()))
            }
            None => self.spans.last().map_or(at, |(_, close, _)| *close),
        }
    }

    /// Every opening and closing, in turn.
    pub(super) fn spans(&self) -> impl Iterator<Item = (Timestamp, Timestamp)> + '_ {
        self.spans.iter().map(|(open, close, _)| (*open, *close))
    }

    /// The office time of all days before `last`, from `from` on.
    pub(super) fn between(&self, from: Day, last: Day) -> i64 {
        self.passed(last.next().start()) - self.passed(from.start())
    }
}
