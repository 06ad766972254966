//! Orders about the same (rule 6; 国办函〔2025〕66号, art. 5): the three cases, what each caller keeps, and the way back.

use hotline_engine::decide::MERGED_MAX;
use hotline_engine::figures::Measure;
use hotline_engine::order::{OrderId, Stage, Status};

use crate::desk::Desk;
use crate::sample;
use crate::tally;

pub(crate) fn longhu() -> Desk {
    Desk::open_by(sample::longhu("2026"), sample::DISTRICT)
}

pub(crate) const PIPE: &str = "外马路水管爆裂路面积水半尺深车辆无法通行请尽快派人抢修";
/// One word more.
pub(crate) const PIPE_AGAIN: &str = "外马路水管爆裂路面积水半尺深车辆无法通行请尽快派人来抢修";
const LAMP: &str = "人民公园东门的路灯坏了半个月晚上走路看不清楚";

pub(crate) fn run(desk: &mut Desk, script: &str) {
    desk.run(&script.replace("PIPE_AGAIN", PIPE_AGAIN).replace("PIPE", PIPE).replace("LAMP", LAMP));
}

fn stands_for(desk: &Desk, order: u64) -> Vec<OrderId> {
    desk.order(order).merged.iter().map(|joined| joined.order).collect()
}

/// Two callers, a day apart, about one pipe; the first has been signed for.
pub(crate) fn two_callers() -> Desk {
    let mut desk = longhu();
    run(
        &mut desk,
        "
        2026-03-09T09:00 call-taker accept help 供水 caller-known 林 13800000000 saying PIPE -> 1 accepted, reply by 2026-03-23; caller to the vault; 1 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water sign 1 -> 1 signed
        2026-03-10T09:00 call-taker accept help 供水 caller-known 陈 13900000000 saying PIPE_AGAIN -> 2 accepted, reply by 2026-03-24; caller to the vault; 2 auto to water, sign by 2026-03-11
        ",
    );
    desk
}

/// The order that stands for others goes by its own urgency in the queue and to its handler.
#[test]
fn what_is_more_urgent_does_not_wait_behind_what_is_less() {
    let mut desk = longhu();
    run(
        &mut desk,
        "
        2026-03-09T09:00 call-taker accept help 供水 caller 林 13800000001                -> 1 accepted, reply by 2026-03-23; caller to the vault; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:01 call-taker accept help 供水 urgency urgent caller 陈 13800000002 -> 2 accepted, reply by 2026-03-10T09:01:00; caller to the vault; 2 auto to water, sign by 2026-03-10T09:01:00
        2026-03-09T09:02 call-taker accept help 供水 urgency urgent caller 林 13800000001 -> 3 accepted, reply by 2026-03-10T09:02:00; caller to the vault; 3 auto to water, sign by 2026-03-10T09:02:00
        2026-03-09T09:03 dispatcher merge 2 into 1 -> no: into: is less urgent than this order, whose clock would be lost to sight
        2026-03-09T09:04 dispatcher merge 3 into 1 -> no: into: is less urgent than this order, whose clock would be lost to sight
        2026-03-09T09:05 dispatcher merge 1 into 2 -> 1 joined to 2; 2 stands for 1
        ",
    );
}

/// 1 waited longest, and 3 is urgent: it is 3 that is handled for both.
#[test]
fn the_most_urgent_of_those_who_waited_is_handled_for_the_rest() {
    let mut desk = longhu();
    run(
        &mut desk,
        "
        2026-03-09T09:00 call-taker accept help 供水                  -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:01 call-taker accept help 供水 urgency critical -> 2 accepted, reply by 2026-03-10T09:01:00; 2 auto to water, sign by 2026-03-10T09:01:00
        2026-03-09T09:02 call-taker accept help 供水 urgency urgent   -> 3 accepted, reply by 2026-03-10T09:02:00; 3 auto to water, sign by 2026-03-10T09:02:00
        2026-03-09T09:03 call-taker accept help 供水 urgency urgent   -> 4 accepted, reply by 2026-03-10T09:03:00; 4 auto to water, sign by 2026-03-10T09:03:00
        2026-03-09T09:10 dispatcher merge 1 into 2                   -> 1 joined to 2; 2 stands for 1
        2026-03-09T09:11 dispatcher merge 3 into 2                   -> 3 joined to 2; 2 stands for 3
        2026-03-09T09:12 dispatcher merge 4 into 2                   -> 4 joined to 2; 2 stands for 4
        2026-03-09T09:13 call-taker withdraw 2 好了                   -> 2 withdrawn; 3 on its own; 2 parted from 3; 3 back with water; 2 parted from 1; 3 stands for 1; 1 joined to 3; 2 parted from 4; 3 stands for 4; 4 joined to 3
        ",
    );
}

#[test]
fn a_joined_order_is_late_by_its_own_clock_and_climbs_its_own_ladder() {
    let mut desk = longhu();
    run(
        &mut desk,
        "
        2026-03-09T09:00 call-taker accept consultation 供水 caller-known 林 13800000000 saying PIPE -> 1 accepted, reply by 2026-03-11; caller to the vault; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:30 call-taker accept help 供水 caller-known 陈 13900000000 saying PIPE -> 2 accepted, reply by 2026-03-23; caller to the vault; 2 auto to water, sign by 2026-03-10
        2026-03-09T10:00 dispatcher merge 1 into 2 -> 1 joined to 2; 2 stands for 1
        2026-03-09T10:01 handler@water sign 2      -> 2 signed
        2026-03-11T00:00:00.001 system tick               -> 1 reminder; 1 yellow
        2026-03-12T00:00:00.001 system tick        -> 1 late: handle
        2026-03-12T10:00 handler@water reply 2 已答 -> 2 replied; 1 replied with it, call by 2026-03-13
        ",
    );
    assert_eq!(desk.order(1).closed_on_time(), None);
    assert_eq!([Measure::DueMet, Measure::DueMissed].map(|it| tally::all(&desk).of(it)), [1, 1]);
}

#[test]
fn a_joined_order_goes_where_the_other_goes() {
    let mut desk = two_callers();
    run(
        &mut desk,
        "
        2026-03-10T10:00 dispatcher merge 2 into 1                       -> 2 joined to 1; 1 stands for 2
        2026-03-10T10:30 call-taker remind 2 来电催办                      -> 2 reminded; 1 reminded
        2026-03-10T11:00 handler@water return 1 not-our-duty suggest market 属市场 -> 1 returned by water: not-our-duty; 1 waits: returned; 2 follows
        2026-03-10T12:00 dispatcher dispatch 1 market                    -> 1 triage to market, sign by 2026-03-11; 2 follows
        2026-03-10T13:00 handler@market sign 1                           -> 1 signed
        2026-03-11T10:00 handler@market reply 1 已处理                     -> 1 replied; 2 replied with it, call by 2026-03-12
        2026-03-11T11:00 dispatcher review 1 failed 答非所问               -> 1 sent back; 2 sent back with it
        2026-03-11T12:00 handler@market reply 1 已重新处理                 -> 1 replied; 2 replied with it, call by 2026-03-12
        ",
    );
    let joined = desk.order(2);
    assert_eq!(joined.dispatch.as_ref().unwrap().lead, desk.unit("market"));
    assert!(joined.reassigned && joined.replies.len() == 2);
}

#[test]
fn a_merge_can_be_undone_and_the_clock_has_run_on() {
    let mut desk = two_callers();
    let due = desk.order(2).dues[Stage::Handle];
    run(
        &mut desk,
        "
        2026-03-10T10:00 dispatcher merge 2 into 1         -> 2 joined to 1; 1 stands for 2
        2026-03-10T11:00 call-taker unmerge 2              -> no: note: is empty
        2026-03-10T11:00 call-taker unmerge 2 两处水管       -> 2 on its own; 1 parted from 2; 2 back with water
        2026-03-10T12:00 handler@water return 2 shared-duty suggest market 共管 -> 2 returned by water: shared-duty; 2 waits: returned
        2026-03-10T12:30 dispatcher merge 2 into 1         -> no: into: is with a unit that has returned this order
        2026-03-10T13:00 call-taker accept help 市场/消费 caller 黄 13700000000 saying LAMP -> 3 accepted, reply by 2026-03-24; caller to the vault; 3 auto to market, sign by 2026-03-11
        2026-03-10T13:30 dispatcher merge 2 into 3         -> 2 joined to 3; 3 stands for 2
        2026-03-10T14:00 call-taker unmerge 2 并非同一事     -> 2 on its own; 3 parted from 2; 2 waits: unmerged
        ",
    );
    assert_eq!(desk.order(2).dues[Stage::Handle], due);
    assert!(desk.order(1).merged.is_empty() && desk.order(2).merge.is_none());
    assert_eq!(tally::all(&desk).of(Measure::Merged), 0);
}

#[test]
fn a_reminder_that_was_another_matter_is_an_order_again() {
    let mut desk = two_callers();
    run(
        &mut desk,
        "
        2026-03-11T09:00 call-taker accept help 供水 caller-known 林 13800000000 saying PIPE_AGAIN -> 3 accepted, reply by 2026-03-25; caller to the vault; 3 repeats 1; 1 reminded
        2026-03-26T09:00 call-taker unmerge 3 另一处水管 -> 3 on its own; 3 waits: unmerged
        2026-03-26T09:00:00.001 system tick                  -> 2 late: sign; 1 reminder; 1 yellow; 2 reminder; 2 yellow; 3 reminder; 1 late: handle; 3 yellow; 1 written-reminder; 2 late: handle; 2 written-reminder; 3 late: handle
        ",
    );
    assert_eq!([Measure::Accepted, Measure::Repeated].map(|it| tally::all(&desk).of(it)), [3, 0]);
}

/// A second contact about the same matter gives nobody more time: the older clock is the one that counts.
#[test]
fn of_one_caller_s_orders_the_newer_is_joined_to_the_older_and_never_the_other_way() {
    let mut desk = two_callers();
    run(
        &mut desk,
        "
        2026-03-16T09:00 call-taker accept complaint 供水 caller-known 林 13800000000 saying PIPE_AGAIN -> 3 accepted, reply by 2026-04-07; caller to the vault; 3 auto to water, sign by 2026-03-17
        2026-03-16T09:01 dispatcher merge 1 into 3       -> no: into: is the caller's newer order; join that one to this
        2026-03-16T09:02 dispatcher merge 2 into 3       -> 2 late: sign; 2 joined to 3; 3 stands for 2
        2026-03-16T09:03 dispatcher merge 3 into 1       -> 3 repeats 1; 1 reminded; 3 parted from 2; 1 stands for 2; 2 joined to 1
        ",
    );
    assert_eq!(desk.order(1).dues[Stage::Handle].unwrap().current.day().to_string(), "2026-03-23");
}

#[test]
fn new_facts_of_the_same_caller_open_a_closed_order_again() {
    let mut desk = two_callers();
    run(
        &mut desk,
        "
        2026-03-12T10:00 handler@water reply 1 已修复      -> 1 replied
        2026-03-12T11:00 call-taker close 1              -> 1 closed
        2026-03-16T09:00 call-taker accept help 供水 caller-known 林 13800000000 saying PIPE_AGAIN -> 3 accepted, reply by 2026-03-30; caller to the vault; 3 auto to water, sign by 2026-03-17
        2026-03-16T09:05 dispatcher merge 3 into 1       -> 3 repeats 1; 1 reworked: new-facts, reply by 2026-03-23; 1 rework to water, sign by 2026-03-17
        ",
    );
    assert!(desk.order(3).similar[0].same_caller, "the desk was told of the closed order");
    let rework = &desk.order(1).reworks[0];
    assert!(rework.note.contains(PIPE_AGAIN));
}

#[test]
fn what_cannot_be_joined_is_refused_by_name() {
    let mut desk = two_callers();
    run(
        &mut desk,
        "
        2026-03-10T10:00 dispatcher merge 2 into 9       -> no: no order 9
        2026-03-10T10:00 dispatcher merge 2 into 2       -> no: into: is the order itself
        2026-03-10T10:00 handler@water merge 2 into 1    -> no: a handler may not merge
        2026-03-10T10:01 call-taker accept praise 供水     -> 3 accepted; 3 auto to water; 3 praise passed on
        2026-03-10T10:01 dispatcher merge 2 into 3       -> no: into: praise is passed on, not joined
        2026-03-10T10:02 dispatcher merge 2 into 1       -> 2 joined to 1; 1 stands for 2
        2026-03-10T10:03 call-taker accept help 供水 caller 黄 13700000000 -> 4 accepted, reply by 2026-03-24; caller to the vault; 4 auto to water, sign by 2026-03-11
        2026-03-10T10:03 dispatcher merge 4 into 2       -> no: into: is joined to another order itself
        2026-03-10T10:04 handler@water reply 1 已修复      -> 1 replied; 2 replied with it, call by 2026-03-11
        2026-03-10T10:05 dispatcher merge 4 into 1       -> no: into: has been replied to; only its own caller's new facts open it again
        2026-03-10T10:06 call-taker withdraw 2 不用了      -> 2 withdrawn
        2026-03-10T10:06 dispatcher merge 4 into 2       -> no: into: has ended
        ",
    );
}

#[test]
fn an_order_with_others_joined_to_it_passes_them_on_when_it_ends_or_is_joined_itself() {
    let mut desk = longhu();
    for (id, phone) in
        [(1, "13800000001"), (2, "13800000002"), (3, "13800000003"), (4, "13800000004")]
    {
        let said = desk.say(
            "2026-03-09T09:00",
            "call-taker",
            &format!("accept help 供水 caller 某 {phone}"),
        );
        assert!(said.starts_with(&format!("{id} accepted")), "{said}");
    }
    run(
        &mut desk,
        "
        2026-03-09T10:00 dispatcher merge 2 into 1  -> 2 joined to 1; 1 stands for 2
        2026-03-09T10:01 dispatcher merge 3 into 1  -> 3 joined to 1; 1 stands for 3
        2026-03-09T10:02 dispatcher merge 1 into 4  -> 1 joined to 4; 4 stands for 1; 1 parted from 2; 4 stands for 2; 2 joined to 4; 1 parted from 3; 4 stands for 3; 3 joined to 4
        2026-03-09T10:03 call-taker withdraw 1 好了   -> 1 withdrawn; 4 parted from 1
        2026-03-09T10:04 call-taker withdraw 4 好了   -> 4 withdrawn; 2 on its own; 4 parted from 2; 2 back with water; 4 parted from 3; 2 stands for 3; 3 joined to 2
        ",
    );
    assert_eq!(stands_for(&desk, 2), [desk.order(3).id]);
}

#[test]
fn a_joined_order_that_was_handled_once_more_may_be_joined_again() {
    let mut desk = two_callers();
    run(
        &mut desk,
        "
        2026-03-10T10:00 dispatcher merge 2 into 1          -> 2 joined to 1; 1 stands for 2
        2026-03-10T11:00 handler@water reply 1 已修复         -> 1 replied; 2 replied with it, call by 2026-03-11
        2026-03-10T12:00 call-taker callback 1 unsatisfied  -> 1 called back; 1 reworked: dissatisfied, reply by 2026-03-17; 1 rework to water, sign by 2026-03-11
        2026-03-10T12:01 call-taker callback 2 unsatisfied  -> 2 called back; 2 reworked: dissatisfied, reply by 2026-03-17; 2 rework to water, sign by 2026-03-11
        2026-03-10T13:00 dispatcher merge 2 into 1          -> 2 joined to 1; 1 parted from 2; 1 stands for 2
        2026-03-10T13:01 handler@water sign 1               -> 1 signed
        2026-03-10T14:00 handler@water reply 1 已重新修复      -> 1 replied; 2 replied with it, call by 2026-03-11
        ",
    );
    assert_eq!(stands_for(&desk, 1), [desk.order(2).id]);
}

#[test]
fn a_candidate_is_what_a_further_order_can_be_joined_to() {
    let mut desk = two_callers();
    run(
        &mut desk,
        "
        2026-03-10T10:00 call-taker accept help 供水 caller 黄 13700000000 -> 3 accepted, reply by 2026-03-24; caller to the vault; 3 auto to water, sign by 2026-03-11
        2026-03-10T11:00 call-taker accept help 供水 caller-known 陈 13900000000 saying PIPE -> 4 accepted, reply by 2026-03-24; caller to the vault; 4 repeats 2; 2 reminded
        2026-03-10T12:00 dispatcher merge 1 into 3 -> 1 joined to 3; 3 stands for 1
        2026-03-10T12:00 dispatcher merge 2 into 3 -> 2 joined to 3; 3 stands for 2
        2026-03-10T13:00 call-taker accept help 供水 saying PIPE -> 5 accepted, reply by 2026-03-24; 5 auto to water, sign by 2026-03-11
        ",
    );
    let similar: Vec<u64> = desk.order(5).similar.iter().map(|it| it.order.0).collect();
    assert_eq!(similar, [3], "not 2, which 4 repeats and which waits for 3");
}

#[test]
fn what_the_desk_answers_one_caller_the_others_have_not_heard() {
    let mut desk = longhu();
    run(
        &mut desk,
        "
        2026-03-09T09:00 call-taker accept help ?    -> 1 accepted, reply by 2026-03-23; 1 waits: no-matter
        2026-03-09T09:01 call-taker accept help 供水  -> 2 accepted, reply by 2026-03-23; 2 auto to water, sign by 2026-03-10
        2026-03-09T09:02 call-taker accept help 供水  -> 3 accepted, reply by 2026-03-23; 3 auto to water, sign by 2026-03-10
        2026-03-09T10:00 dispatcher merge 2 into 1   -> 2 joined to 1; 1 stands for 2
        2026-03-09T10:00 dispatcher merge 3 into 1   -> 3 joined to 1; 1 stands for 3
        2026-03-09T10:01 call-taker answer 1 见公告    -> 1 answered; 2 on its own; 1 parted from 2; 2 waits: unmerged; 1 parted from 3; 2 stands for 3; 3 joined to 2
        ",
    );
}

#[test]
fn a_grade_that_stands_goes_on_standing_for_others() {
    let mut desk = longhu();
    run(
        &mut desk,
        "
        2026-03-09T09:00 integration grade B-1 water 1    -> 1 accepted, reply by 2026-03-16; caller to the vault; 1 known to water, sign by 2026-03-10; B-1 done; B-1 rated 1
        2026-03-09T09:01 call-taker accept help 供水 caller 林 13800000009 -> 2 accepted, reply by 2026-03-23; caller to the vault; 2 auto to water, sign by 2026-03-10
        2026-03-09T10:00 dispatcher merge 2 into 1        -> 2 joined to 1; 1 stands for 2
        2026-03-09T11:00 handler@water appeal 1 系误评      -> 1 appealed
        2026-03-09T12:00 supervisor dismiss 1 评价属实      -> 1 stands
        2026-03-09T13:00 handler@water sign 1             -> 1 signed
        2026-03-09T14:00 handler@water reply 1 已整改       -> 1 replied; 2 replied with it, call by 2026-03-10
        ",
    );
}

/// With the unit that asked for it, which has had the order all the time, it is open still.
#[test]
fn what_was_asked_for_before_a_joining_is_not_open_behind_it_with_another_unit() {
    let mut desk = two_callers();
    run(
        &mut desk,
        "
        2026-03-10T10:00 handler@water sign 2            -> 2 signed
        2026-03-10T10:01 handler@water extend 2 5 需开挖   -> 2 asks for 5 days
        2026-03-10T11:00 dispatcher merge 2 into 1       -> 2 joined to 1; 1 stands for 2
        2026-03-10T12:00 handler@water reply 1 已修复      -> 1 replied; 2 replied with it, call by 2026-03-11
        2026-03-10T13:00 dispatcher review 2 failed 未答复 -> 2 sent back; 2 back with water, signed
        2026-03-10T14:00 supervisor grant 2 同意          -> 2 extended to 2026-03-31
        2026-03-11T09:00 call-taker accept help 市场/消费   -> 3 accepted, reply by 2026-03-25; 3 auto to market, sign by 2026-03-12
        2026-03-11T10:00 handler@market sign 3           -> 3 signed
        2026-03-11T10:01 handler@market extend 3 5 需核实  -> 3 asks for 5 days
        2026-03-11T11:00 dispatcher merge 3 into 2       -> 3 joined to 2; 2 stands for 3
        2026-03-11T12:00 handler@water reply 2 已修复      -> 2 replied; 3 replied with it
        2026-03-11T13:00 dispatcher review 3 failed 未答复 -> 3 sent back; 3 back with water, signed
        2026-03-11T14:00 supervisor grant 3 同意          -> no: the order has no extension that this could be about
        ",
    );
}

#[test]
fn an_order_that_comes_back_to_its_unit_was_not_misdispatched() {
    let mut desk = two_callers();
    run(
        &mut desk,
        "
        2026-03-10T10:00 dispatcher merge 2 into 1         -> 2 joined to 1; 1 stands for 2
        2026-03-10T11:00 call-taker unmerge 2 两处水管       -> 2 on its own; 1 parted from 2; 2 back with water
        ",
    );
    assert!(!desk.order(2).reassigned);
    assert_eq!(tally::all(&desk).of(Measure::Misdispatched), 0);
}

#[test]
fn an_order_stands_for_so_many_and_no_more() {
    let mut desk = longhu();
    desk.check_every = 1_000;
    for _ in 0..MERGED_MAX + 2 {
        desk.say("2026-03-09T09:00", "call-taker", "accept help 供水");
    }
    for id in 2..=MERGED_MAX + 1 {
        desk.say("2026-03-09T09:01", "dispatcher", &format!("merge {id} into 1"));
    }
    let last = MERGED_MAX + 2;
    let said = desk.say("2026-03-09T09:02", "dispatcher", &format!("merge {last} into 1"));
    assert_eq!(said, format!("no: the order has had its {MERGED_MAX} joined orders"));
    desk.say("2026-03-09T09:03", "handler@water", "sign 1");
    desk.say("2026-03-09T09:04", "handler@water", "reply 1 已修复");
    let replied = desk.state.orders().iter().filter(|order| order.status == Status::Replied);
    assert_eq!(replied.count(), MERGED_MAX + 1);
    desk.state.assert_consistent();
}

/// Its caller's clock runs, and nobody who has said no gets it by a back door: it waits, or is with the unit it had.
#[test]
fn a_joined_order_does_not_follow_to_a_unit_that_has_refused_it() {
    let mut desk = longhu();
    run(
        &mut desk,
        "
        2026-03-09T09:00 call-taker accept help 供水       -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 市场/消费   -> 2 accepted, reply by 2026-03-23; 2 auto to market, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 市场/消费   -> 3 accepted, reply by 2026-03-23; 3 auto to market, sign by 2026-03-10
        2026-03-09T10:00 handler@market return 2 not-our-duty suggest water 不属 -> 2 returned by market: not-our-duty; 2 waits: returned
        2026-03-09T10:01 dispatcher merge 2 into 1        -> 2 joined to 1; 1 stands for 2
        2026-03-09T10:02 dispatcher dispatch 1 market     -> 1 triage to market, sign by 2026-03-10; 2 on its own; 1 parted from 2; 2 waits: unmerged
        2026-03-09T10:03 dispatcher merge 2 into 1        -> no: into: is with a unit that has returned this order
        2026-03-09T10:04 dispatcher dispatch 2 education  -> 2 triage to education, sign by 2026-03-10
        2026-03-09T10:05 call-taker accept help 供水       -> 4 accepted, reply by 2026-03-23; 4 auto to water, sign by 2026-03-10
        2026-03-09T10:06 dispatcher merge 2 into 4        -> 2 joined to 4; 4 stands for 2
        2026-03-09T10:07 dispatcher merge 4 into 3        -> 4 joined to 3; 3 stands for 4; 2 on its own; 4 parted from 2; 2 back with education
        ",
    );
}

/// Whom an arbiter named has it again, though it had refused, and may not return it; an arbitration goes on behind a joining.
#[test]
fn an_order_on_its_own_again_has_the_final_owner_or_the_arbiter_it_had() {
    let mut desk = longhu();
    run(
        &mut desk,
        "
        2026-03-09T09:00 call-taker accept help 供水       -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 供水       -> 2 accepted, reply by 2026-03-23; 2 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 供水       -> 3 accepted, reply by 2026-03-23; 3 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water return 1 not-our-duty suggest market 不属 -> 1 returned by water: not-our-duty; 1 waits: returned
        2026-03-09T10:01 dispatcher dispatch 1 market     -> 1 triage to market, sign by 2026-03-10
        2026-03-09T10:02 handler@market return 1 not-our-duty suggest water 不属 -> 1 returned by market: not-our-duty; 1 waits: arbitration; 1 before arbiter 1 until 2026-03-10
        2026-03-09T10:03 dispatcher merge 1 into 3        -> no: into: is with a unit that has returned this order
        2026-03-09T10:03 handler@water return 3 not-our-duty suggest market 不属 -> 3 returned by water: not-our-duty; 3 waits: returned
        2026-03-09T10:04 dispatcher merge 1 into 3        -> 1 joined to 3; 3 stands for 1
        2026-03-09T10:05 dispatcher unmerge 1 两处不同      -> 1 on its own; 3 parted from 1; 1 waits: arbitration; 1 before arbiter 1 until 2026-03-10
        2026-03-09T10:06 dispatcher dispatch 1 water      -> 1 arbitration to water, sign by 2026-03-10
        2026-03-09T10:07 dispatcher merge 1 into 3        -> 1 joined to 3; 3 stands for 1
        2026-03-09T10:08 dispatcher unmerge 1 两处不同      -> 1 on its own; 3 parted from 1; 1 back with water
        2026-03-09T10:09 handler@water return 1 not-our-duty suggest market 不属 -> no: order 1 was given by arbitration; it cannot be returned
        ",
    );
    assert_eq!(desk.order(1).dues[Stage::Return], None, "nobody may return it");
}

/// What only a department may hold comes to no street or community by a joining either, not even by an arbiter's word.
#[test]
fn a_department_s_matter_does_not_go_down_with_what_it_is_joined_to() {
    let mut desk = longhu();
    run(
        &mut desk,
        "
        2026-03-09T09:00 call-taker accept help 供水                -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 邻里/噪声 at lotus   -> 2 accepted, reply by 2026-03-23; 2 auto to lotus, sign by 2026-03-10
        2026-03-09T09:01 dispatcher merge 1 into 2 -> no: into: is with a street or community, and this matter is a department's
        2026-03-09T09:02 handler@lotus return 2 not-our-duty suggest water 不属 -> 2 returned by lotus: not-our-duty; 2 waits: returned
        2026-03-09T09:03 dispatcher merge 1 into 2 -> 1 joined to 2; 2 stands for 1
        2026-03-09T09:04 dispatcher dispatch 2 east -> 2 triage to east, sign by 2026-03-10; 1 on its own; 2 parted from 1; 1 back with water
        2026-03-09T09:05 handler@east return 2 not-our-duty suggest lotus 不属 -> 2 returned by east: not-our-duty; 2 waits: arbitration; 2 before arbiter 1 until 2026-03-10
        2026-03-09T09:06 dispatcher merge 1 into 2 -> 1 joined to 2; 2 stands for 1
        2026-03-09T09:07 dispatcher dispatch 2 east -> 2 arbitration to east, sign by 2026-03-10; 1 on its own; 2 parted from 1; 1 back with water
        ",
    );
}

/// A reply that does not pass for a joined order alone leaves it with that unit as its own, which may refuse it as long as any.
#[test]
fn a_shared_reply_that_is_sent_back_alone_leaves_a_limit_to_refuse() {
    let mut desk = two_callers();
    run(
        &mut desk,
        "
        2026-03-10T10:00 dispatcher merge 2 into 1    -> 2 joined to 1; 1 stands for 2
        2026-03-10T11:00 handler@water reply 1 已答    -> 1 replied; 2 replied with it, call by 2026-03-11
        2026-03-10T13:00 dispatcher review 2 failed 未答复 -> 2 sent back; 2 back with water, signed
        2026-03-25T09:00 handler@water return 2 not-our-duty suggest market 不属 -> no: order 2 could be returned until 2026-03-12T23:59:59+08:00
        ",
    );
}
