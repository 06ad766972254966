//! How much the units keep their articles up, by month: new ones, changed ones, and those that were ended.

use std::collections::BTreeMap;

use hotline_engine::library::Changes;
use hotline_engine::time::Day;
use serde::Serialize;
use utoipa::ToSchema;

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

/// Sums up what changed within a span; only what was these units' then, if some are given.
pub(crate) fn updates(
    changes: &BTreeMap<(Day, String), Changes>,
    span: Span,
    units: Option<&[String]>,
) -> UpdateReport {
    let mut rows: BTreeMap<(String, String), UpdateCounts> = BTreeMap::new();
    let mut total = UpdateCounts::default();
    for ((day, unit), changes) in changes {
        let is_of = units.is_none_or(|units| units.contains(unit));
        if is_of && span.from <= *day && *day <= span.to {
            let month = day.to_string()[..7].to_owned();
            rows.entry((unit.clone(), month)).or_default().add(changes);
            total.add(changes);
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

impl UpdateCounts {
    fn add(&mut self, more: &Changes) {
        self.added += more.added;
        self.changed += more.changed;
        self.ended += more.ended;
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
    use super::*;

    /// Rows: day, unit (`-` = none), added, changed, ended.
    const CHANGES: &str = "
        2025-12-31 water 1 0 0
        2026-01-02 water 1 0 0
        2026-01-02 -     2 0 0
        2026-01-30 water 0 60 0
        2026-02-02 light 0 1 1
        2027-01-01 light 0 9 0
    ";

    /// Rows: of which unit (`all` = every one), then what is told.
    const TOLD: &str = "
        all    - 2026-01 2+0+0, light 2026-02 0+1+1, water 2026-01 1+60+0 = 3+61+1
        water  water 2026-01 1+60+0 = 1+60+0
        light  light 2026-02 0+1+1 = 0+1+1
        market = 0+0+0
    ";

    fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
        text.lines().map(str::trim).filter(|line| !line.is_empty())
    }

    #[test]
    fn a_change_is_told_of_the_unit_of_then_and_of_no_other() {
        let changes = lines(CHANGES).map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let count = |at: usize| words[at].parse().unwrap();
            let unit = words[1].trim_matches('-').to_owned();
            let changes = Changes { added: count(2), changed: count(3), ended: count(4) };
            ((Day::parse(words[0]).unwrap(), unit), changes)
        });
        let changes = changes.collect();
        let day = |text| Day::parse(text).unwrap();
        let span = Span { from: day("2026-01-01"), to: day("2026-12-31") };
        let counts = |it: &UpdateCounts| format!("{}+{}+{}", it.added, it.changed, it.ended);
        for line in lines(TOLD) {
            let (unit, told) = line.split_once(' ').unwrap();
            let units = [unit.to_owned()];
            let report = updates(&changes, span, (unit != "all").then_some(&units));
            let rows = report.rows.iter().map(|row| {
                let unit = if row.unit.is_empty() { "-" } else { &row.unit };
                format!("{unit} {} {}", row.month, counts(&row.counts))
            });
            let rows = rows.collect::<Vec<_>>().join(", ");
            assert_eq!(format!("{rows} = {}", counts(&report.total)).trim(), told.trim(), "{unit}");
        }
    }
}
