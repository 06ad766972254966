//! Takes a caller's own name out of what the caller said: who calls is for the vault alone, and people introduce
//! themselves. Knows only the name that was given; other people's names are not its task.

use std::borrow::Cow;

use super::normalise::Normaliser;

/// What stands in the field where no name was given.
const NOBODY: [&str; 10] =
    ["先生", "女士", "小姐", "同志", "市民", "群众", "匿名", "来电人", "举报人", "投诉人"];
/// One character may be any word.
const CHARACTERS_MIN: usize = 2;

/// Separators between two characters of a name: more of them are the columns of a table.
const GAP_MAX: usize = 3;
/// What people put between the characters of a name, beside white space.
const SEPARATORS: &str = "·•・‧.-–—_/|*~";

/// The text with a 某 for every character of the name, wherever it stands: in traditional characters, in capitals or with
/// separators within it, too.
#[must_use]
pub(crate) fn mask_name<'a>(text: &'a str, name: &str) -> Cow<'a, str> {
    let Some(name) = told(name) else { return Cow::Borrowed(text) };
    let (letters, mut at, mut kept_from) = (letters(text), 0, 0);
    let mut masked = String::new();
    while at + name.len() <= letters.len() {
        if !stands_at(&letters, at, &name) {
            at += 1;
            continue;
        }
        let (start, end) = (letters[at].start, letters[at + name.len() - 1].end);
        masked.push_str(&text[kept_from..start]);
        masked.extend(text[start..end].chars().map(|_| '某'));
        (kept_from, at) = (end, at + name.len());
    }
    if kept_from == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[kept_from..]);
    Cow::Owned(masked)
}

/// Whether a piece cut out of a text shows two neighbouring characters of the name or more.
#[must_use]
pub(crate) fn shows_name(piece: &str, name: &str) -> bool {
    let Some(told) = told(name) else { return false };
    let letters = letters(piece);
    let shows = |part: &[Letter]| {
        let starts = 0..(letters.len() + 1).saturating_sub(part.len());
        starts.into_iter().any(|at| stands_at(&letters, at, part))
    };
    let name = name.trim();
    let starts: Vec<usize> = name.char_indices().map(|(at, _)| at).chain([name.len()]).collect();
    let mut as_written = starts.windows(CHARACTERS_MIN + 1);
    as_written.any(|at| piece.contains(&name[at[0]..at[CHARACTERS_MIN]]))
        || told.windows(CHARACTERS_MIN).any(shows)
}

/// One character that is no separator.
struct Letter {
    /// What it stands for.
    folded: char,
    /// Separators before it.
    gap: usize,
    /// Its bytes in the text.
    start: usize,
    end: usize,
}

impl Letter {
    /// Whether it is part of a word as Latin letters make them: with a beginning and an end.
    fn is_latin(&self) -> bool {
        self.folded.is_ascii_alphanumeric()
    }
}

fn letters(text: &str) -> Vec<Letter> {
    let (normaliser, mut letters, mut gap) = (Normaliser::new(), Vec::new(), 0);
    for (start, c) in text.char_indices() {
        match normaliser.folded(c).filter(|c| !c.is_whitespace() && !SEPARATORS.contains(*c)) {
            Some(folded) => {
                letters.push(Letter { folded, gap, start, end: start + c.len_utf8() });
                gap = 0;
            }
            None => gap += 1,
        }
    }
    letters
}

/// Whether the name stands here. Latin words have separators only where the name has, and are no parts of longer words.
fn stands_at(letters: &[Letter], at: usize, name: &[Letter]) -> bool {
    let here = &letters[at..at + name.len()];
    let same = here.iter().zip(name).all(|(here, own)| here.folded == own.folded);
    let may_part = |at: usize| {
        let in_word = name[at - 1].is_latin() && name[at].is_latin() && name[at].gap == 0;
        here[at].gap == 0 || here[at].gap <= GAP_MAX && !in_word
    };
    let goes_on = |one: &Letter, next: &Letter| one.is_latin() && next.is_latin() && next.gap == 0;
    let before = at.checked_sub(1).map(|before| &letters[before]);
    let begins = before.is_none_or(|before| !goes_on(before, &here[0]));
    let ends =
        letters.get(at + name.len()).is_none_or(|next| !goes_on(&here[name.len() - 1], next));
    same && begins && ends && (1..name.len()).all(may_part)
}

/// The name, where it tells somebody from others.
fn told(name: &str) -> Option<Vec<Letter>> {
    let letters = letters(name);
    let folded: String = letters.iter().map(|letter| letter.folded).collect();
    let is_told = letters.len() >= CHARACTERS_MIN && !NOBODY.contains(&folded.as_str());
    is_told.then_some(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_hidden_wherever_it_stands_and_words_for_nobody_are_not() {
        for (text, name, said) in [
            ("我叫林小明,林小明住三楼", "林小明", "我叫某某某,某某某住三楼"),
            ("I am Lin Da", " Lin Da ", "I am 某某某某某某"),
            ("王婆卖瓜", "王", "王婆卖瓜"),
            ("市民反映", "市民", "市民反映"),
            ("路灯不亮", "", "路灯不亮"),
        ] {
            assert_eq!(mask_name(text, name), said);
        }
    }

    #[test]
    fn a_name_is_found_however_it_is_written() {
        for (text, name, said) in [
            ("我是john smith,请回电", "John Smith", "我是某某某某某某某某某某,请回电"),
            ("JOHN-SMITH", "john smith", "某某某某某某某某某某"),
            ("JohnSmith", "John Smith", "某某某某某某某某某"),
            ("我叫陳國華", "陈国华", "我叫某某某"),
            ("我叫陈国华", "陳國華", "我叫某某某"),
            ("我叫李 四", "李四", "我叫某某某"),
            ("我叫李四", "李 四", "我叫某某"),
            ("我叫林\u{3000}小\n明", "林小明", "我叫某某某某某"),
            ("买买提·吐尔逊来电", "买买提吐尔逊", "某某某某某某某来电"),
            ("林.小-明", "林小明", "某某某某某"),
            ("林\u{200b}小明", "林小明", "某某某某"),
        ] {
            assert_eq!(mask_name(text, name), said, "{name} in {text}");
        }
    }

    #[test]
    fn what_is_another_word_is_left() {
        for (text, name) in [
            ("请发email", "Ma"),
            ("john smithson", "John Smith"),
            ("a nd", "and"),
            ("我姓王,明天再来", "王明"),
            ("王。明天", "王明"),
            ("王    明天", "王明"),
            ("找先 生", "先生"),
            ("小明", "林小明"),
            ("王(明", "王明"),
        ] {
            assert_eq!(mask_name(text, name), text, "{name}");
        }
    }

    #[test]
    fn half_a_name_is_a_name() {
        assert!(shows_name("林 小", "林小明") && shows_name("陳國", "陈国华"));
        assert!(shows_name("叫林小", "林小明") && shows_name("小明", "林小明"));
        assert!(!shows_name("林", "林小明") && !shows_name("市民", "市民"));
    }
}
