//! Grades for services over HTTP (好差评): from the platform that collects them, and the unit's objection to a wrong one.
//! Beside them what the telephone platform counts.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use hotline_engine::Rejection;
use hotline_engine::accept::{CONTENT_CHARS_MAX, SHORT_CHARS_MAX};
use hotline_engine::command::{Action, Command};
use hotline_engine::figures::Calls;
use hotline_engine::order::Kind;
use hotline_engine::rating::{Grade, ServiceReport};
use hotline_engine::time::Day;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::access::Asking;
use super::actions::{act, action, may, submit, unit};
use super::body::{Body, object};
use super::named::Named;
use super::order_view::OrderView;
use super::orders::{NewCaller, NewOrder, acceptance};
use super::problem::{Problem, ProblemBody};

/// The tag of an order that a bad grade became.
const TAG: &str = "差评";

/// A service that was done for a citizen, with the grade if there is one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct NewRating {
    /// The number of the case at the service (办件编号): one case, one rating.
    #[schema(example = "4405071126000123")]
    case: String,
    /// What was done (事项), by code or name.
    #[serde(default)]
    #[schema(example = "居住证办理")]
    item: String,
    /// Code of the unit that did it.
    #[schema(example = "government-services")]
    unit: String,
    /// From 1 (非常不满意) to 5 (非常满意); left out while the citizen has not rated: after the time that the rules give, the
    /// default counts.
    grade: Option<u8>,
    /// The counter or terminal.
    #[serde(default)]
    #[schema(example = "3号窗口")]
    window: String,
    /// What was ticked.
    #[serde(default)]
    indicators: Vec<String>,
    /// What the citizen wrote.
    #[serde(default)]
    text: String,
    /// Path of the matter, for a bad grade.
    matter: Option<String>,
    /// Kept in the vault of the order that a bad grade becomes.
    #[serde(default, deserialize_with = "object")]
    caller: Option<NewCaller>,
}

/// What a rating came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RatingView {
    case: String,
    /// Whether it is rated now.
    rated: bool,
    /// The order that a bad grade became.
    order: Option<u64>,
}

/// Tell of a service, or of its grade: a bad one becomes an order for the unit at once.
#[utoipa::path(
    post, path = "/api/v1/ratings", operation_id = "rate", tag = "ratings", request_body = NewRating,
    responses(
        (status = 201, description = "On disk", body = RatingView),
        (status = 200, description = "Was told before", body = RatingView),
        (status = "4XX", body = ProblemBody),
    )
)]
pub(crate) async fn rate(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    body: Body<NewRating>,
) -> Result<Response, Problem> {
    may(&actor, "report-service")?;
    let mut rating = body.value;
    rating.case = unblanked(&rating.case);
    let directory = app.published.views.directory();
    let parse = |grade: u8| {
        let outside = || Problem::field("grade", "grade: is not between 1 and 5");
        Grade::parse(&grade.to_string()).ok_or_else(outside)
    };
    let grade = rating.grade.map(parse).transpose()?;
    within_bounds(&rating, grade)?;
    let case = rating.case.clone();
    let report = ServiceReport {
        case: rating.case.clone(),
        item: rating.item.clone(),
        unit: unit(&directory, "unit", &rating.unit)?,
        grade,
        remark: remark(&rating),
        complaint: match grade {
            Some(grade) if grade.is_bad() => {
                let order = complaint(rating, grade);
                let reading = app.read(&order)?;
                Some(Box::new(acceptance(&directory, order, reading)?))
            }
            _ => None,
        },
    };
    let action = Action::ReportService(Box::new(report));
    let done = submit(&app, Command { actor, seen: None, action }).await?;
    let status = if done.repeated { StatusCode::OK } else { StatusCode::CREATED };
    let order = done.order.map(|id| id.0);
    Ok((status, Json(RatingView { case, rated: done.rated, order })).into_response())
}

/// The number of a case as it is known: written wide or with blanks, or with signs that nobody sees, it is the same.
fn unblanked(case: &str) -> String {
    let unseen = |c: char| {
        c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    };
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    };
    case.chars().filter(|c| !unseen(*c)).map(narrow).collect()
}

/// Names what is too long as it was sent: in the order's content, or the remark, all of it stands together.
fn within_bounds(rating: &NewRating, grade: Option<Grade>) -> Result<(), Problem> {
    let is_longer = |text: &str, max| text.len() > max && text.chars().count() > max;
    for (field, text) in [("case", &rating.case), ("item", &rating.item)] {
        if is_longer(text, SHORT_CHARS_MAX) {
            return Err(Rejection::TooLong { field, max: SHORT_CHARS_MAX }.into());
        }
    }
    let remark = remark(rating);
    let content = match grade {
        Some(grade) if grade.is_bad() => content(rating, grade, &remark),
        _ => remark,
    };
    if !is_longer(&content, CONTENT_CHARS_MAX) {
        return Ok(());
    }
    let ticked = rating.indicators.iter().map(String::len).sum();
    let parts =
        [("text", rating.text.len()), ("indicators", ticked), ("window", rating.window.len())];
    let (field, _) = parts.into_iter().max_by_key(|&(_, bytes)| bytes).expect("three parts");
    let detail = format!(
        "{field}: is longer than {CONTENT_CHARS_MAX} characters, with what is put beside it"
    );
    Err(Problem::field(field, detail))
}

/// What the citizen wrote and ticked, and where.
fn remark(rating: &NewRating) -> String {
    let mut parts = Vec::new();
    if !rating.text.trim().is_empty() {
        parts.push(rating.text.clone());
    }
    if !rating.indicators.is_empty() {
        parts.push(format!("评价指标:{}", rating.indicators.join("、")));
    }
    if !rating.window.trim().is_empty() {
        parts.push(format!("窗口:{}", rating.window));
    }
    parts.join("\n")
}

/// The content of the order that a bad grade becomes.
fn content(rating: &NewRating, grade: Grade, remark: &str) -> String {
    let said = if remark.is_empty() { "评价人未留言。" } else { remark };
    format!("办件 {} {} 获评“{}”。{said}", rating.case, rating.item, grade.label())
}

/// The order that a bad grade becomes.
fn complaint(rating: NewRating, grade: Grade) -> NewOrder {
    let content = content(&rating, grade, &remark(&rating));
    NewOrder {
        title: String::new(),
        content,
        kind: Some(Kind::Complaint.code().to_owned()),
        matter: rating.matter,
        place: None,
        location: None,
        urgency: None,
        channel: None,
        tags: vec![TAG.to_owned()],
        caller: rating.caller,
        upstream: None,
        answer: None,
    }
}

/// Why a grade is wrong.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct AppealRequest {
    #[schema(example = "办件人确认系误点星级,附通话记录。")]
    reason: String,
}

/// What becomes of an appeal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct DecideAppealRequest {
    /// Whether the grade is struck out.
    upheld: bool,
    /// Needed when it is dismissed.
    #[serde(default)]
    note: String,
}

action! {
    /// Object to a bad grade (差评申诉): once, by the unit that got it.
    appeal, "/api/v1/orders/{id}/appeal", "appeal", "appeal", "handling", AppealRequest,
    |order, body, _| Ok(Action::Appeal { order, reason: body.reason })
}

action! {
    /// Strike a wrong grade out, or let it stand.
    decide_appeal, "/api/v1/orders/{id}/decide-appeal", "decide_appeal", "decide-appeal", "desk", DecideAppealRequest,
    |order, body, _| Ok(Action::DecideAppeal { order, upheld: body.upheld, note: body.note })
}

/// What the telephone platform counted on a day.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct CallsBody {
    /// Calls that came in.
    offered: u32,
    /// Of these, answered.
    answered: u32,
    /// Of these, within 15 seconds.
    in_15s: u32,
    /// Of these, within 30 seconds.
    in_30s: u32,
    /// What those who were answered had waited, in seconds together.
    waited_seconds: u32,
}

/// Put what the telephone platform counted on a day (话务量) in the place of what it counted before.
#[utoipa::path(
    put, path = "/api/v1/calls/{day}", operation_id = "count_calls", tag = "reports", request_body = CallsBody,
    params(("day" = String, Path, description = "YYYY-MM-DD")),
    responses((status = 200, body = CallsBody), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn count_calls(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Named(day): Named,
    body: Body<CallsBody>,
) -> Result<Json<CallsBody>, Problem> {
    may(&actor, "count-calls")?;
    let day = Day::parse(&day)
        .map_err(|_| Problem::parameter("day", "is not a day such as 2026-11-24"))?;
    let counted = body.value;
    let CallsBody { offered, answered, in_15s, in_30s, waited_seconds } = counted;
    let calls = Calls { offered, answered, in_15s, in_30s, waited_seconds };
    submit(&app, Command { actor, seen: None, action: Action::CountCalls { day, calls } }).await?;
    Ok(Json(counted))
}
