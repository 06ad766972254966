//! What led to a unit, in JSON and in Chinese: a row of the duty list, precedents, or one of several rows by precedents.

use hotline_engine::directory::Directory;
use hotline_engine::order::{Candidate, Confidence, Mode, Order};
use hotline_engine::precedents::{Precedents, Standing};
use hotline_engine::routing::{Ground, Question, consider};
use serde::Serialize;
use utoipa::ToSchema;

/// What became of orders of the matter in the same street at a unit: what is a quarter old counts half, and so on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct PrecedentsView {
    /// Orders that were closed there.
    #[schema(example = 12)]
    pub(crate) kept: u32,
    /// Orders that it refused.
    pub(crate) refused: u32,
}

impl From<Standing> for PrecedentsView {
    fn from(standing: Standing) -> PrecedentsView {
        PrecedentsView { kept: standing.kept_orders(), refused: standing.refused_orders() }
    }
}

/// What led to a unit, in Chinese.
pub(crate) fn told_ground(question: Question<'_>, ground: Ground) -> String {
    match ground {
        Ground::Row(row) => format!("目录第 {row} 条"),
        Ground::Ranked { row, units_count, .. } => {
            format!("目录第 {row} 条;清单有 {units_count} 家,按前例排序")
        }
        Ground::Precedents(standing) => {
            let street = if question.region.is_some() { "同街道" } else { "(地点不明)" };
            let (kept, refused) = (standing.kept_orders(), standing.refused_orders());
            format!("清单未列,依前例:近期同事项{street}办结 {kept} 件、退回 {refused} 件")
        }
    }
}

/// What led an order to the unit that the engine chose, where precedents have a part in it: as they stand now.
pub(crate) fn by_precedents(
    directory: &Directory,
    precedents: &Precedents,
    order: &Order,
) -> Option<Ground> {
    let dispatch = order.dispatch.as_ref().filter(|it| it.mode == Mode::Auto)?;
    let candidates = &[Candidate { matter: order.matter?, confidence: Confidence::CERTAIN }];
    let (region, on) = (order.region, order.times.accepted.day());
    let question = Question { candidates, region, returns: &[], on, precedents };
    let led = consider(directory, question).first()?.outcome.ok()?;
    let is_listed = led.ground.row().is_some();
    let same = led.unit == dispatch.lead && is_listed == dispatch.row.is_some();
    Some(led.ground).filter(|ground| same && ground.standing().is_some())
}
