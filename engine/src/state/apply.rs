//! Records facts in the state. Infallible: what cannot happen was refused before it became a fact.

use thin_vec::ThinVec;

use super::counting::Touched;
use super::{KEY_KEPT_SECONDS, State};
use crate::directory::{MatterId, UnitId};
use crate::dues::OF_THE_UNIT;
use crate::ended::lists_of;
use crate::escalation::{Ladder, Rung};
use crate::event::{Event, Record};
use crate::figures::contribution;
use crate::handling::{Review, Rework};
use crate::order::{
    Basis, Callback, Dispatch, Due, Dues, Escalated, FirstDispatch, Mode, Order, OrderId, Reply,
    Return, Stage, Status,
};
use crate::staff::{HandlerId, PastHandler};
use crate::staffing::{Staffing, Standing};
use crate::time::Timestamp;

impl State {
    /// Records what one command caused. Infallible: `decide` has already refused what cannot happen.
    ///
    /// # Panics
    /// When a record does not follow from this state: the journal belongs to another one.
    pub fn apply(&mut self, record: &Record) {
        assert!(record.at >= self.at, "a record from {} after {}", record.at, self.at);
        self.at = record.at;
        self.records_count += 1;
        self.orders.begin(self.records_count);
        self.forget_old_keys();
        let touched = self.touched_by(record);
        for event in &record.events {
            self.count_in_time(record.at, event);
            self.tell_library(record.at, &record.actor.name, event);
            self.apply_event(record.at, event);
            self.count(record.at, event);
            self.note_precedent(record.at, event);
        }
        for it in &touched {
            self.press(it.order, &touched);
        }
        for touched in touched {
            let Touched { order: id, contribution: before, standing: stood, assumptions, lists } =
                touched;
            let order = &mut self.orders[id.slot()];
            order.version += 1;
            self.figures.replace(&before, &contribution(order), self.records_count);
            self.ended.replace(id, &lists, &lists_of(order));
            let alarm = order.renew_alarm();
            self.set_alarm(id, alarm);
            self.assume(id, &assumptions);
            let stands = Standing::of(&self.directory, &self.orders[id.slot()]);
            self.staffing.replace(stood, stands);
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm a fact: as many lines as there are facts")]
    fn apply_event(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::Accepted { order, number, acceptance, dues, ladder, similar } => {
                self.accepted(at, *order, *number, acceptance);
                let entry = self.entry(*order);
                entry.similar = similar.as_slice().into();
                entry.owe(dues[Stage::Handle], ladder);
                entry.set_due(Stage::Dispatch, dues[Stage::Dispatch]);
            }
            Event::CallerRecorded { order, caller } => {
                self.recent.insert_caller(*order, caller);
                self.orders.set_caller(order.slot(), caller.clone());
            }
            Event::Dispatched { order, matter, dispatch, dues, .. } => {
                self.dispatched(at, *order, *matter, dispatch, dues);
            }
            Event::SentToTriage { order, reason, dispatch_due } => {
                let entry = self.entry(*order);
                if dispatch_due.is_some() {
                    entry.set_due(Stage::Dispatch, *dispatch_due);
                    entry.times.waiting = at;
                }
                if entry.dispatch.is_some() {
                    self.leave_dissolved_unit(*order);
                    self.leave_unit(*order);
                }
                let entry = self.entry(*order);
                entry.status = Status::Triage;
                entry.triage = Some(*reason);
            }
            Event::Signed { order } => {
                let entry = self.entry(*order);
                entry.clocks.run(Stage::Sign, false);
                entry.status = Status::Signed;
                entry.times.signed = Some(at);
            }
            Event::Returned { order, refusal } => self.returned(*order, refusal),
            Event::Replied { order, reply, callback_due } => {
                self.replied(at, *order, reply, *callback_due);
            }
            Event::CalledBack { order, callback } => {
                let entry = self.entry(*order);
                entry.clocks.run(Stage::Callback, false);
                entry.called = true;
                entry.judged |= matches!(callback, Callback::Reached(_));
                add(&mut entry.callbacks, *callback);
            }
            Event::Closed { order, .. } | Event::PraisePassedOn { order } => {
                self.end(at, *order, Status::Closed);
            }
            Event::Withdrawn { order, .. } => self.end(at, *order, Status::Withdrawn),
            Event::Transferred { order, number } => {
                self.end(at, *order, Status::Transferred);
                self.entry(*order).transfer = Some(*number);
            }
            Event::Contacted { order, .. } => {
                self.stop(*order, Stage::Contact);
                self.entry(*order).times.contacted = Some(at);
            }
            Event::ExtensionRequested { order, extension } => {
                add(&mut self.entry(*order).extensions, extension.clone());
            }
            Event::ExtensionDecided { order, decision, handling } => {
                if let Some(extension) = self.entry(*order).extensions.last_mut() {
                    extension.decision = Some(decision.clone());
                }
                self.move_handling(*order, *handling);
            }
            Event::Paused { order, pause } => {
                self.hold(*order);
                self.entry(*order).status = Status::Paused;
                self.begin_pause(*order, pause);
            }
            Event::Resumed { order, handling } => {
                self.part(*order, PastHandler::Had);
                self.entry(*order).status = Status::Signed;
                self.entry(*order).end_pause(at);
                self.move_handling(*order, *handling);
            }
            Event::CoReplied { order, reply } => self.co_replied(*order, reply),
            Event::Reviewed { order, review } => self.reviewed(*order, review),
            Event::Reworked { order, rework, handle_due, ladder } => {
                self.reworked(*order, rework, *handle_due, ladder);
            }
            Event::Reminded { order, nudge } => {
                add(&mut self.entry(*order).reminders, nudge.clone());
            }
            Event::Supervised { order, nudge } => {
                let entry = self.entry(*order);
                add(&mut entry.supervisions, nudge.clone());
                entry.clocks.reach(Rung::Supervision);
            }
            Event::Revealed { order, reveal } => self.entry(*order).reveals.push(reveal.clone()),
            Event::Arbitrated { order, arbitration }
            | Event::ArbitrationRecomputed { order, arbitration } => {
                self.arbitrate(*order, Some(*arbitration));
            }
            Event::PauseRecomputed { order, until, assumed } => {
                self.move_pause_end(*order, *until, *assumed);
            }
            Event::DuePassed { order, stage, co_unit } => {
                self.due_passed(at, *order, *stage, *co_unit);
            }
            Event::Escalated { order, rung } => self.climb(at, *order, *rung),
            Event::DueRecomputed { order, due, co_unit: Some(unit), .. } => {
                self.help_recomputed(at, *order, *unit, *due);
            }
            Event::DueRecomputed { order, stage, due, ladder, co_unit: None } => {
                self.due_recomputed(at, *order, *stage, *due);
                if let Some(ladder) = ladder {
                    self.entry(*order).clocks.ladder = *ladder;
                }
            }
            // What the library is told of.
            Event::ArticlePut(_) | Event::ArticleRemoved { .. } | Event::ArticleMoved { .. } => {}
            Event::DirectoryAdopted(draft) => {
                draft.adopt(&mut self.directory);
                self.expect_nothing_of_the_dissolved();
                self.staffing = Staffing::of(&self.directory, self.open_orders());
            }
            Event::Assigned { order, handler } => {
                let entry = self.entry(*order);
                entry.handler = Some(*handler);
                entry.past_handler = None;
            }
            Event::Unassigned { order } => self.part(*order, PastHandler::TakenFrom),
            Event::Merged { order, merge } => self.merged(at, *order, merge),
            Event::Repeated { order, merge } => {
                self.note_unjoined(*order);
                self.end(at, *order, Status::Repeat);
                add(&mut self.entry(merge.into).repeats, *order);
                self.entry(*order).merge = Some(Box::new(merge.clone()));
            }
            Event::Unmerged { order, .. } => self.unmerged(*order),
            Event::GivenBack { order, held } => self.given_back(at, *order, held),
            Event::Joined { order, child } => {
                let joined = self.orders[child.slot()].as_joined();
                self.entry(*order).merged.push(joined);
            }
            Event::Parted { order, child } => {
                self.entry(*order).merged.retain(|other| other.order != *child);
            }
            Event::Followed { order } => self.followed(at, *order),
            Event::RepliedWith { order, callback_due } => {
                self.replied_with(at, *order, *callback_due);
            }
            Event::ReviewedWith { order, review } => self.reviewed_with(*order, review),
            Event::Answered { order, answer } => self.answered(at, *order, answer),
            Event::ServiceReported { case, service } => self.service_reported(case, service),
            Event::Rated { case, rating } => self.rated(case, rating),
            Event::Appealed { order, appeal } => {
                self.entry(*order).appeal = Some(Box::new(appeal.clone()));
            }
            Event::AppealDecided { order, decision } => self.appeal_decided(at, *order, decision),
            Event::CallsCounted { day, calls } => {
                self.figures.count_calls(*day, *calls, self.records_count);
            }
        }
    }

    fn dispatched(
        &mut self,
        at: Timestamp,
        id: OrderId,
        matter: Option<MatterId>,
        dispatch: &Dispatch,
        dues: &Dues,
    ) {
        self.leave_dissolved_unit(id);
        let entry = self.entry(id);
        // Given away as soon as it is on its own.
        if entry.status == Status::Triage && entry.triage.is_none() {
            entry.forget_first();
        }
        entry.clocks.run(Stage::Dispatch, false);
        entry.arbitration = None;
        for stage in OF_THE_UNIT {
            entry.set_due(stage, dues[stage]);
        }
        // What another unit was late with is not this one's.
        entry.overdue.retain(|late| !OF_THE_UNIT.contains(late));
        entry.status = Status::Dispatched;
        entry.triage = None;
        entry.matter = matter.or(entry.matter);
        // By the engine itself at acceptance, which is when the due of handling is made.
        if matches!(dispatch.mode, Mode::Auto | Mode::Known) {
            entry.basis = Basis { matter: entry.matter, unit: Some(dispatch.lead) };
        }
        entry.times.dispatched = Some(at);
        entry.times.signed = None;
        entry.times.contacted = None;
        let first = FirstDispatch { at, unit: dispatch.lead };
        let in_first_cycle = entry.reworks.is_empty();
        // Back with the unit that had it first after a joining was undone: nobody was mistaken.
        let another = entry.first.is_some_and(|first| first.unit != dispatch.lead);
        entry.reassigned |= another && in_first_cycle;
        entry.first = entry.first.or(Some(first));
        entry.handler = None;
        entry.dispatch = Some(dispatch.clone());
    }

    /// The unit that an order is about to leave was not the wrong one if it is no more: whoever gets it next is the first.
    pub(super) fn leave_dissolved_unit(&mut self, id: OrderId) {
        let lead = self.orders[id.slot()].dispatch.as_ref().map(|dispatch| dispatch.lead);
        self.forget_dissolved(id, lead);
    }

    /// The same of a unit that had it.
    pub(super) fn forget_dissolved(&mut self, id: OrderId, had: Option<UnitId>) {
        let Some(lead) = had.filter(|lead| !self.directory.is_active(*lead)) else { return };
        let entry = self.entry(id);
        if entry.reworks.is_empty() && !entry.reassigned {
            entry.first.take_if(|first| first.unit == lead);
        }
    }

    fn returned(&mut self, id: OrderId, refusal: &Return) {
        self.leave_unit(id);
        let entry = self.entry(id);
        add(&mut entry.returns, refusal.clone());
        // What it was joined to had another unit: that its unit does not keep it says nothing about the first.
        let was_first = entry.first.is_some_and(|first| first.unit == refusal.unit);
        entry.reassigned |= was_first && entry.reworks.is_empty();
    }

    pub(super) fn replied(
        &mut self,
        at: Timestamp,
        id: OrderId,
        reply: &Reply,
        callback_due: Option<Due>,
    ) {
        let entry = self.entry(id);
        entry.set_due(Stage::Callback, callback_due);
        // A reply is a word with the caller too.
        [Stage::Contact, Stage::Handle, Stage::Return]
            .iter()
            .for_each(|stage| entry.clocks.run(*stage, false));
        entry.clocks.owed = false;
        entry.status = Status::Replied;
        entry.times.replied = Some(at);
        (entry.judged, entry.called) = (false, false);
        add(&mut entry.replies, reply.clone());
    }

    /// Nobody has the order; how it was with the one who had it is remembered.
    pub(super) fn part(&mut self, id: OrderId, as_past: fn(HandlerId) -> PastHandler) {
        let entry = self.entry(id);
        if let Some(handler) = entry.handler.take() {
            entry.past_handler = Some(as_past(handler));
        }
    }

    pub(super) fn entry(&mut self, order: OrderId) -> &mut Order {
        &mut self.orders[order.slot()]
    }

    /// No clock runs on, whatever the order ends in.
    pub(super) fn end(&mut self, at: Timestamp, id: OrderId, status: Status) {
        let entry = self.entry(id);
        Stage::ALL.iter().for_each(|stage| entry.clocks.run(*stage, false));
        entry.status = status;
        entry.triage = None;
        entry.clocks.owed = false;
        entry.times.closed = Some(at);
        entry.arbitration = None;
        entry.end_pause(at);
    }

    fn due_passed(&mut self, at: Timestamp, id: OrderId, stage: Stage, co_unit: Option<UnitId>) {
        let entry = self.entry(id);
        if !entry.overdue.contains(&stage) {
            entry.overdue.push(stage);
        }
        match co_unit {
            Some(unit) => {
                entry.change_help(unit, |helper| helper.late = true);
                self.stop_if_no_help_is_owed(id);
            }
            None => self.stop(id, stage),
        }
        if stage == Stage::Handle {
            self.handling_passed(at, id);
        }
    }

    /// A reply that did not pass counts as none: the same due runs on, or has passed in the meantime.
    pub(super) fn reviewed(&mut self, id: OrderId, review: &Review) {
        let entry = self.entry(id);
        add(&mut entry.reviews, review.clone());
        if review.passed {
            return;
        }
        self.part(id, PastHandler::Had);
        let entry = self.entry(id);
        entry.status = Status::Signed;
        entry.times.replied = None;
        entry.tell_again();
        let due = entry.dues[Stage::Handle];
        let runs = due.is_some() && !entry.overdue.contains(&Stage::Handle);
        entry.clocks.owed = due.is_some();
        entry.set_due(Stage::Callback, None);
        if runs {
            entry.set_due(Stage::Handle, due);
        }
    }

    fn reworked(&mut self, id: OrderId, rework: &Rework, due: Option<Due>, ladder: &Ladder) {
        let entry = self.entry(id);
        add(&mut entry.reworks, rework.clone());
        let unit = entry.dispatch.as_ref().map(|dispatch| dispatch.lead);
        entry.basis = Basis { matter: entry.matter, unit };
        entry.times.replied = None;
        entry.times.closed = None;
        entry.clocks.begin();
        entry.overdue.clear();
        entry.set_due(Stage::Callback, None);
        entry.owe(due, ladder);
        self.part(id, PastHandler::Had);
    }

    /// The clock of handling stands still, and the ladder with it.
    fn hold(&mut self, id: OrderId) {
        let entry = self.entry(id);
        entry.clocks.run(Stage::Handle, false);
        entry.clocks.owed = false;
    }

    /// A handling due that was moved runs, and its ladder with it; unless the order is paused.
    fn move_handling(&mut self, id: OrderId, handling: Option<(Due, Ladder)>) {
        let Some((due, ladder)) = handling else { return };
        let entry = self.entry(id);
        entry.owe(Some(due), &ladder);
        if entry.status == Status::Paused {
            self.hold(id);
        }
    }

    /// The lateness is that of who has it now. A due that a notice had moved ahead passes again: the red card is shown once.
    fn handling_passed(&mut self, at: Timestamp, id: OrderId) {
        let entry = self.entry(id);
        entry.late_with = entry.dispatch.as_ref().map(|dispatch| dispatch.lead);
        if !entry.clocks.has_reached(Rung::Red) {
            self.climb(at, id, Rung::Red);
        }
    }

    fn climb(&mut self, at: Timestamp, id: OrderId, rung: Rung) {
        let entry = self.entry(id);
        entry.clocks.reach(rung);
        let unit = entry.dispatch.as_ref().map(|dispatch| dispatch.lead);
        entry.escalations.push(Escalated { at, rung, unit });
    }

    /// Stops a stage's clock, if it still runs.
    pub(super) fn stop(&mut self, id: OrderId, stage: Stage) {
        self.entry(id).clocks.run(stage, false);
    }

    /// Puts the order's next alarm in the place of the one it had.
    pub(super) fn set_alarm(&mut self, id: OrderId, (before, next): Renewed) {
        match (before, next) {
            (_, Some(next)) if before != Some(next) => _ = self.alarms.insert(next, id),
            (Some(before), None) => _ = self.alarms.remove(before, id),
            _ => {}
        }
    }

    fn forget_old_keys(&mut self) {
        let horizon = self.at.plus_seconds(-KEY_KEPT_SECONDS);
        while let Some(&(used, key)) = self.key_times.front() {
            if used >= horizon {
                break;
            }
            self.key_times.pop_front();
            self.keys.remove(&key);
        }
    }
}

/// When an order was to wake, and when it is to wake now.
type Renewed = (Option<Timestamp>, Option<Timestamp>);

impl Order {
    /// Looks anew when it is to wake.
    pub(super) fn renew_alarm(&mut self) -> Renewed {
        let next = self.next_alarm().map(|(at, _)| at);
        (std::mem::replace(&mut self.alarm, next), next)
    }

    /// Gives a stage a due, or none, and starts its clock.
    pub(super) fn set_due(&mut self, stage: Stage, due: Option<Due>) {
        self.dues[stage] = due;
        self.clocks.run(stage, due.is_some());
    }

    /// The unit owes a reply from now on.
    fn owe(&mut self, due: Option<Due>, ladder: &Ladder) {
        self.set_due(Stage::Handle, due);
        self.clocks.owed = due.is_some();
        self.clocks.ladder = *ladder;
    }

    /// However late somebody notices: a pause is over when it is over.
    fn end_pause(&mut self, at: Timestamp) {
        let lasting = self.pauses.last_mut().filter(|pause| pause.ended.is_none());
        let Some(pause) = lasting else { return };
        pause.ended = Some(at.min(pause.until));
    }
}

/// Adds a fact to those of an order. Most orders have one of a sort: a list grows to more only with the second.
pub(super) fn add<T>(facts: &mut ThinVec<T>, fact: T) {
    if facts.is_empty() {
        facts.reserve_exact(1);
    }
    facts.push(fact);
}
