//! When a caller's second contact is no order of its own (rule 6, the first case): the same words of the same matter and place.

use hotline_engine::figures::Measure;
use hotline_engine::order::{Stage, Status};

use crate::joining::{PIPE, PIPE_AGAIN, longhu, run, two_callers};
use crate::tally;

#[test]
fn a_caller_s_second_contact_about_his_open_order_hurries_it_and_is_no_order_of_its_own() {
    let mut desk = two_callers();
    run(
        &mut desk,
        "
        2026-03-11T09:00 call-taker accept help 供水 caller-known 林 13800000000 saying PIPE_AGAIN -> 3 accepted, reply by 2026-03-25; caller to the vault; 3 repeats 1; 1 reminded
        2026-03-11T09:01 system tick -> nothing
        ",
    );
    let repeat = desk.order(3);
    assert_eq!((repeat.status, repeat.dispatch.as_ref()), (Status::Repeat, None));
    let told = &desk.order(1).reminders[0].note;
    assert!(told.contains(PIPE_AGAIN) && told.contains(&repeat.number.to_string()), "{told}");
    assert_eq!(desk.order(1).dues[Stage::Handle].unwrap().current.day().to_string(), "2026-03-23");
    assert_eq!([Measure::Accepted, Measure::Repeated].map(|it| tally::all(&desk).of(it)), [2, 1]);
}

/// A report is stricter than a complaint, and so is who asks to stay unnamed: the unit of the first order may ask who called.
#[test]
fn who_wants_to_stay_unnamed_this_time_is_not_told_of_in_an_order_where_he_is_known() {
    let mut desk = two_callers();
    run(
        &mut desk,
        "
        2026-03-11T09:00 call-taker accept help 供水 caller 林 13800000000 saying PIPE -> 3 accepted, reply by 2026-03-25; caller to the vault; 3 auto to water, sign by 2026-03-12
        2026-03-11T09:01 call-taker accept report 供水 caller-known 林 13800000000 saying PIPE -> 4 accepted, reply by 2026-04-01; caller to the vault; 4 auto to water, sign by 2026-03-12
        2026-03-11T09:02 dispatcher merge 4 into 1         -> no: into: asks to stay unnamed, and the caller's other order does not
        2026-03-11T09:03 handler@water reveal 4 上门        -> no: a handler may not reveal
        2026-03-11T09:04 handler@water reveal 1 上门        -> 1 revealed
        2026-03-11T09:05 call-taker accept report 供水 caller-known 林 13800000000 saying PIPE -> 5 accepted, reply by 2026-04-01; caller to the vault; 5 repeats 4; 4 reminded
        ",
    );
    assert!(desk.order(1).reminders.is_empty());
}

#[test]
fn nobody_s_complaint_is_a_reminder_of_his_praise() {
    let mut desk = longhu();
    run(
        &mut desk,
        "
        2026-03-09T09:00 call-taker accept praise ? caller-known 林 13800000000 saying PIPE -> 1 accepted; caller to the vault; 1 waits: no-matter
        2026-03-09T10:00 call-taker accept help 供水 caller-known 林 13800000000 saying PIPE -> 2 accepted, reply by 2026-03-23; caller to the vault; 2 auto to water, sign by 2026-03-10
        ",
    );
    assert!(desk.order(2).similar.is_empty());
}

#[test]
fn what_became_more_urgent_or_came_from_above_is_never_only_a_reminder() {
    let mut desk = two_callers();
    run(
        &mut desk,
        "
        2026-03-11T09:00 call-taker accept help 供水 urgency urgent caller-known 林 13800000000 saying PIPE -> 3 accepted, reply by 2026-03-12T09:00:00; caller to the vault; 3 auto to water, sign by 2026-03-12T09:00:00
        2026-03-11T09:01 integration accept help 供水 upstream 2026-03-31T00:00:00 caller-known 林 13800000000 saying PIPE -> 4 accepted, reply by 2026-03-25; caller to the vault; 4 auto to water, sign by 2026-03-12
        ",
    );
    assert!(desk.order(3).similar[0].same_caller && desk.order(4).similar[0].same_caller);
}

/// He says the same words of another thing or of another place: somebody else may have to go there.
#[test]
fn the_same_words_of_another_matter_or_another_place_are_an_order_of_their_own() {
    let mut desk = longhu();
    run(
        &mut desk,
        "
        2026-03-09T09:00 call-taker accept help 供水 place 莲花小区12栋 caller-known 林 13800000000 saying PIPE         -> 1 accepted, reply by 2026-03-23; caller to the vault; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:10 call-taker accept help 市场/消费 place 莲花小区12栋 caller-known 林 13800000000 saying PIPE     -> 2 accepted, reply by 2026-03-23; caller to the vault; 2 auto to market, sign by 2026-03-10
        2026-03-09T09:20 call-taker accept help 供水 place 松树小区3栋 caller-known 林 13800000000 saying PIPE          -> 3 accepted, reply by 2026-03-23; caller to the vault; 3 auto to water, sign by 2026-03-10
        2026-03-09T09:30 call-taker accept help 供水 place 莲花小区１２栋 caller-known 林 13800000000 saying PIPE       -> 4 accepted, reply by 2026-03-23; caller to the vault; 4 repeats 1; 1 reminded
        2026-03-09T09:40 dispatcher merge 2 into 1                                                               -> 2 repeats 1; 1 reminded
        ",
    );
}

/// The first order knew no place: the unit hears where to go.
#[test]
fn who_calls_again_to_say_where_it_is_gets_through() {
    let mut desk = two_callers();
    run(
        &mut desk,
        "
        2026-03-11T09:00 call-taker accept help 供水 place 外马路87号 tag 老人 caller-known 林 13800000000 saying PIPE -> 3 accepted, reply by 2026-03-25; caller to the vault; 3 repeats 1; 1 reminded
        ",
    );
    let told = &desk.order(1).reminders[0].note;
    assert!(told.ends_with(&format!(":地点:外马路87号;标签:老人;{PIPE}")), "{told}");
}
