//! The life of an article over HTTP: drafted, judged, put in force, taken out of it, spoken of; and its versions with what
//! changed from each to the next. The engine decides.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, header};
use hotline_engine::article::{Article, Backing, Source};
use hotline_engine::command::{Action, Command};
use hotline_engine::handling::Decision;
use hotline_engine::library::{Rebacking, Version};
use hotline_engine::time::{Day, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::access::Asking;
use super::actions::{NoteRequest, may, seen};
use super::body::{Body, NoBody};
use super::knowledge::{ArticleBody, draft};
use super::named::Named;
use super::problem::{Problem, ProblemBody};
use crate::difference::{Piece, difference};
use crate::views::Lived;

/// A document that an article was taken from.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct SourceBody {
    /// Its name.
    #[schema(example = "厦门市城市供水节水条例")]
    document: String,
    /// Its number.
    number: Option<String>,
    /// Where it can be read: an http or https address.
    link: Option<String>,
}

/// What an article rests on, and when it is looked at again.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct BackingBody {
    pub(super) source: Option<SourceBody>,
    /// The day by which somebody looks whether it is still right, `YYYY-MM-DD`.
    pub(super) review_on: Option<String>,
}

impl BackingBody {
    pub(super) fn backing(self) -> Result<Backing, Problem> {
        let wrong = |error| Problem::field("review_on", format!("review_on: {error}"));
        let review_on =
            self.review_on.map(|day| Day::parse_in_reach(&day)).transpose().map_err(wrong)?;
        let source = self.source.map(|SourceBody { document, number, link }| Source {
            document,
            number,
            link,
        });
        Ok(Backing { source, review_on })
    }
}

impl From<&Backing> for BackingBody {
    fn from(backing: &Backing) -> BackingBody {
        let body = |source: Source| {
            let Source { document, number, link } = source;
            SourceBody { document, number, link }
        };
        let review_on = backing.review_on.map(|day| day.to_string());
        BackingBody { source: backing.source.clone().map(body), review_on }
    }
}

/// A judgement of the newest version.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct JudgementRequest {
    /// Whether it is right.
    passed: bool,
    /// Why; may be empty when it passed.
    #[serde(default)]
    note: String,
}

/// Whether an article helped.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct RatingRequest {
    useful: bool,
    /// What is wrong or missing.
    #[serde(default)]
    note: String,
}

/// An article from its first version on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LifeView {
    id: String,
    /// How far the newest version came: draft, reviewed, published or expired.
    status: &'static str,
    status_label: &'static str,
    /// Number of the version that was published, if one is.
    answering: Option<u32>,
    /// Whether it answers today: published, and within its days.
    answers_today: bool,
    /// Why nothing of it answers any more.
    expired: Option<JudgementView>,
    /// The newest first.
    versions: Vec<VersionView>,
}

/// What somebody decided.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct JudgementView {
    at: String,
    by: String,
    passed: bool,
    note: String,
}

impl From<&Decision> for JudgementView {
    fn from(decision: &Decision) -> JudgementView {
        let Decision { at, by, granted, note } = decision.clone();
        JudgementView { at: at.to_string(), by, passed: granted, note }
    }
}

/// A version.
#[derive(Debug, Serialize, ToSchema)]
struct VersionView {
    number: u32,
    at: String,
    by: String,
    status: &'static str,
    status_label: &'static str,
    title: String,
    body: String,
    matter: Option<String>,
    unit: Option<String>,
    valid_from: Option<String>,
    valid_to: Option<String>,
    #[schema(inline)]
    backing: BackingBody,
    /// What it rested on before, oldest first, with who changed that while its text stayed.
    rebackings: Vec<RebackingView>,
    review: Option<JudgementView>,
    published: Option<String>,
    /// When nothing of the article answered any more, if this version did till then.
    ended: Option<String>,
    /// What it changes in the version before; none for the oldest that is kept.
    changes: Option<Vec<ChangeView>>,
}

/// A change of what a version rests on.
#[derive(Debug, Serialize, ToSchema)]
struct RebackingView {
    at: String,
    by: String,
    #[schema(inline)]
    before: BackingBody,
}

impl From<&Rebacking> for RebackingView {
    fn from(rebacking: &Rebacking) -> RebackingView {
        let Rebacking { at, by, before } = rebacking;
        RebackingView { at: at.to_string(), by: by.clone(), before: before.into() }
    }
}

/// A field that is not as it was.
#[derive(Debug, Serialize, ToSchema)]
struct ChangeView {
    field: &'static str,
    pieces: Vec<Piece>,
}

/// Every version of an article that is kept, with what each changed.
#[utoipa::path(
    get, path = "/api/v1/knowledge/{id}/versions", operation_id = "article_versions", tag = "knowledge",
    params(("id" = String, Path)),
    responses((status = 200, body = LifeView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn versions(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Named(id): Named,
) -> Answered {
    if !actor.may_see_drafts() {
        let detail = format!("a {} may not see drafts", actor.role.code());
        return Err(Problem::new("not-allowed", detail));
    }
    answered(&app, &id)
}

fn life_view(app: &App, id: &str) -> Result<LifeView, Problem> {
    let unknown = || Problem::not_found("such article");
    let life = app.published.views.life(id).ok_or_else(unknown)?;
    let today = app.clock.now().day();
    let texts: Vec<Text<'_>> = texts(&life);
    let mut versions: Vec<VersionView> = Vec::with_capacity(texts.len());
    for (at, (version, text)) in texts.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| &texts[before]);
        versions.push(version_view(version, text, before));
    }
    versions.reverse();
    let newest = life.newest();
    Ok(LifeView {
        id: id.to_owned(),
        status: newest.status.code(),
        status_label: newest.status.label(),
        answering: life.answering().map(|version| version.number),
        answers_today: life.text.as_ref().is_some_and(|article| article.is_in_force(today)),
        expired: life.expired.as_ref().map(JudgementView::from),
        versions,
    })
}

/// A version with its text.
type Text<'a> = (&'a Version, &'a Article);

/// Each version with its text.
fn texts(life: &Lived) -> Vec<Text<'_>> {
    life.versions.iter().filter_map(|version| Some((version, life.text_of(version)?))).collect()
}

fn version_view(version: &Version, text: &Article, before: Option<&Text<'_>>) -> VersionView {
    let day = |day: Option<Day>| day.map(|day| day.to_string());
    VersionView {
        number: version.number,
        at: version.at.to_string(),
        by: version.by.clone(),
        status: version.status.code(),
        status_label: version.status.label(),
        title: text.title.clone(),
        body: text.body.clone(),
        matter: text.matter.clone(),
        unit: text.unit.clone(),
        valid_from: day(text.valid_from),
        valid_to: day(text.valid_to),
        backing: BackingBody::from(&version.backing),
        review: version.review.as_ref().map(JudgementView::from),
        rebackings: version.rebackings.iter().map(RebackingView::from).collect(),
        published: version.published.map(|at: Timestamp| at.to_string()),
        ended: version.ended.map(|at: Timestamp| at.to_string()),
        changes: before
            .map(|(old, before)| changes((before, &old.backing), (text, &version.backing))),
    }
}

/// The fields in which two texts, and what they rest on, differ.
fn changes(old: (&Article, &Backing), new: (&Article, &Backing)) -> Vec<ChangeView> {
    let of = |(article, backing): (&Article, &Backing)| {
        let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        let word = |word: &Option<String>| word.clone().unwrap_or_default();
        [
            ("title", article.title.clone()),
            ("body", article.body.clone()),
            ("matter", word(&article.matter)),
            ("unit", word(&article.unit)),
            ("valid_from", day(article.valid_from)),
            ("valid_to", day(article.valid_to)),
            ("source", backing.source.as_ref().map(source_line).unwrap_or_default()),
            ("review_on", day(backing.review_on)),
        ]
    };
    let pairs = of(old).into_iter().zip(of(new)).filter(|(old, new)| old != new);
    let change = |((field, old), (_, new)): ((_, String), (_, String))| ChangeView {
        field,
        pieces: difference(&old, &new),
    };
    pairs.map(change).collect()
}

/// A document with its number and its link, in one line.
fn source_line(source: &Source) -> String {
    let Source { document, number, link } = source;
    let parts = [Some(document), number.as_ref(), link.as_ref()];
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// Submits an action on an article, on the version that was seen, if the client says which, and answers with the article as it
/// then stands.
async fn act(
    app: &App,
    Asking(actor): Asking,
    id: &str,
    headers: &HeaderMap,
    action: Action,
) -> Answered {
    may(&actor, action.name())?;
    app.submit(Command { actor, seen: seen(headers)?, action }).await?;
    answered(app, id)
}

/// An article's life; its ETag is the number of its newest version.
fn answered(app: &App, id: &str) -> Answered {
    let view = life_view(app, id)?;
    let newest = view.versions.first().map_or(0, |version| version.number);
    Ok((etag(newest), Json(view)))
}

/// The number of a version, as a client says it again in `If-Match`.
pub(super) fn etag(number: u32) -> [(HeaderName, String); 1] {
    [(header::ETAG, format!("\"{number}\""))]
}

type Answered = Result<([(HeaderName, String); 1], Json<LifeView>), Problem>;

/// Write a version of an article (起草): what answers goes on answering until it is published. The same once more is no other version;
/// with `If-Match`, only on top of the version that was read.
#[utoipa::path(
    post, path = "/api/v1/knowledge/{id}/draft", operation_id = "draft_article", tag = "knowledge",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)), request_body = ArticleBody,
    responses((status = 200, body = LifeView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn write(
    State(app): State<Arc<App>>,
    asking: Asking,
    Named(id): Named,
    headers: HeaderMap,
    body: Body<ArticleBody>,
) -> Answered {
    may(&asking.0, "draft-article")?;
    let draft = draft(id.clone(), body.value)?;
    act(&app, asking, &id, &headers, Action::DraftArticle(Box::new(draft))).await
}

/// Say what the article rests on, and when it is looked at again, without another text (复审): of the version that answers, else
/// of the newest, which is reviewed again if its source is another. A draft before an answering version says so with its text.
#[utoipa::path(
    post, path = "/api/v1/knowledge/{id}/backing", operation_id = "back_article", tag = "knowledge",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)), request_body = BackingBody,
    responses((status = 200, body = LifeView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn back(
    State(app): State<Arc<App>>,
    asking: Asking,
    Named(id): Named,
    headers: HeaderMap,
    body: Body<BackingBody>,
) -> Answered {
    may(&asking.0, "back-article")?;
    let backing = body.value.backing()?;
    act(&app, asking, &id, &headers, Action::BackArticle { id: id.clone(), backing }).await
}

/// Judge the newest version, which somebody else has written (审核); with `If-Match`, only if it is the one that was read.
#[utoipa::path(
    post, path = "/api/v1/knowledge/{id}/review", operation_id = "review_article", tag = "knowledge",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)), request_body = JudgementRequest,
    responses((status = 200, body = LifeView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn review(
    State(app): State<Arc<App>>,
    asking: Asking,
    Named(id): Named,
    headers: HeaderMap,
    body: Body<JudgementRequest>,
) -> Answered {
    let JudgementRequest { passed, note } = body.value;
    let action = Action::ReviewArticle { id: id.clone(), passed, note };
    act(&app, asking, &id, &headers, action).await
}

/// Let the reviewed version answer (发布); with `If-Match`, only if it is the one that was read.
#[utoipa::path(
    post, path = "/api/v1/knowledge/{id}/publish", operation_id = "publish_article", tag = "knowledge",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = LifeView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn publish(
    State(app): State<Arc<App>>,
    asking: Asking,
    Named(id): Named,
    headers: HeaderMap,
    _: NoBody,
) -> Answered {
    act(&app, asking, &id, &headers, Action::PublishArticle { id: id.clone() }).await
}

/// Let nothing of the article answer any more (失效); with `If-Match`, only if its newest version is the one that was read.
#[utoipa::path(
    post, path = "/api/v1/knowledge/{id}/expire", operation_id = "expire_article", tag = "knowledge",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)), request_body = NoteRequest,
    responses((status = 200, body = LifeView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn expire(
    State(app): State<Arc<App>>,
    asking: Asking,
    Named(id): Named,
    headers: HeaderMap,
    body: Body<NoteRequest>,
) -> Answered {
    let note = body.value.note;
    act(&app, asking, &id, &headers, Action::ExpireArticle { id: id.clone(), note }).await
}

/// Say whether an article helped (有用, 无用).
#[utoipa::path(
    post, path = "/api/v1/knowledge/{id}/rating", operation_id = "rate_article", tag = "knowledge",
    params(("id" = String, Path)), request_body = RatingRequest,
    responses((status = 204), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn rate(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Named(id): Named,
    body: Body<RatingRequest>,
) -> Result<axum::http::StatusCode, Problem> {
    let RatingRequest { useful, note } = body.value;
    let action = Action::RateArticle { id, useful, note };
    app.submit(Command { actor, seen: None, action }).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}
