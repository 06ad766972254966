//! Whether a text may hold a name of a field at all: two letters of the field, side by side. Most texts have none, and to read
//! the names out of the field costs more than to look. Does not know which names the field holds.

use super::{CASED_MAX, LATIN_PAIRS, SEPARATORS, VARIANTS, folded, letters};
use crate::text::normalise::Normaliser;

/// Words of marks: letters that share a mark only cost a second look.
const WORDS: usize = 16;

/// The letters of a field, a mark each.
pub(super) struct Marks {
    words: [u64; WORDS],
    /// Whether one of its letters is written in other ways too.
    has_variants: bool,
}

impl Marks {
    pub(super) fn of(field: &str) -> Marks {
        let mut marks = Marks { words: [0; WORDS], has_variants: false };
        for letter in letters(field).iter().map(|letter| letter.folded) {
            let (word, bit) = place(letter);
            marks.words[word] |= 1 << bit;
            marks.has_variants |=
                letter <= CASED_MAX || VARIANTS.iter().any(|(_, usual)| *usual == letter);
        }
        marks
    }

    /// Never false where a name stands, each of which has two letters or more.
    pub(super) fn may_be_in(&self, text: &str) -> bool {
        let normaliser = Normaliser::new();
        let fold = |c: char| match self.has_variants {
            true => folded(normaliser, c),
            false => normaliser.folded(c),
        };
        let mut is_behind_one = false;
        for c in text.chars().filter_map(fold) {
            let is_marked = self.has(c);
            // One that is two letters, as ß is, stands beside itself.
            let is_two = self.has_variants && LATIN_PAIRS.iter().any(|(pair, _)| *pair == c);
            if is_marked && is_behind_one || is_two {
                return true;
            }
            // What parts letters leaves them side by side.
            let parts = is_behind_one && (!c.is_alphanumeric() || SEPARATORS.contains(c));
            is_behind_one = is_marked || parts;
        }
        false
    }

    fn has(&self, letter: char) -> bool {
        let (word, bit) = place(letter);
        self.words[word] >> bit & 1 == 1
    }
}

fn place(letter: char) -> (usize, u32) {
    let code = letter as u32;
    (code as usize / 64 % WORDS, code % 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_hides_a_name_from_the_marks() {
        let normaliser = Normaliser::new();
        for c in '\0'..=char::MAX {
            // Written as it is, and as it is compared.
            for other in [Some(c), folded(normaliser, c)].into_iter().flatten() {
                let field = format!("林{other}");
                let is_name = letters(&field).len() >= 2;
                assert!(!is_name || Marks::of(&field).may_be_in(&format!("我是林{c}")), "{c:?}");
            }
        }
    }
}
