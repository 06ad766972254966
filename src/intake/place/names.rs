//! All names by which a district's places are known: those of its files, and the short forms that people make of them.

use std::collections::{BTreeMap, BTreeSet};

use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::text::{Normalised, Normaliser};

use crate::district::PlaceName;

/// What a village's or community's short name goes without: 渔洲村 is 渔洲.
const ENDINGS: [&str; 2] = ["社区", "村"];
/// What a name of an estate or a stretch of road is said without.
const TAILS: [&str; 8] = ["小区", "中段", "东段", "西段", "南段", "北段", "北侧", "南侧"];
/// A short name of so many characters is a name wherever it stands.
const SHORT_CHARS_MIN: usize = 3;
/// Names with the units they stand for.
pub(super) struct Names {
    /// A listed name may stand for several; a short form stands for one, and only where nothing is listed under it.
    pub(super) all: Vec<(String, UnitId)>,
    /// Short forms among them that are too often a word (时代, 东南): what must stand beside each decides.
    pub(super) weak: BTreeMap<String, Weakness>,
}

/// How little a short form says by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weakness {
    /// A name, as far as is known.
    Name,
    /// A word: the district's own articles use it, and they name no places.
    Word,
}

/// All names of a district's places.
pub(super) fn all(
    normaliser: &Normaliser,
    names: &[PlaceName],
    articles: &[&str],
    directory: &Directory,
) -> Names {
    let listed: Vec<(String, UnitId)> = names
        .iter()
        .filter_map(|place| {
            let unit = directory.unit_id(&place.unit).filter(|&unit| directory.is_active(unit))?;
            Some((place.name.clone(), unit))
        })
        .collect();
    let mut short = Short::beside(normaliser, &listed);
    for (name, unit) in &listed {
        let stem = TAILS.iter().find_map(|tail| name.strip_suffix(tail));
        if let Some(stem) = stem.filter(|stem| stem.chars().count() >= SHORT_CHARS_MIN) {
            short.add(stem, *unit);
        }
    }
    let communities =
        directory.units().filter(|(_, unit)| unit.active && unit.level.is_community());
    for (id, unit) in communities {
        if let Some(stem) = ENDINGS.iter().find_map(|ending| unit.name.strip_suffix(ending)) {
            short.add(stem, id);
        }
    }
    let short: Vec<(String, UnitId)> = short.names().collect();
    let weak = short.iter().filter(|(name, _)| name.chars().count() < SHORT_CHARS_MIN);
    let weakness = |(name, _): &(String, UnitId)| {
        let is_word = articles.iter().any(|text| text.contains(name.as_str()));
        (name.clone(), if is_word { Weakness::Word } else { Weakness::Name })
    };
    let weak = weak.map(weakness).collect();
    Names { all: listed.into_iter().chain(short).collect(), weak }
}

/// Short forms beside what is listed.
struct Short<'a> {
    normaliser: &'a Normaliser,
    buffer: Normalised,
    listed: BTreeSet<String>,
    /// None where a form would stand for two places.
    owners: BTreeMap<String, Option<UnitId>>,
}

impl<'a> Short<'a> {
    fn beside(normaliser: &'a Normaliser, listed: &[(String, UnitId)]) -> Short<'a> {
        let mut short = Short {
            normaliser,
            buffer: Normalised::new(),
            listed: BTreeSet::new(),
            owners: BTreeMap::new(),
        };
        short.listed = listed.iter().map(|(name, _)| short.key(name)).collect();
        short
    }

    fn key(&mut self, name: &str) -> String {
        self.normaliser.normalise(name, &mut self.buffer);
        self.buffer.text().to_owned()
    }

    fn add(&mut self, name: &str, unit: UnitId) {
        // One character is no name.
        if name.chars().nth(1).is_none() {
            return;
        }
        let key = self.key(name);
        if self.listed.contains(&key) {
            return;
        }
        let owner = self.owners.entry(key).or_insert(Some(unit));
        if *owner != Some(unit) {
            *owner = None;
        }
    }

    fn names(self) -> impl Iterator<Item = (String, UnitId)> {
        self.owners.into_iter().filter_map(|(name, owner)| Some((name, owner?)))
    }
}
