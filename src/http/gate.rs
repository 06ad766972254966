//! Turns requests away before they cost anything, when more come in than can be answered in time.
//!
//! New orders have so many places, taken until they are on disk: more would only wait longer. There are fewer of them while
//! even the quickest order waits longer than it may for anything but the disk, or while the threads are short: the sign is that
//! for a whole interval no turn at them came within the target. Then extras go first (suggestions, search, reports), then ever
//! more of the places, at last lists. Where threads were short, or many were refused, a new order that is refused is told so only a
//! second later, since those who come again at once would take all the time there is. Urgent orders, and work on orders that are there, are
//! never turned away for any of this: they have bounds of their own. Knows no texts, and not who asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tracing::{info, warn};

use super::App;
use super::problem::Problem;

/// A turn at the threads that comes later is a queue: less than half of the 50 ms in which an order is to be accepted.
const TURN_TARGET: Duration = Duration::from_millis(20);
/// An order that takes longer than this and the last commit waited behind others: a third of its 50 ms, and the slowest take
/// three times as long as the quickest.
const WAIT_TARGET: Duration = Duration::from_millis(15);
/// Fewer orders in an interval are no crowd, however long they take.
const CROWD_MIN: usize = 16;
/// A queue that is gone once in this time was a burst, and harms nobody.
const INTERVAL: Duration = Duration::from_millis(100);
/// And one turn alone may be late because the machine stood still.
const TURNS_MIN: u32 = 3;
/// How often a turn is asked for.
const PROBE_EVERY: Duration = Duration::from_millis(5);
/// New orders at once that are not urgent, from their text to the disk: at 10,000 a second they take 13 ms together. One sync
/// serves all of them, so that a disk of 50 ms still gives 2,500 a second.
const FRESH_MAX: usize = 128;
/// The same while the threads are short: something always gets through, or nobody would notice that it is over.
const FRESH_LEAST: usize = 8;
/// Places that come back at least after an interval without a queue: from the least to all in 1.1 s.
const STEP_MIN: usize = 6;
/// So many refused in an interval come again at once: whoever waits as he is asked to is refused once a second.
const AGAIN_MIN: usize = FRESH_MAX;
/// How long a refusal is held back where the threads were short, on average: as long as whoever gets it is asked to wait.
const HELD_FOR: Duration = Duration::from_secs(1);
/// Half of that more or less, in so many steps: who was refused together does not come again together.
const HELD_STEPS: u32 = 64;
/// Intervals since the threads were short or a crowd came again at once, after which refusals come at once again: half a minute, since with each try the crowd
/// is there again for a moment.
const CALM_MIN: u32 = 300;
/// Refusals held back at once, each on a line of its own: a fifth of all lines, the rest is for those who are let in.
const HELD_MAX: usize = 4_096;
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
    /// Places for new orders that may be taken now.
    fresh_max: AtomicUsize,
    /// New orders answered in this interval, and the least in microseconds that one of them waited.
    answered: AtomicUsize,
    least_wait: AtomicU64,
    /// New orders refused in this interval.
    refused: AtomicUsize,
    /// Whether refusals are held back, and how many were.
    holds: AtomicBool,
    holds_count: AtomicU32,
    fresh: Semaphore,
    batches: Semaphore,
    extras: Semaphore,
    readers: Semaphore,
    handling: Semaphore,
    held: Semaphore,
}

impl Gate {
    pub(super) fn new() -> Gate {
        Gate {
            fresh_max: AtomicUsize::new(FRESH_MAX),
            answered: AtomicUsize::new(0),
            least_wait: AtomicU64::new(u64::MAX),
            refused: AtomicUsize::new(0),
            holds: AtomicBool::new(false),
            holds_count: AtomicU32::new(0),
            fresh: Semaphore::new(FRESH_MAX),
            batches: Semaphore::new(BATCHES_MAX),
            extras: Semaphore::new(EXTRAS_MAX),
            readers: Semaphore::new(READERS_MAX),
            handling: Semaphore::new(HANDLING_MAX),
            held: Semaphore::new(HELD_MAX),
        }
    }

    fn fresh_max(&self) -> usize {
        self.fresh_max.load(Ordering::Relaxed)
    }

    /// Whether the threads are short, so that not everything is let in.
    fn is_short(&self) -> bool {
        self.fresh_max() < FRESH_MAX
    }

    /// A place for a new order until it is answered, if there is one. Without it only what is urgent comes in.
    pub(super) fn place_for_order(&self) -> Option<Place<'_>> {
        let permit = self.fresh.try_acquire().ok()?;
        let taken = FRESH_MAX - self.fresh.available_permits();
        (taken <= self.fresh_max()).then(|| Place { _permit: permit, since: Instant::now() })
    }

    /// Gives back the place of an order that was answered, of whose time the disk had so much.
    pub(super) fn give_back(&self, place: &Place<'_>, commit: Duration) {
        self.note_wait(place.since.elapsed().saturating_sub(commit));
    }

    fn note_wait(&self, wait: Duration) {
        let micros = u64::try_from(wait.as_micros()).unwrap_or(u64::MAX);
        self.least_wait.fetch_min(micros, Ordering::Relaxed);
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    /// The crowd since this was asked last.
    fn crowd(&self) -> Crowd {
        let answered = self.answered.swap(0, Ordering::Relaxed);
        let least = self.least_wait.swap(u64::MAX, Ordering::Relaxed);
        let few = answered < CROWD_MIN;
        let wait = if few { Duration::ZERO } else { Duration::from_micros(least) };
        Crowd { wait, refused: self.refused.swap(0, Ordering::Relaxed) }
    }

    /// A place for a batch of new orders until it is answered, if there is one: nothing of it is taken without.
    pub(super) fn place_for_batch(&self) -> Result<SemaphorePermit<'_>, Problem> {
        let place = (!self.is_short()).then(|| self.batches.try_acquire().ok()).flatten();
        place.ok_or_else(|| self.refuse_order())
    }

    /// Lets a refusal wait where the threads were short and it has a place to; a hotline that stops lets none wait.
    async fn hold_back(&self, mut stopping: watch::Receiver<bool>) {
        let holds = self.holds.load(Ordering::Relaxed);
        let Some(_place) = holds.then(|| self.held.try_acquire().ok()).flatten() else { return };
        let step = self.holds_count.fetch_add(1, Ordering::Relaxed) % HELD_STEPS;
        let time = HELD_FOR / 2 + HELD_FOR * step / HELD_STEPS;
        // What comes of it is the same: either the time is over, or the hotline stops.
        drop(tokio::time::timeout(time, stopping.wait_for(|stopping| *stopping)).await);
    }

    /// The answer to a new order that finds no place.
    pub(super) fn refuse_order(&self) -> Problem {
        self.refused.fetch_add(1, Ordering::Relaxed);
        shed(Class::Fresh);
        busy()
    }

    /// A place for a request of this class until it is answered; none if it is turned away.
    fn place(&self, class: Class) -> Result<Option<SemaphorePermit<'_>>, Problem> {
        let (places, shut) = match class {
            Class::Operation | Class::Watching | Class::Fresh => return Ok(None),
            Class::Handling => (&self.handling, false),
            Class::Reading => (&self.readers, self.fresh_max() <= FRESH_LEAST),
            Class::Extra => (&self.extras, self.is_short()),
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

/// A new order's place until it is answered.
#[derive(Debug)]
pub(super) struct Place<'a> {
    _permit: SemaphorePermit<'a>,
    since: Instant,
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
    let response = match app.gate.place(class) {
        Ok(_place) => next.run(request).await,
        Err(problem) => return problem.into_response(),
    };
    if class == Class::Fresh && response.status() == StatusCode::SERVICE_UNAVAILABLE {
        app.gate.hold_back(app.stopping.subscribe()).await;
    }
    response
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
        let crowd = || app.gate.crowd();
        let Some(places) = pressure.after_turn(start.elapsed(), late, crowd) else { continue };
        app.gate.holds.store(pressure.calm < CALM_MIN, Ordering::Relaxed);
        match (app.gate.fresh_max.swap(places, Ordering::Relaxed), places) {
            (FRESH_MAX, FRESH_MAX) => {}
            (FRESH_MAX, _) => warn!(
                late_ms = late.as_millis(),
                places, "more comes in than can be answered: turning some away"
            ),
            (_, FRESH_MAX) => info!("everything is let in again"),
            _ => {}
        }
    }
}

/// New orders in an interval.
#[derive(Clone, Copy, Debug, Default)]
struct Crowd {
    /// How long the quickest of those waited who were answered; nothing where they were few.
    wait: Duration,
    /// How many were refused.
    refused: usize,
}

/// How many places there are, as a function of how late turns are and how long orders wait. Reads no clock.
#[derive(Debug)]
struct Pressure {
    places: usize,
    /// The least that a turn was late in this interval.
    least: Duration,
    turns: u32,
    until: Duration,
    /// Intervals since the threads were short, or a crowd was refused.
    calm: u32,
}

impl Default for Pressure {
    fn default() -> Pressure {
        Pressure {
            places: FRESH_MAX,
            least: Duration::MAX,
            turns: 0,
            until: INTERVAL,
            calm: CALM_MIN,
        }
    }
}

impl Pressure {
    /// After a turn that was `late`, at this time since some moment: the places from now on, at the end of an interval with such
    /// a crowd.
    fn after_turn(
        &mut self,
        at: Duration,
        late: Duration,
        crowd: impl FnOnce() -> Crowd,
    ) -> Option<usize> {
        self.least = self.least.min(late);
        self.turns += 1;
        if at < self.until || self.turns < TURNS_MIN {
            return None;
        }
        let Crowd { wait, refused } = crowd();
        let is_late = self.least > TURN_TARGET;
        self.places = if is_late || wait > WAIT_TARGET {
            // The further behind, the less: what waits already must be answered first.
            let is_far = self.least > TURN_TARGET * 2 || wait > WAIT_TARGET * 2;
            (self.places * if is_far { 2 } else { 3 } / 4).max(FRESH_LEAST)
        } else {
            (self.places + STEP_MIN.max(self.places / 4)).min(FRESH_MAX)
        };
        let is_calm = !is_late && refused < AGAIN_MIN;
        self.calm = if is_calm { self.calm.saturating_add(1) } else { 0 };
        (self.least, self.turns, self.until) = (Duration::MAX, 0, at + INTERVAL);
        Some(self.places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// The places after turns of this lateness for so many intervals.
    fn after(
        pressure: &mut Pressure,
        clock: &mut Duration,
        late: Duration,
        intervals: u32,
    ) -> usize {
        let until = *clock + INTERVAL * intervals;
        while *clock < until {
            *clock += PROBE_EVERY + late;
            pressure.after_turn(*clock, late, Crowd::default);
        }
        pressure.places
    }

    #[test]
    fn a_standing_queue_shuts_the_gate_and_it_opens_within_two_seconds() {
        let (mut pressure, mut clock) = (Pressure::default(), Duration::ZERO);
        assert_eq!(after(&mut pressure, &mut clock, MS * 80, 30), FRESH_LEAST);
        let ended = clock;
        while pressure.places < FRESH_MAX {
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
            pressure.after_turn(clock, late, Crowd::default);
            assert_eq!(pressure.places, FRESH_MAX);
        }
        // The whole process stood still for a second.
        for late in [MS * 1_000, MS, MS] {
            clock += PROBE_EVERY + late;
            pressure.after_turn(clock, late, Crowd::default);
            assert_eq!(pressure.places, FRESH_MAX);
        }
    }

    #[test]
    fn while_threads_are_short_there_are_fewer_places_for_new_orders() {
        let gate = Gate::new();
        for places in [FRESH_MAX, 40, FRESH_LEAST] {
            gate.fresh_max.store(places, Ordering::Relaxed);
            let taken: Vec<_> = std::iter::from_fn(|| gate.place_for_order()).collect();
            assert_eq!(taken.len(), places);
        }
        // Those that are in already stay, and keep others out until they are fewer.
        gate.fresh_max.store(FRESH_MAX, Ordering::Relaxed);
        let mut taken: Vec<_> = std::iter::from_fn(|| gate.place_for_order()).collect();
        gate.fresh_max.store(FRESH_LEAST, Ordering::Relaxed);
        taken.truncate(FRESH_LEAST);
        assert!(gate.place_for_order().is_none());
        taken.pop();
        assert!(gate.place_for_order().is_some());
        // Whoever comes alone, one order after the other, is turned away by no shortage.
        drop(taken);
        assert!((0..1_000).all(|_| gate.place_for_order().is_some()));
    }

    #[test]
    fn a_crowd_that_waits_has_fewer_places_and_the_disk_and_a_few_slow_orders_do_not_count() {
        let (mut pressure, mut clock) = (Pressure::default(), Duration::ZERO);
        // Turns in time, and orders that waited so long.
        let mut after = |orders: usize, took: Duration, commit: Duration| {
            let gate = Gate::new();
            for _ in 0..orders {
                gate.note_wait(took.saturating_sub(commit));
            }
            let crowd = gate.crowd();
            assert_eq!(gate.crowd().wait, Duration::ZERO, "an interval ends with it");
            for turn in 0..TURNS_MIN {
                clock += INTERVAL / if turn == 0 { 1 } else { 100 };
                if let Some(places) = pressure.after_turn(clock, MS, || crowd) {
                    return places;
                }
            }
            unreachable!("an interval has passed");
        };
        assert_eq!(after(CROWD_MIN, MS * 16, Duration::ZERO), FRESH_MAX * 3 / 4);
        assert_eq!(after(CROWD_MIN, MS * 40, Duration::ZERO), FRESH_MAX * 3 / 8);
        let before = FRESH_MAX * 3 / 8;
        assert_eq!(after(CROWD_MIN, MS * 100, MS * 90), before + before / 4, "a slow disk");
        assert!(after(CROWD_MIN - 1, MS * 100, Duration::ZERO) > before, "a few on a slow machine");
        assert!(pressure.calm > CALM_MIN, "the threads were not short");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_held_back_where_threads_were_short_and_the_hotline_does_not_stop() {
        let (gate, stopping) = (Gate::new(), watch::Sender::new(false));
        let took = async || {
            let began = tokio::time::Instant::now();
            gate.hold_back(stopping.subscribe()).await;
            began.elapsed()
        };
        assert_eq!(took().await, Duration::ZERO, "the threads were not short");
        gate.holds.store(true, Ordering::Relaxed);
        let (first, second) = (took().await, took().await);
        assert!(
            first >= HELD_FOR / 2 && second > first && second < HELD_FOR,
            "{first:?} {second:?}"
        );
        let others: Vec<_> = std::iter::from_fn(|| gate.held.try_acquire().ok()).collect();
        assert_eq!((others.len(), took().await), (HELD_MAX, Duration::ZERO), "no line for it");
        drop(others);
        stopping.send_replace(true);
        assert_eq!(took().await, Duration::ZERO, "the hotline stops");
    }

    #[test]
    fn threads_that_were_short_are_remembered_for_half_a_minute() {
        let (mut pressure, mut clock) = (Pressure::default(), Duration::ZERO);
        assert_eq!(pressure.calm, CALM_MIN, "nothing was ever short");
        after(&mut pressure, &mut clock, MS * 80, 2);
        assert_eq!(pressure.calm, 0);
        after(&mut pressure, &mut clock, Duration::ZERO, CALM_MIN + 1);
        assert!(pressure.calm >= CALM_MIN);
    }

    #[test]
    fn who_comes_again_at_once_is_held_back_and_a_few_refused_are_not() {
        let mut pressure = Pressure::default();
        let mut calm_after = |refused: usize, interval: u32| {
            let gate = Gate::new();
            (0..refused).for_each(|_| drop(gate.refuse_order()));
            let crowd = gate.crowd();
            assert_eq!(gate.crowd().refused, 0, "an interval ends with it");
            for _ in 0..TURNS_MIN {
                pressure.after_turn(INTERVAL * interval, Duration::ZERO, || crowd);
            }
            assert_eq!(pressure.places, FRESH_MAX, "there is room");
            pressure.calm
        };
        assert_eq!(calm_after(AGAIN_MIN - 1, 1), CALM_MIN + 1);
        assert_eq!(calm_after(AGAIN_MIN, 2), 0);
    }

    #[test]
    fn extras_go_first_then_lists_and_work_on_orders_never() {
        let gate = Gate::new();
        let shut = |class| gate.place(class).is_err();
        // The control: an open gate turns nothing away.
        for (places, turned_away) in [
            (FRESH_MAX, [false; 3]),
            (FRESH_MAX - 1, [true, false, false]),
            (FRESH_LEAST, [true, true, false]),
        ] {
            gate.fresh_max.store(places, Ordering::Relaxed);
            let seen = [Class::Extra, Class::Reading, Class::Handling].map(shut);
            assert_eq!(seen, turned_away, "with {places} places");
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
        gate.fresh_max.store(FRESH_MAX - 1, Ordering::Relaxed);
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
