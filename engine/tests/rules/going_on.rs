//! What a unit did about the order that was handled it did for those joined to it, when one of them goes on by itself.

use hotline_engine::figures::Measure;
use hotline_engine::order::Stage;

use crate::desk::Desk;
use crate::sample;
use crate::tally;

fn longhu() -> Desk {
    Desk::open_by(sample::longhu("2026"), sample::DISTRICT)
}

/// Orders 1 and 2 of different callers at the water works, 1 with two helpers; neither is signed for.
fn two() -> Desk {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水/停水 at lotus -> 1 accepted, reply by 2026-03-23; 1 auto to water + lotus + market, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 供水/停水 at lotus -> 2 accepted, reply by 2026-03-23; 2 auto to water + lotus + market, sign by 2026-03-10
        2026-03-09T10:00 dispatcher merge 2 into 1 -> 2 joined to 1; 1 stands for 2
        ",
    );
    desk
}

fn counted(desk: &Desk, unit: &str, measure: Measure) -> u64 {
    tally::of_unit(desk, unit).of(measure)
}

/// Signed for, spoken about and helped with in time: nobody could have done so about the joined one, and nobody has to again.
#[test]
fn the_heir_is_signed_and_helped_with_as_the_other_was() {
    let mut desk = two();
    desk.run(
        "
        2026-03-09T11:00 handler@water sign 1               -> 1 signed
        2026-03-09T11:10 handler@water contact 1 已电话联系   -> 1 contacted
        2026-03-10T09:00 handler@lotus co-reply 1 已入户      -> 1 helped by lotus
        2026-03-25T09:00 call-taker withdraw 1 好了           -> 1 late: co-handle of market; 1 late: handle; 2 late: handle; 1 withdrawn; 2 on its own; 1 parted from 2; 2 back with water + lotus + market, signed
        2026-03-25T09:01 system tick                        -> 2 reminder; 2 yellow; 2 written-reminder
        ",
    );
    assert_eq!(counted(&desk, "water", Measure::SigningMissed), 0);
    assert_eq!(counted(&desk, "lotus", Measure::HelpMissed), 0);
    // He did not help with the first, and could not with the second.
    assert_eq!(counted(&desk, "market", Measure::HelpMissed), 1);
    let heir = desk.order(2);
    assert_eq!(
        (heir.status.code(), heir.times.contacted),
        ("signed", desk.order(1).times.contacted)
    );
    for stage in [Stage::Sign, Stage::Contact, Stage::CoHandle] {
        assert!(!heir.clocks.runs(stage), "{}", stage.code());
    }
}

/// The control: what the unit had not signed for is not signed for, and was to be by its own due.
#[test]
fn an_heir_of_what_was_not_signed_for_is_not_signed_for() {
    let mut desk = two();
    desk.run(
        "
        2026-03-09T12:00 call-taker withdraw 1 好了 -> 1 withdrawn; 2 on its own; 1 parted from 2; 2 back with water + lotus + market
        2026-03-11T09:00 system tick               -> 2 late: sign
        ",
    );
    assert_eq!(counted(&desk, "water", Measure::SigningMissed), 1);
}

/// While it was joined the unit could sign for the other alone: what it was to do about this one meanwhile it owes no more.
#[test]
fn an_heir_whose_due_to_sign_ended_meanwhile_is_owed_no_signature() {
    for (withdrawn, missed) in [("2026-03-11T09:00", 0), ("2026-03-12T09:00", 1)] {
        let mut desk = longhu();
        desk.say("2026-03-09T09:00", "call-taker", "accept help 供水");
        desk.say("2026-03-10T10:00", "call-taker", "accept help 供水");
        desk.say("2026-03-10T11:00", "dispatcher", "merge 1 into 2");
        desk.say(withdrawn, "call-taker", "withdraw 2 好了");
        desk.say("2026-03-13T10:00", "handler@water", "sign 1");
        let counted = |measure| counted(&desk, "water", measure);
        // The other's alone, where that was not signed for either.
        assert_eq!(counted(Measure::SigningMissed), missed, "withdrawn at {withdrawn}");
        assert_eq!(counted(Measure::SignedLate), 0);
    }
}

/// The same with the first word to an urgent caller.
#[test]
fn an_heir_whose_due_for_the_first_word_ended_meanwhile_is_owed_none() {
    let mut desk = longhu();
    desk.say("2026-03-09T09:00", "call-taker", "accept help 供水 urgency urgent");
    desk.say("2026-03-09T10:30", "call-taker", "accept help 供水 urgency urgent");
    desk.say("2026-03-09T10:35", "dispatcher", "merge 1 into 2");
    desk.say("2026-03-09T11:30", "call-taker", "withdraw 2 好了");
    desk.say("2026-03-09T13:00", "handler@water", "contact 1 已联系");
    assert_eq!(counted(&desk, "water", Measure::ContactMissed), 0);
}

/// Missed before it was joined, it stays missed.
#[test]
fn an_heir_that_was_not_signed_for_in_time_before_stays_late() {
    let mut desk = longhu();
    desk.say("2026-03-09T09:00", "call-taker", "accept help 供水");
    desk.say("2026-03-11T10:00", "call-taker", "accept help 供水");
    desk.say("2026-03-11T11:00", "dispatcher", "merge 1 into 2");
    desk.say("2026-03-11T12:00", "call-taker", "withdraw 2 好了");
    desk.say("2026-03-11T13:00", "handler@water", "sign 1");
    assert_eq!(counted(&desk, "water", Measure::SigningMissed), 1);
}

/// What waited for a dispatcher when it was joined to what a unit has was given to that unit in time.
#[test]
fn the_desk_is_not_late_with_an_heir_that_had_its_place() {
    for into in ["water", "?"] {
        let mut desk = longhu();
        let matter = if into == "water" { "供水" } else { "?" };
        desk.say("2026-03-09T09:00", "call-taker", &format!("accept help {matter} urgency urgent"));
        desk.say("2026-03-09T09:00", "call-taker", "accept help ? urgency urgent");
        desk.say("2026-03-09T09:05", "dispatcher", "merge 2 into 1");
        desk.say("2026-03-09T12:00", "call-taker", "withdraw 1 好了");
        desk.say("2026-03-09T12:30", "dispatcher", "dispatch 2 water as 供水");
        let missed = tally::all(&desk).of(Measure::DispatchMissed);
        assert_eq!(missed, if into == "water" { 0 } else { 2 }, "into {into}");
    }
}

/// Whom an arbiter has named keeps the order and those who help him, whichever way the shared reply comes back to him.
#[test]
fn a_new_cycle_of_a_shared_reply_is_with_the_own_unit_as_it_was() {
    for again in ["rework 2 poor-reply 未答复", "callback 2 unsatisfied", "review 2 failed 未答复"]
    {
        let mut desk = longhu();
        desk.run(
            "
            2026-03-09T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
            2026-03-09T09:00 call-taker accept help ? -> 2 accepted, reply by 2026-03-23; 2 waits: no-matter
            2026-03-09T09:10 dispatcher dispatch 2 market as 供水 -> 2 triage to market, sign by 2026-03-10
            2026-03-09T09:20 handler@market return 2 not-our-duty suggest education 不属 -> 2 returned by market: not-our-duty; 2 waits: returned
            2026-03-09T09:30 dispatcher dispatch 2 education -> 2 triage to education, sign by 2026-03-10
            2026-03-09T09:40 handler@education return 2 not-our-duty suggest water 不属 -> 2 returned by education: not-our-duty; 2 waits: arbitration; 2 before arbiter 1 until 2026-03-10
            2026-03-09T09:50 dispatcher dispatch 2 water with lotus -> 2 arbitration to water + lotus, sign by 2026-03-10
            2026-03-09T10:00 dispatcher merge 2 into 1 -> 2 joined to 1; 1 stands for 2
            2026-03-09T10:10 handler@water sign 1 -> 1 signed
            2026-03-09T10:20 handler@water reply 1 已办 -> 1 replied; 2 replied with it
            ",
        );
        let said = desk.say("2026-03-09T11:00", "dispatcher", again);
        assert!(!said.starts_with("no: "), "{again}: {said}");
        let order = desk.order(2);
        assert!(order.has_final_owner(), "{again}");
        let helpers: Vec<_> = order.co_units().iter().map(|helper| helper.unit).collect();
        assert_eq!(helpers, [desk.unit("lotus")], "{again}");
        let said = desk.say(
            "2026-03-09T12:00",
            "handler@water",
            "return 2 not-our-duty suggest market 不属",
        );
        assert!(said.starts_with("no: "), "{again}: {said}");
    }
}

/// What one unit was late with is not told of the next, and is told again of the one when it has the order back.
#[test]
fn what_another_unit_was_late_with_is_not_told_of_the_unit_of_the_other() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 市场/消费 -> 1 accepted, reply by 2026-03-23; 1 auto to market, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 供水 -> 2 accepted, reply by 2026-03-23; 2 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@market sign 1 -> 1 signed
        2026-03-11T09:00 dispatcher merge 2 into 1 -> 2 late: sign; 2 joined to 1; 1 stands for 2
        ",
    );
    assert!(desk.order(2).overdue.is_empty());
    desk.say("2026-03-11T10:00", "dispatcher", "unmerge 2 两处");
    assert_eq!(desk.order(2).overdue[..], [Stage::Sign]);
    desk.say("2026-03-11T11:00", "dispatcher", "merge 2 into 1");
    desk.say("2026-03-11T12:00", "handler@market", "reply 1 已办");
    desk.say("2026-03-11T13:00", "dispatcher", "review 2 failed 未答复");
    assert!(desk.order(2).overdue.is_empty());
    assert_eq!(counted(&desk, "water", Measure::SigningMissed), 1);
}

/// An arbiter decides for all that were joined by then: who handles first and argues later does so for each of them. What is joined to
/// it later has had no arbiter.
#[test]
fn whom_an_arbiter_named_for_all_is_bound_for_each() {
    let arbitrated = "
        2026-03-09T09:10 handler@water return 1 not-our-duty suggest market 不属 -> 1 returned by water: not-our-duty; 1 waits: returned; 2 follows
        2026-03-09T09:20 dispatcher dispatch 1 market -> 1 triage to market, sign by 2026-03-10; 2 follows
        2026-03-09T09:30 handler@market return 1 not-our-duty suggest water 不属 -> 1 returned by market: not-our-duty; 1 waits: arbitration; 1 before arbiter 1 until 2026-03-10; 2 follows
        2026-03-09T09:40 dispatcher dispatch 1 education -> 1 arbitration to education, sign by 2026-03-10; 2 follows
    ";
    let goes_on = ["rework 2 poor-reply 未答复", "review 2 failed 未答复", "withdraw 1 好了"];
    for (by_then, step) in goes_on.iter().flat_map(|step| [(true, step), (false, step)]) {
        let mut desk = longhu();
        desk.say("2026-03-09T09:00", "call-taker", "accept help 供水");
        desk.say("2026-03-09T09:00", "call-taker", "accept help ?");
        let merge = "dispatcher merge 2 into 1 -> 2 joined to 1; 1 stands for 2";
        match by_then {
            true => desk.run(&format!("2026-03-09T09:05 {merge}{arbitrated}")),
            false => {
                desk.run(&arbitrated.replace("; 2 follows", ""));
                desk.run(&format!("2026-03-09T09:50 {merge}"));
            }
        }
        if !step.starts_with("withdraw") {
            desk.say("2026-03-09T10:00", "handler@education", "sign 1");
            desk.say("2026-03-09T10:10", "handler@education", "reply 1 已办");
        }
        let said = desk.say("2026-03-09T11:00", "dispatcher", step);
        assert!(!said.starts_with("no: "), "{step}: {said}");
        let refuses = "return 2 not-our-duty suggest water 不属";
        let said = desk.say("2026-03-09T12:00", "handler@education", refuses);
        assert_eq!(
            said.starts_with("no: order 2 was given by arbitration"),
            by_then,
            "{step}: {said}"
        );
    }
}

/// Who waits with another has his own clock, which no reason of the other's moves. For more time he must be on his own.
#[test]
fn a_joined_order_is_extended_on_its_own() {
    let mut desk = two();
    desk.run(
        "
        2026-03-09T11:00 handler@water sign 1 -> 1 signed
        2026-03-09T11:10 handler@water extend 1 5 需开挖 -> 1 asks for 5 days
        2026-03-09T11:20 supervisor grant 1 同意 -> 1 extended to 2026-03-30
        2026-03-09T12:00 handler@water extend 2 5 需开挖 -> no: order 2 is merged; it cannot be extended now
        2026-03-09T12:10 dispatcher unmerge 2 需延期 -> 2 on its own; 1 parted from 2; 2 back with water + lotus + market
        2026-03-09T12:20 handler@water sign 2 -> 2 signed
        2026-03-09T12:30 handler@water extend 2 5 需开挖 -> 2 asks for 5 days
        2026-03-09T12:40 supervisor grant 2 同意 -> 2 extended to 2026-03-30
        2026-03-09T12:50 dispatcher merge 2 into 1 -> 2 joined to 1; 1 stands for 2
        ",
    );
    let due = desk.order(2).dues[Stage::Handle].unwrap();
    assert!(due.current > due.original, "it is his, whoever is handled for him");
}

/// Whoever is handled for an order that an arbiter has given to a unit is with that unit by the arbiter's word.
#[test]
fn the_heir_of_what_an_arbiter_gave_to_a_unit_is_not_refused_for_it() {
    let mut desk = longhu();
    for matter in ["?", "供水", "供水"] {
        desk.say("2026-03-09T09:00", "call-taker", &format!("accept help {matter}"));
    }
    desk.run(
        "
        2026-03-09T09:05 dispatcher merge 3 into 2 -> 3 joined to 2; 2 stands for 3
        2026-03-09T09:10 handler@water return 2 not-our-duty suggest market 不属 -> 2 returned by water: not-our-duty; 2 waits: returned; 3 follows
        2026-03-09T09:20 dispatcher dispatch 2 market -> 2 triage to market, sign by 2026-03-10; 3 follows
        2026-03-09T09:30 handler@market return 2 not-our-duty suggest water 不属 -> 2 returned by market: not-our-duty; 2 waits: arbitration; 2 before arbiter 1 until 2026-03-10; 3 follows
        2026-03-09T09:40 dispatcher dispatch 2 education -> 2 arbitration to education, sign by 2026-03-10; 3 follows
        2026-03-09T10:00 dispatcher merge 1 into 2 -> 1 joined to 2; 2 stands for 1
        2026-03-09T10:10 call-taker withdraw 2 好了 -> 2 withdrawn; 1 on its own; 2 parted from 1; 1 arbitration to education, sign by 2026-03-10; 2 parted from 3; 1 stands for 3; 3 joined to 1
        2026-03-09T10:20 handler@education return 1 not-our-duty suggest water 不属 -> no: order 1 was given by arbitration; it cannot be returned
        ",
    );
    assert!(!desk.order(3).has_refused(desk.unit("education")));
}
