//! Hides telephone and identity numbers in free text before people who need not know them read it. Finds
//! numbers by shape; names and addresses are not its task.

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};

use super::digits::digit_value;
use super::lines;
use super::no_number::is_no_number;
use super::runs::{Run, runs};

/// How people cut a mobile or identity number: what is cut otherwise by the separators of a list is a list.
const CUTS: [&[usize]; 6] = [&[3, 4, 4], &[3, 8], &[7, 4], &[4, 7], &[6, 8, 4], &[6, 4, 4, 4]];

const MOBILE_DIGITS: usize = 11;
const IDENTITY_DIGITS: usize = 18;
const OLD_IDENTITY_DIGITS: usize = 15;
/// A landline without its area code has seven or eight digits; a date or an amount rarely has as many in a
/// row, and hiding one of those costs less than showing a number.
const LANDLINE_DIGITS_MIN: usize = 7;
const LANDLINE_DIGITS_MAX: usize = 8;

/// Masks mobile numbers (`138****5678`), identity numbers (`4405**********1234`) and landlines and other
/// runs of seven or more digits (`07*******45`), in digits of any script, with blanks, dashes or brackets between; and numbers
/// from abroad. Numbers of orders stay, unless they can also be identity numbers; so do sums, counts, decimals and dates that
/// can be neither a mobile nor an identity number. Borrows the text where there is nothing to hide.
#[must_use]
pub fn mask_identity(text: &str) -> Cow<'_, str> {
    let runs = runs(text);
    let mut masked = String::new();
    let (mut copied, mut at) = (0, 0);
    while at < runs.len() {
        if is_order_number(&text[runs[at].start..runs[at].end]) {
            at += 1;
            continue;
        }
        let Some(number) = found_at(text, &runs, at) else {
            at += 1;
            continue;
        };
        masked.push_str(&text[copied..number.range.start]);
        number.write(text, &mut masked);
        copied = number.range.end;
        at += number.runs;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[copied..]);
    Cow::Owned(masked)
}

/// The same of a number that another system gave (a number above, a case): shown as it is, since cities' own have as many digits as
/// identity numbers, unless a citizen's number was put in its place or into it. An identity number is told by its date of birth.
#[must_use]
pub fn mask_identity_in_number(number: &str) -> Cow<'_, str> {
    let runs = runs(number);
    let all: usize = runs.iter().map(|run| run.digits).sum();
    let is_citizens = |run: &Run| {
        let range = run.start..run.end;
        let is_checked = run.digits + 1 == IDENTITY_DIGITS && check_letter(&number[run.end..]) > 0;
        match run.digits {
            MOBILE_DIGITS => is_mobile(number, &range),
            digits if is_checked || digits == IDENTITY_DIGITS => {
                has_birth_date(number, &range) && !is_order_number(&number[range])
            }
            _ => false,
        }
    };
    let is_one = all == MOBILE_DIGITS || number.contains(char::is_whitespace);
    if is_one || runs.iter().any(is_citizens) {
        mask_identity(number)
    } else {
        Cow::Borrowed(number)
    }
}

/// Whether 18 digits are the number of an order, `yyMMddHHmmss` and six more, and no identity number can be the same:
/// its digits 7 to 14 are a date of birth (GB 11643).
///
/// A city that numbers its orders so has some from 19:00:01 to 20:59:12 that stay hidden.
fn is_order_number(run: &str) -> bool {
    let pair = |at: usize| run.get(at..at + 2).and_then(|pair| pair.parse::<u8>().ok());
    let within = |at: usize, range: RangeInclusive<u8>| {
        pair(at).is_some_and(|number| range.contains(&number))
    };
    let is_written = run.len() == IDENTITY_DIGITS && run.bytes().all(|c| c.is_ascii_digit());
    let is_stamped = within(2, 1..=12)
        && within(4, 1..=31)
        && within(6, 0..=23)
        && within(8, 0..=59)
        && within(10, 0..=59);
    let is_birth = within(6, 19..=20) && within(10, 1..=12) && within(12, 1..=31);
    is_written && is_stamped && !is_birth
}

/// A number found: how many runs it takes and how many signs stay open at its two ends.
pub(super) struct Number {
    pub(super) range: Range<usize>,
    pub(super) runs: usize,
    pub(super) open_start: usize,
    pub(super) open_end: usize,
}

impl Number {
    fn write(&self, text: &str, out: &mut String) {
        let signs = || text[self.range.clone()].chars().filter_map(sign);
        let count = signs().count();
        for (i, c) in signs().enumerate() {
            let open = i < self.open_start || i + self.open_end >= count;
            out.push(if open { c } else { '*' });
        }
    }
}

/// The number that starts with the run at `at`, if one does.
fn found_at(text: &str, runs: &[Run], at: usize) -> Option<Number> {
    let rest = &runs[at..];
    lines::hong_kong_identity(text, rest)
        .or_else(|| number_at(text, rest))
        // What is dialled before a number that is found alone stays.
        .or_else(|| {
            lines::from_abroad(text, runs, at).filter(|_| number_at(text, &rest[1..]).is_none())
        })
        .or_else(|| lines::landline_in_parts(text, runs, at))
}

/// The number that starts with the first of `runs`, if one does.
fn number_at(text: &str, runs: &[Run]) -> Option<Number> {
    let mut total = 0;
    for (i, run) in runs.iter().enumerate() {
        total += run.digits;
        let range = runs[0].start..run.end;
        if runs[..i].iter().any(|run| run.listed) && !is_cut_like_a_number(&runs[..=i]) {
            if !run.joined || total >= IDENTITY_DIGITS {
                break;
            }
            continue;
        }
        if let Some(number) = shaped(text, range, i + 1, total, runs) {
            return Some(number);
        }
        if !run.joined || total >= IDENTITY_DIGITS {
            break;
        }
    }
    None
}

fn is_cut_like_a_number(runs: &[Run]) -> bool {
    CUTS.iter().any(|cut| cut.iter().copied().eq(runs.iter().map(|run| run.digits)))
}

fn shaped(
    text: &str,
    range: Range<usize>,
    count: usize,
    total: usize,
    runs: &[Run],
) -> Option<Number> {
    let number = |range: Range<usize>, open_start, open_end| {
        Some(Number { range, runs: count, open_start, open_end })
    };
    let alone = count == 1;
    if alone && let Some(plain) = plain_mobile(text, &range) {
        return number(plain, 3, 4);
    }
    if total == IDENTITY_DIGITS - 1 {
        let check = check_letter(&text[range.end..]);
        if check > 0 && (alone || has_birth_year(text, &range)) {
            return number(range.start..range.end + check, 4, 4);
        }
    }
    if total == MOBILE_DIGITS && is_mobile(text, &range) {
        return number(range, 3, 4);
    }
    if total == IDENTITY_DIGITS && (alone || has_birth_year(text, &range)) {
        return number(range, 4, 4);
    }
    if alone && total >= OLD_IDENTITY_DIGITS {
        return number(range, 4, 4);
    }
    // A longer run still to come may make a mobile number of a short one: `1381234 5678`.
    let waits = runs[count - 1].joined
        && total < MOBILE_DIGITS
        && is_mobile(text, &range)
        && runs.get(count).is_some_and(|next| total + next.digits == MOBILE_DIGITS);
    if alone && total >= LANDLINE_DIGITS_MIN && !waits && !is_no_number(text, &range) {
        return number(range, 2, 2);
    }
    let area = runs[0].digits;
    let local = total - area;
    if (3..=4).contains(&area)
        && digits_of(text, &range).next() == Some('0')
        && (LANDLINE_DIGITS_MIN..=LANDLINE_DIGITS_MAX).contains(&local)
        && !(runs[count - 1].joined
            && runs.get(count).is_some_and(|next| local + next.digits <= LANDLINE_DIGITS_MAX))
    {
        return number(range, area, 2);
    }
    None
}

/// A mobile number in plain digits, beside others that belong to the words around it: `①13812345678一直打不通`.
fn plain_mobile(text: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let run = &text[range.clone()];
    let behind_words = run.trim_start_matches(|c: char| !c.is_ascii());
    let plain = behind_words.trim_end_matches(|c: char| !c.is_ascii());
    let start = range.end - behind_words.len();
    let found = start..start + plain.len();
    (plain.len() == MOBILE_DIGITS && plain.is_ascii() && is_mobile(text, &found)).then_some(found)
}

fn is_mobile(text: &str, range: &Range<usize>) -> bool {
    let mut digits = digits_of(text, range);
    digits.next() == Some('1') && digits.next().is_some_and(|c| ('3'..='9').contains(&c))
}

/// Digits 7 and 8 of an identity number are the century of birth.
fn has_birth_year(text: &str, range: &Range<usize>) -> bool {
    let mut century = digits_of(text, range).skip(6);
    matches!((century.next(), century.next()), (Some('1'), Some('9')) | (Some('2'), Some('0')))
}

/// So are digits 7 to 14 its day (GB 11643).
fn has_birth_date(text: &str, range: &Range<usize>) -> bool {
    let signs: Vec<u32> = digits_of(text, range).filter_map(|c| c.to_digit(10)).collect();
    let pair = |at: usize| signs.get(at..at + 2).map_or(0, |pair| pair[0] * 10 + pair[1]);
    has_birth_year(text, range) && (1..=12).contains(&pair(10)) && (1..=31).contains(&pair(12))
}

fn digits_of<'a>(text: &'a str, range: &Range<usize>) -> impl Iterator<Item = char> + use<'a> {
    text[range.clone()].chars().filter_map(digit)
}

/// Length in bytes of the check letter X at the head of `rest`, else 0.
fn check_letter(rest: &str) -> usize {
    match rest.chars().next() {
        Some(c @ ('x' | 'X' | 'ｘ' | 'Ｘ' | '×')) => c.len_utf8(),
        _ => 0,
    }
}

fn digit(c: char) -> Option<char> {
    digit_value(c).map(|value| char::from(b'0' + value))
}

/// A digit or the check letter; separators inside a number are not shown again.
fn sign(c: char) -> Option<char> {
    if check_letter(c.encode_utf8(&mut [0; 4])) > 0 { Some('X') } else { digit(c) }
}
