//! Snapshots are either whole and meant, or passed over with a reason.

use std::path::PathBuf;
use std::sync::Arc;

use hotline_journal::{Disk, Fault, FaultyDisk, SnapshotError, SnapshotFolder, Stamp};
use tempfile::TempDir;

const FOLDER: &str = "snapshots";
const PARTITION: u64 = 7;
const SCHEMA: u64 = 0xABCD;

fn stamp(sequence: u64) -> Stamp {
    let (digest, root) = ([sequence as u8; 16], [!sequence as u8; 32]);
    Stamp { partition: PARTITION, schema: SCHEMA, sequence, digest, root, oldest_file: 0 }
}

fn payload(sequence: u64) -> Vec<u8> {
    format!("the state after record {sequence}").into_bytes()
}

fn path(sequence: u64) -> PathBuf {
    PathBuf::from(FOLDER).join(format!("{sequence:020}.snapshot"))
}

fn on(disk: &FaultyDisk) -> SnapshotFolder {
    SnapshotFolder::on(Arc::new(disk.clone()), FOLDER)
}

/// The sequence of the newest usable snapshot, its payload checked, and the reasons for passing over others.
fn newest(disk: &FaultyDisk) -> (Option<u64>, Vec<String>) {
    let loaded = on(disk).load_latest(PARTITION, SCHEMA, Ok).unwrap();
    if let Some(snapshot) = &loaded.snapshot {
        assert_eq!(snapshot.payload[..], payload(snapshot.sequence)[..]);
        assert_eq!(snapshot.digest, stamp(snapshot.sequence).digest);
        assert_eq!(snapshot.head.root, stamp(snapshot.sequence).root);
    }
    let reasons = loaded.skipped.iter().map(|skipped| skipped.reason.to_string()).collect();
    (loaded.snapshot.map(|snapshot| snapshot.sequence), reasons)
}

#[test]
fn the_newest_snapshot_is_loaded_aligned_and_two_are_kept() {
    let folder = TempDir::new().unwrap();
    let snapshots = SnapshotFolder::new(folder.path().join("snapshots"));
    assert!(snapshots.load_latest(PARTITION, SCHEMA, Ok).unwrap().snapshot.is_none());
    for sequence in [10, 20, 30] {
        snapshots.write(&stamp(sequence), &payload(sequence)).unwrap();
    }
    let loaded = snapshots.load_latest(PARTITION, SCHEMA, Ok).unwrap();
    let snapshot = loaded.snapshot.unwrap();
    assert!(loaded.skipped.is_empty());
    assert_eq!((snapshot.sequence, snapshot.digest), (30, [30; 16]));
    assert_eq!(snapshot.payload[..], payload(30)[..]);
    assert_eq!(snapshot.payload.as_ptr().align_offset(16), 0);
    let sequences: Vec<u64> = snapshots.list().unwrap().iter().map(|file| file.sequence).collect();
    assert_eq!(sequences, [20, 30]);
}

#[test]
fn every_flipped_bit_and_every_cut_falls_back_to_the_snapshot_before() {
    let disk = FaultyDisk::new();
    on(&disk).write(&stamp(1), &payload(1)).unwrap();
    on(&disk).write(&stamp(2), &payload(2)).unwrap();
    let whole = disk.bytes(path(2)).unwrap();
    for bit in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        disk.put(path(2), &flipped);
        let (sequence, reasons) = newest(&disk);
        assert_eq!(sequence, Some(1), "bit {bit}");
        assert!(reasons[0].contains("00000000000000000002.snapshot is damaged"), "{reasons:?}");
    }
    for length in 0..whole.len() {
        disk.put(path(2), &whole[..length]);
        assert_eq!(newest(&disk).0, Some(1));
    }
    disk.put(path(2), &whole);
    assert_eq!(newest(&disk), (Some(2), Vec::new()));
}

/// The control: nothing but the digest over them tells flipped bytes from those that were meant.
#[test]
fn a_flipped_bit_under_a_digest_of_its_own_is_loaded() {
    let disk = FaultyDisk::new();
    let mut flipped = payload(2);
    flipped[4] ^= 1;
    on(&disk).write(&stamp(1), &payload(1)).unwrap();
    on(&disk).write(&stamp(2), &flipped).unwrap();
    let snapshot = on(&disk).load_latest(PARTITION, SCHEMA, Ok).unwrap().snapshot.unwrap();
    assert_eq!((snapshot.sequence, &snapshot.payload[..]), (2, &flipped[..]));
}

#[test]
fn a_snapshot_of_another_schema_partition_or_name_is_passed_over_by_name() {
    let disk = FaultyDisk::new();
    on(&disk).write(&Stamp { schema: 1, ..stamp(1) }, &payload(1)).unwrap();
    on(&disk).write(&Stamp { partition: 8, ..stamp(2) }, &payload(2)).unwrap();
    disk.put(path(3), &disk.bytes(path(1)).unwrap());
    let (sequence, reasons) = newest(&disk);
    assert_eq!(sequence, None);
    assert_eq!(
        reasons,
        [
            "snapshot snapshots/00000000000000000003.snapshot is damaged (it belongs under another name); put a whole copy in its place, or move it away",
            "snapshot snapshots/00000000000000000002.snapshot belongs to partition 0x0000000000000008, not \
         0x0000000000000007; check the data folder",
            "snapshot snapshots/00000000000000000001.snapshot has schema 0x0000000000000001, this program reads \
         0x000000000000abcd",
        ]
    );
}

#[test]
fn a_power_cut_or_error_at_any_operation_leaves_a_whole_snapshot() {
    for fault in [Fault::PowerCut, Fault::Error, Fault::NoSpace] {
        for operation in 0.. {
            let disk = FaultyDisk::new();
            on(&disk).write(&stamp(1), &payload(1)).unwrap();
            on(&disk).write(&stamp(2), &payload(2)).unwrap();
            disk.fail_after(operation, fault);
            let outcome = on(&disk).write(&stamp(3), &payload(3));
            for seed in 0..16 {
                let after = disk.after_power_cut(seed);
                let (sequence, reasons) = newest(&after);
                let expected = if outcome.is_ok() { 3..=3 } else { 2..=3 };
                assert!(expected.contains(&sequence.unwrap()), "{fault:?} at {operation}");
                assert!(reasons.is_empty(), "a half-written snapshot got its name: {reasons:?}");
                on(&after).write(&stamp(4), &payload(4)).unwrap();
                assert_eq!(on(&after).list().unwrap().len(), 2);
                assert_eq!(
                    after.names(FOLDER.as_ref()).unwrap().len(),
                    2,
                    "an unfinished file stayed"
                );
            }
            if outcome.is_ok() {
                break;
            }
        }
    }
}

#[test]
fn a_full_disk_is_named_and_gets_its_space_back() {
    let disk = FaultyDisk::new();
    on(&disk).write(&stamp(1), &payload(1)).unwrap();
    disk.fail_after(2, Fault::NoSpace);
    let error = on(&disk).write(&stamp(2), &payload(2)).unwrap_err();
    assert!(matches!(error, SnapshotError::NoSpace { .. }));
    assert!(disk.bytes(path(2).with_extension("snapshot.tmp")).is_none());
    assert_eq!(newest(&disk).0, Some(1));
}

#[test]
fn a_read_error_is_an_error_and_not_a_reason_to_fall_back() {
    let disk = FaultyDisk::new();
    on(&disk).write(&stamp(1), &payload(1)).unwrap();
    on(&disk).write(&stamp(2), &payload(2)).unwrap();
    disk.fail_read_after(1);
    let error = on(&disk).load_latest(PARTITION, SCHEMA, Ok).unwrap_err();
    assert!(matches!(error, SnapshotError::Io { doing: "read", .. }));
}
