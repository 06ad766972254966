//! `hotline knowledge` without a running hotline, and the completions.

use crate::{Folder, done, hotline, objects, refused};

const WATER: &str = r#"{"id":"w-1","title":"停水后如何查询恢复时间","body":"拨打供水热线，报出小区名称即可查询。"}"#;
const LIGHT: &str =
    r#"{"id":"w-2","title":"路灯不亮找谁","body":"报出灯杆编号，由路灯管理所维修。"}"#;

/// What is said to a request with mistakes, of which each has a line.
fn mistakes(args: &[&str]) -> String {
    let said = hotline(args);
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
    said.err
}

#[test]
fn the_sample_s_articles_are_searched() {
    let answers = objects(&done(&["knowledge", "search", "哪里可以摆摊怎么申请", "--json"]).out);
    assert_eq!(answers.len(), 5);
    assert_eq!(answers[0]["id"], "a-001");
    assert!(answers[0]["snippet"].is_string() && answers[0]["score"].is_f64());
    let said = done(&["knowledge", "search", "哪里可以摆摊怎么申请", "--limit", "1"]);
    assert!(said.out.contains("a-001  哪些地方可以摆摊，怎么申请"), "{}", said.out);
}

#[test]
fn articles_of_a_file_are_searched() {
    let folder = Folder::new();
    let file = folder.file("a.jsonl", format!("{WATER}\n{LIGHT}\n"));
    let said = done(&["knowledge", "search", "路燈壞了", "--file", &file, "--json"]);
    assert_eq!(objects(&said.out)[0]["id"], "w-2");
}

#[test]
fn articles_are_put_into_a_file_and_replaced_by_id() {
    let folder = Folder::new();
    let (one, out) =
        (folder.file("one.jsonl", format!("{WATER}\n{LIGHT}\n")), folder.path("all.jsonl"));
    let said = done(&["knowledge", "import", &one, "--out", &out]);
    assert!(said.err.contains("2 articles added, 0 replaced"), "{}", said.err);
    let two = folder.file("two.jsonl", LIGHT.replace("找谁", "怎么办"));
    let said = done(&["knowledge", "import", &two, "--out", &out]);
    assert!(said.err.contains("0 articles added, 1 replaced"), "{}", said.err);
    let all = objects(&std::fs::read_to_string(&out).unwrap());
    assert_eq!((&all[0]["id"], &all[1]["title"]), (&"w-1".into(), &"路灯不亮怎么办".into()));
}

#[test]
fn articles_come_out_of_a_table_or_pages_as_they_went_in() {
    let folder = Folder::new();
    let full = r#"{"id":"w-3","title":"水压低","body":"第一行。\n\n第二行,带\"引号\"。","matter":null,"unit":"water","valid_from":"2026-01-01","valid_to":null,"source":{"document":"供水条例","number":"1号","link":"https://example.com/a"},"review_on":"2026-12-31"}"#;
    let one = folder.file("one.jsonl", format!("{WATER}\n{full}\n"));
    let back = |out: &str| {
        done(&["knowledge", "import", &one, "--out", out]);
        let again = folder.path("again.jsonl");
        done(&["knowledge", "import", out, "--out", &again]);
        let said = objects(&std::fs::read_to_string(&again).unwrap());
        std::fs::remove_file(again).unwrap();
        said
    };
    let plain = back(&folder.path("plain.jsonl"));
    assert_eq!(plain[1]["source"]["number"], "1号");
    assert_eq!(back(&folder.path("all.csv")), plain);
    assert_eq!(back(&folder.path("pages")), plain);
}

#[test]
fn quotes_and_blanks_of_an_article_come_out_of_pages_as_they_went_in() {
    let folder = Folder::new();
    let article = |id: &str, title: &str, body: &str, document: &str| {
        let link = format!("https://example.com/\"{id}\"");
        let source = serde_json::json!({"document": document, "number": "\"1\"号", "link": link});
        let fields = [("id", id), ("title", title), ("body", body)];
        let fields = fields.map(|(name, text)| (name.to_owned(), text.into()));
        let mut article: serde_json::Map<String, serde_json::Value> = fields.into_iter().collect();
        article.insert("source".into(), source);
        serde_json::Value::from(article)
    };
    let written = [
        article("a", "他说\"好\"", "# 他说\"好\"\n第二行", "\"开头引"),
        article("b", "\"整个\"", "  前有空格,后有空行\n\n", "两\n行"),
        article("c", " 题 ", "文\r\n文", "结尾引\""),
    ];
    let lines: String = written.iter().map(|article| format!("{article}\n")).collect();
    let pages = folder.path("pages");
    done(&["knowledge", "import", &folder.file("one.jsonl", lines), "--out", &pages]);
    let again = folder.path("again.jsonl");
    done(&["knowledge", "import", &pages, "--out", &again]);
    let read = objects(&std::fs::read_to_string(&again).unwrap());
    for (read, written) in read.iter().zip(&written) {
        for field in ["id", "title", "body", "source"] {
            assert_eq!(read[field], written[field]);
        }
    }
    assert_eq!(read.len(), written.len());
}

#[test]
fn a_table_with_chinese_headings_is_read_and_its_mistakes_have_a_row_and_a_field() {
    let folder = Folder::new();
    let table =
        "知识库导出,,,,\n编号,标题,答复口径,失效日期,文号\nq-1,怎么上牌,凭发票办理,2026/3/1,\n";
    let file = folder.file("t.csv", table);
    let out = folder.path("out.jsonl");
    done(&["knowledge", "import", &file, "--out", &out]);
    let read = objects(&std::fs::read_to_string(&out).unwrap());
    assert_eq!((&read[0]["id"], &read[0]["valid_to"]), (&"q-1".into(), &"2026-03-01".into()));
    let cases = [
        (
            table.replace("2026/3/1", "三月"),
            "t.csv row 3: valid_to `三月` is not a date such as 2026-02-13",
        ),
        (table.replace("凭发票办理", ""), "t.csv row 3: body is empty"),
        (format!("{table}q-1,又一,内容,,\n"), "t.csv row 4: id `q-1` is listed twice, first in "),
        (
            table.replace("1,\n", "1,2号\n"),
            "t.csv row 3: source is empty, though its number or link is not",
        ),
        (table.replace("编号", "号码"), "no row has the headings id, title and body"),
    ];
    for (text, wanted) in cases {
        let file = folder.file("t.csv", text);
        let error = refused(&["knowledge", "import", &file, "--out", &folder.path("none.jsonl")]);
        assert!(error.contains(wanted), "{error}");
        assert!(!std::path::Path::new(&folder.path("none.jsonl")).exists());
    }
}

#[test]
fn a_quote_that_is_wrong_and_a_cell_without_a_heading_lose_nothing() {
    let folder = Folder::new();
    let out = folder.path("out.jsonl");
    for (rows, wanted) in [
        ("a,题,\"没有结尾\nb,题,文\n", "t.csv row 2: body its quote `\"` never closes"),
        ("a,题,\"他说\"好\"的\"\n", "row 2: body a quote `\"` inside quotes does not stand twice"),
        ("a,题,文\nb,题,拨打热线,三天内修复\n", "row 3: cell 4 `三天内修复` has no heading"),
        ("a,题,\nb,题,\"文\n", "2 mistakes, nothing was taken:\n"),
    ] {
        let file = folder.file("t.csv", format!("id,title,body\n{rows}"));
        let error = mistakes(&["knowledge", "import", &file, "--out", &out]);
        assert!(error.contains(wanted), "{error}");
        assert!(!std::path::Path::new(&out).exists());
    }
    let file = folder.file("t.csv", "id,title,body\na,\"说\"\"好\"\"\",5\"管,\n");
    done(&["knowledge", "import", &file, "--out", &out]);
    let read = objects(&std::fs::read_to_string(&out).unwrap());
    assert_eq!((&read[0]["title"], &read[0]["body"]), (&"说\"好\"".into(), &"5\"管".into()));
}

#[test]
fn a_workbook_is_read_and_what_is_none_is_refused() {
    let folder = Folder::new();
    let book = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/articles/knowledge.xlsx");
    let out = folder.path("out.jsonl");
    done(&["knowledge", "import", book, "--out", &out]);
    let read = objects(&std::fs::read_to_string(&out).unwrap());
    assert_eq!((&read[0]["id"], &read[1]["title"]), (&"q-1".into(), &"停水怎么办".into()));
    assert_eq!(
        (&read[0]["valid_from"], &read[0]["source"]["link"]),
        (&"2026-03-01".into(), &"https://example.com/1".into())
    );
    let broken = folder.file("broken.xlsx", "no workbook");
    let error = refused(&["knowledge", "import", &broken, "--out", &folder.path("none.jsonl")]);
    assert!(error.contains("no XLSX workbook"), "{error}");
}

#[test]
fn pages_have_the_heading_as_a_title_and_mistakes_name_the_page() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path("pages/water")).unwrap();
    folder.file("pages/water/w-9.md", "---\nunit: water\n---\n# 停水怎么办\n\n拨打抢修电话。\n");
    let out = folder.path("out.jsonl");
    done(&["knowledge", "import", &folder.path("pages"), "--out", &out]);
    let read = objects(&std::fs::read_to_string(&out).unwrap());
    assert_eq!((&read[0]["id"], &read[0]["title"]), (&"w-9".into(), &"停水怎么办".into()));
    assert_eq!((&read[0]["body"], &read[0]["unit"]), (&"拨打抢修电话。".into(), &"water".into()));
    for (page, wanted) in [
        (
            "---\nvalid_to: 2026-13-01\n---\n# 题\n\n文\n",
            "bad.md: valid_to `2026-13-01` is not a date",
        ),
        ("---\ncolour: red\n---\n# 题\n\n文\n", "bad.md line 2: colour is none of id, title"),
        ("---\nunit: water\n# 题\n\n文\n", "bad.md line 3: is not `key: value`"),
        ("# 题\n", "bad.md: body is empty"),
    ] {
        folder.file("pages/bad.md", page);
        let error = mistakes(&["knowledge", "import", &folder.path("pages"), "--out", &out]);
        assert!(error.contains(wanted), "{error}");
    }
}

#[test]
fn an_article_with_a_mistake_is_named_before_anything_is_taken() {
    let folder = Folder::new();
    let cases = [
        (format!("{WATER}\n{WATER}\n"), "line 2: id `w-1` is listed twice, first in line 1"),
        (
            format!("{WATER}\n{{\"id\":\"x\",\"title\":\" \",\"body\":\"b\"}}\n"),
            "line 2: title is empty",
        ),
        (
            format!("{WATER}\n{{\"id\":5,\"title\":\"t\",\"body\":\"b\"}}\n"),
            "line 2: id: invalid type: integer `5`, expected a string",
        ),
    ];
    for (text, wanted) in cases {
        let file = folder.file("a.jsonl", text);
        let error = refused(&["knowledge", "import", &file, "--out", &folder.path("out.jsonl")]);
        assert!(error.contains(wanted), "{error}");
        assert!(!std::path::Path::new(&folder.path("out.jsonl")).exists());
    }
}

#[test]
fn every_mistake_of_a_file_is_named_at_once() {
    let folder = Folder::new();
    let out = folder.path("out.jsonl");
    let told = |file: &str, wanted: &[&str]| {
        let error = mistakes(&["knowledge", "import", file, "--out", &out]);
        let count = format!("{} mistakes, nothing was taken:", wanted.len());
        assert!(error.contains(&count), "{error}");
        assert_eq!(error.lines().count(), wanted.len() + 1, "one a line: {error}");
        wanted.iter().for_each(|wanted| assert!(error.contains(wanted), "{wanted}: {error}"));
        assert!(!std::path::Path::new(&out).exists());
    };
    let lines = format!(
        "{WATER}\nno json\n{WATER}\n{{\"id\":\"x\",\"title\":\" \",\"body\":\"\"}}\n{LIGHT}\n"
    );
    let file = folder.file("a.jsonl", lines);
    let twice = "line 3: id `w-1` is listed twice, first in line 1";
    told(&file, &["line 2: ", twice, "line 4: title is empty", "line 4: body is empty"]);

    let table = "编号,标题,内容,失效,文号,其他\na,题,文,明天,3号,\n,题,,2026/3/1,,\na,题,文,,,\n";
    let file = folder.file("t.csv", table);
    let wanted = [
        "t.csv: column `其他` is none of id",
        "row 2: valid_to `明天` is not a date",
        "row 2: source is empty, though",
        "row 3: id is empty",
        "row 3: body is empty",
        "row 4: id `a` is listed twice, first in ",
    ];
    told(&file, &wanted);

    std::fs::create_dir_all(folder.path("pages")).unwrap();
    folder.file("pages/a.md", "---\ncolour: red\nvalid_to: x\nvalid_from: y\n---\n# 题\n\n文\n");
    folder.file("pages/b.md", "# 题\n");
    let wanted =
        ["a.md line 2: colour", "a.md: valid_to `x`", "a.md: valid_from `y`", "b.md: body"];
    told(&folder.path("pages"), &wanted);
}

#[test]
fn nobody_there_is_not_the_fault_of_the_request() {
    let folder = Folder::new();
    let file = folder.file("a.jsonl", WATER);
    // A port that was free a moment ago, on which nobody listens.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let said = hotline(&["knowledge", "import", &file, "--server", &free.to_string()]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains(&format!("no hotline at {free}")), "{}", said.err);
}

#[test]
fn a_shell_can_complete_our_commands() {
    let said = done(&["completions", "bash"]);
    assert!(said.out.contains("knowledge") && said.out.contains("evaluate"));
}

#[test]
fn answers_are_measured_on_questions_whose_right_answer_is_known() {
    let folder = Folder::new();
    let documents = "{\"doc\":1,\"text\":\"反映“小区停水三天”已收悉，请拨打供水热线\"}\n\
        {\"doc\":\"b\",\"text\":\"路灯由管理所三天内修复\"}\n{\"doc\":3,\"text\":\"小区停水三天以上可以申请补偿\"}\n";
    let queries = "{\"id\":\"x\",\"topic\":\"小区停水三天\",\"detail\":\"没有水，热线打不通\",\"relevant\":1}\n\
        {\"id\":\"y\",\"topic\":\"路灯\",\"detail\":\"不亮了\",\"relevant\":\"b\"}\n";
    let (documents, asked) = (folder.file("d.jsonl", documents), folder.file("q.jsonl", queries));
    let measured = |more: &[&str]| {
        let args = ["knowledge", "evaluate", &documents, &asked, "--json"];
        objects(&done(&[&args[..], more].concat()).out).remove(0)
    };
    let whole = measured(&[]);
    assert_eq!((&whole["mrr10"], &whole["recall1"]), (&1.0.into(), &1.0.into()));
    assert!(whole["latency"]["p50_us"].is_f64() && whole["ndcg10"].is_f64());
    let stripped = measured(&["--strip-titles"]);
    assert_eq!((&stripped["mrr10"], &stripped["recall10"]), (&0.75.into(), &1.0.into()));
    let mut long = std::fs::read_to_string(&documents).unwrap();
    long.push_str(&format!("{{\"doc\":\"long\",\"text\":\"{}\"}}\n", "长".repeat(20_001)));
    let long = folder.file("long.jsonl", long);
    let error = refused(&["knowledge", "evaluate", &long, &asked]);
    assert!(error.contains("long.jsonl: doc \"long\": body is longer than 20000"), "{error}");
    let unknown = folder.file("u.jsonl", queries.replace("\"b\"", "\"c\""));
    let error = refused(&["knowledge", "evaluate", &documents, &unknown]);
    assert!(error.contains("question 2: relevant \"c\" is no document"), "{error}");
}
