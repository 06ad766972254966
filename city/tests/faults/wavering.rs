//! A wall clock that is set two seconds ahead and back, each second: time stays in order, and nothing is late before its due.

use hotline::codec::decode_record;
use hotline_engine::actor::Role;
use hotline_engine::command::{Action, Command};
use hotline_engine::{Event, Record, State};
use hotline_people::{affairs, desk};

use crate::town::Town;

const SEED: u64 = 45;
/// The morning before, and seconds of the wavering clock: the rest of the day.
const STEPS: u64 = 12;
const SECONDS: i64 = 24_000;
/// Somebody calls.
const CALLS_EVERY_SECONDS: i64 = 7;
const OFF_MS: i64 = 2_000;

#[test]
fn steps_of_two_seconds_each_second_make_nothing_late_too_early_and_keep_the_order_of_records() {
    let mut town = Town::new(SEED);
    town.live(STEPS);
    let calm = town.state().records_count();
    let mut shown = Vec::new();
    for second in 0..SECONDS {
        let off = if second % 2 == 0 { OFF_MS } else { -OFF_MS };
        let before = town.state().records_count();
        let wall = town.pass_a_second(off);
        let answer = (second % CALLS_EVERY_SECONDS == 0).then(|| town.queue(call(&town, second)));
        town.turn();
        drop(answer);
        if town.state().records_count() > before {
            shown.push(wall);
        }
    }
    // The control: whoever believed the wall would have written times that go back.
    assert!(
        shown.windows(2).any(|pair| pair[1].ms() - pair[0].ms() < 1_000),
        "{} records",
        shown.len()
    );
    let late = late_in_time(&town, calm);
    assert!(late > 10, "{late} dues passed: too few to prove anything");
    println!("{late} dues passed in {} records under a wavering clock", shown.len());
}

/// A contact that no step of the people gives.
fn call(town: &Town, second: i64) -> Command {
    let number = 1 << 40 | second.unsigned_abs();
    let mut contact = affairs::contact(SEED, number, &town.hotline().published().views.directory());
    (contact.answer, contact.upstream) = (None, None);
    let actor = desk::of(Role::CallTaker);
    Command { actor, seen: None, action: Action::Accept(Box::new(contact)) }
}

/// How many dues passed behind a record; each record stands in its time, and none of them comes before its due.
fn late_in_time(town: &Town, behind: u64) -> usize {
    let (mut state, mut late) = (State::default(), 0);
    for payload in town.payloads() {
        let record: Record = decode_record(&payload).unwrap();
        assert!(record.at >= state.at(), "{} is before {}", record.at, state.at());
        for event in &record.events {
            let Event::DuePassed { order, stage, .. } = event else { continue };
            let due = state.order(*order).unwrap().dues[*stage].unwrap().current;
            assert!(record.at >= due, "{order:?} is late at {} and due at {due}", record.at);
            late += usize::from(state.records_count() >= behind);
        }
        state.apply(&record);
    }
    late
}
