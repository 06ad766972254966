//! An operator's word on the wall clock after it jumped ahead. How time runs is the clock's to say.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use hotline_engine::Rejection;
use hotline_engine::actor::Role;
use serde::Serialize;
use tracing::info;
use utoipa::ToSchema;

use super::App;
use super::access::Asking;
use super::body::NoBody;
use super::problem::{Problem, ProblemBody};

/// What a confirmation did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClockConfirmed {
    /// The hotline's time before.
    #[schema(format = DateTime)]
    before: String,
    /// And now: whatever became due in between passes and escalates.
    #[schema(format = DateTime)]
    now: String,
}

/// Say that the wall clock is right although it jumped ahead (admin): the time in between passes at once.
#[utoipa::path(
    post, path = "/api/v1/clock/confirm", operation_id = "confirm_clock", tag = "operation",
    responses((status = 200, body = ClockConfirmed), (status = "4XX", body = ProblemBody))
)]
pub(crate) async fn confirm(
    State(app): State<Arc<App>>,
    Asking(actor): Asking,
    _: NoBody,
) -> Result<Json<ClockConfirmed>, Problem> {
    if actor.role != Role::Admin {
        return Err(Rejection::NotAllowed { role: actor.role, action: "confirm-clock" }.into());
    }
    let confirmed = app.clock.confirm();
    let (before, now) = confirmed.ok_or_else(|| {
        let detail = "the wall clock has not jumped ahead; time does not move back";
        Problem::new("not-possible", detail)
    })?;
    info!(by = actor.name, %before, %now, "the wall clock was confirmed");
    Ok(Json(ClockConfirmed { before: before.to_string(), now: now.to_string() }))
}
