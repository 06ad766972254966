//! Ten million alarms in the set that the engine wakes orders by: what putting one in, taking one out and waking one costs, and
//! how many bytes each takes; beside it a sorted set of the standard library, in the same run.
//! `cargo bench --bench timers -- --help` tells the load.
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "what it is for")]

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Instant;

use clap::Parser;
use hotline_engine::alarms::Alarms;
use hotline_engine::order::OrderId;
use hotline_engine::time::Timestamp;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser, Debug)]
struct Args {
    /// Alarms that live at once
    #[arg(long, default_value_t = 10_000_000)]
    alarms: u64,
    /// One case alone, in a process of its own: so that memory is told apart
    #[arg(long, hide = true)]
    case: Option<usize>,
    /// Cargo says so
    #[arg(long, hide = true)]
    bench: bool,
}

/// 2026-03-02 at eight o'clock.
const START_MS: i64 = 1_772_409_600_000;
const DAY_MS: i64 = 86_400_000;
/// Limits in days that orders have, as profiles give them: signing, contact, handling of consultations and of complaints.
const LIMITS_DAYS: [i64; 6] = [1, 2, 5, 7, 15, 21];
/// All are accepted within so many days.
const ACCEPTED_DAYS: i64 = 5;
/// Of a hundred, those that are due at the end of an office day: all at one instant.
const AT_THE_END_PERCENT: u64 = 20;
/// Of the alarms, those that are taken out before their time, as when an order is closed.
const MOVED: u64 = 1_000_000;

trait Set: Default {
    fn put(&mut self, at: Timestamp, order: OrderId);
    fn take(&mut self, at: Timestamp, order: OrderId) -> bool;
    fn first(&self) -> Option<(Timestamp, OrderId)>;
}

impl Set for Alarms {
    fn put(&mut self, at: Timestamp, order: OrderId) {
        assert!(self.insert(at, order));
    }

    fn take(&mut self, at: Timestamp, order: OrderId) -> bool {
        self.remove(at, order)
    }

    fn first(&self) -> Option<(Timestamp, OrderId)> {
        self.iter().next()
    }
}

impl Set for BTreeSet<(Timestamp, OrderId)> {
    fn put(&mut self, at: Timestamp, order: OrderId) {
        assert!(self.insert((at, order)));
    }

    fn take(&mut self, at: Timestamp, order: OrderId) -> bool {
        self.remove(&(at, order))
    }

    fn first(&self) -> Option<(Timestamp, OrderId)> {
        BTreeSet::first(self).copied()
    }
}

/// SplitMix64 of a turn.
fn drawn(turn: u64) -> u64 {
    let mixed = turn.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

/// When a hotline wakes an order: accepted one after the other, each with one of the limits.
fn of_a_hotline(turn: u64, count: u64) -> Timestamp {
    let roll = drawn(turn);
    let accepted =
        START_MS + (u128::from(turn) * (ACCEPTED_DAYS * DAY_MS) as u128 / u128::from(count)) as i64;
    let due = accepted + LIMITS_DAYS[(roll % 6) as usize] * DAY_MS;
    let at_the_end = roll / 6 % 100 < AT_THE_END_PERCENT;
    Timestamp::of_ms(if at_the_end { due - due % DAY_MS + 9 * 3_600_000 + 1_800_000 } else { due })
}

/// Anywhere in the same month, in no order: the worst for every cache.
fn anywhere(turn: u64, _: u64) -> Timestamp {
    Timestamp::of_ms(START_MS + (drawn(turn) % (26 * DAY_MS) as u64) as i64)
}

fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

/// Nanoseconds each, and what came of it.
fn each<T>(count: u64, work: impl FnOnce() -> T) -> (f64, T) {
    let began = Instant::now();
    let done = work();
    (began.elapsed().as_nanos() as f64 / count as f64, done)
}

fn measured<S: Set>(name: &str, count: u64, due: fn(u64, u64) -> Timestamp) {
    // Made before: the drawing is not what is measured.
    let dues: Vec<Timestamp> = (0..count).map(|turn| due(turn, count)).collect();
    let before = resident_bytes();
    let mut set = S::default();
    let (insert, ()) = each(count, || {
        for (turn, &at) in (0..).zip(&dues) {
            set.put(at, OrderId(turn));
        }
    });
    let bytes = resident_bytes().saturating_sub(before) as f64 / count as f64;
    let mut gone = vec![false; dues.len()];
    let drawn = (0..MOVED.min(count)).map(|turn| drawn(turn ^ 7) % count);
    let first = drawn.filter(|&turn| !std::mem::replace(&mut gone[turn as usize], true));
    // Whoever takes one out has its order at hand.
    let moved: Vec<(Timestamp, OrderId)> =
        first.map(|turn| (dues[turn as usize], OrderId(turn))).collect();
    let taken = moved.len() as u64;
    let (cancel, ()) = each(taken, || {
        for &(at, order) in &moved {
            assert!(set.take(at, order));
        }
    });
    let left = count - taken;
    let (expiry, woken) = each(left, || {
        let mut woken = 0_u64;
        let mut last = Timestamp::of_ms(i64::MIN);
        while let Some((at, order)) = set.first() {
            assert!(at >= last && set.take(at, order));
            last = at;
            woken += 1;
        }
        woken
    });
    assert_eq!(woken, left);
    println!(
        "{name:44} insert {insert:4.0} ns, cancel {cancel:4.0} ns, expiry {expiry:4.0} ns, {bytes:3.0} bytes each"
    );
}

/// A name, and what is measured under it.
type Case = (&'static str, fn(&str, u64));

fn main() {
    let Args { alarms, case, .. } = Args::parse();
    let cases: [Case; 4] = [
        ("the engine's, as a hotline brings them", |name, count| {
            measured::<Alarms>(name, count, of_a_hotline);
        }),
        ("a sorted set, as a hotline brings them", |name, count| {
            measured::<BTreeSet<_>>(name, count, of_a_hotline);
        }),
        ("the engine's, anywhere in a month", |name, count| {
            measured::<Alarms>(name, count, anywhere);
        }),
        ("a sorted set, anywhere in a month", |name, count| {
            measured::<BTreeSet<_>>(name, count, anywhere);
        }),
    ];
    if let Some((name, measure)) = case.map(|case| cases[case]) {
        return measure(name, alarms);
    }
    println!("{alarms} alarms; wanted: insert 100 ns, cancel 150, expiry 600, 32 bytes");
    for case in 0..cases.len() {
        let own = ["--alarms", &alarms.to_string(), "--case", &case.to_string()].map(str::to_owned);
        let ended = Command::new(std::env::current_exe().unwrap()).args(own).status().unwrap();
        assert!(ended.success());
    }
}
