//! `GET /orders/{id}/explain`: what moved a due, and which rung of arbitration has an order, for programs.

use serde_json::{Value, json};

use crate::desk::Hotline;
use crate::tour::unpaid_wages;

#[test]
fn an_extension_leads_from_the_old_due_to_the_new_one() {
    let mut hotline = Hotline::start();
    hotline.hire("human-resources");
    hotline.stop();
    hotline.again();
    let (id, _) = unpaid_wages(&hotline);
    let path = format!("/api/v1/orders/{id}");
    let ask = |role: &str, action: &str, body: Value| {
        let answer = hotline.post(role, &format!("{path}/{action}"), &body);
        assert_eq!(answer.status, 200, "{answer:?}");
    };
    ask("human-resources", "sign", json!({}));
    ask("human-resources", "extend", json!({"working_days": 3, "reason": "取证"}));
    ask("supervisor", "decide-extension", json!({"granted": true}));
    ask("human-resources", "pause", json!({"reason": "force-majeure", "note": "台风"}));

    let explained = hotline.get("human-resources", &format!("{path}/explain")).json;
    assert_eq!(explained["arbitration"], Value::Null);
    let handle = explained["dues"].as_array().unwrap().iter().find(|due| due["stage"] == "handle");
    let handle = handle.unwrap();
    let moves = handle["moves"].as_array().unwrap();
    assert_eq!([&moves[0]["cause"], &moves[1]["cause"]], ["extension", "pause"]);
    let way = &moves[0]["way"];
    assert_eq!(way["from"], handle["due"]["original"]);
    assert_eq!(way["to"], handle["due"]["current"]);
    assert_eq!((&way["clock"], &way["more"]), (&json!("working-days"), &json!(3)));
    let last = way["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(last["day"].as_str().unwrap(), &way["to"].as_str().unwrap()[..10]);
    assert_eq!(moves[1]["way"], Value::Null, "the pause lasts");
}

#[test]
fn an_order_that_was_returned_twice_says_which_rung_has_it() {
    let mut hotline = Hotline::start();
    hotline.hire("human-resources");
    hotline.hire("education");
    hotline.stop();
    hotline.again();
    let (id, _) = unpaid_wages(&hotline);
    let path = format!("/api/v1/orders/{id}");
    let refuse = |unit: &str, suggested: &str| {
        let reason = json!({
            "reason": "not-our-duty", "suggested_unit": suggested, "evidence": "不属本单位",
        });
        let returned = hotline.post(unit, &format!("{path}/return"), &reason);
        assert_eq!(returned.status, 200, "{returned:?}");
    };
    refuse("human-resources", "education");
    let given =
        hotline.post("dispatcher", &format!("{path}/dispatch"), &json!({"lead": "education"}));
    assert_eq!(given.status, 200, "{given:?}");
    refuse("education", "civil-affairs");
    let explained = hotline.get("dispatcher", &format!("{path}/explain")).json;
    let rung = &explained["arbitration"];
    assert_eq!((&rung["rung"], &rung["name"]), (&json!(1), &json!("热线机构会商")));
    let last = rung["way"]["steps"].as_array().unwrap().last().unwrap();
    assert_eq!(last["day"].as_str().unwrap(), &rung["due"].as_str().unwrap()[..10]);
}

/// It is taken, overdue and red at once, with the unit that has it named; and the way back from the city's due is told.
#[test]
fn what_the_city_passes_down_too_late_is_overdue_at_once() {
    const LATE: &str = "2020-03-06T17:00:00+08:00";
    let hotline = Hotline::start();
    let order = |due: &str, number: &str| {
        json!({
            "content": "路灯不亮", "kind": "help", "channel": "upstream",
            "upstream": { "number": number, "due": due },
        })
    };
    let late = order(LATE, "市0001");
    let made = hotline.post("integration", "/api/v1/orders", &late);
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.json["overdue"], json!(["handle"]));
    // Blanks around a number make no other one.
    let again = hotline.post("integration", "/api/v1/orders", &order(LATE, " 市0001 "));
    assert_eq!((again.status, &again.json["id"]), (200, &made.json["id"]), "{again:?}");
    let red = &made.json["escalations"][0];
    assert_eq!((&red["rung"], &red["unit"]), (&json!("red"), &Value::Null), "triage has it");
    let told = hotline.watch("dispatcher", Some(0), 1);
    assert_eq!(told[0].2["rung"], "red", "{told:?}");
    let path = format!("/api/v1/orders/{}/explain", made.json["id"]);
    let explained = hotline.get("dispatcher", &path).json;
    let handle = explained["dues"].as_array().unwrap().iter().find(|due| due["stage"] == "handle");
    let above = &handle.unwrap()["above"];
    assert_eq!(above["due"], LATE);
    assert_eq!(above["steps"][0]["day"], "2020-03-06");

    let nonsense = order("0206-03-06T17:00:00+08:00", "市0002");
    let refused = hotline.post("integration", "/api/v1/orders", &nonsense);
    assert_eq!(refused.status, 422, "{refused:?}");
    assert_eq!(refused.json["errors"][0]["pointer"], "/upstream/due");
}

/// An urgent order is to be done within a day, and so it is to be signed for by then, though signing has a working day.
#[test]
fn a_due_that_handling_cut_short_is_told_day_by_day_by_its_own_rule() {
    let hotline = Hotline::start();
    let order = json!({
        "content": "整栋楼停水了", "kind": "help", "urgency": "urgent", "matter": "公用事业/供水/停水",
    });
    let made = hotline.post("call-taker", "/api/v1/orders", &order);
    assert_eq!(made.status, 201, "{made:?}");
    let path = format!("/api/v1/orders/{}/explain", made.json["id"]);
    let explained = hotline.get("dispatcher", &path).json;
    let of = |stage: &str| {
        let dues = explained["dues"].as_array().unwrap();
        dues.iter().find(|due| due["stage"] == stage).unwrap().clone()
    };
    let (sign, handle) = (of("sign"), of("handle"));
    assert_eq!(sign["due"]["current"], handle["due"]["current"]);
    assert!(sign["note"].as_str().unwrap().starts_with("不晚于派单时的办理时限"), "{sign}");
    assert!(sign["explained"]["due"].as_str() > handle["due"]["current"].as_str(), "{sign}");
    assert_eq!(sign["explained"]["rule"]["limit"], "1 个工作日");
    assert!(!sign["explained"]["steps"].as_array().unwrap().is_empty());
}

/// No row is about the field as a whole: a dispatcher gives such orders to a unit, and what that closed fills the gap.
#[test]
fn a_gap_of_the_list_is_filled_by_what_a_unit_kept_and_the_explanation_says_so() {
    let mut hotline = Hotline::start();
    hotline.hire("urban-management");
    hotline.stop();
    hotline.again();
    let order = json!({ "content": "请转城管部门处理一下", "kind": "help", "matter": "城市管理" });
    let act = |role: &str, path: &str, action: &str, body: Value| {
        let answer = hotline.post(role, &format!("{path}/{action}"), &body);
        assert_eq!(answer.status, 200, "{action}: {answer:?}");
    };
    for _ in 0..5 {
        let made = hotline.post("call-taker", "/api/v1/orders", &order).json;
        assert_eq!(made["triage"]["reason"], "no-duty-row", "{made}");
        let path = format!("/api/v1/orders/{}", made["id"]);
        act("dispatcher", &path, "dispatch", json!({ "lead": "urban-management" }));
        act("urban-management", &path, "sign", json!({}));
        act("urban-management", &path, "reply", json!({ "public_text": "已处理" }));
        act("call-taker", &path, "callback", json!({ "reached": false }));
        act("call-taker", &path, "close", json!({}));
    }
    let made = hotline.post("call-taker", "/api/v1/orders", &order).json;
    assert_eq!(made["lead"]["code"], "urban-management", "{made}");
    assert_eq!(made["dispatch"]["row"], Value::Null);
    assert_eq!(made["dispatch"]["confidence"], 0.8571);

    // Readers see what the writer knew a second ago.
    let known = json!({ "kept": 5, "refused": 0 });
    let path = format!("/api/v1/orders/{}", made["id"]);
    let shown = |it: &Value| it["dispatch"]["precedents"] == known;
    hotline.report_with("dispatcher", &path, shown);
    let explained = hotline.get("dispatcher", &format!("{path}/explain")).json;
    assert_eq!(explained["decision"]["precedents"], known, "{explained}");
    let text = explained["text"].as_str().unwrap();
    assert!(text.contains("清单未列,依前例:近期同事项(地点不明)办结 5 件、退回 0 件"), "{text}");
    let suggested = hotline.post("call-taker", "/api/v1/suggest", &order).json;
    assert_eq!(suggested["lead"]["code"], "urban-management", "{suggested}");
    assert_eq!((&suggested["precedents"], &suggested["triage"]), (&known, &Value::Null));
}
