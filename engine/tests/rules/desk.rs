//! The one place that calls the engine. Tests speak in scripts: `time who command -> outcome`, a line each.
//!
//! Who: a role, `handler@water`, or `supervisor@east,west`. Outcome: the events in short words, or `no: ` and the
//! rejection. `seen N` before the arrow sends the version the actor saw.

mod asking;
mod telling;

use hotline_engine::actor::{Actor, Role};
use hotline_engine::command::{Action, Command};
use hotline_engine::directory::{MatterId, UnitId};
use hotline_engine::draft::DirectoryDraft;
use hotline_engine::event::Event;
use hotline_engine::order::{Order, OrderId};
use hotline_engine::time::Timestamp;
use hotline_engine::{Record, Rejection, Rules, State, decide};

use crate::{edges, sample};

pub(crate) use telling::paper;

/// A hotline with its journal.
pub(crate) struct Desk {
    pub(crate) state: State,
    pub(crate) rules: Rules,
    pub(crate) records: Vec<Record>,
    /// The state's parts are compared after every so many records.
    pub(crate) check_every: u64,
}

/// Opens the sample district and runs a script in it.
#[track_caller]
pub(crate) fn check(script: &str) -> Desk {
    let mut desk = Desk::open(sample::DISTRICT);
    desk.run(script);
    desk
}

impl Desk {
    /// A hotline with the sample units and this duty list.
    pub(crate) fn open(rows: &str) -> Desk {
        Desk::open_by(sample::rules(), rows)
    }

    /// The same, by other rules.
    pub(crate) fn open_by(rules: Rules, rows: &str) -> Desk {
        let (state, records) = (State::default(), Vec::new());
        let mut desk = Desk { state, rules, records, check_every: 1 };
        desk.record(sample::opening(sample::district(rows)));
        desk
    }

    /// Runs a script; panics at the line whose outcome differs.
    #[track_caller]
    pub(crate) fn run(&mut self, script: &str) {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (request, expected) = line.split_once("->").expect("a line has an outcome");
            let (time, request) = request.trim().split_once(' ').expect("a line has a time");
            let (who, request) = request.trim().split_once(' ').expect("a line has a person");
            let outcome = self.say(time, who, request);
            assert_eq!(outcome, expected.trim(), "at `{line}`");
        }
    }

    /// Runs one command and tells its outcome.
    pub(crate) fn say(&mut self, time: &str, who: &str, request: &str) -> String {
        let mut words: Vec<&str> = request.split_whitespace().collect();
        let seen = match words.as_slice() {
            [.., "seen", version] => Some(version.parse().unwrap()),
            _ => None,
        };
        words.truncate(words.len() - if seen.is_some() { 2 } else { 0 });
        let command = Command { actor: self.actor(who), seen, action: self.action(&words) };
        let outcome = self.perform(Timestamp::parse(time).unwrap(), &command);
        outcome.unwrap_or_else(|rejection| format!("no: {rejection}"))
    }

    /// Has an administrator adopt a directory and tells the outcome.
    pub(crate) fn adopt(&mut self, time: &str, draft: DirectoryDraft) -> String {
        let action = Action::AdoptDirectory(Box::new(draft));
        let command = Command { actor: self.actor("admin"), seen: None, action };
        let outcome = self.perform(Timestamp::parse(time).unwrap(), &command);
        outcome.unwrap_or_else(|rejection| format!("no: {rejection}"))
    }

    /// Performs a command and tells its outcome.
    pub(crate) fn perform(&mut self, at: Timestamp, command: &Command) -> Result<String, String> {
        let events = self.obey(at, command).map_err(|rejection| rejection.to_string())?;
        if events.is_empty() {
            return Ok("nothing".into());
        }
        let told: Vec<_> = events.iter().map(|event| self.describe(event)).collect();
        Ok(told.join("; "))
    }

    /// Decides and applies; checks that a refusal leaves the events as they were.
    pub(crate) fn obey(
        &mut self,
        at: Timestamp,
        command: &Command,
    ) -> Result<Vec<Event>, Rejection> {
        let before = vec![Event::Closed { order: OrderId(4711), working_minutes: 0 }];
        let mut events = before.clone();
        if let Err(rejection) = decide(&self.state, &self.rules, at, command, &mut events) {
            assert_eq!(events, before, "a refused command leaves the events as they were");
            return Err(rejection);
        }
        let events = events.split_off(before.len());
        if !events.is_empty() {
            let before = edges::standing(&self.state, &events);
            self.record(Record { at, actor: command.actor.clone(), events: events.clone() });
            edges::assert_listed(&command.action, &before, &self.state);
            if self.state.records_count().is_multiple_of(self.check_every) {
                self.state.assert_consistent();
            }
        }
        Ok(events)
    }

    fn record(&mut self, record: Record) {
        self.state.apply(&record);
        self.records.push(record);
    }

    pub(crate) fn order(&self, id: u64) -> &Order {
        self.state.order(OrderId(id)).expect("the script made this order")
    }

    pub(crate) fn unit(&self, code: &str) -> UnitId {
        self.state.directory().unit_id(code).unwrap_or(UnitId(999)) // a mistake that scripts want
    }

    pub(crate) fn matter(&self, path: &str) -> MatterId {
        self.state.directory().matter_id(path).unwrap_or(MatterId(999))
    }

    pub(crate) fn actor(&self, who: &str) -> Actor {
        let (role, units) = match who.split_once('@') {
            None => (who, None),
            Some((role, units)) => {
                (role, Some(units.split(',').map(|code| self.unit(code)).collect()))
            }
        };
        let role = Role::parse(role).unwrap_or_else(|| panic!("no role {role}"));
        Actor { name: who.to_owned(), role, units }
    }
}
