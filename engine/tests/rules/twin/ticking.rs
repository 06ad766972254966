//! The twin at a tick: it looks at every row.

use hotline_engine::Event;
use hotline_engine::handling::Arbitration;
use hotline_engine::order::{Mode, Status};
use hotline_engine::time::Timestamp;

use super::given::Given;
use super::row::Wake;
use super::unit_work::resumed;
use super::{Answer, Ask, Row, Twin};

/// What a new notice makes certain comes first, since all else follows from dues. Then whatever has come before now,
/// oldest first, at most a thousand things; then the grades that nobody gave; and what waits for handlers.
pub(super) fn tick(twin: &mut Twin, ask: Ask<'_>) -> Answer {
    let handed_out = twin.hand_out(ask.at);
    let mut events = twin.certain(ask.at);
    if events.is_empty() {
        events = come(twin, ask.at);
    }
    let room = 1_000 - events.len();
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
            events.push(child.follow(at, &row));
            twin.put(child);
        }
    }
    events
}

impl Twin {
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
            Some(_) => self.limits.before_arbiter(before.rung + 1, at),
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
