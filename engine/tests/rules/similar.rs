//! Which orders are found to be about the same at acceptance: by the caller, by words, by the place; and within which bounds.

use crate::desk::Desk;
use crate::joining::{longhu, run, two_callers};

#[test]
fn candidates_are_found_at_acceptance_by_caller_and_by_words() {
    let mut desk = two_callers();
    let found = |desk: &Desk, id| -> Vec<(u64, bool, bool)> {
        let similar = &desk.order(id).similar;
        similar.iter().map(|it| (it.order.0, it.same_caller, it.percent >= 75)).collect()
    };
    assert_eq!(found(&desk, 1), []);
    assert_eq!(found(&desk, 2), [(1, false, true)]);
    // The same caller about another matter: nothing. About the same matter in other words: a hint.
    run(
        &mut desk,
        "
        2026-03-10T10:00 call-taker accept help 市场/消费 caller 林 13800000000 saying LAMP -> 3 accepted, reply by 2026-03-24; caller to the vault; 3 auto to market, sign by 2026-03-11
        2026-03-10T11:00 call-taker accept help 供水 caller 陈 +86-139-0000-0000 saying LAMP -> 4 accepted, reply by 2026-03-24; caller to the vault; 4 auto to water, sign by 2026-03-11
        ",
    );
    // Both are about lamps: words alone, and the caller with his matter.
    assert_eq!(found(&desk, 3), []);
    assert_eq!(found(&desk, 4), [(2, true, false), (3, false, true)]);
}

/// Two callers about one matter at one address, in words that have nothing in common.
#[test]
fn the_same_words_for_a_place_are_a_candidate_where_the_matter_is_the_same() {
    let mut desk = longhu();
    run(
        &mut desk,
        "
        2026-03-09T09:00 call-taker accept help 供水 place 莲花小区12栋 saying PIPE      -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T10:00 call-taker accept help 供水 place 莲花小区-１２栋 saying LAMP    -> 2 accepted, reply by 2026-03-23; 2 auto to water, sign by 2026-03-10
        2026-03-09T11:00 call-taker accept help 供水 place 莲花小区13栋 saying LAMP      -> 3 accepted, reply by 2026-03-23; 3 auto to water, sign by 2026-03-10
        2026-03-09T12:00 call-taker accept help 市场/消费 place 莲花小区12栋 saying 秤不准 -> 4 accepted, reply by 2026-03-23; 4 auto to market, sign by 2026-03-10
        2026-03-09T13:00 call-taker accept help 供水 place 村口 saying 没水            -> 5 accepted, reply by 2026-03-23; 5 auto to water, sign by 2026-03-10
        2026-03-09T14:00 call-taker accept help 供水 place 村口 saying 水黄            -> 6 accepted, reply by 2026-03-23; 6 auto to water, sign by 2026-03-10
        ",
    );
    let found = |id| -> Vec<(u64, bool)> {
        let similar = &desk.order(id).similar;
        similar.iter().map(|it| (it.order.0, it.same_place)).collect()
    };
    assert_eq!(found(2), [(1, true)]);
    assert_eq!(found(3), [(2, false)], "by its words; another house is another place");
    assert_eq!(found(4), [], "another matter");
    assert_eq!(found(6), [], "too short to be one place");
}

#[test]
fn places_that_differ_are_different_orders_and_a_month_is_the_bound() {
    let mut desk = longhu();
    run(
        &mut desk,
        "
        2026-03-09T09:00 call-taker accept help 供水 at lotus saying PIPE -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T10:00 call-taker accept help 供水 at pine saying PIPE  -> 2 accepted, reply by 2026-03-23; 2 auto to water, sign by 2026-03-10
        2026-03-09T11:00 call-taker accept help 供水 at pine saying PIPE  -> 3 accepted, reply by 2026-03-23; 3 auto to water, sign by 2026-03-10
        2026-04-09T12:00 call-taker accept help 供水 at pine saying PIPE  -> 4 accepted, reply by 2026-04-23; 4 auto to water, sign by 2026-04-10
        ",
    );
    let found =
        [2, 3, 4].map(|id| desk.order(id).similar.iter().map(|it| it.order.0).collect::<Vec<_>>());
    assert_eq!(found, [vec![], vec![2], vec![]]);
}

/// What nobody has dispatched yet is about what it was taken for; and no place is a place of its own.
#[test]
fn an_order_that_waits_for_a_dispatcher_is_found_by_what_it_was_taken_for() {
    let mut desk = longhu();
    run(
        &mut desk,
        "
        2026-03-09T09:00 call-taker accept help ? place 莲花小区12栋 saying PIPE maybe 供水 60   -> 1 accepted, reply by 2026-03-23; 1 waits: low-confidence
        2026-03-09T10:00 call-taker accept help ? place 莲花小区12栋 saying LAMP maybe 供水 50   -> 2 accepted, reply by 2026-03-23; 2 waits: low-confidence
        2026-03-09T10:30 dispatcher dispatch 2 market as 市场/消费                            -> 2 triage to market, sign by 2026-03-10
        2026-03-09T11:00 call-taker accept help ? place 莲花小区12栋 saying 秤不准 maybe 供水 50 -> 3 accepted, reply by 2026-03-23; 3 waits: low-confidence
        2026-03-09T12:00 call-taker accept help 供水 place 来电人未提供 saying PIPE             -> 4 accepted, reply by 2026-03-23; 4 auto to water, sign by 2026-03-10
        2026-03-09T13:00 call-taker accept help 供水 place 来电人未提供 saying LAMP             -> 5 accepted, reply by 2026-03-23; 5 auto to water, sign by 2026-03-10
        ",
    );
    let found = |id| -> Vec<u64> {
        let similar = &desk.order(id).similar;
        similar.iter().filter(|it| it.same_place).map(|it| it.order.0).collect()
    };
    assert_eq!(found(2), [1]);
    assert_eq!(found(3), [2, 1]);
    assert!(found(5).is_empty(), "nowhere is no place");
}
