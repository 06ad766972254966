//! The character table behind the normaliser: what each character becomes (width, simplified form, lower
//! case, dropped). Built once from public tables; it sees single characters, never words or sequences.

use std::collections::BTreeMap;

use ferrous_opencc::{OpenCC, config::BuiltinConfig};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What the table says about one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mapped<'a> {
    /// Becomes this one character of the basic plane.
    One(char),
    /// A decimal digit, which stays itself unless its run is too long.
    Digit(char),
    /// Becomes several characters, or one outside the basic plane.
    Many(&'a str),
    /// Becomes white space; neighbours are collapsed by the caller.
    Space,
    /// Vanishes: zero width, bidirectional and other control, private use.
    Nothing,
}

/// Codes in the private use area, which no text keeps, mark what is not a plain character.
const SPACE: u16 = 0xE000;
const MANY: u16 = 0xE001;
const NOTHING: u16 = 0xE002;
/// The ten digits follow.
const DIGIT_ZERO: u16 = 0xE010;
const DIGIT_NINE: u16 = DIGIT_ZERO + 9;

const BASIC_PLANE: usize = 0x1_0000;
/// Characters above the supplementary planes with letters and ideographs map to themselves.
const SUPPLEMENTARY_END: u32 = 0x3_3480;
/// Folding is repeated until it changes nothing, so that normalising twice is normalising once. The deepest
/// chain in the tables of today has three steps.
const FOLD_ROUNDS_MAX: usize = 8;

#[derive(Debug)]
pub(super) struct CharacterTable {
    basic: Vec<u16>,
    many: BTreeMap<char, Box<str>>,
}

#[expect(clippy::disallowed_types, reason = "a constant that is dear to compute, and no state")]
static SHARED: std::sync::LazyLock<CharacterTable> = std::sync::LazyLock::new(CharacterTable::new);

impl CharacterTable {
    /// The one table; it never changes.
    pub(super) fn shared() -> &'static Self {
        &SHARED
    }

    /// Builds the table; some tens of milliseconds.
    fn new() -> Self {
        let simplified = simplified_forms();
        let mut table = Self { basic: vec![NOTHING; BASIC_PLANE], many: BTreeMap::new() };
        for c in (0..SUPPLEMENTARY_END).filter_map(char::from_u32) {
            table.enter(c, &simplified);
        }
        table
    }

    /// Whether `c` is no digit and becomes itself: most of a text.
    #[inline]
    pub(super) fn keeps(&self, c: char) -> bool {
        self.basic.get(c as usize).is_some_and(|&code| u32::from(code) == c as u32)
    }

    #[inline]
    pub(super) fn get(&self, c: char) -> Mapped<'_> {
        let Some(&code) = self.basic.get(c as usize) else {
            return self.get_supplementary(c);
        };
        match code {
            SPACE => Mapped::Space,
            NOTHING => Mapped::Nothing,
            DIGIT_ZERO..=DIGIT_NINE => Mapped::Digit((b'0' + (code - DIGIT_ZERO) as u8) as char),
            MANY => self.many.get(&c).map_or(Mapped::Nothing, |s| Mapped::Many(s)),
            // A table of plain characters holds no surrogates; `Nothing` is never reached.
            code => char::from_u32(u32::from(code)).map_or(Mapped::Nothing, Mapped::One),
        }
    }

    #[cold]
    fn get_supplementary(&self, c: char) -> Mapped<'_> {
        match self.many.get(&c) {
            Some(s) => Mapped::Many(s),
            None if is_dropped(c) => Mapped::Nothing,
            None => Mapped::One(c),
        }
    }

    fn enter(&mut self, c: char, simplified: &BTreeMap<char, char>) {
        let code = if c.is_whitespace() {
            SPACE
        } else if is_dropped(c) {
            NOTHING
        } else {
            let folded = fold(c, simplified);
            let mut rest = folded.chars();
            match (rest.next(), rest.next()) {
                (Some(one), None) if (one as usize) < BASIC_PLANE => match as_code(one) {
                    Some(code) if (c as usize) < BASIC_PLANE => code,
                    _ => self.enter_many(c, folded),
                },
                (Some(one), None) if one == c => return,
                _ => self.enter_many(c, folded),
            }
        };
        if let Some(slot) = self.basic.get_mut(c as usize) {
            *slot = code;
        }
    }

    fn enter_many(&mut self, c: char, folded: String) -> u16 {
        self.many.insert(c, folded.into_boxed_str());
        MANY
    }
}

fn as_code(c: char) -> Option<u16> {
    if c.is_whitespace() {
        return Some(SPACE);
    }
    if let Some(digit) = c.to_digit(10) {
        return Some(DIGIT_ZERO + digit as u16);
    }
    u16::try_from(c as u32).ok()
}

/// Compatibility form, simplified form and ASCII lower case of one character, to the fixed point.
fn fold(c: char, simplified: &BTreeMap<char, char>) -> String {
    let mut now = c.to_string();
    for _ in 0..FOLD_ROUNDS_MAX {
        let next: String = now
            .nfkc()
            .map(|c| simplified.get(&c).copied().unwrap_or(c).to_ascii_lowercase())
            .collect();
        if next == now {
            break;
        }
        now = next;
    }
    now
}

/// Traditional → simplified for single characters, asked of the conversion table one line a character.
fn simplified_forms() -> BTreeMap<char, char> {
    let Ok(converter) = OpenCC::from_config(BuiltinConfig::T2s) else {
        unreachable!("the conversion table is compiled in");
    };
    let ideographs = [0x2E80..=0x2FDF, 0x3400..=0x9FFF, 0xF900..=0xFAFF, 0x2_0000..=0x3_347F];
    let mut forms = BTreeMap::new();
    for c in ideographs.into_iter().flatten().filter_map(char::from_u32) {
        let mut buffer = [0; 4];
        let simple = converter.convert(c.encode_utf8(&mut buffer));
        let mut rest = simple.chars();
        if let (Some(one), None) = (rest.next(), rest.next())
            && one != c
        {
            forms.insert(c, one);
        }
    }
    forms
}

/// Whether a text shows nothing: white space and characters without a meaning of their own.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_unseen(c))
}

/// Whether a character shows nothing of its own: it may stand between two others, and nobody sees it.
pub(super) fn is_unseen(c: char) -> bool {
    // An empty braille cell, a mark without a letter and a musical span show nothing either.
    is_dropped(c)
        || c == '\u{2800}'
        || is_combining_mark(c)
        || matches!(c, '\u{1D173}'..='\u{1D17A}')
}

/// Characters without a meaning of their own here: controls, zero width, direction marks, variation
/// selectors, tags, private use (a picture only in one font) and non-characters.
fn is_dropped(c: char) -> bool {
    c.is_control()
        || matches!(c as u32,
            0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
            | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F
            | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0xE000..=0xF8FF | 0xFDD0..=0xFDEF
            | 0xFFFE..=0xFFFF | 0xE_0000..=0x10_FFFF)
}
