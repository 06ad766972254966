//! The sample district holds what it promises; a district with a mistake is refused with file, line and field.

use hotline::district::District;
use hotline_engine::directory::{Directory, Level, UnitId};
use hotline_engine::order::{Candidate, Confidence};
use hotline_engine::precedents::Precedents;
use hotline_engine::routing::{Question, route};
use hotline_engine::time::{Day, Timestamp};

use crate::{Folder, done, refused, sample};

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
    let state = district.adopted(Timestamp::of_ms(0)).unwrap();
    let directory = state.directory();
    for order in &district.orders {
        let matter = directory.matter_id(&order.matter).unwrap();
        let candidates = [Candidate { matter, confidence: Confidence::CERTAIN }];
        let region = order.place.as_deref().map(|code| unit(directory, code));
        let on = Day::parse("2026-02-13").unwrap();
        let (candidates, precedents) = (&candidates, Precedents::none());
        let question = Question { candidates, region, returns: &[], on, precedents };
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
pub(crate) fn altered(name: &str, from: &str, to: &str) -> Folder {
    let folder = Folder::new();
    let names = [
        "district.toml",
        "units.csv",
        "matters.csv",
        "duty-list.csv",
        "handlers.csv",
        "work-times.csv",
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
            "district.toml line 11: unknown field `confidence`, expected one of `name`, `source`, `profile`, `confidence_min`",
        ),
        (
            "district.toml",
            "\"longhu\"",
            "\"gotham\"",
            "profile `gotham` is neither a file `gotham.toml` beside district.toml nor one of guangdong, beijing,",
        ),
        ("district.toml", "\"longhu\"", "[]", "district.toml line 6: profile is empty"),
        (
            "district.toml",
            "0.70",
            "\"much\"",
            "district.toml line 11: confidence_min: invalid type: string \"much\", expected a number",
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
    cases.into_iter().for_each(is_refused);
}

#[test]
fn a_row_that_cannot_be_cut_is_named() {
    let cases = [
        (",\"ecology,", "duty-list.csv line 2: its quote `\"` never closes"),
        (",ecology,,", "duty-list.csv line 2: has 10 fields, its table 9 columns"),
    ];
    let row = |(to, wanted)| ("duty-list.csv", ",ecology,", to, wanted);
    cases.map(row).into_iter().for_each(is_refused);
}

#[test]
fn a_mistake_about_handlers_is_named_too() {
    let cases = [
        (
            "handlers.csv",
            "agriculture-water",
            "agriculture",
            "handlers.csv: handler row 1: unknown unit `agriculture`",
        ),
        (
            "handlers.csv",
            ",8,",
            ",0,",
            "handlers.csv line 2: capacity `0` is not a number from 1 to 1000",
        ),
        (
            "work-times.csv",
            "公用事业,",
            "公用,",
            "work-times.csv: work row 1: unknown matter `公用`",
        ),
    ];
    cases.into_iter().for_each(is_refused);
}

/// A file, what stands in it, what it should not be, and what is said then.
fn is_refused((name, from, to, wanted): (&str, &str, &str, &str)) {
    let messages = Folder::new();
    let file = messages.file("m.jsonl", r#"{"content":"路灯不亮"}"#);
    let folder = altered(name, from, to);
    let error = refused(&["route", &file, "--district", &folder.path("")]);
    assert!(error.starts_with(&format!("hotline: {wanted}")), "{error}");
}

#[test]
fn a_profile_of_the_district_s_own_stands_beside_its_settings() {
    let folder = altered("district.toml", "\"longhu\"", "[\"own\", \"own-2027\"]");
    let own = profile_named("own");
    folder.file("own.toml", &own);
    folder.file("own-2027.toml", own.replace("2022-09-01", "2027-01-01"));
    let rules = District::load(std::path::Path::new(&folder.path(""))).unwrap().rules().unwrap();
    let in_force = |text| rules.profile(Timestamp::parse(text).unwrap()).effective_from.to_string();
    assert_eq!(rules.profile(Timestamp::of_ms(0)).name, "own");
    assert_eq!(in_force("2026-12-31T23:59:59"), "2022-09-01");
    assert_eq!(in_force("2027-01-01T00:00:00"), "2027-01-01");
}

#[test]
fn a_notice_beside_the_settings_covers_a_year_more() {
    let folder = altered("district.toml", "", "");
    let whole = "2026-12-27,元旦,work\n2027-01-01,元旦,off\n2027-02-08,春节,off\n2027-04-05,清明节,off\n\
                 2027-05-01,劳动节,off\n2027-06-09,端午节,off\n2027-10-01,国庆节,off\n";
    folder.file("holidays.csv", whole);
    let rules = District::load(std::path::Path::new(&folder.path(""))).unwrap().rules().unwrap();
    assert_eq!(rules.calendar.years().last(), Some(&2027));
    let status = |text| rules.calendar.status(hotline_engine::time::Day::parse(text).unwrap());
    assert!(!status("2027-02-08").working && !status("2027-02-09").assumed);
    assert!(!status("2026-02-18").working, "the notices inside the program still count");
    folder.file("holidays.csv", whole.replace("2027-02-08,春节,off\n", ""));
    let district = folder.path("");
    let due = ["due", "--district", &district, "--kind", "help", "--from", "2027-02-01T09:00"];
    let said = done(&due).out;
    assert!(said.contains("(放假通知未发布或不全,为推定)"), "{said}");
    assert!(said.contains("2027-02-08 周一 工作日,计入,该年放假通知不全(缺春节),按推定"), "{said}");
    folder.file("holidays.csv", "2027-01-01,元旦\n");
    let error = District::load(std::path::Path::new(&folder.path(""))).unwrap_err();
    assert_eq!(error.to_string(), "holidays.csv: calendar line 1: expected `date,name,off|work`");
}

/// Guangdong's limits under another name.
pub(crate) fn profile_named(name: &str) -> String {
    let profile = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/guangdong.toml");
    let text = std::fs::read_to_string(profile).unwrap();
    text.replacen("\"guangdong\"", &format!("\"{name}\""), 1)
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
