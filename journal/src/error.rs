//! What can go wrong with bytes on disk. Says where and what to do; decides nothing.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use crate::tree::Head;

/// Why a journal could not be opened, written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Somebody else writes this journal.
    #[error("journal {} is open for writing elsewhere; stop that process first", folder.display())]
    Locked {
        /// The folder of the journal.
        folder: PathBuf,
    },
    /// The journal ends before a record that is known to have been committed.
    #[error(
        "journal {} ends at record {last}, but record {known} was committed; a segment or the end of one is missing",
        folder.display()
    )]
    Short {
        /// The folder of the journal.
        folder: PathBuf,
        /// The last record that is there.
        last: u64,
        /// The last that must be.
        known: u64,
    },
    /// The disk is full. Nothing is lost or in doubt: the same call may be made again when there is space.
    #[error("no space left to {doing} {}; free some and try again", path.display())]
    NoSpace {
        /// What there was no space for.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
    },
    /// The disk refused something, before or beside any writing of records.
    #[error("could not {doing} {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the disk said.
        source: io::Error,
    },
    /// A write or sync of records failed, now or earlier. This journal accepts nothing more.
    #[error(
        "journal {} stopped because it could not {doing}; commits after record {committed} are in doubt, \
         restart to read them again from the disk", path.display()
    )]
    Stopped {
        /// The segment that was being written.
        path: PathBuf,
        /// What failed.
        doing: &'static str,
        /// The last sequence that is known to be durable.
        committed: u64,
        /// What the disk said.
        source: Arc<io::Error>,
    },
    /// Bytes that were once committed are not as they were written.
    #[error(
        "journal {} is damaged at record {sequence}, offset {offset}: {damage}; restore the file from a copy",
        path.display()
    )]
    Damaged {
        /// The segment.
        path: PathBuf,
        /// The first record that cannot be trusted.
        sequence: u64,
        /// Its offset in the segment, in bytes.
        offset: u64,
        /// What is wrong.
        damage: Damage,
    },
    /// A segment is not there.
    #[error("journal segment {} is missing, but later ones are there; restore it from a copy, or the file `begins-at` if it was let go of", path.display())]
    Missing {
        /// The file that should be there.
        path: PathBuf,
    },
    /// The journal begins later than what it is needed for: what came before was removed behind a snapshot.
    #[error(
        "journal {} begins at record {first}, but record {wanted} is needed: what came before was removed behind a \
         snapshot; restore a snapshot of record {before} or later, or the segments from the archive",
        folder.display(), before = first - 1
    )]
    Pruned {
        /// The folder of the journal.
        folder: PathBuf,
        /// The first record that is there.
        first: u64,
        /// The first that is needed.
        wanted: u64,
    },
    /// The journal is whole, but it is not the one that a head stands for.
    #[error(
        "journal {} is not the one of head {head}: one of the records {first_suspect} to {} was changed, or the head \
         is of another journal", folder.display(), head.records
    )]
    OtherHistory {
        /// The folder of the journal.
        folder: PathBuf,
        /// The head that it does not give.
        head: Head,
        /// All records before agree with what is known.
        first_suspect: u64,
    },
    /// The file is a journal, but of another partition.
    #[error(
        "journal {} belongs to partition {found:#018x}, not {wanted:#018x}; check the data folder", path.display()
    )]
    WrongPartition {
        /// The segment.
        path: PathBuf,
        /// The partition in its header.
        found: u64,
        /// The partition that was asked for.
        wanted: u64,
    },
    /// The file was written by a program that knows another format.
    #[error("journal {} has format {found}, this program reads format {known}; use the program that wrote it", path.display())]
    UnknownFormat {
        /// The segment.
        path: PathBuf,
        /// The format in its header.
        found: u32,
        /// The format this program knows.
        known: u32,
    },
    /// The payload is longer than [`RECORD_BYTES_MAX`](crate::RECORD_BYTES_MAX). Nothing was appended.
    #[error("a record of {bytes} bytes is too long, at most {bytes_max} are allowed; split it")]
    RecordTooLong {
        /// Bytes of the payload.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// The pending commit would grow beyond [`COMMIT_BYTES_MAX`](crate::COMMIT_BYTES_MAX). Nothing was appended.
    #[error("the pending commit is full at {bytes} bytes; commit before appending more")]
    CommitFull {
        /// Bytes pending.
        bytes: usize,
    },
}

/// What is wrong with a damaged segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Damage {
    /// The header of the segment is not whole.
    #[error("the segment header does not match its checksum")]
    Header,
    /// The header names another first sequence than the file.
    #[error("the segment header belongs under another file name")]
    Name,
    /// The header does not continue the segment before it.
    #[error("the segment does not continue the one before it")]
    Segment,
    /// No whole record stands here, yet committed records follow.
    #[error("the record does not match its checksum, yet committed records follow")]
    Record,
    /// A whole record stands here, but it does not follow the one before it.
    #[error("the record does not follow the one before it")]
    Chain,
    /// The checksums are right, but the records are not those that the root behind their commit stands for: somebody
    /// changed one of them, or the root.
    #[error(
        "the records of its commit do not give the root that was sealed with them: somebody changed them"
    )]
    Seal,
}

/// Why a snapshot could not be written, or was passed over.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The disk is full. The unfinished file is removed; earlier snapshots are untouched.
    #[error("no space left to {doing} {}; free some and try again", path.display())]
    NoSpace {
        /// What there was no space for.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
    },
    /// The disk refused something.
    #[error("could not {doing} {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the disk said.
        source: io::Error,
    },
    /// The file is not what was written: its SHA-256, length or header is wrong.
    #[error("snapshot {} is damaged ({what}); put a whole copy in its place, or move it away", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Which check failed.
        what: &'static str,
    },
    /// The snapshot is whole, but its payload has another schema.
    #[error("snapshot {} has schema {found:#018x}, this program reads {wanted:#018x}", path.display())]
    WrongSchema {
        /// The file.
        path: PathBuf,
        /// The schema in its header.
        found: u64,
        /// The schema that was asked for.
        wanted: u64,
    },
    /// The snapshot is whole, but of another partition.
    #[error(
        "snapshot {} belongs to partition {found:#018x}, not {wanted:#018x}; check the data folder", path.display()
    )]
    WrongPartition {
        /// The file.
        path: PathBuf,
        /// The partition in its header.
        found: u64,
        /// The partition that was asked for.
        wanted: u64,
    },
    /// The file was written by a program that knows another snapshot format.
    #[error("snapshot {} has format {found}, this program reads format {known}", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
        /// The format in its header.
        found: u32,
        /// The format this program knows.
        known: u32,
    },
}

/// Whether the disk, or what we may use of it, is full.
pub(crate) fn is_no_space(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl JournalError {
    /// Puts the place and the deed to what the disk said: `.map_err(JournalError::io("read", &path))`.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| match is_no_space(&source) {
            true => Self::NoSpace { path: path.to_owned(), doing },
            false => Self::Io { path: path.to_owned(), doing, source },
        }
    }
}

impl JournalError {
    /// As [`JournalError::io`], for syncs: whatever the reason, what was synced is in doubt, and asking again
    /// proves nothing, so this is never [`JournalError::NoSpace`].
    pub(crate) fn sync(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), doing, source }
    }
}

impl SnapshotError {
    /// Whether another version of the program wrote it, and can read it.
    #[must_use]
    pub fn is_of_other_version(&self) -> bool {
        matches!(self, Self::WrongSchema { .. } | Self::UnknownFormat { .. })
    }

    /// As [`JournalError::io`].
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| match is_no_space(&source) {
            true => Self::NoSpace { path: path.to_owned(), doing },
            false => Self::Io { path: path.to_owned(), doing, source },
        }
    }
}
