//! Bytes that nobody vouches for: every reader against its corpus and against mutations of it, and data folders of every
//! format that was ever written. What fuzzing finds is added to the corpus, and replayed here for ever.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod golden;
mod readers;
mod replay;
mod village;
