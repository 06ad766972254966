//! The limits and conventions of a jurisdiction (规则集), effective-dated, as data. Computes nothing.

use serde::{Deserialize, Serialize};

use crate::conduct::{self, ArbitrationRule, ExtensionRule, PauseRule, RatingRule, ReworkRule};
use crate::duplicates::DuplicateRule;
use crate::escalation::Escalation;
use crate::hours::Hours;
use crate::limit::{Clock, Limit};
use crate::order::{Channel, Kind, Stage, Urgency};
use crate::time::{Day, Timestamp};

/// Which day counts as the first of a limit in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counting {
    /// The day after the start counts as the first (民法典, art. 201).
    DayAfter,
    /// The day of the start counts as the first, if it counts at all.
    Inclusive,
}

/// When a day of a limit in days is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DayEnds {
    /// At midnight.
    #[default]
    Midnight,
    /// When the office closes (民法典, art. 203: where there are business hours, at their end).
    Office,
}

/// One limit of a profile. What is left out fits everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitRow {
    /// The stage it limits.
    pub stage: Stage,
    /// Only for these kinds; empty = all but praise.
    #[serde(default)]
    pub kinds: Vec<Kind>,
    /// Only for these urgencies; empty = all.
    #[serde(default)]
    pub urgencies: Vec<Urgency>,
    /// Only for these channels; empty = all.
    #[serde(default)]
    pub channels: Vec<Channel>,
    /// Only for these matters and what lies below them; empty = all.
    #[serde(default)]
    pub matters: Vec<String>,
    /// Only for units with these codes; empty = all.
    #[serde(default)]
    pub units: Vec<String>,
    /// Only for orders with one of these tags; empty = all.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Only for a handling cycle after the first (重办).
    #[serde(default)]
    pub rework: bool,
    /// How long the stage may take.
    #[serde(flatten)]
    pub limit: Limit,
    /// The document that says so.
    pub source: String,
}

/// Office hours. The first row that fits a unit counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoursRow {
    /// Only for units with these codes; empty = all.
    #[serde(default)]
    pub units: Vec<String>,
    /// Office hours of a working day.
    pub work: Hours,
    /// Hours of the emergency desk, every day; left out = day and night.
    #[serde(default = "Hours::whole_day")]
    pub emergency: Hours,
    /// The document that says so.
    pub source: String,
}

/// How much earlier an order passed down from above is due inside than above.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamMargin {
    /// Working days between the inner due and the day it is due above.
    pub working_days_earlier: u16,
    /// The document that says so.
    pub source: String,
}

/// The rule set of a jurisdiction from one day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name in settings.
    pub name: String,
    /// The document behind it, for people.
    pub title: String,
    /// First day in force, `YYYY-MM-DD`.
    pub effective_from: Day,
    /// Which day counts as the first.
    pub counting: Counting,
    /// When a day is over.
    #[serde(default)]
    pub day_ends: DayEnds,
    /// Of an order that a city or province passed down.
    #[serde(default)]
    pub upstream: Option<UpstreamMargin>,
    /// What happens before and after a due passes unmet.
    #[serde(default)]
    pub escalation: Option<Escalation>,
    /// Later dues; left out = there are none.
    #[serde(default)]
    pub extension: Option<ExtensionRule>,
    /// Times in which the clock stands still; left out = it never does.
    #[serde(default)]
    pub pause: Option<PauseRule>,
    /// New cycles; left out = somebody must ask for each.
    #[serde(default)]
    pub rework: Option<ReworkRule>,
    /// What happens to an order that nobody wants; left out = dispatchers decide every time.
    #[serde(default)]
    pub arbitration: Option<ArbitrationRule>,
    /// When orders count as the same; left out = nobody looks.
    #[serde(default)]
    pub duplicates: Option<DuplicateRule>,
    /// When a service counts as rated by default; left out = never.
    #[serde(default)]
    pub rating: Option<RatingRule>,
    /// Office hours; the first row that fits a unit counts.
    #[serde(default)]
    pub hours: Vec<HoursRow>,
    /// The limits; the first row that fits an order counts.
    #[serde(rename = "limit")]
    pub limits: Vec<LimitRow>,
}

/// Working days or minutes between a due and a rung of its ladder: a working year, or a quarter of a day.
const ESCALATION_MAX: u16 = 250;

/// What a due depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject<'a> {
    /// The stage that is limited.
    pub stage: Stage,
    /// The kind of the order.
    pub kind: Kind,
    /// The urgency of the order.
    pub urgency: Urgency,
    /// Where the order came in, if it says.
    pub channel: Option<Channel>,
    /// Path of the matter, once known.
    pub matter: Option<&'a str>,
    /// Code of the unit, once known.
    pub unit: Option<&'a str>,
    /// Tags of the order.
    pub tags: &'a [String],
    /// Whether this is a handling cycle after the first.
    pub rework: bool,
    /// When the clock starts.
    pub from: Timestamp,
}

impl<'a> Subject<'a> {
    /// An order of which no more is known.
    pub fn new(stage: Stage, kind: Kind, urgency: Urgency, from: Timestamp) -> Subject<'a> {
        let (channel, matter, unit, rework) = (None, None, None, false);
        Subject { stage, kind, urgency, channel, matter, unit, tags: &[], rework, from }
    }
}

/// Why a profile is refused; names the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("profile `{profile}`: {fault}")]
pub struct ProfileError {
    /// The profile.
    pub profile: String,
    /// What stands against it.
    pub fault: ProfileFault,
}

/// What stands against a profile. Rows are named by their number, from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileFault {
    /// A key that must say something is empty.
    #[error("{key} is empty")]
    Empty {
        /// The key.
        key: String,
    },
    /// A limit is zero or longer than a year.
    #[error("{key} is not between 1 and {max} {unit}")]
    Length {
        /// The key.
        key: String,
        /// Longest that makes sense.
        max: u32,
        /// Of what.
        unit: &'static str,
    },
    /// Praise has no limits (表扬 is passed on, never counted).
    #[error("limit {row}: praise is never due")]
    Praise {
        /// The row.
        row: usize,
    },
    /// Whatever fits this row fits an earlier one, which counts.
    #[error("limit {row} never counts: limit {earlier} fits all that it fits")]
    Dead {
        /// The row.
        row: usize,
        /// The row that counts instead.
        earlier: usize,
    },
    /// A clock needs office hours, and no row gives them to every unit.
    #[error("{key} needs office hours: an [[hours]] row without units is missing")]
    NoHours {
        /// What needs them.
        key: String,
    },
    /// No row limits the handling of a kind at some urgency.
    #[error("no limit for stage `handle` of kind `{}`, urgency `{}`", kind.code(), urgency.code())]
    Gap {
        /// The kind without a limit.
        kind: Kind,
        /// The urgency without a limit.
        urgency: Urgency,
    },
}

impl Profile {
    /// Refuses what makes no sense: empty names, limits out of range, rows that never count, handling without a limit.
    ///
    /// # Errors
    /// The first fault, with the key that has it.
    pub fn check(&self) -> Result<(), ProfileError> {
        let refuse = |fault| Err(ProfileError { profile: self.name.clone(), fault });
        match self.fault() {
            Some(fault) => refuse(fault),
            None => Ok(()),
        }
    }

    fn fault(&self) -> Option<ProfileFault> {
        let head = [("name", &self.name), ("title", &self.title)];
        let blank = head.into_iter().find(|(_, text)| text.trim().is_empty());
        if let Some((key, _)) = blank {
            return Some(ProfileFault::Empty { key: key.to_owned() });
        }
        let mut rows = self.limits.iter().enumerate();
        rows.find_map(|(at, row)| self.row_fault(at, row))
            .or_else(|| self.margin_fault())
            .or_else(|| self.escalation_fault())
            .or_else(|| self.conduct_fault())
            .or_else(|| self.hours_fault())
            .or_else(|| self.gap())
    }

    fn row_fault(&self, at: usize, row: &LimitRow) -> Option<ProfileFault> {
        let key = format!("limit {}", at + 1);
        if row.source.trim().is_empty() {
            return Some(ProfileFault::Empty { key: format!("{key}: source") });
        }
        if let Some(list) = row.blank_condition() {
            return Some(ProfileFault::Empty { key: format!("{key}: {list}") });
        }
        if row.kinds.contains(&Kind::Praise) {
            return Some(ProfileFault::Praise { row: at + 1 });
        }
        let (length, max) = (row.limit.length(), row.limit.longest());
        if length == 0 || length > max {
            return Some(ProfileFault::Length { key, max, unit: length_unit(row.limit.clock()) });
        }
        let earlier = self.limits[..at].iter().position(|earlier| earlier.covers(row))?;
        Some(ProfileFault::Dead { row: at + 1, earlier: earlier + 1 })
    }

    fn margin_fault(&self) -> Option<ProfileFault> {
        let margin = self.upstream.as_ref()?;
        let (key, limit) = ("upstream", Limit::WorkingDays(margin.working_days_earlier));
        if margin.source.trim().is_empty() {
            return Some(ProfileFault::Empty { key: format!("{key}: source") });
        }
        (limit.length() == 0 || limit.length() > limit.longest()).then(|| ProfileFault::Length {
            key: format!("{key}: working_days_earlier"),
            max: limit.longest(),
            unit: length_unit(limit.clock()),
        })
    }

    fn escalation_fault(&self) -> Option<ProfileFault> {
        let escalation = self.escalation.as_ref()?;
        if escalation.source.trim().is_empty() {
            return Some(ProfileFault::Empty { key: "escalation: source".to_owned() });
        }
        let too_long = |&(_, length): &(_, Option<u16>)| {
            length.is_some_and(|length| length == 0 || length > ESCALATION_MAX)
        };
        let (key, _) = escalation.lengths().into_iter().find(too_long)?;
        let (key, max, unit) =
            (format!("escalation: {key}"), ESCALATION_MAX.into(), "working days or minutes");
        Some(ProfileFault::Length { key, max, unit })
    }

    fn conduct_fault(&self) -> Option<ProfileFault> {
        let Profile { extension, pause, rework, arbitration, .. } = self;
        conduct::fault(extension.as_ref(), pause.as_ref(), rework.as_ref(), arbitration.as_ref())
            .or_else(|| self.duplicates.as_ref()?.fault())
            .or_else(|| self.rating.as_ref()?.fault())
    }

    fn hours_fault(&self) -> Option<ProfileFault> {
        let mut rows = self.hours.iter().enumerate();
        if let Some((at, _)) = rows.find(|(_, row)| row.source.trim().is_empty()) {
            return Some(ProfileFault::Empty { key: format!("hours {}: source", at + 1) });
        }
        if self.hours.iter().any(|row| row.units.is_empty()) {
            return None;
        }
        let needs = |row: &LimitRow| {
            matches!(row.limit.clock(), Clock::WorkingHours | Clock::EmergencyHours)
        };
        let row = self.limits.iter().position(needs).map(|at| format!("limit {}", at + 1));
        let office = (self.day_ends == DayEnds::Office).then(|| "day_ends".to_owned());
        row.or(office).map(|key| ProfileFault::NoHours { key })
    }

    fn gap(&self) -> Option<ProfileFault> {
        let at = Timestamp::default();
        for &kind in Kind::ALL.iter().filter(|&&kind| kind != Kind::Praise) {
            for &urgency in Urgency::ALL {
                if self.limit(&Subject::new(Stage::Handle, kind, urgency, at)).is_none() {
                    return Some(ProfileFault::Gap { kind, urgency });
                }
            }
        }
        None
    }

    /// The first limit that fits, with its number from 1. Praise has none.
    pub fn limit(&self, subject: &Subject<'_>) -> Option<(usize, &LimitRow)> {
        if subject.kind == Kind::Praise {
            return None;
        }
        self.limits.iter().position(|row| row.fits(subject)).map(|at| (at + 1, &self.limits[at]))
    }

    /// Office hours of a unit, or of units in general.
    pub fn hours_of(&self, unit: Option<&str>) -> Option<&HoursRow> {
        let fits = |row: &&HoursRow| {
            row.units.is_empty() || unit.is_some_and(|unit| row.units.iter().any(|own| own == unit))
        };
        self.hours.iter().find(fits)
    }
}

impl LimitRow {
    fn fits(&self, subject: &Subject<'_>) -> bool {
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

    /// Whether every order that `other` fits is fitted by this row too.
    fn covers(&self, other: &LimitRow) -> bool {
        fn wider<T: PartialEq>(own: &[T], other: &[T]) -> bool {
            own.is_empty() || (!other.is_empty() && other.iter().all(|it| own.contains(it)))
        }
        let matters = || {
            let covered = |it: &String| self.matters.iter().any(|own| is_within(it, own));
            self.matters.is_empty()
                || (!other.matters.is_empty() && other.matters.iter().all(covered))
        };
        self.stage == other.stage
            && wider(&self.kinds, &other.kinds)
            && wider(&self.urgencies, &other.urgencies)
            && wider(&self.channels, &other.channels)
            && wider(&self.units, &other.units)
            && wider(&self.tags, &other.tags)
            && matters()
            && (other.rework || !self.rework)
    }

    fn blank_condition(&self) -> Option<&'static str> {
        let lists = [("matters", &self.matters), ("units", &self.units), ("tags", &self.tags)];
        let blank = |list: &[String]| list.iter().any(|entry| entry.trim().is_empty());
        lists.into_iter().find(|(_, list)| blank(list)).map(|(key, _)| key)
    }
}

/// Whether a matter is `above` or lies below it: paths end at a slash.
fn is_within(matter: &str, above: &str) -> bool {
    matter.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn length_unit(clock: Clock) -> &'static str {
    match clock {
        Clock::Minutes | Clock::WorkingHours | Clock::EmergencyHours => "minutes",
        Clock::CalendarDays => "calendar days",
        Clock::WorkingDays => "working days",
    }
}
