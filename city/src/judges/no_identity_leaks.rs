//! Who calls is seen by nobody who need not know: no name and no number of a caller stands in what is shown of an order, in
//! what watchers hear, in a refusal, an error, or a line of the log.

use std::collections::BTreeSet;
use std::sync::Arc;

use hotline::http::as_json;
use hotline_engine::Event;
use hotline_engine::order::{Order, OrderId};
use hotline_people::callers::shown_in;

use super::Judge;
use crate::evidence::Evidence;

pub(super) struct NoIdentityLeaks;

impl Judge for NoIdentityLeaks {
    fn look(&mut self, evidence: &Evidence<'_>) -> Result<(), String> {
        for words in evidence.heard {
            if let Some(caller) = shown_in(words) {
                return Err(format!("`{caller}` stands in: {words}"));
            }
        }
        let seen = |order: &Order| -> Result<(), String> {
            let told = as_json(evidence.directory, evidence.live.precedents(), order)
                .map_err(|error| error.to_string())?;
            match shown_in(&told) {
                Some(caller) => Err(format!("`{caller}` stands in {:?}: {told}", order.id)),
                None => Ok(()),
            }
        };
        let events = evidence.records.iter().flat_map(|kept| &kept.record.events);
        let touched: BTreeSet<OrderId> = events.filter_map(Event::order).collect();
        let touched = |order: &&Arc<Order>| touched.contains(&order.id);
        evidence.shown.iter().filter(touched).try_for_each(|order| seen(order))?;
        evidence.notices.iter().try_for_each(|notice| seen(&notice.order))
    }
}
