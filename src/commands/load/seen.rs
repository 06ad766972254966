//! What a run saw: how long each sort of request took, what was refused, and how it went along time.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::work::Asked;
use crate::load_report::Work;
use crate::load_report::{Interval, Summary, WorkRow};

/// Latencies are recorded up to a minute.
pub(super) const LATENCY_MAX_US: u64 = 60_000_000;
/// Digits of the latencies of a run, and of one interval of it.
const DIGITS: u8 = 3;
const INTERVAL_DIGITS: u8 = 2;
/// Where the curve of latencies is told, in thousandths of a thousandth.
const QUANTILES: [u32; 14] = [
    100_000, 250_000, 500_000, 600_000, 700_000, 800_000, 900_000, 950_000, 975_000, 990_000,
    995_000, 999_000, 999_900, 1_000_000,
];

/// What came of requests since measuring began.
pub(super) struct Seen {
    /// Of what was granted.
    granted_us: Histogram<u64>,
    refused_us: Histogram<u64>,
    by_work: BTreeMap<Work, Histogram<u64>>,
    refused: BTreeMap<u16, u64>,
    requests: u64,
    orders: u64,
    urgent_accepted: u64,
    urgent_refused: u64,
    unsent: u64,
    /// When the last answer came, from the beginning of the run.
    last: Duration,
    from: Duration,
    every: Duration,
    intervals: Vec<Slice>,
}

/// One stretch of time, by when requests were to be sent.
struct Slice {
    latency_us: Histogram<u64>,
    orders: u64,
    refused: u64,
}

/// One answer.
pub(super) struct Answered {
    pub(super) status: u16,
    /// New orders that were accepted with it.
    pub(super) orders: u64,
    pub(super) intended: Duration,
    pub(super) at: Duration,
}

/// Grows with what is recorded.
fn histogram(digits: u8) -> Histogram<u64> {
    Histogram::new(digits).expect("a number of digits that it takes")
}

fn record(into: &mut Histogram<u64>, value: u64) {
    into.record(value).expect("a histogram that grows takes any latency");
}

impl Seen {
    /// Nothing yet; what is to be sent before `from` is not looked at.
    pub(super) fn since(from: Duration, every: Duration) -> Seen {
        Seen {
            granted_us: histogram(DIGITS),
            refused_us: histogram(DIGITS),
            by_work: BTreeMap::new(),
            refused: BTreeMap::new(),
            requests: 0,
            orders: 0,
            urgent_accepted: 0,
            urgent_refused: 0,
            unsent: 0,
            last: from,
            from,
            every,
            intervals: Vec::new(),
        }
    }

    /// A request that no connection was free for in time.
    pub(super) fn leave_out(&mut self, intended: Duration) {
        self.unsent += u64::from(intended >= self.from);
    }

    pub(super) fn note(&mut self, asked: &Asked, answered: &Answered) {
        if answered.intended < self.from {
            return;
        }
        let Answered { status, orders, intended, at } = *answered;
        let waited = u64::try_from((at - intended).as_micros()).unwrap_or(LATENCY_MAX_US);
        let waited = waited.clamp(1, LATENCY_MAX_US);
        let granted = (200..300).contains(&status);
        self.last = self.last.max(at);
        self.requests += 1;
        self.orders += orders;
        let slice = self.slice(intended);
        slice.orders += orders;
        if granted {
            record(&mut slice.latency_us, waited);
            record(&mut self.granted_us, waited);
            let of_work = self.by_work.entry(asked.work).or_insert_with(|| histogram(DIGITS));
            record(of_work, waited);
            self.urgent_accepted += u64::from(asked.is_urgent);
        } else {
            slice.refused += 1;
            record(&mut self.refused_us, waited);
            *self.refused.entry(status).or_default() += 1;
            self.urgent_refused += u64::from(asked.is_urgent);
        }
    }

    fn slice(&mut self, intended: Duration) -> &mut Slice {
        let at = ((intended - self.from).as_nanos() / self.every.as_nanos()) as usize;
        let new = || Slice { latency_us: histogram(INTERVAL_DIGITS), orders: 0, refused: 0 };
        if self.intervals.len() <= at {
            self.intervals.resize_with(at + 1, new);
        }
        &mut self.intervals[at]
    }

    /// Latencies count from the instant at which each request was to be sent.
    pub(super) fn summary(&self, offered_per_s: f64) -> Summary {
        let seconds = (self.last - self.from).as_secs_f64().max(f64::MIN_POSITIVE);
        let at = |quantile: f64| ms(&self.granted_us, quantile);
        let curve = |&millionths: &u32| {
            let quantile = f64::from(millionths) / 1e6;
            (quantile, at(quantile))
        };
        Summary {
            offered_per_s,
            seconds,
            accepted: self.orders,
            accepted_per_s: self.orders as f64 / seconds,
            requests: self.requests,
            requests_per_s: self.requests as f64 / seconds,
            refused: self
                .refused
                .iter()
                .map(|(status, count)| (status.to_string(), *count))
                .collect(),
            refused_p99_ms: (!self.refused.is_empty()).then(|| ms(&self.refused_us, 0.99)),
            p50_ms: at(0.5),
            p90_ms: at(0.9),
            p99_ms: at(0.99),
            p999_ms: at(0.999),
            max_ms: at(1.0),
            urgent_accepted: self.urgent_accepted,
            urgent_refused: self.urgent_refused,
            unsent: self.unsent,
            work: self.by_work.iter().map(|(&work, latencies)| row(work, latencies)).collect(),
            quantiles: QUANTILES.iter().map(curve).collect(),
            intervals: self
                .intervals
                .iter()
                .enumerate()
                .map(|(at, slice)| self.told(at, slice))
                .collect(),
        }
    }

    fn told(&self, at: usize, slice: &Slice) -> Interval {
        let every = self.every.as_secs_f64();
        Interval {
            at_s: at as f64 * every,
            accepted_per_s: slice.orders as f64 / every,
            granted: slice.latency_us.len(),
            refused: slice.refused,
            p50_ms: ms(&slice.latency_us, 0.5),
            p99_ms: ms(&slice.latency_us, 0.99),
        }
    }
}

fn row(work: Work, latencies: &Histogram<u64>) -> WorkRow {
    let at = |quantile| ms(latencies, quantile);
    WorkRow { work, granted: latencies.len(), p50_ms: at(0.5), p99_ms: at(0.99) }
}

fn ms(of: &Histogram<u64>, quantile: f64) -> f64 {
    of.value_at_quantile(quantile) as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::load::stories::Stories;
    use crate::commands::load::work::Worker;

    #[test]
    fn latencies_count_from_the_intended_instant_and_warming_up_is_not_measured() {
        let worker = Worker::new(Stories::of_the_sample(1).unwrap(), 1, false, 0, 0);
        let asked = worker.ask(0);
        let ms = Duration::from_millis;
        let mut seen = Seen::since(ms(1_000), ms(1_000));
        let mut note = |status, intended, took| {
            let answered =
                Answered { status, orders: 1, intended: ms(intended), at: ms(intended + took) };
            seen.note(&asked, &answered);
        };
        note(201, 999, 50_000);
        (0..99).for_each(|at| note(201, 1_000 + at * 20, 5));
        note(201, 2_999, 70_000);
        note(503, 2_999, 3);
        let summary = seen.summary(50.0);
        let near =
            |value: f64, wanted: f64| assert!((value - wanted).abs() < wanted / 100.0, "{value}");
        near(summary.p50_ms, 5.0);
        near(summary.p99_ms, 5.0);
        near(summary.max_ms, 60_000.0);
        near(summary.refused_p99_ms.unwrap(), 3.0);
        near(summary.work[0].p50_ms, 5.0);
        assert_eq!(
            (summary.requests, summary.refused["503"], summary.intervals.len()),
            (101, 1, 2)
        );
        near(summary.intervals[0].p99_ms, 5.0);
        near(summary.intervals[1].p99_ms, 60_000.0);
    }
}
