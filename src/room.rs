//! What room the disk has for the writer, and what is refused when it has little. Space is set aside for that time, so that
//! orders that are there can be signed, replied to and closed on a full disk.

use std::sync::atomic::Ordering;

use hotline_engine::State;
use hotline_engine::command::Action;
use hotline_journal::{Journal, JournalError, SetAside};
use tracing::{error, info, warn};

use crate::partition::Published;

/// Set aside on the disk: three batches at their bound and what a new segment takes at first, or tens of thousands of closings
/// one by one.
pub(crate) const ASIDE_BYTES: u64 = 32 << 20;
/// Ticks between attempts to set space aside anew: each may write all of it.
const TICKS_BETWEEN_ATTEMPTS: u32 = 5;

/// What the writer knows of the room on the disk.
#[derive(Debug)]
pub(crate) struct Room {
    aside: SetAside,
    /// Nothing is set aside: what is left is for what is under way.
    is_scarce: bool,
    /// There was not even enough for a batch, the last time.
    is_full: bool,
    ticks: u32,
}

impl Room {
    /// Sets space aside, if there is any beside a first batch.
    pub(crate) fn new(
        aside: SetAside,
        journal: &mut Journal,
        bytes: usize,
    ) -> Result<Room, JournalError> {
        let mut room = Room { aside, is_scarce: false, is_full: false, ticks: 0 };
        room.is_scarce = !room.hold(journal, bytes)?;
        if room.is_scarce {
            warn!(bytes = ASIDE_BYTES, "the disk has no room to set aside: new orders are refused");
        }
        Ok(room)
    }

    /// Whether nothing is set aside.
    pub(crate) fn is_scarce(&self) -> bool {
        self.is_scarce
    }

    /// Makes sure that the journal has room for a batch, from what was set aside if need be. False: none at all.
    pub(crate) fn reserve(
        &mut self,
        journal: &mut Journal,
        bytes: usize,
        published: &Published,
    ) -> Result<bool, JournalError> {
        let mut reserved = journal.reserve(bytes);
        if matches!(reserved, Err(JournalError::NoSpace { .. })) && self.aside.is_held() {
            self.aside.give_up()?;
            self.is_scarce = true;
            error!(
                "the disk is full: new orders are refused, what is under way goes on in space set aside"
            );
            reserved = journal.reserve(bytes);
        }
        let is_full = matches!(reserved, Err(JournalError::NoSpace { .. }));
        if is_full && !self.is_full {
            error!(
                "the disk is full, and nothing is set aside: everything is refused until there is room"
            );
        }
        self.is_full = is_full;
        published.disk_full.store(is_full || self.is_scarce, Ordering::Relaxed);
        if is_full { Ok(false) } else { reserved.map(|()| true) }
    }

    /// Once a tick: sees whether there is room again.
    pub(crate) fn tick(
        &mut self,
        journal: &mut Journal,
        bytes: usize,
        published: &Published,
    ) -> Result<(), JournalError> {
        if !self.is_scarce {
            return Ok(());
        }
        self.ticks += 1;
        if self.ticks < TICKS_BETWEEN_ATTEMPTS {
            return Ok(());
        }
        self.ticks = 0;
        if self.hold(journal, bytes)? {
            self.is_scarce = false;
            published.disk_full.store(false, Ordering::Relaxed);
            info!("the disk has room again");
        }
        Ok(())
    }

    /// Whether this must wait for room: it would bring new work. An acceptance that is only repeated brings none.
    pub(crate) fn refuses(&self, action: &Action, state: &State) -> bool {
        if !self.is_scarce {
            return false;
        }
        match action {
            Action::Accept(acceptance) => state.accepted_before(acceptance).is_none(),
            Action::PutArticle(_) | Action::DraftArticle(_) | Action::RateArticle { .. } => true,
            Action::ReportService(_) => true,
            _ => false,
        }
    }

    /// Sets space aside, and keeps it if there is room for a batch beside it: without, it is wanted for what is under way.
    fn hold(&mut self, journal: &mut Journal, bytes: usize) -> Result<bool, JournalError> {
        let has_room = |tried: Result<(), JournalError>| match tried {
            Err(JournalError::NoSpace { .. }) => Ok(false),
            other => other.map(|()| true),
        };
        if !has_room(self.aside.hold())? {
            return Ok(false);
        }
        let is_enough = has_room(journal.reserve(bytes))?;
        if !is_enough {
            self.aside.give_up()?;
        }
        Ok(is_enough)
    }
}
