//! Models of a data folder beside the one of the district's files: candidates and what was promoted, each with its card;
//! and which of them serves. Trains nothing and judges nothing; a card holds counts and names, no texts.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use hotline_engine::learning::Paired;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::recovery::DataFolder;
use crate::whole_file;

/// Models that are kept: those that serve or served come first, then the newest.
const KEPT_MAX: usize = 20;
/// Promotions that can be undone, one by one.
const BEFORE_MAX: usize = 8;
/// Bytes of a card: thousands of labels with their counts.
const CARD_BYTES_MAX: u64 = 4 << 20;

/// Why the models of a data folder cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// A file cannot be read or written.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A card or the note of what serves makes no sense.
    #[error("{}: {source}", file.display())]
    Json {
        /// The file.
        file: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// There is no such model.
    #[error("there is no model {id}; `hotline model list` names those that are there")]
    Unknown {
        /// What was asked for.
        id: String,
    },
    /// The file is not the model that its name says.
    #[error("{}: is not the model it was: it has the name {found}; copy it back", file.display())]
    Changed {
        /// The file.
        file: PathBuf,
        /// What its bytes are.
        found: String,
    },
    /// No promotion is left to undo.
    #[error("no promotion is left to undo")]
    NothingBefore,
}

/// What a model was trained on, how, by whom, and how it did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Names its bytes: the first hex digits of their SHA-256.
    pub id: String,
    /// What it predicts: matter or kind.
    pub predicts: String,
    /// The model that served when it was made, which it was compared with.
    pub parent: Option<String>,
    /// When it was trained.
    pub trained_at: String,
    /// By whom, as they said.
    pub trained_by: String,
    /// Names all that it learnt, word by word: the same fingerprint and options give the same model.
    pub fingerprint: String,
    /// How it was trained.
    pub options: Options,
    /// The district's files that it was trained on.
    pub files: Vec<HashedFile>,
    /// The orders that taught it; none for a model of the district's files alone.
    pub span: Option<Span>,
    /// Examples by where they came from.
    pub by_source: BTreeMap<String, u64>,
    /// Lessons in which the model of that time had held another matter for the likeliest.
    pub corrected: u64,
    /// Lessons about matters that the district's files do not list.
    pub left_out: u64,
    /// Examples by label.
    pub by_label: BTreeMap<String, u64>,
    /// On newer orders, by a sibling that had learnt from the older ones alone.
    pub time_split: Option<Split>,
    /// Models of groups of matters (units, parents) that were trained with it, by name: what names their bytes.
    #[serde(default)]
    pub groups: BTreeMap<String, String>,
}

/// Options of training.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// Orders the descent.
    pub seed: u64,
    /// All others, as the program names them.
    pub others: String,
}

/// A file by its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashedFile {
    /// Its name in the district's folder.
    pub name: String,
    /// SHA-256 of its content.
    pub sha256: String,
}

/// Orders of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Records of the journal that were read.
    pub records: u64,
    /// The first order that taught something.
    pub first_order: u64,
    /// The last order that was there.
    pub last_order: u64,
    /// When the first of them was accepted.
    pub from: String,
    /// Time of the last record.
    pub until: String,
}

/// How a sibling did on newer orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// When the first newer order was accepted; the sibling knew what was known before.
    pub from: String,
    /// Lessons that the sibling learnt.
    pub older: u64,
    /// Newer orders left out since one like them was seen before.
    pub alike: u64,
    /// Sibling and serving model on the others.
    pub orders: Orders,
}

/// Orders on which two models were judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orders {
    /// Both right.
    pub both: u64,
    /// Only the candidate, or its sibling.
    pub candidate: u64,
    /// Only the serving model.
    pub serving: u64,
    /// Neither.
    pub neither: u64,
}

impl From<Paired> for Orders {
    fn from(paired: Paired) -> Orders {
        let Paired { both, candidate, serving, neither } = paired;
        Orders { both, candidate, serving, neither }
    }
}

impl From<Orders> for Paired {
    fn from(orders: Orders) -> Paired {
        let Orders { both, candidate, serving, neither } = orders;
        Paired { both, candidate, serving, neither }
    }
}

/// What serves; without any, the model of the district's files does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// The model that was promoted.
    pub serving: Option<String>,
    /// Those that served before it, the last one last.
    #[serde(default)]
    pub before: Vec<String>,
    /// The candidate that predicts beside it.
    #[serde(default)]
    pub candidate: Option<String>,
}

/// The models of a data folder.
#[derive(Clone, Debug)]
pub struct Cards {
    folder: PathBuf,
    /// The model of the district's files.
    base: PathBuf,
}

impl Cards {
    /// Those of this data folder.
    pub fn of(folder: &DataFolder) -> Cards {
        let base = folder.model("matter");
        Cards { folder: folder.root().join("models").join("learned"), base }
    }

    /// Where a model lies.
    pub fn model(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.model"))
    }

    /// Where a model of groups lies that was trained with another.
    pub fn group(&self, id: &str, name: &str) -> PathBuf {
        self.folder.join(format!("{id}.{name}"))
    }

    fn card(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }

    fn note(&self) -> PathBuf {
        self.folder.join("standing.json")
    }

    /// What serves.
    ///
    /// # Errors
    /// [`CardError`] names the file that cannot be read.
    pub fn standing(&self) -> Result<Standing, CardError> {
        Ok(read(&self.note())?.unwrap_or_default())
    }

    /// The card of a model.
    ///
    /// # Errors
    /// [`CardError::Unknown`] where there is none.
    pub fn read(&self, id: &str) -> Result<Card, CardError> {
        let unknown = || CardError::Unknown { id: id.to_owned() };
        // The name of a file comes from outside.
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(unknown());
        }
        read(&self.card(id))?.ok_or_else(unknown)
    }

    /// All cards, the oldest first.
    ///
    /// # Errors
    /// [`CardError`] names the file that cannot be read.
    pub fn all(&self) -> Result<Vec<Card>, CardError> {
        let at = |source| CardError::File { file: self.folder.clone(), source };
        let mut cards = Vec::new();
        if !self.folder.exists() {
            return Ok(cards);
        }
        for entry in fs::read_dir(&self.folder).map_err(at)? {
            let path = entry.map_err(at)?.path();
            let is_model = path.extension().is_some_and(|extension| extension == "model");
            let Some(id) = path.file_stem().and_then(|stem| stem.to_str()).filter(|_| is_model)
            else {
                continue;
            };
            cards.push(self.read(id)?);
        }
        cards.sort_by(|a, b| (&a.trained_at, &a.id).cmp(&(&b.trained_at, &b.id)));
        Ok(cards)
    }

    /// Writes a model of groups that was trained with the model `id`.
    ///
    /// # Errors
    /// [`CardError`] names the file that cannot be written.
    pub fn put_group(&self, id: &str, name: &str, bytes: &[u8]) -> Result<(), CardError> {
        put(&self.group(id, name), bytes)
    }

    /// Keeps a candidate with its card; it predicts beside the serving model from the next signal on. The oldest models that
    /// neither serve nor served are removed.
    ///
    /// # Errors
    /// [`CardError`] names the file that cannot be written.
    pub fn keep(&self, card: &Card, bytes: &[u8]) -> Result<(), CardError> {
        self.write(card, bytes)?;
        let standing = Standing { candidate: Some(card.id.clone()), ..self.standing()? };
        self.put(&standing)?;
        let needed = |id: &String| {
            let Standing { serving, before, candidate } = &standing;
            before.iter().chain(serving).chain(candidate).any(|other| other == id)
        };
        let mut spare: Vec<Card> = self.all()?;
        let surplus = spare.len().saturating_sub(KEPT_MAX);
        spare.retain(|card| !needed(&card.id));
        for card in spare.iter().take(surplus) {
            let groups = card.groups.keys().map(|name| self.group(&card.id, name));
            for file in [self.card(&card.id), self.model(&card.id)].into_iter().chain(groups) {
                fs::remove_file(&file).map_err(|source| CardError::File { file, source })?;
            }
        }
        Ok(())
    }

    /// Has a model serve from the next start or signal on. `base` is the card of the model of the district's files, where that
    /// one serves now: its bytes are kept, for a way back.
    ///
    /// # Errors
    /// [`CardError`] names the file that cannot be read or written.
    pub fn promote(&self, id: &str, base: Option<&Card>) -> Result<(), CardError> {
        self.checked(id)?;
        let mut standing = self.standing()?;
        if let Some(base) = base {
            self.write(base, &bytes_of(&self.base)?)?;
        }
        let before = standing.serving.take().or_else(|| base.map(|base| base.id.clone()));
        standing.before.extend(before);
        let surplus = standing.before.len().saturating_sub(BEFORE_MAX);
        standing.before.drain(..surplus);
        standing.serving = Some(id.to_owned());
        standing.candidate = standing.candidate.filter(|candidate| candidate != id);
        self.put(&standing)
    }

    /// Undoes the last promotion; gives the model that serves again.
    ///
    /// # Errors
    /// [`CardError::NothingBefore`] where none is left, [`CardError::Changed`] where its bytes are not what they were.
    pub fn roll_back(&self) -> Result<String, CardError> {
        let mut standing = self.standing()?;
        let id = standing.before.pop().ok_or(CardError::NothingBefore)?;
        self.checked(&id)?;
        let as_filed = self.base.exists() && id_of(&bytes_of(&self.base)?) == id;
        // The model of the district's files serves without a note, and is trained anew when they change.
        standing.serving = (!as_filed).then(|| id.clone());
        self.put(&standing)?;
        Ok(id)
    }

    /// Where a model lies, if its bytes are what they were.
    ///
    /// # Errors
    /// [`CardError`] where they are not, or are not there.
    pub fn checked(&self, id: &str) -> Result<PathBuf, CardError> {
        self.read(id)?;
        let file = self.model(id);
        let found = id_of(&bytes_of(&file)?);
        if found == id { Ok(file) } else { Err(CardError::Changed { file, found }) }
    }

    fn write(&self, card: &Card, bytes: &[u8]) -> Result<(), CardError> {
        // A card without a model is not seen; a model without a card would be a riddle.
        put_json(&self.card(&card.id), card)?;
        put(&self.model(&card.id), bytes)
    }

    fn put(&self, standing: &Standing) -> Result<(), CardError> {
        put_json(&self.note(), standing)
    }
}

/// Writes the card of a model that is trained at start beside it.
///
/// # Errors
/// [`CardError`] names the file that cannot be written.
pub fn put_beside(model: &Path, card: &Card) -> Result<(), CardError> {
    put_json(&model.with_extension("json"), card)
}

/// The card beside a model that is trained at start, if it is of these bytes.
///
/// # Errors
/// [`CardError`] names the file that cannot be read.
pub fn beside(model: &Path, id: &str) -> Result<Option<Card>, CardError> {
    let card: Option<Card> = read(&model.with_extension("json"))?;
    Ok(card.filter(|card| card.id == id))
}

/// Hex digits that name a model in every order it classified: enough to tell all models of a hotline apart.
const MODEL_ID_DIGITS: usize = 12;

/// A short name of a model: the same model has the same everywhere.
pub fn id_of(bytes: &[u8]) -> String {
    let mut id = hex::encode(Sha256::digest(bytes));
    id.truncate(MODEL_ID_DIGITS);
    id
}

fn bytes_of(file: &Path) -> Result<Vec<u8>, CardError> {
    fs::read(file).map_err(|source| CardError::File { file: file.to_owned(), source })
}

fn put(file: &Path, bytes: &[u8]) -> Result<(), CardError> {
    whole_file::write(file, bytes)
        .map_err(|source| CardError::File { file: file.to_owned(), source })
}

fn put_json(file: &Path, value: &impl Serialize) -> Result<(), CardError> {
    let text = serde_json::to_vec_pretty(value)
        .map_err(|source| CardError::Json { file: file.to_owned(), source })?;
    put(file, &text)
}

fn read<T: for<'de> Deserialize<'de>>(file: &Path) -> Result<Option<T>, CardError> {
    let at = |source| CardError::File { file: file.to_owned(), source };
    match fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(error)),
        Ok(facts) if facts.len() > CARD_BYTES_MAX => {
            return Err(at(io::Error::new(io::ErrorKind::FileTooLarge, "is no card")));
        }
        Ok(_) => {}
    }
    let text = fs::read(file).map_err(at)?;
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|source| CardError::Json { file: file.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder {
        root: tempfile::TempDir,
        cards: Cards,
    }

    impl Folder {
        /// With a model of the district's files.
        fn new() -> Folder {
            let root = tempfile::tempdir().expect("a folder");
            let cards = Cards::of(&DataFolder::at(root.path()));
            put(&cards.base, b"base").expect("written");
            Folder { root, cards }
        }

        fn keep(&self, bytes: &[u8], trained_at: &str) -> Card {
            let card = card(bytes, trained_at);
            self.cards.keep(&card, bytes).expect("kept");
            card
        }

        fn serving(&self) -> Option<Vec<u8>> {
            let serving = self.cards.standing().expect("read").serving?;
            Some(fs::read(self.cards.checked(&serving).expect("whole")).expect("read"))
        }
    }

    fn card(bytes: &[u8], trained_at: &str) -> Card {
        Card { id: id_of(bytes), trained_at: trained_at.into(), ..Card::default() }
    }

    #[test]
    fn rolling_back_restores_the_very_bytes_step_by_step() {
        let folder = Folder::new();
        let base = card(b"base", "2026-01-01");
        let (one, two) = (folder.keep(b"one", "2026-01-02"), folder.keep(b"two", "2026-01-03"));
        folder.cards.promote(&one.id, Some(&base)).expect("promoted");
        folder.cards.promote(&two.id, None).expect("promoted");
        assert_eq!(folder.serving().as_deref(), Some(&b"two"[..]));
        assert_eq!(folder.cards.roll_back().expect("back"), one.id);
        assert_eq!(folder.serving().as_deref(), Some(&b"one"[..]));
        assert_eq!(folder.cards.roll_back().expect("back"), base.id);
        assert_eq!(folder.serving(), None, "the model of the files serves as before");
        assert!(matches!(folder.cards.roll_back(), Err(CardError::NothingBefore)));
    }

    #[test]
    fn the_model_of_the_files_comes_back_though_they_have_changed_since() {
        let folder = Folder::new();
        let one = folder.keep(b"one", "2026-01-02");
        folder.cards.promote(&one.id, Some(&card(b"base", "2026-01-01"))).expect("promoted");
        put(&folder.cards.base, b"of other files").expect("written");
        folder.cards.roll_back().expect("back");
        assert_eq!(folder.serving().as_deref(), Some(&b"base"[..]));
    }

    #[test]
    fn a_model_that_is_not_what_it_was_neither_serves_nor_comes_back() {
        let folder = Folder::new();
        let one = folder.keep(b"one", "2026-01-02");
        put(&folder.cards.model(&one.id), b"other").expect("written");
        let refused = folder.cards.promote(&one.id, None).expect_err("changed").to_string();
        assert!(refused.contains("is not the model it was"), "{refused}");
        assert_eq!(folder.cards.standing().expect("read").serving, None);
        for unknown in ["", "../../tokens", "abc"] {
            assert!(matches!(folder.cards.read(unknown), Err(CardError::Unknown { .. })));
        }
    }

    #[test]
    fn only_so_many_models_are_kept_and_those_that_serve_are_among_them() {
        let folder = Folder::new();
        let first = folder.keep(b"first", "2026-01-02");
        folder.cards.promote(&first.id, None).expect("promoted");
        for number in 0..KEPT_MAX + 5 {
            folder.keep(format!("{number}").as_bytes(), &format!("2026-02-{number:02}"));
        }
        let kept = folder.cards.all().expect("read");
        assert_eq!(kept.len(), KEPT_MAX);
        assert_eq!(kept[0].id, first.id);
        assert_eq!(kept.last().map(|card| card.trained_at.as_str()), Some("2026-02-24"));
        assert!(folder.root.path().join("models/learned/standing.json").exists());
    }
}
