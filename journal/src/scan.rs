//! The reading side of a journal: records in order from any sequence, verified one by one, without stopping the writer.
//! Reads committed records only, and holds one of them and one window of the file in memory.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::disk::{Disk, RealDisk};
use crate::error::{Damage, JournalError};
use crate::recovery::check_continues;
use crate::segment;
use crate::walk::Walk;

/// One committed record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place in the journal; the first is 1, and none is left out.
    pub sequence: u64,
    /// What was appended.
    pub payload: Vec<u8>,
}

/// Reads a journal while its writer goes on, in the same process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Reader {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    partition: u64,
    committed: Arc<AtomicU64>,
}

impl Reader {
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        folder: PathBuf,
        partition: u64,
        committed: Arc<AtomicU64>,
    ) -> Self {
        Self { disk, folder, partition, committed }
    }

    /// The last sequence that is durable now; 0 if there is none.
    #[must_use]
    pub fn committed(&self) -> u64 {
        self.committed.load(Ordering::Acquire)
    }

    /// The records from `from_sequence` to the one that is the last committed now.
    pub fn scan(&self, from_sequence: u64) -> Result<Scan, JournalError> {
        // The order matters: what is committed now stands in segments that are listed now.
        let last = self.committed();
        let first_sequences = segment::list(self.disk.as_ref(), &self.folder)?;
        let (disk, folder) = (Arc::clone(&self.disk), self.folder.clone());
        Ok(Scan::new(disk, folder, self.partition, &first_sequences, from_sequence, last))
    }
}

/// The records of the journal in `folder` from `from_sequence` to the end of the last whole commit on the disk.
///
/// For a journal that nobody writes, or that another process writes; then the last commit may be one whose sync is
/// still under way. In the process of the writer use [`Reader::scan`], which stops at what is durable.
pub fn scan(
    folder: impl AsRef<Path>,
    partition: u64,
    from_sequence: u64,
) -> Result<Scan, JournalError> {
    scan_on(Arc::new(RealDisk), folder, partition, from_sequence)
}

/// As [`scan`], on another disk than the real one.
pub fn scan_on(
    disk: Arc<dyn Disk>,
    folder: impl AsRef<Path>,
    partition: u64,
    from_sequence: u64,
) -> Result<Scan, JournalError> {
    let folder = folder.as_ref();
    let first_sequences = segment::list(disk.as_ref(), folder)?;
    let last = match first_sequences.last() {
        None => 0,
        Some(&first) => {
            Walk::open(disk.as_ref(), folder, first, partition)?.walk_to_tail()?.sequence
        }
    };
    Ok(Scan::new(disk, folder.to_owned(), partition, &first_sequences, from_sequence, last))
}

/// Walks over committed records. After an error it ends.
#[derive(Debug)]
pub struct Scan {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    partition: u64,
    segments: VecDeque<u64>,
    walk: Option<Walk>,
    from_sequence: u64,
    last_sequence: u64,
    ended: bool,
}

impl Scan {
    fn new(
        disk: Arc<dyn Disk>,
        folder: PathBuf,
        partition: u64,
        first_sequences: &[u64],
        from_sequence: u64,
        last_sequence: u64,
    ) -> Self {
        let begun = first_sequences.partition_point(|first| *first <= from_sequence);
        let segments = first_sequences[begun.saturating_sub(1)..].iter().copied().collect();
        let ended = from_sequence > last_sequence || last_sequence == 0;
        Self { disk, folder, partition, segments, walk: None, from_sequence, last_sequence, ended }
    }

    /// The sequence at which this scan will end; 0 if the journal is empty.
    #[must_use]
    pub fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    fn next_record(&mut self) -> Result<Option<Record>, JournalError> {
        loop {
            let mut walk = match self.walk.take() {
                Some(walk) => walk,
                None => self.open_next_segment(None)?,
            };
            if walk.next_sequence() > self.last_sequence {
                return Ok(None);
            }
            let Some((sequence, payload)) = walk.step()? else {
                self.walk = Some(self.open_next_segment(Some(walk))?);
                continue;
            };
            let wanted = sequence >= self.from_sequence;
            let record = wanted.then(|| Record { sequence, payload: payload.to_vec() });
            self.walk = Some(walk);
            if record.is_some() {
                return Ok(record);
            }
        }
    }

    /// Opens the next segment, which must continue `walk` if there is one.
    fn open_next_segment(&mut self, walk: Option<Walk>) -> Result<Walk, JournalError> {
        let Some(next) = self.segments.pop_front() else {
            return Err(match walk {
                Some(walk) => walk.damaged(Damage::Record),
                None => JournalError::Missing {
                    path: segment::path_of(&self.folder, self.from_sequence),
                },
            });
        };
        let following = Walk::open(self.disk.as_ref(), &self.folder, next, self.partition)?;
        match walk {
            Some(mut walk) => check_continues(&self.folder, &mut walk, &following)?,
            None if next > self.from_sequence.max(1) => {
                return Err(JournalError::Missing { path: segment::path_of(&self.folder, 1) });
            }
            None => {}
        }
        Ok(following)
    }
}

impl Iterator for Scan {
    type Item = Result<Record, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let outcome = self.next_record();
        self.ended = !matches!(outcome, Ok(Some(_)));
        outcome.transpose()
    }
}
