//! The log of a hotline, line by line, for whoever looks for what must not stand in it.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};

use tracing::level_filters::LevelFilter;
use tracing::subscriber::DefaultGuard;

/// What was logged since the last look.
#[derive(Debug)]
pub struct LogLines {
    lines: Receiver<Vec<u8>>,
    /// Held: the thread's log comes here as long as it lives.
    _guard: DefaultGuard,
}

/// Sends what is written to it.
struct Line(Sender<Vec<u8>>);

impl io::Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Nobody looks any more: then nothing is missed.
        drop(self.0.send(bytes.to_vec()));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl LogLines {
    /// From here on what this thread logs comes here.
    #[must_use]
    pub fn begin() -> LogLines {
        let (sender, lines) = channel();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::DEBUG)
            .with_ansi(false)
            .without_time()
            .with_writer(move || Line(sender.clone()))
            .finish();
        LogLines { lines, _guard: tracing::subscriber::set_default(subscriber) }
    }

    /// What was logged since the last call.
    pub fn take(&self) -> Vec<String> {
        self.lines.try_iter().map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
    }
}
