//! `hotline model promote` and `rollback`: what serves from the next signal on. A candidate that is not better is refused.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::TAKE_OVER;
use crate::cli::{Wrong, say};
use crate::commands::folder;
use crate::learning::{self, Gathered, Serving};
use crate::model_cards::Cards;

/// Options of `model promote`.
#[derive(Args, Debug)]
pub struct PromoteArgs {
    /// Data folder of the hotline
    data: PathBuf,
    /// The candidate
    id: String,
    /// Folder of the district's files [default: the built-in sample]
    #[arg(long, value_name = "DIR")]
    district: Option<PathBuf>,
}

/// Options of `model rollback`.
#[derive(Args, Debug)]
pub struct RollbackArgs {
    /// Data folder of the hotline
    data: PathBuf,
}

/// Judges the candidate once more, with the orders since, and has it serve.
pub(super) fn run(args: &PromoteArgs) -> anyhow::Result<()> {
    let folder = folder::named(&args.data)?;
    let district = crate::commands::district::named(args.district.as_deref())?;
    let cards = Cards::of(&folder);
    let card = cards.read(&args.id)?;
    let serving = Serving::of(&folder, &district)?;
    if card.id == serving.card.id {
        bail!(Wrong(format!("{} serves already", card.id)));
    }
    if card.parent.as_ref() != Some(&serving.card.id) {
        let parent = card.parent.as_deref().unwrap_or("no model");
        let reason =
            format!("it was compared with {parent}, and {} serves: learn anew", serving.card.id);
        bail!(Wrong(format!("{}: {reason}", card.id)));
    }
    let gathered = Gathered::of(&folder::state(&folder)?, &district);
    let live = learning::live(&folder, &card, &district, &gathered, &serving)?;
    let verdict = learning::verdict(&card, live.paired);
    if !verdict.is_better() {
        say(&verdict.words())?;
        bail!(Wrong(format!(
            "{} is not promoted: it is not better than {}",
            card.id, serving.card.id
        )));
    }
    cards.promote(&card.id, (!serving.promoted).then_some(&serving.card))?;
    say(&verdict.words())?;
    Ok(say(&format!("{} serves in the place of {}: {TAKE_OVER}", card.id, serving.card.id))?)
}

/// Puts the model back that served before.
pub(super) fn roll_back(args: &RollbackArgs) -> anyhow::Result<()> {
    let id = Cards::of(&folder::named(&args.data)?).roll_back()?;
    Ok(say(&format!("{id} serves again: {TAKE_OVER}"))?)
}
