//! The matter that an order turned out to have, and by whose word: read off the order as it stands. Knows no texts.

use serde::{Deserialize, Serialize};

use crate::directory::{Directory, MatterId, UnitId};
use crate::glossary::words;
use crate::order::{Candidate, Confidence, Dispatch, Kind, Mode, Order, OrderId, Status};
use crate::precedents::Precedents;
use crate::routing::{self, Question};
use crate::time::Timestamp;

words! {
    /// By whose word a matter is known.
    Source {
        /// A dispatcher decided on what the engine left open.
        Triage = "triage" "人工派单",
        /// A dispatcher decided after a unit had refused it.
        Return = "return" "退单改派",
        /// An arbiter decided.
        Arbitration = "arbitration" "裁决",
        /// The engine's choice was handled and closed, and nobody objected.
        Closing = "closing" "办结",
    }
}

/// What an order teaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lesson {
    /// The order.
    pub order: OrderId,
    /// When it was accepted.
    pub accepted: Timestamp,
    /// Since when the matter is known.
    pub at: Timestamp,
    /// The matter.
    pub matter: MatterId,
    /// By whose word.
    pub source: Source,
    /// The model held another matter for the most probable one.
    pub corrected: bool,
}

/// A decision of people that no row of the duty list says: one may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unlisted {
    /// The matter that the order has.
    pub matter: MatterId,
    /// Its street, town, village or community.
    pub region: Option<UnitId>,
    /// The unit that people named.
    pub lead: UnitId,
}

/// What the order teaches as it stands; nothing while nobody has said.
///
/// A matter is believed when the duty list leads from it to the unit that has the order. Where a unit refused and a
/// dispatcher named another without a matter, the order still bears the matter of the refuser: then it is the likeliest of
/// the model's candidates that leads to the unit that has it now, if one does.
pub fn lesson(directory: &Directory, order: &Order) -> Option<Lesson> {
    let (dispatch, source, at) = spoken(order)?;
    let named = order.matter.filter(|&matter| may_lead(directory, order, dispatch, matter));
    let likeliest = || {
        let mut candidates = order.classification.candidates.iter();
        candidates.find(|it| leads(directory, order, dispatch, it.matter)).map(|it| it.matter)
    };
    let matter = named.or_else(likeliest)?;
    let first = order.classification.candidates.first();
    let corrected = first.is_some_and(|first| first.matter != matter);
    Some(Lesson { order: order.id, accepted: order.times.accepted, at, matter, source, corrected })
}

/// What people decided against the duty list, or beside it: no matter in question leads to the unit they named.
pub fn unlisted(directory: &Directory, order: &Order) -> Option<Unlisted> {
    let (dispatch, source, _) = spoken(order)?;
    let matter = order.matter?;
    let by_people = source != Source::Closing;
    let listed = leads(directory, order, dispatch, matter) || lesson_by_candidate(directory, order);
    (by_people && !listed).then_some(Unlisted { matter, region: order.region, lead: dispatch.lead })
}

fn lesson_by_candidate(directory: &Directory, order: &Order) -> bool {
    lesson(directory, order).is_some_and(|lesson| Some(lesson.matter) != order.matter)
}

/// Who said where the order belongs, and when; none while nobody has, or where it was not a matter of words.
fn spoken(order: &Order) -> Option<(&Dispatch, Source, Timestamp)> {
    if order.kind == Kind::Praise || order.rated_case.is_some() {
        return None;
    }
    let dispatch = order.dispatch.as_ref()?;
    let refused = order.returns.iter().any(|refusal| refusal.is_refusal());
    let by_people = if refused { Source::Return } else { Source::Triage };
    match dispatch.mode {
        Mode::Arbitration => Some((dispatch, Source::Arbitration, dispatch.at)),
        Mode::Triage => Some((dispatch, by_people, dispatch.at)),
        Mode::Rework if order.reassigned => Some((dispatch, by_people, dispatch.at)),
        Mode::Auto | Mode::Rework => {
            let undisputed = order.status == Status::Closed && !order.reassigned && !refused;
            let closed = order.times.closed.filter(|_| undisputed)?;
            Some((dispatch, Source::Closing, closed))
        }
        Mode::Known | Mode::Joined => None,
    }
}

/// Whether nothing speaks against this matter: its row leads here, or nobody refused and no row says where else it leads.
fn may_lead(directory: &Directory, order: &Order, dispatch: &Dispatch, matter: MatterId) -> bool {
    match listed(directory, order, dispatch, matter) {
        Some(unit) => unit == dispatch.lead,
        None => order.returns.iter().all(|refusal| !refusal.is_refusal()),
    }
}

fn leads(directory: &Directory, order: &Order, dispatch: &Dispatch, matter: MatterId) -> bool {
    listed(directory, order, dispatch, matter) == Some(dispatch.lead)
}

/// The unit that the duty list gives for a matter at the order's place.
fn listed(
    directory: &Directory,
    order: &Order,
    dispatch: &Dispatch,
    matter: MatterId,
) -> Option<UnitId> {
    let candidates = &[Candidate { matter, confidence: Confidence::CERTAIN }];
    let (region, on) = (order.region, dispatch.at.day());
    let question =
        Question { candidates, region, returns: &[], on, precedents: Precedents::none() };
    let considered = routing::consider(directory, question);
    considered.first().and_then(|entry| entry.outcome.ok()).map(|led| led.unit)
}
