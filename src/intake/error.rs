//! Why messages cannot be read: a district's files or a model that cannot be used.

use std::path::PathBuf;

use hotline_engine::classifier::{ModelError, TrainError};
use hotline_engine::text::{GazetteerError, KeywordError};

use crate::model_cards::CardError;

/// Why messages cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The district's files give nothing to learn from, or too much.
    #[error("the district's files cannot be learnt from: {0}")]
    Train(#[from] TrainError),
    /// The keyword rules.
    #[error("keywords.csv: {0}")]
    Keywords(#[from] KeywordError),
    /// The names of places.
    #[error("units.csv: {0}")]
    Places(#[from] GazetteerError),
    /// The cards of models.
    #[error(transparent)]
    Cards(#[from] CardError),
    /// A model file is missing or cannot be read.
    #[error("{}: cannot be read: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A model file cannot be written.
    #[error("{}: cannot be written: {source}", file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is larger than a model can be.
    #[error("{}: is larger than {max} bytes, so it is no model", file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// The bound.
        max: u64,
    },
    /// A file is no model, or one that cannot be used.
    #[error("{}: {source}", file.display())]
    Model {
        /// The file.
        file: PathBuf,
        /// Why.
        source: ModelError,
    },
    /// A data folder of another district, or of another state of its files.
    #[error("{}: was trained on other files; name the district that is served, or have the hotline take its files over first", file.display())]
    OtherFiles {
        /// The model.
        file: PathBuf,
    },
    /// A model that knows other labels than this district's matters.
    #[error("{}: none of its {labels_count} labels (such as `{label}`) is a matter of this district", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
        /// How many labels it has.
        labels_count: usize,
        /// The first.
        label: String,
    },
}
