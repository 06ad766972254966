//! What is taken from the words of a question: the grams to look for, bounded, and the places it names. There is no query language:
//! quotes, brackets and operators are punctuation, and punctuation is a gap.

use crate::gram::{Gram, counted, pairs, singles, wholes};
use crate::hot::Hot;
use crate::letters::Letters;
use crate::places::Places;
use crate::sounds::{meanings, typed};
use crate::synonyms::{self, Synonyms};

/// Characters of a question that are read. Complaints run to 400 characters, letters to some thousand; what follows repeats.
pub const QUERY_CHARACTERS_MAX: usize = 2_000;
/// Different grams of a question that are looked for; of more, the commonest are left out. A story of a thousand characters has
/// about 1,300 letters and pairs. Cutting to a few dozen rare ones would ruin the order of the answers.
pub const QUERY_GRAMS_MAX: usize = 2_048;

/// A question, ready to be matched.
#[derive(Debug)]
pub(crate) struct Question {
    /// Different grams, ascending.
    pub(crate) grams: Vec<Asked>,
    pub(crate) places: Places,
}

/// A gram of the question, how often it stands there, and how often in its heading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Asked {
    pub(crate) gram: Gram,
    pub(crate) times: u32,
    pub(crate) in_heading: u32,
    /// 1 for what stands there; less for what only means the same.
    pub(crate) share: f32,
}

/// What a synonym weighs beside the word that stands in the question.
const SYNONYM_SHARE: f32 = 0.4;
/// Words of the list that mean the same as what pinyin may mean.
const ALIKE_MAX: usize = 32;
/// What a word weighs that pinyin may mean.
const SOUND_SHARE: f32 = 0.8;

impl Question {
    /// Reads the text, of which `heading` is a part.
    pub(crate) fn of(text: &str, heading: Option<&str>) -> Self {
        Self::read(&Letters::of(cut(text)), heading)
    }

    /// The same, with what means the same as its words, and what is typed in Latin letters: words of the list and of the articles'
    /// titles and matters.
    pub(crate) fn with_others(
        text: &str,
        heading: Option<&str>,
        synonyms: &Synonyms,
        hot: &Hot,
    ) -> Self {
        let letters = Letters::of(cut(text));
        let mut question = Self::read(&letters, heading);
        question.add(synonyms.others(&letters), SYNONYM_SHARE);
        for word in typed(&letters) {
            let known = synonyms.spelled(&word).map(|(word, _)| (word, having(word, hot) as f32));
            let titles = meanings(&word, hot.titles(), known, |word| standing(word, hot));
            for (word, likely) in titles {
                let mut meant = Vec::new();
                synonyms::add(&word, &mut meant);
                question.add(meant, SOUND_SHARE * likely.sqrt());
            }
            let mut alike = Vec::new();
            let groups = synonyms.spelled(&word).flat_map(|(_, group)| group).take(ALIKE_MAX);
            groups.for_each(|word| synonyms::add(word, &mut alike));
            question.add(alike, SOUND_SHARE * SYNONYM_SHARE);
        }
        question
    }

    fn read(letters: &Letters, heading: Option<&str>) -> Self {
        let heading = counted(grams(&Letters::of(cut(heading.unwrap_or("")))));
        let in_heading = |gram| {
            heading.binary_search_by_key(&gram, |(gram, _)| *gram).map_or(0, |at| heading[at].1)
        };
        let grams = counted(grams(letters))
            .into_iter()
            .map(|(gram, times)| Asked { gram, times, in_heading: in_heading(gram), share: 1.0 })
            .collect();
        Self { grams, places: Places::of(&[letters]) }
    }

    /// Adds grams as far as they do not stand there.
    fn add(&mut self, mut grams: Vec<Gram>, share: f32) {
        grams.sort_unstable();
        grams.dedup();
        let stands =
            |gram: &Gram| self.grams.binary_search_by_key(gram, |asked| asked.gram).is_err();
        let new: Vec<Gram> = grams.into_iter().filter(stands).collect();
        if new.is_empty() {
            return;
        }
        let asked = new.into_iter().map(|gram| Asked { gram, times: 1, in_heading: 0, share });
        self.grams.extend(asked);
        self.grams.sort_unstable_by_key(|asked| asked.gram);
    }

    /// Whether two letters stand side by side anywhere.
    pub(crate) fn has_pairs(&self) -> bool {
        // Pairs are the greater numbers.
        self.grams.last().is_some_and(|asked| !asked.gram.is_single())
    }
}

/// Articles that may have a word: those that have its rarest pair, if one has all of them.
fn having(word: &[char], hot: &Hot) -> u32 {
    let pairs: Vec<Gram> = word.windows(2).map(|pair| Gram::pair(pair[0], pair[1])).collect();
    let is_somewhere = hot.segments().any(|measured| measured.segment.has_all(&pairs));
    let having = || pairs.iter().map(|pair| hot.holding(*pair)).min();
    if is_somewhere { having().unwrap_or(0) } else { 0 }
}

/// How much the letters of a word keep together in the articles: the least share, of those that have the letters of a pair, of those
/// that have both side by side; 0 if no article has the word.
fn standing(word: &[char], hot: &Hot) -> f32 {
    if having(word, hot) == 0 {
        return 0.0;
    }
    let together = word.windows(2).map(|pair| {
        let apart = |letter| hot.holding(Gram::single(letter)) as f32;
        hot.holding(Gram::pair(pair[0], pair[1])) as f32 / (apart(pair[0]) * apart(pair[1])).sqrt()
    });
    together.fold(1.0, f32::min)
}

fn cut(text: &str) -> &str {
    let end = text.char_indices().nth(QUERY_CHARACTERS_MAX).map_or(text.len(), |(end, _)| end);
    &text[..end]
}

fn grams(letters: &Letters) -> Vec<Gram> {
    singles(letters).chain(pairs(letters)).map(|(_, gram)| gram).chain(wholes(letters)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(gram: Gram, times: u32, in_heading: u32) -> Asked {
        Asked { gram, times, in_heading, share: 1.0 }
    }

    #[test]
    fn repeated_grams_are_counted_once_with_their_number() {
        let (stop, water) = (Gram::single('停'), Gram::single('水'));
        let grams = Question::of("停水，停水！", Some("停水")).grams;
        assert_eq!(
            grams,
            [asked(stop, 2, 1), asked(water, 2, 1), asked(Gram::pair('停', '水'), 2, 1)]
        );
    }

    #[test]
    fn letters_apart_are_no_pair() {
        assert!(!Question::of("水，电", None).has_pairs());
        assert!(Question::of("水 停电", None).has_pairs());
    }

    #[test]
    fn a_question_is_read_up_to_its_bound() {
        let text = "停".repeat(QUERY_CHARACTERS_MAX) + "水";
        assert_eq!(Question::of(&text, None).grams.len(), 2);
    }
}
