//! An entry of the knowledge base, as a fact. Searching is somebody else's work.

use serde::{Deserialize, Serialize};

use crate::handling::facts;
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

facts! {
    /// A document that an article was taken from (来源文件).
    pub struct Source {
        /// Its name.
        pub document: String,
        /// Its number (文号).
        pub number: Option<String>,
        /// Where it can be read.
        pub link: Option<String>,
    }

    /// What a version of an article rests on.
    #[derive(Default)]
    pub struct Backing {
        /// The document.
        pub source: Option<Source>,
        /// The day by which somebody looks whether it is still right (复审日期).
        pub review_on: Option<Day>,
    }
}

impl Backing {
    /// What is not said is as it was.
    #[must_use]
    pub fn or(&self, before: &Backing) -> Backing {
        Backing {
            source: self.source.clone().or_else(|| before.source.clone()),
            review_on: self.review_on.or(before.review_on),
        }
    }
}

/// A text with what it rests on, as somebody hands it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArticleDraft {
    /// The text.
    pub article: Article,
    /// What it rests on; what is not said = as the version before.
    pub backing: Backing,
}

impl From<Article> for Box<ArticleDraft> {
    fn from(article: Article) -> Box<ArticleDraft> {
        Box::new(ArticleDraft { article, backing: Backing::default() })
    }
}

/// Whether a text has no line breaks and nothing else that is no letter of a line.
#[must_use]
pub fn is_one_line(text: &str) -> bool {
    !text.chars().any(|letter| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}'))
}

/// Whether an id would lead elsewhere as a part of a path.
#[must_use]
pub fn names_a_folder(id: &str) -> bool {
    matches!(id, "." | "..")
}

impl Article {
    /// Whether its last day is not before its first one.
    #[must_use]
    pub fn is_forwards(&self) -> bool {
        !matches!((self.valid_from, self.valid_to), (Some(from), Some(to)) if to < from)
    }

    /// Whether it answers on this day.
    #[must_use]
    pub fn is_in_force(&self, on: Day) -> bool {
        self.valid_from.is_none_or(|from| from <= on) && self.valid_to.is_none_or(|to| on <= to)
    }
}
