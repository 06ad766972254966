//! The audit trail of one order: its records as they stand in the journal, each with the proof that it stands there. Whoever
//! knows a head of the journal can check it without the journal.
//!
//! It holds the records whole, caller and story included, because a hash stands for every byte of them. What is printed of
//! it names neither. It shows that its records are there and unchanged, not that no other record of the order exists: for
//! that the journal itself is verified.

use hotline_engine::order::OrderId;
use hotline_engine::{Event, Record};
use hotline_journal::{Head, Proof, ProofError, Prover};
use serde::{Deserialize, Serialize};

use crate::codec::{self, CodecError};
use crate::recovery::{self, DataFolder, RecoveryError};

/// The only format so far.
const FORMAT: &str = "hotline-trail-1";
/// Records of one order in a trail: a hundred of each kind of step is the most an order can have, and one that was in a
/// tick with others has no more records for it.
const RECORDS_MAX: usize = 100_000;

/// A trail, as it stands in its file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trail {
    format: String,
    /// The order.
    pub order: u64,
    /// What stood for the journal when the trail was made: below this the proofs hold.
    pub head: String,
    /// Records before this one were let go of: if the order is older, its beginning is in the archive.
    pub first_record: u64,
    /// In their order.
    pub records: Vec<Shown>,
}

/// One record of a trail.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    /// Its place in the journal.
    pub sequence: u64,
    /// Its bytes, in hexadecimal digits.
    pub payload: String,
    /// The hashes beside its way up to the root.
    pub path: Vec<String>,
}

/// Why a trail proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum TrailError {
    /// It is of another format.
    #[error("the trail has format `{0}`, this program reads `{FORMAT}`")]
    Format(String),
    /// It was made under another head, or says no more which.
    #[error("the trail was made under another head: its proofs hold below that alone")]
    OtherHead,
    /// It shows nothing.
    #[error("the trail has no record: it proves nothing")]
    Empty,
    /// It has too many records to be the trail of one order.
    #[error("the trail has {0} records, at most {RECORDS_MAX} are read")]
    TooLong(usize),
    /// Its records do not stand in their order.
    #[error("record {0} of the trail does not come after what is before it")]
    Order(u64),
    /// Something is not written as bytes or hashes.
    #[error("record {sequence} of the trail: {what} is not in hexadecimal digits or too short")]
    Digits {
        /// The record.
        sequence: u64,
        /// What.
        what: &'static str,
    },
    /// The proof does not hold.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// What is proved is no record of this program.
    #[error("record {sequence} of the trail: {source}")]
    Codec {
        /// The record.
        sequence: u64,
        /// Why.
        source: CodecError,
    },
    /// What is proved is a record of other orders.
    #[error("record {sequence} says nothing of order {order}")]
    OtherOrder {
        /// The record.
        sequence: u64,
        /// The order of the trail.
        order: u64,
    },
}

impl Trail {
    /// Gathers the trail of an order from the journal, every record of which is hashed and compared on the way. The
    /// proofs hold below `under`, which the journal must give, or else below its head now. May run beside a hotline.
    pub fn of(
        folder: &DataFolder,
        order: OrderId,
        under: Option<Head>,
    ) -> Result<Trail, RecoveryError> {
        recovery::beside(folder, || Trail::gathered(folder, order, under))
    }

    fn gathered(
        folder: &DataFolder,
        order: OrderId,
        under: Option<Head>,
    ) -> Result<Trail, RecoveryError> {
        let (removed, scan) = recovery::proving_scan(folder, under.as_slice())?;
        let mut prover = Prover::behind(&removed);
        let mut payloads = Vec::new();
        let last = under.map_or(u64::MAX, |head| head.records);
        for record in scan {
            let record = record?;
            if record.sequence > last {
                break;
            }
            if speaks_of(&recovery::decoded(&record)?, order) {
                prover.choose(&record.payload);
                payloads.push(record.payload);
            } else {
                prover.pass(&record.payload);
            }
        }
        let (head, proofs) = prover.finish();
        let shown = |(proof, payload): (Proof, Vec<u8>)| Shown {
            sequence: proof.sequence,
            payload: hex::encode(payload),
            path: proof.path.iter().map(hex::encode).collect(),
        };
        Ok(Trail {
            format: FORMAT.to_owned(),
            order: order.0,
            head: head.to_string(),
            first_record: removed.size() + 1,
            records: proofs.into_iter().zip(payloads).map(shown).collect(),
        })
    }

    /// Checks every record against a head that is known from elsewhere, and gives what they say.
    ///
    /// The head must be the one of the trail or the check fails: a proof holds below one root. Records that were left out of the
    /// trail are not missed: see the head of this file.
    pub fn check(&self, head: &Head) -> Result<Vec<(u64, Record)>, TrailError> {
        if self.format != FORMAT {
            return Err(TrailError::Format(self.format.chars().take(40).collect()));
        }
        if self.head != head.to_string() {
            return Err(TrailError::OtherHead);
        }
        if self.records.is_empty() {
            return Err(TrailError::Empty);
        }
        if self.records.len() > RECORDS_MAX {
            return Err(TrailError::TooLong(self.records.len()));
        }
        let (mut checked, mut before) = (Vec::new(), self.first_record.saturating_sub(1));
        for shown in &self.records {
            let record = shown.check(head, OrderId(self.order))?;
            if shown.sequence <= before {
                return Err(TrailError::Order(shown.sequence));
            }
            before = shown.sequence;
            checked.push((shown.sequence, record));
        }
        Ok(checked)
    }
}

impl Shown {
    fn check(&self, head: &Head, order: OrderId) -> Result<Record, TrailError> {
        let sequence = self.sequence;
        let digits = |what| TrailError::Digits { sequence, what };
        let payload = hex::decode(&self.payload).map_err(|_| digits("the payload"))?;
        let mut path = Vec::new();
        for hash in &self.path {
            let mut bytes = [0; 32];
            hex::decode_to_slice(hash, &mut bytes).map_err(|_| digits("the path"))?;
            path.push(bytes);
        }
        Proof { sequence, path }.check(&payload, head)?;
        let record = codec::decode_record(&payload)
            .map_err(|source| TrailError::Codec { sequence, source })?;
        if !speaks_of(&record, order) {
            return Err(TrailError::OtherOrder { sequence, order: order.0 });
        }
        Ok(record)
    }
}

fn speaks_of(record: &Record, order: OrderId) -> bool {
    record.events.iter().any(|event| event.order() == Some(order))
}

/// One line for people: when, who, and which kinds of events the order saw. Neither texts nor the caller.
pub fn line(sequence: u64, record: &Record, order: OrderId) -> String {
    let events = record.events.iter().filter(|event| event.order() == Some(order));
    let names: Vec<String> = events.map(name).collect();
    let (actor, role) = (&record.actor.name, record.actor.role.code());
    format!("{sequence:>10}  {}  {actor} ({role}): {}", record.at, names.join(", "))
}

/// What an event is called in the program.
fn name(event: &Event) -> String {
    let written = format!("{event:?}");
    written.chars().take_while(char::is_ascii_alphanumeric).collect()
}
