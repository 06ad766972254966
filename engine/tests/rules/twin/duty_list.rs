//! The twin's directory: units, matters and the duty list as lists, looked through from the top each time.

use hotline_engine::directory::{DutyLevel, Level, MatterId, UnitId};
use hotline_engine::draft::{DirectoryDraft, HolderDraft, RowDraft};
use hotline_engine::order::{Candidate, Confidence, Mode, TriageReason};
use hotline_engine::time::Day;

use super::Past;
use super::given::Given;
use super::staff::Worker;

/// The directory in force. Who was known once keeps his place in the list.
#[derive(Clone, Default)]
pub(crate) struct DutyList {
    pub(crate) version: u32,
    units: Vec<Unit>,
    matters: Vec<String>,
    rows: Vec<RowDraft>,
    pub(super) workers: Vec<Worker>,
    /// Minutes of expected work, by matter.
    pub(super) work: Vec<(String, u16)>,
}

#[derive(Clone)]
struct Unit {
    code: String,
    level: Level,
    parent: Option<String>,
    active: bool,
}

impl DutyList {
    /// A new version in force: who is not in it is dissolved.
    pub(crate) fn adopt(&mut self, draft: &DirectoryDraft) {
        self.version += 1;
        self.units.iter_mut().for_each(|unit| unit.active = false);
        for new in &draft.units {
            let (code, parent) = (new.code.clone(), new.parent.clone());
            let unit = Unit { code, level: new.level, parent, active: true };
            match self.units.iter_mut().find(|old| old.code == new.code) {
                Some(old) => *old = unit,
                None => self.units.push(unit),
            }
        }
        for path in &draft.matters {
            // What stands above a matter is a matter, and stands before it.
            let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
            for above in ends.map(|end| &path[..end]) {
                if !self.matters.iter().any(|known| known == above) {
                    self.matters.push(above.to_owned());
                }
            }
        }
        self.rows.clone_from(&draft.rows);
        self.adopt_workers(draft);
    }

    pub(super) fn unit(&self, code: &str) -> Option<UnitId> {
        let slot = self.units.iter().position(|unit| unit.code == code)?;
        Some(UnitId(u16::try_from(slot).unwrap()))
    }

    /// A department that stands.
    pub(super) fn department(&self, code: &str) -> Option<UnitId> {
        let unit = self.unit(code)?;
        Some(unit).filter(|&unit| self.is_active(unit) && !self.is_grassroots(unit))
    }

    pub(crate) fn is_active(&self, unit: UnitId) -> bool {
        self.units.get(usize::from(unit.0)).is_some_and(|unit| unit.active)
    }

    pub(super) fn is_grassroots(&self, unit: UnitId) -> bool {
        self.units[usize::from(unit.0)].level != Level::Department
    }

    pub(super) fn knows(&self, matter: MatterId) -> bool {
        usize::from(matter.0) < self.matters.len()
    }

    /// Whether a matter is `above` or stands below it.
    pub(super) fn is_below(&self, matter: MatterId, above: &str) -> bool {
        let path = &self.matters[usize::from(matter.0)];
        path == above || path.starts_with(&format!("{above}/"))
    }

    fn matter(&self, path: &str) -> MatterId {
        let slot = self.matters.iter().position(|known| known == path).unwrap();
        MatterId(u16::try_from(slot).unwrap())
    }

    pub(super) fn lists(&self, path: &str) -> bool {
        self.matters.iter().any(|known| known == path)
    }

    pub(super) fn names(&self, code: &str) -> bool {
        self.unit(code).is_some()
    }

    /// The unit to which most of the probability leads, at the first candidate that leads to it.
    pub(super) fn route(
        &self,
        past: &Past,
        candidates: &[Candidate],
        region: Option<UnitId>,
        on: Day,
    ) -> Result<(Given, Confidence, Option<u32>), TriageReason> {
        let look_up = |it: &Candidate| match self.look_up(past, it.matter, region, on) {
            Ok((number, lead)) => (it.confidence, Ok((Some(number), lead))),
            Err(TriageReason::NoDutyRow) => self.unlisted(past, it, region, on),
            Err(reason) => (it.confidence, Err(reason)),
        };
        let found: Vec<_> = candidates.iter().map(|it| (it.matter, look_up(it))).collect();
        let mut best: Option<(Given, Confidence, Option<u32>)> = None;
        for (matter, (_, outcome)) in &found {
            let &Ok((number, lead)) = outcome else { continue };
            let same =
                found.iter().filter(|(_, (_, other))| matches!(other, Ok((_, it)) if *it == lead));
            let sum: u32 = same.map(|(_, (confidence, _))| u32::from(confidence.0)).sum();
            let confidence = Confidence(u16::try_from(sum.min(10_000)).unwrap());
            if best.as_ref().is_none_or(|(_, most, _)| confidence > *most) {
                let co_units = number.map(|number| self.co_units(number, lead, region));
                let co_units = co_units.unwrap_or_default();
                let (matter, mode) = (Some(*matter), Mode::Auto);
                best = Some((Given { lead, co_units, matter, mode }, confidence, number));
            }
        }
        let first = found.first().map(|(_, (_, outcome))| *outcome);
        best.ok_or_else(|| first.and_then(Result::err).unwrap_or(TriageReason::NoMatter))
    }

    /// Where the list says nothing: who kept most of it in this street, at least four and a half orders, as surely as he kept
    /// them. A street or community gets only its own, and nothing that any row leaves to departments.
    fn unlisted(
        &self,
        past: &Past,
        candidate: &Candidate,
        region: Option<UnitId>,
        on: Day,
    ) -> (Confidence, Result<(Option<u32>, UnitId), TriageReason>) {
        let street = region.and_then(|region| self.street(region));
        let of_path = |path: &&str| self.rows.iter().any(|row| row.matter == *path);
        let listed = self.upwards(candidate.matter).find(of_path);
        let functional = self
            .rows
            .iter()
            .any(|row| Some(row.matter.as_str()) == listed && row.level == DutyLevel::Functional);
        let mut best: Option<(UnitId, u32, u32)> = None;
        for (unit, kept, refused) in past.of(candidate.matter, street, on) {
            let its_own = region == Some(unit) || street == Some(unit);
            let may = !self.is_grassroots(unit) || its_own && !functional;
            if kept < 4_608 || !self.is_active(unit) || !may {
                continue;
            }
            let more = best.is_none_or(|(who, most, _)| kept > most || kept == most && unit < who);
            best = if more { Some((unit, kept, refused)) } else { best };
        }
        let Some((unit, kept, refused)) = best else {
            return (candidate.confidence, Err(TriageReason::NoDutyRow));
        };
        let share = Past::share(kept, refused, 1 << 15);
        let sure = u64::from(candidate.confidence.0) * share / 65_536;
        (Confidence(u16::try_from(sure).unwrap()), Ok((None, unit)))
    }

    /// The matter itself before what stands above it; a row for the place before one for everywhere; of several the one whose
    /// unit keeps more of what it gets.
    fn look_up(
        &self,
        past: &Past,
        matter: MatterId,
        region: Option<UnitId>,
        on: Day,
    ) -> Result<(u32, UnitId), TriageReason> {
        let functional = self.is_functional(matter, region, on);
        for path in self.upwards(matter) {
            let mut rows = self.fitting(path, region, on);
            let units = |depth| {
                let of_depth = rows.iter().filter(move |(_, row)| self.depth(row) == depth);
                of_depth.map(|(_, row)| self.holder(&row.lead, region)).collect::<Vec<_>>()
            };
            let all_known = [0, 1, 2].map(|depth| units(depth).iter().all(Option::is_some));
            let matter = self.matter(path);
            let share = |row: &RowDraft| {
                let unit = self.holder(&row.lead, region);
                let ranks = !past.first_row_decides;
                let unit = unit.filter(|_| ranks && all_known[usize::from(self.depth(row))]);
                let street = region.and_then(|region| self.street(region));
                unit.map_or(0, |unit| past.share_of(matter, street, unit, on))
            };
            rows.sort_by_key(|(number, row)| {
                let (depth, share) = (self.depth(row), share(row));
                (std::cmp::Reverse((depth, share)), *number)
            });
            for (number, row) in rows {
                let unit = self.holder(&row.lead, region).ok_or(TriageReason::PlaceUnknown)?;
                if !functional || !self.is_grassroots(unit) {
                    return Ok((number, unit));
                }
            }
        }
        Err(TriageReason::NoDutyRow)
    }

    /// So say the rows of the matter, or of the nearest one above that has any.
    pub(super) fn is_functional(&self, matter: MatterId, region: Option<UnitId>, on: Day) -> bool {
        let mut levels = self.upwards(matter).map(|path| self.fitting(path, region, on));
        let rows = levels.find(|rows| !rows.is_empty()).unwrap_or_default();
        !rows.is_empty() && rows.iter().all(|(_, row)| row.level == DutyLevel::Functional)
    }

    pub(super) fn upwards(&self, matter: MatterId) -> impl Iterator<Item = &str> {
        let path = self.matters[usize::from(matter.0)].as_str();
        std::iter::successors(Some(path), |path| Some(path.rsplit_once('/')?.0))
    }

    fn fitting(&self, path: &str, region: Option<UnitId>, on: Day) -> Vec<(u32, &RowDraft)> {
        let covers = |row: &RowDraft| match (&row.place, region) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(place), Some(region)) => {
                let place = self.unit(place);
                place == Some(region) || place == self.street(region)
            }
        };
        let fits = |row: &RowDraft| {
            row.matter == path && row.from <= on && row.to.is_none_or(|to| on <= to) && covers(row)
        };
        (1..).zip(&self.rows).filter(|(_, row)| fits(row)).collect()
    }

    fn depth(&self, row: &RowDraft) -> u8 {
        let place = row.place.as_deref().and_then(|place| self.unit(place));
        match place.map(|place| self.units[usize::from(place.0)].level) {
            None | Some(Level::Department) => 0,
            Some(Level::Street | Level::Town) => 1,
            Some(Level::Village | Level::Community) => 2,
        }
    }

    pub(super) fn street(&self, region: UnitId) -> Option<UnitId> {
        let unit = &self.units[usize::from(region.0)];
        match unit.level {
            Level::Street | Level::Town => Some(region),
            _ => self.unit(unit.parent.as_deref()?),
        }
    }

    fn holder(&self, holder: &HolderDraft, region: Option<UnitId>) -> Option<UnitId> {
        let unit = match holder {
            HolderDraft::Unit(code) => self.unit(code),
            HolderDraft::StreetOfPlace => self.street(region?),
            HolderDraft::CommunityOfPlace => region,
        };
        unit.filter(|&unit| self.is_active(unit))
    }

    fn co_units(&self, number: u32, lead: UnitId, region: Option<UnitId>) -> Vec<UnitId> {
        let mut units = Vec::new();
        for holder in &self.rows[number as usize - 1].co_units {
            let unit = self.holder(holder, region).filter(|&unit| unit != lead);
            units.extend(unit.filter(|unit| !units.contains(unit)));
        }
        units
    }
}
