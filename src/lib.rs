//! The edge of `hotline`: files, sockets, clocks and threads around the engine.

mod bulletin;
pub mod cli;
pub mod clock;
pub mod codec;
pub mod commands;
pub mod district;
mod due_view;
mod exit;
mod explained_above;
mod explained_due;
mod explained_move;
mod explained_rung;
pub mod explanation;
pub mod http;
pub mod indexer;
pub mod intake;
pub mod lanes;
mod listing;
pub mod notices;
pub mod partition;
mod ranking;
pub mod recovery;
pub mod reporting;
mod room;
mod sample;
pub mod sequencer;
mod sheet;
pub mod shelf;
mod span;
pub mod stepped;
pub mod tokens;
pub mod trail;
#[doc(hidden)]
pub mod untrusted;
pub mod views;
mod webhooks;
pub mod whole_file;
