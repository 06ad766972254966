//! What dispatchers and arbiters of a run decide, and what comes of verdicts. They think of the unit that the list they know
//! names, and are sometimes wrong.

use hotline_engine::command::Action;
use hotline_engine::directory::UnitId;
use hotline_engine::order::{OrderId, Return, TriageReason, Urgency};

use super::demand::Telling;
use super::desk::{DISPATCH_SECONDS, RIGHT_PER_10000};
use super::policy::Dispatching;
use super::run::{Happening, Run, place};
use super::town::led_by;
use crate::chance::{Chance, Purpose};

/// An arbitration takes half a working day of seven hours. This project's choice.
const ARBITRATION_MS: i64 = 12_600_000;
/// What is urgent is settled by telephone. This project's choice.
const URGENT_ARBITRATION_SECONDS: i64 = 3_600;

impl Run<'_> {
    pub(super) fn waits_for_desk(&mut self, id: OrderId) {
        let Some(order) = self.state.order(id) else { return };
        if order.triage == Some(TriageReason::Arbitration) {
            let at = match order.urgency {
                Urgency::Normal => self.office.after(self.now(), ARBITRATION_MS),
                Urgency::Urgent | Urgency::Critical => {
                    self.now().plus_seconds(URGENT_ARBITRATION_SECONDS)
                }
            };
            self.later(at, Happening::Arbitrated(id));
            return;
        }
        // A desk by hand has one pile.
        let listed = self.switches.dispatching == Dispatching::Engine;
        let urgency = Some(order.urgency).filter(|_| listed);
        self.desk.wait(id, self.now(), urgency);
        self.serve_desk();
    }

    fn serve_desk(&mut self) {
        while let Some((dispatcher, order)) = self.desk.take() {
            let at = self.now().plus_seconds(DISPATCH_SECONDS);
            self.later(at, Happening::Decided(dispatcher, order));
        }
    }

    pub(super) fn decided(&mut self, dispatcher: usize, id: OrderId) {
        self.desk.is_free_again(dispatcher);
        if self.state.order(id).is_some_and(|order| order.triage.is_some()) {
            self.course(id).dispatcher = dispatcher;
            if let Some(unit) = self.thought_of(dispatcher, id) {
                self.dispatch(id, unit);
            }
        }
        self.serve_desk();
    }

    /// Units and desk have sat together: they know whose it is.
    pub(super) fn arbitrated(&mut self, id: OrderId) {
        let waits = self.state.order(id).is_some_and(|order| order.arbitration.is_some());
        if let Some(unit) = self.right_unit(id).filter(|_| waits) {
            self.dispatch(id, unit);
        }
    }

    /// What the engine refuses goes to the next that comes to mind, and in the end to the right one, which is asked by telephone.
    fn dispatch(&mut self, id: OrderId, lead: UnitId) {
        let matter = Some(self.matter_of(id));
        let to = |lead| Action::Dispatch { order: id, lead, co_units: Vec::new(), matter };
        if self.ask(crate::desk::dispatcher(), to(lead)) {
            return;
        }
        if let Some(right) = self.right_unit(id) {
            self.ask(crate::desk::dispatcher(), to(right));
        }
    }

    /// The unit that a dispatcher thinks of: whom the last refusal names, else whom the list he knows names, or another.
    fn thought_of(&mut self, dispatcher: usize, id: OrderId) -> Option<UnitId> {
        let order = self.state.order(id)?;
        let suggested = order.returns.last().and_then(|it: &Return| it.suggested);
        let turn = u32::try_from(order.returns.len()).unwrap_or(u32::MAX);
        let on = self.now().day();
        let (matter, region) = (self.matter_of(id), self.courses[place(id)].affair.region);
        let listed = match self.switches.dispatching {
            Dispatching::Engine => led_by(self.state.directory(), matter, region, on),
            Dispatching::ByHand | Dispatching::Table => {
                let remembered = self.desk.memory(dispatcher).known(matter);
                remembered.or_else(|| led_by(&self.first_list, matter, region, on))
            }
        };
        let mut chance = self.dice(Purpose::Dispatching, id, turn);
        let is_right = chance.below(10_000) < RIGHT_PER_10000;
        let other = self.some_department(&mut chance);
        let order = self.state.order(id)?;
        let mut thoughts = [suggested, listed.filter(|_| is_right), Some(other), listed];
        if !self.switches.return_memory {
            return thoughts.into_iter().flatten().next();
        }
        thoughts.iter_mut().for_each(|it| *it = it.filter(|unit| !order.has_refused(*unit)));
        thoughts.into_iter().flatten().next().or_else(|| self.right_unit(id))
    }

    pub(super) fn some_department(&self, chance: &mut Chance) -> UnitId {
        let departments =
            self.first_list.units().filter(|(id, _)| !self.first_list.is_grassroots(*id));
        let departments: Vec<UnitId> = departments.map(|(id, _)| id).collect();
        *chance.one_of(&departments)
    }

    /// An order that was refused has come to its own unit: whoever sent it there, and the list, learn from it.
    pub(super) fn found(&mut self, id: OrderId, unit: UnitId) {
        let Some(order) = self.state.order(id) else { return };
        if order.returns.is_empty() || self.courses[place(id)].affair.answered {
            return;
        }
        let (matter, course) = (self.matter_of(id), self.courses[place(id)]);
        if self.demand.contacts[course.contact].telling == Telling::Known {
            return;
        }
        self.desk.memory(course.dispatcher).note(matter, unit);
        let by_list = self.switches.dispatching == Dispatching::Engine && self.switches.learning;
        let on = self.now().day();
        let listed = led_by(self.state.directory(), matter, course.affair.region, on);
        if by_list && listed != Some(unit) && self.verdicts.note(matter, unit) {
            self.learn(matter, unit);
        }
    }
}
