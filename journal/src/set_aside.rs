//! Space set aside on the disk while there is some, so that work that was begun can be ended when there is none.
//! A file of zeros beside the journal; giving it up gives its space to whatever is written next.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Disk, DiskFile, RealDisk};
use crate::error::JournalError;

/// Zeros written with one call.
const STEP_BYTES: usize = 1 << 20;

/// A file that only takes up space. Its content is of no use to anybody, so it is never synced.
#[derive(Debug)]
pub struct SetAside {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    bytes: u64,
    is_held: bool,
}

impl SetAside {
    /// A file of `bytes` on the real disk, not there yet; its folder must be.
    #[must_use]
    pub fn new(path: impl AsRef<Path>, bytes: u64) -> Self {
        Self::on(Arc::new(RealDisk), path, bytes)
    }

    /// As [`SetAside::new`], on another disk.
    #[must_use]
    pub fn on(disk: Arc<dyn Disk>, path: impl AsRef<Path>, bytes: u64) -> Self {
        Self { disk, path: path.as_ref().to_owned(), bytes, is_held: false }
    }

    /// Whether there is something to give up.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.is_held
    }

    /// Takes up the space, or what is missing of it. [`JournalError::NoSpace`] takes up none.
    pub fn hold(&mut self) -> Result<(), JournalError> {
        if self.is_held {
            return Ok(());
        }
        match self.fill() {
            Ok(()) => {
                self.is_held = true;
                Ok(())
            }
            Err(error) => {
                // Half of it would only make the disk fuller. The first error is the one to tell.
                match self.remove() {
                    Ok(()) | Err(_) => {
                        Err(JournalError::io("set space aside in", &self.path)(error))
                    }
                }
            }
        }
    }

    /// Gives the space up, what an earlier process held too. Says whether there was any.
    pub fn give_up(&mut self) -> Result<bool, JournalError> {
        let was_held = self.disk.open_to_read(&self.path).is_ok();
        self.remove().map_err(JournalError::io("give up the space of", &self.path))?;
        self.is_held = false;
        Ok(was_held)
    }

    /// What is there already counts as far as there is space behind it: a copy of it may be a hole.
    fn fill(&self) -> io::Result<()> {
        let file = self.open()?;
        match file.allocate(0, self.bytes) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => self.write(file.as_ref()),
            other => other,
        }
    }

    fn write(&self, file: &dyn DiskFile) -> io::Result<()> {
        let zeros = vec![0; STEP_BYTES];
        let mut at = 0;
        while at < self.bytes {
            let length = (self.bytes - at).min(STEP_BYTES as u64);
            file.write_all_at(at, &zeros[..length as usize])?;
            at += length;
        }
        Ok(())
    }

    fn open(&self) -> io::Result<Box<dyn DiskFile>> {
        match self.disk.open_to_write(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.disk.create(&self.path),
            other => other,
        }
    }

    fn remove(&self) -> io::Result<()> {
        match self.disk.remove(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }
}
