//! Names of places and their aliases in text, the longest at each place. Gives the number each name stands
//! for; which place is meant when two are named is decided elsewhere.

use std::collections::BTreeMap;
use std::ops::Range;

use daachorse::{
    CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder, MatchKind,
    errors::DaachorseError,
};

use super::{Normalised, Normaliser};

/// A name found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Bytes of the normalised text.
    pub range: Range<usize>,
    /// What was given for the name.
    pub number: u16,
}

/// Why names cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GazetteerError {
    /// A name has nothing left after normalising.
    #[error("name {name:?} is empty after normalising; remove it")]
    EmptyName {
        /// The name as written.
        name: String,
    },
    /// One name stands for two numbers.
    #[error("name {name:?} stands for {first} and for {second}; keep one of them or write it out")]
    Ambiguous {
        /// The name, normalised.
        name: String,
        /// The number it had first.
        first: u16,
        /// The number it was to have as well.
        second: u16,
    },
    /// The automaton cannot hold that many names.
    #[error("names do not fit an automaton: {0}")]
    TooMany(DaachorseError),
}

/// Names as one automaton over normalised text.
pub struct Gazetteer {
    automaton: Option<CharwiseDoubleArrayAhoCorasick<u16>>,
    names_count: usize,
}

impl std::fmt::Debug for Gazetteer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gazetteer").field("names_count", &self.names_count).finish_non_exhaustive()
    }
}

impl Gazetteer {
    /// Builds the automaton from names with their numbers; a name may be repeated with the same number.
    ///
    /// # Errors
    /// [`GazetteerError`] for an empty name, a name with two numbers, or more than an automaton holds.
    pub fn new<'a>(
        normaliser: &Normaliser,
        names: impl IntoIterator<Item = (&'a str, u16)>,
    ) -> Result<Self, GazetteerError> {
        let mut numbers: BTreeMap<String, u16> = BTreeMap::new();
        let mut normalised = Normalised::new();
        for (name, number) in names {
            normaliser.normalise(name, &mut normalised);
            let key = normalised.text();
            if key.is_empty() {
                return Err(GazetteerError::EmptyName { name: name.to_owned() });
            }
            let first = *numbers.entry(key.to_owned()).or_insert(number);
            if first != number {
                let name = key.to_owned();
                return Err(GazetteerError::Ambiguous { name, first, second: number });
            }
        }
        let names_count = numbers.len();
        if numbers.is_empty() {
            return Ok(Self { automaton: None, names_count });
        }
        let automaton = CharwiseDoubleArrayAhoCorasickBuilder::new()
            .match_kind(MatchKind::LeftmostLongest)
            .build_with_values(numbers)
            .map_err(GazetteerError::TooMany)?;
        Ok(Self { automaton: Some(automaton), names_count })
    }

    /// The names in a normalised text from left to right; of overlapping ones the leftmost, then the longest.
    pub fn find<'a>(&'a self, normalised: &'a str) -> impl Iterator<Item = Place> + 'a {
        self.automaton
            .iter()
            .flat_map(move |automaton| automaton.leftmost_find_iter(normalised))
            .map(|m| Place { range: m.start()..m.end(), number: m.value() })
    }
}
