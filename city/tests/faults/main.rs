//! A whole hotline under faults: seeds in which every promise is kept, and guards that are off and are missed.

mod controls;
mod redelivery;
mod replays;
mod seeds;
mod shrinking;
mod town;
mod wavering;
