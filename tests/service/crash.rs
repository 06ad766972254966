//! Crashes and broken disks, with the real binary: what was acknowledged is there, damage is found, not served.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::audited::{ACKNOWLEDGED, Acknowledged, accept, audit, audit_replay, load_until};
use crate::desk::{Hotline, run};
use crate::reload::copy_of_the_sample;

#[test]
fn twenty_kills_under_load_lose_no_acknowledged_order_and_make_none_twice() {
    survive_kills(20);
}

#[test]
#[ignore = "minutes: the same as above, ten times as often"]
fn two_hundred_kills_under_load_lose_no_acknowledged_order_and_make_none_twice() {
    survive_kills(200);
}

fn survive_kills(kills: usize) {
    let mut hotline = Hotline::start();
    let mut acknowledged = Acknowledged::new();
    for round in 0..kills {
        let seen = load_until(&mut hotline, round, |hotline, _| hotline.kill());
        hotline.again();
        audit(&hotline, &seen, round);
        acknowledged.extend(seen);
    }
    // What came before a kill is still there after all of them.
    audit(&hotline, &acknowledged, kills);
    assert!(acknowledged.len() >= kills * ACKNOWLEDGED);
    println!("{kills} kills, {} acknowledged orders: none lost, none twice", acknowledged.len());
    audit_replay(hotline, &acknowledged);
}

/// The control: an order that is gone is found by the audit.
#[test]
#[should_panic(expected = "in round 7")]
fn an_acknowledged_order_that_is_gone_is_found() {
    let hotline = Hotline::start();
    let (_, id) = accept(&hotline, "kept").unwrap();
    let kept = ("kept".to_owned(), id);
    audit(&hotline, &Acknowledged::from([kept.clone()]), 6);
    audit(&hotline, &Acknowledged::from([kept, ("lost".to_owned(), id + 1)]), 7);
}

fn segments(hotline: &Hotline) -> Vec<PathBuf> {
    let folder = fs::read_dir(hotline.data().join("journal")).unwrap();
    let mut files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "journal"));
    files.sort();
    files
}

#[test]
fn a_damaged_journal_is_refused_with_path_and_record_and_nothing_is_changed() {
    let mut hotline = Hotline::start();
    for key in ["a", "b", "c"] {
        assert!(accept(&hotline, key).is_some());
    }
    hotline.kill();
    let segment = segments(&hotline).remove(0);
    let mut bytes = fs::read(&segment).unwrap();
    // A byte in the middle of what was written: records follow it, so it is no torn tail.
    let written = bytes.iter().rposition(|&byte| byte != 0).unwrap();
    bytes[written / 2] ^= 0x40;
    fs::write(&segment, &bytes).unwrap();
    let data = hotline.data().to_str().unwrap().to_owned();
    for arguments in [
        vec!["verify", &data],
        vec!["serve", "--sample", "--data", &data, "--listen", "127.0.0.1:0"],
    ] {
        let ended = run(&arguments);
        let error = String::from_utf8_lossy(&ended.stderr);
        assert!(!ended.status.success());
        assert!(error.contains("is damaged at record") && error.contains(".journal"), "{error}");
    }
    assert_eq!(fs::read(&segment).unwrap(), bytes, "nothing is repaired by guessing");
}

#[test]
fn a_second_process_on_the_same_folder_is_refused() {
    let hotline = Hotline::start();
    let data = hotline.data().to_str().unwrap();
    let ended = run(&["serve", "--sample", "--data", data, "--listen", "127.0.0.1:0"]);
    let error = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success() && error.contains("open for writing elsewhere"), "{error}");
}

#[test]
fn a_full_disk_at_start_is_named_and_nothing_is_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let small = folder.path().join("small");
    fs::create_dir(&small).unwrap();
    // A file system of its own, full but for a few pages, in a mount namespace that ends with the process.
    let script = format!(
        "mount -t tmpfs -o size=64k tmpfs {small} && exec {binary} serve --sample --data {small}/data --listen 127.0.0.1:0",
        small = small.display(),
        binary = env!("CARGO_BIN_EXE_hotline"),
    );
    let ended =
        Command::new("unshare").args(["--mount", "--map-root-user", "sh", "-c", &script]).output();
    let Ok(ended) = ended else {
        println!("skipped: no unshare on this machine, so no small disk can be made");
        return;
    };
    let error = String::from_utf8_lossy(&ended.stderr);
    if error.contains("unshare") || error.contains("mount:") {
        println!("skipped: this machine lets nobody mount a small disk: {error}");
        return;
    }
    assert_eq!(ended.status.code(), Some(73), "{error}");
    assert!(error.contains("is full") && error.contains("/small/data"), "{error}");
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(!said.contains("listening"), "{said}");
}

#[test]
fn a_damaged_snapshot_is_passed_over_and_told() {
    let mut hotline = Hotline::start();
    assert!(accept(&hotline, "a").is_some());
    hotline.kill();
    let snapshots = hotline.data().join("snapshots");
    fs::create_dir_all(&snapshots).unwrap();
    fs::write(snapshots.join("00000000000000000005.snapshot"), b"not a snapshot").unwrap();
    hotline.again();
    assert!(hotline.log().contains("passed over a snapshot"), "{}", hotline.log());
    assert_eq!(accept(&hotline, "a").map(|(status, _)| status), Some(200));
}

#[test]
fn a_model_of_another_version_is_told_about_and_trained_anew() {
    let mut hotline = Hotline::start();
    assert!(hotline.stop());
    let model = hotline.data().join("models/matter.model");
    let mut bytes = fs::read(&model).unwrap();
    // The version stands behind the checksum of all that follows it.
    bytes[24] = 99;
    let checksum = xxhash_rust::xxh3::xxh3_128(&bytes[24..]).to_le_bytes();
    bytes[8..24].copy_from_slice(&checksum);
    fs::write(&model, &bytes).unwrap();
    hotline.again();
    assert!(hotline.log().contains("the model file has format 99"), "{}", hotline.log());
    assert_ne!(fs::read(&model).unwrap(), bytes, "trained and kept anew");
    let refused = run(&[
        "route",
        "--model",
        hotline.data().join("tokens.json").to_str().unwrap(),
        "Cargo.toml",
    ]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("tokens.json"));
}

/// A first start that was cut short among the district's articles is gone on with by the next; what the desk has removed since
/// does not come back.
#[test]
fn articles_that_the_first_start_did_not_come_to_are_put_by_the_next() {
    let mut hotline = Hotline::start();
    let article = |hotline: &Hotline, id: &str| {
        hotline.get("admin", &format!("/api/v1/knowledge/{id}")).status
    };
    let removed = hotline.call("admin", "DELETE", "/api/v1/knowledge/a-001", &[], b"");
    assert!(removed.status < 300, "{removed:?}");
    assert!(hotline.stop());
    let folder = tempfile::tempdir().unwrap();
    copy_of_the_sample(folder.path());
    let path = folder.path().join("articles.jsonl");
    let mut articles = fs::read_to_string(&path).unwrap();
    articles.push_str("{\"id\":\"z-1\",\"title\":\"路灯报修\",\"body\":\"拨打热线即可。\"}\n");
    fs::write(&path, articles).unwrap();
    hotline.again_for(folder.path());
    assert_eq!([article(&hotline, "z-1"), article(&hotline, "a-001")], [200, 404]);
}
