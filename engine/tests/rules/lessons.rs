//! What orders teach, by whose word, and what they do not.

use hotline_engine::learning::{Drift, First, Lesson, Source, first, judged, lesson, unlisted};
use hotline_engine::order::Confidence;

use crate::desk::Desk;
use crate::sample;

/// Plays a script of which every line must be granted.
fn play(script: &str) -> Desk {
    let mut desk = Desk::open(sample::DISTRICT);
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (time, request) = line.split_once(' ').expect("a time");
        let (who, request) = request.trim().split_once(' ').expect("a person");
        let outcome = desk.say(time, who, request.trim());
        assert!(!outcome.starts_with("no: "), "at `{line}`: {outcome}");
    }
    desk
}

fn taught(desk: &Desk, order: u64) -> Option<Lesson> {
    lesson(desk.state.directory(), desk.order(order))
}

/// Matter, source, and whether the model was wrong.
#[track_caller]
fn teaches(desk: &Desk, order: u64, matter: &str, source: Source, corrected: bool) {
    let lesson = taught(desk, order).expect("it teaches something");
    let told = (desk.state.directory().matter(lesson.matter), lesson.source, lesson.corrected);
    assert_eq!(told, (matter, source, corrected));
}

#[test]
fn a_dispatcher_teaches_what_the_engine_left_open() {
    let desk = play(
        "
        2026-03-09T09:00 integration accept complaint ? maybe 供水 70 maybe 市场/消费 20
        2026-03-09T11:00 dispatcher dispatch 1 market as 市场/消费
        2026-03-09T11:01 integration accept complaint ? maybe 供水 70
        ",
    );
    teaches(&desk, 1, "市场/消费", Source::Triage, true);
    let lesson = taught(&desk, 1).expect("as above");
    assert_eq!(lesson.at.to_string(), "2026-03-09T11:00:00+08:00");
    assert_eq!(lesson.accepted.to_string(), "2026-03-09T09:00:00+08:00");
    assert_eq!(taught(&desk, 2), None, "nobody has said yet");
}

#[test]
fn a_return_teaches_the_matter_that_leads_to_the_unit_that_has_it_now() {
    let desk = play(
        "
        2026-03-09T09:00 integration accept complaint ? maybe 供水 90 maybe 市场/消费 10
        2026-03-09T10:00 handler@water return 1 not-our-duty suggest market 不属
        2026-03-09T11:00 dispatcher dispatch 1 market
        2026-03-09T12:00 integration accept complaint ? maybe 供水 90 maybe 市场/消费 10
        2026-03-09T12:10 handler@water return 2 not-our-duty suggest market 不属
        2026-03-09T12:20 dispatcher dispatch 2 urban-management as 城市管理
        2026-03-09T13:00 integration accept complaint ? maybe 供水 90
        2026-03-09T13:10 handler@water return 3 not-our-duty suggest market 不属
        2026-03-09T13:20 dispatcher dispatch 3 market
        ",
    );
    teaches(&desk, 1, "市场/消费", Source::Return, true);
    teaches(&desk, 2, "城市管理", Source::Return, true);
    assert_eq!(taught(&desk, 3), None, "its matter is still that of the refuser");
    let missing = unlisted(desk.state.directory(), desk.order(3)).expect("a row may be missing");
    assert_eq!(missing.lead, desk.state.directory().unit_id("market").expect("listed"));
    assert_eq!(unlisted(desk.state.directory(), desk.order(1)), None);
    assert_eq!(unlisted(desk.state.directory(), desk.order(2)), None);
}

#[test]
fn a_closing_without_objection_confirms_the_engines_choice() {
    let desk = play(
        "
        2026-03-09T09:00 integration accept complaint ? maybe 供水 90
        2026-03-09T15:00 handler@water sign 1
        2026-03-10T10:00 handler@water reply 1 已恢复供水
        2026-03-10T11:00 call-taker callback 1 satisfied
        2026-03-10T11:01 dispatcher close 1
        2026-03-10T12:00 integration accept complaint ? maybe 供水 90
        2026-03-10T12:01 integration accept praise ? maybe 供水 90
        ",
    );
    teaches(&desk, 1, "供水", Source::Closing, false);
    assert_eq!(taught(&desk, 2), None, "it may still come back");
    assert_eq!(taught(&desk, 3), None, "praise ends by itself");
}

#[test]
fn a_place_that_nobody_knew_does_not_take_the_matter_away() {
    let desk = play(
        "
        2026-03-09T09:00 integration accept complaint ? maybe 邻里/噪声 90
        2026-03-09T09:10 dispatcher dispatch 1 west as 邻里/噪声
        ",
    );
    teaches(&desk, 1, "邻里/噪声", Source::Triage, false);
}

#[test]
fn first_dispatches_are_judged_by_their_confidence() {
    let desk = play(
        "
        2026-03-09T09:00 integration accept complaint ? maybe 供水 90
        2026-03-09T09:01 integration accept complaint ? maybe 供水 60 maybe 供水/停水 25
        2026-03-09T09:02 integration accept complaint ? maybe 供水 70
        2026-03-09T09:03 call-taker accept complaint 供水
        2026-03-09T15:00 handler@water sign 1
        2026-03-10T10:00 handler@water reply 1 已恢复供水
        2026-03-10T10:30 handler@water return 2 not-our-duty suggest market 不属
        2026-03-10T10:40 dispatcher dispatch 2 market as 市场/消费
        2026-03-10T11:00 call-taker callback 1 satisfied
        2026-03-10T11:01 dispatcher close 1
        ",
    );
    let directory = desk.state.directory();
    let (confidence, right) = (Confidence(9_000), true);
    let told = |order| judged(directory, desk.order(order)).map(|it| (it.confidence, it.right));
    assert_eq!(told(1), Some((confidence, right)));
    assert_eq!(told(2), Some((Confidence(8_500), false)), "summed up over what led to the unit");
    assert_eq!(told(3), None);
    assert_eq!(first(desk.order(3)), Some(First::Abstained));
    assert_eq!(first(desk.order(4)), None, "a person named the matter");
    let mut drift = Drift::new();
    desk.state.orders().iter().for_each(|order| drift.count(directory, &order));
    let weeks: Vec<_> = drift.weeks().collect();
    let [(monday, week)] = weeks[..] else { panic!("one week: {weeks:?}") };
    assert_eq!(monday.to_string(), "2026-03-09");
    assert_eq!((week.chosen, week.abstained), (2, 1));
    let judged = week.judged();
    assert_eq!((judged.orders, judged.right, judged.confidence), (2, 1, 17_500));
}
