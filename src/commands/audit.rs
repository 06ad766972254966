//! `hotline audit`: writes the audit trail of one order, to be checked by whoever knows a head of the journal.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use hotline_engine::order::OrderId;
use hotline_journal::Head;

use super::out;
use crate::cli::{Wrong, say};
use crate::commands::folder;
use crate::trail::Trail;

/// Options of `audit`.
#[derive(Args, Debug)]
pub struct AuditArgs {
    /// Id or eighteen-digit number of the order
    id: String,
    /// Data folder of the hotline
    #[arg(long, value_name = "DIR", env = "HOTLINE_DATA", default_value = "hotline-data")]
    data: PathBuf,
    /// File for the trail; holds the records whole, with caller and story, and is readable for its owner alone
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Prove below this earlier head, as records:root, instead of the one of now
    #[arg(long, value_name = "HEAD")]
    head: Option<Head>,
}

/// Gathers the trail beside a running hotline or without one, and says below which head it holds.
pub fn run(args: &AuditArgs) -> anyhow::Result<()> {
    out::prove_file(&args.out)?;
    let folder = folder::named(&args.data)?;
    let number: u64 =
        args.id.parse().map_err(|_| Wrong(format!("`{}` is not an id or number", args.id)))?;
    let state = folder::state(&folder)?;
    let found = match args.id.len() {
        18 => state.order_numbered(number),
        _ => state.order(OrderId(number)),
    };
    let order = found.ok_or_else(|| Wrong(format!("no order {}", args.id)))?;
    let trail = Trail::of(&folder, order.id, args.head).with_context(|| folder::of(&folder))?;
    let bytes = serde_json::to_vec_pretty(&trail)?;
    out::write(&args.out, &bytes)?;
    say(&format!("order     {} ({})", order.id.0, order.number))?;
    say(&format!("records   {}", trail.records.len()))?;
    if trail.first_record > 1 {
        say(&format!("beginning records before {} are in the archive", trail.first_record))?;
    }
    say(&format!("head      {}", trail.head))?;
    say("it names the caller and tells the story: hand it on as you would the order")?;
    Ok(())
}
