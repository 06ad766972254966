//! `hotline directory diff`: what changes from one duty list to another, row by row and unit by unit.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use comfy_table::Table;
use hotline_engine::draft::{DirectoryDraft, HolderDraft, RowDraft};
use hotline_engine::duty_list::DutyList;
use hotline_engine::duty_list::difference::{self, LeadChange, RowChange};
use hotline_engine::time::Day;
use serde::Serialize;

use super::named::{self, code, holder, unit};
use crate::clock;

/// Rows of one table that are printed; JSON has all.
const PRINTED_MAX: usize = 1_000;

/// Options of `directory diff`.
#[derive(Args, Debug)]
pub struct DiffArgs {
    /// Folder of a district's files, or data folder of a hotline: the list in force there
    old: PathBuf,
    /// The same, of the new list
    new: PathBuf,
    /// The day for which it is said who leads what [default: today]
    #[arg(long, value_name = "DAY", value_parser = Day::parse_in_reach)]
    on: Option<Day>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// All that changes.
#[derive(Debug, Serialize)]
struct Difference {
    on: Day,
    units: Names,
    matters: Names,
    /// Counts of the rows below.
    added: usize,
    removed: usize,
    changed: usize,
    rows: Vec<RowView>,
    /// Matters that somebody else leads on that day.
    leads: Vec<LeadView>,
    /// How many of these each unit gives and gets.
    by_unit: Vec<UnitView>,
}

/// What only one of the lists has.
#[derive(Debug, Serialize)]
struct Names {
    added: Vec<String>,
    removed: Vec<String>,
    /// Of units: the same code with another name, level or parent.
    changed: Vec<String>,
}

#[derive(Debug, Serialize)]
struct RowView {
    /// added, removed or changed.
    change: &'static str,
    matter: String,
    place: Option<String>,
    /// Numbers of the rows in their lists.
    old_row: Option<usize>,
    new_row: Option<usize>,
    old: Option<String>,
    new: Option<String>,
    /// What differs.
    columns: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct LeadView {
    matter: String,
    /// The place the lists name apart; none = everywhere else.
    place: Option<String>,
    place_name: Option<String>,
    from: Option<HolderView>,
    to: Option<HolderView>,
}

#[derive(Debug, Serialize)]
struct HolderView {
    code: String,
    name: String,
    row: usize,
}

#[derive(Debug, Serialize)]
struct UnitView {
    code: String,
    name: String,
    gets: usize,
    gives: usize,
}

/// Prints the difference.
pub fn run(args: &DiffArgs) -> anyhow::Result<()> {
    let (old, new) = (named::list(&args.old)?, named::list(&args.new)?);
    let on = args.on.unwrap_or_else(|| clock::now().day());
    let difference = difference(&old, &new, on);
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&difference)?)?;
    } else {
        tell(&difference, &mut out)?;
    }
    Ok(())
}

fn difference(old: &DirectoryDraft, new: &DirectoryDraft, on: Day) -> Difference {
    let (before, after) = (DutyList::of(old), DutyList::of(new));
    let rows = difference::rows(&before, &after);
    let rows: Vec<RowView> = rows.into_iter().map(|it| row_view(&before, &after, it)).collect();
    let leads = difference::leads(&before, &after, on);
    let leads: Vec<LeadView> = leads.into_iter().map(|it| lead_view(&before, &after, it)).collect();
    let count = |change: &str| rows.iter().filter(|row| row.change == change).count();
    Difference {
        on,
        units: units(&before, &after, old, new),
        matters: names(&old.matters, &new.matters),
        added: count("added"),
        removed: count("removed"),
        changed: count("changed"),
        by_unit: by_unit(&leads),
        rows,
        leads,
    }
}

fn names(old: &[String], new: &[String]) -> Names {
    let (old, new): (BTreeSet<&String>, BTreeSet<&String>) =
        (old.iter().collect(), new.iter().collect());
    let only = |one: &BTreeSet<&String>, other: &BTreeSet<&String>| {
        one.difference(other).map(|name| (*name).clone()).collect()
    };
    Names { added: only(&new, &old), removed: only(&old, &new), changed: Vec::new() }
}

fn units(
    before: &DutyList<'_>,
    after: &DutyList<'_>,
    old: &DirectoryDraft,
    new: &DirectoryDraft,
) -> Names {
    let codes = |draft: &DirectoryDraft| -> Vec<String> {
        draft.units.iter().map(|unit| unit.code.clone()).collect()
    };
    let differs = |code: &&String| match (before.unit(code), after.unit(code)) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    };
    let codes = (codes(old), codes(new));
    let changed = codes.1.iter().filter(differs).cloned().collect();
    Names { changed, ..names(&codes.0, &codes.1) }
}

fn row_view(before: &DutyList<'_>, after: &DutyList<'_>, change: RowChange) -> RowView {
    let RowChange { matter, place, before: old_row, after: new_row } = change;
    let (old, new) = (old_row.map(|it| before.row(it)), new_row.map(|it| after.row(it)));
    let (change, columns) = match (old, new) {
        (Some(old), Some(new)) => ("changed", difference::columns(old, new)),
        (None, _) => ("added", Vec::new()),
        (_, None) => ("removed", Vec::new()),
    };
    let (old, new) = (old.map(|it| said(before, it)), new.map(|it| said(after, it)));
    RowView { change, matter, place, old_row, new_row, old, new, columns }
}

/// A row without its matter and place, for the eye.
fn said(list: &DutyList<'_>, row: &RowDraft) -> String {
    let helpers: Vec<String> = row.co_units.iter().map(|it| holder(list, it)).collect();
    let helpers =
        if helpers.is_empty() { String::new() } else { format!(";协办 {}", helpers.join("、")) };
    let to = row.to.map_or_else(|| "起".to_owned(), |to| format!("至 {to}"));
    let (lead, level) = (holder(list, &row.lead), row.level.label());
    format!("主办 {lead}{helpers};{level};{};{} {to}", row.basis, row.from)
}

fn lead_view(before: &DutyList<'_>, after: &DutyList<'_>, change: LeadChange) -> LeadView {
    let view = |list: &DutyList<'_>, lead: Option<(HolderDraft, usize)>| {
        let (lead, row) = lead?;
        Some(HolderView { code: code(&lead).to_owned(), name: holder(list, &lead), row })
    };
    let name = |code: &String| unit(if after.unit(code).is_some() { after } else { before }, code);
    LeadView {
        matter: change.matter,
        place_name: change.place.as_ref().map(name),
        place: change.place,
        from: view(before, change.before),
        to: view(after, change.after),
    }
}

fn by_unit(leads: &[LeadView]) -> Vec<UnitView> {
    let mut units: BTreeMap<&str, UnitView> = BTreeMap::new();
    for lead in leads {
        for (holder, gets) in [(&lead.from, false), (&lead.to, true)] {
            let Some(HolderView { code, name, .. }) = holder else { continue };
            let unit = units.entry(code).or_insert_with(|| UnitView {
                code: code.clone(),
                name: name.clone(),
                gets: 0,
                gives: 0,
            });
            *(if gets { &mut unit.gets } else { &mut unit.gives }) += 1;
        }
    }
    let mut units: Vec<UnitView> = units.into_values().collect();
    units.sort_by_key(|unit| std::cmp::Reverse(unit.gets + unit.gives));
    units
}

fn tell(difference: &Difference, out: &mut impl Write) -> anyhow::Result<()> {
    let Difference { on, added, removed, changed, rows, leads, .. } = difference;
    writeln!(out, "目录条目:新增 {added} 条、删除 {removed} 条、修改 {changed} 条")?;
    for (what, names) in [("单位", &difference.units), ("事项", &difference.matters)] {
        for (how, names) in
            [("新增", &names.added), ("删除", &names.removed), ("修改", &names.changed)]
        {
            if !names.is_empty() {
                writeln!(out, "{what}{how} {} 个:{}", names.len(), first(names))?;
            }
        }
    }
    let cells = rows.iter().take(PRINTED_MAX).map(row_cells);
    write_table(out, &["", "事项", "地点", "原", "现", "原目录", "新目录"], cells, rows.len())?;
    writeln!(out, "\n{on} 主办单位有变的事项 {} 项", leads.len())?;
    let name = |holder: &Option<HolderView>| {
        holder
            .as_ref()
            .map_or_else(|| "无".to_owned(), |it| format!("{}(第 {} 条)", it.name, it.row))
    };
    let cells = leads.iter().take(PRINTED_MAX).map(|lead| {
        let place = lead.place_name.clone().unwrap_or_else(|| "其他各处".to_owned());
        vec![lead.matter.clone(), place, name(&lead.from), name(&lead.to)]
    });
    write_table(out, &["事项", "地点", "原主办", "现主办"], cells, leads.len())?;
    let units = &difference.by_unit;
    let cells = units
        .iter()
        .take(PRINTED_MAX)
        .map(|unit| vec![unit.name.clone(), format!("+{}", unit.gets), format!("-{}", unit.gives)]);
    write_table(out, &["单位", "增加主办", "不再主办"], cells, units.len())
}

/// The first names of a list.
fn first(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("、");
    if names.len() > SHOWN { format!("{shown} 等") } else { shown }
}

fn row_cells(row: &RowView) -> Vec<String> {
    let change = match row.change {
        "added" => "新增",
        "removed" => "删除",
        _ => "修改",
    };
    let number = |row: Option<usize>| row.map_or_else(String::new, |row| row.to_string());
    vec![
        change.to_owned(),
        row.matter.clone(),
        row.place.clone().unwrap_or_else(|| "全区".to_owned()),
        number(row.old_row),
        number(row.new_row),
        row.old.clone().unwrap_or_default(),
        row.new.clone().unwrap_or_default(),
    ]
}

/// A table of the first rows, and how many there are beside.
fn write_table(
    out: &mut impl Write,
    headings: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
    count: usize,
) -> anyhow::Result<()> {
    if count == 0 {
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(headings);
    rows.for_each(|row| {
        table.add_row(row);
    });
    writeln!(out, "{table}")?;
    if let more @ 1.. = count.saturating_sub(PRINTED_MAX) {
        writeln!(out, "另有 {more} 行,见 --json")?;
    }
    Ok(())
}
