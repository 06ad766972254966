//! What citizens say of a service that a unit did for them (好差评), as facts. No rules.
//!
//! One service, one rating: by the citizen, or by nobody within the time the rules give, which counts as a default
//! (GB/T 39734-2020; 粤办函〔2020〕21号).

use serde::{Deserialize, Serialize};

use crate::command::Acceptance;
use crate::directory::UnitId;
use crate::glossary::words;
use crate::handling::facts;
use crate::order::OrderId;
use crate::time::Timestamp;

words! {
    /// One of the five grades.
    Grade {
        /// One star.
        VeryBad = "1" "非常不满意",
        /// Two stars.
        Bad = "2" "不满意",
        /// Three stars; what is not rated in time counts as this.
        Fair = "3" "基本满意",
        /// Four stars.
        Good = "4" "满意",
        /// Five stars.
        VeryGood = "5" "非常满意",
    }
}

impl Grade {
    /// What counts when nobody rates in time (粤办函〔2020〕21号: 默认基本满意).
    pub const DEFAULT: Grade = Grade::Fair;

    /// Whether it becomes an order (差评): the lower two.
    pub fn is_bad(self) -> bool {
        self <= Grade::Bad
    }
}

/// A service that may be rated, with the rating if there is one already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceReport {
    /// The number of the case at the service (办件编号): one case, one rating.
    pub case: String,
    /// What was done, by its code or name (事项); may be empty.
    pub item: String,
    /// Who did it.
    pub unit: UnitId,
    /// The grade; none while the citizen has not rated.
    pub grade: Option<Grade>,
    /// What the citizen wrote beside a good grade; may be empty.
    pub remark: String,
    /// What a bad grade becomes: an order for the unit, as the edge prepared it.
    pub complaint: Option<Box<Acceptance>>,
}

facts! {
    /// A service that was or may be rated.
    pub struct RatedCase {
        /// What was done; may be empty.
        pub item: String,
        /// Who did it.
        pub unit: UnitId,
        /// When it was told of.
        pub at: Timestamp,
        /// When the default counts; none once it is rated, and where the rules give no time.
        pub default_at: Option<Timestamp>,
        /// The rating.
        pub rating: Option<Rating>,
    }
}

facts! {
    /// A rating as it stands.
    pub struct Rating {
        /// When.
        pub at: Timestamp,
        /// How good.
        pub grade: Grade,
        /// What the citizen wrote beside a good grade; of a bad one the order holds it.
        pub remark: String,
        /// Whether it is the default, because nobody rated in time.
        pub by_default: bool,
        /// The order that it became.
        pub order: Option<OrderId>,
        /// Struck out after an appeal: it counts no more (误评、不实差评).
        pub struck: bool,
    }
}
