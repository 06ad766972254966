//! Articles that grow old: days of review that have passed, texts that end soon or have ended, units and matters that are no more.

use hotline_engine::article::Article;
use hotline_engine::directory::Directory;
use hotline_engine::time::Day;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Entry, ROWS_MAX};

/// A text that nobody has looked at for so many days, and that names no day of review, is old: rules change once a year.
const OLD_AFTER_DAYS: i32 = 365;

/// Articles that somebody should look at.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StaleReport {
    /// The day that they are judged on.
    day: String,
    /// Days ahead that were looked at.
    within_days: i32,
    /// How many there are.
    count: usize,
    /// By unit, then the longest overdue first; at most 500.
    articles: Vec<StaleArticle>,
}

/// An article, and why somebody should look at it.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
struct StaleArticle {
    id: String,
    title: String,
    unit: Option<String>,
    /// review-passed, review-near, ended, ends-soon, unit-gone, matter-gone or old.
    why: Vec<&'static str>,
    review_on: Option<String>,
    valid_to: Option<String>,
    /// The day on which its text was written.
    written: String,
    /// The first of its days that has passed or will.
    #[serde(skip)]
    due: Day,
}

/// Those of these articles that are old on a day, or will be within so many days.
pub(crate) fn stale(
    entries: &[Entry],
    directory: &Directory,
    today: Day,
    within_days: i32,
) -> StaleReport {
    let row = |entry: &Entry| {
        let text = entry.article.as_deref()?;
        let version = entry.life.answering()?;
        let review_on = version.backing.review_on;
        let written = version.at.day();
        let why = reasons(text, review_on, written, directory, today, within_days);
        let days = [review_on, text.valid_to].into_iter().flatten();
        (!why.is_empty()).then(|| StaleArticle {
            id: entry.id.clone(),
            title: text.title.clone(),
            unit: text.unit.clone(),
            why,
            review_on: review_on.map(|day| day.to_string()),
            valid_to: text.valid_to.map(|day| day.to_string()),
            written: written.to_string(),
            due: days.min().unwrap_or(written),
        })
    };
    let mut articles: Vec<StaleArticle> = entries.iter().filter_map(row).collect();
    articles.sort_by(|one, other| {
        (&one.unit, one.due, &one.id).cmp(&(&other.unit, other.due, &other.id))
    });
    let count = articles.len();
    articles.truncate(ROWS_MAX);
    StaleReport { day: today.to_string(), within_days, count, articles }
}

fn reasons(
    text: &Article,
    review_on: Option<Day>,
    written: Day,
    directory: &Directory,
    today: Day,
    within_days: i32,
) -> Vec<&'static str> {
    let soon = Day(today.0.saturating_add(within_days));
    let mut why = Vec::new();
    let mut add = |is_so: bool, reason| {
        if is_so {
            why.push(reason);
        }
    };
    add(review_on.is_some_and(|day| day < today), "review-passed");
    add(review_on.is_some_and(|day| today <= day && day <= soon), "review-near");
    add(text.valid_to.is_some_and(|day| day < today), "ended");
    add(text.valid_to.is_some_and(|day| today <= day && day <= soon), "ends-soon");
    let unit_gone = |code: &String| directory.unit_id(code).is_none();
    add(text.unit.as_ref().is_some_and(unit_gone), "unit-gone");
    let matter_gone = |path: &String| directory.matter_id(path).is_none();
    add(text.matter.as_ref().is_some_and(matter_gone), "matter-gone");
    add(review_on.is_none() && today.0 - written.0 > OLD_AFTER_DAYS, "old");
    why
}

impl std::fmt::Display for StaleReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} articles to look at on {}", self.count, self.day)?;
        for row in &self.articles {
            let unit = row.unit.as_deref().unwrap_or("-");
            let day = |day: &Option<String>| day.clone().unwrap_or_else(|| "-".into());
            let (review, to) = (day(&row.review_on), day(&row.valid_to));
            let (id, title, why) = (&row.id, &row.title, row.why.join(", "));
            writeln!(f, "{unit}  {id}  {title}\n  {why}; review {review}, valid to {to}")?;
        }
        Ok(())
    }
}
