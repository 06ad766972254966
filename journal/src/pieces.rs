//! Pieces of a state, each written once beside the snapshots and read again by its place, so that a state need not be read
//! whole. What lasts stands in files that later snapshots share; what will have changed by the next one, in a file of its own
//! snapshot's. Knows no piece's meaning, and does not check it: who asks knows by what to recognise it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::disk::{Disk, DiskFile, read_full};
use crate::error::SnapshotError;
use crate::snapshot::{snapshot, snapshot_sequence};

/// Ending of the files that snapshots share.
const LASTING_ENDING: &str = ".lasting";
/// Ending of the file that one snapshot has to itself.
const PASSING_ENDING: &str = ".passing";
/// What is added to the name of a file that is damaged.
const DAMAGED_ENDING: &str = ".damaged";
/// A file that lasts gets no longer than this; the next piece begins another.
pub(crate) const LASTING_BYTES_MAX: u64 = 1 << 30;
/// Pieces begin at multiples of this.
const STEP: u64 = 8;
/// Bytes gathered before they are written, and written before they are synced: a sync of very many would hold up those of the
/// journal, which share the disk.
const BUFFER_BYTES: usize = 128 << 10;
pub(crate) const SYNC_BYTES: u64 = 128 << 10;

/// Where a piece lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Number of a file that lasts, from 1; 0 for the file that the snapshot has to itself.
    pub file: u32,
    /// Where it begins, in steps of eight bytes.
    pub step: u32,
    /// Its length.
    pub bytes: u32,
}

/// Whether a piece will be as it is when the next snapshot is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasts {
    /// Most likely: later snapshots refer to it where it is.
    Long,
    /// Most likely not: it is written again with each snapshot.
    UntilTheNext,
}

/// The pieces of one snapshot, for reading. Any number of threads may read at once.
#[derive(Debug)]
pub struct Pieces {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    sequence: u64,
    /// Those that somebody has read from: as many as there are.
    open: Mutex<BTreeMap<u32, Arc<dyn DiskFile>>>,
}

impl Pieces {
    pub(crate) fn new(disk: Arc<dyn Disk>, folder: PathBuf, sequence: u64) -> Pieces {
        Pieces { disk, folder, sequence, open: Mutex::default() }
    }

    /// The last record that the snapshot contains.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Where the file with this number is.
    #[must_use]
    pub fn path(&self, file: u32) -> PathBuf {
        match file {
            0 => passing(&self.folder, self.sequence),
            number => lasting(&self.folder, number),
        }
    }

    /// Reads the piece at a place into `bytes`, which it fills.
    pub fn read(&self, place: Place, bytes: &mut Vec<u8>) -> Result<(), SnapshotError> {
        let path = self.path(place.file);
        let file = self.file(place.file, &path)?;
        bytes.clear();
        bytes.resize(place.bytes as usize, 0);
        let offset = u64::from(place.step) * STEP;
        let read = read_full(&*file, offset, bytes).map_err(SnapshotError::io("read", &path))?;
        if read < bytes.len() {
            return Err(SnapshotError::Damaged { path, what: "it ends before a piece of it" });
        }
        Ok(())
    }

    /// Opens a file, so that it can be read even when it has been removed.
    pub fn open(&self, file: u32) -> Result<(), SnapshotError> {
        self.file(file, &self.path(file)).map(drop)
    }

    /// Whether the snapshot's own file is its own, and reaches as far as the pieces in it. One that was written before such files
    /// began with their snapshot's sequence has a piece at its very beginning.
    pub fn prove_own(&self, places: impl Iterator<Item = Place>) -> Result<(), SnapshotError> {
        let own = places.filter(|place| place.file == 0);
        let reach =
            |place: Place| (place.step, u64::from(place.step) * STEP + u64::from(place.bytes));
        let both =
            |(first, end): (u32, u64), (step, to): (u32, u64)| (first.min(step), end.max(to));
        let Some((first, end)) = own.map(reach).reduce(both) else { return Ok(()) };
        let path = self.path(0);
        let file = self.file(0, &path)?;
        let length = file.length().map_err(SnapshotError::io("read", &path))?;
        if length < end {
            return Err(SnapshotError::Damaged { path, what: "it ends before a piece of it" });
        }
        let mut sequence = [0; STEP as usize];
        read_full(&*file, 0, &mut sequence).map_err(SnapshotError::io("read", &path))?;
        if first > 0 && u64::from_le_bytes(sequence) != self.sequence {
            return Err(SnapshotError::Damaged { path, what: "it is of another snapshot" });
        }
        Ok(())
    }

    /// Puts this snapshot out of use with its own file, if there is one before it to take instead. That it may fail is no matter.
    pub fn give_way(&self) {
        let names = self.disk.names(&self.folder).unwrap_or_default();
        if names.iter().filter_map(|name| snapshot_sequence(name)).any(|it| it < self.sequence) {
            put_aside(&*self.disk, &self.folder, &self.path(0));
            put_aside(&*self.disk, &self.folder, &snapshot(&self.folder, self.sequence));
        }
    }

    /// Gives a file that is damaged another name: snapshots that refer to it are passed over from now on. What is open stays
    /// readable. That it may fail is no matter: then the damage is found again.
    pub fn put_out_of_use(&self, file: u32) {
        put_aside(&*self.disk, &self.folder, &self.path(file));
    }

    fn file(&self, number: u32, path: &Path) -> Result<Arc<dyn DiskFile>, SnapshotError> {
        // Nothing panics while it holds the map.
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.get(&number) {
            return Ok(Arc::clone(file));
        }
        let file = self.disk.open_to_read(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                let what = "the file with pieces of it is missing";
                SnapshotError::Damaged { path: path.to_owned(), what }
            }
            _ => SnapshotError::io("open", path)(error),
        })?;
        let file: Arc<dyn DiskFile> = Arc::from(file);
        open.insert(number, Arc::clone(&file));
        Ok(file)
    }
}

/// Gives a file of a folder the name of one that is damaged. Whether it can is not asked.
pub(crate) fn put_aside(disk: &dyn Disk, folder: &Path, path: &Path) {
    let mut name = path.to_owned().into_os_string();
    name.push(DAMAGED_ENDING);
    let renamed = disk.rename(path, Path::new(&name));
    drop(renamed.and_then(|()| disk.sync_folder(folder)));
}

/// Writes the pieces of one snapshot, before the snapshot itself is written.
#[derive(Debug)]
pub struct PieceWriter {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    sequence: u64,
    /// Begins with the sequence, so that it is known from that of another snapshot.
    passing: Growing,
    lasting: Growing,
    /// Number of the file that lasts and is written to.
    number: u32,
    lasting_bytes_max: u64,
    /// Number of the file that lasts and was written to first, and how long it was.
    begun_at: (u32, u64),
}

/// A file that grows at its end.
#[derive(Debug)]
struct Growing {
    path: PathBuf,
    /// None until something is written.
    file: Option<Box<dyn DiskFile>>,
    /// What is written, and where `buffer` goes.
    written: u64,
    buffer: Vec<u8>,
}

impl PieceWriter {
    /// Goes on behind what is there: a snapshot that was passed over may refer to it still.
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        folder: PathBuf,
        sequence: u64,
        lasting_bytes_max: u64,
    ) -> Result<PieceWriter, SnapshotError> {
        let names = disk.names(&folder).map_err(SnapshotError::io("list", &folder))?;
        let number = number_to_go_on_with(&names);
        let passing = Growing::new(passing(&folder, sequence), None, 0);
        let lasting = reopened(&*disk, &folder, number)?;
        let begun_at = (number, lasting.written);
        Ok(PieceWriter {
            disk,
            folder,
            sequence,
            passing,
            lasting,
            number,
            lasting_bytes_max,
            begun_at,
        })
    }

    /// Writes a piece, and says where.
    pub fn put(&mut self, piece: &[u8], lasts: Lasts) -> Result<Place, SnapshotError> {
        let disk = &*self.disk;
        let (file, growing) = match lasts {
            Lasts::UntilTheNext => {
                if self.passing.length() == 0 {
                    self.passing.append(disk, &self.sequence.to_le_bytes())?;
                }
                (0, &mut self.passing)
            }
            Lasts::Long => {
                if self.lasting.length() >= self.lasting_bytes_max {
                    self.lasting.flush(disk)?;
                    self.lasting.sync()?;
                    self.number += 1;
                    self.lasting = Growing::new(lasting(&self.folder, self.number), None, 0);
                }
                (self.number, &mut self.lasting)
            }
        };
        let at = growing.append(disk, piece)?;
        let too_large = |what| SnapshotError::Damaged { path: growing.path.clone(), what };
        let step = u32::try_from(at / STEP).map_err(|_| too_large("it is too long"))?;
        let bytes = u32::try_from(piece.len()).map_err(|_| too_large("a piece is too long"))?;
        Ok(Place { file, step, bytes })
    }

    /// Takes everything back that was written, when no snapshot refers to it: half of one must not eat the space that the
    /// journal needs. What cannot be taken back stays as long as the file that it is in.
    pub fn abandon(self) {
        let PieceWriter { disk, folder, passing, begun_at: (first, length), number, .. } = self;
        drop(disk.remove(&passing.path));
        for later in first + 1..=number {
            drop(disk.remove(&lasting(&folder, later)));
        }
        let first = disk.open_to_write(&lasting(&folder, first));
        drop(first.and_then(|file| file.set_length(length)));
    }

    /// Makes all pieces durable, and the names of their files.
    pub fn finish(&mut self) -> Result<(), SnapshotError> {
        for growing in [&mut self.passing, &mut self.lasting] {
            growing.flush(&*self.disk)?;
            growing.sync()?;
        }
        let folder = &self.folder;
        self.disk.sync_folder(folder).map_err(SnapshotError::io("sync", folder))
    }
}

impl Growing {
    fn new(path: PathBuf, file: Option<Box<dyn DiskFile>>, written: u64) -> Growing {
        Growing { path, file, written, buffer: Vec::new() }
    }

    fn length(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    fn append(&mut self, disk: &dyn Disk, piece: &[u8]) -> Result<u64, SnapshotError> {
        if self.buffer.len() >= BUFFER_BYTES {
            self.flush(disk)?;
        }
        let at = self.length();
        self.buffer.extend_from_slice(piece);
        let end = self.length().next_multiple_of(STEP);
        self.buffer.resize((end - self.written) as usize, 0);
        Ok(at)
    }

    fn flush(&mut self, disk: &dyn Disk) -> Result<(), SnapshotError> {
        let doing = "write pieces of a snapshot to";
        if self.buffer.is_empty() {
            return Ok(());
        }
        let file = match &self.file {
            Some(file) => file,
            None => {
                let made = disk.create(&self.path).map_err(SnapshotError::io(doing, &self.path))?;
                self.file.insert(made)
            }
        };
        file.write_all_at(self.written, &self.buffer)
            .map_err(SnapshotError::io(doing, &self.path))?;
        let before = self.written;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        match before / SYNC_BYTES < self.written / SYNC_BYTES {
            true => self.sync(),
            false => Ok(()),
        }
    }

    fn sync(&mut self) -> Result<(), SnapshotError> {
        let file = self.file.as_ref();
        file.map_or(Ok(()), |it| it.sync_data().map_err(SnapshotError::io("sync", &self.path)))
    }
}

/// The file that lasts and was written to last, at its end; a new one if there is none.
fn reopened(disk: &dyn Disk, folder: &Path, number: u32) -> Result<Growing, SnapshotError> {
    let path = lasting(folder, number);
    match disk.open_to_write(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok(Growing::new(path, None, 0))
        }
        opened => {
            let file = opened.map_err(SnapshotError::io("open", &path))?;
            let length = file.length().map_err(SnapshotError::io("read", &path))?;
            Ok(Growing::new(path, Some(file), length.next_multiple_of(STEP)))
        }
    }
}

/// The file that lasts and was begun last; a new one if that is damaged, since what refers to it must not find another.
fn number_to_go_on_with(names: &[String]) -> u32 {
    let last = names.iter().filter_map(|name| lasting_number(name)).max().unwrap_or(1);
    let damaged = names.iter().filter_map(|name| name.strip_suffix(DAMAGED_ENDING));
    let damaged = damaged.filter_map(lasting_number).max();
    damaged.map_or(last, |damaged| last.max(damaged + 1))
}

/// The number of a file that lasts, by its name.
pub(crate) fn lasting_number(name: &str) -> Option<u32> {
    name.strip_suffix(LASTING_ENDING)?.parse().ok()
}

/// The snapshot that a file belongs to, by its name.
pub(crate) fn passing_sequence(name: &str) -> Option<u64> {
    name.strip_suffix(PASSING_ENDING)?.parse().ok()
}

fn lasting(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:010}{LASTING_ENDING}"))
}

fn passing(folder: &Path, sequence: u64) -> PathBuf {
    folder.join(format!("{sequence:020}{PASSING_ENDING}"))
}
