//! The thread beside the writer that makes snapshots: when, with how much of the disk, and what becomes of one that fails or that
//! a stop overtakes. How one is made is in `recovery`.

use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, TryRecvError};
use hotline_journal::{Disk, Reader};
use tracing::{error, info};

use super::{Published, give_way};
use crate::recovery::{self, DataFolder, Written};
use crate::shelf::Shelves;
use crate::syncs::AroundSyncs;

/// Records after which a new snapshot is made.
const EVERY_RECORDS: u64 = 100_000;
/// So many behind, one that gives way to all else is given up for one that does not.
const HURRY_RECORDS: u64 = 2 * EVERY_RECORDS;
/// So many behind, nothing comes in bulk until one is made: recovery replays at most about this many.
pub(super) const BULK_RECORDS: u64 = 3 * EVERY_RECORDS;
/// After each of its syncs a snapshot rests so many times as long as that took: it has a tenth of the disk.
const RESTS: u32 = 9;
/// And no longer than this, however slow the disk is.
const REST_MAX: Duration = Duration::from_millis(200);
/// How often the thread looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Looks after which a snapshot that failed is tried again: a minute, since it takes much of a disk that may be full.
const AGAIN_AFTER_LOOKS: u64 = 60;
/// Looks after which the head of the journal is logged: once a minute, so that a log kept elsewhere bears witness.
const HEAD_EVERY_LOOKS: u64 = 60;

/// What became of a snapshot.
enum Made {
    /// It was written, or there was nothing new.
    Whole(Option<Shelves>),
    /// The hotline stops: it was given up half made, and those before it stay.
    GivenUp,
    /// The same since too much came meanwhile: another one is made, and gives way to nothing.
    Overtaken,
    /// It failed, and was told of.
    Failed,
}

/// Makes a snapshot whenever enough has happened since the last one, and tells the head of the journal now and then.
pub(super) fn start(
    folder: DataFolder,
    published: Arc<Published>,
    reader: Reader,
    mut last: u64,
    stop: Receiver<()>,
) -> JoinHandle<()> {
    let work = move || {
        let (mut looks, mut told, mut again_at) = (0_u64, reader.committed(), 0);
        while stop.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
            looks += 1;
            if looks % HEAD_EVERY_LOOKS == 0 {
                told = tell_head(&reader, told);
            }
            if reader.committed() < last + EVERY_RECORDS || looks < again_at {
                continue;
            }
            // What comes meanwhile is for the next one.
            let begun_at = reader.committed();
            let pace = Pace::of(last, &reader, &stop);
            let made = beside(pace.hurries, || make(&folder, &pace));
            published.lacks_snapshot.store(matches!(made, Made::Failed), Ordering::Relaxed);
            match made {
                Made::Whole(made) => {
                    made.into_iter().for_each(|shelves| published.views.put_shelves(shelves));
                    last = begun_at;
                    published.snapshot_holds.store(last, Ordering::Relaxed);
                }
                Made::GivenUp => break,
                Made::Overtaken => {}
                Made::Failed => again_at = looks + AGAIN_AFTER_LOOKS,
            }
        }
        // The writer has ended by then.
        tell_head(&reader, told);
    };
    let thread = std::thread::Builder::new().name("snapshots".into());
    thread.spawn(work).expect("the system can start a thread")
}

/// On a thread for it alone: one that has given way once cannot take it back.
fn beside<T: Send>(hurries: bool, work: impl FnOnce() -> T + Send) -> T {
    let work = || {
        if !hurries {
            give_way();
        }
        work()
    };
    let thread = std::thread::Builder::new().name("snapshot".into());
    std::thread::scope(|scope| {
        let working = thread.spawn_scoped(scope, work).expect("the system can start a thread");
        working.join().unwrap_or_else(|panic| panic::resume_unwind(panic))
    })
}

/// How much of the machine a snapshot takes, and how long it is wanted.
#[derive(Clone)]
struct Pace {
    /// The record from which on one that gives way is not wanted any more.
    overtaken_at: u64,
    hurries: bool,
    reader: Reader,
    stop: Receiver<()>,
}

impl Pace {
    fn of(last: u64, reader: &Reader, stop: &Receiver<()>) -> Pace {
        let (overtaken_at, reader) = (last + HURRY_RECORDS, reader.clone());
        let pace = Pace { overtaken_at, hurries: false, reader, stop: stop.clone() };
        Pace { hurries: pace.is_overtaken(), ..pace }
    }

    /// The other end is dropped to say so.
    fn is_stopping(&self) -> bool {
        self.stop.try_recv() == Err(TryRecvError::Disconnected)
    }

    fn is_overtaken(&self) -> bool {
        !self.hurries && self.reader.committed() >= self.overtaken_at
    }

    fn is_wanted(&self) -> bool {
        !self.is_stopping() && !self.is_overtaken()
    }

    /// After a sync that took so long. What comes of it is seen at the next one: either the time is over, or the hotline stops.
    fn rest(&self, took: Duration) {
        if !self.hurries {
            let _ended = self.stop.recv_timeout((took * RESTS).min(REST_MAX));
        }
    }
}

/// Makes one. A panic is our own mistake, but no reason to stop a hotline whose journal is whole: it is told as any other
/// failure, and the next attempt begins anew from what is on disk.
fn make(folder: &DataFolder, pace: &Pace) -> Made {
    let (folder, reader) = paced(folder, pace);
    let wanted = || pace.is_wanted();
    let written = panic::catch_unwind(AssertUnwindSafe(|| {
        recovery::write_snapshot_while(&folder, &reader, &wanted)
    }));
    let why = match written {
        Ok(Ok(None)) => return Made::Whole(None),
        Ok(Ok(Some(Written { shelves, kept_back }))) => {
            if let Some(error) = kept_back.filter(|_| wanted()) {
                // Tried again behind the next snapshot.
                error!(%error, "segments stay that could go; snapshots and journal are whole");
            }
            return Made::Whole(Some(shelves));
        }
        Ok(Err(error)) => format!("{:#}", anyhow::Error::from(error)),
        Err(panic) => format!("a mistake of the program: {}", words_of(&*panic)),
    };
    if pace.is_stopping() {
        info!(%why, "the hotline stops: a snapshot was given up, those before it stay");
        return Made::GivenUp;
    }
    if pace.is_overtaken() {
        info!(%why, "too much came meanwhile: a snapshot was given up for one that gives way to nothing");
        return Made::Overtaken;
    }
    error!(
        error = why,
        "could not write a snapshot; the journal is whole, and it is tried again in a minute"
    );
    metrics::counter!("hotline_snapshots_failed_total").increment(1);
    Made::Failed
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> &str {
    let words = panic.downcast_ref::<&str>().copied();
    words.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic")
}

/// Folder and journal for a thread whose syncs nobody waits for: it rests after each of them, so that those of the writer find the
/// disk free. They fail when the snapshot is wanted no more.
fn paced(folder: &DataFolder, pace: &Pace) -> (DataFolder, Reader) {
    let around = |disk: Arc<dyn Disk>| -> Arc<dyn Disk> {
        let pace = pace.clone();
        Arc::new(AroundSyncs::new(disk, move |sync| {
            if !pace.is_wanted() {
                return Err(io::Error::other("it is not wanted any more"));
            }
            let began = Instant::now();
            sync()?;
            pace.rest(began.elapsed());
            Ok(())
        }))
    };
    (folder.clone().through(around), pace.reader.clone().through(around))
}

/// Logs what stands for the journal, if it has grown since `told` records; gives how many were told of.
fn tell_head(reader: &Reader, told: u64) -> u64 {
    if reader.committed() <= told {
        return told;
    }
    let head = reader.head();
    info!(%head, "what stands for the journal now; keep it elsewhere");
    head.records
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Mutex;

    use hotline_engine::actor::{Actor, Role};
    use hotline_engine::command::{Acceptance, Action, Command};
    use hotline_engine::digest;
    use hotline_engine::order::{Channel, Kind};
    use hotline_engine::time::Timestamp;
    use hotline_journal::FaultyDisk;

    use super::*;
    use crate::clock::Reading;
    use crate::district::District;
    use crate::recovery::Sizes;
    use crate::stepped::Stepped;

    /// A hotline with two snapshots, and an order behind them.
    fn hotline(folder: &DataFolder) -> Stepped {
        let rules = District::sample().unwrap().rules().unwrap();
        let wall = Timestamp::parse("2026-03-02T09:00:00").unwrap();
        let read = move || Reading { wall, steady: Duration::ZERO };
        let mut hotline = Stepped::start(folder, rules, read).unwrap();
        for turn in 0..3 {
            let plain =
                Acceptance::plain(Kind::Help, Channel::Phone, format!("第{turn}盏路灯不亮"));
            let actor = Actor { name: "t".into(), role: Role::CallTaker, units: None };
            let action = Action::Accept(Box::new(plain));
            let answer = hotline.queue(Command { actor, seen: None, action }).unwrap();
            hotline.turn().unwrap();
            answer.blocking_recv().unwrap().unwrap();
            if turn < 2 {
                recovery::write_snapshot(folder, &hotline.reader()).unwrap().unwrap();
            }
        }
        hotline
    }

    fn folder(disk: &FaultyDisk) -> DataFolder {
        let sizes = Sizes { aside_bytes: 9 << 20, segment_bytes: 9 << 20, ..Sizes::default() };
        DataFolder::on(Arc::new(disk.clone()), "/data", sizes)
    }

    fn files(disk: &FaultyDisk) -> Vec<(String, Option<Vec<u8>>)> {
        let folder = Path::new("/data/snapshots");
        let mut names = disk.names(folder).unwrap();
        names.sort();
        names.into_iter().map(|name| (name.clone(), disk.bytes(folder.join(name)))).collect()
    }

    /// Tries a snapshot on a disk that does something before its sync of this number.
    fn attempt(
        disk: &FaultyDisk,
        reader: &Reader,
        (number, deed): (usize, impl Fn() + Send + Sync + 'static),
        stop: &Receiver<()>,
    ) -> Made {
        let passed = Mutex::new(0);
        let around = AroundSyncs::new(Arc::new(disk.clone()), move |sync| {
            let now = *passed.lock().unwrap();
            *passed.lock().unwrap() = now + 1;
            if now == number {
                deed();
            }
            sync()
        });
        make(&folder(disk).through(|_| Arc::new(around)), &Pace::of(0, reader, stop))
    }

    #[test]
    fn a_stop_at_any_sync_gives_a_snapshot_up_and_leaves_nothing_of_it() {
        let disk = FaultyDisk::new();
        let hotline = hotline(&folder(&disk));
        let (reader, before) = (hotline.reader(), files(&disk));
        let mut given_up_count = 0;
        loop {
            let (sender, stop) = crossbeam_channel::bounded(0);
            let sender = Mutex::new(Some(sender));
            let deed = move || drop(sender.lock().unwrap().take());
            match attempt(&disk, &reader, (given_up_count, deed), &stop) {
                Made::GivenUp => assert_eq!(files(&disk), before),
                // The control: nothing is asked of the disk any more behind the last sync.
                Made::Whole(made) => break assert!(made.is_some()),
                Made::Failed | Made::Overtaken => panic!("a stop is no failure"),
            }
            given_up_count += 1;
        }
        assert!(given_up_count >= 2, "orders and the snapshot are synced");
        let wanted = digest(hotline.state());
        drop((hotline, reader));
        let recovered = recovery::recover(&folder(&disk)).unwrap();
        assert_eq!(digest(&recovered.state), wanted);
    }

    #[test]
    fn a_hotline_that_stops_reads_no_record_for_a_snapshot() {
        let disk = FaultyDisk::new();
        let hotline = hotline(&folder(&disk));
        let (sender, stop) = crossbeam_channel::bounded(0);
        drop(sender);
        assert!(matches!(
            make(&folder(&disk), &Pace::of(0, &hotline.reader(), &stop)),
            Made::GivenUp
        ));
    }

    #[test]
    fn a_panic_is_told_as_a_failure_and_the_next_snapshot_is_made() {
        let disk = FaultyDisk::new();
        let hotline = hotline(&folder(&disk));
        let (reader, before) = (hotline.reader(), files(&disk));
        let (_sender, stop) = crossbeam_channel::bounded(0);
        let made = attempt(&disk, &reader, (0, || panic!("on purpose")), &stop);
        assert!(matches!(made, Made::Failed));
        let whole = |name: &String| !name.ends_with(".tmp");
        let left: Vec<_> = files(&disk).into_iter().filter(|(name, _)| whole(name)).collect();
        for file in &before {
            assert!(left.contains(file), "{} is as it was", file.0);
        }
        let made = make(&folder(&disk), &Pace::of(0, &reader, &stop));
        assert!(matches!(made, Made::Whole(Some(_))), "the control: without the panic it is made");
    }

    #[test]
    fn a_snapshot_that_is_overtaken_is_given_up_and_the_next_one_gives_way_to_nothing() {
        let disk = FaultyDisk::new();
        let hotline = hotline(&folder(&disk));
        let (reader, before) = (hotline.reader(), files(&disk));
        let (_sender, stop) = crossbeam_channel::bounded(0);
        let ordinary = Pace::of(0, &reader, &stop);
        assert!(!ordinary.hurries && ordinary.is_wanted());
        let overtaken = Pace { overtaken_at: reader.committed(), ..ordinary };
        assert!(matches!(make(&folder(&disk), &overtaken), Made::Overtaken));
        assert_eq!(files(&disk), before);
        let hurries = Pace { hurries: true, ..overtaken };
        assert!(matches!(make(&folder(&disk), &hurries), Made::Whole(Some(_))));
    }

    #[test]
    fn nothing_comes_in_bulk_while_the_journal_is_far_ahead_of_the_last_snapshot() {
        let hotline = hotline(&folder(&FaultyDisk::new()));
        let published = hotline.published();
        let rows =
            [(0, BULK_RECORDS - 1, false), (0, BULK_RECORDS, true), (1, BULK_RECORDS, false)];
        for (holds, head, is_far) in rows {
            published.snapshot_holds.store(holds, Ordering::Relaxed);
            published.notices.publish([], head);
            assert_eq!(published.is_far_behind(), is_far, "{head} records, {holds} of them held");
        }
    }
}
