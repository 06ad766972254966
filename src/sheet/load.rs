//! What came of a load as a sheet, for engineers: curves of latency and of time, the steps of a sweep, and the machine. Counts
//! nothing.

use maud::{Markup, html};

use super::chart::Series;
use super::curve::{Axis, Curve, curves};
use super::{file_in, table};
use crate::load_report::{Interval, Report, Step, Summary, WorkRow};

const SECONDS: Axis = Axis { label: "seconds", written: |value| format!("{value:.0}") };
const MS: Axis = Axis { label: "ms", written: |value| format!("{value:.2}") };
const RATE: Axis = Axis { label: "a second", written: |value| format!("{value:.0}") };
/// Shares are laid out by how many nines they have.
const NINES: Axis = Axis { label: "slowest share of requests", written: slowest };
/// The last share of a curve has no end of nines: it is drawn where one in a hundred thousand would be.
const NINES_MAX: f64 = 5.0;

const fn series(class: &'static str, label: &'static str) -> Series {
    Series { class, label }
}

/// The whole file.
pub(crate) fn load(report: &Report) -> String {
    let Report { summary, machine, .. } = report;
    let body = html! {
        p.note {
            "hotline " (report.version) ", seed " (report.seed) ", " (report.connections) " connections, "
            @if report.batch > 0 { (report.batch) " orders a request" } @else if report.mixed { "mixed work" } @else { "single orders" }
            "; " (machine.cores) " cores of " (machine.processor) ", " (machine.memory_mb) " MB, Linux " (machine.kernel)
            ". The generator runs on the same machine; latency counts from the instant at which each request was to be sent."
        }
        ul.tiles {
            li { "offered" strong { (format!("{:.0}/s", summary.offered_per_s)) } }
            li { "accepted" strong { (format!("{:.0}/s", summary.accepted_per_s)) } (summary.accepted) " orders" }
            li { "p50" strong { (format!("{:.2} ms", summary.p50_ms)) } }
            li { "p99" strong { (format!("{:.2} ms", summary.p99_ms)) } }
            li { "refused" strong { (summary.refused.values().sum::<u64>()) } }
        }
        h2 { "Latency" }
        (latency(summary))
        h2 { "Along time" }
        (along_time(summary))
        @if !report.steps.is_empty() {
            h2 { "Sweep" }
            (swept(report))
        }
        @if let Some(burst) = &report.burst {
            h2 { "Burst" }
            p {
                (burst.times) " times the rate for " (burst.seconds) " s: " (burst.refused) " refused, p99 "
                (format!("{:.2} ms before, {:.2} ms during it; ", burst.before_p99_ms, burst.during_p99_ms))
                @match burst.back_after_s {
                    Some(seconds) => { "as quick as before " (format!("{seconds:.1}")) " s after it." }
                    None => { "not as quick as before by the end." }
                }
            }
        }
        h2 { "By work" }
        (by_work(summary))
    };
    file_in("en", "hotline load", "latency and throughput", &body)
}

fn slowest(nines: f64) -> String {
    let share = 100.0 * 10f64.powf(-nines);
    if share >= 1.0 { format!("{share:.0} %") } else { format!("{share:.3} %") }
}

fn latency(summary: &Summary) -> Markup {
    let nines = |quantile: f64| (-(1.0 - quantile).log10()).min(NINES_MAX);
    let points = summary.quantiles.iter().map(|(quantile, ms)| (nines(*quantile), *ms)).collect();
    let curve = Curve { series: series("good", "latency"), points };
    curves("How long the slowest share of requests took", NINES, (MS, 0.0), &[curve])
}

fn along_time(summary: &Summary) -> Markup {
    let line = |class, label, of: fn(&Interval) -> f64| Curve {
        series: series(class, label),
        points: summary.intervals.iter().map(|it| (it.at_s, of(it))).collect(),
    };
    let took = [line("good", "p50", |it| it.p50_ms), line("late", "p99", |it| it.p99_ms)];
    let accepted = [line("plain", "accepted", |it| it.accepted_per_s)];
    html! {
        (curves("Latency of what was to be sent then", SECONDS, (MS, 0.0), &took))
        (curves("Orders accepted", SECONDS, (RATE, 0.0), &accepted))
    }
}

fn swept(report: &Report) -> Markup {
    let mut steps: Vec<_> = report.steps.iter().collect();
    steps.sort_by(|a, b| a.offered_per_s.total_cmp(&b.offered_per_s));
    let line = |class, label, of: fn(&Step) -> f64| Curve {
        series: series(class, label),
        points: steps.iter().map(|step| (step.offered_per_s, of(step))).collect(),
    };
    let took = [line("good", "p50", |it| it.p50_ms), line("late", "p99", |it| it.p99_ms)];
    let row = |step: &&Step| {
        vec![
            format!("{:.0}", step.offered_per_s),
            format!("{:.0}", step.done_per_s),
            step.refused.to_string(),
            format!("{:.2}", step.p50_ms),
            format!("{:.2}", step.p99_ms),
            if step.sustained { "yes" } else { "no" }.to_owned(),
        ]
    };
    let rows: Vec<Vec<String>> = steps.iter().map(row).collect();
    let headings = ["offered/s", "done/s", "refused", "p50 ms", "p99 ms", "sustained"];
    html! {
        (curves("Latency by the rate offered", RATE, (MS, 0.0), &took))
        (table("Steps", &headings, &rows))
    }
}

fn by_work(summary: &Summary) -> Markup {
    let row = |row: &WorkRow| {
        let (p50, p99) = (format!("{:.2}", row.p50_ms), format!("{:.2}", row.p99_ms));
        vec![row.work.word().to_owned(), row.granted.to_string(), p50, p99]
    };
    let rows: Vec<Vec<String>> = summary.work.iter().map(row).collect();
    table("Granted", &["work", "requests", "p50 ms", "p99 ms"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load_report::{Burst, Machine, Work};

    #[test]
    fn a_sheet_is_well_formed_and_shows_each_curve_with_its_numbers() {
        let interval = |at: u32| Interval {
            at_s: at.into(),
            accepted_per_s: 990.0 + f64::from(at),
            granted: 990,
            refused: 0,
            p50_ms: 0.5,
            p99_ms: 2.5,
        };
        let summary = Summary {
            offered_per_s: 1_000.0,
            seconds: 3.0,
            accepted: 2_973,
            accepted_per_s: 991.0,
            requests: 2_973,
            requests_per_s: 991.0,
            refused: [("503".to_owned(), 27)].into(),
            refused_p99_ms: Some(1.0),
            p50_ms: 0.5,
            p90_ms: 1.0,
            p99_ms: 2.5,
            p999_ms: 4.0,
            max_ms: 5.0,
            urgent_accepted: 0,
            urgent_refused: 0,
            unsent: 0,
            work: vec![WorkRow { work: Work::Accept, granted: 2_973, p50_ms: 0.5, p99_ms: 2.5 }],
            quantiles: vec![(0.5, 0.5), (0.99, 2.5), (1.0, 5.0)],
            intervals: (0..3).map(interval).collect(),
        };
        let step = |offered_per_s, sustained| Step {
            offered_per_s,
            done_per_s: offered_per_s,
            refused: 0,
            p50_ms: 0.5,
            p99_ms: 2.5,
            sustained,
        };
        let (before_p99_ms, during_p99_ms, back_after_s) = (1.0, 9.0, Some(0.3));
        let burst =
            Burst { times: 12, seconds: 5, before_p99_ms, during_p99_ms, refused: 0, back_after_s };
        let processor = "A <fast> & \"new\" one".to_owned();
        let machine = Machine { processor, cores: 2, memory_mb: 4_096, kernel: "6.1".into() };
        let report = Report {
            version: "0.1.0".into(),
            seed: 7,
            machine,
            connections: 64,
            batch: 0,
            mixed: false,
            summary,
            steps: vec![step(1_000.0, true), step(1_500.0, false)],
            burst: Some(burst),
        };
        let sheet = load(&report);
        let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
        let document = roxmltree::Document::parse_with_options(&sheet, options).unwrap();
        let count =
            |name: &str| document.descendants().filter(|node| node.has_tag_name(name)).count();
        assert_eq!(count("polyline"), 1 + 2 + 1 + 2, "latency, along time, accepted, sweep");
        assert_eq!(document.root_element().attribute("lang"), Some("en"));
        for words in ["1500 2.50", "990, 1 991", "as quick as before 0.3 s", "A &lt;fast&gt; &amp;"]
        {
            assert!(sheet.contains(words), "{words} in {sheet}");
        }
        assert!(!sheet.contains("http://") && !sheet.contains("https://"), "it asks nobody");
        let written = serde_json::to_string(&report).unwrap();
        let read: Report = serde_json::from_str(&written).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), written);
    }
}
