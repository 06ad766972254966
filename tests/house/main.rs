//! The house rules: what this project promises about its own code and papers, checked with every `cargo test`.
//!
//! A rule is a function from text to faults. Each is first seen to refuse a bad snippet, then run over the whole tree.

mod code;
mod imports;
mod manifests;
mod names;
mod papers;
mod places;
mod sources;
mod tree;
