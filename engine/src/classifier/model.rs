//! A trained model and its predictions. Training, evidence and the file format are elsewhere.

use super::Document;
use super::calibration::{Calibration, FirstTwo, LANES};
use super::features::Scratch;
use super::vocabulary::Vocabulary;
use super::weights::Weights;

/// How many choices a prediction names: what a dispatcher is shown.
pub const CHOICES: usize = 3;

/// A linear model over n-grams. Immutable; share it between threads, each with its own [`Scratch`].
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(super) vocabulary: Vocabulary,
    pub(super) weights: Weights,
    pub(super) calibration: Calibration,
    pub(super) labels: Vec<String>,
    pub(super) facts: Facts,
}

/// What a model says about its own training.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Number of training texts.
    pub examples_count: u32,
    /// The seed given to training.
    pub seed: u64,
    /// When and by whom, in the caller's words.
    pub trained: String,
}

/// A document whose n-grams have been counted.
#[derive(Debug)]
pub struct Counted<'a> {
    pub(super) document: Document<'a>,
    pub(super) scratch: &'a mut Scratch,
    /// Fingerprint of the vocabulary it was counted by.
    vocabulary: u64,
}

/// A label and how probable it is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Choice {
    /// Index into [`Model::labels`].
    pub label: u16,
    /// Calibrated, in 0..=1.
    pub probability: f32,
}

/// The most probable labels of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    choices: [Choice; CHOICES],
    choices_count: u8,
    /// Score of the first choice minus that of the second, in units of the machine's margin (2 when both
    /// are surely right and wrong); 0 with a single label. For ranking; the probability is for deciding.
    pub margin: f32,
}

impl Prediction {
    /// A prediction from elsewhere, for [`super::evaluation`]: at most [`CHOICES`] choices, most probable
    /// first.
    ///
    /// # Panics
    /// Without any choice.
    #[must_use]
    pub fn new(most_probable: &[Choice], margin: f32) -> Self {
        assert!(!most_probable.is_empty(), "a prediction names at least one label");
        let count = most_probable.len().min(CHOICES);
        let mut choices = [Choice::default(); CHOICES];
        choices[..count].copy_from_slice(&most_probable[..count]);
        Self { choices, choices_count: count as u8, margin }
    }

    /// The choices, most probable first: [`CHOICES`] of them, or all labels where there are fewer.
    #[must_use]
    pub fn top(&self) -> &[Choice] {
        &self.choices[..usize::from(self.choices_count)]
    }

    /// The most probable label.
    #[must_use]
    pub fn first(&self) -> Choice {
        self.choices[0]
    }

    /// How probable it is that the first choice is right, in 0..=1.
    #[must_use]
    pub fn confidence(&self) -> f32 {
        self.choices[0].probability
    }
}

impl Model {
    /// The labels, in the order their numbers count.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// What is known of its training.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The number of n-grams it knows.
    #[must_use]
    pub fn features_count(&self) -> usize {
        self.vocabulary.rows_count()
    }

    /// The most probable labels of a document. Allocates nothing once `scratch` has grown.
    #[must_use]
    pub fn predict(&self, document: Document<'_>, scratch: &mut Scratch) -> Prediction {
        self.predict_counted(&mut self.count(document, scratch))
    }

    /// Keeps the weights of several models over the same n-grams (see [`Model::train_beside`]) side by side: a document that
    /// all of them are asked about then fetches each n-gram from memory once. Those over others than the first stay apart.
    pub fn join(models: &mut [&mut Model]) {
        let Some(own) = models.first().map(|model| model.vocabulary.fingerprint()) else { return };
        let alike = models.iter_mut().filter(|model| model.vocabulary.fingerprint() == own);
        let mut weights: Vec<&mut Weights> = alike.map(|model| &mut model.weights).collect();
        Weights::join(&mut weights);
    }

    /// Counts a document's n-grams, for several questions about it.
    pub fn count<'a>(&self, document: Document<'a>, scratch: &'a mut Scratch) -> Counted<'a> {
        scratch.count(&self.vocabulary, document);
        Counted { document, scratch, vocabulary: self.vocabulary.fingerprint() }
    }

    /// As [`Model::predict`], of a document counted before: by this model, or by one of the same vocabulary (see
    /// [`Model::train_beside`]); of another one it is counted anew.
    #[must_use]
    pub fn predict_counted(&self, counted: &mut Counted<'_>) -> Prediction {
        self.recount(counted);
        self.weights.score(counted.scratch);
        self.judge(&counted.scratch.scores)
    }

    /// The probability of every label of a document counted before, in the order their numbers count: those that
    /// [`Model::predict_counted`] names among them, and together 1 but for rounding.
    pub fn probabilities_counted(&self, counted: &mut Counted<'_>, out: &mut Vec<f32>) {
        self.recount(counted);
        self.weights.score(counted.scratch);
        let scores = &counted.scratch.scores[..self.labels.len()];
        let two = FirstTwo::of(scores);
        let confidence = self.calibration.confidence(&two);
        let rest = self.calibration.rest(&counted.scratch.scores, &two, confidence);
        out.clear();
        out.extend(
            scores.iter().map(|&score| self.calibration.share(score, &two, rest, confidence)),
        );
        out[two.first] = confidence;
    }

    pub(super) fn recount(&self, counted: &mut Counted<'_>) {
        let own = self.vocabulary.fingerprint();
        if counted.vocabulary != own {
            counted.scratch.count(&self.vocabulary, counted.document);
            counted.vocabulary = own;
        }
    }

    fn judge(&self, scores: &[f32]) -> Prediction {
        // On wide registers in fewer steps, to the same probabilities.
        pulp::Arch::new().dispatch(Judging { calibration: &self.calibration, scores })
    }
}

/// Choosing among scores, compiled once for each kind of registers.
struct Judging<'a> {
    calibration: &'a Calibration,
    scores: &'a [f32],
}

impl pulp::NullaryFnOnce for Judging<'_> {
    type Output = Prediction;

    #[inline(always)]
    fn call(self) -> Prediction {
        let Judging { calibration, scores } = self;
        let (labels, count) = largest(scores.as_chunks().0);
        let score_of = |at: usize| scores[usize::from(labels[at])];
        let two = FirstTwo::among(labels[0], score_of(0), (count > 1).then(|| score_of(1)));
        let confidence = calibration.confidence(&two);
        let rest = calibration.rest(scores, &two, confidence);
        let mut choices = [Choice::default(); CHOICES];
        for (at, choice) in choices[..count].iter_mut().enumerate() {
            let probability = calibration.share(score_of(at), &two, rest, confidence);
            *choice = Choice { label: labels[at], probability };
        }
        choices[0].probability = confidence;
        Prediction::new(&choices[..count], two.margin)
    }
}

/// Indices of the largest scores, largest first; of equal ones the smaller index.
#[inline(always)]
fn largest(scores: &[[f32; LANES]]) -> ([u16; CHOICES], usize) {
    let least = least_of_largest(scores);
    let (mut labels, mut largest, mut count) = ([0u16; CHOICES], [f32::NEG_INFINITY; CHOICES], 0);
    for (chunk, lanes) in scores.iter().enumerate() {
        // Most hold none of the largest; that is seen of all lanes at once.
        if !lanes.iter().fold(false, |any, score| any | (*score >= least)) {
            continue;
        }
        for (label, &score) in (chunk * LANES..).zip(lanes) {
            if score < least || score <= largest[CHOICES - 1] {
                continue;
            }
            let mut at = count.min(CHOICES - 1);
            while at > 0 && score > largest[at - 1] {
                (labels[at], largest[at]) = (labels[at - 1], largest[at - 1]);
                at -= 1;
            }
            (labels[at], largest[at]) = (label as u16, score);
            count = (count + 1).min(CHOICES);
        }
    }
    (labels, count)
}

/// A score that [`CHOICES`] scores reach and few others: the smallest of the largest among the highest of each lane.
#[inline(always)]
fn least_of_largest(scores: &[[f32; LANES]]) -> f32 {
    let mut highest = [f32::NEG_INFINITY; LANES];
    for lanes in scores {
        let both = highest.iter_mut().zip(lanes);
        both.for_each(|(high, &score)| *high = if score > *high { score } else { *high });
    }
    let mut largest = [f32::NEG_INFINITY; CHOICES];
    for mut high in highest {
        for place in &mut largest {
            (*place, high) = if high > *place { (high, *place) } else { (*place, high) };
        }
    }
    largest[CHOICES - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Few different scores, so that many are equal, and any number of labels.
    #[test]
    fn the_largest_scores_are_those_of_sorting() {
        let mut random = 1u64;
        for labels_count in (1..=70).cycle().take(2_000) {
            let mut scores: Vec<f32> = Vec::new();
            for _ in 0..labels_count {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                scores.push((random >> 33) as f32 % 9.0 - 4.0);
            }
            let mut sorted: Vec<u16> = (0..labels_count as u16).collect();
            sorted.sort_by(|a, b| scores[usize::from(*b)].total_cmp(&scores[usize::from(*a)]));
            sorted.truncate(CHOICES);
            scores.resize(scores.len().next_multiple_of(LANES), f32::NEG_INFINITY);
            let (labels, count) = largest(scores.as_chunks().0);
            assert_eq!(labels[..count], sorted, "{scores:?}");
        }
    }
}
