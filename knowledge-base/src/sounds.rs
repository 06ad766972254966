//! What is typed in Latin letters and means Chinese ones: pinyin, its initials, and both mixed. Words are looked for in the titles
//! of articles: nobody needs a word that no article has. Knows no weights.

use std::borrow::Cow;
use std::collections::BTreeMap;

use pinyin::ToPinyinMulti;

use crate::letters::Letters;

/// Latin letters of a typed word.
const TYPED: std::ops::RangeInclusive<usize> = 2..=40;
/// Chinese letters of the word that is meant.
const MEANT: std::ops::RangeInclusive<usize> = 2..=10;
/// Words that one typed word may mean.
pub(crate) const MEANINGS_MAX: usize = 4;
/// Typed words of a question that are looked at.
const WORDS_MAX: usize = 4;
/// Letters of a question in which Latin ones may be sounds: who tells a story writes it out, and means names by them.
const LINE_LETTERS_MAX: usize = 40;

/// A letter of a title, and the Latin letters that its sounds begin with, as bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sounded {
    letter: char,
    begins: u32,
}

/// The letters of a title.
pub(crate) fn sounded(title: &Letters) -> Box<[Sounded]> {
    let mut letters = Vec::new();
    for (_, run) in title.runs() {
        letters.extend(run.iter().map(|&letter| Sounded { letter, begins: begins(letter) }));
        // Nothing is meant across a mark.
        letters.push(Sounded { letter: ' ', begins: 0 });
    }
    letters.into()
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

/// What a typed word means in these titles: the words that most of them have.
pub(crate) fn meanings<'a>(
    typed: &str,
    titles: impl Iterator<Item = &'a [Sounded]>,
) -> Vec<Vec<char>> {
    let Some(first) = typed.bytes().next().and_then(bit) else { return Vec::new() };
    let mut found: BTreeMap<Vec<char>, u32> = BTreeMap::new();
    for title in titles {
        for at in (0..title.len()).filter(|at| title[*at].begins & first != 0) {
            if let Some(length) = spelt(&title[at..], typed.as_bytes(), 0)
                && MEANT.contains(&length)
            {
                let word = title[at..at + length].iter().map(|it| it.letter).collect();
                *found.entry(word).or_insert(0) += 1;
            }
        }
    }
    let mut found: Vec<(Vec<char>, u32)> = found.into_iter().collect();
    found.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    found.truncate(MEANINGS_MAX);
    found.into_iter().map(|(word, _)| word).collect()
}

/// How many letters spell what is typed, each by its whole sound or by how it begins; the last may not be typed to its end.
fn spelt(letters: &[Sounded], typed: &[u8], depth: usize) -> Option<usize> {
    if typed.is_empty() {
        return Some(0);
    }
    let (letter, rest) = letters.split_first()?;
    if depth == *MEANT.end() || letter.begins & bit(typed[0])? == 0 {
        return None;
    }
    for sound in sounds(letter.letter) {
        let sound = sound.as_bytes();
        let same = sound.iter().zip(typed).take_while(|(sound, typed)| sound == typed).count();
        if same == typed.len() {
            return Some(1);
        }
        // The whole sound, or only its initial: zh, ch and sh are two letters.
        let initial = if sound.get(1) == Some(&b'h') && same >= 2 { 2 } else { 1 };
        for taken in [sound.len(), initial, 1] {
            if taken <= same
                && let Some(length) = spelt(rest, &typed[taken..], depth + 1)
            {
                return Some(length + 1);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(typed_word: &str, title: &str) -> Vec<String> {
        let title = sounded(&Letters::of(title));
        let words = meanings(typed_word, std::iter::once(&*title));
        words.into_iter().map(String::from_iter).collect()
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
    fn words_apart_are_looked_for_by_themselves_and_together() {
        let words = |text: &str| typed(&Letters::of(text));
        assert_eq!(words("gong ji jin"), ["gong", "ji", "jin", "gongjijin"]);
        assert_eq!(words("公积金tiqu"), ["tiqu"]);
        assert_eq!(words("A7县停水"), [""; 0]);
    }
}
