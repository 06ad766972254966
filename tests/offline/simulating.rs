//! `hotline simulate`: the same seed says the same, every part of the engine changes what is decided, and no order is lost.

use serde_json::Value;

use crate::{Folder, done, objects, refused, sheets};

/// Two months of a small strained town, in which a third of the duties changes hands.
const TOWN: &str = r#"
name = "town"
title = "小城"
source = "测试"
from = "2025-03-03"
days = 60
districts = 1
contacts = 2500
urgent-per-10000 = 308
answered-percent = 5
carry-over = 40
utilisation-permille = 1100
drift-per-year-permille = 45

[[surges]]
from = "2025-03-18T09:00:00+08:00"
minutes = 2880
times = 4

[[reforms]]
day = "2025-03-10"
percent = 33
"#;

const POLICIES: [&str; 8] = [
    "by-hand",
    "fixed-table",
    "engine",
    "without-slack-order",
    "without-early-warning",
    "without-return-memory",
    "without-learning",
    "without-duplicates",
];

/// What came of it under each policy, in the order of [`POLICIES`].
fn outcomes(seed: &str) -> Vec<Value> {
    let folder = Folder::new();
    let town = folder.file("town.toml", TOWN);
    let mut args = vec!["simulate", &town, "--json", "--seed", seed];
    args.extend(POLICIES.iter().flat_map(|policy| ["--policy", policy]));
    let said = done(&args);
    objects(&said.out)[0]["outcomes"].as_array().unwrap().clone()
}

#[test]
fn every_part_of_the_engine_changes_what_is_decided_and_no_order_is_lost() {
    let outcomes = outcomes("5");
    let of = |policy: &str| {
        let place = POLICIES.iter().position(|known| *known == policy).unwrap();
        &outcomes[place]
    };
    let count = |policy: &str, what: &str| of(policy)[what].as_u64().unwrap();
    for (outcome, policy) in outcomes.iter().zip(POLICIES) {
        assert_eq!(outcome["policy"], policy);
        assert_eq!(outcome["contacts"], of("engine")["contacts"], "the same year for {policy}");
        let kept = ["ended", "open", "joined"].map(|what| count(policy, what));
        assert_eq!(kept.iter().sum::<u64>(), count(policy, "contacts"), "{policy}");
        let causes = outcome["late_by_cause"].as_object().unwrap().values();
        assert!(causes.map(|count| count.as_u64().unwrap()).sum::<u64>() > 0, "{policy}");
        let same = outcomes.iter().filter(|other| other["digest"] == outcome["digest"]).count();
        assert_eq!(same, 1, "{policy} decides as another policy does");
    }
    assert_eq!(count("by-hand", "dispatched_by_engine"), 0);
    assert!(count("fixed-table", "dispatched_by_engine") > count("engine", "dispatched_by_engine"));
    assert!(count("engine", "dispatched_by_engine") > 500);
    assert!(count("engine", "joined") > 0 && count("without-duplicates", "joined") == 0);
    let adopted = |policy| count(policy, "directories_adopted");
    assert!(adopted("engine") > adopted("without-learning"));
    let acted = |policy| count(policy, "reminded") + count(policy, "reassigned");
    assert!(acted("engine") > 0 && acted("without-early-warning") == 0);
    assert!(count("engine", "late") < count("by-hand", "late"));
}

#[test]
fn the_same_seed_prints_the_same_bytes_and_another_does_not() {
    let folder = Folder::new();
    let town = folder.file("town.toml", TOWN);
    let printed = |seed: &str, file: &str| {
        let html = folder.path(file);
        let said = done(&["simulate", &town, "--seed", seed, "--html", &html]);
        (said.out, std::fs::read_to_string(html).unwrap())
    };
    let first = printed("9", "first.html");
    assert_eq!(first, printed("9", "again.html"));
    let other = printed("10", "other.html");
    assert!(first.0 != other.0 && first.1 != other.1);
    assert!(first.0.contains("按时办结率") && first.0.contains("人工派单、先来先办"));
    sheets::checked(&first.1, |document| {
        let pictures = document.descendants().filter(|node| node.has_tag_name("svg")).count();
        assert!(pictures >= 5, "{pictures}");
    });
}

#[test]
fn districts_and_seeds_add_up() {
    let folder = Folder::new();
    let two = folder.file("two.toml", TOWN.replace("districts = 1", "districts = 2"));
    let one = folder.file("one.toml", TOWN);
    let contacts = |args: &[&str]| {
        let said = done(args);
        objects(&said.out)[0]["outcomes"][0]["contacts"].as_u64().unwrap()
    };
    let of_two = contacts(&["simulate", &two, "--policy", "by-hand", "--json"]);
    let of_seeds = contacts(&["simulate", &one, "--policy", "by-hand", "--json", "--seeds", "2"]);
    // 2,500 contacts, 40 before them, and what the surge brings: the same everywhere.
    assert!(of_two == of_seeds && of_two > 2 * 2_540 && of_two % 2 == 0, "{of_two} {of_seeds}");
}

#[test]
fn a_scenario_that_cannot_be_is_refused_by_the_field() {
    assert!(refused(&["simulate", "atlantis"]).contains("no scenario `atlantis`"));
    let folder = Folder::new();
    for (bad, named) in [
        (TOWN.replace("days = 60", "days = 0"), "`days` is 0; it must be 1 to 3660"),
        (TOWN.replace("times = 4", "times = 1"), "`surges.times` is 1"),
        (TOWN.replace("answered-percent", "answerd-percent"), "answerd-percent"),
        (TOWN.replace("2025-03-18T09:00:00+08:00", "soon"), "`surges.from` is `soon`"),
    ] {
        let file = folder.file("bad.toml", bad);
        let said = refused(&["simulate", &file]);
        assert!(said.contains(named), "{said}");
    }
    let nowhere = TOWN.replace("times = 4", "times = 4\nunit = \"nowhere\"");
    let said = refused(&["simulate", &folder.file("nowhere.toml", nowhere)]);
    assert!(said.contains("`surges.unit` is `nowhere`"), "{said}");
}
