//! What a gram weighs: in an article, and in a question. The measured constants of the ranking stand here; nothing is searched.
//!
//! The score of an article is the cosine of two vectors over grams. A gram's part is its rarity, times how often it stands there,
//! dampened. What was measured, and how, is in `docs/decisions/0025-one-index-in-memory-searches-and-ranks.md`.

use crate::gram::Gram;
use crate::segment::{Measured, Segment, Times};

/// A single letter weighs less than a pair: it is half a word, and pairs count it again. Measured: flat from 0.5 to 1.
const SINGLE_SHARE: f32 = 0.7;
/// Saturation of a gram's times in an article: the second time tells less than the first. Measured: flat from 0.8 to 2.
const TIMES_HALF: f32 = 1.2;
/// Grams in more of the articles tell nothing and are left out: letters of three tenths, pairs of a fifth (flat up to everything).
const COMMON_SINGLE_SHARE: f32 = 0.3;
const COMMON_PAIR_SHARE: f32 = 0.2;
/// Letters of more of the articles are left out of a typed line (MRR@10 of headings alone: 0.609 against 0.612).
const COMMON_IN_LINE_SHARE: f32 = 0.05;
/// Below so many articles every search is quick, and a fifth of them is too few to call a gram common.
const COMMON_ARTICLES_MIN: u32 = 1_000;
/// Of a long story the commonest grams are left out too, until all that is left stands in so many articles for each there is,
/// counted together: what a search costs is bounded. Measured: MRR@10 within 0.002 from 10 to any number; at 100,000 articles the
/// slowest story in a hundred takes a third of the time.
const TOUCHED_EACH: u64 = 10;
/// What the heading of a question weighs beside the whole of it. Measured: flat from 0.1 to 0.3.
pub(crate) const HEADING_SHARE: f32 = 0.2;
/// Choosing the first screen favours short articles a little: each share of the question that they answer is a larger part of
/// them. Measured: from 0.1 to 0.2 more right articles come to the first ten.
const SHORTNESS: f32 = 0.15;
/// Ordering the first screen does the opposite: a tenth of the norm is everybody's mean, for a line of an answer fits many
/// questions by chance. Measured: flat from 0.1 to 0.15.
const MEAN_SHARE: f32 = 0.1;

/// What a gram weighs that stands in the labels alone. Measured with a wrong matter on every article, the worst there can be: MRR@10
/// 0.7825 where it is 0.7835 without any, and 0.7801 if they weighed in full.
const LABEL_SHARE: f32 = 0.5;

/// How many articles there were when rarities were counted, and the mean norm of these.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    pub(crate) articles: u32,
    pub(crate) mean_norm: f32,
}

impl Scale {
    /// Factor by which articles are chosen for the first screen, for an article of this norm.
    pub(crate) fn choosing(self, norm: f32) -> f32 {
        (self.mean_norm / norm).powf(SHORTNESS) / norm
    }

    /// Factor by which the first screen is ordered.
    pub(crate) fn ordering(self, norm: f32) -> f32 {
        1.0 / (MEAN_SHARE * self.mean_norm + (1.0 - MEAN_SHARE) * norm)
    }
}

/// Rarity of a gram that stands in `having` of the articles, common or not.
pub(crate) fn rarity(gram: Gram, having: u32, articles: u32) -> f32 {
    let rarity = ((1.0 + articles as f32) / (1.0 + having as f32)).ln() + 1.0;
    if gram.is_single() { rarity * SINGLE_SHARE.sqrt() } else { rarity }
}

/// Whether the gram stands in too many articles to tell any apart.
pub(crate) fn is_common(gram: Gram, having: u32, articles: u32) -> bool {
    let share = if gram.is_single() { COMMON_SINGLE_SHARE } else { COMMON_PAIR_SHARE };
    articles >= COMMON_ARTICLES_MIN && having as f32 > share * articles as f32
}

/// Whether a typed line does without the gram: most of its letters' postings are those of such letters, and they bring it nothing.
pub(crate) fn is_common_in_line(gram: Gram, having: u32, articles: u32) -> bool {
    let many = having as f32 > COMMON_IN_LINE_SHARE * articles as f32;
    gram.is_single() && articles >= COMMON_ARTICLES_MIN && many
}

/// Articles that the grams of a question may stand in, counted together.
pub(crate) fn touched_max(articles: u32) -> u64 {
    if articles >= COMMON_ARTICLES_MIN { TOUCHED_EACH * u64::from(articles) } else { u64::MAX }
}

/// What standing so often in an article counts for whoever asks for it; what its labels alone have, for a part.
pub(crate) fn times_in_article(times: Times) -> f32 {
    match times.in_text() {
        0 => LABEL_SHARE * dampened(times.all()),
        in_text => dampened(in_text),
    }
}

fn dampened(times: u16) -> f32 {
    let times = f32::from(times);
    times * (1.0 + TIMES_HALF) / (times + TIMES_HALF)
}

/// What standing so often in a question counts.
pub(crate) fn times_in_question(times: u32) -> f32 {
    1.0 + (times.max(1) as f32).ln()
}

/// The norms of a segment's articles, under the rarities of the counted segments.
pub(crate) fn norms(segment: &Segment, counted: &[&Segment], articles: u32) -> Vec<f32> {
    let mut squares = vec![0.0_f32; segment.articles.len()];
    for (gram, groups) in segment.grams() {
        let having = counted.iter().map(|counted| counted.holding(gram)).sum();
        if is_common(gram, having, articles) {
            continue;
        }
        let rarity = rarity(gram, having, articles);
        for group in groups {
            // Labels make no article longer: one whose matter, unit and source are known stands behind no other for it.
            let square = (dampened(group.times.in_text()) * rarity).powi(2);
            group.articles.iter().for_each(|article| squares[usize::from(*article)] += square);
        }
    }
    // An article of common grams alone has next to no length; it counts as one of a single gram.
    squares.into_iter().map(|square| square.sqrt().max(1.0)).collect()
}

/// Measures a segment.
pub(crate) fn measured(segment: Segment, norms: Vec<f32>, scale: Scale) -> Measured {
    let choosing = norms.iter().map(|norm| scale.choosing(*norm)).collect();
    Measured { segment, norms, choosing }
}
