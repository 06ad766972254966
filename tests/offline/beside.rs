//! Reading a data folder beside a hotline that lets go of segments and snapshots at any moment of it: what is gone since it was listed
//! is no damage.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hotline::recovery::{self, DataFolder, Retention, Sizes};
use hotline_engine::{State, digest};
use hotline_journal::{Disk, DiskFile, FaultyDisk, Journal, JournalOptions};

use crate::retention::put;

/// A disk on which a hotline lets go of what it can, just before the file of this number is opened to be read.
#[derive(Debug)]
struct Meanwhile {
    disk: FaultyDisk,
    opened_count: AtomicUsize,
    at: usize,
}

impl Disk for Meanwhile {
    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        self.disk.create_folder(folder)
    }
    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.disk.names(folder)
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.disk.create(path)
    }
    fn open_to_read(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        if self.opened_count.fetch_add(1, Ordering::Relaxed) == self.at {
            let_go(&self.disk);
        }
        self.disk.open_to_read(path)
    }
    fn open_to_write(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.disk.open_to_write(path)
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

/// A snapshot more, and what it makes unneeded.
fn let_go(disk: &FaultyDisk) {
    let folder = folder(disk.clone()).keeping(Retention::Remove);
    let recovered = recovery::recover(&folder).unwrap();
    recovery::write_snapshot(&folder, &recovered.journal.reader()).unwrap().unwrap();
}

fn folder(disk: impl Disk + 'static) -> DataFolder {
    DataFolder::on(Arc::new(disk), "/data", Sizes { aside_bytes: 1, ..Sizes::default() })
}

/// Many small segments, two snapshots, and records behind them.
fn grown() -> FaultyDisk {
    let disk = FaultyDisk::new();
    let options = JournalOptions { segment_bytes: 4_096, ..JournalOptions::new(1) };
    let open = || Journal::open_on(Arc::new(disk.clone()), "/data/journal", options.clone());
    let mut state = State::default();
    for numbers in [0..20, 20..40, 40..45] {
        let mut journal = open().unwrap().0;
        put(&mut state, &mut journal, numbers);
        if state.records_count() <= 40 {
            recovery::write_snapshot(&folder(disk.clone()), &journal.reader()).unwrap().unwrap();
        }
    }
    disk
}

/// Does something at each moment of which a hotline may let go; gives how many there were.
fn at_each_moment(deed: impl Fn(&DataFolder)) -> usize {
    let disk = grown();
    for at in 0.. {
        let disk = disk.after_power_cut(0);
        let segments = |disk: &FaultyDisk| disk.names(Path::new("/data/journal")).unwrap();
        let before = segments(&disk);
        deed(&folder(Meanwhile { disk: disk.clone(), opened_count: AtomicUsize::new(0), at }));
        if segments(&disk) == before {
            return at;
        }
        assert!(segments(&disk).len() < before.len(), "segments went meanwhile");
    }
    unreachable!("a folder is read with so many files at most")
}

#[test]
fn a_folder_is_proved_whatever_a_hotline_lets_go_of_meanwhile() {
    let disk = grown();
    let wanted = recovery::verify(&folder(disk), &[]).unwrap();
    let moments_count = at_each_moment(|folder| {
        let verified = recovery::verify(folder, &[wanted.head]).unwrap();
        assert_eq!((verified.digest, verified.head), (wanted.digest, wanted.head));
    });
    assert!(moments_count > 10, "{moments_count}");
}

#[test]
fn a_state_is_read_whatever_a_hotline_lets_go_of_meanwhile() {
    let wanted = digest(&recovery::read(&folder(grown())).unwrap());
    let moments_count = at_each_moment(|folder| {
        assert_eq!(digest(&recovery::read(folder).unwrap()), wanted);
    });
    assert!(moments_count > 3, "{moments_count}");
}

#[test]
fn what_is_missing_although_nobody_lets_go_of_it_is_told() {
    // The control of both: what was listed once and is gone is an error to whoever does not list again.
    let disk = grown();
    let mut listed = recovery::scan_from(&folder(disk.clone()), 1).unwrap();
    let_go(&disk);
    assert!(listed.any(|record| record.is_err()));
    // And a segment that is gone beforehand is found, however often it is looked for.
    let disk = grown();
    let mut names = disk.names(Path::new("/data/journal")).unwrap();
    names.retain(|name| name.ends_with(".journal"));
    names.sort();
    disk.take(Path::new("/data/journal").join(&names[1]));
    let error = recovery::verify(&folder(disk), &[]).unwrap_err();
    assert!(error.to_string().contains("is missing"), "{error}");
}
