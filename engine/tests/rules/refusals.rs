//! Every way in which a command is refused, by name; and requests that come twice.

use crate::desk::{Desk, check};
use crate::sample;

const ACCEPT: &str = "2026-03-09T09:00 call-taker accept help 供水 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10";

#[test]
fn refusals_name_the_mistake() {
    check(ACCEPT).run(
        "
        2026-03-09T09:01 handler@water reply 1 已办        -> no: order 1 is dispatched; it cannot be replied to now
        2026-03-09T09:02 dispatcher close 1               -> no: order 1 is dispatched; it cannot be closed now
        2026-03-09T09:03 handler@water sign 2             -> no: no order 2
        2026-03-09T09:03 handler@water sign 0             -> no: no order 0
        2026-03-09T09:03 dispatcher close 99999999999     -> no: no order 99999999999
        2026-03-09T09:04 dispatcher dispatch 1 nowhere    -> no: lead: no such unit in force
        2026-03-09T09:05 dispatcher dispatch 1 market with nowhere -> no: co_units: no such unit in force
        2026-03-09T09:06 dispatcher dispatch 1 market as 无此事项 -> no: matter: no such matter
        2026-03-09T09:07 handler@water return 1 not-our-duty suggest education -> no: evidence: is empty
        2026-03-09T09:08 handler@water return 1 not-our-duty suggest nowhere 不属 -> no: suggested_unit: no such unit in force
        2026-03-09T09:09 handler@water sign 1             -> 1 signed
        2026-03-09T09:10 handler@water sign 1             -> no: order 1 is signed; it cannot be signed now
        2026-03-09T09:11 handler@water reply 1            -> no: public_text: is empty
        2026-03-09T09:12 handler@water reply 1 已办        -> 1 replied
        2026-03-09T09:13 handler@water return 1 not-our-duty suggest education 不属 -> no: order 1 is replied; it cannot be returned now
        2026-03-09T09:14 dispatcher close 1               -> 1 closed
        2026-03-09T09:15 handler@water return 1 not-our-duty suggest education 不属 -> no: order 1 is closed; it cannot be returned now
        2026-03-09T09:16 call-taker accept help 无此事项    -> no: matter: no such matter
        2026-03-09T09:17 call-taker accept help ? maybe 无此事项 90 -> no: matter: no such matter
        2026-03-09T09:18 call-taker accept help 供水 at nowhere -> no: region: no such unit in force
        2026-03-09T09:18 call-taker accept help 供水 at water   -> no: region: no such unit in force
        2026-03-09T09:19 dispatcher remove-article 停水    -> no: no such article
        2026-03-09T09:20 dispatcher put-article 停水       -> no: body: is empty
        2026-03-09T09:21 dispatcher put-article 停水 拨打抢修电话 -> article 停水 put
        2026-03-09T09:22 dispatcher remove-article 停水    -> article 停水 removed
        ",
    );
}

#[test]
fn whoever_read_an_older_version_is_told_to_read_again() {
    let desk = check(
        "
        2026-03-09T09:00 call-taker accept help 供水    -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:01 handler@water sign 1 seen 0   -> no: order 1 is at version 1; read it again
        2026-03-09T09:02 handler@market sign 1 seen 0  -> no: no order 1
        2026-03-09T09:03 handler@water sign 1 seen 1   -> 1 signed
        2026-03-09T09:04 handler@water reply 1 已办 seen 1 -> no: order 1 is at version 2; read it again
        2026-03-11T09:04 handler@water reply 1 已办 seen 2 -> 1 replied
        ",
    );
    assert_eq!(desk.order(1).version, 3);
}

#[test]
fn a_functional_matter_never_goes_to_the_grassroots_by_the_duty_list() {
    for (rows, said) in [
        (
            "row 供水 -> water functional\nrow 供水/停水 -> east functional",
            "duty row 2: `供水/停水` is functional and must not go to a street or community",
        ),
        (
            "row 供水 -> @street functional",
            "duty row 1: `供水` is functional and must not go to a street or community",
        ),
        (
            "row 供水 -> @community functional",
            "duty row 1: `供水` is functional and must not go to a street or community",
        ),
        (
            "row 供水 in harbour -> reed functional",
            "duty row 1: `供水` is functional and must not go to a street or community",
        ),
    ] {
        assert_eq!(sample::district(rows).check().unwrap_err().to_string(), said);
    }
}

#[test]
fn a_directory_with_a_mistake_is_refused_with_the_entry() {
    for (text, said) in [
        ("unit a department\nunit a street", "unit `a` is listed twice"),
        (
            "unit v village",
            "unit `v`: a village or community needs a street or town as parent, others have none",
        ),
        (
            "unit d department\nunit v village d",
            "unit `v`: a village or community needs a street or town as parent, others have none",
        ),
        (
            "unit s street\nunit t street s",
            "unit `t`: a village or community needs a street or town as parent, others have none",
        ),
        (
            "matter 供水//停水",
            "matter `供水//停水` is not a path of 1 to 4 names joined by `/`, at most 200 bytes",
        ),
        (
            "matter a/b/c/d/e",
            "matter `a/b/c/d/e` is not a path of 1 to 4 names joined by `/`, at most 200 bytes",
        ),
        ("row 供水 -> nobody functional", "duty row 1: unknown unit `nobody`"),
        (
            "unit d department\nrow 供水 -> d + nobody functional",
            "duty row 1: unknown unit `nobody`",
        ),
        (
            "unit d department\nrow 供水 in d -> d functional",
            "duty row 1: place `d` is not a street, town, village or community",
        ),
        (
            "unit d department\nrow 供水 -> d functional from 2026-02-01 to 2026-01-31",
            "duty row 1: ends before it begins",
        ),
    ] {
        assert_eq!(sample::draft(text).check().unwrap_err().to_string(), said);
    }
    let mut unlisted = sample::district("row 供水 -> water functional");
    unlisted.matters.clear();
    assert_eq!(unlisted.check().unwrap_err().to_string(), "duty row 1: unknown matter `供水`");
}

#[test]
fn a_dispatcher_may_not_send_a_functional_matter_to_the_grassroots() {
    check(
        "
        2026-03-09T09:00 call-taker accept help 供水     -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:01 dispatcher dispatch 1 east     -> no: lead: the matter is functional and must not go to a street or community
        2026-03-09T09:02 dispatcher dispatch 1 harbour  -> no: lead: the matter is functional and must not go to a street or community
        2026-03-09T09:03 dispatcher dispatch 1 reed     -> no: lead: the matter is functional and must not go to a street or community
        2026-03-09T09:04 dispatcher dispatch 1 lotus    -> no: lead: the matter is functional and must not go to a street or community
        2026-03-09T09:05 dispatcher dispatch 1 lotus as 邻里/噪声 -> 1 triage to lotus, sign by 2026-03-10
        ",
    );
}

#[test]
fn what_goes_to_the_grassroots_has_a_matter() {
    check(
        "
        2026-03-09T09:00 call-taker accept help ?        -> 1 accepted, reply by 2026-03-23; 1 waits: no-matter
        2026-03-09T09:01 dispatcher dispatch 1 lotus     -> no: matter: is empty
        2026-03-09T09:02 dispatcher dispatch 1 lotus as 邻里/噪声 -> 1 triage to lotus, sign by 2026-03-10
        ",
    );
}

#[test]
fn a_matter_below_a_functional_one_is_functional_for_the_dispatcher_too() {
    let mut desk = Desk::open(
        "
        row 城管 -> urban-management functional
        row 城管 -> @street territorial from 2020-01-01 to 2025-12-31
        row 城管/环卫 in harbour -> harbour territorial
        matter 城管/违建
        ",
    );
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 城管/违建     -> 1 accepted, reply by 2026-03-23; 1 auto to urban-management, sign by 2026-03-10
        2026-03-09T09:01 dispatcher dispatch 1 east          -> no: lead: the matter is functional and must not go to a street or community
        2026-03-09T09:02 call-taker accept help 城管/环卫 at east -> 2 accepted, reply by 2026-03-23; 2 auto to urban-management, sign by 2026-03-10
        2026-03-09T09:03 dispatcher dispatch 2 east          -> no: lead: the matter is functional and must not go to a street or community
        2026-03-09T09:04 call-taker accept help 城管/环卫 at reed -> 3 accepted, reply by 2026-03-23; 3 auto to harbour, sign by 2026-03-10
        2026-03-09T09:05 dispatcher dispatch 3 reed          -> 3 triage to reed, sign by 2026-03-10
        ",
    );
}

#[test]
fn a_directory_that_outgrows_the_ids_is_refused() {
    let mut desk = Desk::open("");
    let crowd = |first: u32| {
        let units = (first..first + 30_000).map(|at| format!("unit u{at} department\n"));
        sample::draft(&units.collect::<String>())
    };
    assert_eq!(desk.adopt("2026-03-09T09:00", crowd(100_000)), "directory adopted");
    assert_eq!(
        desk.adopt("2026-03-09T09:00", crowd(200_000)),
        "no: the directory has 60010 units, dissolved ones included; at most 60000 are possible"
    );
    assert_eq!(desk.adopt("2026-03-09T09:00", crowd(100_000)), "directory adopted");
    let matters = |first: u32| {
        let paths = (first..first + 9_999).map(|at| format!("matter 甲/乙{at}/丙/丁\n"));
        sample::draft(&paths.collect::<String>())
    };
    assert_eq!(desk.adopt("2026-03-09T09:00", matters(100_000)), "directory adopted");
    assert_eq!(desk.adopt("2026-03-09T09:00", matters(100_000)), "directory adopted");
    assert_eq!(desk.adopt("2026-03-09T09:00", matters(200_000)), "directory adopted");
    assert_eq!(
        desk.adopt("2026-03-09T09:00", matters(300_000)),
        "no: the directory has 89992 matters, former ones included; at most 60000 are possible"
    );
}

#[test]
fn a_repeated_request_changes_nothing_and_another_one_under_its_key_is_refused() {
    let desk = check(
        "
        2026-03-09T09:00 integration accept help 供水 key 7 100 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:01 integration accept help 供水 key 7 100 -> nothing
        2026-03-09T09:02 integration accept help 供水 key 7 101 -> no: Idempotency-Key: was used for another request
        2026-03-09T09:03 integration accept help 供水 key 8 100 -> 2 accepted, reply by 2026-03-23; 2 auto to water, sign by 2026-03-10
        2026-03-12T09:00 integration accept help 供水 key 7 100 -> nothing
        2026-03-12T09:00 system tick                           -> 1 late: sign; 2 late: sign
        2026-03-12T09:00:01 integration accept help 供水 key 7 101 -> 3 accepted, reply by 2026-03-26; 3 auto to water, sign by 2026-03-13
        2026-03-12T09:00:02 integration accept help 供水 key 7 101 -> nothing
        2026-03-12T09:00:03 integration accept help 供水 key 8 100 -> nothing
        ",
    );
    assert_eq!(desk.state.orders().len(), 3);
}

#[test]
fn a_key_is_forgotten_after_three_days_even_when_nothing_happened_since() {
    let desk = check(
        "
        2026-03-09T09:00 integration accept help 供水 key 7 100 -> 1 accepted, reply by 2026-03-23; 1 auto to water, sign by 2026-03-10
        2026-03-12T09:00:01 integration accept help 供水 key 7 101 -> 2 accepted, reply by 2026-03-26; 2 auto to water, sign by 2026-03-13
        2026-03-15T09:00:01 integration accept help 供水 key 7 101 -> nothing
        2026-03-15T09:00:02 integration accept help 供水 key 7 101 -> 3 accepted, reply by 2026-03-27; 3 auto to water, sign by 2026-03-16
        ",
    );
    assert_eq!(desk.state.orders().len(), 3);
}

#[test]
fn a_text_longer_than_can_be_meant_is_refused_with_its_field() {
    let mut desk = check(ACCEPT);
    let reply = format!("reply 1 {}", "字".repeat(20_001));
    desk.run("2026-03-09T10:00 handler@water sign 1 -> 1 signed");
    let said = desk.say("2026-03-09T10:01", "handler@water", &reply);
    assert_eq!(said, "no: public_text: is longer than 20000");
    let said = desk.say("2026-03-09T10:01", "handler@water", &reply[..reply.len() - 3]);
    assert_eq!(said, "1 replied");
    let article = format!("put-article {} 正文", "长".repeat(65));
    let said = desk.say("2026-03-09T10:02", "admin", &article);
    assert_eq!(said, "no: id: is longer than 64");
}

#[test]
fn a_directory_with_a_mistake_is_not_adopted() {
    let mut desk = Desk::open(sample::DISTRICT);
    let mistaken = sample::district("row 供水 -> east functional");
    assert_eq!(
        desk.adopt("2026-03-10T00:00", mistaken),
        "no: duty row 1: `供水` is functional and must not go to a street or community"
    );
    assert_eq!(desk.state.directory().version, 1);
}

/// Nor does a unit come back as a helper to an order that it has refused: not with the order that this one is joined to, and not in
/// a rework.
#[test]
fn who_has_refused_an_order_helps_with_it_neither_by_a_joining_nor_in_a_rework() {
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    desk.run(
        "
        2026-03-09T09:00 call-taker accept help 供水 caller-known 林 13800000000 -> 1 accepted, reply by 2026-03-23; caller to the vault; 1 auto to water, sign by 2026-03-10
        2026-03-09T09:00 call-taker accept help 供水 caller-known 陈 13900000000 -> 2 accepted, reply by 2026-03-23; caller to the vault; 2 auto to water, sign by 2026-03-10
        2026-03-09T10:00 handler@water return 1 not-our-duty suggest market 不属 -> 1 returned by water: not-our-duty; 1 waits: returned
        2026-03-09T10:01 dispatcher dispatch 2 education with water -> 2 triage to education + water, sign by 2026-03-10
        2026-03-09T10:02 dispatcher merge 1 into 2 -> 1 joined to 2; 2 stands for 1
        2026-03-09T10:30 handler@education sign 2 -> 2 signed
        2026-03-09T11:00 handler@education reply 2 已办 -> 2 replied; 1 replied with it, call by 2026-03-10
        2026-03-09T12:00 call-taker callback 1 unsatisfied -> 1 called back; 1 reworked: dissatisfied, reply by 2026-03-16; 1 rework to education, sign by 2026-03-10
        ",
    );
    assert!(desk.order(1).co_units().is_empty());
}
