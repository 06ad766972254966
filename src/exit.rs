//! What the end of a command tells the shell: one code for each thing that somebody else has to do about it.
//!
//! The numbers are those of `sysexits.h` where it has one. Says no words: the errors do.

use std::io;

use hotline_journal::{JournalError, SnapshotError};

use crate::cli::{Mistakes, Wrong};
use crate::codec::CodecError;
use crate::commands::rows::RowsError;
use crate::district::DistrictError;
use crate::http::ServeError;
use crate::intake::IntakeError;
use crate::model_cards::CardError;
use crate::partition::StartError;
use crate::recovery::RecoveryError;
use crate::sequencer::{Refusal, WriterError};
use crate::shelf::ShelfFault;
use crate::tokens::TokenError;
use crate::webhooks::WebhookError;

/// The request, or a file that it names, is wrong: ask differently.
const REQUEST: u8 = 2;
/// Anything that has no code of its own.
const OTHER: u8 = 1;
/// What lies in the data folder is damaged or not all there: restore it from a copy.
const DAMAGED: u8 = 65;
/// The address is taken.
const ADDRESS: u8 = 69;
/// The disk is full: make room and start again.
const FULL: u8 = 73;
/// The disk failed: look after it, then start again.
const DISK: u8 = 74;
/// Another process has the data folder open: stop it, or try again when it has ended.
const TAKEN: u8 = 75;
/// The data are of another version of the program: use that one.
const VERSION: u8 = 76;
/// We may not write or read there.
const FORBIDDEN: u8 = 77;

/// The code for an error: that of the outermost cause that has one.
pub(crate) fn code(error: &anyhow::Error) -> u8 {
    error.chain().find_map(of_cause).unwrap_or(OTHER)
}

fn of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<u8> {
    if cause.is::<Wrong>()
        || cause.is::<Mistakes>()
        || cause.is::<RowsError>()
        || cause.is::<DistrictError>()
    {
        return Some(REQUEST);
    }
    if let Some(error) = cause.downcast_ref::<StartError>() {
        return match error {
            StartError::Recovery(error) => of_recovery(error),
            StartError::Knowledge(_) => None,
        };
    }
    if let Some(error) = cause.downcast_ref() {
        return of_recovery(error);
    }
    if let Some(error) = cause.downcast_ref::<WriterError>() {
        return match error {
            WriterError::Journal(error) => of_journal(error),
            WriterError::Codec(_) => None,
            WriterError::Shelf(error) => of_shelf(error),
        };
    }
    if let Some(error) = cause.downcast_ref() {
        return of_journal(error);
    }
    if let Some(error) = cause.downcast_ref() {
        return of_snapshot(error);
    }
    if let Some(error) = cause.downcast_ref() {
        return of_shelf(error);
    }
    if let Some(error) = cause.downcast_ref::<ServeError>() {
        return match error {
            ServeError::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse => {
                Some(ADDRESS)
            }
            ServeError::Listen { source, .. } => of_disk(source).or(Some(REQUEST)),
            ServeError::NotLoopback { .. } => Some(REQUEST),
        };
    }
    if let Some(error) = cause.downcast_ref::<TokenError>() {
        return match error {
            TokenError::File { source, .. } => of_disk(source),
            TokenError::Format { .. } | TokenError::Hash { .. } => Some(DAMAGED),
            TokenError::Random(_) => None,
            _ => Some(REQUEST),
        };
    }
    if let Some(error) = cause.downcast_ref::<IntakeError>() {
        return match error {
            IntakeError::Cards(error) => of_cards(error),
            error => (!matches!(error, IntakeError::Write { .. })).then_some(REQUEST),
        };
    }
    if let Some(error) = cause.downcast_ref() {
        return of_cards(error);
    }
    if let Some(error) = cause.downcast_ref::<WebhookError>() {
        return match error {
            WebhookError::Targets(_) => Some(REQUEST),
            WebhookError::Position(error) => of_disk(&error.source).or(Some(DAMAGED)),
            WebhookError::System(error) => of_disk(error),
        };
    }
    if let Some(Refusal::NoSpace) = cause.downcast_ref() {
        return Some(FULL);
    }
    cause.downcast_ref().and_then(of_disk)
}

fn of_cards(error: &CardError) -> Option<u8> {
    match error {
        CardError::File { source, .. } => of_disk(source).or(Some(DAMAGED)),
        CardError::Json { .. } | CardError::Changed { .. } => Some(DAMAGED),
        CardError::Unknown { .. } | CardError::NothingBefore => Some(REQUEST),
    }
}

fn of_recovery(error: &RecoveryError) -> Option<u8> {
    match error {
        RecoveryError::Journal(error) => of_journal(error),
        RecoveryError::Snapshot(error) => of_snapshot(error),
        RecoveryError::Codec { source, .. } => of_codec(source),
        RecoveryError::Digest { .. }
        | RecoveryError::DoesNotFollow { .. }
        | RecoveryError::OtherSnapshot { .. }
        | RecoveryError::NoOtherCopy { .. } => Some(DAMAGED),
        RecoveryError::OtherVersion { .. } => Some(VERSION),
        RecoveryError::Contradicts { .. } | RecoveryError::Unwanted => None,
        RecoveryError::Shelf(error) => of_shelf(error),
        RecoveryError::StopNote { source, .. } => of_disk(source).or(Some(DAMAGED)),
    }
}

fn of_codec(error: &CodecError) -> Option<u8> {
    match error {
        CodecError::UnknownFormat { .. } => Some(VERSION),
        CodecError::Record(_) | CodecError::Snapshot(_) => Some(DAMAGED),
    }
}

fn of_shelf(error: &ShelfFault) -> Option<u8> {
    match error {
        ShelfFault::Disk { source, .. } => of_snapshot(source),
        ShelfFault::Undecodable { source, .. } => of_codec(source),
        ShelfFault::Changed { .. } => Some(DAMAGED),
    }
}

fn of_journal(error: &JournalError) -> Option<u8> {
    match error {
        JournalError::Locked { .. } => Some(TAKEN),
        JournalError::NoSpace { .. } => Some(FULL),
        JournalError::UnknownFormat { .. } => Some(VERSION),
        JournalError::Short { .. }
        | JournalError::Damaged { .. }
        | JournalError::Missing { .. }
        | JournalError::Pruned { .. }
        | JournalError::OtherHistory { .. }
        | JournalError::WrongPartition { .. } => Some(DAMAGED),
        JournalError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound => {
            Some(DAMAGED)
        }
        JournalError::Io { source, .. } => of_disk(source).or(Some(DISK)),
        JournalError::Stopped { source, .. } => of_disk(source).or(Some(DISK)),
        _ => None,
    }
}

fn of_snapshot(error: &SnapshotError) -> Option<u8> {
    match error {
        SnapshotError::NoSpace { .. } => Some(FULL),
        SnapshotError::UnknownFormat { .. } | SnapshotError::WrongSchema { .. } => Some(VERSION),
        SnapshotError::Damaged { .. } | SnapshotError::WrongPartition { .. } => Some(DAMAGED),
        SnapshotError::Io { source, .. } => of_disk(source).or(Some(DISK)),
        _ => None,
    }
}

/// What the system said of a file, where that alone tells what to do.
fn of_disk(error: &io::Error) -> Option<u8> {
    /// Linux's and macOS's number for a disk that cannot read or write (`EIO`), which has no kind.
    const EIO: i32 = 5;
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(FULL),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Some(FORBIDDEN),
        // What lies there is not what should.
        io::ErrorKind::InvalidData | io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory => {
            Some(DAMAGED)
        }
        _ => (error.raw_os_error() == Some(EIO)).then_some(DISK),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_that_says_nothing_is_damage_and_a_disk_that_says_nothing_is_a_disk() {
        let of = |kind: io::ErrorKind| {
            let (path, source) = ("begins-at".into(), kind.into());
            code(&JournalError::Io { path, doing: "read", source }.into())
        };
        assert_eq!(of(io::ErrorKind::InvalidData), DAMAGED);
        assert_eq!(of(io::ErrorKind::TimedOut), DISK);
    }
}
