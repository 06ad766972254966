//! Which words decided: the stretches of the original text whose n-grams spoke most for a label. Explains
//! a prediction; does not make one.

use std::ops::Range;

use super::features::{Scratch, for_each_place};
use super::{Counted, Document, Model};
use crate::text::Normalised;

/// What a dispatcher can take in at a glance.
pub const EVIDENCE_MAX: usize = 5;

/// A character belongs to a stretch when it speaks for the label at least this part as much as the
/// strongest one.
const STRETCH_SHARE: f32 = 0.15;

/// An n-gram that adds less than this part of the loudest one is not evidence.
const QUIET_SHARE: f32 = 0.1;

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
        self.evidence_counted(&mut self.count(document, scratch), label)
    }

    /// As [`Model::evidence`], of a document counted before.
    #[must_use]
    pub fn evidence_counted(&self, counted: &mut Counted<'_>, label: u16) -> Vec<Evidence> {
        if usize::from(label) >= self.labels.len() {
            return Vec::new();
        }
        self.recount(counted);
        let loudest = self.weigh_rows(label, counted.scratch);
        let document = counted.document;
        let quiet = loudest * QUIET_SHARE;
        let places = &counted.scratch.places;
        let weights = &counted.scratch.by_row;
        let mut weights = places.iter().map(|&row| weights[row as usize]);
        let of_title = if document.title.text().is_empty() {
            Vec::new()
        } else {
            let mut heat = cold(document.title);
            let all = 0..heat.len() - 2;
            warm(&mut heat, all, quiet, || next(&mut weights) + next(&mut weights));
            heat
        };
        let mut of_body = cold(document.body);
        for part in document.parts_of_body() {
            warm(&mut of_body, part.characters, quiet, || next(&mut weights));
        }
        let strongest = of_title.iter().chain(&of_body).fold(0f32, |a, &h| a.max(h));
        let mut evidence = Vec::new();
        if strongest > 0.0 {
            let mut found = stretches(document.title, Part::Title, &of_title, strongest);
            found.extend(stretches(document.body, Part::Body, &of_body, strongest));
            found.sort_by(|a, b| b.weight.total_cmp(&a.weight));
            evidence = strongest_of_each_wording(document, found);
        }
        for &(row, _) in &counted.scratch.rows {
            counted.scratch.by_row[row as usize] = 0.0;
        }
        evidence
    }

    /// Writes into `by_row` what one find of each counted row adds to the label's score, and gives the most that one
    /// adds; row 0, and every row that is not counted, stays 0.
    fn weigh_rows(&self, label: u16, scratch: &mut Scratch) -> f32 {
        if scratch.by_row.len() < self.vocabulary.rows_count() {
            scratch.by_row.resize(self.vocabulary.rows_count(), 0.0);
        }
        let mut square = 0.0;
        for &(row, count) in &scratch.rows {
            let value = self.weights.counts.weight(count);
            square += (value * self.weights.rarity(row)).powi(2);
            let once = value / f32::from(count) * self.weights.weight(row, usize::from(label));
            scratch.by_row[row as usize] = once;
        }
        let length = square.sqrt().max(f32::MIN_POSITIVE);
        let mut most = 0f32;
        for &(row, _) in &scratch.rows {
            let weight = &mut scratch.by_row[row as usize];
            *weight /= length;
            most = most.max(*weight);
        }
        most
    }
}

/// There is a place for every n-gram visited: they were counted in this order.
fn next(weights: &mut impl Iterator<Item = f32>) -> f32 {
    weights.next().unwrap_or_default()
}

/// A text of which nothing speaks yet: one entry a character and one for each border.
fn cold(text: &Normalised) -> Vec<f32> {
    vec![0f32; text.text().chars().count() + 2]
}

/// Adds how much each character of a part of a text speaks; `weight` gives that of each n-gram in turn. N-grams of
/// `quiet` or less are passed over.
fn warm(heat: &mut [f32], part: Range<usize>, quiet: f32, mut weight: impl FnMut() -> f32) {
    let heat = &mut heat[part.start..];
    for_each_place(part.len(), |at, length| {
        let weight = weight();
        if weight > quiet {
            heat[at..at + length].iter_mut().for_each(|h| *h += weight / length as f32);
        }
    });
}

/// The first stretches of different wording, told in bytes of the originals.
fn strongest_of_each_wording(document: Document<'_>, found: Vec<Stretch>) -> Vec<Evidence> {
    let mut wordings: Vec<&str> = Vec::new();
    let mut evidence = Vec::new();
    for Stretch { part, range, weight } in found {
        let text = match part {
            Part::Title => document.title,
            Part::Body => document.body,
        };
        let wording = &text.text()[range.clone()];
        if wordings.contains(&wording) {
            continue;
        }
        wordings.push(wording);
        evidence.push(Evidence { part, range: text.original_range(range), weight });
        if evidence.len() == EVIDENCE_MAX {
            break;
        }
    }
    evidence
}

/// A stretch of normalised text.
struct Stretch {
    part: Part,
    range: Range<usize>,
    weight: f32,
}

/// Runs of warm letters, ended by signs and blanks; `heat` has one entry a character and one for each border.
fn stretches(text: &Normalised, part: Part, heat: &[f32], strongest: f32) -> Vec<Stretch> {
    let mut found: Vec<Stretch> = Vec::new();
    for ((at, c), &h) in text.text().char_indices().zip(heat.iter().skip(1)) {
        if h < strongest * STRETCH_SHARE || !c.is_alphanumeric() {
            continue;
        }
        let end = at + c.len_utf8();
        match found.last_mut() {
            Some(last) if last.range.end == at => {
                last.range.end = end;
                last.weight += h;
            }
            _ => found.push(Stretch { part, range: at..end, weight: h }),
        }
    }
    found
}
