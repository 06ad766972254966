//! Finds which street, town, village or community a text is about, from the names citizens use. Knows no maps.

use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::text::{Gazetteer, GazetteerError, Normaliser};

use crate::district::PlaceName;

/// Different places that one text is read for: a story that names more is about none of the later ones.
const NAMED_MAX: usize = 16;

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
        let streets = directory.units().map(|(id, _)| directory.street_of(id)).collect();
        Ok(Places { names: Gazetteer::new(normaliser, known)?, streets })
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
