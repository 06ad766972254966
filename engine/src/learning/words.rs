//! An order's words as a model may learn them: no numbers of people, not even in part, and no name of the caller.

use std::borrow::Cow;

use crate::order::{Caller, Order};
use crate::text::{MASK, mask_identity, mask_name};

/// Characters of a story that are learnt from: what a thousand do not say, the next thousand do not either, and it bounds
/// what the lessons of a hotline take.
pub const CHARS_MAX: usize = 1_000;

/// Masked words of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The headline; may be empty.
    pub title: String,
    /// The story, its first [`CHARS_MAX`] characters.
    pub content: String,
}

impl Words {
    /// The words of an order. Its caller is asked for so that nobody learns the name.
    #[must_use]
    pub fn of(order: &Order, caller: Option<&Caller>) -> Words {
        Words::masked(&order.title, &order.content, caller)
    }

    /// The same of a title and a story.
    #[must_use]
    pub fn masked(title: &str, content: &str, caller: Option<&Caller>) -> Words {
        let name = caller.map_or("", |caller| caller.name.as_str());
        let mask = |text: &str| -> String {
            // Masked whole, then cut: what is cut first may no longer look like a number.
            let unnamed = mask_name(text, name);
            blotted(&mask_identity(&unnamed)).chars().take(CHARS_MAX).collect()
        };
        Words { title: mask(title), content: mask(content) }
    }
}

/// Digits that a masked number leaves for people to compare say nothing about a matter: all of it becomes one sign.
fn blotted(text: &str) -> Cow<'_, str> {
    let of_number = |c: char| matches!(c, '0'..='9' | '０'..='９' | '*' | 'x' | 'X' | 'Ｘ' | 'ｘ');
    if !text.contains('*') {
        return Cow::Borrowed(text);
    }
    let mut blotted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(of_number) {
        let tail = &rest[start..];
        let run = &tail[..tail.find(|c| !of_number(c)).unwrap_or(tail.len())];
        blotted.push_str(&rest[..start]);
        if run.contains('*') && run.contains(|c: char| c.is_numeric()) {
            blotted.push(MASK);
        } else {
            blotted.push_str(run);
        }
        rest = &tail[run.len()..];
    }
    blotted.push_str(rest);
    Cow::Owned(blotted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        let caller = Caller { name: "林小芳".into(), phone: String::new(), confidential: false };
        Words::masked("", text, Some(&caller)).content
    }

    #[test]
    fn nothing_is_left_of_a_number_but_a_sign() {
        assert_eq!(masked("打13812345678找我"), "打█找我");
        assert_eq!(masked("打138-1234-5678找我"), "打█找我");
        assert_eq!(masked("身份证440521199001011234。"), "身份证█。");
        assert_eq!(masked("身份证44052119900101123X。"), "身份证█。");
        assert_eq!(masked("电话0754-88123456"), "电话█");
        assert_eq!(masked("3栋102房,5路公交"), "3栋102房,5路公交");
        assert_eq!(masked("已打码**的字"), "已打码**的字");
    }

    #[test]
    fn the_callers_name_is_left_out() {
        assert_eq!(masked("我是林小芳,楼上漏水"), "我是某某某,楼上漏水");
    }

    #[test]
    fn a_long_story_is_cut_after_it_was_masked() {
        let story = format!("{}13812345678", "水".repeat(CHARS_MAX - 4));
        assert_eq!(masked(&story), format!("{}█", "水".repeat(CHARS_MAX - 4)));
        assert_eq!(masked(&"水".repeat(CHARS_MAX + 1)).chars().count(), CHARS_MAX);
    }
}
