//! What changes from one duty list to another: rows by matter and place, and who leads what on a day.

use std::collections::{BTreeMap, BTreeSet};

use super::DutyList;
use crate::draft::{HolderDraft, RowDraft, ancestry};
use crate::time::Day;

/// A row that only one of the lists has, or two rows of one matter and place that differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// The matter.
    pub matter: String,
    /// Code of the region it is limited to.
    pub place: Option<String>,
    /// Number of the row in the list before; none if it is added.
    pub before: Option<usize>,
    /// Number of the row in the list after; none if it is removed.
    pub after: Option<usize>,
}

/// A matter that somebody else leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadChange {
    /// The matter, a leaf.
    pub matter: String,
    /// Code of the place for which the lists name somebody apart; none = everywhere else.
    pub place: Option<String>,
    /// Who led it, by which row; none where no row did.
    pub before: Option<(HolderDraft, usize)>,
    /// Who leads it now.
    pub after: Option<(HolderDraft, usize)>,
}

/// Rows of one matter at one place.
type Key<'a> = (&'a str, Option<&'a str>);

/// Rows that came, went or changed, by matter and place. Rows that are in both lists word for word are left out, wherever
/// they stand; what is left of one matter and place is paired in the order of first days.
pub fn rows(before: &DutyList<'_>, after: &DutyList<'_>) -> Vec<RowChange> {
    let (old, new) = (by_key(before), by_key(after));
    let keys: BTreeSet<Key<'_>> = old.keys().chain(new.keys()).copied().collect();
    let mut changes = Vec::new();
    for (matter, place) in keys {
        let of = |rows: &BTreeMap<Key<'_>, Vec<usize>>| {
            rows.get(&(matter, place)).cloned().unwrap_or_default()
        };
        let (mut gone, mut come) = (of(&old), of(&new));
        gone.retain(|&number| {
            let same = come.iter().position(|&other| after.row(other) == before.row(number));
            same.map(|at| come.remove(at)).is_none()
        });
        gone.sort_by_key(|&number| (before.row(number).from, number));
        come.sort_by_key(|&number| (after.row(number).from, number));
        for at in 0..gone.len().max(come.len()) {
            let (before, after) = (gone.get(at).copied(), come.get(at).copied());
            let (matter, place) = (matter.to_owned(), place.map(str::to_owned));
            changes.push(RowChange { matter, place, before, after });
        }
    }
    changes
}

fn by_key<'a>(list: &DutyList<'a>) -> BTreeMap<Key<'a>, Vec<usize>> {
    let mut rows: BTreeMap<Key<'_>, Vec<usize>> = BTreeMap::new();
    for (number, row) in (1..).zip(&list.draft.rows) {
        rows.entry((&row.matter, row.place.as_deref())).or_default().push(number);
    }
    rows
}

/// The columns in which two rows differ.
pub fn columns(before: &RowDraft, after: &RowDraft) -> Vec<&'static str> {
    let columns = [
        ("lead", before.lead != after.lead),
        ("co_units", before.co_units != after.co_units),
        ("level", before.level != after.level),
        ("basis", before.basis != after.basis),
        ("from", before.from != after.from),
        ("to", before.to != after.to),
        ("source", before.source != after.source),
    ];
    columns.into_iter().filter(|(_, differs)| *differs).map(|(column, _)| column).collect()
}

/// Leaves that somebody else leads on a day, at each place that either list names apart for them, and everywhere else.
pub fn leads(before: &DutyList<'_>, after: &DutyList<'_>, on: Day) -> Vec<LeadChange> {
    let leaves: BTreeSet<&str> =
        before.leaves().chain(after.leaves()).map(|(_, path)| path).collect();
    leaves.into_iter().flat_map(|matter| leads_of(before, after, matter, on)).collect()
}

fn leads_of(before: &DutyList<'_>, after: &DutyList<'_>, matter: &str, on: Day) -> Vec<LeadChange> {
    let lead = |list: &DutyList<'_>, place: Option<&str>| {
        let number = list.deciding(matter, place, on)?;
        Some((list.row(number).lead.clone(), number))
    };
    let places = |list: &DutyList<'_>| -> Vec<String> {
        let rows = ancestry(matter).flat_map(|matter| list.rows_of(matter));
        rows.filter_map(|number| list.row(number).place.clone()).collect()
    };
    let places: BTreeSet<String> = places(before).into_iter().chain(places(after)).collect();
    let mut changes: Vec<LeadChange> = Vec::new();
    for place in std::iter::once(None).chain(places.into_iter().map(Some)) {
        let (old, new) = (lead(before, place.as_deref()), lead(after, place.as_deref()));
        let holder = |lead: &Option<(HolderDraft, usize)>| lead.as_ref().map(|it| it.0.clone());
        if holder(&old) == holder(&new) {
            continue;
        }
        // A place that goes the way of everywhere else is no place apart.
        let as_elsewhere = changes.first().is_some_and(|first| {
            first.place.is_none()
                && holder(&first.before) == holder(&old)
                && holder(&first.after) == holder(&new)
        });
        if !as_elsewhere {
            let matter = matter.to_owned();
            changes.push(LeadChange { matter, place, before: old, after: new });
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{DutyLevel, Level};
    use crate::draft::{DirectoryDraft, UnitDraft};

    /// `MATTER PLACE LEAD FROM`: a dash is nowhere in particular; days are numbers.
    fn list(rows: &[&str]) -> DirectoryDraft {
        let row = |line: &&str| {
            let words: Vec<&str> = line.split(' ').collect();
            RowDraft {
                matter: words[0].to_owned(),
                place: (words[1] != "-").then(|| words[1].to_owned()),
                lead: HolderDraft::parse(words[2]),
                co_units: Vec::new(),
                level: DutyLevel::Territorial,
                basis: String::new(),
                from: Day(words[3].parse().unwrap()),
                to: None,
                source: String::new(),
            }
        };
        let unit = |code: &str, level| UnitDraft {
            code: code.to_owned(),
            name: code.to_owned(),
            level,
            parent: None,
        };
        DirectoryDraft {
            units: vec![unit("a", Level::Department), unit("s", Level::Street)],
            matters: vec!["m/x".to_owned(), "m/y".to_owned()],
            rows: rows.iter().map(row).collect(),
            ..DirectoryDraft::default()
        }
    }

    fn row_changes(before: &[&str], after: &[&str]) -> Vec<(String, Option<usize>, Option<usize>)> {
        let (before, after) = (list(before), list(after));
        let changes = rows(&DutyList::of(&before), &DutyList::of(&after));
        let told = |change: RowChange| {
            let place = change.place.unwrap_or_else(|| "-".to_owned());
            (format!("{} {place}", change.matter), change.before, change.after)
        };
        changes.into_iter().map(told).collect()
    }

    #[test]
    fn rows_are_added_removed_or_changed_by_matter_and_place() {
        let told = |key: &str, before, after| (key.to_owned(), before, after);
        let one = ["m/x - a 1", "m/y - a 1"];
        assert_eq!(row_changes(&one, &["m/y - a 1", "m/x - a 1"]), []);
        assert_eq!(row_changes(&one, &one[..1]), [told("m/y -", Some(2), None)]);
        assert_eq!(
            row_changes(&one, &["m/x - b 1", "m/y - a 1", "m/y s a 1"]),
            [told("m/x -", Some(1), Some(1)), told("m/y s", None, Some(3))]
        );
        // The same row twice, and once.
        assert_eq!(
            row_changes(&["m/x - a 1", "m/x - a 1"], &one[..1]),
            [told("m/x -", Some(2), None)]
        );
        assert_eq!(
            row_changes(&["m/x - a 5", "m/x - a 1"], &["m/x - b 1", "m/x - a 5"]),
            [told("m/x -", Some(2), Some(1))]
        );
    }

    fn lead_changes(before: &[&str], after: &[&str], on: i32) -> Vec<String> {
        let (before, after) = (list(before), list(after));
        let name = |lead: Option<(HolderDraft, usize)>| match lead {
            None => "-".to_owned(),
            Some((HolderDraft::Unit(code), _)) => code,
            Some((HolderDraft::StreetOfPlace, _)) => "@street".to_owned(),
            Some((HolderDraft::CommunityOfPlace, _)) => "@community".to_owned(),
        };
        let told = |change: LeadChange| {
            let place = change.place.unwrap_or_else(|| "-".to_owned());
            format!("{} {place}: {} to {}", change.matter, name(change.before), name(change.after))
        };
        leads(&DutyList::of(&before), &DutyList::of(&after), Day(on))
            .into_iter()
            .map(told)
            .collect()
    }

    #[test]
    fn who_leads_is_compared_where_the_lists_name_somebody_apart() {
        let group = ["m - a 1"];
        assert_eq!(lead_changes(&group, &["m/x - a 1", "m/y - a 1"], 2), [""; 0]);
        assert_eq!(
            lead_changes(&group, &["m - a 1", "m/x - @street 1", "m/y s b 1"], 2),
            ["m/x -: a to @street", "m/y s: a to b"]
        );
        assert_eq!(
            lead_changes(&["m - a 1", "m/x s b 1"], &["m - c 1"], 2),
            ["m/x -: a to c", "m/x s: b to c", "m/y -: a to c"]
        );
        // A row that is not in force yet leads nobody.
        assert_eq!(lead_changes(&group, &["m - a 1", "m/x - b 3"], 2), [""; 0]);
        assert_eq!(lead_changes(&group, &["m/x - a 1"], 2), ["m/y -: a to -"]);
        // A place that only the old list named goes the way of all others.
        assert_eq!(
            lead_changes(&["m/x - a 1", "m/x s a 1"], &["m/x - b 1"], 2),
            ["m/x -: a to b", "m/y -: - to -"][..1]
        );
    }
}
