//! Input that is wrong: each gets a clear answer that names what is at fault, and nothing is lost.

use serde_json::json;

use crate::desk::{Hotline, run};
use crate::tour::{street_vendors, unpaid_wages};

#[test]
#[expect(clippy::too_many_lines, clippy::type_complexity, reason = "one table")]
fn wrong_bodies_are_refused_by_name() {
    let hotline = Hotline::start();
    let before = hotline.post("call-taker", "/api/v1/orders", &street_vendors());
    assert_eq!(before.status, 201);
    let long = format!(r#"{{"content":"{}"}}"#, "长".repeat(20_001));
    let huge = format!(r#"{{"content":"{}"}}"#, "x".repeat(2 << 20));
    let deep = format!(r#"{{"content":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    // what, body, status, code, pointer, words of the detail
    let table: &[(&str, &[u8], u16, &str, &str, &str)] = &[
        ("broken JSON", br#"{"content": "#, 400, "bad-json", "", "EOF while parsing"),
        ("two values", br#"{"content":"x"} {}"#, 400, "bad-json", "", "trailing characters"),
        ("invalid UTF-8", b"{\"content\":\"\xff\xfe\"}", 400, "bad-json", "", "unicode"),
        ("lone surrogate", br#"{"content":"\ud800"}"#, 400, "bad-json", "", "hex escape"),
        ("deep nesting", deep.as_bytes(), 422, "invalid", "/content", "expected a string"),
        ("no content", br#"{"title":"x"}"#, 422, "invalid", "/content", "is missing"),
        ("empty content", br#"{"content":"  "}"#, 422, "invalid", "/content", "is empty"),
        ("wrong type", br#"{"content":7}"#, 422, "invalid", "/content", "invalid type"),
        (
            "wrong type inside",
            br#"{"content":"x","caller":{"phone":1}}"#,
            422,
            "invalid",
            "/caller/phone",
            "invalid type",
        ),
        (
            "a list for an object",
            br#"{"content":"x","caller":["a","b",true]}"#,
            422,
            "invalid",
            "/caller",
            "expected an object",
        ),
        (
            "a name for a field",
            "{\"content\":\"x\",\"林小明13800000000\":1}".as_bytes(),
            422,
            "invalid",
            "",
            "unknown field `…`",
        ),
        (
            "unknown field",
            br#"{"content":"x","matte":"y"}"#,
            422,
            "invalid",
            "/matte",
            "unknown field `matte`",
        ),
        (
            "a channel that only grades come by",
            br#"{"content":"x","channel":"rating"}"#,
            422,
            "invalid",
            "/channel",
            "send one to /api/v1/ratings",
        ),
        (
            "unknown kind",
            br#"{"content":"x","kind":"rant"}"#,
            422,
            "invalid",
            "/kind",
            "not one of consultation, help",
        ),
        (
            "unknown urgency",
            br#"{"content":"x","urgency":"now"}"#,
            422,
            "invalid",
            "/urgency",
            "not one of normal",
        ),
        (
            "unknown channel",
            br#"{"content":"x","channel":"fax"}"#,
            422,
            "invalid",
            "/channel",
            "not one of phone",
        ),
        (
            "unknown matter",
            br#"{"content":"x","matter":"a/b"}"#,
            422,
            "invalid",
            "/matter",
            "matter: no such matter",
        ),
        (
            "bad due",
            br#"{"content":"x","upstream":{"number":"1","due":"soon"}}"#,
            422,
            "invalid",
            "/upstream/due",
            "RFC 3339",
        ),
        ("long content", long.as_bytes(), 422, "invalid", "/content", "longer than 20000"),
        ("2 MB of text", huge.as_bytes(), 413, "too-large", "", "longer than 1048576 bytes"),
    ];
    for (what, body, status, code, pointer, words) in table {
        let answer = hotline.call("call-taker", "POST", "/api/v1/orders", &[], body);
        assert_eq!(
            (answer.status, answer.json["code"].as_str()),
            (*status, Some(*code)),
            "{what}: {answer:?}"
        );
        assert_eq!(answer.media, "application/problem+json", "{what}");
        let detail = answer.json["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{what}: {detail}");
        if !pointer.is_empty() {
            assert_eq!(answer.json["errors"][0]["pointer"], *pointer, "{what}");
        }
        assert_eq!(answer.json["type"], format!("/problems/{code}"));
    }
    let orders = hotline.get("call-taker", "/api/v1/orders").json;
    assert_eq!(orders["data"].as_array().unwrap().len(), 1, "nothing was made, nothing was lost");
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn wrong_requests_are_refused_by_name() {
    let hotline = Hotline::start();
    let (id, _) = unpaid_wages(&hotline);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let post =
        |path: &str, body: &str| hotline.call("dispatcher", "POST", path, &[], body.as_bytes());
    let table = [
        (
            "a form",
            hotline.call("call-taker", "POST", "/api/v1/orders", &form, b"content=x"),
            415,
            "application/json",
        ),
        (
            "a packed body",
            hotline.call(
                "call-taker",
                "POST",
                "/api/v1/orders",
                &[("content-encoding", "gzip")],
                br#"{"content":"x"}"#,
            ),
            415,
            "Content-Encoding",
        ),
        (
            "another JSON",
            hotline.call(
                "call-taker",
                "POST",
                "/api/v1/orders",
                &[("content-type", "application/jsonfoo")],
                br#"{"content":"x"}"#,
            ),
            415,
            "application/json",
        ),
        ("a path that is no text", hotline.get("admin", "/api/v1/orders/%ff"), 400, "not UTF-8"),
        ("an id with a sign", hotline.get("admin", "/api/v1/orders/+1"), 404, "no such order"),
        ("no such order", hotline.get("admin", "/api/v1/orders/999"), 404, "no such order"),
        ("no such id", hotline.get("admin", "/api/v1/orders/abc"), 404, "no such order"),
        ("no such path", hotline.get("admin", "/api/v1/nowhere"), 404, "no such path"),
        (
            "wrong method",
            hotline.call("admin", "DELETE", "/api/v1/orders", &[], b""),
            405,
            "method",
        ),
        (
            "no such status",
            hotline.get("admin", "/api/v1/orders?status=lost"),
            400,
            "not one of triage",
        ),
        (
            "no such unit",
            hotline.get("admin", "/api/v1/orders?unit=nowhere"),
            400,
            "unit: no such unit",
        ),
        ("bad time", hotline.get("admin", "/api/v1/orders?due_before=soon"), 400, "RFC 3339"),
        ("bad cursor", hotline.get("admin", "/api/v1/orders?cursor=zz"), 400, "cursor"),
        ("bad limit", hotline.get("admin", "/api/v1/orders?limit=0"), 400, "not between 1 and 200"),
        (
            "unknown parameter",
            hotline.get("admin", "/api/v1/orders?stat=x"),
            400,
            "stat: is not known",
        ),
        (
            "no such inbox",
            hotline.get("admin", "/api/v1/departments/nowhere/inbox"),
            404,
            "no such unit",
        ),
        (
            "bad position",
            hotline.call("admin", "GET", "/api/v1/events", &[("last-event-id", "x")], b""),
            400,
            "Last-Event-ID",
        ),
        (
            "bad If-Match",
            hotline.call(
                "dispatcher",
                "POST",
                &format!("/api/v1/orders/{id}/close"),
                &[("if-match", "7")],
                b"",
            ),
            400,
            "If-Match",
        ),
        (
            "unknown lead",
            post(&format!("/api/v1/orders/{id}/dispatch"), r#"{"lead":"nowhere"}"#),
            422,
            "lead: no such unit",
        ),
        (
            "unknown co-unit",
            post(
                &format!("/api/v1/orders/{id}/dispatch"),
                r#"{"lead":"petitions","co_units":["x"]}"#,
            ),
            422,
            "co_units: no such unit",
        ),
        (
            "verdict without reach",
            post(&format!("/api/v1/orders/{id}/callback"), r#"{"reached":false,"solved":true}"#),
            422,
            "reached",
        ),
        (
            "close before reply",
            post(&format!("/api/v1/orders/{id}/close"), "{}"),
            409,
            "cannot be closed now",
        ),
        (
            "long key",
            hotline.call(
                "call-taker",
                "POST",
                "/api/v1/orders",
                &[("idempotency-key", &"k".repeat(201))],
                br#"{"content":"x"}"#,
            ),
            400,
            "Idempotency-Key",
        ),
        (
            "two keys",
            hotline.call(
                "call-taker",
                "POST",
                "/api/v1/orders",
                &[("idempotency-key", "a"), ("idempotency-key", "b")],
                br#"{"content":"x"}"#,
            ),
            400,
            "Idempotency-Key: is there twice",
        ),
        (
            "no article title",
            hotline.call(
                "admin",
                "PUT",
                "/api/v1/knowledge/a",
                &[],
                r#"{"title":"","body":"b"}"#.as_bytes(),
            ),
            422,
            "title: is empty",
        ),
        (
            "bad article date",
            hotline.call(
                "admin",
                "PUT",
                "/api/v1/knowledge/a",
                &[],
                r#"{"title":"t","body":"b","valid_to":"x"}"#.as_bytes(),
            ),
            422,
            "valid_to",
        ),
        (
            "no such article",
            hotline.get("admin", "/api/v1/knowledge/none"),
            404,
            "no such article",
        ),
        (
            "an answer by no article",
            hotline.post(
                "call-taker",
                "/api/v1/orders",
                &json!({"content": "居住证怎么办", "kind": "consultation", "answer": {"text": "答", "article": "x"}}),
            ),
            422,
            "answer.article: no such article",
        ),
        ("search nothing", hotline.get("admin", "/api/v1/knowledge?limit=5"), 400, "query"),
    ];
    for (what, answer, status, words) in table {
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        let detail = answer.json["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(words), "{what}: {detail}");
    }
}

#[test]
fn wrong_commands_end_with_a_code_and_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let data = path("data");
    let table: &[(&str, Vec<&str>, i32, &str)] = &[
        ("no district", vec!["serve", "--data", &data], 2, "--sample or --district"),
        (
            "no such district",
            vec!["serve", "--district", "/nowhere", "--data", &data],
            2,
            "nowhere",
        ),
        (
            "not loopback",
            vec!["serve", "--sample", "--data", &data, "--listen", "0.0.0.0:0"],
            2,
            "loopback",
        ),
        ("no such folder", vec!["verify", "/nowhere"], 2, "not a folder"),
        ("no data", vec!["explain", "1", "--data", "/nowhere"], 2, "not a folder"),
        ("no role", vec!["token", "--role", "king", "--name", "x"], 2, "not one of call-taker"),
        ("load elsewhere", vec!["load", "--server", "10.0.0.1:80"], 2, "loopback"),
        ("mixed load without a handler", vec!["load", "--mix"], 2, "--handler-token"),
        ("no load to compare", vec!["load", "compare", "none.json", "none.json"], 2, "none.json"),
        ("a batch too large", vec!["load", "--batch", "5000"], 2, "--batch"),
        ("endless load", vec!["load", "--seconds", "999999"], 2, "--seconds"),
    ];
    for (what, arguments, code, words) in table {
        let ended = run(arguments);
        let error = String::from_utf8_lossy(&ended.stderr);
        assert!(!ended.status.success(), "{what}");
        assert!(error.contains(words), "{what}: {error}");
        assert_eq!(ended.status.code(), Some(*code), "{what}: {error}");
    }
}

#[test]
fn nobody_comes_in_without_a_known_token() {
    let hotline = Hotline::start();
    let open = hotline.get("", "/api/v1/orders");
    assert_eq!((open.status, open.json["code"].as_str()), (401, Some("unauthenticated")));
    let wrong =
        hotline.call("", "GET", "/api/v1/orders", &[("authorization", "Bearer guess")], b"");
    assert_eq!((wrong.status, &wrong.json["detail"]), (401, &json!("the token is not known")));
    assert_eq!(wrong.retry_after, None);
}
