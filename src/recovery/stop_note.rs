//! The note of how far the journal reached at the last clean stop. Whole at every moment: a number and its checksum.

use std::io;
use std::path::{Path, PathBuf};

use hotline_journal::Disk;

/// A number, its checksum and a newline have at most this many bytes; what is longer is no note.
const BYTES_MAX: usize = 64;

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
        file.write_all_at(0, format!("{}\n", checked(&sequence.to_string())).as_bytes())?;
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
        let text = std::str::from_utf8(&bytes[..filled]).unwrap_or_default().trim_end();
        let number = text.split(' ').next().unwrap_or_default();
        // The number alone is a note of before there were checksums.
        let is_whole = text == number || text == checked(number);
        number.parse().ok().filter(|_| is_whole).ok_or_else(|| {
            io::Error::other("is damaged; where the journal is whole, remove it and start again")
        })
    }
}

/// A number as it stands in the note.
fn checked(number: &str) -> String {
    format!("{number} crc32 {:08x}", crc32fast::hash(number.as_bytes()))
}

#[cfg(test)]
mod tests {
    use hotline_journal::FaultyDisk;

    use super::*;

    #[test]
    fn every_flipped_bit_of_it_is_found() {
        let disk = FaultyDisk::new();
        let note = StopNote { disk: &disk, folder: Path::new("/data") };
        assert_eq!(note.read().unwrap(), 0);
        for sequence in [7, 136_189, u64::MAX] {
            note.write(sequence).unwrap();
            assert_eq!(note.read().unwrap(), sequence);
            let path = note.path();
            // The last byte ends the line, and says nothing.
            let bits = (disk.bytes(&path).unwrap().len() - 1) * 8;
            for bit in 0..bits {
                assert!(disk.flip(&path, bit));
                assert!(note.read().is_err(), "bit {bit} of {sequence}");
                assert!(disk.flip(&path, bit));
            }
        }
    }

    #[test]
    fn a_number_alone_is_one_of_an_older_version() {
        let disk = FaultyDisk::new();
        let note = StopNote { disk: &disk, folder: Path::new("/data") };
        note.write(1).unwrap();
        disk.create(&note.path()).unwrap().write_all_at(0, b"42\n").unwrap();
        assert_eq!(note.read().unwrap(), 42);
    }
}
