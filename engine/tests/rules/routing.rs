//! Which unit the duty list names for a matter and a place.

use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::order::{Candidate, Confidence, Return, ReturnReason};
use hotline_engine::precedents::Precedents;
use hotline_engine::routing::{Choice, Ground, Question, route};
use hotline_engine::time::{Day, Timestamp};

use crate::sample::{UNITS, directory};

fn district(rows: &str) -> Directory {
    directory(&[&format!("{UNITS}\n{rows}")])
}

/// Asks `MATTER PERCENT[, MATTER PERCENT]… [at REGION] [on DAY] [not UNIT]…`; answers `UNIT[ + CO] row N, PERCENT %`.
fn ask(directory: &Directory, question: &str) -> String {
    let mut words = question.split_whitespace();
    let (mut candidates, mut region, mut returns) = (Vec::new(), None, Vec::new());
    let mut on = Day::parse("2026-03-09").unwrap();
    while let (Some(word), Some(next)) = (words.next(), words.next()) {
        match word {
            "at" => region = directory.unit_id(next),
            "on" => on = Day::parse(next).unwrap(),
            "not" => returns.push(refusal(directory.unit_id(next).unwrap())),
            matter => candidates.push(Candidate {
                matter: directory.matter_id(matter).unwrap(),
                confidence: Confidence(next.trim_end_matches(',').parse::<u16>().unwrap() * 100),
            }),
        }
    }
    let precedents = Precedents::none();
    let question = Question { candidates: &candidates, region, returns: &returns, on, precedents };
    match route(directory, question) {
        Ok(Choice { lead, co_units, ground, confidence, .. }) => {
            let Ground::Row(row) = ground else { panic!("without precedents the list decides") };
            let code = |unit: UnitId| directory.unit(unit).code.clone();
            let helpers: String =
                co_units.into_iter().map(|co| format!(" + {}", code(co))).collect();
            format!("{}{helpers} row {row}, {} %", code(lead), confidence.0 / 100)
        }
        Err(reason) => reason.code().to_owned(),
    }
}

fn refusal(unit: UnitId) -> Return {
    let (at, reason) = (Timestamp::of_ms(0), ReturnReason::NotOurDuty);
    Return { at, unit, reason, suggested: None, evidence: "不属".into() }
}

#[track_caller]
fn check(directory: &Directory, script: &str) {
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (question, expected) = line.split_once("->").unwrap();
        assert_eq!(ask(directory, question), expected.trim(), "at `{line}`");
    }
}

#[test]
fn a_special_place_comes_before_the_district_and_a_community_before_its_street() {
    let directory = district(
        "
        row 环卫 -> urban-management territorial
        row 环卫 in east -> east territorial
        row 环卫 in lotus -> lotus territorial
        row 环卫 in harbour -> harbour territorial
        ",
    );
    check(
        &directory,
        "
        环卫 90          -> urban-management row 1, 90 %
        环卫 90 at west  -> urban-management row 1, 90 %
        环卫 90 at pine  -> urban-management row 1, 90 %
        环卫 90 at east  -> east row 2, 90 %
        环卫 90 at lotus -> lotus row 3, 90 %
        环卫 90 at reed  -> harbour row 4, 90 %
        ",
    );
}

#[test]
fn the_leaf_comes_before_its_parents_even_when_the_parent_knows_the_place() {
    let directory = district(
        "
        row 城管 -> urban-management functional
        row 城管 in east -> east territorial
        row 城管/噪声 -> market functional
        matter 城管/噪声/夜间
        matter 城管/违建
        ",
    );
    check(
        &directory,
        "
        城管/噪声 90 at lotus      -> market row 3, 90 %
        城管/噪声/夜间 90 at lotus -> market row 3, 90 %
        城管/违建 90 at lotus      -> east row 2, 90 %
        城管/违建 90               -> urban-management row 1, 90 %
        ",
    );
}

#[test]
fn expired_and_future_rows_do_not_lead_anywhere() {
    let directory = district(
        "
        row 供水 -> market functional from 2020-01-01 to 2025-12-31
        row 供水 -> water functional from 2026-01-01 to 2026-06-30
        row 供水 -> urban-management functional from 2026-09-01
        ",
    );
    check(
        &directory,
        "
        供水 90 on 2019-12-31 -> no-duty-row
        供水 90 on 2020-01-01 -> market row 1, 90 %
        供水 90 on 2025-12-31 -> market row 1, 90 %
        供水 90 on 2026-01-01 -> water row 2, 90 %
        供水 90 on 2026-06-30 -> water row 2, 90 %
        供水 90 on 2026-07-01 -> no-duty-row
        供水 90 on 2026-09-01 -> urban-management row 3, 90 %
        ",
    );
}

#[test]
fn a_row_for_the_territory_needs_the_place() {
    let directory = district(
        "
        row 环卫 -> @street territorial
        row 邻里 -> @community territorial
        row 邻里 in harbour -> harbour territorial
        ",
    );
    check(
        &directory,
        "
        环卫 90          -> place-unknown
        环卫 90 at lotus -> east row 1, 90 %
        环卫 90 at east  -> east row 1, 90 %
        环卫 90 at reed  -> harbour row 1, 90 %
        邻里 90          -> place-unknown
        邻里 90 at pine  -> pine row 2, 90 %
        邻里 90 at west  -> west row 2, 90 %
        邻里 90 at reed  -> harbour row 3, 90 %
        ",
    );
}

#[test]
fn co_units_are_resolved_once_and_never_the_lead_or_a_refuser() {
    let directory = district(
        "
        row 供水 -> water + market + @street + @community + water + market functional
        row 环卫 -> @street + @community + water territorial
        ",
    );
    check(
        &directory,
        "
        供水 90                       -> water + market row 1, 90 %
        供水 90 at lotus              -> water + market + east + lotus row 1, 90 %
        供水 90 at east               -> water + market + east row 1, 90 %
        供水 90 at lotus not market   -> water + east + lotus row 1, 90 %
        环卫 90 at east               -> east + water row 2, 90 %
        ",
    );
}

#[test]
fn confidence_is_summed_over_the_candidates_of_one_unit() {
    let directory = district(
        "
        row 供水 -> water functional
        row 市场 -> market functional
        row 学校 -> education functional
        row 邻里 -> @community territorial
        matter 供水/停水
        matter 其他
        ",
    );
    check(
        &directory,
        "
        市场 40, 供水 35, 供水/停水 20      -> water row 1, 55 %
        市场 40, 供水 20, 供水/停水 20      -> market row 2, 40 %
        供水 20, 市场 40, 供水/停水 20      -> water row 1, 40 %
        学校 30, 供水 30, 市场 30           -> education row 3, 30 %
        供水 70, 供水/停水 60               -> water row 1, 100 %
        其他 60, 市场 30                    -> market row 2, 30 %
        邻里 60, 市场 30                    -> market row 2, 30 %
        邻里 60, 市场 30 at lotus           -> lotus row 4, 60 %
        其他 60, 邻里 30                    -> no-duty-row
        邻里 60, 其他 30                    -> place-unknown
        ",
    );
    assert_eq!(ask(&directory, ""), "no-matter");
}

#[test]
fn a_refuser_is_passed_over_for_the_next_row() {
    let directory = district(
        "
        row 供水 -> market functional
        row 供水/停水 -> water functional
        row 供水/停水 -> education functional
        ",
    );
    check(
        &directory,
        "
        供水/停水 90                                -> water row 2, 90 %
        供水/停水 90 not water                      -> education row 3, 90 %
        供水/停水 90 not water not education        -> market row 1, 90 %
        供水/停水 90 not water not education not market -> refused
        ",
    );
}

#[test]
fn a_refused_functional_matter_is_not_handed_down_by_a_wider_row() {
    let directory = district(
        "
        row 城管 -> @street territorial
        row 城管/违建 -> urban-management functional
        row 城管/环卫 -> urban-management territorial
        ",
    );
    check(
        &directory,
        "
        城管/违建 90 at lotus not urban-management -> refused
        城管/环卫 90 at lotus not urban-management -> east row 1, 90 %
        ",
    );
}

#[test]
fn a_dissolved_unit_is_not_led_to_and_keeps_its_number() {
    let first = format!("{UNITS}\nrow 供水 -> @street + market territorial");
    let without = first
        .replace("unit lotus community east", "")
        .replace("unit market department", "")
        .replace(" + market", "");
    let before = directory(&[&first]);
    let after = directory(&[&first, &without]);
    assert_eq!(after.unit_id("lotus"), before.unit_id("lotus"));
    assert!(!after.is_active(after.unit_id("lotus").unwrap()));
    assert_eq!((before.version, after.version, after.rows_count()), (1, 2, 1));
    check(&before, "供水 90 at pine -> west + market row 1, 90 %");
    check(&after, "供水 90 at pine -> west row 1, 90 %");
    let without_west =
        without.replace("unit west street", "").replace("unit pine community west", "");
    let last = directory(&[&first, &without_west]);
    check(&last, "供水 90 at west -> place-unknown");
}
