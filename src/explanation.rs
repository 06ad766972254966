//! An order's decision and dues in words, for handlers and dispatchers: what decided, by which row, day by day.

use std::fmt::Write;

use hotline_engine::Rules;
use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::dues::{Facts, start_of};
use hotline_engine::order::{Due, Order, Stage};
use hotline_engine::routing::{Question, consider};
use hotline_engine::text::mask_identity;
use serde::Serialize;
use utoipa::ToSchema;

use crate::due_view::DueView;
use crate::explained_above::AboveView;
use crate::explained_due::ExplainedDue;
use crate::explained_move::{self, MoveView};
use crate::explained_rung::RungView;

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
    dues(directory, rules, order).iter().try_for_each(|due| due.write_into(to))?;
    arbitration(rules, order).map_or(Ok(()), |rung| rung.write_into(to))
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
    /// How a rule makes the original due; none where no one rule does.
    explained: Option<ExplainedDue>,
    /// How the due above makes it, of an order that was passed down.
    #[schema(inline)]
    above: Option<AboveView>,
    /// What else had a part in it, in Chinese.
    note: Option<String>,
    /// What the rules of now would make of the order as it is now, where that is something else.
    now: Option<ExplainedDue>,
    /// What moved it since, up to the due as it stands.
    moves: Vec<MoveView>,
}

/// Every due of the order, step by step.
pub(crate) fn dues(directory: &Directory, rules: &Rules, order: &Order) -> Vec<StageDue> {
    let explained = |&stage: &Stage| stage_due(directory, rules, order, stage);
    Stage::ALL.iter().filter_map(explained).collect()
}

/// The rung of arbitration that has the order, while one does.
pub(crate) fn arbitration(rules: &Rules, order: &Order) -> Option<RungView> {
    RungView::of(rules, order)
}

fn stage_due(
    directory: &Directory,
    rules: &Rules,
    order: &Order,
    stage: Stage,
) -> Option<StageDue> {
    let (due, from) = (order.dues[stage]?, start_of(order, stage)?);
    let subject = Facts::of(order).subject(directory, stage, from);
    let mut told = StageDue {
        stage: stage.code(),
        stage_label: stage.label(),
        due: due.into(),
        explained: ExplainedDue::of(rules.profile(from), &rules.calendar, &subject),
        above: None,
        note: None,
        now: None,
        moves: Vec::new(),
    };
    if told.explained.as_ref().is_none_or(|own| own.due.0 != due.original) {
        let own = told.explained.take();
        told.above = AboveView::of(rules, order, due, from);
        if told.above.is_none() {
            let (profile, calendar) = (rules.profile(from), &rules.calendar);
            told.explained = ExplainedDue::matching(profile, calendar, &subject, due.original);
            told.note = Some(otherwise(due, told.explained.as_ref(), own.as_ref()));
            told.now = own;
        }
    }
    if stage == Stage::Handle {
        let moves = explained_move::of(directory, rules, order, due);
        let elsewhere = moves
            .otherwise
            .map(|other| format!("现为 {};按现行规则应顺延至 {}", due.current, other.current));
        told.note = match (told.note, elsewhere) {
            (Some(note), Some(elsewhere)) => Some(format!("{note};{elsewhere}")),
            (note, elsewhere) => note.or(elsewhere),
        };
        told.moves = moves.told;
    }
    Some(told)
}

/// What the due is, and what it would be now: the rules, or what is known of the order, have changed since.
fn otherwise(due: Due, then: Option<&ExplainedDue>, now: Option<&ExplainedDue>) -> String {
    let then = then.map_or_else(String::new, |then| format!(",与{}相符", then.rule().place()));
    let now = now.map_or_else(
        || "现行规则不设此时限".to_owned(),
        |now| format!("按现行规则和工单现状为 {}({})", now.due.0, now.rule()),
    );
    format!("当时定为 {}{then};{now}", due.original)
}

impl StageDue {
    fn write_into(&self, to: &mut String) -> std::fmt::Result {
        let assumed =
            if self.due.is_assumed() { "(放假通知未发布或不全,为推定)" } else { "" };
        writeln!(to, "  {}:{} 前{assumed}", self.stage_label, self.due.current())?;
        if self.due.has_moved() {
            writeln!(to, "    原定 {}", self.due.original())?;
        }
        self.above.iter().try_for_each(|above| above.write_into(to))?;
        self.note.iter().try_for_each(|words| writeln!(to, "    {words}"))?;
        self.explained.iter().try_for_each(|explained| explained.write_steps(to))?;
        self.moves.iter().try_for_each(|moved| moved.write_into(to))
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
