//! Sends one message over HTTP to one target: to an address that was judged, without redirects, with bounds on time and on
//! what comes back. Retries are elsewhere.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::addresses::resolved;
use super::feed::Message;
use super::signature;
use super::targets::Target;
use crate::clock::Clock;

/// From the look at the name to the end of the answer. Receivers are to note a message and answer, not to act on it.
const ATTEMPT_MAX: Duration = Duration::from_secs(15);
/// To one address of several.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// A line that was idle for longer may have been forgotten on the way.
const IDLE_MAX: Duration = Duration::from_secs(30);
/// Of an answer's body, which nobody reads.
const ANSWER_BYTES_MAX: usize = 16 << 10;
/// Of an answer's head, and what hyper reads ahead.
const HEAD_BYTES_MAX: usize = 16 << 10;

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The name has no address.
    #[error("its name has no address: {0}")]
    Unresolved(io::Error),
    /// An address that nothing is sent to.
    #[error("its name leads to {0}, which is not allowed for it")]
    Address(IpAddr),
    /// No connection.
    #[error("no connection: {0}")]
    Unreachable(io::Error),
    /// The connection broke, or HTTP was not kept to.
    #[error("the connection broke: {0}")]
    Broken(#[from] hyper::Error),
    /// Nothing came in time.
    #[error("no answer within {} s", ATTEMPT_MAX.as_secs())]
    Late,
    /// Another answer than that it was taken.
    #[error("it answered {0}")]
    Status(StatusCode),
}

impl Failure {
    /// A word, for figures.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Failure::Unresolved(_) => "unresolved",
            Failure::Address(_) => "address",
            Failure::Unreachable(_) => "unreachable",
            Failure::Broken(_) => "broken",
            Failure::Late => "late",
            Failure::Status(status) if status.is_redirection() => "redirect",
            Failure::Status(_) => "status",
        }
    }

    /// The receiver says that it wants no more, and never will.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Failure::Status(StatusCode::GONE))
    }
}

/// Whom the machine trusts to say who somebody is.
///
/// # Errors
/// When it trusts nobody.
pub(super) fn tls() -> io::Result<TlsConnector> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let reason = found.errors.first().map_or(String::new(), |error| format!(": {error}"));
        return Err(io::Error::other(format!(
            "webhooks: the system has no certificates to know https targets by{reason}"
        )));
    }
    let ring = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions();
    let config = config.expect("ring knows the versions that are safe");
    let config = config.with_root_certificates(roots).with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Sends to one target, over a line that stays open between messages.
pub(super) struct Poster {
    target: Arc<Target>,
    tls: Option<TlsConnector>,
    clock: Arc<Clock>,
    line: Option<Line>,
}

impl Poster {
    pub(super) fn new(target: Arc<Target>, tls: Option<TlsConnector>, clock: Arc<Clock>) -> Poster {
        Poster { target, tls, clock, line: None }
    }

    /// Sends it, and hears that it was taken.
    pub(super) async fn post(&mut self, message: &Message) -> Result<(), Failure> {
        let kept = self.line.take().filter(Line::is_fresh);
        let attempt = async {
            let Some(line) = kept else { return self.post_anew(message).await };
            match self.post_on(line, message).await {
                // The other side may have closed it while nothing was sent: that says nothing yet.
                Err(Failure::Broken(_)) => self.post_anew(message).await,
                answered => answered,
            }
        };
        timeout(ATTEMPT_MAX, attempt).await.unwrap_or(Err(Failure::Late))
    }

    async fn post_anew(&mut self, message: &Message) -> Result<(), Failure> {
        let addresses = resolved(&self.target).await?;
        let line = self.connected(&addresses).await?;
        self.post_on(line, message).await
    }

    async fn post_on(&mut self, mut line: Line, message: &Message) -> Result<(), Failure> {
        line.requests.ready().await?;
        let answer = line.requests.send_request(self.request(message)).await?;
        let status = answer.status();
        // Read to its end the line is free again; what says more than it should is hung up on.
        if Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await.is_ok() {
            line.used = Instant::now();
            self.line = Some(line);
        }
        if status.is_success() { Ok(()) } else { Err(Failure::Status(status)) }
    }

    /// Signed for now: a receiver refuses what is minutes old.
    fn request(&self, message: &Message) -> Request<Full<Bytes>> {
        let Target { url, secrets, .. } = &*self.target;
        let seconds = self.clock.now().ms().div_euclid(1_000);
        let body = message.body.as_bytes();
        let signature = signature::header(secrets, &message.id, seconds, body);
        let request = Request::builder()
            .method(Method::POST)
            .uri(&url.path)
            .header(header::HOST, &url.authority)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, concat!("hotline/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", signature);
        let request = request.body(Full::new(Bytes::copy_from_slice(body)));
        request.expect("the file's URL was read, and the rest is plain")
    }

    /// The first address that answers.
    async fn connected(&self, addresses: &[SocketAddr]) -> Result<Line, Failure> {
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in addresses {
            let connected = timeout(CONNECT_MAX, TcpStream::connect(address)).await;
            match connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
                Ok(stream) => return self.greeted(stream).await,
                Err(error) => last = error,
            }
        }
        Err(Failure::Unreachable(last))
    }

    async fn greeted(&self, stream: TcpStream) -> Result<Line, Failure> {
        stream.set_nodelay(true).map_err(Failure::Unreachable)?;
        if !self.target.url.is_tls {
            return Line::over(stream).await;
        }
        let tls = self.tls.as_ref().expect("there is one where a target is https");
        let name = ServerName::try_from(self.target.url.host.clone());
        let name = name.map_err(|error| Failure::Unreachable(io::Error::other(error)))?;
        Line::over(tls.connect(name, stream).await.map_err(Failure::Unreachable)?).await
    }
}

/// A connection that takes requests.
struct Line {
    requests: SendRequest<Full<Bytes>>,
    used: Instant,
    connection: AbortHandle,
}

impl Line {
    async fn over(
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    ) -> Result<Line, Failure> {
        let mut http = hyper::client::conn::http1::Builder::new();
        http.max_buf_size(HEAD_BYTES_MAX);
        let (requests, connection) = http.handshake(TokioIo::new(stream)).await?;
        // What ends it is told to whoever sends.
        let connection = tokio::spawn(async move { drop(connection.await) }).abort_handle();
        Ok(Line { requests, used: Instant::now(), connection })
    }

    fn is_fresh(&self) -> bool {
        self.used.elapsed() < IDLE_MAX && !self.requests.is_closed()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // Nobody waits for what is still to come.
        self.connection.abort();
    }
}
