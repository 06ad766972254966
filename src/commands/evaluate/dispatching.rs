//! How a district's own orders would be dispatched: which share the engine would decide on by itself at each
//! threshold, and which share of those would reach the right unit. The engine decides; this counts.

use std::io::{self, Write};
use std::path::Path;

use hotline_engine::accept::choose;
use hotline_engine::classifier::evaluation::fold_of;
use hotline_engine::order::{Confidence, Urgency};
use hotline_engine::precedents::Precedents;
use hotline_engine::time::Timestamp;
use hotline_engine::{Rules, State};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::report::table;
use super::share::Share;
use super::thresholds::{self, UnitThreshold};
use crate::clock;
use crate::district::{District, LabelledOrder};
use crate::intake::{Intake, IntakeError, Message, Workspace};

/// Thresholds that are tried, in hundredths.
const THRESHOLDS: std::ops::RangeInclusive<u16> = 0..=99;
/// Thresholds that the table shows, in hundredths apart.
const SHOWN_EVERY: u16 = 5;

/// What the engine would do with one order if every choice were dispatched.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    /// The unit and how sure the engine is of it; none where there is no unit to choose.
    pub(super) choice: Option<Chosen>,
    /// Whether that unit is the right one.
    pub(super) lead_is_right: bool,
    matter_is_right: bool,
    kind_is_right: bool,
    /// Whether it is urgent or more, and whether it was read as such.
    is_urgent: bool,
    read_as_urgent: bool,
}

/// A unit that was chosen.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    /// Its code, or `@street` or `@community`.
    pub(super) unit: String,
    pub(super) confidence: Confidence,
    /// Whether the district's thresholds let it be dispatched.
    is_set: bool,
}

/// Which orders are measured, and how the result is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) folds: u32,
    pub(super) held_apart: bool,
    pub(super) json: bool,
    /// The share of dispatched orders that should reach the right unit.
    pub(super) precision: f64,
    /// Where thresholds that give it are written.
    pub(super) thresholds: Option<&'a Path>,
}

/// Coverage and precision at one threshold.
#[derive(Clone, Copy, Debug)]
struct Point {
    threshold: Option<f64>,
    coverage: Share,
    precision: Share,
}

pub(super) fn run(district: &District, asked: Asked<'_>) -> anyhow::Result<()> {
    let now = clock::now();
    let attempts = if asked.held_apart {
        on_held_apart(district, now)?
    } else {
        on_folds(district, asked.folds, now)?
    };
    let how = if asked.held_apart {
        "orders held apart".to_owned()
    } else {
        format!("{} folds of the training orders", asked.folds)
    };
    let chosen = thresholds::choose(&attempts, asked.precision);
    if let Some(file) = asked.thresholds {
        thresholds::write(file, &chosen)?;
    }
    if asked.json {
        return print_json(&attempts, &how, asked.precision, &chosen);
    }
    print(&attempts, &how, asked.precision)?;
    thresholds::print(&chosen, asked.precision)
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
    let set = district.rules()?;
    let mut rules = set.clone();
    // Every choice is wanted here, with how sure it is.
    rules.confidence_min = Confidence(0);
    rules.confidence_min_of.clear();
    let intake = Intake::train(district, state.directory())?;
    let mut workspace = Workspace::new();
    let attempt = |order: &&LabelledOrder| {
        attempt(&state, [&rules, &set], &intake, now, order, &mut workspace)
    };
    Ok(orders.iter().map(attempt).collect::<Result<_, IntakeError>>()?)
}

fn attempt(
    state: &State,
    [all, set]: [&Rules; 2],
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
    let read_as_urgent = reading.urgency != Urgency::Normal;
    let acceptance = reading.acceptance(order.into());
    let choice = choose(directory, Precedents::none(), all, now, &acceptance).ok();
    let chosen = choice.map(|choice| (directory.unit(choice.lead), choice.confidence));
    Ok(Attempt {
        choice: chosen.map(|(unit, confidence)| Chosen {
            unit: thresholds::group_of(unit).to_owned(),
            confidence,
            is_set: confidence >= set.wanted_of(unit),
        }),
        lead_is_right: chosen.is_some_and(|(unit, _)| unit.code == order.lead),
        matter_is_right,
        kind_is_right,
        is_urgent: order.urgency != Urgency::Normal,
        read_as_urgent,
    })
}

fn point(attempts: &[Attempt], threshold: Option<Confidence>) -> Point {
    let is_dispatched = |attempt: &&Attempt| {
        attempt.choice.as_ref().is_some_and(|choice| {
            threshold.map_or(choice.is_set, |threshold| choice.confidence >= threshold)
        })
    };
    let dispatched: Vec<&Attempt> = attempts.iter().filter(is_dispatched).collect();
    let right = dispatched.iter().filter(|attempt| attempt.lead_is_right).count();
    Point {
        threshold: threshold.map(Confidence::probability),
        coverage: Share::of(dispatched.len(), attempts.len()),
        precision: Share::of(right, dispatched.len()),
    }
}

fn points(attempts: &[Attempt]) -> impl Iterator<Item = Point> + '_ {
    THRESHOLDS.map(|hundredths| point(attempts, Some(Confidence(hundredths * 100))))
}

/// The lowest threshold with this precision: the most coverage it allows. None where nothing would be dispatched.
fn lowest_at(attempts: &[Attempt], least: f64) -> Option<Point> {
    points(attempts).find(|point| point.precision.value() >= least && point.coverage.value() > 0.0)
}

/// How far the confidence of units lies from the share that was right, over tenths of confidence.
fn calibration_error(attempts: &[Attempt]) -> f64 {
    const BINS: usize = 10;
    let mut bins = [(0usize, 0.0, 0usize); BINS];
    for attempt in attempts {
        let Some(choice) = &attempt.choice else { continue };
        let sure = choice.confidence.probability();
        let bin = &mut bins[((sure * BINS as f64) as usize).min(BINS - 1)];
        *bin = (bin.0 + 1, bin.1 + sure, bin.2 + usize::from(attempt.lead_is_right));
    }
    let off: f64 = bins.iter().map(|(_, sure, right)| (sure - *right as f64).abs()).sum();
    off / bins.iter().map(|bin| bin.0).sum::<usize>().max(1) as f64
}

fn accuracies(attempts: &[Attempt]) -> [(&'static str, Share); 3] {
    let of = |is_right: fn(&Attempt) -> bool| {
        Share::of(attempts.iter().filter(|it| is_right(it)).count(), attempts.len())
    };
    [
        ("lead_accuracy", of(|attempt| attempt.lead_is_right)),
        ("matter_accuracy", of(|attempt| attempt.matter_is_right)),
        ("kind_accuracy", of(|attempt| attempt.kind_is_right)),
    ]
}

/// Of the orders that are urgent those that were read as such, and the other way round.
fn urgency(attempts: &[Attempt]) -> [(&'static str, Share); 2] {
    let count = |is_asked: fn(&&Attempt) -> bool| attempts.iter().filter(is_asked).count();
    let both = count(|it| it.is_urgent && it.read_as_urgent);
    [
        ("urgency_recall", Share::of(both, count(|it| it.is_urgent))),
        ("urgency_precision", Share::of(both, count(|it| it.read_as_urgent))),
    ]
}

fn print_json(
    attempts: &[Attempt],
    how: &str,
    precision: f64,
    chosen: &[UnitThreshold],
) -> anyhow::Result<()> {
    let value = |point: Point| {
        json!({
            "confidence_min": point.threshold,
            "coverage": point.coverage.value(),
            "coverage_interval": point.coverage.wilson(),
            "precision": precision_of(point),
            "precision_interval": point.precision.wilson(),
        })
    };
    let mut object = json!({
        "orders": attempts.len(),
        "measured_on": how,
        "ece": calibration_error(attempts),
        "as_set": value(point(attempts, None)),
        "wanted_precision": precision,
        "at_wanted_precision": lowest_at(attempts, precision).map(value),
        "at_precision_95": lowest_at(attempts, 0.95).map(value),
        "thresholds": points(attempts).map(value).collect::<Vec<Value>>(),
        "of_units": chosen.iter().map(UnitThreshold::json).collect::<Vec<Value>>(),
    });
    for (name, accuracy) in accuracies(attempts) {
        object[name] = json!(accuracy.value());
    }
    for (name, share) in urgency(attempts) {
        object[name] = json!(share.value());
    }
    writeln!(io::stdout(), "{object}")?;
    Ok(())
}

/// 1 where nothing is dispatched.
fn precision_of(point: Point) -> f64 {
    if point.coverage.value() > 0.0 { point.precision.value() } else { 1.0 }
}

fn print(attempts: &[Attempt], how: &str, precision: f64) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{} orders, measured on {how}", attempts.len())?;
    for (name, accuracy) in accuracies(attempts) {
        let (value, interval) = (accuracy.value(), accuracy.interval());
        writeln!(out, "{name} {value:.4} ({interval}; if every order were dispatched)")?;
    }
    for (name, share) in urgency(attempts) {
        writeln!(out, "{name} {:.4} ({})", share.value(), share.interval())?;
    }
    writeln!(out, "calibration error of the unit's confidence {:.4}", calibration_error(attempts))?;
    let header = ["confidence_min", "coverage", "95 % interval", "precision", "95 % interval", ""];
    let mut table = table(header);
    let mut add = |point: Point, note: &str| {
        table.add_row([
            point.threshold.map_or_else(|| "by unit".to_owned(), |it| format!("{it:.2}")),
            format!("{:.4}", point.coverage.value()),
            point.coverage.interval(),
            format!("{:.4}", precision_of(point)),
            point.precision.interval(),
            note.to_owned(),
        ]);
    };
    for hundredths in THRESHOLDS.step_by(usize::from(SHOWN_EVERY)) {
        add(point(attempts, Some(Confidence(hundredths * 100))), "");
    }
    if let Some(point) = lowest_at(attempts, precision) {
        add(point, "lowest with the wanted precision");
    }
    add(point(attempts, None), "as set in district.toml and thresholds.csv");
    writeln!(out, "{table}")?;
    Ok(())
}
