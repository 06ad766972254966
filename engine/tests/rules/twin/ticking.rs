//! The twin at a tick: it looks at every row.

use hotline_engine::Event;
use hotline_engine::handling::Arbitration;
use hotline_engine::order::{Mode, OrderId, Status, TriageReason};
use hotline_engine::time::Timestamp;

use super::given::Given;
use super::row::Wake;
use super::unit_work::resumed;
use super::{Answer, Ask, Row, Told, Twin};

/// What a new notice makes certain comes first, since all else follows from dues. Then whatever has come before now,
/// oldest first, at most a thousand things; then the grades that nobody gave; and what waits for handlers.
pub(super) fn tick(twin: &mut Twin, ask: Ask<'_>) -> Answer {
    let handed_out = twin.hand_out(ask.at);
    let mut events = twin.certain(ask.at);
    if events.is_empty() {
        events = twin.leave_dissolved_units(ask.at)?;
    }
    if events.is_empty() {
        events = come(twin, ask.at);
    }
    let room = 1_000_usize.saturating_sub(events.len());
    events.extend(twin.default_grades(ask.at, room));
    twin.have_handed_out(&handed_out);
    events.extend(handed_out);
    Ok(events)
}

fn come(twin: &mut Twin, at: Timestamp) -> Vec<Event> {
    let mut woken = Vec::new();
    for row in &twin.rows {
        let come = row.wakes().into_iter().filter(|(when, _)| *when < at);
        woken.extend(come.map(|(when, wake)| (when, row.id, wake)));
    }
    woken.sort_unstable();
    woken.truncate(1_000);
    let mut events = Vec::new();
    for (_, id, wake) in woken {
        let mut row = twin.known(id).clone();
        events.extend(twin.wake(&mut row, at, wake));
        let given = row.status == Status::Dispatched && wake == Wake::ArbiterLate;
        twin.put(row.clone());
        // What is joined to an order that was given to somebody goes with it.
        for child in twin.waiting_with(&row).into_iter().filter(|_| given) {
            let mut child = twin.known(child).clone();
            events.push(child.goes_along(at, &row, &twin.duties));
            twin.put(child);
        }
    }
    events
}

impl Twin {
    /// No order stays with a unit that is none any more: somebody finds another, and what is joined to it waits for that too.
    fn leave_dissolved_units(&mut self, at: Timestamp) -> Answer {
        let mut events = Vec::new();
        let left =
            |row: &&Row| row.is_owed() && row.lead().is_some_and(|it| !self.duties.is_active(it));
        let left: Vec<_> = self.rows.iter().filter(left).map(|row| row.id).collect();
        for id in left {
            if events.len() >= 1_000 {
                break;
            }
            let mut told = Told::default();
            self.catch_up(at, id, &mut told);
            self.change(at, id, &mut told, |twin, row| {
                let paused = row.status == Status::Paused;
                let mut facts: Vec<Event> =
                    paused.then(|| resumed(twin, row, at)).into_iter().collect();
                row.leave_dissolved(&twin.duties);
                row.leave_unit();
                facts.extend(twin.unowned(row, at, TriageReason::UnitDissolved));
                Ok(facts)
            })?;
            let leading = self.known(id).clone();
            for child in self.waiting_with(&leading) {
                self.catch_up(at, child, &mut told);
                self.change(at, child, &mut told, |twin, row| {
                    Ok(vec![row.goes_along(at, &leading, &twin.duties)])
                })?;
            }
            events.extend(told.all());
        }
        Ok(events)
    }

    /// Whatever has come by itself comes before what somebody does, the ladder's rungs too.
    fn catch_up(&mut self, at: Timestamp, id: OrderId, told: &mut Told) {
        let mut row = self.known(id).clone();
        let mut come = row.wakes();
        come.retain(|(when, wake)| {
            *when < at && !matches!(wake, Wake::PauseEnd | Wake::ArbiterLate)
        });
        come.sort_unstable();
        let late = come.into_iter().flat_map(|(_, wake)| self.wake(&mut row, at, wake));
        told.late.extend(late);
        told.touched.push(id);
        self.put(row);
    }

    fn wake(&self, row: &mut Row, at: Timestamp, wake: Wake) -> Vec<Event> {
        match wake {
            Wake::Due(stage) => vec![row.pass(at, stage)],
            Wake::Help(unit) => vec![row.pass_help(unit)],
            Wake::Rung(rung) => {
                row.climb(at, rung);
                vec![Event::Escalated { order: row.id, rung }]
            }
            Wake::PauseEnd => vec![resumed(self, row, at)],
            Wake::ArbiterLate => self.rise(row, at),
        }
    }

    /// An arbiter who has not decided in time gives way to the next; behind the last the government services centre has
    /// to take it, where there is one and it is no street. Else the last has no limit any more.
    fn rise(&self, row: &mut Row, at: Timestamp) -> Vec<Event> {
        let before = row.arbitration.expect("an arbiter is late");
        let arbiters = self.limits.numbers.arbiters;
        let arbitration = match arbiters.get(usize::from(before.rung) + 1) {
            Some(_) => {
                let late_at = before.due.expect("who is late had a limit");
                self.limits.before_arbiter(before.rung + 1, late_at)
            }
            None => match self.duties.department("government-services") {
                Some(lead) => {
                    let (co_units, matter) = (Vec::new(), row.matter);
                    let given = Given { lead, co_units, matter, mode: Mode::Arbitration };
                    return self.give(row, at, given);
                }
                None => Arbitration { due: None, assumed: false, ..before },
            },
        };
        row.arbitration = Some(arbitration);
        vec![Event::Arbitrated { order: row.id, arbitration }]
    }
}
