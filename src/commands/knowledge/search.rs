//! `hotline knowledge search`: builds an index of the articles, asks it once, prints the answers.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use hotline_knowledge_base::{self as knowledge, Answer, Day, SearchOptions};

use super::files;
use crate::clock;
use crate::commands::district::named;
use crate::indexer;

/// Options of `knowledge search`.
#[derive(Args, Debug)]
pub struct SearchArgs {
    /// A few words or a whole story
    query: String,
    /// Folder of a district's files [default: the built-in sample]
    #[arg(long, value_name = "DIR", conflicts_with = "file")]
    district: Option<PathBuf>,
    /// Articles in a file as `knowledge import` reads it, instead of a district's
    #[arg(long, value_name = "ARTICLES")]
    file: Option<PathBuf>,
    /// How many answers
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=50))]
    limit: u8,
    /// Path of a matter: its articles come earlier
    #[arg(long)]
    matter: Option<String>,
    /// Code of a unit: only its articles answer
    #[arg(long)]
    unit: Option<String>,
    /// Print one JSON object an answer instead of text
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &SearchArgs) -> anyhow::Result<()> {
    let (mut writer, reader) = knowledge::open()?;
    let reader = match &args.file {
        Some(file) => {
            let listed = files::read(file)?;
            // A file names units by their codes alone.
            let articles = indexer::entries(listed.iter().map(|(_, draft)| draft), |_| None);
            indexer::fill(&mut writer, articles)?;
            reader
        }
        None => {
            let district = named(args.district.as_deref())?;
            let drafts = district.articles.iter();
            let articles = indexer::entries(drafts, |code| district.name_of(code));
            indexer::fill(&mut writer, articles)?;
            reader.with_synonyms(Arc::clone(&district.synonyms))
        }
    };
    let options = SearchOptions {
        limit: args.limit.into(),
        matter: args.matter.as_deref(),
        unit: args.unit.as_deref(),
        ..SearchOptions::on(Day(clock::now().day().0))
    };
    let mut out = io::stdout().lock();
    for answer in reader.search(&args.query, &options)? {
        if args.json {
            writeln!(out, "{}", serde_json::to_string(&answer)?)?;
        } else {
            print(&mut out, &answer)?;
        }
    }
    Ok(())
}

fn print(out: &mut impl Write, answer: &Answer) -> io::Result<()> {
    let Answer { id, title, score, snippet, .. } = answer;
    writeln!(out, "{score:.3}  {id}  {title}")?;
    let belongs = [&answer.matter, &answer.unit].into_iter().flatten();
    let belongs: Vec<&str> = belongs.map(String::as_str).collect();
    writeln!(out, "       {}\n       {snippet}", belongs.join(" · "))
}
