//! Counts what became of orders then and what would become of them now. Routes nothing.

use std::collections::BTreeMap;

use hotline_engine::directory::{MatterId, UnitId};
use hotline_engine::order::{OrderId, TriageReason};
use hotline_engine::routing::Choice;
use hotline_engine::time::Day;

/// Examples of one change that are kept.
const EXAMPLES_OF_ONE: usize = 3;
/// Changes that have examples: units times units are far fewer in one district.
const FLOWS_WITH_EXAMPLES: usize = 1_000;

/// Where an order goes at its acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// To this unit.
    Unit(UnitId),
    /// To a dispatcher.
    Triage(TriageReason),
}

impl Way {
    pub(super) fn of(choice: Result<Choice, TriageReason>) -> Way {
        choice.map_or_else(Way::Triage, |choice| Way::Unit(choice.lead))
    }

    pub(super) fn unit(self) -> Option<UnitId> {
        match self {
            Way::Unit(unit) => Some(unit),
            Way::Triage(_) => None,
        }
    }
}

/// One order that would go elsewhere.
#[derive(Clone, Debug)]
pub(super) struct Example {
    /// What it is called: its number, or its id in the file.
    pub(super) id: String,
    pub(super) title: String,
    /// The most probable matter.
    pub(super) matter: Option<MatterId>,
    pub(super) place: Option<UnitId>,
    pub(super) accepted: Day,
}

/// Orders that go from one way to another.
#[derive(Clone, Debug, Default)]
pub(super) struct Flow {
    pub(super) count: u64,
    pub(super) examples: Vec<Example>,
}

/// What somebody decided in the end.
#[derive(Clone, Copy, Debug, Default)]
struct Fate {
    before: Option<Way>,
    after: Option<Way>,
    /// The unit that a dispatcher or arbiter named last.
    named: Option<UnitId>,
}

/// Of orders for which people named a unit: how many each list sends there at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) orders: u64,
    pub(super) before: u64,
    pub(super) after: u64,
}

/// All counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// By where they went and where they would go; those that stay too.
    pub(super) flows: BTreeMap<(Way, Way), Flow>,
    /// Contacts that were never routed: answered at the desk, repeated, or given to a unit by name.
    pub(super) not_routed: u64,
    /// Candidates whose matter no list knows.
    pub(super) unknown_matters: u64,
    fates: Vec<(OrderId, Fate)>,
    days: Option<(Day, Day)>,
    /// Lines that cannot be read, and why.
    pub(super) bad: Vec<(u64, String)>,
}

impl Tally {
    /// Notes an order; the example is asked for only where it is kept.
    pub(super) fn order(
        &mut self,
        before: Way,
        after: Way,
        on: Day,
        example: impl FnOnce() -> Example,
    ) {
        let (first, last) = self.days.unwrap_or((on, on));
        self.days = Some((first.min(on), last.max(on)));
        let has_room = self.flows.len() < FLOWS_WITH_EXAMPLES;
        let flow = self.flows.entry((before, after)).or_default();
        flow.count += 1;
        if before != after && has_room && flow.examples.len() < EXAMPLES_OF_ONE {
            flow.examples.push(example());
        }
    }

    /// Notes where an order of a journal went and would go.
    pub(super) fn decided(&mut self, order: OrderId, before: Way, after: Way) {
        let fate = Fate { before: Some(before), after: Some(after), named: None };
        self.fates.push((order, fate));
    }

    /// Notes the unit that people named for an order of a journal.
    pub(super) fn named(&mut self, order: OrderId, unit: UnitId) {
        self.fates.push((order, Fate { named: Some(unit), ..Fate::default() }));
    }

    /// Adds what came later.
    pub(super) fn add(&mut self, later: Tally) {
        for (way, flow) in later.flows {
            let has_room = self.flows.len() < FLOWS_WITH_EXAMPLES;
            let own = self.flows.entry(way).or_default();
            own.count += flow.count;
            let room = if has_room { EXAMPLES_OF_ONE - own.examples.len() } else { 0 };
            own.examples.extend(flow.examples.into_iter().take(room));
        }
        self.not_routed += later.not_routed;
        self.unknown_matters += later.unknown_matters;
        self.fates.extend(later.fates);
        self.bad.extend(later.bad);
        self.days = match (self.days, later.days) {
            (Some((first, last)), Some((other, end))) => Some((first.min(other), last.max(end))),
            (own, other) => own.or(other),
        };
    }

    /// The first and the last day on which one was accepted.
    pub(super) fn days(&self) -> Option<(Day, Day)> {
        self.days
    }

    pub(super) fn last_day(&self) -> Option<Day> {
        self.days.map(|(_, last)| last)
    }

    pub(super) fn orders(&self) -> u64 {
        self.flows.values().map(|flow| flow.count).sum()
    }

    /// Orders of the ways that fit.
    pub(super) fn count(&self, fits: impl Fn(Way, Way) -> bool) -> u64 {
        let fitting = self.flows.iter().filter(|((before, after), _)| fits(*before, *after));
        fitting.map(|(_, flow)| flow.count).sum()
    }

    /// Of orders for which people named a unit, the last one counts.
    pub(super) fn people_named(&self) -> Named {
        // By order, and of one order in the order of its records: the sort is stable.
        let mut fates = self.fates.clone();
        fates.sort_by_key(|(order, _)| *order);
        let mut named = Named::default();
        for of_one in fates.chunk_by(|one, other| one.0 == other.0) {
            let first = of_one.iter().find_map(|(_, fate)| Some((fate.before?, fate.after?)));
            let last = of_one.iter().rev().find_map(|(_, fate)| fate.named);
            let (Some((before, after)), Some(unit)) = (first, last) else { continue };
            named.orders += 1;
            named.before += u64::from(before.unit() == Some(unit));
            named.after += u64::from(after.unit() == Some(unit));
        }
        named
    }
}
