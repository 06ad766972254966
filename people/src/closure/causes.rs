//! What the time of an order went into, and so why it was late: the part that took most.

/// Where the time of an order goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// It waited for a dispatcher.
    Desk,
    /// It waited for its unit to look at it.
    Unsigned,
    /// It was with a unit that was not its own, and with the desk again.
    WrongUnit,
    /// It waited in its unit for somebody who works on it.
    Queue,
    /// It was worked on.
    Work,
    /// Whoever had it was away.
    Absence,
}

impl Cause {
    /// Every one.
    pub const ALL: [Cause; 6] =
        [Cause::Desk, Cause::Unsigned, Cause::WrongUnit, Cause::Queue, Cause::Work, Cause::Absence];

    /// Its word in JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Cause::Desk => "desk",
            Cause::Unsigned => "unsigned",
            Cause::WrongUnit => "wrong-unit",
            Cause::Queue => "queue",
            Cause::Work => "work",
            Cause::Absence => "absence",
        }
    }

    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Cause::Desk => "等待派单",
            Cause::Unsigned => "等待签收",
            Cause::WrongUnit => "错派退单",
            Cause::Queue => "单位内排队",
            Cause::Work => "办理",
            Cause::Absence => "经办人缺勤",
        }
    }
}
