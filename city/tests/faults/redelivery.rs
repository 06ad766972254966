//! Each request arrives one to five times, late and out of order, over restarts: it has one effect, or none if all of it was
//! refused.

use std::collections::BTreeSet;

use hotline::sequencer::{Done, Refusal};
use hotline_engine::Rejection;
use hotline_engine::command::{Action, Command};
use hotline_engine::order::OrderId;
use hotline_people::chance::{Chance, Purpose};

use crate::town::Town;

const SEED: u64 = 24;
const STEPS: u64 = 150;
/// Of the soak: many lives, since a step of a long one costs more; twice as many at most as it takes.
const SOAK_SEEDS_MAX: u64 = 100;
const SOAK_STEPS: u64 = 600;
const SOAK_DELIVERIES: u64 = 1_000_000;
/// Copies of a request, at most.
const COPIES_MAX: u64 = 5;
/// Steps by which a copy is late, at most.
const LATE_STEPS_MAX: u64 = 6;
/// A step in so many ends with a power cut.
const CUT_ONE_IN: u64 = 5;

/// What guards a request against itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guard {
    /// New orders have their keys, actions name the version that was seen.
    On,
    /// The control.
    Off,
}

/// A request, and what its copies came to.
struct Request {
    command: Command,
    /// Answers that say that something was done.
    effects: u64,
    orders: BTreeSet<OrderId>,
}

struct Post {
    seed: u64,
    town: Town,
    guard: Guard,
    requests: Vec<Request>,
    /// When, in which order among others, and which.
    late: BTreeSet<(u64, u64, usize)>,
    delivered: u64,
}

impl Post {
    /// Whether one effect can be told from two: the action is about an order.
    fn take(&mut self, step: u64) {
        let commands = self.town.asked();
        for (number, command) in (0..).zip(commands) {
            let Some(command) = self.guarded(command) else { continue };
            let at = self.requests.len();
            let mut chance = Chance::of(self.seed, Purpose::Stage, step << 8 | number);
            for _ in 0..=chance.below(COPIES_MAX) {
                let due = step + chance.below(LATE_STEPS_MAX + 1);
                self.late.insert((due, chance.number(), at));
            }
            self.requests.push(Request { command, effects: 0, orders: BTreeSet::new() });
        }
    }

    /// With its guard on or off; none where nothing tells its effects apart.
    fn guarded(&self, mut command: Command) -> Option<Command> {
        if let Action::Accept(acceptance) = &mut command.action {
            acceptance.idempotency?;
            acceptance.upstream = None;
            if self.guard == Guard::Off {
                acceptance.idempotency = None;
            }
            return Some(command);
        }
        let order = self.town.hotline().published().views.order(command.action.order()?)?;
        command.seen = (self.guard == Guard::On).then_some(order.version);
        Some(command)
    }

    /// What is due at this step; if the power goes, nobody hears whether it was done.
    fn deliver(&mut self, step: u64, power_goes: bool) {
        let later = self.late.split_off(&(step + 1, 0, 0));
        let now = std::mem::replace(&mut self.late, later);
        let mut waiting = Vec::new();
        for (_, _, at) in now {
            self.delivered += 1;
            waiting.push((at, self.town.queue(self.requests[at].command.clone())));
        }
        self.town.turn();
        for (at, answer) in waiting {
            if power_goes {
                continue;
            }
            let request = &mut self.requests[at];
            match answer.blocking_recv().expect("answered") {
                Ok(Done { order, repeated, .. }) => {
                    request.orders.extend(order);
                    request.effects += u64::from(!repeated);
                }
                Err(Refusal::Rejected(Rejection::KeyReused)) => {
                    panic!("the same key, the same body")
                }
                Err(_) => {}
            }
        }
        if power_goes {
            self.town.cut_power(step);
        }
    }
}

/// What so many steps came to.
#[derive(Debug)]
struct Came {
    requests: usize,
    deliveries: u64,
    /// Requests with more than one effect.
    doubled: usize,
}

fn live(seed: u64, steps: u64, guard: Guard) -> Came {
    let (requests, late) = (Vec::new(), BTreeSet::new());
    let mut post = Post { seed, town: Town::new(seed), guard, requests, late, delivered: 0 };
    for step in 1..=steps + LATE_STEPS_MAX {
        if step <= steps {
            post.take(step);
        }
        post.deliver(step, step.is_multiple_of(CUT_ONE_IN));
    }
    let twice = |request: &&Request| request.effects > 1 || request.orders.len() > 1;
    if guard == Guard::On {
        // What was done unheard is done once, too: the orders that are there are those that were asked for.
        let is_new = |request: &&Request| matches!(request.command.action, Action::Accept(_));
        let new = post.requests.iter().filter(is_new);
        let (told, asked) = (new.clone().filter(|it| !it.orders.is_empty()).count(), new.count());
        let orders = post.town.state().orders().len();
        assert!((told..=asked).contains(&orders), "{told} of {asked} were told of {orders} orders");
    }
    Came {
        requests: post.requests.len(),
        deliveries: post.delivered,
        doubled: post.requests.iter().filter(twice).count(),
    }
}

#[test]
fn what_arrives_five_times_over_restarts_has_one_effect() {
    let came = live(SEED, STEPS, Guard::On);
    println!("{came:?}");
    assert_eq!(came.doubled, 0);
    assert!(came.requests > 1_000 && came.deliveries > 3_000, "{came:?}");
}

/// The control: without keys and versions many a request is done twice.
#[test]
fn without_keys_and_versions_some_have_two() {
    let came = live(SEED, STEPS / 5, Guard::Off);
    assert!(came.doubled > 10, "{came:?}");
}

#[test]
#[ignore = "minutes: a million deliveries"]
fn a_million_deliveries_have_one_effect_a_request() {
    let mut deliveries = 0;
    for seed in 0..SOAK_SEEDS_MAX {
        if deliveries >= SOAK_DELIVERIES {
            break;
        }
        let came = live(seed, SOAK_STEPS, Guard::On);
        assert_eq!(came.doubled, 0, "seed {seed}");
        deliveries += came.deliveries;
    }
    println!("{deliveries} deliveries");
    assert!(deliveries >= SOAK_DELIVERIES, "{deliveries}");
}
