//! `hotline knowledge usage`, `stale`, `updates` and `gaps`: how the knowledge base of a data folder is kept up, without a
//! running hotline.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::ensure;
use clap::Args;
use hotline_engine::State;
use hotline_engine::order::{Kind, OrderId};
use hotline_engine::text::Normaliser;
use hotline_engine::time::Day;
use hotline_knowledge_base::{self as knowledge, SearchOptions};
use serde::Serialize;

use crate::cli::Wrong;
use crate::commands::folder;
use crate::indexer;
use crate::span::Span;
use crate::upkeep::{self, Contacts, Entry, GapReport, Near, ORDERS_MIN, Question};

/// Articles named beside a gap.
const NEAREST: usize = 3;

/// What every report on a data folder is told.
#[derive(Args, Debug)]
pub struct FolderArgs {
    /// Data folder of the hotline
    #[arg(long, value_name = "DIR", env = "HOTLINE_DATA", default_value = "hotline-data")]
    data: PathBuf,
    /// Code of one unit
    #[arg(long)]
    unit: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Options of `knowledge stale`.
#[derive(Args, Debug)]
pub struct StaleArgs {
    #[command(flatten)]
    folder: FolderArgs,
    /// The day they are judged on [default: the day of the last record]
    #[arg(long, value_parser = Day::parse_in_reach)]
    on: Option<Day>,
    /// Days ahead that are looked at
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(i32).range(0..=366))]
    within: i32,
}

/// Options of `knowledge updates`.
#[derive(Args, Debug)]
pub struct UpdatesArgs {
    #[command(flatten)]
    folder: FolderArgs,
    /// First day [default: a year before the last]
    #[arg(long, value_parser = Day::parse_in_reach)]
    from: Option<Day>,
    /// Last day [default: the day of the last record]
    #[arg(long, value_parser = Day::parse_in_reach)]
    to: Option<Day>,
}

/// Options of `knowledge gaps`.
#[derive(Args, Debug)]
pub struct GapsArgs {
    #[command(flatten)]
    folder: FolderArgs,
    /// First day [default: thirty days before the last]
    #[arg(long, value_parser = Day::parse_in_reach)]
    from: Option<Day>,
    /// Last day [default: the day of the last record]
    #[arg(long, value_parser = Day::parse_in_reach)]
    to: Option<Day>,
    /// Only contacts of this kind; `all` for every kind
    #[arg(long, default_value = "consultation")]
    kind: String,
    /// Contacts that make a gap
    #[arg(long, default_value_t = ORDERS_MIN)]
    min: usize,
}

pub(super) fn usage(args: &FolderArgs) -> anyhow::Result<()> {
    let (state, entries) = read(args)?;
    let report = upkeep::usage(&entries, state.orders().len() as u64, state.at().day());
    print(&report, args.json)
}

pub(super) fn stale(args: &StaleArgs) -> anyhow::Result<()> {
    let (state, entries) = read(&args.folder)?;
    let on = args.on.unwrap_or_else(|| state.at().day());
    print(&upkeep::stale(&entries, state.directory(), on, args.within), args.folder.json)
}

pub(super) fn updates(args: &UpdatesArgs) -> anyhow::Result<()> {
    let (state, _) = read(&args.folder)?;
    let span = span(args.from, args.to, &state, 365)?;
    // By the unit of then, which need not be that of today.
    let units = args.folder.unit.clone().map(|unit| vec![unit]);
    let changes = state.library().changes();
    print(&upkeep::updates(changes, span, units.as_deref()), args.folder.json)
}

pub(super) fn gaps(args: &GapsArgs) -> anyhow::Result<()> {
    let kind = match args.kind.as_str() {
        "all" => None,
        word => {
            let unknown = || Wrong(format!("--kind {word}: is no kind of order, and not `all`"));
            Some(Kind::parse(word).ok_or_else(unknown)?)
        }
    };
    ensure!(
        args.min >= ORDERS_MIN,
        Wrong(format!("--min {}: is less than {ORDERS_MIN}", args.min))
    );
    let (state, _) = read(&args.folder)?;
    let Span { from, to } = span(args.from, args.to, &state, 30)?;
    let question = Question { from, to, kind, orders_min: args.min };
    print(&found(&state, args.folder.unit.as_deref(), &question)?, args.folder.json)
}

fn found(state: &State, unit: Option<&str>, question: &Question) -> anyhow::Result<GapReport> {
    let normaliser = Normaliser::new();
    let directory = state.directory();
    let of_unit = |code: &str| directory.unit_id(code);
    let unit = unit.and_then(of_unit);
    let mut contacts = Contacts::default();
    // As over HTTP: the newest first.
    let newest = state.orders().len() as u64;
    for order in (1..=newest).rev().filter_map(|id| state.order(OrderId(id))) {
        let lead = order.dispatch.as_ref().map(|dispatch| dispatch.lead);
        if unit.is_some() && unit != lead {
            continue;
        }
        contacts.hear(order, state.caller(order.id), directory, &normaliser, question);
        if contacts.is_full() {
            break;
        }
    }
    let (mut writer, reader) = knowledge::open()?;
    indexer::fill(&mut writer, indexer::entries_of(state))?;
    let on = SearchOptions::on(knowledge::Day(question.to.0));
    let nearest = |text: &str| -> anyhow::Result<Vec<Near>> {
        let found = reader.search(text, &SearchOptions { limit: NEAREST, ..on })?;
        Ok(found
            .into_iter()
            .map(|it| Near { id: it.id, title: it.title, score: it.score })
            .collect())
    };
    upkeep::gaps(&contacts, directory, question, nearest)
}

fn read(args: &FolderArgs) -> anyhow::Result<(State, Vec<Entry>)> {
    let state = folder::state(&folder::named(&args.data)?)?;
    if let Some(code) = &args.unit {
        let known = state.directory().unit_id(code).is_some();
        ensure!(known, Wrong(format!("--unit {code}: no such unit")));
    }
    let mut entries = Entry::all_of(&state);
    let units = args.unit.clone().map(|unit| vec![unit]);
    entries.retain(|entry| upkeep::is_of(entry, units.as_deref()));
    Ok((state, entries))
}

fn span(from: Option<Day>, to: Option<Day>, state: &State, days: i32) -> anyhow::Result<Span> {
    let to = to.unwrap_or_else(|| state.at().day());
    let from = from.unwrap_or(Day(to.0 - days));
    ensure!(from <= to, Wrong(format!("--to {to} lies before --from {from}")));
    Ok(Span { from, to })
}

fn print(report: &(impl Serialize + std::fmt::Display), json: bool) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(report)?)?;
    } else {
        write!(out, "{report}")?;
    }
    Ok(())
}
