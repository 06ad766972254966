//! Every input of the corpora through its reader, and a bounded number of mutations of them. The seed is in the output.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crate::readers::{READERS, Reader, seeds};

/// Mutated inputs for each reader in the ordinary tests; the fuzzer runs millions.
const MUTATIONS: usize = 400;
/// Changes in one of them at most.
const CHANGES_MAX: u64 = 6;
const SEED: u64 = 4;

fn corpus(reader: Reader) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/corpora").join(reader.name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// SplitMix64: chance from a seed, the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.roll() % bound.max(1) as u64) as usize
    }
}

/// Bytes that mean something to one reader or another.
const TELLING: [&[u8]; 12] = [
    b"\0",
    b"\xff",
    b"\"",
    b"{",
    b"[",
    b"\n",
    b",",
    b"99999999999",
    b"-1",
    b"1e999",
    b"\xff\xff\xff\xff",
    "东".as_bytes(),
];

fn mutated(dice: &mut Dice, inputs: &[(PathBuf, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = inputs[dice.below(inputs.len())].1.clone();
    for _ in 0..=dice.roll() % CHANGES_MAX {
        let at = dice.below(bytes.len() + 1);
        let end = (at + dice.below(20)).min(bytes.len());
        match dice.roll() % 6 {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            1 if at < bytes.len() => bytes[at] = dice.roll() as u8,
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..end)),
            4 => drop(bytes.splice(at..at, TELLING[dice.below(TELLING.len())].iter().copied())),
            _ => {
                let other = &inputs[dice.below(inputs.len())].1;
                let from = dice.below(other.len() + 1);
                let to = (from + dice.below(200)).min(other.len());
                drop(bytes.splice(at..end, other[from..to].iter().copied()));
            }
        }
    }
    bytes
}

/// The faults of a reader over an input; where it is one, the input that shows it.
fn fault(reader: Reader, what: &str, bytes: &[u8]) -> Option<String> {
    let read = catch_unwind(AssertUnwindSafe(|| drop(reader.read(bytes))));
    let shown = String::from_utf8_lossy(bytes);
    read.err().map(|_| {
        format!("{}: {what}: {:?}", reader.name, shown.chars().take(2_000).collect::<String>())
    })
}

#[test]
#[ignore = "writes into the tree: once for each new format"]
fn write_the_seeds_of_this_version() {
    for (reader, name, bytes) in seeds() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/corpora").join(reader);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    }
}

#[test]
fn every_input_of_the_corpora_is_read_or_refused_with_words() {
    for reader in READERS {
        let inputs = corpus(reader);
        assert!(!inputs.is_empty(), "{}: no corpus", reader.name);
        let faults: Vec<String> = inputs
            .iter()
            .filter_map(|(path, bytes)| fault(reader, &path.display().to_string(), bytes))
            .collect();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        // A corpus in which everything is refused, or nothing is, reaches one half of the reader.
        let passed = inputs.iter().filter(|(_, bytes)| reader.read(bytes).is_ok()).count();
        assert!(
            passed > 0 && passed < inputs.len(),
            "{}: {passed} of {}",
            reader.name,
            inputs.len()
        );
    }
}

#[test]
fn no_mutation_of_the_corpora_brings_a_reader_down() {
    for reader in READERS {
        let inputs = corpus(reader);
        let mut dice = Dice(SEED);
        for turn in 0..MUTATIONS {
            let bytes = mutated(&mut dice, &inputs);
            let found = fault(reader, &format!("seed {SEED}, turn {turn}"), &bytes);
            assert_eq!(found, None);
        }
    }
}

#[test]
fn a_corpus_stays_small_enough_to_read() {
    const FILE_BYTES_MAX: usize = 4 << 10;
    for reader in READERS {
        for (path, bytes) in corpus(reader) {
            assert!(bytes.len() <= FILE_BYTES_MAX, "{}: {} bytes", path.display(), bytes.len());
        }
    }
}

/// The control: a reader that trusts a length is brought down by what is tried here.
#[test]
fn a_reader_that_trusts_its_input_is_found_out() {
    fn trusting(bytes: &[u8]) -> Result<(), String> {
        let length = usize::from(*bytes.first().ok_or("it is empty")?);
        assert!(!bytes[1..=length].is_empty(), "never said");
        Ok(())
    }
    let inputs = vec![(PathBuf::from("right"), b"\x05hello".to_vec())];
    let mut dice = Dice(SEED);
    let found = (0..MUTATIONS).any(|_| {
        let bytes = mutated(&mut dice, &inputs);
        catch_unwind(|| drop(trusting(&bytes))).is_err()
    });
    assert!(found, "{MUTATIONS} mutations passed a reader that trusts a length");
}
