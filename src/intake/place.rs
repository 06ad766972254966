//! Finds which street, town, village or community a text is about, from the names citizens use. Knows no maps.

use std::collections::BTreeMap;

use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::text::{Gazetteer, GazetteerError, Normalised, Normaliser};

use crate::district::PlaceName;

/// Different places that one text is read for: a story that names more is about none of the later ones.
const NAMED_MAX: usize = 16;

/// What a village's or community's short name goes without.
const ENDINGS: [&str; 2] = ["社区", "村"];
/// A short name of so many characters is a name wherever it stands.
const SHORT_CHARS_MIN: usize = 3;
/// A shorter one is too often a word (时代, 东南): it counts only before these (这边, 那片, 那里).
const POINTERS: [&str; 2] = ["这", "那"];

/// The names of a district's places.
#[derive(Debug)]
pub(super) struct Places {
    names: Gazetteer,
    /// The street or town of each unit, by unit id; none for departments.
    streets: Vec<Option<UnitId>>,
}

impl Places {
    pub(super) fn new(
        normaliser: &Normaliser,
        names: &[PlaceName],
        directory: &Directory,
    ) -> Result<Places, GazetteerError> {
        let known = names.iter().filter_map(|place| {
            let unit = directory.unit_id(&place.unit).filter(|&unit| directory.is_active(unit))?;
            Some((place.name.as_str(), unit.0))
        });
        let short = short_names(normaliser, names, directory);
        let short = short.iter().map(|(name, unit)| (name.as_str(), unit.0));
        let streets = directory.units().map(|(id, _)| directory.street_of(id)).collect();
        Ok(Places { names: Gazetteer::new(normaliser, known.chain(short))?, streets })
    }

    /// Adds to `named` the places that stand in a normalised text, each once, in the order they stand there.
    pub(super) fn find(&self, normalised: &str, named: &mut Vec<UnitId>) {
        for place in self.names.find(normalised) {
            let unit = UnitId(place.number);
            if named.len() == NAMED_MAX {
                return;
            }
            if !named.contains(&unit) {
                named.push(unit);
            }
        }
    }

    /// The one place meant where several are named: the first community in the street of the place named first,
    /// because people go from the large to the small; else the place named first.
    pub(super) fn choose(&self, named: &[UnitId]) -> Option<UnitId> {
        let first = *named.first()?;
        let street = self.street_of(first);
        let community = |unit: &&UnitId| self.street_of(**unit) == street && street != Some(**unit);
        Some(named.iter().find(community).copied().unwrap_or(first))
    }

    fn street_of(&self, unit: UnitId) -> Option<UnitId> {
        self.streets.get(usize::from(unit.0)).copied().flatten()
    }
}

/// What people call a village or community besides its names: 渔洲村 is 渔洲. Only what is not a name already.
fn short_names(
    normaliser: &Normaliser,
    names: &[PlaceName],
    directory: &Directory,
) -> Vec<(String, UnitId)> {
    let mut buffer = Normalised::new();
    let mut key = |name: &str| {
        normaliser.normalise(name, &mut buffer);
        buffer.text().to_owned()
    };
    // None where a name is given already, or would stand for two places.
    let mut owners: BTreeMap<String, Option<UnitId>> =
        names.iter().map(|place| (key(&place.name), None)).collect();
    let communities =
        directory.units().filter(|(_, unit)| unit.active && unit.level.is_community());
    for (id, unit) in communities {
        let Some(stem) = ENDINGS.iter().find_map(|ending| unit.name.strip_suffix(ending)) else {
            continue;
        };
        for name in forms(stem) {
            let owner = owners.entry(key(&name)).or_insert(Some(id));
            if *owner != Some(id) {
                *owner = None;
            }
        }
    }
    owners.into_iter().filter_map(|(name, owner)| Some((name, owner?))).collect()
}

fn forms(stem: &str) -> Vec<String> {
    match stem.chars().count() {
        0 | 1 => Vec::new(),
        count if count >= SHORT_CHARS_MIN => vec![stem.to_owned()],
        _ => POINTERS.iter().map(|pointer| format!("{stem}{pointer}")).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::district::District;
    use hotline_engine::time::Timestamp;

    #[track_caller]
    fn check(text: &str, wanted: Option<&str>) {
        let district = District::sample().expect("the sample is right");
        let state = district.adopted(Timestamp(0)).expect("the sample is adopted");
        let normaliser = Normaliser::new();
        let places = Places::new(&normaliser, &district.places, state.directory()).expect("names");
        let (mut normalised, mut named) = (Normalised::new(), Vec::new());
        normaliser.normalise(text, &mut normalised);
        places.find(normalised.text(), &mut named);
        let code = places.choose(&named).map(|unit| state.directory().unit(unit).code.as_str());
        assert_eq!(code, wanted, "{text}");
    }

    #[test]
    fn names_and_aliases_are_found() {
        check("韓江路夜市太吵", Some("zhuchi-hanjiang"));
        check("外砂镇政府门口", Some("waisha"));
        check("路灯不亮", None);
    }

    #[test]
    fn a_community_in_the_street_beats_the_street() {
        check("珠池街道的韩江路夜市太吵", Some("zhuchi-hanjiang"));
        check("韩江路夜市太吵，珠池街道办不管", Some("zhuchi-hanjiang"));
    }

    #[test]
    fn of_places_apart_the_first_named_counts() {
        check("我住外砂镇，在韩江路买的手机坏了", Some("waisha"));
        check("韩江路夜市和丹霞市场都一样吵", Some("zhuchi-hanjiang"));
    }

    #[test]
    fn short_names_are_names_where_they_are_no_words() {
        check("辛厝寮的路灯不亮", Some("longxiang-xincuoliao"));
        check("渔洲这边的路灯不亮", Some("outing-yuzhou"));
        check("这个时代还停电", None);
    }
}
