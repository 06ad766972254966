//! How far the knowledge base answers: contacts that each article closed, those that came back, and articles nobody uses.

use hotline_engine::library::Uses;
use hotline_engine::time::Day;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Entry, ROWS_MAX};
use crate::reporting::RateView;

/// What articles were good for, since the hotline began.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsageReport {
    /// Articles in force today.
    in_force: usize,
    /// Contacts that articles closed, of all contacts that were accepted (直接解答率).
    direct_answers: RateView,
    /// Articles in force that never closed one.
    never_used: RateView,
    /// Answers by an article that were followed by nothing: neither opened again nor complained of.
    held: RateView,
    /// Those that closed contacts, by how many, then those that call-takers only spoke of; at most 500.
    used: Vec<UsedArticle>,
    /// Those in force that closed none, by id; at most 500.
    unused: Vec<UnusedArticle>,
}

/// An article that closed contacts, or that call-takers spoke of.
#[derive(Debug, Serialize, ToSchema)]
struct UsedArticle {
    id: String,
    title: String,
    unit: Option<String>,
    /// Contacts that it closed, of all contacts that were accepted.
    direct_answers: RateView,
    /// Of its answers, those that were opened again.
    reopened: RateView,
    /// Of its answers, those whose caller came back with a complaint about the same.
    complained: RateView,
    /// Call-takers who said that it helped, of all who said anything.
    useful: RateView,
    last_used: Option<String>,
    /// What they said last, the newest first; numbers of people are masked.
    remarks: Vec<RemarkView>,
}

/// What a call-taker said of an article.
#[derive(Debug, Serialize, ToSchema)]
struct RemarkView {
    day: String,
    useful: bool,
    note: String,
}

/// An article that closed nothing.
#[derive(Debug, Serialize, ToSchema)]
struct UnusedArticle {
    id: String,
    title: String,
    unit: Option<String>,
    /// When its text began to answer.
    since: Option<String>,
}

/// The report over these articles, of a hotline with so many orders.
pub(crate) fn usage(entries: &[Entry], orders_count: u64, today: Day) -> UsageReport {
    let in_force = |entry: &&Entry| entry.article.as_ref().is_some_and(|it| it.is_in_force(today));
    let answering: Vec<&Entry> = entries.iter().filter(in_force).collect();
    let unused: Vec<&&Entry> = answering.iter().filter(|it| it.uses.answered == 0).collect();
    // What was said of an article counts also where the caller was helped otherwise.
    let is_used = |it: &&Entry| it.uses.answered > 0 || said(&it.uses) > 0;
    let mut used: Vec<&Entry> = entries.iter().filter(is_used).collect();
    used.sort_by_key(|entry| std::cmp::Reverse((entry.uses.answered, said(&entry.uses))));
    let total = |of: fn(&Entry) -> u32| used.iter().map(|it| u64::from(of(it))).sum::<u64>();
    let answered = total(|it| it.uses.answered);
    let back = total(|it| it.uses.answered.min(it.uses.came_back));
    UsageReport {
        in_force: answering.len(),
        direct_answers: RateView::share(answered, orders_count),
        never_used: RateView::share(unused.len() as u64, answering.len() as u64),
        held: RateView::share(answered - back, answered),
        used: used.into_iter().take(ROWS_MAX).map(|it| used_article(it, orders_count)).collect(),
        unused: unused.into_iter().take(ROWS_MAX).map(|it| unused_article(it)).collect(),
    }
}

/// How often call-takers said whether it helped.
fn said(uses: &Uses) -> u64 {
    u64::from(uses.useful) + u64::from(uses.useless)
}

fn used_article(entry: &Entry, orders_count: u64) -> UsedArticle {
    let uses = &entry.uses;
    let of_answers = |part: u32| RateView::share(part.into(), uses.answered.into());
    let remarks = uses.remarks.iter().rev().map(|remark| RemarkView {
        day: remark.at.day().to_string(),
        useful: remark.useful,
        note: remark.note.clone(),
    });
    UsedArticle {
        id: entry.id.clone(),
        title: entry.title(),
        unit: Some(entry.unit().to_owned()).filter(|unit| !unit.is_empty()),
        direct_answers: RateView::share(uses.answered.into(), orders_count),
        reopened: of_answers(uses.reopened),
        complained: of_answers(uses.complained),
        useful: RateView::share(uses.useful.into(), said(uses)),
        last_used: uses.last.map(|day| day.to_string()),
        remarks: remarks.collect(),
    }
}

fn unused_article(entry: &Entry) -> UnusedArticle {
    let since = entry.life.answering().and_then(|version| version.published);
    UnusedArticle {
        id: entry.id.clone(),
        title: entry.title(),
        unit: Some(entry.unit().to_owned()).filter(|unit| !unit.is_empty()),
        since: since.map(|at| at.day().to_string()),
    }
}

impl std::fmt::Display for UsageReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "articles in force   {}", self.in_force)?;
        writeln!(f, "direct answers      {}", self.direct_answers)?;
        writeln!(f, "answers that held   {}", self.held)?;
        writeln!(f, "never used          {}", self.never_used)?;
        for row in &self.used {
            let UsedArticle { id, title, direct_answers, reopened, complained, useful, .. } = row;
            let unit = row.unit.as_deref().unwrap_or("-");
            writeln!(f, "\n{id}  {title}  {unit}")?;
            writeln!(f, "  direct answers {direct_answers}, reopened {reopened}")?;
            writeln!(f, "  complaints after {complained}, useful {useful}")?;
            for RemarkView { day, note, .. } in row.remarks.iter().filter(|it| !it.note.is_empty())
            {
                writeln!(f, "  {day} {note}")?;
            }
        }
        if !self.unused.is_empty() {
            writeln!(f, "\nnever used:")?;
        }
        for row in &self.unused {
            let (since, unit) = (row.since.as_deref(), row.unit.as_deref());
            let (since, unit) = (since.unwrap_or("-"), unit.unwrap_or("-"));
            writeln!(f, "  {}  {}  {unit}  since {since}", row.id, row.title)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn what_was_said_of_an_article_is_told_also_if_it_closed_nothing() {
        let entry = |id: &str, uses: Uses| Entry {
            id: id.to_owned(),
            life: Arc::default(),
            article: None,
            uses: Arc::new(uses),
        };
        let entries = [
            entry("unknown", Uses::default()),
            entry("said", Uses { useless: 1, ..Uses::default() }),
            entry("used", Uses { answered: 1, ..Uses::default() }),
        ];
        let report = usage(&entries, 2, Day(0));
        let told: Vec<&str> = report.used.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(told, ["used", "said"]);
        let RateView { numerator, denominator, .. } = report.used[1].useful;
        assert_eq!((numerator, denominator), (0, 1));
    }
}
