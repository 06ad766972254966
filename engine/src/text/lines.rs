//! Telephone and identity numbers that are known by what stands around their runs: numbers from abroad, landlines in two parts,
//! Hong Kong identity numbers. Numbers known by their digits alone are `identity`'s.

use super::digits::digit_value;
use super::identity::Number;
use super::no_number::{has_unit, names_telephone};
use super::runs::Run;

/// A number with its country has 8 digits or more, and never more than 15 (ITU-T E.164).
const ABROAD_DIGITS_MIN: usize = 8;
const ABROAD_DIGITS_MAX: usize = 15;
/// Digits of a country's number.
const COUNTRY_DIGITS_MAX: usize = 3;
/// What is dialled before it.
const EXIT: &str = "00";
/// With it a number has so many, and what is shorter may be of anything.
const EXIT_DIGITS_MIN: usize = 11;
/// How numbers of the neighbours are cut that are known without a plus: Hong Kong, Macao, Taiwan.
const NEIGHBOURS: [(&str, &[usize]); 7] = [
    ("852", &[3, 4, 4]),
    ("853", &[3, 4, 4]),
    ("886", &[3, 3, 3, 3]),
    ("886", &[3, 4, 3, 3]),
    ("886", &[3, 3, 6]),
    ("886", &[3, 4, 6]),
    ("886", &[3, 1, 4, 4]),
];

/// How a landline without its area code is cut behind a word for a telephone, and how it is without one.
const LANDLINE_CUTS: [&[usize]; 3] = [&[4, 4], &[3, 4], &[2, 2, 2, 2]];
const BARE_CUT: &[usize] = &[4, 4];
const DASHES: [char; 8] = ['-', '－', '–', '—', '‐', '‑', '−', '﹣'];
/// Behind two numbers of rooms, houses or years.
const PLACES_AND_YEARS: [char; 9] = ['号', '室', '房', '栋', '幢', '座', '年', '届', '學'];

/// Digits of a Hong Kong identity number before its check sign.
const HONG_KONG_DIGITS: usize = 6;
/// Letters before them.
const HONG_KONG_LETTERS_MAX: usize = 2;
const OPENING: [char; 6] = ['(', '（', '[', '【', '〔', '［'];
const CLOSING: [char; 6] = [')', '）', ']', '】', '〕', '］'];

/// `+852 9123 4567`, `0044 20 7946 0958`, `(852) 9123 4567`; a number in one piece is known by its length.
pub(super) fn from_abroad(text: &str, runs: &[Run], at: usize) -> Option<Number> {
    let rest = &runs[at..];
    let (mut count, mut total) = (1, rest[0].digits);
    while let Some(next) = rest.get(count)
        && is_one_with_next(&rest[count - 1])
        && total + next.digits <= ABROAD_DIGITS_MAX
    {
        (count, total) = (count + 1, total + next.digits);
    }
    let before = &text[..rest[0].start];
    let is_first = at == 0 || !runs[at - 1].joined;
    let exit = is_first && total >= EXIT_DIGITS_MIN && is_behind_exit(text, rest);
    if count > 1 && total >= ABROAD_DIGITS_MIN && (is_behind_plus(before) || exit) {
        let country = if exit { EXIT.len() + COUNTRY_DIGITS_MAX } else { COUNTRY_DIGITS_MAX };
        return Some(number(rest, count, rest[0].digits.min(country)));
    }
    let (_, cut) = NEIGHBOURS.iter().find(|(country, cut)| {
        is_first && is_cut(rest, cut) && digits_are(text, &rest[0], country) && {
            !matches!(first_digit(text, &rest[1]), Some(1) | None)
        }
    })?;
    Some(number(rest, cut.len(), rest[0].digits))
}

/// A plus before a number, and not between two.
fn is_behind_plus(before: &str) -> bool {
    let before = before.trim_end_matches(OPENING);
    before
        .strip_suffix(['+', '＋'])
        .is_some_and(|before| before.trim_end().chars().next_back().and_then(digit_value).is_none())
}

fn is_behind_exit(text: &str, rest: &[Run]) -> bool {
    let mut digits = text[rest[0].start..rest[0].end].chars().filter_map(digit_value);
    let is_in_word = text[..rest[0].start].ends_with(|c: char| c.is_ascii_alphanumeric());
    !is_in_word
        && (digits.next(), digits.next()) == (Some(0), Some(0))
        && digits.next().is_some_and(|third| third > 0)
        && rest.get(1).is_some_and(|next| first_digit(text, next) != Some(0))
}

/// `座机8888 1234`, `8888-1234`: seven or eight digits in parts.
pub(super) fn landline_in_parts(text: &str, runs: &[Run], at: usize) -> Option<Number> {
    let rest = &runs[at..];
    let cut = LANDLINE_CUTS.into_iter().find(|cut| is_cut(rest, cut))?;
    let before = &text[..rest[0].start];
    let is_local = matches!(first_digit(text, &rest[0]), Some(2..=8));
    let is_said = names_telephone(before) || {
        let is_first = at == 0 || !runs[at - 1].joined;
        cut == BARE_CUT && is_first && !rest[1].joined && is_bare_landline(text, rest)
    };
    let behind = &text[rest[cut.len() - 1].end..];
    (is_local && is_said && !has_unit(before, behind)).then(|| number(rest, cut.len(), 2))
}

/// Whether two runs of four digits without a word before them are more likely a landline than years, rooms or wages.
fn is_bare_landline(text: &str, rest: &[Run]) -> bool {
    let (before, between) = (&text[..rest[0].start], &text[rest[0].end..rest[1].start]);
    let [first, second] = [0, 1].map(|at| value(text, &rest[at]));
    let is_round = first % 100 == 0 && second % 100 == 0;
    let is_range = first < second && first / 100 == second / 100;
    let is_year = [first, second].iter().any(|year| (1900..2100).contains(year));
    let is_in_word = before.ends_with(|c: char| c.is_ascii_graphic() && c != '(' || c == '第');
    between.contains(DASHES)
        && between.chars().all(|c| DASHES.contains(&c) || c == ' ')
        && !(is_round || is_range || is_year || is_in_word)
        && !text[rest[1].end..].starts_with(PLACES_AND_YEARS)
}

/// `A123456(7)`: one or two letters, six digits and a sign in brackets, which is a digit or A.
pub(super) fn hong_kong_identity(text: &str, rest: &[Run]) -> Option<Number> {
    let Run { start, end, digits: HONG_KONG_DIGITS, .. } = rest[0] else { return None };
    let is_letter = |c: &char| matches!(c, 'a'..='z' | 'A'..='Z' | 'ａ'..='ｚ' | 'Ａ'..='Ｚ');
    let letters = text[..start].chars().rev().take_while(is_letter).take(HONG_KONG_LETTERS_MAX + 1);
    let check = text[end..].trim_start_matches(' ').strip_prefix(OPENING)?;
    let sign = check.chars().next()?;
    let behind = check[sign.len_utf8()..].strip_prefix(CLOSING)?;
    let is_digit = digit_value(sign).is_some();
    let is_identity = (1..=HONG_KONG_LETTERS_MAX).contains(&letters.count())
        && (is_digit || matches!(sign, 'a' | 'A' | 'Ａ'));
    is_identity.then(|| Number {
        range: start..text.len() - behind.len(),
        runs: 1 + usize::from(is_digit),
        open_start: 1,
        open_end: 0,
    })
}

fn number(rest: &[Run], count: usize, open_start: usize) -> Number {
    Number { range: rest[0].start..rest[count - 1].end, runs: count, open_start, open_end: 2 }
}

fn is_one_with_next(run: &Run) -> bool {
    run.joined && !run.listed
}

fn is_cut(rest: &[Run], cut: &[usize]) -> bool {
    rest.len() >= cut.len()
        && rest.iter().zip(cut).all(|(run, digits)| run.digits == *digits)
        && rest[..cut.len() - 1].iter().all(is_one_with_next)
}

fn digits_are(text: &str, run: &Run, digits: &str) -> bool {
    let there = text[run.start..run.end].chars().map(digit_value);
    there.eq(digits.chars().map(digit_value))
}

fn first_digit(text: &str, run: &Run) -> Option<u8> {
    text[run.start..run.end].chars().next().and_then(digit_value)
}

fn value(text: &str, run: &Run) -> u32 {
    let digits = text[run.start..run.end].chars().filter_map(digit_value);
    digits.fold(0, |value, digit| value * 10 + u32::from(digit))
}
