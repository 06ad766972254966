//! Precedents (前例): what became of orders of a matter at a place, by unit, older ones counting less. Kept up with every order
//! that is closed or refused. Chooses nothing: `routing` asks where the duty list names several units, or none.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::directory::{MatterId, UnitId};
use crate::time::Day;

/// An order, as it weighs on the day on which it is closed or refused.
pub const ORDER: u32 = 1_024;
/// After so many days an order weighs half: duties move with the reforms of a year, and a season is to be remembered.
const HALF_LIFE_DAYS: usize = 90;
/// What weighs less is forgotten: a sixteenth of an order, which is what is left of one after a year.
const WEIGHT_MIN: u32 = ORDER / 16;
/// Units that are known of a matter in one street: more than any duty list names for one. The weakest goes.
pub const UNITS_MAX: usize = 8;
/// Where nothing is known, as much as two orders stands for the rate that is held likely.
const PRIOR: u64 = 2 * ORDER as u64;
/// A unit must have kept so much to get what no duty list names: five orders of the last weeks, and never four.
pub(crate) const KEPT_MIN: u32 = ORDER * 9 / 2;

/// A day leaves this much of a weight, in 1/2^32: the 90th root of a half.
const LEFT_OF_A_DAY: u64 = 4_262_016_076;
const LEFT_OF_DAYS: [u64; HALF_LIFE_DAYS] = {
    let mut left = [1 << 32; HALF_LIFE_DAYS];
    let mut days = 1;
    while days < HALF_LIFE_DAYS {
        left[days] = (left[days - 1] * LEFT_OF_A_DAY + (1 << 31)) >> 32;
        days += 1;
    }
    left
};

/// What is left of a weight after some days; before it came it is whole.
pub fn left_of(weight: u32, days: i32) -> u32 {
    let days = usize::try_from(days).unwrap_or(0);
    let halvings = days / HALF_LIFE_DAYS;
    if halvings >= 32 {
        return 0;
    }
    let doubled = (u64::from(weight) * LEFT_OF_DAYS[days % HALF_LIFE_DAYS]) >> (31 + halvings);
    let left = doubled.div_ceil(2);
    u32::try_from(left).ok().filter(|left| *left >= WEIGHT_MIN).unwrap_or(0)
}

/// The share of orders that a unit keeps, in 1/65,536.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(pub u64);

impl Rate {
    /// All of them.
    pub const WHOLE: Rate = Rate(1 << 16);
    /// What is held likely of a unit of which nothing is known.
    const UNKNOWN: Rate = Rate(Rate::WHOLE.0 / 2);
}

/// What a unit kept and refused of orders like one.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Standing {
    /// Weight of the orders that it had when they were closed.
    pub kept: u32,
    /// Weight of those that it refused.
    pub refused: u32,
}

impl Standing {
    /// How likely it keeps the next one: as it was with these, and with some more that it is held to keep at this rate.
    pub fn rate(self, prior: Rate) -> Rate {
        let (kept, refused) = (u64::from(self.kept), u64::from(self.refused));
        Rate((kept * Rate::WHOLE.0 + PRIOR * prior.0) / (kept + refused + PRIOR))
    }

    /// How likely it keeps the next one, by these alone: one more than it kept, of two more than there were.
    pub fn rate_alone(self) -> Rate {
        self.rate(Rate::UNKNOWN)
    }

    /// Orders kept, to the nearest.
    pub fn kept_orders(self) -> u32 {
        whole_orders(self.kept)
    }

    /// Orders refused, to the nearest.
    pub fn refused_orders(self) -> u32 {
        whole_orders(self.refused)
    }

    fn after(self, days: i32) -> Standing {
        Standing { kept: left_of(self.kept, days), refused: left_of(self.refused, days) }
    }

    fn plus(self, other: Standing) -> Standing {
        Standing {
            kept: self.kept.saturating_add(other.kept),
            refused: self.refused.saturating_add(other.refused),
        }
    }

    fn weight(self) -> u64 {
        u64::from(self.kept) + u64::from(self.refused)
    }
}

fn whole_orders(weight: u32) -> u32 {
    weight.saturating_add(ORDER / 2) / ORDER
}

/// What is known of a matter in one street.
#[derive(Clone, Debug, PartialEq, Eq, Hash, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
struct OfPlace {
    /// Of which the weights are.
    day: Day,
    /// In the order in which they came.
    units: Vec<(UnitId, Standing)>,
}

impl OfPlace {
    fn add(&mut self, unit: UnitId, day: Day, more: Standing) {
        let days = day.0 - self.day.0;
        self.day = day;
        for (_, standing) in &mut self.units {
            *standing = standing.after(days);
        }
        self.units.retain(|(known, standing)| *known == unit || standing.weight() > 0);
        if let Some((_, standing)) = self.units.iter_mut().find(|(known, _)| *known == unit) {
            *standing = standing.plus(more);
            return;
        }
        if self.units.len() == UNITS_MAX {
            let weakest = (0..UNITS_MAX).min_by_key(|at| self.units[*at].1.weight());
            weakest.map(|at| self.units.remove(at));
        }
        self.units.push((unit, more));
    }

    fn of(&self, unit: UnitId, on: Day) -> Standing {
        let known = self.units.iter().find(|(known, _)| *known == unit);
        known.map_or_else(Standing::default, |(_, standing)| standing.after(on.0 - self.day.0))
    }
}

/// What is known of a matter, by street; under none where the place was not known.
type OfMatter = BTreeMap<Option<UnitId>, OfPlace>;

/// What became of orders, by matter, street and unit.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Hash, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize,
)]
pub struct Precedents {
    /// A matter is copied when it changes while a reader has it.
    matters: BTreeMap<MatterId, Arc<OfMatter>>,
    /// The record that changed them last, so that nobody publishes what stands still.
    pub changed_by: u64,
}

impl Precedents {
    /// Of a hotline where nothing has happened: for who asks the duty list alone.
    pub fn none() -> &'static Precedents {
        static NONE: Precedents = Precedents { matters: BTreeMap::new(), changed_by: 0 };
        &NONE
    }

    /// One more.
    pub(crate) fn add(
        &mut self,
        (matter, street): (MatterId, Option<UnitId>),
        (unit, day): (UnitId, Day),
        more: Standing,
        record: u64,
    ) {
        let of_matter = Arc::make_mut(self.matters.entry(matter).or_default());
        let of_place = of_matter.entry(street).or_insert(OfPlace { day, units: Vec::new() });
        of_place.add(unit, day, more);
        self.changed_by = record;
    }

    /// What a unit kept and refused of a matter in a street.
    pub fn standing(
        &self,
        matter: MatterId,
        street: Option<UnitId>,
        unit: UnitId,
        on: Day,
    ) -> Standing {
        let of_place = self.matters.get(&matter).and_then(|of_matter| of_matter.get(&street));
        of_place.map_or_else(Standing::default, |of_place| of_place.of(unit, on))
    }

    /// How likely a unit keeps an order of a matter in a street: as it is there, and, where little is known, as everywhere.
    pub fn rate(&self, matter: MatterId, street: Option<UnitId>, unit: UnitId, on: Day) -> Rate {
        let of_matter = self.matters.get(&matter).into_iter().flat_map(|it| it.values());
        let everywhere = of_matter.fold(Standing::default(), |sum, it| sum.plus(it.of(unit, on)));
        self.standing(matter, street, unit, on).rate(everywhere.rate_alone())
    }

    /// The units of which anything is known of a matter in a street.
    pub(crate) fn units(
        &self,
        matter: MatterId,
        street: Option<UnitId>,
        on: Day,
    ) -> impl Iterator<Item = (UnitId, Standing)> {
        let of_place = self.matters.get(&matter).and_then(|of_matter| of_matter.get(&street));
        let units = of_place.into_iter().flat_map(|it| it.units.iter().map(move |of| (it, of)));
        units
            .map(move |(of_place, (unit, standing))| (*unit, standing.after(on.0 - of_place.day.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_halves_in_ninety_days_and_is_forgotten_after_a_year() {
        let left = [0, 1, 45, 90, 180, 270, 360, 362].map(|days| left_of(ORDER, days));
        assert_eq!(left, [1_024, 1_016, 724, 512, 256, 128, 64, 0]);
        assert_eq!(left_of(u32::MAX, 0), u32::MAX);
        assert_eq!(left_of(u32::MAX, 90 * 25), 128);
        assert_eq!(left_of(u32::MAX, i32::MAX), 0);
        assert_eq!(left_of(ORDER, -3), ORDER, "nobody knows it before");
    }

    #[test]
    fn a_weight_that_is_touched_each_day_halves_as_fast() {
        let daily = (0..90).fold(100 * ORDER, |weight, _| left_of(weight, 1));
        assert!(daily.abs_diff(50 * ORDER) <= ORDER / 20, "{daily}");
    }

    #[test]
    fn what_is_known_of_the_street_outweighs_what_is_held_likely_by_and_by() {
        let of = |kept, refused| Standing { kept: kept * ORDER, refused: refused * ORDER };
        assert_eq!(of(0, 0).rate_alone(), Rate::UNKNOWN);
        assert_eq!(of(1, 0).rate_alone(), Rate(Rate::WHOLE.0 * 2 / 3));
        assert_eq!(of(3, 1).rate(Rate::WHOLE), Rate(Rate::WHOLE.0 * 5 / 6));
        let full = Standing { kept: u32::MAX, refused: u32::MAX };
        assert_eq!(full.plus(of(1, 1)), full);
        assert_eq!(full.rate_alone(), Rate::UNKNOWN);
    }

    #[test]
    fn the_weakest_of_too_many_units_goes_and_what_is_forgotten_before() {
        let day = Day(20_000);
        let mut place = OfPlace { day, units: Vec::new() };
        let kept = |orders: u32| Standing { kept: orders * ORDER, refused: 0 };
        for unit in 0..8 {
            place.add(UnitId(unit), day, kept(if unit == 3 { 1 } else { 2 }));
        }
        place.add(UnitId(8), day, kept(1));
        let known =
            |place: &OfPlace| place.units.iter().map(|(unit, _)| unit.0).collect::<Vec<_>>();
        assert_eq!(known(&place), [0, 1, 2, 4, 5, 6, 7, 8]);
        place.add(UnitId(9), Day(day.0 + 400), kept(1));
        assert_eq!(known(&place), [0, 1, 2, 4, 5, 6, 7, 9]);
        place.add(UnitId(9), Day(day.0 + 900), kept(1));
        assert_eq!(known(&place), [9]);
        assert_eq!(place.of(UnitId(9), day), kept(1));
    }
}
