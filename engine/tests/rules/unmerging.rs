//! What an order is like when its joining is undone: as it was when it was joined, and not a day younger.

use hotline_engine::figures::Measure;
use hotline_engine::order::{Order, Stage};
use hotline_engine::report::Figure;

use crate::desk::Desk;
use crate::sample;
use crate::tally;

fn longhu() -> Desk {
    Desk::open_by(sample::longhu("2026"), sample::DISTRICT)
}

/// Order 1 at the water works with two helpers, signed for and contacted about; order 2 of another caller, order 3 of the same.
fn signed() -> Desk {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水/停水 at lotus caller-known 林 13800000000 -> 1 accepted, reply by 2026-03-23; caller to the vault; 1 auto to water + lotus + market, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 供水 caller-known 陈 13900000000 -> 2 accepted, reply by 2026-03-23; caller to the vault; 2 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water sign 1              -> 1 signed
        2026-03-09T10:30 handler@water contact 1 已电话联系  -> 1 contacted
        2026-03-09T10:40 handler@lotus co-reply 1 已入户     -> 1 helped by lotus
        2026-03-09T10:50 handler@water extend 1 1 需开挖     -> 1 asks for 1 days
        ",
    );
    desk
}

/// Order 1 at the water works, and with it order 2, which no unit had before.
fn following() -> Desk {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help ? -> 2 accepted, reply by 2026-03-23; 2 waits: no-matter
        2026-03-09T10:00 dispatcher merge 2 into 1 -> 2 joined to 1; 1 stands for 2
        ",
    );
    desk
}

#[test]
fn an_order_comes_back_signed_contacted_and_with_its_helpers() {
    let mut desk = signed();
    let before = desk.order(1).clone();
    desk.run(
        "
        2026-03-09T11:00 dispatcher merge 1 into 2          -> 1 joined to 2; 2 stands for 1
        2026-03-09T12:00 call-taker unmerge 1 两处不同        -> 1 on its own; 2 parted from 1; 1 back with water + lotus + market, signed
        ",
    );
    let after = desk.order(1);
    assert_eq!((after.status, &after.dispatch), (before.status, &before.dispatch));
    assert_eq!((after.times, after.dues), (before.times, before.dues));
    for &stage in Stage::ALL {
        assert_eq!(after.clocks.runs(stage), before.clocks.runs(stage), "{}", stage.code());
    }
    assert_eq!(after.open_extension(), before.open_extension());
    assert_eq!(tally::all(&desk).of(Measure::Received), 2, "each came to its unit once");
    desk.run(
        "
        2026-03-09T12:30 handler@lotus co-reply 1 又入户     -> no: the unit has contributed already
        2026-03-09T12:31 handler@market co-reply 1 已查     -> 1 helped by market
        2026-03-09T12:32 handler@water contact 1 再联系     -> no: the caller was contacted already
        2026-03-09T12:33 supervisor grant 1                -> 1 extended to 2026-03-24
        2026-03-09T12:34 handler@water reply 1 已办         -> 1 replied
        ",
    );
}

/// Nobody gets another two days for a refusal, nor another for a signature, by a joining that is undone.
#[test]
fn a_refusal_that_was_too_late_stays_too_late_and_a_missed_signature_is_missed_once() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水        -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 供水        -> 2 accepted, reply by 2026-03-23; 2 auto to water, sign by 2026-03-10
        2026-03-11T09:00 dispatcher merge 1 into 2         -> 1 late: sign; 2 late: sign; 1 joined to 2; 2 stands for 1
        2026-03-12T09:00 call-taker unmerge 1 两处不同       -> 1 on its own; 2 parted from 1; 1 back with water
        2026-03-12T09:01 handler@water return 1 not-our-duty suggest market 不属 -> no: order 1 could be returned until 2026-03-11T23:59:59+08:00
        2026-03-12T09:02 system tick                       -> nothing
        ",
    );
    assert_eq!(tally::all(&desk).of(Measure::SigningMissed), 2);
}

/// The unit is at work on it by then, and the caller did come with more: what his contact brought to the other order stands.
#[test]
fn the_rework_that_a_repeat_brought_stands_when_the_repeat_is_undone() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水 caller-known 林 13800000000 -> 1 accepted, reply by 2026-03-23; caller to the vault; 1 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water sign 1              -> 1 signed
        2026-03-10T10:00 handler@water reply 1 已修复        -> 1 replied
        2026-03-10T11:00 call-taker close 1                -> 1 closed
        2026-03-12T09:00 call-taker accept help 供水 caller-known 林 13800000000 -> 2 accepted, reply by 2026-03-26; caller to the vault; 2 auto to water, sign by 2026-03-13
        2026-03-12T09:30 handler@water sign 2              -> 2 signed
        2026-03-12T10:00 dispatcher merge 2 into 1         -> 2 repeats 1; 1 reworked: new-facts, reply by 2026-03-19; 1 rework to water, sign by 2026-03-13
        2026-03-12T11:00 call-taker unmerge 2 另一处水管     -> 2 on its own; 2 back with water, signed
        ",
    );
    assert_eq!(desk.order(1).status.code(), "dispatched");
    assert_eq!((desk.order(1).reworks.len(), desk.order(1).replies.len()), (1, 1));
}

/// What has gone in the meantime does not come back: a dissolved helper, nor a unit that is none any more.
#[test]
fn helpers_and_units_that_are_gone_do_not_come_back() {
    let mut desk = signed();
    desk.say("2026-03-09T11:00", "dispatcher", "merge 1 into 2");
    let without = |units: &str| {
        let kept =
            sample::UNITS.lines().filter(|line| !units.split(',').any(|it| line.contains(it)));
        kept.collect::<Vec<_>>().join("\n")
    };
    let rows = "row 供水 -> education functional";
    desk.adopt("2026-03-09T11:30", sample::draft(&format!("{}\n{rows}", without("market"))));
    desk.run("2026-03-09T12:00 call-taker unmerge 1 两处 -> 1 on its own; 2 parted from 1; 1 back with water + lotus, signed");
    desk.say("2026-03-09T12:10", "dispatcher", "merge 1 into 2");
    desk.adopt("2026-03-09T12:20", sample::draft(&format!("{}\n{rows}", without("market,water"))));
    desk.run("2026-03-09T12:30 call-taker unmerge 1 两处 -> 1 on its own; 2 parted from 1; 1 waits: unmerged");
}

/// No unit had it but in the other's place: it was given to none, and so to no wrong one.
#[test]
fn an_order_that_waited_and_waits_again_was_given_to_no_unit() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水 caller-known 林 13800000000 -> 1 accepted, reply by 2026-03-23; caller to the vault; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help ? caller-known 陈 13900000000 -> 2 accepted, reply by 2026-03-23; caller to the vault; 2 waits: no-matter
        2026-03-09T10:00 dispatcher merge 2 into 1           -> 2 joined to 1; 1 stands for 2
        ",
    );
    let counted = |desk: &Desk| {
        [Measure::Dispatched, Measure::Misdispatched].map(|it| tally::all(desk).of(it))
    };
    assert_eq!(counted(&desk), [2, 0]);
    desk.say("2026-03-09T11:00", "call-taker", "unmerge 2 两处");
    assert_eq!((counted(&desk), &desk.order(2).first), ([1, 0], &None));
    desk.say("2026-03-09T12:00", "dispatcher", "dispatch 2 market");
    assert_eq!(counted(&desk), [2, 0]);
}

/// The same where the order that it was joined to is joined to a third: it follows, and no unit has had it any more than before.
#[test]
fn an_order_that_followed_another_to_a_third_was_given_to_no_unit() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水 caller-known 林 13800000000 -> 1 accepted, reply by 2026-03-23; caller to the vault; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 供水 caller-known 吴 13700000000 -> 2 accepted, reply by 2026-03-23; caller to the vault; 2 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help ? caller-known 陈 13900000000 -> 3 accepted, reply by 2026-03-23; caller to the vault; 3 waits: no-matter
        2026-03-09T10:00 dispatcher merge 3 into 2           -> 3 joined to 2; 2 stands for 3
        2026-03-09T11:00 dispatcher merge 2 into 1           -> 2 joined to 1; 1 stands for 2; 2 parted from 3; 1 stands for 3; 3 joined to 1
        ",
    );
    assert_eq!(tally::all(&desk).of(Measure::Dispatched), 3);
    desk.say("2026-03-09T12:00", "call-taker", "unmerge 3 两处");
    assert_eq!((tally::all(&desk).of(Measure::Dispatched), &desk.order(3).first), (2, &None));
    desk.say("2026-03-09T12:01", "call-taker", "unmerge 2 两处");
    assert_eq!(tally::all(&desk).of(Measure::Dispatched), 2);
}

/// Back with the unit that had it first: that others were to do it meanwhile, in the other's place, says nothing about that unit.
#[test]
fn no_unit_was_the_wrong_one_for_what_became_of_another_order() {
    let mut desk = signed();
    desk.say("2026-03-09T11:00", "dispatcher", "merge 1 into 2");
    desk.say("2026-03-09T11:10", "dispatcher", "dispatch 2 education");
    desk.say("2026-03-09T11:20", "call-taker", "unmerge 1 两处");
    assert!(!desk.order(1).reassigned && desk.order(2).reassigned);
    assert_eq!(tally::all(&desk).of(Measure::Misdispatched), 1);
}

/// A unit that is dissolved while its order is joined to another was not the wrong one: whoever gets it next is the first.
#[test]
fn a_unit_that_was_dissolved_meanwhile_was_not_the_wrong_one() {
    let mut desk = signed();
    desk.say("2026-03-09T11:00", "dispatcher", "merge 1 into 2");
    desk.say("2026-03-09T11:10", "dispatcher", "dispatch 2 education");
    let stays: Vec<&str> = sample::UNITS.lines().filter(|line| !line.contains("water")).collect();
    let rows = "row 供水 -> education functional";
    desk.adopt("2026-03-09T11:30", sample::draft(&format!("{}\n{rows}", stays.join("\n"))));
    desk.say("2026-03-09T12:00", "call-taker", "unmerge 1 两处");
    desk.say("2026-03-09T12:10", "dispatcher", "dispatch 1 education");
    assert_eq!(
        desk.order(1).first.map(|first| first.unit),
        desk.order(1).dispatch.as_ref().map(|it| it.lead)
    );
    assert!(!desk.order(1).reassigned);
}

/// An arbiter's limit is not put off by joinings that are undone: the same rung decides by the same due, and the next after it.
#[test]
fn an_arbitration_goes_on_at_its_rung_and_by_its_due() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help ? -> 2 accepted, reply by 2026-03-23; 2 waits: no-matter
        2026-03-09T10:00 handler@water return 1 not-our-duty suggest market 不属 -> 1 returned by water: not-our-duty; 1 waits: returned
        2026-03-09T10:01 dispatcher dispatch 1 market -> 1 triage to market, sign by 2026-03-10
        2026-03-09T10:02 handler@market return 1 not-our-duty suggest water 不属 -> 1 returned by market: not-our-duty; 1 waits: arbitration; 1 before arbiter 1 until 2026-03-10
        2026-03-11T00:00:01 system tick -> 1 before arbiter 2 until 2026-03-12
        2026-03-11T09:00 dispatcher merge 1 into 2 -> 1 joined to 2; 2 stands for 1
        2026-03-11T09:01 dispatcher unmerge 1 两处 -> 1 on its own; 2 parted from 1; 1 waits: arbitration; 1 before arbiter 2 until 2026-03-12
        2026-03-11T09:02 dispatcher merge 1 into 2 -> 1 joined to 2; 2 stands for 1
        2026-03-12T09:00 system tick -> nothing
        2026-03-12T09:01 dispatcher unmerge 1 两处 -> 1 on its own; 2 parted from 1; 1 waits: arbitration; 1 before arbiter 2 until 2026-03-12
        2026-03-12T09:02 system tick -> nothing
        2026-03-12T10:00 dispatcher merge 1 into 2 -> 1 joined to 2; 2 stands for 1
        2026-03-13T09:00 dispatcher unmerge 1 两处 -> 1 on its own; 2 parted from 1; 1 waits: arbitration; 1 before arbiter 2 until 2026-03-12
        2026-03-13T09:01 system tick -> 1 before arbiter 2
        ",
    );
}

/// What becomes of the other order says nothing about this one's unit while it waits with that, either, nor does it where this one
/// is handled in its place.
#[test]
fn no_unit_is_the_wrong_one_for_an_order_that_waits_with_another_or_inherits_its_place() {
    for ends in ["dispatch 2 education", "withdraw 2 好了", "transfer 2 110"] {
        let mut desk = signed();
        desk.say("2026-03-09T11:00", "dispatcher", "dispatch 2 market");
        desk.say("2026-03-09T11:10", "dispatcher", "merge 1 into 2");
        let said = desk.say("2026-03-09T11:20", "dispatcher", ends);
        assert!(!said.starts_with("no: "), "{ends}: {said}");
        let water = tally::of_unit(&desk, "water");
        let ours = u64::from(
            desk.order(2).first.is_some_and(|first| first.unit == desk.unit("water"))
                && desk.order(2).reassigned,
        );
        assert_eq!(
            (desk.order(1).reassigned, water.of(Measure::Misdispatched)),
            (false, ours),
            "{ends}"
        );
    }
}

/// A unit that refuses the order that is handled refuses those joined to it, and was the wrong one for what had been given to it alone:
/// whoever gets what nobody had before gets it first.
#[test]
fn whoever_gets_what_had_only_followed_to_a_refuser_gets_it_first() {
    for meanwhile in [&["unmerge 2 两处"][..], &["dispatch 1 education", "unmerge 2 两处"]] {
        let mut desk = following();
        desk.run(
            "
            2026-03-09T10:10 handler@water return 1 not-our-duty suggest market 不属 -> 1 returned by water: not-our-duty; 1 waits: returned; 2 follows
            ",
        );
        for request in meanwhile {
            let said = desk.say("2026-03-09T10:20", "dispatcher", request);
            assert!(!said.starts_with("no: "), "{request}: {said}");
        }
        desk.say("2026-03-09T10:30", "dispatcher", "dispatch 2 market as 市场/消费");
        assert_eq!(first_at(&desk, "market"), [1, 0], "{meanwhile:?}");
        assert_eq!(first_at(&desk, "water"), [1, 1], "its own order came back");
    }
    // The heir of the one that had been refused.
    let mut desk = following();
    desk.run(
        "
        2026-03-09T10:10 handler@water return 1 not-our-duty suggest market 不属 -> 1 returned by water: not-our-duty; 1 waits: returned; 2 follows
        2026-03-09T10:20 dispatcher dispatch 1 market -> 1 triage to market, sign by 2026-03-10; 2 follows
        2026-03-09T10:30 call-taker withdraw 1 好了 -> 1 withdrawn; 2 on its own; 1 parted from 2; 2 triage to market, sign by 2026-03-10
        ",
    );
    assert_eq!(first_at(&desk, "market"), [1, 0]);
}

/// What nobody had before is first where the other is, and is given to another with it.
#[test]
fn whoever_had_it_first_by_following_was_the_wrong_one_when_it_goes_on() {
    let meanwhile = [
        &["dispatch 1 market"][..],
        &["return 1 not-enough-facts 说不清", "dispatch 1 market"],
        &["return 1 not-our-duty suggest market 不属", "dispatch 1 market"],
    ];
    for steps in meanwhile {
        let mut desk = following();
        for step in steps {
            let who = if step.starts_with("return") { "handler@water" } else { "dispatcher" };
            let said = desk.say("2026-03-09T10:20", who, step);
            assert!(!said.starts_with("no: "), "{step}: {said}");
        }
        assert_eq!(first_at(&desk, "water"), [2, 2], "{steps:?}");
        // On its own again it has been given to nobody.
        desk.say("2026-03-09T11:00", "dispatcher", "unmerge 2 两处");
        assert_eq!(first_at(&desk, "water"), [1, 1], "{steps:?}");
    }
}

/// An order as it is when the limit of a helper has ended while he could not help: he owes it no more.
fn without_due(desk: &Desk, mut order: Order, helper: &str) -> Order {
    let unit = desk.unit(helper);
    let co_units = &mut order.dispatch.as_mut().expect("a unit has it").co_units;
    co_units.iter_mut().filter(|it| it.unit == unit).for_each(|it| it.due = None);
    order
}

/// Whom the leading order leaves where it was by itself goes on there, as it does where the joining is undone: signed when it was, with
/// the limit to refuse of then.
#[test]
fn the_heir_goes_on_at_its_unit_as_it_was() {
    for ends in ["withdraw 2 好了", "transfer 2 110"] {
        let mut desk = signed();
        let before = without_due(&desk, desk.order(1).clone(), "market");
        desk.say("2026-03-09T11:00", "dispatcher", "merge 1 into 2");
        desk.say("2026-03-19T09:00", "call-taker", ends);
        let after = desk.order(1);
        assert_eq!((&after.times, &after.dispatch), (&before.times, &before.dispatch), "{ends}");
        assert_eq!(after.dues, before.dues, "{ends}");
        assert_eq!(tally::of_unit(&desk, "water").of(Measure::Received), 2, "{ends}");
        let refuses = "return 1 not-our-duty suggest market 不属";
        let said = desk.say("2026-03-19T09:01", "handler@water", refuses);
        assert!(
            said.starts_with("no: order 1 could be returned until 2026-03-11"),
            "{ends}: {said}"
        );
    }
}

/// The same where the reply that it shared is sent back for it alone: its unit has had it all the time.
#[test]
fn a_shared_reply_that_is_sent_back_gives_its_own_unit_no_second_limit() {
    let mut desk = signed();
    let before = without_due(&desk, desk.order(1).clone(), "market");
    desk.run(
        "
        2026-03-09T11:00 dispatcher merge 1 into 2     -> 1 joined to 2; 2 stands for 1
        2026-03-09T11:01 handler@water sign 2          -> 2 signed
        2026-03-19T09:00 handler@water reply 2 已办     -> 2 replied; 1 replied with it, call by 2026-03-20
        2026-03-19T10:00 dispatcher review 1 failed 未答 -> 1 sent back; 1 back with water + lotus + market, signed
        2026-03-19T10:01 handler@water return 1 not-our-duty suggest market 不属 -> no: order 1 could be returned until 2026-03-11T23:59:59+08:00
        ",
    );
    assert_eq!(desk.order(1).dispatch, before.dispatch);
    assert_eq!(tally::of_unit(&desk, "water").of(Measure::Received), 2);
}

/// First dispatches to a unit, and those of them that were wrong.
fn first_at(desk: &Desk, unit: &str) -> [u64; 2] {
    let counts = tally::of_unit(desk, unit);
    [Measure::Dispatched, Measure::Misdispatched].map(|measure| counts.of(measure))
}

/// What is a unit's own by a poor reply begins anew: that it refuses it says nothing about the unit before.
#[test]
fn no_unit_was_the_wrong_one_for_what_another_order_s_unit_refused() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 市场/消费 -> 2 accepted, reply by 2026-03-23; 2 auto to market, sign by 2026-03-10
        2026-03-09T10:00 dispatcher merge 2 into 1 -> 2 joined to 1; 1 stands for 2
        2026-03-09T10:10 handler@water sign 1 -> 1 signed
        2026-03-09T10:20 handler@water reply 1 已办 -> 1 replied; 2 replied with it
        2026-03-09T10:30 dispatcher review 2 failed 未答复 -> 2 sent back; 2 back with water, signed
        2026-03-09T10:40 handler@water return 2 not-our-duty suggest market 不属 -> 2 returned by water: not-our-duty; 2 waits: returned
        2026-03-09T10:50 dispatcher dispatch 2 market -> 2 triage to market, sign by 2026-03-10
        ",
    );
    assert_eq!(
        (first_at(&desk, "market"), first_at(&desk, "water")),
        ([0, 0], [2, 1]),
        "it is the first to whom the desk gave it by joining, and it refused"
    );
    assert_eq!(
        tally::figure(&desk, Figure::ReturnRate),
        (1, 4),
        "three dispatches, and what it got as its own"
    );
}

/// Whom an arbiter names for one order has those joined to it, though he has refused them all, and replies to all of them.
#[test]
fn what_follows_to_whom_an_arbiter_named_got_his_reply() {
    let mut desk = following();
    desk.run(
        "
        2026-03-09T10:10 handler@water return 1 not-our-duty suggest market 不属 -> 1 returned by water: not-our-duty; 1 waits: returned; 2 follows
        2026-03-09T10:20 dispatcher dispatch 1 market -> 1 triage to market, sign by 2026-03-10; 2 follows
        2026-03-09T10:30 handler@market return 1 not-our-duty suggest water 不属 -> 1 returned by market: not-our-duty; 1 waits: arbitration; 1 before arbiter 1 until 2026-03-10; 2 follows
        2026-03-09T10:40 dispatcher dispatch 1 water -> 1 arbitration to water, sign by 2026-03-10; 2 follows
        2026-03-09T10:50 handler@water sign 1 -> 1 signed
        2026-03-09T11:00 handler@water reply 1 已办 -> 1 replied; 2 replied with it
        ",
    );
    desk.state.assert_consistent();
    assert!(desk.order(2).has_refused(desk.unit("water")), "and has it all the same");
    desk.say("2026-03-09T12:00", "dispatcher", "rework 1 new-facts 另有情况");
    desk.state.assert_consistent();
}
