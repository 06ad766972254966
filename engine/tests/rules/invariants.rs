//! Long random lives under the full rules: whatever is asked in whatever order, some things never happen.

use std::collections::{BTreeMap, BTreeSet};

use hotline_engine::escalation::Rung;
use hotline_engine::event::Event;
use hotline_engine::order::{Due, Mode, Order, OrderId, Stage, Status};
use hotline_engine::time::Timestamp;
use hotline_engine::{Record, State, digest};

use crate::desk::Desk;
use crate::dice::Dice;
use crate::sample;

const COMMANDS: usize = 100_000;
const MATTERS: [&str; 6] =
    ["城市管理/占道经营", "城市管理/垃圾清运", "供水", "供水/停水", "市场/消费", "邻里/噪声"];
const UNITS: [&str; 8] =
    ["urban-management", "water", "market", "education", "east", "west", "lotus", "pine"];
const KINDS: [&str; 6] = ["consultation", "help", "complaint", "report", "suggestion", "praise"];

/// Two units with handlers among those without.
const HANDLERS: &str = "
    handler water water-01 for 3 can 供水/停水
    handler water water-02 for 8 away 2025-12-24..2026-01-04
    handler market market-01 for 5
";

/// What must hold, and what has to be remembered for it.
#[derive(Default)]
struct Witness {
    accepted: u64,
    handle_dues: BTreeMap<OrderId, Option<Due>>,
    climbed: BTreeMap<OrderId, BTreeSet<Rung>>,
    refusers: BTreeMap<OrderId, BTreeSet<u16>>,
    leads: BTreeMap<OrderId, u16>,
}

impl Witness {
    /// Looks at what one record did.
    fn see(&mut self, record: &Record, state: &State) {
        let mut touched = BTreeSet::new();
        let mut may_move = BTreeSet::new();
        for event in &record.events {
            if !matches!(event, Event::CallerRecorded { .. }) {
                let told = serde_json::to_string(event).unwrap();
                assert!(!told.contains("vault-"), "who called is in {told}");
            }
            let Some(id) = event.order() else { continue };
            touched.insert(id);
            match event {
                Event::Accepted { .. } => self.accepted += 1,
                Event::ExtensionDecided { handling: Some(_), .. }
                | Event::Resumed { .. }
                | Event::DueRecomputed { stage: Stage::Handle, .. } => {
                    may_move.insert(id);
                }
                Event::Reworked { .. } => {
                    may_move.insert(id);
                    self.climbed.remove(&id);
                }
                Event::DuePassed { stage: Stage::Handle, .. } => self.climb(id, Rung::Red),
                Event::Escalated { rung, .. } => self.climb(id, *rung),
                Event::Returned { refusal, .. } if refusal.is_refusal() => {
                    self.refusers.entry(id).or_default().insert(refusal.unit.0);
                }
                Event::Dispatched { dispatch, .. } => {
                    let refused =
                        self.refusers.get(&id).is_some_and(|it| it.contains(&dispatch.lead.0));
                    match dispatch.mode {
                        Mode::Auto | Mode::Triage => {
                            assert!(!refused, "{id:?} went back to a refuser");
                        }
                        Mode::Rework => assert_eq!(self.leads.get(&id), Some(&dispatch.lead.0)),
                        Mode::Arbitration => {}
                    }
                    assert!(!dispatch.co_units.contains(&dispatch.lead));
                    self.leads.insert(id, dispatch.lead.0);
                }
                _ => {}
            }
        }
        assert_eq!(self.accepted, state.orders().len() as u64, "no order is lost");
        for id in touched {
            let order = state.order(id).unwrap();
            self.due_stands(order, may_move.contains(&id));
            let owned = order.dispatch.is_some();
            assert!(owned || order.status == Status::Triage || !order.status.is_open());
            assert!(order.status.is_open() || order.next_alarm().is_none());
        }
    }

    fn climb(&mut self, id: OrderId, rung: Rung) {
        assert!(self.climbed.entry(id).or_default().insert(rung), "{id:?} climbs {rung:?} twice");
    }

    /// The closing due moves by an extension, a pause, a rework or a notice, and by nothing else.
    fn due_stands(&mut self, order: &Order, may_move: bool) {
        let due = order.dues[Stage::Handle];
        let before = self.handle_dues.insert(order.id, due);
        assert!(
            may_move || before.is_none_or(|before| before == due),
            "the due of {:?} moved",
            order.id
        );
        assert_eq!(due.is_none(), order.kind.code() == "praise");
        if let (Some(Some(before)), Some(due)) = (before, due)
            && order.reworks.is_empty()
            && !before.assumed
        {
            assert_eq!(before.original, due.original, "the first promise is kept on record");
            assert!(before.current <= due.current, "and the present one never comes nearer");
        }
    }
}

/// The next request: mostly what the order's status allows, by the one who may.
fn line(dice: &mut Dice, desk: &Desk) -> (String, String) {
    let count = desk.state.orders().len() as u64;
    if count == 0 || dice.below(100) < 14 {
        return ("call-taker".into(), acceptance(dice, count));
    }
    let id =
        if dice.below(25) == 0 { dice.below(count + 2) } else { count - dice.below(count.min(40)) };
    let order = desk.state.order(OrderId(id));
    let lead = order.and_then(|order| order.dispatch.as_ref());
    let unit = match lead {
        Some(dispatch) if dice.below(15) != 0 => {
            desk.state.directory().unit(dispatch.lead).code.clone()
        }
        _ => dice.one_of(&UNITS).to_owned(),
    };
    let handler = format!("handler@{unit}");
    let by = |who: &str, request: String| (who.to_owned(), request);
    match dice.below(100) {
        0..16 => (handler, format!("sign {id}")),
        16..28 => (handler, format!("reply {id} 已办理")),
        28..38 => {
            let reason = dice.one_of(&["not-our-duty", "shared-duty", "not-enough-facts"]);
            (handler, format!("return {id} {reason} 说明"))
        }
        38..50 => by(
            "dispatcher",
            format!("dispatch {id} {} with {}", dice.one_of(&UNITS), dice.one_of(&UNITS)),
        ),
        50..54 => (handler, format!("extend {id} {} 需开挖", 1 + dice.below(11))),
        54..58 => by("supervisor", format!("{} {id} 意见", dice.one_of(&["grant", "deny"]))),
        58..62 => (handler, format!("pause {id} waiting-for-caller 等材料")),
        62..66 => by(dice.one_of(&["dispatcher", handler.as_str()]), format!("resume {id}")),
        66..69 => (handler, format!("contact {id} 已联系")),
        69..72 => (format!("handler@{}", dice.one_of(&UNITS)), format!("co-reply {id} 已核实")),
        72..76 => {
            by("dispatcher", format!("review {id} {} 意见", dice.one_of(&["passed", "failed"])))
        }
        76..82 => by(
            "call-taker",
            format!("callback {id} {}", dice.one_of(&["satisfied", "unsatisfied", "not-reached"])),
        ),
        82..88 => by("call-taker", format!("close {id}")),
        88..90 => by("supervisor", format!("rework {id} new-facts 有新情况")),
        90..91 => by("call-taker", format!("withdraw {id} 自行解决")),
        91..92 => by("call-taker", format!("transfer {id} 119")),
        92..94 => by("supervisor", format!("supervise {id} 限期")),
        94..95 => by("dispatcher", format!("reveal {id} 回访")),
        95..96 => by(
            "supervisor",
            format!("assign {id} {}", dice.one_of(&["water-01", "market-01", "nobody"])),
        ),
        _ => by("system", "tick".into()),
    }
}

fn acceptance(dice: &mut Dice, count: u64) -> String {
    let mut request = format!("accept {} {}", dice.one_of(&KINDS), dice.one_of(&MATTERS));
    if dice.below(2) == 0 {
        request += &format!(" at {}", dice.one_of(&["lotus", "pine", "east"]));
    }
    if dice.below(12) == 0 {
        request += " urgency urgent";
    }
    if dice.below(3) == 0 {
        request += &format!(" caller vault-name-{count} vault-phone-{count}");
    }
    request
}

/// Plays a life of so many commands and gives the desk back.
fn play(seed: u64, commands: usize) -> Desk {
    let district = format!("{}\n{HANDLERS}", sample::DISTRICT);
    let mut desk = Desk::open_by(sample::longhu("2025"), &district);
    desk.check_every = 10_000;
    let (mut dice, mut witness) = (Dice(seed), Witness::default());
    let mut at = Timestamp::parse("2025-12-01T08:00:00").unwrap();
    let mut granted = 0;
    for turn in 0..commands {
        // The notice for the year to come arrives in the middle.
        if turn == commands / 2 {
            desk.rules = sample::longhu("2026");
        }
        at = at.plus_seconds(dice.below(240).cast_signed());
        let (who, request) = line(&mut dice, &desk);
        let before = desk.records.len();
        desk.say(&at.to_string(), &who, &request);
        if let Some(record) = desk.records.get(before) {
            witness.see(record, &desk.state);
            granted += 1;
        }
    }
    desk.state.assert_consistent();
    assert!(granted > commands / 5, "{granted} of {commands} were granted");
    desk
}

#[track_caller]
fn lives_and_replays(seed: u64) {
    let desk = play(seed, COMMANDS);
    let mut again = State::default();
    desk.records.iter().for_each(|record| again.apply(record));
    assert_eq!(digest(&again), digest(&desk.state));
    // Every kind of fact has been there, or the run proves little.
    let kinds: BTreeSet<String> = desk
        .records
        .iter()
        .flat_map(|record| &record.events)
        .map(|event| format!("{event:?}").split([' ', '(', '{']).next().unwrap().to_owned())
        .collect();
    assert!(kinds.len() >= 28, "{} kinds: {kinds:?}", kinds.len());
}

#[test]
fn a_hundred_thousand_commands_break_no_promise() {
    lives_and_replays(0x5eed_0001);
}

#[test]
fn another_hundred_thousand_break_none() {
    lives_and_replays(0xfeed_beef);
}

#[test]
fn a_third_hundred_thousand_break_none() {
    lives_and_replays(0x0dd_ba11);
}

#[test]
fn the_same_seed_lives_the_same_life() {
    let state = |seed| digest(&play(seed, 5_000).state);
    assert_eq!(state(7), state(7));
    assert_ne!(state(7), state(8));
}
