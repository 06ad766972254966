//! For operators: is it alive, is it ready, how is it doing.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
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
    let horizon = hotline_engine::time::Day(today.0 + CALENDAR_WARNING_DAYS);
    let calendar = &app.rules.load().calendar;
    if calendar.status(horizon).assumed {
        // The last days of a year wait for the notice of the next.
        let year = horizon.year() + i16::from(calendar.has_notice(horizon.year()));
        notes.push(format!("no holiday notice for {year}: dues into it are assumed"));
    }
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

/// Figures for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses((status = 200, body = String)))]
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Response {
    let views = &app.published.views;
    metrics::gauge!("hotline_commands_waiting").set(app.desk_status().1 as f64);
    metrics::gauge!("hotline_orders").set(views.orders_count() as f64);
    metrics::gauge!("hotline_articles").set(views.articles_count() as f64);
    let ahead_s = app.clock.standing().ahead_ms() as f64 / 1_000.0;
    metrics::gauge!("hotline_wall_clock_ahead_seconds").set(ahead_s);
    let text = app.metrics.render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
