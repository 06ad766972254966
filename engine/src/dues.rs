//! Which dues an order gets at each step of its life. What a limit is and how it is counted is `deadline`'s.

mod history;

use crate::calendar::Calendar;
use crate::command::Acceptance;
use crate::deadline::{self, Subject};
use crate::directory::{Directory, MatterId, UnitId};
use crate::escalation::Ladder;
use crate::limit::{Clock, Limit};
use crate::order::{Basis, Channel, CoUnit, Due, Dues, Kind, Order, Stage, Upstream, Urgency};
use crate::profile::Profile;
use crate::rules::Rules;
use crate::time::Timestamp;

pub(crate) use history::handling_then;
use history::with_history;
pub use history::{Move, Moved, history};

/// The stages whose clocks belong to the unit that has the order, and end with it.
pub(crate) const OF_THE_UNIT: [Stage; 4] =
    [Stage::Sign, Stage::Contact, Stage::CoHandle, Stage::Return];

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
    rework: bool,
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
        let (upstream, rework) = (upstream.as_ref(), false);
        Facts { kind, urgency, channel, tags, upstream, matter, unit, rework }
    }

    /// Of an order as it stands.
    pub fn of(order: &'a Order) -> Facts<'a> {
        let Order { kind, urgency, channel, matter, .. } = *order;
        let unit = order.dispatch.as_ref().map(|dispatch| dispatch.lead);
        let upstream = order.upstream.as_deref();
        let (tags, rework) = (order.tags.as_slice(), !order.reworks.is_empty());
        Facts { kind, urgency, channel, tags, upstream, matter, unit, rework }
    }

    /// What the handling due of an order was made from, in its present cycle: a matter that was corrected since, and whoever
    /// has it now, change nothing in how it is counted.
    pub fn of_cycle(order: &'a Order) -> Facts<'a> {
        let Basis { matter, unit } = order.basis;
        let facts = Facts { matter, unit, ..Facts::of(order) };
        if facts.rework { facts.reworked(order.cycle_start()) } else { facts }
    }

    /// The same, with another unit and matter.
    pub fn at(self, unit: UnitId, matter: Option<MatterId>) -> Facts<'a> {
        Facts { unit: Some(unit), matter, ..self }
    }

    /// The same, in a cycle after the first that begins at `from`: what is due above binds it as long as that lies ahead.
    pub fn reworked(self, from: Timestamp) -> Facts<'a> {
        let is_ahead = |above: &&Upstream| above.due.is_some_and(|due| due > from);
        Facts { rework: true, upstream: self.upstream.filter(is_ahead), ..self }
    }

    /// What a stage's due is computed from, when its clock starts at `from`. What waits for a unit has none.
    pub fn subject(&self, directory: &'a Directory, stage: Stage, from: Timestamp) -> Subject<'a> {
        Subject {
            channel: Some(self.channel),
            matter: self.matter.map(|matter| directory.matter(matter)),
            unit: self
                .unit
                .filter(|_| stage != Stage::Dispatch)
                .map(|unit| directory.unit(unit).code.as_str()),
            tags: self.tags,
            rework: self.rework,
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

/// At dispatch: when the unit must have signed and called, and until when it may refuse; and when each unit that helps must
/// have said its word. Those that are a part of handling last no longer than it; the first call has its own limit.
pub fn at_dispatch(
    rules: &Rules,
    directory: &Directory,
    facts: &Facts<'_>,
    (co_units, handling): (&[UnitId], Option<Due>),
    at: Timestamp,
) -> (Dues, Vec<CoUnit>) {
    let mut dues = Dues::default();
    for stage in [Stage::Sign, Stage::Contact, Stage::Return] {
        let due = facts.due(rules, directory, stage, at);
        dues[stage] = due.map(|due| not_behind(rules, due, stage, handling, at));
    }
    let helps = |&unit: &UnitId| {
        let due = facts.at(unit, facts.matter).due(rules, directory, Stage::CoHandle, at);
        let due = due.map(|due| not_behind(rules, due, Stage::CoHandle, handling, at));
        CoUnit { unit, due, late: false }
    };
    let helpers: Vec<CoUnit> = co_units.iter().map(helps).collect();
    dues[Stage::CoHandle] = CoUnit::last_due(&helpers);
    (dues, helpers)
}

/// Whether a stage is a part of handling that is over before the rest begins.
fn is_within_handling(stage: Stage) -> bool {
    matches!(stage, Stage::Sign | Stage::Return | Stage::CoHandle)
}

/// A due that is no later than that of handling; what is overdue when a unit gets it gives it the whole limit.
fn not_behind(
    rules: &Rules,
    due: Due,
    stage: Stage,
    handling: Option<Due>,
    from: Timestamp,
) -> Due {
    let handling = handling.filter(|it| is_within_handling(stage) && it.current > from);
    let Some(handling) = handling else { return due };
    let first = deadline::earlier(&rules.calendar, due, handling);
    Due { original: first.current, ..first }
}

/// All that would be set now, were it accepted and dispatched: for a call-taker who is still typing.
pub fn from_now(
    rules: &Rules,
    directory: &Directory,
    facts: &Facts<'_>,
    co_units: &[UnitId],
    at: Timestamp,
) -> Dues {
    let (mut dues, _) = at_acceptance(rules, directory, facts, at);
    let given = (co_units, dues[Stage::Handle]);
    let (dispatched, _) = at_dispatch(rules, directory, facts, given, at);
    for &stage in Stage::ALL {
        dues[stage] = dues[stage].or(dispatched[stage]);
    }
    dues
}

/// Before a dispatcher again, after a return or whatever else took its unit: when it must be dispatched.
pub fn at_triage(
    rules: &Rules,
    directory: &Directory,
    facts: &Facts<'_>,
    at: Timestamp,
) -> Option<Due> {
    facts.due(rules, directory, Stage::Dispatch, at)
}

/// After a reply: when a caller who left a number must have been called back.
pub fn at_reply(rules: &Rules, directory: &Directory, order: &Order, at: Timestamp) -> Option<Due> {
    Facts::of(order).due(rules, directory, Stage::Callback, at)
}

/// A new cycle: when it must be replied to, counted from now.
pub fn at_rework(
    rules: &Rules,
    directory: &Directory,
    order: &Order,
    at: Timestamp,
) -> (Option<Due>, Ladder) {
    let handling = handle(rules, directory, &Facts::of(order).reworked(at), at);
    handling.map_or((None, Ladder::default()), |(due, ladder)| (Some(due), ladder))
}

/// Until when an order that was passed down must be done inside, where `working_days` more would lie behind that: the city
/// must extend first.
pub fn bound_of_extension(
    rules: &Rules,
    directory: &Directory,
    order: &Order,
    due: Due,
    working_days: u16,
) -> Option<Timestamp> {
    let (profile, calendar) = (rules.profile(order.cycle_start()), &rules.calendar);
    let bound = inner_due(profile, calendar, order)?.current;
    let unit = unit_of_cycle(directory, order);
    let later = deadline::extended(profile, calendar, due, working_days, unit);
    (later.current > bound).then_some(bound)
}

/// The handling due after `working_days` more, with its ladder.
pub fn extended(
    rules: &Rules,
    directory: &Directory,
    order: &Order,
    working_days: u16,
) -> Option<(Due, Ladder)> {
    let unit = unit_of_cycle(directory, order);
    moved(rules, directory, order, |profile, _, due| {
        deadline::extended(profile, &rules.calendar, due, working_days, unit)
    })
}

/// The handling due after the clock stood still until `at`, with its ladder.
pub fn resumed(
    rules: &Rules,
    directory: &Directory,
    order: &Order,
    at: Timestamp,
) -> Option<(Due, Ladder)> {
    let pause = order.pauses.last()?;
    // However late somebody notices: a pause is over when it is over.
    let (paused, at) = (pause.from, at.min(pause.until));
    let unit = unit_of_cycle(directory, order);
    moved(rules, directory, order, |profile, clock, due| {
        deadline::resumed(profile, &rules.calendar, clock, due, (paused, at), unit)
    })
}

/// A handling due that something moves, and the ladder that goes with where it is then.
fn moved(
    rules: &Rules,
    directory: &Directory,
    order: &Order,
    how: impl Fn(&Profile, Clock, Due) -> Due,
) -> Option<(Due, Ladder)> {
    let from = order.cycle_start();
    let profile = rules.profile(from);
    let clock = clock_of(rules, &Facts::of_cycle(order).subject(directory, Stage::Handle, from));
    let due = how(profile, clock, order.dues[Stage::Handle]?);
    let due = inside(&rules.calendar, due, inner_due(profile, &rules.calendar, order));
    Some((due, ladder(profile, &rules.calendar, clock, from, due)))
}

/// A due of an order, computed again by the notices that are known now; with the ladder, if it is of handling.
///
/// The original is computed anew too: it rested on the same assumption. What was granted or paused since then is
/// counted again on top of it.
pub fn again(
    rules: &Rules,
    directory: &Directory,
    order: &Order,
    stage: Stage,
) -> Option<(Due, Option<Ladder>)> {
    let from = start_of(order, stage)?;
    if stage != Stage::Handle {
        let due = Facts::of(order).due(rules, directory, stage, from)?;
        return Some((within_handling(rules, directory, order, (due, stage), from), None));
    }
    let facts = Facts::of_cycle(order);
    let (base, _) = handle(rules, directory, &facts, from)?;
    let due = with_history(rules, directory, order, base);
    let profile = rules.profile(from);
    let subject = facts.subject(directory, Stage::Handle, from);
    let clock = clock_of(rules, &subject);
    Some((due, Some(ladder(profile, &rules.calendar, clock, from, due))))
}

/// The ladder of a handling due that stays where it is, by the notices that are known now.
pub fn ladder_again(rules: &Rules, directory: &Directory, order: &Order, due: Due) -> Ladder {
    let from = order.cycle_start();
    let clock = clock_of(rules, &Facts::of_cycle(order).subject(directory, Stage::Handle, from));
    ladder(rules.profile(from), &rules.calendar, clock, from, due)
}

/// The due of a unit that helps, computed again by the notices that are known now.
pub fn help_again(
    rules: &Rules,
    directory: &Directory,
    order: &Order,
    unit: UnitId,
) -> Option<Due> {
    let facts = Facts::of(order).at(unit, order.matter);
    let from = order.times.dispatched?;
    let due = facts.due(rules, directory, Stage::CoHandle, from)?;
    Some(within_handling(rules, directory, order, (due, Stage::CoHandle), from))
}

/// A due that is made again, no later than handling was due when its clock began, by the notices that are known now.
fn within_handling(
    rules: &Rules,
    directory: &Directory,
    order: &Order,
    (due, stage): (Due, Stage),
    from: Timestamp,
) -> Due {
    not_behind(rules, due, stage, handling_then(rules, directory, order, from), from)
}

/// The clock of a subject's limit; a limit that is gone counted working days.
fn clock_of(rules: &Rules, subject: &Subject<'_>) -> Clock {
    let row = deadline::limit(rules.profile(subject.from), &rules.calendar, subject);
    row.map_or(Clock::WorkingDays, |(_, row)| row.limit.clock())
}

/// The limit of the present cycle: no extension is longer, and no pause, where the rules say so.
pub fn limit_of_cycle(rules: &Rules, directory: &Directory, order: &Order) -> Option<Limit> {
    let from = order.cycle_start();
    let subject = Facts::of_cycle(order).subject(directory, Stage::Handle, from);
    let (_, row) = deadline::limit(rules.profile(from), &rules.calendar, &subject)?;
    Some(row.limit)
}

/// When the limit of the present cycle would end, if it began now, by the hours of the unit that it was set for.
pub fn limit_from(
    rules: &Rules,
    directory: &Directory,
    order: &Order,
    at: Timestamp,
) -> Option<Due> {
    let limit = limit_of_cycle(rules, directory, order)?;
    let unit = unit_of_cycle(directory, order);
    Some(deadline::after(rules.profile(order.cycle_start()), &rules.calendar, limit, at, unit))
}

/// Until when so many working days more may reach at most, where the limit is shorter than they are.
pub fn longest_extension(
    rules: &Rules,
    directory: &Directory,
    order: &Order,
    working_days: u16,
) -> Option<Timestamp> {
    let (profile, calendar) = (rules.profile(order.cycle_start()), &rules.calendar);
    let due = order.dues[Stage::Handle]?;
    let bound = limit_from(rules, directory, order, due.current)?.current;
    let unit = unit_of_cycle(directory, order);
    let later = deadline::extended(profile, calendar, due, working_days, unit);
    (later.current > bound).then_some(bound)
}

/// The unit by whose hours the due of the present cycle is counted.
fn unit_of_cycle<'a>(directory: &'a Directory, order: &Order) -> Option<&'a str> {
    order.basis.unit.map(|unit| directory.unit(unit).code.as_str())
}

/// When an order that was passed down must be done inside, whatever else moves its due.
pub(crate) fn inner_due(profile: &Profile, calendar: &Calendar, order: &Order) -> Option<Due> {
    Some(deadline::inner_due(profile, calendar, order.outer_due()?, order.cycle_start()))
}

/// When a pause has lasted, that begins at `from`, as long as the due of an order that was passed down may move.
pub(crate) fn pause_before_the_city(
    rules: &Rules,
    directory: &Directory,
    order: &Order,
    from: Timestamp,
) -> Option<Due> {
    let start = order.cycle_start();
    let (profile, calendar) = (rules.profile(start), &rules.calendar);
    let inner = inner_due(profile, calendar, order)?;
    let subject = Facts::of_cycle(order).subject(directory, Stage::Handle, start);
    let clock = (clock_of(rules, &subject), subject.unit);
    let dues = (order.dues[Stage::Handle]?.current, inner.current);
    let end = deadline::as_long(profile, calendar, clock, dues, from);
    Some(Due { assumed: end.assumed || inner.assumed, ..end })
}

/// A due, as far as it may reach: no further than an order that was passed down must be done inside.
fn inside(calendar: &Calendar, due: Due, inner: Option<Due>) -> Due {
    let Some(inner) = inner else { return due };
    let Due { current, assumed, .. } = deadline::earlier(calendar, due, inner);
    // Counted backwards it may come to lie before the days that a notice names.
    Due { original: due.original, current, assumed: assumed || inner.assumed }
}

fn ladder(
    profile: &Profile,
    calendar: &Calendar,
    clock: Clock,
    from: Timestamp,
    due: Due,
) -> Ladder {
    profile.escalation.as_ref().map_or_else(Ladder::default, |escalation| {
        escalation.ladder(calendar, clock, from, due.current)
    })
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
    let (own, (_, row)) = deadline::due_by(profile, calendar, &subject)?;
    let outer = facts.upstream.and_then(|upstream| upstream.due);
    let inner = outer.map(|outer| deadline::inner_due(profile, calendar, outer, from));
    let due = inside(calendar, own, inner);
    let due = Due { original: due.current, ..due };
    Some((due, ladder(profile, calendar, row.limit.clock(), from, due)))
}

/// When a stage's clock started on this order, if it did.
pub fn start_of(order: &Order, stage: Stage) -> Option<Timestamp> {
    match stage {
        Stage::Handle => Some(order.cycle_start()),
        Stage::Dispatch => Some(order.times.waiting),
        Stage::Sign | Stage::Contact | Stage::CoHandle | Stage::Return => order.times.dispatched,
        Stage::Callback => order.times.replied,
    }
}
