//! A whole hotline under faults: seeds in which every promise is kept, and guards that are off and are missed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod controls;
mod redelivery;
mod replays;
mod seeds;
mod shrinking;
mod town;
mod wavering;
