//! Every change of status that happens in any script or on any walk is in the engine's table, those that nobody asked for on
//! the order itself too; and each of those really happens.

use std::collections::{BTreeMap, BTreeSet};

use hotline_engine::command::Action;
use hotline_engine::order::{OrderId, Status};
use hotline_engine::transitions::{CONSEQUENCES, Consequence, FIRST, TRANSITIONS};
use hotline_engine::{Event, State};

use crate::desk::Desk;
use crate::sample;

/// Where the orders stand that facts are about; those that the facts make stand nowhere.
pub(crate) type Standing = BTreeMap<OrderId, Option<Status>>;

pub(crate) fn standing(state: &State, events: &[Event]) -> Standing {
    let touched = events.iter().filter_map(Event::order);
    touched.map(|id| (id, state.order(id).map(|order| order.status))).collect()
}

/// Panics at a change of status that the table does not know.
#[track_caller]
pub(crate) fn assert_listed(action: &Action, before: &Standing, state: &State) {
    let unlisted = unlisted(&CONSEQUENCES, action, before, state);
    assert!(unlisted.is_empty(), "not in the table of transitions: {unlisted:?}");
}

/// An order's way from status to status that no row of the table allows.
type Unlisted = (OrderId, &'static str, Option<Status>, Status);

fn unlisted(
    consequences: &[Consequence],
    action: &Action,
    before: &Standing,
    state: &State,
) -> Vec<Unlisted> {
    let word = action.name();
    let is_listed = |id: OrderId, before: Option<Status>, after: Status| {
        let Some(before) = before else { return FIRST.contains(&after) };
        if action.order() == Some(id) {
            let row = TRANSITIONS.iter().find(|row| row.action == word).unwrap();
            let to = row.from(before);
            return to.is_some_and(|to| to.contains(&after) || to.is_empty() && after == before);
        }
        let mut rows = consequences.iter().filter(|row| row.action == word);
        let mut leads = rows.by_ref().flat_map(|row| row.leads);
        after == before || leads.any(|(from, to)| *from == before && to.contains(&after))
    };
    let ways = before.iter().map(|(id, before)| {
        let after = state.order(*id).expect("an order stays").status;
        (*id, word, *before, after)
    });
    ways.filter(|(id, _, before, after)| !is_listed(*id, *before, *after)).collect()
}

/// Orders 1 to 3 of three callers about water, 4 a bad grade, 5 an order that the desk answered, all with the callers' numbers.
fn five_orders() -> Desk {
    let district = format!("unit government-services department\n{}", sample::DISTRICT);
    let mut desk = Desk::open_by(sample::longhu("2026"), &district);
    for request in [
        "accept help 供水/停水 at lotus caller 林 13800000001",
        "accept help 供水/停水 at lotus caller 陈 13800000002",
        "accept help 市场/消费 caller 黄 13800000003",
        "grade B-1 water 1",
        "accept help 供水/停水 at lotus caller 许 13800000005 answered 明日恢复供水",
    ] {
        let who = if request.starts_with("grade") { "integration" } else { "call-taker" };
        let said = desk.say("2026-03-09T09:00", who, request);
        assert!(!said.starts_with("no: "), "{request}: {said}");
    }
    desk
}

/// What happens, line by line, and what the last line does to which order: its status before and after.
const HAPPENINGS: &str = "
handler@water sign 1; handler@water pause 1 force-majeure 台风; later system tick => 1 paused signed
admin adopt-directory without water; system tick => 1 dispatched triage
handler@water sign 1; admin adopt-directory without water; system tick => 1 signed triage
handler@water sign 1; handler@water pause 1 force-majeure 台风; admin adopt-directory without water; system tick => 1 paused triage
handler@water return 1 shared-duty suggest market 共管; dispatcher dispatch 1 market; handler@market return 1 shared-duty suggest education 共管; later system tick; latest system tick => 1 triage dispatched
dispatcher merge 2 into 1; handler@water sign 1; handler@water reply 1 已办 => 2 merged replied
dispatcher merge 2 into 1; handler@water sign 1; handler@water reply 1 已办; dispatcher review 1 failed 未办 => 2 replied merged
dispatcher merge 2 into 1; call-taker withdraw 1 好了 => 2 merged dispatched
handler@water return 2 shared-duty suggest market 共管; dispatcher merge 2 into 3; handler@market return 3 shared-duty suggest education 共管; call-taker withdraw 3 好了 => 2 merged triage
handler@water return 1 shared-duty suggest market 共管; dispatcher merge 2 into 1; call-taker answer 1 见公告 => 2 merged triage
handler@water return 2 shared-duty suggest market 共管; dispatcher dispatch 2 market; handler@market return 2 shared-duty suggest education 共管; dispatcher dispatch 2 education; handler@water return 1 shared-duty suggest market 共管; dispatcher merge 2 into 1; call-taker answer 1 见公告 => 2 merged dispatched
handler@market return 3 shared-duty suggest water 共管; dispatcher merge 3 into 1; dispatcher dispatch 1 market => 3 merged triage
handler@market return 3 shared-duty suggest water 共管; dispatcher dispatch 3 water; dispatcher merge 3 into 1; dispatcher dispatch 1 market => 3 merged dispatched
handler@market return 3 shared-duty suggest water 共管; dispatcher merge 3 into 1; call-taker accept help 市场/消费; dispatcher merge 1 into 6 => 3 merged triage
handler@market return 3 shared-duty suggest water 共管; dispatcher dispatch 3 water; dispatcher merge 3 into 1; call-taker accept help 市场/消费; dispatcher merge 1 into 6 => 3 merged dispatched
dispatcher merge 2 into 1; call-taker transfer 1 119 => 2 merged dispatched
handler@water return 2 shared-duty suggest market 共管; dispatcher merge 2 into 3; handler@market return 3 shared-duty suggest education 共管; call-taker transfer 3 110 => 2 merged triage
handler@water appeal 4 误评; dispatcher merge 2 into 4; supervisor uphold 4 属误评 => 2 merged dispatched
dispatcher merge 3 into 4; handler@water appeal 4 误评; handler@water return 4 shared-duty suggest market 共管; supervisor uphold 4 属误评 => 3 merged triage
handler@water sign 1; handler@water reply 1 已办; call-taker accept help 供水/停水 at pine caller 林 13800000001; dispatcher merge 6 into 1 => 1 replied dispatched
handler@water sign 1; handler@water reply 1 已办; admin adopt-directory without water; call-taker accept help 供水/停水 at pine caller 林 13800000001; dispatcher merge 6 into 1 => 1 replied triage
handler@water sign 1; handler@water reply 1 已办; dispatcher close 1; call-taker accept help 供水/停水 at pine caller 林 13800000001; dispatcher merge 6 into 1 => 1 closed dispatched
call-taker accept help 供水/停水 at pine caller 许 13800000005; dispatcher merge 6 into 5 => 5 closed triage
handler@water return 2 shared-duty suggest market 共管; dispatcher dispatch 2 market; handler@market return 2 shared-duty suggest education 共管; dispatcher dispatch 2 education; handler@education sign 2; handler@water return 1 shared-duty suggest market 共管; dispatcher merge 2 into 1; call-taker answer 1 见公告 => 2 merged signed
handler@market return 3 shared-duty suggest water 共管; dispatcher dispatch 3 water; handler@water sign 3; dispatcher merge 3 into 1; dispatcher dispatch 1 market => 3 merged signed
handler@market return 3 shared-duty suggest water 共管; dispatcher dispatch 3 water; handler@water sign 3; dispatcher merge 3 into 1; call-taker accept help 市场/消费; dispatcher merge 1 into 6 => 3 merged signed
handler@water return 2 shared-duty suggest market 共管; dispatcher dispatch 2 market; handler@market return 2 shared-duty suggest education 共管; dispatcher dispatch 2 education; handler@education sign 2; handler@water return 1 shared-duty suggest market 共管; dispatcher merge 2 into 1; call-taker withdraw 1 好了 => 2 merged signed
handler@water return 2 shared-duty suggest market 共管; dispatcher dispatch 2 market; handler@market return 2 shared-duty suggest education 共管; dispatcher dispatch 2 education; handler@education sign 2; handler@water return 1 shared-duty suggest market 共管; dispatcher merge 2 into 1; call-taker transfer 1 119 => 2 merged signed
handler@water appeal 4 误评; handler@market return 3 shared-duty suggest education 共管; dispatcher dispatch 3 education; handler@education return 3 shared-duty suggest market 共管; dispatcher dispatch 3 urban-management; handler@urban-management sign 3; dispatcher merge 3 into 4; supervisor uphold 4 属误评 => 3 merged signed
";

#[test]
fn every_consequence_in_the_table_really_happens() {
    let mut happened = BTreeSet::new();
    for line in HAPPENINGS.lines().filter(|line| !line.is_empty()) {
        let (script, outcome) = line.split_once(" => ").unwrap();
        let [id, before, after] = outcome.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let mut desk = five_orders();
        let status = |desk: &Desk| desk.order(id.parse().unwrap()).status;
        let (mut stood, mut last) = (status(&desk), "");
        for step in script.split("; ") {
            let (time, step) = match step.split_once(' ') {
                Some(("later", step)) => ("2026-03-25T09:00", step),
                Some(("latest", step)) => ("2026-04-25T09:00", step),
                _ => ("2026-03-09T10:00", step),
            };
            let (who, request) = step.split_once(' ').unwrap();
            stood = status(&desk);
            let said = desk.say(time, who, request);
            assert!(!said.starts_with("no: "), "{step}: {said}");
            last = request;
        }
        assert_eq!([stood.code(), status(&desk).code()], [before, after], "{line}");
        let word = desk.action(&last.split_whitespace().collect::<Vec<_>>()).name();
        happened.insert((word, before, after));
    }
    let listed = CONSEQUENCES.iter().flat_map(|row| {
        let ways = row.leads.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to)));
        ways.map(|(from, to)| (row.action, from.code(), to.code()))
    });
    assert_eq!(happened, listed.collect());
}

/// Without its rows the table is found out.
#[test]
fn a_table_without_a_consequence_is_found_out() {
    let mut desk = five_orders();
    for (who, request) in [("dispatcher", "merge 2 into 1"), ("handler@water", "sign 1")] {
        let said = desk.say("2026-03-09T10:00", who, request);
        assert!(!said.starts_with("no: "), "{request}: {said}");
    }
    let reply = desk.action(&["reply", "1", "已办"]);
    let orders = [OrderId(1), OrderId(2)];
    let before = orders.map(|id| (id, desk.state.order(id).map(|order| order.status)));
    desk.say("2026-03-09T10:01", "handler@water", "reply 1 已办");
    let found = |rows: &[Consequence]| unlisted(rows, &reply, &before.into(), &desk.state);
    assert_eq!(found(&CONSEQUENCES), []);
    let way = (OrderId(2), "reply", Some(Status::Merged), Status::Replied);
    assert_eq!(found(&CONSEQUENCES[..2]), [way]);
}
