//! What the journal sees of the faulty disk: names and files, each operation counted and meeting its fault.

use std::io;
use std::path::{Path, PathBuf};

use super::content::{Change, Content};
use super::{FaultyDisk, NameChange};
use crate::disk::{Disk, DiskFile};

impl FaultyDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let state = self.state();
        state.check_power()?;
        let file = *state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(FaultyFile { disk: self.clone(), file, lock: None }))
    }
}

impl Disk for FaultyDisk {
    /// Always durable: which folders exist is not what this disk is for.
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.check_power()?;
        state.folders.insert(folder.to_owned());
        Ok(())
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        state.check_power()?;
        if !state.folders.contains(folder) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let inside = state.names.keys().filter(|path| path.parent() == Some(folder));
        Ok(inside.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        match state.names.get(path).copied() {
            Some(file) => state.change(file, Change::Length(0))?,
            None => {
                let file = state.files.len();
                state.files.push(Content::default());
                state.change_names(NameChange::Create(path.to_owned(), file))?;
            }
        }
        drop(state);
        self.open(path)
    }

    fn open_to_read(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.open(path)
    }

    fn open_to_write(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.open(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.state().change_names(NameChange::Rename(from.to_owned(), to.to_owned()))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        if !self.state().names.contains_key(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.state().change_names(NameChange::Remove(path.to_owned()))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.state();
        if let Some(fault) = state.count()? {
            return Err(fault.error());
        }
        if state.ignores_syncs || state.ignores_folder_syncs {
            return Ok(());
        }
        let changes = std::mem::take(&mut state.unsynced_names);
        let (here, elsewhere) =
            changes.into_iter().partition(|change| change.folder() == Some(folder));
        let here: Vec<NameChange> = here;
        state.unsynced_names = elsewhere;
        for change in here {
            change.apply(&mut state.durable_names);
        }
        Ok(())
    }

    fn try_lock(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        state.check_power()?;
        if !state.locked.insert(path.to_owned()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let file = state.files.len();
        state.files.push(Content::default());
        Ok(Box::new(FaultyFile { disk: self.clone(), file, lock: Some(path.to_owned()) }))
    }
}

/// An open file; also the lock on one, given up when it is dropped.
#[derive(Debug)]
struct FaultyFile {
    disk: FaultyDisk,
    file: usize,
    lock: Option<PathBuf>,
}

impl Drop for FaultyFile {
    fn drop(&mut self) {
        if let Some(path) = &self.lock {
            self.disk.state().locked.remove(path);
        }
    }
}

impl DiskFile for FaultyFile {
    fn length(&self) -> io::Result<u64> {
        let state = self.disk.state();
        state.check_power()?;
        Ok(state.files[self.file].cached.len() as u64)
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        let mut state = self.disk.state();
        state.check_power()?;
        let most = state.read_most(bytes.len())?;
        let file = &state.files[self.file].cached;
        let from = file.len().min(offset as usize);
        let count = most.min(file.len() - from);
        bytes[..count].copy_from_slice(&file[from..from + count]);
        if let Some((file, bytes)) = state.change_after_read.take_if(|(file, _)| *file == self.file)
        {
            state.files[file].cached = bytes;
        }
        Ok(count)
    }

    fn write_all_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.disk.state().change(self.file, Change::Write(offset as usize, bytes.to_vec()))
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        self.disk.state().change(self.file, Change::Length(length as usize))
    }

    /// Of what lies behind the end of the file alone: nobody asks for more.
    fn allocate(&self, offset: u64, length: u64) -> io::Result<()> {
        let file_length = self.length()?;
        let zeros = vec![0; (offset + length).saturating_sub(file_length) as usize];
        self.write_all_at(file_length, &zeros)
    }

    /// What was written may be on the disk at any time, told or not.
    fn start_writing(&self, _offset: u64, _length: u64) {}

    fn sync_data(&self) -> io::Result<()> {
        self.disk.state().sync(self.file)
    }
}
