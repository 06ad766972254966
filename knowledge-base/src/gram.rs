//! Character grams: one or two letters as a number, and as terms of the index. Does not weigh them.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::letters::Letters;

/// One or two letters packed into a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Gram(u64);

impl Gram {
    pub(crate) fn single(letter: char) -> Self {
        Self(u64::from(u32::from(letter)))
    }

    pub(crate) fn pair(first: char, second: char) -> Self {
        Self(u64::from(u32::from(first)) << 32 | u64::from(u32::from(second)))
    }

    /// The letters, as the index spells the term.
    pub(crate) fn term(self) -> String {
        [(self.0 >> 32) as u32, self.0 as u32]
            .into_iter()
            .filter(|code| *code != 0)
            .filter_map(char::from_u32)
            .collect()
    }
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
    fn a_gram_is_spelled_as_the_index_spells_it() {
        assert_eq!(Gram::pair('公', '积').term(), "公积");
        assert_eq!(Gram::single('公').term(), "公");
    }
}
