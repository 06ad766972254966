//! A line of a message file as what `route` and `replay` need of it; names the field that is wrong. Decides nothing.

use std::borrow::Cow;

use hotline_engine::command::Acceptance;
use hotline_engine::order::{Channel, Kind, Urgency};
use hotline_engine::time::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::commands::rows::{Line, Text};
use crate::intake::{Given, Intake, Location, Message, Workspace};

/// The columns that are read; a table may have others.
const COLUMNS: [&str; 8] =
    ["id", "title", "content", "kind", "place", "channel", "urgency", "received_at"];

/// A message with what the file says about it. Fields not named here are passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(expecting = "an object")]
pub(in crate::commands) struct Incoming<'a> {
    /// Text or number; the line's number where there is none.
    #[serde(borrow, default, deserialize_with = "word")]
    pub(in crate::commands) id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(in crate::commands) title: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(in crate::commands) content: Cow<'a, str>,
    #[serde(default)]
    pub(in crate::commands) kind: Option<Kind>,
    #[serde(borrow, default)]
    pub(in crate::commands) place: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "channel")]
    pub(in crate::commands) channel: Option<Channel>,
    #[serde(default)]
    pub(in crate::commands) urgency: Option<Urgency>,
    #[serde(default, deserialize_with = "time")]
    pub(in crate::commands) received_at: Option<Timestamp>,
    /// Only in JSONL.
    #[serde(default)]
    pub(in crate::commands) location: Option<Location>,
}

impl Incoming<'_> {
    /// What the desk would accept of it.
    pub(in crate::commands) fn acceptance(
        self,
        intake: &Intake,
        workspace: &mut Workspace,
    ) -> Acceptance {
        let title = self.title.unwrap_or_default();
        let (content, place, location) = (self.content, self.place, self.location);
        let message =
            Message { title: &title, content: &content, place: place.as_deref(), location };
        let reading = intake.read(message, workspace);
        reading.acceptance(Given {
            kind: self.kind,
            urgency: self.urgency,
            channel: self.channel.unwrap_or(Channel::Web),
            tags: Vec::new(),
            title: title.into_owned(),
            content: content.into_owned(),
            place: place.map(Cow::into_owned),
        })
    }
}

/// Where the columns of a table are.
#[derive(Debug, Default)]
pub(in crate::commands) struct Columns([Option<usize>; COLUMNS.len()]);

impl Columns {
    pub(in crate::commands) fn of(headers: &csv::StringRecord) -> Columns {
        Columns(COLUMNS.map(|column| headers.iter().position(|header| header == column)))
    }

    /// Whether a table has what no message can do without.
    pub(in crate::commands) fn have_content(&self) -> bool {
        self.0[2].is_some()
    }
}

/// Reads a line. The error names the field.
pub(in crate::commands) fn incoming<'a>(
    line: &'a Line,
    columns: &Columns,
) -> Result<Incoming<'a>, String> {
    match &line.text {
        Text::Json(bytes) => {
            let text = simdutf8::basic::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
            serde_json::from_str(text).map_err(|_| json_mistake(text))
        }
        Text::Csv(record) => of_record(record, columns),
        Text::Unreadable(reason) => Err(reason.clone()),
    }
}

/// Reads once more, slower, to name the field.
fn json_mistake(text: &str) -> String {
    let mut json = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, Incoming<'_>>(&mut json) {
        Err(error) => error.to_string(),
        // The line reads well so far, so what follows it was the mistake.
        Ok(_) => {
            json.end().map_or_else(|error| error.to_string(), |()| "cannot be read".to_owned())
        }
    }
}

fn of_record<'a>(record: &'a csv::ByteRecord, columns: &Columns) -> Result<Incoming<'a>, String> {
    let mut fields = [None; COLUMNS.len()];
    for ((field, column), name) in fields.iter_mut().zip(columns.0).zip(COLUMNS) {
        let Some(bytes) = column.and_then(|column| record.get(column)) else { continue };
        let text =
            simdutf8::basic::from_utf8(bytes).map_err(|_| format!("{name}: is not UTF-8"))?;
        *field = Some(text.trim()).filter(|text| !text.is_empty());
    }
    let [id, title, content, kind, place, channel, urgency, received_at] = fields;
    Ok(Incoming {
        id: id.map(Cow::Borrowed),
        title: title.map(Cow::Borrowed),
        content: Cow::Borrowed(content.unwrap_or("")),
        kind: kind.map(|it| Kind::parse(it).ok_or_else(|| unknown("kind", it))).transpose()?,
        place: place.map(Cow::Borrowed),
        channel: channel.map(open_channel).transpose()?,
        urgency: urgency
            .map(|it| Urgency::parse(it).ok_or_else(|| unknown("urgency", it)))
            .transpose()?,
        received_at: received_at
            .map(|it| {
                Timestamp::parse_in_reach(it).map_err(|error| format!("received_at: {error}"))
            })
            .transpose()?,
        location: None,
    })
}

/// What somebody may send a message by: an order that a grade became has a limit of its own, and no file makes one.
fn open_channel(word: &str) -> Result<Channel, String> {
    match Channel::parse(word) {
        Some(Channel::Rating) => Err(format!("channel: `{word}` is only for grades")),
        channel => channel.ok_or_else(|| unknown("channel", word)),
    }
}

fn channel<'de, D: Deserializer<'de>>(json: D) -> Result<Option<Channel>, D::Error> {
    let text = Option::<Cow<'_, str>>::deserialize(json)?;
    text.map(|text| open_channel(&text)).transpose().map_err(D::Error::custom)
}

fn unknown(field: &str, word: &str) -> String {
    let words: Vec<&str> = match field {
        "kind" => Kind::ALL.iter().map(|word| word.code()).collect(),
        "channel" => {
            let open = Channel::ALL.iter().filter(|word| **word != Channel::Rating);
            open.map(|word| word.code()).collect()
        }
        _ => Urgency::ALL.iter().map(|word| word.code()).collect(),
    };
    format!("{field}: `{word}` is not one of {}", words.join(", "))
}

fn word<'de, D: Deserializer<'de>>(json: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Word<'a> {
        Text(#[serde(borrow)] Cow<'a, str>),
        Number(serde_json::Number),
    }
    Ok(Option::<Word<'de>>::deserialize(json)?.map(|word| match word {
        Word::Text(text) => text,
        Word::Number(number) => Cow::Owned(number.to_string()),
    }))
}

fn time<'de, D: Deserializer<'de>>(json: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<Cow<'de, str>>::deserialize(json)?;
    text.map(|text| Timestamp::parse_in_reach(&text).map_err(serde::de::Error::custom)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Line {
        Line { number: 1, text: Text::Json(text.as_bytes().to_vec()) }
    }

    fn mistake(text: &str) -> String {
        incoming(&json(text), &Columns::default()).expect_err("the line has a mistake")
    }

    #[test]
    fn a_line_of_json_is_read_and_unknown_fields_are_passed_over() {
        let line = json(
            r#"{"id":7,"content":"停水","kind":"投诉","urgency":null,"x":[1],"received_at":"2026-02-13T09:00:00+08:00"}"#,
        );
        let message = incoming(&line, &Columns::default()).expect("the line is right");
        assert_eq!(message.id.as_deref(), Some("7"));
        assert_eq!(message.kind, Some(Kind::Complaint));
        assert_eq!(
            message.received_at.map(|at| at.to_string()).as_deref(),
            Some("2026-02-13T09:00:00+08:00")
        );
        assert_eq!(message.urgency, None);
    }

    #[test]
    fn what_is_wrong_with_a_line_of_json_is_named() {
        assert!(mistake(r#"{"id":"1"}"#).starts_with("missing field `content`"));
        assert!(mistake(r#"{"content":5}"#).starts_with("content: invalid type"));
        assert!(
            mistake(r#"{"content":"a","kind":"ask"}"#).starts_with("kind: unknown variant `ask`")
        );
        assert!(
            mistake(r#"{"content":"a","received_at":"gestern"}"#)
                .starts_with("received_at: `gestern` is not")
        );
        assert!(mistake(r#"{"content":"a"} {"#).starts_with("trailing characters"));
        assert!(
            mistake(r#"{"content":"a","location":{"longitude":23.4,"latitude":116.7}}"#)
                .starts_with("location.longitude: is not between 73 and 136 degrees")
        );
        assert!(
            mistake(
                r#"{"content":"a","location":{"longitude":116.7,"latitude":23.4,"datum":"utm"}}"#
            )
            .starts_with("location.datum: is not one of wgs84")
        );
        assert!(mistake(r#"{"content":"a"#).starts_with("content: EOF"));
        let line = Line { number: 1, text: Text::Json(b"{\"content\":\"\xff\"}".to_vec()) };
        assert_eq!(incoming(&line, &Columns::default()).expect_err("no UTF-8"), "is not UTF-8");
    }

    #[test]
    fn a_row_of_a_table_is_read_by_its_headers() {
        let columns = Columns::of(&csv::StringRecord::from(vec!["content", "more", "kind"]));
        let record = csv::ByteRecord::from(vec!["停水", "x", "help"]);
        let line = Line { number: 2, text: Text::Csv(record) };
        let message = incoming(&line, &columns).expect("the row is right");
        assert_eq!((&*message.content, message.kind), ("停水", Some(Kind::Help)));
        let record = csv::ByteRecord::from(vec!["停水", "x", "ask"]);
        let line = Line { number: 3, text: Text::Csv(record) };
        assert_eq!(
            incoming(&line, &columns).expect_err("no kind"),
            "kind: `ask` is not one of consultation, help, complaint, report, suggestion, praise"
        );
    }
}
