//! A journal behaves like a list: whatever is appended, committed and reopened, in any order and any sizes.

use std::sync::Arc;

use hotline_journal::{FaultyDisk, Journal, JournalOptions, scan_on};
use proptest::prelude::*;

const FOLDER: &str = "journal";
const PARTITION: u64 = 7;

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<u8>),
    Commit,
    Reserve(usize),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(any::<u8>(), 0..200).prop_map(Step::Append),
        3 => Just(Step::Commit),
        1 => (0..2_000_usize).prop_map(Step::Reserve),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_journal_holds_exactly_what_was_committed(
        steps in prop::collection::vec(step(), 1..80),
        segment_bytes in 0..2_000_u64,
        preallocate_bytes in 0..600_u64,
        from in 0..40_u64,
    ) {
        let disk = Arc::new(FaultyDisk::new());
        let options =
            JournalOptions { segment_bytes, preallocate_bytes, ..JournalOptions::new(PARTITION) };
        let (mut journal, _) = Journal::open_on(disk.clone(), FOLDER, options.clone()).unwrap();
        let mut committed: Vec<Vec<u8>> = Vec::new();
        let mut pending: Vec<Vec<u8>> = Vec::new();
        for step in steps {
            match step {
                Step::Append(payload) => {
                    let sequence = journal.append(&payload).unwrap();
                    pending.push(payload);
                    prop_assert_eq!(sequence, (committed.len() + pending.len()) as u64);
                }
                Step::Commit => {
                    committed.append(&mut pending);
                    prop_assert_eq!(journal.commit().unwrap(), committed.len() as u64);
                }
                Step::Reserve(bytes) => journal.reserve(bytes).unwrap(),
                Step::Reopen => {
                    drop(journal);
                    pending.clear();
                    let (again, recovered) =
                        Journal::open_on(disk.clone(), FOLDER, options.clone()).unwrap();
                    prop_assert_eq!(recovered.last_sequence, committed.len() as u64);
                    prop_assert_eq!(recovered.cut_bytes, 0);
                    journal = again;
                }
            }
        }
        let skipped = (from.max(1) - 1).min(committed.len() as u64) as usize;
        for records in [journal.reader().scan(from).unwrap(), scan_on(disk, FOLDER, PARTITION, from).unwrap()] {
            let read: Vec<Vec<u8>> = records.map(|record| record.unwrap().payload).collect();
            prop_assert_eq!(&read[..], &committed[skipped..]);
        }
    }
}
