//! The time an order has: when each stage is due, which clocks run, and how far the ladder was climbed. No rules.

use std::ops::{Index, IndexMut};

use serde::{Deserialize, Serialize};

use crate::directory::UnitId;
use crate::escalation::{Ladder, Rung};
use crate::glossary::{Stage, Status};
use crate::order::Order;
use crate::time::{Day, Timestamp};

/// A due time (到期): as first set, and as it stands after whatever may move it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Due {
    /// When the stage was first due.
    pub original: Timestamp,
    /// When it is due now.
    pub current: Timestamp,
    /// Days had a part in it that rest on a holiday notice that is not out.
    pub assumed: bool,
}

/// When each stage of an order is due: what the profile does not limit has none, and praise has none at all.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Dues([Option<Due>; Stage::ALL.len()]);

impl Index<Stage> for Dues {
    type Output = Option<Due>;

    fn index(&self, stage: Stage) -> &Option<Due> {
        &self.0[stage as usize]
    }
}

impl IndexMut<Stage> for Dues {
    fn index_mut(&mut self, stage: Stage) -> &mut Option<Due> {
        &mut self.0[stage as usize]
    }
}

/// Which clocks of an order run, and how far its ladder was climbed. Not for people: it follows from the rest.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Clocks {
    /// Stages whose due is neither met nor passed, a bit each.
    running: u8,
    /// Rungs of this cycle that were reached, a bit each.
    reached: u8,
    /// Whether the unit still owes a reply: only then the ladder is climbed.
    pub(crate) owed: bool,
    /// When each rung is reached.
    pub ladder: Ladder,
}

/// What an order waits for.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
#[rkyv(derive(PartialEq, Eq, PartialOrd, Ord))]
pub enum Alarm {
    /// The due of a stage.
    Due(Stage),
    /// The due of a unit that helps.
    Help(UnitId),
    /// A rung of the ladder.
    Rung(Rung),
    /// The end of a pause that nobody ended.
    PauseEnd,
    /// The limit of a rung of arbitration.
    Arbitration,
}

impl Clocks {
    /// Whether the stage's clock runs.
    pub fn runs(&self, stage: Stage) -> bool {
        self.running & (1 << stage as u8) != 0
    }

    pub(crate) fn run(&mut self, stage: Stage, runs: bool) {
        let bit = 1 << stage as u8;
        self.running = if runs { self.running | bit } else { self.running & !bit };
    }

    pub(crate) fn reach(&mut self, rung: Rung) {
        self.reached |= 1 << rung as u8;
    }

    /// A new cycle: every rung is to be climbed again.
    pub(crate) fn begin(&mut self) {
        self.reached = 0;
    }

    /// Whether the rung was reached in this cycle; that of supervision also by somebody's word.
    pub fn has_reached(&self, rung: Rung) -> bool {
        self.reached & (1 << rung as u8) != 0
    }
}

/// A rung that was reached.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Escalated {
    /// When.
    pub at: Timestamp,
    /// Which.
    pub rung: Rung,
    /// The unit that had the order then; none while a dispatcher had to find one.
    pub unit: Option<UnitId>,
}

impl Order {
    /// What it waits for next, if time alone can bring it on.
    pub fn next_alarm(&self) -> Option<(Timestamp, Alarm)> {
        self.alarms().min()
    }

    /// All that time alone will bring on, in no order.
    pub(crate) fn alarms(&self) -> impl Iterator<Item = (Timestamp, Alarm)> {
        // Each unit that helps has a due of its own.
        let runs = |&&stage: &&Stage| {
            self.clocks.runs(stage) && stage.can_be_late() && stage != Stage::CoHandle
        };
        let dues = Stage::ALL.iter().filter(runs);
        let dues = dues.filter_map(|&stage| Some((self.dues[stage]?.current, Alarm::Due(stage))));
        let climbs = |&&rung: &&Rung| {
            self.clocks.owed && rung != Rung::Red && !self.clocks.has_reached(rung)
        };
        let rungs = Rung::ALL.iter().filter(climbs);
        let rungs = rungs.filter_map(|&rung| Some((self.clocks.ladder[rung]?, Alarm::Rung(rung))));
        let pause = self.pauses.last().filter(|pause| pause.ended.is_none());
        let pause = pause.map(|pause| (pause.until, Alarm::PauseEnd));
        let arbitration = self.arbitration.and_then(|rung| Some((rung.due?, Alarm::Arbitration)));
        let help = self.owed_help().map(|(unit, due)| (due.current, Alarm::Help(unit)));
        dues.chain(help).chain(rungs).chain(pause).chain(arbitration)
    }

    /// What in it waits for a notice of holidays, and until which day one may have a say in it.
    pub(crate) fn assumptions(&self) -> impl Iterator<Item = (Day, Alarm)> {
        let waits = |&&stage: &&Stage| self.awaits_notice(stage) && stage != Stage::CoHandle;
        let dues = Stage::ALL.iter().filter(waits).filter_map(|&stage| {
            let due = self.dues[stage].filter(|due| due.assumed)?;
            Some((self.rests_until(stage, due), Alarm::Due(stage)))
        });
        let rungs = self.clocks.owed && self.clocks.ladder.assumed;
        let rungs = rungs.then(|| self.clocks.ladder.last_day()).flatten();
        let rungs = rungs.map(|day| (day, Alarm::Rung(Rung::Supervision)));
        let pause = self.pauses.last().filter(|pause| pause.ended.is_none() && pause.assumed);
        let pause = pause.map(|pause| (pause.until.day(), Alarm::PauseEnd));
        let arbitration = self.arbitration.filter(|it| it.assumed);
        let arbitration = arbitration.and_then(|it| Some((it.due?.day(), Alarm::Arbitration)));
        let help = self.silent().filter_map(|helper| {
            let due = helper.due.filter(|due| due.assumed)?;
            Some((due.current.day(), Alarm::Help(helper.unit)))
        });
        dues.chain(help).chain(rungs).chain(pause).chain(arbitration)
    }

    /// Whether a notice may still move a stage's due: that of handling always, since an order is judged by it; others while
    /// what they ask for is owed.
    fn awaits_notice(&self, stage: Stage) -> bool {
        let may_refuse = matches!(self.status, Status::Dispatched | Status::Signed);
        let awaits = stage == Stage::Handle || (stage == Stage::Return && may_refuse);
        awaits || self.clocks.runs(stage) || self.is_owed_late(stage)
    }

    /// What was late by a notice alone, and is owed again, passes as every due does: nobody was told of it.
    pub(crate) fn tell_again(&mut self) {
        if !self.clocks.has_reached(Rung::Red) {
            self.overdue.retain(|late| *late != Stage::Handle);
        }
    }

    /// When the present handling cycle ended, with a reply or with the order: if that was in time, it was closed in time.
    pub(crate) fn handled_at(&self) -> Option<Timestamp> {
        self.times.replied.or(self.times.closed)
    }

    /// Whether a stage's due has passed and what it asks for is still to be done. Who has been called about a reply is owed no
    /// call by its due.
    pub(crate) fn is_owed_late(&self, stage: Stage) -> bool {
        if self.clocks.runs(stage) || !self.status.is_open() {
            return false;
        }
        let has_passed = self.overdue.contains(&stage);
        match stage {
            Stage::Handle => self.clocks.owed,
            Stage::Dispatch => has_passed && self.status == Status::Triage,
            Stage::Sign => has_passed && self.status == Status::Dispatched,
            Stage::Contact => has_passed && self.waits_for_a_word(),
            Stage::Callback => has_passed && self.status == Status::Replied && !self.called,
            Stage::CoHandle | Stage::Return => false,
        }
    }

    /// Whether the unit that has it has said nothing to the caller; a reply is a word too, even one that is sent back.
    fn waits_for_a_word(&self) -> bool {
        let Some(since) = self.times.dispatched else { return false };
        self.times.contacted.is_none() && self.replies.iter().all(|reply| reply.at < since)
    }

    /// The last day that has a part in a due: of an inner one that is when it is due above.
    pub(crate) fn rests_until(&self, stage: Stage, due: Due) -> Day {
        let above = self.outer_due().filter(|_| stage == Stage::Handle);
        above.map_or(due.current, |above| above.max(due.current)).day()
    }

    /// When an order that was passed down is due above, as far as that binds the present cycle: the first always, a later one
    /// while it lies ahead.
    pub(crate) fn outer_due(&self) -> Option<Timestamp> {
        let outer = self.upstream.as_ref()?.due?;
        (self.reworks.is_empty() || outer > self.cycle_start()).then_some(outer)
    }

    /// When the present handling cycle began: at acceptance, or at the last rework.
    pub fn cycle_start(&self) -> Timestamp {
        self.reworks.last().map_or(self.times.accepted, |rework| rework.at)
    }
}
