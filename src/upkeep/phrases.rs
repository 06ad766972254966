//! The words that tell some texts from others: runs of two to five letters that many of them have, few others do, and that stand
//! between different letters, as words do. A run that few texts have is never told: nobody's own story is shown.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

/// Letters of a run.
const RUN: std::ops::RangeInclusive<usize> = 2..=5;
/// Bits of a letter in a packed run.
const LETTER_BITS: u32 = 21;
/// Texts of a cluster that are looked at: what two hundred say, a thousand say too.
const TEXTS_MAX: usize = 200;
/// Letters of a text that are looked at.
const CHARS_MAX: usize = 200;
/// Letters that neither begin nor end a word that tells anything.
const LOOSE: &str = "的了是我你他她它们在有和与及也都就很不没要请给把被到从对为这那个们吗呢吧啊之其又已还但而且或如所以因可能会说去来上下里一二三四五六七八九十年月日号";

/// What everybody says who asks: it tells nothing, nor does a run that holds it.
const QUESTIONS: [&str; 14] = [
    "怎么", "怎样", "如何", "什么", "哪里", "哪些", "哪个", "多少", "为何", "请问", "咨询", "您好",
    "谢谢", "想问",
];
/// Letters of such words, and of their halves.
const ASKING: &str = "怎么样如何什哪谁问咨询您";
/// With fewer words than this, runs are told too that always stand between the same letters.
const WORDS_ENOUGH: usize = 3;

/// How a run comes up in all texts.
#[derive(Clone, Copy, Default)]
struct Known {
    /// In how many texts.
    texts: u32,
    /// The last of them, and one more.
    last: u32,
    /// The first letter ahead of it, and one that is another.
    before: [Option<char>; 2],
    /// The same behind it.
    behind: [Option<char>; 2],
}

/// Runs of all texts.
pub(super) struct Background {
    known: FxHashMap<u128, Known>,
    texts: usize,
}

impl Background {
    /// Of these texts.
    pub(super) fn of(texts: &[String]) -> Background {
        let mut known: FxHashMap<u128, Known> = FxHashMap::default();
        for (number, text) in (1..).zip(texts) {
            for_each_run(text, |run, before, behind| {
                let known = known.entry(packed(run)).or_default();
                known.texts += u32::from(known.last != number);
                known.last = number;
                differ(&mut known.before, before);
                differ(&mut known.behind, behind);
            });
        }
        Background { known, texts: texts.len() }
    }

    /// The words that tell these texts from the others, the most telling first: each in at least so many of them.
    pub(super) fn telling(&self, texts: &[&String], texts_min: usize, most: usize) -> Vec<String> {
        let looked_at = &texts[..texts.len().min(TEXTS_MAX)];
        let mut counts: BTreeMap<Vec<char>, usize> = BTreeMap::new();
        for text in looked_at {
            let mut runs = BTreeSet::new();
            for_each_run(text, |run, _, _| {
                runs.insert(run.to_vec());
            });
            for run in runs {
                *counts.entry(run).or_insert(0) += 1;
            }
        }
        let others = self.texts.saturating_sub(texts.len());
        // Of a large cluster not all are looked at: the rest says as much, and is no other text.
        let part = texts.len() as f64 / looked_at.len().max(1) as f64;
        let score = |run: &[char], count: usize, known: &Known| {
            let inside = count as f64 / looked_at.len() as f64;
            // Half a text more than there is: where there are no others, nothing is said by others.
            let outside = (f64::from(known.texts) - count as f64 * part).max(0.0) + 0.5;
            let outside = outside / (others as f64 + 1.0);
            inside * (inside / outside).ln() * (run.len() as f64).sqrt()
        };
        let mut scored: Vec<(bool, f64, String)> = Vec::new();
        for (run, &count) in &counts {
            let Some(known) = self.known.get(&packed(run)) else { continue };
            let score = score(run, count, known);
            if count >= texts_min && !is_loose(run) && score > 0.0 {
                scored.push((known.is_word(), score, run.iter().collect()));
            }
        }
        scored.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.2.cmp(&other.2)));
        let mut telling: Vec<String> = Vec::new();
        // Where all say the same in the same words, nothing stands between different letters: the longest that is said is told.
        let (words, mut parts): (Vec<_>, Vec<_>) = scored.into_iter().partition(|it| it.0);
        parts.sort_by_key(|(_, _, run)| std::cmp::Reverse(run.chars().count()));
        for (is_word, _, run) in words.into_iter().chain(parts) {
            if telling.len() >= if is_word { most } else { most.min(WORDS_ENOUGH) } {
                continue;
            }
            // A part of what is told, or more of the same, says nothing new.
            if !telling.iter().any(|told| overlap(told, &run)) {
                telling.push(run);
            }
        }
        telling
    }
}

impl Known {
    /// A part of a word has always the same letter at one side.
    fn is_word(&self) -> bool {
        self.before[1].is_some() && self.behind[1].is_some()
    }
}

/// Notes a letter, if it is the first or another than the first; a mark or an end is always another.
fn differ(seen: &mut [Option<char>; 2], letter: Option<char>) {
    let letter = letter.unwrap_or('\0');
    match seen {
        [None, _] => seen[0] = Some(letter),
        [Some(first), None] if letter == '\0' || *first != letter => seen[1] = Some(letter),
        _ => {}
    }
}

/// Whether two runs say the same: they share a pair.
fn overlap(told: &str, run: &str) -> bool {
    let letters: Vec<char> = run.chars().collect();
    letters.windows(2).any(|pair| told.contains(&pair.iter().collect::<String>()))
}

fn is_loose(run: &[char]) -> bool {
    let text: String = run.iter().collect();
    let loose = |letter: &char| LOOSE.contains(*letter) || ASKING.contains(*letter);
    [run.first(), run.last()].into_iter().flatten().any(loose)
        || QUESTIONS.iter().any(|word| text.contains(word))
}

fn packed(run: &[char]) -> u128 {
    run.iter().fold(0, |packed, &letter| packed << LETTER_BITS | u128::from(u32::from(letter)))
}

/// Every run of letters of a text, with the letters at its sides.
fn for_each_run(text: &str, mut take: impl FnMut(&[char], Option<char>, Option<char>)) {
    let letters: Vec<char> = text.chars().take(CHARS_MAX).collect();
    let tells = |letter: &char| letter.is_alphabetic() && !letter.is_ascii();
    for words in letters.split(|letter| !tells(letter)) {
        for length in RUN {
            for (at, run) in words.windows(length).enumerate() {
                let before = at.checked_sub(1).map(|at| words[at]);
                take(run, before, words.get(at + length).copied());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_say_and_few_others_is_told_and_nobodys_own_words() {
        let texts = [
            "我家住在丹霞路,公积金怎么提取",
            "听说公积金能提取要什么材料",
            "请问公积金如何提取",
            "路灯怎么不亮",
            "停水怎么办",
        ]
        .map(str::to_owned);
        let background = Background::of(&texts);
        let telling = background.telling(&[&texts[0], &texts[1], &texts[2]], 3, 5);
        assert_eq!(telling, ["公积金", "提取"]);
    }

    #[test]
    fn what_is_asked_is_told_and_not_that_somebody_asks() {
        let ask = |number: usize| {
            format!("请问电动车上牌{}", ["怎么办", "怎么弄", "怎么交钱"][number % 3])
        };
        let texts: Vec<String> = (0..6).map(ask).collect();
        let of_all: Vec<&String> = texts.iter().collect();
        let telling = Background::of(&texts).telling(&of_all, 3, 5);
        assert_eq!(telling, ["电动车上牌"]);
        // As little is asked where a cluster is larger than what is looked at.
        let texts: Vec<String> = (0..600).map(ask).chain(["停水了".to_owned()]).collect();
        let of_most: Vec<&String> = texts[..600].iter().collect();
        assert_eq!(Background::of(&texts).telling(&of_most, 3, 5), ["电动车上牌"]);
    }
}
