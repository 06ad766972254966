//! Records what waits for a notice of holidays, and what one makes of it: dues, pauses and arbitrations that rest on days
//! of which nobody has said yet whether they are worked.

use super::State;
use crate::clocks::Alarm;
use crate::handling::{Arbitration, Pause};
use crate::order::{Due, OrderId, Stage};
use crate::time::{Day, Timestamp};

impl State {
    /// Keeps what is assumed in an order now in the place of what was before.
    pub(super) fn assume(&mut self, id: OrderId, before: &[(Day, Alarm)]) {
        for &(day, what) in before {
            self.assumed.remove(&(day, id, what));
        }
        let now = self.orders[id.slot()].assumptions();
        self.assumed.extend(now.map(|(day, what)| (day, id, what)));
    }

    /// A due stands elsewhere by a notice. One that had passed, and lies ahead now, runs again and was missed by nobody, since
    /// what it asks for is owed still; one of a paused order stands still.
    pub(super) fn due_recomputed(&mut self, at: Timestamp, id: OrderId, stage: Stage, due: Due) {
        let order = &self.orders[id.slot()];
        if let Some(ended) = order.handled_at().filter(|_| stage == Stage::Handle) {
            return self.judge_again(id, ended, due);
        }
        let (runs, had_passed) = (order.clocks.runs(stage), order.is_owed_late(stage));
        let runs_again = had_passed && due.current >= at;
        if had_passed {
            self.shift_missed(id, stage, -1);
        }
        let entry = self.entry(id);
        entry.set_due(stage, Some(due));
        if runs_again {
            entry.overdue.retain(|late| *late != stage);
        } else if !runs {
            entry.clocks.run(stage, false);
        }
        if had_passed && !runs_again {
            self.shift_missed(id, stage, 1);
        }
    }

    /// Handling that has ended came in time, or late, by where its due stands now.
    fn judge_again(&mut self, id: OrderId, ended: Timestamp, due: Due) {
        let entry = self.entry(id);
        entry.dues[Stage::Handle] = Some(due);
        let was_late = entry.overdue.contains(&Stage::Handle);
        let is_late = ended > due.current;
        if was_late && !is_late {
            entry.overdue.retain(|late| *late != Stage::Handle);
        } else if is_late && !was_late {
            entry.overdue.push(Stage::Handle);
            entry.late_with = entry.dispatch.as_ref().map(|dispatch| dispatch.lead);
        }
        // What the desk answered has no due, unless it was overdue by then.
        let by_unit = entry.replies.last().is_some_and(|it| Some(it.at) == entry.times.replied);
        if entry.answer.is_some() && !by_unit && !is_late {
            entry.dues[Stage::Handle] = None;
        }
    }

    /// Who decides on the order from now on, if anybody does.
    pub(super) fn arbitrate(&mut self, id: OrderId, arbitration: Option<Arbitration>) {
        self.entry(id).arbitration = arbitration;
    }

    pub(super) fn begin_pause(&mut self, id: OrderId, pause: &Pause) {
        self.entry(id).pauses.push(pause.clone());
    }

    /// A pause that lasts ends by itself at another time than was thought.
    pub(super) fn move_pause_end(&mut self, id: OrderId, until: Timestamp, assumed: bool) {
        let Some(pause) = self.entry(id).pauses.last_mut() else { return };
        (pause.until, pause.assumed) = (until, assumed);
    }
}
