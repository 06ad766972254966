//! Orders over HTTP: accept, read, list.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use hotline_engine::actor::Actor;
use hotline_engine::command::{Acceptance, Action, Command, IdempotencyKey};
use hotline_engine::directory::{Directory, MatterId};
use hotline_engine::handling::Answer;
use hotline_engine::order::{Caller, Channel, Kind, Order, OrderId, Status, Upstream, Urgency};
use hotline_engine::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::App;
use super::access::Asking;
use super::body::{Body, object};
use super::joining_actions::NewAnswer;
use super::named::Named;
use super::order_view::{OrderView, respond};
use super::problem::{Problem, ProblemBody};
use crate::explained_decision::ExplainedDecision;
use crate::explained_rung::RungView;
use crate::explanation::{self, StageDue};
use crate::intake::{Given, Location, NewLocation, Reading};
use crate::views::{Filter, Page, Position, Views};

/// Orders on one page at most.
pub(crate) const PAGE_MAX: usize = 200;
const PAGE_DEFAULT: usize = 50;
/// Digits of the number that people use.
const NUMBER_DIGITS: usize = 18;
/// What a time must be.
const NO_TIME: &str = "is not an RFC 3339 time such as 2026-02-13T09:00:00+08:00";
/// Characters of an idempotency key: a UUID and some.
const KEY_CHARS_MAX: usize = 200;

/// A citizen's contact. What is left out, the engine finds out from the text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct NewOrder {
    /// A few words; may be left out.
    #[serde(default)]
    #[schema(example = "夜间施工吵得睡不着")]
    pub(crate) title: String,
    /// The story in the caller's words.
    #[schema(example = "金涛庄东区旁边工地,连续三晚打桩到凌晨两点,老人小孩都没法睡,请管一管。")]
    pub(crate) content: String,
    /// consultation, help, complaint, report, suggestion or praise.
    #[schema(example = "complaint")]
    pub(crate) kind: Option<String>,
    /// Path of the matter, when the call-taker is sure.
    pub(crate) matter: Option<String>,
    /// The place in the caller's words.
    #[schema(example = "金涛庄东区")]
    pub(crate) place: Option<String>,
    /// The point on the map that the channel sent.
    #[serde(default, deserialize_with = "object")]
    #[schema(value_type = Option<NewLocation>)]
    pub(crate) location: Option<Location>,
    /// normal, urgent or critical.
    pub(crate) urgency: Option<String>,
    /// phone, web, app, kiosk, letter or upstream; phone if left out.
    pub(crate) channel: Option<String>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    /// Kept in the vault, never in a view.
    #[serde(default, deserialize_with = "object")]
    pub(crate) caller: Option<NewCaller>,
    #[serde(default, deserialize_with = "object")]
    pub(crate) upstream: Option<NewUpstream>,
    /// What the desk answered by itself: the order is closed at once, and no unit gets it.
    #[serde(default, deserialize_with = "object")]
    pub(crate) answer: Option<NewAnswer>,
}

/// Who is calling.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct NewCaller {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) phone: String,
    /// The caller wants to stay unnamed to the unit.
    #[serde(default)]
    pub(crate) confidential: bool,
}

/// The order's double at the city.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub(crate) struct NewUpstream {
    pub(crate) number: String,
    #[schema(format = DateTime)]
    pub(crate) due: Option<String>,
}

/// A page of orders.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrdersPage {
    pub(crate) data: Vec<OrderView>,
    /// Pass it as `cursor` for the next page; absent on the last.
    pub(crate) next_cursor: Option<String>,
}

/// What a list is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, expecting = "an object")]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// triage, dispatched, signed, replied or closed.
    status: Option<String>,
    /// Code of a unit that leads or helps.
    unit: Option<String>,
    /// Only orders due at or before this second (RFC 3339).
    due_before: Option<String>,
    /// From `next_cursor`.
    cursor: Option<String>,
    /// At most 200; 50 if left out.
    limit: Option<usize>,
}

/// Accept a citizen's contact as an order: it is dispatched or put in triage at once.
#[utoipa::path(
    post, path = "/api/v1/orders", operation_id = "create_order", tag = "orders", request_body = NewOrder,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless for three days")),
    responses(
        (status = 201, description = "Accepted, on disk", body = OrderView),
        (status = 200, description = "This request was answered before", body = OrderView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    )
)]
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    headers: HeaderMap,
    body: Body<NewOrder>,
) -> Result<Response, Problem> {
    let key = key_text(&headers)?.map(|text| key_of(&actor, text, None, &body.bytes));
    let directory = app.published.views.directory();
    let place = app.gate.place_for_order();
    if place.is_none() && !is_urgent(&app, &body.value)? {
        return Err(app.gate.refuse_order());
    }
    let reading = app.read(&body.value)?;
    let mut acceptance = acceptance(&directory, body.value, reading)?;
    acceptance.idempotency = key;
    let command = Command { actor, seen: None, action: Action::Accept(Box::new(acceptance)) };
    let done = app.submit(command).await?;
    if let Some(place) = place {
        app.gate.give_back(&place, app.published.commit_took());
    }
    let order = done.order.and_then(|id| app.published.views.order(id));
    let order = order.ok_or_else(|| Problem::new("internal", "the order is not to be seen yet"))?;
    let status = if done.repeated { StatusCode::OK } else { StatusCode::CREATED };
    let mut response = respond(status, &app.published.views, &order);
    if let Ok(location) = HeaderValue::try_from(format!("/api/v1/orders/{}", order.id.0)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Whether an order comes in however much there is to do: it says so itself, or its words do.
fn is_urgent(app: &App, order: &NewOrder) -> Result<bool, Problem> {
    let said = order.urgency.as_deref().and_then(Urgency::parse);
    Ok(said.is_some_and(|said| said != Urgency::Normal) || app.is_urgent(order)?)
}

/// Read one order, by id or by its eighteen-digit number.
#[utoipa::path(
    get, path = "/api/v1/orders/{id}", operation_id = "get_order", tag = "orders",
    params(("id" = String, Path, description = "Id or number")),
    responses((status = 200, body = OrderView), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Named(id): Named,
) -> Result<Response, Problem> {
    let order = visible(&app, &actor, &id)?;
    Ok(respond(StatusCode::OK, &app.published.views, &order))
}

/// Why the order is where it is, and how each due came about.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Explanation {
    /// Why it goes to a unit or to a dispatcher, by the directory in force.
    decision: ExplainedDecision,
    /// Each due with its rule and every day on the way.
    dues: Vec<StageDue>,
    /// Who decides on an order that nobody wants, and until when.
    #[schema(inline)]
    arbitration: Option<RungView>,
    /// The decision and the dues on one screen, in Chinese.
    text: String,
}

/// Explain one order: the decision, and each due step by step.
#[utoipa::path(
    get, path = "/api/v1/orders/{id}/explain", operation_id = "explain_order", tag = "orders",
    params(("id" = String, Path, description = "Id or number")),
    responses((status = 200, body = Explanation), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn explain(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    Named(id): Named,
) -> Result<Json<Explanation>, Problem> {
    let order = visible(&app, &actor, &id)?;
    let (views, rules) = (&app.published.views, app.rules.load());
    let (directory, precedents) = (views.directory(), views.precedents());
    let decision = explanation::decision(&directory, &precedents, &rules, &order);
    let dues = explanation::dues(&directory, &rules, &order);
    let arbitration = explanation::arbitration(&rules, &order);
    let text = explanation::of(&directory, &precedents, &rules, &order);
    Ok(Json(Explanation { decision, dues, arbitration, text }))
}

/// List orders: open ones, soonest reply due first, then those that have ended, the newest first.
#[utoipa::path(
    get, path = "/api/v1/orders", operation_id = "list_orders", tag = "orders", params(ListQuery),
    responses((status = 200, body = OrdersPage), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    query: Result<Query<ListQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<OrdersPage>, Problem> {
    let Query(query) = query.map_err(|error| query_problem(&error))?;
    let directory = app.published.views.directory();
    let status = query.status.as_deref().map(|word| {
        Status::parse(word)
            .ok_or_else(|| Problem::parameter("status", one_of(Status::ALL, Status::code)))
    });
    let unit = query.unit.as_deref().map(|code| {
        directory.unit_id(code).ok_or_else(|| Problem::parameter("unit", "no such unit"))
    });
    let due_before = query.due_before.as_deref().map(|text| {
        let until = Timestamp::parse(text).map(Timestamp::end_of_second);
        until.map_err(|_| Problem::parameter("due_before", NO_TIME))
    });
    let filter = Filter {
        status: status.transpose()?,
        unit: unit.transpose()?,
        due_before: due_before.transpose()?,
    };
    let (after, limit) = window(query.cursor.as_deref(), query.limit)?;
    let views = &app.published.views;
    let page = match (&actor.units, filter.unit) {
        // Whoever is bound to units would have to be shown past everybody else's orders.
        (Some(units), None) => {
            views.list_of(units, filter, after, limit, |order| actor.may_see(order))
        }
        _ => views.list(filter, after, limit, |order| actor.may_see(order)),
    };
    Ok(Json(page_view(views, &page)))
}

/// The order behind a path, if the actor may know of it.
pub(crate) fn visible(app: &App, actor: &Actor, id: &str) -> Result<Arc<Order>, Problem> {
    let unknown = || Problem::not_found("such order");
    let order = app.published.views.order(order_id(app, id)?).ok_or_else(unknown)?;
    if actor.may_see(&order) { Ok(order) } else { Err(unknown()) }
}

/// Reads an id, or the number people use.
pub(crate) fn order_id(app: &App, text: &str) -> Result<OrderId, Problem> {
    let unknown = || Problem::not_found("such order");
    let is_plain = !text.starts_with('0') || text.len() == NUMBER_DIGITS;
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && is_plain;
    let value: u64 = text.parse().ok().filter(|_| digits).ok_or_else(unknown)?;
    if text.len() == NUMBER_DIGITS {
        return app.published.views.order_numbered(value).map(|order| order.id).ok_or_else(unknown);
    }
    Ok(OrderId(value))
}

pub(crate) fn window(
    cursor: Option<&str>,
    limit: Option<usize>,
) -> Result<(Option<Position>, usize), Problem> {
    let limit = limit_of(limit)?;
    let position = cursor.map(|text| {
        position(text)
            .ok_or_else(|| Problem::parameter("cursor", "is not one that this service gave"))
    });
    Ok((position.transpose()?, limit))
}

/// How many rows a page has.
pub(super) fn limit_of(limit: Option<usize>) -> Result<usize, Problem> {
    let limit = limit.unwrap_or(PAGE_DEFAULT);
    if !(1..=PAGE_MAX).contains(&limit) {
        let detail = format!("{limit} is not between 1 and {PAGE_MAX}");
        return Err(Problem::parameter("limit", detail));
    }
    Ok(limit)
}

pub(crate) fn page_view(views: &Views, page: &Page) -> OrdersPage {
    let (directory, precedents) = (views.directory(), views.precedents());
    let view = |order: &Arc<Order>| OrderView::of(&directory, &precedents, order);
    OrdersPage {
        data: page.orders.iter().map(view).collect(),
        next_cursor: page.next.map(|position| {
            let Position { due, order } = position;
            format!("{:016x}{:016x}", due.ms(), order.0)
        }),
    }
}

fn position(cursor: &str) -> Option<Position> {
    let (due, order) = cursor.split_at_checked(16)?;
    // The due as its two's complement, as `page_view` writes it.
    let due = u64::from_str_radix(due, 16).ok()?.cast_signed();
    let order = u64::from_str_radix(order, 16).ok()?;
    Some(Position { due: Timestamp::of_ms(due), order: OrderId(order) })
}

/// What a message says of itself, and for the rest what was read from it.
pub(crate) fn acceptance(
    directory: &Directory,
    order: NewOrder,
    reading: Reading,
) -> Result<Acceptance, Problem> {
    let kind = word("kind", order.kind.as_deref(), Kind::parse, Kind::ALL, Kind::code)?;
    let urgency =
        word("urgency", order.urgency.as_deref(), Urgency::parse, Urgency::ALL, Urgency::code)?;
    let channel = channel(order.channel.as_deref())?;
    let given = Given {
        kind,
        urgency,
        channel: channel.unwrap_or(Channel::Phone),
        tags: order.tags,
        title: order.title,
        content: order.content,
        place: order.place,
    };
    let mut reading = reading;
    // The model may be older than the directory by a moment: what was dissolved is no place any more.
    reading.place = reading.place.filter(|found| directory.is_active(found.region));
    let acceptance = Acceptance {
        matter: order.matter.as_deref().map(|path| matter(directory, path)).transpose()?,
        upstream: order.upstream.as_ref().map(upstream).transpose()?,
        answer: order.answer.map(Answer::from),
        ..reading.acceptance(given)
    };
    Ok(match order.caller {
        Some(NewCaller { name, phone, confidential }) => {
            acceptance.told_by(Caller { name, phone, confidential })
        }
        None => acceptance,
    })
}

/// Where an order came in. An order that a rating became has a limit and a count of its own: nobody makes one by a word.
fn channel(text: Option<&str>) -> Result<Option<Channel>, Problem> {
    let open: Vec<Channel> =
        Channel::ALL.iter().copied().filter(|&channel| channel != Channel::Rating).collect();
    match word("channel", text, Channel::parse, &open, Channel::code)? {
        Some(Channel::Rating) => {
            let detail = "channel: `rating` is only for grades; send one to /api/v1/ratings";
            Err(Problem::field("channel", detail))
        }
        channel => Ok(channel),
    }
}

pub(crate) fn matter(directory: &Directory, path: &str) -> Result<MatterId, Problem> {
    let unknown = || Problem::field("matter", "matter: no such matter");
    directory.matter_id(path).ok_or_else(unknown)
}

fn upstream(upstream: &NewUpstream) -> Result<Upstream, Problem> {
    let due = upstream.due.as_deref().map(Timestamp::parse_in_reach).transpose();
    let due = due.map_err(|error| {
        Problem::field("upstream.due", format!("upstream.due: is not {}", error.wanted))
    })?;
    Ok(Upstream { number: upstream.number.trim().to_owned(), due })
}

/// A word of the glossary, where one is given.
pub(crate) fn word<T: Copy>(
    field: &str,
    text: Option<&str>,
    parse: impl Fn(&str) -> Option<T>,
    all: &[T],
    code: impl Fn(T) -> &'static str,
) -> Result<Option<T>, Problem> {
    text.map(|text| known_word(field, text, parse, all, code)).transpose()
}

/// A word of the glossary.
pub(crate) fn known_word<T: Copy>(
    field: &str,
    text: &str,
    parse: impl Fn(&str) -> Option<T>,
    all: &[T],
    code: impl Fn(T) -> &'static str,
) -> Result<T, Problem> {
    let unknown = || Problem::field(field, format!("{field}: {}", one_of(all, code)));
    parse(text).ok_or_else(unknown)
}

/// What a word may be. What it was is not repeated: it may be anything, even a citizen's number in the wrong field.
fn one_of<T: Copy>(all: &[T], code: impl Fn(T) -> &'static str) -> String {
    let known: Vec<&str> = all.iter().map(|&value| code(value)).collect();
    format!("is not one of {}", known.join(", "))
}

/// A query that cannot be read, by the name of its parameter where the parser tells it.
pub(crate) fn query_problem(error: &axum::extract::rejection::QueryRejection) -> Problem {
    let text = error.body_text();
    let words = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
    match words.split_once(": ") {
        Some((name, _)) if name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') => {
            Problem::parameter(name, "is not known, or cannot be read")
        }
        _ => Problem::parameter("query", "lacks a parameter, or has one that cannot be read"),
    }
}

/// The key of a request, as the account that sends it wrote it.
pub(super) fn key_text(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else { return Ok(None) };
    let wrong = |detail| Problem::parameter("Idempotency-Key", detail);
    if values.next().is_some() {
        return Err(wrong("is there twice"));
    }
    let text = value.to_str().map_err(|_| wrong("is not plain text"))?;
    if text.is_empty() || text.len() > KEY_CHARS_MAX {
        return Err(wrong("is not 1 to 200 characters"));
    }
    Ok(Some(text))
}

/// The key belongs to the account that sends it; the body must be the same each time. Of a batch, each line has its own.
pub(super) fn key_of(
    actor: &Actor,
    text: &str,
    line: Option<usize>,
    body: &[u8],
) -> IdempotencyKey {
    let of_line = line.map_or_else(String::new, |line| format!("\0{line}"));
    let key = xxh3_128(format!("{}\0{text}{of_line}", actor.name).as_bytes());
    IdempotencyKey { key, body: xxh3_64(body) }
}
