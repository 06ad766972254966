//! Units that are no more in a new list (机构改革): nothing stays with them, no clock stops for that, and nobody was mistaken.

use hotline_engine::decide::TICK_EVENTS_MAX;
use hotline_engine::figures::Measure;
use hotline_engine::order::{Stage, Status, TriageReason};

use crate::desk::{Desk, check};
use crate::joining::longhu;
use crate::{sample, tally};

const ACCEPT: &str = "2026-03-09T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10";

/// The list without the unit comes into force over night, and the next tick finds what it had.
fn dissolve(desk: &mut Desk) {
    desk.run("2026-03-10T00:00 admin adopt-directory without water -> directory adopted");
}

#[test]
fn what_a_dissolved_unit_had_goes_to_a_dispatcher_whether_signed_or_not() {
    for had in ["", "sign 1", "sign 1; pause 1 force-majeure 台风"] {
        let mut desk = check(ACCEPT);
        for step in had.split("; ").filter(|step| !step.is_empty()) {
            desk.say("2026-03-09T10:00", "handler@water", step);
        }
        dissolve(&mut desk);
        let said = desk.say("2026-03-10T00:01", "system", "tick");
        assert!(said.ends_with("1 waits: unit-dissolved"), "{had}: {said}");
        desk.run(
            "
            2026-03-10T00:02 system tick                  -> nothing
            2026-03-10T09:00 handler@water reply 1 已办   -> no: no order 1
            2026-03-10T09:01 dispatcher dispatch 1 water  -> no: lead: no such unit in force
            2026-03-10T09:02 dispatcher dispatch 1 market -> 1 triage to market, sign by 2026-03-11
            2026-03-10T09:03 handler@market sign 1        -> 1 signed
            2026-03-10T09:04 handler@market reply 1 已办  -> 1 replied
            ",
        );
    }
}

/// The hotline stood still for a month, and the list that it is started with lacks the unit.
#[test]
fn the_ladder_of_what_a_dissolved_unit_had_comes_in_its_order() {
    let mut desk = longhu();
    desk.run(ACCEPT);
    desk.say("2026-04-09T08:00", "admin", "adopt-directory without water");
    desk.run("2026-04-09T08:01 system tick -> 1 late: sign; 1 reminder; 1 yellow; 1 late: handle; 1 written-reminder; 1 supervision; 1 waits: unit-dissolved");
}

/// Nobody waits for the word of a unit that is no more, and it sees nothing of the order any more.
#[test]
fn a_dissolved_unit_helps_with_nothing() {
    let mut desk = Desk::open_by(sample::dispatching("2026"), sample::DISTRICT);
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水/停水 at lotus -> 1 accepted, reply by 2026-03-23; 1 auto to water + lotus + market, sign by 2026-03-10
        2026-03-09T11:00 handler@water sign 1                      -> 1 signed
        2026-03-09T12:00 handler@lotus co-reply 1 已查              -> 1 helped by lotus
        ",
    );
    assert!(desk.order(1).dues[Stage::CoHandle].is_some());
    let version = desk.order(1).version;
    desk.run("2026-03-10T00:00 admin adopt-directory without market -> directory adopted");
    let order = desk.order(1);
    let helpers: Vec<_> = order.co_units().iter().map(|helper| helper.unit).collect();
    assert_eq!(helpers, [desk.unit("lotus")]);
    assert_eq!(order.version, version + 1, "who has read it before writes by what it is now");
    desk.run(
        "
        2026-03-10T09:00 handler@market co-reply 1 已查 -> no: no order 1
        2026-03-19T00:00 system tick                    -> nothing
        2026-03-19T09:00 handler@water reply 1 已办     -> 1 replied
        ",
    );
    assert_eq!(tally::all(&desk).of(Measure::HelpMissed), 0);
}

#[test]
fn what_a_unit_had_that_is_no_more_is_reworked_by_whom_a_dispatcher_finds() {
    let mut desk = check(ACCEPT);
    desk.run(
        "
        2026-03-09T10:00 handler@water sign 1         -> 1 signed
        2026-03-09T11:00 handler@water reply 1 已办   -> 1 replied
        ",
    );
    desk.say("2026-03-10T00:00", "admin", "adopt-directory without water");
    desk.say("2026-03-10T09:00", "dispatcher", "rework 1 poor-reply 未修好");
    let order = desk.order(1);
    let waits = (order.status, order.triage, order.dispatch.is_some());
    assert_eq!(waits, (Status::Triage, Some(TriageReason::UnitDissolved), false));
    let ended = order.reworks[0].ended.map(|cycle| cycle.unit.is_some());
    assert_eq!(ended, Some(true), "the cycle stays counted for the unit that is no more");
    desk.run(
        "2026-03-10T09:30 dispatcher dispatch 1 market -> 1 triage to market, sign by 2026-03-11",
    );
}

/// What the dissolved unit had signed is not promised anew.
#[test]
fn the_clock_of_handling_runs_on() {
    let mut desk = check(ACCEPT);
    let due = desk.order(1).dues[Stage::Handle];
    desk.run("2026-03-09T10:00 handler@water sign 1 -> 1 signed");
    dissolve(&mut desk);
    desk.run("2026-03-10T00:01 system tick -> 1 waits: unit-dissolved");
    assert_eq!(desk.order(1).dues[Stage::Handle], due);
    assert!(desk.order(1).clocks.runs(Stage::Handle));
}

/// A signature that was owed and missed is told before the order leaves.
#[test]
fn what_had_passed_before_counts_for_the_unit_that_had_it() {
    let mut desk = check(ACCEPT);
    desk.run(
        "
        2026-03-11T00:00 admin adopt-directory without water -> directory adopted
        2026-03-11T00:01 system tick                         -> 1 late: sign; 1 waits: unit-dissolved
        ",
    );
}

/// Others that are handled with it wait for the same word; and a refusal from before they were joined is not theirs.
#[test]
fn what_is_joined_waits_with_it() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水 caller 林 13800000001 -> 1 accepted, reply by 2026-03-23; caller to the vault; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:01 call-taker accept help 供水 caller 陈 13800000002 -> 2 accepted, reply by 2026-03-23; caller to the vault; 2 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water return 1 shared-duty suggest market 共管 -> 1 returned by water: shared-duty; 1 waits: returned
        2026-03-09T10:01 dispatcher dispatch 1 market   -> 1 triage to market, sign by 2026-03-10
        2026-03-09T10:02 dispatcher merge 2 into 1      -> 2 joined to 1; 1 stands for 2
        2026-03-09T11:00 admin adopt-directory without market -> directory adopted
        2026-03-09T11:01 system tick                    -> 1 waits: unit-dissolved; 2 follows
        ",
    );
    assert_eq!(desk.order(2).returns.len(), 0, "water has not refused this one");
    desk.run("2026-03-09T11:02 dispatcher dispatch 1 education -> 1 triage to education, sign by 2026-03-10; 2 follows");
    assert_eq!(desk.order(2).dispatch.as_ref().map(|it| it.lead), Some(desk.unit("education")));
    assert!(!desk.order(2).reassigned, "nobody sent it to a wrong unit");
}

/// The first unit was the right one while it stood.
#[test]
fn a_reform_is_no_mistake_of_dispatch() {
    let mut desk = check(ACCEPT);
    dissolve(&mut desk);
    desk.run(
        "
        2026-03-10T00:01 system tick                  -> 1 waits: unit-dissolved
        2026-03-10T09:00 dispatcher dispatch 1 market -> 1 triage to market, sign by 2026-03-11
        ",
    );
    assert_eq!(tally::all(&desk).of(Measure::Misdispatched), 0);
    desk.run("2026-03-10T10:00 handler@market return 1 not-our-duty suggest education 不属本单位 -> 1 returned by market: not-our-duty; 1 waits: returned");
    assert_eq!(tally::all(&desk).of(Measure::Misdispatched), 1);
}

/// A tick has a measure, and the next goes on; the oldest first.
#[test]
fn a_large_unit_is_left_in_several_ticks() {
    let mut desk = Desk::open(sample::DISTRICT);
    desk.check_every = 1_000;
    for _ in 0..=TICK_EVENTS_MAX {
        desk.say("2026-03-09T09:00", "call-taker", "accept help 供水");
    }
    dissolve(&mut desk);
    let mut tick = || desk.say("2026-03-10T00:01", "system", "tick");
    assert_eq!(tick().matches("unit-dissolved").count(), TICK_EVENTS_MAX);
    assert_eq!(tick(), format!("{} waits: unit-dissolved", TICK_EVENTS_MAX + 1));
    assert_eq!(tick(), "nothing");
}
