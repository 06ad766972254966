//! `hotline verify`: proves a data folder, every record against its roots and every snapshot against the replay; or the
//! audit trail of one order against a head alone. Changes nothing.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use hotline_engine::order::OrderId;
use hotline_journal::Head;
use serde_json::json;

use crate::cli::{Wrong, say};
use crate::commands::folder;
use crate::recovery::{self, Verified};
use crate::trail::{self, Trail};

/// The longest file that is read as a trail: far beyond what one order can fill.
const TRAIL_BYTES_MAX: u64 = 256 << 20;

/// Options of `verify`.
#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// Data folder of the hotline
    #[arg(required_unless_present = "trail")]
    dir: Option<PathBuf>,
    /// A head that was written down earlier, as records:root; the journal must still give it. May be repeated
    #[arg(long, value_name = "HEAD")]
    head: Vec<Head>,
    /// Check the audit trail of one order against one head, without the journal
    #[arg(long, value_name = "FILE", conflicts_with = "dir", requires = "head")]
    trail: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Prints what the folder or the trail holds, or says which record is the first that is wrong.
pub fn run(args: &VerifyArgs) -> anyhow::Result<()> {
    match (&args.trail, &args.dir) {
        (Some(file), _) => verify_trail(args, file),
        (None, Some(dir)) => verify_folder(args, dir),
        (None, None) => bail!(Wrong("name a data folder, or a trail with --trail".into())),
    }
}

fn verify_folder(args: &VerifyArgs, dir: &Path) -> anyhow::Result<()> {
    let verified = recovery::verify(&folder::named(dir)?, &args.head)?;
    if let Some(head) = args.head.iter().find(|head| head.records < verified.removed) {
        bail!(Wrong(format!(
            "head {head} is of records that were let go of: put the segments from the archive into a copy of {}",
            dir.display()
        )));
    }
    print(args, &report_of(&verified, args.head.len()))?;
    if !args.json {
        say("the journal is whole, and every snapshot and head compared agrees with it")?;
    }
    Ok(())
}

fn report_of(verified: &Verified, heads_compared: usize) -> serde_json::Value {
    let state = &verified.state;
    json!({
        "records": state.records_count(),
        "records_let_go": verified.removed,
        "events": verified.events,
        "orders": state.orders().len(),
        "articles": state.articles().len(),
        "directory_version": state.directory().version,
        "last_record_at": (state.records_count() > 0).then(|| state.at().to_string()),
        "snapshots_compared": verified.snapshots,
        "snapshots_passed_over":
            verified.passed_over.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "heads_compared": heads_compared,
        "digest": verified.digest.to_string(),
        "head": verified.head.to_string(),
    })
}

fn verify_trail(args: &VerifyArgs, path: &Path) -> anyhow::Result<()> {
    let &[head] = args.head.as_slice() else {
        bail!(Wrong("name one head with --head: the one the trail was made under".into()));
    };
    let context = || format!("trail {}", path.display());
    let mut bytes = Vec::new();
    let unreadable =
        |error: std::io::Error| Wrong(format!("{}: cannot be read: {error}", path.display()));
    let file = File::open(path).map_err(unreadable)?;
    file.take(TRAIL_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > TRAIL_BYTES_MAX {
        bail!(Wrong(format!("{} is longer than {TRAIL_BYTES_MAX} bytes", path.display())));
    }
    let trail: Trail = serde_json::from_slice(&bytes)
        .map_err(|error| Wrong(format!("{}: is no trail: {error}", path.display())))?;
    let records = trail.check(&head).with_context(context)?;
    if !args.json {
        let order = OrderId(trail.order);
        for (sequence, record) in &records {
            say(&trail::line(*sequence, record, order))?;
        }
    }
    print(
        args,
        &json!({
            "order": trail.order,
            "records": records.len(),
            "head": head.to_string(),
        }),
    )?;
    if !args.json {
        say("every record of the trail stands in the journal of this head, unchanged")?;
    }
    Ok(())
}

fn print(args: &VerifyArgs, report: &serde_json::Value) -> io::Result<()> {
    if args.json {
        return say(&report.to_string());
    }
    let mut pairs = report.as_object().into_iter().flatten();
    pairs.try_for_each(|(key, value)| say(&format!("{key:21} {value}")))
}
