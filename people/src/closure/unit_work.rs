//! What the units of a run do: look at what they got, sign it or send it back, and work on one order after the other. Under the
//! engine each works on what presses most of what he was given; else on what was there first.

use hotline_engine::actor::Actor;
use hotline_engine::command::Action;
use hotline_engine::directory::UnitId;
use hotline_engine::order::{OrderId, ReturnReason, Status};
use hotline_engine::staff::HandlerId;
use hotline_engine::time::Timestamp;

use super::causes::Cause;
use super::crews::Job;
use super::desk::RIGHT_PER_10000;
use super::run::{Happening, Run, place};
use crate::chance::Purpose;
use crate::units;

/// A unit looks at what it got after so much office time on average, at most after four times as much; at what is urgent,
/// after a quarter of an hour, night or day. This project's choice.
const LOOK_MS: u64 = 5_400_000;
const URGENT_LOOK_SECONDS: i64 = 900;
/// A unit that must keep what is not its own needs half as much again: it has to ask around. This project's choice.
const NOT_OWN_PERCENT: i64 = 150;
/// Whoever owes his other duties a working day has no more of their time to lend, so that an order he is warned of makes nobody's
/// capacity larger. This project's choice.
const OWED_MAX_MS: i64 = 25_200_000;

/// How little an order presses: what is less comes first.
type Press = (u8, Timestamp, OrderId);

impl Run<'_> {
    pub(super) fn came_to(&mut self, id: OrderId, lead: UnitId) {
        self.turn_to(id, Cause::Unsigned);
        let now = self.now();
        let course = self.course(id);
        course.visits += 1;
        let (visit, urgent) = (course.visits, course.is_urgent());
        let at = if urgent {
            now.plus_seconds(URGENT_LOOK_SECONDS)
        } else {
            let mut chance = self.dice(Purpose::Looking, id, visit);
            // Four dice fall about their mean.
            let wait = (0..4).map(|_| chance.below(LOOK_MS / 2)).sum::<u64>();
            self.office.after(now, i64::try_from(wait).unwrap_or(0))
        };
        self.later(at, Happening::Look(id, visit));
        self.crew(lead).open.insert(id);
        if urgent {
            self.urgent.insert(id);
        }
        self.soon();
    }

    /// It is on its own again, with the unit that had it before it was joined.
    pub(super) fn came_back(&mut self, id: OrderId, lead: UnitId) {
        self.came_to(id, lead);
        let signed = self.state.order(id).is_some_and(|order| order.status == Status::Signed);
        if signed && !self.switches.slack_order {
            let now = self.now();
            self.crew(lead).queue.insert((now, id));
            self.wake(lead);
        }
    }

    pub(super) fn look(&mut self, id: OrderId, visit: u32) {
        let Some(order) = self.state.order(id) else { return };
        let Some(lead) = order.dispatch.as_ref().map(|dispatch| dispatch.lead) else { return };
        if order.status != Status::Dispatched || self.courses[place(id)].visits != visit {
            return;
        }
        let by = units::handler(self.state.directory(), lead);
        let right = self.right_unit(id);
        if right != Some(lead) {
            if self.send_back(id, lead, &by) {
                return;
            }
            let course = self.course(id);
            course.left_ms = course.left_ms * NOT_OWN_PERCENT / 100;
        }
        if !self.ask(by, Action::Sign { order: id }) {
            return;
        }
        let (now, office) = (self.now(), &self.office);
        self.courses[place(id)].arrive(now, office);
        if right == Some(lead) {
            self.found(id, lead);
        }
        if self.switches.slack_order {
            self.work_of(id);
        } else {
            self.crew(lead).queue.insert((now, id));
            self.wake(lead);
        }
        self.soon();
    }

    /// Where refusals are not remembered, they are said to be questions.
    fn send_back(&mut self, id: OrderId, lead: UnitId, by: &Actor) -> bool {
        let turn = self.courses[place(id)].visits;
        let mut chance = self.dice(Purpose::Looking, id, turn | 0x80);
        let knows = chance.below(10_000) < RIGHT_PER_10000;
        let other = self.some_department(&mut chance);
        let suggested = self.right_unit(id).filter(|_| knows).or(Some(other));
        let suggested = suggested.filter(|unit| *unit != lead).or_else(|| self.right_unit(id));
        let reason = match self.switches.return_memory {
            true => ReturnReason::NotOurDuty,
            false => ReturnReason::NotEnoughFacts,
        };
        let evidence = "不属本单位职责".to_owned();
        let action = Action::Return { order: id, reason, suggested, evidence };
        // The desk has it before it hears of it: its time was the wrong unit's.
        let before = self.courses[place(id)];
        let (now, office) = (self.now(), &self.office);
        self.courses[place(id)].turn_back(now, office);
        if !self.ask(by.clone(), action) {
            self.courses[place(id)] = before;
            return false;
        }
        self.crew(lead).open.remove(&id);
        true
    }

    pub(super) fn given_to(&mut self, id: OrderId, handler: HandlerId) {
        let Some((unit, worker)) = self.worker(handler) else { return };
        self.crew(unit).workers[worker].hand.push(id);
        self.next_job(unit, worker);
    }

    /// Who has the order works on what presses most.
    fn work_of(&mut self, id: OrderId) {
        let handler = self.state.order(id).and_then(|order| order.handler);
        if let Some((unit, worker)) = handler.and_then(|handler| self.worker(handler)) {
            self.next_job(unit, worker);
        }
    }

    fn worker(&self, handler: HandlerId) -> Option<(UnitId, usize)> {
        let unit = self.state.directory().staff().handler(handler).unit;
        let workers = &self.crews[usize::from(unit.0)].workers;
        Some((unit, workers.iter().position(|worker| worker.handler == Some(handler))?))
    }

    pub(super) fn crew(&mut self, unit: UnitId) -> &mut super::crews::Crew {
        &mut self.crews[usize::from(unit.0)]
    }

    /// Everybody of a unit who has nothing to do looks for something.
    pub(super) fn wake(&mut self, unit: UnitId) {
        for worker in 0..self.crew(unit).workers.len() {
            self.next_job(unit, worker);
        }
    }

    /// What somebody does next. Outside office hours that is what is urgent, or nothing.
    pub(super) fn next_job(&mut self, unit: UnitId, worker: usize) {
        let day = self.now().day();
        if self.crew(unit).workers[worker].is_away(day) {
            return;
        }
        match self.switches.slack_order {
            true => self.next_of_hand(unit, worker),
            false => self.next_of_queue(unit, worker),
        }
    }

    fn next_of_hand(&mut self, unit: UnitId, worker: usize) {
        let own = &self.crews[usize::from(unit.0)].workers[worker];
        let handler = own.handler;
        let is_his = |id: &OrderId| {
            self.state.order(*id).is_some_and(|order| {
                let worked_on = matches!(order.status, Status::Dispatched | Status::Signed);
                order.handler == handler && worked_on
            })
        };
        let hand: Vec<OrderId> = own.hand.iter().copied().filter(is_his).collect();
        let signed = |id: &&OrderId| {
            self.state.order(**id).is_some_and(|order| order.status == Status::Signed)
        };
        let open = self.office.is_open(self.now());
        let can = |press: &Press| open || self.courses[place(press.2)].is_urgent();
        let pressing = hand.iter().filter(signed).filter_map(|id| self.press(*id));
        let most = pressing.filter(can).min();
        let doing = own.job.map(|job| job.order);
        self.crew(unit).workers[worker].hand = hand;
        let Some((.., most)) = most else { return };
        if doing == Some(most) {
            return;
        }
        if let Some(doing) = doing {
            if self.press(doing).is_some_and(|doing| doing < self.press(most).unwrap_or(doing)) {
                return;
            }
            self.put_aside(unit, worker, Cause::Queue);
        }
        self.begin(unit, worker, most);
    }

    /// By urgency and when work must begin: as the engine lists them.
    pub(super) fn press(&self, id: OrderId) -> Option<Press> {
        let order = self.state.order(id)?;
        let (calm, begin_by) = self.state.directory().turn_of(order);
        Some((calm, begin_by, id))
    }

    /// The first that was signed; at night the first urgent one, for which other work is put aside.
    fn next_of_queue(&mut self, unit: UnitId, worker: usize) {
        let open = self.office.is_open(self.now());
        let own = &self.crews[usize::from(unit.0)].workers[worker];
        let busy = own.job.map(|job| self.courses[place(job.order)].is_urgent());
        if busy == Some(true) || (open && busy.is_some()) {
            return;
        }
        if let Some(aside) = own.aside.filter(|_| open) {
            self.crew(unit).workers[worker].aside = None;
            if self.is_signed_at(aside, unit) {
                self.begin(unit, worker, aside);
                return;
            }
        }
        let queue = &self.crews[usize::from(unit.0)].queue;
        let gone: Vec<_> =
            queue.iter().take_while(|(_, id)| !self.is_signed_at(*id, unit)).copied().collect();
        let can = |id: OrderId| open || self.courses[place(id)].is_urgent();
        let first = queue.iter().find(|(_, id)| can(*id) && self.is_signed_at(*id, unit)).copied();
        for entry in gone {
            self.crew(unit).queue.remove(&entry);
        }
        let Some(first) = first else { return };
        self.crew(unit).queue.remove(&first);
        if busy.is_some() {
            self.put_aside(unit, worker, Cause::Queue);
        }
        self.begin(unit, worker, first.1);
    }

    fn is_signed_at(&self, id: OrderId, unit: UnitId) -> bool {
        self.state.order(id).is_some_and(|order| {
            let there = order.dispatch.as_ref().is_some_and(|dispatch| dispatch.lead == unit);
            order.status == Status::Signed && there
        })
    }

    /// On what is urgent he works till it is done; on what he was warned of all day, if he does not owe his other duties too much
    /// already, and they get it back before anything calm; on other things in the share of office hours that he has for them.
    fn begin(&mut self, unit: UnitId, worker: usize, id: OrderId) {
        self.turn_to(id, Cause::Work);
        let now = self.now();
        let course = self.courses[place(id)];
        let own = &mut self.crews[usize::from(unit.0)].workers[worker];
        own.turns += 1;
        let (share_permille, owed_ms) = match course {
            _ if course.is_urgent() => (own.share_permille, 0),
            _ if course.warned && own.owed_ms < OWED_MAX_MS => (1_000, 0),
            _ if course.warned => (own.share_permille, 0),
            _ => (own.share_permille, std::mem::take(&mut own.owed_ms)),
        };
        own.job = Some(Job { order: id, since: now, share_permille, owed_ms });
        let turn = own.turns;
        let at = match course.is_urgent() {
            true => Timestamp::of_ms(now.ms() + course.left_ms),
            false => self.office.after(now, owed_ms + course.left_ms * 1_000 / share_permille),
        };
        self.later(at, Happening::Done(unit, worker, turn));
    }

    /// What he was doing waits, and he will go on with it.
    pub(super) fn put_aside(&mut self, unit: UnitId, worker: usize, doing: Cause) {
        let now = self.now();
        let own = &mut self.crews[usize::from(unit.0)].workers[worker];
        let Some(job) = own.job.take() else { return };
        own.turns += 1;
        let urgent = self.courses[place(job.order)].is_urgent();
        let office = self.office.passed(now) - self.office.passed(job.since);
        let worked = if urgent { now.ms() - job.since.ms() } else { job.worked(office) };
        own.settle(&job, office);
        let slack_order = self.switches.slack_order;
        let crew = self.crew(unit);
        crew.note_busy(office);
        if !slack_order {
            crew.workers[worker].aside = Some(job.order);
        }
        let course = self.course(job.order);
        course.left_ms = (course.left_ms - worked).max(0);
        self.turn_to(job.order, doing);
    }

    pub(super) fn done(&mut self, unit: UnitId, worker: usize, turn: u32) {
        let now = self.now();
        let own = &mut self.crews[usize::from(unit.0)].workers[worker];
        let Some(job) = own.job.take_if(|_| own.turns == turn) else { return };
        let office = self.office.passed(now) - self.office.passed(job.since);
        own.settle(&job, office);
        let crew = self.crew(unit);
        crew.note_busy(office);
        crew.note_done();
        let by = units::handler(self.state.directory(), unit);
        let (public_text, internal_text) = ("已办理并告知诉求人".to_owned(), String::new());
        self.ask(by, Action::Reply { order: job.order, public_text, internal_text });
        self.crew(unit).open.remove(&job.order);
        self.soon();
        self.next_job(unit, worker);
    }

    /// It is handled with another, or is no order of its own any more: whoever works on it stops.
    pub(super) fn left(&mut self, id: OrderId) {
        let Some(order) = self.state.order(id) else { return };
        let Some(unit) = order.dispatch.as_ref().map(|dispatch| dispatch.lead) else { return };
        let crew = self.crew(unit);
        crew.open.remove(&id);
        let doing = crew.workers.iter().position(|it| it.job.is_some_and(|job| job.order == id));
        if let Some(worker) = doing {
            self.put_aside(unit, worker, Cause::Queue);
            self.next_job(unit, worker);
        }
    }

    /// Offices open: who is there, what was left, and what will be late.
    pub(super) fn open(&mut self) {
        let day = self.now().day();
        for unit in (0..self.crews.len()).map(|unit| UnitId(unit as u16)) {
            self.crew(unit).fade();
            for worker in 0..self.crew(unit).workers.len() {
                let own = &mut self.crew(unit).workers[worker];
                let (was, is) = (own.present, !own.is_away(day));
                own.present = is;
                if was && !is {
                    self.put_aside(unit, worker, Cause::Absence);
                }
                if is {
                    self.next_job(unit, worker);
                }
            }
        }
        self.warn();
        self.soon();
    }

    /// Offices close: what is urgent and waits is for whoever is on duty.
    pub(super) fn close(&mut self) {
        for unit in (0..self.crews.len()).map(|unit| UnitId(unit as u16)) {
            self.wake(unit);
        }
    }
}
