//! A disk in memory that is as bad as a real one may be, for tests: it loses, tears and reorders what was not synced,
//! fails at a chosen operation, and marks bytes clean after a failed sync. It breaks no promise that a disk keeps:
//! what was synced stays, and a sector that is overwritten holds its old bytes or its new ones.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::content::{Change, Content, Dice};
use crate::disk::{Disk, DiskFile};

mod content;

/// What happens at the chosen operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails. Half of a write reaches the file; what a sync should have flushed is never flushed.
    Error,
    /// The disk is full. Half of a write reaches the file.
    NoSpace,
    /// The power goes: this operation and all later ones fail. See [`FaultyDisk::after_power_cut`].
    PowerCut,
}

/// A disk in memory; clones are the same disk.
#[derive(Debug, Clone, Default)]
pub struct FaultyDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    files: Vec<Content>,
    /// The names as a running process sees them, and as they stand on the platter.
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    unsynced_names: Vec<NameChange>,
    folders: BTreeSet<PathBuf>,
    locked: BTreeSet<PathBuf>,
    operations: u64,
    fault: Option<(u64, Fault)>,
    reads: u64,
    read_fault: Option<u64>,
    change_after_read: Option<(usize, Vec<u8>)>,
    power_is_off: bool,
    ignores_syncs: bool,
}

#[derive(Debug, Clone)]
enum NameChange {
    Create(PathBuf, usize),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
}

impl FaultyDisk {
    /// An empty disk that behaves until told otherwise.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes this disk report syncs that it does not do: the control that shows what a test would miss.
    pub fn ignore_syncs(&self) {
        self.state().ignores_syncs = true;
    }

    /// Writes, syncs, renames and the like that were asked for so far.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Lets the operation after `count` more ones meet `fault`.
    pub fn fail_after(&self, count: u64, fault: Fault) {
        let mut state = self.state();
        state.fault = Some((state.operations + count, fault));
    }

    /// Lets the read after `count` more ones fail.
    pub fn fail_read_after(&self, count: u64) {
        let mut state = self.state();
        state.read_fault = Some(state.reads + count);
    }

    /// Lets somebody else have written the file just after the next read of it. True if there is such a file.
    pub fn change_after_read(&self, path: impl AsRef<Path>, bytes: &[u8]) -> bool {
        let mut state = self.state();
        let file = state.names.get(path.as_ref()).copied();
        state.change_after_read = file.map(|file| (file, bytes.to_vec()));
        file.is_some()
    }

    /// Takes back the faults that were not met yet.
    pub fn heal(&self) {
        let mut state = self.state();
        state.fault = None;
        state.read_fault = None;
    }

    /// The disk as it may be found when the power comes back: what was synced, and what `seed` chooses of the rest.
    #[must_use]
    pub fn after_power_cut(&self, seed: u64) -> Self {
        let state = self.state();
        let mut dice = Dice(seed);
        let mut names = state.durable_names.clone();
        // File systems keep the order of changes to names, so a prefix of them survives.
        let surviving = dice.below(state.unsynced_names.len() as u64 + 1) as usize;
        for change in &state.unsynced_names[..surviving] {
            change.apply(&mut names);
        }
        let files = state.files.iter().map(|content| content.after_power_cut(&mut dice)).collect();
        let after = State {
            files,
            names: names.clone(),
            durable_names: names,
            folders: state.folders.clone(),
            ..State::default()
        };
        Self { state: Arc::new(Mutex::new(after)) }
    }

    /// The bytes of a file as a process sees them; none if there is no such file.
    #[must_use]
    pub fn bytes(&self, path: impl AsRef<Path>) -> Option<Vec<u8>> {
        let state = self.state();
        let file = state.names.get(path.as_ref())?;
        Some(state.files[*file].cached.clone())
    }

    /// Puts a file there, durably and past all faults.
    pub fn put(&self, path: impl AsRef<Path>, bytes: &[u8]) {
        let mut state = self.state();
        let path = path.as_ref().to_owned();
        let file = state.files.len();
        let (cached, durable) = (bytes.to_vec(), bytes.to_vec());
        state.files.push(Content { cached, durable, unsynced: Vec::new() });
        state.names.insert(path.clone(), file);
        state.durable_names.insert(path, file);
    }

    /// Takes a file away, durably and past all faults.
    pub fn take(&self, path: impl AsRef<Path>) {
        let mut state = self.state();
        state.names.remove(path.as_ref());
        state.durable_names.remove(path.as_ref());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A test that panicked elsewhere leaves the maps whole: each change is made in one step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let state = self.state();
        state.check_power()?;
        let file = *state.names.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(FaultyFile { disk: self.clone(), file, lock: None }))
    }
}

impl State {
    fn check_power(&self) -> io::Result<()> {
        if self.power_is_off { Err(io::Error::other("the power is off")) } else { Ok(()) }
    }

    /// Counts one operation and tells which fault it meets.
    fn count(&mut self) -> io::Result<Option<Fault>> {
        self.check_power()?;
        let fault = self.fault.filter(|(at, _)| *at == self.operations).map(|(_, fault)| fault);
        self.operations += 1;
        self.power_is_off = fault == Some(Fault::PowerCut);
        Ok(fault)
    }

    /// Counts a change of names. When the power goes, the change is still asked for, and may survive.
    fn change_names(&mut self, change: NameChange) -> io::Result<()> {
        let fault = self.count()?;
        if fault.is_none_or(|fault| fault == Fault::PowerCut) {
            change.apply(&mut self.names);
            self.unsynced_names.push(change);
        }
        fault.map_or(Ok(()), |fault| Err(fault.error()))
    }

    /// Counts a change of a file. A failing write does half of its work.
    fn change(&mut self, file: usize, change: Change) -> io::Result<()> {
        let fault = self.count()?;
        let change = match (change, fault) {
            (Change::Write(at, mut bytes), Some(Fault::Error | Fault::NoSpace)) => {
                bytes.truncate(bytes.len() / 2);
                Some(Change::Write(at, bytes))
            }
            (Change::Length(_), Some(Fault::Error | Fault::NoSpace)) => None,
            (change, None | Some(Fault::PowerCut)) => Some(change),
        };
        if let Some(change) = change {
            let content = &mut self.files[file];
            change.apply(&mut content.cached);
            content.unsynced.push(change);
        }
        fault.map_or(Ok(()), |fault| Err(fault.error()))
    }

    fn sync(&mut self, file: usize) -> io::Result<()> {
        let fault = self.count()?;
        let content = &mut self.files[file];
        match fault {
            None if self.ignores_syncs => Ok(()),
            None => {
                for change in content.unsynced.drain(..) {
                    change.apply(&mut content.durable);
                }
                Ok(())
            }
            Some(Fault::PowerCut) => Err(Fault::PowerCut.error()),
            Some(fault) => {
                // As Linux does: the pages count as clean now, and no later sync flushes them.
                content.unsynced.clear();
                Err(fault.error())
            }
        }
    }
}

impl Fault {
    fn error(self) -> io::Error {
        match self {
            Self::Error => io::Error::other("the disk reports an error"),
            Self::NoSpace => io::ErrorKind::StorageFull.into(),
            Self::PowerCut => io::Error::other("the power is off"),
        }
    }
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Create(path, file) => {
                names.insert(path.clone(), *file);
            }
            Self::Rename(from, to) => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
            Self::Remove(path) => {
                names.remove(path);
            }
        }
    }

    fn folder(&self) -> Option<&Path> {
        let (Self::Create(path, _) | Self::Rename(_, path) | Self::Remove(path)) = self;
        path.parent()
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
        self.state().change_names(NameChange::Remove(path.to_owned()))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.state();
        if let Some(fault) = state.count()? {
            return Err(fault.error());
        }
        if state.ignores_syncs {
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
        state.reads += 1;
        if state.read_fault == Some(state.reads - 1) {
            return Err(Fault::Error.error());
        }
        let file = &state.files[self.file].cached;
        let from = file.len().min(offset as usize);
        let count = bytes.len().min(file.len() - from);
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

    fn sync_data(&self) -> io::Result<()> {
        self.disk.state().sync(self.file)
    }
}
