//! Whose number stands in a caller's field, however it is spelled: what is dialled before it and typed behind it is known.
//! Two callers at one switchboard are told apart by their extensions. Hides nothing; that is `own_number`'s.

use super::digits::{digit_value, spoken_value};
use super::normalise::Normaliser;
use super::own_number::DIGITS_MIN;
use super::table::is_unseen;

/// Digits of a mobile number, which begins with 13 to 19.
const MOBILE_DIGITS: usize = 11;
/// The first of them, behind which no number has zeros alone.
const MOBILE_HEAD: usize = 2;
/// Digits of a landline's number without its area code.
const LANDLINE_DIGITS_MAX: usize = 8;
/// No number has more.
const DIGITS_MAX: usize = 18;
/// What stands within a number, as well as before an extension.
const WITHIN_NUMBERS: &str = "-–—‐‑−.·•。()[]+【】「」『』〔〕〖〗《》〈〉{}<>_~='\"“”‘’";
/// What stands before an extension, besides.
const BEFORE_EXTENSIONS: &str = "#*,:;转分机内线拨ext";
/// So many characters of it at most: ` 转分机 `, ` (ext. `.
const BEFORE_EXTENSION_MAX: usize = 8;
/// Digits of an extension; a number has more.
const EXTENSION_DIGITS_MAX: usize = 6;
/// What hides the last digits of a number.
const HIDING: &str = "*x×█■●?_";
/// What is dialled before a number to go by another carrier.
const CARRIERS: [&[u8]; 6] = [
    &[1, 7, 9, 5, 1],
    &[1, 7, 9, 1, 1],
    &[1, 7, 9, 0, 9],
    &[1, 2, 5, 9, 3],
    &[1, 1, 8, 0, 8],
    &[1, 9, 3],
];
/// Hong Kong, Macao and Taiwan, which are also dialled without a plus, and the digits of a number behind them.
const NEIGHBOURS: [(&[u8], usize); 3] = [(&[8, 5, 2], 8), (&[8, 5, 3], 8), (&[8, 8, 6], 9)];
/// Countries where a 0 is dialled within the country alone, as it is here.
const WITH_0_WITHIN: [&[u8]; 20] = [
    &[8, 8, 6],
    &[4, 4],
    &[4, 9],
    &[3, 3],
    &[3, 1],
    &[3, 2],
    &[4, 1],
    &[4, 3],
    &[4, 6],
    &[8, 1],
    &[8, 2],
    &[8, 4],
    &[6, 0],
    &[6, 1],
    &[6, 2],
    &[6, 3],
    &[6, 4],
    &[6, 6],
    &[9, 1],
    &[2, 7],
];

/// The first number of a field, as all spell it: a mobile number, or that of a landline with its extension. Without its area
/// code it is another one, for two towns may have it; and a number from abroad is no one's here. None where nothing is long enough
/// for a number, where its last digits are hidden, or where it is filled in: one digit again and again, one after the other, zeros.
#[must_use]
pub(crate) fn subscriber(field: &str) -> Option<u64> {
    plain(field).or_else(|| {
        let Subscriber { digits, is_abroad, extension } = first_of(field)?;
        let folded = |start, digits: &[u8]| {
            digits.iter().fold(start, |number: u64, digit| number * 10 + u64::from(*digit))
        };
        let number = folded(u64::from(is_abroad), &digits);
        // A number with an extension has 11 digits at most, so no two are one.
        Some(extension.map_or(number, |extension| 1 << 62 | number << 21 | folded(1, &extension)))
    })
}

/// A mobile number alone and in plain digits, as nearly all come.
fn plain(field: &str) -> Option<u64> {
    let digits = field.as_bytes();
    let is_mobile = digits.len() == MOBILE_DIGITS && digits[0] == b'1' && digits[1] >= b'3';
    if !is_mobile || digits[MOBILE_HEAD..].iter().all(|digit| *digit == b'0') {
        return None;
    }
    field.parse().ok()
}

/// A number as it is dialled within the country, without its first 0; or within another one.
pub(super) struct Subscriber {
    pub(super) digits: Vec<u8>,
    is_abroad: bool,
    extension: Option<Vec<u8>>,
}

/// A field up to the end of its first number, and the rest.
struct Read<'a> {
    number: Vec<u8>,
    after_plus: bool,
    rest: &'a str,
}

/// The first number of a field, if it is somebody's.
pub(super) fn first_of(field: &str) -> Option<Subscriber> {
    let Read { mut number, after_plus, rest } = read(field);
    number.truncate(DIGITS_MAX);
    let Dialled { digits, behind, is_abroad, area } = dialled(&number, after_plus);
    let local = &digits[area.min(digits.len())..];
    let is_landline = !is_abroad && !is_mobile(&digits);
    let is_full =
        !is_abroad && local.len() >= if is_landline { LANDLINE_DIGITS_MAX } else { MOBILE_DIGITS };
    if local.len() < DIGITS_MIN || is_filled(&digits) || is_filled(local) {
        return None;
    }
    if !is_full && is_hidden(rest) {
        return None;
    }
    let has_extension = is_landline && local.len() <= LANDLINE_DIGITS_MAX;
    let extension = if behind.is_empty() { extension(rest) } else { Some(behind.to_vec()) };
    Some(Subscriber { digits, is_abroad, extension: extension.filter(|_| has_extension) })
}

fn read(field: &str) -> Read<'_> {
    let (normaliser, mut number, mut after_plus) = (Normaliser::new(), Vec::new(), false);
    // A letter that looks like a digit is one, unless it goes on a word.
    let mut in_word = false;
    for (at, original) in field.char_indices() {
        let c = normaliser.folded(original).unwrap_or(original);
        let digit = spoken_value(normaliser, original);
        let digit = digit.filter(|_| !(in_word && c.is_ascii_alphabetic()));
        in_word = digit.is_none() && c.is_ascii_alphabetic();
        if let Some(digit) = digit {
            number.push(digit);
        } else if c == '+' && number.is_empty() {
            after_plus = true;
        } else if c.is_whitespace() || WITHIN_NUMBERS.contains(c) {
            if is_whole(&number, after_plus) {
                return Read { number, after_plus, rest: &field[at..] };
            }
        } else if is_unseen(c) {
            // Whoever reads it reads one number.
        } else if number.len() >= DIGITS_MIN {
            return Read { number, after_plus, rest: &field[at..] };
        } else {
            number.clear();
            after_plus = false;
        }
    }
    Read { number, after_plus, rest: "" }
}

/// Whether what follows is another number, or an extension.
fn is_whole(number: &[u8], after_plus: bool) -> bool {
    let Dialled { digits, is_abroad, area, .. } = dialled(number, after_plus);
    if is_abroad {
        return false;
    }
    if is_mobile(&digits) {
        return digits.len() == MOBILE_DIGITS;
    }
    if area > 0 {
        return digits.len() >= area + DIGITS_MIN;
    }
    let may_go_on = digits.starts_with(&[8, 6])
        || NEIGHBOURS.iter().any(|(country, _)| digits.starts_with(country));
    digits.len() == LANDLINE_DIGITS_MAX && matches!(digits[0], 2..=8) && !may_go_on
}

/// Whether what follows a number stands for digits of it.
fn is_hidden(rest: &str) -> bool {
    let normaliser = Normaliser::new();
    let mut rest = rest.chars();
    rest.next().and_then(|c| normaliser.folded(c)).is_some_and(|c| HIDING.contains(c))
        && rest.next().and_then(digit_value).is_none()
}

/// The extension behind a landline's number: `-801`, `转801`, ` ext. 801`, `(分机801号)`.
fn extension(rest: &str) -> Option<Vec<u8>> {
    let normaliser = Normaliser::new();
    let start = rest.find(|c| digit_value(c).is_some())?;
    let is_sign = |c: char| {
        let folded = normaliser.folded(c).unwrap_or(c);
        c.is_whitespace()
            || WITHIN_NUMBERS.contains(folded)
            || BEFORE_EXTENSIONS.contains(folded)
            || is_unseen(c)
    };
    let signs = &rest[..start];
    let digits: Vec<u8> = rest[start..].chars().map_while(digit_value).collect();
    let behind = rest[start..].chars().nth(digits.len());
    let is_over = behind.is_none_or(|c| !c.is_alphanumeric() || matches!(c, '号' | '號'));
    (signs.chars().take(BEFORE_EXTENSION_MAX + 1).count() <= BEFORE_EXTENSION_MAX
        && signs.chars().all(is_sign)
        && digits.len() <= EXTENSION_DIGITS_MAX
        && is_over)
        .then_some(digits)
}

/// A number cut into its parts.
struct Dialled<'a> {
    digits: Vec<u8>,
    /// What was typed behind it.
    behind: &'a [u8],
    is_abroad: bool,
    /// Digits of its area code, if it has one.
    area: usize,
}

/// A number without what is dialled before it, and without what was typed behind it.
fn dialled(number: &[u8], after_plus: bool) -> Dialled<'_> {
    let number = without_carrier(number);
    let country = number.strip_prefix(&[0, 0]).or(after_plus.then_some(number));
    let home = country.unwrap_or(number).strip_prefix(&[8, 6]);
    let home = home.filter(|_| country.is_some() || number.len() > MOBILE_DIGITS);
    let abroad = country.filter(|_| home.is_none()).or_else(|| of_neighbour(number));
    if let Some(abroad) = abroad {
        return Dialled { digits: without_0(abroad), behind: &[], is_abroad: true, area: 0 };
    }
    let national = home.unwrap_or(number);
    let behind_0 = national.strip_prefix(&[0]);
    let digits = behind_0.unwrap_or(national);
    let has_area = !is_mobile(digits) && (home.is_some() || behind_0.is_some());
    let area = if has_area { area_digits(digits) } else { 0 };
    let most = match (is_mobile(digits), has_area) {
        (true, _) => MOBILE_DIGITS,
        (_, true) => area + LANDLINE_DIGITS_MAX,
        _ => DIGITS_MAX,
    };
    let (digits, behind) = digits.split_at(digits.len().min(most));
    Dialled { digits: digits.to_vec(), behind, is_abroad: false, area }
}

fn without_carrier(number: &[u8]) -> &[u8] {
    let behind = CARRIERS.iter().find_map(|carrier| {
        let rest = number.strip_prefix(*carrier)?;
        // 193 is also what mobile numbers begin with.
        let is_number = **carrier != [1, 9, 3] || rest.len() == MOBILE_DIGITS && is_mobile(rest);
        (rest.len() >= MOBILE_DIGITS && is_number).then_some(rest)
    });
    behind.unwrap_or(number)
}

/// A number of Hong Kong, Macao or Taiwan without a plus, by its length.
fn of_neighbour(number: &[u8]) -> Option<&[u8]> {
    let (country, length) = NEIGHBOURS.iter().find(|(country, _)| number.starts_with(country))?;
    let local = &number[country.len()..];
    let is_long = match local {
        [0, behind_0 @ ..] => behind_0.len() == *length,
        [2..=9, ..] => local.len() == *length,
        _ => false,
    };
    is_long.then_some(number)
}

/// A number from abroad without the 0 that is dialled within its country: `+44 (0)20`.
fn without_0(number: &[u8]) -> Vec<u8> {
    let mut digits = number.to_vec();
    let country = WITH_0_WITHIN.iter().find(|country| number.starts_with(country));
    if let Some(at) = country.map(|country| country.len())
        && number.get(at) == Some(&0)
    {
        digits.remove(at);
    }
    digits
}

fn is_mobile(digits: &[u8]) -> bool {
    matches!(digits, [1, 3..=9, ..])
}

/// Digits of the area code without its 0: those of the largest cities have two.
fn area_digits(digits: &[u8]) -> usize {
    if matches!(digits, [1, 0, ..] | [2, ..]) { 2 } else { 3 }
}

/// Whether digits are typed to fill a field: all the same, one after the other, or zeros behind the first.
fn is_filled(digits: &[u8]) -> bool {
    let steps = |step: u8| digits.windows(2).all(|pair| (pair[0] + step) % 10 == pair[1]);
    let head = if is_mobile(digits) { MOBILE_HEAD } else { 1 };
    steps(0) || steps(1) || steps(9) || digits.iter().skip(head).all(|digit| *digit == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line a number, in all its spellings.
    const SPELLINGS: &str = "
        13800001234|138 0000 1234|(138)00001234|+86 138-0000-1234|008613800001234|8613800001234|17951 13800001234
        13900001234|(139)00001234|1795113900001234|12593 139 0000 1234|电话一:13900001234|第1个号码:13900001234
        13700001234|晚7点后13700001234|l3700001234|137OOOO1234|Tel13700001234|一三七零零零零一二三四|013700001234
        13600001234|13600001234/13900001234|13600001234 13900001234|13600001234(林)
        13500001234|13500001234-801|193 13500001234|19313500001234|193-1350000-1234|135【0000】1234
        19300001234|193 0000 1234|壹玖叁零零零零壹贰叁肆|壹玖參零零零零壹貳參肆|⑴⑼⑶00001234
        020-81234567|(020)81234567|020 8123 4567|02081234567|+86 20 8123 4567|0086-20-81234567|+86 (0)20 81234567
        020-81234567-801|020-81234567-801(林)|020-81234567转801,晚上
        010-81234567|010-81234567,13800001234|010-81234567林先生3号楼|010-81234567 8点后
        010-81234567—801|010-81234567 801|010-81234567x801|010-81234567 ext.801|010-81234567#801|010-81234567,801
        021-81234567
        021-81234567*801|02181234567801|021-81234567转801|021-81234567(分机801)|021-81234567轉801|021-81234567转八零一
        021-81234567-802|021-81234567转分机802号|021-81234567 Ext 802|(021)81234567(转802)
        021-81234567-0802
        0754-88551234|0754 8855 1234
        0754-88551234-6|(0754)88551234#6
        0660-3381234|0660-3381234/0660-3385678
        0660-3381234-801
        81234567|8123-4567
        81234567-801|8123-4567转801|81234567 ext.801
        00852-61234567|0085261234567|+852 6123 4567|852 6123 4567|852-61234567|85261234567|(852) 6123 4567
        00852-61239999
        0085261234568
        0085361234567
        00886912345678|+886 912 345 678|+886-0912-345-678|886-912-345-678|886 0912 345678
        00886912345679
        +44 20 7946 0958|+44 (0)20 7946 0958|0044 20 79460958
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
    }

    #[test]
    fn what_nobody_sees_cuts_no_number() {
        for text in ["135\u{200b}00001234", "\u{202d}13500001234\u{202c}", "13500\u{fe0f}001234"] {
            assert_eq!(subscriber(text), subscriber("13500001234"), "{text:?}");
        }
    }

    #[test]
    fn what_fills_a_field_is_nobody_s_number() {
        for nobody in [
            "00000000000",
            "99999999999",
            "88888888",
            "1111111",
            "138****1234",
            "1380013****",
            "1380013＊＊＊＊",
            "13800138xxx",
            "0754-8855****",
            "0754-8855123*",
            "无",
            "12345",
            "0754-12345",
            "075412345",
            "010-12345",
            "0754-0000000",
            "0754-00000000",
            "1234567",
            "12345678",
            "1234-5678",
            "12345678901",
            "01234567890",
            "87654321",
            "10000000000",
            "13000000000",
            "130 0000 0000",
        ] {
            assert_eq!(subscriber(nobody), None, "{nobody}");
        }
        for somebody in ["13800000000", "13800000001", "13888888888", "88889999"] {
            assert!(subscriber(somebody).is_some(), "{somebody}");
        }
    }
}
