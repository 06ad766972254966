//! What happened, in the short words of a script.

use hotline_engine::directory::UnitId;
use hotline_engine::event::Event;
use hotline_engine::library::ArticleStep;
use hotline_engine::order::{Dispatch, Due, Stage};
use hotline_engine::time::Timestamp;

use super::Desk;

impl Desk {
    #[expect(clippy::too_many_lines, reason = "one arm a fact")]
    pub(super) fn describe(&self, event: &Event) -> String {
        let unit = |id: UnitId| self.state.directory().unit(id).code.clone();
        let by = |helper: Option<UnitId>| {
            helper.map_or_else(String::new, |id| " of ".to_owned() + &unit(id))
        };
        match event {
            Event::Accepted { order, dues, .. } => match dues[Stage::Handle] {
                Some(due) => format!("{} accepted, reply by {}", order.0, paper(due)),
                None => format!("{} accepted", order.0),
            },
            Event::CallerRecorded { .. } => "caller to the vault".into(),
            Event::Dispatched { order, dispatch, dues, .. } => {
                let Dispatch { lead, co_units, mode, .. } = dispatch;
                let helpers: String =
                    co_units.iter().map(|co| format!(" + {}", unit(co.unit))).collect();
                let sign = dues[Stage::Sign]
                    .map(|due| format!(", sign by {}", paper(due)))
                    .unwrap_or_default();
                format!("{} {} to {}{helpers}{sign}", order.0, mode.code(), unit(*lead))
            }
            Event::SentToTriage { order, reason, .. } => {
                format!("{} waits: {}", order.0, reason.code())
            }
            Event::Signed { order } => format!("{} signed", order.0),
            Event::Returned { order, refusal } => {
                format!("{} returned by {}: {}", order.0, unit(refusal.unit), refusal.reason.code())
            }
            Event::Replied { order, .. } => format!("{} replied", order.0),
            Event::CalledBack { order, .. } => format!("{} called back", order.0),
            Event::Closed { order, .. } => format!("{} closed", order.0),
            Event::PraisePassedOn { order } => format!("{} praise passed on", order.0),
            Event::DuePassed { order, stage, co_unit } => {
                format!("{} late: {}{}", order.0, stage.code(), by(*co_unit))
            }
            Event::Escalated { order, rung } => format!("{} {}", order.0, rung.code()),
            Event::DueRecomputed { order, stage, due, co_unit, .. } => {
                let (stage, by) = (stage.code(), by(*co_unit));
                format!("{} certain: {stage}{by} by {}", order.0, paper(*due))
            }
            Event::Contacted { order, .. } => format!("{} contacted", order.0),
            Event::ExtensionRequested { order, extension } => {
                format!("{} asks for {} days", order.0, extension.working_days)
            }
            Event::ExtensionDecided { order, handling, .. } => match handling {
                Some((due, _)) => format!("{} extended to {}", order.0, paper(*due)),
                None => format!("{} not extended", order.0),
            },
            Event::Paused { order, pause } => {
                format!("{} paused until {}", order.0, paper_at(pause.until))
            }
            Event::Resumed { order, handling } => {
                let due = handling.map_or_else(|| "no due".into(), |(due, _)| paper(due));
                format!("{} resumed, reply by {due}", order.0)
            }
            Event::CoReplied { order, reply } => {
                format!("{} helped by {}", order.0, unit(reply.unit))
            }
            Event::Reviewed { order, review } => {
                format!("{} {}", order.0, if review.passed { "passed" } else { "sent back" })
            }
            Event::Reworked { order, rework, handle_due, .. } => {
                let due = handle_due.map_or_else(|| "no due".into(), paper);
                format!("{} reworked: {}, reply by {due}", order.0, rework.reason.code())
            }
            Event::Reminded { order, .. } => format!("{} reminded", order.0),
            Event::Supervised { order, .. } => format!("{} supervised", order.0),
            Event::Withdrawn { order, .. } => format!("{} withdrawn", order.0),
            Event::Transferred { order, number } => format!("{} to {number}", order.0),
            Event::Revealed { order, .. } => format!("{} revealed", order.0),
            Event::Arbitrated { order, arbitration } => {
                let until = arbitration.due.map(paper_at);
                let until = until.map(|until| format!(" until {until}")).unwrap_or_default();
                format!("{} before arbiter {}{until}", order.0, arbitration.rung + 1)
            }
            Event::Merged { order, merge } => format!("{} joined to {}", order.0, merge.into.0),
            Event::Repeated { order, merge } => format!("{} repeats {}", order.0, merge.into.0),
            Event::Unmerged { order, .. } => format!("{} on its own", order.0),
            Event::GivenBack { order, held } => {
                let Dispatch { lead, co_units, .. } = &held.dispatch;
                let helpers: String =
                    co_units.iter().map(|co| format!(" + {}", unit(co.unit))).collect();
                let signed = if held.signed.is_some() { ", signed" } else { "" };
                format!("{} back with {}{helpers}{signed}", order.0, unit(*lead))
            }
            Event::Joined { order, child } => format!("{} stands for {}", order.0, child.0),
            Event::Parted { order, child } => format!("{} parted from {}", order.0, child.0),
            Event::Followed { order } => format!("{} follows", order.0),
            Event::RepliedWith { order, callback_due } => {
                let due = callback_due
                    .map_or_else(String::new, |due| format!(", call by {}", paper(due)));
                format!("{} replied with it{due}", order.0)
            }
            Event::ReviewedWith { order, .. } => format!("{} sent back with it", order.0),
            Event::Answered { order, .. } => format!("{} answered", order.0),
            Event::ServiceReported { case, service } => match service.default_at {
                Some(at) => format!("{case} may be rated until {}", paper_at(at)),
                None => format!("{case} done"),
            },
            Event::Rated { case, rating } => {
                let how = if rating.by_default { " by default" } else { "" };
                format!("{case} rated {}{how}", rating.grade.code())
            }
            Event::Appealed { order, .. } => format!("{} appealed", order.0),
            Event::AppealDecided { order, decision } => {
                format!("{} {}", order.0, if decision.granted { "struck out" } else { "stands" })
            }
            Event::CallsCounted { day, calls } => format!("{day}: {} calls", calls.offered),
            Event::Assigned { order, handler } => {
                let staff = self.state.directory().staff();
                format!("{} for {}", order.0, staff.handler(*handler).account)
            }
            Event::Unassigned { order } => format!("{} for nobody", order.0),
            Event::PauseRecomputed { order, until, assumed } => {
                let until = Due { original: *until, current: *until, assumed: *assumed };
                format!("{} certain: paused until {}", order.0, paper(until))
            }
            Event::ArbitrationRecomputed { order, arbitration } => {
                let until = arbitration.due.map_or_else(String::new, paper_at);
                format!("{} certain: before arbiter until {until}", order.0)
            }
            Event::ArticlePut(article) => format!("article {} put", article.id),
            Event::ArticleRemoved { id } => format!("article {id} removed"),
            Event::ArticleMoved { id, step } => format!("article {id} {}", of_article(step)),
            Event::DirectoryAdopted(_) => "directory adopted".into(),
        }
    }
}

fn of_article(step: &ArticleStep) -> &'static str {
    match step {
        ArticleStep::Drafted(_) => "drafted",
        ArticleStep::Backed(_) | ArticleStep::Rebacked(..) => "backed",
        ArticleStep::Reviewed(review) if review.granted => "reviewed",
        ArticleStep::Reviewed(_) => "sent back",
        ArticleStep::Published => "published",
        ArticleStep::Expired(_) => "expired",
        ArticleStep::Rated(remark) if remark.useful => "useful",
        ArticleStep::Rated(_) => "useless",
    }
}

/// A due at the end of a day is told by its day, any other in full; `?` marks an assumed year.
pub(crate) fn paper(due: Due) -> String {
    format!("{}{}", paper_at(due.current), if due.assumed { "?" } else { "" })
}

fn paper_at(at: Timestamp) -> String {
    let day = at.day();
    if at == day.end() {
        day.to_string()
    } else {
        at.to_string().trim_end_matches("+08:00").to_owned()
    }
}
