//! What is counted of orders that are closed: with the unit that had them first, and with the call that was owed.

use hotline_engine::figures::{Counts, Measure};
use hotline_engine::report::Figure;

use crate::desk::Desk;
use crate::figures::figure;
use crate::sample;

/// Asks one after the other, and nothing is refused.
#[track_caller]
fn all_go(desk: &mut Desk, steps: &[(&str, &str, &str)]) {
    for (at, who, request) in steps {
        let said = desk.say(at, who, request);
        assert!(!said.starts_with("no"), "{request}: {said}");
    }
}

/// Two units had it, and the second closed it: it was given to the first, and is no more than one order.
#[test]
fn what_is_closed_of_what_was_given_to_units_is_never_more_than_that() {
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    all_go(
        &mut desk,
        &[
            ("2026-03-09T09:00", "call-taker", "accept help 供水"),
            (
                "2026-03-09T10:00",
                "handler@water",
                "return 1 not-our-duty suggest market 不属本单位",
            ),
            ("2026-03-09T11:00", "dispatcher", "dispatch 1 market"),
            ("2026-03-09T12:00", "handler@market", "sign 1"),
            ("2026-03-09T13:00", "handler@market", "reply 1 已办"),
            ("2026-03-09T14:00", "dispatcher", "close 1"),
        ],
    );
    let of = |unit: &str| {
        let unit = desk.state.directory().unit_id(unit);
        let days = desk.state.figures().all_days();
        let places = days.flat_map(|(_, day)| &day.counts).filter(|(place, _)| place.unit == unit);
        let sums = [Measure::DispatchedClosed, Measure::Dispatched, Measure::Closed];
        let counts: Vec<&Counts> = places.map(|(_, counts)| counts).collect();
        sums.map(|it| counts.iter().map(|counts| counts.of(it)).sum::<u64>())
    };
    assert_eq!((of("water"), of("market")), ([1, 1, 0], [0, 0, 1]));
    assert_eq!(figure(&desk, Figure::ClosureOfDispatched), "1/1");
}

/// A call is owed until it is made: an order that is closed without one has missed it, whoever left no number is owed none.
#[test]
fn what_is_closed_without_the_call_that_was_owed_has_missed_it() {
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    for caller in ["caller 林 13800000001", "caller 陈 13800000002", ""] {
        desk.say("2026-03-09T09:00", "call-taker", &format!("accept help 供水 {caller}"));
    }
    for (at, what, text) in
        [("2026-03-09T10:00", "sign", ""), ("2026-03-09T11:00", "reply", " 已办")]
    {
        for id in 1..=3 {
            desk.say(at, "handler@water", &format!("{what} {id}{text}"));
        }
    }
    desk.say("2026-03-09T12:00", "call-taker", "callback 1 not-reached");
    assert_eq!(figure(&desk, Figure::CallbackInTime), "1/1");
    for id in 1..=3 {
        assert_eq!(
            desk.say("2026-03-09T13:00", "dispatcher", &format!("close {id}")),
            format!("{id} closed")
        );
    }
    assert_eq!(figure(&desk, Figure::CallbackInTime), "1/2");
    assert_eq!(figure(&desk, Figure::CallbackRate), "1/3");
    // Nor does time alone make a call late that is owed to nobody.
    desk.say("2026-03-09T14:00", "call-taker", "accept help 供水");
    desk.say("2026-03-09T15:00", "handler@water", "sign 4");
    desk.say("2026-03-09T16:00", "handler@water", "reply 4 已办");
    assert_eq!(desk.say("2026-03-20T09:00", "system", "tick"), "nothing");
    assert_eq!(figure(&desk, Figure::CallbackInTime), "1/2");
}

/// What units were given: not what somebody had told already; and what the desk answered after all is done.
#[test]
fn a_repeat_is_no_order_that_was_given_to_a_unit_and_an_answer_closes_one_that_was() {
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    let given = |desk: &Desk| {
        [Figure::ClosureOfDispatched, Figure::OnTimeOfDispatched, Figure::FirstDispatch]
            .map(|it| figure(desk, it))
    };
    all_go(
        &mut desk,
        &[
            ("2026-03-09T09:00", "call-taker", "accept help 供水 caller-known 林 13800000001"),
            ("2026-03-09T09:00", "call-taker", "accept help 供水 caller-known 林 13800000001"),
            ("2026-03-09T10:00", "call-taker", "merge 2 into 1"),
        ],
    );
    assert_eq!(desk.order(2).status.code(), "repeat");
    assert_eq!(given(&desk), ["0/1", "0/1", "1/1"]);
    all_go(
        &mut desk,
        &[
            ("2026-03-10T09:00", "call-taker", "accept consultation 供水"),
            (
                "2026-03-10T10:00",
                "handler@water",
                "return 3 not-our-duty suggest market 不属本单位",
            ),
            ("2026-03-10T11:00", "call-taker", "answer 3 见公告"),
        ],
    );
    assert_eq!(given(&desk), ["1/2", "0/2", "1/2"], "no unit has replied");
}

/// A reply that the desk found poor was none: its due is missed, unless it lay ahead when another took its place.
#[test]
fn a_poor_reply_meets_no_due() {
    for (reworked, judged) in [("2026-03-10T12:00", "0/0"), ("2026-03-12T12:00", "0/1")] {
        let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
        all_go(
            &mut desk,
            &[
                ("2026-03-09T09:00", "call-taker", "accept consultation 供水"),
                ("2026-03-09T10:00", "handler@water", "sign 1"),
                ("2026-03-10T11:00", "handler@water", "reply 1 已转相关科室"),
                (reworked, "dispatcher", "rework 1 poor-reply 未办"),
            ],
        );
        assert_eq!(figure(&desk, Figure::OnTimeClosure), judged, "{reworked}");
        desk.say("2026-03-12T13:00", "handler@water", "sign 1");
        desk.say("2026-03-12T14:00", "handler@water", "reply 1 已修好");
        assert_eq!(figure(&desk, Figure::OnTimeOfDispatched), "0/1", "{reworked}: each time");
    }
}
