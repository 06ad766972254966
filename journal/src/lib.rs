//! Bytes on disk for one partition: append records, commit them with one sync, read them back, keep snapshots.
//! Knows nothing of orders, events or the engine: a payload is opaque here, and nothing is compressed or encrypted.
//!
//! What it promises, each with a test:
//! - **Commit, then tell.** When [`Journal::commit`] has returned, its records survive a crash and a power cut.
//! - **All or nothing.** After a crash the records of one commit are all there, or none of them is.
//! - **Nothing damaged is handed out.** Each record's checksum covers its place, its sequence and the record before it.
//!   Only the last commit may be cut away, as the remains of a write that was never acknowledged; damage before it is
//!   refused, with path, sequence and offset.
//! - **A failed sync is final.** The journal stops and says so; the next process reads the disk again.
//!
//! What it cannot notice: a whole journal put back to an older state, or the last segment taken away. Whoever opens it
//! compares [`Recovered::last_sequence`] with the newest snapshot, and refuses a snapshot that lies beyond it.

#![warn(missing_docs)]

mod aligned;
mod disk;
mod error;
mod faulty_disk;
mod frame;
mod journal;
mod options;
mod recovery;
mod scan;
mod segment;
mod snapshot;
mod tree;
mod walk;

pub use aligned::AlignedBytes;
pub use disk::{Disk, DiskFile, RealDisk};
pub use error::{Damage, JournalError, SnapshotError};
pub use faulty_disk::{Fault, FaultyDisk};
pub use journal::Journal;
pub use options::{COMMIT_BYTES_MAX, JournalOptions, RECORD_BYTES_MAX};
pub use recovery::Recovered;
pub use scan::{Reader, Record, Scan, scan, scan_on};
pub use tree::proof::{Proof, ProofError, Prover};
pub use tree::{Hash, Head, HeadError, Tree, leaf_hash};
pub use snapshot::{
    LoadedSnapshot, SkippedSnapshot, Snapshot, SnapshotFile, SnapshotFolder, Stamp,
};
