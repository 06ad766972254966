//! What is the matter in the city: affairs, each at its place, about which one calls, calls again, or several call. An affair
//! is a function of its number.

use hotline_engine::command::{Acceptance, IdempotencyKey};
use hotline_engine::directory::{Directory, MatterId, UnitId};
use hotline_engine::handling::Answer;
use hotline_engine::order::{
    Candidate, Channel, Classification, Confidence, Kind, Upstream, Urgency,
};
use hotline_engine::text::Sketch;

use crate::callers;
use crate::chance::{Chance, Purpose};
use crate::texts;

/// Kinds as the districts have them: complaints dominate (连平县 2025), weakened by what Huaibei and Tangshan publish, so that
/// every kind is met.
const KINDS: [(Kind, u64); 6] = [
    (Kind::Complaint, 58),
    (Kind::Help, 20),
    (Kind::Consultation, 12),
    (Kind::Suggestion, 5),
    (Kind::Report, 4),
    (Kind::Praise, 1),
];
/// Three in a hundred are urgent (Longhu 2020: 3.08 %), one in ten of them critical.
const URGENCIES: [(Urgency, u64); 3] =
    [(Urgency::Normal, 970), (Urgency::Urgent, 27), (Urgency::Critical, 3)];
const CHANNELS: [(Channel, u64); 6] = [
    (Channel::Phone, 80),
    (Channel::Web, 6),
    (Channel::App, 9),
    (Channel::Kiosk, 1),
    (Channel::Letter, 1),
    (Channel::Upstream, 3),
];
/// Of a hundred calls so many are of one who has called about it before (大英县: 9.6 % in a month, 19.6 % in a week).
const AGAIN_PERCENT: u64 = 10;
/// And so many of another caller about what is known. This project's choice.
const KNOWN_PERCENT: u64 = 9;
/// How far back such a call looks, in steps; and among how many calls of a step.
const BACK_STEPS: u64 = 100;
const BACK_CALLS: u64 = 2;
/// Contacts of one step have numbers of their own: so many, and one for what comes beside them.
pub(crate) const NUMBERS_PER_STEP: u64 = crate::arrivals::ARRIVALS_MAX + 2;
/// How the classifier does: sure and right, sure and wrong (that is returned), unsure. This project's choice.
const SURE_PERCENT: u64 = 55;
const WRONG_PERCENT: u64 = 8;
/// Life-threatening ones go to an emergency number at once.
const TRANSFER_ONE_IN: u64 = 200;
const ANSWERED_PERCENT: u64 = 6;

/// One thing that is the matter.
#[derive(Clone, Debug)]
pub struct Affair {
    number: u64,
    kind: Kind,
    urgency: Urgency,
    matter: MatterId,
    region: Option<UnitId>,
    place: String,
    story: String,
    /// Who calls about it first.
    caller: u64,
}

impl Affair {
    /// The affair with a number, in a city with this directory.
    fn of(seed: u64, number: u64, directory: &Directory) -> Affair {
        let mut chance = Chance::of(seed, Purpose::Affair, number);
        let kind = chance.weighted(&KINDS);
        let urgency = chance.weighted(&URGENCIES);
        let matters = matters(directory);
        let matter = *chance.one_of(&matters);
        let region = region(&mut chance, directory);
        let name = region.map_or("", |it| directory.unit(it).name.as_str());
        let place = format!("{name}{}号附近", 1 + chance.below(300));
        let story = texts::story(&mut chance, kind, directory.matter(matter), &place);
        Affair { number, kind, urgency, matter, region, place, story, caller: chance.number() }
    }
}

/// What has a row in the duty list, and no more below it.
fn matters(directory: &Directory) -> Vec<MatterId> {
    let led = directory.matters().filter(|(id, _)| directory.rows_of(*id).next().is_some());
    let led: Vec<MatterId> = led.map(|(id, _)| id).collect();
    match led.is_empty() {
        true => directory.matters().map(|(id, _)| id).collect(),
        false => led,
    }
}

/// Mostly a community or village; some do not say where.
fn region(chance: &mut Chance, directory: &Directory) -> Option<UnitId> {
    let mut regions = directory.units().filter(|(id, _)| directory.is_grassroots(*id));
    let count = regions.by_ref().count();
    if count == 0 || chance.one_in(8) {
        return None;
    }
    let at = chance.place(count);
    directory.units().filter(|(id, _)| directory.is_grassroots(*id)).nth(at).map(|(id, _)| id)
}

/// A contact, the `number`th of the city: about something new, the same again, or what another has told of. Its request
/// number stands among its tags, so that it can be known in whatever became of it.
#[must_use]
pub fn contact(seed: u64, number: u64, directory: &Directory) -> Acceptance {
    let mut chance = Chance::of(seed, Purpose::Telling, number);
    let back_step = (number / NUMBERS_PER_STEP).saturating_sub(1 + chance.below(BACK_STEPS));
    let back = back_step * NUMBERS_PER_STEP + chance.below(BACK_CALLS);
    let (affair, caller, story) = match chance.below(100) {
        it if it < AGAIN_PERCENT => {
            let affair = Affair::of(seed, back, directory);
            let story = texts::again(&mut chance, &affair.story);
            (affair.clone(), affair.caller, story)
        }
        it if it < AGAIN_PERCENT + KNOWN_PERCENT => {
            let affair = Affair::of(seed, back, directory);
            let story = texts::again(&mut chance, &affair.story);
            (affair, chance.number(), story)
        }
        _ => {
            let affair = Affair::of(seed, number, directory);
            (affair.clone(), affair.caller, affair.story)
        }
    };
    let channel = chance.weighted(&CHANNELS);
    let who = callers::caller(caller, &mut chance);
    let content = texts::introduced(&mut chance, &story, &who.name, &who.phone);
    let answered = affair.kind == Kind::Consultation && chance.percent(ANSWERED_PERCENT);
    let upstream = (channel == Channel::Upstream)
        .then(|| Upstream { number: format!("市转{number:08}"), due: None });
    let mut acceptance = Acceptance::plain(affair.kind, channel, content);
    acceptance.matter = chance.percent(20).then_some(affair.matter);
    acceptance.tags = vec![request_tag(number)];
    acceptance.urgency = affair.urgency;
    acceptance.place = Some(affair.place.clone());
    acceptance.region = affair.region;
    acceptance.transfer = chance.one_in(TRANSFER_ONE_IN).then_some(119);
    acceptance.classification = classification(&mut chance, &affair, directory);
    acceptance.sketch = Sketch::of(&[&acceptance.content]);
    acceptance.answer = answered.then(|| Answer { text: texts::reply(&mut chance), article: None });
    acceptance.upstream = upstream;
    let number = u128::from(number) + 1;
    let body = number as u64 ^ affair.number;
    acceptance.idempotency = Some(IdempotencyKey { key: number << 8, body });
    if chance.percent(85) { acceptance.told_by(who) } else { nameless(acceptance, &story) }
}

/// Who gives no name gives no number either.
fn nameless(mut acceptance: Acceptance, story: &str) -> Acceptance {
    acceptance.content = story.to_owned();
    acceptance
}

/// What stands among the tags of the order that a contact becomes.
#[must_use]
pub fn request_tag(number: u64) -> String {
    format!("来话{number}")
}

/// The contact that became an order, by its tags.
pub fn request_of<'a>(tags: impl IntoIterator<Item = &'a String>) -> Option<u64> {
    tags.into_iter().find_map(|tag| tag.strip_prefix("来话")?.parse().ok())
}

fn classification(chance: &mut Chance, affair: &Affair, directory: &Directory) -> Classification {
    let matters = matters(directory);
    let other = *chance.one_of(&matters);
    let roll = chance.below(100);
    let (first, percent) = match roll {
        _ if roll < SURE_PERCENT => (affair.matter, 88 + chance.below(12)),
        _ if roll < SURE_PERCENT + WRONG_PERCENT => (other, 85 + chance.below(10)),
        _ => (affair.matter, 20 + chance.below(40)),
    };
    let candidate = |matter, percent: u64| Candidate {
        matter,
        confidence: Confidence(u16::try_from(percent * 100).expect("at most a hundred")),
    };
    let mut candidates = vec![candidate(first, percent)];
    if other != first {
        candidates.push(candidate(other, (100 - percent) / 2));
    }
    Classification { candidates, evidence: Vec::new(), model: "people-1".to_owned() }
}
