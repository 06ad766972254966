//! The hash tree over all records of a journal, as RFC 6962 defines it: its root stands for every record and its place.
//! Grows one leaf at a time and keeps only the roots of its full subtrees; how a leaf is proved is in `proof`.
//!
//! A checksum notices accidents. Whoever changes a record on purpose can compute its checksum again, and all that follow;
//! not so the root that somebody else has written down.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use thiserror::Error;

pub(crate) mod proof;

/// Bytes of a hash.
pub(crate) const HASH_BYTES: usize = 32;
/// Full subtrees that a tree can have: one for each bit of its size.
pub(crate) const PEAKS_MAX: usize = 64;

/// A SHA-256.
pub type Hash = [u8; HASH_BYTES];

/// The hash of a record. The byte before it keeps records and inner nodes apart (RFC 6962, section 2.1).
#[must_use]
pub fn leaf_hash(payload: &[u8]) -> Hash {
    Sha256::new_with_prefix([0]).chain_update(payload).finalize().into()
}

pub(crate) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new_with_prefix([1]).chain_update(left).chain_update(right).finalize().into()
}

/// What stands for the first so many records of a journal: written down elsewhere, it shows whether any was changed.
///
/// Written as `records:root`, the root in hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Head {
    /// How many records it stands for.
    pub records: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

impl fmt::Display for Head {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:", self.records)?;
        self.root.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Head({self})")
    }
}

/// Text that is no head.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no head; write records:root, as `hotline verify` prints it")]
pub struct HeadError(String);

impl FromStr for Head {
    type Err = HeadError;

    fn from_str(text: &str) -> Result<Self, HeadError> {
        let wrong = || HeadError(text.chars().take(100).collect());
        let (records, root) = text.trim().split_once(':').ok_or_else(wrong)?;
        let records = records.parse().map_err(|_| wrong())?;
        let root = hash_of_digits(root).ok_or_else(wrong)?;
        Ok(Self { records, root })
    }
}

/// Reads 64 hexadecimal digits.
fn hash_of_digits(digits: &str) -> Option<Hash> {
    let digits = digits.as_bytes();
    if digits.len() != 2 * HASH_BYTES {
        return None;
    }
    let mut hash = [0; HASH_BYTES];
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        let value = |digit: u8| char::from(digit).to_digit(16);
        *byte = (value(pair[0])? << 4 | value(pair[1])?) as u8;
    }
    Some(hash)
}

/// The tree over the first records of a journal, as the roots of its full subtrees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    /// Largest first; as many as `size` has bits.
    peaks: Vec<Hash>,
}

impl Tree {
    /// The tree of `size` records whose full subtrees have these roots, largest first; none if their number is wrong.
    pub(crate) fn of_peaks(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// How many records it is over.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Adds the record with this [`leaf_hash`].
    pub fn push(&mut self, leaf: Hash) {
        let mut root = leaf;
        // Each trailing one bit of the size is a full subtree as large as what is carried.
        for _ in 0..self.size.trailing_ones() {
            let left = self.peaks.pop().expect("as many peaks as the size has bits");
            root = node_hash(&left, &root);
        }
        self.peaks.push(root);
        self.size += 1;
    }

    /// What stands for all of it.
    #[must_use]
    pub fn head(&self) -> Head {
        let root = match self.peaks.split_last() {
            None => Sha256::digest([]).into(),
            Some((last, rest)) => {
                rest.iter().rev().fold(*last, |right, left| node_hash(left, &right))
            }
        };
        Head { records: self.size, root }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The inputs and roots with which Certificate Transparency's own implementations are tested.
    const INPUTS: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn the_roots_are_those_of_certificate_transparency() {
        let mut tree = Tree::default();
        for (size, root) in ROOTS.iter().enumerate() {
            assert_eq!(tree.head().to_string(), format!("{size}:{root}"));
            if let Some(input) = INPUTS.get(size) {
                tree.push(leaf_hash(input));
            }
        }
    }

    #[test]
    fn a_head_is_read_as_it_is_written_and_nothing_else_is() {
        let written = format!("8:{}", ROOTS[8]);
        let head: Head = written.parse().unwrap();
        assert_eq!(head.to_string(), written);
        for wrong in ["", "8", "8:", ":ab", &written[1..], &written[..40], "-1:00", "8:zz"] {
            let error = wrong.parse::<Head>().unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("`{wrong}` is no head; write records:root, as `hotline verify` prints it")
            );
        }
    }
}
