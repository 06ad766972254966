//! Every action in every status: allowed, or refused with a named rejection. The table is written by hand and compared with
//! the engine's own.

use std::collections::BTreeSet;

use hotline_engine::order::Status;
use hotline_engine::transitions::{self, TRANSITIONS};

use crate::desk::Desk;
use crate::sample;

/// Rows: the action, who asks and how. Columns: the status before; the status after, `-` = refused.
const TABLE: &str = "
                                                             triage      dispatched  signed      paused      replied     closed      withdrawn   transferred merged      repeat
dispatch           dispatcher    dispatch 1 market           dispatched  dispatched  -           -           -           -           -           -           -           -
sign               handler@water sign 1                      -           signed      -           -           -           -           -           -           -           -
contact            handler@water contact 1 已电话联系           -           dispatched  signed      paused      -           -           -           -           -           -
return             handler@water return 1 wrong-place suggest education 不属 -           triage      triage      -           -           -           -           -           -           -
request-extension  handler@water extend 1 5 需开挖            -           -           signed      -           -           -           -           -           -           -
decide-extension   supervisor    grant 1 同意                 -           -           signed      paused      -           -           -           -           -           -
pause              handler@water pause 1 waiting-for-caller 等材料 -       -           paused      -           -           -           -           -           -           -
resume             handler@water resume 1                    -           -           -           signed      -           -           -           -           -           -
co-reply           handler@lotus co-reply 1 已入户             -           dispatched  signed      paused      replied     -           -           -           -           -
reply              handler@water reply 1 已办                 -           -           replied     -           -           -           -           -           -           -
review             dispatcher    review 1 failed 未答复诉求     -           -           -           -           signed      -           -           -           -           -
callback           call-taker    callback 1 satisfied        -           -           -           -           replied     -           -           -           -           -
rework             dispatcher    rework 1 new-facts 又停水      -           -           -           -           dispatched  dispatched  -           -           -           -
close              dispatcher    close 1                     -           -           -           -           closed      -           -           -           -           -
remind             call-taker    remind 1 来电催办             triage      dispatched  signed      paused      -           -           -           -           merged      -
supervise          supervisor    supervise 1 限期             triage      dispatched  signed      paused      replied     -           -           -           -           -
withdraw           call-taker    withdraw 1 自行解决           withdrawn   withdrawn   withdrawn   withdrawn   withdrawn   -           -           -           withdrawn   -
transfer           call-taker    transfer 1 119              transferred transferred transferred transferred -           -           -           -           transferred -
merge              call-taker    merge 1 into 2              merged      merged      merged      -           -           -           -           -           -           -
unmerge            dispatcher    unmerge 1 两处不同              -           -           -           -           -           -           -           -           dispatched  dispatched
answer             call-taker    answer 1 按政策答复              closed      -           -           -           -           -           -           -           -           -
appeal             handler@water appeal 1 系误评                -           dispatched  signed      -           -           -           -           -           -           -
decide-appeal      supervisor    uphold 1 属误评                withdrawn   withdrawn   withdrawn   withdrawn   withdrawn   closed      withdrawn   transferred withdrawn   repeat
reveal             dispatcher    reveal 1 回访核实             triage      dispatched  signed      paused      replied     closed      withdrawn   transferred merged      repeat
assign             supervisor    assign 1 water-01           -           dispatched  signed      -           -           -           -           -           -           -
";

const ACCEPT: &str = "accept help 供水/停水 at lotus caller 林 13800000000";

/// An order that stands in this status, made as anybody would make it; beside it one of another caller about the same. For
/// what appeals are about, the order is a bad grade. Gives the order too: a repeat is the caller's second.
fn standing(status: Status, action: &str) -> (Desk, u64) {
    let district = format!("{}\nhandler water water-01 for 5", sample::DISTRICT);
    let mut desk = Desk::open_by(sample::longhu("2026"), &district);
    if action.ends_with("appeal") && status != Status::Repeat {
        desk.say("2026-03-09T09:00", "integration", "grade B-1 water 1");
    } else {
        desk.say("2026-03-09T09:00", "call-taker", ACCEPT);
    }
    desk.say("2026-03-09T09:00", "call-taker", "accept help 市场/消费 caller 陈 13900000000");
    if action == "decide-appeal" {
        desk.say("2026-03-09T09:01", "handler@water", "appeal 1 系误评");
    }
    if status == Status::Repeat {
        desk.say("2026-03-09T09:01", "call-taker", ACCEPT);
    }
    let steps: &[(&str, &str)] = match status {
        Status::Triage => &[("handler@water", "return 1 shared-duty suggest education 多部门")],
        Status::Dispatched => &[],
        Status::Signed => &[("handler@water", "sign 1"), ("handler@water", "extend 1 3 需开挖")],
        Status::Paused => &[
            ("handler@water", "sign 1"),
            ("handler@water", "extend 1 3 需开挖"),
            ("handler@water", "pause 1 force-majeure 台风"),
        ],
        Status::Replied => &[("handler@water", "sign 1"), ("handler@water", "reply 1 已办")],
        Status::Closed => &[
            ("handler@water", "sign 1"),
            ("handler@water", "reply 1 已办"),
            ("dispatcher", "close 1"),
        ],
        Status::Withdrawn => &[("call-taker", "withdraw 1 不用了")],
        Status::Transferred => &[("call-taker", "transfer 1 120")],
        Status::Merged => &[("dispatcher", "merge 1 into 2")],
        Status::Repeat => &[("dispatcher", "merge 3 into 1")],
    };
    for (who, request) in steps {
        let said = desk.say("2026-03-09T10:00", who, request);
        assert!(!said.starts_with("no: "), "{request}: {said}");
    }
    let id = if status == Status::Repeat { 3 } else { 1 };
    assert_eq!(desk.order(id).status, status);
    (desk, id)
}

#[test]
fn every_action_in_every_status_is_allowed_or_refused_by_name() {
    let mut lines = TABLE.lines().filter(|line| !line.is_empty());
    let columns: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(columns, Status::ALL.iter().map(|status| status.code()).collect::<Vec<_>>());
    let mut pairs_count = 0;
    for (line, own) in lines.zip(TRANSITIONS) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (request, after) = words.split_at(words.len() - columns.len());
        let [action, who, request @ ..] = request else { panic!("`{line}`") };
        assert_eq!(*action, own.action);
        for (&status, after) in Status::ALL.iter().zip(after) {
            let (mut desk, id) = standing(status, action);
            // An extension that nobody decided on is there to be decided, not to be asked for again.
            if *action == "request-extension" && *after != "-" {
                desk.say("2026-03-09T10:30", "supervisor", "deny 1 再议");
            }
            let own_id = id.to_string();
            let named =
                request.iter().map(|&word| if word == "1" { own_id.as_str() } else { word });
            let request: Vec<&str> = named.collect();
            let said = desk.say("2026-03-09T11:00", who, &request.join(" "));
            let leads = own.from(status);
            assert_eq!(leads.is_some(), *after != "-", "{action} in {status:?}");
            if *after == "-" {
                let (code, by_then) = (status.code(), own.participle);
                // To a handler an order in triage, or with another unit, does not exist.
                let hidden = !desk.actor(who).may_see(desk.order(id));
                let refusal = if hidden {
                    format!("no: no order {id}")
                } else {
                    format!("no: order {id} is {code}; it cannot be {by_then} now")
                };
                assert_eq!(said, refusal, "{action}");
                assert_eq!(desk.order(id).status, status);
            } else {
                assert_eq!(desk.order(id).status.code(), *after, "{action} in {status:?}: {said}");
                let (to, now) = (leads.unwrap(), desk.order(id).status);
                assert!(to.contains(&now) || to.is_empty() && now == status, "{action}: {said}");
            }
            pairs_count += 1;
        }
    }
    assert_eq!(pairs_count, Status::ALL.len() * TRANSITIONS.len());
}

#[test]
fn the_chart_in_the_docs_is_the_engine_s_own() {
    let drawn = include_str!("../../../docs/state-chart.md");
    let chart = format!("```mermaid\n{}```", transitions::chart());
    assert!(drawn.contains(&chart), "docs/state-chart.md should hold\n{chart}");
}

#[test]
fn every_action_has_one_row() {
    let actions: BTreeSet<&str> = TRANSITIONS.iter().map(|row| row.action).collect();
    assert_eq!(actions.len(), TRANSITIONS.len());
}
