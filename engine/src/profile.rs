//! The limits and conventions of a jurisdiction (规则集), effective-dated, as data. Computes nothing.

use serde::{Deserialize, Serialize};

use crate::order::{Kind, Stage, Urgency};
use crate::time::Day;

/// Which day counts as the first of a limit in working days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counting {
    /// The day after the start counts as the first (民法典, art. 201).
    DayAfter,
    /// The day of the start counts as the first, if it is a working day.
    Inclusive,
}

/// A span that a stage may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Working days, to the end of the last one.
    WorkingDays(u16),
    /// Minutes by the wall clock, holidays included.
    Minutes(u32),
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
    /// How long the stage may take.
    #[serde(flatten)]
    pub limit: Limit,
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
    /// Working days after dispatch within which a unit may return an order.
    pub return_working_days: u16,
    /// The limits; the first row that fits an order counts.
    #[serde(rename = "limit")]
    pub limits: Vec<LimitRow>,
}

/// Why a profile is refused; names the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// A key that must say something is empty.
    #[error("profile `{profile}`: {key} is empty")]
    Empty {
        /// The profile.
        profile: String,
        /// The key.
        key: &'static str,
    },
    /// A limit is zero or longer than a year.
    #[error("profile `{profile}`: {key} is not between 1 and {max} {unit}")]
    Length {
        /// The profile.
        profile: String,
        /// The key; limits by their number, from 1.
        key: String,
        /// Longest that makes sense.
        max: u32,
        /// Of what.
        unit: &'static str,
    },
    /// No row limits this stage of a kind at some urgency.
    #[error("profile `{profile}`: no limit for stage `{}` of kind `{}`, urgency `{}`", stage.code(), kind.code(), urgency.code())]
    Gap {
        /// The profile.
        profile: String,
        /// The stage without a limit.
        stage: Stage,
        /// The kind without a limit.
        kind: Kind,
        /// The urgency without a limit.
        urgency: Urgency,
    },
}

/// A limit above a working year is a typing mistake.
const WORKING_DAYS_MAX: u32 = 250;
/// A year in minutes.
const MINUTES_MAX: u32 = 366 * 24 * 60;

impl Profile {
    /// Refuses what makes no sense: empty names, limits out of range, a stage without a limit.
    pub fn check(&self) -> Result<(), ProfileError> {
        let profile = || self.name.clone();
        for (key, text) in [("name", &self.name), ("title", &self.title)] {
            if text.trim().is_empty() {
                return Err(ProfileError::Empty { profile: profile(), key });
            }
        }
        let returning = Limit::WorkingDays(self.return_working_days);
        let limits = self.limits.iter().enumerate();
        let limits = limits.map(|(index, row)| (format!("limit {}", index + 1), row.limit));
        for (key, limit) in limits.chain([("return_working_days".to_owned(), returning)]) {
            let (length, max, unit) = match limit {
                Limit::WorkingDays(days) => (u32::from(days), WORKING_DAYS_MAX, "working days"),
                Limit::Minutes(minutes) => (minutes, MINUTES_MAX, "minutes"),
            };
            if length == 0 || length > max {
                return Err(ProfileError::Length { profile: profile(), key, max, unit });
            }
        }
        for &kind in Kind::ALL.iter().filter(|&&kind| kind != Kind::Praise) {
            for &stage in Stage::ALL {
                let unlimited = |&&urgency: &&Urgency| self.limit(stage, kind, urgency).is_none();
                if let Some(&urgency) = Urgency::ALL.iter().find(unlimited) {
                    return Err(ProfileError::Gap { profile: profile(), stage, kind, urgency });
                }
            }
        }
        Ok(())
    }

    /// The first limit that fits, with its number from 1. Praise has none.
    pub fn limit(&self, stage: Stage, kind: Kind, urgency: Urgency) -> Option<(usize, &LimitRow)> {
        if kind == Kind::Praise {
            return None;
        }
        let fits = |row: &LimitRow| {
            row.stage == stage
                && (row.kinds.is_empty() || row.kinds.contains(&kind))
                && (row.urgencies.is_empty() || row.urgencies.contains(&urgency))
        };
        self.limits.iter().position(fits).map(|at| (at + 1, &self.limits[at]))
    }
}
