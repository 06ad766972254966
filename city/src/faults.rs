//! What goes wrong, and when: a list that follows from the seed. Each entry stands for itself, so that leaving one out
//! changes nothing about the others.

use hotline_people::chance::{Chance, Purpose};

/// Of a hundred steps so many bring something that goes wrong.
const FAULT_PERCENT: u64 = 18;
/// Operations of the disk in one batch, in one snapshot and in one recovery, roughly: a fault meets one of them.
const BATCH_OPERATIONS: u64 = 4;
const SNAPSHOT_OPERATIONS: u64 = 16;
const RECOVERY_OPERATIONS: u64 = 16;
const RECOVERY_READS: u64 = 12;
/// Steps that a full disk or a wrong clock lasts, at most.
const LASTING_STEPS: u64 = 6;
/// How far a clock jumps, at most. Less than a repeated request is recognised: 72 hours.
const JUMP_HOURS: u64 = 60;

/// One kind of what can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The power goes while a batch is written.
    PowerCut,
    /// The power goes between two batches.
    PowerCutAtRest,
    /// The process is killed between two batches; the disk knows nothing of it.
    Kill,
    /// The process is stopped as it should be.
    Stop,
    /// The disk reports an error for a write or a sync of a batch.
    DiskError,
    /// The disk is full for some steps.
    FullDisk,
    /// The power goes while a snapshot is written.
    PowerCutInSnapshot,
    /// The disk reports an error while a snapshot is written.
    DiskErrorInSnapshot,
    /// The power goes while the hotline recovers.
    PowerCutInRecovery,
    /// The disk reports an error for a write or a sync while the hotline recovers.
    DiskErrorInRecovery,
    /// The disk reports an error for a read while the hotline recovers.
    ReadErrorInRecovery,
    /// Reads give less than was asked for while the hotline recovers.
    ShortReads,
    /// A bit of an old segment is flipped.
    FlippedSegment,
    /// A bit of a snapshot is flipped.
    FlippedSnapshot,
    /// A bit of the orders that lie on disk is flipped.
    FlippedPiece,
    /// The wall clock goes back for some steps.
    ClockBack,
    /// The wall clock jumps ahead for some steps.
    ClockAhead,
    /// The wall clock jumps ahead, and an operator says that it is right.
    ClockConfirmed,
    /// A request that was answered a short while ago is delivered again.
    Redelivery,
}

impl Kind {
    /// Every kind, with how often it comes up among the others.
    pub const ALL: [(Kind, u64); 19] = [
        (Kind::PowerCut, 6),
        (Kind::PowerCutAtRest, 2),
        (Kind::Kill, 2),
        (Kind::Stop, 1),
        (Kind::DiskError, 4),
        (Kind::FullDisk, 2),
        (Kind::PowerCutInSnapshot, 3),
        (Kind::DiskErrorInSnapshot, 2),
        (Kind::PowerCutInRecovery, 4),
        (Kind::DiskErrorInRecovery, 3),
        (Kind::ReadErrorInRecovery, 2),
        (Kind::ShortReads, 2),
        (Kind::FlippedSegment, 3),
        (Kind::FlippedSnapshot, 2),
        (Kind::FlippedPiece, 6),
        (Kind::ClockBack, 2),
        (Kind::ClockAhead, 2),
        (Kind::ClockConfirmed, 1),
        (Kind::Redelivery, 4),
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::PowerCut => "power-cut",
            Kind::PowerCutAtRest => "power-cut-at-rest",
            Kind::Kill => "kill",
            Kind::Stop => "stop",
            Kind::DiskError => "disk-error",
            Kind::FullDisk => "full-disk",
            Kind::PowerCutInSnapshot => "power-cut-in-snapshot",
            Kind::DiskErrorInSnapshot => "disk-error-in-snapshot",
            Kind::PowerCutInRecovery => "power-cut-in-recovery",
            Kind::DiskErrorInRecovery => "disk-error-in-recovery",
            Kind::ReadErrorInRecovery => "read-error-in-recovery",
            Kind::ShortReads => "short-reads",
            Kind::FlippedSegment => "flipped-segment",
            Kind::FlippedSnapshot => "flipped-snapshot",
            Kind::FlippedPiece => "flipped-piece",
            Kind::ClockBack => "clock-back",
            Kind::ClockAhead => "clock-ahead",
            Kind::ClockConfirmed => "clock-confirmed",
            Kind::Redelivery => "redelivery",
        }
    }

    /// Whether it ends the process between two batches, and what more goes wrong then is met on the way back.
    #[must_use]
    pub fn is_at_rest(self) -> bool {
        matches!(
            self,
            Kind::PowerCutAtRest
                | Kind::Kill
                | Kind::Stop
                | Kind::PowerCutInRecovery
                | Kind::DiskErrorInRecovery
                | Kind::ReadErrorInRecovery
                | Kind::ShortReads
                | Kind::FlippedSegment
                | Kind::FlippedSnapshot
                | Kind::FlippedPiece
        )
    }
}

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// In which step.
    pub step: u64,
    /// What.
    pub kind: Kind,
    /// At which operation, for how long, or how far: what the kind makes of it.
    pub at: u64,
    /// Chooses what is left to chance about it.
    pub chance: u64,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in step {} at {}", self.kind.word(), self.step, self.at)
    }
}

/// Everything that goes wrong in so many steps.
#[must_use]
pub fn of(seed: u64, steps: u64) -> Vec<Fault> {
    (0..steps).filter_map(|step| in_step(seed, step)).collect()
}

fn in_step(seed: u64, step: u64) -> Option<Fault> {
    let mut chance = Chance::of(seed, Purpose::Faults, step);
    if !chance.percent(FAULT_PERCENT) {
        return None;
    }
    let kind = chance.weighted(&Kind::ALL);
    let below = match kind {
        Kind::PowerCut | Kind::DiskError => BATCH_OPERATIONS,
        Kind::PowerCutInSnapshot | Kind::DiskErrorInSnapshot => SNAPSHOT_OPERATIONS,
        Kind::PowerCutInRecovery | Kind::DiskErrorInRecovery => RECOVERY_OPERATIONS,
        Kind::ReadErrorInRecovery => RECOVERY_READS,
        Kind::FullDisk => LASTING_STEPS,
        Kind::ClockBack | Kind::ClockAhead | Kind::ClockConfirmed => JUMP_HOURS,
        Kind::PowerCutAtRest
        | Kind::Kill
        | Kind::Stop
        | Kind::ShortReads
        | Kind::FlippedSegment
        | Kind::FlippedSnapshot
        | Kind::FlippedPiece
        | Kind::Redelivery => 1,
    };
    Some(Fault { step, kind, at: chance.below(below), chance: chance.number() })
}

/// How many steps something lasts.
#[must_use]
pub fn lasting_steps(fault: &Fault) -> u64 {
    1 + fault.chance % LASTING_STEPS
}

/// How far a clock jumps, in milliseconds.
#[must_use]
pub fn jump_ms(fault: &Fault) -> i64 {
    let hours = i64::try_from(fault.at).expect("some hours");
    // Seconds too: what a time service corrects is followed, what is more is not.
    hours * 3_600_000 + i64::try_from(fault.chance % 10_000).expect("some seconds")
}
