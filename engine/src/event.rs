//! What happened. Events are facts: journaled, replayed, never refused.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::article::Article;
use crate::command::Acceptance;
use crate::directory::{MatterId, UnitId};
use crate::draft::DirectoryDraft;
use crate::escalation::{Ladder, Rung};
use crate::handling::{Arbitration, CoReply, Decision, Extension, Nudge, Pause, Review, Rework};
use crate::order::{
    Callback, Caller, Dispatch, Due, Dues, OrderId, Reply, Return, Stage, TriageReason,
};
use crate::staff::HandlerId;
use crate::time::Timestamp;

/// All that one command caused: the unit that the journal commits and replays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When; never before the record ahead of it.
    pub at: Timestamp,
    /// Who asked for it.
    pub actor: Actor,
    /// What happened, in order.
    pub events: Vec<Event>,
}

/// One fact. New kinds are added at the end: the journal knows them by their place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// An order came into being; the acceptance without the caller.
    Accepted {
        /// Its dense id.
        order: OrderId,
        /// Its number.
        number: u64,
        /// What it starts with.
        acceptance: Box<Acceptance>,
        /// When it must be dispatched and replied to; none for praise.
        dues: Dues,
        /// When the rungs before and after the handling due are reached.
        ladder: Ladder,
    },
    /// Who is behind an order. Apart, so that no view of an order can hold it.
    CallerRecorded {
        /// The order.
        order: OrderId,
        /// The citizen.
        caller: Caller,
    },
    /// A unit got the order.
    Dispatched {
        /// The order.
        order: OrderId,
        /// The matter it rests on.
        matter: Option<MatterId>,
        /// Who, how and why.
        dispatch: Dispatch,
        /// When the unit must have signed and called, and until when it may refuse; none for praise.
        dues: Dues,
        /// The unit that had it until now and had not signed.
        withdrawn_from: Option<UnitId>,
    },
    /// A dispatcher must decide.
    SentToTriage {
        /// The order.
        order: OrderId,
        /// Why.
        reason: TriageReason,
        /// By when, if that starts anew with a return.
        dispatch_due: Option<Due>,
    },
    /// The unit signed.
    Signed {
        /// The order.
        order: OrderId,
    },
    /// The unit refused.
    Returned {
        /// The order.
        order: OrderId,
        /// Who and why.
        refusal: Return,
    },
    /// The unit replied.
    Replied {
        /// The order.
        order: OrderId,
        /// What it said.
        reply: Reply,
        /// When the caller must have been called back.
        callback_due: Option<Due>,
    },
    /// The caller was called back.
    CalledBack {
        /// The order.
        order: OrderId,
        /// How it went.
        callback: Callback,
    },
    /// The order is done.
    Closed {
        /// The order.
        order: OrderId,
    },
    /// Praise was passed on to the unit it names, and is done.
    PraisePassedOn {
        /// The order.
        order: OrderId,
    },
    /// A due passed unmet.
    DuePassed {
        /// The order.
        order: OrderId,
        /// The stage that is late.
        stage: Stage,
    },
    /// A rung of the ladder was reached. The red one has no event of its own: it is the handling due's passing.
    Escalated {
        /// The order.
        order: OrderId,
        /// The rung.
        rung: Rung,
    },
    /// A due that rested on a year without a notice was computed again, now that there is one.
    DueRecomputed {
        /// The order.
        order: OrderId,
        /// The stage.
        stage: Stage,
        /// The due as it is now.
        due: Due,
        /// The ladder that goes with a handling due.
        ladder: Option<Ladder>,
    },
    /// The unit spoke with the caller.
    Contacted {
        /// The order.
        order: OrderId,
        /// What was said.
        note: String,
    },
    /// The unit asked for a later due.
    ExtensionRequested {
        /// The order.
        order: OrderId,
        /// How much, and why.
        extension: Extension,
    },
    /// The extension was granted or refused.
    ExtensionDecided {
        /// The order.
        order: OrderId,
        /// What was decided.
        decision: Decision,
        /// The due and the ladder from now on, if it was granted.
        handling: Option<(Due, Ladder)>,
    },
    /// The clock of handling stands still.
    Paused {
        /// The order.
        order: OrderId,
        /// Why, and until when at most.
        pause: Pause,
    },
    /// The clock of handling goes on.
    Resumed {
        /// The order.
        order: OrderId,
        /// The due and the ladder from now on.
        handling: Option<(Due, Ladder)>,
    },
    /// A co-unit contributed.
    CoReplied {
        /// The order.
        order: OrderId,
        /// What.
        reply: CoReply,
    },
    /// The desk judged the reply; one that did not pass is owed still, by the same due.
    Reviewed {
        /// The order.
        order: OrderId,
        /// How.
        review: Review,
    },
    /// A new cycle begins; a dispatch follows.
    Reworked {
        /// The order.
        order: OrderId,
        /// Why.
        rework: Rework,
        /// When it must be replied to in this cycle.
        handle_due: Option<Due>,
        /// The ladder of that.
        ladder: Ladder,
    },
    /// The unit was told to hurry.
    Reminded {
        /// The order.
        order: OrderId,
        /// By whom, and how.
        nudge: Nudge,
    },
    /// The order is under formal supervision.
    Supervised {
        /// The order.
        order: OrderId,
        /// By whom, and how.
        nudge: Nudge,
    },
    /// The caller took it back.
    Withdrawn {
        /// The order.
        order: OrderId,
        /// Why.
        note: String,
    },
    /// The caller was handed to 110, 119 or 120.
    Transferred {
        /// The order.
        order: OrderId,
        /// Which.
        number: u16,
    },
    /// Somebody looked into the vault. The record says who.
    Revealed {
        /// The order.
        order: OrderId,
        /// What for.
        purpose: String,
    },
    /// A rung of arbitration has the order.
    Arbitrated {
        /// The order.
        order: OrderId,
        /// Which, and until when.
        arbitration: Arbitration,
    },
    /// A knowledge article was added or replaced.
    ArticlePut(Article),
    /// A knowledge article was removed.
    ArticleRemoved {
        /// Its id.
        id: String,
    },
    /// A new version of units, matters and duty list came into force.
    DirectoryAdopted(Box<DirectoryDraft>),
    /// A handler of the lead unit got the order.
    Assigned {
        /// The order.
        order: OrderId,
        /// Who.
        handler: HandlerId,
    },
    /// The order was taken from its handler and waits for another.
    Unassigned {
        /// The order.
        order: OrderId,
    },
}

impl Event {
    /// The order it is about.
    pub fn order(&self) -> Option<OrderId> {
        match self {
            Event::Accepted { order, .. }
            | Event::CallerRecorded { order, .. }
            | Event::Dispatched { order, .. }
            | Event::SentToTriage { order, .. }
            | Event::Signed { order }
            | Event::Returned { order, .. }
            | Event::Replied { order, .. }
            | Event::CalledBack { order, .. }
            | Event::Closed { order }
            | Event::PraisePassedOn { order }
            | Event::DuePassed { order, .. }
            | Event::Escalated { order, .. }
            | Event::DueRecomputed { order, .. }
            | Event::Contacted { order, .. }
            | Event::ExtensionRequested { order, .. }
            | Event::ExtensionDecided { order, .. }
            | Event::Paused { order, .. }
            | Event::Resumed { order, .. }
            | Event::CoReplied { order, .. }
            | Event::Reviewed { order, .. }
            | Event::Reworked { order, .. }
            | Event::Reminded { order, .. }
            | Event::Supervised { order, .. }
            | Event::Withdrawn { order, .. }
            | Event::Transferred { order, .. }
            | Event::Revealed { order, .. }
            | Event::Arbitrated { order, .. }
            | Event::Assigned { order, .. }
            | Event::Unassigned { order } => Some(*order),
            Event::ArticlePut(_) | Event::ArticleRemoved { .. } | Event::DirectoryAdopted(_) => {
                None
            }
        }
    }
}
