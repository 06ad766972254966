//! Which district a command works for: a folder, or the sample. Shared by the commands that need one.

use std::path::Path;

use crate::district::{District, DistrictError};

/// The district in `folder`, or the sample district.
pub(super) fn named(folder: Option<&Path>) -> Result<District, DistrictError> {
    folder.map_or_else(District::sample, District::load)
}
