//! A hotline on a disk in memory, turn by turn through the writer's own code, which can be stopped, started and damaged.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use hotline::clock::Reading;
use hotline::district::District;
use hotline::recovery::{self, DataFolder, RecoveryError, Sizes};
use hotline::sequencer::{Done, Refusal, WriterError};
use hotline::stepped::Stepped;
use hotline::views::Filter;
use hotline_engine::actor::{Actor, Role};
use hotline_engine::command::{Acceptance, Action, Command};
use hotline_engine::order::{Channel, Kind, Order, OrderId, Status};
use hotline_engine::time::Timestamp;
use hotline_engine::{Digest, digest};
use hotline_journal::{Disk, FaultyDisk};

pub(crate) const SNAPSHOTS: &str = "/data/snapshots";

/// A hotline and its disk; every turn is a second.
pub(crate) struct Office {
    pub(crate) disk: FaultyDisk,
    pub(crate) seconds: Arc<AtomicI64>,
    /// None for the moment in which it is started again.
    pub(crate) hotline: Option<Stepped>,
}

impl Office {
    pub(crate) fn new() -> Office {
        let (disk, seconds) = (FaultyDisk::new(), Arc::new(AtomicI64::new(0)));
        let hotline = Some(start(&disk, &seconds));
        let mut office = Office { disk, seconds, hotline };
        let district = District::sample().unwrap();
        office.take(Role::Admin, Action::AdoptDirectory(Box::new(district.draft))).unwrap();
        office
    }

    pub(crate) fn folder(&self) -> DataFolder {
        folder(&self.disk)
    }

    /// As after a stop.
    pub(crate) fn again(&mut self) {
        self.hotline = None;
        self.hotline = Some(start(&self.disk, &self.seconds));
    }

    pub(crate) fn hotline(&self) -> &Stepped {
        self.hotline.as_ref().unwrap()
    }

    /// Writes a snapshot and moves to it.
    pub(crate) fn snapshot(&mut self) {
        let shelves = recovery::write_snapshot(&self.folder(), &self.hotline().reader()).unwrap();
        self.hotline().published().views.put_shelves(shelves.unwrap());
        self.turn().unwrap();
    }

    pub(crate) fn turn(&mut self) -> Result<bool, WriterError> {
        self.seconds.fetch_add(1, Ordering::Relaxed);
        self.hotline.as_mut().unwrap().turn()
    }

    pub(crate) fn take(&mut self, role: Role, action: Action) -> Result<Done, Refusal> {
        let answer = self.hotline().queue(by(role, action)).unwrap();
        self.turn().unwrap();
        answer.blocking_recv().unwrap()
    }

    pub(crate) fn accept(&mut self, story: &str) -> OrderId {
        let contact = Acceptance::plain(Kind::Complaint, Channel::Phone, story.to_owned());
        self.take(Role::CallTaker, Action::Accept(Box::new(contact))).unwrap().order.unwrap()
    }

    pub(crate) fn withdraw(&mut self, order: OrderId) {
        let note = "来电人撤回".to_owned();
        self.take(Role::CallTaker, Action::Withdraw { order, note }).unwrap();
    }

    pub(crate) fn order(&self, id: OrderId) -> Arc<Order> {
        self.hotline().published().views.order(id).unwrap()
    }

    pub(crate) fn digest(&self) -> Digest {
        digest(self.hotline().state())
    }

    /// How many orders the writer has in memory.
    pub(crate) fn in_memory(&self) -> usize {
        self.hotline().state().orders().in_memory().count()
    }

    /// Every order that a supervisor sees in a list, a few at a time.
    pub(crate) fn listed(&self, status: Option<Status>) -> Vec<OrderId> {
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

    pub(crate) fn files(&self, ending: &str) -> Vec<PathBuf> {
        let names = self.disk.names(Path::new(SNAPSHOTS)).unwrap();
        let mut names: Vec<_> = names.into_iter().filter(|name| name.ends_with(ending)).collect();
        names.sort();
        names.into_iter().map(|name| Path::new(SNAPSHOTS).join(name)).collect()
    }
}

pub(crate) fn folder(disk: &FaultyDisk) -> DataFolder {
    let sizes = Sizes { aside_bytes: 9 << 20, segment_bytes: 9 << 20, ..Sizes::default() };
    DataFolder::on(Arc::new(disk.clone()), "/data", sizes)
}

pub(crate) fn start(disk: &FaultyDisk, seconds: &Arc<AtomicI64>) -> Stepped {
    started(disk, seconds).unwrap()
}

pub(crate) fn started(
    disk: &FaultyDisk,
    seconds: &Arc<AtomicI64>,
) -> Result<Stepped, RecoveryError> {
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

pub(crate) fn by(role: Role, action: Action) -> Command {
    Command { actor: Actor { name: "t".into(), role, units: None }, seen: None, action }
}

/// Twelve orders, the even ones withdrawn.
pub(crate) fn twelve(office: &mut Office) -> Vec<OrderId> {
    let told = (1..=12).map(|turn| format!("第{turn}个路口的路灯不亮"));
    let ids: Vec<OrderId> = told.map(|story| office.accept(&story)).collect();
    ids.iter().filter(|id| id.0 % 2 == 0).for_each(|id| office.withdraw(*id));
    ids
}
