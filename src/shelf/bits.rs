//! Every bit of what is put away: flipped, it is found, or the order is the one that was put there all the same.

use std::path::Path;
use std::sync::Arc;

use hotline_engine::actor::{Actor, Role};
use hotline_engine::command::{Acceptance, Action, Command};
use hotline_engine::order::{Caller, Channel, Kind, OrderId};
use hotline_engine::time::Timestamp;
use hotline_engine::{State, step};
use hotline_journal::{FaultyDisk, SnapshotFolder};

use super::{Instead, JournalBehind, OrderShelf, Slot, put_away};
use crate::district::District;

const SEQUENCE: u64 = 9;
/// Of pieces, in bytes: what must be flipped at least.
const PIECES_BYTES: usize = 64 << 10;

/// Orders with callers and long stories, every third of them over.
fn hotline(orders: u64) -> State {
    let rules = District::sample().unwrap().rules().unwrap();
    let mut state = State::default();
    let at = Timestamp::parse("2026-03-02T09:00:00").unwrap();
    let by = |action| Command {
        actor: Actor { name: "t".into(), role: Role::CallTaker, units: None },
        seen: None,
        action,
    };
    for turn in 1..=orders {
        let story = format!("第{turn}位来电人反映楼道堆物堵塞消防通道。").repeat(8);
        let caller =
            Caller {
                name: "钱一".into(), phone: format!("1380000{turn:04}"), confidential: false
            };
        let accept = Acceptance::plain(Kind::Complaint, Channel::Phone, story).told_by(caller);
        step(&mut state, &rules, at, &by(Action::Accept(Box::new(accept)))).unwrap();
        if turn % 3 == 0 {
            let withdraw =
                Action::Withdraw { order: OrderId(turn), note: "已自行解决".into() };
            step(&mut state, &rules, at, &by(withdraw)).unwrap();
        }
    }
    state
}

fn shelved(state: &State) -> (FaultyDisk, Vec<Slot>) {
    let disk = FaultyDisk::new();
    let mut writer = on(&disk).begin(SEQUENCE).unwrap();
    let slots = put_away(state, None, &mut writer).unwrap().slots;
    writer.finish().unwrap();
    (disk, slots)
}

fn on(disk: &FaultyDisk) -> SnapshotFolder {
    SnapshotFolder::on(Arc::new(disk.clone()), "/snapshots")
}

fn shelf(disk: &FaultyDisk, slots: &[Slot]) -> OrderShelf {
    OrderShelf::open(slots.to_vec(), on(disk).pieces(SEQUENCE), Instead::Nothing).unwrap()
}

#[test]
fn every_flipped_bit_of_the_pieces_is_found_when_its_order_is_taken_down() {
    let state = hotline(110);
    let (disk, slots) = shelved(&state);
    let shelf = shelf(&disk, &slots);
    let mut flipped = 0;
    let mut harmless = 0;
    for (at, slot) in slots.iter().enumerate() {
        let id = OrderId(at as u64 + 1);
        let whole = state.orders().dossier(id).unwrap();
        assert_eq!(shelf.take(id).unwrap(), whole);
        let path = shelf.pieces.path(slot.file);
        let first = slot.step as usize * 8;
        for bit in first * 8..(first + slot.bytes as usize) * 8 {
            assert!(disk.flip(&path, bit));
            // What is not found is no damage: it says the same in other bytes.
            if let Ok(read) = shelf.take(id) {
                assert_eq!(read, whole, "bit {bit} of {}", path.display());
                harmless += 1;
            }
            disk.flip(&path, bit);
            flipped += 1;
        }
        assert_eq!(shelf.take(id).unwrap(), whole);
    }
    assert!(flipped >= PIECES_BYTES * 8, "{flipped} bits");
    assert!(harmless * 1_000 < flipped, "{harmless} of {flipped} made no difference");
}

/// One of a story: what has it decodes, to another order.
fn change_a_letter(disk: &FaultyDisk, path: &Path) {
    let bytes = disk.bytes(path).unwrap();
    let letter = bytes.windows(3).position(|it| it == "楼".as_bytes()).unwrap();
    disk.flip(path, (letter + 2) * 8);
}

/// Where the journal has let go of records there is no other copy of the orders beside the damaged one.
#[test]
fn the_only_file_that_has_orders_is_not_put_aside() {
    let journal = |has_all| Instead::Journal(JournalBehind::asked_by(move |_| has_all));
    for (instead, stays) in [
        (journal(true), false),
        (journal(false), true),
        (Instead::SnapshotBefore, true),
        (Instead::Nothing, true),
    ] {
        let told = format!("instead: {instead:?}");
        let (disk, slots) = shelved(&hotline(3));
        let pieces = on(&disk).pieces(SEQUENCE);
        let shelf = OrderShelf::open(slots.clone(), pieces, instead).unwrap();
        let path = shelf.pieces.path(slots[0].file);
        change_a_letter(&disk, &path);
        assert!(!shelf.is_at_fault());
        shelf.blame(&shelf.take(OrderId(1)).unwrap_err());
        assert!(shelf.is_at_fault(), "{told}");
        assert_eq!(disk.bytes(&path).is_some(), stays, "{told}");
        assert!(shelf.take(OrderId(2)).is_ok(), "its neighbours can be read");
    }
}

#[test]
fn the_digest_is_what_finds_them() {
    let state = hotline(3);
    let (disk, slots) = shelved(&state);
    let shelf = shelf(&disk, &slots);
    let slot = slots[0];
    let path = shelf.pieces.path(slot.file);
    change_a_letter(&disk, &path);
    let read = crate::codec::decode_dossier(&disk.bytes(&path).unwrap()[slot.step as usize * 8..]);
    assert_ne!(read.unwrap().order, state.orders().dossier(OrderId(1)).unwrap().order);
    let fault = shelf.take(OrderId(1)).unwrap_err().to_string();
    assert!(
        fault.contains("order 1 in /snapshots/00000000000000000009.passing is damaged"),
        "{fault}"
    );
    assert!(!fault.contains("楼"), "no text in an error");
}

#[test]
fn another_order_in_its_place_is_found_too() {
    let state = hotline(3);
    let (disk, mut slots) = shelved(&state);
    slots.swap(0, 1);
    let shelf = shelf(&disk, &slots);
    assert!(shelf.take(OrderId(1)).is_err());
    assert!(shelf.ids().any(|id| shelf.take(id).is_err()));
}
