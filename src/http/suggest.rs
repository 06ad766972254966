//! What the engine would do with a text that is still being typed. Changes nothing.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use hotline_engine::actor::Actor;
use hotline_engine::command::Acceptance;
use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::order::Kind;
use hotline_engine::routing::{Question, consider};
use hotline_engine::text::mask_identity;
use hotline_engine::time::Timestamp;
use hotline_engine::{Rules, accept, dues};
use hotline_knowledge_base::SearchOptions;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::access::Asking;
use super::body::Body;
use super::joining_actions::SimilarOrder;
use super::knowledge::{AnswerView, answers, today};
use super::order_view::{CandidateView, UnitView};
use super::orders::{NewOrder, acceptance};
use super::problem::{Problem, ProblemBody};
use crate::due_view::DuesView;
use crate::explained_ground::PrecedentsView;
use crate::intake::Found;

/// Answers offered beside a suggestion.
const ANSWERS: usize = 3;
/// Answers among which those are that are shown already.
const CANDIDATES: usize = 10;

/// The engine's view of a text.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Suggestion {
    kind: &'static str,
    kind_label: &'static str,
    urgency: &'static str,
    urgency_label: &'static str,
    /// 110, 119 or 120: transfer the call at once.
    transfer: Option<u16>,
    tags: Vec<String>,
    region: Option<UnitView>,
    /// Why it is that region.
    #[schema(inline)]
    place: Option<PlaceView>,
    /// The unit that would get the order now.
    lead: Option<UnitView>,
    co_units: Vec<UnitView>,
    confidence: Option<f64>,
    /// How that unit stands; only where precedents chose it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    precedents: Option<PrecedentsView>,
    /// Why a dispatcher would have to decide.
    triage: Option<&'static str>,
    triage_label: Option<&'static str>,
    /// Most probable matters, with the unit each leads to.
    candidates: Vec<CandidateView>,
    /// Pieces of the text that decided.
    evidence: Vec<String>,
    /// Dues if it were accepted and dispatched now.
    due: DuesView,
    answers: Vec<AnswerView>,
    /// Orders that may be about the same, the likeliest first, five at most; null for a role that may not know which are alike.
    similar: Option<Vec<SimilarOrder>>,
}

/// What decided on a region.
#[derive(Debug, Serialize, ToSchema)]
struct PlaceView {
    /// The words that name it, as written; empty for a point on the map.
    words: String,
    /// code, point, given, only, crossing, spot, first, context, street, home or office.
    why: &'static str,
    why_label: &'static str,
}

impl From<&Found> for PlaceView {
    fn from(found: &Found) -> PlaceView {
        let (why, why_label) = (found.why.code(), found.why.label());
        PlaceView { words: mask_identity(&found.words).into_owned(), why, why_label }
    }
}

/// Matter, unit, dues, answers and possible duplicates for a text as it stands. With the caller's number, orders of the same caller
/// about the same matter count as possible duplicates too.
///
/// Whoever types sends `Typing-Session`, a name of his choice, and `Typing-Turn`, a number that rises with each text: then an answer
/// that is shown first stays until a new one is better by a tenth, or one that is shown second by a twentieth, and a text that a later
/// one has overtaken is answered `overtaken`.
#[utoipa::path(
    post, path = "/api/v1/suggest", tag = "orders", request_body = NewOrder,
    params(("Typing-Session" = Option<String>, Header), ("Typing-Turn" = Option<u64>, Header)),
    responses((status = 200, body = Suggestion), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn suggest(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    headers: HeaderMap,
    body: Body<NewOrder>,
) -> Result<Json<Suggestion>, Problem> {
    let keystroke = app.typing.begin(&actor, &headers)?;
    let now = app.clock.now();
    let views = &app.published.views;
    let (directory, precedents) = (views.directory(), views.precedents());
    let rules = app.rules.load();
    let heading = body.value.title.to_string();
    let text = format!("{heading} {}", body.value.content);
    let reading = app.read(&body.value)?;
    let place = reading.place.as_ref().map(PlaceView::from);
    let order = acceptance(&directory, body.value, reading)?;
    let choice = accept::choose(&directory, &precedents, &rules, now, &order);
    let question = Question {
        candidates: &order.classification.candidates,
        region: order.region,
        returns: &[],
        on: now.day(),
        precedents: &precedents,
    };
    let considered = consider(&directory, question);
    let matter = considered.first().map(|first| directory.matter(first.candidate.matter));
    app.typing.check(keystroke.as_ref())?;
    let here = here(&directory, order.region);
    let options = SearchOptions {
        here: &here,
        limit: if keystroke.is_some() { CANDIDATES } else { ANSWERS },
        matter,
        heading: Some(&heading),
        ..SearchOptions::on(today(&app))
    };
    let answers = answers(&app, &text, &options);
    app.typing.check(keystroke.as_ref())?;
    let answers = app.typing.settle(keystroke.as_ref(), answers, ANSWERS);
    let similar = similar(&app, &actor, &rules, now, &order);
    let unit = |id| UnitView::of(&directory, id);
    let triage = choice.as_ref().err();
    let facts = accept::facts(&order, choice.as_ref().ok());
    let co_units = choice.as_ref().map_or(&[][..], |choice| &choice.co_units);
    Ok(Json(Suggestion {
        kind: order.kind.code(),
        kind_label: order.kind.label(),
        urgency: order.urgency.code(),
        urgency_label: order.urgency.label(),
        transfer: order.transfer,
        region: order.region.map(unit),
        place: place.filter(|_| order.region.is_some()),
        lead: choice.as_ref().ok().map(|choice| unit(choice.lead)),
        co_units: co_units.iter().copied().map(unit).collect(),
        confidence: choice.as_ref().ok().map(|choice| choice.confidence.probability()),
        precedents: choice.as_ref().ok().and_then(|it| Some(it.ground.standing()?.into())),
        triage: triage.map(|reason| reason.code()),
        triage_label: triage.map(|reason| reason.label()),
        candidates: considered.iter().map(|one| CandidateView::of(&directory, one)).collect(),
        due: DuesView::from(&dues::from_now(&rules, &directory, &facts, co_units, now)),
        evidence: order.classification.evidence,
        tags: order.tags,
        answers,
        similar,
    }))
}

/// The codes of a region and of what it lies in.
fn here(directory: &Directory, region: Option<UnitId>) -> Vec<&str> {
    let street = region.and_then(|region| directory.unit(region).parent);
    region.into_iter().chain(street).map(|unit| directory.unit(unit).code.as_str()).collect()
}

/// Orders that may be about the same, as far as the actor may know of them.
fn similar(
    app: &App,
    actor: &Actor,
    rules: &Rules,
    at: Timestamp,
    order: &Acceptance,
) -> Option<Vec<SimilarOrder>> {
    if !actor.may_see_similar() {
        return None;
    }
    let rule = rules.profile(at).duplicates.as_ref().filter(|_| order.kind != Kind::Praise);
    let found = rule.map_or(Vec::new(), |rule| app.published.views.similar(rule, at, order));
    Some(found.iter().filter_map(|it| SimilarOrder::of(app, actor, it)).collect())
}
