//! Records what an order that is closed or refused says about the next one like it.

use super::State;
use crate::directory::MatterId;
use crate::event::Event;
use crate::order::{Confidence, Order};
use crate::precedents::{ORDER, Standing};
use crate::time::Timestamp;

impl State {
    /// A unit keeps what it has when it is closed, each time that it is, and refuses what it says is not its duty. What ends
    /// otherwise says nothing about whose it was.
    pub(super) fn note_precedent(&mut self, at: Timestamp, event: &Event) {
        let (id, refuser) = match event {
            Event::Closed { order, .. } => (order, None),
            Event::Returned { order, refusal } if refusal.is_refusal() => {
                (order, Some(refusal.unit))
            }
            _ => return,
        };
        let order = &self.orders[id.slot()];
        let lead = order.dispatch.as_ref().map(|dispatch| dispatch.lead);
        let (Some(unit), Some((matter, weight))) = (refuser.or(lead), taken_for(order)) else {
            return;
        };
        let street = order.region.and_then(|region| self.directory.street_of(region));
        let more = match refuser {
            Some(_) => Standing { kept: 0, refused: weight },
            None => Standing { kept: weight, refused: 0 },
        };
        let (place, whose) = ((matter, street), (unit, at.day()));
        self.precedents.add(place, whose, more, self.records_count);
    }
}

/// The matter that an order is about. Where nobody has named one, as where a dispatcher names a unit alone, it counts as much
/// for the likeliest as that is likely.
fn taken_for(order: &Order) -> Option<(MatterId, u32)> {
    let likeliest = || {
        let likeliest = order.classification.candidates.first()?;
        let share = u32::from(likeliest.confidence.0) * ORDER / u32::from(Confidence::CERTAIN.0);
        (share > 0).then_some((likeliest.matter, share))
    };
    order.matter.map(|matter| (matter, ORDER)).or_else(likeliest)
}
