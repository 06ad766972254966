//! The real binary where the system gives it no more memory: it ends, and what it acknowledged is there at the next start.

use serde_json::{Value, json};

use crate::desk::Hotline;

/// What the process may have, in KiB: some more than it needs to begin (1,100,000 with two cores are too few: the allocator takes
/// addresses by the gigabyte), and room for the threads of each core.
fn address_space() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("ulimit -v {}", 1_250_000 + 125_000 * cores)
}
/// Orders until it ends; each leaves 60 kB of text, so that half of these would do.
const ORDERS_MAX: usize = 40_000;
/// Orders between two looks at whether it still runs.
const CLIENTS: usize = 4;

/// An order nearly as long as one may be.
fn long(key: &str) -> Value {
    json!({"title": key, "content": "长".repeat(19_900) + key, "kind": "help"})
}

/// Accepts under a key; the status and the order, or none when nobody answers.
fn accept(agent: &ureq::Agent, hotline: &Hotline, key: &str) -> Option<(u16, u64)> {
    let sent = agent
        .post(format!("http://{}/api/v1/orders", hotline.address))
        .header("authorization", format!("Bearer {}", hotline.token("call-taker")))
        .header("idempotency-key", key)
        .send_json(long(key));
    let mut answer = sent.ok()?;
    let json: Value = answer.body_mut().read_json().ok()?;
    Some((answer.status().as_u16(), json["id"].as_u64()?))
}

/// Acknowledged orders by their keys, until nobody answers or there are so many.
fn load(hotline: &Hotline, name: &str, orders: usize) -> Vec<(String, u64)> {
    let acknowledged = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            let acknowledged = &acknowledged;
            scope.spawn(move || {
                let agent = ureq::Agent::new_with_defaults();
                for turn in 0..orders / CLIENTS {
                    let key = format!("{name}-{client}-{turn}");
                    let Some((_, order)) = accept(&agent, hotline, &key) else { break };
                    acknowledged.lock().unwrap().push((key, order));
                }
            });
        }
    });
    acknowledged.into_inner().unwrap()
}

#[test]
fn where_memory_ends_nothing_acknowledged_is_lost_and_without_the_limit_it_does_not_end() {
    let mut hotline = Hotline::start();
    assert!(hotline.stop());
    hotline.again_behind(&address_space());
    let acknowledged = load(&hotline, "short", ORDERS_MAX);
    let most = acknowledged.len();
    assert!(most > 0 && most < ORDERS_MAX, "the limit was not reached: {most} orders");
    // It is gone, and not merely silent.
    let ended = hotline.ended();
    assert_ne!(ended, Some(0), "{}", hotline.log());

    hotline.again_behind("true");
    let agent = ureq::Agent::new_with_defaults();
    for (key, order) in &acknowledged {
        assert_eq!(accept(&agent, &hotline, key), Some((200, *order)), "{key}");
    }
    // The control: it was the limit that ended it.
    let more = load(&hotline, "ample", most);
    assert_eq!(more.len(), most / CLIENTS * CLIENTS);
    println!("{most} acknowledged before memory ended (exit code {ended:?}), none lost");
    assert!(hotline.stop());
}
