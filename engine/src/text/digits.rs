//! What a character is worth as a digit: in the digits of every script, in circles and brackets, raised and lowered, and in Chinese
//! words. Knows single characters only; what they make together is no matter of it.

use super::normalise::Normaliser;

/// Characters that stand in a row as digits: the first of them, what it is worth and how many there are, in the order of Unicode.
///
/// All rows of ten are the decimal digits (`Nd`) of Unicode 17 without those of ASCII.
#[rustfmt::skip]
const ROWS: [(char, u8, u8); 98] = [
    ('\u{B2}', 2, 2), ('\u{B9}', 1, 1), ('\u{660}', 0, 10), ('\u{6F0}', 0, 10), ('\u{7C0}', 0, 10),
    ('\u{966}', 0, 10), ('\u{9E6}', 0, 10), ('\u{A66}', 0, 10), ('\u{AE6}', 0, 10),
    ('\u{B66}', 0, 10), ('\u{BE6}', 0, 10), ('\u{C66}', 0, 10), ('\u{CE6}', 0, 10),
    ('\u{D66}', 0, 10), ('\u{DE6}', 0, 10), ('\u{E50}', 0, 10), ('\u{ED0}', 0, 10),
    ('\u{F20}', 0, 10), ('\u{1040}', 0, 10), ('\u{1090}', 0, 10), ('\u{17E0}', 0, 10),
    ('\u{1810}', 0, 10), ('\u{1946}', 0, 10), ('\u{19D0}', 0, 10), ('\u{1A80}', 0, 10),
    ('\u{1A90}', 0, 10), ('\u{1B50}', 0, 10), ('\u{1BB0}', 0, 10), ('\u{1C40}', 0, 10),
    ('\u{1C50}', 0, 10), ('\u{2070}', 0, 1), ('\u{2074}', 4, 6), ('\u{2080}', 0, 10),
    ('\u{2460}', 1, 9), ('\u{2474}', 1, 9), ('\u{2488}', 1, 9), ('\u{24EA}', 0, 1),
    ('\u{24F5}', 1, 9), ('\u{24FF}', 0, 1), ('\u{2776}', 1, 9), ('\u{2780}', 1, 9),
    ('\u{278A}', 1, 9), ('\u{3007}', 0, 1), ('\u{3021}', 1, 9), ('\u{3192}', 1, 4),
    ('\u{3220}', 1, 9), ('\u{3280}', 1, 9), ('\u{A620}', 0, 10), ('\u{A8D0}', 0, 10),
    ('\u{A900}', 0, 10), ('\u{A9D0}', 0, 10), ('\u{A9F0}', 0, 10), ('\u{AA50}', 0, 10),
    ('\u{ABF0}', 0, 10), ('\u{FF10}', 0, 10), ('\u{104A0}', 0, 10), ('\u{10D30}', 0, 10),
    ('\u{10D40}', 0, 10), ('\u{11066}', 0, 10), ('\u{110F0}', 0, 10), ('\u{11136}', 0, 10),
    ('\u{111D0}', 0, 10), ('\u{112F0}', 0, 10), ('\u{11450}', 0, 10), ('\u{114D0}', 0, 10),
    ('\u{11650}', 0, 10), ('\u{116C0}', 0, 10), ('\u{116D0}', 0, 10), ('\u{116DA}', 0, 10),
    ('\u{11730}', 0, 10), ('\u{118E0}', 0, 10), ('\u{11950}', 0, 10), ('\u{11BF0}', 0, 10),
    ('\u{11C50}', 0, 10), ('\u{11D50}', 0, 10), ('\u{11DA0}', 0, 10), ('\u{11DE0}', 0, 10),
    ('\u{11F50}', 0, 10), ('\u{16A60}', 0, 10), ('\u{16AC0}', 0, 10), ('\u{16B50}', 0, 10),
    ('\u{16D70}', 0, 10), ('\u{1CCF0}', 0, 10), ('\u{1D7CE}', 0, 10), ('\u{1D7D8}', 0, 10),
    ('\u{1D7E2}', 0, 10), ('\u{1D7EC}', 0, 10), ('\u{1D7F6}', 0, 10), ('\u{1E140}', 0, 10),
    ('\u{1E2F0}', 0, 10), ('\u{1E4F0}', 0, 10), ('\u{1E5F1}', 0, 10), ('\u{1E950}', 0, 10),
    ('\u{1F100}', 0, 1), ('\u{1F101}', 0, 10), ('\u{1F10B}', 0, 1), ('\u{1F10C}', 0, 1),
    ('\u{1FBF0}', 0, 10),
];

/// What a character is worth as a digit of any script, or as people write a number that they do not want a machine to find.
pub(super) fn digit_value(c: char) -> Option<u8> {
    match c {
        '\0'..'\u{80}' => u8::try_from(c.to_digit(10)?).ok(),
        '\u{3400}'..='\u{9FFF}' => ideograph(c),
        _ => in_row(c),
    }
}

/// Most characters of a text are ideographs, and no digits.
fn ideograph(c: char) -> Option<u8> {
    Some(match c {
        '零' => 0,
        '一' | '壹' | '壱' | '幺' => 1,
        '二' | '贰' | '貳' | '弍' => 2,
        '三' | '叁' | '參' | '叄' => 3,
        '四' | '肆' => 4,
        '五' | '伍' => 5,
        '六' | '陆' | '陸' => 6,
        '七' | '柒' => 7,
        '八' | '捌' => 8,
        '九' | '玖' => 9,
        _ => return None,
    })
}

fn in_row(c: char) -> Option<u8> {
    let at = ROWS.partition_point(|(first, ..)| *first <= c).checked_sub(1)?;
    let (first, value, count) = ROWS[at];
    let behind = c as u32 - first as u32;
    (behind < u32::from(count)).then(|| value + behind as u8)
}

/// What a character is worth in a number that is known to be one: also as it is said aloud, and letters that look like digits.
pub(super) fn spoken_value(normaliser: Normaliser, c: char) -> Option<u8> {
    let value = |c: char| match c {
        '洞' | 'o' => Some(0),
        'l' => Some(1),
        '两' => Some(2),
        // What is left of 參 in simplified characters.
        '参' => Some(3),
        '拐' => Some(7),
        '勾' => Some(9),
        _ => digit_value(c),
    };
    // Folded, a digit in brackets is a bracket first.
    value(c).or_else(|| normaliser.folded(c).and_then(value))
}
