//! Chooses the unit for an order: from the duty list, and by precedents where that names several units or none. Looks at matter,
//! place, refusals and precedents, never at load or a clock.

pub mod told;

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::directory::{Directory, DutyLevel, DutyRow, Holder, MatterId, UnitId};
use crate::order::{Candidate, Confidence, Order, Return, TriageReason};
use crate::precedents::{KEPT_MIN, Precedents, Rate, Standing};
use crate::time::Day;

/// What routing looks at.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Possible matters, most probable first.
    pub candidates: &'a [Candidate],
    /// The street or community of the place, if known.
    pub region: Option<UnitId>,
    /// Refusals so far: their units are out.
    pub returns: &'a [Return],
    /// The day whose duty list counts.
    pub on: Day,
    /// What became of orders before it.
    pub precedents: &'a Precedents,
}

/// What leads to a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// A row of the duty list, by its number from 1.
    Row(u32),
    /// A row that precedents put before others of the same matter and place.
    Ranked {
        /// Its number.
        row: u32,
        /// How many units such rows lead to.
        units_count: usize,
        /// How its unit stands where the order is.
        standing: Standing,
    },
    /// Precedents alone: no row says anything.
    Precedents(Standing),
}

impl Ground {
    /// Number of the duty row, where there is one.
    pub fn row(self) -> Option<u32> {
        match self {
            Ground::Row(row) | Ground::Ranked { row, .. } => Some(row),
            Ground::Precedents(_) => None,
        }
    }

    /// How the unit stands, where that had a part in it.
    pub fn standing(self) -> Option<Standing> {
        match self {
            Ground::Row(_) => None,
            Ground::Ranked { standing, .. } | Ground::Precedents(standing) => Some(standing),
        }
    }
}

/// A unit, and what leads to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Led {
    /// The unit.
    pub unit: UnitId,
    /// Why this one.
    pub ground: Ground,
}

/// The unit that should have the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The matter it rests on.
    pub matter: MatterId,
    /// Who leads.
    pub lead: UnitId,
    /// Who helps; never the lead, none twice, none that refused.
    pub co_units: Vec<UnitId>,
    /// What leads to it.
    pub ground: Ground,
    /// Summed over all candidates that lead to the same unit: being unsure between two matters of one unit costs nothing.
    pub confidence: Confidence,
}

/// A possible matter, and the unit that it leads to or why it leads to none: what an explanation lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered {
    /// The candidate matter.
    pub candidate: Candidate,
    /// Where it leads, or why nowhere.
    pub outcome: Result<Led, TriageReason>,
}

impl Considered {
    /// How the unit stands that it leads to, where that had a part in it.
    pub fn standing(&self) -> Option<Standing> {
        self.outcome.ok().and_then(|led| led.ground.standing())
    }

    /// How sure it is that the order belongs there: the matter is that sure, and the duty list is; precedents are as sure as
    /// they were right.
    pub fn confidence(&self) -> Confidence {
        match self.outcome {
            Ok(Led { ground: Ground::Precedents(standing), .. }) => {
                self.candidate.confidence.times(standing.rate_alone())
            }
            _ => self.candidate.confidence,
        }
    }
}

/// Chooses the unit to which most of the probability leads.
///
/// Ties go to the more probable matter. The reason, where there is no choice, is that of the most probable matter.
pub fn route(directory: &Directory, question: Question<'_>) -> Result<Choice, TriageReason> {
    let considered = consider(directory, question);
    let mut best: Option<(usize, Confidence)> = None;
    for (at, entry) in considered.iter().enumerate() {
        let Ok(Led { unit: lead, .. }) = entry.outcome else { continue };
        if considered[..at].iter().any(|earlier| leads_to(earlier, lead)) {
            continue;
        }
        let confidence = considered[at..]
            .iter()
            .filter(|other| leads_to(other, lead))
            .fold(Confidence(0), |sum, other| sum.plus(other.confidence()));
        if best.is_none_or(|(_, most)| confidence > most) {
            best = Some((at, confidence));
        }
    }
    let Some((at, confidence)) = best else {
        let first = considered.first().and_then(|entry| entry.outcome.err());
        return Err(first.unwrap_or(TriageReason::NoMatter));
    };
    let entry = &considered[at];
    let Led { unit: lead, ground } = entry.outcome?;
    let co_units = co_units(directory, question, ground, lead);
    Ok(Choice { matter: entry.candidate.matter, lead, co_units, ground, confidence })
}

/// Looks each candidate up in the duty list, and what it does not say in the precedents.
pub fn consider(directory: &Directory, question: Question<'_>) -> Vec<Considered> {
    let look_up = |candidate: &Candidate| {
        let listed = look_up(directory, question, candidate.matter);
        let outcome = listed.or_else(|reason| {
            let unlisted = reason == TriageReason::NoDutyRow;
            let known = unlisted.then(|| unlisted_lead(directory, question, candidate.matter));
            known.flatten().ok_or(reason)
        });
        Considered { candidate: candidate.clone(), outcome }
    };
    question.candidates.iter().map(look_up).collect()
}

fn leads_to(entry: &Considered, lead: UnitId) -> bool {
    entry.outcome.is_ok_and(|led| led.unit == lead)
}

/// The most specific row in force: the leaf before its parents, a community before its street before anywhere.
fn look_up(
    directory: &Directory,
    question: Question<'_>,
    matter: MatterId,
) -> Result<Led, TriageReason> {
    let mut failure = TriageReason::NoDutyRow;
    let functional = is_functional(directory, matter, question.region, question.on);
    let mut level = Some(matter);
    while let Some(matter) = level {
        for (ground, row) in asked(directory, question, matter) {
            // A place still to be found out must not let a general row decide instead.
            match unit_of(directory, row.lead, question.region) {
                None => return Err(TriageReason::PlaceUnknown),
                Some(unit) if has_refused(question, unit) => failure = TriageReason::Refused,
                // The department refused; a row of a wider matter must not hand it down.
                Some(unit) if functional && directory.is_grassroots(unit) => {}
                Some(unit) => return Ok(Led { unit, ground }),
            }
        }
        level = directory.parent_matter(matter);
    }
    Err(failure)
}

/// The rows of exactly this matter that fit, in the order in which they are asked: a community before its street before anywhere;
/// of those for one place the unit that keeps most of what it gets, and then the first in the list.
fn asked<'a>(
    directory: &'a Directory,
    question: Question<'_>,
    matter: MatterId,
) -> Vec<(Ground, &'a DutyRow)> {
    let rows = fitting(directory, matter, question.region, question.on);
    let mut rows: Vec<_> = rows.map(|(number, row)| (Ground::Row(number), row)).collect();
    rows.sort_by_key(|(_, row)| Reverse(place_depth(directory, row)));
    let of_one_place =
        |one: &(Ground, &DutyRow), other: &(Ground, &DutyRow)| one.1.place == other.1.place;
    for rivals in rows.chunk_by_mut(of_one_place).filter(|rivals| rivals.len() > 1) {
        rank(directory, question, rivals);
    }
    rows
}

/// Puts the rows of one matter and place in the order of precedents; as they are where there are none, or where the place must
/// be found out first.
fn rank(directory: &Directory, question: Question<'_>, rows: &mut [(Ground, &DutyRow)]) {
    let Question { region, on, precedents, .. } = question;
    let street = street_of(directory, region);
    let units = rows.iter().map(|(_, row)| unit_of(directory, row.lead, region));
    let Some(units) = units.collect::<Option<Vec<_>>>() else { return };
    let rates = rows.iter().zip(&units);
    let rates: Vec<Rate> =
        rates.map(|((_, row), unit)| precedents.rate(row.matter, street, *unit, on)).collect();
    if rates.iter().all(|rate| *rate == rates[0]) {
        return;
    }
    let units_count = units.iter().collect::<BTreeSet<_>>().len();
    let mut places: Vec<usize> = (0..rows.len()).collect();
    places.sort_by_key(|place| Reverse(rates[*place]));
    let ranked = places.into_iter().map(|place| {
        let (ground, row) = rows[place];
        let standing = precedents.standing(row.matter, street, units[place], on);
        let ranked = |row| Ground::Ranked { row, units_count, standing };
        (ground.row().map_or(ground, ranked), row)
    });
    let ranked: Vec<_> = ranked.collect();
    rows.copy_from_slice(&ranked);
}

/// The unit that kept most of a matter that no row is about, if that is enough to go by: one that may have it, and has not
/// refused this order.
fn unlisted_lead(directory: &Directory, question: Question<'_>, matter: MatterId) -> Option<Led> {
    let Question { region, on, precedents, .. } = question;
    let functional = is_functional_anywhere(directory, matter);
    let may = |unit: UnitId| {
        let below = directory.is_grassroots(unit);
        // A street or community has what lies in it.
        let is_there = region == Some(unit) || street_of(directory, region) == Some(unit);
        directory.is_active(unit)
            && (!below || is_there && !functional)
            && !has_refused(question, unit)
    };
    let known = precedents.units(matter, street_of(directory, region), on);
    let enough = known.filter(|(unit, standing)| standing.kept >= KEPT_MIN && may(*unit));
    let (unit, standing) = enough.min_by_key(|(unit, it)| (Reverse(it.kept), *unit))?;
    Some(Led { unit, ground: Ground::Precedents(standing) })
}

/// Whether a row of the matter, or of the nearest one above that has any, of whatever place and day, leaves it to departments:
/// a machine hands down nothing that nobody has said may be.
fn is_functional_anywhere(directory: &Directory, matter: MatterId) -> bool {
    let mut levels = upwards(directory, matter).map(|matter| directory.rows_of(matter).peekable());
    let rows = levels.find_map(|mut rows| rows.peek().is_some().then_some(rows));
    rows.is_some_and(|mut rows| rows.any(|(_, row)| row.level == DutyLevel::Functional))
}

/// A matter and those above it.
fn upwards(directory: &Directory, matter: MatterId) -> impl Iterator<Item = MatterId> {
    std::iter::successors(Some(matter), |&matter| directory.parent_matter(matter))
}

fn street_of(directory: &Directory, region: Option<UnitId>) -> Option<UnitId> {
    region.and_then(|region| directory.street_of(region))
}

/// Whether only a department may hold this matter here: so say the rows of the matter, or of the nearest one above
/// that has any for this place and day.
pub(crate) fn is_functional(
    directory: &Directory,
    matter: MatterId,
    region: Option<UnitId>,
    on: Day,
) -> bool {
    for matter in upwards(directory, matter) {
        let mut rows = fitting(directory, matter, region, on).peekable();
        if rows.peek().is_some() {
            return rows.all(|(_, row)| row.level == DutyLevel::Functional);
        }
    }
    false
}

/// Whether an order's matter is one that only departments may hold, and the unit is a street or below.
pub(crate) fn is_below(directory: &Directory, order: &Order, unit: UnitId, on: Day) -> bool {
    let functional = |matter| is_functional(directory, matter, order.region, on);
    directory.is_grassroots(unit) && order.matter.is_some_and(functional)
}

/// Rows of exactly this matter that are in force and cover the place.
fn fitting(
    directory: &Directory,
    matter: MatterId,
    region: Option<UnitId>,
    on: Day,
) -> impl Iterator<Item = (u32, &DutyRow)> {
    directory
        .rows_of(matter)
        .filter(move |(_, row)| in_force(row, on) && covers(directory, row, region))
}

fn in_force(row: &DutyRow, on: Day) -> bool {
    row.from <= on && row.to.is_none_or(|to| on <= to)
}

fn covers(directory: &Directory, row: &DutyRow, region: Option<UnitId>) -> bool {
    let Some(place) = row.place else { return true };
    region == Some(place) || street_of(directory, region) == Some(place)
}

fn place_depth(directory: &Directory, row: &DutyRow) -> u8 {
    match row.place {
        None => 0,
        Some(place) if directory.unit(place).level.is_street() => 1,
        Some(_) => 2,
    }
}

fn unit_of(directory: &Directory, holder: Holder, region: Option<UnitId>) -> Option<UnitId> {
    let unit = match holder {
        Holder::Unit(unit) => unit,
        Holder::StreetOfPlace => directory.street_of(region?)?,
        Holder::CommunityOfPlace => region?,
    };
    directory.is_active(unit).then_some(unit)
}

fn has_refused(question: Question<'_>, unit: UnitId) -> bool {
    question.returns.iter().any(|refusal| refusal.unit == unit && refusal.is_refusal())
}

fn co_units(
    directory: &Directory,
    question: Question<'_>,
    ground: Ground,
    lead: UnitId,
) -> Vec<UnitId> {
    let mut units = Vec::new();
    let row = ground.row().and_then(|row| directory.row(row));
    for holder in row.map_or(&[][..], |row| &row.co_units) {
        let Some(unit) = unit_of(directory, *holder, question.region) else { continue };
        if unit != lead && !units.contains(&unit) && !has_refused(question, unit) {
            units.push(unit);
        }
    }
    units
}
