//! The sample district holds what it promises; a district with a mistake is refused with file, line and field.

use hotline::district::District;
use hotline_engine::directory::{Directory, Level, UnitId};
use hotline_engine::order::{Candidate, Confidence};
use hotline_engine::routing::{Question, route};
use hotline_engine::time::{Day, Timestamp};

use crate::{Folder, refused, sample};

fn unit(directory: &Directory, code: &str) -> UnitId {
    directory.unit_id(code).unwrap_or_else(|| panic!("unit {code}"))
}

#[test]
fn the_sample_has_27_departments_10_streets_and_towns_121_villages_and_communities() {
    let district = District::sample().unwrap();
    district.draft.check().unwrap();
    let count = |fits: fn(Level) -> bool| {
        district.draft.units.iter().filter(|unit| fits(unit.level)).count()
    };
    let departments = count(|level| level == Level::Department);
    assert_eq!((departments, count(Level::is_street), count(Level::is_community)), (27, 10, 121));
    assert!(
        district.matters.len() >= 200
            && district.articles.len() >= 209
            && district.orders.len() >= 800
    );
}

#[test]
fn the_lead_of_every_order_follows_from_the_duty_list() {
    let district = District::sample().unwrap();
    let state = district.adopted(Timestamp(0)).unwrap();
    let directory = state.directory();
    for order in &district.orders {
        let matter = directory.matter_id(&order.matter).unwrap();
        let candidates = [Candidate { matter, confidence: Confidence::CERTAIN }];
        let region = order.place.as_deref().map(|code| unit(directory, code));
        let on = Day::parse("2026-02-13").unwrap();
        let question = Question { candidates: &candidates, region, returns: &[], on };
        let choice = route(directory, question);
        let lead = choice.as_ref().map(|choice| directory.unit(choice.lead).code.as_str());
        assert_eq!(lead, Ok(order.lead.as_str()), "order {}", order.id);
    }
}

#[test]
fn a_folder_reads_like_the_sample_in_the_program() {
    let folder = std::path::PathBuf::from(sample("units.csv"));
    let loaded = District::load(folder.parent().unwrap()).unwrap();
    let built_in = District::sample().unwrap();
    assert_eq!(loaded.draft, built_in.draft);
    assert_eq!(loaded.orders, built_in.orders);
    assert_eq!(loaded.settings, built_in.settings);
}

/// A copy of the sample with one text in one file replaced.
fn altered(name: &str, from: &str, to: &str) -> Folder {
    let folder = Folder::new();
    let names = [
        "district.toml",
        "units.csv",
        "matters.csv",
        "duty-list.csv",
        "keywords.csv",
        "articles.jsonl",
        "orders.jsonl",
    ];
    for file in names {
        let text = std::fs::read_to_string(sample(file)).unwrap();
        let text = if file == name { text.replacen(from, to, 1) } else { text };
        folder.file(file, text);
    }
    folder
}

#[test]
fn a_mistake_in_a_district_s_files_is_named_with_file_line_and_field() {
    let cases = [
        (
            "units.csv",
            ",department,",
            ",depatment,",
            "units.csv line 2: level `depatment` is not one of department, street, town, village, community",
        ),
        (
            "duty-list.csv",
            "2020-01-01",
            "2020-02-30",
            "duty-list.csv line 2: from `2020-02-30` is not a date such as 2026-02-13",
        ),
        (
            "duty-list.csv",
            ",ecology,",
            ",ekology,",
            "duty-list.csv: duty row 1: unknown unit `ekology`",
        ),
        (
            "keywords.csv",
            ",119",
            ",911",
            "keywords.csv line 2: value `911` is not one of 110, 119, 120",
        ),
        (
            "district.toml",
            "confidence_min",
            "confidence",
            "district.toml line 9: unknown field `confidence`, expected one of `name`, `source`, `profile`, `confidence_min`",
        ),
        (
            "district.toml",
            "\"guangdong\"",
            "\"gotham\"",
            "district.toml: profile `gotham` is neither built in nor a file `gotham.toml` beside it",
        ),
        (
            "orders.jsonl",
            "\"urgency\": \"normal\"",
            "\"urgency\": \"calm\"",
            "orders.jsonl line 1: urgency: unknown variant `calm`",
        ),
        (
            "articles.jsonl",
            "\"unit\": \"",
            "\"unit\": \"x",
            "articles.jsonl line 1: unit `xurban-management` is not in units.csv",
        ),
        (
            "matters.csv",
            "path,hints",
            "path,words",
            "matters.csv line 1: column `hints` is missing",
        ),
    ];
    let messages = Folder::new();
    let file = messages.file("m.jsonl", r#"{"content":"路灯不亮"}"#);
    for (name, from, to, wanted) in cases {
        let folder = altered(name, from, to);
        let error = refused(&["route", &file, "--district", &folder.path("")]);
        assert!(error.starts_with(&format!("hotline: {wanted}")), "{error}");
    }
}

#[test]
fn a_profile_of_the_district_s_own_stands_beside_its_settings() {
    let folder = altered("district.toml", "\"guangdong\"", "\"own\"");
    let profile = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/guangdong.toml");
    let text = std::fs::read_to_string(profile).unwrap();
    folder.file("own.toml", text.replacen("\"guangdong\"", "\"own\"", 1));
    let district = District::load(std::path::Path::new(&folder.path(""))).unwrap();
    assert_eq!(district.rules().unwrap().profile(Timestamp(0)).name, "own");
}

#[test]
fn a_file_that_is_not_utf_8_is_named_with_its_line() {
    let folder = altered("units.csv", "", "");
    let mut text = std::fs::read(sample("units.csv")).unwrap();
    text.extend(b"x,\xd6\xd0,department,,\n");
    folder.file("units.csv", text);
    let error = District::load(std::path::Path::new(&folder.path(""))).unwrap_err();
    assert_eq!(error.to_string(), "units.csv line 160: is not UTF-8; save the file as UTF-8");
}
