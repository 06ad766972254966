//! What a replay gave, as tables for the eye and as JSON. Counts nothing.

use std::collections::BTreeMap;
use std::io::{self, Write};

use comfy_table::{CellAlignment, Table};
use hotline_engine::directory::Directory;
use hotline_engine::time::Day;
use serde::Serialize;

use super::tally::{Example, Flow, Named, Tally, Way};
use super::{ReplayArgs, Replayed};

/// Changes from unit to unit that are printed; JSON has all.
const PRINTED_MAX: usize = 40;

#[derive(Debug, Serialize)]
struct Report {
    /// Which day the new list was asked for: `acceptance`, or the day that was given.
    on: String,
    first_accepted: Option<Day>,
    last_accepted: Option<Day>,
    orders: u64,
    not_routed: u64,
    archived: u64,
    bad_lines: u64,
    unknown_matters: u64,
    changed: u64,
    before: Coverage,
    after: Coverage,
    /// Of orders for which people named a unit.
    people_named: NamedView,
    /// From where to where, most orders first.
    changes: Vec<Change>,
}

/// How many a list dispatches by itself.
#[derive(Debug, Serialize)]
struct Coverage {
    dispatched: u64,
    triage: u64,
    coverage: f64,
    triage_reasons: BTreeMap<&'static str, u64>,
}

#[derive(Debug, Serialize)]
struct NamedView {
    orders: u64,
    before: u64,
    after: u64,
}

#[derive(Debug, Serialize)]
struct Change {
    from: WayView,
    to: WayView,
    orders: u64,
    examples: Vec<ExampleView>,
}

#[derive(Clone, Debug, Serialize)]
struct WayView {
    /// The unit, or none: a dispatcher.
    unit: Option<String>,
    /// Why a dispatcher.
    triage: Option<&'static str>,
    name: String,
}

#[derive(Debug, Serialize)]
struct ExampleView {
    id: String,
    title: String,
    matter: Option<String>,
    place: Option<String>,
    accepted: Day,
}

/// Prints it. `later`: rows of the new list that are in force only after the last order, and the last such day.
pub(super) fn tell(
    replayed: &Replayed,
    later: Option<(usize, Option<Day>)>,
    args: &ReplayArgs,
) -> anyhow::Result<()> {
    let report = report(replayed, args);
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        write_tables(&report, &mut out)?;
    }
    if let Some((count @ 1.., Some(day))) = later {
        eprintln!(
            "新目录有 {count} 条在最后一件工单受理之后才生效,按受理日重放时未参与;按生效后试算请加 --on {day}"
        );
    }
    Ok(())
}

fn report(replayed: &Replayed, args: &ReplayArgs) -> Report {
    let Replayed { tally, directory, archived, bad_lines } = replayed;
    let days = tally.days();
    let Named { orders, before, after } = tally.people_named();
    Report {
        on: args.on.map_or_else(|| "acceptance".to_owned(), |day| day.to_string()),
        first_accepted: days.map(|(first, _)| first),
        last_accepted: days.map(|(_, last)| last),
        orders: tally.orders(),
        not_routed: tally.not_routed,
        archived: *archived,
        bad_lines: *bad_lines,
        unknown_matters: tally.unknown_matters,
        changed: tally.count(|before, after| before != after),
        before: coverage(tally, |before, _| before),
        after: coverage(tally, |_, after| after),
        people_named: NamedView { orders, before, after },
        changes: changes(tally, directory, usize::from(args.examples)),
    }
}

fn coverage(tally: &Tally, side: fn(Way, Way) -> Way) -> Coverage {
    let mut triage_reasons = BTreeMap::new();
    for ((before, after), flow) in &tally.flows {
        if let Way::Triage(reason) = side(*before, *after) {
            *triage_reasons.entry(reason.code()).or_default() += flow.count;
        }
    }
    let dispatched = tally.count(|before, after| side(before, after).unit().is_some());
    let orders = tally.orders();
    let coverage = dispatched as f64 / orders.max(1) as f64;
    Coverage { dispatched, triage: orders - dispatched, coverage, triage_reasons }
}

fn changes(tally: &Tally, directory: &Directory, examples: usize) -> Vec<Change> {
    let mut flows: Vec<(&(Way, Way), &Flow)> =
        tally.flows.iter().filter(|((before, after), _)| before != after).collect();
    // The sort is stable: of equals the ways decide.
    flows.sort_by_key(|(_, flow)| std::cmp::Reverse(flow.count));
    let mut room = examples;
    let change = |(&(before, after), flow): (&(Way, Way), &Flow)| {
        let shown: Vec<ExampleView> =
            flow.examples.iter().take(room).map(|it| example(directory, it)).collect();
        room -= shown.len();
        let (from, to) = (way(directory, before), way(directory, after));
        Change { from, to, orders: flow.count, examples: shown }
    };
    flows.into_iter().map(change).collect()
}

fn way(directory: &Directory, way: Way) -> WayView {
    match way {
        Way::Unit(unit) => {
            let unit = directory.unit(unit);
            WayView { unit: Some(unit.code.clone()), triage: None, name: unit.name.clone() }
        }
        Way::Triage(reason) => WayView {
            unit: None,
            triage: Some(reason.code()),
            name: format!("人工派单({})", reason.label()),
        },
    }
}

fn example(directory: &Directory, example: &Example) -> ExampleView {
    ExampleView {
        id: example.id.clone(),
        title: example.title.clone(),
        matter: example.matter.map(|matter| directory.matter(matter).to_owned()),
        place: example.place.map(|place| directory.unit(place).name.clone()),
        accepted: example.accepted,
    }
}

fn write_tables(report: &Report, out: &mut impl Write) -> anyhow::Result<()> {
    let day = match report.on.as_str() {
        "acceptance" => "各件受理当日".to_owned(),
        day => day.to_owned(),
    };
    let span = match (report.first_accepted, report.last_accepted) {
        (Some(first), Some(last)) => format!("({first} 至 {last} 受理)"),
        _ => String::new(),
    };
    writeln!(out, "重放 {} 件{span};新目录按{day}有效的条目派单", report.orders)?;
    for (count, what) in [
        (report.not_routed, "件未经派单(直接解答、重复或指定单位),不在其内"),
        (report.archived, "件的记录已归档,未重放"),
        (report.bad_lines, "行无法读取"),
        (report.unknown_matters, "个候选事项不在新旧目录中,已略去"),
    ] {
        if count > 0 {
            writeln!(out, "{count} {what}")?;
        }
    }
    let share = |count: u64| percent(count, report.orders);
    writeln!(out, "去向有变 {} 件({})\n", report.changed, share(report.changed))?;
    let mut table = table(&["", "原", "", "新", ""]);
    let row = |what: &str, before: u64, after: u64| {
        [what.to_owned(), before.to_string(), share(before), after.to_string(), share(after)]
    };
    let (before, after) = (&report.before, &report.after);
    table.add_row(row("自动派单(覆盖率)", before.dispatched, after.dispatched));
    table.add_row(row("转人工派单", before.triage, after.triage));
    let NamedView { orders, before, after } = report.people_named;
    if orders > 0 {
        table.add_row([
            format!("人工定过单位的 {orders} 件中,直接派到该单位"),
            before.to_string(),
            percent(before, orders),
            after.to_string(),
            percent(after, orders),
        ]);
    }
    right(&mut table, 1..5);
    writeln!(out, "{table}\n")?;
    write_changes(&report.changes, out)
}

fn write_changes(changes: &[Change], out: &mut impl Write) -> anyhow::Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut moved = table(&["原去向", "新去向", "件"]);
    for change in changes.iter().take(PRINTED_MAX) {
        let Change { from, to, orders, .. } = change;
        moved.add_row([from.name.clone(), to.name.clone(), orders.to_string()]);
    }
    right(&mut moved, 2..3);
    writeln!(out, "{moved}")?;
    if let more @ 1.. = changes.len().saturating_sub(PRINTED_MAX) {
        writeln!(out, "另有 {more} 种去向变化,见 --json")?;
    }
    let mut examples = table(&["例", "受理", "标题", "事项", "地点", "原去向", "新去向"]);
    for change in changes {
        for example in &change.examples {
            let ExampleView { id, title, matter, place, accepted } = example;
            examples.add_row([
                id.clone(),
                accepted.to_string(),
                title.clone(),
                matter.clone().unwrap_or_default(),
                place.clone().unwrap_or_default(),
                change.from.name.clone(),
                change.to.name.clone(),
            ]);
        }
    }
    if examples.row_count() > 0 {
        writeln!(out, "\n{examples}")?;
    }
    Ok(())
}

fn table(headings: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(headings);
    table
}

fn right(table: &mut Table, columns: std::ops::Range<usize>) {
    for (index, column) in table.column_iter_mut().enumerate() {
        if columns.contains(&index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

fn percent(count: u64, of: u64) -> String {
    format!("{:.1} %", 100.0 * count as f64 / of.max(1) as f64)
}
