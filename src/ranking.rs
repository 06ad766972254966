//! The rows of a report by their points under a scoring rule, the best first. How points follow from rates is the engine's.

use hotline_engine::score::ScoreProfile;
use serde::Serialize;

use crate::reporting::{RateView, Report, RowView};

/// Rows with rank and points.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Ranking {
    /// Name of the rule.
    pub(crate) rule: String,
    /// The document behind it.
    pub(crate) title: String,
    /// Where it was published.
    pub(crate) source: String,
    /// What is scored, in order.
    pub(crate) items: Vec<String>,
    pub(crate) rows: Vec<Ranked>,
}

/// One row.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Ranked {
    /// Equal points share a rank; who has no due order has none.
    pub(crate) rank: Option<usize>,
    pub(crate) key: String,
    pub(crate) label: String,
    /// Two places; null for who is left out.
    pub(crate) points: Option<String>,
    /// The rate behind each item.
    pub(crate) rates: Vec<RateView>,
}

impl Ranking {
    /// Of the rows of a report; those without points stand at the end.
    pub(crate) fn of<'a>(report: &'a Report, rule: &ScoreProfile) -> Ranking {
        // What no unit has is nobody's score.
        let scored = |row: &'a RowView| (rule.points(&row.sums).filter(|_| row.key != "-"), row);
        let mut rows: Vec<_> = report.rows.iter().map(scored).collect();
        rows.sort_by(|(one, left), (other, right)| other.cmp(one).then(left.key.cmp(&right.key)));
        // Sorted: whoever has more points stands before the first with as many.
        let rank = |points| 1 + rows.partition_point(|(more, _)| *more > points);
        let ranked = |(points, row): &(Option<_>, &RowView)| Ranked {
            rank: points.map(|_| rank(*points)),
            key: row.key.clone(),
            label: row.label.clone(),
            points: points.map(|points| points.to_string()),
            rates: rule.items.iter().map(|item| row.rates[item.figure.code()].clone()).collect(),
        };
        Ranking {
            rule: rule.name.clone(),
            title: rule.title.clone(),
            source: rule.source.clone(),
            items: rule.items.iter().map(|item| item.name.clone()).collect(),
            rows: rows.iter().map(ranked).collect(),
        }
    }

    /// The heading of each column.
    pub(crate) fn headings(&self) -> impl Iterator<Item = &str> {
        ["名次", "", "得分"].into_iter().chain(self.items.iter().map(String::as_str))
    }
}

impl Ranked {
    /// The text of each column.
    pub(crate) fn cells(&self) -> impl Iterator<Item = String> {
        let rank = self.rank.map_or_else(|| "—".to_owned(), |rank| rank.to_string());
        let points = self.points.clone().unwrap_or_else(|| "不参评".to_owned());
        let rates = self.rates.iter().map(ToString::to_string);
        [rank, self.label.clone(), points].into_iter().chain(rates)
    }
}
