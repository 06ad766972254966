//! What a search is asked and what it gives back. Holds no text of its own making and does no searching.

use std::ops::Range;

use serde::Serialize;

use crate::Day;

/// Answers of one search: more than a person reads, and as many as the second stage puts in order.
pub const ANSWERS_MAX: usize = 50;
/// Answers unless told otherwise: what a call-taker sees without scrolling.
const ANSWERS_DEFAULT: usize = 10;

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchOptions<'a> {
    /// Answers wanted; more than [`ANSWERS_MAX`] are never given.
    pub limit: usize,
    /// The day asked about: what has expired by then, or is not yet valid, does not answer.
    pub on: Day,
    /// The matter the question is thought to be about: articles under it, or above it, come earlier. Others still answer.
    pub matter: Option<&'a str>,
    /// The part of the question that names it (a title), if there is one: it weighs a little more than the rest.
    pub heading: Option<&'a str>,
    /// Only articles of this unit answer.
    pub unit: Option<&'a str>,
    /// The units of the place the question is about (a community, its street): their own articles come earlier. Others still answer.
    pub here: &'a [&'a str],
}

impl SearchOptions<'_> {
    /// Ten answers, on this day, from any unit.
    #[must_use]
    pub fn on(day: Day) -> Self {
        Self { limit: ANSWERS_DEFAULT, on: day, matter: None, heading: None, unit: None, here: &[] }
    }
}

/// A field of an article in which terms are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ArticleField {
    /// The title (标题).
    Title,
    /// The body (正文).
    Body,
    /// The path of its matter (事项).
    Matter,
    /// The name of its unit (责任单位).
    Unit,
    /// The document it was taken from, and its number (来源文件、文号).
    Source,
}

/// Why an article answers: a term of it that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reason {
    /// As the article spells it.
    pub term: String,
    /// Where it stands.
    pub field: ArticleField,
    /// Its part of all that matched, from 0 to 1.
    pub share: f32,
}

/// What brings an article up beside its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Lift {
    /// It lies under the matter asked about, or above it.
    Matter,
    /// It is of a unit of the place asked about.
    Place,
}

/// One answer (解答): an article, how well it fits, and where.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// Id of the article.
    pub id: String,
    /// Title of the article, as it was put.
    pub title: String,
    /// How well it fits, best first. Comparable between questions: 0 is nothing in common, 1 the same words and no others;
    /// a matter that fits may lift it above 1.
    pub score: f32,
    /// At most [`crate::SNIPPET_CHARACTERS_MAX`] characters of the body around the best match, line breaks as blanks.
    pub snippet: String,
    /// Where the snippet holds what was asked, in characters (not bytes), ascending, apart.
    pub highlights: Vec<Range<usize>>,
    /// Where the title holds what was asked, in characters.
    pub title_highlights: Vec<Range<usize>>,
    /// The terms that weigh most, weightiest first.
    pub reasons: Vec<Reason>,
    /// What brought it up beside these.
    pub lifted_by: Vec<Lift>,
    /// Matter path of the article.
    pub matter: Option<String>,
    /// Unit of the article.
    pub unit: Option<String>,
}
