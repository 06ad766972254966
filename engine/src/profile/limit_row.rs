//! One limit of a profile: what it fits, how long, and by which document. Which row counts is `profile`'s to say.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::Subject;
use crate::limit::Limit;
use crate::order::{Channel, Kind, Stage, Urgency};

/// One limit of a profile. What is left out fits everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct LimitRow {
    /// The stage it limits.
    pub stage: Stage,
    /// Only for these kinds; empty = all but praise.
    pub kinds: Vec<Kind>,
    /// Only for these urgencies; empty = all.
    pub urgencies: Vec<Urgency>,
    /// Only for these channels; empty = all.
    pub channels: Vec<Channel>,
    /// Only for these matters and what lies below them; empty = all.
    pub matters: Vec<String>,
    /// Only for units with these codes; empty = all.
    pub units: Vec<String>,
    /// Only for orders with one of these tags; empty = all.
    pub tags: Vec<String>,
    /// Only for a handling cycle after the first (重办).
    pub rework: bool,
    /// How long the stage may take.
    #[serde(flatten)]
    pub limit: Limit,
    /// The document that says so.
    pub source: String,
}

/// A row as it is written, with a key for each clock: of these it must have one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    stage: Stage,
    #[serde(default, deserialize_with = "some")]
    kinds: Vec<Kind>,
    #[serde(default, deserialize_with = "some")]
    urgencies: Vec<Urgency>,
    #[serde(default, deserialize_with = "some")]
    channels: Vec<Channel>,
    #[serde(default, deserialize_with = "some")]
    matters: Vec<String>,
    #[serde(default, deserialize_with = "some")]
    units: Vec<String>,
    #[serde(default, deserialize_with = "some")]
    tags: Vec<String>,
    #[serde(default)]
    rework: bool,
    minutes: Option<u32>,
    hours: Option<u16>,
    calendar_days: Option<u16>,
    working_hours: Option<u16>,
    emergency_hours: Option<u16>,
    working_days: Option<u16>,
    source: String,
}

/// A row that says how long in two ways, or not at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum ClockError {
    #[error(
        "no clock; give one of minutes, hours, calendar_days, working_hours, emergency_hours, working_days"
    )]
    Missing,
    #[error("{} are given; one row has one clock", keys.join(" and "))]
    Several { keys: Vec<&'static str> },
}

/// A condition that is written names something, and each once: an empty list would fit all that it seems to leave out, and who
/// writes the same twice meant something else.
fn some<'de, D: Deserializer<'de>, T>(list: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de> + PartialEq,
{
    let list: Vec<T> = Vec::deserialize(list)?;
    if list.is_empty() {
        return Err(D::Error::custom("names nothing; leave the key out, and the limit fits all"));
    }
    if (1..list.len()).any(|at| list[..at].contains(&list[at])) {
        return Err(D::Error::custom("names the same twice"));
    }
    Ok(list)
}

impl Written {
    fn limit(&self) -> Result<Limit, ClockError> {
        let clocks = [
            self.minutes.map(Limit::Minutes),
            self.hours.map(Limit::Hours),
            self.calendar_days.map(Limit::CalendarDays),
            self.working_hours.map(Limit::WorkingHours),
            self.emergency_hours.map(Limit::EmergencyHours),
            self.working_days.map(Limit::WorkingDays),
        ];
        let given: Vec<Limit> = clocks.into_iter().flatten().collect();
        match given.as_slice() {
            [] => Err(ClockError::Missing),
            [limit] => Ok(*limit),
            several => {
                Err(ClockError::Several { keys: several.iter().map(|it| it.key()).collect() })
            }
        }
    }
}

impl TryFrom<Written> for LimitRow {
    type Error = ClockError;

    fn try_from(written: Written) -> Result<LimitRow, ClockError> {
        let limit = written.limit()?;
        let Written { stage, kinds, urgencies, channels, matters, units, tags, rework, .. } =
            written;
        let source = written.source;
        Ok(LimitRow {
            stage,
            kinds,
            urgencies,
            channels,
            matters,
            units,
            tags,
            rework,
            limit,
            source,
        })
    }
}

impl LimitRow {
    pub(super) fn fits(&self, subject: &Subject<'_>) -> bool {
        let Subject { stage, kind, urgency, channel, matter, unit, tags, rework, from: _ } =
            *subject;
        self.stage == stage
            && (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.urgencies.is_empty() || self.urgencies.contains(&urgency))
            && (self.channels.is_empty() || channel.is_some_and(|it| self.channels.contains(&it)))
            && (self.units.is_empty()
                || unit.is_some_and(|it| self.units.iter().any(|own| own == it)))
            && (self.matters.is_empty()
                || matter.is_some_and(|it| self.matters.iter().any(|own| is_within(it, own))))
            && (self.tags.is_empty() || tags.iter().any(|tag| self.tags.contains(tag)))
            && (rework || !self.rework)
    }

    /// Whether every order that `other` fits is fitted by this row too. Every order has a kind and an urgency, so a list of
    /// all of them is as good as none; of channel, matter, unit and tags it may have none.
    pub(super) fn covers(&self, other: &LimitRow) -> bool {
        let kinds: Vec<Kind> =
            Kind::ALL.iter().copied().filter(|&kind| kind != Kind::Praise).collect();
        let matters = || {
            let covered = |it: &String| self.matters.iter().any(|own| is_within(it, own));
            self.matters.is_empty()
                || (!other.matters.is_empty() && other.matters.iter().all(covered))
        };
        self.stage == other.stage
            && wider(all_or(&self.kinds, &kinds), all_or(&other.kinds, &kinds))
            && wider(all_or(&self.urgencies, Urgency::ALL), all_or(&other.urgencies, Urgency::ALL))
            && wider(&self.channels, &other.channels)
            && wider(&self.units, &other.units)
            && wider(&self.tags, &other.tags)
            && matters()
            && (other.rework || !self.rework)
    }

    /// The rows for one word of each condition: whatever this one fits, one of them fits.
    pub(super) fn parts(&self) -> impl Iterator<Item = LimitRow> {
        let mut whole = self.clone();
        whole.kinds = all_or(&self.kinds, Kind::ALL).to_vec();
        whole.kinds.retain(|kind| *kind != Kind::Praise);
        whole.urgencies = all_or(&self.urgencies, Urgency::ALL).to_vec();
        let parts = split(std::iter::once(whole), |row| &mut row.kinds);
        let parts = split(parts, |row| &mut row.urgencies);
        let parts = split(parts, |row| &mut row.channels);
        let parts = split(parts, |row| &mut row.matters);
        let parts = split(parts, |row| &mut row.units);
        split(parts, |row| &mut row.tags)
    }

    pub(super) fn blank_condition(&self) -> Option<&'static str> {
        let lists = [("matters", &self.matters), ("units", &self.units), ("tags", &self.tags)];
        let blank = |list: &[String]| list.iter().any(|entry| entry.trim().is_empty());
        lists.into_iter().find(|(_, list)| blank(list)).map(|(key, _)| key)
    }
}

/// Each row once for each word of one of its conditions; one without words stays as it is.
fn split<T: Clone>(
    rows: impl Iterator<Item = LimitRow>,
    list: fn(&mut LimitRow) -> &mut Vec<T>,
) -> impl Iterator<Item = LimitRow> {
    rows.flat_map(move |mut row| {
        let words = std::mem::take(list(&mut row));
        let none = words.is_empty().then(Vec::new);
        let each = none.into_iter().chain(words.into_iter().map(|word| vec![word]));
        each.map(move |words| {
            let mut part = row.clone();
            *list(&mut part) = words;
            part
        })
    })
}

/// A list, or all words where it is empty.
fn all_or<'a, T>(list: &'a [T], all: &'a [T]) -> &'a [T] {
    if list.is_empty() { all } else { list }
}

/// Whether a condition lets through whatever `other` lets through; an empty one lets everything through.
pub(super) fn wider<T: PartialEq>(own: &[T], other: &[T]) -> bool {
    own.is_empty() || (!other.is_empty() && other.iter().all(|it| own.contains(it)))
}

/// Whether a matter is `above` or lies below it: paths end at a slash.
fn is_within(matter: &str, above: &str) -> bool {
    matter.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
