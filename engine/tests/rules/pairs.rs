//! Every action in every status: allowed, or refused with a named rejection.

use hotline_engine::order::Status;

use crate::desk::{Desk, check};

/// Rows: status before. Columns: dispatch, sign, return, reply, callback, close; the status after, or `-` = refused.
const TABLE: &str = "
              dispatch   sign   return reply   callback close
    triage     dispatched .      .      .       -        -
    dispatched dispatched signed triage -       -        -
    signed     -          -      triage replied -        -
    replied    -          -      -      -       replied  closed
    closed     -          -      -      -       -        -
";

/// An order that stands in this status, made as anybody would make it.
fn standing(status: Status) -> Desk {
    let mut desk = check(
        "2026-03-09T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10",
    );
    let steps: &[(&str, &str)] = match status {
        Status::Triage => &[("handler@water", "return 1 shared-duty 多部门")],
        Status::Dispatched => &[],
        Status::Signed => &[("handler@water", "sign 1")],
        Status::Replied => &[("handler@water", "sign 1"), ("handler@water", "reply 1 已办")],
        Status::Closed => &[
            ("handler@water", "sign 1"),
            ("handler@water", "reply 1 已办"),
            ("dispatcher", "close 1"),
        ],
    };
    for (who, request) in steps {
        desk.say("2026-03-09T10:00", who, request);
    }
    assert_eq!(desk.order(1).status, status);
    desk
}

fn participle(action: &str) -> &str {
    match action {
        "dispatch" => "dispatched",
        "sign" => "signed",
        "return" => "returned",
        "reply" => "replied to",
        "callback" => "called back",
        "close" => "closed",
        other => panic!("no action {other}"),
    }
}

#[test]
fn every_action_in_every_status_is_allowed_or_refused_by_name() {
    let mut lines = TABLE.lines().map(str::trim).filter(|line| !line.is_empty());
    let actions: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    let mut pairs_count = 0;
    for line in lines {
        let mut words = line.split_whitespace();
        let status = Status::parse(words.next().unwrap()).unwrap();
        for (action, expected) in actions.iter().zip(words) {
            let mut desk = standing(status);
            let (who, request) = match *action {
                "dispatch" => ("dispatcher", "dispatch 1 market"),
                "sign" => ("handler@water", "sign 1"),
                "return" => ("handler@water", "return 1 not-our-duty 不属"),
                "reply" => ("handler@water", "reply 1 已办"),
                "callback" => ("call-taker", "callback 1 satisfied"),
                _ => ("dispatcher", "close 1"),
            };
            let said = desk.say("2026-03-09T11:00", who, request);
            match expected {
                // Nobody holds an order in triage: to every handler it does not exist.
                "." => assert_eq!(said, "no: no order 1", "{action} in {status:?}"),
                "-" => {
                    let asked = participle(action);
                    let refusal =
                        format!("no: order 1 is {}; it cannot be {asked} now", status.code());
                    assert_eq!(said, refusal);
                    assert_eq!(desk.order(1).status, status);
                }
                after => assert_eq!(desk.order(1).status.code(), after, "{action}: {said}"),
            }
            pairs_count += 1;
        }
    }
    assert_eq!(pairs_count, Status::ALL.len() * actions.len());
}
