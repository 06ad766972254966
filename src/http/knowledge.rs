//! The knowledge base over HTTP: search, read, put, remove.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use hotline_engine::article::{Article, ArticleDraft};
use hotline_engine::command::{Action, Command};
use hotline_engine::decide::article_faults;
use hotline_engine::time::Day;
use hotline_knowledge_base as knowledge;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::access::Asking;
use super::actions::may;
use super::article_life::{BackingBody, SourceBody};
use super::body::{Body, NoBody};
use super::named::Named;
use super::orders::query_problem;
use super::problem::{FieldError, Problem, ProblemBody};

const ANSWERS_DEFAULT: usize = 10;
/// Characters of a question in an address: Chinese ones take nine bytes each there, and a request's head has 16 KiB.
const QUESTION_CHARS_MAX: usize = 1_500;

/// An article without its id, which is in the path.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct ArticleBody {
    title: String,
    body: String,
    /// Path of the matter it belongs to.
    matter: Option<String>,
    /// Code of the unit that answers for it.
    unit: Option<String>,
    /// First day on which it answers, `YYYY-MM-DD`.
    valid_from: Option<String>,
    /// Last day on which it answers, `YYYY-MM-DD`.
    valid_to: Option<String>,
    /// The document it was taken from; left out = as before.
    source: Option<SourceBody>,
    /// The day by which somebody looks whether it is still right, `YYYY-MM-DD`.
    review_on: Option<String>,
}

/// An article.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ArticleView {
    id: String,
    title: String,
    body: String,
    matter: Option<String>,
    unit: Option<String>,
    valid_from: Option<String>,
    valid_to: Option<String>,
}

/// An article that answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnswerView {
    pub(super) id: String,
    title: String,
    pub(super) score: f32,
    snippet: String,
    /// Pairs of start and end, in characters of the snippet.
    highlights: Vec<[usize; 2]>,
    /// Pairs of start and end, in characters of the title.
    title_highlights: Vec<[usize; 2]>,
    /// Why it answers: the terms that weigh most, weightiest first.
    reasons: Vec<ReasonView>,
    matter: Option<String>,
    unit: Option<String>,
}

#[cfg(test)]
impl AnswerView {
    /// One of which no more is known.
    pub(super) fn scored(id: &str, score: f32) -> AnswerView {
        AnswerView {
            id: id.to_owned(),
            title: String::new(),
            score,
            snippet: String::new(),
            highlights: Vec::new(),
            title_highlights: Vec::new(),
            reasons: Vec::new(),
            matter: None,
            unit: None,
        }
    }
}

/// A term of the article that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReasonView {
    term: String,
    /// `title` or `body`.
    field: &'static str,
    /// Its part of all that matched, from 0 to 1.
    share: f32,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answers {
    data: Vec<AnswerView>,
}

/// What is searched.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchQuery {
    /// A question, a few words or a story, at most 1,500 characters; a longer one goes to `/api/v1/suggest`.
    q: String,
    /// Path of a matter: its articles come earlier.
    matter: Option<String>,
    /// Code of a unit: only its articles answer.
    unit: Option<String>,
    /// At most 50; 10 if left out.
    limit: Option<usize>,
}

/// The question of a query string.
pub(super) fn question_in(query: &str) -> Result<String, Problem> {
    let uri = axum::http::Uri::try_from(format!("/?{query}"))
        .map_err(|error| Problem::new("bad-request", error.to_string()))?;
    let asked = Query::<SearchQuery>::try_from_uri(&uri);
    asked.map(|Query(asked)| asked.q).map_err(|error| query_problem(&error))
}

/// Search the articles valid today.
#[utoipa::path(
    get, path = "/api/v1/knowledge", operation_id = "search_articles", tag = "knowledge", params(SearchQuery),
    responses((status = 200, body = Answers), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn search(
    State(app): State<Arc<App>>,
    _actor: Asking,
    query: Result<Query<SearchQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Answers>, Problem> {
    let Query(query) = query.map_err(|error| query_problem(&error))?;
    if query.q.chars().nth(QUESTION_CHARS_MAX).is_some() {
        let detail = format!("is longer than {QUESTION_CHARS_MAX} characters; ask /api/v1/suggest");
        return Err(Problem::parameter("q", detail));
    }
    let limit = query.limit.unwrap_or(ANSWERS_DEFAULT);
    if !(1..=knowledge::ANSWERS_MAX).contains(&limit) {
        let detail = format!("{limit} is not between 1 and {}", knowledge::ANSWERS_MAX);
        return Err(Problem::parameter("limit", detail));
    }
    let on = today(&app);
    let (matter, unit) = (query.matter.as_deref(), query.unit.as_deref());
    let options =
        knowledge::SearchOptions { limit, matter, unit, ..knowledge::SearchOptions::on(on) };
    Ok(Json(Answers { data: answers(&app, &query.q, &options)? }))
}

/// The day that questions are about.
pub(super) fn today(app: &App) -> knowledge::Day {
    knowledge::Day(app.clock.now().day().0)
}

/// What the knowledge base says to a text.
pub(super) fn answers(
    app: &App,
    text: &str,
    options: &knowledge::SearchOptions<'_>,
) -> Result<Vec<AnswerView>, Problem> {
    let found = app.knowledge.search(text, options);
    let found = found.map_err(|error| Problem::new("internal", error.to_string()))?;
    Ok(found.into_iter().map(answer).collect())
}

fn answer(answer: knowledge::Answer) -> AnswerView {
    let pairs = |ranges: Vec<std::ops::Range<usize>>| {
        ranges.into_iter().map(|range| [range.start, range.end]).collect()
    };
    AnswerView {
        id: answer.id,
        title: answer.title,
        score: answer.score,
        snippet: answer.snippet,
        highlights: pairs(answer.highlights),
        title_highlights: pairs(answer.title_highlights),
        reasons: answer.reasons.into_iter().map(reason).collect(),
        matter: answer.matter,
        unit: answer.unit,
    }
}

fn reason(reason: knowledge::Reason) -> ReasonView {
    let field = match reason.field {
        knowledge::ArticleField::Title => "title",
        knowledge::ArticleField::Body => "body",
    };
    ReasonView { term: reason.term, field, share: reason.share }
}

/// Read an article.
#[utoipa::path(
    get, path = "/api/v1/knowledge/{id}", operation_id = "get_article", tag = "knowledge", params(("id" = String, Path)),
    responses((status = 200, body = ArticleView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    _actor: Asking,
    Named(id): Named,
) -> Result<Json<ArticleView>, Problem> {
    let unknown = || Problem::not_found(&format!("article `{id}`"));
    let article = app.published.views.article(&id).ok_or_else(unknown)?;
    Ok(Json(view(&article)))
}

/// Add or replace an article, and put it in force at once; searches find it within a second.
#[utoipa::path(
    put, path = "/api/v1/knowledge/{id}", operation_id = "put_article", tag = "knowledge", params(("id" = String, Path)),
    request_body = ArticleBody,
    responses((status = 200, body = ArticleView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn put(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Named(id): Named,
    body: Body<ArticleBody>,
) -> Result<Json<ArticleView>, Problem> {
    let draft = draft(id, body.value)?;
    let shown = view(&draft.article);
    let action = Action::PutArticle(Box::new(draft));
    app.submit(Command { actor, seen: None, action }).await?;
    Ok(Json(shown))
}

/// What stands against an article.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FaultsView {
    /// At most one a field; none: it would be taken.
    faults: Vec<FieldError>,
}

/// See what stands against an article, without putting it there: all its fields that are wrong.
#[utoipa::path(
    post, path = "/api/v1/knowledge/{id}/check", operation_id = "check_article", tag = "knowledge",
    params(("id" = String, Path)), request_body = ArticleBody,
    responses((status = 200, body = FaultsView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn check(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Named(id): Named,
    body: Body<ArticleBody>,
) -> Result<Json<FaultsView>, Problem> {
    may(&actor, "put-article")?;
    let draft = draft(id, body.value)?;
    let faults = article_faults(&app.published.views.directory(), &draft);
    let faults = faults.into_iter().flat_map(|fault| Problem::from(fault).errors());
    Ok(Json(FaultsView { faults: faults.collect() }))
}

/// What a body hands in.
pub(super) fn draft(id: String, value: ArticleBody) -> Result<ArticleDraft, Problem> {
    let day = |field: &str, text: Option<&String>| {
        let day = text.map(|text| Day::parse_in_reach(text)).transpose();
        day.map_err(|error| Problem::field(field, format!("{field}: {error}")))
    };
    let article = Article {
        id,
        valid_from: day("valid_from", value.valid_from.as_ref())?,
        valid_to: day("valid_to", value.valid_to.as_ref())?,
        title: value.title,
        body: value.body,
        matter: value.matter,
        unit: value.unit,
    };
    let backing = BackingBody { source: value.source, review_on: value.review_on };
    Ok(ArticleDraft { article, backing: backing.backing()? })
}

/// Remove an article.
#[utoipa::path(
    delete, path = "/api/v1/knowledge/{id}", operation_id = "remove_article", tag = "knowledge", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Named(id): Named,
    _: NoBody,
) -> Result<StatusCode, Problem> {
    app.submit(Command { actor, seen: None, action: Action::RemoveArticle { id } }).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(article: &Article) -> ArticleView {
    ArticleView {
        id: article.id.clone(),
        title: article.title.clone(),
        body: article.body.clone(),
        matter: article.matter.clone(),
        unit: article.unit.clone(),
        valid_from: article.valid_from.map(|day| day.to_string()),
        valid_to: article.valid_to.map(|day| day.to_string()),
    }
}
