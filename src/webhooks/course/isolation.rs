//! Targets that take nothing, by a clock that tests move: each holds up itself alone, and is given up in the end. With one
//! queue for all, and without an end to patience, it would not be so.

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::pending;
use std::path::Path;

use tokio::time::timeout;

use super::*;

const RECORDS: u64 = 40;
/// Longer than any patience.
const FOR_EVER: Duration = Duration::from_hours(30 * 24);

fn message(sequence: u64, part: &str) -> Message {
    Message { sequence, id: format!("{sequence}{part}"), body: "{}".into() }
}

/// A journal in which each record is a message, read a few at a time.
async fn journal(position: u64) -> Result<Batch, Infallible> {
    let upto = RECORDS.min(position + 8);
    Ok(Batch { messages: (position + 1..=upto).map(|it| message(it, "")).collect(), upto })
}

fn refused() -> Result<(), Failure> {
    Err(Failure::Status(hyper::StatusCode::INTERNAL_SERVER_ERROR))
}

/// A target that has been told nothing.
fn course<S: AsyncFnMut(&Message) -> Result<(), Failure>>(
    folder: &Path,
    name: &str,
    send: S,
    stop: &watch::Sender<bool>,
) -> Course<impl AsyncFnMut(u64) -> Result<Batch, Infallible>, S> {
    let standing = Standing::new(name);
    let position = Position::open(folder, 0, Arc::clone(&standing)).unwrap();
    // Whoever publishes stays: kept open by the one who listens.
    let head = watch::Sender::new(RECORDS);
    let listening = head.subscribe();
    let feed = async move |position| {
        let _published = &head;
        journal(position).await
    };
    let patience = Some(PATIENCE);
    Course { feed, send, position, standing, head: listening, stop: stop.subscribe(), patience }
}

#[tokio::test(start_paused = true)]
async fn a_target_that_hangs_holds_up_itself_alone_and_with_one_queue_it_would_hold_up_all() {
    let (folder, stop) = (tempfile::tempdir().unwrap(), watch::Sender::new(false));
    let taken = RefCell::new(Vec::new());
    let take = async |message: &Message| {
        taken.borrow_mut().push(message.sequence);
        Ok(())
    };
    let hang = async |_: &Message| pending().await;
    let mut hanging = course(folder.path(), "hangs", hang, &stop);
    let mut taking = course(folder.path(), "takes", take, &stop);
    let both = async { tokio::join!(hanging.run(), taking.run()) };
    assert!(timeout(FOR_EVER, both).await.is_err(), "both go on");
    assert_eq!(*taken.borrow(), (1..=RECORDS).collect::<Vec<_>>());
    assert_eq!((hanging.position.sequence(), taking.position.sequence()), (0, RECORDS));

    // The control: one queue, whose messages go to the one and then to the other.
    taken.borrow_mut().clear();
    let shared = async |message: &Message| {
        hang(message).await?;
        take(message).await
    };
    let mut queue = course(folder.path(), "both", shared, &stop);
    assert!(timeout(FOR_EVER, queue.run()).await.is_err());
    assert_eq!(*taken.borrow(), [0; 0], "nobody hears anything");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_refuses_for_three_days_is_given_up_and_without_the_bound_it_never_is() {
    let (folder, stop) = (tempfile::tempdir().unwrap(), watch::Sender::new(false));
    let tried = RefCell::new(Vec::new());
    let refuse = async |message: &Message| {
        tried.borrow_mut().push(message.id.clone());
        refused()
    };
    let mut given_up = course(folder.path(), "bus", refuse, &stop);
    let begun = Instant::now();
    assert!(timeout(FOR_EVER, given_up.run()).await.is_ok(), "it ends by itself");
    assert!(given_up.standing.is_parked() && given_up.position.sequence() == 0);
    let took = begun.elapsed();
    assert!(took <= PATIENCE && took + WAIT_MAX >= PATIENCE, "{took:?}");
    // 1 s, 2 s, … 512 s, and then every ten minutes; always the same message.
    let count = 11 + (PATIENCE.as_secs() - 1_023) / WAIT_MAX.as_secs();
    assert_eq!(*tried.borrow(), vec!["1".to_owned(); count as usize]);

    let mut endless = course(folder.path(), "other", async |_: &Message| refused(), &stop);
    endless.patience = None;
    assert!(timeout(FOR_EVER, endless.run()).await.is_err(), "it goes on for ever");
    assert!(!endless.standing.is_parked());
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_there_again_hears_all_of_it_in_order() {
    let (folder, stop) = (tempfile::tempdir().unwrap(), watch::Sender::new(false));
    let (taken, begun) = (RefCell::new(Vec::new()), Instant::now());
    let outage = Duration::from_hours(1);
    let send = async |message: &Message| {
        // Down for an hour, and then still refusing every third.
        let tried = begun.elapsed().as_secs();
        if begun.elapsed() < outage || (message.sequence + tried).is_multiple_of(3) {
            return refused();
        }
        taken.borrow_mut().push(message.sequence);
        Ok(())
    };
    let mut course = course(folder.path(), "bus", send, &stop);
    assert!(timeout(2 * outage, course.run()).await.is_err(), "it goes on");
    assert_eq!(*taken.borrow(), (1..=RECORDS).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_wants_no_more_is_given_up_at_once() {
    let (folder, stop) = (tempfile::tempdir().unwrap(), watch::Sender::new(false));
    let tried = RefCell::new(0);
    let gone = async |_: &Message| {
        *tried.borrow_mut() += 1;
        Err(Failure::Status(hyper::StatusCode::GONE))
    };
    let mut course = course(folder.path(), "bus", gone, &stop);
    course.run().await;
    assert!(course.standing.is_parked());
    assert_eq!(*tried.borrow(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stop_between_the_messages_of_a_record_has_all_of_them_sent_again() {
    let (folder, stop) = (tempfile::tempdir().unwrap(), watch::Sender::new(false));
    let hang_at_last = async |message: &Message| match message.id.as_str() {
        "2b" => pending().await,
        _ => Ok(()),
    };
    let course = course(folder.path(), "bus", hang_at_last, &stop);
    let feed = async |_: u64| {
        let messages = vec![message(1, ""), message(2, "a"), message(2, "b")];
        Ok::<_, Infallible>(Batch { messages, upto: 2 })
    };
    let Course { send, position, standing, head, patience, stop: stopped, .. } = course;
    let mut course = Course { feed, send, position, standing, head, patience, stop: stopped };
    let begun = Instant::now();
    tokio::join!(course.run(), async { stop.send_replace(true) });
    assert_eq!(begun.elapsed(), STOP_GRACE, "what is under way has that long");
    let again = Position::open(folder.path(), 9, Standing::new("bus")).unwrap();
    assert_eq!(again.sequence(), 1);
}
