//! Which n-gram has which row of weights. A table of buckets of four slots, each looked at whole, so that any n-gram,
//! known or not, costs one look and no guess of a branch; knows nothing of weights.

use xxhash_rust::xxh3::Xxh3;

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
    pub(super) fn hash(self) -> u64 {
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
/// Slots of a bucket: one 128-bit register.
const BUCKET: usize = 4;
/// Smallest table, so that even an empty one has a bucket to look at.
const SLOT_BITS_MIN: u32 = 4;
/// Largest table: eight slots for each row that can be named.
const SLOT_BITS_MAX: u32 = ROW_BITS + 3;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Vocabulary {
    slot_bits: u32,
    slots: Vec<u32>,
    rows_count: usize,
    /// Hash of the slots: tells whether two models count alike.
    fingerprint: u64,
}

impl Vocabulary {
    /// Gives rows to keys in their order. A key whose bucket is full, or that the table cannot tell from an earlier one
    /// (together fewer than one in fifty), gets none.
    pub(super) fn new(keys: &[Key]) -> Self {
        assert!(keys.len() <= FEATURES_MAX, "more n-grams than a slot can name");
        // At most half full: buckets then seldom overflow, and only for the rarest keys.
        let slots = keys.len() * 2;
        let slot_bits = slots.next_power_of_two().trailing_zeros().max(SLOT_BITS_MIN);
        let slots = vec![0; 1 << slot_bits];
        let mut table = Self { slot_bits, slots, rows_count: 1, fingerprint: 0 };
        for &key in keys {
            table.enter(key);
        }
        table.fingerprint = fingerprint(&table.slots);
        table
    }

    pub(super) fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Rows of weights that a model needs: one a known n-gram, and the unknown's.
    pub(super) fn rows_count(&self) -> usize {
        self.rows_count
    }

    /// The row of an n-gram, or [`UNKNOWN`].
    #[inline]
    pub(super) fn find(&self, key: Key) -> u32 {
        let (at, tag) = self.place(key);
        let bucket = &self.slots.as_chunks::<BUCKET>().0[at];
        // At most one slot has the tag, so that or is the same as choose.
        bucket.iter().fold(UNKNOWN, |row, &slot| {
            let found = u32::from(slot & !ROW_MASK == tag).wrapping_neg();
            row | slot & ROW_MASK & found
        })
    }

    fn enter(&mut self, key: Key) {
        let (at, tag) = self.place(key);
        let bucket = &mut self.slots.as_chunks_mut::<BUCKET>().0[at];
        if bucket.iter().any(|&slot| slot != 0 && slot & !ROW_MASK == tag) {
            return;
        }
        if let Some(slot) = bucket.iter_mut().find(|slot| **slot == 0) {
            *slot = tag | self.rows_count as u32;
            self.rows_count += 1;
        }
    }

    /// The bucket and the tag of an n-gram.
    #[inline]
    fn place(&self, key: Key) -> (usize, u32) {
        let hash = key.hash();
        ((hash >> (64 - self.slot_bits)) as usize / BUCKET, hash as u32 & !ROW_MASK)
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
        // `find` joins the rows of all slots of one tag.
        let buckets = slots.as_chunks::<BUCKET>().0;
        if !slots.iter().all(|&s| s == 0 || names_a_row(s)) || !buckets.iter().all(tags_differ) {
            return Err(ModelError::Damaged("n-gram table"));
        }
        let fingerprint = fingerprint(&slots);
        Ok(Self { slot_bits, slots, rows_count, fingerprint })
    }
}

fn tags_differ(bucket: &[u32; BUCKET]) -> bool {
    let taken = |&&slot: &&u32| slot != 0;
    bucket.iter().filter(taken).enumerate().all(|(at, slot)| {
        let mut earlier = bucket.iter().filter(taken).take(at);
        earlier.all(|other| other & !ROW_MASK != slot & !ROW_MASK)
    })
}

fn fingerprint(slots: &[u32]) -> u64 {
    let mut hasher = Xxh3::new();
    slots.iter().for_each(|slot| hasher.update(&slot.to_le_bytes()));
    hasher.digest()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table with these slots in its first bucket, as a file holds it.
    fn written(slots: &[u32], rows_count: u32) -> Vec<u8> {
        let mut out = Vec::new();
        write_u32(&mut out, SLOT_BITS_MIN);
        write_u32(&mut out, rows_count);
        let empty = std::iter::repeat_n(&0, (1 << SLOT_BITS_MIN) - slots.len());
        slots.iter().chain(empty).for_each(|&slot| write_u32(&mut out, slot));
        out
    }

    #[test]
    fn a_table_whose_slots_could_lead_beyond_its_rows_is_refused() {
        let tag = 1 << ROW_BITS;
        let cases: &[(&[u32], bool)] = &[
            (&[tag | 5, (2 * tag) | 2], true),
            (&[5, 2], false),
            (&[tag | 5, tag | 2], false),
            (&[tag | 6], false),
            (&[tag], false),
        ];
        for (slots, fine) in cases {
            let bytes = written(slots, 6);
            assert_eq!(Vocabulary::read(&mut Reader::new(&bytes)).is_ok(), *fine, "{slots:x?}");
        }
    }
}
