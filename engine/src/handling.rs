//! What may happen to an order between dispatch and its last closing, as facts. No rules.

use thin_vec::ThinVec;

use crate::directory::{MatterId, UnitId};
use crate::glossary::{PauseReason, ReworkReason};
use crate::order::{Dispatch, Dues, FirstDispatch, Mode, OrderId, Stage};
use crate::time::Timestamp;

/// Facts that stand in orders, in the journal and in snapshots.
macro_rules! facts {
    ($($item:item)+) => { $(
        #[derive(
            Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
            rkyv::Archive, rkyv::Serialize, rkyv::Deserialize,
        )]
        $item
    )+ };
}
pub(crate) use facts;

facts! {
    /// A later due that the unit asked for (延期), and what became of it.
    pub struct Extension {
        /// When it was asked for.
        pub at: Timestamp,
        /// Working days more.
        pub working_days: u16,
        /// Why.
        pub reason: String,
        /// What was decided; none while it is open.
        pub decision: Option<Decision>,
    }

    /// What an order was, beside what its unit had, when it was joined to another.
    pub(crate) struct Unjoined {
        /// Whether its clock of dispatch ran.
        pub(crate) waits: bool,
        /// Who had had it first.
        pub(crate) first: Option<FirstDispatch>,
        /// What its unit had been late with.
        pub(crate) late: ThinVec<Stage>,
        /// Whom an arbiter has named for the other, and so for this one, since; as long as it is there.
        pub(crate) named: Option<UnitId>,
        /// As [`crate::order::Order::reassigned`].
        pub(crate) reassigned: bool,
        /// Who was to decide on it.
        pub(crate) arbitration: Option<Arbitration>,
    }

    /// What somebody with the right to it decided.
    pub struct Decision {
        /// When.
        pub at: Timestamp,
        /// The account that decided.
        pub by: String,
        /// Granted or refused.
        pub granted: bool,
        /// Why; may be empty.
        pub note: String,
    }

    /// A time in which the clock stood still because others had to act first (暂停计时).
    pub struct Pause {
        /// From.
        pub from: Timestamp,
        /// When it ends by itself.
        pub until: Timestamp,
        /// Days had a part in that end that rest on a holiday notice that is not out.
        pub assumed: bool,
        /// When it ended; none while it lasts.
        pub ended: Option<Timestamp>,
        /// Why.
        pub reason: PauseReason,
        /// What is waited for.
        pub note: String,
    }

    /// An order of another caller that is handled with the one in which this stands (并单), and by when it must have been.
    #[derive(Copy)]
    pub struct Joined {
        /// Which.
        pub order: OrderId,
        /// When its own reply is due, while it waits for it.
        pub due: Option<Timestamp>,
        /// By when it has its turn, which is later for what is late already (`Directory::turn_of`).
        pub turn: Option<Timestamp>,
    }

    /// The desk's judgement of a reply (审核).
    pub struct Review {
        /// When.
        pub at: Timestamp,
        /// The account that judged.
        pub by: String,
        /// Whether the reply may go out as it is.
        pub passed: bool,
        /// Why; may be empty.
        pub note: String,
    }

    /// A new handling cycle on the same order (重办).
    pub struct Rework {
        /// When.
        pub at: Timestamp,
        /// Why.
        pub reason: ReworkReason,
        /// What the unit should do better, or the new facts.
        pub note: String,
        /// The cycle that it ends: it stays counted as it came out. None where it had no due.
        pub ended: Option<EndedCycle>,
    }

    /// How a handling cycle came out.
    #[derive(Copy)]
    pub struct EndedCycle {
        /// When it was due.
        pub due: Timestamp,
        /// When the unit replied.
        pub replied: Timestamp,
        /// Which unit; none where the desk answered what was overdue.
        pub unit: Option<UnitId>,
        /// Its matter by then.
        pub matter: Option<MatterId>,
    }

    /// A look at who is behind an order.
    pub struct Reveal {
        /// When.
        pub at: Timestamp,
        /// The account that looked.
        pub by: String,
        /// What for.
        pub purpose: String,
    }

    /// A word to the unit to hurry, or formal supervision (催办, 督办).
    pub struct Nudge {
        /// When.
        pub at: Timestamp,
        /// The account behind it.
        pub by: String,
        /// What was said.
        pub note: String,
    }

    /// What a co-unit contributed (协办反馈).
    pub struct CoReply {
        /// When.
        pub at: Timestamp,
        /// Which unit.
        pub unit: UnitId,
        /// For the lead unit and the file.
        pub text: String,
    }

    /// A rung of the arbitration of an order that nobody wants (裁决).
    #[derive(Copy)]
    pub struct Arbitration {
        /// Which rung, from 0.
        pub rung: u16,
        /// Since when it has the order.
        pub since: Timestamp,
        /// When it must have decided, if the rung has a limit.
        pub due: Option<Timestamp>,
        /// Days had a part in that due that rest on a holiday notice that is not out.
        pub assumed: bool,
    }

    /// An order that may be about the same (疑似重复).
    #[derive(Copy)]
    pub struct Similar {
        /// Which.
        pub order: OrderId,
        /// Share of the words that both have, in percent.
        pub percent: u8,
        /// Whether the same caller is behind both.
        pub same_caller: bool,
        /// Whether both give the same words for their place.
        pub same_place: bool,
    }

    /// How an order was joined to another (并单).
    pub struct Merge {
        /// When.
        pub at: Timestamp,
        /// The account that joined them.
        pub by: String,
        /// The order that is handled for both.
        pub into: OrderId,
        /// How a unit had this one before; none where it waited for one.
        pub before: Option<Held>,
    }

    /// How a unit has or had an order: with its helpers, what it had done, and the clocks that are its own.
    pub struct Held {
        /// Who, with which helpers, and since when.
        pub dispatch: Dispatch,
        /// When it signed.
        pub signed: Option<Timestamp>,
        /// When it first spoke with the caller.
        pub contacted: Option<Timestamp>,
        /// The dues of the unit's own stages.
        pub dues: Dues,
        /// Those of them whose clock runs.
        pub running: Vec<Stage>,
    }

    /// Who has or had an order.
    #[derive(Copy)]
    pub struct Owner {
        /// The unit.
        pub unit: UnitId,
        /// Whether an arbiter named it: it handles first and argues later.
        pub is_final: bool,
    }

    /// What the desk answered by itself (直接解答): no unit has the order.
    pub struct Answer {
        /// What the caller heard.
        pub text: String,
        /// The article it rests on, if it rests on one.
        pub article: Option<String>,
    }

    /// A unit's objection to a bad grade (差评申诉), and what became of it.
    pub struct Appeal {
        /// When.
        pub at: Timestamp,
        /// Why the grade is wrong.
        pub reason: String,
        /// What was decided; none while it is open.
        pub decision: Option<Decision>,
    }
}

impl Held {
    /// Who, and whether by an arbiter's word.
    pub fn owner(&self) -> Owner {
        Owner { unit: self.dispatch.lead, is_final: self.dispatch.mode == Mode::Arbitration }
    }
}
