//! The same journal is the same state: replayed again, by another process in another time zone with other hash seeds, by
//! another build, and from a snapshot of any record.

use std::hash::BuildHasher;
use std::process::Command;

use hotline::codec::{decode_record, encode_record};
use hotline::recovery;
use hotline_engine::{Digest, Event, State, digest};
use hotline_journal::{FaultyDisk, Journal, JournalOptions};

use crate::town::{Town, folder};

const SEED: u64 = 18;
const STEPS: u64 = 200;
const DIGEST_EVERY: u64 = 100;
/// What `city/two-builds` compares, and how often.
const LONG_STEPS: u64 = 2_500;
const LONG_DIGEST_EVERY: u64 = 1_000;
/// A journal of which a snapshot is taken at every record.
const SAMPLE_STEPS: u64 = 25;
const LONG_SAMPLE_STEPS: u64 = 120;

/// The digest after every so many records, and after the last.
fn digests(payloads: &[Vec<u8>], every: u64) -> Vec<(u64, Digest)> {
    let (mut state, mut digests) = (State::default(), Vec::new());
    let last = payloads.len() as u64;
    for payload in payloads {
        state.apply(&decode_record(payload).unwrap());
        let count = state.records_count();
        if count.is_multiple_of(every) || count == last {
            digests.push((count, digest(&state)));
        }
    }
    digests
}

fn lines(digests: &[(u64, Digest)]) -> String {
    digests.iter().map(|(count, digest)| format!("digest {count} {digest}\n")).collect()
}

fn lived(steps: u64) -> Town {
    let mut town = Town::new(SEED);
    town.live(steps);
    town
}

/// Changes a record in which an order is accepted; says whether it is one.
fn one_letter_more(payload: &mut Vec<u8>) -> bool {
    let mut record = decode_record(payload).unwrap();
    let accepted = record.events.iter_mut().find_map(|event| match event {
        Event::Accepted { acceptance, .. } => Some(&mut acceptance.content),
        _ => None,
    });
    let Some(content) = accepted else { return false };
    content.push('了');
    encode_record(&record, payload).unwrap();
    true
}

/// What another process of this test gives, which begins anew: other hash seeds, another time zone and language.
#[expect(clippy::disallowed_methods, reason = "the city starts nothing; this test starts itself")]
fn by_another_process(zone: &str) -> String {
    let ended = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "replays::the_digests_of_a_run", "--ignored", "--nocapture"])
        .envs([("TZ", zone), ("LANG", "tr_TR.UTF-8"), ("LC_ALL", "tr_TR.UTF-8")])
        .output()
        .unwrap();
    String::from_utf8(ended.stdout).unwrap()
}

/// The lines that begin with a word.
fn of(word: &str, said: &str) -> String {
    let lines = said.lines().filter(|line| line.starts_with(word));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn every_replay_of_a_journal_gives_the_digests_of_the_life_that_wrote_it() {
    let town = lived(STEPS);
    let payloads = town.payloads();
    let first = digests(&payloads, DIGEST_EVERY);
    assert!(first.len() > 15, "{} records are a short life", payloads.len());
    assert_eq!(first.last().unwrap().1, digest(town.state()), "replay equals live");
    assert_eq!(digests(&payloads, DIGEST_EVERY), first, "replayed again");
    let read = recovery::read(&folder(&town.disk)).unwrap();
    assert_eq!(first.last().unwrap().1, digest(&read), "recovered");
    let others = ["America/St_Johns", "Pacific/Kiritimati"].map(by_another_process);
    for other in &others {
        assert_eq!(of("digest ", other), lines(&first), "lived again");
    }
    // The control: what depends on the seeds of hash tables is another in each.
    assert_ne!(of("hashed ", &others[0]), of("hashed ", &others[1]));
    // The control: one letter more in one order, and every digest from there on is another.
    let mut changed = payloads;
    let middle = changed.len() / 2;
    let at = (middle..).find(|&at| one_letter_more(&mut changed[at])).unwrap() as u64;
    let other = digests(&changed, DIGEST_EVERY);
    assert!(first.iter().zip(&other).all(|(a, b)| (a.1 == b.1) == (a.0 <= at)), "{at}");
}

#[expect(clippy::disallowed_types, reason = "to show that other processes have other seeds")]
fn hashed_by_this_process() -> u64 {
    std::hash::RandomState::new().hash_one(SEED)
}

/// Run by the test above in other processes.
#[test]
#[ignore = "prints what another test compares"]
fn the_digests_of_a_run() {
    print!("{}", lines(&digests(&lived(STEPS).payloads(), DIGEST_EVERY)));
    println!("hashed {}", hashed_by_this_process());
}

/// Run by `city/two-builds`, in debug and in release.
#[test]
#[ignore = "prints what city/two-builds compares"]
fn the_digests_of_a_long_run() {
    print!("{}", lines(&digests(&lived(LONG_STEPS).payloads(), LONG_DIGEST_EVERY)));
}

/// A journal of these records with a snapshot behind the `snapshot`th.
fn with_snapshot(payloads: &[Vec<u8>], snapshot: usize) -> FaultyDisk {
    let disk = FaultyDisk::new();
    let folder = folder(&disk);
    let options = JournalOptions { preallocate_bytes: 64 << 10, ..JournalOptions::new(1) };
    let shared = std::sync::Arc::new(disk.clone());
    let (mut journal, _) = Journal::open_on(shared, folder.journal(), options).unwrap();
    let put = |payloads: &[Vec<u8>], journal: &mut Journal| {
        for payload in payloads {
            journal.append(payload).unwrap();
        }
        journal.commit().unwrap();
    };
    put(&payloads[..snapshot], &mut journal);
    assert!(recovery::write_snapshot(&folder, &journal.reader()).unwrap().is_some());
    put(&payloads[snapshot..], &mut journal);
    disk
}

fn a_snapshot_at_any_record_and_the_rest_are_the_whole(steps: u64) {
    let payloads = lived(steps).payloads();
    let whole = digests(&payloads, u64::MAX)[0].1;
    for at in 1..payloads.len() {
        let disk = with_snapshot(&payloads, at);
        let recovered = recovery::recover(&folder(&disk)).unwrap();
        assert_eq!(recovered.snapshot_sequence, at as u64, "it was used");
        assert_eq!(digest(&recovered.state), whole, "snapshot at {at} of {}", payloads.len());
    }
    println!("a snapshot at each of {} records", payloads.len());
    // The control: the rest but for its last record is not the whole.
    let disk = with_snapshot(&payloads[..payloads.len() - 1], payloads.len() / 2);
    assert_ne!(digest(&recovery::read(&folder(&disk)).unwrap()), whole);
}

#[test]
fn a_snapshot_at_any_record_and_the_records_behind_it_give_the_whole_state() {
    a_snapshot_at_any_record_and_the_rest_are_the_whole(SAMPLE_STEPS);
}

#[test]
#[ignore = "minutes: thousands of records"]
fn a_snapshot_at_any_of_thousands_of_records_gives_the_whole_state() {
    a_snapshot_at_any_record_and_the_rest_are_the_whole(LONG_SAMPLE_STEPS);
}
