//! `hotline directory`: work on duty lists: find what is wrong with one, compare two, read one from a spreadsheet.

pub mod check;
pub mod diff;
mod findings;
pub mod import;
mod named;

use clap::Subcommand;

/// What can be done with duty lists.
#[derive(Debug, Subcommand)]
pub enum DirectoryCommand {
    /// Find gaps, overlaps, dead and expired rows, forbidden levels, unknown units and matters; ends with 1 if there are errors
    Check(check::CheckArgs),
    /// Show which rows came, went and changed, and which unit now leads what
    Diff(diff::DiffArgs),
    /// Make a district's folder of a spreadsheet: .csv or .xlsx
    Import(import::ImportArgs),
}

/// Does what was asked for.
pub fn run(command: &DirectoryCommand) -> anyhow::Result<()> {
    match command {
        DirectoryCommand::Check(args) => check::run(args),
        DirectoryCommand::Diff(args) => diff::run(args),
        DirectoryCommand::Import(args) => import::run(args),
    }
}
