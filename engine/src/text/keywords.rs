//! Words that raise the urgency, hang a tag on an order or call for an instant transfer, found in one pass.
//! Says what stands in the text; what follows from it is decided elsewhere.

use std::collections::BTreeMap;
use std::ops::Range;

use daachorse::{CharwiseDoubleArrayAhoCorasick, errors::DaachorseError};

use super::{Normalised, Normaliser};

/// To which urgency a word raises an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Raise {
    /// Urgent (紧急).
    Urgent,
    /// Critical (特急).
    Critical,
}

/// Who must be told at once, beside the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transfer {
    /// 110.
    Police,
    /// 119.
    Fire,
    /// 120.
    Ambulance,
}

/// What a word brings about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Raises the urgency.
    Urgency(Raise),
    /// Hangs a tag of this name on the order.
    Tag(String),
    /// Calls for a transfer.
    Transfer(Transfer),
}

/// One row: any of `words` brings about `effect`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeywordRow {
    /// Words as people write them; they are normalised here.
    pub words: Vec<String>,
    /// What they bring about.
    pub effect: Effect,
}

/// One effect found, with the word that brought it about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding<'a> {
    /// What follows.
    pub effect: &'a Effect,
    /// Bytes of the normalised text.
    pub range: Range<usize>,
}

/// Why rows cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeywordError {
    /// A word has nothing left after normalising, so it would stand everywhere.
    #[error("keyword {word:?} in row {row} is empty after normalising; remove it")]
    EmptyWord {
        /// Index of the row.
        row: usize,
        /// The word as written.
        word: String,
    },
    /// The automaton cannot hold that many words.
    #[error("keywords do not fit an automaton: {0}")]
    TooMany(DaachorseError),
}

/// Rows as one automaton over normalised text.
pub struct KeywordRules {
    automaton: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
    effects: Vec<Effect>,
    /// For each word of the automaton, indices into `effects`.
    word_effects: Vec<Vec<u32>>,
}

impl std::fmt::Debug for KeywordRules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeywordRules")
            .field("words", &self.word_effects.len())
            .field("effects", &self.effects)
            .finish()
    }
}

impl KeywordRules {
    /// Builds the automaton. No rows at all are allowed and find nothing.
    ///
    /// # Errors
    /// [`KeywordError`] for an empty word or more words than an automaton holds.
    pub fn new(normaliser: &Normaliser, rows: &[KeywordRow]) -> Result<Self, KeywordError> {
        let mut effects: Vec<Effect> = rows.iter().map(|r| r.effect.clone()).collect();
        effects.sort();
        effects.dedup();
        let mut words: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        let mut normalised = Normalised::new();
        for (index, row) in rows.iter().enumerate() {
            let effect = effects.partition_point(|e| *e < row.effect) as u32;
            for word in &row.words {
                normaliser.normalise(word, &mut normalised);
                if normalised.text().is_empty() {
                    return Err(KeywordError::EmptyWord { row: index, word: word.clone() });
                }
                let of_word = words.entry(normalised.text().to_owned()).or_default();
                if !of_word.contains(&effect) {
                    of_word.push(effect);
                }
            }
        }
        let automaton = if words.is_empty() {
            None
        } else {
            let built = CharwiseDoubleArrayAhoCorasick::new(words.keys());
            Some(built.map_err(KeywordError::TooMany)?)
        };
        Ok(Self { automaton, effects, word_effects: words.into_values().collect() })
    }

    /// Everything the text brings about, each effect once with the range of its first find, in the order of
    /// effects: urgency (at most one), tags, transfers.
    ///
    /// A find inside a longer find of the same sort (urgency or transfer) does not count: a row for
    /// `消防演练` keeps one for `消防` silent there. Of the urgencies left the strongest wins.
    #[must_use]
    pub fn find(&self, normalised: &str) -> Vec<Finding<'_>> {
        let Some(automaton) = &self.automaton else {
            return Vec::new();
        };
        let mut finds: Vec<(Range<usize>, u32)> = automaton
            .find_overlapping_iter(normalised)
            .flat_map(|m| {
                let of_word = &self.word_effects[m.value() as usize];
                of_word.iter().map(move |&effect| (m.start()..m.end(), effect))
            })
            .collect();
        if finds.is_empty() {
            return Vec::new();
        }
        // First by start, longer before shorter, so that what covers a find stands before it.
        finds
            .sort_unstable_by_key(|(range, effect)| (range.start, usize::MAX - range.end, *effect));
        self.resolve(finds)
    }

    fn resolve(&self, finds: Vec<(Range<usize>, u32)>) -> Vec<Finding<'_>> {
        let mut first: BTreeMap<u32, Range<usize>> = BTreeMap::new();
        let (mut urgency_covers, mut transfer_covers) = (0..0, 0..0);
        let mut raise: Option<(Raise, u32)> = None;
        for (range, index) in finds {
            match &self.effects[index as usize] {
                Effect::Tag(_) => {}
                Effect::Transfer(_) if is_inside(&range, &mut transfer_covers) => continue,
                Effect::Transfer(_) => {}
                Effect::Urgency(_) if is_inside(&range, &mut urgency_covers) => continue,
                Effect::Urgency(to) => match raise {
                    Some((before, _)) if before >= *to => continue,
                    Some((_, weaker)) => {
                        first.remove(&weaker);
                        raise = Some((*to, index));
                    }
                    None => raise = Some((*to, index)),
                },
            }
            first.entry(index).or_insert(range);
        }
        let effect = |index: u32| &self.effects[index as usize];
        first.into_iter().map(|(i, range)| Finding { effect: effect(i), range }).collect()
    }
}

/// Whether `range` lies inside a longer find before it; else the cover moves on to what reaches further.
fn is_inside(range: &Range<usize>, cover: &mut Range<usize>) -> bool {
    if range.end <= cover.end && range != cover {
        return true;
    }
    if range.end > cover.end {
        *cover = range.clone();
    }
    false
}
