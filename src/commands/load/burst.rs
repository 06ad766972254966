//! `hotline load --burst`: what comes in all at once, and how long it is felt.

use std::sync::Arc;
use std::time::Duration;

use super::plan::{Phase, Plan};
use super::seen::Seen;
use super::sending::{Target, send_all};
use super::work::Worker;
use crate::load_report::{Burst, Interval, Summary};

/// How finely it is told.
const EVERY: Duration = Duration::from_millis(100);
/// As quick as before: within this of the p99 before it, or a millisecond more where that is nothing.
const AS_BEFORE: f64 = 2.0;
const AS_BEFORE_MS: f64 = 1.0;

/// A rate, and what it becomes for a while.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) orders_per_s: f64,
    pub(super) times: u32,
    pub(super) burst_seconds: u32,
    pub(super) warm_up: u32,
    /// Before the burst, and after it.
    pub(super) seconds: u32,
    pub(super) batch: u32,
}

/// Sends the usual, the burst and the usual again.
pub(super) async fn run(
    target: &Target,
    worker: &Arc<Worker>,
    shape: Shape,
) -> anyhow::Result<(Burst, Summary)> {
    let Shape { orders_per_s, times, burst_seconds, warm_up, seconds, batch } = shape;
    let usual = |seconds| Phase { orders_per_s, seconds };
    let burst = Phase { orders_per_s: orders_per_s * f64::from(times), seconds: burst_seconds };
    let plan = Plan::new(vec![usual(warm_up), usual(seconds), burst, usual(seconds)], batch.max(1));
    let seen = Seen::since(plan.start_of(1), EVERY);
    let summary = send_all(target, worker, plan, 0, seen).await?.summary(orders_per_s);
    let begins = f64::from(seconds);
    let burst = felt(&summary.intervals, begins, begins + f64::from(burst_seconds));
    Ok((Burst { times, seconds: burst_seconds, ..burst }, summary))
}

/// What was felt of a burst between these seconds. The p99 of a span is the worst of its intervals but one of a hundred.
fn felt(intervals: &[Interval], begins: f64, ends: f64) -> Burst {
    let p99 = |from: f64, to: f64| {
        let within =
            intervals.iter().filter(|it| it.granted > 0 && it.at_s >= from && it.at_s < to);
        let mut worst: Vec<f64> = within.map(|it| it.p99_ms).collect();
        worst.sort_by(f64::total_cmp);
        let last = worst.len().saturating_sub(1);
        worst.get(last - last / 100).copied().unwrap_or(0.0)
    };
    let before_p99_ms = p99(0.0, begins);
    let most = (before_p99_ms * AS_BEFORE).max(before_p99_ms + AS_BEFORE_MS);
    let every = EVERY.as_secs_f64();
    let after: Vec<&Interval> =
        intervals.iter().filter(|it| it.at_s >= ends - every / 2.0).collect();
    let slow = after.iter().rposition(|it| it.p99_ms > most || it.refused > 0);
    let back_after_s = match slow {
        None => Some(0.0),
        Some(at) if at + 1 < after.len() => Some((at + 1) as f64 * every),
        Some(_) => None,
    };
    let refused = intervals.iter().filter(|it| it.at_s >= begins).map(|it| it.refused).sum();
    let during_p99_ms = p99(begins, ends);
    Burst { times: 0, seconds: 0, before_p99_ms, during_p99_ms, refused, back_after_s }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_over_when_every_interval_is_as_quick_as_before() {
        let slow = |at| (20..30).contains(&at) || at == 33;
        let interval = |at: u32| Interval {
            at_s: f64::from(at) / 10.0,
            accepted_per_s: 1.0,
            granted: 1,
            refused: u64::from(at == 25),
            p50_ms: 1.0,
            p99_ms: if slow(at) { 50.0 } else { 2.0 },
        };
        let intervals: Vec<Interval> = (0..50).map(interval).collect();
        let burst = felt(&intervals, 2.0, 3.0);
        assert_eq!((burst.before_p99_ms, burst.during_p99_ms, burst.refused), (2.0, 50.0, 1));
        assert!((burst.back_after_s.unwrap() - 0.4).abs() < 1e-9, "{burst:?}");
        assert_eq!(felt(&intervals[..34], 2.0, 3.0).back_after_s, None);
    }
}
