//! Engine records and state as bytes for the journal and for snapshots. Knows no files.

use hotline_engine::{Record, SNAPSHOT_SCHEMA, State};
use thiserror::Error;

/// First byte of every record: how the rest is encoded. Postcard of [`Record`], events by their place in the enum; the
/// number rises with every change of an event's shape.
const RECORD_FORMAT: u8 = 5;

/// Bytes that are not what they should be.
#[derive(Debug, Error)]
pub enum CodecError {
    /// A record of a format this program does not know.
    #[error("record format {found} is not known; use the program that wrote it")]
    UnknownFormat {
        /// The first byte of the record.
        found: u8,
    },
    /// A record that is whole by its checksum but does not decode.
    #[error("the record does not decode: {0}")]
    Record(#[from] postcard::Error),
    /// A snapshot that is whole by its checksum but is no state.
    #[error("the snapshot does not decode: {0}")]
    Snapshot(#[from] rkyv::rancor::Error),
}

/// Appends the encoded record to `bytes`, which is cleared first.
pub fn encode_record(record: &Record, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
    bytes.clear();
    bytes.push(RECORD_FORMAT);
    *bytes = postcard::to_extend(record, std::mem::take(bytes))?;
    Ok(())
}

/// Reads a record back.
pub fn decode_record(bytes: &[u8]) -> Result<Record, CodecError> {
    match bytes.split_first() {
        Some((&RECORD_FORMAT, rest)) => Ok(postcard::from_bytes(rest)?),
        other => Err(CodecError::UnknownFormat { found: other.map_or(0, |(&format, _)| format) }),
    }
}

/// The schema of [`encode_state`], for the snapshot's header.
pub const STATE_SCHEMA: u64 = SNAPSHOT_SCHEMA;

/// The state as an rkyv archive.
pub fn encode_state(state: &State) -> Result<rkyv::util::AlignedVec, CodecError> {
    Ok(rkyv::to_bytes::<rkyv::rancor::Error>(state)?)
}

/// Reads a state back. The bytes must have passed the snapshot's own checksum before.
pub fn decode_state(bytes: &[u8]) -> Result<State, CodecError> {
    Ok(rkyv::from_bytes::<State, rkyv::rancor::Error>(bytes)?.opened())
}
