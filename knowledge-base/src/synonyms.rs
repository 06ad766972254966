//! Words that mean the same: what people say and what offices write. A question that has one is looked for by the others too, for
//! a part of the weight. Knows no articles.

use std::sync::{Arc, LazyLock};

use crate::gram::{Gram, pairs, singles};
use crate::letters::Letters;
use crate::sounds::{LATIN, initial, initials, spells};

/// Letters of a word: shorter ones mean too much, longer ones are sentences.
const WORD_LETTERS: std::ops::RangeInclusive<usize> = 2..=12;
/// Words that mean the same.
const GROUP_WORDS_MAX: usize = 16;
/// Groups of a list: a city's own words are some thousand.
pub const SYNONYM_GROUPS_MAX: usize = 20_000;

/// Groups of words that mean the same.
#[derive(Debug, Default)]
pub struct Synonyms {
    groups: Vec<Vec<Vec<char>>>,
    /// Number of each word's first pair, its group and its place there; ascending.
    begins: Vec<(u32, u32, u32)>,
    /// For each Latin letter the words whose first letter may sound so: their groups and places there.
    by_initial: Vec<Vec<(u32, u32)>>,
}

/// What is wrong with a list of synonyms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SynonymsError {
    /// A line with one word says nothing.
    #[error("line {line}: needs two words at least, with a blank between them")]
    Alone {
        /// The line, from 1.
        line: usize,
    },
    /// A word that is too short or too long.
    #[error("line {line}: `{word}` is not of 2 to 12 letters")]
    Word {
        /// The line, from 1.
        line: usize,
        /// The word.
        word: String,
    },
    /// More than can be meant.
    #[error("line {line}: more than {max} {what}")]
    TooMany {
        /// The line, from 1.
        line: usize,
        /// Of what.
        what: &'static str,
        /// The most there may be.
        max: usize,
    },
}

impl SynonymsError {
    /// The line, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        match self {
            Self::Alone { line } | Self::Word { line, .. } | Self::TooMany { line, .. } => *line,
        }
    }
}

/// The list inside the program.
static BUILT_IN: LazyLock<Arc<Synonyms>> = LazyLock::new(|| {
    let list = Synonyms::parse(include_str!("synonyms.txt"));
    Arc::new(list.expect("the list inside the program is right, by test"))
});

impl Synonyms {
    /// The list inside the program.
    #[must_use]
    pub fn built_in() -> Arc<Self> {
        Arc::clone(&BUILT_IN)
    }

    /// Reads groups, one a line, words apart by blanks; lines that begin with `#` are remarks. The groups of the list inside the
    /// program stay in force beside them.
    ///
    /// # Errors
    /// The first line that says nothing, or too much.
    pub fn beside_built_in(text: &str) -> Result<Self, SynonymsError> {
        let mut list = Self::parse(text)?;
        list.groups.extend(BUILT_IN.groups.iter().cloned());
        list.index();
        Ok(list)
    }

    fn parse(text: &str) -> Result<Self, SynonymsError> {
        let mut list = Self::default();
        for (line, words) in (1..).zip(text.lines()) {
            if words.trim().is_empty() || words.trim_start().starts_with('#') {
                continue;
            }
            let mut group = Vec::new();
            for word in words.split_whitespace() {
                let letters: Vec<char> = Letters::of(word).text().chars().collect();
                if !WORD_LETTERS.contains(&letters.len()) || letters.contains(&' ') {
                    return Err(SynonymsError::Word { line, word: word.to_owned() });
                }
                group.push(letters);
            }
            if group.len() < 2 {
                return Err(SynonymsError::Alone { line });
            }
            if group.len() > GROUP_WORDS_MAX {
                let (what, max) = ("words in a group", GROUP_WORDS_MAX);
                return Err(SynonymsError::TooMany { line, what, max });
            }
            if list.groups.len() == SYNONYM_GROUPS_MAX {
                let (what, max) = ("groups", SYNONYM_GROUPS_MAX);
                return Err(SynonymsError::TooMany { line, what, max });
            }
            list.groups.push(group);
        }
        list.index();
        Ok(list)
    }

    fn index(&mut self) {
        self.begins.clear();
        self.by_initial = vec![Vec::new(); LATIN];
        for (number, group) in (0..).zip(&self.groups) {
            for (at, word) in (0..).zip(group) {
                self.begins.push((Gram::pair(word[0], word[1]).number(), number, at));
                initials(word[0]).for_each(|it| self.by_initial[it].push((number, at)));
            }
        }
        self.begins.sort_unstable();
    }

    /// The words that are spelled by Latin letters, each with its group.
    pub(crate) fn spelled(&self, typed: &str) -> impl Iterator<Item = (&[char], &[Vec<char>])> {
        let listed = initial(typed).and_then(|initial| self.by_initial.get(initial));
        let words = listed.into_iter().flatten().map(|(group, at)| {
            let group = &self.groups[*group as usize];
            (group[*at as usize].as_slice(), group.as_slice())
        });
        words.filter(move |(word, _)| spells(word, typed))
    }

    /// The letters and pairs of all words that mean what a word of these letters means, once each, ascending.
    pub(crate) fn others(&self, letters: &Letters) -> Vec<Gram> {
        let mut grams = Vec::new();
        for (_, run) in letters.runs() {
            for at in 0..run.len().saturating_sub(1) {
                let pair = Gram::pair(run[at], run[at + 1]).number();
                let first = self.begins.partition_point(|(begins, ..)| *begins < pair);
                let same = self.begins[first..].iter().take_while(|(begins, ..)| *begins == pair);
                for (_, group, word) in same {
                    let group = &self.groups[*group as usize];
                    if run[at..].starts_with(&group[*word as usize]) {
                        let others =
                            group.iter().enumerate().filter(|(at, _)| *at != *word as usize);
                        others.for_each(|(_, other)| add(other, &mut grams));
                    }
                }
            }
        }
        grams.sort_unstable();
        grams.dedup();
        grams
    }
}

/// The letters and pairs of a word.
pub(crate) fn add(word: &[char], grams: &mut Vec<Gram>) {
    let text: String = word.iter().collect();
    let letters = Letters::of(&text);
    grams.extend(singles(&letters).chain(pairs(&letters)).map(|(_, gram)| gram));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_brings_the_others_of_its_group_and_no_more() {
        let list = Synonyms::parse("# 口语\n没水 停水\n\n厝边 邻居 相邻\n").unwrap();
        let others = |text: &str| list.others(&Letters::of(text));
        let mut wanted = Vec::new();
        add(&['停', '水'], &mut wanted);
        wanted.sort_unstable();
        assert_eq!(others("家里没水了"), wanted);
        assert_eq!(others("家里没,水了"), []);
        assert!(others("厝邊").contains(&Gram::pair('邻', '居')), "traditional letters too");
    }

    #[test]
    fn a_word_is_spelled_by_its_sounds_and_initials_and_brings_its_group() {
        let list = Synonyms::parse("没水 停水\n厝边 邻居 相邻\n").unwrap();
        let spelled = |typed: &str| {
            let words =
                list.spelled(typed).map(|(word, group)| (word.iter().collect(), group.len()));
            words.collect::<Vec<(String, usize)>>()
        };
        assert_eq!(spelled("lj"), [("邻居".to_owned(), 3)]);
        assert_eq!(spelled("tingsh"), [("停水".to_owned(), 2)]);
        assert_eq!((spelled("l"), spelled("ljj"), spelled("")), (vec![], vec![], vec![]));
    }

    #[test]
    fn a_list_with_a_mistake_is_refused_with_its_line() {
        let wrong = |text: &str| Synonyms::parse(text).unwrap_err().to_string();
        assert_eq!(
            wrong("没水 停水\n停电\n"),
            "line 2: needs two words at least, with a blank between them"
        );
        assert_eq!(wrong("水 停水"), "line 1: `水` is not of 2 to 12 letters");
        assert_eq!(wrong(&"停水 ".repeat(17)), "line 1: more than 16 words in a group");
    }

    #[test]
    fn the_list_inside_the_program_is_right_and_no_word_stands_twice_in_a_line() {
        let list = Synonyms::built_in();
        assert!(list.groups.len() > 100);
        for group in &list.groups {
            let mut words = group.clone();
            words.sort();
            words.dedup();
            assert_eq!(words.len(), group.len(), "{group:?}");
        }
    }
}
