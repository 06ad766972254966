//! The hot classifier: which label (a matter, a unit) a text carries, how sure that is, and which words
//! decided. Trains in memory, predicts without allocating, reads and writes no files.
//!
//! Features are single characters and pairs of neighbours of normalised text, weighed by how rare they are
//! and how much they tell about labels; the model is a linear one-versus-rest support vector machine with
//! 8-bit weights and calibrated probabilities.

mod calibration;
mod corpus;
pub mod evaluation;
mod evidence;
mod features;
mod file;
pub mod intervals;
mod kin;
mod model;
mod rarity;
mod solver;
mod train;
mod vocabulary;
mod weights;

pub use evidence::{EVIDENCE_MAX, Evidence, Part};
pub use features::Scratch;
pub use file::{FORMAT_VERSION, ModelError};
pub use model::{CHOICES, Choice, Counted, Facts, Model, Prediction};
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
    /// How much of a long story is read; `None` = all of it.
    pub reach: Option<Reach>,
}

/// Of a story longer than both together, its first and its last characters are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Characters at the beginning.
    pub first: usize,
    /// Characters at the end.
    pub last: usize,
}

/// A stretch of a document that is read.
#[derive(Clone, Copy)]
pub(crate) struct ReadPart<'a> {
    of: Part,
    text: &'a str,
    /// The byte of the title or story where it starts.
    start: usize,
}

impl<'a> Document<'a> {
    /// A document that is read whole.
    #[must_use]
    pub fn whole(title: &'a Normalised, body: &'a Normalised) -> Self {
        Self { title, body, reach: None }
    }

    /// The parts that are read, in order; none is empty but the head of an empty story.
    pub(crate) fn parts(&self) -> impl Iterator<Item = ReadPart<'a>> + use<'a> {
        let title = ReadPart { of: Part::Title, text: self.title.text(), start: 0 };
        let body = self.body.text();
        let (head, tail) = self.reach.map_or((body, None), |reach| cut(body, reach));
        let story = |text: &'a str, start| ReadPart { of: Part::Body, text, start };
        let title = Some(title).filter(|title| !title.text.is_empty());
        let tail = tail.map(|tail| story(tail, body.len() - tail.len()));
        title.into_iter().chain([story(head, 0)]).chain(tail)
    }
}

/// The head and, if something between them is passed over, the tail of a text.
fn cut(text: &str, reach: Reach) -> (&str, Option<&str>) {
    // Counting is quicker than going there, and most stories are short.
    if text.chars().count() <= reach.first.saturating_add(reach.last) {
        return (text, None);
    }
    let (mut after_head, mut before_tail) = (text.chars(), text.chars());
    if let Some(last) = reach.first.checked_sub(1) {
        after_head.nth(last);
    }
    if let Some(last) = reach.last.checked_sub(1) {
        before_tail.nth_back(last);
    }
    let (head, tail) = (text.len() - after_head.as_str().len(), before_tail.as_str().len());
    if tail <= head { (text, None) } else { (&text[..head], Some(&text[tail..])) }
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
