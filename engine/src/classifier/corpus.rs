//! Training texts as counted features over one vocabulary. Reads examples twice: to choose the n-grams,
//! then to count them by the very path that prediction uses.

use super::features::{Scratch, for_each_key};
use super::vocabulary::{FEATURES_MAX, Key, UNKNOWN, Vocabulary};
use super::weights::{self, CountWeights};
use super::{Document, Example, evaluation::fold_of};
use crate::text::{Normalised, Normaliser};

/// Counted texts, row by row: `features[bounds[i]..bounds[i + 1]]` are those of text `i`.
#[derive(Debug)]
pub(super) struct Corpus {
    pub(super) vocabulary: Vocabulary,
    pub(super) bounds: Vec<usize>,
    /// Row and weight of its count.
    pub(super) features: Vec<(u32, f32)>,
    pub(super) labels: Vec<u16>,
    pub(super) costs: Vec<f32>,
    /// Near-duplicates share a group, so that no inner fold is tested on what it was trained on.
    pub(super) groups: Vec<u32>,
}

/// Groups that inner folds are made of; more would leave some of them empty in small corpora.
pub(super) const GROUPS: u32 = 60;

impl Corpus {
    pub(super) fn new(
        vocabulary: Vocabulary,
        normaliser: &Normaliser,
        examples: &[Example<'_>],
    ) -> Self {
        let mut pair = (Normalised::new(), Normalised::new());
        let mut corpus = Self {
            vocabulary,
            bounds: vec![0],
            features: Vec::new(),
            labels: examples.iter().map(|e| e.label).collect(),
            costs: examples.iter().map(|e| e.weight).collect(),
            groups: examples.iter().map(|e| fold_of(e.body, GROUPS)).collect(),
        };
        let mut scratch = Scratch::new();
        let counts = CountWeights::new();
        for example in examples {
            let document = normalise(normaliser, example, &mut pair);
            scratch.count(&corpus.vocabulary, document);
            let known = scratch.rows.iter().filter(|(row, _)| *row != UNKNOWN);
            corpus.features.extend(known.map(|&(row, count)| (row, counts.weight(count))));
            corpus.bounds.push(corpus.features.len());
        }
        corpus
    }

    pub(super) fn len(&self) -> usize {
        self.labels.len()
    }

    pub(super) fn features_of(&self, text: usize) -> &[(u32, f32)] {
        &self.features[self.bounds[text]..self.bounds[text + 1]]
    }
}

fn normalise<'a>(
    normaliser: &Normaliser,
    example: &Example<'_>,
    pair: &'a mut (Normalised, Normalised),
) -> Document<'a> {
    normaliser.normalise(example.title, &mut pair.0);
    normaliser.normalise(example.body, &mut pair.1);
    Document::whole(&pair.0, &pair.1)
}

/// The n-grams that stand in the most texts, the most frequent first: what every text needs lies together
/// and stays in the cache. Which of equals are left out at the end is as good as chance.
pub(super) fn choose(
    normaliser: &Normaliser,
    examples: &[Example<'_>],
    labels_count: usize,
    features_max: usize,
) -> Vocabulary {
    let mut pair = (Normalised::new(), Normalised::new());
    let (mut of_text, mut all) = (Vec::new(), Vec::new());
    for example in examples {
        of_text.clear();
        let document = normalise(normaliser, example, &mut pair);
        for_each_key(document, |key| of_text.push(key));
        of_text.sort_unstable();
        of_text.dedup();
        all.extend_from_slice(&of_text);
    }
    all.sort_unstable();
    let mut counted: Vec<(Key, u32)> =
        all.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect();
    let features_max = features_max.min(weights::features_max(labels_count)).min(FEATURES_MAX);
    counted.sort_unstable_by_key(|(key, texts)| (u32::MAX - texts, key.hash(), *key));
    counted.truncate(features_max);
    let kept: Vec<Key> = counted.into_iter().map(|(key, _)| key).collect();
    Vocabulary::new(&kept)
}
