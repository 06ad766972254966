//! Data folders as versions of the program left them, one folder a version in `tests/data/golden`. Each opens for ever, with the
//! orders it had. A digest is of all that a state remembers: that of another schema is another one.
//!
//! A new format of records, segments, snapshots or states fails here until its folder is there:
//! `cargo test --test untrusted -- --ignored write_the_folder_of_this_version`. Old folders stay,
//! as [`KEPT`] has them, and are never written anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hotline::codec::{CodecError, RECORD_FORMAT, STATE_SCHEMA};
use hotline::recovery::{DataFolder, RecoveryError, recover, verify};
use hotline_journal::{Journal, JournalOptions, RealDisk};
use serde_json::{Value, json};

use crate::village;

/// The first format of records that every later program reads; of those before there is no folder, and none was in use.
const FIRST_KEPT: u8 = KEPT[0].0;
/// The schemas of the folders that there are, by their format of records.
const KEPT: [(u8, &[u64]); 5] = [
    (5, &[7]),
    (6, &[8, 9]),
    (7, &[10, 11, 12]),
    (8, &[13, 14, 15, 16, 17, 19, 20, 21, 22, 23]),
    (9, &[24, 25, 26, 27]),
];
/// Bytes of a version that are not zero: it is kept for ever, and zeros take no room in the repository.
const FOLDER_BYTES_MAX: usize = 30 << 10;
/// What was left, beside the files.
const LEFT: &str = "left.json";

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden")
}

/// Where a number stands in a file of the journal's or the snapshots' folder.
fn number_in(folder: &Path, ending: &str, at: usize) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let file = entries.filter(|path| path.extension().is_some_and(|it| it == ending)).min();
    let bytes = fs::read(file.unwrap_or_else(|| panic!("no .{ending} in {folder:?}"))).unwrap();
    u64::from(u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()))
}

/// The name of the folder for the formats that a data folder has: they stand in its headers, at places that never move.
fn name_of(data: &Path) -> String {
    let segment = number_in(&data.join("journal"), "journal", 8);
    let snapshot = number_in(&data.join("snapshots"), "snapshot", 8);
    let schema = number_in(&data.join("snapshots"), "snapshot", 24);
    format!("record-{RECORD_FORMAT}-segment-{segment}-snapshot-{snapshot}-schema-{schema}")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (entry, name) = entry.map(|it| (it.path(), it.file_name())).unwrap();
        if entry.is_dir() {
            copy(&entry, &to.join(name));
        } else if name.to_str().is_some_and(|it| it != "set-aside" && !it.contains("lock")) {
            let mut bytes = fs::read(&entry).unwrap();
            if entry.extension().is_some_and(|it| it == "journal") {
                // Without the zeros that were written ahead: a journal that was cut there opens as well.
                let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
                bytes.truncate(end.next_multiple_of(8));
            }
            fs::write(to.join(name), bytes).unwrap();
        }
    }
}

fn lived(root: &Path) -> village::Left {
    let folder = village::folder_on(Arc::new(RealDisk), root);
    folder.create().unwrap();
    let district = village::hamlet(Path::new(env!("CARGO_MANIFEST_DIR")));
    village::live(&folder, &district)
}

fn written(left: &village::Left) -> Value {
    json!({"digest": left.digest.to_string(), "records": left.records, "orders": left.orders})
}

#[test]
#[ignore = "writes into the tree: once for each new format"]
fn write_the_folder_of_this_version() {
    let folder = tempfile::tempdir().unwrap();
    let left = lived(folder.path());
    let kept = golden().join(name_of(folder.path()));
    assert!(!kept.exists(), "{} is there, and stays as it is", kept.display());
    copy(folder.path(), &kept);
    fs::write(kept.join(LEFT), format!("{:#}\n", written(&left))).unwrap();
}

#[test]
fn the_formats_that_are_written_have_their_folder() {
    let folder = tempfile::tempdir().unwrap();
    lived(folder.path());
    let name = name_of(folder.path());
    assert!(
        golden().join(&name).join(LEFT).exists(),
        "no tests/data/golden/{name}: a format was raised; the head of this file says how its folder is made"
    );
    assert!(name.ends_with(&format!("-schema-{STATE_SCHEMA}")), "{name}");
}

#[test]
fn every_version_opens_with_its_orders() {
    let folders =
        KEPT.iter().flat_map(|(format, schemas)| schemas.iter().map(move |it| (format, it)));
    for (format, schema) in folders.clone() {
        let name = format!("record-{format}-segment-2-snapshot-3-schema-{schema}");
        let kept = golden().join(&name);
        let bytes = bytes_in(&kept);
        assert!(bytes <= FOLDER_BYTES_MAX, "{name}: {bytes} bytes");
        let folder = tempfile::tempdir().unwrap();
        copy(&kept, folder.path());
        let left: Value =
            serde_json::from_str(&fs::read_to_string(kept.join(LEFT)).unwrap()).unwrap();
        let data = DataFolder::at(folder.path());
        let verified = verify(&data, &[]).unwrap_or_else(|error| panic!("{name}: {error}"));
        if *schema == STATE_SCHEMA {
            assert_eq!(verified.digest.to_string(), left["digest"], "{name}");
        }
        assert_eq!(verified.state.orders().len() as u64, left["orders"], "{name}");
        let recovered = recover(&data).unwrap();
        assert_eq!(recovered.state.records_count(), left["records"], "{name}");
        assert_eq!(hotline_engine::digest(&recovered.state), verified.digest, "{name}");
    }
    let there = fs::read_dir(golden()).unwrap().count();
    assert_eq!(there, folders.count(), "each folder has its place in the list");
}

fn bytes_in(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let not_zero = |path: &Path| fs::read(path).unwrap().iter().filter(|&&byte| byte != 0).count();
    entries.map(|path| if path.is_dir() { bytes_in(&path) } else { not_zero(&path) }).sum()
}

/// The control of the digest: one letter less in a journal that is right by every checksum, and it is another.
#[test]
fn another_history_has_another_digest() {
    let folder = tempfile::tempdir().unwrap();
    let left = lived(folder.path());
    let (journal, other) = (folder.path().join("journal"), folder.path().join("other"));
    let records = hotline_journal::scan(&journal, 1, 1).unwrap();
    let (mut forged, _) = Journal::open(&other, JournalOptions::new(1)).unwrap();
    for record in records {
        let mut payload = record.unwrap().payload;
        let story = "一社区".as_bytes();
        if let Some(at) = payload.windows(story.len()).position(|piece| piece == story) {
            payload[at..at + 3].copy_from_slice("二".as_bytes());
        }
        forged.append(&payload).unwrap();
    }
    forged.commit().unwrap();
    drop(forged);
    fs::remove_dir_all(&journal).unwrap();
    fs::remove_dir_all(folder.path().join("snapshots")).unwrap();
    fs::rename(&other, &journal).unwrap();
    let verified = verify(&DataFolder::at(folder.path()), &[]).unwrap();
    assert_eq!(verified.state.records_count(), left.records);
    assert_ne!(verified.digest, left.digest);
}

#[test]
fn records_of_another_format_are_refused_by_its_number_and_their_place() {
    for format in [FIRST_KEPT - 1, RECORD_FORMAT + 1] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (mut journal, _) = Journal::open(&path, JournalOptions::new(1)).unwrap();
        journal.append(&[format, 1, 2, 3]).unwrap();
        journal.commit().unwrap();
        drop(journal);
        for error in [
            verify(&DataFolder::at(folder.path()), &[]).unwrap_err(),
            recover(&DataFolder::at(folder.path())).unwrap_err(),
        ] {
            assert!(
                matches!(
                    &error,
                    RecoveryError::Codec { sequence: 1, source: CodecError::UnknownFormat { found } }
                        if *found == format
                ),
                "{error}"
            );
            let words = format!("record 1: record format {format} is not known");
            assert!(error.to_string().starts_with(&words), "{error}");
        }
    }
}
