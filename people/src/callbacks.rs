//! What happens after a reply: it is judged, the caller is called back (some are not reached, some are not satisfied), and the
//! order is closed, reworked, or opened again.

use hotline_engine::command::Action;
use hotline_engine::order::{Callback, Order, ReworkReason, Status, Verdict};

use crate::chance::Chance;
use crate::texts;

/// Of a hundred calls back so many reach nobody.
const NOT_REACHED_PERCENT: u64 = 12;
/// Of those reached so many are not satisfied: satisfaction of about nine tenths is what districts publish.
const DISSATISFIED_PERCENT: u64 = 11;

/// What the desk does next with an order that has its reply, or had one.
#[must_use]
pub fn next(chance: &mut Chance, order: &Order) -> Option<Action> {
    let id = order.id;
    match order.status {
        Status::Replied => Some(after_reply(chance, order)),
        // New facts on what was done, now and then.
        Status::Closed => Some(Action::Rework {
            order: id,
            reason: ReworkReason::NewFacts,
            note: texts::note(chance),
        }),
        _ => None,
    }
}

fn after_reply(chance: &mut Chance, order: &Order) -> Action {
    let id = order.id;
    let reached = order.callbacks.iter().any(|it| matches!(it, Callback::Reached(_)));
    match chance.below(100) {
        0..20 if order.reviews.len() < order.replies.len() => {
            Action::Review { order: id, passed: !chance.one_in(5), note: texts::note(chance) }
        }
        0..8 => {
            Action::Rework { order: id, reason: ReworkReason::PoorReply, note: texts::note(chance) }
        }
        _ if reached && chance.percent(80) => Action::Close { order: id },
        _ => Action::CallBack { order: id, callback: answer(chance) },
    }
}

fn answer(chance: &mut Chance) -> Callback {
    if chance.percent(NOT_REACHED_PERCENT) {
        return Callback::NotReached;
    }
    let satisfied = !chance.percent(DISSATISFIED_PERCENT);
    Callback::Reached(Verdict { solved: satisfied || chance.one_in(4), satisfied })
}
