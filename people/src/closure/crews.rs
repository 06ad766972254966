//! Who works in the units: how many, how much of their time, when they are away, and what each is doing. Who does what next is
//! decided in `run`.

use std::collections::BTreeSet;

use hotline_engine::directory::UnitId;
use hotline_engine::order::OrderId;
use hotline_engine::staff::HandlerId;
use hotline_engine::time::{Day, Timestamp};

use crate::chance::{Chance, Purpose};

/// In every unit somebody can stand in for somebody, and they are not away together (AB 角).
const WORKERS_MIN: i64 = 2;
/// The least share of his time that somebody has for orders, in thousandths. This project's choice.
const SHARE_PERMILLE_MIN: i64 = 500;
/// Leaves a year and their days: ten working days (职工带薪年休假条例: 5, 10 or 15), taken in two; and once three days of
/// illness. The split is this project's choice.
const AWAY_DAYS: [i32; 3] = [7, 7, 3];
const YEAR_DAYS: u64 = 365;
/// How often a leave is drawn; a year has room for far more.
const DRAWS_MAX: usize = 100;
/// Orders that one handler has at once, where the engine hands them out: what he works on and what comes next.
pub(super) const CAPACITY: u16 = 2;
/// What a unit has done fades by so much at each opening, in thousandths: a month of openings leaves a third.
const KEPT_PERMILLE: i64 = 975;

/// Who is away now is away for so much office time: two days; behind that so many of a hundred are there.
const SOON_MS: i64 = 50_400_000;
const PRESENT_PERCENT: i128 = 95;

#[derive(Clone, Debug)]
pub(super) struct Worker {
    pub(super) account: String,
    /// Where the directory lists him.
    pub(super) handler: Option<HandlerId>,
    /// The share of his time that he has for orders, in thousandths.
    pub(super) share_permille: i64,
    /// The office time that he owes his other duties: an order he was warned of had it.
    pub(super) owed_ms: i64,
    pub(super) away: Vec<(Day, Day)>,
    pub(super) present: bool,
    pub(super) job: Option<Job>,
    /// What he has begun and put aside.
    pub(super) aside: Option<OrderId>,
    /// What the engine has given him.
    pub(super) hand: Vec<OrderId>,
    /// Counts his jobs: the end of one that was put aside is none.
    pub(super) turns: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    pub(super) order: OrderId,
    pub(super) since: Timestamp,
    /// The share of his time that it has, in thousandths.
    pub(super) share_permille: i64,
    /// The office time that his other duties get back first.
    pub(super) owed_ms: i64,
}

impl Job {
    /// What was worked in so much office time.
    pub(super) fn worked(&self, office_ms: i64) -> i64 {
        (office_ms - self.owed_ms).max(0) * self.share_permille / 1_000
    }
}

/// The people of a unit, and what waits for them.
#[derive(Clone, Debug, Default)]
pub(super) struct Crew {
    pub(super) workers: Vec<Worker>,
    /// What was signed and nobody works on, by when, where units share out themselves.
    pub(super) queue: BTreeSet<(Timestamp, OrderId)>,
    /// What is with the unit and has no reply.
    pub(super) open: BTreeSet<OrderId>,
    /// Work and time of late, fading: how fast one of them is.
    done: i64,
    busy_ms: i64,
}

impl Crew {
    /// The people of a unit that needs so many, in thousandths; who is away when follows from the seed.
    pub(super) fn of(seed: u64, unit: UnitId, needed_permille: i64, days: (Day, Day)) -> Crew {
        let count = (needed_permille + 999).div_euclid(1_000).max(WORKERS_MIN);
        let share = (needed_permille / count).clamp(SHARE_PERMILLE_MIN, 1_000);
        let mut workers: Vec<Worker> = Vec::new();
        for at in 0..count {
            let number = u64::from(unit.0) << 16 | at.unsigned_abs();
            let mut chance = Chance::of(seed, Purpose::Absence, number);
            let other = workers.last().map_or(&[][..], |worker| &worker.away);
            workers.push(Worker {
                account: format!("{at:04}"),
                handler: None,
                share_permille: share,
                owed_ms: 0,
                away: away(&mut chance, days, other),
                present: true,
                job: None,
                aside: None,
                hand: Vec::new(),
                turns: 0,
            });
        }
        Crew { workers, ..Crew::default() }
    }

    /// So many orders of such work are done before the first: what is expected while nothing is known.
    pub(super) fn expect(&mut self, orders: i64, work_ms: i64) {
        let share = self.workers.first().map_or(1_000, |worker| worker.share_permille);
        (self.done, self.busy_ms) = (orders * 1_000, orders * work_ms * 1_000 / share.max(1));
    }

    pub(super) fn note_done(&mut self) {
        self.done += 1_000;
    }

    pub(super) fn note_busy(&mut self, time_ms: i64) {
        self.busy_ms += time_ms;
    }

    pub(super) fn fade(&mut self) {
        self.done = self.done * KEPT_PERMILLE / 1_000;
        self.busy_ms = self.busy_ms * KEPT_PERMILLE / 1_000;
    }

    /// How many orders those who are there are expected to finish in so much office time, in thousandths.
    pub(super) fn expected_permille(&self, time_ms: i64) -> u64 {
        let there = self.workers.iter().filter(|worker| worker.present).count() as i128;
        let all = self.workers.len() as i128;
        let soon = i128::from(time_ms.clamp(0, SOON_MS));
        let later = i128::from(time_ms.max(0)) - soon;
        let time = soon * there + later * all * PRESENT_PERCENT / 100;
        u64::try_from(i128::from(self.done) * time / i128::from(self.busy_ms.max(1))).unwrap_or(0)
    }
}

impl Worker {
    /// He stops after so much office time: what it took of his other duties he owes them, and what it had to give back is given.
    pub(super) fn settle(&mut self, job: &Job, office_ms: i64) {
        let taken = office_ms * (job.share_permille - self.share_permille).max(0) / 1_000;
        self.owed_ms += taken + (job.owed_ms - office_ms).max(0);
    }

    pub(super) fn is_away(&self, day: Day) -> bool {
        self.away.iter().any(|(from, to)| (*from..=*to).contains(&day))
    }

    /// The last day of the absence that `day` falls in.
    pub(super) fn away_until(&self, day: Day) -> Option<Day> {
        self.away.iter().find(|(from, to)| (*from..=*to).contains(&day)).map(|(_, to)| *to)
    }
}

/// When somebody is away, and whoever stands in for him is not.
fn away(chance: &mut Chance, (first, last): (Day, Day), other: &[(Day, Day)]) -> Vec<(Day, Day)> {
    let mut spells = Vec::new();
    let mut year = first.0;
    while year <= last.0 {
        for days in AWAY_DAYS {
            let draw = |_| {
                let from = year + i32::try_from(chance.below(YEAR_DAYS)).unwrap_or(0);
                (Day(from), Day(from + days - 1))
            };
            let mut drawn = (0..DRAWS_MAX).map(draw);
            let is_free = |spell: &(Day, Day)| {
                other.iter().all(|(from, to)| spell.1 < *from || spell.0 > *to)
            };
            spells.extend(drawn.find(is_free));
        }
        year += YEAR_DAYS as i32;
    }
    spells.sort_unstable();
    spells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_order_took_of_other_duties_is_given_back_before_the_next() {
        let mut worker = Crew::of(1, UnitId(3), 100, (Day(18_000), Day(18_364))).workers.remove(0);
        let job = |share_permille, owed_ms| Job {
            order: OrderId(1),
            since: Timestamp::default(),
            share_permille,
            owed_ms,
        };
        let warned = job(1_000, 0);
        worker.settle(&warned, 100);
        assert_eq!(
            (warned.worked(100), worker.owed_ms),
            (100, 50),
            "half of it was not his to give"
        );
        for (office, worked, owed) in [(40, 0, 10), (50, 0, 0), (150, 50, 0)] {
            let calm = job(500, 50);
            worker.owed_ms = 0;
            worker.settle(&calm, office);
            assert_eq!((calm.worked(office), worker.owed_ms), (worked, owed), "{office}");
        }
    }

    #[test]
    fn a_unit_has_as_many_as_it_needs_and_never_one_alone() {
        let days = (Day(18_000), Day(18_364));
        let crew = |needed| Crew::of(1, UnitId(3), needed, days);
        let shares = |needed| {
            crew(needed).workers.iter().map(|worker| worker.share_permille).collect::<Vec<_>>()
        };
        assert_eq!(shares(100), [500, 500]);
        assert_eq!(shares(1_600), [800, 800]);
        assert_eq!(shares(2_400), [800, 800, 800]);
        let away: i32 = crew(100).workers[0].away.iter().map(|(from, to)| to.0 - from.0 + 1).sum();
        assert_eq!(away, 17);
    }
}
