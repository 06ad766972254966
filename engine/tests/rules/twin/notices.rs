//! The twin on notices of holidays that come late: what rested on one that was not out, made again.

use hotline_engine::Event;
use hotline_engine::directory::UnitId;
use hotline_engine::escalation::Rung;
use hotline_engine::order::{Due, OrderId, Stage, Status};
use hotline_engine::time::Timestamp;

use super::limits::all_help_is_in;
use super::row::Wake;
use super::{Numbers, Row, Twin};

impl Twin {
    /// What rested on a year without a notice and now has one, by the last day that has a part in it; at most a thousand at
    /// once that are news.
    pub(super) fn certain(&mut self, at: Timestamp) -> Vec<Event> {
        let mut found = Vec::new();
        for row in &self.rows {
            for &stage in Stage::ALL.iter().filter(|stage| **stage != Stage::CoHandle) {
                let due = row.dues[stage].filter(|due| due.assumed && self.may_move(row, stage));
                let above = row.above().filter(|_| stage == Stage::Handle);
                let day = due.map(|due| above.map_or(due.current, |it| it.max(due.current)).day());
                found.extend(day.map(|day| (day, row.id, Wake::Due(stage))));
            }
            for (unit, due) in row.silent().into_iter().filter(|(_, due)| due.assumed) {
                found.push((due.current.day(), row.id, Wake::Help(unit)));
            }
            let climbs = row.owes_reply() && row.ladder.assumed;
            let rungs = Rung::ALL.iter().filter_map(|&rung| row.ladder[rung]).max();
            let last = rungs.filter(|_| climbs).map(Timestamp::day);
            found.extend(last.map(|day| (day, row.id, Wake::Rung(Rung::Supervision))));
            let pause = row.pauses.last().filter(|it| it.ended.is_none() && it.assumed);
            found.extend(pause.map(|it| (it.until.day(), row.id, Wake::PauseEnd)));
            let arbiter = row.arbitration.filter(|it| it.assumed && row.status == Status::Triage);
            found.extend(arbiter.map(|it| (it.due.unwrap().day(), row.id, Wake::ArbiterLate)));
        }
        found.retain(|&(day, ..)| day <= self.limits.certain_until);
        found.sort_unstable();
        let mut events = Vec::new();
        for (_, id, what) in found {
            if events.len() < 1_000 {
                events.extend(self.again(at, id, what));
            }
        }
        events
    }

    /// The due of handling moves always, any other while what it asks for is owed, though it has passed.
    fn may_move(&self, row: &Row, stage: Stage) -> bool {
        let later = stage == Stage::Handle || row.owes_late(stage);
        let refuses = matches!(row.status, Status::Dispatched | Status::Signed);
        let later = later || stage == Stage::Return && refuses;
        row.runs(stage) || later && !self.limits.numbers.notice_leaves_what_stands
    }

    fn help_again(&mut self, at: Timestamp, mut row: Row, unit: UnitId) -> Option<Event> {
        let from = row.times.dispatched?;
        let due = self.help_due(&row, unit, from)?;
        let helping = row.helping(unit);
        if helping.due.replace(due) == Some(due) {
            return None;
        }
        helping.late &= due.current < at;
        let co_units = &row.dispatch.as_ref()?.co_units;
        if co_units.iter().all(|helper| !helper.late) {
            row.overdue.retain(|late| *late != Stage::CoHandle);
        }
        row.dues[Stage::CoHandle] = all_help_is_in(co_units);
        let (order, stage, co_unit, ladder) = (row.id, Stage::CoHandle, Some(unit), None);
        self.put(row);
        Some(Event::DueRecomputed { order, stage, due, ladder, co_unit })
    }

    fn small_due_again(&self, row: &Row, stage: Stage) -> Option<Due> {
        Some(match stage {
            Stage::Callback => {
                self.limits.working_days(row.times.replied?, self.limits.numbers.callback)
            }
            Stage::Dispatch => self.limits.dispatch_due(row, row.times.waiting)?,
            _ => {
                let from = row.times.dispatched?;
                self.limits.unit_due_within(row, stage, from)?
            }
        })
    }

    fn again(&mut self, at: Timestamp, id: OrderId, what: Wake) -> Option<Event> {
        let mut row = self.row(id)?.clone();
        let Numbers { arbiters, .. } = self.limits.numbers;
        let event = match what {
            Wake::Due(Stage::Handle) => {
                if self.limits.numbers.notice_sees_what_is {
                    let urban = |matter| self.duties.is_below(matter, "城市管理");
                    row.began_urban = row.matter.is_some_and(urban);
                }
                let (due, ladder) = self.limits.handle_again(&row)?;
                row.ladder = ladder;
                let (stage, ladder) = (Stage::Handle, Some(ladder));
                Event::DueRecomputed { order: id, stage, due, ladder, co_unit: None }
            }
            Wake::Due(stage) => {
                let due = self.small_due_again(&row, stage)?;
                Event::DueRecomputed { order: id, stage, due, ladder: None, co_unit: None }
            }
            Wake::Help(unit) => return self.help_again(at, row, unit),
            Wake::PauseEnd => {
                let end = self.limits.pause_end(&row, row.pauses.last()?.from);
                let lasting = row.pauses.last_mut()?;
                // What waits for the city may rest on a day that lies behind it.
                if (lasting.until, lasting.assumed) == (end.current, end.assumed) {
                    return None;
                }
                (lasting.until, lasting.assumed) = (end.current, end.assumed);
                Event::PauseRecomputed { order: id, until: end.current, assumed: end.assumed }
            }
            Wake::ArbiterLate => {
                let before = row.arbitration.as_mut()?;
                let days = arbiters[usize::from(before.rung)];
                let due = self.limits.working_days(before.since, days);
                (before.due, before.assumed) = (Some(due.current), due.assumed);
                Event::ArbitrationRecomputed { order: id, arbitration: *before }
            }
            Wake::Rung(_) => {
                let due = row.dues[Stage::Handle].filter(|due| !due.assumed)?;
                let ladder = self.limits.ladder(&row, due);
                let news = std::mem::replace(&mut row.ladder, ladder) != ladder;
                self.put(row);
                let (stage, ladder, co_unit) = (Stage::Handle, Some(ladder), None);
                return news.then_some(Event::DueRecomputed {
                    order: id,
                    stage,
                    due,
                    ladder,
                    co_unit,
                });
            }
        };
        if let Event::DueRecomputed { stage, due, .. } = event {
            if self.row(id)?.dues[stage] == Some(due) {
                return None;
            }
            row.stands_elsewhere(at, stage, due);
        }
        self.put(row);
        Some(event)
    }
}

impl Row {
    /// What was late by an assumption alone was not, and what was in time by one may have been late.
    fn stands_elsewhere(&mut self, at: Timestamp, stage: Stage, due: Due) {
        let ended = self.times.replied.or(self.times.closed).filter(|_| stage == Stage::Handle);
        let was_late = self.passed.contains(&stage);
        let is_late = ended.map_or(was_late && due.current < at, |ended| due.current < ended);
        if was_late && !is_late {
            self.overdue.retain(|late| *late != stage);
        }
        if is_late && !was_late {
            self.overdue.push(stage);
            self.late_with = self.lead();
        }
        self.set_due(stage, Some(due));
        self.passed.extend(is_late.then_some(stage));
        let by_unit = self.replies.last().is_some_and(|it| Some(it.at) == self.times.replied);
        if ended.is_some() && self.answer.is_some() && !by_unit && !is_late {
            self.dues[Stage::Handle] = None;
        }
    }
}
