//! `hotline directory check`: everything that is wrong with the duty list of a district, not only the first.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use hotline_engine::State;
use hotline_engine::directory::UnitId;
use hotline_engine::duty_list::DutyList;
use hotline_engine::duty_list::lint::{Question, Severity, check};
use hotline_engine::time::Day;
use serde::Serialize;

use super::findings::{self, Told};
use crate::clock;
use crate::commands::folder;
use crate::district::written::Written;
use crate::district::{District, SETTINGS};

/// Findings that are printed; JSON has all.
const PRINTED_MAX: usize = 1_000;

/// Options of `directory check`.
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// Folder of a district's files [default: the built-in sample]
    folder: Option<PathBuf>,
    /// The day it is asked for; what was before is not looked at [default: today]
    #[arg(long, value_name = "DAY", value_parser = Day::parse_in_reach)]
    on: Option<Day>,
    /// A row that ends within so many days ends soon
    #[arg(long, value_name = "DAYS", default_value_t = 60, value_parser = clap::value_parser!(u16).range(0..=3_660))]
    soon: u16,
    /// Data folder of a hotline: units that it has known and the files no longer list are dissolved, and their open orders counted
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// All of it.
#[derive(Debug, Serialize)]
struct Report {
    on: Day,
    units: usize,
    matters: usize,
    rows: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    findings: Vec<Told>,
}

/// Prints what was found; ends with 1 if there are errors.
pub fn run(args: &CheckArgs) -> anyhow::Result<()> {
    let written = Written::load(args.folder.as_deref())?;
    let state =
        args.data.as_deref().map(|data| folder::state(&folder::named(data)?)).transpose()?;
    let on = args.on.unwrap_or_else(|| clock::now().day());
    let report = report(args, &written, state.as_ref(), on);
    tell(&report, args.json)?;
    if report.errors > 0 {
        bail!("the duty list has {} errors", report.errors);
    }
    Ok(())
}

fn report(args: &CheckArgs, written: &Written, state: Option<&State>, on: Day) -> Report {
    let units = state.into_iter().flat_map(|state| state.directory().units());
    let former: BTreeSet<String> = units.map(|(_, unit)| unit.code.clone()).collect();
    let list = DutyList::of(&written.draft);
    let question = Question { on, soon_days: args.soon, former: &former };
    let mut found: Vec<Told> = written.faults.iter().map(findings::unreadable).collect();
    let of_list = check(&written.draft, question);
    found.extend(of_list.iter().map(|finding| findings::of_list(written, &list, finding)));
    found.extend(state.into_iter().flat_map(|state| orphaned(state, &list)));
    let has_errors = found.iter().any(|told| told.severity == Severity::Error.code());
    let settings = args.folder.as_deref().filter(|folder| folder.join(SETTINGS).exists());
    // What stands in the other files: the first mistake there, once the list itself has none.
    if let Some(folder) = settings.filter(|_| !has_errors) {
        found.extend(District::load(folder).err().iter().map(findings::unreadable));
    }
    let count =
        |severity: Severity| found.iter().filter(|it| it.severity == severity.code()).count();
    Report {
        on,
        units: written.draft.units.len(),
        matters: written.draft.matters.len(),
        rows: written.draft.rows.len(),
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        notes: count(Severity::Note),
        findings: found,
    }
}

/// Units in force that the new list lacks, if they still have open orders.
fn orphaned(state: &State, list: &DutyList<'_>) -> Vec<Told> {
    let directory = state.directory();
    let is_gone = |unit: &UnitId| {
        directory.unit(*unit).active && list.unit(&directory.unit(*unit).code).is_none()
    };
    let mut open: BTreeMap<UnitId, (usize, usize)> = BTreeMap::new();
    for order in state.orders().iter().filter(|order| order.status.is_open()) {
        let Some(dispatch) = &order.dispatch else { continue };
        for unit in dispatch.units().filter(is_gone) {
            let (leads, helps) = open.entry(unit).or_default();
            *(if unit == dispatch.lead { leads } else { helps }) += 1;
        }
    }
    let told = |(unit, counts): (UnitId, (usize, usize))| {
        let unit = directory.unit(unit);
        findings::orphaned(&unit.name, &unit.code, counts)
    };
    open.into_iter().map(told).collect()
}

fn tell(report: &Report, json: bool) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(report)?)?;
        return Ok(());
    }
    for told in report.findings.iter().take(PRINTED_MAX) {
        writeln!(out, "{told}")?;
    }
    if let more @ 1.. = report.findings.len().saturating_sub(PRINTED_MAX) {
        writeln!(out, "另有 {more} 项,见 --json")?;
    }
    let Report { on, units, matters, rows, errors, warnings, notes, .. } = report;
    writeln!(
        out,
        "{on}:单位 {units} 个、事项 {matters} 个、目录 {rows} 条;错误 {errors} 项、警告 {warnings} 项、提示 {notes} 项"
    )?;
    Ok(())
}
