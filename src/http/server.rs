//! Accepts connections, bounds them, and stops gracefully: what is under way is answered, then the line is closed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tracing::{debug, info, warn};

use super::{App, router};

/// Connections at once: more than a city's desks and handlers.
const CONNECTIONS_MAX: usize = 20_000;
/// Files that connections leave to the journal, the snapshots and the models, or half of what the system gives.
const FILES_KEPT: u64 = 256;
/// A client that takes longer to send its headers is not a hotline client.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of headers.
const HEADER_BYTES_MAX: usize = 16 << 10;
/// From the end of the headers to the answer, the body's arrival included.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// What is still under way after this is cut off when stopping.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);
/// After an error of the listener, such as no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

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
    let service = TowerToHyperService::new(router(Arc::clone(&app)));
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(HEADER_BYTES_MAX)
        .max_headers(100);
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(connections_max()));
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &slots) => accepted,
            () = &mut stop => break,
        };
        let Some((stream, slot)) = accepted else { continue };
        let connection =
            graceful.watch(http.serve_connection(TokioIo::new(stream), service.clone()));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                debug!(%error, "a connection ended early");
            }
            drop(slot);
        });
    }
    drop(listener);
    info!("stopping: answering what is under way");
    app.stop();
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(DRAIN_TIMEOUT) => warn!("cut off what was still under way"),
    }
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
    let kept = FILES_KEPT.min(files / 2);
    let connections = usize::try_from(files - kept).unwrap_or(usize::MAX).min(CONNECTIONS_MAX);
    if connections < CONNECTIONS_MAX {
        info!(connections, files, "the system's limit of open files bounds the connections");
    }
    connections
}

/// The next connection, once there is a slot for it.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            // Answers are small and awaited: waiting to fill a packet only delays them.
            if let Err(error) = stream.set_nodelay(true) {
                debug!(%error, "nodelay");
            }
            Some((stream, slot))
        }
        Err(error) => {
            warn!(%error, "could not accept a connection");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}
