//! What is done to an order over HTTP: sign, return, reply, call back, close, dispatch. The engine decides.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use hotline_engine::Rejection;
use hotline_engine::actor::Actor;
use hotline_engine::command::{Action, Command};
use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::order::{Callback, OrderId, ReturnReason, Verdict};
use serde::Deserialize;
use utoipa::ToSchema;

use super::App;
use super::access::Asking;
use super::body::Body;
use super::order_view::{OrderView, respond};
use super::orders::{matter, order_id, word};
use super::problem::{Problem, ProblemBody};
use crate::sequencer::Refusal;

/// A unit's refusal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct ReturnRequest {
    /// not-our-duty, wrong-place, shared-duty or not-enough-facts.
    #[schema(example = "not-our-duty")]
    reason: String,
    /// Code of the unit that should have it instead.
    suggested_unit: Option<String>,
    /// What the refusal rests on.
    #[schema(example = "该路段由区交通运输局管养,附移交文件。")]
    evidence: String,
}

/// A unit's reply.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct ReplyRequest {
    /// What the caller will hear.
    #[schema(example = "已到现场责令停止夜间施工,并安排夜间巡查。")]
    public_text: String,
    /// For the file.
    #[serde(default)]
    internal_text: String,
}

/// How a call back went.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct CallbackRequest {
    reached: bool,
    /// Needed when the caller was reached.
    solved: Option<bool>,
    /// Needed when the caller was reached.
    satisfied: Option<bool>,
}

/// A dispatcher's decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct DispatchRequest {
    /// Code of the unit that answers for it.
    #[schema(example = "urban-management")]
    lead: String,
    /// Codes of the units that help.
    #[serde(default)]
    co_units: Vec<String>,
    /// The corrected matter path.
    matter: Option<String>,
}

/// Sign for an order (签收): the unit accepts receipt.
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/sign", tag = "handling",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = OrderView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn sign(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    act(&app, actor, &id, &headers, |order, _| Ok(Action::Sign { order })).await
}

/// Return an order (退单), with the class of reason, the evidence and, where possible, the right unit.
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/return", tag = "handling", request_body = ReturnRequest,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = OrderView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn return_order(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body<ReturnRequest>,
) -> Result<Response, Problem> {
    let request = body.value;
    act(&app, actor, &id, &headers, |order, directory| {
        let reason = word(
            "reason",
            Some(&request.reason),
            ReturnReason::parse,
            ReturnReason::ALL,
            ReturnReason::code,
        )?;
        let reason = reason.ok_or_else(|| Problem::field("reason", "reason: is missing"))?;
        let suggested = request.suggested_unit.as_deref();
        let suggested =
            suggested.map(|code| unit(directory, "suggested_unit", code)).transpose()?;
        Ok(Action::Return { order, reason, suggested, evidence: request.evidence })
    })
    .await
}

/// Reply (答复): what the caller hears and what stays inside, apart.
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/reply", tag = "handling", request_body = ReplyRequest,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = OrderView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn reply(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body<ReplyRequest>,
) -> Result<Response, Problem> {
    let ReplyRequest { public_text, internal_text } = body.value;
    act(&app, actor, &id, &headers, |order, _| {
        Ok(Action::Reply { order, public_text, internal_text })
    })
    .await
}

/// Record a call back to the caller (回访).
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/callback", tag = "handling", request_body = CallbackRequest,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = OrderView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn callback(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body<CallbackRequest>,
) -> Result<Response, Problem> {
    let request = body.value;
    let callback = match (request.reached, request.solved, request.satisfied) {
        (true, Some(solved), Some(satisfied)) => Callback::Reached(Verdict { solved, satisfied }),
        (true, None, _) => return Err(Problem::field("solved", "solved: is missing")),
        (true, _, None) => return Err(Problem::field("satisfied", "satisfied: is missing")),
        (false, None, None) => Callback::NotReached,
        (false, _, _) => {
            let detail = "reached: is false, so there can be no verdict";
            return Err(Problem::field("reached", detail));
        }
    };
    act(&app, actor, &id, &headers, |order, _| Ok(Action::CallBack { order, callback })).await
}

/// Close a replied order (办结).
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/close", tag = "handling",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = OrderView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn close(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    act(&app, actor, &id, &headers, |order, _| Ok(Action::Close { order })).await
}

/// Decide where an order in triage goes (人工派单).
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/dispatch", tag = "triage", request_body = DispatchRequest,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = OrderView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn dispatch(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body<DispatchRequest>,
) -> Result<Response, Problem> {
    let request = body.value;
    act(&app, actor, &id, &headers, |order, directory| {
        let lead = unit(directory, "lead", &request.lead)?;
        let co_units = request.co_units.iter().map(|code| unit(directory, "co_units", code));
        let co_units = co_units.collect::<Result<_, _>>()?;
        let matter = request.matter.as_deref().map(|path| matter(directory, path)).transpose()?;
        Ok(Action::Dispatch { order, lead, co_units, matter })
    })
    .await
}

/// Submits an action on one order and answers with the order as it then stands.
async fn act(
    app: &App,
    actor: Actor,
    id: &str,
    headers: &HeaderMap,
    action: impl FnOnce(OrderId, &Directory) -> Result<Action, Problem>,
) -> Result<Response, Problem> {
    let order = order_id(app, id)?;
    let directory = app.published.views.directory();
    let command = Command { actor, seen: seen(headers)?, action: action(order, &directory)? };
    let unknown = || Problem::not_found(&format!("order {id}"));
    app.submit(command).await.map_err(|refusal| match refusal {
        // In the words of the request: nothing tells an order of others from none.
        Refusal::Rejected(Rejection::UnknownOrder { .. }) => unknown(),
        refusal => refusal.into(),
    })?;
    let order = app.published.views.order(order).ok_or_else(unknown)?;
    Ok(respond(StatusCode::OK, &directory, &order))
}

/// The version that the client saw, from `If-Match`.
fn seen(headers: &HeaderMap) -> Result<Option<u32>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    if text == "*" {
        return Ok(None);
    }
    let version = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let version = version.and_then(|version| version.parse().ok());
    version.map(Some).ok_or_else(|| Problem::parameter("If-Match", "is not an ETag of an order"))
}

fn unit(directory: &Directory, field: &str, code: &str) -> Result<UnitId, Problem> {
    let unknown = || Problem::field(field, format!("{field}: no unit `{code}`"));
    directory.unit_id(code).ok_or_else(unknown)
}
