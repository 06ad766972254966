//! What keeps a knowledge base good, over HTTP and from the data folder: uses, what grows old, changes, and what is missing.

use serde_json::{Value, json};

use crate::desk::{Hotline, run};

fn put(hotline: &Hotline, id: &str, article: &Value) {
    let path = format!("/api/v1/knowledge/{id}");
    let put = hotline.call("admin", "PUT", &path, &[], article.to_string().as_bytes());
    assert_eq!(put.status, 200, "{put:?}");
}

/// From the data folder of a hotline that has stopped.
fn offline(hotline: &Hotline, report: &str, options: &[&str]) -> Value {
    let data = hotline.data.to_str().unwrap();
    let said = run(&[&["knowledge", report, "--data", data, "--json"], options].concat());
    assert!(said.status.success(), "{said:?}");
    serde_json::from_slice(&said.stdout).unwrap()
}

#[test]
fn contacts_that_an_article_closed_are_counted_and_what_came_back() {
    let mut hotline = Hotline::start();
    let article = json!({"title": "电动自行车上牌", "body": "凭购车发票和合格证到登记点办理。"});
    put(&hotline, "plates", &article);
    let asked = json!({
        "content": "请问电动自行车上牌要带什么材料到哪里办理", "kind": "consultation",
        "caller": {"name": "林小明", "phone": "13812345678"},
        "answer": {"text": "凭购车发票和合格证办理。", "article": "plates"},
    });
    let first = hotline.accept(&asked);
    assert_eq!(first["status"], "closed");
    let note = "没写登记点电话13812345678";
    let rated = json!({"useful": false, "note": note});
    let path = "/api/v1/knowledge/plates/rating";
    assert_eq!(hotline.post("call-taker", path, &rated).status, 204);
    assert_eq!(hotline.post("auditor", path, &rated).status, 403);
    let again = json!({"reason": "new-facts", "note": "登记点不受理"});
    let id = first["id"].as_u64().unwrap();
    let reworked = hotline.post("dispatcher", &format!("/api/v1/orders/{id}/rework"), &again);
    assert_eq!(reworked.status, 200, "{reworked:?}");

    let path = "/api/v1/reports/knowledge/usage";
    let report = hotline.get("supervisor", path).json;
    let used = &report["used"][0];
    assert_eq!((&used["id"], &used["last_used"]), (&json!("plates"), &used["remarks"][0]["day"]));
    assert_eq!(used["direct_answers"]["percent"], "100.00 %");
    assert_eq!(used["reopened"], json!({"numerator": 1, "denominator": 1, "percent": "100.00 %"}));
    assert_eq!(
        (&used["useful"]["numerator"], &used["useful"]["denominator"]),
        (&json!(0), &json!(1))
    );
    assert!(!report.to_string().contains("13812345678"), "{report}");
    let never = report["never_used"]["numerator"].as_u64().unwrap();
    assert_eq!(never + 1, report["in_force"].as_u64().unwrap());
    assert_eq!(hotline.get("call-taker", path).status, 403);
    hotline.stop();
    assert_eq!(offline(&hotline, "usage", &[]), report, "the folder says what the hotline said");
}

#[test]
fn an_article_whose_review_has_passed_or_whose_days_end_is_told_and_changes_are_counted() {
    let mut hotline = Hotline::start();
    let article = |more: Value| {
        let mut article = json!({"title": "暴雨停课安排", "body": "以教育局通知为准。"});
        article.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        article
    };
    put(&hotline, "rain", &article(json!({"review_on": "2020-01-01"})));
    put(&hotline, "rain", &article(json!({"body": "以学校通知为准。"})));
    put(&hotline, "over", &article(json!({"valid_to": "2021-12-31"})));
    let stale = hotline.get("supervisor", "/api/v1/reports/knowledge/stale").json;
    let rows = stale["articles"].as_array().unwrap();
    let why = |id: &str| rows.iter().find(|row| row["id"] == id).map(|row| row["why"].clone());
    assert_eq!(why("rain"), Some(json!(["review-passed"])), "{stale}");
    assert_eq!(why("over"), Some(json!(["ended"])));
    let updates = hotline.get("supervisor", "/api/v1/reports/knowledge/updates").json;
    let changed = |report: &Value| report["total"]["changed"].as_u64();
    assert_eq!(changed(&updates), Some(1), "{updates}");
    let added = |report: &Value| report["total"]["added"].as_u64();
    let before = added(&updates);
    for number in 0..60 {
        put(&hotline, "often", &article(json!({"body": format!("第{number}版")})));
    }
    let updates = hotline.get("supervisor", "/api/v1/reports/knowledge/updates").json;
    assert_eq!((changed(&updates), added(&updates)), (Some(60), before.map(|it| it + 1)));
    hotline.stop();
    assert_eq!(offline(&hotline, "updates", &[])["rows"], updates["rows"]);
    let ended = offline(&hotline, "stale", &["--on", "2021-12-15", "--within", "30"]);
    let rows = ended["articles"].as_array().unwrap();
    let over = rows.iter().find(|row| row["id"] == "over").unwrap();
    assert_eq!(over["why"], json!(["ends-soon"]));
}

#[test]
fn a_parameter_of_another_report_is_named() {
    let hotline = Hotline::start();
    for (report, name) in
        [("usage", "from"), ("usage", "within"), ("stale", "to"), ("updates", "within")]
    {
        let path = format!("/api/v1/reports/knowledge/{report}?{name}=1");
        let answer = hotline.get("supervisor", &path);
        let named = answer.json["errors"][0]["pointer"].as_str();
        assert_eq!((answer.status, named), (400, Some(name)), "{path}: {answer:?}");
    }
}

#[test]
fn what_no_article_answered_is_put_together_without_a_word_of_one_caller_alone() {
    let mut hotline = Hotline::start();
    for (number, place) in ["丹霞路", "望海路", "松柏里", "文屏巷"].into_iter().enumerate()
    {
        hotline.accept(&json!({
            "content": format!("请问家里老人坐轮椅,{place}的老楼加装电梯补贴怎么申请"),
            "kind": "consultation",
            "caller": {"name": "林小明", "phone": format!("1381234567{number}")},
        }));
    }
    let path = "/api/v1/reports/knowledge/gaps";
    let report = hotline.get("supervisor", path).json;
    assert_eq!((&report["unanswered"], &report["in_gaps"]), (&json!(4), &json!(4)), "{report}");
    let gap = &report["gaps"][0];
    let words = gap["words"].to_string();
    assert!(words.contains("电梯"), "{words}");
    let told = json!([gap["words"], gap["skeleton"]]).to_string();
    for private in ["丹霞路", "望海路", "林小明", "1381234567"] {
        assert!(!told.contains(private), "{told}");
    }
    assert!(gap["skeleton"]["body"].as_str().unwrap().contains("【政策依据】"));
    assert_eq!(hotline.get("supervisor", &format!("{path}?min=2")).status, 400);
    assert_eq!(hotline.get("integration", path).status, 403);
    hotline.stop();
    assert_eq!(offline(&hotline, "gaps", &[])["gaps"][0]["words"], gap["words"]);
}
