//! Reading a data folder beside a hotline that lets go of segments and snapshots, or stops, at any moment of it: what is gone or come
//! since it was listed is no damage.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hotline::recovery::{self, DataFolder, Retention, Sizes};
use hotline::trail::Trail;
use hotline_engine::order::OrderId;
use hotline_engine::{State, digest};
use hotline_journal::{Disk, DiskFile, FaultyDisk, Journal, JournalOptions};

use crate::retention::put;

/// A disk on which a hotline does something just before the file of this number is opened to be read.
#[derive(Debug)]
struct Meanwhile {
    disk: FaultyDisk,
    opened_count: AtomicUsize,
    at: usize,
    deed: fn(&FaultyDisk),
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
            (self.deed)(&self.disk);
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

/// A few records more, and a clean stop.
fn stop(disk: &FaultyDisk) {
    let folder = folder(disk.clone());
    let mut recovered = recovery::recover(&folder).unwrap();
    put(&mut recovered.state, &mut recovered.journal, 45..50);
    assert!(folder.note_stop(recovered.state.records_count()).unwrap());
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

/// Reads at each moment at which a hotline may do its deed; gives how many there were.
fn at_each_moment(deed: fn(&FaultyDisk), read: impl Fn(&DataFolder)) -> usize {
    let disk = grown();
    for at in 0.. {
        let disk = disk.after_power_cut(0);
        let segments = |disk: &FaultyDisk| disk.names(Path::new("/data/journal")).unwrap();
        let before = segments(&disk);
        let opened_count = AtomicUsize::new(0);
        read(&folder(Meanwhile { disk: disk.clone(), opened_count, at, deed }));
        if segments(&disk) == before {
            return at;
        }
    }
    unreachable!("a folder is read with so many files at most")
}

#[test]
fn a_deed_changes_the_segments_that_are_there() {
    let segments_count = |disk: &FaultyDisk| disk.names(Path::new("/data/journal")).unwrap().len();
    let (fewer, more) = (grown(), grown());
    let before = segments_count(&fewer);
    let_go(&fewer);
    assert!(segments_count(&fewer) < before);
    stop(&more);
    assert!(segments_count(&more) > before);
}

#[test]
fn a_folder_is_proved_whatever_a_hotline_lets_go_of_meanwhile() {
    let disk = grown();
    let wanted = recovery::verify(&folder(disk), &[]).unwrap();
    let moments_count = at_each_moment(let_go, |folder| {
        let verified = recovery::verify(folder, &[wanted.head]).unwrap();
        assert_eq!((verified.digest, verified.head), (wanted.digest, wanted.head));
    });
    assert!(moments_count > 10, "{moments_count}");
}

#[test]
fn a_state_is_read_whatever_a_hotline_lets_go_of_meanwhile() {
    let wanted = digest(&recovery::read(&folder(grown())).unwrap());
    let moments_count = at_each_moment(let_go, |folder| {
        assert_eq!(digest(&recovery::read(folder).unwrap()), wanted);
    });
    assert!(moments_count > 3, "{moments_count}");
}

#[test]
fn a_trail_is_gathered_whatever_a_hotline_lets_go_of_meanwhile() {
    let wanted = recovery::verify(&folder(grown()), &[]).unwrap();
    let moments_count = at_each_moment(let_go, |folder| {
        let trail = Trail::of(folder, OrderId(1), Some(wanted.head)).unwrap();
        assert_eq!(trail.head, wanted.head.to_string());
    });
    assert!(moments_count > 3, "{moments_count}");
}

#[test]
fn a_folder_is_proved_and_read_whenever_a_hotline_stops_meanwhile() {
    let moments_count = at_each_moment(stop, |folder| {
        recovery::verify(folder, &[]).unwrap();
    });
    assert!(moments_count > 10, "{moments_count}");
    let moments_count = at_each_moment(stop, |folder| {
        recovery::read(folder).unwrap();
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
