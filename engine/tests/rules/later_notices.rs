//! What a notice of holidays that comes late makes of dues that rested on it.

use hotline_engine::dues::start_of;
use hotline_engine::escalation::Rung;
use hotline_engine::figures::Measure;
use hotline_engine::order::Stage;
use hotline_engine::time::Timestamp;

use crate::desk::{Desk, paper};
use crate::sample;
use crate::tally;

fn dispatching() -> Desk {
    Desk::open_by(sample::dispatching("2025"), sample::DISTRICT)
}

/// A limit for dispatch starts anew with whatever sends an order before a dispatcher, and is counted from there again.
#[test]
fn a_dispatch_due_is_computed_again_from_when_it_began() {
    let steps = [
        ("2025-12-25T09:00", "call-taker", "accept help 供水"),
        ("2025-12-25T09:00", "call-taker", "accept help 市场/消费"),
        ("2025-12-25T10:00", "handler@water", "return 1 shared-duty suggest education 共管"),
        ("2025-12-25T11:00", "dispatcher", "merge 1 into 2"),
        ("2025-12-25T12:00", "call-taker", "accept help ?"),
        ("2025-12-25T13:00", "call-taker", "answer 3 见公告"),
        ("2025-12-30T08:00", "call-taker", "accept help 供水"),
        ("2025-12-30T09:00", "call-taker", "unmerge 1 两处"),
        ("2025-12-30T09:00", "dispatcher", "rework 3 new-facts 另有情况"),
        ("2025-12-30T10:00", "handler@water", "return 4 shared-duty suggest education 共管"),
    ];
    let mut desk = dispatching();
    for (at, who, request) in steps {
        let said = desk.say(at, who, request);
        assert!(!said.starts_with("no: "), "{request}: {said}");
    }
    let due = |desk: &Desk, id| paper(desk.order(id).dues[Stage::Dispatch].unwrap());
    let began = |desk: &Desk, id| start_of(desk.order(id), Stage::Dispatch).unwrap();
    // What waited when it was joined has waited since then.
    assert_eq!(
        (began(&desk, 1).day().to_string(), due(&desk, 1)),
        ("2025-12-25".into(), "2025-12-29?".into())
    );
    for id in [3, 4] {
        assert_eq!(began(&desk, id).day().to_string(), "2025-12-30", "{id}");
        assert!(due(&desk, id).ends_with('?'), "{id}");
    }
    assert_eq!(began(&desk, 4), Timestamp::parse("2025-12-30T10:00").unwrap());
    desk.rules = sample::dispatching("2026");
    desk.say("2025-12-30T11:00", "system", "tick");
    // The last day of the year, and Sunday 4 January, which is worked.
    assert_eq!([3, 4].map(|id| due(&desk, id)), ["2026-01-04"; 2]);
}

/// Assumed for Monday 5 January 2026, and due on Tuesday by the notice: 1 to 3 January are off, Sunday the 4th is worked.
fn overdue() -> Desk {
    let mut desk = Desk::open_by(sample::longhu("2025"), sample::DISTRICT);
    desk.run(
        "
        2025-12-22T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-01-05?; 1 auto to water, sign by 2025-12-23
        2025-12-22T10:00 handler@water sign 1       -> 1 signed
        2026-01-06T00:00:01 system tick             -> 1 reminder; 1 yellow; 1 late: handle
        ",
    );
    assert_eq!(tally::all(&desk).of(Measure::DueOverdue), 1);
    desk.rules = sample::longhu("2026");
    desk
}

fn counted(desk: &Desk) -> [u64; 3] {
    [Measure::DueMet, Measure::DueMissed, Measure::DueOverdue].map(|it| tally::all(desk).of(it))
}

#[test]
fn a_due_that_passed_by_an_assumption_lies_ahead_again_and_the_reply_is_judged_by_it() {
    let mut desk = overdue();
    desk.run("2026-01-06T09:00 system tick -> 1 certain: handle by 2026-01-06");
    assert!(desk.order(1).overdue.is_empty());
    assert_eq!(counted(&desk), [0, 0, 0]);
    desk.run("2026-01-06T10:00 handler@water reply 1 已办 -> 1 replied");
    assert_eq!(counted(&desk), [1, 0, 0]);
    // What was said by then was said.
    let red =
        |desk: &Desk| desk.order(1).escalations.iter().filter(|it| it.rung == Rung::Red).count();
    assert_eq!(red(&desk), 1);
    let mut late = overdue();
    late.run(
        "
        2026-01-06T09:00 system tick                -> 1 certain: handle by 2026-01-06
        2026-01-07T00:00:01 system tick             -> 1 late: handle
        2026-01-07T10:00 handler@water reply 1 已办  -> 1 replied
        ",
    );
    assert_eq!((counted(&late), red(&late)), ([0, 1, 0], 1));
}

/// The control: where the new due has passed too, it is missed, on its own day.
#[test]
fn a_due_that_has_passed_by_the_notice_too_stays_missed() {
    let mut desk = overdue();
    desk.run("2026-01-08T09:00 system tick -> 1 certain: handle by 2026-01-06");
    assert_eq!(desk.order(1).overdue, [Stage::Handle]);
    assert_eq!(counted(&desk), [0, 0, 1]);
    desk.run(
        "
        2026-01-08T09:01 system tick                -> 1 written-reminder
        2026-01-08T10:00 handler@water reply 1 已办  -> 1 replied
        ",
    );
    assert_eq!(counted(&desk), [0, 1, 0]);
}

#[test]
fn the_due_of_a_paused_order_is_computed_again_at_once() {
    let mut desk = Desk::open_by(sample::longhu("2025"), sample::DISTRICT);
    desk.run(
        "
        2025-12-22T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-01-05?; 1 auto to water, sign by 2025-12-23
        2025-12-22T10:00 handler@water sign 1       -> 1 signed
        2025-12-24T10:00 handler@water pause 1 force-majeure 台风 -> 1 paused until 2026-01-07
        ",
    );
    desk.rules = sample::longhu("2026");
    desk.run(
        "
        2025-12-25T10:00 system tick                -> 1 certain: handle by 2026-01-06; 1 certain: paused until 2026-01-08
        2025-12-25T10:01 system tick                -> nothing
        2025-12-26T10:00 handler@water resume 1     -> 1 resumed, reply by 2026-01-08
        ",
    );
}

/// Signing was due on the last day of the year and the call back on the second, both off by the notice: nobody missed them.
#[test]
fn what_was_to_be_signed_or_called_by_a_day_that_is_off_was_missed_by_nobody() {
    let mut desk = Desk::open_by(sample::longhu("2025"), sample::DISTRICT);
    desk.run(
        "
        2025-12-31T09:00 call-taker accept help 供水  -> 1 accepted, reply by 2026-01-14?; 1 auto to water, sign by 2026-01-01?
        2025-12-31T09:00 call-taker accept help 供水 caller 林 13800000001 -> 2 accepted, reply by 2026-01-14?; caller to the vault; 2 auto to water, sign by 2026-01-01?
        2025-12-31T10:00 handler@water sign 2         -> 2 signed
        2025-12-31T10:00 handler@water reply 2 已修复 -> 2 replied
        2026-01-02T01:00 system tick                  -> 1 late: sign; 2 late: callback
        ",
    );
    let missed = |desk: &Desk| {
        [Measure::SigningMissed, Measure::CallbackMissed].map(|it| tally::all(desk).of(it))
    };
    assert_eq!(missed(&desk), [1, 1]);
    desk.rules = sample::longhu("2026");
    desk.run(
        "
        2026-01-02T02:00 system tick -> 1 certain: sign by 2026-01-04; 2 certain: callback by 2026-01-04; 1 certain: return by 2026-01-05; 1 certain: handle by 2026-01-15; 2 certain: handle by 2026-01-15
        2026-01-04T09:00 handler@water sign 1    -> 1 signed
        2026-01-04T09:00 call-taker callback 2 satisfied -> 2 called back
        ",
    );
    assert_eq!(missed(&desk), [0, 0]);
    let met = [Measure::SignedInTime, Measure::CalledBackInTime].map(|it| tally::all(&desk).of(it));
    assert_eq!(met, [2, 1]);
    assert!([1, 2].iter().all(|id| desk.order(*id).overdue.is_empty()));
}

/// Who was called about an earlier reply is owed a call about this one: its due moves like that of whoever was never called.
#[test]
fn a_call_about_an_earlier_reply_is_none_about_the_last() {
    let mut desk = Desk::open_by(sample::longhu("2025"), sample::DISTRICT);
    for line in "
        2025-12-29T09:00 call-taker accept help 供水 caller 林 13800000001
        2025-12-29T09:00 call-taker accept help 供水 caller 陈 13800000002
        2025-12-29T10:00 handler@water sign 1
        2025-12-29T10:00 handler@water sign 2
        2025-12-29T10:01 handler@water reply 1 已修复
        2025-12-29T10:01 handler@water reply 2 已修复
        2025-12-29T11:00 call-taker callback 1 unsatisfied
        2025-12-29T11:00 call-taker callback 2 not-reached
        2025-12-29T12:00 dispatcher review 2 failed 不完整
        2025-12-31T10:00 handler@water sign 1
        2025-12-31T10:00 handler@water reply 1 已修复
        2025-12-31T10:00 handler@water reply 2 已修复"
        .trim()
        .lines()
    {
        let [at, actor, what] = line.trim().splitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let said = desk.say(at, actor, what);
        assert!(!said.starts_with("no"), "{line}: {said}");
    }
    desk.run("2026-01-02T01:00 system tick -> 1 late: callback; 2 late: callback");
    desk.rules = sample::longhu("2026");
    desk.say("2026-01-02T02:00", "system", "tick");
    assert!([1, 2].iter().all(|id| !desk.order(*id).overdue.contains(&Stage::Callback)));
    assert_eq!(tally::all(&desk).of(Measure::CallbackMissed), 0);
    desk.run("2026-01-04T09:00 call-taker callback 1 satisfied -> 1 called back");
}

/// Replied to a day behind the due that was assumed, and on the day by the notice, which comes when all is over.
#[test]
fn an_order_that_was_closed_before_the_notice_is_judged_by_it() {
    let mut desk = overdue();
    let (notice, none) = (desk.rules.clone(), sample::longhu("2025"));
    desk.rules = none;
    desk.run(
        "
        2026-01-06T10:00 handler@water reply 1 已办         -> 1 replied
        2026-01-06T11:00 call-taker callback 1 satisfied -> 1 called back
        2026-01-06T12:00 call-taker close 1              -> 1 closed
        ",
    );
    assert_eq!((counted(&desk), desk.order(1).closed_on_time()), ([0, 1, 0], Some(false)));
    desk.rules = notice;
    desk.run(
        "
        2026-01-08T09:00 system tick -> 1 certain: handle by 2026-01-06
        2026-01-08T09:01 system tick -> nothing
        ",
    );
    assert_eq!((counted(&desk), desk.order(1).closed_on_time()), ([1, 0, 0], Some(true)));
    assert!(desk.order(1).overdue.is_empty());
}

/// By the notice Saturday 14 February 2026 is worked: the tenth working day, where Monday the 16th was assumed.
#[test]
fn what_came_in_time_by_an_assumption_alone_was_late_with_who_had_it() {
    let mut desk = Desk::open_by(sample::longhu("2025"), sample::DISTRICT);
    desk.run(
        "
        2026-02-02T09:00 call-taker accept help 供水 caller 林 13800000001 -> 1 accepted, reply by 2026-02-16?; caller to the vault; 1 auto to water, sign by 2026-02-03?
        2026-02-02T10:00 handler@water sign 1        -> 1 signed
        2026-02-16T10:00 handler@water reply 1 已办    -> 1 replied
        ",
    );
    assert_eq!(counted(&desk), [1, 0, 0]);
    desk.rules = sample::longhu("2026");
    desk.run("2026-02-17T09:00 system tick -> 1 certain: handle by 2026-02-14; 1 certain: callback by 2026-02-24");
    assert_eq!(
        (counted(&desk), desk.order(1).late_with),
        ([0, 1, 0], desk.order(1).dispatch.as_ref().map(|it| it.lead))
    );
    assert_eq!(desk.order(1).overdue, [Stage::Handle]);
    // Nobody was told to hurry when it was done.
    assert!(desk.order(1).escalations.iter().all(|it| it.rung != Rung::Red));
    desk.run(
        "
        2026-02-17T10:00 call-taker callback 1 satisfied -> 1 called back
        2026-02-17T11:00 call-taker close 1              -> 1 closed
        ",
    );
    assert_eq!(desk.order(1).closed_on_time(), Some(false));
}

/// The earlier of two dues rests on both: by the notice 2 January is off, and what the city wants on the 3rd is due on the last of
/// December, not by the 24 hours of an urgent order. A pause that would have lasted until then ends, too.
#[test]
fn a_due_that_was_the_earlier_one_by_an_assumption_gives_way_to_the_city_s() {
    let mut desk = Desk::open_by(sample::longhu("2025"), sample::DISTRICT);
    desk.run(
        "
        2025-12-31T21:00 integration accept help 供水 urgency urgent upstream 2026-01-03T23:59:59 -> 1 accepted, reply by 2026-01-01T21:00:00?; 1 auto to water, sign by 2026-01-01T21:00:00?
        ",
    );
    desk.rules = sample::longhu("2026");
    desk.run(
        "
        2025-12-31T21:30 system tick -> 1 certain: sign by 2025-12-31; 1 certain: return by 2025-12-31; 1 certain: handle by 2025-12-31
        ",
    );
}

/// The same where the city's due counts because no working day is known to be left before it: by the notice the Saturday is one.
#[test]
fn a_city_s_due_that_counts_for_want_of_a_working_day_is_assumed_too() {
    let mut desk = Desk::open_by(sample::longhu("2025"), sample::DISTRICT);
    desk.run(
        "
        2026-02-14T10:00 integration accept help 供水 urgency urgent upstream 2026-02-15T18:00:00 -> 1 accepted, reply by 2026-02-15T10:00:00?; 1 auto to water, sign by 2026-02-15T10:00:00?
        ",
    );
    desk.rules = sample::longhu("2026");
    desk.run(
        "
        2026-02-14T10:30 system tick -> 1 certain: sign by 2026-02-14; 1 certain: handle by 2026-02-14; 1 certain: return by 2026-02-14
        2026-02-14T10:31 integration accept help 供水 urgency urgent upstream 2026-02-15T18:00:00 -> 2 accepted, reply by 2026-02-14; 2 auto to water, sign by 2026-02-14
        ",
    );
}

/// What a unit had to help by was no later than handling was due when it was asked; what was granted since then has no part in it.
#[test]
fn an_extension_gives_no_helper_more_time_by_a_notice() {
    let mut desk = Desk::open_by(sample::longhu("2025"), sample::DISTRICT);
    desk.run(
        "
        2025-12-25T09:00 call-taker accept consultation 供水/停水 at lotus -> 1 accepted, reply by 2025-12-29?; 1 auto to water + lotus + market, sign by 2025-12-26
        2025-12-25T09:30 handler@water sign 1 -> 1 signed
        2025-12-25T10:00 handler@water extend 1 2 需开挖 -> 1 asks for 2 days
        2025-12-25T11:00 supervisor grant 1 -> 1 extended to 2025-12-31?
        ",
    );
    let help = |desk: &Desk| {
        desk.order(1).co_units().iter().map(|it| paper(it.due.unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(help(&desk), ["2025-12-29?"; 2]);
    desk.rules = sample::longhu("2026");
    desk.run("2025-12-26T09:00 system tick -> 1 certain: return by 2025-12-29; 1 certain: co-handle of market by 2025-12-29; 1 certain: co-handle of lotus by 2025-12-29; 1 certain: handle by 2025-12-31");
    assert_eq!(help(&desk), ["2025-12-29"; 2]);
}

/// Answered by the desk behind a due that was assumed, and before it by the notice: nothing was due, as of every answer in time.
#[test]
fn an_answer_that_was_late_by_an_assumption_alone_has_no_due() {
    let mut desk = Desk::open_by(sample::longhu("2025"), sample::DISTRICT);
    desk.run(
        "
        2025-12-22T09:00 call-taker accept help ? -> 1 accepted, reply by 2026-01-05?; 1 waits: no-matter
        2026-01-06T00:00:01 system tick -> 1 reminder; 1 yellow; 1 late: handle
        2026-01-06T08:00 call-taker answer 1 见公告 -> 1 answered
        ",
    );
    assert_eq!(counted(&desk), [0, 1, 0]);
    desk.rules = sample::longhu("2026");
    desk.run("2026-01-06T09:00 system tick -> 1 certain: handle by 2026-01-06");
    assert_eq!((counted(&desk), desk.order(1).dues[Stage::Handle]), ([0, 0, 0], None));
}
