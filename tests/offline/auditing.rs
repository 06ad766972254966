//! `hotline verify` and `hotline audit`: heads, trails, and what happens to those who change something.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::duty_log::{BEFORE_THE_HOLIDAY, CALLER, write};
use crate::{Folder, done, hotline, refused};

struct Office {
    folder: Folder,
    data: String,
    head: String,
}

impl Office {
    fn new() -> Office {
        let folder = Folder::new();
        let data = folder.path("data");
        write(Path::new(&data), BEFORE_THE_HOLIDAY);
        let head = verified(&data, &[])["head"].as_str().unwrap().to_owned();
        Office { folder, data, head }
    }

    /// The trail of order 3, which was accepted, dispatched, signed, replied to and closed.
    fn trail(&self) -> (String, Value) {
        let path = self.folder.path("trail.json");
        done(&["audit", "3", "--data", &self.data, "--out", &path]);
        let trail = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        (path, trail)
    }
}

fn verified(data: &str, more: &[&str]) -> Value {
    let args = [&["verify", data, "--json"], more].concat();
    serde_json::from_str(&done(&args).out).unwrap()
}

#[test]
fn verify_prints_records_events_and_a_head_that_it_asks_for_again() {
    let office = Office::new();
    let report = verified(&office.data, &["--head", &office.head]);
    let records = report["records"].as_u64().unwrap();
    assert!(report["events"].as_u64().unwrap() > records, "an acceptance has several events");
    assert_eq!(report["records_let_go"], 0);
    assert_eq!(report["heads_compared"], 1);
    assert!(office.head.starts_with(&format!("{records}:")), "{}", office.head);
    let said = done(&["verify", &office.data]).out;
    assert!(said.contains(&office.head) && said.contains("is whole"), "{said}");
}

#[test]
fn a_head_of_another_or_of_a_longer_journal_is_refused_with_the_records_in_doubt() {
    let office = Office::new();
    let (records, root) = office.head.split_once(':').unwrap();
    let other =
        format!("{records}:{}{}", if root.starts_with('0') { '1' } else { '0' }, &root[1..]);
    let longer = format!("{}:{root}", records.parse::<u64>().unwrap() + 3);
    for (head, says) in [
        (other, format!("is not the one of head {records}:")),
        (
            longer.clone(),
            format!("ends at record {records}, but record {}", longer.split_once(':').unwrap().0),
        ),
    ] {
        let said = hotline(&["verify", &office.data, "--head", &head]);
        assert_eq!(said.code, 65, "{said:?}");
        assert!(said.err.contains(&says), "{said:?}");
    }
    let said = hotline(&["verify", &office.data, "--head", "12:ab"]);
    assert!(said.code == 2 && said.err.contains("write records:root"), "{said:?}");
}

#[test]
fn a_trail_is_checked_against_the_head_alone_and_prints_nobodys_name() {
    let office = Office::new();
    let (path, trail) = office.trail();
    assert_eq!(trail["head"], office.head);
    fs::remove_dir_all(&office.data).unwrap();
    let said = done(&["verify", "--trail", &path, "--head", &office.head]).out;
    assert!(said.contains("Accepted, CallerRecorded") && said.contains("unchanged"), "{said}");
    assert!(said.contains("Replied") && !said.contains(CALLER), "{said}");
    let held: String = trail["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["payload"].as_str().unwrap())
        .collect();
    let name: String = CALLER.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(held.contains(&name), "the bytes that the hash stands for are all there");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o077,
            0,
            "so for its owner alone"
        );
    }
}

#[test]
fn a_trail_can_be_made_below_a_head_that_was_written_down_earlier() {
    let folder = Folder::new();
    let data = folder.path("data");
    write(Path::new(&data), BEFORE_THE_HOLIDAY);
    let earlier = verified(&data, &[])["head"].as_str().unwrap().to_owned();
    write(Path::new(&data), "2027-01-20 09:00:00 accept complaint normal 路灯不亮");
    assert_ne!(verified(&data, &["--head", &earlier])["head"], earlier);
    let path = folder.path("trail.json");
    done(&["audit", "1", "--data", &data, "--out", &path, "--head", &earlier]);
    done(&["verify", "--trail", &path, "--head", &earlier]);
    done(&["audit", "1", "--data", &data, "--out", &path]);
    let said = hotline(&["verify", "--trail", &path, "--head", &earlier]);
    assert_eq!(said.code, 1, "a proof holds below one head: {said:?}");
}

#[test]
fn whatever_is_changed_in_a_trail_is_found_and_named() {
    let office = Office::new();
    let (path, whole) = office.trail();
    let records = whole["records"].as_array().unwrap();
    assert!(records.len() >= 4);
    let check = |trail: &Value| {
        fs::write(&path, trail.to_string()).unwrap();
        hotline(&["verify", "--trail", &path, "--head", &office.head])
    };
    assert_eq!(check(&whole).code, 0, "written anew it is the same");
    let mut cases: Vec<(Value, String)> = Vec::new();
    for at in 0..records.len() {
        let sequence = records[at]["sequence"].as_u64().unwrap();
        let mut changed = whole.clone();
        let payload = records[at]["payload"].as_str().unwrap();
        let last = if payload.ends_with('0') { "1" } else { "0" };
        changed["records"][at]["payload"] =
            json!(format!("{}{last}", &payload[..payload.len() - 1]));
        cases.push((changed, format!("record {sequence} is not the one")));
        let mut moved = whole.clone();
        moved["records"][at]["sequence"] = json!(sequence + 1);
        cases.push((moved, format!("record {} ", sequence + 1)));
        let mut shorter = whole.clone();
        shorter["records"][at]["path"].as_array_mut().unwrap().pop();
        cases.push((shorter, format!("record {sequence} is not the one")));
    }
    let mut swapped = whole.clone();
    swapped["records"].as_array_mut().unwrap().swap(0, 1);
    cases.push((swapped, "does not come after what is before it".into()));
    let mut repeated = whole.clone();
    let first = records[0].clone();
    repeated["records"].as_array_mut().unwrap().insert(0, first);
    cases.push((repeated, "does not come after what is before it".into()));
    let mut later = whole.clone();
    later["first_record"] = json!(records[1]["sequence"]);
    cases.push((later, "does not come after what is before it".into()));
    let mut other_order = whole.clone();
    other_order["order"] = json!(2);
    cases.push((other_order, "says nothing of order 2".into()));
    let mut other_format = whole.clone();
    other_format["format"] = json!("hotline-trail-9");
    cases.push((other_format, "format `hotline-trail-9`".into()));
    let mut other_head = whole.clone();
    other_head["head"] = json!("hello");
    cases.push((other_head, "made under another head".into()));
    let mut empty = whole.clone();
    empty["records"] = json!([]);
    cases.push((empty, "has no record: it proves nothing".into()));
    for (trail, says) in cases {
        let said = check(&trail);
        assert!(said.code == 1 && said.err.contains(&says), "{says}: {said:?}");
    }
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let office = Office::new();
    let (path, _) = office.trail();
    assert!(hotline(&["verify"]).code == 2);
    assert!(
        hotline(&["verify", "--trail", &path]).code == 2,
        "a trail proves nothing without a head"
    );
    refused(&["audit", "9999", "--data", &office.data, "--out", &path]);
    refused(&["audit", "one", "--data", &office.data, "--out", &path]);
    refused(&["audit", "1", "--data", "/nowhere/at/all", "--out", &path]);
    let said = hotline(&["verify", "--trail", "/nowhere/at/all", "--head", &office.head]);
    assert!(said.code != 0 && said.err.contains("/nowhere/at/all"), "{said:?}");
}

/// What a command writes takes the place of what is there: in a data folder that would be its journal, its tokens or its models.
#[test]
fn nothing_is_written_into_a_data_folder_nor_in_the_place_of_another() {
    let office = Office::new();
    let journal = Path::new(&office.data).join("journal");
    let files = fs::read_dir(&journal).unwrap().map(|entry| entry.unwrap().path());
    let is_segment = |path: &std::path::PathBuf| path.extension().is_some_and(|it| it == "journal");
    let segment = files.filter(is_segment).max().unwrap();
    std::os::unix::fs::symlink(&segment, office.folder.path("link")).unwrap();
    let texts = office.folder.path("texts.jsonl");
    fs::write(&texts, r#"{"content":"路灯不亮","label":"x"}"#).unwrap();
    let inside = |name: &str| format!("{}/{name}", office.data);
    // An archive has no lock that tells it: segments are known by their name.
    let archived = office.folder.path("00000000000000000001.journal");
    // On some disks a name in capitals is the same file.
    let capitals = archived.replace("journal", "JOURNAL");
    let copied = office.folder.path("tokens.json");
    let link = office.folder.path("link");
    for out in [segment.to_str().unwrap(), &archived, &capitals, &copied, &link] {
        let said = hotline(&["audit", "3", "--data", &office.data, "--out", out]);
        assert!(said.code == 2 && said.err.contains("a part of a data folder"), "{out}: {said:?}");
    }
    let (trail, model) = (inside("new/trail.json"), inside("models/mine.bin"));
    for args in [
        &["audit", "3", "--data", &office.data, "--out", &trail][..],
        &["route", &texts, "--out", &inside("decided.jsonl")],
        &["train", &texts, "--label", "label", "--model", &model],
        &["evaluate", "--dispatch", "--thresholds", &inside("thresholds.csv")],
        &["simulate", "longhu-2020", "--html", &inside("year.html")],
        &["load", "--html", &inside("load.html")],
        &["knowledge", "export", "--data", &office.data, "--out", &inside("a.csv")],
    ] {
        let said = hotline(args);
        assert!(
            said.code == 2 && said.err.contains("lies in the data folder"),
            "{args:?}: {said:?}"
        );
    }
    for out in [office.folder.path(""), format!("{texts}/x"), format!("{texts}/x/y")] {
        let said = hotline(&["audit", "3", "--data", &office.data, "--out", &out]);
        assert!(said.code == 2 && said.err.contains("cannot be written"), "{out}: {said:?}");
    }
    assert_eq!(verified(&office.data, &["--head", &office.head])["head"], office.head);
}
