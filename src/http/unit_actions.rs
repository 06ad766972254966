//! What a unit does to an order over HTTP: sign, contact, return, ask for time, help, reply.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use hotline_engine::command::Action;
use hotline_engine::order::{PauseReason, ReturnReason};
use serde::Deserialize;
use utoipa::ToSchema;

use super::App;
use super::access::Asking;
use super::actions::{NoteRequest, act, action, unit};
use super::body::{Body, NoBody};
use super::named::Named;
use super::order_view::OrderView;
use super::orders::known_word;
use super::problem::{Problem, ProblemBody};

/// A unit's refusal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct ReturnRequest {
    /// not-our-duty, wrong-place, shared-duty or not-enough-facts.
    #[schema(example = "not-our-duty")]
    reason: String,
    /// Code of the unit that should have it instead; may be left out only where facts are missing.
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

/// More time that the unit asks for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct ExtendRequest {
    /// Working days more.
    #[schema(example = 5)]
    working_days: u16,
    #[schema(example = "需办理道路开挖许可。")]
    reason: String,
}

/// Why the clock should stand still.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct PauseRequest {
    /// waiting-for-caller, waiting-for-appraisal or force-majeure.
    #[schema(example = "waiting-for-caller")]
    reason: String,
    /// What is waited for.
    #[schema(example = "待诉求人补充购房合同。")]
    note: String,
}

/// What a co-unit contributes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct CoReplyRequest {
    /// For the lead unit and the file.
    #[schema(example = "已入户核实,住户同意整改。")]
    text: String,
}

/// Who should have an order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct AssignRequest {
    /// Account of a handler of the lead unit; null = it waits for one again.
    #[schema(example = "water-01", required)]
    #[serde(deserialize_with = "Option::deserialize")]
    handler: Option<String>,
}

action! {
    /// Sign for an order (签收): the unit accepts receipt.
    sign, "/api/v1/orders/{id}/sign", "sign", "sign", "handling",
    |order| Action::Sign { order }
}

action! {
    /// Return an order (退单), with the class of reason, the evidence and, where possible, the right unit.
    return_order, "/api/v1/orders/{id}/return", "return_order", "return", "handling", ReturnRequest,
    |order, body, directory| {
        let (all, code) = (ReturnReason::ALL, ReturnReason::code);
        let reason = known_word("reason", &body.reason, ReturnReason::parse, all, code)?;
        let suggested = body.suggested_unit.as_deref();
        let suggested =
            suggested.map(|code| unit(directory, "suggested_unit", code)).transpose()?;
        Ok(Action::Return { order, reason, suggested, evidence: body.evidence })
    }
}

action! {
    /// Reply (答复): what the caller hears and what stays inside, apart.
    reply, "/api/v1/orders/{id}/reply", "reply", "reply", "handling", ReplyRequest,
    |order, body, _| {
        let ReplyRequest { public_text, internal_text } = body;
        Ok(Action::Reply { order, public_text, internal_text })
    }
}

action! {
    /// Record the first word with the caller (首次联系).
    contact, "/api/v1/orders/{id}/contact", "contact", "contact", "handling", NoteRequest,
    |order, body, _| Ok(Action::Contact { order, note: body.note })
}

action! {
    /// Ask for a later due (延期申请): before expiry, with a reason.
    extend, "/api/v1/orders/{id}/extend", "extend", "request-extension", "handling", ExtendRequest,
    |order, body, _| {
        let (working_days, reason) = (body.working_days, body.reason);
        Ok(Action::RequestExtension { order, working_days, reason })
    }
}

action! {
    /// Let the clock stand still (暂停计时) while others must act first.
    pause, "/api/v1/orders/{id}/pause", "pause", "pause", "handling", PauseRequest,
    |order, body, _| {
        let (all, code) = (PauseReason::ALL, PauseReason::code);
        let reason = known_word("reason", &body.reason, PauseReason::parse, all, code)?;
        Ok(Action::Pause { order, reason, note: body.note })
    }
}

action! {
    /// Let the clock go on (恢复计时).
    resume, "/api/v1/orders/{id}/resume", "resume", "resume", "handling",
    |order| Action::Resume { order }
}

action! {
    /// Contribute as a co-unit (协办反馈).
    co_reply, "/api/v1/orders/{id}/co-reply", "co_reply", "co-reply", "handling", CoReplyRequest,
    |order, body, _| Ok(Action::CoReply { order, text: body.text })
}

action! {
    /// Give an order to a handler of its unit, or to nobody for now (指派).
    assign, "/api/v1/orders/{id}/assign", "assign", "assign", "handling", AssignRequest,
    |order, body, _| Ok(Action::Assign { order, handler: body.handler })
}
