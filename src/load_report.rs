//! The report of a load: what was offered, what came of it, on which machine, from which seed. Written as JSON, and read again
//! to be compared.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A sort of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Work {
    Accept,
    Suggest,
    Sign,
    Reply,
    Close,
    Inbox,
}

impl Work {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Work::Accept => "accept",
            Work::Suggest => "suggest",
            Work::Sign => "sign",
            Work::Reply => "reply",
            Work::Close => "close",
            Work::Inbox => "inbox",
        }
    }

    /// Whether a handler asks for it.
    pub(crate) fn is_a_handlers(self) -> bool {
        matches!(self, Work::Sign | Work::Reply)
    }
}

/// A whole report.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    /// Of the program that sent the load.
    pub(crate) version: String,
    pub(crate) seed: u64,
    pub(crate) machine: Machine,
    pub(crate) connections: u32,
    /// Orders a request; 0 for single ones.
    pub(crate) batch: u32,
    pub(crate) mixed: bool,
    /// Of the run; of a sweep, of its best step.
    #[serde(flatten)]
    pub(crate) summary: Summary,
    /// Steps of a sweep, in the order they were run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) steps: Vec<Step>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) burst: Option<Burst>,
}

/// Where it was measured; generator and hotline share it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) memory_mb: u64,
    pub(crate) kernel: String,
}

/// What came of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Summary {
    pub(crate) offered_per_s: f64,
    pub(crate) seconds: f64,
    pub(crate) accepted: u64,
    pub(crate) accepted_per_s: f64,
    pub(crate) requests: u64,
    pub(crate) requests_per_s: f64,
    /// By status.
    pub(crate) refused: BTreeMap<String, u64>,
    pub(crate) refused_p99_ms: Option<f64>,
    pub(crate) p50_ms: f64,
    pub(crate) p90_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) p999_ms: f64,
    pub(crate) max_ms: f64,
    pub(crate) urgent_accepted: u64,
    pub(crate) urgent_refused: u64,
    /// Left out, since every connection was busy.
    pub(crate) unsent: u64,
    pub(crate) work: Vec<WorkRow>,
    /// Shares of requests and how long the slowest of them took.
    pub(crate) quantiles: Vec<(f64, f64)>,
    pub(crate) intervals: Vec<Interval>,
}

/// One sort of request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WorkRow {
    pub(crate) work: Work,
    pub(crate) granted: u64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// A stretch of time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Interval {
    pub(crate) at_s: f64,
    pub(crate) accepted_per_s: f64,
    pub(crate) granted: u64,
    pub(crate) refused: u64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// One rate of a sweep.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) offered_per_s: f64,
    pub(crate) done_per_s: f64,
    pub(crate) refused: u64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) sustained: bool,
}

/// What a burst did.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Burst {
    pub(crate) times: u32,
    pub(crate) seconds: u32,
    pub(crate) before_p99_ms: f64,
    pub(crate) during_p99_ms: f64,
    /// Requests refused from its beginning on.
    pub(crate) refused: u64,
    /// From its end until each tenth of a second is as quick as before it again; none: it never was.
    pub(crate) back_after_s: Option<f64>,
}

impl Machine {
    /// This one; what the system does not tell is left empty.
    pub(crate) fn here() -> Machine {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let after = |text: &str, key: &str| {
            let line = text.lines().find(|line| line.starts_with(key));
            let value = line
                .and_then(|line| line.split_once(':'))
                .map(|(_, value)| value.trim().to_owned());
            value.unwrap_or_default()
        };
        let kilobytes = after(&read("/proc/meminfo"), "MemTotal");
        let kilobytes = kilobytes.split(' ').next().and_then(|word| word.parse::<u64>().ok());
        Machine {
            processor: after(&read("/proc/cpuinfo"), "model name"),
            cores: std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
            memory_mb: kilobytes.unwrap_or(0) / 1024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        }
    }
}
