//! Bodies that never end, in bytes, in time or in depth: refused at a bound, and what they do where it is taken away.

use std::process::Command;
use std::sync::Arc;

use futures_util::{StreamExt, stream};

use super::*;

/// Longer than any deadline, by a clock that tests move.
const FOR_EVER: Duration = Duration::from_hours(1);
/// More than is ever read.
const HUGE_BYTES: usize = 40 << 20;
const PIECE_BYTES: usize = 1 << 16;
static ALL: AtomicUsize = AtomicUsize::new(0);

fn held() -> Held {
    Held { bytes: 0, all: &ALL }
}

/// A body of so many bytes that does not say how many, and how many of them were asked for.
fn huge() -> (axum::body::Body, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let pieces = stream::repeat_with(move || {
        counted.fetch_add(PIECE_BYTES, Ordering::Relaxed);
        Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; PIECE_BYTES]))
    });
    (axum::body::Body::from_stream(pieces.take(HUGE_BYTES / PIECE_BYTES)), asked)
}

#[tokio::test(start_paused = true)]
async fn a_huge_body_is_refused_at_its_bound_and_without_the_bound_is_kept_whole() {
    let (body, asked) = huge();
    let refused = arrived(body, &mut held(), BOUNDS).await.unwrap_err();
    assert!(refused.words().starts_with("the body is longer than 1048576"), "{refused:?}");
    let most = BOUNDS.bytes + BOUNDS.passed_bytes + 2 * PIECE_BYTES;
    assert!(asked.load(Ordering::Relaxed) <= most, "{asked:?} bytes were asked for");

    let (body, asked) = huge();
    let unbounded = Bounds { bytes: usize::MAX, ..BOUNDS };
    let kept = arrived(body, &mut held(), unbounded).await.unwrap();
    assert_eq!((kept.len(), asked.load(Ordering::Relaxed)), (HUGE_BYTES, HUGE_BYTES));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_given_up_and_without_the_deadline_is_awaited_for_ever() {
    let begun = || {
        let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"{\"content\":"))]);
        axum::body::Body::from_stream(first.chain(stream::pending()))
    };
    let given_up = tokio::time::timeout(FOR_EVER, arrived(begun(), &mut held(), BOUNDS)).await;
    let words = given_up.expect("it is given up").unwrap_err().words();
    assert!(words.contains("took too long to arrive"), "{words}");

    let patient = Bounds { arrival: None, ..BOUNDS };
    let mut held = held();
    let awaited = tokio::time::timeout(FOR_EVER, arrived(begun(), &mut held, patient)).await;
    assert!(awaited.is_err(), "awaited for ever");
}

/// As deep as a body can be.
fn deep() -> Vec<u8> {
    vec![b'['; BODY_BYTES_MAX]
}

#[test]
fn deep_json_is_refused_and_a_reader_without_a_bound_dies_of_it() {
    let inside = [br#"{"tags":"#.as_slice(), &deep()].concat();
    let refused = parse::<std::collections::BTreeMap<String, serde_json::Value>>(&inside);
    assert!(refused.unwrap_err().words().contains("recursion limit exceeded"));

    let own = std::env::current_exe().unwrap();
    let name = "http::body::hostile::a_reader_without_a_bound";
    let child = Command::new(own).args(["--exact", name, "--ignored"]).output().unwrap();
    assert_eq!(child.status.code(), None, "a signal ended it: {child:?}");
}

#[test]
#[ignore = "overflows its stack: the control of the test above runs it in a process of its own"]
fn a_reader_without_a_bound() {
    fn depth(bytes: &[u8]) -> usize {
        match bytes.split_first() {
            Some((b'[', inside)) => std::hint::black_box(1 + depth(inside)),
            _ => 0,
        }
    }
    assert_eq!(depth(&deep()), BODY_BYTES_MAX);
}
