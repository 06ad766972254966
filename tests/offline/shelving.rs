//! Orders that stay on disk, through the writer's own code on a disk in memory: a restart reads none of them, each is there
//! when it is asked for, what is over leaves memory, and one that is damaged stops the hotline instead of being served.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use hotline::clock::Reading;
use hotline::district::District;
use hotline::recovery::{self, DataFolder, RecoveryError, Retention, Sizes};
use hotline::sequencer::{Done, Refusal, WriterError};
use hotline::stepped::Stepped;
use hotline::views::Filter;
use hotline_engine::actor::{Actor, Role};
use hotline_engine::command::{Acceptance, Action, Command};
use hotline_engine::order::{Channel, Kind, Order, OrderId, Status};
use hotline_engine::time::Timestamp;
use hotline_engine::{Digest, digest};
use hotline_journal::{Disk, FaultyDisk};

const SNAPSHOTS: &str = "/data/snapshots";

/// A hotline and its disk; every turn is a second.
struct Office {
    disk: FaultyDisk,
    seconds: Arc<AtomicI64>,
    /// None for the moment in which it is started again.
    hotline: Option<Stepped>,
}

impl Office {
    fn new() -> Office {
        let (disk, seconds) = (FaultyDisk::new(), Arc::new(AtomicI64::new(0)));
        let hotline = Some(start(&disk, &seconds));
        let mut office = Office { disk, seconds, hotline };
        let district = District::sample().unwrap();
        office.take(Role::Admin, Action::AdoptDirectory(Box::new(district.draft))).unwrap();
        office
    }

    fn folder(&self) -> DataFolder {
        folder(&self.disk)
    }

    /// As after a stop.
    fn again(&mut self) {
        self.hotline = None;
        self.hotline = Some(start(&self.disk, &self.seconds));
    }

    fn hotline(&self) -> &Stepped {
        self.hotline.as_ref().unwrap()
    }

    /// Writes a snapshot and moves to it.
    fn snapshot(&mut self) {
        let shelves = recovery::write_snapshot(&self.folder(), &self.hotline().reader()).unwrap();
        self.hotline().published().views.put_shelves(shelves.unwrap());
        self.turn().unwrap();
    }

    fn turn(&mut self) -> Result<bool, WriterError> {
        self.seconds.fetch_add(1, Ordering::Relaxed);
        self.hotline.as_mut().unwrap().turn()
    }

    fn take(&mut self, role: Role, action: Action) -> Result<Done, Refusal> {
        let answer = self.hotline().queue(by(role, action)).unwrap();
        self.turn().unwrap();
        answer.blocking_recv().unwrap()
    }

    fn accept(&mut self, story: &str) -> OrderId {
        let contact = Acceptance::plain(Kind::Complaint, Channel::Phone, story.to_owned());
        self.take(Role::CallTaker, Action::Accept(Box::new(contact))).unwrap().order.unwrap()
    }

    fn withdraw(&mut self, order: OrderId) {
        let note = "来电人撤回".to_owned();
        self.take(Role::CallTaker, Action::Withdraw { order, note }).unwrap();
    }

    fn order(&self, id: OrderId) -> Arc<Order> {
        self.hotline().published().views.order(id).unwrap()
    }

    fn digest(&self) -> Digest {
        digest(self.hotline().state())
    }

    /// How many orders the writer has in memory.
    fn in_memory(&self) -> usize {
        self.hotline().state().orders().in_memory().count()
    }

    /// Every order that a supervisor sees in a list, a few at a time.
    fn listed(&self, status: Option<Status>) -> Vec<OrderId> {
        let filter = Filter { status, ..Filter::default() };
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let page = self.hotline().published().views.list(filter, after, 3, |_| true);
            assert!(page.orders.len() <= 3);
            ids.extend(page.orders.iter().map(|order| order.id));
            after = page.next;
            if after.is_none() {
                return ids;
            }
        }
    }

    fn files(&self, ending: &str) -> Vec<PathBuf> {
        let names = self.disk.names(Path::new(SNAPSHOTS)).unwrap();
        let mut names: Vec<_> = names.into_iter().filter(|name| name.ends_with(ending)).collect();
        names.sort();
        names.into_iter().map(|name| Path::new(SNAPSHOTS).join(name)).collect()
    }
}

fn folder(disk: &FaultyDisk) -> DataFolder {
    let sizes = Sizes { aside_bytes: 9 << 20, segment_bytes: 9 << 20, ..Sizes::default() };
    DataFolder::on(Arc::new(disk.clone()), "/data", sizes)
}

fn start(disk: &FaultyDisk, seconds: &Arc<AtomicI64>) -> Stepped {
    started(disk, seconds).unwrap()
}

fn started(disk: &FaultyDisk, seconds: &Arc<AtomicI64>) -> Result<Stepped, RecoveryError> {
    let rules = District::sample().unwrap().rules().unwrap();
    let seconds = Arc::clone(seconds);
    let began = Timestamp::parse("2026-03-02T09:00:00").unwrap();
    let read = move || {
        let passed = seconds.load(Ordering::Relaxed);
        let steady = Duration::from_secs(passed.unsigned_abs());
        Reading { wall: began.plus_seconds(passed), steady }
    };
    Stepped::start(&folder(disk), rules, read)
}

fn by(role: Role, action: Action) -> Command {
    Command { actor: Actor { name: "t".into(), role, units: None }, seen: None, action }
}

/// Twelve orders, the even ones withdrawn.
fn twelve(office: &mut Office) -> Vec<OrderId> {
    let told = (1..=12).map(|turn| format!("第{turn}个路口的路灯不亮"));
    let ids: Vec<OrderId> = told.map(|story| office.accept(&story)).collect();
    ids.iter().filter(|id| id.0 % 2 == 0).for_each(|id| office.withdraw(*id));
    ids
}

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
fn a_damaged_order_stops_the_writer_and_the_next_start_has_it_from_the_journal() {
    let mut office = Office::new();
    twelve(&mut office);
    let (digest, whole) = (office.digest(), office.order(OrderId(3)));
    office.snapshot();
    office.again();
    let file = office.files(".passing")[0].clone();
    let bytes = office.disk.bytes(&file).unwrap();
    let story = "第3个路口".as_bytes();
    let at = bytes.windows(story.len()).position(|it| it == story).unwrap();
    assert!(office.disk.flip(&file, at * 8 + 24));
    let withdraw = Action::Withdraw { order: OrderId(3), note: "来电人撤回".into() };
    let answer = office.hotline().queue(by(Role::CallTaker, withdraw)).unwrap();
    let error = office.turn().unwrap_err();
    assert!(matches!(error, WriterError::Shelf(_)), "{error}");
    office.again();
    assert!(answer.blocking_recv().is_err(), "nothing was promised");
    assert_eq!((office.digest(), office.order(OrderId(3))), (digest, whole));
    // The file with the order, and the snapshot that the journal has done without.
    assert!(office.files(".snapshot").is_empty() && office.files(".damaged").len() == 2);
    office.snapshot();
    office.again();
    assert_eq!(office.in_memory(), 0, "the next snapshot is good again");
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

/// Has a command meet the damaged order, which no record behind the snapshots names.
fn meets_it(office: &mut Office) {
    let withdraw = Action::Withdraw { order: OrderId(3), note: "来电人撤回".into() };
    let answer = office.hotline().queue(by(Role::CallTaker, withdraw)).unwrap();
    let error = office.turn().unwrap_err();
    assert!(matches!(error, WriterError::Shelf(_)), "{error}");
    drop(answer);
}

#[test]
fn where_records_are_gone_what_the_running_hotline_meets_has_the_next_start_take_the_snapshot_before()
 {
    let (mut office, files) = where_records_are_gone();
    let (digest, whole) = (office.digest(), office.order(OrderId(3)));
    damage(&office, &files[1], "第3个路口");
    office.again();
    assert_eq!(office.files(".damaged").len(), 0, "a start does not meet it");
    meets_it(&mut office);
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
    meets_it(&mut office);
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
