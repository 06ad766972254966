//! The words of the glossary that are values: each with its code in JSON and its Chinese label. No rules.

use serde::{Deserialize, Serialize};

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
        /// A bad grade for a service (好差评).
        Rating = "rating" "好差评",
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
        /// The unit waits for others, and the clock stands still.
        Paused = "paused" "暂停计时",
        /// The unit has replied.
        Replied = "replied" "已答复",
        /// Done.
        Closed = "closed" "已办结",
        /// The caller took it back.
        Withdrawn = "withdrawn" "已撤回",
        /// Handed to 110, 119 or 120 at once.
        Transferred = "transferred" "已转接",
        /// Another order about the same is handled for it; its own clock, reply and call back stay.
        Merged = "merged" "已并单",
        /// The caller's own order about the same stands already, and was hurried or reworked.
        Repeat = "repeat" "重复来电",
    }
}

impl Status {
    /// Whether anybody may still do something about it without a rework.
    pub fn is_open(self) -> bool {
        use Status::{Closed, Repeat, Transferred, Withdrawn};
        !matches!(self, Closed | Withdrawn | Transferred | Repeat)
    }
}

words! {
    /// A part of an order's life that has its own limit (环节).
    Stage {
        /// From receipt, or from a return, to dispatch.
        Dispatch = "dispatch" "派单",
        /// From dispatch to the unit's signature.
        Sign = "sign" "签收",
        /// From dispatch to the unit's first word with the caller.
        Contact = "contact" "首次联系",
        /// From receipt to the unit's reply.
        Handle = "handle" "办理",
        /// From dispatch to the word of each unit that helps; of the order: of the last of them.
        CoHandle = "co-handle" "协办",
        /// From the reply to the call back.
        Callback = "callback" "回访",
        /// From dispatch to the last instant at which the unit may refuse: a right, and never late.
        Return = "return" "退单",
    }
}

impl Stage {
    /// Whether its due is a duty: nobody is late to refuse.
    pub fn can_be_late(self) -> bool {
        self != Stage::Return
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
        /// By arbitration: this unit handles first and argues later, in every cycle.
        Arbitration = "arbitration" "裁决派单",
        /// To the same unit again, after a caller who was not satisfied or with new facts.
        Rework = "rework" "重办派单",
        /// To the unit that the order itself names: it did the service that was graded badly.
        Known = "known" "按办件派单",
        /// With the order that is handled for it.
        Joined = "joined" "随主单",
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
        /// Returned so often that an arbiter names the final owner.
        Arbitration = "arbitration" "待裁决",
        /// It was joined to another order and is on its own again.
        Unmerged = "unmerged" "并单撤销",
        /// The desk answered it, and that was not enough.
        Answered = "answered" "直接解答未果",
        /// The unit that handled it is no more.
        UnitDissolved = "unit-dissolved" "承办单位已撤销",
    }
}

words! {
    /// Why the clock of an order stands still (暂停计时).
    PauseReason {
        /// The caller must hand in or say something first.
        WaitingForCaller = "waiting-for-caller" "待诉求人补充",
        /// A test, an appraisal or an inspection takes its time.
        WaitingForAppraisal = "waiting-for-appraisal" "待检验检测鉴定",
        /// Nobody can act: a typhoon, a flood.
        ForceMajeure = "force-majeure" "不可抗力",
    }
}

words! {
    /// Why an order is handled once more (重办).
    ReworkReason {
        /// The caller said so when called back.
        Dissatisfied = "dissatisfied" "回访不满意",
        /// The caller has new facts on an order that was closed.
        NewFacts = "new-facts" "有新情况",
        /// The reply does not answer what was asked.
        PoorReply = "poor-reply" "答复不规范",
    }
}

words! {
    /// How far a version of an article came (知识状态).
    ArticleStatus {
        /// Written, and judged by nobody, or sent back.
        Draft = "draft" "草稿",
        /// Judged to be right by somebody who did not write it.
        Reviewed = "reviewed" "已审核",
        /// It answers, in its days.
        Published = "published" "已发布",
        /// Nothing of the article answers any more.
        Expired = "expired" "已失效",
        /// A newer version stands in its place.
        Replaced = "replaced" "已被替代",
    }
}
