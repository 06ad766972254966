//! Where a hotline plays: its disk, its clocks and its folder. Starts it and looks at what it would leave; plays nothing itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use hotline::clock::Reading;
use hotline::codec;
use hotline::district::District;
use hotline::recovery::{self, DataFolder, RecoveryError, Retention, Sizes};
use hotline::stepped::Stepped;
use hotline_engine::draft::DirectoryDraft;
use hotline_engine::time::Timestamp;
use hotline_engine::{Rules, State};
use hotline_journal::{Disk, FaultyDisk, leaf_hash};

use crate::evidence::Kept;

/// When the city begins.
const START: &str = "2025-03-03T07:00:00";
const ROOT: &str = "/hotline";
/// Small, since the disk is copied after every batch: a batch and some set aside, and segments that end after some tens of
/// kilobytes of records, since each reserves a batch.
const SIZES: Sizes =
    Sizes { aside_bytes: 160 << 10, segment_bytes: 176 << 10, batch_bytes: BATCH_BYTES };
/// A step's commands, many times.
pub(crate) const BATCH_BYTES: usize = 128 << 10;

/// The clocks, as whoever plays sets them.
#[derive(Debug)]
pub(crate) struct Clocks {
    start: Timestamp,
    /// Milliseconds that have truly passed.
    passed: AtomicI64,
    /// How far the wall clock is off.
    off: AtomicI64,
}

impl Clocks {
    /// Time passes.
    pub(crate) fn pass(&self, ms: i64) {
        self.passed.fetch_add(ms, Ordering::SeqCst);
    }

    /// Somebody sets the wall clock.
    pub(crate) fn set_off(&self, ms: i64) {
        self.off.store(ms, Ordering::SeqCst);
    }

    /// What time it truly is.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::of_ms(self.start.ms() + self.passed.load(Ordering::SeqCst))
    }

    fn read(&self) -> Reading {
        let passed = self.passed.load(Ordering::SeqCst);
        let wall = Timestamp::of_ms(self.start.ms() + passed + self.off.load(Ordering::SeqCst));
        Reading { wall, steady: Duration::from_millis(passed.unsigned_abs()) }
    }
}

/// The stage of one hotline.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) disk: FaultyDisk,
    pub(crate) clocks: Arc<Clocks>,
    rules: Rules,
    retention: Retention,
}

impl Stage {
    /// An empty disk, and the directory that will be adopted.
    pub(crate) fn new(seed: u64) -> (Stage, DirectoryDraft) {
        let district = District::sample().expect("the sample district is part of the program");
        let rules = district.rules().expect("it has rules");
        let start = Timestamp::parse(START).expect("it is a time");
        let (passed, off) = (AtomicI64::new(0), AtomicI64::new(0));
        let retention = match seed % 3 {
            0 => Retention::Remove,
            1 => Retention::Archive(PathBuf::from("/archive")),
            _ => Retention::KeepAll,
        };
        let clocks = Arc::new(Clocks { start, passed, off });
        (Stage { disk: FaultyDisk::new(), clocks, rules, retention }, district.draft)
    }

    pub(crate) fn folder(&self) -> DataFolder {
        on(&self.disk).keeping(self.retention.clone())
    }

    /// Starts the hotline on what the disk has.
    pub(crate) fn start(&self) -> Result<Stepped, RecoveryError> {
        let clocks = Arc::clone(&self.clocks);
        Stepped::start(&self.folder(), self.rules.clone(), move || clocks.read())
    }

    /// What a recovery would give if the power went now, and the records from a sequence on.
    pub(crate) fn left(&self, chance: u64, from: u64) -> Result<(State, Vec<Kept>), RecoveryError> {
        let folder = on(&self.disk.after_power_cut(chance));
        let state = recovery::read(&folder)?;
        let mut kept = Vec::new();
        if state.records_count() < from {
            return Ok((state, kept));
        }
        for record in recovery::scan_from(&folder, from)? {
            let hotline_journal::Record { sequence, payload } = record?;
            let leaf = leaf_hash(&payload);
            let record = codec::decode_record(&payload)
                .map_err(|source| RecoveryError::Codec { sequence, source })?;
            kept.push(Kept { sequence, leaf, record });
        }
        Ok((state, kept))
    }

    /// The power went, and comes back.
    pub(crate) fn cut_power(&mut self, chance: u64) {
        self.disk = self.disk.after_power_cut(chance);
    }

    /// The segments of the journal but for the last, oldest first.
    pub(crate) fn old_segments(&self) -> Vec<PathBuf> {
        let mut segments = self.files("journal", ".journal");
        segments.pop();
        segments
    }

    /// The snapshots, oldest first.
    pub(crate) fn snapshots(&self) -> Vec<PathBuf> {
        self.files("snapshots", ".snapshot")
    }

    /// The files of orders beside the snapshots.
    pub(crate) fn pieces(&self) -> Vec<PathBuf> {
        ["passing", "lasting"].iter().flat_map(|ending| self.files("snapshots", ending)).collect()
    }

    /// Whether the journal still has what each order is made of.
    pub(crate) fn keeps_all(&self) -> bool {
        self.retention == Retention::KeepAll
    }

    /// Bytes of all files.
    pub(crate) fn used_bytes(&self) -> usize {
        let of = |path: PathBuf| self.disk.bytes(path).map_or(0, |bytes| bytes.len());
        let folders = ["journal", "snapshots", ""];
        folders.into_iter().flat_map(|folder| self.files(folder, "")).map(of).sum()
    }

    fn files(&self, folder: &str, ending: &str) -> Vec<PathBuf> {
        let folder = match folder {
            "" => PathBuf::from(ROOT),
            inside => Path::new(ROOT).join(inside),
        };
        // A folder that is not there has no files.
        let names = self.disk.names(&folder).unwrap_or_default();
        let mut paths: Vec<PathBuf> =
            names.iter().filter(|name| name.ends_with(ending)).map(|it| folder.join(it)).collect();
        paths.sort();
        paths
    }
}

fn on(disk: &FaultyDisk) -> DataFolder {
    DataFolder::on(Arc::new(disk.clone()), ROOT, SIZES)
}
