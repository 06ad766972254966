//! Orders that the city passed down: nothing inside moves a due behind the one that comes of the city's.

use hotline_engine::command::Acceptance;
use hotline_engine::order::{Caller, Channel, Kind, Upstream};

use crate::desk::Desk;
use crate::sample;

fn longhu() -> Desk {
    Desk::open_by(sample::longhu("2026"), sample::DISTRICT)
}

/// How an extension is refused that would lie behind a day.
fn behind(order: u64, day: &str) -> String {
    format!(
        "no: order {order} must be done inside by {day}T23:59:59+08:00, before it is due at the city; the city must extend first"
    )
}

#[test]
fn no_extension_lies_behind_what_the_city_waits_for() {
    let (first, second, third) =
        (behind(1, "2026-03-16"), behind(2, "2026-03-26"), behind(3, "2026-03-26"));
    longhu().run(&format!(
        "
        2026-03-09T09:00 integration accept help 供水 upstream 2026-03-17T17:00:00 -> 1 accepted, reply by 2026-03-16; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:00 integration accept help 供水 upstream 2026-03-27T17:00:00 -> 2 accepted, reply by 2026-03-23; 2 auto to water, sign by 2026-03-10
        2026-03-09T09:00 integration accept help 供水 upstream 2026-03-27T17:00:00 -> 3 accepted, reply by 2026-03-23; 3 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water sign 1          -> 1 signed
        2026-03-09T10:00 handler@water sign 2          -> 2 signed
        2026-03-09T10:00 handler@water sign 3          -> 3 signed
        2026-03-09T11:00 handler@water extend 1 1 需开挖 -> {first}
        2026-03-09T11:00 handler@water extend 2 4 需开挖 -> {second}
        2026-03-09T11:00 handler@water extend 2 3 需开挖 -> 2 asks for 3 days
        2026-03-09T11:00 handler@water extend 3 3 需开挖 -> 3 asks for 3 days
        2026-03-09T12:00 supervisor grant 2            -> 2 extended to 2026-03-26
        2026-03-10T09:00 handler@water pause 3 force-majeure 台风 -> 3 paused until 2026-03-13T09:00:00
        2026-03-12T09:00 handler@water resume 3        -> 3 resumed, reply by 2026-03-25
        2026-03-12T10:00 supervisor grant 3            -> {third}
        2026-03-12T10:01 supervisor deny 3 须先报市级   -> 3 not extended
        ",
    ));
}

/// What is due inside already when it must be done for the city stands still for nobody: so nothing is hidden from the ladder
/// and the bulletin. Else a pause lasts as long as the due may move.
#[test]
fn a_pause_lasts_as_long_as_the_due_may_move_before_the_city_s() {
    let first = behind(1, "2026-03-16");
    longhu().run(&format!(
        "
        2026-03-09T09:00 integration accept help 供水 upstream 2026-03-17T17:00:00 -> 1 accepted, reply by 2026-03-16; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:00 integration accept help 供水 upstream 2026-03-25T17:00:00 -> 2 accepted, reply by 2026-03-23; 2 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water sign 1          -> 1 signed
        2026-03-09T10:00 handler@water sign 2          -> 2 signed
        2026-03-10T09:00 handler@water pause 1 force-majeure 台风 -> {first}
        2026-03-10T09:00 handler@water pause 2 force-majeure 台风 -> 2 paused until 2026-03-11T09:00:00
        2026-03-12T00:00:01 system tick                -> 2 resumed, reply by 2026-03-24; 1 reminder
        2026-03-13T00:00:01 system tick                -> 1 yellow
        ",
    ));
}

/// On a clock of hours too: twelve hours lie between the due and the city's.
#[test]
fn a_pause_of_hours_lasts_as_long_as_the_due_may_move_before_the_city_s() {
    longhu().run(
        "
        2026-03-09T12:00 integration accept help 供水 urgency urgent upstream 2026-03-11T17:00:00 -> 1 accepted, reply by 2026-03-10T12:00:00; 1 auto to water, sign by 2026-03-10T12:00:00
        2026-03-09T13:00 handler@water sign 1          -> 1 signed
        2026-03-09T13:30 handler@water contact 1 已联系 -> 1 contacted
        2026-03-09T14:00 handler@water pause 1 force-majeure 台风 -> 1 paused until 2026-03-10T01:59:59
        2026-03-10T08:00 system tick                   -> 1 resumed, reply by 2026-03-10
        ",
    );
}

/// The new cycle is due inside before the city's due too, as long as that is to come.
#[test]
fn a_rework_does_not_forget_what_the_city_waits_for() {
    let bound = behind(1, "2026-03-16");
    longhu().run(&format!(
        "
        2026-03-09T09:00 integration accept help 供水 upstream 2026-03-17T17:00:00 caller 林 13800000001 -> 1 accepted, reply by 2026-03-16; caller to the vault; 1 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water sign 1          -> 1 signed
        2026-03-12T11:00 handler@water reply 1 已办     -> 1 replied
        2026-03-13T11:00 call-taker callback 1 unsatisfied -> 1 called back; 1 reworked: dissatisfied, reply by 2026-03-16; 1 rework to water, sign by 2026-03-16
        2026-03-13T13:00 handler@water sign 1          -> 1 signed
        2026-03-13T14:00 handler@water extend 1 1 需开挖 -> {bound}
        2026-03-13T14:00 handler@water pause 1 force-majeure 台风 -> {bound}
        "
    ));
}

/// The controls: in a cycle that begins after the city's due that binds nothing, and neither does what nobody set.
#[test]
fn what_the_city_does_not_wait_for_is_extended_and_paused_as_the_profile_says() {
    longhu().run(
        "
        2026-03-09T09:00 integration accept help 供水 upstream 2026-03-17T17:00:00 -> 1 accepted, reply by 2026-03-16; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 供水    -> 2 accepted, reply by 2026-03-23; 2 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water sign 1          -> 1 signed
        2026-03-09T10:00 handler@water sign 2          -> 2 signed
        2026-03-09T11:00 handler@water extend 2 10 需开挖 -> 2 asks for 10 days
        2026-03-09T12:00 supervisor grant 2            -> 2 extended to 2026-04-07
        2026-03-13T11:00 handler@water reply 1 已办     -> 1 replied
        2026-03-18T12:00 dispatcher rework 1 poor-reply 未办 -> 1 reworked: poor-reply, reply by 2026-03-25; 1 rework to water, sign by 2026-03-19
        2026-03-18T13:00 handler@water sign 1          -> 1 signed
        2026-03-18T14:00 handler@water extend 1 5 需开挖 -> 1 asks for 5 days
        2026-03-18T15:00 supervisor grant 1            -> 1 extended to 2026-04-01
        ",
    );
}

/// A city may number its orders by who called: each is one, and what readers see of the number tells nobody's name.
#[test]
fn numbers_that_differ_in_who_called_are_two() {
    let told = |number: &str, name: &str, phone: &str| {
        let mut down = Acceptance::plain(Kind::Help, Channel::Upstream, "停水".to_owned());
        down.upstream = Some(Upstream { number: number.to_owned(), due: None });
        let caller = Caller { name: name.into(), phone: phone.into(), confidential: false };
        down.told_by(caller).upstream.unwrap().number
    };
    let by_phone = "20260309-13800000001";
    assert_eq!(told(by_phone, "陈大力", "13800000001"), by_phone, "hidden by its shape");
    let chen = told("陈大力-0309", "陈大力", "13800000001");
    let lin = told("林小明-0309", "林小明", "13800000002");
    assert!([&chen, &lin].iter().all(|it| it.starts_with("某某某-0309~")) && chen != lin);
    assert_eq!(told("陈大力-0309", "陈大力", "13800000001"), chen, "the same again");
    assert_eq!(told("市77", "陈大力", "13800000001"), "市77");
}

/// The same is no news; more of it is, and nothing of that is swallowed.
#[test]
fn what_comes_down_again_with_more_than_before_is_for_somebody_to_look_at() {
    let mut desk = longhu();
    let down = "integration accept help 供水 upstream 2026-03-27T17:00:00 numbered 市77";
    desk.run(&format!(
        "
        2026-03-09T09:00 {down} tag 老人 caller 林 13800000001 -> 1 accepted, reply by 2026-03-23; caller to the vault; 1 auto to water, sign by 2026-03-10
        2026-03-09T10:00 {down} -> nothing
        2026-03-09T10:00 {down} tag 老人 caller 林 13800000001 -> nothing
        "
    ));
    let known = "no: upstream.number: is order 1 already, and says something else";
    let (_, ask) = down.split_once(' ').unwrap();
    for more in [
        "tag 学校",
        "urgency urgent",
        "place 金涛庄",
        "at lotus",
        "saying 还有一处也停了",
        "caller 林 13800000002",
    ] {
        let said = desk.say("2026-03-09T11:00", "integration", &format!("{ask} {more}"));
        assert_eq!(said, known, "{more}");
    }
}
