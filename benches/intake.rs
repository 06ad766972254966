//! What one citizen's message costs before it is written down: reading it (text, classes, place, evidence) and deciding on
//! it, on the orders of the sample that are held apart. Without JSON, journal, articles and HTTP.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hotline::district::{District, LabelledOrder};
use hotline::intake::{Intake, Message, Workspace};
use hotline_engine::actor::{Actor, Role};
use hotline_engine::command::{Acceptance, Action, Command};
use hotline_engine::decide;
use hotline_engine::time::Timestamp;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const AT: &str = "2026-03-02T09:00:00+08:00";

fn acceptance(intake: &Intake, order: &LabelledOrder, workspace: &mut Workspace) -> Acceptance {
    let message =
        Message { title: &order.title, content: &order.content, place: None, location: None };
    intake.read(message, workspace).acceptance(order.into())
}

fn intake(criterion: &mut Criterion) {
    let district = District::sample().unwrap();
    let rules = district.rules().unwrap();
    let at = Timestamp::parse(AT).unwrap();
    let state = district.adopted(at).unwrap();
    let intake = Intake::train(&district, state.directory()).unwrap();
    let orders: Vec<&LabelledOrder> = district.orders.iter().filter(|o| o.held_apart).collect();
    let mut workspace = Workspace::new();
    let mut group = criterion.benchmark_group("intake");
    group.throughput(Throughput::Elements(orders.len() as u64)).sample_size(20);
    group.bench_function("read", |bencher| {
        bencher.iter(|| {
            for order in &orders {
                black_box(acceptance(&intake, order, &mut workspace));
            }
        });
    });
    let commands: Vec<Command> = orders
        .iter()
        .map(|order| {
            let action = Action::Accept(Box::new(acceptance(&intake, order, &mut workspace)));
            let actor = Actor { name: "bench".into(), role: Role::CallTaker, units: None };
            Command { actor, seen: None, action }
        })
        .collect();
    let mut events = Vec::new();
    group.bench_function("decide", |bencher| {
        bencher.iter(|| {
            for command in &commands {
                events.clear();
                decide(&state, &rules, at, command, &mut events).unwrap();
                black_box(&events);
            }
        });
    });
    group.finish();
}

criterion_group!(benches, intake);
criterion_main!(benches);
