//! Inside a unit: who gets which order, when, and who does not. Water has handlers here; other units share out themselves.

use hotline_engine::Rules;
use hotline_engine::order::Order;

use crate::desk::Desk;
use crate::sample;

/// The sample district with these lines about handlers and work.
fn staffed(lines: &str) -> Desk {
    Desk::open(&format!("{}\n{lines}", sample::DISTRICT))
}

#[track_caller]
fn plays(lines: &str, script: &str) -> Desk {
    let mut desk = staffed(lines);
    desk.run(script);
    desk
}

fn handler_of<'a>(desk: &'a Desk, order: &Order) -> Option<&'a str> {
    let staff = desk.state.directory().staff();
    order.handler.map(|id| staff.handler(id).account.as_str())
}

/// Accepts so many orders about water at nine.
fn accept(desk: &mut Desk, requests: &[&str]) {
    for request in requests {
        let said = desk.say("2026-03-02T09:00:00", "call-taker", &format!("accept {request}"));
        assert!(said.contains(" auto to water"), "{said}");
    }
}

#[test]
fn a_tick_gives_what_waits_to_whoever_has_most_room() {
    let mut desk = staffed(
        "handler water water-01 for 2
         handler water water-02 for 3",
    );
    accept(&mut desk, &["help 供水"; 6]);
    desk.run(
        "2026-03-02T09:00:01 system tick -> 1 for water-02; 2 for water-01; 3 for water-02; 4 for water-01; 5 for water-02
         2026-03-02T09:00:02 system tick -> nothing",
    );
    assert_eq!(handler_of(&desk, desk.order(6)), None, "both have all they can");
}

#[test]
fn a_unit_without_handlers_shares_its_orders_out_itself() {
    plays(
        "handler water water-01 for 1",
        "2026-03-02T09:00:00 call-taker accept help 市场/消费 -> 1 accepted, reply by 2026-03-16; 1 auto to market, sign by 2026-03-03
         2026-03-02T09:00:01 system tick -> nothing
         2026-03-02T09:00:02 handler@market assign 1 water-01 -> no: handler: the unit has no such handler
         2026-03-02T09:00:03 handler@market sign 1 -> 1 signed",
    );
}

#[test]
fn urgent_orders_come_first_then_those_with_the_least_slack() {
    let mut desk = staffed(
        "handler water water-01 for 1
         work 供水 60
         work 供水/停水 600",
    );
    accept(
        &mut desk,
        &[
            "help 供水",
            "help 供水/停水 at lotus",
            "help 供水 urgency urgent",
            "help 供水 urgency critical",
            "help 供水",
        ],
    );
    // 停水 takes longer: its work must begin earlier.
    for order in [4, 3, 2, 1, 5] {
        let tick = desk.say("2026-03-02T10:00:00", "system", "tick");
        assert_eq!(tick, format!("{order} for water-01"));
        desk.say("2026-03-02T10:00:00", "handler@water", &format!("sign {order}"));
        desk.say("2026-03-02T10:00:00", "handler@water", &format!("reply {order} 已办"));
    }
}

/// In which order a handler for one gets five orders, due on the 16th, 4th, 16th, 6th and 19th, when he is done with the first
/// on the fifth.
fn given_when_one_is_late(rules: Rules, before: &str) -> Vec<u64> {
    let rows = format!("{}\nhandler water water-01 for 1", sample::DISTRICT);
    let mut desk = Desk::open_by(rules, &rows);
    accept(&mut desk, &["help 供水"]);
    assert_eq!(desk.say("2026-03-02T09:00:00", "system", "tick"), "1 for water-01");
    accept(&mut desk, &["consultation 供水", "help 供水"]);
    desk.say("2026-03-04T10:00:00", "call-taker", "accept consultation 供水");
    desk.say("2026-03-05T08:00:00", "call-taker", "accept suggestion 供水");
    desk.run(before);
    let mut given = vec![1];
    for at in
        ["2026-03-05T09:00:00", "2026-03-05T10:00:00", "2026-03-05T11:00:00", "2026-03-05T12:00:00"]
    {
        let done = given[given.len() - 1];
        // What has passed is known before somebody is free.
        desk.say(at, "system", "tick");
        for what in [format!("sign {done}"), format!("reply {done} 已办")] {
            desk.say(at, "handler@water", &what);
        }
        while desk.say(at, "system", "tick") != "nothing" {}
        let is_new = |id: &u64| !given.contains(id) && handler_of(&desk, desk.order(*id)).is_some();
        given.extend((1..=5).find(is_new));
    }
    given
}

#[test]
fn what_is_late_gives_way_to_what_can_be_in_time_before_its_supervision() {
    // Supervision comes five working days after a due: on the eleventh, before what is due on the sixteenth.
    assert_eq!(given_when_one_is_late(sample::longhu("2026"), ""), [1, 4, 2, 3, 5]);
}

#[test]
fn what_is_under_supervision_gives_way_to_nobody() {
    let supervised = "2026-03-05T08:30 supervisor supervise 2 久拖不决 -> 2 late: sign; 2 late: handle; 2 supervised";
    assert_eq!(given_when_one_is_late(sample::longhu("2026"), supervised), [1, 2, 4, 3, 5]);
}

#[test]
fn where_nobody_is_ever_supervised_what_is_late_gives_way_to_nobody() {
    assert_eq!(given_when_one_is_late(sample::rules(), ""), [1, 2, 4, 3, 5]);
}

/// 1 and 4 are about one pipe, and 4, due last, is handled for both: they have the turn of 1.
#[test]
fn orders_that_are_handled_as_one_have_the_turn_of_the_one_that_is_due_first() {
    let mut desk = staffed("handler water water-01 for 1");
    desk.run(
        "2026-03-02T09:00 call-taker accept help 供水 caller 林 13800000001 -> 1 accepted, reply by 2026-03-16; caller to the vault; 1 auto to water, sign by 2026-03-03
         2026-03-03T09:00 call-taker accept help 供水 caller 陈 13800000002 -> 2 accepted, reply by 2026-03-17; caller to the vault; 2 auto to water, sign by 2026-03-04
         2026-03-03T09:10 call-taker accept help 供水 caller 黄 13800000003 -> 3 accepted, reply by 2026-03-17; caller to the vault; 3 auto to water, sign by 2026-03-04
         2026-03-04T09:00 call-taker accept help 供水 caller 郑 13800000004 -> 4 accepted, reply by 2026-03-18; caller to the vault; 4 auto to water, sign by 2026-03-05
         2026-03-04T09:01 dispatcher merge 1 into 4 -> 1 late: sign; 1 joined to 4; 4 stands for 1
         2026-03-04T09:02 system tick -> 4 for water-01
         2026-03-04T09:03 handler@water sign 4 -> 4 signed
         2026-03-04T09:04 handler@water reply 4 已办 -> 4 replied; 1 replied with it
         2026-03-04T09:05 system tick -> 2 for water-01",
    );
}

#[test]
fn expected_work_is_that_of_the_nearest_matter_above() {
    let desk = staffed("handler water water-01 for 1\nwork 供水 60\nwork 城市管理/占道经营 30");
    let minutes =
        |path| desk.state.directory().work_minutes(desk.state.directory().matter_id(path));
    assert_eq!(
        ["供水", "供水/停水", "城市管理/占道经营", "市场/消费"].map(minutes),
        [60, 60, 30, 240]
    );
}

#[test]
fn a_handler_gets_only_what_he_can_handle_and_specialists_come_first() {
    let mut desk = staffed(
        "handler water all-round for 2
         handler water mains for 2 can 供水/停水
         handler water zebra for 2 can 供水",
    );
    accept(&mut desk, &["help 供水", "help 供水/停水 at lotus", "help 供水/停水 at lotus"]);
    desk.run(
        "2026-03-02T09:00:01 system tick -> 1 for zebra; 2 for mains; 3 for all-round
         2026-03-02T09:01:00 dispatcher assign 1 mains -> no: handler: lacks the skill for the matter",
    );
}

#[test]
fn whom_a_matter_finds_nobody_for_holds_up_nobody_else() {
    let mut desk = staffed("handler water mains for 1 can 供水/停水");
    accept(&mut desk, &["help 供水 urgency critical", "help 供水/停水 at lotus"]);
    desk.run("2026-03-02T09:00:01 system tick -> 2 for mains");
}

#[test]
fn an_absent_handler_gets_nothing_new_and_keeps_what_he_has() {
    let mut desk = staffed("handler water water-01 for 3 away 2026-03-03..2026-03-04");
    accept(&mut desk, &["help 供水"]);
    desk.run(
        "2026-03-02T09:00:01 system tick -> 1 for water-01
         2026-03-03T09:00:00 call-taker accept help 供水 -> 2 accepted, reply by 2026-03-17; 2 auto to water, sign by 2026-03-04
         2026-03-03T09:00:01 system tick -> nothing
         2026-03-03T09:00:02 handler@water assign 2 water-01 -> no: handler: is absent today",
    );
    assert_eq!(handler_of(&desk, desk.order(1)), Some("water-01"));
    desk.run(
        "2026-03-03T16:00:00 handler@water sign 1 -> 1 signed
         2026-03-03T16:00:01 handler@water sign 2 -> 2 signed
         2026-03-05T00:00:00 system tick -> 2 for water-01",
    );
}

#[test]
fn a_reply_sets_its_handler_free_and_the_next_order_is_picked_up() {
    let mut desk = staffed("handler water water-01 for 1");
    accept(&mut desk, &["help 供水"; 2]);
    desk.run(
        "2026-03-02T09:00:01 system tick -> 1 for water-01
         2026-03-02T09:10:00 handler@water sign 1 -> 1 signed
         2026-03-02T09:10:01 system tick -> nothing
         2026-03-02T10:00:00 handler@water reply 1 已办 -> 1 replied
         2026-03-02T10:00:01 system tick -> 2 for water-01",
    );
    assert_eq!(handler_of(&desk, desk.order(1)), Some("water-01"), "it was he who handled it");
}

#[test]
fn a_return_a_withdrawal_a_transfer_and_another_unit_set_the_handler_free() {
    for (who, ending) in [
        ("handler@water", "return 1 not-our-duty suggest education 不属"),
        ("call-taker", "withdraw 1 自行解决"),
        ("call-taker", "transfer 1 119"),
        ("dispatcher", "dispatch 1 market"),
    ] {
        let mut desk = staffed("handler water water-01 for 1");
        accept(&mut desk, &["help 供水"; 2]);
        desk.run("2026-03-02T09:00:01 system tick -> 1 for water-01");
        let said = desk.say("2026-03-02T09:01:00", who, ending);
        assert!(!said.starts_with("no: "), "{said}");
        desk.run("2026-03-02T09:01:01 system tick -> 2 for water-01");
    }
}

#[test]
fn a_paused_order_occupies_nobody_and_comes_back_to_the_one_who_had_it() {
    let mut desk = staffed(
        "handler water water-01 for 1
         handler water water-02 for 1",
    );
    desk.rules = sample::longhu("2026");
    accept(&mut desk, &["help 供水"; 2]);
    desk.run(
        "2026-03-02T09:00:01 system tick -> 1 for water-01; 2 for water-02
         2026-03-02T09:01:00 handler@water sign 1 -> 1 signed
         2026-03-02T09:02:00 handler@water pause 1 waiting-for-caller 等材料 -> 1 paused until 2026-03-16
         2026-03-02T09:03:00 handler@water assign 1 water-02 -> no: order 1 is paused; it cannot be assigned now
         2026-03-02T10:00:00 handler@water resume 1 -> 1 resumed, reply by 2026-03-16; 1 for water-01",
    );
}

#[test]
fn if_he_is_full_by_then_it_waits_and_asks_for_him_first() {
    let mut desk = staffed(
        "handler water water-01 for 1
         handler water water-02 for 1",
    );
    desk.rules = sample::longhu("2026");
    accept(&mut desk, &["help 供水"; 3]);
    desk.run(
        "2026-03-02T09:00:01 system tick -> 1 for water-01; 2 for water-02
         2026-03-02T09:01:00 handler@water sign 1 -> 1 signed
         2026-03-02T09:02:00 handler@water pause 1 waiting-for-caller 等材料 -> 1 paused until 2026-03-16
         2026-03-02T09:02:01 system tick -> 3 for water-01
         2026-03-02T10:00:00 handler@water resume 1 -> 1 resumed, reply by 2026-03-16
         2026-03-02T10:00:01 system tick -> nothing
         2026-03-02T10:00:02 handler@water sign 2 -> 2 signed
         2026-03-02T10:00:03 handler@water reply 2 已办 -> 2 replied
         2026-03-02T10:00:04 handler@water sign 3 -> 3 signed
         2026-03-02T10:00:05 handler@water reply 3 已办 -> 3 replied
         2026-03-02T10:00:06 system tick -> 1 for water-01",
    );
}

#[test]
fn a_pause_that_ends_by_itself_lets_the_order_wait_again() {
    let mut desk = staffed("handler water water-01 for 1");
    desk.rules = sample::longhu("2026");
    accept(&mut desk, &["help 供水"]);
    desk.run(
        "2026-03-02T09:00:01 system tick -> 1 for water-01
         2026-03-02T09:01:00 handler@water sign 1 -> 1 signed
         2026-03-02T09:02:00 handler@water pause 1 waiting-for-caller 等材料 -> 1 paused until 2026-03-16
         2026-03-17T00:00:00 system tick -> 1 resumed, reply by 2026-03-30
         2026-03-17T00:00:01 system tick -> 1 for water-01",
    );
}

#[test]
fn a_rework_and_a_reply_that_did_not_pass_go_to_the_one_who_had_it() {
    let mut desk = staffed(
        "handler water water-01 for 1
         handler water water-02 for 5",
    );
    accept(&mut desk, &["help 供水"]);
    desk.run(
        "2026-03-02T09:00:01 dispatcher assign 1 water-01 -> 1 for water-01
         2026-03-02T09:00:02 handler@water sign 1 -> 1 signed
         2026-03-02T09:00:03 handler@water reply 1 已办 -> 1 replied
         2026-03-02T09:00:04 dispatcher review 1 failed 未答复诉求 -> 1 sent back; 1 for water-01
         2026-03-02T09:00:05 handler@water reply 1 已办 -> 1 replied
         2026-03-02T09:00:06 dispatcher close 1 -> 1 closed
         2026-03-02T09:00:07 dispatcher rework 1 new-facts 又停水 -> 1 reworked: new-facts, reply by 2026-03-05; 1 rework to water, sign by 2026-03-03; 1 for water-01",
    );
}

#[test]
fn a_rework_of_an_absent_handler_waits_for_another() {
    let mut desk = staffed(
        "handler water water-01 for 2 away 2026-03-03..2026-03-03
         handler water water-02 for 1",
    );
    accept(&mut desk, &["help 供水"]);
    desk.run(
        "2026-03-02T09:00:01 system tick -> 1 for water-01
         2026-03-02T09:00:02 handler@water sign 1 -> 1 signed
         2026-03-02T09:00:03 handler@water reply 1 已办 -> 1 replied
         2026-03-03T09:00:00 dispatcher rework 1 new-facts 又停水 -> 1 reworked: new-facts, reply by 2026-03-06; 1 rework to water, sign by 2026-03-04
         2026-03-03T09:00:01 system tick -> 1 for water-02",
    );
}

#[test]
fn the_unit_and_the_desk_assign_by_hand_within_the_same_bounds() {
    let mut desk = staffed(
        "handler water water-01 for 1
         handler water water-02 for 1
         handler market market-01 for 1",
    );
    accept(&mut desk, &["help 供水"; 3]);
    desk.run(
        "2026-03-02T09:00:01 handler@water assign 1 water-02 -> 1 for water-02
         2026-03-02T09:00:02 handler@water assign 1 water-02 -> no: handler: he has this order already
         2026-03-02T09:00:03 supervisor assign 2 water-02 -> no: handler: has the 1 open orders that he can have
         2026-03-02T09:00:04 dispatcher assign 2 market-01 -> no: handler: the unit has no such handler
         2026-03-02T09:00:05 supervisor@water assign 1 water-01 -> 1 for water-01
         2026-03-02T09:00:06 handler@market assign 2 water-02 -> no: no order 2
         2026-03-02T09:00:07 handler@water assign 2 nobody -> no: the order has no handler that this could be about
         2026-03-02T09:00:08 call-taker assign 2 water-02 -> no: a call-taker may not assign",
    );
}

#[test]
fn whom_an_order_was_taken_from_is_asked_last() {
    let mut desk = staffed(
        "handler water water-01 for 9
         handler water water-02 for 1",
    );
    accept(&mut desk, &["help 供水"; 2]);
    desk.run(
        "2026-03-02T09:00:01 system tick -> 1 for water-01; 2 for water-01
         2026-03-02T09:00:02 handler@water assign 1 nobody -> 1 for nobody
         2026-03-02T09:00:03 handler@water assign 2 nobody -> 2 for nobody
         2026-03-02T09:00:04 system tick -> 1 for water-02; 2 for water-01",
    );
}

#[test]
fn a_handler_who_has_left_loses_his_orders_and_one_who_stays_keeps_them() {
    let mut desk = staffed(
        "handler water water-01 for 1
         handler water water-02 for 2",
    );
    accept(&mut desk, &["help 供水"; 3]);
    desk.run("2026-03-02T09:00:01 system tick -> 1 for water-02; 2 for water-01; 3 for water-02");
    let next =
        format!("{}\nhandler water water-02 for 1\nhandler water water-03 for 2", sample::DISTRICT);
    let said = desk.adopt("2026-03-02T10:00:00", sample::district(&next));
    assert_eq!(said, "directory adopted");
    desk.run(
        "2026-03-02T10:00:01 system tick -> 2 for nobody
         2026-03-02T10:00:02 system tick -> 2 for water-03
         2026-03-02T10:00:03 handler@water assign 2 water-01 -> no: handler: the unit has no such handler",
    );
    for order in [1, 3] {
        assert_eq!(
            handler_of(&desk, desk.order(order)),
            Some("water-02"),
            "less room takes nothing away"
        );
    }
    desk.adopt("2026-03-02T11:00:00", sample::district(sample::DISTRICT));
    desk.run(
        "2026-03-02T11:00:01 system tick -> 1 for nobody; 3 for nobody; 2 for nobody
         2026-03-02T11:00:02 system tick -> nothing",
    );
}

/// What he had is urgent: the one who comes in his place does not get the other order first.
#[test]
fn what_a_handler_had_who_has_left_has_its_turn_before_what_presses_less() {
    let mut desk = staffed("handler water water-01 for 1");
    accept(&mut desk, &["complaint 供水 urgency critical", "suggestion 供水"]);
    desk.run("2026-03-02T09:00:01 system tick -> 1 for water-01");
    let next = format!("{}\nhandler water water-09 for 1", sample::DISTRICT);
    desk.adopt("2026-03-02T10:00:00", sample::district(&next));
    desk.run(
        "2026-03-02T10:00:01 system tick -> 1 for nobody
         2026-03-02T10:00:02 system tick -> 1 for water-09",
    );
}

/// A joining that is undone is none: who had the order has it again, though another has more room.
#[test]
fn an_order_that_is_on_its_own_again_goes_to_the_one_who_had_it() {
    let mut desk = staffed(
        "handler water water-01 for 2
         handler water water-02 for 5",
    );
    accept(&mut desk, &["help 供水", "help 供水"]);
    desk.run(
        "2026-03-02T09:00:01 system tick -> 1 for water-02; 2 for water-02
         2026-03-02T09:00:02 handler@water assign 1 water-01 -> 1 for water-01
         2026-03-02T09:01:00 dispatcher merge 1 into 2 -> 1 joined to 2; 2 stands for 1
         2026-03-02T09:02:00 call-taker unmerge 1 两处 -> 1 on its own; 2 parted from 1; 1 back with water
         2026-03-02T09:02:01 system tick -> 1 for water-01",
    );
}

#[test]
fn handlers_who_come_with_a_new_directory_get_what_is_open() {
    let mut desk = Desk::open(sample::DISTRICT);
    accept(&mut desk, &["help 供水"]);
    desk.run("2026-03-02T09:00:01 system tick -> nothing");
    let next = format!("{}\nhandler water water-01 for 1", sample::DISTRICT);
    desk.adopt("2026-03-02T10:00:00", sample::district(&next));
    desk.run("2026-03-02T10:00:01 system tick -> 1 for water-01");
}

#[test]
fn a_mistake_about_handlers_is_named_with_row_and_field() {
    let first = "handler water water-01 for 1\n";
    for (lines, wanted) in [
        ("handler river x for 1", "handler row 1: unknown unit `river`"),
        ("handler water x for 1 can 供电", "handler row 1: skills: unknown matter `供电`"),
        (
            "handler water water-01 for 1\nhandler water water-01 for 2",
            "handler row 2: handler `water-01` is listed twice in his unit",
        ),
        ("handler water x for 0", "handler row 1: capacity 0 is not between 1 and 1000"),
        ("handler water x for 1001", "handler row 1: capacity 1001 is not between 1 and 1000"),
        (
            "handler water x for 1 away 2026-03-03..2026-03-02",
            "handler row 1: absent: 2026-03-03..2026-03-02 ends before it begins",
        ),
        ("work 供电 30", "work row 1: unknown matter `供电`"),
        ("work 供水 0", "work row 1: work_minutes 0 is not between 1 and 28800"),
        ("work 供水 5\nwork 供水 6", "work row 2: matter `供水` is listed twice"),
    ] {
        let mut desk = staffed(first);
        let draft = sample::district(&format!("{}\n{lines}", sample::DISTRICT));
        assert_eq!(desk.adopt("2026-03-02T09:00:00", draft), format!("no: {wanted}"));
        assert_eq!(desk.state.directory().version, 1);
    }
}
