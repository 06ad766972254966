//! Somebody changes the journal on purpose: crudely, or with every checksum put right, or with every root put right too.
//! The first two are found by the journal alone, the last by whoever knows an earlier head.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use hotline_journal::{
    Damage, FaultyDisk, Head, Journal, JournalError, JournalOptions, Record, scan_on,
};

use crate::dice::Dice;

const FOLDER: &str = "journal";
const PARTITION: u64 = 7;
const HEADER_BYTES: usize = 64;
const ROOT_BYTES: usize = 32;
const EDITS: u64 = 1_000;
const COMMITS: usize = 12;

/// One commit: the payloads of its records, and the root behind them.
#[derive(Debug, Clone, PartialEq)]
struct Commit {
    payloads: Vec<Vec<u8>>,
    root: Vec<u8>,
}

/// What an editor may do, drawn evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Edit {
    Change,
    Delete,
    Insert,
    Reorder,
    Truncate,
    Replace,
}

const ALL_EDITS: [Edit; 6] =
    [Edit::Change, Edit::Delete, Edit::Insert, Edit::Reorder, Edit::Truncate, Edit::Replace];

fn payload(dice: &mut Dice) -> Vec<u8> {
    (0..1 + dice.below(60)).map(|_| dice.below(256) as u8).collect()
}

fn payloads(dice: &mut Dice, commits: usize) -> Vec<Vec<Vec<u8>>> {
    (0..commits).map(|_| (0..1 + dice.below(3)).map(|_| payload(dice)).collect()).collect()
}

/// Writes the commits as the program would. Gives the disk and the head after each commit.
fn written(commits: &[Vec<Vec<u8>>]) -> (FaultyDisk, Vec<Head>) {
    let disk = FaultyDisk::new();
    let options = JournalOptions { preallocate_bytes: 64, ..JournalOptions::new(PARTITION) };
    let (mut journal, _) = Journal::open_on(Arc::new(disk.clone()), FOLDER, options).unwrap();
    let heads = commits.iter().map(|payloads| {
        payloads.iter().for_each(|payload| assert!(journal.append(payload).is_ok()));
        journal.commit().unwrap();
        journal.head()
    });
    let heads = heads.collect();
    (disk, heads)
}

fn segment() -> PathBuf {
    PathBuf::from(FOLDER).join(format!("{:020}.journal", 1))
}

/// The frames of a segment, as raw bytes; the last one of a commit with the root behind it.
fn frames(disk: &FaultyDisk) -> Vec<Vec<u8>> {
    let bytes = disk.bytes(segment()).unwrap();
    let (mut at, mut frames) = (HEADER_BYTES, Vec::new());
    while let Some(length) = number(&bytes, at).filter(|length| *length > 0) {
        let is_last = number(&bytes, at + 20).unwrap() >> 31 == 1;
        let root = if is_last { ROOT_BYTES } else { 0 };
        let end = at + (length as usize).next_multiple_of(8) + root;
        frames.push(bytes[at..end].to_vec());
        at = end;
    }
    frames
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Puts the frames into the segment, in place of its own.
fn put(disk: &FaultyDisk, frames: &[Vec<u8>]) {
    let mut bytes = disk.bytes(segment()).unwrap()[..HEADER_BYTES].to_vec();
    frames.iter().for_each(|frame| bytes.extend_from_slice(frame));
    bytes.resize(bytes.len() + 100, 0);
    disk.put(segment(), &bytes);
}

/// The commits of a segment, roots and all.
fn commits(disk: &FaultyDisk) -> Vec<Commit> {
    let (mut commits, mut payloads) = (Vec::new(), Vec::new());
    for frame in frames(disk) {
        let length = number(&frame, 0).unwrap() as usize;
        payloads.push(frame[24..length].to_vec());
        if number(&frame, 20).unwrap() >> 31 == 1 {
            let root = frame[frame.len() - ROOT_BYTES..].to_vec();
            commits.push(Commit { payloads: std::mem::take(&mut payloads), root });
        }
    }
    commits
}

/// Writes commits with every length, sequence, place and checksum right, and with the roots that they have.
fn put_with_checksums(disk: &FaultyDisk, commits: &[Commit]) {
    let header = disk.bytes(segment()).unwrap();
    let segment_check = number(&header, 60).unwrap();
    let (mut frames, mut previous) = (Vec::new(), segment_check);
    for commit in commits {
        let last = commit.payloads.len() - 1;
        for (index, payload) in commit.payloads.iter().enumerate() {
            let mut frame = (24 + payload.len() as u32).to_le_bytes().to_vec();
            frame.extend_from_slice(&[0; 4]);
            frame.extend_from_slice(&(frames.len() as u64 + 1).to_le_bytes());
            frame.extend_from_slice(&previous.to_le_bytes());
            let mark = if index == last { 1 << 31 } else { 0 };
            frame.extend_from_slice(&(index as u32 | mark).to_le_bytes());
            frame.extend_from_slice(payload);
            frame.resize(frame.len().next_multiple_of(8), 0);
            if index == last {
                frame.extend_from_slice(&commit.root);
            }
            let mut hasher = crc32fast::Hasher::new_with_initial(segment_check);
            hasher.update(&frame[..4]);
            hasher.update(&frame[8..]);
            previous = hasher.finalize();
            frame[4..8].copy_from_slice(&previous.to_le_bytes());
            frames.push(frame);
        }
    }
    put(disk, &frames);
}

fn scan(disk: &FaultyDisk, heads: &[Head]) -> Result<Vec<Record>, JournalError> {
    scan_on(Arc::new(disk.clone()), FOLDER, PARTITION, 1)?.proving(heads).collect()
}

/// Edits a list in a drawn way. `other` makes or changes one item.
fn edited<T: Clone + PartialEq>(
    dice: &mut Dice,
    items: &[T],
    mut other: impl FnMut(&mut Dice, &T) -> T,
) -> (Edit, Vec<T>) {
    loop {
        let mut now = items.to_vec();
        let (at, to) = (dice.below(items.len()), dice.below(items.len()));
        let edit = ALL_EDITS[dice.below(ALL_EDITS.len())];
        match edit {
            Edit::Change => now[at] = other(dice, &items[at]),
            Edit::Delete => drop(now.remove(at)),
            Edit::Insert => now.insert(to, other(dice, &items[at])),
            Edit::Reorder => now.swap(at, to),
            Edit::Truncate => now.truncate(at),
            Edit::Replace => {
                now[at..].iter_mut().for_each(|item| *item = other(dice, item));
            }
        }
        if now != items {
            return (edit, now);
        }
    }
}

/// Where two lists first differ.
fn first_difference<T: PartialEq>(before: &[T], after: &[T]) -> usize {
    before.iter().zip(after).take_while(|(before, after)| before == after).count()
}

fn flipped(dice: &mut Dice, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let bit = dice.below(bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

#[test]
fn a_thousand_crude_edits_are_found_and_the_first_bad_record_is_named() {
    let mut kinds: BTreeMap<Edit, u32> = BTreeMap::new();
    for seed in 0..EDITS {
        let mut dice = Dice(seed);
        let (disk, heads) = written(&payloads(&mut dice, COMMITS));
        assert!(scan(&disk, &heads).is_ok(), "what nobody touched is whole");
        let whole = frames(&disk);
        let (edit, now) = edited(&mut dice, &whole, |dice, frame| flipped(dice, frame));
        put(&disk, &now);
        *kinds.entry(edit).or_default() += 1;
        let bad = first_difference(&whole, &now) as u64 + 1;
        match scan(&disk, &heads).unwrap_err() {
            JournalError::Damaged { sequence, .. } => assert_eq!(sequence, bad, "{seed} {edit:?}"),
            // Nothing whole follows: to the journal alone it is the rest of a write that was never acknowledged.
            JournalError::Short { last, known, .. } => {
                assert!((last + 1..=known).contains(&bad), "{seed} {edit:?}");
            }
            other => panic!("{seed} {edit:?}: {other}"),
        }
    }
    assert!(
        kinds.len() == ALL_EDITS.len() && kinds.values().all(|count| *count > 100),
        "{kinds:?}"
    );
}

/// Edits records, puts every checksum right, and leaves the roots as they are.
fn edited_with_checksums(dice: &mut Dice) -> (FaultyDisk, Vec<Head>, Edit, u64) {
    let (disk, heads) = written(&payloads(dice, COMMITS));
    let whole = commits(&disk);
    let (edit, now) = edited(dice, &whole, |dice, commit| {
        let mut commit = commit.clone();
        let at = dice.below(commit.payloads.len());
        match dice.below(3) {
            0 if commit.payloads.len() > 1 => drop(commit.payloads.remove(at)),
            1 => commit.payloads.insert(at, payload(dice)),
            _ => commit.payloads[at] = flipped(dice, &commit.payloads[at]),
        }
        commit
    });
    put_with_checksums(&disk, &now);
    let kept = first_difference(&whole, &now);
    let records_kept: usize = whole[..kept].iter().map(|commit| commit.payloads.len()).sum();
    (disk, heads, edit, records_kept as u64 + 1)
}

#[test]
fn a_thousand_edits_with_right_checksums_are_found_by_the_roots_of_the_commits() {
    let mut by_root = 0;
    for seed in 0..EDITS {
        let (disk, heads, edit, bad) = edited_with_checksums(&mut Dice(seed));
        match scan(&disk, &heads).unwrap_err() {
            JournalError::Damaged { sequence, damage: Damage::Seal, .. } => {
                assert_eq!(sequence, bad, "{seed} {edit:?}");
                by_root += 1;
            }
            JournalError::Short { last, .. } => assert_eq!(last + 1, bad, "{seed} {edit:?}"),
            other => panic!("{seed} {edit:?}: {other}"),
        }
    }
    assert!(by_root > EDITS / 2, "only {by_root} were found by a root");
}

#[test]
fn without_the_roots_edits_with_right_checksums_would_pass() {
    for seed in 0..EDITS / 10 {
        let (disk, ..) = edited_with_checksums(&mut Dice(seed));
        let unproved = scan_on(Arc::new(disk), FOLDER, PARTITION, 1).unwrap();
        assert!(unproved.into_iter().all(|record| record.is_ok()), "{seed}");
    }
}

/// Edits records and writes all of the journal anew, as the program would.
fn edited_throughout(dice: &mut Dice) -> (FaultyDisk, Vec<Head>, Edit, u64) {
    let whole = payloads(dice, COMMITS);
    let (_, heads) = written(&whole);
    let records: Vec<Vec<u8>> = whole.iter().flatten().cloned().collect();
    let (edit, now) = edited(dice, &records, |dice, payload| flipped(dice, payload));
    let bad = first_difference(&records, &now) as u64 + 1;
    let alone: Vec<_> = now.into_iter().map(|payload| vec![payload]).collect();
    (written(&alone).0, heads, edit, bad)
}

#[test]
fn a_thousand_journals_written_anew_are_found_by_earlier_heads() {
    let mut between_heads = 0;
    for seed in 0..EDITS {
        let (disk, heads, edit, bad) = edited_throughout(&mut Dice(seed));
        match scan(&disk, &heads).unwrap_err() {
            JournalError::OtherHistory { head, first_suspect, .. } => {
                assert!((first_suspect..=head.records).contains(&bad), "{seed} {edit:?}");
                assert!(head.records - first_suspect < 3, "heads of every commit say which one");
                between_heads += 1;
            }
            JournalError::Short { known, .. } => assert!(bad <= known, "{seed} {edit:?}"),
            other => panic!("{seed} {edit:?}: {other}"),
        }
        let last = heads[heads.len() - 1];
        assert!(scan(&disk, &[last]).is_err(), "the last head alone finds it too");
    }
    assert!(between_heads > EDITS / 2, "{between_heads}");
}

#[test]
fn without_a_head_a_journal_written_anew_passes() {
    for seed in 0..EDITS / 10 {
        let (disk, ..) = edited_throughout(&mut Dice(seed));
        assert!(scan(&disk, &[]).is_ok(), "{seed}");
    }
}

#[test]
fn opening_for_writing_finds_a_forged_commit_and_another_history_and_changes_nothing() {
    let options = |known_heads| JournalOptions { known_heads, ..JournalOptions::new(PARTITION) };
    let open = |disk: &FaultyDisk, known_heads| {
        Journal::open_on(Arc::new(disk.clone()), FOLDER, options(known_heads)).map(|_| ())
    };
    for seed in 0..EDITS / 10 {
        let (disk, heads, ..) = edited_with_checksums(&mut Dice(seed));
        let (anew, its_heads, ..) = edited_throughout(&mut Dice(seed));
        for (disk, heads) in [(disk, heads), (anew, its_heads)] {
            let before = disk.bytes(segment()).unwrap();
            open(&disk, heads).unwrap_err();
            assert_eq!(disk.bytes(segment()).unwrap(), before, "{seed}");
        }
    }
}
