//! What is under supervision is ended by no one whom it is to watch.

use hotline_engine::figures::Measure;

use crate::desk::Desk;
use crate::sample;
use crate::tally;

const WATCHED: &str =
    "no: order 1 is under supervision; only a supervisor closes it, once it is replied to";

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

/// A rework by the desk takes no supervision away, nor does a closing: the next cycle is watched too.
#[test]
fn supervision_outlasts_a_rework() {
    let mut desk = replied(&[("2026-03-09T10:00", "supervisor", "supervise 1 限期办理")]);
    desk.run(&format!(
        "
        2026-03-26T09:00 dispatcher rework 1 poor-reply 未答复诉求 -> 1 reworked: poor-reply, reply by 2026-03-27; 1 rework to water, sign by 2026-03-27
        2026-03-26T10:00 handler@water sign 1             -> 1 signed
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
        2026-03-09T11:01 dispatcher merge 1 into 2        -> {WATCHED}
        2026-03-09T11:02 dispatcher merge 2 into 1        -> 2 repeats 1; 1 reminded
        2026-03-09T11:03 call-taker withdraw 1 不用了      -> 1 withdrawn
        ",
    ));
}
