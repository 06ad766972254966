//! Says what may be put out of use where damage is found: nothing that is the only one of its kind.

use std::io::ErrorKind;

use hotline_journal::JournalError;

use super::{DataFolder, RecoveryError, Retention, removed_records};

/// What becomes of damage that is found, beside being told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damaged {
    /// Nothing: who only reads changes nothing.
    Left,
    /// A snapshot takes no good one's place any more.
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
}
