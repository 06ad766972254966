//! The five clocks: every built-in profile by a table, and every clock against a twin that goes from minute to minute.

use hotline_engine::calendar::Calendar;
use hotline_engine::deadline::{Subject, due, explain, extended, inner_due, resumed, working_days};
use hotline_engine::limit;
use hotline_engine::order::{Channel, Due, Kind, Stage, Urgency};
use hotline_engine::profile::{DayEnds, Profile};
use hotline_engine::time::{Day, Timestamp};
use proptest::prelude::*;

use crate::desk::paper;
use crate::sample::CALENDAR;

const TABLE: &str = include_str!("due-table.txt");

const PROFILES: [(&str, &str); 8] = [
    ("guangdong", include_str!("../../../profiles/guangdong.toml")),
    ("beijing", include_str!("../../../profiles/beijing.toml")),
    ("shandong", include_str!("../../../profiles/shandong.toml")),
    ("sichuan", include_str!("../../../profiles/sichuan.toml")),
    ("shanghai", include_str!("../../../profiles/shanghai.toml")),
    ("zhuhai-enterprise", include_str!("../../../profiles/zhuhai-enterprise.toml")),
    ("longhu", include_str!("../../../profiles/longhu.toml")),
    ("clocks", include_str!("clocks.toml")),
];

fn calendar() -> Calendar {
    Calendar::parse(CALENDAR).unwrap()
}

fn profile(name: &str) -> Profile {
    let (_, text) = PROFILES.into_iter().find(|(known, _)| *known == name).unwrap();
    let profile: Profile = toml::from_str(text).unwrap();
    assert_eq!(profile.check(), Ok(()), "{name}");
    assert_eq!(profile.name, name);
    profile
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// Where no document gives a limit for a new cycle, it is Shanghai's three working days, or the first limit if that ends earlier.
#[test]
fn a_rework_is_never_as_long_as_a_first_cycle_without_a_limit_of_its_own() {
    use Urgency::{Normal, Urgent};
    let (monday, calendar) = (at("2026-03-09T09:00:00"), calendar());
    for (name, kind, urgency, expected) in [
        ("guangdong", Kind::Help, Normal, "2026-03-12"),
        ("guangdong", Kind::Consultation, Normal, "2026-03-11"),
        ("sichuan", Kind::Complaint, Normal, "2026-03-12"),
        ("shandong", Kind::Report, Normal, "2026-03-12"),
        ("beijing", Kind::Help, Normal, "2026-03-12"),
        ("beijing", Kind::Help, Urgent, "2026-03-10T09:00:00"),
        ("shanghai", Kind::Help, Normal, "2026-03-12"),
    ] {
        let subject =
            Subject { rework: true, ..Subject::new(Stage::Handle, kind, urgency, monday) };
        let due = due(&profile(name), &calendar, &subject).unwrap();
        assert_eq!(paper(due), expected, "{name} {kind:?}");
    }
}

#[test]
fn every_row_of_the_table_is_due_when_it_says() {
    let calendar = calendar();
    let profiles: Vec<Profile> = PROFILES.iter().map(|(name, _)| profile(name)).collect();
    let mut rows_count = 0;
    for row in TABLE.lines().filter(|row| !row.starts_with('#')) {
        let words: Vec<&str> = row.split_whitespace().collect();
        let [name, stage, kind, urgency, from, expected, more @ ..] = words.as_slice() else {
            panic!("`{row}`")
        };
        let stage = Stage::parse(stage).unwrap();
        let (kind, urgency) = (Kind::parse(kind).unwrap(), Urgency::parse(urgency).unwrap());
        let mut tags = Vec::new();
        let mut subject = Subject::new(stage, kind, urgency, at(from));
        for word in more {
            match word.split_once('=') {
                Some(("matter", path)) => subject.matter = Some(path),
                Some(("unit", code)) => subject.unit = Some(code),
                Some(("channel", word)) => subject.channel = Channel::parse(word),
                Some(("tag", tag)) => tags.push(tag.to_owned()),
                None if *word == "rework" => subject.rework = true,
                _ => panic!("`{row}`"),
            }
        }
        let subject = Subject { tags: &tags, ..subject };
        let profile = profiles.iter().find(|profile| profile.name == *name).unwrap();
        let found = due(profile, &calendar, &subject);
        assert_eq!(found.map_or_else(|| "-".to_owned(), paper), *expected, "at `{row}`");
        let explained = explain(profile, &calendar, &subject).map(|explained| explained.due);
        assert_eq!(explained, found, "explained at `{row}`");
        rows_count += 1;
    }
    assert!(rows_count >= 300, "{rows_count} rows");
}

/// What a twin needs to know of the clock it runs.
struct Clock {
    spans: Vec<(u32, u32)>,
    only_working: bool,
}

/// Goes from minute to minute: office hours as minutes of the day, working days from the calendar.
fn minute_by_minute(
    clock: &Clock,
    calendar: &Calendar,
    from: Timestamp,
    minutes: u32,
) -> Timestamp {
    let (mut now, mut left) = (from.ms(), i64::from(minutes) * 60_000);
    loop {
        let of_day = (now + 8 * 3_600_000).rem_euclid(86_400_000);
        let minute = u32::try_from(of_day / 60_000).unwrap();
        let to_next = 60_000 - of_day % 60_000;
        let open = clock.spans.iter().any(|&(from, to)| from <= minute && minute < to);
        let day = Day(i32::try_from((now + 8 * 3_600_000).div_euclid(86_400_000)).unwrap());
        if open && (!clock.only_working || calendar.status(day).working) {
            if left <= to_next {
                return Timestamp::of_ms(now + left);
            }
            left -= to_next;
        }
        now += to_next;
    }
}

/// Goes from day to day, counting.
fn day_by_day(calendar: &Calendar, from: Timestamp, days: u16, all: bool, inclusive: bool) -> Day {
    let (mut day, mut left) = (from.day(), days);
    let mut counts = inclusive;
    loop {
        if counts && (all || calendar.status(day).working) {
            left -= 1;
            if left == 0 {
                return day;
            }
        }
        (counts, day) = (true, day.next());
    }
}

/// Office hours as random cuts of a day.
fn spans() -> impl Strategy<Value = Vec<(u32, u32)>> {
    prop::collection::btree_set(0_u32..=1440, 2..=6).prop_map(|cuts| {
        let cuts: Vec<u32> = cuts.into_iter().collect();
        cuts.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
    })
}

fn hours(spans: &[(u32, u32)]) -> Vec<String> {
    let time = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
    spans.iter().map(|&(from, to)| format!("{}-{}", time(from), time(to))).collect()
}

/// A profile with one limit for everything.
fn one_limit(
    counting: &str,
    work: &[(u32, u32)],
    emergency: &[(u32, u32)],
    limit: &str,
) -> Profile {
    let text = format!(
        "name='p'\ntitle='t'\neffective_from='2007-01-01'\ncounting='{counting}'\n\
         [[hours]]\nwork={:?}\nemergency={:?}\nsource='s'\n\
         [[limit]]\nstage='handle'\nsource='s'\n{limit}",
        hours(work),
        hours(emergency)
    );
    let profile: Profile = toml::from_str(&text).unwrap();
    assert_eq!(profile.check(), Ok(()));
    profile
}

fn found(profile: &Profile, calendar: &Calendar, from: Timestamp) -> Timestamp {
    let subject = Subject::new(Stage::Handle, Kind::Help, Urgency::Normal, from);
    due(profile, calendar, &subject).unwrap().current
}

/// Twenty years in milliseconds, from 2007.
fn moments() -> impl Strategy<Value = Timestamp> {
    let first = at("2007-01-01T00:00:00");
    (0_i64..20 * 365 * 86_400_000).prop_map(move |ms| Timestamp::of_ms(first.ms() + ms))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn clocks_of_hours_stop_at_the_minute_the_twin_finds(
        from in moments(), work in spans(), emergency in spans(), length in 1_u16..30,
    ) {
        let calendar = calendar();
        let minutes = u32::from(length) * 60;
        let whole = vec![(0, 1440)];
        for (limit, spans, only_working) in [
            (format!("hours={length}"), &whole, false),
            (format!("minutes={minutes}"), &whole, false),
            (format!("working_hours={length}"), &work, true),
            (format!("emergency_hours={length}"), &emergency, false),
        ] {
            // A day of a few minutes would take years to fill; offices are open for longer.
            let open: u32 = spans.iter().map(|&(from, to)| to - from).sum();
            if open < 60 {
                continue;
            }
            let profile = one_limit("day-after", &work, &emergency, &limit);
            let clock = Clock { spans: spans.clone(), only_working };
            let expected = minute_by_minute(&clock, &calendar, from, minutes);
            prop_assert_eq!(found(&profile, &calendar, from), expected, "{} by {:?}", limit, spans);
        }
    }

    #[test]
    fn clocks_of_days_end_with_the_day_the_twin_finds(
        from in moments(), days in 1_u16..60, inclusive in any::<bool>(),
    ) {
        let calendar = calendar();
        let counting = if inclusive { "inclusive" } else { "day-after" };
        for (limit, all) in [("calendar_days", true), ("working_days", false)] {
            let profile = one_limit(counting, &[(0, 60)], &[(0, 60)], &format!("{limit}={days}"));
            let expected = day_by_day(&calendar, from, days, all, inclusive).end();
            prop_assert_eq!(found(&profile, &calendar, from), expected, "{} {}", days, limit);
        }
    }

    /// Whatever the clock, wherever the due: an extension may have set it to the end of a day.
    #[test]
    fn no_pause_brings_a_due_nearer_and_none_leaves_it_behind_its_end(
        from in moments(), left_ms in 0_i64..30 * 86_400_000, pause_ms in 0_i64..15 * 86_400_000,
        work in spans(), emergency in spans(), office in any::<bool>(),
    ) {
        let calendar = calendar();
        let mut profile = one_limit("day-after", &work, &emergency, "working_days=10");
        profile.day_ends = if office { DayEnds::Office } else { DayEnds::Midnight };
        let (current, until) =
            (Timestamp::of_ms(from.ms() + left_ms), Timestamp::of_ms(from.ms() + pause_ms));
        let due = Due { original: current, current, assumed: false };
        for &clock in limit::Clock::ALL {
            let after = resumed(&profile, &calendar, clock, due, (from, until), None).current;
            prop_assert!(after >= current.max(until), "{clock:?}: {current} to {until}: {after}");
        }
    }

    /// Time is measured where it counts: as long as the clock stood still, and no longer.
    #[test]
    fn no_pause_of_days_gives_back_more_than_it_took(
        from in moments(), days in 1_u16..12, pause_ms in 0_i64..15 * 86_400_000,
    ) {
        let calendar = calendar();
        let profile = one_limit("day-after", &[(0, 60)], &[(0, 60)], "working_days=10");
        let due = working_days(&profile, &calendar, from, days);
        let until = Timestamp::of_ms(from.ms() + pause_ms);
        let clock = limit::Clock::WorkingDays;
        let after = resumed(&profile, &calendar, clock, due, (from, until), None);
        let counted = |from: Timestamp, until: Timestamp| -> i64 {
            let days = (from.day().0..=until.day().0).map(Day);
            let spans = days.filter(|day| calendar.status(*day).working);
            spans.map(|day| until.min(day.next().start()).ms() - from.max(day.start()).ms()).sum()
        };
        let (took, gave) = (counted(from, until), counted(due.current, after.current));
        prop_assert!(gave <= took + 1, "{} to {}: {} instead of {}", from, until, gave, took);
    }

    #[test]
    fn an_order_from_above_is_due_inside_before_it_is_due_above_and_never_before_it_came(
        from in moments(), ahead in -10_i64..60, margin in 1_u16..5,
    ) {
        let calendar = calendar();
        let mut profile = one_limit("day-after", &[(0, 60)], &[(0, 60)], "working_days=10");
        profile.upstream = toml::from_str(&format!("working_days_earlier={margin}\nsource='s'")).ok();
        let outer = from.plus_seconds(ahead * 86_400);
        let inner = inner_due(&profile, &calendar, outer, from).current;
        prop_assert!(inner <= outer);
        if inner == outer {
            // Too late for the margin: as many working days do not lie between.
            let between = day_by_day(&calendar, from, margin, false, false);
            prop_assert!(between.0 >= outer.day().0 - 1, "{} {}", between, outer);
        } else {
            prop_assert!(inner > from);
            let mut working = 0;
            for day in inner.day().0..outer.day().0 {
                working += u16::from(calendar.status(Day(day)).working);
            }
            prop_assert_eq!(working, margin);
        }
    }
}

#[test]
fn an_order_from_the_city_is_due_a_working_day_before_the_city_wants_it() {
    let (longhu, calendar) = (profile("longhu"), calendar());
    for (outer, inner) in [
        ("2026-03-13T18:00:00", "2026-03-12"),
        ("2026-03-16T12:00:00", "2026-03-13"),
        ("2026-02-24T12:00:00", "2026-02-14"),
        ("2026-03-05T12:00:00", "2026-03-05T12:00:00"),
    ] {
        let due = inner_due(&longhu, &calendar, at(outer), at("2026-03-05T09:00:00"));
        let early = inner_due(&longhu, &calendar, at(outer), at("2026-02-02T09:00:00"));
        let expected = if outer < "2026-03-05T09" { early } else { due };
        assert_eq!(paper(expected), inner, "above {outer}");
    }
}

/// Where days end with the office, it is that of the unit that asks.
#[test]
fn an_extension_ends_with_the_office_day_of_its_unit() {
    let (clocks, calendar) = (profile("clocks"), calendar());
    let current = at("2026-03-20T17:30:00");
    let due = Due { original: current, current, assumed: false };
    let later = |unit| extended(&clocks, &calendar, due, 1, unit).current.to_string();
    assert_eq!(later(None), "2026-03-23T17:30:00+08:00");
    assert_eq!(later(Some("night-market")), "2026-03-23T23:59:59+08:00");
}

/// Shanghai handles a question in one working day and a rework in three: of both the earlier counts.
#[test]
fn a_rework_never_has_more_time_than_a_first_cycle() {
    let (shanghai, calendar) = (profile("shanghai"), calendar());
    let from = at("2026-03-09T09:00:00");
    let rework = |kind| {
        let first = Subject::new(Stage::Handle, kind, Urgency::Normal, from);
        due(&shanghai, &calendar, &Subject { rework: true, ..first }).unwrap().current.day()
    };
    assert_eq!(rework(Kind::Consultation).to_string(), "2026-03-10");
    assert_eq!(rework(Kind::Complaint).to_string(), "2026-03-12");
    let question = Subject::new(Stage::Handle, Kind::Consultation, Urgency::Normal, from);
    let explained = explain(&shanghai, &calendar, &Subject { rework: true, ..question }).unwrap();
    assert!(!explained.limit.rework, "the row that counts is the one that is told");
}

#[test]
fn each_day_of_a_clock_of_hours_is_explained() {
    let zhuhai = profile("zhuhai-enterprise");
    let from = at("2026-02-14T17:10:00");
    let subject = Subject::new(Stage::Contact, Kind::Help, Urgency::Normal, from);
    let calendar = calendar();
    let explained = explain(&zhuhai, &calendar, &subject).unwrap();
    let steps: Vec<String> = explained
        .steps
        .iter()
        .map(|step| format!("{} {} {}", step.day, step.counted, step.reason))
        .collect();
    assert_eq!(explained.due.current.to_string(), "2026-02-24T09:10:00+08:00");
    assert_eq!(
        steps[0],
        "2026-02-14 20 周六 春节调休上班,工作时段 08:30-12:00、14:30-17:30,计入 20 分钟"
    );
    assert_eq!(steps[1], "2026-02-15 20 周日 春节放假,不计入");
    assert_eq!(steps.len(), 11);
    assert_eq!(
        steps[10],
        "2026-02-24 60 周二 工作日,工作时段 08:30-12:00、14:30-17:30,计入 40 分钟"
    );
}
