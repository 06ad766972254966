//! Records what waits for a notice of holidays: pauses and arbitrations whose ends rest on one. Dues are `apply`'s.

use super::State;
use crate::clocks::Alarm;
use crate::handling::{Arbitration, Pause};
use crate::order::OrderId;
use crate::time::{Day, Timestamp};

impl State {
    /// Who decides on the order from now on, if anybody does.
    pub(super) fn arbitrate(&mut self, id: OrderId, arbitration: Option<Arbitration>) {
        let entry = self.entry(id);
        let before = std::mem::replace(&mut entry.arbitration, arbitration);
        let day = |it: Arbitration| it.due.filter(|_| it.assumed).map(|due| due.day());
        self.wait_for_notice(
            id,
            Alarm::Arbitration,
            before.and_then(day),
            arbitration.and_then(day),
        );
    }

    pub(super) fn begin_pause(&mut self, id: OrderId, pause: &Pause) {
        self.entry(id).pauses.push(pause.clone());
        let day = pause.assumed.then_some(pause.until.day());
        self.wait_for_notice(id, Alarm::PauseEnd, None, day);
    }

    /// A pause that lasts ends by itself at another time than was thought.
    pub(super) fn move_pause_end(&mut self, id: OrderId, until: Timestamp, assumed: bool) {
        let Some(pause) = self.entry(id).pauses.last_mut() else { return };
        let before = pause.assumed.then_some(pause.until.day());
        (pause.until, pause.assumed) = (until, assumed);
        self.wait_for_notice(id, Alarm::PauseEnd, before, assumed.then_some(until.day()));
    }

    /// However late somebody notices: a pause is over when it is over.
    pub(super) fn end_pause(&mut self, at: Timestamp, id: OrderId) {
        let lasting = self.entry(id).pauses.last_mut().filter(|pause| pause.ended.is_none());
        let Some(pause) = lasting else { return };
        pause.ended = Some(at.min(pause.until));
        let before = pause.assumed.then_some(pause.until.day());
        self.wait_for_notice(id, Alarm::PauseEnd, before, None);
    }

    fn wait_for_notice(&mut self, id: OrderId, what: Alarm, before: Option<Day>, now: Option<Day>) {
        if let Some(day) = before {
            self.assumed.remove(&(day, id, what));
        }
        if let Some(day) = now {
            self.assumed.insert((day, id, what));
        }
    }
}
