//! What a unit may ask for and what the desk may send back: extension, pause, help, review, rework, arbitration, the vault.

use hotline_engine::Rules;
use hotline_engine::order::{Stage, Status};
use hotline_engine::profile::Counting;
use hotline_engine::report::Figure;
use hotline_engine::time::Timestamp;

use crate::desk::Desk;
use crate::sample;
use crate::tally;

fn longhu() -> Desk {
    Desk::open_by(sample::longhu("2026"), sample::DISTRICT)
}

/// Accepted and signed on Monday 9 March: due on the 23rd.
fn signed() -> Desk {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water sign 1        -> 1 signed
        ",
    );
    desk
}

#[test]
fn an_extension_is_asked_before_expiry_decided_by_another_and_counted() {
    let mut desk = signed();
    desk.run(
        "
        2026-03-20T09:00 handler@water extend 1 0 需开挖     -> no: working_days: is not between 1 and 10
        2026-03-20T09:00 handler@water extend 1 11 需开挖    -> no: working_days: is not between 1 and 10
        2026-03-20T09:00 handler@water extend 1 5           -> no: reason: is empty
        2026-03-20T09:00 handler@water extend 1 5 需开挖     -> 1 asks for 5 days
        2026-03-20T09:01 handler@water extend 1 3 再申请     -> no: an extension was asked for and is not decided already
        2026-03-20T09:02 handler@water grant 1 自批          -> no: a handler may not decide-extension
        2026-03-20T10:00 supervisor deny 1                  -> no: note: is empty
        2026-03-20T10:00 supervisor deny 1 理由不足           -> 1 not extended
        2026-03-20T10:01 supervisor grant 1                 -> no: the order has no extension that this could be about
        2026-03-20T11:00 handler@water extend 1 5 附开挖许可  -> 1 asks for 5 days
        2026-03-20T15:00 supervisor grant 1                 -> 1 extended to 2026-03-30
        2026-03-27T09:00 handler@water extend 1 1 再延        -> no: the order has had its 1 extensions
        2026-03-27T00:00:01 system tick                     -> 1 reminder; 1 yellow
        2026-03-31T00:00:00 system tick                     -> 1 late: handle
        ",
    );
    let due = desk.order(1).dues[Stage::Handle].unwrap();
    assert_eq!(due.original.to_string(), "2026-03-23T23:59:59+08:00");
    assert_eq!(due.current.to_string(), "2026-03-30T23:59:59+08:00");
}

#[test]
fn nobody_asks_for_or_grants_more_time_after_expiry() {
    signed().run(
        "
        2026-03-23T23:59:59 handler@water extend 1 5 来不及 -> 1 asks for 5 days
        2026-03-24T00:00:00 supervisor grant 1 补批        -> no: order 1 was due at 2026-03-23T23:59:59+08:00; more time is asked for and given before
        2026-03-24T00:00:00 supervisor deny 1 已逾期       -> 1 late: handle; 1 not extended
        2026-03-24T00:00:00 handler@water extend 1 5 来不及 -> no: order 1 was due at 2026-03-23T23:59:59+08:00; more time is asked for and given before
        2026-03-24T00:00:00 handler@water pause 1 force-majeure 台风 -> no: order 1 was due at 2026-03-23T23:59:59+08:00; more time is asked for and given before
        ",
    );
}

#[test]
fn a_profile_without_extensions_and_pauses_has_none() {
    let mut desk = Desk::open(sample::DISTRICT);
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水        -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water sign 1               -> 1 signed
        2026-03-09T11:00 handler@water extend 1 5 需开挖     -> no: the rules in force provide no extensions
        2026-03-09T11:00 handler@water pause 1 force-majeure 台风 -> no: the rules in force provide no pauses
        ",
    );
}

#[test]
fn a_pause_gives_back_the_days_it_took_and_ends_by_itself() {
    let mut desk = signed();
    // Seven working days are left on the evening of the 12th: 13, 16, 17, 18, 19, 20, 23.
    desk.run(
        "
        2026-03-12T10:00 handler@water pause 1 waiting-for-caller 等身份证明 -> 1 paused until 2026-03-26
        2026-03-12T11:00 handler@water reply 1 已办          -> no: order 1 is paused; it cannot be replied to now
        2026-03-24T12:00 system tick                        -> nothing
        2026-03-24T15:00 handler@water resume 1             -> 1 resumed, reply by 2026-04-02
        2026-03-24T16:00 handler@water pause 1 force-majeure 台风 -> no: the order has had its 1 pauses
        ",
    );
    let due = desk.order(1).dues[Stage::Handle].unwrap();
    assert_eq!(due.original.to_string(), "2026-03-23T23:59:59+08:00");
    let mut forgotten = signed();
    forgotten.run(
        "
        2026-03-12T10:00 handler@water pause 1 waiting-for-appraisal 送检 -> 1 paused until 2026-03-26
        2026-03-29T08:00:00 system tick                     -> 1 resumed, reply by 2026-04-07
        2026-04-07T09:00 handler@water reply 1 已办          -> 1 replied
        ",
    );
    assert_eq!(forgotten.order(1).pauses[0].ended.unwrap().day().to_string(), "2026-03-26");
}

#[test]
fn a_pause_is_over_when_it_is_over_even_where_the_caller_takes_the_order_back() {
    let mut desk = signed();
    desk.run(
        "
        2026-03-12T10:00 handler@water pause 1 waiting-for-appraisal 送检 -> 1 paused until 2026-03-26
        2026-03-30T09:00 call-taker withdraw 1 自行解决      -> 1 withdrawn
        ",
    );
    assert_eq!(desk.order(1).pauses[0].ended.unwrap().day().to_string(), "2026-03-26");
}

#[test]
fn an_extension_that_is_granted_in_a_pause_starts_no_clock() {
    let mut desk = signed();
    desk.run(
        "
        2026-03-20T09:00 handler@water extend 1 5 需开挖       -> 1 asks for 5 days
        2026-03-20T10:00 handler@water pause 1 waiting-for-appraisal 送检 -> 1 paused until 2026-04-03
        2026-03-25T10:00 supervisor grant 1                   -> 1 extended to 2026-03-30
        2026-03-31T10:00 system tick                          -> nothing
        2026-03-31T11:00 handler@water resume 1               -> 1 resumed, reply by 2026-04-09
        ",
    );
    assert!(desk.order(1).clocks.runs(Stage::Handle));
}

#[test]
fn what_one_unit_asked_for_is_not_granted_to_the_next() {
    let mut desk = signed();
    desk.run(
        "
        2026-03-09T11:00 handler@water extend 1 5 需开挖       -> 1 asks for 5 days
        2026-03-09T12:00 handler@water return 1 shared-duty suggest education 交叉 -> 1 returned by water: shared-duty; 1 waits: returned
        2026-03-09T13:00 dispatcher dispatch 1 market         -> 1 triage to market, sign by 2026-03-10
        2026-03-09T14:00 handler@market sign 1                -> 1 signed
        2026-03-09T15:00 supervisor grant 1                   -> no: the order has no extension that this could be about
        ",
    );
}

#[test]
fn a_pause_on_a_clock_of_hours_gives_back_the_minutes() {
    longhu().run(
        "
        2026-03-13T10:00 call-taker accept help 供水 urgency urgent -> 1 accepted, reply by 2026-03-14T10:00:00; 1 auto to water, sign by 2026-03-14T10:00:00
        2026-03-13T11:00 handler@water sign 1               -> 1 signed
        2026-03-13T12:00 handler@water pause 1 waiting-for-caller 等进门 -> 1 paused until 2026-03-14T12:00:00
        2026-03-13T15:30 handler@water resume 1             -> 1 late: contact; 1 resumed, reply by 2026-03-14T13:30:00
        ",
    );
}

/// Paused from, until, and the due after it: on 9 March, a Monday, ten working days were left until the 23rd.
#[test]
fn a_pause_gives_back_whole_days_and_no_part_of_one() {
    for (from, until, due) in [
        // A minute, over midnight.
        ("2026-03-12T23:59", "2026-03-13T00:00:30", "2026-03-23"),
        ("2026-03-12T10:00", "2026-03-13T09:59", "2026-03-23"),
        ("2026-03-12T10:00", "2026-03-13T10:00", "2026-03-24"),
        // Over a weekend: the days off are nobody's.
        ("2026-03-13T18:00", "2026-03-16T09:00", "2026-03-23"),
        ("2026-03-13T09:00", "2026-03-16T18:00", "2026-03-24"),
        ("2026-03-14T12:00", "2026-03-16T18:00", "2026-03-23"),
        ("2026-03-14T12:00", "2026-03-17T00:00", "2026-03-24"),
        // On the last day: a clock that stood still is not late for it, and what was left of the day is left.
        ("2026-03-23T20:00", "2026-03-24T07:00", "2026-03-24T10:59:59"),
        ("2026-03-23T23:59:56", "2026-03-24T00:00:01", "2026-03-24T00:00:04"),
        ("2026-03-23T23:00", "2026-03-24T22:59", "2026-03-24T23:58:59"),
        ("2026-03-23T10:00", "2026-03-23T18:00", "2026-03-23"),
        ("2026-03-23T10:00", "2026-03-24T09:00", "2026-03-24T22:59:59"),
        ("2026-03-23T10:00", "2026-03-25T23:59", "2026-03-26T13:58:59"),
        // As it ends by itself, on the 6th of April: Qingming, so that the 7th is the next day that counts.
        ("2026-03-23T10:00", "2026-04-06T12:00", "2026-04-07T13:59:59"),
        ("2026-03-20T20:00", "2026-03-25T07:00", "2026-03-25"),
    ] {
        let mut desk = signed();
        let paused = desk.say(from, "handler@water", "pause 1 waiting-for-caller 等回电");
        assert_eq!(paused.split(' ').nth(1), Some("paused"), "{paused}");
        let resumed = desk.say(until, "dispatcher", "resume 1");
        assert_eq!(resumed, format!("1 resumed, reply by {due}"), "{from} to {until}");
    }
}

/// A pause of days ends with a day: the hours that were left of the last one are left on the next that counts.
#[test]
fn a_pause_that_ends_by_itself_leaves_the_hours_that_were_left() {
    signed().run(
        "
        2026-03-23T10:00 handler@water pause 1 waiting-for-appraisal 送检 -> 1 paused until 2026-04-07
        2026-04-08T00:00:01 system tick                     -> 1 resumed, reply by 2026-04-08T13:59:59
        ",
    );
}

#[test]
fn a_rework_has_less_time_than_the_first_cycle() {
    for (order, first, reworked) in [
        ("consultation 供水", "2026-03-11", "2026-03-13"),
        ("help 供水", "2026-03-23", "2026-03-19"),
        ("complaint 供水", "2026-03-30", "2026-03-19"),
        ("complaint 供水 urgency urgent", "2026-03-10T09:00:00", "2026-03-12T22:00:00"),
    ] {
        let mut desk = longhu();
        let said = desk.say("2026-03-09T09:00", "call-taker", &format!("accept {order}"));
        assert!(said.starts_with(&format!("1 accepted, reply by {first};")), "{said}");
        desk.say("2026-03-09T09:30", "handler@water", "sign 1");
        desk.say("2026-03-09T10:00", "handler@water", "reply 1 已办");
        let said = desk.say("2026-03-12T10:00", "call-taker", "callback 1 unsatisfied");
        assert!(said.contains(&format!("reply by {reworked};")), "{said}");
    }
}

/// Longhu: at most once, and never longer than what it extends.
#[test]
fn no_extension_is_longer_than_its_limit() {
    for (order, max) in [("consultation 供水", 2), ("complaint 供水", 10)] {
        let mut desk = longhu();
        desk.say("2026-03-09T09:00", "call-taker", &format!("accept {order}"));
        desk.say("2026-03-09T09:01", "handler@water", "sign 1");
        let ask = |days: u16| format!("extend 1 {days} 需开挖");
        let said = desk.say("2026-03-09T09:02", "handler@water", &ask(max + 1));
        assert_eq!(said, format!("no: working_days: is not between 1 and {max}"));
        let said = desk.say("2026-03-09T09:02", "handler@water", &ask(max));
        assert_eq!(said, format!("1 asks for {max} days"));
    }
}

#[test]
fn a_pause_of_an_hour_moves_no_due_in_days() {
    signed().run(
        "
        2026-03-12T10:00 handler@water pause 1 waiting-for-caller 等回电 -> 1 paused until 2026-03-26
        2026-03-12T11:00 dispatcher resume 1                -> 1 resumed, reply by 2026-03-23
        ",
    );
}

#[test]
fn the_first_word_with_the_caller_is_due_in_two_hours_when_it_is_urgent() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-13T10:00 call-taker accept help 供水 urgency urgent -> 1 accepted, reply by 2026-03-14T10:00:00; 1 auto to water, sign by 2026-03-14T10:00:00
        2026-03-13T10:30 handler@water contact 1 已电话联系   -> 1 contacted
        2026-03-13T10:31 handler@water contact 1 再联系       -> no: the caller was contacted already
        2026-03-13T12:30 system tick                        -> nothing
        ",
    );
    assert_eq!(
        desk.order(1).dues[Stage::Contact].unwrap().current.to_string(),
        "2026-03-13T12:00:00+08:00"
    );
}

#[test]
fn every_co_unit_has_its_own_due_and_speaks_once() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水/停水 at lotus -> 1 accepted, reply by 2026-03-23; 1 auto to water + lotus + market, sign by 2026-03-10
        2026-03-09T09:30 handler@lotus sign 1               -> no: order 1 is led by another unit; only the lead may do this
        2026-03-09T10:00 handler@water co-reply 1 我办       -> no: order 1 has no co-unit that you act for
        2026-03-09T10:00 handler@education co-reply 1 我办   -> no: no order 1
        2026-03-09T10:00 handler@lotus co-reply 1 已入户      -> 1 helped by lotus
        2026-03-09T10:01 handler@lotus co-reply 1 再补充      -> no: the unit has contributed already
        2026-03-09T11:00 handler@water sign 1               -> 1 signed
        2026-03-17T00:00:00 system tick                     -> 1 late: co-handle of market
        2026-03-17T09:00 handler@market co-reply 1 已核查     -> 1 helped by market
        ",
    );
    assert_eq!(desk.order(1).co_replies.len(), 2);
    let mut both = longhu();
    both.run(
        "
        2026-03-09T09:00 call-taker accept help 供水/停水 at lotus -> 1 accepted, reply by 2026-03-23; 1 auto to water + lotus + market, sign by 2026-03-10
        2026-03-09T10:00 handler@lotus co-reply 1 已入户      -> 1 helped by lotus
        2026-03-09T10:00 handler@market co-reply 1 已核查     -> 1 helped by market
        2026-03-09T11:00 handler@water sign 1               -> 1 signed
        2026-03-18T00:00:00 system tick                     -> nothing
        ",
    );
}

#[test]
fn a_reply_that_does_not_pass_is_owed_still_by_the_same_due() {
    let mut desk = signed();
    desk.run(
        "
        2026-03-20T09:00 handler@water reply 1 已转相关科室    -> 1 replied
        2026-03-20T10:00 dispatcher review 1 failed          -> no: note: is empty
        2026-03-20T10:00 dispatcher review 1 failed 未答复诉求  -> 1 sent back
        2026-03-20T10:01 call-taker callback 1 satisfied     -> no: order 1 is signed; it cannot be called back now
        2026-03-23T12:00 system tick                        -> 1 reminder; 1 yellow
        2026-03-24T00:00:00 system tick                     -> 1 late: handle
        2026-03-24T09:00 handler@water reply 1 已恢复供水      -> 1 replied
        2026-03-24T10:00 dispatcher review 1 passed          -> 1 passed
        2026-03-24T11:00 dispatcher close 1                  -> 1 closed
        ",
    );
    assert_eq!(desk.order(1).closed_on_time(), Some(false));
}

#[test]
fn each_cycle_climbs_the_ladder_anew_and_new_facts_open_a_closed_order() {
    let mut desk = signed();
    desk.run(
        "
        2026-03-23T09:00 system tick                        -> 1 reminder; 1 yellow
        2026-03-23T10:00 handler@water reply 1 已办          -> 1 replied
        2026-03-23T11:00 dispatcher close 1                  -> 1 closed
        2026-04-13T09:00 dispatcher rework 1 new-facts 又停水  -> 1 reworked: new-facts, reply by 2026-04-20; 1 rework to water, sign by 2026-04-14
        2026-04-14T00:00:01 system tick                     -> nothing
        2026-04-14T09:00 handler@water sign 1               -> 1 signed
        2026-04-20T09:00 system tick                        -> 1 reminder; 1 yellow
        2026-04-21T00:00:00 system tick                     -> 1 late: handle
        ",
    );
    let order = desk.order(1);
    assert_eq!((order.status, order.times.closed), (Status::Signed, None));
    assert_eq!(order.escalations.len(), 5);
}

/// Domain rule 4 and design rule 3: refusers are out until an arbiter decides, and whom he names handles first.
#[test]
fn after_two_returns_an_arbiter_names_the_final_owner() {
    longhu().run(
        "
        2026-03-09T09:00 call-taker accept help 供水         -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water return 1 not-our-duty suggest market 属市场监管 -> 1 returned by water: not-our-duty; 1 waits: returned
        2026-03-09T11:00 dispatcher dispatch 1 market as 市场/消费 -> 1 triage to market, sign by 2026-03-10
        2026-03-09T12:00 handler@market return 1 shared-duty suggest education 职责交叉 -> 1 returned by market: shared-duty; 1 waits: arbitration; 1 before arbiter 1 until 2026-03-10
        2026-03-10T09:00 dispatcher dispatch 1 water         -> 1 arbitration to water, sign by 2026-03-11
        2026-03-10T10:00 handler@water return 1 not-our-duty suggest education 仍不属 -> no: order 1 was given by arbitration; it cannot be returned
        2026-03-10T11:00 handler@water sign 1               -> 1 signed
        ",
    );
}

/// Whoever handles first and argues later does not argue in the next cycle instead.
#[test]
fn the_final_owner_stays_the_final_owner_in_a_rework() {
    longhu().run(
        "
        2026-03-09T09:00 call-taker accept help 供水         -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water return 1 not-our-duty suggest education 不属 -> 1 returned by water: not-our-duty; 1 waits: returned
        2026-03-09T11:00 dispatcher dispatch 1 market        -> 1 triage to market, sign by 2026-03-10
        2026-03-09T12:00 handler@market return 1 shared-duty suggest education 交叉 -> 1 returned by market: shared-duty; 1 waits: arbitration; 1 before arbiter 1 until 2026-03-10
        2026-03-10T09:00 dispatcher dispatch 1 water         -> 1 arbitration to water, sign by 2026-03-11
        2026-03-10T10:00 handler@water sign 1               -> 1 signed
        2026-03-11T10:00 handler@water reply 1 已办          -> 1 replied
        2026-03-11T11:00 call-taker callback 1 unsatisfied  -> 1 called back; 1 reworked: dissatisfied, reply by 2026-03-18; 1 arbitration to water, sign by 2026-03-12
        2026-03-11T12:00 handler@water return 1 not-our-duty suggest education 仍不属 -> no: order 1 was given by arbitration; it cannot be returned
        ",
    );
}

#[test]
fn an_arbiter_who_does_not_decide_gives_way_to_the_next_and_then_to_the_backstop() {
    let refused_twice = "
        2026-03-09T09:00 call-taker accept help 供水         -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water return 1 not-our-duty suggest education 不属 -> 1 returned by water: not-our-duty; 1 waits: returned
        2026-03-09T11:00 dispatcher dispatch 1 market        -> 1 triage to market, sign by 2026-03-10
        2026-03-09T12:00 handler@market return 1 shared-duty suggest education 交叉 -> 1 returned by market: shared-duty; 1 waits: arbitration; 1 before arbiter 1 until 2026-03-10
        2026-03-11T00:00:00 system tick                     -> 1 before arbiter 2 until 2026-03-12
        ";
    let mut nobody = longhu();
    nobody.run(refused_twice);
    nobody.run(
        "
        2026-03-13T00:00:00 system tick                     -> 1 before arbiter 2
        2026-03-13T00:00:01 system tick                     -> nothing
        ",
    );
    let district = format!("unit government-services department\n{}", sample::DISTRICT);
    let mut backed = Desk::open_by(sample::longhu("2026"), &district);
    backed.run(refused_twice);
    backed.run("2026-03-13T00:00:00 system tick -> 1 arbitration to government-services, sign by 2026-03-16");
    assert_eq!(backed.order(1).arbitration, None);
    let street = format!("unit government-services street\n{}", sample::DISTRICT);
    let mut handed_down = Desk::open_by(sample::longhu("2026"), &street);
    handed_down.run(refused_twice);
    handed_down.run("2026-03-13T00:00:00 system tick -> 1 before arbiter 2");
}

/// Where the first day counts, the day on which one arbiter has not decided is used up: the next has his own.
#[test]
fn an_arbiter_s_day_does_not_count_for_the_next_one() {
    let rules = sample::longhu("2026");
    let mut profile = rules.profile(Timestamp::default()).clone();
    profile.counting = Counting::Inclusive;
    let rules = Rules::new(vec![profile], rules.calendar.clone(), rules.confidence_min).unwrap();
    Desk::open_by(rules, sample::DISTRICT).run(
        "
        2026-03-09T09:00 call-taker accept help 供水         -> 1 accepted, reply by 2026-03-20; 1 auto to water, sign by 2026-03-09
        2026-03-09T10:00 handler@water return 1 not-our-duty suggest education 不属 -> 1 returned by water: not-our-duty; 1 waits: returned
        2026-03-09T11:00 dispatcher dispatch 1 market        -> 1 triage to market, sign by 2026-03-09
        2026-03-09T12:00 handler@market return 1 shared-duty suggest education 交叉 -> 1 returned by market: shared-duty; 1 waits: arbitration; 1 before arbiter 1 until 2026-03-09
        2026-03-10T00:00:00 system tick                     -> 1 before arbiter 2 until 2026-03-11
        2026-03-12T00:00:00 system tick                     -> 1 before arbiter 2
        ",
    );
}

#[test]
fn reminders_supervision_and_the_ends_of_an_order_say_why() {
    let mut desk = signed();
    desk.run(
        "
        2026-03-10T09:00 call-taker remind 1                 -> no: note: is empty
        2026-03-10T09:00 call-taker remind 1 来电催办          -> 1 reminded
        2026-03-10T09:00 supervisor supervise 1 限三日办结     -> 1 supervised
        2026-03-10T10:00 supervisor withdraw 1               -> no: note: is empty
        2026-03-10T10:00 call-taker transfer 1 112           -> no: number: is not one of 110, 119, 120, 122
        2026-03-10T11:00 supervisor withdraw 1 已自行解决      -> 1 withdrawn
        2026-12-30T09:00 system tick                        -> nothing
        ",
    );
    assert_eq!(desk.order(1).reminders[0].by, "call-taker");
}

#[test]
fn a_later_notice_counts_extensions_and_pauses_again() {
    let mut desk = Desk::open_by(sample::longhu("2025"), sample::DISTRICT);
    desk.run(
        "
        2025-12-22T09:00 call-taker accept help 供水         -> 1 accepted, reply by 2026-01-05?; 1 auto to water, sign by 2025-12-23
        2025-12-22T10:00 handler@water sign 1               -> 1 signed
        2025-12-24T09:00 handler@water extend 1 5 需开挖     -> 1 asks for 5 days
        2025-12-24T10:00 supervisor grant 1                 -> 1 extended to 2026-01-12?
        2025-12-25T10:00 handler@water pause 1 force-majeure 台风 -> 1 paused until 2026-01-08
        2025-12-26T10:00 handler@water resume 1             -> 1 resumed, reply by 2026-01-13?
        ",
    );
    desk.rules = sample::longhu("2026");
    // New Year's Day and the 2nd are off, Sunday the 4th is worked.
    desk.run("2025-12-26T11:00 system tick -> 1 certain: handle by 2026-01-14");
    let due = desk.order(1).dues[Stage::Handle].unwrap();
    assert_eq!(due.original.to_string(), "2026-01-06T23:59:59+08:00");
}

/// One judgement a reply: nobody calls until somebody is satisfied, or counts the same satisfaction twice.
#[test]
fn a_caller_judges_a_reply_once() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水        -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water sign 1              -> 1 signed
        2026-03-09T11:00 handler@water reply 1 已办          -> 1 replied
        2026-03-09T12:00 call-taker callback 1 not-reached  -> 1 called back
        2026-03-09T12:01 call-taker callback 1 not-reached  -> 1 called back
        2026-03-09T12:02 call-taker callback 1 satisfied    -> 1 called back
        2026-03-09T12:03 call-taker callback 1 satisfied    -> no: the caller has judged this reply already
        2026-03-09T12:04 call-taker callback 1 unsatisfied  -> no: the caller has judged this reply already
        2026-03-09T13:00 supervisor review 1 failed 未附照片   -> 1 sent back
        2026-03-09T14:00 handler@water reply 1 已办,附照片     -> 1 replied
        2026-03-09T15:00 call-taker callback 1 unsatisfied  -> 1 called back; 1 reworked: dissatisfied, reply by 2026-03-16; 1 rework to water, sign by 2026-03-10
        ",
    );
    assert_eq!(tally::figure(&desk, Figure::Satisfaction), (1, 2));
}
