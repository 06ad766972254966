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

/// Records after which a new snapshot is made: recovery then replays at most about this many.
const EVERY_RECORDS: u64 = 200_000;
/// After each of its syncs a snapshot rests so many times as long as that took: it has a tenth of the disk.
const RESTS: u32 = 9;
/// And no longer than this, however slow the disk is.
const REST_MAX: Duration = Duration::from_millis(200);
/// How often the thread looks.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Looks after which a snapshot that failed is tried again: a minute, since it takes much of a disk that may be full.
const AGAIN_AFTER_LOOKS: u64 = 12;
/// Looks after which the head of the journal is logged: once a minute, so that a log kept elsewhere bears witness.
const HEAD_EVERY_LOOKS: u64 = 12;

/// What became of a snapshot.
enum Made {
    /// It was written, or there was nothing new.
    Whole(Option<Shelves>),
    /// The hotline stops: it was given up half made, and those before it stay.
    GivenUp,
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
        give_way();
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
            let made = make(&folder, &reader, &stop);
            published.lacks_snapshot.store(matches!(made, Made::Failed), Ordering::Relaxed);
            match made {
                Made::Whole(made) => {
                    made.into_iter().for_each(|shelves| published.views.put_shelves(shelves));
                    last = begun_at;
                }
                Made::GivenUp => break,
                Made::Failed => again_at = looks + AGAIN_AFTER_LOOKS,
            }
        }
        // The writer has ended by then.
        tell_head(&reader, told);
    };
    let thread = std::thread::Builder::new().name("snapshots".into());
    thread.spawn(work).expect("the system can start a thread")
}

/// Makes one. A panic is our own mistake, but no reason to stop a hotline whose journal is whole: it is told as any other
/// failure, and the next attempt begins anew from what is on disk.
fn make(folder: &DataFolder, reader: &Reader, stop: &Receiver<()>) -> Made {
    let (folder, reader) = unhurried(folder, reader, stop);
    let wanted = || !is_stopping(stop);
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
    if !wanted() {
        info!(%why, "the hotline stops: a snapshot was given up, those before it stay");
        return Made::GivenUp;
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

/// The other end is dropped to say so.
fn is_stopping(stop: &Receiver<()>) -> bool {
    stop.try_recv() == Err(TryRecvError::Disconnected)
}

/// Folder and journal for a thread whose syncs nobody waits for: it rests after each of them, so that those of the writer find the
/// disk free. In a hotline that stops they fail: what they are for is given up.
fn unhurried(folder: &DataFolder, reader: &Reader, stop: &Receiver<()>) -> (DataFolder, Reader) {
    let around = |disk: Arc<dyn Disk>| -> Arc<dyn Disk> {
        let stop = stop.clone();
        Arc::new(AroundSyncs::new(disk, move |sync| {
            if is_stopping(&stop) {
                return Err(io::Error::other("the hotline stops"));
            }
            let began = Instant::now();
            sync()?;
            // What comes of it is seen at the next sync: either the time is over, or the hotline stops.
            let _ended = stop.recv_timeout((began.elapsed() * RESTS).min(REST_MAX));
            Ok(())
        }))
    };
    (folder.clone().through(around), reader.clone().through(around))
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
        make(&folder(disk).through(|_| Arc::new(around)), reader, stop)
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
                Made::Failed => panic!("a stop is no failure"),
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
        assert!(matches!(make(&folder(&disk), &hotline.reader(), &stop), Made::GivenUp));
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
        let made = make(&folder(&disk), &reader, &stop);
        assert!(matches!(made, Made::Whole(Some(_))), "the control: without the panic it is made");
    }
}
