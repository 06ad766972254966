//! What can go wrong in the knowledge base: an article that breaks a bound, or a broken index. Names the field; decides nothing.

/// Why an article was not taken, or why the index could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A field that must hold text holds none, or only blanks.
    #[error("{field} is empty")]
    Empty {
        /// The field of the article.
        field: &'static str,
    },
    /// A field is longer than its bound.
    #[error("{field} is longer than {limit} {unit}")]
    TooLong {
        /// The field of the article.
        field: &'static str,
        /// The bound.
        limit: usize,
        /// What the bound counts: `characters` or `bytes`.
        unit: &'static str,
    },
    /// The article would stop being valid before it starts.
    #[error("valid_to lies before valid_from")]
    ValidityBackwards,
    /// The knowledge base is full.
    #[error("the knowledge base holds {limit} articles already; remove one before adding another")]
    Full {
        /// The bound.
        limit: usize,
    },
    /// The index failed; the writer must be opened again and filled from the facts.
    #[error("the index failed while {doing}; open a new knowledge base and put the articles again")]
    Index {
        /// What was being done.
        doing: &'static str,
        /// The failure below.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// Wraps a failure of the index; for `map_err`.
    pub(crate) fn index<E>(doing: &'static str) -> impl FnOnce(E) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        move |source| Self::Index { doing, source: Box::new(source) }
    }
}
