//! Crashes and broken disks, with the real binary: what was acknowledged is there, damage is found, not served.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::desk::{Hotline, run};

const KILLS: usize = 20;
const CLIENTS: usize = 8;
/// Acknowledged orders before each kill.
const ACKNOWLEDGED: usize = 40;

#[test]
fn twenty_kills_under_load_lose_no_acknowledged_order_and_make_none_twice() {
    let mut hotline = Hotline::start();
    let mut acknowledged: BTreeMap<String, u64> = BTreeMap::new();
    for round in 0..KILLS {
        let seen = load_until_killed(&mut hotline, round);
        hotline.again();
        acknowledged.extend(seen);
        // The same requests again: each names the order it made before, or makes it now if the answer never came.
        for (key, id) in &acknowledged {
            let repeated = accept(&hotline, key);
            assert_eq!(repeated, Some((200, *id)), "{key} in round {round}");
        }
    }
    assert!(acknowledged.len() >= KILLS * ACKNOWLEDGED);
    let ids: std::collections::BTreeSet<_> = acknowledged.values().collect();
    assert_eq!(ids.len(), acknowledged.len(), "no order stands for two requests");
    assert!(hotline.stop());
    let log = hotline.log();
    let live = log.split("digest=").last().unwrap().split_whitespace().next().unwrap();
    let verified = run(&["verify", hotline.data().to_str().unwrap(), "--json"]);
    let report: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(live, report["digest"].as_str().unwrap(), "replay equals live");
    assert!(report["orders"].as_u64().unwrap() >= acknowledged.len() as u64);
}

/// Several clients send orders, each under its own key, until the process is killed among them.
fn load_until_killed(hotline: &mut Hotline, round: usize) -> BTreeMap<String, u64> {
    let enough = std::sync::Barrier::new(2);
    let (counted, killed) = (std::sync::atomic::AtomicUsize::new(0), AtomicBool::new(false));
    let seen = std::sync::Mutex::new(BTreeMap::new());
    let address = hotline.address.clone();
    let token = hotline.token("call-taker").to_owned();
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (seen, counted, killed, enough) = (&seen, &counted, &killed, &enough);
            let (address, token) = (&address, &token);
            scope.spawn(move || {
                let agent = ureq::Agent::new_with_defaults();
                for turn in 0.. {
                    let key = format!("{round}-{client}-{turn}");
                    // An error is the kill: this request was not acknowledged.
                    let Some(id) = send(&agent, address, token, &key) else { break };
                    seen.lock().unwrap().insert(key, id);
                    if counted.fetch_add(1, Ordering::SeqCst) + 1 == ACKNOWLEDGED {
                        enough.wait();
                    }
                    if killed.load(Ordering::SeqCst) {
                        break;
                    }
                }
            });
        }
        enough.wait();
        hotline.kill();
        killed.store(true, Ordering::SeqCst);
    });
    seen.into_inner().unwrap()
}

fn send(agent: &ureq::Agent, address: &str, token: &str, key: &str) -> Option<u64> {
    let answer = agent
        .post(format!("http://{address}/api/v1/orders"))
        .header("authorization", format!("Bearer {token}"))
        .header("idempotency-key", key)
        .content_type("application/json")
        .send(order(key).to_string());
    let id = answer.ok()?.body_mut().read_json::<Value>().ok()?["id"].as_u64();
    Some(id.unwrap())
}

fn accept(hotline: &Hotline, key: &str) -> Option<(u16, u64)> {
    let body = order(key).to_string();
    let headers = [("idempotency-key", key)];
    let answer = hotline.call("call-taker", "POST", "/api/v1/orders", &headers, body.as_bytes());
    assert!(answer.status < 300, "{answer:?}");
    Some((answer.status, answer.json["id"].as_u64()?))
}

fn order(key: &str) -> Value {
    json!({"title": key, "content": format!("第 {key} 单:路灯不亮,晚上看不见路"), "channel": "web"})
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
