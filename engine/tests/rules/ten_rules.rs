//! Ten rules of the trade as they were published, one test each, in their order; the other modules hold what follows from
//! them.

use hotline_engine::calendar::Calendar;
use hotline_engine::deadline::{Subject, due};
use hotline_engine::escalation::Rung;
use hotline_engine::figures::Measure;
use hotline_engine::order::{Kind, Stage, Status, Urgency};
use hotline_engine::profile::Counting;
use hotline_engine::report::{Figure, Rate};
use hotline_engine::time::Timestamp;

use crate::desk::Desk;
use crate::sample::{self, CALENDAR, guangdong};
use crate::tally;

fn printed(numerator: u64, denominator: u64) -> String {
    Rate { numerator, denominator }.to_string()
}

fn longhu() -> Desk {
    Desk::open_by(sample::longhu("2026"), sample::DISTRICT)
}

/// Late 3 or 4 of 17,754 print 99.98 %; 5 print 99.97 %.
#[test]
fn rule_01_three_or_four_late_print_99_98_and_five_print_99_97() {
    assert_eq!(printed(17_754 - 3, 17_754), "99.98 %");
    assert_eq!(printed(17_754 - 4, 17_754), "99.98 %");
    assert_eq!(printed(17_754 - 5, 17_754), "99.97 %");
    assert_eq!(printed(17_754, 17_754), "100.00 %");
}

/// Guangdong: a question (咨询) of a Friday is due at the end of Tuesday with day-after counting, of Monday with inclusive
/// counting; both skip holidays and honour make-up workdays.
#[test]
fn rule_02_a_question_of_friday_is_due_on_tuesday_or_inclusively_on_monday() {
    let calendar = Calendar::parse(CALENDAR).unwrap();
    for (received, day_after, inclusive) in [
        ("2026-03-13T16:00:00", "2026-03-17", "2026-03-16"),
        // Qingming on Monday the 6th.
        ("2026-04-03T16:00:00", "2026-04-08", "2026-04-07"),
        // Saturday 14 February is worked; Spring Festival lasts from the 15th to the 23rd.
        ("2026-02-13T09:00:00", "2026-02-24", "2026-02-14"),
        // Sunday 28 September is worked.
        ("2025-09-26T09:00:00", "2025-09-29", "2025-09-28"),
    ] {
        let received = Timestamp::parse(received).unwrap();
        let question = Subject::new(Stage::Handle, Kind::Consultation, Urgency::Normal, received);
        for (counting, expected) in
            [(Counting::DayAfter, day_after), (Counting::Inclusive, inclusive)]
        {
            let due = due(&guangdong(counting), &calendar, &question).unwrap().current;
            assert_eq!(due.to_string(), format!("{expected}T23:59:59+08:00"), "{received}");
        }
    }
}

/// Unsigned after its signing limit: flagged, though the handling clock has started.
#[test]
fn rule_03_an_unsigned_order_is_flagged_though_its_handling_clock_has_started() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept complaint 供水 -> 1 accepted, reply by 2026-03-30; 1 auto to water, sign by 2026-03-10
        2026-03-11T00:00:00 system tick                  -> 1 late: sign
        ",
    );
    assert!(desk.order(1).clocks.runs(Stage::Handle));
}

/// A return after two working days is refused; within them it needs a class of reason, a suggested unit and evidence.
#[test]
fn rule_04_a_return_has_two_working_days_and_needs_reason_unit_and_evidence() {
    let mut desk = longhu();
    // The class of reason is a word of a closed list: without one there is no such command.
    desk.run(
        "
        2026-02-13T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-05; 1 auto to water, sign by 2026-02-14
        2026-02-13T09:00 call-taker accept help 供水 -> 2 accepted, reply by 2026-03-05; 2 auto to water, sign by 2026-02-14
        2026-02-13T10:00 handler@water sign 1      -> 1 signed
        2026-02-13T10:00 handler@water sign 2      -> 2 signed
        2026-02-13T11:00 handler@water return 1 not-our-duty 不属 -> no: suggested_unit: is empty
        2026-02-13T11:00 handler@water return 1 not-our-duty suggest education -> no: evidence: is empty
        2026-02-24T23:59:59 handler@water return 1 not-our-duty suggest education 不属 -> 1 returned by water: not-our-duty; 1 waits: returned
        2026-02-25T00:00 handler@water return 2 not-our-duty suggest education 不属 -> no: order 2 could be returned until 2026-02-24T23:59:59+08:00
        ",
    );
}

/// A functional department's matter never goes to a street or a community: not by the list, not by hand, not after a refusal.
#[test]
fn rule_05_a_functional_matter_never_goes_to_the_grassroots() {
    let listed = "`供水` is functional and must not go to a street or community";
    for lead in ["east", "lotus", "@street", "@community"] {
        let draft = sample::district(&format!("row 供水 -> {lead} functional"));
        assert_eq!(draft.check().unwrap_err().to_string(), format!("duty row 1: {listed}"));
    }
    longhu().run(
        "
        2026-03-09T09:00 call-taker accept help 供水 at lotus -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:01 dispatcher dispatch 1 lotus -> no: lead: the matter is functional and must not go to a street or community
        2026-03-09T10:00 handler@water return 1 not-our-duty suggest lotus 不属 -> 1 returned by water: not-our-duty; 1 waits: returned
        2026-03-09T11:00 dispatcher dispatch 1 east -> no: lead: the matter is functional and must not go to a street or community
        ",
    );
}

/// A second dissatisfied callback: supervision, not a third silent rework.
#[test]
fn rule_06_a_second_dissatisfied_callback_brings_supervision_and_no_third_silent_rework() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水          -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water sign 1               -> 1 signed
        2026-03-12T09:00 handler@water reply 1 已办          -> 1 replied
        2026-03-13T09:00 call-taker callback 1 not-reached   -> 1 called back
        2026-03-13T10:00 call-taker callback 1 unsatisfied   -> 1 called back; 1 reworked: dissatisfied, reply by 2026-03-20; 1 rework to water, sign by 2026-03-16
        2026-03-16T09:00 handler@water sign 1               -> 1 signed
        2026-03-17T09:00 handler@water reply 1 已重新处理      -> 1 replied
        2026-03-18T09:00 call-taker callback 1 unsatisfied   -> 1 called back; 1 supervised
        2026-03-18T09:00 call-taker callback 1 unsatisfied   -> no: the caller has judged this reply already
        2026-03-18T09:30 call-taker close 1                -> no: order 1 is under supervision; only a supervisor closes it, once it is replied to, or withdraws it
        2026-03-18T10:00 supervisor rework 1 dissatisfied 督办重办 -> 1 reworked: dissatisfied, reply by 2026-03-25; 1 rework to water, sign by 2026-03-19
        ",
    );
    assert_eq!((desk.order(1).reworks.len(), desk.order(1).supervisions.len()), (2, 1));
}

/// Whether the ladder, a supervisor or the callers say it first: an order comes under supervision once a cycle.
#[test]
fn supervision_comes_once_a_cycle_whoever_asks_for_it() {
    let late_and_supervised = "
        2026-03-09T09:00 call-taker accept help 供水          -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-10T09:00 handler@water sign 1               -> 1 signed
    ";
    let mut by_ladder = longhu();
    by_ladder.run(late_and_supervised);
    by_ladder.run(
        "
        2026-03-31T00:00:00 system tick                     -> 1 reminder; 1 yellow; 1 late: handle; 1 written-reminder; 1 supervision
        2026-03-31T09:00 handler@water reply 1 已办          -> 1 replied
        2026-03-31T10:00 call-taker callback 1 unsatisfied   -> 1 called back; 1 reworked: dissatisfied, reply by 2026-04-08; 1 rework to water, sign by 2026-04-01
        2026-04-01T09:00 handler@water sign 1               -> 1 signed
        2026-04-16T00:00:00 system tick                     -> 1 reminder; 1 yellow; 1 late: handle; 1 written-reminder; 1 supervision
        2026-04-16T09:00 handler@water reply 1 已重办        -> 1 replied
        2026-04-16T10:00 call-taker callback 1 unsatisfied   -> 1 called back
        ",
    );
    let mut by_word = longhu();
    by_word.run(late_and_supervised);
    by_word.run(
        "
        2026-03-20T09:00 supervisor supervise 1 领导批示      -> 1 supervised
        2026-03-31T00:00:00 system tick                     -> 1 reminder; 1 yellow; 1 late: handle; 1 written-reminder
        2026-03-31T09:00 handler@water reply 1 已办          -> 1 replied
        2026-03-31T10:00 supervisor rework 1 dissatisfied 重办 -> 1 reworked: dissatisfied, reply by 2026-04-08; 1 rework to water, sign by 2026-04-01
        2026-04-01T09:00 handler@water sign 1               -> 1 signed
        2026-04-16T00:00:00 system tick                     -> 1 reminder; 1 yellow; 1 late: handle; 1 written-reminder; 1 supervision
        ",
    );
}

/// Yellow at T−1 working day, red at the first overdue instant, one each per order and cycle.
#[test]
fn rule_07_yellow_a_working_day_before_red_at_the_first_overdue_instant_one_each() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水    -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-10T09:00 handler@water sign 1           -> 1 signed
        2026-03-19T00:00:00 system tick                 -> nothing
        2026-03-19T00:00:01 system tick                 -> 1 reminder
        2026-03-19T00:00:02 system tick                 -> nothing
        2026-03-20T00:00:01 system tick                 -> 1 yellow
        2026-03-20T12:00 system tick                    -> nothing
        2026-03-23T23:59:59 system tick                 -> nothing
        2026-03-24T00:00:00 system tick                 -> 1 late: handle
        2026-03-24T23:59:59 system tick                 -> nothing
        2026-03-25T00:00:00 system tick                 -> 1 written-reminder
        2026-03-30T23:59:59 system tick                 -> nothing
        2026-03-31T00:00:00 system tick                 -> 1 supervision
        2026-12-30T09:00 system tick                    -> nothing
        ",
    );
    let rungs: Vec<_> = desk.order(1).escalations.iter().map(|it| it.rung).collect();
    assert_eq!(rungs, Rung::ALL);
    assert_eq!(desk.order(1).overdue, [Stage::Handle]);
}

/// Merge keeps every caller's own reply, callback and clock start.
#[test]
fn rule_08_merge_keeps_every_caller_s_own_reply_callback_and_clock_start() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水 caller-known 林 13800000000 -> 1 accepted, reply by 2026-03-23; caller to the vault; 1 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water sign 1 -> 1 signed
        2026-03-10T09:00 call-taker accept help 供水 caller-known 陈 13900000000 -> 2 accepted, reply by 2026-03-24; caller to the vault; 2 auto to water, sign by 2026-03-11
        2026-03-10T10:00 dispatcher merge 2 into 1        -> 2 joined to 1; 1 stands for 2
        2026-03-10T10:01 handler@water sign 2             -> no: order 2 is merged; it cannot be signed now
        2026-03-12T10:00 handler@water reply 1 已修复       -> 1 replied; 2 replied with it, call by 2026-03-13
        2026-03-12T11:00 call-taker callback 1 satisfied  -> 1 called back
        2026-03-12T11:01 call-taker close 1               -> 1 closed
        2026-03-12T12:00 call-taker callback 2 unsatisfied -> 2 called back; 2 reworked: dissatisfied, reply by 2026-03-19; 2 rework to water, sign by 2026-03-13
        ",
    );
    let (leading, joined) = (desk.order(1), desk.order(2));
    assert_eq!(joined.replies, leading.replies, "the reply is in his own order too");
    assert_eq!((joined.callbacks.len(), leading.callbacks.len()), (1, 1), "each has his own");
    assert_eq!((leading.status, joined.status), (Status::Closed, Status::Dispatched));
    // Each clock counted from its own contact: two dues, two replies in time.
    let counts = tally::all(&desk);
    let counted = [Measure::Accepted, Measure::Merged, Measure::DueMet];
    assert_eq!(counted.map(|it| counts.of(it)), [2, 1, 2]);
}

/// A default rating after seven days creates no order.
#[test]
fn rule_09_a_default_rating_after_seven_days_creates_no_order() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 integration service B-1 water -> B-1 may be rated until 2026-03-16T09:00:00
        2026-03-09T09:00 integration service B-2 water -> B-2 may be rated until 2026-03-16T09:00:00
        2026-03-09T10:00 integration service B-1 water -> nothing
        2026-03-09T10:00 integration service B-1 east  -> no: unit: the case is another unit's
        2026-03-12T09:00 integration grade B-2 water 4 -> B-2 rated 4
        2026-03-16T09:00 system tick                          -> nothing
        2026-03-16T09:00:00.001 integration grade B-1 water 1 -> no: the service is rated already
        2026-03-16T09:00:00.001 system tick                   -> B-1 rated 3 by default
        2026-03-17T09:00 system tick                          -> nothing
        2026-03-17T09:00 integration grade B-1 water 1 -> no: the service is rated already
        ",
    );
    assert!(desk.state.orders().is_empty());
    assert_eq!(tally::figure(&desk, Figure::GoodRating), (1, 1), "a default is nobody's grade");
    assert_eq!(tally::all(&desk).of(Measure::RatedByDefault), 1);
}

/// The handler's view of a report (举报) never contains name or number; every reveal is logged with its purpose.
#[test]
fn rule_10_a_report_never_shows_who_made_it_and_every_look_has_a_purpose() {
    longhu().run(
        "
        2026-03-09T09:00 call-taker accept report 供水 caller-known 林 13800000000 -> 1 accepted, reply by 2026-03-30; caller to the vault; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 供水 caller 林 13800000000 -> 2 accepted, reply by 2026-03-23; caller to the vault; 2 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 供水 caller-known 林 13800000000 -> 3 accepted, reply by 2026-03-23; caller to the vault; 3 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 供水           -> 4 accepted, reply by 2026-03-23; 4 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water reveal 1 联系          -> no: a handler may not reveal
        2026-03-09T10:00 handler@water reveal 2 联系          -> no: a handler may not reveal
        2026-03-09T10:00 handler@water reveal 3              -> no: purpose: is empty
        2026-03-09T10:00 handler@water reveal 3 上门前联系     -> 3 revealed
        2026-03-09T10:00 handler@market reveal 3 联系         -> no: no order 3
        2026-03-09T10:00 supervisor reveal 1 了解             -> no: a supervisor may not reveal
        2026-03-09T10:00 dispatcher reveal 4 回访             -> no: the order has no caller that this could be about
        2026-03-09T10:00 dispatcher reveal 1 回访             -> 1 revealed
        ",
    );
}
