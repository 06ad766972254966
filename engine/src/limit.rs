//! How long something may take: a number on one of five clocks. Counts nothing itself.

use serde::{Deserialize, Serialize};

use crate::glossary::words;

words! {
    /// What makes time pass for a limit.
    Clock {
        /// Every minute, day and night.
        Minutes = "minutes" "自然时间",
        /// Every day, to its end.
        CalendarDays = "calendar-days" "自然日",
        /// Minutes within office hours on working days.
        WorkingHours = "working-hours" "工作时",
        /// Minutes within the hours of the emergency desk, holidays included (紧急工作时 of urban-management standards).
        EmergencyHours = "emergency-hours" "紧急工作时",
        /// Working days, to the end of the last one.
        WorkingDays = "working-days" "工作日",
    }
}

impl Clock {
    /// Whether it stands still on days that are not worked.
    pub(crate) fn skips_days_off(self) -> bool {
        matches!(self, Clock::WorkingDays | Clock::WorkingHours)
    }
}

/// A span that a stage may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Minutes by the wall clock, holidays included.
    Minutes(u32),
    /// Hours by the wall clock, holidays included.
    Hours(u16),
    /// Calendar days, to the end of the last one.
    CalendarDays(u16),
    /// Hours within office hours on working days.
    WorkingHours(u16),
    /// Hours within the hours of the emergency desk, holidays included.
    EmergencyHours(u16),
    /// Working days, to the end of the last one.
    WorkingDays(u16),
}

const MINUTES_A_DAY: u32 = 24 * 60;
/// A year: longer is a typing mistake.
const MINUTES_MAX: u32 = 366 * MINUTES_A_DAY;
/// A year of working days of at most twelve office hours.
const OFFICE_MINUTES_MAX: u32 = WORKING_DAYS_MAX * 12 * 60;
const CALENDAR_DAYS_MAX: u32 = 366;
const WORKING_DAYS_MAX: u32 = 250;

impl Limit {
    /// The clock it runs on.
    pub fn clock(self) -> Clock {
        match self {
            Limit::Minutes(_) | Limit::Hours(_) => Clock::Minutes,
            Limit::CalendarDays(_) => Clock::CalendarDays,
            Limit::WorkingHours(_) => Clock::WorkingHours,
            Limit::EmergencyHours(_) => Clock::EmergencyHours,
            Limit::WorkingDays(_) => Clock::WorkingDays,
        }
    }

    /// The key it is written under.
    pub fn key(self) -> &'static str {
        match self {
            Limit::Minutes(_) => "minutes",
            Limit::Hours(_) => "hours",
            Limit::CalendarDays(_) => "calendar_days",
            Limit::WorkingHours(_) => "working_hours",
            Limit::EmergencyHours(_) => "emergency_hours",
            Limit::WorkingDays(_) => "working_days",
        }
    }

    /// Its number: days on the clocks of days, minutes on the others.
    pub fn length(self) -> u32 {
        match self {
            Limit::Minutes(minutes) => minutes,
            Limit::Hours(hours) | Limit::WorkingHours(hours) | Limit::EmergencyHours(hours) => {
                u32::from(hours) * 60
            }
            Limit::CalendarDays(days) | Limit::WorkingDays(days) => u32::from(days),
        }
    }

    /// Whether it ends behind another that begins with it, whatever the days are, whether the first one counts, and when they end.
    pub(crate) fn outlasts(self, other: Limit) -> bool {
        if self.clock() == other.clock() {
            return self.length() > other.length();
        }
        other.most_minutes().is_some_and(|most| self.least_minutes() > most)
    }

    /// How long it lasts at least: where the first day counts and days end with the office, two days may be one.
    fn least_minutes(self) -> u32 {
        match self.clock() {
            Clock::Minutes | Clock::WorkingHours | Clock::EmergencyHours => self.length(),
            Clock::CalendarDays | Clock::WorkingDays => {
                self.length().saturating_sub(2) * MINUTES_A_DAY
            }
        }
    }

    /// How long it lasts at most, generously: five days of seven are worked, and no holiday is longer than three weeks. How many
    /// office hours a day has is its unit's.
    fn most_minutes(self) -> Option<u32> {
        let days = match self.clock() {
            Clock::Minutes => return Some(self.length()),
            Clock::CalendarDays => self.length() + 1,
            Clock::WorkingDays => self.length() * 2 + 21,
            Clock::WorkingHours | Clock::EmergencyHours => return None,
        };
        Some(days * MINUTES_A_DAY)
    }

    /// How many days it is long, part of a day as one; none on the clocks of office hours, of which a day has as many as its unit.
    pub fn days(self) -> Option<u16> {
        let days = match self.clock() {
            Clock::CalendarDays | Clock::WorkingDays => self.length(),
            Clock::Minutes => self.length().div_ceil(MINUTES_A_DAY),
            Clock::WorkingHours | Clock::EmergencyHours => return None,
        };
        Some(u16::try_from(days).unwrap_or(u16::MAX))
    }

    /// The longest that makes sense on this clock, in the unit of [`Limit::length`].
    pub fn longest(self) -> u32 {
        match self.clock() {
            Clock::Minutes | Clock::EmergencyHours => MINUTES_MAX,
            Clock::WorkingHours => OFFICE_MINUTES_MAX,
            Clock::CalendarDays => CALENDAR_DAYS_MAX,
            Clock::WorkingDays => WORKING_DAYS_MAX,
        }
    }
}

impl std::fmt::Display for Limit {
    /// As people read it in Chinese.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Limit::Minutes(minutes) => write!(f, "{minutes} 分钟"),
            Limit::Hours(hours) => write!(f, "{hours} 小时"),
            Limit::CalendarDays(days) => write!(f, "{days} 个自然日"),
            Limit::WorkingHours(hours) => write!(f, "{hours} 个工作时"),
            Limit::EmergencyHours(hours) => write!(f, "{hours} 个紧急工作时"),
            Limit::WorkingDays(days) => write!(f, "{days} 个工作日"),
        }
    }
}
