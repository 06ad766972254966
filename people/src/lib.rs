//! The people of a simulated city: callers, the desk, and the units, by one seed. They see orders as the hotline shows
//! them and ask for what people would ask for, at times that are handed in; whoever drives a hotline with them asks them
//! step by step. Decides nothing, knows no disk and no clock.

pub mod affairs;
pub mod arrivals;
pub mod callbacks;
pub mod callers;
pub mod chance;
pub mod closure;
pub mod desk;
mod people;
pub mod texts;
pub mod units;

pub use people::{People, Seen, Settings};
