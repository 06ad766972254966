//! `hotline model`: candidates learnt from a hotline's own orders, promoted when they are better, and drift over time.

mod drift;
mod learn;
mod list;
mod promote;
mod suggest;

use clap::Subcommand;

/// What can be done with models.
#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// Train a candidate on what the orders of a data folder have taught, and judge it on a split by time
    Learn(learn::LearnArgs),
    /// List the models of a data folder with their cards, and how a candidate does on the orders since
    List(list::ListArgs),
    /// Have a candidate serve, if it is better than the model that serves
    Promote(promote::PromoteArgs),
    /// Undo the last promotion
    Rollback(promote::RollbackArgs),
    /// How sure the engine was by week, and whether it was right to be
    Drift(drift::DriftArgs),
    /// Rows that the duty list may lack: what people decided against it, with how often
    Suggest(suggest::SuggestArgs),
}

/// Does what is asked.
pub fn run(command: &ModelCommand) -> anyhow::Result<()> {
    match command {
        ModelCommand::Learn(args) => learn::run(args),
        ModelCommand::List(args) => list::run(args),
        ModelCommand::Promote(args) => promote::run(args),
        ModelCommand::Rollback(args) => promote::roll_back(args),
        ModelCommand::Drift(args) => drift::run(args),
        ModelCommand::Suggest(args) => suggest::run(args),
    }
}

/// What has to be done for a running hotline to take over what stands in its folder.
const TAKE_OVER: &str = "a running hotline takes it over by SIGHUP";
