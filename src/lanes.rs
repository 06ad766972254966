//! The ways to the writer: three bounded lanes, so that a burst of new orders neither delays an urgent one nor shuts out
//! those who sign, reply and close. Decides nothing, and waits for nobody: a full lane says so at once.

use std::cell::Cell;
use std::time::Instant;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError};
use hotline_engine::command::{Action, Command};
use hotline_engine::order::Urgency;
use tokio::sync::oneshot;

use crate::sequencer::{Done, Refusal};

/// New orders waiting for the writer: a second of a full load, so that waiting longer is refused instead.
pub const FRESH_MAX: usize = 8_192;
/// Work on orders that are there already: every desk of a city at once. Finishing work is what ends an overload.
pub const HANDLING_MAX: usize = 4_096;
/// Urgent orders waiting: ten times what a full load brings in a second (3 % of a district's orders are urgent).
pub const URGENT_MAX: usize = 1_024;

/// Which way a command takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lane {
    /// Urgent orders, and hand-overs to emergency numbers: before all others.
    Urgent,
    /// Whatever is done to an order that is there already.
    Handling,
    /// New orders that can wait a second, and what comes in bulk: articles, grades, counts of calls.
    Fresh,
}

impl Lane {
    /// By what is asked for alone: the city's orders are urgent when their words are, since its platform can try again.
    fn of(action: &Action) -> Lane {
        match action {
            Action::Accept(acceptance) if acceptance.urgency != Urgency::Normal => Lane::Urgent,
            Action::Transfer { .. } => Lane::Urgent,
            Action::AdoptDirectory(_) => Lane::Handling,
            other if other.order().is_some() => Lane::Handling,
            _ => Lane::Fresh,
        }
    }
}

/// Where the answer to one command goes.
pub(crate) type Reply = oneshot::Sender<Result<Done, Refusal>>;

/// A command and who waits for its answer.
pub(crate) struct Submission {
    pub(crate) command: Command,
    pub(crate) reply: Reply,
}

impl Submission {
    /// Whether somebody still waits: the client may have gone away, or have been told that it took too long.
    pub(crate) fn is_awaited(&self) -> bool {
        !self.reply.is_closed()
    }
}

impl std::fmt::Debug for Submission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Submission({})", self.command.action.name())
    }
}

/// The way in: hands commands to the writer. Cheap to clone; the writer ends when the last one is dropped.
#[derive(Clone, Debug)]
pub struct Desk {
    urgent: Sender<Submission>,
    handling: Sender<Submission>,
    fresh: Sender<Submission>,
}

/// The other end of a [`Desk`].
#[derive(Debug)]
pub(crate) struct Queues {
    urgent: Receiver<Submission>,
    handling: Receiver<Submission>,
    fresh: Receiver<Submission>,
    /// Whether a new order is next: the two lanes take turns, so that neither starves the other.
    fresh_next: Cell<bool>,
}

/// Both ends, with nothing waiting.
pub(crate) fn lanes() -> (Desk, Queues) {
    let (urgent, from_urgent) = crossbeam_channel::bounded(URGENT_MAX);
    let (handling, from_handling) = crossbeam_channel::bounded(HANDLING_MAX);
    let (fresh, from_fresh) = crossbeam_channel::bounded(FRESH_MAX);
    let queues = Queues {
        urgent: from_urgent,
        handling: from_handling,
        fresh: from_fresh,
        fresh_next: Cell::new(false),
    };
    (Desk { urgent, handling, fresh }, queues)
}

impl Desk {
    /// Queues a command and waits until it is decided and, if granted, on disk.
    pub async fn submit(&self, command: Command) -> Result<Done, Refusal> {
        self.queue(command)?.await.unwrap_or(Err(Refusal::Stopping))
    }

    /// As [`Desk::submit`], for callers outside an async runtime.
    pub fn submit_blocking(&self, command: Command) -> Result<Done, Refusal> {
        self.queue(command)?.blocking_recv().unwrap_or(Err(Refusal::Stopping))
    }

    /// How many commands wait.
    pub fn waiting_count(&self) -> usize {
        self.urgent.len() + self.handling.len() + self.fresh.len()
    }

    /// Whether half of what may wait in a lane waits: the writer does not keep up.
    pub fn is_crowded(&self) -> bool {
        self.fresh.len() > FRESH_MAX / 2
            || self.handling.len() > HANDLING_MAX / 2
            || self.urgent.len() > URGENT_MAX / 2
    }

    /// Queues a command, or says at once that its lane is full.
    pub fn queue(
        &self,
        command: Command,
    ) -> Result<oneshot::Receiver<Result<Done, Refusal>>, Refusal> {
        let (reply, answer) = oneshot::channel();
        let lane = match Lane::of(&command.action) {
            Lane::Urgent => &self.urgent,
            Lane::Handling => &self.handling,
            Lane::Fresh => &self.fresh,
        };
        match lane.try_send(Submission { command, reply }) {
            Ok(()) => Ok(answer),
            Err(TrySendError::Full(_)) => Err(Refusal::Busy),
            Err(TrySendError::Disconnected(_)) => Err(Refusal::Stopping),
        }
    }
}

impl Queues {
    /// The next command that is there: the urgent ones first, then work on orders and new ones by turns.
    pub(crate) fn try_next(&self) -> Option<Submission> {
        if let Ok(urgent) = self.urgent.try_recv() {
            return Some(urgent);
        }
        let fresh_first = self.fresh_next.replace(!self.fresh_next.get());
        let (first, second) = match fresh_first {
            true => (&self.fresh, &self.handling),
            false => (&self.handling, &self.fresh),
        };
        first.try_recv().or_else(|_| second.try_recv()).ok()
    }

    /// The next command, waited for until `deadline`.
    pub(crate) fn next(&self, deadline: Instant) -> Result<Submission, RecvTimeoutError> {
        if let Some(submission) = self.try_next() {
            return Ok(submission);
        }
        let ended = |_| RecvTimeoutError::Disconnected;
        // All ways in belong to one desk: they end together.
        crossbeam_channel::select! {
            recv(self.urgent) -> next => next.map_err(ended),
            recv(self.handling) -> next => next.map_err(ended),
            recv(self.fresh) -> next => next.map_err(ended),
            default(deadline.saturating_duration_since(Instant::now())) => Err(RecvTimeoutError::Timeout),
        }
    }
}
