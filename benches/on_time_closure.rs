//! How many orders close on time in simulated cities, under every policy and fixed seeds: the table that the README quotes; and
//! how long a simulated year takes. `cargo bench --bench on_time_closure -- --help` tells what can be left out.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "what it is for")]

use std::time::Instant;

use clap::Parser;
use hotline::simulation::{self, Plan};
use hotline_engine::report::Figure;
use hotline_people::closure::{Cause, Ground, Outcome, Policy, run};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Seeds on which nothing was chosen and nothing set (docs/decisions/0026).
const FIRST_SEED: u64 = 201;
const CITIES: [&str; 6] = [
    "longhu-2020",
    "strained-district",
    "spring-festival",
    "typhoon",
    "five-minute-burst",
    "directory-reform",
];
const LARGE: [&str; 2] = ["mega-city", "province"];

#[derive(Parser, Debug)]
struct Args {
    /// Seeds of each scenario, added up
    #[arg(long, default_value_t = 20)]
    seeds: u64,
    /// Days of the large cities, of which one seed is run
    #[arg(long, default_value_t = 28)]
    large_days: u32,
    /// A whole year of the mega-city too: minutes
    #[arg(long)]
    mega_year: bool,
    /// Cargo says so
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let args = Args::parse();
    let ground = simulation::ground().unwrap();
    println!("seeds {FIRST_SEED} to {}", FIRST_SEED + args.seeds - 1);
    println!(
        "| scenario | policy | due | late | on time | urgent late | first dispatch | late by cause |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for name in CITIES {
        let scenario = simulation::scenario(name).unwrap();
        let seeds = FIRST_SEED..FIRST_SEED + args.seeds;
        let plan = Plan { scenario: &scenario, policies: &Policy::ALL, seeds };
        for outcome in simulation::outcomes(&ground, &plan, &|_| {}).unwrap() {
            row(name, &outcome);
        }
    }
    for name in LARGE {
        let mut scenario = simulation::scenario(name).unwrap();
        scenario.contacts =
            scenario.contacts * u64::from(args.large_days) / u64::from(scenario.days);
        scenario.days = args.large_days;
        let policies = [Policy::ByHand, Policy::Engine];
        let plan =
            Plan { scenario: &scenario, policies: &policies, seeds: FIRST_SEED..FIRST_SEED + 1 };
        let begin = Instant::now();
        for outcome in simulation::outcomes(&ground, &plan, &|_| {}).unwrap() {
            row(name, &outcome);
        }
        println!(
            "{name}: {} days twice in {:.1} s",
            args.large_days,
            begin.elapsed().as_secs_f64()
        );
    }
    year(&ground);
    if args.mega_year {
        let scenario = simulation::scenario("mega-city").unwrap();
        let policies = [Policy::Engine];
        let plan =
            Plan { scenario: &scenario, policies: &policies, seeds: FIRST_SEED..FIRST_SEED + 1 };
        let begin = Instant::now();
        row("mega-city, a year", &simulation::outcomes(&ground, &plan, &|_| {}).unwrap()[0]);
        println!("a year of the mega-city in {:.0} s", begin.elapsed().as_secs_f64());
    }
}

fn row(name: &str, outcome: &Outcome) {
    let rate = |figure: Figure| figure.of(&outcome.counts).to_string();
    let causes = Cause::ALL.iter().zip(&outcome.late_by_cause).filter(|(_, count)| **count > 0);
    let causes: Vec<String> =
        causes.map(|(cause, count)| format!("{} {count}", cause.code())).collect();
    println!(
        "| {name} | {} | {} | {} | {} | {} | {} | {} |",
        outcome.policy.code(),
        outcome.due(),
        outcome.late(),
        rate(Figure::OnTimeClosure),
        outcome.urgent_late,
        rate(Figure::FirstDispatch),
        causes.join(", ")
    );
}

/// A year of the reference district on one thread, the fastest and the slowest of five.
fn year(ground: &Ground) {
    let scenario = simulation::scenario("longhu-2020").unwrap().of_years(1);
    for policy in [Policy::ByHand, Policy::Engine] {
        let seconds = (0..5).map(|_| {
            let begin = Instant::now();
            run(ground, &scenario, policy, (FIRST_SEED, 0), &mut |_| {}).unwrap();
            begin.elapsed().as_secs_f64()
        });
        let mut seconds: Vec<f64> = seconds.collect();
        seconds.sort_by(f64::total_cmp);
        println!(
            "a year of longhu-2020, {}: {:.2} to {:.2} s",
            policy.code(),
            seconds[0],
            seconds[4]
        );
    }
}
