//! `hotline verify`: replays a data folder from its first record and compares every snapshot. Changes nothing.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use serde_json::json;

use crate::cli::Wrong;
use crate::recovery::{self, DataFolder};

/// Options of `verify`.
#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// Data folder of the hotline
    dir: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Prints what the folder holds and the digest of its state.
#[expect(clippy::print_stdout, reason = "the command's own output")]
pub fn run(args: &VerifyArgs) -> anyhow::Result<()> {
    if !args.dir.is_dir() {
        bail!(Wrong(format!("{} is not a folder", args.dir.display())));
    }
    let verified = recovery::verify(&DataFolder::at(&args.dir))?;
    let state = &verified.state;
    let report = json!({
        "records": state.records_count(),
        "orders": state.orders().len(),
        "articles": state.articles().len(),
        "directory_version": state.directory().version,
        "last_record_at": (state.records_count() > 0).then(|| state.at().to_string()),
        "snapshots_compared": verified.snapshots,
        "snapshots_passed_over":
            verified.passed_over.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "digest": verified.digest.to_string(),
    });
    if args.json {
        println!("{report}");
        return Ok(());
    }
    for (key, value) in report.as_object().into_iter().flatten() {
        println!("{key:20} {value}");
    }
    println!("the journal is whole, and every snapshot compared agrees with it");
    Ok(())
}
