//! What is taken from the words of a question: its letters and the grams to look for, bounded. There is no query language: quotes,
//! brackets and operators are punctuation, and punctuation is a gap.

use crate::gram::{Gram, pairs, singles};
use crate::letters::Letters;

/// Characters of a question that are read. Complaints run to 400 characters, letters to some thousand; what follows repeats.
pub const QUERY_CHARACTERS_MAX: usize = 2_000;
/// Different grams of a question that are looked for; of more, the commonest are left out. A story of a thousand characters has
/// about this many. Cutting to a few dozen rare ones would ruin the order of the answers (at 128 a third of the top ten is lost).
pub const QUERY_GRAMS_MAX: usize = 1_024;

/// A question, ready to be matched.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) letters: Letters,
    /// Different grams with their counts, ascending.
    pub(crate) grams: Vec<(Gram, u32)>,
}

impl Question {
    pub(crate) fn of(text: &str) -> Self {
        let end = text.char_indices().nth(QUERY_CHARACTERS_MAX).map_or(text.len(), |(end, _)| end);
        let letters = Letters::of(&text[..end]);
        let mut grams: Vec<_> = pairs(&letters).map(|(_, gram)| gram).collect();
        if grams.is_empty() {
            // Single letters stand in hundreds of articles; they speak only when nothing else does.
            grams.extend(singles(&letters).map(|(_, gram)| gram));
        }
        Self { letters, grams: counted(grams) }
    }
}

/// Sorts and counts.
pub(crate) fn counted<T: Ord + Copy>(mut items: Vec<T>) -> Vec<(T, u32)> {
    items.sort_unstable();
    items.chunk_by(|one, other| one == other).map(|same| (same[0], same.len() as u32)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_pairs_are_counted_once_with_their_number() {
        let grams = Question::of("停水，停水！").grams;
        assert_eq!(grams, [(Gram::pair('停', '水'), 2)]);
    }

    #[test]
    fn single_letters_are_looked_for_only_when_there_is_no_pair() {
        assert_eq!(Question::of("水").grams, [(Gram::single('水'), 1)]);
        assert_eq!(Question::of("水 停电").grams, [(Gram::pair('停', '电'), 1)]);
    }

    #[test]
    fn a_question_is_read_up_to_its_bound() {
        let text = "停".repeat(QUERY_CHARACTERS_MAX) + "水";
        assert_eq!(Question::of(&text).grams.len(), 1);
    }
}
