//! `hotline knowledge`: search articles offline, measure the answers, bring articles into a file or a running hotline, and say
//! how they are kept up.

mod evaluate;
mod export;
mod files;
mod import;
mod search;
mod upkeep;

use clap::Subcommand;

/// What can be done with articles.
#[derive(Debug, Subcommand)]
pub enum KnowledgeCommand {
    /// Search a district's articles, or those of a file, without a running hotline
    Search(search::SearchArgs),
    /// Ask questions whose right answer is known: how far up it comes, and how long a search takes
    Evaluate(evaluate::EvaluateArgs),
    /// Put the articles of a file or a folder of pages into a running hotline, or into another file
    Import(import::ImportArgs),
    /// Write the articles of a data folder into a file or a folder of pages
    Export(export::ExportArgs),
    /// Say what articles were good for: direct answers, what came back, what nobody uses
    Usage(upkeep::FolderArgs),
    /// Say which articles somebody should look at: reviews that have passed, last days that are near
    Stale(upkeep::StaleArgs),
    /// Count articles that were added, changed and ended, by unit and month
    Updates(upkeep::UpdatesArgs),
    /// Say which contacts no article answered: by what they are about, with an article to fill in
    Gaps(upkeep::GapsArgs),
}

/// Does what is asked.
pub fn run(command: &KnowledgeCommand) -> anyhow::Result<()> {
    match command {
        KnowledgeCommand::Search(args) => search::run(args),
        KnowledgeCommand::Evaluate(args) => evaluate::run(args),
        KnowledgeCommand::Import(args) => import::run(args),
        KnowledgeCommand::Export(args) => export::run(args),
        KnowledgeCommand::Usage(args) => upkeep::usage(args),
        KnowledgeCommand::Stale(args) => upkeep::stale(args),
        KnowledgeCommand::Updates(args) => upkeep::updates(args),
        KnowledgeCommand::Gaps(args) => upkeep::gaps(args),
    }
}
