//! The snapshot that a start builds on: the newest that is good, and what is said of those that were passed over.

use std::path::PathBuf;
use std::sync::Arc;

use hotline_engine::shelf::Shelf;
use hotline_engine::{State, digest};
use hotline_journal::{Head, Snapshot, SnapshotError};
use tracing::warn;

use super::damaged::Damaged;
use super::{DataFolder, PARTITION, RecoveryError};
use crate::codec::{self, Kept, STATE_SCHEMA};
use crate::shelf::{OrderShelf, Shelves};

/// The state of the newest good snapshot before a sequence, or an empty one.
#[derive(Debug, Default)]
pub(crate) struct Base {
    pub(crate) state: State,
    /// What must stand for the journal there.
    pub(super) head: Option<Head>,
    /// Where the state's orders are, and in which lists.
    pub(crate) shelves: Shelves,
    /// Why the newest snapshot was passed over that another version of the program wrote.
    pub(super) of_other_version: Option<SnapshotError>,
    /// The snapshot.
    pub(super) path: Option<PathBuf>,
    /// Damaged ones that stay where no good one is, until the journal has done without them.
    pub(super) damaged: Vec<u64>,
}

pub(super) fn load_snapshot(
    folder: &DataFolder,
    before: u64,
    damaged: Damaged,
) -> Result<Base, RecoveryError> {
    let snapshots = folder.snapshots();
    let open = |snapshot: Snapshot| match snapshot.sequence < before {
        true => opened(folder, &snapshot, damaged),
        false => Err(SnapshotError::Damaged { path: snapshot.path, what: "one of its orders is" }),
    };
    let loaded = snapshots.load_latest(PARTITION, STATE_SCHEMA, open)?;
    let mut of_other_version = None;
    let mut passed_over = Vec::new();
    for skipped in loaded.skipped {
        warn!(sequence = skipped.sequence, reason = %skipped.reason, "passed over a snapshot");
        // One whose order alone is damaged still has all others.
        let is_damaged = matches!(skipped.reason, SnapshotError::Damaged { .. });
        if is_damaged && skipped.sequence < before && damaged != Damaged::Left {
            match loaded.snapshot {
                Some(_) => snapshots.put_out_of_use(skipped.sequence),
                None => passed_over.push(skipped.sequence),
            }
        }
        let other = SnapshotError::is_of_other_version;
        of_other_version = of_other_version.or(Some(skipped.reason).filter(other));
    }
    let base: Base = loaded.snapshot.unwrap_or_default();
    Ok(Base { of_other_version, damaged: passed_over, ..base })
}

/// What a snapshot whose checksum is right holds, if that is a state.
pub(super) fn opened(
    folder: &DataFolder,
    snapshot: &Snapshot,
    orders: Damaged,
) -> Result<Base, SnapshotError> {
    let damaged = |what| SnapshotError::Damaged { path: snapshot.path.clone(), what };
    let kept = codec::decode_kept(&snapshot.payload);
    let Kept { state, slots, entries } = kept.map_err(|_| damaged("it does not decode"))?;
    let pieces = folder.snapshots().pieces(snapshot.sequence);
    if state.records_count() != snapshot.sequence {
        return Err(damaged("it is of another record"));
    }
    let shelf = Arc::new(OrderShelf::open(slots, pieces, orders.instead(folder))?);
    let state = state.on_shelf(Arc::clone(&shelf) as Arc<dyn Shelf>);
    if digest(&state).0.to_le_bytes() != snapshot.digest {
        return Err(damaged("its state has another digest"));
    }
    let shelves = Shelves { orders: Some(shelf), entries: Arc::new(entries) };
    let (head, path) = (Some(snapshot.head), Some(snapshot.path.clone()));
    Ok(Base { state, head, shelves, path, ..Base::default() })
}
