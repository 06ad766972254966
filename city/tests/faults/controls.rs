//! A judge that cannot find anything proves nothing: each guard is turned off in turn, and the judge of its promise, alone, must
//! find it.

use hotline_city::judges::Promise;
use hotline_city::tamper::Tamper;
use hotline_city::{Failure, Plan, run};

/// Seeds in which it is looked for: what needs a crash at the right moment may not come up in one.
const SEEDS_MAX: u64 = 12;
const STEPS: u64 = 60;

/// The first failure that one judge finds with a guard off.
fn found(tamper: Tamper, promise: Promise) -> Option<Failure> {
    (1..=SEEDS_MAX).find_map(|seed| {
        let judged = Some(promise);
        run(&Plan { tamper: Some(tamper), judged, ..Plan::new(seed, STEPS) }).err()
    })
}

#[track_caller]
fn is_missed(tamper: Tamper, promise: Promise, words: &str) {
    let failure = found(tamper, promise);
    let failure = failure.unwrap_or_else(|| panic!("nobody missed the guard `{}`", tamper.word()));
    assert_eq!(failure.promise, Some(promise), "{failure}");
    assert!(failure.why.contains(words), "{failure}");
}

#[test]
fn syncs_that_lie_lose_what_was_acknowledged() {
    is_missed(Tamper::SyncsLie, Promise::AcknowledgedSurvives, "");
}

#[test]
fn a_commit_that_is_lost_after_it_was_acknowledged_is_missed() {
    is_missed(Tamper::LastCommitLost, Promise::AcknowledgedSurvives, "acknowledged");
}

#[test]
fn a_request_that_is_applied_twice_is_found() {
    is_missed(Tamper::KeyForgotten, Promise::AcknowledgedSurvives, "became");
}

#[test]
fn what_is_told_before_it_is_committed_is_found() {
    is_missed(Tamper::ToldEarly, Promise::ToldOnlyAfterCommit, "was shown");
}

#[test]
fn syncs_that_lie_let_readers_see_what_is_not_there() {
    is_missed(Tamper::SyncsLie, Promise::ToldOnlyAfterCommit, "");
}

#[test]
fn a_due_that_is_moved_by_hand_is_found() {
    is_missed(Tamper::DueByHand, Promise::DueNeverMoves, "no record gives");
}

#[test]
fn a_due_that_a_record_moves_without_a_right_to_is_found() {
    is_missed(Tamper::DueByRecord, Promise::DueNeverMoves, "its due moved from");
}

#[test]
fn an_order_that_is_nobodys_is_found() {
    is_missed(Tamper::OwnerLost, Promise::OneOwner, "nobody's");
}

#[test]
fn a_state_that_no_record_gives_is_found() {
    is_missed(Tamper::StateDrifts, Promise::ReplayEqualsLive, "the disk gives");
}

#[test]
fn a_name_in_what_a_handler_reads_is_found() {
    is_missed(Tamper::NameShown, Promise::NoIdentityLeaks, "stands in OrderId");
}

#[test]
fn a_number_in_the_log_is_found() {
    is_missed(Tamper::NumberLogged, Promise::NoIdentityLeaks, "no answer from");
}

/// Not a promise's: whether it lives is asked at the end of every run.
#[test]
fn a_hotline_that_does_not_take_up_work_again_is_found() {
    let plan = Plan { tamper: Some(Tamper::NeverHeals), ..Plan::new(1, STEPS / 2) };
    let failure = run(&plan).expect_err("a full disk takes nothing new");
    assert_eq!((failure.promise, failure.step), (None, STEPS / 2), "{failure}");
    assert!(failure.why.contains("of 3 new contacts are taken"), "{failure}");
}

#[test]
fn without_a_guard_off_no_judge_finds_anything() {
    for promise in Promise::ALL {
        let judged = Some(promise);
        let plan = Plan { judged, ..Plan::new(1, STEPS / 2) };
        assert_eq!(run(&plan).err(), None, "{plan}");
    }
}
