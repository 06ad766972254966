//! Who decides what: by hand, by a fixed table, or the engine with all or all but one of its parts.

/// A way to run a hotline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Policy {
    /// People dispatch, units work in the order of arrival.
    ByHand,
    /// The first guess of the classifier is dispatched by a table that nobody corrects, whatever its confidence.
    FixedTable,
    /// The engine, with all its parts.
    Engine,
    /// Units work in the order of arrival.
    WithoutSlackOrder,
    /// Nobody is told what will be late.
    WithoutEarlyWarning,
    /// Who has refused an order may get it again.
    WithoutReturnMemory,
    /// Verdicts on returns do not reach the duty list.
    WithoutLearning,
    /// Every contact is an order of its own.
    WithoutDuplicates,
}

/// Who chooses the first unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dispatching {
    /// A dispatcher, always.
    ByHand,
    /// The first candidate, always.
    Table,
    /// The engine where it is sure enough, else a dispatcher.
    Engine,
}

/// What a policy turns on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switches {
    /// Who chooses the first unit.
    pub dispatching: Dispatching,
    /// Handlers get orders by urgency and slack, and work on what presses most.
    pub slack_order: bool,
    /// What will probably be late is hurried and given to others.
    pub early_warning: bool,
    /// A refusal is remembered, and repeated ones are arbitrated.
    pub return_memory: bool,
    /// Verdicts on returns are written into the duty list.
    pub learning: bool,
    /// Repeats become reminders, and orders about the same are handled as one.
    pub duplicates: bool,
}

impl Policy {
    /// Every one, in the order of tables.
    pub const ALL: [Policy; 8] = [
        Policy::ByHand,
        Policy::FixedTable,
        Policy::Engine,
        Policy::WithoutSlackOrder,
        Policy::WithoutEarlyWarning,
        Policy::WithoutReturnMemory,
        Policy::WithoutLearning,
        Policy::WithoutDuplicates,
    ];

    /// Its word on the command line.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Policy::ByHand => "by-hand",
            Policy::FixedTable => "fixed-table",
            Policy::Engine => "engine",
            Policy::WithoutSlackOrder => "without-slack-order",
            Policy::WithoutEarlyWarning => "without-early-warning",
            Policy::WithoutReturnMemory => "without-return-memory",
            Policy::WithoutLearning => "without-learning",
            Policy::WithoutDuplicates => "without-duplicates",
        }
    }

    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Policy::ByHand => "人工派单、先来先办",
            Policy::FixedTable => "固定派单表",
            Policy::Engine => "引擎",
            Policy::WithoutSlackOrder => "引擎,不按紧迫程度排序",
            Policy::WithoutEarlyWarning => "引擎,无超时预警",
            Policy::WithoutReturnMemory => "引擎,不记退单",
            Policy::WithoutLearning => "引擎,不学裁定",
            Policy::WithoutDuplicates => "引擎,不并重复",
        }
    }

    /// By its word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Policy> {
        Policy::ALL.into_iter().find(|policy| policy.code() == code)
    }

    /// What it turns on.
    #[must_use]
    pub fn switches(self) -> Switches {
        let engine = Switches {
            dispatching: Dispatching::Engine,
            slack_order: true,
            early_warning: true,
            return_memory: true,
            learning: true,
            duplicates: true,
        };
        let nothing = Switches {
            dispatching: Dispatching::ByHand,
            slack_order: false,
            early_warning: false,
            return_memory: false,
            learning: false,
            duplicates: false,
        };
        match self {
            Policy::ByHand => nothing,
            Policy::FixedTable => Switches { dispatching: Dispatching::Table, ..nothing },
            Policy::Engine => engine,
            Policy::WithoutSlackOrder => Switches { slack_order: false, ..engine },
            Policy::WithoutEarlyWarning => Switches { early_warning: false, ..engine },
            Policy::WithoutReturnMemory => Switches { return_memory: false, ..engine },
            Policy::WithoutLearning => Switches { learning: false, ..engine },
            Policy::WithoutDuplicates => Switches { duplicates: false, ..engine },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_is_found_by_its_word_and_differs_from_the_others() {
        for (at, policy) in Policy::ALL.into_iter().enumerate() {
            assert_eq!(Policy::parse(policy.code()), Some(policy));
            let others = Policy::ALL.into_iter().skip(at + 1);
            assert!(others.into_iter().all(|other| other.switches() != policy.switches()));
        }
        assert_eq!(Policy::parse("engine-2"), None);
    }
}
