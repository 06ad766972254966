//! Reports as HTML: whole without a network, the same numbers in charts and tables, whatever people wrote as text.

use std::fmt::Write;

use roxmltree::{Document, Node, ParsingOptions};

use crate::reporting::Office;

/// Runs `check` over a sheet that is well-formed and asks nobody for anything.
#[track_caller]
pub(crate) fn checked(sheet: &str, check: impl FnOnce(&Document<'_>)) {
    assert!(!sheet.contains("http://") && !sheet.contains("https://"), "{sheet}");
    assert!(!sheet.contains("url(") && !sheet.contains("@import"), "{sheet}");
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let document = Document::parse_with_options(sheet, options).unwrap();
    let root = document.root_element();
    assert_eq!((root.tag_name().name(), root.attribute("lang")), ("html", Some("zh-CN")));
    for node in document.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        assert!(!["script", "link", "img", "iframe", "object", "use"].contains(&name), "{name}");
        let loads = ["src", "href", "onload", "onclick"];
        assert!(loads.iter().all(|name| node.attribute(*name).is_none()), "{node:?}");
    }
    for picture in all(&document, "svg") {
        let inside: Vec<&str> = picture
            .children()
            .filter(Node::is_element)
            .map(|node| node.tag_name().name())
            .collect();
        assert_eq!(inside[..2], ["title", "desc"]);
        assert!(
            picture.children().filter(Node::is_element).take(2).all(|node| node.text().is_some())
        );
    }
    check(&document);
}

fn all<'a>(document: &'a Document<'_>, name: &'static str) -> Vec<Node<'a, 'a>> {
    document.descendants().filter(|node| node.has_tag_name(name)).collect()
}

/// Charts by the beginning of their title.
fn charts(document: &Document<'_>, begin: &str) -> usize {
    let titled = |node: &&Node<'_, '_>| {
        node.first_element_child()
            .and_then(|title| title.text())
            .is_some_and(|title| title.starts_with(begin))
    };
    all(document, "svg").iter().filter(titled).count()
}

fn rows(document: &Document<'_>) -> Vec<String> {
    let text = |node: &Node<'_, '_>| {
        let cells = node.children().filter(Node::is_element);
        cells.map(|cell| cell.text().unwrap_or_default()).collect::<Vec<_>>().join("|")
    };
    all(document, "tr").iter().map(text).collect()
}

#[test]
fn the_sheet_of_a_month_has_its_charts_and_every_number_in_a_table() {
    let office = Office::before_the_holiday();
    let sheet = office.reports(&["--month", "2025-04", "--format", "html"]);
    checked(&sheet, |document| {
        assert_eq!(all(document, "h1")[0].text(), Some("政务热线办理情况报表"));
        assert!(sheet.contains("2025年04月") && sheet.contains("prefers-color-scheme: dark"));
        assert!(sheet.contains("@page") && sheet.contains("@media print"));
        for chart in ["各单位按时办结率", "按日的受理、办结与逾期未办结", "应办结工单的结果"]
        {
            assert_eq!(charts(document, chart), 1, "{chart}");
        }
        let rows = rows(document);
        for row in [
            "04-28|2|0|1",
            "04-30|2|1|1",
            "04-13|0|0|0",
            "按时办结率|33.33 % (1/3)|按时答复(因答复不规范重办的那一次不计)÷ 应办结(按到期日归属,以单位答复为准,含逾期未办结及到期后撤回、转接、并入重复件的;不含无时限、表扬及到期前撤回、转接、并入重复件的)",
            "满意率|— (0/0)|满意 ÷ 有效评价(回访接通),不除以办结",
        ] {
            assert!(rows.iter().any(|other| other == row), "{row} in {rows:#?}");
        }
        assert!(rows.iter().any(|row| row.starts_with("区教育局|0.00 % (0/1)|")), "{rows:#?}");
    });
}

#[test]
fn a_long_span_is_drawn_by_month() {
    let office = Office::before_the_holiday();
    let sheet = office.reports(&["--year", "2025", "--by", "kind", "--format", "html"]);
    checked(&sheet, |document| {
        assert_eq!(charts(document, "按月的受理、办结与逾期未办结"), 1);
        let rows = rows(document);
        assert!(rows.contains(&"25-04|6|1|2".to_owned()), "{rows:#?}");
        assert!(rows.contains(&"25-05|1|0|0".to_owned()), "{rows:#?}");
        assert!(sheet.contains("分项指标:按诉求类型") && sheet.contains("分项指标:按单位"));
    });
}

#[test]
fn what_people_wrote_stays_text() {
    let office = Office::before_the_holiday();
    let sheet = office.reports(&["--bulletin", "--day", "2025-04-30", "--format", "html"]);
    checked(&sheet, |document| {
        assert_eq!(all(document, "h1")[0].text(), Some("政务热线每日通报"));
        assert!(
            sheet.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !sheet.contains("<script")
        );
        let rows = rows(document);
        for row in [
            "合计|2|1|50.00 % (1/2)|2|2 天|1|0|1|1|2|1",
            "250428090000000002|咨询|事项未知|<script>alert(1)</script>|区教育局|2025-04-30 23:59:59|不足 1 天|超时|办理|黄牌",
        ] {
            assert!(rows.iter().any(|other| other == row), "{row} in {rows:#?}");
        }
    });
}

#[test]
fn a_span_without_anything_and_a_span_of_one_unit_are_sheets_too() {
    let office = Office::before_the_holiday();
    let empty = office.reports(&["--day", "2020-01-01", "--format", "html"]);
    checked(&empty, |document| {
        assert!(empty.contains("所选时段没有数据。"));
        assert_eq!(all(document, "svg").len(), 0);
        assert!(rows(document).iter().any(|row| row.starts_with("按时办结率|— (0/0)|")));
    });
    let nothing_due = office.reports(&["--bulletin", "--day", "2020-01-01", "--format", "html"]);
    checked(&nothing_due, |_| {
        assert!(nothing_due.contains("没有超时、逾期未签收或即将到期的工单。"));
    });
    let one = ["--month", "2025-04", "--unit", "education", "--format", "html"];
    let one = office.reports(&one);
    checked(&one, |document| {
        assert_eq!(charts(document, "各单位按时办结率"), 1);
        assert!(one.contains("2025年04月 · 区教育局"));
        assert!(!one.contains("区人力资源和社会保障局"));
    });
}

#[test]
fn many_units_are_drawn_in_pictures_that_fit_a_page_and_a_long_list_says_what_it_cut() {
    const ORDERS_A_UNIT: usize = 4;
    let units = include_str!("../../examples/longhu/units.csv").lines().skip(1);
    let units: Vec<&str> = units.map(|line| line.split(',').next().unwrap()).collect();
    let mut log = String::new();
    let mut order = 0;
    for unit in &units {
        for _ in 0..ORDERS_A_UNIT {
            order += 1;
            writeln!(log, "2025-04-21 09:00:00 accept consultation normal 咨询").unwrap();
            writeln!(log, "2025-04-21 09:00:00 dispatch {order} {unit} 城市管理/市容环境/占道经营")
                .unwrap();
        }
    }
    writeln!(log, "2025-04-24 00:00:01 tick").unwrap();
    // Four things an order, a thousand a tick.
    for second in 2..=4 {
        writeln!(log, "2025-04-24 00:00:0{second} tick").unwrap();
    }
    let office = Office::with(&log);
    assert_eq!(units.len(), 158);
    let sheet = office.reports(&["--month", "2025-04", "--format", "html"]);
    checked(&sheet, |document| {
        assert_eq!(charts(document, "各单位按时办结率(按时办结/应办结)(1/4)"), 1);
        assert_eq!(charts(document, "各单位按时办结率"), 4);
        assert_eq!(charts(document, "应办结工单的结果"), 4);
    });
    let list = office.reports(&["--bulletin", "--day", "2025-04-25"]);
    let cut = "清单只列到期最早的 500 件,另有 132 件未列;各单位合计数包含全部。\n";
    assert!(list.ends_with(cut), "{list}");
    assert_eq!(list.lines().filter(|line| line.contains(" 2 天 ")).count(), 500 + 158 + 1);
}
