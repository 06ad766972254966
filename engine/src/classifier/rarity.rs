//! How much a feature counts, whatever the label: rare features more than common ones, and those that stand
//! with few labels more than those that stand with all. Learnt from counts alone, before any weights.

use super::corpus::Corpus;

/// Weight of the prior in the labels of a feature, in texts: a feature seen once says little.
const PRIOR_TEXTS: f32 = 1.0;
/// A feature spread exactly like the labels still counts a little.
const DIVERGENCE_MIN: f32 = 1e-4;

/// The rarity of each row among `texts`: inverse document frequency, smoothed as if one more text held
/// everything, times the square root of the Kullback-Leibler divergence of the row's labels from all
/// labels. 0 for rows in none of the texts.
pub(super) fn rarity(corpus: &Corpus, texts: &[usize], labels_count: usize) -> Vec<f32> {
    let mut rarity = vec![0.0; corpus.vocabulary.rows_count()];
    let prior = prior(corpus, texts, labels_count);
    let mut pairs: Vec<(u32, u16)> = Vec::new();
    for &text in texts {
        let label = corpus.labels[text];
        pairs.extend(corpus.features_of(text).iter().map(|&(row, _)| (row, label)));
    }
    pairs.sort_unstable();
    let texts_count = texts.len() as f32;
    for of_row in pairs.chunk_by(|a, b| a.0 == b.0) {
        let inverse = ((1.0 + texts_count) / (1.0 + of_row.len() as f32)).ln() + 1.0;
        let divergence = divergence(of_row, &prior).max(DIVERGENCE_MIN);
        rarity[of_row[0].0 as usize] = inverse * divergence.sqrt();
    }
    rarity
}

/// The share of each label among `texts`.
fn prior(corpus: &Corpus, texts: &[usize], labels_count: usize) -> Vec<f32> {
    let mut prior = vec![0.0; labels_count];
    for &text in texts {
        prior[usize::from(corpus.labels[text])] += 1.0 / texts.len() as f32;
    }
    prior
}

/// Divergence of a row's labels, drawn towards the prior, from the prior. Labels that the row never stands
/// with are taken together: each has the same ratio to its prior.
fn divergence(of_row: &[(u32, u16)], prior: &[f32]) -> f32 {
    let whole = of_row.len() as f32 + PRIOR_TEXTS;
    let (mut divergence, mut absent) = (0.0, 1.0);
    for of_label in of_row.chunk_by(|a, b| a.1 == b.1) {
        let before = prior[usize::from(of_label[0].1)];
        let after = (of_label.len() as f32 + PRIOR_TEXTS * before) / whole;
        divergence += after * (after / before).ln();
        absent -= before;
    }
    let ratio = PRIOR_TEXTS / whole;
    divergence + absent.max(0.0) * ratio * ratio.ln()
}
