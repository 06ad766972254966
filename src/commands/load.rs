//! `hotline load`: sends work to a running hotline at a fixed rate and measures how long each request took.
//!
//! Open loop: when each request is to be sent is decided before the run, and latency counts from that instant, so a
//! server that stalls cannot hide the wait. Bounded in rate, time and connections; stops by itself.

mod burst;
mod compare;
mod plan;
mod seen;
mod sending;
mod stories;
mod sweep;
mod typing;
mod work;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::Value;

use super::out;
use crate::cli::{Wrong, say};
use crate::lanes::BUNDLE_ORDERS_MAX;
use crate::load_report::{Machine, Report};
use crate::sheet;
use burst::Shape;
use plan::{Phase, Plan};
use seen::Seen;
use sending::{Target, send_all};
use stories::Stories;
use sweep::Goal;
use work::Worker;

/// Requests a second that one process may be asked for.
const RATE_MAX: u32 = 1_000_000;
/// An hour: long enough for a soak, short enough to end by itself.
const SECONDS_MAX: u32 = 3_600;
const CONNECTIONS_MAX: u32 = 4_096;
/// Messages that are typed.
const MESSAGES_MAX: u32 = 1_000;
/// Who waits longer than this to be sent has hung up long before.
const PATIENCE_MS_MAX: u32 = 60_000;
/// Times the usual rate: the worst five minutes of a published year were twelve.
const BURST_MAX: u32 = 100;
/// Of a run along time.
const INTERVAL: Duration = Duration::from_secs(1);

/// Options of `load`.
#[derive(Args, Debug, Clone)]
#[command(args_conflicts_with_subcommands = true)]
pub struct LoadArgs {
    #[command(subcommand)]
    other: Option<Other>,
    /// Loopback address of the hotline
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:12345")]
    server: SocketAddr,
    /// A call-taker's token; without one the server must be `--open`
    #[arg(long, env = "HOTLINE_TOKEN")]
    token: Option<String>,
    /// Orders a second; of mixed work, requests; of a sweep, the lowest
    #[arg(long, default_value_t = 1_000)]
    rate: u32,
    /// Seconds that are measured; of a sweep, each step; of a burst, before and after it
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Seconds at the same rate before, not measured
    #[arg(long, default_value_t = 2)]
    warm_up: u32,
    /// Connections; each has one request under way
    #[arg(long, default_value_t = 64)]
    connections: u32,
    /// Every how manieth order says that it is urgent; 0 for none
    #[arg(long, default_value_t = 0, value_name = "N", conflicts_with = "batch")]
    urgent_every: u32,
    /// Leave out an order that no connection was free for within this time, and count it; without it, it is sent late
    #[arg(long, value_name = "MS")]
    patience_ms: Option<u32>,
    /// Mixed work: of a hundred requests 55 new orders, 20 suggestions, 10 signings, 10 replies and closings, 5 inboxes
    #[arg(long, requires = "handler_token", conflicts_with = "batch")]
    mix: bool,
    /// Token of a handler of the units whose orders are signed and replied to
    #[arg(long, env = "HOTLINE_HANDLER_TOKEN")]
    handler_token: Option<String>,
    /// So many orders a request, as lines of NDJSON
    #[arg(long, value_name = "ORDERS")]
    batch: Option<u32>,
    /// Looks for the highest rate with nothing refused and at most `--p99-ms`
    #[arg(long, conflicts_with_all = ["burst", "patience_ms"])]
    sweep: bool,
    /// What a sweep holds the latency to
    #[arg(long, value_name = "MS", default_value_t = 10.0, requires = "sweep")]
    p99_ms: f64,
    /// So many times the rate for `--burst-seconds`, between `--seconds` of the rate itself
    #[arg(long, value_name = "TIMES")]
    burst: Option<u32>,
    /// How long a burst is
    #[arg(long, default_value_t = 10, requires = "burst")]
    burst_seconds: u32,
    /// Says which stories are told together, and which turn asks for what
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Instead, types so many messages of 60 letters, letter by letter, each as a session, and measures every suggestion: how long
    /// it took, and at which share of the letters the first answer stayed
    #[arg(long, value_name = "MESSAGES", conflicts_with_all = ["rate", "seconds", "warm_up", "connections", "urgent_every", "patience_ms", "mix", "batch", "sweep", "burst", "seed", "html"])]
    typing: Option<u32>,
    /// Types without sessions: nothing is held still
    #[arg(long, requires = "typing")]
    no_session: bool,
    /// Print one JSON object, or write it to a file
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    json: Option<Option<PathBuf>>,
    /// Write the report with its curves as one HTML file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// What else is done with loads.
#[derive(Subcommand, Debug, Clone)]
pub(crate) enum Other {
    /// Compare two reports, each measure with an interval of confidence
    Compare(compare::CompareArgs),
}

/// Runs the load and tells the figures.
pub fn run(args: &LoadArgs) -> anyhow::Result<()> {
    if let Some(Other::Compare(args)) = &args.other {
        return compare::run(args);
    }
    check(args)?;
    let files = args.html.iter().chain(args.json.iter().flatten());
    files.into_iter().try_for_each(|file| out::prove_file(file))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if let Some(messages) = args.typing {
        return tell(args, &runtime.block_on(typing::run(args, messages))?);
    }
    let report = runtime.block_on(measured(args))?;
    if let Some(path) = &args.html {
        out::write(path, sheet::load(&report).as_bytes())?;
    }
    tell(args, &serde_json::to_value(&report)?)
}

/// Prints a report, or writes it where it is wanted. For people, what is one number.
fn tell(args: &LoadArgs, report: &Value) -> anyhow::Result<()> {
    match &args.json {
        Some(Some(path)) => {
            let text = format!("{report}\n");
            out::write(path, text.as_bytes())?;
        }
        Some(None) => say(&report.to_string())?,
        None => {}
    }
    if args.json.as_ref().is_none_or(Option::is_some) {
        let plain = |value: &&Value| !value.is_array() && !value.is_null();
        let entries = report.as_object().into_iter().flatten();
        for (key, value) in entries.filter(|(_, value)| plain(value)) {
            say(&format!("{key:16} {value}"))?;
        }
    }
    Ok(())
}

/// Refuses what would not end, or would load another machine.
fn check(args: &LoadArgs) -> Result<(), Wrong> {
    let orders_max = u32::try_from(BUNDLE_ORDERS_MAX).unwrap_or(u32::MAX);
    let ranges = [
        ("rate", args.rate, 1, RATE_MAX),
        ("seconds", args.seconds, 1, SECONDS_MAX),
        ("warm-up", args.warm_up, 0, SECONDS_MAX),
        ("connections", args.connections, 1, CONNECTIONS_MAX),
        ("urgent-every", args.urgent_every, 0, RATE_MAX),
        ("batch", args.batch.unwrap_or(1), 1, orders_max),
        ("burst", args.burst.unwrap_or(1), 1, BURST_MAX),
        ("burst-seconds", args.burst_seconds, 1, SECONDS_MAX),
        ("typing", args.typing.unwrap_or(1), 1, MESSAGES_MAX),
        ("patience-ms", args.patience_ms.unwrap_or(0), 0, PATIENCE_MS_MAX),
    ];
    for (option, value, min, max) in ranges {
        if !(min..=max).contains(&value) {
            return Err(Wrong(format!("--{option}: {value} is not between {min} and {max}")));
        }
    }
    if args.p99_ms.is_nan() || args.p99_ms <= 0.0 {
        return Err(Wrong(format!("--p99-ms: {} is not above 0", args.p99_ms)));
    }
    if !args.server.ip().is_loopback() {
        return Err(Wrong(format!("--server: {} is not a loopback address", args.server)));
    }
    Ok(())
}

async fn measured(args: &LoadArgs) -> anyhow::Result<Report> {
    let target = Target {
        server: args.server,
        token: args.token.clone(),
        handler_token: args.handler_token.clone(),
        connections: args.connections,
        patience: args.patience_ms.map(|ms| Duration::from_millis(ms.into())),
    };
    let batch = args.batch.unwrap_or(0);
    let stories = Stories::of_the_sample(args.seed)?;
    let worker = Worker::new(stories, args.seed, args.mix, batch, args.urgent_every.into());
    let worker = Arc::new(worker);
    let (warm_up, seconds, orders_per_s) = (args.warm_up, args.seconds, f64::from(args.rate));
    let (mut steps, mut burst) = (Vec::new(), None);
    let summary = if args.sweep {
        let goal = Goal { from_per_s: orders_per_s, p99_ms: args.p99_ms, warm_up, seconds, batch };
        let (run, best) = sweep::run(&target, &worker, goal).await?;
        steps = run;
        best
    } else if let Some(times) = args.burst {
        let burst_seconds = args.burst_seconds;
        let shape = Shape { orders_per_s, times, burst_seconds, warm_up, seconds, batch };
        let (felt, summary) = burst::run(&target, &worker, shape).await?;
        burst = Some(felt);
        summary
    } else {
        let phase = |seconds| Phase { orders_per_s, seconds };
        let plan = Plan::new(vec![phase(warm_up), phase(seconds)], batch.max(1));
        let seen = Seen::since(plan.start_of(1), INTERVAL);
        send_all(&target, &worker, plan, 0, seen).await?.summary(orders_per_s)
    };
    Ok(Report {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: args.seed,
        machine: Machine::here(),
        connections: args.connections,
        batch,
        mixed: args.mix,
        summary,
        steps,
        burst,
    })
}
