//! From the journal to messages: what a target has not been told yet, read from its position on. The journal is the queue;
//! what is in memory is one window of it and one batch. Sends nothing.

use std::sync::Arc;

use hotline_engine::actor::{Actor, Role};
use hotline_engine::directory::{Directory, UnitId};
use hotline_engine::order::{Dispatch, Kind, Order, OrderId};
use hotline_engine::time::Timestamp;
use hotline_engine::{Event, Record};
use hotline_journal::{JournalError, Reader, Scan};
use serde::Serialize;

use super::targets::Target;
use crate::clock::Clock;
use crate::due_view::Timestamped;
use crate::http::EventView;
use crate::notices::named;
use crate::partition::Published;
use crate::recovery::{RecoveryError, decoded};
use crate::shelf::guarded;

/// Messages made at once, but for those of a single record: some 100 KB.
const MESSAGES_MAX: usize = 64;
/// Records looked at for them, so that a target that wants few gets on all the same.
const RECORDS_MAX: u64 = 4_096;

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// The record it is of.
    pub(super) sequence: u64,
    /// The same however often it is sent: a receiver knows by it what it has had.
    pub(super) id: String,
    /// JSON.
    pub(super) body: String,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    /// In order.
    pub(super) messages: Vec<Message>,
    /// With these everything up to this record has been told.
    pub(super) upto: u64,
}

/// A message, by the form that Standard Webhooks proposes.
#[derive(Serialize)]
struct Told<T> {
    r#type: &'static str,
    timestamp: Timestamped,
    data: T,
}

/// What a target is told that has to read the lists again.
#[derive(Serialize)]
struct Reset {
    /// All up to this record is in the lists.
    sequence: u64,
}

/// Reads for one target.
#[derive(Debug)]
pub(super) struct Feed {
    target: Arc<Target>,
    reader: Reader,
    published: Arc<Published>,
    clock: Arc<Clock>,
    /// Who it is to the hotline: rights are granted in one place.
    actor: Actor,
    /// Where the last batch ended: the segment need not be walked over again.
    scan: Option<(u64, Scan)>,
}

impl Feed {
    pub(super) fn new(
        target: Arc<Target>,
        reader: Reader,
        published: Arc<Published>,
        clock: Arc<Clock>,
    ) -> Feed {
        let actor = Actor { name: target.name.clone(), role: Role::Integration, units: None };
        Feed { target, reader, published, clock, actor, scan: None }
    }

    /// What comes after `position`, of what readers may know.
    pub(super) fn next(&mut self, position: u64) -> Result<Batch, RecoveryError> {
        guarded(|| match self.read(position) {
            // Old segments went while it had one of them open: what is there now decides.
            Err(RecoveryError::Journal(JournalError::Missing { .. })) => self.read(position),
            other => other,
        })
    }

    fn read(&mut self, position: u64) -> Result<Batch, RecoveryError> {
        // Views show all of it: they are written before this number is.
        let head = self.published.notices.head();
        if position > head {
            return Ok(self.reset(position, head));
        }
        let mut batch = Batch { messages: Vec::new(), upto: position };
        // Without records to read nothing is opened.
        if position == head {
            return Ok(batch);
        }
        let mut scan = match self.scan.take() {
            Some((at, mut scan)) if at == position => {
                self.reader.extend(&mut scan)?;
                scan
            }
            _ => self.reader.scan(position + 1)?,
        };
        while batch.upto < head.min(position + RECORDS_MAX) && batch.messages.len() < MESSAGES_MAX {
            match scan.next() {
                Some(Ok(record)) => {
                    batch.upto = record.sequence;
                    self.tell(&mut batch.messages, record.sequence, &decoded(&record)?);
                }
                Some(Err(JournalError::Pruned { .. })) => return Ok(self.reset(position, head)),
                Some(Err(error)) => return Err(error.into()),
                None => break,
            }
        }
        self.scan = Some((batch.upto, scan));
        Ok(batch)
    }

    /// A message for each order of the record that concerns the target. It shows the order as it stands now.
    fn tell(&self, messages: &mut Vec<Message>, sequence: u64, record: &Record) {
        let directory = self.published.views.directory();
        for (id, what) in named(record).into_iter().filter(|(_, what)| self.target.wants(what)) {
            let order = self.published.views.order(id);
            let order = order.expect("views show every order that the record ahead of them names");
            if !self.actor.may_see(&order) || !self.concerns(&directory, record, &order) {
                continue;
            }
            let view = EventView::of(&directory, what, sequence, &order);
            // A report's words may say who made it; whoever may read them asks for the order.
            let data = if order.kind == Kind::Report { view.without_words() } else { view };
            let body = json(what, record.at, data);
            messages.push(Message { sequence, id: message_id(sequence, id, record.at), body });
        }
    }

    /// Whether one of the target's units has the order, has had it, or gets or loses it by this record.
    fn concerns(&self, directory: &Directory, record: &Record, order: &Order) -> bool {
        let Some(codes) = &self.target.units else { return true };
        let wanted: Vec<UnitId> = codes.iter().filter_map(|code| directory.unit_id(code)).collect();
        let by_record = record.events.iter().filter(|event| event.order() == Some(order.id));
        by_record.flat_map(units_of_event).chain(units_of(order)).any(|unit| wanted.contains(&unit))
    }

    /// What it should be told next is there no more, or never was in this journal: as a watcher it begins anew.
    fn reset(&self, position: u64, head: u64) -> Batch {
        let now = self.clock.now();
        let id = format!("reset-{position}-{head}-{}", now.ms());
        let body = json("reset", now, Reset { sequence: head });
        Batch { messages: vec![Message { sequence: head, id, body }], upto: head }
    }
}

fn json(what: &'static str, at: Timestamp, data: impl Serialize) -> String {
    let told = Told { r#type: what, timestamp: Timestamped(at), data };
    serde_json::to_string(&told).expect("plain strings and numbers")
}

/// With the time of the record, so that no other journal has it too.
fn message_id(sequence: u64, order: OrderId, at: Timestamp) -> String {
    format!("{sequence}-{}-{}", order.0, at.ms())
}

fn units_of_event(event: &Event) -> Vec<UnitId> {
    match event {
        Event::Dispatched { dispatch, withdrawn_from, .. } => {
            dispatch.units().chain(*withdrawn_from).collect()
        }
        _ => Vec::new(),
    }
}

/// The units that an order is with or was with, as it tells itself.
fn units_of(order: &Order) -> impl Iterator<Item = UnitId> {
    let holders = order.dispatch.iter().flat_map(Dispatch::units);
    let before = order.first.iter().map(|first| first.unit);
    let returned = order.returns.iter().map(|it| it.unit);
    let replied = order.replies.iter().map(|it| it.unit);
    let helped = order.co_replies.iter().map(|it| it.unit);
    let late = order.escalations.iter().filter_map(|it| it.unit);
    holders.chain(before).chain(returned).chain(replied).chain(helped).chain(late)
}

#[cfg(test)]
mod reading;
