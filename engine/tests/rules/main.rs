//! One binary of tests: each module is one promise of the engine. Scripts read like a duty log.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod articles;
mod assignments;
mod calendar;
mod clocks;
mod deadlines;
mod desk;
mod dice;
mod edges;
mod escalation;
mod figures;
mod handling;
mod invariants;
mod joining;
mod kept_promises;
mod later_notices;
mod lessons;
mod lifecycle;
mod pairs;
mod passed_down;
mod profiles;
mod rating;
mod refusals;
mod replay;
mod rights;
mod routing;
mod sample;
mod shelving;
mod staffing;
mod supervision;
mod tally;
mod ten_rules;
mod twin;
mod unmerging;
mod walk;
mod working_days;
