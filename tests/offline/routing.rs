//! `hotline route`: decisions in the order of the messages, whatever is wrong with some lines.

use std::os::unix::fs::PermissionsExt;

use crate::{Folder, done, hotline, objects, refused, sample, trained};

const AT: &str = "2026-02-13T09:00:00+08:00";

const STALLS: &str =
    "韩江路每晚六点过后一整排推车出来摆摊，烤生蚝、炒粿条的都有，人行道全部霸满，走鬼摊没人管。";
const FIRE: &str = "金湖路这边现在着火了，厨房烧着了，有人被困火场，快来救命！";

fn line(id: &str, content: &str) -> String {
    serde_json::json!({ "id": id, "title": "", "content": content, "unknown": 1 }).to_string()
        + "\n"
}

fn route(file: &str) -> crate::Said {
    done(&["route", file, "--at", AT, "--data", trained()])
}

#[test]
fn a_message_gets_matter_unit_dues_and_evidence() {
    let folder = Folder::new();
    let file = folder.file("m.jsonl", line("a", STALLS));
    let said = route(&file);
    let decision = &objects(&said.out)[0];
    assert_eq!(decision["id"], "a");
    assert_eq!(decision["candidates"][0]["matter"], "城市管理/市容环境/占道经营");
    assert_eq!(decision["candidates"].as_array().unwrap().len(), 3);
    assert_eq!(decision["region"]["code"], "zhuchi-hanjiang");
    assert_eq!(decision["urgency"], "normal");
    let evidence = decision["evidence"].as_array().unwrap();
    assert!((1..=5).contains(&evidence.len()), "{evidence:?}");
    assert!(evidence.iter().all(|piece| STALLS.contains(piece.as_str().unwrap())), "{evidence:?}");
    if decision["mode"] == "auto" {
        assert_eq!(decision["lead"]["code"], "zhuchi");
        assert!(decision["due"]["sign"]["current"].is_string());
    } else {
        assert!(decision["triage"].is_string());
    }
    assert!(decision["due"]["handle"]["original"].as_str().unwrap().ends_with("+08:00"));
}

#[test]
fn a_complaint_is_due_after_fifteen_working_days_over_the_spring_festival() {
    let folder = Folder::new();
    let message = serde_json::json!({ "content": STALLS, "kind": "complaint", "received_at": AT });
    let file = folder.file("m.jsonl", message.to_string());
    let decision = objects(&route(&file).out).remove(0);
    // 2026-02-13 is a Friday; 14 and 28 February are make-up workdays, 15 to 23 February are off.
    assert_eq!(decision["due"]["handle"]["current"], "2026-03-12T23:59:59+08:00");
    assert_eq!(decision["due"]["handle"]["assumed"], false);
    assert_eq!(decision["id"], "1", "a message without an id has the number of its line");
}

#[test]
fn models_kept_in_a_data_folder_decide_as_those_trained_for_the_run() {
    let folder = Folder::new();
    let file = folder.file("m.jsonl", line("a", STALLS) + &line("b", "路灯不亮"));
    let anew = done(&["route", &file, "--at", AT]);
    assert_eq!(route(&file).out, anew.out);
    let models = std::path::Path::new(trained()).join("models");
    let written = || models.join("matter.model").metadata().unwrap().modified().unwrap();
    let before = written();
    route(&file);
    assert_eq!(written(), before, "taken, not trained anew");
    // Callers' names will lie in it, once a hotline was started on it.
    let mode = std::fs::metadata(trained()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    assert!(refused(&["route", &file, "--data", &file]).contains("a data folder is wanted"));
    let said = hotline(&["route", &file, "--data", trained(), "--model", "x.model"]);
    assert_eq!(said.code, 2, "{said:?}");
}

#[test]
fn a_life_in_danger_is_critical_and_goes_to_119_at_once() {
    let folder = Folder::new();
    let file = folder.file("m.jsonl", line("a", FIRE));
    let decision = objects(&route(&file).out).remove(0);
    assert_eq!((&decision["transfer"], &decision["urgency"]), (&119.into(), &"critical".into()));
}

#[test]
fn a_table_is_routed_like_lines_of_json() {
    let folder = Folder::new();
    let csv = format!("id,extra,content,kind\na,x,\"{STALLS}\",complaint\nb,,\"{FIRE}\",help\n");
    let json = [("a", STALLS, "complaint"), ("b", FIRE, "help")].map(|(id, content, kind)| {
        serde_json::json!({ "id": id, "content": content, "kind": kind }).to_string() + "\n"
    });
    let (csv, json) = (folder.file("m.csv", csv), folder.file("m.jsonl", json.concat()));
    assert_eq!(route(&csv).out, route(&json).out);
}

#[test]
fn decisions_come_in_the_order_of_the_messages() {
    let folder = Folder::new();
    // More than one chunk.
    let text: String = (0..9_000).map(|id| line(&id.to_string(), "路灯不亮")).collect();
    let (file, out) = (folder.file("m.jsonl", text), folder.path("out.jsonl"));
    let said = done(&["route", &file, "--at", AT, "--data", trained(), "--out", &out]);
    assert!(said.out.is_empty());
    let ids: Vec<String> = objects(&std::fs::read_to_string(&out).unwrap())
        .iter()
        .map(|decision| decision["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids, (0..9_000).map(|id| id.to_string()).collect::<Vec<_>>());
    let row = |name: &str| said.err.lines().find(|line| line.contains(name)).unwrap().to_owned();
    assert!(row("messages ").contains("9000"), "{}", said.err);
    assert!(row("bad lines").contains(" 0"), "{}", said.err);
    assert!(said.err.contains("dispatched (coverage)"), "{}", said.err);
}

#[test]
fn the_limit_stops_the_run() {
    let folder = Folder::new();
    let file = folder.file("m.jsonl", line("a", STALLS) + &line("b", STALLS));
    let said = done(&["route", &file, "--at", AT, "--data", trained(), "--limit", "1"]);
    assert_eq!(said.out.lines().count(), 1);
}

#[test]
fn bad_lines_are_named_and_the_run_goes_on() {
    let folder = Folder::new();
    let mut text = line("a", STALLS).into_bytes();
    text.extend(b"{\"id\":\n");
    text.extend(b"{\"id\":\"c\",\"content\":7}\n");
    text.extend(b"{\"id\":\"d\",\"content\":\"x\",\"kind\":\"shout\"}\n");
    text.extend(b"\n{\"content\":\"\xff\xfe\"}\n");
    text.extend(b"{\"content\":\"  \"}\n");
    text.extend(line("h", &"水".repeat(20_001)).bytes());
    text.extend(line("i", &"水".repeat(700_000)).bytes());
    text.extend(line("j", FIRE).bytes());
    let file = folder.file("m.jsonl", text);
    let said = route(&file);
    let ids: Vec<_> = objects(&said.out).iter().map(|it| it["id"].clone()).collect();
    assert_eq!(ids, ["a", "j"]);
    let bad: Vec<&str> = said.err.lines().filter(|line| line.starts_with("line ")).collect();
    let wanted = [
        "line 2: id: EOF while parsing",
        "line 3: content: invalid type",
        "line 4: kind: unknown variant `shout`",
        "line 6: is not UTF-8",
        "line 7: content: is empty",
        "line 8: content: is longer than 20000",
        "line 9: is longer than 1048576 bytes",
    ];
    assert_eq!(bad.len(), wanted.len(), "{bad:?}");
    for (bad, wanted) in bad.iter().zip(wanted) {
        assert!(bad.starts_with(wanted), "{bad} instead of {wanted}");
    }
    assert!(said.err.lines().any(|line| line.contains("bad lines") && line.contains('7')));
}

#[test]
fn a_bad_row_of_a_table_is_named() {
    let folder = Folder::new();
    let text = b"id,content,urgency\na,\xff,normal\nb,x,soon\nc,x,normal\n".to_vec();
    let said = route(&folder.file("m.csv", text));
    assert!(said.err.contains("line 2: content: is not UTF-8"), "{}", said.err);
    let wanted = "line 3: urgency: `soon` is not one of normal, urgent, critical";
    assert!(said.err.contains(wanted), "{}", said.err);
}

#[test]
fn a_quote_that_is_wrong_costs_its_row_and_none_behind_it() {
    let folder = Folder::new();
    let text = "id,content\na,路灯不亮\nb,\"停水\nc,5\"管破裂\nd,\"噪音\n扰民\"\ne,x,\"y\nz\"\nf,\"他说\"好\"\ng,\"停电\n";
    let said = route(&folder.file("m.csv", text));
    let ids: Vec<_> = objects(&said.out).iter().map(|it| it["id"].clone()).collect();
    assert_eq!(ids, ["a", "c", "d"]);
    let bad: Vec<&str> = said.err.lines().filter(|line| line.starts_with("line ")).collect();
    assert_eq!(
        bad,
        [
            "line 3: a quote `\"` inside quotes does not stand twice",
            "line 7: has 3 fields, its table 2 columns; quotes take it on to line 8",
            "line 9: a quote `\"` inside quotes does not stand twice",
            "line 10: its quote `\"` never closes",
        ]
    );
    let error = refused(&["route", &folder.file("h.csv", "id,\"content\na,x\n")]);
    assert!(error.ends_with("h.csv line 1: its quote `\"` never closes"), "{error}");
}

#[test]
fn another_file_than_was_meant_stops_the_run() {
    let folder = Folder::new();
    let file = folder.file("m.jsonl", "not JSON\n".repeat(3_000));
    let said = hotline(&["route", &file, "--at", AT, "--data", trained()]);
    assert_eq!(said.code, 2);
    let last = said.err.lines().last().unwrap();
    assert_eq!(
        last,
        "hotline: stopped: more than 1000 lines cannot be read; is this a file of messages?"
    );
    let file = folder.file("m.csv", "id,text\n1,x\n");
    assert!(refused(&["route", &file]).ends_with("m.csv line 1: column `content` is missing"));
    assert!(refused(&["route", &folder.path("none.jsonl")]).contains("none.jsonl: cannot be read"));
}

#[test]
fn numbers_of_people_do_not_stand_in_the_evidence() {
    let folder = Folder::new();
    let content =
        format!("{STALLS}我的电话13812345678，联系人身份证440507199001011234，摆摊13812345678走鬼");
    let file = folder.file("m.jsonl", line("a", &content));
    let said = route(&file);
    assert!(!said.out.contains("12345678") && !said.out.contains("19900101"), "{}", said.out);
}

#[test]
fn answers_of_the_knowledge_base_come_with_the_decision() {
    let folder = Folder::new();
    let file = folder.file("m.jsonl", line("a", "更换门头店招要办什么手续？"));
    let args = ["route", &file, "--at", AT, "--data", trained(), "--knowledge"];
    let decision = objects(&done(&args).out).remove(0);
    let answers = decision["answers"].as_array().unwrap();
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[0]["title"], "更换门头店招要办什么手续");
    assert!(answers[0]["score"].as_f64() > answers[1]["score"].as_f64());
}

/// The title alone is looked up where that is asked for, and the story where there is no title.
#[test]
fn articles_are_found_by_the_title_or_by_all_of_the_story() {
    let folder = Folder::new();
    let (asked, story) =
        ("更换门头店招要办什么手续", "楼下路灯不亮好几天了，晚上出门看不见路，请派人修路灯。");
    let lines = [
        serde_json::json!({"id": "titled", "title": asked, "content": story}),
        serde_json::json!({"id": "plain", "title": "", "content": asked}),
    ];
    let file = folder.file("m.jsonl", lines.map(|line| format!("{line}\n")).concat());
    let first = |by: &str| -> Vec<f64> {
        let decisions = objects(&done(&["route", &file, "--at", AT, "--data", trained(), by]).out);
        let best = decisions.iter().map(|decision| &decision["answers"][0]);
        let score = |best: &serde_json::Value| {
            assert_eq!(best["title"], asked);
            best["score"].as_f64().unwrap()
        };
        best.map(score).collect()
    };
    let (by_title, by_story) = (first("--knowledge=title"), first("--knowledge=story"));
    assert!(by_title[0] > 1.5 * by_story[0], "street lamps: {by_title:?}, {by_story:?}");
    assert_eq!(by_title[1], by_story[1]);
    let refused = hotline(&["route", &file, "--knowledge=words"]);
    assert!(refused.code == 2 && refused.err.contains("[possible values: story, title]"));
}

#[test]
fn a_file_is_never_lost_to_its_own_output() {
    let folder = Folder::new();
    let messages = folder.file("m.jsonl", "{\"content\":\"路灯不亮\"}\n");
    let error = refused(&["route", &messages, "--out", &messages]);
    assert_eq!(error, "hotline: --out is the file of messages itself");
    let link = folder.path("link.jsonl");
    std::os::unix::fs::symlink(&messages, &link).unwrap();
    assert_eq!(refused(&["route", &messages, "--out", &link]), error);
    assert_eq!(std::fs::read_to_string(&messages).unwrap(), "{\"content\":\"路灯不亮\"}\n");

    let kept = folder.file("kept.jsonl", "as it was");
    let bad = folder.file("bad.jsonl", "x\n".repeat(1_001));
    let said = hotline(&["route", &bad, "--out", &kept, "--data", trained()]);
    assert_eq!(said.code, 2, "{said:?}");
    let few = folder.file("few.jsonl", "not json\n");
    let said = hotline(&["route", &few, "--out", &kept, "--data", trained()]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.ends_with("few.jsonl: no line of it can be read as a message\n"), "{said:?}");
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "as it was");
    let left = std::fs::read_dir(folder.path("")).unwrap().count();
    assert_eq!(left, 5, "nothing half-written is left");
    done(&["route", &messages, "--out", &kept, "--data", trained()]);
    assert!(std::fs::read_to_string(&kept).unwrap().starts_with("{\"id\":\"1\""));

    let texts = sample("orders.jsonl");
    let error = refused(&["train", &texts, "--label", "kind", "--model", &texts]);
    assert_eq!(error, "hotline: --model is the file of texts itself");
}

/// An order that a grade became has limits of its own: no file makes one by a word.
#[test]
fn a_message_by_the_channel_of_grades_is_refused_by_name() {
    let folder = Folder::new();
    for word in ["rating", "好差评"] {
        let message = serde_json::json!({ "content": STALLS, "channel": word });
        let tables = [
            ("m.jsonl", message.to_string()),
            ("m.csv", format!("content,channel\n{STALLS},{word}\n")),
        ];
        for (name, text) in tables {
            let file = folder.file(name, text);
            let said = hotline(&["route", &file, "--at", AT, "--data", trained()]);
            let told = format!("{}{}", said.out, said.err);
            assert!(told.contains(&format!("channel: `{word}` is only for grades")), "{told}");
        }
    }
}
