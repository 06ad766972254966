//! Orders about the same over HTTP: which there are, handling them as one, and the way back. And what needs no unit: the
//! desk's own answer.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use hotline_engine::actor::Actor;
use hotline_engine::command::Action;
use hotline_engine::handling::{Answer, Similar};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::access::Asking;
use super::actions::{NoteRequest, act, action};
use super::body::Body;
use super::named::Named;
use super::order_view::OrderView;
use super::orders::{order_id, visible};
use super::problem::{Problem, ProblemBody};

/// With which order one is to be handled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct MergeRequest {
    /// Id or number of the order that is handled for both.
    #[schema(example = "261124090507000001")]
    into: String,
}

/// What the desk answers by itself.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct NewAnswer {
    /// What the caller heard.
    #[schema(example = "凭身份证到就近社区服务中心即可办理。")]
    text: String,
    /// Id of the article it rests on.
    article: Option<String>,
}

impl From<NewAnswer> for Answer {
    fn from(answer: NewAnswer) -> Answer {
        Answer { text: answer.text, article: answer.article }
    }
}

/// Orders that may be about the same.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SimilarOrders {
    /// The likeliest first: of the same caller, then by their words.
    data: Vec<SimilarOrder>,
}

/// An order that may be about the same, as it stands now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SimilarOrder {
    id: u64,
    #[schema(example = "261124090507000001")]
    number: String,
    status: &'static str,
    status_label: &'static str,
    /// Share of the words that both have, in percent.
    percent: u8,
    /// Whether the same telephone number stands behind both.
    same_caller: bool,
    /// Whether both give the same words for their place.
    same_place: bool,
}

impl SimilarOrder {
    /// None where the actor may not know of it.
    pub(super) fn of(app: &App, actor: &Actor, it: &Similar) -> Option<SimilarOrder> {
        let other = app.published.views.order(it.order).filter(|other| actor.may_see(other))?;
        Some(SimilarOrder {
            id: other.id.0,
            number: format!("{:018}", other.number),
            status: other.status.code(),
            status_label: other.status.label(),
            percent: it.percent,
            same_caller: it.same_caller,
            same_place: it.same_place,
        })
    }
}

/// Orders that were found to be like this one when it came in.
#[utoipa::path(
    get, path = "/api/v1/orders/{id}/similar", operation_id = "similar_orders", tag = "orders",
    params(("id" = String, Path, description = "Id or number")),
    responses((status = 200, body = SimilarOrders), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn similar(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Named(id): Named,
) -> Result<Json<SimilarOrders>, Problem> {
    let order = visible(&app, &actor, &id)?;
    if !actor.may_see_similar() {
        let detail = format!("a {} may not see which orders are alike", actor.role.code());
        return Err(Problem::new("not-allowed", detail));
    }
    let found = order.similar.iter().filter_map(|it| SimilarOrder::of(&app, &actor, it));
    Ok(Json(SimilarOrders { data: found.collect() }))
}

/// Handle an order with another about the same (并单): the same caller's open order is hurried, another caller's is handled
/// for both, the same caller's closed one is handled once more.
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/merge", operation_id = "merge", tag = "desk", request_body = MergeRequest,
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = OrderView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn merge(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Named(id): Named,
    headers: HeaderMap,
    body: Body<MergeRequest>,
) -> Result<Response, Problem> {
    let asked = body.value.into;
    let unknown = || Problem::field("into", "into: no such order");
    act(&app, actor, &id, &headers, "merge", |order, _| {
        let into = order_id(&app, &asked).map_err(|_| unknown())?;
        app.published.views.order(into).ok_or_else(unknown)?;
        Ok(Action::Merge { order, into })
    })
    .await
}

action! {
    /// Let a joined order be on its own again (撤销并单).
    unmerge, "/api/v1/orders/{id}/unmerge", "unmerge", "unmerge", "desk", NoteRequest,
    |order, body, _| Ok(Action::Unmerge { order, note: body.note })
}

action! {
    /// Answer an order that waits for a dispatcher, at the desk (直接解答): it is closed, and no unit gets it.
    answer, "/api/v1/orders/{id}/answer", "answer", "answer", "desk", NewAnswer,
    |order, body, _| Ok(Action::Answer { order, answer: body.into() })
}
