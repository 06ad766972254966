//! From scores to probabilities that mean what they say: a fitted logistic curve for the first choice, a
//! softmax with a fitted temperature for the others. Fitted on texts the scoring model has not seen.

/// The fitted curves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Calibration {
    /// Scores are multiplied by this before the softmax that shares out what the first choice leaves.
    pub(super) sharpness: f32,
    /// Log-odds of the first choice: `shift + by_margin * sqrt(margin) + by_score * score`.
    pub(super) shift: f32,
    /// Per unit of the root of the distance between the first two scores: the first steps away from a tie
    /// mean more than the last.
    pub(super) by_margin: f32,
    /// Per unit of the first score.
    pub(super) by_score: f32,
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
/// Scores that are looked at side by side.
pub(super) const LANES: usize = 16;
/// Few held-out texts must not fit a steep curve.
const RIDGE: f64 = 0.5;

impl Calibration {
    /// What to use when nothing was held out: about what real corpora give.
    pub(super) const UNFITTED: Self =
        Self { sharpness: 4.0, shift: 0.0, by_margin: 4.0, by_score: 0.0 };

    pub(super) fn fit(held_out: &HeldOut, labels_count: usize) -> Self {
        if held_out.labels.is_empty() {
            return Self::UNFITTED;
        }
        let texts = held_out.scores.chunks_exact(labels_count).zip(&held_out.labels);
        let judged: Vec<(FirstTwo, bool)> = texts
            .map(|(scores, &label)| {
                let two = FirstTwo::of(scores);
                (two, two.first == usize::from(label))
            })
            .collect();
        let [shift, by_margin, by_score] = fit_logistic(&judged);
        let sharpness = fit_sharpness(held_out, labels_count);
        Self { sharpness, shift, by_margin, by_score }
    }

    /// Probability that the first choice is right.
    pub(super) fn confidence(&self, two: &FirstTwo) -> f32 {
        let odds = self.shift + self.by_margin * two.margin.sqrt() + self.by_score * two.score;
        let p = 1.0 / (1.0 + (-odds).exp());
        p.clamp(PROBABILITY_MARGIN, 1.0 - PROBABILITY_MARGIN)
    }

    /// What the first choice leaves for each unit of softmax weight of the others. Scores of no label, which are endlessly
    /// low, have none.
    #[inline(always)]
    pub(super) fn rest(&self, scores: &[f32], two: &FirstTwo, confidence: f32) -> f32 {
        // Lane by lane, and then the lanes one by one: the same sum on every machine.
        let mut others = [0.0; LANES];
        for (chunk, scores) in scores.as_chunks::<LANES>().0.iter().enumerate() {
            let mut weights = scores.map(|score| self.softmax_weight(score - two.score));
            // Without the first's own weight, beside which the smallest would be rounded away.
            if two.first / LANES == chunk {
                weights[two.first % LANES] = 0.0;
            }
            others.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
        }
        let others: f32 = others.iter().sum();
        if others > 0.0 { (1.0 - confidence) / others } else { 0.0 }
    }

    /// Probability of a label that is not the first: its part of what the first leaves, and no more than the first has.
    #[inline]
    pub(super) fn share(&self, score: f32, two: &FirstTwo, rest: f32, confidence: f32) -> f32 {
        (self.softmax_weight(score - two.score) * rest).min(confidence)
    }

    /// Softmax weight of a score that lies `gap` (≤ 0) from the first; the first's own is 1.
    #[inline(always)]
    pub(super) fn softmax_weight(&self, gap: f32) -> f32 {
        softmax_weight(gap * self.sharpness)
    }
}

/// The two highest scores of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct FirstTwo {
    /// The label that scores highest.
    pub(super) first: usize,
    /// Its score.
    pub(super) score: f32,
    /// How far the next is behind; 0 when there is no other label.
    pub(super) margin: f32,
}

impl FirstTwo {
    pub(super) fn of(scores: &[f32]) -> Self {
        // The highest of each lane and the next, with no guess of a branch; then those of all.
        let (mut firsts, mut seconds) = ([f32::NEG_INFINITY; LANES], [f32::NEG_INFINITY; LANES]);
        for scores in scores.chunks(LANES) {
            for ((first, second), &score) in firsts.iter_mut().zip(&mut seconds).zip(scores) {
                *second = second.max(first.min(score));
                *first = first.max(score);
            }
        }
        let (mut score, mut second) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
        for other in firsts {
            second = second.max(score.min(other));
            score = score.max(other);
        }
        second = seconds.iter().fold(second, |second, &other| second.max(other));
        let first = scores.iter().position(|&other| other == score).unwrap_or(0);
        Self::among(first as u16, score, Some(second).filter(|it| it.is_finite()))
    }

    /// The first label, its score and that of the second, if there is one.
    #[inline(always)]
    pub(super) fn among(first: u16, score: f32, second: Option<f32>) -> Self {
        let margin = second.map_or(0.0, |second| score - second);
        Self { first: usize::from(first), score, margin }
    }
}

/// A power stands in for the exponential, (1 + x / 256)²⁵⁶, 5 % below it at x = -5: squares alone, the same on every
/// machine, lane by lane.
#[inline(always)]
fn softmax_weight(x: f32) -> f32 {
    let base = 1.0 + x / 256.0;
    let mut power = if base > 0.0 { base } else { 0.0 };
    for _ in 0..8 {
        power *= power;
    }
    power
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
            let top = FirstTwo::of(scores).score;
            let weight = |score: f32| softmax_weight((score - top) * sharpness);
            let sum: f32 = scores.iter().map(|&score| weight(score)).sum();
            f64::from(sum.ln() - weight(scores[usize::from(label)]).max(f32::MIN_POSITIVE).ln())
        })
        .sum()
}

/// Shift and slopes of a logistic curve through (margin and score; right or wrong), by Newton's method with
/// a pull towards no slope.
fn fit_logistic(judged: &[(FirstTwo, bool)]) -> [f32; 3] {
    let mut curve = [0f64; 3];
    for _ in 0..NEWTON_STEPS {
        let mut gradient = curve.map(|c| RIDGE * c);
        let mut bend = [[0f64; 3]; 3];
        for (i, row) in bend.iter_mut().enumerate() {
            row[i] = RIDGE;
        }
        for (two, right) in judged {
            let x = [1.0, f64::from(two.margin.sqrt()), f64::from(two.score)];
            let odds: f64 = curve.iter().zip(x).map(|(c, x)| c * x).sum();
            let p = 1.0 / (1.0 + (-odds).exp());
            let error = p - f64::from(u8::from(*right));
            for i in 0..3 {
                gradient[i] += error * x[i];
                for k in 0..3 {
                    bend[i][k] += p * (1.0 - p) * x[i] * x[k];
                }
            }
        }
        let step = solve(bend, gradient);
        for (c, s) in curve.iter_mut().zip(step) {
            *c -= s;
        }
    }
    curve.map(|c| c as f32)
}

/// Solves a positive definite system of three by elimination.
fn solve(mut matrix: [[f64; 3]; 3], mut right: [f64; 3]) -> [f64; 3] {
    for i in 0..3 {
        let (pivot_row, pivot_right) = (matrix[i], right[i]);
        for (row, right) in matrix.iter_mut().zip(&mut right).skip(i + 1) {
            let factor = row[i] / pivot_row[i];
            row.iter_mut().zip(pivot_row).for_each(|(a, b)| *a -= factor * b);
            *right -= factor * pivot_right;
        }
    }
    for i in (0..3).rev() {
        for k in i + 1..3 {
            right[i] -= matrix[i][k] * right[k];
        }
        right[i] /= matrix[i][i];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_first_leaves_is_shared_out_whole_however_far_the_others_are_behind() {
        let calibration = Calibration { sharpness: 20.0, ..Calibration::UNFITTED };
        let mut scores = vec![0.1; 200];
        scores[60] = 1.0;
        scores.resize(208, f32::NEG_INFINITY);
        let two = FirstTwo::of(&scores);
        let confidence = 0.999;
        let rest = calibration.rest(&scores, &two, confidence);
        let share = |&score: &f32| calibration.share(score, &two, rest, confidence);
        let others: f32 = scores.iter().filter(|&&score| score < 1.0).map(share).sum();
        assert!((others - 0.001).abs() < 1e-5, "{others}");
    }
}
