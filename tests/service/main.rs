//! End to end: the real binary, the real HTTP server, the real data folder.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod audited;
mod bad_input;
mod batches;
mod characters;
mod crash;
mod desk;
#[path = "../offline/duty_log.rs"]
mod duty_log;
mod edge;
mod ends;
mod explaining;
mod full_disk;
mod importing;
mod joining;
mod knowledge;
mod lasting;
mod learning;
mod loading;
mod memory;
mod one_history;
mod power;
mod races;
mod receiver;
mod reload;
mod reporting;
mod rights;
mod staffing;
mod stalled_disk;
mod stopping;
mod telling;
mod time;
mod tour;
mod upkeep;
mod watching;
