//! Labelled texts of a file, for training and measuring: any column can be the label. Trains nothing.

use std::collections::BTreeSet;
use std::path::Path;

use hotline_engine::classifier::Example;
use serde_json::Value;

use super::rows::{Line, Rows, Text};
use crate::cli::Wrong;

/// Texts in one file: ten years of a large district; their features take some gigabytes of memory.
const TEXTS_MAX: usize = 500_000;

/// A text and its label.
#[derive(Clone, Debug)]
pub(super) struct Labelled {
    pub(super) title: String,
    pub(super) content: String,
    pub(super) label: String,
}

/// The labelled texts of a file.
#[derive(Debug)]
pub(super) struct Texts {
    pub(super) texts: Vec<Labelled>,
    /// Lines without the label.
    pub(super) unlabelled_count: u64,
}

impl Texts {
    /// Reads title, content and the column `label`. Lines where it is empty are counted and left out.
    ///
    /// # Errors
    /// Names the line that cannot be read, or says that no line has the label.
    pub(super) fn read(file: &Path, label: &str) -> anyhow::Result<Texts> {
        let name = file.display();
        let mut rows = Rows::open(file, |_| {})?;
        let headers = rows.headers().clone();
        let mut texts = Texts { texts: Vec::new(), unlabelled_count: 0 };
        let mut fields = BTreeSet::new();
        while let Some(line) = rows.next()? {
            let number = line.number;
            let row = Fields::of(line, &headers).map_err(|reason| wrong(&name, number, &reason))?;
            let Some(content) = row.get("content") else {
                return Err(wrong(&name, number, "has no field `content`"));
            };
            let Some(labelled) = row.get(label).filter(|label| !label.trim().is_empty()) else {
                texts.unlabelled_count += 1;
                row.name_fields(&mut fields);
                continue;
            };
            if texts.texts.len() == TEXTS_MAX {
                return Err(Wrong(format!("{name}: has more than {TEXTS_MAX} texts")).into());
            }
            let title = row.get("title").unwrap_or_default();
            texts.texts.push(Labelled { title, content, label: labelled });
        }
        if texts.texts.is_empty() {
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            let fields = fields.join(", ");
            let reason =
                format!("{name}: no line has a label in `{label}`; there are the fields {fields}");
            return Err(Wrong(reason).into());
        }
        Ok(texts)
    }
}

fn wrong(file: &impl std::fmt::Display, line: u64, reason: &str) -> anyhow::Error {
    Wrong(format!("{file} line {line}: {reason}")).into()
}

/// The different labels, sorted: a label's number is its place.
pub(super) fn labels_of<'a>(texts: impl IntoIterator<Item = &'a Labelled>) -> Vec<String> {
    let labels: BTreeSet<&str> = texts.into_iter().map(|text| text.label.as_str()).collect();
    labels.into_iter().map(str::to_owned).collect()
}

/// Texts as examples of labels that stand in `labels`.
pub(super) fn examples<'a>(
    texts: impl IntoIterator<Item = &'a Labelled>,
    labels: &[String],
) -> Vec<Example<'a>> {
    let example = |text: &'a Labelled| Example {
        title: &text.title,
        body: &text.content,
        label: number_of(&text.label, labels),
        weight: 1.0,
    };
    texts.into_iter().map(example).collect()
}

/// The number of a label that stands in `labels`.
pub(super) fn number_of(label: &str, labels: &[String]) -> u16 {
    let at = labels.binary_search_by(|other| other.as_str().cmp(label));
    let at = at.expect("the list was made of these labels");
    // Training refuses longer lists before any number is used.
    u16::try_from(at).unwrap_or(u16::MAX)
}

/// A line's fields by name.
enum Fields<'a> {
    Json(serde_json::Map<String, Value>),
    Csv(Vec<String>, &'a csv::StringRecord),
}

impl<'a> Fields<'a> {
    fn of(line: Line, headers: &'a csv::StringRecord) -> Result<Fields<'a>, String> {
        match line.text {
            Text::Json(bytes) => {
                let text = std::str::from_utf8(&bytes).map_err(|_| "is not UTF-8".to_owned())?;
                serde_json::from_str(text).map(Fields::Json).map_err(|error| error.to_string())
            }
            Text::Csv(record) => {
                let record = csv::StringRecord::from_byte_record(record)
                    .map_err(|_| "is not UTF-8".to_owned())?;
                Ok(Fields::Csv(record.iter().map(str::to_owned).collect(), headers))
            }
            Text::Unreadable(reason) => Err(reason),
        }
    }

    /// A field as text; none where it is missing, null or not a single value.
    fn get(&self, name: &str) -> Option<String> {
        match self {
            Fields::Json(fields) => match fields.get(name)? {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                Value::Bool(truth) => Some(truth.to_string()),
                Value::Null | Value::Array(_) | Value::Object(_) => None,
            },
            Fields::Csv(fields, headers) => {
                let column = headers.iter().position(|header| header == name)?;
                fields.get(column).cloned()
            }
        }
    }

    fn name_fields(&self, names: &mut BTreeSet<String>) {
        match self {
            Fields::Json(fields) => names.extend(fields.keys().cloned()),
            Fields::Csv(_, headers) => names.extend(headers.iter().map(str::to_owned)),
        }
    }
}
