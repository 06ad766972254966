//! Old segments go when two snapshots stand for them, and only then; what is left is proved and replayed as before.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use hotline::codec;
use hotline::district::District;
use hotline::recovery::{self, DataFolder, RecoveryError, Retention, Sizes};
use hotline_engine::actor::Actor;
use hotline_engine::article::Article;
use hotline_engine::command::{Action, Command};
use hotline_engine::time::Timestamp;
use hotline_engine::{Digest, Rules, State, digest};
use hotline_journal::{
    Fault, FaultyDisk, Journal, JournalError, JournalOptions, SetAside, Snapshot, Stamp,
};

use crate::{Folder, hotline};

/// A data folder whose journal has many small segments.
struct Office {
    folder: Folder,
    root: PathBuf,
}

/// Puts articles into the state and the journal, each a commit of its own.
pub(crate) fn put(state: &mut State, journal: &mut Journal, numbers: std::ops::Range<usize>) {
    static SAMPLE: LazyLock<(Article, Rules)> = LazyLock::new(|| {
        let district = District::sample().unwrap();
        (district.articles[0].article.clone(), district.rules().unwrap())
    });
    let (article, rules) = &*SAMPLE;
    let mut bytes = Vec::new();
    for number in numbers {
        let id = format!("article-{number}");
        let article = Article { id, matter: None, unit: None, ..article.clone() };
        let action = Action::PutArticle(article.into());
        let command = Command { actor: Actor::system(), seen: None, action };
        let record =
            hotline_engine::step(state, rules, Timestamp::of_ms(0), &command).unwrap().unwrap();
        codec::encode_record(&record, &mut bytes).unwrap();
        journal.append(&bytes).unwrap();
        journal.commit().unwrap();
    }
}

impl Office {
    fn new() -> Office {
        let folder = Folder::new();
        let root = PathBuf::from(folder.path("data"));
        let options = JournalOptions { segment_bytes: 4_096, ..JournalOptions::new(1) };
        let (mut journal, _) = Journal::open(root.join("journal"), options).unwrap();
        put(&mut State::default(), &mut journal, 0..40);
        Office { folder, root }
    }

    /// Two snapshots with some records between them.
    fn grow(&self, retention: Retention) -> Result<(), RecoveryError> {
        let folder = DataFolder::at(&self.root).keeping(retention);
        let mut recovered = recovery::recover(&folder).unwrap();
        let reader = recovered.journal.reader();
        recovery::write_snapshot(&folder, &reader)?;
        put(&mut recovered.state, &mut recovered.journal, 40..45);
        recovery::write_snapshot(&folder, &reader).map(drop)
    }

    fn segments(&self) -> Vec<PathBuf> {
        segments(&self.root.join("journal"))
    }

    fn folder(&self) -> DataFolder {
        DataFolder::at(&self.root)
    }

    fn digest(&self) -> Digest {
        digest(&recovery::read(&self.folder()).unwrap())
    }
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut segments: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|ending| ending == "journal")).collect();
    segments.sort();
    segments
}

#[test]
fn by_default_nothing_goes() {
    let office = Office::new();
    let before = office.segments();
    assert!(before.len() > 4);
    office.grow(Retention::KeepAll).unwrap();
    assert!(office.segments().starts_with(&before));
    assert_eq!(recovery::verify(&office.folder(), &[]).unwrap().removed, 0);
}

#[test]
fn what_two_snapshots_stand_for_goes_and_the_rest_is_proved_from_the_older_one() {
    let (kept, office) = (Office::new(), Office::new());
    kept.grow(Retention::KeepAll).unwrap();
    let before = recovery::verify(&kept.folder(), &[]).unwrap();
    office.grow(Retention::Remove).unwrap();
    assert_eq!(office.segments().len(), 1, "the last one stays");
    assert_eq!(office.digest(), kept.digest());
    let after = recovery::verify(&office.folder(), &[before.head]).unwrap();
    assert!(after.removed > 30);
    assert_eq!((after.head, after.digest), (before.head, before.digest));
    assert_eq!(after.snapshots, [40, 45]);
    assert_eq!(recovery::recover(&office.folder()).unwrap().journal.head(), before.head);
}

#[test]
fn one_snapshot_is_not_enough() {
    let office = Office::new();
    let before = office.segments();
    let folder = office.folder().keeping(Retention::Remove);
    let recovered = recovery::recover(&folder).unwrap();
    recovery::write_snapshot(&folder, &recovered.journal.reader()).unwrap();
    recovery::write_snapshot(&folder, &recovered.journal.reader()).unwrap();
    let now = office.segments();
    assert!(now.starts_with(&before), "nothing was new, so there is one snapshot still: {now:?}");
}

#[test]
fn the_archive_has_what_goes_and_the_whole_journal_can_be_put_together_again() {
    let office = Office::new();
    let archive = PathBuf::from(office.folder.path("archive"));
    let before = office.segments().len();
    office.grow(Retention::Archive(archive.clone())).unwrap();
    let archived = segments(&archive);
    assert_eq!(archived.len(), before, "the journal went on in a new one");
    let head = recovery::verify(&office.folder(), &[]).unwrap().head;
    for segment in &archived {
        let name = segment.file_name().unwrap();
        fs::copy(segment, office.root.join("journal").join(name)).unwrap();
    }
    fs::remove_dir_all(office.root.join("snapshots")).unwrap();
    let whole = recovery::verify(&office.folder(), &[head]).unwrap();
    assert_eq!((whole.removed, whole.head), (0, head));
}

#[test]
fn what_cannot_be_archived_stays() {
    let office = Office::new();
    let archive = PathBuf::from(office.folder.file("archive", "a file, not a folder"));
    let before = office.segments();
    office.grow(Retention::Archive(archive)).unwrap_err();
    assert!(office.segments().starts_with(&before));
}

/// Archived onto themselves they would be removed as the copies that they are.
#[test]
fn an_archive_in_the_data_folder_is_refused() {
    let office = Office::new();
    let data = office.root.display().to_string();
    // The journal lies elsewhere, behind a link: there they would be removed all the same.
    let elsewhere = PathBuf::from(office.folder.path("elsewhere"));
    fs::rename(office.root.join("journal"), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, office.root.join("journal")).unwrap();
    for archive in [
        office.root.clone(),
        office.root.join("journal"),
        office.root.join("old/segments"),
        elsewhere,
    ] {
        let archive = archive.display().to_string();
        let said = crate::hotline(&[
            "serve",
            "--sample",
            "--open",
            "--listen",
            "127.0.0.1:0",
            "--data",
            &data,
            "--archive",
            &archive,
        ]);
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.err.contains("--archive: lies in the data folder"), "{said:?}");
    }
}

#[test]
fn a_start_that_is_refused_puts_nothing_aside() {
    let office = Office::new();
    office.grow(Retention::KeepAll).unwrap();
    let newest = office.root.join("snapshots/00000000000000000045.snapshot");
    let running = recovery::recover(&office.folder()).unwrap();
    let mut bytes = fs::read(&newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&newest, bytes).unwrap();
    let error = recovery::recover(&office.folder()).unwrap_err();
    assert!(error.to_string().contains("is open for writing elsewhere"), "{error}");
    assert!(newest.exists());
    drop(running);
    recovery::recover(&office.folder()).unwrap();
    assert!(!newest.exists(), "the control: one that is not refused does");
}

#[test]
fn a_folder_whose_journal_is_gone_is_no_new_one() {
    let office = Office::new();
    office.folder().note_stop(3).unwrap();
    let data = office.root.display().to_string();
    fs::remove_dir_all(office.root.join("journal")).unwrap();
    for args in [&["verify", &data][..], &["report", "--year", "2026", "--data", &data]] {
        let said = crate::hotline(args);
        assert_eq!(said.code, 65, "{args:?} {said:?}");
    }
    // The control: without the note nothing says that there was one.
    fs::remove_file(office.root.join("stopped-at")).unwrap();
    if office.root.join("snapshots").exists() {
        fs::remove_dir_all(office.root.join("snapshots")).unwrap();
    }
    assert!(crate::refused(&["verify", &data]).ends_with("no hotline was ever started on it"));
    // A file where the journal should be is damage, too.
    fs::write(office.root.join("journal"), "").unwrap();
    assert_eq!(crate::hotline(&["verify", &data]).code, 65);
}

/// The newest is damaged: it takes no good one's place when the next is made. Who only reads changes nothing.
#[test]
fn a_snapshot_that_is_damaged_does_not_push_a_good_one_out() {
    let office = Office::new();
    office.grow(Retention::KeepAll).unwrap();
    let newest = office.root.join("snapshots/00000000000000000045.snapshot");
    let mut bytes = fs::read(&newest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&newest, bytes).unwrap();
    let whole = office.digest();
    assert!(newest.exists(), "it was only read");
    let folder = office.folder();
    let mut recovered = recovery::recover(&folder).unwrap();
    assert_eq!((recovered.snapshot_sequence, digest(&recovered.state)), (40, whole));
    put(&mut recovered.state, &mut recovered.journal, 45..50);
    recovery::write_snapshot(&folder, &recovered.journal.reader()).unwrap();
    drop(recovered);
    let kept = folder.snapshots().list().unwrap();
    assert_eq!(kept.iter().map(|file| file.sequence).collect::<Vec<_>>(), [40, 50]);
    assert!(newest.with_extension("snapshot.damaged").exists(), "for somebody to look at");
}

/// The journal that is shorter than at its last clean stop is told of by whoever reads it.
#[test]
fn a_journal_that_has_lost_its_end_is_not_read_as_if_it_were_whole() {
    let office = Office::new();
    office.folder().note_stop(40).unwrap();
    assert_eq!(recovery::read(&office.folder()).unwrap().records_count(), 40);
    fs::remove_file(office.segments().pop().unwrap()).unwrap();
    let error = recovery::read(&office.folder()).unwrap_err();
    assert!(
        matches!(error, RecoveryError::Journal(JournalError::Short { known: 40, .. })),
        "{error}"
    );
    // Not the snapshot that is there too is to blame.
    let office = Office::new();
    office.grow(Retention::KeepAll).unwrap();
    office.folder().note_stop(45).unwrap();
    fs::remove_file(office.segments().pop().unwrap()).unwrap();
    for error in [
        recovery::recover(&office.folder()).map(drop).unwrap_err(),
        recovery::verify(&office.folder(), &[]).map(drop).unwrap_err(),
    ] {
        assert!(matches!(error, RecoveryError::Journal(JournalError::Short { .. })), "{error}");
    }
}

#[test]
fn a_stop_on_a_full_disk_is_noted_in_what_was_set_aside_or_not_at_all() {
    const ASIDE: u64 = 4_096;
    let disk = FaultyDisk::new();
    let sizes = Sizes { aside_bytes: ASIDE, ..Sizes::default() };
    let folder = DataFolder::on(Arc::new(disk.clone()), "/data", sizes);
    let noted = || {
        let note = String::from_utf8(disk.bytes("/data/stopped-at").unwrap()).unwrap();
        note.split_once(' ').unwrap().0.to_owned()
    };
    assert!(folder.note_stop(7).unwrap());
    disk.limit(Some(2));
    assert!(!folder.note_stop(8).unwrap(), "there is no room, and that is no error");
    assert_eq!(noted(), "7");
    disk.limit(None);
    SetAside::on(Arc::new(disk.clone()), "/data/set-aside", ASIDE).hold().unwrap();
    disk.limit(Some(ASIDE as usize));
    assert!(folder.note_stop(9).unwrap());
    assert_eq!((noted().as_str(), disk.bytes("/data/set-aside")), ("9", None));
    disk.fail_after(0, Fault::Error);
    assert!(folder.note_stop(10).is_err(), "the control: another fault is one");
}

#[test]
fn what_another_version_wrote_ends_with_76_whoever_reads_it() {
    let schemas = Office::new();
    schemas.grow(Retention::Remove).unwrap();
    let snapshots = schemas.folder().snapshots();
    for file in snapshots.list().unwrap() {
        let Snapshot { sequence, digest, head, payload, .. } =
            snapshots.load(&file, 1, codec::STATE_SCHEMA).unwrap();
        let (schema, root) = (codec::STATE_SCHEMA + 1, head.root);
        let stamp = Stamp { partition: 1, schema, sequence, digest, root, oldest_file: 0 };
        snapshots.write(&stamp, &payload).unwrap();
    }
    let records = Office::new();
    let (mut journal, _) =
        Journal::open(records.root.join("journal"), JournalOptions::new(1)).unwrap();
    journal.append(&[99, 1, 2, 3]).unwrap();
    journal.commit().unwrap();
    drop(journal);
    for (office, words) in [(schemas, "has schema "), (records, "record format 99 is not known")] {
        let data = office.root.to_str().unwrap();
        let out = office.folder.path("trail.json");
        for args in [
            &["serve", "--sample", "--listen", "127.0.0.1:0", "--data", data][..],
            &["report", "--year", "2026", "--data", data],
            &["explain", "1", "--data", data],
            &["audit", "1", "--data", data, "--out", &out],
            &["verify", data],
        ] {
            let said = hotline(args);
            assert_eq!(said.code, 76, "{args:?} {said:?}");
            assert!(said.err.contains(words), "{said:?}");
            assert!(said.err.contains("use the program that wrote it"), "{said:?}");
        }
    }
}

#[test]
fn without_its_snapshots_what_is_left_is_refused_and_says_what_to_restore() {
    let office = Office::new();
    office.grow(Retention::Remove).unwrap();
    fs::remove_dir_all(office.root.join("snapshots")).unwrap();
    let errors = [
        recovery::recover(&office.folder()).unwrap_err(),
        recovery::verify(&office.folder(), &[]).unwrap_err(),
        recovery::read(&office.folder()).unwrap_err(),
    ];
    for error in errors {
        assert!(
            matches!(error, RecoveryError::Journal(JournalError::Pruned { wanted: 1, .. })),
            "{error}"
        );
        assert!(error.to_string().contains("restore a snapshot of record"), "{error}");
    }
}

#[test]
fn a_snapshot_of_another_history_is_refused() {
    let (office, other) = (Office::new(), Office::new());
    office.grow(Retention::KeepAll).unwrap();
    let folder = other.folder();
    let mut recovered = recovery::recover(&folder).unwrap();
    put(&mut recovered.state, &mut recovered.journal, 60..70);
    drop(recovered);
    let snapshots = other.root.join("snapshots");
    fs::create_dir_all(&snapshots).unwrap();
    let newest = fs::read_dir(office.root.join("snapshots"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .max();
    let newest = newest.unwrap();
    fs::copy(&newest, snapshots.join(newest.file_name().unwrap())).unwrap();
    for error in [
        recovery::recover(&folder).map(|_| ()).unwrap_err(),
        recovery::verify(&folder, &[]).map(|_| ()).unwrap_err(),
    ] {
        assert!(matches!(error, RecoveryError::OtherSnapshot { .. }), "{error}");
        let name = newest.file_name().unwrap().to_str().unwrap();
        assert!(
            error.to_string().contains(name) && error.to_string().contains("move that away"),
            "{error}"
        );
    }
    // It is all there is against the journal.
    fs::remove_file(snapshots.join(newest.file_name().unwrap())).unwrap();
    assert_eq!(recovery::recover(&folder).unwrap().state.records_count(), 50);
}

/// Where no snapshot is good and the journal has all records, a start does without; whoever verifies behind it is told of no damage.
#[test]
fn damaged_snapshots_that_the_journal_does_without_are_put_aside() {
    let office = Office::new();
    office.grow(Retention::KeepAll).unwrap();
    let snapshots: Vec<PathBuf> =
        office.folder().snapshots().list().unwrap().into_iter().map(|file| file.path).collect();
    for path in &snapshots {
        let mut bytes = fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(path, bytes).unwrap();
    }
    assert!(recovery::verify(&office.folder(), &[]).is_err(), "the control");
    let recovered = recovery::recover(&office.folder()).unwrap();
    assert_eq!((recovered.snapshot_sequence, digest(&recovered.state)), (0, office.digest()));
    drop(recovered);
    recovery::verify(&office.folder(), &[]).unwrap();
    assert!(snapshots.iter().all(|path| path.with_extension("snapshot.damaged").exists()));
}
