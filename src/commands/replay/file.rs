//! Replays a file: decisions of `hotline route` with the candidates and places they name, or messages, read once and routed
//! under the list until now and under the new one.

use std::path::Path;
use std::sync::OnceLock;

use anyhow::Context;
use hotline_engine::Rules;
use hotline_engine::accept::choose;
use hotline_engine::command::Acceptance;
use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::order::{Candidate, Channel, Classification, Confidence, Kind, TriageReason};
use hotline_engine::precedents::Precedents;
use hotline_engine::time::{Day, Timestamp};
use serde::Deserialize;

use super::journal::title;
use super::pipeline::{self, CHUNK_BYTES, CHUNK_ENTRIES};
use super::tally::{Example, Tally, Way};
use super::{Replayed, Router};
use crate::cli::Wrong;
use crate::clock;
use crate::commands::route::line::{self, Columns};
use crate::commands::rows::{Line, Rows, Text};
use crate::district::District;
use crate::intake::{Intake, Workspace};

/// More bad lines than this, and the file is another one than was meant.
const BAD_LINES_MAX: usize = 1_000;

/// A decision as `hotline route` writes it. Fields not named here are passed over.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an object")]
struct Decision {
    id: String,
    accepted_at: Option<Timestamp>,
    region: Option<Code>,
    candidates: Vec<Guess>,
    lead: Option<Code>,
    triage: Option<TriageReason>,
    #[serde(default)]
    evidence: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Code {
    code: String,
}

#[derive(Debug, Deserialize)]
struct Guess {
    matter: String,
    probability: f32,
}

/// What an order of the file was, and would be.
struct Desk<'a> {
    old: &'a District,
    old_rules: Rules,
    /// The list until now.
    before: Directory,
    router: Router<'a>,
    now: Timestamp,
    columns: Columns,
    /// Trained when the first message asks for it: decisions need none.
    intake: OnceLock<Result<Intake, String>>,
}

/// Routes every line once more.
pub(super) fn replay(
    file: &Path,
    old: &District,
    new: &District,
    rules: &Rules,
    on: Option<Day>,
) -> anyhow::Result<Replayed> {
    let mut rows = Rows::open(file, |_| {})?;
    let before = old.directory();
    let directory = new.draft.adopted_by(&before);
    let desk = Desk {
        old,
        old_rules: old.rules()?,
        before,
        router: Router { directory: &directory, rules, on },
        now: clock::now(),
        columns: Columns::of(rows.headers()),
        intake: OnceLock::new(),
    };
    let name = file.display();
    let read = || read(&mut rows).with_context(|| format!("{name}: cannot be read"));
    let tally = pipeline::run(read, |lines| desk.share(lines))?;
    for (number, reason) in tally.bad.iter().take(BAD_LINES_MAX) {
        eprintln!("line {number}: {reason}");
    }
    if tally.bad.len() > BAD_LINES_MAX || tally.orders() == 0 {
        let what = format!("{name}: {} lines are neither decisions nor messages", tally.bad.len());
        return Err(Wrong(what).into());
    }
    let bad_lines = tally.bad.len() as u64;
    Ok(Replayed { tally, directory, archived: 0, bad_lines })
}

fn read(rows: &mut Rows) -> std::io::Result<Vec<Line>> {
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    while chunk.len() < CHUNK_ENTRIES && bytes < CHUNK_BYTES {
        let Some(line) = rows.next()? else { break };
        bytes += line.bytes_count();
        chunk.push(line);
    }
    Ok(chunk)
}

impl Desk<'_> {
    fn share(&self, lines: &[Line]) -> anyhow::Result<Tally> {
        let (mut tally, mut workspace) = (Tally::default(), Workspace::new());
        for line in lines {
            let taken = match &line.text {
                Text::Json(bytes) if is_decision(bytes) => self.decision(bytes, &mut tally),
                _ => self.message(line, &mut workspace, &mut tally),
            };
            if let Err(reason) = taken {
                tally.bad.push((line.number, reason));
            }
        }
        Ok(tally)
    }

    fn decision(&self, bytes: &[u8], tally: &mut Tally) -> Result<(), String> {
        let mut json = serde_json::Deserializer::from_slice(bytes);
        let decision: Decision =
            serde_path_to_error::deserialize(&mut json).map_err(|error| error.to_string())?;
        let unit = |field: &str, code: &Option<Code>| -> Result<Option<UnitId>, String> {
            let Some(Code { code }) = code else { return Ok(None) };
            let found = self.router.directory.unit_id(code);
            found.map(Some).ok_or_else(|| format!("{field}: no list has a unit `{code}`"))
        };
        let region = unit("region", &decision.region)?;
        let before = match (unit("lead", &decision.lead)?, decision.triage) {
            (Some(lead), _) => Way::Unit(lead),
            (None, Some(reason)) => Way::Triage(reason),
            (None, None) => return Err("has neither lead nor triage".to_owned()),
        };
        let known = |guess: &Guess| {
            let matter = self.router.directory.matter_id(&guess.matter)?;
            Some(Candidate { matter, confidence: Confidence::from_probability(guess.probability) })
        };
        let candidates: Vec<Candidate> = decision.candidates.iter().filter_map(known).collect();
        tally.unknown_matters += (decision.candidates.len() - candidates.len()) as u64;
        let acceptance = Acceptance {
            region,
            // The pieces that decided stand for the story, which is not here.
            title: decision.evidence.join(" | "),
            classification: Classification { candidates, ..Classification::default() },
            ..Acceptance::plain(Kind::Help, Channel::Web, String::new())
        };
        let at = decision.accepted_at.unwrap_or(self.now);
        self.take(before, at, decision.id, &acceptance, tally);
        Ok(())
    }

    fn message(
        &self,
        line: &Line,
        workspace: &mut Workspace,
        tally: &mut Tally,
    ) -> Result<(), String> {
        let incoming = line::incoming(line, &self.columns)?;
        let train = || Intake::train(self.old, &self.before).map_err(|error| error.to_string());
        let intake = self.intake.get_or_init(train).as_ref().map_err(Clone::clone)?;
        let at = incoming.received_at.unwrap_or(self.now);
        let id = incoming.id.as_deref().map_or_else(|| line.number.to_string(), str::to_owned);
        let acceptance = incoming.acceptance(intake, workspace);
        let (list, precedents) = (&self.before, Precedents::none());
        let before = Way::of(choose(list, precedents, &self.old_rules, at, &acceptance));
        self.take(before, at, id, &acceptance, tally);
        Ok(())
    }

    fn take(
        &self,
        before: Way,
        at: Timestamp,
        id: String,
        acceptance: &Acceptance,
        tally: &mut Tally,
    ) {
        let after = self.router.route(at, acceptance);
        let first = acceptance.classification.candidates.first();
        tally.order(before, after, at.day(), || Example {
            id,
            title: title(&acceptance.title, &acceptance.content),
            matter: first.map(|candidate| candidate.matter),
            place: acceptance.region,
            accepted: at.day(),
        });
    }
}

/// Whether a line of JSON is a decision: it has candidates, which no message has.
fn is_decision(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Has {
        #[serde(default)]
        candidates: Option<serde::de::IgnoredAny>,
    }
    serde_json::from_slice::<Has>(bytes).is_ok_and(|has| has.candidates.is_some())
}
