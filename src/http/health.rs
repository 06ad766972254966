//! For operators: is it alive, is it ready, how is it doing.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use hotline_engine::calendar::Calendar;
use hotline_engine::time::Day;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use crate::clock::Standing;

/// Days before the holiday data run out that readiness begins to say so.
const CALENDAR_WARNING_DAYS: i32 = 60;

/// How ready the service is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    ready: bool,
    /// The writer runs and takes commands.
    writer: bool,
    commands_waiting: usize,
    orders: u64,
    articles: usize,
    directory_version: u32,
    /// The hotline's time, and how far the wall clock is ahead of it: not 0 after a jump.
    #[schema(format = DateTime)]
    time: String,
    wall_clock_ahead_ms: i64,
    /// Things to see to, in words.
    notes: Vec<String>,
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, body = String)))]
pub(crate) async fn healthz() -> &'static str {
    "ok"
}

/// The hotline takes orders.
#[utoipa::path(
    get, path = "/readyz", tag = "operation",
    responses((status = 200, body = Readiness), (status = 503, body = Readiness))
)]
pub(crate) async fn readyz(State(app): State<Arc<App>>) -> Response {
    let (writer, waiting) = app.desk_status();
    let views = &app.published.views;
    let directory_version = views.directory().version;
    let mut notes = Vec::new();
    let today = app.clock.now().day();
    let horizon = Day(today.0 + CALENDAR_WARNING_DAYS);
    notes.extend(lacking_notice(&app.rules.load().calendar, horizon));
    if app.desk().is_some_and(|desk| desk.is_crowded()) {
        notes.push("more than half of a command queue is taken".into());
    }
    let standing = app.clock.standing();
    if standing != Standing::Followed {
        notes.push(standing.to_string());
    }
    let disk_full = app.published.disk_full.load(Ordering::Relaxed);
    if disk_full {
        notes.push("the disk is full: no new orders are accepted".into());
    }
    if app.published.lacks_snapshot.load(Ordering::Relaxed) {
        notes.push(
            "the last snapshot could not be made: the log says why, the journal is whole".into(),
        );
    }
    if views.shelves().orders.as_ref().is_some_and(|shelf| shelf.is_at_fault()) {
        notes.push(
            "an order on disk cannot be had: the log says which, a restart looks for another copy"
                .into(),
        );
    }
    notes.extend(app.webhooks.notes());
    let ready = writer && directory_version > 0 && !disk_full;
    let readiness = Readiness {
        ready,
        writer,
        commands_waiting: waiting,
        orders: views.orders_count(),
        articles: views.articles_count(),
        directory_version,
        time: app.clock.now().to_string(),
        wall_clock_ahead_ms: standing.ahead_ms(),
        notes,
    };
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}

/// What is known too little of a day: no notice, or part of one.
fn lacking_notice(calendar: &Calendar, day: Day) -> Option<String> {
    if !calendar.status(day).assumed {
        return None;
    }
    // The last days of a year wait for the notice of the next.
    let year = day.year() + i16::from(calendar.has_notice(day.year()));
    Some(match calendar.lacks(year) {
        [] => format!("no holiday notice for {year}: dues into it are assumed"),
        lacks => format!(
            "the holiday notice for {year} is not whole, it lacks {}: dues into it are assumed",
            lacks.join("、")
        ),
    })
}

/// Figures for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses((status = 200, body = String)))]
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Response {
    let views = &app.published.views;
    metrics::gauge!("hotline_commands_waiting").set(app.desk_status().1 as f64);
    metrics::gauge!("hotline_orders").set(views.orders_count() as f64);
    metrics::gauge!("hotline_articles").set(views.articles_count() as f64);
    let ahead_s = app.clock.standing().ahead_ms() as f64 / 1_000.0;
    metrics::gauge!("hotline_wall_clock_ahead_seconds").set(ahead_s);
    app.webhooks.measure(app.published.notices.head());
    let text = app.metrics.render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "date,name,kind\n2025-01-01,元旦,off\n2025-01-28,春节,off\n2025-04-04,清明节,off\n\
        2025-05-01,劳动节,off\n2025-05-31,端午节,off\n2025-10-01,国庆节,off\n2025-10-06,中秋节,off\n";

    #[test]
    fn part_of_a_notice_is_not_called_none() {
        let told = |more: &str, day: &str| {
            let calendar = Calendar::parse(&format!("{WHOLE}{more}")).unwrap();
            lacking_notice(&calendar, Day::parse(day).unwrap())
        };
        assert_eq!(told("", "2025-12-28"), None);
        let none = "no holiday notice for 2026: dues into it are assumed";
        assert_eq!(told("", "2026-02-01").as_deref(), Some(none));
        let part = told("2026-01-01,元旦,off\n", "2026-02-01").unwrap();
        assert!(
            part.starts_with("the holiday notice for 2026 is not whole, it lacks 春节、"),
            "{part}"
        );
        // The last days of December wait for it too.
        assert_eq!(told("2026-01-01,元旦,off\n", "2025-12-30"), Some(part));
    }
}
