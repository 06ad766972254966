//! Makes texts comparable: compatibility width, simplified characters, ASCII lower case, one blank for any
//! white space, invisible characters gone, long digit runs masked. Does not segment, translate or judge.

use super::offsets::Normalised;
use super::table::{CharacterTable, Mapped};

/// Stands for a run of digits long enough to be somebody's number.
pub const MASK: char = '█';

/// Texts are read up to here: the longest letters seen have some 30 KiB, and 32-bit offsets must suffice.
pub const TEXT_BYTES_MAX: usize = 1 << 20;

/// Runs of this many digits and more can be a telephone or identity number; house numbers, years, line
/// numbers and short hotline numbers (5 digits: 12345) are shorter or lose nothing.
const MASKED_DIGITS_MIN: usize = 5;

/// Normalises text by the character table, which the first one made builds (some tens of milliseconds) and all share.
#[derive(Debug, Clone, Copy)]
pub struct Normaliser {
    table: &'static CharacterTable,
}

impl Default for Normaliser {
    fn default() -> Self {
        Self::new()
    }
}

impl Normaliser {
    /// Builds the character table, if nobody has.
    #[must_use]
    pub fn new() -> Self {
        Self { table: CharacterTable::shared() }
    }

    /// The character that one stands for, in simplified characters, half width and lower case; none for what is not seen.
    #[inline]
    pub(super) fn folded(self, c: char) -> Option<char> {
        if self.table.keeps(c) {
            return Some(c);
        }
        match self.table.get(c) {
            Mapped::One(c) | Mapped::Digit(c) => Some(c),
            Mapped::Many(expanded) => expanded.chars().next(),
            Mapped::Space | Mapped::Nothing => None,
        }
    }

    /// Writes the normalised form of `text` into `out`, replacing what was there. Allocates only while `out`
    /// grows to the longest text seen. Reads at most [`TEXT_BYTES_MAX`] bytes. Characters are taken one by
    /// one: sequences of base and combining marks are not composed.
    pub fn normalise(&self, text: &str, out: &mut Normalised) {
        let text = bounded(text);
        out.clear(text.len());
        let mut writer = Writer::new(out);
        // From here to the character at hand everything stays as it is.
        let mut kept_from = 0;
        for (at, c) in text.char_indices() {
            if self.table.keeps(c) {
                continue;
            }
            writer.write_stretch(&text[kept_from..at], kept_from as u32);
            kept_from = at + c.len_utf8();
            let (start, end) = (at as u32, kept_from as u32);
            match self.table.get(c) {
                Mapped::One(c) => writer.write_plain(c, start, end),
                Mapped::Digit(c) => writer.hold_digit(c, start, end),
                Mapped::Many(expanded) => {
                    for c in expanded.chars() {
                        writer.write(c, start, end);
                    }
                }
                Mapped::Space => writer.hold_blank(start, end),
                Mapped::Nothing => {}
            }
        }
        writer.write_stretch(&text[kept_from..], kept_from as u32);
        writer.finish();
    }
}

fn bounded(text: &str) -> &str {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Collapses blanks and holds digits back until their run is over.
struct Writer<'a> {
    out: &'a mut Normalised,
    blank: Option<(u32, u32)>,
    digits: [(char, u32, u32); MASKED_DIGITS_MIN],
    digits_count: usize,
}

impl<'a> Writer<'a> {
    fn new(out: &'a mut Normalised) -> Self {
        Self { out, blank: None, digits: [('0', 0, 0); MASKED_DIGITS_MIN], digits_count: 0 }
    }

    fn write(&mut self, c: char, start: u32, end: u32) {
        match c {
            '0'..='9' => self.hold_digit(c, start, end),
            ' ' => self.hold_blank(start, end),
            c => self.write_plain(c, start, end),
        }
    }

    /// Neither digit nor blank.
    #[inline]
    fn write_plain(&mut self, c: char, start: u32, end: u32) {
        self.release();
        self.out.push(c, start, end);
    }

    #[inline]
    fn write_stretch(&mut self, stretch: &str, start: u32) {
        if !stretch.is_empty() {
            self.release();
            self.out.push_stretch(stretch, start);
        }
    }

    fn hold_blank(&mut self, start: u32, end: u32) {
        self.release_digits();
        let from = self.blank.map_or(start, |(from, _)| from);
        self.blank = Some((from, end));
    }

    fn hold_digit(&mut self, c: char, start: u32, end: u32) {
        let slot = self.digits_count.min(MASKED_DIGITS_MIN - 1);
        self.digits[slot] = (c, start, end);
        self.digits_count += 1;
    }

    /// Writes what is held: a blank, or a run of digits with the blank before it.
    #[inline]
    fn release(&mut self) {
        if self.digits_count > 0 || self.blank.is_some() {
            self.release_digits();
            self.release_blank();
        }
    }

    fn release_digits(&mut self) {
        if self.digits_count == 0 {
            return;
        }
        self.release_blank();
        let held = self.digits_count.min(MASKED_DIGITS_MIN);
        if self.digits_count < MASKED_DIGITS_MIN {
            for &(c, start, end) in &self.digits[..held] {
                self.out.push(c, start, end);
            }
        } else {
            self.out.push(MASK, self.digits[0].1, self.digits[held - 1].2);
        }
        self.digits_count = 0;
    }

    fn release_blank(&mut self) {
        if let Some((start, end)) = self.blank.take()
            && !self.out.text().is_empty()
        {
            self.out.push(' ', start, end);
        }
    }

    /// A blank at the end is dropped, as one at the beginning is.
    fn finish(mut self) {
        self.release_digits();
        self.out.finish();
    }
}
