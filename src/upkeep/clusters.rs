//! Puts texts about the same together: TF-IDF over pairs of characters, each text to the nearest heap so far, then once more to
//! the nearest of all heaps. The same texts in the same order give the same heaps. Knows no orders.

use std::collections::{BTreeMap, BTreeSet};

/// Pairs that a text is known by: its weightiest.
const TERMS_MAX: usize = 32;
/// A pair that more than this part of all other contacts has says nothing. Among the texts themselves such a pair only weighs no
/// less than one that so many have: the more callers ask the same, the larger their heap.
const COMMON_PART: usize = 8;
/// Fewer contacts than this have no common pairs.
const COMMON_FROM: usize = 40;
/// Among so few texts no pair is common.
const FEW: usize = 5;
/// What callers say whatever they ask.
const COURTESY: &str = "请问 您好 你好 想问 打听 咨询 询问 反映 市民 来电 致电 希望 谢谢 怎么 怎样 什么 如何 哪里 哪些 多少 是否 \
    可以 需要 一下 我们 问题 现在 这个 那个 有关 关于 相关 部门 办理 材料 手续 要什 么材 怎办 么办";
/// A pair that fewer texts than this part have is as rare as this: names of streets must not outweigh what is asked.
const RARE_PART: usize = 200;
/// Cosine with a heap from which on a text belongs to it.
const ALIKE_MIN: f32 = 0.25;

/// A text by its pairs, of length one.
type Vector = Vec<(u32, f32)>;

/// Heaps of texts by their places, the largest first; each text stands in one heap. `others` are contacts that are not to be put
/// together: what many of them say too tells nothing.
pub(super) fn clusters(texts: &[String], others: &[String]) -> Vec<Vec<usize>> {
    let vectors = vectors(texts, &common(others));
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
    let vectors = vectors(&members, &common(&[]));
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

/// Pairs that tell nothing: courtesy, and what many of these contacts say.
fn common(others: &[String]) -> BTreeSet<[char; 2]> {
    let mut counts: BTreeMap<[char; 2], usize> = BTreeMap::new();
    if others.len() >= COMMON_FROM {
        for text in others {
            let said: BTreeSet<[char; 2]> = pairs(text).collect();
            said.into_iter().for_each(|pair| *counts.entry(pair).or_default() += 1);
        }
    }
    let many = |(pair, count)| (count > others.len() / COMMON_PART).then_some(pair);
    counts.into_iter().filter_map(many).chain(pairs(COURTESY)).collect()
}

fn vectors(texts: &[String], common: &BTreeSet<[char; 2]>) -> Vec<Vector> {
    let mut numbers: BTreeMap<[char; 2], u32> = BTreeMap::new();
    let mut counts: Vec<u32> = Vec::new();
    let mut bags: Vec<BTreeMap<u32, u32>> = Vec::with_capacity(texts.len());
    for text in texts {
        let mut bag = BTreeMap::new();
        for pair in pairs(text).filter(|pair| !common.contains(pair)) {
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
    let most = (texts / COMMON_PART).max(FEW);
    let weighted = bag.iter().filter_map(|(&term, &times)| {
        let count = counts[term as usize] as usize;
        let having = count.min(most).max(texts / RARE_PART);
        let rarity = ((texts + 1) as f32 / having as f32).ln();
        let weight = times as f32 * 2.2 / (times as f32 + 1.2) * rarity;
        (count > 1).then_some((term, weight))
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
        assert_eq!(clusters(&texts, &[]), [vec![0, 2, 4], vec![1, 3], vec![5]]);
        assert_eq!(clusters(&[], &[]), Vec::<Vec<usize>>::new());
    }

    #[test]
    fn the_more_callers_ask_the_same_the_larger_is_their_heap() {
        let places = ["丹霞路", "和平里", "望江亭", "青石桥", "梧桐巷", "凤凰台", "白鹭洲"];
        for callers in [30, 50, 200] {
            let ask = |number: usize| {
                let place = places[number % 7];
                match number % 5 {
                    0 => format!("{place}{number}号家里停水了什么时候来"),
                    at => {
                        let tail = ["", "谢谢", "要带什么材料", "去哪里办"][at - 1];
                        format!("您好我住{place}{number}号,电动自行车上牌{tail}")
                    }
                }
            };
            let texts: Vec<String> = (0..callers).map(ask).collect();
            let heaps = clusters(&texts, &[]);
            assert_eq!(heaps[0].len(), callers * 4 / 5, "of {callers}: {heaps:?}");
        }
    }

    #[test]
    fn what_many_other_contacts_say_puts_nothing_together() {
        let tell = |about: &str| format!("龙湖街道居民委员会{about}");
        let texts = [tell("路灯不亮"), tell("公积金提取"), tell("路灯不亮了")];
        let others: Vec<String> = (0..40).map(|_| tell("")).collect();
        assert_eq!(clusters(&texts, &others), [vec![0, 2], vec![1]]);
    }

    #[test]
    fn the_middle_is_the_text_that_is_most_like_the_others() {
        let texts = ["路灯不亮", "公积金提取", "路灯不亮晚上很黑", "公积金"].map(str::to_owned);
        assert_eq!(middle(&texts, &[0, 1, 2]), 0);
    }
}
