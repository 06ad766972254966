//! `hotline train`: learns any label column of a file and writes the model.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use hotline_engine::classifier::{Model, TrainOptions};
use hotline_engine::text::Normaliser;

use super::labelled::{Texts, examples, labels_of};
use super::out;
use crate::cli::Wrong;
use crate::whole_file;

/// Options of `train`.
#[derive(Args, Debug)]
pub struct TrainArgs {
    /// Labelled texts: JSONL, or a table if it ends in .csv, with title (optional), content and the label
    file: PathBuf,
    /// The field to learn, for example matter or department
    #[arg(long, value_name = "FIELD")]
    label: String,
    /// Where the model goes
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// Another seed gives a model that differs in the last digits
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Trains and writes the model.
pub fn run(args: &TrainArgs) -> anyhow::Result<()> {
    if whole_file::is_same(&args.model, &args.file) {
        return Err(Wrong("--model is the file of texts itself".to_owned()).into());
    }
    out::prove_file(&args.model)?;
    let Texts { texts, unlabelled_count } = Texts::read(&args.file, &args.label)?;
    let labels = labels_of(&texts);
    let labels_count = labels.len();
    let options = TrainOptions {
        seed: args.seed,
        trained: format!("by `hotline train`, label {}", args.label),
        ..TrainOptions::default()
    };
    // A folder that is not there is a typing mistake, found before the work.
    if let Some(folder) = args.model.parent().filter(|folder| !folder.as_os_str().is_empty())
        && !folder.is_dir()
    {
        return Err(Wrong(format!("{} is not a folder", folder.display())).into());
    }
    let started = Instant::now();
    let examples = examples(&texts, &labels);
    let model = Model::train(&Normaliser::new(), &examples, labels, &options)
        .map_err(|error| Wrong(format!("{}: {error}", args.file.display())))?;
    let seconds = started.elapsed().as_secs_f64();
    let bytes = model.to_bytes();
    out::write(&args.model, &bytes)?;
    eprintln!(
        "{}: {} texts, {labels_count} labels, {} n-grams, {:.1} MB, trained in {seconds:.1} s",
        args.model.display(),
        texts.len(),
        model.features_count(),
        bytes.len() as f64 / 1e6,
    );
    if unlabelled_count > 0 {
        eprintln!("{unlabelled_count} lines have no `{}` and were left out", args.label);
    }
    Ok(())
}
