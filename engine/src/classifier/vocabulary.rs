//! Which n-gram has which row of weights. An open-addressed table of 32-bit slots, so that an n-gram never
//! seen in training usually costs one look; knows nothing of weights.

use super::file::{ModelError, Reader, write_u32};

/// An n-gram of one or two characters, exactly: 21 bits a character, the title's mark in the highest bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(u64);

impl Key {
    #[inline]
    pub(super) fn one(a: char) -> Self {
        Self(u64::from(a))
    }

    #[inline]
    pub(super) fn pair(a: char, b: char) -> Self {
        Self(u64::from(a) | u64::from(b) << 21)
    }

    #[inline]
    pub(super) fn of_title(self) -> Self {
        Self(self.0 | 1 << 63)
    }

    #[inline]
    fn hash(self) -> u64 {
        let mixed = self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed ^ mixed >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93)
    }
}

/// The row of every n-gram never seen in training; its weights are all 0.
pub(super) const UNKNOWN: u32 = 0;

/// A slot holds a row in its low bits, a tag of the n-gram above, 0 where nothing is.
const ROW_BITS: u32 = 20;
const ROW_MASK: u32 = (1 << ROW_BITS) - 1;
/// A slot cannot name more known n-grams.
pub(super) const FEATURES_MAX: usize = ROW_MASK as usize;
/// Smallest table, so that even an empty one has a slot to look at.
const SLOT_BITS_MIN: u32 = 4;
/// Largest table: four slots for each row that can be named.
const SLOT_BITS_MAX: u32 = ROW_BITS + 2;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Vocabulary {
    slot_bits: u32,
    slots: Vec<u32>,
    rows_count: usize,
}

impl Vocabulary {
    /// Gives rows to keys in their order. Of keys that the table cannot tell apart (one in thousands) the
    /// first alone gets a row.
    pub(super) fn new(keys: &[Key]) -> Self {
        assert!(keys.len() <= FEATURES_MAX, "more n-grams than a slot can name");
        // At most a third full: an unknown n-gram then meets an empty slot at once.
        let slot_bits = (keys.len() * 3).next_power_of_two().trailing_zeros().max(SLOT_BITS_MIN);
        let mut table = Self { slot_bits, slots: vec![0; 1 << slot_bits], rows_count: 1 };
        for &key in keys {
            table.enter(key);
        }
        table
    }

    /// Rows of weights that a model needs: one a known n-gram, and the unknown's.
    pub(super) fn rows_count(&self) -> usize {
        self.rows_count
    }

    /// The row of an n-gram, or [`UNKNOWN`].
    #[inline]
    pub(super) fn find(&self, key: Key) -> u32 {
        let (mut at, tag) = self.place(key);
        // Ends, because a table has an empty slot.
        loop {
            let slot = self.slots[at];
            let is_it = slot & !ROW_MASK == tag;
            if slot == 0 || is_it {
                return if is_it { slot & ROW_MASK } else { UNKNOWN };
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    fn enter(&mut self, key: Key) {
        if self.find(key) != UNKNOWN {
            return;
        }
        let (mut at, tag) = self.place(key);
        while self.slots[at] != 0 {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = tag | self.rows_count as u32;
        self.rows_count += 1;
    }

    #[inline]
    fn place(&self, key: Key) -> (usize, u32) {
        let hash = key.hash();
        ((hash >> (64 - self.slot_bits)) as usize, hash as u32 & !ROW_MASK)
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        write_u32(out, self.slot_bits);
        write_u32(out, self.rows_count as u32);
        out.extend(self.slots.iter().flat_map(|s| s.to_le_bytes()));
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self, ModelError> {
        let slot_bits = from.u32()?;
        let rows_count = from.u32()? as usize;
        if !(SLOT_BITS_MIN..=SLOT_BITS_MAX).contains(&slot_bits)
            || !(1..=FEATURES_MAX + 1).contains(&rows_count)
        {
            return Err(ModelError::Damaged("n-gram table"));
        }
        let bytes = from.take(4usize << slot_bits)?;
        let slots: Vec<u32> =
            bytes.as_chunks().0.iter().map(|&chunk| u32::from_le_bytes(chunk)).collect();
        let names_a_row = |slot: u32| (1..rows_count as u32).contains(&(slot & ROW_MASK));
        if !slots.contains(&0) || !slots.iter().all(|&s| s == 0 || names_a_row(s)) {
            return Err(ModelError::Damaged("n-gram table"));
        }
        Ok(Self { slot_bits, slots, rows_count })
    }
}
