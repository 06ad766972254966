//! `hotline knowledge`: search articles offline, measure the answers, and bring articles into a file or a running hotline.

mod evaluate;
mod import;
mod search;

use clap::Subcommand;

/// What can be done with articles.
#[derive(Debug, Subcommand)]
pub enum KnowledgeCommand {
    /// Search a district's articles, or those of a file, without a running hotline
    Search(search::SearchArgs),
    /// Ask questions whose right answer is known: how far up it comes, and how long a search takes
    Evaluate(evaluate::EvaluateArgs),
    /// Put the articles of a JSONL file into a running hotline, or into another file
    Import(import::ImportArgs),
}

/// Does what is asked.
pub fn run(command: &KnowledgeCommand) -> anyhow::Result<()> {
    match command {
        KnowledgeCommand::Search(args) => search::run(args),
        KnowledgeCommand::Evaluate(args) => evaluate::run(args),
        KnowledgeCommand::Import(args) => import::run(args),
    }
}
