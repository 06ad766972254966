//! What is under supervision is ended by no one whom it is to watch.

use hotline_engine::figures::Measure;

use crate::desk::Desk;
use crate::sample;
use crate::tally;

const WATCHED: &str = "no: order 1 is under supervision; only a supervisor closes it, once it is replied to, or withdraws it";

fn replied(steps: &[(&str, &str, &str)]) -> Desk {
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    desk.say("2026-03-09T09:00", "call-taker", "accept consultation 供水 caller 林 13800000000");
    for (at, who, request) in steps {
        let said = desk.say(at, who, request);
        assert!(!said.starts_with("no: "), "{request}: {said}");
    }
    desk.say("2026-03-25T10:00", "handler@water", "sign 1");
    desk.say("2026-03-25T10:01", "handler@water", "reply 1 已办");
    desk
}

#[test]
fn only_a_supervisor_closes_what_is_under_supervision_by_anybody_or_by_the_ladder() {
    let by_person = [("2026-03-09T10:00", "dispatcher", "supervise 1 限期办理")];
    let by_ladder = [("2026-03-19T10:00", "system", "tick")];
    for steps in [&by_person, &by_ladder] {
        for who in ["call-taker", "dispatcher", "admin"] {
            let mut desk = replied(steps);
            assert_eq!(desk.say("2026-03-26T09:00", who, "close 1"), WATCHED, "{who}");
            assert_eq!(desk.say("2026-03-26T09:01", "supervisor", "close 1"), "1 closed");
            assert_eq!(tally::all(&desk).of(Measure::Supervised), 1, "either way it counts");
        }
        let mut desk = replied(steps);
        let said = desk.say("2026-03-26T09:00", "supervisor@education", "close 1");
        assert_eq!(said, "no: no order 1", "another unit's supervisor");
        assert_eq!(desk.say("2026-03-26T09:01", "supervisor@water", "close 1"), "1 closed");
    }
}

/// The control: without supervision the desk closes, and so may a supervisor.
#[test]
fn what_is_not_under_supervision_the_desk_closes() {
    for who in ["call-taker", "dispatcher", "admin", "supervisor"] {
        assert_eq!(replied(&[]).say("2026-03-26T09:00", who, "close 1"), "1 closed", "{who}");
    }
}

/// A rework by the desk takes no supervision away, nor does a closing: the next cycle is watched too, and may be put under
/// supervision anew. Once each: a second word would count the order twice.
#[test]
fn supervision_outlasts_a_rework_and_comes_once_a_cycle() {
    let mut desk = replied(&[("2026-03-09T10:00", "supervisor", "supervise 1 限期办理")]);
    let once = "no: the order is under supervision in this cycle already";
    desk.run(&format!(
        "
        2026-03-26T08:59 supervisor supervise 1 再催        -> {once}
        2026-03-26T09:00 dispatcher rework 1 poor-reply 未答复诉求 -> 1 reworked: poor-reply, reply by 2026-03-27; 1 rework to water, sign by 2026-03-27
        2026-03-26T10:00 handler@water sign 1             -> 1 signed
        2026-03-26T10:30 supervisor supervise 1 限期办理    -> 1 supervised
        2026-03-26T10:31 dispatcher supervise 1 限期办理    -> {once}
        2026-03-26T11:00 handler@water reply 1 已办        -> 1 replied
        2026-03-26T12:00 call-taker close 1               -> {WATCHED}
        2026-03-26T12:01 supervisor close 1               -> 1 closed
        ",
    ));
}

#[test]
fn the_desk_neither_answers_nor_repeats_away_what_is_under_supervision() {
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    let caller = "caller-known 林 13800000000";
    desk.say("2026-03-09T09:00", "call-taker", &format!("accept help ? {caller}"));
    desk.say("2026-03-09T09:00", "call-taker", &format!("accept help 供水 {caller}"));
    desk.run(&format!(
        "
        2026-03-09T10:00 supervisor supervise 1 限期办理   -> 1 supervised
        2026-03-09T11:00 call-taker answer 1 见公告        -> {WATCHED}
        2026-03-09T11:01 dispatcher merge 2 into 1        -> 2 repeats 1; 1 reminded
        2026-03-09T11:02 call-taker unmerge 2 另一处       -> 2 on its own; 2 back with water
        2026-03-09T11:03 supervisor supervise 2 限期办理   -> 2 supervised
        2026-03-09T11:04 dispatcher merge 2 into 1        -> {}
        ",
        WATCHED.replace("order 1", "order 2"),
    ));
}

/// Withdrawn by those who are watched, a late order would be out of sight; a danger waits for nobody.
#[test]
fn what_is_under_supervision_is_withdrawn_by_a_supervisor_alone_and_transferred_by_anybody() {
    for who in ["call-taker", "dispatcher", "admin", "integration"] {
        let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
        desk.run(&format!(
            "
            2026-03-09T09:00 call-taker accept help 供水       -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
            2026-03-09T10:00 supervisor supervise 1 限期办理    -> 1 supervised
            2026-03-09T11:00 {who} withdraw 1 不用了            -> {WATCHED}
            2026-03-09T11:01 supervisor@education withdraw 1 不用了 -> no: no order 1
            2026-03-09T11:02 supervisor withdraw 1 诉求人撤回   -> 1 withdrawn
            2026-03-09T12:00 call-taker accept help 供水       -> 2 accepted, reply by 2026-03-23; 2 auto to water, sign by 2026-03-10
            2026-03-09T12:01 {who} withdraw 2 不用了            -> 2 withdrawn
            2026-03-09T13:00 call-taker accept help 供水       -> 3 accepted, reply by 2026-03-23; 3 auto to water, sign by 2026-03-10
            2026-03-09T13:01 supervisor supervise 3 限期办理    -> 3 supervised
            2026-03-09T13:02 call-taker transfer 3 119         -> 3 to 119
            ",
        ));
    }
}

/// A final owner handles first and argues later: nobody at the desk argues for him. In every cycle; and where nobody is final,
/// a supervisor dispatches nothing.
#[test]
fn from_a_final_owner_only_a_supervisor_takes_an_order() {
    let keeps =
        "no: order 1 was given by arbitration; only a supervisor takes it from its final owner";
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    desk.run(&format!(
        "
        2026-03-09T09:00 call-taker accept help 供水          -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:30 supervisor dispatch 1 market         -> no: a supervisor may not dispatch
        2026-03-09T10:00 handler@water return 1 shared-duty suggest market 交叉 -> 1 returned by water: shared-duty; 1 waits: returned
        2026-03-09T11:00 dispatcher dispatch 1 market         -> 1 triage to market, sign by 2026-03-10
        2026-03-09T12:00 handler@market return 1 shared-duty suggest water 交叉 -> 1 returned by market: shared-duty; 1 waits: arbitration; 1 before arbiter 1 until 2026-03-10
        2026-03-09T12:30 supervisor dispatch 1 water          -> no: a supervisor may not dispatch
        2026-03-10T09:00 dispatcher dispatch 1 water          -> 1 arbitration to water, sign by 2026-03-11
        2026-03-10T09:01 dispatcher dispatch 1 education      -> {keeps}
        2026-03-10T09:02 admin dispatch 1 education           -> {keeps}
        2026-03-10T10:00 handler@water sign 1                 -> 1 signed
        2026-03-11T10:00 handler@water reply 1 已办            -> 1 replied
        2026-03-11T11:00 call-taker callback 1 unsatisfied    -> 1 called back; 1 reworked: dissatisfied, reply by 2026-03-18; 1 arbitration to water, sign by 2026-03-12
        2026-03-11T12:00 dispatcher dispatch 1 education      -> {keeps}
        2026-03-11T12:01 supervisor@east dispatch 1 education -> no: no order 1
        2026-03-11T12:02 supervisor dispatch 1 market         -> no: lead: the unit has already returned this order
        2026-03-11T12:03 supervisor dispatch 1 education      -> 1 triage to education, sign by 2026-03-12
        2026-03-11T12:04 dispatcher dispatch 1 urban-management -> 1 triage to urban-management, sign by 2026-03-12
        ",
    ));
}

/// What was under supervision in an earlier cycle comes under it again: the caller is not satisfied for the second time.
#[test]
fn a_second_rework_is_watched_whatever_an_earlier_cycle_was() {
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:10 supervisor supervise 1 领导批示 -> 1 supervised
        2026-03-09T09:30 handler@water sign 1 -> 1 signed
        2026-03-09T10:00 handler@water reply 1 已办 -> 1 replied
        2026-03-09T11:00 dispatcher rework 1 dissatisfied 仍漏 -> 1 reworked: dissatisfied, reply by 2026-03-16; 1 rework to water, sign by 2026-03-10
        2026-03-09T11:30 handler@water sign 1 -> 1 signed
        2026-03-09T12:00 handler@water reply 1 已办 -> 1 replied
        2026-03-09T13:00 dispatcher rework 1 dissatisfied 仍漏 -> 1 reworked: dissatisfied, reply by 2026-03-16; 1 rework to water, sign by 2026-03-10; 1 supervised
        ",
    );
    assert_eq!(tally::all(&desk).of(Measure::Supervised), 2, "once in each");
}

/// Whoever orders the second rework for that reason himself, with no call written down, orders no silent one.
#[test]
fn a_second_rework_for_a_caller_who_is_not_satisfied_is_watched() {
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:30 handler@water sign 1 -> 1 signed
        2026-03-09T10:00 handler@water reply 1 已办 -> 1 replied
        2026-03-09T11:00 dispatcher rework 1 dissatisfied 仍漏 -> 1 reworked: dissatisfied, reply by 2026-03-16; 1 rework to water, sign by 2026-03-10
        2026-03-09T11:30 handler@water sign 1 -> 1 signed
        2026-03-09T12:00 handler@water reply 1 已办 -> 1 replied
        2026-03-09T13:00 dispatcher rework 1 dissatisfied 仍漏 -> 1 reworked: dissatisfied, reply by 2026-03-16; 1 rework to water, sign by 2026-03-10; 1 supervised
        2026-03-09T13:30 handler@water sign 1 -> 1 signed
        2026-03-09T14:00 handler@water reply 1 已办 -> 1 replied
        2026-03-09T15:00 dispatcher rework 1 dissatisfied 仍漏 -> 1 reworked: dissatisfied, reply by 2026-03-16; 1 rework to water, sign by 2026-03-10
        ",
    );
}
