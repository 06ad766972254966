//! Puts texts about the same together: TF-IDF over pairs of characters, each text to the nearest heap so far, then once more to
//! the nearest of all heaps. The same texts in the same order give the same heaps. Knows no orders.

use std::collections::BTreeMap;

/// Pairs that a text is known by: its weightiest.
const TERMS_MAX: usize = 32;
/// A pair that more than this part of the texts has says nothing about any of them.
const COMMON_PART: usize = 8;
/// Fewer texts than this have no common pairs.
const COMMON_FROM: usize = 40;
/// A pair that fewer texts than this part have is as rare as this: names of streets must not outweigh what is asked.
const RARE_PART: usize = 200;
/// Cosine with a heap from which on a text belongs to it.
const ALIKE_MIN: f32 = 0.25;

/// A text by its pairs, of length one.
type Vector = Vec<(u32, f32)>;

/// Heaps of texts by their places, the largest first; each text stands in one heap.
pub(super) fn clusters(texts: &[String]) -> Vec<Vec<usize>> {
    let vectors = vectors(texts);
    let mut heaps = Heaps::default();
    let first: Vec<usize> = vectors.iter().map(|vector| heaps.join(vector)).collect();
    // Once more, now that all heaps are known: what came early could not know what came late.
    let mut of_heap: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, vector) in vectors.iter().enumerate() {
        let heap = heaps.nearest(vector).map_or(first[at], |(heap, _)| heap);
        of_heap.entry(heap).or_default().push(at);
    }
    let mut clusters: Vec<Vec<usize>> = of_heap.into_values().collect();
    clusters.sort_by_key(|cluster| (std::cmp::Reverse(cluster.len()), cluster[0]));
    clusters
}

/// The text of a cluster that is most like all others: with which it shares most pairs.
pub(super) fn middle(texts: &[String], cluster: &[usize]) -> usize {
    let members: Vec<String> = cluster.iter().map(|&at| texts[at].clone()).collect();
    let vectors = vectors(&members);
    let mut sum: BTreeMap<u32, f32> = BTreeMap::new();
    for (term, weight) in vectors.iter().flatten() {
        *sum.entry(*term).or_default() += weight;
    }
    let near =
        |vector: &Vector| vector.iter().map(|(term, weight)| weight * sum[term]).sum::<f32>();
    let score: Vec<f32> = vectors.iter().map(near).collect();
    let best =
        (0..cluster.len()).reduce(|best, at| if score[at] > score[best] { at } else { best });
    cluster[best.unwrap_or(0)]
}

#[derive(Default)]
struct Heaps {
    /// Sum of the vectors of each heap.
    sums: Vec<BTreeMap<u32, f32>>,
    lengths: Vec<f32>,
    /// The heaps that have a pair.
    heaps_with: BTreeMap<u32, Vec<u32>>,
}

impl Heaps {
    /// Adds a text to the nearest heap, or makes one of it.
    fn join(&mut self, vector: &Vector) -> usize {
        let near = self.nearest(vector).filter(|(_, cosine)| *cosine >= ALIKE_MIN);
        let heap = near.map_or(self.sums.len(), |(heap, _)| heap);
        if heap == self.sums.len() {
            self.sums.push(BTreeMap::new());
            self.lengths.push(0.0);
        }
        let sum = &mut self.sums[heap];
        for &(term, weight) in vector {
            let had = sum.entry(term).or_default();
            if *had == 0.0 {
                self.heaps_with.entry(term).or_default().push(heap as u32);
            }
            *had += weight;
        }
        self.lengths[heap] = sum.values().map(|weight| weight * weight).sum::<f32>().sqrt();
        heap
    }

    fn nearest(&self, vector: &Vector) -> Option<(usize, f32)> {
        let mut products: BTreeMap<u32, f32> = BTreeMap::new();
        for (term, weight) in vector {
            for heap in self.heaps_with.get(term).into_iter().flatten() {
                *products.entry(*heap).or_default() += weight * self.sums[*heap as usize][term];
            }
        }
        let cosine =
            |(heap, product): (u32, f32)| (heap as usize, product / self.lengths[heap as usize]);
        let better =
            |best: (usize, f32), other: (usize, f32)| if other.1 > best.1 { other } else { best };
        products.into_iter().map(cosine).reduce(better)
    }
}

fn vectors(texts: &[String]) -> Vec<Vector> {
    let mut numbers: BTreeMap<[char; 2], u32> = BTreeMap::new();
    let mut counts: Vec<u32> = Vec::new();
    let mut bags: Vec<BTreeMap<u32, u32>> = Vec::with_capacity(texts.len());
    for text in texts {
        let mut bag = BTreeMap::new();
        for pair in pairs(text) {
            let next = numbers.len() as u32;
            let number = *numbers.entry(pair).or_insert(next);
            *bag.entry(number).or_insert(0) += 1;
        }
        counts.resize(numbers.len(), 0);
        bag.keys().for_each(|&number| counts[number as usize] += 1);
        bags.push(bag);
    }
    bags.iter().map(|bag| vector(bag, &counts, texts.len())).collect()
}

fn vector(bag: &BTreeMap<u32, u32>, counts: &[u32], texts: usize) -> Vector {
    let most = if texts < COMMON_FROM { texts } else { texts / COMMON_PART };
    let weighted = bag.iter().filter_map(|(&term, &times)| {
        let count = counts[term as usize] as usize;
        let rarity = ((texts + 1) as f32 / count.max(texts / RARE_PART) as f32).ln();
        let weight = times as f32 * 2.2 / (times as f32 + 1.2) * rarity;
        (count > 1 && count <= most).then_some((term, weight))
    });
    let mut vector: Vector = weighted.collect();
    vector.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    vector.truncate(TERMS_MAX);
    let length = vector.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
    vector.iter_mut().for_each(|(_, weight)| *weight /= length);
    vector
}

/// Letters that stand side by side: nothing reaches over a mark, a number or a code.
fn pairs(text: &str) -> impl Iterator<Item = [char; 2]> {
    let side_by_side = text.chars().zip(text.chars().skip(1));
    let tells = |letter: &char| letter.is_alphabetic() && !letter.is_ascii();
    side_by_side.filter(move |(a, b)| tells(a) && tells(b)).map(|(a, b)| [a, b])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_about_the_same_are_in_one_heap_and_the_largest_comes_first() {
        let texts = [
            "小区路灯不亮晚上很黑",
            "公积金怎么提取要什么材料",
            "门口路灯不亮好几天了",
            "公积金提取手续怎么办",
            "路灯不亮了没人修",
            "想养一只鹦鹉",
        ]
        .map(str::to_owned);
        assert_eq!(clusters(&texts), [vec![0, 2, 4], vec![1, 3], vec![5]]);
        assert_eq!(clusters(&[]), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn the_middle_is_the_text_that_is_most_like_the_others() {
        let texts = ["路灯不亮", "公积金提取", "路灯不亮晚上很黑", "公积金"].map(str::to_owned);
        assert_eq!(middle(&texts, &[0, 1, 2]), 0);
    }
}
