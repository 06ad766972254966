//! `hotline load`: sends orders to a running hotline at a fixed rate and measures how long each took.
//!
//! Open loop: when each request is to be sent is decided before the run, and latency counts from that instant, so a
//! server that stalls cannot hide the wait. Bounded in rate, time and connections; stops by itself.

mod typing;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use hdrhistogram::Histogram;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::cli::Wrong;
use crate::district::District;

/// Requests a second that one process may be asked for.
const RATE_MAX: u32 = 1_000_000;
/// An hour: long enough for a soak, short enough to end by itself.
const SECONDS_MAX: u32 = 3_600;
const CONNECTIONS_MAX: u32 = 4_096;
/// Messages that are typed.
const MESSAGES_MAX: u32 = 1_000;
/// Who waits longer than this to be sent has hung up long before.
const PATIENCE_MS_MAX: u32 = 60_000;
/// Latencies are recorded up to a minute, to three digits.
const LATENCY_MAX_US: u64 = 60_000_000;

/// Options of `load`.
#[derive(Args, Debug, Clone)]
pub struct LoadArgs {
    /// Loopback address of the hotline
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:12345")]
    server: SocketAddr,
    /// A call-taker's token; without one the server must be `--open`
    #[arg(long, env = "HOTLINE_TOKEN")]
    token: Option<String>,
    /// Orders a second
    #[arg(long, default_value_t = 1_000)]
    rate: u32,
    /// Seconds that are measured
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// Seconds at the same rate before, not measured
    #[arg(long, default_value_t = 2)]
    warm_up: u32,
    /// Connections; each has one request under way
    #[arg(long, default_value_t = 64)]
    connections: u32,
    /// Every how manieth order says that it is urgent; 0 for none
    #[arg(long, default_value_t = 0, value_name = "N")]
    urgent_every: u32,
    /// Leave out an order that no connection was free for within this time, and count it; without it, it is sent late
    #[arg(long, value_name = "MS")]
    patience_ms: Option<u32>,
    /// Instead, types so many messages of 60 letters, letter by letter, each as a session, and measures every suggestion: how long
    /// it took, and at which share of the letters the first answer stayed
    #[arg(long, value_name = "MESSAGES", conflicts_with_all = ["rate", "seconds", "warm_up", "connections", "urgent_every", "patience_ms"])]
    typing: Option<u32>,
    /// Types without sessions: nothing is held still
    #[arg(long, requires = "typing")]
    no_session: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What one connection saw.
struct Seen {
    /// Of orders that were accepted.
    latency_us: Histogram<u64>,
    /// Of those that were refused.
    refused_us: Histogram<u64>,
    accepted: u64,
    refused: BTreeMap<u16, u64>,
    urgent_accepted: u64,
    urgent_refused: u64,
    /// Left out, since every connection was busy.
    unsent: u64,
    /// When its last answer came.
    last: Instant,
}

impl Seen {
    fn nothing(last: Instant) -> anyhow::Result<Seen> {
        Ok(Seen {
            latency_us: Histogram::new_with_max(LATENCY_MAX_US, 3)?,
            refused_us: Histogram::new_with_max(LATENCY_MAX_US, 3)?,
            accepted: 0,
            refused: BTreeMap::new(),
            urgent_accepted: 0,
            urgent_refused: 0,
            unsent: 0,
            last,
        })
    }

    fn note(&mut self, status: u16, is_urgent: bool, waited_us: u64) -> anyhow::Result<()> {
        let waited_us = waited_us.min(LATENCY_MAX_US);
        if status == 201 {
            self.latency_us.record(waited_us)?;
            self.accepted += 1;
            self.urgent_accepted += u64::from(is_urgent);
        } else {
            self.refused_us.record(waited_us)?;
            *self.refused.entry(status).or_default() += 1;
            self.urgent_refused += u64::from(is_urgent);
        }
        Ok(())
    }

    fn add(&mut self, other: &Seen) -> anyhow::Result<()> {
        self.latency_us.add(&other.latency_us)?;
        self.refused_us.add(&other.refused_us)?;
        self.accepted += other.accepted;
        self.urgent_accepted += other.urgent_accepted;
        self.urgent_refused += other.urgent_refused;
        self.unsent += other.unsent;
        self.last = self.last.max(other.last);
        for (status, count) in &other.refused {
            *self.refused.entry(*status).or_default() += count;
        }
        Ok(())
    }

    /// Latencies count from the instant at which each order was to be sent.
    fn report(&self, args: &LoadArgs, measured_from: Instant) -> serde_json::Value {
        let seconds = self.last.duration_since(measured_from).as_secs_f64();
        let ms = |quantile: f64| self.latency_us.value_at_quantile(quantile) as f64 / 1000.0;
        let mut report = json!({
            "offered_per_s": args.rate, "seconds": seconds, "connections": args.connections,
            "accepted": self.accepted, "accepted_per_s": self.accepted as f64 / seconds,
            "refused": self.refused,
            "p50_ms": ms(0.5), "p90_ms": ms(0.9), "p99_ms": ms(0.99), "p999_ms": ms(0.999),
            "max_ms": self.latency_us.max() as f64 / 1000.0,
        });
        if !self.refused.is_empty() {
            let p99 = self.refused_us.value_at_quantile(0.99) as f64 / 1000.0;
            report["refused_p99_ms"] = p99.into();
        }
        if args.urgent_every > 0 {
            report["urgent_accepted"] = self.urgent_accepted.into();
            report["urgent_refused"] = self.urgent_refused.into();
        }
        if args.patience_ms.is_some() {
            report["unsent"] = self.unsent.into();
        }
        report
    }
}

/// What is sent: two of the sample's stories told as one, by a caller of his own. There are millions of such pairs, so that
/// no order is another one once more, as few are in a city.
struct Stories(Vec<Story>);

/// Texts as they stand between the quotes of a JSON string.
struct Story {
    title: String,
    content: String,
}

impl Stories {
    fn of_the_sample() -> anyhow::Result<Stories> {
        let quoted = |text: &str| {
            let json = json!(text).to_string();
            json[1..json.len() - 1].to_owned()
        };
        let orders = District::sample()?.orders;
        let story = |it: &crate::district::LabelledOrder| Story {
            title: quoted(&it.title),
            content: quoted(&it.content),
        };
        Ok(Stories(orders.iter().map(story).collect()))
    }

    /// The order of one turn, as a channel would send it.
    fn body(&self, turn: usize, is_urgent: bool) -> Bytes {
        let count = self.0.len();
        let (first, second) = (&self.0[turn % count], &self.0[(turn + turn / count + 1) % count]);
        let urgency = if is_urgent { "urgent" } else { "normal" };
        let Story { title, content } = first;
        let body = format!(
            r#"{{"title":"{title}","content":"{content}{}","channel":"web","urgency":"{urgency}","caller":{{"name":"测试","phone":"139{:08}"}}}}"#,
            second.content,
            turn % 100_000_000
        );
        Bytes::from(body)
    }
}

/// Runs the load and prints the figures.
#[expect(clippy::print_stdout, reason = "the command's own output")]
pub fn run(args: &LoadArgs) -> anyhow::Result<()> {
    check(args)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = match args.typing {
        Some(messages) => runtime.block_on(typing::run(args, messages))?,
        None => runtime.block_on(send_all(args, Arc::new(Stories::of_the_sample()?)))?,
    };
    if args.json {
        println!("{report}");
    } else {
        for (key, value) in report.as_object().into_iter().flatten() {
            println!("{key:16} {value}");
        }
    }
    Ok(())
}

/// Refuses what would not end, or would load another machine.
fn check(args: &LoadArgs) -> Result<(), Wrong> {
    let ranges = [
        ("rate", args.rate, 1, RATE_MAX),
        ("seconds", args.seconds, 1, SECONDS_MAX),
        ("warm-up", args.warm_up, 0, SECONDS_MAX),
        ("connections", args.connections, 1, CONNECTIONS_MAX),
        ("urgent-every", args.urgent_every, 0, RATE_MAX),
        ("typing", args.typing.unwrap_or(1), 1, MESSAGES_MAX),
        ("patience-ms", args.patience_ms.unwrap_or(0), 0, PATIENCE_MS_MAX),
    ];
    for (option, value, min, max) in ranges {
        if !(min..=max).contains(&value) {
            return Err(Wrong(format!("--{option}: {value} is not between {min} and {max}")));
        }
    }
    if !args.server.ip().is_loopback() {
        return Err(Wrong(format!("--server: {} is not a loopback address", args.server)));
    }
    Ok(())
}

async fn send_all(args: &LoadArgs, stories: Arc<Stories>) -> anyhow::Result<serde_json::Value> {
    let mut senders = Vec::new();
    for _ in 0..args.connections {
        senders.push(connect(args.server).await?);
    }
    let start = Instant::now() + Duration::from_millis(100);
    let measured_from = start + Duration::from_secs(args.warm_up.into());
    let (mut tasks, mut lanes) = (Vec::new(), Vec::new());
    for sender in senders {
        let (args, stories) = (args.clone(), Arc::clone(&stories));
        let (lane, turns) = unbounded_channel();
        lanes.push(lane);
        let lane = async move { run_lane(&args, turns, sender, &stories, start).await };
        tasks.push(tokio::spawn(lane));
    }
    let (rate, total) = (args.rate, u64::from(args.rate) * u64::from(args.warm_up + args.seconds));
    // A thread of its own: the timers of the runtime are a millisecond coarse.
    std::thread::spawn(move || call_turns(rate, total, start, &lanes));
    let mut all = Seen::nothing(measured_from)?;
    for task in tasks {
        all.add(&task.await??)?;
    }
    Ok(all.report(args, measured_from))
}

async fn connect(server: SocketAddr) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let stream =
        TcpStream::connect(server).await.with_context(|| format!("no hotline at {server}"))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

/// When a turn's order is to be sent.
fn intended(turn: u64, rate: u32, start: Instant) -> Instant {
    start + Duration::from_secs_f64(turn as f64 / f64::from(rate))
}

/// Hands every turn to a lane at its instant, one lane after the other: what a lane has not come to waits in it, and the
/// turns of a run are bounded by its rate and seconds.
fn call_turns(rate: u32, total: u64, start: Instant, lanes: &[UnboundedSender<u64>]) {
    for (turn, lane) in (0..total).zip(lanes.iter().cycle()) {
        std::thread::sleep(intended(turn, rate, start).saturating_duration_since(Instant::now()));
        // A lane that has ended says why itself.
        if lane.send(turn).is_err() {
            return;
        }
    }
}

/// Sends the orders of its turns, one after the other.
async fn run_lane(
    args: &LoadArgs,
    mut turns: UnboundedReceiver<u64>,
    mut sender: SendRequest<Full<Bytes>>,
    stories: &Stories,
    start: Instant,
) -> anyhow::Result<Seen> {
    let measured_from = start + Duration::from_secs(args.warm_up.into());
    let patience = args.patience_ms.map(|ms| Duration::from_millis(ms.into()));
    let mut seen = Seen::nothing(measured_from)?;
    while let Some(turn) = turns.recv().await {
        let intended = intended(turn, args.rate, start);
        let is_measured = intended >= measured_from;
        if patience.is_some_and(|patience| intended.elapsed() > patience) {
            seen.unsent += u64::from(is_measured);
            continue;
        }
        // Spread over all connections, whatever their number.
        let connections = u64::from(args.connections);
        let is_urgent = args.urgent_every > 0
            && (turn / connections + turn % connections).is_multiple_of(args.urgent_every.into());
        let body = stories.body(usize::try_from(turn)?, is_urgent);
        let status = send(args, &mut sender, body).await?;
        if !is_measured {
            continue;
        }
        seen.last = Instant::now();
        let waited = seen.last.duration_since(intended);
        seen.note(status, is_urgent, u64::try_from(waited.as_micros())?)?;
    }
    Ok(seen)
}

async fn send(
    args: &LoadArgs,
    sender: &mut SendRequest<Full<Bytes>>,
    body: Bytes,
) -> anyhow::Result<u16> {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri("/api/v1/orders")
        .header(header::HOST, args.server.to_string())
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = &args.token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    sender.ready().await.context("the hotline closed a connection")?;
    let response = sender.send_request(request.body(Full::new(body))?).await?;
    let status = response.status().as_u16();
    if status == 401 {
        bail!(Wrong(
            "the hotline does not know the token; pass --token, or serve with --open".into()
        ));
    }
    // Read to the end, so that the connection is free again.
    response.into_body().collect().await?;
    Ok(status)
}
