//! Accepts connections, bounds them, and stops gracefully: what is under way is answered, then the line is closed.

#[cfg(test)]
mod impatience;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tracing::{debug, info, warn};

use super::{App, gate, router};

/// Connections at once: more than a city's desks and handlers.
const CONNECTIONS_MAX: usize = 20_000;
/// Files that connections leave to the journal, the snapshots and the models, or half of what the system gives.
const FILES_KEPT: u64 = 256;
/// How long a connection is waited for.
const PATIENCE: Patience = Patience {
    headers: Some(Duration::from_secs(10)),
    headers_crowded: Some(Duration::from_secs(2)),
    writing: Some(Duration::from_secs(10)),
};
/// Bytes of headers.
const HEADER_BYTES_MAX: usize = 16 << 10;
/// From the end of the headers to the answer, the body's arrival included.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// From the word to stop until connections are closed: requests that were sent before it are read and answered.
const LAST_CALL: Duration = Duration::from_millis(250);
/// What is still under way after this, too, is cut off when stopping.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(4);
/// After an error of the listener, such as no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Said to a connection for which there is no room. It is not read: that would be room.
const TOO_MANY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n\
    Content-Type: application/problem+json\r\nContent-Length: 60\r\n\r\n\
    {\"status\":503,\"code\":\"busy\",\"detail\":\"too many connections\"}";

/// How long a connection is waited for; none: for ever, which only tests do, to see what it lets happen.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// A client that takes longer to send its headers is not a hotline client; as long may a connection idle.
    headers: Option<Duration>,
    /// The same while half of all connections are taken: those that only stand around make room for those that ask.
    headers_crowded: Option<Duration>,
    /// A client that takes nothing of its answer or its events for this long is cut: by then megabytes wait for it.
    writing: Option<Duration>,
}

/// Why serving ended with an error.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be had.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// Only loopback is served so far: there is no TLS.
    #[error(
        "{address} is not a loopback address; put a TLS proxy in front and let hotline listen on 127.0.0.1"
    )]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
}

/// Binds the address; refuses what is not loopback.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    if !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback { address });
    }
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })
}

/// Serves until `stop` resolves, then drains.
pub async fn serve(app: Arc<App>, listener: TcpListener, stop: impl Future<Output = ()>) {
    let connections = Connections::new(router(Arc::clone(&app)), PATIENCE);
    tokio::select! {
        () = connections.accept_all(&listener) => {}
        () = gate::watch(&app) => {}
        () = stop => {}
    }
    info!("stopping: answering what is under way");
    app.stop();
    // Whoever asked before he could know is told, and not left with a broken line.
    tokio::select! {
        () = connections.accept_all(&listener) => {}
        () = tokio::time::sleep(LAST_CALL) => {}
    }
    drop(listener);
    tokio::select! {
        () = connections.graceful.shutdown() => {}
        () = tokio::time::sleep(DRAIN_TIMEOUT) => warn!("cut off what was still under way"),
    }
}

/// What connections are served with, and how many there may be.
struct Connections {
    service: TowerToHyperService<axum::Router>,
    http: http1::Builder,
    /// As `http`, but impatient.
    crowded: http1::Builder,
    writing: Option<Duration>,
    graceful: GracefulShutdown,
    slots: Arc<Semaphore>,
    slots_max: usize,
}

impl Connections {
    fn new(router: axum::Router, patience: Patience) -> Connections {
        let slots_max = connections_max();
        Connections {
            service: TowerToHyperService::new(router),
            http: builder(patience.headers),
            crowded: builder(patience.headers_crowded),
            writing: patience.writing,
            graceful: GracefulShutdown::new(),
            slots: Arc::new(Semaphore::new(slots_max)),
            slots_max,
        }
    }

    /// Accepts for as long as it is polled.
    async fn accept_all(&self, listener: &TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => self.take(stream),
                Err(error) => {
                    warn!(%error, "could not accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Serves one more, or says that there are too many.
    fn take(&self, stream: TcpStream) {
        let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() else {
            metrics::counter!("hotline_shed_total", "class" => "connections").increment(1);
            if let Err(error) = stream.try_write(TOO_MANY) {
                debug!(%error, "a connection was turned away unheard");
            }
            return;
        };
        // Answers are small and awaited: waiting to fill a packet only delays them.
        if let Err(error) = stream.set_nodelay(true) {
            debug!(%error, "nodelay");
        }
        let is_crowded = self.slots.available_permits() < self.slots_max / 2;
        let connection = self.connection(stream, is_crowded);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                if took_nothing(&error) {
                    metrics::counter!("hotline_cut_total").increment(1);
                }
                debug!(%error, "a connection ended early");
            }
            drop(slot);
        });
    }

    /// Serves what comes over a line until it closes or patience ends.
    fn connection<L>(
        &self,
        line: L,
        is_crowded: bool,
    ) -> impl Future<Output = hyper::Result<()>> + use<L>
    where
        L: AsyncRead + AsyncWrite + Send + 'static,
    {
        let http = if is_crowded { &self.crowded } else { &self.http };
        // Who takes nothing of what he is sent is cut; a watcher comes back with the last event he heard.
        let mut line = Box::pin(TimeoutStream::new(line));
        line.as_mut().set_write_timeout_pinned(self.writing);
        let line = TokioIo::new(line);
        self.graceful.watch(http.serve_connection(line, self.service.clone()))
    }
}

/// Whether the connection was cut because its other end took nothing of what it was sent.
fn took_nothing(error: &hyper::Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref());
    cause.is_some_and(|cause: &io::Error| cause.kind() == io::ErrorKind::TimedOut)
}

fn builder(header_timeout: Option<Duration>) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(HEADER_BYTES_MAX)
        .max_headers(100);
    http
}

/// As many connections as there are files for, after asking the system for all it allows: a connection that took the
/// last one would take it from the journal.
fn connections_max() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: maximum, maximum };
    if let Err(error) = setrlimit(Resource::Nofile, wanted) {
        debug!(%error, "no more files than before");
    }
    let files = getrlimit(Resource::Nofile).current.or(current).unwrap_or(u64::MAX);
    let connections = connections_of(files, FILES_KEPT);
    if connections < CONNECTIONS_MAX {
        info!(connections, files, "the system's limit of open files bounds the connections");
    }
    connections
}

/// Connections for so many files, of which so many, or half, are kept for others.
fn connections_of(files: u64, kept: u64) -> usize {
    let kept = kept.min(files / 2);
    usize::try_from(files - kept).unwrap_or(usize::MAX).min(CONNECTIONS_MAX)
}
