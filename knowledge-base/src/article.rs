//! An article (知识条目), the days on which it is valid, and the bounds it must keep. Does not index or search.

use serde::{Deserialize, Serialize};

use crate::{ArticleField, Error};

/// Articles in one knowledge base. Cities publish some tens of thousands; at about 20 kB of memory each (measured with bodies of
/// 450 characters), these are two gigabytes.
pub const ARTICLES_MAX: usize = 100_000;
/// Bytes of an id: room for a UUID, a number or a path, small enough to be a key.
pub const ID_BYTES_MAX: usize = 256;
/// Characters of a title: a title is one line; what is longer is a body.
pub const TITLE_CHARACTERS_MAX: usize = 200;
/// Characters of a body: the longest service guides (办事指南) stay below 10,000; a longer text is a document, and its parts
/// answer better as articles of their own.
pub const BODY_CHARACTERS_MAX: usize = 20_000;
/// Bytes of a matter path: six levels of ten Chinese characters.
pub const MATTER_BYTES_MAX: usize = 200;
/// Bytes of a unit code: an 18-character credit code (统一社会信用代码) or a local code, with room.
pub const UNIT_BYTES_MAX: usize = 64;
/// Characters of a unit's name, or of a source: the name of a document and its number, each of at most two hundred, with room.
pub const LABEL_CHARACTERS_MAX: usize = 500;

/// A day of the calendar, as days since 1970-01-01. Which day it is today is for the caller to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i32);

/// An entry of the knowledge base.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// Names the article; putting another with the same id replaces it. At most [`ID_BYTES_MAX`].
    pub id: String,
    /// One line, at most [`TITLE_CHARACTERS_MAX`].
    pub title: String,
    /// Plain text, at most [`BODY_CHARACTERS_MAX`].
    pub body: String,
    /// Path in the taxonomy of matters, levels separated by `/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matter: Option<String>,
    /// Code of the unit that answers for the article.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The name of that unit, by which the article is found too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_name: Option<String>,
    /// Name and number of the document it was taken from (来源文件及文号), by which it is found too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// First day on which it answers; without one, always until `valid_to`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Day>,
    /// Last day on which it answers (inclusive); without one, for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Day>,
}

impl Article {
    /// An article that is always valid and belongs to no matter and no unit.
    pub fn new(id: impl Into<String>, title: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            body: body.into(),
            matter: None,
            unit: None,
            unit_name: None,
            source: None,
            valid_from: None,
            valid_to: None,
        }
    }

    /// What it is found by beside its title and body, as far as it is known: matter, unit and source.
    pub(crate) fn labels(&self) -> impl Iterator<Item = (ArticleField, &str)> {
        let labels = [
            (ArticleField::Matter, &self.matter),
            (ArticleField::Unit, &self.unit_name),
            (ArticleField::Source, &self.source),
        ];
        labels.into_iter().filter_map(|(field, label)| Some((field, label.as_deref()?)))
    }

    /// Whether the article may answer on `day`.
    #[must_use]
    pub fn is_valid_on(&self, day: Day) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }

    /// Checks every bound; [`crate::Writer::put`] does so too.
    ///
    /// # Errors
    /// The first field that breaks its bound, in the order of the fields.
    pub fn check(&self) -> Result<(), Error> {
        filled("id", &self.id)?;
        within_bytes("id", &self.id, ID_BYTES_MAX)?;
        filled("title", &self.title)?;
        within_characters("title", &self.title, TITLE_CHARACTERS_MAX)?;
        filled("body", &self.body)?;
        within_characters("body", &self.body, BODY_CHARACTERS_MAX)?;
        within_bytes("matter", self.matter.as_deref().unwrap_or(""), MATTER_BYTES_MAX)?;
        within_bytes("unit", self.unit.as_deref().unwrap_or(""), UNIT_BYTES_MAX)?;
        let unit_name = self.unit_name.as_deref().unwrap_or("");
        within_characters("unit_name", unit_name, LABEL_CHARACTERS_MAX)?;
        within_characters("source", self.source.as_deref().unwrap_or(""), LABEL_CHARACTERS_MAX)?;
        match (self.valid_from, self.valid_to) {
            (Some(from), Some(to)) if to < from => Err(Error::ValidityBackwards),
            _ => Ok(()),
        }
    }
}

fn filled(field: &'static str, text: &str) -> Result<(), Error> {
    if text.trim().is_empty() {
        return Err(Error::Empty { field });
    }
    Ok(())
}

fn within_bytes(field: &'static str, text: &str, limit: usize) -> Result<(), Error> {
    if text.len() > limit {
        return Err(Error::TooLong { field, limit, unit: "bytes" });
    }
    Ok(())
}

fn within_characters(field: &'static str, text: &str, limit: usize) -> Result<(), Error> {
    if text.chars().nth(limit).is_some() {
        return Err(Error::TooLong { field, limit, unit: "characters" });
    }
    Ok(())
}
