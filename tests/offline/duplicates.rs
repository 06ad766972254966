//! `hotline duplicates`: a line that is no message is named, and the others are compared all the same.

use crate::{Folder, hotline, objects, refused};

#[test]
fn a_bad_line_is_named_and_the_others_are_compared() {
    let folder = Folder::new();
    let message = |at: &str| {
        format!(
            r#"{{"content":"金涛庄东区路口的路灯连续三天不亮,请尽快维修","received_at":"{at}"}}"#
        )
    };
    let text = [
        &message("2026-03-02T09:00:00"),
        "[]",
        r#"{"content":"x"}"#,
        r#"{"content":7,"received_at":"2026-03-02T09:00:00"}"#,
        r#"{"content":"x","received_at":"9999-12-31T09:00:00"}"#,
        r#"{"content":" ","received_at":"2026-03-02T10:00:00"}"#,
        &message("2026-03-03T09:00:00"),
    ];
    let file = folder.file("m.jsonl", text.join("\n"));
    let said = hotline(&["duplicates", &file, "--json"]);
    assert_eq!(said.code, 2, "{said:?}");
    let found = serde_json::from_str::<serde_json::Value>(&said.out).unwrap();
    assert_eq!((&found["messages"], &found["with_candidates"]), (&2.into(), &1.into()), "{found}");
    for wanted in [
        "line 2: a list, expected an object",
        "line 3: missing field `received_at`",
        "line 4: content: invalid type: integer `7`, expected a string",
        "line 5: received_at: `9999-12-31T09:00:00` is not an instant of the years 2000 to 2100",
        "line 6: content: is empty",
        "5 lines are no messages",
    ] {
        assert!(said.err.contains(wanted), "{wanted}: {said:?}");
    }
    let listed = hotline(&["duplicates", &file, "--list"]);
    assert!(listed.out.ends_with("\nline 7: like line 1\n"), "{listed:?}");
    assert!(found.get("repeats").is_none(), "nobody asked for them: {found}");
    let whole = folder.file("w.jsonl", message("2026-03-02T09:00:00"));
    assert_eq!(
        objects(&crate::done(&["duplicates", &whole, "--json"]).out.replace('\n', "")).len(),
        1
    );
    let none = refused(&["duplicates", &folder.path("nowhere.jsonl")]);
    assert!(none.contains("nowhere.jsonl: cannot be read"), "{none}");
}
