//! `hotline load compare A B`: two reports of a load side by side, each measure with an interval of confidence.
//!
//! A run is cut into the seconds that its report tells; they are drawn again and again with replacement (bootstrap), and the
//! middle 95 % of the ratios of the means are told. Seconds of one run are not wholly independent: of two runs that differ by
//! little, repeat both.

use std::path::{Path, PathBuf};

use clap::Args;

use super::work::mixed;
use crate::cli::{Wrong, say};
use crate::load_report::{Interval, Report};

/// Draws for an interval: its ends move by less than a hundredth of its width from one seed to another.
const DRAWS: usize = 10_000;
const SEED: u64 = 1;
/// Bytes of a report: that of an hour has some hundred kilobytes.
const REPORT_BYTES_MAX: u64 = 16 << 20;
/// Fewer seconds say nothing of how they vary.
const INTERVALS_MIN: usize = 3;

/// Options of `load compare`.
#[derive(Args, Debug, Clone)]
pub(crate) struct CompareArgs {
    /// A report, written by `hotline load --json FILE`
    before: PathBuf,
    /// Another one
    after: PathBuf,
}

/// What is compared, and its name.
type Measure = (&'static str, fn(&Interval) -> f64);

/// A mean ratio and the interval it lies in, 95 times of a hundred.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Ratio {
    mean: f64,
    low: f64,
    high: f64,
}

/// Prints how the second differs from the first.
pub(super) fn run(args: &CompareArgs) -> anyhow::Result<()> {
    let (before, after) = (read(&args.before)?, read(&args.after)?);
    for line in differences(&before, &after) {
        say(&format!("note: {line}"))?;
    }
    say(&format!("{:18} {:>12} {:>12}   ratio (95 %)", "", "first", "second"))?;
    let measures: [Measure; 3] = [
        ("accepted/s", |it| it.accepted_per_s),
        ("p50 ms, by second", |it| it.p50_ms),
        ("p99 ms, by second", |it| it.p99_ms),
    ];
    for (name, measure) in measures {
        let of =
            |report: &Report| report.summary.intervals.iter().map(measure).collect::<Vec<f64>>();
        let (first, second) = (of(&before), of(&after));
        let ratio = ratio(&first, &second);
        let verdict = match ratio {
            Ratio { low, .. } if low > 1.0 => "more",
            Ratio { high, .. } if high < 1.0 => "less",
            _ => "no difference seen",
        };
        say(&format!(
            "{name:18} {:>12.2} {:>12.2}   {:.3} ({:.3} to {:.3}), {verdict}",
            mean(&first),
            mean(&second),
            ratio.mean,
            ratio.low,
            ratio.high
        ))?;
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Report> {
    let named = || path.display().to_string();
    let unreadable = |error| Wrong(format!("{}: cannot be read: {error}", named()));
    let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
    if bytes > REPORT_BYTES_MAX {
        return Err(Wrong(format!("{}: is larger than a report can be", named())).into());
    }
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let report: Report = serde_json::from_str(&text)
        .map_err(|error| Wrong(format!("{}: is no report of a load: {error}", named())))?;
    if report.summary.intervals.len() < INTERVALS_MIN {
        let words = format!("{}: tells fewer than {INTERVALS_MIN} seconds", named());
        return Err(Wrong(words).into());
    }
    Ok(report)
}

/// What makes two reports hard to compare.
fn differences(before: &Report, after: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    let mut differ = |what: &str, first: String, second: String| {
        if first != second {
            lines.push(format!("{what} differs: {first} and {second}"));
        }
    };
    let machine = |it: &Report| format!("{} x {}", it.machine.cores, it.machine.processor);
    differ("the machine", machine(before), machine(after));
    differ("the kernel", before.machine.kernel.clone(), after.machine.kernel.clone());
    differ("the version", before.version.clone(), after.version.clone());
    differ("the seed", before.seed.to_string(), after.seed.to_string());
    differ("--connections", before.connections.to_string(), after.connections.to_string());
    differ("--batch", before.batch.to_string(), after.batch.to_string());
    differ("--mix", before.mixed.to_string(), after.mixed.to_string());
    let offered = |it: &Report| format!("{:.0}", it.summary.offered_per_s);
    differ("the rate offered", offered(before), offered(after));
    lines
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The ratio of the means, second to first.
fn ratio(first: &[f64], second: &[f64]) -> Ratio {
    let mut dice = SEED;
    let mut drawn = |of: &[f64]| {
        let sum: f64 = (0..of.len())
            .map(|_| {
                dice = dice.wrapping_add(1);
                of[(mixed(dice) % of.len() as u64) as usize]
            })
            .sum();
        sum / of.len() as f64
    };
    let mut ratios: Vec<f64> = (0..DRAWS).map(|_| drawn(second) / drawn(first)).collect();
    ratios.sort_by(f64::total_cmp);
    let at = |share: f64| ratios[(share * (DRAWS - 1) as f64) as usize];
    Ratio { mean: mean(second) / mean(first), low: at(0.025), high: at(0.975) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_truly_differs_lies_outside_the_interval_and_noise_lies_inside() {
        let noisy = |level: f64, seed: u64| -> Vec<f64> {
            (0..60).map(|at| level + (mixed(seed * 100 + at) % 100) as f64).collect()
        };
        let same = ratio(&noisy(1_000.0, 1), &noisy(1_000.0, 2));
        assert!(same.low < 1.0 && same.high > 1.0, "{same:?}");
        let more = ratio(&noisy(1_000.0, 1), &noisy(1_200.0, 2));
        assert!(more.low > 1.1 && more.high < 1.3, "{more:?}");
        assert_eq!(more, ratio(&noisy(1_000.0, 1), &noisy(1_200.0, 2)), "the same each time");
    }
}
