//! The edge of `hotline`: files, sockets, clocks and threads around the engine.

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
pub mod recovery;
pub mod reporting;
mod sample;
pub mod sequencer;
pub mod tokens;
pub mod views;
pub mod whole_file;
