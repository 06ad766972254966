//! A disk whose syncs go through a function of its owner's: snapshots rest after each of theirs, tests hold them up. All else
//! passes on as it is.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use hotline_journal::{Disk, DiskFile};

/// What a sync goes through: it is handed the sync, and does it.
type Around = dyn Fn(&dyn Fn() -> io::Result<()>) -> io::Result<()> + Send + Sync;

/// The disk.
#[derive(Clone)]
pub(crate) struct AroundSyncs {
    disk: Arc<dyn Disk>,
    around: Arc<Around>,
}

impl AroundSyncs {
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        around: impl Fn(&dyn Fn() -> io::Result<()>) -> io::Result<()> + Send + Sync + 'static,
    ) -> AroundSyncs {
        AroundSyncs { disk, around: Arc::new(around) }
    }

    fn wrapped(&self, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(File { file, around: Arc::clone(&self.around) })
    }
}

impl fmt::Debug for AroundSyncs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AroundSyncs").field("disk", &self.disk).finish_non_exhaustive()
    }
}

struct File {
    file: Box<dyn DiskFile>,
    around: Arc<Around>,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Disk for AroundSyncs {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        self.disk.create_folder(folder)
    }
    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.disk.names(folder)
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.wrapped(self.disk.create(path)?))
    }
    fn open_to_read(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.disk.open_to_read(path)
    }
    fn open_to_write(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(self.wrapped(self.disk.open_to_write(path)?))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.disk.sync_folder(folder)
    }
    fn try_lock(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.disk.try_lock(path)
    }
}

impl DiskFile for File {
    fn length(&self) -> io::Result<u64> {
        self.file.length()
    }
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(offset, bytes)
    }
    fn write_all_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(offset, bytes)
    }
    fn set_length(&self, length: u64) -> io::Result<()> {
        self.file.set_length(length)
    }
    fn allocate(&self, offset: u64, length: u64) -> io::Result<()> {
        self.file.allocate(offset, length)
    }
    fn start_writing(&self, offset: u64, length: u64) {
        self.file.start_writing(offset, length);
    }
    fn sync_data(&self) -> io::Result<()> {
        (self.around)(&|| self.file.sync_data())
    }
}
