//! Records an order that came into being: what it starts with, and by what it is found again.

use thin_vec::ThinVec;

use super::{State, UsedKey, hash_of};
use crate::command::{Acceptance, IdempotencyKey};
use crate::order::{Basis, Clocks, Dues, Order, OrderId, StageTimes, Status};
use crate::time::Timestamp;

impl State {
    pub(super) fn accepted(
        &mut self,
        at: Timestamp,
        id: OrderId,
        number: u64,
        acceptance: &Acceptance,
    ) {
        assert_eq!(id.slot(), self.orders.len(), "order {} out of its place", id.0);
        if let Some(IdempotencyKey { key, body }) = acceptance.idempotency {
            self.keys.insert(key, UsedKey { body, order: id });
            self.key_times.push_back((at, key));
        }
        if let Some(upstream) = &acceptance.upstream {
            self.passed_down.insert((hash_of(&upstream.number), id));
        }
        self.recent.insert(at, id, acceptance);
        self.orders.push(Order {
            id,
            number,
            kind: acceptance.kind,
            matter: acceptance.matter,
            tags: acceptance.tags.as_slice().into(),
            urgency: acceptance.urgency,
            channel: acceptance.channel,
            title: acceptance.title.clone(),
            content: acceptance.content.clone(),
            place: acceptance.place.clone(),
            region: acceptance.region,
            upstream: acceptance.upstream.clone().map(Box::new),
            transfer: acceptance.transfer,
            classification: acceptance.classification.clone(),
            sketch: acceptance.sketch,
            similar: ThinVec::new(),
            status: Status::Triage,
            triage: None,
            dispatch: None,
            first: None,
            reassigned: false,
            times: StageTimes { accepted: at, waiting: at, ..StageTimes::default() },
            dues: Dues::default(),
            basis: Basis { matter: acceptance.matter, unit: None },
            clocks: Clocks::default(),
            overdue: ThinVec::new(),
            late_with: None,
            unjoined: None,
            escalations: ThinVec::new(),
            returns: ThinVec::new(),
            replies: ThinVec::new(),
            callbacks: ThinVec::new(),
            judged: false,
            called: false,
            extensions: ThinVec::new(),
            pauses: ThinVec::new(),
            reviews: ThinVec::new(),
            reworks: ThinVec::new(),
            co_replies: ThinVec::new(),
            reminders: ThinVec::new(),
            supervisions: ThinVec::new(),
            reveals: ThinVec::new(),
            arbitration: None,
            handler: None,
            past_handler: None,
            merge: None,
            merged: ThinVec::new(),
            repeats: ThinVec::new(),
            answer: None,
            rated_case: None,
            appeal: None,
            alarm: None,
            version: 0,
        });
    }
}
