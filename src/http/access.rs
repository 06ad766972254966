//! Who is asking: the bearer token, or the open door of a trial. What they may do is the engine's to say.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use hotline_engine::actor::{Actor, Role};

use super::App;
use super::problem::Problem;

/// The actor behind a request.
#[derive(Clone, Debug)]
pub(crate) struct Asking(pub(crate) Actor);

impl FromRequestParts<Arc<App>> for Asking {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Asking, Problem> {
        let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
            return if app.open {
                Ok(Asking(Actor { name: "open".into(), role: Role::CallTaker, units: None }))
            } else {
                Err(Problem::new("unauthenticated", "send `Authorization: Bearer TOKEN`"))
            };
        };
        let token = value.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
        let tokens = app.tokens.load();
        let actor = token.and_then(|token| tokens.actor(token.trim()));
        let unknown = || Problem::new("unauthenticated", "the token is not known");
        actor.cloned().map(Asking).ok_or_else(unknown)
    }
}
