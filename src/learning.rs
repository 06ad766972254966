//! Learning from a hotline's own orders, beside it: lessons are gathered from a data folder, a candidate is trained on them
//! and judged against the model that serves. Puts nothing in force: that is `model_cards`, and the signal after it.

mod follower;
mod gathering;
mod judging;

use std::path::Path;

use hotline_engine::State;
use hotline_engine::learning::Paired;

use crate::district::District;
use crate::intake::{Intake, IntakeError, MatterReader};
use crate::model_cards::{self, Card, CardError, Cards, HashedFile, Span, id_of};
use crate::recovery::DataFolder;

pub use follower::{Beside, Follower, beside};
pub use gathering::{Gathered, LESSONS_MAX, Told};
pub use judging::{Compared, Verdict};

/// A candidate with its card.
#[derive(Debug)]
pub struct Candidate {
    /// The model.
    pub reader: MatterReader,
    /// Models of groups of matters that learnt the same, by name.
    pub groups: Vec<(&'static str, Vec<u8>)>,
    /// What it learnt and how it did. Says neither when nor by whom it was trained.
    pub card: Card,
}

/// The model that serves, with what is known of its training.
#[derive(Debug)]
pub struct Serving {
    /// The model.
    pub reader: MatterReader,
    /// Its card.
    pub card: Card,
    /// It was promoted; otherwise it is that of the district's files.
    pub promoted: bool,
}

impl Serving {
    /// What serves on this data folder. Where no model lies there yet, that of the district's files is trained and kept, as a
    /// start would; one of other files is left as it is, and refused.
    ///
    /// # Errors
    /// [`IntakeError`] when nothing can be read or trained.
    pub fn of(folder: &DataFolder, district: &District) -> Result<Serving, IntakeError> {
        let cards = Cards::of(folder);
        if let Some(id) = cards.standing()?.serving {
            let reader = MatterReader::open(&cards.checked(&id)?)?;
            return Ok(Serving { reader, card: cards.read(&id)?, promoted: true });
        }
        let path = folder.model("matter");
        if !path.exists() {
            Intake::open(Some(folder), district, &district.directory())?;
        }
        let reader = MatterReader::open(&path)?;
        if !reader.is_of_files(district) {
            return Err(IntakeError::OtherFiles { file: path });
        }
        let unknown = || CardError::Unknown { id: reader.id().to_owned() };
        let card = match model_cards::beside(&path, reader.id())? {
            Some(card) => card,
            // Trained before there were cards: the same files give the same model and its card.
            None => {
                let (again, card) = MatterReader::of_files(district)?;
                let same = again.id() == reader.id();
                same.then_some(card).ok_or_else(unknown)?
            }
        };
        Ok(Serving { reader, card, promoted: false })
    }

    /// The last order that may have taught it; 0 for the model of the district's files.
    pub fn last_order(&self) -> u64 {
        self.card.span.as_ref().map_or(0, |span| span.last_order)
    }
}

/// Trains a candidate on everything that was gathered, and a sibling of it for the time split.
///
/// # Errors
/// [`IntakeError`] when nothing can be trained.
pub fn candidate(
    state: &State,
    district: &District,
    gathered: &Gathered,
    serving: &Serving,
    seed: u64,
) -> Result<Candidate, IntakeError> {
    let time_split = judging::time_split(gathered, district, serving, seed)?;
    let taught = gathered.taught();
    let (reader, card) = MatterReader::learn(district, &taught, seed)?;
    let groups = reader.learn_groups(district, &taught)?;
    let lessons = || gathered.told().iter().map(|told| &told.lesson);
    let first = lessons().next();
    let span = Span {
        records: state.records_count(),
        first_order: first.map_or(0, |lesson| lesson.order.0),
        last_order: state.orders().len() as u64,
        from: first.map_or(state.at(), |lesson| lesson.accepted).to_string(),
        until: state.at().to_string(),
    };
    let card = Card {
        parent: Some(serving.card.id.clone()),
        span: Some(span),
        corrected: lessons().filter(|lesson| lesson.corrected).count() as u64,
        left_out: gathered.left_out(),
        time_split,
        groups: groups.iter().map(|(name, bytes)| ((*name).to_owned(), id_of(bytes))).collect(),
        ..card
    };
    Ok(Candidate { reader, groups, card })
}

/// How a candidate did on the orders that came after it, against the model that serves.
///
/// # Errors
/// [`IntakeError`] when its file cannot be read.
pub fn live(
    folder: &DataFolder,
    card: &Card,
    district: &District,
    gathered: &Gathered,
    serving: &Serving,
) -> Result<Compared, IntakeError> {
    let reader = MatterReader::open(&Cards::of(folder).checked(&card.id)?)?;
    Ok(judging::live(gathered, district, card, &reader, &serving.reader))
}

/// What both parts say together.
pub fn verdict(card: &Card, live: Paired) -> Verdict {
    let split = card.time_split.as_ref().map_or(Paired::default(), |split| split.orders.into());
    Verdict::of(split, live)
}

/// The district's files that models learn from, by their content.
///
/// # Errors
/// Names the file that cannot be read.
pub fn hashed_files(
    folder: Option<&Path>,
) -> Result<Vec<HashedFile>, crate::district::DistrictError> {
    let hashed = |(name, sha256): (&str, String)| HashedFile { name: name.to_owned(), sha256 };
    Ok(crate::district::learnt_files(folder)?.into_iter().map(hashed).collect())
}
