//! What the journal and the snapshots promise, tried on real files and on a disk that lies within the rules.

#![allow(clippy::unwrap_used, reason = "an unwrap is how a test fails, in its helpers too")]

mod bits;
mod crash_points;
mod crashes;
mod damage;
mod dice;
mod files;
mod histories;
mod model;
mod pieces;
mod retention;
mod set_aside;
mod snapshots;
mod tamper;
mod torn;
