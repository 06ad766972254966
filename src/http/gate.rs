//! Turns requests away before they cost anything, when more come in than can be answered in time.
//!
//! New orders have so many places, taken until they are on disk: more would only wait longer. And the threads may be short:
//! the sign is that for a whole interval no turn at them came within the target. Then extras go first (suggestions,
//! search, reports), then ever more of the new orders, at last lists. Urgent orders, and work on orders that are there,
//! are never turned away for either: they have bounds of their own. Knows no texts, and not who asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::{Semaphore, SemaphorePermit};
use tracing::{info, warn};

use super::App;
use super::problem::Problem;

/// A turn at the threads that comes later is a queue: less than half of the 50 ms in which an order is to be accepted.
const TURN_TARGET: Duration = Duration::from_millis(20);
/// A queue that is gone once in this time was a burst, and harms nobody.
const INTERVAL: Duration = Duration::from_millis(100);
/// And one turn alone may be late because the machine stood still.
const TURNS_MIN: u32 = 3;
/// How often a turn is asked for.
const PROBE_EVERY: Duration = Duration::from_millis(5);
/// All new orders, in thousandths.
const ALL: u32 = 1_000;
/// Something always gets through, or nobody would notice that it is over.
const LEAST: u32 = 10;
/// What is let through more after an interval without a queue: from the least to all in 1.3 s.
const STEP_MIN: u32 = 50;

/// New orders at once that are not urgent, from their text to the disk: at 10,000 a second they take 13 ms together. One sync
/// serves all of them, so that a disk of 50 ms still gives 2,500 a second.
const FRESH_MAX: usize = 128;
/// Batches of new orders at once: two are read while one is written and one is on its way.
const BATCHES_MAX: usize = 4;
/// Suggestions, searches and reports at once: the costliest there is, and nothing is lost when one is asked for again.
const EXTRAS_MAX: usize = 64;
/// Lists and orders read at once.
const READERS_MAX: usize = 1_024;
/// Actions on orders at once, the arrival of their bodies included: as many as may wait for the writer.
const HANDLING_MAX: usize = crate::lanes::HANDLING_MAX;

/// What a request is for, which says when it is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Health, figures, the operator's word, documents: never.
    Operation,
    /// Events: has a bound of its own.
    Watching,
    /// Signing, replying, closing …: by its number alone.
    Handling,
    /// Lists and single orders.
    Reading,
    /// New orders: judged when it is known whether they are urgent; batches of them when they have come in whole.
    Fresh,
    /// Suggestions, knowledge, reports, and what other systems send in bulk and can send again.
    Extra,
}

impl Class {
    fn of(method: &Method, path: &str) -> Class {
        let Some(path) = path.strip_prefix("/api/v1/") else { return Class::Operation };
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        match first {
            "clock" => Class::Operation,
            "events" => Class::Watching,
            "suggest" | "knowledge" | "reports" | "ratings" | "calls" => Class::Extra,
            "orders" if matches!(rest, "" | "batch") && method == Method::POST => Class::Fresh,
            _ if rest.ends_with("/similar") || rest.ends_with("/explain") => Class::Extra,
            _ if method == Method::GET || method == Method::HEAD => Class::Reading,
            _ => Class::Handling,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Class::Operation => "operation",
            Class::Watching => "watching",
            Class::Handling => "handling",
            Class::Reading => "reading",
            Class::Fresh => "new-orders",
            Class::Extra => "extras",
        }
    }
}

/// What may come in.
#[derive(Debug)]
pub(super) struct Gate {
    /// New orders that are let through, in thousandths.
    share: AtomicU32,
    /// Adds up the share: at each thousand one is let through.
    sum: AtomicU32,
    fresh: Semaphore,
    batches: Semaphore,
    extras: Semaphore,
    readers: Semaphore,
    handling: Semaphore,
}

impl Gate {
    pub(super) fn new() -> Gate {
        Gate {
            share: AtomicU32::new(ALL),
            sum: AtomicU32::new(0),
            fresh: Semaphore::new(FRESH_MAX),
            batches: Semaphore::new(BATCHES_MAX),
            extras: Semaphore::new(EXTRAS_MAX),
            readers: Semaphore::new(READERS_MAX),
            handling: Semaphore::new(HANDLING_MAX),
        }
    }

    /// New orders that are let through now, in thousandths.
    pub(super) fn share(&self) -> u32 {
        self.share.load(Ordering::Relaxed)
    }

    /// A place for a new order until it is answered, if there is one. Without it only what is urgent comes in.
    pub(super) fn place_for_order(&self) -> Option<SemaphorePermit<'_>> {
        self.is_next().then(|| self.fresh.try_acquire().ok()).flatten()
    }

    /// A place for a batch of new orders until it is answered, if there is one: nothing of it is taken without.
    pub(super) fn place_for_batch(&self) -> Result<SemaphorePermit<'_>, Problem> {
        let place = (self.share() == ALL).then(|| self.batches.try_acquire().ok()).flatten();
        place.ok_or_else(|| self.refuse_order())
    }

    /// Whether the next new order is let through, so that the share is kept.
    fn is_next(&self) -> bool {
        let share = self.share();
        share == ALL || self.sum.fetch_add(share, Ordering::Relaxed) % ALL + share >= ALL
    }

    /// The answer to a new order that finds no place.
    pub(super) fn refuse_order(&self) -> Problem {
        shed(Class::Fresh);
        busy()
    }

    /// A place for a request of this class until it is answered; none if it is turned away.
    fn place(&self, class: Class) -> Result<Option<SemaphorePermit<'_>>, Problem> {
        let share = self.share();
        let (places, shut) = match class {
            Class::Operation | Class::Watching | Class::Fresh => return Ok(None),
            Class::Handling => (&self.handling, false),
            Class::Reading => (&self.readers, share <= LEAST),
            Class::Extra => (&self.extras, share < ALL),
        };
        match places.try_acquire() {
            Ok(place) if !shut => Ok(Some(place)),
            _ => {
                shed(class);
                Err(busy())
            }
        }
    }
}

fn shed(class: Class) {
    metrics::counter!("hotline_shed_total", "class" => class.word()).increment(1);
}

/// The answer to what is turned away.
fn busy() -> Problem {
    Problem::new("busy", "the hotline has more to do than it can; try again in a second")
}

/// Lets a request in, or turns it away before anything of it is read.
pub(super) async fn pass(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let class = Class::of(request.method(), request.uri().path());
    match app.gate.place(class) {
        Ok(_place) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// Looks after the gate for as long as it is polled.
pub(super) async fn watch(app: &App) {
    let start = Instant::now();
    let mut pressure = Pressure::default();
    loop {
        let asked = Instant::now();
        tokio::time::sleep(PROBE_EVERY).await;
        // To the end of the queue, and through it.
        tokio::task::yield_now().await;
        let late = asked.elapsed().saturating_sub(PROBE_EVERY);
        let Some(share) = pressure.after_turn(start.elapsed(), late) else { continue };
        match (app.gate.share.swap(share, Ordering::Relaxed), share) {
            (ALL, ALL) => {}
            (ALL, _) => warn!(
                late_ms = late.as_millis(),
                "more comes in than can be answered: turning some away"
            ),
            (_, ALL) => info!("everything is let in again"),
            _ => {}
        }
    }
}

/// How much to let in, as a function of how late turns are. Reads no clock.
#[derive(Debug)]
struct Pressure {
    share: u32,
    /// The least that a turn was late in this interval.
    least: Duration,
    turns: u32,
    until: Duration,
}

impl Default for Pressure {
    fn default() -> Pressure {
        Pressure { share: ALL, least: Duration::MAX, turns: 0, until: INTERVAL }
    }
}

impl Pressure {
    /// After a turn that was `late`, at this time since some moment: the share from now on, at the end of an interval.
    fn after_turn(&mut self, at: Duration, late: Duration) -> Option<u32> {
        self.least = self.least.min(late);
        self.turns += 1;
        if at < self.until || self.turns < TURNS_MIN {
            return None;
        }
        self.share = if self.least > TURN_TARGET {
            // The further behind, the less: what waits already must be answered first.
            let kept = if self.least > TURN_TARGET * 2 { 2 } else { 3 };
            (self.share * kept / 4).max(LEAST)
        } else {
            (self.share + STEP_MIN.max(self.share / 4)).min(ALL)
        };
        (self.least, self.turns, self.until) = (Duration::MAX, 0, at + INTERVAL);
        Some(self.share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// The share after turns of this lateness for so many intervals.
    fn after(pressure: &mut Pressure, clock: &mut Duration, late: Duration, intervals: u32) -> u32 {
        let until = *clock + INTERVAL * intervals;
        while *clock < until {
            *clock += PROBE_EVERY + late;
            pressure.after_turn(*clock, late);
        }
        pressure.share
    }

    #[test]
    fn a_standing_queue_shuts_the_gate_and_it_opens_within_two_seconds() {
        let (mut pressure, mut clock) = (Pressure::default(), Duration::ZERO);
        assert_eq!(after(&mut pressure, &mut clock, MS * 80, 30), LEAST);
        let ended = clock;
        while pressure.share < ALL {
            after(&mut pressure, &mut clock, Duration::ZERO, 1);
        }
        assert!(clock - ended <= Duration::from_secs(2), "{:?}", clock - ended);
    }

    #[test]
    fn a_burst_that_drains_turns_nobody_away_and_neither_does_a_pause() {
        let (mut pressure, mut clock) = (Pressure::default(), Duration::ZERO);
        for turn in 0..60 {
            let late = if turn % 3 == 2 { Duration::ZERO } else { MS * 80 };
            clock += PROBE_EVERY + late;
            pressure.after_turn(clock, late);
            assert_eq!(pressure.share, ALL);
        }
        // The whole process stood still for a second.
        for late in [MS * 1_000, MS, MS] {
            clock += PROBE_EVERY + late;
            pressure.after_turn(clock, late);
            assert_eq!(pressure.share, ALL);
        }
    }

    #[test]
    fn the_share_is_kept_exactly() {
        let gate = Gate::new();
        for (share, wanted) in [(ALL, 1_000), (750, 750), (LEAST, 10)] {
            gate.share.store(share, Ordering::Relaxed);
            let let_in = (0..1_000).filter(|_| gate.place_for_order().is_some()).count();
            assert_eq!(let_in, wanted, "at {share}");
        }
    }

    #[test]
    fn extras_go_first_then_lists_and_work_on_orders_never() {
        let gate = Gate::new();
        let shut = |class| gate.place(class).is_err();
        // The control: an open gate turns nothing away.
        for (share, turned_away) in
            [(ALL, [false; 3]), (ALL - 1, [true, false, false]), (LEAST, [true, true, false])]
        {
            gate.share.store(share, Ordering::Relaxed);
            let seen = [Class::Extra, Class::Reading, Class::Handling].map(shut);
            assert_eq!(seen, turned_away, "at {share}");
        }
    }

    #[test]
    fn each_class_has_its_own_places() {
        let gate = Gate::new();
        let held: Vec<_> = std::iter::from_fn(|| gate.place(Class::Extra).ok()).collect();
        assert_eq!(held.len(), EXTRAS_MAX);
        assert!(gate.place(Class::Handling).is_ok() && gate.place(Class::Reading).is_ok());
        let orders: Vec<_> = std::iter::from_fn(|| gate.place_for_order()).collect();
        assert_eq!(orders.len(), FRESH_MAX);
        assert!(gate.place(Class::Handling).is_ok() && gate.place(Class::Reading).is_ok());
        let batches: Vec<_> = std::iter::from_fn(|| gate.place_for_batch().ok()).collect();
        assert_eq!(batches.len(), BATCHES_MAX);
        drop((held, batches));
        assert!(gate.place(Class::Extra).is_ok() && gate.place_for_batch().is_ok());
        gate.share.store(ALL - 1, Ordering::Relaxed);
        assert!(gate.place_for_batch().is_err(), "a batch comes again when there is less to do");
    }

    #[test]
    fn a_path_says_what_it_is_for() {
        let cases = [
            ("GET", "/healthz", Class::Operation),
            ("POST", "/api/v1/clock/confirm", Class::Operation),
            ("GET", "/api/v1/events", Class::Watching),
            ("POST", "/api/v1/orders", Class::Fresh),
            ("POST", "/api/v1/orders/batch", Class::Fresh),
            ("GET", "/api/v1/orders", Class::Reading),
            ("GET", "/api/v1/orders/7", Class::Reading),
            ("GET", "/api/v1/orders/7/similar", Class::Extra),
            ("POST", "/api/v1/orders/7/close", Class::Handling),
            ("GET", "/api/v1/departments/a/inbox", Class::Reading),
            ("GET", "/api/v1/reports/on-time", Class::Extra),
            ("POST", "/api/v1/suggest", Class::Extra),
            ("PUT", "/api/v1/knowledge/a", Class::Extra),
        ];
        for (method, path, class) in cases {
            assert_eq!(Class::of(&method.parse().unwrap(), path), class, "{method} {path}");
        }
    }
}
