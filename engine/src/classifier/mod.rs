//! The hot classifier: which label (a matter, a unit) a text carries, how sure that is, and which words
//! decided. Trains in memory, predicts without allocating, reads and writes no files.
//!
//! Features are single characters and pairs of neighbours of normalised text, weighed by how rare they are
//! and how much they tell about labels; the model is a linear one-versus-rest support vector machine with
//! 16-bit weights and calibrated probabilities.

mod calibration;
mod corpus;
pub mod evaluation;
mod evidence;
mod features;
mod file;
mod model;
mod rarity;
mod solver;
mod train;
mod vocabulary;
mod weights;

pub use evidence::{EVIDENCE_MAX, Evidence, Part};
pub use features::Scratch;
pub use file::{FORMAT_VERSION, ModelError};
pub use model::{CHOICES, Choice, Facts, Model, Prediction};
pub use train::{TrainError, TrainOptions};

use crate::text::Normalised;

/// Version of the way from normalised text to features. A model of another scheme is refused.
pub const FEATURE_SCHEME: u16 = 1;

/// More labels than any list of matters or units known (390 leaves in the largest); bounds what a model
/// file can ask for.
pub const LABELS_MAX: usize = 4096;

/// A text to classify, already normalised (once, for everybody who reads it). The title may be empty.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// The headline.
    pub title: &'a Normalised,
    /// The story.
    pub body: &'a Normalised,
}

/// A text with its label, as people wrote it.
#[derive(Debug, Clone, Copy)]
pub struct Example<'a> {
    /// The headline; may be empty.
    pub title: &'a str,
    /// The story.
    pub body: &'a str,
    /// Index into the label list.
    pub label: u16,
    /// How much an error on this example costs: 1 for an ordinary one.
    pub weight: f32,
}
