//! Says what may be put out of use where damage is found: nothing that is the only one of its kind.

use std::io::ErrorKind;

use hotline_journal::JournalError;
use tracing::warn;

use super::{DataFolder, RecoveryError, Retention, removed_records, scan_from};
use crate::shelf::{Instead, JournalBehind, ShelfFault, Shelves, guarded};

/// What becomes of damage that is found, beside being told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damaged {
    /// Nothing: who only reads changes nothing.
    Left,
    /// A snapshot takes no good one's place any more; nor does one with a damaged order, if it was open and there is one before.
    SnapshotsAside,
    /// And a file of orders is put aside: snapshots that refer to it are passed over, since the journal stands for them.
    OrdersAside,
}

impl Damaged {
    /// Without all its records the journal stands for no order: what is left of their file is all there is.
    pub(super) fn found_at_start(folder: &DataFolder) -> Result<Damaged, RecoveryError> {
        let has_all = match removed_records(folder) {
            // Before the first start there is no journal that could lack any.
            Err(JournalError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => true,
            removed => removed? == 0,
        };
        Ok(if has_all { Damaged::OrdersAside } else { Damaged::SnapshotsAside })
    }

    /// As long as the hotline runs, records may be let go of.
    pub(super) fn found_later(folder: &DataFolder) -> Result<Damaged, RecoveryError> {
        match folder.retention {
            Retention::KeepAll => Damaged::found_at_start(folder),
            Retention::Remove | Retention::Archive(_) => Ok(Damaged::SnapshotsAside),
        }
    }

    /// What there is instead of orders of a folder that are damaged.
    pub(super) fn instead(self, folder: &DataFolder) -> Instead {
        match self {
            Damaged::Left => Instead::Nothing,
            Damaged::SnapshotsAside => Instead::SnapshotBefore,
            Damaged::OrdersAside => {
                let folder = folder.clone();
                Instead::Journal(JournalBehind::asked_by(move |last| has_all(&folder, last)))
            }
        }
    }
}

/// Whether the journal has every record up to `last`: where one is missing or damaged behind the first, an order's file stays.
fn has_all(folder: &DataFolder, last: u64) -> bool {
    let reached = || -> Result<bool, JournalError> {
        for record in scan_from(folder, 1)? {
            if record?.sequence >= last {
                return Ok(true);
            }
        }
        Ok(false)
    };
    reached().unwrap_or_else(|error| {
        warn!(%error, "the journal does not stand for damaged orders: their file stays");
        false
    })
}

/// The newest snapshot by name; 0 without one.
pub(super) fn newest(folder: &DataFolder) -> Result<u64, RecoveryError> {
    Ok(folder.snapshots().list()?.last().map_or(0, |file| file.sequence))
}

/// Runs what failed at a damaged order with the snapshots before the `newest` that was there: the journal reaches back to the
/// older of the two that are kept, which has its own copy of each order that was open then. If that fails too nothing has it.
pub(super) fn with_older<T>(
    newest: u64,
    fault: &ShelfFault,
    run: impl FnOnce(u64) -> Result<T, RecoveryError>,
) -> Result<T, RecoveryError> {
    guarded(|| run(newest)).map_err(|error| {
        warn!(%error, "without the newest snapshot it does not go either");
        let lacks_it = match &error {
            RecoveryError::Shelf(other) => other.is_damage(),
            RecoveryError::Journal(other) => matches!(other, JournalError::Pruned { .. }),
            _ => false,
        };
        if lacks_it { no_other_copy(fault) } else { error }
    })
}

/// What a start ends with that has nothing else in the place of an order.
pub(super) fn no_other_copy(fault: &ShelfFault) -> RecoveryError {
    RecoveryError::NoOtherCopy { order: fault.order().0, fault: fault.to_string() }
}

/// Where no other snapshot is left and the journal has let go of records, asks for each order that was open: a hotline that met
/// a damaged one later would end, and start again, for ever.
pub(super) fn prove_the_last(
    folder: &DataFolder,
    shelves: &Shelves,
    sequence: u64,
) -> Result<(), RecoveryError> {
    let others = folder.snapshots().list()?;
    let Some(shelf) = &shelves.orders else { return Ok(()) };
    if others.iter().all(|file| file.sequence >= sequence) {
        shelf.ids_of_its_own().try_for_each(|id| shelf.take(id).map(drop))?;
    }
    Ok(())
}
