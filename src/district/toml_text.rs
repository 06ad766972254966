//! Reads TOML, and says of a mistake where in the text it stands: line, table, number of the table, key.

use hotline_engine::profile::Place;
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::DistrictError;

/// A step on the way to a value.
enum Step<'a> {
    Key(&'a str),
    /// From 0.
    Row(usize),
}

/// Reads a file's text.
///
/// # Errors
/// Names the file, the line and the key.
pub(crate) fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, DistrictError> {
    // The message proper is one line; the display form draws the file.
    let wrong = |line, reason: String| DistrictError::Toml { file: file.to_owned(), line, reason };
    let start = |error: &toml::de::Error| error.span().map_or(0, |span| span.start);
    let from = toml::Deserializer::parse(text).map_err(|error| {
        let key = error.span().and_then(|span| text.get(span)).filter(|_| is_twice(&error));
        let reason = error.message();
        let reason = key.map_or(reason.to_owned(), |key| format!("{key}: {reason}"));
        wrong(line_at(text, start(&error)), reason)
    })?;
    serde_path_to_error::deserialize(from).map_err(|error| {
        // The parser's own place for a mistake in a row is the first row of that name.
        let steps = error.path().iter().filter_map(step);
        let at = value_at(text, steps).unwrap_or_else(|| start(error.inner()));
        let words = in_words(error.inner().message());
        let place = place(error.path(), &words);
        let reason = if place.is_empty() { words } else { format!("{place}: {words}") };
        wrong(line_at(text, at), reason)
    })
}

/// Whether a key stands there once more, which is the one mistake of form that has one.
fn is_twice(error: &toml::de::Error) -> bool {
    error.message() == "duplicate key"
}

/// The line on which a key stands, or the table that should have it; the first where neither is found.
pub(crate) fn line_of(text: &str, place: Place) -> u64 {
    let names = place.table.into_iter().flat_map(|table| table.split('.')).map(Step::Key);
    let row = place.row.map(|row| Step::Row(row - 1));
    let steps = names.chain(row).chain(place.key.map(Step::Key));
    line_at(text, value_at(text, steps).unwrap_or(0))
}

/// Where the value begins that these steps lead to; where the last one begins that is there. None at the root.
fn value_at<'a>(text: &str, steps: impl Iterator<Item = Step<'a>>) -> Option<usize> {
    let document = DeTable::parse(text).ok()?;
    let (root, mut reached) = (document.get_ref(), None::<&Spanned<DeValue<'_>>>);
    for step in steps {
        let next = match (step, reached) {
            (Step::Key(key), None) => root.get(key),
            (Step::Key(key), Some(value)) => value.get_ref().get(key),
            (Step::Row(row), value) => value.and_then(|value| value.get_ref().get(row)),
        };
        let Some(next) = next else { break };
        reached = Some(next);
    }
    reached.map(|value| value.span().start)
}

fn step(segment: &Segment) -> Option<Step<'_>> {
    match segment {
        Segment::Map { key } => Some(Step::Key(key)),
        Segment::Seq { index } => Some(Step::Row(*index)),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

fn line_at(text: &str, at: usize) -> u64 {
    let before = &text.as_bytes()[..at.min(text.len())];
    1 + before.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// The path to a mistake as [`Place`] writes one: tables are numbered from 1. A key that nobody knows is in the words.
fn place(path: &Path, words: &str) -> String {
    let mut place = String::new();
    let is_unknown = |key: &str| words.starts_with(&format!("unknown field `{key}`"));
    for segment in path.iter() {
        match segment {
            Segment::Map { key } if is_unknown(key) => {}
            Segment::Map { key } if place.is_empty() => place.push_str(key),
            Segment::Map { key } => place.push_str(&format!(": {key}")),
            Segment::Seq { index } => place.push_str(&format!(" {}", index + 1)),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    place
}

/// The parser's words, with what a person calls a number instead of a type of ours.
fn in_words(message: &str) -> String {
    let kinds = [
        ("u8", "a whole number from 0 to 255"),
        ("u16", "a whole number from 0 to 65535"),
        ("u32", "a whole number from 0 to 4294967295"),
        ("f32", "a number"),
    ];
    let typed = kinds.iter().find_map(|(kind, words)| {
        let before = message.strip_suffix(kind)?.strip_suffix("expected ")?;
        Some(format!("{before}expected {words}"))
    });
    typed.unwrap_or_else(|| message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "name = 'n'\n\n[chain]\nafter = 1\n\n[[chain.rung]]\nname = 'a'\n\n[[chain.rung]]\n\
                        name = 'b'\n\n[[limit]] # first\nhours = 1\n\n[[ limit ]]\nhours = 2\n";

    #[test]
    fn a_place_is_found_on_its_line() {
        let place = |table, row, key| Place { table, row, key };
        for (place, line) in [
            (place(None, None, Some("name")), 1),
            (place(None, None, Some("title")), 1),
            (place(Some("chain"), None, Some("after")), 4),
            (place(Some("chain"), None, Some("source")), 3),
            (place(Some("chain.rung"), Some(2), Some("name")), 10),
            (place(Some("limit"), Some(1), None), 12),
            (place(Some("limit"), Some(2), None), 15),
            (place(Some("limit"), Some(2), Some("hours")), 16),
            (place(Some("limit"), Some(3), Some("hours")), 12),
        ] {
            assert_eq!(line_of(TEXT, place), line, "{place:?}");
        }
        let inline = "limit = [\n  { hours = 1 },\n  { hours = 2 },\n]\n";
        assert_eq!(line_of(inline, place(Some("limit"), Some(2), Some("hours"))), 3);
    }

    #[test]
    fn a_key_that_stands_twice_is_named() {
        let read = read::<toml::Table>("p.toml", "name = 'a'\n\nname = 'b'\n");
        assert_eq!(read.unwrap_err().to_string(), "p.toml line 3: name: duplicate key");
    }
}
