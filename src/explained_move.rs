//! What moved a handling due since it was first set, in JSON and in Chinese: from where to where, day by day, and why.
//! Computes nothing: the engine moves dues.

use std::fmt::{self, Write};

use hotline_engine::Rules;
use hotline_engine::deadline;
use hotline_engine::directory::Directory;
use hotline_engine::dues::{Facts, Move, Moved, history};
use hotline_engine::handling::Pause;
use hotline_engine::limit::Clock;
use hotline_engine::order::{Due, Order, Stage};
use hotline_engine::text::mask_identity;
use hotline_engine::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::due_view::Timestamped;
use crate::explained_due::StepView;

/// One move of a due.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MoveView {
    /// extension or pause.
    #[schema(example = "extension")]
    cause: &'static str,
    /// Who, when and why, in Chinese.
    #[schema(example = "2026-03-10T10:00:00+08:00 延期 10 个工作日(需开挖),supervisor 批准")]
    words: String,
    /// Where it went; none while a pause lasts, and where the rules of now do not lead to the due as it stands.
    #[schema(inline)]
    way: Option<WayView>,
}

/// From an old due to a new one.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct WayView {
    #[schema(value_type = String, format = DateTime)]
    from: Timestamped,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamped,
    /// minutes, calendar-days, working-days, working-hours or emergency-hours.
    #[schema(example = "working-days")]
    clock: &'static str,
    /// How much more there is of the clock: days on the clocks of days, minutes on the others.
    more: u32,
    /// Each day from the old due to the new one; none where nothing was given back.
    steps: Vec<StepView>,
}

/// The moves of a due, and where the rules of now would have moved it if that is somewhere else.
pub(crate) struct Moves {
    pub(crate) told: Vec<MoveView>,
    pub(crate) otherwise: Option<Due>,
}

/// What moved the handling due of the present cycle, in the order in which it happened.
pub(crate) fn of(directory: &Directory, rules: &Rules, order: &Order, due: Due) -> Moves {
    let mut moved = history(rules, directory, order, Due { current: due.original, ..due });
    let ends_at = |moved: &[Moved<'_>]| moved.last().map_or(due.original, |moved| moved.to.current);
    let cut_short = match moved.last() {
        // It ended with the order: nothing was given back.
        Some(&Moved { by: Move::Paused(pause), .. })
            if ends_at(&moved) != due.current
                && ends_at(&moved[..moved.len() - 1]) == due.current =>
        {
            moved.pop();
            Some(pause)
        }
        _ => None,
    };
    let leads_here = ends_at(&moved) == due.current;
    let otherwise = if leads_here { None } else { moved.last().map(|moved| moved.to) };
    let told = moved.iter().map(|moved| {
        let way = leads_here.then(|| WayView::of(directory, rules, order, moved));
        MoveView::of(moved, way)
    });
    let ended = cut_short.map(|pause| MoveView::standing(pause, ",工单随即结束,未顺延"));
    let lasting = order.pauses.last().filter(|pause| pause.ended.is_none());
    let lasting = lasting.map(|pause| MoveView::standing(pause, ",恢复计时后顺延"));
    Moves { told: told.chain(ended).chain(lasting).collect(), otherwise }
}

impl WayView {
    fn of(directory: &Directory, rules: &Rules, order: &Order, moved: &Moved<'_>) -> WayView {
        let Moved { from, to, clock, .. } = *moved;
        let start = order.cycle_start();
        let unit = Facts::of_cycle(order).subject(directory, Stage::Handle, start).unit;
        let until = to.current;
        let steps = if until == from {
            Vec::new()
        } else {
            let profile = rules.profile(start);
            StepView::all(deadline::way(profile, &rules.calendar, (clock, unit), from, until))
        };
        let more = steps.last().map_or(0, StepView::counted);
        WayView {
            from: Timestamped(from),
            to: Timestamped(until),
            clock: clock.code(),
            more,
            steps,
        }
    }
}

/// Whether a pause left what was left of the day on which it began, where days are counted.
fn is_part_of_a_day(moved: &Moved<'_>) -> bool {
    let in_day = |at: Timestamp| at.ms() - at.day().start().ms();
    let by_days = matches!(moved.clock, Clock::WorkingDays | Clock::CalendarDays);
    by_days && !moved.is_bounded && in_day(moved.to.current) < in_day(moved.from)
}

impl MoveView {
    fn of(moved: &Moved<'_>, way: Option<WayView>) -> MoveView {
        match moved.by {
            Move::Extended(extension, decision) => {
                let (at, days, reason) =
                    (decision.at, extension.working_days, mask_identity(&extension.reason));
                let bounded = bounded(moved);
                let words =
                    format!("{at} 延期 {days} 个工作日({reason}),{} 批准{bounded}", decision.by);
                MoveView { cause: "extension", words, way }
            }
            Move::Paused(pause) => {
                let unit = match moved.clock {
                    Clock::WorkingDays => "个工作日",
                    Clock::CalendarDays => "个自然日",
                    Clock::Minutes | Clock::WorkingHours | Clock::EmergencyHours => "分钟",
                };
                let bounded = bounded(moved);
                let back = way.as_ref().map(|way| match is_part_of_a_day(moved) {
                    true => format!(",退还当日所余时间{bounded}"),
                    false => format!(",退还 {} {unit}{bounded}", way.more),
                });
                MoveView { way, ..MoveView::standing(pause, &back.unwrap_or_default()) }
            }
        }
    }

    fn standing(pause: &Pause, what_then: &str) -> MoveView {
        let (from, reason) = (pause.from, pause.reason.label());
        let until = |ended: Timestamp| format!("至 {ended} ");
        let until = pause.ended.map_or_else(|| "起".to_owned(), until);
        let words = format!("{from} {until}暂停计时({reason}){what_then}");
        MoveView { cause: "pause", words, way: None }
    }

    /// A line, and one a day.
    pub(crate) fn write_into(&self, to: &mut String) -> fmt::Result {
        let Some(way) = &self.way else { return writeln!(to, "    {}", self.words) };
        writeln!(to, "    {}:由 {} 顺延至 {}", self.words, way.from.0, way.to.0)?;
        way.steps.iter().try_for_each(|step| writeln!(to, "    {step}"))
    }
}

/// Why it went no further.
fn bounded(moved: &Moved<'_>) -> &'static str {
    if moved.is_bounded { "(以上级时限倒排的内部时限为限)" } else { "" }
}
