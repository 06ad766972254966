//! `hotline token`: makes a bearer token and shows it once.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use hotline_engine::State;
use hotline_engine::actor::Role;

use crate::cli::{Wrong, show};
use crate::commands::folder;
use crate::tokens;

/// Options of `token`.
#[derive(Args, Debug)]
pub struct TokenArgs {
    /// Data folder of the hotline
    #[arg(long, value_name = "DIR", env = "HOTLINE_DATA", default_value = "hotline-data")]
    data: PathBuf,
    /// call-taker, dispatcher, handler, supervisor, auditor, admin or integration
    #[arg(long, value_parser = role)]
    role: Role,
    /// Whose token it is, for the record
    #[arg(long)]
    name: String,
    /// Code of a unit they act for; may be given several times
    #[arg(long, value_name = "CODE")]
    unit: Vec<String>,
}

fn role(word: &str) -> Result<Role, String> {
    let roles = Role::ALL.iter().copied().filter(|&role| role != Role::System);
    let known: Vec<&str> = roles.map(Role::code).collect();
    let role = Role::parse(word).filter(|&role| role != Role::System);
    role.ok_or_else(|| format!("not one of {}", known.join(", ")))
}

/// Prints the new token alone, so that scripts can take it.
#[expect(clippy::print_stderr, reason = "the command's own output")]
pub fn run(args: &TokenArgs) -> anyhow::Result<()> {
    let folder = folder::wanted(&args.data)?;
    let named = || folder::of(&folder);
    // Before the first start nothing is recorded, and the first token may be made: without one nobody could come in.
    let is_unused = !folder::is_in_use(&folder)?;
    let state = match is_unused {
        true => State::default(),
        false => folder::state(&folder)?,
    };
    if is_unused && !args.unit.is_empty() {
        let reason = "has no units before the first start; start `hotline serve` on it, then make this token";
        return Err(Wrong(format!("{} {reason}", named())).into());
    }
    folder.create().with_context(named)?;
    let units = (!args.unit.is_empty()).then(|| args.unit.clone());
    let token = tokens::issue(&folder.tokens(), state.directory(), &args.name, args.role, units)?;
    show(&token)
        .context("the token cannot be shown; make another, and take this one out of tokens.json")?;
    eprintln!("shown this once; `hotline serve` knows it from its next start, or SIGHUP, on");
    Ok(())
}
