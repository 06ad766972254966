//! Honest figures: what is counted where, what is divided by what, and published counts that come out as published.

use hotline_engine::figures::{Counts, Measure};
use hotline_engine::report::{Figure, Rate};
use hotline_engine::score::ScoreProfile;
use hotline_engine::time::Day;

use crate::desk::Desk;
use crate::sample;

fn rate(numerator: u64, denominator: u64) -> String {
    Rate { numerator, denominator }.to_string()
}

/// Counts that offices published with their rates (Lianyungang 2019-06, Huaibei, Ningguo, Panjin).
#[test]
fn published_counts_come_out_as_published() {
    for (numerator, denominator, published) in [
        (25_783, 29_186, "88.34 %"),
        (24_165, 29_186, "82.80 %"),
        (1_715, 2_274, "75.42 %"),
        (597, 601, "99.33 %"),
        (725, 967, "74.97 %"),
        (72_500, 96_700, "74.97 %"),
        (6_673, 8_947, "74.58 %"),
        (41_489, 83_218, "49.86 %"),
    ] {
        assert_eq!(rate(numerator, denominator), published, "{numerator}/{denominator}");
    }
}

#[test]
fn of_nothing_there_is_no_rate() {
    assert_eq!(rate(0, 0), "—");
    assert_eq!(rate(0, 7), "0.00 %");
    assert_eq!(Rate { numerator: u64::MAX, denominator: u64::MAX }.hundredths(), Some(10_000));
}

/// All counts of a span.
fn sum(desk: &Desk, from: &str, to: &str) -> Counts {
    let (from, to) = (Day::parse(from).unwrap(), Day::parse(to).unwrap());
    let mut all = Counts::default();
    for (_, day) in desk.state.figures().days(from, to) {
        day.counts.values().for_each(|counts| all.add(counts));
    }
    all
}

fn figure(desk: &Desk, figure: Figure) -> String {
    let Rate { numerator, denominator } = figure.of(&sum(desk, "2026-01-01", "2026-12-31"));
    format!("{numerator}/{denominator}")
}

#[test]
fn every_order_is_counted_once_and_where_it_belongs() {
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    desk.check_every = 1;
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水          -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 供水          -> 2 accepted, reply by 2026-03-23; 2 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 供水          -> 3 accepted, reply by 2026-03-23; 3 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept praise 供水        -> 4 accepted; 4 auto to water; 4 praise passed on
        2026-03-09T09:00 call-taker accept consultation 供水  -> 5 accepted, reply by 2026-03-11; 5 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water sign 1                -> 1 signed
        2026-03-09T10:00 handler@water sign 2                -> 2 signed
        2026-03-09T11:00 handler@water return 5 not-our-duty suggest education 属市场监管 -> 5 returned by water: not-our-duty; 5 waits: returned
        2026-03-09T12:00 dispatcher dispatch 5 market        -> 5 triage to market, sign by 2026-03-10
        2026-03-11T10:00 handler@water sign 3                -> 3 late: sign; 3 signed
        2026-03-12T10:00 handler@water reply 1 已办           -> 1 replied
        2026-03-13T09:00 call-taker callback 1 not-reached    -> 1 called back
        2026-03-13T10:00 call-taker callback 1 satisfied      -> 1 called back
        2026-03-13T10:01 call-taker close 1                   -> 1 closed
        2026-03-20T10:00 handler@water extend 2 5 需开挖       -> 2 asks for 5 days
        2026-03-20T10:00 supervisor grant 2                   -> 2 extended to 2026-03-30
        2026-03-25T10:00 handler@water reply 2 已办           -> 2 replied
        2026-03-25T11:00 handler@water reply 3 已办           -> 3 late: handle; 3 replied
        2026-03-26T10:00 call-taker callback 3 unsatisfied    -> 3 called back; 3 reworked: dissatisfied, reply by 2026-04-02; 3 rework to water, sign by 2026-03-27
        2026-03-26T11:00 call-taker accept help 供水          -> 6 accepted, reply by 2026-04-10; 6 auto to water, sign by 2026-03-27
        2026-03-26T12:00 call-taker withdraw 6 自行解决        -> 6 withdrawn
        ",
    );
    let all = sum(&desk, "2026-01-01", "2026-12-31");
    for (measure, count) in [
        (Measure::Accepted, 5),
        (Measure::Dispatched, 5),
        (Measure::Misdispatched, 1),
        (Measure::Returned, 1),
        (Measure::SignedInTime, 2),
        (Measure::SignedLate, 1),
        // The late reply to order 3 stays counted in its second cycle; order 5 is overdue as soon as a tick says so.
        (Measure::DueMet, 2),
        (Measure::DueMissed, 1),
        (Measure::Closed, 1),
        (Measure::Praise, 1),
        (Measure::Withdrawn, 1),
        (Measure::CalledBack, 3),
        (Measure::Reached, 2),
        (Measure::Satisfied, 1),
        (Measure::Reworked, 1),
        (Measure::Extended, 1),
    ] {
        assert_eq!(all.of(measure), count, "{}", measure.code());
    }
    // The due of order 2 counts where it stands now, not where it first stood.
    assert_eq!(sum(&desk, "2026-03-30", "2026-03-30").of(Measure::DueMet), 1);
    desk.say("2026-03-26T13:00", "system", "tick");
    assert_eq!(sum(&desk, "2026-03-11", "2026-03-11").of(Measure::DueOverdue), 1);
    assert_eq!(figure(&desk, Figure::OnTimeClosure), "2/4");
    assert_eq!(figure(&desk, Figure::ClosureOfDue), "3/4");
    assert_eq!(figure(&desk, Figure::ClosureOfDispatched), "1/5");
    assert_eq!(figure(&desk, Figure::ClosureOfAccepted), "1/5");
    assert_eq!(figure(&desk, Figure::FirstDispatch), "4/5");
    assert_eq!(figure(&desk, Figure::Satisfaction), "1/2");
    // Two calls about one closed order are one order called back.
    assert_eq!(figure(&desk, Figure::CallbackRate), "1/1");
    assert_eq!(figure(&desk, Figure::ReachedRate), "2/3");
    assert_eq!(figure(&desk, Figure::ReworkRate), "1/1");
}

const SCORES: [&str; 2] = [
    include_str!("../../../profiles/scores/lianyungang-2021.toml"),
    include_str!("../../../profiles/scores/lianyungang-2022.toml"),
];

/// Published results of Lianyungang's offices: rate in hundredths of a percent, points.
#[test]
fn a_published_scoring_rule_gives_the_published_points() {
    let [before, now] = SCORES.map(|text| toml::from_str::<ScoreProfile>(text).unwrap());
    assert_eq!((before.check(), now.check()), (Ok(()), Ok(())));
    let cases = [
        (&now.items[0], 8_982, "14.82"),
        (&now.items[0], 8_000, "5.00"),
        (&now.items[0], 6_667, "0.00"),
        (&now.items[0], 10_000, "25.00"),
        (&before.items[1], 7_059, "12.80"),
        (&before.items[1], 7_000, "12.50"),
        (&now.items[1], 7_500, "13.50"),
        (&now.items[1], 8_333, "17.67"),
        (&now.items[1], 8_750, "19.75"),
        (&now.items[1], 1_000, "12.50"),
    ];
    for (item, rate, points) in cases {
        assert_eq!(item.points(rate).to_string(), points, "{} at {rate}", item.name);
    }
}

#[test]
fn a_unit_without_a_due_order_has_no_score_and_a_wrong_rule_is_refused() {
    let now: ScoreProfile = toml::from_str(SCORES[1]).unwrap();
    assert_eq!(now.points(&Counts::default()), None);
    let wrong = SCORES[1].replace("threshold = 73", "threshold = 173");
    let wrong: ScoreProfile = toml::from_str(&wrong).unwrap();
    let said = "score `lianyungang-2022`: item `满意度`: threshold is not between 0 and 100";
    assert_eq!(wrong.check().unwrap_err().to_string(), said);
}
