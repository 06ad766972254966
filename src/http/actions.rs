//! What every action on an order over HTTP has in common: the order, the version seen, the answer. The engine decides.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use hotline_engine::Rejection;
use hotline_engine::actor::Actor;
use hotline_engine::command::{Action, Command};
use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::order::OrderId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::App;
use super::order_view::respond;
use super::orders::order_id;
use super::problem::Problem;
use crate::sequencer::{Done, Refusal};

/// A few words that belong to an action.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct NoteRequest {
    /// For the file.
    pub(crate) note: String,
}

/// A handler whose body is read by `$request` and whose action is made of it: one path, one action.
macro_rules! action {
    (
        $(#[$doc:meta])* $name:ident, $path:literal, $id:literal, $tag:literal, $request:ident,
        |$order:ident, $body:ident| $action:expr
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
            Path(id): Path<String>,
            headers: HeaderMap,
            body: Body<$request>,
        ) -> Result<Response, Problem> {
            let $body = body.value;
            act(&app, actor, &id, &headers, |$order, _| $action).await
        }
    };
}
pub(crate) use action;

/// Submits an action on one order and answers with the order as it then stands.
pub(super) async fn act(
    app: &App,
    actor: Actor,
    id: &str,
    headers: &HeaderMap,
    action: impl FnOnce(OrderId, &Directory) -> Result<Action, Problem>,
) -> Result<Response, Problem> {
    let order = order_id(app, id)?;
    let directory = app.published.views.directory();
    let command = Command { actor, seen: seen(headers)?, action: action(order, &directory)? };
    submit(app, id, command).await?;
    let unknown = || Problem::not_found(&format!("order {id}"));
    let order = app.published.views.order(order).ok_or_else(unknown)?;
    Ok(respond(StatusCode::OK, &directory, &order))
}

/// Submits a command on an order; what is refused is refused in the words of the request.
pub(super) async fn submit(app: &App, id: &str, command: Command) -> Result<Done, Problem> {
    app.submit(command).await.map_err(|refusal| match refusal {
        // Nothing tells an order of others from none.
        Refusal::Rejected(Rejection::UnknownOrder { .. }) => {
            Problem::not_found(&format!("order {id}"))
        }
        refusal => refusal.into(),
    })
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

pub(super) fn unit(directory: &Directory, field: &str, code: &str) -> Result<UnitId, Problem> {
    let unknown = || Problem::field(field, format!("{field}: no unit `{code}`"));
    directory.unit_id(code).ok_or_else(unknown)
}
