//! What was found on a duty list, in Chinese: each finding with its file, line and row. Finds nothing itself.

use hotline_engine::draft::RowDraft;
use hotline_engine::duty_list::lint::{Entry, Fault, Finding, Severity};
use hotline_engine::duty_list::{Days, DutyList};
use serde::Serialize;

use super::named::{holder, unit};
use crate::district::DistrictError;
use crate::district::written::{Written, in_chinese};

/// A finding as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    pub(super) severity: &'static str,
    /// What it is, such as `gap`.
    pub(super) code: &'static str,
    label: &'static str,
    pub(super) file: String,
    /// The line of the file, from 1.
    pub(super) line: Option<u64>,
    /// The row of the duty list, unit or matter, from 1: a line of a heading less.
    row: Option<usize>,
    /// The matter it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    matter: Option<String>,
    pub(super) text: String,
    #[serde(skip)]
    severity_label: &'static str,
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} [{}] {}", self.severity_label, self.label, self.file)?;
        if let Some(line) = self.line {
            write!(f, " 第 {line} 行")?;
        }
        if let Some(row) = self.row {
            write!(f, "(第 {row} 条)")?;
        }
        write!(f, ":{}", self.text)
    }
}

/// What the engine found.
pub(super) fn of_list(written: &Written, list: &DutyList<'_>, finding: &Finding) -> Told {
    let Finding { entry, fault } = finding;
    let (file, lines, row) = match *entry {
        Entry::Unit(number) => ("units.csv", &written.unit_lines, number),
        Entry::Matter(number) => ("matters.csv", &written.matter_lines, number),
        Entry::Row(number) => ("duty-list.csv", &written.row_lines, number),
    };
    let matter = match *entry {
        Entry::Unit(_) => None,
        Entry::Matter(number) => written.draft.matters.get(number - 1).cloned(),
        Entry::Row(number) => Some(list.row(number).matter.clone()),
    };
    let (kind, severity) = (fault.kind(), fault.severity());
    Told {
        severity: severity.code(),
        severity_label: severity.label(),
        code: kind.code(),
        label: kind.label(),
        file: file.to_owned(),
        line: lines.get(row - 1).copied(),
        row: Some(row),
        text: sentence(written, list, *entry, fault),
        matter,
    }
}

/// A line that cannot be read, or files that do not fit each other.
pub(super) fn unreadable(fault: &DistrictError) -> Told {
    let (file, line, text) = in_chinese(fault);
    Told { file, line, text, ..told(Severity::Error, "unreadable", "无法读取") }
}

/// Orders that nobody will have, and such with which nobody will help: how many of each.
pub(super) fn orphaned(name: &str, code: &str, (leads, helps): (usize, usize)) -> Told {
    let led = "件未办结工单,启用后待签收、办理中和暂停的转派单员改派";
    let helped = "件协办工单,启用后不再由其协办";
    let parts = [(leads, led), (helps, helped)].into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, what)| format!("仍有 {count} {what}")).collect();
    let text = format!("{name}(`{code}`)不在新目录中,{}", parts.join(";"));
    let file = "units.csv".to_owned();
    Told { file, text, ..told(Severity::Warning, "dissolved-unit", "单位已撤销") }
}

fn told(severity: Severity, code: &'static str, label: &'static str) -> Told {
    Told {
        severity: severity.code(),
        severity_label: severity.label(),
        code,
        label,
        file: String::new(),
        line: None,
        row: None,
        matter: None,
        text: String::new(),
    }
}

fn sentence(written: &Written, list: &DutyList<'_>, entry: Entry, fault: &Fault) -> String {
    match entry {
        Entry::Row(number) => of_row(list, list.row(number), fault),
        Entry::Matter(number) => {
            let path = written.draft.matters.get(number - 1).map_or("", String::as_str);
            of_matter(list, path, fault)
        }
        Entry::Unit(number) => {
            let unit = &written.draft.units[number - 1];
            of_unit(&unit.name, &unit.code, fault)
        }
    }
}

fn of_row(list: &DutyList<'_>, row: &RowDraft, fault: &Fault) -> String {
    let RowDraft { matter, .. } = row;
    let lead = || holder(list, &row.lead);
    let place = || row.place.as_deref().map_or_else(|| "全区".to_owned(), |it| unit(list, it));
    match fault {
        Fault::Overlap { other, days } => format!(
            "`{matter}`({})与第 {other} 条同时有效({})而主办不同:第 {other} 条为{},本条为{};派单只认第 {other} 条,请保留一条或错开期限",
            place(),
            span(*days),
            holder(list, &list.row(*other).lead),
            lead()
        ),
        Fault::DeadRow { by } => format!(
            "`{matter}`({})的本条永远不会用到:凡它有效之时,第 {by} 条{}已先适用;请删除或缩小另一条的范围",
            place(),
            if list.row(*by).place == row.place { "" } else { "等各镇街专条" }
        ),
        Fault::Backwards => format!(
            "失效日期 {} 早于生效日期 {}",
            row.to.map_or_else(String::new, |to| to.to_string()),
            row.from
        ),
        Fault::Expired { to, successor: Some(other) } => {
            format!("`{matter}`的本条已于 {to} 到期,现由第 {other} 条接续;留作历史,无须处理")
        }
        Fault::Expired { to, successor: None } => {
            format!("`{matter}`({})的本条已于 {to} 到期,没有接续的条目;请续期或删除", place())
        }
        Fault::ExpiresSoon { to, days } => format!(
            "`{matter}`({})的本条将于 {to} 到期(还有 {days} 天),没有接续的条目;届时{}不再主办",
            place(),
            lead()
        ),
        Fault::ForbiddenLead => format!(
            "`{matter}`是职能事项,却由{}主办;职能部门的事项不得派给镇街、村社区(国办函〔2025〕66号第五条)",
            lead()
        ),
        Fault::FunctionalLapsed { matter, row } => format!(
            "职能事项`{matter}`的第 {row} 条不在有效期,现落到本条,会派给{};职能事项不得下派(国办函〔2025〕66号第五条)",
            lead()
        ),
        Fault::UnknownUnit { unit, dissolved } => unknown(unit, *dissolved),
        Fault::UnknownMatter => format!("事项`{matter}`不在 matters.csv 中"),
        Fault::NoPlace => format!("地点{}是部门,不是镇街或村社区", place()),
        Fault::Gap { .. }
        | Fault::Twice { .. }
        | Fault::BadCode
        | Fault::BadParent
        | Fault::BadPath => unreachable!("these are said of units and matters"),
    }
}

fn of_matter(list: &DutyList<'_>, path: &str, fault: &Fault) -> String {
    match fault {
        Fault::Gap { streets, days, .. } => {
            let names: Vec<String> = streets.iter().map(|street| unit(list, street)).collect();
            let place = if names.is_empty() {
                "全区".to_owned()
            } else {
                format!("在{}", names.join("、"))
            };
            format!("`{path}`{place}{}没有有效的条目,只能人工派单", span(*days))
        }
        Fault::Twice { first } => format!("事项`{path}`重复,首见于第 {first} 条"),
        Fault::BadPath => {
            format!("`{path}`不是事项路径:应为 1 至 4 级名称,以 / 相连,不超过 200 字节")
        }
        other => unreachable!("{other:?} is not said of matters"),
    }
}

fn of_unit(name: &str, code: &str, fault: &Fault) -> String {
    match fault {
        Fault::Twice { first } => format!("单位代码`{code}`重复,首见于第 {first} 条"),
        Fault::BadCode => format!("{name}的代码`{code}`应为 1 至 64 字节"),
        Fault::BadParent => {
            format!("{name}(`{code}`):村、社区须有上级镇街,其他单位不应有上级")
        }
        Fault::UnknownUnit { unit, dissolved } => {
            format!("{name}(`{code}`)的上级:{}", unknown(unit, *dissolved))
        }
        other => unreachable!("{other:?} is not said of units"),
    }
}

fn unknown(unit: &str, dissolved: bool) -> String {
    if dissolved {
        format!("单位`{unit}`已撤销:曾在目录中,现已不在 units.csv")
    } else {
        format!("单位`{unit}`不在 units.csv 中")
    }
}

fn span(days: Days) -> String {
    match days.to {
        None => format!("自 {} 起", days.from),
        Some(to) if to == days.from => format!("{to} 当日"),
        Some(to) => format!("{} 至 {to} ", days.from),
    }
}
