//! How the process ends and comes back: what the power leaves, what is damaged meanwhile, and what goes wrong on the way back.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;

use hotline::recovery::{self, RecoveryError};
use hotline::shelf::ShelfFault;
use hotline::stepped::Stepped;
use hotline_journal::{Fault as DiskFault, FaultyDisk};

use crate::faults::{Fault, Kind};
use crate::tamper::Tamper;

use super::looks::shown;
use super::{Failure, Run};

/// Attempts to come back: one that meets the fault, one that finds the disk still full, one that finds nothing wrong.
const ATTEMPTS_MAX: usize = 3;

/// Of so many flipped pieces one is first read for the next snapshot, the others by readers.
const READ_FOR_A_SNAPSHOT: u64 = 4;

/// A bit that was flipped.
struct Flipped {
    path: PathBuf,
    bit: usize,
}

impl Flipped {
    /// A copy of the file is put back: the bit is what it was.
    fn put_back(&self, disk: &FaultyDisk) {
        // What recovery has cut away meanwhile was no part of the journal.
        disk.flip(&self.path, self.bit);
    }
}

impl Run {
    /// The process ends between two turns or in one; then it comes back, and clients ask again what was not answered.
    pub(super) fn end(&mut self, power_goes: bool, fault: Option<&Fault>) -> Result<(), Failure> {
        let hotline = self.hotline.take().expect("it lives until it ends");
        self.tally.ends += 1;
        self.watch.died(&hotline, self.plan.tamper);
        let records = hotline.published().notices.head();
        drop(hotline);
        let unanswered = self.requests.unanswered(&mut self.tally);
        let chance = fault.map_or(0, |fault| fault.chance);
        if fault.is_some_and(|fault| fault.kind == Kind::Stop) {
            let noted = self.stage.folder().note_stop(records);
            if let Err(error) = noted {
                // The disk may be full; a stop without a note is a crash.
                self.watch.heard.push(error.to_string());
            }
        }
        if power_goes || self.stage.disk.is_without_power() {
            self.stage.cut_power(chance);
            self.lose_the_last_commit_if_asked();
        }
        self.lie_if_asked();
        self.recover(fault)?;
        self.look_after_a_recovery()?;
        for command in unanswered {
            self.tally.redelivered += 1;
            self.ask(command);
        }
        self.take_turns(None)
    }

    /// Starts the hotline, again and again until nothing is wrong any more. Without anything wrong it must come back.
    pub(super) fn recover(&mut self, fault: Option<&Fault>) -> Result<(), Failure> {
        let flipped = fault.and_then(|fault| self.flip(fault));
        let mut is_wrong = flipped.is_some() | fault.is_some_and(|fault| self.arm_recovery(fault));
        for _ in 0..ATTEMPTS_MAX {
            let started = self.stage.start();
            let power_went = self.stage.disk.is_without_power();
            if power_went {
                self.stage.cut_power(fault.map_or(1, |fault| fault.chance ^ 1));
            }
            self.heal();
            match started {
                Ok(hotline) if !power_went && is_wrong && self.meets_damage(&hotline, fault) => {
                    self.tally.notice("a damaged order refused");
                }
                Ok(hotline) if !power_went => {
                    if let Some(flipped) = &flipped
                        && is_wrong
                    {
                        flipped.put_back(&self.stage.disk);
                    }
                    self.snapshot_at = self.snapshot_at.min(hotline.state().records_count());
                    self.hotline = Some(hotline);
                    return Ok(());
                }
                Ok(_) => {}
                Err(error) if is_wrong || self.full_until.is_some() => {
                    self.watch.heard.push(error.to_string());
                }
                Err(error) => {
                    return Err(self.failure(None, format!("refused without a fault: {error}")));
                }
            }
            self.tally.refused_recoveries += 1;
            if let Some(fault) = fault
                && is_wrong
                && flipped.is_none()
            {
                self.tally.meet(fault.kind);
            }
            if let Some(flipped) = flipped.as_ref().filter(|_| is_wrong) {
                self.tally.notice("a flipped bit refused");
                flipped.put_back(&self.stage.disk);
            }
            if !is_wrong {
                // Somebody makes room.
                self.full_until = None;
                self.stage.disk.limit(None);
            }
            is_wrong = false;
        }
        Err(self.failure(None, "the hotline does not come back"))
    }

    /// Flips a bit of an old segment, or of a snapshot, if there is one.
    fn flip(&mut self, fault: &Fault) -> Option<Flipped> {
        let files = match fault.kind {
            Kind::FlippedSegment => self.stage.old_segments(),
            Kind::FlippedSnapshot => self.stage.snapshots(),
            // Elsewhere the piece is the only copy of an order that has ended.
            Kind::FlippedPiece if self.stage.keeps_all() => self.stage.pieces(),
            _ => return None,
        };
        let count = files.len() as u64;
        // The last ones are those that a recovery reads.
        let back = (fault.chance % 3).min(count.checked_sub(1)?);
        let path = files[usize::try_from(count - 1 - back).expect("a place")].clone();
        let bits = self.stage.disk.bytes(&path)?.len() as u64 * 8;
        let bit = usize::try_from((fault.chance >> 8).checked_rem(bits)?).expect("a bit");
        self.tally.meet(fault.kind);
        self.stage.disk.flip(&path, bit).then_some(Flipped { path, bit })
    }

    /// Whether an order that lies in a flipped piece is asked for, by a reader or for the next snapshot, and cannot be had.
    fn meets_damage(&self, hotline: &Stepped, fault: Option<&Fault>) -> bool {
        let Some(fault) = fault.filter(|fault| fault.kind == Kind::FlippedPiece) else {
            return false;
        };
        if fault.chance.is_multiple_of(READ_FOR_A_SNAPSHOT) {
            let written = recovery::write_snapshot(&self.stage.folder(), &hotline.reader());
            return matches!(written, Err(RecoveryError::Shelf(_)));
        }
        let read = catch_unwind(AssertUnwindSafe(|| shown(hotline.published())));
        match read {
            Ok(_) => false,
            Err(panic) if panic.is::<ShelfFault>() => true,
            Err(panic) => resume_unwind(panic),
        }
    }

    /// Lets the recovery meet a fault of the disk; says whether one is there to be met.
    fn arm_recovery(&mut self, fault: &Fault) -> bool {
        let disk = &self.stage.disk;
        match fault.kind {
            Kind::PowerCutInRecovery => disk.fail_after(fault.at, DiskFault::PowerCut),
            Kind::DiskErrorInRecovery => disk.fail_after(fault.at, DiskFault::Error),
            Kind::ReadErrorInRecovery => disk.fail_read_after(fault.at),
            Kind::ShortReads => {
                disk.shorten_reads(fault.chance | 1);
                self.tally.meet(fault.kind);
                return false;
            }
            Kind::PowerCutAtRest | Kind::Kill | Kind::Stop => {
                self.tally.meet(fault.kind);
                return false;
            }
            _ => return false,
        }
        true
    }

    pub(super) fn lie_if_asked(&mut self) {
        if self.plan.tamper == Some(Tamper::SyncsLie) {
            self.stage.disk.ignore_syncs();
        }
    }

    fn lose_the_last_commit_if_asked(&mut self) {
        if self.plan.tamper == Some(Tamper::LastCommitLost)
            && let Some(disk) = self.watch.before_last_commit.take()
        {
            self.stage.disk = disk;
        }
    }
}
