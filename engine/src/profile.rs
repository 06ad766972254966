//! The limits and conventions of a jurisdiction (规则集), effective-dated, as data. Computes nothing.

mod fault;
mod limit_row;

use serde::{Deserialize, Serialize};

use crate::conduct::{ArbitrationRule, ExtensionRule, PauseRule, RatingRule, ReworkRule};
use crate::duplicates::DuplicateRule;
use crate::escalation::Escalation;
use crate::hours::Hours;
use crate::order::{Channel, Kind, Stage, Urgency};
use crate::time::{Day, Timestamp};

pub use fault::{Place, ProfileError, ProfileFault};
pub use limit_row::LimitRow;

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

impl Profile {
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
