//! Rows of sheets as units, matters and duty rows; every mistake with its sheet, row and column.

use std::collections::BTreeMap;

use hotline_engine::directory::{DutyLevel, Level};
use hotline_engine::draft::{HolderDraft, RowDraft, UnitDraft};
use hotline_engine::time::Day;

use super::headings::{Column, Headings, name_of};
use crate::commands::sheets::Sheet;

/// A mistake in a cell.
#[derive(Debug)]
pub(super) struct Mistake(String);

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A row of a sheet, to be read column by column.
struct Cells<'a> {
    sheet: &'a Sheet,
    headings: &'a Headings,
    /// From 0.
    row: usize,
}

impl<'a> Cells<'a> {
    /// The rows below the headings that are not empty.
    fn all(sheet: &'a Sheet, headings: &'a Headings) -> impl Iterator<Item = Cells<'a>> {
        let rows = headings.row + 1..sheet.rows.len();
        let filled = |row: &usize| sheet.rows[*row].iter().any(|cell| !cell.is_empty());
        rows.filter(filled).map(move |row| Cells { sheet, headings, row })
    }

    fn get(&self, column: Column) -> &'a str {
        let place = self.headings.place(column);
        let cell = place.and_then(|at| self.sheet.rows[self.row].get(at));
        cell.map_or("", String::as_str)
    }

    fn filled(&self, column: Column) -> Result<&'a str, Mistake> {
        match self.get(column) {
            "" => Err(self.wrong(column, "is empty")),
            text => Ok(text),
        }
    }

    /// Names the cell as a spreadsheet does.
    fn wrong(&self, column: Column, what: &str) -> Mistake {
        let (sheet, row) = (&self.sheet.name, self.row + 1);
        Mistake(match self.headings.place(column) {
            Some(at) => {
                let heading = &self.sheet.rows[self.headings.row][at];
                format!("{sheet} row {row} column {} ({heading}): {what}", letters(at))
            }
            None => {
                let name = name_of(column);
                format!(
                    "{sheet} row {row}: column `{name}` is missing, or its heading is not known"
                )
            }
        })
    }

    /// A path in one column, or its levels in columns of their own.
    fn matter(&self) -> Result<String, Mistake> {
        let whole = self.get(Column::Matter);
        if !whole.is_empty() {
            let whole = whole.replace(['／', '>', '》'], "/");
            return Ok(whole.split('/').map(str::trim).collect::<Vec<_>>().join("/"));
        }
        let levels: Vec<&str> = (1..=4).map(|it| self.get(Column::MatterLevel(it))).collect();
        let depth = levels.iter().rposition(|level| !level.is_empty());
        let Some(depth) = depth else {
            let named = self.headings.place(Column::Matter).map(|_| Column::Matter);
            return Err(self.wrong(named.unwrap_or(Column::MatterLevel(1)), "is empty"));
        };
        for (level, name) in (1..).zip(&levels[..=depth]) {
            if name.is_empty() || name.contains('/') {
                let what = format!("`{name}` is not the name of a level of a matter");
                return Err(self.wrong(Column::MatterLevel(level), &what));
            }
        }
        Ok(levels[..=depth].join("/"))
    }

    fn day(&self, column: Column) -> Result<Day, Mistake> {
        let text = self.filled(column)?;
        let plain = text.replace(['年', '月', '/', '.'], "-").replace('日', "");
        let parts: Vec<&str> = plain.split('-').map(str::trim).collect();
        let padded = match parts[..] {
            [year, month, day] => format!("{year:0>4}-{month:0>2}-{day:0>2}"),
            _ => plain,
        };
        let what = || format!("`{text}` is not a date such as 2026-02-13");
        Day::parse_in_reach(&padded).map_err(|_| self.wrong(column, &what()))
    }
}

/// A to Z, then AA.
fn letters(column: usize) -> String {
    let letter = |at: usize| char::from(b'A' + u8::try_from(at % 26).expect("less than 26"));
    match column / 26 {
        0 => letter(column).to_string(),
        more => format!("{}{}", letter(more - 1), letter(column)),
    }
}

/// The parts of a cell that lists several.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    let ends = ['|', '、', ';', '；', ',', '，', '\n'];
    text.split(ends).map(str::trim).filter(|part| !part.is_empty())
}

/// Units with what else they are called.
pub(super) struct Units {
    pub(super) units: Vec<(UnitDraft, String)>,
    /// Their codes by code, name and alias; none where it names two.
    codes: BTreeMap<String, Option<String>>,
}

impl Units {
    /// Reads a table of units.
    pub(super) fn read(sheet: &Sheet, headings: &Headings, mistakes: &mut Vec<Mistake>) -> Units {
        let mut units = Units { units: Vec::new(), codes: BTreeMap::new() };
        // A name gives way to a code, and an alias to both.
        let mut names: Vec<(String, String)> = Vec::new();
        let mut aliases: Vec<(String, String)> = Vec::new();
        for cells in Cells::all(sheet, headings) {
            match unit(&cells) {
                Ok(unit) => {
                    let (code, others) = (unit.code.clone(), cells.get(Column::Aliases));
                    let first = units.codes.insert(code.clone(), Some(code.clone()));
                    if first.is_some() {
                        let what = format!("`{code}` is listed twice");
                        mistakes.push(cells.wrong(Column::Code, &what));
                    }
                    names.push((unit.name.clone(), code.clone()));
                    aliases.extend(listed(others).map(|alias| (alias.to_owned(), code.clone())));
                    units.units.push((unit, listed(others).collect::<Vec<_>>().join("|")));
                }
                Err(mistake) => mistakes.push(mistake),
            }
        }
        for named in [names, aliases] {
            let mut of_these: BTreeMap<String, Option<String>> = BTreeMap::new();
            for (name, code) in named {
                let owner = of_these.entry(name).or_insert_with(|| Some(code.clone()));
                if owner.as_ref() != Some(&code) {
                    *owner = None;
                }
            }
            for (name, owner) in of_these {
                units.codes.entry(name).or_insert(owner);
            }
        }
        units.name_parents();
        units
    }

    /// A parent may be given by its name too; one that nobody knows is left for the check of the whole.
    fn name_parents(&mut self) {
        let codes = &self.codes;
        for (unit, _) in &mut self.units {
            if let Some(parent) = &mut unit.parent
                && let Some(Some(code)) = codes.get(parent.as_str())
            {
                parent.clone_from(code);
            }
        }
    }

    fn code(&self, cells: &Cells<'_>, column: Column, name: &str) -> Result<String, Mistake> {
        match self.codes.get(name) {
            Some(Some(code)) => Ok(code.clone()),
            Some(None) => {
                let what = format!("`{name}` names two units; write the code");
                Err(cells.wrong(column, &what))
            }
            None => {
                let what = format!(
                    "`{name}` is no unit; it must be a code, name or alias among the units"
                );
                Err(cells.wrong(column, &what))
            }
        }
    }

    fn holder(
        &self,
        cells: &Cells<'_>,
        column: Column,
        name: &str,
    ) -> Result<HolderDraft, Mistake> {
        match name {
            "@street" | "所在镇街" | "属地镇街" | "所在街道" | "属地街道" => {
                Ok(HolderDraft::StreetOfPlace)
            }
            "@community" | "所在村社区" | "属地村社区" | "所在社区" | "属地社区" => {
                Ok(HolderDraft::CommunityOfPlace)
            }
            name => self.code(cells, column, name).map(HolderDraft::Unit),
        }
    }

    fn level(&self, code: &str) -> Option<Level> {
        self.units.iter().find(|(unit, _)| unit.code == code).map(|(unit, _)| unit.level)
    }
}

fn unit(cells: &Cells<'_>) -> Result<UnitDraft, Mistake> {
    let level = cells.filled(Column::Level)?;
    let words = || Level::ALL.iter().map(|it| it.label()).collect::<Vec<_>>().join(", ");
    let unknown = || cells.wrong(Column::Level, &format!("`{level}` is not one of {}", words()));
    let parent = cells.get(Column::Parent);
    Ok(UnitDraft {
        code: cells.filled(Column::Code)?.to_owned(),
        name: cells.filled(Column::Name)?.to_owned(),
        level: Level::parse(level).ok_or_else(unknown)?,
        parent: (!parent.is_empty()).then(|| parent.to_owned()),
    })
}

/// Paths with the words that citizens use.
pub(super) fn matters(
    sheet: &Sheet,
    headings: &Headings,
    mistakes: &mut Vec<Mistake>,
) -> Vec<(String, String)> {
    let mut matters: BTreeMap<String, usize> = BTreeMap::new();
    let mut read = Vec::new();
    for cells in Cells::all(sheet, headings) {
        match cells.matter() {
            Ok(path) => {
                if let Some(first) = matters.insert(path.clone(), cells.row + 1) {
                    let what = format!("`{path}` is listed twice, first in row {first}");
                    mistakes.push(cells.wrong(Column::Matter, &what));
                }
                let hints = listed(cells.get(Column::Hints)).collect::<Vec<_>>().join("|");
                read.push((path, hints));
            }
            Err(mistake) => mistakes.push(mistake),
        }
    }
    read
}

/// The duty list. `known`: every path that may stand in it; empty: any.
pub(super) fn duty_list(
    sheet: &Sheet,
    headings: &Headings,
    units: &Units,
    known: &[&str],
    source: &str,
    mistakes: &mut Vec<Mistake>,
) -> Vec<RowDraft> {
    let mut rows = Vec::new();
    for cells in Cells::all(sheet, headings) {
        match duty_row(&cells, units, known, source) {
            Ok(row) => rows.push(row),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    rows
}

fn duty_row(
    cells: &Cells<'_>,
    units: &Units,
    known: &[&str],
    source: &str,
) -> Result<RowDraft, Mistake> {
    let matter = cells.matter()?;
    if !known.is_empty() && known.binary_search(&matter.as_str()).is_err() {
        let what = format!("`{matter}` is not among the matters");
        let column = if cells.get(Column::Matter).is_empty() {
            Column::MatterLevel(1)
        } else {
            Column::Matter
        };
        return Err(cells.wrong(column, &what));
    }
    let level = cells.filled(Column::Level)?;
    let words = || DutyLevel::ALL.iter().map(|it| it.label()).collect::<Vec<_>>().join(", ");
    let unknown = || cells.wrong(Column::Level, &format!("`{level}` is not one of {}", words()));
    let level = DutyLevel::parse(level).ok_or_else(unknown)?;
    let lead = units.holder(cells, Column::Lead, cells.filled(Column::Lead)?)?;
    let is_department = match &lead {
        HolderDraft::Unit(code) => units.level(code) == Some(Level::Department),
        HolderDraft::StreetOfPlace | HolderDraft::CommunityOfPlace => false,
    };
    if level == DutyLevel::Functional && !is_department {
        let what =
            "a functional matter must not go to a street or community (国办函〔2025〕66号, art. 5)";
        return Err(cells.wrong(Column::Lead, what));
    }
    let helpers = listed(cells.get(Column::CoUnits));
    let helpers = helpers.map(|name| units.holder(cells, Column::CoUnits, name));
    let place = Some(cells.get(Column::Place)).filter(|it| !matches!(*it, "" | "全区" | "全市"));
    let place = place.map(|name| units.code(cells, Column::Place, name)).transpose()?;
    if place.as_deref().and_then(|code| units.level(code)) == Some(Level::Department) {
        return Err(cells.wrong(Column::Place, "is a department, not a place"));
    }
    let from = cells.day(Column::From)?;
    let to = match cells.get(Column::To) {
        "" | "长期" => None,
        _ => Some(cells.day(Column::To)?),
    };
    if to.is_some_and(|to| to < from) {
        return Err(
            cells.wrong(Column::To, &format!("lies before {from}, on which the row begins"))
        );
    }
    let own = cells.get(Column::Source);
    Ok(RowDraft {
        matter,
        place,
        lead,
        co_units: helpers.collect::<Result<_, _>>()?,
        level,
        basis: cells.get(Column::Basis).to_owned(),
        from,
        to,
        source: if own.is_empty() { source } else { own }.to_owned(),
    })
}
