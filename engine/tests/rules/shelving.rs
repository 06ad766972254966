//! Orders on a shelf: a state that was put aside and taken up again goes on as if it never had been, reads no order that
//! nobody asks for, and lets go of those that have ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hotline_engine::order::OrderId;
use hotline_engine::shelf::{Dossier, Shelf};
use hotline_engine::{Digest, Record, State, digest};

use crate::desk::Desk;
use crate::twin::LONGHU;
use crate::walk::live;

/// A shelf in memory that counts how often somebody takes an order down.
#[derive(Debug)]
struct Board {
    records_count: u64,
    dossiers: Vec<(Dossier, Digest)>,
    taken: AtomicUsize,
}

impl Board {
    fn of(state: &State) -> Arc<Board> {
        let ids = (1..=state.orders().len() as u64).map(OrderId);
        let shelved = |id| (state.orders().dossier(id).unwrap(), state.orders().digest(id));
        Arc::new(Board {
            records_count: state.records_count(),
            dossiers: ids.map(shelved).collect(),
            taken: AtomicUsize::new(0),
        })
    }
}

impl Shelf for Board {
    fn records_count(&self) -> u64 {
        self.records_count
    }

    fn orders_count(&self) -> usize {
        self.dossiers.len()
    }

    fn digest(&self, id: OrderId) -> Digest {
        self.dossiers[id.0 as usize - 1].1
    }

    fn take_down(&self, id: OrderId) -> Dossier {
        self.taken.fetch_add(1, Ordering::Relaxed);
        self.dossiers[id.0 as usize - 1].0.clone()
    }
}

fn play(seed: u64, commands: usize) -> Desk {
    live(seed, commands, LONGHU).expect("the twin agrees").desk
}

fn replayed(records: &[Record]) -> State {
    let mut state = State::default();
    records.iter().for_each(|record| state.apply(record));
    state
}

/// The state but for its orders through an archive, its orders on a board.
fn put_aside(state: &State) -> (State, Arc<Board>) {
    let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(state).unwrap();
    let board = Board::of(state);
    let back = rkyv::from_bytes::<State, rkyv::rancor::Error>(&bytes).unwrap();
    (back.on_shelf(Arc::clone(&board) as Arc<dyn Shelf>), board)
}

#[test]
fn an_archived_state_is_the_same_and_nobody_takes_an_order_down_to_know_it() {
    let desk = play(7, 3_000);
    let (back, board) = put_aside(&desk.state);
    assert_eq!(digest(&back), digest(&desk.state));
    assert_eq!(board.taken.load(Ordering::Relaxed), 0);
    assert_eq!(back.orders().in_memory().count(), 0);
    assert_eq!(back, desk.state);
    back.assert_consistent();
}

#[test]
fn a_state_taken_up_again_anywhere_ends_as_one_that_never_was_put_aside() {
    let desk = play(8, 3_000);
    for part in 1..8 {
        let cut = desk.records.len() * part / 8;
        let (mut resumed, board) = put_aside(&replayed(&desk.records[..cut]));
        desk.records[cut..].iter().for_each(|record| resumed.apply(record));
        assert_eq!(digest(&resumed), digest(&desk.state));
        let read = board.taken.load(Ordering::Relaxed);
        assert!(read <= board.dossiers.len(), "{read} times: an order is taken down once");
        assert_eq!(resumed, desk.state);
        resumed.assert_consistent();
    }
}

#[test]
fn orders_that_have_ended_leave_memory_and_come_back_when_they_are_asked_for() {
    let desk = play(9, 6_000);
    let mut state = State::default();
    let mut let_go = 0;
    for (number, record) in desk.records.iter().enumerate() {
        state.apply(record);
        if number % 500 == 499 {
            // The board is as old as a snapshot that was a while in the making.
            let board = Board::of(&replayed(&desk.records[..number - 100]));
            state.move_to(board);
            let before = digest(&state);
            for page in 0.. {
                let Some(gone) = state.let_go(page) else { break };
                let_go += gone.len();
            }
            assert_eq!(digest(&state), before, "nothing has changed");
        }
    }
    assert!(let_go > 200, "{let_go} orders left memory");
    let in_memory = state.orders().in_memory().count();
    assert!(in_memory < state.orders().len() - 100, "{in_memory} of {}", state.orders().len());
    assert_eq!(digest(&state), digest(&desk.state));
    assert_eq!(state, desk.state);
}

#[test]
#[should_panic(expected = "state and shelf are of one record")]
fn a_shelf_of_another_record_is_refused() {
    let desk = play(10, 300);
    let older = Board::of(&replayed(&desk.records[..100]));
    drop(desk.state.on_shelf(older));
}
