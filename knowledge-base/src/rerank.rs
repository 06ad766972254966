//! Second stage: how alike two texts are by all their character 1–3-grams (cosine of TF-IDF). Knows neither index nor validity.

use std::sync::LazyLock;

use crate::letters::Letters;
use crate::matching::TITLE_WEIGHT;
use crate::question::counted;

/// Letters of the longest gram: three letters are a word and a half; four were measured to help nothing.
const GRAM_LETTERS_MAX: usize = 3;
/// Buckets in which gram frequencies are counted. Ten thousand articles have about 1.5 million different grams; what shares a bucket
/// is mostly as rare as itself.
const BUCKETS_BITS: u32 = 20;

/// First bits of a gram by which the side that asks is looked up: the table stays in the nearest cache.
const PREFIX_BITS: u32 = 12;

/// Joins both stages: the first (0 to 1, over title and body) and the cosine. With nothing in the titles each counts half.
pub(crate) fn mixed(matched: f32, cosine: f32) -> f32 {
    let all = 1.0 + TITLE_WEIGHT;
    (matched * all + cosine) / (all + 1.0)
}

/// A text as hashed grams, ascending, with how often each stands in it (at most 255).
#[derive(Debug)]
pub(crate) struct Profile {
    grams: Box<[u32]>,
    counts: Box<[u8]>,
}

impl Profile {
    pub(crate) fn of(texts: &[&Letters]) -> Self {
        let mut hashes = Vec::new();
        for (_, run) in texts.iter().flat_map(|text| text.runs()) {
            for start in 0..run.len() {
                let end = run.len().min(start + GRAM_LETTERS_MAX);
                hashes.extend((start + 1..=end).map(|end| hash(&run[start..end])));
            }
        }
        let (grams, counts): (Vec<_>, Vec<_>) = counted(hashes)
            .into_iter()
            .map(|(gram, count)| (gram, u8::try_from(count).unwrap_or(u8::MAX)))
            .unzip();
        Self { grams: grams.into(), counts: counts.into() }
    }

    fn iter(&self) -> impl Iterator<Item = (u32, u8)> {
        self.grams.iter().copied().zip(self.counts.iter().copied())
    }

    /// Euclidean length of the weighted profile.
    pub(crate) fn length(&self, frequencies: &Frequencies) -> f32 {
        let square = |(gram, count)| (dampened(count) * frequencies.rarity(gram)).powi(2);
        self.iter().map(square).sum::<f32>().sqrt()
    }

    /// The profile as the side that asks.
    pub(crate) fn weighted(&self, frequencies: &Frequencies) -> Weighted {
        let weigh = |(gram, count)| (gram, dampened(count) * frequencies.rarity(gram).powi(2));
        let grams: Vec<_> = self.iter().map(weigh).collect();
        let mut starts = Vec::with_capacity((1 << PREFIX_BITS) + 1);
        for (position, (gram, _)) in grams.iter().enumerate() {
            starts.resize(starts.len().max(prefix_of(*gram) + 1), position as u32);
        }
        starts.resize((1 << PREFIX_BITS) + 1, grams.len() as u32);
        Weighted { grams, starts, length: self.length(frequencies) }
    }
}

/// The side that asks: both sides' rarity is in its weights, so the other side brings only counts.
#[derive(Debug)]
pub(crate) struct Weighted {
    /// Ascending.
    grams: Vec<(u32, f32)>,
    /// For each prefix, where in `grams` it starts. Fifty articles bring fifty thousand
    /// grams, most of them not asked for: this says so without a search.
    starts: Vec<u32>,
    length: f32,
}

impl Weighted {
    /// From 0 (no gram shared) to 1. `length` is the profile's own, under the same frequencies.
    pub(crate) fn cosine(&self, profile: &Profile, length: f32) -> f32 {
        let mut dot = 0.0;
        for (gram, count) in profile.iter() {
            let prefix = prefix_of(gram);
            let (start, end) = (self.starts[prefix] as usize, self.starts[prefix + 1] as usize);
            let asked = &self.grams[start..end];
            if let Some((_, weight)) = asked.iter().find(|(other, _)| *other == gram) {
                dot += weight * dampened(count);
            }
        }
        let lengths = self.length * length;
        if lengths > 0.0 { dot / lengths } else { 0.0 }
    }
}

/// In how many articles each gram stands.
#[derive(Debug, Default)]
pub(crate) struct Frequencies {
    articles: u32,
    counts: Vec<u32>,
}

impl Frequencies {
    pub(crate) fn count<'a>(profiles: impl Iterator<Item = &'a Profile>) -> Self {
        let mut this = Self { articles: 0, counts: vec![0; 1 << BUCKETS_BITS] };
        for profile in profiles {
            this.articles += 1;
            for gram in &profile.grams {
                this.counts[bucket(*gram)] += 1;
            }
        }
        this
    }

    fn rarity(&self, gram: u32) -> f32 {
        let having = self.counts.get(bucket(gram)).map_or(0, |count| (*count).min(self.articles));
        ((1.0 + self.articles as f32) / (1.0 + having as f32)).ln() + 1.0
    }
}

fn prefix_of(gram: u32) -> usize {
    (gram >> (u32::BITS - PREFIX_BITS)) as usize
}

fn bucket(gram: u32) -> usize {
    (gram >> (u32::BITS - BUCKETS_BITS)) as usize
}

/// A gram that stands there ten times is not ten times as telling.
fn dampened(count: u8) -> f32 {
    static DAMPENED: LazyLock<[f32; 256]> =
        LazyLock::new(|| std::array::from_fn(|count| 1.0 + (count.max(1) as f32).ln()));
    DAMPENED[usize::from(count)]
}

fn hash(letters: &[char]) -> u32 {
    let mixed = letters.iter().fold(letters.len() as u64, |hash, letter| {
        (hash ^ u64::from(u32::from(*letter))).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
    });
    (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(text: &str) -> Profile {
        Profile::of(&[&Letters::of(text)])
    }

    fn cosine(one: &str, other: &str) -> f32 {
        let (one, other) = (profile(one), profile(other));
        let frequencies = Frequencies::count([&one, &other].into_iter());
        one.weighted(&frequencies).cosine(&other, other.length(&frequencies))
    }

    #[test]
    fn a_text_is_as_like_itself_as_can_be() {
        assert!((cosine("小区停水两天", "小区停水两天") - 1.0).abs() < 1e-5);
    }

    #[test]
    fn texts_without_a_common_letter_are_not_alike() {
        assert_eq!(cosine("小区停水", "医保报销"), 0.0);
        assert_eq!(cosine("", "医保报销"), 0.0);
    }

    #[test]
    fn order_of_letters_matters() {
        assert!(cosine("公交站牌", "公交站牌坏了") > cosine("公交站牌", "牌站交公坏了"));
    }
}
