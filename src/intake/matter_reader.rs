//! The matter of a message by one model alone, as the intake would read it: for judging models beside the one that serves.

use std::path::Path;

use hotline_engine::classifier::{Document, Model};
use hotline_engine::learning::Words;
use hotline_engine::text::{Normaliser, Sketch};

use super::parents::Parents;
use super::training::{Course, Taught};
use super::units::Leads;
use super::{IntakeError, PARENT, REACH, UNIT, Workspace, kept};
use crate::district::District;
use crate::model_cards::{Card, Options};

/// Reads matters. Immutable; share it between threads, each with its own [`Workspace`].
#[derive(Debug)]
pub struct MatterReader {
    normaliser: Normaliser,
    model: Model,
    id: String,
}

impl MatterReader {
    /// Trains on the district's files and on what its orders have taught: the same of both and the same seed give the same
    /// bytes. The card says what it learnt, and neither when nor by whom.
    ///
    /// # Errors
    /// [`IntakeError`] when there is nothing to learn from, or too much.
    pub fn learn(
        district: &District,
        taught: &[Taught],
        seed: u64,
    ) -> Result<(MatterReader, Card), IntakeError> {
        MatterReader::trained(Course::of_lessons(district, taught, seed))
    }

    fn trained(course: Course<'_>) -> Result<(MatterReader, Card), IntakeError> {
        let normaliser = Normaliser::new();
        let card = card_of(&course);
        let (model, id) = kept::train(&normaliser, course, None)?;
        let card = Card { id: id.clone(), ..card };
        Ok((MatterReader { normaliser, model, id }, card))
    }

    /// Trains on the district's files alone, as a start does.
    ///
    /// # Errors
    /// [`IntakeError`] when there is nothing to learn from, or too much.
    pub fn of_files(district: &District) -> Result<(MatterReader, Card), IntakeError> {
        MatterReader::trained(Course::of_matters(district))
    }

    /// Models of groups of matters that belong to this one, each with its name: they learn the same files and lessons.
    ///
    /// # Errors
    /// [`IntakeError`] when there is nothing to learn from, or too much.
    pub fn learn_groups(
        &self,
        district: &District,
        taught: &[Taught],
    ) -> Result<Vec<(&'static str, Vec<u8>)>, IntakeError> {
        let parents = Parents::of(&district.draft.matters);
        let leads = Leads::of(district);
        let courses = [
            (PARENT, Course::of_parents(district, &parents, taught, &self.id)),
            (UNIT, Course::of_units(district, &leads, taught, &self.id)),
        ];
        let trained = courses.into_iter().filter(|(_, course)| !course.examples.is_empty());
        let trained = trained.map(|(name, course)| {
            let (model, _) = kept::train(&self.normaliser, course, Some(&self.model))?;
            Ok((name, model.to_bytes()))
        });
        trained.collect()
    }

    /// Whether it was trained on these files of a district, and on nothing else.
    pub fn is_of_files(&self, district: &District) -> bool {
        self.model.facts().trained == Course::of_matters(district).options.trained
    }

    /// The model in a file.
    ///
    /// # Errors
    /// [`IntakeError`] when it is none, or damaged.
    pub fn open(file: &Path) -> Result<MatterReader, IntakeError> {
        let (model, id) = kept::open(file)?;
        Ok(MatterReader { normaliser: Normaliser::new(), model, id })
    }

    /// Names the model.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The model as a file has it.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.model.to_bytes()
    }

    /// The path of the most probable matter.
    pub fn read(&self, words: &Words, workspace: &mut Workspace) -> &str {
        self.normalise(words, workspace);
        let Workspace { title, body, scratch, .. } = workspace;
        let document = Document { title, body, reach: Some(REACH) };
        let label = self.model.predict(document, scratch).first().label;
        &self.model.labels()[usize::from(label)]
    }

    /// What the words look like; none of words that are too short.
    pub fn sketch(&self, words: &Words, workspace: &mut Workspace) -> Option<Sketch> {
        self.normalise(words, workspace);
        Sketch::of(&[workspace.title.text(), workspace.body.text()])
    }

    /// As a model may see them: a caller is not known here, but numbers are.
    pub fn masked(&self, title: &str, content: &str) -> Words {
        Words::masked(title, content, None)
    }

    fn normalise(&self, words: &Words, workspace: &mut Workspace) {
        self.normaliser.normalise(&words.title, &mut workspace.title);
        self.normaliser.normalise(&words.content, &mut workspace.body);
    }
}

/// What a course says of itself.
pub(super) fn card_of(course: &Course<'_>) -> Card {
    let options = &course.options;
    let others = format!(
        "cost {}, features_max {}, name_weight {}, inner_folds {}",
        options.cost, options.features_max, options.name_weight, options.inner_folds
    );
    Card {
        predicts: "matter".to_owned(),
        fingerprint: options.trained.rsplit(' ').next().unwrap_or_default().to_owned(),
        options: Options { seed: options.seed, others },
        by_source: course.sources.clone(),
        by_label: course.by_label(),
        ..Card::default()
    }
}
