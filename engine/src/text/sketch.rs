//! Sketches of texts, by which near-duplicates are found without reading the texts again: MinHash over the runs of three
//! characters, one permutation, 64 values of which 8 bits are kept (Li, Owen and Zhang 2012; Li and König 2010), and keys
//! made of three whole values each, under which texts are looked up.

use serde::{Deserialize, Serialize};

/// Characters of a text that are looked at: a longer story says at its beginning what it is about.
const CHARS_MAX: usize = 2_000;
/// Characters in a shingle.
const SHINGLE: usize = 3;
/// Values in a sketch.
const VALUES: usize = 64;
/// Values in a word of the sketch.
const IN_WORD: usize = 8;
/// Values that a band is made of.
const IN_BAND: usize = 3;

/// What a text looks like: two texts agree in about as many values as they share of their shingles.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Sketch {
    values: [u64; VALUES / IN_WORD],
    bands: [u32; Sketch::BANDS],
}

impl Sketch {
    /// Bands of a sketch: texts that agree in all values of one are compared. A pair that shares 0.75 of its shingles is
    /// met with probability 0.96, one that shares 0.9 with 0.9996 and one that shares 0.2 with 0.05.
    pub const BANDS: usize = 6;

    /// Of normalised texts, as if they stood one behind the other; none of a text too short to have a shingle.
    pub fn of(texts: &[&str]) -> Option<Sketch> {
        let mut least = [u64::MAX; VALUES];
        for text in texts {
            let (mut shingle, mut count) = (0u64, 0);
            for c in text.chars().take(CHARS_MAX) {
                // Three characters of 21 bits.
                shingle = (shingle << 21 | u64::from(u32::from(c))) & ((1 << 63) - 1);
                count += 1;
                if count >= SHINGLE {
                    let hash = mixed(shingle);
                    let bin = (hash >> 58) as usize;
                    least[bin] = least[bin].min(hash);
                }
            }
        }
        let filled = least.iter().position(|value| *value != u64::MAX)?;
        // Bins that met nothing borrow from the next that did, changed by how far they had to go (Shrivastava and Li 2014).
        let (mut value, mut distance) = (0, 0u64);
        for bin in (0..VALUES).rev().map(|back| (filled + back + 1) % VALUES) {
            if least[bin] == u64::MAX {
                distance += 1;
                least[bin] = value ^ distance.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            } else {
                (value, distance) = (least[bin], 0);
            }
        }
        let word = |at: usize| {
            let values = least[at * IN_WORD..(at + 1) * IN_WORD].iter();
            values.fold(0, |word, value| word << 8 | value & 0xff)
        };
        // Far apart: in a short text neighbours have borrowed from the same bin, and say together no more than one.
        let band = |at: usize| {
            let values = (0..IN_BAND).map(|part| least[at * IN_BAND + part * (VALUES / IN_BAND)]);
            (values.fold(at as u64, |key, value| mixed(key ^ value)) >> 32) as u32
        };
        Some(Sketch { values: std::array::from_fn(word), bands: std::array::from_fn(band) })
    }

    /// How alike two texts are, in percent of their shingles that they share; right to within 5 on average.
    pub fn similarity(&self, other: &Sketch) -> u8 {
        let equal =
            self.values.iter().zip(other.values).map(|(own, other)| equal_bytes(*own, other));
        // At most 64 of 64.
        (equal.sum::<u32>() * 100 / VALUES as u32) as u8
    }

    /// A key for each band.
    pub fn bands(&self) -> [u32; Sketch::BANDS] {
        self.bands
    }
}

/// Bytes in which two words are the same.
fn equal_bytes(own: u64, other: u64) -> u32 {
    let differ = own ^ other;
    // The low bit of each byte says whether any bit of it is set.
    let any = (differ | differ >> 4) & 0x0f0f_0f0f_0f0f_0f0f;
    let any = (any | any >> 2) & 0x0303_0303_0303_0303;
    let any = (any | any >> 1) & 0x0101_0101_0101_0101;
    IN_WORD as u32 - any.count_ones()
}

/// The finaliser of SplitMix64: every bit of what comes in moves half of what goes out.
fn mixed(value: u64) -> u64 {
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn sketch(text: &str) -> Sketch {
        Sketch::of(&[text]).expect("long enough")
    }

    fn shingles(text: &str) -> BTreeSet<String> {
        let chars: Vec<char> = text.chars().collect();
        chars.windows(SHINGLE).map(|run| run.iter().collect()).collect()
    }

    /// The share of shingles, counted out.
    fn shared(one: &str, other: &str) -> f64 {
        let (one, other) = (shingles(one), shingles(other));
        one.intersection(&other).count() as f64 / one.union(&other).count() as f64
    }

    #[test]
    fn the_same_text_is_alike_and_another_is_not() {
        let one = "金涛庄东区旁边工地连续三晚打桩到凌晨两点老人小孩都没法睡";
        let other = "外马路的路灯坏了半个月晚上走路看不清楚请尽快派人来修";
        assert_eq!(sketch(one).similarity(&sketch(one)), 100);
        assert!(sketch(one).similarity(&sketch(other)) < 10);
        assert_eq!(Sketch::of(&["停水"]), None);
        assert_eq!(Sketch::of(&["", "停水了"]), Sketch::of(&["停水了"]));
    }

    #[test]
    fn every_value_counts() {
        assert_eq!(equal_bytes(0, 0), 8);
        for bit in 0..64 {
            assert_eq!(equal_bytes(0, 1 << bit), 7, "bit {bit}");
        }
        assert_eq!(equal_bytes(u64::MAX, 0), 0);
    }

    proptest! {
        /// On stories that share a part, the estimate is the share of shingles but for its noise.
        #[test]
        fn the_estimate_follows_the_shingles(
            seed in 0u32..10_000, length in 60usize..300, changed in 0usize..300,
        ) {
            // Characters that follow from the seed and hardly come twice.
            let story = |seed: u32, length: usize| -> String {
                let letter = |at: usize| 0x4e00 + (mixed(u64::from(seed) << 20 | at as u64) % 20_000) as u32;
                (0..length).filter_map(|at| char::from_u32(letter(at))).collect()
            };
            let one = story(seed, length);
            let kept: String = one.chars().take(length.saturating_sub(changed)).collect();
            let other = kept + &story(seed + 1, changed.min(length));
            let estimate = f64::from(sketch(&one).similarity(&sketch(&other))) / 100.0;
            // Five standard errors of 64 draws.
            prop_assert!((estimate - shared(&one, &other)).abs() < 0.32);
        }
    }
}
