//! `hotline explain`: the last day that is shown for a due is the due, whatever moved it; and what else an order waits for.

use super::{Folder, done, duty_log, sample};

/// The lines about one stage, without the head; none where the stage is not listed.
fn told(text: &str, stage: &str) -> Option<Vec<String>> {
    let head = format!("  {stage}:");
    let (_, dues) = text.split_once("【时限】").unwrap();
    let mut lines = dues.lines().skip_while(|line| !line.starts_with(&head));
    let first = lines.next()?.to_owned();
    let rest = lines.take_while(|line| line.starts_with("    ")).map(str::to_owned);
    Some(std::iter::once(first).chain(rest).collect())
}

fn explained(log: &str) -> String {
    let folder = Folder::new();
    let data = folder.path("data");
    duty_log::write(data.as_ref(), log);
    done(&["explain", "1", "--dues", "--data", &data]).out
}

/// The due, and the last day on the way to it.
fn due_and_last_step(lines: &[String]) -> (&str, &str) {
    let due = lines[0].split_once(':').unwrap().1;
    let is_step = |line: &&String| line.trim().as_bytes().get(10) == Some(&b' ');
    let last = lines.iter().rev().find(is_step).expect("a day");
    (&due[..10], &last.trim()[..10])
}

const A_CONSULTATION: &str = "
    2026-03-09 09:00:00 accept consultation normal 学位怎么申请
    2026-03-09 09:05:00 dispatch 1 education
    2026-03-09 09:10:00 sign 1 education
";

#[test]
fn an_extension_is_shown_from_the_old_due_day_by_day() {
    let more = "
        2026-03-10 09:00:00 extend 1 education 2
        2026-03-10 10:00:00 grant 1
    ";
    let text = explained(&format!("{A_CONSULTATION}{more}"));
    let lines = told(&text, "办理").unwrap();
    assert_eq!(due_and_last_step(&lines), ("2026-03-13", "2026-03-13"), "{text}");
    let move_at = lines.iter().position(|line| line.contains("延期 2 个工作日")).unwrap();
    assert_eq!(
        lines[move_at].trim(),
        "2026-03-10T10:00:00+08:00 延期 2 个工作日(需要开挖),log 批准:由 2026-03-11T23:59:59+08:00 顺延至 2026-03-13T23:59:59+08:00"
    );
    assert_eq!(lines[move_at - 1].trim(), "2026-03-11 周三 工作日,计入(累计 2)");
    assert_eq!(lines[move_at + 1].trim(), "2026-03-11 周三 起算日,不计入(累计 0)");
    assert_eq!(lines.last().unwrap().trim(), "2026-03-13 周五 工作日,计入(累计 2)");
}

#[test]
fn a_pause_after_an_extension_says_what_it_gave_back_and_ends_at_the_due() {
    let more = "
        2026-03-10 09:00:00 extend 1 education 2
        2026-03-10 10:00:00 grant 1
        2026-03-11 14:00:00 pause 1 education
    ";
    let text = explained(&format!("{A_CONSULTATION}{more}"));
    let lines = told(&text, "办理").unwrap();
    assert_eq!(due_and_last_step(&lines), ("2026-03-13", "2026-03-13"), "{text}");
    let last = lines.last().unwrap();
    assert_eq!(last.trim(), "2026-03-11T14:00:00+08:00 起暂停计时(待诉求人补充),恢复计时后顺延");

    let text = explained(&format!("{A_CONSULTATION}{more} 2026-03-18 10:00:00 resume 1 education"));
    let lines = told(&text, "办理").unwrap();
    let (due, last) = due_and_last_step(&lines);
    assert_eq!(due, last, "{text}");
    assert!(due > "2026-03-13", "{text}");
    let days = lines.last().unwrap().rsplit_once("累计 ").unwrap().1.trim_end_matches(')');
    let words = format!(
        "2026-03-11T14:00:00+08:00 至 2026-03-13T23:59:59+08:00 暂停计时(待诉求人补充),退还 {days} 个工作日:由 2026-03-13T23:59:59+08:00 顺延至 {due}T23:59:59+08:00"
    );
    assert!(lines.iter().any(|line| line.trim() == words), "{words}\n{text}");
}

#[test]
fn a_pause_on_the_last_day_leaves_what_was_left_of_it() {
    let more = "
        2026-03-11 20:00:00 pause 1 education
        2026-03-12 07:00:00 resume 1 education
    ";
    let text = explained(&format!("{A_CONSULTATION}{more}"));
    let words = "退还当日所余时间:由 2026-03-11T23:59:59+08:00 顺延至 2026-03-12T10:59:59+08:00";
    assert!(told(&text, "办理").unwrap().iter().any(|line| line.contains(words)), "{text}");
}

#[test]
fn a_pause_of_a_limit_in_hours_gives_back_minutes() {
    let text = explained(
        "
        2026-03-09 09:00:00 accept help urgent 水管爆了
        2026-03-09 09:05:00 dispatch 1 agriculture-water
        2026-03-09 09:10:00 sign 1 agriculture-water
        2026-03-09 10:00:00 pause 1 agriculture-water
        2026-03-10 09:30:00 resume 1 agriculture-water
        ",
    );
    let lines = told(&text, "办理").unwrap();
    assert_eq!(due_and_last_step(&lines), ("2026-03-11", "2026-03-11"), "{text}");
    assert!(lines.iter().any(|line| line.contains("退还 1410 分钟")), "{text}");
    assert_eq!(lines.last().unwrap().trim(), "2026-03-11 周三 自然时间,计入 510 分钟(累计 1410)");
}

#[test]
fn the_one_screen_says_which_due_handling_cut_short() {
    let signing = |urgency: &str| {
        let folder = Folder::new();
        let data = folder.path("data");
        let log = format!(
            "
            2026-03-09 09:00:00 accept help {urgency} 水管爆了
            2026-03-09 09:05:00 dispatch 1 agriculture-water
            "
        );
        duty_log::write(data.as_ref(), &log);
        let text = done(&["explain", "1", "--data", &data]).out;
        let line = text.lines().find(|line| line.trim().starts_with("签收:"));
        line.unwrap_or_else(|| panic!("{text}")).to_owned()
    };
    assert!(
        signing("urgent").ends_with(":1 个工作日;不晚于派单时的办理时限)"),
        "{}",
        signing("urgent")
    );
    assert!(signing("normal").ends_with(":1 个工作日)"), "{}", signing("normal"));
}

/// Whoever takes an order back while its clock stands still moves no due.
#[test]
fn a_pause_that_ends_with_the_order_moves_nothing() {
    let more = "
        2026-03-10 14:00:00 pause 1 education
        2026-03-16 09:00:00 withdraw 1
    ";
    let text = explained(&format!("{A_CONSULTATION}{more}"));
    let lines = told(&text, "办理").unwrap();
    assert_eq!(due_and_last_step(&lines), ("2026-03-11", "2026-03-11"), "{text}");
    assert!(lines.last().unwrap().contains("暂停计时(待诉求人补充),工单随即结束,未顺延"), "{text}");
}

const RETURNED_TWICE: &str = "
    2026-03-09 09:00:00 accept help normal 不知道归谁管
    2026-03-09 09:05:00 dispatch 1 education
    2026-03-09 10:00:00 return 1 education agriculture-water
    2026-03-09 10:05:00 dispatch 1 agriculture-water
    2026-03-09 11:00:00 return 1 agriculture-water human-resources
";

#[test]
fn an_order_in_arbitration_says_which_rung_has_it_and_until_when() {
    let text = explained(RETURNED_TWICE);
    let lines = told(&text, "裁决第 1 级").unwrap();
    assert_eq!(lines[0], "  裁决第 1 级:2026-03-10T23:59:59+08:00 前");
    assert_eq!(due_and_last_step(&lines), ("2026-03-10", "2026-03-10"), "{text}");
    assert!(
        lines[1]
            .contains("规则集 longhu 裁决第 1 级 热线机构会商:1 个工作日;参照国办函〔2025〕66号"),
        "{text}"
    );
    assert!(lines.iter().any(|line| line == "    自 2026-03-09T11:00:00+08:00 起算"), "{text}");

    // Whenever the tick comes: a desk that slept for a day begins the second rung where the first ended.
    for tick in ["2026-03-11 00:00:01 tick", "2026-03-12 09:00:00 tick"] {
        let text = explained(&format!("{RETURNED_TWICE} {tick}"));
        let lines = told(&text, "裁决第 2 级").unwrap();
        assert_eq!(lines[0], "  裁决第 2 级:2026-03-12T23:59:59+08:00 前");
        assert_eq!(due_and_last_step(&lines), ("2026-03-12", "2026-03-12"), "{text}");
        assert!(lines[1].contains("机构编制、司法行政部门定责:2 个工作日"), "{text}");
        assert!(lines.iter().any(|line| line == "    自 2026-03-10T23:59:59+08:00 起算"), "{text}");
        assert!(told(&text, "裁决第 1 级").is_none(), "{text}");
    }
}

/// On one screen: with which order a joined one is handled, and that a due rests on a notice that is not out.
#[test]
fn one_screen_says_what_is_assumed_and_what_an_order_is_handled_with() {
    let folder = Folder::new();
    let data = folder.path("data");
    let log = "
        2026-12-24 09:00:00 accept complaint normal 小区物业服务差
        2026-12-24 09:01:00 dispatch 1 housing
        2026-12-24 09:02:00 accept-unnamed complaint normal 电梯坏了没人修
        2026-12-24 09:03:00 dispatch 2 housing
        2026-12-24 09:04:00 merge 1 2
    ";
    duty_log::write(data.as_ref(), log);
    let screen = done(&["explain", "1", "--data", &data]).out;
    assert!(screen.contains("随工单 2 一并办理"), "{screen}");
    let handle = screen.lines().find(|line| line.starts_with("  办理:")).unwrap();
    assert!(handle.contains("(放假通知未发布或不全,为推定)"), "{screen}");
}

/// From the city's due back to the one inside, over a make-up Saturday and the days off before it.
#[test]
fn a_due_from_above_is_explained_day_by_day() {
    let text = explained("2026-02-09 09:00:00 accept-above 2026-02-24T17:00:00 help 路灯不亮");
    let lines = told(&text, "办理").unwrap();
    assert_eq!(lines[0], "  办理:2026-02-14T23:59:59+08:00 前");
    assert!(lines[1].contains("上级时限 2026-02-24T17:00:00+08:00,区内提前 1 个工作日"), "{text}");
    assert_eq!(lines[2], "    自上级时限逐日往前推算");
    assert_eq!(lines[3], "    2026-02-24 周二 起算日,不计入(累计 0)");
    assert!(lines[4].contains("2026-02-23 周一 春节放假,不计入(累计 0)"), "{text}");
    assert_eq!(due_and_last_step(&lines), ("2026-02-14", "2026-02-14"), "{text}");
    assert!(lines.last().unwrap().ends_with("春节调休上班,计入(累计 1)"), "{text}");

    let text = explained("2026-02-25 09:00:00 accept-above 2026-02-25T17:00:00 help 路灯不亮");
    let lines = told(&text, "办理").unwrap();
    assert_eq!(lines[2], "    转来过晚,不足提前,从上级时限", "{text}");
}

#[test]
fn whom_an_arbiter_named_sees_no_due_for_returning_it() {
    let named = "2026-03-09 14:00:00 dispatch 1 human-resources";
    let text = explained(&format!("{RETURNED_TWICE}{named}"));
    assert!(told(&text, "签收").is_some(), "{text}");
    assert!(told(&text, "退单").is_none(), "{text}");
    assert!(told(&text, "裁决第 1 级").is_none(), "{text}");
    // Whom nobody named final may return it.
    let text = explained(A_CONSULTATION);
    assert!(told(&text, "退单").is_some(), "{text}");
}

/// The sample district with changes to its files, and a data folder from before they were made.
fn explained_by(log: &str, changes: &[(&str, &str)]) -> String {
    let folder = Folder::new();
    let data = folder.path("data");
    duty_log::write(data.as_ref(), log);
    let district = folder.path("district");
    std::fs::create_dir(&district).unwrap();
    for name in ["district.toml", "units.csv", "matters.csv", "duty-list.csv"] {
        std::fs::copy(sample(name), format!("{district}/{name}")).unwrap();
    }
    for (name, text) in changes {
        std::fs::write(format!("{district}/{name}"), text).unwrap();
    }
    done(&["explain", "1", "--dues", "--data", &data, "--district", &district]).out
}

const LONGHU: &str = include_str!("../../profiles/longhu.toml");
const TWO_DAYS: &str = "kinds = [\"consultation\"]\nworking_days = 2";
const TEN_DAYS: &str = "kinds = [\"help\", \"suggestion\"]\nworking_days = 10";

#[test]
fn a_due_of_a_rule_that_is_gone_says_what_it_is_and_what_it_would_be_now() {
    assert!(LONGHU.contains(TWO_DAYS) && LONGHU.contains(TEN_DAYS));
    let three = LONGHU.replace(TWO_DAYS, "kinds = [\"consultation\"]\nworking_days = 3");
    let text = explained_by(A_CONSULTATION, &[("longhu.toml", &three)]);
    let lines = told(&text, "办理").unwrap();
    let said = "    当时定为 2026-03-11T23:59:59+08:00;按现行规则和工单现状为 2026-03-12T23:59:59+08:00\
        (规则集 longhu 第 13 条:3 个工作日;广东省12345热线管理办法(2022):咨询自收到之日起 2 个工作日)";
    assert_eq!(lines, ["  办理:2026-03-11T23:59:59+08:00 前", said], "{text}");

    // Another limit of now makes the same due: it may be the one that was in force.
    let other = three.replace(TEN_DAYS, "kinds = [\"help\", \"suggestion\"]\nworking_days = 2");
    let text = explained_by(A_CONSULTATION, &[("longhu.toml", &other)]);
    let lines = told(&text, "办理").unwrap();
    assert!(
        lines[1]
            .contains("当时定为 2026-03-11T23:59:59+08:00,与规则集 longhu 第 14 条相符;按现行规则"),
        "{text}"
    );
    assert_eq!(due_and_last_step(&lines), ("2026-03-11", "2026-03-11"), "{text}");

    // No limit is left.
    let returns = LONGHU.find("[[limit]]\nstage = \"return\"").unwrap();
    let end = returns + LONGHU[returns + 1..].find("[[limit]]").unwrap() + 1;
    let none = format!("{}{}", &LONGHU[..returns], &LONGHU[end..]);
    let text = explained_by(A_CONSULTATION, &[("longhu.toml", &none)]);
    let lines = told(&text, "退单").unwrap();
    assert_eq!(lines[1], "    当时定为 2026-03-11T23:59:59+08:00;现行规则不设此时限", "{text}");

    // The same rules as then: nothing is said of now.
    let text = explained_by(A_CONSULTATION, &[]);
    assert!(!text.contains("当时") && !text.contains("现行"), "{text}");
}

#[test]
fn an_extension_over_days_that_a_later_notice_took_away_says_where_it_would_lead_now() {
    let more = "
        2026-03-10 09:00:00 extend 1 education 2
        2026-03-10 10:00:00 grant 1
    ";
    let notice = "2026-01-01,元旦,off\n2026-03-12,特别假,off\n";
    let text = explained_by(&format!("{A_CONSULTATION}{more}"), &[("holidays.csv", notice)]);
    let lines = told(&text, "办理").unwrap();
    let said = "    现为 2026-03-13T23:59:59+08:00;按现行规则应顺延至 2026-03-16T23:59:59+08:00";
    assert_eq!(lines[2], said, "{text}");
    assert!(lines.last().unwrap().ends_with("延期 2 个工作日(需要开挖),log 批准"), "{text}");
}
