//! A bulletin in words: the columns of its tables and what is said beside them. Judges no order.

use hotline_engine::time::Timestamp;

use super::{AHEAD_DAYS_MAX, Bulletin, BulletinOrder, BulletinRow, Edition, Tomorrow};

impl BulletinRow {
    /// The text of each column, as [`Bulletin::HEADINGS`] names them.
    pub(crate) fn cells(&self) -> [String; 12] {
        let days = self.late_days_max.map_or_else(|| "—".to_owned(), days);
        [
            self.label.clone(),
            self.accepted.to_string(),
            self.closed.to_string(),
            self.on_time.to_string(),
            self.late.to_string(),
            days,
            self.unsigned.to_string(),
            self.due_today.to_string(),
            self.due_tomorrow.to_string(),
            self.due_next_working_day.to_string(),
            self.yellow.to_string(),
            self.red.to_string(),
        ]
    }
}

impl Bulletin {
    /// What the columns of the counts are called.
    pub(crate) const HEADINGS: [&'static str; 12] = [
        "单位",
        "当日受理",
        "当日办结",
        "当日到期按时率",
        "超时",
        "最长超时",
        "逾期未签收",
        "今日到期",
        "明日到期",
        "至下一工作日到期",
        "黄牌",
        "红牌",
    ];
    /// What the columns of the orders are called.
    pub(crate) const ORDER_HEADINGS: [&'static str; 10] =
        ["工单号", "类型", "事项", "标题", "单位", "办理到期", "超时", "原因", "已超环节", "亮牌"];

    /// The line under the list, where it was cut.
    pub(crate) fn cut(&self) -> Option<String> {
        let (listed, more) = (self.orders.len(), self.orders_cut_count);
        (more > 0).then(|| {
            format!("清单只列到期最早的 {listed} 件,另有 {more} 件未列;各单位合计数包含全部。")
        })
    }
}

impl BulletinOrder {
    /// The text of each column, as [`Bulletin::ORDER_HEADINGS`] names them.
    pub(crate) fn cells(&self) -> [String; 10] {
        let whys: Vec<&str> = self.whys.iter().map(|why| why.label()).collect();
        [
            self.number.clone(),
            self.kind_label.to_owned(),
            self.matter.clone().unwrap_or_else(|| "事项未知".to_owned()),
            self.title.clone(),
            self.unit_label.clone(),
            self.due.map_or_else(|| "—".to_owned(), |due| plain(due.0)),
            self.late_days.map_or_else(|| "—".to_owned(), days),
            whys.join("、"),
            self.overdue_labels.join("、"),
            self.mark_label.to_owned(),
        ]
    }
}

/// `2026-11-24 23:59:59`, as a spreadsheet reads it: the hotline knows one time of day.
fn plain(at: Timestamp) -> String {
    let text = at.to_string();
    text.trim_end_matches("+08:00").replace('T', " ")
}

/// `3 天`; what fell due on the day itself is late, but not by a day.
fn days(count: i32) -> String {
    if count > 0 { format!("{count} 天") } else { "不足 1 天".to_owned() }
}

/// What must be known to read the numbers.
pub(super) fn notes(edition: &Edition<'_>) -> Vec<String> {
    let Tomorrow { day, why, working, assumed, next_working_day } = edition.tomorrow();
    let next = next_working_day.map_or_else(
        || format!("此后 {AHEAD_DAYS_MAX} 天内没有工作日"),
        |next| format!("下一工作日为 {next}"),
    );
    let mut said = if working {
        format!("明日 {day} 为{why}。")
    } else {
        format!("明日 {day} 为非工作日({why}),{next};其间到期的列入“至下一工作日到期”。")
    };
    if assumed {
        said.push_str("该年度尚无完整的放假通知,按星期推定。");
    }
    let mut notes = vec![said];
    if edition.at == edition.day.end() {
        notes.push(
            "往日通报:列出现在仍未答复的工单,按当日终了时的时间判断;此后已答复、办结或撤回的不再列出,单位与到期时间以现在为准。"
                .to_owned(),
        );
    }
    notes.push(
        "当日受理、办结、当日到期按时率(按时办结 ÷ 当日应办结)取自统计,不含表扬。超时指过了办理到期时间仍未答复,天数按自然日;暂停计时的不列入。黄牌、红牌按本表工单本轮办理中的最高一级计,红牌不重复计黄牌。"
            .to_owned(),
    );
    notes
}
