//! Takes a caller's own number out of what he and others write, however it is written: in Chinese or circled digits, with
//! anything between them, without its area code. Knows only the number that was given; numbers by their shape are
//! `identity`'s.

use std::borrow::Cow;

use super::normalise::Normaliser;

/// So many of its last digits tell a number from others: a landline without its area code.
const DIGITS_MIN: usize = 7;
/// Digits of a mobile number, which begins with 13 to 19; one with an area code has no more.
const MOBILE_DIGITS: usize = 11;
/// No number has more.
const DIGITS_MAX: usize = 18;
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

/// The numbers of one field, ready to be looked for: their digits.
#[derive(Debug)]
pub(crate) struct OwnNumber(Vec<Vec<u8>>);

/// What stands between two numbers, or before an extension.
const BETWEEN_NUMBERS: &str = "/,;、|或和转机()";
/// Of those, what stands around a part of a number as well.
const BRACKETS: [char; 2] = ['(', ')'];
/// Numbers of one caller that are looked for.
const NUMBERS_MAX: usize = 8;

impl OwnNumber {
    /// What is too short to tell a number from others is looked for nowhere.
    pub(crate) fn of(field: &str) -> OwnNumber {
        let normaliser = Normaliser::new();
        let parts = |c: char| normaliser.folded(c).is_some_and(|c| BETWEEN_NUMBERS.contains(c));
        let pieces = field.split(parts).flat_map(|piece| {
            // 138 0013 8000 is one number, and two in one field are as long each.
            std::iter::once(piece).chain(piece.split_whitespace())
        });
        let values = |text: &str| digits(text).map(|digit| digit.value).collect::<Vec<u8>>();
        let numbers = std::iter::once(field).chain(pieces).map(values);
        let mut numbers: Vec<Vec<u8>> =
            numbers.filter(|own| own.len() >= DIGITS_MIN).take(NUMBERS_MAX).collect();
        numbers.sort_unstable();
        numbers.dedup();
        OwnNumber(numbers)
    }

    /// The text with a `*` for every digit of a number, wherever its last seven digits or more stand.
    #[must_use]
    pub(crate) fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let OwnNumber(numbers) = self;
        if numbers.is_empty() || !may_hold(text) {
            return Cow::Borrowed(text);
        }
        let there: Vec<Digit> = digits(text).collect();
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
}

/// The first number of a field, as all spell it: a mobile number, or that of a landline without its extension. Without its area code
/// it is another one: two towns may have it. None where nothing is long enough for a number.
#[must_use]
pub(crate) fn subscriber(field: &str) -> Option<u64> {
    plain(field).or_else(|| first_of(field))
}

/// A mobile number alone and in plain digits, as nearly all come.
fn plain(field: &str) -> Option<u64> {
    let digits = field.as_bytes();
    let is_mobile = digits.len() == MOBILE_DIGITS && digits[0] == b'1' && digits[1] >= b'3';
    field.parse().ok().filter(|_| is_mobile)
}

fn first_of(field: &str) -> Option<u64> {
    let (normaliser, mut number) = (Normaliser::new(), Vec::new());
    // A letter is no digit here: nothing says that the field holds a number alone.
    for c in field.chars().filter(|c| !c.is_ascii_alphabetic()) {
        let c = normaliser.folded(c).unwrap_or(c);
        if !BETWEEN_NUMBERS.contains(c) {
            number.extend(value(c));
        } else if number.len() >= DIGITS_MIN {
            break;
        } else if !BRACKETS.contains(&c) {
            number.clear();
        }
    }
    number.truncate(DIGITS_MAX);
    let number = local(&number);
    let digits = number.iter().map(|digit| u64::from(*digit));
    (number.len() >= DIGITS_MIN).then(|| digits.fold(0, |number, digit| number * 10 + digit))
}

/// A number without the code of the country, without the 0 that is dialled before others, and without what was typed behind it.
fn local(number: &[u8]) -> &[u8] {
    let dialled = number.strip_prefix(&[0, 0]).unwrap_or(number);
    let abroad = dialled.strip_prefix(&[8, 6]).filter(|_| dialled.len() > MOBILE_DIGITS);
    let national = abroad.unwrap_or(number);
    let national = national.strip_prefix(&[0]).unwrap_or(national);
    // An area code has two or three digits, and a number behind it eight at most.
    &national[..national.len().min(MOBILE_DIGITS)]
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
        if value(normaliser.folded(c).unwrap_or(c)).is_some() {
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
        let Some(value) = value(normaliser.folded(c).unwrap_or(c)) else {
            gap += 1;
            return None;
        };
        let gap = std::mem::take(&mut gap);
        Some(Digit { value, start, end: start + c.len_utf8(), gap })
    })
}

/// The zero of the Arabic, Persian and Uyghur, Devanagari, Thai, Tibetan and Mongolian digits.
const ZEROS: [char; 6] = ['٠', '۰', '०', '๐', '༠', '᠐'];

/// What a character is worth as a digit, as people write numbers that are not to be read by machines.
fn value(c: char) -> Option<u8> {
    let value = match c {
        '0'..='9' => c as u8 - b'0',
        '〇' | '零' | '洞' | 'o' => 0,
        '一' | '壹' | '幺' | 'l' => 1,
        '二' | '贰' | '两' => 2,
        '三' | '叁' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' => 6,
        '七' | '柒' | '拐' => 7,
        '八' | '捌' => 8,
        '九' | '玖' | '勾' => 9,
        _ => ZEROS.into_iter().find_map(|zero| digit_after(zero, c))?,
    };
    Some(value)
}

/// The digits of a script follow its zero.
fn digit_after(zero: char, c: char) -> Option<u8> {
    let value = (c as u32).checked_sub(zero as u32).filter(|value| *value < 10)?;
    u8::try_from(value).ok()
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
        ] {
            let masked = OwnNumber::of("138 0013 8000").mask(text);
            let shown = digits(&masked).count();
            assert!(masked.contains("*******") || masked.matches('*').count() >= 11, "{masked}");
            assert!(shown <= 3, "{text}: {masked}");
        }
        assert_eq!(OwnNumber::of("075488551234").mask("回电8855-1234"), "回电****-****");
        for field in
            ["0754-88551234(801)", "0754-88551234(转801)", "(0754)88551234", "座机88551234分机801"]
        {
            assert_eq!(OwnNumber::of(field).mask("回电8855-1234"), "回电****-****", "{field}");
        }
        assert_eq!(OwnNumber::of("0754-88551234转801").mask("回电8855-1234"), "回电****-****");
        for field in ["13800138000/13900139000", "13900139000 13800138000"] {
            assert_eq!(OwnNumber::of(field).mask("138(0013)8000"), "***(****)****", "{field}");
        }
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
            assert_eq!(OwnNumber::of("13800138000").mask(text), text);
        }
        assert_eq!(OwnNumber::of("12345").mask("12345"), "12345");
        assert_eq!(OwnNumber::of("").mask("路灯"), "路灯");
    }
}
