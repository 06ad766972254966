//! `hotline load --sweep`: the highest rate that a hotline sustains within a latency.

use std::sync::Arc;
use std::time::Duration;

use super::plan::{Phase, Plan};
use super::seen::Seen;
use super::sending::{Target, send_all};
use super::work::Worker;
use crate::load_report::{Step, Summary};

/// The rate rises by this until a step fails.
const RISE: f64 = 1.5;
/// From one order a second past any machine.
const RISES_MAX: usize = 34;
/// The gap between the best and the failed rate is halved so often: to a thirtieth of itself.
const HALVINGS: usize = 5;
/// Of what is offered, what must be done within the time for a rate to be sustained.
const DONE_MIN: f64 = 0.99;
/// Of all requests, those that may be refused.
const REFUSED_MAX: f64 = 0.001;
/// What a failed step left behind is over by then.
const REST: Duration = Duration::from_secs(2);

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Goal {
    pub(super) from_per_s: f64,
    pub(super) p99_ms: f64,
    pub(super) warm_up: u32,
    pub(super) seconds: u32,
    pub(super) batch: u32,
}

/// Every step, and what the best that was sustained saw; of none, what the first saw.
pub(super) async fn run(
    target: &Target,
    worker: &Arc<Worker>,
    goal: Goal,
) -> anyhow::Result<(Vec<Step>, Summary)> {
    let mut sweep =
        Sweep { target, worker, goal, first: 0, steps: Vec::new(), best: None, lowest: None };
    let mut rate = goal.from_per_s;
    let mut failed = None;
    for _ in 0..RISES_MAX {
        if !sweep.holds(rate).await? {
            failed = Some(rate);
            break;
        }
        rate *= RISE;
    }
    let sustained = sweep.best.as_ref().map(|best| best.offered_per_s);
    if let (Some(mut low), Some(mut high)) = (sustained, failed) {
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if sweep.holds(middle).await? { low = middle } else { high = middle }
        }
    }
    let Sweep { steps, best, lowest, .. } = sweep;
    let summary = best.or(lowest).ok_or_else(|| anyhow::anyhow!("no step was run"))?;
    Ok((steps, summary))
}

struct Sweep<'a> {
    target: &'a Target,
    worker: &'a Arc<Worker>,
    goal: Goal,
    /// Turns that earlier steps took.
    first: u64,
    steps: Vec<Step>,
    best: Option<Summary>,
    lowest: Option<Summary>,
}

impl Sweep<'_> {
    #[expect(clippy::print_stderr, reason = "a sweep takes minutes, and somebody waits for it")]
    async fn holds(&mut self, rate: f64) -> anyhow::Result<bool> {
        let Goal { p99_ms, warm_up, seconds, batch, .. } = self.goal;
        let phase = |seconds| Phase { orders_per_s: rate, seconds };
        let plan = Plan::new(vec![phase(warm_up), phase(seconds)], batch.max(1));
        let turns = plan.turns();
        let seen = Seen::since(plan.start_of(1), Duration::from_secs(1));
        let seen = send_all(self.target, self.worker, plan, self.first, seen).await?;
        self.first += turns;
        let summary = seen.summary(rate);
        let step = step(&summary, batch.max(1), p99_ms);
        eprintln!(
            "{:.0}/s offered: {:.0}/s done, {} refused, p50 {:.2} ms, p99 {:.2} ms{}",
            rate,
            step.done_per_s,
            step.refused,
            step.p50_ms,
            step.p99_ms,
            if step.sustained { "" } else { ": not sustained" }
        );
        let sustained = step.sustained;
        self.steps.push(step);
        if sustained {
            self.best = Some(summary);
        } else {
            self.lowest.get_or_insert(summary);
            tokio::time::sleep(REST).await;
        }
        Ok(sustained)
    }
}

/// Judges one rate.
fn step(summary: &Summary, orders_a_request: u32, p99_ms: f64) -> Step {
    let refused: u64 = summary.refused.values().sum();
    let done_per_s =
        (summary.requests - refused) as f64 / summary.seconds * f64::from(orders_a_request);
    let sustained = summary.p99_ms <= p99_ms
        && refused as f64 <= summary.requests as f64 * REFUSED_MAX
        && summary.unsent == 0
        && done_per_s >= summary.offered_per_s * DONE_MIN;
    let Summary { offered_per_s, p50_ms, p99_ms, .. } = *summary;
    Step { offered_per_s, done_per_s, refused, p50_ms, p99_ms, sustained }
}
