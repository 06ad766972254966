//! Old segments go: whatever fails or cuts the power on the way, every record is in the journal or in the archive.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hotline_journal::{
    Damage, Disk, Fault, FaultyDisk, Head, Journal, JournalError, JournalOptions, Tree, leaf_hash,
    removed_on, scan_on,
};

const FOLDER: &str = "journal";
const ARCHIVE: &str = "archive";
const PARTITION: u64 = 7;
const RECORDS: u64 = 40;
/// A snapshot stands for the records up to here.
const UNNEEDED: u64 = 30;
const SEEDS: u64 = 8;

fn options(verify_from: u64) -> JournalOptions {
    JournalOptions {
        segment_bytes: 500,
        preallocate_bytes: 64,
        verify_from,
        ..JournalOptions::new(PARTITION)
    }
}

fn open(disk: &FaultyDisk, verify_from: u64) -> Result<Journal, JournalError> {
    let opened = Journal::open_on(Arc::new(disk.clone()), FOLDER, options(verify_from));
    opened.map(|(journal, _)| journal)
}

fn payload(sequence: u64) -> Vec<u8> {
    format!("order {sequence} was signed").into_bytes()
}

/// A journal of several segments, and its head.
fn written() -> (FaultyDisk, Journal, Head) {
    let disk = FaultyDisk::new();
    let mut journal = open(&disk, 1).unwrap();
    for sequence in 1..=RECORDS {
        journal.append(&payload(sequence)).unwrap();
        journal.commit().unwrap();
    }
    let head = journal.head();
    (disk, journal, head)
}

fn segments(disk: &FaultyDisk, folder: &str) -> Vec<PathBuf> {
    let mut names = disk.names(folder.as_ref()).unwrap_or_default();
    names.retain(|name| name.ends_with(".journal"));
    names.sort();
    names.iter().map(|name| Path::new(folder).join(name)).collect()
}

/// The records that are there from the first one on that should be, each as it was written, below the head.
fn there(disk: &FaultyDisk, head: Head) -> Result<Vec<u64>, JournalError> {
    let removed = removed_on(disk, FOLDER, PARTITION)?.size();
    let scan = scan_on(Arc::new(disk.clone()), FOLDER, PARTITION, removed + 1)?;
    let records = scan.proving(&[head]).map(|record| {
        let record = record?;
        assert_eq!(record.payload, payload(record.sequence));
        Ok(record.sequence)
    });
    records.collect()
}

fn left(disk: &FaultyDisk, head: Head) -> Vec<u64> {
    there(disk, head).unwrap()
}

/// Puts the archive's segments back; the journal must then be whole from its first record.
fn is_whole_with_archive(disk: &FaultyDisk, head: Head) -> bool {
    for archived in segments(disk, ARCHIVE) {
        let bytes = disk.bytes(&archived).unwrap();
        disk.put(Path::new(FOLDER).join(archived.file_name().unwrap()), &bytes);
    }
    there(disk, head).is_ok_and(|sequences| sequences.into_iter().eq(1..=RECORDS))
}

#[test]
fn only_what_ends_before_goes_and_never_the_last_segment() {
    for unneeded in 0..=RECORDS + 5 {
        let (disk, journal, head) = written();
        let before = segments(&disk, FOLDER);
        let retired = journal.reader().retire(unneeded, None).unwrap();
        let left = left(&disk, head);
        assert_eq!(left[0], retired.begins_at);
        assert!(left.iter().copied().eq(retired.begins_at..=RECORDS));
        assert!(left[0] <= unneeded + 1, "record {} is needed", unneeded + 1);
        let now = segments(&disk, FOLDER);
        assert_eq!(now, before[before.len() - now.len()..], "the oldest go");
        let next = now.get(1).map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
        let next = next.map_or(u64::MAX, |digits| digits.parse().unwrap());
        assert!(next > unneeded.min(RECORDS) + 1, "nothing stays that could go");
        drop(journal);
        let mut again = open(&disk, unneeded + 1).unwrap();
        assert_eq!(again.head(), head);
        again.append(b"and on it goes").unwrap();
        assert_eq!(again.commit().unwrap(), RECORDS + 1);
        let mut tree = Tree::default();
        (1..=RECORDS).for_each(|sequence| tree.push(leaf_hash(&payload(sequence))));
        tree.push(leaf_hash(b"and on it goes"));
        assert_eq!(again.head(), tree.head(), "the tree goes on over what is gone");
    }
}

#[test]
fn what_is_left_is_refused_where_more_is_needed_or_something_else_is_gone() {
    let (disk, journal, _) = written();
    let begins_at = journal.reader().retire(UNNEEDED, None).unwrap().begins_at;
    drop(journal);
    for wanted in [1, begins_at - 1] {
        let error = open(&disk, wanted).unwrap_err();
        assert!(
            matches!(error, JournalError::Pruned { first, .. } if first == begins_at),
            "{error}"
        );
        let error = scan_on(Arc::new(disk.clone()), FOLDER, PARTITION, wanted).unwrap().next();
        assert!(matches!(error, Some(Err(JournalError::Pruned { .. }))), "{error:?}");
    }
    open(&disk, begins_at).unwrap();
    let gone = segments(&disk, FOLDER).remove(0);
    let bytes = disk.bytes(&gone).unwrap();
    disk.take(&gone);
    for verify_from in [1, begins_at, RECORDS] {
        let error = open(&disk, verify_from).unwrap_err();
        assert!(matches!(&error, JournalError::Missing { path } if *path == gone), "{error}");
    }
    disk.put(&gone, &bytes);
    disk.take(Path::new(FOLDER).join("begins-at"));
    let error = open(&disk, begins_at).unwrap_err();
    assert!(
        matches!(&error, JournalError::Missing { .. }),
        "nothing says that it may be gone: {error}"
    );
    disk.put(Path::new(FOLDER).join("begins-at"), b"soon\n");
    assert!(open(&disk, begins_at).unwrap_err().to_string().contains("begins-at"));
    segments(&disk, FOLDER).iter().for_each(|segment| disk.take(segment));
    disk.put(Path::new(FOLDER).join("begins-at"), b"31\n");
    assert!(open(&disk, 1).is_err(), "no new journal is begun where an old one was");
}

/// Whether what is needed is there, the next attempt goes on where this one stopped, and nothing is lost by both.
fn survives(disk: &FaultyDisk, head: Head) -> bool {
    let needed: Vec<u64> = (UNNEEDED + 1..=RECORDS).collect();
    there(disk, head).is_ok_and(|records| records.ends_with(&needed))
        && open(disk, UNNEEDED + 1)
            .is_ok_and(|journal| journal.reader().retire(UNNEEDED, Some(ARCHIVE.as_ref())).is_ok())
        && is_whole_with_archive(disk, head)
}

/// Meets a fault at every operation of retiring to the archive. Counts the cases in which a record was lost.
fn lost_by(fault: Fault, lying: bool) -> (u64, u64) {
    let (mut lost, mut cases) = (0, 0);
    for operation in 0.. {
        let (disk, journal, head) = written();
        if lying {
            disk.ignore_syncs();
        }
        disk.fail_after(operation, fault);
        let outcome = journal.reader().retire(UNNEEDED, Some(ARCHIVE.as_ref()));
        disk.heal();
        drop(journal);
        for seed in 0..SEEDS {
            let after = match fault {
                Fault::PowerCut => disk.after_power_cut(operation * SEEDS + seed),
                Fault::Error | Fault::NoSpace => disk.clone(),
            };
            cases += 1;
            lost += u64::from(!survives(&after, head));
        }
        if outcome.is_ok() {
            break;
        }
    }
    (lost, cases)
}

#[test]
fn whatever_fails_on_the_way_to_the_archive_no_record_is_lost() {
    for fault in [Fault::PowerCut, Fault::Error, Fault::NoSpace] {
        let (lost, cases) = lost_by(fault, false);
        assert_eq!(lost, 0, "{fault:?}");
        assert!(cases > 200, "{cases} cases: the test has no teeth");
    }
}

#[test]
fn an_archive_that_is_not_synced_would_lose_records() {
    let (lost, _) = lost_by(Fault::PowerCut, true);
    assert!(lost > 0);
}

#[test]
fn a_segment_that_is_damaged_here_or_in_the_archive_stays() {
    let (disk, journal, _) = written();
    let first = segments(&disk, FOLDER).remove(0);
    let whole = disk.bytes(&first).unwrap();
    let archived = Path::new(ARCHIVE).join(first.file_name().unwrap());
    let retire = || journal.reader().retire(UNNEEDED, Some(ARCHIVE.as_ref()));
    let mut flipped = whole.clone();
    flipped[100] ^= 1;
    disk.put(&first, &flipped);
    let error = retire().unwrap_err();
    assert!(matches!(&error, JournalError::Damaged { path, .. } if *path == archived), "{error}");
    assert_eq!(disk.bytes(&first).unwrap(), flipped);
    // The damaged copy is never written over: somebody looks at it and takes it away.
    disk.put(&first, &whole);
    retire().unwrap_err();
    assert_eq!(disk.bytes(&archived).unwrap(), flipped);
    disk.take(&archived);
    assert!(!retire().unwrap().segments.is_empty());
}

#[test]
fn a_segment_of_another_hotline_in_the_archive_is_noticed() {
    let (disk, journal, _) = written();
    let other = FaultyDisk::new();
    let mut others = open(&other, 1).unwrap();
    for sequence in 1..=RECORDS {
        others.append(&payload(sequence).to_ascii_uppercase()).unwrap();
        others.commit().unwrap();
    }
    let first = segments(&disk, FOLDER).remove(0);
    let archived = Path::new(ARCHIVE).join(first.file_name().unwrap());
    disk.put(&archived, &other.bytes(&first).unwrap());
    let error = journal.reader().retire(UNNEEDED, Some(ARCHIVE.as_ref())).unwrap_err();
    assert!(matches!(error, JournalError::Damaged { damage: Damage::Segment, .. }), "{error}");
    assert!(disk.bytes(&first).is_some());
}
