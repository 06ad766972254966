//! What people wrote, made comparable: normalised text that remembers where it came from, keyword and
//! place-name finds in one pass, and masking of identity numbers. Knows nothing of orders or models.

mod digits;
mod gazetteer;
mod identity;
mod keywords;
mod lines;
mod name;
mod no_number;
mod normalise;
mod offsets;
mod own_number;
mod runs;
mod sketch;
mod subscriber;
mod table;

pub use gazetteer::{Gazetteer, GazetteerError, OWNERS_MAX, Place};
pub use identity::{mask_identity, mask_identity_in_number};
pub use keywords::{Effect, Finding, KeywordError, KeywordRow, KeywordRules, Raise, Transfer};
pub(crate) use name::{mask_name, shows_name};
pub use normalise::{MASK, Normaliser, TEXT_BYTES_MAX};
pub use offsets::Normalised;
pub(crate) use own_number::mask_number;
pub use sketch::Sketch;
pub(crate) use subscriber::subscriber;
pub use table::is_blank;
