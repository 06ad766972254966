//! Articles over HTTP: put, found within a second, gone when removed, there after a restart.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::desk::Hotline;
use crate::reload::{copy_of_the_sample, reload, replace};

fn search(hotline: &Hotline, words: &str) -> Vec<String> {
    let query: String = words.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let answer = hotline.get("call-taker", &format!("/api/v1/knowledge?q={query}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    let found = answer.json["data"].as_array().unwrap().clone();
    found.iter().map(|answer| answer["id"].as_str().unwrap().to_owned()).collect()
}

/// Asks until it is so, for at most the second that is promised.
fn within_a_second(mut is_so: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(1) {
        if is_so() {
            return true;
        }
    }
    is_so()
}

#[test]
fn an_article_is_found_within_a_second_and_gone_when_removed() {
    let mut hotline = Hotline::start();
    let article = json!({"title": "龙舟竞渡观赛停车指引", "body": "观赛当日内海湾沿线临时停车,以现场引导为准。"});
    let put = hotline.call(
        "dispatcher",
        "PUT",
        "/api/v1/knowledge/boats",
        &[],
        article.to_string().as_bytes(),
    );
    assert_eq!((put.status, &put.json["title"]), (200, &article["title"]));
    let first = |hotline: &Hotline| search(hotline, "看龙舟哪里停车").first().cloned();
    assert!(within_a_second(|| first(&hotline).as_deref() == Some("boats")));

    hotline.kill();
    hotline.again();
    assert_eq!(first(&hotline).as_deref(), Some("boats"), "the index is rebuilt from the journal");

    assert_eq!(
        hotline.call("dispatcher", "DELETE", "/api/v1/knowledge/boats", &[], b"").status,
        204
    );
    assert!(within_a_second(|| first(&hotline).as_deref() != Some("boats")));
    assert_eq!(hotline.get("call-taker", "/api/v1/knowledge/boats").status, 404);
}

#[test]
fn an_expired_article_does_not_answer() {
    let hotline = Hotline::start();
    let old =
        json!({"title": "龙舟竞渡观赛指引", "body": "去年的安排。", "valid_to": "2020-12-31"});
    assert_eq!(
        hotline
            .call("admin", "PUT", "/api/v1/knowledge/old", &[], old.to_string().as_bytes())
            .status,
        200
    );
    let new = json!({"title": "龙舟竞渡观赛安排", "body": "今年的安排。"});
    assert_eq!(
        hotline
            .call("admin", "PUT", "/api/v1/knowledge/new", &[], new.to_string().as_bytes())
            .status,
        200
    );
    assert!(within_a_second(|| search(&hotline, "龙舟竞渡观赛").contains(&"new".to_owned())));
    assert!(!search(&hotline, "龙舟竞渡观赛").contains(&"old".to_owned()));
}

#[test]
fn an_article_that_would_never_answer_is_refused() {
    let hotline = Hotline::start();
    let article = json!({"title": "标题", "body": "内容",
        "valid_from": "2026-12-31", "valid_to": "2026-01-01"});
    let path = "/api/v1/knowledge/never";
    let put = hotline.call("dispatcher", "PUT", path, &[], article.to_string().as_bytes());
    assert_eq!((put.status, &put.json["errors"][0]["pointer"]), (422, &json!("/valid_to")));
    assert_eq!(hotline.get("call-taker", path).status, 404);
}

#[test]
fn a_draft_is_judged_by_another_published_and_shown_with_what_it_changed() {
    let mut hotline = Hotline::start();
    let path = "/api/v1/knowledge/boats";
    let asked = |hotline: &Hotline, role: &str, step: &str, body: serde_json::Value| {
        let answer = hotline.post(role, &format!("{path}/{step}"), &body);
        let said = answer.json["detail"].as_str().or(answer.json["status"].as_str());
        (answer.status, said.unwrap_or_default().to_owned())
    };
    let first = json!({"title": "龙舟竞渡观赛停车指引", "body": "沿线临时停车。以引导为准。",
        "source": {"document": "交通组织通告", "link": "https://example.com/1"}, "review_on": "2026-06-30"});
    assert_eq!(asked(&hotline, "dispatcher", "draft", first), (200, "draft".into()));
    assert_eq!(hotline.get("call-taker", path).status, 404, "a draft is read out by nobody");
    let early = asked(&hotline, "admin", "publish", json!({}));
    assert_eq!(early, (409, "article `boats` is draft; it cannot be published now".into()));
    let own = asked(&hotline, "dispatcher", "review", json!({"passed": true}));
    assert_eq!(own, (403, "article `boats`: who wrote a version does not review it".into()));
    assert_eq!(
        asked(&hotline, "supervisor", "review", json!({"passed": true})),
        (200, "reviewed".into())
    );
    assert_eq!(asked(&hotline, "admin", "publish", json!({})), (200, "published".into()));
    let found = |hotline: &Hotline| search(hotline, "看龙舟哪里停车").contains(&"boats".to_owned());
    assert!(within_a_second(|| found(&hotline)));

    let second = json!({"title": "龙舟竞渡观赛停车指引", "body": "沿线禁止停车。以引导为准。"});
    assert_eq!(asked(&hotline, "dispatcher", "draft", second), (200, "draft".into()));
    assert_eq!(hotline.get("call-taker", path).json["body"], "沿线临时停车。以引导为准。");
    hotline.kill();
    hotline.again();
    let life = hotline.get("auditor", &format!("{path}/versions")).json;
    assert_eq!((&life["answering"], &life["answers_today"]), (&json!(1), &json!(true)));
    let newest = &life["versions"][0];
    assert_eq!(
        newest["changes"][0]["pieces"],
        json!([
            {"change": "removed", "text": "沿线临时停车。"},
            {"change": "added", "text": "沿线禁止停车。"},
            {"change": "kept", "text": "以引导为准。"},
        ])
    );
    assert_eq!(newest["backing"]["source"]["document"], "交通组织通告");

    assert_eq!(
        asked(&hotline, "admin", "expire", json!({"note": "活动结束"})),
        (200, "expired".into())
    );
    assert!(within_a_second(|| !found(&hotline)));
    assert_eq!(hotline.get("integration", &format!("{path}/versions")).status, 403);
}

#[test]
fn a_judgement_and_a_publication_are_of_the_version_that_was_read() {
    let hotline = Hotline::start();
    let path = "/api/v1/knowledge/ferry";
    let asked = |role: &str, step: &str, seen: &str, body: &serde_json::Value| {
        let headers = [("if-match", seen)];
        let headers = if seen.is_empty() { &headers[..0] } else { &headers[..] };
        let body = body.to_string();
        hotline.call(role, "POST", &format!("{path}/{step}"), headers, body.as_bytes())
    };
    let text = |body: &str| json!({"title": "轮渡停航查询", "body": body});
    let first = asked("dispatcher", "draft", "", &text("拨打轮渡公司电话。"));
    assert_eq!((first.status, first.etag.as_deref()), (200, Some("\"1\"")));
    let second = asked("dispatcher", "draft", "", &text("看码头公告。"));
    assert_eq!(second.etag.as_deref(), Some("\"2\""));
    let passed = json!({"passed": true});
    let late = asked("supervisor", "review", "\"1\"", &passed);
    assert_eq!((late.status, &late.json["code"]), (412, &json!("stale")), "{late:?}");
    assert_eq!(asked("supervisor", "review", "two", &passed).status, 400);
    let reviewed = asked("supervisor", "review", "\"2\"", &passed);
    assert_eq!((reviewed.status, &reviewed.json["status"]), (200, &json!("reviewed")));
    let late = asked("admin", "publish", "\"1\"", &json!({}));
    assert_eq!((late.status, &late.json["code"]), (412, &json!("stale")));
    assert_eq!(hotline.get("call-taker", path).status, 404);
    let published = asked("admin", "publish", "\"2\"", &json!({}));
    assert_eq!((published.status, &published.json["answering"]), (200, &json!(2)));
    assert_eq!(hotline.get("call-taker", path).json["body"], "看码头公告。");
}

#[test]
fn what_an_article_rested_on_before_and_every_field_that_changed_are_shown() {
    let hotline = Hotline::start();
    let path = "/api/v1/knowledge/heat";
    let put = |article: &serde_json::Value| {
        let put = hotline.call("admin", "PUT", path, &[], article.to_string().as_bytes());
        assert_eq!(put.status, 200, "{put:?}");
    };
    let old = json!({"document": "高温津贴通知", "number": "1号"});
    let article = json!({"title": "高温津贴怎么发", "body": "六月至十月发放。",
        "valid_to": "2099-10-31", "source": old, "review_on": "2099-05-01"});
    put(&article);
    let backing = json!({"source": {"document": "高温津贴办法", "link": "https://example.com/h"}});
    let backed = hotline.post("admin", &format!("{path}/backing"), &backing);
    assert_eq!(backed.status, 200, "{backed:?}");
    put(&json!({"title": "高温津贴怎么发", "body": "六月至九月发放。", "valid_to": "2099-09-30"}));

    let life = hotline.get("auditor", &format!("{path}/versions")).json;
    let first = &life["versions"][1];
    assert_eq!(first["rebackings"].as_array().map(Vec::len), Some(1), "{first}");
    let rebacking = &first["rebackings"][0];
    assert_eq!(rebacking["before"]["source"]["number"], "1号");
    assert_eq!(rebacking["before"]["review_on"], "2099-05-01");
    assert_eq!((&rebacking["by"], rebacking["at"].is_string()), (&first["by"], true));
    assert_eq!(first["backing"]["source"]["document"], "高温津贴办法");
    assert_eq!(first["changes"], json!(null), "nothing stands before the oldest");
    let newest = &life["versions"][0];
    assert_eq!(newest["backing"], first["backing"], "it rests on what the one before did");
    let fields: Vec<_> = newest["changes"].as_array().unwrap().iter().collect();
    let named: Vec<_> = fields.iter().map(|change| change["field"].as_str().unwrap()).collect();
    assert_eq!(named, ["body", "valid_to"]);
    let of = |kind: &str| {
        let pieces = fields[0]["pieces"].as_array().unwrap().iter();
        let pieces = pieces.filter(|piece| piece["change"] == kind);
        pieces.map(|piece| piece["text"].as_str().unwrap()).collect::<String>()
    };
    assert_eq!(
        (of("removed").as_str(), of("added").as_str()),
        ("六月至十月发放。", "六月至九月发放。")
    );
}

#[test]
fn what_an_article_rests_on_is_told_with_it_and_what_is_not_said_stays() {
    let hotline = Hotline::start();
    let path = "/api/v1/knowledge/heat";
    let put = |article: &serde_json::Value| {
        let put = hotline.call("admin", "PUT", path, &[], article.to_string().as_bytes());
        assert_eq!(put.status, 200, "{put:?}");
        put.json
    };
    let source = |number: &str| json!({"document": "高温津贴办法", "number": number, "link": null});
    let mut article = json!({"title": "高温津贴怎么发", "body": "六月至十月发放。",
        "source": source("1号"), "review_on": "2099-05-01"});
    put(&article);
    article["source"] = source("2号");
    article.as_object_mut().unwrap().remove("review_on");
    let told = put(&article);
    assert_eq!((&told["source"], &told["review_on"]), (&source("2号"), &json!("2099-05-01")));
    assert_eq!(hotline.get("call-taker", path).json, told);
    let query = "/api/v1/knowledge?q=%E9%AB%98%E6%B8%A9%E6%B4%A5%E8%B4%B4&limit=1";
    let found = |hotline: &Hotline| hotline.get("call-taker", query).json["data"][0].clone();
    assert!(within_a_second(|| found(&hotline)["id"] == "heat"));
    let found = found(&hotline);
    assert_eq!((&found["source"], &found["review_on"]), (&source("2号"), &json!("2099-05-01")));
    let asked = json!({"content": "高温津贴怎么发"});
    let suggested = hotline.post("call-taker", "/api/v1/suggest", &asked).json;
    assert_eq!(suggested["answers"][0]["source"], source("2号"), "{suggested}");
}

#[test]
fn a_unit_or_a_matter_that_nobody_knows_is_named() {
    let hotline = Hotline::start();
    for name in ["unit", "matter"] {
        let answer = hotline.get("call-taker", &format!("/api/v1/knowledge?q=a&{name}=nope"));
        assert_eq!((answer.status, &answer.json["errors"][0]["pointer"]), (400, &json!(name)));
    }
}

#[test]
fn a_check_names_every_field() {
    let hotline = Hotline::start();
    let body =
        json!({"title": "", "body": "", "unit": "nope", "review_on": "x", "matter": "不存在"});
    let answer = hotline.post("admin", "/api/v1/knowledge/a/check", &body);
    assert_eq!(answer.status, 200, "{answer:?}");
    let faults = answer.json["faults"].as_array().unwrap().iter();
    let mut named: Vec<_> = faults.map(|fault| fault["pointer"].as_str().unwrap()).collect();
    named.sort_unstable();
    assert_eq!(named, ["/body", "/matter", "/review_on", "/title", "/unit"]);
    assert_eq!(hotline.get("call-taker", "/api/v1/knowledge/a").status, 404);
}

#[test]
fn a_text_that_was_typed_on_is_overtaken_and_the_first_answer_does_not_jump_back() {
    let hotline = Hotline::start();
    let asked = |turn: &str, text: &str| {
        let headers = [("typing-session", "window-1"), ("typing-turn", turn)];
        let body = json!({"content": text}).to_string();
        hotline.call("call-taker", "POST", "/api/v1/suggest", &headers, body.as_bytes())
    };
    let first = asked("2", "家里停水了不知道什么时候恢复");
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(first.json["answers"].as_array().unwrap().len(), 3);
    let late = asked("1", "家里停");
    assert_eq!((late.status, late.json["code"].as_str()), (409, Some("overtaken")));
    assert_eq!(asked("x", "家里停水").status, 400);
    assert_eq!(asked("3", "家里停水了不知道什么时候恢复供").status, 200);
}

#[test]
fn pinyin_finds_an_article_over_http() {
    let hotline = Hotline::start();
    let article = json!({"title": "龙舟竞渡观赛停车指引", "body": "沿线临时停车。"});
    let put = article.to_string();
    hotline.call("admin", "PUT", "/api/v1/knowledge/boats", &[], put.as_bytes());
    assert!(within_a_second(|| search(&hotline, "longzhou tingche")
        .first()
        .is_some_and(|id| id == "boats")));
    assert_eq!(search(&hotline, "lzjd")[0], "boats");
}

#[test]
fn whatever_is_typed_the_search_answers() {
    let hotline = Hotline::start();
    for words in ["\"", "AND (", "title:x OR", "*", "😀", "一", " "] {
        search(&hotline, words);
    }
}

/// Rows: what is typed, then what comes first, and where the words of its first reason stand.
const LABELS: &str = "
穗府办〔2020〕12号      stall source
穗府办〔2020〕11号      market source
摊点管理办法            stall source
区民政局                stall unit
";

#[test]
fn an_article_is_found_by_its_unit_and_its_document_as_they_are_now() {
    let mut hotline = Hotline::start();
    assert!(hotline.stop());
    let folder = tempfile::tempdir().unwrap();
    copy_of_the_sample(folder.path());
    hotline.again_for(folder.path());
    let put = |id: &str, source: serde_json::Value, unit: Option<&str>| {
        let article = json!({"title": "占用人行道怎么办", "body": "拨打热线咨询。", "unit": unit,
            "source": source});
        let path = format!("/api/v1/knowledge/{id}");
        let put = hotline.call("admin", "PUT", &path, &[], article.to_string().as_bytes());
        assert_eq!(put.status, 200, "{put:?}");
    };
    let source = |number: &str| json!({"document": "摊点管理办法", "number": number});
    put("stall", source("穗府办〔2020〕12号"), Some("civil-affairs"));
    put("market", json!({"document": "集市管理办法", "number": "穗府办〔2020〕11号"}), None);
    let first = |hotline: &Hotline, words: &str| {
        let query: String = words.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let answer = hotline.get("call-taker", &format!("/api/v1/knowledge?q={query}&limit=50"));
        let data = answer.json["data"].as_array().unwrap();
        let ours = data.iter().find(|it| it["id"] == "stall" || it["id"] == "market");
        let field = |it: &serde_json::Value| it["reasons"][0]["field"].as_str().map(str::to_owned);
        ours.map(|it| format!("{} {}", it["id"].as_str().unwrap(), field(it).unwrap_or_default()))
    };
    let rows = |table: &'static str| table.lines().filter(|line| !line.is_empty());
    for row in rows(LABELS) {
        let (typed, told) = row.split_once("  ").unwrap();
        let told = Some(told.trim().to_owned());
        assert!(within_a_second(|| first(&hotline, typed) == told), "{row}");
    }
    let backing = json!({"source": source("龙市监〔2031〕7号")});
    assert_eq!(hotline.post("admin", "/api/v1/knowledge/stall/backing", &backing).status, 200);
    let asked = "/api/v1/knowledge?q=%E5%81%9C%E6%B0%B4";
    let lifted = |matter: &str| {
        let answer = hotline.get("call-taker", &format!("{asked}{matter}"));
        let data = answer.json["data"].as_array().unwrap().clone();
        let by_matter = |it: &&serde_json::Value| it["lifted_by"] == json!(["matter"]);
        data.iter().filter(by_matter).count()
    };
    let best = hotline.get("call-taker", asked).json["data"][0].clone();
    let matter: String =
        best["matter"].as_str().unwrap().bytes().map(|it| format!("%{it:02X}")).collect();
    assert!(lifted("") == 0 && lifted(&format!("&matter={matter}")) > 0, "{best}");
    let told = || Some("stall source".to_owned());
    assert!(within_a_second(|| first(&hotline, "龙市监〔2031〕7号") == told()));
    replace(&folder.path().join("units.csv"), "区民政局", "区社会建设部");
    reload(&hotline, "are in force");
    assert!(within_a_second(|| first(&hotline, "社会建设部") == Some("stall unit".into())));
    assert!(!hotline.log().contains("it is mended"), "{}", hotline.log());
}

/// Rows: what is asked for, then the articles told, with version and status.
const LISTS: &str = "
status=draft                   fresh 1 draft, rewritten 2 draft
status=draft&unit=education    rewritten 2 draft
status=reviewed                judged 1 reviewed
status=expired                 over 1 expired
review_by=2030-01-01           rewritten 2 draft
review_by=2029-12-31           -
";

/// Rows: what is asked for, and the parameter that is named.
const WRONG: &str = "
status=replaced     status
status=open         status
unit=nowhere        unit
limit=0             limit
limit=201           limit
review_by=morgen    review_by
state=draft         state
";

#[test]
fn what_waits_for_a_review_and_what_is_due_for_one_is_listed() {
    let hotline = Hotline::start();
    let text = |unit: Option<&str>| json!({"title": "题", "body": "文", "unit": unit, "review_on": "2030-01-01"});
    let steps = [
        ("dispatcher", "PUT", "rewritten", "", text(None)),
        ("dispatcher", "POST", "rewritten", "/draft", text(Some("education"))),
        ("dispatcher", "POST", "fresh", "/draft", text(None)),
        ("dispatcher", "POST", "judged", "/draft", text(None)),
        ("supervisor", "POST", "judged", "/review", json!({"passed": true})),
        ("dispatcher", "PUT", "over", "", text(None)),
        ("dispatcher", "POST", "over", "/expire", json!({"note": "废止"})),
    ];
    for (role, method, id, step, body) in steps {
        let path = format!("/api/v1/knowledge/{id}{step}");
        let done = hotline.call(role, method, &path, &[], body.to_string().as_bytes());
        assert_eq!(done.status, 200, "{path}: {done:?}");
    }
    let rows = |table: &'static str| table.lines().filter(|line| !line.is_empty());
    let told = |page: &serde_json::Value| {
        let row = |row: &serde_json::Value| {
            let word = |name: &str| row[name].as_str().unwrap().to_owned();
            format!("{} {} {}", word("id"), row["version"], word("status"))
        };
        let rows: Vec<String> = page["data"].as_array().unwrap().iter().map(row).collect();
        if rows.is_empty() { "-".to_owned() } else { rows.join(", ") }
    };
    for row in rows(LISTS) {
        let (query, wanted) = row.split_once(' ').unwrap();
        let page = hotline.get("handler", &format!("/api/v1/articles?{query}")).json;
        assert_eq!(told(&page), wanted.trim(), "{query}: {page}");
        assert_eq!(page["next_cursor"], json!(null));
    }
    for row in rows(WRONG) {
        let (query, named) = row.split_once(' ').unwrap();
        let answer = hotline.get("auditor", &format!("/api/v1/articles?{query}"));
        let pointer = &answer.json["errors"][0]["pointer"];
        assert_eq!((answer.status, pointer), (400, &json!(named.trim())), "{answer:?}");
    }
    let (mut cursor, mut ids) = (String::new(), Vec::new());
    loop {
        let page = hotline.get("auditor", &format!("/api/v1/articles?limit=100{cursor}")).json;
        let rows = page["data"].as_array().unwrap();
        assert!(rows.len() <= 100);
        ids.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert!(ids.is_sorted() && ids.len() > 200, "{}", ids.len());
    assert_eq!(hotline.get("integration", "/api/v1/articles").status, 403);
    let api = hotline.get("", "/openapi.json").json;
    assert_eq!(api["paths"]["/api/v1/articles"]["get"]["operationId"], "list_articles");
}

/// Rows: method, step, `If-Match` (`-` = none), status, the ETag then, title of the refusal. Each follows on the one before.
const SEEN: &str = "
PUT    -        -    200  \"1\"
PUT    -        \"7\"  412  -    知识条目已被他人更新
PUT    -        \"1\"  200  \"2\"
POST   draft    \"1\"  412  -    知识条目已被他人更新
POST   draft    \"2\"  200  \"3\"
POST   draft    \"3\"  200  \"3\"
PUT    -        \"2\"  412  -    知识条目已被他人更新
POST   backing  \"2\"  412  -    知识条目已被他人更新
POST   backing  \"3\"  200  \"3\"
POST   publish  \"3\"  409  -    知识条目状态不允许此操作
POST   expire   \"2\"  412  -    知识条目已被他人更新
POST   expire   three 400 -    请求参数有误
POST   expire   \"3\"  200  \"3\"
PUT    -        \"3\"  200  \"4\"
DELETE -        \"3\"  412  -    知识条目已被他人更新
DELETE -        \"4\"  204  -
";

#[test]
fn nobody_changes_an_article_that_he_has_not_seen_as_it_is() {
    let hotline = Hotline::start();
    let mut changes = 0;
    for row in SEEN.lines().filter(|line| !line.is_empty()) {
        let words: Vec<&str> = row.split_whitespace().collect();
        let [method, step, seen, status, etag, title @ ..] = &words[..] else { panic!("{row}") };
        let path = format!("/api/v1/knowledge/seen/{step}");
        let path = path.trim_end_matches("/-");
        // A draft that is sent once more says the same.
        changes += i32::from(*method == "PUT");
        let body = match *step {
            "backing" => json!({"review_on": "2030-01-01"}),
            "expire" => json!({"note": "废止"}),
            "publish" => json!({}),
            "draft" => json!({"title": "题", "body": "起草"}),
            _ => json!({"title": "题", "body": format!("第{changes}稿")}),
        };
        let body = if *method == "DELETE" { String::new() } else { body.to_string() };
        let headers = [("if-match", *seen)];
        let headers = if *seen == "-" { &headers[..0] } else { &headers[..] };
        let answer = hotline.call("admin", method, path, headers, body.as_bytes());
        assert_eq!(answer.status.to_string(), *status, "{row}: {answer:?}");
        assert_eq!(answer.etag.as_deref().unwrap_or("-"), *etag, "{row}");
        let told = title.first().map_or(serde_json::Value::Null, |title| json!(title));
        let title =
            if answer.status < 400 { &serde_json::Value::Null } else { &answer.json["title"] };
        assert_eq!(*title, told, "{row}");
    }
}
