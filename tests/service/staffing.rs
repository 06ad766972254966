//! Handlers of a unit over HTTP: an order is given to one, his inbox shows it, and the unit gives it to another.

use serde_json::{Value, json};

use crate::desk::Hotline;

const INBOX: &str = "/api/v1/departments/agriculture-water/inbox";

fn ids(page: &Value) -> Vec<u64> {
    page["data"].as_array().unwrap().iter().map(|order| order["id"].as_u64().unwrap()).collect()
}

#[test]
fn a_waiting_order_is_given_to_a_handler_and_the_unit_gives_it_to_another() {
    let mut hotline = Hotline::start();
    hotline.appoint("handler", "water-01", "agriculture-water");
    hotline.stop();
    hotline.again();
    let water = json!({"content": "停水了", "kind": "help", "matter": "公用事业/供水/停水"});
    let made = hotline.post("call-taker", "/api/v1/orders", &water);
    assert_eq!(made.status, 201, "{:?}", made.json);
    let due = made.json["due"]["handle"]["current"].as_str().unwrap();
    assert!(made.json["start_by"].as_str().unwrap() < due, "there is work to be done by then");

    let heard = hotline.watch("water-01", Some(0), 2);
    let names: Vec<&str> = heard.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(names, ["dispatched", "assigned"]);
    // He who handles everything has the most room.
    assert_eq!(heard[1].2["handler"], json!({"account": "duty-01", "name": "综合岗"}));
    let id = heard[1].2["order"].as_u64().unwrap();
    let inbox = |query: &str| hotline.get("water-01", &format!("{INBOX}{query}"));
    assert_eq!(ids(&inbox("?handler=duty-01").json), [id]);
    assert_eq!(ids(&inbox("?handler=me").json), [0_u64; 0]);

    let path = format!("/api/v1/orders/{id}/assign");
    let assign = |body: Value| hotline.post("water-01", &path, &body);
    let given = assign(json!({"handler": "water-01"}));
    assert_eq!((given.status, &given.json["handler"]["account"]), (200, &json!("water-01")));
    assert_eq!(ids(&inbox("?handler=me").json), [id]);
    assert_eq!(ids(&inbox("?handler=duty-01").json), [0_u64; 0]);
    assert_eq!(ids(&inbox("").json), [id]);

    let again = assign(json!({"handler": "water-01"}));
    assert_eq!((again.status, &again.json["code"]), (409, &json!("not-possible")));
    let unknown = assign(json!({"handler": "power-01"}));
    let pointer = &unknown.json["errors"][0]["pointer"];
    assert_eq!((unknown.status, pointer), (422, &json!("/handler")));
    assert_eq!(assign(json!({})).status, 422, "nobody is said, not left out");
    assert_eq!(inbox("?handler=power-01").status, 400);
    assert_eq!(hotline.post("call-taker", &path, &json!({"handler": null})).status, 403);
    let taken = assign(json!({"handler": null}));
    assert_eq!((taken.status, taken.json["handler"].is_null()), (200, true));
}

#[test]
fn an_urgent_order_stands_above_those_that_came_before_it() {
    let hotline = Hotline::start();
    let accept = |content: &str, urgency: &str| {
        let order = json!({
            "content": content, "kind": "help", "matter": "公用事业/供水/停水", "urgency": urgency
        });
        let made = hotline.post("call-taker", "/api/v1/orders", &order);
        assert_eq!(made.status, 201, "{:?}", made.json);
        made.json["id"].as_u64().unwrap()
    };
    let first = accept("三楼停水了", "normal");
    let second = accept("五楼停水了", "normal");
    let urgent = accept("整栋楼停水了", "urgent");
    let inbox = hotline.get("supervisor", INBOX);
    // By the call to the citizen that is due within two hours; the others by their signatures.
    assert_eq!(ids(&inbox.json), [urgent, first, second]);
}
