//! A run of ten thousand commands, and a crash after every operation and at every byte of a commit: nothing acknowledged
//! is lost, nothing stands twice, and what is recovered has the head of the twin that never crashed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hotline_journal::{Disk, FaultyDisk, Head, Journal, JournalOptions, Tree, leaf_hash};

use crate::dice::Dice;

const FOLDER: &str = "journal";
const COMMANDS: u64 = 10_000;
/// Commits after which old segments go, so that each disk of thousands is small.
const RETIRE_EVERY: u64 = 32;

fn options(verify_from: u64) -> JournalOptions {
    JournalOptions {
        segment_bytes: 6_000,
        preallocate_bytes: 512,
        verify_from,
        ..JournalOptions::new(7)
    }
}

fn payload(sequence: u64) -> Vec<u8> {
    let mut dice = Dice(sequence);
    (0..dice.below(160)).map(|_| dice.below(256) as u8).collect()
}

/// What should be there, without any disk.
struct Twin {
    tree: Tree,
    /// The head after each record that ends a commit.
    heads: Vec<Option<Head>>,
    /// All up to here is acknowledged, all behind it was at most tried.
    acknowledged: u64,
    /// A snapshot stands for the records before.
    needed_from: u64,
}

/// What the crashes came to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    points: u64,
    /// Acknowledged records that were gone.
    lost: u64,
    /// Journals that could not be opened, or gave other records than the twin's.
    other: u64,
    /// Journals from whose end something was cut.
    torn: u64,
    /// Journals that held a commit nobody had been told of.
    ahead: u64,
}

impl Twin {
    fn new() -> Twin {
        let tree = Tree::default();
        Twin { heads: vec![Some(tree.head())], tree, acknowledged: 0, needed_from: 1 }
    }

    fn appended(&mut self, payload: &[u8], ends_commit: bool) {
        self.tree.push(leaf_hash(payload));
        self.heads.push(ends_commit.then(|| self.tree.head()));
    }

    /// Opens what a crash left, and judges it.
    fn judge(&self, disk: FaultyDisk, tally: &mut Tally) {
        tally.points += 1;
        let opened = Journal::open_on(Arc::new(disk), FOLDER, options(self.needed_from));
        let Ok((journal, recovered)) = opened else {
            tally.other += 1;
            return;
        };
        let last = recovered.last_sequence;
        tally.torn += u64::from(recovered.cut_bytes > 0);
        tally.ahead += u64::from(last > self.acknowledged);
        tally.lost += self.acknowledged.saturating_sub(last);
        // The head is over every record and its place: none is twice, none is changed, no commit is there by half.
        let expected = self.heads.get(last as usize).copied().flatten();
        tally.other += u64::from(expected != Some(journal.head()));
        // Now and then read them too, one by one.
        if tally.points.is_multiple_of(97) {
            let from = self.needed_from.min(last + 1);
            let mut sequence = from;
            for record in journal.reader().scan(from).unwrap() {
                let record = record.unwrap();
                assert_eq!((record.sequence, record.payload), (sequence, payload(sequence)));
                sequence += 1;
            }
            assert_eq!(sequence, last + 1);
        }
    }
}

/// The last segment, and its bytes.
fn last_segment(disk: &FaultyDisk) -> (PathBuf, Vec<u8>) {
    let names = disk.names(FOLDER.as_ref()).unwrap();
    let name = names.iter().filter(|name| name.ends_with(".journal")).max().unwrap();
    let path = Path::new(FOLDER).join(name);
    let bytes = disk.bytes(&path).unwrap();
    (path, bytes)
}

/// Runs the commands, and crashes: at every operation, and at every byte of each commit whose number divides by `bytes_of_every`.
fn crashed(commands: u64, bytes_of_every: u64, disk: &FaultyDisk) -> Tally {
    let (mut twin, mut tally) = (Twin::new(), Tally::default());
    let (mut journal, _) = Journal::open_on(Arc::new(disk.clone()), FOLDER, options(1)).unwrap();
    disk.watch_crashes(1);
    let mut dice = Dice(2);
    for commit in 1_u64.. {
        if twin.acknowledged >= commands {
            break;
        }
        let records = 1 + dice.below(3) as u64;
        for index in 1..=records {
            let payload = payload(twin.acknowledged + index);
            assert_eq!(journal.append(&payload).unwrap(), twin.acknowledged + index);
            twin.appended(&payload, index == records);
        }
        let before = disk.after_power_cut(0);
        let bytes_before = last_segment(disk).1;
        let acknowledged = journal.commit().unwrap();
        // Until the last operation of the commit was done, nobody had been told.
        disk.take_crashes().into_iter().for_each(|crash| twin.judge(crash, &mut tally));
        if commit.is_multiple_of(bytes_of_every) {
            let (path, bytes) = last_segment(disk);
            judge_bytes(&twin, &before, &path, (&bytes_before, &bytes), &mut tally);
        }
        twin.acknowledged = acknowledged;
        twin.judge(disk.after_power_cut(commit), &mut tally);
        if commit.is_multiple_of(RETIRE_EVERY) {
            twin.needed_from = acknowledged + 1;
            journal.reader().retire(acknowledged, None).unwrap();
            disk.take_crashes().into_iter().for_each(|crash| twin.judge(crash, &mut tally));
        }
    }
    tally
}

/// Bytes of the header of a segment: a hash for each full subtree over the records before it.
fn header_bytes(path: &Path) -> usize {
    let first: u64 = path.file_stem().unwrap().to_str().unwrap().parse().unwrap();
    64 + 32 * (first - 1).count_ones() as usize
}

/// The commit's bytes reached the disk up to any one of them.
fn judge_bytes(
    twin: &Twin,
    before: &FaultyDisk,
    path: &Path,
    (old, new): (&[u8], &[u8]),
    tally: &mut Tally,
) {
    // A new segment gets its name when its header is durable: the commit begins behind it.
    let (old, first) = match before.bytes(path) {
        Some(_) => {
            let differs = |at: &usize| old.get(*at).copied().unwrap_or(0) != new[*at];
            (old, (0..new.len()).find(differs).unwrap())
        }
        None => (&[][..], header_bytes(path)),
    };
    let end = new.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    for cut in first..=end {
        let mut bytes = new[..cut].to_vec();
        bytes.extend_from_slice(old.get(cut..).unwrap_or(&[]));
        let crash = before.after_power_cut(0);
        crash.put(path, &bytes);
        twin.judge(crash, tally);
    }
}

#[test]
fn ten_thousand_commands_with_a_crash_at_every_operation_lose_nothing_and_repeat_nothing() {
    let tally = crashed(COMMANDS, 100, &FaultyDisk::new());
    println!("{tally:?}");
    assert_eq!((tally.lost, tally.other), (0, 0), "{tally:?}");
    assert!(tally.points >= 25_000 && tally.torn > 5_000 && tally.ahead > 500, "{tally:?}");
}

#[test]
fn the_same_run_on_a_disk_that_does_not_sync_loses_what_was_acknowledged() {
    let disk = FaultyDisk::new();
    disk.ignore_syncs();
    let tally = crashed(COMMANDS / 20, COMMANDS, &disk);
    assert!(tally.lost + tally.other > 0, "{tally:?}");
}

#[test]
fn the_same_run_on_a_disk_that_does_not_sync_folders_loses_segments() {
    let disk = FaultyDisk::new();
    disk.ignore_folder_syncs();
    let tally = crashed(COMMANDS / 20, COMMANDS, &disk);
    assert!(tally.lost + tally.other > 0, "{tally:?}");
}

#[test]
#[ignore = "a million crash points: just soak"]
fn a_million_crash_points_lose_nothing_and_repeat_nothing() {
    let tally = crashed(COMMANDS, 1, &FaultyDisk::new());
    println!("{tally:?}");
    assert_eq!((tally.lost, tally.other), (0, 0), "{tally:?}");
    assert!(tally.points >= 1_000_000, "{tally:?}");
}
