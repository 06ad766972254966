//! What looks like somebody's number and is none: a sum of money, a count with its unit, a decimal, a date, a list counted in
//! circles. Judges a run by what stands before and behind it.

use std::ops::Range;

use super::digits::digit_value;

/// So many characters before a number say what it is.
const CUE_CHARS: usize = 6;
/// Words before the number of a telephone.
const CUES: [&str; 20] = [
    "电话", "座机", "固话", "热线", "号码", "致电", "来电", "回电", "拨打", "联系", "手机", "传真",
    "電話", "座機", "號碼", "聯繫", "聯絡", "tel", "Tel", "TEL",
];
/// Units that stand behind no telephone number.
const UNITS: [&str; 23] = [
    "元",
    "块钱",
    "美元",
    "美金",
    "港元",
    "港币",
    "港幣",
    "欧元",
    "日元",
    "人民币",
    "人次",
    "吨",
    "噸",
    "平方",
    "平米",
    "㎡",
    "立方",
    "公里",
    "公斤",
    "千克",
    "公顷",
    "度电",
    "千瓦",
];
/// Units that may also begin what is said after a telephone number: `88881234户主姓林`.
const LOOSE_UNITS: [&str; 10] = ["人口", "m²", "m2", "亩", "户", "件", "株", "辆", "kg", "kW"];
/// Between a number and its unit: `余`, `多`, `万`.
const SCALES: [char; 9] = ['余', '餘', '多', '几', '百', '千', '万', '萬', '亿'];
/// So many of them at most: `多万`.
const SCALES_MAX: usize = 3;
/// A day, and not the unit of money.
const NOT_MONEY: [&str; 4] = ["元旦", "元宵", "元月", "元首"];
/// Before a sum.
const CURRENCIES: [&str; 14] =
    ["￥", "¥", "$", "＄", "€", "£", "RMB", "rmb", "CNY", "HKD", "USD", "人民币", "港币", "美元"];
/// Digits behind the point of a sum.
const CENTS_MAX: usize = 4;
/// A fraction this long is no telephone number, whatever stands before its point.
const FRACTION_DIGITS_MIN: usize = 9;
/// An entry of a list, `12.` before a number, has no more.
const WHOLE_DIGITS_MAX: usize = 3;
/// `20260309`
const DATE_DIGITS: usize = 8;

/// Whether a run of seven digits or more that stands alone is nobody's number.
pub(super) fn is_no_number(text: &str, range: &Range<usize>) -> bool {
    let (before, run, behind) = (&text[..range.start], &text[range.clone()], &text[range.end..]);
    let is_whole = value_of(run.chars().next()) != Some(0);
    is_whole && (is_in_money(before) || has_unit(before, behind))
        || is_fraction(before, run)
        || is_date(run) && !names_telephone(before)
        || is_counted(run)
}

/// Whether the words right before a number are about a telephone.
pub(super) fn names_telephone(before: &str) -> bool {
    let from =
        before.char_indices().rev().take(CUE_CHARS).last().map_or(before.len(), |(at, _)| at);
    CUES.iter().any(|cue| before[from..].contains(cue))
}

/// Whether a number with these words before and behind it has a unit.
pub(super) fn has_unit(before: &str, behind: &str) -> bool {
    let behind = behind_cents(behind).trim_start();
    let scaled = behind.char_indices().take(SCALES_MAX).take_while(|(_, c)| SCALES.contains(c));
    let unit = &behind[scaled.map(|(at, c)| at + c.len_utf8()).last().unwrap_or(0)..];
    let starts = |units: &[&str]| units.iter().any(|word| unit.starts_with(word));
    starts(&UNITS) && !starts(&NOT_MONEY) || starts(&LOOSE_UNITS) && !names_telephone(before)
}

/// What follows a number and its decimals.
fn behind_cents(behind: &str) -> &str {
    let Some(cents) = behind.strip_prefix(['.', '．']) else { return behind };
    let end = cents.find(|c| digit_value(c).is_none()).unwrap_or(cents.len());
    let count = cents[..end].chars().count();
    if (1..=CENTS_MAX).contains(&count) { &cents[end..] } else { behind }
}

fn is_in_money(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '\u{3000}', ':', '：']);
    CURRENCIES.iter().any(|currency| before.ends_with(currency))
}

/// Whether a run stands behind the point of a decimal, and not of an entry of a list.
fn is_fraction(before: &str, run: &str) -> bool {
    let Some(before) = before.strip_suffix(['.', '．']) else { return false };
    let whole = || before.chars().rev().map_while(digit_value);
    let count = whole().count();
    let is_cut = before.chars().rev().nth(count) == Some('.');
    let is_zero = count == 1 && whole().all(|digit| digit == 0);
    let is_long = (1..=WHOLE_DIGITS_MAX).contains(&count)
        && run.chars().count() >= FRACTION_DIGITS_MIN
        && value_of(run.chars().next()) != Some(0);
    !is_cut && (is_zero || is_long)
}

/// A day of this century: days of birth are mostly older.
fn is_date(run: &str) -> bool {
    let mut digits = [0; DATE_DIGITS];
    if run.chars().count() != DATE_DIGITS {
        return false;
    }
    for (digit, c) in digits.iter_mut().zip(run.chars()) {
        *digit = digit_value(c).unwrap_or(0);
    }
    let [2, 0, _, _, month @ .., day_tens, day] = digits else { return false };
    let (month, day) = (month[0] * 10 + month[1], day_tens * 10 + day);
    (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// `①②③④⑤⑥⑦`, `一二三四五六七`: the heads of a list, one after the other.
fn is_counted(run: &str) -> bool {
    let is_plain = |c: char| c.is_ascii() || ('０'..='９').contains(&c);
    run.chars().zip(1..).all(|(c, next)| !is_plain(c) && digit_value(c) == Some(next % 10))
}

fn value_of(c: Option<char>) -> Option<u8> {
    c.and_then(digit_value)
}
