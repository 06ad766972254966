//! An order's decision on one screen, and its dues day by day, for handlers and dispatchers.

use std::fmt::Write;

use hotline_engine::Rules;
use hotline_engine::deadline::Subject;
use hotline_engine::directory::Directory;
use hotline_engine::dues::{Facts, start_of};
use hotline_engine::order::{CoUnit, Due, Order, Stage};
use hotline_engine::precedents::Precedents;
use hotline_engine::text::mask_identity;
use serde::Serialize;
use utoipa::ToSchema;

use crate::due_view::{ASSUMED, DueView};
use crate::explained_above::AboveView;
use crate::explained_decision::ExplainedDecision;
use crate::explained_due::ExplainedDue;
use crate::explained_move::{self, MoveView};
use crate::explained_rung::RungView;
use crate::screen::screen;

/// What is part of handling is done when handling is.
const CUT: &str = "不晚于派单时的办理时限";

/// One screen of text, in Chinese: why the order is where it is, and when what is due.
pub fn of(directory: &Directory, precedents: &Precedents, rules: &Rules, order: &Order) -> String {
    let mut lines = head(order);
    lines.extend(decision(directory, precedents, rules, order).lines());
    let mut rest = vec!["【时限】".to_owned()];
    rest.extend(dues(directory, rules, order).iter().map(StageDue::line));
    rest.extend(arbitration(rules, order).map(|rung| rung.line()));
    screen(lines, rest, "  其余时限见 --dues")
}

/// Why an order goes where it goes, by the directory in force and the precedents of now.
pub(crate) fn decision(
    directory: &Directory,
    precedents: &Precedents,
    rules: &Rules,
    order: &Order,
) -> ExplainedDecision {
    ExplainedDecision::of(directory, precedents, rules, order)
}

/// Every due of the order day by day, in Chinese.
pub fn day_by_day(directory: &Directory, rules: &Rules, order: &Order) -> String {
    let mut text = String::new();
    write_dues(&mut text, directory, rules, order).expect("a string takes whatever is written");
    text
}

fn write_dues(
    to: &mut String,
    directory: &Directory,
    rules: &Rules,
    order: &Order,
) -> std::fmt::Result {
    head(order).iter().try_for_each(|line| writeln!(to, "{line}"))?;
    writeln!(to, "\n【时限】")?;
    dues(directory, rules, order).iter().try_for_each(|due| due.write_into(to))?;
    arbitration(rules, order).map_or(Ok(()), |rung| rung.write_into(to))
}

fn head(order: &Order) -> Vec<String> {
    let Order { kind, urgency, status, times, .. } = order;
    let mut lines = vec![
        format!("工单 {:018}  {}", order.number, mask_identity(&order.title)),
        format!(
            "{} · {} · {} · 受理于 {}",
            kind.label(),
            urgency.label(),
            status.label(),
            times.accepted
        ),
    ];
    let transfer = |number| format!("紧急:文本涉及生命安全,应立即转接 {number}");
    lines.extend(order.transfer.map(transfer));
    lines
}

/// The due of one stage of an order, and how it came about.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct StageDue {
    #[schema(example = "handle")]
    stage: &'static str,
    #[schema(example = "办理")]
    stage_label: &'static str,
    /// Which of the units that help, where it is theirs.
    co_unit: Option<String>,
    #[schema(inline)]
    due: DueView,
    /// How a rule makes the original due; none where no one rule does. Of a part of handling whose own limit is longer, how that
    /// counts: the due of handling came first, and `note` says so.
    explained: Option<ExplainedDue>,
    /// How the due above makes it, of an order that was passed down.
    #[schema(inline)]
    above: Option<AboveView>,
    /// Whether the due of handling came before the stage's own.
    #[serde(skip)]
    is_cut: bool,
    /// What else had a part in it, in Chinese.
    note: Option<String>,
    /// What the rules of now would make of the order as it is now, where that is something else.
    now: Option<ExplainedDue>,
    /// What moved it since, up to the due as it stands.
    moves: Vec<MoveView>,
}

/// Every due of the order, step by step.
pub(crate) fn dues(directory: &Directory, rules: &Rules, order: &Order) -> Vec<StageDue> {
    let mut dues = Vec::new();
    for &stage in Stage::ALL {
        match stage {
            Stage::CoHandle => {
                let helpers = order.co_units().iter();
                dues.extend(helpers.filter_map(|it| due_of_help(directory, rules, order, it)));
            }
            _ => dues.extend(stage_due(directory, rules, order, stage)),
        }
    }
    dues
}

/// The rung of arbitration that has the order, while one does.
pub(crate) fn arbitration(rules: &Rules, order: &Order) -> Option<RungView> {
    RungView::of(rules, order)
}

/// By when a unit that helps must have said its word: by the rule for it.
fn due_of_help(
    directory: &Directory,
    rules: &Rules,
    order: &Order,
    helper: &CoUnit,
) -> Option<StageDue> {
    let (due, from) = (helper.due?, start_of(order, Stage::CoHandle)?);
    let facts = Facts::of(order).at(helper.unit, order.matter);
    let subject = facts.subject(directory, Stage::CoHandle, from);
    let mut told = StageDue::new(rules, &subject, due);
    told.co_unit = Some(directory.unit(helper.unit).name.clone());
    if !told.is_cut_short(order, due)
        && told.explained.as_ref().is_none_or(|own| own.due.0 != due.original)
    {
        told.by_other_rules(rules, &subject, due);
    }
    Some(told)
}

fn stage_due(
    directory: &Directory,
    rules: &Rules,
    order: &Order,
    stage: Stage,
) -> Option<StageDue> {
    let (due, from) = (order.dues[stage]?, start_of(order, stage)?);
    let subject = Facts::of(order).subject(directory, stage, from);
    let mut told = StageDue::new(rules, &subject, due);
    let is_part = matches!(stage, Stage::Sign | Stage::Return);
    let is_cut = is_part && told.is_cut_short(order, due);
    if !is_cut && told.explained.as_ref().is_none_or(|own| own.due.0 != due.original) {
        told.above = AboveView::of(rules, order, due, from);
        if told.above.is_some() {
            told.explained = None;
        } else {
            told.by_other_rules(rules, &subject, due);
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
    fn new(rules: &Rules, subject: &Subject<'_>, due: Due) -> StageDue {
        StageDue {
            stage: subject.stage.code(),
            stage_label: subject.stage.label(),
            co_unit: None,
            due: due.into(),
            explained: ExplainedDue::of(rules.profile(subject.from), &rules.calendar, subject),
            above: None,
            is_cut: false,
            note: None,
            now: None,
            moves: Vec::new(),
        }
    }

    /// Whether a part of handling had to be done when the whole had to be; then it says so.
    fn is_cut_short(&mut self, order: &Order, due: Due) -> bool {
        let at = |it: Due| it.original == due.original || it.current == due.original;
        let is_cut = order.dues[Stage::Handle].is_some_and(at);
        let longer = self.explained.as_ref().filter(|own| is_cut && own.due.0 > due.original);
        self.note = longer.map(|own| format!("{CUT};按本环节规则为 {}", own.due.0));
        self.is_cut = self.note.is_some();
        self.is_cut
    }

    /// No rule of now makes the due: what made it then, as far as one that was in force does, and what it would be now.
    fn by_other_rules(&mut self, rules: &Rules, subject: &Subject<'_>, due: Due) {
        let own = self.explained.take();
        let (profile, calendar) = (rules.profile(subject.from), &rules.calendar);
        self.explained = ExplainedDue::matching(profile, calendar, subject, due.original);
        self.note = Some(otherwise(due, self.explained.as_ref(), own.as_ref()));
        self.now = own;
    }

    /// The stage, and whose it is where several have one.
    fn whose(&self) -> String {
        let unit = self.co_unit.as_ref().map(|unit| format!("({unit})"));
        format!("{}{}", self.stage_label, unit.unwrap_or_default())
    }

    /// On one line: the due, and the rule that makes it.
    fn line(&self) -> String {
        let cut = if self.is_cut { format!(";{CUT}") } else { String::new() };
        let rule = self.explained.as_ref().map(|it| format!("({}{cut})", it.rule().in_short()));
        let moved = if self.due.has_moved() {
            format!(",原定 {}", self.due.original())
        } else {
            String::new()
        };
        let (stage, due, assumed) = (self.whose(), self.due.current(), self.assumed());
        format!("  {stage}:{due} 前{assumed}{moved}{}", rule.unwrap_or_default())
    }

    fn assumed(&self) -> &'static str {
        if self.due.is_assumed() { ASSUMED } else { "" }
    }

    fn write_into(&self, to: &mut String) -> std::fmt::Result {
        writeln!(to, "  {}:{} 前{}", self.whose(), self.due.current(), self.assumed())?;
        if self.due.has_moved() {
            writeln!(to, "    原定 {}", self.due.original())?;
        }
        self.above.iter().try_for_each(|above| above.write_into(to))?;
        self.note.iter().try_for_each(|words| writeln!(to, "    {words}"))?;
        self.explained.iter().try_for_each(|explained| explained.write_steps(to))?;
        self.moves.iter().try_for_each(|moved| moved.write_into(to))
    }
}
