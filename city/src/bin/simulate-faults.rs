//! Runs a whole hotline in a simulated city under faults from one seed, and says what came of it. A failure is made small, and
//! the command line that shows it again is printed.

use std::process::ExitCode;

use clap::Parser;
use hotline_city::shrink::{Failing, RUNS_MAX};
use hotline_city::tamper::Tamper;
use hotline_city::{Plan, Tally, run, shrink};

/// Runs a whole hotline in a simulated city under faults from one seed.
#[derive(Debug, Parser)]
#[command(name = "simulate-faults")]
struct Arguments {
    /// What everything is drawn from.
    #[arg(long)]
    seed: u64,
    /// Steps of some minutes each.
    #[arg(long, default_value_t = 1_000)]
    steps: u64,
    /// So many seeds, one after the other.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// Before this step nobody asks for anything.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Only these faults, by their place in the list of the seed; or `none`.
    #[arg(long, value_parser = places)]
    faults: Option<Places>,
    /// Tell which faults the seed brings, and run nothing.
    #[arg(long)]
    list_faults: bool,
    /// Turn a guard off, to see that it is missed.
    #[arg(long, value_parser = guard)]
    guard_off: Option<Tamper>,
}

/// Places in the list of faults.
#[derive(Clone, Debug)]
struct Places(Vec<usize>);

fn places(text: &str) -> Result<Places, String> {
    if text == "none" {
        return Ok(Places(Vec::new()));
    }
    let place = |word: &str| word.parse().map_err(|_| format!("`{word}` is not a place"));
    text.split(',').map(place).collect::<Result<_, _>>().map(Places)
}

fn guard(word: &str) -> Result<Tamper, String> {
    let words = || Tamper::ALL.map(Tamper::word).join(", ");
    Tamper::parse(word).ok_or_else(|| format!("`{word}` is none of {}", words()))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut all = Tally::default();
    for seed in arguments.seed..arguments.seed.saturating_add(arguments.seeds) {
        let plan = Plan {
            from: arguments.from,
            faults: arguments.faults.clone().map(|places| places.0),
            tamper: arguments.guard_off,
            ..Plan::new(seed, arguments.steps)
        };
        if arguments.list_faults {
            for (place, fault) in plan.faults() {
                println!("{place}: {fault}");
            }
            continue;
        }
        match run(&plan) {
            Ok(tally) => all.add(&tally),
            Err(failure) => {
                tell(Failing { plan, failure });
                return ExitCode::FAILURE;
            }
        }
    }
    if !arguments.list_faults {
        println!(
            "every promise was kept: {} seeds from {}\n{all}",
            arguments.seeds, arguments.seed
        );
    }
    ExitCode::SUCCESS
}

fn tell(failing: Failing) {
    eprintln!("seed {}, {}", failing.plan.seed, failing.failure);
    eprintln!("{}\nmaking it smaller, in {RUNS_MAX} runs at most", failing.plan);
    let Failing { plan, failure } = shrink(failing);
    eprintln!("\nthe smallest that was found: {failure}");
    for (place, fault) in plan.faults() {
        eprintln!("  fault {place}: {fault}");
    }
    eprintln!("{plan}");
}
