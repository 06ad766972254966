//! A hotline that moves only when it is told to: the writer of `sequencer` on its caller's thread, by its caller's clocks
//! and disk. For simulations and tests; the writer's code is the same, and nothing is decided here.

use std::sync::Arc;

use arc_swap::ArcSwap;
use hotline_engine::command::Command;
use hotline_engine::{Rules, State};
use hotline_journal::Reader;
use tokio::sync::oneshot;

use crate::clock::{Clock, Reading};
use crate::indexer::Indexer;
use crate::lanes::{self, Desk, Queues};
use crate::partition::Published;
use crate::recovery::{self, DataFolder, Recovered, RecoveryError};
use crate::room::Room;
use crate::sequencer::{Batch, Done, Moving, Refusal, Sequencer, WriterError};
use crate::shelf::guarded;

/// Where the outcome of a queued command will be.
pub type Answer = oneshot::Receiver<Result<Done, Refusal>>;

/// A hotline without threads. Its articles are not indexed.
#[derive(Debug)]
pub struct Stepped {
    sequencer: Sequencer,
    desk: Desk,
    queues: Queues,
    batch: Batch,
}

impl Stepped {
    /// Recovers the data folder, as [`crate::partition::Partition::start`] does.
    ///
    /// # Errors
    /// When the folder cannot be recovered.
    pub fn start(
        folder: &DataFolder,
        rules: Rules,
        read: impl Fn() -> Reading + Send + Sync + 'static,
    ) -> Result<Stepped, RecoveryError> {
        let Recovered { state, mut journal, notices, shelves, .. } = recovery::recover(folder)?;
        let last = (state.records_count() > 0).then(|| state.at());
        let clock = Arc::new(Clock::read_by(read, last));
        let batch_bytes = folder.sizes().batch_bytes;
        let room = Room::new(folder.set_aside(), &mut journal, batch_bytes)?;
        let published = Arc::new(Published::of(&state, shelves, notices, Indexer::new().0, &room));
        let rules = Arc::new(ArcSwap::from_pointee(rules));
        let (desk, queues) = lanes::lanes();
        let moving = Moving::of(&published.views);
        let sequencer =
            Sequencer { state, rules, journal, published, room, batch_bytes, clock, moving };
        Ok(Stepped { sequencer, desk, queues, batch: Batch::default() })
    }

    /// Queues a command; it is decided at the next turn.
    ///
    /// # Errors
    /// When its lane is full.
    pub fn queue(&self, command: Command) -> Result<Answer, Refusal> {
        self.desk.queue(command)
    }

    /// One turn of the writer with a tick: a batch of what waits and of dues that have passed, committed and told.
    /// Says whether more dues may have passed.
    ///
    /// # Errors
    /// Then the process would end here; what it was is of no more use than to be looked at.
    pub fn turn(&mut self) -> Result<bool, WriterError> {
        let first = self.queues.try_next();
        guarded(|| self.sequencer.turn_with_tick(&mut self.batch, first, &self.queues))
    }

    /// How many commands wait.
    pub fn waiting_count(&self) -> usize {
        self.desk.waiting_count()
    }

    /// The writer's own state: ahead of what is told, between a decision and its commit.
    pub fn state(&self) -> &State {
        &self.sequencer.state
    }

    /// What readers see; outlives the hotline.
    pub fn published(&self) -> &Arc<Published> {
        &self.sequencer.published
    }

    /// The hotline's time.
    pub fn clock(&self) -> &Clock {
        &self.sequencer.clock
    }

    /// Reads what is committed, for a snapshot.
    pub fn reader(&self) -> Reader {
        self.sequencer.journal.reader()
    }
}
