//! A drill: the data folder is copied while the hotline works, and with the archive put up again on an empty box. What was committed
//! before the copy is there, and a head that was written down elsewhere proves it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use hotline::clock::Reading;
use hotline::district::District;
use hotline::recovery::{self, DataFolder, Retention, Sizes};
use hotline::stepped::Stepped;
use hotline_engine::actor::{Actor, Role};
use hotline_engine::command::{Acceptance, Action, Command};
use hotline_engine::digest;
use hotline_engine::order::{Channel, Kind};
use hotline_engine::time::Timestamp;
use hotline_journal::RealDisk;
use serde_json::Value;

use crate::{Folder, done, hotline};

/// Segments of some orders, so that old ones go to the archive.
const SIZES: Sizes = Sizes { aside_bytes: 4 << 10, segment_bytes: 16 << 10, batch_bytes: 64 << 10 };
const ORDERS: usize = 200;
const SNAPSHOT_EVERY: usize = 40;

/// A hotline on real files; every turn is a second.
struct Office {
    root: PathBuf,
    archive: PathBuf,
    hotline: Stepped,
}

impl Office {
    fn at(root: &Path, archive: &Path) -> Office {
        let seconds = AtomicI64::new(0);
        let begin = Timestamp::parse("2026-03-02T09:00:00+08:00").unwrap();
        let read = move || {
            let second = seconds.fetch_add(1, Ordering::Relaxed);
            let steady = Duration::from_secs(second.unsigned_abs());
            Reading { wall: begin.plus_seconds(second), steady }
        };
        let folder = folder(root, archive);
        folder.create().unwrap();
        let rules = District::sample().unwrap().rules().unwrap();
        let hotline = Stepped::start(&folder, rules, read).unwrap();
        Office { root: root.to_owned(), archive: archive.to_owned(), hotline }
    }

    fn take(&mut self, role: Role, action: Action) {
        let actor = Actor { name: role.code().to_owned(), role, units: None };
        let mut answer = self.hotline.queue(Command { actor, seen: None, action }).unwrap();
        self.hotline.turn().unwrap();
        answer.try_recv().unwrap().unwrap();
    }

    fn accept(&mut self, numbers: std::ops::Range<usize>) {
        for number in numbers {
            let story = format!("第 {number} 单:路灯不亮,晚上看不见路");
            let contact = Acceptance::plain(Kind::Complaint, Channel::Phone, story);
            self.take(Role::CallTaker, Action::Accept(Box::new(contact)));
            if (number + 1).is_multiple_of(SNAPSHOT_EVERY) {
                let folder = folder(&self.root, &self.archive);
                let shelves = recovery::write_snapshot(&folder, &self.hotline.reader()).unwrap();
                self.hotline.published().views.put_shelves(shelves.unwrap());
            }
        }
    }

    fn head(&self) -> String {
        self.hotline.reader().head().to_string()
    }
}

fn folder(root: &Path, archive: &Path) -> DataFolder {
    let archive = Retention::Archive(archive.to_owned());
    DataFolder::on(Arc::new(RealDisk), root, SIZES).keeping(archive)
}

/// As `cp -r`, of a folder that somebody writes into.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let there = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &there);
        } else {
            fs::copy(entry.path(), there).unwrap();
        }
    }
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut segments: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|ending| ending == "journal")).collect();
    segments.sort();
    segments
}

fn verified(data: &Path, heads: &[&str]) -> Value {
    let mut args = vec!["verify", data.to_str().unwrap(), "--json"];
    heads.iter().for_each(|head| args.extend(["--head", head]));
    serde_json::from_str(&done(&args).out).unwrap()
}

#[test]
fn a_copy_taken_under_way_and_the_archive_are_the_whole_hotline_on_an_empty_box() {
    let box_that_is_lost = Folder::new();
    let path = |name: &str| PathBuf::from(box_that_is_lost.path(name));
    let mut office = Office::at(&path("data"), &path("archive"));
    office.take(Role::Admin, Action::AdoptDirectory(Box::new(District::sample().unwrap().draft)));
    office.accept(0..ORDERS);
    // Written down elsewhere; then the copy, under the eyes of the writer; then what it does not have.
    let (head, state) = (office.head(), digest(office.hotline.state()));
    let empty_box = Folder::new();
    let there = |name: &str| PathBuf::from(empty_box.path(name));
    copy(&path("data"), &there("data"));
    copy(&path("archive"), &there("archive"));
    office.accept(ORDERS..ORDERS + 10);
    let later = office.head();
    drop((office, box_that_is_lost));

    let data = there("data");
    let report = verified(&data, &[&head]);
    assert_eq!((&report["head"], &report["orders"]), (&head.clone().into(), &ORDERS.into()));
    assert_eq!(report["digest"], state.to_string());
    assert!(report["records_let_go"].as_u64().unwrap() > 0, "the archive has the rest");
    // The trail of an order that the copy still has the records of.
    let trail = empty_box.path("trail.json");
    done(&["audit", &ORDERS.to_string(), "--data", data.to_str().unwrap(), "--out", &trail]);
    done(&["verify", "--trail", &trail, "--head", &head]);
    // It goes on where it stopped.
    let mut again = Office::at(&data, &there("archive"));
    assert_eq!(digest(again.hotline.state()), state);
    again.accept(ORDERS..ORDERS + 1);
    assert_eq!(again.hotline.state().orders().len(), ORDERS + 1);
    drop(again);

    // Copy and archive together are every record from the first.
    let whole = there("whole");
    copy(&data, &whole);
    fs::remove_dir_all(whole.join("snapshots")).unwrap();
    for segment in segments(&there("archive")) {
        fs::copy(&segment, whole.join("journal").join(segment.file_name().unwrap())).unwrap();
    }
    let report = verified(&whole, &[&head]);
    assert_eq!(report["records_let_go"], 0);

    // The controls: a segment that the copy lacks, and what was committed after the copy, are missed.
    fs::remove_file(&segments(&whole.join("journal"))[1]).unwrap();
    let missed = hotline(&["verify", whole.to_str().unwrap()]);
    assert_eq!(missed.code, 65, "{missed:?}");
    let missed = hotline(&["verify", data.to_str().unwrap(), "--head", &later]);
    assert_eq!(missed.code, 65, "{missed:?}");
}
