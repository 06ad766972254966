//! What every action on an order over HTTP has in common: the order, the version seen, the answer. The engine decides.

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hotline_engine::Rejection;
use hotline_engine::actor::Actor;
use hotline_engine::command::{Action, Command};
use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::order::{Order, OrderId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::order_view::respond;
use super::orders::visible;
use super::problem::Problem;
use crate::sequencer::{Done, Refusal};

/// A few words that belong to an action.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct NoteRequest {
    /// For the file.
    pub(crate) note: String,
}

/// A handler whose body, if it has one, is read by `$request`, and whose action is made of it: one path, one action.
macro_rules! action {
    (
        $(#[$doc:meta])* $name:ident, $path:literal, $id:literal, $verb:literal, $tag:literal,
        |$order:ident| $action:expr
    ) => {
        $(#[$doc])*
        #[utoipa::path(
            post, path = $path, operation_id = $id, tag = $tag,
            params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
            responses((status = 200, body = OrderView), (status = "4XX", body = ProblemBody))
        )]
        pub(crate) async fn $name(
            State(app): State<Arc<App>>,
            Asking(actor): Asking,
            Named(id): Named,
            headers: HeaderMap,
            _: NoBody,
        ) -> Result<Response, Problem> {
            act(&app, actor, &id, &headers, $verb, |$order, _| Ok($action)).await
        }
    };
    (
        $(#[$doc:meta])* $name:ident, $path:literal, $id:literal, $verb:literal, $tag:literal, $request:ident,
        |$order:ident, $body:ident, $directory:pat_param| $action:expr
    ) => {
        $(#[$doc])*
        #[utoipa::path(
            post, path = $path, operation_id = $id, tag = $tag, request_body = $request,
            params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
            responses((status = 200, body = OrderView), (status = "4XX", body = ProblemBody))
        )]
        pub(crate) async fn $name(
            State(app): State<Arc<App>>,
            Asking(actor): Asking,
            Named(id): Named,
            headers: HeaderMap,
            body: Body<$request>,
        ) -> Result<Response, Problem> {
            let $body = body.value;
            act(&app, actor, &id, &headers, $verb, |$order, $directory| $action).await
        }
    };
}
pub(crate) use action;

/// An order that the actor may not see any more, as he left it.
#[derive(Debug, Serialize)]
struct OrderLeft {
    id: u64,
    number: String,
    status: &'static str,
    status_label: &'static str,
    version: u32,
}

impl OrderLeft {
    fn of(order: &Order) -> OrderLeft {
        let (status, status_label) = (order.status.code(), order.status.label());
        let number = format!("{:018}", order.number);
        OrderLeft { id: order.id.0, number, status, status_label, version: order.version }
    }
}

/// Submits an action on one order and answers with the order as it then stands.
pub(super) async fn act(
    app: &App,
    actor: Actor,
    id: &str,
    headers: &HeaderMap,
    verb: &'static str,
    action: impl FnOnce(OrderId, &Directory) -> Result<Action, Problem>,
) -> Result<Response, Problem> {
    may(&actor, verb)?;
    // Before the body is looked at: nothing about it may tell an order of others from none.
    let order = visible(app, &actor, id)?.id;
    let directory = app.published.views.directory();
    let asking = actor.clone();
    let command = Command { actor, seen: seen(headers)?, action: action(order, &directory)? };
    submit(app, command).await?;
    let unknown = || Problem::not_found("such order");
    let order = app.published.views.order(order).ok_or_else(unknown)?;
    if !asking.may_see(&order) {
        // He has just given it away: what becomes of it is not his to see.
        return Ok(Json(OrderLeft::of(&order)).into_response());
    }
    Ok(respond(StatusCode::OK, &app.published.views, &order))
}

/// Refuses what the role may never ask for, whatever the order.
pub(super) fn may(actor: &Actor, action: &'static str) -> Result<(), Problem> {
    if actor.role.may_ask_for(action) {
        return Ok(());
    }
    Err(Rejection::NotAllowed { role: actor.role, action }.into())
}

/// Submits a command on an order.
pub(super) async fn submit(app: &App, command: Command) -> Result<Done, Problem> {
    app.submit(command).await.map_err(|refusal| match refusal {
        // Nothing tells an order of others from none.
        Refusal::Rejected(Rejection::UnknownOrder { .. }) => Problem::not_found("such order"),
        refusal => refusal.into(),
    })
}

/// The version of an order or an article that the client saw, from `If-Match`.
pub(super) fn seen(headers: &HeaderMap) -> Result<Option<u32>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    if text == "*" {
        return Ok(None);
    }
    let version = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let version = version.and_then(|version| version.parse().ok());
    version.map(Some).ok_or_else(|| Problem::parameter("If-Match", "is not an ETag such as \"3\""))
}

pub(super) fn unit(directory: &Directory, field: &str, code: &str) -> Result<UnitId, Problem> {
    let unknown = || Problem::field(field, format!("{field}: no such unit"));
    directory.unit_id(code).ok_or_else(unknown)
}
