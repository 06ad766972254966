//! The nouns of the hotline: an order and everything that can be said about one. No rules.

use serde::{Deserialize, Serialize};

use crate::directory::{MatterId, UnitId};
use crate::time::Timestamp;

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

    /// The ids up to `last` that an order with this number can have: the number ends in the id modulo a million.
    pub fn numbered(number: u64, last: u64) -> impl Iterator<Item = OrderId> {
        let first = OrderId(number % NUMBERS_PER_SECOND);
        std::iter::successors(Some(first), |id| Some(OrderId(id.0 + NUMBERS_PER_SECOND)))
            .take_while(move |id| id.0 <= last)
    }
}

/// Orders in one second that still get different numbers: six digits.
pub(crate) const NUMBERS_PER_SECOND: u64 = 1_000_000;

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal $zh:literal,)+ }) => {
        $(#[$meta])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
            rkyv::Archive, rkyv::Serialize, rkyv::Deserialize,
        )]
        #[rkyv(derive(Debug, PartialEq, Eq, PartialOrd, Ord))]
        pub enum $name { $($(#[$doc])* #[serde(rename = $code, alias = $zh)] $variant,)+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The word in JSON and files.
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code,)+ }
            }

            /// The Chinese label that people read.
            pub fn label(self) -> &'static str {
                match self { $($name::$variant => $zh,)+ }
            }

            /// Reads the JSON word or the Chinese label.
            pub fn parse(text: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|word| word.code() == text || word.label() == text)
            }
        }
    };
}
pub(crate) use words;

words! {
    /// What the caller wants (诉求类型).
    Kind {
        /// A question the desk or a unit can answer.
        Consultation = "consultation" "咨询",
        /// A request for help.
        Help = "help" "求助",
        /// A complaint about something that concerns the caller.
        Complaint = "complaint" "投诉",
        /// A report of a violation; the caller's identity is guarded more strictly.
        Report = "report" "举报",
        /// A suggestion.
        Suggestion = "suggestion" "建议",
        /// Praise: passed on, never counted in rates.
        Praise = "praise" "表扬",
    }
}

words! {
    /// How fast an order must move (紧急程度).
    Urgency {
        /// Needs inquiry and procedure.
        Normal = "normal" "一般",
        /// Hard to put right later if not handled in time.
        Urgent = "urgent" "紧急",
        /// The same, with grave consequences.
        Critical = "critical" "特急",
    }
}

words! {
    /// Where the contact came in.
    Channel {
        /// A phone call.
        Phone = "phone" "电话",
        /// The web site.
        Web = "web" "网站",
        /// A mini-program or app.
        App = "app" "小程序",
        /// A self-service kiosk.
        Kiosk = "kiosk" "自助终端",
        /// A letter or e-mail.
        Letter = "letter" "来信",
        /// Passed down by the city or province.
        Upstream = "upstream" "上级转办",
    }
}

words! {
    /// Where an order stands.
    Status {
        /// Waits for a dispatcher.
        Triage = "triage" "待人工派单",
        /// Given to a unit that has not signed.
        Dispatched = "dispatched" "待签收",
        /// The unit has signed and is handling it.
        Signed = "signed" "办理中",
        /// The unit has replied.
        Replied = "replied" "已答复",
        /// Done.
        Closed = "closed" "已办结",
    }
}

words! {
    /// A part of an order's life that has its own limit (环节).
    Stage {
        /// From dispatch to the unit's signature.
        Sign = "sign" "签收",
        /// From receipt to the unit's reply.
        Handle = "handle" "办理",
    }
}

words! {
    /// Why a unit sends an order back (退单理由).
    ReturnReason {
        /// The matter is not this unit's duty.
        NotOurDuty = "not-our-duty" "职能不符",
        /// The place is not in this unit's area.
        WrongPlace = "wrong-place" "属地不符",
        /// Several units share the duty.
        SharedDuty = "shared-duty" "职能交叉",
        /// What must be known to act is missing.
        NotEnoughFacts = "not-enough-facts" "要素不全",
    }
}

words! {
    /// How an order came to its unit.
    Mode {
        /// By the engine, at or above the wanted confidence.
        Auto = "auto" "自动派单",
        /// By a dispatcher.
        Triage = "triage" "人工派单",
    }
}

words! {
    /// Why the engine did not dispatch by itself.
    TriageReason {
        /// The classifier is less sure than the district wants.
        LowConfidence = "low-confidence" "置信度不足",
        /// No classifier result and no matter given.
        NoMatter = "no-matter" "事项未知",
        /// The duty list has no row in force for the matter.
        NoDutyRow = "no-duty-row" "目录无对应条目",
        /// The row leads to the street or community of the place, and the place is not known.
        PlaceUnknown = "place-unknown" "地点不明",
        /// Every unit that the duty list names has refused.
        Refused = "refused" "承办单位已退单",
        /// A unit returned it; a dispatcher decides.
        Returned = "returned" "退单待裁",
    }
}

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

    /// The sum, at most certainty.
    pub fn plus(self, other: Confidence) -> Confidence {
        Confidence((self.0.saturating_add(other.0)).min(Self::CERTAIN.0))
    }
}

/// A due time (到期): as first set, and as it stands after whatever may move it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Due {
    /// When the stage was first due.
    pub original: Timestamp,
    /// When it is due now.
    pub current: Timestamp,
    /// A year without a holiday notice had a part in it.
    pub assumed: bool,
}

/// The two dues of an order; a praise has none.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Dues {
    /// When the unit must have signed; set at dispatch.
    pub sign: Option<Due>,
    /// When the unit must have replied; set at acceptance, and no edit or return moves it.
    pub handle: Option<Due>,
}

/// A matter the classifier holds possible.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Candidate {
    /// The matter.
    pub matter: MatterId,
    /// Its calibrated probability.
    pub confidence: Confidence,
}

/// What the edge found out about a text before the engine decides: travels inside the command.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Classification {
    /// Most probable first; at most five.
    pub candidates: Vec<Candidate>,
    /// The pieces of the caller's text that decided, strongest first; at most five.
    pub evidence: Vec<String>,
    /// Identifies the model that said so; empty when a person did.
    pub model: String,
}

/// The order's double at the city or province that passed it down.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Upstream {
    /// The number it has there.
    pub number: String,
    /// When it is due there.
    pub due: Option<Timestamp>,
}

/// The citizen behind an order. Lives in the vault, never in an order.
#[derive(
    Clone,
    Debug,
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

/// Who has the order, and why.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Dispatch {
    /// When.
    pub at: Timestamp,
    /// The unit that answers for it (主办).
    pub lead: UnitId,
    /// Units that help (协办).
    pub co_units: Vec<UnitId>,
    /// By the engine or by a dispatcher.
    pub mode: Mode,
    /// How sure the engine was of this unit.
    pub confidence: Confidence,
    /// The row of the duty list, if one led here: counted from 1, in `directory_version`.
    pub row: Option<u32>,
    /// Which version of the directory was in force.
    pub directory_version: u32,
}

/// A unit's refusal (退单).
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
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

/// A unit's reply (答复): what the caller hears, and what stays inside.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
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
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub enum Callback {
    /// Nobody answered.
    NotReached,
    /// The caller answered.
    Reached(Verdict),
}

/// What the caller says when called back.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct Verdict {
    /// Is the matter solved, in the caller's view?
    pub solved: bool,
    /// Is the caller satisfied?
    pub satisfied: bool,
}

/// When each stage was reached, in the present cycle.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
pub struct StageTimes {
    /// Accepted from the caller.
    pub accepted: Timestamp,
    /// Given to the present unit.
    pub dispatched: Option<Timestamp>,
    /// Signed by the present unit.
    pub signed: Option<Timestamp>,
    /// Replied by the unit.
    pub replied: Option<Timestamp>,
    /// Closed.
    pub closed: Option<Timestamp>,
}

/// A work order (工单), from acceptance to closure. Holds nothing that identifies the caller but what he wrote himself.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
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
    pub tags: Vec<String>,
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
    pub upstream: Option<Upstream>,
    /// The emergency number this should have gone to at once, if any: 110, 119 or 120.
    pub transfer: Option<u16>,
    /// What the classifier said.
    pub classification: Classification,
    /// Where it stands.
    pub status: Status,
    /// Why it waits for a dispatcher, while it does.
    pub triage: Option<TriageReason>,
    /// Who has it.
    pub dispatch: Option<Dispatch>,
    /// When each stage was reached.
    pub times: StageTimes,
    /// When each stage is due.
    pub dues: Dues,
    /// Stages whose due has passed unmet, in the order they passed.
    pub overdue: Vec<Stage>,
    /// Refusals so far; their units are not chosen again.
    pub returns: Vec<Return>,
    /// Replies so far.
    pub replies: Vec<Reply>,
    /// Calls back so far.
    pub callbacks: Vec<Callback>,
    /// Rises with every record that touches this order; the ETag of its view.
    pub version: u32,
}

impl Order {
    /// Whether a unit has refused this order.
    pub fn has_refused(&self, unit: UnitId) -> bool {
        self.returns.iter().any(|refusal| refusal.unit == unit)
    }

    /// Whether the unit replied within the handling due; `None` while open, or where there is no due.
    pub fn closed_on_time(&self) -> Option<bool> {
        self.times.closed?;
        Some(self.times.replied? <= self.dues.handle?.current)
    }
}
