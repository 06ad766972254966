//! Cost of one command in a full hotline, of one due, and of one look-up in a long duty list.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use hotline_engine::actor::Role;
use hotline_engine::command::Action;
use hotline_engine::deadline::{Subject, due};
use hotline_engine::decide::{ASSIGNMENTS_MAX, step};
use hotline_engine::directory::MatterId;
use hotline_engine::draft::DirectoryDraft;
use hotline_engine::order::{Candidate, Confidence, Kind, Stage, Urgency};
use hotline_engine::routing::{Question, route};
use hotline_engine::staff_draft::HandlerDraft;
use hotline_engine::time::Timestamp;
use hotline_engine::{Rules, State, decide};

#[path = "decide/hotline.rs"]
mod hotline;
#[path = "decide/room.rs"]
mod room;

use hotline::{DEPARTMENTS, ROWS, acceptance, by, draft, empty_hotline, fill, life, rules};
use room::Room;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const OPEN_ORDERS: u64 = 1_000_000;
const HANDLERS: u16 = 600;
/// More lives than are measured: memory is ready for as many.
const LIVES_MAX: usize = 2_000_000;
/// Commands made ahead of the measured ones: few, since those of a hotline come fresh from the thread that read them.
const HOT: u64 = 32;

/// The list of the other benches, with handlers in every department.
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
    let mut state = empty_hotline(rules, start, draft);
    fill(&mut state, rules, start, 0..OPEN_ORDERS);
    state
}

/// Whole lives of orders in a full hotline, each of a caller of his own.
fn lives(bench: &mut Criterion, name: &str, rules: &Rules, state: &mut State, matter: MatterId) {
    let at = state.at();
    let mut turns = OPEN_ORDERS..;
    let mut room = Room::for_lives(LIVES_MAX);
    let mut next = || {
        room.give_for_one();
        acceptance(matter, turns.next().unwrap())
    };
    let mut group = bench.benchmark_group(name);
    group.throughput(Throughput::Elements(4));
    group.bench_function("a full life: accept, sign, reply, close", |bench| {
        let life = |accept| life(state, rules, at, &accept);
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
        precedents: state.precedents(),
    };
    bench.bench_function("route: two candidates in a duty list of 4,000 rows", |bench| {
        bench.iter(|| route(directory, black_box(question)));
    });
}

criterion_group!(benches, commands, staffing, dues, look_up);
criterion_main!(benches);
