//! Units, matters and duty list of a folder as they are written, right or wrong, each entry with its line: for whoever looks
//! for every mistake. A district to route by is read by `District::load`, which ends at the first.

use std::path::Path;

use hotline_engine::draft::DirectoryDraft;

use super::error::{DistrictError, Fault};
use super::tables::{self, DUTY_COLUMNS, UNIT_COLUMNS, walk_rows};
use super::{DUTY_LIST, MATTERS, UNITS, read_text};
use crate::sample;

/// Lines that cannot be read, of one table: more, and it is another file than was meant.
const FAULTS_MAX: usize = 1_000;

/// The entries that can be read, and what is wrong with the others.
#[derive(Debug, Default)]
pub struct Written {
    /// The entries. Not checked.
    pub draft: DirectoryDraft,
    /// The line of each unit.
    pub unit_lines: Vec<u64>,
    /// The line of each matter.
    pub matter_lines: Vec<u64>,
    /// The line of each duty row.
    pub row_lines: Vec<u64>,
    /// Lines that cannot be read, or a table that cannot.
    pub faults: Vec<DistrictError>,
}

impl Written {
    /// Reads the three tables of a folder, or of the sample.
    ///
    /// # Errors
    /// When a file is missing, too large or not UTF-8.
    pub fn load(folder: Option<&Path>) -> Result<Written, DistrictError> {
        let Some(folder) = folder else {
            let files = sample::files();
            return Ok(Written::parse(&files.units, &files.matters, &files.duty_list));
        };
        let text = |name: &str| read_text(&folder.join(name), name);
        Ok(Written::parse(&text(UNITS)?, &text(MATTERS)?, &text(DUTY_LIST)?))
    }

    /// The same from texts.
    pub(crate) fn parse(units: &str, matters: &str, duty_list: &str) -> Written {
        let mut written = Written::default();
        let Written { draft, unit_lines, matter_lines, row_lines, faults } = &mut written;
        let mut of_units = Vec::new();
        let read = walk_rows(
            UNITS,
            units,
            UNIT_COLUMNS,
            |row| {
                draft.units.push(tables::unit(row)?);
                unit_lines.push(row.line);
                Ok(())
            },
            keep_in(&mut of_units),
        );
        faults.extend(of_units.into_iter().chain(read.err()));
        let mut of_matters = Vec::new();
        let read = walk_rows(
            MATTERS,
            matters,
            ["path", "hints"],
            |row| {
                draft.matters.push(row.filled(0)?.to_owned());
                matter_lines.push(row.line);
                Ok(())
            },
            keep_in(&mut of_matters),
        );
        faults.extend(of_matters.into_iter().chain(read.err()));
        let mut of_rows = Vec::new();
        let read = walk_rows(
            DUTY_LIST,
            duty_list,
            DUTY_COLUMNS,
            |row| {
                draft.rows.push(tables::duty_row(row)?);
                row_lines.push(row.line);
                Ok(())
            },
            keep_in(&mut of_rows),
        );
        faults.extend(of_rows.into_iter().chain(read.err()));
        written
    }

    /// The draft, if every line could be read.
    ///
    /// # Errors
    /// The first line that could not.
    pub fn whole(mut self) -> Result<DirectoryDraft, DistrictError> {
        if self.faults.is_empty() { Ok(self.draft) } else { Err(self.faults.swap_remove(0)) }
    }
}

/// Keeps faults up to the bound, and gives up with the one after it.
fn keep_in(
    faults: &mut Vec<DistrictError>,
) -> impl FnMut(DistrictError) -> Result<(), DistrictError> {
    |fault| {
        if faults.len() == FAULTS_MAX {
            return Err(fault);
        }
        faults.push(fault);
        Ok(())
    }
}

/// What is wrong with a line that could not be read, in Chinese; with the file and the line.
pub(crate) fn in_chinese(fault: &DistrictError) -> (String, Option<u64>, String) {
    match fault {
        DistrictError::Field { file, line, field, fault } => {
            let words = match fault {
                Fault::Empty => format!("`{field}`列为空"),
                Fault::NotOneOf { value, words } => {
                    format!("`{field}`列的`{value}`无效,应为 {words} 之一")
                }
                Fault::Date(_) => format!("`{field}`列不是日期,应形如 2026-02-13:{fault}"),
                other => format!("`{field}`列有误:{other}"),
            };
            (file.clone(), Some(*line), words)
        }
        DistrictError::Csv { file, line, reason } => {
            (file.clone(), Some(*line), format!("此行无法读取,列数与表头不一致或引号有误:{reason}"))
        }
        DistrictError::Column { file, column } => {
            (file.clone(), Some(1), format!("表头缺少`{column}`列"))
        }
        DistrictError::Draft { file, source } => ((*file).to_owned(), None, source.to_string()),
        other => (super::SETTINGS.to_owned(), None, other.to_string()),
    }
}
