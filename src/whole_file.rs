//! Writes a file so that it is whole at every moment: whoever opens it sees what was there before, or all of the new.
//!
//! What is not whole yet lies beside it under a name of its own, and is gone when nobody finishes it.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Writes `bytes` beside `path`, or beside what it links to, syncs, and renames; makes the folder if it is missing. For its owner
/// alone: tokens and models of real orders are written so. A pipe or a device has no place to take, and is written to.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(mut device) = opened_device(path)? {
        return device.write_all(bytes);
    }
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = folder_of(&path);
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let mut file = NamedTempFile::new_in(&folder)?;
    file.write_all(bytes)?;
    put(file, &path, &folder)
}

/// What is there and is no file, to write to: a pipe, a terminal, a device.
pub fn opened_device(path: &Path) -> io::Result<Option<File>> {
    let is_device = path.metadata().is_ok_and(|facts| !facts.is_file() && !facts.is_dir());
    is_device.then(|| File::options().write(true).open(path)).transpose()
}

/// A file that grows beside its path and takes its place when it is finished.
#[derive(Debug)]
pub struct Growing {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
    folder: PathBuf,
}

impl Growing {
    /// Begins beside `path`, or beside what it links to, with the rights of what is there.
    pub fn begin(path: &Path) -> io::Result<Growing> {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let folder = folder_of(&path);
        let rights = fs::metadata(&path).map(|facts| facts.permissions());
        // Of a new file the system's mask decides.
        let rights = rights.unwrap_or_else(|_| Permissions::from_mode(0o666));
        let file = tempfile::Builder::new().permissions(rights).tempfile_in(&folder)?;
        Ok(Growing { file: BufWriter::new(file), path, folder })
    }

    /// Puts the whole in its place.
    pub fn finish(self) -> io::Result<()> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        put(file, &self.path, &self.folder)
    }
}

impl Write for Growing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn put(file: NamedTempFile, path: &Path, folder: &Path) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The rename itself is durable only with its folder.
    File::open(folder)?.sync_all()
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}

/// Whether two paths lead to one file, links followed.
pub fn is_same(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| fs::metadata(path).map(|facts| (facts.dev(), facts.ino())).ok();
    place(one).is_some_and(|one| place(other) == Some(one))
}
