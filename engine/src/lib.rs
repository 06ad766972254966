//! The pure core: rules, state and classifier. No I/O, no clock, no threads, no randomness.

pub mod classifier;
pub mod text;
