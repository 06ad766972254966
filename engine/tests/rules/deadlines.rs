//! When a reply is due: a table over Guangdong limits, a naive twin over twenty years, and the explanation.
//!
//! The table was computed from the notices by another program and checked by eye where weeks are odd.

use hotline_engine::calendar::Calendar;
use hotline_engine::deadline::{Subject, due, explain, working_days};
use hotline_engine::limit::Limit;
use hotline_engine::order::{Kind, Stage, Urgency};
use hotline_engine::profile::Counting;
use hotline_engine::time::{Day, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::desk::paper;
use crate::sample::{CALENDAR, guangdong};
use crate::working_days::WorkingDays;

/// Kind, receipt, due with day-after counting, due with inclusive counting; `?` = assumed.
const TABLE: &str = "
# plain weeks
consultation 2026-03-09T09:00:00 2026-03-11  2026-03-10
help         2026-03-09T09:00:00 2026-03-23  2026-03-20
complaint    2026-03-09T09:00:00 2026-03-30  2026-03-27
consultation 2026-03-10T14:30:00 2026-03-12  2026-03-11
help         2026-03-10T14:30:00 2026-03-24  2026-03-23
complaint    2026-03-10T14:30:00 2026-03-31  2026-03-30
consultation 2026-03-11T17:59:59 2026-03-13  2026-03-12
help         2026-03-11T17:59:59 2026-03-25  2026-03-24
complaint    2026-03-11T17:59:59 2026-04-01  2026-03-31
consultation 2026-03-12T08:00:00 2026-03-16  2026-03-13
help         2026-03-12T08:00:00 2026-03-26  2026-03-25
complaint    2026-03-12T08:00:00 2026-04-02  2026-04-01
consultation 2025-07-14T10:00:00 2025-07-16  2025-07-15
help         2025-07-14T10:00:00 2025-07-28  2025-07-25
complaint    2025-07-14T10:00:00 2025-08-04  2025-08-01
consultation 2024-08-05T10:00:00 2024-08-07  2024-08-06
help         2024-08-05T10:00:00 2024-08-19  2024-08-16
complaint    2024-08-05T10:00:00 2024-08-26  2024-08-23
# Friday receipt
consultation 2026-03-13T16:00:00 2026-03-17  2026-03-16
suggestion   2026-03-13T16:00:00 2026-03-27  2026-03-26
report       2026-03-13T16:00:00 2026-04-03  2026-04-02
consultation 2025-11-14T09:00:00 2025-11-18  2025-11-17
suggestion   2025-11-14T09:00:00 2025-11-28  2025-11-27
report       2025-11-14T09:00:00 2025-12-05  2025-12-04
consultation 2024-03-15T23:00:00 2024-03-19  2024-03-18
suggestion   2024-03-15T23:00:00 2024-03-29  2024-03-28
report       2024-03-15T23:00:00 2024-04-08  2024-04-07
# Spring Festival
consultation 2026-02-12T09:00:00 2026-02-14  2026-02-13
help         2026-02-12T09:00:00 2026-03-04  2026-03-03
complaint    2026-02-12T09:00:00 2026-03-11  2026-03-10
consultation 2026-02-13T09:00:00 2026-02-24  2026-02-14
help         2026-02-13T09:00:00 2026-03-05  2026-03-04
complaint    2026-02-13T09:00:00 2026-03-12  2026-03-11
consultation 2026-02-14T11:00:00 2026-02-25  2026-02-24
help         2026-02-14T11:00:00 2026-03-06  2026-03-05
complaint    2026-02-14T11:00:00 2026-03-13  2026-03-12
consultation 2025-01-24T09:00:00 2025-01-27  2025-01-26
help         2025-01-24T09:00:00 2025-02-13  2025-02-12
complaint    2025-01-24T09:00:00 2025-02-20  2025-02-19
consultation 2025-01-26T09:00:00 2025-02-05  2025-01-27
help         2025-01-26T09:00:00 2025-02-14  2025-02-13
complaint    2025-01-26T09:00:00 2025-02-21  2025-02-20
consultation 2024-02-09T12:00:00 2024-02-19  2024-02-18
help         2024-02-09T12:00:00 2024-02-29  2024-02-28
complaint    2024-02-09T12:00:00 2024-03-07  2024-03-06
# receipt on a holiday
consultation 2026-02-18T03:00:00 2026-02-25  2026-02-25
suggestion   2026-02-18T03:00:00 2026-03-06  2026-03-06
consultation 2025-10-08T20:00:00 2025-10-10  2025-10-10
suggestion   2025-10-08T20:00:00 2025-10-21  2025-10-21
consultation 2026-05-02T12:00:00 2026-05-07  2026-05-07
suggestion   2026-05-02T12:00:00 2026-05-18  2026-05-18
consultation 2026-06-20T10:00:00 2026-06-23  2026-06-23
suggestion   2026-06-20T10:00:00 2026-07-03  2026-07-03
# National Day with make-up days on both sides
consultation 2026-09-18T09:00:00 2026-09-21  2026-09-20
help         2026-09-18T09:00:00 2026-10-09  2026-10-08
report       2026-09-18T09:00:00 2026-10-15  2026-10-14
consultation 2026-09-30T09:00:00 2026-10-09  2026-10-08
help         2026-09-30T09:00:00 2026-10-20  2026-10-19
report       2026-09-30T09:00:00 2026-10-27  2026-10-26
consultation 2025-09-26T09:00:00 2025-09-29  2025-09-28
help         2025-09-26T09:00:00 2025-10-16  2025-10-15
report       2025-09-26T09:00:00 2025-10-23  2025-10-22
consultation 2025-09-30T18:00:00 2025-10-10  2025-10-09
help         2025-09-30T18:00:00 2025-10-21  2025-10-20
report       2025-09-30T18:00:00 2025-10-28  2025-10-27
consultation 2024-09-27T09:00:00 2024-09-30  2024-09-29
help         2024-09-27T09:00:00 2024-10-16  2024-10-15
report       2024-09-27T09:00:00 2024-10-23  2024-10-22
consultation 2024-09-30T09:00:00 2024-10-09  2024-10-08
help         2024-09-30T09:00:00 2024-10-18  2024-10-17
report       2024-09-30T09:00:00 2024-10-25  2024-10-24
# receipt on a make-up Sunday or Saturday
consultation 2026-01-04T10:00:00 2026-01-06  2026-01-05
suggestion   2026-01-04T10:00:00 2026-01-16  2026-01-15
consultation 2026-09-20T10:00:00 2026-09-22  2026-09-21
suggestion   2026-09-20T10:00:00 2026-10-10  2026-10-09
consultation 2024-02-04T10:00:00 2024-02-06  2024-02-05
suggestion   2024-02-04T10:00:00 2024-02-22  2024-02-21
consultation 2026-02-28T10:00:00 2026-03-03  2026-03-02
suggestion   2026-02-28T10:00:00 2026-03-13  2026-03-12
consultation 2026-05-09T10:00:00 2026-05-12  2026-05-11
suggestion   2026-05-09T10:00:00 2026-05-22  2026-05-21
consultation 2025-04-27T10:00:00 2025-04-29  2025-04-28
suggestion   2025-04-27T10:00:00 2025-05-14  2025-05-13
# the first and the last second of a day
consultation 2026-03-13T00:00:00 2026-03-17  2026-03-16
complaint    2026-03-13T00:00:00 2026-04-03  2026-04-02
consultation 2026-03-13T23:59:59 2026-03-17  2026-03-16
complaint    2026-03-13T23:59:59 2026-04-03  2026-04-02
consultation 2026-03-14T00:00:00 2026-03-17  2026-03-17
complaint    2026-03-14T00:00:00 2026-04-03  2026-04-03
consultation 2026-03-15T23:59:59 2026-03-17  2026-03-17
complaint    2026-03-15T23:59:59 2026-04-03  2026-04-03
consultation 2026-10-08T00:00:00 2026-10-10  2026-10-09
complaint    2026-10-08T00:00:00 2026-10-28  2026-10-27
# year ends inside the notices
consultation 2024-12-30T09:00:00 2025-01-02  2024-12-31
help         2024-12-30T09:00:00 2025-01-14  2025-01-13
consultation 2024-12-31T23:59:59 2025-01-03  2025-01-02
help         2024-12-31T23:59:59 2025-01-15  2025-01-14
consultation 2025-12-31T00:00:00 2026-01-05  2026-01-04
help         2025-12-31T00:00:00 2026-01-15  2026-01-14
consultation 2023-12-29T17:00:00 2024-01-03  2024-01-02
help         2023-12-29T17:00:00 2024-01-15  2024-01-12
consultation 2022-12-30T12:00:00 2023-01-04  2023-01-03
help         2022-12-30T12:00:00 2023-01-16  2023-01-13
# into the year that has no notice
consultation 2026-12-25T09:00:00 2026-12-29? 2026-12-28
help         2026-12-25T09:00:00 2027-01-08? 2027-01-07?
complaint    2026-12-25T09:00:00 2027-01-15? 2027-01-14?
consultation 2026-12-28T09:00:00 2026-12-30? 2026-12-29?
help         2026-12-28T09:00:00 2027-01-11? 2027-01-08?
complaint    2026-12-28T09:00:00 2027-01-18? 2027-01-15?
consultation 2026-12-29T09:00:00 2026-12-31? 2026-12-30?
help         2026-12-29T09:00:00 2027-01-12? 2027-01-11?
complaint    2026-12-29T09:00:00 2027-01-19? 2027-01-18?
consultation 2026-12-30T09:00:00 2027-01-01? 2026-12-31?
help         2026-12-30T09:00:00 2027-01-13? 2027-01-12?
complaint    2026-12-30T09:00:00 2027-01-20? 2027-01-19?
consultation 2026-12-31T09:00:00 2027-01-04? 2027-01-01?
help         2026-12-31T09:00:00 2027-01-14? 2027-01-13?
complaint    2026-12-31T09:00:00 2027-01-21? 2027-01-20?
consultation 2027-01-04T09:00:00 2027-01-06? 2027-01-05?
help         2027-01-04T09:00:00 2027-01-18? 2027-01-15?
complaint    2027-01-04T09:00:00 2027-01-25? 2027-01-22?
consultation 2027-10-01T09:00:00 2027-10-05? 2027-10-04?
help         2027-10-01T09:00:00 2027-10-15? 2027-10-14?
complaint    2027-10-01T09:00:00 2027-10-22? 2027-10-21?
";

fn calendar() -> Calendar {
    Calendar::parse(CALENDAR).unwrap()
}

fn handling(kind: Kind, from: Timestamp) -> Subject<'static> {
    Subject::new(Stage::Handle, kind, Urgency::Normal, from)
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

#[test]
fn every_row_of_the_table_is_due_when_it_says() {
    let calendar = calendar();
    let profiles = [guangdong(Counting::DayAfter), guangdong(Counting::Inclusive)];
    let mut rows_count = 0;
    for row in TABLE.lines().filter(|row| !row.is_empty() && !row.starts_with('#')) {
        let words: Vec<&str> = row.split_whitespace().collect();
        let [kind, received, expected @ ..] = words.as_slice() else { panic!("`{row}`") };
        let subject = handling(Kind::parse(kind).unwrap(), at(received));
        let dues: Vec<String> = profiles
            .iter()
            .map(|profile| paper(due(profile, &calendar, &subject).unwrap()))
            .collect();
        assert_eq!(dues, expected, "at `{row}`");
        rows_count += 1;
    }
    assert!(rows_count >= 120, "{rows_count} rows");
}

#[test]
fn praise_is_never_due() {
    for &stage in Stage::ALL {
        for &urgency in Urgency::ALL {
            let from = at("2026-03-09T09:00:00");
            let subject = Subject::new(stage, Kind::Praise, urgency, from);
            assert_eq!(due(&guangdong(Counting::DayAfter), &calendar(), &subject), None);
            assert_eq!(explain(&guangdong(Counting::DayAfter), &calendar(), &subject), None);
        }
    }
}

#[test]
fn the_explanation_names_every_day_and_why_it_counts() {
    let profile = guangdong(Counting::DayAfter);
    let subject = handling(Kind::Consultation, at("2026-09-30T09:00:00"));
    let explained = explain(&profile, &calendar(), &subject).unwrap();
    let steps: Vec<String> = explained
        .steps
        .iter()
        .map(|step| format!("{} {} {}", step.day, step.counted, step.reason))
        .collect();
    assert_eq!(explained.row, 4);
    assert_eq!(explained.limit.limit, Limit::WorkingDays(2));
    assert_eq!(steps.len(), 10);
    assert_eq!(steps[0], "2026-09-30 0 周三 起算日,不计入");
    assert_eq!(steps[1], "2026-10-01 0 周四 国庆节放假,不计入");
    assert_eq!(steps[8], "2026-10-08 1 周四 工作日,计入");
    assert_eq!(steps[9], "2026-10-09 2 周五 工作日,计入");
}

#[test]
fn the_explanation_says_where_a_year_is_assumed_and_a_saturday_is_worked() {
    let profile = guangdong(Counting::Inclusive);
    let reasons = |received| {
        let subject = handling(Kind::Consultation, at(received));
        let explained = explain(&profile, &calendar(), &subject).unwrap();
        explained.steps.into_iter().map(|step| step.reason).collect::<Vec<_>>()
    };
    assert_eq!(reasons("2026-02-13T09:00:00"), ["周五 工作日,计入", "周六 春节调休上班,计入"]);
    assert_eq!(
        reasons("2026-12-31T09:00:00"),
        [
            "周四 工作日,计入,次年放假通知未发布,按推定",
            "周五 工作日,计入,该年放假通知未发布,按推定"
        ]
    );
    assert_eq!(
        reasons("2026-03-14T09:00:00"),
        ["周六 周末,不计入", "周日 周末,不计入", "周一 工作日,计入", "周二 工作日,计入"]
    );
}

#[test]
fn a_due_is_what_the_naive_twin_finds_in_its_list_of_working_days() {
    let (calendar, twin) = (calendar(), WorkingDays::new());
    let profiles = [guangdong(Counting::DayAfter), guangdong(Counting::Inclusive)];
    let first = at("2007-01-01T00:00:00");
    let kinds = prop::sample::select(&Kind::ALL[..5]);
    let strategy = (0_i64..20 * 365 * 86_400, kinds, any::<bool>());
    let test = |(seconds, kind, inclusive)| {
        let from = first.plus_seconds(seconds);
        let profile = &profiles[usize::from(inclusive)];
        let limit = match kind {
            Kind::Consultation => 2,
            Kind::Help | Kind::Suggestion => 10,
            Kind::Complaint | Kind::Report | Kind::Praise => 15,
        };
        let found = due(profile, &calendar, &handling(kind, from)).unwrap();
        let expected = twin.end_of(from, inclusive, limit);
        prop_assert_eq!(found.current, expected);
        prop_assert_eq!(found.original, expected);
        // What the notice of 2027 may say of the year before.
        prop_assert_eq!(found.assumed, found.current >= at("2026-12-29T00:00:00"));
        Ok(())
    };
    TestRunner::new(ProptestConfig::with_cases(5_000)).run(&strategy, test).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn an_explanation_has_the_same_due_and_a_step_for_every_day(
        seconds in 0_i64..21 * 365 * 86_400,
        kind in prop::sample::select(&Kind::ALL[..5]),
        stage in prop::sample::select(vec![Stage::Sign, Stage::Handle]),
        inclusive in any::<bool>(),
    ) {
        let from = at("2007-01-01T00:00:00").plus_seconds(seconds);
        let counting = if inclusive { Counting::Inclusive } else { Counting::DayAfter };
        let profile = guangdong(counting);
        let calendar = calendar();
        let subject = Subject { stage, ..handling(kind, from) };
        let explained = explain(&profile, &calendar, &subject).unwrap();
        prop_assert_eq!(Some(explained.due), due(&profile, &calendar, &subject));
        let days: Vec<Day> = explained.steps.iter().map(|step| step.day).collect();
        let through: Vec<Day> =
            (from.day().0..=explained.due.current.day().0).map(Day).collect();
        prop_assert_eq!(days, through);
        let last = explained.steps.last().unwrap();
        let Limit::WorkingDays(limit) = explained.limit.limit else { panic!("Guangdong counts days") };
        prop_assert_eq!(last.counted, u32::from(limit));
        for pair in explained.steps.windows(2) {
            let works = calendar.status(pair[1].day).working;
            prop_assert_eq!(pair[1].counted - pair[0].counted, u32::from(works));
        }
    }

    #[test]
    fn a_later_receipt_is_never_due_earlier(
        first in 0_i64..20 * 365 * 86_400,
        later in 0_i64..30 * 86_400,
        count in 1_u16..40,
    ) {
        let (calendar, from) = (calendar(), at("2007-01-01T00:00:00").plus_seconds(first));
        for counting in [Counting::DayAfter, Counting::Inclusive] {
            let profile = guangdong(counting);
            let early = working_days(&profile, &calendar, from, count);
            let late = working_days(&profile, &calendar, from.plus_seconds(later), count);
            prop_assert!(early.current <= late.current);
            prop_assert!(early.current >= from);
        }
    }
}
