//! Instants and days as plain numbers, and their form on paper. Nothing here can read a clock.

use std::hash::{Hash, Hasher};
use std::num::NonZeroU64;

use jiff::civil::{Date, Weekday};
use jiff::fmt::temporal::Pieces;
use rkyv::rancor::Fallible;
use rkyv::rend::i64_le;
use rkyv::with::{ArchiveWith, DeserializeWith, SerializeWith};
use rkyv::{Archive, Place};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// China Standard Time: the hotline lives at +08:00 and has had no summer time since 1991.
const OFFSET_MS: i64 = 8 * 3_600_000;
const DAY_MS: i64 = 86_400_000;
/// The jiff epoch day, from which [`Day`] counts.
const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// An instant: milliseconds since 1970-01-01T00:00:00Z. Held so that one that may be missing takes no more room: orders have
/// a dozen of those.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize,
)]
#[rkyv(derive(PartialEq, Eq, PartialOrd, Ord))]
pub struct Timestamp(#[rkyv(with = AsMs)] NonZeroU64);

/// A local calendar day: days since 1970-01-01, at +08:00.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
#[rkyv(derive(PartialEq, Eq, PartialOrd, Ord))]
pub struct Day(pub i32);

/// Years that a hotline can ask about: no make-up workday is older, and nobody alive plans beyond. Whoever counts days
/// outside would count where no calendar reaches.
pub const YEARS: std::ops::RangeInclusive<i16> = 2000..=2100;

/// What a time is not that is written as one and has no instant.
const NO_INSTANT: &str = "an instant between the years -9999 and 9999";

/// A text that is not a date or an instant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {wanted}")]
pub struct TimeError {
    text: String,
    /// What it should be.
    pub wanted: &'static str,
}

/// What turns the order of signed numbers into that of unsigned ones.
const SIGN: u64 = 1 << 63;

impl Timestamp {
    /// So many milliseconds after 1970-01-01T00:00:00Z, or before it; the first of all, which nobody can mean, is the second.
    pub const fn of_ms(ms: i64) -> Timestamp {
        match NonZeroU64::new(ms.cast_unsigned() ^ SIGN) {
            Some(held) => Timestamp(held),
            None => Timestamp(NonZeroU64::MIN),
        }
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn ms(self) -> i64 {
        (self.0.get() ^ SIGN).cast_signed()
    }

    /// The local day this instant falls on.
    pub fn day(self) -> Day {
        let days = (self.ms() + OFFSET_MS).div_euclid(DAY_MS);
        Day(i32::try_from(days).expect("an instant within five million years"))
    }

    /// Milliseconds since local midnight.
    pub fn of_day_ms(self) -> i64 {
        (self.ms() + OFFSET_MS).rem_euclid(DAY_MS)
    }

    /// This instant moved by whole seconds.
    pub fn plus_seconds(self, seconds: i64) -> Timestamp {
        Timestamp::of_ms(self.ms() + seconds * 1000)
    }

    /// The last millisecond of its second: times are written without them, and whoever names a second means all of it.
    #[must_use]
    pub fn end_of_second(self) -> Timestamp {
        Timestamp::of_ms(self.ms() + 999 - self.ms().rem_euclid(1_000))
    }

    /// The same time of day, so many days on.
    pub fn plus_days(self, days: i64) -> Timestamp {
        Timestamp::of_ms(self.ms() + days * DAY_MS)
    }

    /// Whole minutes since `earlier`; none before it.
    pub(crate) fn minutes_since(self, earlier: Timestamp) -> u32 {
        u32::try_from((self.ms() - earlier.ms()).max(0) / 60_000).unwrap_or(u32::MAX)
    }

    /// Reads RFC 3339 with an offset, or a local date-time without one (taken as +08:00).
    pub fn parse(text: &str) -> Result<Timestamp, TimeError> {
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Ok(Timestamp::of_ms(instant.as_millisecond()));
        }
        let has_time = || Pieces::parse(text).is_ok_and(|it| it.time().is_some());
        let local = text.parse::<jiff::civil::DateTime>().ok().filter(|_| has_time());
        let local = local.ok_or_else(|| {
            // Well written, and so near an end of all years that it has no instant.
            let far = Pieces::parse(text).is_ok_and(|it| it.offset().is_some());
            let wanted =
                if far { NO_INSTANT } else { "an RFC 3339 time such as 2026-02-13T09:00:00+08:00" };
            TimeError { text: text.into(), wanted }
        })?;
        let day = Day::of(local.date());
        let time = local.time();
        let seconds = i64::from(time.hour()) * 3600
            + i64::from(time.minute()) * 60
            + i64::from(time.second());
        Ok(Timestamp::of_ms(day.start().ms() + seconds * 1000 + i64::from(time.millisecond())))
    }

    /// As [`Timestamp::parse`], within [`YEARS`]: for an instant that days are counted from.
    pub fn parse_in_reach(text: &str) -> Result<Timestamp, TimeError> {
        let far =
            || TimeError { text: text.into(), wanted: "an instant of the years 2000 to 2100" };
        let read = Timestamp::parse(text);
        let instant =
            read.map_err(|error| if error.wanted == NO_INSTANT { far() } else { error })?;
        YEARS.contains(&instant.day().year()).then_some(instant).ok_or_else(far)
    }

    /// `yyMMddHHmmss` in local time, as cities number their orders.
    pub fn order_stamp(self) -> u64 {
        let date = self.day().date();
        let seconds = self.of_day_ms() / 1000;
        let digits = [
            i64::from(date.year()) % 100,
            i64::from(date.month()),
            i64::from(date.day()),
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
        ];
        digits.iter().fold(0, |stamp, pair| stamp * 100 + pair.unsigned_abs())
    }
}

impl std::fmt::Display for Timestamp {
    /// RFC 3339 at +08:00, to the second.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = self.of_day_ms() / 1000;
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}+08:00", self.day())
    }
}

impl Day {
    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Result<Day, TimeError> {
        let date = text
            .parse::<Date>()
            .map_err(|_| TimeError { text: text.into(), wanted: "a date such as 2026-02-13" })?;
        Ok(Day::of(date))
    }

    /// As [`Day::parse`], within [`YEARS`].
    pub fn parse_in_reach(text: &str) -> Result<Day, TimeError> {
        let day = Day::parse(text)?;
        let far = || TimeError { text: text.into(), wanted: "a day of the years 2000 to 2100" };
        YEARS.contains(&day.year()).then_some(day).ok_or_else(far)
    }

    fn of(date: Date) -> Day {
        let span = date.duration_since(EPOCH).as_secs() / 86_400;
        Day(i32::try_from(span).expect("civil dates span less than i32 days"))
    }

    fn date(self) -> Date {
        EPOCH.saturating_add(jiff::SignedDuration::from_hours(i64::from(self.0) * 24))
    }

    /// The day after.
    pub fn next(self) -> Day {
        Day(self.0 + 1)
    }

    /// Local midnight at which this day begins.
    pub fn start(self) -> Timestamp {
        Timestamp::of_ms(i64::from(self.0) * DAY_MS - OFFSET_MS)
    }

    /// The last millisecond of this day, written 23:59:59: whatever happens on the day is in time.
    pub fn end(self) -> Timestamp {
        Timestamp::of_ms(self.next().start().ms() - 1)
    }

    /// The first of January.
    pub fn first_of(year: i16) -> Day {
        Day::of(Date::new(year.min(Date::MAX.year()), 1, 1).expect("a year has a first of January"))
    }

    /// The first day of its month.
    pub fn first_of_month(self) -> Day {
        Day(self.0 - i32::from(self.date().day()) + 1)
    }

    /// The last of December.
    pub fn last_of(year: i16) -> Day {
        Day(Day::first_of(year.saturating_add(1)).0 - 1)
    }

    /// The calendar year.
    pub fn year(self) -> i16 {
        self.date().year()
    }

    /// Saturday or Sunday.
    pub fn is_weekend(self) -> bool {
        // Day 0, 1970-01-01, was a Thursday.
        matches!(self.0.rem_euclid(7), 2 | 3)
    }

    /// The weekday in Chinese, for explanations.
    pub fn weekday_zh(self) -> &'static str {
        match self.date().weekday() {
            Weekday::Monday => "周一",
            Weekday::Tuesday => "周二",
            Weekday::Wednesday => "周三",
            Weekday::Thursday => "周四",
            Weekday::Friday => "周五",
            Weekday::Saturday => "周六",
            Weekday::Sunday => "周日",
        }
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.date())
    }
}

impl Default for Timestamp {
    fn default() -> Timestamp {
        Timestamp::of_ms(0)
    }
}

impl std::fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Timestamp").field(&self.ms()).finish()
    }
}

impl Hash for Timestamp {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_i64(self.ms());
    }
}

/// In an archive: milliseconds.
struct AsMs;

impl ArchiveWith<NonZeroU64> for AsMs {
    type Archived = i64_le;
    type Resolver = ();

    fn resolve_with(held: &NonZeroU64, (): (), out: Place<i64_le>) {
        Timestamp(*held).ms().resolve((), out);
    }
}

impl<S: Fallible + ?Sized> SerializeWith<NonZeroU64, S> for AsMs {
    fn serialize_with(_: &NonZeroU64, _: &mut S) -> Result<(), S::Error> {
        Ok(())
    }
}

impl<D: Fallible + ?Sized> DeserializeWith<i64_le, NonZeroU64, D> for AsMs {
    fn deserialize_with(ms: &i64_le, _: &mut D) -> Result<NonZeroU64, D::Error> {
        Ok(Timestamp::of_ms(ms.to_native()).0)
    }
}

/// Words where people read, to the millisecond where there is one; numbers in the journal.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if !to.is_human_readable() {
            return self.ms().serialize(to);
        }
        let text = self.to_string();
        match (self.of_day_ms() % 1000, text.split_once('+')) {
            (0, _) | (_, None) => to.serialize_str(&text),
            (ms, Some((local, offset))) => {
                to.collect_str(&format_args!("{local}.{ms:03}+{offset}"))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        if from.is_human_readable() {
            Timestamp::parse(&String::deserialize(from)?).map_err(D::Error::custom)
        } else {
            i64::deserialize(from).map(Timestamp::of_ms)
        }
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { to.collect_str(self) } else { self.0.serialize(to) }
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Day, D::Error> {
        if from.is_human_readable() {
            Day::parse(&String::deserialize(from)?).map_err(D::Error::custom)
        } else {
            i32::deserialize(from).map(Day)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_and_read_back_at_plus_eight() {
        for text in
            ["2026-02-13T09:00:00+08:00", "1969-12-31T23:59:59+08:00", "2028-02-29T00:00:00+08:00"]
        {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_time_without_an_offset_is_local() {
        assert_eq!(
            Timestamp::parse("2026-02-13T09:00:00"),
            Timestamp::parse("2026-02-13T01:00:00Z")
        );
        let day = Timestamp::parse("2026-02-13").unwrap_err();
        assert!(day.to_string().contains("RFC 3339"), "no instant is meant by a day: {day}");
    }

    #[test]
    fn a_second_is_meant_with_all_of_it() {
        for (ms, end) in [(0, 999), (999, 999), (1_000, 1_999), (-1, -1), (-1_000, -1)] {
            assert_eq!(Timestamp::of_ms(ms).end_of_second().ms(), end, "{ms}");
        }
    }

    #[test]
    fn order_numbers_begin_with_the_local_time() {
        let at = Timestamp::parse("2026-11-24T09:05:07+08:00").unwrap();
        assert_eq!(at.order_stamp(), 261_124_090_507);
    }

    #[test]
    fn a_day_ends_just_before_the_next_begins() {
        let day = Day::parse("2026-02-28").unwrap();
        assert_eq!(day.end().to_string(), "2026-02-28T23:59:59+08:00");
        assert!(day.is_weekend());
        assert_eq!(day.weekday_zh(), "周六");
    }
}
