//! A duty list as somebody wrote it, mistakes and all: which of its rows decides for a matter, a place and a day. For those
//! who work on lists; orders are routed by the adopted directory.

pub mod difference;
pub mod lint;

use std::collections::BTreeMap;

use crate::directory::{DutyLevel, Level};
use crate::draft::{DirectoryDraft, HolderDraft, RowDraft, UnitDraft, ancestry};
use crate::time::Day;

/// Days in a row, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Days {
    /// The first.
    pub from: Day,
    /// The last; none where there is no end.
    pub to: Option<Day>,
}

impl Days {
    /// The days on which the row is in force.
    pub fn of(row: &RowDraft) -> Days {
        Days { from: row.from, to: row.to }
    }

    /// Whether there is a day in it at all.
    fn is_some(self) -> bool {
        self.to.is_none_or(|to| self.from <= to)
    }

    fn holds(self, day: Day) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }

    /// What of it is not before `day`.
    fn since(self, day: Day) -> Option<Days> {
        Some(Days { from: self.from.max(day), ..self }).filter(|days| days.is_some())
    }

    /// The days that both have.
    fn shared(self, other: Days) -> Option<Days> {
        let to = match (self.to, other.to) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        Some(Days { from: self.from.max(other.from), to }).filter(|days| days.is_some())
    }

    /// Whether the others together have each of its days.
    fn within(self, mut others: Vec<Days>) -> bool {
        others.sort_unstable();
        let mut next = self.from;
        for other in others.iter().filter(|other| other.is_some()) {
            if !other.holds(next) {
                continue;
            }
            match other.to {
                None => return true,
                Some(to) => next = to.next(),
            }
            if self.to.is_some_and(|to| next > to) {
                return true;
            }
        }
        false
    }
}

/// A draft with what is needed to look rows up. It need not be right: what is not listed is passed over.
#[derive(Debug)]
pub struct DutyList<'a> {
    draft: &'a DirectoryDraft,
    units: BTreeMap<&'a str, &'a UnitDraft>,
    /// Numbers of the rows of each matter, from 1.
    rows: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> DutyList<'a> {
    /// Of two units with one code the first counts.
    pub fn of(draft: &'a DirectoryDraft) -> DutyList<'a> {
        let mut units = BTreeMap::new();
        for unit in &draft.units {
            units.entry(unit.code.as_str()).or_insert(unit);
        }
        let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, row) in (1..).zip(&draft.rows) {
            rows.entry(row.matter.as_str()).or_default().push(number);
        }
        DutyList { draft, units, rows }
    }

    /// The unit with this code.
    pub fn unit(&self, code: &str) -> Option<&'a UnitDraft> {
        self.units.get(code).copied()
    }

    /// The row with this number, from 1.
    pub fn row(&self, number: usize) -> &'a RowDraft {
        &self.draft.rows[number - 1]
    }

    /// The row that decides for a matter at a place, or where no place is known: the nearest matter before those above, a
    /// community before its street before anywhere, the earlier row before the later.
    pub fn deciding(&self, matter: &str, place: Option<&str>, on: Day) -> Option<usize> {
        ancestry(matter).find_map(|matter| {
            let fitting = self.rows_of(matter).filter(|&number| {
                let row = self.row(number);
                Days::of(row).holds(on) && self.covers(row, place)
            });
            fitting.min_by_key(|&number| (std::cmp::Reverse(self.depth(self.row(number))), number))
        })
    }

    /// Matters without listed matters below them, with their numbers from 1, in the order of the list.
    pub fn leaves(&self) -> impl Iterator<Item = (usize, &'a str)> {
        let mut groups: Vec<&str> =
            self.draft.matters.iter().flat_map(|path| ancestry(path).skip(1)).collect();
        groups.sort_unstable();
        (1..)
            .zip(self.draft.matters.iter().map(String::as_str))
            .filter(move |(_, path)| groups.binary_search(path).is_err())
    }

    /// Codes of the streets and towns.
    pub fn streets(&self) -> impl Iterator<Item = &'a str> {
        self.units.values().filter(|unit| unit.level.is_street()).map(|unit| unit.code.as_str())
    }

    fn rows_of(&self, matter: &str) -> impl Iterator<Item = usize> {
        self.rows.get(matter).into_iter().flatten().copied()
    }

    fn covers(&self, row: &RowDraft, place: Option<&str>) -> bool {
        let Some(covered) = row.place.as_deref() else { return true };
        let street = |place| self.unit(place).and_then(|unit| unit.parent.as_deref());
        place.is_some_and(|place| place == covered || street(place) == Some(covered))
    }

    fn depth(&self, row: &RowDraft) -> u8 {
        match row.place.as_deref().map(|place| self.unit(place)) {
            None => 0,
            Some(Some(unit)) if unit.level.is_street() => 1,
            Some(_) => 2,
        }
    }

    /// Whether this holder is a street, town, village or community; what is not listed is none.
    fn is_grassroots(&self, holder: &HolderDraft) -> bool {
        match holder {
            HolderDraft::StreetOfPlace | HolderDraft::CommunityOfPlace => true,
            HolderDraft::Unit(code) => {
                self.unit(code).is_some_and(|unit| unit.level != Level::Department)
            }
        }
    }

    fn is_forbidden(&self, row: &RowDraft) -> bool {
        row.level == DutyLevel::Functional && self.is_grassroots(&row.lead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(from: i32, to: i32) -> Days {
        Days { from: Day(from), to: (to >= 0).then_some(Day(to)) }
    }

    #[test]
    fn days_are_within_others_only_if_none_is_left_out() {
        for (one, others, wanted) in [
            (days(3, 5), vec![days(1, 9)], true),
            (days(3, 5), vec![days(4, 9), days(1, 3)], true),
            (days(3, 5), vec![days(1, 3), days(5, 9)], false),
            (days(3, -1), vec![days(1, 9)], false),
            (days(3, -1), vec![days(1, 9), days(10, -1)], true),
            (days(3, 5), vec![days(5, 4), days(3, 4)], false),
            (days(3, 5), vec![], false),
        ] {
            assert_eq!(one.within(others.clone()), wanted, "{one:?} {others:?}");
        }
    }

    #[test]
    fn days_that_two_have_begin_with_the_later_and_end_with_the_earlier() {
        assert_eq!(days(1, 5).shared(days(3, -1)), Some(days(3, 5)));
        assert_eq!(days(1, 5).shared(days(6, -1)), None);
        assert_eq!(days(1, -1).since(Day(4)), Some(days(4, -1)));
        assert_eq!(days(1, 3).since(Day(4)), None);
    }
}
