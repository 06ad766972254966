//! Characters that look like others, like nothing, or turn the line around: a story is kept as it was told, found by what it says,
//! and never shows a number that was to be hidden.

use serde_json::json;

use crate::desk::Hotline;

/// A zero-width space, a joiner, a mark of direction, an override of direction, a byte order mark.
const UNSEEN: [char; 5] = ['\u{200b}', '\u{200d}', '\u{200e}', '\u{202e}', '\u{feff}'];

#[test]
fn a_story_is_kept_as_it_was_told_and_nothing_that_is_no_text_is_taken() {
    let hotline = Hotline::start();
    let stories = [
        ("unseen", UNSEEN.iter().map(|unseen| format!("停水{unseen}了")).collect::<String>()),
        ("combining", format!("停水了e{}", "\u{301}".repeat(10_000))),
        ("composed and not", "caf\u{e9} cafe\u{301} 停水".to_owned()),
        ("full width", "１２３号楼停水,ＡＢＣ".to_owned()),
        ("beyond the first plane", "𠮷野家旁边停水 👨‍👩‍👧".to_owned()),
    ];
    for (what, story) in &stories {
        let id = hotline.accept(&json!({"content": story, "kind": "help"}))["id"].clone();
        let read = hotline.get("dispatcher", &format!("/api/v1/orders/{id}")).json;
        assert_eq!(read["content"].as_str(), Some(story.as_str()), "{what}");
    }
    let too_long = json!({"content": "e\u{301}".repeat(10_001), "kind": "help"});
    assert_eq!(
        hotline.post("call-taker", "/api/v1/orders", &too_long).status,
        422,
        "by characters"
    );
    for none in ["停水\u{0}了", "\u{0}"] {
        let refused = hotline.post("call-taker", "/api/v1/orders", &json!({"content": none}));
        assert_eq!(
            (refused.status, &refused.json["errors"][0]["pointer"]),
            (422, &json!("/content"))
        );
    }
    let listed = hotline.get("dispatcher", "/api/v1/orders").json;
    assert_eq!(listed["data"].as_array().unwrap().len(), stories.len());
}

/// However the digits are written, and whatever stands between them that nobody sees.
#[test]
fn a_number_is_hidden_from_a_unit_however_it_is_written() {
    let hotline = Hotline::start();
    let spread = |unseen: char| -> String {
        "13987654321".chars().flat_map(|digit| [digit, unseen]).collect()
    };
    let mut written = vec!["１３９８７６５４３２１".to_owned(), "139-8765-4321".to_owned()];
    written.extend(UNSEEN.map(spread));
    for number in written {
        let report = json!({
            "content": format!("停水了,找我打{number}"), "kind": "help",
            "matter": "城市管理/市容环境/占道经营",
        });
        let id = hotline.accept(&report)["id"].clone();
        let path = format!("/api/v1/orders/{id}");
        let to = json!({"lead": "urban-management"});
        let sent = hotline.post("dispatcher", &format!("{path}/dispatch"), &to);
        assert!([200, 422].contains(&sent.status), "{sent:?}");
        let shown = hotline.get("handler", &path);
        assert_eq!(shown.status, 200, "{shown:?}");
        let text = shown.json["content"].as_str().unwrap();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        assert!(text.contains("****") && !digits.contains("98765432"), "{number:?}: {text:?}");
    }
}

/// The knowledge base is asked in whatever width and with whatever nobody sees; and the control, another word finds another.
#[test]
fn an_article_is_found_however_the_question_is_written() {
    let hotline = Hotline::start();
    let article = json!({"title": "ETC设备123号故障", "body": "ETC设备123号故障请到网点更换。"});
    assert_eq!(
        hotline
            .call("admin", "PUT", "/api/v1/knowledge/etc", &[], article.to_string().as_bytes())
            .status,
        200
    );
    let find = |query: &str| {
        let encoded: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let found =
            hotline.get("call-taker", &format!("/api/v1/knowledge?q={encoded}&limit=1")).json;
        found["data"][0]["id"].as_str().unwrap_or_default().to_owned()
    };
    let there = (0..2_000).any(|_| find("ETC设备123号故障") == "etc");
    assert!(there, "it is there within a second");
    for query in [
        "ＥＴＣ设备１２３号故障",
        "etc设备123号故障",
        "ETC設備123號故障",
        "ETC\u{200b}设备\u{202e}123号故障",
    ] {
        assert_eq!(find(query), "etc", "{query:?}");
    }
    assert_ne!(find("公积金提取需要什么材料"), "etc");
}
