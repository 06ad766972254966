//! What a run came to, in numbers: one that saw little proves little.

use std::collections::BTreeMap;

use crate::faults::Kind;

/// Counts of a run, or of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Steps.
    pub steps: u64,
    /// Commands that were asked for.
    pub asked: u64,
    /// Of these, granted.
    pub granted: u64,
    /// Of these, refused.
    pub refused: u64,
    /// Of these, never answered: the hotline died.
    pub unanswered: u64,
    /// Requests without an answer that were sent again.
    pub redelivered: u64,
    /// Batches, each judged.
    pub batches: u64,
    /// Times that the process ended, for whatever reason.
    pub ends: u64,
    /// Times that a recovery was refused or broken off, and tried again.
    pub refused_recoveries: u64,
    /// Snapshots written.
    pub snapshots: u64,
    /// Records at the end.
    pub records: u64,
    /// Orders at the end.
    pub orders: u64,
    /// Faults that took effect, by their kind.
    pub met: BTreeMap<Kind, u64>,
    /// What of them was noticed, and by what.
    pub noticed: BTreeMap<&'static str, u64>,
    /// What was asked for, by its word, as far as it was granted.
    pub actions: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// Something went wrong and was noticed.
    pub(crate) fn meet(&mut self, kind: Kind) {
        *self.met.entry(kind).or_default() += 1;
    }

    /// The hotline noticed what went wrong.
    pub(crate) fn notice(&mut self, what: &'static str) {
        *self.noticed.entry(what).or_default() += 1;
    }

    /// Both together.
    pub fn add(&mut self, other: &Tally) {
        self.steps += other.steps;
        self.asked += other.asked;
        self.granted += other.granted;
        self.refused += other.refused;
        self.unanswered += other.unanswered;
        self.redelivered += other.redelivered;
        self.batches += other.batches;
        self.ends += other.ends;
        self.refused_recoveries += other.refused_recoveries;
        self.snapshots += other.snapshots;
        self.records += other.records;
        self.orders += other.orders;
        for (kind, count) in &other.met {
            *self.met.entry(*kind).or_default() += count;
        }
        for (what, count) in &other.noticed {
            *self.noticed.entry(what).or_default() += count;
        }
        for (word, count) in &other.actions {
            *self.actions.entry(word).or_default() += count;
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "{} steps, {} batches judged, {} commands ({} granted, {} refused, {} never answered)",
            self.steps, self.batches, self.asked, self.granted, self.refused, self.unanswered
        )?;
        writeln!(
            f,
            "{} records, {} orders, {} snapshots, {} ends of the process, {} recoveries tried again",
            self.records, self.orders, self.snapshots, self.ends, self.refused_recoveries
        )?;
        let met: Vec<String> =
            self.met.iter().map(|(kind, count)| format!("{} {count}", kind.word())).collect();
        writeln!(f, "faults: {}", met.join(", "))?;
        let noticed: Vec<String> =
            self.noticed.iter().map(|(what, count)| format!("{what} {count}")).collect();
        writeln!(f, "noticed: {}", noticed.join(", "))?;
        let actions: Vec<String> =
            self.actions.iter().map(|(word, count)| format!("{word} {count}")).collect();
        write!(f, "granted: {}", actions.join(", "))
    }
}
