//! Who is asking: the bearer token, or the open door of a trial. What they may do is the engine's to say.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use hotline_engine::actor::{Actor, Role};

use super::App;
use super::problem::Problem;
use crate::tokens::TokenHash;

/// The actor behind a request.
#[derive(Clone, Debug)]
pub(crate) struct Asking(pub(crate) Actor);

/// The actor with what he showed: for whoever stays, since a token may be taken away while he does.
#[derive(Clone, Debug)]
pub(crate) struct Badge {
    pub(crate) actor: Actor,
    /// Hash of the token; none where the door is open.
    token: Option<TokenHash>,
}

impl Badge {
    /// The actor as the tokens that are in force now know him; `None` when they know him no longer.
    pub(crate) fn now(&self, app: &App) -> Option<Actor> {
        match &self.token {
            Some(token) => app.tokens.load().holder(token).cloned(),
            None => Some(self.actor.clone()),
        }
    }
}

impl FromRequestParts<Arc<App>> for Badge {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Badge, Problem> {
        let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
            return if app.open {
                let actor = Actor { name: "open".into(), role: Role::CallTaker, units: None };
                Ok(Badge { actor, token: None })
            } else {
                Err(Problem::new("unauthenticated", "send `Authorization: Bearer TOKEN`"))
            };
        };
        let token = value.to_str().ok().and_then(bearer).map(TokenHash::of);
        let actor = token.as_ref().and_then(|token| app.tokens.load().holder(token).cloned());
        let unknown = || Problem::new("unauthenticated", "the token is not known");
        actor.map(|actor| Badge { actor, token }).ok_or_else(unknown)
    }
}

impl FromRequestParts<Arc<App>> for Asking {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Asking, Problem> {
        Ok(Asking(Badge::from_request_parts(parts, app).await?.actor))
    }
}

/// The token of `Bearer TOKEN`; the scheme's case does not count (RFC 9110, section 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
