//! On a disk that is full, what was set aside makes room for commits; without it there is none.

use std::sync::Arc;

use hotline_journal::{Disk, Fault, FaultyDisk, Journal, JournalError, JournalOptions, SetAside};

const FOLDER: &str = "journal";
const ASIDE: &str = "set-aside";
const ASIDE_BYTES: u64 = 4_000;

fn journal(disk: &FaultyDisk) -> Journal {
    let options =
        JournalOptions { segment_bytes: 1_000, preallocate_bytes: 100, ..JournalOptions::new(7) };
    Journal::open_on(Arc::new(disk.clone()), FOLDER, options).unwrap().0
}

fn aside(disk: &FaultyDisk) -> SetAside {
    SetAside::on(Arc::new(disk.clone()), ASIDE, ASIDE_BYTES)
}

/// Commits until there is no room, and says how often it went.
fn commits_until_full(journal: &mut Journal) -> u64 {
    let before = journal.committed();
    loop {
        if journal.pending_bytes() == 0 {
            journal.append(b"order 17 was closed").unwrap();
        }
        match journal.commit() {
            Ok(_) => {}
            Err(JournalError::NoSpace { .. }) => return journal.committed() - before,
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn what_was_set_aside_makes_room_when_the_disk_is_full() {
    let disk = FaultyDisk::new();
    disk.limit(Some(20_000));
    let mut aside = aside(&disk);
    aside.hold().unwrap();
    let mut journal = journal(&disk);
    assert!(commits_until_full(&mut journal) > 50);
    assert_eq!(commits_until_full(&mut journal), 0, "full is full");
    assert!(aside.give_up().unwrap());
    let more = commits_until_full(&mut journal);
    assert!((20..80).contains(&more), "{more} commits of some 80 bytes in 4,000");
    assert!(!aside.give_up().unwrap(), "it is given up once");
    let error = aside.hold().unwrap_err();
    assert!(matches!(error, JournalError::NoSpace { .. }), "{error}");
    assert!(disk.bytes(ASIDE).is_none(), "what cannot be had whole takes up nothing");
    disk.limit(None);
    aside.hold().unwrap();
    assert_eq!(disk.bytes(ASIDE).unwrap().len() as u64, ASIDE_BYTES);
    assert!(commits_until(&mut journal, 100));
}

fn commits_until(journal: &mut Journal, more: u64) -> bool {
    let end = journal.committed() + more;
    while journal.committed() < end {
        if journal.pending_bytes() == 0 {
            journal.append(b"order 18 was accepted").unwrap();
        }
        journal.commit().unwrap();
    }
    true
}

#[test]
fn what_an_earlier_process_held_is_taken_over_and_given_up() {
    let disk = FaultyDisk::new();
    aside(&disk).hold().unwrap();
    let mut next = aside(&disk);
    assert!(!next.is_held());
    let operations = disk.operations();
    next.hold().unwrap();
    assert_eq!(disk.operations(), operations + 1, "asked for again: it is there already");
    assert!(next.is_held());
    assert!(aside(&disk).give_up().unwrap());
    assert!(disk.bytes(ASIDE).is_none());
}

#[test]
fn a_disk_that_fails_while_space_is_set_aside_says_so() {
    let disk = FaultyDisk::new();
    disk.fail_after(0, Fault::Error);
    let error = aside(&disk).hold().unwrap_err();
    assert!(matches!(&error, JournalError::Io { path, .. } if path.ends_with(ASIDE)), "{error}");
}

#[test]
fn what_is_reserved_beside_a_pending_commit_finds_its_space_on_a_disk_that_fills_up_then() {
    let record = vec![7; 400];
    // At its end a segment has no room for more: then too what is pending stays where it has its space.
    for committed in 0..12 {
        let disk = FaultyDisk::new();
        let mut journal = journal(&disk);
        for _ in 0..committed {
            journal.append(b"order 17 was closed").unwrap();
            journal.commit().unwrap();
        }
        journal.reserve(500).unwrap();
        journal.append(&record).unwrap();
        let used = || {
            let names = disk.names(FOLDER.as_ref()).unwrap();
            let bytes = |name| disk.bytes(format!("{FOLDER}/{name}")).unwrap().len();
            names.into_iter().map(bytes).sum()
        };
        disk.limit(Some(used()));
        let error = journal.reserve(500).unwrap_err();
        assert!(matches!(error, JournalError::NoSpace { .. }), "{error}");
        disk.limit(None);
        journal.reserve(500).unwrap();
        disk.limit(Some(used()));
        journal.append(&record).unwrap();
        assert_eq!(journal.commit().unwrap(), committed + 2);
    }
}
