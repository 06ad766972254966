//! An order's decision and dues in words, for handlers and dispatchers: what decided, by which row, day by day.

use std::fmt::Write;

use hotline_engine::Rules;
use hotline_engine::deadline::inner_due;
use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::dues::{Facts, start_of};
use hotline_engine::order::{Due, Order, Stage};
use hotline_engine::routing::{Question, consider};
use hotline_engine::text::mask_identity;
use hotline_engine::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::due_view::DueView;
use crate::explained_due::ExplainedDue;

/// One screen of text, in Chinese.
pub fn of(directory: &Directory, rules: &Rules, order: &Order) -> String {
    let mut text = String::new();
    write_into(&mut text, directory, rules, order).expect("a string takes whatever is written");
    text
}

fn write_into(
    to: &mut String,
    directory: &Directory,
    rules: &Rules,
    order: &Order,
) -> std::fmt::Result {
    let title = mask_identity(&order.title);
    writeln!(to, "工单 {:018}  {}", order.number, title)?;
    writeln!(
        to,
        "{} · {} · {} · 受理于 {}",
        order.kind.label(),
        order.urgency.label(),
        order.status.label(),
        order.times.accepted
    )?;
    if let Some(number) = order.transfer {
        writeln!(to, "紧急:文本涉及生命安全,应立即转接 {number}")?;
    }
    writeln!(to, "\n【事项判断】")?;
    let question = Question {
        candidates: &order.classification.candidates,
        region: order.region,
        returns: &order.returns,
        on: order.times.accepted.day(),
    };
    for entry in consider(directory, question) {
        let matter = directory.matter(entry.candidate.matter);
        let percent = entry.candidate.confidence.probability() * 100.0;
        match entry.outcome {
            Ok((row, lead)) => {
                writeln!(
                    to,
                    "  {percent:5.1}%  {matter} → {}(目录第 {row} 条)",
                    name(directory, lead)
                )?;
            }
            Err(reason) => writeln!(to, "  {percent:5.1}%  {matter} → 无({})", reason.label())?,
        }
    }
    if !order.classification.evidence.is_empty() {
        writeln!(to, "  依据原文:{}", order.classification.evidence.join(" | "))?;
    }
    write_dispatch(to, directory, rules, order)?;
    writeln!(to, "\n【时限】")?;
    dues(directory, rules, order).iter().try_for_each(|due| due.write_into(to))
}

/// The due of one stage of an order, and how it came about.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct StageDue {
    #[schema(example = "handle")]
    stage: &'static str,
    #[schema(example = "办理")]
    stage_label: &'static str,
    #[schema(inline)]
    due: DueView,
    /// How the rules of the day make the original due, unless `note` says why they do not.
    explained: Option<ExplainedDue>,
    /// What else had a part in it, in Chinese.
    note: Option<String>,
    /// What moved it since, in Chinese.
    moved_by: Vec<String>,
}

/// Every due of the order, step by step.
pub(crate) fn dues(directory: &Directory, rules: &Rules, order: &Order) -> Vec<StageDue> {
    let explained = |&stage: &Stage| {
        let (due, from) = (order.dues[stage]?, start_of(order, stage)?);
        let subject = Facts::of(order).subject(directory, stage, from);
        let profile = rules.profile(from);
        let own = ExplainedDue::of(profile, &rules.calendar, &subject);
        let (explained, note) = match own {
            Some(own) if own.due.0 == due.original => (Some(own), None),
            _ => (None, Some(other_reason(rules, order, due, from))),
        };
        let moved_by = if stage == Stage::Handle { moves(order) } else { Vec::new() };
        let (stage, stage_label) = (stage.code(), stage.label());
        Some(StageDue { stage, stage_label, due: due.into(), explained, note, moved_by })
    };
    Stage::ALL.iter().filter_map(explained).collect()
}

/// What moved the handling due in the present cycle: extensions that were granted, and pauses.
fn moves(order: &Order) -> Vec<String> {
    let since = order.cycle_start();
    let granted = order.extensions.iter().filter(|extension| extension.at >= since);
    let granted = granted.filter_map(|extension| {
        let decision = extension.decision.as_ref().filter(|decision| decision.granted)?;
        let (days, by, at) = (extension.working_days, &decision.by, decision.at);
        Some((at, format!("{at} 延期 {days} 个工作日,{by} 批准")))
    });
    let paused = order.pauses.iter().filter(|pause| pause.from >= since).map(|pause| {
        let until = pause.ended.map_or_else(|| "至今".to_owned(), |ended| format!("至 {ended}"));
        (pause.from, format!("{} {until} 暂停计时:{}", pause.from, pause.reason.label()))
    });
    let mut moves: Vec<_> = granted.chain(paused).collect();
    moves.sort();
    moves.into_iter().map(|(_, words)| words).collect()
}

/// Why a due is not what the limit says.
fn other_reason(rules: &Rules, order: &Order, due: Due, from: Timestamp) -> String {
    let profile = rules.profile(from);
    let outer = order.upstream.as_ref().and_then(|upstream| upstream.due);
    let inner = outer.map(|outer| inner_due(profile, &rules.calendar, outer, from).current);
    match (outer, &profile.upstream) {
        (Some(outer), Some(margin)) if inner == Some(due.original) => format!(
            "上级时限 {outer},区内提前 {} 个工作日;{}",
            margin.working_days_earlier, margin.source
        ),
        (Some(outer), None) if inner == Some(due.original) => {
            format!("上级时限 {outer} 更早,从上级时限")
        }
        _ => "当时规则与现行规则不同".to_owned(),
    }
}

impl StageDue {
    fn write_into(&self, to: &mut String) -> std::fmt::Result {
        let assumed = if self.due.is_assumed() {
            "(含放假通知未发布或不全的年份,为推定)"
        } else {
            ""
        };
        writeln!(to, "  {}:{} 前{assumed}", self.stage_label, self.due.current())?;
        if self.due.has_moved() {
            writeln!(to, "    原定 {}", self.due.original())?;
        }
        for words in self.note.iter().chain(&self.moved_by) {
            writeln!(to, "    {words}")?;
        }
        self.explained.as_ref().map_or(Ok(()), |explained| explained.write_steps(to))
    }
}

fn write_dispatch(
    to: &mut String,
    directory: &Directory,
    rules: &Rules,
    order: &Order,
) -> std::fmt::Result {
    writeln!(to, "\n【派单】")?;
    if let Some(region) = order.region {
        writeln!(to, "  地点:{}", name(directory, region))?;
    }
    if let Some(reason) = order.triage {
        writeln!(to, "  待人工派单:{}", reason.label())?;
    }
    if let Some(dispatch) = &order.dispatch {
        let percent = dispatch.confidence.probability() * 100.0;
        let wanted = rules.confidence_min.probability() * 100.0;
        let (mode, lead) = (dispatch.mode.label(), name(directory, dispatch.lead));
        writeln!(to, "  {mode}:{lead}(把握 {percent:.1}%,门槛 {wanted:.1}%)")?;
        // Rows are numbered anew in each version: only the one in force can be shown.
        let row = dispatch.row.filter(|_| dispatch.directory_version == directory.version);
        if let Some((number, row)) = row.and_then(|number| Some((number, directory.row(number)?))) {
            writeln!(
                to,
                "  目录第 {number} 条:{};依据 {};{}",
                row.level.label(),
                row.basis,
                row.source
            )?;
        }
        for &unit in &dispatch.co_units {
            writeln!(to, "  协办:{}", name(directory, unit))?;
        }
    }
    for refusal in &order.returns {
        let unit = name(directory, refusal.unit);
        let evidence = mask_identity(&refusal.evidence);
        writeln!(to, "  退单:{unit}({}):{evidence};不再派给该单位", refusal.reason.label())?;
    }
    Ok(())
}

fn name(directory: &Directory, unit: UnitId) -> &str {
    &directory.unit(unit).name
}
