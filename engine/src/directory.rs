//! Who answers for what: units, the taxonomy of matters and the duty list (权责清单), as adopted, version by version.
//!
//! Dense ids only grow: a unit or matter once known keeps its id in every later version.

use serde::{Deserialize, Serialize};

use crate::glossary::words;
use crate::staff::Staff;
use crate::time::Day;

/// Dense number of a unit.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
#[rkyv(derive(PartialEq, Eq, PartialOrd, Ord))]
pub struct UnitId(pub u16);

/// Dense number of a matter.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
#[rkyv(derive(PartialEq, Eq, PartialOrd, Ord))]
pub struct MatterId(pub u16);

/// More units or matters than any province has in one hotline; keeps dense ids in 16 bits.
pub const ENTRIES_MAX: usize = 60_000;
/// Rows of one duty list: Shenzhen's has 4,177, a province of such cities fits.
pub const ROWS_MAX: usize = 200_000;

words! {
    /// Where a unit stands.
    Level {
        /// A functional department of the district.
        Department = "department" "部门",
        /// A street.
        Street = "street" "街道",
        /// A town.
        Town = "town" "镇",
        /// A village under a town or street.
        Village = "village" "村",
        /// A community under a town or street.
        Community = "community" "社区",
    }
}

impl Level {
    /// A street or town: the territory that stands directly under the district.
    pub fn is_street(self) -> bool {
        matches!(self, Level::Street | Level::Town)
    }

    /// A village or community: the territory under a street.
    pub fn is_community(self) -> bool {
        matches!(self, Level::Village | Level::Community)
    }
}

words! {
    /// Who may hold a matter.
    DutyLevel {
        /// Only a functional department: must not go to the grassroots (国办函〔2025〕66号, art. 5).
        Functional = "functional" "职能",
        /// A street or community may lead.
        Territorial = "territorial" "属地",
    }
}

/// A department, street, town, village or community that can own an order (承办单位).
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Unit {
    /// Stable word in files and URLs.
    pub code: String,
    /// What people read.
    pub name: String,
    /// Where it stands.
    pub level: Level,
    /// The street or town of a village or community.
    pub parent: Option<UnitId>,
    /// In the version in force; a dissolved unit keeps its id.
    pub active: bool,
}

/// Whom a duty row names as lead or co-unit.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub enum Holder {
    /// This unit.
    Unit(UnitId),
    /// The street or town of the place.
    StreetOfPlace,
    /// The village or community of the place; its street where only that is known.
    CommunityOfPlace,
}

/// One row of the duty list.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct DutyRow {
    /// The matter or group of matters.
    pub matter: MatterId,
    /// Only for places inside this region.
    pub place: Option<UnitId>,
    /// Who leads.
    pub lead: Holder,
    /// Who helps.
    pub co_units: Vec<Holder>,
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

/// The directory in force.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Directory {
    /// Counts adoptions, from 1; 0 = none yet.
    pub version: u32,
    /// Of the draft that was adopted last.
    fingerprint: u64,
    units: Vec<Unit>,
    /// Matter paths, such as `城市管理/市容环境/占道经营`.
    matters: Vec<String>,
    /// The matter one level up, parallel to `matters`.
    parents: Vec<Option<MatterId>>,
    rows: Vec<DutyRow>,
    /// Numbers of the rows of each matter, parallel to `matters`.
    rows_of: Vec<Vec<u32>>,
    /// Unit ids ordered by code, and matter ids ordered by path, for look-ups.
    units_by_code: Vec<UnitId>,
    matters_by_path: Vec<MatterId>,
    /// Who works where.
    pub(crate) staff: Staff,
}

impl Directory {
    /// Adds or updates a unit by its code; used while adopting a version.
    pub(crate) fn put_unit(&mut self, unit: Unit) -> UnitId {
        if let Some(id) = self.unit_id(&unit.code) {
            self.units[usize::from(id.0)] = unit;
            return id;
        }
        let id = UnitId(dense(self.units.len()));
        let at = self.units_by_code.partition_point(|&other| self.unit(other).code < unit.code);
        self.units_by_code.insert(at, id);
        self.units.push(unit);
        id
    }

    /// Adds a matter path and its ancestors.
    pub(crate) fn put_matter(&mut self, path: &str) -> MatterId {
        if let Some(id) = self.matter_id(path) {
            return id;
        }
        let parent = path.rfind('/').map(|cut| self.put_matter(&path[..cut]));
        let id = MatterId(dense(self.matters.len()));
        let at = self.matters_by_path.partition_point(|&other| self.matter(other) < path);
        self.matters_by_path.insert(at, id);
        self.matters.push(path.to_owned());
        self.parents.push(parent);
        self.rows_of.push(Vec::new());
        id
    }

    /// Marks every unit dissolved and forgets the rows, before a new version is put in.
    pub(crate) fn begin_version(&mut self, fingerprint: u64) {
        self.version += 1;
        self.fingerprint = fingerprint;
        self.units.iter_mut().for_each(|unit| unit.active = false);
        self.rows.clear();
        self.rows_of.iter_mut().for_each(Vec::clear);
    }

    pub(crate) fn put_row(&mut self, row: DutyRow) {
        let number = u32::try_from(self.rows.len()).expect("ROWS_MAX fits");
        self.rows_of[usize::from(row.matter.0)].push(number);
        self.rows.push(row);
    }

    /// Handlers and expected work.
    pub fn staff(&self) -> &Staff {
        &self.staff
    }

    /// Fingerprint of the draft that was adopted last; 0 before the first.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The unit with this id.
    ///
    /// # Panics
    /// When the id is not from this directory.
    pub fn unit(&self, id: UnitId) -> &Unit {
        &self.units[usize::from(id.0)]
    }

    /// Whether the id is from this directory and its unit still exists.
    pub fn is_active(&self, id: UnitId) -> bool {
        self.units.get(usize::from(id.0)).is_some_and(|unit| unit.active)
    }

    /// Whether the unit is a street, town, village or community.
    ///
    /// # Panics
    /// When the id is not from this directory.
    pub fn is_grassroots(&self, id: UnitId) -> bool {
        let level = self.unit(id).level;
        level.is_street() || level.is_community()
    }

    /// The path of a matter.
    ///
    /// # Panics
    /// When the id is not from this directory.
    pub fn matter(&self, id: MatterId) -> &str {
        &self.matters[usize::from(id.0)]
    }

    /// Whether the id is from this directory.
    pub fn knows_matter(&self, id: MatterId) -> bool {
        usize::from(id.0) < self.matters.len()
    }

    /// The matter one level up.
    pub fn parent_matter(&self, id: MatterId) -> Option<MatterId> {
        self.parents[usize::from(id.0)]
    }

    /// Finds a unit by its code.
    pub fn unit_id(&self, code: &str) -> Option<UnitId> {
        let found =
            self.units_by_code.binary_search_by(|&id| self.unit(id).code.as_str().cmp(code));
        found.ok().map(|at| self.units_by_code[at])
    }

    /// Finds a matter by its path.
    pub fn matter_id(&self, path: &str) -> Option<MatterId> {
        let found = self.matters_by_path.binary_search_by(|&id| self.matter(id).cmp(path));
        found.ok().map(|at| self.matters_by_path[at])
    }

    /// Every unit, by id.
    pub fn units(&self) -> impl Iterator<Item = (UnitId, &Unit)> {
        self.units.iter().enumerate().map(|(slot, unit)| (UnitId(dense(slot)), unit))
    }

    /// Every matter, by id.
    pub fn matters(&self) -> impl Iterator<Item = (MatterId, &str)> {
        self.matters.iter().enumerate().map(|(slot, path)| (MatterId(dense(slot)), path.as_str()))
    }

    /// Rows that name exactly this matter, with their numbers from 1.
    pub fn rows_of(&self, matter: MatterId) -> impl Iterator<Item = (u32, &DutyRow)> {
        self.rows_of[usize::from(matter.0)]
            .iter()
            .map(|&number| (number + 1, &self.rows[number as usize]))
    }

    /// The row with this number, counted from 1.
    pub fn row(&self, number: u32) -> Option<&DutyRow> {
        self.rows.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    /// How many rows the list has.
    pub fn rows_count(&self) -> usize {
        self.rows.len()
    }

    /// The street or town that `region` is or lies in.
    pub fn street_of(&self, region: UnitId) -> Option<UnitId> {
        let unit = self.unit(region);
        if unit.level.is_street() { Some(region) } else { unit.parent }
    }
}

fn dense(slot: usize) -> u16 {
    u16::try_from(slot).expect("ENTRIES_MAX fits 16 bits")
}
