//! Pieces of a state beside its snapshots: each is read back from where it was put, also after a power cut at any operation,
//! and what no snapshot refers to is removed.

use std::path::Path;
use std::sync::Arc;

use hotline_journal::{
    Disk, Fault, FaultyDisk, Lasts, PieceWriter, Pieces, Place, SnapshotError, SnapshotFolder,
    Stamp,
};

const FOLDER: &str = "snapshots";
/// Some pieces fill a file.
const LASTING_BYTES: u64 = 150;

fn on(disk: &FaultyDisk) -> SnapshotFolder {
    SnapshotFolder::on(Arc::new(disk.clone()), FOLDER).with_lasting_bytes(LASTING_BYTES)
}

fn piece(number: u64) -> Vec<u8> {
    format!("piece {number} ").repeat(1 + number as usize % 5).into_bytes()
}

/// Writes a snapshot with ten new pieces that last and five that do not; gives the places of those that last.
fn write(disk: &FaultyDisk, sequence: u64) -> Result<Vec<Place>, SnapshotError> {
    let folder = on(disk);
    let mut writer = folder.begin(sequence)?;
    let places = write_all(&folder, &mut writer, sequence);
    if places.is_err() && folder.list()?.iter().all(|file| file.sequence != sequence) {
        writer.abandon();
    }
    places
}

fn write_all(
    folder: &SnapshotFolder,
    writer: &mut PieceWriter,
    sequence: u64,
) -> Result<Vec<Place>, SnapshotError> {
    for number in 0..5 {
        writer.put(&piece(sequence * 100 + 50 + number), Lasts::UntilTheNext)?;
    }
    let mut put = |number| writer.put(&piece(sequence * 100 + number), Lasts::Long);
    let places = (0..10).map(&mut put).collect::<Result<Vec<_>, _>>()?;
    writer.finish()?;
    let oldest_file = places.iter().map(|place| place.file).min().unwrap();
    let (digest, root) = ([0; 16], [0; 32]);
    folder
        .write(&Stamp { partition: 1, schema: 1, sequence, digest, root, oldest_file }, b"state")?;
    Ok(places)
}

#[track_caller]
fn reads(pieces: &Pieces, sequence: u64, places: &[Place]) {
    let mut bytes = Vec::new();
    for (number, place) in places.iter().enumerate() {
        pieces.read(*place, &mut bytes).unwrap();
        assert_eq!(bytes, piece(sequence * 100 + number as u64), "{place:?}");
    }
}

fn names(disk: &FaultyDisk, ending: &str) -> Vec<String> {
    let mut names = disk.names(Path::new(FOLDER)).unwrap();
    names.retain(|name| name.ends_with(ending));
    names.sort();
    names
}

#[test]
fn each_piece_is_where_it_was_put_however_many_files_they_fill() {
    let disk = FaultyDisk::new();
    let first = write(&disk, 1).unwrap();
    let second = write(&disk, 2).unwrap();
    assert!(first.iter().any(|place| place.file > 1), "a file was full");
    assert!(second[0].file >= first[9].file);
    reads(&on(&disk).pieces(1), 1, &first);
    reads(&on(&disk).pieces(2), 1, &first);
    reads(&on(&disk).pieces(2), 2, &second);
    for (number, step) in [(0, 1), (1, 3)] {
        let bytes = piece(250 + number).len() as u32;
        let mut read = Vec::new();
        on(&disk).pieces(2).read(Place { file: 0, step, bytes }, &mut read).unwrap();
        assert_eq!(read, piece(250 + number));
    }
}

#[test]
fn a_place_beyond_the_end_and_a_file_that_is_not_there_are_damage() {
    let disk = FaultyDisk::new();
    write(&disk, 1).unwrap();
    let pieces = on(&disk).pieces(1);
    let mut bytes = Vec::new();
    for (place, what) in [
        (Place { file: 0, step: 1_000, bytes: 1 }, "it ends before a piece of it"),
        (Place { file: 99, step: 0, bytes: 1 }, "the file with pieces of it is missing"),
    ] {
        let error = pieces.read(place, &mut bytes).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn pieces_go_with_the_last_snapshot_that_refers_to_them() {
    let disk = FaultyDisk::new();
    for sequence in 1..=6 {
        let places = write(&disk, sequence).unwrap();
        reads(&on(&disk).pieces(sequence), sequence, &places);
    }
    assert_eq!(names(&disk, ".snapshot").len(), 2);
    assert_eq!(names(&disk, ".passing").len(), 2);
    // Each of the two refers to its own pieces alone here, and shares a file with its neighbour.
    let lasting = names(&disk, ".lasting");
    assert!((2..=4).contains(&lasting.len()), "{lasting:?}");
}

#[test]
fn a_power_cut_at_any_operation_leaves_whole_snapshots_with_all_their_pieces() {
    for operation in 0.. {
        let disk = FaultyDisk::new();
        let first = write(&disk, 1).unwrap();
        disk.fail_after(operation, Fault::PowerCut);
        let outcome = write(&disk, 2);
        for seed in 0..8 {
            let after = disk.after_power_cut(seed);
            reads(&on(&after).pieces(1), 1, &first);
            let loaded = on(&after).load_latest(1, 1, Ok).unwrap();
            let sequence = loaded.snapshot.unwrap().sequence;
            assert!(sequence == 2 || outcome.is_err());
            if let Ok(second) = &outcome {
                reads(&on(&after).pieces(2), 2, second);
            }
            let third = write(&after, 3).unwrap();
            reads(&on(&after).pieces(3), 3, &third);
        }
        if outcome.is_ok() {
            break;
        }
    }
}

#[test]
fn without_syncs_a_power_cut_takes_pieces_away() {
    let lost = (0..32).any(|seed| {
        let disk = FaultyDisk::new();
        disk.ignore_syncs();
        let places = write(&disk, 1).unwrap();
        let after = disk.after_power_cut(seed);
        let mut bytes = Vec::new();
        let whole = |(number, place): (usize, &Place)| {
            let read = on(&after).pieces(1).read(*place, &mut bytes);
            read.is_ok() && bytes == piece(100 + number as u64)
        };
        !places.iter().enumerate().all(whole)
    });
    assert!(lost, "the test above would have seen it");
}

#[test]
fn a_full_disk_gets_the_space_of_half_a_snapshot_back() {
    let disk = FaultyDisk::new();
    write(&disk, 1).unwrap();
    let first = used(&disk);
    write(&disk, 2).unwrap();
    let both = used(&disk);
    for operation in 0.. {
        let disk = FaultyDisk::new();
        let places = write(&disk, 1).unwrap();
        disk.fail_after(operation, Fault::NoSpace);
        let outcome = write(&disk, 2);
        disk.heal();
        if outcome.is_ok() {
            assert!(operation > 5, "the disk was full at each operation");
            break;
        }
        reads(&on(&disk).pieces(1), 1, &places);
        // Behind its last rename the snapshot is there, whatever failed then.
        let is_there = on(&disk).list().unwrap().len() == 2;
        assert!(is_there || used(&disk) <= first, "operation {operation}: {}", used(&disk));
        let second = write(&disk, 2).unwrap();
        reads(&on(&disk).pieces(2), 2, &second);
        assert!(is_there || used(&disk) == both, "operation {operation}: {}", used(&disk));
    }
}

fn used(disk: &FaultyDisk) -> usize {
    let names = disk.names(Path::new(FOLDER)).unwrap();
    names.iter().map(|name| disk.bytes(Path::new(FOLDER).join(name)).unwrap().len()).sum()
}

#[test]
fn a_file_put_out_of_use_is_missed_by_snapshots_and_stays_readable_where_it_is_open() {
    let disk = FaultyDisk::new();
    let places = write(&disk, 1).unwrap();
    let pieces = on(&disk).pieces(1);
    reads(&pieces, 1, &places);
    pieces.put_out_of_use(places[0].file);
    reads(&pieces, 1, &places);
    assert!(on(&disk).pieces(1).open(places[0].file).is_err());
    assert_eq!(names(&disk, ".damaged").len(), 1);
}
