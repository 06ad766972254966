//! Who calls when, and about what: every contact of a run, laid out before it begins, so that it is the same under every policy.

use hotline_engine::command::Acceptance;
use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::order::{Caller, Channel, Classification, Kind, Urgency};
use hotline_engine::text::Sketch;
use hotline_engine::time::Timestamp;

use super::ground::Told;
use super::policy::Dispatching;
use super::scenario::Scenario;
use super::work;
use crate::affairs::request_tag;
use crate::arrivals;
use crate::chance::{Chance, Purpose};

const HOUR_MS: i64 = 3_600_000;
/// Of a thousand contacts so many are of one who has called about it before (大英县: 9.6 % in a month).
pub(super) const AGAIN_PERMILLE: u64 = 96;
/// And so many of another caller about what is known. This project's choice.
pub(super) const KNOWN_PERMILLE: u64 = 40;
/// How far back such a contact looks, in contacts of so many mean days. This project's choice.
const BACK_DAYS: u64 = 3;
/// How often an instant of a surge is drawn before its beginning is taken.
const DRAWS_MAX: u32 = 1_000;
/// Before the first day that is counted: a week for what is carried over.
pub(super) const LEAD_DAYS: i64 = 7;
const STORY_CHARS: u64 = 48;

/// How a contact stands to what was told before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    First,
    /// The same caller.
    Again,
    /// Another one.
    Known,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Contact {
    pub(super) at: Timestamp,
    pub(super) affair: u32,
    pub(super) telling: Telling,
}

/// One thing that is the matter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Affair {
    /// Which of the messages of the ground.
    pub(super) told: usize,
    /// Where it is, whether its caller says so or not.
    pub(super) region: UnitId,
    pub(super) kind: Kind,
    pub(super) urgency: Urgency,
    pub(super) answered: bool,
    pub(super) work_ms: i64,
    caller: u64,
}

/// All that is told in a run.
#[derive(Debug)]
pub(super) struct Demand {
    seed: u64,
    pub(super) contacts: Vec<Contact>,
    /// Of each affair the unit that a surge is about, if it came with one.
    bound_to: Vec<Option<UnitId>>,
    regions: Vec<UnitId>,
    /// The messages about matters of each unit that a surge is about.
    of_unit: Vec<(UnitId, Vec<usize>)>,
    urgent_per_10000: u64,
    answered_percent: u64,
}

/// Hours from `from` on, with the sum of their weights before each.
struct Line {
    from: Timestamp,
    until: Vec<u64>,
}

impl Line {
    fn of(from: Timestamp, hours: i64) -> Line {
        let mut sum = 0;
        let weigh = |hour: i64| {
            sum += arrivals::weight(Timestamp::of_ms(from.ms() + hour * HOUR_MS));
            sum
        };
        Line { from, until: (0..hours).map(weigh).collect() }
    }

    fn total(&self) -> u64 {
        self.until.last().copied().unwrap_or(0)
    }

    fn before(&self, hour: usize) -> u64 {
        hour.checked_sub(1).map_or(0, |last| self.until[last.min(self.until.len() - 1)])
    }

    /// An instant, in the share of each hour.
    fn draw(&self, chance: &mut Chance, least: u64, below: u64) -> Timestamp {
        let number = least + chance.below((below - least).max(1));
        let hour = self.until.partition_point(|until| *until <= number);
        let within = i64::try_from(chance.below(HOUR_MS.unsigned_abs())).expect("within an hour");
        Timestamp::of_ms(self.from.ms() + hour as i64 * HOUR_MS + within)
    }

    fn hour(&self, at: Timestamp) -> usize {
        usize::try_from((at.ms() - self.from.ms()).max(0) / HOUR_MS)
            .unwrap_or(0)
            .min(self.until.len())
    }
}

impl Demand {
    /// `share` says of a unit which share of all contacts is about its matters, in millionths, and which messages are.
    pub(super) fn of(
        scenario: &Scenario,
        seed: u64,
        directory: &Directory,
        share: impl Fn(UnitId) -> (u64, Vec<usize>),
    ) -> Demand {
        let mut chance = Chance::of(seed, Purpose::Arrivals, 0);
        let from = scenario.from.start();
        let line = Line::of(from, i64::from(scenario.days) * 24);
        let mut told: Vec<(Timestamp, Option<UnitId>)> = (0..scenario.contacts)
            .map(|_| (line.draw(&mut chance, 0, line.total()), None))
            .collect();
        let before = Line::of(from.plus_days(-LEAD_DAYS), LEAD_DAYS * 24);
        told.extend(
            (0..scenario.carry_over).map(|_| (before.draw(&mut chance, 0, before.total()), None)),
        );
        let mut of_unit = Vec::new();
        for surge in &scenario.surges {
            let unit = surge.unit.as_deref().and_then(|code| directory.unit_id(code));
            let Ok(begin) = Timestamp::parse(&surge.from) else { continue };
            let end = begin.plus_seconds(60 * i64::from(surge.minutes));
            let (least, below) = (line.before(line.hour(begin)), line.before(line.hour(end) + 1));
            let share = unit.map_or(1_000_000, |unit| {
                let (share, messages) = share(unit);
                of_unit.push((unit, messages));
                share
            });
            let usual = usual(scenario, &line, begin, end) * u128::from(share) / 1_000_000;
            let more = usual * u128::from(surge.times - 1) / 1_000_000;
            told.extend((0..more).map(|_| {
                let drawn = (0..DRAWS_MAX).map(|_| line.draw(&mut chance, least, below));
                let inside = |at: &Timestamp| (begin..end).contains(at);
                let mut drawn = drawn.filter(inside);
                (drawn.next().unwrap_or(begin), unit)
            }));
        }
        told.sort_unstable();
        let per_day = scenario.contacts / u64::from(scenario.days.max(1));
        let (contacts, bound_to) = related(&mut chance, &told, (per_day * BACK_DAYS).max(1));
        let regions = directory.units().filter(|(_, unit)| unit.level.is_community());
        let regions = regions.map(|(id, _)| id).collect();
        let (urgent_per_10000, answered_percent) =
            (scenario.urgent_per_10000, scenario.answered_percent);
        Demand { seed, contacts, bound_to, regions, of_unit, urgent_per_10000, answered_percent }
    }

    /// The affair with a number.
    pub(super) fn affair(&self, number: u32, messages: usize) -> Affair {
        let mut chance = Chance::of(self.seed, Purpose::Affair, number.into());
        let bound_to = self.bound_to[number as usize];
        let of_unit = bound_to.and_then(|unit| self.of_unit.iter().find(|(it, _)| *it == unit));
        let told = match of_unit {
            Some((_, messages)) if !messages.is_empty() => *chance.one_of(messages),
            _ => chance.place(messages),
        };
        let region = *chance.one_of(&self.regions);
        let kind = chance.weighted(&work::KINDS);
        let urgency = match chance.below(10_000) < self.urgent_per_10000 {
            // One in ten of them is critical. This project's choice.
            true if chance.one_in(10) => Urgency::Critical,
            true => Urgency::Urgent,
            false => Urgency::Normal,
        };
        let answered = chance.percent(self.answered_percent);
        let work_ms = work::work_ms(kind, urgency, chance.number());
        Affair { told, region, kind, urgency, answered, work_ms, caller: chance.number() }
    }

    /// What the desk hands to the engine.
    pub(super) fn acceptance(
        &self,
        number: usize,
        affair: &Affair,
        told: &Told,
        dispatching: Dispatching,
    ) -> Acceptance {
        let contact = self.contacts[number];
        let content = story(self.seed, contact, number);
        let mut acceptance = Acceptance::plain(affair.kind, Channel::Phone, content);
        acceptance.sketch = Sketch::of(&[&acceptance.content]);
        acceptance.urgency = affair.urgency;
        acceptance.tags = vec![request_tag(number as u64)];
        acceptance.region = told.names_place.then_some(affair.region);
        match dispatching {
            Dispatching::ByHand => {}
            Dispatching::Table => {
                let first = told.classification.candidates.first();
                acceptance.matter = first.map(|first| first.matter);
            }
            Dispatching::Engine => {
                let candidates = told.classification.candidates.clone();
                acceptance.classification =
                    Classification { candidates, ..Classification::default() };
            }
        }
        let caller = match contact.telling {
            Telling::Known => affair.caller ^ number as u64,
            Telling::First | Telling::Again => affair.caller,
        };
        let phone = format!("1{:010}", caller % 10_000_000_000);
        acceptance.caller = Some(Caller { name: String::new(), phone, confidential: false });
        acceptance
    }
}

/// How many would call in a span without the surge, in millionths.
fn usual(scenario: &Scenario, line: &Line, begin: Timestamp, end: Timestamp) -> u128 {
    let mut weight = 0;
    let mut at = begin;
    while at < end {
        let hour = Timestamp::of_ms(
            line.from.ms() + (at.ms() - line.from.ms()).div_euclid(HOUR_MS) * HOUR_MS,
        );
        let next = end.min(Timestamp::of_ms(hour.ms() + HOUR_MS));
        weight += u128::from(arrivals::weight(hour)) * (next.ms() - at.ms()).unsigned_abs() as u128;
        at = next;
    }
    let all = u128::from(line.total()) * HOUR_MS.unsigned_abs() as u128;
    u128::from(scenario.contacts) * 1_000_000 * weight / all.max(1)
}

/// Which contacts are about the same, of all in turn.
fn related(
    chance: &mut Chance,
    told: &[(Timestamp, Option<UnitId>)],
    back: u64,
) -> (Vec<Contact>, Vec<Option<UnitId>>) {
    let mut contacts: Vec<Contact> = Vec::with_capacity(told.len());
    let mut bound_to: Vec<Option<UnitId>> = Vec::new();
    for &(at, unit) in told {
        let telling = match chance.below(1_000) {
            it if it < AGAIN_PERMILLE => Telling::Again,
            it if it < AGAIN_PERMILLE + KNOWN_PERMILLE => Telling::Known,
            _ => Telling::First,
        };
        let reach = back.min(contacts.len() as u64);
        let earlier =
            (reach > 0).then(|| contacts[contacts.len() - 1 - chance.place(reach as usize)]);
        let known = earlier.filter(|it| unit.is_none() || bound_to[it.affair as usize] == unit);
        match known.filter(|_| telling != Telling::First) {
            Some(known) => contacts.push(Contact { at, affair: known.affair, telling }),
            None => {
                let affair = u32::try_from(bound_to.len()).expect("CONTACTS_MAX fits");
                bound_to.push(unit);
                contacts.push(Contact { at, affair, telling: Telling::First });
            }
        }
    }
    (contacts, bound_to)
}

/// The affair's own words, so that texts are alike where affairs are; and a few that only this contact has.
fn story(seed: u64, contact: Contact, number: usize) -> String {
    let mut chance = Chance::of(seed, Purpose::Telling, contact.affair.into());
    let letter = |number: u64| char::from_u32(0x4e00 + (number % 6_000) as u32).unwrap_or('一');
    let mut story: String = (0..STORY_CHARS).map(|_| letter(chance.number())).collect();
    if contact.telling != Telling::First {
        story.extend(['又', '来', '电', letter(number as u64)]);
    }
    story
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_calls_again_tells_the_same_story_in_nearly_the_same_words() {
        let at = Timestamp::of_ms(0);
        let told = |affair, telling| {
            Sketch::of(&[&story(1, Contact { at, affair, telling }, 9)]).expect("long enough")
        };
        let first = told(3, Telling::First);
        assert!(first.similarity(&told(3, Telling::Again)) >= 75);
        assert!(first.similarity(&told(4, Telling::First)) < 30);
    }

    #[test]
    fn some_call_again_and_some_tell_of_what_is_known() {
        let told: Vec<_> = (0..20_000).map(|at| (Timestamp::of_ms(at), None)).collect();
        let (contacts, _) = related(&mut Chance::of(1, Purpose::Arrivals, 0), &told, 150);
        let count = |telling| contacts.iter().filter(|it| it.telling == telling).count();
        assert!((1_700..2_150).contains(&count(Telling::Again)), "{}", count(Telling::Again));
        assert!((650..950).contains(&count(Telling::Known)), "{}", count(Telling::Known));
    }
}
