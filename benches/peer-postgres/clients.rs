//! Clients of a hotline that each wait for their answer before they ask again, over plain sockets: as lean as pgbench is.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::Text;

/// What clients saw.
pub(crate) struct Seen {
    pub(crate) orders_per_s: f64,
    pub(crate) latency_us: Histogram<u64>,
}

/// One connection.
pub(crate) struct Client(BufReader<TcpStream>);

impl Client {
    pub(crate) fn to(address: &str) -> Client {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Client(BufReader::new(stream))
    }

    /// The status and body of an answer.
    pub(crate) fn post(&mut self, path: &str, media: &str, body: &str) -> (u16, Vec<u8>) {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.0.get_mut().write_all((head + body).as_bytes()).unwrap();
        let (mut status, mut length, mut line) = (0, 0, String::new());
        loop {
            line.clear();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the hotline closed the line");
            let words = line.trim_end();
            if let Some(rest) = words.strip_prefix("HTTP/1.1 ") {
                status = rest[..3].parse().unwrap();
            } else if let Some((name, value)) = words.split_once(": ")
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.parse().unwrap();
            } else if words.is_empty() {
                break;
            }
        }
        let mut answer = vec![0; length];
        self.0.read_exact(&mut answer).unwrap();
        (status, answer)
    }
}

/// An order as a channel sends it, each by a caller of his own.
pub(crate) fn order(text: &Text, turn: u64) -> String {
    let caller = serde_json::json!({"name": "", "phone": format!("139{:08}", turn % 100_000_000)});
    serde_json::json!({"title": text.title, "content": text.content, "channel": "web", "caller": caller})
        .to_string()
}

/// So many clients for so long, with `batch` orders a request; 0 for single ones.
pub(crate) fn closed_loop(
    address: &str,
    stream: &[Text],
    clients: usize,
    batch: u64,
    span: Duration,
) -> Seen {
    let next = AtomicU64::new(0);
    let one = || {
        let mut client = Client::to(address);
        let (mut orders, mut latency_us) = (0, Histogram::<u64>::new(3).unwrap());
        let began = Instant::now();
        while began.elapsed() < span {
            let first = next.fetch_add(batch.max(1), Ordering::Relaxed);
            let body = |turn: u64| order(&stream[(turn % stream.len() as u64) as usize], turn);
            let asked;
            let (status, answer) = if batch == 0 {
                let body = body(first);
                asked = Instant::now();
                client.post("/api/v1/orders", "application/json", &body)
            } else {
                let lines: Vec<String> = (first..first + batch).map(body).collect();
                let body = lines.join("\n");
                asked = Instant::now();
                client.post("/api/v1/orders/batch", "application/x-ndjson", &body)
            };
            // Nobody waits who was turned away; he asks again, as pgbench does not have to.
            let made = match status {
                201 => 1,
                200 => {
                    answer.split(|byte| *byte == b'\n').filter(|line| line.len() > 2).count() as u64
                }
                503 => 0,
                status => panic!("{status}: {}", String::from_utf8_lossy(&answer)),
            };
            orders += made;
            if made > 0 {
                latency_us.record(asked.elapsed().as_micros() as u64).unwrap();
            }
        }
        (orders, latency_us)
    };
    let began = Instant::now();
    let seen: Vec<(u64, Histogram<u64>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let seconds = began.elapsed().as_secs_f64();
    let orders: u64 = seen.iter().map(|(orders, _)| orders).sum();
    let mut latency_us = Histogram::<u64>::new(3).unwrap();
    seen.iter().for_each(|(_, latencies)| latency_us.add(latencies).unwrap());
    Seen { orders_per_s: orders as f64 / seconds, latency_us }
}
