//! `hotline report`: the rates of a span of days, or the daily bulletin, from a data folder.

mod printed;

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, ValueEnum};
use hotline_engine::State;
use hotline_engine::calendar::Calendar;
use hotline_engine::directory::UnitId;
use hotline_engine::time::Day;
use serde::Serialize;

use crate::bulletin::{Edition, bulletin};
use crate::cli::Wrong;
use crate::clock;
use crate::commands::folder;
use crate::district::profiles;
use crate::ranking::Ranking;
use crate::reporting::{By, Question, Report, report};
use crate::sheet;
use crate::span::Span;

/// Options of `report`.
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// Data folder of the hotline
    #[arg(long, value_name = "DIR", env = "HOTLINE_DATA", default_value = "hotline-data")]
    data: PathBuf,
    #[command(flatten)]
    span: SpanArgs,
    /// The daily bulletin (每日通报) of --day: what is late, unsigned and due next, by unit and order by order.
    ///
    /// There is no history of statuses: the bulletin of a past day lists the orders that are open now, judged at the
    /// end of that day, with the unit and the due they have now; its counts of the day come from the figures.
    #[arg(long, requires = "day", conflicts_with_all = ["month", "year", "from", "to", "by", "score"])]
    bulletin: bool,
    /// Folder of the district's files, whose calendar tells the next working day [default: the built-in notices]
    #[arg(long, value_name = "DIR", requires = "bulletin")]
    district: Option<PathBuf>,
    /// What the rows are
    #[arg(long, value_enum, default_value = "unit")]
    by: By,
    /// Code of one unit
    #[arg(long)]
    unit: Option<String>,
    /// Scores and ranks the rows by a scoring rule: lianyungang-2021, lianyungang-2022, or a file
    #[arg(long, value_name = "NAME")]
    score: Option<String>,
    /// How it is printed
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

/// Which days.
#[derive(Args, Debug)]
#[group(required = true, multiple = true)]
struct SpanArgs {
    /// One day, such as 2026-11-24
    #[arg(long, value_parser = Day::parse, conflicts_with_all = ["month", "year", "from", "to"])]
    day: Option<Day>,
    /// One month, such as 2026-11
    #[arg(long, value_parser = Span::month, conflicts_with_all = ["year", "from", "to"])]
    month: Option<Span>,
    /// One year, such as 2026
    #[arg(long, value_parser = Span::year, conflicts_with_all = ["from", "to"])]
    year: Option<Span>,
    /// First day, such as 2026-11-01
    #[arg(long, value_name = "DAY", value_parser = Day::parse, requires = "to")]
    from: Option<Day>,
    /// Last day
    #[arg(long, value_name = "DAY", value_parser = Day::parse, requires = "from")]
    to: Option<Day>,
}

impl SpanArgs {
    fn span(&self) -> anyhow::Result<Span> {
        let whole = self.day.map(Span::day).or(self.month).or(self.year);
        let span = whole.or_else(|| Some(Span { from: self.from?, to: self.to? }));
        let span =
            span.ok_or_else(|| Wrong("name --day, --month, --year, or --from and --to".into()))?;
        if span.from > span.to {
            bail!(Wrong(format!("--to {} lies before --from {}", span.to, span.from)));
        }
        Ok(span)
    }
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
    /// One file for a browser and for paper, with charts.
    Html,
}

/// A report with its ranking, where one was asked for.
#[derive(Debug, Serialize)]
struct Scored<'a> {
    #[serde(flatten)]
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    ranking: Option<&'a Ranking>,
}

/// Prints the report.
pub fn run(args: &ReportArgs) -> anyhow::Result<()> {
    let span = args.span.span()?;
    let calendar = profiles::calendar(args.district.as_deref())?;
    let state = folder::state(&folder::named(&args.data)?)?;
    let unit = args.unit.as_deref().map(|code| {
        let unit = state.directory().unit_id(code);
        unit.ok_or_else(|| Wrong(format!("--unit {code}: no such unit")))
    });
    let units = unit.transpose()?.map(|unit| vec![unit]);
    if args.bulletin {
        return print_bulletin(args, &state, (span.from, &calendar), units.as_deref());
    }
    print_rates(args, &state, span, units.as_deref())
}

fn print_rates(
    args: &ReportArgs,
    state: &State,
    span: Span,
    units: Option<&[UnitId]>,
) -> anyhow::Result<()> {
    let Span { from, to } = span;
    let by = |by| {
        let question = Question { from, to, by, units };
        report(state.directory(), state.figures().days(from, to), &question)
    };
    let asked = by(args.by);
    let rule = args.score.as_deref().map(profiles::score).transpose()?;
    let ranking = rule.map(|rule| Ranking::of(&asked, &rule));
    let ranking = ranking.as_ref();
    let mut out = io::stdout().lock();
    match args.format {
        Format::Table => {
            writeln!(out, "{}", printed::rates(&asked, ranking))?;
            asked.warning().iter().try_for_each(|words| writeln!(out, "{words}"))?;
        }
        Format::Csv => printed::rates_csv(&asked, ranking, &mut out)?,
        Format::Json => {
            let scored = Scored { report: &asked, ranking };
            writeln!(out, "{}", serde_json::to_string_pretty(&scored)?)?;
        }
        Format::Html => {
            let (by_unit, by_day) = (by(By::Unit), by(By::Day));
            let (asked, by_unit, by_day) = (&asked, &by_unit, &by_day);
            let as_of = state.at();
            let (by, unit) = (args.by, name(state, units));
            let sheet = sheet::Rates { span, unit, as_of, by, asked, by_unit, by_day, ranking };
            writeln!(out, "{}", sheet::rates(&sheet))?;
        }
    }
    Ok(())
}

fn print_bulletin(
    args: &ReportArgs,
    state: &State,
    (day, calendar): (Day, &Calendar),
    units: Option<&[UnitId]>,
) -> anyhow::Result<()> {
    let edition = Edition::of(state.directory(), calendar, day, clock::now());
    let edition = edition.ok_or_else(|| Wrong(format!("--day {day} has not begun")))?;
    let edition = Edition { units, ..edition };
    let of_day = state.figures().days(day, day).next().map(|(_, of_day)| of_day);
    let bulletin = bulletin(&edition, state.orders().iter(), of_day);
    let mut out = io::stdout().lock();
    match args.format {
        Format::Table => printed::bulletin(&bulletin, &mut out)?,
        Format::Csv => printed::bulletin_csv(&bulletin, &mut out)?,
        Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&bulletin)?)?,
        Format::Html => {
            writeln!(out, "{}", sheet::daily(&bulletin, name(state, units), state.at()))?;
        }
    }
    Ok(())
}

/// The name of the one unit that was asked for.
fn name<'a>(state: &'a State, units: Option<&[UnitId]>) -> Option<&'a str> {
    units?.first().map(|&unit| state.directory().unit(unit).name.as_str())
}
