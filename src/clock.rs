//! The one place that reads the clocks: the wall clock for what time it is, the steady clock for whether to believe it.
//!
//! The hotline's time never runs backwards. A wall clock that jumps is not followed: time goes on by the steady clock from
//! where it was, and what jumped ahead waits for an operator's word, since it would escalate every order at once. Knows
//! neither orders nor HTTP.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use hotline_engine::time::{Day, Timestamp, YEARS};
use tracing::{info, warn};

/// The wall clock may step back by this much and time stands still meanwhile: the corrections of a time service.
const STEP_BACK_MAX_MS: i64 = 2_000;
/// Beyond this the wall clock is not followed ahead while the process runs: no time service corrects by an hour, and the
/// shortest limits of the profiles are as long.
const JUMP_AHEAD_MAX_MS: i64 = 3_600_000;
/// Beyond this it is not followed from the last record to the start: a weekend without a record may be, a week is asked
/// about.
const STOP_MAX_MS: i64 = 72 * 3_600_000;

/// Now, by the wall clock alone: for commands that run beside no hotline.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
pub fn now() -> Timestamp {
    within_years(SystemTime::now())
}

/// Whether the wall clock is within all years that a due can be counted in: by another nobody can be answered over HTTP.
pub fn is_in_reach() -> bool {
    lies_in_reach(now())
}

fn lies_in_reach(time: Timestamp) -> bool {
    let (first, last) = reach();
    first < time && time < last
}

/// The ends of all years that a due can be counted in.
fn reach() -> (Timestamp, Timestamp) {
    (Day::first_of(*YEARS.start()).start(), Day::last_of(*YEARS.end()).end())
}

/// A wall clock that is outside of all years that a due can be counted in stands at their edge.
fn within_years(wall: SystemTime) -> Timestamp {
    let (first, last) = reach();
    let edge = if wall < SystemTime::UNIX_EPOCH { first } else { last };
    let wall = jiff::Timestamp::try_from(wall);
    wall.map_or(edge, |wall| Timestamp::of_ms(wall.as_millisecond())).clamp(first, last)
}

/// What both clocks say at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// May jump.
    pub wall: Timestamp,
    /// Since some moment; never jumps, and goes on through a pause of the process.
    pub steady: Duration,
}

/// How the wall clock stands to the hotline's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is the hotline's time.
    Followed,
    /// It jumped back and is this many milliseconds behind: time goes on without it until it is right again.
    Behind(i64),
    /// It jumped ahead by this many milliseconds: time goes on without it until it is right, or an operator says it is.
    Ahead(i64),
}

/// The time of one hotline.
pub struct Clock {
    read: Box<dyn Fn() -> Reading + Send + Sync>,
    course: Mutex<Course>,
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.course.fmt(f)
    }
}

impl Clock {
    /// By the clocks of the system, going on from the time of the last record where there is one.
    pub fn of_system(last: Option<Timestamp>) -> Clock {
        let start = Instant::now();
        Clock::read_by(move || Reading { wall: now(), steady: start.elapsed() }, last)
    }

    /// By clocks of one's own.
    pub fn read_by(
        read: impl Fn() -> Reading + Send + Sync + 'static,
        last: Option<Timestamp>,
    ) -> Clock {
        let course = Course::begun(read(), last);
        tell(course.standing);
        Clock { read: Box::new(read), course: Mutex::new(course) }
    }

    /// The hotline's time: not before any that was given earlier.
    pub fn now(&self) -> Timestamp {
        let mut course = self.course();
        let before = course.standing;
        // Read inside the lock: of two readings the later is followed last.
        let time = course.follow((self.read)());
        if !before.is_like(course.standing) {
            tell(course.standing);
        }
        time
    }

    /// How the wall clock stands to it.
    pub fn standing(&self) -> Standing {
        let mut course = self.course();
        course.follow((self.read)());
        course.standing
    }

    /// An operator's word that the wall clock is right. Gives the time before and after; none if it has not jumped ahead:
    /// time does not move back for anybody.
    pub fn confirm(&self) -> Option<(Timestamp, Timestamp)> {
        let mut course = self.course();
        let before = course.follow((self.read)());
        let Standing::Ahead(_) = course.standing else { return None };
        let after = course.believe((self.read)());
        info!(%before, %after, "time goes on from what the wall clock says, on an operator's word");
        Some((before, after))
    }

    fn course(&self) -> MutexGuard<'_, Course> {
        // Whole at every moment: a panic elsewhere in a holder's thread leaves nothing half done.
        self.course.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Standing {
    /// Whether it is the same but for how far.
    fn is_like(self, other: Standing) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    /// Milliseconds that the wall clock is ahead of the hotline's time.
    pub fn ahead_ms(self) -> i64 {
        match self {
            Standing::Followed => 0,
            Standing::Behind(ms) => -ms,
            Standing::Ahead(ms) => ms,
        }
    }
}

/// For people, where there is something to say.
impl std::fmt::Display for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Standing::Followed => f.write_str("the wall clock is followed"),
            Standing::Behind(ms) => write!(
                f,
                "the wall clock is {} s behind the last record: time goes on from there; set the system's clock right",
                ms / 1_000
            ),
            Standing::Ahead(ms) => write!(
                f,
                "the wall clock is {} s ahead of the hotline's time, which goes on without it and escalates nothing for it; \
                 set the system's clock right, or confirm it (POST /api/v1/clock/confirm, or serve --accept-clock)",
                ms / 1_000
            ),
        }
    }
}

/// Tells the log what changed.
fn tell(standing: Standing) {
    match standing {
        Standing::Followed => info!("the wall clock is followed"),
        Standing::Behind(_) => {
            metrics::counter!("hotline_clock_jumps_total", "to" => "behind").increment(1);
            warn!("{standing}");
        }
        Standing::Ahead(_) => {
            metrics::counter!("hotline_clock_jumps_total", "to" => "ahead").increment(1);
            warn!("{standing}");
        }
    }
}

/// Time as a function of readings. Reads nothing itself.
#[derive(Clone, Copy, Debug)]
struct Course {
    /// The time at the reading `since`.
    time: Timestamp,
    /// Of the steady clock.
    since: Duration,
    standing: Standing,
}

impl Course {
    fn begun(reading: Reading, last: Option<Timestamp>) -> Course {
        let Reading { wall, steady } = reading;
        let believed = Course { time: wall, since: steady, standing: Standing::Followed };
        let Some(last) = last else { return believed };
        let held = |standing| Course { time: last, since: steady, standing };
        match wall.ms().saturating_sub(last.ms()) {
            ahead if ahead > STOP_MAX_MS => held(Standing::Ahead(ahead)),
            ahead if ahead < -STEP_BACK_MAX_MS => held(Standing::Behind(-ahead)),
            _ => Course { time: wall.max(last), ..believed },
        }
    }

    /// The time at a reading.
    fn follow(&mut self, reading: Reading) -> Timestamp {
        let passed = reading.steady.saturating_sub(self.since);
        let passed = i64::try_from(passed.as_millis()).unwrap_or(i64::MAX);
        let expected = Timestamp::of_ms(self.time.ms().saturating_add(passed));
        let ahead = reading.wall.ms().saturating_sub(expected.ms());
        if ahead > JUMP_AHEAD_MAX_MS {
            self.standing = Standing::Ahead(ahead);
        } else if ahead < -STEP_BACK_MAX_MS {
            self.standing = Standing::Behind(-ahead);
        } else {
            return self.believe(reading);
        }
        // Not moved: what is lost below a millisecond at each step would add up.
        expected
    }

    /// Takes the wall clock for right, but that time does not move back.
    fn believe(&mut self, reading: Reading) -> Timestamp {
        let time = self.time.max(reading.wall);
        *self = Course { time, since: reading.steady, standing: Standing::Followed };
        time
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    const HOUR: i64 = 3_600_000;
    const NOON: i64 = 1_800_000_000_000;

    /// Clocks that say what they are told.
    #[derive(Clone, Default)]
    struct Told {
        wall: Arc<AtomicI64>,
        steady: Arc<AtomicI64>,
    }

    impl Told {
        fn at_noon() -> Told {
            let told = Told::default();
            told.set(NOON);
            told
        }

        /// Somebody sets the wall clock.
        fn set(&self, wall: i64) {
            self.wall.store(wall, Ordering::SeqCst);
        }

        /// Time passes on both.
        fn pass(&self, ms: i64) {
            self.wall.fetch_add(ms, Ordering::SeqCst);
            self.steady.fetch_add(ms, Ordering::SeqCst);
        }

        fn clock(&self, last: Option<i64>) -> Clock {
            let told = self.clone();
            let read = move || Reading {
                wall: Timestamp::of_ms(told.wall.load(Ordering::SeqCst)),
                steady: Duration::from_millis(told.steady.load(Ordering::SeqCst).unsigned_abs()),
            };
            Clock::read_by(read, last.map(Timestamp::of_ms))
        }
    }

    #[test]
    fn a_wall_clock_that_jumps_back_takes_no_time_back_and_time_goes_on() {
        let told = Told::at_noon();
        let clock = told.clock(None);
        told.set(NOON - 365 * 24 * HOUR);
        assert_eq!(clock.now(), Timestamp::of_ms(NOON));
        told.pass(HOUR);
        assert_eq!(
            clock.now(),
            Timestamp::of_ms(NOON + HOUR),
            "an hour passed, whatever the wall says"
        );
        assert_eq!(clock.standing(), Standing::Behind(365 * 24 * HOUR));
        assert_eq!(clock.confirm(), None, "nobody moves time back");
        told.set(NOON + HOUR + 1_000);
        assert_eq!(clock.now(), Timestamp::of_ms(NOON + HOUR + 1_000));
        assert_eq!(clock.standing(), Standing::Followed);
    }

    #[test]
    fn a_wall_clock_that_jumps_ahead_waits_for_an_operators_word() {
        let told = Told::at_noon();
        let clock = told.clock(None);
        told.set(NOON + 240 * HOUR);
        told.pass(1_000);
        assert_eq!(clock.now(), Timestamp::of_ms(NOON + 1_000));
        assert_eq!(clock.standing(), Standing::Ahead(240 * HOUR));
        let believed = Timestamp::of_ms(NOON + 240 * HOUR + 1_000);
        assert_eq!(clock.confirm(), Some((Timestamp::of_ms(NOON + 1_000), believed)));
        assert_eq!((clock.now(), clock.standing()), (believed, Standing::Followed));
        assert_eq!(clock.confirm(), None, "there is nothing left to confirm");
    }

    #[test]
    fn what_jumped_ahead_and_was_set_right_is_followed_again() {
        let told = Told::at_noon();
        let clock = told.clock(None);
        told.set(NOON + 240 * HOUR);
        clock.now();
        told.set(NOON + 5_000);
        assert_eq!(
            (clock.now(), clock.standing()),
            (Timestamp::of_ms(NOON + 5_000), Standing::Followed)
        );
    }

    #[test]
    fn a_wall_clock_beyond_all_years_stands_at_their_edge() {
        const YEAR: u64 = 365 * 24 * 3_600;
        let epoch = SystemTime::UNIX_EPOCH;
        let edge = |text| Timestamp::parse(text).unwrap();
        for (wall, read, is_believed) in [
            (epoch - Duration::from_secs(9 * YEAR), edge("2000-01-01T00:00:00"), false),
            (epoch, edge("2000-01-01T00:00:00"), false),
            (epoch + Duration::from_secs(1_800_000_000), Timestamp::of_ms(NOON), true),
            (epoch + Duration::from_secs(900 * YEAR), edge("2100-12-31T23:59:59.999"), false),
            (epoch + Duration::from_secs(9_000 * YEAR), edge("2100-12-31T23:59:59.999"), false),
        ] {
            assert_eq!((within_years(wall), lies_in_reach(read)), (read, is_believed));
        }
    }

    #[test]
    fn a_pause_is_no_jump() {
        let told = Told::at_noon();
        let clock = told.clock(None);
        told.pass(10 * HOUR);
        assert_eq!(
            (clock.now(), clock.standing()),
            (Timestamp::of_ms(NOON + 10 * HOUR), Standing::Followed)
        );
    }

    #[test]
    fn steps_of_two_seconds_each_second_leave_time_in_order() {
        let told = Told::at_noon();
        let clock = told.clock(None);
        let mut last = clock.now();
        for turn in 0..10_000_i64 {
            told.pass(1_000);
            // There and back, so that the wall clock stays true on the whole.
            let step = if turn % 2 == 0 { 2_000 } else { -2_000 };
            told.wall.fetch_add(step, Ordering::SeqCst);
            let now = clock.now();
            assert!(now >= last, "turn {turn}");
            assert_eq!(clock.standing(), Standing::Followed, "turn {turn}");
            last = now;
        }
        assert!((last.ms() - NOON - 10_000_000).abs() <= 2_000, "{last}");
    }

    #[test]
    fn a_drift_is_followed_however_far_it_goes() {
        let told = Told::at_noon();
        let clock = told.clock(None);
        for _ in 0..100_000 {
            told.pass(1_000);
            told.wall.fetch_sub(100, Ordering::SeqCst);
            clock.now();
        }
        assert_eq!(clock.standing(), Standing::Followed);
        assert_eq!(clock.now(), Timestamp::of_ms(NOON + 90_000_000));
    }

    #[test]
    fn at_the_start_the_last_record_is_what_counts() {
        let told = Told::at_noon();
        let cases = [
            (NOON - 60 * HOUR, Standing::Followed, NOON),
            (NOON - 240 * HOUR, Standing::Ahead(240 * HOUR), NOON - 240 * HOUR),
            (NOON + 1_000, Standing::Followed, NOON + 1_000),
            (NOON + HOUR, Standing::Behind(HOUR), NOON + HOUR),
        ];
        for (last, standing, time) in cases {
            let clock = told.clock(Some(last));
            assert_eq!((clock.standing(), clock.now()), (standing, Timestamp::of_ms(time)));
        }
    }

    /// The control: a clock that believes whatever it reads would escalate ten days of orders at once.
    #[test]
    fn without_the_bound_a_jump_would_be_followed() {
        let mut course =
            Course::begun(Reading { wall: Timestamp::of_ms(NOON), steady: Duration::ZERO }, None);
        let jumped =
            Reading { wall: Timestamp::of_ms(NOON + 240 * HOUR), steady: Duration::from_secs(1) };
        assert_eq!(course.believe(jumped), jumped.wall);
    }
}
