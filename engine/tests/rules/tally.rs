//! What a hotline has counted over all its days.

use hotline_engine::figures::Counts;
use hotline_engine::report::Figure;

use crate::desk::Desk;

/// Every unit, kind and day together.
pub(crate) fn all(desk: &Desk) -> Counts {
    let mut sums = Counts::default();
    let days = desk.state.figures().all_days();
    days.flat_map(|(_, day)| day.counts.values()).for_each(|counts| sums.add(counts));
    sums
}

/// Of one unit.
pub(crate) fn of_unit(desk: &Desk, code: &str) -> Counts {
    let (unit, mut sums) = (Some(desk.unit(code)), Counts::default());
    for (_, day) in desk.state.figures().all_days() {
        let own = day.counts.iter().filter(|(place, _)| place.unit == unit);
        own.for_each(|(_, counts)| sums.add(counts));
    }
    sums
}

/// Numerator and denominator.
pub(crate) fn figure(desk: &Desk, figure: Figure) -> (u64, u64) {
    let rate = figure.of(&all(desk));
    (rate.numerator, rate.denominator)
}
