//! A district as its files describe it: units, matters, duty list, handlers, keywords, articles, labelled orders, settings.
//!
//! Reads and checks; routes nothing and trains nothing.

mod articles;
mod error;
mod learnt_files;
mod lines;
pub mod profiles;
mod regions;
mod staff;
mod tables;
pub(crate) mod toml_text;
pub mod written;

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use hotline_engine::actor::Actor;
use hotline_engine::article::ArticleDraft;
use hotline_engine::calendar::Calendar;
use hotline_engine::command::{Action, Command};
use hotline_engine::directory::Directory;
use hotline_engine::draft::{DirectoryDraft, DraftError, HolderDraft, UnitDraft};
use hotline_engine::order::{Confidence, Kind, Urgency};
use hotline_engine::profile::Place;
use hotline_engine::staff_draft::StaffError;
use hotline_engine::text::KeywordRow;
use hotline_engine::time::Timestamp;
use hotline_engine::{Rules, State};
use hotline_knowledge_base::Synonyms;
use serde::{Deserialize, Deserializer};

pub use articles::ArticleLine;
pub use error::{DistrictError, Fault, ShapeFault};
pub(crate) use learnt_files::learnt_files;
pub use lines::{articles as read_articles, articles_and_mistakes};
use profiles::ProfileFile;
pub use regions::RegionShape;

use crate::sample;

/// What makes a folder that of a district.
pub(crate) const SETTINGS: &str = "district.toml";
const UNITS: &str = "units.csv";
const MATTERS: &str = "matters.csv";
const HANDLERS: &str = "handlers.csv";
const WORK_TIMES: &str = "work-times.csv";
const DUTY_LIST: &str = "duty-list.csv";
const KEYWORDS: &str = "keywords.csv";
const ARTICLES: &str = "articles.jsonl";
const ORDERS: &str = "orders.jsonl";
const REGIONS: &str = "regions.geojson";
const EXERCISES: &str = "exercises.jsonl";
const THRESHOLDS: &str = "thresholds.csv";
const SYNONYMS: &str = "synonyms.txt";

/// Bytes of one file of a district: two years of a district's orders for training have some 20 MB.
pub const FILE_BYTES_MAX: u64 = 128 << 20;

/// A district, read and checked.
#[derive(Clone, Debug)]
pub struct District {
    /// What `district.toml` says.
    pub settings: Settings,
    /// Units, matters and duty list, ready to be adopted.
    pub draft: DirectoryDraft,
    /// What citizens call the streets, towns, villages and communities.
    pub places: Vec<PlaceName>,
    /// Their borders, where they are known.
    pub shapes: Vec<RegionShape>,
    /// The matters with the words citizens use for them.
    pub matters: Vec<MatterHints>,
    /// Words that raise the urgency, hang on a tag or call for a transfer.
    pub keywords: Vec<KeywordRow>,
    /// What call-takers read out.
    pub articles: Vec<ArticleDraft>,
    /// Examples to learn from and to measure with.
    pub orders: Vec<LabelledOrder>,
    /// Texts that were written to learn from: nothing is measured on them.
    pub exercises: Vec<Exercise>,
    /// The confidence that single units or kinds of unit are dispatched with.
    pub thresholds: Vec<Threshold>,
    /// Words of the place that mean the same, beside those inside the program.
    pub synonyms: Arc<Synonyms>,
    pub(crate) profiles: Vec<ProfileFile>,
    calendar: Calendar,
}

/// What `district.toml` says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The district's name, for people.
    pub name: String,
    /// Where its directory comes from, for people.
    pub source: String,
    /// Name of its rule profile, or of the versions of it: the one in force at a day counts.
    #[serde(deserialize_with = "one_or_many")]
    pub profile: Vec<String>,
    /// Below this confidence of the unit a dispatcher decides; 0 to 1.
    pub confidence_min: f32,
}

/// A name of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceName {
    /// What citizens say.
    pub name: String,
    /// Code of the unit it belongs to.
    pub unit: String,
}

/// A matter with words for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatterHints {
    /// Its path.
    pub path: String,
    /// What citizens say.
    pub hints: Vec<String>,
}

/// A text with the matter and kind that its writer meant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exercise {
    /// The headline; may be empty.
    pub title: String,
    /// The story.
    pub content: String,
    /// What the caller wants.
    pub kind: Kind,
    /// Path of its matter.
    pub matter: String,
}

/// How sure the engine must be of a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// The unit, or every street, or every community.
    pub unit: HolderDraft,
    /// 0 to 1.
    pub confidence_min: f32,
}

impl Threshold {
    fn is_of(&self, unit: &UnitDraft) -> bool {
        match &self.unit {
            HolderDraft::Unit(code) => *code == unit.code,
            HolderDraft::StreetOfPlace => unit.level.is_street(),
            HolderDraft::CommunityOfPlace => unit.level.is_community(),
        }
    }
}

/// An order whose right answer is known.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LabelledOrder {
    /// Names it.
    pub id: String,
    /// The headline; may be empty.
    pub title: String,
    /// The story.
    pub content: String,
    /// What the caller wants.
    pub kind: Kind,
    /// Path of its matter.
    pub matter: String,
    /// Code of the unit that the duty list gives for matter and place.
    pub lead: String,
    /// Code of the street or community it is about.
    #[serde(default)]
    pub place: Option<String>,
    /// How fast it must move.
    pub urgency: Urgency,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Kept for measuring: nothing is trained on it.
    #[serde(default)]
    pub held_apart: bool,
}

/// The texts of a district's files.
pub(crate) struct Files {
    pub(crate) settings: Cow<'static, str>,
    pub(crate) units: Cow<'static, str>,
    pub(crate) matters: Cow<'static, str>,
    pub(crate) duty_list: Cow<'static, str>,
    pub(crate) handlers: Cow<'static, str>,
    pub(crate) work_times: Cow<'static, str>,
    pub(crate) keywords: Cow<'static, str>,
    pub(crate) articles: Cow<'static, str>,
    pub(crate) orders: Cow<'static, str>,
    pub(crate) regions: Cow<'static, str>,
    pub(crate) exercises: Cow<'static, str>,
    pub(crate) thresholds: Cow<'static, str>,
    pub(crate) synonyms: Cow<'static, str>,
}

impl District {
    /// The name of the unit with this code.
    pub(crate) fn name_of(&self, code: &str) -> Option<String> {
        self.draft.units.iter().find(|unit| unit.code == code).map(|unit| unit.name.clone())
    }

    /// Reads a folder. Handlers, work times, keywords, articles, orders, exercises, thresholds,
    /// synonyms and regions may be missing: a district starts without them.
    ///
    /// # Errors
    /// [`DistrictError`] names the file, the line and the field.
    pub fn load(folder: &Path) -> Result<District, DistrictError> {
        let required = |name: &str| read_text(&folder.join(name), name).map(Cow::Owned);
        let optional = |name: &str, empty: &'static str| {
            let path = folder.join(name);
            if path.exists() {
                read_text(&path, name).map(Cow::Owned)
            } else {
                Ok(Cow::Borrowed(empty))
            }
        };
        let files = Files {
            settings: required(SETTINGS)?,
            units: required(UNITS)?,
            matters: required(MATTERS)?,
            duty_list: required(DUTY_LIST)?,
            handlers: optional(HANDLERS, "unit,handler,name,skills,capacity,absent\n")?,
            work_times: optional(WORK_TIMES, "matter,work_minutes\n")?,
            keywords: optional(KEYWORDS, "words,effect,value\n")?,
            articles: optional(ARTICLES, "")?,
            orders: optional(ORDERS, "")?,
            regions: optional(REGIONS, "")?,
            exercises: optional(EXERCISES, "")?,
            thresholds: optional(THRESHOLDS, "unit,confidence_min\n")?,
            synonyms: optional(SYNONYMS, "")?,
        };
        District::parse(&files, Some(folder))
    }

    /// The sample district, Longhu, which is part of the program.
    ///
    /// # Errors
    /// [`DistrictError`], if the program was built with broken files.
    pub fn sample() -> Result<District, DistrictError> {
        District::parse(&sample::files(), None)
    }

    /// The same from texts; profiles come from the folder or are built in.
    pub(crate) fn parse(files: &Files, folder: Option<&Path>) -> Result<District, DistrictError> {
        let settings: Settings = toml_text::read(SETTINGS, &files.settings)?;
        let wrong = |field, fault| {
            let line =
                toml_text::line_of(&files.settings, Place { key: Some(field), ..Place::default() });
            Err(DistrictError::Field { file: SETTINGS.to_owned(), line, field, fault })
        };
        if !(0.0..=1.0).contains(&settings.confidence_min) {
            return wrong("confidence_min", Fault::NoShare { value: settings.confidence_min });
        }
        if settings.profile.is_empty() {
            return wrong("profile", Fault::Empty);
        }
        let profiles = settings.profile.iter().map(|name| ProfileFile::read(name, folder));
        let profiles = profiles.collect::<Result<Vec<_>, _>>()?;
        profiles::check_days(&profiles)?;
        let (units, places) = tables::units(&files.units)?;
        let matters = tables::matters(&files.matters)?;
        let draft = DirectoryDraft {
            source: settings.source.clone(),
            units,
            matters: matters.iter().map(|matter| matter.path.clone()).collect(),
            rows: tables::duty_list(&files.duty_list)?,
            handlers: staff::handlers(&files.handlers)?,
            work: staff::work_times(&files.work_times)?,
        };
        draft.check().map_err(|source| DistrictError::Draft { file: file_of(&source), source })?;
        let directory = draft.adopted_by(&Directory::default());
        profiles.iter().try_for_each(|profile| profile.check_names(&directory))?;
        let listed = lines::Listed::of(&draft);
        let articles = listed.articles(&files.articles)?;
        let orders = listed.orders(&files.orders)?;
        let shapes = regions::shapes(&files.regions)?;
        listed.regions(&shapes)?;
        let exercises = listed.exercises(&files.exercises)?;
        let synonyms = Synonyms::beside_built_in(&files.synonyms)
            .map_err(|source| DistrictError::Synonyms { file: SYNONYMS, source })?;
        let thresholds = tables::thresholds(&files.thresholds, &draft.units)?;
        let district = District {
            keywords: tables::keywords(&files.keywords)?,
            calendar: profiles::calendar(folder)?,
            settings,
            draft,
            places,
            shapes,
            matters,
            articles,
            orders,
            exercises,
            thresholds,
            synonyms: Arc::new(synonyms),
            profiles,
        };
        district.rules()?;
        Ok(district)
    }

    /// The directory of these files alone, for look-ups: what was in force before has no part in it.
    pub fn directory(&self) -> Directory {
        self.draft.adopted_by(&Directory::default())
    }

    /// The rules that orders of this district are decided by.
    ///
    /// # Errors
    /// When the profile makes no sense.
    pub fn rules(&self) -> Result<Rules, DistrictError> {
        let confidence_min = Confidence::from_probability(self.settings.confidence_min);
        let profiles = self.profiles.iter().map(|file| file.profile.clone()).collect();
        let mut rules = Rules::new(profiles, self.calendar.clone(), confidence_min)?;
        for threshold in &self.thresholds {
            let least = Confidence::from_probability(threshold.confidence_min);
            let meant = self.draft.units.iter().filter(|unit| threshold.is_of(unit));
            rules.confidence_min_of.extend(meant.map(|unit| (unit.code.clone(), least)));
        }
        Ok(rules)
    }

    /// The years of which only part of a notice is known, and the holidays that it lacks.
    pub fn notices_in_part(&self) -> impl Iterator<Item = (i16, String)> {
        self.calendar.in_part().map(|(year, lacks)| (year, lacks.join("、")))
    }

    /// An empty state that has adopted this district's directory at `at`.
    ///
    /// # Errors
    /// When the engine refuses the directory.
    pub fn adopted(&self, at: Timestamp) -> Result<State, DistrictError> {
        let mut state = State::default();
        let action = Action::AdoptDirectory(Box::new(self.draft.clone()));
        let command = Command { actor: Actor::system(), seen: None, action };
        hotline_engine::step(&mut state, &self.rules()?, at, &command)?;
        Ok(state)
    }
}

/// Which file a mistake in the directory stands in.
fn file_of(error: &DraftError) -> &'static str {
    match error {
        DraftError::TooMany { what: "units", .. }
        | DraftError::UnitTwice { .. }
        | DraftError::UnitCode { .. }
        | DraftError::Parent { .. } => UNITS,
        DraftError::TooMany { what: "handlers", .. }
        | DraftError::Staff(StaffError::Handler { .. }) => HANDLERS,
        DraftError::TooMany { what: "expected work", .. }
        | DraftError::Staff(StaffError::Work { .. }) => WORK_TIMES,
        DraftError::TooMany { what: "matters", .. } | DraftError::MatterPath { .. } => MATTERS,
        DraftError::TooMany { .. }
        | DraftError::UnknownMatter { .. }
        | DraftError::UnknownUnit { .. }
        | DraftError::PlaceIsNoRegion { .. }
        | DraftError::FunctionalToGrassroots { .. }
        | DraftError::EndsBeforeItBegins { .. } => DUTY_LIST,
    }
}

/// Reads a file of bounded size as UTF-8, without a byte order mark.
pub fn read_text(path: &Path, name: &str) -> Result<String, DistrictError> {
    let unreadable = |source| DistrictError::Read { file: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let bytes = path.metadata().map_err(unreadable)?.len();
        return Err(DistrictError::TooLarge { file: path.to_owned(), bytes, max: FILE_BYTES_MAX });
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let whole = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + whole.iter().filter(|byte| **byte == b'\n').count() as u64;
        DistrictError::NotUtf8 { file: name.to_owned(), line }
    })?;
    Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned))
}

/// A word, or a list of words.
fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a name or a list of names")]
    enum Names {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Names::deserialize(from)? {
        Names::One(name) => vec![name],
        Names::Many(names) => names,
    })
}
