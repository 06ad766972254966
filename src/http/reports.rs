//! Reports over HTTP: for those who watch units, of their own units where they are bound to some.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use hotline_engine::time::Day;
use serde::Deserialize;
use utoipa::IntoParams;

use super::App;
use super::access::Asking;
use super::orders::query_problem;
use super::problem::{Problem, ProblemBody};
use crate::clock;
use crate::reporting::{By, Question, Report, report};

/// Days of one report: three years.
const DAYS_MAX: i32 = 3 * 366;

/// What to report on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportQuery {
    /// First day, `YYYY-MM-DD`; the first of this month if left out.
    from: Option<String>,
    /// Last day; today if left out.
    to: Option<String>,
    /// unit, kind, matter or day; unit if left out.
    by: Option<String>,
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
    query: Result<Query<ReportQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Report>, Problem> {
    let Query(query) = query.map_err(|error| query_problem(&error))?;
    if !actor.may_see_reports() {
        let detail = format!("a {} may not see reports", actor.role.code());
        return Err(Problem::new("not-allowed", detail));
    }
    let directory = app.published.views.directory();
    let today = clock::now().day();
    let from = day("from", query.from.as_deref())?.unwrap_or_else(|| today.first_of_month());
    let to = day("to", query.to.as_deref())?.unwrap_or(today);
    if from > to || to.0 - from.0 > DAYS_MAX {
        let detail = format!("lies before `from`, or more than {DAYS_MAX} days after it");
        return Err(Problem::parameter("to", detail));
    }
    let by = query.by.as_deref().map_or(Some(By::Unit), By::parse);
    let by = by.ok_or_else(|| Problem::parameter("by", "is not one of unit, kind, matter, day"))?;
    let unit = query.unit.as_deref().map(|code| {
        directory.unit_id(code).ok_or_else(|| Problem::parameter("unit", "no such unit"))
    });
    let unit = unit.transpose()?;
    if unit.is_some_and(|unit| !actor.may_see_unit(unit)) {
        return Err(Problem::new("not-allowed", "not one of your units"));
    }
    let asked = unit.map(|unit| vec![unit]).or_else(|| actor.units.clone());
    let question = Question { from, to, by, units: asked.as_deref() };
    let days = app.published.figures.load();
    let of_days = days.iter().map(|(day, of_day)| (day, of_day.as_ref()));
    Ok(Json(report(&directory, of_days, &question)))
}

fn day(name: &str, text: Option<&str>) -> Result<Option<Day>, Problem> {
    let wrong = |_| Problem::parameter(name, "is not a date such as 2026-11-01");
    text.map(Day::parse).transpose().map_err(wrong)
}
