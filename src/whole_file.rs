//! Writes a file so that it is whole at every moment: whoever opens it sees what was there before, or all of the new.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Writes `bytes` beside `path`, syncs, and renames; makes the folder if it is missing.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        Some(_) | None => PathBuf::from("."),
    };
    fs::create_dir_all(&folder)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    write_beside(Path::new(&beside), bytes).and_then(|()| fs::rename(&beside, path)).inspect_err(
        |_| {
            // A part of a file is of no use to anybody; what counts is why it is only a part.
            drop(fs::remove_file(&beside));
        },
    )?;
    // The rename itself is durable only with its folder.
    File::open(&folder)?.sync_all()
}

/// For its owner alone: tokens and models of real orders are written so.
fn write_beside(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
