//! Models as files: opened when they fit the district's files, else trained and kept. Knows no texts.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use hotline_engine::classifier::{Model, ModelError};
use hotline_engine::text::Normaliser;
use sha2::{Digest, Sha256};
use tracing::{info, warn};

use super::IntakeError;
use super::training::Course;
use crate::whole_file;

/// Bytes of a model file: the largest that training makes has 128 MiB of weights and a table beside them.
const MODEL_BYTES_MAX: u64 = 256 << 20;

/// Hex digits that name a model in every order it classified: enough to tell all models of a hotline apart.
const MODEL_ID_DIGITS: usize = 12;

/// A short name of a model: the same model has the same everywhere.
pub(super) fn id_of(bytes: &[u8]) -> String {
    let mut id = hex::encode(Sha256::digest(bytes));
    id.truncate(MODEL_ID_DIGITS);
    id
}

/// A model and the name of its bytes.
pub(super) type Named = (Model, String);

/// Trains what the course says: beside another model, if one is given, so that a text is counted once for both.
pub(super) fn train(
    normaliser: &Normaliser,
    course: Course<'_>,
    beside: Option<&Model>,
) -> Result<Named, IntakeError> {
    let Course { examples, labels, options } = course;
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
    let (model, id) = train(normaliser, course, beside)?;
    save(path, &model.to_bytes())?;
    Ok((model, id))
}

/// Writes a model where it is looked for.
///
/// # Errors
/// [`IntakeError::Write`] names the file.
pub fn save(path: &Path, bytes: &[u8]) -> Result<(), IntakeError> {
    whole_file::write(path, bytes)
        .map_err(|source| IntakeError::Write { file: path.to_owned(), source })
}
