//! The bytes of one record in a segment, and how a commit of them is sealed. Pure: no file is touched here.
//!
//! ```text
//! 0   length    u32  bytes of header and payload, without padding; 0 = nothing was written here
//! 4   check     u32  crc32, begun with the check of the segment header, over length ‖ bytes 8.. to the end of the padding
//! 8   sequence  u64
//! 16  previous  u32  check of the record before; of the segment header for the first
//! 20  place     u32  index within its commit; the top bit marks the last one
//! 24  payload, then zeros up to a multiple of 8
//!     root      32 bytes, behind the last record of a commit only: of the hash tree over all records up to here
//! ```
//! All numbers are little-endian. The check of the header makes a record of another segment or journal fail, even one
//! inside a payload; `sequence` and `previous` make a moved, copied, replaced or lost one fail where it stands; and
//! `place` tells which records were written by one commit: a bad record with a *later commit* behind it was once
//! durable, one with only its own commit behind it need not have been. The checks find accidents; the root makes a change
//! on purpose show, to whoever knows a later root (`tree`).

use std::ops::Range;

use crate::options::RECORD_BYTES_MAX;
use crate::tree::{HASH_BYTES, Hash};

/// Bytes before the payload.
pub(crate) const FRAME_HEADER_BYTES: usize = 24;
/// Frames begin at multiples of this, so that a search after damage has eight times fewer places to try.
pub(crate) const FRAME_ALIGN: usize = 8;
/// What a commit takes beside its frames: the root behind the last one.
pub(crate) const SEAL_BYTES: usize = HASH_BYTES;
/// The largest frame.
pub(crate) const FRAME_BYTES_MAX: usize =
    (FRAME_HEADER_BYTES + RECORD_BYTES_MAX).next_multiple_of(FRAME_ALIGN) + SEAL_BYTES;

const LAST_IN_COMMIT: u32 = 1 << 31;

/// The header of a frame, as read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    length: usize,
    pub(crate) check: u32,
    pub(crate) sequence: u64,
    pub(crate) previous: u32,
    pub(crate) index: u32,
    pub(crate) last: bool,
}

impl FrameHeader {
    /// Reads a header from the first bytes of `bytes`, if a frame of a possible length begins there.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; FRAME_HEADER_BYTES] = bytes.first_chunk()?;
        let length = read_u32(bytes, 0) as usize;
        if !(FRAME_HEADER_BYTES..=FRAME_HEADER_BYTES + RECORD_BYTES_MAX).contains(&length) {
            return None;
        }
        let place = read_u32(bytes, 20);
        Some(Self {
            length,
            check: read_u32(bytes, 4),
            sequence: read_u64(bytes, 8),
            previous: read_u32(bytes, 16),
            index: place & !LAST_IN_COMMIT,
            last: place & LAST_IN_COMMIT != 0,
        })
    }

    /// Bytes of the whole frame with its padding, and with the root if it is the last of its commit.
    pub(crate) fn frame_bytes(&self) -> usize {
        self.padded() + if self.last { SEAL_BYTES } else { 0 }
    }

    fn padded(&self) -> usize {
        self.length.next_multiple_of(FRAME_ALIGN)
    }

    /// Whether `frame` (all of it, padding and root too) was written to the segment whose header has this check.
    pub(crate) fn matches(&self, segment_check: u32, frame: &[u8]) -> bool {
        frame.len() == self.frame_bytes() && check_of(segment_check, frame) == self.check
    }

    /// The payload within the bytes of the whole frame.
    pub(crate) fn payload<'frame>(&self, frame: &'frame [u8]) -> &'frame [u8] {
        &frame[FRAME_HEADER_BYTES..self.length]
    }

    /// The root behind the payload, if this is the last record of its commit.
    pub(crate) fn root(&self, frame: &[u8]) -> Option<Hash> {
        self.last.then(|| *frame[self.padded()..].first_chunk().expect("a whole frame"))
    }

    /// The sequence of the first record of the commit that wrote this one; none if the header is nonsense.
    pub(crate) fn commit_first(&self) -> Option<u64> {
        self.sequence.checked_sub(u64::from(self.index))
    }
}

/// Bytes that a record with this payload takes in a segment, without the root of its commit.
pub(crate) fn frame_bytes_for(payload: &[u8]) -> usize {
    (FRAME_HEADER_BYTES + payload.len()).next_multiple_of(FRAME_ALIGN)
}

/// Appends an unsealed frame: length, sequence and payload are set, the rest is for [`Sealer`]. Returns where the payload is.
pub(crate) fn push_unsealed(commit: &mut Vec<u8>, sequence: u64, payload: &[u8]) -> Range<usize> {
    assert!(payload.len() <= RECORD_BYTES_MAX, "the caller checks the length of a record");
    let length = (FRAME_HEADER_BYTES + payload.len()) as u32;
    let end = commit.len() + frame_bytes_for(payload);
    commit.extend_from_slice(&length.to_le_bytes());
    commit.extend_from_slice(&[0; 4]);
    commit.extend_from_slice(&sequence.to_le_bytes());
    commit.extend_from_slice(&[0; 8]);
    let start = commit.len();
    commit.extend_from_slice(payload);
    commit.resize(end, 0);
    start..start + payload.len()
}

/// Seals the frames of one commit, one behind the other.
#[derive(Debug)]
pub(crate) struct Sealer {
    segment_check: u32,
    /// Check of the frame before.
    previous: u32,
    index: u32,
}

impl Sealer {
    /// For a commit in a segment whose header has `segment_check`, after a record whose check is `previous`.
    pub(crate) fn new(segment_check: u32, previous: u32) -> Self {
        Self { segment_check, previous, index: 0 }
    }

    /// Seals frames that the last one of the commit is not among.
    pub(crate) fn seal(&mut self, mut frames: &mut [u8]) {
        while !frames.is_empty() {
            let padded = (read_u32(frames, 0) as usize).next_multiple_of(FRAME_ALIGN);
            let (frame, rest) = frames.split_at_mut(padded);
            self.seal_one(frame, self.index);
            self.index += 1;
            frames = rest;
        }
    }

    /// Puts the root behind the last frame of `commit`, which begins at `start`, and seals it. Returns its check.
    pub(crate) fn seal_last(mut self, commit: &mut Vec<u8>, start: usize, root: &Hash) -> u32 {
        commit.extend_from_slice(root);
        self.seal_one(&mut commit[start..], self.index | LAST_IN_COMMIT);
        self.previous
    }

    fn seal_one(&mut self, frame: &mut [u8], place: u32) {
        frame[16..20].copy_from_slice(&self.previous.to_le_bytes());
        frame[20..24].copy_from_slice(&place.to_le_bytes());
        self.previous = check_of(self.segment_check, frame);
        frame[4..8].copy_from_slice(&self.previous.to_le_bytes());
    }
}

fn check_of(segment_check: u32, frame: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(segment_check);
    hasher.update(&frame[..4]);
    hasher.update(&frame[8..]);
    hasher.finalize()
}

/// Reads a little-endian number; the caller has made sure that the bytes are there.
pub(crate) fn read_u32(bytes: &[u8], at: usize) -> u32 {
    let mut number = [0; 4];
    number.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(number)
}

/// As [`read_u32`].
pub(crate) fn read_u64(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(payloads: &[&[u8]], segment_check: u32) -> Vec<u8> {
        let (mut commit, mut last) = (Vec::new(), 0);
        for (payload, sequence) in payloads.iter().zip(1..) {
            last = commit.len();
            push_unsealed(&mut commit, sequence, payload);
        }
        let mut sealer = Sealer::new(segment_check, 7);
        sealer.seal(&mut commit[..last]);
        sealer.seal_last(&mut commit, last, &[0xA5; HASH_BYTES]);
        commit
    }

    #[test]
    fn a_sealed_frame_matches_only_the_segment_it_was_sealed_for() {
        let frame = sealed(&[b"signed"], 64);
        let header = FrameHeader::read(&frame).unwrap();
        assert!(header.matches(64, &frame));
        assert!(!header.matches(65, &frame));
        assert_eq!(header.payload(&frame), b"signed");
        assert_eq!(header.root(&frame), Some([0xA5; HASH_BYTES]));
    }

    #[test]
    fn only_the_last_frame_of_a_commit_is_marked_as_last() {
        let commit = sealed(&[b"a", b"bb", b""], 64);
        let mut at = 0;
        let mut seen = Vec::new();
        while let Some(header) = FrameHeader::read(&commit[at..]) {
            seen.push((header.sequence, header.index, header.last, header.commit_first()));
            at += header.frame_bytes();
        }
        assert_eq!(seen, [(1, 0, false, Some(1)), (2, 1, false, Some(1)), (3, 2, true, Some(1))]);
    }

    #[test]
    fn every_flipped_bit_of_a_frame_is_noticed() {
        let frame = sealed(&[b"returned: not ours"], 64);
        for bit in 0..frame.len() * 8 {
            let mut flipped = frame.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let noticed = match FrameHeader::read(&flipped) {
                None => true,
                Some(header) => {
                    let whole = flipped.get(..header.frame_bytes()).unwrap_or(&[]);
                    !header.matches(64, whole)
                }
            };
            assert!(noticed, "bit {bit} was flipped and nobody noticed");
        }
    }
}
