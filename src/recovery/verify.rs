//! Proves a data folder: every record against its roots and every snapshot against the replay. Changes nothing.

use hotline_engine::{Digest, State, digest};
use hotline_journal::{Head, JournalError, Scan, Snapshot, SnapshotError, SnapshotFile, Tree};

use super::{
    Damaged, DataFolder, PARTITION, RecoveryError, beside, decoded, following, lacking, opened,
    proving_scan,
};
use crate::codec::STATE_SCHEMA;

/// What `verify` found.
#[derive(Debug)]
pub struct Verified {
    /// The state after the last record.
    pub state: State,
    /// Its digest.
    pub digest: Digest,
    /// What stands for all records.
    pub head: Head,
    /// Records that were let go of, and stand in the archive if there is one.
    pub removed: u64,
    /// Events of the records that are there.
    pub events: u64,
    /// Sequences of the snapshots that agree with the replay.
    pub snapshots: Vec<u64>,
    /// Snapshots of another version of the program, which recovery passes over too.
    pub passed_over: Vec<SnapshotError>,
}

/// Replays the whole journal from its first record, and compares every root, every snapshot and the `known` heads on the
/// way. A journal whose beginning was let go of is replayed from the oldest snapshot. Changes nothing. May run beside a hotline.
pub fn verify(folder: &DataFolder, known: &[Head]) -> Result<Verified, RecoveryError> {
    beside(folder, || verify_once(folder, known))
}

fn verify_once(folder: &DataFolder, known: &[Head]) -> Result<Verified, RecoveryError> {
    // Known before anything is read: a hotline that runs may stop meanwhile.
    let known_last = folder.stopped_at()?;
    let (snapshots, mut passed_over) = compared_snapshots(folder)?;
    let heads = snapshots.iter().map(|snapshot| snapshot.head);
    let heads: Vec<Head> = heads.chain(known.iter().copied()).collect();
    let by_snapshot = |error| told_by(error, &snapshots, known_last);
    let (removed, mut scan) = proving_scan(folder, &heads).map_err(by_snapshot)?;
    let begun = beginning(folder, &removed, &snapshots);
    let mut state = begun.map_err(|error| match error {
        RecoveryError::Journal(journal) => lacking(journal, passed_over.pop()),
        other => other,
    })?;
    // The snapshot with which the journal begins now stands before its first record.
    let at_beginning = |it: &&Compared| it.head.records > 0 && it.head.records == removed.size();
    let mut compared: Vec<u64> =
        snapshots.iter().filter(at_beginning).map(|it| it.head.records).collect();
    let replayed = replay(&mut scan, &mut state, &snapshots, &mut compared);
    // A journal that was written anew is told by its roots and heads: what its records make of a state says less.
    let events = replayed.map_err(|error| {
        by_snapshot(scan.find_map(Result::err).map_or(error, RecoveryError::from))
    })?;
    let last = state.records_count();
    if last < known_last {
        let (folder, known) = (folder.journal(), known_last);
        return Err(JournalError::Short { folder, last, known }.into());
    }
    let digest = digest(&state);
    let head = scan.head().unwrap_or_else(|| removed.head());
    let removed = removed.size();
    Ok(Verified { state, digest, head, removed, events, snapshots: compared, passed_over })
}

/// Names the snapshot, where it is one whose head the journal does not give, and no stop was noted behind its end.
fn told_by(error: RecoveryError, snapshots: &[Compared], known_last: u64) -> RecoveryError {
    let says = |error: &JournalError| {
        let its = |it: &&Compared| match error {
            JournalError::OtherHistory { head, .. } => it.head == *head,
            JournalError::Short { known, last, .. } => {
                it.head.records == *known && known_last <= *last
            }
            _ => false,
        };
        snapshots.iter().find(its).map(|it| it.file.path.clone())
    };
    match error {
        RecoveryError::Journal(journal) => match says(&journal) {
            Some(snapshot) => RecoveryError::OtherSnapshot { snapshot, journal: journal.into() },
            None => journal.into(),
        },
        other => other,
    }
}

/// Applies every record that is there, and compares the snapshots on the way. Gives the number of events.
fn replay(
    scan: &mut Scan,
    state: &mut State,
    snapshots: &[Compared],
    compared: &mut Vec<u64>,
) -> Result<u64, RecoveryError> {
    let mut events = 0;
    for record in scan {
        let record = record?;
        let decoded = decoded(&record)?;
        events += decoded.events.len() as u64;
        if record.sequence > state.records_count() {
            following(record.sequence, || state.apply(&decoded))?;
        }
        if record.sequence < state.records_count() {
            continue;
        }
        for snapshot in snapshots.iter().filter(|it| it.head.records == record.sequence) {
            compare(state, record.sequence, snapshot.digest)?;
            compared.push(record.sequence);
        }
    }
    following(state.records_count(), || state.assert_consistent()).map_err(contradiction)?;
    Ok(events)
}

/// What is found only when all is applied is no one record's fault.
fn contradiction(error: RecoveryError) -> RecoveryError {
    match error {
        RecoveryError::DoesNotFollow { sequence, place } => {
            RecoveryError::Contradicts { sequence, place }
        }
        other => other,
    }
}

/// What a replay of the journal begins with: nothing, or the oldest snapshot that reaches what was let go of.
fn beginning(
    folder: &DataFolder,
    removed: &Tree,
    snapshots: &[Compared],
) -> Result<State, RecoveryError> {
    if removed.size() == 0 {
        return Ok(State::default());
    }
    let Some(oldest) = snapshots.iter().find(|it| it.head.records >= removed.size()) else {
        let (folder, first) = (folder.journal(), removed.size() + 1);
        return Err(JournalError::Pruned { folder, first, wanted: 1 }.into());
    };
    let snapshot = folder.snapshots().load(&oldest.file, PARTITION, STATE_SCHEMA)?;
    Ok(opened(folder, &snapshot, Damaged::Left)?.state)
}

/// A snapshot that gives the state whose digest it names.
struct Compared {
    file: SnapshotFile,
    digest: [u8; 16],
    head: Head,
}

/// Every snapshot, oldest first, each decoded once; and those of another version of the program.
fn compared_snapshots(
    folder: &DataFolder,
) -> Result<(Vec<Compared>, Vec<SnapshotError>), RecoveryError> {
    let (mut compared, mut passed_over) = (Vec::new(), Vec::new());
    for file in folder.snapshots().list()? {
        match folder.snapshots().load(&file, PARTITION, STATE_SCHEMA) {
            Ok(snapshot) => {
                let shelves = opened(folder, &snapshot, Damaged::Left)?.shelves;
                if let Some(shelf) = &shelves.orders {
                    shelf.ids().try_for_each(|id| shelf.take(id).map(drop))?;
                }
                let Snapshot { digest, head, .. } = snapshot;
                compared.push(Compared { file, digest, head });
            }
            Err(other) if other.is_of_other_version() => passed_over.push(other),
            Err(error) => return Err(error.into()),
        }
    }
    Ok((compared, passed_over))
}

fn compare(state: &State, sequence: u64, wanted: [u8; 16]) -> Result<(), RecoveryError> {
    let (found, wanted) = (digest(state), Digest(u128::from_le_bytes(wanted)));
    if found == wanted { Ok(()) } else { Err(RecoveryError::Digest { sequence, found, wanted }) }
}
