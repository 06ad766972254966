//! The twin on what becomes of an order that is joined no more: its own unit's as it was, or nobody's.

use hotline_engine::directory::UnitId;
use hotline_engine::handling::{Arbitration, CoReply, Held, Owner};
use hotline_engine::order::{
    CoUnit, Dispatch, FirstDispatch, Mode, OrderId, Return, Stage, Status, TriageReason,
};
use hotline_engine::time::Timestamp;
use hotline_engine::{Event, Rejection};

use super::given::Given;
use super::joining::OF_A_UNIT;
use super::limits::all_help_is_in;
use super::{Ask, DutyList, Row, Told, Twin};

/// What an order was when it was joined.
#[derive(Clone, Default)]
pub(crate) struct Unjoined {
    /// Who had had it first, and whether that was the wrong one.
    pub(super) first: Option<FirstDispatch>,
    reassigned: bool,
    /// Who was to decide on it.
    rung: Option<Arbitration>,
    /// What its unit was late with.
    late: Vec<Stage>,
    /// Whom an arbiter has named for the other since, where that is still.
    pub(super) named: Option<UnitId>,
}

impl Twin {
    /// With a unit that stands and has not refused it, or whom an arbiter has named.
    pub(super) fn may_have_it(&self, row: &Row, owner: Owner, at: Timestamp) -> bool {
        let is_final = owner.is_final && !self.limits.numbers.finality_is_lost;
        self.duties.is_active(owner.unit)
            && !self.is_below(row, owner.unit, at)
            && (is_final || !row.was_refused_by(owner.unit))
    }

    /// It is with its unit as it was, or nobody's.
    pub(super) fn on_its_own(
        &self,
        row: &mut Row,
        at: Timestamp,
        before: Option<Held>,
    ) -> Vec<Event> {
        self.goes_on(row, at, before, None)
    }

    /// The same where its unit has had another order for it since a time, by an arbiter's word or not: what it did about that it
    /// did about this.
    pub(super) fn goes_on(
        &self,
        row: &mut Row,
        at: Timestamp,
        before: Option<Held>,
        other: Option<(&Row, Timestamp, bool)>,
    ) -> Vec<Event> {
        let waited = before.is_none();
        match before.filter(|it| self.may_have_it(row, it.owner(), at)) {
            Some(Held { dispatch, .. }) if self.limits.numbers.unmerge_starts_anew => {
                let Dispatch { lead, mode, .. } = dispatch;
                self.give(row, at, Given { lead, co_units: Vec::new(), matter: row.matter, mode })
            }
            Some(mut held) => {
                let helpers = &mut held.dispatch.co_units;
                let is_final = held.dispatch.mode == Mode::Arbitration;
                let may = |unit| is_final || !row.was_refused_by(unit);
                helpers.retain(|helper| self.duties.is_active(helper.unit) && may(helper.unit));
                let helped = row.who_has_helped(held.dispatch.at);
                let is_bound = other.is_some_and(|(.., is_bound)| is_bound);
                if let Some((other, since, _)) =
                    other.filter(|_| !self.limits.numbers.work_is_done_twice)
                {
                    for helper in helpers.iter_mut().filter(|it| !helped.contains(&it.unit)) {
                        let said = |it: &CoReply| it.unit == helper.unit && it.at >= since;
                        let is_over = helper.due.is_some_and(|due| due.current < at);
                        if !helper.late && (is_over || other.co_replies.iter().any(said)) {
                            helper.due = None;
                        }
                    }
                    let Held { signed, contacted, dues, running, .. } = &mut held;
                    if let (None, Some(then)) = (*signed, other.times.signed) {
                        (*signed, dues[Stage::Sign]) = (Some(then.max(since)), None);
                        running.retain(|stage| *stage != Stage::Sign);
                    }
                    if let (None, Some(then)) = (*contacted, other.times.contacted) {
                        (*contacted, dues[Stage::Contact]) = (Some(then.max(since)), None);
                        running.retain(|stage| *stage != Stage::Contact);
                    }
                    for stage in [Stage::Sign, Stage::Contact] {
                        let is_over = dues[stage].is_some_and(|due| due.current < at);
                        let owes = self.limits.numbers.owes_what_ended;
                        if running.contains(&stage) && is_over && !owes {
                            dues[stage] = None;
                            running.retain(|running| *running != stage);
                        }
                    }
                }
                if is_bound {
                    held.dispatch.mode = Mode::Arbitration;
                    held.dues[Stage::Return] = None;
                    held.running.retain(|stage| *stage != Stage::Return);
                }
                let helpers = &held.dispatch.co_units;
                let owes = |it: &CoUnit| it.due.is_some() && !it.late && !helped.contains(&it.unit);
                if !helpers.iter().any(owes) {
                    held.running.retain(|stage| *stage != Stage::CoHandle);
                }
                held.dues[Stage::CoHandle] = all_help_is_in(helpers);
                vec![row.given_back(held)]
            }
            None => self.nobody_s(row, at, waited),
        }
    }

    /// Whether a unit has it, with another or in its place, by an arbiter's word: about both of them, or though it has refused it.
    pub(super) fn is_named(&self, row: &Row, unit: UnitId) -> bool {
        let for_both = row.unjoined.named == Some(unit) && !self.limits.numbers.names_for_one;
        for_both || row.was_refused_by(unit)
    }

    /// It waits for a unit: as long as it may, or, where it waited when it was joined, as long as it might have then.
    pub(super) fn nobody_s(&self, row: &mut Row, at: Timestamp, waited: bool) -> Vec<Event> {
        row.leave_unit();
        let before = (row.dues[Stage::Dispatch], row.passed.clone(), row.times.waiting);
        let mut events = self.unowned(row, at, TriageReason::Unmerged);
        if waited && !self.limits.numbers.unmerge_waits_anew {
            (row.dues[Stage::Dispatch], row.passed, row.times.waiting) = before;
            for event in &mut events {
                if let Event::SentToTriage { dispatch_due, .. } = event {
                    *dispatch_due = None;
                }
                if let (Event::Arbitrated { arbitration, .. }, Some(rung)) =
                    (event, row.unjoined.rung)
                {
                    *arbitration = rung;
                    row.arbitration = Some(rung);
                }
            }
        }
        events
    }

    /// Before a dispatcher, or an arbiter if it was returned so often.
    pub(super) fn unowned(&self, row: &mut Row, at: Timestamp, reason: TriageReason) -> Vec<Event> {
        if row.returns.len() < self.limits.numbers.returns_before_arbitration {
            return vec![self.to_triage(row, at, reason)];
        }
        let (order, arbitration) = (row.id, self.limits.before_arbiter(0, at));
        row.arbitration = Some(arbitration);
        let waits = self.to_triage(row, at, TriageReason::Arbitration);
        vec![waits, Event::Arbitrated { order, arbitration }]
    }

    /// The most urgent of those who waited, and of those the oldest, is handled for the rest, where this one was.
    pub(super) fn inherit(
        &mut self,
        ended: &Row,
        children: &[OrderId],
        ask: Ask<'_>,
        told: &mut Told,
    ) -> Result<(), Rejection> {
        let urgency = |id: OrderId| std::cmp::Reverse(self.known(id).acceptance.urgency);
        let heir = children.iter().min_by_key(|&&id| (urgency(id), id));
        let Some(heir) = heir else { return Ok(()) };
        let rest: Vec<OrderId> = children.iter().copied().filter(|id| id != heir).collect();
        if !self.limits.numbers.has_heirs {
            return Ok(());
        }
        let (at, by) = (ask.at, ask.actor.name.as_str());
        let merge = self.known(*heir).merge.clone().expect("it waits with another");
        let (own, since) = (merge.before, merge.at);
        let had_unit = self.known(*heir).lead().is_some();
        let waited = own.is_none() && !had_unit;
        self.change(at, *heir, told, |twin, row| {
            Ok(vec![row.unmerged("原主单已结束", &twin.duties)])
        })?;
        self.part(at, ended.id, *heir, told)?;
        // What an arbiter said of the one that has ended binds the unit for those that were joined by then.
        let is_named = |unit| children.iter().any(|id| self.is_named(self.known(*id), unit));
        let here = ended.owner().map(|it| Owner { is_final: is_named(it.unit), ..it });
        let is_there = |own: &Held| here.is_some_and(|here| here.unit == own.dispatch.lead);
        let is_final = |own: &Held| own.owner().is_final && !self.limits.numbers.finality_is_lost;
        let is_own_there = own.as_ref().is_some_and(is_there);
        let own = own.filter(|own| is_final(own) || is_there(own));
        self.change(at, *heir, told, |twin, row| {
            if own.is_some() {
                let is_bound = here.is_some_and(|here| here.is_final);
                let other = is_own_there.then_some((ended, since, is_bound));
                return Ok(twin.goes_on(row, at, own, other));
            }
            let Some(owner) = here.filter(|it| twin.may_have_it(row, *it, at)) else {
                return Ok(twin.nobody_s(row, at, waited));
            };
            let mut co_units = ended.co_units();
            co_units.retain(|&unit| twin.duties.is_active(unit) && !row.was_refused_by(unit));
            if twin.limits.numbers.heirs_have_no_helpers {
                co_units.clear();
            }
            let mode = if owner.is_final { Mode::Arbitration } else { Mode::Triage };
            let (lead, matter) = (owner.unit, row.matter);
            if !row.reassigned && row.reworks.is_empty() {
                row.first = None;
            }
            Ok(twin.give(row, at, Given { lead, co_units, matter, mode }))
        })?;
        self.pass_on(at, by, &rest, (ended.id, *heir), told)
    }
}

impl Row {
    /// The wrong unit for the other was the wrong one for this.
    pub(super) fn is_denied(&mut self, refusal: Return) {
        let was_first = self.first.is_some_and(|first| first.unit == refusal.unit);
        if was_first && self.reworks.is_empty() {
            self.reassigned = true;
            self.unjoined.reassigned |= self.unjoined.first.is_some();
        }
        self.returns.push(refusal);
    }

    /// Of what units are late with only what its own was late with is told.
    pub(super) fn is_late_alone(&mut self) {
        self.overdue.retain(|late| !OF_A_UNIT.contains(late));
        self.overdue.extend(self.unjoined.late.clone());
    }

    /// What is to go on as it was, whatever happens to the other.
    pub(super) fn note_unjoined(&mut self) {
        if self.status != Status::Merged {
            let late = self.overdue.iter().copied().filter(|stage| OF_A_UNIT.contains(stage));
            let (first, reassigned, rung) = (self.first, self.reassigned, self.arbitration);
            self.unjoined = Unjoined { first, reassigned, rung, late: late.collect(), named: None };
        }
    }

    pub(super) fn unmerged(&mut self, note: &str, duties: &DutyList) -> Event {
        self.status = Status::Triage;
        let merge = self.merge.take().expect("it was joined");
        self.is_late_alone();
        let Unjoined { first, reassigned, .. } = self.unjoined;
        (self.first, self.reassigned) = (first, reassigned);
        let gone = merge.before.map(|held| held.dispatch.lead).filter(|it| !duties.is_active(*it));
        if gone.is_some() && self.reworks.is_empty() && !reassigned {
            self.first.take_if(|first| Some(first.unit) == gone);
        }
        self.times.closed = None;
        self.tell_again();
        Event::Unmerged { order: self.id, note: note.to_owned() }
    }
}
