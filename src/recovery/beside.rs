//! Reads a data folder beside a hotline that runs and may take files away meanwhile.

use std::collections::BTreeSet;
use std::fmt::Display;

use hotline_journal::JournalError;
use tracing::info;

use super::{DataFolder, RecoveryError, SNAPSHOTS};
use crate::shelf::{ShelfFault, guarded};

/// How often what is read beside a hotline is read anew, when that let go of files meanwhile: each time 100,000 records have come.
const READ_AGAIN_MAX: usize = 5;

/// Reads a folder from which a hotline that runs may take files away that were just listed: what fails then is no damage, and is
/// done anew.
pub(crate) fn beside<T, E>(folder: &DataFolder, read: impl Fn() -> Result<T, E>) -> Result<T, E>
where
    E: Display + From<RecoveryError> + From<ShelfFault>,
{
    for _ in 0..READ_AGAIN_MAX {
        let before = folder.names()?;
        match guarded(&read) {
            Err(error) if !folder.names()?.is_superset(&before) => {
                info!(%error, "read anew: the hotline has let go of files meanwhile");
            }
            other => return other,
        }
    }
    guarded(read)
}

impl DataFolder {
    /// The names of all files of journal and snapshots.
    fn names(&self) -> Result<BTreeSet<String>, RecoveryError> {
        let mut all = BTreeSet::new();
        for path in [self.journal(), self.root.join(SNAPSHOTS)] {
            match self.disk.names(&path) {
                Err(source) if source.kind() == std::io::ErrorKind::NotFound => {}
                Err(source) => return Err(JournalError::Io { path, doing: "list", source }.into()),
                Ok(names) => all.extend(names),
            }
        }
        Ok(all)
    }
}
