//! Reports and bulletins as tables for the eye and CSV for spreadsheets. Counts nothing.

use std::io::Write;

use comfy_table::{CellAlignment, Table};
use hotline_engine::figures::Measure;
use hotline_engine::report::Figure;

use crate::bulletin::Bulletin;
use crate::ranking::{Ranked, Ranking};
use crate::reporting::Report;

/// The rates that a table has room for; CSV, JSON and HTML have all.
const IN_TABLE: [Figure; 5] = [
    Figure::OnTimeClosure,
    Figure::ClosureOfDue,
    Figure::SigningInTime,
    Figure::FirstDispatch,
    Figure::Satisfaction,
];

/// The rates, or the ranking where one was asked for.
pub(super) fn rates(report: &Report, ranking: Option<&Ranking>) -> Table {
    let mut table = match ranking {
        Some(ranking) => table(ranking.headings(), ranking.rows.iter().map(Ranked::cells)),
        None => {
            let headings = IN_TABLE.iter().map(|figure| figure.label());
            let rows = report.rows.iter().chain([&report.total]).map(|row| {
                let rates = IN_TABLE.iter().map(|figure| row.rates[figure.code()].to_string());
                std::iter::once(row.label.clone()).chain(rates)
            });
            table(std::iter::once("").chain(headings), rows)
        }
    };
    // Names begin at the left, also behind a rank; numbers end at the right.
    let first = usize::from(ranking.is_none());
    for (index, column) in table.column_iter_mut().enumerate().skip(first) {
        if ranking.is_none() || index != 1 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn table<'a, C: IntoIterator<Item = String>>(
    headings: impl Iterator<Item = &'a str>,
    rows: impl Iterator<Item = C>,
) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(headings);
    for row in rows {
        table.add_row(row);
    }
    table
}

/// A line a rate; with a ranking, rank and points of the row stand behind each. What is open and due in the span stands beside
/// the rates that will change with it: of how many due.
pub(super) fn rates_csv(
    report: &Report,
    ranking: Option<&Ranking>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let headings = ["key", "label", "figure", "numerator", "denominator", "percent"];
    let more = ranking.map_or(&[][..], |_| &["rank", "points"]);
    csv.write_record(headings.iter().chain(more).chain(&["mean"]))?;
    for row in report.rows.iter().chain([&report.total]) {
        let ranked =
            ranking.map(|ranking| ranking.rows.iter().find(|ranked| ranked.key == row.key));
        let more = ranked.map(|ranked| {
            let rank = ranked.and_then(|ranked| ranked.rank);
            let points = ranked.and_then(|ranked| ranked.points.clone());
            [rank.map_or_else(String::new, |rank| rank.to_string()), points.unwrap_or_default()]
        });
        let ranks: Vec<&str> = more.iter().flatten().map(String::as_str).collect();
        for (figure, rate) in &row.rates {
            let (numerator, denominator) =
                (rate.numerator.to_string(), rate.denominator.to_string());
            let percent = rate.percent.as_deref().unwrap_or_default();
            let fields = [&row.key, &row.label, *figure, &numerator, &denominator, percent];
            csv.write_record(fields.into_iter().chain(ranks.iter().copied()).chain([""]))?;
        }
        if row.sums.of(Measure::DueOpen) > 0 {
            let open = row.sums.of(Measure::DueOpen);
            let due = Figure::OnTimeClosure.of(&row.sums).denominator + open;
            let (open, due) = (open.to_string(), due.to_string());
            let fields = [&row.key, &row.label, Measure::DueOpen.code(), &open, &due, ""];
            csv.write_record(fields.into_iter().chain(ranks.iter().copied()).chain([""]))?;
        }
        for (average, mean) in &row.means {
            let (sum, count) = (mean.sum.to_string(), mean.count.to_string());
            let shown = mean.mean.as_deref().unwrap_or_default();
            let fields = [&row.key, &row.label, *average, &sum, &count, ""];
            csv.write_record(fields.into_iter().chain(ranks.iter().copied()).chain([shown]))?;
        }
    }
    Ok(csv.flush()?)
}

/// The counts by unit and below them the orders.
pub(super) fn bulletin(bulletin: &Bulletin, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "每日通报 {}(情况截至 {})", bulletin.day, bulletin.at.0)?;
    for note in &bulletin.notes {
        writeln!(out, "{note}")?;
    }
    let rows = bulletin.rows.iter().chain([&bulletin.total]).map(|row| row.cells());
    let mut counts = table(Bulletin::HEADINGS.into_iter(), rows);
    for column in counts.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    writeln!(out, "\n{counts}")?;
    if !bulletin.orders.is_empty() {
        let orders = bulletin.orders.iter().map(|order| order.cells());
        writeln!(out, "\n{}", table(Bulletin::ORDER_HEADINGS.into_iter(), orders))?;
    }
    if let Some(cut) = bulletin.cut() {
        writeln!(out, "{cut}")?;
    }
    Ok(())
}

/// The counts by unit, an empty line, the orders.
pub(super) fn bulletin_csv(bulletin: &Bulletin, out: &mut impl Write) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(&mut *out);
    csv.write_record(Bulletin::HEADINGS)?;
    for row in bulletin.rows.iter().chain([&bulletin.total]) {
        csv.write_record(row.cells())?;
    }
    csv.flush()?;
    drop(csv);
    writeln!(out)?;
    let mut csv = csv::Writer::from_writer(&mut *out);
    csv.write_record(Bulletin::ORDER_HEADINGS)?;
    for order in &bulletin.orders {
        csv.write_record(order.cells().map(harmless))?;
    }
    csv.flush()?;
    drop(csv);
    if let Some(cut) = bulletin.cut() {
        writeln!(out, "{cut}")?;
    }
    Ok(())
}

/// A spreadsheet takes a text that begins so for a formula and may run it; titles are what citizens wrote.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}
