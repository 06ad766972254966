//! New orders by the batch: each line is answered, and what is refused keeps nothing else from being accepted.

use serde_json::{Value, json};

use crate::desk::{Answer, Hotline};

const BATCH: &str = "/api/v1/orders/batch";
const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");

fn send(hotline: &Hotline, role: &str, key: Option<&str>, body: &str) -> Answer {
    let key = key.map(|key| ("idempotency-key", key));
    let headers: Vec<_> = [NDJSON].into_iter().chain(key).collect();
    hotline.call(role, "POST", BATCH, &headers, body.as_bytes())
}

/// The lines of an answer. One line alone is a JSON text as well.
fn lines(answer: &Answer) -> Vec<Value> {
    assert_eq!((answer.status, &*answer.media), (200, NDJSON.1), "{answer:?}");
    match &answer.json {
        Value::String(text) => {
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        }
        one => vec![one.clone()],
    }
}

fn order(number: usize) -> String {
    json!({"content": format!("{number} 号楼停水了"), "channel": "web"}).to_string()
}

fn orders_count(hotline: &Hotline) -> usize {
    hotline.get("dispatcher", "/api/v1/orders?limit=200").json["data"].as_array().unwrap().len()
}

#[test]
fn each_line_is_answered_and_a_refused_one_keeps_no_other_from_being_accepted() {
    let hotline = Hotline::start();
    let long = "长".repeat(20_001);
    let body = [
        order(1),
        String::new(),
        r#"{"content":"x","tagz":[]}"#.into(),
        r#"{"content":"x","caller":{"phone":1}}"#.into(),
        r#"{"content":"x""#.into(),
        json!({"content": long}).to_string(),
        json!({"content": "x", "matter": "没有/这样/的"}).to_string(),
        "[]".into(),
        order(2),
    ];
    let answers = lines(&send(&hotline, "call-taker", None, &body.join("\n")));
    let told: Vec<(u64, u64, &str)> = answers
        .iter()
        .map(|line| {
            let pointer = line["errors"][0]["pointer"].as_str().unwrap_or("none");
            (line["line"].as_u64().unwrap(), line["status"].as_u64().unwrap(), pointer)
        })
        .collect();
    let wanted = [
        (1, 201, "none"),
        (3, 422, "/tagz"),
        (4, 422, "/caller/phone"),
        (5, 400, "none"),
        (6, 422, "/content"),
        (7, 422, "/matter"),
        (8, 422, ""),
        (9, 201, "none"),
    ];
    assert_eq!(told, wanted, "{answers:?}");
    assert_eq!(answers[3]["code"], "bad-json");
    for line in [&answers[0], &answers[7]] {
        let read = hotline.get("dispatcher", &format!("/api/v1/orders/{}", line["id"])).json;
        assert_eq!(read["number"], line["number"], "{line}");
    }
    assert_eq!(orders_count(&hotline), 2);
}

#[test]
fn a_batch_of_a_thousand_is_made_once_however_often_it_comes() {
    let mut hotline = Hotline::start();
    let body: Vec<String> = (0..1_024).map(order).collect();
    let made = lines(&send(&hotline, "integration", Some("night"), &body.join("\n")));
    let ids: Vec<u64> = made.iter().map(|line| line["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (1..=1_024).collect::<Vec<u64>>(), "each line one order, in their order");
    // Durable: the process ends without warning.
    hotline.kill();
    hotline.again();
    let again = lines(&send(&hotline, "integration", Some("night"), &body.join("\n")));
    let repeated = |line: &Value| (line["status"].as_u64().unwrap(), line["id"].as_u64().unwrap());
    let told: Vec<(u64, u64)> = again.iter().map(repeated).collect();
    assert_eq!(told, ids.iter().map(|&id| (200, id)).collect::<Vec<_>>());
    // The same key for another line, and the same line under another account's key.
    let other = lines(&send(&hotline, "integration", Some("night"), &order(7)));
    assert_eq!(other[0]["code"], "key-reused", "{other:?}");
    let own = lines(&send(&hotline, "call-taker", Some("night"), &order(0)));
    assert_eq!(own[0]["status"], 201, "{own:?}");
    let long = body.join("\n") + "\n{}";
    assert_eq!(send(&hotline, "call-taker", None, &long).status, 413);
}

#[test]
fn whoever_may_not_accept_is_refused_whole_and_so_is_what_is_no_batch() {
    let hotline = Hotline::start();
    let roles = ["call-taker", "dispatcher", "admin", "integration"];
    for role in roles {
        assert_eq!(lines(&send(&hotline, role, None, &order(1)))[0]["status"], 201, "{role}");
    }
    for role in ["handler", "supervisor", "auditor"] {
        let refused = send(&hotline, role, None, &order(1));
        assert_eq!((refused.status, &refused.json["code"]), (403, &json!("not-allowed")), "{role}");
    }
    assert_eq!(send(&hotline, "", None, &order(1)).status, 401);
    assert_eq!(send(&hotline, "call-taker", None, " \n").status, 422);
    assert_eq!(send(&hotline, "call-taker", Some(""), &order(1)).status, 400);
    assert_eq!(hotline.post("call-taker", BATCH, &json!({"content": "x"})).status, 415);
    assert_eq!(send(&hotline, "call-taker", None, &"x".repeat((1 << 20) + 1)).status, 413);
    assert_eq!(orders_count(&hotline), roles.len());
}
