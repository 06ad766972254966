//! A naive twin of the desk: the rules of Longhu as one tells them to a new colleague. For each command it says which
//! events follow, or why it is refused.
//!
//! Rows stand in a list and are looked through one by one; there are no alarms, no counters and no table of statuses but
//! the one below. The nouns are the engine's, and so is the arithmetic of working days, which `deadlines` and `clocks`
//! judge; of `decide`, `State`, the ladder and the dues of an order nothing is used.

mod alike;
mod desk_work;
mod duty_list;
mod given;
mod grades;
mod joining;
mod limits;
mod notices;
mod numbers;
mod parting;
mod precedents;
mod row;
mod staff;
mod ticking;
mod unit_work;
mod vault;

use std::collections::{BTreeMap, BTreeSet};

use hotline_engine::actor::{Actor, Role};
use hotline_engine::article::Article;
use hotline_engine::command::{Action, Command};
use hotline_engine::order::{OrderId, Status};
use hotline_engine::rating::RatedCase;
use hotline_engine::time::Timestamp;
use hotline_engine::{Event, Rejection};

pub(crate) use duty_list::DutyList;
pub(crate) use limits::Limits;
pub(crate) use numbers::{LONGHU, Numbers};
pub(crate) use precedents::Past;
pub(crate) use row::Row;

use Role::{Admin, CallTaker, Dispatcher, Handler, Integration, Supervisor, System};
use Status::{Closed, Dispatched, Merged, Paused, Repeat, Replied, Signed, Triage};

/// A whole hotline by the twin's lights.
pub(crate) struct Twin {
    pub(crate) rows: Vec<Row>,
    pub(crate) duties: DutyList,
    pub(crate) limits: Limits,
    pub(crate) articles: Vec<Article>,
    /// How often each was written, whatever became of it.
    written: BTreeMap<String, u32>,
    /// Services by the number of their case.
    pub(crate) services: Vec<(String, RatedCase)>,
    /// What became of orders.
    pub(crate) past: Past,
    /// Keys of requests, with the hash of what was asked and the order it made.
    keys: Vec<(Timestamp, u128, u64)>,
}

/// Who asks for what, and when.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    at: Timestamp,
    actor: &'a Actor,
    action: &'a Action,
}

/// What follows, or why it is refused.
pub(crate) type Answer = Result<Vec<Event>, Rejection>;

/// What follows about several orders: nobody outruns a due, so what has passed on any of them is told before all else.
#[derive(Default)]
pub(crate) struct Told {
    touched: Vec<OrderId>,
    late: Vec<Event>,
    facts: Vec<Event>,
}

/// One line of the rules: what is asked for, by whom, in which status of the order, and what comes of it.
pub(crate) struct Rule {
    pub(crate) word: &'static str,
    /// What the order is by then, for refusals.
    participle: &'static str,
    pub(crate) roles: &'static [Role],
    /// Empty where it concerns no order that stands.
    pub(crate) statuses: &'static [Status],
    act: Act,
}

#[derive(Clone, Copy)]
enum Act {
    /// On one order.
    Order(fn(&Twin, &mut Row, Ask<'_>) -> Answer),
    /// On one order and others about the same.
    Orders(fn(&mut Twin, OrderId, Ask<'_>, &mut Told) -> Result<(), Rejection>),
    /// On the hotline as a whole.
    Hotline(fn(&mut Twin, Ask<'_>) -> Answer),
}

const fn on_order(
    word: &'static str,
    participle: &'static str,
    roles: &'static [Role],
    statuses: &'static [Status],
    act: fn(&Twin, &mut Row, Ask<'_>) -> Answer,
) -> Rule {
    Rule { word, participle, roles, statuses, act: Act::Order(act) }
}

const fn on_hotline(
    word: &'static str,
    roles: &'static [Role],
    act: fn(&mut Twin, Ask<'_>) -> Answer,
) -> Rule {
    Rule { word, participle: "", roles, statuses: &[], act: Act::Hotline(act) }
}

const fn on_orders(
    word: &'static str,
    participle: &'static str,
    statuses: &'static [Status],
    act: fn(&mut Twin, OrderId, Ask<'_>, &mut Told) -> Result<(), Rejection>,
) -> Rule {
    Rule { word, participle, roles: DESK, statuses, act: Act::Orders(act) }
}

const DESK: &[Role] = &[CallTaker, Dispatcher, Admin];
const WATCH: &[Role] = &[Dispatcher, Supervisor, Admin];
const UNIT: &[Role] = &[Handler];
const OPEN: &[Status] = &[Triage, Dispatched, Signed, Paused, Replied];
const WITHDRAWABLE: &[Status] = &[Triage, Dispatched, Signed, Paused, Replied, Merged];

/// Every command. A further one is a line here and a function.
pub(crate) static RULES: [Rule; 32] = [
    on_hotline("accept", &[CallTaker, Dispatcher, Admin, Integration], given::accept),
    on_order(
        "dispatch",
        "dispatched",
        &[Dispatcher, Supervisor, Admin],
        &[Triage, Dispatched],
        given::dispatch,
    ),
    on_order("sign", "signed", UNIT, &[Dispatched], unit_work::sign),
    on_order("contact", "contacted about", UNIT, &[Dispatched, Signed, Paused], unit_work::contact),
    on_order("return", "returned", UNIT, &[Dispatched, Signed], unit_work::return_order),
    on_order("request-extension", "extended", UNIT, &[Signed], unit_work::request_extension),
    on_order("decide-extension", "extended", WATCH, &[Signed, Paused], desk_work::decide_extension),
    on_order("pause", "paused", UNIT, &[Signed], unit_work::pause),
    on_order("resume", "resumed", &[Handler, Dispatcher], &[Paused], unit_work::resume),
    on_order(
        "co-reply",
        "helped with",
        UNIT,
        &[Dispatched, Signed, Paused, Replied],
        unit_work::co_reply,
    ),
    on_order("reply", "replied to", UNIT, &[Signed], unit_work::reply),
    on_order("review", "reviewed", WATCH, &[Replied], desk_work::review),
    on_order("callback", "called back", DESK, &[Replied], desk_work::call_back),
    on_order("rework", "reworked", WATCH, &[Replied, Closed], desk_work::rework),
    on_order(
        "close",
        "closed",
        &[CallTaker, Dispatcher, Supervisor, Admin],
        &[Replied],
        desk_work::close,
    ),
    on_order(
        "remind",
        "hurried",
        &[CallTaker, Dispatcher, Supervisor, Admin, Integration],
        &[Triage, Dispatched, Signed, Paused, Merged],
        desk_work::remind,
    ),
    on_order("supervise", "supervised", WATCH, OPEN, desk_work::supervise),
    on_order(
        "withdraw",
        "withdrawn",
        &[CallTaker, Dispatcher, Supervisor, Admin, Integration],
        WITHDRAWABLE,
        desk_work::withdraw,
    ),
    on_order(
        "transfer",
        "transferred",
        DESK,
        &[Triage, Dispatched, Signed, Paused, Merged],
        desk_work::transfer,
    ),
    on_orders("merge", "joined", &[Triage, Dispatched, Signed], joining::merge),
    on_orders("unmerge", "parted", &[Merged, Repeat], joining::unmerge),
    on_order("answer", "answered", DESK, &[Triage], desk_work::answer),
    on_order("appeal", "appealed against", UNIT, &[Dispatched, Signed], grades::appeal),
    on_order("decide-appeal", "appealed against", WATCH, Status::ALL, grades::decide_appeal),
    on_order(
        "assign",
        "assigned",
        &[Handler, Dispatcher, Supervisor, Admin],
        &[Dispatched, Signed],
        staff::assign,
    ),
    on_hotline("report-service", &[Dispatcher, Admin, Integration], grades::report_service),
    on_hotline("count-calls", &[Admin, Integration], grades::count_calls),
    on_order("reveal", "revealed", &[CallTaker, Dispatcher, Handler], Status::ALL, vault::reveal),
    on_hotline("put-article", &[Dispatcher, Admin, System], desk_work::put_article),
    on_hotline("remove-article", &[Dispatcher, Admin, System], desk_work::remove_article),
    on_hotline("adopt-directory", &[Admin, System], desk_work::adopt_directory),
    on_hotline("tick", &[System], ticking::tick),
];

impl Twin {
    /// A hotline without orders.
    pub(crate) fn new(limits: Limits, duties: DutyList) -> Twin {
        let (rows, articles, services) = (Vec::new(), Vec::new(), Vec::new());
        let (written, keys) = (BTreeMap::new(), Vec::new());
        let past = Past::by(limits.numbers);
        Twin { rows, duties, limits, articles, written, services, past, keys }
    }

    /// Does what is asked and says what followed; a refusal leaves all as it was.
    pub(crate) fn obey(&mut self, at: Timestamp, command: &Command) -> Answer {
        let Command { actor, action, seen } = command;
        let word = action.name();
        let rule = RULES.iter().find(|rule| rule.word == word).expect("a line for every command");
        if !rule.roles.contains(&actor.role) {
            return Err(Rejection::NotAllowed { role: actor.role, action: word });
        }
        let ask = Ask { at, actor, action };
        let article = match action {
            Action::PutArticle(draft) => Some(&draft.article.id),
            Action::RemoveArticle { id } => Some(id),
            _ => None,
        };
        if let (Some(seen), Some(id)) = (seen, article) {
            let current = self.written.get(id).copied().unwrap_or(0);
            if *seen != current {
                return Err(Rejection::StaleArticle { id: id.clone(), current });
            }
        }
        let events = match rule.act {
            Act::Hotline(act) => act(self, ask)?,
            Act::Order(_) | Act::Orders(_) => self.on_order(ask, rule, *seen)?,
        };
        for event in &events {
            if let Event::ArticlePut(article) = event {
                *self.written.entry(article.id.clone()).or_default() += 1;
            }
        }
        self.remember(at, &events);
        // However much a record says of an order, it is one step.
        let touched: BTreeSet<OrderId> = events.iter().filter_map(Event::order).collect();
        for &id in &touched {
            self.rows[slot(id)].version += 1;
        }
        for &id in &touched {
            self.tell_leading(id, &touched);
        }
        Ok(events)
    }

    /// An order knows how those press that are handled with it: it is another when that is.
    fn tell_leading(&mut self, id: OrderId, touched: &BTreeSet<OrderId>) {
        let row = self.known(id);
        let Some(into) = row.merge.as_ref().map(|merge| merge.into) else { return };
        let (presses, told) = (row.presses_now(), row.told_to_press);
        let knows = self.known(into).merged.contains(&id);
        self.rows[slot(id)].told_to_press = presses;
        if knows && presses != told && !touched.contains(&into) {
            self.rows[slot(into)].version += 1;
        }
    }

    fn on_order(&mut self, ask: Ask<'_>, rule: &Rule, seen: Option<u32>) -> Answer {
        let id = ask.action.order().expect("this action has an order");
        let row = self.row(id).cloned().ok_or(Rejection::UnknownOrder { order: id })?;
        vault::may_touch(&row, ask)?;
        if seen.is_some_and(|seen| seen != row.version) {
            return Err(Rejection::Stale { order: id, current: row.version });
        }
        if !rule.statuses.contains(&row.status) {
            let (status, action) = (row.status, rule.participle);
            return Err(Rejection::WrongStatus { order: id, status, action });
        }
        let mut told = Told::default();
        match rule.act {
            Act::Order(act) => {
                self.change(ask.at, id, &mut told, |twin, row| {
                    let had = row.handler;
                    let mut facts = act(twin, row, ask)?;
                    facts.extend(twin.back_to_worker(had, row, ask.at, &facts));
                    Ok(facts)
                })?;
                self.carry_on(&row, ask, &mut told)?;
            }
            Act::Orders(act) => act(self, id, ask, &mut told)?,
            Act::Hotline(_) => unreachable!("it concerns an order"),
        }
        Ok(told.all())
    }

    /// Changes an order; what has passed on it is told before. A refusal leaves it as it was.
    fn change(
        &mut self,
        at: Timestamp,
        id: OrderId,
        told: &mut Told,
        how: impl FnOnce(&Twin, &mut Row) -> Answer,
    ) -> Result<(), Rejection> {
        let mut row = self.known(id).clone();
        let first = !told.touched.contains(&id);
        let late = if first { row.let_pass(at) } else { Vec::new() };
        told.facts.extend(how(self, &mut row)?);
        told.late.extend(late);
        told.touched.push(id);
        self.put(row);
        Ok(())
    }

    /// The order with this id.
    pub(crate) fn row(&self, id: OrderId) -> Option<&Row> {
        self.rows.get(slot(id))
    }

    /// The order with this id, which there is.
    pub(crate) fn known(&self, id: OrderId) -> &Row {
        self.row(id).expect("an order that others name is there")
    }

    fn put(&mut self, row: Row) {
        let slot = slot(row.id);
        self.rows[slot] = row;
    }
}

impl Told {
    fn all(self) -> Vec<Event> {
        [self.late, self.facts].concat()
    }
}

/// Order 1 stands in the first row, and there is no order 0.
fn slot(id: OrderId) -> usize {
    usize::try_from(id.0).unwrap().wrapping_sub(1)
}

/// A text that must say something, in at most twenty thousand characters.
fn says(field: &'static str, text: &str) -> Result<(), Rejection> {
    if text.trim().is_empty() {
        return Err(Rejection::Empty { field });
    }
    at_most(20_000, field, text)
}

fn at_most(max: usize, field: &'static str, text: &str) -> Result<(), Rejection> {
    if text.chars().count() > max { Err(Rejection::TooLong { field, max }) } else { Ok(()) }
}

/// A hundred of a kind on one order is enough.
fn not_enough_yet<T>(what: &'static str, so_far: &[T]) -> Result<(), Rejection> {
    if so_far.len() >= 100 { Err(Rejection::Enough { what, max: 100 }) } else { Ok(()) }
}
