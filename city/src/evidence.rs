//! What the judges are shown after a batch or a recovery. It is taken from outside: from the disk as it would be found if the
//! power went now, from what readers see, and from what clients were told.

use std::sync::Arc;

use hotline::notices::Notice;
use hotline::sequencer::{Done, Refusal};
use hotline_engine::directory::Directory;
use hotline_engine::order::Order;
use hotline_engine::{Record, State};
use hotline_journal::{Hash, Head};

/// When they look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A batch was committed and told.
    Batch,
    /// The hotline is back. What readers saw is what the process before it had shown.
    Recovery,
}

/// A record as it lies on the disk.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its place.
    pub sequence: u64,
    /// What stands for its bytes.
    pub leaf: Hash,
    /// What it says.
    pub record: Record,
}

/// What a client was told.
#[derive(Clone, Debug)]
pub struct Told {
    /// The number of the contact, where it was one.
    pub request: Option<u64>,
    /// What became of it.
    pub outcome: Result<Done, Refusal>,
}

/// Everything there is to look at.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// When.
    pub moment: Moment,
    /// What is new on the disk.
    pub records: &'a [Kept],
    /// The state that a recovery would give if the power went now.
    pub left: &'a State,
    /// The writer's own.
    pub live: &'a State,
    /// What stands for the journal of the running hotline.
    pub head: Head,
    /// Orders as readers see them.
    pub shown: &'a [Arc<Order>],
    /// What watchers heard since the last look.
    pub notices: &'a [Notice],
    /// Up to which record watchers have heard.
    pub notices_head: u64,
    /// Units and matters as readers see them.
    pub directory: &'a Directory,
    /// What clients were told.
    pub told: &'a [Told],
    /// Refusals, errors and lines of the log, in words.
    pub heard: &'a [String],
}
