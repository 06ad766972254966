//! The writing side of a journal: append to a pending commit, then one write and one sync for all of it.
//! Does not hand out what was written; readers are in `scan`, and what happens at opening is in `recovery`.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Disk, DiskFile, RealDisk};
use crate::error::JournalError;
use crate::frame::{self, Sealer};
use crate::options::{COMMIT_BYTES_MAX, JournalOptions, RECORD_BYTES_MAX};
use crate::recovery::{self, Recovered};
use crate::scan::{Committed, Reader};
use crate::segment::{OpenSegment, SegmentHeader};
use crate::tree::{Hash, Head, Tree, leaf_hash};

const LOCK_NAME: &str = "journal.lock";
/// A commit from this on is written while it is hashed.
const WRITE_AHEAD_BYTES: usize = 256 << 10;

/// A journal open for writing, by one thread of one process.
///
/// ```
/// use hotline_journal::{Journal, JournalOptions};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let (mut journal, recovered) = Journal::open(folder.path(), JournalOptions::new(7))?;
/// assert_eq!(recovered.last_sequence, 0);
/// journal.append(b"accepted")?;
/// journal.append(b"dispatched")?;
/// assert_eq!(journal.commit()?, 2); // one write, one sync; only now may anybody be told
/// for record in journal.reader().scan(2)? {
///     assert_eq!(record?.payload, b"dispatched");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Journal {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    options: JournalOptions,
    segment: OpenSegment,
    /// The check of the last committed record.
    chain: u32,
    /// Over all committed records.
    tree: Tree,
    committed: Arc<Committed>,
    /// Unsealed frames of the commit to come, and where their payloads stand.
    pending: Vec<u8>,
    pending_payloads: Vec<Range<usize>>,
    failure: Option<Failure>,
    /// Held, not used: the folder is ours while this is open.
    _locks: Vec<Box<dyn DiskFile>>,
}

/// Why the journal accepts nothing more.
#[derive(Debug, Clone)]
struct Failure {
    doing: &'static str,
    source: Arc<io::Error>,
}

impl Journal {
    /// Opens the journal in `folder`, creating both if missing, and reports what was found.
    ///
    /// A torn tail is cut and counted. [`JournalError::Damaged`], [`JournalError::Missing`],
    /// [`JournalError::WrongPartition`] and [`JournalError::UnknownFormat`] refuse the folder and leave every record
    /// as it is; [`JournalError::Locked`] and [`JournalError::NoSpace`] mean: not now.
    pub fn open(
        folder: impl AsRef<Path>,
        options: JournalOptions,
    ) -> Result<(Self, Recovered), JournalError> {
        Self::open_on(Arc::new(RealDisk), folder, options)
    }

    /// As [`Journal::open`], on another disk than the real one.
    pub fn open_on(
        disk: Arc<dyn Disk>,
        folder: impl AsRef<Path>,
        options: JournalOptions,
    ) -> Result<(Self, Recovered), JournalError> {
        let folder = folder.as_ref().to_owned();
        disk.create_folder(&folder).map_err(JournalError::io("create", &folder))?;
        let locks = lock(disk.as_ref(), &folder)?;
        let end = recovery::recover(disk.as_ref(), &folder, &options)?;
        let committed = Arc::new(Committed::upto(end.tree.head()));
        let journal = Self {
            disk,
            folder,
            options,
            segment: end.segment,
            chain: end.chain,
            tree: end.tree,
            committed,
            pending: Vec::new(),
            pending_payloads: Vec::new(),
            failure: None,
            _locks: locks,
        };
        Ok((journal, end.recovered))
    }

    /// Adds a record to the pending commit and returns the sequence it will have. Touches no disk.
    pub fn append(&mut self, payload: &[u8]) -> Result<u64, JournalError> {
        self.check_running()?;
        let (bytes, bytes_max) = (payload.len(), RECORD_BYTES_MAX);
        if bytes > bytes_max {
            return Err(JournalError::RecordTooLong { bytes, bytes_max });
        }
        let bytes = self.pending.len() + frame::frame_bytes_for(payload) + frame::SEAL_BYTES;
        if bytes > COMMIT_BYTES_MAX {
            return Err(JournalError::CommitFull { bytes: self.pending.len() });
        }
        let sequence = self.committed() + self.pending_payloads.len() as u64 + 1;
        self.pending_payloads.push(frame::push_unsealed(&mut self.pending, sequence, payload));
        Ok(sequence)
    }

    /// Writes and syncs the pending commit and returns the last committed sequence. With nothing pending it only
    /// returns that sequence.
    ///
    /// On [`JournalError::NoSpace`] no record was written and the commit is still pending: call again when there is
    /// space. Every other error stops the journal for good.
    pub fn commit(&mut self) -> Result<u64, JournalError> {
        self.reserve(0)?;
        if self.pending.is_empty() {
            return Ok(self.committed());
        }
        let last = self.pending_payloads.last().expect("something is pending").start;
        let last = last - frame::FRAME_HEADER_BYTES;
        let mut sealer = Sealer::new(self.segment.check, self.chain);
        sealer.seal(&mut self.pending[..last]);
        let (tree, ahead) = match last < WRITE_AHEAD_BYTES {
            true => (self.grown_tree(), 0),
            false => (self.write_ahead(last)?, last),
        };
        let head = tree.head();
        let chain = sealer.seal_last(&mut self.pending, last, &head.root);
        let written = self.write(ahead..self.pending.len());
        let synced = written.and_then(|()| self.sync());
        synced.map_err(|(doing, error)| self.stop(doing, error))?;
        self.segment.tail += self.pending.len() as u64;
        assert!(
            self.segment.tail <= self.segment.allocated,
            "a commit is written into reserved space"
        );
        (self.chain, self.tree) = (chain, tree);
        self.committed.advance(head);
        self.pending.clear();
        self.pending_payloads.clear();
        Ok(head.records)
    }

    /// The tree over what is committed and what is pending.
    fn grown_tree(&self) -> Tree {
        self.tree_over(&self.pending_payloads)
    }

    /// The tree over what is committed and the first that are pending.
    fn tree_over(&self, first: &[Range<usize>]) -> Tree {
        let mut tree = self.tree.clone();
        first.iter().for_each(|payload| tree.push(self.leaf(payload)));
        tree
    }

    fn leaf(&self, payload: &Range<usize>) -> Hash {
        leaf_hash(&self.pending[payload.clone()])
    }

    /// Writes the pending bytes up to `end` and has the disk begin with them, while they are hashed: one half by another
    /// thread, the other by this one. Without the frame behind them, they are a torn tail.
    #[expect(
        clippy::disallowed_methods,
        reason = "pure hashing; the disk stays with the caller's thread"
    )]
    fn write_ahead(&mut self, end: usize) -> Result<Tree, JournalError> {
        let (first, rest) = self.pending_payloads.split_at(self.pending_payloads.len() / 2);
        let grown = std::thread::scope(|scope| {
            let growing = std::thread::Builder::new().spawn_scoped(scope, || self.tree_over(first));
            self.write(0..end)?;
            self.segment.file.start_writing(self.segment.tail, end as u64);
            let rest: Vec<Hash> = rest.iter().map(|payload| self.leaf(payload)).collect();
            // Where there is no other thread to be had, this one does it.
            let tree = growing.map(|it| it.join().expect("hashing cannot fail"));
            let mut tree = tree.unwrap_or_else(|_| self.tree_over(first));
            rest.into_iter().for_each(|leaf| tree.push(leaf));
            Ok(tree)
        });
        grown.map_err(|(doing, error)| self.stop(doing, error))
    }

    /// Writes a part of the pending bytes; says what failed.
    fn write(&self, part: Range<usize>) -> Result<(), (&'static str, io::Error)> {
        let at = self.segment.tail + part.start as u64;
        let written = self.segment.file.write_all_at(at, &self.pending[part]);
        written.map_err(|error| ("write a commit", error))
    }

    fn sync(&self) -> Result<(), (&'static str, io::Error)> {
        self.segment.file.sync_data().map_err(|error| ("sync a commit", error))
    }

    /// Makes sure that the pending commit will find its space with `bytes` more, beginning a new segment if it must.
    ///
    /// Call it before taking work that must not be refused afterwards: [`JournalError::NoSpace`] here harms nothing,
    /// and the next call may succeed. A record takes its payload, 24 bytes, and padding to a multiple of 8; what the
    /// commit takes beside them is counted here. What is pending keeps the space that it has: for more beside it no new
    /// segment is begun, which might have less.
    pub fn reserve(&mut self, bytes: usize) -> Result<(), JournalError> {
        self.check_running()?;
        let commit_bytes = (self.pending.len() + bytes + frame::SEAL_BYTES) as u64;
        if self.segment.tail + commit_bytes <= self.segment.allocated {
            return Ok(());
        }
        let holds_records = self.segment.tail > self.segment.start;
        let is_beside_others = bytes > 0 && !self.pending.is_empty();
        let is_filled = self.segment.tail + commit_bytes > self.options.segment_bytes;
        if holds_records && is_filled && !is_beside_others {
            let rotated = self.rotate();
            self.stop_unless_no_space(rotated)?;
        }
        let reserved = self.segment.reserve(self.segment.tail + commit_bytes, &self.options);
        self.stop_unless_no_space(reserved)
    }

    /// The last sequence that is durable; 0 if there is none.
    #[must_use]
    pub fn committed(&self) -> u64 {
        self.committed.records()
    }

    /// What stands for everything committed so far. Whoever writes it down elsewhere can tell later whether any of it
    /// was changed or taken away since.
    #[must_use]
    pub fn head(&self) -> Head {
        self.tree.head()
    }

    /// Bytes of the pending commit.
    #[must_use]
    pub fn pending_bytes(&self) -> usize {
        self.pending.len()
    }

    /// A reader for other threads: sees what is committed, never what is pending, and takes no lock.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader::new(
            Arc::clone(&self.disk),
            self.folder.clone(),
            self.options.partition,
            Arc::clone(&self.committed),
        )
    }

    /// Begins the next segment. Everything in the one before it is committed.
    fn rotate(&mut self) -> Result<(), JournalError> {
        let header = SegmentHeader {
            partition: self.options.partition,
            previous: self.chain,
            tree: self.tree.clone(),
        };
        self.segment = OpenSegment::create(self.disk.as_ref(), &self.folder, &header)?;
        self.chain = self.segment.check;
        Ok(())
    }

    fn check_running(&self) -> Result<(), JournalError> {
        match &self.failure {
            None => Ok(()),
            Some(failure) => Err(JournalError::Stopped {
                path: self.segment.path.clone(),
                doing: failure.doing,
                committed: self.committed(),
                source: Arc::clone(&failure.source),
            }),
        }
    }

    fn stop(&mut self, doing: &'static str, source: io::Error) -> JournalError {
        let source = Arc::new(source);
        self.failure = Some(Failure { doing, source: Arc::clone(&source) });
        let (path, committed) = (self.segment.path.clone(), self.committed());
        JournalError::Stopped { path, doing, committed, source }
    }

    /// Space that is not there leaves the journal as it was; any other failure leaves the disk in doubt.
    fn stop_unless_no_space(
        &mut self,
        outcome: Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        match outcome {
            Err(JournalError::Io { doing, source, .. }) => Err(self.stop(doing, source)),
            other => other,
        }
    }
}

/// Refuses a folder that another process has open, before anything is done to what lies beside it. One that is not there is free.
///
/// # Errors
/// [`JournalError::Locked`], or when that cannot be found out.
pub fn prove_free_on(disk: &dyn Disk, folder: impl AsRef<Path>) -> Result<(), JournalError> {
    match lock(disk, folder.as_ref()) {
        Err(JournalError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(()),
        tried => tried.map(drop),
    }
}

/// Locks the file, and the folder where its disk can: somebody may take the file away by hand while it is locked.
fn lock(disk: &dyn Disk, folder: &Path) -> Result<Vec<Box<dyn DiskFile>>, JournalError> {
    let path = folder.join(LOCK_NAME);
    let mut locks = Vec::new();
    for (path, is_needed) in [(path.as_path(), true), (folder, false)] {
        match disk.try_lock(path) {
            Ok(lock) => locks.push(lock),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(JournalError::Locked { folder: folder.to_owned() });
            }
            Err(error) if is_needed => return Err(JournalError::io("lock", path)(error)),
            Err(_) => {}
        }
    }
    Ok(locks)
}
