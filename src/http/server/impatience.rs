//! Lines on which nothing moves, by a clock that tests move: cut with patience as it is, and there for ever without.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::time::timeout;

use super::*;

/// Longer than any patience.
const FOR_EVER: Duration = Duration::from_hours(1);
/// Bytes that a line holds which nobody reads from.
const LINE_BYTES: usize = 4 << 10;
const ENDLESS: Patience = Patience { headers: None, headers_crowded: None, writing: None };

/// A service with an answer that never ends, as events are.
fn service(patience: Patience) -> Connections {
    let events = || async {
        let pieces = futures_util::stream::repeat_with(|| Ok::<_, io::Error>(vec![b'x'; 1_000]));
        Body::from_stream(pieces)
    };
    Connections::new(Router::new().route("/", get(events)), patience)
}

#[tokio::test(start_paused = true)]
async fn who_does_not_end_his_headers_is_cut_and_without_patience_stays_for_ever() {
    for (begun, is_crowded) in [("", false), ("GET / HT", false), ("GET / HTTP/1.1\r\nX: ", true)] {
        let connections = service(PATIENCE);
        let (mut theirs, ours) = duplex(LINE_BYTES);
        let connection = connections.connection(ours, is_crowded);
        theirs.write_all(begun.as_bytes()).await.unwrap();
        let ended = timeout(FOR_EVER, connection).await;
        assert!(ended.is_ok(), "cut after {begun:?}");

        let connections = service(ENDLESS);
        let (mut theirs, ours) = duplex(LINE_BYTES);
        let connection = connections.connection(ours, is_crowded);
        theirs.write_all(begun.as_bytes()).await.unwrap();
        let ended = timeout(FOR_EVER, connection).await;
        assert!(ended.is_err(), "there for ever after {begun:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_takes_nothing_of_an_answer_is_cut_and_without_patience_stays_for_ever() {
    let ask = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    let connections = service(PATIENCE);
    let (mut theirs, ours) = duplex(LINE_BYTES);
    let connection = connections.connection(ours, false);
    theirs.write_all(ask).await.unwrap();
    let ended = timeout(FOR_EVER, connection).await.expect("it is cut");
    assert!(took_nothing(&ended.unwrap_err()), "and counted as such");

    let connections = service(ENDLESS);
    let (mut theirs, ours) = duplex(LINE_BYTES);
    let connection = connections.connection(ours, false);
    theirs.write_all(ask).await.unwrap();
    assert!(timeout(FOR_EVER, connection).await.is_err(), "there for ever");

    // One who goes on taking, however slowly, is kept: an hour of a thousand bytes every five seconds.
    let connections = service(PATIENCE);
    let (mut theirs, ours) = duplex(LINE_BYTES);
    let connection = connections.connection(ours, false);
    theirs.write_all(ask).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut bytes = [0; 1_000];
    for _ in 0..FOR_EVER.as_secs() / 5 {
        tokio::time::advance(Duration::from_secs(5)).await;
        theirs.read_exact(&mut bytes).await.unwrap();
    }
    assert!(!connection.is_finished());
    connection.abort();
}

#[test]
fn connections_leave_files_to_the_journal_and_without_the_bound_leave_none() {
    for files in [16, 300, 1_024, 20_100] {
        let left = files - connections_of(files, FILES_KEPT) as u64;
        assert!(left >= FILES_KEPT.min(files / 2), "{files}: {left} left");
        let left = files - connections_of(files, 0) as u64;
        assert_eq!(
            left,
            files.saturating_sub(CONNECTIONS_MAX as u64),
            "{files}: none but by chance"
        );
    }
}
