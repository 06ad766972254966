//! What can be wrong with a district's files: which file, which line, which field, what it should be. Finds nothing itself.

use std::path::PathBuf;

use hotline_engine::calendar::CalendarError;
use hotline_engine::draft::DraftError;
use hotline_engine::profile::ProfileError;
use hotline_engine::rejection::Rejection;
use hotline_engine::rules::RulesError;
use hotline_engine::score::ScoreError;
use hotline_engine::time::{Day, TimeError};
use hotline_knowledge_base::SynonymsError;

use super::SETTINGS;

/// Why a district cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DistrictError {
    /// A file is missing or cannot be read.
    #[error("{}: cannot be read: {source}", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is larger than anything that is meant.
    #[error("{}: has {bytes} bytes; at most {max} are read", file.display())]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// Its size.
        bytes: u64,
        /// The bound.
        max: u64,
    },
    /// A file is not UTF-8.
    #[error("{file} line {line}: is not UTF-8; save the file as UTF-8")]
    NotUtf8 {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
    },
    /// A table lacks a column.
    #[error("{file} line 1: column `{column}` is missing")]
    Column {
        /// The file.
        file: String,
        /// The column.
        column: &'static str,
    },
    /// A table's line cannot be taken apart.
    #[error("{file} line {line}: {reason}")]
    Csv {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// Why.
        reason: String,
    },
    /// A line of JSON cannot be read; the text names the field.
    #[error("{file} line {line}: {source}")]
    Json {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// Why, with the path of the field.
        source: serde_path_to_error::Error<serde_json::Error>,
    },
    /// Settings or a profile cannot be read; the text names the key.
    #[error("{file} line {line}: {reason}")]
    Toml {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// Why, with the key.
        reason: String,
    },
    /// One field is wrong.
    #[error("{file} line {line}: {field} {fault}")]
    Field {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        fault: Fault,
    },
    /// A profile that is neither built in nor in the folder.
    #[error("profile `{name}` is neither a file `{name}.toml` beside {SETTINGS} nor one of {}", known.join(", "))]
    UnknownProfile {
        /// The profile.
        name: String,
        /// Those inside the program.
        known: Vec<&'static str>,
    },
    /// A profile makes no sense.
    #[error("{file} line {line}: {source}")]
    Profile {
        /// The file.
        file: String,
        /// The line of the key, from 1; of its table where the key is missing.
        line: u64,
        /// Which key, and why.
        source: Box<ProfileError>,
    },
    /// Two versions of a profile begin on one day.
    #[error("{file} line {line}: effective_from: {day} is the first day of {first} too")]
    SameDay {
        /// The later one in the settings.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The day.
        day: Day,
        /// The other file.
        first: String,
    },
    /// A scoring rule makes no sense.
    #[error("{file}: {source}")]
    Score {
        /// The file, or the name of a rule inside the program.
        file: String,
        /// Which item, and why.
        source: ScoreError,
    },
    /// A list of words that mean the same has a mistake.
    #[error("{file} {source}")]
    Synonyms {
        /// The file.
        file: &'static str,
        /// Which line, and why.
        source: SynonymsError,
    },
    /// The units, matters and duty rows do not fit each other.
    #[error("{file}: {source}")]
    Draft {
        /// The file.
        file: &'static str,
        /// What does not fit.
        source: DraftError,
    },
    /// The rules make no sense.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The calendar makes no sense.
    #[error("{file}: {source}")]
    Calendar {
        /// The file.
        file: &'static str,
        /// Which line, and why.
        source: CalendarError,
    },
    /// A region's borders cannot be used.
    #[error("{file} feature {feature}: {fault}")]
    Shape {
        /// The file.
        file: &'static str,
        /// Number of the feature, from 1; 0 for the whole.
        feature: usize,
        /// What is wrong with it.
        fault: ShapeFault,
    },
    /// The engine does not adopt the directory.
    #[error("the directory was refused: {0}")]
    Refused(#[from] Rejection),
}

/// What is wrong with one field.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It says nothing.
    #[error("is empty")]
    Empty,
    /// It is none of the words it may be.
    #[error("`{value}` is not one of {words}")]
    NotOneOf {
        /// What it says.
        value: String,
        /// What it may say.
        words: String,
    },
    /// It names something that another file does not list.
    #[error("`{value}` is not in {listed_in}")]
    Unlisted {
        /// What it names.
        value: String,
        /// Where it should stand.
        listed_in: &'static str,
    },
    /// It names a department where only a place can be.
    #[error("`{value}` is a department, not a place")]
    NoPlace {
        /// What it names.
        value: String,
    },
    /// It stands twice.
    #[error("`{value}` is listed twice, first in line {first}")]
    Twice {
        /// What it says.
        value: String,
        /// Where it stood first.
        first: u64,
    },
    /// It has line breaks, where a name stands.
    #[error("is not one line")]
    NotOneLine,
    /// It is too long for a name.
    #[error("is longer than {max} characters")]
    TooLong {
        /// The most it may have.
        max: usize,
    },
    /// It names a folder, in a path.
    #[error("is `.` or `..`, which no path can hold")]
    NoName,
    /// The last day is before the first.
    #[error("lies before valid_from")]
    Backwards,
    /// It is no span of days, or one that ends before it begins.
    #[error("`{value}` is not a first and a last day such as 2026-02-10..2026-02-20")]
    NoSpan {
        /// What it says.
        value: String,
    },
    /// It is no number, or none that is meant.
    #[error("`{value}` is not a number from 1 to {max}")]
    NoCount {
        /// What it says.
        value: String,
        /// The most that can be meant.
        max: u16,
    },
    /// It is no date.
    #[error(transparent)]
    Date(#[from] TimeError),
    /// It lies outside its range.
    #[error("{value} is not between 0 and 1")]
    NoShare {
        /// What it says.
        value: f32,
    },
}

/// What is wrong with the borders of a region.
#[derive(Debug, thiserror::Error)]
pub enum ShapeFault {
    /// The file is another kind of GeoJSON.
    #[error("`{kind}` is no FeatureCollection")]
    NoCollection {
        /// What it says it is.
        kind: String,
    },
    /// There is more than is meant.
    #[error("more than {max} {what}")]
    TooMany {
        /// Features or corners.
        what: &'static str,
        /// The bound.
        max: usize,
    },
    /// A polygon without any ring.
    #[error("a polygon has no ring")]
    NoRing,
    /// A ring that is none.
    #[error("a ring has fewer than 4 corners or does not end where it began")]
    OpenRing,
    /// A corner that cannot be meant.
    #[error("({longitude}, {latitude}) lies outside China; are longitude and latitude swapped?")]
    OutsideChina {
        /// In degrees.
        longitude: f64,
        /// In degrees.
        latitude: f64,
    },
    /// It names no region of the district.
    #[error("unit `{unit}` is not a street, town, village or community in units.csv")]
    NoRegion {
        /// What it names.
        unit: String,
    },
}

impl DistrictError {
    /// The field at fault, where it is one of a line of fields.
    pub(crate) fn field(&self) -> Option<String> {
        match self {
            DistrictError::Field { field, .. } => Some((*field).to_owned()),
            DistrictError::Json { source, .. } => {
                let path = source.path().to_string();
                // What is missing, or not known, is named in the words alone.
                let named = source.inner().to_string().split('`').nth(1).map(str::to_owned);
                if path == "." || path == "?" { named } else { Some(path) }
            }
            _ => None,
        }
    }

    /// The line, from 1, where it is one of a line of fields.
    pub(crate) fn line(&self) -> Option<u64> {
        match self {
            DistrictError::Field { line, .. } | DistrictError::Json { line, .. } => Some(*line),
            _ => None,
        }
    }

    /// Whether the mistake is in this field, or in a part of it.
    pub(crate) fn is_of(&self, field: &str) -> bool {
        self.field().is_some_and(|it| it.split('.').next() == Some(field))
    }
}
