//! Live assignments: in order, within rights, resumed without gap or repeat, over a restart too.

use serde_json::json;

use crate::desk::Hotline;
use crate::tour::unpaid_wages;

#[test]
fn a_watcher_who_comes_back_misses_nothing_and_hears_nothing_twice() {
    let mut hotline = Hotline::start();
    hotline.hire("human-resources");
    hotline.stop();
    hotline.again();
    for _ in 0..6 {
        unpaid_wages(&hotline);
    }
    // From the very beginning: articles and the directory came first and are nobody's events.
    let all = hotline.watch("human-resources", Some(0), 6);
    assert!(all.iter().all(|(_, name, _)| name == "dispatched"));
    let orders: Vec<u64> = all.iter().map(|(_, _, data)| data["order"].as_u64().unwrap()).collect();
    assert_eq!(orders, [1, 2, 3, 4, 5, 6]);
    assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0));

    let rest = hotline.watch("human-resources", Some(all[2].0), 3);
    assert_eq!(rest, all[3..]);

    hotline.kill();
    hotline.again();
    let after = hotline.watch("human-resources", Some(all[2].0), 3);
    assert_eq!(after, all[3..], "the same events after a crash");

    let (id, _) = unpaid_wages(&hotline);
    let signed = hotline.post("human-resources", &format!("/api/v1/orders/{id}/sign"), &json!({}));
    assert_eq!(signed.status, 200);
    let news = hotline.watch("human-resources", Some(all[5].0), 2);
    let names: Vec<&str> = news.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(names, ["dispatched", "signed"]);
    assert_eq!(news[1].2["order"], id);
}

#[test]
fn a_handler_who_comes_back_need_not_wait_for_what_concerns_others() {
    let mut hotline = Hotline::start();
    hotline.hire("taxation");
    hotline.stop();
    hotline.again();
    // More than is handed out at once, all for another unit.
    for _ in 0..300 {
        unpaid_wages(&hotline);
    }
    let vague = json!({"content": "你好,我想反映一个情况", "kind": "complaint"});
    let made = hotline.post("call-taker", "/api/v1/orders", &vague);
    let path = format!("/api/v1/orders/{}/dispatch", made.json["id"]);
    assert_eq!(hotline.post("dispatcher", &path, &json!({"lead": "taxation"})).status, 200);
    let heard = hotline.watch("taxation", Some(0), 1);
    assert_eq!(heard[0].2["order"], made.json["id"]);
}

#[test]
fn a_handler_hears_only_of_his_unit() {
    let mut hotline = Hotline::start();
    hotline.hire("human-resources");
    hotline.hire("taxation");
    hotline.stop();
    hotline.again();
    unpaid_wages(&hotline);
    let vague = json!({"content": "你好,我想反映一个情况", "kind": "complaint"});
    let made = hotline.post("call-taker", "/api/v1/orders", &vague);
    let path = format!("/api/v1/orders/{}/dispatch", made.json["id"]);
    assert_eq!(hotline.post("dispatcher", &path, &json!({"lead": "taxation"})).status, 200);
    let heard = hotline.watch("taxation", Some(0), 1);
    assert_eq!(heard[0].2["order"], made.json["id"], "not the other unit's order");
    let all = hotline.watch("dispatcher", Some(0), 3);
    let names: Vec<&str> = all.iter().map(|(_, name, _)| name.as_str()).collect();
    assert_eq!(names, ["dispatched", "triage", "dispatched"]);
}

#[test]
fn a_position_from_another_journal_is_told_to_start_over() {
    let hotline = Hotline::start();
    let heard = hotline.watch("dispatcher", Some(1_000_000), 1);
    assert_eq!(heard[0].1, "reset");
}
