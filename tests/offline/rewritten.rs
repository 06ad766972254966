//! A journal written anew, with every checksum and root right, whose records are none that the engine could have made: refused with
//! the record, whoever reads it, and by `verify --head` as what it is.

use std::path::Path;

use hotline::codec;
use hotline::recovery::{self, DataFolder};
use hotline_engine::event::Event;
use hotline_engine::order::OrderId;
use hotline_journal::{Head, Journal, JournalOptions};

use crate::duty_log::{BEFORE_THE_HOLIDAY, write};
use crate::{Folder, hotline};

/// The payloads of the records of a journal of many orders.
fn payloads(folder: &Folder) -> (Vec<Vec<u8>>, Head) {
    let data = folder.path("whole");
    write(Path::new(&data), BEFORE_THE_HOLIDAY);
    let data = DataFolder::at(data);
    let head = recovery::verify(&data, &[]).unwrap().head;
    let scan = recovery::scan_from(&data, 1).unwrap();
    (scan.map(|record| record.unwrap().payload).collect(), head)
}

/// A data folder with these as its records.
fn anew(folder: &Folder, name: &str, payloads: &[Vec<u8>]) -> String {
    let data = folder.path(name);
    DataFolder::at(&data).create().unwrap();
    let path = DataFolder::at(&data).journal();
    let (mut journal, _) = Journal::open(path, JournalOptions::new(1)).unwrap();
    for payload in payloads {
        journal.append(payload).unwrap();
        journal.commit().unwrap();
    }
    data
}

/// One that signs an order which is not there.
fn far_out(payload: &[u8], order: u64) -> Vec<u8> {
    let mut record = codec::decode_record(payload).unwrap();
    record.events = vec![Event::Signed { order: OrderId(order) }];
    let mut bytes = Vec::new();
    codec::encode_record(&record, &mut bytes).unwrap();
    bytes
}

/// Each way to spoil the records, and the first record that then makes no sense.
fn spoilt(payloads: &[Vec<u8>]) -> Vec<(&'static str, Vec<Vec<u8>>, usize)> {
    // The directory, the first order, and a unit for it.
    let mut swapped = payloads.to_vec();
    swapped.swap(1, 2);
    let mut doubled = payloads.to_vec();
    doubled.insert(2, payloads[1].clone());
    let with = |order| [&payloads[..5], &[far_out(&payloads[4], order)], &payloads[6..]].concat();
    vec![
        ("swapped", swapped, 2),
        ("doubled", doubled, 3),
        ("far-out", with(u64::MAX), 6),
        ("not-there", with(1_000_000), 6),
        ("zero", with(0), 6),
    ]
}

#[test]
fn a_record_that_does_not_follow_is_refused_with_its_number_whoever_reads_it() {
    let folder = Folder::new();
    let (payloads, _) = payloads(&folder);
    for (name, records, first) in spoilt(&payloads) {
        let data = anew(&folder, name, &records);
        for args in [
            &["verify", &data][..],
            &["explain", "1", "--data", &data],
            &["report", "--month", "2025-04", "--data", &data],
            &["serve", "--sample", "--listen", "127.0.0.1:0", "--data", &data],
        ] {
            let said = hotline(args);
            assert_eq!(said.code, 65, "{name}: {args:?}: {said:?}");
            let says = format!("record {first} does not follow from those before it");
            assert!(said.err.contains(&says), "{name}: {args:?}: {said:?}");
            assert!(!said.err.contains("panicked"), "{name}: {args:?}: {said:?}");
        }
    }
}

#[test]
fn verify_with_a_head_says_that_the_journal_was_written_anew() {
    let folder = Folder::new();
    let (payloads, head) = payloads(&folder);
    for (name, records, _) in spoilt(&payloads) {
        let data = anew(&folder, name, &records);
        let said = hotline(&["verify", &data, "--head", &head.to_string()]);
        assert_eq!(said.code, 65, "{name}: {said:?}");
        let says = format!("is not the one of head {}:", head.records);
        assert!(said.err.contains(&says), "{name}: {said:?}");
    }
}

/// The control, and every other place: what the engine takes is a state, and no panic comes through.
#[test]
fn neighbours_swapped_or_one_doubled_anywhere_bring_nobody_down() {
    let folder = Folder::new();
    let (payloads, head) = payloads(&folder);
    let whole = anew(&folder, "again", &payloads);
    assert_eq!(recovery::verify(&DataFolder::at(whole), &[]).unwrap().digest, {
        let data = DataFolder::at(folder.path("whole"));
        recovery::verify(&data, &[head]).unwrap().digest
    });
    let mut refused = 0;
    for at in 1..payloads.len() {
        let mut swapped = payloads.clone();
        swapped.swap(at - 1, at);
        let mut doubled = payloads.clone();
        doubled.insert(at, payloads[at - 1].clone());
        for (name, records) in [("swapped", swapped), ("doubled", doubled)] {
            let data = DataFolder::at(anew(&folder, &format!("{name}-{at}"), &records));
            let found = [recovery::verify(&data, &[]).err(), recovery::recover(&data).err()];
            refused += found.into_iter().flatten().count();
        }
    }
    assert!(refused > 20, "{refused} refused");
}
