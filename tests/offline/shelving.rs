//! Orders that stay on disk: a restart reads none of them, each is there when it is asked for, and what is over leaves memory.

use hotline_engine::order::{OrderId, Status};
use hotline_journal::Disk;

use crate::office::{Office, twelve};

#[test]
fn a_restart_takes_no_order_down_and_every_order_is_as_it_was() {
    let mut office = Office::new();
    let ids = twelve(&mut office);
    let before: Vec<_> = ids.iter().map(|id| office.order(*id)).collect();
    let (digest, lists) = (office.digest(), office.listed(None));
    office.snapshot();
    office.again();
    assert_eq!(office.in_memory(), 0);
    assert_eq!((office.digest(), office.listed(None)), (digest, lists));
    let after: Vec<_> = ids.iter().map(|id| office.order(*id)).collect();
    assert_eq!(before, after);
    assert_eq!(office.in_memory(), 0, "readers read for themselves");
    // Some change, and come to memory.
    office.withdraw(OrderId(1));
    assert_eq!(office.in_memory(), 1);
    let thirteenth = office.accept("又一个路口的路灯不亮");
    assert_eq!((thirteenth, office.order(OrderId(1)).status), (OrderId(13), Status::Withdrawn));
    office.hotline().state().assert_consistent();
}

#[test]
fn what_is_over_leaves_memory_after_a_snapshot_and_what_is_open_stays() {
    let mut office = Office::new();
    twelve(&mut office);
    assert_eq!(office.in_memory(), 12);
    office.snapshot();
    assert_eq!(office.in_memory(), 6);
    assert_eq!(office.order(OrderId(2)).status, Status::Withdrawn);
    // Over since the snapshot: not on the shelf as it is.
    office.withdraw(OrderId(1));
    assert_eq!(office.in_memory(), 6);
    office.snapshot();
    assert_eq!(office.in_memory(), 5);
    office.hotline().state().assert_consistent();
}

#[test]
fn open_orders_are_listed_by_their_due_and_those_that_are_over_behind_them_the_newest_first() {
    let mut office = Office::new();
    twelve(&mut office);
    let (open, over) = ([1, 3, 5, 7, 9, 11], [12, 10, 8, 6, 4, 2]);
    let ids = |ids: &[u64]| ids.iter().map(|id| OrderId(*id)).collect::<Vec<_>>();
    for round in 0..3 {
        assert_eq!(office.listed(None), ids(&[open, over].concat()), "round {round}");
        assert_eq!(office.listed(Some(Status::Withdrawn)), ids(&over));
        assert_eq!(office.listed(Some(Status::Triage)), ids(&open));
        assert_eq!(office.listed(Some(Status::Closed)), []);
        if round == 0 {
            office.snapshot();
        }
        office.again();
    }
    office.withdraw(OrderId(5));
    assert_eq!(office.listed(None), ids(&[1, 3, 7, 9, 11, 12, 10, 8, 6, 5, 4, 2]));
    assert_eq!(office.listed(Some(Status::Triage)), ids(&[1, 3, 7, 9, 11]));
}

#[test]
fn what_is_over_is_written_once_and_old_pieces_go_with_their_snapshots() {
    let mut office = Office::new();
    twelve(&mut office);
    office.snapshot();
    let length = |office: &Office| office.disk.bytes(&office.files(".lasting")[0]).unwrap().len();
    let first = length(&office);
    office.accept("第十三个路口的路灯不亮");
    office.snapshot();
    assert_eq!(length(&office), first, "nothing that was over is written again");
    office.withdraw(OrderId(13));
    office.snapshot();
    assert!(length(&office) > first);
    assert_eq!(office.files(".snapshot").len(), 2);
    assert_eq!(office.files(".passing").len(), 2);
    assert_eq!(office.files(".lasting").len(), 1);
    let digest = office.digest();
    office.again();
    assert_eq!(office.digest(), digest);
}

#[test]
fn a_snapshot_whose_pieces_are_gone_is_passed_over() {
    for ending in [".passing", ".lasting"] {
        let mut office = Office::new();
        twelve(&mut office);
        office.snapshot();
        let digest = office.digest();
        office.disk.remove(&office.files(ending)[0]).unwrap();
        office.again();
        assert_eq!(office.digest(), digest);
        assert_eq!(office.in_memory(), 12, "all of them from the journal");
        office.accept("又一个路口的路灯不亮");
        office.snapshot();
        office.again();
        assert_eq!(office.in_memory(), 0);
    }
}
