//! The report of a span of days as a sheet: charts, and every number of them again in a table.

use std::collections::BTreeMap;

use hotline_engine::figures::{Counts, Measure};
use hotline_engine::report::{Average, Figure};
use hotline_engine::time::{Day, Timestamp};
use maud::{Markup, html};

use super::chart::{Bar, Series, bars, columns};
use super::{file, scoped, table};
use crate::ranking::Ranking;
use crate::reporting::{By, Report, RowView};
use crate::span::{Span, next_month};

/// Days that can be told apart side by side; a longer span is drawn by month.
const DAYS_DRAWN_MAX: i32 = 62;
/// Months drawn: ten years. Of more, the last ones.
const MONTHS_DRAWN_MAX: usize = 120;
/// Columns of numbers that fit on a sheet of A4 beside the names.
const FIGURES_ABREAST: usize = 6;
const MEASURES_ABREAST: usize = 10;

const OUTCOMES: [(Measure, Series); 3] = [
    (Measure::DueMet, Series { class: "good", label: "按时" }),
    (Measure::DueMissed, Series { class: "late", label: "超时办结" }),
    (Measure::DueOverdue, Series { class: "open", label: "逾期未办结" }),
];
const COURSE: [(Measure, Series); 3] = [
    (Measure::Accepted, Series { class: "plain", label: "受理" }),
    (Measure::Closed, Series { class: "good", label: "办结" }),
    (Measure::DueOverdue, Series { class: "open", label: "逾期未办结" }),
];

/// What the sheet is made of.
#[derive(Debug)]
pub(crate) struct Rates<'a> {
    pub(crate) span: Span,
    /// Name of the one unit it is about, if it is.
    pub(crate) unit: Option<&'a str>,
    /// Time of the last record.
    pub(crate) as_of: Timestamp,
    /// What the rows of the table are.
    pub(crate) by: By,
    pub(crate) asked: &'a Report,
    pub(crate) by_unit: &'a Report,
    pub(crate) by_day: &'a Report,
    pub(crate) ranking: Option<&'a Ranking>,
}

/// The whole file.
pub(crate) fn rates(sheet: &Rates<'_>) -> String {
    let total = &sheet.asked.total;
    let body = html! {
        p.note { "数据截至 " (sheet.as_of) ";各项比率均列分子/分母,“—”表示分母为零,不按 100% 计。" }
        @if let Some(words) = sheet.asked.warning() { p.note { (words) "。" } }
        ul.tiles {
            li { "按时办结率" strong { (total.rates[Figure::OnTimeClosure.code()]) } }
            @for (measure, one) in COURSE { li { (one.label) strong { (total.sums.of(measure)) } } }
        }
        @if sheet.by_unit.rows.is_empty() {
            p { "所选时段没有数据。" }
        } @else {
            h2 { "各单位按时办结率" }
            (on_time(&sheet.by_unit.rows))
            h2 { "受理、办结与逾期" }
            (course(sheet))
            h2 { "办结结果构成" }
            (outcomes(&sheet.by_unit.rows))
        }
        @if let Some(ranking) = sheet.ranking { (ranked(ranking)) }
        @if !sheet.asked.rows.is_empty() {
            h2 { "分项指标:按" (name_of(sheet.by)) }
            (numbers(sheet.asked, sheet.by))
        }
        @if sheet.by != By::Unit && !sheet.by_unit.rows.is_empty() {
            h2 { "分项指标:按单位" }
            (numbers(sheet.by_unit, By::Unit))
        }
        h2 { "指标合计与口径" }
        (definitions(sheet.asked))
    };
    file("政务热线办理情况报表", &scoped(&sheet.span.label(), sheet.unit), &body)
}

fn name_of(by: By) -> &'static str {
    match by {
        By::Unit => "单位",
        By::Kind => "诉求类型",
        By::Matter => "事项",
        By::Day => "日",
    }
}

/// The best rate first; who has none stands at the end.
fn on_time(rows: &[RowView]) -> Markup {
    let series = Series { class: "good", label: "按时办结" };
    let mut rows: Vec<&RowView> = rows.iter().collect();
    let rate = |row: &RowView| Figure::OnTimeClosure.of(&row.sums).hundredths();
    rows.sort_by_key(|row| std::cmp::Reverse(rate(row)));
    let bar = |row: &RowView| {
        let rate = &row.rates[Figure::OnTimeClosure.code()];
        let (parts, whole) = (vec![rate.numerator], rate.denominator);
        Bar { name: row.label.clone(), parts, whole, text: rate.to_string() }
    };
    let drawn: Vec<Bar> = rows.into_iter().map(bar).collect();
    bars("各单位按时办结率(按时办结/应办结)", &[series], &drawn)
}

/// All bars on one scale, so that much stands beside little.
fn outcomes(rows: &[RowView]) -> Markup {
    let sum =
        |row: &RowView| OUTCOMES.iter().map(|(measure, _)| row.sums.of(*measure)).sum::<u64>();
    let mut rows: Vec<&RowView> = rows.iter().filter(|row| sum(row) > 0).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(sum(row)));
    let whole = rows.iter().map(|row| sum(row)).max().unwrap_or(0);
    let bar = |row: &RowView| {
        let parts: Vec<u64> = OUTCOMES.iter().map(|(measure, _)| row.sums.of(*measure)).collect();
        let text = format!("{} / {} / {},共 {}", parts[0], parts[1], parts[2], sum(row));
        Bar { name: row.label.clone(), parts, whole, text }
    };
    let drawn: Vec<Bar> = rows.into_iter().map(bar).collect();
    html! {
        @if drawn.is_empty() { p { "所选时段没有到期的工单。" } }
        (bars("应办结工单的结果(件)", &OUTCOMES.map(|(_, series)| series), &drawn))
    }
}

/// Day by day, or month by month where there are many days.
fn course(sheet: &Rates<'_>) -> Markup {
    let by_day = sheet.span.days_count() <= DAYS_DRAWN_MAX;
    let groups = if by_day { days(sheet) } else { months(sheet.by_day) };
    let unit = if by_day { "日" } else { "月" };
    let title = format!("按{unit}的受理、办结与逾期未办结(件,逾期按到期日)");
    let row = |(name, values): &(String, Vec<u64>)| -> Vec<String> {
        std::iter::once(name.clone()).chain(values.iter().map(ToString::to_string)).collect()
    };
    let rows: Vec<Vec<String>> = groups.iter().map(row).collect();
    let headings: Vec<&str> =
        std::iter::once(unit).chain(COURSE.iter().map(|(_, series)| series.label)).collect();
    html! {
        (columns(&title, &COURSE.map(|(_, series)| series), &groups))
        (table(&title, &headings, &rows))
    }
}

fn course_of(sums: &Counts) -> Vec<u64> {
    COURSE.iter().map(|(measure, _)| sums.of(*measure)).collect()
}

/// Every day of the span, also those on which nothing happened.
fn days(sheet: &Rates<'_>) -> Vec<(String, Vec<u64>)> {
    let known: BTreeMap<&str, &Counts> =
        sheet.by_day.rows.iter().map(|row| (row.key.as_str(), &row.sums)).collect();
    let nothing = Counts::default();
    let days = (sheet.span.from.0..=sheet.span.to.0).map(|day| Day(day).to_string());
    days.map(|day| {
        let sums = known.get(day.as_str()).copied().unwrap_or(&nothing);
        (day["YYYY-".len()..].to_owned(), course_of(sums))
    })
    .collect()
}

/// Every month from the first that has anything to the last.
fn months(by_day: &Report) -> Vec<(String, Vec<u64>)> {
    let mut sums: BTreeMap<Day, Counts> = BTreeMap::new();
    for row in &by_day.rows {
        let day = Day::parse(&row.key).expect("the rows of a report by day are days");
        sums.entry(day.first_of_month()).or_default().add(&row.sums);
    }
    let Some((&last, _)) = sums.last_key_value() else { return Vec::new() };
    let (&first, _) = sums.first_key_value().expect("what has a last has a first");
    let all = std::iter::successors(Some(first), |month| Some(next_month(*month)));
    let all: Vec<Day> = all.take_while(|month| *month <= last).collect();
    let drawn = &all[all.len().saturating_sub(MONTHS_DRAWN_MAX)..];
    let nothing = Counts::default();
    let of = |month: &Day| {
        let name = month.to_string()["YY".len().."YYYY-MM".len()].to_owned();
        (name, course_of(sums.get(month).unwrap_or(&nothing)))
    };
    drawn.iter().map(of).collect()
}

fn ranked(ranking: &Ranking) -> Markup {
    let rows: Vec<Vec<String>> = ranking.rows.iter().map(|row| row.cells().collect()).collect();
    let headings: Vec<&str> = ranking.headings().collect();
    html! {
        h2 { "评分排名" }
        p.note { (ranking.title) ";来源:" (ranking.source) ";没有分母、规则又未给分的不参评,同分同名次。" }
        (table(&ranking.rule, &headings, &rows))
    }
}

/// Every figure and every count of every row, in tables narrow enough to be printed.
fn numbers(report: &Report, by: By) -> Markup {
    let rows = || report.rows.iter().chain([&report.total]);
    let named = |row: &RowView, cells: Vec<String>| -> Vec<String> {
        std::iter::once(row.label.clone()).chain(cells).collect()
    };
    let figures = |part: &[Figure]| -> Vec<Vec<String>> {
        let cells =
            |row: &RowView| part.iter().map(|it| row.rates[it.code()].to_string()).collect();
        rows().map(|row| named(row, cells(row))).collect()
    };
    let measures = |part: &[Measure]| -> Vec<Vec<String>> {
        let cells = |row: &RowView| part.iter().map(|it| row.sums.of(*it).to_string()).collect();
        rows().map(|row| named(row, cells(row))).collect()
    };
    let name = name_of(by);
    html! {
        @for part in Figure::ALL.chunks(even(Figure::ALL.len(), FIGURES_ABREAST)) {
            @let headings: Vec<&str> = std::iter::once(name).chain(part.iter().map(|it| it.label())).collect();
            (table("比率(分子/分母)", &headings, &figures(part)))
        }
        @for part in Measure::ALL.chunks(even(Measure::ALL.len(), MEASURES_ABREAST)) {
            @let headings: Vec<&str> = std::iter::once(name).chain(part.iter().map(|it| it.label())).collect();
            (table("件数", &headings, &measures(part)))
        }
    }
}

/// So many in each part that no part is left with one or two.
fn even(count: usize, most: usize) -> usize {
    count.div_ceil(count.div_ceil(most).max(1)).max(1)
}

fn definitions(report: &Report) -> Markup {
    let row = |definition: &crate::reporting::DefinitionView| {
        let rate = report.total.rates[definition.figure].to_string();
        [definition.label.to_owned(), rate, definition.definition.to_owned()]
    };
    let mean = |average: &Average| {
        let of = &report.total.means[average.code()];
        let mean = format!("{} ({}/{})", of.mean.as_deref().unwrap_or("—"), of.sum, of.count);
        [average.label().to_owned(), mean, average.definition().to_owned()]
    };
    let means = Average::ALL.iter().map(mean);
    let rows: Vec<[String; 3]> = report.definitions.iter().map(row).chain(means).collect();
    html! { div.words { (table("合计", &["指标", "比率(分子/分母)", "口径"], &rows)) } }
}
