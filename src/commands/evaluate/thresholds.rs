//! The threshold of each unit that gives a wanted precision, from orders that the models had not seen. Where a unit has too
//! few orders, that of all units counts for it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use hotline_engine::directory::{Level, Unit};
use hotline_engine::order::Confidence;
use serde_json::{Value, json};

use super::dispatching::Attempt;
use super::report::table;
use super::share::Share;
use crate::commands::out;

/// Fewer orders for a unit say nothing about it: at 30 a precision of 0.95 may be one of 0.80.
const ORDERS_MIN: usize = 30;
/// Fewer that would be dispatched say as little.
const DISPATCHED_MIN: usize = 15;

/// A unit, or a kind of unit, and how sure the engine must be of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct UnitThreshold {
    unit: String,
    confidence_min: Confidence,
    /// Of the orders for which it would be chosen: those that would be dispatched.
    coverage: Share,
    /// Of those: those that it should have.
    precision: Share,
}

impl UnitThreshold {
    pub(super) fn json(&self) -> Value {
        json!({
            "unit": self.unit,
            "confidence_min": self.confidence_min.probability(),
            "coverage": self.coverage.json(),
            "precision": self.precision.json(),
        })
    }
}

/// What a unit shares its threshold with: itself, all streets, or all communities.
pub(super) fn group_of(unit: &Unit) -> &str {
    match unit.level {
        Level::Department => &unit.code,
        Level::Street | Level::Town => "@street",
        Level::Village | Level::Community => "@community",
    }
}

/// For each unit with enough orders, the lowest threshold with the wanted precision; units that reach it nowhere are left to
/// the threshold of all.
pub(super) fn choose(attempts: &[Attempt], precision: f64) -> Vec<UnitThreshold> {
    let mut of_units: BTreeMap<&str, Vec<(Confidence, bool)>> = BTreeMap::new();
    for attempt in attempts {
        if let Some(choice) = &attempt.choice {
            let judged = (choice.confidence, attempt.lead_is_right);
            of_units.entry(&choice.unit).or_default().push(judged);
        }
    }
    of_units
        .into_iter()
        .filter(|(_, judged)| judged.len() >= ORDERS_MIN)
        .filter_map(|(unit, judged)| lowest(unit, judged, precision))
        .collect()
}

fn lowest(unit: &str, mut judged: Vec<(Confidence, bool)>, wanted: f64) -> Option<UnitThreshold> {
    judged.sort_by_key(|(confidence, _)| std::cmp::Reverse(*confidence));
    let mut best = None;
    let mut right = 0;
    for (at, &(confidence, is_right)) in judged.iter().enumerate() {
        right += usize::from(is_right);
        // Equals are dispatched together or not at all.
        let ends = judged.get(at + 1).is_none_or(|(next, _)| *next < confidence);
        let precision = Share::of(right, at + 1);
        if ends && at + 1 >= DISPATCHED_MIN && precision.value() >= wanted {
            let coverage = Share::of(at + 1, judged.len());
            let unit = unit.to_owned();
            best = Some(UnitThreshold { unit, confidence_min: confidence, coverage, precision });
        }
    }
    best
}

/// Writes them as the district's thresholds.
pub(super) fn write(file: &Path, chosen: &[UnitThreshold]) -> anyhow::Result<()> {
    let mut text = "unit,confidence_min\n".to_owned();
    for threshold in chosen {
        writeln!(text, "{},{:.4}", threshold.unit, threshold.confidence_min.probability())?;
    }
    out::write(file, text.as_bytes())
}

pub(super) fn print(chosen: &[UnitThreshold], precision: f64) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "\nunits with at least {ORDERS_MIN} orders that reach precision {precision}:")?;
    let header =
        ["confidence_min", "coverage", "95 % interval", "precision", "95 % interval", "unit"];
    let mut table = table(header);
    for threshold in chosen {
        table.add_row([
            format!("{:.4}", threshold.confidence_min.probability()),
            format!("{:.4}", threshold.coverage.value()),
            threshold.coverage.interval(),
            format!("{:.4}", threshold.precision.value()),
            threshold.precision.interval(),
            threshold.unit.clone(),
        ]);
    }
    writeln!(out, "{table}")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(right: usize, wrong: usize) -> Vec<(Confidence, bool)> {
        let right = (0..right).map(|_| (Confidence(9_000), true));
        right.chain((0..wrong).map(|_| (Confidence(5_000), false))).collect()
    }

    #[test]
    fn the_lowest_threshold_with_the_precision_is_chosen() {
        let found = lowest("a", judged(38, 2), 0.95).expect("38 of 40 are 0.95");
        assert_eq!(found.confidence_min, Confidence(5_000));
        let found = lowest("a", judged(37, 3), 0.95).expect("the sure ones alone");
        assert_eq!((found.confidence_min, found.precision), (Confidence(9_000), Share::of(37, 37)));
        assert_eq!(found.coverage, Share::of(37, 40));
    }

    #[test]
    fn too_few_that_would_be_dispatched_choose_nothing() {
        assert_eq!(lowest("a", judged(14, 30), 0.95), None);
        assert_eq!(lowest("a", vec![(Confidence(9_000), false); 40], 0.95), None);
    }
}
