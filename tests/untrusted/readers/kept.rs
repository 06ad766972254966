//! The readers of the data folder: what they hand out of a damaged one is what was written, or nothing.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use hotline::recovery::{self, RecoveryError, verify};
use hotline::{codec, trail::Trail};
use hotline_engine::classifier::{Document, Model, Scratch};
#[cfg(test)]
use hotline_engine::classifier::{Example, TrainOptions};
use hotline_engine::text::{Normalised, Normaliser};
use hotline_engine::{Digest, digest};
use hotline_journal::{Disk, FaultyDisk, Head, Journal, JournalError, JournalOptions, Stamp};

use super::{INPUT_BYTES_MAX, Verdict};
use crate::readers::sent::root;
use crate::village;

const FOLDER: &str = "data";
const PARTITION: u64 = 1;
/// The first segment, by its name.
const SEGMENT: &str = "data/journal/00000000000000000001.journal";
/// Changes that an input makes to a file that was right.
const CHANGES_MAX: usize = 64;
/// Of one change: the file, where, and the byte.
const CHANGE_BYTES: usize = 4;

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Journal options under which little is written ahead.
fn options() -> JournalOptions {
    JournalOptions { preallocate_bytes: 0, segment_bytes: 2_000, ..JournalOptions::new(PARTITION) }
}

/// Any bytes as a segment: what is read of it before the first error reads the same when it is opened for writing, and the
/// journal goes on behind it.
pub(super) fn segment(bytes: &[u8]) -> Verdict {
    let disk = Arc::new(FaultyDisk::new());
    disk.create_folder(Path::new("data/journal")).unwrap();
    disk.put(SEGMENT, bytes);
    let read = records_of(&disk);
    let (mut journal, _) =
        Journal::open_on(disk.clone(), "data/journal", options()).map_err(words)?;
    // Opening verifies all of it, so that what it lets pass can be read.
    let before = read.map_err(|error| format!("opened, but not read before: {error}"));
    let before = before.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(journal.committed(), before.len() as u64);
    journal.append(b"one more").map_err(words)?;
    journal.commit().map_err(words)?;
    let after = records_of(&disk).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((&after[..before.len()], &*after[before.len()]), (&before[..], &b"one more"[..]));
    Ok(())
}

fn records_of(disk: &Arc<FaultyDisk>) -> Result<Vec<Vec<u8>>, JournalError> {
    let scan = hotline_journal::scan_on(disk.clone(), "data/journal", PARTITION, 1)?;
    scan.map(|record| record.map(|record| record.payload)).collect()
}

/// A journal that was right, with changes: every record that is handed out is the one that was written.
pub(super) fn journal(changes: &[u8]) -> Verdict {
    static WRITTEN: OnceLock<(Vec<Vec<u8>>, Files)> = OnceLock::new();
    let (payloads, files) = WRITTEN.get_or_init(|| {
        let disk = Arc::new(FaultyDisk::new());
        let (mut journal, _) = Journal::open_on(disk.clone(), "data/journal", options()).unwrap();
        let lengths = [0_usize, 1, 7, 8, 100, 511, 512, 900, 1_500, 33];
        let payloads: Vec<Vec<u8>> =
            lengths.iter().zip(b'a'..).map(|(length, byte)| vec![byte; *length]).collect();
        for (at, payload) in payloads.iter().enumerate() {
            journal.append(payload).unwrap();
            if at % 3 == 0 {
                journal.commit().unwrap();
            }
        }
        journal.commit().unwrap();
        drop(journal);
        (payloads, files_of(&disk, &["data/journal"]))
    });
    let disk = changed(files, changes);
    let scan = hotline_journal::scan_on(disk.clone(), "data/journal", PARTITION, 1);
    for (record, wanted) in scan.map_err(words)?.zip(payloads) {
        assert_eq!(&record.map_err(words)?.payload, wanted, "a record that nobody wrote");
    }
    let (journal, _) = Journal::open_on(disk, "data/journal", options()).map_err(words)?;
    // Only the last commit may be cut away, as what was never acknowledged.
    assert!(journal.committed() >= payloads.len() as u64 - 3, "{} records", journal.committed());
    Ok(())
}

/// Bytes as a record, and as the file of a trail.
pub(super) fn record(bytes: &[u8]) -> Verdict {
    if let Ok(trail) = serde_json::from_slice::<Trail>(bytes) {
        return trail.check(&Head { records: 9, root: [7; 32] }).map(drop).map_err(words);
    }
    let record = codec::decode_record(bytes).map_err(words)?;
    let mut again = Vec::new();
    codec::encode_record(&record, &mut again).map_err(words)?;
    let read = codec::decode_record(&again).map_err(words)?;
    assert_eq!(format!("{read:?}"), format!("{record:?}"), "it is what was written");
    Ok(())
}

/// A snapshot under a checksum that is right, whatever it holds: what was written, with changes, or anything at all; and any
/// bytes as the file of one. The state is the journal's.
pub(super) fn snapshot(bytes: &[u8]) -> Verdict {
    let (left, files) = lived();
    let (&how, bytes) = bytes.split_first().ok_or("it is empty")?;
    let disk = changed(files, &[]);
    let folder = village::folder_on(disk.clone(), Path::new(FOLDER));
    let snapshots = folder.snapshots();
    let file = snapshots.list().map_err(words)?.remove(0);
    if how == b'f' {
        disk.put(&file.path, bytes);
    } else {
        let was = snapshots.load(&file, PARTITION, codec::STATE_SCHEMA).map_err(words)?;
        let mut payload = was.payload.to_vec();
        match how {
            b'p' => payload = bytes.to_vec(),
            _ => change(std::slice::from_mut(&mut payload), bytes),
        }
        let (partition, schema) = (PARTITION, codec::STATE_SCHEMA);
        let (sequence, digest, root) = (was.sequence, was.digest, was.head.root);
        let stamp = Stamp { partition, schema, sequence, digest, root, oldest_file: 1 };
        snapshots.write(&stamp, &payload).map_err(words)?;
    }
    let state = recovery::read(&folder).map_err(words)?;
    assert_eq!(digest(&state), left.digest, "the state is the journal's");
    verify(&folder, &[]).map(drop).map_err(words)
}

/// A data folder that was right, with changes in any of its files: the state that it gives is the one that was left, or an
/// earlier one, or it is refused.
pub(super) fn folder(changes: &[u8]) -> Verdict {
    let (left, files) = lived();
    let folder = village::folder_on(changed(files, changes), Path::new(FOLDER));
    let is_left = |found: Digest, records: u64| {
        // The last commit may have been cut as a torn one; the note of the stop speaks against that when it is opened.
        assert!(records < left.records || found == left.digest, "another state");
    };
    let mut refused = Ok(());
    match verify(&folder, &[]) {
        Ok(verified) => is_left(verified.digest, verified.state.records_count()),
        Err(error) => refused = Err(words(error)),
    }
    match recovery::recover(&folder) {
        // Its orders lie on disk and may be damaged there: each says so when it is taken down.
        Ok(recovered) => assert_eq!(recovered.state.records_count(), left.records),
        Err(error @ RecoveryError::Codec { .. }) => panic!("past every checksum: {error}"),
        Err(error) => refused = refused.and(Err(words(error))),
    }
    refused
}

type Files = Vec<(String, Vec<u8>)>;

/// A village's folder as it was left, in few bytes.
fn lived() -> &'static (village::Left, Files) {
    static LIVED: OnceLock<(village::Left, Files)> = OnceLock::new();
    LIVED.get_or_init(|| {
        let disk = Arc::new(FaultyDisk::new());
        let folder = village::folder_on(disk.clone(), Path::new(FOLDER));
        let left = village::live(&folder, &village::hamlet(root()));
        (left, files_of(&disk, &["data", "data/journal", "data/snapshots"]))
    })
}

/// The files in these folders, without the zeros that were written ahead.
fn files_of(disk: &FaultyDisk, folders: &[&str]) -> Files {
    let mut files = Vec::new();
    for folder in folders {
        for name in disk.names(Path::new(folder)).unwrap() {
            let path = format!("{folder}/{name}");
            let mut bytes = disk.bytes(&path).unwrap();
            if path.ends_with(".journal") {
                let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
                bytes.truncate(end.next_multiple_of(8));
            }
            files.push((path, bytes));
        }
    }
    files.sort();
    files.retain(|(path, _)| !path.ends_with("set-aside") && !path.ends_with("lock"));
    files
}

/// Changes files: four bytes say which, where, and what stands there instead. A file from 128 on is counted backwards from
/// its end, and a byte that is there already cuts it.
fn change(files: &mut [Vec<u8>], changes: &[u8]) {
    for change in changes.chunks_exact(CHANGE_BYTES).take(CHANGES_MAX) {
        let &[file, high, low, byte] = change else { unreachable!("chunks of four") };
        let count = files.len();
        let bytes = &mut files[usize::from(file & 0x7f) % count];
        let from = (usize::from(high) << 8 | usize::from(low)) % bytes.len().max(1);
        let at = if file < 0x80 { from } else { bytes.len().saturating_sub(1 + from) };
        match bytes.get_mut(at) {
            Some(old) if *old == byte => bytes.truncate(at),
            Some(old) => *old = byte,
            None => bytes.push(byte),
        }
    }
}

/// The files on a disk of their own, changed.
fn changed(files: &Files, changes: &[u8]) -> Arc<FaultyDisk> {
    let (paths, mut contents): (Vec<String>, Vec<Vec<u8>>) = files.iter().cloned().unzip();
    change(&mut contents, changes);
    let disk = Arc::new(FaultyDisk::new());
    for folder in ["data", "data/journal", "data/snapshots"] {
        disk.create_folder(Path::new(folder)).unwrap();
    }
    for (path, bytes) in paths.iter().zip(&contents) {
        disk.put(path, bytes);
    }
    disk
}

/// Bytes as a model file, and the same under a checksum that is right: what loads can predict.
pub(super) fn model(bytes: &[u8]) -> Verdict {
    let mut sealed = bytes.to_vec();
    if let Some((head, rest)) = sealed.split_first_chunk_mut::<24>() {
        head[8..].copy_from_slice(&xxhash_rust::xxh3::xxh3_128(rest).to_le_bytes());
    }
    let plain = Model::from_bytes(bytes).map(drop);
    let model = Model::from_bytes(&sealed).map_err(words)?;
    let normaliser = Normaliser::new();
    let (mut title, mut body) = (Normalised::default(), Normalised::default());
    normaliser.normalise("停水", &mut title);
    normaliser.normalise("东一社区早上起来就没水,路灯也不亮", &mut body);
    let predicted = model.predict(Document::whole(&title, &body), &mut Scratch::default());
    assert!(predicted.top().iter().all(|choice| usize::from(choice.label) < model.labels().len()));
    assert!((0.0..=1.0).contains(&predicted.confidence()), "{}", predicted.confidence());
    assert!(model.to_bytes().len() <= INPUT_BYTES_MAX, "no more than was read");
    plain.map_err(words)
}

/// What the corpora of the readers here begin with, by reader and name: written by this version of the program.
#[cfg(test)]
pub(crate) fn seeds() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let disk = Arc::new(FaultyDisk::new());
    let (mut journal, _) = Journal::open_on(disk.clone(), "data/journal", options()).unwrap();
    for payload in [&b"first"[..], b"second", b""] {
        journal.append(payload).unwrap();
        journal.commit().unwrap();
    }
    drop(journal);
    let whole = disk.bytes(SEGMENT).unwrap();
    let mut seeds = vec![
        ("segment", "torn", whole[..whole.len() - 20].to_vec()),
        ("segment", "whole", whole),
        ("segment", "no-segment", b"HLJOURNL but no more".to_vec()),
        ("journal", "unchanged", Vec::new()),
        ("journal", "cut-and-changed", vec![0, 1, 0, 7, 1, 0, 40, 9]),
        ("folder", "unchanged", Vec::new()),
    ];
    let (_, files) = lived();
    for (file, name) in (0..files.len() as u8).zip(["a", "b", "c", "d", "e", "f", "g"]) {
        seeds.push(("folder", name, vec![file, 0, 150, 1, file, 0, 4, 0]));
    }
    let (_, file) = files.iter().find(|(path, _)| path.ends_with(".snapshot")).unwrap();
    let header = [&b"f"[..], &file[..200]].concat();
    seeds.extend([
        ("snapshot", "unchanged", b"c".to_vec()),
        ("snapshot", "changed", b"c\x80\x00\x20\x09\x80\x01\x00\x07".to_vec()),
        ("snapshot", "payload", b"p and nothing that is a state".to_vec()),
        ("snapshot", "header", header),
    ]);
    let disk = changed(files, &[]);
    let scan = hotline_journal::scan_on(disk, "data/journal", PARTITION, 1).unwrap();
    let payloads: Vec<Vec<u8>> = scan.map(|record| record.unwrap().payload).collect();
    for (name, at) in
        [("directory", 0), ("article", 1), ("accepted", 3), ("last", payloads.len() - 1)]
    {
        seeds.push(("record", name, payloads[at].clone()));
    }
    seeds.push(("record", "other-format", vec![codec::RECORD_FORMAT + 1, 0]));
    let older = [&[codec::RECORD_FORMAT - 1], &payloads[3][1..]].concat();
    seeds.push(("record", "older-format", older));
    let model = small_model();
    seeds.push(("model", "cut", model[..model.len() / 2].to_vec()));
    seeds.push(("model", "whole", model));
    seeds
}

/// A model of two labels that knows a few words.
#[cfg(test)]
fn small_model() -> Vec<u8> {
    let texts = [("停水", 0), ("没水", 0), ("水压低", 0), ("路灯", 1), ("灯不亮", 1), ("灯坏", 1)];
    let example = |(body, label)| Example { title: "", body, label, weight: 1.0 };
    let examples: Vec<Example<'_>> = texts.into_iter().map(example).collect();
    let labels = vec!["供水".to_owned(), "路灯".to_owned()];
    let options = TrainOptions { features_max: 8, inner_folds: 0, ..TrainOptions::default() };
    Model::train(&Normaliser::new(), &examples, labels, &options).unwrap().to_bytes()
}
