//! The escalation ladder (催办督办): from a handling due to the instant of each rung. When a rung is reached is `state`'s.
//!
//! The rungs are seen in the rules of many places (国办发〔2020〕53号 督办; Shandong 2017: yellow card a working day before
//! expiry, red card on the first overdue day); how far apart they stand is the profile's.

use std::cell::Cell;
use std::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::glossary::words;
use crate::limit::Clock;
use crate::time::{Day, Timestamp};

words! {
    /// A rung of the ladder, from the mildest.
    Rung {
        /// A word to the unit before expiry.
        Reminder = "reminder" "到期提醒",
        /// The yellow card.
        Yellow = "yellow" "黄牌预警",
        /// The red card, at the first overdue instant.
        Red = "red" "红牌警示",
        /// A written reminder to the unit.
        Written = "written-reminder" "书面催办",
        /// Formal supervision.
        Supervision = "supervision" "督办",
    }
}

/// How far from the due the rungs stand. What is left out has no rung.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// Working days before the day it is due.
    pub reminder_working_days_before: Option<u16>,
    /// Working days before the day it is due.
    pub yellow_working_days_before: Option<u16>,
    /// Minutes before a due that is set in hours.
    pub yellow_minutes_before: Option<u16>,
    /// Where a limit is too short for one of these, or set in hours, it comes at this share of the way from the start to the
    /// rung behind it; left out = it does not come.
    pub short_limit_percent: Option<u16>,
    /// Working days after it was due.
    pub written_working_days_after: Option<u16>,
    /// Working days after it was due.
    pub supervision_working_days_after: Option<u16>,
    /// The document that says so.
    pub source: String,
}

/// When each rung of an order is reached, as long as it is not replied to.
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
pub struct Ladder {
    rungs: [Option<Timestamp>; Rung::ALL.len()],
    /// Whether a day between them rests on a holiday notice that is not out, whatever the due itself rests on.
    pub assumed: bool,
}

impl Ladder {
    /// The day of the last rung.
    pub(crate) fn last_day(&self) -> Option<Day> {
        self.rungs.into_iter().flatten().max().map(Timestamp::day)
    }
}

impl Index<Rung> for Ladder {
    type Output = Option<Timestamp>;

    fn index(&self, rung: Rung) -> &Option<Timestamp> {
        &self.rungs[rung as usize]
    }
}

impl IndexMut<Rung> for Ladder {
    fn index_mut(&mut self, rung: Rung) -> &mut Option<Timestamp> {
        &mut self.rungs[rung as usize]
    }
}

impl Escalation {
    /// The ladder of a due whose clock started at `from`.
    ///
    /// The rungs before the due begin with their day. Those after it come at the time of day at which it was due: whole
    /// working days have gone by then. The red one is the due itself.
    pub fn ladder(
        &self,
        calendar: &Calendar,
        clock: Clock,
        from: Timestamp,
        due: Timestamp,
    ) -> Ladder {
        let by_day = matches!(clock, Clock::CalendarDays | Clock::WorkingDays);
        let assumed = Cell::new(false);
        let day_off = |days: u16, step: i32| {
            let (day, rests) = away(calendar, due.day(), days, step);
            assumed.set(assumed.get() | rests);
            day
        };
        let before = |days: u16| day_off(days, -1).start();
        let after = |days: u16| {
            let in_day = due.ms() - due.day().start().ms();
            Timestamp::of_ms(day_off(days, 1).start().ms() + in_day)
        };
        // The beginning of a day where there is one behind the start; else a share of the way.
        let in_time = |at: Option<Timestamp>, behind: Timestamp| {
            let share = || {
                let percent = self.short_limit_percent?;
                let (at, rests) = along(calendar, clock, (from, behind), percent);
                assumed.set(assumed.get() | rests);
                at
            };
            at.filter(|&at| at > from).or_else(share)
        };
        let yellow_at = match self.yellow_minutes_before {
            Some(minutes) if !by_day => Some(due.plus_seconds(-60 * i64::from(minutes))),
            _ => self.yellow_working_days_before.filter(|_| by_day).map(before),
        };
        let has_yellow =
            self.yellow_working_days_before.or(self.yellow_minutes_before.filter(|_| !by_day));
        let yellow = has_yellow.and_then(|_| in_time(yellow_at, due));
        let reminder = self
            .reminder_working_days_before
            .and_then(|days| in_time(by_day.then(|| before(days)), yellow.unwrap_or(due)));
        let mut ladder = Ladder::default();
        ladder[Rung::Reminder] = reminder;
        ladder[Rung::Yellow] = yellow;
        ladder[Rung::Red] = Some(due);
        ladder[Rung::Written] = self.written_working_days_after.map(after);
        ladder[Rung::Supervision] = self.supervision_working_days_after.map(after);
        ladder.assumed = assumed.get();
        ladder
    }

    /// The pairs of rungs that are climbed one after the other.
    pub(crate) fn turns(&self) -> [Turn; 2] {
        let is_wrong = |farther: Option<u16>, nearer: Option<u16>| {
            farther.zip(nearer).is_some_and(|(farther, nearer)| farther <= nearer)
        };
        [
            Turn {
                key: "reminder_working_days_before",
                than: "yellow_working_days_before",
                why: "the reminder comes before the yellow card",
                is_wrong: is_wrong(
                    self.reminder_working_days_before,
                    self.yellow_working_days_before,
                ),
            },
            Turn {
                key: "supervision_working_days_after",
                than: "written_working_days_after",
                why: "the written reminder comes before supervision",
                is_wrong: is_wrong(
                    self.supervision_working_days_after,
                    self.written_working_days_after,
                ),
            },
        ]
    }

    /// Its lengths, with their keys; all are bounded like limits.
    pub(crate) fn lengths(&self) -> [(&'static str, Option<u16>); 5] {
        [
            ("reminder_working_days_before", self.reminder_working_days_before),
            ("yellow_working_days_before", self.yellow_working_days_before),
            ("yellow_minutes_before", self.yellow_minutes_before),
            ("written_working_days_after", self.written_working_days_after),
            ("supervision_working_days_after", self.supervision_working_days_after),
        ]
    }
}

/// A rung that must lie farther from the due than another on its side of it.
pub(crate) struct Turn {
    /// The key of the farther one.
    pub(crate) key: &'static str,
    /// The key of the nearer one.
    pub(crate) than: &'static str,
    /// What comes first.
    pub(crate) why: &'static str,
    /// Whether both are given and stand the wrong way round, or together.
    pub(crate) is_wrong: bool,
}

/// The instant at a share of the way between two others, which lies behind the first; none where there is no way. And whether
/// a day of it is assumed.
///
/// Where only working days count, so it is here, unless none lies between.
fn along(
    calendar: &Calendar,
    clock: Clock,
    (from, until): (Timestamp, Timestamp),
    percent: u16,
) -> (Option<Timestamp>, bool) {
    let only_working = clock.skips_days_off();
    let mut assumed = false;
    let counts = |day: &Day| {
        let status = calendar.status(*day);
        assumed |= only_working && status.assumed;
        !only_working || status.working
    };
    let days = (from.day().0..=until.day().0).map(Day).filter(counts);
    let spans = days.map(|day| (from.max(day.start()), until.min(day.next().start())));
    let mut spans: Vec<_> = spans.filter(|(open, close)| close > open).collect();
    if spans.is_empty() {
        spans.extend((until > from).then_some((from, until)));
    }
    let whole: i64 = spans.iter().map(|(open, close)| close.ms() - open.ms()).sum();
    let mut left = whole * i64::from(percent) / 100;
    for (open, close) in spans {
        if left <= close.ms() - open.ms() {
            return (Some(Timestamp::of_ms(open.ms() + left)).filter(|&at| at > from), assumed);
        }
        left -= close.ms() - open.ms();
    }
    (None, assumed)
}

/// The day that lies `count` working days from `day`, which itself does not count; and whether a day on the way is assumed.
fn away(calendar: &Calendar, day: Day, count: u16, step: i32) -> (Day, bool) {
    let (mut day, mut left, mut assumed) = (day, count, false);
    while left > 0 {
        day = Day(day.0 + step);
        let status = calendar.status(day);
        left -= u16::from(status.working);
        assumed |= status.assumed;
    }
    (day, assumed)
}
