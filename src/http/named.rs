//! The part of a path that names something: an order, a unit, an article.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::problem::Problem;

/// A name out of a path.
#[derive(Clone, Debug)]
pub(crate) struct Named(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Named, Problem> {
        let name = Path::<String>::from_request_parts(parts, state).await;
        let wrong = |_| Problem::new("bad-request", "the path is not UTF-8");
        name.map(|Path(name)| Named(name)).map_err(wrong)
    }
}
