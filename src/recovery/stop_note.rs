//! The note of how far the journal reached at the last clean stop. Whole at every moment, and nothing but a number.

use std::io;
use std::path::{Path, PathBuf};

use hotline_journal::Disk;

/// A number and a newline have at most this many bytes; what is longer is no note.
const BYTES_MAX: usize = 32;

/// The note in a data folder, there or not.
#[derive(Debug)]
pub(super) struct StopNote<'a> {
    pub(super) disk: &'a dyn Disk,
    pub(super) folder: &'a Path,
}

impl StopNote<'_> {
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join("stopped-at")
    }

    /// Writes it beside its place, syncs, and renames.
    pub(super) fn write(&self, sequence: u64) -> io::Result<()> {
        self.disk.create_folder(self.folder)?;
        let unfinished = self.folder.join("stopped-at.tmp");
        let file = self.disk.create(&unfinished)?;
        file.write_all_at(0, format!("{sequence}\n").as_bytes())?;
        file.sync_data()?;
        self.disk.rename(&unfinished, &self.path())?;
        self.disk.sync_folder(self.folder)
    }

    /// What it says; 0 without one.
    pub(super) fn read(&self) -> io::Result<u64> {
        let file = match self.disk.open_to_read(&self.path()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            other => other?,
        };
        let mut bytes = [0; BYTES_MAX];
        let mut filled = 0;
        while filled < bytes.len() {
            match file.read_at(filled as u64, &mut bytes[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let text = std::str::from_utf8(&bytes[..filled]).unwrap_or_default();
        text.trim().parse().map_err(|_| {
            io::Error::other("it is not a number; restore the data folder from a copy")
        })
    }
}
