//! An article as a line of a file says it, and what can be wrong with one. Where it stands is somebody else's to know.

use hotline_engine::article::{Article, ArticleDraft, Backing, Source};
use hotline_engine::article::{is_one_line, names_a_folder};
use hotline_engine::decide::ARTICLE_ID_CHARS_MAX;
use hotline_engine::time::Day;
use serde::{Deserialize, Serialize};

use super::error::Fault;

/// An article with what it rests on: a line of JSONL, a row of a table, or a page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArticleLine {
    /// Its id.
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
    /// The document it was taken from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The day by which somebody looks whether it is still right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_on: Option<Day>,
}

impl ArticleLine {
    /// What is wrong with it, and in which field, without asking whether its matter and unit exist.
    pub(crate) fn fault(&self) -> Option<(&'static str, Fault)> {
        let texts = [("id", &self.id), ("title", &self.title), ("body", &self.body)];
        if let Some((field, _)) = texts.iter().find(|(_, text)| text.trim().is_empty()) {
            return Some((field, Fault::Empty));
        }
        let lines = [("id", &self.id), ("title", &self.title)];
        if let Some((field, _)) = lines.iter().find(|(_, text)| !is_one_line(text)) {
            return Some((field, Fault::NotOneLine));
        }
        if self.id.chars().count() > ARTICLE_ID_CHARS_MAX {
            return Some(("id", Fault::TooLong { max: ARTICLE_ID_CHARS_MAX }));
        }
        if names_a_folder(&self.id) {
            return Some(("id", Fault::NoName));
        }
        let days = [
            ("valid_from", self.valid_from),
            ("valid_to", self.valid_to),
            ("review_on", self.review_on),
        ];
        for (field, day) in days {
            let far = day.and_then(|day| Day::parse_in_reach(&day.to_string()).err());
            if let Some(far) = far {
                return Some((field, far.into()));
            }
        }
        if matches!((self.valid_from, self.valid_to), (Some(from), Some(to)) if to < from) {
            return Some(("valid_to", Fault::Backwards));
        }
        None
    }
}

impl From<ArticleLine> for ArticleDraft {
    fn from(line: ArticleLine) -> ArticleDraft {
        let ArticleLine { id, title, body, matter, unit, valid_from, valid_to, source, review_on } =
            line;
        ArticleDraft {
            article: Article { id, title, body, matter, unit, valid_from, valid_to },
            backing: Backing { source, review_on },
        }
    }
}

impl From<&ArticleDraft> for ArticleLine {
    fn from(draft: &ArticleDraft) -> ArticleLine {
        let Article { id, title, body, matter, unit, valid_from, valid_to } = draft.article.clone();
        let Backing { source, review_on } = draft.backing.clone();
        ArticleLine { id, title, body, matter, unit, valid_from, valid_to, source, review_on }
    }
}
