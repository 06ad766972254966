//! Proofs that a record stands at its place below a root, gathered while the records go by once, and checked without
//! the journal (RFC 6962, section 2.1.1). A proof shows that a record is there, never that another is not.

use thiserror::Error;

use super::{Hash, Head, PEAKS_MAX, Tree, leaf_hash, node_hash};

/// Gathers proofs: shown every record from some place on, it remembers only what the chosen ones need.
#[derive(Debug)]
pub struct Prover {
    size: u64,
    /// Roots of the full subtrees, largest first, each with the chosen records below it.
    peaks: Vec<(Hash, Vec<usize>)>,
    proofs: Vec<Proof>,
}

/// Where a record stands, and the hashes beside its way up to the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The record.
    pub sequence: u64,
    /// From the record upwards.
    pub path: Vec<Hash>,
}

impl Prover {
    /// Goes on behind the records of `tree`. Those can no longer be proved.
    #[must_use]
    pub fn behind(tree: &Tree) -> Self {
        let peaks = tree.peaks().iter().map(|root| (*root, Vec::new())).collect();
        Self { size: tree.size(), peaks, proofs: Vec::new() }
    }

    /// Goes past the next record.
    pub fn pass(&mut self, payload: &[u8]) {
        self.push(leaf_hash(payload), Vec::new());
    }

    /// Goes past the next record, which is to be proved.
    pub fn choose(&mut self, payload: &[u8]) {
        let proof = self.proofs.len();
        self.proofs.push(Proof { sequence: self.size + 1, path: Vec::new() });
        self.push(leaf_hash(payload), vec![proof]);
    }

    /// The head of all records, and the proofs of the chosen ones below it, in their order.
    #[must_use]
    pub fn finish(mut self) -> (Head, Vec<Proof>) {
        let roots = self.peaks.iter().map(|(root, _)| *root).collect();
        let tree = Tree::of_peaks(self.size, roots).expect("as many peaks as the size has bits");
        while let Some((right, below_right)) = self.peaks.pop() {
            let Some((left, below_left)) = self.peaks.pop() else { break };
            self.join(&left, &below_left, &right, &below_right);
            self.peaks.push((node_hash(&left, &right), merged(below_left, below_right)));
        }
        (tree.head(), self.proofs)
    }

    fn push(&mut self, leaf: Hash, chosen: Vec<usize>) {
        let (mut root, mut below) = (leaf, chosen);
        for _ in 0..self.size.trailing_ones() {
            let (left, below_left) = self.peaks.pop().expect("a peak for each bit of the size");
            self.join(&left, &below_left, &root, &below);
            root = node_hash(&left, &root);
            below = merged(below_left, below);
        }
        self.peaks.push((root, below));
        self.size += 1;
    }

    /// Two subtrees become one: each is beside the way of the other's records.
    fn join(&mut self, left: &Hash, below_left: &[usize], right: &Hash, below_right: &[usize]) {
        for proof in below_left {
            self.proofs[*proof].path.push(*right);
        }
        for proof in below_right {
            self.proofs[*proof].path.push(*left);
        }
    }
}

fn merged(mut left: Vec<usize>, right: Vec<usize>) -> Vec<usize> {
    left.extend(right);
    left
}

/// A proof that proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProofError {
    /// The head is of a journal that does not reach so far.
    #[error("record {sequence} lies beyond the {records} records of the head")]
    Beyond {
        /// The record.
        sequence: u64,
        /// Of the head.
        records: u64,
    },
    /// The record, its place or its path is not what the root stands for.
    #[error(
        "record {sequence} is not the one that the head stands for: it, its place or its proof was changed"
    )]
    Other {
        /// The record.
        sequence: u64,
    },
}

impl Proof {
    /// Checks that `payload` is what `head` stands for at this place. Needs nothing else.
    pub fn check(&self, payload: &[u8], head: &Head) -> Result<(), ProofError> {
        let sequence = self.sequence;
        let Some(mut index) = sequence.checked_sub(1).filter(|index| *index < head.records) else {
            return Err(ProofError::Beyond { sequence, records: head.records });
        };
        // The walk of RFC 9162, section 2.1.3.2: `last` is the index of the last node of the level.
        let other = ProofError::Other { sequence };
        let (mut last, mut root) = (head.records - 1, leaf_hash(payload));
        if self.path.len() > PEAKS_MAX {
            return Err(other);
        }
        for beside in &self.path {
            if last == 0 {
                return Err(other);
            }
            if index % 2 == 1 || index == last {
                root = node_hash(beside, &root);
                while index % 2 == 0 && index != 0 {
                    index >>= 1;
                    last >>= 1;
                }
            } else {
                root = node_hash(&root, beside);
            }
            index >>= 1;
            last >>= 1;
        }
        if last == 0 && root == head.root { Ok(()) } else { Err(other) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(sequence: u64) -> Vec<u8> {
        sequence.to_le_bytes().to_vec()
    }

    /// Chooses every record of `chosen` in a journal of `records`, `passed` of which went by before.
    fn proved(passed: u64, records: u64, chosen: impl Fn(u64) -> bool) -> (Head, Vec<Proof>) {
        let mut tree = Tree::default();
        (1..=passed).for_each(|sequence| tree.push(leaf_hash(&payload(sequence))));
        let mut prover = Prover::behind(&tree);
        for sequence in passed + 1..=records {
            match chosen(sequence) {
                true => prover.choose(&payload(sequence)),
                false => prover.pass(&payload(sequence)),
            }
        }
        (1..=records).skip(passed as usize).for_each(|at| tree.push(leaf_hash(&payload(at))));
        let (head, proofs) = prover.finish();
        assert_eq!(head, tree.head());
        (head, proofs)
    }

    #[test]
    fn every_record_of_every_small_journal_is_proved_from_any_beginning() {
        for records in 1..=70 {
            for passed in [0, 1, records / 2, records - 1] {
                let (head, proofs) = proved(passed, records, |_| true);
                assert_eq!(proofs.len() as u64, records - passed);
                for proof in proofs {
                    proof.check(&payload(proof.sequence), &head).unwrap();
                }
            }
        }
    }

    #[test]
    fn another_record_place_path_or_head_proves_nothing() {
        let (head, proofs) = proved(0, 37, |sequence| sequence % 3 == 0);
        let (longer, _) = proved(0, 38, |_| false);
        for proof in proofs {
            let sequence = proof.sequence;
            let own = payload(sequence);
            let fails = |proof: &Proof, payload: &[u8], head: &Head| {
                assert_eq!(
                    proof.check(payload, head),
                    Err(ProofError::Other { sequence: proof.sequence })
                );
            };
            fails(&proof, &payload(sequence + 1), &head);
            fails(&proof, &own, &longer);
            for place in (1..=37).filter(|place| *place != sequence) {
                fails(&Proof { sequence: place, ..proof.clone() }, &own, &head);
            }
            for at in 0..proof.path.len() {
                let mut shorter = proof.clone();
                let taken = shorter.path.remove(at);
                fails(&shorter, &own, &head);
                shorter.path.push(taken);
                if shorter != proof {
                    fails(&shorter, &own, &head);
                }
                let mut changed = proof.clone();
                changed.path[at][sequence as usize % 32] ^= 1;
                fails(&changed, &own, &head);
            }
            let mut longest = proof.clone();
            longest.path.resize(PEAKS_MAX + 1, [0; 32]);
            fails(&longest, &own, &head);
        }
        let beyond = Proof { sequence: 38, path: Vec::new() };
        let error = ProofError::Beyond { sequence: 38, records: 37 };
        assert_eq!(beyond.check(b"", &head), Err(error));
    }

    #[test]
    fn the_root_of_two_records_is_no_record() {
        // Without the byte before it, the node over two records could be shown as a record of 64 bytes.
        let (head, proofs) = proved(0, 2, |_| true);
        let both = [leaf_hash(&payload(1)), leaf_hash(&payload(2))].concat();
        assert_eq!(proofs[0].path, [leaf_hash(&payload(2))]);
        let shown = Proof { sequence: 1, path: Vec::new() };
        let alone = Head { records: 1, root: head.root };
        assert_eq!(shown.check(&both, &alone), Err(ProofError::Other { sequence: 1 }));
    }
}
