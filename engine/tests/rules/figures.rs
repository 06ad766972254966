//! Honest figures: what is counted where, what is divided by what, and published counts that come out as published.

use hotline_engine::figures::{Counts, Measure};
use hotline_engine::report::{Average, Figure, Rate};
use hotline_engine::score::{Points, ScoreProfile};
use hotline_engine::time::Day;

use crate::desk::Desk;
use crate::sample;
use crate::tally;

fn rate(numerator: u64, denominator: u64) -> String {
    Rate { numerator, denominator }.to_string()
}

/// Counts that offices published with their rates (Lianyungang 2019-06 and 2021, Huaibei, Ningguo, Panjin), as
/// the engine counts them: measure and count, then the figure as published.
const PUBLISHED: &str = "
due-met 24165, due-missed 1618, due-overdue 3403 -> on-time-closure        24165/29186 82.80 %
due-met 24165, due-missed 1618, due-overdue 3403 -> closure-of-due         25783/29186 88.34 %
dispatched-closed 1715, dispatched 2274          -> closure-of-dispatched  1715/2274   75.42 %
dispatched-met 597, dispatched 601               -> on-time-of-dispatched  597/601     99.33 %
answered 725, accepted 967                       -> direct-answer          725/967     74.97 %
answered 72500, accepted 96700                   -> direct-answer          72500/96700 74.97 %
answered 6673, accepted 8947                     -> direct-answer          6673/8947   74.58 %
answered 41489, accepted 83218                   -> direct-answer          41489/83218 49.86 %
due-met 17751, due-overdue 3                     -> on-time-closure        17751/17754 99.98 %
due-met 17750, due-missed 1, due-overdue 3       -> on-time-closure        17750/17754 99.98 %
due-met 17749, due-missed 2, due-overdue 3       -> on-time-closure        17749/17754 99.97 %
";

#[test]
fn published_counts_come_out_as_published() {
    for line in PUBLISHED.trim().lines() {
        let (counted, expected) = line.split_once(" -> ").unwrap();
        let pairs = counted.split(',').map(|pair| {
            let (code, count) = pair.trim().split_once(' ').unwrap();
            (Measure::parse(code).unwrap(), count.parse().unwrap())
        });
        let counts: Counts = pairs.collect();
        let (code, expected) = expected.trim().split_once(' ').unwrap();
        let of = Figure::parse(code).unwrap().of(&counts);
        let words: Vec<&str> = expected.split_whitespace().collect();
        assert_eq!(format!("{}/{}", of.numerator, of.denominator), words[0], "{line}");
        assert_eq!(of.to_string(), words[1..].join(" "), "{line}");
    }
}

/// What is divided by what, of every figure.
const DIVIDED: &str = "
on-time-closure       due-met / due-met due-missed due-overdue
closure-of-due        due-met due-missed / due-met due-missed due-overdue
closure-of-dispatched dispatched-closed / dispatched
closure-of-accepted   closed answered / accepted
on-time-of-dispatched dispatched-met / dispatched
signing-in-time       signed-in-time / signed-in-time signing-missed
help-in-time          helped-in-time / helped-in-time help-missed
response              contacted-in-time / contacted-in-time contact-missed
return-rate           returned / received
rework-rate           closed-after-rework / closed
callback-rate         closed-after-callback / closed
reached-rate          reached / called-back
satisfaction          satisfied / reached
solved-rate           solved / reached
direct-answer         answered / accepted
dispatch-in-time      dispatched-in-time / dispatched-in-time dispatch-missed
callback-in-time      called-back-in-time / called-back-in-time callback-missed
repeat-rate           repeated merged / accepted repeated
good-rating           rated-well / rated-well rated-badly
connection            calls-answered / calls-offered
connection-in-15s     calls-in-15s / calls-offered
connection-in-30s     calls-in-30s / calls-offered
";

#[test]
fn every_figure_divides_what_it_says() {
    // No two sums of few of these are equal.
    let count = |measure: Measure| 1_000_000 + (measure as u32 + 1).pow(4);
    let counts: Counts = Measure::ALL.iter().map(|&measure| (measure, count(measure))).collect();
    let sum = |words: &str| -> u64 {
        words.split_whitespace().map(|word| counts.of(Measure::parse(word).unwrap())).sum()
    };
    let mut told = vec![Figure::FirstDispatch];
    for line in DIVIDED.trim().lines() {
        let (code, rest) = line.split_once(' ').unwrap();
        let (numerator, denominator) = rest.split_once('/').unwrap();
        let figure = Figure::parse(code).unwrap();
        let rate = figure.of(&counts);
        assert_eq!(
            (rate.numerator, rate.denominator),
            (sum(numerator), sum(denominator)),
            "{code}"
        );
        told.push(figure);
    }
    let first = Figure::FirstDispatch
        .of(&[(Measure::Dispatched, 7), (Measure::Misdispatched, 2)].into_iter().collect());
    assert_eq!((first.numerator, first.denominator), (5, 7));
    let missing: Vec<_> = Figure::ALL.iter().filter(|figure| !told.contains(figure)).collect();
    assert!(missing.is_empty(), "{missing:?}");
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

pub(crate) fn figure(desk: &Desk, figure: Figure) -> String {
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
        (Measure::SigningMissed, 1),
        (Measure::SignedLate, 1),
        (Measure::Received, 7),
        (Measure::Concluded, 1),
        // From Monday 09:00 to Thursday 10:00.
        (Measure::ConcludedMinutes, 3 * 24 * 60 + 60),
        (Measure::ConcludedWorkingMinutes, 3 * 24 * 60 + 60),
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
    assert_eq!(figure(&desk, Figure::ReworkRate), "0/1");
    assert_eq!(figure(&desk, Figure::ReturnRate), "1/7");
    // Orders 4 is praise; 5 and 6 were never signed for, and it shows.
    assert_eq!(figure(&desk, Figure::SigningInTime), "2/4");
}

/// Who has let a due pass is late, whatever the order ends in; what ended before its due was never judged.
#[test]
fn late_stays_late_however_the_order_ends() {
    let caller = "caller-known 林 13800000000";
    for (ends, who, request) in [
        ("withdrawn", "call-taker", "withdraw 2 自行解决"),
        ("transferred", "call-taker", "transfer 2 110"),
        ("repeat", "call-taker", "merge 2 into 1"),
    ] {
        for (at, missed) in [("2026-03-11T12:00", 0), ("2026-03-12T12:00", 1)] {
            let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
            desk.say("2026-03-09T09:00", "call-taker", &format!("accept help 供水 {caller}"));
            desk.say(
                "2026-03-09T10:00",
                "call-taker",
                &format!("accept consultation 供水 {caller}"),
            );
            let said = desk.say(at, who, request);
            assert!(!said.starts_with("no: "), "{said}");
            assert_eq!(desk.order(2).status.code(), ends);
            let counts = sum(&desk, "2026-03-11", "2026-03-11");
            assert_eq!(counts.of(Measure::DueMissed), missed, "{ends} at {at}");
            let water = desk.order(2).dispatch.as_ref().unwrap().lead;
            let day = desk
                .state
                .figures()
                .days(Day::parse("2026-03-11").unwrap(), Day::parse("2026-03-11").unwrap());
            let of_water: u64 = day
                .flat_map(|(_, day)| &day.counts)
                .filter(|(place, _)| place.unit == Some(water))
                .map(|(_, counts)| counts.of(Measure::DueMissed))
                .sum();
            assert_eq!(of_water, missed, "its unit's");
        }
    }
}

/// What was overdue before the desk answered it by itself was due, and late; what was not is nobody's due.
#[test]
fn an_answer_of_the_desk_makes_nothing_that_was_overdue_undone() {
    for (at, judged) in [("2026-03-11T23:59:59", (0, 0)), ("2026-03-12T00:00", (0, 1))] {
        let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
        desk.say("2026-03-09T09:00", "call-taker", "accept consultation ?");
        desk.say(at, "system", "tick");
        desk.say(at, "call-taker", "answer 1 按政策答复");
        assert_eq!(desk.order(1).status.code(), "closed");
        assert_eq!(tally::figure(&desk, Figure::OnTimeClosure), judged, "at {at}");
        assert_eq!(tally::figure(&desk, Figure::DirectAnswer), (1, 1));
        let missed = |desk: &Desk| sum(desk, "2026-03-11", "2026-03-11").of(Measure::DueMissed);
        assert_eq!(missed(&desk), judged.1);
        desk.say("2026-03-12T09:00", "dispatcher", "rework 1 new-facts 又坏了");
        assert_eq!((desk.order(1).status.code(), missed(&desk)), ("triage", judged.1), "at {at}");
    }
}

/// A late reply that is then taken back was late; one in time that is taken back after its due is not judged, nor is
/// what stood still when it was due, nor a bad grade that was struck out.
#[test]
fn only_a_due_that_passed_unmet_is_missed_by_what_ended() {
    let missed = |steps: &[(&str, &str, &str)]| {
        let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
        for (at, who, request) in steps {
            let said = desk.say(at, who, request);
            assert!(!said.starts_with("no: "), "{said}");
        }
        tally::all(&desk).of(Measure::DueMissed)
    };
    let accepted = ("2026-03-09T09:00", "call-taker", "accept consultation 供水");
    let signed = ("2026-03-09T10:00", "handler@water", "sign 1");
    let withdrawn = ("2026-03-13T10:00", "call-taker", "withdraw 1 自行解决");
    let late = ("2026-03-12T10:00", "handler@water", "reply 1 已办");
    assert_eq!(missed(&[accepted, signed, late, withdrawn]), 1);
    let early = ("2026-03-11T10:00", "handler@water", "reply 1 已办");
    assert_eq!(missed(&[accepted, signed, early, withdrawn]), 0);
    let paused = ("2026-03-11T10:00", "handler@water", "pause 1 waiting-for-caller 待补照片");
    assert_eq!(missed(&[accepted, signed, paused, withdrawn]), 0);
    let rated = ("2026-03-09T09:00", "integration", "grade 办-1 water 1");
    let appealed = ("2026-03-10T09:00", "handler@water", "appeal 1 误评");
    let struck = ("2026-04-13T10:00", "supervisor", "uphold 1 属实");
    assert_eq!(missed(&[rated, appealed, struck]), 0);
}

/// Friday noon to Monday noon is one working day and three of the calendar; a make-up Saturday is worked.
#[test]
fn handling_is_told_in_working_days_and_in_days_of_the_calendar() {
    for (accepted, replied, means) in [
        ("2026-03-13T12:00", "2026-03-16T12:00", ["1.00", "3.00"]),
        ("2026-02-13T12:00", "2026-02-14T18:00", ["1.25", "1.25"]),
        ("2026-02-14T12:00", "2026-02-24T12:00", ["1.00", "10.00"]),
        ("2026-03-14T12:00", "2026-03-15T12:00", ["0.00", "1.00"]),
    ] {
        let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
        for (at, who, request) in [
            (accepted, "call-taker", "accept help 供水"),
            (replied, "handler@water", "sign 1"),
            (replied, "handler@water", "reply 1 已办"),
            (replied, "call-taker", "close 1"),
        ] {
            let said = desk.say(at, who, request);
            assert!(!said.starts_with("no: "), "{said}");
        }
        let counts = tally::all(&desk);
        let told = [Average::HandlingWorkingDays, Average::HandlingDays]
            .map(|average| average.of(&counts).to_string());
        assert_eq!(told, means, "{accepted} to {replied}");
    }
}

/// Longhu calls back within a working day of the reply: in time, late, and not yet due.
#[test]
fn a_call_back_is_in_time_within_a_working_day_of_the_reply() {
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    for id in 1..=3 {
        let caller = format!("caller 林 1380000000{id}");
        desk.say("2026-03-13T09:00", "call-taker", &format!("accept help 供水 {caller}"));
        desk.say("2026-03-13T09:00", "handler@water", &format!("sign {id}"));
    }
    desk.run(
        "
        2026-03-13T11:00 handler@water reply 1 已办           -> 1 replied
        2026-03-13T11:00 handler@water reply 2 已办           -> 2 replied
        2026-03-16T23:59:59 call-taker callback 1 satisfied   -> 1 called back
        2026-03-17T00:00 call-taker callback 2 satisfied      -> 2 late: callback; 2 called back
        2026-03-17T09:00 handler@water reply 3 已办           -> 3 replied
        ",
    );
    assert_eq!(figure(&desk, Figure::CallbackInTime), "1/2");
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
    // One late of one, and nobody rated it: ranked, with the least that the second item gives.
    let late = [(Measure::DueOverdue, 1)].into_iter().collect();
    assert_eq!(now.points(&late), Some(Points(1_250)));
    let rated = [(Measure::Reached, 1), (Measure::Satisfied, 1)].into_iter().collect();
    assert_eq!(now.points(&rated), None, "nothing was due");
    let refusals = [
        ("threshold = 73", "threshold = 173", "threshold is not between 0 and 100"),
        ("base = 12.5", "base = 25.5", "base is more than full"),
        ("unrated = 12.5", "unrated = 26", "unrated is more than full"),
    ];
    for (right, wrong, why) in refusals {
        let rule: ScoreProfile = toml::from_str(&SCORES[1].replace(right, wrong)).unwrap();
        let said = format!("score `lianyungang-2022`: item `满意度`: {why}");
        assert_eq!(rule.check().unwrap_err().to_string(), said);
    }
}

/// The water let it become late, and the market replied within the hour.
#[test]
fn a_missed_due_is_counted_with_who_had_it_when_it_passed() {
    let steps = [
        ("2026-03-09T09:00", "call-taker", "accept consultation 供水"),
        ("2026-03-12T09:00", "system", "tick"),
        ("2026-03-12T10:00", "dispatcher", "dispatch 1 market as 市场/消费"),
        ("2026-03-12T11:00", "handler@market", "sign 1"),
    ];
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    let by_unit = |desk: &Desk, measure| {
        let days = desk.state.figures().all_days();
        let places = days.flat_map(|(_, day)| &day.counts);
        let counted = places.filter(|(_, counts)| counts.of(measure) > 0);
        let unit = |unit| desk.state.directory().unit(unit).code.clone();
        counted.map(|(place, _)| place.unit.map(unit).unwrap_or_default()).collect::<Vec<_>>()
    };
    for (at, who, request) in steps {
        desk.say(at, who, request);
    }
    assert_eq!(by_unit(&desk, Measure::DueOverdue), ["water"]);
    for (at, who, request) in [
        ("2026-03-12T11:30", "handler@market", "reply 1 已办"),
        ("2026-03-12T12:00", "call-taker", "callback 1 unsatisfied"),
    ] {
        desk.say(at, who, request);
    }
    // In the cycle that a rework has ended too.
    assert_eq!(desk.order(1).reworks.len(), 1);
    assert_eq!(by_unit(&desk, Measure::DueMissed), ["water"]);
    assert_eq!(by_unit(&desk, Measure::DueOverdue), [""; 0]);
}

/// Four cycles of one order, each in time, are one order that was in time; one late cycle makes it none.
#[test]
fn on_time_of_what_was_given_to_units_counts_orders_on_both_sides() {
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    desk.say("2026-03-09T09:00", "call-taker", "accept help 供水");
    for day in 9..13 {
        desk.say(&format!("2026-03-{day:02}T10:00"), "handler@water", "sign 1");
        desk.say(&format!("2026-03-{day:02}T11:00"), "handler@water", "reply 1 已办");
        assert_eq!(figure(&desk, Figure::OnTimeOfDispatched), "1/1", "{day}");
        desk.say(&format!("2026-03-{day:02}T12:00"), "supervisor", "rework 1 new-facts 又有一处");
        assert_eq!(figure(&desk, Figure::OnTimeOfDispatched), "0/1", "{day}");
    }
    assert_eq!(sum(&desk, "2026-01-01", "2026-12-31").of(Measure::DueMet), 4);
    desk.say("2026-04-10T10:00", "handler@water", "sign 1");
    desk.say("2026-04-10T11:00", "handler@water", "reply 1 已办");
    assert_eq!(figure(&desk, Figure::OnTimeOfDispatched), "0/1");
}

/// Two are due on the 23rd: one is replied to early, and the other may be late yet.
#[test]
fn a_day_that_is_not_over_says_how_many_are_open_and_due_in_it() {
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    let on_the_day = |desk: &Desk| {
        let counts = sum(desk, "2026-03-23", "2026-03-23");
        [Measure::DueOpen, Measure::DueMet, Measure::DueOverdue].map(|it| counts.of(it))
    };
    for (at, who, request, counted) in [
        ("2026-03-09T09:00", "call-taker", "accept help 供水", [1, 0, 0]),
        ("2026-03-09T09:00", "call-taker", "accept help 供水", [2, 0, 0]),
        ("2026-03-09T10:00", "handler@water", "sign 1", [2, 0, 0]),
        ("2026-03-09T11:00", "handler@water", "reply 1 已办", [1, 1, 0]),
        ("2026-03-09T12:00", "handler@water", "sign 2", [1, 1, 0]),
        ("2026-03-10T12:00", "handler@water", "pause 2 waiting-for-caller 等回电", [1, 1, 0]),
        ("2026-03-10T13:00", "handler@water", "resume 2", [1, 1, 0]),
        ("2026-03-23T23:59:59", "system", "tick", [1, 1, 0]),
        ("2026-03-24T00:00:00", "system", "tick", [0, 1, 1]),
    ] {
        let said = desk.say(at, who, request);
        assert_eq!(on_the_day(&desk), counted, "{request}: {said}");
    }
}

/// One was replied to in time and one late when their callers took them back, after the due; a third before it.
#[test]
fn what_is_taken_back_after_its_due_counts_as_it_came_out() {
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    desk.run(
        "
        2026-03-02T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-16; 1 auto to water, sign by 2026-03-03
        2026-03-02T09:00 call-taker accept help 供水 -> 2 accepted, reply by 2026-03-16; 2 auto to water, sign by 2026-03-03
        2026-03-02T09:00 call-taker accept help 供水 -> 3 accepted, reply by 2026-03-16; 3 auto to water, sign by 2026-03-03
        2026-03-03T09:00 handler@water sign 1       -> 1 signed
        2026-03-03T09:00 handler@water sign 2       -> 2 signed
        2026-03-03T09:00 handler@water sign 3       -> 3 signed
        2026-03-04T10:00 handler@water reply 1 已办   -> 1 replied
        2026-03-04T10:00 handler@water reply 3 已办   -> 3 replied
        2026-03-05T10:00 call-taker withdraw 3 自行解决 -> 3 withdrawn
        2026-03-20T10:00 handler@water reply 2 已办   -> 2 late: handle; 2 replied
        ",
    );
    assert_eq!(figure(&desk, Figure::OnTimeClosure), "1/2");
    // A reply in time is one, whenever the caller takes the matter back.
    assert_eq!(figure(&desk, Figure::OnTimeOfDispatched), "2/3");
    for id in [1, 2] {
        let said = desk.say("2026-03-20T11:00", "call-taker", &format!("withdraw {id} 自行解决"));
        assert!(said.contains("withdrawn"), "{said}");
    }
    assert_eq!(figure(&desk, Figure::OnTimeOfDispatched), "2/3");
    assert_eq!(figure(&desk, Figure::OnTimeClosure), "1/2");
    assert_eq!(figure(&desk, Figure::ClosureOfDue), "2/2");
}
