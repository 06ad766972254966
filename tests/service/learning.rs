//! A running hotline and its candidate: it predicts beside the serving model, takes over by a signal, and goes again.

use std::time::{Duration, Instant};

use hotline::district::District;
use hotline::learning::Serving;
use hotline::model_cards::Cards;
use hotline::recovery::{self, DataFolder};
use hotline_engine::order::OrderId;
use serde_json::json;

use crate::desk::{Hotline, run};
use crate::reload::reload;

/// A vague story that a dispatcher decides on; gives the order.
fn decided(hotline: &Hotline) -> u64 {
    let vague = json!({"content": "你好,我想反映一个情况", "kind": "complaint"});
    let made = hotline.post("call-taker", "/api/v1/orders", &vague);
    assert_eq!((made.status, made.json["status"].as_str()), (201, Some("triage")), "{made:?}");
    let id = made.json["id"].as_u64().unwrap();
    let matter = "城市管理/市容环境/占道经营";
    let decision = json!({"lead": "urban-management", "co_units": [], "matter": matter});
    let sent = hotline.post("dispatcher", &format!("/api/v1/orders/{id}/dispatch"), &decision);
    assert_eq!(sent.status, 200, "{sent:?}");
    id
}

/// Waits until a figure for operators is there.
fn figure(hotline: &Hotline, line: &str) {
    let begun = Instant::now();
    loop {
        let metrics = hotline.get("", "/metrics").json;
        if metrics.as_str().is_some_and(|text| text.contains(line)) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "no {line} in {metrics}");
    }
}

fn told(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_candidate_predicts_beside_the_serving_model_takes_over_by_a_signal_and_goes_again() {
    let mut hotline = Hotline::start();
    let data = hotline.data().to_str().unwrap().to_owned();
    let first = decided(&hotline);
    let learnt = told(&["model", "learn", &data, "--by", "试"]);
    let id = learnt.split_whitespace().nth(1).unwrap().to_owned();
    reload(&hotline, "predicts beside the serving model");
    decided(&hotline);
    figure(&hotline, "hotline_first_choice_total{by=\"people\"} 2");
    figure(&hotline, &format!("hotline_candidate_orders_total{{candidate=\"{id}\",right="));
    assert!(told(&["model", "list", &data]).contains(&format!("{id}  candidate")));

    // Two orders prove nothing to the command: it is put in force by hand.
    let refused = run(&["model", "promote", &data, &id]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let folder = DataFolder::at(&data);
    let base = Serving::of(&folder, &District::sample().unwrap()).unwrap().card;
    Cards::of(&folder).promote(&id, Some(&base)).unwrap();
    reload(&hotline, "are in force");
    let by_candidate = decided(&hotline);
    assert!(told(&["model", "list", &data]).contains(&format!("{id}  serving")));

    told(&["model", "rollback", &data]);
    reload(&hotline, "are in force");
    let by_base = decided(&hotline);
    assert!(hotline.stop());
    let state = recovery::read(&folder).unwrap();
    let model = |order| state.order(OrderId(order)).unwrap().classification.model.clone();
    assert_eq!(model(first), base.id);
    assert_eq!(model(by_candidate), id);
    assert_eq!(model(by_base), base.id);
    assert!(told(&["model", "drift", &data]).contains("week of"));
}
