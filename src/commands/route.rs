//! `hotline route`: decides on every message of a file as a running hotline would, and writes one decision a line.
//!
//! Keeps nothing: no order comes into being.

mod articles;
mod decision;
pub(super) mod line;
mod summary;

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use hotline_engine::time::Timestamp;
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use super::out;
use super::rows::{Line, Rows};
use crate::cli::Wrong;
use crate::clock;
use crate::intake::{Intake, Workspace};
use crate::recovery::DataFolder;
use crate::whole_file::{self, Growing};
use articles::{Library, LookUp};
use decision::{Desk, Form, Outcome};
use line::Columns;
use summary::Summary;

/// Lines that are read, decided on and written together: enough to keep all cores busy, a few megabytes of memory.
const CHUNK_LINES: usize = 8_192;
/// A chunk of long lines ends earlier.
const CHUNK_BYTES: usize = 16 << 20;
/// Lines that one thread takes at a time; each has buffers of its own.
const SHARE_LINES: usize = 256;
/// More bad lines than this, and the file is another one than was meant.
const BAD_LINES_MAX: u64 = 1_000;

/// Options of `route`.
#[derive(Args, Debug)]
pub struct RouteArgs {
    /// Messages: JSONL, or a table if it ends in .csv; `-` reads JSONL from standard input.
    /// Fields: content; optional id, title, kind, place, channel, urgency, received_at, and in JSONL location (longitude, latitude, datum)
    file: PathBuf,
    /// Where decisions go, one line of JSON each [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Folder of a district's files [default: the built-in sample]
    #[arg(long, value_name = "DIR")]
    district: Option<PathBuf>,
    /// A model for matters, made by `hotline train --label matter` [default: trained on the district's files]
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Decide with the models that serve in this data folder; those that are missing, or of other files of the district, are
    /// trained and kept there for next time
    #[arg(long, value_name = "DIR", conflicts_with = "model")]
    data: Option<PathBuf>,
    /// Offer articles of the district's knowledge base with each decision, looked up by title and story or by the title alone
    #[arg(
        long,
        value_name = "BY",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "story"
    )]
    knowledge: Option<LookUp>,
    /// Write each decision as one screen in Chinese instead of a line of JSON
    #[arg(long, conflicts_with = "knowledge")]
    explain: bool,
    /// Stop after so many messages
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Accept every message at this time, such as 2026-02-13T09:00:00+08:00 [default: when it says it was received, else
    /// now]; old messages meet a duty list that was not in force yet
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    at: Option<Timestamp>,
}

fn parse_time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_in_reach(text).map_err(|error| error.to_string())
}

/// What each line of a file comes to before anything is decided: nothing, or why it is no message.
pub(crate) fn read_lines(mut rows: Rows) -> io::Result<Vec<Result<(), String>>> {
    let columns = Columns::of(rows.headers());
    let mut read = Vec::new();
    while let Some(line) = rows.next()? {
        read.push(line::incoming(&line, &columns).map(drop));
    }
    Ok(read)
}

/// Decides on every message of the file.
pub fn run(args: &RouteArgs) -> anyhow::Result<()> {
    let bar = ProgressBar::no_length();
    let counted = bar.clone();
    if args.out.as_deref().is_some_and(|out| whole_file::is_same(out, &args.file)) {
        return Err(Wrong("--out is the file of messages itself".to_owned()).into());
    }
    args.out.as_deref().map_or(Ok(()), out::prove_file)?;
    let rows = Rows::open(&args.file, move |bytes| counted.inc(bytes))?;
    let columns = Columns::of(rows.headers());
    if !rows.headers().is_empty() && !columns.have_content() {
        let file = args.file.display();
        return Err(Wrong(format!("{file} line 1: column `content` is missing")).into());
    }
    let district = super::district::named(args.district.as_deref())?;
    let rules = district.rules()?;
    let now = clock::now();
    let state = district.adopted(now)?;
    let intake = match &args.model {
        Some(file) => Intake::with_model(file, &district, state.directory())?,
        None => {
            let folder = args.data.as_deref().map(kept_models).transpose()?;
            Intake::open(folder.as_ref(), &district, state.directory())?
        }
    };
    if let (foreign @ 1.., labels) = intake.foreign_labels() {
        eprintln!("{foreign} of the model's {labels} labels are no matters of this district");
    }
    let library = args.knowledge.map(|by| Library::of(&district, by)).transpose()?;
    let form = if args.explain { Form::Screen } else { Form::Json };
    let (state, rules, intake) = (&state, &rules, &intake);
    let desk = Desk { state, rules, intake, library, form, at: args.at, now };
    let out = Out::open(args.out.as_deref())?;
    show(&bar, &args.file);
    // From the first byte read to the last one written; training is not part of it.
    let started = Instant::now();
    let mut run = Run {
        desk,
        columns,
        out,
        summary: Summary::default(),
        bar,
        limit: args.limit.unwrap_or(u64::MAX),
    };
    run.all(rows)?;
    if run.summary.is_all_bad() {
        let file = args.file.display();
        return Err(Wrong(format!("{file}: no line of it can be read as a message")).into());
    }
    run.out.finish().context("cannot write the decisions")?;
    run.summary.tell(started.elapsed());
    Ok(())
}

/// The data folder, for its owner alone if it is new: a hotline may be started on it later.
fn kept_models(path: &Path) -> anyhow::Result<DataFolder> {
    let folder = super::folder::wanted(path)?;
    folder.create().with_context(|| super::folder::of(&folder))?;
    Ok(folder)
}

/// Where decisions go: a file takes its place when all are written, so that nothing is lost before.
enum Out {
    File(Growing),
    /// Standard output, or a device.
    Stream(Box<dyn Write + Send>),
}

impl Out {
    fn open(file: Option<&Path>) -> anyhow::Result<Out> {
        let Some(path) = file else {
            return Ok(Out::Stream(Box::new(BufWriter::new(io::stdout()))));
        };
        let unwritable = |error| Wrong(format!("{}: cannot be written: {error}", path.display()));
        if let Some(device) = whole_file::opened_device(path).map_err(unwritable)? {
            return Ok(Out::Stream(Box::new(BufWriter::new(device))));
        }
        Ok(Out::File(Growing::begin(path).map_err(unwritable)?))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Out::File(file) => file.write_all(bytes),
            Out::Stream(stream) => stream.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Out::File(file) => file.finish(),
            Out::Stream(mut stream) => stream.flush(),
        }
    }
}

/// Shows how far the file is read, if somebody is there to see it.
fn show(bar: &ProgressBar, file: &Path) {
    let form = "{bar:40} {bytes}/{total_bytes} {eta}";
    if let (Ok(facts), Ok(style)) = (file.metadata(), ProgressStyle::with_template(form)) {
        bar.set_style(style);
        bar.set_length(facts.len());
    }
}

/// A run over one file.
struct Run<'a> {
    desk: Desk<'a>,
    columns: Columns,
    out: Out,
    summary: Summary,
    bar: ProgressBar,
    /// Messages still to take.
    limit: u64,
}

/// What one thread made of its share of a chunk.
#[derive(Default)]
struct Share {
    decisions: Vec<u8>,
    summary: Summary,
    /// Bad lines and why.
    bad: Vec<(u64, String)>,
}

impl Run<'_> {
    /// While one chunk is decided on, the next is read.
    fn all(&mut self, mut rows: Rows) -> anyhow::Result<()> {
        let mut chunk = self.read(&mut rows)?;
        while !chunk.is_empty() {
            let limit = self.limit;
            let (desk, columns) = (&self.desk, &self.columns);
            let (shares, next) =
                rayon::join(|| decide_all(desk, columns, &chunk), || read(&mut rows, limit));
            for share in shares {
                self.take(share)?;
            }
            chunk = next?;
            self.limit -= chunk.len() as u64;
        }
        self.bar.finish_and_clear();
        Ok(())
    }

    fn read(&mut self, rows: &mut Rows) -> anyhow::Result<Vec<Line>> {
        let chunk = read(rows, self.limit)?;
        self.limit -= chunk.len() as u64;
        Ok(chunk)
    }

    fn take(&mut self, share: Share) -> anyhow::Result<()> {
        self.out.write(&share.decisions).context("cannot write the decisions")?;
        for (number, reason) in share.bad {
            self.bar.suspend(|| eprintln!("line {number}: {reason}"));
        }
        self.summary.add(&share.summary);
        if self.summary.bad_lines > BAD_LINES_MAX {
            let reason = format!(
                "stopped: more than {BAD_LINES_MAX} lines cannot be read; is this a file of messages?"
            );
            return Err(Wrong(reason).into());
        }
        Ok(())
    }
}

fn read(rows: &mut Rows, limit: u64) -> anyhow::Result<Vec<Line>> {
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    while chunk.len() < CHUNK_LINES && (chunk.len() as u64) < limit && bytes < CHUNK_BYTES {
        let Some(line) = rows.next().context("cannot read the messages")? else { break };
        bytes += line.bytes_count();
        chunk.push(line);
    }
    Ok(chunk)
}

fn decide_all(desk: &Desk<'_>, columns: &Columns, chunk: &[Line]) -> Vec<Share> {
    chunk
        .par_chunks(SHARE_LINES)
        .map_init(Workspace::new, |workspace, lines| {
            let mut share = Share::default();
            for line in lines {
                decide_one(desk, columns, line, workspace, &mut share);
            }
            share
        })
        .collect()
}

fn decide_one(
    desk: &Desk<'_>,
    columns: &Columns,
    line: &Line,
    workspace: &mut Workspace,
    share: &mut Share,
) {
    let before = share.decisions.len();
    let decided = line::incoming(line, columns).and_then(|mut incoming| {
        let id = incoming.id.take().unwrap_or_else(|| line.number.to_string().into());
        desk.decide(&id, incoming, workspace, &mut share.decisions)
            .map_err(|error| error.to_string())
    });
    match decided {
        Ok(Outcome::Dispatched) => share.summary.dispatched += 1,
        Ok(Outcome::Triage(reason)) => share.summary.triaged(reason),
        Err(reason) => {
            share.decisions.truncate(before);
            share.summary.bad_lines += 1;
            share.bad.push((line.number, reason));
        }
    }
}
