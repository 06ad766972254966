//! What the desk does: dispatches what the engine was not sure of, decides on time that is asked for, joins what is the same and
//! parts what is not, hurries, supervises, hands over, and lets callers take things back.

use hotline_engine::actor::{Actor, Role};
use hotline_engine::article::Article;
use hotline_engine::command::Action;
use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::figures::Calls;
use hotline_engine::handling::Answer;
use hotline_engine::order::{Order, Status};
use hotline_engine::rating::{Grade, ServiceReport};
use hotline_engine::time::{Day, Timestamp};

use crate::chance::Chance;
use crate::{affairs, texts, units};

/// Of a hundred looks at an open order so many bring something seldom.
const SELDOM_PERCENT: u64 = 8;
/// Articles that are put again and again.
const ARTICLES: u64 = 12;

/// A dispatcher.
#[must_use]
pub fn dispatcher() -> Actor {
    of(Role::Dispatcher)
}

/// Somebody with a role that is bound to no unit.
#[must_use]
pub fn of(role: Role) -> Actor {
    Actor { name: format!("{}-1", role.code()), role, units: None }
}

/// What the desk does next with an order, if anything.
#[must_use]
pub fn next(chance: &mut Chance, order: &Order, directory: &Directory) -> Option<(Actor, Action)> {
    let id = order.id;
    if order.open_extension().is_some() {
        let granted = chance.percent(70);
        let note = texts::note(chance);
        return Some((dispatcher(), Action::DecideExtension { order: id, granted, note }));
    }
    if order.appeal.as_ref().is_some_and(|appeal| appeal.decision.is_none()) {
        let (upheld, note) = (chance.one_in(2), texts::note(chance));
        return Some((dispatcher(), Action::DecideAppeal { order: id, upheld, note }));
    }
    if chance.percent(SELDOM_PERCENT) {
        return Some(seldom(chance, order));
    }
    match order.status {
        Status::Triage => Some((dispatcher(), triaged(chance, order, directory))),
        Status::Merged | Status::Repeat if chance.one_in(12) => {
            Some((dispatcher(), Action::Unmerge { order: id, note: texts::note(chance) }))
        }
        _ => None,
    }
}

fn triaged(chance: &mut Chance, order: &Order, directory: &Directory) -> Action {
    let id = order.id;
    if let Some(similar) = order.similar.first().filter(|_| chance.one_in(2)) {
        return Action::Merge { order: id, into: similar.order };
    }
    if chance.one_in(12) {
        let answer = Answer { text: texts::reply(chance), article: None };
        return Action::Answer { order: id, answer };
    }
    let fits = |unit: &UnitId| !order.has_refused(*unit) && directory.is_active(*unit);
    let departments: Vec<UnitId> = directory
        .units()
        .map(|(unit, _)| unit)
        .filter(|unit| fits(unit) && !directory.is_grassroots(*unit))
        .collect();
    let lead = match departments.is_empty() {
        true => units::some_unit(chance, directory),
        false => *chance.one_of(&departments),
    };
    let co_units = match chance.one_in(4) {
        true => vec![units::some_unit(chance, directory)],
        false => Vec::new(),
    };
    let co_units = co_units.into_iter().filter(|unit| *unit != lead).collect();
    let matter = order.classification.candidates.first().map(|it| it.matter);
    Action::Dispatch { order: id, lead, co_units, matter: order.matter.or(matter) }
}

fn seldom(chance: &mut Chance, order: &Order) -> (Actor, Action) {
    let (id, note) = (order.id, texts::note(chance));
    let call_taker = of(Role::CallTaker);
    match chance.below(10) {
        0..4 => (call_taker, Action::Remind { order: id, note }),
        4 => (of(Role::Supervisor), Action::Supervise { order: id, note }),
        5 => (call_taker, Action::Withdraw { order: id, note }),
        6 if chance.one_in(4) => (call_taker, Action::Transfer { order: id, number: 110 }),
        6 | 7 => (dispatcher(), Action::Reveal { order: id, purpose: note }),
        _ => match order.similar.first() {
            Some(similar) => (dispatcher(), Action::Merge { order: id, into: similar.order }),
            None => (call_taker, Action::Remind { order: id, note }),
        },
    }
}

/// What concerns no order: an article, yesterday's calls, a service and its grade.
#[must_use]
pub fn beside(
    chance: &mut Chance,
    seed: u64,
    number: u64,
    at: Timestamp,
    directory: &Directory,
) -> (Actor, Action) {
    match chance.below(4) {
        0 => (dispatcher(), Action::PutArticle(article(chance).into())),
        1 => {
            let id = format!("article-{}", chance.below(ARTICLES));
            (dispatcher(), Action::RemoveArticle { id })
        }
        2 => {
            let answered = u32::try_from(chance.below(400)).expect("some hundreds");
            let calls = Calls {
                offered: answered + 9,
                answered,
                in_15s: answered / 2,
                in_30s: answered / 2 + answered / 4,
                waited_seconds: answered * 11,
            };
            (of(Role::Admin), Action::CountCalls { day: Day(at.day().0 - 1), calls })
        }
        _ => (of(Role::Integration), service(chance, seed, number, directory)),
    }
}

fn article(chance: &mut Chance) -> Article {
    Article {
        id: format!("article-{}", chance.below(ARTICLES)),
        title: "办事指南".to_owned(),
        body: texts::reply(chance),
        matter: None,
        unit: None,
        valid_from: None,
        valid_to: None,
    }
}

/// A service, graded; a bad grade is a contact of its own.
fn service(chance: &mut Chance, seed: u64, number: u64, directory: &Directory) -> Action {
    let grade = chance.weighted(&[
        (None, 3),
        (Some(Grade::VeryGood), 4),
        (Some(Grade::Fair), 1),
        (Some(Grade::Bad), 2),
    ]);
    let complaint = grade.filter(|grade| grade.is_bad()).map(|_| {
        let mut contact = affairs::contact(seed, number, directory);
        contact.kind = hotline_engine::order::Kind::Complaint;
        contact.channel = hotline_engine::order::Channel::Rating;
        (contact.answer, contact.idempotency, contact.upstream) = (None, None, None);
        Box::new(contact)
    });
    Action::ReportService(Box::new(ServiceReport {
        case: format!("办{number:08}"),
        item: "窗口办件".to_owned(),
        unit: units::some_unit(chance, directory),
        grade,
        remark: String::new(),
        complaint,
    }))
}
