//! Scores that offices make of rates, as data: points in hundredths, so that they come out as published. Counts nothing.

use serde::{Deserialize, Serialize};

use crate::figures::Counts;
use crate::report::Figure;

/// A scoring rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreProfile {
    /// Its name.
    pub name: String,
    /// The document behind it, for people.
    pub title: String,
    /// Where it was published.
    pub source: String,
    /// What is scored; the score is their sum.
    #[serde(rename = "item")]
    pub items: Vec<ScoreItem>,
}

/// One thing that is scored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreItem {
    /// What people call it.
    pub name: String,
    /// The rate it rests on.
    pub figure: Figure,
    /// Points at most.
    pub full: f64,
    /// Points where the rate stands on nothing; if left out, the unit is not ranked then.
    #[serde(default)]
    pub unrated: Option<f64>,
    /// How points follow from the rate.
    pub rule: ScoreRule,
}

/// How points follow from a rate in percent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ScoreRule {
    /// The full points less one for each percent that is missing, and never below nothing.
    Shortfall,
    /// A base, and so much for each percent above a threshold.
    Above {
        /// Points at or below the threshold.
        base: f64,
        /// Percent.
        threshold: f64,
        /// Points for each percent above.
        slope: f64,
    },
}

/// Why a scoring rule is refused; names the item.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScoreError {
    /// It scores nothing.
    #[error("score `{name}`: has no item")]
    NoItem {
        /// The rule.
        name: String,
    },
    /// A text that says nothing.
    #[error("score `{name}`: {key} is empty")]
    Empty {
        /// The rule.
        name: String,
        /// The key.
        key: &'static str,
    },
    /// A number that cannot be meant.
    #[error("score `{name}`: item `{item}`: {key} is not between 0 and {max}")]
    OutOfRange {
        /// The rule.
        name: String,
        /// The item.
        item: String,
        /// The key.
        key: &'static str,
        /// The most that makes sense.
        max: u32,
    },
    /// Points that start above the most there are: the rate would count for nothing.
    #[error("score `{name}`: item `{item}`: {key} is more than full")]
    MoreThanFull {
        /// The rule.
        name: String,
        /// The item.
        item: String,
        /// The key.
        key: &'static str,
    },
}

/// Points of one item or all, in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Points(pub u64);

impl std::fmt::Display for Points {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// More points than that are a typing mistake.
const POINTS_MAX: u32 = 1_000;

impl ScoreProfile {
    /// Refuses what makes no sense.
    ///
    /// # Errors
    /// The first fault, with the item that has it.
    pub fn check(&self) -> Result<(), ScoreError> {
        if self.items.is_empty() {
            return Err(ScoreError::NoItem { name: self.name.clone() });
        }
        let own = [("name", &self.name), ("title", &self.title), ("source", &self.source)];
        let items = self.items.iter().map(|item| ("item.name", &item.name));
        let blank = own.into_iter().chain(items).find(|(_, text)| text.trim().is_empty());
        if let Some((key, _)) = blank {
            return Err(ScoreError::Empty { name: self.name.clone(), key });
        }
        for item in &self.items {
            let mut numbers = vec![("full", item.full, POINTS_MAX)];
            numbers.extend(item.unrated.map(|points| ("unrated", points, POINTS_MAX)));
            if let ScoreRule::Above { base, threshold, slope } = item.rule {
                numbers.extend([("base", base, POINTS_MAX), ("slope", slope, POINTS_MAX)]);
                numbers.push(("threshold", threshold, 100));
            }
            let wrong =
                |&(_, number, max): &(_, f64, u32)| !(0.0..=f64::from(max)).contains(&number);
            if let Some((key, _, max)) = numbers.into_iter().find(wrong) {
                let (name, item) = (self.name.clone(), item.name.clone());
                return Err(ScoreError::OutOfRange { name, item, key, max });
            }
            let base = match item.rule {
                ScoreRule::Above { base, .. } => Some(base),
                ScoreRule::Shortfall => None,
            };
            let mut starts = [("unrated", item.unrated), ("base", base)].into_iter();
            if let Some((key, _)) =
                starts.find(|(_, points)| points.is_some_and(|it| it > item.full))
            {
                let (name, item) = (self.name.clone(), item.name.clone());
                return Err(ScoreError::MoreThanFull { name, item, key });
            }
        }
        Ok(())
    }

    /// The points that these counts give. `None` where a rate stands on nothing and the rule does not say what that is
    /// worth: such a unit is left out of the ranking, not scored as if all were well.
    pub fn points(&self, counts: &Counts) -> Option<Points> {
        let of = |item: &ScoreItem| match item.figure.of(counts).hundredths() {
            Some(rate) => Some(item.points(rate).0),
            None => item.unrated.map(|points| item.hundredths(points)),
        };
        self.items.iter().map(of).sum::<Option<u64>>().map(Points)
    }
}

impl ScoreItem {
    /// The points of a rate in hundredths of a percent, halves up.
    pub fn points(&self, rate: u64) -> Points {
        let percent = rate as f64 / 100.0;
        let points = match self.rule {
            ScoreRule::Shortfall => self.full - (100.0 - percent),
            ScoreRule::Above { base, threshold, slope } => {
                base + (percent - threshold).max(0.0) * slope
            }
        };
        Points(self.hundredths(points))
    }

    /// Bounded by `full`, which `check` bounds; a hair more than half is half in decimal.
    fn hundredths(&self, points: f64) -> u64 {
        (points.clamp(0.0, self.full) * 100.0 + 1e-6).round() as u64
    }
}
