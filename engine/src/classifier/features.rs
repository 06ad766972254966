//! From normalised text to counted features: single characters and pairs of neighbours, the title's counted
//! once more in a block of its own. The same path serves training and prediction, so they cannot differ.

use super::vocabulary::{Key, Vocabulary};
use super::{Document, Part};

/// Stands before the first and after the last character of a text.
const BORDER: char = '\u{1}';

/// Buffers of one classifying thread. Reuse it; it grows to the longest text and the largest model seen.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    /// How often each row was found; all zero between documents.
    counts: Vec<u8>,
    /// The distinct rows of the counted document, with their counts.
    pub(super) rows: Vec<(u32, u8)>,
    /// The row of every n-gram, in the order they were visited.
    pub(super) places: Vec<u32>,
    /// What one find of each counted row adds to a label's score; left over from earlier documents for all others.
    pub(super) by_row: Vec<f32>,
    /// How much each character read speaks for a label.
    pub(super) heat: Vec<f32>,
    /// Rows of what stands once.
    pub(super) once: Vec<u32>,
    /// Rows of what stands more often, with its weight.
    pub(super) often: Vec<(u32, f32)>,
    pub(super) wide: Vec<f32>,
    /// Of the lengths of the counted document, one a model that is summed up.
    pub(super) squares: Vec<f32>,
    /// By which rows `wide` and `squares` were summed up; none of a document that was counted since.
    pub(super) summed: Option<u64>,
    pub(super) scores: Vec<f32>,
}

impl Scratch {
    /// Empty buffers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts the features of a document into `rows`, and writes where they stand into `places`; all unknown n-grams
    /// together are one, [`UNKNOWN`](super::vocabulary::UNKNOWN).
    pub(super) fn count(&mut self, vocabulary: &Vocabulary, document: Document<'_>) {
        if self.counts.len() < vocabulary.rows_count() {
            self.counts.resize(vocabulary.rows_count(), 0);
        }
        self.summed = None;
        self.places.clear();
        for_each_key(document, |key| self.places.push(vocabulary.find(key)));
        self.rows.clear();
        self.rows.resize(self.places.len() + 1, (0, 0));
        let mut distinct = 0;
        for &row in &self.places {
            let count = &mut self.counts[row as usize];
            // Written always and kept if new: nobody can foresee whether an n-gram is new to its text.
            self.rows[distinct].0 = row;
            distinct += usize::from(*count == 0);
            // 255 finds weigh 6.5 times one; more would not change a label.
            *count = count.saturating_add(1);
        }
        self.rows.truncate(distinct);
        for (row, count) in &mut self.rows {
            *count = std::mem::take(&mut self.counts[*row as usize]);
        }
    }
}

/// Calls `visit` with every n-gram of a document, part by part: those of the title once as the title's own and once as
/// anybody's.
#[inline]
pub(super) fn for_each_key(document: Document<'_>, mut visit: impl FnMut(Key)) {
    for part in document.parts() {
        if part.of == Part::Title {
            for_each_ngram(part.text, |key| {
                visit(key);
                visit(key.of_title());
            });
        } else {
            for_each_ngram(part.text, &mut visit);
        }
    }
}

/// Calls `visit` with each character, the pair of it and the one before it first; at the end with the last pair.
#[inline]
fn for_each_ngram(text: &str, mut visit: impl FnMut(Key)) {
    let mut before = BORDER;
    for c in text.chars() {
        let c = without_number(c);
        visit(Key::pair(before, c));
        visit(Key::one(c));
        before = c;
    }
    visit(Key::pair(before, BORDER));
}

/// Every digit becomes 0: numbers tell houses apart, not matters, and no number shall be remembered.
#[inline]
fn without_number(c: char) -> char {
    if c.is_ascii_digit() { '0' } else { c }
}
