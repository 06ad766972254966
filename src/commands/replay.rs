//! `hotline replay`: routes the orders of a journal, or of a file, once more under a new duty list, and tells what would have
//! changed. What was read out of each text then stands: candidates and place are taken as they were. Changes nothing.

mod file;
mod journal;
mod pipeline;
mod printed;
mod tally;

use std::path::PathBuf;

use clap::Args;
use hotline_engine::Rules;
use hotline_engine::accept::choose;
use hotline_engine::command::Acceptance;
use hotline_engine::directory::Directory;
use hotline_engine::precedents::Precedents;
use hotline_engine::time::{Day, Timestamp};

use crate::district::District;
use tally::{Tally, Way};

/// Options of `replay`.
#[derive(Args, Debug)]
pub struct ReplayArgs {
    /// Data folder of a hotline, or a file: decisions as `hotline route` writes them, or messages as it reads them
    source: PathBuf,
    /// Folder of the district's files with the new duty list; its confidence_min counts too
    #[arg(long, value_name = "DIR")]
    directory: PathBuf,
    /// Folder of the district's files until now, for a file: reads its messages [default: the built-in sample]
    #[arg(long, value_name = "DIR")]
    district: Option<PathBuf>,
    /// Ask the new list for this day instead of the day on which each order was accepted
    #[arg(long, value_name = "DAY", value_parser = Day::parse_in_reach)]
    on: Option<Day>,
    /// Examples in all, at most three of each change
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(0..=1_000))]
    examples: u16,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The new list, beside what it is compared with.
struct Router<'a> {
    /// Adopted after the list until now: units and matters have the ids they had.
    directory: &'a Directory,
    rules: &'a Rules,
    /// The day that counts; none: that of each order.
    on: Option<Day>,
}

impl Router<'_> {
    /// Who would get the order, as at its acceptance, by the list alone: precedents are of the list that was.
    fn route(&self, at: Timestamp, acceptance: &Acceptance) -> Way {
        let at = self.on.map_or(at, Day::start);
        Way::of(choose(self.directory, Precedents::none(), self.rules, at, acceptance))
    }
}

/// Prints what would have changed.
pub fn run(args: &ReplayArgs) -> anyhow::Result<()> {
    let new = District::load(&args.directory)?;
    let rules = new.rules()?;
    let replayed = if args.source.is_dir() {
        journal::replay(&super::folder::named(&args.source)?, &new.draft, &rules, args.on)?
    } else {
        let old = super::district::named(args.district.as_deref())?;
        file::replay(&args.source, &old, &new, &rules, args.on)?
    };
    let later = replayed.tally.last_day().filter(|_| args.on.is_none()).map(|last| {
        let later = new.draft.rows.iter().map(|row| row.from).filter(|from| *from > last);
        (later.clone().count(), later.max())
    });
    printed::tell(&replayed, later, args)
}

/// What was replayed, and with which list.
struct Replayed {
    tally: Tally,
    /// Names units, matters and places.
    directory: Directory,
    /// Orders whose records are in the archive: they were not replayed.
    archived: u64,
    /// Lines of a file that cannot be read.
    bad_lines: u64,
}
