//! What the units do with their orders: sign, speak with the caller, return (some wrongly), ask for time, wait, help, reply.

use hotline_engine::actor::{Actor, Role};
use hotline_engine::command::Action;
use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::order::{Order, PauseReason, ReturnReason, Status};

use crate::chance::Chance;
use crate::texts;

#[derive(Clone, Copy)]
enum Doing {
    Sign,
    Contact,
    Return,
    Extend,
    Pause,
    Resume,
    CoReply,
    Reply,
    Assign,
    Reveal,
    Appeal,
}

const ON_DISPATCHED: [(Doing, u64); 6] = [
    (Doing::Sign, 70),
    (Doing::Return, 10),
    (Doing::Contact, 8),
    (Doing::CoReply, 5),
    (Doing::Assign, 4),
    (Doing::Reveal, 3),
];
const ON_SIGNED: [(Doing, u64); 9] = [
    (Doing::Reply, 40),
    (Doing::Contact, 18),
    (Doing::Extend, 10),
    (Doing::Pause, 8),
    (Doing::CoReply, 8),
    (Doing::Return, 6),
    (Doing::Assign, 4),
    (Doing::Reveal, 4),
    (Doing::Appeal, 2),
];
const ON_PAUSED: [(Doing, u64); 3] =
    [(Doing::Resume, 60), (Doing::Contact, 20), (Doing::CoReply, 20)];

/// What its unit does next with an order, if it is the unit's turn.
#[must_use]
pub fn next(chance: &mut Chance, order: &Order, directory: &Directory) -> Option<(Actor, Action)> {
    let dispatch = order.dispatch.as_ref()?;
    let doing = match order.status {
        Status::Dispatched => chance.weighted(&ON_DISPATCHED),
        Status::Signed => chance.weighted(&ON_SIGNED),
        Status::Paused => chance.weighted(&ON_PAUSED),
        _ => return None,
    };
    let helper = dispatch.co_units.first().map(|helper| helper.unit);
    let doing = match doing {
        Doing::CoReply if helper.is_none() => Doing::Contact,
        other => other,
    };
    let unit = match doing {
        Doing::CoReply => helper.unwrap_or(dispatch.lead),
        _ => dispatch.lead,
    };
    Some((handler(directory, unit), action(chance, doing, order, directory)))
}

/// Somebody of the unit.
#[must_use]
pub fn handler(directory: &Directory, unit: UnitId) -> Actor {
    let name = format!("{}-desk", directory.unit(unit).code);
    Actor { name, role: Role::Handler, units: Some(vec![unit]) }
}

fn action(chance: &mut Chance, doing: Doing, order: &Order, directory: &Directory) -> Action {
    let id = order.id;
    match doing {
        Doing::Sign => Action::Sign { order: id },
        Doing::Contact => Action::Contact { order: id, note: texts::note(chance) },
        Doing::Return => Action::Return {
            order: id,
            reason: *chance.one_of(ReturnReason::ALL),
            suggested: chance.one_in(2).then(|| some_unit(chance, directory)),
            evidence: texts::note(chance),
        },
        Doing::Extend => Action::RequestExtension {
            order: id,
            working_days: 1 + u16::try_from(chance.below(10)).expect("ten days"),
            reason: texts::note(chance),
        },
        Doing::Pause => Action::Pause {
            order: id,
            reason: *chance.one_of(PauseReason::ALL),
            note: texts::note(chance),
        },
        Doing::Resume => Action::Resume { order: id },
        Doing::CoReply => Action::CoReply { order: id, text: texts::note(chance) },
        Doing::Reply => Action::Reply {
            order: id,
            public_text: texts::reply(chance),
            internal_text: texts::note(chance),
        },
        Doing::Assign => Action::Assign { order: id, handler: None },
        Doing::Reveal => Action::Reveal { order: id, purpose: texts::note(chance) },
        Doing::Appeal => Action::Appeal { order: id, reason: texts::note(chance) },
    }
}

/// Any unit that is there.
pub(crate) fn some_unit(chance: &mut Chance, directory: &Directory) -> UnitId {
    let active: Vec<UnitId> =
        directory.units().map(|(id, _)| id).filter(|id| directory.is_active(*id)).collect();
    *chance.one_of(&active)
}
