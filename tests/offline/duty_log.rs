//! A data folder from a duty log: lines of time, what happened and to which order. The sample district, its rules.

use std::path::Path;

use hotline::codec;
use hotline::district::District;
use hotline::recovery::{self, DataFolder};
use hotline_engine::actor::{Actor, Role};
use hotline_engine::command::{Acceptance, Action, Command};
use hotline_engine::directory::Directory;
use hotline_engine::order::{
    Callback, Caller, Channel, Kind, OrderId, PauseReason, ReturnReason, Upstream, Urgency, Verdict,
};
use hotline_engine::time::Timestamp;

/// What the caller is called in every log.
pub(crate) const CALLER: &str = "林小明";

/// The last days before the holiday of 2025-05-01 to 05-05; 04-27 was a Sunday and a make-up workday.
pub(crate) const BEFORE_THE_HOLIDAY: &str = "
    2025-04-25 09:00:00 accept consultation normal =1+1 请回电13812345678
    2025-04-25 09:05:00 dispatch 1 human-resources 劳动和社会保障/劳动关系/企业拖欠工资
    2025-04-28 09:00:00 accept consultation normal <script>alert(1)</script>
    2025-04-28 09:00:00 dispatch 2 education
    2025-04-28 09:10:00 sign 2 education
    2025-04-28 09:30:00 accept consultation normal 学位怎么申请
    2025-04-28 09:30:00 dispatch 3 human-resources
    2025-04-28 09:40:00 sign 3 human-resources
    2025-04-29 00:00:01 tick
    2025-04-29 10:00:00 reply 3 human-resources
    2025-04-29 10:30:00 accept consultation normal 社保怎么转移
    2025-04-29 10:40:00 dispatch 4 education
    2025-04-29 11:00:00 sign 4 education
    2025-04-30 00:00:01 tick
    2025-04-30 10:00:00 close 3
    2025-04-30 11:00:00 accept complaint normal 不知道归谁管
    2025-04-30 15:00:00 accept help urgent 水管爆了
    2025-04-30 15:01:00 dispatch 6 agriculture-water
    2025-04-30 15:02:00 sign 6 agriculture-water
    2025-05-01 00:00:01 tick
    2025-05-06 09:00:00 accept consultation normal 以后的事
    2025-05-06 09:01:00 dispatch 7 agriculture-water
";

/// Writes what happened into the data folder at `path`.
///
/// A line is `DATE TIME VERB …`: `accept KIND URGENCY TITLE` (orders are numbered from 1), `dispatch ORDER UNIT [MATTER]`,
/// `sign ORDER UNIT`, `reply ORDER UNIT`, `please ORDER` (called back, and satisfied), `close ORDER`, `tick`,
/// `extend ORDER UNIT DAYS`, `grant ORDER`, `pause ORDER UNIT`, `resume ORDER UNIT`, `withdraw ORDER`,
/// `return ORDER UNIT OTHER`, `accept-above DUE KIND TITLE` (passed down by the city), `accept-unnamed KIND URGENCY TITLE`,
/// `merge ORDER INTO`.
pub(crate) fn write(path: &Path, log: &str) {
    let data = DataFolder::at(path);
    data.create().unwrap();
    let district = District::sample().unwrap();
    let (rules, recovered) = (district.rules().unwrap(), recovery::recover(&data).unwrap());
    let (mut state, mut journal) = (recovered.state, recovered.journal);
    let adopt = Action::AdoptDirectory(Box::new(district.draft.clone()));
    // A log may be continued.
    let mut commands = match state.directory().version {
        0 => vec![(Timestamp::of_ms(0), Actor::system(), adopt)],
        _ => Vec::new(),
    };
    let mut bytes = Vec::new();
    let mut lines = log.lines().map(str::trim).filter(|line| !line.is_empty());
    loop {
        for (at, actor, action) in commands.drain(..) {
            let command = Command { actor, seen: None, action };
            let record = hotline_engine::step(&mut state, &rules, at, &command)
                .unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"));
            if let Some(record) = record {
                bytes.clear();
                codec::encode_record(&record, &mut bytes).unwrap();
                journal.append(&bytes).unwrap();
            }
        }
        let Some(line) = lines.next() else { break };
        commands.push(understood(line, state.directory()));
    }
    journal.commit().unwrap();
}

fn understood(line: &str, directory: &Directory) -> (Timestamp, Actor, Action) {
    let unit = |code: &str| directory.unit_id(code).unwrap();
    let words: Vec<&str> = line.splitn(6, ' ').collect();
    let at = Timestamp::parse(&format!("{}T{}+08:00", words[0], words[1])).unwrap();
    let order = || OrderId(words[3].parse().unwrap());
    let someone = |role, units| Actor { name: "log".into(), role, units };
    let handler = || someone(Role::Handler, Some(vec![unit(words[4])]));
    let (actor, action) = match words[2] {
        "accept-above" => {
            let (number, due) = ("市0001".to_owned(), Timestamp::parse(words[3]).unwrap());
            let upstream = Some(Upstream { number, due: Some(due) });
            let Action::Accept(acceptance) = accept(words[4], "normal", words[5]) else {
                unreachable!("it is an acceptance")
            };
            let acceptance = Box::new(Acceptance { upstream, ..*acceptance });
            (someone(Role::Integration, None), Action::Accept(acceptance))
        }
        "accept" => (someone(Role::CallTaker, None), accept(words[3], words[4], words[5])),
        "accept-unnamed" => {
            let Action::Accept(acceptance) = accept(words[3], words[4], words[5]) else {
                unreachable!("it is an acceptance")
            };
            let acceptance = Box::new(Acceptance { caller: None, ..*acceptance });
            (someone(Role::CallTaker, None), Action::Accept(acceptance))
        }
        "dispatch" => {
            let (order, lead) = (order(), unit(words[4]));
            let matter = words.get(5).map(|path| directory.matter_id(path).unwrap());
            let action = Action::Dispatch { order, lead, co_units: Vec::new(), matter };
            (someone(Role::Dispatcher, None), action)
        }
        "merge" => {
            let into = OrderId(words[4].parse().unwrap());
            (someone(Role::Dispatcher, None), Action::Merge { order: order(), into })
        }
        "sign" => (handler(), Action::Sign { order: order() }),
        "reply" => {
            let (public_text, internal_text) = ("已办".to_owned(), String::new());
            (handler(), Action::Reply { order: order(), public_text, internal_text })
        }
        "please" => {
            let callback = Callback::Reached(Verdict { solved: true, satisfied: true });
            (someone(Role::CallTaker, None), Action::CallBack { order: order(), callback })
        }
        "close" => (someone(Role::CallTaker, None), Action::Close { order: order() }),
        "extend" => {
            let (working_days, reason) = (words[5].parse().unwrap(), "需要开挖".to_owned());
            (handler(), Action::RequestExtension { order: order(), working_days, reason })
        }
        "grant" => {
            let (order, granted, note) = (order(), true, "同意".to_owned());
            (someone(Role::Supervisor, None), Action::DecideExtension { order, granted, note })
        }
        "pause" => {
            let (order, reason, note) = (order(), PauseReason::WaitingForCaller, "等材料".into());
            (handler(), Action::Pause { order, reason, note })
        }
        "resume" => (handler(), Action::Resume { order: order() }),
        "withdraw" => {
            let note = "自行解决".to_owned();
            (someone(Role::CallTaker, None), Action::Withdraw { order: order(), note })
        }
        "return" => {
            let (reason, evidence) = (ReturnReason::NotOurDuty, "不属本单位".to_owned());
            let (order, suggested) = (order(), Some(unit(words[5])));
            (handler(), Action::Return { order, reason, suggested, evidence })
        }
        "tick" => (Actor::system(), Action::Tick),
        other => panic!("no verb {other}"),
    };
    (at, actor, action)
}

fn accept(kind: &str, urgency: &str, title: &str) -> Action {
    let caller = Caller { name: CALLER.into(), phone: "13912345678".into(), confidential: false };
    let kind = Kind::parse(kind).unwrap();
    Action::Accept(Box::new(Acceptance {
        urgency: Urgency::parse(urgency).unwrap(),
        title: title.into(),
        caller: Some(caller),
        ..Acceptance::plain(kind, Channel::Phone, "内容".into())
    }))
}
