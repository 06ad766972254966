//! `hotline simulate`: how many orders of a simulated city close on time, under one policy or several side by side.

mod printed;

use std::io::{self, Write};
use std::path::PathBuf;

use super::out;
use clap::Args;
use hotline_people::closure::Policy;
use indicatif::{ProgressBar, ProgressStyle};

use crate::sheet;
use crate::simulation::{self, Plan};

/// Years that a run may have: as many as a scenario.
const YEARS_MAX: i64 = 10;

/// Seeds of one report: enough for any interval, and some minutes of work.
const SEEDS_MAX: i64 = 1_000;

/// Options of `simulate`.
#[derive(Args, Debug)]
pub struct SimulateArgs {
    /// longhu-2020, strained-district, spring-festival, typhoon, five-minute-burst, directory-reform, mega-city, province, or a
    /// file NAME.toml like those of `scenarios/`
    scenario: String,
    /// Who decides what: by-hand, fixed-table, engine, or engine without one part (without-slack-order,
    /// without-early-warning, without-return-memory, without-learning, without-duplicates); may be given more than once
    /// [default: by-hand and engine]
    #[arg(long = "policy", value_name = "POLICY", value_parser = parse_policy)]
    policies: Vec<Policy>,
    /// What all chance is drawn from: the same seed prints the same report
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Runs so many seeds, from --seed on, and adds them up
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=SEEDS_MAX))]
    seeds: u32,
    /// Runs so many years instead of the scenario's days
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=YEARS_MAX))]
    years: Option<u32>,
    /// Print one JSON object instead of tables
    #[arg(long)]
    json: bool,
    /// Write the report with its charts to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

fn parse_policy(text: &str) -> Result<Policy, String> {
    Policy::parse(text).ok_or_else(|| {
        let known: Vec<&str> = Policy::ALL.iter().map(|policy| policy.code()).collect();
        format!("`{text}` is none of {}", known.join(", "))
    })
}

/// Runs and prints.
pub fn run(args: &SimulateArgs) -> anyhow::Result<()> {
    args.html.as_deref().map_or(Ok(()), out::prove_file)?;
    let scenario = simulation::scenario(&args.scenario)?;
    let scenario = args.years.map_or_else(|| scenario.clone(), |years| scenario.of_years(years));
    let ground = simulation::ground()?;
    let policies = match args.policies.is_empty() {
        true => vec![Policy::ByHand, Policy::Engine],
        false => args.policies.clone(),
    };
    let seeds = args.seed..args.seed.saturating_add(args.seeds.into());
    let plan = Plan { scenario: &scenario, policies: &policies, seeds };
    let bar = ProgressBar::new(plan.runs_count() * 100);
    bar.set_style(ProgressStyle::with_template("{wide_bar} {percent} %")?);
    let outcomes = simulation::outcomes(&ground, &plan, &|percent| bar.inc(percent));
    bar.finish_and_clear();
    let outcomes = outcomes?;
    if let Some(file) = &args.html {
        out::write(file, sheet::simulated(&scenario, &outcomes).as_bytes())?;
    }
    let mut out = io::stdout().lock();
    match args.json {
        true => writeln!(out, "{}", printed::json(&scenario, &outcomes))?,
        false => printed::tables(&scenario, &outcomes, &mut out)?,
    }
    Ok(())
}
