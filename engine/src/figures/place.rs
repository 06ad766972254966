//! Whose a count is, and in which order counts stand. Counts nothing.

use std::cmp::Ordering;

use crate::directory::{MatterId, UnitId};
use crate::order::Kind;

/// Whose a count is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize,
)]
#[rkyv(derive(PartialEq, Eq, PartialOrd, Ord))]
pub struct Place {
    /// The unit; none while no unit has the order.
    pub unit: Option<UnitId>,
    /// The kind of the order; none of what is no order: calls and grades.
    pub kind: Option<Kind>,
    /// Its matter, once known.
    pub matter: Option<MatterId>,
}

impl Place {
    /// By unit, kind and matter, what has none first: one number, since maps of places are looked up at every fact.
    fn rank(self) -> u64 {
        let unit = self.unit.map_or(0, |unit| u64::from(unit.0) + 1);
        let kind = self.kind.map_or(0, |kind| kind as u64 + 1);
        let matter = self.matter.map_or(0, |matter| u64::from(matter.0) + 1);
        unit << 40 | kind << 32 | matter
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Place) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Place) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_stand_by_unit_then_kind_then_matter_as_they_do_on_disk() {
        let units = [None, Some(0), Some(1), Some(u16::MAX)].map(|unit| unit.map(UnitId));
        let kinds = [None, Some(Kind::Consultation), Some(Kind::Praise)];
        let matters = [None, Some(0), Some(u16::MAX)].map(|matter| matter.map(MatterId));
        let mut places = Vec::new();
        for unit in units {
            for kind in kinds {
                places.extend(matters.map(|matter| Place { unit, kind, matter }));
            }
        }
        assert!(places.is_sorted_by(|one, next| one < next));
        assert!(places.is_sorted_by_key(|it| (it.unit, it.kind, it.matter)));
    }
}
