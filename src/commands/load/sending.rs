//! Sends the requests of a plan, each at its instant or as soon as a connection is free, and notes what came of them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::plan::Plan;
use super::seen::{Answered, Seen};
use super::work::{Asked, Worker};
use crate::cli::Wrong;
use crate::load_report::Work;

/// Turns called at once after a pause of the machine: the rest follow at the next look.
const CALLED_MAX: u64 = 1 << 16;
/// What a line of a batch's answer says when its order is new, and has no other place in it.
const MADE: &[u8] = br#""status":201"#;

/// Where requests go, and whose they are.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) server: SocketAddr,
    pub(super) token: Option<String>,
    pub(super) handler_token: Option<String>,
    pub(super) connections: u32,
    /// An order that no connection is free for within this time is left out.
    pub(super) patience: Option<Duration>,
}

/// One run under way.
struct Run {
    target: Target,
    worker: Arc<Worker>,
    plan: Plan,
    start: Instant,
    /// Turns whose instant has come and that no connection has taken.
    called: Semaphore,
    next: AtomicU64,
    /// Turns of earlier runs: no order is sent twice.
    first: u64,
    seen: Mutex<Seen>,
}

/// Sends a plan's requests; what is to be sent before `measured_from` warms up. Turns are numbered from `first`.
pub(super) async fn send_all(
    target: &Target,
    worker: &Arc<Worker>,
    plan: Plan,
    first: u64,
    seen: Seen,
) -> anyhow::Result<Seen> {
    let mut senders = Vec::new();
    for _ in 0..target.connections {
        senders.push(connect(target.server).await?);
    }
    let run = Arc::new(Run {
        target: target.clone(),
        worker: Arc::clone(worker),
        plan,
        start: Instant::now() + Duration::from_millis(100),
        called: Semaphore::new(0),
        next: AtomicU64::new(0),
        first,
        seen: Mutex::new(seen),
    });
    let lanes: Vec<_> =
        senders.into_iter().map(|sender| tokio::spawn(Arc::clone(&run).lane(sender))).collect();
    // A thread of its own: the timers of the runtime are a millisecond coarse.
    let caller = Arc::clone(&run);
    let calling = std::thread::spawn(move || caller.call());
    for lane in lanes {
        lane.await??;
    }
    if calling.join().is_err() {
        bail!("the thread that calls turns ended");
    }
    let Some(run) = Arc::into_inner(run) else { bail!("a connection is still sending") };
    Ok(run.seen.into_inner().expect("nothing panics while it holds what was seen"))
}

pub(super) async fn connect(server: SocketAddr) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let stream =
        TcpStream::connect(server).await.with_context(|| format!("no hotline at {server}"))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

impl Run {
    /// Calls every turn at its instant; a connection that is free takes it. At the end, nothing more is to be waited for.
    fn call(&self) {
        let total = self.plan.turns();
        let mut called = 0;
        while called < total {
            let due = self.start + self.plan.instant(called);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let now = Instant::now();
            let mut come = 1;
            let is_due = |turn| turn < total && self.start + self.plan.instant(turn) <= now;
            while come < CALLED_MAX && is_due(called + come) {
                come += 1;
            }
            called += come;
            self.called.add_permits(usize::try_from(come).unwrap_or(1));
        }
        // Those that wait for a turn are let go: each then finds that there is none.
        self.called.add_permits(self.target.connections as usize);
    }

    /// Takes turns until there are none.
    async fn lane(self: Arc<Run>, mut sender: SendRequest<Full<Bytes>>) -> anyhow::Result<()> {
        loop {
            self.called.acquire().await?.forget();
            let turn = self.next.fetch_add(1, Ordering::Relaxed);
            if turn >= self.plan.turns() {
                return Ok(());
            }
            let intended = self.plan.instant(turn);
            let late = Instant::now().saturating_duration_since(self.start + intended);
            if self.target.patience.is_some_and(|patience| late > patience) {
                self.note(|seen| seen.leave_out(intended));
                continue;
            }
            let asked = self.worker.ask(self.first + turn);
            let (status, answer) = self.send(&mut sender, &asked).await?;
            let at = self.start.elapsed().max(intended);
            if (200..300).contains(&status) {
                self.worker.hear(&asked, &answer);
            }
            let orders = accepted(&asked, status, &answer);
            self.note(|seen| seen.note(&asked, &Answered { status, orders, intended, at }));
        }
    }

    fn note(&self, what: impl FnOnce(&mut Seen)) {
        what(&mut self.seen.lock().expect("nothing panics while it holds what was seen"));
    }

    async fn send(
        &self,
        sender: &mut SendRequest<Full<Bytes>>,
        asked: &Asked,
    ) -> anyhow::Result<(u16, Bytes)> {
        let Target { server, token, handler_token, .. } = &self.target;
        let mut request = Request::builder()
            .method(&asked.method)
            .uri(&asked.path)
            .header(header::HOST, server.to_string());
        if !asked.body.is_empty() {
            request = request.header(header::CONTENT_TYPE, asked.media);
        }
        let token = if asked.work.is_a_handlers() { handler_token } else { token };
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        sender.ready().await.context("the hotline closed a connection")?;
        let request = request.body(Full::new(asked.body.clone()))?;
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        if status == 401 {
            let words = "the hotline does not know the token; pass --token, or serve with --open";
            bail!(Wrong(words.into()));
        }
        // Read to the end, so that the connection is free again.
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}

/// New orders that came of a request.
fn accepted(asked: &Asked, status: u16, answer: &[u8]) -> u64 {
    match (asked.work, status) {
        (Work::Accept, 201) => 1,
        (Work::Accept, 200) if asked.orders > 1 || asked.media.ends_with("ndjson") => {
            let lines = answer.split(|&byte| byte == b'\n');
            let made = |line: &&[u8]| line.windows(MADE.len()).any(|words| words == MADE);
            lines.filter(made).count() as u64
        }
        _ => 0,
    }
}
