//! What the engine decides on one message, and its form in JSON. The deciding itself is the engine's.

use hotline_engine::actor::{Actor, Role};
use hotline_engine::command::{Acceptance, Action, Command};
use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::order::{Dispatch, Dues, Stage, TriageReason};
use hotline_engine::routing::Question;
use hotline_engine::text::mask_identity;
use hotline_engine::time::Timestamp;
use hotline_engine::{Event, Rejection, Rules, State, decide};
use hotline_knowledge_base as knowledge;
use serde::Serialize;

use super::articles::{Library, Offered};
use super::line::Incoming;
use crate::due_view::DuesView;
use crate::explained_decision::{self, ExplainedDecision};
use crate::intake::{Intake, Workspace};
use crate::screen::screen;

/// All that decisions are made with; shared by the threads.
pub(super) struct Desk<'a> {
    pub(super) state: &'a State,
    pub(super) rules: &'a Rules,
    pub(super) intake: &'a Intake,
    pub(super) library: Option<Library>,
    pub(super) form: Form,
    /// When every message is accepted, if that is given.
    pub(super) at: Option<Timestamp>,
    /// When those are accepted that do not say when they were received.
    pub(super) now: Timestamp,
}

/// How decisions are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One line of JSON each.
    Json,
    /// One screen each.
    Screen,
}

/// A decision as one line of JSON.
#[derive(Debug, Serialize)]
pub(super) struct Decision<'a> {
    id: &'a str,
    /// When it was accepted: which rows of the duty list were in force.
    accepted_at: Timestamp,
    kind: &'static str,
    urgency: &'static str,
    /// 110, 119 or 120: transfer at once.
    transfer: Option<u16>,
    tags: &'a [String],
    region: Option<UnitView<'a>>,
    /// Most probable first.
    candidates: Vec<CandidateView<'a>>,
    /// `auto` or `triage`.
    mode: &'static str,
    lead: Option<UnitView<'a>>,
    co_units: Vec<UnitView<'a>>,
    /// How sure the engine is of the lead unit.
    confidence: Option<f64>,
    /// Number of the duty row.
    row: Option<u32>,
    /// Why a dispatcher must decide.
    triage: Option<&'static str>,
    due: DuesView,
    evidence: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<Vec<Offered<'a>>>,
}

#[derive(Debug, Serialize)]
struct UnitView<'a> {
    code: &'a str,
    name: &'a str,
}

#[derive(Debug, Serialize)]
struct CandidateView<'a> {
    matter: &'a str,
    probability: f64,
}

/// How a message ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    /// A unit has it.
    Dispatched,
    /// A dispatcher must decide.
    Triage(TriageReason),
}

/// Why there is no decision on a message.
#[derive(Debug, thiserror::Error)]
pub(super) enum Undecided {
    #[error(transparent)]
    Refused(#[from] Rejection),
    #[error("the decision cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// What one message gave rise to.
#[derive(Default)]
struct Decided<'a> {
    dispatch: Option<&'a Dispatch>,
    triage: Option<TriageReason>,
    dues: Dues,
}

impl Desk<'_> {
    /// Decides on a message and appends the decision as a line.
    pub(super) fn decide(
        &self,
        id: &str,
        incoming: Incoming<'_>,
        workspace: &mut Workspace,
        out: &mut Vec<u8>,
    ) -> Result<Outcome, Undecided> {
        let at = self.at.or(incoming.received_at).unwrap_or(self.now);
        let acceptance = incoming.acceptance(self.intake, workspace);
        let answers = self.offers(&acceptance, at);
        let actor = Actor { name: "route".into(), role: Role::CallTaker, units: None };
        let command = Command { actor, seen: None, action: Action::Accept(Box::new(acceptance)) };
        let mut events = Vec::new();
        decide(self.state, self.rules, at, &command, &mut events)?;
        let Some(Event::Accepted { acceptance, .. }) = events.first() else {
            unreachable!("an acceptance without a key is accepted or refused");
        };
        let decided = Decided::of(&events);
        if self.form == Form::Screen {
            out.extend_from_slice(self.screen(id, at, acceptance, &decided).as_bytes());
            return Ok(decided.triage.map_or(Outcome::Dispatched, Outcome::Triage));
        }
        let decision = decision(self.state.directory(), (id, at), acceptance, &decided, answers);
        serde_json::to_writer(&mut *out, &decision)?;
        out.push(b'\n');
        Ok(decided.triage.map_or(Outcome::Dispatched, Outcome::Triage))
    }

    /// The decision in words, and two empty lines after it.
    fn screen(
        &self,
        id: &str,
        at: Timestamp,
        acceptance: &Acceptance,
        decided: &Decided<'_>,
    ) -> String {
        let Acceptance { kind, urgency, title, classification, region, .. } = acceptance;
        let mut lines = vec![
            format!("{id}  {}", mask_identity(title)),
            format!("{} · {} · 受理于 {at}", kind.label(), urgency.label()),
        ];
        let transfer = |number| format!("紧急:文本涉及生命安全,应立即转接 {number}");
        lines.extend(acceptance.transfer.map(transfer));
        let (candidates, returns) = (&classification.candidates, &[][..]);
        let (region, on, precedents) = (*region, at.day(), self.state.precedents());
        let question = Question { candidates, region, returns, on, precedents };
        let told = explained_decision::Decided {
            question,
            evidence: &classification.evidence,
            dispatch: decided.dispatch,
            triage: decided.triage,
        };
        lines.extend(ExplainedDecision::by(self.state.directory(), self.rules, told).lines());
        let dues = Stage::ALL.iter().filter_map(|&stage| {
            let due = decided.dues[stage]?;
            Some(format!("  {}:{} 前", stage.label(), due.current))
        });
        let rest: Vec<String> = std::iter::once("【时限】".to_owned()).chain(dues).collect();
        format!("{}\n\n", screen(lines, rest, "  …"))
    }

    fn offers(&self, acceptance: &Acceptance, at: Timestamp) -> Option<Vec<Offered<'_>>> {
        let first = acceptance.classification.candidates.first();
        let matter = first.map(|candidate| self.state.directory().matter(candidate.matter));
        let library = self.library.as_ref()?;
        Some(library.offers(acceptance, matter, knowledge::Day(at.day().0)))
    }
}

impl<'a> Decided<'a> {
    fn of(events: &'a [Event]) -> Decided<'a> {
        let mut decided = Decided::default();
        for event in events {
            match event {
                Event::Accepted { dues, .. } => decided.take(dues),
                Event::Dispatched { dispatch, dues, .. } => {
                    decided.dispatch = Some(dispatch);
                    decided.take(dues);
                }
                Event::SentToTriage { reason, .. } => decided.triage = Some(*reason),
                _ => {}
            }
        }
        decided
    }

    fn take(&mut self, dues: &Dues) {
        for &stage in Stage::ALL {
            self.dues[stage] = self.dues[stage].or(dues[stage]);
        }
    }
}

fn decision<'a>(
    directory: &'a Directory,
    (id, accepted_at): (&'a str, Timestamp),
    acceptance: &'a Acceptance,
    decided: &Decided<'_>,
    answers: Option<Vec<Offered<'a>>>,
) -> Decision<'a> {
    let unit = |id: UnitId| {
        let unit = directory.unit(id);
        UnitView { code: &unit.code, name: &unit.name }
    };
    let candidate = |candidate: &hotline_engine::order::Candidate| CandidateView {
        matter: directory.matter(candidate.matter),
        probability: candidate.confidence.probability(),
    };
    let dispatch = decided.dispatch;
    Decision {
        id,
        accepted_at,
        kind: acceptance.kind.code(),
        urgency: acceptance.urgency.code(),
        transfer: acceptance.transfer,
        tags: &acceptance.tags,
        region: acceptance.region.map(unit),
        candidates: acceptance.classification.candidates.iter().map(candidate).collect(),
        mode: if dispatch.is_some() { "auto" } else { "triage" },
        lead: dispatch.map(|dispatch| unit(dispatch.lead)),
        co_units: dispatch
            .map_or(&[][..], |dispatch| &dispatch.co_units)
            .iter()
            .map(|helper| unit(helper.unit))
            .collect(),
        confidence: dispatch.map(|dispatch| dispatch.confidence.probability()),
        row: dispatch.and_then(|dispatch| dispatch.row),
        triage: decided.triage.map(TriageReason::code),
        due: DuesView::from(&decided.dues),
        evidence: &acceptance.classification.evidence,
        answers,
    }
}
