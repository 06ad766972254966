//! What came of a run, in whole numbers: counted by the engine's own figures, with the causes and chances that the people noted.

use std::collections::BTreeMap;

use hotline_engine::Digest;
use hotline_engine::directory::UnitId;
use hotline_engine::figures::{Counts, Measure};
use hotline_engine::order::{Confidence, Order, OrderId, Stage, Status};
use hotline_engine::time::{Day, Timestamp};

use super::causes::Cause;
use super::policy::Policy;
use super::run::{Run, place};

/// Tenths of chance.
const BINS: usize = 10;
/// Where slack at closing is read, in thousandths of the replies.
const PERCENTILES: [usize; 7] = [1, 10, 50, 250, 500, 750, 900];
const HOUR_MS: i64 = 3_600_000;

/// What is noted while a run goes on.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) reassigned: u64,
    pub(super) reminded: u64,
    pub(super) adopted: u64,
    refused: BTreeMap<&'static str, u64>,
    late_by_cause: [u64; Cause::ALL.len()],
    urgent_late: u64,
    slack_ms: Vec<i64>,
    turns: u64,
    foretold: Vec<(OrderId, u32, Confidence)>,
    /// Orders that were late in some cycle.
    late: BTreeMap<OrderId, Vec<u32>>,
    /// Of each week its first instant and how many orders were there.
    weeks: Vec<(Day, usize)>,
}

impl Notes {
    pub(super) fn refused(&mut self, action: &'static str) {
        *self.refused.entry(action).or_default() += 1;
    }

    pub(super) fn pass(&mut self, at: Timestamp, from: Day, orders: usize) {
        let next = self.weeks.last().map_or(from, |(last, _)| Day(last.0 + 7));
        if at.day() >= next {
            self.weeks.push((next, orders));
        }
    }

    /// A reply: in time, or why not.
    pub(super) fn replied(
        &mut self,
        order: &Order,
        due: Timestamp,
        at: Timestamp,
        urgent: Option<Cause>,
        cause: Cause,
    ) {
        self.slack_ms.push(due.ms() - at.ms());
        if at > due {
            self.late_by_cause[cause as usize] += 1;
            self.urgent_late += u64::from(urgent.is_some());
            self.late.entry(order.id).or_default().push(cycle(order));
        }
    }

    /// Counts the looks for what will be late.
    pub(super) fn warned_turns(&mut self) -> u64 {
        self.turns += 1;
        self.turns
    }

    pub(super) fn foretold(&mut self, id: OrderId, chance: Confidence, order: Option<&Order>) {
        let Some(order) = order else { return };
        self.foretold.push((id, cycle(order), chance));
    }
}

fn cycle(order: &Order) -> u32 {
    u32::try_from(order.reworks.len()).unwrap_or(u32::MAX)
}

/// Orders that were given one tenth of chance to be late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calibration {
    /// How many.
    pub orders: u64,
    /// The sum of their chances, in ten-thousandths.
    pub chances: u64,
    /// How many were late.
    pub late: u64,
}

/// Dues of one week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeekOutcome {
    /// Its first day.
    pub from: Day,
    /// Met.
    pub met: u64,
    /// All.
    pub due: u64,
    /// Orders that were open on its first day.
    pub open: u64,
}

/// Dues of one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitOutcome {
    /// Its code.
    pub code: String,
    /// What people read.
    pub name: String,
    /// Met.
    pub met: u64,
    /// All.
    pub due: u64,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Under which policy.
    pub policy: Policy,
    /// By which seed.
    pub seed: u64,
    /// Contacts in the days that are counted and before; each is an order.
    pub contacts: u64,
    /// All counts of the engine in the days that are counted.
    pub counts: Counts,
    /// Of the orders, how many ended, are open, or were joined: all of them.
    pub ended: u64,
    /// See `ended`.
    pub open: u64,
    /// See `ended`.
    pub joined: u64,
    /// Urgent orders that were replied to late or are overdue.
    pub urgent_late: u64,
    /// Late orders by where most of their time went, in the order of [`Cause::ALL`]; with those that are open and overdue.
    pub late_by_cause: Vec<u64>,
    /// Orders that the engine dispatched by itself at first.
    pub dispatched_by_engine: u64,
    /// By week.
    pub weeks: Vec<WeekOutcome>,
    /// By unit, those with a due alone.
    pub units: Vec<UnitOutcome>,
    /// Hours that were left at the reply, at thousandths of all replies: each with its thousandth.
    pub slack_hours: Vec<(u64, i64)>,
    /// How right the early warning was, by tenths of chance.
    pub calibration: Vec<Calibration>,
    /// Reminders of early warning.
    pub reminded: u64,
    /// Orders that were taken from who had them.
    pub reassigned: u64,
    /// Versions of the directory that came into force.
    pub adopted: u64,
    /// What the engine refused, by action.
    pub refused: Vec<(&'static str, u64)>,
    /// Of the state at the end.
    pub digest: Digest,
    slack_ms: Vec<i64>,
}

impl Outcome {
    pub(super) fn of(run: &Run<'_>, policy: Policy, seed: u64) -> Outcome {
        let (from, to) = (run.scenario.from, run.scenario.to());
        let mut counts = Counts::default();
        let mut by_unit: BTreeMap<UnitId, Counts> = BTreeMap::new();
        let mut by_week: BTreeMap<i32, Counts> = BTreeMap::new();
        for (day, figures) in run.state.figures().days(from, to) {
            for (place, of_place) in &figures.counts {
                counts.add(of_place);
                by_week.entry((day.0 - from.0) / 7).or_default().add(of_place);
                if let Some(unit) = place.unit {
                    by_unit.entry(unit).or_default().add(of_place);
                }
            }
        }
        let week = |(week, counts): (&i32, &Counts)| {
            let first = Day(from.0 + week * 7);
            WeekOutcome { from: first, met: met(counts), due: due(counts), open: 0 }
        };
        let mut weeks: Vec<WeekOutcome> = by_week.iter().map(week).collect();
        for order in run.state.orders().in_memory() {
            let last = order.times.replied.or(order.times.closed);
            for week in &mut weeks {
                let start = week.from.start();
                let is_open = last.is_none_or(|last| last >= start);
                week.open += u64::from(order.times.accepted < start && is_open);
            }
        }
        let unit = |(id, counts): (&UnitId, &Counts)| {
            let unit = run.first_list.unit(*id);
            let (code, name) = (unit.code.clone(), unit.name.clone());
            UnitOutcome { code, name, met: met(counts), due: due(counts) }
        };
        let units = by_unit.iter().map(unit).filter(|unit| unit.due > 0).collect();
        let mut outcome = Outcome {
            policy,
            seed,
            contacts: run.courses.len() as u64,
            counts,
            ended: 0,
            open: 0,
            joined: 0,
            urgent_late: run.notes.urgent_late,
            late_by_cause: run.notes.late_by_cause.to_vec(),
            dispatched_by_engine: 0,
            weeks,
            units,
            slack_hours: Vec::new(),
            calibration: vec![Calibration::default(); BINS],
            reminded: run.notes.reminded,
            reassigned: run.notes.reassigned,
            adopted: run.notes.adopted,
            refused: run.notes.refused.iter().map(|(name, count)| (*name, *count)).collect(),
            digest: hotline_engine::digest(&run.state),
            slack_ms: run.notes.slack_ms.clone(),
        };
        outcome.look_at_orders(run);
        outcome.look_at_chances(run);
        outcome.read_slack();
        outcome
    }

    fn look_at_orders(&mut self, run: &Run<'_>) {
        let end = run.scenario.to().end();
        for order in run.state.orders().in_memory() {
            match order.status {
                Status::Repeat | Status::Merged => self.joined += 1,
                status if status.is_open() => self.open += 1,
                _ => self.ended += 1,
            }
            let first = order.first.is_some() && order.returns.is_empty() && !order.reassigned;
            let by_engine = order.dispatch.as_ref().is_some_and(|dispatch| dispatch.row.is_some());
            self.dispatched_by_engine += u64::from(first && by_engine);
            let overdue = order.dues[Stage::Handle].is_some_and(|due| due.current < end);
            if overdue && order.status.is_open() && order.times.replied.is_none() {
                let course = &run.courses[place(order.id)];
                let cause = course.cause(end, &run.office);
                self.late_by_cause[cause as usize] += 1;
                self.urgent_late += u64::from(course.is_urgent());
            }
        }
    }

    /// Only what has been decided by the end can be compared.
    fn look_at_chances(&mut self, run: &Run<'_>) {
        let end = run.scenario.to().end();
        for &(id, at_cycle, chance) in &run.notes.foretold {
            let Some(order) = run.state.order(id) else { continue };
            let was_late = run.notes.late.get(&id).is_some_and(|cycles| cycles.contains(&at_cycle));
            let present = cycle(order) == at_cycle;
            let due = order.dues[Stage::Handle].map(|due| due.current);
            let overdue =
                present && order.times.replied.is_none() && due.is_some_and(|due| due < end);
            let decided = !present || order.times.replied.is_some() || overdue;
            if !decided {
                continue;
            }
            let bin = usize::from(chance.0) * BINS / (usize::from(Confidence::CERTAIN.0) + 1);
            let bin = &mut self.calibration[bin];
            bin.orders += 1;
            bin.chances += u64::from(chance.0);
            bin.late += u64::from(was_late || overdue);
        }
    }

    fn read_slack(&mut self) {
        self.slack_ms.sort_unstable();
        let count = self.slack_ms.len();
        let at = |&permille: &usize| {
            let slack = self.slack_ms.get(count * permille / 1_000);
            slack.map(|slack| (permille as u64, slack.div_euclid(HOUR_MS)))
        };
        self.slack_hours = PERCENTILES.iter().filter_map(at).collect();
    }

    /// Another district of the same run.
    pub fn add(&mut self, other: &Outcome) {
        self.contacts += other.contacts;
        self.counts.add(&other.counts);
        self.ended += other.ended;
        self.open += other.open;
        self.joined += other.joined;
        self.urgent_late += other.urgent_late;
        self.dispatched_by_engine += other.dispatched_by_engine;
        self.reminded += other.reminded;
        self.reassigned += other.reassigned;
        self.adopted += other.adopted;
        for (own, other) in self.late_by_cause.iter_mut().zip(&other.late_by_cause) {
            *own += other;
        }
        for (own, other) in self.calibration.iter_mut().zip(&other.calibration) {
            own.orders += other.orders;
            own.chances += other.chances;
            own.late += other.late;
        }
        for week in &other.weeks {
            match self.weeks.iter_mut().find(|own| own.from == week.from) {
                Some(own) => {
                    (own.met, own.due) = (own.met + week.met, own.due + week.due);
                    own.open += week.open;
                }
                None => self.weeks.push(week.clone()),
            }
        }
        for unit in &other.units {
            match self.units.iter_mut().find(|own| own.code == unit.code) {
                Some(own) => (own.met, own.due) = (own.met + unit.met, own.due + unit.due),
                None => self.units.push(unit.clone()),
            }
        }
        for (action, count) in &other.refused {
            match self.refused.iter_mut().find(|(own, _)| own == action) {
                Some(own) => own.1 += count,
                None => self.refused.push((action, *count)),
            }
        }
        self.slack_ms.extend(&other.slack_ms);
        self.read_slack();
    }

    /// Dues in the days that are counted.
    #[must_use]
    pub fn due(&self) -> u64 {
        due(&self.counts)
    }

    /// Of these, those that were not met.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.due() - met(&self.counts)
    }
}

fn met(counts: &Counts) -> u64 {
    counts.of(Measure::DueMet)
}

fn due(counts: &Counts) -> u64 {
    let measures = [Measure::DueMet, Measure::DueMissed, Measure::DueOverdue];
    measures.into_iter().map(|measure| counts.of(measure)).sum()
}
