//! Orders about the same, grades and the desk's own answers, through the running service.

use serde_json::json;

use crate::desk::Hotline;

const STORY: &str = "外马路水管爆裂,路面积水半尺深,车辆无法通行,请尽快派人抢修。";

fn order(content: &str, phone: &str) -> serde_json::Value {
    let caller = json!({"name": "来电人", "phone": phone});
    json!({"content": content, "kind": "help", "matter": "公用事业/供水/停水", "caller": caller})
}

#[test]
fn two_callers_are_joined_and_a_third_contact_is_a_reminder() {
    let hotline = Hotline::start();
    let post = |role: &str, path: &str, body| hotline.post(role, path, &body);
    let first = post("call-taker", "/api/v1/orders", order(STORY, "13800000001"));
    let again = STORY.replace("请尽快派人", "请尽快派人来");
    let second = post("call-taker", "/api/v1/orders", order(&again, "13800000002"));
    assert_eq!((first.status, second.status), (201, 201));
    let id = |answer: &crate::desk::Answer| answer.json["id"].as_u64().unwrap();
    let (first, second) = (id(&first), id(&second));

    let similar = hotline.get("call-taker", &format!("/api/v1/orders/{second}/similar"));
    assert_eq!(similar.json["data"][0]["id"], first);
    assert_eq!(similar.json["data"][0]["same_caller"], false);
    let path = format!("/api/v1/orders/{second}/merge");
    let unknown = post("dispatcher", &path, json!({"into": "999"}));
    assert_eq!((unknown.status, &unknown.json["errors"][0]["pointer"]), (422, &json!("/into")));
    let joined = post("dispatcher", &path, json!({"into": first.to_string()}));
    assert_eq!((joined.status, &joined.json["status"]), (200, &json!("merged")), "{joined:?}");
    assert_eq!(joined.json["joined_to"]["order"], first);
    let leading = hotline.get("dispatcher", &format!("/api/v1/orders/{first}"));
    assert_eq!(leading.json["stands_for"], json!([second]));

    let third = post("call-taker", "/api/v1/orders", order(STORY, "+86 138-0000-0001"));
    assert_eq!((third.status, &third.json["status"]), (201, &json!("repeat")), "{third:?}");
    let leading = hotline.get("dispatcher", &format!("/api/v1/orders/{first}"));
    assert_eq!(leading.json["reminders"].as_array().unwrap().len(), 1);
    assert!(!leading.json.to_string().contains("13800000001"), "no caller in a view");

    let parted = post(
        "dispatcher",
        &format!("/api/v1/orders/{second}/unmerge"),
        json!({"note": "两处水管"}),
    );
    assert_eq!((parted.status, &parted.json["status"]), (200, &json!("dispatched")));
}

#[test]
fn a_suggestion_names_orders_that_may_be_about_the_same_to_whom_it_may() {
    let mut hotline = Hotline::start();
    let typed = STORY.replace("请尽快派人", "请派人来");
    let similar = |hotline: &Hotline, role: &str, body: &serde_json::Value| {
        hotline.post(role, "/api/v1/suggest", body).json["similar"].clone()
    };
    let text = json!({"content": &typed});
    assert_eq!(similar(&hotline, "call-taker", &text), json!([]));
    let accepted = hotline.post("call-taker", "/api/v1/orders", &order(STORY, "13800000001"));
    assert_eq!(accepted.status, 201);
    let (number, status) = (&accepted.json["number"], &accepted.json["status"]);
    for started in ["running", "again"] {
        if started == "again" {
            assert!(hotline.stop(), "it ends as it should");
            hotline.again();
        }
        let found = similar(&hotline, "call-taker", &text);
        assert_eq!(found.as_array().map(Vec::len), Some(1), "{started}: {found}");
        let found = &found[0];
        assert_eq!((&found["id"], &found["number"]), (&json!(1), number), "{started}");
        assert_eq!((&found["status"], &found["same_caller"]), (status, &json!(false)));
        assert!(found["percent"].as_u64().unwrap() >= 50, "{found}");
        let same_caller = similar(&hotline, "call-taker", &order("还没有人来", "138-0000-0001"));
        assert_eq!(same_caller[0]["same_caller"], true, "{started}: {same_caller}");
        assert_eq!(similar(&hotline, "call-taker", &json!({"content": "路灯不亮"})), json!([]));
        for role in ["handler", "integration"] {
            assert_eq!(similar(&hotline, role, &text), json!(null), "{role} {started}");
        }
    }
}

#[test]
fn a_bad_grade_is_an_order_and_an_answer_needs_no_unit() {
    let hotline = Hotline::start();
    let rate = |body| hotline.post("integration", "/api/v1/ratings", &body);
    let bad =
        rate(json!({"case": "A-1", "unit": "civil-affairs", "grade": 2, "text": "排队两小时"}));
    assert_eq!((bad.status, &bad.json["order"]), (201, &json!(1)), "{bad:?}");
    let bad = json!({"case": "A-1", "unit": "civil-affairs", "grade": 2});
    let with = |text: &str| {
        let mut said = bad.clone();
        said["text"] = json!(text);
        rate(said)
    };
    let again = with("排队两小时");
    assert_eq!((again.status, &again.json["order"]), (200, &json!(1)), "{again:?}");
    for case in [" A-1", "Ａ－１", "A-1\u{200b}"] {
        let spelt =
            json!({"case": case, "unit": "civil-affairs", "grade": 2, "text": "排队两小时"});
        assert_eq!(rate(spelt).json["order"], json!(1), "{case:?}");
    }
    let untold = rate(json!({"case": "A-1", "unit": "civil-affairs"}));
    assert_eq!((untold.status, &untold.json["rated"]), (200, &json!(true)));
    assert_eq!(with("态度也差").status, 409, "other words are not heard as if they were the same");
    let number = "4405071126000123";
    let told =
        rate(json!({"case": number, "unit": "civil-affairs", "grade": 1, "text": "材料要了三次"}));
    let path = format!("/api/v1/orders/{}", told.json["order"]);
    assert_eq!(hotline.get("dispatcher", &path).json["rated_case"], number, "whose service it was");
    let order = hotline.get("dispatcher", "/api/v1/orders/1").json;
    assert_eq!(
        (&order["lead"]["code"], &order["channel"]),
        (&json!("civil-affairs"), &json!("rating"))
    );
    assert_eq!(order["dispatch"]["mode"], "known");
    let told = json!({"case": "A-2", "unit": "civil-affairs"});
    assert_eq!([rate(told.clone()).status, rate(told).status], [201, 200]);
    let wrong = rate(json!({"case": "A-3", "unit": "civil-affairs", "grade": 6}));
    assert_eq!((wrong.status, &wrong.json["errors"][0]["pointer"]), (422, &json!("/grade")));
    for (field, grade) in [("text", 2), ("text", 5), ("window", 1), ("case", 1), ("item", 1)] {
        let mut long = json!({"case": "A-4", "unit": "civil-affairs", "grade": grade});
        long[field] = json!("长".repeat(20_000 + grade));
        let refused = rate(long);
        let pointer = refused.json["errors"][0]["pointer"].as_str().unwrap_or_default();
        assert_eq!((refused.status, pointer), (422, format!("/{field}").as_str()), "{refused:?}");
    }

    let asked = json!({
        "content": "居住证怎么办理", "kind": "consultation", "answer": {"text": "凭身份证到社区办理"},
    });
    let answered = hotline.post("call-taker", "/api/v1/orders", &asked);
    assert_eq!(
        (answered.status, &answered.json["status"]),
        (201, &json!("closed")),
        "{answered:?}"
    );
    assert!(answered.json["lead"].is_null());

    let calls =
        json!({"offered": 100, "answered": 97, "in_15s": 80, "in_30s": 90, "waited_seconds": 970});
    let put = hotline.call(
        "integration",
        "PUT",
        "/api/v1/calls/2026-01-05",
        &[],
        calls.to_string().as_bytes(),
    );
    assert_eq!(put.status, 200, "{put:?}");
}
