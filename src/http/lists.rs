//! The two lists people work from: a unit's inbox and the dispatchers' triage.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use hotline_engine::order::Status;
use serde::Deserialize;
use utoipa::IntoParams;

use super::App;
use super::access::Asking;
use super::named::Named;
use super::orders::{OrdersPage, page_view, query_problem, window};
use super::problem::{Problem, ProblemBody};
use crate::views::Filter;

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// From `next_cursor`.
    cursor: Option<String>,
    /// At most 200; 50 if left out.
    limit: Option<usize>,
}

/// Which part of an inbox.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[into_params(parameter_in = Query)]
pub(crate) struct InboxQuery {
    /// Only what this handler of the unit has, by account; `me` = your own.
    handler: Option<String>,
    /// From `next_cursor`.
    cursor: Option<String>,
    /// At most 200; 50 if left out.
    limit: Option<usize>,
}

/// The account that `handler=me` stands for is the one that asks.
const ME: &str = "me";

type PageParameters = Result<Query<PageQuery>, axum::extract::rejection::QueryRejection>;

/// What waits for a unit: what is due first comes first.
#[utoipa::path(
    get, path = "/api/v1/departments/{id}/inbox", tag = "handling",
    params(("id" = String, Path, description = "Code of the unit"), InboxQuery),
    responses((status = 200, body = OrdersPage), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn inbox(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Named(code): Named,
    query: Result<Query<InboxQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<OrdersPage>, Problem> {
    let Query(query) = query.map_err(|error| query_problem(&error))?;
    let directory = app.published.views.directory();
    let unknown = || Problem::not_found("such unit");
    let unit = directory.unit_id(&code).ok_or_else(unknown)?;
    if !actor.may_see_unit(unit) {
        let detail = format!("a {} may not see this inbox", actor.role.code());
        return Err(Problem::new("not-allowed", detail));
    }
    let account = query.handler.as_deref().map(|it| if it == ME { &actor.name } else { it });
    let handler = account.map(|account| {
        let unknown = || Problem::parameter("handler", "the unit has no such handler");
        directory.staff().find(unit, account).ok_or_else(unknown)
    });
    let handler = handler.transpose()?;
    let (after, limit) = window(query.cursor.as_deref(), query.limit)?;
    let views = &app.published.views;
    Ok(Json(page_view(views, &views.inbox(unit, handler, after, limit))))
}

/// Orders that a dispatcher must decide, with the top candidates and the evidence.
#[utoipa::path(
    get, path = "/api/v1/triage", tag = "triage", params(PageQuery),
    responses((status = 200, body = OrdersPage), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn triage(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    query: PageParameters,
) -> Result<Json<OrdersPage>, Problem> {
    let Query(query) = query.map_err(|error| query_problem(&error))?;
    if !actor.may_see_triage() {
        let detail = format!("a {} may not see the triage list", actor.role.code());
        return Err(Problem::new("not-allowed", detail));
    }
    let (after, limit) = window(query.cursor.as_deref(), query.limit)?;
    let filter = Filter { status: Some(Status::Triage), ..Filter::default() };
    let page = app.published.views.list(filter, after, limit, |order| actor.may_see(order));
    Ok(Json(page_view(&app.published.views, &page)))
}
