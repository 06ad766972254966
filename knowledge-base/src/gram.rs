//! Character grams: one or two letters as a number, and as terms of the index of record. Does not weigh them.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::letters::Letters;

/// Where letters beyond the basic plane are folded to: the private use area, in which no letter stands.
const PRIVATE_FIRST: u32 = 0xE000;
const PRIVATE_COUNT: u32 = 0x1900;
/// First code of those set aside for surrogates, of which no letter is one: whole numbers are named by them.
const SURROGATE_FIRST: u32 = 0xD800;
const SURROGATE_BITS: u32 = 11;
/// Digits of the shortest number that is a gram of its own: document numbers, telephones and house numbers, not counts.
const NUMBER_DIGITS_MIN: usize = 3;
/// Digits of a year, and the most that a document of one has in its number.
const YEAR_DIGITS: usize = 4;
/// What stands between the year and the number of a document: a bracket, with a blank at each side.
const GAP_MAX: usize = 3;
/// Letters below this have codes of their own.
const BASIC_END: u32 = 0x1_0000;

/// One or two letters, or a whole number, packed into 32 bits; never 0. Rare letters beyond the basic plane (names, mostly) share codes: what shares
/// one is found together, and as rare as itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Gram(u32);

impl Gram {
    pub(crate) fn single(letter: char) -> Self {
        Self(code(letter))
    }

    pub(crate) fn pair(first: char, second: char) -> Self {
        Self(code(first) << 16 | code(second))
    }

    pub(crate) fn is_single(self) -> bool {
        self.0 >> 16 == 0
    }

    /// A whole number, by its hash: 27 bits, in a space where no pair is.
    fn whole(digits: &[char]) -> Self {
        let mixed = digits.iter().fold(digits.len() as u64, |hash, digit| {
            (hash ^ u64::from(u32::from(*digit)))
                .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                .rotate_left(29)
        });
        let hash = mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - 16 - SURROGATE_BITS);
        Self((SURROGATE_FIRST << 16) + hash as u32)
    }

    /// Whether it is a whole number; tantivy knows none.
    pub(crate) fn is_whole(self) -> bool {
        (self.0 >> 16).wrapping_sub(SURROGATE_FIRST) < 1 << SURROGATE_BITS
    }

    pub(crate) fn number(self) -> u32 {
        self.0
    }

    pub(crate) fn from_number(number: u32) -> Self {
        Self(number)
    }
}

fn code(letter: char) -> u32 {
    let letter = u32::from(letter);
    if letter < BASIC_END { letter } else { PRIVATE_FIRST + letter % PRIVATE_COUNT }
}

/// All pairs of neighbours, with the position of the first letter.
pub(crate) fn pairs(letters: &Letters) -> impl Iterator<Item = (usize, Gram)> {
    letters.runs().flat_map(|(start, run)| {
        run.windows(2)
            .enumerate()
            .map(move |(offset, pair)| (start + offset, Gram::pair(pair[0], pair[1])))
    })
}

/// All letters, with their positions.
pub(crate) fn singles(letters: &Letters) -> impl Iterator<Item = (usize, Gram)> {
    letters.runs().flat_map(|(start, run)| {
        run.iter().enumerate().map(move |(offset, letter)| (start + offset, Gram::single(*letter)))
    })
}

/// All numbers of three digits and more, whole, and the numbers of documents.
pub(crate) fn wholes(letters: &Letters) -> impl Iterator<Item = Gram> {
    numbers(letters).chain(document_numbers(letters))
}

/// The first.
pub(crate) fn numbers(letters: &Letters) -> impl Iterator<Item = Gram> {
    letters.runs().flat_map(|(_, run)| {
        run.chunk_by(|one, other| one.is_ascii_digit() == other.is_ascii_digit())
            .filter(|part| part.len() >= NUMBER_DIGITS_MIN && part[0].is_ascii_digit())
            .map(Gram::whole)
    })
}

/// The numbers of documents (文号), 〔2020〕12号, 〔2020年〕12号 or [2020] 第12号: a year, a gap, a number, 号. Letters and pairs of one stand in its
/// neighbours' too.
pub(crate) fn document_numbers(letters: &Letters) -> impl Iterator<Item = Gram> {
    letters.runs().zip(letters.runs().skip(1)).filter_map(|((start, year), (next, rest))| {
        let gap = next - (start + year.len());
        let year = year.strip_suffix(&['年']).unwrap_or(year);
        let digits = year.iter().rev().take_while(|letter| letter.is_ascii_digit()).count();
        if digits != YEAR_DIGITS || gap > GAP_MAX {
            return None;
        }
        let rest = rest.strip_prefix(&['第']).unwrap_or(rest);
        let number = rest.iter().take_while(|letter| letter.is_ascii_digit()).count();
        let is_one = (1..=YEAR_DIGITS).contains(&number) && rest.get(number) == Some(&'号');
        let parts = [&year[year.len() - digits..], &['号'], &rest[..number]];
        is_one.then(|| Gram::whole(&parts.concat()))
    })
}

/// Sorts and counts.
pub(crate) fn counted(mut grams: Vec<Gram>) -> Vec<(Gram, u32)> {
    grams.sort_unstable();
    grams.chunk_by(|one, other| one == other).map(|same| (same[0], same.len() as u32)).collect()
}

/// Cuts folded text (see [`Letters::text`]) into single letters and pairs of neighbours, for the index.
#[derive(Debug, Clone, Default)]
pub(crate) struct GramTokenizer;

impl Tokenizer for GramTokenizer {
    type TokenStream<'a> = GramStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> GramStream<'a> {
        GramStream { text, at: 0, wide: false, token: Token::default() }
    }
}

/// Walks over folded text: at each letter first the letter, then the pair it begins.
#[derive(Debug)]
pub(crate) struct GramStream<'a> {
    text: &'a str,
    at: usize,
    wide: bool,
    token: Token,
}

impl GramStream<'_> {
    fn emit(&mut self, length: usize) {
        self.token.text.clear();
        self.token.text.push_str(&self.text[self.at..self.at + length]);
        self.token.offset_from = self.at;
        self.token.offset_to = self.at + length;
        self.token.position = self.token.position.wrapping_add(1);
    }
}

impl TokenStream for GramStream<'_> {
    fn advance(&mut self) -> bool {
        loop {
            let mut rest = self.text[self.at..].chars();
            let Some(letter) = rest.next() else { return false };
            if letter != ' ' && !self.wide {
                self.wide = true;
                self.emit(letter.len_utf8());
                return true;
            }
            let next = rest.next().filter(|next| self.wide && *next != ' ');
            if let Some(next) = next {
                self.emit(letter.len_utf8() + next.len_utf8());
            }
            self.wide = false;
            self.at += letter.len_utf8();
            if next.is_some() {
                return true;
            }
        }
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_sees_letters_and_pairs_but_no_pair_across_a_gap() {
        let mut tokenizer = GramTokenizer;
        let mut stream = tokenizer.token_stream(" 公积金 好");
        let mut terms = Vec::new();
        stream.process(&mut |token| terms.push(token.text.clone()));
        assert_eq!(terms, ["公", "公积", "积", "积金", "金", "好"]);
    }

    #[test]
    fn a_number_is_a_gram_of_its_own_and_no_part_of_it_is() {
        let of = |text: &str| wholes(&Letters::of(text)).collect::<Vec<_>>();
        assert_eq!(of("第777号"), of("777"));
        assert_ne!(of("777"), of("7777"));
        assert!(of("77号").is_empty());
        assert!(of("777")[0].is_whole() && !Gram::pair('7', '7').is_whole());
        assert!(!of("777")[0].is_single());
    }

    #[test]
    fn the_number_of_a_document_is_a_gram_however_it_is_bracketed() {
        let of = |text: &str| document_numbers(&Letters::of(text)).collect::<Vec<_>>();
        let number = of("穗府办〔2020〕12号");
        assert_eq!(number.len(), 1);
        for same in [
            "请看[2020]12号文",
            "(2020)第12号",
            "府办2020 12号",
            "〔２０２０〕１２号",
            "[2020] 第12号",
            "〔 2020 〕 12号",
            "〔2020年〕12号",
        ] {
            assert_eq!(of(same), number, "{same}");
        }
        for other in ["〔2021〕12号", "〔2020〕121号", "〔2020〕2号"] {
            let of = of(other);
            assert!(of.len() == 1 && of != number, "{other}");
        }
        for none in [
            "2020年12号",
            "2020，请到12号楼",
            "〔2020〕号",
            "〔202〕12号",
            "2020年的通知,12号",
            "〔2020〕12345号",
        ] {
            assert!(of(none).is_empty(), "{none}");
        }
    }

    #[test]
    fn letters_beyond_the_basic_plane_are_grams_too() {
        let rare = Gram::single('𠮷');
        assert!(rare.is_single());
        assert_ne!(rare, Gram::single('吉'));
        assert!(!Gram::pair('𠮷', '水').is_single());
    }
}
