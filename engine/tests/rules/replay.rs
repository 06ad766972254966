//! What a journal is worth: its records rebuild the same state, byte for byte, also from JSON and from the middle on.

use std::collections::BTreeMap;

use hotline_engine::order::OrderId;
use hotline_engine::{Event, Record, State, digest};

use crate::desk::Desk;
use crate::twin::LONGHU;
use crate::walk::live;

/// Plays a random life under the full rules.
fn play(seed: u64, commands: usize) -> Desk {
    live(seed, commands, LONGHU).expect("the twin agrees").desk
}

fn replayed<'a>(records: impl IntoIterator<Item = &'a Record>) -> State {
    let mut state = State::default();
    records.into_iter().for_each(|record| state.apply(record));
    state
}

#[test]
fn the_same_seed_gives_the_same_digest_and_another_seed_another() {
    let [first, again, other] = [5, 5, 6].map(|seed| digest(&play(seed, 2_000).state));
    assert_eq!(first, again);
    assert_ne!(first, other);
    assert_eq!(first.to_string().len(), 32);
}

#[test]
fn records_come_back_from_json_and_replay_to_the_same_digest() {
    let desk = play(8, 3_000);
    let back: Vec<Record> = desk
        .records
        .iter()
        .map(|record| serde_json::from_str(&serde_json::to_string(record).unwrap()).unwrap())
        .collect();
    assert_eq!(back, desk.records);
    assert_eq!(digest(&replayed(&back)), digest(&desk.state));
}

#[test]
fn every_part_of_the_state_counts_in_the_digest() {
    let desk = play(9, 500);
    let all = digest(&desk.state);
    let mut shorter = desk.records.clone();
    let last = shorter.pop().unwrap();
    assert_ne!(digest(&replayed(&shorter)), all);
    let later = Record { at: last.at.plus_seconds(1), ..last };
    assert_ne!(digest(&replayed(shorter.iter().chain([&later]))), all);
}

#[test]
fn a_caller_stands_in_the_vault_and_nowhere_else() {
    let desk = play(10, 5_000);
    let mut callers = BTreeMap::new();
    for event in desk.records.iter().flat_map(|record| &record.events) {
        let named = serde_json::to_string(event).unwrap().contains("vault-");
        assert_eq!(named, matches!(event, Event::CallerRecorded { .. }), "{event:?}");
        if let Event::CallerRecorded { order, caller } = event {
            callers.insert(*order, caller);
        }
    }
    assert!(callers.len() > 100, "{} callers", callers.len());
    for order in desk.state.orders().iter() {
        assert!(!serde_json::to_string(&*order).unwrap().contains("vault-"), "{order:?}");
        assert_eq!(desk.state.caller(order.id), callers.get(&order.id).copied());
    }
    assert_eq!(desk.state.caller(OrderId(0)), None);
}
