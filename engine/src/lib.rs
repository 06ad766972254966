//! The pure core of `hotline`: same commands at the same times give the same records, always.
//!
//! No I/O, no clock, no threads, no randomness: time and chance arrive as arguments.
//! Reading order: [`order`], [`directory`], [`command`], [`event`], [`decide`](mod@decide), [`state`]; then
//! [`calendar`], [`limit`], [`profile`], [`deadline`], [`dues`] for the clocks and [`routing`] for the choice of a unit; [`text`] and
//! [`classifier`] read what citizens write.

pub mod accept;
pub mod actor;
pub mod alarms;
pub mod article;
pub mod calendar;
pub mod classifier;
pub mod clocks;
pub mod co_unit;
pub mod command;
pub mod conduct;
pub mod deadline;
pub mod decide;
pub mod digest;
pub mod directory;
pub mod draft;
pub mod dues;
pub mod duplicates;
pub mod duty_list;
pub mod ended;
pub mod escalation;
pub mod event;
pub mod figures;
pub mod glossary;
pub mod handling;
pub mod hours;
pub mod learning;
pub mod ledger;
pub mod library;
pub mod limit;
mod newest;
pub mod order;
pub mod precedents;
pub mod profile;
pub mod rating;
pub mod rejection;
pub mod report;
pub mod routing;
pub mod rules;
pub mod score;
pub mod shelf;
pub mod staff;
pub mod staff_draft;
mod staffing;
pub mod state;
pub mod text;
pub mod time;
pub mod transitions;
pub mod warning;

pub use decide::{decide, step};
pub use digest::{Digest, digest};
pub use event::{Event, Record};
pub use rejection::Rejection;
pub use rules::Rules;
pub use state::State;

/// The shape and meaning of a snapshot of [`State`]; raise it whenever a type inside changes, or what records make of a state does:
/// old snapshots are skipped then, whose digests a replay would not give.
pub const SNAPSHOT_SCHEMA: u64 = 27;
