//! Names of places and their aliases in text, the longest at each place. Gives the numbers each name stands for: a road
//! stands for every community it runs through. Which place is meant is decided elsewhere.

use std::collections::BTreeMap;
use std::ops::Range;

use daachorse::{
    CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder, MatchKind,
    errors::DaachorseError,
};

use super::{Normalised, Normaliser};

/// Places that one name may stand for: the longest road of a district runs through fewer.
pub const OWNERS_MAX: usize = 64;

/// A name found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place<'a> {
    /// Bytes of the normalised text.
    pub range: Range<usize>,
    /// What was given for the name, in order; more than one where the name is ambiguous.
    pub numbers: &'a [u16],
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
    /// One name stands for too much.
    #[error(
        "name {name:?} stands for more than {OWNERS_MAX} places; a name so common tells nothing"
    )]
    TooCommon {
        /// The name, normalised.
        name: String,
    },
    /// The automaton cannot hold that many names.
    #[error("names do not fit an automaton: {0}")]
    TooMany(DaachorseError),
}

/// Names as one automaton over normalised text.
pub struct Gazetteer {
    automaton: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
    /// Of each name: what it stands for.
    owners: Vec<Vec<u16>>,
}

impl std::fmt::Debug for Gazetteer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gazetteer").field("names", &self.owners.len()).finish_non_exhaustive()
    }
}

impl Gazetteer {
    /// Builds the automaton from names with their numbers; a name given with several numbers stands for each of them.
    ///
    /// # Errors
    /// [`GazetteerError`] for an empty name, one that stands for too much, or more than an automaton holds.
    pub fn new<'a>(
        normaliser: &Normaliser,
        names: impl IntoIterator<Item = (&'a str, u16)>,
    ) -> Result<Self, GazetteerError> {
        let mut numbers: BTreeMap<String, Vec<u16>> = BTreeMap::new();
        let mut normalised = Normalised::new();
        for (name, number) in names {
            normaliser.normalise(name, &mut normalised);
            let key = normalised.text();
            if key.is_empty() {
                return Err(GazetteerError::EmptyName { name: name.to_owned() });
            }
            let owners = numbers.entry(key.to_owned()).or_default();
            if let Err(at) = owners.binary_search(&number) {
                owners.insert(at, number);
            }
            if owners.len() > OWNERS_MAX {
                return Err(GazetteerError::TooCommon { name: key.to_owned() });
            }
        }
        if numbers.is_empty() {
            return Ok(Self { automaton: None, owners: Vec::new() });
        }
        let (names, owners): (Vec<String>, Vec<Vec<u16>>) = numbers.into_iter().unzip();
        let automaton = CharwiseDoubleArrayAhoCorasickBuilder::new()
            .match_kind(MatchKind::LeftmostLongest)
            .build_with_values(names.into_iter().zip(0..))
            .map_err(GazetteerError::TooMany)?;
        Ok(Self { automaton: Some(automaton), owners })
    }

    /// The names in a normalised text from left to right; of overlapping ones the leftmost, then the longest.
    pub fn find<'a>(&'a self, normalised: &'a str) -> impl Iterator<Item = Place<'a>> + 'a {
        self.automaton
            .iter()
            .flat_map(move |automaton| automaton.leftmost_find_iter(normalised))
            .map(|m| Place { range: m.start()..m.end(), numbers: &self.owners[m.value() as usize] })
    }
}
