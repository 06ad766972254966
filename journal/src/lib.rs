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
//! - **Nothing is changed unnoticed.** Behind each commit stands the root of a hash tree over all records, and a [`Head`]
//!   that was written down elsewhere shows every later change, up to which record nothing was changed, and a cut.
//!
//! What it cannot notice by itself: a journal put back to an older state or written anew throughout, or the last segment
//! taken away. Whoever opens it names what is known from elsewhere: [`JournalOptions::known_heads`].

#![warn(missing_docs)]

mod aligned;
mod disk;
mod error;
mod faulty_disk;
mod frame;
mod journal;
mod options;
mod pieces;
mod recovery;
mod retention;
mod scan;
mod segment;
mod set_aside;
mod snapshot;
mod tree;
mod walk;
mod witness;

pub use aligned::AlignedBytes;
pub use disk::{Disk, DiskFile, RealDisk};
pub use error::{Damage, JournalError, SnapshotError};
pub use faulty_disk::{Fault, FaultyDisk};
pub use journal::{Journal, prove_free_on};
pub use options::{COMMIT_BYTES_MAX, JournalOptions, RECORD_BYTES_MAX};
pub use pieces::{Lasts, PieceWriter, Pieces, Place};
pub use recovery::Recovered;
pub use retention::Retired;
pub use scan::{Reader, Record, Scan, removed_on, scan, scan_on};
pub use set_aside::SetAside;
pub use snapshot::{
    KEPT_SNAPSHOTS, LoadedSnapshot, SkippedSnapshot, Snapshot, SnapshotFile, SnapshotFolder, Stamp,
};
pub use tree::proof::{Proof, ProofError, Prover};
pub use tree::{Hash, Head, HeadError, Tree, leaf_hash};
