//! Seeds in which every promise is kept.

use hotline_city::faults::Kind;
use hotline_city::{Plan, Tally, run};

const SEEDS: u64 = 4;
const STEPS: u64 = 250;

#[test]
fn every_promise_is_kept_under_every_kind_of_fault() {
    let mut all = Tally::default();
    for seed in 1..=SEEDS {
        let plan = Plan::new(seed, STEPS);
        match run(&plan) {
            Ok(tally) => all.add(&tally),
            Err(failure) => panic!("{failure}\n{plan}"),
        }
    }
    println!("{all}");
}
