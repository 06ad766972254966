//! From a data folder to a state: the newest good snapshot and the records after it, digests compared.

use std::path::{Path, PathBuf};

use hotline_engine::{Digest, State, digest};
use hotline_journal::{
    Journal, JournalError, JournalOptions, Snapshot, SnapshotError, SnapshotFolder, Stamp,
};
use tracing::{info, warn};

use crate::codec::{self, CodecError, STATE_SCHEMA};
use crate::notices::{Notice, Notices};
use crate::whole_file;

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
    /// The note of the last clean stop cannot be read.
    #[error("{}: {source}", path.display())]
    StopNote {
        /// The note.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Where the parts of a data folder are.
#[derive(Clone, Debug)]
pub struct DataFolder {
    root: PathBuf,
}

impl DataFolder {
    /// The folder at `root`; it need not exist.
    pub fn at(root: impl Into<PathBuf>) -> DataFolder {
        DataFolder { root: root.into() }
    }

    /// Makes the folder, for its owner alone: callers' names and numbers lie in it.
    pub fn create(&self) -> std::io::Result<()> {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.root)
    }

    /// Whether a hotline was ever started on it: from then on it has a journal or a snapshot.
    pub fn is_in_use(&self) -> bool {
        self.journal().exists() || self.root.join(SNAPSHOTS).exists()
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Tokens, hashed.
    pub fn tokens(&self) -> PathBuf {
        self.root.join("tokens.json")
    }

    /// Trained models.
    pub fn model(&self, label: &str) -> PathBuf {
        self.root.join("models").join(format!("{label}.model"))
    }

    /// Notes at a clean stop how far the journal reaches: one that ends earlier later on has lost its end.
    pub fn note_stop(&self, sequence: u64) -> std::io::Result<()> {
        whole_file::write(&self.stop_note(), format!("{sequence}\n").as_bytes())
    }

    /// How far the journal reached at the last clean stop; 0 without one.
    fn stopped_at(&self) -> Result<u64, RecoveryError> {
        let path = self.stop_note();
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            other => {
                other.map_err(|source| RecoveryError::StopNote { path: path.clone(), source })?
            }
        };
        let unreadable = || std::io::Error::other("it is not a number");
        let read = text.trim().parse().map_err(|_| unreadable());
        read.map_err(|source| RecoveryError::StopNote { path, source })
    }

    fn stop_note(&self) -> PathBuf {
        self.root.join("stopped-at")
    }

    fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }

    fn snapshots(&self) -> SnapshotFolder {
        SnapshotFolder::new(self.root.join(SNAPSHOTS))
    }
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
}

/// Recovers the state and opens the journal for writing.
pub fn recover(folder: &DataFolder) -> Result<Recovered, RecoveryError> {
    let mut state = load_snapshot(folder)?;
    let snapshot_sequence = state.records_count();
    let mut options = JournalOptions::new(PARTITION);
    options.verify_from = snapshot_sequence + 1;
    options.known_committed = snapshot_sequence.max(folder.stopped_at()?);
    let (journal, found) = Journal::open(folder.journal(), options)?;
    if found.cut_bytes > 0 {
        warn!(
            bytes = found.cut_bytes,
            "cut a torn tail: the remains of a last commit that is not whole"
        );
    }
    let notices = Notices::after(snapshot_sequence);
    for record in journal.reader().scan(snapshot_sequence + 1)? {
        let notice = Notice::applying(&mut state, &decoded(&record?)?);
        notices.publish(notice, state.records_count());
    }
    info!(
        records = state.records_count(),
        from_snapshot = snapshot_sequence,
        orders = state.orders().len(),
        "recovered"
    );
    Ok(Recovered { state, journal, snapshot_sequence, notices })
}

/// Reads the state without opening the journal for writing: beside a running hotline, up to its last whole commit.
pub fn read(folder: &DataFolder) -> Result<State, RecoveryError> {
    let mut state = load_snapshot(folder)?;
    for record in hotline_journal::scan(folder.journal(), PARTITION, state.records_count() + 1)? {
        state.apply(&decoded(&record?)?);
    }
    Ok(state)
}

/// The state of the newest good snapshot, or an empty one.
fn load_snapshot(folder: &DataFolder) -> Result<State, RecoveryError> {
    let loaded = folder.snapshots().load_latest(PARTITION, STATE_SCHEMA)?;
    for skipped in &loaded.skipped {
        warn!(sequence = skipped.sequence, reason = %skipped.reason, "passed over a snapshot");
    }
    loaded.snapshot.map_or_else(|| Ok(State::default()), |snapshot| state_of(&snapshot))
}

fn state_of(snapshot: &Snapshot) -> Result<State, RecoveryError> {
    let sequence = snapshot.sequence;
    let state = codec::decode_state(&snapshot.payload)
        .map_err(|source| RecoveryError::Codec { sequence, source })?;
    compare(&state, sequence, snapshot.digest)?;
    Ok(state)
}

fn compare(state: &State, sequence: u64, wanted: [u8; 16]) -> Result<(), RecoveryError> {
    let (found, wanted) = (digest(state), Digest(u128::from_le_bytes(wanted)));
    if found == wanted { Ok(()) } else { Err(RecoveryError::Digest { sequence, found, wanted }) }
}

fn decoded(record: &hotline_journal::Record) -> Result<hotline_engine::Record, RecoveryError> {
    codec::decode_record(&record.payload)
        .map_err(|source| RecoveryError::Codec { sequence: record.sequence, source })
}

/// Makes a snapshot of the record `until`: the last snapshot and the journal after it, read again from disk.
///
/// The writer takes no part in it, and each snapshot proves that the journal replays.
pub fn write_snapshot(
    folder: &DataFolder,
    reader: &hotline_journal::Reader,
) -> Result<u64, RecoveryError> {
    let mut state = load_snapshot(folder)?;
    for record in reader.scan(state.records_count() + 1)? {
        state.apply(&decoded(&record?)?);
    }
    let sequence = state.records_count();
    let payload =
        codec::encode_state(&state).map_err(|source| RecoveryError::Codec { sequence, source })?;
    let digest = digest(&state).0.to_le_bytes();
    let stamp = Stamp { partition: PARTITION, schema: STATE_SCHEMA, sequence, digest };
    folder.snapshots().write(&stamp, &payload)?;
    Ok(sequence)
}

/// What `verify` found.
#[derive(Debug)]
pub struct Verified {
    /// The state after the last record.
    pub state: State,
    /// Its digest.
    pub digest: Digest,
    /// Sequences of the snapshots that agree with the replay.
    pub snapshots: Vec<u64>,
    /// Snapshots of another version of the program, which recovery passes over too.
    pub passed_over: Vec<SnapshotError>,
}

/// Replays the whole journal from its first record and compares every snapshot on the way. Changes nothing.
pub fn verify(folder: &DataFolder) -> Result<Verified, RecoveryError> {
    let (mut wanted, mut passed_over) = (Vec::new(), Vec::new());
    for file in folder.snapshots().list()? {
        match folder.snapshots().load(&file, PARTITION, STATE_SCHEMA) {
            Ok(snapshot) => {
                state_of(&snapshot)?;
                wanted.push((snapshot.sequence, snapshot.digest));
            }
            Err(
                other @ (SnapshotError::WrongSchema { .. } | SnapshotError::UnknownFormat { .. }),
            ) => passed_over.push(other),
            Err(error) => return Err(error.into()),
        }
    }
    let mut state = State::default();
    let mut snapshots = Vec::new();
    for record in hotline_journal::scan(folder.journal(), PARTITION, 1)? {
        state.apply(&decoded(&record?)?);
        for (sequence, digest) in wanted.iter().filter(|(at, _)| *at == state.records_count()) {
            compare(&state, *sequence, *digest)?;
            snapshots.push(*sequence);
        }
    }
    state.assert_consistent();
    let known = wanted.last().map_or(0, |(at, _)| *at).max(folder.stopped_at()?);
    let last = state.records_count();
    if last < known {
        return Err(JournalError::Short { folder: folder.journal(), last, known }.into());
    }
    let digest = digest(&state);
    Ok(Verified { state, digest, snapshots, passed_over })
}
