//! Every bit of a journal and of a snapshot of 64 KiB, flipped alone: found, or harmless; a wrong record is never served.

use std::path::PathBuf;
use std::sync::Arc;

use hotline_journal::{
    FaultyDisk, Head, Journal, JournalOptions, Record, SnapshotError, SnapshotFile, SnapshotFolder,
    Stamp, scan_on,
};

use crate::dice::Dice;

const FOLDER: &str = "journal";
const PARTITION: u64 = 7;
const BYTES: usize = 64 << 10;
/// Sixteen segments make the journal: a flip is looked for in its own, and not in those before it.
const SEGMENT_BYTES: usize = 4 << 10;

/// A segment: its path, its first record, its bytes.
struct Segment {
    path: PathBuf,
    first: u64,
    bytes: usize,
}

/// A journal of exactly [`BYTES`], its segments, its records and its head.
struct Written {
    disk: FaultyDisk,
    segments: Vec<Segment>,
    records: Vec<Record>,
    head: Head,
}

fn written() -> Written {
    let disk = FaultyDisk::new();
    let options = JournalOptions {
        segment_bytes: SEGMENT_BYTES as u64,
        preallocate_bytes: SEGMENT_BYTES as u64,
        ..JournalOptions::new(PARTITION)
    };
    let (mut journal, _) = Journal::open_on(Arc::new(disk.clone()), FOLDER, options).unwrap();
    let (mut dice, mut records) = (Dice(1), Vec::new());
    let path_of = |first: u64| PathBuf::from(FOLDER).join(format!("{first:020}.journal"));
    let segments = |records: &[Record]| -> Vec<Segment> {
        let firsts = (1..=records.len() as u64 + 1).map(|first| (first, path_of(first)));
        let there = firsts.filter_map(|(first, path)| {
            let bytes = disk.bytes(&path)?.len();
            Some(Segment { path, first, bytes })
        });
        there.collect()
    };
    while segments(&records).len() < BYTES / SEGMENT_BYTES || records.len() % 4 != 0 {
        for _ in 0..1 + dice.below(3) {
            let payload: Vec<u8> = (0..dice.below(160)).map(|_| dice.below(256) as u8).collect();
            let sequence = journal.append(&payload).unwrap();
            records.push(Record { sequence, payload });
        }
        journal.commit().unwrap();
    }
    let segments = segments(&records);
    assert_eq!(segments.iter().map(|segment| segment.bytes).sum::<usize>(), BYTES);
    Written { segments, records, head: journal.head(), disk }
}

#[test]
fn every_bit_of_a_journal_of_64_kib_is_found_or_harmless() {
    let Written { disk, segments, records, head } = written();
    let scan = |from| scan_on(Arc::new(disk.clone()), FOLDER, PARTITION, from);
    let (mut found, mut harmless, mut found_by_head) = (0, 0, 0);
    for segment in &segments {
        let from = segment.first;
        let expected = &records[from as usize - 1..];
        let whole = disk.bytes(&segment.path).unwrap();
        let written = whole.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        for bit in 0..segment.bytes * 8 {
            assert!(disk.flip(&segment.path, bit));
            let mut served = 0;
            let outcome = scan(from).and_then(|mut scan| {
                scan.try_for_each(|record| {
                    assert_eq!(record?, expected[served], "bit {bit} of record {from} and on");
                    served += 1;
                    Ok(())
                })
            });
            match outcome {
                Err(_) => found += 1,
                Ok(()) if served == expected.len() => {
                    assert!(bit / 8 >= written, "bit {bit}: only zeros behind the last record");
                    harmless += 1;
                }
                Ok(()) => {
                    // The last commit was cut, as one that was never acknowledged would be. Its head is known.
                    assert!(scan(from).unwrap().proving(&[head]).any(|record| record.is_err()));
                    found_by_head += 1;
                }
            }
            assert!(disk.flip(&segment.path, bit));
        }
    }
    assert_eq!(found + found_by_head + harmless, BYTES * 8);
    assert!(found > BYTES * 7 && found_by_head > 100, "{found}, {found_by_head}, {harmless}");
    assert_eq!(scan(1).unwrap().count(), records.len());
}

/// Flips bits of the newer of two snapshots: `bits` of each byte. Counts those that were found.
fn flipped_snapshot(bits: impl Fn(&mut Dice) -> Vec<usize>) -> usize {
    let disk = FaultyDisk::new();
    let folder = SnapshotFolder::on(Arc::new(disk.clone()), "snapshots");
    let mut dice = Dice(3);
    let payload: Vec<u8> = (0..BYTES - 128).map(|_| dice.below(256) as u8).collect();
    let stamp = Stamp {
        partition: PARTITION,
        schema: 1,
        sequence: 9,
        digest: [4; 16],
        root: [5; 32],
        oldest_file: 0,
    };
    let path = folder.write(&stamp, &payload).unwrap();
    assert_eq!(disk.bytes(&path).unwrap().len(), BYTES);
    let file = SnapshotFile { sequence: 9, path: path.clone() };
    let mut found = 0;
    for byte in 0..BYTES {
        for bit in bits(&mut dice) {
            assert!(disk.flip(&path, byte * 8 + bit));
            let error = folder.load(&file, PARTITION, 1).unwrap_err();
            assert!(matches!(error, SnapshotError::Damaged { .. }), "bit {bit} of {byte}: {error}");
            found += 1;
            assert!(disk.flip(&path, byte * 8 + bit));
        }
    }
    assert_eq!(folder.load(&file, PARTITION, 1).unwrap().payload[..], payload[..]);
    found
}

#[test]
fn a_bit_of_every_byte_of_a_snapshot_of_64_kib_is_found() {
    assert_eq!(flipped_snapshot(|dice| vec![dice.below(8)]), BYTES);
}

#[test]
#[ignore = "every bit of a snapshot: just soak"]
fn every_bit_of_a_snapshot_of_64_kib_is_found() {
    assert_eq!(flipped_snapshot(|_| (0..8).collect()), BYTES * 8);
}

#[test]
fn a_reader_without_checksums_would_serve_changed_records() {
    let Written { disk, segments, records, .. } = written();
    let path = &segments[0].path;
    let expected: Vec<&[u8]> = records.iter().map(|record| &record.payload[..]).collect();
    let mut wrong = 0;
    for bit in (64 * 8..SEGMENT_BYTES * 8).step_by(11) {
        assert!(disk.flip(path, bit));
        let bytes = disk.bytes(path).unwrap();
        let (mut at, mut served) = (64, 0);
        while let Some(header) = bytes.get(at..at + 24) {
            let number = |at| u32::from_le_bytes(*header[at..].first_chunk().unwrap());
            let (length, is_last) = (number(0) as usize, number(20) >> 31 == 1);
            let Some(payload) = bytes.get(at + 24..at + length) else { break };
            wrong += u32::from(payload != expected[served]);
            served += 1;
            at += length.next_multiple_of(8) + if is_last { 32 } else { 0 };
        }
        assert!(disk.flip(path, bit));
    }
    assert!(wrong > 1_000, "{wrong}");
}
