//! Makes texts comparable: NFKC, traditional to simplified, lower case, letter by letter, so that each letter still knows which
//! character of the text it came from. Does not cut words or grams.

use std::sync::LazyLock;

use ferrous_opencc::{OpenCC, config::BuiltinConfig};
use unicode_normalization::UnicodeNormalization;

/// Stands where the text has something that is neither letter nor digit.
const GAP: char = ' ';
/// The Chinese characters that the conversion table covers: extension A and the unified block.
const HAN_FIRST: u32 = 0x3400;
const HAN_LAST: u32 = 0x9FFF;

/// A text as comparable letters.
#[derive(Debug)]
pub(crate) struct Letters {
    letters: Vec<char>,
    origins: Vec<u32>,
}

impl Letters {
    pub(crate) fn of(text: &str) -> Self {
        let mut this = Self {
            letters: Vec::with_capacity(text.len() / 3),
            origins: Vec::with_capacity(text.len() / 3),
        };
        for (origin, character) in (0..).zip(text.chars()) {
            fold(character, |letter| {
                this.letters.push(letter);
                this.origins.push(origin);
            });
        }
        this
    }

    /// The letters without their origins; gaps are blanks.
    pub(crate) fn text(&self) -> String {
        self.letters.iter().collect()
    }

    /// Index, in characters of the text, of the letter at `position`.
    pub(crate) fn origin(&self, position: usize) -> usize {
        self.origins[position] as usize
    }

    /// Stretches of letters without a gap, each with the position of its first letter.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (usize, &[char])> {
        let mut next = 0;
        self.letters.split(|letter| *letter == GAP).filter_map(move |run| {
            let start = next;
            next += run.len() + 1;
            (!run.is_empty()).then_some((start, run))
        })
    }
}

fn fold(character: char, mut push: impl FnMut(char)) {
    if is_han(character) {
        return push(simplified(character));
    }
    if character.is_ascii() {
        return push(if character.is_ascii_alphanumeric() {
            character.to_ascii_lowercase()
        } else {
            GAP
        });
    }
    for letter in std::iter::once(character).nfkc().flat_map(char::to_lowercase) {
        push(if letter.is_alphanumeric() { simplified(letter) } else { GAP });
    }
}

fn is_han(character: char) -> bool {
    (HAN_FIRST..=HAN_LAST).contains(&u32::from(character))
}

fn simplified(letter: char) -> char {
    if is_han(letter) { SIMPLIFIED[(u32::from(letter) - HAN_FIRST) as usize] } else { letter }
}

/// One simplified character for each Chinese one. Single characters, not phrases: both sides of a comparison go through the same
/// table, and positions must not move.
static SIMPLIFIED: LazyLock<Vec<char>> = LazyLock::new(|| {
    let opencc =
        OpenCC::from_config(BuiltinConfig::T2s).expect("the dictionary inside the binary is whole");
    (HAN_FIRST..=HAN_LAST)
        .filter_map(char::from_u32)
        .map(|letter| {
            let converted = opencc.convert(letter.encode_utf8(&mut [0; 4]));
            let mut letters = converted.chars();
            match (letters.next(), letters.next()) {
                (Some(one), None) => one,
                _ => letter,
            }
        })
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        Letters::of(text).text()
    }

    #[test]
    fn traditional_wide_and_capital_letters_become_simplified_narrow_and_small() {
        assert_eq!(folded("醫療保險ＷｉＦｉ"), "医疗保险wifi");
        assert_eq!(folded("㈠号"), " 一 号");
    }

    #[test]
    fn every_letter_knows_the_character_it_came_from() {
        let letters = Letters::of("①½路");
        let origins: Vec<_> = (0..letters.letters.len()).map(|at| letters.origin(at)).collect();
        assert_eq!(letters.text(), "11 2路");
        assert_eq!(origins, [0, 1, 1, 1, 2]);
    }

    #[test]
    fn a_run_ends_where_letters_end() {
        let letters = Letters::of("，公积金。12345 好！");
        let runs: Vec<_> =
            letters.runs().map(|(at, run)| (at, run.iter().collect::<String>())).collect();
        assert_eq!(
            runs,
            [(1, "公积金".to_owned()), (5, "12345".to_owned()), (11, "好".to_owned())]
        );
    }
}
