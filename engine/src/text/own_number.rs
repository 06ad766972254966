//! Takes a caller's own number out of what he and others write, however it is written: in Chinese or circled digits, with
//! anything between them, without its area code. Knows only the number that was given; numbers by their shape are
//! `identity`'s.

use std::borrow::Cow;

use super::identity::digit_value;
use super::normalise::Normaliser;

/// So many of its last digits tell a number from others: a landline without its area code.
const DIGITS_MIN: usize = 7;
/// Digits of a mobile number, which begins with 13 to 19.
const MOBILE_DIGITS: usize = 11;
/// Digits of a landline's number without its area code.
const LANDLINE_DIGITS_MAX: usize = 8;
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
/// What stands within a number, as well as before an extension.
const WITHIN_NUMBERS: &str = "-–—‐‑−.·•。()[]+";
/// What is dialled before a number to go by another carrier.
const CARRIERS: [[u8; 5]; 5] =
    [[1, 7, 9, 5, 1], [1, 7, 9, 1, 1], [1, 7, 9, 0, 9], [1, 2, 5, 9, 3], [1, 1, 8, 0, 8]];
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
        let first = first_of(field).map(|first| first.digits);
        let numbers = first.into_iter().chain(std::iter::once(field).chain(pieces).map(values));
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

/// The first number of a field, as all spell it: a mobile number, or that of a landline without its extension. Without its area
/// code it is another one, for two towns may have it; and a number from abroad is no one's here. None where nothing is long enough
/// for a number, or where it is one digit again and again, as people fill a field.
#[must_use]
pub(crate) fn subscriber(field: &str) -> Option<u64> {
    plain(field).or_else(|| {
        let Subscriber { digits, is_abroad } = first_of(field)?;
        let start = u64::from(is_abroad);
        Some(digits.iter().fold(start, |number, digit| number * 10 + u64::from(*digit)))
    })
}

/// A mobile number alone and in plain digits, as nearly all come.
fn plain(field: &str) -> Option<u64> {
    let digits = field.as_bytes();
    let is_mobile = digits.len() == MOBILE_DIGITS && digits[0] == b'1' && digits[1] >= b'3';
    let is_filled = digits.iter().all(|digit| *digit == digits[0]);
    field.parse().ok().filter(|_| is_mobile && !is_filled)
}

/// A number as it is dialled within the country, without its first 0; or within another one.
struct Subscriber {
    digits: Vec<u8>,
    is_abroad: bool,
}

fn first_of(field: &str) -> Option<Subscriber> {
    let (normaliser, mut number, mut after_plus) = (Normaliser::new(), Vec::new(), false);
    // A letter that looks like a digit is one, unless it goes on a word.
    let mut in_word = false;
    for c in field.chars() {
        let c = normaliser.folded(c).unwrap_or(c);
        let digit = value(c).filter(|_| !(in_word && c.is_ascii_alphabetic()));
        in_word = digit.is_none() && c.is_ascii_alphabetic();
        if let Some(digit) = digit {
            number.push(digit);
        } else if c == '+' && number.is_empty() {
            after_plus = true;
        } else if c.is_whitespace() || WITHIN_NUMBERS.contains(c) {
            if is_whole(&number, after_plus) {
                break;
            }
        } else if number.len() >= DIGITS_MIN {
            break;
        } else {
            number.clear();
            after_plus = false;
        }
    }
    number.truncate(DIGITS_MAX);
    let Subscriber { digits, is_abroad } = dialled(&number, after_plus);
    let is_filled = digits.iter().all(|digit| *digit == digits[0]);
    (digits.len() >= DIGITS_MIN && !is_filled).then_some(Subscriber { digits, is_abroad })
}

/// Whether what follows is another number, or an extension.
fn is_whole(number: &[u8], after_plus: bool) -> bool {
    let Subscriber { digits, is_abroad } = dialled(number, after_plus);
    let has_area = digits.len() < number.len();
    !is_abroad
        && if is_mobile(&digits) {
            digits.len() == MOBILE_DIGITS
        } else {
            has_area && digits.len() >= area_digits(&digits) + DIGITS_MIN
        }
}

/// A number without what is dialled before it, and without what was typed behind it.
fn dialled(number: &[u8], after_plus: bool) -> Subscriber {
    let own = |digits: &[u8]| Subscriber { digits: digits.to_vec(), is_abroad: false };
    let by_carrier = CARRIERS.iter().find_map(|carrier| number.strip_prefix(carrier));
    let number = by_carrier.filter(|rest| rest.len() >= MOBILE_DIGITS).unwrap_or(number);
    let country = number.strip_prefix(&[0, 0]).or(after_plus.then_some(number));
    let home = country.unwrap_or(number).strip_prefix(&[8, 6]);
    let home = home.filter(|_| country.is_some() || number.len() > MOBILE_DIGITS);
    if let (Some(country), None) = (country, home) {
        return Subscriber { digits: country.to_vec(), is_abroad: true };
    }
    let national = home.unwrap_or(number);
    let behind_0 = national.strip_prefix(&[0]);
    let digits = behind_0.unwrap_or(national);
    if is_mobile(digits) {
        return own(&digits[..digits.len().min(MOBILE_DIGITS)]);
    }
    let has_area = home.is_some() || behind_0.is_some();
    let most = if has_area { area_digits(digits) + LANDLINE_DIGITS_MAX } else { DIGITS_MAX };
    own(&digits[..digits.len().min(most)])
}

fn is_mobile(digits: &[u8]) -> bool {
    matches!(digits, [1, 3..=9, ..])
}

/// Digits of the area code without its 0: those of the largest cities have two.
fn area_digits(digits: &[u8]) -> usize {
    if matches!(digits, [1, 0, ..] | [2, ..]) { 2 } else { 3 }
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

/// What a character is worth as a digit, as people write numbers that are not to be read by machines.
fn value(c: char) -> Option<u8> {
    match c {
        '洞' | 'o' => Some(0),
        'l' => Some(1),
        '两' => Some(2),
        '拐' => Some(7),
        '勾' => Some(9),
        _ => digit_value(c),
    }
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

    /// A line a number, in all its spellings.
    const SPELLINGS: &str = "
        13800001234|138 0000 1234|(138)00001234|+86 138-0000-1234|008613800001234|8613800001234|17951 13800001234
        13900001234|(139)00001234|1795113900001234|12593 139 0000 1234|电话一:13900001234|第1个号码:13900001234
        13700001234|晚7点后13700001234|l3700001234|137OOOO1234|Tel13700001234|一三七零零零零一二三四|013700001234
        13600001234|13600001234/13900001234|13600001234 13900001234|13600001234(林)
        020-81234567|(020)81234567|020 8123 4567|02081234567|+86 20 8123 4567|0086-20-81234567|020-81234567-801
        010-81234567|010-81234567—801|010-81234567 801|010-81234567x801|010-81234567 ext.801|010-81234567#801
        021-81234567|021-81234567*801|02181234567801|021-81234567转801|021-81234567(分机801)
        0754-88551234|0754-88551234-6|0754 8855 1234|(0754)88551234#6
        0660-3381234|0660-3381234-801
        81234567|8123-4567
        00852-61234567|0085261234567|+852 6123 4567
        00852-61239999
        0085261234568
        0085361234567
        00886912345678
        00886912345679
        +44 20 7946 0958
        +44 20 7946 0959
        +49 151 23456789
        +49 151 23456780
        95013123456789012
        95013123456789099
    ";

    /// Whatever is dialled before a number or typed behind it.
    #[test]
    fn one_number_is_known_in_all_its_spellings_and_no_other_is() {
        let mut known = std::collections::BTreeMap::new();
        for line in SPELLINGS.lines().map(str::trim).filter(|line| !line.is_empty()) {
            for spelling in line.split('|') {
                let number = subscriber(spelling).expect("it is long enough for a number");
                assert_eq!(*known.entry(number).or_insert(line), line, "{spelling}: {number}");
            }
        }
        let lines = SPELLINGS.lines().filter(|line| !line.trim().is_empty());
        assert_eq!(known.len(), lines.count(), "{known:?}");
        for nobody in
            ["00000000000", "99999999999", "88888888", "1111111", "138****1234", "无", "12345"]
        {
            assert_eq!(subscriber(nobody), None, "{nobody}");
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
            assert_eq!(OwnNumber::of(field).mask("请回8123-4567"), "请回****-****", "{field}");
        }
        assert_eq!(OwnNumber::of("0754-88551234-6").mask("请回8855-1234"), "请回****-****");
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
