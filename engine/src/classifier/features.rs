//! From normalised text to counted features: character n-grams of one to three characters, the title in a
//! block of its own. The same path serves training and prediction, so they cannot differ.

use super::Document;
use super::vocabulary::{Key, Vocabulary};

/// Stands before the first and after the last character of a text.
const BORDER: u32 = 1;

/// Buffers of one classifying thread. Reuse it; it grows to the longest text and the largest model seen.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    characters: Vec<u32>,
    /// How often each row was found, row 0 for what is unknown.
    counts: Vec<u8>,
    /// The distinct known rows of the counted document, with their counts.
    pub(super) rows: Vec<(u32, u8)>,
    /// The row of every n-gram in the order they were visited, 0 for what is unknown.
    pub(super) places: Vec<u32>,
    pub(super) groups: Vec<(u32, u8)>,
    pub(super) by_row: Vec<f32>,
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

    /// Fills `rows` with the distinct known features of a document and their counts, and `places` with all of them.
    pub(super) fn count(&mut self, vocabulary: &Vocabulary, document: Document<'_>) {
        // All zero between documents.
        self.counts.resize(vocabulary.rows_count() + 1, 0);
        self.places.clear();
        let places = &mut self.places;
        for_each_key(document, &mut self.characters, |key| places.push(vocabulary.find(key)));
        self.rows.clear();
        self.rows.resize(self.places.len() + 1, (0, 0));
        let mut distinct = 0;
        for &row in &self.places {
            let count = &mut self.counts[row as usize];
            // Written always and kept if new: half of all n-grams are, and no branch can guess which.
            self.rows[distinct].0 = row;
            distinct += usize::from(row != 0 && *count == 0);
            // 255 finds weigh 6.5 times one; more would not change a label.
            *count = count.saturating_add(1);
        }
        self.rows.truncate(distinct);
        for (row, count) in &mut self.rows {
            *count = std::mem::take(&mut self.counts[*row as usize]);
        }
        self.counts[0] = 0;
    }
}

/// Calls `visit` with every n-gram of a document: those of the title once as the title's own and once as
/// anybody's, then those of the body.
pub(super) fn for_each_key(
    document: Document<'_>,
    characters: &mut Vec<u32>,
    mut visit: impl FnMut(Key),
) {
    let title = document.title.text();
    if !title.is_empty() {
        spell(title, characters);
        for_each_ngram(characters, |key| {
            visit(key);
            visit(key.of_title());
        });
    }
    spell(document.body.text(), characters);
    for_each_ngram(characters, visit);
}

/// Writes the characters of `text` between two borders. Every digit becomes 0: numbers tell houses apart,
/// not matters, and no number shall be remembered.
fn spell(text: &str, characters: &mut Vec<u32>) {
    characters.clear();
    characters.push(BORDER);
    characters.extend(text.chars().map(|c| if c.is_ascii_digit() { '0' as u32 } else { c as u32 }));
    characters.push(BORDER);
}

/// Calls `visit` with the key of each n-gram, in the order of [`for_each_place`].
#[inline]
fn for_each_ngram(characters: &[u32], mut visit: impl FnMut(Key)) {
    for window in characters.windows(3) {
        let &[a, b, c] = window else { continue };
        visit(Key::pair(a, b));
        visit(Key::one(b));
        visit(Key::triple(a, b, c));
    }
    if let &[.., a, b] = characters {
        visit(Key::pair(a, b));
    }
}

/// Calls `visit` with the index of the first character and the length of each n-gram of a text of so many characters,
/// its borders included.
pub(super) fn for_each_place(characters_count: usize, mut visit: impl FnMut(usize, usize)) {
    for at in 0..characters_count.saturating_sub(2) {
        visit(at, 2);
        visit(at + 1, 1);
        visit(at, 3);
    }
    if characters_count >= 2 {
        visit(characters_count - 2, 2);
    }
}
