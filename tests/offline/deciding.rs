//! `hotline explain` and `hotline route --explain`: a decision on one screen of 40 lines and 100 columns.

use super::{Folder, done, duty_log, trained};

#[track_caller]
fn on_one_screen(text: &str) {
    let columns =
        |line: &str| line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
    assert!(text.trim_end().lines().count() <= 40, "{text}");
    for line in text.lines() {
        assert!(columns(line) <= 100, "{line}");
    }
}

fn explained(log: &str) -> String {
    let folder = Folder::new();
    let data = folder.path("data");
    duty_log::write(data.as_ref(), log);
    let text = done(&["explain", "1", "--data", &data]).out;
    on_one_screen(&text);
    text
}

#[test]
fn an_order_with_a_long_story_stays_on_one_screen() {
    let title = "很长的标题".repeat(30);
    let log = format!(
        "
        2026-03-09 09:00:00 accept help urgent {title}
        2026-03-09 09:05:00 dispatch 1 education 公用事业/供水/水管爆漏
        2026-03-09 10:00:00 return 1 education agriculture-water
        2026-03-09 10:05:00 dispatch 1 human-resources
        2026-03-09 11:00:00 return 1 human-resources agriculture-water
        "
    );
    let text = explained(&log);
    for wanted in [
        "…\n",
        "\n【事项判断】\n  100.0%  公用事业/供水/水管爆漏 → 区农业农村和水务局(目录第 ",
        "\n【适用条目】\n  第 ",
        "依据 《城市供水条例》;来源 龙湖区派单目录 2025 版（示例）;2025-01-01 起\n",
        "\n【排除的单位】\n  区教育局:已退单(职能不符):不属本单位;不再派给该单位\n  区人力资源和社会保障局:已退单",
        "待人工派单:待裁决(把握 100.0%,门槛 70.0%)",
        "\n【如何定】\n  第 1 选 区农业农村和水务局 100.0%(目录第 ",
        "尚缺:由裁决层级指定承办单位\n",
        "\n【时限】\n",
        "  裁决第 1 级:2026-03-10T23:59:59+08:00 前(热线机构会商)\n",
    ] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
}

#[test]
fn an_order_that_nobody_knows_the_matter_of_says_what_is_missing() {
    let text = explained("2026-03-09 09:00:00 accept help normal 不知道归谁管");
    assert!(text.contains("【事项判断】\n  无\n"), "{text}");
    assert!(text.contains("待人工派单:事项未知(门槛 70.0%)"), "{text}");
    assert!(text.contains("尚缺:确定事项"), "{text}");
    assert!(
        text.contains("  办理:2026-03-23T23:59:59+08:00 前(规则集 longhu 第 14 条:10 个工作日)"),
        "{text}"
    );
}

/// Decisions on messages, one screen each, without an order coming into being.
#[test]
fn decisions_on_messages_are_explained_too() {
    let folder = Folder::new();
    let line = |id: &str, content: &str| {
        let at = "2026-03-09T09:00:00+08:00";
        serde_json::json!({"id": id, "content": content, "received_at": at}).to_string()
    };
    let lines = [
        line("a", "韩江路夜市走鬼推车卖水果占满人行道,城管来了就走,走了又来"),
        line("b", "有人摆摊把路都占了,走鬼推车卖水果占满人行道,城管来就走"),
        line("c", "我要反映一个问题,希望你们管一管"),
    ];
    let file = folder.file("messages.jsonl", lines.join("\n"));
    let text = done(&["route", &file, "--explain", "--data", trained()]).out;
    let screens: Vec<&str> = text.trim_end().split("\n\n\n").collect();
    assert_eq!(screens.len(), 3, "{text}");
    for screen in &screens {
        on_one_screen(screen);
    }
    assert!(screens[0].starts_with("a  \n"), "{text}");
    for wanted in [
        "【原文依据】",
        "地点:韩江社区",
        "自动派单:珠池街道(把握 ",
        "依据 《城市市容和环境卫生管理条例》",
    ] {
        assert!(screens[0].contains(wanted), "{wanted}\n{text}");
    }
    for wanted in [
        "待人工派单:置信度不足(把握 0.",
        ",门槛 70.0%)",
        "尚缺:补地点(哪个镇街、村社区):`城市管理/市容环境/占道经营`由所在地主办",
    ] {
        assert!(screens[1].contains(wanted), "{wanted}\n{text}");
    }
    for wanted in
        ["待人工派单:置信度不足(把握 ", "【如何定】\n  第 1 选 ", "尚缺:分清是`", "个百分点"]
    {
        assert!(screens[2].contains(wanted), "{wanted}\n{text}");
    }
}
