//! Makes a snapshot beside the writer, and lets go of what it makes unneeded. Says neither when, nor what becomes of an error.

use std::sync::Arc;

use hotline_engine::shelf::Shelf;
use hotline_engine::{State, digest};
use hotline_journal::{Head, PieceWriter, Reader, SnapshotFile, Stamp};
use tracing::{info, warn};

use super::{
    Base, Damaged, DataFolder, PARTITION, RecoveryError, Retention, decoded, following,
    load_snapshot, newest, with_older,
};
use crate::codec::{self, Kept, STATE_SCHEMA};
use crate::shelf::{self, OrderShelf, PutAwayError, Shelves, guarded};

/// A snapshot that was made.
#[derive(Debug)]
pub(crate) struct Written {
    /// Where its orders are.
    pub(crate) shelves: Shelves,
    /// Why segments stay that it should have made unneeded.
    pub(crate) kept_back: Option<RecoveryError>,
}

/// Whether a snapshot that is being made is still wanted.
pub(crate) type Wanted<'a> = &'a dyn Fn() -> bool;

/// Makes a snapshot of the last committed record: the last snapshot and the journal after it, read again from disk. Then
/// lets go of segments that two snapshots have made unneeded, if the folder keeps them no longer. Gives the shelves of the
/// new one; none if there was nothing new.
///
/// The writer takes no part in it, and each snapshot proves that the journal replays and is the one that the snapshot
/// before it was made from. An order of that one that is damaged is an error: as long as the journal has all records the next
/// attempt makes do without it. Where it may have let go of some, the snapshot before is taken, up to which it reaches.
///
/// # Errors
/// When none was made, or when segments stay that should go.
pub fn write_snapshot(
    folder: &DataFolder,
    reader: &Reader,
) -> Result<Option<Shelves>, RecoveryError> {
    match write_snapshot_while(folder, reader, &|| true)? {
        Some(Written { kept_back: Some(error), .. }) => Err(error),
        written => Ok(written.map(|it| it.shelves)),
    }
}

/// The same, given up as soon as nobody wants it any more.
pub(crate) fn write_snapshot_while(
    folder: &DataFolder,
    reader: &Reader,
    wanted: Wanted<'_>,
) -> Result<Option<Written>, RecoveryError> {
    let damaged = Damaged::found_later(folder)?;
    let newest = newest(folder)?;
    let write = |before| write_newer(folder, reader, wanted, (before, damaged));
    match guarded(|| write(u64::MAX)) {
        Err(RecoveryError::Shelf(fault))
            if fault.is_damage() && damaged != Damaged::OrdersAside =>
        {
            warn!(%fault, "making a snapshot from the one before that has it");
            with_older(newest, &fault, write)
        }
        other => other,
    }
}

fn write_newer(
    folder: &DataFolder,
    reader: &Reader,
    wanted: Wanted<'_>,
    (before, damaged): (u64, Damaged),
) -> Result<Option<Written>, RecoveryError> {
    let Base { mut state, head: base, shelves, .. } = load_snapshot(folder, before, damaged)?;
    let mut scan = reader.scan(state.records_count() + 1)?.proving(base.as_slice());
    for record in &mut scan {
        still(wanted)?;
        let record = record?;
        let decoded = decoded(&record)?;
        following(record.sequence, || state.apply(&decoded))?;
    }
    let sequence = state.records_count();
    let older = base.map_or(0, |head| head.records);
    let Some(head) = scan.head().filter(|_| sequence > older) else { return Ok(None) };
    assert_eq!(head.records, sequence, "a scan ends with the last commit");
    let shelves = keep(folder, state, head, shelves.orders.as_ref())?;
    info!(sequence, %head, "wrote a snapshot");
    // The one that this one was made from has just been loaded, and is the older of the two that are kept.
    let kept_back = retire(folder, reader, &shelves, older, wanted).err();
    Ok(Some(Written { shelves, kept_back }))
}

fn still(wanted: Wanted<'_>) -> Result<(), RecoveryError> {
    if wanted() { Ok(()) } else { Err(RecoveryError::Unwanted) }
}

/// Writes a state down, its orders first.
fn keep(
    folder: &DataFolder,
    state: State,
    head: Head,
    before: Option<&Arc<OrderShelf>>,
) -> Result<Shelves, RecoveryError> {
    let (snapshots, sequence) = (folder.snapshots(), state.records_count());
    let damaged = Damaged::found_later(folder)?;
    let mut writer = snapshots.begin(sequence)?;
    let kept = write_down(folder, (state, damaged), head, before, &mut writer);
    let has_it = |files: Vec<SnapshotFile>| files.iter().any(|file| file.sequence == sequence);
    if kept.is_err() && !has_it(snapshots.list()?) {
        writer.abandon();
    }
    kept
}

fn write_down(
    folder: &DataFolder,
    (state, damaged): (State, Damaged),
    head: Head,
    before: Option<&Arc<OrderShelf>>,
    writer: &mut PieceWriter,
) -> Result<Shelves, RecoveryError> {
    let (snapshots, sequence) = (folder.snapshots(), state.records_count());
    let undecodable = |source| RecoveryError::Codec { sequence, source };
    let shelved = shelf::put_away(&state, before, writer).map_err(|error| match error {
        PutAwayError::Snapshot(error) => error.into(),
        PutAwayError::Codec(source) => undecodable(source),
    })?;
    writer.finish()?;
    let kept = Kept { state, slots: shelved.slots, entries: shelved.entries };
    let payload = codec::encode_kept(&kept).map_err(undecodable)?;
    let Kept { mut state, slots, entries } = kept;
    let oldest_file = OrderShelf::oldest_file(&slots);
    let pieces = snapshots.pieces(sequence);
    let orders = Arc::new(OrderShelf::open(slots, pieces, damaged.instead(folder))?);
    state.move_to(Arc::clone(&orders) as Arc<dyn Shelf>);
    let digest = digest(&state).0.to_le_bytes();
    let (partition, schema, root) = (PARTITION, STATE_SCHEMA, head.root);
    snapshots.write(&Stamp { partition, schema, sequence, digest, root, oldest_file }, &payload)?;
    Ok(Shelves { orders: Some(orders), entries: Arc::new(entries) })
}

/// Lets go of the segments up to the older snapshot, if the newer one and each of its orders can be read back.
fn retire(
    folder: &DataFolder,
    reader: &Reader,
    newer: &Shelves,
    older: u64,
    wanted: Wanted<'_>,
) -> Result<(), RecoveryError> {
    let archive = match &folder.retention {
        Retention::KeepAll => return Ok(()),
        Retention::Remove => None,
        Retention::Archive(archive) => Some(archive.as_path()),
    };
    let Some(shelf) = &newer.orders else { return Ok(()) };
    let newer = shelf.records_count();
    let files = folder.snapshots().list()?;
    for file in files.iter().filter(|file| file.sequence == newer) {
        folder.snapshots().load(file, PARTITION, STATE_SCHEMA)?;
    }
    for id in shelf.ids() {
        still(wanted)?;
        shelf.take(id).inspect_err(|fault| shelf.blame(fault))?;
    }
    let kept = |sequence| files.iter().any(|file| file.sequence == sequence);
    if !kept(newer) || !kept(older) {
        return Ok(());
    }
    let retired = reader.retire(older, archive)?;
    for segment in &retired.segments {
        info!(segment = %segment.display(), begins_at = retired.begins_at, "let go of a segment");
    }
    Ok(())
}
