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
        ("POST", format!("{order}/close"), json!({}), [409, 409, 403, 403, 403, 409, 403]),
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
