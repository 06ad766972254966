//! Takes a caller's own number out of what he and others write, however it is written: in Chinese or circled digits, with
//! anything between them, without its area code. Knows only the number that was given; numbers by their shape are
//! `identity`'s.

use std::borrow::Cow;

use super::digits::spoken_value;
use super::normalise::Normaliser;
use super::subscriber::first_of;
use super::table::is_unseen;

/// So many of its last digits tell a number from others: a landline without its area code.
pub(super) const DIGITS_MIN: usize = 7;
/// More characters that are no digits end a number.
const GAP_MAX: usize = 3;

/// A digit of a text.
struct Digit {
    value: u8,
    start: usize,
    end: usize,
    /// Characters before it that are no digits.
    gap: usize,
}

/// What stands between two numbers, or before an extension.
const BETWEEN_NUMBERS: &str = "/,;、|或和转机()";
/// Numbers of one caller that are looked for.
const NUMBERS_MAX: usize = 8;

/// The text with a `*` for every digit of a number of the field, wherever its last seven digits or more stand.
#[must_use]
pub(crate) fn mask_number<'a>(text: &'a str, field: &str) -> Cow<'a, str> {
    if !may_hold(text) {
        return Cow::Borrowed(text);
    }
    let (numbers, there) = (numbers(field), digits(text).collect::<Vec<Digit>>());
    let mut hidden = vec![false; there.len()];
    for end in DIGITS_MIN..=there.len() {
        let same = numbers.iter().map(|own| same_end(&there[..end], own)).max().unwrap_or(0);
        if same >= DIGITS_MIN {
            hidden[end - same..end].fill(true);
        }
    }
    let (mut masked, mut copied) = (String::new(), 0);
    for (digit, _) in there.iter().zip(&hidden).filter(|(_, hidden)| **hidden) {
        masked.push_str(&text[copied..digit.start]);
        masked.push('*');
        copied = digit.end;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[copied..]);
    Cow::Owned(masked)
}

/// The digits of each number of a field. What is too short to tell a number from others is none.
fn numbers(field: &str) -> Vec<Vec<u8>> {
    let normaliser = Normaliser::new();
    let parts = |c: char| normaliser.folded(c).is_some_and(|c| BETWEEN_NUMBERS.contains(c));
    let pieces = field.split(parts).flat_map(|piece| {
        // 138 0013 8000 is one number, and two in one field are as long each.
        std::iter::once(piece).chain(piece.split_whitespace())
    });
    let values = |text: &str| digits(text).map(|digit| digit.value).collect::<Vec<u8>>();
    let first = first_of(field).map(|first| first.digits);
    let numbers = first.into_iter().chain(std::iter::once(field).chain(pieces).map(values));
    let mut numbers: Vec<Vec<u8>> =
        numbers.filter(|own| own.len() >= DIGITS_MIN).take(NUMBERS_MAX).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Whether a text has as many digits as a number has: most have not, and this looks at each character but once.
fn may_hold(text: &str) -> bool {
    let digits =
        text.chars().filter(|c| WORTH[*c as usize / 64 % WORTH.len()] >> (*c as u32 % 64) & 1 == 1);
    digits.take(DIGITS_MIN).count() == DIGITS_MIN
}

/// No character behind it stands for another one.
const FOLDED_MAX: char = '\u{3FFFF}';

/// Characters that are worth a digit, a bit each: 8 KiB, which the nearest cache holds. Those above the basic plane share the
/// bits of those in it: what they may be taken for is looked at again.
#[expect(clippy::disallowed_types, reason = "a constant that is dear to compute, and no state")]
static WORTH: std::sync::LazyLock<Vec<u64>> = std::sync::LazyLock::new(|| {
    let (normaliser, mut worth) = (Normaliser::new(), vec![0; 1 << 10]);
    for c in '\0'..=FOLDED_MAX {
        if spoken_value(normaliser, c).is_some() {
            worth[c as usize / 64 % (1 << 10)] |= 1 << (c as u32 % 64);
        }
    }
    worth
});

/// How many of the last digits are the number's last, without a gap between them.
fn same_end(there: &[Digit], own: &[u8]) -> usize {
    let mut same = 0;
    for (digit, own) in there.iter().rev().zip(own.iter().rev()) {
        if digit.value != *own {
            break;
        }
        same += 1;
        if digit.gap > GAP_MAX {
            break;
        }
    }
    same
}

fn digits(text: &str) -> impl Iterator<Item = Digit> {
    let (normaliser, mut gap) = (Normaliser::new(), 0);
    text.char_indices().filter_map(move |(start, c)| {
        let Some(value) = spoken_value(normaliser, c) else {
            gap += usize::from(!is_unseen(c));
            return None;
        };
        let gap = std::mem::take(&mut gap);
        Some(Digit { value, start, end: start + c.len_utf8(), gap })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_s_number_is_hidden_however_it_is_written() {
        for text in [
            "13800138000",
            "138(0013)8000",
            "139是他的,138……0013……8000",
            "138。0013。8000",
            "壹叁捌零零壹叁捌零零零",
            "①③⑧⓪⓪①③⑧⓪⓪⓪",
            "１３８００１３８０００",
            "138OO138OOO",
            "一三八〇〇一三八〇〇〇",
            "8613800138000",
            "幺三八洞洞幺三八洞洞洞",
            "l38OOl38OOO",
            "Ⅰ③捌零零13八000",
            "١٣٨٠٠١٣٨٠٠٠",
            "༡༣༨༠༠༡༣༨༠༠༠",
            "১৩৮০০১৩৮০০০",
            "𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎",
            "𝟙𝟛𝟠𝟘𝟘𝟙𝟛𝟠𝟘𝟘𝟘",
            "⑴⑶⑻00⑴⑶⑻000",
            "❶❸❽⓿⓿❶❸❽⓿⓿⓿",
            "⓵⓷⓼⓪⓪⓵⓷⓼⓪⓪⓪",
            "⒈⒊⒏00⒈⒊⒏000",
            "㈠㈢㈧〇〇㈠㈢㈧〇〇〇",
            "㊀㊂㊇〇〇㊀㊂㊇〇〇〇",
            "¹³⁸⁰⁰¹³⁸⁰⁰⁰",
            "₁₃₈₀₀₁₃₈₀₀₀",
            "壹參捌零零壹參捌零零零",
            "138【0013】8000",
            "138「0013」8000",
            "138空格0013空格8000",
            "1\u{200b}\u{200b}\u{200b}\u{200b}3800138000",
        ] {
            let masked = mask_number(text, "138 0013 8000");
            let shown = digits(&masked).count();
            assert!(masked.contains("*******") || masked.matches('*').count() >= 11, "{masked}");
            assert!(shown <= 3, "{text}: {masked}");
        }
        assert_eq!(mask_number("回电8855-1234", "075488551234"), "回电****-****");
        for field in
            ["0754-88551234(801)", "0754-88551234(转801)", "(0754)88551234", "座机88551234分机801"]
        {
            assert_eq!(mask_number("回电8855-1234", field), "回电****-****", "{field}");
        }
        assert_eq!(mask_number("回电8855-1234", "0754-88551234转801"), "回电****-****");
        for field in ["13800138000/13900139000", "13900139000 13800138000"] {
            assert_eq!(mask_number("138(0013)8000", field), "***(****)****", "{field}");
        }
    }

    #[test]
    fn a_number_with_an_extension_is_hidden_without_it() {
        for field in [
            "020-81234567-801",
            "020-81234567#801",
            "020-81234567x801",
            "020-81234567—801",
            "02081234567801",
        ] {
            assert_eq!(mask_number("请回8123-4567", field), "请回****-****", "{field}");
        }
        assert_eq!(mask_number("请回8855-1234", "0754-88551234-6"), "请回****-****");
    }

    #[test]
    fn what_is_worth_a_digit_is_never_passed_over() {
        for c in '\0'..=char::MAX {
            let text: String = [c; DIGITS_MIN].into_iter().collect();
            let worth = digits(&text).count() == DIGITS_MIN;
            assert!(!worth || may_hold(&text), "{c:?}");
        }
        assert!(!may_hold("路灯不亮,晚上看不见路"));
    }

    #[test]
    fn other_numbers_are_left() {
        for text in ["13800138001", "12345", "138 号楼, 共有 0013 户, 门牌是 8000", "路灯不亮"]
        {
            assert_eq!(mask_number(text, "13800138000"), text);
        }
        assert_eq!(mask_number("12345", "12345"), "12345");
        assert_eq!(mask_number("路灯", ""), "路灯");
    }
}
