//! Counts what a record changes: what orders stand for before and after it, and facts that only add up.

use super::State;
use crate::directory::UnitId;
use crate::ended::{EndedList, lists_of};
use crate::escalation::Rung;
use crate::event::{Event, Record};
use crate::figures::{Contribution, Measure, NOTHING, Place, Tally, contribution};
use crate::order::{Alarm, Callback, CoUnit, Due, Kind, Order, OrderId, Stage};
use crate::staffing::Standing;
use crate::time::{Day, Timestamp};

/// An order of a record, and what it stands for before it.
pub(super) struct Touched {
    pub(super) order: OrderId,
    pub(super) contribution: Contribution,
    /// How it stands with handlers.
    pub(super) standing: Standing,
    /// What in it waits for a notice of holidays.
    pub(super) assumptions: Vec<(Day, Alarm)>,
    /// The lists of what has ended that it stands in.
    pub(super) lists: Vec<EndedList>,
}

/// One of a unit that need not be the lead.
fn with(unit: UnitId, order: &Order, at: Timestamp, measure: Measure) -> Tally {
    let place = Place { unit: Some(unit), kind: Some(order.kind), matter: order.matter };
    Tally { day: at.day(), place, measure }
}

/// What a due that passed unmet counts as: on the day it fell on, however late somebody noticed.
fn missed(order: &Order, stage: Stage, co_unit: Option<UnitId>) -> Option<Tally> {
    let measure = match stage {
        Stage::Dispatch => Measure::DispatchMissed,
        Stage::Callback => Measure::CallbackMissed,
        Stage::Sign => Measure::SigningMissed,
        Stage::Contact => Measure::ContactMissed,
        Stage::CoHandle => Measure::HelpMissed,
        // How handling came out follows from the order; nobody is late to refuse.
        Stage::Handle | Stage::Return => return None,
    };
    let due = match co_unit {
        Some(unit) => order.co_units().iter().find(|helper| helper.unit == unit)?.due?,
        None => order.dues[stage]?,
    };
    let unit = co_unit.or(order.dispatch.as_ref().map(|dispatch| dispatch.lead));
    let place = Place { unit, kind: Some(order.kind), matter: order.matter };
    Some(Tally { day: due.current.day(), place, measure })
}

impl State {
    /// The orders of a record, each once, as they count before it.
    pub(super) fn touched_by(&self, record: &Record) -> Vec<Touched> {
        let mut ids: Vec<OrderId> = record.events.iter().filter_map(Event::order).collect();
        // Most records are about one order.
        if ids.iter().any(|id| *id != ids[0]) {
            ids.sort_unstable();
        }
        ids.dedup();
        let before = |id: OrderId| match self.orders.get(id.slot()) {
            Some(order) => Touched {
                order: id,
                contribution: contribution(order),
                standing: Standing::of(&self.directory, order),
                assumptions: order.assumptions().collect(),
                lists: lists_of(order),
            },
            None => Touched {
                order: id,
                contribution: NOTHING,
                standing: Standing::Elsewhere,
                assumptions: Vec::new(),
                lists: Vec::new(),
            },
        };
        ids.into_iter().map(before).collect()
    }

    /// Counts a clock that is met, before the fact stops it.
    pub(super) fn count_in_time(&mut self, at: Timestamp, event: &Event) {
        let (id, stage, measure) = match event {
            Event::CoReplied { order, reply } => {
                let order = &self.orders[order.slot()];
                if order.owed_help().any(|(unit, due)| unit == reply.unit && due.current >= at) {
                    let tally = with(reply.unit, order, at, Measure::HelpedInTime);
                    self.figures.shift(tally, self.records_count, 1);
                }
                return;
            }
            // What it had by another's reply a unit gets as its own: it may refuse it from now on.
            Event::GivenBack { order, held } => {
                let order = &self.orders[order.slot()];
                if order.dispatch.is_some() && held.dispatch.at == at {
                    self.figures.count(order, at, Measure::Received, self.records_count);
                }
                return;
            }
            Event::Dispatched { order, .. } => (order, Stage::Dispatch, Measure::DispatchedInTime),
            Event::CalledBack { order, .. } => (order, Stage::Callback, Measure::CalledBackInTime),
            // A call that was owed and that nobody will make any more.
            Event::Closed { order, .. } => (order, Stage::Callback, Measure::CallbackMissed),
            Event::Contacted { order, .. } => (order, Stage::Contact, Measure::ContactedInTime),
            // A reply is a word with the caller too.
            Event::Replied { order, .. } | Event::RepliedWith { order, .. } => {
                (order, Stage::Contact, Measure::ContactedInTime)
            }
            _ => return,
        };
        let order = &self.orders[id.slot()];
        // A clock that ran on while nobody looked, since it is given away as soon as it is on its own, may have run out.
        let is_over = order.dues[stage].is_some_and(|due| due.current < at);
        let (measure, at) = match (measure, order.dues[stage]) {
            (Measure::DispatchedInTime, Some(due)) if is_over => {
                (Measure::DispatchMissed, due.current)
            }
            _ => (measure, at),
        };
        if order.clocks.runs(stage) {
            self.figures.count(order, at, measure, self.records_count);
        }
    }

    /// A due that passed unmet counts on the day on which it stands.
    pub(super) fn shift_missed(&mut self, id: OrderId, stage: Stage, by: i32) {
        if let Some(tally) = missed(&self.orders[id.slot()], stage, None) {
            self.figures.shift(tally, self.records_count, by);
        }
    }

    /// A helper's due that had passed and was moved counts on its new day, or not at all.
    pub(super) fn recount_missed_help(
        &mut self,
        id: OrderId,
        before: Option<CoUnit>,
        (due, late): (Due, bool),
    ) {
        let Some((unit, was)) = before.filter(|it| it.late).and_then(|it| Some((it.unit, it.due?)))
        else {
            return;
        };
        let (order, record) = (&self.orders[id.slot()], self.records_count);
        self.figures.shift(with(unit, order, was.current, Measure::HelpMissed), record, -1);
        if late {
            self.figures.shift(with(unit, order, due.current, Measure::HelpMissed), record, 1);
        }
    }

    /// Counts facts that only add up.
    pub(super) fn count(&mut self, at: Timestamp, event: &Event) {
        let Some(order) = event.order().and_then(|id| self.orders.get(id.slot())) else { return };
        let record = self.records_count;
        let mut count = |measure| self.figures.count(order, at, measure, record);
        match event {
            Event::Signed { .. } => {
                // Without a limit it is neither.
                let Some(due) = order.dues[Stage::Sign] else { return };
                let late = at > due.current;
                count(if late { Measure::SignedLate } else { Measure::SignedInTime });
            }
            Event::CalledBack { callback, .. } => {
                count(Measure::CalledBack);
                if let Callback::Reached(verdict) = callback {
                    count(Measure::Reached);
                    let said = [
                        (verdict.satisfied, Measure::Satisfied),
                        (verdict.solved, Measure::Solved),
                    ];
                    said.into_iter()
                        .filter(|(yes, _)| *yes)
                        .for_each(|(_, measure)| count(measure));
                }
            }
            Event::Reworked { rework, .. } => {
                count(Measure::Reworked);
                self.figures.keep(order, rework, 1, record);
            }
            Event::AppealDecided { decision, .. } if decision.granted => {
                order.reworks.iter().for_each(|it| self.figures.keep(order, it, -1, record));
            }
            Event::DuePassed { stage, co_unit, .. } => {
                if let Some(tally) = missed(order, *stage, *co_unit) {
                    self.figures.shift(tally, record, 1);
                }
            }
            Event::Dispatched { .. } if order.kind != Kind::Praise => count(Measure::Received),
            Event::Replied { .. } | Event::RepliedWith { .. } => count(Measure::Replied),
            Event::Closed { working_minutes, .. } => {
                if let Some(replied) = order.times.replied {
                    count(Measure::Concluded);
                    let minutes = replied.minutes_since(order.times.accepted);
                    let took = [
                        (Measure::ConcludedMinutes, minutes),
                        (Measure::ConcludedWorkingMinutes, *working_minutes),
                    ];
                    for (measure, minutes) in took {
                        self.figures.count_many(order, at, measure, minutes, record);
                    }
                }
            }
            Event::ExtensionDecided { handling: Some(_), .. } => count(Measure::Extended),
            Event::Supervised { .. } | Event::Escalated { rung: Rung::Supervision, .. } => {
                count(Measure::Supervised);
            }
            Event::Returned { refusal, .. } => {
                // By then the unit has the order no more.
                self.figures.shift(with(refusal.unit, order, at, Measure::Returned), record, 1);
            }
            _ => {}
        }
    }
}
