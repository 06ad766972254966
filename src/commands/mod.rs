//! The subcommands, one file each.

pub mod audit;
pub mod completions;
pub mod directory;
mod district;
pub mod due;
pub mod duplicates;
pub mod evaluate;
pub mod explain;
mod folder;
pub mod knowledge;
mod labelled;
pub mod load;
pub mod model;
mod out;
pub mod replay;
pub mod report;
pub mod route;
pub(crate) mod rows;
pub mod serve;
mod sheets;
pub mod simulate;
pub mod token;
pub mod train;
pub mod verify;
