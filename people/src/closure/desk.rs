//! The desk of a run: what waits for a dispatcher, in which order dispatchers take it, and what each has learnt by himself.

use std::collections::{BTreeMap, BTreeSet};

use hotline_engine::directory::{MatterId, UnitId};
use hotline_engine::order::{OrderId, Urgency};
use hotline_engine::time::Timestamp;

/// Minutes that a dispatch by hand takes (Beijing: six minutes an order).
pub(super) const DISPATCH_SECONDS: i64 = 360;
/// Of ten thousand units that dispatchers think of so many are the right one (Guangzhou Baiyun 2023: 86.31 %).
pub(super) const RIGHT_PER_10000: u64 = 8_631;
/// Verdicts on a matter after which its new unit is known. This project's choice.
pub(super) const VERDICTS: u32 = 2;

/// The desk.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    /// Urgent ones first, where the engine lists them; else as they came.
    waiting: BTreeSet<(u8, Timestamp, OrderId)>,
    free: Vec<usize>,
    /// What each dispatcher has learnt from what came back to him.
    memories: Vec<Verdicts>,
}

/// Which unit was right for a matter, and how often that was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdicts(BTreeMap<MatterId, (UnitId, u32)>);

impl Verdicts {
    /// Whether it is known by now.
    pub(super) fn note(&mut self, matter: MatterId, unit: UnitId) -> bool {
        let seen = self.0.entry(matter).or_insert((unit, 0));
        if seen.0 != unit {
            *seen = (unit, 0);
        }
        seen.1 += 1;
        seen.1 >= VERDICTS
    }

    pub(super) fn known(&self, matter: MatterId) -> Option<UnitId> {
        self.0.get(&matter).filter(|(_, seen)| *seen >= VERDICTS).map(|(unit, _)| *unit)
    }
}

impl Desk {
    pub(super) fn of(dispatchers: usize) -> Desk {
        Desk {
            waiting: BTreeSet::new(),
            free: (0..dispatchers).rev().collect(),
            memories: vec![Verdicts::default(); dispatchers],
        }
    }

    pub(super) fn wait(&mut self, order: OrderId, since: Timestamp, urgency: Option<Urgency>) {
        let calm = match urgency {
            Some(Urgency::Critical) => 0,
            Some(Urgency::Urgent) => 1,
            Some(Urgency::Normal) | None => 2,
        };
        self.waiting.insert((calm, since, order));
    }

    /// A free dispatcher takes what is first.
    pub(super) fn take(&mut self) -> Option<(usize, OrderId)> {
        let dispatcher = *self.free.last()?;
        let (.., order) = self.waiting.pop_first()?;
        self.free.pop();
        Some((dispatcher, order))
    }

    pub(super) fn is_free_again(&mut self, dispatcher: usize) {
        self.free.push(dispatcher);
    }

    pub(super) fn memory(&mut self, dispatcher: usize) -> &mut Verdicts {
        &mut self.memories[dispatcher]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_verdicts_make_a_unit_known_and_another_begins_anew() {
        let mut verdicts = Verdicts::default();
        let (matter, unit) = (MatterId(4), UnitId(9));
        assert!(!verdicts.note(matter, unit));
        assert_eq!(verdicts.known(matter), None);
        assert!(verdicts.note(matter, unit));
        assert_eq!(verdicts.known(matter), Some(unit));
        assert!(!verdicts.note(matter, UnitId(2)));
        assert_eq!(verdicts.known(matter), None);
    }

    #[test]
    fn what_is_urgent_is_taken_first_where_somebody_says_so() {
        let mut desk = Desk::of(1);
        desk.wait(OrderId(1), Timestamp::of_ms(1), Some(Urgency::Normal));
        desk.wait(OrderId(2), Timestamp::of_ms(2), Some(Urgency::Urgent));
        assert_eq!(desk.take(), Some((0, OrderId(2))));
        assert_eq!(desk.take(), None);
        desk.is_free_again(0);
        assert_eq!(desk.take(), Some((0, OrderId(1))));
    }
}
