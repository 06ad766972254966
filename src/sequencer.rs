//! The single writer of a partition. Gives commands their order, commits what they cause, then lets it be seen.
//!
//! Decides nothing itself, and reads no text: what a command needs was found out before it was queued.

#[cfg(test)]
mod full;
mod moving;
mod publishing;
#[cfg(test)]
mod stalled;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;
use hotline_engine::actor::Actor;
use hotline_engine::command::{Action, Command};
use hotline_engine::decide::TICK_EVENTS_MAX;
use hotline_engine::order::{Caller, OrderId};
use hotline_engine::{Event, Record, Rejection, Rules, State, decide};
use hotline_journal::{Journal, JournalError, RECORD_BYTES_MAX};
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::codec::{self, CodecError};
use crate::lanes::{self, BundleReply, Desk, Outcomes, Queues, Reply, Submission};
use crate::notices::Notice;
use crate::partition::Published;
use crate::room::Room;
use crate::shelf::{ShelfFault, guarded};

pub(crate) use self::moving::Moving;

/// Commands committed by one sync: bounds how long the first of a batch waits for the last.
pub const BATCH_MAX: usize = 1_024;
/// Bytes a batch may take: reserved on the disk before any of it is decided.
pub(crate) const BATCH_BYTES_MAX: usize = 8 << 20;
/// How often the writer asks which dues have passed.
const TICK_EVERY: Duration = Duration::from_secs(1);

/// What a granted command came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The order it made or changed.
    pub order: Option<OrderId>,
    /// Whether it was a repeated request that had been answered before.
    pub repeated: bool,
    /// Whether the service that it tells of is rated now.
    pub rated: bool,
    /// Who is behind the order, if that was asked for and granted.
    pub caller: Option<Caller>,
}

/// Why a command was not granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The engine says no.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The queue is full: try again soon.
    #[error("the hotline is busy; try again in a second")]
    Busy,
    /// The disk is full: nothing new can be accepted.
    #[error("the disk of the hotline is full; nothing was accepted")]
    NoSpace,
    /// What it says does not fit a record of the journal.
    #[error("the request makes a record of {bytes} bytes; the journal takes {bytes_max}")]
    TooLong {
        /// Of the record.
        bytes: usize,
        /// Of the longest record.
        bytes_max: usize,
    },
    /// The hotline is stopping.
    #[error("the hotline is stopping")]
    Stopping,
    /// The disk failed while it was written: it may be found there at the next start, or not.
    #[error(
        "the disk failed while this was written: whether it is kept shows when the hotline is up again; with the same Idempotency-Key it is not taken twice"
    )]
    Unknown,
}

impl Refusal {
    /// A word for metrics.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Rejected(_) => "rejected",
            Refusal::Busy => "busy",
            Refusal::NoSpace => "no-space",
            Refusal::TooLong { .. } => "too-long",
            Refusal::Stopping => "stopping",
            Refusal::Unknown => "unknown",
        }
    }
}

/// The order that a command is about: the one it makes, or the one it names.
fn order_of(action: &Action, events: &[Event]) -> Option<OrderId> {
    let made = events.iter().find(|event| matches!(event, Event::Accepted { .. }));
    made.and_then(Event::order).or_else(|| action.order())
}

/// Why the writer stopped before it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum WriterError {
    /// The disk cannot be trusted any more: recover from it, never retry.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A record could not be encoded.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// An order that lies on disk cannot be had: nothing that is decided without it could be right.
    #[error(transparent)]
    Shelf(#[from] ShelfFault),
}

/// The writer's thread.
pub(crate) type Writer = JoinHandle<Result<State, WriterError>>;

/// What the writer works with.
#[derive(Debug)]
pub(crate) struct Sequencer {
    pub(crate) state: State,
    pub(crate) rules: Arc<arc_swap::ArcSwap<Rules>>,
    pub(crate) journal: Journal,
    pub(crate) published: Arc<Published>,
    pub(crate) room: Room,
    /// Reserved for a batch.
    pub(crate) batch_bytes: usize,
    pub(crate) clock: Arc<Clock>,
    pub(crate) moving: Moving,
}

impl Sequencer {
    /// Starts the writer. It gives the state back when every [`Desk`] is gone, or the error that ended it; the
    /// receiver resolves when it has ended.
    pub(crate) fn start(self) -> (Desk, Writer, oneshot::Receiver<()>) {
        let (desk, queues) = lanes::lanes();
        let (alive, ended) = oneshot::channel();
        let writer = std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || {
                let _alive: oneshot::Sender<()> = alive;
                guarded(|| self.run(&queues))
            })
            .expect("the system can start a thread");
        (desk, writer, ended)
    }

    fn run(mut self, queues: &Queues) -> Result<State, WriterError> {
        let mut batch = Batch::default();
        let mut tick_at = Instant::now();
        loop {
            let first = match queues.next(tick_at) {
                Ok(submission) => Some(submission),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Ok(self.state),
            };
            if Instant::now() < tick_at {
                self.turn(&mut batch, first, queues)?;
                continue;
            }
            let more = self.turn_with_tick(&mut batch, first, queues)?;
            // As much as one tick may bring on: the rest comes behind the commands that wait now.
            tick_at = Instant::now() + if more { Duration::ZERO } else { TICK_EVERY };
        }
    }

    /// One batch: what waits, committed and told.
    pub(crate) fn turn(
        &mut self,
        batch: &mut Batch,
        first: Option<Submission>,
        queues: &Queues,
    ) -> Result<(), WriterError> {
        if let Some(first) = first {
            self.take(batch, first, queues)?;
        }
        self.commit(batch)
    }

    /// The same, and the dues that have passed meanwhile; says whether more may have.
    pub(crate) fn turn_with_tick(
        &mut self,
        batch: &mut Batch,
        first: Option<Submission>,
        queues: &Queues,
    ) -> Result<bool, WriterError> {
        if let Some(first) = first {
            self.take(batch, first, queues)?;
        }
        let more = self.tick(batch)?;
        self.commit(batch)?;
        self.published.figures.publish(self.state.figures());
        self.published.views.put_precedents(self.state.precedents());
        self.moving.go_on(&mut self.state, &self.published.views);
        Ok(more)
    }

    /// Decides `first` and what else waits, up to the bounds of a batch. What nobody waits for any more is left undone:
    /// its client was told that it took too long, and may have asked again.
    fn take(
        &mut self,
        batch: &mut Batch,
        first: Submission,
        queues: &Queues,
    ) -> Result<(), WriterError> {
        let mut full = !self.reserve()?;
        let (mut next, mut taken) = (Some(first), 0);
        while let Some(submission) = next {
            taken += submission.commands_count();
            match submission {
                gone if !gone.is_awaited() => {
                    metrics::counter!("hotline_abandoned_total").increment(1);
                }
                Submission::One(command, reply) => {
                    let outcome = self.outcome(batch, full, &command)?;
                    batch.replies.push((reply, outcome));
                }
                Submission::Bundle(commands, reply) => {
                    match self.outcomes(batch, &mut full, &commands) {
                        Ok(outcomes) => batch.bundles.push((reply, outcomes)),
                        Err(error) => {
                            // A part may have been committed before.
                            drop(reply.send(vec![Err(Refusal::Unknown); commands.len()]));
                            return Err(error);
                        }
                    }
                }
            }
            let room = taken < BATCH_MAX && !self.is_filled();
            next = if room { queues.try_next() } else { None };
        }
        Ok(())
    }

    /// Whether the longest record might not fit behind what is there.
    fn is_filled(&self) -> bool {
        let begun_bytes_max = self.batch_bytes - RECORD_BYTES_MAX.min(self.batch_bytes / 2);
        self.journal.pending_bytes() >= begun_bytes_max
    }

    /// What becomes of each command of a bundle. What a batch has no room for goes into the next one.
    fn outcomes(
        &mut self,
        batch: &mut Batch,
        full: &mut bool,
        commands: &[Command],
    ) -> Result<Outcomes, WriterError> {
        let mut outcomes = Outcomes::with_capacity(commands.len());
        for command in commands {
            if self.is_filled() {
                self.commit(batch)?;
                *full = !self.reserve()?;
            }
            outcomes.push(self.outcome(batch, *full, command)?);
        }
        Ok(outcomes)
    }

    fn outcome(
        &mut self,
        batch: &mut Batch,
        full: bool,
        command: &Command,
    ) -> Result<Result<Done, Refusal>, WriterError> {
        if full { Ok(Err(Refusal::NoSpace)) } else { self.decide(batch, command) }
    }

    /// Makes sure that the disk has room for a batch.
    fn reserve(&mut self) -> Result<bool, WriterError> {
        Ok(self.room.reserve(&mut self.journal, self.batch_bytes, &self.published)?)
    }

    fn decide(
        &mut self,
        batch: &mut Batch,
        command: &Command,
    ) -> Result<Result<Done, Refusal>, WriterError> {
        if self.room.refuses(&command.action, &self.state) {
            return Ok(Err(Refusal::NoSpace));
        }
        let at = self.clock.now().max(self.state.at());
        let mut events = Vec::new();
        let rules = self.rules.load();
        if let Err(rejection) = decide(&self.state, &rules, at, command, &mut events) {
            return Ok(Err(rejection.into()));
        }
        drop(rules);
        if events.is_empty() {
            let order = self.repeated(command);
            let rated = self.is_rated(&command.action);
            return Ok(Ok(Done { order, repeated: true, rated, caller: None }));
        }
        let order = order_of(&command.action, &events);
        // What time brought on is nobody's doing: a record, and a notice, of its own.
        let by_time = events.iter().take_while(|event| matches!(event, Event::DuePassed { .. }));
        let passed_count = by_time.count();
        for event in events.drain(..passed_count) {
            self.record(batch, Record { at, actor: Actor::system(), events: vec![event] })?;
        }
        match self.record(batch, Record { at, actor: command.actor.clone(), events }) {
            // Nothing was appended or applied.
            Err(WriterError::Journal(JournalError::RecordTooLong { bytes, bytes_max })) => {
                Ok(Err(Refusal::TooLong { bytes, bytes_max }))
            }
            recorded => recorded.map(|()| {
                let caller = revealed(&self.state, &command.action);
                let rated = self.is_rated(&command.action);
                Ok(Done { order, repeated: false, rated, caller })
            }),
        }
    }

    fn is_rated(&self, action: &Action) -> bool {
        let Action::ReportService(report) = action else { return false };
        self.state.service(&report.case).is_some_and(|service| service.rating.is_some())
    }

    /// The order that an earlier request for the same made.
    fn repeated(&self, command: &Command) -> Option<OrderId> {
        match &command.action {
            Action::Accept(acceptance) => self.state.accepted_before(acceptance),
            Action::ReportService(report) => {
                self.state.service(&report.case)?.rating.as_ref()?.order
            }
            other => other.order(),
        }
    }

    /// Lets dues pass; says whether there may be more. Each is a record of its own: they have nothing to do with each other.
    fn tick(&mut self, batch: &mut Batch) -> Result<bool, WriterError> {
        self.room.tick(&mut self.journal, self.batch_bytes, &self.published)?;
        let at = self.clock.now().max(self.state.at());
        let command = Command { actor: Actor::system(), seen: None, action: Action::Tick };
        let mut events = Vec::new();
        if decide(&self.state, &self.rules.load(), at, &command, &mut events).is_err() {
            unreachable!("the system may always tick");
        }
        if events.is_empty() && !self.published.disk_full.load(Ordering::Relaxed) {
            return Ok(false);
        }
        // No space to note it: the dues stay in the timers and pass at a later tick.
        if !self.reserve()? {
            return Ok(false);
        }
        let more = events.len() >= TICK_EVENTS_MAX;
        for event in events {
            self.record(batch, Record { at, actor: Actor::system(), events: vec![event] })?;
        }
        Ok(more)
    }

    fn record(&mut self, batch: &mut Batch, record: Record) -> Result<(), WriterError> {
        codec::encode_record(&record, &mut batch.bytes)?;
        let sequence = self.journal.append(&batch.bytes)?;
        batch.notices.extend(Notice::applying(&mut self.state, &record));
        debug_assert_eq!(sequence, self.state.records_count(), "one record a sequence");
        batch.records.push(record);
        Ok(())
    }

    /// One sync for the whole batch; then views, then watchers, then replies: commit, then tell.
    fn commit(&mut self, batch: &mut Batch) -> Result<(), WriterError> {
        if !batch.records.is_empty() {
            let started = Instant::now();
            let head = self.journal.commit().inspect_err(|_| batch.leave_open())?;
            let took = started.elapsed();
            metrics::histogram!("hotline_commit_duration_seconds").record(took);
            self.published.note_commit(took);
            metrics::counter!("hotline_records_total").increment(batch.records.len() as u64);
            // First the directory: an order may name a unit that is new in it.
            let adopts = |event: &Event| matches!(event, Event::DirectoryAdopted(_));
            if batch.records.iter().flat_map(|record| &record.events).any(adopts) {
                self.publish_directory();
            }
            for notice in &batch.notices {
                self.published.views.publish(&notice.order);
            }
            for record in &batch.records {
                for event in &record.events {
                    self.published.views.note_recent(record.at, event);
                    self.publish(event);
                }
            }
            self.publish_changes(&batch.records);
            self.published.notices.publish(batch.notices.drain(..), head);
            batch.records.clear();
        }
        for (reply, outcome) in batch.replies.drain(..) {
            // Nobody waits any more: the client went away, and his order stands all the same.
            drop(reply.send(outcome));
        }
        for (reply, outcomes) in batch.bundles.drain(..) {
            drop(reply.send(outcomes));
        }
        Ok(())
    }
}

/// Who is behind the order, for a look that was granted.
fn revealed(state: &State, action: &Action) -> Option<Caller> {
    match action {
        Action::Reveal { order, .. } => state.caller(*order).cloned(),
        _ => None,
    }
}

/// What is decided but not yet committed. Reused.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    records: Vec<Record>,
    notices: Vec<Notice>,
    replies: Vec<(Reply, Result<Done, Refusal>)>,
    bundles: Vec<(BundleReply, Outcomes)>,
}

impl Batch {
    /// Tells all who wait that nobody knows whether theirs is kept: what a failed sync had to make durable may be so. Nor does a no
    /// of the engine stand, since it may rest on what was not kept.
    fn leave_open(&mut self) {
        let unknown = |outcome| match outcome {
            Ok(_) | Err(Refusal::Rejected(_)) => Err(Refusal::Unknown),
            sure => sure,
        };
        for (reply, outcome) in self.replies.drain(..) {
            drop(reply.send(unknown(outcome)));
        }
        for (reply, outcomes) in self.bundles.drain(..) {
            drop(reply.send(outcomes.into_iter().map(unknown).collect()));
        }
    }
}
