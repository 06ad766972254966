//! Coded places in a text (A市, A7县, K3区): which stand there, and whether two texts speak of different ones. Does not know a map.
//!
//! Letters to a government name the place, and so does the answer; an article that names places, but none of the question's, is
//! mostly an answer to somebody else. A code is a Latin letter, at most two digits, and one of 市, 县, 区. Codes with the same
//! letter lie in the same city.

use crate::letters::Letters;

/// Digits of a code: a city has fewer than a hundred districts.
const DIGITS_MAX: usize = 2;
/// What the score of an article is multiplied by if it names other districts than the question. Measured: flat from 0.8 to 0.9.
const OTHER_DISTRICT: f32 = 0.85;
/// The same if even the cities are others.
const OTHER_CITY: f32 = 0.7;

/// The places that a text names, as sets of bits: districts by their hash, cities by their letter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Places {
    districts: u128,
    cities: u32,
}

impl Places {
    pub(crate) fn of(texts: &[&Letters]) -> Self {
        let mut places = Self::default();
        for (_, run) in texts.iter().flat_map(|text| text.runs()) {
            for at in 0..run.len() {
                if let Some(code) = code(&run[at..]) {
                    places.cities |= 1 << (u32::from(code[0]) - u32::from('a'));
                    places.districts |= 1 << (hash(code) % u128::BITS);
                }
            }
        }
        places
    }

    /// The factor for an article that names `other` places.
    pub(crate) fn factor(self, other: Self) -> f32 {
        if self.cities == 0 || other.cities == 0 || self.districts & other.districts != 0 {
            1.0
        } else if self.cities & other.cities != 0 {
            OTHER_DISTRICT
        } else {
            OTHER_CITY
        }
    }
}

/// The code with which the letters begin.
fn code(letters: &[char]) -> Option<&[char]> {
    let (first, rest) = letters.split_first()?;
    let digits = rest.iter().take_while(|letter| letter.is_ascii_digit()).count();
    let ends = matches!(rest.get(digits), Some('市' | '县' | '区'));
    (first.is_ascii_lowercase() && digits <= DIGITS_MAX && ends).then(|| &letters[..digits + 2])
}

fn hash(code: &[char]) -> u32 {
    let mixed = code.iter().fold(0_u32, |hash, letter| {
        (hash.rotate_left(5) ^ u32::from(*letter)).wrapping_mul(0x9E37_79B9)
    });
    mixed >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str) -> Places {
        Places::of(&[&Letters::of(text)])
    }

    #[test]
    fn a_shared_place_or_no_place_changes_nothing() {
        assert_eq!(places("A7县医保").factor(places("A市A7县医保局")), 1.0);
        assert_eq!(places("医保").factor(places("A7县医保局")), 1.0);
        assert_eq!(places("A7县医保").factor(places("医保局")), 1.0);
    }

    #[test]
    fn another_district_weighs_less_and_another_city_still_less() {
        assert_eq!(places("A7县").factor(places("A8县")), OTHER_DISTRICT);
        assert_eq!(places("A7县").factor(places("B8县")), OTHER_CITY);
    }

    #[test]
    fn only_a_letter_few_digits_and_a_kind_of_place_are_a_code() {
        for text in ["A栋", "8县", "KTV扰民", "A123区", "市区"] {
            assert_eq!(places(text), Places::default(), "{text}");
        }
    }
}
