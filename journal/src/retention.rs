//! Takes old segments away: where a journal begins, what may go, and that it lies whole in the archive before it goes.
//! Does not know snapshots: whoever calls says up to which record nothing is needed any more.

use std::io;
use std::path::{Path, PathBuf};

use crate::disk::{Disk, read_full};
use crate::error::JournalError;
use crate::recovery::{FIRST_SEQUENCE, check_continues};
use crate::segment;
use crate::walk::Walk;

/// Names the first record that must be there, in digits. Without it that is the first of all.
const BEGINS_NAME: &str = "begins-at";
const UNFINISHED_BEGINS_NAME: &str = "begins-at.tmp";
/// A number has at most twenty digits.
const BEGINS_BYTES_MAX: usize = 32;
/// Bytes copied at a time.
const COPY_BYTES: usize = 1 << 20;

/// What was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Retired {
    /// Segments that are gone, oldest first.
    pub segments: Vec<PathBuf>,
    /// The first record that is still there.
    pub begins_at: u64,
}

/// Refuses a journal whose first segment begins with record `first` when `wanted` is needed, or when what should
/// come before was not taken away by us.
pub(crate) fn check_begins(
    disk: &dyn Disk,
    folder: &Path,
    first: Option<u64>,
    wanted: u64,
) -> Result<(), JournalError> {
    if first == Some(FIRST_SEQUENCE) {
        return Ok(());
    }
    let begins_at = read_begins(disk, folder)?;
    let missing = || JournalError::Missing { path: segment::path_of(folder, begins_at) };
    match first {
        None if begins_at == FIRST_SEQUENCE => Ok(()),
        None => Err(missing()),
        Some(first) if first > begins_at => Err(missing()),
        Some(first) if first > wanted.max(FIRST_SEQUENCE) => {
            Err(JournalError::Pruned { folder: folder.to_owned(), first, wanted })
        }
        Some(_) => Ok(()),
    }
}

/// Takes away the segments that hold no record after `unneeded`, but never the last one; with an archive each is copied
/// there and verified first. What fails leaves the rest where it is; the next call goes on.
pub(crate) fn retire(
    disk: &dyn Disk,
    folder: &Path,
    partition: u64,
    unneeded: u64,
    archive: Option<&Path>,
) -> Result<Retired, JournalError> {
    let firsts = segment::list(disk, folder)?;
    let mut retired = Retired {
        begins_at: firsts.first().copied().unwrap_or(FIRST_SEQUENCE),
        ..Retired::default()
    };
    for pair in firsts.windows(2) {
        let (first, next) = (pair[0], pair[1]);
        if next > unneeded.saturating_add(1) {
            break;
        }
        if let Some(archive) = archive {
            archive_segment(disk, folder, partition, first, next, archive)?;
        }
        if read_begins(disk, folder)? < next {
            write_begins(disk, folder, next)?;
        }
        let path = segment::path_of(folder, first);
        disk.remove(&path).map_err(JournalError::io("remove", &path))?;
        // Each for itself: what is left after a power cut has no holes.
        disk.sync_folder(folder).map_err(JournalError::sync("sync", folder))?;
        retired.segments.push(path);
        retired.begins_at = next;
    }
    Ok(retired)
}

fn read_begins(disk: &dyn Disk, folder: &Path) -> Result<u64, JournalError> {
    let path = folder.join(BEGINS_NAME);
    let file = match disk.open_to_read(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FIRST_SEQUENCE),
        Err(error) => return Err(JournalError::io("open", &path)(error)),
    };
    let mut bytes = [0; BEGINS_BYTES_MAX];
    let filled =
        read_full(file.as_ref(), 0, &mut bytes).map_err(JournalError::io("read", &path))?;
    let text = std::str::from_utf8(&bytes[..filled]).ok();
    let number = text.and_then(|text| text.strip_suffix('\n')?.parse().ok());
    number.ok_or_else(|| {
        let source = io::Error::new(io::ErrorKind::InvalidData, "it is not a number and a newline");
        JournalError::Io { path, doing: "read", source }
    })
}

fn write_begins(disk: &dyn Disk, folder: &Path, begins_at: u64) -> Result<(), JournalError> {
    let (path, unfinished) = (folder.join(BEGINS_NAME), folder.join(UNFINISHED_BEGINS_NAME));
    let doing = "note where the journal begins in";
    let file = disk.create(&unfinished).map_err(JournalError::io(doing, &path))?;
    let text = format!("{begins_at}\n");
    file.write_all_at(0, text.as_bytes()).map_err(JournalError::io(doing, &path))?;
    file.sync_data().map_err(JournalError::sync("sync", &path))?;
    disk.rename(&unfinished, &path).map_err(JournalError::io(doing, &path))?;
    disk.sync_folder(folder).map_err(JournalError::sync("sync", folder))
}

/// Copies a segment, makes it durable, and reads it back whole. One that is there already is read back only: it may
/// belong to somebody else, and is never written over.
fn archive_segment(
    disk: &dyn Disk,
    folder: &Path,
    partition: u64,
    first: u64,
    next: u64,
    archive: &Path,
) -> Result<(), JournalError> {
    disk.create_folder(archive).map_err(JournalError::io("create", archive))?;
    let path = segment::path_of(archive, first);
    match disk.open_to_read(&path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            copy(disk, &segment::path_of(folder, first), &path)?;
            disk.sync_folder(archive).map_err(JournalError::sync("sync", archive))?;
        }
        Err(error) => return Err(JournalError::io("open", &path)(error)),
    }
    let mut copied = Walk::open(disk, archive, first, partition)?;
    copied.bear_witness(&[])?;
    copied.walk_to(next)?;
    // The header behind has the tree over all that was copied: nothing else in the archive can pass for it.
    let mut following = Walk::open(disk, folder, next, partition)?;
    check_continues(archive, &mut copied, &mut following)
}

fn copy(disk: &dyn Disk, from: &Path, to: &Path) -> Result<(), JournalError> {
    let unfinished = to.with_extension("journal.tmp");
    let (reading, writing) =
        (|| JournalError::io("read", from), || JournalError::io("archive to", to));
    let source = disk.open_to_read(from).map_err(reading())?;
    let target = disk.create(&unfinished).map_err(writing())?;
    let mut bytes = vec![0; COPY_BYTES];
    let mut offset = 0;
    loop {
        let read = read_full(source.as_ref(), offset, &mut bytes).map_err(reading())?;
        if read == 0 {
            break;
        }
        target.write_all_at(offset, &bytes[..read]).map_err(writing())?;
        offset += read as u64;
    }
    target.sync_data().map_err(JournalError::sync("sync", to))?;
    disk.rename(&unfinished, to).map_err(writing())
}
