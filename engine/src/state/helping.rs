//! Records what units that help have said, and which of them has not done so in time.

use super::State;
use super::apply::add;
use crate::directory::UnitId;
use crate::handling::CoReply;
use crate::order::{CoUnit, Due, OrderId, Stage};

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

    /// The due of a unit that helps stands elsewhere by a notice.
    pub(super) fn help_recomputed(&mut self, id: OrderId, unit: UnitId, due: Due) {
        let entry = self.entry(id);
        entry.change_help(unit, |helper| helper.due = Some(due));
        entry.dues[Stage::CoHandle] = CoUnit::last_due(entry.co_units());
    }
}
