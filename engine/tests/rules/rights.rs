//! Who may do and see what: every role with every action.

use hotline_engine::actor::Role;
use hotline_engine::event::Event;
use hotline_engine::order::Status;

use crate::desk::{Desk, check};
use crate::sample;

/// `+` = may, `-` = may not.
const TABLE: &str = "
                call-taker dispatcher handler supervisor auditor admin integration system
accept              +          +         -        -         -      +        +         -
dispatch            -          +         -        -         -      +        -         -
sign                -          -         +        -         -      -        -         -
return              -          -         +        -         -      -        -         -
reply               -          -         +        -         -      -        -         -
callback            +          +         -        -         -      +        -         -
close               +          +         -        +         -      +        -         -
contact             -          -         +        -         -      -        -         -
request-extension   -          -         +        -         -      -        -         -
decide-extension    -          +         -        +         -      +        -         -
pause               -          -         +        -         -      -        -         -
resume              -          +         +        -         -      -        -         -
co-reply            -          -         +        -         -      -        -         -
review              -          +         -        +         -      +        -         -
rework              -          +         -        +         -      +        -         -
remind              +          +         -        +         -      +        +         -
supervise           -          +         -        +         -      +        -         -
withdraw            +          +         -        +         -      +        +         -
transfer            +          +         -        -         -      +        -         -
reveal              +          +         +        -         -      -        -         -
assign              -          +         +        +         -      +        -         -
put-article         -          +         -        -         -      +        -         +
remove-article      -          +         -        -         -      +        -         +
draft-article       +          +         +        -         -      +        -         -
back-article        -          +         +        -         -      +        -         -
review-article      -          +         -        +         -      +        -         -
publish-article     -          +         -        -         -      +        -         -
expire-article      -          +         +        -         -      +        -         -
rate-article        +          +         -        -         -      -        -         -
adopt-directory     -          -         -        -         -      +        -         +
merge               +          +         -        -         -      +        -         -
unmerge             +          +         -        -         -      +        -         -
answer              +          +         -        -         -      +        -         -
appeal              -          -         +        -         -      -        -         -
decide-appeal       -          +         -        +         -      +        -         -
report-service      -          +         -        -         -      +        +         -
count-calls         -          -         -        -         -      +        +         -
tick                -          -         -        -         -      -        -         +
";

/// A desk on which the action can succeed, and the request.
#[expect(clippy::too_many_lines, reason = "one arm an action")]
fn ready(action: &str) -> (Desk, &'static str) {
    let district = format!("{}\nhandler water water-01 for 5", sample::DISTRICT);
    let mut desk = Desk::open_by(sample::longhu("2026"), &district);
    let accept = "accept help 供水/停水 at lotus caller-known 林 13800000000";
    if action.ends_with("appeal") {
        desk.say("2026-03-09T09:00", "integration", "grade B-1 water 1");
    }
    desk.say("2026-03-09T09:00", "call-taker", accept);
    desk.say("2026-03-09T09:00", "admin", "put-article 停水 拨打抢修电话");
    desk.say("2026-03-09T09:00", "handler@water", "draft-article 水压 water 请查看阀门");
    if action == "publish-article" {
        desk.say("2026-03-09T09:00", "supervisor", "review-article 水压 passed");
    }
    let signed = ["reply", "request-extension", "decide-extension", "pause", "resume"];
    let replied = ["callback", "close", "review", "rework"];
    if signed.contains(&action) || replied.contains(&action) {
        desk.say("2026-03-09T09:01", "handler@water", "sign 1");
    }
    if replied.contains(&action) {
        desk.say("2026-03-09T09:02", "handler@water", "reply 1 已办");
    }
    match action {
        "decide-extension" => desk.say("2026-03-09T09:02", "handler@water", "extend 1 3 需开挖"),
        "resume" => desk.say("2026-03-09T09:02", "handler@water", "pause 1 force-majeure 台风"),
        "merge" | "unmerge" => desk.say(
            "2026-03-09T09:02",
            "call-taker",
            "accept help 供水 caller-known 陈 13900000000",
        ),
        "answer" => desk.say(
            "2026-03-09T09:02",
            "handler@water",
            "return 1 shared-duty suggest education 多部门",
        ),
        "decide-appeal" => desk.say("2026-03-09T09:02", "handler@water", "appeal 1 系误评"),
        _ => String::new(),
    };
    match action {
        "unmerge" => desk.say("2026-03-09T09:03", "call-taker", "merge 1 into 2"),
        _ => String::new(),
    };
    let request = match action {
        "accept" => "accept help 供水",
        "dispatch" => "dispatch 1 market",
        "sign" => "sign 1",
        "return" => "return 1 not-our-duty suggest education 不属",
        "reply" => "reply 1 已办",
        "callback" => "callback 1 satisfied",
        "close" => "close 1",
        "contact" => "contact 1 已电话联系",
        "request-extension" => "extend 1 3 需开挖",
        "decide-extension" => "grant 1 同意",
        "pause" => "pause 1 force-majeure 台风",
        "resume" => "resume 1",
        "co-reply" => "co-reply 1 已入户",
        "review" => "review 1 passed",
        "rework" => "rework 1 poor-reply 未答复诉求",
        "remind" => "remind 1 来电催办",
        "supervise" => "supervise 1 限期办理",
        "withdraw" => "withdraw 1 自行解决",
        "transfer" => "transfer 1 119",
        "reveal" => "reveal 1 联系核实",
        "assign" => "assign 1 water-01",
        "put-article" => "put-article 水质 请放水两分钟",
        "remove-article" => "remove-article 停水",
        "draft-article" => "draft-article 水质 water 请放水两分钟",
        "back-article" => "back-article 水压 供水条例 - 2026-12-31",
        "review-article" => "review-article 水压 passed",
        "publish-article" => "publish-article 水压",
        "expire-article" => "expire-article 水压 已废止",
        "rate-article" => "rate-article 停水 useful",
        "adopt-directory" => "adopt-directory",
        "merge" => "merge 1 into 2",
        "unmerge" => "unmerge 1 两处不同",
        "answer" => "answer 1 按政策答复",
        "appeal" => "appeal 1 系误评",
        "decide-appeal" => "uphold 1 属误评",
        "report-service" => "service B-2 water",
        "count-calls" => "calls 2026-03-08 100 97 90 95 1200",
        "tick" => "tick",
        other => panic!("no action {other}"),
    };
    (desk, request)
}

#[test]
fn each_role_may_do_exactly_what_the_table_says() {
    let mut lines = TABLE.lines().filter(|line| !line.is_empty());
    let roles: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(roles, Role::ALL.iter().map(|role| role.code()).collect::<Vec<_>>());
    let mut pairs_count = 0;
    for line in lines {
        let mut words = line.split_whitespace();
        let action = words.next().unwrap();
        for (&role, right) in roles.iter().zip(words) {
            let (mut desk, request) = ready(action);
            let who = match (role, action) {
                ("handler", "co-reply") => "handler@lotus",
                ("handler", _) => "handler@water",
                _ => role,
            };
            let said = desk.say("2026-03-09T10:00", who, request);
            match right {
                "+" => assert!(!said.starts_with("no: "), "{role} {action}: {said}"),
                _ => assert_eq!(said, format!("no: a {role} may not {action}")),
            }
            pairs_count += 1;
        }
    }
    assert_eq!(pairs_count, 38 * 8);
}

#[test]
fn to_a_handler_an_order_of_another_unit_does_not_exist() {
    let (mut desk, _) = ready("reply");
    for request in
        ["sign 1", "return 1 not-our-duty suggest education 不属", "reply 1 已办", "sign 2"]
    {
        let id = request.split_whitespace().nth(1).unwrap();
        for who in ["handler@education", "handler@pine,east", "handler"] {
            let said = desk.say("2026-03-09T10:00", who, request);
            assert_eq!(said, format!("no: no order {id}"), "{who}: {request}");
        }
    }
    assert!(!desk.actor("handler@education").may_see(desk.order(1)));
    assert!(!desk.actor("handler").may_see(desk.order(1)));
}

#[test]
fn a_helping_unit_sees_the_order_but_only_the_lead_may_act() {
    let (mut desk, _) = ready("reply");
    for who in ["handler@lotus", "handler@market"] {
        assert!(desk.actor(who).may_see(desk.order(1)));
        for request in ["sign 1", "return 1 not-our-duty suggest education 不属", "reply 1 已办"]
        {
            let said = desk.say("2026-03-09T10:00", who, request);
            assert_eq!(said, "no: order 1 is led by another unit; only the lead may do this");
        }
    }
    desk.run("2026-03-09T10:01 handler@east,water reply 1 已办 -> 1 replied");
}

#[test]
fn whoever_is_not_bound_to_units_sees_every_order_and_a_supervisor_his_own() {
    let (desk, _) = ready("sign");
    for (who, sees) in [
        ("call-taker", true),
        ("dispatcher", true),
        ("auditor", true),
        ("admin", true),
        ("integration", true),
        ("system", true),
        ("supervisor", true),
        ("supervisor@water", true),
        ("supervisor@lotus", true),
        ("supervisor@education,east", false),
        ("handler@water", true),
        ("handler@east", false),
    ] {
        assert_eq!(desk.actor(who).may_see(desk.order(1)), sees, "{who}");
    }
}

#[test]
fn an_order_in_triage_is_hidden_from_every_unit_even_the_one_that_returned_it() {
    let (mut desk, request) = ready("return");
    desk.say("2026-03-09T10:00", "handler@water", request);
    for who in ["handler@water", "handler@lotus", "supervisor@water"] {
        assert!(!desk.actor(who).may_see(desk.order(1)), "{who}");
    }
    assert!(desk.actor("supervisor").may_see(desk.order(1)));
}

#[test]
fn an_inbox_opens_for_its_unit_and_triage_for_those_who_dispatch_or_audit() {
    let desk = check("");
    for (who, inbox, triage) in [
        ("call-taker", true, false),
        ("dispatcher", true, true),
        ("handler@water", true, false),
        ("handler@market", false, false),
        ("handler", false, false),
        ("supervisor", true, false),
        ("supervisor@water", true, false),
        ("supervisor@market", false, false),
        ("auditor", true, true),
        ("admin", true, true),
        ("integration", false, false),
        ("system", true, false),
    ] {
        let actor = desk.actor(who);
        assert_eq!(actor.may_see_unit(desk.unit("water")), inbox, "{who}'s inbox");
        assert_eq!(actor.may_see_triage(), triage, "{who}'s triage");
    }
}

/// A second contact tells about the first; titles, lists, and what units write tell nobody either.
#[test]
fn nobody_s_name_or_number_comes_to_a_unit_by_another_way() {
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    for (who, request) in [
        ("call-taker", "accept help 供水 caller-known 陈大力先生、黄蓉儿 075488551234"),
        ("call-taker", "accept help 供水 caller-known 林小明 13900000000"),
        ("dispatcher", "merge 2 into 1"),
        ("handler@water", "sign 1"),
        ("call-taker", "remind 2 陈大力和林小明、蓉儿黄蓉儿都在催,回8855-1234"),
        ("handler@water", "contact 1 已联系林小明,电话一三九零零零零零零零零"),
        ("handler@water", "pause 1 waiting-for-caller 等陈大力补充"),
        ("handler@water", "resume 1"),
        ("handler@water", "extend 1 2 林小明要求"),
        ("handler@water", "reply 1 陈大力您好,已修复"),
        ("call-taker", "callback 1 unsatisfied"),
        ("handler@water", "return 1 not-our-duty suggest market 已与黄 蓉 儿核实"),
    ] {
        let said = desk.say("2026-03-09T10:00", who, request);
        assert!(!said.starts_with("no: "), "{request}: {said}");
    }
    for event in desk.records.iter().flat_map(|record| &record.events) {
        if !matches!(event, Event::CallerRecorded { .. }) {
            let told = serde_json::to_string(event).unwrap();
            for secret in ["陈大力", "黄蓉儿", "黄 蓉 儿", "林小明", "8855", "一三九零"]
            {
                assert!(!told.contains(secret), "{secret}: {told}");
            }
        }
    }
}

/// The desk knows who called, and writes what units read.
#[test]
fn what_the_desk_writes_names_no_caller() {
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    desk.say("2026-03-09T09:00", "call-taker", "accept report 供水 caller 陈大力 13800000000");
    desk.say("2026-03-09T09:00", "call-taker", "accept report 供水 caller 林小明 13900000000");
    for (who, request) in [
        ("dispatcher", "merge 2 into 1"),
        ("call-taker", "remind 2 林小明催办"),
        ("call-taker", "remind 1 陈大力催办"),
        ("supervisor", "supervise 1 尽快答复陈大力和林小明"),
        ("dispatcher", "reveal 1 回访陈大力"),
        ("handler@water", "sign 1"),
        ("handler@water", "extend 1 3 需开挖"),
        ("supervisor", "deny 1 陈大力等不及"),
        ("call-taker", "remind 1 陳大力又催"),
        ("call-taker", "remind 1 盡快答覆陳·大力和林小明"),
        ("handler@water", "reply 1 已办"),
        ("dispatcher", "review 1 failed 陈大力不认可"),
        ("handler@water", "reply 1 已重办"),
        ("dispatcher", "rework 1 new-facts 陈 大力又来电"),
        ("supervisor", "supervise 1 尽快回访林小明"),
        ("dispatcher", "rework 2 new-facts 林小明又来电"),
        ("supervisor", "withdraw 1 陈大力撤回"),
    ] {
        let said = desk.say("2026-03-09T10:00", who, request);
        assert!(!said.starts_with("no: "), "{request}: {said}");
    }
    for event in desk.records.iter().flat_map(|record| &record.events) {
        if !matches!(event, Event::CallerRecorded { .. }) {
            let told = serde_json::to_string(event).unwrap();
            assert!(
                !["陈大力", "陈 大力", "陳大力", "陳·大力", "林小明"]
                    .iter()
                    .any(|it| told.contains(it)),
                "{told}"
            );
        }
    }
    assert_eq!(desk.order(1).supervisions[0].note, "尽快答复某某某和某某某");
}

/// He gave no name when he reported, and gave one when he called again: it is hidden in his order all the same.
#[test]
fn the_name_of_a_second_contact_is_hidden_in_the_order_that_it_repeats() {
    let mut desk = Desk::open_by(sample::longhu("2026"), sample::DISTRICT);
    let story = "外马路水管爆裂路面积水半尺深车辆无法通行请尽快派人抢修";
    for (at, who, request) in [
        (
            "2026-03-09T09:00",
            "call-taker",
            format!("accept report 供水 caller 匿名 13800000000 saying {story}"),
        ),
        (
            "2026-03-09T10:00",
            "call-taker",
            format!("accept report 供水 caller 陈大文 13800000000 saying {story}"),
        ),
        ("2026-03-09T11:00", "call-taker", "remind 1 陈大文又来电催办".to_owned()),
        ("2026-03-09T12:00", "handler@water", "sign 1".to_owned()),
        ("2026-03-09T12:00", "handler@water", "contact 1 已联系陈大文".to_owned()),
    ] {
        let said = desk.say(at, who, &request);
        assert!(!said.starts_with("no: "), "{request}: {said}");
    }
    assert_eq!(desk.order(2).status, Status::Repeat);
    let told = serde_json::to_string(desk.order(1)).unwrap();
    assert!(!told.contains("陈大文"), "{told}");
}
