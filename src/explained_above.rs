//! How a due that was set above makes the one inside, day by day back from it, in JSON and in Chinese. Computes nothing.

use std::fmt::{self, Write};

use hotline_engine::Rules;
use hotline_engine::deadline::inner_due_told;
use hotline_engine::order::{Due, Order};
use hotline_engine::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::due_view::Timestamped;
use crate::explained_due::StepView;

/// The way back from the due above.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AboveView {
    /// When the order is due above.
    #[schema(value_type = String, format = DateTime)]
    due: Timestamped,
    /// Working days earlier inside; none if the rules say nothing of it.
    working_days_earlier: Option<u16>,
    /// The document that says so.
    source: Option<String>,
    /// Whether so many days earlier would have been before receipt: then it is due inside when it is due above.
    too_late: bool,
    /// Each day from the due above back to the one inside; `counted` is how many working days earlier.
    steps: Vec<StepView>,
}

impl AboveView {
    /// Of an order that was passed down, if that made its due.
    pub(crate) fn of(rules: &Rules, order: &Order, due: Due, from: Timestamp) -> Option<AboveView> {
        let profile = rules.profile(from);
        let outer = order.upstream.as_ref()?.due?;
        let (inner, steps) = inner_due_told(profile, &rules.calendar, outer, from);
        if inner.current != due.original {
            return None;
        }
        let margin = profile.upstream.as_ref();
        let days = margin.map(|margin| margin.working_days_earlier);
        Some(AboveView {
            due: Timestamped(outer),
            working_days_earlier: days,
            source: margin.map(|margin| margin.source.clone()),
            too_late: inner.current == outer && days.is_some_and(|days| days > 0),
            steps: StepView::all(steps),
        })
    }

    pub(crate) fn write_into(&self, to: &mut String) -> fmt::Result {
        let outer = self.due.0;
        match (self.working_days_earlier, &self.source) {
            (Some(days), Some(source)) => {
                writeln!(to, "    上级时限 {outer},区内提前 {days} 个工作日;{source}")?;
            }
            _ => writeln!(to, "    上级时限 {outer} 更早,从上级时限")?,
        }
        if self.too_late {
            writeln!(to, "    转来过晚,不足提前,从上级时限")?;
        }
        writeln!(to, "    自上级时限逐日往前推算")?;
        self.steps.iter().try_for_each(|step| writeln!(to, "    {step}"))
    }
}
