//! What is typed in Latin letters and means Chinese ones: pinyin, its initials, and both mixed. Words are looked for in the titles
//! and matters of articles (and in the list of `synonyms`): nobody needs a word that no article has. Knows no weights.

use std::borrow::Cow;
use std::collections::BTreeMap;

use pinyin::ToPinyinMulti;

use crate::letters::Letters;

/// Latin letters of a typed word.
const TYPED: std::ops::RangeInclusive<usize> = 2..=40;
/// Chinese letters of the word that is meant.
const MEANT: std::ops::RangeInclusive<usize> = 2..=10;
/// A word that is less likely than this share of the likeliest is not meant.
const LIKELY_SHARE: f32 = 0.03;
/// Words that one typed word may mean.
pub(crate) const MEANINGS_MAX: usize = 6;
/// Typed words of a question that are looked at.
const WORDS_MAX: usize = 4;
/// Letters of a question in which Latin ones may be sounds: who tells a story writes it out, and means names by them.
const LINE_LETTERS_MAX: usize = 40;

/// Words looked at together, letter by letter, and those kept of them: the ones that most titles have.
const BEAM: usize = 64;

/// Two letters that stand side by side in titles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    first: char,
    second: char,
    /// The Latin letters that the second's sounds begin with, as bits.
    begins: u32,
    /// How often they stand there.
    count: u32,
}

/// The pairs of letters in some titles. A word is found by its pairs, one behind the other: more than its pairs no question asks
/// for, and nobody needs to look through the titles.
#[derive(Debug, Default)]
pub(crate) struct TitlePairs {
    /// Ascending, each two letters once.
    pairs: Vec<Pair>,
    /// For each Latin letter, where the pairs begin whose first letter may sound so.
    by_initial: Vec<Vec<u32>>,
}

impl TitlePairs {
    /// Of pairs that were collected by [`pairs_of`], each as often as it was.
    pub(crate) fn of(mut counted: Vec<(char, char, u32)>) -> TitlePairs {
        counted.sort_unstable();
        let mut known: BTreeMap<char, u32> = BTreeMap::new();
        let mut begins_of = |letter| *known.entry(letter).or_insert_with(|| begins(letter));
        let mut titles = TitlePairs::default();
        titles.by_initial.resize_with(LATIN, Vec::new);
        for same in counted.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
            let (first, second, _) = same[0];
            if titles.pairs.last().is_none_or(|last| last.first != first) {
                let sounds = begins_of(first);
                let start = titles.pairs.len() as u32;
                let initials = (0..).zip(&mut titles.by_initial);
                initials.filter(|(bit, _)| sounds >> bit & 1 == 1).for_each(|it| it.1.push(start));
            }
            let count = same.iter().map(|(.., count)| count).sum();
            titles.pairs.push(Pair { first, second, begins: begins_of(second), count });
        }
        titles
    }

    /// The pairs as they were collected.
    pub(crate) fn counted(&self) -> impl Iterator<Item = (char, char, u32)> {
        self.pairs.iter().map(|pair| (pair.first, pair.second, pair.count))
    }

    /// The pairs from a place on that have the same first letter.
    fn beginning(&self, start: usize) -> &[Pair] {
        let rest = &self.pairs[start..];
        let first = rest.first().map(|pair| pair.first);
        let end = rest.iter().position(|pair| Some(pair.first) != first);
        &rest[..end.unwrap_or(rest.len())]
    }

    fn after(&self, letter: char) -> &[Pair] {
        self.beginning(self.pairs.partition_point(|pair| pair.first < letter))
    }
}

/// Latin letters.
pub(crate) const LATIN: usize = 26;

/// The pairs of letters of a title that can be typed by their sounds.
pub(crate) fn pairs_of(title: &Letters) -> impl Iterator<Item = (char, char, u32)> {
    let sounded = |letter: char| !letter.is_ascii();
    let pairs = title.runs().flat_map(|(_, run)| run.windows(2));
    let pairs = pairs.filter(move |pair| sounded(pair[0]) && sounded(pair[1]));
    pairs.map(|pair| (pair[0], pair[1], 1))
}

fn begins(letter: char) -> u32 {
    sounds(letter).filter_map(|sound| bit(*sound.as_bytes().first()?)).fold(0, |all, bit| all | bit)
}

fn bit(letter: u8) -> Option<u32> {
    letter.is_ascii_lowercase().then(|| 1 << (letter - b'a'))
}

/// Every sound of a letter; what is written ü is typed v.
fn sounds(letter: char) -> impl Iterator<Item = Cow<'static, str>> {
    let typed = |sound: &'static str| match sound.contains('ü') {
        true => Cow::Owned(sound.replace('ü', "v")),
        false => Cow::Borrowed(sound),
    };
    let all = letter.to_pinyin_multi();
    all.into_iter().flat_map(move |all| all.into_iter().map(move |one| typed(one.plain())))
}

/// The words typed in Latin letters, at most so many; words side by side are also one word.
pub(crate) fn typed(question: &Letters) -> Vec<String> {
    if question.runs().map(|(_, run)| run.len()).sum::<usize>() > LINE_LETTERS_MAX {
        return Vec::new();
    }
    let mut words: Vec<String> = Vec::new();
    let mut row = String::new();
    let mut latin_words = 0;
    for (_, run) in question.runs() {
        for part in
            run.chunk_by(|one, other| one.is_ascii_lowercase() == other.is_ascii_lowercase())
        {
            if part[0].is_ascii_lowercase() {
                let word: String = part.iter().collect();
                row.push_str(&word);
                latin_words += 1;
                words.push(word);
            } else {
                if latin_words > 1 {
                    words.push(std::mem::take(&mut row));
                }
                row.clear();
                latin_words = 0;
            }
        }
    }
    if latin_words > 1 {
        words.push(row);
    }
    words.retain(|word| TYPED.contains(&word.len()));
    words.truncate(WORDS_MAX);
    words
}

/// The beginning of a word that may be meant.
#[derive(Debug)]
struct Begun {
    word: Vec<char>,
    /// How many typed letters its last letter may have begun at.
    from: usize,
    count: u32,
}

/// What a typed word means: the known words, each with the number of articles that have it, and the words of these titles that most
/// of them have and whose letters keep together, so much as `standing` says (0 for what no article has: pairs of different titles
/// may look like a word together). Each with how likely it is beside the first.
pub(crate) fn meanings<'a>(
    typed: &str,
    titles: impl Iterator<Item = &'a TitlePairs>,
    known: impl Iterator<Item = (&'a [char], f32)>,
    standing: impl Fn(&[char]) -> f32,
) -> Vec<(Vec<char>, f32)> {
    let mut found: BTreeMap<Vec<char>, u32> = BTreeMap::new();
    for titles in titles {
        for (word, count) in words(typed.as_bytes(), titles) {
            *found.entry(word).or_insert(0) += count;
        }
    }
    let found = found.into_iter().map(|(word, count)| {
        let weight = count as f32 * standing(&word);
        (word, weight)
    });
    let mut all: BTreeMap<Vec<char>, f32> = found.collect();
    for (word, weight) in known {
        all.insert(word.to_vec(), weight);
    }
    let weighed = all.into_iter().map(|(word, weight)| (weight, word));
    let mut weighed: Vec<(f32, Vec<char>)> = weighed.filter(|(weight, _)| *weight > 0.0).collect();
    weighed.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    let best = weighed.first().map_or(1.0, |(weight, _)| *weight);
    let shares = weighed.into_iter().map(|(weight, word)| (word, weight / best));
    shares.take_while(|(_, share)| *share >= LIKELY_SHARE).take(MEANINGS_MAX).collect()
}

/// Whether a word is spelled by what is typed, all of it: by whole sounds, by initials, by both mixed, the last one unfinished.
pub(crate) fn spells(word: &[char], typed: &str) -> bool {
    let (Some((&last, before)), typed) = (word.split_last(), typed.as_bytes()) else {
        return false;
    };
    let mut begun = vec![0];
    for &letter in before {
        begun = begun.iter().flat_map(|from| beginnings(letter, typed, *from)).collect();
        begun.sort_unstable();
        begun.dedup();
    }
    begun.into_iter().any(|from| from < typed.len() && ends(last, &typed[from..]))
}

/// The Latin letters that a word may be begun with, as numbers from 0.
pub(crate) fn initials(letter: char) -> impl Iterator<Item = usize> {
    let begins = begins(letter);
    (0..LATIN).filter(move |bit| begins >> bit & 1 == 1)
}

/// The Latin letter that what is typed begins with, as a number from 0.
pub(crate) fn initial(typed: &str) -> Option<usize> {
    let first = typed.bytes().next().filter(u8::is_ascii_lowercase)?;
    Some(usize::from(first - b'a'))
}

/// The words of some titles that spell what is typed, letter by letter, the likeliest [`BEAM`] at a time.
fn words(typed: &[u8], titles: &TitlePairs) -> Vec<(Vec<char>, u32)> {
    let starts = typed.first().and_then(|first| first.checked_sub(b'a'));
    let starts = starts.and_then(|initial| titles.by_initial.get(usize::from(initial)));
    let mut begun = Vec::new();
    for &start in starts.into_iter().flatten() {
        go_on(&[], 0, u32::MAX, typed, titles.beginning(start as usize), &mut begun);
    }
    let mut words = Vec::new();
    while !begun.is_empty() {
        begun.sort_by(|one: &Begun, other| {
            other.count.cmp(&one.count).then_with(|| one.word.cmp(&other.word))
        });
        begun.truncate(BEAM);
        let mut longer = Vec::new();
        for Begun { word, from, count } in begun {
            let Some(&last) = word.last() else { continue };
            if ends(last, &typed[from..]) {
                words.push((word, count));
            } else if word.len() < *MEANT.end() {
                go_on(&word, from, count, typed, titles.after(last), &mut longer);
            }
        }
        begun = longer;
    }
    words
}

/// Adds what a word may become by one more letter, of which `pairs` are those whose first letter is its last.
fn go_on(
    word: &[char],
    from: usize,
    count: u32,
    typed: &[u8],
    pairs: &[Pair],
    begun: &mut Vec<Begun>,
) {
    let Some(last) = pairs.first().map(|pair| pair.first) else { return };
    for next in beginnings(last, typed, from) {
        let Some(wanted) = typed.get(next).copied().and_then(bit) else { continue };
        for pair in pairs.iter().filter(|pair| pair.begins & wanted != 0) {
            let mut longer = word.to_vec();
            if word.is_empty() {
                longer.push(pair.first);
            }
            longer.push(pair.second);
            begun.push(Begun { word: longer, from: next, count: count.min(pair.count) });
        }
    }
}

/// Where the next letter may begin when this one is typed from a place on: behind its whole sound, or behind its initial (zh, ch and
/// sh are two letters).
fn beginnings(letter: char, typed: &[u8], from: usize) -> Vec<usize> {
    let mut nexts = Vec::new();
    for sound in sounds(letter) {
        let sound = sound.as_bytes();
        let same = sound.iter().zip(&typed[from..]).take_while(|(one, other)| one == other).count();
        let initial = if sound.get(1) == Some(&b'h') { 2 } else { 1 };
        let taken = [sound.len(), initial, 1].into_iter().filter(|taken| *taken <= same);
        nexts.extend(taken.map(|taken| from + taken));
    }
    nexts.sort_unstable();
    nexts.dedup();
    nexts
}

/// Whether a letter sounds like all that is still typed, if it may not be typed to its end.
fn ends(letter: char, typed: &[u8]) -> bool {
    sounds(letter).any(|sound| sound.as_bytes().starts_with(typed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(typed_word: &str, title: &str) -> Vec<String> {
        let titles = TitlePairs::of(pairs_of(&Letters::of(title)).collect());
        let words = meanings(typed_word, std::iter::once(&titles), std::iter::empty(), |_| 1.0);
        words.into_iter().map(|(word, _)| String::from_iter(word)).collect()
    }

    #[test]
    fn the_latin_letters_of_a_story_are_no_sounds() {
        let line = "gjj怎么提取";
        let story = format!("gjj{}", "住在三区的人都来问".repeat(5));
        assert_eq!(typed(&Letters::of(line)), ["gjj"]);
        assert!(typed(&Letters::of(&story)).is_empty());
    }

    #[test]
    fn whole_sounds_initials_both_mixed_and_the_unfinished_mean_the_same() {
        for typed in ["gongjijin", "gjj", "gongjj", "gjijin", "gongjij", "gongjiji"] {
            assert_eq!(means(typed, "住房公积金提取"), ["公积金"], "{typed}");
        }
        assert_eq!(means("zfgjj", "住房公积金"), ["住房公积金"]);
        assert_eq!(means("zhfgjj", "住房公积金"), ["住房公积金"]);
        assert_eq!(means("nvzh", "女职工"), ["女职"]);
        assert_eq!(means("yinhang", "银行开户"), ["银行"], "every sound of a letter");
        assert_eq!(means("wifi", "住房公积金提取"), [""; 0]);
    }

    #[test]
    fn what_only_pairs_of_different_titles_spell_is_no_word() {
        let titles = ["公交线路", "交警队"].map(Letters::of);
        let titles = TitlePairs::of(titles.iter().flat_map(pairs_of).collect());
        let in_one = |word: &[char]| if word == ['公', '交', '警'] { 0.0 } else { 1.0 };
        let none = std::iter::empty;
        assert!(meanings("gjj", std::iter::once(&titles), none(), in_one).is_empty());
        let found = |typed| meanings(typed, std::iter::once(&titles), none(), |_| 1.0);
        assert_eq!(found("gjj"), [(vec!['公', '交', '警'], 1.0)]);
        assert_eq!(found("gj"), [(vec!['公', '交'], 1.0)]);
    }

    #[test]
    fn words_apart_are_looked_for_by_themselves_and_together() {
        let words = |text: &str| typed(&Letters::of(text));
        assert_eq!(words("gong ji jin"), ["gong", "ji", "jin", "gongjijin"]);
        assert_eq!(words("公积金tiqu"), ["tiqu"]);
        assert_eq!(words("A7县停水"), [""; 0]);
    }
}
