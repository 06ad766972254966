//! From scores to probabilities that mean what they say: a softmax with a fitted temperature, then a fitted
//! logistic curve for the first choice. Fitted on texts the scoring model has not seen.

/// The two fitted curves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Calibration {
    /// Scores are multiplied by this before the softmax.
    pub(super) sharpness: f32,
    /// The first choice's log-odds become `slope * odds + shift`.
    pub(super) slope: f32,
    pub(super) shift: f32,
}

/// Held-out scores, `labels_count` a text, and the right labels.
#[derive(Debug, Default)]
pub(super) struct HeldOut {
    pub(super) scores: Vec<f32>,
    pub(super) labels: Vec<u16>,
}

/// Probabilities stay away from 0 and 1 by this much: nothing a text says is certain.
const PROBABILITY_MARGIN: f32 = 1e-4;
const SHARPNESS_RANGE: (f32, f32) = (0.1, 60.0);
/// Golden section narrows the range to a thousandth in so many steps.
const SECTION_STEPS: u32 = 40;
const NEWTON_STEPS: u32 = 30;
/// Few held-out texts must not fit a steep curve.
const RIDGE: f64 = 0.5;

impl Calibration {
    /// What to use when nothing was held out: a softmax of about the sharpness that real corpora give.
    pub(super) const UNFITTED: Self = Self { sharpness: 4.0, slope: 1.0, shift: 0.0 };

    pub(super) fn fit(held_out: &HeldOut, labels_count: usize) -> Self {
        if held_out.labels.is_empty() {
            return Self::UNFITTED;
        }
        let mut calibration =
            Self { sharpness: fit_sharpness(held_out, labels_count), ..Self::UNFITTED };
        let texts = held_out.scores.chunks_exact(labels_count).zip(&held_out.labels);
        let odds: Vec<(f64, bool)> = texts
            .map(|(scores, &label)| {
                let (top, p) = calibration.softmax_top(scores);
                (f64::from(log_odds(p)), top == usize::from(label))
            })
            .collect();
        (calibration.slope, calibration.shift) = fit_logistic(&odds);
        calibration
    }

    /// Index and softmax probability of the highest score.
    fn softmax_top(&self, scores: &[f32]) -> (usize, f32) {
        let top = index_of_largest(scores);
        let sum: f32 = scores.iter().map(|s| ((s - scores[top]) * self.sharpness).exp()).sum();
        (top, 1.0 / sum)
    }

    /// Probability of the first choice (the highest of `scores`), and the factor by which the softmax
    /// probabilities of the others change so that all sum to one.
    pub(super) fn first(&self, scores: &[f32]) -> First {
        let (top, raw) = self.softmax_top(scores);
        let p = logistic(self.slope * log_odds(raw) + self.shift);
        let p = p.clamp(PROBABILITY_MARGIN, 1.0 - PROBABILITY_MARGIN);
        let rest = if raw < 1.0 { (1.0 - p) / (1.0 - raw) } else { 0.0 };
        First { top, probability: p, raw, rest }
    }
}

/// The first choice, and what is needed for the others.
#[derive(Debug, Clone, Copy)]
pub(super) struct First {
    pub(super) top: usize,
    pub(super) probability: f32,
    raw: f32,
    rest: f32,
}

impl First {
    /// Probability of another label whose score lies `gap` (≤ 0) from the first; never above the first's.
    pub(super) fn other(&self, gap: f32, calibration: &Calibration) -> f32 {
        let softmax = (gap * calibration.sharpness).exp() * self.raw;
        (softmax * self.rest).min(self.probability)
    }
}

pub(super) fn index_of_largest(scores: &[f32]) -> usize {
    let mut top = 0;
    for (i, s) in scores.iter().enumerate() {
        if *s > scores[top] {
            top = i;
        }
    }
    top
}

fn log_odds(p: f32) -> f32 {
    let p = p.clamp(1e-6, 1.0 - 1e-6);
    (p / (1.0 - p)).ln()
}

fn logistic(odds: f32) -> f32 {
    1.0 / (1.0 + (-odds).exp())
}

/// The sharpness with the least log loss, by golden section on its logarithm.
fn fit_sharpness(held_out: &HeldOut, labels_count: usize) -> f32 {
    let ratio = 0.618_034_f32;
    let (mut low, mut high) = (SHARPNESS_RANGE.0.ln(), SHARPNESS_RANGE.1.ln());
    let loss = |at: f32| log_loss(held_out, labels_count, at.exp());
    let (mut left, mut right) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut loss_left, mut loss_right) = (loss(left), loss(right));
    for _ in 0..SECTION_STEPS {
        if loss_left < loss_right {
            (high, right, loss_right) = (right, left, loss_left);
            left = high - ratio * (high - low);
            loss_left = loss(left);
        } else {
            (low, left, loss_left) = (left, right, loss_right);
            right = low + ratio * (high - low);
            loss_right = loss(right);
        }
    }
    ((low + high) / 2.0).exp()
}

fn log_loss(held_out: &HeldOut, labels_count: usize, sharpness: f32) -> f64 {
    let texts = held_out.scores.chunks_exact(labels_count).zip(&held_out.labels);
    texts
        .map(|(scores, &label)| {
            let top = scores[index_of_largest(scores)];
            let sum: f32 = scores.iter().map(|s| ((s - top) * sharpness).exp()).sum();
            f64::from(sum.ln() - (scores[usize::from(label)] - top) * sharpness)
        })
        .sum()
}

/// Slope and shift of a logistic curve through (log-odds, right or wrong), by Newton's method with a pull
/// towards slope 1 and shift 0.
fn fit_logistic(odds: &[(f64, bool)]) -> (f32, f32) {
    let (mut slope, mut shift) = (1.0f64, 0.0f64);
    for _ in 0..NEWTON_STEPS {
        let (mut g0, mut g1) = (RIDGE * (slope - 1.0), RIDGE * shift);
        let (mut h00, mut h01, mut h11) = (RIDGE, 0.0, RIDGE);
        for &(x, right) in odds {
            let p = 1.0 / (1.0 + (-(slope * x + shift)).exp());
            let error = p - f64::from(u8::from(right));
            let bend = p * (1.0 - p);
            g0 += error * x;
            g1 += error;
            h00 += bend * x * x;
            h01 += bend * x;
            h11 += bend;
        }
        let determinant = h00 * h11 - h01 * h01;
        slope -= (g0 * h11 - g1 * h01) / determinant;
        shift -= (g1 * h00 - g0 * h01) / determinant;
    }
    // A curve that turned round or ran away says that there was nothing to learn.
    if slope.is_finite() && shift.is_finite() && slope > 0.05 {
        (slope as f32, shift as f32)
    } else {
        (1.0, 0.0)
    }
}
