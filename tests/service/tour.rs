//! One order's life over HTTP, as a call-taker, a dispatcher, a handler and a supervisor live it.

use serde_json::{Value, json};

use crate::desk::Hotline;

/// A story that the sample's classifier is sure of, at a place it knows.
pub(crate) fn street_vendors() -> Value {
    json!({
        "title": "流动摊贩占道", "content": "丹霞市场门口每天早上一排三轮车占道摆摊卖水果,人行道都走不了,请城管来管一管",
        "kind": "complaint", "matter": "城市管理/市容环境/占道经营", "place": "丹霞市场",
        "caller": { "name": "林小明", "phone": "13812345678" },
    })
}

/// A matter that a department leads wherever it is.
pub(crate) fn unpaid_wages(hotline: &Hotline) -> (u64, String) {
    let order = json!({
        "content": "老板拖欠我们三个月工资,人也找不到", "kind": "help",
        "matter": "劳动和社会保障/劳动关系/拖欠工资", "channel": "web",
    });
    let mut order = order;
    order["matter"] = Value::String(leaf_led_by(hotline, "human-resources"));
    let made = hotline.post("call-taker", "/api/v1/orders", &order);
    assert_eq!(made.status, 201, "{made:?}");
    (made.json["id"].as_u64().unwrap(), made.json["lead"]["code"].as_str().unwrap().to_owned())
}

/// A matter of the sample that this department leads everywhere.
fn leaf_led_by(_: &Hotline, unit: &str) -> String {
    let list = include_str!("../../examples/longhu/duty-list.csv");
    let row = list.lines().skip(1).find(|row| {
        let fields: Vec<&str> = row.split(',').collect();
        fields[0].matches('/').count() == 2
            && fields[1].is_empty()
            && fields[2] == unit
            && fields[7].is_empty()
    });
    row.unwrap().split(',').next().unwrap().to_owned()
}

#[test]
fn an_order_goes_from_call_to_closure() {
    let mut hotline = Hotline::start();
    hotline.hire("human-resources");
    hotline.stop();
    hotline.again();
    let (id, lead) = unpaid_wages(&hotline);
    assert_eq!(lead, "human-resources");
    let path = format!("/api/v1/orders/{id}");

    let inbox = hotline.get("human-resources", "/api/v1/departments/human-resources/inbox");
    assert_eq!(inbox.json["data"][0]["id"], id);
    assert_eq!(inbox.json["data"][0]["status_label"], "待签收");

    let explained = hotline.get("human-resources", &format!("{path}/explain"));
    let dues = explained.json["dues"].as_array().unwrap();
    let stages: Vec<_> = dues.iter().map(|due| due["stage"].as_str().unwrap()).collect();
    assert_eq!(stages, ["sign", "handle", "return"], "{explained:?}");
    for due in dues {
        let explained = &due["explained"];
        assert_eq!(explained["due"], due["due"]["original"]);
        assert!(!explained["rule"]["source"].as_str().unwrap().is_empty());
        assert!(explained["steps"].as_array().unwrap().len() > 1);
    }
    assert!(explained.json["text"].as_str().unwrap().contains("【时限】"));
    assert_eq!(hotline.get("handler", &format!("{path}/explain")).status, 404);

    let early =
        hotline.post("human-resources", &format!("{path}/reply"), &json!({"public_text": "好"}));
    assert_eq!((early.status, early.json["code"].as_str()), (409, Some("wrong-status")));

    let signed = hotline.post("human-resources", &format!("{path}/sign"), &json!({}));
    assert_eq!(
        (signed.status, signed.json["status"].as_str()),
        (200, Some("signed")),
        "{signed:?}"
    );
    let twice = hotline.post("human-resources", &format!("{path}/sign"), &json!({}));
    assert_eq!(twice.json["detail"], format!("order {id} is signed; it cannot be signed now"));

    let reply = json!({"public_text": "已约谈用人单位,三日内补发。", "internal_text": "附笔录"});
    let replied = hotline.post("human-resources", &format!("{path}/reply"), &reply);
    assert_eq!(replied.json["replies"][0]["public_text"], reply["public_text"]);

    let verdict = json!({"reached": true, "solved": true, "satisfied": true});
    let called = hotline.post("call-taker", &format!("{path}/callback"), &verdict);
    assert_eq!(called.json["callbacks"][0]["satisfied"], true);
    let closed = hotline.post("call-taker", &format!("{path}/close"), &json!({}));
    assert_eq!(
        (closed.json["status"].as_str(), &closed.json["closed_on_time"]),
        (Some("closed"), &json!(true))
    );

    let late = json!({"reason": "not-our-duty", "suggested_unit": "civil-affairs", "evidence": "不属本局"});
    let refused = hotline.post("human-resources", &format!("/api/v1/orders/{id}/return"), &late);
    assert_eq!(refused.json["detail"], format!("order {id} is closed; it cannot be returned now"));

    // A due counts on the day it falls on.
    let due = closed.json["due"]["handle"]["current"].as_str().unwrap()[..10].to_owned();
    let path = format!("/api/v1/reports/on-time?by=unit&to={due}");
    let report =
        hotline.report_with("supervisor", &path, |report| report["total"]["counts"]["closed"] == 1);
    let row = report["rows"].as_array().unwrap().iter().find(|row| row["key"] == "human-resources");
    let rates = &row.unwrap()["rates"];
    assert_eq!(
        rates["on-time-closure"],
        json!({"numerator": 1, "denominator": 1, "percent": "100.00 %"})
    );
    assert_eq!(rates["satisfaction"]["denominator"], 1);
    assert_eq!(hotline.get("call-taker", "/api/v1/reports/on-time").status, 403);

    // By the due as it is shown, and not by a second earlier.
    let due = closed.json["due"]["handle"]["current"].as_str().unwrap();
    let listed = |until: &str| {
        let path = format!("/api/v1/orders?status=closed&due_before={}", until.replace('+', "%2B"));
        hotline.get("supervisor", &path).json["data"].as_array().unwrap().len()
    };
    assert_eq!([listed(due), listed(&due.replace(":59+", ":58+"))], [1, 0], "{due}");

    let found = hotline.get("supervisor", "/api/v1/orders?status=closed");
    assert_eq!(found.json["data"][0]["id"], id);
    let number = closed.json["number"].as_str().unwrap();
    assert_eq!(hotline.get("auditor", &format!("/api/v1/orders/{number}")).json["id"], id);
}

#[test]
fn what_the_engine_is_not_sure_of_waits_for_a_dispatcher_who_sees_the_candidates() {
    let hotline = Hotline::start();
    let vague = json!({"content": "你好,我想反映一个情况", "kind": "complaint"});
    let made = hotline.post("call-taker", "/api/v1/orders", &vague);
    assert_eq!((made.status, made.json["status"].as_str()), (201, Some("triage")), "{made:?}");
    let id = made.json["id"].as_u64().unwrap();

    let list = hotline.get("dispatcher", "/api/v1/triage");
    assert_eq!(list.json["data"][0]["id"], id);
    let candidates = list.json["data"][0]["triage"]["candidates"].as_array().unwrap();
    assert!(candidates.len() >= 3, "{candidates:?}");

    let decision = json!({"lead": "petitions", "co_units": ["justice"], "matter": null});
    let sent = hotline.post("dispatcher", &format!("/api/v1/orders/{id}/dispatch"), &decision);
    assert_eq!(sent.status, 200, "{sent:?}");
    assert_eq!(sent.json["dispatch"]["mode"], "triage");
    let helper = &sent.json["co_units"][0];
    assert_eq!((&helper["name"], &helper["late"]), (&json!("区司法局"), &json!(false)));
    assert_eq!(helper["due"], sent.json["due"]["co-handle"], "of one who helps alone");
    let told = hotline.get("dispatcher", &format!("/api/v1/orders/{id}/explain")).json;
    let dues = told["dues"].as_array().unwrap().iter();
    let helps: Vec<_> = dues.filter(|due| due["stage"] == "co-handle").collect();
    assert_eq!((helps.len(), &helps[0]["co_unit"]), (1, &helper["name"]));
    let text = told["text"].as_str().unwrap();
    assert!(text.contains("协办(区司法局):"), "{text}");
    assert_eq!(hotline.get("dispatcher", "/api/v1/triage").json["data"], json!([]));
}

#[test]
fn a_returned_order_remembers_who_refused() {
    let mut hotline = Hotline::start();
    hotline.hire("human-resources");
    hotline.stop();
    hotline.again();
    let (id, _) = unpaid_wages(&hotline);
    let path = format!("/api/v1/orders/{id}");
    let before = hotline.get("dispatcher", &path).json["due"]["handle"].clone();

    let refusal =
        json!({"reason": "not-our-duty", "suggested_unit": "housing", "evidence": "属工程款纠纷"});
    let returned = hotline.post("human-resources", &format!("{path}/return"), &refusal);
    assert_eq!(returned.status, 200, "{returned:?}");
    let order = hotline.get("dispatcher", &path).json;
    assert_eq!(order["triage"]["reason"], "returned");
    assert_eq!(order["returns"][0]["suggested_unit"]["code"], "housing");
    assert_eq!(order["due"]["handle"], before, "a return moves no due");

    let again = json!({"lead": "human-resources"});
    let refused = hotline.post("dispatcher", &format!("{path}/dispatch"), &again);
    assert_eq!((refused.status, &refused.json["errors"][0]["pointer"]), (422, &json!("/lead")));
    let sent = hotline.post("dispatcher", &format!("{path}/dispatch"), &json!({"lead": "housing"}));
    assert_eq!(sent.json["lead"]["code"], "housing");
}

#[test]
fn a_repeated_request_makes_no_second_order_even_after_a_restart() {
    let mut hotline = Hotline::start();
    let body = street_vendors().to_string();
    let key = [("idempotency-key", "c0ffee")];
    let first = hotline.call("call-taker", "POST", "/api/v1/orders", &key, body.as_bytes());
    assert_eq!(first.status, 201);
    hotline.kill();
    hotline.again();
    let second = hotline.call("call-taker", "POST", "/api/v1/orders", &key, body.as_bytes());
    assert_eq!((second.status, &second.json["id"]), (200, &first.json["id"]));
    let other = hotline.call(
        "call-taker",
        "POST",
        "/api/v1/orders",
        &key,
        r#"{"content":"另一件事"}"#.as_bytes(),
    );
    assert_eq!((other.status, other.json["code"].as_str()), (422, Some("key-reused")));
}

#[test]
fn a_suggestion_changes_nothing_and_says_what_would_happen() {
    let hotline = Hotline::start();
    let text = json!({"content": "丹霞市场门口一排三轮车占道摆摊卖水果,人行道走不了"});
    let suggestion = hotline.post("call-taker", "/api/v1/suggest", &text);
    assert_eq!(suggestion.status, 200, "{suggestion:?}");
    let json = &suggestion.json;
    assert!(json["due"]["handle"]["current"].is_string());
    assert!(!json["answers"].as_array().unwrap().is_empty());
    assert!(!json["evidence"].as_array().unwrap().is_empty());
    assert_eq!(json["region"]["code"], "jinxia-danxia");
    assert_eq!(
        (&json["place"]["words"], &json["place"]["why"]),
        (&json!("丹霞市场"), &json!("only"))
    );
    assert_eq!(hotline.get("call-taker", "/api/v1/orders").json["data"], json!([]));
}

#[test]
fn a_point_on_the_map_says_where_and_a_wrong_one_is_refused() {
    let hotline = Hotline::start();
    // In the borders that were invented for the sample, as Amap would give the point.
    let at = |longitude: f64, latitude: f64, datum: &str| {
        let location = json!({"longitude": longitude, "latitude": latitude, "datum": datum});
        let text = json!({"content": "丹霞市场门口路灯不亮", "location": location});
        hotline.post("call-taker", "/api/v1/suggest", &text)
    };
    let found = at(116.687_9, 23.342_4, "gcj02").json;
    assert_eq!(found["place"]["why"], "point", "{found}");
    assert!(found["region"]["code"].as_str().unwrap().starts_with("jinxia-"), "{found}");
    let outside = at(116.2, 23.3, "wgs84").json;
    assert_eq!(outside["place"]["why"], "only", "outside of all borders the words decide");
    for (longitude, latitude, datum, wanted) in [
        (23.3, 23.3, "wgs84", "location.longitude: is not between 73 and 136 degrees"),
        (116.7, 99.0, "wgs84", "location.latitude: is not between 3 and 54 degrees"),
        (116.7, 23.3, "林小明", "location.datum: is not one of wgs84, gcj02, bd09"),
    ] {
        let refused = at(longitude, latitude, datum);
        assert_eq!(refused.status, 422, "{refused:?}");
        let said = refused.json.to_string();
        assert!(said.contains(wanted) && !said.contains("林小明"), "{refused:?}");
    }
    let location = json!({"longitude": 116.7, "latitude": 23.3, "datum": 7});
    let text = json!({"content": "丹霞市场门口路灯不亮", "location": location});
    let refused = hotline.post("call-taker", "/api/v1/suggest", &text);
    assert_eq!(
        (refused.status, &refused.json["errors"][0]["pointer"]),
        (422, &json!("/location/datum"))
    );
}

#[test]
fn a_caller_is_in_no_answer_and_in_no_log() {
    let hotline = Hotline::start();
    let mut order = street_vendors();
    order["content"] = json!("我的电话是13987654321,身份证440507199001011234,门口天天占道");
    let made = hotline.post("call-taker", "/api/v1/orders", &order);
    let id = made.json["id"].as_u64().unwrap();
    let seen = [
        made.json.to_string(),
        hotline.get("admin", &format!("/api/v1/orders/{id}")).json.to_string(),
        hotline.get("admin", "/api/v1/orders").json.to_string(),
        hotline.get("", "/metrics").json.to_string(),
        hotline.log(),
    ];
    for text in seen {
        for secret in ["林小明", "13812345678", "13987654321", "440507199001011234"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[test]
fn a_stale_view_is_refused() {
    let hotline = Hotline::start();
    let vague = json!({"content": "你好,我想反映一个情况", "kind": "complaint"});
    let made = hotline.post("call-taker", "/api/v1/orders", &vague);
    let path = format!("/api/v1/orders/{}/dispatch", made.json["id"]);
    let etag = made.etag.unwrap();
    let to = |unit: &str| json!({ "lead": unit }).to_string();
    let seen = [("if-match", etag.as_str())];
    let first = hotline.call("dispatcher", "POST", &path, &seen, to("petitions").as_bytes());
    assert_eq!(first.status, 200);
    let second = hotline.call("dispatcher", "POST", &path, &seen, to("justice").as_bytes());
    assert_eq!((second.status, second.json["code"].as_str()), (412, Some("stale")));
}

#[test]
fn the_description_is_openapi_3_1_and_the_page_needs_no_network() {
    let hotline = Hotline::start();
    let description = hotline.get("", "/openapi.json");
    assert_eq!(description.json["openapi"], "3.1.0");
    assert!(description.json["info"].get("contact").is_none(), "of nobody but the district");
    assert!(description.json["paths"]["/api/v1/orders/{id}/return"]["post"].is_object());
    let mut names = std::collections::BTreeSet::new();
    let paths = description.json["paths"].as_object().unwrap();
    for operation in paths.values().flat_map(|path| path.as_object().unwrap().values()) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name), "{name} stands twice");
        for (status, answer) in operation["responses"].as_object().unwrap() {
            assert!(answer["description"].is_string(), "{name} {status}");
        }
    }
    let page = hotline.get("", "/docs").json.to_string();
    assert!(page.contains("/docs/scalar.js") && !page.contains("cdn"), "{page}");
    assert_eq!(hotline.get("", "/docs/scalar.js").status, 200);
    assert_eq!(hotline.get("", "/healthz").json, json!("ok"));
    assert_eq!(hotline.get("", "/readyz").json["ready"], true);
    assert_eq!(hotline.get("", "/problems/stale").json["status"], 412);
}
