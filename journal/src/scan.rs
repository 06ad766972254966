//! The reading side of a journal: records in order from any sequence, verified one by one, without stopping the writer.
//! Reads committed records only, and holds one of them and one window of the file in memory.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::disk::{Disk, RealDisk};
use crate::error::{Damage, JournalError};
use crate::recovery::{FIRST_SEQUENCE, check_continues};
use crate::retention::{self, Retired};
use crate::segment;
use crate::tree::{Head, Tree};
use crate::walk::Walk;

/// One committed record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its place in the journal; the first is 1, and none is left out.
    pub sequence: u64,
    /// What was appended.
    pub payload: Vec<u8>,
}

/// What the writer lets its readers know.
#[derive(Debug)]
pub(crate) struct Committed {
    records: AtomicU64,
    head: Mutex<Head>,
}

impl Committed {
    pub(crate) fn upto(head: Head) -> Self {
        Self { records: AtomicU64::new(head.records), head: Mutex::new(head) }
    }

    /// Called when all of it is durable.
    pub(crate) fn advance(&self, head: Head) {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner) = head;
        self.records.store(head.records, Ordering::Release);
    }

    pub(crate) fn records(&self) -> u64 {
        self.records.load(Ordering::Acquire)
    }
}

/// Reads a journal while its writer goes on, in the same process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Reader {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    partition: u64,
    committed: Arc<Committed>,
}

impl Reader {
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        folder: PathBuf,
        partition: u64,
        committed: Arc<Committed>,
    ) -> Self {
        Self { disk, folder, partition, committed }
    }

    /// The same through another disk, made of its own.
    #[must_use]
    pub fn through(self, disk: impl FnOnce(Arc<dyn Disk>) -> Arc<dyn Disk>) -> Reader {
        Reader { disk: disk(self.disk), ..self }
    }

    /// The last sequence that is durable now; 0 if there is none.
    #[must_use]
    pub fn committed(&self) -> u64 {
        self.committed.records()
    }

    /// What stands for everything that is durable now.
    #[must_use]
    pub fn head(&self) -> Head {
        *self.committed.head.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The records from `from_sequence` to the one that is the last committed now.
    pub fn scan(&self, from_sequence: u64) -> Result<Scan, JournalError> {
        // The order matters: what is committed now stands in segments that are listed now.
        let last = self.committed();
        let first_sequences = segment::list(self.disk.as_ref(), &self.folder)?;
        let (disk, folder) = (Arc::clone(&self.disk), self.folder.clone());
        Ok(Scan::new(disk, folder, self.partition, &first_sequences, from_sequence, last))
    }

    /// Has a scan of this journal go on to what is committed now. Whoever stays at the end need not walk over the last
    /// segment again for each commit; a scan that ended with an error stays ended.
    pub fn extend(&self, scan: &mut Scan) -> Result<(), JournalError> {
        let last = self.committed();
        if scan.failed || last <= scan.last_sequence {
            return Ok(());
        }
        let walked = scan.walk.as_ref().map_or(0, |walk| walk.header.first_sequence());
        let known = scan.segments.back().copied().unwrap_or(walked);
        let first_sequences = segment::list(self.disk.as_ref(), &self.folder)?;
        scan.segments.extend(first_sequences.into_iter().filter(|first| *first > known));
        scan.walk.iter_mut().for_each(Walk::follow);
        (scan.last_sequence, scan.ended) = (last, false);
        Ok(())
    }

    /// Removes the segments that hold no record after `unneeded`, but never the last one. With an archive each is
    /// first copied to that folder, synced, and read back; if that fails, nothing is removed from there on.
    ///
    /// A snapshot of record `unneeded` must have been verified before: without it the journal can no longer be replayed.
    pub fn retire(&self, unneeded: u64, archive: Option<&Path>) -> Result<Retired, JournalError> {
        let unneeded = unneeded.min(self.committed());
        retention::retire(self.disk.as_ref(), &self.folder, self.partition, unneeded, archive)
    }
}

/// The tree over the records that were removed from the journal in `folder`: its size is how many they are, and a
/// [`Prover`](crate::Prover) goes on from it. Empty for a journal that is there from its first record.
pub fn removed_on(
    disk: &dyn Disk,
    folder: impl AsRef<Path>,
    partition: u64,
) -> Result<Tree, JournalError> {
    let folder = folder.as_ref();
    match segment::list(disk, folder)?.first() {
        None => Ok(Tree::default()),
        Some(&first) => {
            retention::check_begins(disk, folder, Some(first), first)?;
            Ok(Walk::open(disk, folder, first, partition)?.header.tree)
        }
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
    failed: bool,
    /// What to compare the records with; none: they are not hashed.
    known_heads: Option<Vec<Head>>,
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
        let from_sequence = from_sequence.max(FIRST_SEQUENCE);
        Self {
            disk,
            folder,
            partition,
            segments,
            walk: None,
            from_sequence,
            last_sequence,
            ended: false,
            failed: false,
            known_heads: None,
        }
    }

    /// Hashes the records on the way, from the beginning of the segment that holds the first one, and compares them with
    /// the root behind each commit and with `known_heads`; heads of fewer records than stand before that segment are
    /// left out. Ends with an error if a head lies beyond the end. Twice as slow or more.
    #[must_use]
    pub fn proving(mut self, known_heads: &[Head]) -> Self {
        self.known_heads = Some(known_heads.to_vec());
        self
    }

    /// Whether every head that is known has been passed by.
    fn check_reaches(&self) -> Result<(), JournalError> {
        let known = self.known_heads.iter().flatten().map(|head| head.records).max();
        match known.filter(|known| *known > self.last_sequence) {
            None => Ok(()),
            Some(known) => {
                let (folder, last) = (self.folder.clone(), self.last_sequence);
                Err(JournalError::Short { folder, last, known })
            }
        }
    }

    /// What stands for the whole commits gone by so far; none if they are not hashed, or none was looked at.
    #[must_use]
    pub fn head(&self) -> Option<Head> {
        Some(self.walk.as_ref()?.witness.as_ref()?.tree().head())
    }

    /// The sequence at which this scan will end; 0 if the journal is empty.
    #[must_use]
    pub fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    fn next_record(&mut self) -> Result<Option<Record>, JournalError> {
        if self.from_sequence > self.last_sequence {
            return self.check_reaches().map(|()| None);
        }
        loop {
            let mut walk = match self.walk.take() {
                Some(walk) => walk,
                None => self.open_next_segment(None)?,
            };
            if walk.next_sequence() > self.last_sequence {
                self.walk = Some(walk);
                return self.check_reaches().map(|()| None);
            }
            // Where the next segment begins this one ends, whatever stands behind.
            let ends = self.segments.front().is_some_and(|next| walk.next_sequence() >= *next);
            let step = if ends { None } else { walk.step()? };
            let Some((sequence, payload)) = step else {
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
        let mut following = Walk::open(self.disk.as_ref(), &self.folder, next, self.partition)?;
        match walk {
            Some(mut walk) => check_continues(&self.folder, &mut walk, &mut following)?,
            None => {
                let wanted = self.from_sequence;
                if next > wanted {
                    retention::check_begins(self.disk.as_ref(), &self.folder, Some(next), wanted)?;
                }
                if let Some(known) = &self.known_heads {
                    following.bear_witness(known)?;
                }
            }
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
        self.failed = outcome.is_err();
        outcome.transpose()
    }
}
