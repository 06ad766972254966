//! What the people know of an order that the hotline does not: where it should be, how much work is left, what its time went
//! into.

use hotline_engine::order::Urgency;
use hotline_engine::time::Timestamp;

use super::causes::Cause;
use super::demand::Affair;
use super::office::Office;

/// An order's course.
#[derive(Clone, Copy, Debug)]
pub(super) struct Course {
    pub(super) contact: usize,
    pub(super) affair: Affair,
    /// Work that is left.
    pub(super) left_ms: i64,
    /// How often a unit got it: a look that was meant for an earlier time is over.
    pub(super) visits: u32,
    /// Who dispatched it last.
    pub(super) dispatcher: usize,
    /// Calls back so far that reached nobody.
    pub(super) unreached: u32,
    /// Whether it was warned of in the present cycle.
    pub(super) warned: bool,
    /// Whether it was with a wrong unit and has not come to its own yet.
    astray: bool,
    doing: Cause,
    since: Timestamp,
    spent_ms: [i64; Cause::ALL.len()],
}

impl Course {
    pub(super) fn new(contact: usize, affair: Affair, work_ms: i64, at: Timestamp) -> Course {
        Course {
            contact,
            affair,
            left_ms: work_ms,
            visits: 0,
            dispatcher: 0,
            unreached: 0,
            warned: false,
            astray: false,
            doing: Cause::Desk,
            since: at,
            spent_ms: [0; Cause::ALL.len()],
        }
    }

    pub(super) fn is_urgent(&self) -> bool {
        self.affair.urgency != Urgency::Normal
    }

    /// From now on its time goes into something else.
    pub(super) fn turn_to(&mut self, doing: Cause, at: Timestamp, office: &Office) {
        let into = if self.astray { Cause::WrongUnit } else { self.doing };
        self.spent_ms[into as usize] += self.between(at, office);
        (self.doing, self.since) = (doing, at);
    }

    /// It was at the wrong unit all the time since it came there, and goes on from there.
    pub(super) fn turn_back(&mut self, at: Timestamp, office: &Office) {
        self.astray = true;
        self.turn_to(Cause::Desk, at, office);
    }

    /// It has come to its own unit.
    pub(super) fn arrive(&mut self, at: Timestamp, office: &Office) {
        self.turn_to(Cause::Queue, at, office);
        self.astray = false;
    }

    /// A new cycle, with so much work.
    pub(super) fn begin_again(&mut self, work_ms: i64, at: Timestamp) {
        self.left_ms = work_ms;
        (self.warned, self.astray) = (false, false);
        (self.doing, self.since) = (Cause::Unsigned, at);
        self.spent_ms = [0; Cause::ALL.len()];
    }

    /// What most of its time went into until `at`.
    pub(super) fn cause(&self, at: Timestamp, office: &Office) -> Cause {
        let mut until = *self;
        until.turn_to(self.doing, at, office);
        let most = Cause::ALL.into_iter().rev().max_by_key(|it| until.spent_ms[*it as usize]);
        most.unwrap_or(Cause::Desk)
    }

    /// The nights count for urgent ones.
    fn between(&self, at: Timestamp, office: &Office) -> i64 {
        match self.is_urgent() {
            true => at.ms() - self.since.ms(),
            false => office.passed(at) - office.passed(self.since),
        }
    }
}
