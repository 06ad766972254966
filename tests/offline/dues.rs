//! `hotline due`: a due and its explanation without an order, and many at once from a file.

use super::{Folder, done, hotline, objects, refused, trained};

fn ask(args: &[&str]) -> serde_json::Value {
    let all: Vec<&str> = ["due", "--json"].iter().chain(args).copied().collect();
    serde_json::from_str(&done(&all).out).unwrap()
}

#[test]
fn a_due_says_its_rule_its_clock_and_every_day() {
    let due = ask(&[
        "--profile",
        "guangdong",
        "--kind",
        "consultation",
        "--from",
        "2026-02-13T09:00:00+08:00",
    ]);
    assert_eq!(due["due"], "2026-02-24T23:59:59+08:00");
    assert_eq!((&due["stage"], &due["clock"]), (&"handle".into(), &"working-days".into()));
    assert_eq!((&due["assumed"], &due["length"]), (&false.into(), &2.into()));
    assert_eq!(due["rule"]["number"], 4);
    assert!(due["rule"]["source"].as_str().unwrap().starts_with("广东省12345热线管理办法"));
    let steps = due["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 12);
    assert_eq!(steps[1]["reason"], "周六 春节调休上班,计入");
}

#[test]
fn what_has_no_limit_has_a_due_of_null_and_says_why() {
    let at = ["--from", "2026-02-13T09:00"];
    let praise = ask(&[&["--kind", "praise"][..], &at].concat());
    assert_eq!((&praise["due"], &praise["no_due"]), (&serde_json::Value::Null, &"praise".into()));
    let dispatch =
        ask(&[&["--profile", "guangdong", "--kind", "help", "--stage", "dispatch"][..], &at]
            .concat());
    assert_eq!(
        (&dispatch["due"], &dispatch["no_due"]),
        (&serde_json::Value::Null, &"no-limit".into())
    );
}

#[test]
fn matters_urgency_tags_and_cycles_choose_the_limit() {
    let at = ["--kind", "complaint", "--from", "2026-03-13T23:50:00"];
    for (args, due) in [
        (
            &["--profile", "longhu", "--urgency", "紧急", "--stage", "dispatch"][..],
            "2026-03-14T00:05:00+08:00",
        ),
        (&["--profile", "beijing", "--tag", "复杂"], "2026-03-28T23:59:59+08:00"),
        (&["--profile", "beijing"], "2026-03-20T23:59:59+08:00"),
        (&["--profile", "shanghai", "--rework"], "2026-03-18T23:59:59+08:00"),
        (&["--profile", "zhuhai-enterprise", "--stage", "contact"], "2026-03-16T09:30:00+08:00"),
    ] {
        assert_eq!(ask(&[args, &at[..]].concat())["due"], due, "{args:?}");
    }
}

#[test]
fn a_year_without_a_notice_is_assumed_and_says_so_in_words() {
    let said = done(&["due", "--kind", "help", "--from", "2026-12-29T09:00"]).out;
    assert!(
        said.starts_with("办理:2027-01-12T23:59:59+08:00 前(放假通知未发布或不全,为推定)"),
        "{said}"
    );
    assert!(said.contains("2027-01-01 周五 工作日,计入,该年放假通知未发布,按推定"), "{said}");
    assert!(said.contains("2026-12-31 周四 工作日,计入,次年放假通知未发布,按推定"), "{said}");
    // The notice of the next year may name the last days of this one.
    let sign = ["due", "--profile", "longhu", "--stage", "sign", "--kind", "help"];
    let said = |from| done(&[&sign[..], &["--from", from]].concat()).out;
    let last = said("2026-12-30T09:00");
    assert!(
        last.starts_with("签收:2026-12-31T23:59:59+08:00 前(放假通知未发布或不全,为推定)"),
        "{last}"
    );
    assert!(said("2026-12-25T09:00").starts_with("签收:2026-12-28T23:59:59+08:00 前\n"));
}

#[test]
fn a_file_of_questions_is_answered_line_by_line() {
    let folder = Folder::new();
    let csv = folder.file(
        "q.csv",
        "id,kind,from,stage,tags,rework\n1,help,2026-03-13T16:00,,,\n2,help,2026-03-13T16:00,return,\"复杂,夜间\",true\n",
    );
    let answers = objects(&done(&["due", "--profile", "guangdong", &csv]).out);
    let dues: Vec<_> = answers.iter().map(|answer| (&answer["id"], &answer["due"])).collect();
    let (first, second) = (("1", "2026-03-27T23:59:59+08:00"), ("2", "2026-03-17T23:59:59+08:00"));
    assert_eq!(dues, [(&first.0.into(), &first.1.into()), (&second.0.into(), &second.1.into())]);
    let jsonl = folder.file(
        "q.jsonl",
        "{\"kind\":\"help\",\"from\":\"2026-03-13T16:00\"}\n{\"kind\":\"help\"}\n{\"kind\":\"help\",\"from\":\"2026-03-13\",\"x\":1}\n",
    );
    let said = hotline(&["due", &jsonl]);
    assert_eq!((said.code, said.out.lines().count()), (2, 1), "{said:?}");
    assert!(said.err.contains("line 2: missing field `from`"), "{said:?}");
    assert!(
        said.err.contains("line 3: x: unknown field `x`") || said.err.contains("line 3: from"),
        "{said:?}"
    );
}

#[test]
fn a_bad_word_of_a_table_is_named_with_its_column() {
    let folder = Folder::new();
    let csv = folder.file(
        "q.csv",
        "id,kind,from,urgency,stage,channel,rework\n\
         1,hlp,2026-02-13T09:00,,,,\n\
         2,help,gestern,,,,\n\
         3,help,,,,,\n\
         4,help,2026-02-13T09:00,veryurgent,,,\n\
         5,help,2026-02-13T09:00,,sgn,,\n\
         6,help,2026-02-13T09:00,,,fax,\n\
         7,help,2026-02-13T09:00,,,,maybe\n\
         8,help,9999-12-31T23:59:59Z,,,,\n",
    );
    let said = hotline(&["due", &csv]);
    let lines: Vec<&str> = said.err.lines().collect();
    for (line, wanted) in lines.iter().zip([
        "line 2: kind: unknown variant `hlp`",
        "line 3: from: `gestern` is not an RFC 3339 time",
        "line 4: from: `` is not an RFC 3339 time",
        "line 5: urgency: unknown variant `veryurgent`",
        "line 6: stage: unknown variant `sgn`",
        "line 7: channel: unknown variant `fax`",
        "line 8: rework: invalid type: string \"maybe\"",
        "line 9: from: `9999-12-31T23:59:59Z` is not an instant of the years 2000 to 2100",
    ]) {
        assert!(line.contains(wanted), "{line}\nwanted {wanted}");
    }
    assert_eq!((said.code, lines.len()), (2, 9), "{said:?}");
    let twice = folder.file("twice.csv", "kind,from,kind\nhelp,2026-02-13T09:00,complaint\n");
    let said = hotline(&["due", &twice]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("line 1: the column `kind` stands there twice"), "{said:?}");
}

#[test]
fn a_quote_that_never_closes_costs_its_question_and_none_behind_it() {
    let folder = Folder::new();
    let rows = "id,kind,from,tags\n1,help,2026-03-13T16:00,\"复杂\n2,help,2026-03-13T16:00,复杂\n";
    let file = folder.file("q.csv", rows);
    let said = hotline(&["due", "--profile", "guangdong", &file]);
    let ids: Vec<_> = objects(&said.out).iter().map(|it| it["id"].clone()).collect();
    assert_eq!((said.code, ids), (2, vec!["2".into()]), "{said:?}");
    assert!(said.err.contains("q.csv line 2: its quote `\"` never closes"), "{said:?}");
}

#[test]
fn a_question_that_makes_no_sense_is_refused() {
    let error =
        refused(&["due", "--profile", "gotham", "--kind", "help", "--from", "2026-03-13T09:00"]);
    assert!(error.starts_with("hotline: profile `gotham` is neither a file"), "{error}");
    for (args, word) in [
        (
            &["due", "--kind", "hulp", "--from", "2026-03-13T09:00"][..],
            "not one of consultation, help",
        ),
        (&["due", "--kind", "help", "--from", "yesterday"], "is not an RFC 3339 time"),
        (&["due", "--kind", "help"], "--from <TIME>"),
    ] {
        let said = hotline(args);
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.err.contains(word), "{said:?}");
    }
}

#[test]
fn a_folder_of_questions_is_refused_by_its_name() {
    let folder = Folder::new();
    let inside = folder.file("q.jsonl", "");
    let path = std::path::Path::new(&inside).parent().unwrap().to_str().unwrap();
    let said = hotline(&["due", path]);
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
    assert!(said.err.contains(path), "{said:?}");
}

#[test]
fn an_instant_that_no_calendar_reaches_is_refused() {
    for from in ["9999-12-31T23:59:59", "0000-02-13T09:00:00", "2101-01-01T00:00:00"] {
        let said = hotline(&["due", "--kind", "help", "--from", from]);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
        assert!(said.err.contains("is not an instant of the years 2000 to 2100"), "{said:?}");
    }
    let folder = Folder::new();
    let file = folder.file("q.jsonl", "{\"kind\":\"help\",\"from\":\"9999-12-31T23:59:59\"}\n");
    let said = hotline(&["due", &file]);
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
    let wanted = "line 1: from: `9999-12-31T23:59:59` is not an instant of the years 2000 to 2100";
    assert!(said.err.contains(wanted), "{said:?}");
    let last = ask(&["--kind", "help", "--from", "2100-12-31T23:59:59"]);
    assert_eq!(last["due"], "2101-01-14T23:59:59+08:00");
}

#[test]
fn the_help_names_every_stage() {
    let help = done(&["due", "--help"]).out;
    for stage in ["dispatch", "sign", "contact", "handle", "co-handle", "callback", "return"] {
        assert!(help.contains(stage), "{stage}: {help}");
    }
}

#[test]
fn a_file_is_answered_in_lines_of_json_whether_asked_for_or_not() {
    let folder = Folder::new();
    let file = folder.file("q.jsonl", "{\"kind\":\"help\",\"from\":\"2026-03-13T16:00\"}\n");
    let (plain, json) = (done(&["due", &file]).out, done(&["due", &file, "--json"]).out);
    assert_eq!(objects(&plain).len(), 1);
    assert_eq!(plain, json);
}

#[test]
fn a_line_that_is_no_object_is_named_as_what_it_is() {
    let folder = Folder::new();
    let file = folder.file("q.jsonl", "[]\n7\n[\"1\",\"help\",\"2026-03-13T16:00\"]\n");
    for args in [&["due", &file][..], &["route", &file, "--data", trained()]] {
        let said = hotline(args);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
        assert!(said.err.contains("line 1: a list, expected an object"), "{said:?}");
        assert!(
            said.err.contains("line 2: invalid type: integer `7`, expected an object"),
            "{said:?}"
        );
        assert!(said.err.contains("line 3: a list, expected an object"), "{said:?}");
    }
}

/// The edges of days, years, holidays and of other people's summer times, told with and without their own offset.
const EDGES: [(&str, &str); 10] = [
    // Half past two is no time of that day in New York, and twice one in Berlin: both are Sundays in China.
    ("2026-03-08T02:30:00-05:00", "2026-03-11T23:59:59+08:00"),
    ("2026-10-25T02:30:00+02:00", "2026-10-28T23:59:59+08:00"),
    ("2026-04-12T02:30:00", "2026-04-15T23:59:59+08:00"),
    // The end of a year, in two writings of one second; the leap second after it counts as the last one.
    ("2025-12-30T09:00:00", "2026-01-05T23:59:59+08:00"),
    ("2025-12-31T23:59:59+08:00", "2026-01-06T23:59:59+08:00"),
    ("2025-12-31T15:59:60Z", "2026-01-06T23:59:59+08:00"),
    // The last second before a make-up workday ahead of the Spring Festival, and the last second of it.
    ("2026-02-13T23:59:59", "2026-02-25T23:59:59+08:00"),
    ("2026-02-14T23:59:59", "2026-02-26T23:59:59+08:00"),
    // The end of February, with a twenty-ninth, and on a make-up workday.
    ("2028-02-28T12:00:00", "2028-03-02T23:59:59+08:00"),
    ("2026-02-28T12:00:00", "2026-03-04T23:59:59+08:00"),
];
const ZONES: [&str; 5] =
    ["Asia/Shanghai", "America/New_York", "Europe/Berlin", "Pacific/Apia", "right/UTC"];

fn in_zone(zone: &str, command: &str, args: &[&str]) -> String {
    let output = std::process::Command::new(command).args(args).env("TZ", zone).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_due_at_any_edge_of_the_calendar_is_the_same_in_every_time_zone_of_the_machine() {
    let own = env!("CARGO_BIN_EXE_hotline");
    for (from, wanted) in EDGES {
        for zone in ZONES {
            let args =
                ["due", "--json", "--profile", "sichuan", "--kind", "consultation", "--from", from];
            let said: serde_json::Value = serde_json::from_str(&in_zone(zone, own, &args)).unwrap();
            assert_eq!(said["due"], wanted, "from {from} in {zone}");
        }
    }
    // The control: a program that asks the machine for its time zone gives other answers.
    let hours: std::collections::BTreeSet<String> =
        ZONES.iter().map(|zone| in_zone(zone, "date", &["-d", "@1772958600", "+%F %H"])).collect();
    if hours.len() == 1 {
        println!("without a control: this machine knows no time zones");
    }
}
