//! Clients that are slow, endless, broken or many, by raw sockets: each is answered or cut, and nobody else is hindered.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::desk::Hotline;
use crate::tour::unpaid_wages;

/// Longer than any deadline of the hotline: reached only when one is missing.
const PATIENCE: Duration = Duration::from_secs(60);

fn connect(hotline: &Hotline) -> TcpStream {
    let stream = TcpStream::connect(&hotline.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// What comes until the other end closes, and how it closed.
fn rest_of(mut stream: &TcpStream) -> (String, Option<ErrorKind>) {
    let mut text = Vec::new();
    let ended = stream.read_to_end(&mut text);
    (String::from_utf8_lossy(&text).into_owned(), ended.err().map(|error| error.kind()))
}

/// Sends raw bytes, as far as they are taken, and reads the answer.
fn answer(hotline: &Hotline, bytes: &[u8]) -> String {
    let mut stream = connect(hotline);
    // A refusal may come before all is sent: then the rest finds nobody.
    drop(stream.write_all(bytes));
    rest_of(&stream).0
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
}

fn head(hotline: &Hotline, more: &str) -> String {
    let token = hotline.token("call-taker");
    format!(
        "POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nConnection: close\r\n{more}\r\n"
    )
}

fn post(hotline: &Hotline, body: &[u8]) -> String {
    let mut bytes = head(hotline, &format!("Content-Length: {}\r\n", body.len())).into_bytes();
    bytes.extend_from_slice(body);
    answer(hotline, &bytes)
}

#[test]
fn broken_http_is_refused_and_never_an_error_of_ours() {
    let hotline = Hotline::start();
    let token = hotline.token("call-taker");
    let long = "x".repeat(20 << 10);
    let many: String = (0..200).map(|at| format!("X-{at}: 1\r\n")).collect();
    let cases = [
        ("no HTTP", "\u{1}\u{2}\u{3}\r\n\r\n".to_owned(), 400),
        ("no version", "GET /healthz\r\n\r\n".to_owned(), 400),
        ("a header without a colon", "GET /healthz HTTP/1.1\r\nHost\r\n\r\n".to_owned(), 400),
        ("a long path", format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n"), 431),
        ("a long header", format!("GET / HTTP/1.1\r\nHost: x\r\nX: {long}\r\n\r\n"), 431),
        ("many headers", format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n"), 431),
        ("two lengths", head(&hotline, "Content-Length: 5\r\nContent-Length: 6\r\n"), 400),
        ("a length that is none", head(&hotline, "Content-Length: many\r\n"), 400),
        (
            "a chunk that is none",
            head(&hotline, "Transfer-Encoding: chunked\r\n") + "zz\r\nxx\r\n",
            400,
        ),
        ("a packed body", head(&hotline, "Content-Encoding: gzip\r\nContent-Length: 0\r\n"), 415),
        (
            "another type",
            format!(
                "POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
                 Connection: close\r\nContent-Length: 0\r\n\r\n"
            ),
            415,
        ),
    ];
    for (what, bytes, wanted) in cases {
        let answer = answer(&hotline, bytes.as_bytes());
        assert_eq!(status(&answer), wanted, "{what}: {answer}");
    }
    assert_eq!(hotline.get("", "/healthz").status, 200);
}

#[test]
fn strange_json_is_refused_by_its_field_and_leaves_no_order() {
    let hotline = Hotline::start();
    let nested = |depth: usize| {
        let open = r#"{"content":"x","caller":"#.to_owned();
        open + &r#"{"name":"#.repeat(depth) + "1" + &"}".repeat(depth) + "}"
    };
    let keys: String = (0..80_000).map(|at| format!(r#""k{at}":1,"#)).collect();
    let cases: Vec<(&str, String, u16, &str)> = vec![
        ("a key twice", r#"{"content":"x","content":"y"}"#.into(), 422, "content: is there twice"),
        ("too large a number", r#"{"content":"x","title":1e999}"#.into(), 400, "out of range"),
        ("no number", r#"{"content":"x","title":NaN}"#.into(), 400, "expected"),
        (
            "a huge integer",
            format!(r#"{{"content":"x","title":{}}}"#, "9".repeat(400)),
            400,
            "out of range",
        ),
        ("half a surrogate", r#"{"content":"\ud83d"}"#.into(), 400, "hex escape"),
        ("surrogates the wrong way", r#"{"content":"\udc00\ud83d"}"#.into(), 400, "surrogate"),
        ("NUL", r#"{"content":"a\u0000b"}"#.into(), 422, "/content"),
        ("a raw control character", "{\"content\":\"a\u{1}b\"}".into(), 400, "control character"),
        ("80,000 keys", format!(r#"{{{keys}"content":"x"}}"#), 422, "unknown field `k0`"),
        ("deep objects", nested(100_000), 422, "/caller"),
        ("a deep list", "[".repeat(500_000), 422, "expected an object"),
        ("nothing", String::new(), 400, "EOF"),
        ("one byte", "{".into(), 400, "EOF"),
    ];
    for (what, body, wanted, words) in cases {
        let answer = post(&hotline, body.as_bytes());
        assert_eq!(status(&answer), wanted, "{what}: {answer}");
        assert!(answer.contains(words), "{what}: {answer}");
    }
    let listed = hotline.get("admin", "/api/v1/orders");
    assert_eq!(listed.json["data"], serde_json::json!([]));
}

/// Whatever a body is packed in, nothing is unpacked: ten kilobytes stay ten kilobytes.
#[test]
fn packed_bodies_are_refused_however_they_say_what_they_are() {
    let hotline = Hotline::start();
    // The beginning of ten megabytes of zeros as gzip packs them, and then more of the same.
    let mut bomb = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0xec, 0xc1, 1, 1, 0, 0, 0, 0x80, 0x90];
    bomb.resize(10 << 10, 0);
    let length = format!("Content-Length: {}\r\n", bomb.len());
    for packed in [
        "gzip",
        "br",
        "deflate",
        "zstd",
        "compress",
        "GZIP",
        "gzip, gzip",
        "identity",
        "identity, br",
        "x",
    ] {
        let mut bytes =
            head(&hotline, &format!("Content-Encoding: {packed}\r\n{length}")).into_bytes();
        bytes.extend_from_slice(&bomb);
        let said = answer(&hotline, &bytes);
        assert_eq!(status(&said), 415, "{packed}: {said}");
    }
    let by_transfer = head(&hotline, "Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n";
    assert!([400, 415, 501].contains(&status(&answer(&hotline, by_transfer.as_bytes()))));
    assert_eq!(status(&post(&hotline, &bomb)), 400, "unsaid, it is no JSON");
    // The control: the same line, without a word about packing.
    let plain = r#"{"content":"路灯不亮","kind":"help"}"#;
    assert_eq!(status(&post(&hotline, plain.as_bytes())), 201);
}

#[test]
fn a_body_of_the_limit_is_read_and_one_byte_more_is_not() {
    let hotline = Hotline::start();
    // Spaces count as bytes of the body and say nothing.
    let exactly = |bytes: usize| {
        let mut body = br#"{"content":"x","kind":"help"}"#.to_vec();
        body.resize(bytes, b' ');
        body
    };
    assert_eq!(status(&post(&hotline, &exactly(1 << 20))), 201);
    assert_eq!(status(&post(&hotline, &exactly((1 << 20) + 1))), 413);
}

#[test]
fn an_endless_body_is_refused_while_it_still_comes() {
    let hotline = Hotline::start();
    let mut stream = connect(&hotline);
    stream.write_all(head(&hotline, "Transfer-Encoding: chunked\r\n").as_bytes()).unwrap();
    let piece = [b"10000\r\n".as_slice(), &[b'x'; 1 << 16], b"\r\n"].concat();
    let mut sent = 0_usize;
    // Ends when the hotline has closed: it never does without the bound.
    while sent < 1 << 30 && stream.write_all(&piece).is_ok() {
        sent += 1 << 16;
    }
    assert!(sent < 64 << 20, "{sent} bytes were taken");
    // What says itself how much it is, is not read at all.
    let declared = head(&hotline, "Content-Length: 10000000000\r\nExpect: 100-continue\r\n");
    let answer = answer(&hotline, declared.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[test]
fn those_who_send_nothing_more_are_cut_and_hinder_nobody() {
    let hotline = Hotline::start();
    let before = Instant::now();
    let idle = connect(&hotline);
    let mut half_a_head = connect(&hotline);
    half_a_head.write_all(b"GET /healthz HTTP/1.1\r\nHost:").unwrap();
    let mut half_a_body = connect(&hotline);
    half_a_body.write_all(head(&hotline, "Content-Length: 50\r\n").as_bytes()).unwrap();
    let mut kept = connect(&hotline);
    kept.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    // Meanwhile others are served.
    unpaid_wages(&hotline);
    let (text, error) = rest_of(&half_a_body);
    assert!(text.starts_with("HTTP/1.1 408") && text.contains(r#""code":"timeout""#), "{text}");
    assert_ne!(error, Some(ErrorKind::WouldBlock), "it was cut, not given up on");
    for (what, stream) in [("idle", &idle), ("half a head", &half_a_head), ("kept", &kept)] {
        assert_ne!(rest_of(stream).1, Some(ErrorKind::WouldBlock), "{what}");
    }
    assert!(before.elapsed() < PATIENCE);
}

#[test]
fn two_thousand_who_dawdle_do_not_hinder_a_good_client() {
    let hotline = Hotline::start();
    let mut dawdlers: Vec<TcpStream> = (0..2_000).map(|_| connect(&hotline)).collect();
    for (turn, stream) in dawdlers.iter_mut().enumerate() {
        let piece: &[u8] = if turn % 2 == 0 { b"POST /api/v1/orders HTTP/1.1\r\n" } else { b"G" };
        stream.write_all(piece).unwrap();
    }
    for _ in 0..20 {
        unpaid_wages(&hotline);
        assert_eq!(hotline.get("dispatcher", "/api/v1/orders?limit=1").status, 200);
    }
    assert_eq!(hotline.get("", "/readyz").status, 200);
}

#[test]
fn an_answer_that_nobody_takes_is_cut_and_one_that_is_taken_comes_whole() {
    let hotline = Hotline::start();
    // A page of six megabytes: more than the system keeps for anybody.
    let long = json!({"content": "长".repeat(20_000), "kind": "help"});
    for _ in 0..100 {
        assert_eq!(hotline.post("call-taker", "/api/v1/orders", &long).status, 201);
    }
    let ask = format!(
        "GET /api/v1/orders?limit=200 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
        hotline.token("dispatcher")
    );
    let asking = || {
        let mut stream = connect(&hotline);
        stream.write_all(ask.as_bytes()).unwrap();
        stream
    };
    let (taking, not_taking) = (asking(), asking());
    let whole = rest_of(&taking).0;
    let deadline = Instant::now() + PATIENCE;
    let is_cut =
        || hotline.get("", "/metrics").json.as_str().unwrap().contains("hotline_cut_total 1");
    while !is_cut() {
        assert!(Instant::now() < deadline, "never cut");
    }
    let (part, _) = rest_of(&not_taking);
    assert!(whole.len() > 6_000_000 && part.len() < whole.len(), "{} {}", whole.len(), part.len());
}

#[test]
fn where_the_system_gives_few_files_the_journal_keeps_its_own_and_dawdlers_make_room() {
    let mut hotline = Hotline::start();
    assert!(hotline.stop());
    hotline.again_behind("ulimit -n 300");
    // Half of the files are for connections: the rest of these are told so.
    let mut dawdlers: Vec<TcpStream> = (0..200).map(|_| connect(&hotline)).collect();
    let told = dawdlers.split_off(150);
    for stream in &told {
        let (text, _) = rest_of(stream);
        assert!(text.starts_with("HTTP/1.1 503") && text.contains("Retry-After: 1"), "{text}");
        assert!(text.ends_with(r#""detail":"too many connections"}"#), "{text}");
    }
    // Those who only stand around are cut, and others are let in.
    for stream in &dawdlers {
        assert_ne!(rest_of(stream).1, Some(ErrorKind::WouldBlock), "cut, not given up on");
    }
    unpaid_wages(&hotline);
}

/// As many as one process may have of lines that only stand around: the journal keeps its files, and who asks is answered.
#[test]
#[ignore = "thousands of lines: as many as the system lets one process have"]
fn twenty_thousand_who_stand_around_leave_room_for_those_who_ask() {
    let hotline = Hotline::start();
    let mut idle = Vec::new();
    let mut refused = None;
    while idle.len() < 20_000 && refused.is_none() {
        match TcpStream::connect(&hotline.address) {
            Ok(stream) => idle.push(stream),
            Err(error) => refused = Some(error),
        }
    }
    println!("{} lines stand around; then: {refused:?}", idle.len());
    assert!(idle.len() > 500, "too few lines to prove anything");
    // Room for our own next lines; those that are there still are far more than are needed.
    idle.truncate(idle.len() - 100);
    for _ in 0..50 {
        unpaid_wages(&hotline);
        assert_eq!(hotline.get("dispatcher", "/api/v1/orders?limit=1").status, 200);
    }
    assert_eq!(hotline.get("", "/readyz").status, 200);
    assert!(!hotline.log().contains("Too many open files"), "{}", hotline.log());
}
