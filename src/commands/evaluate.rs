//! `hotline evaluate`: how good a model is on texts it has not seen, and how good a district's dispatching would be.

mod dispatching;
mod places;
mod report;
mod share;
mod speed;
mod thresholds;

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use hotline_engine::classifier::evaluation::{Outcome, fold_of};
use hotline_engine::classifier::{Document, Model, Scratch, TrainError, TrainOptions};
use hotline_engine::text::{Normalised, Normaliser};
use rayon::prelude::*;

use super::labelled::{Labelled, Texts, examples, labels_of, number_of};
use super::out;
use crate::cli::Wrong;
use report::Report;
use speed::Speed;

/// Folds that can be asked for: with more, each tests on too little.
const FOLDS_MAX: u32 = 20;

/// Options of `evaluate`.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("what").required(true).args(["file", "train", "dispatch", "places"]))]
pub struct EvaluateArgs {
    /// Labelled texts: trained on some folds and tested on the others, in turn
    #[arg(requires = "label")]
    file: Option<PathBuf>,
    /// Texts to train on; test on those of --test
    #[arg(long, value_name = "FILE", requires_all = ["test", "label"])]
    train: Option<PathBuf>,
    /// Texts to test on
    #[arg(long, value_name = "FILE", requires = "train")]
    test: Option<PathBuf>,
    /// The field to learn, for example matter or department
    #[arg(long, value_name = "FIELD")]
    label: Option<String>,
    /// Folds; texts that begin alike share one
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(2..=i64::from(FOLDS_MAX)))]
    folds: u32,
    /// Measure how a district's own orders would be dispatched: coverage and precision at each threshold, by
    /// cross-validation on the orders it trains on
    #[arg(long)]
    dispatch: bool,
    /// Measure how well places are found in the words of a district's training orders
    #[arg(long)]
    places: bool,
    /// With --dispatch or --places: test on the orders held apart; with --dispatch, train on all others
    #[arg(long, conflicts_with_all = ["file", "train"])]
    held_apart: bool,
    /// With --dispatch or --places: folder of the district's files [default: the built-in sample]
    #[arg(long, value_name = "DIR", conflicts_with_all = ["file", "train"])]
    district: Option<PathBuf>,
    /// With --dispatch: the share of dispatched orders that should reach the right unit, by which thresholds are chosen
    #[arg(long, default_value_t = 0.95, value_parser = parse_share)]
    precision: f64,
    /// With --dispatch: write the thresholds of units to this file, the district's thresholds.csv
    #[arg(long, value_name = "FILE", requires = "dispatch", conflicts_with = "held_apart")]
    thresholds: Option<PathBuf>,
    /// Also tell how many texts a second one thread classifies, with the model of one fold on the texts of that fold
    #[arg(long, requires = "file")]
    speed: bool,
    /// Print one JSON object instead of tables
    #[arg(long)]
    json: bool,
}

fn parse_share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| format!("`{text}` is not between 0 and 1"))
}

/// Measures and prints.
pub fn run(args: &EvaluateArgs) -> anyhow::Result<()> {
    args.thresholds.as_deref().map_or(Ok(()), out::prove_file)?;
    if args.dispatch {
        let district = super::district::named(args.district.as_deref())?;
        let asked = dispatching::Asked {
            folds: args.folds,
            held_apart: args.held_apart,
            json: args.json,
            precision: args.precision,
            thresholds: args.thresholds.as_deref(),
        };
        return dispatching::run(&district, asked);
    }
    if args.places {
        let district = super::district::named(args.district.as_deref())?;
        return places::run(&district, args.held_apart, args.json);
    }
    let label = args.label.as_deref().unwrap_or_default();
    let report = match (&args.file, &args.train, &args.test) {
        (Some(file), _, _) => cross_validate(file, label, args)?,
        (None, Some(train), Some(test)) => compare(train, test, label)?,
        (None, _, _) => unreachable!("the command line asks for a file, or for two"),
    };
    if args.json { report.print_json() } else { report.print() }
}

fn cross_validate(file: &Path, label: &str, args: &EvaluateArgs) -> anyhow::Result<Report> {
    let folds = args.folds;
    let Texts { texts, unlabelled_count } = Texts::read(file, label)?;
    let labels = labels_of(&texts);
    let fold_numbers: Vec<u32> = texts.iter().map(|text| fold_of(&text.content, folds)).collect();
    let normaliser = Normaliser::new();
    let measured: Result<Vec<Vec<Outcome>>, TrainError> = (0..folds)
        .into_par_iter()
        .map(|fold| {
            let of_fold = |out: bool| {
                let pairs = texts.iter().zip(&fold_numbers);
                pairs.filter(move |(_, number)| (**number == fold) == out).map(|(text, _)| text)
            };
            test(&normaliser, of_fold(false), of_fold(true), &labels)
        })
        .collect();
    let measured = measured.map_err(|error| Wrong(format!("{}: {error}", file.display())))?;
    // A fold without texts says nothing.
    let outcomes = measured.into_iter().filter(|outcomes| !outcomes.is_empty()).collect();
    let split = || texts.iter().zip(&fold_numbers).partition(|(_, number)| **number == 0);
    let speed = args.speed.then(|| speed_of(&normaliser, split(), &labels)).transpose()?;
    Ok(Report { label: label.to_owned(), labels, outcomes, unlabelled_count, speed })
}

/// A text, and the fold that it is in.
type InFold<'a> = (&'a Labelled, &'a u32);

/// Of the model that has not seen the first texts.
fn speed_of(
    normaliser: &Normaliser,
    (test, train): (Vec<InFold<'_>>, Vec<InFold<'_>>),
    labels: &[String],
) -> anyhow::Result<Speed> {
    let examples = examples(train.into_iter().map(|(text, _)| text), labels);
    let model = Model::train(normaliser, &examples, labels.to_vec(), &TrainOptions::default())?;
    let test: Vec<&Labelled> = test.into_iter().map(|(text, _)| text).collect();
    speed::measure(normaliser, &model, &test)
}

fn compare(train: &Path, test_on: &Path, label: &str) -> anyhow::Result<Report> {
    let (train_texts, test_texts) = (Texts::read(train, label)?, Texts::read(test_on, label)?);
    let labels = labels_of(train_texts.texts.iter().chain(&test_texts.texts));
    let outcomes = test(&Normaliser::new(), &train_texts.texts, &test_texts.texts, &labels)
        .map_err(|error| Wrong(format!("{}: {error}", train.display())))?;
    let unlabelled_count = train_texts.unlabelled_count + test_texts.unlabelled_count;
    Ok(Report {
        label: label.to_owned(),
        labels,
        outcomes: vec![outcomes],
        unlabelled_count,
        speed: None,
    })
}

/// Trains on some texts and predicts the others.
fn test<'a>(
    normaliser: &Normaliser,
    train: impl IntoIterator<Item = &'a Labelled>,
    test: impl IntoIterator<Item = &'a Labelled>,
    labels: &[String],
) -> Result<Vec<Outcome>, TrainError> {
    let examples = examples(train, labels);
    let model = Model::train(normaliser, &examples, labels.to_vec(), &TrainOptions::default())?;
    let (mut title, mut body, mut scratch) = (Normalised::new(), Normalised::new(), Scratch::new());
    let outcome = |text: &Labelled| {
        normaliser.normalise(&text.title, &mut title);
        normaliser.normalise(&text.content, &mut body);
        let document = Document::whole(&title, &body);
        Outcome {
            gold: number_of(&text.label, labels),
            prediction: model.predict(document, &mut scratch),
        }
    };
    Ok(test.into_iter().map(outcome).collect())
}
