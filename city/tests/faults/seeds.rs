//! Seeds in which every promise is kept.

use hotline_city::faults::Kind;
use hotline_city::{Plan, Tally, run};

/// A look costs as much as there are orders: many short lives see more than few long ones.
const SEEDS: u64 = 8;
/// From here on so many seeds bring every kind of fault; from 1 on no operator confirms a clock.
const FIRST_SEED: u64 = 8;
const STEPS: u64 = 125;
const SOAK_SEEDS: u64 = 100;
const SOAK_STEPS: u64 = 500;

/// What each must come to at least once: a fault that nothing notices tries nothing.
const NOTICED: [&str; 9] = [
    "write a commit",
    "sync a commit",
    "refused for want of space",
    "a flipped bit refused",
    "a damaged order refused",
    "a snapshot passed over",
    "a torn tail cut",
    "a clock ahead",
    "a clock behind",
];

#[test]
fn every_promise_is_kept_under_every_kind_of_fault() {
    let mut all = Tally::default();
    for seed in FIRST_SEED..FIRST_SEED + SEEDS {
        let plan = Plan::new(seed, STEPS);
        match run(&plan) {
            Ok(tally) => all.add(&tally),
            Err(failure) => panic!("{failure}\n{plan}"),
        }
    }
    println!("{all}");
    for (kind, _) in Kind::ALL {
        assert!(all.met.contains_key(&kind), "no seed met {}", kind.word());
    }
    for what in NOTICED {
        assert!(all.noticed.contains_key(what), "never {what}");
    }
    // A city in which little happens would say little.
    assert!(all.granted > 3_000 && all.ends > 40, "{all}");
}

/// As many seeds as the soak has time for: run by `just soak`, in release.
#[test]
#[ignore = "takes minutes"]
fn every_promise_is_kept_in_many_cities() {
    let mut all = Tally::default();
    for seed in 1_000..1_000 + SOAK_SEEDS {
        let plan = Plan::new(seed, SOAK_STEPS);
        match run(&plan) {
            Ok(tally) => all.add(&tally),
            Err(failure) => panic!("{failure}\n{plan}"),
        }
    }
    println!("{all}");
}
