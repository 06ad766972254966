//! Live assignments: in order, within rights, resumed without gap or repeat, over a restart too.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::desk::Hotline;
use crate::tour::unpaid_wages;

/// Longer than a watcher may stall: reached only when nobody cuts him.
const PATIENCE: Duration = Duration::from_secs(90);
/// Orders while a watcher stalls: their events are some ten times what a system keeps for a line.
const ORDERS_MAX: usize = 40_000;
/// Clients who bring them.
const CLIENTS: usize = 4;

#[test]
fn a_watcher_who_comes_back_misses_nothing_and_hears_nothing_twice() {
    let mut hotline = Hotline::start();
    hotline.hire("human-resources");
    hotline.stop();
    hotline.again();
    for _ in 0..6 {
        unpaid_wages(&hotline);
    }
    // From the very beginning: articles and the directory came first and are nobody's events.
    let all = hotline.watch("human-resources", Some(0), 6);
    assert!(all.iter().all(|(_, name, _)| name == "dispatched"));
    let orders: Vec<u64> = all.iter().map(|(_, _, data)| data["order"].as_u64().unwrap()).collect();
    assert_eq!(orders, [1, 2, 3, 4, 5, 6]);
    assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0));

    let rest = hotline.watch("human-resources", Some(all[2].0), 3);
    assert_eq!(rest, all[3..]);

    hotline.kill();
    hotline.again();
    let after = hotline.watch("human-resources", Some(all[2].0), 3);
    assert_eq!(after, all[3..], "the same events after a crash");

    let (id, _) = unpaid_wages(&hotline);
    let signed = hotline.post("human-resources", &format!("/api/v1/orders/{id}/sign"), &json!({}));
    assert_eq!(signed.status, 200);
    let news = hotline.watch("human-resources", Some(all[5].0), 2);
    let names: Vec<&str> = news.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(names, ["dispatched", "signed"]);
    assert_eq!(news[1].2["order"], id);
}

#[test]
fn a_handler_who_comes_back_need_not_wait_for_what_concerns_others() {
    let mut hotline = Hotline::start();
    hotline.hire("taxation");
    hotline.stop();
    hotline.again();
    // More than is handed out at once, all for another unit.
    for _ in 0..300 {
        unpaid_wages(&hotline);
    }
    let vague = json!({"content": "你好,我想反映一个情况", "kind": "complaint"});
    let made = hotline.post("call-taker", "/api/v1/orders", &vague);
    let path = format!("/api/v1/orders/{}/dispatch", made.json["id"]);
    assert_eq!(hotline.post("dispatcher", &path, &json!({"lead": "taxation"})).status, 200);
    let heard = hotline.watch("taxation", Some(0), 1);
    assert_eq!(heard[0].2["order"], made.json["id"]);
}

#[test]
fn a_handler_hears_only_of_his_unit() {
    let mut hotline = Hotline::start();
    hotline.hire("human-resources");
    hotline.hire("taxation");
    hotline.stop();
    hotline.again();
    unpaid_wages(&hotline);
    let vague = json!({"content": "你好,我想反映一个情况", "kind": "complaint"});
    let made = hotline.post("call-taker", "/api/v1/orders", &vague);
    let path = format!("/api/v1/orders/{}/dispatch", made.json["id"]);
    assert_eq!(hotline.post("dispatcher", &path, &json!({"lead": "taxation"})).status, 200);
    let heard = hotline.watch("taxation", Some(0), 1);
    assert_eq!(heard[0].2["order"], made.json["id"], "not the other unit's order");
    let all = hotline.watch("dispatcher", Some(0), 3);
    let names: Vec<&str> = all.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(names, ["dispatched", "triage", "dispatched"]);
}

#[test]
fn a_position_from_another_journal_is_told_to_start_over() {
    let hotline = Hotline::start();
    let heard = hotline.watch("dispatcher", Some(1_000_000), 1);
    assert_eq!(heard[0].1, "reset");
}

#[test]
fn a_watcher_who_stalls_is_cut_and_comes_back_without_gap_or_repeat() {
    let hotline = Hotline::start();
    let mut stalled = TcpStream::connect(&hotline.address).unwrap();
    let token = hotline.token("dispatcher");
    let ask = format!(
        "GET /api/v1/events?after=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    stalled.write_all(ask.as_bytes()).unwrap();
    let accepted = accept_until_cut(&hotline);
    // He was cut while the hotline ran, not because it ended.
    assert_eq!(hotline.get("", "/readyz").status, 200);
    let heard = whole_events(&mut stalled);
    assert!(!heard.is_empty() && heard.len() < accepted, "{} of {accepted}", heard.len());

    let last = heard.last().map(|(sequence, _)| *sequence);
    let rest = hotline.watch("dispatcher", last, accepted - heard.len());
    let rest = rest.into_iter().map(|(sequence, _, data)| (sequence, data));
    let both: Vec<(u64, Value)> = heard.into_iter().chain(rest).collect();
    let all = hotline.watch("dispatcher", Some(0), accepted);
    let all: Vec<(u64, Value)> = all.into_iter().map(|(id, _, data)| (id, data)).collect();
    assert_eq!(both, all, "what he heard, and then what he had missed");
    let orders: Vec<u64> = all.iter().map(|(_, data)| data["order"].as_u64().unwrap()).collect();
    assert!(orders.iter().copied().eq(1..=accepted as u64), "each order once");
}

/// Orders with long titles, until the hotline has cut somebody who takes nothing; how many there were.
fn accept_until_cut(hotline: &Hotline) -> usize {
    let (accepted, is_cut) = (AtomicUsize::new(0), AtomicBool::new(false));
    let deadline = Instant::now() + PATIENCE;
    let body =
        json!({"title": "欠薪".repeat(100), "content": "老板拖欠工资三个月", "kind": "complaint"});
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let agent = ureq::Agent::new_with_defaults();
                // Lines fill within seconds; then there is nothing to do but to wait for the cut.
                while !is_cut.load(Ordering::SeqCst) && accepted.load(Ordering::SeqCst) < ORDERS_MAX
                {
                    let token = format!("Bearer {}", hotline.token("call-taker"));
                    let path = format!("http://{}/api/v1/orders", hotline.address);
                    let sent = agent.post(path).header("authorization", token);
                    sent.send_json(&body).unwrap();
                    accepted.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        while !hotline.get("", "/metrics").json.as_str().unwrap().contains("hotline_cut_total 1") {
            assert!(Instant::now() < deadline, "never cut, after {accepted:?} orders");
        }
        is_cut.store(true, Ordering::SeqCst);
    });
    accepted.into_inner()
}

/// The events that came whole before the line was cut.
fn whole_events(line: &mut TcpStream) -> Vec<(u64, Value)> {
    let mut bytes = Vec::new();
    read_rest(line, &mut bytes);
    events_in(&bytes)
}

/// What comes until the line is closed.
fn read_rest(line: &mut TcpStream, bytes: &mut Vec<u8>) {
    line.set_read_timeout(Some(PATIENCE)).unwrap();
    let ended = line.read_to_end(bytes).map_err(|error| error.kind());
    assert_ne!(ended, Err(ErrorKind::WouldBlock), "the line was closed");
}

fn events_in(bytes: &[u8]) -> Vec<(u64, Value)> {
    let text = String::from_utf8_lossy(bytes);
    let (mut heard, mut sequence) = (Vec::new(), None);
    for line in text.split_inclusive('\n') {
        if let Some(id) = line.strip_prefix("id: ") {
            sequence = id.trim().parse().ok();
        } else if let Some(data) = line.strip_prefix("data: ").filter(|_| line.ends_with('\n')) {
            heard.push((sequence.unwrap(), serde_json::from_str(data).unwrap()));
        }
    }
    heard
}

/// Watchers who take a byte while an order comes in: each is cut, and comes back where he was.
fn cut_all_who_take_a_byte_at_a_time(watchers: usize) {
    let hotline = Hotline::start();
    let token = hotline.token("dispatcher");
    let ask = format!(
        "GET /api/v1/events?after=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    let watching = (0..watchers).map(|_| {
        let mut line = TcpStream::connect(&hotline.address).unwrap();
        line.write_all(ask.as_bytes()).unwrap();
        line.set_nonblocking(true).unwrap();
        (line, Vec::new())
    });
    let mut watching: Vec<(TcpStream, Vec<u8>)> = watching.collect();
    let body = json!({"title": "欠薪".repeat(100), "content": "老板拖欠工资", "kind": "complaint"});
    let all_cut = format!("hotline_cut_total {watchers}\n");
    let is_over = || hotline.get("", "/metrics").json.as_str().unwrap().contains(&all_cut);
    let mut accepted = 0;
    while accepted < ORDERS_MAX && !(accepted % 50 == 0 && is_over()) {
        let made = hotline.post("call-taker", "/api/v1/orders", &body);
        assert_eq!(made.status, 201, "the writer knows nothing of them: {made:?}");
        accepted += 1;
        for (line, heard) in &mut watching {
            let mut byte = [0];
            // Nothing there, or cut by now.
            if let Ok(1) = line.read(&mut byte) {
                heard.push(byte[0]);
            }
        }
    }
    assert!(accepted < ORDERS_MAX, "some are never cut");
    let (mut line, mut heard) = watching.swap_remove(watchers / 2);
    line.set_nonblocking(false).unwrap();
    read_rest(&mut line, &mut heard);
    let heard = events_in(&heard);
    let rest = hotline.watch("dispatcher", heard.last().map(|it| it.0), accepted - heard.len());
    let orders = heard.iter().map(|(_, data)| data).chain(rest.iter().map(|(_, _, data)| data));
    let orders: Vec<u64> = orders.map(|data| data["order"].as_u64().unwrap()).collect();
    assert!(orders.iter().copied().eq(1..=accepted as u64), "each order once");
    println!("{watchers} watchers cut within {accepted} orders, {} heard before", heard.len());
}

#[test]
#[ignore = "minutes, and gigabytes of the system's buffers"]
fn a_thousand_watchers_who_take_a_byte_at_a_time_are_cut_and_the_writer_goes_on() {
    cut_all_who_take_a_byte_at_a_time(1_000);
}
