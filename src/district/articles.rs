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
    /// What is wrong with it, and in which fields, without asking whether its matter and unit exist.
    pub(crate) fn faults(&self) -> impl Iterator<Item = (&'static str, Fault)> {
        let texts = [("id", &self.id), ("title", &self.title), ("body", &self.body)];
        let empty = texts.into_iter().filter(|(_, text)| text.trim().is_empty());
        let lines = [("id", &self.id), ("title", &self.title)];
        let lines = lines.into_iter().filter(|(_, text)| !is_one_line(text));
        let too_long = self.id.chars().count() > ARTICLE_ID_CHARS_MAX;
        let too_long = too_long.then_some(("id", Fault::TooLong { max: ARTICLE_ID_CHARS_MAX }));
        let folder = names_a_folder(&self.id).then_some(("id", Fault::NoName));
        let days = [
            ("valid_from", self.valid_from),
            ("valid_to", self.valid_to),
            ("review_on", self.review_on),
        ];
        let far = days.into_iter().filter_map(|(field, day)| {
            let far = day.and_then(|day| Day::parse_in_reach(&day.to_string()).err())?;
            Some((field, far.into()))
        });
        let is_backwards =
            matches!((self.valid_from, self.valid_to), (Some(from), Some(to)) if to < from);
        empty
            .map(|(field, _)| (field, Fault::Empty))
            .chain(lines.map(|(field, _)| (field, Fault::NotOneLine)))
            .chain(too_long)
            .chain(folder)
            .chain(far)
            .chain(is_backwards.then_some(("valid_to", Fault::Backwards)))
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
