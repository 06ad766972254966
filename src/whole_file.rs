//! Writes a file so that it is whole at every moment: whoever opens it sees what was there before, or all of the new.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
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

/// A file that grows beside its path and takes its place when it is finished; unfinished, it leaves nothing behind.
#[derive(Debug)]
pub struct Growing {
    file: BufWriter<File>,
    beside: PathBuf,
    path: PathBuf,
    finished: bool,
}

impl Growing {
    /// Begins beside `path`.
    pub fn begin(path: &Path) -> io::Result<Growing> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let (beside, path) = (PathBuf::from(beside), path.to_owned());
        let file = BufWriter::new(File::create(&beside)?);
        Ok(Growing { file, beside, path, finished: false })
    }

    /// Puts the whole in its place.
    pub fn finish(mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        fs::rename(&self.beside, &self.path)?;
        self.finished = true;
        Ok(())
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

impl Drop for Growing {
    fn drop(&mut self) {
        if !self.finished {
            // A part of a file is of no use to anybody.
            drop(fs::remove_file(&self.beside));
        }
    }
}

/// Whether two paths lead to one file, links followed.
pub fn is_same(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| fs::metadata(path).map(|facts| (facts.dev(), facts.ino())).ok();
    place(one).is_some_and(|one| place(other) == Some(one))
}

/// For its owner alone: tokens and models of real orders are written so.
fn write_beside(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
