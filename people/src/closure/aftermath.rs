//! What follows a reply in a run: the caller is called back, and the order is closed, or comes back as a new cycle.

use hotline_engine::actor::Role;
use hotline_engine::command::Action;
use hotline_engine::order::{Callback, OrderId, Stage, Status, Verdict};

use super::demand::Telling;
use super::run::{Happening, Run, place};
use crate::chance::Purpose;

/// A call back comes so much office time after the reply, at most. The limit is a working day.
const CALL_BACK_MS: u64 = 18_000_000;
/// Of a hundred calls back so many reach nobody; after the second the order is closed. This project's choice.
const NOT_REACHED_PERCENT: u64 = 12;
const UNREACHED_MAX: u32 = 2;
/// Of a hundred who are reached so many are not satisfied: a tenth, and of those who called again a fifth (大英县: about 90 %,
/// and 75.86 to 84 % where a complaint was repeated).
const DISSATISFIED_PERCENT: u64 = 10;
const DISSATISFIED_AGAIN_PERCENT: u64 = 20;

impl Run<'_> {
    pub(super) fn replied(&mut self, id: OrderId) {
        let now = self.now();
        // What was joined to another took the other's time.
        let joined = self.state.order(id).and_then(|order| order.merge.as_ref());
        let leading = joined.map_or(id, |merge| merge.into);
        let cause = self.courses[place(leading)].cause(now, &self.office);
        let urgent = self.courses[place(id)].is_urgent();
        if let Some(order) = self.state.order(id)
            && let Some(due) = order.dues[Stage::Handle]
        {
            self.notes.replied(order, due.current, now, urgent.then_some(cause), cause);
        }
        self.call_later(id);
    }

    fn call_later(&mut self, id: OrderId) {
        let turn = self.courses[place(id)].visits << 2 | self.courses[place(id)].unreached;
        let wait = self.dice(Purpose::CallBack, id, turn).below(CALL_BACK_MS);
        let at = self.office.after(self.now(), i64::try_from(wait).unwrap_or(0));
        self.later(at, Happening::CallBack(id));
    }

    pub(super) fn call_back(&mut self, id: OrderId) {
        let Some(order) = self.state.order(id) else { return };
        if order.status != Status::Replied {
            return;
        }
        let supervised = order.is_supervised();
        let course = self.courses[place(id)];
        let turn = course.visits << 2 | course.unreached;
        let mut chance = self.dice(Purpose::CallBack, id, turn | 0x80);
        let again = self.demand.contacts[course.contact].telling != Telling::First;
        let dissatisfied = if again { DISSATISFIED_AGAIN_PERCENT } else { DISSATISFIED_PERCENT };
        let callback = match chance.percent(NOT_REACHED_PERCENT) {
            true => Callback::NotReached,
            false => {
                let satisfied = !chance.percent(dissatisfied);
                Callback::Reached(Verdict { solved: satisfied, satisfied })
            }
        };
        let called = Action::CallBack { order: id, callback };
        self.ask(crate::desk::of(Role::CallTaker), called);
        if callback == Callback::NotReached {
            let course = self.course(id);
            course.unreached += 1;
            if course.unreached < UNREACHED_MAX {
                self.call_later(id);
                return;
            }
        }
        let still = self.state.order(id).is_some_and(|order| order.status == Status::Replied);
        if still {
            let role = match supervised || self.state.order(id).is_some_and(|it| it.is_supervised())
            {
                true => Role::Supervisor,
                false => Role::Dispatcher,
            };
            self.ask(crate::desk::of(role), Action::Close { order: id });
        }
    }

    /// A new cycle: half the work, since the unit knows the matter. This project's choice.
    pub(super) fn reworked(&mut self, id: OrderId) {
        let now = self.now();
        let course = self.course(id);
        let work = course.affair.work_ms / 2;
        course.begin_again(work, now);
        course.unreached = 0;
    }
}
