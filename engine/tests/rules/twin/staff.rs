//! The twin on handlers inside a unit: who waits, who is there, skilled and free, and who gets what.

use hotline_engine::command::Action;
use hotline_engine::directory::{MatterId, UnitId};
use hotline_engine::draft::DirectoryDraft;
use hotline_engine::escalation::Rung;
use hotline_engine::order::{OrderId, Stage, Status, Urgency};
use hotline_engine::staff::HandlerId;
use hotline_engine::time::{Day, Timestamp};
use hotline_engine::{Event, Rejection};

use super::{Answer, Ask, DutyList, Row, Twin};

/// Somebody who handles orders of a unit. Who was known once keeps his place in the list.
#[derive(Clone)]
pub(super) struct Worker {
    unit: UnitId,
    account: String,
    /// None means all.
    skills: Vec<String>,
    capacity: u16,
    away: Vec<(Day, Day)>,
    active: bool,
}

/// Whom an order was with before: he knows it and is asked first, or it was taken from him and he is asked last.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Past {
    Had(HandlerId),
    TakenFrom(HandlerId),
}

impl DutyList {
    pub(super) fn adopt_workers(&mut self, draft: &DirectoryDraft) {
        self.workers.iter_mut().for_each(|worker| worker.active = false);
        for new in &draft.handlers {
            let (account, skills) = (new.account.clone(), new.skills.clone());
            let unit = self.unit(&new.unit).expect("handlers work in units that are listed");
            let (capacity, away) = (new.capacity, new.absences.clone());
            let worker = Worker { unit, account, skills, capacity, away, active: true };
            let known = |old: &&mut Worker| old.unit == unit && old.account == worker.account;
            match self.workers.iter_mut().find(known) {
                Some(old) => *old = worker,
                None => self.workers.push(worker),
            }
        }
        self.work = draft.work.iter().map(|it| (it.matter.clone(), it.minutes)).collect();
    }

    fn worker(&self, id: HandlerId) -> &Worker {
        &self.workers[id.0 as usize]
    }

    /// Those of a unit, as it is in force.
    fn workers_of(&self, unit: UnitId) -> impl Iterator<Item = (HandlerId, &Worker)> {
        let all = (0..).map(HandlerId).zip(&self.workers);
        all.filter(move |(_, worker)| worker.active && worker.unit == unit)
    }

    /// A matter that nobody knows asks for somebody who can handle all.
    fn can(&self, worker: &Worker, matter: Option<MatterId>) -> bool {
        let listed =
            |matter| self.upwards(matter).any(|path| worker.skills.iter().any(|it| it == path));
        worker.skills.is_empty() || matter.is_some_and(listed)
    }

    /// How many matters somebody can handle: a specialist has few.
    fn breadth(&self, worker: &Worker) -> usize {
        (0..)
            .map(MatterId)
            .take_while(|it| self.knows(*it))
            .filter(|it| self.can(worker, Some(*it)))
            .count()
    }

    /// Expected work: the matter's own, or that of the nearest above it.
    fn work_minutes(&self, matter: Option<MatterId>) -> Option<u16> {
        let given = |path| self.work.iter().find(|(known, _)| known == path).map(|it| it.1);
        self.upwards(matter?).find_map(given)
    }
}

impl Worker {
    fn is_away(&self, on: Day) -> bool {
        self.away.iter().any(|(from, to)| *from <= on && on <= *to)
    }
}

/// When an order is due, and by when it has its turn; nothing of one that waits with no other.
pub(crate) type Presses = (Option<Timestamp>, Option<Timestamp>);

impl Row {
    /// Whether the unit works on it: then it waits for a handler, or fills a place of one.
    fn is_in_hand(&self) -> bool {
        matches!(self.status, Status::Dispatched | Status::Signed)
    }

    /// Whether a unit owes it work, be the clock running or not.
    pub(super) fn is_owed(&self) -> bool {
        self.is_in_hand() || self.status == Status::Paused
    }

    /// How it presses while it waits with another.
    pub(super) fn presses_now(&self) -> Presses {
        let due = self.dues[Stage::Handle].map(|due| due.current);
        if self.status == Status::Merged { (due, self.has_time_until()) } else { (None, None) }
    }

    /// By its own clock: what came too late has time until it will be watched.
    fn has_time_until(&self) -> Option<Timestamp> {
        let watched = self.climbed.contains(&Rung::Supervision);
        let passed = self.overdue.contains(&Stage::Handle) && !watched;
        let due = self.dues[Stage::Handle].map(|due| due.current);
        self.ladder[Rung::Supervision].filter(|_| passed).or(due)
    }

    pub(super) fn leave_worker(&mut self, past: fn(HandlerId) -> Past) {
        self.past = self.handler.take().map(past).or(self.past);
    }

    fn get_worker(&mut self, handler: HandlerId) -> Event {
        (self.handler, self.past) = (Some(handler), None);
        Event::Assigned { order: self.id, handler }
    }
}

impl Twin {
    fn is_full(&self, id: HandlerId) -> bool {
        let has = self.rows.iter().filter(|row| row.is_in_hand() && row.handler == Some(id));
        has.count() >= usize::from(self.duties.worker(id).capacity)
    }

    fn may_have(&self, row: &Row, at: Timestamp, id: HandlerId) -> Result<(), Rejection> {
        let (worker, field) = (self.duties.worker(id), "handler");
        if !worker.active || row.lead() != Some(worker.unit) {
            return Err(Rejection::UnknownHandler { field });
        }
        if worker.is_away(at.day()) {
            return Err(Rejection::HandlerAbsent { field });
        }
        if !self.duties.can(worker, row.matter) {
            return Err(Rejection::HandlerUnskilled { field });
        }
        if self.is_full(id) {
            return Err(Rejection::HandlerFull { field, capacity: worker.capacity });
        }
        Ok(())
    }

    /// What comes back by a word after a pause, a review or a rework goes at once to the one who had it, if he may have it.
    pub(super) fn back_to_worker(
        &self,
        had: Option<HandlerId>,
        row: &mut Row,
        at: Timestamp,
        facts: &[Event],
    ) -> Option<Event> {
        let comes_back = |fact: &Event| match fact {
            Event::Resumed { .. } | Event::Reworked { .. } => true,
            Event::Reviewed { review, .. } => !review.passed,
            _ => false,
        };
        let had = had.filter(|_| facts.iter().any(comes_back))?;
        self.may_have(row, at, had).ok()?;
        Some(row.get_worker(had))
    }

    /// What a tick gives and takes, by how things stand before it: first what those have who have left, then what waits in units
    /// that nobody has left, unit by unit, what presses most first.
    pub(super) fn hand_out(&self, at: Timestamp) -> Vec<Event> {
        let (mut left, mut waiting, mut has) = (Vec::new(), Vec::new(), Vec::new());
        for row in self.rows.iter().filter(|row| row.is_in_hand()) {
            let unit = row.lead().expect("what is in hand has a unit");
            if !self.duties.is_active(unit) {
                continue;
            }
            match row.handler {
                Some(id) if !self.duties.worker(id).active => left.push((id, row.id)),
                Some(id) => has.push(id),
                None => waiting.push((unit, self.presses(row), row.id)),
            }
        }
        let left_by = |unit| left.iter().any(|(id, _)| self.duties.worker(*id).unit == unit);
        waiting.retain(|(unit, ..)| !left_by(*unit));
        left.sort_unstable();
        waiting.sort_unstable();
        let mut events: Vec<Event> =
            left.into_iter().map(|(_, order)| Event::Unassigned { order }).collect();
        for (unit, _, order) in waiting {
            let handler = self.choose_worker(at, unit, self.known(order), &has);
            has.extend(handler);
            events.extend(handler.map(|handler| Event::Assigned { order, handler }));
        }
        events
    }

    /// Urgent first; of one urgency by when work on it must begin, which for what came too late is when it will be watched.
    fn presses(&self, row: &Row) -> (u8, i64) {
        let calm = match row.acceptance.urgency {
            Urgency::Critical => 0,
            Urgency::Urgent => 1,
            Urgency::Normal => 2,
        };
        let minutes = self.duties.work_minutes(row.matter);
        let minutes = minutes.unwrap_or(self.limits.numbers.work_minutes);
        // Who waits with it waits as long as it does.
        let handled_as_one = self.waiting_with(row).into_iter().map(|id| self.known(id));
        let until = handled_as_one.chain([row]).filter_map(Row::has_time_until).min();
        (calm, until.map_or(i64::MAX, |until| until.plus_seconds(-60 * i64::from(minutes)).ms()))
    }

    /// Who had it; else who has most room, of those the one with the fewest skills, of those the first by account; and whom
    /// it was taken from last.
    fn choose_worker(
        &self,
        at: Timestamp,
        unit: UnitId,
        row: &Row,
        has: &[HandlerId],
    ) -> Option<HandlerId> {
        let numbers = self.limits.numbers;
        let mut best = None;
        for (id, worker) in self.duties.workers_of(unit) {
            let has = has.iter().filter(|it| **it == id).count();
            let most = worker.capacity + numbers.beyond_capacity;
            let room = usize::from(most).saturating_sub(has);
            if room == 0 || worker.is_away(at.day()) || !self.duties.can(worker, row.matter) {
                continue;
            }
            let turn = match row.past {
                Some(Past::Had(past)) if past == id && numbers.knows_it_first => 0,
                Some(Past::TakenFrom(past)) if past == id && numbers.taken_from_last => 2,
                _ => 1,
            };
            let rank =
                (turn, usize::MAX - room, self.duties.breadth(worker), worker.account.clone());
            if best.as_ref().is_none_or(|(least, _)| rank < *least) {
                best = Some((rank, id));
            }
        }
        best.map(|(_, id)| id)
    }

    /// Puts what a tick has given and taken into the rows.
    pub(super) fn have_handed_out(&mut self, events: &[Event]) {
        for event in events {
            let order: OrderId = event.order().expect("it is about an order");
            let mut row = self.known(order).clone();
            match event {
                Event::Assigned { handler, .. } => drop(row.get_worker(*handler)),
                _ => row.leave_worker(Past::TakenFrom),
            }
            self.put(row);
        }
    }
}

/// Somebody says who has it, within the same bounds, or that it waits again.
pub(super) fn assign(twin: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let Action::Assign { handler, .. } = ask.action else { unreachable!() };
    let field = "handler";
    let Some(account) = handler else {
        if row.handler.is_none() {
            return Err(Rejection::NothingOpen { what: "handler" });
        }
        row.leave_worker(Past::TakenFrom);
        return Ok(vec![Event::Unassigned { order: row.id }]);
    };
    let unit = row.lead().expect("what is in hand has a unit");
    let mut workers = twin.duties.workers_of(unit);
    let found = workers.find(|(_, worker)| worker.account == *account);
    let (id, _) = found.ok_or(Rejection::UnknownHandler { field })?;
    if row.handler == Some(id) {
        return Err(Rejection::AlreadyHis { field });
    }
    twin.may_have(row, ask.at, id)?;
    Ok(vec![row.get_worker(id)])
}
