//! How good predictions are, by the measures a hotline is run on, and the folds to measure them with.
//! Pure arithmetic over outcomes; reads no data.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{CHOICES, Prediction};

/// Letters of a text that make its group: near-duplicates differ later, in the signature or the date.
const GROUP_LETTERS: usize = 60;

/// Bins of equal width for the calibration error.
const CALIBRATION_BINS: usize = 10;

/// The share dispatched automatically in the published figure that `precision_at_879` compares with.
const COMPARED_COVERAGE: f64 = 0.879;

/// The fold (0 up to `folds`) of a text: the first four bytes of the SHA-256 of its first 60 letters and
/// digits, modulo `folds`. Texts that begin alike share a fold.
///
/// # Panics
/// When `folds` is 0.
#[must_use]
pub fn fold_of(content: &str, folds: u32) -> u32 {
    assert!(folds > 0, "there is no fold 0 of 0");
    let letters = content.chars().filter(|c| c.is_alphanumeric() || *c == '_');
    let key: String = letters.take(GROUP_LETTERS).collect();
    let digest = Sha256::digest(key.as_bytes());
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) % folds
}

/// One text judged: what it was and what was predicted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// The right label.
    pub gold: u16,
    /// What the model said.
    pub prediction: Prediction,
}

impl Outcome {
    fn is_right(&self) -> bool {
        self.prediction.first().label == self.gold
    }
}

/// Figures over many outcomes; all are shares in 0..=1.
///
/// `coverage_at_*` is the largest share of the texts, most confident first, whose first choices are right
/// at that precision; texts are ranked by calibrated confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures {
    /// First choice right.
    pub accuracy: f64,
    /// Mean over labels, seen or predicted, of the harmonic mean of precision and recall.
    pub macro_f1: f64,
    /// Right label among the choices.
    pub top3: f64,
    /// Expected calibration error: mean distance between confidence and accuracy over ten equal bins of
    /// confidence, weighed by their texts.
    pub ece: f64,
    /// Coverage at 95 % precision.
    pub coverage_at_95: f64,
    /// Coverage at 98 % precision.
    pub coverage_at_98: f64,
    /// Precision among the most confident 87.9 %.
    pub precision_at_879: f64,
}

impl Measures {
    /// The figures of `outcomes`; `None` when there are none.
    #[must_use]
    pub fn of(outcomes: &[Outcome]) -> Option<Self> {
        if outcomes.is_empty() {
            return None;
        }
        let share = |count: usize| count as f64 / outcomes.len() as f64;
        let table = PerLabel::of(outcomes);
        let precisions = precisions(outcomes);
        let coverage = |least: f64| {
            precisions.iter().rposition(|p| *p >= least).map_or(0.0, |at| share(at + 1))
        };
        let compared = (COMPARED_COVERAGE * outcomes.len() as f64) as usize;
        let is_named =
            |o: &&Outcome| o.prediction.top().iter().any(|choice| choice.label == o.gold);
        Some(Self {
            accuracy: share(outcomes.iter().filter(|o| o.is_right()).count()),
            macro_f1: table.iter().map(PerLabel::f1).sum::<f64>() / table.len() as f64,
            top3: share(outcomes.iter().filter(is_named).count()),
            ece: calibration_error(outcomes),
            coverage_at_95: coverage(0.95),
            coverage_at_98: coverage(0.98),
            precision_at_879: precisions[compared.max(1) - 1],
        })
    }
}

/// Precision of the most confident 1, 2, 3 … texts.
fn precisions(outcomes: &[Outcome]) -> Vec<f64> {
    let mut ranked: Vec<&Outcome> = outcomes.iter().collect();
    ranked.sort_by(|a, b| b.prediction.confidence().total_cmp(&a.prediction.confidence()));
    let mut right = 0;
    let precision = |(i, outcome): (usize, &Outcome)| {
        right += usize::from(outcome.is_right());
        right as f64 / (i + 1) as f64
    };
    ranked.into_iter().enumerate().map(precision).collect()
}

fn calibration_error(outcomes: &[Outcome]) -> f64 {
    // Per bin: sum of confidence minus number right.
    let mut bins = [0f64; CALIBRATION_BINS];
    for outcome in outcomes {
        let confidence = f64::from(outcome.prediction.confidence());
        let bin = ((confidence * CALIBRATION_BINS as f64) as usize).min(CALIBRATION_BINS - 1);
        bins[bin] += confidence - f64::from(u8::from(outcome.is_right()));
    }
    bins.iter().map(|gap| gap.abs()).sum::<f64>() / outcomes.len() as f64
}

/// Counts of one label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerLabel {
    /// The label.
    pub label: u16,
    /// Texts that have it.
    pub gold_count: u32,
    /// Texts whose first choice it was.
    pub predicted_count: u32,
    /// Texts of which both are true.
    pub right_count: u32,
}

impl PerLabel {
    /// One row for each label seen or predicted, in the order of labels.
    #[must_use]
    pub fn of(outcomes: &[Outcome]) -> Vec<Self> {
        let mut rows: BTreeMap<u16, Self> = BTreeMap::new();
        for confusion in confusions(outcomes) {
            let Confusion { gold, predicted, count } = confusion;
            Self::row(&mut rows, gold).gold_count += count;
            Self::row(&mut rows, predicted).predicted_count += count;
            if gold == predicted {
                Self::row(&mut rows, gold).right_count += count;
            }
        }
        rows.into_values().collect()
    }

    fn row(rows: &mut BTreeMap<u16, Self>, label: u16) -> &mut Self {
        let empty = Self { label, gold_count: 0, predicted_count: 0, right_count: 0 };
        rows.entry(label).or_insert(empty)
    }

    /// Right among predicted; 0 when never predicted.
    #[must_use]
    pub fn precision(&self) -> f64 {
        f64::from(self.right_count) / f64::from(self.predicted_count.max(1))
    }

    /// Right among those that have the label; 0 when none has.
    #[must_use]
    pub fn recall(&self) -> f64 {
        f64::from(self.right_count) / f64::from(self.gold_count.max(1))
    }

    /// Harmonic mean of precision and recall.
    #[must_use]
    pub fn f1(&self) -> f64 {
        f64::from(2 * self.right_count) / f64::from((self.gold_count + self.predicted_count).max(1))
    }
}

/// How often one label was taken for another, or rightly for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confusion {
    /// The right label.
    pub gold: u16,
    /// The first choice.
    pub predicted: u16,
    /// Number of texts.
    pub count: u32,
}

/// All pairs of right and predicted label that occur, in the order of labels.
#[must_use]
pub fn confusions(outcomes: &[Outcome]) -> Vec<Confusion> {
    let mut counts: BTreeMap<(u16, u16), u32> = BTreeMap::new();
    for outcome in outcomes {
        *counts.entry((outcome.gold, outcome.prediction.first().label)).or_default() += 1;
    }
    let confusion = |((gold, predicted), count)| Confusion { gold, predicted, count };
    counts.into_iter().map(confusion).collect()
}

const _: () = assert!(CHOICES == 3, "top3 counts three choices");
