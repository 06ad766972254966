//! Bytes that changed after they were durable: flipped, cut, moved, taken away. Each is noticed, and only the last commit,
//! which cannot be told from one that was never acknowledged, is ever cut.

use std::path::PathBuf;
use std::sync::Arc;

use hotline_journal::{
    Damage, FaultyDisk, Journal, JournalError, JournalOptions, Record, Recovered, scan_on,
};

const FOLDER: &str = "journal";
const PARTITION: u64 = 7;
const HEADER_BYTES: usize = 64;

fn options() -> JournalOptions {
    JournalOptions { segment_bytes: 500, preallocate_bytes: 64, ..JournalOptions::new(PARTITION) }
}

fn open(disk: &FaultyDisk) -> Result<(Journal, Recovered), JournalError> {
    Journal::open_on(Arc::new(disk.clone()), FOLDER, options())
}

fn scan(disk: &FaultyDisk) -> Result<Vec<Record>, JournalError> {
    scan_on(Arc::new(disk.clone()), FOLDER, PARTITION, 1)?.collect()
}

fn payload(sequence: u64) -> Vec<u8> {
    format!("order {sequence} was signed").into_bytes()
}

fn segment(first_sequence: u64) -> PathBuf {
    PathBuf::from(FOLDER).join(format!("{first_sequence:020}.journal"))
}

/// A journal of `records`, each committed alone.
fn written(records: u64) -> FaultyDisk {
    let disk = FaultyDisk::new();
    let (mut journal, _) = open(&disk).unwrap();
    for sequence in 1..=records {
        journal.append(&payload(sequence)).unwrap();
        journal.commit().unwrap();
    }
    disk
}

/// Bytes of the frame of record `sequence`, with the root of its commit, as long as payloads are equally long.
fn frame_bytes(sequence: u64) -> usize {
    frame_bytes_within_commit(sequence) + 32
}

fn frame_bytes_within_commit(sequence: u64) -> usize {
    (24 + payload(sequence).len()).next_multiple_of(8)
}

/// Bytes of the header of the segment that begins with `first_sequence`: a hash for each full subtree before it.
fn header_bytes(first_sequence: u64) -> usize {
    HEADER_BYTES + 32 * (first_sequence - 1).count_ones() as usize
}

/// Puts the first segment there, and takes away those in which the journal went on when it was opened.
fn put_alone(disk: &FaultyDisk, bytes: &[u8]) {
    (2..=6).for_each(|first| disk.take(segment(first)));
    disk.put(segment(1), bytes);
}

fn damage(error: &JournalError) -> (u64, u64, Damage) {
    match error {
        JournalError::Damaged { sequence, offset, damage, .. } => (*sequence, *offset, *damage),
        other => panic!("not damage: {other}"),
    }
}

#[test]
fn a_journal_cut_at_any_byte_recovers_its_longest_whole_prefix() {
    let disk = written(5);
    let whole = disk.bytes(segment(1)).unwrap();
    let end = HEADER_BYTES + 5 * frame_bytes(1);
    for length in HEADER_BYTES..=whole.len() {
        put_alone(&disk, &whole[..length]);
        let expected = (length.min(end) - HEADER_BYTES) / frame_bytes(1);
        let torn = (length.min(end) - HEADER_BYTES) % frame_bytes(1);
        let (journal, recovered) = open(&disk).unwrap();
        assert_eq!(recovered.last_sequence, expected as u64);
        // Of a torn frame, the bytes up to the last one that is not zero are counted.
        assert!(recovered.cut_bytes <= torn as u64);
        assert_eq!(recovered.cut_bytes > 0, torn > 0);
        let sequences = journal.reader().scan(1).unwrap().map(|record| record.unwrap().sequence);
        assert_eq!(sequences.count(), expected);
        drop(journal);
        assert_eq!(open(&disk).unwrap().1.cut_bytes, 0, "the cut is made once");
    }
}

#[test]
fn a_segment_cut_within_its_header_is_refused() {
    let disk = written(2);
    let whole = disk.bytes(segment(1)).unwrap();
    for length in 0..HEADER_BYTES {
        disk.put(segment(1), &whole[..length]);
        assert_eq!(damage(&open(&disk).unwrap_err()), (1, 0, Damage::Header));
    }
}

#[test]
fn every_flipped_bit_is_noticed_and_only_the_last_commit_is_cut() {
    let disk = written(5);
    let whole = disk.bytes(segment(1)).unwrap();
    let end = HEADER_BYTES + 5 * frame_bytes(1);
    for bit in 0..end * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        put_alone(&disk, &flipped);
        let (scanned, opened) = (scan(&disk), open(&disk).map(|(_, recovered)| recovered));
        let Some(at) = (bit / 8).checked_sub(HEADER_BYTES) else {
            damage(&scanned.unwrap_err());
            assert_eq!(damage(&opened.unwrap_err()), (1, 0, Damage::Header));
            continue;
        };
        let record = at / frame_bytes(1);
        if record == 4 {
            assert_eq!(scanned.unwrap().len(), 4);
            let recovered = opened.unwrap();
            assert_eq!(recovered.last_sequence, 4);
            assert!(recovered.cut_bytes > 0);
        } else {
            let offset = (HEADER_BYTES + record * frame_bytes(1)) as u64;
            let expected = (record as u64 + 1, offset, Damage::Record);
            assert_eq!(damage(&opened.unwrap_err()), expected);
            assert_eq!(damage(&scanned.unwrap_err()), expected);
            assert_eq!(disk.bytes(segment(1)).unwrap(), flipped, "a refused journal is left alone");
        }
    }
}

#[test]
fn a_damaged_record_within_the_last_commit_cuts_that_commit_and_no_other() {
    let disk = written(2);
    let (mut journal, _) = open(&disk).unwrap();
    for sequence in 3..=5 {
        journal.append(&payload(sequence)).unwrap();
    }
    journal.commit().unwrap();
    drop(journal);
    let mut bytes = disk.bytes(segment(3)).unwrap();
    bytes[header_bytes(3) + frame_bytes_within_commit(3) + 30] ^= 1;
    disk.put(segment(3), &bytes);
    let (_, recovered) = open(&disk).unwrap();
    assert_eq!(recovered.last_sequence, 2);
    assert!(recovered.cut_bytes as usize > 2 * frame_bytes(1));
}

/// A cut may be lost when its sync fails, and the cache does not show it: then the disk has remains of a commit that was never
/// whole, and the journal has gone on in another segment.
#[test]
fn what_stands_behind_the_last_commit_of_an_earlier_segment_is_nobodys() {
    let disk = FaultyDisk::new();
    let (mut journal, _) = open(&disk).unwrap();
    for commit in [1..=1, 2..=2, 3..=5] {
        commit.for_each(|sequence| assert!(journal.append(&payload(sequence)).is_ok()));
        journal.commit().unwrap();
    }
    drop(journal);
    let whole = disk.bytes(segment(1)).unwrap();
    let end = HEADER_BYTES + 2 * frame_bytes(1);
    for remains in end..end + 3 * frame_bytes_within_commit(3) {
        put_alone(&disk, &whole[..remains]);
        let (mut journal, recovered) = open(&disk).unwrap();
        assert_eq!(recovered.last_sequence, 2);
        journal.append(b"another third").unwrap();
        journal.commit().unwrap();
        drop(journal);
        assert_eq!(disk.bytes(segment(1)).unwrap().len(), end, "the remains were cut");
        disk.put(segment(1), &whole[..remains]);
        let (_, recovered) = open(&disk).unwrap();
        assert_eq!((recovered.last_sequence, recovered.cut_bytes), (3, 0));
        assert_eq!(scan(&disk).unwrap()[2].payload, b"another third");
    }
}

#[test]
fn swapped_copied_and_repeated_records_are_refused() {
    let disk = written(5);
    let whole = disk.bytes(segment(1)).unwrap();
    let frame = |index: usize| HEADER_BYTES + index * frame_bytes(1);
    for (from, to) in [(0, 1), (1, 2), (0, 2), (2, 1)] {
        let mut copied = whole.clone();
        copied.copy_within(frame(from)..frame(from + 1), frame(to));
        disk.put(segment(1), &copied);
        assert_eq!(damage(&open(&disk).unwrap_err()).0, to as u64 + 1);

        let mut swapped = copied;
        swapped[frame(from)..frame(from + 1)].copy_from_slice(&whole[frame(to)..frame(to + 1)]);
        disk.put(segment(1), &swapped);
        assert_eq!(damage(&open(&disk).unwrap_err()).0, from.min(to) as u64 + 1);
    }
    let mut repeated = whole.clone();
    repeated.splice(frame(2)..frame(2), whole[frame(1)..frame(2)].to_vec());
    repeated.truncate(whole.len());
    disk.put(segment(1), &repeated);
    assert_eq!(damage(&open(&disk).unwrap_err()), (3, frame(2) as u64, Damage::Chain));
}

#[test]
fn a_record_left_out_is_refused() {
    let disk = written(5);
    let mut bytes = disk.bytes(segment(1)).unwrap();
    let gap = HEADER_BYTES + frame_bytes(1);
    bytes[gap..gap + frame_bytes(1)].fill(0);
    disk.put(segment(1), &bytes);
    assert_eq!(damage(&open(&disk).unwrap_err()), (2, gap as u64, Damage::Record));
}

/// The first sequences of the segments of a long journal.
fn long() -> (FaultyDisk, Vec<u64>) {
    let disk = written(40);
    let firsts: Vec<u64> = (1..=40).filter(|first| disk.bytes(segment(*first)).is_some()).collect();
    assert!(firsts.len() >= 4);
    (disk, firsts)
}

#[test]
fn a_missing_segment_is_named() {
    let (_, firsts) = long();
    for missing in &firsts[..firsts.len() - 1] {
        let (disk, _) = long();
        disk.take(segment(*missing));
        for error in [open(&disk).unwrap_err(), scan(&disk).unwrap_err()] {
            let is_named =
                matches!(&error, JournalError::Missing { path } if *path == segment(*missing));
            assert!(is_named, "{error}");
        }
    }
}

#[test]
fn a_segment_that_is_not_the_last_must_be_whole() {
    let (disk, firsts) = long();
    let whole = disk.bytes(segment(firsts[1])).unwrap();
    let records = (firsts[2] - firsts[1]) as usize;
    let end = header_bytes(firsts[1]) + records * frame_bytes(firsts[1]);
    for length in 0..end {
        disk.put(segment(firsts[1]), &whole[..length]);
        open(&disk).unwrap_err();
        scan(&disk).unwrap_err();
    }
    for byte in 0..end {
        let mut flipped = whole.clone();
        flipped[byte] ^= 0x10;
        disk.put(segment(firsts[1]), &flipped);
        damage(&open(&disk).unwrap_err());
        damage(&scan(&disk).unwrap_err());
    }
}

#[test]
fn a_segment_of_another_place_partition_or_history_is_refused() {
    let (disk, firsts) = long();
    let second = disk.bytes(segment(firsts[1])).unwrap();
    let third = disk.bytes(segment(firsts[2])).unwrap();
    disk.put(segment(firsts[1]), &third);
    assert_eq!(damage(&open(&disk).unwrap_err()), (firsts[1], 0, Damage::Name));

    let other = FaultyDisk::new();
    let (mut journal, _) = Journal::open_on(Arc::new(other.clone()), FOLDER, options()).unwrap();
    for sequence in 1..=40 {
        journal.append(&payload(sequence).to_ascii_uppercase()).unwrap();
        journal.commit().unwrap();
    }
    disk.put(segment(firsts[1]), &other.bytes(segment(firsts[1])).unwrap());
    let error = open(&disk).unwrap_err();
    assert_eq!(damage(&error).2, Damage::Segment);

    disk.put(segment(firsts[1]), &second);
    open(&disk).unwrap();
    let strange = JournalOptions { partition: 8, ..options() };
    let error = Journal::open_on(Arc::new(disk), FOLDER, strange).unwrap_err();
    assert!(matches!(error, JournalError::WrongPartition { found: 7, wanted: 8, .. }));
}

#[test]
fn a_record_of_another_history_is_refused_where_the_two_meet() {
    let disk = written(4);
    let other = FaultyDisk::new();
    let (mut journal, _) = open(&other).unwrap();
    for sequence in 1..=4 {
        journal.append(&payload(sequence).to_ascii_uppercase()).unwrap();
        journal.commit().unwrap();
    }
    let mut bytes = disk.bytes(segment(1)).unwrap();
    let meeting = HEADER_BYTES + 2 * frame_bytes(1);
    bytes[meeting..].copy_from_slice(&other.bytes(segment(1)).unwrap()[meeting..]);
    disk.put(segment(1), &bytes);
    for error in [open(&disk).unwrap_err(), scan(&disk).unwrap_err()] {
        assert_eq!(damage(&error), (3, meeting as u64, Damage::Chain));
    }
}

#[test]
fn a_scan_that_races_with_a_writer_looks_again_before_it_speaks_of_damage() {
    let disk = written(5);
    let whole = disk.bytes(segment(1)).unwrap();
    // What one read may show while records are written: an early page before it was, a later page after it was.
    let mut half_seen = whole.clone();
    let third = HEADER_BYTES + 2 * frame_bytes(1);
    half_seen[third..third + frame_bytes(1)].fill(0);
    disk.put(segment(1), &half_seen);
    assert!(disk.change_after_read(segment(1), &whole));
    assert_eq!(scan(&disk).unwrap().len(), 5);
}

#[test]
fn verifying_from_a_later_record_passes_over_what_ends_before_it() {
    let (disk, firsts) = long();
    let mut bytes = disk.bytes(segment(1)).unwrap();
    bytes[HEADER_BYTES + 30] ^= 1;
    disk.put(segment(1), &bytes);
    let from = |verify_from| {
        let options = JournalOptions { verify_from, ..options() };
        Journal::open_on(Arc::new(disk.clone()), FOLDER, options)
    };
    assert_eq!(damage(&from(firsts[1] - 1).unwrap_err()).0, 1);
    let (journal, recovered) = from(firsts[1]).unwrap();
    assert_eq!(recovered.last_sequence, 40);
    let read = journal.reader().scan(firsts[1]).unwrap().map(|record| record.unwrap().sequence);
    assert!(read.eq(firsts[1]..=40));
}

#[test]
fn a_payload_that_contains_another_journal_is_only_a_payload() {
    let inner = written(5).bytes(segment(1)).unwrap();
    let disk = FaultyDisk::new();
    let options = JournalOptions { partition: 8, ..options() };
    let open = || Journal::open_on(Arc::new(disk.clone()), FOLDER, options.clone());
    let (mut journal, _) = open().unwrap();
    journal.append(&inner).unwrap();
    journal.commit().unwrap();
    drop(journal);
    let mut bytes = disk.bytes(segment(1)).unwrap();
    bytes[HEADER_BYTES] ^= 1;
    disk.put(segment(1), &bytes);
    assert_eq!(open().unwrap().1.last_sequence, 0);
}
