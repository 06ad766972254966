//! A system that is told things: a small HTTP server on loopback, which answers as a test says and keeps what it heard.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver as Heards, Sender};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};
use ureq::http::HeaderMap;

/// What it says to a message.
pub(crate) enum Answer {
    Status(u16),
    Redirect(String),
    /// Nothing, for as long as the other side waits.
    Never,
}

/// A message that came whole.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// How it answers the message with this number, from 0.
type Answering = Box<dyn Fn(usize) -> Answer + Send + Sync>;

pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    pub(crate) heard: Heards<Heard>,
    inside: Arc<Inside>,
    thread: Option<JoinHandle<()>>,
}

struct Inside {
    answering: Answering,
    tls: Option<Arc<ServerConfig>>,
    count: AtomicUsize,
    is_over: AtomicBool,
    /// Each that was ever open.
    lines: Mutex<Vec<TcpStream>>,
}

trait Line: Read + Write {}

impl<T: Read + Write> Line for T {}

impl Receiver {
    pub(crate) fn start(answering: impl Fn(usize) -> Answer + Send + Sync + 'static) -> Receiver {
        Receiver::start_at(([127, 0, 0, 1], 0).into(), answering)
    }

    /// Where another one was before.
    pub(crate) fn start_at(
        address: SocketAddr,
        answering: impl Fn(usize) -> Answer + Send + Sync + 'static,
    ) -> Receiver {
        Receiver::listen(address, Box::new(answering), None)
    }

    /// As `localhost`, by a certificate of its own, which it writes to this file.
    pub(crate) fn start_tls(certificate: &Path) -> Receiver {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let pem = made.cert.der().to_vec();
        std::fs::write(certificate, pem_of(&pem)).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let ring = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let answering = Box::new(|_| Answer::Status(200));
        Receiver::listen(([127, 0, 0, 1], 0).into(), answering, Some(Arc::new(config)))
    }

    fn listen(
        address: SocketAddr,
        answering: Answering,
        tls: Option<Arc<ServerConfig>>,
    ) -> Receiver {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, heard) = mpsc::channel();
        let inside = Arc::new(Inside {
            answering,
            tls,
            count: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            lines: Mutex::default(),
        });
        let accepting = Arc::clone(&inside);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().map(Result::unwrap) {
                if accepting.is_over.load(Ordering::SeqCst) {
                    return;
                }
                accepting.lines.lock().unwrap().push(stream.try_clone().unwrap());
                let (inside, tell) = (Arc::clone(&accepting), tell.clone());
                std::thread::spawn(move || inside.serve(stream, &tell));
            }
        });
        Receiver { address, heard, inside, thread: Some(thread) }
    }

    /// How often somebody has called.
    pub(crate) fn connections(&self) -> usize {
        self.inside.lines.lock().unwrap().len()
    }

    /// Goes away, in the middle of whatever it does.
    pub(crate) fn stop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        self.inside.is_over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address).unwrap());
        thread.join().unwrap();
        for line in self.inside.lines.lock().unwrap().iter() {
            // Closed by the other side already, it may be.
            drop(line.shutdown(Shutdown::Both));
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Inside {
    /// One connection, message after message, until the other side closes it.
    fn serve(&self, stream: TcpStream, tell: &Sender<Heard>) {
        let line: Box<dyn Line> = match &self.tls {
            None => Box::new(stream),
            Some(config) => {
                let session = ServerConnection::new(Arc::clone(config)).unwrap();
                Box::new(StreamOwned::new(session, stream))
            }
        };
        let mut line = BufReader::new(line);
        while let Some(heard) = read(&mut line) {
            let number = self.count.fetch_add(1, Ordering::SeqCst);
            let head = match (self.answering)(number) {
                Answer::Status(status) => format!("HTTP/1.1 {status} x\r\n"),
                Answer::Redirect(to) => format!("HTTP/1.1 302 x\r\nLocation: {to}\r\n"),
                Answer::Never => {
                    drop(tell.send(heard));
                    // Until the other side has had enough.
                    drop(line.read(&mut [0]));
                    return;
                }
            };
            // Told before it is answered: what was answered has been heard.
            drop(tell.send(heard));
            let length = if head.contains(" 204 ") { "" } else { "Content-Length: 0\r\n" };
            if line.get_mut().write_all(format!("{head}{length}\r\n").as_bytes()).is_err() {
                return;
            }
        }
    }
}

fn read(line: &mut impl BufRead) -> Option<Heard> {
    let mut text = String::new();
    let mut next = |text: &mut String| {
        text.clear();
        line.read_line(text).ok().filter(|&bytes| bytes > 0)
    };
    next(&mut text)?;
    let path = text.split(' ').nth(1)?.to_owned();
    let mut headers = HeaderMap::new();
    loop {
        next(&mut text)?;
        let Some((name, value)) = text.trim_end().split_once(": ") else { break };
        let name: ureq::http::HeaderName = name.to_ascii_lowercase().parse().ok()?;
        headers.insert(name, value.parse().ok()?);
    }
    let said = |name: &str| headers.get(name)?.to_str().ok();
    let id = said("webhook-id")?.to_owned();
    let mut body = vec![0; said("content-length")?.parse().ok()?];
    line.read_exact(&mut body).ok()?;
    Some(Heard { id, path, headers, body })
}

/// A certificate as text.
fn pem_of(der: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> =
        (0..text.len()).step_by(64).map(|from| &text[from..text.len().min(from + 64)]).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
