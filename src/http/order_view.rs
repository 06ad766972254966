//! An order as JSON. Names beside codes, Chinese labels beside words; never who called.

use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, http::HeaderName};
use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::order::{Callback, CoUnit, Dispatch, Escalated, Mode, Order, Status};
use hotline_engine::precedents::Precedents;
use hotline_engine::routing::{Considered, Question, consider};
use hotline_engine::text::{mask_identity, mask_identity_in_number};
use hotline_engine::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::facts_view::FactsView;
use crate::due_view::{DueView, DuesView, Timestamped};
use crate::explained_ground::{PrecedentsView, by_precedents};
use crate::views::Views;

/// A unit by code and name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct UnitView {
    #[schema(example = "urban-management")]
    pub(crate) code: String,
    #[schema(example = "区城市管理和综合执法局")]
    pub(crate) name: String,
}

/// A unit that helps: by when it must have said its word, and whether it has.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CoUnitView {
    #[serde(flatten)]
    unit: UnitView,
    due: Option<DueView>,
    /// Whether the due passed unmet.
    late: bool,
    /// When it said its word, since the order was given to these units; null while it is owed.
    #[schema(value_type = Option<String>, format = DateTime)]
    replied_at: Option<Timestamped>,
}

/// Who in the lead unit has the order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct HandlerView {
    /// Name of the account.
    #[schema(example = "water-01")]
    account: String,
    #[schema(example = "供水一岗")]
    name: String,
}

impl HandlerView {
    pub(crate) fn of(directory: &Directory, order: &Order) -> Option<HandlerView> {
        let handler = directory.staff().handler(order.handler?);
        Some(HandlerView { account: handler.account.clone(), name: handler.name.clone() })
    }
}

/// A rung of the ladder that was reached.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct EscalationView {
    #[schema(example = "yellow")]
    rung: &'static str,
    #[schema(example = "黄牌预警")]
    rung_label: &'static str,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamped,
    /// The unit that had the order then; null while a dispatcher had to find one.
    unit: Option<UnitView>,
}

impl EscalationView {
    fn of(directory: &Directory, reached: &Escalated) -> EscalationView {
        let (rung, rung_label) = (reached.rung.code(), reached.rung.label());
        let unit = reached.unit.map(|unit| UnitView::of(directory, unit));
        EscalationView { rung, rung_label, at: Timestamped(reached.at), unit }
    }
}

/// How the order came to its unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DispatchView {
    #[schema(example = "auto")]
    pub(crate) mode: &'static str,
    /// How sure the engine was of the unit, 0 to 1.
    pub(crate) confidence: f64,
    /// Pieces of the text that decided.
    pub(crate) evidence: Vec<String>,
    /// Number of the duty row; null where precedents led here, or people.
    pub(crate) row: Option<u32>,
    /// How the lead stands, as of now; only where precedents led here in place of a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub(crate) precedents: Option<PrecedentsView>,
    pub(crate) directory_version: u32,
}

/// Why a dispatcher must decide, and what stands to choose.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TriageView {
    #[schema(example = "low-confidence")]
    pub(crate) reason: &'static str,
    #[schema(example = "置信度不足")]
    pub(crate) reason_label: &'static str,
    /// Most probable first.
    pub(crate) candidates: Vec<CandidateView>,
    pub(crate) evidence: Vec<String>,
}

/// A possible matter and where it would lead.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CandidateView {
    #[schema(example = "城市管理/市容环境/占道经营")]
    pub(crate) matter: String,
    pub(crate) probability: f64,
    /// The unit that the duty list gives for it, or precedents where it names several or none; if any.
    pub(crate) lead: Option<UnitView>,
    /// Why none, if none.
    pub(crate) without_lead: Option<&'static str>,
    /// Only where precedents chose the unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub(crate) precedents: Option<PrecedentsView>,
}

/// When each stage was reached.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TimesView {
    #[schema(format = DateTime)]
    accepted: String,
    #[schema(format = DateTime)]
    dispatched: Option<String>,
    #[schema(format = DateTime)]
    signed: Option<String>,
    #[schema(format = DateTime)]
    contacted: Option<String>,
    #[schema(format = DateTime)]
    replied: Option<String>,
    #[schema(format = DateTime)]
    closed: Option<String>,
}

/// A refusal by a unit.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ReturnView {
    #[schema(format = DateTime)]
    at: String,
    unit: UnitView,
    reason: &'static str,
    reason_label: &'static str,
    suggested_unit: Option<UnitView>,
    evidence: String,
}

/// A unit's reply.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ReplyView {
    #[schema(format = DateTime)]
    at: String,
    unit: UnitView,
    public_text: String,
    internal_text: String,
}

/// A call back.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CallbackView {
    reached: bool,
    solved: Option<bool>,
    satisfied: Option<bool>,
}

/// A work order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct OrderView {
    id: u64,
    /// Eighteen digits: `yyMMddHHmmss` and six.
    #[schema(example = "261124090507000001")]
    number: String,
    #[schema(example = "complaint")]
    kind: &'static str,
    kind_label: &'static str,
    matter: Option<String>,
    urgency: &'static str,
    urgency_label: &'static str,
    status: &'static str,
    status_label: &'static str,
    channel: &'static str,
    tags: Vec<String>,
    /// Phone and identity numbers are masked.
    title: String,
    /// Phone and identity numbers are masked.
    content: String,
    place: Option<String>,
    region: Option<UnitView>,
    upstream_number: Option<String>,
    /// 110, 119 or 120: should have gone there at once.
    transfer: Option<u16>,
    lead: Option<UnitView>,
    co_units: Vec<CoUnitView>,
    /// Who in the lead unit has it, or had it when the unit replied; null while it waits for one.
    handler: Option<HandlerView>,
    /// When work on it must begin (due of the reply, less the expected work); null once nobody works on it.
    #[schema(value_type = Option<String>, format = DateTime)]
    start_by: Option<Timestamped>,
    due: DuesView,
    /// Stages whose due passed unmet.
    overdue: Vec<&'static str>,
    /// Rungs of the ladder that were reached: reminder, yellow, red, written-reminder, supervision.
    escalations: Vec<EscalationView>,
    dispatch: Option<DispatchView>,
    triage: Option<TriageView>,
    times: TimesView,
    returns: Vec<ReturnView>,
    replies: Vec<ReplyView>,
    callbacks: Vec<CallbackView>,
    #[serde(flatten)]
    facts: FactsView,
    /// Whether the unit replied in time; absent while open.
    closed_on_time: Option<bool>,
    version: u32,
}

impl UnitView {
    pub(crate) fn of(directory: &Directory, id: UnitId) -> UnitView {
        let unit = directory.unit(id);
        UnitView { code: unit.code.clone(), name: unit.name.clone() }
    }
}

impl CoUnitView {
    fn all(directory: &Directory, order: &Order) -> Vec<CoUnitView> {
        let since = order.times.dispatched;
        let said = |unit| order.co_replies.iter().filter(move |it| it.unit == unit);
        let view = |helper: &CoUnit| CoUnitView {
            unit: UnitView::of(directory, helper.unit),
            due: helper.due.map(DueView::from),
            late: helper.late,
            replied_at: said(helper.unit)
                .map(|reply| reply.at)
                .find(|at| since.is_some_and(|since| *at >= since))
                .map(Timestamped),
        };
        order.co_units().iter().map(view).collect()
    }
}

impl CandidateView {
    pub(crate) fn of(directory: &Directory, considered: &Considered) -> CandidateView {
        let (lead, without) = match considered.outcome {
            Ok(led) => (Some(UnitView::of(directory, led.unit)), None),
            Err(reason) => (None, Some(reason.code())),
        };
        CandidateView {
            matter: directory.matter(considered.candidate.matter).to_owned(),
            probability: considered.candidate.confidence.probability(),
            lead,
            without_lead: without,
            precedents: considered.standing().map(PrecedentsView::from),
        }
    }
}

impl OrderView {
    pub(crate) fn of(directory: &Directory, precedents: &Precedents, order: &Order) -> OrderView {
        let unit = |id: UnitId| UnitView::of(directory, id);
        let dispatch = order.dispatch.as_ref();
        OrderView {
            id: order.id.0,
            number: format!("{:018}", order.number),
            kind: order.kind.code(),
            kind_label: order.kind.label(),
            matter: order.matter.map(|id| directory.matter(id).to_owned()),
            urgency: order.urgency.code(),
            urgency_label: order.urgency.label(),
            status: order.status.code(),
            status_label: order.status.label(),
            channel: order.channel.code(),
            tags: order.tags.iter().map(|tag| mask_identity(tag).into_owned()).collect(),
            title: mask_identity(&order.title).into_owned(),
            content: mask_identity(&order.content).into_owned(),
            place: order.place.as_deref().map(|place| mask_identity(place).into_owned()),
            region: order.region.map(unit),
            upstream_number: order
                .upstream
                .as_ref()
                .map(|it| mask_identity_in_number(&it.number).into_owned()),
            transfer: order.transfer,
            lead: dispatch.map(|dispatch| unit(dispatch.lead)),
            co_units: CoUnitView::all(directory, order),
            handler: HandlerView::of(directory, order),
            start_by: start_by(directory, order),
            due: DuesView::from(&order.dues),
            overdue: order.overdue.iter().map(|stage| stage.code()).collect(),
            escalations: escalations(directory, order),
            dispatch: dispatch.map(|it| dispatch_view(directory, precedents, order, it)),
            triage: triage(directory, precedents, order),
            times: times(order),
            returns: returns(directory, order),
            replies: replies(directory, order),
            callbacks: order.callbacks.iter().map(callback).collect(),
            facts: FactsView::of(directory, order),
            closed_on_time: order.closed_on_time(),
            version: order.version,
        }
    }
}

/// The text that a client gets who may see the order.
///
/// # Errors
/// None that is known: the view has no maps with other keys than words.
pub fn as_json(
    directory: &Directory,
    precedents: &Precedents,
    order: &Order,
) -> serde_json::Result<String> {
    serde_json::to_string(&OrderView::of(directory, precedents, order))
}

fn start_by(directory: &Directory, order: &Order) -> Option<Timestamped> {
    let is_worked_on = matches!(order.status, Status::Dispatched | Status::Signed);
    directory.start_by(order).filter(|_| is_worked_on).map(Timestamped)
}

fn dispatch_view(
    directory: &Directory,
    precedents: &Precedents,
    order: &Order,
    dispatch: &Dispatch,
) -> DispatchView {
    let unlisted = dispatch.mode == Mode::Auto && dispatch.row.is_none();
    let ground = unlisted.then(|| by_precedents(directory, precedents, order)).flatten();
    DispatchView {
        mode: dispatch.mode.code(),
        confidence: dispatch.confidence.probability(),
        evidence: order.classification.evidence.clone(),
        row: dispatch.row,
        precedents: ground.and_then(|ground| Some(ground.standing()?.into())),
        directory_version: dispatch.directory_version,
    }
}

fn triage(directory: &Directory, precedents: &Precedents, order: &Order) -> Option<TriageView> {
    let reason = order.triage.filter(|_| order.status == Status::Triage)?;
    let question = Question {
        candidates: &order.classification.candidates,
        region: order.region,
        returns: &order.returns,
        on: order.times.accepted.day(),
        precedents,
    };
    let considered = consider(directory, question);
    Some(TriageView {
        reason: reason.code(),
        reason_label: reason.label(),
        candidates: considered.iter().map(|one| CandidateView::of(directory, one)).collect(),
        evidence: order.classification.evidence.clone(),
    })
}

fn times(order: &Order) -> TimesView {
    let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
    TimesView {
        accepted: order.times.accepted.to_string(),
        dispatched: text(order.times.dispatched),
        signed: text(order.times.signed),
        contacted: text(order.times.contacted),
        replied: text(order.times.replied),
        closed: text(order.times.closed),
    }
}

fn escalations(directory: &Directory, order: &Order) -> Vec<EscalationView> {
    order.escalations.iter().map(|reached| EscalationView::of(directory, reached)).collect()
}

fn returns(directory: &Directory, order: &Order) -> Vec<ReturnView> {
    let view = |refusal: &hotline_engine::order::Return| ReturnView {
        at: refusal.at.to_string(),
        unit: UnitView::of(directory, refusal.unit),
        reason: refusal.reason.code(),
        reason_label: refusal.reason.label(),
        suggested_unit: refusal.suggested.map(|unit| UnitView::of(directory, unit)),
        evidence: mask_identity(&refusal.evidence).into_owned(),
    };
    order.returns.iter().map(view).collect()
}

fn replies(directory: &Directory, order: &Order) -> Vec<ReplyView> {
    let view = |reply: &hotline_engine::order::Reply| ReplyView {
        at: reply.at.to_string(),
        unit: UnitView::of(directory, reply.unit),
        public_text: mask_identity(&reply.public_text).into_owned(),
        internal_text: mask_identity(&reply.internal_text).into_owned(),
    };
    order.replies.iter().map(view).collect()
}

fn callback(callback: &Callback) -> CallbackView {
    match callback {
        Callback::NotReached => CallbackView { reached: false, solved: None, satisfied: None },
        Callback::Reached(verdict) => CallbackView {
            reached: true,
            solved: Some(verdict.solved),
            satisfied: Some(verdict.satisfied),
        },
    }
}

/// The order with its ETag.
pub(crate) fn respond(status: StatusCode, views: &Views, order: &Arc<Order>) -> Response {
    let headers: [(HeaderName, HeaderValue); 1] = [(header::ETAG, etag(order.version))];
    let view = OrderView::of(&views.directory(), &views.precedents(), order);
    (status, headers, Json(view)).into_response()
}

/// The version of an order as an ETag.
pub(crate) fn etag(version: u32) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).expect("digits and quotes are a header value")
}
