//! A connection whose other end must take what it is sent: one that does not is cut, and whoever watches comes back with
//! the last event he heard. Bytes pass as they are.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A stream with a bound on how long a write may wait.
#[derive(Debug)]
pub(super) struct Line<S> {
    stream: S,
    patience: Duration,
    /// Runs while a write waits.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<S> Line<S> {
    pub(super) fn new(stream: S, patience: Duration) -> Line<S> {
        Line { stream, patience, waiting: None }
    }

    /// What a write came to: an error once nothing could be written for too long.
    fn judge<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let patience = self.patience;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(patience)));
        match waiting.as_mut().poll(context) {
            Poll::Ready(()) => {
                metrics::counter!("hotline_cut_total").increment(1);
                // Asked again, it waits anew instead of polling what has ended.
                waiting.as_mut().reset(Instant::now() + patience);
                let slow = io::Error::new(io::ErrorKind::TimedOut, "the other end takes nothing");
                Poll::Ready(Err(slow))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Line<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Line<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.judge(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.judge(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let ended = Pin::new(&mut self.stream).poll_shutdown(context);
        self.judge(context, ended)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    /// Time that passes by itself whenever nothing else can happen.
    fn in_virtual_time(test: impl Future<Output = ()>) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().unwrap().block_on(test);
    }

    #[test]
    fn an_end_that_takes_nothing_is_cut_after_its_time() {
        in_virtual_time(async {
            let (ours, _theirs) = tokio::io::duplex(16);
            let mut line = Line::new(ours, PATIENCE);
            let start = Instant::now();
            let error = line.write_all(&[7; 64]).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
            assert_eq!(start.elapsed().as_secs(), PATIENCE.as_secs());
        });
    }

    /// The control: the same bytes to an end that takes them, however slowly, within the time.
    #[test]
    fn an_end_that_takes_a_little_now_and_then_is_served() {
        in_virtual_time(async {
            let (ours, mut theirs) = tokio::io::duplex(16);
            let reader = tokio::spawn(async move {
                let mut piece = [0; 8];
                for _ in 0..8 {
                    tokio::time::sleep(PATIENCE - Duration::from_secs(1)).await;
                    theirs.read_exact(&mut piece).await.unwrap();
                }
            });
            Line::new(ours, PATIENCE).write_all(&[7; 64]).await.unwrap();
            reader.await.unwrap();
        });
    }
}
