//! Long random runs: the engine agrees with its naive twin, and its records rebuild the same state, byte for byte.

use hotline_engine::order::{Order, OrderId, Stage};
use hotline_engine::time::Timestamp;
use hotline_engine::{Event, Record, State, digest};

use crate::desk::Desk;
use crate::dice::Dice;
use crate::sample;
use crate::twin::{Row, Twin};

const COMMANDS: usize = 20_000;
const MATTERS: [&str; 8] = [
    "城市管理/占道经营",
    "城市管理/违建",
    "城市管理/垃圾清运",
    "供水",
    "供水/停水",
    "市场/消费",
    "邻里/噪声",
    "其他",
];
const UNITS: [&str; 10] = [
    "urban-management",
    "water",
    "market",
    "education",
    "east",
    "west",
    "harbour",
    "lotus",
    "pine",
    "reed",
];
const KINDS: [&str; 6] = ["consultation", "help", "complaint", "report", "suggestion", "praise"];

/// The next line: mostly sensible, sometimes by the wrong person or about an order that does not exist.
fn line(dice: &mut Dice, twin: &Twin, at: Timestamp) -> (String, String) {
    let count = twin.rows.len() as u64;
    let recent = count.saturating_sub(dice.below(60));
    let id = if dice.below(10) == 0 { dice.below(count + 2) } else { recent };
    let owner = twin.rows.get(&id).and_then(|row| row.owner.clone());
    let unit = match owner {
        Some(owner) if dice.below(12) != 0 => owner,
        _ => dice.one_of(&UNITS).to_owned(),
    };
    let handler = format!("handler@{unit}");
    match dice.below(100) {
        0..20 => ("call-taker".into(), acceptance(dice, at, count)),
        20..40 => (handler, format!("sign {id}")),
        40..58 => (handler, format!("reply {id} 已办理")),
        58..68 => (handler, format!("return {id} not-our-duty suggest education 不属本单位")),
        68..82 => {
            let mut request = format!("dispatch {id} {}", dice.one_of(&UNITS));
            if dice.below(4) == 0 {
                request += &format!(" as {}", dice.one_of(&MATTERS));
            }
            ("dispatcher".into(), request)
        }
        82..88 => ("call-taker".into(), format!("callback {id} satisfied")),
        88..94 => ("call-taker".into(), format!("close {id}")),
        94..98 => ("system".into(), "tick".into()),
        _ => (dice.one_of(&["auditor", "supervisor", "integration"]).into(), format!("sign {id}")),
    }
}

fn acceptance(dice: &mut Dice, at: Timestamp, count: u64) -> String {
    let mut request = format!("accept {} ", dice.one_of(&KINDS));
    let unsure = dice.below(4) == 0;
    request += if unsure { "?" } else { dice.one_of(&MATTERS) };
    if dice.below(2) == 0 {
        request += &format!(" at {}", dice.one_of(&UNITS[4..]));
    }
    if dice.below(5) == 0 {
        let due = at.plus_seconds(dice.below(20 * 86_400).cast_signed());
        request += &format!(" upstream {due}");
    }
    if dice.below(3) == 0 {
        request += &format!(" caller vault-name-{count} vault-phone-{count}");
    }
    if unsure {
        request +=
            &format!(" maybe {} {}", dice.one_of(&["供水", "市场/消费"]), 60 + dice.below(41));
    }
    request
}

/// What the engine knows of an order, in the twin's words.
fn told(desk: &Desk, order: &Order, row: &Row) -> Row {
    let directory = desk.state.directory();
    let dispatch = order.dispatch.as_ref();
    Row {
        status: order.status.code(),
        owner: dispatch.map(|dispatch| directory.unit(dispatch.lead).code.clone()),
        matter: order.matter.map(|matter| directory.matter(matter).to_owned()),
        handle_due: order.dues[Stage::Handle].map(|due| due.current.0),
        sign_due: order.dues[Stage::Sign].map(|due| due.current.0),
        late: order.overdue.iter().map(|stage| stage.code()).collect(),
        ..row.clone()
    }
}

fn compare(desk: &Desk, twin: &Twin, id: u64, line: &str) {
    let Some(row) = twin.rows.get(&id) else { return };
    assert_eq!(&told(desk, desk.order(id), row), row, "order {id} after `{line}`");
}

/// Plays a random run against the twin.
fn play(seed: u64, commands: usize) -> Desk {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut desk = Desk::open(sample::DISTRICT);
    desk.check_every = 50;
    let mut twin = Twin::new();
    let mut at = Timestamp::parse("2026-02-01T08:00:00").unwrap();
    let mut refusals_count = 0;
    for turn in 0..commands {
        let pause = if dice.below(200) == 0 { 3 * 86_400 } else { 600 };
        at = at.plus_seconds(dice.below(pause).cast_signed());
        let (who, request) = line(&mut dice, &twin, at);
        let said = desk.say(&at.to_string(), &who, &request);
        let allowed = twin.obey(at.0, &who, &request);
        let line = format!("{at} {who} {request} -> {said}");
        assert_eq!(!said.starts_with("no: "), allowed, "turn {turn}: `{line}`");
        refusals_count += usize::from(!allowed);
        let touched = request.split(' ').nth(1).and_then(|word| word.parse().ok());
        compare(&desk, &twin, touched.unwrap_or(twin.rows.len() as u64), &line);
        if request == "tick" || turn % 500 == 0 {
            assert_eq!(desk.state.orders().len(), twin.rows.len());
            twin.rows.keys().for_each(|&id| compare(&desk, &twin, id, &line));
        }
    }
    // A run in which nearly everything is refused, or nothing is, would judge nothing.
    assert!((commands / 10..commands * 7 / 10).contains(&refusals_count), "{refusals_count}");
    desk
}

fn replayed<'a>(records: impl IntoIterator<Item = &'a Record>) -> State {
    let mut state = State::default();
    records.into_iter().for_each(|record| state.apply(record));
    state
}

#[track_caller]
fn check_run(seed: u64) {
    let desk = play(seed, COMMANDS);
    desk.state.assert_consistent();
    let again = replayed(&desk.records);
    assert_eq!(again, desk.state);
    assert_eq!(digest(&again), digest(&desk.state));
    assert_eq!(again.records_count(), desk.records.len() as u64);
    assert_eq!(again.counts().len(), 5, "every status occurs");
}

#[test]
fn twenty_thousand_random_commands_agree_with_the_twin_and_replay_to_the_same_state() {
    check_run(1);
}

#[test]
fn another_twenty_thousand_agree_and_replay() {
    check_run(20_260_217);
}

#[test]
fn a_third_twenty_thousand_agree_and_replay() {
    check_run(12_345);
}

#[test]
fn the_same_seed_gives_the_same_digest_and_another_seed_another() {
    let [first, again, other] = [5, 5, 6].map(|seed| digest(&play(seed, 2_000).state));
    assert_eq!(first, again);
    assert_ne!(first, other);
    assert_eq!(first.to_string().len(), 32);
}

#[test]
fn an_archived_state_comes_back_with_the_same_digest_and_goes_on() {
    let desk = play(7, 3_000);
    let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&desk.state).unwrap();
    let back = rkyv::from_bytes::<State, rkyv::rancor::Error>(&bytes).unwrap();
    assert_eq!(back, desk.state);
    assert_eq!(digest(&back), digest(&desk.state));

    let half = desk.records.len() / 2;
    let middle = replayed(&desk.records[..half]);
    let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&middle).unwrap();
    let mut resumed = rkyv::from_bytes::<State, rkyv::rancor::Error>(&bytes).unwrap();
    desk.records[half..].iter().for_each(|record| resumed.apply(record));
    assert_eq!(digest(&resumed), digest(&desk.state));
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
    let mut callers_count = 0;
    for event in desk.records.iter().flat_map(|record| &record.events) {
        let named = serde_json::to_string(event).unwrap().contains("vault-");
        let recorded = matches!(event, Event::CallerRecorded { .. });
        assert_eq!(named, recorded, "{event:?}");
        callers_count += usize::from(recorded);
    }
    assert!(callers_count > 100, "{callers_count} callers");
    for order in desk.state.orders() {
        assert!(!serde_json::to_string(order).unwrap().contains("vault-"), "{order:?}");
        if let Some(caller) = desk.state.caller(order.id) {
            assert_eq!(caller.name, format!("vault-name-{}", order.id.0 - 1));
        }
    }
    let kept = desk.state.orders().iter().filter(|order| desk.state.caller(order.id).is_some());
    assert_eq!(kept.count(), callers_count);
    assert_eq!(desk.state.caller(OrderId(0)), None);
}
