//! What was promised when a cycle began stays what is counted by, whoever has the order later, and nobody stretches it.

use hotline_engine::Rules;
use hotline_engine::calendar::Calendar;
use hotline_engine::figures::Measure;
use hotline_engine::order::{Confidence, Stage};

use crate::desk::{Desk, paper};
use crate::sample;
use crate::tally;

/// The notices that are known, and one of the year after.
const OF_2027: &str = "2027-01-01,元旦,off\n2027-02-05,春节,off\n2027-02-06,春节,off\n2027-04-05,清明节,off\n2027-05-01,劳动节,off\n2027-06-09,端午节,off\n2027-09-15,中秋节,off\n2027-10-01,国庆节,off\n";

/// Longhu with a limit of its own for some handling, before all others.
fn longhu_with(row: &str, later: &str) -> Rules {
    let text = include_str!("../../../profiles/longhu.toml");
    let first = "[[limit]]\nstage = \"handle\"\nchannels";
    let own = format!("[[limit]]\nstage = \"handle\"\n{row}\nsource = \"测试\"\n\n{first}");
    let profile = toml::from_str(&text.replacen(first, &own, 1)).unwrap();
    let calendar = Calendar::parse(&format!("{}\n{later}", sample::CALENDAR.trim_end())).unwrap();
    Rules::new(vec![profile], calendar, Confidence(8_000)).unwrap()
}

fn longhu() -> Desk {
    Desk::open_by(sample::longhu("2026"), sample::DISTRICT)
}

/// Ten working days of the water, though the market, which has it by then, would have three; and so with a matter.
#[test]
fn a_notice_moves_a_due_by_its_days_and_never_to_the_limit_of_another_unit_or_matter() {
    for row in ["units = [\"market\"]\nworking_days = 3", "matters = [\"市场\"]\nworking_days = 3"]
    {
        let mut desk = Desk::open_by(longhu_with(row, ""), sample::DISTRICT);
        desk.run(
            "
            2026-12-22T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2027-01-05?; 1 auto to water, sign by 2026-12-23
            2026-12-22T10:00 handler@water return 1 not-our-duty suggest market 不属 -> 1 returned by water: not-our-duty; 1 waits: returned
            2026-12-22T11:00 dispatcher dispatch 1 market as 市场/消费 -> 1 triage to market, sign by 2026-12-23
            2026-12-22T12:00 handler@market sign 1      -> 1 signed
            2026-12-24T12:00 handler@market extend 1 11 需抽检 -> no: working_days: is not between 1 and 10
            2026-12-24T12:00 handler@market extend 1 5 需抽检  -> 1 asks for 5 days
            2026-12-24T12:00 dispatcher deny 1 理由不足   -> 1 not extended
            ",
        );
        desk.rules = longhu_with(row, OF_2027);
        desk.run("2026-12-25T12:00 system tick -> 1 certain: handle by 2027-01-06");
        let due = desk.order(1).dues[Stage::Handle].unwrap();
        assert_eq!(due.original, due.current);
        desk.run("2026-12-28T12:00 system tick -> nothing");
    }
}

/// Order 1 was promised ten working days, order 2 forty-eight hours; each was given to who has the other by then.
#[test]
fn a_pause_stops_the_clock_that_the_due_is_counted_on() {
    let row = "matters = [\"市场\"]\nhours = 48";
    let mut desk = Desk::open_by(longhu_with(row, ""), sample::DISTRICT);
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T10:00 dispatcher dispatch 1 market as 市场/消费 -> 1 triage to market, sign by 2026-03-10
        2026-03-09T12:00 handler@market sign 1      -> 1 signed
        2026-03-13T17:00 handler@market pause 1 waiting-for-caller 等回电 -> 1 paused until 2026-03-27
        2026-03-16T09:00 handler@market resume 1    -> 1 resumed, reply by 2026-03-23
        2026-03-17T09:00 call-taker accept help 市场/消费 -> 2 accepted, reply by 2026-03-19T09:00:00; 2 auto to market, sign by 2026-03-18
        2026-03-17T10:00 dispatcher dispatch 2 water as 供水 -> 2 triage to water, sign by 2026-03-18
        2026-03-17T10:00 handler@water sign 2       -> 2 signed
        2026-03-17T11:00 handler@water pause 2 waiting-for-caller 等回电 -> 2 paused until 2026-03-19T11:00:00
        2026-03-18T10:30 handler@water resume 2     -> 2 resumed, reply by 2026-03-20T08:30:00
        ",
    );
}

/// A working day over National Day would be eight days; and half a day is not doubled by a whole one.
#[test]
fn twenty_four_hours_are_not_extended_by_a_working_day() {
    longhu().run(
        "
        2026-09-29T10:00 call-taker accept help 供水 urgency urgent -> 1 accepted, reply by 2026-09-30T10:00:00; 1 auto to water, sign by 2026-09-30T10:00:00
        2026-09-29T10:10 handler@water sign 1       -> 1 signed
        2026-09-29T10:20 handler@water extend 1 1 需备料 -> no: order 1 can be due by 2026-10-01T10:00:00+08:00 at the latest: no extension is longer than the limit
        2026-09-29T10:20 handler@water extend 1 2 需备料 -> no: working_days: is not between 1 and 1
        2026-09-29T10:30 handler@water reply 1 已办   -> 1 replied
        2026-09-30T09:00 call-taker callback 1 unsatisfied -> 1 called back; 1 reworked: dissatisfied, reply by 2026-09-30T21:00:00; 1 rework to water, sign by 2026-09-30T21:00:00
        2026-09-30T09:05 handler@water sign 1       -> 1 signed
        2026-09-30T09:06 handler@water extend 1 1 需备料 -> no: order 1 can be due by 2026-10-01T09:00:00+08:00 at the latest: no extension is longer than the limit
        ",
    );
}

/// What is granted by then would be longer than the limit too, if the rules have come to say so.
#[test]
fn forty_eight_hours_are_extended_by_a_working_day_where_it_is_no_longer_than_they_are() {
    let row = "matters = [\"市场\"]\nhours = 48";
    let mut desk = Desk::open_by(longhu_with(row, ""), sample::DISTRICT);
    desk.run(
        "
        2026-03-17T09:00 call-taker accept help 市场/消费 -> 1 accepted, reply by 2026-03-19T09:00:00; 1 auto to market, sign by 2026-03-18
        2026-03-17T10:00 handler@market sign 1      -> 1 signed
        2026-03-17T10:00 handler@market extend 1 2 需抽检 -> no: order 1 can be due by 2026-03-21T09:00:00+08:00 at the latest: no extension is longer than the limit
        2026-03-17T10:00 handler@market extend 1 1 需抽检 -> 1 asks for 1 days
        2026-03-17T11:00 supervisor grant 1         -> 1 extended to 2026-03-20
        ",
    );
}

/// The dispatcher had until a quarter past ten, joined or not.
#[test]
fn a_joining_that_is_undone_gives_the_dispatcher_no_new_quarter_of_an_hour() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水 urgency urgent -> 1 accepted, reply by 2026-03-10T09:00:00; 1 auto to water, sign by 2026-03-10T09:00:00
        2026-03-09T09:01 handler@water contact 1 已联系 -> 1 contacted
        2026-03-09T10:00 call-taker accept help ? urgency urgent -> 2 accepted, reply by 2026-03-10T10:00:00; 2 waits: no-matter
        2026-03-09T10:10 dispatcher merge 2 into 1   -> 2 joined to 1; 1 stands for 2
        2026-03-09T10:12 dispatcher unmerge 2 两处    -> 2 on its own; 1 parted from 2; 2 waits: unmerged
        2026-03-09T10:14 dispatcher merge 2 into 1   -> 2 joined to 1; 1 stands for 2
        2026-03-09T15:00 system tick                 -> nothing
        2026-03-09T15:00 dispatcher unmerge 2 两处    -> 2 on its own; 1 parted from 2; 2 waits: unmerged
        2026-03-09T15:14 dispatcher merge 2 into 1   -> 2 late: dispatch; 2 joined to 1; 1 stands for 2
        2026-03-09T18:00 dispatcher unmerge 2 两处    -> 2 on its own; 1 parted from 2; 2 waits: unmerged
        2026-03-09T18:10 dispatcher dispatch 2 water as 供水 -> 2 triage to water, sign by 2026-03-10T10:00:00
        2026-03-09T18:11 system tick                 -> nothing
        ",
    );
    let due = desk.order(2).dues[Stage::Dispatch].unwrap();
    assert_eq!(paper(due), "2026-03-09T10:15:00");
    let counts = tally::all(&desk);
    let counted = [Measure::DispatchedInTime, Measure::DispatchMissed];
    assert_eq!(counted.map(|it| counts.of(it)), [1, 1]);
}

/// The control: what a unit had and has no more begins to wait now.
#[test]
fn what_a_unit_had_before_the_joining_waits_from_when_it_is_undone() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水 urgency urgent -> 1 accepted, reply by 2026-03-10T09:00:00; 1 auto to water, sign by 2026-03-10T09:00:00
        2026-03-09T09:01 handler@water contact 1 已联系 -> 1 contacted
        2026-03-09T10:00 call-taker accept help 供水 urgency urgent -> 2 accepted, reply by 2026-03-10T10:00:00; 2 auto to water, sign by 2026-03-10T10:00:00
        2026-03-09T10:10 dispatcher merge 2 into 1   -> 2 joined to 1; 1 stands for 2
        2026-03-09T11:00 handler@water return 1 not-our-duty suggest market 不属 -> 1 returned by water: not-our-duty; 1 waits: returned; 2 follows
        2026-03-09T12:00 dispatcher unmerge 2 两处    -> 1 late: dispatch; 2 on its own; 1 parted from 2; 2 waits: unmerged
        2026-03-09T12:15:00 system tick              -> nothing
        2026-03-09T12:15:01 system tick              -> 2 late: dispatch
        ",
    );
}

/// The water said that it is not its duty, and that was said of both.
#[test]
fn who_refused_an_order_refused_those_that_are_joined_to_it() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水  -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 供水  -> 2 accepted, reply by 2026-03-23; 2 auto to water, sign by 2026-03-10
        2026-03-09T09:10 dispatcher merge 2 into 1   -> 2 joined to 1; 1 stands for 2
        2026-03-09T10:00 handler@water return 1 not-our-duty suggest market 不属 -> 1 returned by water: not-our-duty; 1 waits: returned; 2 follows
        2026-03-09T10:10 dispatcher unmerge 2 两处    -> 2 on its own; 1 parted from 2; 2 waits: unmerged
        2026-03-09T10:11 dispatcher dispatch 2 water -> no: lead: the unit has already returned this order
        2026-03-09T10:12 dispatcher dispatch 2 market as 市场/消费 -> 2 triage to market, sign by 2026-03-10
        ",
    );
    assert_eq!(tally::all(&desk).of(Measure::Returned), 1, "one refusal is one");
}

/// The control: who only lacks facts has it again.
#[test]
fn who_asked_for_more_facts_about_an_order_has_the_joined_one_again() {
    longhu().run(
        "
        2026-03-09T09:00 call-taker accept help 供水  -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 供水  -> 2 accepted, reply by 2026-03-23; 2 auto to water, sign by 2026-03-10
        2026-03-09T09:10 dispatcher merge 2 into 1   -> 2 joined to 1; 1 stands for 2
        2026-03-09T10:00 handler@water return 1 not-enough-facts 缺地址 -> 1 returned by water: not-enough-facts; 1 waits: returned; 2 follows
        2026-03-09T10:10 dispatcher unmerge 2 两处    -> 2 on its own; 1 parted from 2; 2 back with water
        ",
    );
}

/// Twenty-four hours and three working days may both be long: a signature takes no longer than the work.
#[test]
fn nobody_signs_or_refuses_later_than_it_must_be_handled() {
    let mut desk = longhu();
    desk.run(
        "
        2026-03-13T10:00 call-taker accept help 供水 urgency critical -> 1 accepted, reply by 2026-03-14T10:00:00; 1 auto to water, sign by 2026-03-14T10:00:00
        2026-03-14T10:00:01 system tick              -> 1 late: contact; 1 reminder; 1 yellow; 1 late: sign; 1 late: handle
        2026-03-14T10:00:01 handler@water return 1 not-our-duty suggest market 不属 -> no: order 1 could be returned until 2026-03-14T10:00:00+08:00
        2026-03-14T10:30 dispatcher dispatch 1 market as 市场/消费 -> 1 triage to market, sign by 2026-03-16
        ",
    );
    // Who gets what is overdue has his whole limit: he is not late before he has it.
    assert_eq!(paper(desk.order(1).dues[Stage::Return].unwrap()), "2026-03-17");
}

/// A pause is no longer than the limit it stops, as with extensions: a unit alone stops no urgent order for two weeks.
#[test]
fn a_pause_is_no_longer_than_the_limit_that_it_stops() {
    let mut desk = longhu();
    desk.run(
        "
        2026-09-24T10:00 call-taker accept help 供水 urgency critical -> 1 accepted, reply by 2026-09-25T10:00:00; 1 auto to water, sign by 2026-09-25T10:00:00
        2026-09-24T10:10 handler@water sign 1        -> 1 signed
        2026-09-24T10:11 handler@water pause 1 waiting-for-appraisal 送检 -> 1 paused until 2026-09-25T10:11:00
        2026-09-25T10:11:01 system tick              -> 1 late: contact; 1 resumed, reply by 2026-09-26T10:00:00
        2026-09-28T09:00 call-taker accept consultation 供水 -> 2 accepted, reply by 2026-09-30; 2 auto to water, sign by 2026-09-29
        2026-09-28T10:00 handler@water sign 2        -> 2 signed
        2026-09-28T11:00 handler@water pause 2 waiting-for-caller 等回电 -> 2 paused until 2026-09-30
        ",
    );
}
