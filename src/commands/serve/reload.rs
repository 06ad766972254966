//! Takes over what the district's files and the tokens say now, without a stop: on SIGHUP. What is wrong changes nothing.

use std::sync::Arc;

use anyhow::Context;
use hotline_engine::actor::Actor;
use hotline_engine::command::{Action, Command};
use tokio::signal::unix::Signal;
use tokio::task::spawn_blocking;
use tracing::{error, info};

use super::Files;
use crate::http::App;
use crate::intake::Intake;
use crate::recovery::DataFolder;
use crate::tokens::Tokens;

/// Reloads at every signal, one after the other.
pub(super) async fn at_each(mut hangup: Signal, files: Files, folder: DataFolder, app: Arc<App>) {
    while hangup.recv().await.is_some() {
        match reload(&files, &folder, &app).await {
            Ok(()) => info!("the district's files and the tokens are in force"),
            Err(error) => error!(error = format!("{error:#}"), "not taken over; what was stays"),
        }
    }
}

/// Rules, directory, model, tokens. Articles stay as they are: they are written over HTTP.
async fn reload(files: &Files, folder: &DataFolder, app: &App) -> anyhow::Result<()> {
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
    let folder = folder.clone();
    let intake =
        spawn_blocking(move || Intake::open(Some(&folder), &district, &directory)).await??;
    if differs {
        let action = Action::AdoptDirectory(Box::new(draft));
        let command = Command { actor: Actor::system(), seen: None, action };
        app.submit(command).await.context("the directory")?;
    }
    app.take_over(rules, intake, tokens);
    Ok(())
}
