//! Bytes in memory that begin at a multiple of 16, for archives that are read in place. No unsafe code: the buffer is a
//! little longer than needed, and the bytes begin where the alignment falls.

use std::fmt;
use std::ops::Deref;

/// What archives may rely on: the strictest alignment of the numbers they hold.
const ALIGN: usize = 16;

/// Bytes whose first one lies at a multiple of 16. Not `Clone`: a copy would have to be aligned anew.
pub struct AlignedBytes {
    buffer: Vec<u8>,
    start: usize,
    length: usize,
}

impl AlignedBytes {
    /// `length` zeros.
    #[must_use]
    pub fn zeroed(length: usize) -> Self {
        let buffer = vec![0; length + ALIGN - 1];
        let start = buffer.as_ptr().align_offset(ALIGN);
        assert!(start < ALIGN, "a byte pointer can be aligned");
        Self { buffer, start, length }
    }

    /// The bytes, for filling them.
    pub(crate) fn as_mut(&mut self) -> &mut [u8] {
        &mut self.buffer[self.start..self.start + self.length]
    }
}

impl Deref for AlignedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.buffer[self.start..self.start + self.length]
    }
}

impl fmt::Debug for AlignedBytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "AlignedBytes({} bytes)", self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_lies_at_a_multiple_of_sixteen_even_after_a_move() {
        for length in [0, 1, 15, 16, 1_000] {
            let boxed = Box::new(AlignedBytes::zeroed(length));
            let moved = *boxed;
            assert_eq!(moved.len(), length);
            assert_eq!(moved.as_ptr().align_offset(ALIGN), 0);
        }
    }
}
