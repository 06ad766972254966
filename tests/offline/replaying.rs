//! `hotline replay`: what another duty list would have done to the orders of a journal or a file.

use hotline::codec;
use hotline::district::District;
use hotline::recovery::{self, DataFolder};
use hotline_engine::actor::{Actor, Role};
use hotline_engine::command::{Acceptance, Action, Command};
use hotline_engine::order::{Candidate, Channel, Classification, Confidence, Kind, OrderId};
use hotline_engine::time::Timestamp;
use serde_json::{Value, json};

use super::district::altered;
use super::{Folder, done, hotline, objects, refused, sample, trained};

/// A matter of the sample that one department leads everywhere.
const POWER_CUT: &str = "公用事业/供电/停电";
const STALLS: &str = "城市管理/市容环境/占道经营";

/// A data folder with four orders of the sample district, accepted on 2026-03-09: a power cut; a power cut of which the
/// classifier was not sure and that a dispatcher gave to the market regulators; stalls whose place is not known; an answer.
fn hotline_with_orders(folder: &Folder) -> String {
    let path = folder.path("data");
    let data = DataFolder::at(&path);
    data.create().unwrap();
    let district = District::sample().unwrap();
    let rules = district.rules().unwrap();
    let recovered = recovery::recover(&data).unwrap();
    let (mut state, mut journal) = (recovered.state, recovered.journal);
    let at = Timestamp::parse("2026-03-09T09:00:00+08:00").unwrap();
    let mut take = |role, action| {
        let command =
            Command { actor: Actor { name: "test".into(), role, units: None }, seen: None, action };
        let record = hotline_engine::step(&mut state, &rules, at, &command).unwrap().unwrap();
        let mut bytes = Vec::new();
        codec::encode_record(&record, &mut bytes).unwrap();
        journal.append(&bytes).unwrap();
    };
    take(Role::System, Action::AdoptDirectory(Box::new(district.draft.clone())));
    let directory = district.directory();
    let accept = |matter: &str, sure: u16, title: &str| {
        let candidates = vec![Candidate {
            matter: directory.matter_id(matter).unwrap(),
            confidence: Confidence(sure),
        }];
        Acceptance {
            title: title.into(),
            classification: Classification {
                candidates,
                evidence: Vec::new(),
                model: "test".into(),
            },
            ..Acceptance::plain(Kind::Help, Channel::Web, format!("{title},请处理"))
        }
    };
    let orders = [
        accept(POWER_CUT, 9_000, "又停电了,电话13812345678"),
        accept(POWER_CUT, 4_000, "店里没电"),
        accept(STALLS, 9_500, "路上都是摊"),
    ];
    for order in orders {
        take(Role::CallTaker, Action::Accept(Box::new(order)));
    }
    let answer = hotline_engine::handling::Answer { text: "九点上班".into(), article: None };
    let answered = Acceptance { answer: Some(answer), ..accept(POWER_CUT, 9_000, "几点上班") };
    take(Role::CallTaker, Action::Accept(Box::new(answered)));
    let lead = directory.unit_id("market-regulation").unwrap();
    take(
        Role::Dispatcher,
        Action::Dispatch { order: OrderId(2), lead, co_units: Vec::new(), matter: None },
    );
    journal.commit().unwrap();
    path
}

/// The sample with another lead for power cuts, sure at 0.30, and with stalls led by a department.
fn new_list() -> Folder {
    let new = altered("district.toml", "confidence_min = 0.70", "confidence_min = 0.30");
    let list = std::fs::read_to_string(sample("duty-list.csv")).unwrap();
    let changes = [
        (format!("{POWER_CUT},,power-supply,"), format!("{POWER_CUT},,market-regulation,")),
        (format!("{STALLS},,@street,"), format!("{STALLS},,urban-management,")),
    ];
    let list = changes.iter().fold(list, |list, (from, to)| {
        assert!(list.contains(from));
        list.replace(from, to)
    });
    new.file("duty-list.csv", list);
    new
}

fn replayed(args: &[&str]) -> Value {
    let args = [&["replay", "--json"], args].concat();
    serde_json::from_str(&done(&args).out).unwrap()
}

fn changes(report: &Value) -> Vec<String> {
    let name = |way: &Value| way["unit"].as_str().or(way["triage"].as_str()).unwrap().to_owned();
    let told =
        |it: &Value| format!("{} to {}: {}", name(&it["from"]), name(&it["to"]), it["orders"]);
    report["changes"].as_array().unwrap().iter().map(told).collect()
}

#[test]
fn a_journal_tells_what_another_list_would_have_done() {
    let folder = Folder::new();
    let data = hotline_with_orders(&folder);
    let new = new_list();
    let report = replayed(&["--directory", &new.path(""), &data]);
    assert_eq!(
        changes(&report),
        [
            "power-supply to market-regulation: 1",
            "low-confidence to market-regulation: 1",
            "place-unknown to urban-management: 1"
        ]
    );
    let numbers = ["orders", "not_routed", "archived", "changed"].map(|key| report[key].clone());
    assert_eq!(json!(numbers), json!([3, 1, 0, 3]));
    let coverage = |side: &str| json!([report[side]["dispatched"], report[side]["triage"]]);
    assert_eq!([coverage("before"), coverage("after")], [json!([1, 2]), json!([3, 0])]);
    let reasons = json!({"low-confidence": 1, "place-unknown": 1});
    assert_eq!(report["before"]["triage_reasons"], reasons);
    // The dispatcher gave one to the unit that the new list would have sent it to.
    assert_eq!(report["people_named"], json!({"orders": 1, "before": 0, "after": 1}));
    let example = &report["changes"][0]["examples"][0];
    assert_eq!(example["title"], "又停电了,电话138****5678");
    assert_eq!(
        (&example["matter"], &example["accepted"]),
        (&json!(POWER_CUT), &json!("2026-03-09"))
    );
    assert_eq!(
        (&report["on"], &report["last_accepted"]),
        (&json!("acceptance"), &json!("2026-03-09"))
    );

    let text = done(&["replay", "--directory", &new.path(""), &data, "--examples", "1"]).out;
    assert!(
        text.starts_with(
            "重放 3 件(2026-03-09 至 2026-03-09 受理);新目录按各件受理当日有效的条目派单"
        ),
        "{text}"
    );
    assert!(text.contains("去向有变 3 件(100.0 %)"), "{text}");
    assert_eq!(text.matches("2026-03-09").count(), 3, "one example: {text}");
}

#[test]
fn the_list_that_is_in_force_changes_nothing() {
    let folder = Folder::new();
    let data = hotline_with_orders(&folder);
    let longhu = sample("units.csv").trim_end_matches("/units.csv").to_owned();
    let report = replayed(&["--directory", &longhu, &data]);
    assert_eq!((&report["changed"], &report["changes"]), (&json!(0), &json!([])));
    assert_eq!(report["before"], report["after"]);
}

#[test]
fn rows_that_begin_later_count_on_the_day_that_is_named() {
    let folder = Folder::new();
    let data = hotline_with_orders(&folder);
    let list = std::fs::read_to_string(sample("duty-list.csv")).unwrap();
    let later = list.replace(",2025-01-01,,", ",2027-01-01,,");
    let new = altered("units.csv", "", "");
    new.file("duty-list.csv", later);
    let said = done(&["replay", "--json", "--directory", &new.path(""), &data]);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(report["after"]["triage_reasons"], json!({"no-duty-row": 3}), "{report}");
    assert!(said.err.contains("按生效后试算请加 --on 2027-01-01"), "{said:?}");
    let report = replayed(&["--directory", &new.path(""), &data, "--on", "2027-01-01"]);
    assert_eq!((&report["changed"], &report["on"]), (&json!(0), &json!("2027-01-01")), "{report}");
}

#[test]
fn decisions_of_a_file_are_routed_once_more_with_the_candidates_they_name() {
    let folder = Folder::new();
    let messages = folder.file(
        "messages.jsonl",
        r#"{"id":"a","title":"小区停电","content":"韩江路小区又停电了,供电局不来","received_at":"2026-03-09T09:00:00+08:00"}"#,
    );
    let decisions = folder.path("decisions.jsonl");
    done(&["route", &messages, "--out", &decisions, "--data", trained()]);
    let decided = objects(&std::fs::read_to_string(&decisions).unwrap());
    assert_eq!(decided[0]["accepted_at"], "2026-03-09T09:00:00+08:00");
    let new = new_list();
    // A message is read as it was then, so both say the same.
    let of_messages = replayed(&["--directory", &new.path(""), &messages]);
    let of_decisions = replayed(&["--directory", &new.path(""), &decisions]);
    assert_eq!(changes(&of_decisions), changes(&of_messages));
    assert_eq!(of_decisions["orders"], 1);
    let before = decided[0]["lead"]["code"].as_str().or(decided[0]["triage"].as_str()).unwrap();
    let first = changes(&of_decisions).first().map(|it| it.starts_with(&format!("{before} to ")));
    assert_ne!(first, Some(false), "{of_decisions}");

    let decision = json!({
        "id": "b", "accepted_at": "2026-03-09T09:00:00+08:00", "region": null, "triage": null,
        "candidates": [{"matter": POWER_CUT, "probability": 0.9}, {"matter": "不再有/这项", "probability": 0.1}],
        "lead": {"code": "power-supply"},
    });
    let file = folder.file("one.jsonl", decision.to_string());
    let report = replayed(&["--directory", &new.path(""), &file]);
    assert_eq!(changes(&report), ["power-supply to market-regulation: 1"]);
    assert_eq!(report["unknown_matters"], 1);
}

#[test]
fn what_cannot_be_replayed_is_refused_or_told_line_by_line() {
    let folder = Folder::new();
    let new = new_list();
    let none = refused(&["replay", "--directory", &new.path(""), &folder.path("")]);
    assert!(none.ends_with("no hotline was ever started on it"), "{none}");
    let wrong = "{\"id\":\"a\",\"candidates\":[],\"lead\":{\"code\":\"nobody\"}}\n{\"id\":\"b\",\"candidates\":[]}\n";
    let file = folder.file("wrong.jsonl", wrong);
    let said = hotline(&["replay", "--directory", &new.path(""), &file]);
    assert_eq!(said.code, 2, "{said:?}");
    let lines: Vec<&str> = said.err.lines().collect();
    assert_eq!(
        lines[..2],
        ["line 1: lead: no list has a unit `nobody`", "line 2: has neither lead nor triage"]
    );
    assert!(lines[2].ends_with("2 lines are neither decisions nor messages"), "{lines:?}");
}
