//! A disk in memory that is as bad as a real one may be, for tests: it loses, tears and reorders what was not synced,
//! fails at a chosen operation, is full at a chosen size, reads less than was asked for, flips bits when told to, and
//! marks bytes clean after a failed sync. It breaks no promise that a disk keeps: what was synced stays, and a sector that
//! is overwritten holds its old bytes or its new ones.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::content::{Change, Content, Dice};

mod content;
mod files;

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
    ignores_folder_syncs: bool,
    /// Bytes that fit, if that is bounded.
    capacity: Option<usize>,
    /// Chooses how much less than asked for is read.
    shortens_reads: Option<Dice>,
    /// Chooses what is left if the power goes at each operation from here on.
    watches_crashes: Option<Dice>,
    crashes: Vec<State>,
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

    /// As [`FaultyDisk::ignore_syncs`], for the syncs of folders alone.
    pub fn ignore_folder_syncs(&self) {
        self.state().ignores_folder_syncs = true;
    }

    /// From here on no more than `bytes` fit into all files together; none: as many as there are.
    pub fn limit(&self, bytes: Option<usize>) {
        self.state().capacity = bytes;
    }

    /// From here on reads give less than was asked for, or are interrupted, as `seed` chooses.
    pub fn shorten_reads(&self, seed: u64) {
        self.state().shortens_reads = Some(Dice(seed));
    }

    /// From here on keeps, at each operation, the disk as it may be found if the power goes right there.
    pub fn watch_crashes(&self, seed: u64) {
        self.state().watches_crashes = Some(Dice(seed));
    }

    /// The disks that were kept since the last call.
    #[must_use]
    pub fn take_crashes(&self) -> Vec<Self> {
        let crashes = std::mem::take(&mut self.state().crashes);
        crashes.into_iter().map(|state| Self { state: Arc::new(Mutex::new(state)) }).collect()
    }

    /// Flips one bit of a file, durably. True if there is such a file and it has that bit.
    pub fn flip(&self, path: impl AsRef<Path>, bit: usize) -> bool {
        let mut state = self.state();
        let Some(file) = state.names.get(path.as_ref()).copied() else { return false };
        let Content { cached, durable, .. } = &mut state.files[file];
        let mut found = false;
        for bytes in [cached, durable] {
            if let Some(byte) = bytes.get_mut(bit / 8) {
                *byte ^= 1 << (bit % 8);
                found = true;
            }
        }
        found
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
        state.shortens_reads = None;
        state.capacity = None;
    }

    /// Whether the power went: then only [`FaultyDisk::after_power_cut`] can be used.
    #[must_use]
    pub fn is_without_power(&self) -> bool {
        self.state().power_is_off
    }

    /// The disk as it may be found when the power comes back: what was synced, and what `seed` chooses of the rest.
    #[must_use]
    pub fn after_power_cut(&self, seed: u64) -> Self {
        let after = self.state().after_power_cut(&mut Dice(seed));
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
}

impl State {
    fn check_power(&self) -> io::Result<()> {
        if self.power_is_off { Err(io::Error::other("the power is off")) } else { Ok(()) }
    }

    fn after_power_cut(&self, dice: &mut Dice) -> Self {
        let mut names = self.durable_names.clone();
        // File systems keep the order of changes to names, so a prefix of them survives.
        let surviving = dice.below(self.unsynced_names.len() as u64 + 1) as usize;
        for change in &self.unsynced_names[..surviving] {
            change.apply(&mut names);
        }
        // What has no name is gone.
        let named: BTreeSet<usize> = names.values().copied().collect();
        let files = self.files.iter().enumerate().map(|(file, content)| {
            if named.contains(&file) { content.after_power_cut(dice) } else { Content::default() }
        });
        Self {
            files: files.collect(),
            durable_names: names.clone(),
            names,
            folders: self.folders.clone(),
            ..Self::default()
        }
    }

    /// Counts a read and tells how many of `length` bytes it gives at most.
    fn read_most(&mut self, length: usize) -> io::Result<usize> {
        self.reads += 1;
        if self.read_fault == Some(self.reads - 1) {
            return Err(Fault::Error.error());
        }
        let Some(dice) = &mut self.shortens_reads else { return Ok(length) };
        match dice.below(4) {
            0 => Err(io::ErrorKind::Interrupted.into()),
            _ => Ok(dice.below(length as u64 + 1).max(1) as usize),
        }
    }

    /// Whether a file cannot grow to this length.
    fn is_full(&self, file: usize, length: usize) -> bool {
        let grows = length.saturating_sub(self.files[file].cached.len());
        let used = || self.names.values().map(|file| self.files[*file].cached.len()).sum::<usize>();
        grows > 0 && self.capacity.is_some_and(|capacity| used() + grows > capacity)
    }

    /// Counts one operation and tells which fault it meets.
    fn count(&mut self) -> io::Result<Option<Fault>> {
        self.check_power()?;
        if let Some(mut dice) = self.watches_crashes.take() {
            let crash = self.after_power_cut(&mut dice);
            self.crashes.push(crash);
            self.watches_crashes = Some(dice);
        }
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
        let mut fault = self.count()?;
        if fault.is_none() && self.is_full(file, change.end()) {
            fault = Some(Fault::NoSpace);
        }
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
