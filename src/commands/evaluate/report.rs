//! What was measured, as tables for people or one JSON object for programs. Measures nothing.

use std::io::{self, Write};

use comfy_table::{CellAlignment, Table};
use hotline_engine::classifier::evaluation::{Confusion, Measures, Outcome, PerLabel, confusions};
use hotline_engine::classifier::intervals::{Drawn, Interval};
use serde_json::{Map, Value, json};

use super::speed::Speed;

/// Confusions that are shown: those worth talking about.
const CONFUSIONS_SHOWN: usize = 20;

/// Draws texts for the intervals.
const SEED: u64 = 1;

/// Outcomes of one or several folds.
#[derive(Debug)]
pub(super) struct Report {
    /// The field that was learnt.
    pub(super) label: String,
    /// What it says.
    pub(super) labels: Vec<String>,
    /// Fold by fold; none is empty.
    pub(super) outcomes: Vec<Vec<Outcome>>,
    /// Lines that could not be used.
    pub(super) unlabelled_count: u64,
    /// If it was asked for.
    pub(super) speed: Option<Speed>,
}

/// A figure over the folds.
struct Figure {
    name: &'static str,
    mean: f64,
    /// Population standard deviation.
    deviation: f64,
    /// The figure of all texts together, each judged by the model that had not seen it.
    pooled: f64,
    /// Of the pooled figure. None for the two that drawing texts twice shifts: a label drawn less often has another F1, and
    /// texts drawn twice look less well calibrated than they are.
    interval: Option<Interval>,
}

type Measured = (&'static str, fn(&Measures) -> f64);

const FIGURES: [Measured; 7] = [
    ("accuracy", |it| it.accuracy),
    ("macro_f1", |it| it.macro_f1),
    ("top3", |it| it.top3),
    ("ece", |it| it.ece),
    ("coverage_at_95", |it| it.coverage_at_95),
    ("coverage_at_98", |it| it.coverage_at_98),
    ("precision_at_879", |it| it.precision_at_879),
];

impl Report {
    fn figures(&self) -> Vec<Figure> {
        let folds: Vec<Measures> =
            self.outcomes.iter().filter_map(|outcomes| Measures::of(outcomes)).collect();
        let count = folds.len().max(1) as f64;
        let all = self.pooled();
        let (Some(pooled), Some(drawn)) = (Measures::of(&all), Drawn::from(&all, SEED)) else {
            return Vec::new();
        };
        let figure = |(name, get): Measured| {
            let mean = folds.iter().map(get).sum::<f64>() / count;
            let square = folds.iter().map(|fold| (get(fold) - mean).powi(2)).sum::<f64>() / count;
            let shifted = matches!(name, "macro_f1" | "ece");
            let interval = (!shifted).then(|| drawn.interval(get));
            Figure { name, mean, deviation: square.sqrt(), pooled: get(&pooled), interval }
        };
        FIGURES.into_iter().map(figure).collect()
    }

    fn pooled(&self) -> Vec<Outcome> {
        self.outcomes.iter().flatten().copied().collect()
    }

    /// One object: means at the top, spread under `sd` where there are folds, the figures of all texts together under `pooled`
    /// and their ends under `interval`.
    pub(super) fn print_json(&self) -> anyhow::Result<()> {
        let mut object = Map::new();
        object.insert("label".into(), json!(self.label));
        object.insert("labels".into(), json!(self.labels.len()));
        object.insert("texts".into(), json!(self.texts_count()));
        object.insert("unlabelled".into(), json!(self.unlabelled_count));
        object.insert("folds".into(), json!(self.outcomes.len()));
        let (mut spread, mut pooled, mut intervals) = (Map::new(), Map::new(), Map::new());
        for figure in self.figures() {
            object.insert(figure.name.into(), json!(figure.mean));
            spread.insert(figure.name.into(), json!(figure.deviation));
            pooled.insert(figure.name.into(), json!(figure.pooled));
            if let Some(Interval { low, high }) = figure.interval {
                intervals.insert(figure.name.into(), json!([low, high]));
            }
        }
        if let Some(speed) = self.speed {
            object.insert("speed".into(), json!(speed));
        }
        object.insert("pooled".into(), Value::Object(pooled));
        object.insert("interval".into(), Value::Object(intervals));
        if self.outcomes.len() > 1 {
            object.insert("sd".into(), Value::Object(spread));
        }
        writeln!(io::stdout(), "{}", Value::Object(object))?;
        Ok(())
    }

    fn texts_count(&self) -> usize {
        self.outcomes.iter().map(Vec::len).sum()
    }

    /// Measures, a row for each label, and the largest confusions.
    pub(super) fn print(&self) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        let (texts, labels) = (self.texts_count(), self.labels.len());
        writeln!(out, "{texts} texts, {labels} labels in `{}`", self.label)?;
        if self.unlabelled_count > 0 {
            writeln!(
                out,
                "{} lines have no `{}` and were left out",
                self.unlabelled_count, self.label
            )?;
        }
        let mut table = table(["measure", "mean", "± sd", "pooled", "95 % of draws"]);
        for figure in self.figures() {
            let spread = if self.outcomes.len() > 1 {
                format!("{:.4}", figure.deviation)
            } else {
                String::new()
            };
            let ends = |Interval { low, high }| format!("{low:.4} to {high:.4}");
            let interval = figure.interval.map(ends).unwrap_or_default();
            let (mean, pooled) = (figure.mean, figure.pooled);
            let (name, mean) = (figure.name.to_owned(), format!("{mean:.4}"));
            table.add_row([name, mean, spread, format!("{pooled:.4}"), interval]);
        }
        left(&mut table, 0);
        writeln!(out, "{table}\n")?;
        if let Some(Speed { texts_per_second, texts, mean_characters }) = self.speed {
            writeln!(
                out,
                "{texts_per_second:.0} texts of 250 characters a second on one thread ({texts} of {mean_characters:.0} on average)\n"
            )?;
        }
        let pooled = self.pooled();
        writeln!(out, "{}\n", self.per_label(&pooled))?;
        writeln!(out, "{}", self.confused(&pooled))?;
        Ok(())
    }

    fn name(&self, label: u16) -> String {
        self.labels[usize::from(label)].clone()
    }

    fn per_label(&self, outcomes: &[Outcome]) -> Table {
        let mut table = table(["texts", "precision", "recall", "F1", "label"]);
        for row in PerLabel::of(outcomes) {
            table.add_row([
                row.gold_count.to_string(),
                format!("{:.3}", row.precision()),
                format!("{:.3}", row.recall()),
                format!("{:.3}", row.f1()),
                self.name(row.label),
            ]);
        }
        left(&mut table, 4);
        table
    }

    fn confused(&self, outcomes: &[Outcome]) -> Table {
        let mut wrong: Vec<Confusion> =
            confusions(outcomes).into_iter().filter(|it| it.gold != it.predicted).collect();
        wrong.sort_by_key(|confusion| {
            (std::cmp::Reverse(confusion.count), confusion.gold, confusion.predicted)
        });
        let mut table = table(["times", "is", "taken for"]);
        for confusion in wrong.iter().take(CONFUSIONS_SHOWN) {
            table.add_row([
                confusion.count.to_string(),
                self.name(confusion.gold),
                self.name(confusion.predicted),
            ]);
        }
        left(&mut table, 1);
        left(&mut table, 2);
        table
    }
}

/// A table without lines, numbers to the right.
pub(super) fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(header);
    for column in table.column_iter_mut().skip(usize::from(N == 3)) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn left(table: &mut Table, column: usize) {
    if let Some(column) = table.column_mut(column) {
        column.set_cell_alignment(CellAlignment::Left);
    }
}
