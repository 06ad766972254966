//! The data folder that a command reads, and its state: beside a running hotline or without one.

use std::path::Path;

use anyhow::{Context, ensure};
use hotline_engine::State;

use crate::cli::Wrong;
use crate::recovery::{self, DataFolder};

/// The folder, on which a hotline was started at some time.
pub(super) fn named(path: &Path) -> anyhow::Result<DataFolder> {
    let folder = DataFolder::at(path);
    let shown = path.display();
    ensure!(path.is_dir(), Wrong(format!("{shown} is not a folder; a data folder is wanted")));
    let is_in_use = is_in_use(&folder)?;
    ensure!(is_in_use, Wrong(format!("{shown}: no hotline was ever started on it")));
    Ok(folder)
}

/// Whether a hotline was ever started on it.
pub(super) fn is_in_use(folder: &DataFolder) -> anyhow::Result<bool> {
    folder.is_in_use().with_context(|| of(folder))
}

/// The folder, which need not be there yet.
pub(super) fn wanted(path: &Path) -> anyhow::Result<DataFolder> {
    let is_another = path.exists() && !path.is_dir();
    ensure!(!is_another, Wrong(format!("{} is a file; a data folder is wanted", path.display())));
    Ok(DataFolder::at(path))
}

/// What lies in it.
pub(super) fn state(folder: &DataFolder) -> anyhow::Result<State> {
    recovery::read(folder).with_context(|| of(folder))
}

/// Of which folder an error is.
pub(super) fn of(folder: &DataFolder) -> String {
    format!("data folder {}", folder.root().display())
}
