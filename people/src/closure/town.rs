//! What a town has when a run begins: whose matters its citizens call about, how many people its units and its desk have for them,
//! and which duties will change hands.

use std::collections::BTreeMap;

use hotline_engine::directory::{Directory, MatterId, UnitId};
use hotline_engine::order::{Candidate, Confidence};
use hotline_engine::precedents::Precedents;
use hotline_engine::routing::{Question, route};
use hotline_engine::time::{Day, Timestamp};

use super::crews::Crew;
use super::demand::LEAD_DAYS;
use super::desk::DISPATCH_SECONDS;
use super::ground::Ground;
use super::office::Office;
use super::scenario::Scenario;
use super::work;
use crate::chance::{Chance, Purpose};

const YEAR_DAYS: u64 = 365;
/// The busiest hour of a mean day, which has so many of a thousand contacts, is to fill a desk by hand to so many percent. This
/// project's choice.
const DESK_FULL_PERCENT: u64 = 75;
const BUSIEST_HOUR_PERMILLE: u64 = 118;
/// Orders that a unit is taken to have done before the first, so that its pace is something.
const DONE_BEFORE: i64 = 10;

/// The unit that a duty list names for a matter at a place.
pub(super) fn led_by(
    directory: &Directory,
    matter: MatterId,
    region: UnitId,
    on: Day,
) -> Option<UnitId> {
    let candidates = [Candidate { matter, confidence: Confidence::CERTAIN }];
    let (candidates, precedents) = (&candidates, Precedents::none());
    let question = Question { candidates, region: Some(region), returns: &[], on, precedents };
    route(directory, question).ok().map(|choice| choice.lead)
}

/// Of each unit the share of contacts about its matters, in millionths, and the messages that are.
pub(super) type Shares = BTreeMap<UnitId, (u64, Vec<usize>)>;

pub(super) fn shares(
    ground: &Ground,
    directory: &Directory,
    at: Timestamp,
    duties: &BTreeMap<MatterId, UnitId>,
) -> Shares {
    let regions: Vec<UnitId> =
        directory.units().filter(|(_, unit)| unit.level.is_community()).map(|(id, _)| id).collect();
    let each = 1_000_000_000 / (ground.told.len().max(1) * regions.len().max(1)) as u64;
    let mut shares = Shares::new();
    for (message, told) in ground.told.iter().enumerate() {
        for &region in &regions {
            let changed = duties.get(&told.matter).copied();
            let unit = changed.or_else(|| led_by(directory, told.matter, region, at.day()));
            let Some(unit) = unit else { continue };
            let share = shares.entry(unit).or_default();
            share.0 += each;
            if share.1.last() != Some(&message) {
                share.1.push(message);
            }
        }
    }
    shares.values_mut().for_each(|share| share.0 /= 1_000);
    shares
}

/// The people of every unit: as many as the work of its contacts needs by hand, over the share of their time that is to be full.
/// Who gets duties in the course of it has the people for them.
pub(super) fn crewed(
    scenario: &Scenario,
    seed: u64,
    office: &Office,
    directory: &Directory,
    shares: [&Shares; 2],
) -> Vec<Crew> {
    let mean = work::mean_ms(scenario.urgent_per_10000);
    let office_ms = office.between(scenario.from, scenario.to()).max(1);
    let handed = scenario.contacts * (100 - scenario.answered_percent) / 100;
    let first = scenario.from.start().plus_days(-LEAD_DAYS).day();
    let crew = |(unit, _)| {
        let shares = shares.map(|shares| shares.get(&unit).map_or(0, |share| share.0));
        let share = shares[0].max(shares[1]);
        let work = i128::from(handed) * i128::from(share) * i128::from(mean) / 1_000_000;
        let needed = work * 1_000 * 1_000
            / i128::from(office_ms)
            / i128::from(scenario.utilisation_permille.max(1));
        let needed = i64::try_from(needed).unwrap_or(i64::MAX);
        let mut crew = Crew::of(seed, unit, needed, (first, scenario.to()));
        crew.expect(DONE_BEFORE, mean);
        crew
    };
    directory.units().map(crew).collect()
}

/// Which duties change when, and to which department.
pub(super) fn changes(
    ground: &Ground,
    scenario: &Scenario,
    seed: u64,
    directory: &Directory,
) -> Vec<(Timestamp, MatterId, UnitId)> {
    let mut chance = Chance::of(seed, Purpose::Duties, 0);
    let mut matters: Vec<MatterId> = ground.told.iter().map(|told| told.matter).collect();
    matters.sort_unstable();
    matters.dedup();
    let departments: Vec<UnitId> = directory
        .units()
        .filter(|(id, _)| !directory.is_grassroots(*id))
        .map(|(id, _)| id)
        .collect();
    let begin = scenario.from.start();
    let minutes = u64::from(scenario.days) * 24 * 60;
    let drifting =
        matters.len() as u64 * scenario.drift_per_year_permille * u64::from(scenario.days)
            / (1_000 * YEAR_DAYS);
    let mut all: Vec<_> = (0..drifting)
        .map(|_| {
            let at = begin.plus_seconds(i64::try_from(chance.below(minutes) * 60).unwrap_or(0));
            (at, *chance.one_of(&matters), *chance.one_of(&departments))
        })
        .collect();
    for reform in &scenario.reforms {
        for &matter in &matters {
            let (unit, moves) = (*chance.one_of(&departments), chance.percent(reform.percent));
            all.extend(moves.then_some((reform.day.start(), matter, unit)));
        }
    }
    all.sort_unstable();
    all
}

/// How many dispatchers the desk has, night and day.
pub(super) fn dispatchers(scenario: &Scenario) -> usize {
    let handed = scenario.contacts * (100 - scenario.answered_percent) / 100;
    let per_hour = handed * BUSIEST_HOUR_PERMILLE / u64::from(scenario.days.max(1)) / 1_000;
    let seconds = per_hour * DISPATCH_SECONDS.unsigned_abs() * 100 / DESK_FULL_PERCENT;
    usize::try_from(seconds.div_ceil(3_600)).unwrap_or(1).max(1)
}
