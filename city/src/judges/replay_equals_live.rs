//! The disk gives the state that the writer has: by the snapshots and the records behind them, and by all records from the
//! first one on.

use hotline_engine::{State, digest};

use super::Judge;
use crate::evidence::{Evidence, Moment};

#[derive(Default)]
pub(super) struct ReplayEqualsLive {
    /// Every record ever kept, applied.
    replayed: State,
}

impl Judge for ReplayEqualsLive {
    fn look(&mut self, evidence: &Evidence<'_>) -> Result<(), String> {
        evidence.records.iter().for_each(|kept| self.replayed.apply(&kept.record));
        let (live, left) = (digest(evidence.live), digest(evidence.left));
        if live != left {
            return Err(format!("the writer has {live}, and the disk gives {left}"));
        }
        if evidence.moment == Moment::Batch {
            return Ok(());
        }
        let replayed = digest(&self.replayed);
        match replayed == live {
            true => Ok(()),
            false => Err(format!("the writer has {live}, and all records give {replayed}")),
        }
    }
}
