//! What came of simulations as a sheet: policies side by side, with charts by week and unit, causes, and slack. Counts nothing.

use hotline_engine::report::{Average, Figure, Rate};
use hotline_engine::time::Day;
use hotline_people::closure::{Cause, Outcome, Scenario, WeekOutcome};
use maud::{Markup, html};

use super::chart::{Bar, Series, bars, columns};
use super::curve::{Axis, Curve, curves};
use super::{file, table};

/// Weeks that can be told apart side by side; of more, the last ones.
const WEEKS_DRAWN_MAX: usize = 110;
/// One colour a policy; of more, those behind the fourth share the last.
const COLOURS: [&str; 4] = ["plain", "good", "late", "open"];

/// The whole file.
pub(crate) fn simulated(scenario: &Scenario, outcomes: &[Outcome]) -> String {
    let seed = outcomes.first().map_or(0, |outcome| outcome.seed);
    let body = html! {
        p.note { (scenario.source) ";自种子 " (seed) " 起,同一种子结果逐字节相同。模拟数据,非实际运行数据。" }
        ul.tiles {
            @for outcome in outcomes {
                li { (outcome.policy.label()) strong { (on_time(outcome)) } "超时 " (outcome.late()) }
            }
        }
        h2 { "各策略对照" }
        (rates(outcomes))
        h2 { "每周按时办结率" }
        (rate_by_week(outcomes))
        h2 { "每周超时件" }
        (by_week("每周到期而未按时办结的工单", outcomes, |week| week.due - week.met))
        h2 { "每周在办件" }
        (by_week("每周第一日尚未答复的工单", outcomes, |week| week.open))
        h2 { "超时原因" }
        (causes(outcomes))
        @for outcome in outcomes {
            h2 { "各单位按时办结率:" (outcome.policy.label()) }
            (units(outcome))
        }
        h2 { "答复时距到期的小时数" }
        (slack(outcomes))
        h2 { "超时预警的准确程度" }
        (chances(outcomes))
    };
    file("按时办结模拟报告", &scenario.title, &body)
}

fn on_time(outcome: &Outcome) -> Rate {
    Figure::OnTimeClosure.of(&outcome.counts)
}

fn series(outcomes: &[Outcome]) -> Vec<Series> {
    let one = |(at, outcome): (usize, &Outcome)| Series {
        class: COLOURS[at.min(COLOURS.len() - 1)],
        label: outcome.policy.label(),
    };
    outcomes.iter().enumerate().map(one).collect()
}

fn headings<'a>(first: &'a str, outcomes: &[Outcome]) -> Vec<&'a str> {
    let labels = outcomes.iter().map(|outcome| outcome.policy.label());
    std::iter::once(first).chain(labels).collect()
}

fn rates(outcomes: &[Outcome]) -> Markup {
    let figures = [
        Figure::OnTimeClosure,
        Figure::ClosureOfDue,
        Figure::FirstDispatch,
        Figure::ReturnRate,
        Figure::RepeatRate,
        Figure::SigningInTime,
        Figure::Satisfaction,
    ];
    let mut rows: Vec<Vec<String>> = figures
        .iter()
        .map(|figure| {
            let cell = |it: &Outcome| {
                let rate = figure.of(&it.counts);
                format!("{rate}({}/{})", rate.numerator, rate.denominator)
            };
            std::iter::once(figure.label().to_owned()).chain(outcomes.iter().map(cell)).collect()
        })
        .collect();
    let mut row = |name: &str, cell: &dyn Fn(&Outcome) -> String| {
        rows.push(std::iter::once(name.to_owned()).chain(outcomes.iter().map(cell)).collect());
    };
    let mean = Average::HandlingWorkingDays;
    row(mean.label(), &|it| mean.of(&it.counts).to_string());
    row("紧急件超时", &|it| it.urgent_late.to_string());
    row("预警催办", &|it| it.reminded.to_string());
    row("改派经办人", &|it| it.reassigned.to_string());
    table("同一批来件,各策略的结果", &headings("", outcomes), &rows)
}

fn by_week(title: &str, outcomes: &[Outcome], value: impl Fn(&WeekOutcome) -> u64) -> Markup {
    let weeks = outcomes.first().map_or(&[][..], |outcome| &outcome.weeks);
    let weeks = &weeks[weeks.len().saturating_sub(WEEKS_DRAWN_MAX)..];
    let group = |week: &WeekOutcome| {
        let of = |outcome: &Outcome| {
            outcome.weeks.iter().find(|own| own.from == week.from).map_or(0, &value)
        };
        (week.from.to_string(), outcomes.iter().map(of).collect())
    };
    let groups: Vec<(String, Vec<u64>)> = weeks.iter().map(group).collect();
    columns(title, &series(outcomes), &groups)
}

/// Of what was due in a week, how much was met; a week in which nothing was due has no rate.
fn rate_by_week(outcomes: &[Outcome]) -> Markup {
    let point =
        |week: &WeekOutcome| (f64::from(week.from.0), week.met as f64 / week.due as f64 * 100.0);
    let curve = |(series, outcome): (Series, &Outcome)| {
        let weeks = &outcome.weeks[outcome.weeks.len().saturating_sub(WEEKS_DRAWN_MAX)..];
        Curve { series, points: weeks.iter().filter(|week| week.due > 0).map(point).collect() }
    };
    let drawn: Vec<Curve> = series(outcomes).into_iter().zip(outcomes).map(curve).collect();
    let rates = drawn.iter().flat_map(|curve| &curve.points).map(|(_, rate)| *rate);
    // A district that closes nearly all on time would be a line along the top.
    let least = (rates.fold(100.0, f64::min) - 1.0).floor().max(0.0);
    let across =
        Axis { label: "周的第一日", written: |day| Day(day.round() as i32).to_string() };
    let upright = Axis { label: "%", written: |rate| format!("{rate:.1}") };
    curves("每周到期工单的按时办结率", across, (upright, least), &drawn)
}

fn causes(outcomes: &[Outcome]) -> Markup {
    let group = |(at, cause): (usize, &Cause)| {
        let counts = outcomes.iter().map(|outcome| outcome.late_by_cause[at]);
        (cause.label().to_owned(), counts.collect::<Vec<u64>>())
    };
    let groups: Vec<_> = Cause::ALL.iter().enumerate().map(group).collect();
    let cells = |(name, counts): &(String, Vec<u64>)| {
        let counts = counts.iter().map(u64::to_string);
        std::iter::once(name.clone()).chain(counts).collect::<Vec<String>>()
    };
    let rows: Vec<Vec<String>> = groups.iter().map(cells).collect();
    html! {
        (columns("超时件按耗时最多的一段", &series(outcomes), &groups))
        (table("超时件按耗时最多的一段", &headings("原因", outcomes), &rows))
    }
}

/// The worst first.
fn units(outcome: &Outcome) -> Markup {
    let mut units: Vec<_> = outcome.units.iter().collect();
    units.sort_by_key(|unit| (unit.met * 1_000_000 / unit.due.max(1), unit.code.clone()));
    let bar = |unit: &&hotline_people::closure::UnitOutcome| {
        let rate = Rate { numerator: unit.met, denominator: unit.due };
        let text = format!("{rate}({}/{})", unit.met, unit.due);
        Bar { name: unit.name.clone(), parts: vec![unit.met], whole: unit.due, text }
    };
    let drawn: Vec<Bar> = units.iter().map(bar).collect();
    bars("按时办结/应办结", &[Series { class: "good", label: "按时办结" }], &drawn)
}

fn slack(outcomes: &[Outcome]) -> Markup {
    let shares = outcomes.first().map_or(&[][..], |outcome| &outcome.slack_hours);
    let row = |(at, (permille, _)): (usize, &(u64, i64))| {
        let hours = |outcome: &Outcome| {
            outcome.slack_hours.get(at).map_or_else(String::new, |(_, hours)| hours.to_string())
        };
        let name = format!("最紧的 {}.{} %", permille / 10, permille % 10);
        std::iter::once(name).chain(outcomes.iter().map(hours)).collect::<Vec<String>>()
    };
    let rows: Vec<Vec<String>> = shares.iter().enumerate().map(row).collect();
    table("负数为已超时", &headings("答复", outcomes), &rows)
}

fn chances(outcomes: &[Outcome]) -> Markup {
    let row = |tenth: usize| {
        let cell = |outcome: &Outcome| {
            let bin = outcome.calibration[tenth];
            let Some(chance) = bin.chances.checked_div(bin.orders) else { return "—".to_owned() };
            let late = Rate { numerator: bin.late, denominator: bin.orders };
            format!("预计 {}.{:02} %,实际 {late}({} 次)", chance / 100, chance % 100, bin.orders)
        };
        let name = format!("{} – {} %", tenth * 10, tenth * 10 + 10);
        std::iter::once(name).chain(outcomes.iter().map(cell)).collect::<Vec<String>>()
    };
    let tenths = outcomes.first().map_or(0, |outcome| outcome.calibration.len());
    let rows: Vec<Vec<String>> = (0..tenths).map(row).collect();
    table("预警时给出的超时概率与实际超时的比例", &headings("概率", outcomes), &rows)
}
