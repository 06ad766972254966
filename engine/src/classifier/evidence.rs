//! Which words decided: the stretches of the original text whose n-grams spoke most for a label. Explains
//! a prediction; does not make one.

use std::ops::Range;

use super::features::{Scratch, for_each_ngram};
use super::vocabulary::Key;
use super::{Document, Model};
use crate::text::Normalised;

/// What a dispatcher can take in at a glance.
pub const EVIDENCE_MAX: usize = 5;

/// A character belongs to a stretch when it speaks for the label at least this part as much as the
/// strongest one.
const STRETCH_SHARE: f32 = 0.25;

/// Where a stretch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// In the headline.
    Title,
    /// In the story.
    Body,
}

/// A stretch of text that speaks for a label.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Which text it stands in.
    pub part: Part,
    /// Bytes of that text as people wrote it, at character borders.
    pub range: Range<usize>,
    /// How much it adds to the label's score, above 0.
    pub weight: f32,
}

impl Model {
    /// The stretches that speak most for `label`, strongest first, at most [`EVIDENCE_MAX`]; none when no
    /// known n-gram speaks for it or there is no such label.
    #[must_use]
    pub fn evidence(
        &self,
        document: Document<'_>,
        label: u16,
        scratch: &mut Scratch,
    ) -> Vec<Evidence> {
        if usize::from(label) >= self.labels.len() {
            return Vec::new();
        }
        let speaking = self.speaking(document, label, scratch);
        let heat = |text: &Normalised, of_title: bool| {
            let mut heat = vec![0f32; text.text().chars().count() + 2];
            for_each_ngram(text.text(), |key, at, length| {
                let mut weight = speaking.weight(self, key);
                if of_title {
                    weight += speaking.weight(self, key.of_title());
                }
                heat[at..at + length].iter_mut().for_each(|h| *h += weight / length as f32);
            });
            heat
        };
        let (title, body) = (heat(document.title, true), heat(document.body, false));
        let strongest = title.iter().chain(&body).fold(0f32, |a, &h| a.max(h));
        if strongest <= 0.0 {
            return Vec::new();
        }
        let mut evidence = stretches(document.title, Part::Title, &title, strongest);
        evidence.extend(stretches(document.body, Part::Body, &body, strongest));
        evidence.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        evidence.truncate(EVIDENCE_MAX);
        evidence
    }

    /// What one find of each counted row adds to the label's score.
    fn speaking(&self, document: Document<'_>, label: u16, scratch: &mut Scratch) -> Speaking {
        scratch.count(&self.vocabulary, document);
        let mut square = 0.0;
        let mut by_row: Vec<(u32, f32)> = Vec::with_capacity(scratch.rows_count());
        for index in 0..scratch.rows_count() {
            let (row, count) = scratch.take(index);
            let value = self.weights.counts.weight(count);
            square += (value * self.weights.rarity(row)).powi(2);
            let once = value / f32::from(count) * self.weights.weight(row, usize::from(label));
            by_row.push((row, once));
        }
        let length = square.sqrt().max(f32::MIN_POSITIVE);
        by_row.iter_mut().for_each(|(_, weight)| *weight /= length);
        by_row.sort_unstable_by_key(|(row, _)| *row);
        Speaking { by_row }
    }
}

struct Speaking {
    by_row: Vec<(u32, f32)>,
}

impl Speaking {
    fn weight(&self, model: &Model, key: Key) -> f32 {
        let row = model.vocabulary.find(key);
        let at = self.by_row.binary_search_by_key(&row, |(row, _)| *row);
        at.map_or(0.0, |at| self.by_row[at].1)
    }
}

/// Runs of warm characters; `heat` has one entry a character and one for each border.
fn stretches(text: &Normalised, part: Part, heat: &[f32], strongest: f32) -> Vec<Evidence> {
    let mut found: Vec<(Range<usize>, f32)> = Vec::new();
    for ((at, c), &h) in text.text().char_indices().zip(&heat[1..]) {
        if h < strongest * STRETCH_SHARE || c == ' ' {
            continue;
        }
        match found.last_mut() {
            Some((range, weight)) if range.end == at => {
                range.end = at + c.len_utf8();
                *weight += h;
            }
            _ => found.push((at..at + c.len_utf8(), h)),
        }
    }
    let of_original =
        |(range, weight)| Evidence { part, range: text.original_range(range), weight };
    found.into_iter().map(of_original).collect()
}
