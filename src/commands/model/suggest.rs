//! `hotline model suggest`: verdicts that no row of the duty list says, as rows that somebody may add. Changes no list.

use crate::commands::folder;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use clap::Args;
use hotline_engine::learning::{Unlisted, unlisted};
use hotline_engine::time::Timestamp;

/// Options of `model suggest`.
#[derive(Args, Debug)]
pub struct SuggestArgs {
    /// Data folder of the hotline
    data: PathBuf,
    /// Verdicts that must say the same
    #[arg(long, default_value_t = 2)]
    least: u64,
}

/// Prints CSV: matter, place, lead, the number of verdicts, and the last one's order and day; the most frequent first.
pub(super) fn run(args: &SuggestArgs) -> anyhow::Result<()> {
    let state = folder::state(&folder::named(&args.data)?)?;
    let directory = state.directory();
    let mut verdicts: BTreeMap<Unlisted, (u64, u64, Timestamp)> = BTreeMap::new();
    for order in state.orders().iter() {
        let Some(verdict) = unlisted(directory, &order) else { continue };
        let entry = verdicts.entry(verdict).or_default();
        let at = order.dispatch.as_ref().map_or(order.times.accepted, |dispatch| dispatch.at);
        *entry = (entry.0 + 1, order.number, at);
    }
    let mut rows: Vec<_> =
        verdicts.into_iter().filter(|(_, (count, ..))| *count >= args.least).collect();
    rows.sort_by_key(|(verdict, (count, ..))| (std::cmp::Reverse(*count), *verdict));
    let mut out = csv::Writer::from_writer(io::stdout().lock());
    out.write_record(["matter", "place", "lead", "verdicts", "last_order", "last_day"])?;
    for (Unlisted { matter, region, lead }, (count, number, at)) in rows {
        let code = |unit| directory.unit(unit).code.as_str();
        let place = region.map_or("", code);
        let (count, number, day) = (count.to_string(), number.to_string(), at.day().to_string());
        out.write_record([directory.matter(matter), place, code(lead), &count, &number, &day])?;
    }
    out.flush()?;
    Ok(())
}
