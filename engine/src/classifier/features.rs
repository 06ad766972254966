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
    counts: Vec<u8>,
    pub(super) rows: Vec<u32>,
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

    /// Fills `rows` with the distinct known features of a document and counts them.
    pub(super) fn count(&mut self, vocabulary: &Vocabulary, document: Document<'_>) {
        self.counts.resize(vocabulary.rows_count(), 0);
        self.rows.clear();
        for_each_key(document, &mut self.characters, |key| {
            let Some(row) = vocabulary.find(key) else { return };
            let count = &mut self.counts[row as usize];
            if *count == 0 {
                self.rows.push(row);
            }
            // 255 finds weigh 6.5 times one; more would not change a label.
            *count = count.saturating_add(1);
        });
    }

    /// The count of a row, which is forgotten: every row counted must be taken before the next document.
    #[inline]
    pub(super) fn take_count(&mut self, row: u32) -> u8 {
        std::mem::take(&mut self.counts[row as usize])
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
        for_each_ngram(characters, |key, _, _| {
            visit(key);
            visit(key.of_title());
        });
    }
    spell(document.body.text(), characters);
    for_each_ngram(characters, |key, _, _| visit(key));
}

/// Writes the characters of `text` between two borders. Every digit becomes 0: numbers tell houses apart,
/// not matters, and no number shall be remembered.
pub(super) fn spell(text: &str, characters: &mut Vec<u32>) {
    characters.clear();
    characters.push(BORDER);
    characters.extend(text.chars().map(|c| if c.is_ascii_digit() { '0' as u32 } else { c as u32 }));
    characters.push(BORDER);
}

/// Calls `visit` with the key, index of the first character and length of each n-gram.
#[inline]
pub(super) fn for_each_ngram(characters: &[u32], mut visit: impl FnMut(Key, usize, usize)) {
    for (at, window) in characters.windows(3).enumerate() {
        let &[a, b, c] = window else { continue };
        visit(Key::pair(a, b), at, 2);
        visit(Key::one(b), at + 1, 1);
        visit(Key::triple(a, b, c), at, 3);
    }
    if let &[.., a, b] = characters {
        visit(Key::pair(a, b), characters.len() - 2, 2);
    }
}
