//! What a hotline is asked for while it is under load: new orders alone, by the batch, or mixed with the work that orders make.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use hyper::Method;
use hyper::body::Bytes;
use serde::Deserialize;

use super::stories::Stories;
use crate::load_report::Work;

/// Orders that wait in the load for their next step; of more, the oldest are left as they are.
const WAITING_MAX: usize = 100_000;
/// Units whose inboxes are read.
const UNITS_MAX: usize = 64;
/// Of a hundred turns of mixed work, those behind which each sort ends: 55 accept, 20 suggest, 10 sign, 10 reply or close, 5 read.
const MIX: [(u64, Work); 5] = [
    (55, Work::Accept),
    (75, Work::Suggest),
    (85, Work::Sign),
    (95, Work::Reply),
    (100, Work::Inbox),
];

/// A request to be sent.
pub(super) struct Asked {
    pub(super) work: Work,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) media: &'static str,
    pub(super) body: Bytes,
    /// New orders in it.
    pub(super) orders: u32,
    pub(super) is_urgent: bool,
    /// The order it is about.
    order: u64,
}

/// What the turns of a run ask for.
pub(super) struct Worker {
    pub(super) stories: Stories,
    pub(super) mixed: bool,
    pub(super) batch: u32,
    pub(super) urgent_every: u64,
    seed: u64,
    steps: Mutex<Steps>,
}

/// Orders by their next step, and units that have some.
#[derive(Default)]
struct Steps {
    to_sign: VecDeque<u64>,
    to_reply: VecDeque<u64>,
    to_close: VecDeque<u64>,
    units: Vec<String>,
}

/// What an answer says of the order that was made.
#[derive(Deserialize)]
struct Made {
    id: u64,
    status: String,
    lead: Option<Lead>,
}

#[derive(Deserialize)]
struct Lead {
    code: String,
}

impl Worker {
    pub(super) fn new(
        stories: Stories,
        seed: u64,
        mixed: bool,
        batch: u32,
        urgent_every: u64,
    ) -> Worker {
        Worker { stories, mixed, batch, urgent_every, seed, steps: Mutex::default() }
    }

    fn steps(&self) -> MutexGuard<'_, Steps> {
        self.steps.lock().expect("nothing panics while it holds the steps")
    }

    /// The request of a turn. What waits for nothing is a new order instead.
    pub(super) fn ask(&self, turn: u64) -> Asked {
        if !self.mixed {
            return self.accept(turn);
        }
        let drawn = mixed(turn ^ self.seed.rotate_left(32)) % 100;
        let work =
            MIX.iter().find(|(below, _)| drawn < *below).map_or(Work::Accept, |(_, work)| *work);
        match work {
            Work::Suggest => {
                let body = self.stories.question(turn).into();
                asked(Work::Suggest, Method::POST, "/api/v1/suggest".to_owned(), body, 0)
            }
            Work::Inbox => self.inbox(turn).unwrap_or_else(|| self.accept(turn)),
            Work::Sign => self.step(&[Work::Sign]).unwrap_or_else(|| self.accept(turn)),
            Work::Reply | Work::Close => {
                let mut steps = [Work::Reply, Work::Close];
                // Every other time the other way round.
                steps.rotate_left((drawn % 2) as usize);
                self.step(&steps).unwrap_or_else(|| self.accept(turn))
            }
            Work::Accept => self.accept(turn),
        }
    }

    fn accept(&self, turn: u64) -> Asked {
        let every = self.urgent_every;
        let is_urgent = every > 0 && turn.is_multiple_of(every);
        let mut body = String::new();
        if self.batch == 0 {
            self.stories.write_order(turn, is_urgent, &mut body);
            let path = "/api/v1/orders".to_owned();
            let order = asked(Work::Accept, Method::POST, path, body.into(), 0);
            return Asked { orders: 1, is_urgent, ..order };
        }
        for line in 0..u64::from(self.batch) {
            self.stories.write_order(turn * u64::from(self.batch) + line, false, &mut body);
            body.push('\n');
        }
        let path = "/api/v1/orders/batch".to_owned();
        let batch = asked(Work::Accept, Method::POST, path, body.into(), 0);
        Asked { orders: self.batch, media: "application/x-ndjson", ..batch }
    }

    fn inbox(&self, turn: u64) -> Option<Asked> {
        let steps = self.steps();
        let at = usize::try_from(turn).ok()?.checked_rem(steps.units.len())?;
        let path = format!("/api/v1/departments/{}/inbox", steps.units[at]);
        Some(asked(Work::Inbox, Method::GET, path, Bytes::new(), 0))
    }

    /// The first of these steps that an order waits for.
    fn step(&self, works: &[Work]) -> Option<Asked> {
        let mut steps = self.steps();
        let (work, order) =
            works.iter().find_map(|&work| Some((work, steps.of(work).pop_front()?)))?;
        let body = match work {
            Work::Reply => r#"{"public_text":"已到现场处理,情况属实,已整改。"}"#,
            _ => "{}",
        };
        let path = format!("/api/v1/orders/{order}/{}", work.word());
        Some(asked(work, Method::POST, path, Bytes::from_static(body.as_bytes()), order))
    }

    /// Learns from an answer what can be asked for next.
    pub(super) fn hear(&self, asked: &Asked, answer: &[u8]) {
        if !self.mixed {
            return;
        }
        let mut steps = self.steps();
        match asked.work {
            Work::Accept => {
                let made = serde_json::from_slice(answer).ok();
                let Some(Made { id, status, lead: Some(lead) }) = made else { return };
                if status == "dispatched" {
                    steps.put(Work::Sign, id);
                    if steps.units.len() < UNITS_MAX && !steps.units.contains(&lead.code) {
                        steps.units.push(lead.code);
                    }
                }
            }
            Work::Sign => steps.put(Work::Reply, asked.order),
            Work::Reply => steps.put(Work::Close, asked.order),
            Work::Suggest | Work::Close | Work::Inbox => {}
        }
    }
}

impl Steps {
    fn of(&mut self, work: Work) -> &mut VecDeque<u64> {
        match work {
            Work::Reply => &mut self.to_reply,
            Work::Close => &mut self.to_close,
            _ => &mut self.to_sign,
        }
    }

    fn put(&mut self, work: Work, order: u64) {
        let waiting = self.of(work);
        if waiting.len() == WAITING_MAX {
            waiting.pop_front();
        }
        waiting.push_back(order);
    }
}

fn asked(work: Work, method: Method, path: String, body: Bytes, order: u64) -> Asked {
    Asked {
        work,
        method,
        path,
        media: "application/json",
        body,
        orders: 0,
        is_urgent: false,
        order,
    }
}

/// SplitMix64: neighbours have nothing in common.
pub(super) fn mixed(value: u64) -> u64 {
    let mixed = value.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worker(mixed: bool, batch: u32) -> Worker {
        Worker::new(Stories::of_the_sample(1).unwrap(), 1, mixed, batch, 0)
    }

    #[test]
    fn mixed_work_has_its_shares_once_orders_wait() {
        let worker = worker(true, 0);
        let mut counts = std::collections::BTreeMap::new();
        for turn in 0..20_000 {
            let asked = worker.ask(turn);
            let made = format!(
                r#"{{"id":{turn},"status":"dispatched","lead":{{"code":"u","name":"x"}}}}"#
            );
            worker.hear(&asked, made.as_bytes());
            *counts.entry(asked.work).or_insert(0_u32) += 1;
        }
        let near = |work, percent: u32| {
            let count = counts[&work];
            assert!(count.abs_diff(percent * 200) < 300, "{work:?} {count}");
        };
        near(Work::Accept, 55);
        near(Work::Suggest, 20);
        near(Work::Sign, 10);
        near(Work::Reply, 5);
        near(Work::Close, 5);
        near(Work::Inbox, 5);
    }

    #[test]
    fn a_batch_holds_as_many_orders_as_it_says_and_each_stands_alone() {
        let asked = worker(false, 3).ask(5);
        let lines: Vec<serde_json::Value> = std::str::from_utf8(&asked.body)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!((asked.orders, lines.len()), (3, 3));
        assert_ne!(lines[0]["content"], lines[1]["content"]);
    }
}
