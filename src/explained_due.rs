//! A due with the rule and the days that made it, in JSON and in Chinese. Computes nothing.

use std::fmt::{self, Write};

use hotline_engine::calendar::Calendar;
use hotline_engine::deadline::{self, Explained, Subject};
use hotline_engine::profile::Profile;
use hotline_engine::time::{Day, Timestamp};
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
    /// Days had a part in it that rest on a holiday notice that is not out.
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
        let explained = deadline::explain(profile, calendar, subject)?;
        Some(ExplainedDue::by(profile, subject.from, explained))
    }

    /// The one limit of the stage that makes this due, though others fit the subject now; none if several would.
    pub(crate) fn matching(
        profile: &Profile,
        calendar: &Calendar,
        subject: &Subject<'_>,
        due: Timestamp,
    ) -> Option<ExplainedDue> {
        let mut every = deadline::by_every_limit(profile, calendar, subject);
        let mut same = every.by_ref().filter(|explained| explained.due.current == due);
        let only = same.next()?;
        same.next().is_none().then(|| ExplainedDue::by(profile, subject.from, only))
    }

    fn by(profile: &Profile, from: Timestamp, explained: Explained<'_>) -> ExplainedDue {
        let Explained { due, row, limit, steps } = explained;
        ExplainedDue {
            due: Timestamped(due.current),
            clock: limit.limit.clock().code(),
            length: limit.limit.length(),
            assumed: due.assumed,
            rule: RuleView {
                profile: profile.name.clone(),
                effective_from: profile.effective_from,
                in_force: profile.effective_from <= from.day(),
                number: row,
                limit: limit.limit.to_string(),
                source: limit.source.clone(),
            },
            from: Timestamped(from),
            steps: StepView::all(steps),
        }
    }

    /// Whether days had a part in it that rest on a holiday notice that is not out.
    pub(crate) fn is_assumed(&self) -> bool {
        self.assumed
    }

    /// Whether the clock started before the rule was in force.
    pub(crate) fn is_before_its_rule(&self) -> bool {
        !self.rule.in_force
    }

    /// The rule in words.
    pub(crate) fn rule(&self) -> &RuleView {
        &self.rule
    }

    /// The rule and a line a day.
    pub(crate) fn write_steps(&self, to: &mut String) -> fmt::Result {
        writeln!(to, "    {}", self.rule)?;
        writeln!(to, "    自 {} 起算", self.from.0)?;
        self.steps.iter().try_for_each(|step| writeln!(to, "    {step}"))
    }
}

impl StepView {
    /// For readers.
    pub(crate) fn all(steps: Vec<deadline::Step>) -> Vec<StepView> {
        let view = |step: deadline::Step| StepView {
            day: step.day.to_string(),
            counted: step.counted,
            reason: step.reason,
        };
        steps.into_iter().map(view).collect()
    }

    /// How much of the limit is used up at its end.
    pub(crate) fn counted(&self) -> u32 {
        self.counted
    }
}

impl fmt::Display for StepView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}(累计 {})", self.day, self.reason, self.counted)
    }
}

impl RuleView {
    /// Where it stands and what it says, without the document.
    pub(crate) fn in_short(&self) -> String {
        format!("{}:{}", self.place(), self.limit)
    }

    /// Where it stands.
    pub(crate) fn place(&self) -> String {
        format!("规则集 {} 第 {} 条", self.profile, self.number)
    }
}

impl fmt::Display for RuleView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{};{}", self.place(), self.limit, self.source)
    }
}
