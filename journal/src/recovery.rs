//! Finds the end of a journal when it is opened, and cuts away what was never committed.
//! Refuses whatever else is wrong: nothing is repaired by guessing.

use std::path::{Path, PathBuf};

use crate::disk::{Disk, read_full};
use crate::error::{Damage, JournalError};
use crate::options::JournalOptions;
use crate::retention;
use crate::segment::{self, OpenSegment, SegmentHeader};
use crate::tree::Tree;
use crate::walk::{Tail, Walk};

/// The sequence of the first record of a journal.
pub(crate) const FIRST_SEQUENCE: u64 = 1;

/// What was found when a journal was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The last committed sequence; 0 if there is none.
    pub last_sequence: u64,
    /// Segments in the folder.
    pub segments_count: usize,
    /// Bytes cut from the end: the remains of a commit that is not whole. 0 after a clean stop.
    pub cut_bytes: u64,
    /// The segment that was cut, or would have been.
    pub last_segment: PathBuf,
}

/// The end of a journal, ready for writing.
pub(crate) struct End {
    pub(crate) segment: OpenSegment,
    pub(crate) chain: u32,
    pub(crate) tree: Tree,
    pub(crate) recovered: Recovered,
}

/// Verifies the journal in `folder`, cuts its torn tail, and makes what is left durable. The lock is held.
pub(crate) fn recover(
    disk: &dyn Disk,
    folder: &Path,
    options: &JournalOptions,
) -> Result<End, JournalError> {
    segment::remove_unfinished(disk, folder)?;
    let first_sequences = segment::list(disk, folder)?;
    let Some((&last, earlier)) = first_sequences.split_last() else {
        check_reaches(folder, 0, options)?;
        retention::check_begins(disk, folder, None, FIRST_SEQUENCE)?;
        return begin(disk, folder, options);
    };
    let last_segment = verify_up_to(disk, folder, earlier, last, options)?;
    let (tail, next) = settle(disk, folder, last_segment, options)?;
    let recovered = Recovered {
        last_sequence: tail.sequence,
        segments_count: first_sequences.len(),
        cut_bytes: tail.torn_bytes,
        last_segment: segment::path_of(folder, last),
    };
    let segment = OpenSegment::create(disk, folder, &next)?;
    Ok(End { chain: segment.check, segment, tree: next.tree, recovered })
}

/// Refuses a journal that ends before what is known to have been committed.
fn check_reaches(folder: &Path, last: u64, options: &JournalOptions) -> Result<(), JournalError> {
    let heads = options.known_heads.iter().map(|head| head.records);
    let known = heads.fold(options.known_committed, u64::max);
    if last >= known {
        return Ok(());
    }
    Err(JournalError::Short { folder: folder.to_owned(), last, known })
}

fn begin(disk: &dyn Disk, folder: &Path, options: &JournalOptions) -> Result<End, JournalError> {
    let tree = Tree::default();
    let header = SegmentHeader { partition: options.partition, previous: 0, tree: tree.clone() };
    let segment = OpenSegment::create(disk, folder, &header)?;
    let recovered = Recovered {
        last_sequence: 0,
        segments_count: 1,
        cut_bytes: 0,
        last_segment: segment.path.clone(),
    };
    Ok(End { segment, chain: header.check(), tree, recovered })
}

/// Walks the segments before the last, and opens the last, making sure that each continues the one before it.
fn verify_up_to(
    disk: &dyn Disk,
    folder: &Path,
    earlier: &[u64],
    last: u64,
    options: &JournalOptions,
) -> Result<Walk, JournalError> {
    let first = earlier.first().copied().unwrap_or(last);
    retention::check_begins(disk, folder, Some(first), options.verify_from)?;
    let mut walk = Walk::open(disk, folder, first, options.partition)?;
    for &next in earlier.iter().skip(1).chain([&last]).filter(|next| **next != first) {
        let mut following = Walk::open(disk, folder, next, options.partition)?;
        if next > options.verify_from {
            if walk.witness.is_none() {
                walk.bear_witness(&options.known_heads)?;
            }
            walk.walk_to(next)?;
            check_continues(folder, &mut walk, &mut following)?;
        }
        walk = following;
    }
    if walk.witness.is_none() {
        walk.bear_witness(&options.known_heads)?;
    }
    Ok(walk)
}

/// Whether `following` begins where `walk`, which stands at its end, stopped. Hands the witness on.
pub(crate) fn check_continues(
    folder: &Path,
    walk: &mut Walk,
    following: &mut Walk,
) -> Result<(), JournalError> {
    let next = following.header.first_sequence();
    if walk.next_sequence() == next {
        let of_same_tree =
            walk.witness.as_ref().is_none_or(|witness| *witness.tree() == following.header.tree);
        let of_same_chain =
            walk.chain() == following.header.previous && walk.stands_between_commits();
        if of_same_tree && of_same_chain {
            following.witness = walk.witness.take();
            return Ok(());
        }
        return Err(following.damaged(Damage::Segment));
    }
    // Records are missing between the two. If the walk can go on to a clean end, a whole segment is gone.
    let tail = walk.walk_to_tail()?;
    if tail.torn_bytes == 0 && tail.sequence + 1 < next {
        return Err(JournalError::Missing { path: segment::path_of(folder, tail.sequence + 1) });
    }
    Err(walk.damaged(Damage::Record))
}

/// Walks the last segment, cuts its torn tail, and writes its last commit again. Gives the header of the segment in which
/// the journal goes on.
///
/// Writing again matters after a failed sync: Linux then marks the pages clean, so a reader may be shown bytes from
/// memory that the disk never got ("Can applications recover from fsync failures?", USENIX ATC 2020). Only the last
/// commit can be in that state, because a journal whose sync failed writes nothing more.
///
/// For the same reason nothing is ever written behind that commit again. The cut may have been lost by a failed sync of an
/// earlier opening, and then the disk holds remains that nobody is shown. The next segment says where this one ends,
/// whatever stands behind; an empty one is made anew under its name.
fn settle(
    disk: &dyn Disk,
    folder: &Path,
    mut walk: Walk,
    options: &JournalOptions,
) -> Result<(Tail, SegmentHeader), JournalError> {
    let tail = walk.walk_to_tail()?;
    check_reaches(folder, tail.sequence, options)?;
    let witness = walk.witness.as_ref().expect("the last segment is verified");
    let tree = witness.tree().clone();
    assert_eq!(tree.size(), tail.sequence, "the tree grows by whole commits");
    let path = walk.path;
    let file = disk.open_to_write(&path).map_err(JournalError::io("open", &path))?;
    let (start, end) = tail.commit;
    // Also what was set aside behind it: its space is of use elsewhere.
    file.set_length(end).map_err(JournalError::io("cut the torn tail of", &path))?;
    let mut commit = vec![0; (end - start) as usize];
    let read =
        read_full(file.as_ref(), start, &mut commit).map_err(JournalError::io("read", &path))?;
    assert_eq!(read, commit.len(), "the file was just read this far, and the lock is held");
    file.write_all_at(start, &commit).map_err(JournalError::io("settle", &path))?;
    file.sync_data().map_err(JournalError::sync("sync", &path))?;
    disk.sync_folder(folder).map_err(JournalError::sync("sync", folder))?;
    let is_empty = tail.sequence + 1 == walk.header.first_sequence();
    let previous = if is_empty { walk.header.previous } else { tail.chain };
    Ok((tail, SegmentHeader { partition: options.partition, previous, tree }))
}
