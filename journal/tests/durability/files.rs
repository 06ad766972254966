//! The journal on real files, used as it should be.

use std::os::unix::fs::MetadataExt;

use hotline_journal::{
    COMMIT_BYTES_MAX, Journal, JournalError, JournalOptions, RECORD_BYTES_MAX, Record, SetAside,
    scan,
};
use tempfile::TempDir;

const PARTITION: u64 = 7;

fn options() -> JournalOptions {
    JournalOptions { segment_bytes: 512, preallocate_bytes: 256, ..JournalOptions::new(PARTITION) }
}

fn payloads(records: impl Iterator<Item = Result<Record, JournalError>>) -> Vec<Vec<u8>> {
    records.map(|record| record.unwrap().payload).collect()
}

#[test]
fn what_was_committed_is_there_after_reopening() {
    let folder = TempDir::new().unwrap();
    let (mut journal, recovered) = Journal::open(folder.path(), options()).unwrap();
    assert_eq!(recovered.last_sequence, 0);
    let mut written = Vec::new();
    for number in 1..=100_u64 {
        let payload = format!("record {number}").into_bytes();
        assert_eq!(journal.append(&payload).unwrap(), number);
        written.push(payload);
        if number % 3 == 0 {
            assert_eq!(journal.commit().unwrap(), number);
        }
    }
    journal.commit().unwrap();
    drop(journal);

    let (journal, recovered) = Journal::open(folder.path(), options()).unwrap();
    assert_eq!((recovered.last_sequence, recovered.cut_bytes), (100, 0));
    assert!(recovered.segments_count > 5, "small segments were asked for");
    assert_eq!(payloads(journal.reader().scan(1).unwrap()), written);
    assert_eq!(payloads(scan(folder.path(), PARTITION, 1).unwrap()), written);
}

#[test]
fn commits_of_any_length_stand_one_behind_the_other() {
    let folder = TempDir::new().unwrap();
    let options = JournalOptions { segment_bytes: 1 << 20, ..JournalOptions::new(PARTITION) };
    let (mut journal, _) = Journal::open(folder.path(), options.clone()).unwrap();
    // The long ones have their space allocated, the short ones find zeros.
    let written: Vec<Vec<u8>> = (1..=30_u8)
        .map(|number| vec![number; if number % 3 == 0 { 300_000 } else { 3_000 }])
        .collect();
    for payload in &written {
        journal.append(payload).unwrap();
        journal.commit().unwrap();
    }
    drop(journal);
    let (journal, recovered) = Journal::open(folder.path(), options).unwrap();
    assert_eq!((recovered.last_sequence, recovered.cut_bytes), (30, 0));
    assert_eq!(payloads(journal.reader().scan(1).unwrap()), written);
}

#[test]
fn a_scan_begins_at_any_sequence() {
    let folder = TempDir::new().unwrap();
    let (mut journal, _) = Journal::open(folder.path(), options()).unwrap();
    for number in 1..=60_u64 {
        journal.append(&number.to_le_bytes()).unwrap();
        journal.commit().unwrap();
    }
    for from in 0..=61 {
        let sequences: Vec<u64> =
            journal.reader().scan(from).unwrap().map(|record| record.unwrap().sequence).collect();
        assert_eq!(sequences, (from.max(1)..=60).collect::<Vec<_>>());
    }
}

#[test]
fn a_scan_that_stays_at_the_end_goes_on_into_new_segments() {
    let folder = TempDir::new().unwrap();
    let (mut journal, _) = Journal::open(folder.path(), options()).unwrap();
    let reader = journal.reader();
    let mut scan = reader.scan(1).unwrap();
    assert!(scan.next().is_none(), "there is nothing yet");
    let mut seen = Vec::new();
    for number in 1..=60_u64 {
        journal.append(&number.to_le_bytes()).unwrap();
        journal.commit().unwrap();
        assert!(scan.next().is_none(), "it ends where it was to end");
        // Every other commit is read together with the next.
        if number % 2 == 0 {
            reader.extend(&mut scan).unwrap();
            seen.extend(scan.by_ref().map(|record| record.unwrap().sequence));
        }
    }
    assert_eq!(seen, (1..=60).collect::<Vec<_>>());
}

#[test]
fn a_reader_never_sees_what_is_pending() {
    let folder = TempDir::new().unwrap();
    let (mut journal, _) = Journal::open(folder.path(), options()).unwrap();
    let reader = journal.reader();
    journal.append(b"accepted").unwrap();
    assert_eq!(reader.committed(), 0);
    assert_eq!(reader.scan(1).unwrap().count(), 0);
    journal.commit().unwrap();
    assert_eq!(payloads(reader.scan(1).unwrap()), [b"accepted"]);
}

#[test]
fn a_journal_that_is_open_cannot_be_opened_again() {
    let folder = TempDir::new().unwrap();
    let (journal, _) = Journal::open(folder.path(), options()).unwrap();
    let error = Journal::open(folder.path(), options()).unwrap_err();
    assert!(matches!(&error, JournalError::Locked { folder: named } if named == folder.path()));
    // Nor by who takes the file away that was in the way.
    std::fs::remove_file(folder.path().join("journal.lock")).unwrap();
    let error = Journal::open(folder.path(), options()).unwrap_err();
    assert!(matches!(error, JournalError::Locked { .. }));
    drop(journal);
    Journal::open(folder.path(), options()).unwrap();
}

#[test]
fn a_hole_takes_up_no_space_and_does_not_count_as_set_aside() {
    const BYTES: u64 = 3 << 20;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("aside");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(BYTES).unwrap();
    let taken = || file.metadata().unwrap().blocks() * 512;
    assert!(taken() < BYTES / 2, "a hole");
    SetAside::new(&path, BYTES).hold().unwrap();
    assert!(taken() >= BYTES, "{}", taken());
}

#[test]
fn a_reader_in_another_thread_sees_every_record_once_while_the_writer_goes_on() {
    const RECORDS: u64 = 300;
    let folder = TempDir::new().unwrap();
    let (mut journal, _) = Journal::open(folder.path(), options()).unwrap();
    let reader = journal.reader();
    #[expect(clippy::disallowed_methods, reason = "a reader beside the writer")]
    let reading = std::thread::spawn(move || {
        let mut next = 1;
        while next <= RECORDS {
            for record in reader.scan(next).unwrap() {
                let record = record.unwrap();
                assert_eq!((record.sequence, record.payload), (next, next.to_le_bytes().to_vec()));
                next += 1;
            }
            std::thread::yield_now();
        }
    });
    for sequence in 1..=RECORDS {
        journal.append(&sequence.to_le_bytes()).unwrap();
        if sequence % 3 == 0 {
            journal.commit().unwrap();
            // Another process may look at the folder too.
            assert!(scan(folder.path(), PARTITION, sequence).unwrap().all(|record| record.is_ok()));
        }
    }
    reading.join().unwrap();
}

#[test]
fn limits_are_refused_without_harm() {
    let folder = TempDir::new().unwrap();
    let (mut journal, _) = Journal::open(folder.path(), options()).unwrap();
    let long = vec![7; RECORD_BYTES_MAX + 1];
    let error = journal.append(&long).unwrap_err();
    assert!(matches!(error, JournalError::RecordTooLong { bytes_max: RECORD_BYTES_MAX, .. }));
    let longest = &long[..RECORD_BYTES_MAX];
    let full = (1..).find_map(|_| journal.append(longest).err()).unwrap();
    assert!(matches!(full, JournalError::CommitFull { bytes } if bytes <= COMMIT_BYTES_MAX));
    assert_eq!(journal.commit().unwrap(), 15);
    journal.append(b"and on it goes").unwrap();
    assert_eq!(journal.commit().unwrap(), 16);
    drop(journal);
    assert_eq!(Journal::open(folder.path(), options()).unwrap().1.last_sequence, 16);
}
