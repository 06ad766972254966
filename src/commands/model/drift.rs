//! `hotline model drift`: by week, what the engine left to people, and its confidence against what became of its choices.

use crate::commands::folder;
use std::path::PathBuf;

use clap::Args;
use comfy_table::{CellAlignment, Table};
use hotline_engine::learning::{Bin, Drift, Week};
use hotline_engine::time::Day;
use serde_json::{Value, json};

use crate::cli::say;

/// Options of `model drift`.
#[derive(Args, Debug)]
pub struct DriftArgs {
    /// Data folder of the hotline
    data: PathBuf,
    /// Print one JSON object a week, with the bins of confidence
    #[arg(long)]
    json: bool,
}

/// Prints a row a week.
pub(super) fn run(args: &DriftArgs) -> anyhow::Result<()> {
    let state = folder::state(&folder::named(&args.data)?)?;
    let mut drift = Drift::new();
    state.orders().iter().for_each(|order| drift.count(state.directory(), &order));
    if args.json {
        let mut weeks = drift.weeks();
        weeks.try_for_each(|(monday, week)| say(&as_json(monday, week).to_string()))?;
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(["week of", "orders", "abstained", "judged", "confidence", "success", "ECE"]);
    for (monday, week) in drift.weeks() {
        let judged = week.judged();
        let share = |part: f64, of: u64| {
            if of == 0 { "-".to_owned() } else { format!("{:.3}", part / of as f64) }
        };
        let orders = week.chosen + week.abstained;
        table.add_row([
            monday.to_string(),
            orders.to_string(),
            share(week.abstained as f64, orders),
            judged.orders.to_string(),
            share(probability(&judged), judged.orders),
            share(judged.right as f64, judged.orders),
            week.calibration_error().map_or("-".to_owned(), |error| format!("{error:.3}")),
        ]);
    }
    table
        .column_iter_mut()
        .skip(1)
        .for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    Ok(say(&table.to_string())?)
}

/// Sum of the confidences.
fn probability(bin: &Bin) -> f64 {
    bin.confidence as f64 / 10_000.0
}

fn as_json(monday: Day, week: &Week) -> Value {
    let bin = |bin: &Bin| json!({"orders": bin.orders, "right": bin.right, "confidence": probability(bin)});
    json!({
        "week_of": monday.to_string(),
        "chosen": week.chosen,
        "abstained": week.abstained,
        "calibration_error": week.calibration_error(),
        "bins": week.bins.iter().map(bin).collect::<Vec<_>>(),
    })
}
