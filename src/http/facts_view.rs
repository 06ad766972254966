//! What happened to an order between dispatch and closing, in JSON: texts masked, accounts by name.

use hotline_engine::directory::Directory;
use hotline_engine::handling::{
    Appeal, CoReply, Decision, Extension, Nudge, Pause, Reveal, Review, Rework,
};
use hotline_engine::order::Order;
use hotline_engine::text::{mask_identity, mask_identity_in_number};
use hotline_engine::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::order_view::UnitView;
use crate::due_view::Timestamped;

/// Facts of an order beside its replies and returns; lists that are empty are left out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FactsView {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    extensions: Vec<ExtensionView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pauses: Vec<PauseView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    co_replies: Vec<CoReplyView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reviews: Vec<ReviewView>,
    /// Handling cycles after the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reworks: Vec<ReworkView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reminders: Vec<NudgeView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    supervisions: Vec<NudgeView>,
    /// Who looked at the caller's name and number, and what for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reveals: Vec<RevealView>,
    /// The rung of arbitration that has the order, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    arbitration: Option<ArbitrationView>,
    /// The order that is handled for this one, or that it repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    joined_to: Option<MergeView>,
    /// Ids of other callers' orders that are handled with this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stands_for: Vec<u64>,
    /// What the desk answered by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<DeskAnswerView>,
    /// Number of the case of the service whose bad grade this is.
    #[serde(skip_serializing_if = "Option::is_none")]
    rated_case: Option<String>,
    /// The unit's objection to the grade.
    #[serde(skip_serializing_if = "Option::is_none")]
    appeal: Option<AppealView>,
}

/// How an order was joined to another.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct MergeView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamped,
    by: String,
    /// Id of the other order.
    order: u64,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct DeskAnswerView {
    text: String,
    article: Option<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct AppealView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamped,
    reason: String,
    /// Absent while nobody has decided.
    decision: Option<DecisionView>,
}

/// A later due that was asked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct ExtensionView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamped,
    working_days: u16,
    reason: String,
    /// Absent while nobody has decided.
    decision: Option<DecisionView>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct DecisionView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamped,
    by: String,
    granted: bool,
    note: String,
}

/// A time in which the clock stood still.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct PauseView {
    #[schema(value_type = String, format = DateTime)]
    from: Timestamped,
    /// When it ends by itself.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamped,
    /// Days had a part in that end that rest on a holiday notice that is not out.
    assumed: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended: Option<Timestamped>,
    reason: &'static str,
    reason_label: &'static str,
    note: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct CoReplyView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamped,
    unit: UnitView,
    text: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct ReviewView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamped,
    by: String,
    passed: bool,
    note: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct ReworkView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamped,
    reason: &'static str,
    reason_label: &'static str,
    note: String,
}

/// A word to hurry, or supervision.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct NudgeView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamped,
    by: String,
    note: String,
}

/// A look into the vault.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct RevealView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamped,
    by: String,
    purpose: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
struct ArbitrationView {
    rung: u16,
    /// When it must have decided.
    #[schema(value_type = Option<String>, format = DateTime)]
    due: Option<Timestamped>,
    /// Days had a part in it that rest on a holiday notice that is not out.
    assumed: bool,
}

fn masked(text: &str) -> String {
    mask_identity(text).into_owned()
}

fn at(at: Timestamp) -> Timestamped {
    Timestamped(at)
}

impl FactsView {
    pub(crate) fn of(directory: &Directory, order: &Order) -> FactsView {
        let co_reply = |reply: &CoReply| CoReplyView {
            at: at(reply.at),
            unit: UnitView::of(directory, reply.unit),
            text: masked(&reply.text),
        };
        let arbitration = order.arbitration;
        FactsView {
            extensions: order.extensions.iter().map(ExtensionView::from).collect(),
            pauses: order.pauses.iter().map(PauseView::from).collect(),
            co_replies: order.co_replies.iter().map(co_reply).collect(),
            reviews: order.reviews.iter().map(ReviewView::from).collect(),
            reworks: order.reworks.iter().map(ReworkView::from).collect(),
            reminders: order.reminders.iter().map(NudgeView::from).collect(),
            supervisions: order.supervisions.iter().map(NudgeView::from).collect(),
            reveals: order.reveals.iter().map(RevealView::from).collect(),
            arbitration: arbitration.map(|it| ArbitrationView {
                rung: it.rung + 1,
                due: it.due.map(at),
                assumed: it.assumed,
            }),
            joined_to: order.merge.as_ref().map(|merge| MergeView {
                at: at(merge.at),
                by: merge.by.clone(),
                order: merge.into.0,
            }),
            stands_for: order.merged.iter().map(|joined| joined.order.0).collect(),
            answer: order.answer.as_ref().map(|answer| DeskAnswerView {
                text: masked(&answer.text),
                article: answer.article.clone(),
            }),
            rated_case: order
                .rated_case
                .as_deref()
                .map(|it| mask_identity_in_number(it).into_owned()),
            appeal: order.appeal.as_deref().map(AppealView::from),
        }
    }
}

impl From<&Extension> for ExtensionView {
    fn from(extension: &Extension) -> ExtensionView {
        let decision = extension.decision.as_ref().map(DecisionView::from);
        let (working_days, reason) = (extension.working_days, masked(&extension.reason));
        ExtensionView { at: at(extension.at), working_days, reason, decision }
    }
}

impl From<&Decision> for DecisionView {
    fn from(decision: &Decision) -> DecisionView {
        let (by, granted, note) = (decision.by.clone(), decision.granted, masked(&decision.note));
        DecisionView { at: at(decision.at), by, granted, note }
    }
}

impl From<&Appeal> for AppealView {
    fn from(appeal: &Appeal) -> AppealView {
        let decision = appeal.decision.as_ref().map(DecisionView::from);
        AppealView { at: at(appeal.at), reason: masked(&appeal.reason), decision }
    }
}

impl From<&Pause> for PauseView {
    fn from(pause: &Pause) -> PauseView {
        PauseView {
            from: at(pause.from),
            until: at(pause.until),
            assumed: pause.assumed,
            ended: pause.ended.map(at),
            reason: pause.reason.code(),
            reason_label: pause.reason.label(),
            note: masked(&pause.note),
        }
    }
}

impl From<&Review> for ReviewView {
    fn from(review: &Review) -> ReviewView {
        let (by, passed, note) = (review.by.clone(), review.passed, masked(&review.note));
        ReviewView { at: at(review.at), by, passed, note }
    }
}

impl From<&Rework> for ReworkView {
    fn from(rework: &Rework) -> ReworkView {
        let (reason, reason_label) = (rework.reason.code(), rework.reason.label());
        ReworkView { at: at(rework.at), reason, reason_label, note: masked(&rework.note) }
    }
}

impl From<&Reveal> for RevealView {
    fn from(Reveal { at: time, by, purpose }: &Reveal) -> RevealView {
        RevealView { at: at(*time), by: by.clone(), purpose: masked(purpose) }
    }
}

impl From<&Nudge> for NudgeView {
    fn from(nudge: &Nudge) -> NudgeView {
        NudgeView { at: at(nudge.at), by: nudge.by.clone(), note: masked(&nudge.note) }
    }
}
