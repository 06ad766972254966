//! Trains a model in memory from labelled texts; the same examples, options and seed give the same model.
//! Probabilities are calibrated on inner folds that the scoring model has not seen.

use super::calibration::{Calibration, HeldOut};
use super::corpus::{Corpus, GROUPS, choose};
use super::file::TEXT_BYTES_MAX;
use super::kin::Kin;
use super::rarity::rarity;
use super::solver::{Plane, Problem};
use super::vocabulary::Vocabulary;
use super::weights::Weights;
use super::{Example, Facts, LABELS_MAX, Model};
use crate::text::Normaliser;

/// What training can be told. The defaults were chosen by cross-validation on two public corpora.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainOptions {
    /// Orders the descent; another seed gives a model that differs in the last digits.
    pub seed: u64,
    /// Price of an error against the size of the weights (the C of the machine), above 0.
    pub cost: f32,
    /// At most so many n-grams become features, at least 1; where there are more, those that stand in the
    /// fewest texts are left out. A model for more than some 200 labels keeps fewer, so that it stays fast.
    pub features_max: usize,
    /// Weight of a label's own name as one more example of it; 0 for names that say nothing.
    pub name_weight: f32,
    /// Inner folds for calibration, 2 to 20; 0 leaves the probabilities uncalibrated.
    pub inner_folds: u32,
    /// Labels whose names share so many first characters are kin, as the sections of one bureau are, and learn from each
    /// other's texts; 0 where names say nothing of it, or what stands above a label has a model of its own.
    pub kin_chars: usize,
    /// When and by whom, kept in the model's facts; at most 4,096 bytes.
    pub trained: String,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            cost: 4.0,
            features_max: 40 << 10,
            name_weight: 1.0,
            inner_folds: 3,
            kin_chars: 7,
            trained: String::new(),
        }
    }
}

/// Why nothing can be learnt.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TrainError {
    /// No examples were given.
    #[error("there are no examples to learn from")]
    NoExamples,
    /// No labels, or too many.
    #[error("a model needs 1 to {LABELS_MAX} labels, {0} were given")]
    LabelsCount(usize),
    /// A label's name or the training note is too long.
    #[error("{0:?} is longer than {TEXT_BYTES_MAX} bytes")]
    LongText(String),
    /// An example names a label that is not in the list.
    #[error("example {example} has label {label}, but there are only {labels_count} labels")]
    UnknownLabel {
        /// Index of the example.
        example: usize,
        /// Its label.
        label: u16,
        /// Length of the list.
        labels_count: usize,
    },
    /// An example weighs nothing, or not a number.
    #[error("example {example} has weight {weight}; weights are above 0 and finite")]
    Weight {
        /// Index of the example.
        example: usize,
        /// Its weight.
        weight: f32,
    },
    /// An option lies outside its bounds.
    #[error("training option {0} is out of bounds")]
    Option(&'static str),
}

impl Model {
    /// Learns from `examples`; `labels` are the names their numbers stand for. A label without examples is
    /// allowed and never likely.
    ///
    /// # Errors
    /// [`TrainError`] when the examples, labels or options contradict their bounds.
    pub fn train(
        normaliser: &Normaliser,
        examples: &[Example<'_>],
        labels: Vec<String>,
        options: &TrainOptions,
    ) -> Result<Self, TrainError> {
        check(examples, &labels, options)?;
        let named = with_names(examples, &labels, options.name_weight);
        let vocabulary = choose(normaliser, &named, labels.len(), options.features_max);
        drop(named);
        Ok(Self::train_over(vocabulary, normaliser, examples, labels, options))
    }

    /// As [`Model::train`], over the n-grams that this model knows: a document is then counted once for both (see
    /// [`Model::predict_counted`]). `features_max` has no say.
    ///
    /// # Errors
    /// As [`Model::train`].
    pub fn train_beside(
        &self,
        normaliser: &Normaliser,
        examples: &[Example<'_>],
        labels: Vec<String>,
        options: &TrainOptions,
    ) -> Result<Self, TrainError> {
        check(examples, &labels, options)?;
        Ok(Self::train_over(self.vocabulary.clone(), normaliser, examples, labels, options))
    }

    fn train_over(
        vocabulary: Vocabulary,
        normaliser: &Normaliser,
        examples: &[Example<'_>],
        labels: Vec<String>,
        options: &TrainOptions,
    ) -> Self {
        let named = with_names(examples, &labels, options.name_weight);
        let corpus = Corpus::new(vocabulary, normaliser, &named);
        let kin = Kin::of(&labels, options.kin_chars);
        let held_out = hold_out(&corpus, examples.len(), &kin, options);
        let calibration = Calibration::fit(&held_out, labels.len());
        let all: Vec<usize> = (0..corpus.len()).collect();
        let rarity = rarity(&corpus, &all, labels.len());
        let planes = separate(&corpus, &all, &rarity, &kin, options);
        let weights = quantise(planes, &rarity);
        let facts = Facts {
            examples_count: examples.len() as u32,
            seed: options.seed,
            trained: options.trained.clone(),
        };
        Self { vocabulary: corpus.vocabulary, weights, calibration, labels, facts }
    }
}

fn check(
    examples: &[Example<'_>],
    labels: &[String],
    options: &TrainOptions,
) -> Result<(), TrainError> {
    if examples.is_empty() {
        return Err(TrainError::NoExamples);
    }
    let labels_count = labels.len();
    if labels_count == 0 || labels_count > LABELS_MAX {
        return Err(TrainError::LabelsCount(labels_count));
    }
    if let Some(long) =
        labels.iter().chain([&options.trained]).find(|text| text.len() > TEXT_BYTES_MAX)
    {
        return Err(TrainError::LongText(long.chars().take(40).collect()));
    }
    for (example, &Example { label, weight, .. }) in examples.iter().enumerate() {
        if usize::from(label) >= labels_count {
            return Err(TrainError::UnknownLabel { example, label, labels_count });
        }
        if !(weight > 0.0 && weight.is_finite()) {
            return Err(TrainError::Weight { example, weight });
        }
    }
    if !(options.cost > 0.0 && options.cost.is_finite()) {
        return Err(TrainError::Option("cost"));
    }
    if options.features_max == 0 {
        return Err(TrainError::Option("features_max"));
    }
    if !(options.name_weight >= 0.0 && options.name_weight.is_finite()) {
        return Err(TrainError::Option("name_weight"));
    }
    if options.inner_folds == 1 || options.inner_folds > 20 {
        return Err(TrainError::Option("inner_folds"));
    }
    Ok(())
}

/// The examples, then each label's name as one of it.
fn with_names<'a>(examples: &[Example<'a>], labels: &'a [String], weight: f32) -> Vec<Example<'a>> {
    let mut named = examples.to_vec();
    if weight > 0.0 {
        let name = |(label, name): (usize, &'a String)| Example {
            title: "",
            body: name,
            label: label as u16,
            weight,
        };
        named.extend(labels.iter().enumerate().map(name));
    }
    named
}

/// Scores of every example by a model that has not seen it; names of labels always stay within.
fn hold_out(corpus: &Corpus, examples_count: usize, kin: &Kin, options: &TrainOptions) -> HeldOut {
    let mut held_out = HeldOut::default();
    for fold in 0..options.inner_folds {
        let is_out = |text: &usize| {
            *text < examples_count && corpus.groups[*text] % options.inner_folds == fold
        };
        let (out, within): (Vec<usize>, Vec<usize>) = (0..corpus.len()).partition(is_out);
        if out.is_empty() || within.is_empty() {
            continue;
        }
        let rarity = rarity(corpus, &within, kin.labels_count());
        let planes = separate(corpus, &within, &rarity, kin, options);
        let problem = problem(corpus, &out, &rarity, options.cost);
        for text in 0..problem.len() {
            held_out.scores.extend(planes.iter().map(|plane| problem.score(plane, text)));
            held_out.labels.push(problem.labels[text]);
        }
    }
    held_out
}

/// Texts as vectors of unit length, each feature weighed by count and rarity.
fn problem(corpus: &Corpus, texts: &[usize], rarity: &[f32], cost: f32) -> Problem {
    let mut problem = Problem {
        bounds: vec![0],
        features: Vec::new(),
        squares: Vec::new(),
        costs: texts.iter().map(|&text| cost * corpus.costs[text]).collect(),
        labels: texts.iter().map(|&text| corpus.labels[text]).collect(),
        rows_count: rarity.len(),
    };
    for &text in texts {
        let start = problem.features.len();
        let weighed =
            corpus.features_of(text).iter().map(|&(row, v)| (row, v * rarity[row as usize]));
        problem.features.extend(weighed.filter(|&(_, v)| v > 0.0));
        let square: f32 = problem.features[start..].iter().map(|(_, v)| v * v).sum();
        let length = square.sqrt().max(f32::MIN_POSITIVE);
        problem.features[start..].iter_mut().for_each(|(_, v)| *v /= length);
        problem.squares.push(if square > 0.0 { 2.0 } else { 1.0 });
        problem.bounds.push(problem.features.len());
    }
    problem
}

fn separate(
    corpus: &Corpus,
    texts: &[usize],
    rarity: &[f32],
    kin: &Kin,
    options: &TrainOptions,
) -> Vec<Plane> {
    kin.separate(problem(corpus, texts, rarity, options.cost), options.seed)
}

fn quantise(planes: Vec<Plane>, rarity: &[f32]) -> Weights {
    let biases = planes.iter().map(|plane| plane.bias).collect();
    let weighed: Vec<Vec<f32>> = planes
        .into_iter()
        .map(|plane| plane.weights.into_iter().zip(rarity).map(|(w, r)| w * r).collect())
        .collect();
    Weights::new(&weighed, rarity, biases)
}

const _: () = assert!(GROUPS >= 20, "inner folds are made of groups");
