//! A whole hotline in a simulated city, under faults from one seed: the real writer, recovery and snapshots over a disk in
//! memory and clocks that are told the time. Judges look at it after every batch; what fails is made small.
//!
//! Nothing here decides or stores anything for the hotline: it plays the world around it.

pub mod evidence;
pub mod faults;
pub mod judges;
pub mod log_lines;
pub mod plan;
mod requests;
mod run;
pub mod shrink;
mod stage;
pub mod tally;
pub mod tamper;

pub use plan::Plan;
pub use run::{Failure, run};
pub use shrink::shrink;
pub use tally::Tally;
