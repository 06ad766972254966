//! Reports over HTTP: for those who watch units, of their own units where they are bound to some.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use hotline_engine::actor::Actor;
use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::time::Day;
use serde::Deserialize;
use utoipa::IntoParams;

use super::App;
use super::access::Asking;
use super::orders::query_problem;
use super::problem::{Problem, ProblemBody};
use crate::bulletin::{self, Bulletin, Edition};
use crate::reporting::{By, Question, Report, report};
use crate::span::{Span, SpanError};

/// Days of one report: three years.
pub(super) const DAYS_MAX: i32 = 3 * 366;

/// What to report on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportQuery {
    /// One day, `YYYY-MM-DD`; instead of the others.
    day: Option<String>,
    /// One month, `YYYY-MM`; instead of the others.
    month: Option<String>,
    /// One year, `YYYY`; instead of the others.
    year: Option<String>,
    /// First day, `YYYY-MM-DD`; the first of this month if nothing is given.
    from: Option<String>,
    /// Last day; today if left out.
    to: Option<String>,
    /// unit, kind, matter or day; unit if left out.
    by: Option<String>,
    /// Code of one unit.
    unit: Option<String>,
}

/// Which bulletin.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BulletinQuery {
    /// `YYYY-MM-DD`; today if left out.
    day: Option<String>,
    /// Code of one unit.
    unit: Option<String>,
}

/// On-time closure and the other rates of a span, each with numerator and denominator. At most a second old.
#[utoipa::path(
    get, path = "/api/v1/reports/on-time", operation_id = "on_time_report", tag = "reports", params(ReportQuery),
    responses((status = 200, body = Report), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn on_time(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    query: Result<Query<ReportQuery>, QueryRejection>,
) -> Result<Json<Report>, Problem> {
    let Query(query) = query.map_err(|error| query_problem(&error))?;
    may_see(&actor)?;
    let directory = app.published.views.directory();
    let Span { from, to } = span(&query, app.clock.now().day())?;
    let by = query.by.as_deref().map_or(Some(By::Unit), By::parse);
    let by = by.ok_or_else(|| Problem::parameter("by", "is not one of unit, kind, matter, day"))?;
    let asked = units(&actor, &directory, query.unit.as_deref())?;
    let question = Question { from, to, by, units: asked.as_deref() };
    let days = app.published.figures.load();
    let of_days = days.iter().map(|(day, of_day)| (day, of_day.as_ref()));
    Ok(Json(report(&directory, of_days, &question)))
}

/// The daily bulletin: what is late, unsigned and due next, by unit, and the orders behind it.
///
/// Of a past day it lists the orders that are open now, judged at the end of that day. Its counts of the day are at most a
/// second old.
#[utoipa::path(
    get, path = "/api/v1/reports/bulletin", operation_id = "daily_bulletin", tag = "reports", params(BulletinQuery),
    responses((status = 200, body = Bulletin), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn bulletin(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    query: Result<Query<BulletinQuery>, QueryRejection>,
) -> Result<Json<Bulletin>, Problem> {
    let Query(query) = query.map_err(|error| query_problem(&error))?;
    may_see(&actor)?;
    // It may look at many orders, which would keep other requests of this thread waiting.
    let made = tokio::task::spawn_blocking(move || bulletin_of(&app, &actor, &query)).await;
    made.unwrap_or_else(|stopped| std::panic::resume_unwind(stopped.into_panic())).map(Json)
}

fn bulletin_of(app: &App, actor: &Actor, query: &BulletinQuery) -> Result<Bulletin, Problem> {
    let now = app.clock.now();
    let day = day("day", query.day.as_deref())?.unwrap_or_else(|| now.day());
    let (directory, rules) = (app.published.views.directory(), app.rules.load_full());
    let asked = units(actor, &directory, query.unit.as_deref())?;
    let edition = Edition::of(&directory, &rules.calendar, day, now);
    let edition = edition.ok_or_else(|| Problem::parameter("day", "has not begun"))?;
    let edition = Edition { units: asked.as_deref(), ..edition };
    let fits = |order: &_| edition.covers(bulletin::lead(order)) && actor.may_see(order);
    let waiting = app.published.views.waiting(edition.horizon(), fits);
    let days = app.published.figures.load();
    let of_day = days.get(&day).map(Arc::as_ref);
    let bulletin = bulletin::bulletin(&edition, waiting.orders.into_iter(), of_day);
    Ok(Bulletin { is_incomplete: !waiting.is_whole, ..bulletin })
}

pub(super) fn may_see(actor: &Actor) -> Result<(), Problem> {
    if actor.may_see_reports() {
        return Ok(());
    }
    let detail = format!("a {} may not see reports", actor.role.code());
    Err(Problem::new("not-allowed", detail))
}

/// The one unit that is asked for, else those the actor is bound to; `None` = all.
pub(super) fn units(
    actor: &Actor,
    directory: &Directory,
    code: Option<&str>,
) -> Result<Option<Vec<UnitId>>, Problem> {
    let Some(code) = code else { return Ok(actor.units.clone()) };
    let unknown = || Problem::parameter("unit", "no such unit");
    let unit = directory.unit_id(code).ok_or_else(unknown)?;
    if !actor.may_see_unit(unit) {
        return Err(Problem::new("not-allowed", "not one of your units"));
    }
    Ok(Some(vec![unit]))
}

/// A day, a month, a year, or from one day to another; this month if nothing is said.
fn span(query: &ReportQuery, today: Day) -> Result<Span, Problem> {
    let given = [
        ("day", &query.day),
        ("month", &query.month),
        ("year", &query.year),
        ("from", &query.from),
        ("to", &query.to),
    ];
    let mut given = given.into_iter().filter(|(_, text)| text.is_some()).map(|(name, _)| name);
    if let (Some(one), Some(other)) = (given.next(), given.next())
        && one != "from"
    {
        return Err(Problem::parameter(other, format!("cannot be given beside `{one}`")));
    }
    let wrong = |name| move |error: SpanError| Problem::parameter(name, error);
    if let Some(month) = &query.month {
        return Span::month(month).map_err(wrong("month"));
    }
    if let Some(year) = &query.year {
        return Span::year(year).map_err(wrong("year"));
    }
    if let Some(day) = day("day", query.day.as_deref())? {
        return Ok(Span::day(day));
    }
    let from = day("from", query.from.as_deref())?.unwrap_or_else(|| today.first_of_month());
    let to = day("to", query.to.as_deref())?.unwrap_or(today);
    if from > to || to.0 - from.0 > DAYS_MAX {
        let detail = format!("lies before `from`, or more than {DAYS_MAX} days after it");
        return Err(Problem::parameter("to", detail));
    }
    Ok(Span { from, to })
}

pub(super) fn day(name: &str, text: Option<&str>) -> Result<Option<Day>, Problem> {
    let wrong = |_| Problem::parameter(name, "is not a date such as 2026-11-01");
    text.map(Day::parse).transpose().map_err(wrong)
}
