//! Guards that are off, for the controls: what the judges would be shown by a hotline that broke a promise. A judge that does
//! not find it proves nothing.

/// A guard that is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tamper {
    /// Syncs are reported and not done.
    SyncsLie,
    /// After a power cut the last commit is gone, though it was acknowledged.
    LastCommitLost,
    /// A request without its key is delivered again.
    KeyForgotten,
    /// What is decided is shown before it is committed.
    ToldEarly,
    /// Somebody moves a due by hand.
    DueByHand,
    /// A record moves a due without a right to.
    DueByRecord,
    /// An order that its unit has signed is nobody's.
    OwnerLost,
    /// The writer's state has something that no record says.
    StateDrifts,
    /// A caller's name stands in what a handler reads.
    NameShown,
    /// A caller's number stands in a line of the log.
    NumberLogged,
    /// A disk that was full stays so.
    NeverHeals,
}

impl Tamper {
    /// Every guard that can be off.
    pub const ALL: [Tamper; 11] = [
        Tamper::SyncsLie,
        Tamper::LastCommitLost,
        Tamper::KeyForgotten,
        Tamper::ToldEarly,
        Tamper::DueByHand,
        Tamper::DueByRecord,
        Tamper::OwnerLost,
        Tamper::StateDrifts,
        Tamper::NameShown,
        Tamper::NumberLogged,
        Tamper::NeverHeals,
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Tamper::SyncsLie => "syncs",
            Tamper::LastCommitLost => "last-commit",
            Tamper::KeyForgotten => "keys",
            Tamper::ToldEarly => "commit-then-tell",
            Tamper::DueByHand => "dues",
            Tamper::DueByRecord => "rights",
            Tamper::OwnerLost => "owners",
            Tamper::StateDrifts => "replay",
            Tamper::NameShown => "vault",
            Tamper::NumberLogged => "log",
            Tamper::NeverHeals => "healing",
        }
    }

    /// The guard with a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Tamper> {
        Tamper::ALL.into_iter().find(|tamper| tamper.word() == word)
    }
}
