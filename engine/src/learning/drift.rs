//! How sure the engine was over time, and whether it was right to be: the share of orders it left to people, and its
//! confidence against what became of its first dispatches, by week. Counts only.

use std::collections::BTreeMap;

use crate::directory::{Directory, UnitId};
use crate::order::{Confidence, Order};
use crate::precedents::Precedents;
use crate::routing::{self, Question};
use crate::time::{Day, Timestamp};

/// Bins of confidence, each a tenth.
const BINS: usize = 10;
/// The first Monday in the count of days: 1970-01-05.
const FIRST_MONDAY: i32 = 4;

/// What the engine did with an order first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// It chose the unit.
    Chosen,
    /// It left it to a dispatcher.
    Abstained,
}

/// A first dispatch of the engine that has been judged since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    /// How sure it was of the unit.
    pub confidence: Confidence,
    /// Whether the first unit handled it.
    pub right: bool,
}

/// Judged orders of a tenth of confidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bin {
    /// How many.
    pub orders: u64,
    /// Of which the first unit was right.
    pub right: u64,
    /// Sum of their confidences, in ten-thousandths.
    pub confidence: u64,
}

/// Orders accepted in a week.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Week {
    /// The engine chose the unit.
    pub chosen: u64,
    /// It left them to people.
    pub abstained: u64,
    /// Those it chose for that have been judged, by how sure it was.
    pub bins: [Bin; BINS],
}

/// Weeks by their Monday.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    weeks: BTreeMap<Day, Week>,
}

/// What the engine did first; none where the choice was not its own to make: a bad grade, a repeated call, an answer of the
/// desk.
pub fn first(order: &Order) -> Option<First> {
    if order.rated_case.is_some() || order.classification.candidates.is_empty() {
        return None;
    }
    let at_once = |at: Timestamp| at == order.times.accepted;
    match &order.first {
        Some(first) if at_once(first.at) => Some(First::Chosen),
        Some(_) => Some(First::Abstained),
        None if order.merge.is_some() || order.answer.is_some() => None,
        None => Some(First::Abstained),
    }
}

/// What became of the engine's first dispatch: wrong once the first unit returned it or another got it, right when it was
/// closed without. None before, and where a call-taker named the matter.
///
/// Of an order that has another unit now the confidence is no longer written down: it is summed up again over the
/// candidates that lead to the first unit, by the duty list in force.
pub fn judged(directory: &Directory, order: &Order) -> Option<Judged> {
    if first(order)? != First::Chosen || !(order.reassigned || order.times.closed.is_some()) {
        return None;
    }
    let unit = order.first?.unit;
    let standing = order.dispatch.as_ref().filter(|it| it.at == order.times.accepted);
    let confidence = standing.map_or_else(|| summed(directory, order, unit), |it| it.confidence);
    let by_model = confidence != Confidence::CERTAIN && confidence > Confidence(0);
    by_model.then_some(Judged { confidence, right: !order.reassigned })
}

fn summed(directory: &Directory, order: &Order, unit: UnitId) -> Confidence {
    let (candidates, region) = (&order.classification.candidates[..], order.region);
    let on = order.times.accepted.day();
    let question =
        Question { candidates, region, returns: &[], on, precedents: Precedents::none() };
    let considered = routing::consider(directory, question);
    let leading = considered.iter().filter(|it| it.outcome.is_ok_and(|led| led.unit == unit));
    leading.fold(Confidence(0), |sum, it| sum.plus(it.candidate.confidence))
}

impl Drift {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Drift {
        Drift::default()
    }

    /// Counts an order as it stands, in the week it was accepted in.
    pub fn count(&mut self, directory: &Directory, order: &Order) {
        let Some(first) = first(order) else { return };
        let week = self.weeks.entry(monday(order.times.accepted.day())).or_default();
        match first {
            First::Chosen => week.chosen += 1,
            First::Abstained => week.abstained += 1,
        }
        if let Some(judged) = judged(directory, order) {
            week.bins[judged.bin()].count(judged);
        }
    }

    /// The weeks in which orders came, in order, by their Monday.
    pub fn weeks(&self) -> impl Iterator<Item = (Day, &Week)> {
        self.weeks.iter().map(|(&monday, week)| (monday, week))
    }
}

impl Judged {
    /// The tenth of confidence it falls into, from 0.
    #[must_use]
    pub fn bin(&self) -> usize {
        (usize::from(self.confidence.0) * BINS / usize::from(Confidence::CERTAIN.0)).min(BINS - 1)
    }
}

impl Bin {
    fn count(&mut self, judged: Judged) {
        self.orders += 1;
        self.right += u64::from(judged.right);
        self.confidence += u64::from(judged.confidence.0);
    }
}

impl Week {
    /// All its judged orders.
    #[must_use]
    pub fn judged(&self) -> Bin {
        self.bins.iter().fold(Bin::default(), |sum, bin| Bin {
            orders: sum.orders + bin.orders,
            right: sum.right + bin.right,
            confidence: sum.confidence + bin.confidence,
        })
    }

    /// Expected calibration error: the mean distance between confidence and success over the bins, weighed by their orders.
    /// None before any was judged.
    #[must_use]
    pub fn calibration_error(&self) -> Option<f64> {
        let orders = self.judged().orders;
        let certain = f64::from(Confidence::CERTAIN.0);
        let gap = |bin: &Bin| (bin.confidence as f64 / certain - bin.right as f64).abs();
        (orders > 0).then(|| self.bins.iter().map(gap).sum::<f64>() / orders as f64)
    }
}

/// The Monday of the week that a day is in.
fn monday(day: Day) -> Day {
    Day(day.0 - (day.0 - FIRST_MONDAY).rem_euclid(7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_begins_on_monday() {
        for (day, wanted) in [
            ("2026-03-02", "2026-03-02"),
            ("2026-03-08", "2026-03-02"),
            ("2026-03-09", "2026-03-09"),
            ("1970-01-01", "1969-12-29"),
        ] {
            assert_eq!(monday(Day::parse(day).expect("a day")).to_string(), wanted, "{day}");
        }
    }

    #[test]
    fn the_calibration_error_weighs_bins_by_their_orders() {
        let mut week = Week::default();
        assert_eq!(week.calibration_error(), None);
        for (confidence, right) in [(9_500, true), (9_500, true), (9_500, false), (500, true)] {
            let judged = Judged { confidence: Confidence(confidence), right };
            week.bins[judged.bin()].count(judged);
        }
        assert_eq!(week.bins[9], Bin { orders: 3, right: 2, confidence: 28_500 });
        let error = week.calibration_error().expect("four orders");
        assert!((error - (0.85 + 0.95) / 4.0).abs() < 1e-9, "{error}");
        let whole = Judged { confidence: Confidence::CERTAIN, right: true };
        assert_eq!(whole.bin(), 9, "certainty has no bin of its own");
    }
}
