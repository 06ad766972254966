//! A hotline on a disk in memory that lives from step to step among people, without judges: for tests that watch one thing.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use hotline::clock::Reading;
use hotline::district::District;
use hotline::recovery::{self, DataFolder, Sizes};
use hotline::stepped::{Answer, Stepped};
use hotline_engine::actor::Actor;
use hotline_engine::command::{Action, Command};
use hotline_engine::order::{Order, OrderId};
use hotline_engine::time::Timestamp;
use hotline_engine::{Rules, State};
use hotline_journal::{Disk, FaultyDisk};
use hotline_people::{People, Seen, Settings};

const ROOT: &str = "/hotline";
const START: &str = "2025-03-03T07:00:00";
/// Of one step.
const STEP_MS: i64 = 20 * 60_000;
/// Small, since disks are copied.
const SIZES: Sizes =
    Sizes { aside_bytes: 8 << 10, segment_bytes: 256 << 10, batch_bytes: 128 << 10 };
/// Busier than the reference district, so that few steps see much.
const BUSY: Settings = Settings { per_day: 150, worked_on_per_hour: 60 };

/// The whole of it.
pub(crate) struct Town {
    pub(crate) disk: FaultyDisk,
    rules: Rules,
    passed_ms: Arc<AtomicI64>,
    /// How far the wall clock is off.
    off_ms: Arc<AtomicI64>,
    people: People,
    step: u64,
    /// None for the moment in which it is started again.
    hotline: Option<Stepped>,
}

impl Town {
    /// On an empty disk, with the directory of the sample.
    pub(crate) fn new(seed: u64) -> Town {
        let district = District::sample().expect("it is part of the program");
        let mut town = Town {
            disk: FaultyDisk::new(),
            rules: district.rules().expect("it has rules"),
            passed_ms: Arc::default(),
            off_ms: Arc::default(),
            people: People::new(seed, BUSY),
            step: 0,
            hotline: None,
        };
        town.start();
        let action = Action::AdoptDirectory(Box::new(district.draft));
        let adopted = town.queue(Command { actor: Actor::system(), seen: None, action });
        town.turn();
        adopted.blocking_recv().expect("answered").expect("granted");
        town
    }

    fn start(&mut self) {
        let (passed, off) = (Arc::clone(&self.passed_ms), Arc::clone(&self.off_ms));
        let begin = Timestamp::parse(START).expect("a time");
        let read = move || {
            let passed = passed.load(Ordering::SeqCst);
            let steady = Duration::from_millis(passed.unsigned_abs());
            Reading {
                wall: Timestamp::of_ms(begin.ms() + passed + off.load(Ordering::SeqCst)),
                steady,
            }
        };
        let started = Stepped::start(&folder(&self.disk), self.rules.clone(), read);
        self.hotline = Some(started.expect("it starts on what it left"));
    }

    /// The power goes and comes back; what has no answer yet never gets one.
    pub(crate) fn cut_power(&mut self, chance: u64) {
        self.hotline = None;
        self.disk = self.disk.after_power_cut(chance);
        self.start();
    }

    pub(crate) fn hotline(&self) -> &Stepped {
        self.hotline.as_ref().expect("it lives between two steps")
    }

    pub(crate) fn state(&self) -> &State {
        self.hotline().state()
    }

    pub(crate) fn queue(&self, command: Command) -> Answer {
        self.hotline().queue(command).expect("the lanes are far from full")
    }

    /// Turns of the writer until nothing waits and no due has passed.
    pub(crate) fn turn(&mut self) {
        let hotline = self.hotline.as_mut().expect("it lives between two steps");
        while hotline.turn().expect("a disk without faults") || hotline.waiting_count() > 0 {}
    }

    /// Time passes, and people ask for something.
    pub(crate) fn asked(&mut self) -> Vec<Command> {
        let at = Timestamp::of_ms(Timestamp::parse(START).expect("a time").ms() + self.passed());
        self.passed_ms.fetch_add(STEP_MS, Ordering::SeqCst);
        self.step += 1;
        let views = &self.hotline().published().views;
        let ids = (1..=views.orders_count()).map(OrderId);
        let shown: Vec<Arc<Order>> = ids.filter_map(|id| views.order(id)).collect();
        let directory = views.directory();
        self.people.act(self.step, at, STEP_MS, Seen { orders: &shown, directory: &directory })
    }

    /// So many steps as they come.
    pub(crate) fn live(&mut self, steps: u64) {
        for _ in 0..steps {
            // Nobody waits for an answer, and each is a commit of its own.
            let answers = self.asked().into_iter().map(|command| self.queue(command));
            let answers: Vec<Answer> = answers.collect();
            self.turn();
            drop(answers);
        }
    }

    fn passed(&self) -> i64 {
        self.passed_ms.load(Ordering::SeqCst)
    }

    /// A second passes for whoever measures it; the wall clock is off by so much from now on. Gives what it shows.
    pub(crate) fn pass_a_second(&self, off_ms: i64) -> Timestamp {
        self.off_ms.store(off_ms, Ordering::SeqCst);
        let passed = self.passed_ms.fetch_add(1_000, Ordering::SeqCst) + 1_000;
        Timestamp::of_ms(Timestamp::parse(START).expect("a time").ms() + passed + off_ms)
    }

    /// Every record that is on the disk.
    pub(crate) fn payloads(&self) -> Vec<Vec<u8>> {
        let scan = recovery::scan_from(&folder(&self.disk), 1).expect("a whole journal");
        scan.map(|record| record.expect("a whole record").payload).collect()
    }
}

/// The folder of a hotline on a disk.
pub(crate) fn folder(disk: &FaultyDisk) -> DataFolder {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    DataFolder::on(disk, Path::new(ROOT), SIZES)
}
