//! How much the units keep their articles up, by month: new ones, changed ones, and those that were ended.

use std::collections::BTreeMap;

use hotline_engine::time::{Day, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::Entry;
use crate::span::Span;

/// Changes of articles, by unit and month.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UpdateReport {
    from: String,
    to: String,
    /// All of them.
    total: UpdateCounts,
    /// By unit, then by month.
    rows: Vec<UpdateRow>,
}

/// Changes of a unit's articles in a month.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
struct UpdateRow {
    /// Code of the unit; empty where an article names none.
    unit: String,
    #[schema(example = "2026-11")]
    month: String,
    #[serde(flatten)]
    counts: UpdateCounts,
}

/// How many articles were changed, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub(crate) struct UpdateCounts {
    /// First versions that were put in force.
    added: u64,
    /// Later versions that were.
    changed: u64,
    /// Articles of which nothing answers any more.
    ended: u64,
}

/// Counts versions that were put in force within a span, and those with which an article ended, whatever came after; only those that
/// were these units' then, if some are given. Of an article with more versions than are kept, the oldest are not counted any more.
pub(crate) fn updates(entries: &[Entry], span: Span, units: Option<&[String]>) -> UpdateReport {
    let mut rows: BTreeMap<(String, String), UpdateCounts> = BTreeMap::new();
    let mut total = UpdateCounts::default();
    let mut count = |unit: &str, at: Timestamp, add: fn(&mut UpdateCounts)| {
        let day = at.day();
        let is_of = units.is_none_or(|units| units.iter().any(|it| it == unit));
        if is_of && span.from <= day && day <= span.to {
            let month = day.to_string()[..7].to_owned();
            add(rows.entry((unit.to_owned(), month)).or_default());
            add(&mut total);
        }
    };
    for entry in entries {
        let mut is_first = entry.life.versions.first().is_some_and(|it| it.number == 1);
        for version in &entry.life.versions {
            let text = version.text.as_ref().or(entry.article.as_deref());
            let unit = text.and_then(|text| text.unit.as_deref()).unwrap_or_default();
            if let Some(at) = version.ended {
                count(unit, at, |it| it.ended += 1);
            }
            let Some(at) = version.published else { continue };
            count(unit, at, if is_first { |it| it.added += 1 } else { |it| it.changed += 1 });
            is_first = false;
        }
    }
    let row = |((unit, month), counts)| UpdateRow { unit, month, counts };
    let day = |day: Day| day.to_string();
    UpdateReport {
        from: day(span.from),
        to: day(span.to),
        total,
        rows: rows.into_iter().map(row).collect(),
    }
}

impl std::fmt::Display for UpdateReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let told = |it: &UpdateCounts| {
            format!("{} added, {} changed, {} ended", it.added, it.changed, it.ended)
        };
        writeln!(f, "{} to {}: {}", self.from, self.to, told(&self.total))?;
        for UpdateRow { unit, month, counts } in &self.rows {
            let unit = if unit.is_empty() { "-" } else { unit };
            writeln!(f, "{unit}  {month}  {}", told(counts))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hotline_engine::article::{Article, Backing};
    use hotline_engine::glossary::ArticleStatus;
    use hotline_engine::library::{Life, Version};

    use super::*;

    fn text(unit: &str) -> Article {
        Article {
            id: "a".into(),
            title: "题".into(),
            body: "文".into(),
            matter: None,
            unit: Some(unit.into()),
            valid_from: None,
            valid_to: None,
        }
    }

    fn version(number: u32, status: ArticleStatus, text: Option<Article>) -> Version {
        let at = Timestamp::parse(&format!("2026-0{number}-02T09:00:00+08:00")).unwrap();
        Version {
            number,
            at,
            by: "writer".into(),
            status,
            text,
            backing: Backing::default(),
            review: None,
            published: Some(at),
            ended: None,
            rebackings: Vec::new(),
        }
    }

    #[test]
    fn a_change_is_told_of_the_unit_of_then_and_of_no_other() {
        let mut life = Life::default();
        life.versions.push(version(1, ArticleStatus::Replaced, Some(text("water"))));
        life.versions.push(version(2, ArticleStatus::Published, None));
        let entry = Entry {
            id: "a".into(),
            life: Arc::new(life),
            article: Some(Arc::new(text("light"))),
            uses: Arc::default(),
        };
        let day = |text| Day::parse(text).unwrap();
        let span = Span { from: day("2026-01-01"), to: day("2026-12-31") };
        let told = |unit: &str| {
            let units = [unit.to_owned()];
            let report = updates(std::slice::from_ref(&entry), span, Some(&units));
            let rows = report.rows.iter().map(|row| (row.unit.clone(), row.month.clone()));
            (rows.collect::<Vec<_>>(), report.total.added, report.total.changed)
        };
        assert_eq!(told("water"), (vec![("water".into(), "2026-01".into())], 1, 0));
        assert_eq!(told("light"), (vec![("light".into(), "2026-02".into())], 0, 1));
        assert_eq!(told("market"), (Vec::new(), 0, 0));
    }
}
