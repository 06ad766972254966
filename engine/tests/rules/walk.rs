//! A long random life at the desk, the engine and its naive twin side by side. What is asked is mostly what may be
//! asked: the twin's table says what. Stops at the first difference and tells how to see it again.

mod lottery;
mod stories;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use hotline_engine::actor::Actor;
use hotline_engine::command::{Action, Command};
use hotline_engine::order::OrderId;
use hotline_engine::time::Timestamp;
use hotline_engine::{Event, Rejection};

use crate::desk::Desk;
use crate::invariants::Witness;
use crate::sample;
use crate::twin::{DutyList, Limits, Numbers, Row, Twin};

use lottery::Lottery;

/// A month before the first day that no notice is known for.
const FIRST_DAY: &str = "2025-12-08T08:00:00";
/// Orders are compared in full after so many commands.
const COMPARE_EVERY: usize = 1_000;
/// Commands that a failure tells of its order.
const TOLD: usize = 12;

/// Where the engine and the twin part.
#[derive(Debug)]
pub(crate) struct Difference(pub(crate) String);

/// A life that went by without a difference.
pub(crate) struct Life {
    pub(crate) desk: Desk,
    /// The kinds of all that happened, and of all refusals.
    pub(crate) facts: BTreeSet<String>,
    pub(crate) refusals: BTreeSet<String>,
    pub(crate) granted_count: usize,
}

/// Lives so many commands by the rules of Longhu, with a limit for every dispatch, while the twin goes by `numbers`.
pub(crate) fn live(seed: u64, commands: usize, numbers: Numbers) -> Result<Life, Difference> {
    let mut walk = Walk::new(seed, numbers);
    for step in 0..commands {
        let stepped = catch_unwind(AssertUnwindSafe(|| walk.step(step)));
        stepped.unwrap_or_else(|broken| {
            // A promise that is broken panics where it is checked; here is known how to see it again.
            let order = walk.log.last().and_then(|asked| asked.order);
            eprintln!("{}", walk.difference(step, order, "a promise is broken").0);
            resume_unwind(broken)
        })?;
        if (step + 1).is_multiple_of(COMPARE_EVERY) {
            walk.compare(step)?;
        }
    }
    walk.compare(commands)?;
    walk.life.desk.state.assert_consistent();
    Ok(walk.life)
}

struct Walk {
    seed: u64,
    life: Life,
    twin: Twin,
    lottery: Lottery,
    witness: Witness,
    at: Timestamp,
    log: Vec<Asked>,
    notice: Notice,
}

/// A command, the order that it is about or would make, and what became of it.
struct Asked {
    at: Timestamp,
    order: Option<OrderId>,
    command: Command,
    outcome: &'static str,
}

/// The notice of the coming year is known late, in the middle of its first weeks.
enum Notice {
    ExpectedAt(Timestamp),
    Known,
}

impl Walk {
    fn new(seed: u64, numbers: Numbers) -> Walk {
        let at = Timestamp::parse(FIRST_DAY).unwrap();
        let mut lottery = Lottery::new(seed);
        let district = format!("{}\n{}", sample::DISTRICT, lottery.handlers(at.day()));
        let mut desk = Desk::open_by(sample::dispatching("2025"), &district);
        desk.check_every = COMPARE_EVERY as u64;
        let mut duties = DutyList::default();
        duties.adopt(&sample::district(&district));
        let twin = Twin::new(Limits::new(numbers, &desk.rules, 2025), duties);
        let (facts, refusals) = (BTreeSet::new(), BTreeSet::new());
        let life = Life { desk, facts, refusals, granted_count: 0 };
        let notice = Notice::ExpectedAt(lottery.day_of_the_notice(at));
        let (witness, log) = (Witness::default(), Vec::new());
        Walk { seed, life, twin, lottery, witness, at, log, notice }
    }

    fn step(&mut self, step: usize) -> Result<(), Difference> {
        self.at = self.lottery.next_time(self.at, &self.twin);
        // It comes while some arbiter has an order, so that his limit has to be counted again too.
        let arbiter = |row: &Row| row.arbitration.is_some_and(|it| it.assumed);
        let mut news = false;
        if let Notice::ExpectedAt(day) = self.notice
            && self.at >= day
            && self.twin.rows.iter().any(arbiter)
        {
            let numbers = self.twin.limits.numbers;
            self.life.desk.rules = sample::dispatching("2026");
            self.twin.limits = Limits::new(numbers, &self.life.desk.rules, 2026);
            self.notice = Notice::Known;
            news = true;
        }
        let drawn = self.lottery.next_command(self.at, &self.twin);
        // The next second notices it: nobody decides before.
        let tick = Command { actor: Actor::system(), seen: None, action: Action::Tick };
        let command = if news { tick } else { drawn };
        let next = OrderId(self.twin.rows.len() as u64 + 1);
        let makes = matches!(command.action, Action::Accept(_) | Action::ReportService(_));
        let makes = makes.then_some(next);
        let order = command.action.order().or(makes);
        let asked = Asked { at: self.at, order, command: command.clone(), outcome: "asked" };
        self.log.push(asked);
        let said = self.life.desk.obey(self.at, &command);
        let expected = self.twin.obey(self.at, &command);
        let outcome = if said.is_ok() { "granted" } else { "refused" };
        self.log.last_mut().unwrap().outcome = outcome;
        self.note(&said);
        if said != expected {
            let id = parted_at(&said, &expected).or(order);
            let why = format!("the engine says\n  {said:?}\nand the twin\n  {expected:?}");
            return Err(self.difference(step, id, &why));
        }
        if said.is_ok_and(|events| !events.is_empty()) {
            let desk = &self.life.desk;
            let calendar = &desk.rules.calendar;
            self.witness.see(desk.records.last().unwrap(), &desk.state, calendar);
        }
        Ok(())
    }

    /// Which words have come up: a life that has seen little proves little.
    fn note(&mut self, said: &Result<Vec<Event>, Rejection>) {
        match said {
            Ok(events) => {
                self.life.granted_count += 1;
                self.life.facts.extend(events.iter().map(first_word));
            }
            Err(rejection) => {
                self.life.refusals.insert(first_word(rejection));
            }
        }
    }

    /// Every order in full, the articles and the directory's version.
    fn compare(&self, step: usize) -> Result<(), Difference> {
        let (state, twin) = (&self.life.desk.state, &self.twin);
        let differ = |what: &str| Err(self.difference(step, None, what));
        if state.orders().len() != twin.rows.len() {
            return differ("there are not as many orders as the twin has");
        }
        for (order, row) in state.orders().iter().zip(&twin.rows) {
            if let Some(why) = row.difference(&order) {
                return Err(self.difference(step, Some(order.id), &why));
            }
            if state.caller(order.id) != row.caller.as_ref() {
                return Err(self.difference(step, Some(order.id), "another caller"));
            }
        }
        let mut articles = twin.articles.clone();
        articles.sort_by(|a, b| a.id.cmp(&b.id));
        if !state.articles().values().eq(&articles) {
            return differ("other articles");
        }
        for (case, service) in &twin.services {
            if state.service(case) != Some(service) {
                return differ(&format!("{case} is {:?}, not {service:?}", state.service(case)));
            }
        }
        if state.directory().version != twin.duties.version {
            return differ("another version of the directory");
        }
        Ok(())
    }

    /// What one needs to see it again, and the last commands on the order.
    fn difference(&self, step: usize, id: Option<OrderId>, why: &str) -> Difference {
        let of_it = self.log.iter().rev().filter(|asked| id.is_none() || asked.order == id);
        let told = of_it.take(TOLD).map(|Asked { at, command, outcome, .. }| {
            let Command { actor, seen, action } = command;
            let (name, units) = (&actor.name, &actor.units);
            format!("  {at} {name} of {units:?} (saw {seen:?}) {action:?}: {outcome}")
        });
        let mut told: Vec<String> = told.collect();
        told.reverse();
        let (seed, at, told) = (self.seed, self.at, told.join("\n"));
        Difference(format!("seed {seed:#x}, step {step}, at {at}, {id:?}: {why}\n{told}"))
    }
}

/// The order of the first event in which the two differ.
fn parted_at(
    said: &Result<Vec<Event>, Rejection>,
    expected: &Result<Vec<Event>, Rejection>,
) -> Option<OrderId> {
    let (Ok(said), Ok(expected)) = (said, expected) else { return None };
    let same = said.iter().zip(expected).take_while(|(one, other)| one == other).count();
    said.get(same).or(expected.get(same))?.order()
}

fn first_word(it: &impl std::fmt::Debug) -> String {
    format!("{it:?}").split([' ', '(', '{']).next().unwrap().to_owned()
}
