//! Normalised text together with the way back: which bytes of the original each byte range came from.
//! Written by the normaliser, read by everybody who shows evidence.

use std::ops::Range;

/// From `normalised` on, positions of both texts run in step until the next anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Anchor {
    normalised: u32,
    original: u32,
}

/// Normalised text and its offsets. A buffer: give it to the normaliser again and again.
#[derive(Debug, Clone, Default)]
pub struct Normalised {
    text: String,
    anchors: Vec<Anchor>,
    /// Where the original of the last character written ends.
    original_end: u32,
}

impl Normalised {
    /// An empty buffer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The normalised text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Byte range of the original text from which `range` (bytes of the normalised text, at character
    /// borders) came. Always at character borders of the original; empty where `range` is empty or lies
    /// outside the text.
    #[must_use]
    pub fn original_range(&self, range: Range<usize>) -> Range<usize> {
        let end = range.end.min(self.text.len());
        if range.start >= end {
            let at = self.start_of(end);
            return at..at;
        }
        let start = self.start_of(range.start);
        start..self.end_of(end).max(start)
    }

    /// The normalised text alone.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }

    /// Empty, with room for a text of so many bytes.
    pub(super) fn clear(&mut self, bytes: usize) {
        self.text.clear();
        self.text.reserve(bytes);
        self.anchors.clear();
        self.original_end = 0;
    }

    /// Appends one character that came from `start..end` of the original.
    #[inline]
    pub(super) fn push(&mut self, c: char, start: u32, end: u32) {
        self.begin(start);
        self.text.push(c);
        self.original_end = end;
    }

    /// Appends a stretch that stands unchanged in the original from `start` on.
    #[inline]
    pub(super) fn push_stretch(&mut self, stretch: &str, start: u32) {
        self.begin(start);
        self.text.push_str(stretch);
        self.original_end = start + stretch.len() as u32;
    }

    #[inline]
    fn begin(&mut self, start: u32) {
        let at = self.text.len() as u32;
        if self.original_end == start {
            self.anchor(at, start);
        } else {
            // Two anchors in one place: where the last character ended, where this one starts.
            self.anchors.push(Anchor { normalised: at, original: self.original_end });
            self.anchors.push(Anchor { normalised: at, original: start });
        }
    }

    /// Marks the end of the text.
    pub(super) fn finish(&mut self) {
        self.anchor(self.text.len() as u32, self.original_end);
    }

    /// Sets an anchor unless the step of the last one already leads to `original`.
    #[inline]
    fn anchor(&mut self, normalised: u32, original: u32) {
        let step = self.anchors.last().map_or(0, |a| a.original.wrapping_sub(a.normalised));
        if original.wrapping_sub(normalised) != step {
            self.anchors.push(Anchor { normalised, original });
        }
    }

    /// The last anchor at or before a position leads to the start of the character there.
    fn start_of(&self, at: usize) -> usize {
        let after = self.anchors.partition_point(|a| a.normalised as usize <= at);
        step_from(after.checked_sub(1).map(|i| self.anchors[i]), at)
    }

    /// The first anchor at a position, else the last before it, leads to the end of what stands before.
    fn end_of(&self, at: usize) -> usize {
        let here = self.anchors.partition_point(|a| (a.normalised as usize) < at);
        match self.anchors.get(here) {
            Some(a) if a.normalised as usize == at => a.original as usize,
            _ => step_from(here.checked_sub(1).map(|i| self.anchors[i]), at),
        }
    }
}

fn step_from(anchor: Option<Anchor>, at: usize) -> usize {
    anchor.map_or(at, |a| a.original as usize + (at - a.normalised as usize))
}
