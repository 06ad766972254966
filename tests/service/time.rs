//! A wall clock that jumps under the running hotline: time neither goes back nor leaps, until an operator says so.

use std::fs;
use std::path::{Path, PathBuf};

use hotline_engine::time::Day;
use serde_json::{Value, json};

use crate::desk::Hotline;
use crate::tour::unpaid_wages;

/// Where distributions put the library behind the command `faketime`.
const LIBRARIES: [&str; 4] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib64/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
];
const DAY: i64 = 86_400;

/// A hotline whose wall clock is set by a file; none where the machine has no faketime.
fn hotline_by(setting: &Path) -> Option<Hotline> {
    let Some(library) = LIBRARIES.into_iter().find(|path| Path::new(path).exists()) else {
        println!("skipped: no faketime on this machine; the clock's own tests cover the rules");
        return None;
    };
    set(setting, 0);
    let environment = [
        ("LD_PRELOAD", library),
        ("FAKETIME_TIMESTAMP_FILE", setting.to_str().unwrap()),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("DONT_FAKE_MONOTONIC", "1"),
    ];
    Some(Hotline::start_under(&environment, |_| ()))
}

/// Sets the wall clock this many seconds off; whole at every moment, since the process reads it whenever it likes.
fn set(setting: &Path, off_seconds: i64) {
    let beside = setting.with_extension("new");
    fs::write(&beside, format!("{off_seconds:+}")).unwrap();
    fs::rename(beside, setting).unwrap();
}

/// The day on which a new order is accepted: its number begins with it.
fn accepted(hotline: &Hotline) -> i32 {
    let path = format!("/api/v1/orders/{}", unpaid_wages(hotline).0);
    let order = hotline.get("admin", &path).json;
    let number = order["number"].as_str().unwrap();
    let (year, month, day) = (&number[..2], &number[2..4], &number[4..6]);
    Day::parse(&format!("20{year}-{month}-{day}")).unwrap().0
}

fn readiness(hotline: &Hotline) -> (u16, Value) {
    let ready = hotline.get("", "/readyz");
    (ready.status, ready.json)
}

fn setting_in(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("faketime")
}

#[test]
fn a_jump_of_ten_days_is_held_until_an_operator_confirms_it_and_a_year_back_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let setting = setting_in(&folder);
    let Some(hotline) = hotline_by(&setting) else { return };
    let before = accepted(&hotline);
    let (_, ready) = readiness(&hotline);
    assert_eq!(ready["wall_clock_ahead_ms"], json!(0), "{ready}");

    set(&setting, 10 * DAY);
    let held = accepted(&hotline);
    // The test may run over midnight.
    assert!(held - before <= 1, "a new order has the day that it is, not the clock's");
    let (status, ready) = readiness(&hotline);
    assert_eq!(status, 200, "{ready}");
    assert!(ready["wall_clock_ahead_ms"].as_i64().unwrap() > 9 * DAY * 1_000, "{ready}");
    assert!(ready["notes"].to_string().contains("ahead of the hotline's time"), "{ready}");
    assert!(hotline.log().contains("ahead of the hotline's time"), "{}", hotline.log());
    let metrics = hotline.get("", "/metrics").json;
    let metrics = metrics.as_str().unwrap();
    assert!(metrics.contains(r#"hotline_clock_jumps_total{to="ahead"} 1"#), "{metrics}");
    assert!(metrics.contains("hotline_wall_clock_ahead_seconds 86"), "{metrics}");
    let overdue = |hotline: &Hotline| {
        hotline.get("admin", "/api/v1/orders/1").json["overdue"].as_array().unwrap().len()
    };
    assert_eq!(overdue(&hotline), 0, "nothing escalates for it");

    let confirm = |role| hotline.post(role, "/api/v1/clock/confirm", &json!({}));
    assert_eq!(confirm("dispatcher").status, 403);
    let confirmed = confirm("admin");
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    assert_eq!(confirm("admin").status, 409, "once is enough");
    let after = accepted(&hotline);
    assert!(after - before >= 10, "{before} … {after}");
    assert!(hotline.log().contains("by=\"sample-admin\""), "{}", hotline.log());
    // The control: the same ten days, believed, do make the first order late.
    let late = (0..2_000).any(|_| overdue(&hotline) > 0);
    assert!(late, "what became due in between is late now");

    set(&setting, -365 * DAY);
    let back = accepted(&hotline);
    assert!(back >= after, "{after} … {back}");
    let (status, ready) = readiness(&hotline);
    assert_eq!(status, 200);
    assert!(ready["notes"].to_string().contains("behind the last record"), "{ready}");
}

#[test]
fn a_start_long_after_the_last_record_holds_time_until_it_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let setting = setting_in(&folder);
    let Some(mut hotline) = hotline_by(&setting) else { return };
    let first = accepted(&hotline);
    assert!(hotline.stop());
    set(&setting, 30 * DAY);
    hotline.again();
    assert!(accepted(&hotline) - first <= 1);
    assert!(readiness(&hotline).1["notes"].to_string().contains("confirm"));
    assert!(hotline.stop());
    // A day later is no jump: a hotline may have been off.
    set(&setting, DAY);
    hotline.again();
    assert!(accepted(&hotline) > first);
    assert!(hotline.stop());
    set(&setting, 30 * DAY);
    hotline.again_with("--accept-clock");
    assert!(accepted(&hotline) - first >= 30);
}
