//! What may be chosen about a journal, and the limits that may not.

use crate::tree::Head;

/// The longest payload of one record, 4 MiB: the largest order with all its text is far below 1 MiB, and a length
/// beyond this in a file is damage, not data.
pub const RECORD_BYTES_MAX: usize = 4 << 20;

/// The most that one commit may write, 64 MiB: bounds the memory of the writer and the longest single write.
pub const COMMIT_BYTES_MAX: usize = 64 << 20;

/// Bytes of a segment before the next one is begun, 64 MiB: small enough to copy and verify alone, large enough that
/// a province fills a few dozen a day at most.
const SEGMENT_BYTES: u64 = 64 << 20;

/// Zeros written ahead of the tail at a time; see [`JournalOptions::preallocate_bytes`].
const PREALLOCATE_BYTES: u64 = 256 << 10;

/// How a journal is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalOptions {
    /// The partition this journal belongs to, or a hash of its name; files of another one are refused.
    pub partition: u64,
    /// Bytes of a segment before the next one is begun. A commit is never split: a larger one has a segment to itself.
    pub segment_bytes: u64,
    /// Zeros written ahead of the tail at a time, so that most syncs flush data and no file length.
    pub preallocate_bytes: u64,
    /// Records from this sequence on are verified at opening. Of segments that end before it only the header is,
    /// so that a journal of years opens in the time of its last segments: name the first record you will replay.
    pub verify_from: u64,
    /// Records up to this sequence are known to have been committed, by a snapshot or a clean stop. A journal that ends
    /// before has lost some: it is refused, and nothing of it is cut.
    pub known_committed: u64,
    /// What is known to stand for the journal at some records, from a snapshot or from elsewhere. A journal that gives
    /// another root there is refused. Those before the first segment that is verified cannot be compared.
    pub known_heads: Vec<Head>,
}

impl JournalOptions {
    /// The ordinary choice: segments of 64 MiB, everything verified at opening.
    #[must_use]
    pub fn new(partition: u64) -> Self {
        Self {
            partition,
            segment_bytes: SEGMENT_BYTES,
            preallocate_bytes: PREALLOCATE_BYTES,
            verify_from: 1,
            known_committed: 0,
            known_heads: Vec::new(),
        }
    }
}
