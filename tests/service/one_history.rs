//! Whether what many clients were told fits one history, and that history is the journal's. Judges; asks nothing itself.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use hotline::codec::decode_record;
use hotline::recovery::{self, DataFolder};
use hotline_engine::order::{Order, OrderId, Status};
use hotline_engine::{Event, State};

/// What somebody does to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Dispatch,
    Sign,
    Assign,
}

/// What he was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Granted,
    Refused(u16),
    /// The line ended before an answer came.
    Unknown,
}

/// One request. Ticks of one counter say when it was sent and when its answer had come.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) client: String,
    pub(crate) order: u64,
    /// The version that he saw.
    pub(crate) seen: u32,
    pub(crate) what: What,
    pub(crate) asked: u64,
    pub(crate) answered: u64,
    pub(crate) outcome: Outcome,
}

/// A record that concerns one order.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) actor: String,
    pub(crate) order: u64,
    /// None for what no client asks for.
    pub(crate) what: Option<What>,
    /// The order's version before it.
    pub(crate) from: u32,
}

/// The records of a hotline that has stopped. At each of them every order has one owner.
pub(crate) fn entries(data: &Path) -> Vec<Entry> {
    let (mut state, mut entries) = (State::default(), Vec::new());
    for record in recovery::scan_from(&DataFolder::at(data), 1).unwrap() {
        let record = decode_record(&record.unwrap().payload).unwrap();
        let first = record.events.iter().find(|event| event.order().is_some());
        let order = first.and_then(Event::order);
        let version = |state: &State| order.and_then(|id| state.order(id)).map(|it| it.version);
        let from = version(&state);
        state.apply(&record);
        let Some(OrderId(id)) = order else { continue };
        assert!(version(&state) > from, "order {id} changes and keeps its version");
        state.order(OrderId(id)).into_iter().for_each(|order| has_one_owner(&state, order));
        let what = first.and_then(|event| match event {
            Event::Dispatched { .. } => Some(What::Dispatch),
            Event::Signed { .. } => Some(What::Sign),
            Event::Assigned { .. } | Event::Unassigned { .. } => Some(What::Assign),
            _ => None,
        });
        entries.push(Entry { actor: record.actor.name, order: id, what, from: from.unwrap_or(0) });
    }
    entries
}

fn has_one_owner(state: &State, order: &Order) {
    let is_held = matches!(order.status, Status::Dispatched | Status::Signed);
    assert_eq!(order.dispatch.is_some(), is_held, "{:?} is {:?}", order.id, order.status);
    let lead = order.dispatch.as_ref().map(|dispatch| dispatch.lead);
    let his = order.handler.map(|handler| state.directory().staff().handler(handler).unit);
    assert!(his.is_none_or(|unit| Some(unit) == lead), "{:?} is with another unit", order.id);
}

/// How many asks a history has of each kind.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) granted: usize,
    pub(crate) stale: usize,
    pub(crate) unknown: usize,
}

/// Each client's asks in his order, against the journal.
pub(crate) fn judge(asks: &[Ask], journal: &[Entry]) -> Result<Judged, String> {
    one_wins(asks)?;
    let matched = matched(asks, journal)?;
    in_time(&matched)?;
    refused_for_a_reason(asks, journal, &matched)?;
    let count = |wanted: Outcome| asks.iter().filter(|ask| ask.outcome == wanted).count();
    let stale = count(Outcome::Refused(412));
    Ok(Judged { granted: count(Outcome::Granted), stale, unknown: count(Outcome::Unknown) })
}

/// Of all who saw an order at one version, one may change it.
fn one_wins(asks: &[Ask]) -> Result<(), String> {
    let mut won = BTreeSet::new();
    for ask in asks.iter().filter(|ask| ask.outcome == Outcome::Granted) {
        if !won.insert((ask.order, ask.seen)) {
            return Err(format!("two were granted what only one can have: {ask:?}"));
        }
    }
    Ok(())
}

/// What each record was asked for by: every acknowledgement has its record, and every record its ask.
fn matched<'a>(asks: &'a [Ask], journal: &[Entry]) -> Result<Vec<Option<&'a Ask>>, String> {
    let mut waiting: BTreeMap<&str, VecDeque<&Ask>> = BTreeMap::new();
    for ask in asks {
        let queue = waiting.entry(&ask.client).or_default();
        if !matches!(ask.outcome, Outcome::Refused(_)) {
            queue.push_back(ask);
        }
    }
    let mut matched = Vec::new();
    for entry in journal {
        let Some(queue) = waiting.get_mut(entry.actor.as_str()) else {
            matched.push(None);
            continue;
        };
        matched.push(Some(loop {
            let ask = queue.pop_front().ok_or(format!("nobody asked for this: {entry:?}"))?;
            let key = (ask.order, ask.seen, Some(ask.what));
            if key == (entry.order, entry.from, entry.what) {
                break ask;
            }
            if ask.outcome == Outcome::Granted {
                return Err(format!(
                    "acknowledged, and the journal has {entry:?} instead: {ask:?}"
                ));
            }
        }));
    }
    let mut left = waiting.into_values().flatten();
    match left.find(|ask| ask.outcome == Outcome::Granted) {
        Some(ask) => Err(format!("acknowledged, and not in the journal: {ask:?}")),
        None => Ok(matched),
    }
}

/// What was answered before another was asked stands before it.
fn in_time(matched: &[Option<&Ask>]) -> Result<(), String> {
    let mut latest = 0;
    for ask in matched.iter().flatten() {
        if ask.outcome == Outcome::Granted && ask.answered < latest {
            return Err(format!("stands behind what was asked for after its answer: {ask:?}"));
        }
        latest = latest.max(ask.asked);
    }
    Ok(())
}

/// Whoever was told that others were faster: somebody was, and had asked by then.
fn refused_for_a_reason(
    asks: &[Ask],
    journal: &[Entry],
    matched: &[Option<&Ask>],
) -> Result<(), String> {
    let mut changed = BTreeMap::new();
    for (entry, ask) in journal.iter().zip(matched) {
        changed.insert((entry.order, entry.from), ask.map_or(0, |ask| ask.asked));
    }
    for ask in asks.iter().filter(|ask| ask.outcome == Outcome::Refused(412)) {
        let faster = changed.get(&(ask.order, ask.seen));
        if faster.is_none_or(|&asked| asked > ask.answered) {
            return Err(format!("refused, and nobody was faster: {ask:?}"));
        }
    }
    Ok(())
}

/// The controls: a judge that finds nothing proves nothing.
#[cfg(test)]
mod tests {
    use super::*;

    fn ask(client: &str, seen: u32, asked: u64, outcome: Outcome) -> Ask {
        let (client, what) = (client.to_owned(), What::Dispatch);
        Ask { client, order: 1, seen, what, asked, answered: asked + 1, outcome }
    }

    fn entry(actor: &str, from: u32) -> Entry {
        Entry { actor: actor.to_owned(), order: 1, what: Some(What::Dispatch), from }
    }

    #[track_caller]
    fn is_found(asks: &[Ask], journal: &[Entry], words: &str) {
        let found = judge(asks, journal).unwrap_err();
        assert!(found.starts_with(words), "{found}");
    }

    #[test]
    fn histories_that_do_not_fit_are_found() {
        let [first, second] = [("a", 1, 10), ("b", 2, 20)]
            .map(|(client, seen, asked)| ask(client, seen, asked, Outcome::Granted));
        let both = [entry("a", 1), entry("b", 2)];
        assert!(judge(&[first.clone(), second.clone()], &both).is_ok());
        is_found(&[first.clone(), second.clone()], &both[..1], "acknowledged, and not in the");
        is_found(
            std::slice::from_ref(&first),
            &[entry("a", 2)],
            "acknowledged, and the journal has",
        );
        is_found(&[first.clone(), ask("b", 1, 20, Outcome::Granted)], &both, "two were granted");
        let refused = ask("b", 2, 20, Outcome::Refused(409));
        is_found(&[first.clone(), refused], &both, "nobody asked for this");
        let late = Ask { asked: 30, answered: 31, ..first.clone() };
        is_found(&[late, second], &both, "stands behind");
        let stale = ask("b", 2, 20, Outcome::Refused(412));
        is_found(&[first, stale], &both[..1], "refused, and nobody was faster");
    }
}
