//! A tick behind a batch on a disk that is full: what time brings on finds room for its records beside it, or waits.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use hotline_engine::actor::{Actor, Role};
use hotline_engine::command::{Acceptance, Action, Command};
use hotline_engine::order::{Channel, Kind, OrderId};
use hotline_engine::time::Timestamp;
use hotline_journal::{Disk, FaultyDisk};

use crate::clock::Reading;
use crate::district::District;
use crate::recovery::{DataFolder, RecoveryError, Sizes};
use crate::sequencer::Refusal;
use crate::stepped::{Answer, Stepped};

const BATCH_BYTES: usize = 64 << 10;
/// Orders that time reminds of at once: their records take half a batch.
const WAITING: usize = 400;

/// Ten days: by then each is on the first rung of the ladder, and on no other.
const REMINDED_AFTER_SECONDS: i64 = 10 * 24 * 3_600;

struct Office {
    disk: FaultyDisk,
    seconds: Arc<AtomicI64>,
    hotline: Stepped,
}

impl Office {
    /// Nothing to speak of is set aside: that its space runs out too is what is shown here.
    fn on(disk: FaultyDisk, seconds: i64) -> Office {
        Office::with(1, disk, seconds).unwrap()
    }

    fn with(aside_bytes: u64, disk: FaultyDisk, seconds: i64) -> Result<Office, RecoveryError> {
        let sizes = Sizes { aside_bytes, batch_bytes: BATCH_BYTES, ..Sizes::default() };
        let folder = DataFolder::on(Arc::new(disk.clone()), "/data", sizes);
        let seconds = Arc::new(AtomicI64::new(seconds));
        let passed = Arc::clone(&seconds);
        let began = Timestamp::parse("2026-03-02T09:00:00").unwrap();
        let read = move || {
            let passed = passed.load(Ordering::Relaxed);
            let steady = Duration::from_secs(passed.unsigned_abs());
            Reading { wall: began.plus_seconds(passed), steady }
        };
        let rules = District::sample().unwrap().rules().unwrap();
        let hotline = Stepped::start(&folder, rules, read)?;
        Ok(Office { disk, seconds, hotline })
    }

    fn is_full(&self) -> bool {
        self.hotline.published().disk_full.load(Ordering::Relaxed)
    }

    /// The disk of one where orders wait.
    fn waiting() -> FaultyDisk {
        let mut office = Office::on(FaultyDisk::new(), 0);
        let stories = (0..WAITING).map(|turn| format!("第{turn}盏路灯不亮"));
        let answers: Vec<Answer> = stories.map(|story| office.accept(&story)).collect();
        while office.hotline.waiting_count() > 0 {
            office.hotline.turn().unwrap();
        }
        answers.into_iter().for_each(|answer| drop(answer.blocking_recv().unwrap().unwrap()));
        office.disk
    }

    fn accept(&self, story: &str) -> Answer {
        let plain = Acceptance::plain(Kind::Help, Channel::Phone, story.to_owned());
        let actor = Actor { name: "t".into(), role: Role::CallTaker, units: None };
        let action = Action::Accept(Box::new(plain));
        self.hotline.queue(Command { actor, seen: None, action }).unwrap()
    }

    fn used_bytes(&self) -> usize {
        used_bytes(&self.disk)
    }

    /// Orders that nobody was reminded of.
    fn waiting_count(&self) -> usize {
        let order = |id: u64| self.hotline.state().order(OrderId(id)).expect("it was accepted");
        (1..=WAITING as u64).filter(|id| order(*id).escalations.is_empty()).count()
    }
}

fn used_bytes(disk: &FaultyDisk) -> usize {
    let names = disk.names(Path::new("/data/journal")).unwrap();
    let segments = names.iter().map(|name| format!("/data/journal/{name}"));
    let files = segments.chain(["/data/set-aside".to_owned()]);
    files.map(|file| disk.bytes(file).map_or(0, |bytes| bytes.len())).sum()
}

/// Whoever is told that it is ready is taken at his word, from the first order on; but for the one that finds out that there is
/// no room any more. Behind him nobody is called in vain, however often the writer looks whether there is room again.
#[test]
fn a_hotline_that_started_on_a_disk_of_any_fullness_says_whether_it_takes_orders() {
    let (mut ready, mut full) = (0, 0);
    let disk = Office::waiting();
    for room in (0..60).map(|step| step * BATCH_BYTES / 20) {
        let disk = disk.after_power_cut(0);
        disk.limit(Some(used_bytes(&disk) + room));
        // Where not even a segment can be begun there is no start.
        let Ok(mut office) = Office::with(BATCH_BYTES as u64 / 2, disk, 1) else { continue };
        let mut found_out = 0;
        for turn in 0..12 {
            let (was_full, answer) = (office.is_full(), office.accept(&"长".repeat(3_000)));
            while office.hotline.waiting_count() > 0 {
                office.hotline.turn().unwrap();
            }
            match (was_full, answer.blocking_recv().unwrap().is_ok()) {
                (false, true) => ready += 1,
                (true, false) => full += 1,
                (false, false) if turn > 0 => found_out += 1,
                other => panic!("with {room} bytes of room, at {turn}: {other:?}"),
            }
            office.hotline.turn().unwrap();
        }
        assert!(found_out <= 1, "with {room} bytes of room");
    }
    assert!(ready > 0 && full > 0, "{ready} {full}");
}

#[test]
fn on_a_disk_of_any_fullness_a_tick_behind_a_batch_is_no_error() {
    let (mut waited, mut passed, mut refused) = (0, 0, 0);
    let disk = Office::waiting();
    for room in (0..40).map(|step| step * BATCH_BYTES / 20) {
        let mut office = Office::on(disk.after_power_cut(0), 1);
        office.disk.limit(Some(office.used_bytes() + room));
        office.seconds.fetch_add(REMINDED_AFTER_SECONDS, Ordering::Relaxed);
        // Nearly a batch: with what time brings on it is more than one. The first has found its room at the start.
        for _ in 0..2 {
            let answers = [5_000, 5_000, 9_000].map(|letters| office.accept(&"长".repeat(letters)));
            while office.hotline.waiting_count() > 0 {
                office.hotline.turn().unwrap();
            }
            for answer in answers {
                match answer.blocking_recv().unwrap() {
                    Ok(_) => {}
                    Err(Refusal::NoSpace) => refused += 1,
                    Err(other) => panic!("{other}"),
                }
            }
        }
        match office.waiting_count() {
            WAITING => waited += 1,
            0 => passed += 1,
            some => panic!("{some} of {WAITING} wait"),
        }
        // What waited is not forgotten.
        office.disk.limit(None);
        office.hotline.turn().unwrap();
        assert_eq!(office.waiting_count(), 0, "with {room} bytes of room");
    }
    assert!(waited > 0 && passed > 0 && refused > 0, "{waited} {passed} {refused}");
}
