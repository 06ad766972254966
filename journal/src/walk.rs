//! Walks the records of one segment, forwards, and finds where its last whole commit ends.
//! Reads only; what to do about a torn tail is decided in `recovery`.

use std::io;
use std::path::{Path, PathBuf};

use crate::disk::{Disk, DiskFile, read_full};
use crate::error::{Damage, JournalError};
use crate::frame::{FRAME_ALIGN, FRAME_BYTES_MAX, FRAME_HEADER_BYTES, FrameHeader};
use crate::segment::{self, SegmentHeader};
use crate::tree::{Head, leaf_hash};
use crate::witness::{Doubt, Witness};

/// Bytes read at a time: beyond 256 KiB the calls no longer show.
const READ_BYTES: usize = 256 << 10;
/// The same at the end of the journal, where a reader waits for a record or a few.
const TAIL_READ_BYTES: usize = 16 << 10;

/// A part of a file in memory: [`READ_BYTES`] or the rest of the file, and at most the largest frame.
#[derive(Debug)]
struct Window {
    file: Box<dyn DiskFile>,
    start: u64,
    bytes: Vec<u8>,
    filled: usize,
    /// Bytes read at a time.
    ahead: usize,
}

impl Window {
    /// The bytes at `offset`; fewer than `length` only at the end of the file.
    fn at(&mut self, offset: u64, length: usize) -> io::Result<&[u8]> {
        let end = offset + length as u64;
        if offset < self.start || end > self.start + self.filled as u64 {
            self.fill(offset, length)?;
        }
        let from = (offset - self.start) as usize;
        Ok(&self.bytes[from..self.filled.min(from + length)])
    }

    fn fill(&mut self, offset: u64, length: usize) -> io::Result<()> {
        // Of a short file no more than it has, so that small journals are not read into large windows.
        let rest = self.file.length()?.saturating_sub(offset);
        let wanted = length.max(self.ahead.min(usize::try_from(rest).unwrap_or(self.ahead)));
        if self.bytes.len() < wanted {
            self.bytes = vec![0; wanted];
        }
        self.forget();
        self.start = offset;
        let read = read_full(self.file.as_ref(), offset, &mut self.bytes[..wanted]);
        // The path is known to our callers, the place is not.
        self.filled = read.map_err(|error| {
            io::Error::new(error.kind(), format!("at offset {offset}: {error}"))
        })?;
        Ok(())
    }

    /// Makes the next look read the file again.
    fn forget(&mut self) {
        self.filled = 0;
    }
}

/// Where the last whole commit ends, and what stands behind it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tail {
    /// The last sequence, one less than the first of the segment if it holds none.
    pub(crate) sequence: u64,
    /// The check of that record, or of the header.
    pub(crate) chain: u32,
    /// Where the last whole commit begins and ends.
    pub(crate) commit: (u64, u64),
    /// Bytes behind it that are the remains of a commit that was never whole.
    pub(crate) torn_bytes: u64,
}

/// A walk through one segment.
#[derive(Debug)]
pub(crate) struct Walk {
    pub(crate) path: PathBuf,
    pub(crate) header: SegmentHeader,
    window: Window,
    position: u64,
    /// The check of the header.
    segment_check: u32,
    sequence: u64,
    chain: u32,
    index: u32,
    commit_start: u64,
    /// The first record of the commit that is walked over.
    commit_first: u64,
    /// None: the records are not hashed on this walk.
    pub(crate) witness: Option<Witness>,
}

impl Walk {
    /// Opens the segment that begins with `first_sequence` and reads its header.
    pub(crate) fn open(
        disk: &dyn Disk,
        folder: &Path,
        first_sequence: u64,
        partition: u64,
    ) -> Result<Self, JournalError> {
        let path = segment::path_of(folder, first_sequence);
        let file = match disk.open_to_read(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(JournalError::Missing { path });
            }
            Err(error) => return Err(JournalError::io("open", &path)(error)),
        };
        let mut window = Window { file, start: 0, bytes: Vec::new(), filled: 0, ahead: READ_BYTES };
        let length = segment::header_bytes(first_sequence);
        let bytes = window.at(0, length).map_err(JournalError::io("read", &path))?;
        let header = SegmentHeader::read(bytes, &path, first_sequence, partition)?;
        let (start, check) = (header.bytes(), header.check());
        Ok(Self {
            path,
            header,
            window,
            position: start,
            sequence: first_sequence,
            segment_check: check,
            chain: check,
            index: 0,
            commit_start: start,
            commit_first: first_sequence,
            witness: None,
        })
    }

    /// From here on hashes the records and compares them with their roots and with what is known. Not within a segment.
    pub(crate) fn bear_witness(&mut self, known: &[Head]) -> Result<(), JournalError> {
        assert_eq!(self.sequence, self.header.first_sequence(), "the header has the tree");
        let witness = Witness::from(self.header.tree.clone(), known);
        self.witness = Some(witness.map_err(|doubt| self.doubted(doubt))?);
        Ok(())
    }

    /// Goes on from here when more was written: what was read ahead was not written then.
    pub(crate) fn follow(&mut self) {
        self.window.forget();
        self.window.ahead = TAIL_READ_BYTES;
    }

    /// The sequence that the next record must have.
    pub(crate) fn next_sequence(&self) -> u64 {
        self.sequence
    }

    /// The check of the last record walked over.
    pub(crate) fn chain(&self) -> u32 {
        self.chain
    }

    /// Whether the last record walked over ended its commit.
    pub(crate) fn stands_between_commits(&self) -> bool {
        self.index == 0
    }

    /// Steps over the next record and returns its sequence and payload; none where no whole record stands.
    pub(crate) fn step(&mut self) -> Result<Option<(u64, &[u8])>, JournalError> {
        let at = self.position;
        let Some(header) = self.frame_at(at)? else { return Ok(None) };
        let follows = header.sequence == self.sequence
            && header.previous == self.chain
            && header.index == self.index;
        if !follows {
            return Err(self.damaged(Damage::Chain));
        }
        if header.index == 0 {
            self.commit_start = at;
            self.commit_first = header.sequence;
        }
        self.bear_witness_of(&header)?;
        self.position += header.frame_bytes() as u64;
        self.sequence += 1;
        self.chain = header.check;
        self.index = if header.last { 0 } else { header.index + 1 };
        let frame = self
            .window
            .at(at, header.frame_bytes())
            .map_err(JournalError::io("read", &self.path))?;
        Ok(Some((header.sequence, header.payload(frame))))
    }

    /// Hashes the record here, and compares if it ends its commit.
    fn bear_witness_of(&mut self, header: &FrameHeader) -> Result<(), JournalError> {
        let Some(mut witness) = self.witness.take() else { return Ok(()) };
        let frame = self
            .window
            .at(self.position, header.frame_bytes())
            .map_err(JournalError::io("read", &self.path))?;
        witness.record(header.index == 0, leaf_hash(header.payload(frame)));
        let compared = header.root(frame).map_or(Ok(()), |root| witness.end_commit(&root));
        compared.map_err(|doubt| self.doubted(doubt))?;
        self.witness = Some(witness);
        Ok(())
    }

    fn doubted(&self, doubt: Doubt) -> JournalError {
        match doubt {
            Doubt::Seal => JournalError::Damaged {
                path: self.path.clone(),
                sequence: self.commit_first,
                offset: self.commit_start,
                damage: Damage::Seal,
            },
            Doubt::Known { head, first_suspect } => {
                let folder = self.path.parent().unwrap_or(&self.path).to_owned();
                JournalError::OtherHistory { folder, head, first_suspect }
            }
        }
    }

    /// Walks over the records before `next`, with which the following segment begins: what stands behind them is nobody's.
    pub(crate) fn walk_to(&mut self, next: u64) -> Result<(), JournalError> {
        while self.sequence < next && self.step()?.is_some() {}
        Ok(())
    }

    /// Walks to the end of the last whole commit. Refuses if anything that was once durable is damaged.
    pub(crate) fn walk_to_tail(&mut self) -> Result<Tail, JournalError> {
        let mut tail = self.tail_here();
        loop {
            while self.step()?.is_some() {
                if self.stands_between_commits() {
                    tail = self.tail_here();
                }
            }
            let (later_commit_follows, end) = self.search_behind()?;
            if !later_commit_follows {
                tail.torn_bytes = end - tail.commit.1;
                return Ok(tail);
            }
            // A writer may be at work: what was unfinished when we passed is whole by the time a later commit
            // stands, since that one was written after a sync. So one look more is decisive.
            self.window.forget();
            if self.step()?.is_none() {
                return Err(self.damaged(Damage::Record));
            }
            if self.stands_between_commits() {
                tail = self.tail_here();
            }
        }
    }

    fn tail_here(&self) -> Tail {
        let commit = (self.commit_start, self.position);
        Tail { sequence: self.sequence - 1, chain: self.chain, commit, torn_bytes: 0 }
    }

    /// An error at the record that should stand here.
    pub(crate) fn damaged(&self, damage: Damage) -> JournalError {
        JournalError::Damaged {
            path: self.path.clone(),
            sequence: self.sequence,
            offset: self.position,
            damage,
        }
    }

    fn frame_at(&mut self, offset: u64) -> Result<Option<FrameHeader>, JournalError> {
        self.window
            .frame_at(offset, self.segment_check)
            .map_err(JournalError::io("read", &self.path))
    }

    /// Looks through the rest of the segment for a record of a later commit. Returns whether there is one,
    /// and where the last byte ends that is not zero.
    fn search_behind(&mut self) -> Result<(bool, u64), JournalError> {
        let length = self.window.file.length().map_err(JournalError::io("read", &self.path))?;
        // No record behind can have a sequence further away than frames fit into the file. Asking this first
        // keeps a payload full of plausible lengths from costing a checksum of megabytes at every step.
        let sequence_max = self.sequence + length / FRAME_HEADER_BYTES as u64;
        let sequence = self.sequence;
        let is_later = |header: &FrameHeader| {
            header.sequence <= sequence_max
                && header.commit_first().is_some_and(|first| first > sequence)
        };
        let mut end = self.position;
        let mut offset = self.position;
        loop {
            let bytes = self
                .window
                .at(offset, FRAME_HEADER_BYTES)
                .map_err(JournalError::io("read", &self.path))?;
            if bytes.is_empty() {
                return Ok((false, end));
            }
            let head = &bytes[..bytes.len().min(FRAME_ALIGN)];
            if let Some(last) = head.iter().rposition(|byte| *byte != 0) {
                end = offset + last as u64 + 1;
                let plausible = FrameHeader::read(bytes).is_some_and(|header| is_later(&header));
                if plausible && self.frame_at(offset)?.is_some() {
                    return Ok((true, end));
                }
            }
            offset += FRAME_ALIGN as u64;
        }
    }
}

impl Window {
    /// The header of the whole frame at `offset`, if one of this segment stands there.
    fn frame_at(&mut self, offset: u64, segment_check: u32) -> io::Result<Option<FrameHeader>> {
        let Some(header) = FrameHeader::read(self.at(offset, FRAME_HEADER_BYTES)?) else {
            return Ok(None);
        };
        debug_assert!(
            header.frame_bytes() <= FRAME_BYTES_MAX,
            "a read header has a length in bounds"
        );
        let frame = self.at(offset, header.frame_bytes())?;
        Ok(header.matches(segment_check, frame).then_some(header))
    }
}
