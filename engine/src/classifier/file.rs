//! A model as bytes and back. Bytes are judged before they are believed: checksum first, then version,
//! scheme, bounds. Where the bytes are kept is the caller's business.
//!
//! Layout, little-endian: magic (8), xxh3-128 of all that follows (16), format version (4), feature scheme
//! (4), labels, facts, calibration, n-gram table, weights. Texts are a length (4) and UTF-8.

use xxhash_rust::xxh3::xxh3_128;

use super::calibration::Calibration;
use super::vocabulary::Vocabulary;
use super::weights::Weights;
use super::{FEATURE_SCHEME, Facts, LABELS_MAX, Model};

/// Version of the layout. Magic and checksum stay where they are in every version.
pub const FORMAT_VERSION: u32 = 2;

const MAGIC: &[u8; 8] = b"hotlineM";
const CHECKSUM_BYTES: usize = 16;
/// Longest label name or fact: a path of a taxonomy has some 60 bytes.
pub(super) const TEXT_BYTES_MAX: usize = 4096;
/// Scores of a sane model lie near ±1; this keeps arithmetic on a forged one finite.
const NUMBER_MAX: f32 = 1e6;

/// Why bytes are not a model of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Not a model at all.
    #[error("this is not a hotline model file")]
    NotAModel,
    /// The checksum does not fit: cut off, damaged or changed.
    #[error(
        "the model file is cut off or damaged (its checksum does not fit); copy or train it again"
    )]
    Checksum,
    /// Of a format this program does not read.
    #[error(
        "the model file has format {found}, this program reads {FORMAT_VERSION}; train it again"
    )]
    Version {
        /// The version in the file.
        found: u32,
    },
    /// Its features are computed in another way.
    #[error("the model has feature scheme {found}, this program {FEATURE_SCHEME}; train it again")]
    Scheme {
        /// The scheme in the file.
        found: u32,
    },
    /// The checksum fits, yet a part is impossible.
    #[error("the model file holds an impossible {0}; train it again")]
    Damaged(&'static str),
}

impl Model {
    /// The model as bytes for [`Model::from_bytes`]; the same model always gives the same bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.resize(MAGIC.len() + CHECKSUM_BYTES, 0);
        write_u32(&mut out, FORMAT_VERSION);
        write_u32(&mut out, u32::from(FEATURE_SCHEME));
        write_u32(&mut out, self.labels.len() as u32);
        for label in &self.labels {
            write_text(&mut out, label);
        }
        write_u32(&mut out, self.facts.examples_count);
        out.extend(self.facts.seed.to_le_bytes());
        write_text(&mut out, &self.facts.trained);
        let Calibration { sharpness, shift, by_margin, by_score } = self.calibration;
        for value in [sharpness, shift, by_margin, by_score] {
            write_f32(&mut out, value);
        }
        self.vocabulary.write(&mut out);
        self.weights.write(&mut out);
        let (head, rest) = out.split_at_mut(MAGIC.len() + CHECKSUM_BYTES);
        head[MAGIC.len()..].copy_from_slice(&xxh3_128(rest).to_le_bytes());
        out
    }

    /// Reads what [`Model::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`ModelError`] for anything else; never panics, and allocates no more than a few times the size of
    /// `bytes`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(ModelError::NotAModel)?;
        let (checksum, rest) =
            rest.split_first_chunk::<CHECKSUM_BYTES>().ok_or(ModelError::Checksum)?;
        if xxh3_128(rest) != u128::from_le_bytes(*checksum) {
            return Err(ModelError::Checksum);
        }
        let mut from = Reader::new(rest);
        match from.u32()? {
            FORMAT_VERSION => {}
            found => return Err(ModelError::Version { found }),
        }
        match from.u32()? {
            found if found == u32::from(FEATURE_SCHEME) => {}
            found => return Err(ModelError::Scheme { found }),
        }
        read_parts(&mut from)
    }
}

fn read_parts(from: &mut Reader<'_>) -> Result<Model, ModelError> {
    let labels_count = from.u32()? as usize;
    if labels_count == 0 || labels_count > LABELS_MAX {
        return Err(ModelError::Damaged("number of labels"));
    }
    let labels = (0..labels_count).map(|_| from.text()).collect::<Result<Vec<_>, _>>()?;
    let facts = Facts { examples_count: from.u32()?, seed: from.u64()?, trained: from.text()? };
    let [sharpness, shift, by_margin, by_score] = from.finite_f32s(4)?[..] else {
        return Err(ModelError::Damaged("calibration"));
    };
    if sharpness <= 0.0 {
        return Err(ModelError::Damaged("calibration"));
    }
    let calibration = Calibration { sharpness, shift, by_margin, by_score };
    let vocabulary = Vocabulary::read(from)?;
    let weights = Weights::read(from, labels_count, vocabulary.rows_count())?;
    if !from.rest.is_empty() {
        return Err(ModelError::Damaged("end"));
    }
    Ok(Model { vocabulary, weights, calibration, labels, facts })
}

/// Takes parts off the front of the bytes; sizes are checked before anything is allocated.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], ModelError> {
        let (head, rest) = self.rest.split_at_checked(count).ok_or(ModelError::Damaged("size"))?;
        self.rest = rest;
        Ok(head)
    }

    fn chunk<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        let (head, rest) = self.rest.split_first_chunk().ok_or(ModelError::Damaged("size"))?;
        self.rest = rest;
        Ok(*head)
    }

    pub(super) fn u32(&mut self) -> Result<u32, ModelError> {
        self.chunk().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, ModelError> {
        self.chunk().map(u64::from_le_bytes)
    }

    fn text(&mut self) -> Result<String, ModelError> {
        let length = self.u32()? as usize;
        if length > TEXT_BYTES_MAX {
            return Err(ModelError::Damaged("length of a text"));
        }
        let text = str::from_utf8(self.take(length)?);
        text.map(str::to_owned).map_err(|_| ModelError::Damaged("text"))
    }

    pub(super) fn finite_f32s(&mut self, count: usize) -> Result<Vec<f32>, ModelError> {
        let bytes = self.take(count * 4)?;
        let numbers: Vec<f32> =
            bytes.as_chunks().0.iter().map(|&chunk| f32::from_le_bytes(chunk)).collect();
        if numbers.iter().all(|n| n.abs() <= NUMBER_MAX) {
            Ok(numbers)
        } else {
            Err(ModelError::Damaged("number"))
        }
    }
}

pub(super) fn write_u32(out: &mut Vec<u8>, value: u32) {
    out.extend(value.to_le_bytes());
}

pub(super) fn write_f32(out: &mut Vec<u8>, value: f32) {
    out.extend(value.to_le_bytes());
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    write_u32(out, text.len() as u32);
    out.extend(text.as_bytes());
}
