//! From a data folder to a state: the newest good snapshot and the records after it, digests compared.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hotline_engine::{Digest, State};
use hotline_journal::{
    Disk, Head, Journal, JournalError, JournalOptions, RealDisk, Scan, SetAside, SnapshotError,
    SnapshotFolder, Tree,
};
use tracing::{info, warn};

use crate::codec::CodecError;
use crate::notices::{Notice, Notices};
use crate::room::ASIDE_BYTES;
use crate::sequencer::BATCH_BYTES_MAX;
use crate::shelf::{ShelfFault, Shelves, guarded};

use self::base::{Base, load_snapshot, opened};
pub(crate) use self::beside::beside;
use self::damaged::{Damaged, newest, no_other_copy, prove_the_last, with_older};
pub(crate) use self::following::decoded;
use self::following::following;
use self::stop_note::StopNote;

pub use self::keeping::write_snapshot;
pub(crate) use self::keeping::{Written, write_snapshot_while};
pub use self::verify::{Verified, verify};

mod base;
mod beside;
mod damaged;
mod following;
mod keeping;
mod stop_note;
mod verify;

/// The only partition of a data folder, so far.
const PARTITION: u64 = 1;
/// Where snapshots lie in a data folder.
const SNAPSHOTS: &str = "snapshots";

/// What a data folder could not give.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// The journal cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The snapshots cannot be read or written.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A record or snapshot is whole on disk but does not decode.
    #[error("record {sequence}: {source}")]
    Codec {
        /// The record, or the last one in the snapshot.
        sequence: u64,
        /// What is wrong.
        source: CodecError,
    },
    /// A record is whole on disk and decodes, but is none that the engine could have made there.
    #[error(
        "record {sequence} does not follow from those before it ({place}): the journal was changed, restore it from a copy"
    )]
    DoesNotFollow {
        /// The record.
        sequence: u64,
        /// Where the engine found out.
        place: String,
    },
    /// Every record follows from those before it, and what they give contradicts itself.
    #[error(
        "the records follow from one another, and what they give at record {sequence} contradicts itself ({place}): this program has a mistake, or somebody wrote the journal anew; keep the folder as it is, and report this"
    )]
    Contradicts {
        /// The last record.
        sequence: u64,
        /// Where the engine found out.
        place: String,
    },
    /// A snapshot says of the journal what that does not give.
    #[error(
        "{journal}; snapshot {} says so: restore what is missing of the journal from a copy, or, if the snapshot was brought from another folder, move that away", snapshot.display()
    )]
    OtherSnapshot {
        /// The snapshot.
        snapshot: PathBuf,
        /// What the journal gives instead.
        journal: Box<JournalError>,
    },
    /// Snapshots are of another version of the program, and the journal does not do without them.
    #[error("{snapshot}, and without it {journal}; use the program that wrote it")]
    OtherVersion {
        /// The newest of them.
        snapshot: SnapshotError,
        /// What the journal lacks.
        journal: Box<JournalError>,
    },
    /// The state is not the one that the snapshot's digest names.
    #[error(
        "the state at record {sequence} has digest {found}, the snapshot says {wanted}; restore both from a copy"
    )]
    Digest {
        /// The record.
        sequence: u64,
        /// What the state gives.
        found: Digest,
        /// What the snapshot says.
        wanted: Digest,
    },
    /// An order of a snapshot is not what was written.
    #[error(transparent)]
    Shelf(#[from] ShelfFault),
    /// An order is damaged in every snapshot that is left, and the journal has let go of records that it was made of.
    #[error(
        "{fault}; order {order} is whole in no other snapshot that is in use: give the files that were put aside as `.damaged` in `snapshots`, where there are any, their names back and start again, or restore the data folder from a copy"
    )]
    NoOtherCopy {
        /// Its id.
        order: u64,
        /// What is wrong with it in the newest.
        fault: String,
    },
    /// A snapshot that nobody wants any more: what was begun of it is gone, and those before it stay.
    #[error("the snapshot was given up, since nobody wants it any more")]
    Unwanted,
    /// The note of the last clean stop cannot be read or written.
    #[error("{}: {source}", path.display())]
    StopNote {
        /// The note.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// What becomes of journal segments that two snapshots have made unneeded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Retention {
    /// They stay: a new version of the program may have to replay them.
    #[default]
    KeepAll,
    /// They are removed.
    Remove,
    /// They are copied to this folder, verified there, and then removed.
    Archive(PathBuf),
}

/// How much space the parts of a data folder take at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Set aside for a full disk.
    pub aside_bytes: u64,
    /// Of a segment of the journal, before the next one is begun.
    pub segment_bytes: u64,
    /// Of a batch, reserved before any of it is decided.
    pub batch_bytes: usize,
}

impl Default for Sizes {
    fn default() -> Sizes {
        let segment_bytes = JournalOptions::new(PARTITION).segment_bytes;
        Sizes { aside_bytes: ASIDE_BYTES, segment_bytes, batch_bytes: BATCH_BYTES_MAX }
    }
}

/// Where the parts of a data folder are.
#[derive(Clone, Debug)]
pub struct DataFolder {
    root: PathBuf,
    retention: Retention,
    disk: Arc<dyn Disk>,
    sizes: Sizes,
}

impl DataFolder {
    /// The folder at `root`; it need not exist.
    pub fn at(root: impl Into<PathBuf>) -> DataFolder {
        DataFolder::on(Arc::new(RealDisk), root, Sizes::default())
    }

    /// The same on another disk. Tokens and models are read by others, who know real files only.
    pub fn on(disk: Arc<dyn Disk>, root: impl Into<PathBuf>, sizes: Sizes) -> DataFolder {
        DataFolder { root: root.into(), retention: Retention::KeepAll, disk, sizes }
    }

    /// With another rule for old segments.
    #[must_use]
    pub fn keeping(self, retention: Retention) -> DataFolder {
        DataFolder { retention, ..self }
    }

    /// The same through another disk, made of its own.
    #[must_use]
    pub(crate) fn through(self, disk: impl FnOnce(Arc<dyn Disk>) -> Arc<dyn Disk>) -> DataFolder {
        DataFolder { disk: disk(self.disk), ..self }
    }

    /// Makes the folder, for its owner alone: callers' names and numbers lie in it.
    pub fn create(&self) -> std::io::Result<()> {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.root)
    }

    /// Whether a hotline was ever started on it: from then on it has a journal, or a snapshot or a stop that speaks of one.
    ///
    /// # Errors
    /// When it may not be looked into.
    pub fn is_in_use(&self) -> std::io::Result<bool> {
        let parts = [self.journal(), self.root.join(SNAPSHOTS), self.stop_note().path()];
        parts.iter().try_fold(false, |is_in_use, part| Ok(is_in_use || part.try_exists()?))
    }

    /// How much space its parts take.
    pub(crate) fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Tokens, hashed.
    pub fn tokens(&self) -> PathBuf {
        self.root.join("tokens.json")
    }

    /// How far each webhook target has been told.
    pub(crate) fn webhooks(&self) -> PathBuf {
        self.root.join("webhooks")
    }

    /// Trained models.
    pub fn model(&self, label: &str) -> PathBuf {
        self.root.join("models").join(format!("{label}.model"))
    }

    /// Notes at a clean stop how far the journal reaches: one that ends earlier later on has lost its end.
    ///
    /// On a full disk it is written in the space that was set aside. False: there was none, and an earlier note stands; all that is
    /// committed is there nevertheless.
    pub fn note_stop(&self, sequence: u64) -> Result<bool, RecoveryError> {
        let note = self.stop_note();
        let mut written = note.write(sequence);
        if is_full(&written) && self.set_aside().give_up()? {
            written = note.write(sequence);
        }
        if is_full(&written) {
            return Ok(false);
        }
        written.map_err(|source| RecoveryError::StopNote { path: note.path(), source })?;
        Ok(true)
    }

    /// How far the journal reached at the last clean stop; 0 without one.
    fn stopped_at(&self) -> Result<u64, RecoveryError> {
        let note = self.stop_note();
        note.read().map_err(|source| RecoveryError::StopNote { path: note.path(), source })
    }

    fn stop_note(&self) -> StopNote<'_> {
        StopNote { disk: self.disk.as_ref(), folder: &self.root }
    }

    /// Space for a time when the disk is full.
    pub(crate) fn set_aside(&self) -> SetAside {
        SetAside::on(Arc::clone(&self.disk), self.root.join("set-aside"), self.sizes.aside_bytes)
    }

    /// Where the journal lies.
    pub fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }

    /// The snapshots.
    pub fn snapshots(&self) -> SnapshotFolder {
        SnapshotFolder::on(Arc::clone(&self.disk), self.root.join(SNAPSHOTS))
    }
}

fn is_full(written: &std::io::Result<()>) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    written.as_ref().is_err_and(|error| matches!(error.kind(), StorageFull | QuotaExceeded))
}

/// A folder opened for writing.
#[derive(Debug)]
pub struct Recovered {
    /// As the journal tells it.
    pub state: State,
    /// Open at its end.
    pub journal: Journal,
    /// The last record that a snapshot holds; 0 without one.
    pub snapshot_sequence: u64,
    /// What happened since the snapshot, for watchers who come back.
    pub notices: Notices,
    /// Where the orders of the snapshot are.
    pub shelves: Shelves,
}

/// Recovers the state and opens the journal for writing.
///
/// As long as the journal has all records, an order that is damaged on disk puts the snapshots that refer to it out of use: then
/// the one before is taken, or the journal alone. Where records were let go of, the one before may have it whole.
pub fn recover(folder: &DataFolder) -> Result<Recovered, RecoveryError> {
    // Who is refused puts nothing aside before.
    hotline_journal::prove_free_on(folder.disk.as_ref(), folder.journal())?;
    for _ in 0..hotline_journal::KEPT_SNAPSHOTS {
        let newest = newest(folder)?;
        match guarded(|| recover_once(folder, u64::MAX)) {
            Err(RecoveryError::Shelf(fault)) if fault.is_damage() => {
                warn!(%fault, "recovering without the snapshots that have it");
                if Damaged::found_at_start(folder)? != Damaged::OrdersAside {
                    return with_older(newest, &fault, |before| recover_once(folder, before));
                }
            }
            other => return other,
        }
    }
    guarded(|| recover_once(folder, u64::MAX)).map_err(|error| match error {
        RecoveryError::Shelf(fault) if fault.is_damage() => no_other_copy(&fault),
        other => other,
    })
}

fn recover_once(folder: &DataFolder, before: u64) -> Result<Recovered, RecoveryError> {
    let damaged = Damaged::found_at_start(folder)?;
    let Base { mut state, head, shelves, of_other_version, path, damaged: passed_over } =
        load_snapshot(folder, before, damaged)?;
    let snapshot_sequence = state.records_count();
    if damaged != Damaged::OrdersAside {
        prove_the_last(folder, &shelves, snapshot_sequence)?;
    }
    let mut options = JournalOptions::new(PARTITION);
    options.segment_bytes = folder.sizes.segment_bytes;
    // Where batches are small, so is what is written ahead of them.
    options.preallocate_bytes = options.preallocate_bytes.min(folder.sizes.batch_bytes as u64);
    options.verify_from = snapshot_sequence + 1;
    let stopped_at = folder.stopped_at()?;
    options.known_committed = snapshot_sequence.max(stopped_at);
    options.known_heads.extend(head);
    let (journal, found) = open_journal(folder, &options).map_err(|error| match path {
        Some(snapshot) if rests_on(&error, snapshot_sequence, stopped_at) => {
            RecoveryError::OtherSnapshot { snapshot, journal: error.into() }
        }
        _ => lacking(error, of_other_version),
    })?;
    if found.cut_bytes > 0 {
        warn!(
            bytes = found.cut_bytes,
            "cut a torn tail: the remains of a last commit that is not whole"
        );
    }
    let notices = Notices::after(snapshot_sequence);
    for record in journal.reader().scan(snapshot_sequence + 1)? {
        let record = record?;
        let decoded = decoded(&record)?;
        let notice = following(record.sequence, || Notice::applying(&mut state, &decoded))?;
        notices.publish(notice, state.records_count());
    }
    // The journal has done without them; whoever verifies is not told of them again.
    for sequence in passed_over {
        warn!(sequence, "put a damaged snapshot aside: the journal has done without it");
        folder.snapshots().put_out_of_use(sequence);
    }
    info!(
        records = state.records_count(),
        from_snapshot = snapshot_sequence,
        orders = state.orders().len(),
        head = %journal.head(),
        "recovered"
    );
    Ok(Recovered { state, journal, snapshot_sequence, notices, shelves })
}

/// Whether an error of the journal comes of what a snapshot says, and of nothing that was noted at a stop.
fn rests_on(error: &JournalError, snapshot_sequence: u64, stopped_at: u64) -> bool {
    match error {
        JournalError::OtherHistory { head, .. } => head.records == snapshot_sequence,
        JournalError::Short { known, .. } => *known == snapshot_sequence && *known > stopped_at,
        _ => false,
    }
}

/// Opens the journal; on a full disk in the space that was set aside.
fn open_journal(
    folder: &DataFolder,
    options: &JournalOptions,
) -> Result<(Journal, hotline_journal::Recovered), JournalError> {
    let open = || Journal::open_on(Arc::clone(&folder.disk), folder.journal(), options.clone());
    match open() {
        Err(JournalError::NoSpace { .. }) if folder.set_aside().give_up()? => {
            warn!("the disk is full: the journal is opened in the space that was set aside");
            open()
        }
        other => other,
    }
}

/// A journal that begins too late is not to blame, if there is a snapshot that another version of the program reads.
fn lacking(journal: JournalError, of_other_version: Option<SnapshotError>) -> RecoveryError {
    match (journal, of_other_version) {
        (journal @ JournalError::Pruned { .. }, Some(snapshot)) => {
            RecoveryError::OtherVersion { snapshot, journal: journal.into() }
        }
        (journal, _) => journal.into(),
    }
}

/// Reads the state without opening the journal for writing: beside a running hotline, up to its last whole commit.
pub fn read(folder: &DataFolder) -> Result<State, RecoveryError> {
    beside(folder, || {
        // Known before it is read on: a hotline that runs may stop meanwhile.
        let known = folder.stopped_at()?;
        let Base { mut state, mut of_other_version, .. } =
            load_snapshot(folder, u64::MAX, Damaged::Left)?;
        let mut said = |error| lacking(error, of_other_version.take());
        for record in scan_from(folder, state.records_count() + 1).map_err(&mut said)? {
            let record = record.map_err(&mut said)?;
            let decoded = decoded(&record)?;
            following(record.sequence, || state.apply(&decoded))?;
        }
        let last = state.records_count();
        if last < known {
            return Err(JournalError::Short { folder: folder.journal(), last, known }.into());
        }
        Ok(state)
    })
}

/// How many records the journal has let go of: the first that is left is the one after them.
pub fn removed_records(folder: &DataFolder) -> Result<u64, JournalError> {
    let removed = hotline_journal::removed_on(folder.disk.as_ref(), folder.journal(), PARTITION)?;
    Ok(removed.size())
}

/// The records from a sequence on, beside a running hotline, up to its last whole commit.
pub fn scan_from(folder: &DataFolder, from: u64) -> Result<Scan, JournalError> {
    hotline_journal::scan_on(Arc::clone(&folder.disk), folder.journal(), PARTITION, from)
}

/// Every record that is there, hashed and compared with `known`, and the tree over those that were let go of.
pub(crate) fn proving_scan(
    folder: &DataFolder,
    known: &[Head],
) -> Result<(Tree, Scan), RecoveryError> {
    let removed = hotline_journal::removed_on(&*folder.disk, folder.journal(), PARTITION)?;
    let scan = scan_from(folder, removed.size() + 1)?;
    Ok((removed, scan.proving(known)))
}
