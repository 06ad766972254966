//! Dues in JSON, the same in answers over HTTP and in files.

use hotline_engine::order::{Due, Dues, Stage};
use hotline_engine::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// What stands behind a due that rests on a holiday notice that is not out.
pub(crate) const ASSUMED: &str = "(放假通知未发布或不全,为推定)";

/// A stage's due.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DueView {
    /// As first set.
    #[schema(value_type = String, format = DateTime, example = "2026-12-15T23:59:59+08:00")]
    original: Timestamped,
    /// As it stands.
    #[schema(value_type = String, format = DateTime)]
    current: Timestamped,
    /// Days had a part in it that rest on a holiday notice that is not out.
    assumed: bool,
}

/// The dues of the stages. What the rules do not limit is left out, but `sign` and `handle` are always there.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(crate) struct DuesView {
    #[serde(skip_serializing_if = "Option::is_none")]
    dispatch: Option<DueView>,
    sign: Option<DueView>,
    /// The unit's first word with the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<DueView>,
    /// The unit's reply.
    handle: Option<DueView>,
    /// The word of every co-unit.
    #[serde(rename = "co-handle", skip_serializing_if = "Option::is_none")]
    co_handle: Option<DueView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback: Option<DueView>,
    /// Until when the unit may refuse.
    #[serde(rename = "return", skip_serializing_if = "Option::is_none")]
    refusal: Option<DueView>,
}

/// RFC 3339 at +08:00, to the second.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timestamped(pub(crate) Timestamp);

impl Serialize for Timestamped {
    fn serialize<S: serde::Serializer>(&self, json: S) -> Result<S::Ok, S::Error> {
        json.collect_str(&self.0)
    }
}

impl DueView {
    pub(crate) fn original(&self) -> Timestamp {
        self.original.0
    }

    pub(crate) fn current(&self) -> Timestamp {
        self.current.0
    }

    pub(crate) fn has_moved(&self) -> bool {
        self.original.0 != self.current.0
    }

    pub(crate) fn is_assumed(&self) -> bool {
        self.assumed
    }
}

impl From<Due> for DueView {
    fn from(due: Due) -> DueView {
        DueView {
            original: Timestamped(due.original),
            current: Timestamped(due.current),
            assumed: due.assumed,
        }
    }
}

impl From<&Dues> for DuesView {
    fn from(dues: &Dues) -> DuesView {
        let view = |stage: Stage| dues[stage].map(DueView::from);
        DuesView {
            dispatch: view(Stage::Dispatch),
            sign: view(Stage::Sign),
            contact: view(Stage::Contact),
            handle: view(Stage::Handle),
            co_handle: view(Stage::CoHandle),
            callback: view(Stage::Callback),
            refusal: view(Stage::Return),
        }
    }
}
