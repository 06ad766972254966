//! What happened. Events are facts: journaled, replayed, never refused.

use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::article::Article;
use crate::command::Acceptance;
use crate::directory::{MatterId, UnitId};
use crate::draft::DirectoryDraft;
use crate::escalation::{Ladder, Rung};
use crate::figures::Calls;
use crate::handling::{
    Answer, Appeal, Arbitration, CoReply, Decision, Extension, Held, Merge, Nudge, Pause, Reveal,
    Review, Rework, Similar,
};
use crate::library::ArticleStep;
use crate::order::{
    Callback, Caller, Dispatch, Due, Dues, OrderId, Reply, Return, Stage, TriageReason,
};
use crate::rating::{RatedCase, Rating};
use crate::staff::HandlerId;
use crate::time::{Day, Timestamp};

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
        /// Orders that may be about the same, the likeliest first.
        similar: Vec<Similar>,
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
        /// Minutes of working days from receipt to the last reply.
        working_minutes: u32,
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
        /// Which of the units that help, where it is theirs.
        co_unit: Option<UnitId>,
    },
    /// A rung of the ladder was reached. The red one has no event of its own: it is the handling due's passing.
    Escalated {
        /// The order.
        order: OrderId,
        /// The rung.
        rung: Rung,
    },
    /// A due that rested on a notice that was not out was computed again, now that it is.
    DueRecomputed {
        /// The order.
        order: OrderId,
        /// The stage.
        stage: Stage,
        /// The due as it is now.
        due: Due,
        /// The ladder that goes with a handling due.
        ladder: Option<Ladder>,
        /// Whose, where it is of a unit that helps.
        co_unit: Option<UnitId>,
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
    /// Somebody looked into the vault.
    Revealed {
        /// The order.
        order: OrderId,
        /// Who, and what for.
        reveal: Reveal,
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
    /// Another order is handled for this one, which stays on its own clock.
    Merged {
        /// The order.
        order: OrderId,
        /// With which.
        merge: Merge,
    },
    /// The same caller's order stands already: this one ends, and that one was hurried or reworked.
    Repeated {
        /// The order.
        order: OrderId,
        /// Which stands.
        merge: Merge,
    },
    /// A joined order is on its own again.
    Unmerged {
        /// The order.
        order: OrderId,
        /// Why.
        note: String,
    },
    /// Another order is handled with this one from now on.
    Joined {
        /// The order.
        order: OrderId,
        /// The other.
        child: OrderId,
    },
    /// An order that was handled with this one is so no more.
    Parted {
        /// The order.
        order: OrderId,
        /// The other.
        child: OrderId,
    },
    /// A joined order has the unit that the order has which is handled for it, or none with it.
    Followed {
        /// The order.
        order: OrderId,
    },
    /// A joined order got the reply of the order that is handled for it.
    RepliedWith {
        /// The order.
        order: OrderId,
        /// When its own caller must have been called back.
        callback_due: Option<Due>,
    },
    /// The reply that a joined order shared did not pass.
    ReviewedWith {
        /// The order.
        order: OrderId,
        /// How it was judged.
        review: Review,
    },
    /// The desk answered by itself; no unit had the order.
    Answered {
        /// The order.
        order: OrderId,
        /// What it said.
        answer: Answer,
    },
    /// A service may be rated.
    ServiceReported {
        /// The number of the case.
        case: String,
        /// What was done.
        service: RatedCase,
    },
    /// A service was rated, by the citizen or by default.
    Rated {
        /// The number of the case.
        case: String,
        /// How.
        rating: Rating,
    },
    /// The unit objects to a bad grade.
    Appealed {
        /// The order that the grade became.
        order: OrderId,
        /// Why.
        appeal: Appeal,
    },
    /// The objection was upheld, and the grade counts no more, or dismissed.
    AppealDecided {
        /// The order.
        order: OrderId,
        /// What was decided.
        decision: Decision,
    },
    /// What the telephone platform counted on a day.
    CallsCounted {
        /// The day.
        day: Day,
        /// How many.
        calls: Calls,
    },
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
    /// The end of a pause that rested on a notice that was not out was computed again, now that it is.
    PauseRecomputed {
        /// The order.
        order: OrderId,
        /// When it ends by itself.
        until: Timestamp,
        /// Whether it still rests on one.
        assumed: bool,
    },
    /// The limit of a rung of arbitration that rested on a notice that was not out was computed again.
    ArbitrationRecomputed {
        /// The order.
        order: OrderId,
        /// The rung as it is now.
        arbitration: Arbitration,
    },
    /// An order that was joined to another is with the unit again that had it, as it was.
    GivenBack {
        /// The order.
        order: OrderId,
        /// How the unit had it.
        held: Box<Held>,
    },
    /// An article moved on in its life, or somebody spoke of it.
    ArticleMoved {
        /// Its id.
        id: String,
        /// How.
        step: Box<ArticleStep>,
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
            | Event::Closed { order, .. }
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
            | Event::Merged { order, .. }
            | Event::Repeated { order, .. }
            | Event::Unmerged { order, .. }
            | Event::Joined { order, .. }
            | Event::Parted { order, .. }
            | Event::Followed { order }
            | Event::RepliedWith { order, .. }
            | Event::ReviewedWith { order, .. }
            | Event::Answered { order, .. }
            | Event::Appealed { order, .. }
            | Event::AppealDecided { order, .. }
            | Event::Assigned { order, .. }
            | Event::PauseRecomputed { order, .. }
            | Event::ArbitrationRecomputed { order, .. }
            | Event::GivenBack { order, .. }
            | Event::Unassigned { order } => Some(*order),
            Event::ArticlePut(_)
            | Event::ArticleRemoved { .. }
            | Event::ArticleMoved { .. }
            | Event::DirectoryAdopted(_)
            | Event::ServiceReported { .. }
            | Event::Rated { .. }
            | Event::CallsCounted { .. } => None,
        }
    }

    /// The article it is about.
    pub fn article(&self) -> Option<&str> {
        match self {
            Event::ArticlePut(article) => Some(&article.id),
            Event::ArticleRemoved { id } | Event::ArticleMoved { id, .. } => Some(id),
            _ => None,
        }
    }
}
