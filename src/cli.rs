//! The command line: what can be asked for, and what its end says. The work is in `commands`.
//!
//! Exit codes: 0 done, else see `exit`.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::commands::{
    audit, completions, directory, due, duplicates, evaluate, explain, knowledge, load, model,
    replay, report, route, serve, simulate, token, train, verify,
};
use crate::exit;
use crate::shelf::guarded;

/// A routing engine for government hotlines (12345): classifies, dispatches, keeps every clock.
#[derive(Debug, Parser)]
#[command(name = "hotline", version, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What can be asked for.
#[derive(Debug, Subcommand)]
enum Command {
    /// Run a hotline and its HTTP interface
    Serve(serve::ServeArgs),
    /// Make an access token
    Token(token::TokenArgs),
    /// Decide on every message of a file, offline
    Route(route::RouteArgs),
    /// Train a model on the labelled texts of a file
    Train(train::TrainArgs),
    /// Measure how good a model trained on a file would be
    Evaluate(evaluate::EvaluateArgs),
    /// Learn from a hotline's own orders, promote what is better, and watch drift
    #[command(subcommand)]
    Model(model::ModelCommand),
    /// Check, compare and import duty lists
    #[command(subcommand)]
    Directory(directory::DirectoryCommand),
    /// Search and import articles
    #[command(subcommand)]
    Knowledge(knowledge::KnowledgeCommand),
    /// Say which messages of a file are about the same as an earlier one
    Duplicates(duplicates::DuplicatesArgs),
    /// Say when something would be due, and why
    Due(due::DueArgs),
    /// Say why an order is where it is
    Explain(explain::ExplainArgs),
    /// Say what another duty list would have done to the orders of a hotline or a file
    Replay(replay::ReplayArgs),
    /// On-time closure and the other rates of a span of days
    Report(report::ReportArgs),
    /// Run a simulated city and count which orders close on time, under policies side by side
    Simulate(simulate::SimulateArgs),
    /// Prove a journal and compare every snapshot with it; or check the audit trail of one order
    Verify(verify::VerifyArgs),
    /// Write the audit trail of one order
    Audit(audit::AuditArgs),
    /// Send orders to a running hotline at a fixed rate and measure
    Load(load::LoadArgs),
    /// Print what a shell needs to complete our commands
    Completions(completions::CompletionsArgs),
}

/// A request that cannot be granted as it stands; its text says why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Wrong(pub String);

/// Many mistakes of a request.
#[derive(Debug, thiserror::Error)]
#[error("{summary}")]
pub struct Mistakes {
    /// How many there are.
    pub summary: String,
    /// Each in a line.
    pub lines: Vec<String>,
}

/// Reads the command line, does what it says and gives the exit code.
pub fn run() -> ExitCode {
    let command = Cli::parse().command;
    log(&command);
    let done = guarded(|| done(command));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&error);
            ExitCode::from(exit::code(&error))
        }
    }
}

fn done(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(args) => serve::run(&args),
        Command::Token(args) => token::run(&args),
        Command::Route(args) => route::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Model(command) => model::run(&command),
        Command::Directory(command) => directory::run(&command),
        Command::Knowledge(command) => knowledge::run(&command),
        Command::Duplicates(args) => duplicates::run(&args),
        Command::Due(args) => due::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Simulate(args) => simulate::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Load(args) => load::run(&args),
        Command::Completions(args) => completions::run(&args),
    }
}

/// Logs to stderr: what a running hotline does, and of other commands only what is odd; `RUST_LOG` says otherwise.
fn log(command: &Command) {
    let usual = if matches!(command, Command::Serve(_)) { "info" } else { "warn" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(false)
        // Told of on the same stderr, and where that is gone a panic.
        .log_internal_errors(false)
        .init();
}

/// Prints a line of what a command is asked for.
///
/// # Errors
/// A pipe that has ended, which is no error of the command's, or a disk that is full.
pub(crate) fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

/// Prints what can be seen this once: a pipe that has ended is an error of its own here, and no end of the command.
///
/// # Errors
/// Nobody reads it, or a disk that is full.
pub(crate) fn show(line: &str) -> io::Result<()> {
    say(line).map_err(|unseen| match unseen.kind() {
        io::ErrorKind::BrokenPipe => io::Error::other("nobody reads what is printed"),
        _ => unseen,
    })
}

/// One line with all causes. A cause that the error above it already tells is not told twice.
pub(crate) fn in_one_line(error: &anyhow::Error) -> String {
    let mut told = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !told.ends_with(&cause) {
            told.push_str(": ");
            told.push_str(&cause);
        }
    }
    told.replace('\n', " ")
}

/// An error in one line, and one more for each of many mistakes.
fn tell(error: &anyhow::Error) {
    let say = |line: &str| _ = writeln!(io::stderr(), "{line}");
    say(&format!("hotline: {}", in_one_line(error)));
    let lines = error.chain().find_map(|cause| Some(&cause.downcast_ref::<Mistakes>()?.lines));
    lines.into_iter().flatten().for_each(|line| say(&line.replace('\n', " ")));
}

/// Whoever read our output has read enough: `hotline route … | head`.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref().is_some_and(broken))
}
