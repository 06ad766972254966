//! A due with the rule and the days that made it, in JSON and in Chinese. Computes nothing.

use std::fmt::{self, Write};

use hotline_engine::calendar::Calendar;
use hotline_engine::deadline::{self, Explained, Subject};
use hotline_engine::profile::Profile;
use hotline_engine::time::Day;
use serde::Serialize;
use utoipa::ToSchema;

use crate::due_view::Timestamped;

/// A due, and how it came about.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ExplainedDue {
    #[schema(value_type = String, format = DateTime, example = "2026-03-04T23:59:59+08:00")]
    pub(crate) due: Timestamped,
    /// minutes, calendar-days, working-days, working-hours or emergency-hours.
    #[schema(example = "working-days")]
    clock: &'static str,
    /// How much of the clock: days on the clocks of days, minutes on the others.
    length: u32,
    /// A year without a holiday notice had a part in it.
    assumed: bool,
    rule: RuleView,
    /// When the clock started.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamped,
    /// Each day from the start to the due.
    steps: Vec<StepView>,
}

/// The limit that counts.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RuleView {
    #[schema(example = "guangdong")]
    profile: String,
    /// First day on which this version of the profile is in force.
    #[schema(value_type = String, format = Date)]
    effective_from: Day,
    /// Whether it was in force when the clock started; before its first version that one counts.
    in_force: bool,
    /// Number of the limit in the profile, from 1.
    number: usize,
    /// The limit in words.
    #[schema(example = "10 个工作日")]
    limit: String,
    /// The document that says so.
    source: String,
}

/// One day on the way.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct StepView {
    #[schema(example = "2026-02-14")]
    day: String,
    /// How much of the limit is used up at its end.
    counted: u32,
    /// Why it counts or not, in Chinese.
    #[schema(example = "周六 春节调休上班,计入")]
    reason: String,
}

impl ExplainedDue {
    /// The due of `subject`, if the profile limits it.
    pub(crate) fn of(
        profile: &Profile,
        calendar: &Calendar,
        subject: &Subject<'_>,
    ) -> Option<ExplainedDue> {
        let Explained { due, row, limit, steps } = deadline::explain(profile, calendar, subject)?;
        let step = |step: deadline::Step| StepView {
            day: step.day.to_string(),
            counted: step.counted,
            reason: step.reason,
        };
        Some(ExplainedDue {
            due: Timestamped(due.current),
            clock: limit.limit.clock().code(),
            length: limit.limit.length(),
            assumed: due.assumed,
            rule: RuleView {
                profile: profile.name.clone(),
                effective_from: profile.effective_from,
                in_force: profile.effective_from <= subject.from.day(),
                number: row,
                limit: limit.limit.to_string(),
                source: limit.source.clone(),
            },
            from: Timestamped(subject.from),
            steps: steps.into_iter().map(step).collect(),
        })
    }

    /// Whether a year without a holiday notice had a part in it.
    pub(crate) fn is_assumed(&self) -> bool {
        self.assumed
    }

    /// Whether the clock started before the rule was in force.
    pub(crate) fn is_before_its_rule(&self) -> bool {
        !self.rule.in_force
    }

    /// The rule and a line a day.
    pub(crate) fn write_steps(&self, to: &mut String) -> fmt::Result {
        let RuleView { profile, number, limit, source, .. } = &self.rule;
        writeln!(to, "    规则集 {profile} 第 {number} 条:{limit};{source}")?;
        writeln!(to, "    自 {} 起算", self.from.0)?;
        for step in &self.steps {
            writeln!(to, "    {} {}(累计 {})", step.day, step.reason, step.counted)?;
        }
        Ok(())
    }
}
