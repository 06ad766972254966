//! Follows the hash tree along the records of a journal, and compares it with the root behind each commit and with what
//! is known from elsewhere. Reads no files.

use crate::tree::{Hash, Head, Tree};

/// A tree that grows by whole commits.
#[derive(Debug)]
pub(crate) struct Witness {
    /// Over all whole commits so far.
    tree: Tree,
    /// Of the commit that is not whole yet.
    leaves: Vec<Hash>,
    /// What must be met yet, the last one first.
    known: Vec<Head>,
    /// Up to here all is as it is known to be.
    agreed: u64,
}

/// Why a commit is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Its records do not give the root behind it.
    Seal,
    /// They do, but not the root that is known.
    Known { head: Head, first_suspect: u64 },
}

impl Witness {
    /// Goes on from the records of `tree`; heads of fewer records cannot be compared any more.
    pub(crate) fn from(tree: Tree, known: &[Head]) -> Result<Self, Doubt> {
        let mut known: Vec<Head> =
            known.iter().filter(|head| head.records >= tree.size()).copied().collect();
        known.sort_unstable_by_key(|head| std::cmp::Reverse(head.records));
        let agreed = 0;
        let mut witness = Self { tree, leaves: Vec::new(), known, agreed };
        witness.compare()?;
        Ok(witness)
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The next record; the first of a commit begins it anew.
    pub(crate) fn record(&mut self, is_first: bool, leaf: Hash) {
        if is_first {
            self.leaves.clear();
        }
        self.leaves.push(leaf);
    }

    /// The commit ends, with this root behind it.
    pub(crate) fn end_commit(&mut self, root: &Hash) -> Result<(), Doubt> {
        self.leaves.drain(..).for_each(|leaf| self.tree.push(leaf));
        if self.tree.head().root != *root {
            return Err(Doubt::Seal);
        }
        self.compare()
    }

    fn compare(&mut self) -> Result<(), Doubt> {
        while let Some(head) = self.known.pop_if(|head| head.records <= self.tree.size()) {
            // A head is made when a commit is durable: one that ends within a commit is of another journal.
            if head != self.tree.head() {
                return Err(Doubt::Known { head, first_suspect: self.agreed + 1 });
            }
            self.agreed = head.records;
        }
        Ok(())
    }
}
