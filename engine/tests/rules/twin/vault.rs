//! The twin on who may know of an order, act on it, and look into the vault.

use hotline_engine::actor::{Actor, Role};
use hotline_engine::command::Action;
use hotline_engine::handling::Reveal;
use hotline_engine::order::Kind;
use hotline_engine::{Event, Rejection};

use super::{Answer, Ask, Row, Twin, not_enough_yet, says};

/// A handler knows the orders that his unit leads or helps with, and acts on those it leads. A supervisor who is bound
/// to units knows theirs. Of all other orders they are told that there are none.
pub(super) fn may_touch(row: &Row, ask: Ask<'_>) -> Result<(), Rejection> {
    let Ask { actor, action, .. } = ask;
    let leads = row.lead().is_some_and(|lead| is_of(actor, lead));
    let helps = row.co_units().iter().any(|&unit| is_of(actor, unit));
    let bound = match actor.role {
        Role::Handler => true,
        Role::Supervisor => actor.units.is_some(),
        _ => false,
    };
    if bound && !leads && !helps {
        return Err(Rejection::UnknownOrder { order: row.id });
    }
    // Who watches dispatches nothing but what a final owner has.
    let kept = row.owner().is_some_and(|owner| owner.is_final);
    if actor.role == Role::Supervisor && matches!(action, Action::Dispatch { .. }) && !kept {
        return Err(Rejection::NotAllowed { role: Role::Supervisor, action: "dispatch" });
    }
    if actor.role != Role::Handler {
        return Ok(());
    }
    if !leads && !matches!(action, Action::CoReply { .. }) {
        return Err(Rejection::NotLead { order: row.id });
    }
    // Who reports, or asks for it, stays unknown to the unit; and what is done is no reason to look any more.
    if matches!(action, Action::Reveal { .. }) && (row.is_guarded() || !row.is_open()) {
        return Err(Rejection::NotAllowed { role: Role::Handler, action: "reveal" });
    }
    Ok(())
}

impl Row {
    /// Whether the caller stays unknown even to the unit.
    pub(super) fn is_guarded(&self) -> bool {
        let caller = self.caller.as_ref();
        self.acceptance.kind == Kind::Report || caller.is_some_and(|caller| caller.confidential)
    }
}

/// Whether somebody acts for a unit.
pub(super) fn is_of(actor: &Actor, unit: hotline_engine::directory::UnitId) -> bool {
    actor.units.iter().flatten().any(|&own| own == unit)
}

/// Each look says what for.
pub(super) fn reveal(_: &Twin, row: &mut Row, ask: Ask<'_>) -> Answer {
    let Action::Reveal { purpose, .. } = ask.action else { unreachable!() };
    says("purpose", purpose)?;
    if row.caller.is_none() {
        return Err(Rejection::NothingOpen { what: "caller" });
    }
    not_enough_yet("reveals", &row.reveals)?;
    let reveal = Reveal { at: ask.at, by: ask.actor.name.clone(), purpose: purpose.clone() };
    row.reveals.push(reveal.clone());
    Ok(vec![Event::Revealed { order: row.id, reveal }])
}
