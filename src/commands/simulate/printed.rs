//! What came of simulations, as tables for the eye and as JSON. Counts nothing.

use std::io::Write;

use comfy_table::{CellAlignment, Table};
use hotline_engine::report::{Average, Figure};
use hotline_people::closure::{Cause, Outcome, Scenario};
use serde_json::{Value, json};

/// Rates of the engine's own report that the table shows.
const RATES: [Figure; 5] = [
    Figure::OnTimeClosure,
    Figure::FirstDispatch,
    Figure::ReturnRate,
    Figure::RepeatRate,
    Figure::Satisfaction,
];

fn table(headings: impl Iterator<Item = String>) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(headings);
    table
}

fn right(table: &mut Table) {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

/// One column a policy.
pub(super) fn tables(
    scenario: &Scenario,
    outcomes: &[Outcome],
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let seed = outcomes.first().map_or(0, |outcome| outcome.seed);
    writeln!(
        out,
        "{}({}),{} 至 {},种子 {seed}",
        scenario.title,
        scenario.name,
        scenario.from,
        scenario.to()
    )?;
    let labels = outcomes.iter().map(|outcome| outcome.policy.label().to_owned());
    let mut rates = table(std::iter::once(String::new()).chain(labels.clone()));
    let mut row = |name: &str, cell: &dyn Fn(&Outcome) -> String| {
        rates.add_row(std::iter::once(name.to_owned()).chain(outcomes.iter().map(cell)));
    };
    for figure in RATES {
        row(figure.label(), &|it| figure.of(&it.counts).to_string());
    }
    row("应办结", &|it| it.due().to_string());
    row("其中超时", &|it| it.late().to_string());
    row("紧急件超时", &|it| it.urgent_late.to_string());
    let mean = Average::HandlingWorkingDays;
    row(mean.label(), &|it| mean.of(&it.counts).to_string());
    row("来件", &|it| it.contacts.to_string());
    row("引擎自动派单", &|it| it.dispatched_by_engine.to_string());
    row("期末未办结", &|it| it.open.to_string());
    row("预警催办", &|it| it.reminded.to_string());
    row("改派经办人", &|it| it.reassigned.to_string());
    right(&mut rates);
    writeln!(out, "\n{rates}")?;
    let mut causes =
        table(std::iter::once("超时原因(耗时最多的一段)".to_owned()).chain(labels.clone()));
    for (at, cause) in Cause::ALL.iter().enumerate() {
        let cells = outcomes.iter().map(|it| it.late_by_cause[at].to_string());
        causes.add_row(std::iter::once(cause.label().to_owned()).chain(cells));
    }
    right(&mut causes);
    writeln!(out, "\n{causes}")?;
    let mut slack = table(std::iter::once("答复时剩余小时".to_owned()).chain(labels.clone()));
    let shares = outcomes.first().map_or(&[][..], |first| &first.slack_hours);
    for (at, (permille, _)) in shares.iter().enumerate() {
        let cells = outcomes
            .iter()
            .map(|it| it.slack_hours.get(at).map_or_else(String::new, |it| it.1.to_string()));
        slack.add_row(
            std::iter::once(format!("最紧的 {}.{} %", permille / 10, permille % 10)).chain(cells),
        );
    }
    right(&mut slack);
    writeln!(out, "\n{slack}")?;
    let mut chances = table(std::iter::once("预警概率 → 实际超时(件次)".to_owned()).chain(labels));
    for tenth in 0..10 {
        let cells = outcomes.iter().map(|it| {
            let bin = it.calibration[tenth];
            match bin.orders {
                0 => "—".to_owned(),
                orders => format!(
                    "{} → {} % ({orders})",
                    bin.chances / orders / 100,
                    bin.late * 100 / orders
                ),
            }
        });
        chances.add_row(
            std::iter::once(format!("{} – {} %", tenth * 10, tenth * 10 + 10)).chain(cells),
        );
    }
    right(&mut chances);
    writeln!(out, "\n{chances}")?;
    Ok(())
}

/// Everything.
pub(super) fn json(scenario: &Scenario, outcomes: &[Outcome]) -> Value {
    let outcome = |it: &Outcome| {
        let rates: serde_json::Map<String, Value> = Figure::ALL
            .iter()
            .map(|figure| {
                let rate = figure.of(&it.counts);
                (figure.code().to_owned(), json!([rate.numerator, rate.denominator]))
            })
            .collect();
        let causes: serde_json::Map<String, Value> = Cause::ALL
            .iter()
            .zip(&it.late_by_cause)
            .map(|(cause, count)| (cause.code().to_owned(), json!(count)))
            .collect();
        json!({
            "policy": it.policy.code(),
            "seed": it.seed,
            "contacts": it.contacts,
            "due": it.due(),
            "late": it.late(),
            "urgent_late": it.urgent_late,
            "late_by_cause": causes,
            "ended": it.ended,
            "open": it.open,
            "joined": it.joined,
            "dispatched_by_engine": it.dispatched_by_engine,
            "reminded": it.reminded,
            "reassigned": it.reassigned,
            "directories_adopted": it.adopted,
            "refused": it.refused.iter().map(|(name, count)| json!([name, count])).collect::<Vec<_>>(),
            "rates": rates,
            "weeks": it.weeks.iter().map(|week| json!({
                "from": week.from.to_string(), "met": week.met, "due": week.due, "open": week.open,
            })).collect::<Vec<_>>(),
            "units": it.units.iter().map(|unit| json!({
                "code": unit.code, "name": unit.name, "met": unit.met, "due": unit.due,
            })).collect::<Vec<_>>(),
            "slack_hours": it.slack_hours.iter().map(|(permille, hours)| json!([permille, hours])).collect::<Vec<_>>(),
            "calibration": it.calibration.iter().map(|bin| json!({
                "orders": bin.orders, "chances": bin.chances, "late": bin.late,
            })).collect::<Vec<_>>(),
            "digest": it.digest.to_string(),
        })
    };
    json!({
        "scenario": scenario.name,
        "from": scenario.from.to_string(),
        "to": scenario.to().to_string(),
        "districts": scenario.districts,
        "outcomes": outcomes.iter().map(outcome).collect::<Vec<Value>>(),
    })
}
