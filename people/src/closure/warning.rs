//! Early warning in a run: what will be late is looked for when offices open and every hour, and what can be done about it is done
//! while there is time: the unit is hurried, an order is taken from who is away or has too much, and room is made for what presses.

use hotline_engine::actor::Actor;
use hotline_engine::command::Action;
use hotline_engine::directory::UnitId;
use hotline_engine::order::{Confidence, OrderId, Status};
use hotline_engine::warning::late_chance;

use super::causes::Cause;
use super::crews::Worker;
use super::run::{Happening, Run, place};
use crate::units;

/// From this chance on something is done. This project's choice: three false alarms cost less than one late order.
const LIKELY: Confidence = Confidence(1_000);
/// Who is told to hurry looks at it after so many seconds of office time.
const HURRIED_MS: i64 = 600_000;
/// Of the orders that are looked at, one in so many is kept to see whether the chances were right.
const KEPT_ONE_IN: u64 = 5;

impl Run<'_> {
    /// Every unit's open orders, by what presses most.
    pub(super) fn warn(&mut self) {
        for unit in (0..self.crews.len()).map(|unit| UnitId(unit as u16)) {
            if self.crews[usize::from(unit.0)].open.is_empty() {
                continue;
            }
            let open: Vec<OrderId> = self.crews[usize::from(unit.0)].open.iter().copied().collect();
            let is_there = |id: &OrderId| {
                self.state.order(*id).is_some_and(|order| {
                    let worked_on = matches!(order.status, Status::Dispatched | Status::Signed);
                    worked_on && order.dispatch.as_ref().is_some_and(|it| it.lead == unit)
                })
            };
            let (mut there, gone): (Vec<OrderId>, Vec<OrderId>) =
                open.into_iter().partition(is_there);
            for id in gone {
                self.crew(unit).open.remove(&id);
            }
            match self.switches.slack_order {
                true => there.sort_by_cached_key(|id| self.press(*id)),
                false => there.sort_by_cached_key(|id| {
                    self.state.order(*id).and_then(|order| order.times.dispatched)
                }),
            }
            self.warn_unit(unit, &there);
        }
    }

    /// What is urgent is owed within a day: that nobody has it is warning enough.
    pub(super) fn warn_urgent(&mut self) {
        if !self.switches.early_warning {
            return;
        }
        for id in self.urgent.clone() {
            let order = self.state.order(id);
            let waiting =
                order.filter(|order| matches!(order.status, Status::Dispatched | Status::Signed));
            let Some(order) = waiting else {
                self.urgent.remove(&id);
                continue;
            };
            let lead = order.dispatch.as_ref().map(|dispatch| dispatch.lead);
            let (Some(unit), true) = (lead, self.switches.slack_order) else { continue };
            let by = units::handler(self.state.directory(), unit);
            let day = self.now().day();
            let workers = &self.crews[usize::from(unit.0)].workers;
            match order.handler {
                None => self.make_room(unit, &by, id),
                handler if workers.iter().any(|it| it.handler == handler && it.is_away(day)) => {
                    self.take_away(&by, id);
                }
                Some(_) => {}
            }
        }
    }

    fn warn_unit(&mut self, unit: UnitId, open: &[OrderId]) {
        for (ahead, &id) in open.iter().enumerate() {
            let Some(chance) = self.chance_of(unit, ahead, id) else { continue };
            let turn = self.notes.warned_turns();
            if (id.0 + turn).is_multiple_of(KEPT_ONE_IN) {
                self.notes.foretold(id, chance, self.state.order(id));
            }
            if self.switches.early_warning && chance >= LIKELY {
                self.hurry(unit, id);
            }
        }
    }

    fn chance_of(&self, unit: UnitId, ahead: usize, id: OrderId) -> Option<Confidence> {
        let order = self.state.order(id)?;
        if self.courses[place(id)].is_urgent() {
            return None;
        }
        let crew = &self.crews[usize::from(unit.0)];
        let mut left = self.time_left(order)?;
        // Whoever has it and is away does nothing until he is back.
        let of = crew.workers.iter().find(|it| {
            it.aside == Some(id) || (order.handler.is_some() && it.handler == order.handler)
        });
        let back = of.and_then(|worker| worker.away_until(self.now().day()));
        if let Some(back) = back {
            let begin = back.next().start();
            left -= self.office.passed(begin) - self.office.passed(self.now());
        }
        let ahead = u32::try_from(ahead).unwrap_or(u32::MAX);
        Some(late_chance(ahead, crew.expected_permille(left)))
    }

    fn hurry(&mut self, unit: UnitId, id: OrderId) {
        let Some(order) = self.state.order(id) else { return };
        let (status, handler) = (order.status, order.handler);
        if !self.courses[place(id)].warned {
            let note = "可能超时,请优先办理".to_owned();
            self.ask(crate::desk::dispatcher(), Action::Remind { order: id, note });
            self.course(id).warned = true;
            self.notes.reminded += 1;
            self.go_on_all_day(unit, id);
            if status == Status::Dispatched {
                let (at, visit) =
                    (self.office.after(self.now(), HURRIED_MS), self.courses[place(id)].visits);
                self.later(at, Happening::Look(id, visit));
            }
        }
        let crew = &self.crews[usize::from(unit.0)];
        let idle = crew.workers.iter().any(|it| it.present && it.job.is_none());
        let holder = crew.workers.iter().find(|it| handler.is_some() && it.handler == handler);
        let works_on_it = holder.is_some_and(|it| it.job.is_some_and(|job| job.order == id));
        let away = holder.is_some_and(|it| !it.present);
        let by = units::handler(self.state.directory(), unit);
        match holder {
            Some(_) if away || (idle && !works_on_it) => self.take_away(&by, id),
            None if self.switches.slack_order => self.make_room(unit, &by, id),
            Some(_) => {}
            None => self.leave_to_others(unit, id),
        }
    }

    /// Whoever works on it already gives it all his time from now on.
    fn go_on_all_day(&mut self, unit: UnitId, id: OrderId) {
        let workers = &self.crews[usize::from(unit.0)].workers;
        let is_on_it = |worker: &Worker| worker.job.is_some_and(|job| job.order == id);
        if let Some(worker) = workers.iter().position(is_on_it) {
            self.put_aside(unit, worker, Cause::Queue);
            self.next_job(unit, worker);
        }
    }

    fn take_away(&mut self, by: &Actor, id: OrderId) {
        self.ask(by.clone(), Action::Assign { order: id, handler: None });
    }

    /// Nobody has room: the calmest of what was given and nobody works on goes back behind it.
    fn make_room(&mut self, unit: UnitId, by: &Actor, id: OrderId) {
        let Some(own) = self.press(id) else { return };
        let crew = &self.crews[usize::from(unit.0)];
        let day = self.now().day();
        let there = crew.workers.iter().filter(|worker| !worker.is_away(day));
        let waiting = there.flat_map(|worker| {
            let doing = worker.job.map(|job| job.order);
            worker.hand.iter().copied().filter(move |held| Some(*held) != doing)
        });
        let calmest = waiting.filter_map(|held| self.press(held)).max();
        if let Some((.., calmest)) = calmest.filter(|calmest| *calmest > own) {
            self.take_away(by, calmest);
        }
    }

    /// Where the engine knows no handlers: what somebody who is away has begun goes to the others.
    fn leave_to_others(&mut self, unit: UnitId, id: OrderId) {
        let now = self.now();
        let crew = self.crew(unit);
        let away = crew.workers.iter_mut().find(|it| !it.present && it.aside == Some(id));
        if let Some(worker) = away {
            worker.aside = None;
            crew.queue.insert((now.plus_days(-365), id));
            self.notes.reassigned += 1;
            self.wake(unit);
        }
    }
}
