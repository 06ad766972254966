//! The nouns of the hotline: an order and everything that can be said about one. No rules.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use thin_vec::ThinVec;

use crate::directory::{MatterId, UnitId};
use crate::escalation::Rung;
use crate::precedents::Rate;
use crate::time::Timestamp;

use crate::handling::facts;
use crate::handling::{
    Answer, Appeal, Arbitration, CoReply, Extension, Joined, Merge, Nudge, Owner, Pause, Reveal,
    Review, Rework, Similar, Unjoined,
};
use crate::staff::{HandlerId, PastHandler};
use crate::text::{Sketch, mask_identity_in_number, mask_name, mask_number};

pub use crate::clocks::{Alarm, Clocks, Due, Dues, Escalated};
pub use crate::co_unit::CoUnit;
pub use crate::glossary::{
    Channel, Kind, Mode, PauseReason, ReturnReason, ReworkReason, Stage, Status, TriageReason,
    Urgency,
};

/// Dense number of an order: its place in the state, from 1, never reused.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
#[rkyv(derive(PartialEq, Eq, PartialOrd, Ord))]
pub struct OrderId(pub u64);

impl OrderId {
    /// The slot of this order in the state's slab.
    pub(crate) fn slot(self) -> usize {
        usize::try_from(self.0).map_or(usize::MAX, |id| id.wrapping_sub(1))
    }

    /// The order that lies in this slot.
    pub(crate) fn in_slot(slot: usize) -> OrderId {
        OrderId(slot as u64 + 1)
    }

    /// The ids up to `last` that an order with this number can have: the number ends in the id modulo a million.
    pub fn numbered(number: u64, last: u64) -> impl Iterator<Item = OrderId> {
        let first = OrderId(number % NUMBERS_PER_SECOND);
        std::iter::successors(Some(first), |id| Some(OrderId(id.0 + NUMBERS_PER_SECOND)))
            .take_while(move |id| id.0 <= last)
    }
}

/// Orders in one second that still get different numbers: six digits.
pub(crate) const NUMBERS_PER_SECOND: u64 = 1_000_000;

/// A probability in ten-thousandths, so that state holds no floating point.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Confidence(pub u16);

impl Confidence {
    /// Certainty: somebody who may say so has said so.
    pub const CERTAIN: Confidence = Confidence(10_000);

    /// From a probability; what is outside 0..=1 is clamped.
    pub fn from_probability(probability: f32) -> Confidence {
        // Clamped first, so the cast cannot truncate.
        Confidence((probability.clamp(0.0, 1.0) * 10_000.0).round() as u16)
    }

    /// As a probability in 0..=1.
    pub fn probability(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }

    /// As much of it as a rate says.
    pub fn times(self, rate: Rate) -> Confidence {
        let share = u64::from(self.0) * rate.0 / Rate::WHOLE.0;
        Confidence(u16::try_from(share).unwrap_or(u16::MAX))
    }

    /// The sum, at most certainty.
    pub fn plus(self, other: Confidence) -> Confidence {
        Confidence((self.0.saturating_add(other.0)).min(Self::CERTAIN.0))
    }
}

facts! {
    /// A matter the classifier holds possible.
    pub struct Candidate {
        /// The matter.
        pub matter: MatterId,
        /// Its calibrated probability.
        pub confidence: Confidence,
    }

    /// What the edge found out about a text before the engine decides: travels inside the command.
    #[derive(Default)]
    pub struct Classification {
        /// Most probable first; at most five.
        pub candidates: Vec<Candidate>,
        /// The pieces of the caller's text that decided, strongest first; at most five.
        pub evidence: Vec<String>,
        /// Identifies the model that said so; empty when a person did.
        pub model: String,
    }

    /// The order's double at the city or province that passed it down.
    pub struct Upstream {
        /// The number it has there.
        pub number: String,
        /// When it is due there.
        pub due: Option<Timestamp>,
    }
}

/// The citizen behind an order. Lives in the vault, never in an order.
#[derive(
    Clone,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Caller {
    /// As the caller gave it; may be empty.
    pub name: String,
    /// As the caller gave it; may be empty.
    pub phone: String,
    /// The caller asked to stay unnamed to the unit.
    pub confidential: bool,
}

impl Caller {
    /// Takes what tells who it is out of a text, however it is written there.
    pub(crate) fn hide_in(&self, text: &mut String) {
        if let Cow::Owned(masked) = mask_name(text, &self.name) {
            *text = masked;
        }
        if let Cow::Owned(masked) = mask_number(text, &self.phone) {
            *text = masked;
        }
    }

    /// A number that another system gave, without what tells who it is, if that is more than what is hidden from readers by its shape.
    pub(crate) fn hidden_from(&self, number: &str) -> Option<String> {
        let shown = mask_identity_in_number(number);
        let mut hidden = shown.clone().into_owned();
        self.hide_in(&mut hidden);
        (hidden != shown).then_some(hidden)
    }
}

impl std::fmt::Debug for Caller {
    /// Says that there is somebody, and never who.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller").field("confidential", &self.confidential).finish_non_exhaustive()
    }
}

facts! {
    /// Who has the order, and why.
    pub struct Dispatch {
        /// When.
        pub at: Timestamp,
        /// The unit that answers for it (主办).
        pub lead: UnitId,
        /// Units that help.
        pub co_units: Vec<CoUnit>,
        /// By the engine or by a dispatcher.
        pub mode: Mode,
        /// How sure the engine was of this unit.
        pub confidence: Confidence,
        /// The row of the duty list, if one led here: counted from 1, in `directory_version`.
        pub row: Option<u32>,
        /// Which version of the directory was in force.
        pub directory_version: u32,
    }

    /// The first time a unit got an order.
    #[derive(Copy)]
    pub struct FirstDispatch {
        /// When.
        pub at: Timestamp,
        /// Which unit.
        pub unit: UnitId,
    }

    /// A unit's refusal (退单).
    pub struct Return {
        /// When.
        pub at: Timestamp,
        /// Who refused.
        pub unit: UnitId,
        /// The class of reason.
        pub reason: ReturnReason,
        /// Who should have it instead, in the refuser's view.
        pub suggested: Option<UnitId>,
        /// What the refusal rests on.
        pub evidence: String,
    }
}

impl Dispatch {
    /// Every unit that it is given to, the lead first.
    pub fn units(&self) -> impl Iterator<Item = UnitId> {
        std::iter::once(self.lead).chain(self.co_units.iter().map(|helper| helper.unit))
    }
}

impl Return {
    /// Whether the unit denies its duty: who lacks facts is asked again when they are there.
    pub fn is_refusal(&self) -> bool {
        self.reason != ReturnReason::NotEnoughFacts
    }
}

facts! {
    /// A unit's reply (答复): what the caller hears, and what stays inside.
    pub struct Reply {
        /// When.
        pub at: Timestamp,
        /// Who replied.
        pub unit: UnitId,
        /// For the caller.
        pub public_text: String,
        /// For the file; may be empty.
        pub internal_text: String,
    }

    /// A call back to the caller (回访).
    #[derive(Copy)]
    pub enum Callback {
        /// Nobody answered.
        NotReached,
        /// The caller answered.
        Reached(Verdict),
    }

    /// What the caller says when called back.
    #[derive(Copy)]
    pub struct Verdict {
        /// Is the matter solved, in the caller's view?
        pub solved: bool,
        /// Is the caller satisfied?
        pub satisfied: bool,
    }

    /// When each stage was reached, in the present cycle.
    #[derive(Copy, Default)]
    pub struct StageTimes {
        /// Accepted from the caller.
        pub accepted: Timestamp,
        /// Began to wait for a unit, the last time that a limit was set for it: its dispatch due counts from then.
        pub waiting: Timestamp,
        /// Given to the present unit.
        pub dispatched: Option<Timestamp>,
        /// Signed by the present unit.
        pub signed: Option<Timestamp>,
        /// The present unit's first word with the caller.
        pub contacted: Option<Timestamp>,
        /// Replied by the unit.
        pub replied: Option<Timestamp>,
        /// Closed.
        pub closed: Option<Timestamp>,
    }

    /// What the handling due of the present cycle was made from: whoever has the order later, it is counted by this.
    #[derive(Copy, Default)]
    pub struct Basis {
        /// The matter of then.
        pub matter: Option<MatterId>,
        /// The unit of then.
        pub unit: Option<UnitId>,
    }

    /// A work order (工单), from acceptance to closure. Holds nothing that identifies the caller but what he wrote himself.
    pub struct Order {
        /// Dense number inside.
        pub id: OrderId,
        /// The number that people use: `yyMMddHHmmss` and six digits.
        pub number: u64,
        /// What the caller wants.
        pub kind: Kind,
        /// What it is about, once known.
        pub matter: Option<MatterId>,
        /// Free tags, such as 噪声夜间.
        pub tags: ThinVec<String>,
        /// How fast it must move.
        pub urgency: Urgency,
        /// Where it came in.
        pub channel: Channel,
        /// The caller's title; may be empty.
        pub title: String,
        /// The caller's story.
        pub content: String,
        /// The place in the caller's words.
        pub place: Option<String>,
        /// The street, town, village or community that the place resolved to.
        pub region: Option<UnitId>,
        /// Its double upstream.
        pub upstream: Option<Box<Upstream>>,
        /// The emergency number this should have gone to at once, if any: 110, 119 or 120.
        pub transfer: Option<u16>,
        /// What the classifier said.
        pub classification: Classification,
        /// What its words look like, for finding duplicates.
        pub sketch: Option<Sketch>,
        /// Orders that may be about the same, as they were found at acceptance.
        pub similar: ThinVec<Similar>,
        /// Where it stands.
        pub status: Status,
        /// Why it waits for a dispatcher, while it does.
        pub triage: Option<TriageReason>,
        /// Who has it.
        pub dispatch: Option<Dispatch>,
        /// Who had it first, and since when: what first-dispatch success is counted by.
        pub first: Option<FirstDispatch>,
        /// Whether the first unit returned it, or another got it, in the first cycle.
        pub reassigned: bool,
        /// When each stage was reached.
        pub times: StageTimes,
        /// When each stage is due.
        pub dues: Dues,
        /// What the due of handling was made from.
        pub basis: Basis,
        /// Which clocks run.
        pub clocks: Clocks,
        /// Stages whose due has passed unmet in the present cycle, in the order they first did.
        pub overdue: ThinVec<Stage>,
        /// Who had it when the due of handling passed unmet, if a unit had it: the lateness is this one's.
        pub late_with: Option<UnitId>,
        /// What goes on as it was when its joining is undone; kept from the first joining on, wherever it follows to.
        pub(crate) unjoined: Option<Box<Unjoined>>,
        /// Rungs of the ladder that were reached, in order.
        pub escalations: ThinVec<Escalated>,
        /// Refusals so far; their units are not chosen again.
        pub returns: ThinVec<Return>,
        /// Replies so far.
        pub replies: ThinVec<Reply>,
        /// Calls back so far.
        pub callbacks: ThinVec<Callback>,
        /// Whether the caller was reached about the last reply: he judges it once.
        pub judged: bool,
        /// Whether somebody called the caller about the last reply, reached or not.
        pub called: bool,
        /// Extensions asked for so far, in every cycle.
        pub extensions: ThinVec<Extension>,
        /// Pauses so far.
        pub pauses: ThinVec<Pause>,
        /// Judgements of replies so far.
        pub reviews: ThinVec<Review>,
        /// New cycles so far: an order in its first cycle has none.
        pub reworks: ThinVec<Rework>,
        /// What co-units contributed.
        pub co_replies: ThinVec<CoReply>,
        /// Words to hurry.
        pub reminders: ThinVec<Nudge>,
        /// Formal supervision.
        pub supervisions: ThinVec<Nudge>,
        /// Looks at who is behind it.
        pub reveals: ThinVec<Reveal>,
        /// The rung of arbitration that has it, while one does.
        pub arbitration: Option<Arbitration>,
        /// Who in the lead unit has it, or had it when the unit replied (经办人).
        pub handler: Option<HandlerId>,
        /// Whom it was with before, while nobody has it.
        pub(crate) past_handler: Option<PastHandler>,
        /// The order it was joined to.
        pub merge: Option<Box<Merge>>,
        /// Orders of others that are handled with this one.
        pub merged: ThinVec<Joined>,
        /// Further contacts of its own caller, which ended as repeats of it: he may have given another name there.
        pub(crate) repeats: ThinVec<OrderId>,
        /// What the desk answered, if it closed the order itself.
        pub answer: Option<Box<Answer>>,
        /// The case of the service whose bad grade it is.
        pub rated_case: Option<String>,
        /// The unit's objection to that grade.
        pub appeal: Option<Box<Appeal>>,
        /// Under which time it stands among the state's alarms.
        pub(crate) alarm: Option<Timestamp>,
        /// Rises with every record that touches this order; the ETag of its view.
        pub version: u32,
    }
}

impl Order {
    /// When the reply is due that is due first: its own, or that of an order that is handled with it.
    pub fn first_due(&self) -> Option<Timestamp> {
        let own = self.dues[Stage::Handle].map(|due| due.current);
        own.into_iter().chain(self.merged.iter().filter_map(|joined| joined.due)).min()
    }

    /// By when it has its turn, of its own: what is late already takes the place of one that is due at its supervision.
    pub(crate) fn own_turn(&self) -> Option<Timestamp> {
        let is_late = self.overdue.contains(&Stage::Handle);
        let supervision = self.clocks.ladder[Rung::Supervision]
            .filter(|_| is_late && !self.clocks.has_reached(Rung::Supervision));
        supervision.or(self.dues[Stage::Handle].map(|due| due.current))
    }

    /// What it is to the order that it is handled with: it presses while it waits for its reply.
    pub(crate) fn as_joined(&self) -> Joined {
        let waits = self.status == Status::Merged;
        let due = self.dues[Stage::Handle].map(|due| due.current).filter(|_| waits);
        Joined { order: self.id, due, turn: self.own_turn().filter(|_| waits) }
    }

    /// Whether a unit has refused this order. One that only asked for more facts has not.
    pub fn has_refused(&self, unit: UnitId) -> bool {
        self.returns.iter().any(|refusal| refusal.unit == unit && refusal.is_refusal())
    }

    /// The extension that the present unit asked for and nobody has decided on yet.
    pub fn open_extension(&self) -> Option<&Extension> {
        let since = self.times.dispatched?;
        let open = |it: &&Extension| it.decision.is_none() && it.at >= since;
        self.extensions.last().filter(open)
    }

    /// Whether the unit was named by arbitration: it handles first and argues later.
    pub fn has_final_owner(&self) -> bool {
        self.dispatch.as_ref().is_some_and(|dispatch| dispatch.mode == Mode::Arbitration)
    }

    /// Who has it.
    pub fn owner(&self) -> Option<Owner> {
        let is_final = self.has_final_owner();
        self.dispatch.as_ref().map(|dispatch| Owner { unit: dispatch.lead, is_final })
    }

    /// Whether a unit has contributed since then.
    pub fn has_helped(&self, unit: UnitId, since: Timestamp) -> bool {
        self.co_replies.iter().any(|reply| reply.unit == unit && reply.at >= since)
    }

    /// Whether it was put under supervision, by somebody or by the ladder: it stays so, in every cycle.
    pub fn is_supervised(&self) -> bool {
        let by_ladder = |it: &Escalated| it.rung == Rung::Supervision;
        !self.supervisions.is_empty() || self.escalations.iter().any(by_ladder)
    }

    /// Whether the bad grade that it was is struck out: no reply was ever owed.
    pub fn is_struck_out(&self) -> bool {
        let decision = self.appeal.as_ref().and_then(|appeal| appeal.decision.as_ref());
        decision.is_some_and(|decision| decision.granted)
    }

    /// How often the caller was not satisfied: by the calls that reached him, or by the reworks for that where there are more.
    pub fn dissatisfied_count(&self) -> usize {
        let dissatisfied = |callback: &&Callback| matches!(callback, Callback::Reached(verdict) if !verdict.satisfied);
        let reworked = |rework: &&Rework| rework.reason == ReworkReason::Dissatisfied;
        let calls = self.callbacks.iter().filter(dissatisfied).count();
        calls.max(self.reworks.iter().filter(reworked).count())
    }

    /// Whether the unit replied within the handling due; `None` while open, where there is no due, and of a struck grade.
    pub fn closed_on_time(&self) -> Option<bool> {
        self.times.closed.filter(|_| !self.is_struck_out())?;
        Some(self.times.replied? <= self.dues[Stage::Handle]?.current)
    }
}
