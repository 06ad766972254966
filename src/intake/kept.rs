//! Models as files: opened when they fit the district's files, else trained and kept. Knows no texts.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use hotline_engine::classifier::{Model, ModelError};
use hotline_engine::text::Normaliser;
use tracing::{info, warn};

use super::IntakeError;
use super::matter_reader::card_of;
use super::training::Course;
use crate::clock;
use crate::model_cards::{self, Card, Cards, id_of};
use crate::recovery::DataFolder;
use crate::whole_file;

/// Bytes of a model file: the largest that training makes has 64 MiB of weights and a table beside them.
const MODEL_BYTES_MAX: u64 = 128 << 20;

/// A model and the name of its bytes.
pub(super) type Named = (Model, String);

/// Trains what the course says: beside another model, if one is given, so that a text is counted once for both.
pub(super) fn train(
    normaliser: &Normaliser,
    course: Course<'_>,
    beside: Option<&Model>,
) -> Result<Named, IntakeError> {
    let Course { examples, labels, options, .. } = course;
    let model = match beside {
        Some(other) => other.train_beside(normaliser, &examples, labels, &options)?,
        None => Model::train(normaliser, &examples, labels, &options)?,
    };
    let id = id_of(&model.to_bytes());
    Ok((model, id))
}

/// The model that the user named: refused when it cannot be used.
pub(super) fn open(path: &Path) -> Result<Named, IntakeError> {
    let unreadable = |source| IntakeError::Read { file: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MODEL_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MODEL_BYTES_MAX {
        return Err(IntakeError::TooLarge { file: path.to_owned(), max: MODEL_BYTES_MAX });
    }
    let model = Model::from_bytes(&bytes).map_err(|source| refused(path, source))?;
    Ok((model, id_of(&bytes)))
}

fn refused(path: &Path, source: ModelError) -> IntakeError {
    IntakeError::Model { file: path.to_owned(), source }
}

/// The model kept at `path`, if it was trained by this very course; else a new one, kept there for next time.
pub(super) fn open_or_train(
    normaliser: &Normaliser,
    course: Course<'_>,
    beside: Option<&Model>,
    path: &Path,
) -> Result<Named, IntakeError> {
    if path.exists() {
        match open(path) {
            Ok((model, id)) if model.facts().trained == course.options.trained => {
                return Ok((model, id));
            }
            Ok(_) => {
                info!(file = %path.display(), "the district's files have changed; training anew");
            }
            Err(error) => warn!(%error, "a kept model cannot be used; training anew"),
        }
    }
    let card = card_of(&course);
    let (model, id) = train(normaliser, course, beside)?;
    save(path, &model.to_bytes())?;
    let predicts = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let card = Card {
        id: id.clone(),
        predicts: predicts.unwrap_or_default(),
        trained_at: clock::now().to_string(),
        trained_by: "a start or a signal".to_owned(),
        ..card
    };
    model_cards::put_beside(path, &card)?;
    Ok((model, id))
}

/// The model for matters that was promoted; where none was, or it cannot be used, that of the course.
pub(super) fn promoted_or_trained(
    normaliser: &Normaliser,
    course: Course<'_>,
    folder: &DataFolder,
) -> Result<Named, IntakeError> {
    match promoted(folder) {
        Ok(Some((model, id))) => {
            let unknown = course.labels.iter().filter(|label| !model.labels().contains(label));
            let unknown = unknown.count();
            if unknown > 0 {
                warn!(
                    model = id,
                    unknown, "the promoted model does not know all matters: let it learn anew"
                );
            }
            return Ok((model, id));
        }
        Ok(None) => {}
        Err(error) => warn!(%error, "the promoted model cannot be used; that of the files serves"),
    }
    open_or_train(normaliser, course, None, &folder.model("matter"))
}

fn promoted(folder: &DataFolder) -> Result<Option<Named>, IntakeError> {
    let cards = Cards::of(folder);
    let Some(id) = cards.standing()?.serving else { return Ok(None) };
    open(&cards.checked(&id)?).map(Some)
}

/// The model of groups that was kept with the promoted model `id`, if it has these labels and its bytes are what they were.
pub(super) fn promoted_group(
    folder: &DataFolder,
    id: &str,
    name: &str,
    labels: &[String],
) -> Option<Model> {
    let cards = Cards::of(folder);
    let card = cards.read(id).ok()?;
    let expected = card.groups.get(name)?;
    let path = cards.group(id, name);
    match open(&path) {
        Ok((model, found)) if found == *expected && model.labels() == labels => Some(model),
        Ok(_) => {
            info!(file = %path.display(), "of other groups than the district's now; training anew");
            None
        }
        Err(error) => {
            warn!(%error, "a kept model of groups cannot be used; training anew");
            None
        }
    }
}

/// Writes a model where it is looked for.
///
/// # Errors
/// [`IntakeError::Write`] names the file.
fn save(path: &Path, bytes: &[u8]) -> Result<(), IntakeError> {
    whole_file::write(path, bytes)
        .map_err(|source| IntakeError::Write { file: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use hotline_engine::classifier::{Example, TrainOptions};

    use super::*;

    fn course(trained: &str) -> Course<'static> {
        let example = |body, label| Example { title: "", body, label, weight: 1.0 };
        Course {
            examples: vec![example("路灯不亮", 0), example("水管爆了", 1)],
            labels: vec!["灯".to_owned(), "水".to_owned()],
            options: TrainOptions { trained: trained.to_owned(), ..TrainOptions::default() },
            sources: BTreeMap::from([("district-orders".to_owned(), 2)]),
        }
    }

    fn open_again(path: &Path, trained: &str) -> Named {
        open_or_train(&Normaliser::new(), course(trained), None, path).expect("a model")
    }

    #[test]
    fn a_kept_model_is_taken_while_its_course_is_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("models/matter.model");
        let (_, first) = open_again(&path, "one");
        // Another model under the name of the same course shows which one is taken.
        let (other, id) = train(&Normaliser::new(), course("one"), None).expect("a model");
        assert_eq!(id, first, "the same course gives the same model");
        let marked = course("one").options.seed + 1;
        let options = TrainOptions { seed: marked, ..course("one").options };
        let changed = Course { options, ..course("one") };
        let (changed, id) = train(&Normaliser::new(), changed, None).expect("a model");
        assert_ne!(changed.facts().seed, other.facts().seed);
        save(&path, &changed.to_bytes()).expect("saved");
        assert_eq!(open_again(&path, "one").1, id, "the kept one is taken");
        let (anew, _) = open_again(&path, "two");
        assert_eq!((anew.facts().trained.as_str(), anew.facts().seed), ("two", other.facts().seed));
        assert_eq!(open(&path).expect("kept").0.facts().trained, "two", "and kept in its place");
    }

    #[test]
    fn models_of_groups_come_with_the_promoted_one_while_their_labels_and_bytes_are_the_same() {
        let root = tempfile::tempdir().expect("a folder");
        let folder = DataFolder::at(root.path());
        let cards = Cards::of(&folder);
        let (model, id) = train(&Normaliser::new(), course("one"), None).expect("a model");
        let groups = BTreeMap::from([("unit".to_owned(), id.clone())]);
        let card = Card { id: id.clone(), groups, ..Card::default() };
        cards.put_group(&id, "unit", &model.to_bytes()).expect("put");
        cards.keep(&card, &model.to_bytes()).expect("kept");
        let labels = course("one").labels;
        let found = |name: &str, labels: &[String]| promoted_group(&folder, &id, name, labels);
        assert_eq!(found("unit", &labels).as_ref(), Some(&model));
        assert_eq!(found("parent", &labels), None, "the card has none");
        assert_eq!(found("unit", &labels[..1]), None, "of other groups");
        assert_eq!(promoted_group(&folder, "abc", "unit", &labels), None, "no such model");
        let (other, _) = train(&Normaliser::new(), course("two"), None).expect("a model");
        cards.put_group(&id, "unit", &other.to_bytes()).expect("put");
        assert_eq!(found("unit", &labels), None, "another one in its place");
    }

    #[test]
    fn a_damaged_kept_model_is_trained_anew_and_a_named_one_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("matter.model");
        let (_, id) = open_again(&path, "one");
        let mut bytes = std::fs::read(&path).expect("kept");
        bytes.truncate(bytes.len() - 1);
        std::fs::write(&path, &bytes).expect("damaged");
        let refused = open(&path).expect_err("named by the user").to_string();
        assert!(
            refused.contains("matter.model: the model file is cut off or damaged"),
            "{refused}"
        );
        assert_eq!(open_again(&path, "one").1, id);
        assert_eq!(open(&path).expect("whole again").1, id);
    }
}
