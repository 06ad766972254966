//! Segment files: their names, their headers, and how a new one comes to be. Does not know records.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::disk::{Disk, DiskFile};
use crate::error::{Damage, JournalError};
use crate::frame::{read_u32, read_u64};
use crate::options::JournalOptions;
use crate::tree::{HASH_BYTES, Tree};

const MAGIC: &[u8; 8] = b"HLJOURNL";
/// 2: commits end with the root of the hash tree, and the tree goes on from the header. 1 had neither.
const FORMAT: u32 = 2;
const ENDING: &str = ".journal";
/// A segment has this ending until its header is durable.
const UNFINISHED_ENDING: &str = ".journal.tmp";
/// Digits of the first sequence in a file name: as many as `u64::MAX` has, so that names sort as numbers.
const NAME_DIGITS: usize = 20;
/// Zeros written with one call: large enough that the calls do not matter, small enough to keep.
const ZEROS_BYTES: usize = 1 << 20;
/// A commit from this on has its space allocated, a smaller one finds zeros.
const LARGE_COMMIT_BYTES: u64 = 32 << 10;

static ZEROS: LazyLock<Vec<u8>> = LazyLock::new(|| vec![0; ZEROS_BYTES]);

/// Bytes of the header before the tree.
const FIXED_BYTES: usize = 64;

/// The head of a segment.
///
/// ```text
/// 0   magic           8 bytes
/// 8   format          u32
/// 12  previous        u32  check of the last record of the segment before, 0 for the first segment
/// 16  partition       u64
/// 24  first sequence  u64
/// 32  tree check      u32  crc32 over bytes 64..
/// 36  zeros
/// 60  check           u32  crc32 over bytes ..60, in every format; the first record's `previous`
/// 64  tree            32 bytes for each full subtree over the records before, largest first: so a segment proves
///                     what stands in it when those before it are gone
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) partition: u64,
    pub(crate) previous: u32,
    /// Over all records before this segment.
    pub(crate) tree: Tree,
}

impl SegmentHeader {
    /// The sequence of the first record.
    pub(crate) fn first_sequence(&self) -> u64 {
        self.tree.size() + 1
    }

    /// Where the first record stands.
    pub(crate) fn bytes(&self) -> u64 {
        header_bytes(self.first_sequence()) as u64
    }

    fn to_bytes(&self) -> Vec<u8> {
        let peaks = self.tree.peaks().as_flattened();
        let mut bytes = vec![0; FIXED_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..12].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.previous.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.partition.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.first_sequence().to_le_bytes());
        bytes[32..36].copy_from_slice(&crc32fast::hash(peaks).to_le_bytes());
        let check = crc32fast::hash(&bytes[..60]);
        bytes[60..].copy_from_slice(&check.to_le_bytes());
        bytes.extend_from_slice(peaks);
        bytes
    }

    /// The check that the first record of this segment names as its `previous`.
    pub(crate) fn check(&self) -> u32 {
        read_u32(&self.to_bytes(), 60)
    }

    /// Reads and judges the header of the segment `path`, which is named after `first_sequence`, from its first
    /// [`header_bytes`].
    pub(crate) fn read(
        bytes: &[u8],
        path: &Path,
        first_sequence: u64,
        partition: u64,
    ) -> Result<Self, JournalError> {
        let damaged = |damage| JournalError::Damaged {
            path: path.to_owned(),
            sequence: first_sequence,
            offset: 0,
            damage,
        };
        let fixed_is_whole = bytes.len() >= FIXED_BYTES
            && bytes.starts_with(MAGIC)
            && crc32fast::hash(&bytes[..60]) == read_u32(bytes, 60);
        if !fixed_is_whole {
            return Err(damaged(Damage::Header));
        }
        let format = read_u32(bytes, 8);
        if format != FORMAT {
            let path = path.to_owned();
            return Err(JournalError::UnknownFormat { path, found: format, known: FORMAT });
        }
        let found = read_u64(bytes, 16);
        if found != partition {
            let path = path.to_owned();
            return Err(JournalError::WrongPartition { path, found, wanted: partition });
        }
        if read_u64(bytes, 24) != first_sequence {
            return Err(damaged(Damage::Name));
        }
        let (peaks, rest) = bytes[FIXED_BYTES..].as_chunks::<HASH_BYTES>();
        let tree = Tree::of_peaks(first_sequence.saturating_sub(1), peaks.to_vec());
        match tree {
            Some(tree)
                if rest.is_empty()
                    && crc32fast::hash(peaks.as_flattened()) == read_u32(bytes, 32) =>
            {
                Ok(Self { partition, previous: read_u32(bytes, 12), tree })
            }
            Some(_) | None => Err(damaged(Damage::Header)),
        }
    }
}

/// Bytes before the first record of the segment that begins with `first_sequence`.
pub(crate) fn header_bytes(first_sequence: u64) -> usize {
    let peaks = first_sequence.saturating_sub(1).count_ones() as usize;
    FIXED_BYTES + HASH_BYTES * peaks
}

/// The path of the segment that begins with `first_sequence`.
pub(crate) fn path_of(folder: &Path, first_sequence: u64) -> PathBuf {
    folder.join(format!("{first_sequence:0NAME_DIGITS$}{ENDING}"))
}

/// The first sequences of the segments in a folder, in order.
pub(crate) fn list(disk: &dyn Disk, folder: &Path) -> Result<Vec<u64>, JournalError> {
    let names = disk.names(folder).map_err(JournalError::io("list", folder))?;
    let mut first_sequences: Vec<u64> = names.iter().filter_map(|name| parse(name)).collect();
    first_sequences.sort_unstable();
    Ok(first_sequences)
}

fn parse(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(ENDING)?;
    let is_ours = digits.len() == NAME_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_ours { digits.parse().ok() } else { None }
}

/// Removes segments that never came to be. They hold no record.
pub(crate) fn remove_unfinished(disk: &dyn Disk, folder: &Path) -> Result<(), JournalError> {
    for name in disk.names(folder).map_err(JournalError::io("list", folder))? {
        if name.ends_with(UNFINISHED_ENDING) {
            let path = folder.join(name);
            disk.remove(&path).map_err(JournalError::io("remove", &path))?;
        }
    }
    Ok(())
}

/// A segment open for writing.
#[derive(Debug)]
pub(crate) struct OpenSegment {
    pub(crate) path: PathBuf,
    pub(crate) file: Box<dyn DiskFile>,
    /// The check of its header.
    pub(crate) check: u32,
    /// Where its first record stands.
    pub(crate) start: u64,
    /// Where the next record goes.
    pub(crate) tail: u64,
    /// Bytes in the file; those after the tail are zeros.
    pub(crate) allocated: u64,
}

impl OpenSegment {
    /// Creates a segment under a temporary name and gives it its own when its header is durable: a segment
    /// whose header cannot be read is therefore damaged, never unfinished.
    pub(crate) fn create(
        disk: &dyn Disk,
        folder: &Path,
        header: &SegmentHeader,
    ) -> Result<Self, JournalError> {
        let path = path_of(folder, header.first_sequence());
        let unfinished = path.with_extension("journal.tmp");
        let doing = "create the segment";
        let bytes = header.to_bytes();
        let file = disk.create(&unfinished).map_err(JournalError::io(doing, &path))?;
        file.write_all_at(0, &bytes).map_err(JournalError::io(doing, &path))?;
        file.sync_data().map_err(JournalError::sync("sync the new segment", &path))?;
        disk.rename(&unfinished, &path).map_err(JournalError::io(doing, &path))?;
        disk.sync_folder(folder).map_err(JournalError::sync("sync", folder))?;
        let end = bytes.len() as u64;
        Ok(Self { path, file, check: header.check(), start: end, tail: end, allocated: end })
    }

    /// Makes room up to `end`, with zeros in it. Running out of space here harms nothing: only what is behind the tail
    /// was touched, and the next call does it again. A full disk is so noticed before a record is written.
    ///
    /// A large commit has its space allocated: writing zeros under it first would be writing it twice (batches of 544 KiB
    /// reach 1,530,000 records of 548 bytes a second so, and 680,000 over zeros). Small ones find zeros that were written
    /// ahead: a sync over written blocks flushes data only, while one over allocated ones also commits extents (with 4 KiB
    /// a commit 9,000–10,000 a second over zeros, 5,000–6,500 over allocated space).
    pub(crate) fn reserve(
        &mut self,
        end: u64,
        options: &JournalOptions,
    ) -> Result<(), JournalError> {
        if end <= self.allocated {
            return Ok(());
        }
        if end - self.tail >= LARGE_COMMIT_BYTES && self.allocate(end)? {
            return Ok(());
        }
        self.write_zeros(end, options)
    }

    /// Whether the disk could do it.
    fn allocate(&mut self, end: u64) -> Result<bool, JournalError> {
        match self.file.allocate(self.allocated, end - self.allocated) {
            Ok(()) => {
                self.allocated = end;
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(false),
            Err(error) => Err(JournalError::io("reserve space in", &self.path)(error)),
        }
    }

    /// In steps of the options, because a whole segment of zeros stops the first commit for its writing: on a loaded ext4
    /// with two cores the slowest commit took 72–108 ms with 64 MiB at once, 8–40 ms with 1 MiB; with 64 waiting clients one
    /// of a hundred took 3.6 ms with 1 MiB, 1.2 ms with 256 KiB. Syncs a second did not
    /// differ between steps of 64 KiB, 1 MiB and 4 MiB there by more than they did between runs (205–863 of one 536-byte
    /// write each).
    fn write_zeros(&mut self, end: u64, options: &JournalOptions) -> Result<(), JournalError> {
        let step_end = end.next_multiple_of(options.preallocate_bytes.max(1));
        let target = step_end.min(options.segment_bytes).max(end);
        while self.allocated < target {
            let length = (target - self.allocated).min(ZEROS_BYTES as u64);
            self.file
                .write_all_at(self.allocated, &ZEROS[..length as usize])
                .map_err(JournalError::io("reserve space in", &self.path))?;
            self.allocated += length;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_twenty_digits_are_segments() {
        assert_eq!(parse("00000000000000000042.journal"), Some(42));
        assert_eq!(parse("18446744073709551615.journal"), Some(u64::MAX));
        assert_eq!(parse("99999999999999999999.journal"), None);
        assert_eq!(parse("42.journal"), None);
        assert_eq!(parse("00000000000000000042.journal.tmp"), None);
        assert_eq!(parse("+0000000000000000042.journal"), None);
    }

    /// The header of a segment behind eleven records.
    fn header() -> SegmentHeader {
        let peaks = vec![[1; 32], [2; 32], [3; 32]];
        let tree = Tree::of_peaks(11, peaks).unwrap();
        SegmentHeader { partition: 7, previous: 9, tree }
    }

    #[test]
    fn a_header_is_read_as_it_was_written() {
        let bytes = header().to_bytes();
        assert_eq!(bytes.len(), header_bytes(12));
        assert_eq!(SegmentHeader::read(&bytes, Path::new("j"), 12, 7).unwrap(), header());
    }

    #[test]
    fn a_header_of_another_partition_is_named_as_such() {
        let error = SegmentHeader::read(&header().to_bytes(), Path::new("j"), 12, 8).unwrap_err();
        assert!(matches!(error, JournalError::WrongPartition { found: 7, wanted: 8, .. }));
    }

    #[test]
    fn a_segment_of_an_older_format_is_named_as_such() {
        let mut bytes = header().to_bytes();
        bytes.truncate(FIXED_BYTES);
        bytes[8] = 1;
        let check = crc32fast::hash(&bytes[..60]);
        bytes[60..].copy_from_slice(&check.to_le_bytes());
        let error = SegmentHeader::read(&bytes, Path::new("j"), 12, 7).unwrap_err();
        assert_eq!(
            error.to_string(),
            "journal j has format 1, this program reads format 2; use the program that wrote it"
        );
    }

    #[test]
    fn every_flipped_bit_and_every_cut_of_a_header_is_noticed() {
        let whole = header().to_bytes();
        let is_noticed = |bytes: &[u8]| {
            let error = SegmentHeader::read(bytes, Path::new("j"), 12, 7).unwrap_err();
            assert!(matches!(error, JournalError::Damaged { damage: Damage::Header, .. }));
        };
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            is_noticed(&bytes);
        }
        (0..whole.len()).for_each(|length| is_noticed(&whole[..length]));
    }
}
