//! The words that tell some texts from others: runs of two to six characters that many of them have and few others do. A run
//! that one text alone has is never told: nobody's own story is shown.

use std::collections::{BTreeMap, BTreeSet};

/// Characters of a run.
const RUN: std::ops::RangeInclusive<usize> = 2..=6;
/// Texts of a cluster that are looked at: what two hundred say, a thousand say too.
const TEXTS_MAX: usize = 200;
/// Characters of a text that are looked at.
const CHARS_MAX: usize = 300;
/// Letters that neither begin nor end a word that tells anything.
const LOOSE: &str = "的了是我你他她它们在有和与及也都就很不没要请给把被到从对为这那个们吗呢吧啊之其又已还但而且或如所以因可能会说去来上下里";

/// How often runs of characters come up in all texts: by how many texts.
pub(super) struct Background {
    counts: BTreeMap<String, u32>,
    texts: usize,
}

impl Background {
    /// Of these texts.
    pub(super) fn of(texts: &[String]) -> Background {
        let mut counts = BTreeMap::new();
        for text in texts {
            // Words of people are two to four letters; longer ones are rarer still, and judged by their parts.
            for run in runs(text, 2..=4) {
                *counts.entry(run).or_insert(0) += 1;
            }
        }
        Background { counts, texts: texts.len() }
    }

    /// The words that tell these texts from the others, the most telling first: each in at least so many of them.
    pub(super) fn telling(&self, texts: &[&String], texts_min: usize, most: usize) -> Vec<String> {
        let looked_at = &texts[..texts.len().min(TEXTS_MAX)];
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for text in looked_at {
            for run in runs(text, RUN) {
                *counts.entry(run).or_insert(0) += 1;
            }
        }
        counts.retain(|run, count| *count >= texts_min && !is_loose(run));
        let score = |run: &String, count: usize| {
            let inside = count as f64 / looked_at.len() as f64;
            // Half a text more than there is: where there are no others, nothing is said by others.
            let (all, others) = (self.count(run) as usize, self.texts - looked_at.len());
            let outside = (all.saturating_sub(count) as f64 + 0.5) / (others as f64 + 1.0);
            inside * (inside / outside).ln().max(0.0) * (run.chars().count() as f64).sqrt()
        };
        let mut scored: Vec<(f64, String)> =
            counts.iter().map(|(run, &count)| (score(run, count), run.clone())).collect();
        scored.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        let mut telling: Vec<String> = Vec::new();
        for (score, run) in scored {
            if telling.len() == most || score <= 0.0 {
                break;
            }
            // A part of what is told, or more of the same, says nothing new.
            if !telling.iter().any(|told| overlap(told, &run)) {
                telling.push(run);
            }
        }
        telling
    }

    /// How many texts have a run; of a long one, how many have its rarest part.
    fn count(&self, run: &str) -> u32 {
        if let Some(count) = self.counts.get(run) {
            return *count;
        }
        let letters: Vec<char> = run.chars().collect();
        let parts =
            letters.windows(4.min(letters.len())).map(|part| part.iter().collect::<String>());
        parts.filter_map(|part| self.counts.get(&part)).min().copied().unwrap_or(1)
    }
}

/// Whether two runs say the same: one is in the other, or they share all but a letter or two.
fn overlap(told: &str, run: &str) -> bool {
    if told.contains(run) || run.contains(told) {
        return true;
    }
    let letters: Vec<char> = run.chars().collect();
    letters.windows(2).any(|pair| told.contains(&pair.iter().collect::<String>()))
}

fn is_loose(run: &str) -> bool {
    let ends = [run.chars().next(), run.chars().last()];
    ends.into_iter().flatten().any(|letter| LOOSE.contains(letter) || letter.is_ascii_digit())
}

/// Every run of letters of a text, once.
fn runs(text: &str, lengths: std::ops::RangeInclusive<usize>) -> BTreeSet<String> {
    let letters: Vec<char> = text.chars().take(CHARS_MAX).collect();
    let mut runs = BTreeSet::new();
    for words in letters.split(|letter| !letter.is_alphanumeric()) {
        for length in lengths.clone() {
            runs.extend(words.windows(length).map(|run| run.iter().collect::<String>()));
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_say_and_few_others_is_told_and_nobodys_own_words() {
        let texts = [
            "我家住在丹霞路,公积金怎么提取",
            "公积金怎么提取要什么材料",
            "请问公积金怎么提取",
            "路灯怎么不亮",
            "停水怎么办",
        ]
        .map(str::to_owned);
        let background = Background::of(&texts);
        let telling = background.telling(&[&texts[0], &texts[1], &texts[2]], 3, 5);
        assert!(telling[0].contains("公积金"), "{telling:?}");
        assert!(!telling.iter().any(|it| it.contains("丹霞") || it == "怎么"), "{telling:?}");
    }
}
