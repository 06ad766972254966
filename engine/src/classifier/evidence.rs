//! Which words decided: the stretches of the original text whose n-grams spoke most for a label. Explains
//! a prediction; does not make one.

use std::ops::Range;

use super::features::Scratch;
use super::{Counted, Document, Model};

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
        warm(counted, loudest * QUIET_SHARE);
        let heat = &counted.scratch.heat;
        let strongest = heat.iter().fold(0f32, |a, &h| a.max(h));
        if strongest == 0.0 {
            return Vec::new();
        }
        let mut found = stretches(counted.document, heat, strongest * STRETCH_SHARE);
        found.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        strongest_of_each_wording(counted.document, found)
    }

    /// Writes into `by_row` what one find of each counted row adds to the label's score, and gives the most that one
    /// adds.
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

/// Writes how much each character read speaks, part by part: its own n-gram, and half of either pair it belongs to.
/// N-grams of `quiet` or less are passed over.
fn warm(counted: &mut Counted<'_>, quiet: f32) {
    let Scratch { heat, places, by_row, .. } = &mut *counted.scratch;
    heat.clear();
    let mut weights = places.iter().map(|&row| by_row[row as usize]);
    for part in counted.document.parts() {
        let mut next = || {
            // The title's n-grams stand twice. There is a place for each: they were counted in this order.
            let mut weight = weights.next().unwrap_or_default();
            if part.of == Part::Title {
                weight += weights.next().unwrap_or_default();
            }
            if weight > quiet { weight } else { 0.0 }
        };
        let mut before = next() / 2.0;
        for _ in part.text.chars() {
            let alone = next();
            let after = next() / 2.0;
            heat.push(before + alone + after);
            before = after;
        }
    }
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

/// Runs of letters at least as warm as `least`, ended by signs and blanks.
fn stretches(document: Document<'_>, heat: &[f32], least: f32) -> Vec<Stretch> {
    let mut found: Vec<Stretch> = Vec::new();
    let mut heat = heat.iter();
    for part in document.parts() {
        for ((at, c), &h) in part.text.char_indices().zip(&mut heat) {
            if h < least || !c.is_alphanumeric() {
                continue;
            }
            let at = part.start + at;
            let end = at + c.len_utf8();
            match found.last_mut() {
                Some(last) if last.range.end == at && last.part == part.of => {
                    last.range.end = end;
                    last.weight += h;
                }
                _ => found.push(Stretch { part: part.of, range: at..end, weight: h }),
            }
        }
    }
    found
}
