//! What a signal takes over without a stop: rules, directory, model and tokens; and what it leaves alone when a file is wrong.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::desk::Hotline;

/// A copy of the sample's files, to change.
pub(crate) fn copy_of_the_sample(to: &Path) {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/longhu");
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(sample).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

pub(crate) fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{}: {from}", path.display());
    fs::write(path, text.replace(from, to)).unwrap();
}

/// Sends the signal and waits until the log has `words` once more.
pub(crate) fn reload(hotline: &Hotline, words: &str) {
    let count = |hotline: &Hotline| hotline.log().matches(words).count();
    let before = count(hotline);
    hotline.signal("-HUP");
    let begun = Instant::now();
    while count(hotline) == before {
        assert!(begun.elapsed() < Duration::from_secs(60), "{}", hotline.log());
        assert_eq!(hotline.get("", "/readyz").status, 200, "it answers all the while");
    }
}

#[test]
fn a_signal_takes_over_rules_directory_and_tokens() {
    let mut hotline = Hotline::start();
    assert!(hotline.stop());
    let folder = tempfile::tempdir().unwrap();
    copy_of_the_sample(folder.path());
    hotline.again_for(folder.path());
    let vague = json!({"content": "你好,我想反映一个情况", "kind": "complaint"});
    let status = |hotline: &Hotline| {
        hotline.post("call-taker", "/api/v1/orders", &vague).json["status"].clone()
    };
    assert_eq!(status(&hotline), "triage");

    let settings = folder.path().join("district.toml");
    replace(&settings, "confidence_min = 0.70", "confidence_min = 0.0");
    replace(&folder.path().join("units.csv"), "区城市管理和综合执法局", "区城管局");
    hotline.hire("taxation");
    reload(&hotline, "are in force");
    assert_eq!(status(&hotline), "dispatched", "no confidence is asked for now");
    let inbox = hotline.get("taxation", "/api/v1/departments/taxation/inbox");
    assert_eq!(inbox.status, 200, "a token made since");
    let tree =
        json!({"content": "树倒了", "kind": "help", "matter": "城市管理/园林绿化/树木倒伏险情"});
    let made = hotline.post("call-taker", "/api/v1/orders", &tree);
    assert_eq!(made.json["lead"]["name"], "区城管局");

    replace(&settings, "confidence_min = 0.0", "confidence_min = 7");
    reload(&hotline, "not taken over");
    assert_eq!(status(&hotline), "dispatched", "what was stays");
}

#[test]
fn a_profile_that_names_what_the_directory_lacks_is_not_taken_over() {
    let mut hotline = Hotline::start();
    assert!(hotline.stop());
    let folder = tempfile::tempdir().unwrap();
    copy_of_the_sample(folder.path());
    hotline.again_for(folder.path());
    let own = folder.path().join("longhu.toml");
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/longhu.toml");
    fs::copy(built_in, &own).unwrap();
    replace(&own, "backstop = \"government-services\"", "backstop = \"nosuch\"");
    reload(&hotline, "not taken over");
    let wanted = "arbitration: backstop: `nosuch` is no unit of the directory";
    assert!(hotline.log().contains(wanted), "{}", hotline.log());
    replace(&own, "nosuch", "government-services");
    reload(&hotline, "are in force");
}

#[test]
fn a_token_that_is_taken_away_hears_no_more() {
    let mut hotline = Hotline::start();
    hotline.hire("human-resources");
    hotline.stop();
    hotline.again();
    let mut events = hotline.listen("human-resources");
    crate::tour::unpaid_wages(&hotline);
    assert!(events.next_named().is_some_and(|name| name == "dispatched"));

    let tokens = hotline.data().join("tokens.json");
    let mut kept: Vec<serde_json::Value> =
        serde_json::from_slice(&fs::read(&tokens).unwrap()).unwrap();
    kept.retain(|account| account["units"] != json!(["human-resources"]));
    fs::write(&tokens, serde_json::to_vec(&kept).unwrap()).unwrap();
    reload(&hotline, "are in force");
    crate::tour::unpaid_wages(&hotline);
    assert_eq!(events.next_named(), None, "the stream ends");
    assert_eq!(hotline.get("human-resources", "/api/v1/orders").status, 401);
}

/// Its token still opens the door, and nothing stands behind it: not what it replied to, and nobody's number.
#[test]
fn a_unit_that_is_no_more_sees_nothing_of_what_it_had() {
    let mut hotline = Hotline::start();
    assert!(hotline.stop());
    let folder = tempfile::tempdir().unwrap();
    copy_of_the_sample(folder.path());
    hotline.again_for(folder.path());
    hotline.hire("veterans");
    reload(&hotline, "are in force");
    let order = json!({
        "content": "社保怎么转移", "kind": "consultation", "caller": {"name": "林小明", "phone": "13800000001"},
    });
    let id = hotline.post("call-taker", "/api/v1/orders", &order).json["id"].as_u64().unwrap();
    let path = format!("/api/v1/orders/{id}");
    let to = json!({"lead": "veterans"});
    assert_eq!(hotline.post("dispatcher", &format!("{path}/dispatch"), &to).status, 200);
    assert_eq!(hotline.post("veterans", &format!("{path}/sign"), &json!({})).status, 200);
    let reply = json!({"public_text": "到窗口办理", "internal_text": ""});
    assert_eq!(hotline.post("veterans", &format!("{path}/reply"), &reply).status, 200);
    assert_eq!(hotline.get("veterans", &path).status, 200);

    replace(&folder.path().join("units.csv"), "veterans,", "veterans-office,");
    for (file, from, to) in [
        ("duty-list.csv", "veterans", "veterans-office"),
        ("articles.jsonl", "\"veterans\"", "\"veterans-office\""),
        ("orders.jsonl", "\"veterans\"", "\"veterans-office\""),
    ] {
        replace(&folder.path().join(file), from, to);
    }
    reload(&hotline, "are in force");
    assert_eq!(hotline.get("veterans", &path).status, 404);
    assert_eq!(hotline.get("veterans", "/api/v1/orders").json["data"], json!([]));
    let why = json!({"purpose": "回访"});
    assert_eq!(hotline.post("veterans", &format!("{path}/reveal"), &why).status, 404);
    assert_eq!(hotline.get("dispatcher", &path).status, 200);
}

#[test]
fn what_is_wrong_in_one_file_changes_nothing_in_another() {
    let mut hotline = Hotline::start();
    assert!(hotline.stop());
    let folder = tempfile::tempdir().unwrap();
    copy_of_the_sample(folder.path());
    hotline.again_for(folder.path());
    let version = |hotline: &Hotline| hotline.get("", "/readyz").json["directory_version"].clone();
    let before = version(&hotline);
    replace(&folder.path().join("units.csv"), "区城市管理和综合执法局", "区城管局");
    let tokens = hotline.data().join("tokens.json");
    let whole = fs::read(&tokens).unwrap();
    fs::write(&tokens, "{broken").unwrap();
    reload(&hotline, "not taken over");
    assert_eq!(version(&hotline), before, "the directory stays with the tokens");
    fs::write(&tokens, whole).unwrap();
    reload(&hotline, "are in force");
    assert_ne!(version(&hotline), before);
}
