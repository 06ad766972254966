//! The rung of arbitration that has an order, its limit and its due, in JSON and in Chinese. Decides nothing.

use std::fmt::{self, Write};

use hotline_engine::Rules;
use hotline_engine::deadline;
use hotline_engine::limit::Limit;
use hotline_engine::order::Order;
use serde::Serialize;
use utoipa::ToSchema;

use crate::due_view::{ASSUMED, Timestamped};
use crate::explained_due::StepView;

/// Who decides on an order that nobody wants, and until when.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RungView {
    /// Which rung, from 1.
    rung: u16,
    /// Who decides; none if the rules of now have no such rung.
    #[schema(example = "热线机构会商")]
    name: Option<String>,
    /// Until when; none if it decides when it decides.
    #[schema(value_type = Option<String>, format = DateTime)]
    due: Option<Timestamped>,
    /// Days had a part in it that rest on a holiday notice that is not out.
    assumed: bool,
    /// The rung's limit in words, by the rules of now.
    #[schema(example = "1 个工作日")]
    limit: Option<String>,
    /// The profile that says so.
    profile: String,
    /// The document that says so.
    source: Option<String>,
    /// When it began and each day since; none where the rules of now give another due.
    #[schema(inline)]
    way: Option<RungWay>,
}

/// From the begin of a rung to its due.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct RungWay {
    #[schema(value_type = String, format = DateTime)]
    from: Timestamped,
    steps: Vec<StepView>,
}

impl RungView {
    /// Of an order in arbitration.
    pub(crate) fn of(rules: &Rules, order: &Order) -> Option<RungView> {
        let arbitration = order.arbitration?;
        let since = arbitration.since;
        let profile = rules.profile(since);
        let rule = profile.arbitration.as_ref();
        let rung = rule.and_then(|rule| rule.rungs.get(usize::from(arbitration.rung)));
        let days = rung.and_then(|rung| rung.working_days);
        let told = |days| {
            let limit = (arbitration.rung, days);
            deadline::rung_due_told(profile, &rules.calendar, limit, since)
        };
        let way = days.map(told).filter(|(own, _)| Some(own.current) == arbitration.due);
        let way =
            way.map(|(_, steps)| RungWay { from: Timestamped(since), steps: StepView::all(steps) });
        Some(RungView {
            rung: arbitration.rung.saturating_add(1),
            name: rung.map(|rung| rung.name.clone()),
            due: arbitration.due.map(Timestamped),
            assumed: arbitration.assumed,
            limit: days.map(|days| Limit::WorkingDays(days).to_string()),
            profile: profile.name.clone(),
            source: rule.map(|rule| rule.source.clone()),
            way,
        })
    }

    /// On one line.
    pub(crate) fn line(&self) -> String {
        let name = self.name.as_deref().map_or_else(String::new, |name| format!("({name})"));
        match &self.due {
            Some(due) => {
                let assumed = if self.assumed { ASSUMED } else { "" };
                format!("  裁决第 {} 级:{} 前{assumed}{name}", self.rung, due.0)
            }
            None => format!("  裁决第 {} 级:无时限{name}", self.rung),
        }
    }

    pub(crate) fn write_into(&self, to: &mut String) -> fmt::Result {
        let RungView { rung, profile, .. } = self;
        match &self.due {
            Some(due) => {
                let assumed = if self.assumed { ASSUMED } else { "" };
                writeln!(to, "  裁决第 {rung} 级:{} 前{assumed}", due.0)?;
            }
            None => writeln!(to, "  裁决第 {rung} 级:无时限")?,
        }
        if let (Some(name), Some(source)) = (&self.name, &self.source) {
            let limit = self.limit.as_deref().unwrap_or("无时限");
            writeln!(to, "    规则集 {profile} 裁决第 {rung} 级 {name}:{limit};{source}")?;
        }
        let Some(way) = &self.way else { return Ok(()) };
        writeln!(to, "    自 {} 起算", way.from.0)?;
        way.steps.iter().try_for_each(|step| writeln!(to, "    {step}"))
    }
}
