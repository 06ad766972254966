//! Units that help (协办): each by a due of its own, which no joining, rework or late notice takes away or stretches.

use hotline_engine::co_unit::CoUnit;
use hotline_engine::figures::Measure;
use hotline_engine::order::Stage;
use hotline_engine::time::Day;

use crate::desk::Desk;
use crate::sample;
use crate::tally;

/// Here the market's authority has three working days to help, and others have five; a reworked order may be returned for one.
fn desk(last_notice: &str) -> Desk {
    Desk::open_by(sample::dispatching(last_notice), sample::DISTRICT)
}

fn say(desk: &mut Desk, steps: &[(&str, &str, &str)]) {
    for (at, who, request) in steps {
        let said = desk.say(at, who, request);
        assert!(!said.starts_with("no: "), "{at} {who} {request}: {said}");
    }
}

fn who_helps(desk: &Desk, order: u64, code: &str) -> CoUnit {
    let unit = desk.unit(code);
    desk.order(order).co_units().iter().find(|it| it.unit == unit).copied().unwrap()
}

fn due(desk: &Desk, order: u64, code: &str) -> String {
    who_helps(desk, order, code).due.unwrap().current.to_string()
}

/// Each co-unit by the rule for it: here the market's authority has 3 working days, and the others have 5.
#[test]
fn a_co_unit_has_the_limit_of_the_rule_for_it_and_the_lateness_is_its_own() {
    let mut desk = desk("2026");
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水/停水 at lotus -> 1 accepted, reply by 2026-03-23; 1 auto to water + lotus + market, sign by 2026-03-10
        2026-03-09T11:00 handler@water sign 1               -> 1 signed
        2026-03-13T00:00 system tick                        -> 1 late: co-handle of market
        2026-03-16T23:59 handler@lotus co-reply 1 已入户      -> 1 helped by lotus
        2026-03-17T00:00 system tick                        -> nothing
        2026-03-18T09:00 handler@market co-reply 1 已核查     -> 1 helped by market
        ",
    );
    assert_eq!(due(&desk, 1, "market"), "2026-03-12T23:59:59+08:00");
    assert_eq!(due(&desk, 1, "lotus"), "2026-03-16T23:59:59+08:00");
    assert!(who_helps(&desk, 1, "market").late && !who_helps(&desk, 1, "lotus").late);
    let last = desk.order(1).dues[Stage::CoHandle].unwrap().current.to_string();
    assert_eq!(last, due(&desk, 1, "lotus"));
    let of = |code, measure| tally::of_unit(&desk, code).of(measure);
    for (code, in_time, missed) in [("market", 0, 1), ("lotus", 1, 0), ("water", 0, 0)] {
        assert_eq!(of(code, Measure::HelpedInTime), in_time, "{code}");
        assert_eq!(of(code, Measure::HelpMissed), missed, "{code}");
    }
}

/// What a co-unit had of its due is what it has after a joining that was undone; what passed has passed.
#[test]
fn the_dues_of_co_units_run_through_a_joining() {
    let mut desk = desk("2026");
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水/停水 at lotus -> 1 accepted, reply by 2026-03-23; 1 auto to water + lotus + market, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 供水 -> 2 accepted, reply by 2026-03-23; 2 auto to water, sign by 2026-03-10
        2026-03-13T08:00 dispatcher merge 1 into 2                -> 1 late: sign; 1 late: co-handle of market; 2 late: sign; 1 joined to 2; 2 stands for 1
        2026-03-17T08:00 dispatcher unmerge 1 另有其事         -> 1 on its own; 2 parted from 1; 1 back with water + lotus + market
        2026-03-17T08:01 system tick                        -> 1 late: co-handle of lotus
        ",
    );
}

/// Nobody helps longer than the whole may take.
#[test]
fn help_is_due_no_later_than_the_reply() {
    let mut desk = desk("2026");
    say(
        &mut desk,
        &[
            ("2026-03-09T09:00", "call-taker", "accept help 供水/停水 at lotus urgency urgent"),
            ("2026-03-09T09:00", "call-taker", "accept consultation 供水/停水 at lotus"),
        ],
    );
    for (order, reply) in [(1, "2026-03-10T09:00:00+08:00"), (2, "2026-03-11T23:59:59+08:00")] {
        assert_eq!(desk.order(order).dues[Stage::Handle].unwrap().current.to_string(), reply);
        assert_eq!(due(&desk, order, "lotus"), reply);
    }
}

/// In the first new cycle as in every other: by the limits for reworks.
#[test]
fn a_rework_begins_by_the_limits_for_reworks() {
    let mut desk = desk("2026");
    say(
        &mut desk,
        &[
            ("2026-03-09T09:00", "call-taker", "accept help 供水/停水 at lotus"),
            ("2026-03-09T10:00", "handler@water", "sign 1"),
            ("2026-03-09T11:00", "handler@water", "reply 1 已办"),
            ("2026-03-09T12:00", "call-taker", "callback 1 unsatisfied"),
        ],
    );
    let order = desk.order(1);
    assert_eq!(order.reworks.len(), 1);
    let refused = order.dues[Stage::Return].unwrap().current.to_string();
    assert_eq!(refused, "2026-03-10T23:59:59+08:00", "one working day, and not two");
}

/// What was handled with another goes on with those who helped there.
#[test]
fn who_helped_with_the_order_that_has_ended_helps_with_its_heir() {
    let mut desk = desk("2026");
    say(
        &mut desk,
        &[
            ("2026-03-09T09:00", "call-taker", "accept help 供水/停水 at lotus"),
            ("2026-03-09T10:00", "call-taker", "accept help 供水/停水 at lotus"),
            ("2026-03-09T11:00", "dispatcher", "merge 2 into 1"),
            ("2026-03-10T09:00", "call-taker", "withdraw 1 自行解决"),
        ],
    );
    assert_eq!(desk.order(2).co_units().len(), 2);
    assert_eq!(due(&desk, 2, "market"), "2026-03-12T23:59:59+08:00", "as it was with them");
}

/// Marked late by a day that was only assumed: the notice makes it a day off, and nobody was late.
#[test]
fn a_notice_takes_back_what_a_helper_was_late_with() {
    let mut desk = desk("2025");
    say(
        &mut desk,
        &[
            ("2025-12-30T09:00", "call-taker", "accept help 供水/停水 at lotus"),
            ("2026-01-03T00:00", "system", "tick"),
        ],
    );
    assert!(who_helps(&desk, 1, "market").late && desk.order(1).overdue.contains(&Stage::CoHandle));
    let missed = |desk: &Desk| tally::of_unit(desk, "market").of(Measure::HelpMissed);
    assert_eq!(missed(&desk), 1);
    desk.rules = sample::dispatching("2026");
    say(&mut desk, &[("2026-01-03T01:00", "system", "tick")]);
    assert!(
        !who_helps(&desk, 1, "market").late && !desk.order(1).overdue.contains(&Stage::CoHandle)
    );
    assert_eq!((missed(&desk), due(&desk, 1, "market")), (0, "2026-01-05T23:59:59+08:00".into()));
    say(&mut desk, &[("2026-01-05T10:00", "handler@market", "co-reply 1 已核查")]);
    assert_eq!(tally::of_unit(&desk, "market").of(Measure::HelpedInTime), 1);
}

/// A notice that comes while an order is joined counts as soon as its unit has it again: nobody was late, and it is counted once.
#[test]
fn what_a_unit_gets_back_is_due_by_the_notices_of_now() {
    let mut desk = desk("2025");
    say(
        &mut desk,
        &[
            ("2025-12-30T09:00", "call-taker", "accept help 供水/停水 at lotus"),
            ("2025-12-30T09:00", "call-taker", "accept help 供水"),
            ("2025-12-30T10:00", "dispatcher", "merge 1 into 2"),
        ],
    );
    desk.rules = sample::dispatching("2026");
    say(
        &mut desk,
        &[
            ("2026-01-03T01:00", "system", "tick"),
            ("2026-01-03T02:00", "dispatcher", "unmerge 1 另有其事"),
            ("2026-01-03T02:01", "system", "tick"),
            ("2026-01-03T03:00", "handler@market", "co-reply 1 已核查"),
        ],
    );
    assert!(!who_helps(&desk, 1, "market").late);
    let counted = tally::of_unit(&desk, "market");
    assert_eq!([Measure::HelpedInTime, Measure::HelpMissed].map(|it| counted.of(it)), [1, 0]);
}

/// However late somebody looks: the last of March is March's.
#[test]
fn a_due_that_is_missed_counts_on_the_day_it_fell_on() {
    let mut desk = desk("2026");
    say(
        &mut desk,
        &[
            ("2026-03-26T09:00", "call-taker", "accept help 供水/停水 at lotus"),
            ("2026-04-02T09:00", "system", "tick"),
        ],
    );
    let day = |day: &str| Day::parse(day).unwrap();
    let of = |from: &str, to: &str, measure| {
        let days = desk.state.figures().days(day(from), day(to));
        days.flat_map(|(_, day)| day.counts.values()).map(|counts| counts.of(measure)).sum::<u64>()
    };
    for measure in [Measure::SigningMissed, Measure::HelpMissed] {
        assert_eq!(of("2026-03-01", "2026-03-31", measure), 1, "{}", measure.code());
        assert_eq!(of("2026-04-01", "2026-04-30", measure), 0, "{}", measure.code());
    }
}
