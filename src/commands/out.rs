//! The file that a command writes what it was asked for into: never a part of a data folder, which it would take the place of.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::cli::Wrong;
use crate::whole_file;

/// Writes it, whole at every moment.
///
/// # Errors
/// [`Wrong`] where the path cannot be meant; else what the disk says.
pub(super) fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    prove_file(path)?;
    whole_file::write(path, bytes).map_err(|error| unwritten(path, error))
}

/// Refuses a file that cannot be meant, before any work is done for it.
pub(super) fn prove_file(path: &Path) -> Result<(), Wrong> {
    match path.is_dir() {
        true => Err(Wrong(format!("{}: cannot be written: it is a folder", path.display()))),
        false => prove(path),
    }
}

/// What parts of a data folder and of its archive end with: a copy of one has them too, and an archive has nothing else.
const PARTS: [&str; 4] = ["journal", "snapshot", "lasting", "passing"];
/// The other parts of a data folder.
const NAMES: [&str; 5] = ["tokens.json", "stopped-at", "set-aside", "begins-at", "journal.lock"];

/// Refuses a path within a data folder, and what a part of one is called.
pub(super) fn prove(path: &Path) -> Result<(), Wrong> {
    let real = real(path);
    let is_one = |name: Option<&OsStr>, parts: &[&str]| {
        name.is_some_and(|name| parts.iter().any(|part| name.eq_ignore_ascii_case(part)))
    };
    if is_one(real.extension(), &PARTS) || is_one(real.file_name(), &NAMES) {
        let path = path.display();
        return Err(Wrong(format!(
            "{path}: is what a part of a data folder is called; call it otherwise"
        )));
    }
    let lock = |folder: &&Path| {
        folder.join("journal.lock").exists() || folder.join("journal/journal.lock").exists()
    };
    match real.ancestors().skip(1).find(lock) {
        None => Ok(()),
        Some(folder) => {
            let (path, folder) = (path.display(), folder.display());
            Err(Wrong(format!("{path}: lies in the data folder {folder}; write it elsewhere")))
        }
    }
}

/// Where it lies, or would: links may lead elsewhere, and some of it may not be there yet.
pub(super) fn real(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let known = whole.ancestors().find_map(|part| Some((part, part.canonicalize().ok()?)));
    match known {
        Some((part, real)) => real.join(whole.strip_prefix(part).unwrap_or(&whole)),
        None => whole,
    }
}

/// What is no file, or lies in what is no folder, was not meant: no disk is to blame.
pub(super) fn unwritten(path: &Path, error: io::Error) -> anyhow::Error {
    use ErrorKind::{AlreadyExists, IsADirectory, NotADirectory, NotFound};
    let path = path.display();
    if matches!(error.kind(), AlreadyExists | IsADirectory | NotADirectory | NotFound) {
        return Wrong(format!("{path}: cannot be written: {error}")).into();
    }
    anyhow::Error::new(error).context(format!("could not write {path}"))
}
