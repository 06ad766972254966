//! Records what units that help have said, and which of them has not done so in time.

use super::State;
use super::apply::add;
use crate::directory::UnitId;
use crate::handling::CoReply;
use crate::order::{CoUnit, Due, OrderId, Stage};
use crate::time::Timestamp;

impl State {
    pub(super) fn co_replied(&mut self, id: OrderId, reply: &CoReply) {
        let entry = self.entry(id);
        add(&mut entry.co_replies, reply.clone());
        self.stop_if_no_help_is_owed(id);
    }

    pub(super) fn stop_if_no_help_is_owed(&mut self, id: OrderId) {
        if self.entry(id).owed_help().next().is_none() {
            self.stop(id, Stage::CoHandle);
        }
    }

    /// Under a new directory nobody helps who is no more, and nobody waits for him. What had passed stays told and counted.
    pub(super) fn expect_nothing_of_the_dissolved(&mut self) {
        let directory = &self.directory;
        let is_gone = |helper: &CoUnit| !directory.is_active(helper.unit);
        let helped = self.open_orders().filter(|order| order.co_units().iter().any(is_gone));
        let helped: Vec<OrderId> = helped.map(|order| order.id).collect();
        for id in helped {
            let assumptions: Vec<_> = self.orders[id.slot()].assumptions().collect();
            let (orders, directory) = (&mut self.orders, &self.directory);
            let entry = &mut orders[id.slot()];
            if let Some(dispatch) = &mut entry.dispatch {
                dispatch.co_units.retain(|helper| directory.is_active(helper.unit));
            }
            entry.dues[Stage::CoHandle] = CoUnit::last_due(entry.co_units());
            entry.version += 1;
            self.stop_if_no_help_is_owed(id);
            let alarm = self.entry(id).renew_alarm();
            self.set_alarm(id, alarm);
            self.assume(id, &assumptions);
        }
    }

    /// The due of a unit that helps stands elsewhere by a notice: one that had passed, and lies ahead now, runs again, and was
    /// missed by nobody.
    pub(super) fn help_recomputed(&mut self, at: Timestamp, id: OrderId, unit: UnitId, due: Due) {
        let entry = self.entry(id);
        let before = entry.co_units().iter().find(|helper| helper.unit == unit).copied();
        let late = before.is_some_and(|it| it.late) && due.current < at;
        entry.change_help(unit, |helper| (helper.due, helper.late) = (Some(due), late));
        entry.dues[Stage::CoHandle] = CoUnit::last_due(entry.co_units());
        let runs = entry.owed_help().next().is_some();
        entry.clocks.run(Stage::CoHandle, runs);
        if entry.co_units().iter().all(|helper| !helper.late) {
            entry.overdue.retain(|stage| *stage != Stage::CoHandle);
        }
        self.recount_missed_help(id, before, (due, late));
    }
}
