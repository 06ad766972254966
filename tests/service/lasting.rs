//! A hotline that runs for long and is killed now and then: nothing acknowledged is lost, and neither memory nor files add up.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::audited::{ACKNOWLEDGED, Acknowledged, audit, audit_replay, load_until};
use crate::desk::Hotline;

/// How long, in minutes, unless the variable says otherwise.
const MINUTES: u64 = 30;
const MINUTES_VARIABLE: &str = "HOTLINE_SOAK_MINUTES";
/// Requests between two looks at memory; none of them brings a new order.
const REQUESTS: usize = 3_000;
/// What memory may move by between two looks, in KiB: the allocator keeps pages for later.
const SLACK_KIB: u64 = 24 << 10;
/// What a new order may take at most, in KiB, over all indexes and views.
const ORDER_KIB: u64 = 8;

#[derive(Clone, Copy, Debug)]
struct Usage {
    resident_kib: u64,
    files: usize,
}

fn usage(hotline: &Hotline) -> Usage {
    let process = format!("/proc/{}", hotline.id());
    let status = std::fs::read_to_string(format!("{process}/status")).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let resident_kib = resident.trim().trim_end_matches(" kB").parse().unwrap();
    let files = std::fs::read_dir(format!("{process}/fd")).unwrap().count();
    Usage { resident_kib, files }
}

/// What reads, asks for advice, and is refused.
fn ask(hotline: &Hotline) {
    let advice = json!({"content": "路灯不亮,晚上看不见路"});
    for turn in 0..REQUESTS / 4 {
        assert_eq!(hotline.get("dispatcher", "/api/v1/orders?limit=20").status, 200);
        let order = format!("/api/v1/orders/{}", turn % ACKNOWLEDGED + 1);
        assert_eq!(hotline.get("dispatcher", &order).status, 200);
        let suggested = hotline.post("call-taker", "/api/v1/suggest", &advice);
        assert!([200, 503].contains(&suggested.status), "{suggested:?}");
        assert_eq!(hotline.post("dispatcher", &format!("{order}/close"), &json!({})).status, 409);
    }
}

/// Whether the process comes to rest with so many files within so many looks, once all who asked have gone.
fn rests_with(hotline: &Hotline, files: usize, looks: usize) -> bool {
    (0..looks).any(|_| {
        // Each look is a connection of its own, and the one before may not be gone yet.
        assert_eq!(hotline.get("", "/healthz").status, 200);
        usage(hotline).files <= files
    })
}

#[test]
#[ignore = "half an hour"]
fn half_an_hour_with_kills_adds_up_neither_memory_nor_files() {
    let told = std::env::var(MINUTES_VARIABLE).ok().map(|minutes| minutes.parse().unwrap());
    let until = Instant::now() + Duration::from_secs(60 * told.unwrap_or(MINUTES));
    let mut hotline = Hotline::start();
    let mut all = Acknowledged::new();
    let mut first: Option<(u64, usize)> = None;
    let mut round = 0;
    while Instant::now() < until || round < 3 {
        let seen = load_until(&mut hotline, round, |hotline, _| match round % 3 {
            2 => assert!(hotline.stop()),
            _ => hotline.kill(),
        });
        hotline.again();
        audit(&hotline, &seen, round);
        all.extend(seen);
        ask(&hotline);
        let before = usage(&hotline);
        ask(&hotline);
        let after = usage(&hotline);
        println!("round {round}: {} orders, {before:?}, then {after:?}", all.len());
        assert!(after.resident_kib < before.resident_kib + SLACK_KIB, "memory adds up");
        let (begun, orders) = *first.get_or_insert((before.resident_kib, all.len()));
        let new = (all.len() - orders) as u64;
        assert!(before.resident_kib < begun + new * ORDER_KIB + SLACK_KIB, "over lives, too");
        assert!(rests_with(&hotline, before.files, 2_000), "files stay open");
        round += 1;
    }
    audit(&hotline, &all, round);
    println!("{round} lives, {} acknowledged orders: none lost, none twice", all.len());
    audit_replay(hotline, &all);
}

/// The control: files that somebody keeps open are seen.
#[test]
fn lines_that_stay_open_are_counted() {
    let hotline = Hotline::start();
    let before = usage(&hotline).files;
    let stay: Vec<TcpStream> =
        (0..10).map(|_| TcpStream::connect(&hotline.address).unwrap()).collect();
    assert!(!rests_with(&hotline, before, 50));
    drop(stay);
    assert!(rests_with(&hotline, before, 2_000));
}
