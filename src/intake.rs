//! From what a citizen wrote to what the engine decides by: matter, kind, urgency, tags, transfer and place.
//!
//! Decides nothing: the engine does, and what is found here travels inside the command.

mod error;
mod kept;
mod matter_reader;
mod parents;
mod place;
mod training;
mod units;
mod urgency;
mod weighing;

use std::path::Path;

use hotline_engine::accept::TAGS_MAX;
use hotline_engine::classifier::{Counted, Document, Evidence, Model, Part, Reach, Scratch};
use hotline_engine::command::Acceptance;
use hotline_engine::directory::{Directory, MatterId};
use hotline_engine::order::{Candidate, Channel, Classification, Confidence, Kind, Urgency};
use hotline_engine::text::{
    Effect, KeywordRules, Normalised, Normaliser, Raise, Sketch, Transfer, mask_identity,
};

pub use error::IntakeError;
pub use matter_reader::MatterReader;
pub use training::Taught;

use crate::district::{District, LabelledOrder};
use crate::recovery::DataFolder;
use parents::Parents;
use place::Mentions;
pub(crate) use place::NewLocation;
pub use place::{Datum, Found, Location, LocationError, PlaceReader, Why};
use training::Course;
use units::Leads;
use urgency::UrgencyReader;
use weighing::{Buffers, Group, likeliest};

/// What the classifier reads of a story: long ones say at their ends what they are about. On the seven matters of 5,681
/// citizens' messages (392 characters on average) macro-F1 falls by 0.002, and the reading takes half the time.
const REACH: Reach = Reach { first: 240, last: 80 };

/// Names of the models for groups of matters, as their files have them.
const PARENT: &str = "parent";
const UNIT: &str = "unit";

/// Fewer letters (停水了, 打错了) are too little to be sure by: candidates are named without confidence.
const LETTERS_MIN: usize = 4;

/// What a citizen said.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// May be empty.
    pub title: &'a str,
    /// The story.
    pub content: &'a str,
    /// The place in the caller's words, or the code of a street or community.
    pub place: Option<&'a str>,
    /// The point on the map that came with it.
    pub location: Option<Location>,
}

/// What was found in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The matters it may be about, and the words that say so, identity masked.
    pub classification: Classification,
    /// What the caller wants.
    pub kind: Kind,
    /// By the keyword rules, and by a model that may find it urgent where they are silent.
    pub urgency: Urgency,
    /// By the keyword rules.
    pub tags: Vec<String>,
    /// 110, 119 or 120, when a life may be in danger.
    pub transfer: Option<u16>,
    /// The street, town, village or community it is about, and why.
    pub place: Option<Found>,
    /// What it looks like, for finding others like it.
    pub sketch: Option<Sketch>,
}

/// What is said of a message beside its words; what is not said is read from them.
#[derive(Clone, Debug)]
pub struct Given {
    /// What the caller wants.
    pub kind: Option<Kind>,
    /// Nobody lowers what the words themselves call for.
    pub urgency: Option<Urgency>,
    /// How it came in.
    pub channel: Channel,
    /// Beside those found in the words.
    pub tags: Vec<String>,
    /// May be empty.
    pub title: String,
    /// The story.
    pub content: String,
    /// In the caller's words.
    pub place: Option<String>,
}

impl From<&LabelledOrder> for Given {
    /// As a message of which the kind is known; its place must be found in the words.
    fn from(order: &LabelledOrder) -> Given {
        Given {
            kind: Some(order.kind),
            urgency: None,
            channel: Channel::Web,
            tags: Vec::new(),
            title: order.title.clone(),
            content: order.content.clone(),
            place: None,
        }
    }
}

impl Reading {
    /// What the engine is asked to accept: no matter, upstream, caller or key yet.
    #[must_use]
    pub fn acceptance(self, given: Given) -> Acceptance {
        let mut tags = given.tags;
        for tag in self.tags {
            // A request with as many as may be is not refused for one that was found.
            if tags.len() < TAGS_MAX && !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        Acceptance {
            tags,
            urgency: given.urgency.map_or(self.urgency, |given| given.max(self.urgency)),
            title: given.title,
            place: given.place,
            region: self.place.map(|found| found.region),
            transfer: self.transfer,
            classification: self.classification,
            sketch: self.sketch,
            ..Acceptance::plain(given.kind.unwrap_or(self.kind), given.channel, given.content)
        }
    }
}

/// Buffers of one reading thread: reuse them, and reading allocates only what it gives back.
#[derive(Debug, Default)]
pub struct Workspace {
    title: Normalised,
    body: Normalised,
    place: Normalised,
    scratch: Scratch,
    mentions: Mentions,
    weighed: Buffers,
}

impl Workspace {
    /// Empty buffers.
    pub fn new() -> Workspace {
        Workspace::default()
    }
}

/// Reads messages. Immutable; share it between threads, each with its own [`Workspace`].
#[derive(Debug)]
pub struct Intake {
    normaliser: Normaliser,
    matter: Model,
    /// The matter of each label of the model; none for labels that the directory does not list.
    matters: Vec<Option<MatterId>>,
    /// Names the matter model in orders.
    model_id: String,
    kind: Option<Model>,
    urgency: Option<UrgencyReader>,
    parents: Option<Group>,
    units: Option<Group>,
    keywords: KeywordRules,
    places: PlaceReader,
}

/// Where the model for matters comes from.
enum Source<'a> {
    Trained,
    Folder(&'a DataFolder),
    File(&'a Path),
}

impl Intake {
    /// Trains on the district's files, without what they hold apart. The same files give the same intake.
    ///
    /// # Errors
    /// [`IntakeError`] when the files give nothing to learn from.
    pub fn train(district: &District, directory: &Directory) -> Result<Intake, IntakeError> {
        Intake::new(district, directory, &Source::Trained)
    }

    /// Opens the models kept in the data folder if they were trained on these very files; else trains and keeps them.
    /// A kept model that is damaged or of another version is told about and trained anew.
    ///
    /// # Errors
    /// [`IntakeError`] when the files give nothing to learn from, or the folder cannot be written.
    pub fn open(
        folder: Option<&DataFolder>,
        district: &District,
        directory: &Directory,
    ) -> Result<Intake, IntakeError> {
        let source = folder.map_or(Source::Trained, Source::Folder);
        Intake::new(district, directory, &source)
    }

    /// Takes the model for matters from a file that the user named.
    ///
    /// # Errors
    /// [`IntakeError`] when the file is no model, is damaged, of another version or knows none of the district's matters.
    pub fn with_model(
        file: &Path,
        district: &District,
        directory: &Directory,
    ) -> Result<Intake, IntakeError> {
        Intake::new(district, directory, &Source::File(file))
    }

    fn new(
        district: &District,
        directory: &Directory,
        source: &Source<'_>,
    ) -> Result<Intake, IntakeError> {
        let normaliser = Normaliser::new();
        let (mut matter, model_id) = match source {
            Source::File(file) => kept::open(file)?,
            Source::Trained => kept::train(&normaliser, Course::of_matters(district), None)?,
            Source::Folder(folder) => {
                let course = Course::of_matters(district);
                kept::promoted_or_trained(&normaliser, course, folder)?
            }
        };
        let matters = matters_of(&matter, directory);
        if let (Source::File(file), None) = (source, matters.iter().flatten().next()) {
            let labels = matter.labels();
            let label = labels.first().cloned().unwrap_or_default();
            return Err(IntakeError::Foreign {
                file: file.to_path_buf(),
                labels_count: labels.len(),
                label,
            });
        }
        let beside = |course: Course<'_>, name: &str| match source {
            _ if course.examples.is_empty() => Ok(None),
            Source::Folder(folder) => {
                let path = folder.model(name);
                kept::open_or_train(&normaliser, course, Some(&matter), &path).map(Some)
            }
            Source::Trained | Source::File(_) => {
                kept::train(&normaliser, course, Some(&matter)).map(Some)
            }
        };
        let alone = |found: Option<(Model, String)>| found.map(|(model, _)| model);
        let mut kind = alone(beside(Course::of_kinds(district, &model_id), "kind")?);
        let mut urgency = alone(beside(Course::of_urgency(district, &model_id), "urgency")?);
        // A promoted model was kept with models of groups that have learnt the same lessons.
        let kept = |name: &str, labels: &[String]| match source {
            Source::Folder(folder) => kept::promoted_group(folder, &model_id, name, labels),
            Source::Trained | Source::File(_) => None,
        };
        let grouped = |course: Course<'_>, name: &str| match kept(name, &course.labels) {
            Some(model) => Ok(Some(model)),
            None => beside(course, name).map(alone),
        };
        let (parents, leads) = (Parents::of(&district.draft.matters), Leads::of(district));
        let (above, units) = rayon::join(
            || grouped(Course::of_parents(district, &parents, &[], &model_id), PARENT),
            || grouped(Course::of_units(district, &leads, &[], &model_id), UNIT),
        );
        let (mut above, mut units) = (above?, units?);
        let others = [&mut kind, &mut urgency, &mut above, &mut units];
        let others = others.into_iter().filter_map(Option::as_mut);
        Model::join(&mut std::iter::once(&mut matter).chain(others).collect::<Vec<_>>());
        let group = |model: Model, label: &dyn Fn(&str) -> Option<u16>| {
            Group::new(model, matter.labels().iter().map(|path| label(path)).collect())
        };
        let parents = above.map(|model| group(model, &|path| parents.of_matter(path)));
        let units = units.map(|model| group(model, &|path| leads.of_matter(path)));
        Ok(Intake {
            keywords: KeywordRules::new(&normaliser, &district.keywords)?,
            places: PlaceReader::new(&normaliser, district, directory)?,
            normaliser,
            matter,
            matters,
            model_id,
            kind,
            urgency: urgency.map(UrgencyReader::new),
            parents,
            units,
        })
    }

    /// Labels of the model that are no matters of the district, and labels in all.
    pub fn foreign_labels(&self) -> (usize, usize) {
        let foreign = self.matters.iter().filter(|matter| matter.is_none()).count();
        (foreign, self.matters.len())
    }

    /// Names the model for matters, as orders record it.
    pub fn model_id(&self) -> &str {
        &self.model_id
    }

    /// Reads one message.
    pub fn read(&self, message: Message<'_>, workspace: &mut Workspace) -> Reading {
        self.normaliser.normalise(message.title, &mut workspace.title);
        self.normaliser.normalise(message.content, &mut workspace.body);
        let Workspace { title, body, scratch, weighed, .. } = workspace;
        let mut counted = self.matter.count(Document { title, body, reach: Some(REACH) }, scratch);
        let classification = self.classify(message, &mut counted, weighed);
        let kind = self.kind(&mut counted);
        let urgency = self.urgency.as_ref().map(|model| model.read(&mut counted));
        let found = Keywords::of(&self.keywords, workspace);
        Reading {
            classification,
            kind,
            urgency: found.urgency.max(urgency.unwrap_or(Urgency::Normal)),
            tags: found.tags,
            transfer: found.transfer,
            sketch: Sketch::of(&[workspace.title.text(), workspace.body.text()]),
            place: self.places.find(message, workspace),
        }
    }

    /// How urgent the keyword rules find a message: a small part of reading it.
    pub fn urgency(&self, message: Message<'_>, workspace: &mut Workspace) -> Urgency {
        self.normaliser.normalise(message.title, &mut workspace.title);
        self.normaliser.normalise(message.content, &mut workspace.body);
        Keywords::of(&self.keywords, workspace).urgency
    }

    fn classify(
        &self,
        message: Message<'_>,
        counted: &mut Counted<'_>,
        weighed: &mut Buffers,
    ) -> Classification {
        let labelled = self.weigh(counted, weighed);
        let first = labelled.first().map_or(0, |(label, _)| *label);
        let evidence = self.matter.evidence_counted(counted, first);
        let says_enough = has_letters(message, LETTERS_MIN);
        let candidate = |(label, confidence): (u16, Confidence)| {
            let confidence = if says_enough { confidence } else { Confidence(0) };
            Some(Candidate { matter: self.matters[usize::from(label)]?, confidence })
        };
        Classification {
            candidates: labelled.into_iter().filter_map(candidate).collect(),
            evidence: pieces(message, &evidence),
            model: self.model_id.clone(),
        }
    }

    /// The labels of the likeliest matters: what the leaf's words say is pulled towards what those of its parent say, then
    /// towards what those of the unit say that leads it.
    fn weigh(&self, counted: &mut Counted<'_>, weighed: &mut Buffers) -> Vec<(u16, Confidence)> {
        self.matter.probabilities_counted(counted, &mut weighed.matters);
        for (probability, matter) in weighed.matters.iter_mut().zip(&self.matters) {
            // Labels that are no matters of the directory are no candidates.
            if matter.is_none() {
                *probability = 0.0;
            }
        }
        if let Some(parents) = &self.parents {
            parents.pull(counted, weighed);
        }
        let Some(units) = &self.units else { return likeliest(&weighed.matters) };
        units.pull(counted, weighed);
        units.candidates(weighed)
    }

    /// Help where the district has no orders to learn from. Praise is never guessed: it has no due and closes by itself,
    /// and thanks at the end of a complaint look like it.
    fn kind(&self, counted: &mut Counted<'_>) -> Kind {
        let Some(model) = &self.kind else { return Kind::Help };
        let prediction = model.predict_counted(counted);
        // Trained on these words in this order.
        let kinds = prediction.top().iter().map(|choice| Kind::ALL[usize::from(choice.label)]);
        kinds.into_iter().find(|kind| *kind != Kind::Praise).unwrap_or(Kind::Help)
    }
}

fn has_letters(message: Message<'_>, count: usize) -> bool {
    let texts = [message.title, message.content];
    let letters = texts.iter().flat_map(|text| text.chars()).filter(|c| c.is_alphanumeric());
    letters.take(count).count() == count
}

fn matters_of(model: &Model, directory: &Directory) -> Vec<Option<MatterId>> {
    model.labels().iter().map(|path| directory.matter_id(path)).collect()
}

/// The pieces of the message that decided, strongest first, each once.
fn pieces(message: Message<'_>, evidence: &[Evidence]) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::with_capacity(evidence.len());
    for Evidence { part, range, .. } in evidence {
        let text = match part {
            Part::Title => message.title,
            Part::Body => message.content,
        };
        let piece = masked(text, &text[range.clone()]);
        if !pieces.contains(&piece) {
            pieces.push(piece);
        }
    }
    pieces
}

/// A piece of `text` as it may be shown: a piece cut out of somebody's number has none of its digits.
fn masked(text: &str, piece: &str) -> String {
    let is_digit = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
    if !piece.contains(is_digit) || mask_identity(text).contains(piece) {
        return piece.to_owned();
    }
    piece.replace(is_digit, "*")
}

/// What the keyword rules say.
struct Keywords {
    urgency: Urgency,
    tags: Vec<String>,
    transfer: Option<u16>,
}

impl Keywords {
    fn of(rules: &KeywordRules, workspace: &Workspace) -> Keywords {
        let mut found = Keywords { urgency: Urgency::Normal, tags: Vec::new(), transfer: None };
        for text in [workspace.title.text(), workspace.body.text()] {
            let mut findings = rules.find(text);
            // Of several numbers to call, the one whose words come first.
            findings.sort_by_key(|finding| finding.range.start);
            for finding in findings {
                found.take(finding.effect);
            }
        }
        found
    }

    fn take(&mut self, effect: &Effect) {
        match effect {
            Effect::Urgency(Raise::Urgent) => self.urgency = self.urgency.max(Urgency::Urgent),
            Effect::Urgency(Raise::Critical) => self.urgency = Urgency::Critical,
            Effect::Tag(tag) if self.tags.contains(tag) => {}
            Effect::Tag(tag) => self.tags.push(tag.clone()),
            Effect::Transfer(transfer) => {
                self.urgency = Urgency::Critical;
                self.transfer = self.transfer.or(Some(match transfer {
                    Transfer::Police => 110,
                    Transfer::Fire => 119,
                    Transfer::Ambulance => 120,
                }));
            }
        }
    }
}
