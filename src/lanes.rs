//! The ways to the writer: four bounded lanes, so that a burst of new orders neither delays an urgent one nor shuts out
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
/// Bundles of new orders waiting: each is as much work as the writer takes at a time.
pub const BUNDLES_MAX: usize = 8;
/// New orders in a bundle: as many as one sync commits, so that what comes behind it waits no longer than behind single ones.
pub const BUNDLE_ORDERS_MAX: usize = 1_024;
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

/// What became of each command of a bundle, in its order.
pub type Outcomes = Vec<Result<Done, Refusal>>;
/// Where the answers to a bundle go: all at once.
pub(crate) type BundleReply = oneshot::Sender<Outcomes>;

/// What is handed in, and who waits for the answer.
pub(crate) enum Submission {
    /// A command.
    One(Command, Reply),
    /// New orders that came together: decided one after the other, and answered together.
    Bundle(Vec<Command>, BundleReply),
}

impl Submission {
    /// Whether somebody still waits: the client may have gone away, or have been told that it took too long.
    pub(crate) fn is_awaited(&self) -> bool {
        match self {
            Submission::One(_, reply) => !reply.is_closed(),
            Submission::Bundle(_, reply) => !reply.is_closed(),
        }
    }

    /// How many commands it holds.
    pub(crate) fn commands_count(&self) -> usize {
        match self {
            Submission::One(..) => 1,
            Submission::Bundle(commands, _) => commands.len(),
        }
    }
}

impl std::fmt::Debug for Submission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Submission::One(command, _) => write!(f, "One({})", command.action.name()),
            Submission::Bundle(commands, _) => write!(f, "Bundle of {}", commands.len()),
        }
    }
}

/// The way in: hands commands to the writer. Cheap to clone; the writer ends when the last one is dropped.
#[derive(Clone, Debug)]
pub struct Desk {
    urgent: Sender<Submission>,
    handling: Sender<Submission>,
    fresh: Sender<Submission>,
    bundles: Sender<Submission>,
}

/// The other end of a [`Desk`].
#[derive(Debug)]
pub(crate) struct Queues {
    urgent: Receiver<Submission>,
    handling: Receiver<Submission>,
    fresh: Receiver<Submission>,
    bundles: Receiver<Submission>,
    /// Which of the three lanes behind the urgent one is next: they take turns, so that none starves another.
    next: Cell<usize>,
}

/// Both ends, with nothing waiting.
pub(crate) fn lanes() -> (Desk, Queues) {
    let (urgent, from_urgent) = crossbeam_channel::bounded(URGENT_MAX);
    let (handling, from_handling) = crossbeam_channel::bounded(HANDLING_MAX);
    let (fresh, from_fresh) = crossbeam_channel::bounded(FRESH_MAX);
    let (bundles, from_bundles) = crossbeam_channel::bounded(BUNDLES_MAX);
    let queues = Queues {
        urgent: from_urgent,
        handling: from_handling,
        fresh: from_fresh,
        bundles: from_bundles,
        next: Cell::new(0),
    };
    (Desk { urgent, handling, fresh, bundles }, queues)
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

    /// Queues new orders that came together, and waits until all are decided and those that are granted are on disk.
    ///
    /// # Panics
    /// When there are more than [`BUNDLE_ORDERS_MAX`].
    pub async fn submit_bundle(&self, commands: Vec<Command>) -> Result<Outcomes, Refusal> {
        self.queue_bundle(commands)?.await.map_err(|_| Refusal::Stopping)
    }

    /// Queues a bundle whole, or says at once that there is no room for it.
    pub(crate) fn queue_bundle(
        &self,
        commands: Vec<Command>,
    ) -> Result<oneshot::Receiver<Outcomes>, Refusal> {
        assert!(commands.len() <= BUNDLE_ORDERS_MAX, "whoever hands in a bundle keeps its bound");
        let (reply, answer) = oneshot::channel();
        sent(&self.bundles, Submission::Bundle(commands, reply)).map(|()| answer)
    }

    /// How many commands wait; a bundle is one.
    pub fn waiting_count(&self) -> usize {
        self.urgent.len() + self.handling.len() + self.fresh.len() + self.bundles.len()
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
        sent(lane, Submission::One(command, reply)).map(|()| answer)
    }
}

fn sent(lane: &Sender<Submission>, submission: Submission) -> Result<(), Refusal> {
    lane.try_send(submission).map_err(|error| match error {
        TrySendError::Full(_) => Refusal::Busy,
        TrySendError::Disconnected(_) => Refusal::Stopping,
    })
}

impl Queues {
    /// The next that is there: the urgent ones first, then work on orders, new ones and bundles by turns.
    pub(crate) fn try_next(&self) -> Option<Submission> {
        if let Ok(urgent) = self.urgent.try_recv() {
            return Some(urgent);
        }
        let lanes = [&self.handling, &self.fresh, &self.bundles];
        let turns = self.next.get()..self.next.get() + lanes.len();
        for turn in turns.map(|turn| turn % lanes.len()) {
            if let Ok(next) = lanes[turn].try_recv() {
                self.next.set((turn + 1) % lanes.len());
                return Some(next);
            }
        }
        None
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
            recv(self.bundles) -> next => next.map_err(ended),
            default(deadline.saturating_duration_since(Instant::now())) => Err(RecvTimeoutError::Timeout),
        }
    }
}
