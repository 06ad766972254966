//! Webhooks: other systems are told everything, in order, over restarts of either side; and one that is slow, broken or
//! a trap costs nobody else anything.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use standardwebhooks::Webhook;

use crate::desk::{Hotline, run};
use crate::receiver::{Answer, Heard, Receiver};
use crate::reload::reload;

/// Longer than anything here takes: reached only when something is never told.
const PATIENCE: Duration = Duration::from_secs(120);
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLD_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// A file of targets beside the data, with its secrets.
fn targets(hotline: &Hotline, targets: &[(&str, String, &str)]) -> PathBuf {
    let folder = hotline.data().parent().unwrap();
    for (name, secret) in [("new", SECRET), ("old", OLD_SECRET)] {
        fs::write(folder.join(name), secret).unwrap();
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let mut text = String::new();
    for (name, url, more) in targets {
        text.push_str(&format!(
            "[[target]]\nname = '{name}'\nurl = '{url}'\nsecrets = ['new', 'old']\n{more}\n"
        ));
    }
    let file = folder.join("webhooks.toml");
    fs::write(&file, text).unwrap();
    file
}

const INSIDE: &str = "allow_private = true";

/// An urgent order, which comes in however busy the machine is, in the end.
fn accept(hotline: &Hotline) {
    let order = json!({"content": "小区门口的大树倒了,压住了电线", "kind": "help", "urgency": "urgent",
        "matter": "城市管理/园林绿化/树木倒伏险情"});
    let begun = Instant::now();
    loop {
        let made = hotline.post("call-taker", "/api/v1/orders", &order);
        if made.status == 201 {
            assert_eq!(made.json["status"], "dispatched");
            return;
        }
        assert!(made.status == 503 && begun.elapsed() < PATIENCE, "{made:?}");
    }
}

fn at(receiver: &Receiver) -> String {
    format!("http://{}/in?from=hotline", receiver.address)
}

/// A hotline that has been started again with these targets.
fn telling(hotline: &mut Hotline, list: &[(&str, String, &str)]) {
    let file = targets(hotline, list);
    assert!(hotline.stop());
    hotline.again_with(&format!("--webhooks={}", file.display()));
}

/// The same on a machine that trusts this certificate and no other.
fn trusting(hotline: &mut Hotline, list: &[(&str, String, &str)], certificate: &Path) {
    let file = targets(hotline, list);
    assert!(hotline.stop());
    hotline.options(&format!("--webhooks={}", file.display()));
    hotline.again_under(&[("SSL_CERT_FILE", certificate.to_str().unwrap())]);
}

fn data(heard: &Heard) -> Value {
    serde_json::from_slice::<Value>(&heard.body).unwrap()["data"].clone()
}

/// Hears until it has `count` messages, each once; how many came again.
fn hear_more(receiver: &Receiver, messages: &mut Vec<Heard>, count: usize) -> usize {
    let mut ids: BTreeSet<String> = messages.iter().map(|heard| heard.id.clone()).collect();
    let mut repeated = 0;
    while messages.len() < count {
        let heard = receiver.heard.recv_timeout(PATIENCE).expect("it is told");
        if ids.insert(heard.id.clone()) {
            messages.push(heard);
        } else {
            repeated += 1;
        }
    }
    repeated
}

fn hear(receiver: &Receiver, count: usize) -> Vec<Heard> {
    let mut messages = Vec::new();
    assert_eq!(hear_more(receiver, &mut messages, count), 0, "each once");
    messages
}

fn orders(messages: &[Heard]) -> Vec<u64> {
    messages.iter().map(|heard| data(heard)["order"].as_u64().unwrap()).collect()
}

/// Waits until a line of the figures begins so: they are asked for over and over.
fn figures_say(hotline: &Hotline, words: &str) {
    let begun = Instant::now();
    loop {
        let figures = hotline.get("", "/metrics").json;
        let figures = figures.as_str().unwrap();
        if figures.lines().any(|line| line.starts_with(words)) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "never `{words}`: {figures}{}", hotline.log());
    }
}

#[test]
fn everything_is_told_once_in_order_over_restarts_of_both_sides() {
    let mut hotline = Hotline::start();
    accept(&hotline);
    let mut receiver = Receiver::start(|_| Answer::Status(204));
    telling(&mut hotline, &[("bus", at(&receiver), INSIDE)]);
    for _ in 0..3 {
        accept(&hotline);
    }
    let mut heard = hear(&receiver, 3);
    // The receiver is gone, then the hotline too.
    receiver.stop();
    for _ in 0..3 {
        accept(&hotline);
    }
    assert!(hotline.stop(), "{}", hotline.log());
    hotline.again();
    receiver = Receiver::start_at(receiver.address, |_| Answer::Status(200));
    accept(&hotline);
    let repeated = hear_more(&receiver, &mut heard, 7);
    assert!(repeated <= 1, "but for one that was heard and could not be answered any more");
    // A crash: what was sent since the position was written may come again, under the same ids.
    hotline.kill();
    hotline.again();
    accept(&hotline);
    hear_more(&receiver, &mut heard, 8);
    // What came before there was a target is in the lists.
    assert_eq!(orders(&heard), (2..=9).collect::<Vec<_>>());
    let sequences: Vec<u64> =
        heard.iter().map(|heard| data(heard)["sequence"].as_u64().unwrap()).collect();
    assert!(sequences.is_sorted());
    assert!(heard.iter().all(|heard| heard.path == "/in?from=hotline"));
    figures_say(&hotline, r#"hotline_webhook_lag_records{target="bus"} 0"#);
}

#[test]
fn a_message_is_signed_with_both_secrets_and_a_changed_one_is_not() {
    let mut hotline = Hotline::start();
    let receiver = Receiver::start(|_| Answer::Status(200));
    telling(&mut hotline, &[("bus", at(&receiver), INSIDE)]);
    let order = json!({
        "title": "张三家门口的树倒了", "content": "我叫张三,电话 13912345678,树倒了", "kind": "help",
        "matter": "城市管理/园林绿化/树木倒伏险情", "caller": {"name": "张三", "phone": "13912345678"},
    });
    let made = hotline.post("call-taker", "/api/v1/orders", &order);
    assert_eq!(made.status, 201, "{made:?}");
    let report =
        json!({"title": "举报某某科长", "content": "举报城管队员索要好处", "kind": "report"});
    assert_eq!(hotline.post("call-taker", "/api/v1/orders", &report).status, 201);
    let heard = hear(&receiver, 2);
    for secret in [SECRET, OLD_SECRET] {
        let webhook = Webhook::new(secret).unwrap();
        assert!(webhook.verify(&heard[0].body, &heard[0].headers).is_ok());
        let mut changed = heard[0].body.clone();
        *changed.last_mut().unwrap() = b' ';
        assert!(webhook.verify(&changed, &heard[0].headers).is_err());
        assert!(webhook.verify(&heard[0].body, &heard[1].headers).is_err());
    }
    let told: Value = serde_json::from_slice(&heard[0].body).unwrap();
    assert_eq!(
        (&told["type"], &told["data"]["type"]),
        (&json!("dispatched"), &json!("dispatched"))
    );
    for heard in &heard {
        let body = String::from_utf8(heard.body.clone()).unwrap();
        for secret in ["张三", "13912345678", "某某科长"] {
            assert!(!body.contains(secret), "{body}");
        }
    }
}

#[test]
fn a_target_that_hangs_hinders_neither_the_desk_nor_another_target() {
    const ORDERS: usize = 200;
    let mut hotline = Hotline::start();
    let hanging = Receiver::start(|_| Answer::Never);
    let taking = Receiver::start(|_| Answer::Status(200));
    let list = [("hangs", at(&hanging), INSIDE), ("takes", at(&taking), INSIDE)];
    telling(&mut hotline, &list);
    for _ in 0..ORDERS {
        accept(&hotline);
    }
    assert_eq!(orders(&hear(&taking, ORDERS)), (1..=ORDERS as u64).collect::<Vec<_>>());
    figures_say(&hotline, r#"hotline_webhook_lag_records{target="takes"} 0"#);
    figures_say(&hotline, &format!("hotline_webhook_lag_records{{target=\"hangs\"}} {ORDERS}"));
    // The same message, however often it was tried meanwhile.
    assert!(hanging.heard.try_iter().all(|heard| data(&heard)["order"] == 1));
    assert!(hanging.connections() > 0);
    // A stop does not wait for it.
    assert!(hotline.stop(), "{}", hotline.log());
}

#[test]
fn an_address_inside_and_a_redirect_lead_nowhere() {
    let mut hotline = Hotline::start();
    let inside = Receiver::start(|_| Answer::Status(200));
    let elsewhere = format!("http://{}/", inside.address);
    let redirecting = Receiver::start(move |_| Answer::Redirect(elsewhere.clone()));
    let port = inside.address.port();
    let list = [
        ("inside", format!("https://127.0.0.1:{port}/"), ""),
        ("mapped", format!("https://[::ffff:7f00:1]:{port}/"), ""),
        ("named", format!("https://localhost:{port}/"), ""),
        ("redirects", at(&redirecting), INSIDE),
    ];
    let folder = hotline.data().parent().unwrap().to_owned();
    let _trusted = Receiver::start_tls(&folder.join("trusted.pem"));
    trusting(&mut hotline, &list, &folder.join("trusted.pem"));
    accept(&hotline);
    for target in ["inside", "mapped", "named"] {
        let words = format!(r#"hotline_webhook_failed_total{{target="{target}",why="address"}} "#);
        figures_say(&hotline, &words);
    }
    figures_say(&hotline, r#"hotline_webhook_failed_total{target="redirects",why="redirect"} "#);
    assert_eq!(inside.heard.try_iter().count() + inside.connections(), 0, "{}", hotline.log());
}

#[test]
fn a_receiver_that_wants_no_more_is_left_alone_until_the_file_is_read_again() {
    let mut hotline = Hotline::start();
    let receiver = Receiver::start(|heard| match heard {
        0 => Answer::Status(410),
        _ => Answer::Status(200),
    });
    telling(&mut hotline, &[("bus", at(&receiver), INSIDE)]);
    accept(&hotline);
    figures_say(&hotline, r#"hotline_webhook_parked{target="bus"} 1"#);
    accept(&hotline);
    let ready = hotline.get("", "/readyz");
    assert_eq!(ready.status, 200, "it takes orders all the same");
    assert!(ready.json["notes"].to_string().contains("webhook target `bus` was given up"));
    assert_eq!(hear(&receiver, 1).len(), 1);
    assert_eq!(receiver.heard.recv_timeout(Duration::ZERO).err(), Some(RecvTimeoutError::Timeout));

    // What is wrong is not taken over; what is right is, and everything comes after all.
    let file = hotline.data().parent().unwrap().join("webhooks.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("name =", "title =")).unwrap();
    reload(&hotline, "not taken over");
    let wanted = "webhooks.toml line 2: target 1: unknown field `title`";
    assert!(hotline.log().contains(wanted), "{}", hotline.log());
    fs::write(&file, text).unwrap();
    reload(&hotline, "are in force");
    let heard = [receiver.heard.recv_timeout(PATIENCE), receiver.heard.recv_timeout(PATIENCE)];
    assert_eq!(orders(&heard.map(Result::unwrap)), [1, 2]);
    assert!(!hotline.get("", "/readyz").json["notes"].to_string().contains("webhook"));
}

#[test]
fn a_file_of_targets_that_is_wrong_keeps_the_hotline_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("webhooks.toml"));
    fs::write(&file, "[[target]]\nname = 'bus'\nurl = 'http://bus.example.cn/'\nsecrets = ['x']\n")
        .unwrap();
    let shown = |path: &Path| path.to_str().unwrap().to_owned();
    let ended = run(&[
        "serve",
        "--sample",
        "--listen",
        "127.0.0.1:0",
        "--data",
        &shown(&data),
        "--webhooks",
        &shown(&file),
    ]);
    assert_eq!(ended.status.code(), Some(2), "{ended:?}");
    let said = String::from_utf8(ended.stderr).unwrap();
    let wanted = "webhooks.toml line 3: target 1: url: is not https; http is for targets inside";
    assert!(said.contains(wanted), "{said}");
}

#[test]
fn https_is_sent_to_who_the_machine_trusts_and_to_nobody_else() {
    let mut hotline = Hotline::start();
    let folder = hotline.data().parent().unwrap().to_owned();
    let trusted = Receiver::start_tls(&folder.join("trusted.pem"));
    let stranger = Receiver::start_tls(&folder.join("stranger.pem"));
    let url = |address: SocketAddr| format!("https://localhost:{}/", address.port());
    let list =
        [("trusted", url(trusted.address), INSIDE), ("stranger", url(stranger.address), INSIDE)];
    trusting(&mut hotline, &list, &folder.join("trusted.pem"));
    accept(&hotline);
    assert_eq!(orders(&hear(&trusted, 1)), [1]);
    figures_say(&hotline, r#"hotline_webhook_failed_total{target="stranger",why="unreachable"} "#);
    assert_eq!(stranger.heard.try_iter().count(), 0);
}
