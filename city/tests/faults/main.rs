//! A whole hotline under faults: seeds in which every promise is kept, and guards that are off and are missed.

mod controls;
mod seeds;
mod shrinking;
