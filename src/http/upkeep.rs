//! How the knowledge base is kept up, over HTTP: uses, what grows old, changes by unit and month, and what is missing. For those
//! who watch units, of their own units where they are bound to some.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use hotline_engine::actor::Actor;
use hotline_engine::directory::Directory;
use hotline_engine::order::{Kind, OrderId};
use hotline_engine::text::Normaliser;
use hotline_engine::time::Day;
use hotline_knowledge_base::SearchOptions;
use serde::Deserialize;
use utoipa::IntoParams;

use super::App;
use super::access::Asking;
use super::knowledge::today;
use super::orders::query_problem;
use super::problem::{Problem, ProblemBody};
use super::reports::{DAYS_MAX, day, may_see, units};
use crate::indexer::now;
use crate::span::Span;
use crate::upkeep::{
    self, Contacts, Entry, GapReport, Near, ORDERS_MIN, Question, StaleReport, UpdateReport,
    UsageReport,
};

/// Orders looked at for stories, the newest: those that articles answered are among them.
const ORDERS_MAX: usize = 20_000;
/// Days ahead that the stale report looks, unless it is told.
pub(crate) const WITHIN_DAYS: i32 = 30;
/// Articles named beside a gap.
const NEAREST: usize = 3;

/// Whose articles.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UsageQuery {
    /// Code of one unit.
    unit: Option<String>,
}

/// Whose articles, and how far ahead.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StaleQuery {
    /// Code of one unit.
    unit: Option<String>,
    /// Days ahead, at most a year; 30 if left out.
    within: Option<u16>,
}

/// Whose changes, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UpdatesQuery {
    /// Code of one unit: changes of articles that were its own then.
    unit: Option<String>,
    /// First day, `YYYY-MM-DD`; a year ago if left out.
    from: Option<String>,
    /// Last day; today if left out.
    to: Option<String>,
}

/// Which contacts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct GapsQuery {
    /// First day, `YYYY-MM-DD`; the first of this month if left out.
    from: Option<String>,
    /// Last day; today if left out.
    to: Option<String>,
    /// Only contacts of this kind; `consultation` if left out, `all` for every kind.
    kind: Option<String>,
    /// Contacts that make a gap, at least 3; 3 if left out.
    min: Option<usize>,
}

type Asked<T> = Result<Query<T>, QueryRejection>;

/// What articles were good for: direct answers, what came back, what call-takers said, and what nobody uses.
#[utoipa::path(
    get, path = "/api/v1/reports/knowledge/usage", operation_id = "knowledge_usage", tag = "reports",
    params(UsageQuery),
    responses((status = 200, body = UsageReport), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn usage(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    query: Asked<UsageQuery>,
) -> Result<Json<UsageReport>, Problem> {
    let Query(query) = query.map_err(|error| query_problem(&error))?;
    blocking(app, actor, query.unit, |app, units| {
        Ok(upkeep::usage(
            &entries(app, units),
            app.published.views.orders_count(),
            app.clock.now().day(),
        ))
    })
    .await
}

/// Articles that somebody should look at: a review that has passed, a last day that is near, a unit that is no more.
#[utoipa::path(
    get, path = "/api/v1/reports/knowledge/stale", operation_id = "knowledge_stale", tag = "reports",
    params(StaleQuery),
    responses((status = 200, body = StaleReport), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn stale(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    query: Asked<StaleQuery>,
) -> Result<Json<StaleReport>, Problem> {
    let Query(StaleQuery { unit, within }) = query.map_err(|error| query_problem(&error))?;
    let within = within.map_or(WITHIN_DAYS, i32::from);
    blocking(app, actor, unit, move |app, units| {
        if within > 366 {
            return Err(Problem::parameter("within", "is more than a year"));
        }
        let directory = app.published.views.directory();
        Ok(upkeep::stale(&entries(app, units), &directory, app.clock.now().day(), within))
    })
    .await
}

/// Articles that were added, changed and ended, by unit and month.
#[utoipa::path(
    get, path = "/api/v1/reports/knowledge/updates", operation_id = "knowledge_updates", tag = "reports",
    params(UpdatesQuery),
    responses((status = 200, body = UpdateReport), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn updates(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    query: Asked<UpdatesQuery>,
) -> Result<Json<UpdateReport>, Problem> {
    let Query(UpdatesQuery { unit, from, to }) = query.map_err(|error| query_problem(&error))?;
    blocking(app, actor, unit, move |app, units| {
        let today = app.clock.now().day();
        let span = span(from.as_deref(), to.as_deref(), Day(today.0 - 365), today)?;
        Ok(upkeep::updates(&app.published.views.changes(), span, units))
    })
    .await
}

/// Contacts about the same that no article answered: their telling words, what comes nearest, and an article to fill in. No word
/// is shown that fewer than three contacts share.
#[utoipa::path(
    get, path = "/api/v1/reports/knowledge/gaps", operation_id = "knowledge_gaps", tag = "reports", params(GapsQuery),
    responses((status = 200, body = GapReport), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn gaps(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    query: Asked<GapsQuery>,
) -> Result<Json<GapReport>, Problem> {
    let Query(query) = query.map_err(|error| query_problem(&error))?;
    may_see(&actor)?;
    let made = tokio::task::spawn_blocking(move || gaps_of(&app, &actor, &query)).await;
    made.unwrap_or_else(|stopped| std::panic::resume_unwind(stopped.into_panic())).map(Json)
}

fn gaps_of(app: &App, actor: &Actor, query: &GapsQuery) -> Result<GapReport, Problem> {
    let today_is = app.clock.now().day();
    let Span { from, to } =
        span(query.from.as_deref(), query.to.as_deref(), today_is.first_of_month(), today_is)?;
    let kind = match query.kind.as_deref() {
        None => Some(Kind::Consultation),
        Some("all") => None,
        Some(word) => {
            let unknown = || Problem::parameter("kind", "is no kind of order, and not `all`");
            Some(Kind::parse(word).ok_or_else(unknown)?)
        }
    };
    let orders_min = query.min.unwrap_or(ORDERS_MIN);
    if orders_min < ORDERS_MIN {
        return Err(Problem::parameter("min", format!("is less than {ORDERS_MIN}")));
    }
    let question = Question { from, to, kind, orders_min };
    let views = &app.published.views;
    let (directory, normaliser) = (views.directory(), Normaliser::new());
    let newest = views.orders_count();
    let ids = (1..=newest).rev().take(ORDERS_MAX).map(OrderId);
    let orders = ids.filter_map(|id| views.order(id)).filter(|order| actor.may_see(order));
    // The name of whoever called was taken out of the words when they came in.
    let mut contacts = Contacts::default();
    for order in orders {
        contacts.hear(&order, None, &directory, &normaliser, &question);
        if contacts.is_full() {
            break;
        }
    }
    let nearest = |text: &str| {
        let options = SearchOptions { limit: NEAREST, ..SearchOptions::on(today(app)) };
        let found = app.knowledge.search_now(text, &options, |article| now(views, article));
        let near = found.into_iter().map(|it| Near { id: it.id, title: it.title, score: it.score });
        Ok(near.collect())
    };
    upkeep::gaps(&contacts, &directory, &question, nearest)
}

/// The articles that are these units' today; no units = every article.
fn entries(app: &App, units: Option<&[String]>) -> Vec<Entry> {
    let mut entries = Entry::all_in(&app.published.views);
    entries.retain(|entry| upkeep::is_of(entry, units));
    entries
}

/// Reads what is asked for of these units on a thread that nobody else waits for.
async fn blocking<T: Send + 'static>(
    app: Arc<App>,
    actor: Actor,
    unit: Option<String>,
    report: impl FnOnce(&App, Option<&[String]>) -> Result<T, Problem> + Send + 'static,
) -> Result<Json<T>, Problem> {
    may_see(&actor)?;
    let directory = app.published.views.directory();
    let asked = units(&actor, &directory, unit.as_deref())?;
    let codes = asked.map(|units| codes(&directory, &units));
    let made = tokio::task::spawn_blocking(move || report(&app, codes.as_deref()));
    let made = made.await;
    made.unwrap_or_else(|stopped| std::panic::resume_unwind(stopped.into_panic())).map(Json)
}

fn codes(directory: &Directory, units: &[hotline_engine::directory::UnitId]) -> Vec<String> {
    units.iter().map(|&unit| directory.unit(unit).code.clone()).collect()
}

fn span(from: Option<&str>, to: Option<&str>, first: Day, last: Day) -> Result<Span, Problem> {
    let from = day("from", from)?.unwrap_or(first);
    let to = day("to", to)?.unwrap_or(last);
    if from > to || to.0 - from.0 > DAYS_MAX {
        let detail = format!("lies before `from`, or more than {DAYS_MAX} days after it");
        return Err(Problem::parameter("to", detail));
    }
    Ok(Span { from, to })
}
