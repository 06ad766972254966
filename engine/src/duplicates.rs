//! Orders that may be about the same (疑似重复): found by the caller, by the text and by the words for the place among the
//! orders of the last weeks, with a bounded number of looks. What follows from it is decided elsewhere.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::command::Acceptance;
use crate::directory::MatterId;
use crate::handling::Similar;
use crate::newest::{KEPT, Newest};
use crate::order::{Caller, Classification, Kind, Order, OrderId, Status};
use crate::profile::{Place, ProfileFault};
use crate::state::State;
use crate::text::{Normalised, Normaliser, Sketch};
use crate::time::{Day, Timestamp};

/// Days that the index reaches back (湛江: 30 日为周期).
pub const KEPT_DAYS: u16 = 30;
/// Orders named as similar to one.
pub const SIMILAR_MAX: usize = 5;
/// Orders that one acceptance may be compared with: every band, the caller, and the place, with all that is kept.
pub const COMPARED_MAX: usize = (Sketch::BANDS + 2) * KEPT;
/// Fewer letters name no place that two callers mean alike.
const PLACE_LETTERS_MIN: usize = 4;
/// What is written where no place was given.
const NOWHERE: [&str; 6] = ["不详", "未提供", "无具体", "不清楚", "不明", "未知"];
/// Fewer digits are no telephone number.
const PHONE_DIGITS_MIN: usize = 7;
/// Eleven digits name a subscriber: what stands before is a country code.
const SUBSCRIBERS: u64 = 100_000_000_000;

/// When orders count as the same, and what the engine does about it by itself: as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DuplicateRule {
    /// How far back an order is looked for.
    pub days: u16,
    /// From which share of common wording on, in percent.
    pub similar_percent: u8,
    /// Whether a caller's second contact about his open order becomes a reminder of it without anybody's word.
    pub remind: bool,
    /// The document that says so.
    pub source: String,
}

impl DuplicateRule {
    pub(crate) fn fault(&self) -> Option<ProfileFault> {
        if self.source.trim().is_empty() {
            return Some(ProfileFault::Empty { at: Place::of("duplicates", "source") });
        }
        let bounds = [
            ("days", self.days, KEPT_DAYS, "days"),
            ("similar_percent", self.similar_percent.into(), 100, "percent"),
        ];
        let (key, _, max, unit) =
            bounds.into_iter().find(|&(_, value, max, _)| value == 0 || value > max)?;
        let at = Place::of("duplicates", key);
        Some(ProfileFault::Length { at, max: max.into(), unit })
    }
}

/// The orders of the last weeks, by the bands of their sketches, by their callers and by matter and place. Forgets by whole days.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Hash, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize,
)]
pub(crate) struct Recent {
    bands: Newest,
    callers: Newest,
    places: Newest,
    /// The first order of each day that is remembered and had any.
    days: VecDeque<(Day, OrderId)>,
}

impl Recent {
    /// Adds an order by its text and its place; praise is about nothing that could be done twice.
    pub(crate) fn insert(&mut self, at: Timestamp, id: OrderId, acceptance: &Acceptance) {
        self.forget(at, id);
        if acceptance.kind == Kind::Praise {
            return;
        }
        for key in acceptance.sketch.iter().flat_map(Sketch::bands) {
            self.bands.push(key, id, Sketch::BANDS);
        }
        if let Some(key) = place_key(acceptance) {
            self.places.push(key, id, 1);
        }
    }

    /// Adds an order by its caller.
    pub(crate) fn insert_caller(&mut self, id: OrderId, caller: &Caller) {
        if let Some(key) = caller_number(caller).map(caller_key) {
            self.callers.push(key, id, 1);
        }
    }

    /// Forgets the days that are too old when a new order comes.
    fn forget(&mut self, at: Timestamp, new: OrderId) {
        if self.days.back().is_none_or(|(day, _)| *day < at.day()) {
            self.days.push_back((at.day(), new));
        }
        let horizon = at.plus_days(-i64::from(KEPT_DAYS)).day();
        while self.days.front().is_some_and(|(day, _)| *day < horizon) {
            self.days.pop_front();
            let first = self.days.front().map_or(new, |(_, first)| *first);
            self.bands.forget_before(first);
            self.callers.forget_before(first);
            self.places.forget_before(first);
        }
    }

    /// Orders to be compared with a text, a caller and a place, each once.
    fn candidates(
        &self,
        sketch: Option<&Sketch>,
        caller: Option<u32>,
        place: Option<u32>,
    ) -> Vec<OrderId> {
        let of_text = sketch.map(|sketch| self.bands.of_all(sketch.bands()));
        let of_caller = caller.map(|key| self.callers.of_all([key]));
        let of_place = place.map(|key| self.places.of_all([key]));
        let mut ids: Vec<OrderId> = of_text.into_iter().flatten().collect();
        ids.extend(of_caller.into_iter().flatten());
        ids.extend(of_place.into_iter().flatten());
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// A caller's number by its digits, however they are written; none without a number.
pub(crate) fn caller_number(caller: &Caller) -> Option<u64> {
    let digit = |c: char| match c {
        '0'..='9' => Some(u64::from(c) - u64::from('0')),
        '０'..='９' => Some(u64::from(c) - u64::from('０')),
        _ => None,
    };
    let (mut number, mut digits_count) = (0, 0);
    for digit in caller.phone.chars().filter_map(digit) {
        number = (number * 10 + digit) % SUBSCRIBERS;
        digits_count += 1;
    }
    (digits_count >= PHONE_DIGITS_MIN).then_some(number)
}

/// A caller under which orders are kept; what two numbers share is told apart by the numbers.
fn caller_key(number: u64) -> u32 {
    (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

/// What an order is taken to be about when it comes in: the matter that was given, or the likeliest.
fn matter_of(acceptance: &Acceptance) -> Option<MatterId> {
    acceptance.matter.or_else(|| likeliest(&acceptance.classification))
}

fn likeliest(said: &Classification) -> Option<MatterId> {
    Some(said.candidates.first()?.matter)
}

/// A place under which orders about one matter are kept.
fn place_key(acceptance: &Acceptance) -> Option<u32> {
    let letters = letters_of(&acceptance.place)?;
    Some(xxh3_64_with_seed(letters.as_bytes(), matter_of(acceptance)?.0.into()) as u32)
}

/// The words for a place by their letters and digits, however they are spaced; none where they name none.
fn letters_of(place: &Option<String>) -> Option<String> {
    let mut normalised = Normalised::default();
    Normaliser::new().normalise(place.as_deref()?, &mut normalised);
    let letters: String = normalised.text().chars().filter(|c| c.is_alphanumeric()).collect();
    let is_known = !NOWHERE.iter().any(|word| letters.contains(word));
    (is_known && letters.chars().count() >= PLACE_LETTERS_MIN).then_some(letters)
}

/// The orders that a new one may be about the same as, the likeliest first: of the same caller, then by their words. In other
/// words it may be so for the same caller, or the same place, where the matter is the same.
pub(crate) fn similar(
    state: &State,
    rule: &DuplicateRule,
    at: Timestamp,
    acceptance: &Acceptance,
) -> Vec<Similar> {
    let caller = acceptance.caller.as_ref().and_then(caller_number);
    let sketch = acceptance.sketch.as_ref();
    let horizon = at.plus_days(-i64::from(rule.days));
    let mut found: Vec<Similar> = Vec::new();
    let (caller_key, place_key) = (caller.map(caller_key), place_key(acceptance));
    let place = letters_of(&acceptance.place);
    for id in state.recent().candidates(sketch, caller_key, place_key) {
        let Some(order) = state.order(id).filter(|order| order.times.accepted >= horizon) else {
            continue;
        };
        let percent = match (sketch, &order.sketch) {
            (Some(own), Some(other)) => own.similarity(other),
            _ => 0,
        };
        let same_caller = caller.is_some() && state.caller(id).and_then(caller_number) == caller;
        let same_place = place.is_some() && letters_of(&order.place) == place;
        let Some(order) = standing_for(state, order, same_caller) else { continue };
        let matter = matter_of(acceptance);
        let elsewhere =
            acceptance.region.zip(order.region).is_some_and(|(here, there)| here != there);
        let same_matter =
            matter.is_some() && [order.matter, likeliest(&order.classification)].contains(&matter);
        let near = percent >= rule.similar_percent;
        if elsewhere || !(near || (same_caller || same_place) && same_matter) {
            continue;
        }
        match found.iter_mut().find(|known| known.order == order.id) {
            Some(known) => {
                known.percent = known.percent.max(percent);
                known.same_caller |= same_caller;
                known.same_place |= same_place;
            }
            None => found.push(Similar { order: order.id, percent, same_caller, same_place }),
        }
    }
    found.sort_by_key(|it| std::cmp::Reverse((it.same_caller, it.percent, it.order)));
    found.truncate(SIMILAR_MAX);
    found
}

/// The order that another contact would be joined to: the one that this one was joined to, unless it is the caller's own.
fn standing_for<'a>(state: &'a State, order: &'a Order, same_caller: bool) -> Option<&'a Order> {
    let own = |order: &Order| same_caller && order.status != Status::Repeat;
    let mut order = match &order.merge {
        Some(merge) if !own(order) => state.order(merge.into)?,
        _ => order,
    };
    // That one may be joined in its turn. No circle: nothing is joined to what is joined already.
    while matches!(order.status, Status::Merged | Status::Repeat) && !own(order) {
        order = state.order(order.merge.as_ref()?.into)?;
    }
    let ended = matches!(order.status, Status::Withdrawn | Status::Transferred);
    (!ended && order.kind != Kind::Praise).then_some(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(phone: &str) -> Option<u64> {
        caller_number(&Caller { name: String::new(), phone: phone.into(), confidential: false })
    }

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        let plain = key("13800138000");
        assert!(plain.is_some());
        for written in ["+86 138-0013-8000", "0086 13800138000", "１３８００１３８０００"]
        {
            assert_eq!(key(written), plain, "{written}");
        }
        assert_ne!(key("13800138001"), plain);
        assert_eq!([key(""), key("12345"), key("不详")], [None; 3]);
    }
}
