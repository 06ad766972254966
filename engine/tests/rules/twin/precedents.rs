//! The twin on precedents: every order that was closed or refused stands in a list, which is counted from the first each time. Only
//! how a weight shrinks is the engine's arithmetic.

use hotline_engine::Event;
use hotline_engine::directory::{MatterId, UnitId};
use hotline_engine::order::ReturnReason;
use hotline_engine::precedents::left_of;
use hotline_engine::time::{Day, Timestamp};

use super::{Numbers, Twin};

/// What became of orders, the oldest first.
#[derive(Clone)]
pub(crate) struct Past {
    cases: Vec<Case>,
    /// Whether the list decides, whatever they say.
    pub(super) first_row_decides: bool,
}

#[derive(Clone, Copy)]
struct Case {
    day: Day,
    matter: MatterId,
    street: Option<UnitId>,
    unit: UnitId,
    /// In 1/1,024 orders.
    kept: u32,
    refused: u32,
}

impl Past {
    pub(super) fn by(numbers: Numbers) -> Past {
        Past { cases: Vec::new(), first_row_decides: numbers.first_row_decides }
    }

    /// What is left by a day of what each unit kept and refused.
    pub(super) fn of(
        &self,
        matter: MatterId,
        street: Option<UnitId>,
        on: Day,
    ) -> Vec<(UnitId, u32, u32)> {
        let mut units: Vec<(UnitId, u32, u32)> = Vec::new();
        let mut last: Option<Day> = None;
        let shrink = |units: &mut Vec<(UnitId, u32, u32)>, days: i32| {
            for (_, kept, refused) in units {
                (*kept, *refused) = (left_of(*kept, days), left_of(*refused, days));
            }
        };
        for case in self.cases.iter().filter(|case| case.matter == matter && case.street == street)
        {
            shrink(&mut units, last.map_or(0, |last| case.day.0 - last.0));
            last = Some(case.day);
            units.retain(|(unit, kept, refused)| *unit == case.unit || kept + refused > 0);
            match units.iter_mut().find(|(unit, ..)| *unit == case.unit) {
                Some((_, kept, refused)) => {
                    *kept += case.kept;
                    *refused += case.refused;
                }
                None => {
                    // Eight are remembered.
                    if units.len() == 8 {
                        let least = units.iter().map(|(_, kept, refused)| kept + refused).min();
                        let sum = |(_, kept, refused): &(UnitId, u32, u32)| Some(kept + refused);
                        let weakest = units.iter().position(|it| sum(it) == least).unwrap();
                        units.remove(weakest);
                    }
                    units.push((case.unit, case.kept, case.refused));
                }
            }
        }
        shrink(&mut units, last.map_or(0, |last| on.0 - last.0));
        units
    }

    /// The share that is kept, in 1/65,536, where two orders stand for what is likely.
    pub(super) fn share(kept: u32, refused: u32, likely: u64) -> u64 {
        let (kept, refused) = (u64::from(kept), u64::from(refused));
        (kept * 65_536 + 2_048 * likely) / (kept + refused + 2_048)
    }

    /// The share that a unit keeps in a street: where little is known as everywhere, and where nothing is half.
    pub(super) fn share_of(
        &self,
        matter: MatterId,
        street: Option<UnitId>,
        unit: UnitId,
        on: Day,
    ) -> u64 {
        let mut streets: Vec<Option<UnitId>> = self.cases.iter().map(|case| case.street).collect();
        streets.sort_unstable();
        streets.dedup();
        let own = |street| {
            let known = self.of(matter, street, on).into_iter().find(|(known, ..)| *known == unit);
            known.map_or((0, 0), |(_, kept, refused)| (kept, refused))
        };
        let add = |sum: (u32, u32), it: (u32, u32)| (sum.0 + it.0, sum.1 + it.1);
        let (kept, refused) = streets.into_iter().map(own).fold((0, 0), add);
        let everywhere = Past::share(kept, refused, 1 << 15);
        let (kept, refused) = own(street);
        Past::share(kept, refused, everywhere)
    }
}

impl Twin {
    /// What is closed was kept by who had it; who says that it is not his duty has refused it. Without a matter it counts for the
    /// likeliest, as much as that is likely.
    pub(super) fn remember(&mut self, at: Timestamp, events: &[Event]) {
        for event in events {
            let (order, refuser) = match event {
                Event::Closed { order, .. } => (order, None),
                Event::Returned { order, refusal }
                    if refusal.reason != ReturnReason::NotEnoughFacts =>
                {
                    (order, Some(refusal.unit))
                }
                _ => continue,
            };
            let row = self.known(*order);
            let likeliest = row.acceptance.classification.candidates.first();
            let likeliest =
                likeliest.map(|it| (it.matter, u32::from(it.confidence.0) * 1_024 / 10_000));
            let likeliest = likeliest.filter(|(_, weight)| *weight > 0);
            let matter = row.matter.map(|matter| (matter, 1_024)).or(likeliest);
            let street = row.acceptance.region.and_then(|region| self.duties.street(region));
            let unit = refuser.or(row.lead());
            let (Some((matter, weight)), Some(unit)) = (matter, unit) else { continue };
            let (kept, refused) = if refuser.is_some() { (0, weight) } else { (weight, 0) };
            let day = at.day();
            self.past.cases.push(Case { day, matter, street, unit, kept, refused });
        }
    }
}
