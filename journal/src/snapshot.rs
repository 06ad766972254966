//! Snapshot files: an opaque payload with the sequence it stands for, its schema and its digest, under a SHA-256.
//! Pieces of the state may lie in files beside it. Does not know what a state is; hands nothing of the payload out before the
//! checksum of the whole file has been verified.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::aligned::AlignedBytes;
use crate::disk::{Disk, DiskFile, RealDisk, read_full};
use crate::error::SnapshotError;
use crate::frame::{read_u32, read_u64};
use crate::pieces::{
    LASTING_BYTES_MAX, PieceWriter, Pieces, SYNC_BYTES, lasting_number, passing_sequence, put_aside,
};
use crate::tree::{Hash, Head};

const MAGIC: &[u8; 8] = b"HLSNAPSH";
/// 3: with the oldest of its files of pieces. 2 was without, 1 without the root of the journal's hash tree.
const FORMAT: u32 = 3;
const ENDING: &str = ".snapshot";
const UNFINISHED_ENDING: &str = ".snapshot.tmp";
const NAME_DIGITS: usize = 20;
/// The newest, and one to fall back on if it is damaged.
pub const KEPT_SNAPSHOTS: usize = 2;

/// ```text
/// 0   magic           8 bytes
/// 8   format          u32
/// 12  oldest file     u32, the least number of a file of pieces that lasts and is referred to
/// 16  partition       u64
/// 24  schema          u64
/// 32  sequence        u64
/// 40  payload length  u64
/// 48  digest          16 bytes
/// 64  root            32 bytes, of the hash tree over the journal up to the sequence
/// 96  SHA-256 over bytes ..96 and the payload
/// 128 payload
/// ```
const HEADER_BYTES: usize = 128;
const SIGNED_BYTES: usize = 96;

/// What a snapshot is a snapshot of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The partition, as in [`JournalOptions`](crate::JournalOptions).
    pub partition: u64,
    /// The format of the payload: another one cannot be read in place.
    pub schema: u64,
    /// The last record that the payload contains. It must be committed before the snapshot is written.
    pub sequence: u64,
    /// The digest of the state, for comparing it with a replay.
    pub digest: [u8; 16],
    /// The root of the journal's hash tree over the records up to `sequence`, for comparing it with the journal.
    pub root: Hash,
    /// The least number of a file that lasts and has pieces of it: what is older may go with older snapshots.
    pub oldest_file: u32,
}

/// A snapshot whose SHA-256 was right.
#[derive(Debug)]
pub struct Snapshot {
    /// The last record that the payload contains.
    pub sequence: u64,
    /// Where it is.
    pub path: PathBuf,
    /// The digest of the state.
    pub digest: [u8; 16],
    /// What must stand for the journal up to this record.
    pub head: Head,
    /// What was written, aligned for reading in place.
    pub payload: AlignedBytes,
}

/// A snapshot that was passed over.
#[derive(Debug)]
pub struct SkippedSnapshot {
    /// The sequence in its name.
    pub sequence: u64,
    /// Why; names the path.
    pub reason: SnapshotError,
}

/// The newest usable snapshot, and what was passed over on the way to it, newest first.
#[derive(Debug)]
pub struct LoadedSnapshot<T> {
    /// What was made of it. None: replay the journal from its beginning.
    pub snapshot: Option<T>,
    /// Should be told to the operator when it is not empty.
    pub skipped: Vec<SkippedSnapshot>,
}

/// A snapshot file, by its name only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotFile {
    /// The sequence in its name.
    pub sequence: u64,
    /// Where it is.
    pub path: PathBuf,
}

/// The folder that holds the snapshots of one partition. One thread writes at a time.
#[derive(Debug, Clone)]
pub struct SnapshotFolder {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    lasting_bytes_max: u64,
}

impl SnapshotFolder {
    /// The folder on the real disk. It need not exist yet.
    #[must_use]
    pub fn new(folder: impl AsRef<Path>) -> Self {
        Self::on(Arc::new(RealDisk), folder)
    }

    /// The folder on another disk.
    #[must_use]
    pub fn on(disk: Arc<dyn Disk>, folder: impl AsRef<Path>) -> Self {
        Self { disk, folder: folder.as_ref().to_owned(), lasting_bytes_max: LASTING_BYTES_MAX }
    }

    /// With another length at which files of pieces that last are full.
    #[must_use]
    pub fn with_lasting_bytes(self, lasting_bytes_max: u64) -> Self {
        Self { lasting_bytes_max, ..self }
    }

    /// The pieces of the snapshot of this sequence.
    #[must_use]
    pub fn pieces(&self, sequence: u64) -> Pieces {
        Pieces::new(Arc::clone(&self.disk), self.folder.clone(), sequence)
    }

    /// Begins a snapshot of this sequence with its pieces. What was begun before and not written is removed.
    pub fn begin(&self, sequence: u64) -> Result<PieceWriter, SnapshotError> {
        let disk = self.disk.as_ref();
        disk.create_folder(&self.folder).map_err(SnapshotError::io("create", &self.folder))?;
        self.remove_unneeded()?;
        PieceWriter::new(
            Arc::clone(&self.disk),
            self.folder.clone(),
            sequence,
            self.lasting_bytes_max,
        )
    }

    /// Writes a snapshot durably, then removes all but the newest two, and the pieces that no other refers to. Returns its
    /// path. Its pieces must be finished.
    ///
    /// An error leaves earlier snapshots, and the journal, as they were.
    pub fn write(&self, stamp: &Stamp, payload: &[u8]) -> Result<PathBuf, SnapshotError> {
        let disk = self.disk.as_ref();
        disk.create_folder(&self.folder).map_err(SnapshotError::io("create", &self.folder))?;
        let path = self.path(stamp.sequence);
        let unfinished = path.with_extension("snapshot.tmp");
        let written = self.write_file(&unfinished, stamp, payload);
        let rename =
            |()| disk.rename(&unfinished, &path).map_err(SnapshotError::io("rename to", &path));
        if let Err(error) = written.and_then(rename) {
            // Half a snapshot must not eat the space that the journal needs. If it cannot be removed either, the
            // next write tries again, and the first error is the one to tell.
            return match self.disk.remove(&unfinished) {
                Ok(()) | Err(_) => Err(error),
            };
        }
        disk.sync_folder(&self.folder).map_err(SnapshotError::io("sync", &self.folder))?;
        self.remove_old()?;
        self.remove_unneeded()?;
        Ok(path)
    }

    /// Loads the newest snapshot of this partition and schema that is whole and that `open` takes.
    ///
    /// Damaged ones and those of another schema or partition are passed over and reported. An error of the disk
    /// itself is an error here: a snapshot that cannot be read now may be readable later.
    pub fn load_latest<T>(
        &self,
        partition: u64,
        schema: u64,
        open: impl Fn(Snapshot) -> Result<T, SnapshotError>,
    ) -> Result<LoadedSnapshot<T>, SnapshotError> {
        let mut loaded = LoadedSnapshot { snapshot: None, skipped: Vec::new() };
        for file in self.list()?.into_iter().rev() {
            match self.load(&file, partition, schema).and_then(&open) {
                Ok(opened) => {
                    loaded.snapshot = Some(opened);
                    break;
                }
                Err(error @ (SnapshotError::Io { .. } | SnapshotError::NoSpace { .. })) => {
                    return Err(error);
                }
                Err(reason) => {
                    loaded.skipped.push(SkippedSnapshot { sequence: file.sequence, reason });
                }
            }
        }
        Ok(loaded)
    }

    /// The snapshots in the folder, oldest first, by name only. A missing folder holds none.
    pub fn list(&self) -> Result<Vec<SnapshotFile>, SnapshotError> {
        let mut files: Vec<_> = self
            .names()?
            .into_iter()
            .filter_map(|name| {
                let sequence = snapshot_sequence(&name)?;
                Some(SnapshotFile { sequence, path: self.folder.join(name) })
            })
            .collect();
        files.sort_unstable_by_key(|file| file.sequence);
        Ok(files)
    }

    /// Loads one snapshot, or says why not.
    pub fn load(
        &self,
        file: &SnapshotFile,
        partition: u64,
        schema: u64,
    ) -> Result<Snapshot, SnapshotError> {
        let path = &file.path;
        let opened = self.disk.open_to_read(path).map_err(SnapshotError::io("open", path))?;
        let length = opened.length().map_err(SnapshotError::io("read", path))?;
        let damaged = |what| SnapshotError::Damaged { path: path.clone(), what };
        let mut header = [0; HEADER_BYTES];
        if length < HEADER_BYTES as u64 {
            return Err(damaged("it ends within its header"));
        }
        read_exact(opened.as_ref(), 0, &mut header, path)?;
        let payload_length = length - HEADER_BYTES as u64;
        if !header.starts_with(MAGIC) || read_u64(&header, 40) != payload_length {
            return Err(damaged("its header or its length is wrong"));
        }
        let mut payload = AlignedBytes::zeroed(payload_length as usize);
        read_exact(opened.as_ref(), HEADER_BYTES as u64, payload.as_mut(), path)?;
        if sha256(&header, &payload)[..] != header[SIGNED_BYTES..] {
            return Err(damaged("its SHA-256 does not match"));
        }
        let stamp = read_stamp(&header, path)?;
        if stamp.sequence != file.sequence {
            return Err(damaged("it belongs under another name"));
        }
        if stamp.partition != partition {
            let (path, found) = (path.clone(), stamp.partition);
            return Err(SnapshotError::WrongPartition { path, found, wanted: partition });
        }
        if stamp.schema != schema {
            let (path, found) = (path.clone(), stamp.schema);
            return Err(SnapshotError::WrongSchema { path, found, wanted: schema });
        }
        let Stamp { sequence, digest, root, .. } = stamp;
        let head = Head { records: sequence, root };
        Ok(Snapshot { sequence, path: path.clone(), digest, head, payload })
    }

    fn write_file(&self, path: &Path, stamp: &Stamp, payload: &[u8]) -> Result<(), SnapshotError> {
        let doing = "write the snapshot";
        let header = header_of(stamp, payload);
        let file = self.disk.create(path).map_err(SnapshotError::io(doing, path))?;
        file.write_all_at(0, &header).map_err(SnapshotError::io(doing, path))?;
        let mut at = HEADER_BYTES as u64;
        for part in payload.chunks(SYNC_BYTES as usize) {
            file.write_all_at(at, part).map_err(SnapshotError::io(doing, path))?;
            file.sync_data().map_err(SnapshotError::io("sync", path))?;
            at += part.len() as u64;
        }
        // An empty payload has no part.
        file.sync_data().map_err(SnapshotError::io("sync", path))
    }

    /// Removes halves of snapshots, pieces that belonged to one that is gone, and files of pieces before the first that one of
    /// those that are left refers to.
    fn remove_unneeded(&self) -> Result<(), SnapshotError> {
        let files = self.list()?;
        let first = self.oldest_file_of(&files)?;
        let has = |sequence| files.iter().any(|file| file.sequence == sequence);
        for name in self.names()? {
            let over = name.ends_with(UNFINISHED_ENDING)
                || passing_sequence(&name).is_some_and(|sequence| !has(sequence))
                || lasting_number(&name).is_some_and(|number| number < first);
            if over {
                let path = self.folder.join(name);
                self.disk.remove(&path).map_err(SnapshotError::io("remove", &path))?;
            }
        }
        Ok(())
    }

    /// The least number in the headers, none of which is proven here: one that is damaged says too much at worst of what it
    /// needs itself, and is passed over when it is loaded. 0 if one cannot be read.
    fn oldest_file_of(&self, files: &[SnapshotFile]) -> Result<u32, SnapshotError> {
        let mut first = u32::MAX;
        for SnapshotFile { path, .. } in files {
            let opened = self.disk.open_to_read(path).map_err(SnapshotError::io("open", path))?;
            let mut header = [0; HEADER_BYTES];
            let read =
                read_full(&*opened, 0, &mut header).map_err(SnapshotError::io("read", path))?;
            let known = read == HEADER_BYTES && read_u32(&header, 8) == FORMAT;
            first = first.min(if known { read_u32(&header, 12) } else { 0 });
        }
        Ok(if files.is_empty() { 0 } else { first })
    }

    /// Gives a snapshot that is damaged another name, so that it takes no good one's place. That it may fail is no matter: then the
    /// damage is found again.
    pub fn put_out_of_use(&self, sequence: u64) {
        put_aside(&*self.disk, &self.folder, &self.path(sequence));
    }

    fn path(&self, sequence: u64) -> PathBuf {
        snapshot(&self.folder, sequence)
    }

    fn remove_old(&self) -> Result<(), SnapshotError> {
        let files = self.list()?;
        let old = files.len().saturating_sub(KEPT_SNAPSHOTS);
        for file in &files[..old] {
            self.disk.remove(&file.path).map_err(SnapshotError::io("remove", &file.path))?;
        }
        Ok(())
    }

    fn names(&self) -> Result<Vec<String>, SnapshotError> {
        match self.disk.names(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            other => other.map_err(SnapshotError::io("list", &self.folder)),
        }
    }
}

/// Where the snapshot of a sequence is.
pub(crate) fn snapshot(folder: &Path, sequence: u64) -> PathBuf {
    folder.join(format!("{sequence:0NAME_DIGITS$}{ENDING}"))
}

/// The sequence of a snapshot, by its name.
pub(crate) fn snapshot_sequence(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(ENDING)?;
    let is_ours = digits.len() == NAME_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_ours { digits.parse().ok() } else { None }
}

fn header_of(stamp: &Stamp, payload: &[u8]) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&FORMAT.to_le_bytes());
    header[12..16].copy_from_slice(&stamp.oldest_file.to_le_bytes());
    header[16..24].copy_from_slice(&stamp.partition.to_le_bytes());
    header[24..32].copy_from_slice(&stamp.schema.to_le_bytes());
    header[32..40].copy_from_slice(&stamp.sequence.to_le_bytes());
    header[40..48].copy_from_slice(&(payload.len() as u64).to_le_bytes());
    header[48..64].copy_from_slice(&stamp.digest);
    header[64..96].copy_from_slice(&stamp.root);
    let sha256 = sha256(&header, payload);
    header[SIGNED_BYTES..].copy_from_slice(&sha256);
    header
}

fn sha256(header: &[u8; HEADER_BYTES], payload: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(&header[..SIGNED_BYTES]);
    hasher.update(payload);
    hasher.finalize().into()
}

/// Reads the stamp of a header whose SHA-256 is right.
fn read_stamp(header: &[u8; HEADER_BYTES], path: &Path) -> Result<Stamp, SnapshotError> {
    let found = read_u32(header, 8);
    if found != FORMAT {
        let path = path.to_owned();
        return Err(SnapshotError::UnknownFormat { path, found, known: FORMAT });
    }
    let mut digest = [0; 16];
    digest.copy_from_slice(&header[48..64]);
    let mut root = [0; 32];
    root.copy_from_slice(&header[64..96]);
    Ok(Stamp {
        partition: read_u64(header, 16),
        schema: read_u64(header, 24),
        sequence: read_u64(header, 32),
        digest,
        root,
        oldest_file: read_u32(header, 12),
    })
}

fn read_exact(
    file: &dyn DiskFile,
    offset: u64,
    bytes: &mut [u8],
    path: &Path,
) -> Result<(), SnapshotError> {
    let read = read_full(file, offset, bytes).map_err(SnapshotError::io("read", path))?;
    if read < bytes.len() {
        let what = "it ended while it was read";
        return Err(SnapshotError::Damaged { path: path.to_owned(), what });
    }
    Ok(())
}
