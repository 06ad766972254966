//! An order's decision and dues in words, for handlers and dispatchers: what decided, by which row, day by day.

use std::fmt::Write;

use hotline_engine::Rules;
use hotline_engine::deadline::{self, Subject};
use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::order::{Due, Order, Stage};
use hotline_engine::routing::{Question, consider};
use hotline_engine::text::mask_identity;
use hotline_engine::time::Timestamp;

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
    write_due(to, rules, order, Stage::Handle, order.dues.handle, Some(order.times.accepted))?;
    write_due(to, rules, order, Stage::Sign, order.dues.sign, order.times.dispatched)
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

fn write_due(
    to: &mut String,
    rules: &Rules,
    order: &Order,
    stage: Stage,
    due: Option<Due>,
    from: Option<Timestamp>,
) -> std::fmt::Result {
    let (Some(due), Some(from)) = (due, from) else { return Ok(()) };
    let assumed = if due.assumed { "(含未发布放假通知的年份,为推定)" } else { "" };
    writeln!(to, "  {}:{} 前{assumed}", stage.label(), due.current)?;
    if due.original != due.current {
        writeln!(to, "    原定 {}", due.original)?;
    }
    let subject = Subject { stage, kind: order.kind, urgency: order.urgency, from };
    let Some(explained) = deadline::explain(rules.profile(from), &rules.calendar, subject) else {
        return Ok(());
    };
    if explained.due.original != due.original {
        let upstream = order.upstream.as_ref().and_then(|upstream| upstream.due);
        let why = if upstream == Some(due.original) {
            "上级时限更早,从上级时限"
        } else {
            "当时规则与现行规则不同"
        };
        return writeln!(to, "    {why}");
    }
    writeln!(to, "    规则第 {} 条:{}", explained.row, explained.limit.source)?;
    for step in &explained.steps {
        writeln!(to, "    {} {}(累计 {})", step.day, step.reason, step.counted)?;
    }
    Ok(())
}

fn name(directory: &Directory, unit: UnitId) -> &str {
    &directory.unit(unit).name
}
