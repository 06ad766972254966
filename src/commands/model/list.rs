//! `hotline model list`: which models there are, what each learnt, which one serves, and how the candidate does.

use std::io;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::cli::say;
use crate::commands::folder;
use crate::learning::{self, Compared, Gathered, Serving};
use crate::model_cards::{Card, Cards, Orders};

/// Options of `model list`.
#[derive(Args, Debug)]
pub struct ListArgs {
    /// Data folder of the hotline
    data: PathBuf,
    /// Folder of the district's files [default: the built-in sample]
    #[arg(long, value_name = "DIR")]
    district: Option<PathBuf>,
    /// Print one JSON object with whole cards
    #[arg(long)]
    json: bool,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Listed<'a> {
    serving: &'a Card,
    candidate: Option<&'a str>,
    /// On the orders since the candidate was trained, by the orders themselves.
    live: Option<Orders>,
    models: &'a [Card],
}

/// Prints the list.
pub(super) fn run(args: &ListArgs) -> anyhow::Result<()> {
    let folder = folder::named(&args.data)?;
    let district = crate::commands::district::named(args.district.as_deref())?;
    let cards = Cards::of(&folder);
    let (standing, models) = (cards.standing()?, cards.all()?);
    let serving = Serving::of(&folder, &district)?;
    let candidate = models.iter().find(|card| standing.candidate.as_ref() == Some(&card.id));
    let live = match candidate {
        Some(card) => {
            let gathered = Gathered::of(&folder::state(&folder)?, &district);
            Some(learning::live(&folder, card, &district, &gathered, &serving)?)
        }
        None => None,
    };
    if args.json {
        let listed = Listed {
            serving: &serving.card,
            candidate: candidate.map(|card| card.id.as_str()),
            live: live.map(|live| live.paired.into()),
            models: &models,
        };
        return Ok(say(&serde_json::to_string_pretty(&listed)?)?);
    }
    Ok(print(&serving, &models, candidate, live)?)
}

fn print(
    serving: &Serving,
    models: &[Card],
    candidate: Option<&Card>,
    live: Option<Compared>,
) -> io::Result<()> {
    if !serving.promoted {
        say(&line(&serving.card, "serving"))?;
    }
    for card in models {
        let standing = match card {
            card if serving.promoted && card.id == serving.card.id => "serving",
            card if Some(card) == candidate => "candidate",
            _ => "",
        };
        say(&line(card, standing))?;
    }
    if let (Some(card), Some(live)) = (candidate, live) {
        let verdict = learning::verdict(card, live.paired);
        let Compared { paired, alike } = live;
        let orders = paired.orders();
        say(&format!(
            "candidate {}: {orders} orders since its training, {alike} like an earlier one left out",
            card.id
        ))?;
        let (own, other) = (paired.candidate_right(), paired.serving_right());
        say(&format!(
            "  right there: candidate {own}, serving {other}; with the time split: {}",
            verdict.words()
        ))?;
    }
    Ok(())
}

fn line(card: &Card, standing: &str) -> String {
    let learnt: u64 = card.by_source.values().sum();
    let of = card.span.as_ref().map_or(String::from("the district's files"), |span| {
        format!("orders {} to {}", span.first_order, span.last_order)
    });
    let parent = card.parent.as_deref().unwrap_or("-");
    let (id, at, by) = (&card.id, &card.trained_at, &card.trained_by);
    format!("{id}  {standing:9}  {at}  by {by}  parent {parent}  {learnt} examples of {of}")
}
