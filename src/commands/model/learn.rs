//! `hotline model learn`: trains aside, and keeps the candidate with its card. What serves stays as it is.

use std::io;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::TAKE_OVER;
use crate::cli::{Wrong, say};
use crate::clock;
use crate::commands::folder;
use crate::learning::{self, Gathered, LESSONS_MAX, Serving};
use crate::model_cards::{Card, Cards};
use crate::partition::give_way;

/// Options of `model learn`.
#[derive(Args, Debug)]
pub struct LearnArgs {
    /// Data folder of the hotline
    data: PathBuf,
    /// Folder of the district's files [default: the built-in sample]
    #[arg(long, value_name = "DIR")]
    district: Option<PathBuf>,
    /// Another seed gives a model that differs in the last digits
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Who has it trained, for the card
    #[arg(long, value_name = "NAME", env = "USER", default_value = "unknown")]
    by: String,
}

/// Trains, judges and keeps.
pub(super) fn run(args: &LearnArgs) -> anyhow::Result<()> {
    let folder = folder::named(&args.data)?;
    let district = crate::commands::district::named(args.district.as_deref())?;
    let files = learning::hashed_files(args.district.as_deref())?;
    // Nobody waits for it, and a hotline may run beside it.
    give_way();
    let state = folder::state(&folder)?;
    let gathered = Gathered::of(&state, &district);
    if gathered.told().is_empty() {
        let reason =
            "no order teaches anything yet: none was decided by a dispatcher, returned or closed";
        bail!(Wrong(format!("{}: {reason}", args.data.display())));
    }
    let serving = Serving::of(&folder, &district)?;
    let candidate = learning::candidate(&state, &district, &gathered, &serving, args.seed)?;
    let card = Card {
        trained_at: clock::now().to_string(),
        trained_by: args.by.clone(),
        files,
        ..candidate.card
    };
    if card.id == serving.card.id {
        bail!(Wrong(format!("{} serves already: there is nothing new to learn", card.id)));
    }
    let cards = Cards::of(&folder);
    for (name, bytes) in &candidate.groups {
        cards.put_group(&card.id, name, bytes)?;
    }
    cards.keep(&card, &candidate.reader.to_bytes())?;
    Ok(tell(&card, &gathered)?)
}

fn tell(card: &Card, gathered: &Gathered) -> io::Result<()> {
    say(&format!("candidate  {} (beside {})", card.id, card.parent.as_deref().unwrap_or("none")))?;
    let sources: Vec<String> =
        card.by_source.iter().map(|(source, count)| format!("{source} {count}")).collect();
    say(&format!("learnt     {}", sources.join(", ")))?;
    say(&format!("corrected  {} of {} lessons", card.corrected, gathered.told().len()))?;
    if card.left_out > 0 {
        say(&format!(
            "left out   {} lessons about matters that the files do not list",
            card.left_out
        ))?;
    }
    if gathered.forgotten() > 0 {
        say(&format!(
            "forgotten  {} lessons older than the newest {LESSONS_MAX}",
            gathered.forgotten()
        ))?;
    }
    match &card.time_split {
        Some(split) => {
            let left_out = format!("{} like an earlier one left out", split.alike);
            say(&format!(
                "time split from {}, {} lessons before it, {left_out}",
                split.from, split.older
            ))?;
        }
        None => say("time split too few orders that the serving model has not learnt from")?,
    }
    say(&format!("           {}", learning::verdict(card, Default::default()).words()))?;
    say(&format!("it predicts beside the serving model from now on: {TAKE_OVER}"))
}
