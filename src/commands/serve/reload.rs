//! Takes over what the district's files and the tokens say now, without a stop: on SIGHUP. What is wrong changes nothing.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use hotline_engine::actor::Actor;
use hotline_engine::command::{Action, Command};
use tokio::signal::unix::Signal;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tracing::{error, info};

use super::Files;
use crate::cli::in_one_line;
use crate::http::App;
use crate::intake::{Intake, IntakeError};
use crate::learning::{self, Beside};
use crate::recovery::DataFolder;
use crate::tokens::Tokens;
use crate::webhooks::Round;

/// What is read again.
pub(super) struct Sources {
    pub(super) files: Files,
    pub(super) folder: DataFolder,
    /// The model that predicts beside the serving one.
    pub(super) candidate: Beside,
    /// The file of webhook targets, and the way to those who tell them.
    pub(super) webhooks: Option<(PathBuf, mpsc::Sender<Round>)>,
}

/// Reloads at every signal, one after the other.
pub(super) async fn at_each(mut hangup: Signal, sources: Sources, app: Arc<App>) {
    while hangup.recv().await.is_some() {
        match reload(&sources, &app).await {
            Ok(()) => info!("the district's files and the tokens are in force"),
            Err(error) => error!(error = in_one_line(&error), "not taken over; what was stays"),
        }
    }
}

/// Rules, directory, models, tokens, webhook targets. Articles stay as they are: they are written over HTTP.
async fn reload(sources: &Sources, app: &App) -> anyhow::Result<()> {
    let Sources { files, folder, candidate, webhooks } = sources;
    // Reading takes a moment and training seconds: neither may hold up those who answer.
    let read = files.clone();
    let district = spawn_blocking(move || read.read()).await??;
    let rules = district.rules()?;
    // Everything is made ready before anything is in force.
    let draft = district.draft.clone();
    let before = app.directory();
    let differs = before.fingerprint() != draft.fingerprint();
    let directory = if differs { Arc::new(draft.adopted_by(&before)) } else { before };
    let tokens = Tokens::load(&folder.tokens(), &directory)?;
    let round = webhooks.as_ref().map(|(file, _)| Round::load(file, &directory)).transpose()?;
    let folder = folder.clone();
    let models = spawn_blocking(move || -> Result<_, IntakeError> {
        let intake = Intake::open(Some(&folder), &district, &directory)?;
        Ok((intake, learning::beside(&folder)))
    });
    let (intake, beside) = models.await??;
    if differs {
        let action = Action::AdoptDirectory(Box::new(draft));
        let command = Command { actor: Actor::system(), seen: None, action };
        app.submit(command).await.context("the directory")?;
    }
    app.take_over(rules, intake, tokens);
    candidate.store(beside);
    if let Some((round, (_, rounds))) = round.zip(webhooks.as_ref()) {
        rounds.send(round).await.context("the webhook targets")?;
    }
    Ok(())
}
