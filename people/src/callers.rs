//! Who calls. Names and numbers are made up, no two alike, and written in characters that stand in no other text here: if
//! one of them is seen where it should not be, it is found.

use hotline_engine::order::Caller;

use crate::chance::Chance;

/// Citizens who may call: few enough that some call again.
pub const CALLERS: u64 = 900;

const SURNAMES: [&str; 10] = ["阚", "昝", "仝", "蔺", "郗", "訾", "逄", "廖", "欧阳", "尉迟"];
const FIRST: [&str; 10] = ["翀", "犇", "骉", "垚", "淼", "焱", "燚", "羴", "赟", "龘"];
const SECOND: [&str; 10] = ["珺", "翯", "婳", "昶", "晟", "玥", "瑀", "祎", "稷", "鋆"];
/// What every number here begins with.
const PHONES: &str = "1390754";
/// Of a hundred callers so many ask to stay unnamed.
const CONFIDENTIAL_PERCENT: u64 = 4;

/// The citizen with this number, modulo their count.
#[must_use]
pub fn caller(number: u64, chance: &mut Chance) -> Caller {
    let confidential = chance.percent(CONFIDENTIAL_PERCENT);
    Caller { name: name(number), phone: phone(number), confidential }
}

/// His name.
#[must_use]
pub fn name(number: u64) -> String {
    let number = number % CALLERS;
    let digit = |place: u64| usize::try_from(number / place % 10).expect("a digit");
    [SURNAMES[digit(1)], FIRST[digit(10)], SECOND[digit(100)]].concat()
}

/// His number, in a row of mobile numbers that no carrier gives out whole.
#[must_use]
pub fn phone(number: u64) -> String {
    format!("{PHONES}{:04}", number % CALLERS + 1_000)
}

/// The caller's name or number that stands in a text, if one does.
#[must_use]
pub fn shown_in(text: &str) -> Option<String> {
    let mut before = "";
    for (at, letter) in text.char_indices() {
        let letter = &text[at..at + letter.len_utf8()];
        if FIRST.contains(&before) && SECOND.contains(&letter) {
            return Some(format!("{before}{letter}"));
        }
        before = letter;
    }
    let close: String = text.chars().filter(|it| !matches!(it, ' ' | '-')).collect();
    let at = close.find(PHONES)?;
    Some(close[at..].chars().take(11).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_callers_are_alike() {
        let names: BTreeSet<String> = (0..CALLERS).map(name).collect();
        let phones: BTreeSet<String> = (0..CALLERS).map(phone).collect();
        assert_eq!([names.len() as u64, phones.len() as u64], [CALLERS; 2]);
        assert!(phones.iter().all(|phone| phone.len() == 11));
    }

    #[test]
    fn a_caller_is_found_wherever_he_stands() {
        for number in 0..CALLERS {
            let (name, phone) = (name(number), phone(number));
            assert!(shown_in(&format!("我叫{name},家住东区")).is_some(), "{name}");
            let (first, rest) = phone.split_at(3);
            assert_eq!(shown_in(&format!("电话{first} {rest}。")).as_ref(), Some(&phone));
        }
        assert_eq!(shown_in("我叫某某某,电话139****1234"), None);
    }
}
