//! `hotline report`: spans, the ranking in every form, the sheet, and the daily bulletin.

use std::path::Path;

use serde_json::{Value, json};

use crate::duty_log::{BEFORE_THE_HOLIDAY, CALLER, write};
use crate::{Folder, done, hotline, refused};

/// One unit that was in time and pleased its caller, one that was late and called nobody back, and one with nothing due yet.
const RATED: &str = "
    2025-04-21 09:00:00 accept consultation normal 社保怎么转移
    2025-04-21 09:00:00 dispatch 1 human-resources
    2025-04-21 09:10:00 sign 1 human-resources
    2025-04-21 10:00:00 accept consultation normal 学位怎么申请
    2025-04-21 10:00:00 dispatch 2 education
    2025-04-22 10:00:00 reply 1 human-resources
    2025-04-22 11:00:00 please 1
    2025-04-22 11:01:00 close 1
    2025-04-24 00:00:01 tick
    2025-04-24 09:00:00 accept help normal 公园长椅坏了
    2025-04-24 09:01:00 dispatch 3 housing
";

/// A data folder with what a log says, and the reports about it.
pub(crate) struct Office {
    data: String,
    _folder: Folder,
}

impl Office {
    pub(crate) fn with(log: &str) -> Office {
        let folder = Folder::new();
        let data = folder.path("data");
        write(Path::new(&data), log);
        Office { data, _folder: folder }
    }

    pub(crate) fn before_the_holiday() -> Office {
        Office::with(BEFORE_THE_HOLIDAY)
    }

    /// What `report` prints.
    #[track_caller]
    pub(crate) fn reports(&self, args: &[&str]) -> String {
        done(&[&["report", "--data", &self.data], args].concat()).out
    }

    /// As `report` refuses.
    #[track_caller]
    fn refuses(&self, args: &[&str]) -> String {
        let said = hotline(&[&["report", "--data", &self.data], args].concat());
        assert_eq!(said.code, 2, "{said:?}");
        said.err
    }

    #[track_caller]
    fn counts(&self, args: &[&str]) -> Value {
        let report = self.reports(&[args, &["--format", "json"]].concat());
        serde_json::from_str(&report).unwrap()
    }
}

const BULLETIN: [&str; 3] = ["--bulletin", "--day", "2025-04-30"];

/// The help of the 24th is due in May, and may be late yet.
#[test]
fn a_span_that_is_not_over_says_how_many_are_open_and_due_in_it() {
    let office = Office::with(RATED);
    let words = "本期尚有 1 件未到期在办";
    for (month, open) in [("2025-05", 1), ("2025-04", 0)] {
        let report = |format| office.reports(&["--month", month, "--format", format]);
        assert_eq!(office.counts(&["--month", month])["unfinished"], open);
        for format in ["table", "html"] {
            assert_eq!(report(format).contains(words), open == 1, "{month} {format}");
        }
        let mean = "total,合计,handling-days,";
        let line = report("csv").lines().find(|line| line.starts_with(mean)).unwrap().to_owned();
        assert!(!line.ends_with(',') || line.contains(",0,0,"), "the mean stands last: {line}");
        assert_eq!(report("csv").contains("total,合计,due-open,1,1,,\n"), open == 1, "{month}");
    }
}

#[test]
fn the_bulletin_before_a_holiday_names_the_next_working_day_and_what_falls_due_until_then() {
    let office = Office::before_the_holiday();
    let wanted = "\
单位,当日受理,当日办结,当日到期按时率,超时,最长超时,逾期未签收,今日到期,明日到期,至下一工作日到期,黄牌,红牌
未派单,1,0,— (0/0),0,—,0,0,0,0,0,0
区教育局,0,0,0.00 % (0/1),1,不足 1 天,0,0,0,1,2,0
区人力资源和社会保障局,0,1,100.00 % (1/1),1,2 天,1,0,0,0,0,1
区农业农村和水务局,1,0,— (0/0),0,—,0,0,1,0,0,0
合计,2,1,50.00 % (1/2),2,2 天,1,0,1,1,2,1

工单号,类型,事项,标题,单位,办理到期,超时,原因,已超环节,亮牌
250425090000000001,咨询,劳动和社会保障/劳动关系/企业拖欠工资,'=1+1 请回电138****5678,区人力资源和社会保障局,2025-04-28 23:59:59,2 天,超时、逾期未签收,签收、办理,红牌
250428090000000002,咨询,事项未知,<script>alert(1)</script>,区教育局,2025-04-30 23:59:59,不足 1 天,超时,办理,黄牌
250430150000000006,求助,事项未知,水管爆了,区农业农村和水务局,2025-05-01 15:00:00,—,明日到期,首次联系,
250429103000000004,咨询,事项未知,社保怎么转移,区教育局,2025-05-06 23:59:59,—,至下一工作日到期,,黄牌
";
    assert_eq!(office.reports(&[&BULLETIN[..], &["--format", "csv"]].concat()), wanted);
    let table = office.reports(&BULLETIN);
    for said in [
        "每日通报 2025-04-30(情况截至 2025-04-30T23:59:59+08:00)",
        "明日 2025-05-01 为非工作日(劳动节),下一工作日为 2025-05-06;其间到期的列入“至下一工作日到期”。",
        "往日通报:列出现在仍未答复的工单",
        " 合计                           2         1   50.00 % (1/2)     2       2 天           1         0         1                 1     2     1 ",
    ] {
        assert!(table.contains(said), "{said} in {table}");
    }
}

#[test]
fn the_bulletin_in_json_says_why_each_order_stands_in_it_and_never_who_called() {
    let office = Office::before_the_holiday();
    let bulletin = office.counts(&BULLETIN);
    let tomorrow = json!({"day": "2025-05-01", "working": false, "why": "劳动节", "assumed": false,
        "next_working_day": "2025-05-06"});
    assert_eq!(bulletin["tomorrow"], tomorrow);
    let first = json!({
        "number": "250425090000000001", "kind": "consultation", "kind_label": "咨询", "matter": "劳动和社会保障/劳动关系/企业拖欠工资",
        "title": "=1+1 请回电138****5678", "unit": "human-resources", "unit_label": "区人力资源和社会保障局",
        "due": "2025-04-28T23:59:59+08:00", "late_days": 2, "reasons": ["late", "unsigned"],
        "overdue": ["sign", "handle"], "mark": "red",
    });
    assert_eq!(bulletin["orders"][0], first);
    assert_eq!(
        (&bulletin["orders_cut_count"], &bulletin["is_incomplete"]),
        (&json!(0), &json!(false))
    );
    for format in ["table", "csv", "json", "html"] {
        let said = office.reports(&[&BULLETIN[..], &["--format", format]].concat());
        for secret in [CALLER, "13912345678", "13812345678"] {
            assert!(!said.contains(secret), "{secret} in {said}");
        }
    }
}

/// Its own clock runs, whatever the clock of the order is that is handled for it.
#[test]
fn an_order_that_is_handled_with_another_is_late_by_itself() {
    let office = Office::with(
        "
        2025-04-21 09:00:00 accept consultation normal 社保怎么转移
        2025-04-21 09:01:00 dispatch 1 human-resources
        2025-04-28 09:00:00 accept-unnamed consultation normal 学位怎么申请
        2025-04-28 09:01:00 dispatch 2 human-resources
        2025-04-28 09:02:00 merge 1 2
        ",
    );
    let bulletin = office.counts(&["--bulletin", "--day", "2025-04-28"]);
    let dues: Vec<_> = bulletin["orders"].as_array().unwrap().iter().map(|it| &it["due"]).collect();
    assert_eq!(bulletin["total"]["late"], 1, "{bulletin}");
    assert_eq!(dues[0], "2025-04-23T23:59:59+08:00", "{bulletin}");
}

#[test]
fn a_bulletin_judges_against_its_day() {
    let office = Office::before_the_holiday();
    let total = |day: &str| office.counts(&["--bulletin", "--day", day])["total"].clone();
    let cases = [
        // A working Sunday before a working Monday: the first order is due then, and its signature on the Sunday.
        ("2025-04-27", json!([0, 1, 1, 0, null])),
        ("2025-04-28", json!([1, 1, 0, 0, 0])),
        ("2025-04-29", json!([1, 1, 1, 0, 1])),
        ("2025-04-30", json!([2, 1, 1, 1, 2])),
        // In the holiday: the next working day is some days off.
        ("2025-05-01", json!([3, 1, 0, 1, 3])),
        ("2025-05-05", json!([3, 1, 1, 0, 7])),
        ("2025-05-06", json!([4, 1, 0, 0, 8])),
    ];
    for (day, wanted) in cases {
        let total = total(day);
        let keys = ["late", "unsigned", "due_tomorrow", "due_next_working_day", "late_days_max"];
        assert_eq!(json!(keys.map(|key| &total[key])), wanted, "{day}: {total}");
    }
}

#[test]
fn a_bulletin_of_one_unit_counts_and_lists_that_unit_alone() {
    let office = Office::before_the_holiday();
    let bulletin = office.counts(&[&BULLETIN[..], &["--unit", "education"]].concat());
    assert_eq!(
        (&bulletin["total"]["late"], &bulletin["total"]["accepted"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(bulletin["rows"].as_array().unwrap().len(), 1);
    assert_eq!(bulletin["orders"].as_array().unwrap().len(), 2);
}

#[test]
fn a_report_is_of_a_day_a_month_a_year_or_a_span() {
    let office = Office::before_the_holiday();
    for (args, from, to, accepted) in [
        (&["--day", "2025-04-28"][..], "2025-04-28", "2025-04-28", 2),
        (&["--month", "2025-04"], "2025-04-01", "2025-04-30", 6),
        (&["--year", "2025"], "2025-01-01", "2025-12-31", 7),
        (&["--from", "2025-04-30", "--to", "2025-05-31"], "2025-04-30", "2025-05-31", 3),
    ] {
        let report = office.counts(args);
        assert_eq!((&report["from"], &report["to"]), (&json!(from), &json!(to)));
        assert_eq!(report["total"]["counts"]["accepted"], accepted, "{args:?}");
    }
    for (args, said) in [
        (&[][..], "required arguments were not provided"),
        (&["--from", "2025-04-01"], "--to <DAY>"),
        (&["--day", "2025-04-30", "--month", "2025-04"], "cannot be used with"),
        (&["--month", "2025-13"], "is not a month such as 2026-11"),
        (&["--year", "25"], "is not a year such as 2026"),
        (&["--from", "2025-04-30", "--to", "2025-04-01"], "lies before --from"),
        (&["--bulletin", "--month", "2025-04"], "--day <DAY>"),
        (
            &["--bulletin", "--day", "2025-04-30", "--score", "lianyungang-2022"],
            "cannot be used with",
        ),
        (&["--bulletin", "--day", "9999-12-31"], "--day 9999-12-31 has not begun"),
        (&["--day", "2025-04-30", "--unit", "nowhere"], "no such unit"),
    ] {
        let refusal = office.refuses(args);
        assert!(refusal.contains(said), "{args:?}: {refusal}");
    }
    assert_eq!(
        refused(&["report", "--data", "nowhere", "--year", "2025"]),
        "hotline: nowhere is not a folder; a data folder is wanted"
    );
}

#[test]
fn a_ranking_stands_in_every_form() {
    let office = Office::with(RATED);
    let args = ["--month", "2025-04", "--score", "lianyungang-2022"];
    let ranking = &office.counts(&args)["ranking"];
    let rows = ranking["rows"].as_array().unwrap();
    let of = |row: &Value| json!([row["rank"], row["key"], row["points"]]);
    let ranked: Vec<Value> = rows.iter().map(of).collect();
    let wanted = [
        json!([1, "human-resources", "50.00"]),
        json!([2, "education", "12.50"]),
        json!([null, "housing", null]),
    ];
    assert_eq!(ranked, wanted, "{ranking}");
    let csv = office.reports(&[&args[..], &["--format", "csv"]].concat());
    assert!(
        csv.starts_with("key,label,figure,numerator,denominator,percent,rank,points,mean\n"),
        "{csv}"
    );
    for line in [
        "human-resources,区人力资源和社会保障局,on-time-closure,1,1,100.00 %,1,50.00,\n",
        "education,区教育局,on-time-closure,0,1,0.00 %,2,12.50,\n",
        "total,合计,on-time-closure,1,2,50.00 %,,,\n",
    ] {
        assert!(csv.contains(line), "{line} in {csv}");
    }
    assert!(office.reports(&args).contains("不参评"));
    let sheet = office.reports(&[&args[..], &["--format", "html"]].concat());
    assert!(
        sheet.contains("评分排名") && sheet.contains("50.00") && sheet.contains("不参评"),
        "{sheet}"
    );
}

#[test]
fn what_no_unit_has_is_ranked_nowhere_though_it_is_late() {
    let log = "
    2025-04-21 09:00:00 accept consultation normal 社保怎么转移
    2025-04-24 00:00:01 tick
    ";
    let args = ["--month", "2025-04", "--score", "lianyungang-2022"];
    let report = Office::with(log).counts(&args);
    let due = &report["rows"][0]["rates"]["on-time-closure"];
    assert_eq!((&report["rows"][0]["key"], &due["denominator"]), (&json!("-"), &json!(1)));
    let row = &report["ranking"]["rows"][0];
    assert_eq!(json!([row["rank"], row["key"], row["points"]]), json!([null, "-", null]));
}
