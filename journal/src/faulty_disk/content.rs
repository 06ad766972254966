//! The bytes of one file on the faulty disk, and what a power cut may leave of them. Knows no names and no faults.

/// What a disk writes at once; the unit in which a write is torn.
const SECTOR_BYTES: usize = 512;

/// A file as a running process sees it, as it stands on the platter, and the difference, in order.
#[derive(Debug, Default, Clone)]
pub(super) struct Content {
    pub(super) cached: Vec<u8>,
    pub(super) durable: Vec<u8>,
    pub(super) unsynced: Vec<Change>,
}

#[derive(Debug, Clone)]
pub(super) enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

impl Content {
    pub(super) fn after_power_cut(&self, dice: &mut Dice) -> Self {
        let mut durable = self.durable.clone();
        for change in &self.unsynced {
            match (dice.below(4), change) {
                (0, _) => {}
                (1, _) | (_, Change::Length(_)) => change.apply(&mut durable),
                (_, Change::Write(at, bytes)) => tear(&mut durable, *at, bytes, dice),
            }
        }
        Self { cached: durable.clone(), durable, unsynced: Vec::new() }
    }
}

/// Writes some sectors and not others. Where the file had no content before, anything may be found.
fn tear(file: &mut Vec<u8>, at: usize, bytes: &[u8], dice: &mut Dice) {
    let had_content = file.len();
    let mut from = at;
    while from < at + bytes.len() {
        let to = (from + 1).next_multiple_of(SECTOR_BYTES).min(at + bytes.len());
        let written = bytes[from - at..to - at].to_vec();
        let garbage = (from..to).map(|_| dice.below(256) as u8).collect();
        match dice.below(8) {
            0 if from >= had_content => Change::Write(from, garbage).apply(file),
            1 if from >= had_content => Change::Write(from, vec![0; to - from]).apply(file),
            0..=3 => {}
            _ => Change::Write(from, written).apply(file),
        }
        from = to;
    }
}

impl Change {
    /// How long the file is at least, afterwards.
    pub(super) fn end(&self) -> usize {
        match self {
            Self::Length(length) => *length,
            Self::Write(at, bytes) => at + bytes.len(),
        }
    }

    pub(super) fn apply(&self, file: &mut Vec<u8>) {
        match self {
            Self::Length(length) => file.resize(*length, 0),
            Self::Write(at, bytes) => {
                let end = at + bytes.len();
                if file.len() < end {
                    file.resize(end, 0);
                }
                file[*at..end].copy_from_slice(bytes);
            }
        }
    }
}

/// Reproducible choices (SplitMix64, Steele, Lea and Flood 2014).
#[derive(Debug)]
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}
