//! What was acknowledged is there after any crash, word for word and once: records by the root of their tree, contacts by
//! their numbers.

use std::collections::BTreeMap;

use hotline_engine::order::OrderId;
use hotline_journal::Tree;
use hotline_people::affairs::request_of;

use super::Judge;
use crate::evidence::Evidence;

/// What was acknowledged so far.
#[derive(Default)]
pub(super) struct AcknowledgedSurvives {
    /// Over every record that a power cut would have left after the batch that it was told in.
    tree: Tree,
    /// The order that each contact was told of.
    told: BTreeMap<u64, OrderId>,
}

impl Judge for AcknowledgedSurvives {
    fn look(&mut self, evidence: &Evidence<'_>) -> Result<(), String> {
        let left = evidence.left.records_count();
        if left < self.tree.size() {
            return Err(format!("{left} records are left of {} acknowledged", self.tree.size()));
        }
        for kept in evidence.records {
            if kept.sequence != self.tree.size() + 1 {
                return Err(format!("record {} follows {}", kept.sequence, self.tree.size()));
            }
            self.tree.push(kept.leaf);
        }
        if self.tree.head() != evidence.head {
            let (kept, has) = (self.tree.head(), evidence.head);
            return Err(format!("the journal is {has}, and what was acknowledged {kept}"));
        }
        let orders = once_each(evidence)?;
        for told in evidence.told {
            if let (Some(request), Ok(done)) = (told.request, &told.outcome) {
                let order = done.order.ok_or(format!("contact {request} became no order"))?;
                let first = *self.told.entry(request).or_insert(order);
                if first != order {
                    return Err(format!("contact {request} became {first:?} and {order:?}"));
                }
            }
        }
        match self.told.iter().find(|(request, order)| orders.get(request) != Some(order)) {
            Some((request, order)) => Err(format!("contact {request} is not {order:?} any more")),
            None => Ok(()),
        }
    }
}

/// The order that each contact became; one that became two was applied twice.
fn once_each(evidence: &Evidence<'_>) -> Result<BTreeMap<u64, OrderId>, String> {
    let mut orders = BTreeMap::new();
    for order in evidence.left.orders().iter() {
        let Some(request) = request_of(&order.tags) else { continue };
        if let Some(other) = orders.insert(request, order.id) {
            return Err(format!("contact {request} became {other:?} and {:?}", order.id));
        }
    }
    Ok(orders)
}
