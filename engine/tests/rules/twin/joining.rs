//! The twin on orders about the same: who is joined to whom, what each keeps, and how it is on its own again.
//!
//! A joined order goes where the other goes and hears what its caller hears; its clocks of handling and its ladder are
//! its own. What ends the order that stands for others makes the oldest of them stand for the rest.

use hotline_engine::command::{Acceptance, Action};
use hotline_engine::directory::UnitId;
use hotline_engine::handling::{Held, Merge, Nudge};
use hotline_engine::order::{Dues, FirstDispatch, Mode, OrderId, ReworkReason, Stage, Status};
use hotline_engine::time::Timestamp;
use hotline_engine::{Event, Rejection};

use super::desk_work::again;
use super::staff::Past;
use super::{Ask, DutyList, Row, Told, Twin, not_enough_yet, says};

/// The stages whose clocks are a unit's own.
pub(super) const OF_A_UNIT: [Stage; 4] =
    [Stage::Sign, Stage::Contact, Stage::CoHandle, Stage::Return];

/// What the twin keeps of an order that is joined, beside what the fact says.
#[derive(Clone)]
pub(crate) struct Kept {
    passed: Vec<Stage>,
    answered: bool,
}

/// Somebody of the desk joins two orders. The same caller's is a repeat: it ends, and the other is hurried or, if it has
/// been replied to, handled once more. Another caller's waits with the other.
pub(super) fn merge(
    twin: &mut Twin,
    id: OrderId,
    ask: Ask<'_>,
    told: &mut Told,
) -> Result<(), Rejection> {
    let &Action::Merge { into, .. } = ask.action else { unreachable!() };
    let (at, by) = (ask.at, ask.actor.name.as_str());
    let row = twin.known(id).clone();
    let leading = twin.row(into).cloned().ok_or(Rejection::UnknownOrder { order: into })?;
    let own = row.number_called.is_some() && row.number_called == leading.number_called;
    let low = !own && leading.lead().is_some_and(|lead| twin.is_below(&row, lead, at));
    may_join(&row, &leading, (own, low), twin.limits.numbers.newer_takes_older)?;
    if own {
        row.is_not_watched()?;
    }
    let nudge = comes_again(at, by, row.number, &row.acceptance);
    let reason = ReworkReason::NewFacts;
    if own && leading.is_worked_on() {
        not_enough_yet("reminders", &leading.reminders)?;
    } else if own {
        again(twin, &mut leading.clone(), at, reason, &nudge.note)?;
    }
    let children = twin.waiting_with(&row);
    if leading.merged.len() + children.len() >= 200 {
        return Err(Rejection::Enough { what: "joined orders", max: 200 });
    }
    twin.change(at, id, told, |twin, row| {
        row.kept = row.keep();
        let merge = Merge { at, by: by.to_owned(), into, before: row.held() };
        Ok(vec![if own {
            row.repeats(at, merge)
        } else {
            row.waits_with(at, merge, &leading, &twin.duties)
        }])
    })?;
    // What was joined before, and got its reply there, is so no more.
    if let Some(before) = row.merge {
        twin.part(at, before.into, id, told)?;
    }
    twin.change(at, into, told, |twin, leading| match (own, leading.is_worked_on()) {
        (true, true) => Ok(vec![leading.hurried(nudge)]),
        (true, false) => again(twin, leading, at, reason, &nudge.note),
        (false, _) => Ok(vec![leading.stands_for(id)]),
    })?;
    twin.pass_on(at, by, &children, (id, into), told)
}

fn may_join(
    row: &Row,
    leading: &Row,
    (own, low): (bool, bool),
    newer_takes_older: bool,
) -> Result<(), Rejection> {
    let refused = leading.lead().is_some_and(|lead| row.was_refused_by(lead));
    let why = match leading.status {
        _ if leading.id == row.id => "is the order itself",
        _ if row.is_praise() || leading.is_praise() => "praise is passed on, not joined",
        _ if row.is_struck() || leading.is_struck() => "is a struck grade, or this order is one",
        _ if refused => "is with a unit that has returned this order",
        _ if own && row.is_guarded() && !leading.is_guarded() => {
            "asks to stay unnamed, and the caller's other order does not"
        }
        _ if low => "is with a street or community, and this matter is a department's",
        _ if own && leading.id > row.id && !newer_takes_older => {
            "is the caller's newer order; join that one to this"
        }
        _ if own && row.above().is_some() => {
            "has not the due that this order has above, which would be lost to sight"
        }
        _ if row.acceptance.urgency > leading.acceptance.urgency => {
            "is less urgent than this order, whose clock would be lost to sight"
        }
        Status::Replied | Status::Closed if !own => {
            "has been replied to; only its own caller's new facts open it again"
        }
        Status::Merged | Status::Repeat => "is joined to another order itself",
        Status::Withdrawn | Status::Transferred => "has ended",
        _ => return Ok(()),
    };
    Err(Rejection::NotJoinable { why })
}

/// What the unit hears when a caller comes again.
pub(super) fn comes_again(at: Timestamp, by: &str, number: u64, said: &Acceptance) -> Nudge {
    let mut words = Vec::from([said.title.clone()]);
    words.extend(said.place.as_ref().map(|place| format!("地点:{place}")));
    words.extend((!said.tags.is_empty()).then(|| format!("标签:{}", said.tags.join("、"))));
    words.push(said.content.clone());
    words.retain(|it| !it.is_empty());
    let note = format!("同一诉求人再次来电(工单 {number:018}):{}", words.join(";"));
    Nudge { at, by: by.to_owned(), note: note.chars().take(20_000).collect() }
}

/// It has the unit again that it had, if that may have it; its own clock has run on.
pub(super) fn unmerge(
    twin: &mut Twin,
    id: OrderId,
    ask: Ask<'_>,
    told: &mut Told,
) -> Result<(), Rejection> {
    let Action::Unmerge { note, .. } = ask.action else { unreachable!() };
    says("note", note)?;
    let (row, at) = (twin.known(id).clone(), ask.at);
    if row.is_struck() {
        return Err(Rejection::NothingOpen { what: "joining" });
    }
    let merge = row.merge.clone().expect("a joined order says to which");
    twin.change(at, id, told, |twin, row| Ok(vec![row.unmerged(note, &twin.duties)]))?;
    if row.status == Status::Merged {
        twin.part(at, merge.into, id, told)?;
    }
    twin.change(at, id, told, |twin, row| Ok(twin.on_its_own(row, at, merge.before)))
}

impl Twin {
    /// Orders that wait for the reply to this one.
    pub(super) fn waiting_with(&self, row: &Row) -> Vec<OrderId> {
        let waits = |id: &OrderId| self.known(*id).status == Status::Merged;
        row.merged.iter().copied().filter(waits).collect()
    }

    pub(super) fn part(
        &mut self,
        at: Timestamp,
        order: OrderId,
        child: OrderId,
        told: &mut Told,
    ) -> Result<(), Rejection> {
        self.change(at, order, told, |_, row| {
            row.merged.retain(|other| *other != child);
            Ok(vec![Event::Parted { order, child }])
        })
    }

    /// What waited with one order waits with another.
    pub(super) fn pass_on(
        &mut self,
        at: Timestamp,
        by: &str,
        children: &[OrderId],
        (from, into): (OrderId, OrderId),
        told: &mut Told,
    ) -> Result<(), Rejection> {
        for &child in children {
            let there = self.known(into).lead();
            if let Some(why) = there.and_then(|lead| self.stays_behind(child, lead, at)) {
                self.alone(at, (from, child), why, told)?;
                continue;
            }
            let before = self.known(child).merge.as_ref().and_then(|merge| merge.before.clone());
            let merge = Merge { at, by: by.to_owned(), into, before };
            self.part(at, from, child, told)?;
            self.change(at, into, told, |_, row| Ok(vec![row.stands_for(child)]))?;
            self.change(at, child, told, |twin, row| {
                Ok(vec![row.waits_with(at, merge, twin.known(into), &twin.duties)])
            })?;
        }
        Ok(())
    }

    /// Whether a joined order was refused by the unit to which it would have to follow, or is not for streets.
    fn stays_behind(&self, child: OrderId, lead: UnitId, at: Timestamp) -> Option<&'static str> {
        let row = self.known(child);
        if row.was_refused_by(lead) && !self.limits.numbers.follows_to_refusers {
            return Some("主单的承办单位曾退回本单");
        }
        self.is_below(row, lead, at).then_some("本单事项须由职能部门承办")
    }

    /// What only a department may hold is no street's, whoever says so.
    pub(super) fn is_below(&self, row: &Row, unit: UnitId, at: Timestamp) -> bool {
        let (duties, region) = (&self.duties, row.acceptance.region);
        let functional = row.matter.is_some_and(|it| duties.is_functional(it, region, at.day()));
        functional && duties.is_grassroots(unit) && !self.limits.numbers.follows_down
    }

    /// It does not follow, and is where it was before.
    fn alone(
        &mut self,
        at: Timestamp,
        (from, child): (OrderId, OrderId),
        note: &str,
        told: &mut Told,
    ) -> Result<(), Rejection> {
        let before = self.known(child).merge.as_ref().and_then(|merge| merge.before.clone());
        let had_unit = self.known(child).lead().is_some();
        self.change(at, child, told, |twin, row| Ok(vec![row.unmerged(note, &twin.duties)]))?;
        self.part(at, from, child, told)?;
        self.change(at, child, told, |twin, row| {
            // What has been with a unit does not wait by the due of before.
            Ok(match before {
                None if had_unit => twin.nobody_s(row, at, false),
                before => twin.on_its_own(row, at, before),
            })
        })
    }

    /// What is done with an order that stands for others is done for them, and of one that waits the other hears.
    pub(super) fn carry_on(
        &mut self,
        before: &Row,
        ask: Ask<'_>,
        told: &mut Told,
    ) -> Result<(), Rejection> {
        let (at, id) = (ask.at, before.id);
        for fact in told.facts.clone() {
            if let (Status::Merged, Some(merge)) = (before.status, &before.merge) {
                self.tell(at, id, merge.into, &fact, told)?;
            }
            let children = self.waiting_with(before);
            match fact {
                Event::Dispatched { .. } | Event::Returned { .. } => {
                    for child in children {
                        let owner = self.known(id).owner();
                        let bound = owner.filter(|owner| {
                            !owner.is_final || self.is_below(self.known(child), owner.unit, at)
                        });
                        let why = bound.and_then(|it| self.stays_behind(child, it.unit, at));
                        if let Some(why) = why {
                            self.alone(at, (id, child), why, told)?;
                            continue;
                        }
                        let leading = self.known(id).clone();
                        let alone = self.limits.numbers.refused_alone;
                        self.change(at, child, told, |twin, row| {
                            // Who says that the one is not his duty says it of the other too.
                            let refusal =
                                leading.returns.last().filter(|_| leading.lead().is_none());
                            let denies =
                                refusal.filter(|it| it.reason.code() != "not-enough-facts");
                            if let Some(it) =
                                denies.filter(|it| !row.was_refused_by(it.unit) && !alone)
                            {
                                row.is_denied(it.clone());
                            }
                            Ok(vec![row.goes_along(at, &leading, &twin.duties)])
                        })?;
                    }
                }
                Event::Replied { reply, .. } if self.limits.numbers.others_hear_it => {
                    for order in children {
                        self.change(at, order, told, |twin, row| {
                            row.replied(reply.clone());
                            let callback_due = twin.call_due(row, at);
                            row.set_due(Stage::Callback, callback_due);
                            Ok(vec![Event::RepliedWith { order, callback_due }])
                        })?;
                    }
                }
                Event::Reviewed { review, .. } if !review.passed => {
                    for &order in &before.merged {
                        let row = self.known(order);
                        let shares = row.times.replied == before.times.replied;
                        if row.status == Status::Replied && shares {
                            let review = review.clone();
                            self.change(at, order, told, |_, row| {
                                row.sent_back(review.clone());
                                row.status = Status::Merged;
                                Ok(vec![Event::ReviewedWith { order, review }])
                            })?;
                        }
                    }
                }
                Event::Withdrawn { .. } | Event::Transferred { .. } | Event::Answered { .. } => {
                    self.inherit(before, &children, ask, told)?;
                }
                Event::AppealDecided { decision, .. } if decision.granted => {
                    self.strike(id);
                    self.inherit(before, &children, ask, told)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn tell(
        &mut self,
        at: Timestamp,
        child: OrderId,
        into: OrderId,
        fact: &Event,
        told: &mut Told,
    ) -> Result<(), Rejection> {
        match fact {
            Event::Withdrawn { .. } | Event::Transferred { .. } => self.part(at, into, child, told),
            Event::AppealDecided { decision, .. } if decision.granted => {
                self.part(at, into, child, told)
            }
            Event::Reminded { nudge, .. } if self.known(into).reminders.len() < 100 => {
                self.change(at, into, told, |_, row| Ok(vec![row.hurried(nudge.clone())]))
            }
            _ => Ok(()),
        }
    }
}

impl Row {
    pub(super) fn repeats(&mut self, at: Timestamp, merge: Merge) -> Event {
        self.note_unjoined();
        self.end(at, Status::Repeat);
        self.merge = Some(merge.clone());
        Event::Repeated { order: self.id, merge }
    }

    pub(super) fn hurried(&mut self, nudge: Nudge) -> Event {
        self.reminders.push(nudge.clone());
        Event::Reminded { order: self.id, nudge }
    }

    fn waits_with(
        &mut self,
        at: Timestamp,
        merge: Merge,
        leading: &Row,
        duties: &DutyList,
    ) -> Event {
        self.note_unjoined();
        // Whose an order is for which another is handled says nothing about the unit that had it.
        self.leave_unit();
        self.status = Status::Merged;
        (self.triage, self.arbitration) = (None, None);
        self.merge = Some(merge.clone());
        self.follow(at, leading, duties);
        Event::Merged { order: self.id, merge }
    }

    fn stands_for(&mut self, child: OrderId) -> Event {
        self.merged.push(child);
        Event::Joined { order: self.id, child }
    }

    /// It goes where the other goes; whom an arbiter names for that one he names for this too.
    pub(super) fn goes_along(&mut self, at: Timestamp, leading: &Row, duties: &DutyList) -> Event {
        let follows = self.follow(at, leading, duties);
        let named = leading.owner().filter(|owner| owner.is_final).map(|owner| owner.unit);
        self.unjoined.named = self.unjoined.named.or(named);
        follows
    }

    /// It is where the other is.
    pub(super) fn follow(&mut self, at: Timestamp, leading: &Row, duties: &DutyList) -> Event {
        self.leave_dissolved(duties);
        self.dispatch = leading.dispatch.clone();
        if let Some(dispatch) = &mut self.dispatch {
            let co_units = &mut dispatch.co_units;
            co_units.iter_mut().for_each(|helper| (helper.due, helper.late) = (None, false));
            co_units.retain(|helper| {
                !self.returns.iter().any(|it| it.is_refusal() && it.unit == helper.unit)
            });
            (dispatch.mode, dispatch.at) = (Mode::Joined, at);
        }
        // What was asked for at another unit waits for nobody here.
        self.extension_open = false;
        let another = self.first.zip(self.lead()).is_some_and(|(first, lead)| first.unit != lead);
        self.reassigned |= another && self.unjoined.first.is_none() && self.reworks.is_empty();
        self.first = self.first.or(self.lead().map(|unit| FirstDispatch { at, unit }));
        self.times.dispatched = self.lead().map(|_| at);
        let own = self.merge.as_ref().and_then(|merge| merge.before.as_ref());
        let own = own.map(|own| own.dispatch.lead);
        if self.lead().is_some() && self.lead() == own {
            self.is_late_alone();
        } else if self.lead().is_some() {
            self.overdue.retain(|late| !OF_A_UNIT.contains(late));
        }
        self.unjoined.named = self.unjoined.named.filter(|named| self.lead() == Some(*named));
        Event::Followed { order: self.id }
    }

    /// How its unit has it.
    fn held(&self) -> Option<Held> {
        let dispatch = self.dispatch.clone()?;
        let mut dues = Dues::default();
        OF_A_UNIT.into_iter().for_each(|stage| dues[stage] = self.dues[stage]);
        let running = OF_A_UNIT.into_iter().filter(|stage| self.runs(*stage)).collect();
        let (signed, contacted) = (self.times.signed, self.times.contacted);
        Some(Held { dispatch, signed, contacted, dues, running })
    }

    /// What else there is of that.
    fn keep(&self) -> Option<Kept> {
        self.dispatch.as_ref()?;
        let passed = self.passed.iter().copied().filter(|stage| OF_A_UNIT.contains(stage));
        Some(Kept { passed: passed.collect(), answered: self.answered })
    }

    /// Who has said his word since then, also about the reply that came with another's.
    pub(super) fn who_has_helped(&self, since: Timestamp) -> Vec<UnitId> {
        self.co_replies.iter().filter(|it| it.at >= since).map(|it| it.unit).collect()
    }

    /// All is as it was when the unit had it.
    pub(super) fn given_back(&mut self, held: Held) -> Event {
        let kept = self.kept.take().expect("what a unit had was kept");
        self.leave_unit();
        for stage in OF_A_UNIT {
            self.set_due(stage, held.dues[stage]);
        }
        self.passed.extend(kept.passed);
        self.helped = self.who_has_helped(held.dispatch.at);
        self.answered = kept.answered;
        let asked = self.extensions.last().filter(|asked| asked.decision.is_none());
        self.extension_open = asked.is_some_and(|asked| asked.at >= held.dispatch.at);
        self.status = if held.signed.is_some() { Status::Signed } else { Status::Dispatched };
        self.dispatch = Some(held.dispatch.clone());
        (self.times.dispatched, self.times.signed) = (Some(held.dispatch.at), held.signed);
        self.times.contacted = held.contacted;
        Event::GivenBack { order: self.id, held: Box::new(held) }
    }

    /// No unit has it, and none of the clocks of one runs.
    /// It was not the wrong unit while it stood: the next is the first.
    pub(super) fn leave_dissolved(&mut self, duties: &DutyList) {
        let gone = self.lead().filter(|lead| !duties.is_active(*lead));
        if gone.is_some() && self.reworks.is_empty() && !self.reassigned {
            self.first.take_if(|first| Some(first.unit) == gone);
        }
    }

    pub(super) fn leave_unit(&mut self) {
        self.leave_worker(Past::Had);
        self.dispatch = None;
        self.extension_open = false;
        self.helped.clear();
        (self.times.dispatched, self.times.signed, self.times.contacted) = (None, None, None);
        for stage in OF_A_UNIT {
            self.set_due(stage, None);
        }
    }
}
