//! Orders that may be about the same (疑似重复): found by the caller, by the text and by the words for the place among the
//! orders of the last weeks, with a bounded number of looks. What follows from it is decided elsewhere.

use std::collections::VecDeque;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::command::Acceptance;
use crate::directory::MatterId;
use crate::handling::Similar;
use crate::newest::{KEPT, Newest};
use crate::order::{Caller, Classification, Kind, Order, OrderId, Status};
use crate::profile::{Place, ProfileFault};
use crate::state::State;
use crate::text::{Normalised, Normaliser, Sketch, subscriber};
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
/// How each of them begins: most places have none of these.
const NOWHERE_BEGINS: [char; 3] = ['不', '未', '无'];

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
/// Readers may keep one of their own: it holds numbers of orders and hashes, and nobody's name or number.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Hash, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize,
)]
pub struct Recent {
    bands: Newest,
    callers: Newest,
    places: Newest,
    /// The first order of each day that is remembered and had any.
    days: VecDeque<(Day, OrderId)>,
}

/// Orders that a contact is compared with.
#[derive(Debug, Default)]
pub struct Candidates {
    /// Each once.
    ids: Vec<OrderId>,
    /// Those found by the caller.
    of_caller: Vec<OrderId>,
    /// The letters of the words for the contact's place.
    place: Option<String>,
}

impl Candidates {
    /// Whether an order was found by the caller's number, of which the table knows 32 bits.
    pub fn is_of_caller(&self, id: OrderId) -> bool {
        self.of_caller.contains(&id)
    }
}

impl Recent {
    /// Adds an order by its text and its place; praise is about nothing that could be done twice.
    pub fn insert(&mut self, at: Timestamp, id: OrderId, acceptance: &Acceptance) {
        self.forget(at, id);
        if acceptance.kind == Kind::Praise {
            return;
        }
        for key in acceptance.sketch.iter().flat_map(Sketch::bands) {
            self.bands.push(key, id, Sketch::BANDS);
        }
        let place = letters_of(&acceptance.place);
        if let Some(key) = place_key(place.as_deref(), acceptance) {
            self.places.push(key, id, 1);
        }
    }

    /// Adds an order by its caller.
    pub fn insert_caller(&mut self, id: OrderId, caller: &Caller) {
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

    /// Orders to be compared with a contact, by its text, its caller and its place: [`COMPARED_MAX`] at most.
    pub fn candidates(&self, acceptance: &Acceptance) -> Candidates {
        let of_text = acceptance.sketch.as_ref().map(|sketch| self.bands.of_all(sketch.bands()));
        let caller = acceptance.caller.as_ref().and_then(caller_number).map(caller_key);
        let of_caller = caller.map(|key| self.callers.of_all([key]));
        let of_caller: Vec<OrderId> = of_caller.into_iter().flatten().collect();
        let place = letters_of(&acceptance.place);
        let of_place = place_key(place.as_deref(), acceptance).map(|key| self.places.of_all([key]));
        let mut ids: Vec<OrderId> = of_text.into_iter().flatten().collect();
        ids.extend(&of_caller);
        ids.extend(of_place.into_iter().flatten());
        ids.sort_unstable();
        ids.dedup();
        Candidates { ids, of_caller, place }
    }
}

/// A caller's number, however it is written; none without a number.
pub fn caller_number(caller: &Caller) -> Option<u64> {
    subscriber(&caller.phone)
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

/// Whether a contact is about the matter of an order, as it is now or as it was taken to be; so is one of which no matter is known.
pub(crate) fn is_same_matter(acceptance: &Acceptance, order: &Order) -> bool {
    let of_order = [order.matter, likeliest(&order.classification)];
    matter_of(acceptance).is_none_or(|matter| of_order.contains(&Some(matter)))
}

/// Whether a contact and an order say that they are of different places.
pub(crate) fn is_elsewhere(acceptance: &Acceptance, order: &Order) -> bool {
    let regions = acceptance.region.zip(order.region);
    let places = letters_of(&acceptance.place).zip(letters_of(&order.place));
    regions.is_some_and(|(here, there)| here != there)
        || places.is_some_and(|(here, there)| here != there)
}

/// A place under which orders about one matter are kept.
fn place_key(letters: Option<&str>, acceptance: &Acceptance) -> Option<u32> {
    Some(xxh3_64_with_seed(letters?.as_bytes(), matter_of(acceptance)?.0.into()) as u32)
}

/// Most are Chinese characters: of them it is known without a table.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || ('\u{4e00}'..='\u{9fff}').contains(&c)
        || !c.is_ascii() && c.is_alphanumeric()
}

/// The words for a place by their letters and digits, however they are spaced; none where they name none.
fn letters_of(place: &Option<String>) -> Option<String> {
    let mut normalised = Normalised::default();
    Normaliser::new().normalise(place.as_deref()?, &mut normalised);
    let mut letters = normalised.into_text();
    letters.retain(is_letter);
    let is_unknown =
        letters.contains(NOWHERE_BEGINS) && NOWHERE.iter().any(|word| letters.contains(word));
    (!is_unknown && letters.chars().nth(PLACE_LETTERS_MIN - 1).is_some()).then_some(letters)
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
    let is_same = |id| caller.is_some() && state.caller(id).and_then(caller_number) == caller;
    let candidates = state.recent().candidates(acceptance);
    similar_among(&candidates, rule, at, acceptance, |id| state.order(id), is_same)
}

/// The same among candidates that somebody else has found, with his way to an order and to who called about it.
pub fn similar_among<O: Deref<Target = Order>>(
    candidates: &Candidates,
    rule: &DuplicateRule,
    at: Timestamp,
    acceptance: &Acceptance,
    order_of: impl Fn(OrderId) -> Option<O>,
    is_same_caller: impl Fn(OrderId) -> bool,
) -> Vec<Similar> {
    let sketch = acceptance.sketch.as_ref();
    let horizon = at.plus_days(-i64::from(rule.days));
    let mut found: Vec<Similar> = Vec::new();
    for &id in &candidates.ids {
        let Some(order) = order_of(id).filter(|order| order.times.accepted >= horizon) else {
            continue;
        };
        let percent = match (sketch, &order.sketch) {
            (Some(own), Some(other)) => own.similarity(other),
            _ => 0,
        };
        let same_caller = is_same_caller(id);
        let same_words = order.place == acceptance.place;
        let same_place = candidates.place.is_some()
            && (same_words || letters_of(&order.place) == candidates.place);
        let Some(order) = standing_for(order, &order_of, same_caller) else { continue };
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
fn standing_for<O: Deref<Target = Order>>(
    order: O,
    order_of: impl Fn(OrderId) -> Option<O>,
    same_caller: bool,
) -> Option<O> {
    let own = |order: &Order| same_caller && order.status != Status::Repeat;
    let into = order.merge.as_ref().filter(|_| !own(&order)).map(|merge| merge.into);
    let mut order = match into {
        Some(into) => order_of(into)?,
        None => order,
    };
    // That one may be joined in its turn. No circle: nothing is joined to what is joined already.
    while matches!(order.status, Status::Merged | Status::Repeat) && !own(&order) {
        let into = order.merge.as_ref()?.into;
        order = order_of(into)?;
    }
    let ended = matches!(order.status, Status::Withdrawn | Status::Transferred);
    (!ended && order.kind != Kind::Praise).then_some(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::Channel;

    #[test]
    fn candidates_are_found_by_text_and_by_number_until_their_days_are_over() {
        let contact = |content: &str, phone: &str| {
            let mut contact = Acceptance::plain(Kind::Help, Channel::Phone, content.into());
            let caller = Caller { name: String::new(), phone: phone.into(), confidential: false };
            contact.caller = Some(caller);
            contact.sketch = Sketch::of(&[content]);
            contact
        };
        let (water, lamp) = ("外马路水管爆裂路面积水半尺深", "金平区公园里路灯半个月都没亮过");
        let mut recent = Recent::default();
        let found = |recent: &Recent, content: &str, phone: &str| {
            let candidates = recent.candidates(&contact(content, phone));
            let of_caller = |id: &OrderId| candidates.is_of_caller(*id);
            candidates.ids.iter().map(|id| (id.0, of_caller(id))).collect::<Vec<_>>()
        };
        let add = |recent: &mut Recent, day: i64, id: u64, content: &str, phone: &str| {
            let (at, contact) = (Timestamp::of_ms(0).plus_days(day), contact(content, phone));
            recent.insert(at, OrderId(id), &contact);
            recent.insert_caller(OrderId(id), &contact.caller.expect("it has one"));
        };
        add(&mut recent, 0, 1, water, "13800000001");
        add(&mut recent, 1, 2, lamp, "13800000002");
        assert_eq!(found(&recent, water, "13800000003"), [(1, false)]);
        assert_eq!(found(&recent, lamp, "138 0000 0001"), [(1, true), (2, false)]);
        add(&mut recent, i64::from(KEPT_DAYS) + 1, 3, "别的事情完全不同", "13800000009");
        assert_eq!(found(&recent, water, "13800000001"), []);
        assert_eq!(found(&recent, lamp, "13800000003"), [(2, false)]);
    }

    #[test]
    fn words_for_no_place_name_none() {
        let letters = |place: &str| letters_of(&Some(place.into()));
        for word in NOWHERE {
            assert!(word.starts_with(NOWHERE_BEGINS), "{word}");
            assert_eq!(letters(&format!("金平区{word}")), None);
        }
        assert_eq!(letters("不夜城 12 号"), Some("不夜城12号".into()));
        assert_eq!(letters("三个字"), None);
    }

    fn key(phone: &str) -> Option<u64> {
        caller_number(&Caller { name: String::new(), phone: phone.into(), confidential: false })
    }

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        let plain = key("13800138000");
        assert!(plain.is_some());
        for written in [
            "+86 138-0013-8000",
            "0086 13800138000",
            "１３８００１３８０００",
            "一三八零零一三八零零零",
            "①③⑧⓪⓪①③⑧⓪⓪⓪",
            "13800138000/13900139000",
            "(138)00138000",
            "（138）0013—8000",
            "013800138000",
            "林13800138000转801",
        ] {
            assert_eq!(key(written), plain, "{written}");
        }
        let landline = key("075488551234");
        for written in [
            "0754-8855 1234",
            "+86(0754)88551234",
            "(0754)8855-1234",
            "86 754 88551234",
            "754-88551234",
        ] {
            assert_eq!(key(written), landline, "{written}");
        }
        // Behind a switchboard sit many.
        let behind = key("0754-88551234转801");
        assert_eq!(key("(0754)8855-1234(801)"), behind);
        for other in ["0754-88551234", "0754-88551234转802"] {
            assert_ne!(key(other), behind, "{other}");
        }
        for other in ["88551234", "0755-88551234", "020-88551234", "0754-8551234"] {
            assert_ne!(key(other), landline, "{other}");
        }
        for other in ["13800138001", "(139)00138000", "13900138000"] {
            assert_ne!(key(other), plain, "{other}");
        }
        assert_eq!([key(""), key("12345"), key("不详")], [None; 3]);
    }
}
