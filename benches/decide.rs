//! Cost of one command in a full hotline, of one due, and of one look-up in a long duty list.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use hotline_engine::actor::{Actor, Role};
use hotline_engine::calendar::Calendar;
use hotline_engine::command::{Acceptance, Action, Command};
use hotline_engine::deadline::{Subject, due};
use hotline_engine::decide::{ASSIGNMENTS_MAX, step};
use hotline_engine::directory::{DutyLevel, Level, MatterId, UnitId};
use hotline_engine::draft::{DirectoryDraft, HolderDraft, RowDraft, UnitDraft};
use hotline_engine::order::{
    Caller, Candidate, Channel, Classification, Confidence, Kind, OrderId, Stage, Urgency,
};
use hotline_engine::profile::Profile;
use hotline_engine::routing::{Question, route};
use hotline_engine::staff_draft::HandlerDraft;
use hotline_engine::text::Sketch;
use hotline_engine::time::{Day, Timestamp};
use hotline_engine::{Rules, State, decide};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const OPEN_ORDERS: u64 = 1_000_000;
const ROWS: u16 = 4_000;
/// Commands made ahead of the measured ones: few, since those of a hotline come fresh from the thread that read them.
const HOT: u64 = 32;
const DEPARTMENTS: u16 = 60;
const COMMUNITIES: u16 = 121;
const HANDLERS: u16 = 600;

fn rules() -> Rules {
    let profile: Profile = toml::from_str(include_str!("../profiles/longhu.toml")).unwrap();
    let notices = include_str!("../profiles/calendar/cn-holidays.csv");
    Rules::new(vec![profile], Calendar::parse(notices).unwrap(), Confidence(8_000)).unwrap()
}

/// Departments, one street with communities, and a long list: two rows a matter, every tenth limited to a place.
fn draft() -> DirectoryDraft {
    let unit = |code: String, level, parent: Option<&str>| UnitDraft {
        name: code.clone(),
        code,
        level,
        parent: parent.map(str::to_owned),
    };
    let mut units = vec![unit("street".into(), Level::Street, None)];
    units.extend((0..DEPARTMENTS).map(|at| unit(format!("d{at}"), Level::Department, None)));
    units.extend(
        (0..COMMUNITIES).map(|at| unit(format!("c{at}"), Level::Community, Some("street"))),
    );
    let rows: Vec<RowDraft> = (0..ROWS)
        .map(|at| RowDraft {
            matter: format!("大类{}/中类{}/事项{}", at / 2 % 20, at / 2 % 200, at / 2),
            place: at.is_multiple_of(10).then(|| format!("c{}", at % COMMUNITIES)),
            lead: HolderDraft::Unit(format!("d{}", at % DEPARTMENTS)),
            co_units: vec![HolderDraft::StreetOfPlace],
            level: DutyLevel::Functional,
            basis: "职责清单".into(),
            from: Day(18_000),
            to: None,
            source: "bench".into(),
        })
        .collect();
    let matters = rows.iter().map(|row| row.matter.clone()).collect();
    let source = "bench".into();
    DirectoryDraft { source, units, matters, rows, ..DirectoryDraft::default() }
}

fn by(role: Role, units: Option<Vec<UnitId>>, action: Action) -> Command {
    Command { actor: Actor { name: "bench".into(), role, units }, seen: None, action }
}

/// A story of sixty characters that follow from the turn; every tenth is told again by somebody else.
fn story(turn: u64) -> String {
    let told = if turn % 10 == 9 { turn - 9 } else { turn };
    let letter = |at: u64| {
        // SplitMix64: neighbours have nothing in common.
        let mixed = (told << 8 | at).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        char::from_u32(0x4e00 + u32::try_from(mixed >> 40).unwrap() % 6_000).unwrap()
    };
    (0..60).map(letter).collect()
}

/// Of a caller of his own.
fn acceptance(matter: MatterId, turn: u64) -> Command {
    let content = story(turn);
    let sketch = Sketch::of(&[&content]);
    by(
        Role::CallTaker,
        None,
        Action::Accept(Box::new(Acceptance {
            kind: Kind::Complaint,
            matter: None,
            tags: vec!["夜间".into()],
            urgency: Urgency::Normal,
            channel: Channel::Phone,
            title: "路边摊占道经营".into(),
            content,
            place: Some("东街路口".into()),
            region: Some(UnitId(0)),
            upstream: None,
            transfer: None,
            classification: Classification {
                candidates: vec![Candidate { matter, confidence: Confidence(9_300) }],
                evidence: vec!["占道经营".into()],
                model: "bench".into(),
            },
            sketch,
            answer: None,
            caller: Some(Caller {
                name: "来电人".into(),
                phone: format!("1{turn:010}"),
                confidential: false,
            }),
            idempotency: None,
        })),
    )
}

/// The same, with handlers in every department.
fn staffed_draft() -> DirectoryDraft {
    let handler = |at: u16| HandlerDraft {
        unit: format!("d{}", at % DEPARTMENTS),
        account: format!("h{at}"),
        name: format!("岗位{at}"),
        skills: Vec::new(),
        capacity: 50,
        absences: Vec::new(),
    };
    DirectoryDraft { handlers: (0..HANDLERS).map(handler).collect(), ..draft() }
}

/// A hotline with that many open orders, half of them signed.
fn full_hotline(rules: &Rules, start: Timestamp, draft: DirectoryDraft) -> State {
    let mut state = State::default();
    let adopt = Action::AdoptDirectory(Box::new(draft));
    step(&mut state, rules, start, &by(Role::Admin, None, adopt)).unwrap();
    let matters = u64::from(ROWS / 2);
    for turn in 0..OPEN_ORDERS {
        // Fifty a second: none is late by the end.
        let at = start.plus_seconds(i64::try_from(turn / 50).unwrap());
        let path = format!("大类{}/中类{}/事项{}", turn % 20, turn % 200, turn % matters);
        let matter = state.directory().matter_id(&path).unwrap();
        step(&mut state, rules, at, &acceptance(matter, turn)).unwrap();
        if turn % 2 == 0 {
            let order = OrderId(turn + 1);
            let lead = state.order(order).unwrap().dispatch.as_ref().unwrap().lead;
            let sign = by(Role::Handler, Some(vec![lead]), Action::Sign { order });
            step(&mut state, rules, at, &sign).unwrap();
        }
    }
    state
}

/// Whole lives of orders in a full hotline, each of a caller of his own.
fn lives(bench: &mut Criterion, name: &str, rules: &Rules, state: &mut State, matter: MatterId) {
    let at = state.at();
    let mut turns = OPEN_ORDERS..;
    let mut next = || acceptance(matter, turns.next().unwrap());
    let mut group = bench.benchmark_group(name);
    group.throughput(Throughput::Elements(4));
    group.bench_function("a full life: accept, sign, reply, close", |bench| {
        let life = |accept| {
            step(state, rules, at, &accept).unwrap();
            let order = OrderId(state.orders().len() as u64);
            let lead = state.order(order).unwrap().dispatch.as_ref().unwrap().lead;
            let handler = || Some(vec![lead]);
            let sign = by(Role::Handler, handler(), Action::Sign { order });
            step(state, rules, at, &sign).unwrap();
            let (public_text, internal_text) = ("已劝离并加强巡查。".into(), String::new());
            let reply = Action::Reply { order, public_text, internal_text };
            step(state, rules, at, &by(Role::Handler, handler(), reply)).unwrap();
            step(state, rules, at, &by(Role::Dispatcher, None, Action::Close { order }))
        };
        bench.iter_batched(&mut next, life, BatchSize::NumIterations(HOT));
    });
    group.finish();
}

fn commands(bench: &mut Criterion) {
    let rules = rules();
    let start = Timestamp::parse("2026-03-02T08:00:00").unwrap();
    let mut state = full_hotline(&rules, start, draft());
    let at = state.at();
    let matter = state.directory().matter_id("大类1/中类1/事项1").unwrap();
    let accept = acceptance(matter, OPEN_ORDERS);
    lives(bench, "decide+apply, 1,000,000 open orders", &rules, &mut state, matter);

    let mut events = Vec::new();
    bench.bench_function("decide: accept alone, 1,000,000 open orders", |bench| {
        bench.iter(|| {
            events.clear();
            decide(&state, &rules, at, &accept, &mut events)
        });
    });
    let tick = by(Role::System, None, Action::Tick);
    bench.bench_function("decide: a tick with nothing late, 1,000,000 open orders", |bench| {
        bench.iter(|| {
            events.clear();
            decide(&state, &rules, at, &tick, &mut events)
        });
    });
}

/// The same where handlers wait for all of them, and a tick that gives them as many as one may.
fn staffing(bench: &mut Criterion) {
    let rules = rules();
    let start = Timestamp::parse("2026-03-02T08:00:00").unwrap();
    let mut state = full_hotline(&rules, start, staffed_draft());
    let (at, tick) = (state.at(), by(Role::System, None, Action::Tick));
    let matter = state.directory().matter_id("大类1/中类1/事项1").unwrap();
    lives(bench, "1,000,000 wait for a handler", &rules, &mut state, matter);

    let mut events = Vec::new();
    decide(&state, &rules, at, &tick, &mut events).unwrap();
    assert_eq!(events.len(), ASSIGNMENTS_MAX);
    bench.bench_function("decide: a tick that gives 1,000 orders, 1,000,000 waiting", |bench| {
        bench.iter(|| {
            events.clear();
            decide(&state, &rules, at, &tick, &mut events)
        });
    });
    while step(&mut state, &rules, at, &tick).unwrap().is_some() {}
    events.clear();
    decide(&state, &rules, at, &tick, &mut events).unwrap();
    assert_eq!(events, []);
    bench.bench_function("decide: a tick with nobody free, 970,000 waiting", |bench| {
        bench.iter(|| {
            events.clear();
            decide(&state, &rules, at, &tick, &mut events)
        });
    });
}

fn dues(bench: &mut Criterion) {
    let rules = rules();
    // Fifteen working days across Spring Festival: 26 days of walking.
    let from = Timestamp::parse("2026-02-13T09:00:00").unwrap();
    let subject = Subject::new(Stage::Handle, Kind::Complaint, Urgency::Normal, from);
    bench.bench_function("due: 15 working days across Spring Festival", |bench| {
        bench.iter(|| due(rules.profile(from), &rules.calendar, black_box(&subject)));
    });
}

fn look_up(bench: &mut Criterion) {
    let rules = rules();
    let mut state = State::default();
    let at = Timestamp::parse("2026-03-02T08:00:00").unwrap();
    let adopt = Action::AdoptDirectory(Box::new(draft()));
    step(&mut state, &rules, at, &by(Role::Admin, None, adopt)).unwrap();
    let directory = state.directory();
    assert_eq!(directory.rows_count(), usize::from(ROWS));
    let candidates: Vec<Candidate> = [("大类1/中类1/事项1", 7_000), ("大类5/中类5/事项5", 2_000)]
        .map(|(path, confidence)| Candidate {
            matter: directory.matter_id(path).unwrap(),
            confidence: Confidence(confidence),
        })
        .into();
    let question = Question {
        candidates: &candidates,
        region: directory.unit_id("c10"),
        returns: &[],
        on: at.day(),
    };
    bench.bench_function("route: two candidates in a duty list of 4,000 rows", |bench| {
        bench.iter(|| route(directory, black_box(question)));
    });
}

criterion_group!(benches, commands, staffing, dues, look_up);
criterion_main!(benches);
