//! Who may do what over HTTP: every route for every role, and nothing by a second path.

use serde_json::json;

use crate::desk::Hotline;
use crate::tour::unpaid_wages;

const ROLES: [&str; 7] =
    ["call-taker", "dispatcher", "handler", "supervisor", "auditor", "admin", "integration"];

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn every_route_answers_each_role_as_the_table_says() {
    let hotline = Hotline::start();
    // An order of a unit that the sample's handler does not belong to.
    let (id, lead) = unpaid_wages(&hotline);
    assert_eq!(lead, "human-resources");
    let order = format!("/api/v1/orders/{id}");
    let article = json!({"title": "标题", "body": "内容"});
    let refusal =
        json!({"reason": "not-our-duty", "suggested_unit": "civil-affairs", "evidence": "x"});
    // 403 where the role may not at all; 404 where the order does not exist for it; else what the order's status says.
    let table: &[(&str, String, serde_json::Value, [u16; 7])] = &[
        ("GET", order.clone(), json!(null), [200, 200, 404, 200, 200, 200, 200]),
        ("POST", format!("{order}/sign"), json!({}), [403, 403, 404, 403, 403, 403, 403]),
        ("POST", format!("{order}/return"), refusal, [403, 403, 404, 403, 403, 403, 403]),
        (
            "POST",
            format!("{order}/reply"),
            json!({"public_text": "x"}),
            [403, 403, 404, 403, 403, 403, 403],
        ),
        (
            "POST",
            format!("{order}/callback"),
            json!({"reached": false}),
            [409, 409, 403, 403, 403, 409, 403],
        ),
        ("POST", format!("{order}/close"), json!({}), [409, 409, 403, 409, 403, 409, 403]),
        (
            "POST",
            format!("{order}/dispatch"),
            json!({"lead": "human-resources"}),
            [403, 422, 403, 403, 403, 422, 403],
        ),
        ("GET", "/api/v1/reports/on-time".into(), json!(null), [403, 200, 403, 200, 200, 200, 403]),
        (
            "GET",
            "/api/v1/reports/bulletin".into(),
            json!(null),
            [403, 200, 403, 200, 200, 200, 403],
        ),
        ("GET", "/api/v1/triage".into(), json!(null), [403, 200, 403, 403, 200, 200, 403]),
        (
            "GET",
            "/api/v1/departments/human-resources/inbox".into(),
            json!(null),
            [200, 200, 403, 200, 200, 200, 403],
        ),
        ("GET", "/api/v1/knowledge?q=工资".into(), json!(null), [200; 7]),
        ("PUT", "/api/v1/knowledge/new".into(), article, [403, 200, 403, 403, 403, 200, 403]),
        (
            "DELETE",
            "/api/v1/knowledge/none".into(),
            json!(null),
            [403, 404, 403, 403, 403, 404, 403],
        ),
        ("POST", "/api/v1/suggest".into(), json!({"content": "路灯不亮"}), [200; 7]),
        (
            "POST",
            "/api/v1/orders".into(),
            json!({"content": "路灯不亮"}),
            [201, 201, 403, 403, 403, 201, 201],
        ),
    ];
    for (method, path, body, wanted) in table {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        for (role, status) in ROLES.iter().zip(wanted) {
            let path = path.replace("工资", "%E5%B7%A5%E8%B5%84");
            let answer = hotline.call(role, method, &path, &[], body.as_bytes());
            assert_eq!(answer.status, *status, "{role} {method} {path}: {answer:?}");
        }
        let anonymous = hotline.call("", method, &path.replace("工资", "x"), &[], body.as_bytes());
        assert_eq!(anonymous.status, 401, "{method} {path}");
    }
    let listed = hotline.get("handler", "/api/v1/orders").json;
    let ids: Vec<_> =
        listed["data"].as_array().unwrap().iter().map(|order| order["id"].clone()).collect();
    assert!(!ids.contains(&json!(id)), "a list is no second path to another unit's order");
}

/// Of the ten published rules the last, through every view a handler has.
#[test]
fn rule_10_a_handler_sees_no_name_and_no_number_of_who_made_a_report_and_looks_leave_a_trace() {
    let hotline = Hotline::start();
    let report = json!({
        "content": "举报一家作坊夜里偷排,我叫陈晓东,电话13812345678,找我也行13987654321", "kind": "report",
        "caller": {"name": "陈晓东", "phone": "13812345678", "confidential": true},
    });
    let made = hotline.post("call-taker", "/api/v1/orders", &report);
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/api/v1/orders/{}", made.json["id"]);
    // To the unit of the sample's handler.
    let rows = include_str!("../../examples/longhu/duty-list.csv");
    let matter = rows.lines().filter_map(|row| row.split_once(','));
    let matter = matter.filter(|(_, rest)| rest.starts_with(",urban-management,"));
    let matter = matter.map(|(matter, _)| matter).next().unwrap();
    let to = json!({"lead": "urban-management", "matter": matter});
    let sent = hotline.post("dispatcher", &format!("{path}/dispatch"), &to);
    assert!([200, 422].contains(&sent.status), "{sent:?}");
    // What the desk writes about him is read by the unit, too.
    let watched = json!({"note": "尽快答复陳曉東"});
    assert_eq!(hotline.post("supervisor", &format!("{path}/supervise"), &watched).status, 200);

    let read = |view: &str| hotline.get("handler", view);
    let order = read(&path);
    assert_eq!((order.status, &order.json["kind"]), (200, &json!("report")), "{order:?}");
    let inbox = "/api/v1/departments/urban-management/inbox";
    let views = [order, read(&format!("{path}/explain")), read("/api/v1/orders"), read(inbox)];
    let events = hotline.watch("handler", Some(0), 1);
    let seen: String = views.iter().map(|view| view.json.to_string()).collect();
    let seen = format!("{seen}{events:?}");
    for secret in ["陈晓东", "陳曉東", "13812345678", "13987654321"] {
        assert!(!seen.contains(secret), "{secret} in {seen}");
    }
    let reveal = |role: &str, purpose: &str| {
        hotline.post(role, &format!("{path}/reveal"), &json!({"purpose": purpose}))
    };
    assert_eq!(reveal("handler", "上门前联系").status, 403);
    assert_eq!(reveal("dispatcher", " ").status, 422);
    assert_eq!(reveal("dispatcher", "回访").json["phone"], "13812345678");
    let trace = &hotline.get("auditor", &path).json["reveals"];
    assert_eq!((&trace[0]["purpose"], trace[1].is_null()), (&json!("回访"), true), "{trace}");
}
