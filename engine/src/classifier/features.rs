//! From normalised text to counted features: single characters and pairs of neighbours, the title's counted
//! once more in a block of its own. The same path serves training and prediction, so they cannot differ.

use super::Document;
use super::vocabulary::{Key, UNKNOWN, Vocabulary};

/// Stands before the first and after the last character of a text.
const BORDER: char = '\u{1}';

/// Buffers of one classifying thread. Reuse it; it grows to the longest text and the largest model seen.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    counts: Vec<u8>,
    rows: Vec<u32>,
    rows_count: usize,
    pub(super) groups: Vec<(u8, u32)>,
    pub(super) sums: Vec<i16>,
    pub(super) wide: Vec<f32>,
    pub(super) scores: Vec<f32>,
}

impl Scratch {
    /// Empty buffers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts the features of a document; all unknown n-grams together are one, [`UNKNOWN`].
    pub(super) fn count(&mut self, vocabulary: &Vocabulary, document: Document<'_>) {
        if self.counts.len() < vocabulary.rows_count() {
            self.counts.resize(vocabulary.rows_count(), 0);
        }
        let rows_max = keys_max(document);
        if self.rows.len() < rows_max {
            self.rows.resize(rows_max, UNKNOWN);
        }
        let mut known = 0;
        for_each_key(document, |key| {
            let row = vocabulary.find(key);
            let count = &mut self.counts[row as usize];
            // Without a branch, because nobody can foresee whether an n-gram is new to its text.
            self.rows[known] = row;
            known += usize::from(*count == 0);
            // 255 finds weigh 6.5 times one; more would not change a label.
            *count = count.saturating_add(1);
        });
        self.rows_count = known;
    }

    /// How many distinct features were counted.
    pub(super) fn rows_count(&self) -> usize {
        self.rows_count
    }

    /// The `index`-th of them with its count, which is forgotten: every one must be taken before the next
    /// document is counted.
    #[inline]
    pub(super) fn take(&mut self, index: usize) -> (u32, u8) {
        let row = self.rows[index];
        (row, std::mem::take(&mut self.counts[row as usize]))
    }
}

/// An upper bound of the n-grams of a document, and one: two a character, of one byte at least, and a
/// border; the title's twice.
fn keys_max(document: Document<'_>) -> usize {
    4 * (document.title.text().len() + 1) + 2 * (document.body.text().len() + 1) + 1
}

/// Calls `visit` with every n-gram of a document: those of the title once as the title's own and once as
/// anybody's, then those of the body.
#[inline]
pub(super) fn for_each_key(document: Document<'_>, mut visit: impl FnMut(Key)) {
    let title = document.title.text();
    if !title.is_empty() {
        for_each_ngram(title, |key, _, _| {
            visit(key);
            visit(key.of_title());
        });
    }
    for_each_ngram(document.body.text(), |key, _, _| visit(key));
}

/// Calls `visit` with each n-gram, the index of its first character and its length in characters; index 0
/// and the index after the last character are the borders.
#[inline]
pub(super) fn for_each_ngram(text: &str, mut visit: impl FnMut(Key, usize, usize)) {
    let mut before = BORDER;
    let mut at = 0;
    for c in text.chars() {
        let c = without_number(c);
        visit(Key::pair(before, c), at, 2);
        at += 1;
        visit(Key::one(c), at, 1);
        before = c;
    }
    visit(Key::pair(before, BORDER), at, 2);
}

/// Every digit becomes 0: numbers tell houses apart, not matters, and no number shall be remembered.
#[inline]
fn without_number(c: char) -> char {
    if c.is_ascii_digit() { '0' } else { c }
}
