//! How a district's own orders would be dispatched: which share the engine would decide on by itself at each
//! threshold, and which share of those would reach the right unit. The engine decides; this counts.

use std::io::{self, Write};

use hotline_engine::accept::choose;
use hotline_engine::classifier::evaluation::fold_of;
use hotline_engine::order::Confidence;
use hotline_engine::time::Timestamp;
use hotline_engine::{Rules, State};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::report::table;
use crate::clock;
use crate::district::{District, LabelledOrder};
use crate::intake::{Intake, IntakeError, Message, Workspace};

/// Thresholds that are tried, in hundredths.
const THRESHOLDS: std::ops::RangeInclusive<u16> = 0..=99;
/// Thresholds that the table shows, in hundredths apart.
const SHOWN_EVERY: u16 = 5;

/// What the engine would do with one order if every choice were dispatched.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    /// How sure it is of the unit; none where there is no unit to choose.
    confidence: Option<Confidence>,
    /// Whether that unit is the right one.
    lead_is_right: bool,
    matter_is_right: bool,
    kind_is_right: bool,
}

/// Coverage and precision at one threshold.
#[derive(Clone, Copy, Debug)]
struct Point {
    threshold: f64,
    coverage: f64,
    /// 1 where nothing is dispatched.
    precision: f64,
}

pub(super) fn run(
    district: &District,
    folds: u32,
    held_apart: bool,
    json: bool,
) -> anyhow::Result<()> {
    let now = clock::now();
    let attempts =
        if held_apart { on_held_apart(district, now)? } else { on_folds(district, folds, now)? };
    let how = if held_apart {
        "orders held apart".to_owned()
    } else {
        format!("{folds} folds of the training orders")
    };
    let set = Confidence::from_probability(district.settings.confidence_min);
    if json { print_json(&attempts, &how, set) } else { print(&attempts, &how, set) }
}

/// Trains on what the district does not hold apart, tests on what it does.
fn on_held_apart(district: &District, now: Timestamp) -> anyhow::Result<Vec<Attempt>> {
    let orders: Vec<&LabelledOrder> =
        district.orders.iter().filter(|order| order.held_apart).collect();
    attempts(district, &orders, now)
}

/// Holds each fold of the training orders apart in turn. The orders that the district holds apart are not looked at.
fn on_folds(district: &District, folds: u32, now: Timestamp) -> anyhow::Result<Vec<Attempt>> {
    let of_fold = |fold: u32| {
        let mut district = district.clone();
        district.orders.retain(|order| !order.held_apart);
        for order in &mut district.orders {
            order.held_apart = fold_of(&order.content, folds) == fold;
        }
        on_held_apart(&district, now)
    };
    let attempts: anyhow::Result<Vec<Vec<Attempt>>> =
        (0..folds).into_par_iter().map(of_fold).collect();
    Ok(attempts?.into_iter().flatten().collect())
}

fn attempts(
    district: &District,
    orders: &[&LabelledOrder],
    now: Timestamp,
) -> anyhow::Result<Vec<Attempt>> {
    let state = district.adopted(now)?;
    let mut rules = district.rules()?;
    // Every choice is wanted here, with how sure it is.
    rules.confidence_min = Confidence(0);
    let intake = Intake::train(district, state.directory())?;
    let mut workspace = Workspace::new();
    let attempt =
        |order: &&LabelledOrder| attempt(&state, &rules, &intake, now, order, &mut workspace);
    Ok(orders.iter().map(attempt).collect::<Result<_, IntakeError>>()?)
}

fn attempt(
    state: &State,
    rules: &Rules,
    intake: &Intake,
    now: Timestamp,
    order: &LabelledOrder,
    workspace: &mut Workspace,
) -> Result<Attempt, IntakeError> {
    // The place is not given: the text alone must do.
    let message =
        Message { title: &order.title, content: &order.content, place: None, location: None };
    let reading = intake.read(message, workspace);
    let directory = state.directory();
    let first = reading.classification.candidates.first();
    let matter_is_right = first.is_some_and(|first| directory.matter(first.matter) == order.matter);
    let kind_is_right = reading.kind == order.kind;
    let acceptance = reading.acceptance(order.into());
    let choice = choose(directory, rules, now, &acceptance).ok();
    Ok(Attempt {
        confidence: choice.as_ref().map(|choice| choice.confidence),
        lead_is_right: choice.is_some_and(|choice| directory.unit(choice.lead).code == order.lead),
        matter_is_right,
        kind_is_right,
    })
}

fn point(attempts: &[Attempt], threshold: Confidence) -> Point {
    let dispatched: Vec<&Attempt> = attempts
        .iter()
        .filter(|attempt| attempt.confidence.is_some_and(|confidence| confidence >= threshold))
        .collect();
    let right = dispatched.iter().filter(|attempt| attempt.lead_is_right).count();
    Point {
        threshold: threshold.probability(),
        coverage: share(dispatched.len(), attempts.len()),
        precision: if dispatched.is_empty() { 1.0 } else { share(right, dispatched.len()) },
    }
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn points(attempts: &[Attempt]) -> impl Iterator<Item = Point> + '_ {
    THRESHOLDS.map(|hundredths| point(attempts, Confidence(hundredths * 100)))
}

/// The lowest threshold with this precision: the most coverage it allows. None where nothing would be dispatched.
fn lowest_at(attempts: &[Attempt], least: f64) -> Option<Point> {
    points(attempts).find(|point| point.precision >= least && point.coverage > 0.0)
}

fn accuracies(attempts: &[Attempt]) -> [(&'static str, f64); 3] {
    let of = |is_right: fn(&Attempt) -> bool| {
        share(attempts.iter().filter(|it| is_right(it)).count(), attempts.len())
    };
    [
        ("lead_accuracy", of(|attempt| attempt.lead_is_right)),
        ("matter_accuracy", of(|attempt| attempt.matter_is_right)),
        ("kind_accuracy", of(|attempt| attempt.kind_is_right)),
    ]
}

fn print_json(attempts: &[Attempt], how: &str, set: Confidence) -> anyhow::Result<()> {
    let value = |point: Point| json!({ "confidence_min": point.threshold, "coverage": point.coverage, "precision": point.precision });
    let mut object = json!({
        "orders": attempts.len(),
        "measured_on": how,
        "as_set": value(point(attempts, set)),
        "at_precision_95": lowest_at(attempts, 0.95).map(value),
        "thresholds": points(attempts).map(value).collect::<Vec<Value>>(),
    });
    for (name, accuracy) in accuracies(attempts) {
        object[name] = json!(accuracy);
    }
    writeln!(io::stdout(), "{object}")?;
    Ok(())
}

fn print(attempts: &[Attempt], how: &str, set: Confidence) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{} orders, measured on {how}", attempts.len())?;
    for (name, accuracy) in accuracies(attempts) {
        writeln!(out, "{name} {accuracy:.4} (if every order were dispatched)")?;
    }
    let mut table = table(["confidence_min", "coverage", "precision", ""]);
    let mut add = |point: Point, note: &str| {
        let Point { threshold, coverage, precision } = point;
        table.add_row([
            format!("{threshold:.2}"),
            format!("{coverage:.4}"),
            format!("{precision:.4}"),
            note.to_owned(),
        ]);
    };
    for hundredths in THRESHOLDS.step_by(usize::from(SHOWN_EVERY)) {
        add(point(attempts, Confidence(hundredths * 100)), "");
    }
    if let Some(point) = lowest_at(attempts, 0.95) {
        add(point, "lowest with precision 0.95");
    }
    add(point(attempts, set), "as set in district.toml");
    writeln!(out, "{table}")?;
    Ok(())
}
