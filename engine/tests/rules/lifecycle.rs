//! From acceptance to closure: what happens to an order, and which clocks move.

use hotline_engine::command::{Action, Command};
use hotline_engine::order::{Mode, Stage, Status};
use hotline_engine::time::Timestamp;

use crate::desk::{Desk, check};
use crate::sample;

#[test]
fn an_order_is_accepted_dispatched_signed_replied_to_called_back_and_closed() {
    let desk = check(
        "
        2026-03-09T09:00 call-taker accept help 供水/停水 at lotus -> 1 accepted, reply by 2026-03-23; 1 auto to water + lotus + market, sign by 2026-03-10
        2026-03-09T15:00 handler@water sign 1                  -> 1 signed
        2026-03-12T10:00 handler@water reply 1 已恢复供水        -> 1 replied
        2026-03-13T09:30 call-taker callback 1 not-reached     -> 1 called back
        2026-03-13T11:00 call-taker callback 1 satisfied       -> 1 called back
        2026-03-13T11:01 dispatcher close 1                    -> 1 closed
        ",
    );
    let order = desk.order(1);
    assert_eq!(order.status, Status::Closed);
    assert_eq!(order.number, 260_309_090_000_000_001);
    assert_eq!(order.closed_on_time(), Some(true));
    assert_eq!((order.callbacks.len(), order.version), (2, 6));
    assert_eq!(order.dispatch.as_ref().unwrap().mode, Mode::Auto);
    assert_eq!(desk.state.order_numbered(order.number).unwrap().id, order.id);
}

#[test]
fn an_unsure_classification_waits_for_a_dispatcher() {
    let desk = check(
        "
        2026-03-09T09:00 integration accept complaint ? maybe 供水 70 maybe 市场/消费 20 -> 1 accepted, reply by 2026-03-30; 1 waits: low-confidence
        2026-03-09T09:01 integration accept complaint ?       -> 2 accepted, reply by 2026-03-30; 2 waits: no-matter
        2026-03-09T09:02 integration accept complaint 其他     -> 3 accepted, reply by 2026-03-30; 3 waits: no-duty-row
        2026-03-09T09:03 integration accept complaint 邻里/噪声 -> 4 accepted, reply by 2026-03-30; 4 waits: place-unknown
        2026-03-09T11:00 dispatcher dispatch 1 market as 市场/消费 with east with market with east -> 1 triage to market + east, sign by 2026-03-10
        2026-03-09T11:01 admin dispatch 4 west                -> 4 triage to west, sign by 2026-03-10
        ",
    );
    let dispatch = desk.order(1).dispatch.as_ref().unwrap();
    assert_eq!(desk.order(1).matter, Some(desk.matter("市场/消费")));
    assert_eq!((dispatch.row, dispatch.directory_version), (None, 1));
    assert_eq!(desk.order(2).status, Status::Triage);
}

#[test]
fn candidates_of_one_unit_together_are_sure_enough() {
    check(
        "
        2026-03-09T09:00 call-taker accept help ? maybe 供水 45 maybe 供水/停水 40 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        ",
    );
}

#[test]
fn a_return_goes_to_triage_and_the_refuser_is_not_chosen_again() {
    let desk = check(
        "
        2026-03-09T09:00 call-taker accept help 供水       -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water return 1 not-our-duty suggest market 属于市场监管 -> 1 returned by water: not-our-duty; 1 waits: returned
        2026-03-10T09:00 dispatcher dispatch 1 water       -> no: lead: the unit has already returned this order
        2026-03-10T09:01 handler@water sign 1              -> no: no order 1
        2026-03-10T09:02 dispatcher dispatch 1 market as 市场/消费 -> 1 triage to market, sign by 2026-03-11
        2026-03-10T09:03 handler@market return 1 shared-duty suggest market 职责交叉 -> no: suggested_unit: the unit has this order already
        2026-03-10T09:05 handler@market sign 1             -> 1 signed
        2026-03-10T09:06 handler@market return 1 wrong-place suggest water 应由水务 -> 1 returned by market: wrong-place; 1 waits: returned
        2026-03-10T09:07 dispatcher dispatch 1 market      -> no: lead: the unit has already returned this order
        ",
    );
    let returns = &desk.order(1).returns;
    assert_eq!(returns[0].suggested, Some(desk.unit("market")));
    assert_eq!(
        (returns[0].evidence.as_str(), returns[1].suggested),
        ("属于市场监管", Some(desk.unit("water")))
    );
    assert_eq!(desk.order(1).dues[Stage::Sign], None);
}

#[test]
fn no_return_and_no_new_unit_moves_the_handling_due() {
    let mut desk = check(
        "2026-03-09T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10",
    );
    let promised = desk.order(1).dues[Stage::Handle];
    for line in [
        "2026-03-10T09:00 dispatcher dispatch 1 market -> 1 triage to market, sign by 2026-03-11",
        "2026-03-11T09:00 handler@market return 1 shared-duty suggest education 多部门 -> 1 returned by market: shared-duty; 1 waits: returned",
        "2026-03-20T09:00 dispatcher dispatch 1 education -> 1 triage to education, sign by 2026-03-23",
        "2026-03-23T23:59:59 handler@education sign 1 -> 1 signed",
        "2026-03-24T08:00 system tick -> 1 late: handle",
        "2026-03-24T09:00 handler@education reply 1 已办 -> 1 replied",
        "2026-03-24T09:01 dispatcher close 1 -> 1 closed",
    ] {
        desk.run(line);
        assert_eq!(desk.order(1).dues[Stage::Handle], promised, "after `{line}`");
    }
    assert_eq!(desk.order(1).closed_on_time(), Some(false));
}

/// Between a due and the next tick lies up to a second, and more after a restart: nobody signs through the gap.
#[test]
fn what_is_late_is_noted_before_it_is_done() {
    let desk = check(
        "
        2026-03-09T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-11T00:00 handler@water sign 1       -> 1 late: sign; 1 signed
        2026-03-24T09:00 handler@water reply 1 已办  -> 1 late: handle; 1 replied
        2026-03-24T09:01 system tick                -> nothing
        ",
    );
    assert_eq!(desk.order(1).overdue, [Stage::Sign, Stage::Handle]);
}

#[test]
fn who_asks_for_facts_gets_the_order_back_when_they_are_there() {
    check(
        "
        2026-03-09T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water return 1 not-enough-facts 未说明楼栋 -> 1 returned by water: not-enough-facts; 1 waits: returned
        2026-03-09T11:00 dispatcher dispatch 1 water -> 1 triage to water, sign by 2026-03-10
        ",
    );
}

#[test]
fn a_return_is_refused_after_two_working_days_from_its_dispatch() {
    // Dispatched on the Friday before Spring Festival: the Saturday is worked, the second day is 24 February.
    let accept = "2026-02-13T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-05; 1 auto to water, sign by 2026-02-14";
    let mut late = check(accept);
    late.run("2026-02-25T00:00 handler@water return 1 not-our-duty suggest education 不属 -> no: order 1 could be returned until 2026-02-24T23:59:59+08:00");
    check(accept).run("2026-02-24T23:59:59 handler@water return 1 not-our-duty suggest education 不属 -> 1 late: sign; 1 returned by water: not-our-duty; 1 waits: returned");
    // A new unit has its own two days.
    late.run(
        "
        2026-02-25T09:00 dispatcher dispatch 1 market -> 1 late: sign; 1 triage to market, sign by 2026-02-26
        2026-02-27T09:00 handler@market return 1 not-our-duty suggest education 不属 -> 1 late: sign; 1 returned by market: not-our-duty; 1 waits: returned
        ",
    );
}

#[test]
fn a_unit_that_does_not_sign_is_late_while_the_handling_clock_runs() {
    let desk = check(
        "
        2026-03-09T09:00 call-taker accept consultation 供水 -> 1 accepted, reply by 2026-03-11; 1 auto to water, sign by 2026-03-10
        2026-03-10T23:59:59 system tick   -> nothing
        2026-03-11T00:00:00 system tick   -> 1 late: sign
        2026-03-11T00:00:01 system tick   -> nothing
        2026-03-11T09:00 handler@water sign 1 -> 1 signed
        2026-03-11T23:59:59 system tick   -> nothing
        2026-03-12T00:00:00 system tick   -> 1 late: handle
        2026-03-19T00:00:00 system tick   -> nothing
        2026-03-19T09:00 handler@water reply 1 迟复 -> 1 replied
        2026-03-20T09:00 dispatcher close 1 -> 1 closed
        2026-04-20T09:00 system tick      -> nothing
        ",
    );
    let words: Vec<_> = desk.order(1).overdue.iter().map(|stage| stage.code()).collect();
    assert_eq!(words, ["sign", "handle"]);
    assert_eq!(desk.order(1).closed_on_time(), Some(false));
}

#[test]
fn a_due_has_passed_at_the_first_instant_after_it() {
    let mut desk = check(
        "2026-03-09T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10",
    );
    let due = desk.order(1).dues[Stage::Sign].unwrap().current;
    let tick = hotline_engine::command::Command {
        actor: desk.actor("system"),
        seen: None,
        action: hotline_engine::command::Action::Tick,
    };
    let after = hotline_engine::time::Timestamp::of_ms(due.ms() + 1);
    assert_eq!(desk.perform(due, &tick), Ok("nothing".into()));
    assert_eq!(desk.perform(after, &tick), Ok("1 late: sign".into()));
    assert_eq!(desk.perform(after, &tick), Ok("nothing".into()));
}

#[test]
fn the_oldest_due_passes_first_and_a_full_tick_is_followed_by_the_next() {
    let mut desk = Desk::open(sample::DISTRICT);
    for order in 1..=1_001 {
        desk.say("2026-03-09T09:00", "call-taker", "accept complaint 供水");
        desk.say("2026-03-09T09:00", "handler@water", &format!("sign {order}"));
    }
    desk.say("2026-03-10T09:00", "call-taker", "accept consultation 供水");
    desk.say("2026-03-10T09:00", "handler@water", "sign 1002");
    let first = desk.say("2026-05-09T09:00", "system", "tick");
    let second = desk.say("2026-05-09T09:00", "system", "tick");
    assert!(first.starts_with("1002 late: handle; 1 late: handle; 2 late: handle; "), "{first}");
    assert_eq!(first.split("; ").count(), hotline_engine::decide::TICK_EVENTS_MAX);
    assert_eq!(second, "1000 late: handle; 1001 late: handle");
}

#[test]
fn praise_is_passed_on_and_closed_without_dues() {
    let desk = check(
        "
        2026-03-09T09:00 call-taker accept praise 供水 upstream 2026-03-10T12:00 -> 1 accepted; 1 auto to water; 1 praise passed on
        2026-03-09T09:01 call-taker accept praise ?    -> 2 accepted; 2 waits: no-matter
        2026-03-09T10:00 dispatcher dispatch 2 education -> 2 triage to education; 2 praise passed on
        2027-03-09T09:00 system tick                   -> nothing
        2027-03-09T09:01 handler@water reply 1 谢谢     -> no: order 1 is closed; it cannot be replied to now
        ",
    );
    for id in [1, 2] {
        let order = desk.order(id);
        assert_eq!(order.status, Status::Closed);
        assert_eq!(
            (order.dues[Stage::Sign], order.dues[Stage::Handle], order.closed_on_time()),
            (None, None, None)
        );
    }
}

#[test]
fn an_earlier_due_upstream_wins_and_a_later_one_does_not() {
    let desk = check(
        "
        2026-03-09T09:00 integration accept help 供水 upstream 2026-03-16T12:00 -> 1 accepted, reply by 2026-03-16T12:00:00; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:01 integration accept help 供水 upstream 2026-04-16T12:00 -> 2 accepted, reply by 2026-03-23; 2 auto to water, sign by 2026-03-10
        2026-12-28T09:00 integration accept help 供水 upstream 2026-12-30T12:00 -> 3 accepted, reply by 2026-12-30T12:00:00?; 3 auto to water, sign by 2026-12-29?
        2026-12-28T09:01 integration accept help 供水 -> 4 accepted, reply by 2027-01-11?; 4 auto to water, sign by 2026-12-29?
        ",
    );
    assert_eq!(desk.order(1).upstream.as_ref().unwrap().number, "市0001");
}

/// Design rule 12: synchronisation with the city is idempotent, and what it changes is not swallowed.
#[test]
fn an_order_that_is_passed_down_twice_is_one_order() {
    let mut desk = Desk::open(sample::DISTRICT);
    let mut action = desk.action(&["accept", "help", "供水", "upstream", "2026-03-16T12:00"]);
    let pass_down = |desk: &mut Desk, time: &str, action: &Action| {
        let command =
            Command { actor: desk.actor("integration"), seen: None, action: action.clone() };
        let said = desk.perform(Timestamp::parse(time).unwrap(), &command);
        said.unwrap_or_else(|rejection| format!("no: {rejection}"))
    };
    let first = pass_down(&mut desk, "2026-03-09T09:00", &action);
    assert!(first.starts_with("1 accepted"), "{first}");
    assert_eq!(pass_down(&mut desk, "2026-09-09T09:00", &action), "nothing");
    let Action::Accept(acceptance) = &mut action else { unreachable!() };
    acceptance.content.push_str("(补充)");
    assert_eq!(
        pass_down(&mut desk, "2026-09-09T09:01", &action),
        "no: upstream.number: is order 1 already, and says something else"
    );
    let Action::Accept(acceptance) = &mut action else { unreachable!() };
    acceptance.upstream.as_mut().unwrap().number = " ".into();
    assert_eq!(pass_down(&mut desk, "2026-09-09T09:02", &action), "no: upstream.number: is empty");
}

#[test]
fn a_unit_may_be_changed_before_it_signs() {
    let desk = check(
        "
        2026-03-09T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-10T09:00 dispatcher dispatch 1 market as 市场/消费 -> 1 triage to market, sign by 2026-03-11
        2026-03-11T00:00:00 system tick              -> nothing
        2026-03-11T08:00 handler@water sign 1        -> no: no order 1
        2026-03-11T08:01 handler@market sign 1       -> 1 signed
        2026-03-11T08:02 dispatcher dispatch 1 water -> no: order 1 is signed; it cannot be dispatched now
        ",
    );
    assert!(desk.order(1).returns.is_empty());
}

#[test]
fn a_call_back_may_be_made_again_but_not_after_closing() {
    check(
        "
        2026-03-09T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water sign 1       -> 1 signed
        2026-03-09T11:00 handler@water reply 1 已修 -> 1 replied
        2026-03-09T12:00 admin callback 1 unsatisfied -> 1 called back
        2026-03-09T13:00 admin close 1              -> 1 closed
        2026-03-09T14:00 admin callback 1 satisfied -> no: order 1 is closed; it cannot be called back now
        2026-03-09T15:00 admin close 1              -> no: order 1 is closed; it cannot be closed now
        ",
    );
}
