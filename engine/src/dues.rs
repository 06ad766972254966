//! Which dues an order gets at each step of its life. What a limit is and how it is counted is `deadline`'s.

use crate::command::Acceptance;
use crate::deadline::{self, Subject};
use crate::directory::{Directory, MatterId, UnitId};
use crate::escalation::Ladder;
use crate::order::{Channel, Due, Dues, Kind, Order, Stage, Upstream, Urgency};
use crate::rules::Rules;
use crate::time::Timestamp;

/// What the dues of an order depend on: of one that stands, or of one that is coming.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    kind: Kind,
    urgency: Urgency,
    channel: Channel,
    tags: &'a [String],
    upstream: Option<&'a Upstream>,
    matter: Option<MatterId>,
    unit: Option<UnitId>,
}

impl<'a> Facts<'a> {
    /// Of what will be an order, with the matter and the unit that were chosen for it.
    pub fn coming(
        acceptance: &'a Acceptance,
        matter: Option<MatterId>,
        unit: Option<UnitId>,
    ) -> Facts<'a> {
        let Acceptance { kind, urgency, channel, tags, upstream, .. } = acceptance;
        let (kind, urgency, channel) = (*kind, *urgency, *channel);
        Facts { kind, urgency, channel, tags, upstream: upstream.as_ref(), matter, unit }
    }

    /// Of an order as it stands.
    pub fn of(order: &'a Order) -> Facts<'a> {
        let Order { kind, urgency, channel, matter, .. } = *order;
        let unit = order.dispatch.as_ref().map(|dispatch| dispatch.lead);
        let upstream = order.upstream.as_ref();
        Facts { kind, urgency, channel, tags: &order.tags, upstream, matter, unit }
    }

    /// The same, with another unit and matter.
    pub fn at(self, unit: UnitId, matter: Option<MatterId>) -> Facts<'a> {
        Facts { unit: Some(unit), matter, ..self }
    }

    /// What a stage's due is computed from, when its clock starts at `from`.
    pub fn subject(&self, directory: &'a Directory, stage: Stage, from: Timestamp) -> Subject<'a> {
        Subject {
            channel: Some(self.channel),
            matter: self.matter.map(|matter| directory.matter(matter)),
            unit: self.unit.map(|unit| directory.unit(unit).code.as_str()),
            tags: self.tags,
            ..Subject::new(stage, self.kind, self.urgency, from)
        }
    }

    fn due(
        &self,
        rules: &Rules,
        directory: &Directory,
        stage: Stage,
        from: Timestamp,
    ) -> Option<Due> {
        deadline::due(rules.profile(from), &rules.calendar, &self.subject(directory, stage, from))
    }
}

/// At acceptance: when it must be dispatched, when it must be replied to, and the ladder of that.
pub fn at_acceptance(
    rules: &Rules,
    directory: &Directory,
    facts: &Facts<'_>,
    at: Timestamp,
) -> (Dues, Ladder) {
    let mut dues = Dues::default();
    dues[Stage::Dispatch] = facts.due(rules, directory, Stage::Dispatch, at);
    let Some((due, ladder)) = handle(rules, directory, facts, at) else {
        return (dues, Ladder::default());
    };
    dues[Stage::Handle] = Some(due);
    (dues, ladder)
}

/// At dispatch: when the unit must have signed and called, and until when it may refuse.
pub fn at_dispatch(rules: &Rules, directory: &Directory, facts: &Facts<'_>, at: Timestamp) -> Dues {
    let mut dues = Dues::default();
    for stage in [Stage::Sign, Stage::Contact, Stage::Return] {
        dues[stage] = facts.due(rules, directory, stage, at);
    }
    dues
}

/// All that would be set now, were it accepted and dispatched: for a call-taker who is still typing.
pub fn from_now(rules: &Rules, directory: &Directory, facts: &Facts<'_>, at: Timestamp) -> Dues {
    let (mut dues, _) = at_acceptance(rules, directory, facts, at);
    let dispatched = at_dispatch(rules, directory, facts, at);
    for &stage in Stage::ALL {
        dues[stage] = dues[stage].or(dispatched[stage]);
    }
    dues
}

/// After a return: when it must be dispatched again.
pub fn at_return(
    rules: &Rules,
    directory: &Directory,
    order: &Order,
    at: Timestamp,
) -> Option<Due> {
    Facts::of(order).due(rules, directory, Stage::Dispatch, at)
}

/// After a reply: when the caller must have been called back.
pub fn at_reply(rules: &Rules, directory: &Directory, order: &Order, at: Timestamp) -> Option<Due> {
    Facts::of(order).due(rules, directory, Stage::Callback, at)
}

/// A due of an order, computed again by the notices that are known now; with the ladder, if it is of handling.
///
/// The original is computed anew too: it rested on the same assumption.
pub fn again(
    rules: &Rules,
    directory: &Directory,
    order: &Order,
    stage: Stage,
) -> Option<(Due, Option<Ladder>)> {
    let (facts, from) = (Facts::of(order), start_of(order, stage)?);
    if stage == Stage::Handle {
        let (due, ladder) = handle(rules, directory, &facts, from)?;
        return Some((due, Some(ladder)));
    }
    Some((facts.due(rules, directory, stage, from)?, None))
}

/// When the unit must have replied, with its ladder: never later than an order that was passed down must be done inside.
fn handle(
    rules: &Rules,
    directory: &Directory,
    facts: &Facts<'_>,
    from: Timestamp,
) -> Option<(Due, Ladder)> {
    let (profile, calendar) = (rules.profile(from), &rules.calendar);
    let subject = facts.subject(directory, Stage::Handle, from);
    let (_, row) = profile.limit(&subject)?;
    let own = deadline::due(profile, calendar, &subject)?;
    let outer = facts.upstream.and_then(|upstream| upstream.due);
    let inner = outer.map(|outer| deadline::inner_due(profile, calendar, outer, from));
    let due = inner.filter(|inner| inner.current < own.current).unwrap_or(own);
    let ladder = profile.escalation.as_ref().map_or_else(Ladder::default, |escalation| {
        escalation.ladder(calendar, row.limit.clock(), from, due.current)
    });
    Some((due, ladder))
}

/// When a stage's clock started on this order, if it did.
pub fn start_of(order: &Order, stage: Stage) -> Option<Timestamp> {
    match stage {
        Stage::Handle => Some(order.times.accepted),
        Stage::Dispatch => {
            Some(order.returns.last().map_or(order.times.accepted, |refusal| refusal.at))
        }
        Stage::Sign | Stage::Contact | Stage::Return => order.times.dispatched,
        Stage::Callback => order.times.replied,
    }
}
