//! Power cuts, failed writes and failed syncs, at every single operation. What was acknowledged must be there; what was
//! not may be, but whole.

use std::sync::Arc;

use hotline_journal::{
    Disk, Fault, FaultyDisk, Journal, JournalError, JournalOptions, Recovered, scan_on,
};

const FOLDER: &str = "journal";
/// Different tails that one crash may leave; the operation at which it happens varies much more.
const SEEDS: u64 = 24;

fn options() -> JournalOptions {
    JournalOptions { segment_bytes: 2_600, preallocate_bytes: 700, ..JournalOptions::new(7) }
}

fn open(disk: &FaultyDisk) -> Result<(Journal, Recovered), JournalError> {
    Journal::open_on(Arc::new(disk.clone()), FOLDER, options())
}

fn payload(sequence: u64) -> Vec<u8> {
    vec![sequence as u8; (sequence as usize * 97) % 700]
}

/// Commits of one, two, three, … records, until the disk fails. Returns the last acknowledged sequence.
fn run(disk: &FaultyDisk, commits: u64) -> Result<u64, (u64, JournalError)> {
    let (mut journal, recovered) = open(disk).map_err(|error| (0, error))?;
    let mut acknowledged = recovered.last_sequence;
    for commit in 1..=commits {
        for _ in 0..commit {
            let sequence = journal.committed() + 1 + count_pending(&journal, acknowledged);
            journal.append(&payload(sequence)).map_err(|error| (acknowledged, error))?;
        }
        acknowledged = journal.commit().map_err(|error| (acknowledged, error))?;
    }
    Ok(acknowledged)
}

/// How many records are pending, told from their bytes.
fn count_pending(journal: &Journal, committed: u64) -> u64 {
    let mut bytes = 0;
    let mut count = 0;
    while bytes < journal.pending_bytes() {
        count += 1;
        bytes += (24 + payload(committed + count).len()).next_multiple_of(8);
    }
    count
}

fn is_end_of_a_commit(sequence: u64) -> bool {
    (0..100).map(|commits| commits * (commits + 1) / 2).any(|end| end == sequence)
}

/// Opens the journal and checks every record. Returns the last sequence.
fn recovered_sequence(disk: &FaultyDisk) -> u64 {
    let (journal, recovered) = open(disk).unwrap();
    let mut sequence = 0;
    for record in journal.reader().scan(1).unwrap() {
        let record = record.unwrap();
        sequence += 1;
        assert_eq!((record.sequence, record.payload), (sequence, payload(sequence)));
    }
    assert_eq!(sequence, recovered.last_sequence);
    sequence
}

/// Cuts the power at every operation of a run, and counts the acknowledged records that are gone afterwards.
fn lost_by_power_cuts(lying: bool) -> u64 {
    let mut lost = 0;
    for operation in 0.. {
        let disk = FaultyDisk::new();
        if lying {
            disk.ignore_syncs();
        }
        disk.fail_after(operation, Fault::PowerCut);
        let Err((acknowledged, _)) = run(&disk, 7) else { break };
        for seed in 0..SEEDS {
            let after = disk.after_power_cut(operation * SEEDS + seed);
            let last = match open(&after).err() {
                None => recovered_sequence(&after),
                Some(_) if lying => 0,
                Some(error) => panic!("operation {operation}, seed {seed}: {error}"),
            };
            assert!(is_end_of_a_commit(last), "half a commit, up to {last}, was recovered");
            lost += acknowledged.saturating_sub(last);
        }
    }
    lost
}

#[test]
fn a_power_cut_at_any_operation_loses_nothing_acknowledged() {
    assert_eq!(lost_by_power_cuts(false), 0);
}

#[test]
fn the_power_cuts_would_notice_a_journal_that_is_not_synced() {
    assert!(lost_by_power_cuts(true) > 0);
}

#[test]
fn a_second_power_cut_during_recovery_loses_nothing_acknowledged() {
    let (mut cuts, mut torn) = (0, 0);
    for operation in 0.. {
        let disk = FaultyDisk::new();
        disk.fail_after(operation, Fault::PowerCut);
        let Err((acknowledged, _)) = run(&disk, 5) else { break };
        for seed in 0..4 {
            let after = disk.after_power_cut(operation * 31 + seed);
            for again in 0.. {
                let second = after.after_power_cut(seed);
                second.fail_after(again, Fault::PowerCut);
                let outcome = open(&second);
                torn += outcome.as_ref().map_or(0, |(_, recovered)| recovered.cut_bytes);
                let last = recovered_sequence(&second.after_power_cut(again * 17 + seed));
                assert!(last >= acknowledged, "{acknowledged} acknowledged, {last} recovered");
                cuts += 1;
                if outcome.is_ok() {
                    break;
                }
            }
        }
    }
    assert!(cuts > 300 && torn > 0, "{cuts} cuts, {torn} bytes torn: the test has no teeth");
}

#[test]
fn a_journal_goes_on_after_a_torn_tail_was_cut() {
    for operation in 3.. {
        let disk = FaultyDisk::new();
        disk.fail_after(operation, Fault::PowerCut);
        if run(&disk, 4).is_ok() {
            break;
        }
        for seed in 0..SEEDS {
            let after = disk.after_power_cut(seed);
            let (mut journal, recovered) = open(&after).unwrap();
            let sequence = journal.append(&payload(recovered.last_sequence + 1)).unwrap();
            assert_eq!(journal.commit().unwrap(), sequence);
            drop(journal);
            assert_eq!(recovered_sequence(&after.after_power_cut(seed)), sequence);
        }
    }
}

/// Commits, of one record each, at every operation of which one run fails.
const COMMITS: u64 = 400;

#[test]
fn a_failed_operation_stops_the_journal_and_is_never_tried_again() {
    for operation in 4.. {
        let disk = FaultyDisk::new();
        let (mut journal, _) = open(&disk).unwrap();
        let opened = disk.operations();
        disk.fail_after(operation, Fault::Error);
        let mut acknowledged = 0;
        let failed = (0..COMMITS).find_map(|_| {
            journal.append(&payload(acknowledged + 1)).unwrap();
            journal.commit().map(|sequence| acknowledged = sequence).err()
        });
        let Some(first) = failed else {
            assert!(operation > 1_000, "the journal made only {opened} + {operation} operations");
            break;
        };
        let after_failure = disk.operations();
        let later = [
            journal.commit().unwrap_err(),
            journal.append(b"more").unwrap_err(),
            journal.reserve(100).unwrap_err(),
        ];
        assert!(
            matches!(first, JournalError::Stopped { committed, .. } if committed == acknowledged)
        );
        for error in later {
            assert_eq!(error.to_string(), first.to_string());
        }
        assert_eq!(disk.operations(), after_failure, "something was tried again");
        drop(journal);
        assert!(recovered_sequence(&disk.after_power_cut(operation)) >= acknowledged);
    }
}

#[test]
fn what_a_restart_shows_after_a_failed_sync_survives_a_power_cut() {
    let (mut shown_beyond_the_acknowledged, mut lost_without_a_restart) = (0, 0);
    for operation in 0.. {
        let disk = FaultyDisk::new();
        disk.fail_after(operation, Fault::Error);
        let Err((acknowledged, _)) = run(&disk, 5) else { break };
        // The control: the same disk, on which nothing was written again before the power went.
        let not_written_again = [0, 1, 2, 3].map(|seed| disk.after_power_cut(seed));
        // The process restarts, the machine does not: the file shows what the disk never got.
        let shown = recovered_sequence(&disk);
        shown_beyond_the_acknowledged += shown - acknowledged;
        let is_lost = |disk: &&FaultyDisk| recovered_sequence(disk) < shown;
        lost_without_a_restart += not_written_again.iter().filter(is_lost).count();
        for seed in 0..4 {
            assert_eq!(recovered_sequence(&disk.after_power_cut(seed)), shown);
        }
        // And so does what is committed after the restart, even if a new segment's name was what failed.
        let (mut journal, _) = open(&disk).unwrap();
        journal.append(&payload(shown + 1)).unwrap();
        let committed = journal.commit().unwrap();
        for seed in 0..4 {
            assert_eq!(recovered_sequence(&disk.after_power_cut(seed)), committed);
        }
    }
    assert!(shown_beyond_the_acknowledged > 0, "the test has no teeth");
    assert!(lost_without_a_restart > 0, "what the cache shows is on the disk without a restart");
}

#[test]
fn a_full_disk_is_named_and_the_commit_succeeds_when_there_is_space() {
    let (mut waited, mut stopped) = (0, 0);
    for operation in 0.. {
        let disk = FaultyDisk::new();
        let (mut journal, _) = open(&disk).unwrap();
        disk.fail_after(operation, Fault::NoSpace);
        let mut met = false;
        for sequence in 1..=30 {
            journal.append(&payload(sequence)).unwrap();
            let outcome = journal.commit();
            met |= outcome.is_err();
            match outcome {
                Ok(committed) => assert_eq!(committed, sequence),
                Err(JournalError::NoSpace { .. }) => {
                    assert_eq!(journal.commit().unwrap(), sequence);
                    waited += 1;
                }
                Err(JournalError::Stopped { committed, .. }) => {
                    assert_eq!(committed, sequence - 1);
                    stopped += 1;
                    break;
                }
                Err(other) => panic!("{other}"),
            }
        }
        drop(journal);
        recovered_sequence(&disk.after_power_cut(operation));
        if !met {
            break;
        }
    }
    assert!(waited > 5 && stopped > 5, "{waited} waited, {stopped} stopped");
}

#[test]
fn space_is_waited_for_unless_a_sync_said_it_is_gone() {
    // Beginning a segment: create, write the header, sync it, rename it, sync the folder, then write zeros, or allocate.
    let operations = [(0, true), (1, true), (2, false), (3, true), (4, false), (5, true)];
    let cases = operations.into_iter().flat_map(|it| [(it, 2_600), (it, 200_000)]);
    for ((operation, is_waited_for), bytes) in cases {
        let disk = FaultyDisk::new();
        let (mut journal, _) = open(&disk).unwrap();
        journal.append(&payload(1)).unwrap();
        journal.commit().unwrap();
        disk.fail_after(operation, Fault::NoSpace);
        let error = journal.reserve(bytes).unwrap_err();
        assert_eq!(matches!(error, JournalError::NoSpace { .. }), is_waited_for, "{operation}");
        assert_eq!(matches!(error, JournalError::Stopped { .. }), !is_waited_for, "{operation}");
        assert_eq!(journal.reserve(bytes).is_ok(), is_waited_for);
    }
}

#[test]
fn opening_removes_a_segment_that_never_came_to_be() {
    let disk = FaultyDisk::new();
    disk.fail_after(3, Fault::PowerCut);
    assert!(open(&disk).is_err(), "the fourth operation gives the first segment its name");
    let after = (0..).map(|seed| disk.after_power_cut(seed)).find(|after| {
        after.names(FOLDER.as_ref()).unwrap() == ["00000000000000000001.journal.tmp"]
    });
    let after = after.unwrap();
    assert_eq!(recovered_sequence(&after), 0);
    assert_eq!(after.names(FOLDER.as_ref()).unwrap(), ["00000000000000000001.journal"]);
    after.put("journal/00000000000000000009.journal.tmp", b"half a header");
    assert_eq!(recovered_sequence(&after), 0);
    assert_eq!(after.names(FOLDER.as_ref()).unwrap(), ["00000000000000000001.journal"]);
}

#[test]
fn a_full_disk_at_opening_is_named() {
    let disk = FaultyDisk::new();
    disk.fail_after(1, Fault::NoSpace);
    assert!(matches!(open(&disk).unwrap_err(), JournalError::NoSpace { .. }));
    open(&disk).unwrap();
}

#[test]
fn a_read_error_refuses_the_journal_and_cuts_nothing() {
    let disk = FaultyDisk::new();
    run(&disk, 6).unwrap();
    let written = recovered_sequence(&disk);
    for read in 0.. {
        disk.fail_read_after(read);
        match open(&disk) {
            Ok(_) => break,
            Err(error) => {
                let JournalError::Io { doing: "read", source, .. } = &error else {
                    panic!("{error}")
                };
                assert!(source.to_string().contains("at offset "), "{error}: {source}");
            }
        }
    }
    disk.heal();
    assert_eq!(recovered_sequence(&disk), written);
    disk.fail_read_after(1);
    assert!(scan_on(Arc::new(disk), FOLDER, 7, 1).is_err());
}

/// Of many pages: a cut leaves part of a commit.
const LARGE_RECORD_BYTES: usize = 150 << 10;

/// Commits three records twice, with power cuts at every operation. Counts what was acknowledged and is gone.
fn large_commits_lost(lying: bool) -> u64 {
    let payload = |sequence: u64| vec![sequence as u8; LARGE_RECORD_BYTES];
    let open = |disk: &FaultyDisk| {
        Journal::open_on(Arc::new(disk.clone()), FOLDER, JournalOptions::new(7))
    };
    let mut lost = 0;
    for operation in 0.. {
        let disk = FaultyDisk::new();
        let (mut journal, _) = open(&disk).unwrap();
        if lying {
            disk.ignore_syncs();
        }
        disk.fail_after(operation, Fault::PowerCut);
        let mut acknowledged = 0;
        let cut = (0..2).any(|_| {
            (1..=3).for_each(|index| drop(journal.append(&payload(acknowledged + index))));
            journal.commit().map(|last| acknowledged = last).is_err()
        });
        for seed in 0..4 {
            let after = disk.after_power_cut(operation * 4 + seed);
            let Ok((journal, recovered)) = open(&after) else {
                assert!(lying);
                continue;
            };
            let last = recovered.last_sequence;
            assert!(last.is_multiple_of(3), "half a commit");
            lost += acknowledged.saturating_sub(last);
            let records = journal.reader().scan(1).unwrap().map(|record| record.unwrap());
            assert!(records.map(|record| record.payload).eq((1..=last).map(payload)));
        }
        if !cut {
            break;
        }
    }
    lost
}

#[test]
fn a_large_commit_that_is_written_in_two_parts_is_there_whole_or_not_at_all() {
    assert_eq!(large_commits_lost(false), 0);
    assert!(large_commits_lost(true) > 0, "a disk that does not sync must lose some");
}
