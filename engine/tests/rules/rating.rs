//! Grades that citizens give a service (好差评; GB/T 39734-2020, 粤办函〔2020〕21号), and what the desk answers by itself.

use hotline_engine::figures::Measure;
use hotline_engine::order::{Channel, Kind, Status};
use hotline_engine::report::Figure;

use crate::desk::Desk;
use crate::sample;
use crate::tally;

fn longhu() -> Desk {
    Desk::open_by(sample::longhu("2026"), sample::DISTRICT)
}

#[test]
fn a_bad_grade_becomes_an_order_for_the_unit_that_did_the_service() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 integration grade B-1 east 2     -> 1 accepted, reply by 2026-03-16; caller to the vault; 1 known to east, sign by 2026-03-10; B-1 done; B-1 rated 2
        2026-03-09T09:01 integration grade B-2 east 5     -> B-2 done; B-2 rated 5
        2026-03-09T09:02 integration grade B-3 water 3    -> B-3 done; B-3 rated 3
        2026-03-09T09:03 integration grade B-1 east 5     -> no: the service is rated already
        2026-03-09T09:03 integration grade B-1 east 2     -> nothing
        2026-03-09T09:03 integration grade B-2 east 5     -> nothing
        2026-03-09T09:04 integration grade B-4 nowhere 1  -> no: unit: no such unit in force
        ",
    );
    let order = desk.order(1);
    assert_eq!((order.kind, order.channel), (Kind::Complaint, Channel::Rating));
    assert_eq!(order.rated_case.as_deref(), Some("B-1"));
    assert_eq!(tally::figure(&desk, Figure::GoodRating), (2, 3));
}

#[test]
fn a_wrong_bad_grade_is_struck_out_after_an_appeal() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 integration grade B-1 east 1      -> 1 accepted, reply by 2026-03-16; caller to the vault; 1 known to east, sign by 2026-03-10; B-1 done; B-1 rated 1
        2026-03-09T09:00 integration grade B-2 east 1      -> 2 accepted, reply by 2026-03-16; caller to the vault; 2 known to east, sign by 2026-03-10; B-2 done; B-2 rated 1
        2026-03-09T10:00 handler@east appeal 1             -> no: reason: is empty
        2026-03-09T10:00 handler@east appeal 1 群众点错星级  -> 1 appealed
        2026-03-09T10:01 handler@east appeal 1 再申诉       -> no: the grade was appealed against already
        2026-03-09T10:02 handler@east appeal 2 已当面说明    -> 2 appealed
        2026-03-09T10:03 handler@east uphold 1 同意         -> no: a handler may not decide-appeal
        2026-03-10T09:00 supervisor dismiss 2              -> no: note: is empty
        2026-03-10T09:00 supervisor dismiss 2 评价属实       -> 2 stands
        2026-03-10T09:01 supervisor uphold 1               -> 1 struck out
        2026-03-10T09:02 supervisor uphold 2               -> no: the order has no appeal that this could be about
        2026-03-10T10:00 handler@east sign 2               -> 2 signed
        2026-03-10T10:01 handler@east appeal 2 再申诉       -> no: the grade was appealed against already
        2026-03-10T11:00 call-taker accept help 供水         -> 3 accepted, reply by 2026-03-24; 3 auto to water, sign by 2026-03-11
        2026-03-10T11:01 handler@water appeal 3 不属        -> no: the order has no bad grade that this could be about
        ",
    );
    assert_eq!([1, 2].map(|id| desk.order(id).status), [Status::Withdrawn, Status::Signed]);
    assert_eq!(tally::figure(&desk, Figure::GoodRating), (0, 1));
    assert_eq!(tally::all(&desk).of(Measure::RatingStruck), 1);
}

#[test]
fn what_the_desk_answers_is_closed_at_once_and_is_nobody_s_due() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept consultation 供水 answered 凭身份证办理 -> 1 accepted; 1 answered
        2026-03-09T09:01 call-taker accept consultation ?       -> 2 accepted, reply by 2026-03-11; 2 waits: no-matter
        2026-03-09T09:02 call-taker answer 2                    -> no: text: is empty
        2026-03-09T09:02 call-taker answer-by 2 停水 见公告        -> no: article: no such article
        2026-03-09T09:02 dispatcher put-article 停水 拨打抢修电话  -> article 停水 put
        2026-03-09T09:03 call-taker answer-by 2 停水 见公告        -> 2 answered
        2026-03-09T09:04 call-taker accept help 供水              -> 3 accepted, reply by 2026-03-23; 3 auto to water, sign by 2026-03-10
        2026-04-30T00:00 call-taker accept praise 供水            -> 4 accepted; 4 auto to water; 4 praise passed on
        ",
    );
    assert_eq!([1, 2].map(|id| desk.order(id).status), [Status::Closed; 2]);
    assert_eq!(tally::figure(&desk, Figure::DirectAnswer), (2, 3));
    assert_eq!(tally::figure(&desk, Figure::ClosureOfAccepted), (2, 3));
    assert_eq!(
        tally::figure(&desk, Figure::ClosureOfDispatched),
        (0, 1),
        "no unit closed anything"
    );
    assert_eq!(tally::figure(&desk, Figure::OnTimeClosure), (0, 0), "and nothing was due");
}

#[test]
fn an_answer_that_was_not_enough_goes_to_a_dispatcher() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水 answered 请耐心等待 -> 1 accepted; 1 answered
        2026-03-10T09:00 dispatcher rework 1 new-facts 仍未解决       -> 1 reworked: new-facts, reply by 2026-03-17; 1 waits: answered
        2026-03-10T10:00 dispatcher dispatch 1 water                -> 1 triage to water, sign by 2026-03-11
        2026-03-10T11:00 handler@water sign 1                       -> 1 signed
        2026-03-10T12:00 handler@water reply 1 已修复                 -> 1 replied
        2026-03-10T13:00 call-taker close 1                         -> 1 closed
        ",
    );
    assert_eq!(tally::figure(&desk, Figure::DirectAnswer), (0, 1));
    assert_eq!(tally::figure(&desk, Figure::OnTimeClosure), (1, 1));
}

#[test]
fn calls_are_counted_by_day_and_counted_again_they_replace_what_was_counted() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-10T00:10 integration calls 2026-03-09 1000 800 600 900 9000 -> no: in_30s: is more than answered
        2026-03-10T00:10 integration calls 2026-03-11 1 1 1 1 1             -> no: day: has not come yet
        2026-03-10T00:10 integration calls 1800-01-01 1 1 1 1 1             -> no: day: is more than 3660 days ago
        2026-03-10T00:10 integration calls 2026-03-09 1000 800 600 700 9000 -> 2026-03-09: 1000 calls
        2026-03-10T00:20 integration calls 2026-03-09 1000 950 800 900 9500 -> 2026-03-09: 1000 calls
        ",
    );
    assert_eq!(tally::figure(&desk, Figure::Connection), (950, 1000));
    assert_eq!(tally::figure(&desk, Figure::ConnectionIn15s), (800, 1000));
    let wait = hotline_engine::report::Average::WaitSeconds.of(&tally::all(&desk));
    assert_eq!(wait.to_string(), "10.00");
}

#[test]
fn dispatch_and_call_back_are_in_time_or_not() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help ? urgency urgent -> 1 accepted, reply by 2026-03-10T09:00:00; 1 waits: no-matter
        2026-03-09T09:10 dispatcher dispatch 1 water             -> 1 triage to water, sign by 2026-03-10T09:00:00
        2026-03-09T09:20 call-taker accept help ? urgency urgent -> 2 accepted, reply by 2026-03-10T09:20:00; 2 waits: no-matter
        2026-03-09T09:36 dispatcher dispatch 2 water             -> 2 late: dispatch; 2 triage to water, sign by 2026-03-10T09:20:00
        ",
    );
    assert_eq!(tally::figure(&desk, Figure::DispatchInTime), (1, 2));
}

/// The unit went on working while somebody looked into its objection: what it objected to is decided on all the same.
#[test]
fn an_objection_is_decided_on_whatever_became_of_the_order() {
    let lives = [
        (&["return 1 shared-duty suggest education 共管"][..], "withdrawn"),
        (&["sign 1", "reply 1 已核实"], "withdrawn"),
        (&["sign 1", "reply 1 已核实", "close 1"], "closed"),
        (&["withdraw 1 不用了"], "withdrawn"),
    ];
    for (steps, ends) in lives {
        let mut desk = longhu();
        desk.say("2026-03-09T09:00", "integration", "grade B-1 water 1");
        desk.say("2026-03-09T09:01", "handler@water", "appeal 1 系误评");
        for step in steps {
            let desk_s = step.starts_with("close") || step.starts_with("withdraw");
            let who = if desk_s { "call-taker" } else { "handler@water" };
            let said = desk.say("2026-03-09T10:00", who, step);
            assert!(!said.starts_with("no: "), "{step}: {said}");
        }
        desk.run("2026-03-10T09:00 supervisor uphold 1 属误评 -> 1 struck out");
        assert_eq!(desk.order(1).status.code(), ends, "{steps:?}");
        let counts = tally::all(&desk);
        let counted = [Measure::RatedBadly, Measure::RatingStruck, Measure::DueMet];
        assert_eq!(counted.map(|it| counts.of(it)), [0, 1, 0], "{steps:?}");
        let orders = [Measure::Accepted, Measure::Dispatched, Measure::Closed, Measure::Withdrawn];
        assert_eq!(orders.map(|it| counts.of(it)), [0; 4], "it was no order: {steps:?}");
        desk.run("2026-03-10T09:01 supervisor uphold 1 属误评 -> no: the order has no appeal that this could be about");
    }
}

/// Platforms make numbers of what they know. Nobody who has the order reads in one who gave the grade; which case it is stays known.
#[test]
fn the_number_of_a_case_tells_nobody_s_name() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 integration grade 证-林小明-01 water 1 by 林小明 -> 1 accepted, reply by 2026-03-16; caller to the vault; 1 known to water, sign by 2026-03-10; 证-林小明-01 done; 证-林小明-01 rated 1
        2026-03-09T09:01 integration grade 证-林小明-02 water 1 by 林小明 -> 2 accepted, reply by 2026-03-16; caller to the vault; 2 known to water, sign by 2026-03-10; 证-林小明-02 done; 证-林小明-02 rated 1
        2026-03-09T10:00 handler@water appeal 1 系误评 -> 1 appealed
        2026-03-10T09:00 supervisor uphold 1 属误评 -> 1 struck out
        2026-03-10T09:01 integration grade 证-林小明-01 water 1 by 林小明 -> nothing
        ",
    );
    assert_eq!(
        [1, 2].map(|id| desk.order(id).rated_case.clone().unwrap()),
        ["证-某某某-01", "证-某某某-02"]
    );
    assert_eq!(tally::all(&desk).of(Measure::RatedBadly), 1, "that of the other case stands");
}

/// What is struck out stays so: nobody reworks it, and nothing is joined to it or it to anything.
#[test]
fn a_grade_that_was_struck_out_does_not_come_back() {
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    for (at, who, request, said) in [
        ("2026-03-09T09:00", "integration", "grade B-1 east 1", ""),
        ("2026-03-09T09:01", "call-taker", "accept help 供水", ""),
        ("2026-03-09T09:02", "handler@east", "sign 1", ""),
        ("2026-03-09T09:04", "handler@east", "appeal 1 误评", ""),
        ("2026-03-09T09:04", "handler@east", "reply 1 已办", ""),
        ("2026-03-09T09:04", "dispatcher", "close 1", ""),
        ("2026-03-09T09:05", "supervisor", "uphold 1 属误评", ""),
        (
            "2026-03-09T09:06",
            "dispatcher",
            "merge 2 into 1",
            "no: into: is a struck grade, or this order is one",
        ),
        (
            "2026-03-09T09:08",
            "dispatcher",
            "rework 1 new-facts 另有情况",
            "no: the rules in force provide no reworks of a grade that was struck out",
        ),
    ] {
        let outcome = desk.say(at, who, request);
        assert!(
            if said.is_empty() { !outcome.starts_with("no: ") } else { outcome == said },
            "{request}: {outcome}"
        );
    }
}
