//! Engine records, orders and state as bytes for the journal and for snapshots. Knows no files.

mod older;

use hotline_engine::order::{Caller, Order};
use hotline_engine::shelf::Dossier;
use hotline_engine::{Record, SNAPSHOT_SCHEMA, State};
use thiserror::Error;

use crate::listing::Entry;
use crate::shelf::Slot;

/// First byte of every record: how the rest is encoded. Postcard of [`Record`], events by their place in the enum; the
/// number rises with every change of an event's shape, which has its row in `codec/older.rs`.
pub const RECORD_FORMAT: u8 = 9;

/// Bytes that are not what they should be.
#[derive(Debug, Error)]
pub enum CodecError {
    /// A record of a format this program does not know.
    #[error("record format {found} is not known; use the program that wrote it")]
    UnknownFormat {
        /// The first byte of the record.
        found: u8,
    },
    /// A record or an order that does not decode, or cannot be encoded.
    #[error("it does not decode: {0}")]
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

/// Reads a record back, of this format or of one before.
pub fn decode_record(bytes: &[u8]) -> Result<Record, CodecError> {
    match bytes.split_first() {
        Some((&RECORD_FORMAT, rest)) => Ok(postcard::from_bytes(rest)?),
        Some((&format @ older::OLDEST..RECORD_FORMAT, rest)) => Ok(older::decode(format, rest)?),
        other => Err(CodecError::UnknownFormat { found: other.map_or(0, |(&format, _)| format) }),
    }
}

/// Writes an order and its caller into `bytes`, which is cleared first: postcard of both.
pub(crate) fn encode_dossier(
    order: &Order,
    caller: Option<&Caller>,
    bytes: &mut Vec<u8>,
) -> Result<(), CodecError> {
    bytes.clear();
    *bytes = postcard::to_extend(&(order, caller), std::mem::take(bytes))?;
    Ok(())
}

/// Reads an order back.
pub(crate) fn decode_dossier(bytes: &[u8]) -> Result<Dossier, CodecError> {
    let (order, caller) = postcard::from_bytes(bytes)?;
    Ok(Dossier { order, caller })
}

/// The schema of what a snapshot holds, for its header.
pub const STATE_SCHEMA: u64 = SNAPSHOT_SCHEMA;

/// What a snapshot holds: the state but for its orders, and where these are.
#[derive(rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
pub(crate) struct Kept {
    pub(crate) state: State,
    pub(crate) slots: Vec<Slot>,
    /// Where the open orders stand in lists, in order.
    pub(crate) entries: Vec<Entry>,
}

/// What a snapshot holds as an rkyv archive.
pub(crate) fn encode_kept(kept: &Kept) -> Result<rkyv::util::AlignedVec, CodecError> {
    Ok(rkyv::to_bytes::<rkyv::rancor::Error>(kept)?)
}

/// Reads it back, each value checked. The bytes must have passed the snapshot's own checksum before.
pub(crate) fn decode_kept(bytes: &[u8]) -> Result<Kept, CodecError> {
    Ok(rkyv::from_bytes::<Kept, rkyv::rancor::Error>(bytes)?)
}
