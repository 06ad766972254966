//! An order that is damaged on disk stops the hotline instead of being served, and comes back from where it is whole.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use hotline::recovery::{self, RecoveryError, Retention};
use hotline::sequencer::WriterError;
use hotline::stepped::Answer;
use hotline_engine::actor::Role;
use hotline_engine::command::Action;
use hotline_engine::order::{OrderId, Status};
use hotline_journal::Disk;

use crate::office::{Office, SNAPSHOTS, by, started, twelve};

#[test]
fn a_damaged_order_stops_the_writer_and_the_next_start_has_it_from_the_journal() {
    let mut office = Office::new();
    twelve(&mut office);
    let (digest, whole) = (office.digest(), office.order(OrderId(3)));
    office.snapshot();
    office.again();
    let file = office.files(".passing")[0].clone();
    damage(&office, &file, "第3个路口");
    let answer = meets_it(&mut office);
    office.again();
    assert!(answer.blocking_recv().is_err(), "nothing was promised");
    assert_eq!((office.digest(), office.order(OrderId(3))), (digest, whole));
    // The file with the order, and the snapshot that the journal has done without.
    assert!(office.files(".snapshot").is_empty() && office.files(".damaged").len() == 2);
    office.snapshot();
    office.again();
    assert_eq!(office.in_memory(), 0, "the next snapshot is good again");
}

/// Flips a bit of a story where it lies on disk.
fn damage(office: &Office, file: &Path, story: &str) {
    let bytes = office.disk.bytes(file).unwrap();
    let at = bytes.windows(story.len()).position(|it| it == story.as_bytes()).unwrap();
    assert!(office.disk.flip(file, at * 8 + 24));
}

#[test]
fn a_damaged_order_that_the_journal_changes_later_is_replaced_in_one_start() {
    let mut office = Office::new();
    twelve(&mut office);
    office.snapshot();
    office.withdraw(OrderId(3));
    let digest = office.digest();
    damage(&office, &office.files(".passing")[0], "第3个路口");
    office.again();
    assert_eq!(office.digest(), digest);
    assert_eq!(office.order(OrderId(3)).status, Status::Withdrawn);
    assert_eq!(office.files(".damaged").len(), 2);
}

#[test]
fn a_snapshot_that_meets_a_damaged_order_is_an_error_and_the_next_one_is_whole() {
    let mut office = Office::new();
    twelve(&mut office);
    office.snapshot();
    office.accept("第十三个路口的路灯不亮");
    damage(&office, &office.files(".passing")[0], "第3个路口");
    let error = recovery::write_snapshot(&office.folder(), &office.hotline().reader()).unwrap_err();
    assert!(error.to_string().contains("order 3 in "), "{error}");
    let digest = office.digest();
    office.snapshot();
    office.again();
    assert_eq!((office.digest(), office.in_memory()), (digest, 0));
}

#[test]
fn nothing_is_written_where_a_damaged_file_was() {
    let mut office = Office::new();
    twelve(&mut office);
    office.snapshot();
    let damaged = office.files(".lasting")[0].clone();
    damage(&office, &damaged, "第2个路口");
    office.again();
    let digest = office.digest();
    office.accept("第十三个路口的路灯不亮");
    assert!(
        std::panic::catch_unwind(AssertUnwindSafe(|| office.order(OrderId(2)))).is_err(),
        "it is not shown"
    );
    office.snapshot();
    assert_ne!(
        office.files(".lasting"),
        [damaged],
        "older snapshots must not find another order there"
    );
    office.again();
    assert_eq!(office.order(OrderId(2)).status, Status::Withdrawn);
    assert_ne!(office.digest(), digest);
}

/// One of its segments is gone, which a start does not read: what the journal lacks it does not stand for.
#[test]
fn a_journal_with_a_hole_does_not_stand_for_a_damaged_order_whose_file_stays() {
    for has_hole in [false, true] {
        let mut office = thirteen();
        office.snapshot();
        office.again();
        let (digest, lasting) = (office.digest(), office.files(".lasting"));
        damage(&office, &lasting[0], "第2个路口");
        if has_hole {
            let second = &office.disk.names(Path::new("/data/journal")).unwrap()[1];
            assert!(second.ends_with(".journal"), "{second}");
            office.disk.remove(&Path::new("/data/journal").join(second)).unwrap();
        }
        for _ in 0..2 {
            std::panic::catch_unwind(AssertUnwindSafe(|| office.order(OrderId(2)))).unwrap_err();
        }
        assert_eq!(office.files(".damaged").is_empty(), has_hole);
        office.again();
        assert_eq!(office.digest(), digest);
        assert_eq!(office.files(".lasting") == lasting, has_hole);
        office.accept("又一个路口的路灯不亮");
    }
}

/// A snapshot of twelve orders, and one more behind it.
fn thirteen() -> Office {
    let mut office = Office::new();
    twelve(&mut office);
    office.snapshot();
    office.again();
    office.accept("第十三个路口的路灯不亮");
    office.again();
    office
}

#[test]
fn no_segment_goes_while_an_order_cannot_be_read_back() {
    let segments = |office: &Office| {
        let names = office.disk.names(Path::new("/data/journal")).unwrap();
        names.iter().filter(|name| name.ends_with(".journal")).count()
    };
    let run = |is_damaged: bool| {
        let office = thirteen();
        let before = segments(&office);
        if is_damaged {
            damage(&office, &office.files(".lasting")[0], "第2个路口");
        }
        let folder = office.folder().keeping(Retention::Remove);
        let written = recovery::write_snapshot(&folder, &office.hotline().reader());
        (written.is_err(), before - segments(&office))
    };
    let (failed, gone) = run(false);
    assert!(!failed && gone > 0, "without damage {gone} segments go");
    assert_eq!(run(true), (true, 0));
}

/// Two snapshots, each with a file of its own for the open orders; records that the older one stands for are gone.
fn where_records_are_gone() -> (Office, Vec<PathBuf>) {
    let office = thirteen();
    let folder = office.folder().keeping(Retention::Remove);
    recovery::write_snapshot(&folder, &office.hotline().reader()).unwrap().unwrap();
    assert!(recovery::removed_records(&folder).unwrap() > 0);
    let files = office.files(".passing");
    assert_eq!(files.len(), 2, "each snapshot has its own open orders");
    (office, files)
}

/// The newer snapshot, or both, with an order that is damaged, and a record about it behind them.
fn damaged_where_records_are_gone(both: bool) -> Office {
    let (mut office, files) = where_records_are_gone();
    office.withdraw(OrderId(3));
    damage(&office, &files[1], "第3个路口");
    if both {
        damage(&office, &files[0], "第3个路口");
    }
    office
}

#[test]
fn where_records_are_gone_the_snapshot_before_gives_an_order_that_was_open() {
    for is_started_first in [false, true] {
        let mut office = damaged_where_records_are_gone(false);
        let digest = office.digest();
        if is_started_first {
            office.again();
        }
        let folder = office.folder().keeping(Retention::Remove);
        recovery::write_snapshot(&folder, &office.hotline().reader()).unwrap().unwrap();
        office.again();
        assert_eq!(office.digest(), digest);
        assert_eq!(office.order(OrderId(3)).status, Status::Withdrawn);
        assert_eq!(office.files(".damaged").len(), 2, "a snapshot and its open orders");
    }
}

#[test]
fn an_order_that_is_damaged_in_both_snapshots_is_told_and_the_older_stays() {
    let office = damaged_where_records_are_gone(true);
    let before = office.files("");
    let older = office.files("t")[0].clone();
    let folder = office.folder().keeping(Retention::Remove);
    let error = recovery::write_snapshot(&folder, &office.hotline().reader()).unwrap_err();
    assert!(error.to_string().contains("order 3 in "), "{error}");
    assert!(error.to_string().contains("restore the data folder from a copy"), "{error}");
    assert_eq!((office.files("").len(), &office.files("t")[..]), (before.len(), &[older][..]));
}

/// Has a command meet the damaged order, which no record behind the snapshots names; what would have been its answer.
fn meets_it(office: &mut Office) -> Answer {
    let withdraw = Action::Withdraw { order: OrderId(3), note: "来电人撤回".into() };
    let answer = office.hotline().queue(by(Role::CallTaker, withdraw)).unwrap();
    let error = office.turn().unwrap_err();
    assert!(matches!(error, WriterError::Shelf(_)), "{error}");
    answer
}

#[test]
fn where_records_are_gone_what_the_running_hotline_meets_has_the_next_start_take_the_snapshot_before()
 {
    let (mut office, files) = where_records_are_gone();
    let (digest, whole) = (office.digest(), office.order(OrderId(3)));
    damage(&office, &files[1], "第3个路口");
    office.again();
    assert_eq!(office.files(".damaged").len(), 0, "a start does not meet it");
    drop(meets_it(&mut office));
    office.again();
    assert_eq!((office.digest(), office.order(OrderId(3))), (digest, whole));
    office.withdraw(OrderId(3));
    let digest = office.digest();
    let folder = office.folder().keeping(Retention::Remove);
    recovery::write_snapshot(&folder, &office.hotline().reader()).unwrap().unwrap();
    office.again();
    assert_eq!((office.digest(), office.files(".passing").len()), (digest, 2));
}

#[test]
fn an_order_that_only_the_running_hotline_meets_and_no_snapshot_has_ends_the_starts_in_words() {
    let (mut office, files) = where_records_are_gone();
    files.iter().for_each(|file| damage(&office, file, "第3个路口"));
    office.again();
    drop(meets_it(&mut office));
    office.hotline = None;
    for _ in 0..2 {
        let error = started(&office.disk, &office.seconds).map(drop).unwrap_err();
        assert!(matches!(error, RecoveryError::NoOtherCopy { order: 3, .. }), "{error}");
        assert!(error.to_string().contains("restore the data folder from a copy"), "{error}");
    }
}

#[test]
fn a_file_of_open_orders_that_is_cut_or_another_snapshots_is_noticed_at_the_start() {
    let cut = |office: &Office, files: &[PathBuf]| {
        let length = office.disk.bytes(&files[1]).unwrap().len() as u64;
        office.disk.open_to_write(&files[1]).unwrap().set_length(length - 16).unwrap();
    };
    let swap = |office: &Office, files: &[PathBuf]| {
        let aside = Path::new(SNAPSHOTS).join("aside");
        office.disk.rename(&files[1], &aside).unwrap();
        office.disk.rename(&files[0], &files[1]).unwrap();
        office.disk.rename(&aside, &files[0]).unwrap();
    };
    let copy = |office: &Office, files: &[PathBuf]| {
        let bytes = office.disk.bytes(&files[0]).unwrap();
        let length = office.disk.bytes(&files[1]).unwrap().len() as u64;
        let file = office.disk.open_to_write(&files[1]).unwrap();
        file.write_all_at(0, &bytes).unwrap();
        file.set_length(length).unwrap();
    };
    for (spoil, starts) in
        [(&cut as &dyn Fn(&Office, &[PathBuf]), true), (&copy, true), (&swap, false)]
    {
        let (mut office, files) = where_records_are_gone();
        let digest = office.digest();
        office.hotline = None;
        spoil(&office, &files);
        match started(&office.disk, &office.seconds) {
            Ok(hotline) => office.hotline = Some(hotline),
            Err(error) => {
                assert!(!starts && error.to_string().contains("journal"), "{error}");
                continue;
            }
        }
        assert!(starts, "neither snapshot has its own orders");
        assert_eq!((office.digest(), office.files(".damaged").len()), (digest, 1));
        office.listed(None).into_iter().for_each(|id| drop(office.order(id)));
    }
}
