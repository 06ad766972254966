//! What is taken from the words of a question: the grams to look for, bounded, and the places it names. There is no query language:
//! quotes, brackets and operators are punctuation, and punctuation is a gap.

use crate::gram::{Gram, counted, pairs, singles, wholes};
use crate::letters::Letters;
use crate::places::Places;
use crate::segment::Segment;
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
/// What a word weighs that pinyin may mean.
const SOUND_SHARE: f32 = 0.8;

impl Question {
    /// Reads the text, of which `heading` is a part.
    pub(crate) fn of(text: &str, heading: Option<&str>) -> Self {
        Self::read(&Letters::of(cut(text)), heading)
    }

    /// The same, with what means the same as its words, and what is typed in Latin letters, as the titles of these articles have it.
    pub(crate) fn with_others<'a, T: Iterator<Item = &'a Segment>>(
        text: &str,
        heading: Option<&str>,
        synonyms: &Synonyms,
        segments: impl Fn() -> T,
    ) -> Self {
        let letters = Letters::of(cut(text));
        let mut question = Self::read(&letters, heading);
        question.add(&synonyms.others(&letters), SYNONYM_SHARE);
        for word in typed(&letters) {
            let mut grams = Vec::new();
            let titles = segments().map(|segment| &segment.titles);
            let is_somewhere = |pairs: &[Gram]| segments().any(|segment| segment.has_all(pairs));
            let meant = meanings(&word, titles, is_somewhere);
            meant.iter().for_each(|meant| synonyms::add(meant, &mut grams));
            grams.sort_unstable();
            grams.dedup();
            question.add(&grams, SOUND_SHARE);
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

    /// Adds grams, ascending, as far as they do not stand there.
    fn add(&mut self, grams: &[Gram], share: f32) {
        if grams.is_empty() {
            return;
        }
        let stands =
            |gram: &&Gram| self.grams.binary_search_by_key(*gram, |asked| asked.gram).is_err();
        let new = grams.iter().filter(stands);
        let new = new.map(|&gram| Asked { gram, times: 1, in_heading: 0, share });
        let new: Vec<Asked> = new.collect();
        self.grams.extend(new);
        self.grams.sort_unstable_by_key(|asked| asked.gram);
    }

    /// Whether two letters stand side by side anywhere.
    pub(crate) fn has_pairs(&self) -> bool {
        // Pairs are the greater numbers.
        self.grams.last().is_some_and(|asked| !asked.gram.is_single())
    }
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
