//! `hotline evaluate`: all figures, for one file by folds, for two files, and for a district's dispatching.

use crate::{Folder, done, hotline, objects, sample};

const KEYS: [&str; 7] =
    ["accuracy", "macro_f1", "top3", "ece", "coverage_at_95", "coverage_at_98", "precision_at_879"];

#[test]
fn folds_give_every_figure_with_its_spread() {
    let orders = sample("orders.jsonl");
    let args = ["evaluate", &orders, "--label", "kind", "--json"];
    let said = done(&args);
    let report = objects(&said.out).remove(0);
    for key in KEYS {
        let (mean, spread) = (report[key].as_f64().unwrap(), report["sd"][key].as_f64().unwrap());
        assert!((0.0..=1.0).contains(&mean) && (0.0..0.5).contains(&spread), "{key}: {report}");
    }
    for key in KEYS.iter().filter(|key| !["macro_f1", "ece"].contains(key)) {
        let pooled = report["pooled"][key].as_f64().unwrap();
        let end = |at: usize| report["interval"][key][at].as_f64().unwrap();
        assert!(end(0) <= pooled && pooled <= end(1) && end(0) < end(1), "{key}: {report}");
    }
    assert!(report["accuracy"].as_f64().unwrap() > 0.6, "{report}");
    assert!(report["top3"].as_f64() > report["accuracy"].as_f64());
    assert_eq!(
        (&report["texts"], &report["labels"], &report["folds"]),
        (&1590.into(), &6.into(), &5.into())
    );
    assert_eq!(done(&args).out, said.out, "measuring twice gives the same");
}

#[test]
fn tables_show_labels_and_confusions() {
    let file = sample("orders.jsonl");
    let said = done(&["evaluate", &file, "--label", "kind", "--folds", "3", "--speed"]);
    for wanted in [
        "1590 texts, 6 labels in `kind`",
        "macro_f1",
        "taken for",
        "consultation",
        "F1",
        "texts of 250 characters a second on one thread",
    ] {
        assert!(said.out.contains(wanted), "{wanted} in {}", said.out);
    }
}

#[test]
fn one_file_can_be_tested_on_another() {
    let folder = Folder::new();
    let text = std::fs::read_to_string(sample("orders.jsonl")).unwrap();
    let (train, test): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| line.contains("\"held_apart\": false"));
    let train = folder.file("train.jsonl", train.join("\n"));
    let test = folder.file("test.jsonl", test.join("\n"));
    let args = ["evaluate", "--train", &train, "--test", &test, "--label", "kind", "--json"];
    let report = objects(&done(&args).out).remove(0);
    assert!(KEYS.iter().all(|key| report[key].is_f64()), "{report}");
    assert_eq!(report["texts"], 530);
}

#[test]
fn what_to_measure_must_be_said() {
    for args in [
        &["evaluate"][..],
        &["evaluate", "x.jsonl"],
        &["evaluate", "--train", "x.jsonl", "--label", "kind"],
        &["evaluate", "x.jsonl", "--label", "kind", "--folds", "1"],
    ] {
        assert_eq!(hotline(args).code, 2, "{args:?}");
    }
}

#[test]
fn a_district_s_dispatching_is_measured_at_every_threshold() {
    let folder = Folder::new();
    for name in ["district.toml", "units.csv", "matters.csv", "duty-list.csv", "keywords.csv"] {
        std::fs::copy(sample(name), folder.path(name)).unwrap();
    }
    // A few matters are enough here: training all of them five times takes long.
    let orders = std::fs::read_to_string(sample("orders.jsonl")).unwrap();
    let orders: Vec<&str> = orders.lines().filter(|line| line.contains("城市管理/")).collect();
    folder.file("orders.jsonl", orders.join("\n"));
    let district = folder.path("");
    let args = ["evaluate", "--dispatch", "--held-apart", "--district", &district, "--json"];
    let report = objects(&done(&args).out).remove(0);
    let points = report["thresholds"].as_array().unwrap();
    assert_eq!(points.len(), 100);
    let coverage = |at: usize| points[at]["coverage"].as_f64().unwrap();
    assert!(coverage(0) >= coverage(50) && coverage(50) >= coverage(99), "{report}");
    assert!(report["as_set"]["precision"].is_f64() && report["lead_accuracy"].is_f64(), "{report}");
    let interval = points[0]["precision_interval"].as_array().unwrap();
    let precision = points[0]["precision"].as_f64().unwrap();
    let (low, high) = (interval[0].as_f64().unwrap(), interval[1].as_f64().unwrap());
    assert!(0.0 < low && low < precision && precision < high && high <= 1.0, "{report}");
}

#[test]
fn places_are_found_in_orders_that_nobody_looked_at() {
    let report = objects(&done(&["evaluate", "--places", "--held-apart", "--json"]).out).remove(0);
    assert_eq!((&report["orders"], &report["with_place"]), (&530.into(), &433.into()));
    let share = |name: &str| report[name]["share"].as_f64().unwrap();
    assert!(share("street_right") >= 0.95 && share("right_where_found") >= 0.98, "{report}");
    assert!(share("invented_where_none") <= 0.06, "{report}");
}
