//! Records which orders are handled as one (并单): each keeps its own clock, reply and call back.

use super::State;
use super::apply::add;
use super::counting::Touched;
use crate::dues::OF_THE_UNIT;
use crate::handling::{Answer, Held, Merge, Review, Unjoined};
use crate::order::{
    CoUnit, Dispatch, Due, Dues, FirstDispatch, Mode, Order, OrderId, Stage, Status,
};
use crate::staff::PastHandler;
use crate::staffing::Standing;
use crate::time::Timestamp;

impl State {
    pub(super) fn merged(&mut self, at: Timestamp, id: OrderId, merge: &Merge) {
        self.note_unjoined(id);
        self.stop(id, Stage::Dispatch);
        self.leave_unit(id);
        let entry = self.entry(id);
        entry.status = Status::Merged;
        entry.triage = None;
        entry.merge = Some(Box::new(merge.clone()));
        self.arbitrate(id, None);
        self.follow(at, id);
    }

    /// Remembers what goes on when the joining is undone; what is joined elsewhere remembers it already.
    pub(super) fn note_unjoined(&mut self, id: OrderId) {
        let entry = self.entry(id);
        if entry.status == Status::Merged {
            return;
        }
        let waits = entry.clocks.runs(Stage::Dispatch);
        let Order { first, reassigned, arbitration, .. } = *entry;
        let late = entry.overdue.iter().filter(|stage| OF_THE_UNIT.contains(stage)).copied();
        let late = late.collect();
        let unjoined = Unjoined { waits, first, late, named: None, reassigned, arbitration };
        entry.unjoined = Some(Box::new(unjoined));
    }

    /// It has no unit until the next fact says which; clocks that the joining had ended run on. What had a place with one that has
    /// ended was given to it in time or not as that was.
    pub(super) fn unmerged(&mut self, id: OrderId) {
        let order = &self.orders[id.slot()];
        let leading = order.merge.as_ref().map(|merge| &self.orders[merge.into.slot()]);
        let followed = order.status == Status::Merged && order.dispatch.is_some();
        let had_place = followed && leading.is_some_and(|it| !it.status.is_open());
        self.leave_unit(id);
        let entry = self.entry(id);
        let had_ended = !entry.status.is_open();
        entry.status = Status::Triage;
        entry.times.closed = None;
        entry.is_late_as_before();
        let unjoined = entry.unjoined.take().expect("what was joined was noted");
        entry.clocks.run(Stage::Dispatch, unjoined.waits && !had_place);
        // What became of it in the other's place says nothing about its units.
        (entry.first, entry.reassigned) = (unjoined.first, unjoined.reassigned);
        let held = entry.merge.take().and_then(|merge| merge.before);
        self.forget_dissolved(id, held.map(|held| held.dispatch.lead));
        let entry = self.entry(id);
        if had_ended && let Some(due) = entry.dues[Stage::Handle] {
            entry.clocks.owed = true;
            entry.tell_again();
            if !entry.overdue.contains(&Stage::Handle) {
                entry.set_due(Stage::Handle, Some(due));
            }
        }
    }

    /// It is with the unit that had it, as it was; or begins anew with the unit of the other, which gets it first.
    pub(super) fn given_back(&mut self, at: Timestamp, id: OrderId, held: &Held) {
        let entry = self.entry(id);
        if held.dispatch.at == at {
            entry.forget_first();
            entry.first = entry.first.or(Some(FirstDispatch { at, unit: held.dispatch.lead }));
        }
        for stage in OF_THE_UNIT {
            entry.set_due(stage, held.dues[stage]);
            if !held.running.contains(&stage) {
                entry.clocks.run(stage, false);
            }
        }
        entry.status = if held.signed.is_some() { Status::Signed } else { Status::Dispatched };
        entry.triage = None;
        entry.dispatch = Some(held.dispatch.clone());
        entry.times.dispatched = Some(held.dispatch.at);
        entry.times.signed = held.signed;
        entry.times.contacted = held.contacted;
    }

    /// Nobody has it.
    pub(super) fn leave_unit(&mut self, id: OrderId) {
        self.part(id, PastHandler::Had);
        let entry = self.entry(id);
        for stage in OF_THE_UNIT {
            entry.set_due(stage, None);
        }
        entry.dispatch = None;
        entry.times.dispatched = None;
        entry.times.signed = None;
        entry.times.contacted = None;
    }

    /// A joined order goes where the other goes. Whoever refuses the one that he has refuses both.
    pub(super) fn followed(&mut self, at: Timestamp, id: OrderId) {
        let into = self.entry(id).merge.as_ref().map(|merge| merge.into);
        let leading = into.map(|into| &self.orders[into.slot()]);
        let sent_back = leading.filter(|leading| leading.dispatch.is_none());
        let refusal = sent_back.and_then(|leading| leading.returns.last());
        let refusal = refusal.filter(|refusal| refusal.is_refusal()).cloned();
        let owner = leading.and_then(Order::owner).filter(|owner| owner.is_final);
        let entry = self.entry(id);
        let lead = entry.dispatch.as_ref().map(|dispatch| dispatch.lead);
        let his = refusal.filter(|it| Some(it.unit) == lead && !entry.has_refused(it.unit));
        if let Some(refusal) = his {
            // The wrong one for the other was the wrong one for this.
            let was_first = entry.first.is_some_and(|first| first.unit == refusal.unit);
            let is_wrong = was_first && entry.reworks.is_empty();
            entry.reassigned |= is_wrong;
            // Undone, only a unit that it was given to by itself was a wrong one.
            entry
                .unjoined
                .iter_mut()
                .for_each(|it| it.reassigned |= is_wrong && it.first.is_some());
            add(&mut entry.returns, refusal);
        }
        self.follow(at, id);
        if let Some(unjoined) = &mut self.entry(id).unjoined {
            unjoined.named = unjoined.named.or(owner.map(|owner| owner.unit));
        }
    }

    /// A joined order is where the one is that is handled for it.
    pub(super) fn follow(&mut self, at: Timestamp, id: OrderId) {
        let Some(into) = self.entry(id).merge.as_ref().map(|merge| merge.into) else { return };
        let leading = &self.orders[into.slot()];
        let dispatch = leading.dispatch.clone();
        let dispatch = dispatch.map(|mut dispatch| {
            // The help is owed to the other, and not by those who have refused this one.
            let own = |&CoUnit { unit, .. }: &CoUnit| CoUnit { unit, due: None, late: false };
            let helps = |helper: &&CoUnit| !self.orders[id.slot()].has_refused(helper.unit);
            dispatch.co_units = dispatch.co_units.iter().filter(helps).map(own).collect();
            // It has been with this unit since now, however long the other has: what was asked or said at another is not open here.
            Dispatch { mode: Mode::Joined, at, ..dispatch }
        });
        let dispatched = leading.times.dispatched.map(|_| at);
        self.leave_dissolved_unit(id);
        let entry = self.entry(id);
        let first = dispatch.as_ref().map(|it| FirstDispatch { at, unit: it.lead });
        // What it was given to by itself is judged by what becomes of it there.
        let was_given = entry.unjoined.as_ref().is_some_and(|it| it.first.is_some());
        let another = first.zip(entry.first).is_some_and(|(now, first)| now.unit != first.unit);
        entry.reassigned |= another && !was_given && entry.reworks.is_empty();
        entry.first = entry.first.or(first);
        // What its own unit was late with is told of that one.
        let own = entry.merge.as_ref().and_then(|merge| merge.before.as_ref());
        match first.map(|it| own.is_some_and(|own| own.dispatch.lead == it.unit)) {
            Some(true) => entry.is_late_as_before(),
            Some(false) => entry.overdue.retain(|late| !OF_THE_UNIT.contains(late)),
            None => {}
        }
        if let Some(unjoined) = &mut entry.unjoined {
            unjoined.named = unjoined.named.filter(|named| Some(*named) == first.map(|it| it.unit));
        }
        entry.dispatch = dispatch;
        entry.times.dispatched = dispatched;
    }

    /// Tells the order with which this one is handled how it presses: they have one turn. That is a step of its, too.
    pub(super) fn press(&mut self, id: OrderId, touched: &[Touched]) {
        let order = &self.orders[id.slot()];
        let joined = order.as_joined();
        let Some(into) = order.merge.as_ref().map(|merge| merge.into) else { return };
        let leading = &self.orders[into.slot()];
        let known = leading.merged.iter().position(|it| it.order == id && *it != joined);
        let Some(known) = known else { return };
        let stood = Standing::of(&self.directory, leading);
        self.entry(into).merged[known] = joined;
        if !touched.iter().any(|it| it.order == into) {
            self.entry(into).version += 1;
            let stands = Standing::of(&self.directory, &self.orders[into.slot()]);
            self.staffing.replace(stood, stands);
        }
    }

    /// The reply is its own from now on, and so is the call back.
    pub(super) fn replied_with(&mut self, at: Timestamp, id: OrderId, callback_due: Option<Due>) {
        let into = self.entry(id).merge.as_ref().map(|merge| merge.into);
        let reply = into.and_then(|into| self.orders[into.slot()].replies.last().cloned());
        if let Some(reply) = reply {
            self.replied(at, id, &reply, callback_due);
        }
    }

    /// The reply that it shared did not pass: it waits again.
    pub(super) fn reviewed_with(&mut self, id: OrderId, review: &Review) {
        self.reviewed(id, review);
        self.entry(id).status = Status::Merged;
    }

    /// Closed by the desk: nobody owed anything, unless the reply was overdue by then. Late stays late.
    pub(super) fn answered(&mut self, at: Timestamp, id: OrderId, answer: &Answer) {
        self.end(at, id, Status::Closed);
        let entry = self.entry(id);
        let missed = entry.dues[Stage::Handle].filter(|_| entry.overdue.contains(&Stage::Handle));
        entry.dues = Dues::default();
        entry.dues[Stage::Handle] = missed;
        entry.times.replied = Some(at);
        entry.answer = Some(Box::new(answer.clone()));
    }

    /// Who is joined to whom, from both sides.
    pub(super) fn assert_joined(&self, order: &Order) {
        let id = order.id.0;
        for joined in &order.merged {
            let child = &self.orders[joined.order.slot()];
            let merge = child.merge.as_ref();
            assert!(merge.is_some_and(|merge| merge.into == order.id), "{id} has {}", child.id.0);
            assert_eq!(*joined, child.as_joined(), "{id} knows how {} presses", child.id.0);
        }
        let joined = matches!(order.status, Status::Merged | Status::Repeat);
        assert!(!joined || order.merge.is_some(), "order {id} says to which it is joined");
        if order.status != Status::Merged {
            return;
        }
        let leading = order.merge.as_ref().map(|merge| &self.orders[merge.into.slot()]);
        let leading = leading.expect("a joined order says to which");
        let knows = leading.merged.iter().any(|joined| joined.order == order.id);
        assert!(knows, "{} knows of {id}", leading.id.0);
        let worked_on = leading.status.is_open() && leading.status != Status::Replied;
        assert!(worked_on, "order {id} waits for one that is worked on");
        let lead = |order: &Order| order.dispatch.as_ref().map(|dispatch| dispatch.lead);
        assert_eq!(lead(order), lead(leading), "order {id} is where {} is", leading.id.0);
    }
}

impl Order {
    /// What its own unit was late with is told again, and not what another's was.
    fn is_late_as_before(&mut self) {
        self.overdue.retain(|stage| !OF_THE_UNIT.contains(stage));
        let late = self.unjoined.iter().flat_map(|unjoined| &unjoined.late);
        self.overdue.extend(late.copied());
    }

    /// What became of it in another's place says nothing about the unit before, unless that was the wrong one.
    pub(super) fn forget_first(&mut self) {
        if !self.reassigned && self.reworks.is_empty() {
            self.first = None;
        }
    }
}
