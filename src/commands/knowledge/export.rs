//! `hotline knowledge export`: the articles in force of a data folder, with what they rest on, in files that `import` reads.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use hotline_engine::article::ArticleDraft;

use super::files;
use crate::commands::folder;
use crate::district::ArticleLine;

/// Options of `knowledge export`.
#[derive(Args, Debug)]
pub struct ExportArgs {
    /// Data folder of the hotline
    #[arg(long, value_name = "DIR", env = "HOTLINE_DATA", default_value = "hotline-data")]
    data: PathBuf,
    /// Where to: a .jsonl or .csv file, or a folder for Markdown pages [default: JSONL on standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &ExportArgs) -> anyhow::Result<()> {
    let state = folder::state(&folder::named(&args.data)?)?;
    let draft = |(id, article): (&String, &hotline_engine::article::Article)| {
        let answering = state.library().life(id).and_then(|life| life.answering());
        let backing = answering.map(|version| version.backing.clone()).unwrap_or_default();
        ArticleDraft { article: article.clone(), backing }
    };
    let articles: Vec<ArticleDraft> = state.articles().iter().map(draft).collect();
    match &args.out {
        Some(out) => {
            files::write(out, &articles)?;
            eprintln!("{}: {} articles", out.display(), articles.len());
        }
        None => {
            let lines: Vec<ArticleLine> = articles.iter().map(ArticleLine::from).collect();
            io::stdout().lock().write_all(&files::jsonl(&lines)?)?;
        }
    }
    Ok(())
}
