//! The due of handling moves by an extension that was granted, a rework, the end of a recorded pause, or the notice of a year
//! that was assumed; by nothing else, and within a cycle never nearer.

use std::collections::{BTreeMap, BTreeSet};

use hotline_engine::order::{Due, Kind, Order, OrderId, Stage};
use hotline_engine::{Event, Record, State};

use super::Judge;
use crate::evidence::{Evidence, Moment};

/// The orders as the records tell them, one by one.
#[derive(Default)]
pub(super) struct DueNeverMoves {
    followed: State,
    known: BTreeMap<OrderId, Option<Due>>,
}

/// What a record may do to the due of an order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum May {
    /// A new cycle, or the desk's own answer: whatever it is.
    Anew,
    /// More time.
    Later,
    /// What rested on a notice that was not out.
    IfAssumed,
}

impl Judge for DueNeverMoves {
    fn look(&mut self, evidence: &Evidence<'_>) -> Result<(), String> {
        evidence.records.iter().try_for_each(|kept| self.follow(&kept.record))?;
        if evidence.moment == Moment::Recovery {
            return Ok(());
        }
        let moved = |order: &&std::sync::Arc<Order>| {
            let kept = self.followed.order(order.id);
            kept.is_some_and(|kept| kept.version == order.version && kept.dues != order.dues)
        };
        match evidence.shown.iter().find(moved) {
            Some(order) => Err(format!("{:?} is shown with dues that no record gives", order.id)),
            None => Ok(()),
        }
    }
}

impl DueNeverMoves {
    fn follow(&mut self, record: &Record) -> Result<(), String> {
        let mut may = BTreeMap::new();
        for event in &record.events {
            let Some(id) = event.order() else { continue };
            match event {
                Event::Answered { .. } | Event::Reworked { .. } => may.insert(id, May::Anew),
                Event::ExtensionDecided { handling: Some(_), .. } | Event::Resumed { .. } => {
                    may.insert(id, May::Later)
                }
                Event::DueRecomputed { stage: Stage::Handle, .. } => may.insert(id, May::IfAssumed),
                _ => None,
            };
        }
        self.followed.apply(record);
        let touched: BTreeSet<OrderId> = record.events.iter().filter_map(Event::order).collect();
        touched.into_iter().try_for_each(|id| {
            let order = self.followed.order(id).ok_or(format!("{id:?} was never accepted"))?;
            let due = order.dues[Stage::Handle];
            let before = self.known.insert(id, due);
            let owed = order.kind != Kind::Praise && order.answer.is_none();
            if due.is_none() && owed {
                return Err(format!("{id:?} is never due"));
            }
            match before {
                Some(before) => judged(order, before, due, may.get(&id).copied()),
                None => Ok(()),
            }
        })
    }
}

fn judged(
    order: &Order,
    before: Option<Due>,
    after: Option<Due>,
    may: Option<May>,
) -> Result<(), String> {
    if before == after || may == Some(May::Anew) {
        return Ok(());
    }
    let id = order.id;
    let (Some(before), Some(after)) = (before, after) else {
        return Err(format!("{id:?}: its due was {before:?} and is {after:?}"));
    };
    let fits = match may {
        Some(May::Later) => after.original == before.original && after.current >= before.current,
        Some(May::IfAssumed) => before.assumed,
        Some(May::Anew) => true,
        None => false,
    };
    if fits { Ok(()) } else { Err(format!("{id:?}: its due moved from {before:?} to {after:?}")) }
}
