//! `hotline load` against a real hotline: what it says it did is what the hotline has.

use std::path::Path;

use serde_json::Value;

use crate::desk::{Hotline, run};

fn loaded(hotline: &Hotline, more: &[&str], report: &Path) -> Value {
    let report = report.to_str().unwrap();
    let token = hotline.token("call-taker");
    let to = ["load", "--server", &hotline.address, "--token", token, "--json", report];
    let usual = ["--warm-up", "0", "--connections", "8"];
    let ended = run(&[&to[..], &usual, more].concat());
    assert!(ended.status.success(), "{ended:?}");
    serde_json::from_str(&std::fs::read_to_string(report).unwrap()).unwrap()
}

fn accepted(hotline: &Hotline) -> u64 {
    let figures = hotline.get("", "/metrics").json;
    let mut lines = figures.as_str().unwrap().lines();
    let line = lines.find_map(|line| line.strip_prefix("hotline_orders_accepted_total "));
    line.map_or(0, |count| count.parse().unwrap())
}

#[test]
fn what_a_load_says_it_did_is_what_the_hotline_has() {
    let mut hotline = Hotline::start();
    let units = include_str!("../../examples/longhu/units.csv");
    let units: Vec<&str> =
        units.lines().skip(1).filter_map(|row| row.split(',').next()).take(60).collect();
    let data = hotline.data().to_str().unwrap().to_owned();
    let whose = ["token", "--data", &data, "--role", "handler", "--name", "all"];
    let of: Vec<&str> = units.iter().flat_map(|unit| ["--unit", unit]).collect();
    let made = run(&[&whose, &of[..]].concat());
    assert!(made.status.success(), "{made:?}");
    let handler = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    assert!(hotline.stop());
    hotline.again();
    let folder = tempfile::tempdir().unwrap();
    let report = |name: &str| folder.path().join(name);

    let batches = loaded(
        &hotline,
        &["--batch", "50", "--rate", "1000", "--seconds", "1"],
        &report("batches.json"),
    );
    assert_eq!((&batches["accepted"], &batches["requests"]), (&1_000.into(), &20.into()));
    assert_eq!(accepted(&hotline), 1_000);

    let html = report("mixed.html");
    let mix = [
        "--mix",
        "--handler-token",
        &handler,
        "--html",
        html.to_str().unwrap(),
        "--seed",
        "3",
        "--rate",
        "200",
        "--seconds",
        "1",
    ];
    let mixed = loaded(&hotline, &mix, &report("mixed.json"));
    let works: Vec<&str> =
        mixed["work"].as_array().unwrap().iter().filter_map(|row| row["work"].as_str()).collect();
    assert_eq!(works, ["accept", "suggest", "sign", "reply", "close", "inbox"], "{mixed}");
    assert_eq!(mixed["refused"], serde_json::json!({}), "{mixed}");
    assert_eq!(accepted(&hotline), 1_000 + mixed["accepted"].as_u64().unwrap());
    assert!(std::fs::read_to_string(html).unwrap().contains("<polyline"));

    let sweep = ["--sweep", "--p99-ms", "0.0001", "--rate", "50", "--seconds", "1"];
    let swept = loaded(&hotline, &sweep, &report("swept.json"));
    assert_eq!(swept["steps"].as_array().unwrap().len(), 1, "nothing is as quick as that");
    assert_eq!(swept["steps"][0]["sustained"], false);

    let burst = ["--burst", "3", "--burst-seconds", "1", "--rate", "200", "--seconds", "1"];
    let burst = loaded(&hotline, &burst, &report("burst.json"));
    assert_eq!(burst["requests"], 200 + 600 + 200);
    let (first, second) = (report("burst.json"), report("burst.json"));
    let compared = run(&["load", "compare", first.to_str().unwrap(), second.to_str().unwrap()]);
    let words = String::from_utf8(compared.stdout).unwrap();
    assert_eq!(words.matches("no difference seen").count(), 3, "{words}");
}
