//! What becomes of commands while the disk does not answer: the writer over a disk that waits until it is told to go on.

use std::sync::{Arc, Condvar, Mutex};

use hotline_engine::actor::Role;
use hotline_engine::command::Acceptance;
use hotline_engine::order::{Channel, Kind, Urgency};
use hotline_journal::{Disk, FaultyDisk, JournalOptions, SetAside};

use super::*;
use crate::district::District;
use crate::indexer::Indexer;
use crate::lanes::{BUNDLES_MAX, FRESH_MAX, HANDLING_MAX, URGENT_MAX};
use crate::notices::Notices;
use crate::shelf::Shelves;
use crate::syncs::AroundSyncs;

/// Whether syncs wait, and how many do; and how many are left before the disk fails, if it is to.
#[derive(Debug, Default)]
struct Valve {
    state: Mutex<(bool, usize)>,
    changed: Condvar,
    left: Mutex<Option<usize>>,
}

impl Valve {
    fn shut(&self) {
        self.state.lock().unwrap().0 = true;
    }

    fn open(&self) {
        self.state.lock().unwrap().0 = false;
        self.changed.notify_all();
    }

    /// So many more syncs are done, and none after them.
    fn break_after(&self, count: usize) {
        *self.left.lock().unwrap() = Some(count);
    }

    fn count_down(&self) -> std::io::Result<()> {
        let mut left = self.left.lock().unwrap();
        if *left == Some(0) {
            return Err(std::io::Error::other("the disk is broken"));
        }
        *left = left.map(|count| count - 1);
        Ok(())
    }

    /// A sync: waits while the valve is shut.
    fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        state.1 += 1;
        self.changed.notify_all();
        state = self.changed.wait_while(state, |(shut, _)| *shut).unwrap();
        state.1 -= 1;
    }

    /// Waits until a sync waits.
    fn wait_for_one(&self) {
        let state = self.state.lock().unwrap();
        drop(self.changed.wait_while(state, |(_, waiting)| *waiting == 0).unwrap());
    }
}

/// A writer of the sample district on a disk that can be made to stall.
struct Stage {
    desk: Desk,
    writer: Writer,
    valve: Arc<Valve>,
}

type Answer = oneshot::Receiver<Result<Done, Refusal>>;

impl Stage {
    fn new() -> Stage {
        let valve = Arc::new(Valve::default());
        let held = Arc::clone(&valve);
        let disk = AroundSyncs::new(Arc::new(FaultyDisk::new()), move |sync| {
            held.pass();
            held.count_down()?;
            sync()
        });
        let disk: Arc<dyn Disk> = Arc::new(disk);
        let aside = SetAside::on(Arc::clone(&disk), "/data/aside", 1 << 20);
        let (mut journal, _) =
            Journal::open_on(disk, "/data/journal", JournalOptions::new(1)).unwrap();
        let district = District::sample().unwrap();
        let state = State::default();
        let room = Room::new(aside, &mut journal, BATCH_BYTES_MAX).unwrap();
        let (notices, indexer) = (Notices::after(0), Indexer::new().0);
        let published = Published::of(&state, Shelves::default(), notices, indexer, &room);
        let sequencer = Sequencer {
            state,
            rules: Arc::new(arc_swap::ArcSwap::from_pointee(district.rules().unwrap())),
            journal,
            moving: Moving::of(&published.views),
            published: Arc::new(published),
            room,
            batch_bytes: BATCH_BYTES_MAX,
            clock: Arc::new(Clock::of_system(None)),
        };
        let (desk, writer, _) = sequencer.start();
        let adopt = Action::AdoptDirectory(Box::new(district.draft.clone()));
        desk.submit_blocking(Command { actor: Actor::system(), seen: None, action: adopt })
            .unwrap();
        Stage { desk, writer, valve }
    }

    fn queue(&self, role: Role, action: Action) -> Result<Answer, Refusal> {
        let actor = Actor { name: "t".into(), role, units: None };
        self.desk.queue(Command { actor, seen: None, action })
    }

    fn accept(&self, urgency: Urgency) -> Result<Answer, Refusal> {
        self.queue(Role::CallTaker, Action::Accept(Box::new(order(urgency))))
    }

    /// Shuts the valve, and lets a first order wait behind it.
    fn stall(&self) -> Answer {
        self.valve.shut();
        let first = self.accept(Urgency::Normal).unwrap();
        self.valve.wait_for_one();
        first
    }

    fn end(self) -> State {
        drop(self.desk);
        self.writer.join().unwrap().unwrap()
    }
}

fn order(urgency: Urgency) -> Acceptance {
    let plain = Acceptance::plain(Kind::Help, Channel::Phone, "路灯不亮".into());
    Acceptance { urgency, ..plain }
}

fn close() -> Action {
    Action::Close { order: OrderId(1) }
}

#[test]
fn while_the_disk_stalls_each_lane_is_bounded_and_a_full_one_shuts_no_other() {
    let stage = Stage::new();
    let first = stage.stall();
    let mut fresh = Vec::new();
    while let Ok(answer) = stage.accept(Urgency::Normal) {
        fresh.push(answer);
    }
    assert_eq!(fresh.len(), FRESH_MAX, "no more wait than may");
    // The control: what has no lane of its own left is refused at this very moment.
    assert_eq!(stage.accept(Urgency::Normal).unwrap_err(), Refusal::Busy);
    let mut urgent = Vec::new();
    while let Ok(answer) = stage.accept(Urgency::Urgent) {
        urgent.push(answer);
    }
    assert_eq!(urgent.len(), URGENT_MAX);
    let mut handling = Vec::new();
    while let Ok(answer) = stage.queue(Role::Dispatcher, close()) {
        handling.push(answer);
    }
    assert_eq!(handling.len(), HANDLING_MAX);
    assert_eq!(stage.desk.waiting_count(), FRESH_MAX + URGENT_MAX + HANDLING_MAX);
    assert!(stage.desk.is_crowded());
    stage.valve.open();
    let of = |answer: Answer| answer.blocking_recv().unwrap();
    let orders: Vec<OrderId> = std::iter::once(first)
        .chain(urgent)
        .chain(fresh)
        .map(|answer| of(answer).unwrap().order.unwrap())
        .collect();
    let in_order: Vec<OrderId> = (1..=orders.len() as u64).map(OrderId).collect();
    assert_eq!(orders, in_order, "urgent ones come first, and each is one order");
    for answer in handling {
        assert!(matches!(of(answer), Err(Refusal::Rejected(_))), "it was decided, not dropped");
    }
    stage.accept(Urgency::Normal).unwrap().blocking_recv().unwrap().unwrap();
    assert_eq!(stage.end().orders().len(), orders.len() + 1);
}

#[test]
fn work_on_orders_and_new_orders_take_turns() {
    let (desk, queues) = lanes::lanes();
    let command = |action| Command { actor: Actor::system(), seen: None, action };
    let mut answers = Vec::new();
    for _ in 0..3 {
        answers.push(desk.queue(command(Action::Accept(Box::new(order(Urgency::Normal))))));
        answers.push(desk.queue(command(close())));
    }
    answers.push(desk.queue(command(Action::Accept(Box::new(order(Urgency::Critical))))));
    let taken: Vec<&str> = std::iter::from_fn(|| queues.try_next())
        .map(|submission| match submission {
            Submission::One(command, _) => command.action.name(),
            Submission::Bundle(..) => "bundle",
        })
        .collect();
    assert_eq!(taken, ["accept", "close", "accept", "close", "accept", "close", "accept"]);
    assert!(answers.iter().all(Result::is_ok));
}

#[test]
fn what_nobody_waits_for_any_more_is_left_undone() {
    let stage = Stage::new();
    let first = stage.stall();
    let given_up = stage.accept(Urgency::Normal).unwrap();
    let waited_for = stage.accept(Urgency::Normal).unwrap();
    drop(given_up);
    stage.valve.open();
    first.blocking_recv().unwrap().unwrap();
    // The control: the same order, waited for, is made.
    let made = waited_for.blocking_recv().unwrap().unwrap();
    assert_eq!(made.order, Some(OrderId(2)));
    assert_eq!(stage.end().orders().len(), 2);
}

#[test]
fn a_bundle_is_answered_whole_and_waits_no_longer_than_others_of_its_lane() {
    let stage = Stage::new();
    let first = stage.stall();
    let command = |content: &str| {
        let actor = Actor { name: "t".into(), role: Role::CallTaker, units: None };
        let content = content.to_owned();
        let order = Acceptance { content, ..order(Urgency::Normal) };
        Command { actor, seen: None, action: Action::Accept(Box::new(order)) }
    };
    let bundle = || vec![command("路灯不亮"), command(""), command("路灯又不亮")];
    let mut waiting = Vec::new();
    while let Ok(answer) = stage.desk.queue_bundle(bundle()) {
        waiting.push(answer);
    }
    assert_eq!(waiting.len(), BUNDLES_MAX);
    assert_eq!(stage.desk.queue_bundle(bundle()).unwrap_err(), Refusal::Busy);
    let given_up = waiting.pop();
    drop(given_up);
    stage.valve.open();
    first.blocking_recv().unwrap().unwrap();
    for (at, answer) in (0..).zip(waiting) {
        let outcomes = answer.blocking_recv().unwrap();
        let orders: Vec<_> = outcomes.iter().map(|it| it.as_ref().ok()?.order).collect();
        let made = |back: u64| Some(OrderId(2 * at + back));
        assert_eq!(orders, [made(2), None, made(3)]);
        assert!(matches!(outcomes[1], Err(Refusal::Rejected(Rejection::Empty { .. }))));
    }
    assert_eq!(stage.end().orders().len(), 1 + 2 * (BUNDLES_MAX - 1));
}

#[test]
fn a_bundle_larger_than_a_batch_has_room_for_is_written_in_several() {
    let stage = Stage::new();
    let bundle = large_bundle();
    let count = bundle.len();
    let outcomes = stage.desk.queue_bundle(bundle).unwrap().blocking_recv().unwrap();
    assert_eq!(outcomes.iter().filter(|it| it.is_ok()).count(), count);
    assert_eq!(stage.end().orders().len(), count);
}

/// More than a batch has room for.
fn large_bundle() -> Vec<Command> {
    let actor = Actor { name: "t".into(), role: Role::CallTaker, units: None };
    let long = || Acceptance { content: "长".repeat(20_000), ..order(Urgency::Normal) };
    let command =
        || Command { actor: actor.clone(), seen: None, action: Action::Accept(Box::new(long())) };
    (0..2 * BATCH_BYTES_MAX / 60_000).map(|_| command()).collect()
}

#[test]
fn a_bundle_of_which_a_part_may_be_kept_is_told_so_whichever_sync_fails() {
    for syncs in 0..2 {
        let stage = Stage::new();
        stage.valve.break_after(syncs);
        let bundle = large_bundle();
        let count = bundle.len();
        let outcomes = stage.desk.queue_bundle(bundle).unwrap().blocking_recv().unwrap();
        assert_eq!(outcomes, vec![Err(Refusal::Unknown); count], "after {syncs} syncs");
        drop(stage.desk);
        assert!(matches!(stage.writer.join().unwrap(), Err(WriterError::Journal(_))));
    }
}

#[test]
fn a_no_that_rests_on_what_was_not_committed_is_not_told_when_the_disk_fails() {
    for breaks in [false, true] {
        let stage = Stage::new();
        let made = stage.accept(Urgency::Normal).unwrap().blocking_recv().unwrap().unwrap();
        let withdraw =
            || Action::Withdraw { order: made.order.unwrap(), note: "自行解决".into() };
        let first = stage.stall();
        let answers = [(); 2].map(|()| stage.queue(Role::Dispatcher, withdraw()).unwrap());
        if breaks {
            stage.valve.break_after(1);
        }
        stage.valve.open();
        first.blocking_recv().unwrap().unwrap();
        let [one, other] = answers.map(|answer| answer.blocking_recv().unwrap());
        match breaks {
            true => assert_eq!([one, other], [(); 2].map(|()| Err(Refusal::Unknown))),
            // The control: of a disk that works, the second is a no.
            false => assert!(one.is_ok() && matches!(other, Err(Refusal::Rejected(_)))),
        }
    }
}
