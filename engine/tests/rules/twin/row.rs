//! What the twin knows of an order, which of its clocks run, and what time alone will bring on.
//!
//! Whether a clock runs is asked of the facts each time; nothing is set and forgotten.

use hotline_engine::command::Acceptance;
use hotline_engine::directory::{MatterId, UnitId};
use hotline_engine::escalation::{Ladder, Rung};
use hotline_engine::handling::{
    Answer, Appeal, Arbitration, CoReply, Extension, Merge, Nudge, Owner, Pause, Reveal, Review,
    Rework, Similar,
};
use hotline_engine::order::{
    Callback, Caller, CoUnit, Dispatch, Due, Dues, Escalated, FirstDispatch, Mode, Order, OrderId,
    Reply, Return, Stage, StageTimes, Status, TriageReason,
};
use hotline_engine::staff::HandlerId;
use hotline_engine::time::Timestamp;
use hotline_engine::{Event, Rejection};

use super::joining::Kept;
use super::parting::Unjoined;
use super::staff::Past;
use super::staff::Presses;

/// An order.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) id: OrderId,
    pub(crate) number: u64,
    /// What it started with; the caller stands apart.
    pub(crate) acceptance: Acceptance,
    pub(crate) caller: Option<Caller>,
    /// The number behind the caller, however it was written.
    pub(crate) number_called: Option<u64>,
    pub(crate) matter: Option<MatterId>,
    /// Whether it was about urban management when its first cycle began.
    pub(crate) began_urban: bool,
    pub(crate) transfer: Option<u16>,
    pub(crate) status: Status,
    pub(crate) triage: Option<TriageReason>,
    pub(crate) dispatch: Option<Dispatch>,
    pub(crate) first: Option<FirstDispatch>,
    pub(crate) reassigned: bool,
    /// What it was when it was joined.
    pub(super) unjoined: Unjoined,
    pub(crate) times: StageTimes,
    pub(crate) dues: Dues,
    /// Stages whose present due has passed unmet.
    pub(crate) passed: Vec<Stage>,
    pub(crate) overdue: Vec<Stage>,
    /// With whom it was when its handling became late.
    pub(crate) late_with: Option<UnitId>,
    pub(crate) ladder: Ladder,
    /// Rungs of this cycle.
    pub(crate) climbed: Vec<Rung>,
    pub(crate) escalations: Vec<Escalated>,
    /// Who in the unit has it, and who had it before.
    pub(crate) handler: Option<HandlerId>,
    pub(crate) past: Option<Past>,
    /// Whether the present unit has replied, and the caller been called back since.
    pub(crate) answered: bool,
    pub(crate) called_back: bool,
    /// Whether the caller has said what he thinks of the present reply.
    pub(crate) judged: bool,
    /// Co-units that have spoken since the dispatch.
    pub(crate) helped: Vec<UnitId>,
    pub(crate) returns: Vec<Return>,
    pub(crate) replies: Vec<Reply>,
    pub(crate) callbacks: Vec<Callback>,
    pub(crate) extensions: Vec<Extension>,
    /// Whether the last extension waits for an answer that the present unit wants.
    pub(crate) extension_open: bool,
    pub(crate) pauses: Vec<Pause>,
    pub(crate) reviews: Vec<Review>,
    pub(crate) reworks: Vec<Rework>,
    pub(crate) co_replies: Vec<CoReply>,
    pub(crate) reminders: Vec<Nudge>,
    pub(crate) supervisions: Vec<Nudge>,
    pub(crate) reveals: Vec<Reveal>,
    pub(crate) arbitration: Option<Arbitration>,
    /// Orders that may be about the same, as they were found at acceptance.
    pub(crate) similar: Vec<Similar>,
    /// To which it was joined.
    pub(crate) merge: Option<Merge>,
    /// What it had of its unit when it was joined, if it had one.
    pub(crate) kept: Option<Kept>,
    /// Which were joined to it.
    pub(crate) merged: Vec<OrderId>,
    /// What the desk answered by itself.
    pub(crate) answer: Option<Answer>,
    /// The case whose bad grade it is, and the unit's objection to that.
    pub(crate) rated_case: Option<String>,
    pub(crate) appeal: Option<Appeal>,
    pub(crate) version: u32,
    /// What the order knows that is handled for this one: when this is due, and by when it has its turn.
    pub(crate) told_to_press: Presses,
}

/// What time alone brings on. At one instant a due comes before a rung, and both before what ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wake {
    Due(Stage),
    Help(UnitId),
    Rung(Rung),
    PauseEnd,
    ArbiterLate,
}

impl Row {
    pub(crate) fn lead(&self) -> Option<UnitId> {
        self.dispatch.as_ref().map(|dispatch| dispatch.lead)
    }

    /// Who has it, and whether by an arbiter's word.
    pub(crate) fn owner(&self) -> Option<Owner> {
        let dispatch = self.dispatch.as_ref()?;
        Some(Owner { unit: dispatch.lead, is_final: dispatch.mode == Mode::Arbitration })
    }

    pub(crate) fn co_units(&self) -> Vec<UnitId> {
        self.who_helps().iter().map(|helper| helper.unit).collect()
    }

    fn who_helps(&self) -> &[CoUnit] {
        self.dispatch.as_ref().map_or(&[], |dispatch| &dispatch.co_units)
    }

    /// Who has a due for helping and has not done so; nobody where another is handled for it.
    pub(super) fn silent(&self) -> Vec<(UnitId, Due)> {
        let mut silent = Vec::new();
        for helper in self.who_helps().iter().filter(|_| self.is_open()) {
            let waits = !self.helped.contains(&helper.unit);
            silent.extend(helper.due.filter(|_| waits).map(|due| (helper.unit, due)));
        }
        silent
    }

    /// The same, of those that are not late yet.
    pub(super) fn owes_help(&self) -> Vec<(UnitId, Due)> {
        let late = |unit| self.who_helps().iter().any(|it| it.unit == unit && it.late);
        self.silent().into_iter().filter(|(unit, _)| !late(*unit)).collect()
    }

    pub(super) fn helping(&mut self, unit: UnitId) -> &mut CoUnit {
        let helpers = self.dispatch.iter_mut().flat_map(|dispatch| &mut dispatch.co_units);
        helpers.into_iter().find(|helper| helper.unit == unit).expect("it helps")
    }

    pub(crate) fn is_open(&self) -> bool {
        use Status::{Closed, Repeat, Transferred, Withdrawn};
        !matches!(self.status, Closed | Withdrawn | Transferred | Repeat)
    }

    /// Whether somebody still works on it, by itself and not with another.
    pub(crate) fn is_worked_on(&self) -> bool {
        use Status::{Dispatched, Paused, Signed, Triage};
        matches!(self.status, Triage | Dispatched | Signed | Paused)
    }

    /// Whether the unit, or whoever must find one, still owes a reply and its clock does not stand still.
    pub(super) fn owes_reply(&self) -> bool {
        use Status::{Dispatched, Merged, Signed, Triage};
        matches!(self.status, Triage | Dispatched | Signed | Merged)
    }

    /// Whether a stage's clock runs.
    pub(crate) fn runs(&self, stage: Stage) -> bool {
        if self.dues[stage].is_none() || self.passed.contains(&stage) || !self.is_open() {
            return false;
        }
        let has_unit = self.dispatch.is_some();
        match stage {
            Stage::Dispatch => self.status == Status::Triage,
            Stage::Sign => self.status == Status::Dispatched,
            // A reply is a word with the caller too, even one that is sent back later.
            Stage::Contact => has_unit && self.times.contacted.is_none() && !self.answered,
            Stage::Handle => self.owes_reply(),
            Stage::CoHandle => !self.owes_help().is_empty(),
            Stage::Callback => self.status == Status::Replied && !self.called_back,
            Stage::Return => has_unit && !self.answered,
        }
    }

    /// Whether a due has passed and what it asks for is still to be done; a call that reached nobody was one.
    pub(crate) fn owes_late(&self, stage: Stage) -> bool {
        let before_it_passed = || Row { passed: Vec::new(), ..self.clone() };
        let is_called = stage == Stage::Callback && self.called_back;
        let is_one = !matches!(stage, Stage::Handle | Stage::CoHandle | Stage::Return);
        is_one && !is_called && self.passed.contains(&stage) && before_it_passed().runs(stage)
    }

    /// All that time alone will bring on. Nobody is late to refuse.
    pub(crate) fn wakes(&self) -> Vec<(Timestamp, Wake)> {
        let mut wakes = Vec::new();
        if !self.is_open() {
            return wakes;
        }
        for &stage in Stage::ALL {
            if stage != Stage::Return && stage != Stage::CoHandle && self.runs(stage) {
                wakes.extend(self.dues[stage].map(|due| (due.current, Wake::Due(stage))));
            }
        }
        let helps = self.owes_help().into_iter();
        wakes.extend(helps.map(|(unit, due)| (due.current, Wake::Help(unit))));
        for rung in [Rung::Reminder, Rung::Yellow, Rung::Written, Rung::Supervision] {
            if self.owes_reply() && !self.climbed.contains(&rung) {
                wakes.extend(self.ladder[rung].map(|when| (when, Wake::Rung(rung))));
            }
        }
        if let Some(pause) = self.pauses.last().filter(|pause| pause.ended.is_none()) {
            wakes.push((pause.until, Wake::PauseEnd));
        }
        let late = self.arbitration.and_then(|arbitration| arbitration.due);
        wakes.extend(late.map(|due| (due, Wake::ArbiterLate)));
        wakes
    }

    /// Notes the dues that passed before `at`, oldest first.
    pub(crate) fn let_pass(&mut self, at: Timestamp) -> Vec<Event> {
        let mut wakes = self.wakes();
        wakes.sort_unstable();
        let mut events = Vec::new();
        for (when, wake) in wakes {
            match wake {
                Wake::Due(stage) if when < at => events.push(self.pass(at, stage)),
                Wake::Help(unit) if when < at => events.push(self.pass_help(unit)),
                _ => {}
            }
        }
        events
    }

    /// A due has passed unmet. That of handling is the red card.
    pub(crate) fn pass(&mut self, at: Timestamp, stage: Stage) -> Event {
        self.passed.push(stage);
        if !self.overdue.contains(&stage) {
            self.overdue.push(stage);
        }
        if stage == Stage::Handle {
            self.late_with = self.lead();
        }
        if stage == Stage::Handle && !self.climbed.contains(&Rung::Red) {
            self.climb(at, Rung::Red);
        }
        Event::DuePassed { order: self.id, stage, co_unit: None }
    }

    /// One of those who help has not done so in time.
    pub(crate) fn pass_help(&mut self, unit: UnitId) -> Event {
        self.helping(unit).late = true;
        let stage = Stage::CoHandle;
        if !self.overdue.contains(&stage) {
            self.overdue.push(stage);
        }
        Event::DuePassed { order: self.id, stage, co_unit: Some(unit) }
    }

    pub(crate) fn climb(&mut self, at: Timestamp, rung: Rung) {
        self.climbed.push(rung);
        self.escalations.push(Escalated { at, rung, unit: self.lead() });
    }

    /// Somebody, or a second unhappy caller, has it watched: the ladder does not say so again in this cycle.
    pub(crate) fn watch(&mut self, nudge: &Nudge) {
        self.supervisions.push(nudge.clone());
        self.climbed.push(Rung::Supervision);
    }

    /// A new due starts a new clock.
    pub(crate) fn set_due(&mut self, stage: Stage, due: Option<Due>) {
        self.dues[stage] = due;
        self.passed.retain(|&old| old != stage);
    }

    /// Where a handling due stands from now on, with its ladder.
    pub(crate) fn move_handling(&mut self, handling: Option<(Due, Ladder)>) {
        if let Some((due, ladder)) = handling {
            self.set_due(Stage::Handle, Some(due));
            self.ladder = ladder;
        }
    }

    /// The desk ends nothing that somebody, or the ladder, has put under supervision.
    pub(crate) fn is_not_watched(&self) -> Result<(), Rejection> {
        let rungs = self.escalations.iter().filter(|it| it.rung == Rung::Supervision);
        match self.supervisions.len() + rungs.count() {
            0 => Ok(()),
            _ => Err(Rejection::UnderSupervision { order: self.id }),
        }
    }

    /// More time is asked for and given before expiry; in a pause nothing expires.
    pub(crate) fn before_expiry(&self, at: Timestamp) -> Result<(), Rejection> {
        match self.dues[Stage::Handle].map(|due| due.current) {
            Some(due) if at > due && self.status != Status::Paused => {
                Err(Rejection::AfterDue { order: self.id, due })
            }
            _ => Ok(()),
        }
    }

    /// Whether the unit denied its duty; who only asked for more facts has not.
    pub(crate) fn was_refused_by(&self, unit: UnitId) -> bool {
        self.returns.iter().any(|it| it.unit == unit && it.reason.code() != "not-enough-facts")
    }

    /// The caller hears it from now on; nobody has called back since.
    pub(crate) fn replied(&mut self, reply: Reply) {
        self.status = Status::Replied;
        self.times.replied = Some(reply.at);
        (self.answered, self.called_back, self.judged) = (true, false, false);
        self.replies.push(reply);
    }

    /// A reply that did not pass is owed still, by the same due.
    pub(crate) fn sent_back(&mut self, review: Review) {
        self.reviews.push(review);
        self.leave_worker(Past::Had);
        self.set_due(Stage::Callback, None);
        self.status = Status::Signed;
        self.times.replied = None;
        self.tell_again();
    }

    /// Nobody was told of what was late by a notice alone: if it is owed again, that passes as any due does.
    pub(super) fn tell_again(&mut self) {
        if !self.climbed.contains(&Rung::Red) {
            self.overdue.retain(|late| *late != Stage::Handle);
            self.passed.retain(|late| *late != Stage::Handle);
        }
    }

    /// A bad grade that counts no more.
    pub(super) fn is_struck(&self) -> bool {
        let decision = self.appeal.as_ref().and_then(|appeal| appeal.decision.as_ref());
        decision.is_some_and(|decision| decision.granted)
    }

    /// The cycle began with the acceptance or with the last rework.
    pub(crate) fn cycle_start(&self) -> Timestamp {
        self.reworks.last().map_or(self.times.accepted, |rework| rework.at)
    }

    /// It is done, whatever it ends in: a pause ends with it, if it has not ended before.
    pub(crate) fn end(&mut self, at: Timestamp, status: Status) {
        self.status = status;
        self.triage = None;
        self.arbitration = None;
        self.times.closed = Some(at);
        if let Some(pause) = self.pauses.last_mut() {
            pause.ended = pause.ended.or(Some(at.min(pause.until)));
        }
    }

    /// The first thing in which the engine's order is another one.
    pub(crate) fn difference(&self, order: &Order) -> Option<String> {
        let mut differences = Vec::new();
        macro_rules! same {
            ($($name:expr => $own:expr, $other:expr;)+) => { $(
                if $other != $own {
                    differences.push(format!("{}: {:?}, not {:?}", $name, $other, $own));
                }
            )+ };
        }
        macro_rules! same_fields {
            ($($field:ident)+) => { $(same! { stringify!($field) => self.$field, order.$field; })+ };
        }
        macro_rules! as_accepted {
            ($($field:ident)+) => {
                $(same! { stringify!($field) => self.acceptance.$field, order.$field; })+
            };
        }
        same_fields! {
            id number matter transfer status triage dispatch first reassigned times dues overdue
            late_with judged
            escalations returns replies callbacks extensions pauses reviews reworks co_replies
            reminders supervisions reveals arbitration similar rated_case
            handler version
        }
        as_accepted! {
            kind tags urgency channel title content place region classification sketch
        }
        for &stage in Stage::ALL {
            same! { stage.code() => self.runs(stage), order.clocks.runs(stage); }
        }
        for &rung in Rung::ALL {
            same! { rung.code() => self.climbed.contains(&rung), order.clocks.has_reached(rung); }
        }
        let next = self.wakes().into_iter().min().map(|(when, _)| when);
        same! {
            "upstream" => self.acceptance.upstream.as_ref(), order.upstream.as_deref();
            "merge" => self.merge.as_ref(), order.merge.as_deref();
            "merged" => self.merged, order.merged.iter().map(|it| it.order).collect::<Vec<_>>();
            "answer" => self.answer.as_ref(), order.answer.as_deref();
            "appeal" => self.appeal.as_ref(), order.appeal.as_deref();
            "ladder" => self.ladder, order.clocks.ladder;
            "next alarm" => next, order.next_alarm().map(|(when, _)| when);
            "open extension" => self.extension_open, order.open_extension().is_some();
        }
        (!differences.is_empty()).then(|| differences.join("; "))
    }
}
