//! `hotline duplicates`: which messages of a file the engine would hold to be about the same, and how far that agrees with
//! comparing every pair.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use hotline_engine::actor::{Actor, Role};
use hotline_engine::command::{Acceptance, Action, Command};
use hotline_engine::duplicates::COMPARED_MAX;
use hotline_engine::handling::Similar;
use hotline_engine::order::{Channel, Kind};
use hotline_engine::text::{Normalised, Normaliser, Sketch};
use hotline_engine::time::Timestamp;
use hotline_engine::{Event, Record, Rejection, Rules, State, decide};
use serde::{Deserialize, Serialize};

use super::district::named;
use super::rows::{Line, Rows, Text};
use crate::cli::Wrong;

/// Messages compared with each other: what a pair costs grows with the square.
const MESSAGES_MAX: usize = 200_000;
/// More bad lines than this, and the file is another one than was meant.
const BAD_LINES_MAX: u64 = 1_000;
/// Characters in a shingle, as in a sketch.
const SHINGLE: usize = 3;

/// Options of `duplicates`.
#[derive(Args, Debug)]
pub struct DuplicatesArgs {
    /// Messages: JSONL with `content` and `received_at`, optionally `title`
    file: PathBuf,
    /// Folder of a district's files, for its rule of duplicates [default: the built-in sample]
    #[arg(long, value_name = "DIR")]
    district: Option<PathBuf>,
    /// Also compare every pair within the rule's days, and say how many of those above its share were found
    #[arg(long)]
    exhaustive: bool,
    /// Name each message with the earlier ones that it may repeat, by their lines
    #[arg(long)]
    list: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A line of the file.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an object")]
struct Message {
    #[serde(default)]
    title: String,
    content: String,
    received_at: String,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Found {
    /// Messages read, in the order of their times.
    messages: usize,
    /// Messages for which at least one earlier order was named.
    with_candidates: usize,
    /// Orders named for them together.
    candidates: usize,
    /// At most so many orders are compared with one.
    compared_max: usize,
    /// An acceptance decided and applied on average, in microseconds, its text already read.
    accept_microseconds: f64,
    /// Reading the words of one for its sketch, in microseconds.
    sketch_microseconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    exhaustive: Option<Exhaustive>,
    /// Asked for: the messages for which orders were named.
    #[serde(skip_serializing_if = "Option::is_none")]
    repeats: Option<Vec<Repeat>>,
}

/// A message and what it may repeat, by their lines.
#[derive(Debug, Serialize)]
struct Repeat {
    line: u64,
    /// The likeliest first.
    earlier: Vec<u64>,
}

/// Every pair, counted out.
#[derive(Debug, Serialize)]
struct Exhaustive {
    /// Messages that share the rule's part of their shingles with an earlier one.
    with_duplicates: usize,
    /// Of these, messages for which the engine named an order.
    found: usize,
    /// Messages for which it named one without there being any.
    needless: usize,
}

/// Prints what was found.
pub fn run(args: &DuplicatesArgs) -> anyhow::Result<()> {
    let rules = named(args.district.as_deref())?.rules()?;
    let (mut messages, mut bad) = read(args)?;
    messages.sort_by_key(|it| it.at);
    let (found, repeats) = accept_all(&rules, &messages, |line, why| {
        bad += 1;
        eprintln!("hotline: {} line {line}: {why}", args.file.display());
    });
    let were_named: HashSet<u64> = repeats.iter().map(|repeat| repeat.line).collect();
    let exhaustive = args.exhaustive.then(|| compare(&rules, &messages, &were_named));
    let found = Found { exhaustive, repeats: args.list.then_some(repeats), ..found };
    tell(&found, args.json)?;
    if bad > 0 {
        return Err(Wrong(format!("{}: {bad} lines are no messages", args.file.display())).into());
    }
    Ok(())
}

fn tell(found: &Found, json: bool) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(found)?)?;
        return Ok(());
    }
    let Found { messages, with_candidates, candidates, compared_max, exhaustive, repeats, .. } =
        found;
    writeln!(
        out,
        "{messages} messages; {with_candidates} with {candidates} candidates, of at most {compared_max} compared"
    )?;
    writeln!(
        out,
        "{:.2} µs an acceptance, {:.2} µs a sketch",
        found.accept_microseconds, found.sketch_microseconds
    )?;
    if let Some(Exhaustive { with_duplicates, found, needless }) = exhaustive {
        writeln!(
            out,
            "every pair: {with_duplicates} with duplicates, {found} found; {needless} needless"
        )?;
    }
    for Repeat { line, earlier } in repeats.iter().flatten() {
        let earlier: Vec<String> = earlier.iter().map(u64::to_string).collect();
        writeln!(out, "line {line}: like line {}", earlier.join(", "))?;
    }
    Ok(())
}

/// A message that was read.
#[derive(Debug)]
struct Read {
    at: Timestamp,
    line: u64,
    message: Message,
}

/// The messages, and how many lines are none; each of those is named on stderr.
fn read(args: &DuplicatesArgs) -> anyhow::Result<(Vec<Read>, u64)> {
    let file = args.file.display();
    let mut rows = Rows::open(&args.file, |_| ())?;
    let (mut messages, mut bad) = (Vec::new(), 0);
    while let Some(line) = rows.next().with_context(|| file.to_string())? {
        match message(&line) {
            Ok(_) if messages.len() == MESSAGES_MAX => {
                let number = line.number;
                let reason = format!("the file has more than {MESSAGES_MAX} messages");
                return Err(Wrong(format!("{file} line {number}: {reason}")).into());
            }
            Ok((at, message)) => messages.push(Read { at, line: line.number, message }),
            Err(reason) => {
                bad += 1;
                eprintln!("hotline: {file} line {}: {reason}", line.number);
            }
        }
        if bad > BAD_LINES_MAX {
            let reason = "cannot be read; is this a file of messages?";
            return Err(Wrong(format!("{file}: more than {BAD_LINES_MAX} lines {reason}")).into());
        }
    }
    Ok((messages, bad))
}

fn message(line: &Line) -> Result<(Timestamp, Message), String> {
    let bytes = match &line.text {
        Text::Json(bytes) => bytes,
        Text::Unreadable(reason) => return Err(reason.clone()),
        Text::Csv(_) => return Err("is not JSON".to_owned()),
    };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let message: Message =
        serde_path_to_error::deserialize(&mut json).map_err(|error| error.to_string())?;
    json.end().map_err(|error| error.to_string())?;
    let at = Timestamp::parse_in_reach(&message.received_at)
        .map_err(|error| format!("received_at: {error}"))?;
    Ok((at, message))
}

/// Accepts one after the other in an empty hotline; says for which orders were named. `refused` hears of what the engine refuses.
fn accept_all(
    rules: &Rules,
    messages: &[Read],
    mut refused: impl FnMut(u64, Rejection),
) -> (Found, Vec<Repeat>) {
    let normaliser = Normaliser::new();
    let (mut title, mut body) = (Normalised::new(), Normalised::new());
    let (mut state, mut events) = (State::default(), Vec::new());
    let (mut sketching, mut accepting) = (Duration::ZERO, Duration::ZERO);
    let (mut lines, mut repeats) = (HashMap::new(), Vec::new());
    let actor = Actor { name: "duplicates".to_owned(), role: Role::CallTaker, units: None };
    for Read { at, line, message } in messages {
        let started = Instant::now();
        normaliser.normalise(&message.title, &mut title);
        normaliser.normalise(&message.content, &mut body);
        let sketch = Sketch::of(&[title.text(), body.text()]);
        sketching += started.elapsed();
        let action = Action::Accept(Box::new(acceptance(message, sketch)));
        let command = Command { actor: actor.clone(), seen: None, action };
        let started = Instant::now();
        events.clear();
        if let Err(why) = decide(&state, rules, *at, &command, &mut events) {
            refused(*line, why);
            continue;
        }
        let record = Record { at: *at, actor: actor.clone(), events: std::mem::take(&mut events) };
        state.apply(&record);
        accepting += started.elapsed();
        for event in &record.events {
            let Event::Accepted { order, similar, .. } = event else { continue };
            let line_of = |similar: &Similar| lines.get(&similar.order).copied();
            let earlier: Vec<u64> = similar.iter().filter_map(line_of).collect();
            repeats.extend((!earlier.is_empty()).then_some(Repeat { line: *line, earlier }));
            lines.insert(*order, *line);
        }
    }
    let each = |spent: Duration| spent.as_secs_f64() * 1e6 / messages.len().max(1) as f64;
    let found = Found {
        messages: lines.len(),
        with_candidates: repeats.len(),
        candidates: repeats.iter().map(|repeat| repeat.earlier.len()).sum(),
        compared_max: COMPARED_MAX,
        accept_microseconds: each(accepting),
        sketch_microseconds: each(sketching),
        exhaustive: None,
        repeats: None,
    };
    (found, repeats)
}

/// A message of which nothing is known but its words.
fn acceptance(message: &Message, sketch: Option<Sketch>) -> Acceptance {
    let content = message.content.clone();
    let title = message.title.clone();
    Acceptance { title, sketch, ..Acceptance::plain(Kind::Help, Channel::Web, content) }
}

/// Compares every pair within the days of the rule, by the shingles themselves.
fn compare(rules: &Rules, messages: &[Read], named: &HashSet<u64>) -> Exhaustive {
    let normaliser = Normaliser::new();
    let mut buffer = Normalised::new();
    let mut shingles = |message: &Message| {
        let mut all: HashSet<[char; SHINGLE]> = HashSet::new();
        for text in [&message.title, &message.content] {
            normaliser.normalise(text, &mut buffer);
            let chars: Vec<char> = buffer.text().chars().collect();
            all.extend(
                chars.windows(SHINGLE).filter_map(|run| <[char; SHINGLE]>::try_from(run).ok()),
            );
        }
        let mut all: Vec<_> = all.into_iter().collect();
        all.sort_unstable();
        all
    };
    let texts: Vec<_> = messages.iter().map(|it| shingles(&it.message)).collect();
    let mut exhaustive = Exhaustive { with_duplicates: 0, found: 0, needless: 0 };
    for (turn, Read { at, line, .. }) in messages.iter().enumerate() {
        let Some(rule) = rules.profile(*at).duplicates.as_ref() else { continue };
        let share = f64::from(rule.similar_percent) / 100.0;
        let since = at.plus_days(-i64::from(rule.days));
        let earlier = (0..turn).rev().take_while(|&other| messages[other].at >= since);
        let is_double =
            earlier.into_iter().any(|other| shared(&texts[turn], &texts[other]) >= share);
        exhaustive.with_duplicates += usize::from(is_double);
        let is_named = named.contains(line);
        exhaustive.found += usize::from(is_double && is_named);
        exhaustive.needless += usize::from(!is_double && is_named);
    }
    exhaustive
}

/// The share of shingles that two texts have in common.
fn shared(one: &[[char; SHINGLE]], other: &[[char; SHINGLE]]) -> f64 {
    let (mut left, mut right, mut both) = (0, 0, 0usize);
    while left < one.len() && right < other.len() {
        match one[left].cmp(&other[right]) {
            std::cmp::Ordering::Less => left += 1,
            std::cmp::Ordering::Greater => right += 1,
            std::cmp::Ordering::Equal => {
                (left, right, both) = (left + 1, right + 1, both + 1);
            }
        }
    }
    let all = one.len() + other.len() - both;
    if all == 0 { 0.0 } else { both as f64 / all as f64 }
}
