//! The ladder before and after a due, and dues that a later notice makes certain.

use std::collections::BTreeMap;

use hotline_engine::command::{Action, Command};
use hotline_engine::decide::TICK_EVENTS_MAX;
use hotline_engine::escalation::Rung;
use hotline_engine::event::Event;
use hotline_engine::order::{OrderId, Stage};
use hotline_engine::time::Timestamp;
use hotline_engine::{Record, Rules, State, decide};

use crate::desk::Desk;
use crate::sample;

fn longhu() -> Desk {
    Desk::open_by(sample::longhu("2026"), sample::DISTRICT)
}

#[test]
fn a_reply_ends_the_ladder_wherever_it_stands() {
    longhu().run(
        "
        2026-03-09T09:00 call-taker accept help 供水 caller 林 13800000001 -> 1 accepted, reply by 2026-03-23; caller to the vault; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 供水 caller 林 13800000002 -> 2 accepted, reply by 2026-03-23; caller to the vault; 2 auto to water, sign by 2026-03-10
        2026-03-10T09:00 handler@water sign 1           -> 1 signed
        2026-03-10T09:00 handler@water sign 2           -> 2 signed
        2026-03-20T00:00:00 handler@water reply 1 已办   -> 1 replied
        2026-03-23T12:00 system tick                    -> 2 reminder; 2 yellow
        2026-03-24T00:00 system tick                    -> 1 late: callback; 2 late: handle
        2026-03-24T12:00 handler@water reply 2 已办      -> 2 replied
        2026-12-30T09:00 system tick                    -> 2 late: callback
        ",
    );
}

/// Of ten working days the reminder begins two before; of two it comes at half of the way to the yellow card, of one so does
/// the yellow card on the way to the due; by working days, since nobody reads it on a Saturday.
#[test]
fn a_limit_too_short_for_its_rungs_has_them_all_the_same() {
    longhu().run(
        "
        2026-03-13T09:00 call-taker accept consultation 供水 -> 1 accepted, reply by 2026-03-17; 1 auto to water, sign by 2026-03-16
        2026-03-13T16:30:00 system tick                 -> nothing
        2026-03-13T16:30:01 system tick                 -> 1 reminder
        2026-03-16T00:00:01 system tick                 -> 1 yellow
        2026-03-16T09:00 handler@water sign 1           -> 1 signed
        2026-03-16T10:00 handler@water reply 1 已答复     -> 1 replied
        2026-03-16T11:00 call-taker callback 1 unsatisfied -> 1 called back; 1 reworked: dissatisfied, reply by 2026-03-17; 1 rework to water, sign by 2026-03-17
        2026-03-16T20:15:00 system tick                 -> 1 reminder
        2026-03-17T05:30:00 system tick                 -> 1 yellow
        ",
    );
}

/// A contact of a weekend: no working day lies before the yellow card, so the days off count.
#[test]
fn a_question_of_saturday_is_reminded_of_on_sunday() {
    longhu().run(
        "
        2026-03-14T12:00 call-taker accept consultation 供水 -> 1 accepted, reply by 2026-03-17; 1 auto to water, sign by 2026-03-16
        2026-03-15T06:00:00 system tick                 -> nothing
        2026-03-15T06:00:01 system tick                 -> 1 reminder
        2026-03-16T00:00:01 system tick                 -> 1 yellow
        ",
    );
}

/// Rules that say nothing of short limits have no rung there.
#[test]
fn without_a_share_a_short_limit_has_no_reminder() {
    let mut desk = longhu();
    let mut profile = desk.rules.profile(Timestamp::default()).clone();
    profile.escalation.as_mut().unwrap().short_limit_percent = None;
    let (calendar, confidence_min) = (desk.rules.calendar.clone(), desk.rules.confidence_min);
    desk.rules = Rules::new(vec![profile], calendar, confidence_min).unwrap();
    desk.run(
        "
        2026-03-13T09:00 call-taker accept consultation 供水 -> 1 accepted, reply by 2026-03-17; 1 auto to water, sign by 2026-03-16
        2026-03-15T09:00 system tick                    -> nothing
        2026-03-16T00:00:01 system tick                 -> 1 yellow
        ",
    );
}

/// A rung says who had the order when it came, whoever has it now.
#[test]
fn each_rung_names_the_unit_that_had_the_order() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-13T09:00 call-taker accept consultation 供水 -> 1 accepted, reply by 2026-03-17; 1 auto to water, sign by 2026-03-16
        2026-03-13T16:30:01 system tick                 -> 1 reminder
        2026-03-13T17:00 handler@water return 1 not-our-duty suggest market 不属 -> 1 returned by water: not-our-duty; 1 waits: returned
        2026-03-16T00:00:01 system tick                 -> 1 yellow
        2026-03-16T09:00 dispatcher dispatch 1 market   -> 1 triage to market, sign by 2026-03-17
        2026-03-18T00:00:00 system tick                 -> 1 late: sign; 1 late: handle
        ",
    );
    let units: Vec<_> = desk.order(1).escalations.iter().map(|it| it.unit).collect();
    assert_eq!(units, [Some(desk.unit("water")), None, Some(desk.unit("market"))]);
}

#[test]
fn a_due_in_hours_is_yellow_half_an_hour_before_and_climbs_by_working_days_after() {
    longhu().run(
        "
        2026-03-13T23:50 call-taker accept help 供水 urgency urgent -> 1 accepted, reply by 2026-03-14T23:50:00; 1 auto to water, sign by 2026-03-14T23:50:00
        2026-03-14T01:50:01 system tick                 -> 1 late: contact
        2026-03-14T11:35:00 system tick                 -> nothing
        2026-03-14T11:35:01 system tick                 -> 1 reminder
        2026-03-14T23:20:00 system tick                 -> nothing
        2026-03-14T23:20:01 system tick                 -> 1 yellow
        2026-03-14T23:50:01 system tick                 -> 1 late: sign; 1 late: handle
        2026-03-16T23:50:00 system tick                 -> nothing
        2026-03-16T23:50:01 system tick                 -> 1 written-reminder
        2026-03-17T00:00:01 system tick                 -> nothing
        2026-03-20T23:50:01 system tick                 -> 1 supervision
        ",
    );
}

/// As much as one tick brings on is bounded; what is left comes at the next, and nothing is passed over.
#[test]
fn a_hundred_thousand_overdue_orders_all_climb_and_the_oldest_first() {
    const ORDERS: u64 = 100_000;
    let mut desk = longhu();
    let accept = desk.action(&["accept", "help", "供水"]);
    let accept = Command { actor: desk.actor("call-taker"), seen: None, action: accept };
    let start = Timestamp::parse("2026-03-02T08:00:00").unwrap();
    for turn in 0..ORDERS {
        // Four working days of calls: their dues fall on four days.
        let at = start.plus_seconds(i64::try_from(turn * 3).unwrap());
        hotline_engine::step(&mut desk.state, &desk.rules, at, &accept).unwrap();
    }
    let tick = Command { actor: desk.actor("system"), seen: None, action: Action::Tick };
    let now = Timestamp::parse("2026-06-01T09:00:00").unwrap();
    let mut climbed: BTreeMap<&str, Vec<OrderId>> = BTreeMap::new();
    let (mut last, mut ticks) = (start, 0);
    loop {
        let mut events = Vec::new();
        decide(&desk.state, &desk.rules, now, &tick, &mut events).unwrap();
        if events.is_empty() {
            break;
        }
        assert!(events.len() <= TICK_EVENTS_MAX);
        for event in &events {
            let order = desk.state.order(event.order().unwrap()).unwrap();
            let (word, due) = match event {
                Event::DuePassed { stage, .. } => {
                    (stage.code(), order.dues[*stage].unwrap().current)
                }
                Event::Escalated { rung, .. } => (rung.code(), order.clocks.ladder[*rung].unwrap()),
                other => panic!("{other:?}"),
            };
            assert!(due >= last, "{word} of {due} after {last}");
            last = due;
            climbed.entry(word).or_default().push(order.id);
        }
        desk.state.apply(&Record { at: now, actor: tick.actor.clone(), events });
        ticks += 1;
    }
    assert!(ticks >= 600, "{ticks} ticks");
    for word in ["sign", "reminder", "yellow", "handle", "written-reminder", "supervision"] {
        let ids = &climbed[word];
        assert_eq!(ids.len() as u64, ORDERS, "{word}");
        assert!(ids.is_sorted(), "{word}: the oldest order first");
    }
    assert_eq!(climbed.len(), 6);
    desk.state.assert_consistent();
}

#[test]
fn a_later_notice_makes_assumed_dues_certain() {
    let mut desk = Desk::open_by(sample::longhu("2025"), sample::DISTRICT);
    desk.run(
        "
        2025-12-26T09:00 call-taker accept consultation 供水 -> 1 accepted, reply by 2025-12-30?; 1 auto to water, sign by 2025-12-29?
        2025-12-31T09:00 call-taker accept help 供水         -> 2 accepted, reply by 2026-01-14?; 2 auto to water, sign by 2026-01-01?
        2025-12-31T10:00 system tick                         -> 1 reminder; 1 yellow; 1 late: sign; 1 late: handle
                2025-12-31T10:00 handler@water sign 1                -> 1 signed
        ",
    );
    assert_eq!(
        desk.order(2).clocks.ladder[Rung::Yellow].unwrap().to_string(),
        "2026-01-13T00:00:00+08:00"
    );
    desk.rules = sample::longhu("2026");
    desk.run(
        "
        2025-12-31T11:00 system tick -> 1 certain: handle by 2025-12-30; 1 certain: return by 2025-12-30; 2 certain: sign by 2026-01-04; 2 certain: return by 2026-01-05; 2 certain: handle by 2026-01-15
        2025-12-31T11:01 system tick -> nothing
        ",
    );
    let order = desk.order(2);
    let due = order.dues[Stage::Handle].unwrap();
    assert!(!due.assumed && due.original == due.current);
    assert_eq!(order.clocks.ladder[Rung::Yellow].unwrap().to_string(), "2026-01-14T00:00:00+08:00");
}

/// A notice names the last days of December too: 2007-12-31 was off by that for 2008.
#[test]
fn the_last_days_of_december_wait_for_the_notice_of_the_next_year() {
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    desk.run(
        "
        2026-12-24T09:00 call-taker accept consultation 供水   -> 1 accepted, reply by 2026-12-28; 1 auto to water, sign by 2026-12-25
        2026-12-24T10:00 handler@water sign 1                 -> 1 signed
        2026-12-28T09:00 call-taker accept consultation 供水   -> 2 accepted, reply by 2026-12-30?; 2 auto to water, sign by 2026-12-29?
        2026-12-28T10:00 handler@water sign 2                 -> 2 signed
        2026-12-30T09:00 call-taker accept consultation 供水/停水 at lotus -> 3 accepted, reply by 2027-01-01?; 3 auto to water + lotus + market, sign by 2026-12-31?
        2026-12-30T09:01 system tick                          -> 1 reminder; 1 yellow; 2 reminder; 1 late: handle; 2 yellow; 1 written-reminder
        ",
    );
    desk.rules = sample::longhu_after(
        "2026-12-31,元旦,off\n2027-01-01,元旦,off\n2027-01-02,元旦,off\n2027-01-03,元旦,work\n\
         2027-02-08,春节,off\n2027-04-05,清明节,off\n2027-05-01,劳动节,off\n2027-06-09,端午节,off\n\
         2027-10-01,国庆节,off\n",
    );
    desk.run(
        "
        2026-12-30T10:00 system tick -> 2 certain: handle by 2026-12-30; 2 certain: return by 2026-12-30; 3 certain: sign by 2027-01-03; 3 certain: handle by 2027-01-04; 3 certain: return by 2027-01-04; 3 certain: co-handle of market by 2027-01-04; 3 certain: co-handle of lotus by 2027-01-04; 1 certain: handle by 2026-12-28
        2026-12-30T10:01 system tick -> nothing
        ",
    );
    for stage in [Stage::Sign, Stage::Return, Stage::Handle, Stage::CoHandle] {
        assert!(!desk.order(3).dues[stage].unwrap().assumed, "{stage:?}");
    }
}

#[test]
fn the_same_records_under_any_rules_give_the_same_state() {
    let mut desk = Desk::open_by(sample::longhu("2025"), sample::DISTRICT);
    desk.run(
        "
        2025-12-31T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-01-14?; 1 auto to water, sign by 2026-01-01?
        2026-01-14T00:00:01 system tick              -> 1 late: sign; 1 reminder; 1 yellow
        ",
    );
    desk.rules = sample::longhu("2026");
    for _ in 0..5 {
        desk.say("2026-01-15T00:00:01", "system", "tick");
    }
    let mut again = State::default();
    desk.records.iter().for_each(|record| again.apply(record));
    assert_eq!(hotline_engine::digest(&again), hotline_engine::digest(&desk.state));
}

/// New Year 2026 was 1 to 3 January, and the 4th, a Sunday, was worked: what was to end by assumed days ends by these.
#[test]
fn a_later_notice_makes_the_ends_of_pauses_and_arbitrations_certain() {
    let mut desk = Desk::open_by(sample::longhu("2025"), sample::DISTRICT);
    desk.run(
        "
        2025-12-31T09:00 call-taker accept help 供水      -> 1 accepted, reply by 2026-01-14?; 1 auto to water, sign by 2026-01-01?
        2025-12-31T09:00 call-taker accept help 供水      -> 2 accepted, reply by 2026-01-14?; 2 auto to water, sign by 2026-01-01?
        2025-12-31T10:00 handler@water sign 1            -> 1 signed
        2025-12-31T10:01 handler@water pause 1 force-majeure 台风 -> 1 paused until 2026-01-14
        2025-12-31T10:02 handler@water return 2 not-our-duty suggest market 不属 -> 2 returned by water: not-our-duty; 2 waits: returned
        2025-12-31T10:03 dispatcher dispatch 2 market    -> 2 triage to market, sign by 2026-01-01?
        2025-12-31T10:04 handler@market return 2 not-our-duty suggest water 不属 -> 2 returned by market: not-our-duty; 2 waits: arbitration; 2 before arbiter 1 until 2026-01-01
        2025-12-31T10:05 system tick                     -> nothing
        ",
    );
    assert!(desk.order(1).pauses[0].assumed && desk.order(2).arbitration.unwrap().assumed);
    desk.rules = sample::longhu("2026");
    desk.run(
        "
        2025-12-31T11:00 system tick     -> 2 certain: before arbiter until 2026-01-04; 1 certain: return by 2026-01-05; 1 certain: handle by 2026-01-15; 1 certain: paused until 2026-01-15; 2 certain: handle by 2026-01-15
        2025-12-31T11:01 system tick     -> nothing
        2026-01-02T09:00 system tick     -> nothing
        2026-01-05T00:00 system tick     -> 2 before arbiter 2 until 2026-01-06
        2026-01-16T00:00 system tick     -> 2 before arbiter 2; 2 reminder; 2 yellow; 1 resumed, reply by 2026-01-29; 2 late: handle
        ",
    );
    assert!(!desk.order(1).pauses[0].assumed);
}

/// A due that is certain may have a ladder that is not. 1 to 3 January 2026 are off and Sunday the 4th is worked: the fifth
/// working day after 26 December is the 5th; without the notice it was the 2nd.
#[test]
fn a_later_notice_moves_the_rungs_of_a_due_that_it_does_not_move() {
    let mut desk = Desk::open_by(sample::longhu("2025"), sample::DISTRICT);
    desk.run(
        "
        2025-12-12T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2025-12-26; 1 auto to water, sign by 2025-12-15
        2025-12-12T09:30 handler@water sign 1       -> 1 signed
        ",
    );
    let supervised = |desk: &Desk, id| desk.order(id).clocks.ladder[Rung::Supervision];
    assert_eq!(supervised(&desk, 1).unwrap().day().to_string(), "2026-01-02");
    desk.rules = sample::longhu("2026");
    desk.run(
        "
        2025-12-12T10:00 system tick                -> 1 certain: handle by 2025-12-26
        2025-12-12T10:01 system tick                -> nothing
        2025-12-12T10:02 call-taker accept help 供水 -> 2 accepted, reply by 2025-12-26; 2 auto to water, sign by 2025-12-15
        2025-12-12T10:03 handler@water sign 2       -> 2 signed
        2025-12-24T00:00:01 system tick             -> 1 reminder; 2 reminder
        2025-12-25T00:00:01 system tick             -> 1 yellow; 2 yellow
        2025-12-27T00:00:01 system tick             -> 1 late: handle; 2 late: handle
        ",
    );
    assert_eq!(desk.order(1).clocks.ladder, desk.order(2).clocks.ladder);
    assert_eq!(supervised(&desk, 1).unwrap().day().to_string(), "2026-01-05");
}

/// An inner due that is assumed still, since the day it is due above is, takes no place from what a notice makes certain.
#[test]
fn what_is_assumed_still_takes_no_place_from_what_a_notice_makes_certain() {
    const ABOVE: usize = 1_200;
    let mut desk = Desk::open_by(sample::longhu("2025"), sample::DISTRICT);
    desk.check_every = 1_000;
    let mut profile = desk.rules.profile(Timestamp::default()).clone();
    profile.upstream.as_mut().unwrap().working_days_earlier = 5;
    let with = |rules: &Rules| {
        Rules::new(vec![profile.clone()], rules.calendar.clone(), rules.confidence_min).unwrap()
    };
    desk.rules = with(&desk.rules);
    for _ in 0..ABOVE {
        desk.say(
            "2026-12-14T09:00",
            "integration",
            "accept complaint ? upstream 2027-01-01T12:00:00",
        );
    }
    desk.say("2026-12-14T09:01", "call-taker", "accept help ?");
    let last = u64::try_from(ABOVE).unwrap() + 1;
    let due = |desk: &Desk, id: u64| desk.order(id).dues[Stage::Handle].unwrap();
    assert!(due(&desk, 1).assumed && due(&desk, last).assumed);
    assert!(due(&desk, 1).current < due(&desk, last).current, "those from above come first");
    desk.rules = with(&sample::longhu("2026"));
    desk.say("2026-12-14T10:00", "system", "tick");
    assert!(due(&desk, 1).assumed, "1 January 2027 is");
    assert!(!due(&desk, last).assumed, "28 December 2026 is not");
    desk.state.assert_consistent();
}

/// The city passed it down after its own due: it is taken, and red at once.
#[test]
fn what_is_passed_down_too_late_is_overdue_from_the_first() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 integration accept help 供水 upstream 2026-03-06T17:00:00 -> 1 accepted, reply by 2026-03-06T17:00:00; 1 auto to water, sign by 2026-03-10; 1 late: handle
        2026-03-09T09:00 integration accept help 供水 upstream 2026-03-09T17:00:00 -> 2 accepted, reply by 2026-03-09T17:00:00; 2 auto to water, sign by 2026-03-09T17:00:00
        2026-03-09T17:00:01 system tick                  -> 2 reminder; 2 yellow; 1 written-reminder; 2 late: sign; 2 late: handle
        ",
    );
    assert_eq!(desk.order(1).overdue, [Stage::Handle]);
    let red = &desk.order(1).escalations[0];
    assert_eq!(
        (red.rung, red.unit),
        (Rung::Red, desk.order(1).dispatch.as_ref().map(|it| it.lead))
    );
    assert_eq!(desk.order(2).overdue, [Stage::Sign, Stage::Handle]);
}
