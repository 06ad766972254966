//! What became of orders decides where the duty list names several units, or none: the same journal always in the same way.

use hotline_engine::command::Command;
use hotline_engine::directory::UnitId;
use hotline_engine::order::{Candidate, Confidence, Return, ReturnReason, TriageReason};
use hotline_engine::routing::{Choice, Ground, Question, route};
use hotline_engine::time::{Day, Timestamp};
use hotline_engine::{Event, State, digest};

use crate::desk::Desk;
use crate::sample;
use crate::twin::{DutyList, LONGHU, Limits, Twin};

const TWO: &str = "
    row 供水 -> water functional
    row 供水 -> market functional
";

/// No row is about 其他 or what is below 邻里; about 违建 there is one, for another street.
const GAPS: &str = "
    unit rose community east
    row 供水 -> water functional
    row 违建 in west -> urban-management functional
    matter 邻里/噪声
    matter 其他
";

/// The engine and its naive twin, asked for the same.
struct Pair {
    desk: Desk,
    twin: Twin,
}

impl Pair {
    fn open(rows: &str) -> Pair {
        let desk = Desk::open_by(sample::dispatching("2026"), rows);
        let mut duties = DutyList::default();
        duties.adopt(&sample::district(rows));
        let twin = Twin::new(Limits::new(LONGHU, &desk.rules, 2026), duties);
        Pair { desk, twin }
    }

    #[track_caller]
    fn ask(&mut self, time: &str, who: &str, request: &str) -> Vec<Event> {
        let words: Vec<&str> = request.split_whitespace().collect();
        let (actor, action) = (self.desk.actor(who), self.desk.action(&words));
        let (command, at) =
            (Command { actor, seen: None, action }, Timestamp::parse(time).unwrap());
        let said = self.desk.obey(at, &command);
        assert_eq!(said, self.twin.obey(at, &command), "`{request}`: engine and twin");
        said.unwrap_or_else(|rejection| panic!("`{request}`: {rejection}"))
    }
}

/// Takes an order of a matter; tells where it goes.
#[track_caller]
fn goes(pair: &mut Pair, time: &str, order: &str) -> String {
    let events = pair.ask(time, "call-taker", &format!("accept help {order}"));
    let way = events.iter().find_map(|event| match event {
        Event::Dispatched { dispatch, .. } => Some(code(pair, dispatch.lead)),
        Event::SentToTriage { reason, .. } => Some(reason.code().to_owned()),
        _ => None,
    });
    way.expect("it goes somewhere")
}

fn code(pair: &Pair, unit: UnitId) -> String {
    pair.desk.state.directory().unit(unit).code.clone()
}

fn last(pair: &Pair) -> u64 {
    pair.desk.state.orders().len() as u64
}

/// The handler of the unit that has the last order.
fn handler(pair: &Pair) -> String {
    let lead = pair.desk.order(last(pair)).dispatch.as_ref().expect("a unit has it").lead;
    format!("handler@{}", code(pair, lead))
}

/// The unit that has the last order does it, and it is closed.
#[track_caller]
fn close(pair: &mut Pair, time: &str) {
    let id = last(pair);
    let unit = handler(pair);
    pair.ask(time, &unit, &format!("sign {id}"));
    pair.ask(time, &unit, &format!("reply {id} 已办"));
    pair.ask(time, "supervisor", &format!("close {id}"));
}

/// The unit that has the last order says that it is not its duty.
#[track_caller]
fn refuse(pair: &mut Pair, time: &str) {
    let id = last(pair);
    let unit = handler(pair);
    pair.ask(time, &unit, &format!("return {id} not-our-duty suggest education 不属"));
}

/// So many orders that a dispatcher gives to a unit, and that are closed.
#[track_caller]
fn kept(pair: &mut Pair, time: &str, (orders, order): (u64, &str), unit: &str) {
    for _ in 0..orders {
        if goes(pair, time, order) != unit {
            let request = format!("dispatch {} {unit}", last(pair));
            pair.ask(time, "dispatcher", &request);
        }
        close(pair, time);
    }
}

#[test]
fn without_precedents_the_first_row_decides_and_a_refusal_puts_the_second_first_for_a_year() {
    let mut pair = Pair::open(TWO);
    assert_eq!(goes(&mut pair, "2026-03-09T09:00", "供水 at lotus"), "water");
    refuse(&mut pair, "2026-03-09T10:00");
    assert_eq!(goes(&mut pair, "2026-03-09T11:00", "供水 at lotus"), "market");
    let ground = pair.desk.order(2).dispatch.as_ref().unwrap();
    assert_eq!((ground.row, ground.confidence), (Some(2), Confidence::CERTAIN));
    assert_eq!(goes(&mut pair, "2026-03-09T11:00", "供水 at pine"), "market", "elsewhere too");
    assert_eq!(goes(&mut pair, "2026-03-09T11:00", "供水"), "market");
    assert_eq!(goes(&mut pair, "2027-03-03T11:00", "供水 at lotus"), "market");
    assert_eq!(goes(&mut pair, "2027-03-09T11:00", "供水 at lotus"), "water", "it is forgotten");
}

#[test]
fn who_asks_for_facts_has_refused_nothing_and_what_is_taken_back_was_kept_by_nobody() {
    let mut pair = Pair::open(TWO);
    goes(&mut pair, "2026-03-09T09:00", "供水 at lotus");
    pair.ask("2026-03-09T09:10", "handler@water", "return 1 not-enough-facts 缺地址");
    pair.ask("2026-03-09T09:20", "dispatcher", "dispatch 1 market");
    pair.ask("2026-03-09T09:30", "dispatcher", "withdraw 1 已解决");
    goes(&mut pair, "2026-03-09T09:40", "供水 at lotus");
    pair.ask("2026-03-09T09:50", "dispatcher", "transfer 2 110");
    assert_eq!(pair.desk.state.precedents().changed_by, 0);
    assert_eq!(goes(&mut pair, "2026-03-09T10:00", "供水 at lotus"), "water");
}

#[test]
fn what_is_known_of_the_street_comes_before_what_is_known_of_the_matter() {
    let mut pair = Pair::open(TWO);
    for _ in 0..3 {
        goes(&mut pair, "2026-03-09T09:00", "供水 at lotus");
        close(&mut pair, "2026-03-09T09:00");
    }
    assert_eq!(goes(&mut pair, "2026-03-09T09:00", "供水 at pine"), "water");
    refuse(&mut pair, "2026-03-09T09:00");
    for _ in 0..2 {
        // He refuses whatever is his there, though a dispatcher must give it to him by then.
        goes(&mut pair, "2026-03-09T09:00", "供水 at pine");
        let id = last(&pair);
        pair.ask("2026-03-09T09:00", "dispatcher", &format!("dispatch {id} water"));
        refuse(&mut pair, "2026-03-09T09:00");
    }
    assert_eq!(goes(&mut pair, "2026-03-09T10:00", "供水 at lotus"), "water");
    assert_eq!(goes(&mut pair, "2026-03-09T10:00", "供水 at pine"), "market");
    assert_eq!(goes(&mut pair, "2026-03-09T10:00", "供水 at reed"), "water", "three to three");
}

#[test]
fn five_orders_that_a_unit_kept_fill_a_gap_of_the_list_in_their_street() {
    let mut pair = Pair::open(GAPS);
    kept(&mut pair, "2026-03-09T09:00", (4, "其他 at lotus"), "market");
    assert_eq!(goes(&mut pair, "2026-03-10T09:00", "其他 at lotus"), "no-duty-row", "four");
    kept(&mut pair, "2026-03-11T09:00", (1, "其他 at lotus"), "market");
    assert_eq!(goes(&mut pair, "2026-03-11T10:00", "其他 at rose"), "market");
    let dispatch = pair.desk.order(last(&pair)).dispatch.clone().unwrap();
    assert_eq!((dispatch.row, dispatch.confidence), (None, Confidence(8_558)));
    for elsewhere in ["其他 at pine", "其他", "邻里/噪声 at lotus"] {
        assert_eq!(goes(&mut pair, "2026-03-11T10:00", elsewhere), "no-duty-row", "{elsewhere}");
    }
    let said = goes(&mut pair, "2026-04-20T10:00", "其他 at lotus");
    assert_eq!(said, "no-duty-row", "five orders of six weeks ago are not enough");
}

#[test]
fn a_refusal_leaves_a_gap_to_people_again_and_the_refuser_is_not_chosen() {
    let mut pair = Pair::open(GAPS);
    kept(&mut pair, "2026-03-09T09:00", (5, "其他 at lotus"), "market");
    assert_eq!(goes(&mut pair, "2026-03-09T10:00", "其他 at lotus"), "market");
    refuse(&mut pair, "2026-03-09T10:00");
    // Six of eight: fewer than the district wants.
    assert_eq!(goes(&mut pair, "2026-03-09T11:00", "其他 at lotus"), "low-confidence");
    let (directory, market) = (pair.desk.state.directory(), pair.desk.unit("market"));
    let candidates =
        [Candidate { matter: pair.desk.matter("其他"), confidence: Confidence::CERTAIN }];
    let ask = |returns: &[Return]| {
        let (region, on) = (Some(pair.desk.unit("lotus")), Day::parse("2026-03-09").unwrap());
        let precedents = pair.desk.state.precedents();
        let candidates = &candidates;
        route(directory, Question { candidates, region, returns, on, precedents })
    };
    let Ok(Choice { lead, ground: Ground::Precedents(standing), .. }) = ask(&[]) else {
        panic!("precedents lead somewhere")
    };
    assert_eq!((standing.kept_orders(), standing.refused_orders()), (5, 1));
    assert_eq!(lead, market);
    let (at, reason) = (Timestamp::of_ms(0), ReturnReason::NotOurDuty);
    let refusal = Return { at, unit: market, reason, suggested: None, evidence: "不属".into() };
    assert_eq!(ask(&[refusal]), Err(TriageReason::NoDutyRow));
}

#[test]
fn a_gap_is_not_handed_down_where_any_row_leaves_the_matter_to_departments() {
    let mut pair = Pair::open(GAPS);
    kept(&mut pair, "2026-03-09T09:00", (5, "违建 at lotus"), "east");
    kept(&mut pair, "2026-03-09T09:00", (5, "邻里/噪声 at lotus"), "east");
    assert_eq!(goes(&mut pair, "2026-03-09T10:00", "违建 at lotus"), "no-duty-row");
    assert_eq!(goes(&mut pair, "2026-03-09T10:00", "邻里/噪声 at lotus"), "east");
    kept(&mut pair, "2026-03-09T11:00", (6, "违建 at lotus"), "urban-management");
    assert_eq!(goes(&mut pair, "2026-03-09T12:00", "违建 at lotus"), "urban-management");
}

#[test]
fn a_street_or_community_gets_by_precedents_only_what_lies_in_it() {
    let mut pair = Pair::open(GAPS);
    kept(&mut pair, "2026-03-09T09:00", (5, "邻里/噪声 at lotus"), "lotus");
    assert_eq!(goes(&mut pair, "2026-03-09T10:00", "邻里/噪声 at lotus"), "lotus");
    assert_eq!(goes(&mut pair, "2026-03-09T10:00", "邻里/噪声 at rose"), "no-duty-row");
    assert_eq!(goes(&mut pair, "2026-03-09T10:00", "邻里/噪声 at east"), "no-duty-row");
    kept(&mut pair, "2026-03-09T12:00", (5, "邻里/噪声"), "east");
    assert_eq!(goes(&mut pair, "2026-03-09T12:00", "邻里/噪声"), "no-duty-row", "which street?");
    kept(&mut pair, "2026-03-09T12:00", (5, "其他"), "education");
    assert_eq!(goes(&mut pair, "2026-03-09T12:00", "其他"), "education");
    assert_eq!(goes(&mut pair, "2026-03-09T12:00", "其他 at lotus"), "no-duty-row");
}

#[test]
fn an_order_whose_matter_nobody_named_counts_for_the_likeliest_as_far_as_that_is_likely() {
    let mut pair = Pair::open(GAPS);
    kept(&mut pair, "2026-03-09T09:00", (5, "? at lotus maybe 其他 60"), "market");
    assert_eq!(goes(&mut pair, "2026-03-09T10:00", "其他 at lotus"), "no-duty-row");
    kept(&mut pair, "2026-03-09T11:00", (5, "? at lotus maybe 其他 95"), "market");
    assert_eq!(goes(&mut pair, "2026-03-09T12:00", "? at lotus maybe 其他 95"), "market");
    assert_eq!(goes(&mut pair, "2026-03-09T12:00", "? at lotus maybe 其他 85"), "low-confidence");
}

#[test]
fn the_list_comes_first_and_a_unit_that_is_no_more_fills_no_gap() {
    let mut pair = Pair::open(GAPS);
    kept(&mut pair, "2026-03-09T09:00", (5, "其他 at lotus"), "market");
    assert_eq!(goes(&mut pair, "2026-03-09T10:00", "其他 at lotus"), "market");
    pair.ask("2026-03-09T12:00", "admin", "adopt-directory without market");
    assert_eq!(goes(&mut pair, "2026-03-09T13:00", "其他 at lotus"), "no-duty-row");
    pair.ask("2026-03-09T14:00", "admin", "adopt-directory");
    assert_eq!(goes(&mut pair, "2026-03-09T15:00", "其他 at lotus"), "market");
    for _ in 0..5 {
        goes(&mut pair, "2026-03-09T15:00", "供水 at lotus");
        refuse(&mut pair, "2026-03-09T15:00");
        let id = last(&pair);
        pair.ask("2026-03-09T15:00", "dispatcher", &format!("dispatch {id} market"));
        close(&mut pair, "2026-03-09T15:00");
    }
    assert_eq!(goes(&mut pair, "2026-03-09T16:00", "供水 at lotus"), "water");
}

#[test]
fn precedents_follow_from_the_journal_and_stand_in_snapshot_and_digest() {
    let mut pair = Pair::open(GAPS);
    kept(&mut pair, "2026-03-09T09:00", (5, "其他 at lotus"), "market");
    goes(&mut pair, "2026-03-10T09:00", "其他 at lotus");
    refuse(&mut pair, "2026-03-10T10:00");
    let mut state = State::default();
    pair.desk.records.iter().for_each(|record| state.apply(record));
    assert_eq!(digest(&state), digest(&pair.desk.state));
    assert_eq!(state.precedents(), pair.desk.state.precedents());
    let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&state).unwrap();
    let back = rkyv::from_bytes::<State, rkyv::rancor::Error>(&bytes).unwrap();
    assert_eq!(back.precedents(), state.precedents());
    let (matter, market) = (pair.desk.matter("其他"), pair.desk.unit("market"));
    let on = pair.desk.order(last(&pair)).times.accepted.day();
    let standing = back.precedents().standing(matter, Some(pair.desk.unit("east")), market, on);
    assert_eq!((standing.kept_orders(), standing.refused_orders()), (5, 1));
}
