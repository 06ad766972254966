//! `hotline load`: sends orders to a running hotline at a fixed rate and measures how long each took.
//!
//! Open loop: when each request is to be sent is decided before the run, and latency counts from that instant, so a
//! server that stalls cannot hide the wait. Bounded in rate, time and connections; stops by itself.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

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
use tokio::time::Instant;

use crate::cli::Wrong;
use crate::district::District;

/// Requests a second that one process may be asked for.
const RATE_MAX: u32 = 1_000_000;
/// An hour: long enough for a soak, short enough to end by itself.
const SECONDS_MAX: u32 = 3_600;
const CONNECTIONS_MAX: u32 = 4_096;
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
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What one connection saw.
struct Seen {
    latency_us: Histogram<u64>,
    accepted: u64,
    refused: std::collections::BTreeMap<u16, u64>,
    /// When its last answer came.
    last: Instant,
}

/// Runs the load and prints the figures.
#[expect(clippy::print_stdout, reason = "the command's own output")]
pub fn run(args: &LoadArgs) -> anyhow::Result<()> {
    check(args)?;
    let bodies = Arc::new(bodies()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = runtime.block_on(send_all(args, bodies))?;
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

/// The sample's orders, as a channel would send them.
fn bodies() -> anyhow::Result<Vec<Bytes>> {
    let body = |order: &crate::district::LabelledOrder| {
        let body = json!({
            "title": order.title, "content": order.content, "channel": "web",
            "caller": { "name": "测试", "phone": "13800000000" },
        });
        Bytes::from(body.to_string())
    };
    Ok(District::sample()?.orders.iter().map(body).collect())
}

async fn send_all(args: &LoadArgs, bodies: Arc<Vec<Bytes>>) -> anyhow::Result<serde_json::Value> {
    let mut senders = Vec::new();
    for _ in 0..args.connections {
        senders.push(connect(args.server).await?);
    }
    let start = Instant::now() + Duration::from_millis(100);
    let measured_from = start + Duration::from_secs(args.warm_up.into());
    let mut tasks = Vec::new();
    for (lane, sender) in (0_u64..).zip(senders) {
        let (args, bodies) = (args.clone(), Arc::clone(&bodies));
        tasks
            .push(tokio::spawn(async move { run_lane(&args, lane, sender, &bodies, start).await }));
    }
    let mut all = Histogram::<u64>::new_with_max(LATENCY_MAX_US, 3)?;
    let (mut accepted, mut last) = (0, measured_from);
    let mut refused = std::collections::BTreeMap::<u16, u64>::new();
    for task in tasks {
        let seen = task.await??;
        all.add(&seen.latency_us)?;
        accepted += seen.accepted;
        last = last.max(seen.last);
        for (status, count) in seen.refused {
            *refused.entry(status).or_default() += count;
        }
    }
    let seconds = last.duration_since(measured_from).as_secs_f64();
    let ms = |quantile: f64| all.value_at_quantile(quantile) as f64 / 1000.0;
    Ok(json!({
        "offered_per_s": args.rate, "seconds": seconds, "connections": args.connections,
        "accepted": accepted, "accepted_per_s": accepted as f64 / seconds, "refused": refused,
        "p50_ms": ms(0.5), "p90_ms": ms(0.9), "p99_ms": ms(0.99), "p999_ms": ms(0.999),
        "max_ms": all.max() as f64 / 1000.0,
    }))
}

async fn connect(server: SocketAddr) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let stream =
        TcpStream::connect(server).await.with_context(|| format!("no hotline at {server}"))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

/// Every `connections`-th request, each at its own instant.
async fn run_lane(
    args: &LoadArgs,
    lane: u64,
    mut sender: SendRequest<Full<Bytes>>,
    bodies: &[Bytes],
    start: Instant,
) -> anyhow::Result<Seen> {
    let measured_from = start + Duration::from_secs(args.warm_up.into());
    let total = u64::from(args.rate) * u64::from(args.warm_up + args.seconds);
    let latency_us = Histogram::new_with_max(LATENCY_MAX_US, 3)?;
    let mut seen =
        Seen { latency_us, accepted: 0, refused: Default::default(), last: measured_from };
    for turn in (lane..total).step_by(args.connections as usize) {
        let intended = start + Duration::from_secs_f64(turn as f64 / f64::from(args.rate));
        tokio::time::sleep_until(intended).await;
        let body = bodies[usize::try_from(turn)? % bodies.len()].clone();
        let status = send(args, &mut sender, body).await?;
        if intended < measured_from {
            continue;
        }
        let now = Instant::now();
        let waited = u64::try_from(now.duration_since(intended).as_micros())?;
        seen.latency_us.record(waited.min(LATENCY_MAX_US))?;
        seen.last = now;
        if status == 201 {
            seen.accepted += 1;
        } else {
            *seen.refused.entry(status).or_default() += 1;
        }
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
