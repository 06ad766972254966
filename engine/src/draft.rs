//! A directory as somebody wrote it: units, matters, duty rows and handlers by code, and what is wrong with them.
//!
//! Checked before it is adopted; `directory` holds what was adopted.

use std::collections::BTreeMap;

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::directory::{
    Directory, DutyLevel, DutyRow, ENTRIES_MAX, Holder, Level, ROWS_MAX, Unit, UnitId,
};
use crate::staff::HANDLERS_MAX;
use crate::staff_draft::{self, HandlerDraft, StaffError, WorkDraft};
use crate::time::Day;

/// Bytes of a unit code or a matter path: the knowledge base keeps both beside each article.
pub(crate) const CODE_BYTES_MAX: usize = 64;
const PATH_BYTES_MAX: usize = 200;
/// Levels in a matter path: more is a mistake in the file.
const PATH_LEVELS_MAX: usize = 4;

/// A whole directory, by codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DirectoryDraft {
    /// Where it comes from, for people.
    pub source: String,
    /// Every unit.
    pub units: Vec<UnitDraft>,
    /// Every matter path; ancestors are understood.
    pub matters: Vec<String>,
    /// The duty list.
    pub rows: Vec<RowDraft>,
    /// Who works in the units; a unit without handlers shares its orders out itself.
    pub handlers: Vec<HandlerDraft>,
    /// Expected work on matters.
    pub work: Vec<WorkDraft>,
}

/// A unit, by codes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct UnitDraft {
    /// Stable word.
    pub code: String,
    /// What people read.
    pub name: String,
    /// Where it stands.
    pub level: Level,
    /// Code of the street or town above a village or community.
    pub parent: Option<String>,
}

/// Whom a row names, by code.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HolderDraft {
    /// The unit with this code.
    Unit(String),
    /// `@street`.
    StreetOfPlace,
    /// `@community`.
    CommunityOfPlace,
}

impl HolderDraft {
    /// Reads a unit code, `@street` or `@community`.
    pub fn parse(text: &str) -> HolderDraft {
        match text {
            "@street" => HolderDraft::StreetOfPlace,
            "@community" => HolderDraft::CommunityOfPlace,
            code => HolderDraft::Unit(code.to_owned()),
        }
    }
}

/// A duty row, by codes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RowDraft {
    /// Matter path, leaf or group.
    pub matter: String,
    /// Code of the region it is limited to.
    pub place: Option<String>,
    /// Who leads.
    pub lead: HolderDraft,
    /// Who helps.
    pub co_units: Vec<HolderDraft>,
    /// Who may hold it.
    pub level: DutyLevel,
    /// Law or duty document.
    pub basis: String,
    /// First day in force.
    pub from: Day,
    /// Last day in force.
    pub to: Option<Day>,
    /// Where the row comes from.
    pub source: String,
}

/// What is wrong with a draft; names the entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// Too many entries for dense ids.
    #[error("the directory has {count} {what}; at most {max} are possible")]
    TooMany {
        /// Units, matters or rows.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many may be.
        max: usize,
    },
    /// Two units share a code.
    #[error("unit `{code}` is listed twice")]
    UnitTwice {
        /// The code.
        code: String,
    },
    /// A unit's code is empty or too long.
    #[error("unit code `{code}` is not 1 to 64 bytes")]
    UnitCode {
        /// The code.
        code: String,
    },
    /// A village or community has no street above it, or a department has one.
    #[error(
        "unit `{code}`: a village or community needs a street or town as parent, others have none"
    )]
    Parent {
        /// The unit.
        code: String,
    },
    /// A matter path is empty, has empty parts, too many levels or too many bytes.
    #[error("matter `{path}` is not a path of 1 to 4 names joined by `/`, at most 200 bytes")]
    MatterPath {
        /// The path.
        path: String,
    },
    /// A row names a matter that the taxonomy lacks.
    #[error("duty row {row}: unknown matter `{matter}`")]
    UnknownMatter {
        /// Number of the row, from 1.
        row: usize,
        /// The path.
        matter: String,
    },
    /// A row names a unit that is not listed.
    #[error("duty row {row}: unknown unit `{unit}`")]
    UnknownUnit {
        /// Number of the row, from 1.
        row: usize,
        /// The code.
        unit: String,
    },
    /// A row's place is a department.
    #[error("duty row {row}: place `{unit}` is not a street, town, village or community")]
    PlaceIsNoRegion {
        /// Number of the row, from 1.
        row: usize,
        /// The code.
        unit: String,
    },
    /// A functional matter would go to the grassroots (国办函〔2025〕66号, art. 5).
    #[error("duty row {row}: `{matter}` is functional and must not go to a street or community")]
    FunctionalToGrassroots {
        /// Number of the row, from 1.
        row: usize,
        /// The path.
        matter: String,
    },
    /// A row ends before it begins.
    #[error("duty row {row}: ends before it begins")]
    EndsBeforeItBegins {
        /// Number of the row, from 1.
        row: usize,
    },
    /// Handlers or expected work are wrong.
    #[error(transparent)]
    Staff(#[from] StaffError),
}

impl DirectoryDraft {
    /// Finds the first mistake that would make the directory misroute or not load.
    pub fn check(&self) -> Result<(), DraftError> {
        within("units", self.units.len(), ENTRIES_MAX)?;
        within("matters", self.matters.len(), ENTRIES_MAX / PATH_LEVELS_MAX)?;
        within("duty rows", self.rows.len(), ROWS_MAX)?;
        within("handlers", self.handlers.len(), HANDLERS_MAX)?;
        within("expected work", self.work.len(), ENTRIES_MAX)?;
        let units = self.check_units()?;
        for path in &self.matters {
            if !is_path(path) {
                return Err(DraftError::MatterPath { path: path.clone() });
            }
        }
        let mut matters: Vec<&str> = self.matters.iter().flat_map(|path| ancestry(path)).collect();
        matters.sort_unstable();
        staff_draft::check(&self.handlers, &self.work, &units, &matters)?;
        self.rows
            .iter()
            .enumerate()
            .try_for_each(|(index, row)| check_row(index + 1, row, &units, &matters))
    }

    /// Refuses a draft whose new units or matters no longer fit beside the known ones: ids are never given back.
    pub(crate) fn check_room(&self, directory: &Directory) -> Result<(), DraftError> {
        let is_new = |unit: &&UnitDraft| directory.unit_id(&unit.code).is_none();
        let units = directory.units().count() + self.units.iter().filter(is_new).count();
        within("units, dissolved ones included", units, ENTRIES_MAX)?;
        let mut new: Vec<&str> = self
            .matters
            .iter()
            .flat_map(|path| ancestry(path))
            .filter(|path| directory.matter_id(path).is_none())
            .collect();
        new.sort_unstable();
        new.dedup();
        within(
            "matters, former ones included",
            directory.matters().count() + new.len(),
            ENTRIES_MAX,
        )?;
        let handlers = staff_draft::known_count(&self.handlers, directory);
        within("handlers, former ones included", handlers, HANDLERS_MAX)
    }

    /// Tells two drafts apart, so that the same one is not adopted twice.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = Xxh3::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    fn check_units(&self) -> Result<BTreeMap<&str, Level>, DraftError> {
        let mut levels = BTreeMap::new();
        for unit in &self.units {
            if unit.code.is_empty() || unit.code.len() > CODE_BYTES_MAX {
                return Err(DraftError::UnitCode { code: unit.code.clone() });
            }
            if levels.insert(unit.code.as_str(), unit.level).is_some() {
                return Err(DraftError::UnitTwice { code: unit.code.clone() });
            }
        }
        for unit in &self.units {
            let above = unit.parent.as_deref().map(|code| levels.get(code).copied());
            if !is_parent(unit.level, above) {
                return Err(DraftError::Parent { code: unit.code.clone() });
            }
        }
        Ok(levels)
    }

    /// The units, matters and rows of a directory, as a draft would have them; former matters are among them, handlers and
    /// expected work are not.
    pub fn of(directory: &Directory) -> DirectoryDraft {
        let code = |unit: UnitId| directory.unit(unit).code.clone();
        let holder = |holder: &Holder| match *holder {
            Holder::Unit(unit) => HolderDraft::Unit(code(unit)),
            Holder::StreetOfPlace => HolderDraft::StreetOfPlace,
            Holder::CommunityOfPlace => HolderDraft::CommunityOfPlace,
        };
        let row = |row: &DutyRow| RowDraft {
            matter: directory.matter(row.matter).to_owned(),
            place: row.place.map(code),
            lead: holder(&row.lead),
            co_units: row.co_units.iter().map(holder).collect(),
            level: row.level,
            basis: row.basis.clone(),
            from: row.from,
            to: row.to,
            source: row.source.clone(),
        };
        let unit = |unit: &Unit| UnitDraft {
            code: unit.code.clone(),
            name: unit.name.clone(),
            level: unit.level,
            parent: unit.parent.map(code),
        };
        let active = directory.units().map(|(_, unit)| unit).filter(|unit| unit.active);
        let numbers = (1..).take(directory.rows_count());
        DirectoryDraft {
            units: active.map(unit).collect(),
            matters: directory.matters().map(|(_, path)| path.to_owned()).collect(),
            rows: numbers.filter_map(|number| directory.row(number)).map(row).collect(),
            ..DirectoryDraft::default()
        }
    }

    /// What the directory will be once this draft is adopted: for what must be ready before.
    pub fn adopted_by(&self, directory: &Directory) -> Directory {
        let mut next = directory.clone();
        self.adopt(&mut next);
        next
    }

    /// Puts a checked draft in force. Ids of known units and matters stay as they are.
    pub(crate) fn adopt(&self, directory: &mut Directory) {
        directory.begin_version(self.fingerprint());
        for unit in &self.units {
            directory.put_unit(unit_of(unit, None));
        }
        // Parents in a second pass: a village may be listed before its town.
        for unit in self.units.iter().filter(|unit| unit.parent.is_some()) {
            let parent = unit.parent.as_deref().and_then(|code| directory.unit_id(code));
            directory.put_unit(unit_of(unit, parent));
        }
        for path in &self.matters {
            directory.put_matter(path);
        }
        for row in &self.rows {
            let row = adopted_row(row, directory);
            directory.put_row(row);
        }
        staff_draft::adopt(&self.handlers, &self.work, directory);
    }
}

fn within(what: &'static str, count: usize, max: usize) -> Result<(), DraftError> {
    if count > max { Err(DraftError::TooMany { what, count, max }) } else { Ok(()) }
}

/// Whether a matter can have this path.
pub(crate) fn is_path(path: &str) -> bool {
    let levels = path.split('/').count();
    levels <= PATH_LEVELS_MAX
        && path.len() <= PATH_BYTES_MAX
        && path.split('/').all(|name| !name.trim().is_empty())
}

/// Whether a unit of this level may have a parent of that one, or none.
pub(crate) fn is_parent(level: Level, above: Option<Option<Level>>) -> bool {
    match above {
        None => !level.is_community(),
        Some(above) => level.is_community() && above.is_some_and(Level::is_street),
    }
}

/// A path and everything above it.
pub(crate) fn ancestry(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rfind('/').map(|cut| &path[..cut]))
}

fn check_row(
    number: usize,
    row: &RowDraft,
    units: &BTreeMap<&str, Level>,
    matters: &[&str],
) -> Result<(), DraftError> {
    if matters.binary_search(&row.matter.as_str()).is_err() {
        return Err(DraftError::UnknownMatter { row: number, matter: row.matter.clone() });
    }
    let unknown = |unit: &str| DraftError::UnknownUnit { row: number, unit: unit.to_owned() };
    if let Some(place) = &row.place {
        let level = units.get(place.as_str()).ok_or_else(|| unknown(place))?;
        if *level == Level::Department {
            return Err(DraftError::PlaceIsNoRegion { row: number, unit: place.clone() });
        }
    }
    for holder in std::iter::once(&row.lead).chain(&row.co_units) {
        if let HolderDraft::Unit(code) = holder {
            units.get(code.as_str()).ok_or_else(|| unknown(code))?;
        }
    }
    let grassroots = match &row.lead {
        HolderDraft::Unit(code) => units.get(code.as_str()) != Some(&Level::Department),
        HolderDraft::StreetOfPlace | HolderDraft::CommunityOfPlace => true,
    };
    if row.level == DutyLevel::Functional && grassroots {
        return Err(DraftError::FunctionalToGrassroots { row: number, matter: row.matter.clone() });
    }
    if row.to.is_some_and(|to| to < row.from) {
        return Err(DraftError::EndsBeforeItBegins { row: number });
    }
    Ok(())
}

fn unit_of(draft: &UnitDraft, parent: Option<UnitId>) -> Unit {
    Unit {
        code: draft.code.clone(),
        name: draft.name.clone(),
        level: draft.level,
        parent,
        active: true,
    }
}

fn adopted_row(row: &RowDraft, directory: &Directory) -> DutyRow {
    let unit = |code: &str| directory.unit_id(code).expect("a checked draft names listed units");
    let holder = |holder: &HolderDraft| match holder {
        HolderDraft::Unit(code) => Holder::Unit(unit(code)),
        HolderDraft::StreetOfPlace => Holder::StreetOfPlace,
        HolderDraft::CommunityOfPlace => Holder::CommunityOfPlace,
    };
    DutyRow {
        matter: directory.matter_id(&row.matter).expect("a checked draft names listed matters"),
        place: row.place.as_deref().map(unit),
        lead: holder(&row.lead),
        co_units: row.co_units.iter().map(holder).collect(),
        level: row.level,
        basis: row.basis.clone(),
        from: row.from,
        to: row.to,
        source: row.source.clone(),
    }
}
