//! Why an order goes to a unit or to a dispatcher: evidence, rows that applied, units ruled out, confidence and threshold, and
//! what would decide, in JSON and in Chinese. Decides nothing: it reads what was decided.

use hotline_engine::Rules;
use hotline_engine::directory::{Directory, Holder, UnitId};
use hotline_engine::order::{Candidate, Confidence, Dispatch, Mode, Order, Status, TriageReason};
use hotline_engine::precedents::Precedents;
use hotline_engine::routing::{Considered, Ground, Question, consider};
use serde::Serialize;
use utoipa::ToSchema;

use crate::explained_ground::{PrecedentsView, by_precedents, told_ground};
use crate::explained_ruled_out::{RuledOut, ruled_out};

/// Units of an order in triage that stand first.
const FIRST: usize = 3;
/// Rows that are shown: those of the first units.
const ROWS_SHOWN: usize = 3;
/// Units ruled out that are shown on the screen; the view has all of five candidates.
const RULED_OUT_SHOWN: usize = 5;

/// What a decision was made from, and what it was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decided<'a> {
    pub(crate) question: Question<'a>,
    /// The pieces of the text that decided on the matter.
    pub(crate) evidence: &'a [String],
    pub(crate) dispatch: Option<&'a Dispatch>,
    pub(crate) triage: Option<TriageReason>,
}

/// The decision, explained.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ExplainedDecision {
    /// The pieces of the text that decided on the matter, strongest first.
    evidence: Vec<String>,
    /// The street or community that the place resolved to.
    place: Option<String>,
    candidates: Vec<ExplainedCandidate>,
    /// Rows of the duty list that apply: those of the candidates, the likeliest first.
    rows: Vec<AppliedRow>,
    /// Units that do not get it, and why.
    ruled_out: Vec<RuledOut>,
    /// How it was dispatched, in Chinese; none while a dispatcher must decide.
    mode: Option<&'static str>,
    lead: Option<String>,
    co_units: Vec<String>,
    /// How sure the engine was of the lead, or is of the first unit of those below.
    confidence: Option<f64>,
    /// How the lead stands, as of now; only where precedents led to it, or put it before others of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    precedents: Option<PrecedentsView>,
    /// What it must be for the engine to dispatch.
    threshold: f64,
    /// Why a dispatcher must decide, in Chinese.
    triage: Option<&'static str>,
    /// While a dispatcher must decide: the first three units.
    first: Vec<FirstUnit>,
    /// What would decide, in Chinese.
    missing: Vec<String>,
    /// What makes the rows shown others than those of then.
    note: Option<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct ExplainedCandidate {
    matter: String,
    probability: f64,
    lead: Option<String>,
    row: Option<u32>,
    /// How the lead stands; only where precedents chose it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    precedents: Option<PrecedentsView>,
    /// What led there, in Chinese.
    #[serde(skip)]
    ground: Option<String>,
    /// Why nothing leads anywhere, in Chinese.
    reason: Option<&'static str>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct AppliedRow {
    row: u32,
    matter: String,
    place: Option<String>,
    lead: String,
    co_units: Vec<String>,
    level: &'static str,
    basis: String,
    source: String,
    #[schema(value_type = String, format = Date)]
    from: hotline_engine::time::Day,
    #[schema(value_type = Option<String>, format = Date)]
    to: Option<hotline_engine::time::Day>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct FirstUnit {
    unit: String,
    probability: f64,
    row: Option<u32>,
    /// How the unit stands; only where precedents chose it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    precedents: Option<PrecedentsView>,
    /// What led there, in Chinese.
    #[serde(skip)]
    ground: String,
}

impl ExplainedDecision {
    /// Of an order; by the directory in force now, on the day of its acceptance, and the precedents of now.
    pub(crate) fn of(
        directory: &Directory,
        precedents: &Precedents,
        rules: &Rules,
        order: &Order,
    ) -> ExplainedDecision {
        let given =
            order.matter.map(|matter| Candidate { matter, confidence: Confidence::CERTAIN });
        let candidates = match &order.classification.candidates[..] {
            [] => given.as_slice(),
            candidates => candidates,
        };
        let question = Question {
            candidates,
            region: order.region,
            returns: &order.returns,
            on: order.times.accepted.day(),
            precedents,
        };
        let (dispatch, triage) = (order.dispatch.as_ref(), order.triage);
        let evidence = &order.classification.evidence;
        let decided = Decided { question, evidence, dispatch, triage };
        let mut view = ExplainedDecision::by(directory, rules, decided);
        let leading = order.merge.as_ref().filter(|_| order.status == Status::Merged);
        let joined = leading
            .map(|merge| format!("随工单 {} 一并办理,由哪个单位承办以该单为准", merge.into.0));
        let ground = by_precedents(directory, precedents, order).filter(|_| triage.is_none());
        view.precedents = ground.and_then(|ground| Some(ground.standing()?.into()));
        let is_told = candidates.iter().any(|it| Some(it.matter) == order.matter);
        let unlisted = dispatch.is_some_and(|it| it.mode == Mode::Auto && it.row.is_none());
        let why = match ground {
            Some(ground) => (!is_told).then(|| told_ground(question, ground)),
            None => unlisted.then(|| "派单时清单未列此事项,当时依前例派单".to_owned()),
        };
        let notes = [joined, why, view.note.take()].into_iter().flatten().collect::<Vec<_>>();
        view.note = (!notes.is_empty()).then(|| notes.join(";"));
        view
    }

    /// Of a decision on a message that is no order.
    pub(crate) fn by(
        directory: &Directory,
        rules: &Rules,
        decided: Decided<'_>,
    ) -> ExplainedDecision {
        let Decided { question, evidence, dispatch, triage } = decided;
        let considered = consider(directory, question);
        let first = first_units(directory, question, &considered);
        let dispatch = dispatch.filter(|_| triage.is_none());
        let name = |unit: UnitId| directory.unit(unit).name.clone();
        let confidence = dispatch.map(|it| it.confidence.probability());
        let likeliest = first.first().map(|(unit, _)| *unit);
        let first: Vec<FirstUnit> = first.into_iter().map(|(_, first)| first).collect();
        let unit = dispatch.map(|it| it.lead).or(likeliest);
        let threshold =
            unit.map_or(rules.confidence_min, |unit| rules.wanted_of(directory.unit(unit)));
        let mut view = ExplainedDecision {
            evidence: evidence.to_vec(),
            place: question.region.map(name),
            candidates: considered.iter().map(|it| candidate(directory, question, it)).collect(),
            rows: applied(directory, dispatch, &considered),
            ruled_out: ruled_out(directory, question, &considered),
            mode: dispatch.map(|it| it.mode.label()),
            lead: dispatch.map(|it| name(it.lead)),
            co_units: dispatch
                .map_or(&[][..], |it| &it.co_units)
                .iter()
                .map(|helper| name(helper.unit))
                .collect(),
            confidence: confidence.or_else(|| Some(first.first()?.probability)),
            precedents: None,
            threshold: threshold.probability(),
            triage: triage.map(TriageReason::label),
            first: if triage.is_some() { first } else { Vec::new() },
            missing: Vec::new(),
            note: dispatch.and_then(|it| changed_since(directory, it)),
        };
        if let Some(reason) = triage {
            view.missing = missing(directory, question, &considered, reason, &view);
        }
        view
    }
}

fn candidate(
    directory: &Directory,
    question: Question<'_>,
    considered: &Considered,
) -> ExplainedCandidate {
    let outcome = considered.outcome;
    let led = outcome.ok();
    ExplainedCandidate {
        matter: directory.matter(considered.candidate.matter).to_owned(),
        probability: considered.candidate.confidence.probability(),
        lead: led.map(|led| directory.unit(led.unit).name.clone()),
        row: led.and_then(|led| led.ground.row()),
        precedents: considered.standing().map(PrecedentsView::from),
        ground: led.map(|led| told_ground(question, led.ground)),
        reason: outcome.err().map(TriageReason::label),
    }
}

/// Units by the sum of what leads to them; of equals the one of the likelier matter.
fn first_units(
    directory: &Directory,
    question: Question<'_>,
    considered: &[Considered],
) -> Vec<(UnitId, FirstUnit)> {
    let mut sums: Vec<(UnitId, Ground, Confidence)> = Vec::new();
    for entry in considered {
        let Ok(led) = entry.outcome else { continue };
        match sums.iter_mut().find(|(known, ..)| *known == led.unit) {
            Some((.., sum)) => *sum = sum.plus(entry.confidence()),
            None => sums.push((led.unit, led.ground, entry.confidence())),
        }
    }
    sums.sort_by_key(|(.., sum)| std::cmp::Reverse(*sum));
    let view = |(id, ground, sum): (UnitId, Ground, Confidence)| {
        let (unit, probability) = (directory.unit(id).name.clone(), sum.probability());
        let precedents = ground.standing().map(PrecedentsView::from);
        let (row, ground) = (ground.row(), told_ground(question, ground));
        (id, FirstUnit { unit, probability, row, precedents, ground })
    };
    sums.into_iter().take(FIRST).map(view).collect()
}

/// The row of the dispatch first, then those that the candidates lead by.
fn applied(
    directory: &Directory,
    dispatch: Option<&Dispatch>,
    considered: &[Considered],
) -> Vec<AppliedRow> {
    // Rows are numbered anew in each version: only the one in force can be shown.
    let own = dispatch.filter(|it| it.directory_version == directory.version);
    let own = own.and_then(|dispatch| dispatch.row);
    let mut numbers: Vec<u32> = own.into_iter().collect();
    for entry in considered {
        if let Some(row) = entry.outcome.ok().and_then(|led| led.ground.row())
            && !numbers.contains(&row)
        {
            numbers.push(row);
        }
    }
    numbers.into_iter().filter_map(|number| row(directory, number)).collect()
}

fn row(directory: &Directory, number: u32) -> Option<AppliedRow> {
    let row = directory.row(number)?;
    Some(AppliedRow {
        row: number,
        matter: directory.matter(row.matter).to_owned(),
        place: row.place.map(|place| directory.unit(place).name.clone()),
        lead: holder(directory, row.lead),
        co_units: row.co_units.iter().map(|&it| holder(directory, it)).collect(),
        level: row.level.label(),
        basis: row.basis.clone(),
        source: row.source.clone(),
        from: row.from,
        to: row.to,
    })
}

pub(crate) fn holder(directory: &Directory, holder: Holder) -> String {
    match holder {
        Holder::Unit(unit) => directory.unit(unit).name.clone(),
        Holder::StreetOfPlace => "所在镇街".to_owned(),
        Holder::CommunityOfPlace => "所在村社区".to_owned(),
    }
}

fn changed_since(directory: &Directory, dispatch: &Dispatch) -> Option<String> {
    let (then, now) = (dispatch.directory_version, directory.version);
    (then != now).then(|| format!("派单时用目录第 {then} 版,以上条目按现行第 {now} 版"))
}

/// What a dispatcher has to find out or decide.
fn missing(
    directory: &Directory,
    question: Question<'_>,
    considered: &[Considered],
    reason: TriageReason,
    view: &ExplainedDecision,
) -> Vec<String> {
    let unlisted = |it: &ExplainedCandidate| {
        let (matter, on) = (&it.matter, question.on);
        format!("补目录:`{matter}`在 {on} 没有有效的条目;本件由人工指定单位")
    };
    let mut missing = Vec::new();
    match reason {
        TriageReason::NoMatter => {
            missing.push("确定事项:原文看不出是什么事,或与本区事项都不相近".to_owned());
        }
        TriageReason::NoDutyRow => missing.extend(view.candidates.first().map(unlisted)),
        TriageReason::Arbitration => missing.push("由裁决层级指定承办单位".to_owned()),
        TriageReason::Answered => missing.push("直接解答未了,需选定承办单位".to_owned()),
        TriageReason::Unmerged => missing.push("并单已撤销,需单独选定承办单位".to_owned()),
        TriageReason::UnitDissolved => missing.push("原承办单位已撤销,需选定接手的单位".to_owned()),
        TriageReason::Refused | TriageReason::Returned => {
            let suggested = question.returns.last().and_then(|refusal| refusal.suggested);
            missing.push(match suggested {
                Some(unit) => format!("退单单位建议改派{},需核定", directory.unit(unit).name),
                None => "退单单位没有建议去向,需核定职责".to_owned(),
            });
        }
        TriageReason::LowConfidence => {
            let first = view.candidates.first().filter(|it| it.row.is_none() && it.lead.is_some());
            missing.extend(first.map(unlisted));
        }
        TriageReason::PlaceUnknown => {}
    }
    let of_place = |entry: &&Considered| entry.outcome == Err(TriageReason::PlaceUnknown);
    let placeless = considered.iter().find(of_place);
    if let Some(entry) = placeless {
        let matter = directory.matter(entry.candidate.matter);
        missing.push(format!("补地点(哪个镇街、村社区):`{matter}`由所在地主办"));
    }
    // Where the place would decide about what is likelier than any unit, nothing else is in doubt.
    let likelier = placeless.map_or(0.0, |entry| entry.candidate.confidence.probability());
    let first = view.first.first().map_or(0.0, |first| first.probability);
    if reason == TriageReason::LowConfidence && first >= likelier {
        missing.extend(unsure(view));
    }
    missing
}

/// What tells the first units apart, and how far the engine is from the threshold.
fn unsure(view: &ExplainedDecision) -> Vec<String> {
    let mut missing = Vec::new();
    let of =
        |first: &FirstUnit| view.candidates.iter().find(|it| it.lead.as_ref() == Some(&first.unit));
    if let [one, other, ..] = &view.first[..]
        && let (Some(this), Some(that)) = (of(one), of(other))
    {
        missing.push(format!(
            "分清是`{}`还是`{}`:前者归{},后者归{}",
            this.matter, that.matter, one.unit, other.unit
        ));
    }
    if let Some(first) = view.first.first() {
        let points = (view.threshold - first.probability) * 100.0;
        missing.push(format!("首选{}的把握距门槛还差 {points:.1} 个百分点", first.unit));
    }
    missing
}

/// What stands above the likeliest matter and a sister of it, and how sure they are of it together.
fn above(candidates: &[ExplainedCandidate]) -> Option<(&str, f64)> {
    let (path, _) = candidates.first()?.matter.rsplit_once('/')?;
    let is_below = |it: &&ExplainedCandidate| {
        it.probability > 0.0 && it.matter.rsplit_once('/').is_some_and(|(above, _)| above == path)
    };
    let below: Vec<f64> = candidates.iter().filter(is_below).map(|it| it.probability).collect();
    (below.len() > 1).then(|| (path, below.iter().sum()))
}

impl ExplainedDecision {
    /// The sections of the screen, heading by heading, without the dues.
    pub(crate) fn lines(&self) -> Vec<String> {
        let percent = |share: f64| format!("{:5.1}%", share * 100.0);
        let mut lines = Vec::new();
        if !self.evidence.is_empty() {
            lines.push(format!("【原文依据】{}", self.evidence.join(" | ")));
        }
        lines.push("【事项判断】".to_owned());
        for candidate in &self.candidates {
            let ExplainedCandidate { matter, probability, lead, ground, reason, .. } = candidate;
            lines.push(match (lead, ground) {
                (Some(lead), Some(ground)) => {
                    format!("  {}  {matter} → {lead}({ground})", percent(*probability))
                }
                _ => format!(
                    "  {}  {matter} → 无({})",
                    percent(*probability),
                    reason.unwrap_or_default()
                ),
            });
        }
        if self.candidates.is_empty() {
            lines.push("  无".to_owned());
        }
        lines.extend(
            above(&self.candidates).map(|(above, sum)| {
                format!("  {}  上一级 {above}:细类拿不准,同级合计", percent(sum))
            }),
        );
        self.push_rows(&mut lines);
        if !self.ruled_out.is_empty() {
            lines.push("【排除的单位】".to_owned());
        }
        for RuledOut { unit, reason, row } in self.ruled_out.iter().take(RULED_OUT_SHOWN) {
            let row = row.map_or_else(String::new, |row| format!("(目录第 {row} 条)"));
            lines.push(format!("  {unit}{row}:{reason}"));
        }
        if let more @ 1.. = self.ruled_out.len().saturating_sub(RULED_OUT_SHOWN) {
            lines.push(format!("  另有 {more} 个"));
        }
        self.push_dispatch(&mut lines);
        lines
    }

    fn push_rows(&self, lines: &mut Vec<String>) {
        if !self.rows.is_empty() {
            lines.push("【适用条目】".to_owned());
        }
        for row in self.rows.iter().take(ROWS_SHOWN) {
            let AppliedRow { row: number, matter, lead, level, basis, source, from, .. } = row;
            let place = row.place.as_deref().unwrap_or("全区");
            let to = row.to.map_or_else(|| " 起".to_owned(), |to| format!(" 至 {to}"));
            lines.push(format!("  第 {number} 条 {matter}({place},{level}):主办 {lead}"));
            lines.push(format!("    依据 {basis};来源 {source};{from}{to}"));
        }
        if let more @ 1.. = self.rows.len().saturating_sub(ROWS_SHOWN) {
            lines.push(format!("  另有 {more} 条"));
        }
    }

    fn push_dispatch(&self, lines: &mut Vec<String>) {
        lines.push("【派单】".to_owned());
        if let Some(place) = &self.place {
            lines.push(format!("  地点:{place}"));
        }
        let wanted = format!("门槛 {:.1}%", self.threshold * 100.0);
        let sure = self.confidence.map(|sure| format!("把握 {:.1}%,", sure * 100.0));
        let sure = sure.unwrap_or_default();
        if let Some(reason) = self.triage {
            lines.push(format!("  待人工派单:{reason}({sure}{wanted})"));
        }
        if let (Some(mode), Some(lead)) = (self.mode, &self.lead) {
            lines.push(format!("  {mode}:{lead}({sure}{wanted})"));
        }
        if !self.co_units.is_empty() {
            lines.push(format!("  协办:{}", self.co_units.join("、")));
        }
        lines.extend(self.note.iter().map(|note| format!("  {note}")));
        if self.triage.is_none() {
            return;
        }
        lines.push("【如何定】".to_owned());
        for (place, FirstUnit { unit, probability, ground, .. }) in (1..).zip(&self.first) {
            let percent = percent_of(*probability);
            lines.push(format!("  第 {place} 选 {unit} {percent}({ground})"));
        }
        lines.extend(self.missing.iter().map(|missing| format!("  尚缺:{missing}")));
    }
}

fn percent_of(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_above_is_told_where_sisters_share_it() {
        let candidate = |(matter, probability): (&str, f64)| ExplainedCandidate {
            matter: matter.to_owned(),
            probability,
            lead: None,
            row: None,
            precedents: None,
            ground: None,
            reason: None,
        };
        let told = |matters: [(&str, f64); 3]| {
            above(&matters.map(candidate)).map(|(path, sum)| (path.to_owned(), sum))
        };
        let sisters = [("市政/道路/破损", 0.5), ("市政/路灯/照明", 0.25), ("市政/道路/积水", 0.25)];
        assert_eq!(told(sisters), Some(("市政/道路".to_owned(), 0.75)));
        let alone = [("市政/道路/破损", 0.5), ("市政/路灯/照明", 0.25), ("市政/道路/积水", 0.0)];
        assert_eq!(told(alone), None);
        assert_eq!(told([("其他", 0.5), ("别的", 0.25), ("还有", 0.25)]), None);
    }
}
