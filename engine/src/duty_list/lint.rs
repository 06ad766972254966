//! Finds what is wrong with a duty list, all of it: gaps, overlaps, dead and expired rows, forbidden levels, names that
//! nobody knows. Says where; the words are for whoever shows it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Days, DutyList};
use crate::directory::{DutyLevel, Level};
use crate::draft::{
    CODE_BYTES_MAX, DirectoryDraft, HolderDraft, RowDraft, ancestry, is_parent, is_path,
};
use crate::glossary::words;
use crate::time::Day;

words! {
    /// How bad a finding is.
    Severity {
        /// The list cannot be adopted, answers twice, or leaves a matter without a unit.
        Error = "error" "错误",
        /// Will be wrong one day, or was meant otherwise.
        Warning = "warning" "警告",
        /// Good to know.
        Note = "note" "提示",
    }
}

words! {
    /// The kinds of findings.
    FaultKind {
        /// A matter that no row in force leads anywhere, at some place and day.
        Gap = "gap" "空白",
        /// Two rows of one matter, place and day with different leads.
        Overlap = "overlap" "交叉",
        /// A row that never decides because others always do.
        DeadRow = "dead-row" "失效条目",
        /// A row that ends before it begins.
        Backwards = "backwards" "起止颠倒",
        /// A row whose last day has passed.
        Expired = "expired" "已过期",
        /// A row that ends soon, and nothing follows it.
        ExpiresSoon = "expires-soon" "即将到期",
        /// A functional matter that would go to a street, town, village or community (国办函〔2025〕66号, art. 5).
        ForbiddenLevel = "forbidden-level" "层级不符",
        /// A code that no unit has.
        UnknownUnit = "unknown-unit" "单位不明",
        /// A code of a unit that is no more.
        DissolvedUnit = "dissolved-unit" "单位已撤销",
        /// A path that is not listed.
        UnknownMatter = "unknown-matter" "事项不明",
        /// A place that is a department.
        NoPlace = "no-place" "地点不符",
        /// A unit or matter that is listed twice.
        Twice = "twice" "重复",
        /// A unit's code is empty or too long, or its parent does not fit.
        BadUnit = "bad-unit" "单位有误",
        /// A path with too many levels, or an empty one.
        BadMatter = "bad-matter" "事项有误",
    }
}

/// Where a finding stands: numbers count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry {
    /// A unit.
    Unit(usize),
    /// A matter.
    Matter(usize),
    /// A duty row.
    Row(usize),
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where it stands.
    pub entry: Entry,
    /// What it is.
    pub fault: Fault,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No row in force for the matter.
    Gap {
        /// Codes of the streets and towns where, or in parts of which, it is so; empty: anywhere.
        streets: Vec<String>,
        /// On which days.
        days: Days,
        /// Whether it is so on the day that was asked about.
        is_now: bool,
    },
    /// An earlier row of the same matter and place has another lead.
    Overlap {
        /// Number of the earlier row.
        other: usize,
        /// Days that both are in force.
        days: Days,
    },
    /// Earlier or nearer rows always decide.
    DeadRow {
        /// Number of the first of them.
        by: usize,
    },
    /// The last day is before the first.
    Backwards,
    /// The last day has passed.
    Expired {
        /// The last day.
        to: Day,
        /// Number of a row in force for the same matter and place.
        successor: Option<usize>,
    },
    /// The last day comes soon.
    ExpiresSoon {
        /// The last day.
        to: Day,
        /// Days until then.
        days: i32,
    },
    /// A functional row names the grassroots.
    ForbiddenLead,
    /// A functional matter has no row of its own in force any more, and this row above it names the grassroots.
    FunctionalLapsed {
        /// The matter.
        matter: String,
        /// Number of its functional row.
        row: usize,
    },
    /// A unit is not listed.
    UnknownUnit {
        /// Its code.
        unit: String,
        /// Who knew it says that it is no more.
        dissolved: bool,
    },
    /// The row's matter is not listed.
    UnknownMatter,
    /// The row's place is a department.
    NoPlace,
    /// An entry of the same name stands before.
    Twice {
        /// Its number.
        first: usize,
    },
    /// The code is empty or too long.
    BadCode,
    /// The parent is missing, is none, or there should be none.
    BadParent,
    /// It is no path of a matter.
    BadPath,
}

impl Fault {
    /// Its kind.
    pub fn kind(&self) -> FaultKind {
        match self {
            Fault::Gap { .. } => FaultKind::Gap,
            Fault::Overlap { .. } => FaultKind::Overlap,
            Fault::DeadRow { .. } => FaultKind::DeadRow,
            Fault::Backwards => FaultKind::Backwards,
            Fault::Expired { .. } => FaultKind::Expired,
            Fault::ExpiresSoon { .. } => FaultKind::ExpiresSoon,
            Fault::ForbiddenLead | Fault::FunctionalLapsed { .. } => FaultKind::ForbiddenLevel,
            Fault::UnknownUnit { dissolved: false, .. } => FaultKind::UnknownUnit,
            Fault::UnknownUnit { dissolved: true, .. } => FaultKind::DissolvedUnit,
            Fault::UnknownMatter => FaultKind::UnknownMatter,
            Fault::NoPlace => FaultKind::NoPlace,
            Fault::Twice { .. } => FaultKind::Twice,
            Fault::BadCode | Fault::BadParent => FaultKind::BadUnit,
            Fault::BadPath => FaultKind::BadMatter,
        }
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        match self {
            Fault::Gap { is_now: false, .. }
            | Fault::DeadRow { .. }
            | Fault::ExpiresSoon { .. }
            | Fault::FunctionalLapsed { .. } => Severity::Warning,
            Fault::Expired { .. } => Severity::Note,
            _ => Severity::Error,
        }
    }
}

/// What a list is held against.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The day it is asked for; what was before is not looked at.
    pub on: Day,
    /// So many days from then are soon.
    pub soon_days: u16,
    /// Codes of units that were known once.
    pub former: &'a BTreeSet<String>,
}

/// Everything that is wrong, by entry.
pub fn check(draft: &DirectoryDraft, question: Question<'_>) -> Vec<Finding> {
    let mut lint = Lint { list: DutyList::of(draft), draft, question, findings: Vec::new() };
    lint.units();
    lint.matters();
    let names: BTreeSet<&str> = draft.matters.iter().flat_map(|path| ancestry(path)).collect();
    for (number, row) in (1..).zip(&draft.rows) {
        lint.row(number, row, &names);
    }
    lint.same_places();
    lint.gaps();
    lint.lapsed();
    // The sort is stable: of one entry what was found first stays first.
    lint.findings.sort_by_key(|finding| finding.entry);
    lint.findings
}

struct Lint<'a> {
    list: DutyList<'a>,
    draft: &'a DirectoryDraft,
    question: Question<'a>,
    findings: Vec<Finding>,
}

impl<'a> Lint<'a> {
    fn found(&mut self, entry: Entry, fault: Fault) {
        self.findings.push(Finding { entry, fault });
    }

    fn units(&mut self) {
        let mut firsts = BTreeMap::new();
        for (number, unit) in (1..).zip(&self.draft.units) {
            let entry = Entry::Unit(number);
            if unit.code.is_empty() || unit.code.len() > CODE_BYTES_MAX {
                self.found(entry, Fault::BadCode);
            }
            let first = *firsts.entry(unit.code.as_str()).or_insert(number);
            if first != number {
                self.found(entry, Fault::Twice { first });
            }
            let above = unit.parent.as_deref();
            let above = above.map(|code| self.list.unit(code).map(|unit| unit.level));
            match (&unit.parent, above) {
                (Some(parent), Some(None)) => self.unknown(entry, parent),
                _ if !is_parent(unit.level, above) => self.found(entry, Fault::BadParent),
                _ => {}
            }
        }
    }

    fn unknown(&mut self, entry: Entry, code: &str) {
        let dissolved = self.question.former.contains(code);
        self.found(entry, Fault::UnknownUnit { unit: code.to_owned(), dissolved });
    }

    fn matters(&mut self) {
        let mut firsts = BTreeMap::new();
        for (number, path) in (1..).zip(&self.draft.matters) {
            let first = *firsts.entry(path.as_str()).or_insert(number);
            if first != number {
                self.found(Entry::Matter(number), Fault::Twice { first });
            }
            if !is_path(path) {
                self.found(Entry::Matter(number), Fault::BadPath);
            }
        }
    }

    fn row(&mut self, number: usize, row: &'a RowDraft, names: &BTreeSet<&str>) {
        let entry = Entry::Row(number);
        if !names.contains(row.matter.as_str()) {
            self.found(entry, Fault::UnknownMatter);
        }
        if let Some(place) = &row.place {
            match self.list.unit(place) {
                None => self.unknown(entry, place),
                Some(unit) if unit.level == Level::Department => self.found(entry, Fault::NoPlace),
                Some(_) => {}
            }
        }
        for holder in std::iter::once(&row.lead).chain(&row.co_units) {
            if let HolderDraft::Unit(code) = holder
                && self.list.unit(code).is_none()
            {
                self.unknown(entry, code);
            }
        }
        if self.list.is_forbidden(row) {
            self.found(entry, Fault::ForbiddenLead);
        }
        self.days(number, row);
    }

    /// What is to be said of the days of one row.
    fn days(&mut self, number: usize, row: &'a RowDraft) {
        let (entry, on) = (Entry::Row(number), self.question.on);
        if !Days::of(row).is_some() {
            return self.found(entry, Fault::Backwards);
        }
        let Some(to) = row.to else { return };
        let days = to.0 - on.0;
        if days < 0 {
            let successor = self.same(number, row).find(|&other| self.holds(other, on));
            self.found(entry, Fault::Expired { to, successor });
        } else if days <= i32::from(self.question.soon_days)
            && !self.same(number, row).any(|other| self.holds(other, to.next()))
        {
            self.found(entry, Fault::ExpiresSoon { to, days });
        }
    }

    fn holds(&self, number: usize, day: Day) -> bool {
        Days::of(self.list.row(number)).holds(day)
    }

    /// Numbers of the other rows of the same matter and place.
    fn same(&self, number: usize, row: &'a RowDraft) -> impl Iterator<Item = usize> {
        let same = move |&other: &usize| other != number && self.list.row(other).place == row.place;
        self.list.rows_of(&row.matter).filter(same)
    }

    /// Rows that other rows of the same matter leave nothing to, or that contradict them.
    fn same_places(&mut self) {
        for (number, row) in (1..).zip(&self.draft.rows) {
            let Some(days) = Days::of(row).since(self.question.on) else { continue };
            let earlier: Vec<usize> =
                self.same(number, row).filter(|&other| other < number).collect();
            let contradicts = |&other: &usize| {
                let other = self.list.row(other);
                (other.lead != row.lead).then(|| Days::of(other).shared(days)).flatten()
            };
            let overlap = earlier.iter().find_map(|other| Some((*other, contradicts(other)?)));
            if let Some((other, days)) = overlap {
                self.found(Entry::Row(number), Fault::Overlap { other, days });
                continue;
            }
            let all: Vec<Days> = earlier.iter().map(|&it| Days::of(self.list.row(it))).collect();
            let by = if days.within(all) {
                earlier
                    .iter()
                    .copied()
                    .find(|&other| Days::of(self.list.row(other)).shared(days).is_some())
            } else {
                self.hidden_by_streets(row, days)
            };
            if let Some(by) = by {
                self.found(Entry::Row(number), Fault::DeadRow { by });
            }
        }
    }

    /// A row for anywhere that leads to the street or community of the place, where every street has rows of its own: the
    /// first of these. With a place they decide, and without one nobody can.
    fn hidden_by_streets(&self, row: &'a RowDraft, days: Days) -> Option<usize> {
        if row.place.is_some() || matches!(row.lead, HolderDraft::Unit(_)) {
            return None;
        }
        let own = |street: &str| -> Option<usize> {
            let of_street = self
                .list
                .rows_of(&row.matter)
                .filter(|&other| self.list.row(other).place.as_deref() == Some(street));
            let of_street: Vec<usize> = of_street.collect();
            let all = of_street.iter().map(|&other| Days::of(self.list.row(other))).collect();
            days.within(all).then(|| of_street[0])
        };
        self.list.streets().map(own).collect::<Option<Vec<_>>>()?.first().copied()
    }

    fn gaps(&mut self) {
        let leaves: Vec<(usize, &str)> = self.list.leaves().collect();
        for (number, path) in leaves {
            for fault in self.gaps_of(path) {
                self.found(Entry::Matter(number), fault);
            }
        }
    }

    /// From day to day on which a row begins or ends. What comes late and has no end is the end of the list, not a hole.
    fn gaps_of(&self, path: &str) -> Vec<Fault> {
        let on = self.question.on;
        let soon = Day(on.0 + i32::from(self.question.soon_days));
        let rows: Vec<&RowDraft> = ancestry(path)
            .flat_map(|matter| self.list.rows_of(matter))
            .map(|number| self.list.row(number))
            .filter(|row| Days::of(row).is_some())
            .collect();
        let ends = rows.iter().flat_map(|row| [Some(row.from), row.to.map(Day::next)]);
        let mut begins: Vec<Day> = ends.flatten().filter(|day| *day > on).chain([on]).collect();
        begins.sort_unstable();
        begins.dedup();
        let mut gaps: Vec<(Vec<String>, Days)> = Vec::new();
        for (at, &from) in begins.iter().enumerate() {
            let to = begins.get(at + 1).map(|next| Day(next.0 - 1));
            let Some(streets) = self.left_out(&rows, from) else { continue };
            match gaps.last_mut() {
                Some((before, days))
                    if *before == streets && days.to.is_some_and(|end| end.next() == from) =>
                {
                    days.to = to;
                }
                _ => gaps.push((streets, Days { from, to })),
            }
        }
        let told = gaps.into_iter().filter(|(_, days)| days.to.is_some() || days.from <= soon);
        told.map(|(streets, days)| Fault::Gap { streets, days, is_now: days.from == on }).collect()
    }

    /// The streets where none of the rows is in force, empty for anywhere; none if one is wherever it is.
    fn left_out(&self, rows: &[&RowDraft], on: Day) -> Option<Vec<String>> {
        let in_force = || rows.iter().filter(|row| Days::of(row).holds(on));
        if in_force().any(|row| row.place.is_none()) {
            return None;
        }
        if in_force().next().is_none() {
            return Some(Vec::new());
        }
        let covered = |street: &&str| in_force().any(|row| row.place.as_deref() == Some(street));
        let streets: Vec<String> =
            self.list.streets().filter(|street| !covered(street)).map(str::to_owned).collect();
        (!streets.is_empty()).then_some(streets)
    }

    /// Matters whose own rows are all functional, and none of them in force: what decides now must not be a row above that
    /// hands them to the grassroots.
    fn lapsed(&mut self) {
        let leaves: Vec<(usize, &str)> = self.list.leaves().collect();
        for (_, path) in leaves {
            if let Some((above, row)) = self.lapsed_to(path) {
                let matter = path.to_owned();
                self.found(Entry::Row(above), Fault::FunctionalLapsed { matter, row });
            }
        }
    }

    /// The row above that decides for such a matter, and the first of the matter's own.
    fn lapsed_to(&self, path: &str) -> Option<(usize, usize)> {
        let on = self.question.on;
        let first = self.list.rows_of(path).next()?;
        let lapsed = self.list.rows_of(path).all(|number| {
            self.list.row(number).level == DutyLevel::Functional && !self.holds(number, on)
        });
        let above = self.list.deciding(path, None, on).filter(|_| lapsed)?;
        self.list.is_grassroots(&self.list.row(above).lead).then_some((above, first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::UnitDraft;

    /// `CODE LEVEL [PARENT]`, `MATTER PLACE LEAD LEVEL FROM TO`: a dash is nothing, days are 2026's months and days.
    fn draft(units: &[&str], matters: &[&str], rows: &[&str]) -> DirectoryDraft {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let given = |word: &String| (word != "-").then(|| word.clone());
        let day = |word: &String| Day::parse(&format!("2026-{word}")).unwrap();
        let unit = |line: &&str| {
            let words = words(line);
            UnitDraft {
                code: words[0].clone(),
                name: words[0].clone(),
                level: Level::parse(&words[1]).unwrap(),
                parent: words.get(2).cloned(),
            }
        };
        let row = |line: &&str| {
            let words = words(line);
            RowDraft {
                matter: words[0].clone(),
                place: given(&words[1]),
                lead: HolderDraft::parse(&words[2]),
                co_units: Vec::new(),
                level: DutyLevel::parse(&words[3]).unwrap(),
                basis: String::new(),
                from: day(&words[4]),
                to: given(&words[5]).map(|to| day(&to)),
                source: String::new(),
            }
        };
        DirectoryDraft {
            units: units.iter().map(unit).collect(),
            matters: matters.iter().map(|path| (*path).to_owned()).collect(),
            rows: rows.iter().map(row).collect(),
            ..DirectoryDraft::default()
        }
    }

    const UNITS: [&str; 6] = [
        "dept department",
        "other department",
        "s street",
        "t town",
        "c community s",
        "v village t",
    ];

    /// What is found on the first of June, with sixty days as soon.
    fn found(draft: &DirectoryDraft) -> Vec<String> {
        let former = BTreeSet::from(["gone".to_owned()]);
        let question =
            Question { on: Day::parse("2026-06-01").unwrap(), soon_days: 60, former: &former };
        let said = |finding: &Finding| {
            let Finding { entry, fault } = finding;
            let (kind, severity) = (fault.kind().code(), fault.severity().code());
            format!("{entry:?} {kind} {severity}")
        };
        check(draft, question).iter().map(said).collect()
    }

    fn rows(rows: &[&str]) -> Vec<String> {
        found(&draft(&UNITS, &["m/a"], rows))
    }

    #[test]
    fn each_kind_of_fault_is_found_and_its_neighbour_is_not() {
        let good = "m/a - dept functional 01-01 -";
        for (list, wanted) in [
            (vec![good], vec![]),
            // A row above covers what the leaf's own leaves out.
            (vec!["m - dept functional 01-01 -", "m/a s @street territorial 01-01 -"], vec![]),
            (vec![], vec!["Matter(1) gap error"]),
            (vec!["m/a s @street territorial 01-01 -"], vec!["Matter(1) gap error"]),
            (
                vec!["m/a s @street territorial 01-01 -", "m/a t @street territorial 01-01 -"],
                vec![],
            ),
            // Of a street only a community has a row.
            (
                vec!["m/a c @community territorial 01-01 -", "m/a t @street territorial 01-01 -"],
                vec!["Matter(1) gap error"],
            ),
            (vec!["m/a - dept functional 06-02 -"], vec!["Matter(1) gap error"]),
            // A hole later on, however late, and the end of the list if it comes soon.
            (
                vec!["m/a - dept functional 01-01 11-01", "m/a - dept functional 11-03 -"],
                vec!["Matter(1) gap warning"],
            ),
            (vec!["m/a - dept functional 01-01 11-01"], vec![]),
            (
                vec!["m/a - dept functional 01-01 07-01"],
                vec!["Matter(1) gap warning", "Row(1) expires-soon warning"],
            ),
            (vec!["m/a - dept functional 01-01 07-01", "m/a - other functional 07-02 -"], vec![]),
            (vec![good, "m/a - other functional 01-01 05-31"], vec!["Row(2) expired note"]),
            (vec![good, "m/a - other functional 03-01 -"], vec!["Row(2) overlap error"]),
            (vec![good, "m/a - other functional 01-01 06-01"], vec!["Row(2) overlap error"]),
            (vec![good, "m/a s other functional 03-01 -"], vec![]),
            (vec![good, "m/a - dept functional 03-01 -"], vec!["Row(2) dead-row warning"]),
            (
                vec![
                    "m/a - dept functional 01-01 08-31",
                    "m/a - dept functional 09-01 -",
                    "m/a - dept functional 07-01 12-01",
                ],
                vec!["Row(3) dead-row warning"],
            ),
            // Every street has its own row, so the one for anywhere leads nobody anywhere.
            (
                vec![
                    "m/a - @street territorial 01-01 -",
                    "m/a s dept territorial 01-01 -",
                    "m/a t dept territorial 01-01 -",
                ],
                vec!["Row(1) dead-row warning"],
            ),
            (
                vec![
                    "m/a - other territorial 01-01 -",
                    "m/a s dept territorial 01-01 -",
                    "m/a t dept territorial 01-01 -",
                ],
                vec![],
            ),
            (vec!["m/a - @street functional 01-01 -"], vec!["Row(1) forbidden-level error"]),
            (vec!["m/a - @community functional 01-01 -"], vec!["Row(1) forbidden-level error"]),
            (vec!["m/a - c functional 01-01 -"], vec!["Row(1) forbidden-level error"]),
            (vec!["m/a - c territorial 01-01 -"], vec![]),
            // A functional matter falls to the row above it.
            (
                vec!["m - @street territorial 01-01 -", "m/a - dept functional 01-01 05-31"],
                vec!["Row(1) forbidden-level warning", "Row(2) expired note"],
            ),
        ] {
            assert_eq!(rows(&list), wanted, "{list:?}");
        }
    }

    #[test]
    fn what_a_row_names_must_be_there_and_its_days_in_order() {
        let good = "m/a - dept functional 01-01 -";
        for (list, wanted) in [
            (vec![good, "m/b - dept functional 01-01 -"], vec!["Row(2) unknown-matter error"]),
            (vec!["m/a - nobody functional 01-01 -"], vec!["Row(1) unknown-unit error"]),
            (vec!["m/a - gone functional 01-01 -"], vec!["Row(1) dissolved-unit error"]),
            (vec![good, "m/a x dept functional 01-01 -"], vec!["Row(2) unknown-unit error"]),
            (vec![good, "m/a dept dept functional 01-01 -"], vec!["Row(2) no-place error"]),
            (vec![good, "m/a s dept functional 07-01 06-30"], vec!["Row(2) backwards error"]),
        ] {
            assert_eq!(rows(&list), wanted, "{list:?}");
        }
    }

    #[test]
    fn a_group_needs_no_row_of_its_own() {
        let list = draft(&UNITS, &["m", "m/a", "n/b"], &["m/a - dept functional 01-01 -"]);
        assert_eq!(found(&list), ["Matter(3) gap error"]);
    }

    #[test]
    fn units_and_matters_are_looked_at_too() {
        let units = [
            "dept department",
            "dept department",
            "c community x",
            "d community",
            "e department dept",
        ];
        let list = draft(
            &units,
            &["m", "m", "a/b/c/d/e"],
            &["m - dept functional 01-01 -", "a - dept functional 01-01 -"],
        );
        assert_eq!(
            found(&list),
            [
                "Unit(2) twice error",
                "Unit(3) unknown-unit error",
                "Unit(4) bad-unit error",
                "Unit(5) bad-unit error",
                "Matter(2) twice error",
                "Matter(3) bad-matter error"
            ]
        );
    }

    #[test]
    fn a_gap_says_where_and_when_it_is() {
        let list = draft(
            &UNITS,
            &["m/a"],
            &[
                "m/a s dept functional 01-01 -",
                "m/a t dept functional 01-01 06-30",
                "m/a t dept functional 07-11 -",
            ],
        );
        let former = BTreeSet::new();
        let question =
            Question { on: Day::parse("2026-06-01").unwrap(), soon_days: 0, former: &former };
        let days =
            Days { from: Day::parse("2026-07-01").unwrap(), to: Day::parse("2026-07-10").ok() };
        let gap = Fault::Gap { streets: vec!["t".to_owned()], days, is_now: false };
        assert_eq!(check(&list, question), [Finding { entry: Entry::Matter(1), fault: gap }]);
    }
}
