//! Takes a caller's own name out of what the caller said: who calls is for the vault alone, and people introduce
//! themselves. Knows only the name that was given; other people's names are not its task.

use std::borrow::Cow;

/// What stands in the field where no name was given.
const NOBODY: [&str; 10] =
    ["先生", "女士", "小姐", "同志", "市民", "群众", "匿名", "来电人", "举报人", "投诉人"];
/// One character may be any word.
const CHARACTERS_MIN: usize = 2;

/// The text with a 某 for every character of the name, wherever it stands.
#[must_use]
pub(crate) fn mask_name<'a>(text: &'a str, name: &str) -> Cow<'a, str> {
    match told(name) {
        Some(name) if text.contains(name) => {
            Cow::Owned(text.replace(name, &"某".repeat(name.chars().count())))
        }
        _ => Cow::Borrowed(text),
    }
}

/// Whether a piece cut out of a text shows two neighbouring characters of the name or more.
#[must_use]
pub(crate) fn shows_name(piece: &str, name: &str) -> bool {
    let Some(name) = told(name) else { return false };
    let starts: Vec<usize> = name.char_indices().map(|(at, _)| at).chain([name.len()]).collect();
    starts.windows(CHARACTERS_MIN + 1).any(|at| piece.contains(&name[at[0]..at[CHARACTERS_MIN]]))
}

/// The name, where it tells somebody from others.
fn told(name: &str) -> Option<&str> {
    let name = name.trim();
    let is_told = name.chars().nth(CHARACTERS_MIN - 1).is_some() && !NOBODY.contains(&name);
    is_told.then_some(name)
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
    fn half_a_name_is_a_name() {
        assert!(shows_name("叫林小", "林小明") && shows_name("小明", "林小明"));
        assert!(!shows_name("林", "林小明") && !shows_name("市民", "市民"));
    }
}
