//! Nobody hears of what a crash could undo: what readers, watchers and clients have seen is in the state that a power cut
//! leaves, and after a crash in the state that came back.

use super::Judge;
use crate::evidence::Evidence;

pub(super) struct ToldOnlyAfterCommit;

impl Judge for ToldOnlyAfterCommit {
    fn look(&mut self, evidence: &Evidence<'_>) -> Result<(), String> {
        let left = evidence.left;
        let notices = evidence.notices.iter().map(|notice| &notice.order);
        for order in evidence.shown.iter().chain(notices) {
            let id = order.id;
            let Some(kept) = left.order(id) else {
                return Err(format!("{id:?} was shown and is not there"));
            };
            if kept.version < order.version {
                let (shown, kept) = (order.version, kept.version);
                return Err(format!(
                    "{id:?} was shown in version {shown} and is in version {kept}"
                ));
            }
            if kept.version == order.version && kept != &**order {
                return Err(format!("{id:?} is another than was shown, in the same version"));
            }
        }
        if evidence.notices_head > left.records_count() {
            let (head, count) = (evidence.notices_head, left.records_count());
            return Err(format!("watchers heard of record {head}, and there are {count}"));
        }
        for done in evidence.told.iter().filter_map(|told| told.outcome.as_ref().ok()) {
            if let Some(order) = done.order.filter(|order| left.order(*order).is_none()) {
                return Err(format!("a client was told of {order:?}, which is not there"));
            }
        }
        Ok(())
    }
}
