//! A hotline for benches: a long duty list, and as many open orders as are asked for, each of a caller of his own.

use std::ops::Range;

use hotline_engine::actor::{Actor, Role};
use hotline_engine::calendar::Calendar;
use hotline_engine::command::{Acceptance, Action, Command};
use hotline_engine::decide::step;
use hotline_engine::directory::{DutyLevel, Level, MatterId, UnitId};
use hotline_engine::draft::{DirectoryDraft, HolderDraft, RowDraft, UnitDraft};
use hotline_engine::order::{
    Caller, Candidate, Channel, Classification, Confidence, Kind, OrderId, Urgency,
};
use hotline_engine::profile::Profile;
use hotline_engine::text::Sketch;
use hotline_engine::time::{Day, Timestamp};
use hotline_engine::{Rules, State};

pub(crate) const ROWS: u16 = 4_000;
pub(crate) const DEPARTMENTS: u16 = 60;
const COMMUNITIES: u16 = 121;

pub(crate) fn rules() -> Rules {
    let profile: Profile = toml::from_str(include_str!("../../profiles/longhu.toml")).unwrap();
    let notices = include_str!("../../profiles/calendar/cn-holidays.csv");
    Rules::new(vec![profile], Calendar::parse(notices).unwrap(), Confidence(8_000)).unwrap()
}

/// Departments, one street with communities, and a long list: two rows a matter, every tenth limited to a place.
pub(crate) fn draft() -> DirectoryDraft {
    let unit = |code: String, level, parent: Option<&str>| UnitDraft {
        name: code.clone(),
        code,
        level,
        parent: parent.map(str::to_owned),
    };
    let mut units = vec![unit("street".into(), Level::Street, None)];
    units.extend((0..DEPARTMENTS).map(|at| unit(format!("d{at}"), Level::Department, None)));
    units.extend(
        (0..COMMUNITIES).map(|at| unit(format!("c{at}"), Level::Community, Some("street"))),
    );
    let rows: Vec<RowDraft> = (0..ROWS)
        .map(|at| RowDraft {
            matter: format!("大类{}/中类{}/事项{}", at / 2 % 20, at / 2 % 200, at / 2),
            place: at.is_multiple_of(10).then(|| format!("c{}", at % COMMUNITIES)),
            lead: HolderDraft::Unit(format!("d{}", at % DEPARTMENTS)),
            co_units: vec![HolderDraft::StreetOfPlace],
            level: DutyLevel::Functional,
            basis: "职责清单".into(),
            from: Day(18_000),
            to: None,
            source: "bench".into(),
        })
        .collect();
    let matters = rows.iter().map(|row| row.matter.clone()).collect();
    let source = "bench".into();
    DirectoryDraft { source, units, matters, rows, ..DirectoryDraft::default() }
}

pub(crate) fn by(role: Role, units: Option<Vec<UnitId>>, action: Action) -> Command {
    Command { actor: Actor { name: "bench".into(), role, units }, seen: None, action }
}

/// Whose story it is: every tenth is somebody else's.
fn told(turn: u64) -> u64 {
    if turn % 10 == 9 { turn - 9 } else { turn }
}

/// A story of sixty characters that follow from the turn; every tenth is told again by somebody else.
pub(crate) fn story(turn: u64) -> String {
    let told = told(turn);
    let letter = |at: u64| {
        // SplitMix64: neighbours have nothing in common.
        let mixed = (told << 8 | at).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        char::from_u32(0x4e00 + u32::try_from(mixed >> 40).unwrap() % 6_000).unwrap()
    };
    (0..60).map(letter).collect()
}

/// Of a caller of his own.
pub(crate) fn acceptance(matter: MatterId, turn: u64) -> Command {
    let content = story(turn);
    let sketch = Sketch::of(&[&content]);
    by(
        Role::CallTaker,
        None,
        Action::Accept(Box::new(Acceptance {
            kind: Kind::Complaint,
            matter: None,
            tags: vec!["夜间".into()],
            urgency: Urgency::Normal,
            channel: Channel::Phone,
            title: "路边摊占道经营".into(),
            content,
            // What is told again is told of the same place.
            place: Some(format!("东街{}号", told(turn))),
            region: Some(UnitId(0)),
            upstream: None,
            transfer: None,
            classification: Classification {
                candidates: vec![Candidate { matter, confidence: Confidence(9_300) }],
                evidence: vec!["占道经营".into()],
                model: "bench".into(),
            },
            sketch,
            answer: None,
            caller: Some(Caller {
                name: "来电人".into(),
                phone: format!("138{turn:08}"),
                confidential: false,
            }),
            idempotency: None,
        })),
    )
}

/// A hotline with this directory and no order.
pub(crate) fn empty_hotline(rules: &Rules, start: Timestamp, draft: DirectoryDraft) -> State {
    let mut state = State::default();
    let adopt = Action::AdoptDirectory(Box::new(draft));
    step(&mut state, rules, start, &by(Role::Admin, None, adopt)).unwrap();
    state
}

/// Accepts the orders of these turns, which begin where those of a hotline end, and signs half of them.
pub(crate) fn fill(state: &mut State, rules: &Rules, start: Timestamp, turns: Range<u64>) {
    let matters = u64::from(ROWS / 2);
    for turn in turns {
        // Fifty a second: none is late by the end.
        let at = start.plus_seconds(i64::try_from(turn / 50).unwrap());
        let path = format!("大类{}/中类{}/事项{}", turn % 20, turn % 200, turn % matters);
        let matter = state.directory().matter_id(&path).unwrap();
        step(state, rules, at, &acceptance(matter, turn)).unwrap();
        if turn % 2 == 0 {
            let order = OrderId(state.orders().len() as u64);
            let lead = state.order(order).unwrap().dispatch.as_ref().unwrap().lead;
            let sign = by(Role::Handler, Some(vec![lead]), Action::Sign { order });
            step(state, rules, at, &sign).unwrap();
        }
    }
}

/// A whole life of an order: accepted, signed, replied to, closed.
pub(crate) fn life(state: &mut State, rules: &Rules, at: Timestamp, accept: &Command) {
    step(state, rules, at, accept).unwrap();
    let order = OrderId(state.orders().len() as u64);
    let lead = state.order(order).unwrap().dispatch.as_ref().unwrap().lead;
    let handler = || Some(vec![lead]);
    step(state, rules, at, &by(Role::Handler, handler(), Action::Sign { order })).unwrap();
    let (public_text, internal_text) = ("已劝离并加强巡查。".into(), String::new());
    let reply = Action::Reply { order, public_text, internal_text };
    step(state, rules, at, &by(Role::Handler, handler(), reply)).unwrap();
    step(state, rules, at, &by(Role::Dispatcher, None, Action::Close { order })).unwrap();
}
