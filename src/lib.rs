//! The edge of `hotline`: files, sockets, clocks and threads around the engine.

mod bulletin;
pub mod cli;
pub mod clock;
pub mod codec;
pub mod commands;
pub mod district;
mod due_view;
mod explained_due;
pub mod explanation;
pub mod http;
pub mod indexer;
pub mod intake;
pub mod notices;
pub mod partition;
mod ranking;
pub mod recovery;
pub mod reporting;
mod room;
mod sample;
pub mod sequencer;
mod sheet;
mod span;
pub mod tokens;
pub mod trail;
pub mod views;
pub mod whole_file;
