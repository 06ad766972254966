//! `hotline due`: when something would be due, and why, without an order: one question, or a file of them.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use hotline_engine::Rules;
use hotline_engine::directory::Directory;
use hotline_engine::order::{Channel, Confidence, Kind, Stage, Urgency};
use hotline_engine::profile::Subject;
use hotline_engine::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use super::district::named;
use super::rows::{Line, Rows, Text};
use crate::cli::Wrong;
use crate::district::profiles::{self, ProfileFile};
use crate::district::{District, SETTINGS};
use crate::due_view::ASSUMED;
use crate::explained_due::ExplainedDue;

/// Options of `due`.
#[derive(Args, Debug)]
pub struct DueArgs {
    /// Questions in JSONL or CSV (kind, from; stage, urgency, channel, matter, unit, tags, rework; id), `-` = standard input in JSONL: a line of JSON each,
    /// with --json or without
    #[arg(conflicts_with_all = ["kind", "from", "stage", "urgency", "channel", "matter", "unit", "tags", "rework"])]
    file: Option<PathBuf>,
    /// Rule profile: a built-in one, or a file NAME.toml in the district's folder [default: the district's own]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Folder of a district's files, with its profiles and holidays; with --profile these alone will do [default: the built-in
    /// sample]
    #[arg(long, value_name = "DIR")]
    district: Option<PathBuf>,
    /// consultation, help, complaint, report, suggestion or praise
    #[arg(long, value_parser = word(Kind::parse, Kind::ALL, Kind::code), required_unless_present = "file")]
    kind: Option<Kind>,
    /// normal, urgent or critical
    #[arg(long, value_parser = word(Urgency::parse, Urgency::ALL, Urgency::code), default_value = "normal")]
    urgency: Urgency,
    /// dispatch, sign, contact, handle, co-handle, callback or return; by its own limit: of an order, signing, helping and refusing are
    /// never due after handling
    #[arg(long, value_parser = word(Stage::parse, Stage::ALL, Stage::code), default_value = "handle")]
    stage: Stage,
    /// Where the order came in
    #[arg(long, value_parser = word(Channel::parse, Channel::ALL, Channel::code))]
    channel: Option<Channel>,
    /// Path of the matter, or of a group of matters; one of the district's, unless --profile is asked without a district
    #[arg(long)]
    matter: Option<String>,
    /// Code of the unit; one of the district's, unless --profile is asked without a district
    #[arg(long)]
    unit: Option<String>,
    /// A tag of the order; may be given more than once
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// A handling cycle after the first
    #[arg(long)]
    rework: bool,
    /// When the clock starts, such as 2026-02-13T09:00:00+08:00; without an offset +08:00 is meant
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_in_reach, required_unless_present = "file")]
    from: Option<Timestamp>,
    /// Print JSON instead of text
    #[arg(long)]
    json: bool,
}

/// What is asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct Question {
    #[serde(default)]
    id: Option<String>,
    kind: Kind,
    #[serde(deserialize_with = "in_reach")]
    from: Timestamp,
    #[serde(default)]
    urgency: Option<Urgency>,
    #[serde(default)]
    stage: Option<Stage>,
    #[serde(default)]
    channel: Option<Channel>,
    #[serde(default)]
    matter: Option<String>,
    #[serde(default)]
    unit: Option<String>,
    #[serde(default, deserialize_with = "tags")]
    tags: Vec<String>,
    #[serde(default)]
    rework: Option<bool>,
}

/// What is answered.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    stage: &'static str,
    kind: &'static str,
    urgency: &'static str,
    #[serde(flatten)]
    outcome: Outcome,
}

/// A due; or none, and why.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Outcome {
    Due(Box<ExplainedDue>),
    /// `due` is null.
    NoDue {
        due: (),
        no_due: &'static str,
    },
}

/// Answers one question, or each line of a file.
pub fn run(args: &DueArgs) -> anyhow::Result<()> {
    let (rules, directory) = rules(args.district.as_deref(), args.profile.as_deref())?;
    let mut out = BufWriter::new(io::stdout().lock());
    match (&args.file, args.kind, args.from) {
        (Some(file), ..) => answer_all(&rules, directory.as_ref(), file, &mut out)?,
        (None, Some(kind), Some(from)) => {
            let question = Question {
                id: None,
                kind,
                from,
                urgency: Some(args.urgency),
                stage: Some(args.stage),
                channel: args.channel,
                matter: args.matter.clone(),
                unit: args.unit.clone(),
                tags: args.tags.clone(),
                rework: Some(args.rework),
            };
            check(&question, directory.as_ref()).map_err(|why| Wrong(format!("--{why}")))?;
            let answer = answer(&rules, &question);
            if args.json {
                writeln!(out, "{}", serde_json::to_string_pretty(&answer)?)?;
            } else {
                out.write_all(in_words(&answer)?.as_bytes())?;
            }
        }
        (None, ..) => unreachable!("clap asks for kind and from where there is no file"),
    }
    Ok(out.flush()?)
}

/// The rules, and the directory that questions are asked beside: that of the district, where there is one. A named profile
/// without a district, or in a folder that holds no more than profiles and holidays, is a document by itself: its matters and
/// units are whatever it says.
fn rules(
    district: Option<&Path>,
    profile: Option<&str>,
) -> anyhow::Result<(Rules, Option<Directory>)> {
    let Some(profile) = profile else {
        let district = named(district)?;
        return Ok((district.rules()?, Some(district.directory())));
    };
    let profile = ProfileFile::read(profile, district)?;
    let district_files = district.filter(|folder| folder.join(SETTINGS).exists());
    let directory = district_files.map(|folder| District::load(folder).map(|it| it.directory()));
    let directory = directory.transpose()?;
    if let Some(directory) = &directory {
        profile.check_names(directory)?;
    }
    let calendar = profiles::calendar(district)?;
    Ok((Rules::new(vec![profile.profile], calendar, Confidence::CERTAIN)?, directory))
}

/// Refuses a question about what the directory does not have: the due would be that of another.
fn check(question: &Question, directory: Option<&Directory>) -> Result<(), String> {
    let Some(directory) = directory else { return Ok(()) };
    let unknown = |key, word: &String, file| Err(format!("{key}: `{word}` is not in {file}"));
    match (&question.matter, &question.unit) {
        (Some(matter), _) if directory.matter_id(matter).is_none() => {
            unknown("matter", matter, "matters.csv")
        }
        (_, Some(unit)) if directory.unit_id(unit).is_none() => unknown("unit", unit, "units.csv"),
        _ => Ok(()),
    }
}

fn answer_all(
    rules: &Rules,
    directory: Option<&Directory>,
    file: &Path,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut rows = Rows::open(file, |_| {})?;
    let mut bad = 0_u64;
    while let Some(line) = rows.next().with_context(|| file.display().to_string())? {
        let asked = question(&line, rows.headers());
        match asked.and_then(|asked| check(&asked, directory).map(|()| asked)) {
            Ok(question) => {
                serde_json::to_writer(&mut *out, &answer(rules, &question))?;
                out.write_all(b"\n")?;
            }
            Err(reason) => {
                bad += 1;
                eprintln!("hotline: {} line {}: {reason}", file.display(), line.number);
            }
        }
    }
    if bad > 0 {
        out.flush()?;
        return Err(Wrong(format!("{}: {bad} lines have no answer", file.display())).into());
    }
    Ok(())
}

fn question(line: &Line, headers: &csv::StringRecord) -> Result<Question, String> {
    match &line.text {
        Text::Json(bytes) => {
            let mut json = serde_json::Deserializer::from_slice(bytes);
            let question = serde_path_to_error::deserialize(&mut json);
            let question = question.map_err(|error| error.to_string())?;
            json.end().map_err(|error| error.to_string())?;
            Ok(question)
        }
        Text::Csv(record) => {
            let record = csv::StringRecord::from_byte_record(record.clone());
            let record = record.map_err(|_| "is not UTF-8".to_owned())?;
            let asked = serde_json::Value::Object(in_fields(&record, headers));
            serde_path_to_error::deserialize(asked).map_err(|error| error.to_string())
        }
        Text::Unreadable(reason) => Err(reason.clone()),
    }
}

/// A row of a table as the question that a line of JSON would ask: so its mistakes are named in the same way. An empty cell
/// says nothing, but of what must be said.
fn in_fields(
    record: &csv::StringRecord,
    headers: &csv::StringRecord,
) -> serde_json::Map<String, serde_json::Value> {
    let cells = headers.iter().zip(record).filter_map(|(field, cell)| {
        let value = match (field, cell) {
            ("kind" | "from", _) => cell.into(),
            (_, "") => return None,
            ("rework", "true") => true.into(),
            ("rework", "false") => false.into(),
            _ => cell.into(),
        };
        Some((field.to_owned(), value))
    });
    cells.collect()
}

fn answer<'a>(rules: &Rules, question: &'a Question) -> Answer<'a> {
    let (stage, urgency) =
        (question.stage.unwrap_or(Stage::Handle), question.urgency.unwrap_or(Urgency::Normal));
    let subject = Subject {
        channel: question.channel,
        matter: question.matter.as_deref(),
        unit: question.unit.as_deref(),
        tags: &question.tags,
        rework: question.rework.unwrap_or(false),
        ..Subject::new(stage, question.kind, urgency, question.from)
    };
    let explained = ExplainedDue::of(rules.profile(question.from), &rules.calendar, &subject);
    let outcome = match (explained, question.kind) {
        (Some(explained), _) => Outcome::Due(Box::new(explained)),
        (None, Kind::Praise) => Outcome::NoDue { due: (), no_due: "praise" },
        (None, _) => Outcome::NoDue { due: (), no_due: "no-limit" },
    };
    Answer {
        id: question.id.as_deref(),
        stage: stage.code(),
        kind: question.kind.code(),
        urgency: urgency.code(),
        outcome,
    }
}

fn in_words(answer: &Answer<'_>) -> Result<String, std::fmt::Error> {
    let label = Stage::parse(answer.stage).map_or("", Stage::label);
    let explained = match &answer.outcome {
        Outcome::Due(explained) => explained,
        Outcome::NoDue { no_due: "praise", .. } => return Ok(format!("{label}:表扬不设时限\n")),
        Outcome::NoDue { .. } => return Ok(format!("{label}:规则集未规定时限\n")),
    };
    let assumed = if explained.is_assumed() { ASSUMED } else { "" };
    let mut text = format!("{label}:{} 前{assumed}\n", explained.due.0);
    explained.write_steps(&mut text)?;
    if explained.is_before_its_rule() {
        text.push_str("    起算日早于该规则集施行日,按其首个版本推算\n");
    }
    Ok(text)
}

fn in_reach<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    let text = String::deserialize(from)?;
    Timestamp::parse_in_reach(&text).map_err(serde::de::Error::custom)
}

/// A list, or words with commas between them, as tables have them.
fn tags<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a list of tags, or tags with commas between them")]
    enum Tags {
        List(Vec<String>),
        Words(String),
    }
    Ok(match Tags::deserialize(from)? {
        Tags::List(tags) => tags,
        Tags::Words(text) => {
            let words = text.split(['，', ',', ';', '|']).map(str::trim);
            words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
        }
    })
}

/// Reads a word of the glossary, by code or by Chinese label, for clap.
fn word<T: Copy + Send + Sync + 'static>(
    parse: fn(&str) -> Option<T>,
    all: &'static [T],
    code: fn(T) -> &'static str,
) -> impl Fn(&str) -> Result<T, String> + Clone + Send + Sync + 'static {
    move |text| {
        let words = || all.iter().map(|&word| code(word)).collect::<Vec<_>>().join(", ");
        parse(text).ok_or_else(|| format!("not one of {}", words()))
    }
}
