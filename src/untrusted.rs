//! The readers of what people and other systems send, as functions of bytes alone: for fuzzing, and for replaying what it
//! found. Each gives the words of its refusal. Nothing of the running program comes through here.

use std::borrow::Cow;
use std::io::Cursor;

use hotline_engine::Rules;
use hotline_engine::calendar::Calendar;
use hotline_engine::command::Acceptance;
use hotline_engine::directory::Directory;
use hotline_engine::order::Confidence;

use crate::commands::{route, rows::Rows};
use crate::district::{District, Files, profiles};
use crate::intake::Intake;
use crate::{http, sample};

/// The bytes of an HTTP body that asks for an order, up to what the engine is asked.
pub fn order(body: &[u8], directory: &Directory, intake: &Intake) -> Result<Acceptance, String> {
    http::acceptance_in(body, directory, intake)
}

/// The query string of a search, up to the question.
pub fn query_string(query: &str) -> Result<String, String> {
    http::question_in(query)
}

/// How a file of messages is cut into lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A line each.
    Json,
    /// A row each, behind a row of headers.
    Table,
}

/// A file of messages; for each line nothing, or why it is none.
pub fn messages(bytes: &[u8], shape: Shape) -> Result<Vec<Result<(), String>>, String> {
    let input = Cursor::new(bytes.to_vec());
    let rows = match shape {
        Shape::Json => Rows::of_json(input),
        Shape::Table => Rows::of_table(input, "messages.csv".into()).map_err(words)?,
    };
    route::read_lines(rows).map_err(words)
}

/// A profile, as far as rules that it makes.
pub fn profile(text: &str, directory: &Directory) -> Result<Rules, String> {
    let file = profiles::ProfileFile::parse("profile.toml".into(), text.to_owned().into());
    let file = file.map_err(words)?;
    file.check_names(directory).map_err(words)?;
    let calendar = profiles::calendar(None).map_err(words)?;
    Rules::new(vec![file.profile], calendar, Confidence::from_probability(0.5)).map_err(words)
}

/// A scoring rule.
pub fn score(text: &str) -> Result<(), String> {
    profiles::score_of("score.toml", text).map(drop).map_err(words)
}

/// A district's own notices of holidays.
pub fn holidays(text: &str) -> Result<Calendar, String> {
    Calendar::parse_with(sample::CALENDAR, text).map_err(words)
}

/// The files of a district by their names; a name that no district has is passed over, a file that is not named is empty.
pub fn district(texts: &[(&str, &str)]) -> Result<District, String> {
    let named = |wanted: &str| -> Cow<'static, str> {
        let found = texts.iter().find(|(name, _)| *name == wanted);
        found.map_or(Cow::Borrowed(""), |(_, text)| (*text).to_owned().into())
    };
    let files = Files {
        settings: named("district.toml"),
        units: named("units.csv"),
        matters: named("matters.csv"),
        duty_list: named("duty-list.csv"),
        handlers: named("handlers.csv"),
        work_times: named("work-times.csv"),
        keywords: named("keywords.csv"),
        articles: named("articles.jsonl"),
        synonyms: named("synonyms.txt"),
        orders: named("orders.jsonl"),
        regions: named("regions.geojson"),
        exercises: named("exercises.jsonl"),
        thresholds: match named("thresholds.csv") {
            none if none.is_empty() => Cow::Borrowed("unit,confidence_min\n"),
            some => some,
        },
    };
    District::parse(&files, None).map_err(words)
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
