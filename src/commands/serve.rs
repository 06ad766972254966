//! `hotline serve`: recovers the data folder, starts the hotline, answers until it is told to stop.

mod reload;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use arc_swap::ArcSwapOption;
use clap::Args;
use hotline_engine::actor::{Actor, Role};
use hotline_engine::article::ArticleDraft;
use hotline_engine::command::{Action, Command};
use hotline_engine::digest;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{info, warn};

use super::{folder, out};
use crate::cli::{Wrong, say, show};
use crate::clock;
use crate::district::{District, DistrictError};
use crate::http::{self, App};
use crate::intake::Intake;
use crate::learning::{self, Beside, Follower};
use crate::partition::Partition;
use crate::recovery::{DataFolder, Retention};
use crate::tokens::{self, Tokens};
use crate::webhooks::{Round, WebhookError, Webhooks};

/// Where the sample keeps its data unless told otherwise.
const SAMPLE_DATA: &str = "hotline-data";
/// Bounds of the histogram of commit times, in seconds: from a fast disk to one in trouble.
const COMMIT_BUCKETS: &[f64] = &[0.000_1, 0.000_3, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0];

/// How long samples of the metrics may pile up.
const METRICS_UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Resolves when the writer has ended.
type Ended = tokio::sync::oneshot::Receiver<()>;

/// Options of `serve`.
#[derive(Args, Debug)]
pub struct ServeArgs {
    /// Serve the built-in sample district (Longhu); makes one token of each role at the first start and prints them once
    #[arg(long)]
    sample: bool,
    /// Folder of a district's files, instead of the sample
    #[arg(long, value_name = "DIR", conflicts_with = "sample")]
    district: Option<PathBuf>,
    /// Folder for journal, snapshots, models and tokens [with --sample: hotline-data]
    #[arg(long, value_name = "DIR", env = "HOTLINE_DATA")]
    data: Option<PathBuf>,
    /// Loopback address to listen on; port 0 takes any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:12345")]
    listen: SocketAddr,
    /// Let go of journal segments that two snapshots have made unneeded [default: all are kept]
    #[arg(long)]
    remove_old: bool,
    /// Copy such segments to this folder and verify them there before they are removed
    #[arg(long, value_name = "DIR", conflicts_with = "remove_old")]
    archive: Option<PathBuf>,
    /// Let whoever comes without a token in as a call-taker (for trials)
    #[arg(long)]
    open: bool,
    /// Tell the targets in this file what happens (TOML; see README)
    #[arg(long, value_name = "FILE")]
    webhooks: Option<PathBuf>,
    /// Believe the system's clock although it is days ahead of the last record
    #[arg(long)]
    accept_clock: bool,
}

/// Where a district's files are.
#[derive(Clone, Debug)]
enum Files {
    /// In the program.
    Sample,
    /// In a folder.
    Folder(PathBuf),
}

impl Files {
    fn read(&self) -> Result<District, DistrictError> {
        let district = match self {
            Files::Sample => District::sample(),
            Files::Folder(folder) => District::load(folder),
        }?;
        for (year, lacks) in district.notices_in_part() {
            warn!(year, lacks, "the holiday notice is not whole: dues in this year stay assumed");
        }
        Ok(district)
    }
}

/// Runs until SIGINT or SIGTERM, or until the disk can no longer be trusted.
pub fn run(args: &ServeArgs) -> anyhow::Result<()> {
    let files = match (&args.district, args.sample) {
        (Some(folder), _) => Files::Folder(folder.clone()),
        (None, true) => Files::Sample,
        (None, false) => return Err(wrong("say which district: --sample or --district DIR")),
    };
    let district = files.read()?;
    if !clock::is_in_reach() {
        return Err(wrong("the system's clock is outside of the years 2000 to 2100; set it right"));
    }
    let data = match (&args.data, args.sample) {
        (Some(folder), _) => folder.clone(),
        (None, true) => SAMPLE_DATA.into(),
        (None, false) => return Err(wrong("say where the data are: --data DIR")),
    };
    let folder = folder::wanted(data.as_ref())?.keeping(retention(args, &data)?);
    let metrics = metrics()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // Neither ends the process from here on: a reload that is asked for while it starts comes after that, and a write beyond the
    // largest file that is allowed is an error of the disk.
    let heard = |number| runtime.block_on(async { signal(SignalKind::from_raw(number)) });
    let hangup = heard(rustix::process::Signal::HUP.as_raw())?;
    let _too_large = heard(rustix::process::Signal::XFSZ.as_raw())?;
    // Before anything is made or shown once: the address may be taken.
    let listener = runtime.block_on(http::listen(args.listen))?;
    folder.create().with_context(|| format!("data folder {}", folder.root().display()))?;
    prove_writable(folder.root())
        .with_context(|| format!("data folder {}", folder.root().display()))?;
    let mut partition = Partition::start(&folder, district.rules()?)
        .with_context(|| format!("data folder {}", folder.root().display()))?;
    partition.knowledge = partition.knowledge.with_synonyms(Arc::clone(&district.synonyms));
    if args.accept_clock && partition.clock.confirm().is_none() {
        info!("--accept-clock: there was nothing to accept");
    }
    if let Err(refused) = adopt(&partition, &district) {
        // If the writer has ended, its own reason tells more.
        let reason = partition.stop().map_or_else(Into::into, |_| refused);
        return Err(reason.context(format!("data folder {}", folder.root().display())));
    }
    let directory = partition.published.views.directory();
    let intake = Intake::open(Some(&folder), &district, &directory)?;
    if args.sample && !folder.tokens().exists() {
        issue_sample_tokens(&folder, &district, &partition)?;
    }
    let tokens = Tokens::load(&folder.tokens(), &directory)?;
    somebody_may_come_in(&tokens, args)?;
    let webhooks = webhooks(args, &folder, &partition)?;
    runtime.spawn(upkeep(metrics.clone()));
    let standings = webhooks.as_ref().map(|it| Arc::clone(&it.standings)).unwrap_or_default();
    let app = Arc::new(App::new(&partition, intake, tokens, args.open, metrics, standings));
    let candidate: Beside = Arc::new(ArcSwapOption::from(learning::beside(&folder)));
    let follower = Follower::start(Arc::clone(&partition.published), Arc::clone(&candidate));
    let ended = partition.take_ended();
    runtime.block_on(async {
        // Heard from before anybody can know that we listen.
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        let told = args.webhooks.clone().zip(webhooks.as_ref().map(Webhooks::rounds));
        let folder = folder.clone();
        let sources = reload::Sources { files, folder, candidate, webhooks: told };
        let reloading = reload::at_each(hangup, sources, Arc::clone(&app));
        // Nobody need read it.
        _ = say(&format!("listening on http://{}", listener.local_addr()?));
        tokio::select! {
            () = http::serve(app, listener, stopped(terminate, interrupt, ended)) => {}
            () = reloading => {}
        }
        anyhow::Ok(())
    })?;
    // Whatever request still holds the way in is cut off before the writer is waited for.
    drop(runtime);
    follower.stop();
    webhooks.into_iter().for_each(Webhooks::stop);
    stop(partition, &folder)
}

fn somebody_may_come_in(tokens: &Tokens, args: &ServeArgs) -> anyhow::Result<()> {
    if tokens.is_empty() && !args.open {
        return Err(wrong(
            "nobody may come in: make an admin token first (`hotline token --role admin --name NAME`), then those of the desk \
             and the units; or serve with --open",
        ));
    }
    Ok(())
}

/// What a stop notes, and a snapshot, may have to be made in it only after hours: that it may be is known before it serves.
fn prove_writable(folder: &Path) -> io::Result<()> {
    match tempfile::Builder::new().prefix(".proof").tempfile_in(folder) {
        Err(error) if error.kind() == io::ErrorKind::StorageFull => Ok(()),
        other => other.map(drop),
    }
}

/// What becomes of old segments. An archive inside the data folder is refused: a segment that lies there already would be taken for
/// its own copy.
fn retention(args: &ServeArgs, data: &Path) -> anyhow::Result<Retention> {
    let archive = match (&args.archive, args.remove_old) {
        (Some(archive), _) => archive,
        (None, true) => return Ok(Retention::Remove),
        (None, false) => return Ok(Retention::KeepAll),
    };
    let parts = [data.to_owned(), data.join("journal"), data.join("snapshots")];
    if parts.iter().any(|part| out::real(archive).starts_with(out::real(part))) {
        return Err(wrong("--archive: lies in the data folder; a copy there would be none"));
    }
    out::prove(&archive.join("segment"))
        .map_err(|_| wrong("--archive: is a part of another hotline's data folder"))?;
    std::fs::create_dir_all(archive).map_err(|error| {
        Wrong(format!("--archive: {} cannot be a folder: {error}", archive.display()))
    })?;
    Ok(Retention::Archive(archive.clone()))
}

/// Lets the writer end, and notes how far it came.
fn stop(partition: Partition, folder: &DataFolder) -> anyhow::Result<()> {
    let state =
        partition.stop().context("stopped: the disk cannot be trusted; restart to recover")?;
    let (records, digest) = (state.records_count(), digest(&state));
    let noted = folder.note_stop(records);
    if !noted.with_context(|| format!("data folder {}", folder.root().display()))? {
        warn!("the disk is full: all is committed, but how far the journal reaches is not noted");
    }
    info!(records, %digest, "stopped");
    Ok(())
}

/// Starts to tell the targets, if there is a file of them.
fn webhooks(
    args: &ServeArgs,
    folder: &DataFolder,
    partition: &Partition,
) -> Result<Option<Webhooks>, WebhookError> {
    let Some(file) = &args.webhooks else { return Ok(None) };
    let round = Round::load(file, &partition.published.views.directory())?;
    Webhooks::start(folder, partition, round).map(Some)
}

/// Resolves when the process is told to stop, or the writer has ended by itself.
async fn stopped(mut terminate: Signal, mut interrupt: Signal, ended: Option<Ended>) {
    let writer = async {
        match ended {
            // The sender is dropped, never used: the writer ends by ending.
            Some(ended) => drop(ended.await),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = writer => {}
    }
}

/// Folds what was measured into the histograms: without it the samples pile up until somebody asks for them.
async fn upkeep(metrics: PrometheusHandle) {
    let mut every = tokio::time::interval(METRICS_UPKEEP_EVERY);
    loop {
        every.tick().await;
        metrics.run_upkeep();
    }
}

/// Puts the district in force: its directory when it differs from the one adopted, its articles at the first start, and at the
/// next ones what that did not come to.
fn adopt(partition: &Partition, district: &District) -> anyhow::Result<()> {
    let adopted = partition.published.views.directory();
    let never_written =
        |draft: &&ArticleDraft| partition.published.views.life(&draft.article.id).is_none();
    let lacks_some =
        adopted.version <= 1 && district.articles.last().as_ref().is_some_and(never_written);
    let submit = |action| {
        let command = Command { actor: Actor::system(), seen: None, action };
        partition.desk.submit_blocking(command)
    };
    if adopted.fingerprint() != district.draft.fingerprint() {
        submit(Action::AdoptDirectory(Box::new(district.draft.clone())))?;
        info!(
            version = adopted.version + 1,
            source = district.draft.source,
            "adopted the directory"
        );
    }
    if lacks_some {
        for draft in district.articles.iter().filter(never_written) {
            submit(Action::PutArticle(Box::new(draft.clone())))
                .with_context(|| format!("article `{}`", draft.article.id))?;
        }
    }
    Ok(())
}

/// Makes one token of each role and prints them: the only time they can be seen.
fn issue_sample_tokens(
    folder: &DataFolder,
    district: &District,
    partition: &Partition,
) -> anyhow::Result<()> {
    let directory = partition.published.views.directory();
    let busiest = busiest_unit(district).context("the sample has orders")?;
    let mut lines = vec!["tokens, shown this once (make more with `hotline token`):".to_owned()];
    for &role in Role::ALL.iter().filter(|&&role| role != Role::System) {
        let units = (role == Role::Handler).then(|| vec![busiest.to_owned()]);
        let name = format!("sample-{}", role.code());
        let token = tokens::issue(&folder.tokens(), &directory, &name, role, units.clone())?;
        let of = units.map_or(String::new(), |units| format!(" of {}", units.join(", ")));
        lines.push(format!("  {token}  {} ({}){of}", role.code(), role.label()));
    }
    show(&lines.join("\n")).or_else(|unseen| {
        // Nobody has seen them: the next start makes others.
        std::fs::remove_file(folder.tokens())?;
        Err(unseen).context("the tokens cannot be shown, and are not kept")
    })
}

/// The unit that leads most of the sample's orders: its handler has the most to do in a tour.
fn busiest_unit(district: &District) -> Option<&str> {
    let mut counts = std::collections::BTreeMap::new();
    for order in &district.orders {
        *counts.entry(order.lead.as_str()).or_insert(0_u32) += 1;
    }
    counts.into_iter().max_by_key(|&(_, count)| count).map(|(unit, _)| unit)
}

fn metrics() -> anyhow::Result<PrometheusHandle> {
    let commit = Matcher::Full("hotline_commit_duration_seconds".into());
    let builder = PrometheusBuilder::new().set_buckets_for_metric(commit, COMMIT_BUCKETS)?;
    Ok(builder.install_recorder()?)
}

fn wrong(what: &str) -> anyhow::Error {
    Wrong(what.to_owned()).into()
}
