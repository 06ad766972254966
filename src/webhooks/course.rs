//! Sends to one target: in order, one message at a time, again and again until it is taken. Knows neither the journal nor
//! sockets; a target that takes nothing holds up itself alone.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{error, warn};

use super::feed::{Batch, Message};
use super::position::Position;
use super::post::Failure;
use super::standing::Standing;

/// What is waited after a first failure; twice as long after each further one.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// And at most: a target that is there again hears of it within this time.
const WAIT_MAX: Duration = Duration::from_secs(10 * 60);
/// A target that does not take a message for this long is given up: what happens meanwhile stands in the journal.
pub(super) const PATIENCE: Duration = Duration::from_secs(3 * 24 * 3_600);
/// What is under way at a stop may take this long yet.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// One target's way through the journal.
pub(super) struct Course<F, S> {
    /// What comes after a position.
    pub(super) feed: F,
    /// Sends a message once.
    pub(super) send: S,
    pub(super) position: Position,
    pub(super) standing: Arc<Standing>,
    /// Moves when there is more to tell.
    pub(super) head: watch::Receiver<u64>,
    pub(super) stop: watch::Receiver<bool>,
    /// None: it is never given up. For tests.
    pub(super) patience: Option<Duration>,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Taken,
    Parked,
    Stopped,
}

impl<F, S, E> Course<F, S>
where
    F: AsyncFnMut(u64) -> Result<Batch, E>,
    S: AsyncFnMut(&Message) -> Result<(), Failure>,
    E: Display,
{
    /// Until it is stopped or the target is given up. The position is written at the end.
    pub(super) async fn run(&mut self) {
        let mut unread = Backoff::new(None);
        while !*self.stop.borrow() {
            self.position.keep().await;
            // Marked as seen before reading, so that a change in between wakes us again.
            self.head.mark_unchanged();
            let batch = match (self.feed)(self.position.sequence()).await {
                Ok(batch) => batch,
                Err(error) => {
                    error!(target = self.standing.name, %error, "could not read what it is to be told");
                    let wait = unread.next().unwrap_or(WAIT_MAX);
                    self.pause(wait).await;
                    continue;
                }
            };
            unread = Backoff::new(None);
            if batch.upto == self.position.sequence() && batch.messages.is_empty() {
                self.wait_for_more().await;
            } else if self.hand_over(batch).await != End::Taken {
                break;
            }
        }
        if self.position.due().is_some() {
            self.position.write().await;
        }
    }

    async fn hand_over(&mut self, batch: Batch) -> End {
        let mut messages = batch.messages.into_iter().peekable();
        while let Some(message) = messages.next() {
            let end = self.deliver(&message).await;
            if end != End::Taken {
                return end;
            }
            if let Some(next) = messages.peek() {
                // A record's messages are told together: positions name records.
                self.position.reach(next.sequence - 1);
            }
            self.position.keep().await;
        }
        self.position.reach(batch.upto);
        End::Taken
    }

    /// Sends one message until it is taken.
    async fn deliver(&mut self, message: &Message) -> End {
        let name = || self.standing.name.clone();
        let mut backoff = Backoff::new(self.patience);
        loop {
            let stopped = told_and_waited(self.stop.clone());
            let sent = tokio::select! {
                biased;
                sent = (self.send)(message) => sent,
                () = stopped => return End::Stopped,
            };
            let Err(failure) = sent else {
                counter!("hotline_webhook_sent_total", "target" => name()).increment(1);
                return End::Taken;
            };
            let why = failure.code();
            counter!("hotline_webhook_failed_total", "target" => name(), "why" => why).increment(1);
            let wait = if failure.is_final() { None } else { backoff.next() };
            let Some(wait) = wait else {
                self.standing.park();
                let (target, id) = (name(), &message.id);
                error!(target, id, %failure, "given up: nothing is sent to it until a SIGHUP or a restart");
                return End::Parked;
            };
            let (target, id, wait_ms) = (name(), &message.id, wait.as_millis());
            warn!(target, id, %failure, wait_ms, "not taken; it is sent again");
            if self.pause(wait).await == End::Stopped {
                return End::Stopped;
            }
        }
    }

    /// Waits for more to tell, and writes the position meanwhile when that is due.
    async fn wait_for_more(&mut self) {
        let due = self.position.due();
        let write = async {
            match due {
                Some(due) => sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // Who publishes has ended: then so does the hotline, and the stop is told.
            changed = self.head.changed() => if changed.is_err() { self.stopped().await },
            () = write => {}
            () = told(self.stop.clone()) => {}
        }
    }

    async fn stopped(&self) {
        told(self.stop.clone()).await;
    }

    async fn pause(&self, wait: Duration) -> End {
        tokio::select! {
            () = sleep(wait) => End::Taken,
            () = told(self.stop.clone()) => End::Stopped,
        }
    }
}

/// Resolves when it is told to stop; whoever tells that may also just end.
async fn told(mut stop: watch::Receiver<bool>) {
    while !*stop.borrow_and_update() {
        if stop.changed().await.is_err() {
            return;
        }
    }
}

async fn told_and_waited(stop: watch::Receiver<bool>) {
    told(stop).await;
    sleep(STOP_GRACE).await;
}

/// How long to wait after each failure.
struct Backoff {
    since: Instant,
    wait: Duration,
    patience: Option<Duration>,
}

impl Backoff {
    fn new(patience: Option<Duration>) -> Backoff {
        Backoff { since: Instant::now(), wait: FIRST_WAIT, patience }
    }

    /// None when patience ends.
    fn next(&mut self) -> Option<Duration> {
        let wait = self.wait;
        self.wait = (wait * 2).min(WAIT_MAX);
        let is_over = self.patience.is_some_and(|max| self.since.elapsed() + wait > max);
        (!is_over).then_some(wait)
    }
}

#[cfg(test)]
mod isolation;
