//! Long random lives of units with handlers: whatever is asked in whatever order, nobody gets what he cannot take, and
//! nothing waits that somebody free could take.

use hotline_engine::directory::UnitId;
use hotline_engine::escalation::Rung;
use hotline_engine::event::Event;
use hotline_engine::order::{Order, OrderId, Stage, Status, Urgency};
use hotline_engine::staff::{Handler, HandlerId};
use hotline_engine::time::Timestamp;
use hotline_engine::{Record, State, digest};

use crate::desk::Desk;
use crate::dice::Dice;
use crate::sample;

const COMMANDS: usize = 12_000;
/// Ticks until nothing more is given or taken: what they take in one, they give in the next.
const TICKS_MAX: usize = 5;

const WORK: &str = "
    work 供水 60
    work 供水/停水 2400
    work 市场 600
";
/// Who works in the units, version by version: people come, leave, learn, and have more or less to do.
const VERSIONS: [&str; 3] = [
    "
    handler water water-01 for 2 can 供水/停水
    handler water water-02 for 5 can 供水 away 2026-03-04..2026-03-06
    handler water water-03 for 3
    handler market market-01 for 4 can 市场
    handler east east-01 for 1 can 城市管理/垃圾清运
    handler east east-02 for 6 away 2026-03-03..2026-03-03 away 2026-03-10..2026-03-11
",
    "
    handler water water-01 for 4 can 供水/停水
    handler water water-03 for 1
    handler water water-04 for 7 can 供水 away 2026-03-01..2026-03-09
    handler market market-01 for 2 can 市场/消费 can 城市管理
    handler market market-02 for 2
",
    "
    handler water water-02 for 3 can 供水
    handler east east-01 for 5
    handler urban-management city-01 for 3 can 城市管理/占道经营
",
];
const MATTERS: [&str; 5] =
    ["供水", "供水/停水", "市场/消费", "城市管理/垃圾清运", "城市管理/占道经营"];
const UNITS: [&str; 4] = ["water", "market", "east", "urban-management"];
const ACCOUNTS: [&str; 9] = [
    "water-01",
    "water-02",
    "water-03",
    "water-04",
    "market-01",
    "market-02",
    "east-01",
    "city-01",
    "nobody",
];

fn version(number: u64) -> String {
    format!("{}\n{WORK}\n{}", sample::DISTRICT, VERSIONS[number as usize % VERSIONS.len()])
}

/// Whether somebody works on the order, or should.
fn is_worked_on(order: &Order) -> bool {
    matches!(order.status, Status::Dispatched | Status::Signed)
}

fn lead(order: &Order) -> UnitId {
    order.dispatch.as_ref().unwrap().lead
}

/// Counted anew, order by order.
fn open_count(state: &State, id: HandlerId) -> usize {
    let his = |order: &&Order| is_worked_on(order) && order.handler == Some(id);
    state.open_orders().filter(his).count()
}

fn is_skilled(state: &State, handler: &Handler, order: &Order) -> bool {
    let path = order.matter.map(|matter| state.directory().matter(matter));
    let covers = |skill: &str| {
        path.is_some_and(|path| path == skill || path.starts_with(&format!("{skill}/")))
    };
    let mut skills = handler.skills.iter().map(|&skill| state.directory().matter(skill));
    handler.skills.is_empty() || skills.any(covers)
}

fn is_away(handler: &Handler, at: Timestamp) -> bool {
    let day = at.day();
    handler.absences.iter().any(|absence| absence.from <= day && day <= absence.to)
}

/// How much an order presses: urgent first, then by slack, in which what is late has time until it is watched; of equals the older.
fn pressing(state: &State, order: &Order) -> (u8, i64, OrderId) {
    let calm = match order.urgency {
        Urgency::Critical => 0,
        Urgency::Urgent => 1,
        Urgency::Normal => 2,
    };
    let path = order.matter.map_or("", |matter| state.directory().matter(matter));
    let minutes = match path {
        "供水" => 60,
        "供水/停水" => 2_400,
        "市场" | "市场/消费" => 600,
        _ => 240,
    };
    let has_time_until = |order: &Order| {
        let late = order.overdue.contains(&Stage::Handle);
        let watched = order.clocks.has_reached(Rung::Supervision);
        let due = order.dues[Stage::Handle].map(|due| due.current);
        let until = if late && !watched { order.clocks.ladder[Rung::Supervision] } else { due };
        until.or(due)
    };
    let waits_with = |it: &&Order| {
        let into = it.merge.as_ref().map(|merge| merge.into);
        it.status == Status::Merged && into == Some(order.id)
    };
    let handled_as_one = state.open_orders().filter(waits_with).chain([order]);
    let slack = handled_as_one
        .filter_map(has_time_until)
        .min()
        .map_or(i64::MAX, |until| until.ms() - minutes * 60_000);
    (calm, slack, order.id)
}

/// What waited before a tick, and what it gave to whom.
fn looks_at_tick(before: &State, after: &State, record: &Record) {
    let mut waiting: Vec<&Order> =
        before.open_orders().filter(|it| is_worked_on(it) && it.handler.is_none()).collect();
    for event in &record.events {
        let Event::Assigned { order, handler } = event else { continue };
        let given = before.order(*order).unwrap();
        let at = waiting.iter().position(|it| it.id == *order).expect("what is given has waited");
        waiting.remove(at);
        let to = after.directory().staff().handler(*handler);
        let first = |it: &&&Order| {
            lead(it) == lead(given)
                && is_skilled(before, to, it)
                && pressing(before, it) < pressing(before, given)
        };
        let passed_over = waiting.iter().find(first);
        assert_eq!(passed_over.map(|it| it.id), None, "{order:?} was given first");
    }
}

/// Whoever got an order could take it.
fn looks_at_record(state: &State, record: &Record) {
    for event in &record.events {
        let Event::Assigned { order, handler: id } = event else { continue };
        let order = state.order(*order).unwrap();
        let handler = state.directory().staff().handler(*id);
        assert!(handler.active && handler.unit == lead(order), "{} has left", handler.account);
        assert!(!is_away(handler, record.at), "{} is away", handler.account);
        assert!(is_skilled(state, handler, order), "{} lacks the skill", handler.account);
        let open = open_count(state, *id);
        assert!(open <= handler.capacity.into(), "{} has {open}", handler.account);
    }
}

/// After the ticks of a moment nothing waits while somebody who could take it is free, and who has left has nothing.
fn nothing_waits_in_vain(state: &State, at: Timestamp) {
    let staff = state.directory().staff();
    let free = |(id, handler): &(HandlerId, &Handler)| {
        let room = open_count(state, *id) < handler.capacity.into();
        handler.active && room && !is_away(handler, at)
    };
    let handlers = (0..).map(HandlerId).zip(staff.handlers());
    let free: Vec<_> = handlers.filter(free).collect();
    for order in state.open_orders().filter(|order| is_worked_on(order)) {
        match order.handler {
            Some(id) => assert!(staff.handler(id).active, "{:?} is held by nobody", order.id),
            None => {
                let fits = |(_, handler): &&(HandlerId, &Handler)| {
                    handler.unit == lead(order) && is_skilled(state, handler, order)
                };
                let idle = free.iter().find(fits).map(|(_, handler)| &handler.account);
                assert_eq!(idle, None, "{:?} waits", order.id);
            }
        }
    }
}

/// The next request: mostly what brings an order on, by the one who may.
fn line(dice: &mut Dice, desk: &Desk) -> (String, String) {
    let count = desk.state.orders().len() as u64;
    if count == 0 || dice.below(100) < 16 {
        let mut request = format!("accept help {} at lotus", dice.one_of(&MATTERS));
        if dice.below(6) == 0 {
            request += &format!(" urgency {}", dice.one_of(&["urgent", "critical"]));
        }
        return ("call-taker".into(), request);
    }
    // What somebody has is worked on, or soon nobody would be free.
    let held: Vec<u64> = desk
        .state
        .orders()
        .iter()
        .filter(|it| it.handler.is_some() && is_worked_on(it))
        .map(|it| it.id.0)
        .collect();
    let id = match dice.below(3) {
        1.. if !held.is_empty() => held[dice.below(held.len() as u64) as usize],
        _ => count - dice.below(count.min(60)),
    };
    let order = desk.order(id);
    let unit = order
        .dispatch
        .as_ref()
        .map_or("water", |dispatch| desk.state.directory().unit(dispatch.lead).code.as_str());
    let handler = format!("handler@{unit}");
    let by = |who: &str, request: String| (who.to_owned(), request);
    match dice.below(100) {
        0..25 => (handler, format!("sign {id}")),
        25..45 => (handler, format!("reply {id} 已办理")),
        45..49 => (handler, format!("return {id} not-enough-facts 说明")),
        49..57 => by(
            "dispatcher",
            format!("dispatch {id} {} as {}", dice.one_of(&UNITS), dice.one_of(&MATTERS)),
        ),
        57..62 => (handler, format!("pause {id} waiting-for-caller 等材料")),
        62..68 => (handler, format!("resume {id}")),
        68..73 => by("dispatcher", format!("review {id} failed 意见")),
        73..77 => by("call-taker", format!("close {id}")),
        77..81 => by("supervisor", format!("rework {id} new-facts 有新情况")),
        81..82 => by("call-taker", format!("withdraw {id} 自行解决")),
        82..83 => by("call-taker", format!("callback {id} unsatisfied")),
        83..84 => (handler, format!("extend {id} 3 需开挖")),
        84..85 => by("supervisor", format!("grant {id} 同意")),
        _ => (handler, format!("assign {id} {}", dice.one_of(&ACCOUNTS))),
    }
}

#[track_caller]
fn lives(seed: u64) {
    let mut desk = Desk::open_by(sample::longhu("2026"), &version(0));
    desk.check_every = 20;
    let mut dice = Dice(seed);
    let mut at = Timestamp::parse("2026-03-02T08:00:00").unwrap();
    let (mut assigned, mut taken) = (0, 0);
    for turn in 0..COMMANDS {
        at = at.plus_seconds(dice.below(150).cast_signed());
        let seen = desk.records.len();
        if dice.below(700) == 0 {
            desk.adopt(&at.to_string(), sample::district(&version(dice.below(3))));
        } else {
            let (who, request) = line(&mut dice, &desk);
            desk.say(&at.to_string(), &who, &request);
        }
        if let Some(record) = desk.records.get(seen) {
            looks_at_record(&desk.state, record);
        }
        if turn % 4 != 0 {
            continue;
        }
        for tick in 0.. {
            assert!(tick < TICKS_MAX, "the ticks never come to rest");
            let (before, seen) = (desk.state.clone(), desk.records.len());
            desk.say(&at.to_string(), "system", "tick");
            let Some(record) = desk.records.get(seen) else { break };
            looks_at_record(&desk.state, record);
            looks_at_tick(&before, &desk.state, record);
            let given = |event: &&Event| matches!(event, Event::Assigned { .. });
            assigned += record.events.iter().filter(given).count();
            taken +=
                record.events.iter().filter(|it| matches!(it, Event::Unassigned { .. })).count();
        }
        nothing_waits_in_vain(&desk.state, at);
    }
    desk.state.assert_consistent();
    assert!(assigned > 1_000 && taken > 50, "{assigned} given and {taken} taken prove little");
    let mut again = State::default();
    desk.records.iter().for_each(|record| again.apply(record));
    assert_eq!(digest(&again), digest(&desk.state));
}

#[test]
fn whatever_is_asked_orders_go_only_to_those_who_can_take_them() {
    lives(0x5eed_0015);
}

#[test]
fn another_life_with_handlers_breaks_no_promise() {
    lives(0xcafe_f00d);
}
