//! `hotline knowledge` without a running hotline, and the completions.

use crate::{Folder, done, hotline, objects, refused};

const WATER: &str = r#"{"id":"w-1","title":"停水后如何查询恢复时间","body":"拨打供水热线，报出小区名称即可查询。"}"#;
const LIGHT: &str =
    r#"{"id":"w-2","title":"路灯不亮找谁","body":"报出灯杆编号，由路灯管理所维修。"}"#;

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
fn an_article_with_a_mistake_is_named_before_anything_is_taken() {
    let folder = Folder::new();
    let cases = [
        (format!("{WATER}\n{WATER}\n"), "line 2: id `w-1` is listed twice, first in line 1"),
        (
            format!("{WATER}\n{{\"id\":\"x\",\"title\":\" \",\"body\":\"b\"}}\n"),
            "line 2: title is empty",
        ),
        (
            format!("{WATER}\n{{\"id\":5}}\n"),
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
    let unknown = folder.file("u.jsonl", queries.replace("\"b\"", "\"c\""));
    let error = refused(&["knowledge", "evaluate", &documents, &unknown]);
    assert!(error.contains("question 2: relevant \"c\" is no document"), "{error}");
}
