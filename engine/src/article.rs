//! An entry of the knowledge base, as a fact. Searching is somebody else's work.

use serde::{Deserialize, Serialize};

use crate::time::Day;

/// What a call-taker may read out (知识条目).
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Article {
    /// Stable id, chosen by whoever writes it.
    pub id: String,
    /// A question or a subject.
    pub title: String,
    /// The answer.
    pub body: String,
    /// Path of the matter it belongs to.
    pub matter: Option<String>,
    /// Code of the unit that answers for it.
    pub unit: Option<String>,
    /// First day on which it answers.
    pub valid_from: Option<Day>,
    /// Last day on which it answers.
    pub valid_to: Option<Day>,
}

impl Article {
    /// Whether its last day is not before its first one.
    #[must_use]
    pub fn is_forwards(&self) -> bool {
        !matches!((self.valid_from, self.valid_to), (Some(from), Some(to)) if to < from)
    }
}
