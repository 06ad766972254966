//! The knowledge base over HTTP: search, read, put, remove.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use hotline_engine::article::{Article, ArticleDraft};
use hotline_engine::command::{Action, Command};
use hotline_engine::decide::article_faults;
use hotline_engine::library::Version;
use hotline_engine::time::Day;
use hotline_knowledge_base as knowledge;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::access::Asking;
use super::actions::{may, seen};
use super::article_life::{BackingBody, SourceBody, etag};
use super::body::{Body, NoBody, parse};
use super::named::Named;
use super::orders::query_problem;
use super::problem::{FieldError, Problem, ProblemBody};
use crate::indexer::now;
use crate::views::Lived;

const ANSWERS_DEFAULT: usize = 10;
/// Characters of a question in an address: Chinese ones take nine bytes each there, and a request's head has 16 KiB.
const QUESTION_CHARS_MAX: usize = 1_500;

/// Fields that are named when none of them can be read: more than an article has.
const FAULTS_MAX: usize = 20;

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
    /// The day by which somebody looks whether it is still right, `YYYY-MM-DD`; left out = as before.
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
    /// The document it was taken from.
    source: Option<SourceBody>,
    /// The day by which somebody looks whether it is still right.
    review_on: Option<String>,
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
    /// What brought it up beside its words: `matter`, that of the question; `place`, its unit being of the place of the question.
    lifted_by: Vec<&'static str>,
    matter: Option<String>,
    unit: Option<String>,
    /// The document it was taken from.
    source: Option<SourceBody>,
    /// The day by which somebody looks whether it is still right.
    review_on: Option<String>,
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
            lifted_by: Vec::new(),
            matter: None,
            unit: None,
            source: None,
            review_on: None,
        }
    }
}

/// A term of the article that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReasonView {
    term: String,
    /// `title`, `body`, `matter`, `unit` (its name) or `source` (name and number of the document).
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
    let directory = app.published.views.directory();
    if unit.is_some_and(|code| directory.unit_id(code).is_none()) {
        return Err(Problem::parameter("unit", "no such unit"));
    }
    if matter.is_some_and(|path| directory.matter_id(path).is_none()) {
        return Err(Problem::parameter("matter", "no such matter"));
    }
    let options =
        knowledge::SearchOptions { limit, matter, unit, ..knowledge::SearchOptions::on(on) };
    Ok(Json(Answers { data: answers(&app, &query.q, &options) }))
}

/// The day that questions are about.
pub(super) fn today(app: &App) -> knowledge::Day {
    knowledge::Day(app.clock.now().day().0)
}

/// What the knowledge base says to a text, as its articles are now.
pub(super) fn answers(
    app: &App,
    text: &str,
    options: &knowledge::SearchOptions<'_>,
) -> Vec<AnswerView> {
    let views = &app.published.views;
    let found = app.knowledge.search_now(text, options, |article| now(views, article));
    found.into_iter().map(|found| answer(found, app)).collect()
}

fn answer(answer: knowledge::Answer, app: &App) -> AnswerView {
    let BackingBody { source, review_on } = backing(app, &answer.id);
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
        lifted_by: answer.lifted_by.into_iter().map(lift).collect(),
        matter: answer.matter,
        unit: answer.unit,
        source,
        review_on,
    }
}

/// What the version that answers rests on.
fn backing(app: &App, id: &str) -> BackingBody {
    let life = app.published.views.life(id);
    let answering = life.as_ref().and_then(|life| life.answering());
    answering.map_or_else(BackingBody::default, |version| BackingBody::from(&version.backing))
}

fn reason(reason: knowledge::Reason) -> ReasonView {
    let field = match reason.field {
        knowledge::ArticleField::Title => "title",
        knowledge::ArticleField::Body => "body",
        knowledge::ArticleField::Matter => "matter",
        knowledge::ArticleField::Unit => "unit",
        knowledge::ArticleField::Source => "source",
    };
    ReasonView { term: reason.term, field, share: reason.share }
}

fn lift(lift: knowledge::Lift) -> &'static str {
    match lift {
        knowledge::Lift::Matter => "matter",
        knowledge::Lift::Place => "place",
    }
}

/// Read an article; its ETag is the number of the version that answers.
#[utoipa::path(
    get, path = "/api/v1/knowledge/{id}", operation_id = "get_article", tag = "knowledge", params(("id" = String, Path)),
    responses((status = 200, body = ArticleView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn get(State(app): State<Arc<App>>, _actor: Asking, Named(id): Named) -> Read {
    let unknown = || Problem::not_found("such article");
    let lived = app.published.views.life(&id).ok_or_else(unknown)?;
    let answering = lived.answering().ok_or_else(unknown)?;
    read(&lived, answering).ok_or_else(unknown)
}

type Tagged = ([(HeaderName, String); 1], Json<ArticleView>);
type Read = Result<Tagged, Problem>;

/// A version with its number: both of one moment.
fn read(lived: &Lived, version: &Version) -> Option<Tagged> {
    let text = lived.text_of(version)?;
    Some((etag(version.number), Json(view(text, BackingBody::from(&version.backing)))))
}

/// Add or replace an article, and put it in force at once; searches find it within a second. The same once more is no change; with
/// `If-Match`, only if its newest version, be it a draft, is the one that was read.
#[utoipa::path(
    put, path = "/api/v1/knowledge/{id}", operation_id = "put_article", tag = "knowledge",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)), request_body = ArticleBody,
    responses((status = 200, body = ArticleView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn put(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Named(id): Named,
    headers: HeaderMap,
    body: Body<ArticleBody>,
) -> Read {
    let draft = draft(id, body.value)?;
    let article = draft.article.clone();
    let action = Action::PutArticle(Box::new(draft));
    app.submit(Command { actor, seen: seen(&headers)?, action }).await?;
    // Somebody else may have put another text since: what is told is the version that was put here.
    let lived = app.published.views.life(&article.id);
    let put = lived.as_ref().and_then(|lived| {
        let mut versions = lived.versions.iter().rev();
        read(lived, versions.find(|version| lived.text_of(version) == Some(&article))?)
    });
    put.ok_or_else(|| Problem::not_found("such article"))
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
    body: Body<Fields>,
) -> Result<Json<FaultsView>, Problem> {
    may(&actor, "put-article")?;
    let (draft, mut faults) = readable(&id, body.value)?;
    for fault in article_faults(&app.published.views.directory(), &draft) {
        let told = Problem::from(fault).errors().into_iter();
        // What could not be read is empty in the draft.
        let new = told.filter(|it| faults.iter().all(|known| !it.is_of_the_field_of(known)));
        faults.extend(new.collect::<Vec<_>>());
    }
    Ok(Json(FaultsView { faults }))
}

/// A body before it is known what its fields hold.
type Fields = serde_json::Map<String, serde_json::Value>;

/// What the fields that can be read hand in, and what stands against each of the others.
fn readable(id: &str, fields: Fields) -> Result<(ArticleDraft, Vec<FieldError>), Problem> {
    let read = |fields: Fields| {
        let bytes = serde_json::Value::Object(fields).to_string();
        draft(id.to_owned(), parse(bytes.as_bytes())?)
    };
    let blank = || ["title", "body"].map(|name| (name.to_owned(), "".into()));
    let missing = ["title", "body"].into_iter().filter(|name| !fields.contains_key(*name));
    let mut faults: Vec<FieldError> = missing
        .flat_map(|name| Problem::field(name, format!("{name}: is missing")).errors())
        .collect();
    let mut readable = Fields::from_iter(blank());
    for (name, value) in fields {
        let mut alone = Fields::from_iter(blank());
        alone.insert(name.clone(), value.clone());
        match read(alone) {
            Ok(_) => drop(readable.insert(name, value)),
            Err(problem) => faults.extend(problem.errors()),
        }
        if faults.len() >= FAULTS_MAX {
            break;
        }
    }
    Ok((read(readable)?, faults))
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

/// Remove an article; with `If-Match`, only if its newest version is the one that was read.
#[utoipa::path(
    delete, path = "/api/v1/knowledge/{id}", operation_id = "remove_article", tag = "knowledge",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 204), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Named(id): Named,
    headers: HeaderMap,
    _: NoBody,
) -> Result<StatusCode, Problem> {
    let seen = seen(&headers)?;
    app.submit(Command { actor, seen, action: Action::RemoveArticle { id } }).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(article: &Article, BackingBody { source, review_on }: BackingBody) -> ArticleView {
    ArticleView {
        id: article.id.clone(),
        title: article.title.clone(),
        body: article.body.clone(),
        matter: article.matter.clone(),
        unit: article.unit.clone(),
        valid_from: article.valid_from.map(|day| day.to_string()),
        valid_to: article.valid_to.map(|day| day.to_string()),
        source,
        review_on,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_that_cannot_be_read_is_named_and_the_others_are_read() {
        let fields = |text: &str| serde_json::from_str::<Fields>(text).unwrap();
        let named = |text: &str| {
            let (draft, faults) = readable("a", fields(text)).unwrap();
            (draft, serde_json::to_string(&faults).unwrap())
        };
        let (draft, faults) = named(
            r#"{"body":5,"unit":"nope","review_on":"x","valid_to":"y","source":{"number":"1"},"foo":1}"#,
        );
        assert_eq!(draft.article.unit.as_deref(), Some("nope"));
        for field in ["/title", "/body", "/review_on", "/valid_to", "/source/document"] {
            let pointer = format!("\"pointer\":\"{field}\"");
            assert_eq!(faults.matches(&pointer).count(), 1, "{field}: {faults}");
        }
        assert!(faults.contains("unknown field"), "{faults}");
        assert_eq!(named(r#"{"title":"t","body":"b","matter":null}"#).1, "[]");
        let many: String = (0..500).map(|at| format!(",\"f{at}\":1")).collect();
        let many = format!("{{\"title\":\"t\",\"body\":\"b\"{many}}}");
        assert_eq!(readable("a", fields(&many)).unwrap().1.len(), FAULTS_MAX);
    }
}
