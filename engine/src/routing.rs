//! Chooses the unit for an order from the duty list. Looks at matter, place and refusals, never at load or a clock.

pub mod told;

use crate::directory::{Directory, DutyLevel, DutyRow, Holder, MatterId, UnitId};
use crate::order::{Candidate, Confidence, Order, Return, TriageReason};
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
    /// Number of the duty row, from 1.
    pub row: u32,
    /// Summed over all candidates that lead to the same unit: being unsure between two matters of one unit costs nothing.
    pub confidence: Confidence,
}

/// A duty row that would have led to a unit, and why it did or did not: what an explanation lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered {
    /// The candidate matter.
    pub candidate: Candidate,
    /// Number of the row, from 1, and its lead; or why there is none.
    pub outcome: Result<(u32, UnitId), TriageReason>,
}

/// Chooses the unit to which most of the probability leads.
///
/// Ties go to the more probable matter. The reason, where there is no choice, is that of the most probable matter.
pub fn route(directory: &Directory, question: Question<'_>) -> Result<Choice, TriageReason> {
    let considered = consider(directory, question);
    let mut best: Option<(usize, Confidence)> = None;
    for (at, entry) in considered.iter().enumerate() {
        let Ok((_, lead)) = entry.outcome else { continue };
        if considered[..at].iter().any(|earlier| leads_to(earlier, lead)) {
            continue;
        }
        let confidence = considered[at..]
            .iter()
            .filter(|other| leads_to(other, lead))
            .fold(Confidence(0), |sum, other| sum.plus(other.candidate.confidence));
        if best.is_none_or(|(_, most)| confidence > most) {
            best = Some((at, confidence));
        }
    }
    let Some((at, confidence)) = best else {
        let first = considered.first().and_then(|entry| entry.outcome.err());
        return Err(first.unwrap_or(TriageReason::NoMatter));
    };
    let entry = &considered[at];
    let (row, lead) = entry.outcome?;
    let co_units = co_units(directory, question, row, lead);
    Ok(Choice { matter: entry.candidate.matter, lead, co_units, row, confidence })
}

/// Looks each candidate up in the duty list.
pub fn consider(directory: &Directory, question: Question<'_>) -> Vec<Considered> {
    let look_up = |candidate: &Candidate| Considered {
        candidate: candidate.clone(),
        outcome: look_up(directory, question, candidate.matter),
    };
    question.candidates.iter().map(look_up).collect()
}

fn leads_to(entry: &Considered, lead: UnitId) -> bool {
    entry.outcome.is_ok_and(|(_, unit)| unit == lead)
}

/// The most specific row in force: the leaf before its parents, a community before its street before anywhere.
fn look_up(
    directory: &Directory,
    question: Question<'_>,
    matter: MatterId,
) -> Result<(u32, UnitId), TriageReason> {
    let mut failure = TriageReason::NoDutyRow;
    let functional = is_functional(directory, matter, question.region, question.on);
    let mut level = Some(matter);
    while let Some(matter) = level {
        let mut rows: Vec<_> = fitting(directory, matter, question.region, question.on).collect();
        rows.sort_by_key(|(number, row)| (std::cmp::Reverse(place_depth(directory, row)), *number));
        for (number, row) in rows {
            // A place still to be found out must not let a general row decide instead.
            match unit_of(directory, row.lead, question.region) {
                None => return Err(TriageReason::PlaceUnknown),
                Some(unit) if has_refused(question, unit) => failure = TriageReason::Refused,
                // The department refused; a row of a wider matter must not hand it down.
                Some(unit) if functional && directory.is_grassroots(unit) => {}
                Some(unit) => return Ok((number, unit)),
            }
        }
        level = directory.parent_matter(matter);
    }
    Err(failure)
}

/// Whether only a department may hold this matter here: so say the rows of the matter, or of the nearest one above
/// that has any for this place and day.
pub(crate) fn is_functional(
    directory: &Directory,
    matter: MatterId,
    region: Option<UnitId>,
    on: Day,
) -> bool {
    let levels = std::iter::successors(Some(matter), |&matter| directory.parent_matter(matter));
    for matter in levels {
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
    region.is_some_and(|region| region == place || directory.street_of(region) == Some(place))
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

fn co_units(directory: &Directory, question: Question<'_>, row: u32, lead: UnitId) -> Vec<UnitId> {
    let mut units = Vec::new();
    for holder in directory.row(row).map_or(&[][..], |row| &row.co_units) {
        let Some(unit) = unit_of(directory, *holder, question.region) else { continue };
        if unit != lead && !units.contains(&unit) && !has_refused(question, unit) {
            units.push(unit);
        }
    }
    units
}
