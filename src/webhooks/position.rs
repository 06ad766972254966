//! How far a target has been told: a record's number in a small file, written at a bounded pace. After a crash it lags
//! behind what was sent by as much as that, and what lies between is sent again under the same ids.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

use super::standing::Standing;
use crate::whole_file;

/// Writes of one file are at least this far apart: each is a sync beside the journal's.
const WRITE_EVERY: Duration = Duration::from_secs(1);

/// The position of one target.
#[derive(Debug)]
pub(super) struct Position {
    path: PathBuf,
    /// All records up to this one have been told.
    sequence: u64,
    /// What the file says, and when it was last written or tried.
    written: u64,
    tried: Option<Instant>,
    standing: Arc<Standing>,
}

/// A position that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("webhook position {}: {source}", path.display())]
pub(crate) struct PositionError {
    path: PathBuf,
    pub(crate) source: io::Error,
}

impl Position {
    /// Reads the file; a target without one is told what happens from `head` on, and has one from then on.
    pub(super) fn open(
        folder: &Path,
        head: u64,
        standing: Arc<Standing>,
    ) -> Result<Position, PositionError> {
        let path = folder.join(format!("{}.position", standing.name));
        let wrong = |source| PositionError { path: path.clone(), source };
        let sequence = match fs::read_to_string(&path) {
            Ok(text) => number(&text).map_err(wrong)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                write(&path, head).map_err(wrong)?;
                head
            }
            Err(error) => return Err(wrong(error)),
        };
        standing.reach(sequence);
        Ok(Position { path, sequence, written: sequence, tried: None, standing })
    }

    pub(super) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Notes that all up to `sequence` has been told.
    pub(super) fn reach(&mut self, sequence: u64) {
        self.sequence = sequence;
        self.standing.reach(sequence);
    }

    /// When the file is to be written; none if it says what is so.
    pub(super) fn due(&self) -> Option<Instant> {
        (self.written != self.sequence)
            .then(|| self.tried.map_or_else(Instant::now, |tried| tried + WRITE_EVERY))
    }

    /// Writes the file if it is due.
    pub(super) async fn keep(&mut self) {
        if self.due().is_some_and(|due| due <= Instant::now()) {
            self.write().await;
        }
    }

    /// Writes the file. What fails is tried again later: what is sent twice has the same id.
    pub(super) async fn write(&mut self) {
        let (path, sequence) = (self.path.clone(), self.sequence);
        self.tried = Some(Instant::now());
        let written = tokio::task::spawn_blocking(move || write(&path, sequence)).await;
        match written.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic())) {
            Ok(()) => self.written = sequence,
            Err(error) => {
                warn!(target = self.standing.name, %error, "could not write how far it has been told");
            }
        }
    }
}

fn write(path: &Path, sequence: u64) -> io::Result<()> {
    whole_file::write(path, format!("{sequence}\n").as_bytes())
}

fn number(text: &str) -> io::Result<u64> {
    let number = text.strip_suffix('\n').and_then(|text| text.parse().ok());
    number.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "is not a number and a newline"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &Path, head: u64) -> Result<Position, PositionError> {
        Position::open(folder, head, Standing::new("bus"))
    }

    #[tokio::test(start_paused = true)]
    async fn a_position_is_written_once_a_second_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut position = open(folder.path(), 7).unwrap();
        assert_eq!((position.sequence(), position.due()), (7, None), "new targets hear the future");
        let on_disk = || open(folder.path(), 1_000).unwrap().sequence();
        for sequence in 8..20 {
            position.reach(sequence);
            position.keep().await;
            assert_eq!(on_disk(), 8, "the first at once, the others not yet");
        }
        tokio::time::advance(WRITE_EVERY).await;
        position.keep().await;
        assert_eq!((on_disk(), position.due()), (19, None));
    }

    #[test]
    fn a_file_that_is_no_position_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bus.position");
        for text in ["", "7", "-1\n", "seven\n"] {
            fs::write(&path, text).unwrap();
            let refused = open(folder.path(), 1).unwrap_err().to_string();
            let wanted =
                format!("webhook position {}: is not a number and a newline", path.display());
            assert_eq!(refused, wanted, "{text:?}");
        }
    }
}
