//! `hotline report`: the rates of a span of days from a data folder, as a table, CSV or JSON.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use comfy_table::{CellAlignment, Table};
use hotline_engine::report::Figure;
use hotline_engine::score::ScoreProfile;
use hotline_engine::time::Day;

use crate::cli::Wrong;
use crate::district::profiles;
use crate::recovery::{self, DataFolder};
use crate::reporting::{By, Question, Report, RowView, report};

/// Options of `report`.
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// Data folder of the hotline
    #[arg(long, value_name = "DIR", env = "HOTLINE_DATA", default_value = "hotline-data")]
    data: PathBuf,
    /// First day, such as 2026-11-01
    #[arg(long, value_name = "DAY", value_parser = Day::parse)]
    from: Day,
    /// Last day
    #[arg(long, value_name = "DAY", value_parser = Day::parse)]
    to: Day,
    /// What the rows are
    #[arg(long, value_enum, default_value = "unit")]
    by: By,
    /// Code of one unit
    #[arg(long)]
    unit: Option<String>,
    /// Scores and ranks the rows of a table by a scoring rule: lianyungang-2021, lianyungang-2022, or a file
    #[arg(long, value_name = "NAME")]
    score: Option<String>,
    /// How it is printed
    #[arg(long, value_enum, default_value = "table", conflicts_with = "score")]
    format: Format,
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For the eye.
    Table,
    /// For a spreadsheet: every rate with numerator and denominator.
    Csv,
    /// Everything.
    Json,
}

/// The rates that a table has room for; CSV and JSON have all.
const IN_TABLE: [Figure; 5] = [
    Figure::OnTimeClosure,
    Figure::ClosureOfDue,
    Figure::SigningInTime,
    Figure::FirstDispatch,
    Figure::Satisfaction,
];

/// Prints the report.
pub fn run(args: &ReportArgs) -> anyhow::Result<()> {
    if !args.data.is_dir() {
        let what = format!("{} is not a folder; name it with --data", args.data.display());
        bail!(Wrong(what));
    }
    if args.from > args.to {
        bail!(Wrong(format!("--to {} lies before --from {}", args.to, args.from)));
    }
    let folder = DataFolder::at(&args.data);
    let state = recovery::read(&folder)
        .with_context(|| format!("data folder {}", folder.root().display()))?;
    let directory = state.directory();
    let unit = args.unit.as_deref().map(|code| {
        directory.unit_id(code).ok_or_else(|| Wrong(format!("--unit {code}: no such unit")))
    });
    let units = unit.transpose()?.map(|unit| vec![unit]);
    let (from, to, by) = (args.from, args.to, args.by);
    let question = Question { from, to, by, units: units.as_deref() };
    let report = report(directory, state.figures().days(from, to), &question);
    let mut out = io::stdout().lock();
    if let Some(name) = &args.score {
        writeln!(out, "{}", ranking(&report, &profiles::score(name)?))?;
        return Ok(());
    }
    match args.format {
        Format::Table => writeln!(out, "{}", table(&report))?,
        Format::Csv => csv(&report, &mut out)?,
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?,
    }
    Ok(())
}

fn table(report: &Report) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    let labels = IN_TABLE.iter().map(|figure| figure.label().to_owned());
    table.set_header(std::iter::once(String::new()).chain(labels));
    for row in report.rows.iter().chain([&report.total]) {
        let rates = IN_TABLE.iter().map(|figure| cell(row, *figure));
        table.add_row(std::iter::once(row.label.clone()).chain(rates));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// The rows by their points, the best first; equal points share a rank, and who has no due order has none.
fn ranking(report: &Report, rule: &ScoreProfile) -> Table {
    let mut scored: Vec<_> =
        report.rows.iter().filter_map(|row| Some((rule.points(&row.sums)?, row))).collect();
    scored.sort_by(|(one, left), (other, right)| other.cmp(one).then(left.key.cmp(&right.key)));
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    let items = rule.items.iter().map(|item| item.name.clone());
    table
        .set_header(["名次".to_owned(), String::new(), "得分".to_owned()].into_iter().chain(items));
    for (points, row) in &scored {
        let rank = 1 + scored.iter().filter(|(other, _)| other > points).count();
        let rates = rule.items.iter().map(|item| cell(row, item.figure));
        let head = [rank.to_string(), row.label.clone(), points.to_string()];
        table.add_row(head.into_iter().chain(rates));
    }
    let unscored = report.rows.iter().filter(|row| rule.points(&row.sums).is_none());
    for row in unscored {
        let rates = rule.items.iter().map(|item| cell(row, item.figure));
        let head = ["—".to_owned(), row.label.clone(), "不参评".to_owned()];
        table.add_row(head.into_iter().chain(rates));
    }
    table
}

/// `96.77 % (30/31)`: no rate without its numbers.
fn cell(row: &RowView, figure: Figure) -> String {
    let rate = &row.rates[figure.code()];
    let percent = rate.percent.as_deref().unwrap_or("—");
    format!("{percent} ({}/{})", rate.numerator, rate.denominator)
}

fn csv(report: &Report, out: &mut impl Write) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["key", "label", "figure", "numerator", "denominator", "percent"])?;
    for row in report.rows.iter().chain([&report.total]) {
        for (figure, rate) in &row.rates {
            let (numerator, denominator) =
                (rate.numerator.to_string(), rate.denominator.to_string());
            let percent = rate.percent.as_deref().unwrap_or_default();
            csv.write_record([&row.key, &row.label, *figure, &numerator, &denominator, percent])?;
        }
    }
    Ok(csv.flush()?)
}
