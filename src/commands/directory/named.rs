//! Which duty list a path means, and what its holders are called. Shared by the commands on duty lists.

use std::path::Path;

use hotline_engine::draft::{DirectoryDraft, HolderDraft};
use hotline_engine::duty_list::DutyList;

use crate::cli::Wrong;
use crate::commands::folder;
use crate::district::written::Written;
use crate::recovery::DataFolder;

/// The list in a district's folder, or the one in force in a data folder.
pub(super) fn list(path: &Path) -> anyhow::Result<DirectoryDraft> {
    let data = DataFolder::at(path);
    if folder::is_in_use(&data)? {
        return Ok(DirectoryDraft::of(folder::state(&data)?.directory()));
    }
    if !path.is_dir() {
        return Err(Wrong(format!("{} is not a folder", path.display())).into());
    }
    Ok(Written::load(Some(path))?.whole()?)
}

/// What people call whoever holds a row.
pub(super) fn holder(list: &DutyList<'_>, holder: &HolderDraft) -> String {
    match holder {
        HolderDraft::Unit(code) => unit(list, code),
        HolderDraft::StreetOfPlace => "所在镇街".to_owned(),
        HolderDraft::CommunityOfPlace => "所在村社区".to_owned(),
    }
}

/// A unit's name; its code where nobody knows it.
pub(super) fn unit(list: &DutyList<'_>, code: &str) -> String {
    list.unit(code).map_or_else(|| format!("`{code}`"), |unit| unit.name.clone())
}

/// A holder as files write it.
pub(super) fn code(holder: &HolderDraft) -> &str {
    match holder {
        HolderDraft::Unit(code) => code,
        HolderDraft::StreetOfPlace => "@street",
        HolderDraft::CommunityOfPlace => "@community",
    }
}
