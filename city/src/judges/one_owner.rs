//! An open order has one lead, unless it waits for a dispatcher; a joined one has the lead of the order that is handled for
//! it. On the disk, and as readers see it.

use hotline_engine::State;
use hotline_engine::directory::UnitId;
use hotline_engine::order::{Order, Status};

use super::Judge;
use crate::evidence::{Evidence, Moment};

pub(super) struct OneOwner;

impl Judge for OneOwner {
    fn look(&mut self, evidence: &Evidence<'_>) -> Result<(), String> {
        evidence.left.orders().iter().try_for_each(|order| owned(&order, evidence.left))?;
        if evidence.moment == Moment::Recovery {
            return Ok(());
        }
        evidence.shown.iter().try_for_each(|order| {
            owned(order, evidence.left)?;
            let kept = evidence.left.order(order.id).map(|kept| (kept.version, lead(kept)));
            match kept {
                Some((version, kept)) if version == order.version && kept != lead(order) => {
                    Err(format!("{:?} is shown with {:?}, and has {kept:?}", order.id, lead(order)))
                }
                _ => Ok(()),
            }
        })
    }
}

fn lead(order: &Order) -> Option<UnitId> {
    order.dispatch.as_ref().map(|dispatch| dispatch.lead)
}

fn owned(order: &Order, state: &State) -> Result<(), String> {
    let (id, status) = (order.id, order.status);
    if !status.is_open() {
        return Ok(());
    }
    if let Some(dispatch) = &order.dispatch
        && dispatch.co_units.iter().any(|helper| helper.unit == dispatch.lead)
    {
        return Err(format!("{id:?}: its lead helps itself"));
    }
    match status {
        Status::Triage if lead(order).is_some() => Err(format!("{id:?}: waits, and has a lead")),
        Status::Triage => Ok(()),
        Status::Merged => {
            let into = order.merge.as_ref().map(|merge| merge.into);
            let leading = into.and_then(|into| state.order(into));
            let leading = leading.ok_or(format!("{id:?} is joined to nothing"))?;
            if !leading.merged.iter().any(|joined| joined.order == id) {
                return Err(format!("{id:?} is joined to {:?}, which does not know", leading.id));
            }
            match lead(order) == lead(leading) {
                true => Ok(()),
                false => Err(format!("{id:?} is elsewhere than {:?}", leading.id)),
            }
        }
        _ if lead(order).is_none() => Err(format!("{id:?}: {} and nobody's", status.code())),
        _ => Ok(()),
    }
}
