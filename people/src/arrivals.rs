//! When people call: over the day, the week and the year, and in surges. Says how many, not who or why.

use hotline_engine::time::{Day, Timestamp};

use crate::chance::{Chance, Purpose};

/// Orders a day of the reference district: 17,754 in the first eleven months of 2020.
pub const REFERENCE_PER_DAY: u64 = 53;

/// Which share of a day's calls begins in each hour, in thousandths: measured on 4,312 messages to a government, 2017 to 2020
/// (`examples/fit-times.rs`). No hotline publishes its own.
const HOURS: [u64; 24] =
    [21, 14, 3, 3, 2, 4, 8, 13, 41, 62, 118, 81, 56, 47, 63, 93, 67, 77, 55, 38, 33, 36, 37, 28];
/// A weekend's day, in percent of a working one: of the same messages.
const WEEKEND_PERCENT: u64 = 39;
/// A month's day, in percent of the year's mean: heat, storms and noise in summer. This project's choice.
const MONTHS: [u64; 12] = [92, 78, 96, 98, 102, 110, 116, 118, 108, 100, 94, 88];
/// City-wide surges as published (Shanghai 2022, Shantou 2020): four times as many.
const CITY_SURGE: u64 = 4;
/// The most that five minutes may bring, against the mean (a power line's peak): twelve times.
const BURST: u64 = 12;
/// A day in so many is such a day; in the months of storms it is a day in so many.
const SURGE_EVERY_DAYS: u64 = 45;
const SURGE_EVERY_DAYS_IN_STORMS: u64 = 15;
const STORMS: std::ops::RangeInclusive<usize> = 6..=8;
/// A step in so many is a burst.
const BURST_EVERY: u64 = 300;
/// A step's calls are drawn in so many parts, so that they vary.
const PARTS: u64 = 16;
const MILLION: u64 = 1_000_000;
/// Calls of one step, however long it is: what one desk could write down.
pub const ARRIVALS_MAX: u64 = 64;

/// How many call in `span_ms` from `at`, on a mean of `per_day`.
pub fn count(seed: u64, step: u64, at: Timestamp, span_ms: i64, per_day: u64) -> u64 {
    let mut chance = Chance::of(seed, Purpose::Arrivals, step);
    let burst = if chance.one_in(BURST_EVERY) { BURST } else { 1 };
    let surge = if is_surge(seed, at.day()) { CITY_SURGE } else { 1 };
    let share = HOURS[hour(at)] * day_percent(at.day()) * month_percent(at.day()) * surge * burst;
    // Thousandths of a day an hour, times two hundredths, over the part of the hour; in millionths of a call.
    let hours_ms = 3_600_000_u128 * 1_000 * 100 * 100;
    let span = u128::from(span_ms.max(0).unsigned_abs());
    let expected = u128::from(per_day * share) * span * u128::from(MILLION) / hours_ms;
    let part = u64::try_from(expected / u128::from(PARTS)).unwrap_or(MILLION * ARRIVALS_MAX);
    let calls = |_| part / MILLION + u64::from(chance.below(MILLION) < part % MILLION);
    (0..PARTS).map(calls).sum::<u64>().min(ARRIVALS_MAX)
}

/// How many call in the hour that begins then, beside other hours: surges apart.
#[must_use]
pub fn weight(hour_begins: Timestamp) -> u64 {
    let day = hour_begins.day();
    HOURS[hour(hour_begins)] * day_percent(day) * month_percent(day)
}

/// Whether offices are open, roughly: what their people do they do then.
pub fn in_office(at: Timestamp) -> bool {
    !at.day().is_weekend() && (8..18).contains(&hour(at))
}

/// Whether the whole city calls that day.
pub fn is_surge(seed: u64, day: Day) -> bool {
    let every = match STORMS.contains(&month(day)) {
        true => SURGE_EVERY_DAYS_IN_STORMS,
        false => SURGE_EVERY_DAYS,
    };
    // Beside the steps, which are counted from 0.
    let number = 1 << 48 | u64::from(day.0.unsigned_abs());
    Chance::of(seed, Purpose::Arrivals, number).one_in(every)
}

fn hour(at: Timestamp) -> usize {
    usize::try_from(at.of_day_ms() / 3_600_000).expect("a day has hours")
}

fn day_percent(day: Day) -> u64 {
    if day.is_weekend() { WEEKEND_PERCENT } else { 100 }
}

fn month_percent(day: Day) -> u64 {
    MONTHS[month(day)]
}

/// From 0.
fn month(day: Day) -> usize {
    let digits = day.to_string();
    let month: usize = digits[5..7].parse().expect("a day is written with its month");
    month - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER_MS: i64 = 900_000;

    fn of_days(days: i64, seed: u64) -> Vec<u64> {
        let start = Timestamp::parse("2025-03-03T00:00:00").unwrap();
        let quarter = |step: i64| {
            let at = Timestamp::of_ms(start.ms() + step * QUARTER_MS);
            count(seed, step.unsigned_abs(), at, QUARTER_MS, REFERENCE_PER_DAY)
        };
        (0..days * 96).map(quarter).collect()
    }

    #[test]
    fn a_year_has_about_as_many_calls_as_the_reference_district() {
        let calls: u64 = of_days(365, 1).iter().sum();
        assert!((15_000..24_000).contains(&calls), "{calls}");
    }

    #[test]
    fn the_day_has_its_hours_and_the_same_seed_its_days() {
        assert_eq!(HOURS.iter().sum::<u64>(), 1_000);
        let calls = of_days(60, 2);
        let at_hour = |hour: usize| -> u64 {
            calls.iter().enumerate().filter(|(it, _)| it / 4 % 24 == hour).map(|it| it.1).sum()
        };
        assert!(at_hour(9) > 5 * at_hour(3), "{} and {}", at_hour(9), at_hour(3));
        assert_eq!(calls, of_days(60, 2));
        assert_ne!(calls, of_days(60, 3));
    }
}
