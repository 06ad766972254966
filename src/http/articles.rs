//! Articles over HTTP as those see them who write and judge them: which wait for a review, which are reviewed, whose review is
//! near. Not what they answer: that is `knowledge`.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use hotline_engine::article::Article;
use hotline_engine::glossary::ArticleStatus;
use hotline_engine::library::Life;
use hotline_engine::time::Day;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::access::Asking;
use super::article_life::JudgementView;
use super::orders::{limit_of, query_problem};
use super::problem::{Problem, ProblemBody};
use super::reports::day;
use crate::views::Lived;

/// Which articles.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[into_params(parameter_in = Query)]
pub(crate) struct ArticlesQuery {
    /// How far the newest version came: draft, reviewed, published or expired.
    status: Option<String>,
    /// Code of the unit that answers for it.
    unit: Option<String>,
    /// Only those with a version in force, on its days, that is to be looked at on or before this day, `YYYY-MM-DD`; the unit is that
    /// version's then.
    review_by: Option<String>,
    /// From `next_cursor`.
    cursor: Option<String>,
    /// At most 200; 50 if left out.
    limit: Option<usize>,
}

/// A page of articles, by id.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ArticlesPage {
    data: Vec<ArticleRow>,
    /// Pass it as `cursor` for the next page; absent on the last.
    next_cursor: Option<String>,
}

/// The newest version of an article; its text and the versions before are at `/api/v1/knowledge/{id}/versions`.
#[derive(Debug, Serialize, ToSchema)]
struct ArticleRow {
    id: String,
    title: String,
    /// How far it came.
    status: &'static str,
    status_label: &'static str,
    /// Its number.
    version: u32,
    /// When it was written.
    at: String,
    /// Who wrote it.
    by: String,
    unit: Option<String>,
    matter: Option<String>,
    /// Number of the version that was published, if one is.
    answering: Option<u32>,
    /// The day by which somebody looks whether what answers is still right; of a draft, what is to be looked at once it answers.
    review_on: Option<String>,
    /// The last judgement of it.
    review: Option<JudgementView>,
}

/// What is asked for, read.
struct Wanted {
    status: Option<ArticleStatus>,
    unit: Option<String>,
    review_by: Option<Day>,
}

/// Articles with the newest version of each: what waits for a review (`status=draft`), what waits to be published
/// (`status=reviewed`), and what is to be looked at again by a day.
#[utoipa::path(
    get, path = "/api/v1/articles", operation_id = "list_articles", tag = "knowledge", params(ArticlesQuery),
    responses((status = 200, body = ArticlesPage), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    query: Result<Query<ArticlesQuery>, QueryRejection>,
) -> Result<Json<ArticlesPage>, Problem> {
    let Query(query) = query.map_err(|error| query_problem(&error))?;
    if !actor.may_see_drafts() {
        let detail = format!("a {} may not see drafts", actor.role.code());
        return Err(Problem::new("not-allowed", detail));
    }
    let limit = limit_of(query.limit)?;
    let status = query.status.as_deref().map(status).transpose()?;
    let directory = app.published.views.directory();
    if query.unit.as_deref().is_some_and(|code| directory.unit_id(code).is_none()) {
        return Err(Problem::parameter("unit", "no such unit"));
    }
    let review_by = day("review_by", query.review_by.as_deref())?;
    let wanted = Wanted { status, unit: query.unit, review_by };
    let after = query.cursor.unwrap_or_default();
    let made = tokio::task::spawn_blocking(move || page(&app, &wanted, &after, limit)).await;
    Ok(Json(made.unwrap_or_else(|stopped| std::panic::resume_unwind(stopped.into_panic()))))
}

/// How far a newest version can be; one that was replaced is none.
fn status(word: &str) -> Result<ArticleStatus, Problem> {
    let known = ArticleStatus::parse(word).filter(|it| *it != ArticleStatus::Replaced);
    known.ok_or_else(|| {
        Problem::parameter("status", "is not one of draft, reviewed, published, expired")
    })
}

/// Looks at every article: a hundred thousand take some ten milliseconds.
fn page(app: &App, wanted: &Wanted, after: &str, limit: usize) -> ArticlesPage {
    let views = &app.published.views;
    let mut rows: Vec<(String, Arc<Lived>, Article)> = Vec::new();
    let behind = views.lives().into_iter().skip_while(|(id, _)| id.as_str() <= after);
    for (id, life) in behind {
        if !wanted.fits(&life) {
            continue;
        }
        let newest = life.newest();
        let Some(text) = life.text_of(newest).cloned() else { continue };
        let judged = life.answering().filter(|_| wanted.review_by.is_some()).unwrap_or(newest);
        let unit = life.text_of(judged).and_then(|text| text.unit.as_ref());
        if wanted.unit.is_none() || wanted.unit.as_ref() == unit {
            rows.push((id, life, text));
        }
        if rows.len() > limit {
            break;
        }
    }
    let is_last = rows.len() <= limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| !is_last).map(|(id, ..)| id.clone());
    ArticlesPage { data: rows.into_iter().map(row).collect(), next_cursor }
}

impl Wanted {
    /// Whether it fits but for its unit, which its text says.
    fn fits(&self, life: &Life) -> bool {
        let is_due = |by: Day| {
            let review_on = life.answering().and_then(|version| version.backing.review_on);
            review_on.is_some_and(|day| day <= by)
        };
        self.status.is_none_or(|status| life.newest().status == status)
            && self.review_by.is_none_or(is_due)
    }
}

fn row((id, life, text): (String, Arc<Lived>, Article)) -> ArticleRow {
    let newest = life.newest();
    let review_on = life.answering().unwrap_or(newest).backing.review_on;
    ArticleRow {
        id,
        title: text.title,
        status: newest.status.code(),
        status_label: newest.status.label(),
        version: newest.number,
        at: newest.at.to_string(),
        by: newest.by.clone(),
        unit: text.unit,
        matter: text.matter,
        answering: life.answering().map(|version| version.number),
        review_on: review_on.map(|day| day.to_string()),
        review: newest.review.as_ref().map(JudgementView::from),
    }
}
