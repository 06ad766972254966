//! The judges: one promise each. They look at evidence alone, and remember what they need of what they saw.

mod acknowledged_survives;
mod due_never_moves;
mod no_identity_leaks;
mod one_owner;
mod replay_equals_live;
mod told_only_after_commit;

use crate::evidence::Evidence;

/// What is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// What was acknowledged is there after any crash, once.
    AcknowledgedSurvives,
    /// An open order has one lead.
    OneOwner,
    /// A due moves by what may move it, and by nothing else.
    DueNeverMoves,
    /// Nobody hears of what a crash could undo.
    ToldOnlyAfterCommit,
    /// The disk gives the state that the writer has.
    ReplayEqualsLive,
    /// Who calls is seen by nobody who need not know.
    NoIdentityLeaks,
}

impl Promise {
    /// All of them.
    pub const ALL: [Promise; 6] = [
        Promise::AcknowledgedSurvives,
        Promise::OneOwner,
        Promise::DueNeverMoves,
        Promise::ToldOnlyAfterCommit,
        Promise::ReplayEqualsLive,
        Promise::NoIdentityLeaks,
    ];

    /// Its words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Promise::AcknowledgedSurvives => "acknowledged survives",
            Promise::OneOwner => "one owner",
            Promise::DueNeverMoves => "due never moves",
            Promise::ToldOnlyAfterCommit => "told only after commit",
            Promise::ReplayEqualsLive => "replay equals live",
            Promise::NoIdentityLeaks => "no identity leaks",
        }
    }

    fn judge(self) -> Box<dyn Judge> {
        match self {
            Promise::AcknowledgedSurvives => {
                Box::<acknowledged_survives::AcknowledgedSurvives>::default()
            }
            Promise::OneOwner => Box::new(one_owner::OneOwner),
            Promise::DueNeverMoves => Box::<due_never_moves::DueNeverMoves>::default(),
            Promise::ToldOnlyAfterCommit => Box::new(told_only_after_commit::ToldOnlyAfterCommit),
            Promise::ReplayEqualsLive => Box::<replay_equals_live::ReplayEqualsLive>::default(),
            Promise::NoIdentityLeaks => Box::new(no_identity_leaks::NoIdentityLeaks),
        }
    }
}

/// Judges one promise.
trait Judge {
    /// What is broken, if anything is.
    fn look(&mut self, evidence: &Evidence<'_>) -> Result<(), String>;
}

/// Several judges.
pub struct Judges(Vec<(Promise, Box<dyn Judge>)>);

impl std::fmt::Debug for Judges {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(promise, _)| promise)).finish()
    }
}

impl Judges {
    /// Of all promises, or of one.
    #[must_use]
    pub fn of(judged: Option<Promise>) -> Judges {
        let judged = Promise::ALL.into_iter().filter(|it| judged.is_none_or(|one| one == *it));
        Judges(judged.map(|promise| (promise, promise.judge())).collect())
    }

    /// The first promise that is broken, and how.
    ///
    /// # Errors
    /// When one is.
    pub fn look(&mut self, evidence: &Evidence<'_>) -> Result<(), (Promise, String)> {
        self.0
            .iter_mut()
            .try_for_each(|(promise, judge)| judge.look(evidence).map_err(|why| (*promise, why)))
    }
}
