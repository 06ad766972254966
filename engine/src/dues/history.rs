//! What moved a handling due in the present cycle, and where it stood at any time: nothing of it is kept but what moved it.

use super::{Facts, clock_of, handle, inner_due, inside};
use crate::deadline;
use crate::directory::Directory;
use crate::handling::{Decision, Extension, Pause};
use crate::limit::Clock;
use crate::order::{Due, Order, Stage};
use crate::rules::Rules;
use crate::time::Timestamp;

/// What moves a handling due.
#[derive(Clone, Copy, Debug)]
pub enum Move<'a> {
    /// An extension that was granted.
    Extended(&'a Extension, &'a Decision),
    /// A time in which the clock stood still.
    Paused(&'a Pause),
}

/// A handling due that was moved.
#[derive(Clone, Copy, Debug)]
pub struct Moved<'a> {
    /// When.
    pub at: Timestamp,
    /// By what.
    pub by: Move<'a>,
    /// What the way between the two is counted on.
    pub clock: Clock,
    /// When it was due before.
    pub from: Timestamp,
    /// When it is due after it.
    pub to: Due,
    /// Whether it went no further because it is due above.
    pub is_bounded: bool,
}

/// When handling was due at an instant of the present cycle, by the notices that are known now: what moved it later has no
/// part in it.
pub(crate) fn handling_then(
    rules: &Rules,
    directory: &Directory,
    order: &Order,
    then: Timestamp,
) -> Option<Due> {
    let due = order.dues[Stage::Handle]?;
    let certain = Due { current: due.original, ..due };
    let again = || handle(rules, directory, &Facts::of_cycle(order), order.cycle_start());
    let base = if due.assumed { again()?.0 } else { certain };
    let moves = history(rules, directory, order, base);
    let last = moves.iter().take_while(|moved| moved.at <= then).last();
    Some(last.map_or(base, |moved| moved.to))
}

/// A due after every extension and pause of the present cycle, in the order in which they came.
pub(super) fn with_history(rules: &Rules, directory: &Directory, order: &Order, base: Due) -> Due {
    history(rules, directory, order, base).last().map_or(base, |moved| moved.to)
}

/// Every extension and pause of the present cycle that has ended, and where it moved the handling due that began as `base`.
///
/// A pause that ended with its order is in it too, though it moved nothing.
pub fn history<'a>(
    rules: &Rules,
    directory: &Directory,
    order: &'a Order,
    base: Due,
) -> Vec<Moved<'a>> {
    let from = order.cycle_start();
    let (profile, calendar) = (rules.profile(from), &rules.calendar);
    let subject = Facts::of_cycle(order).subject(directory, Stage::Handle, from);
    let clock = clock_of(rules, &subject);
    let granted = order.extensions.iter().filter_map(|extension| {
        let decision = extension.decision.as_ref().filter(|decision| decision.granted)?;
        Some((decision.at, Move::Extended(extension, decision)))
    });
    let pauses = order.pauses.iter();
    let paused = pauses.filter_map(|pause| Some((pause.ended?, Move::Paused(pause))));
    let mut moves: Vec<_> = granted.chain(paused).filter(|(at, _)| *at >= from).collect();
    moves.sort_by_key(|(at, _)| *at);
    let bound = inner_due(profile, calendar, order);
    let moved = moves.into_iter().scan(base, |due, (at, by)| {
        let before = *due;
        let free = match by {
            Move::Extended(extension, _) => {
                let days = extension.working_days;
                deadline::extended(profile, calendar, before, days, subject.unit)
            }
            Move::Paused(pause) => {
                deadline::resumed(profile, calendar, clock, before, (pause.from, at), subject.unit)
            }
        };
        *due = inside(calendar, free, bound);
        let is_bounded = due.current < free.current;
        let clock = if matches!(by, Move::Paused(_)) { clock } else { Clock::WorkingDays };
        Some(Moved { at, by, clock, from: before.current, to: *due, is_bounded })
    });
    moved.collect()
}
