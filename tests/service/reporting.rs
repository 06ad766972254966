//! Reports of a running hotline: spans, the daily bulletin, and who sees which units in them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::desk::{Hotline, run};
use crate::duty_log::{self, BEFORE_THE_HOLIDAY, CALLER};

/// On the data folder of the log, once the ticks of today have told what passed since.
fn before_the_holiday(hotline: &Hotline) {
    // Its last record is long ago: that it is today now, somebody has to say.
    let confirmed = hotline.post("admin", "/api/v1/clock/confirm", &json!({}));
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    let all_passed = |report: &Value| report["total"]["counts"]["due-overdue"] == 6;
    hotline.report_with("admin", "/api/v1/reports/on-time?year=2025", all_passed);
}

#[test]
fn the_bulletin_of_a_running_hotline_is_the_one_of_its_data_folder() {
    let hotline = Hotline::start_with(|data| duty_log::write(data, BEFORE_THE_HOLIDAY));
    before_the_holiday(&hotline);
    let data = hotline.data().to_str().unwrap();
    for day in ["2025-04-25", "2025-04-27", "2025-04-28", "2025-04-30", "2025-05-01", "2025-05-06"]
    {
        let answer = hotline.get("supervisor", &format!("/api/v1/reports/bulletin?day={day}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        let args = ["report", "--data", data, "--bulletin", "--day", day, "--format", "json"];
        let offline: Value = serde_json::from_slice(&run(&args).stdout).unwrap();
        assert_eq!(answer.json, offline, "{day}");
    }
    let bulletin = hotline.get("supervisor", "/api/v1/reports/bulletin?day=2025-04-30").json;
    assert_eq!(
        (&bulletin["total"]["late"], &bulletin["total"]["due_tomorrow"]),
        (&json!(2), &json!(1))
    );
    let said = bulletin.to_string();
    for secret in [CALLER, "13912345678", "13812345678"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}

#[test]
fn a_supervisor_of_one_unit_reads_of_that_unit_alone() {
    let mut hotline = Hotline::start_with(|data| duty_log::write(data, BEFORE_THE_HOLIDAY));
    hotline.appoint("supervisor", "watcher", "education");
    hotline.stop();
    hotline.again();
    before_the_holiday(&hotline);
    let path = "/api/v1/reports/bulletin?day=2025-04-30";
    let bulletin = hotline.get("watcher", path).json;
    let units: BTreeSet<&str> = bulletin["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["key"].as_str().unwrap())
        .chain(bulletin["orders"].as_array().unwrap().iter().map(|it| it["unit"].as_str().unwrap()))
        .collect();
    assert_eq!(units, BTreeSet::from(["education"]), "{bulletin}");
    assert_eq!(
        (&bulletin["total"]["late"], &bulletin["total"]["accepted"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(hotline.get("watcher", &format!("{path}&unit=education")).json, bulletin);
    assert_eq!(hotline.get("admin", &format!("{path}&unit=education")).json, bulletin);
    assert_eq!(hotline.get("watcher", &format!("{path}&unit=human-resources")).status, 403);
}

#[test]
fn what_is_accepted_today_and_due_in_a_day_stands_in_the_bulletin_of_today() {
    let hotline = Hotline::start();
    let order =
        json!({"title": "水管爆了", "content": "路面全是水", "kind": "help", "urgency": "urgent"});
    let made = hotline.post("call-taker", "/api/v1/orders", &order).json;
    let day = &made["times"]["accepted"].as_str().unwrap()[..10];
    let bulletin = hotline.get("dispatcher", &format!("/api/v1/reports/bulletin?day={day}")).json;
    let listed = &bulletin["orders"][0];
    assert_eq!(
        (&listed["number"], &listed["due"]),
        (&made["number"], &made["due"]["handle"]["current"])
    );
    assert_eq!(listed["reasons"], json!(["due-tomorrow"]));
}

#[test]
fn a_report_over_http_is_of_a_day_a_month_a_year_or_a_span_and_names_what_is_wrong() {
    let hotline = Hotline::start_with(|data| duty_log::write(data, BEFORE_THE_HOLIDAY));
    for (query, from, to) in [
        ("day=2025-04-28", "2025-04-28", "2025-04-28"),
        ("month=2025-04", "2025-04-01", "2025-04-30"),
        ("year=2025", "2025-01-01", "2025-12-31"),
        ("from=2025-04-30&to=2025-05-31", "2025-04-30", "2025-05-31"),
    ] {
        let report = hotline.get("auditor", &format!("/api/v1/reports/on-time?{query}")).json;
        assert_eq!((&report["from"], &report["to"]), (&json!(from), &json!(to)), "{report}");
        assert!(!report["rows"].as_array().unwrap().is_empty(), "{report}");
    }
    for (query, pointer, said) in [
        ("on-time?day=yesterday", "day", "day: is not a date such as 2026-11-01"),
        ("on-time?month=2025-13", "month", "month: is not a month such as 2026-11"),
        ("on-time?year=25", "year", "year: is not a year such as 2026"),
        ("on-time?day=2025-04-28&to=2025-04-29", "to", "to: cannot be given beside `day`"),
        ("on-time?month=2025-04&year=2025", "year", "year: cannot be given beside `month`"),
        (
            "on-time?from=2025-04-30&to=2025-04-01",
            "to",
            "to: lies before `from`, or more than 1098 days after it",
        ),
        ("bulletin?day=2025-04-31", "day", "day: is not a date such as 2026-11-01"),
        ("bulletin?day=9999-12-31", "day", "day: has not begun"),
        ("bulletin?unit=nowhere", "unit", "unit: no such unit"),
        ("bulletin?month=2025-04", "month", "month: is not known, or cannot be read"),
    ] {
        let answer = hotline.get("auditor", &format!("/api/v1/reports/{query}"));
        assert_eq!(answer.status, 400, "{query}: {answer:?}");
        assert_eq!(answer.json["detail"], said, "{query}");
        assert_eq!(answer.json["errors"][0]["pointer"], pointer, "{query}");
    }
}
