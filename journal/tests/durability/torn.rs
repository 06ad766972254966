//! A commit that reached the disk by sectors: each of them old, new or garbage, in every combination. It is there when all
//! are new, and else not at all.

use std::path::PathBuf;
use std::sync::Arc;

use hotline_journal::{FaultyDisk, Head, Journal, JournalOptions};

use crate::dice::Dice;

const FOLDER: &str = "journal";
const SECTOR_BYTES: usize = 512;
/// Sectors that one commit touches: up to four in every combination.
const SECTORS: usize = 4;
const SHAPES: u64 = 130;

fn open(disk: &FaultyDisk) -> (Journal, u64) {
    let options = JournalOptions { preallocate_bytes: 8_192, ..JournalOptions::new(7) };
    let (journal, recovered) = Journal::open_on(Arc::new(disk.clone()), FOLDER, options).unwrap();
    (journal, recovered.last_sequence)
}

fn segment() -> PathBuf {
    PathBuf::from(FOLDER).join(format!("{:020}.journal", 1))
}

/// A segment before and after a commit of some records that touches [`SECTORS`] sectors or fewer, and the two heads.
fn commit(dice: &mut Dice) -> ([Vec<u8>; 2], [Head; 2]) {
    let disk = FaultyDisk::new();
    let (mut journal, _) = open(&disk);
    let mut append = |journal: &mut Journal, bytes: usize| {
        let payload: Vec<u8> = (0..bytes).map(|_| dice.below(256) as u8).collect();
        journal.append(&payload).unwrap();
        bytes
    };
    append(&mut journal, 700);
    journal.commit().unwrap();
    let before = (disk.bytes(segment()).unwrap(), journal.head());
    let mut room = SECTOR_BYTES * (SECTORS - 1) - 32 - 40;
    while room > 64 {
        room -= append(&mut journal, 1 + room / 3) + 32;
    }
    journal.commit().unwrap();
    ([before.0, disk.bytes(segment()).unwrap()], [before.1, journal.head()])
}

#[test]
fn a_commit_torn_by_sectors_in_any_combination_is_there_whole_or_not_at_all() {
    let (mut cases, mut whole) = (0, 0);
    for shape in 0..SHAPES {
        let mut dice = Dice(shape);
        let ([before, after], heads) = commit(&mut dice);
        let differs: Vec<usize> = (0..after.len() / SECTOR_BYTES)
            .map(|sector| sector * SECTOR_BYTES..(sector + 1) * SECTOR_BYTES)
            .filter(|sector| before[sector.clone()] != after[sector.clone()])
            .map(|sector| sector.start)
            .collect();
        assert!((2..=SECTORS).contains(&differs.len()), "{} sectors", differs.len());
        for combination in 0..3_usize.pow(differs.len() as u32) {
            let mut bytes = before.clone();
            let mut all_new = true;
            for (index, at) in differs.iter().enumerate() {
                let state = combination / 3_usize.pow(index as u32) % 3;
                all_new &= state == 1;
                let range = *at..*at + SECTOR_BYTES;
                match state {
                    0 => {}
                    1 => bytes[range.clone()].copy_from_slice(&after[range]),
                    // Garbage only where nothing was before: what was synced stays, also beside it.
                    _ => garbage(&mut bytes[range.clone()], &before[range], &mut dice),
                }
            }
            let disk = FaultyDisk::new();
            open(&disk);
            disk.put(segment(), &bytes);
            let (journal, last) = open(&disk);
            assert_eq!(journal.head(), heads[usize::from(all_new)], "{shape}, {combination}");
            assert_eq!(last, journal.head().records);
            whole += u64::from(all_new);
            cases += 1;
        }
    }
    assert_eq!(whole, SHAPES);
    assert!(cases > 10_000, "{cases}");
}

fn garbage(bytes: &mut [u8], before: &[u8], dice: &mut Dice) {
    let written = before.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    bytes[written..].iter_mut().for_each(|byte| *byte = dice.below(256) as u8);
}
