//! Everybody together: what the people of a city ask for in one step, given what the hotline shows them.

use std::sync::Arc;

use hotline_engine::actor::Role;
use hotline_engine::command::{Action, Command};
use hotline_engine::directory::Directory;
use hotline_engine::order::{Order, Status};
use hotline_engine::time::Timestamp;

use crate::affairs::NUMBERS_PER_STEP;
use crate::chance::{Chance, Purpose};
use crate::{affairs, arrivals, callbacks, desk, units};

/// Orders that are worked on in one step, at most.
const WORKED_ON_MAX: u64 = 24;
/// Outside office hours one in so many goes on working.
const AT_NIGHT_ONE_IN: u64 = 6;
/// A step in so many brings something beside orders.
const BESIDE_ONE_IN: u64 = 10;
/// A step in so many brings a look at what is closed.
const CLOSED_ONE_IN: u64 = 12;

/// How busy the city is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Contacts on a mean day.
    pub per_day: u64,
    /// Orders that desk and units look at in an hour of office.
    pub worked_on_per_hour: u64,
}

impl Default for Settings {
    /// The reference district.
    fn default() -> Settings {
        Settings { per_day: arrivals::REFERENCE_PER_DAY, worked_on_per_hour: 50 }
    }
}

/// What the hotline shows.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Orders, in any order that is the same every time.
    pub orders: &'a [Arc<Order>],
    /// Units and matters.
    pub directory: &'a Directory,
}

/// The people of one city.
#[derive(Clone, Copy, Debug)]
pub struct People {
    seed: u64,
    settings: Settings,
}

impl People {
    /// The people that a seed gives.
    #[must_use]
    pub fn new(seed: u64, settings: Settings) -> People {
        People { seed, settings }
    }

    /// What is asked for in the step that begins at `at` and takes `span_ms`. What one step asks for depends on no other
    /// step but through what is seen.
    #[must_use]
    pub fn act(&self, step: u64, at: Timestamp, span_ms: i64, seen: Seen<'_>) -> Vec<Command> {
        let calls = arrivals::count(self.seed, step, at, span_ms, self.settings.per_day);
        let mut commands: Vec<Command> = (0..calls)
            .map(|call| {
                let number = step * NUMBERS_PER_STEP + call;
                let contact = affairs::contact(self.seed, number, seen.directory);
                // The city's platform passes down what came to it.
                let role = match contact.upstream {
                    Some(_) => Role::Integration,
                    None => Role::CallTaker,
                };
                let actor = match contact.answer {
                    Some(_) => desk::of(Role::CallTaker),
                    None => desk::of(role),
                };
                Command { actor, seen: None, action: Action::Accept(Box::new(contact)) }
            })
            .collect();
        let mut chance = Chance::of(self.seed, Purpose::Work, step);
        self.work(&mut chance, at, span_ms, seen, &mut commands);
        if chance.one_in(BESIDE_ONE_IN) {
            let number = step * NUMBERS_PER_STEP + NUMBERS_PER_STEP - 1;
            let (actor, action) = desk::beside(&mut chance, self.seed, number, at, seen.directory);
            commands.push(Command { actor, seen: None, action });
        }
        commands
    }

    fn work(
        &self,
        chance: &mut Chance,
        at: Timestamp,
        span_ms: i64,
        seen: Seen<'_>,
        commands: &mut Vec<Command>,
    ) {
        let open: Vec<&Arc<Order>> =
            seen.orders.iter().filter(|order| order.status.is_open()).collect();
        let span = u64::try_from(span_ms.max(0)).expect("not negative");
        let looks = 1 + self.settings.worked_on_per_hour * span / 3_600_000;
        for _ in 0..looks.min(WORKED_ON_MAX) {
            if open.is_empty() || (!arrivals::in_office(at) && !chance.one_in(AT_NIGHT_ONE_IN)) {
                continue;
            }
            let order = chance.one_of(&open);
            commands.extend(next(chance, order, seen.directory));
        }
        let ended: Vec<&Arc<Order>> = seen
            .orders
            .iter()
            .filter(|order| matches!(order.status, Status::Closed | Status::Repeat))
            .collect();
        if !ended.is_empty() && chance.one_in(CLOSED_ONE_IN) {
            let order = chance.one_of(&ended);
            commands.extend(next(chance, order, seen.directory));
        }
    }
}

/// What somebody does next with an order; half of them say which version they saw.
fn next(chance: &mut Chance, order: &Order, directory: &Directory) -> Option<Command> {
    let of_desk = desk::next(chance, order, directory);
    let of_unit = || units::next(chance, order, directory);
    let (actor, action) = match of_desk.or_else(of_unit) {
        Some(both) => both,
        None => (desk::dispatcher(), callbacks::next(chance, order)?),
    };
    let seen = chance.one_in(2).then_some(order.version);
    Some(Command { actor, seen, action })
}
