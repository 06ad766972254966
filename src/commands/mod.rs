//! The subcommands, one file each.

pub mod explain;
pub mod load;
pub mod serve;
pub mod token;
pub mod verify;
