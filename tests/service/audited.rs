//! Clients who write down every acknowledgement, until something ends the hotline among them; and the audit of what they hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};

use serde_json::{Value, json};

use crate::desk::{Hotline, run};

const CLIENTS: usize = 8;
/// Acknowledged orders before each end.
pub(crate) const ACKNOWLEDGED: usize = 40;

/// Orders by the key of the request that was acknowledged.
pub(crate) type Acknowledged = BTreeMap<String, u64>;

/// Several clients send orders, each under its own key, until `end` has ended the hotline among them. What is answered after
/// `end` has said that nothing counts any more is no acknowledgement.
pub(crate) fn load_until(
    hotline: &mut Hotline,
    round: usize,
    end: impl FnOnce(&mut Hotline, &AtomicBool),
) -> Acknowledged {
    let enough = Barrier::new(2);
    let (counted, ended) = (AtomicUsize::new(0), AtomicBool::new(false));
    let is_void = AtomicBool::new(false);
    let seen = Mutex::new(BTreeMap::new());
    let address = hotline.address.clone();
    let token = hotline.token("call-taker").to_owned();
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let (seen, counted, ended, enough) = (&seen, &counted, &ended, &enough);
            let is_void = &is_void;
            let (address, token) = (&address, &token);
            scope.spawn(move || {
                let agent = ureq::Agent::new_with_defaults();
                for turn in 0.. {
                    let key = format!("{round}-{client}-{turn}");
                    // An error is the end: this request was not acknowledged.
                    let Some(id) = send(&agent, address, token, &key) else { break };
                    if is_void.load(Ordering::SeqCst) {
                        break;
                    }
                    seen.lock().unwrap().insert(key, id);
                    if counted.fetch_add(1, Ordering::SeqCst) + 1 == ACKNOWLEDGED {
                        enough.wait();
                    }
                    if ended.load(Ordering::SeqCst) {
                        break;
                    }
                }
            });
        }
        enough.wait();
        end(hotline, &is_void);
        ended.store(true, Ordering::SeqCst);
    });
    seen.into_inner().unwrap()
}

fn send(agent: &ureq::Agent, address: &str, token: &str, key: &str) -> Option<u64> {
    let answer = agent
        .post(format!("http://{address}/api/v1/orders"))
        .header("authorization", format!("Bearer {token}"))
        .header("idempotency-key", key)
        .content_type("application/json")
        .send(order(key).to_string());
    let id = answer.ok()?.body_mut().read_json::<Value>().ok()?["id"].as_u64();
    Some(id.unwrap())
}

/// The same requests again: each names the order it made before.
pub(crate) fn audit(hotline: &Hotline, acknowledged: &Acknowledged, round: usize) {
    for (key, id) in acknowledged {
        assert_eq!(accept(hotline, key), Some((200, *id)), "{key} in round {round}");
    }
    let ids: BTreeSet<_> = acknowledged.values().collect();
    assert_eq!(ids.len(), acknowledged.len(), "no order stands for two requests");
}

/// Stops the hotline; its state is what the journal replays to, with at least the acknowledged orders.
pub(crate) fn audit_replay(mut hotline: Hotline, acknowledged: &Acknowledged) {
    assert!(hotline.stop());
    let log = hotline.log();
    let live = log.split("digest=").last().unwrap().split_whitespace().next().unwrap();
    let verified = run(&["verify", hotline.data().to_str().unwrap(), "--json"]);
    let report: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(live, report["digest"].as_str().unwrap(), "replay equals live");
    assert!(report["orders"].as_u64().unwrap() >= acknowledged.len() as u64);
}

/// Sends a request under a key; gives the answer's status and the order.
pub(crate) fn accept(hotline: &Hotline, key: &str) -> Option<(u16, u64)> {
    let body = order(key).to_string();
    let headers = [("idempotency-key", key)];
    let answer = hotline.call("call-taker", "POST", "/api/v1/orders", &headers, body.as_bytes());
    assert!(answer.status < 300, "{answer:?}");
    Some((answer.status, answer.json["id"].as_u64()?))
}

fn order(key: &str) -> Value {
    json!({"title": key, "content": format!("第 {key} 单:路灯不亮,晚上看不见路"), "channel": "web"})
}
