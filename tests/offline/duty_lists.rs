//! `hotline directory`: what is wrong with a duty list, what changes to another, and a list from a spreadsheet.

use serde_json::Value;

use super::district::altered;
use super::{Folder, done, hotline, refused, sample};

const ON: &str = "2026-06-01";

fn longhu() -> String {
    sample("units.csv").trim_end_matches("/units.csv").to_owned()
}

/// A file of the test data.
fn given(name: &str) -> String {
    format!("{}/tests/data/duty-lists/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_sample_passes_its_own_check() {
    for folder in [None, Some(longhu())] {
        let mut args = vec!["directory", "check", "--json", "--on", ON];
        args.extend(folder.as_deref());
        let report = json(&done(&args).out);
        assert_eq!((&report["errors"], &report["warnings"]), (&0.into(), &0.into()), "{report}");
        // What has ended is history, and followed by another row.
        let notes = report["findings"].as_array().unwrap();
        assert!(
            !notes.is_empty() && notes.iter().all(|note| note["code"] == "expired"),
            "{report}"
        );
    }
}

/// The sample with rows added at the end of its duty list.
fn with_rows(rows: &[&str]) -> Folder {
    let folder = altered("units.csv", "", "");
    let mut list = std::fs::read_to_string(sample("duty-list.csv")).unwrap();
    rows.iter().for_each(|row| list.push_str(&format!("{row}\n")));
    folder.file("duty-list.csv", list);
    folder
}

#[test]
fn every_fault_is_told_with_its_line_and_row_and_the_end_is_an_error() {
    let folder = with_rows(&[
        "公用事业/供电/停电,,@street,,functional,无,2025-01-01,,测试",
        "公用事业/供电/没有这项,,nobody,,functional,无,2025-01-01,,测试",
        "公用事业/供电/停电,justice,justice,,functional,无,2025-01-01,2024-01-01,测试",
        "公用事业/供电/停电,,power-supply,,functonal,无,2025-13-01,,测试",
        "公用事业/供电/停电,waisha,justice,,functional,无,2025-01-01,2026-07-01,测试",
    ]);
    let said = hotline(&["directory", "check", &folder.path(""), "--on", ON]);
    assert_eq!(said.code, 1, "{said:?}");
    assert_eq!(said.err.trim_end(), "hotline: the duty list has 7 errors");
    let lines: Vec<&str> = said.out.lines().filter(|line| !line.starts_with("提示")).collect();
    let wanted = [
        "错误 [无法读取] duty-list.csv 第 324 行:`level`列的`functonal`无效",
        "错误 [层级不符] duty-list.csv 第 321 行(第 320 条):`公用事业/供电/停电`是职能事项,却由所在镇街主办",
        "错误 [交叉] duty-list.csv 第 321 行(第 320 条):`公用事业/供电/停电`(全区)与第 108 条",
        "错误 [事项不明] duty-list.csv 第 322 行(第 321 条):事项`公用事业/供电/没有这项`不在 matters.csv 中",
        "错误 [单位不明] duty-list.csv 第 322 行(第 321 条):单位`nobody`不在 units.csv 中",
        "错误 [地点不符] duty-list.csv 第 323 行(第 322 条):地点区司法局是部门",
        "错误 [起止颠倒] duty-list.csv 第 323 行(第 322 条):失效日期 2024-01-01 早于生效日期 2025-01-01",
        "警告 [即将到期] duty-list.csv 第 325 行(第 323 条):`公用事业/供电/停电`(外砂镇)的本条将于 2026-07-01 到期(还有 30 天)",
    ];
    assert_eq!(lines.len(), wanted.len() + 1, "{}", said.out);
    for (line, wanted) in lines.iter().zip(wanted) {
        assert!(line.starts_with(wanted), "{line}\n{wanted}");
    }
    assert!(lines[8].starts_with("2026-06-01:单位 158 个、事项 263 个、目录 323 条;错误 7 项"));
}

#[test]
fn a_matter_without_a_row_and_a_row_that_never_decides_are_found() {
    let list = std::fs::read_to_string(sample("duty-list.csv")).unwrap();
    let (gone, twice) = ("公用事业/供电/停电,", "公用事业/供水/水管爆漏,");
    let again = list.lines().find(|line| line.starts_with(twice)).unwrap();
    let rest: Vec<&str> = list
        .lines()
        .filter(|line| !line.starts_with(gone) && !line.starts_with("公用事业/供电,"))
        .collect();
    let folder = altered("units.csv", "", "");
    folder.file("duty-list.csv", format!("{}\n{again}\n", rest.join("\n")));
    let said = hotline(&["directory", "check", &folder.path(""), "--on", ON, "--json"]);
    assert_eq!(said.code, 1, "{said:?}");
    let report = json(&said.out);
    let found = report["findings"].as_array().unwrap();
    let found: Vec<&Value> = found.iter().filter(|it| it["severity"] != "note").collect();
    let of =
        |code: &str| -> Vec<&&Value> { found.iter().filter(|it| it["code"] == code).collect() };
    let gaps = of("gap");
    assert!(gaps.iter().any(|it| it["matter"] == "公用事业/供电/停电"), "{report}");
    assert!(gaps.iter().all(|it| it["file"] == "matters.csv"), "{report}");
    let dead = of("dead-row");
    assert_eq!(dead.len(), 1, "{report}");
    assert_eq!(
        (&dead[0]["severity"], &dead[0]["line"]),
        (&"warning".into(), &(rest.len() + 1).into())
    );
}

#[test]
fn a_mistake_in_another_file_is_told_once_the_list_has_none() {
    let folder = altered("orders.jsonl", "\"urgency\": \"normal\"", "\"urgency\": \"calm\"");
    let said = hotline(&["directory", "check", &folder.path(""), "--on", ON]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("orders.jsonl line 1: urgency: unknown variant `calm`"), "{said:?}");
    let none = Folder::new();
    let said = refused(&["directory", "check", &none.path("")]);
    assert!(said.contains("units.csv: cannot be read"), "{said}");
}

#[test]
fn a_unit_that_a_hotline_knew_is_dissolved_and_its_open_orders_are_counted() {
    let folder = Folder::new();
    let data = folder.path("data");
    let log = "
        2026-03-09 09:00:00 accept consultation normal 社保怎么转移
        2026-03-09 09:05:00 dispatch 1 veterans
        2026-03-09 09:30:00 accept consultation normal 学位怎么申请
        2026-03-09 09:35:00 dispatch 2 education
    ";
    super::duty_log::write(data.as_ref(), log);
    let new = altered("units.csv", "veterans,", "veterans-office,");
    let said = hotline(&["directory", "check", &new.path(""), "--data", &data, "--on", ON]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("单位`veterans`已撤销"), "{said:?}");
    let orphaned =
        "警告 [单位已撤销] units.csv:区退役军人事务局(`veterans`)不在新目录中,仍有 1 件未办结工单";
    assert!(said.out.contains(orphaned), "{said:?}");
    // Without the hotline nobody knows that there was such a unit.
    let said = hotline(&["directory", "check", &new.path(""), "--on", ON]);
    assert!(said.out.contains("单位`veterans`不在 units.csv 中"), "{said:?}");
}

#[test]
fn a_difference_tells_rows_and_who_leads_what_now() {
    let list = std::fs::read_to_string(sample("duty-list.csv")).unwrap();
    let (removed, added) = (
        "城市管理/市容环境/占道经营,,",
        "公用事业/供电/停电,waisha,waisha,power-supply,territorial,试点,2026-01-01,,测试",
    );
    let kept: Vec<&str> = list.lines().filter(|line| !line.starts_with(removed)).collect();
    let changed = "城市管理/市容环境/户外广告招牌,,urban-management,";
    let text = format!("{}\n{added}\n", kept.join("\n"));
    assert!(text.contains(changed));
    let text = text.replacen(changed, "城市管理/市容环境/户外广告招牌,,market-regulation,", 1);
    let new = altered("units.csv", "", "");
    new.file("duty-list.csv", text);
    let args = ["directory", "diff", &longhu(), &new.path(""), "--on", ON];
    let report = json(&done(&[&args[..], &["--json"]].concat()).out);
    let counts = [&report["added"], &report["removed"], &report["changed"]];
    assert_eq!(counts, [&Value::from(1), &Value::from(1), &Value::from(1)], "{report}");
    let rows = report["rows"].as_array().unwrap();
    let of = |change: &str| rows.iter().find(|row| row["change"] == change).unwrap();
    assert_eq!(
        (&of("added")["matter"], &of("added")["place"]),
        (&"公用事业/供电/停电".into(), &"waisha".into())
    );
    assert_eq!(of("changed")["columns"], serde_json::json!(["lead"]));
    let leads: Vec<String> = report["leads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            format!("{} {} {} {}", it["matter"], it["place"], it["from"]["code"], it["to"]["code"])
        })
        .collect();
    assert_eq!(
        leads,
        [
            r#""公用事业/供电/停电" "waisha" "power-supply" "waisha""#,
            // The row of the group decides now.
            r#""城市管理/市容环境/占道经营" null "@street" "urban-management""#,
            r#""城市管理/市容环境/户外广告招牌" null "urban-management" "market-regulation""#,
        ]
    );
    let text = done(&args).out;
    assert!(text.starts_with("目录条目:新增 1 条、删除 1 条、修改 1 条\n"), "{text}");
    assert!(text.contains("2026-06-01 主办单位有变的事项 3 项"), "{text}");
    let same = json(&done(&["directory", "diff", &longhu(), &longhu(), "--json"]).out);
    assert_eq!((&same["rows"], &same["leads"]), (&serde_json::json!([]), &serde_json::json!([])));
}

#[test]
fn a_list_in_force_is_compared_like_one_in_a_folder() {
    let folder = Folder::new();
    let data = folder.path("data");
    super::duty_log::write(data.as_ref(), "2026-03-09 09:00:00 accept help normal 路灯不亮");
    let report = json(&done(&["directory", "diff", &data, &longhu(), "--json"]).out);
    assert_eq!(report["rows"], serde_json::json!([]), "{report}");
    assert_eq!(report["units"], serde_json::json!({"added": [], "removed": [], "changed": []}));
    let said = refused(&["directory", "diff", &folder.path("none"), &longhu()]);
    assert!(said.ends_with("none is not a folder"), "{said}");
}

#[test]
fn a_workbook_becomes_a_folder_that_passes_the_check() {
    let folder = Folder::new();
    let out = folder.path("new");
    let said = done(&["directory", "import", &given("whole.xlsx"), "--out", &out]);
    assert_eq!(said.out, format!("{out}:目录 4 条、单位 4 个、事项 3 个\n"));
    let read = |name: &str| std::fs::read_to_string(format!("{out}/{name}")).unwrap();
    assert_eq!(
        read("duty-list.csv"),
        "matter,place,lead,co_units,level,basis,from,to,source\n\
         城市管理/占道经营,,@street,urban,territorial,《城市市容和环境卫生管理条例》,2026-01-01,,whole.xlsx\n\
         城市管理/乱堆杂物,,@community,urban|@street,territorial,部门三定规定,2026-01-01,2026-12-31,whole.xlsx\n\
         公用事业/水管爆漏,,water,,functional,《城市供水条例》,2026-01-01,,whole.xlsx\n\
         公用事业/水管爆漏,east,urban,,functional,部门三定规定,2026-01-01,,whole.xlsx\n"
    );
    assert_eq!(
        read("units.csv"),
        "code,name,level,parent,aliases\nurban,城管局,department,,城管|执法局\nwater,水务局,department,,\n\
         east,东街街道,street,,\nlake,湖边社区,community,east,\n"
    );
    assert_eq!(
        read("matters.csv"),
        "path,hints\n公用事业/水管爆漏,\n城市管理/乱堆杂物,\n城市管理/占道经营,\n"
    );
    done(&["directory", "check", &out, "--on", ON]);
    // Once it is there it is not written over.
    let said = refused(&["directory", "import", &given("whole.xlsx"), "--out", &out]);
    assert!(said.ends_with("is there already; name a folder that is not"), "{said}");
}

#[test]
fn a_list_alone_takes_units_matters_and_all_else_from_its_base() {
    let folder = Folder::new();
    let list = std::fs::read_to_string(sample("duty-list.csv")).unwrap();
    // As Excel would save it: a mark at the beginning, headings and columns in another order, units by name.
    let list = list
        .replace(",urban-management,", ",区城管局,")
        .replace("matter,place,lead", "事项,适用范围,主办单位");
    let file = folder.file("list.csv", format!("\u{feff}{list}"));
    let out = folder.path("deep/new");
    done(&["directory", "import", &file, "--out", &out, "--base", &longhu()]);
    let report = json(&done(&["directory", "diff", &longhu(), &out, "--json", "--on", ON]).out);
    assert_eq!(
        (&report["rows"], &report["leads"]),
        (&serde_json::json!([]), &serde_json::json!([]))
    );
    let district = hotline::district::District::load(out.as_ref()).unwrap();
    assert_eq!(district.orders.len(), 1_590);
    let alone = refused(&["directory", "import", &file, "--out", &folder.path("alone")]);
    assert!(alone.contains("has no sheet of units"), "{alone}");
}

#[test]
fn every_mistake_of_a_workbook_names_sheet_row_and_column_and_nothing_is_written() {
    let folder = Folder::new();
    let said =
        hotline(&["directory", "import", &given("mistaken.xlsx"), "--out", &folder.path("new")]);
    assert_eq!(said.code, 2, "{said:?}");
    let lines: Vec<&str> = said.err.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "权责清单 row 4 column C (主办单位（必填）): `不存在的局` is no unit; it must be a code, name or alias among the units",
            "权责清单 row 5 column H (生效日期): `去年` is not a date such as 2026-02-13",
            "权责清单 row 7 column C (主办单位（必填）): a functional matter must not go to a street or community (国办函〔2025〕66号, art. 5)",
        ]
    );
    assert!(lines[3].ends_with("mistaken.xlsx: 3 mistakes; nothing was written"), "{lines:?}");
    assert_eq!(std::fs::read_dir(folder.path("")).unwrap().count(), 0);
}

#[test]
fn what_is_no_duty_list_is_refused_in_words() {
    let folder = Folder::new();
    let out = folder.path("new");
    let base = longhu();
    for (name, bytes, wanted) in [
        ("a.xlsx", &b"PK\x03\x04 no workbook"[..], "a.xlsx: no XLSX workbook"),
        ("a.xls", b"", "a.xls: is neither .csv nor .xlsx; save it as one"),
        ("a.csv", "单位,电话\n城管局,123\n".as_bytes(), "no sheet has headings of a duty list"),
        ("b.csv", b"\xd6\xd0\xce\xc4\n", "is not UTF-8; save the file as UTF-8"),
        (
            "c.csv",
            "事项,主办单位\n公用事业/供电/停电,区司法局\n".as_bytes(),
            "1 mistakes; nothing was written",
        ),
    ] {
        let file = folder.file(name, bytes);
        let said = hotline(&["directory", "import", &file, "--out", &out, "--base", &base]);
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.err.contains(wanted), "{said:?}");
        assert!(!std::path::Path::new(&out).exists());
    }
    let file = folder.path("c.csv");
    let said = hotline(&["directory", "import", &file, "--out", &out, "--base", &base]);
    assert!(
        said.err.starts_with("c.csv row 2: column `level` is missing, or its heading is not known"),
        "{said:?}"
    );
}
