//! What the desk does to an order over HTTP: dispatch, decide, review, call back, send back, hurry, end, look at the caller.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use hotline_engine::command::{Action, Command};
use hotline_engine::order::{Callback, ReworkReason, Verdict};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::access::Asking;
use super::actions::{NoteRequest, act, action, may, submit, unit};
use super::body::{Body, NoBody};
use super::named::Named;
use super::order_view::OrderView;
use super::orders::{known_word, matter, visible};
use super::problem::{Problem, ProblemBody};

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

impl CallbackRequest {
    fn meant(&self) -> Result<Callback, Problem> {
        match (self.reached, self.solved, self.satisfied) {
            (true, Some(solved), Some(satisfied)) => {
                Ok(Callback::Reached(Verdict { solved, satisfied }))
            }
            (true, None, _) => Err(Problem::field("solved", "solved: is missing")),
            (true, _, None) => Err(Problem::field("satisfied", "satisfied: is missing")),
            (false, None, None) => Ok(Callback::NotReached),
            (false, _, _) => {
                let detail = "reached: is false, so there can be no verdict";
                Err(Problem::field("reached", detail))
            }
        }
    }
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

/// What becomes of an extension.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct DecideExtensionRequest {
    granted: bool,
    /// Needed when it is refused.
    #[serde(default)]
    note: String,
}

/// The desk's judgement of a reply.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct ReviewRequest {
    passed: bool,
    /// Needed when it did not pass.
    #[serde(default)]
    note: String,
}

/// Why the order is handled once more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct ReworkRequest {
    /// dissatisfied, new-facts or poor-reply.
    #[schema(example = "new-facts")]
    reason: String,
    #[schema(example = "昨晚又停水。")]
    note: String,
}

/// Where the caller is handed to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct TransferRequest {
    /// 110, 119, 120 or 122.
    #[schema(example = 119)]
    number: u16,
}

/// What the caller's name is needed for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct RevealRequest {
    #[schema(example = "上门前电话联系")]
    purpose: String,
}

/// Who is behind an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallerView {
    name: String,
    phone: String,
    /// The caller asked to stay unnamed to the unit.
    confidential: bool,
}

action! {
    /// Record a call back to the caller (回访).
    callback, "/api/v1/orders/{id}/callback", "callback", "callback", "handling", CallbackRequest,
    |order, body, _| Ok(Action::CallBack { order, callback: body.meant()? })
}

action! {
    /// Close a replied order (办结). One that was put under supervision is closed by a supervisor alone.
    close, "/api/v1/orders/{id}/close", "close", "close", "handling",
    |order| Action::Close { order }
}

action! {
    /// Decide where an order in triage goes (人工派单). From a final owner that an arbiter named only a supervisor takes it.
    dispatch, "/api/v1/orders/{id}/dispatch", "dispatch", "dispatch", "triage", DispatchRequest,
    |order, body, directory| {
        let lead = unit(directory, "lead", &body.lead)?;
        let co_units = body.co_units.iter().map(|code| unit(directory, "co_units", code));
        let co_units = co_units.collect::<Result<_, _>>()?;
        let matter = body.matter.as_deref().map(|path| matter(directory, path)).transpose()?;
        Ok(Action::Dispatch { order, lead, co_units, matter })
    }
}

action! {
    /// Grant or refuse an extension (延期审批).
    decide_extension, "/api/v1/orders/{id}/decide-extension", "decide_extension", "decide-extension", "desk", DecideExtensionRequest,
    |order, body, _| Ok(Action::DecideExtension { order, granted: body.granted, note: body.note })
}

action! {
    /// Judge a reply (审核): what does not pass is owed still.
    review, "/api/v1/orders/{id}/review", "review", "review", "desk", ReviewRequest,
    |order, body, _| Ok(Action::Review { order, passed: body.passed, note: body.note })
}

action! {
    /// Begin a new handling cycle on the same order (重办).
    rework, "/api/v1/orders/{id}/rework", "rework", "rework", "desk", ReworkRequest,
    |order, body, _| {
        let (all, code) = (ReworkReason::ALL, ReworkReason::code);
        let reason = known_word("reason", &body.reason, ReworkReason::parse, all, code)?;
        Ok(Action::Rework { order, reason, note: body.note })
    }
}

action! {
    /// Tell the unit to hurry (催办).
    remind, "/api/v1/orders/{id}/remind", "remind", "remind", "desk", NoteRequest,
    |order, body, _| Ok(Action::Remind { order, note: body.note })
}

action! {
    /// Put an order under formal supervision (督办).
    supervise, "/api/v1/orders/{id}/supervise", "supervise", "supervise", "desk", NoteRequest,
    |order, body, _| Ok(Action::Supervise { order, note: body.note })
}

action! {
    /// Take an order back at the caller's wish (撤回). One that is under supervision is taken back by a supervisor alone.
    withdraw, "/api/v1/orders/{id}/withdraw", "withdraw", "withdraw", "desk", NoteRequest,
    |order, body, _| Ok(Action::Withdraw { order, note: body.note })
}

action! {
    /// Hand the caller to an emergency number at once (转接).
    transfer, "/api/v1/orders/{id}/transfer", "transfer", "transfer", "desk", TransferRequest,
    |order, body, _| Ok(Action::Transfer { order, number: body.number })
}

/// Look at who is behind an order, for a purpose that the journal keeps.
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/reveal", operation_id = "reveal", tag = "desk", request_body = RevealRequest,
    params(("id" = String, Path)),
    responses((status = 200, body = CallerView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn reveal(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Named(id): Named,
    body: Body<RevealRequest>,
) -> Result<Json<CallerView>, Problem> {
    may(&actor, "reveal")?;
    let order = visible(&app, &actor, &id)?.id;
    let action = Action::Reveal { order, purpose: body.value.purpose };
    let done = submit(&app, Command { actor, seen: None, action }).await?;
    let caller =
        done.caller.ok_or_else(|| Problem::new("internal", "the caller is not at hand"))?;
    let (name, phone, confidential) = (caller.name, caller.phone, caller.confidential);
    Ok(Json(CallerView { name, phone, confidential }))
}
